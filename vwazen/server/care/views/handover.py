"""Handing over: whose people there are, the packet of one worker's people, and passing some or all of them on."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care import handover, waiting
from vwazen.server.care.listing import carers, is_id, opens_chart
from vwazen.server.care.views.today import day_tabs
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import clock
from vwazen.server.record.models import Person


@login_required
def givers(request: HttpRequest) -> HttpResponse:
    """Everyone with people at one's sites, and when they leave, if that is known."""
    by = worker_of(request)
    policy.require(by, "enrol")
    paths = policy.site_paths(by, "enrol")
    found = handover.givers(by)
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="care", route="handovers",
        note=f"rows={len(found)}")  # fmt: skip
    request.nav_current = "today"  # type: ignore[attr-defined]
    context = {"givers": found, "pages": day_tabs(by, "handovers"), "today": clock.today()}
    return render(request, "care/handovers.html", context)


@login_required
def packet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The people of one worker, a paragraph each; ticked ones, or all of them, are passed on in one action."""
    by = worker_of(request)
    policy.require(by, "enrol")
    worker = Worker.objects.filter(pk=pk).first()
    if worker is None:
        raise Http404("There is no such worker.")
    request.nav_current = "today"  # type: ignore[attr-defined]
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            return _passed_on(request, by, worker)
        except Invalid as found:
            problem = found
    paths = policy.site_paths(by, "enrol")
    place = waiting.where(paths, look=True)
    after = request.GET.get("after", "")
    people = handover.people_of(str(pk), place, after if is_id(after) else "")
    page, more = people[: handover.A_PAGE], len(people) > handover.A_PAGE
    briefs = handover.packet(by, worker, page, clock.today())
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="handover", route="handover",
        note=f"rows={len(briefs)} worker={pk}")  # fmt: skip
    where = sorted(set(Person.objects.filter(pk__in=page).values_list("path", flat=True)))
    context = {
        "worker": worker, "briefs": briefs, "pages": day_tabs(by, "handovers"), "problem": problem,
        "staff": [one for one in carers(where) if one[0] != str(pk)] if where else [], "typed": request.POST,
        "ticked": request.POST.getlist("person"), "opens": opens_chart(by), "today": clock.today(),
        "next_url": f"?after={page[-1]}" if more else "", "all_known": not more and not after,
    }  # fmt: skip
    return render(request, "care/handover.html", context, status=422 if problem else 200)


def _passed_on(request: HttpRequest, by: Worker, worker: Worker) -> HttpResponse:
    sent = request.POST
    taker = sent.get("taker", "")
    chosen = None if sent.get("which") == "all" else [one for one in sent.getlist("person") if is_id(one)]
    if chosen == []:
        raise Invalid("Nobody was chosen. Tick the people, or choose everyone.", field="person")
    many = handover.hand_over(by=by, giver=str(worker.pk), taker=taker, people=chosen)
    name = Worker.objects.get(pk=taker).name
    messages.success(request, f"{many} {'person is' if many == 1 else 'people are'} with {name} now.")
    return redirect("handover", pk=worker.pk)
