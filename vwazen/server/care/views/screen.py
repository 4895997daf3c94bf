"""Asking: choose an instrument, ask it on one page, and read what came of it. Danger comes before the score."""

import datetime as dt
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical import facts as f
from vwazen.clinical.instruments import Scored
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.server.care import actions as care
from vwazen.server.care import questionnaire
from vwazen.server.care.listing import is_id, opens_chart, tell_apart, worker_names
from vwazen.server.care.results import followed, next_steps, result_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id

_KINDS = (
    ("verbatim", "With its wording", ""),
    (
        "numbered",
        "Numbered items",
        "Their wording may not be shipped. Ask from your licensed form and type the answers here.",
    ),
    ("none", "Only a total", "Score your licensed form and type the total. Its safety question stays unknown: ask it."),
)


def _open(request: HttpRequest, person: str) -> tuple[Worker, View]:
    by = worker_of(request)
    route = request.resolver_match.url_name or "" if request.resolver_match else ""
    return by, access.person(by=by, person_id=person, purpose="screen", permission="ask", route=route)


@login_required
def choose(request: HttpRequest, person: str) -> HttpResponse:
    """Every instrument that this worker may give this person, by whether its wording is here."""
    by, view = _open(request, person)
    mine = [one for one in content().instruments if care.may_give(by, view.path, one)]
    groups = []
    due = [one for one in mine if followed(view.chart, one.id)]
    if due:
        groups.append(("Followed in this person's care", "", [_entry(view, one) for one in due]))
    for wording, title, note in _KINDS:
        of_kind = [_entry(view, one) for one in mine if one.wording == wording and one not in due]
        if of_kind:
            groups.append((title, note, of_kind))
    shows_last = any(view.may_see(one.segment) for one in mine)
    return render(request, "care/screen.html", {**_who(by, view), "groups": groups, "shows_last": shows_last})


def _who(by: Worker, view: View) -> dict[str, object]:
    return {
        "person": view.person,
        "apart": tell_apart(view.person),
        "risks": view.chart.open_risks,
        "may_see_chart": opens_chart(by, view.path),
        "may_act": by.can("act_on_risk", view.path),
    }


def _entry(view: View, one: Instrument) -> dict[str, object]:
    """An instrument of the list, with when it was last answered, as far as the viewer may know."""
    series = view.chart.series.get(one.id)
    return {
        "instrument": one,
        "items": len(one.items),
        "seen": view.may_see(one.segment),
        "last": series.points[-1] if series else None,
        "drafts": [questionnaire.language_name(code) for code, text in one.texts.items() if text.status == "draft"],
        "reviewed": not one.reviewed.startswith("not yet"),
    }


def _instrument(by: Worker, view: View, name: str) -> Instrument:
    try:
        one = content().instrument(name)
    except LookupError:
        raise Http404("No installed pack holds this instrument. Go back and choose from the list.") from None
    if not care.may_give(by, view.path, one):
        raise Refused(
            f"{one.name} may be given by: {', '.join(one.administered_by)}, who may see such answers. "
            "Ask one of them, or choose another from the list.", permission="ask", site=view.path,
        )  # fmt: skip
    return one


@login_required
def ask(request: HttpRequest, person: str, instrument: str) -> HttpResponse:
    """All items on one page. A positive safety answer leads straight to the risk steps."""
    by, view = _open(request, person)
    one = _instrument(by, view, instrument)
    typed = request.POST if request.method == "POST" else {}
    errors: dict[str, str] = {}
    form_id = typed.get("form", "")
    if request.method == "POST":
        saved, errors = _save(by, view, one, typed)
        if saved is not None:
            return _after(request, by, view, one, *saved)
        if "form" in errors:  # saved before with other answers: the next sending is a new entry
            form_id = ""
    return _form(request, by, view, one, typed, errors, form_id)


def _save(
    by: Worker, view: View, one: Instrument, typed: Mapping[str, str]
) -> tuple[tuple[f.Fact, Scored] | None, dict[str, str]]:
    """The saved fact with its score, or what does not fit, by field."""
    read = questionnaire.read(one, typed)
    errors = dict(read.errors)
    mode = typed.get("mode", "")
    if mode not in dict(questionnaire.MODES):
        errors["mode"] = "Say how it was asked."
    occurred, wrong = _asked_on(typed.get("occurred", ""), mode)
    if wrong:
        errors["occurred"] = wrong
    if errors:
        return None, errors
    form = typed.get("form", "")
    private = {"yes": True, "no": False}.get(typed.get("private", ""))
    language = typed.get("language", "")
    try:
        saved = care.answer(
            by=by, person=view.person.pk, instrument=one.id, answers=read.answers, occurred=occurred, mode=mode,
            private=private, language=language if language in one.texts else "en", total=read.total,
            fact_id=form if is_id(form) else "",
        )  # fmt: skip
    except Invalid as problem:
        return None, {{"fact_id": "form", "answers": "all"}.get(problem.field, problem.field or "all"): str(problem)}
    return saved, {}


def _asked_on(text: str, mode: str) -> tuple[str, str]:
    """When it was asked: "" for now, else an ISO date; and what is wrong with it."""
    if not text.strip():
        return "", "Give the date on the paper." if mode == "paper" else ""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        return "", f"{text!r} is not a date. Write it as 2026-11-21."
    if day > clock.today():
        return "", "This date lies in the future. Give the day on which it was asked."
    if day.year < clock.today().year - 100:
        return "", "This date is more than a hundred years ago. Mend the year."
    return ("" if day == clock.today() else day.isoformat()), ""


def _after(request: HttpRequest, by: Worker, view: View, one: Instrument, sent: f.Fact, scored: Scored) -> HttpResponse:
    """Danger before score: to the risk steps where a safety answer asks for them; else to the result."""
    person = view.person.pk
    if scored.safety == "positive" and by.can("act_on_risk", view.path):
        return redirect("risk", person=person, risk=sent.id)
    if view.may_see(one.segment) and by.can("see_chart", view.path):
        return redirect("answers", person=person, fact=sent.id)
    messages.success(request, f"The answers to {one.name} are saved. Scores are read at the health centre.")
    if scored.safety == "unknown":
        messages.warning(request, "A safety question was not answered. Ask it in private, today.")
    return redirect("screen", person=person)


def _form(
    request: HttpRequest, by: Worker, view: View, one: Instrument, typed: Mapping[str, str], errors: dict[str, str],
    form_id: str,
) -> HttpResponse:  # fmt: skip
    registered = view.chart.registration
    wished = typed.get("language") or request.GET.get("language") or ""
    language, text = questionnaire.text_of(one, wished or (registered.language if registered else "") or by.language)
    listed = questionnaire.questions(one, language, typed, errors)
    values = {
        **_who(by, view),
        "instrument": one,
        "text": text,
        "language": language,
        "languages": [
            (code, questionnaire.language_name(code), version.status) for code, version in sorted(one.texts.items())
        ],
        "questions": listed,
        "head": questionnaire.head(one, language),
        "modes": [(value, label, typed.get("mode", "in_person") == value) for value, label in questionnaire.MODES],
        "private": [
            {"value": value, "label": label, "checked": typed.get("private") == value}
            for value, label in (("yes", "Yes"), ("no", "No, others can hear"))
        ],
        "occurred": typed.get("occurred", clock.today().isoformat()),
        "today": clock.today(),
        "total": typed.get("total", ""),
        "typed_only": one.score.method == "typed",
        "has_total": one.range is not None and one.score.method == "sum",
        "errors": errors,
        "form_id": form_id if is_id(form_id) else make_id(),
        "safety_left": bool(one.safety),
    }
    return render(request, "care/ask.html", values, status=422 if errors else 200)


@login_required
def result(request: HttpRequest, person: str, fact: str) -> HttpResponse:
    """What one set of answers says: danger first, then the score and what is missing."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="see_chart", route="answers")
    found = next((one for one in view.chart.live if one.id == fact and isinstance(one.body, f.Response)), None)
    if found is None:
        raise Http404("These answers are not on the record, or were withdrawn. The person's chart shows what is.")
    try:
        shown = result_of(view.chart, found, content())
    except LookupError:
        raise Http404("The instrument of these answers is not installed here. Install its pack to read them.") from None
    names = worker_names([found.author])
    values = {
        **_who(by, view),
        "result": shown,
        "author": names.get(found.author, "someone who no longer works here"),
        "mode": dict(questionnaire.MODES).get(shown.body.mode, "imported"),
        "steps": next_steps(view.chart, shown, content(), clock.today()),
        "enrolled": bool(followed(view.chart, shown.instrument.id)),
        "again": reverse("ask", args=[view.person.pk, shown.instrument.id]),
        "asks": policy.can(by, "ask", view.path),
        "may_ask": care.may_give(by, view.path, shown.instrument),
    }
    return render(request, "care/answers.html", values)
