"""A visit: one page with what is due today and what was done, saved as a whole; and a try at one in a single tap."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical import facts as f
from vwazen.clinical.findings import kept
from vwazen.content.load import content
from vwazen.server.care import context, medicine_lists, visit_page
from vwazen.server.care.due import days_to_choose, due
from vwazen.server.care.listing import is_id, opens_chart, tell_apart
from vwazen.server.care.tracing import page as traced
from vwazen.server.care.visit import Saved, Visit, record_visit
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id
from vwazen.server.web.context import address

LINKED = ("with", "risk", "outcome")  # what a link to the page may fill in
LISTS = ("home", "today", "caseload")  # where somebody was not met, pressed on a list, leads back to it
TRIED = {"missed": "clinic", "not_found": "home", "refused": "clinic"}
_FIELDS = {"fact_id": "form"}
SAID = {"missed": "did not come", "not_found": "was not found", "refused": "did not want to"}


def _open(request: HttpRequest, person: str) -> tuple[Worker, View]:
    by = worker_of(request)
    route = request.resolver_match.url_name or "" if request.resolver_match else ""
    return by, access.person(by=by, person_id=person, purpose="care", permission="record_care", route=route)


@login_required
def visit(request: HttpRequest, person: str) -> HttpResponse:
    """Record a visit, or a try at one, with whatever is due. All of it is saved, or nothing."""
    by, view = _open(request, person)
    if view.chart.died is not None:
        messages.warning(request, "A death is on record. A visit before it can be told in a note.")
        return _back(request, by, view)
    sent = request.POST if request.method == "POST" else _linked(request)
    if request.method != "POST" or "add" in sent:
        return _page(request, by, view, _added(sent), {})
    listed = due(by, view, clock.today())
    typed, errors = visit_page.read(view, listed, sent)
    if not errors:
        drawn = sent.get("form", "")
        try:
            saved = record_visit(
                by=by, person=view.person.pk, visit=typed, fact_id=drawn if drawn and is_id(drawn) else ""
            )
        except Invalid as problem:
            errors = {_FIELDS.get(problem.field, problem.field or "all"): str(problem)}
        else:
            return _after(request, by, view, saved)
    return _page(request, by, view, sent, errors)


def _linked(request: HttpRequest) -> QueryDict:
    found = QueryDict(mutable=True)
    for name in LINKED:
        found.setlist(name, request.GET.getlist(name))
    return found


def _added(sent: QueryDict) -> QueryDict:
    """What was typed, with one more form to fill in."""
    wanted = sent.get("add")
    if not wanted:
        return sent
    found = sent.copy()
    found.appendlist("with", wanted)
    return found


def _page(request: HttpRequest, by: Worker, view: View, sent: QueryDict, errors: Mapping[str, str]) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    today, fresh = clock.today(), request.method != "POST"
    listed = due(by, view, today)
    drawn = sent.get("form") or ""
    late = kept(view.chart.live)
    values = {
        "person": view.person, "apart": tell_apart(view.person), "may_see_chart": opens_chart(by, view.path),
        "risks": view.chart.open_risks, "may_act": by.can("act_on_risk", view.path), "due": listed, "today": today,
        "page": visit_page.show(
            by, view, listed, days_to_choose(view, today), sent, errors, preset=_preset(by, view), fresh=fresh
        ),
        "agreed": view.chart.next_date, "last": view.chart.last_contact, "kept": late[-1] if late else None,
        "days_late": (today - view.chart.next_date).days if view.chart.next_date else None,
        "typed": {name: sent.get(name, "") for name in _SINGLE}, "errors": errors,
        "form_id": drawn if is_id(drawn) and "form" not in errors else make_id(),
        "may_ask_question": policy.can(by, "ask_question", view.path), "added": sent.get("add", ""),
        "only": next(iter(errors.values())) if len(errors) == 1 else "",
        "referred": [one for one in view.chart.referrals if one.open and one.inside and one.state != "declined"],
        "questions": view.chart.unanswered if view.may_see("mental-health") else (),
        "traced": traced.last_words(view),
    }  # fmt: skip
    return render(request, "care/visit.html", values, status=422 if errors else 200)


_SINGLE = (
    "occurred", "minutes_other", "next", "next_other", "note", "worry", "question", "side_which", "private",
)  # fmt: skip


def _preset(by: Worker, view: View) -> str:
    """Where this worker met this person last; else at home for whoever goes from house to house."""
    for fact, body in reversed(view.chart.encounters):
        if (body.by or fact.author) == str(by.pk) and body.met:
            return body.mode
    return "home" if "chw" in policy.roles(by) else "clinic"


def _after(request: HttpRequest, by: Worker, view: View, saved: Saved) -> HttpResponse:
    """Danger first: to the safety steps; else to the score; else back to where the next person is."""
    context.changed()
    person = view.person.pk
    met = isinstance(saved.visit.body, f.Encounter) and saved.visit.body.met
    messages.success(request, "The visit is on record." if met else "On record, with nobody met.")
    given = {one.body.prescription for one in saved.facts if isinstance(one.body, f.Dispense)}
    for words in medicine_lists.warnings(person, given, clock.today()) if given else ():
        messages.warning(request, words)
    if saved.risk and by.can("act_on_risk", view.path):
        return redirect("risk", person=person, risk=saved.risk)
    for fact in saved.responses:
        if by.can("see_chart", view.path) and view.may_see(access.segment_of(_response(fact), content())):
            return redirect("answers", person=person, fact=fact.id)
    return _back(request, by, view)


def _response(fact: f.Fact) -> f.Response:
    if not isinstance(fact.body, f.Response):
        raise TypeError("This fact holds no answers.")
    return fact.body


def _back(request: HttpRequest, by: Worker, view: View) -> HttpResponse:
    wanted = request.POST.get("back", "")
    if wanted in LISTS and address(wanted):
        return redirect(wanted)
    if opens_chart(by, view.path):
        return redirect(f"{reverse('chart', args=[view.person.pk])}#main")
    return redirect("home")


@login_required
def tried(request: HttpRequest, person: str) -> HttpResponse:
    """Record in one tap that somebody was not met; back to the list it was pressed on."""
    by, view = _open(request, person)
    if request.method != "POST":
        return redirect("visit", person=view.person.pk)
    outcome = request.POST.get("outcome", "")
    if outcome not in TRIED:
        raise Http404("There is no such outcome of a try. Open the visit and choose one there.")
    drawn = request.POST.get("form", "")
    try:
        record_visit(
            by=by, person=view.person.pk, visit=Visit(mode=TRIED[outcome], outcome=outcome),
            fact_id=drawn if is_id(drawn) else "",
        )  # fmt: skip
    except Invalid as problem:
        messages.error(request, str(problem))
    else:
        agreed = "" if view.chart.next_date and view.chart.next_date > clock.today() else " Agree a new date next."
        messages.success(request, f"On record: {view.chart.name} {SAID[outcome]}.{agreed}")
    return _back(request, by, view)
