"""The case review: the agenda, one packet per person, and the advice that waits to be carried out."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical.agenda import Case
from vwazen.content.load import content
from vwazen.content.rules import Tiers
from vwazen.server.audit.actions import log
from vwazen.server.care import caselist, charted, sitting
from vwazen.server.care.lines import Line, lines
from vwazen.server.care.listing import carers, tell_apart, worker_names
from vwazen.server.care.packet import AdviceForm, packet_of
from vwazen.server.care.sitting import Sitting
from vwazen.server.care.tasks import TaskForm, owners_of, waiting
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View

OVERFLOW = 20
A_PAGE = 50


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """This week's agenda: whom there is time for, in order, and who waits beyond it."""
    by = worker_of(request)
    specialist = policy.can(by, "review")
    if not specialist:
        policy.require(by, "ask_question")
    today = clock.today()
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    found, more = ([sitting.mine(by, today)], False) if specialist else sitting.theirs(by, today, start)
    if start and not found:  # those further on are gone since
        return redirect("review")
    paths = policy.site_paths(by, "review" if specialist else "ask_question")
    log(
        by=by, action="read-list", site=paths[0], purpose="review", route="review",
        note=f"rows={sum(one.total for one in found)}",
    )  # fmt: skip
    context = {
        "agendas": [_agenda(by, one, today) for one in found], "specialist": specialist,
        "may_carry_out": policy.can(by, "carry_out"), "today": today,
        "minutes_per_case": content().get(Tiers, "default").minutes_per_case,
        "first_url": reverse("review") if start else "", "next_url": f"?from={start + len(found)}" if more else "",
    }  # fmt: skip
    return render(request, "care/review.html", context)


def _agenda(by: Worker, one: Sitting, today: date) -> dict[str, Any]:
    shown, waiting_beyond = one.agenda.places, one.agenda.overflow
    if one.minutes is None:  # nobody is left out by time, but a page holds so many
        shown, waiting_beyond = shown[:A_PAGE], shown[A_PAGE:]

    def as_lines(cases: tuple[Case, ...]) -> list[Line]:
        return lines(by, sitting.shown(one, [case.person for case in cases], today), today)

    many = len(waiting_beyond)
    return {
        "sitting": one, "lines": as_lines(shown), "overflow": as_lines(waiting_beyond[:OVERFLOW]),
        "beyond": f"more than {many}" if one.more else f"{many}", "any_beyond": bool(many),
        "capped": one.minutes is None,
        "hidden": many - OVERFLOW if many > OVERFLOW else 0, "first": one.people[0] if one.people else "",
        "others": sum(case.other for case in shown), "asked": one.asked,
    }  # fmt: skip


@login_required
def packet(request: HttpRequest, person: str) -> HttpResponse:
    """One case on one screen; whoever may review ends it with advice, others read it."""
    by = worker_of(request)
    view = access.person(
        by=by, person_id=person, purpose="review", permission=("review", "see_chart"), route="packet"
    )  # fmt: skip
    request.nav_current = "review"  # type: ignore[attr-defined]
    today = clock.today()
    reviews, reads = policy.can(by, "review", view.path), view.may_see("mental-health")
    names = worker_names(charted.authors(view.chart))
    case = packet_of(view, names, by, today)
    form = None
    if reviews and view.chart.died is None:
        form = AdviceForm(
            request.POST if request.method == "POST" else None, view=view, packet=case, staff=carers([view.path]),
            today=today,
        )  # fmt: skip
    if request.method == "POST":
        policy.require(by, "review", view.path)
        _, next_one = sitting.mine(by, today).around(view.person.pk)
        if form is not None and _sent(request, by, view, form):
            return _next(by, next_one)
    place = sitting.mine(by, today) if reviews else None
    before, after = place.around(view.person.pk) if place else ("", "")
    context = {
        "view": view, "person": view.person.pk, "chart": view.chart, "packet": case, "form": form,
        "apart": tell_apart(view.person), "sitting": place, "before": before, "after": after,
        "position": place.position(view.person.pk) if place else None,
        "places": [(one, one.reason if reads else one.plain) for one in caselist.places_of(view.person.pk, today)[:1]],
        "may_act": policy.can(by, "act_on_risk", view.path),
        "said": list(messages.get_messages(request)), "messages": (),  # in the head, so that the page stays one screen
    }  # fmt: skip
    return render(request, "care/review_packet.html", context, status=422 if form and form.errors else 200)


def _sent(request: HttpRequest, by: Worker, view: View, form: AdviceForm) -> bool:
    """Whether the advice is on record now; it says so, with whom it went to."""
    if form.send(by) is None:
        return False
    names = dict(carers([view.path]))
    messages.success(
        request,
        f"Advice for {view.chart.name} is a task of {names.get(form.cleaned_data['owner'], 'the team')} now.",
    )
    return True


def _next(by: Worker, next_one: str) -> HttpResponse:
    """The case that came next, if it still waits; else the first that does; the agenda itself after the last one."""
    people = sitting.mine(by, clock.today()).people
    following = next_one if next_one in people else next(iter(people), "")
    return redirect("packet", person=following) if following else redirect("review")


@login_required
def tasks(request: HttpRequest) -> HttpResponse:
    """Advice that waits to be carried out: whose, by when; done, or not done and why."""
    by = worker_of(request)
    policy.require(by, "carry_out")
    bound = None
    if request.method == "POST":
        bound = TaskForm(request.POST)
        if bound.saved(by):
            messages.success(request, "It is on record. The next case review sees it.")
            return redirect(request.get_full_path())
    whose = request.GET.get("whose", "mine")
    page = waiting(by, whose, request.GET.get("after", ""), clock.today(), bound)
    if bound and all(task.form is not bound for task in page.tasks):  # it waits no more: the form stands nowhere
        for words in (str(one) for found in bound.errors.values() for one in found):
            messages.warning(request, words)
    if page.lost:
        messages.warning(request, "The list has changed since. It begins again at the top, so that nobody is missed.")
    log(
        by=by, action="read-list", site=policy.site_paths(by, "carry_out")[0], purpose="care", route="tasks",
        note=f"rows={len(page.tasks)} whose={page.whose}",
    )  # fmt: skip
    context = {"page": page, "tabs": owners_of(page.whose), "today": clock.today()}
    return render(request, "care/tasks.html", context, status=422 if bound else 200)
