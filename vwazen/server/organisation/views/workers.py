"""Workers: the list, one worker, adding one. Nobody is deleted."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import read_page
from vwazen.server.organisation import actions, policy
from vwazen.server.organisation.actions.common import filed_at, places, require_over
from vwazen.server.organisation.actions.sign_in import remove_second_factor, second_factor
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.find import employed_at, following, mark_of
from vwazen.server.organisation.forms import DetailsForm, MinutesForm, PostForm, WorkerForm, carry_out
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.organisation.views.common import login_required, press, worker_of

A_PAGE = 50


@login_required
def workers(request: HttpRequest) -> HttpResponse:
    """Everybody who has or had a post where this worker manages; found by name or username."""
    by = worker_of(request)
    policy.require(by, "manage_workers")
    wanted = request.GET.get("q", "").strip()[:60].replace("\0", "")
    found = employed_at(policy.site_paths(by, "manage_workers"))
    if wanted:
        found = found.filter(Q(name__icontains=wanted) | Q(username__icontains=wanted))
    after = request.GET.get("after", "")
    found = (
        following(found, after)
        .select_related("supervisor")
        .prefetch_related(
            Prefetch("posts", Post.objects.select_related("site").order_by("ends", "starts"), "every_post")
        )
    )
    rows = list(found[: A_PAGE + 1])
    read_page(request=request)
    context = {
        "workers": rows[:A_PAGE],
        "wanted": wanted,
        "after": after,
        "next": mark_of(rows[A_PAGE - 1]) if len(rows) > A_PAGE else "",
        "now": timezone.now(),
        "today": timezone.localdate(),
    }
    return render(request, "organisation/workers.html", context)


@login_required
def add(request: HttpRequest) -> HttpResponse:
    """A new worker with a first post; the one-time password is shown once, on the page that answers."""
    by = worker_of(request)
    policy.require(by, "manage_workers")
    form = WorkerForm(request.POST or None, by=by)
    if request.method == "POST" and form.is_valid():
        made = carry_out(form, lambda: actions.add_worker(by=by, **form.cleaned_data))
        if made is not None:
            worker, secret = made
            return render(request, "organisation/one_time.html", {"worker": worker, "secret": secret, "new": True})
    return render(request, "organisation/worker_add.html", {"form": form}, status=422 if form.errors else 200)


def _found(by: Worker, pk: UUID) -> Worker:
    """The worker; whoever manages nobody is refused before anything is looked up, so that asking tells nothing."""
    policy.require(by, "manage_workers")
    worker = Worker.objects.filter(pk=pk).first()
    if worker is None:
        raise Http404("There is no such worker.")
    return worker


def _require_sight(by: Worker, worker: Worker) -> None:
    """Raise `Refused` unless `by` manages workers at one of the places where `worker` works, worked or will work."""
    if not any(policy.can(by, "manage_workers", path) for path in places(worker)):
        policy.require(by, "manage_workers", filed_at(worker))


@login_required
def worker(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One worker: posts, account, and what may be done about them."""
    by = worker_of(request)
    who = _found(by, pk)
    _require_sight(by, who)
    form = PostForm(request.POST or None, by=by)
    if request.method == "POST" and form.is_valid():
        post = carry_out(form, lambda: actions.add_post(by=by, worker=who, **form.cleaned_data))
        if post is not None:
            messages.success(request, f"{who.name} is {post.get_role_display()} at {post.site.name}.")
            return redirect("worker", pk=pk)
    if request.method == "GET":
        read_page(request=request, site=filed_at(who), note=f"worker={who.pk}")
    today = timezone.localdate()
    reviews = any(policy.can(who, "review", path) for path in places(who))
    context = {
        "worker": who,
        "posts": [
            {
                "post": post,
                "open": post.ends is None or post.ends > today,
                "may_end": post.ends is None and by.pk != who.pk and by.can("manage_workers", post.site),
            }
            for post in who.posts.select_related("site")
        ],
        "over": _is_over(by, who),
        "locked": who.locked_until is not None and who.locked_until > timezone.now(),
        "second_factor": second_factor(who),
        "form": form if who.is_active and by.pk != who.pk else None,
        "details": DetailsForm(by=by, worker=who, initial={"phone": who.phone, "supervisor": who.supervisor}),
        "minutes": MinutesForm(initial={"minutes": who.minutes_per_week}, reviews=reviews),
        "declares": reviews or any(policy.can(who, "record_care", path) for path in places(who)),
    }
    return render(request, "organisation/worker.html", context, status=422 if form.errors else 200)


def _is_over(by: Worker, who: Worker) -> bool:
    try:
        require_over(by, who)
    except Refused:
        return False
    return True


def _do(request: HttpRequest, pk: UUID, act: Callable[[], object], done: str) -> HttpResponse:
    """Run an action of one button; say on the worker's page what came of it."""
    press(request, act, done)
    return redirect("worker", pk=pk)


@require_POST
@login_required
def end_post(request: HttpRequest, pk: UUID, post: int) -> HttpResponse:
    """End one post of a worker today."""
    by = worker_of(request)
    who = _found(by, pk)
    held = who.posts.filter(pk=post).first()
    if held is None:
        raise Http404("This worker has no such post.")
    return _do(request, pk, lambda: actions.end_post(by=by, post=held), "The post has ended.")


@require_POST
@login_required
def unlock(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let somebody try to sign in again at once."""
    by = worker_of(request)
    who = _found(by, pk)
    return _do(request, pk, lambda: actions.unlock(by=by, worker=who), f"{who.name} can sign in again.")


@require_POST
@login_required
def deactivate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close an account."""
    by = worker_of(request)
    who = _found(by, pk)
    return _do(request, pk, lambda: actions.deactivate_worker(by=by, worker=who), f"{who.name} is deactivated.")


@require_POST
@login_required
def details(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change phone and supervisor."""
    by = worker_of(request)
    who = _found(by, pk)
    require_over(by, who)
    form = DetailsForm(request.POST, by=by, worker=who)
    if not form.is_valid():
        messages.warning(request, "Nothing was saved: the supervisor has to work where you manage workers.")
        return redirect("worker", pk=pk)
    values = form.cleaned_data

    def change() -> None:
        if values["phone"] != who.phone:
            actions.set_phone(by=by, worker=who, phone=values["phone"])
        if values["supervisor"] != who.supervisor:
            actions.set_supervisor(by=by, worker=who, supervisor=values["supervisor"])

    return _do(request, pk, change, "Phone and supervisor are saved.")


@require_POST
@login_required
def minutes(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare a specialist's minutes for review."""
    by = worker_of(request)
    who = _found(by, pk)
    form = MinutesForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "The minutes were not saved: give a whole number, or leave the box empty.")
        return redirect("worker", pk=pk)
    given = form.cleaned_data["minutes"]
    return _do(request, pk, lambda: actions.set_minutes(by=by, worker=who, minutes=given), "The minutes are saved.")


@require_POST
@login_required
def drop_second_factor(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Turn off the second step of somebody who lost phone and recovery codes."""
    by = worker_of(request)
    who = _found(by, pk)
    return _do(request, pk, lambda: remove_second_factor(by=by, worker=who), f"The second step of {who.name} is off.")


@require_POST
@login_required
def reset_password(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A one-time password, shown once."""
    by = worker_of(request)
    who = _found(by, pk)
    secret = press(request, lambda: actions.reset_password(by=by, worker=who))
    if secret is None:
        return redirect("worker", pk=pk)
    return render(request, "organisation/one_time.html", {"worker": who, "secret": secret, "new": False})
