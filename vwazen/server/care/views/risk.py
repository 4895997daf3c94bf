"""Risk: a worker's concern, the steps, the clock, the plan, and the board of all that is open.

No step waits for another, nothing closes by itself, nothing can be put off, and no label says how great a risk is.
"""

import datetime as dt
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical import caseload
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Risk
from vwazen.clinical.circle import may_be_called
from vwazen.clinical.safety import policy as safety_policy
from vwazen.content.load import content
from vwazen.server.care import context, plan_words, safety
from vwazen.server.care.alarm import alarm, chain_of
from vwazen.server.care.board import alarm_of, read_board
from vwazen.server.care.listing import is_id, opens_chart, tell_apart, worker_names
from vwazen.server.care.risk_steps import ASKED, DONE, asked
from vwazen.server.care.risk_steps import steps as steps_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id

ON_TRACK = 9
STEPS = ("stay", "body", "ask", "safe", "plan", "next")
PARTS = ("signs", "helps", "people", "call", "means")
MODES = (("home", "at home"), ("clinic", "at the clinic"), ("phone", "by phone"), ("ward", "on a ward"))
OUTCOMES = (("seen", "spoke with them"), ("missed", "they did not come"), ("not_found", "not found"),
            ("refused", "they did not want to talk"))  # fmt: skip


def _open(request: HttpRequest, person: str) -> tuple[Worker, View]:
    by = worker_of(request)
    route = request.resolver_match.url_name or "" if request.resolver_match else ""
    return by, access.person(by=by, person_id=person, purpose="risk", permission="act_on_risk", route=route)


def _risk(chart: Chart, wanted: str) -> Risk:
    for one in chart.risks:
        if wanted in (one.id, one.trigger.id):
            return one
    raise Http404("This risk is not on the record. The person's chart shows what is; raise a new concern if you worry.")


@login_required
def new(request: HttpRequest, person: str) -> HttpResponse:
    """A worker is worried, or was told of a danger. A few words open the steps."""
    by, view = _open(request, person)
    values: dict[str, object] = {
        "person": view.person,
        "apart": tell_apart(view.person),
        "risks": view.chart.open_risks,
        "may_act": True,
        "may_see_chart": opens_chart(by, view.path),
        "form_id": make_id(),
        "typed": request.POST,
        "now_banner": context.banner(by, besides=view.person.pk),
    }
    if request.method == "POST":
        drawn = request.POST.get("form", "")
        try:
            fact = safety.raise_concern(
                by=by, person=view.person.pk, text=request.POST.get("text", ""),
                told=request.POST.get("trigger") == "told", fact_id=drawn if is_id(drawn) else "",
            )  # fmt: skip
        except Invalid as problem:
            values["error"] = str(problem)
            return render(request, "care/risk_new.html", values, status=422)
        context.changed()
        return redirect("risk", person=view.person.pk, risk=fact.id)
    return render(request, "care/risk_new.html", values)


@login_required
def steps(request: HttpRequest, person: str, risk: str) -> HttpResponse:
    """The steps of one risk, with the clock beside them."""
    by, view = _open(request, person)
    return _page(request, by, view, _risk(view.chart, risk))


def _page(
    request: HttpRequest, by: Worker, view: View, risk: Risk, errors: Mapping[str, str] | None = None, form: str = ""
) -> HttpResponse:
    wrong = errors or {}
    typed = request.POST if wrong else {}
    now = clock.now()
    chain = chain_of(view.person.site, now)
    facts = (*risk.assessments, *risk.calls, *risk.contacts, risk.trigger, risk.acknowledged, risk.closed)
    names = worker_names({fact.author for fact in facts if fact} | {view.chart.owner})
    found = steps_of(risk, view.chart, clock.today(), names)
    sees_violence = view.may_see("intimate-partner-violence")
    values = {
        "person": view.person,
        "apart": tell_apart(view.person),
        "may_see_chart": opens_chart(by, view.path),
        "risk": risk,
        "tier": _tier(view.chart),
        "concern": risk.trigger.body if isinstance(risk.trigger.body, f.Concern) else None,
        "opened_by": names.get(risk.opened_by, "someone who no longer works here"),
        "steps": found,
        "body": asked(risk, "poisoning", typed, wrong),
        "questions": [asked(risk, name, typed, wrong) for name in ASKED],
        "asked_open": sum(name not in risk.answers for name in ASKED),
        "done": [{"value": code, "label": words, "checked": False} for code, words in DONE.items()],
        "violence": risk.violence if sees_violence else None,
        "sees_violence": sees_violence,
        "me": str(by.pk),
        "alarm": alarm(risk, chain, now, names),
        "owner": names.get(view.chart.owner, ""),
        "modes": MODES,
        "outcomes": OUTCOMES,
        "contacts": [(fact, names.get(fact.author, "")) for fact in reversed(risk.contacts)],
        "titles": _titles(),
        "today": clock.today(),
        "now": now,
        "typed": typed,
        "errors": wrong,
        "form": form,
        "closed": risk.closed,
        "closed_by": names.get(risk.closed.author, "") if risk.closed else "",
        "now_banner": context.banner(by, besides=view.person.pk),
    }
    return render(request, "care/risk.html", values, status=422 if wrong else 200)


def _tier(chart: Chart) -> int:
    """The person's tier today; 9 for whoever stands in none."""
    rows = caseload.rows(chart, content(), clock.today())
    return min((row.segments[0].tier or ON_TRACK for row in rows), default=ON_TRACK)


def _titles() -> dict[str, tuple[str, str]]:
    """Step -> what it is called and what it asks for, as the safety policy words it."""
    rules = safety_policy(content())
    words = [line.partition(". ")[::2] for line in rules.steps]
    return {name: (title.rstrip("."), text) for name, (title, text) in zip(STEPS, words, strict=True)}


@login_required
def act(request: HttpRequest, person: str, risk: str, action: str) -> HttpResponse:
    """One form of the steps; or, read only, the state of the clock for a page that stays open."""
    if request.method != "POST":
        if action == "clock":
            return _clock(request, person, risk)
        return redirect("risk", person=person, risk=risk)
    if action not in _ACTS:
        raise Http404("There is no such step.")
    by, view = _open(request, person)
    found = _risk(view.chart, risk)
    try:
        said, anchor = _ACTS[action](by, view.person.pk, found, request.POST)
    except Invalid as problem:
        return _page(request, by, view, found, {problem.field or "all": str(problem)}, action)
    context.changed()
    messages.success(request, said)
    return redirect(reverse("risk", args=[view.person.pk, found.id]) + (f"#{anchor}" if anchor else ""))


def _clock(request: HttpRequest, person: str, risk: str) -> HttpResponse:
    """The clock alone, from the list of what is open: no one's record is read, so nothing is logged again and again."""
    by = worker_of(request)
    return render(request, "care/risk_clock.html", {"alarm": alarm_of(by, person, risk), "fragment": True})


Said = tuple[str, str]
Sent = Mapping[str, str]


def _stay(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    if not sent.get("staying", "").strip():
        raise Invalid("Say who stays with them, and where.", field="staying")
    safety.assess(by=by, person=person, risk=risk.id, answers={}, staying=sent["staying"])
    return "Saved: they are not alone.", "body"


def _body(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    answers = _answers(sent, ("poisoning",))
    if not answers:
        raise Invalid("Choose yes or no once it was asked.", field="poisoning")
    safety.assess(by=by, person=person, risk=risk.id, answers=answers)
    return "Saved.", "ask"


def _ask(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    answers = _answers(sent, ("private", *ASKED))
    if not answers and not sent.get("words", "").strip():
        raise Invalid("Nothing was asked yet. Answer what was asked; the rest may stay open.", field="all")
    day = sent.get("recent_act_on", "")
    if day and answers.get("recent_act") != "yes":
        raise Invalid("A day is given, but not that anything was done. Answer yes, or empty the day.",
                      field="recent_act_on")  # fmt: skip
    safety.assess(by=by, person=person, risk=risk.id, answers=answers, recent_act_on=day, words=sent.get("words", ""))
    return "Saved. What was not asked stays open.", "safe"


def _answers(sent: Sent, names: tuple[str, ...]) -> dict[str, str]:
    """What was asked now; "not asked" adds nothing."""
    return {name: sent[name] for name in names if sent.get(name, "not_asked") != "not_asked"}


def _safe(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    done = tuple(code for code in DONE if sent.get(code))
    words = sent.get("words", "")
    if not done and not words.strip():
        raise Invalid("Tick what was done, or write what was agreed.", field="safe_words")
    safety.assess(by=by, person=person, risk=risk.id, answers={}, done=done, words=words)
    return "Saved.", "violence"


def _violence(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    afraid, family = sent.get("afraid_at_home", "not_asked"), sent.get("family_may_be_called", "not_asked")
    if afraid == family == "not_asked":
        raise Invalid("Choose yes or no once it was asked.", field="afraid_at_home")
    safety.check_violence(by=by, person=person, risk=risk.id, afraid_at_home=afraid, family_may_be_called=family)
    return "Saved for the few who may see it. It stands in no plan and on no print.", "plan"


def _call(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    called = sent.get("called", "")
    name = worker_names([called]).get(called, "")
    if not name:
        raise Invalid("Choose who was called.", field="called")
    safety.call(by=by, person=person, risk=risk.id, called=called, name=name)
    return f"Recorded: {name} was called. Called is not answered; the clock runs.", ""


def _acknowledge(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    who = sent.get("who", "me")
    name = by.name if who == "me" else worker_names([who]).get(who, "")
    if not name:
        raise Invalid("Say who has taken it on.", field="who")
    safety.acknowledge(by=by, person=person, risk=risk.id, name=name)
    return f"{name} has taken it on.", ""


def _contact(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    safety.contact(by=by, person=person, risk=risk.id, mode=sent.get("mode", ""), outcome=sent.get("outcome", ""),
                   next_date=sent.get("next_date", ""))  # fmt: skip
    return "The contact is recorded.", "next"


def _close(by: Worker, person: str, risk: Risk, sent: Sent) -> Said:
    safety.close(by=by, person=person, risk=risk.id, reason=sent.get("reason", ""))
    return "You have ended these steps. If you worry again, raise a concern.", ""


_ACTS: dict[str, Callable[[Worker, str, Risk, Sent], Said]] = {
    "stay": _stay, "body": _body, "ask": _ask, "safe": _safe, "violence": _violence, "call": _call,
    "acknowledge": _acknowledge, "contact": _contact, "close": _close,
}  # fmt: skip


@login_required
def plan(request: HttpRequest, person: str) -> HttpResponse:
    """The plan made together: what all authors wrote, united; printed as one page that says nothing about illness."""
    by, view = _open(request, person)
    risks = view.chart.open_risks
    error = ""
    if request.method == "POST":
        parts = {name: request.POST.get(name, "") for name in PARTS}
        try:
            safety.plan(by=by, person=view.person.pk, risk=risks[-1].id if risks else "",
                        copy_given="copy_given" in request.POST, **parts)  # fmt: skip
        except Invalid as problem:
            error = str(problem)
        else:
            messages.success(request, "Saved. Print it or write it down: they leave with a copy in their hand.")
            return redirect("safety-plan", person=view.person.pk)
    names = worker_names(fact.author for fact, _ in view.chart.plan)
    registration = view.chart.registration
    spoken = plan_words.spoken(registration.language if registration else "")
    values = {
        "spoken": spoken,
        "circle": may_be_called(view.chart),
        "person": view.person,
        "may_see_chart": opens_chart(by, view.path),
        "risks": risks,
        "parts": [_part(view.chart, name, spoken.headings[name], names) for name in PARTS],
        "written": bool(view.chart.plan),
        "copies": [(fact.day, names.get(fact.author, "")) for fact, body in view.chart.plan if body.copy_given],
        "typed": request.POST if error else {},
        "error": error,
    }
    return render(request, "care/plan.html", values, status=422 if error else 200)


def _part(chart: Chart, name: str, words: str, names: Mapping[str, str]) -> dict[str, object]:
    """One part of the plan: each thing said once, with who wrote it down and when."""
    said: dict[str, tuple[str, dt.date]] = {}
    for fact, body in chart.plan:
        text = getattr(body, name)
        if text and text not in said:
            said[text] = (names.get(fact.author, ""), fact.day)
    label = plan_words.HEADINGS["en"][name]
    every = [(text, who, day) for text, (who, day) in said.items()]
    return {"name": name, "words": words, "label": label, "said": every}


@login_required
def board(request: HttpRequest) -> HttpResponse:
    """Every open risk where this worker may act: whom nobody has answered for yet, first."""
    by = worker_of(request)
    policy.require(by, "act_on_risk")
    return render(request, "care/risk_board.html", read_board(by, request.GET.get("after", "")))
