"""Risk: what opened it, what was asked, who was called, who follows. Nothing here predicts or closes anything."""

import datetime as dt
from typing import cast

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Risk
from vwazen.clinical.facts import Fact, instant
from vwazen.clinical.live import Entry, Live
from vwazen.content.load import Content
from vwazen.content.rules import SafetyPolicy

QUESTIONS = (
    "poisoning", "intent", "plan", "means", "recent_act", "harm_others", "child_at_risk", "psychosis", "intoxication",
)  # fmt: skip


def policy(content: Content) -> SafetyPolicy:
    """The safety policy in force: the last one that an installed pack brought."""
    return content.all(SafetyPolicy)[-1]


def positive_items(content: Content, body: f.Response) -> tuple[str, ...]:
    """Items of a response answered at or above their safety line; answered as asked, whatever the total is."""
    try:
        instrument = content.instrument(body.instrument, body.version)
    except LookupError:
        return ()
    return tuple(rule.item for rule in instrument.safety if body.answers.get(rule.item, -1) >= rule.at_least)


def fold_risks(alive: Live, content: Content, died: dt.date | None) -> tuple[Risk, ...]:
    """Every risk, oldest first.

    A positive safety answer given here opens one by itself: it needs no second fact, so a late phone cannot
    lose it. Answers that an import brought open one only where the import said so (a `Concern`).
    """
    if died:
        return ()
    responses = {entry.id: entry for entry in alive.of(f.Response)}
    opened: list[tuple[Entry[f.Body], Entry[f.Response] | None]] = []
    concerned = set()
    for entry in alive.of(f.Concern):
        response = responses.get(alive.root.get(entry.body.response, entry.body.response))
        if response:
            concerned.add(response.id)
        opened.append((entry, response))
    for answers in responses.values():
        if not answers.body.source and answers.id not in concerned and positive_items(content, answers.body):
            opened.append((answers, answers))
    about = _by_risk(alive)
    known = {entry.id for entry, _ in opened}
    for risk, kinds in about.items():
        if risk not in known:  # the assessment came before what opened it: show it all the same
            first = min((one for facts in kinds.values() for one in facts), key=lambda one: (one.at, one.id))
            opened.append((Entry(first.at, risk, first.fact, first.body), None))
    opened.sort(key=lambda pair: (pair[0].at, pair[0].id))
    return tuple(_risk(content, entry, response, about.get(entry.id, {})) for entry, response in opened)


def _by_risk(alive: Live) -> dict[str, dict[str, list[Entry[f.Body]]]]:
    """risk id -> kind -> the facts that speak of it."""
    found: dict[str, dict[str, list[Entry[f.Body]]]] = {}
    for entry in alive.entries:
        risk = getattr(entry.body, "risk", "")
        if risk:
            found.setdefault(alive.root.get(risk, risk), {}).setdefault(entry.fact.kind, []).append(entry)
    return found


def _why(entry: Entry[f.Body], response: Entry[f.Response] | None, content: Content, items: tuple[str, ...]) -> str:
    body = entry.body
    if response and items:
        instrument = content.instrument(response.body.instrument, response.body.version)
        item = next(one for one in instrument.items if one.id == items[0])
        text = instrument.texts.get("en")
        value = int(response.body.answers[items[0]])
        label = text.answers.get(item.answers or "", {}).get(value, str(value)) if text else str(value)
        return f"Answered “{label[:1].lower() + label[1:]}” to the safety question of {instrument.name}"
    if isinstance(body, f.Concern) and body.trigger == "answer":
        return "An answer to a safety question asks for a conversation"
    if isinstance(body, f.Concern) and body.trigger == "told":
        return "Someone told us of a danger"
    if isinstance(body, f.Concern) and body.trigger == "worker":
        return "A worker was worried"
    return "A risk was being followed"


def _risk(
    content: Content,
    entry: Entry[f.Body],
    response: Entry[f.Response] | None,
    about: dict[str, list[Entry[f.Body]]],
) -> Risk:
    assessments = [cast(Entry[f.Assessment], one) for one in about.get("assessment", ())]
    answers: dict[str, str] = {}
    asked_on: dict[str, dt.datetime] = {}
    last_act: dt.date | None = None
    staying = ""
    for one in assessments:
        body = one.body
        staying = body.staying or staying
        for question in QUESTIONS:
            answer = getattr(body, question)
            if answer != "not_asked":
                answers[question], asked_on[question] = answer, one.at
        if body.recent_act == "yes":
            act = dt.date.fromisoformat(body.recent_act_on) if body.recent_act_on else one.fact.day
            last_act = max(act, last_act or act)
    since, acknowledged = _alarm(about)
    contacts = [one.fact for one in about.get("encounter", ()) if getattr(one.body, "outcome", "") == "seen"]
    closed = about.get("risk_closed", [])
    items = positive_items(content, response.body) if response else ()
    violence = about.get("violence_check", [])
    return Risk(
        id=entry.id, opened=entry.at, day=entry.fact.day, why=_why(entry, response, content, items),
        opened_by=entry.fact.author, site=entry.fact.site, trigger=entry.fact,
        response=response.fact if response else None, items=items, answers=answers, asked_on=asked_on,
        assessments=tuple(one.fact for one in assessments), last_act=last_act, staying=staying, urgent_since=since,
        calls=tuple(one.fact for one in about.get("call", ())), acknowledged=acknowledged,
        violence=violence[-1].fact if violence else None, contacts=tuple(contacts),
        contact_due=None if closed else _contact_due(policy(content), [o.fact for o in assessments], contacts),
        closed=closed[-1].fact if closed else None,
    )  # fmt: skip


def _alarm(about: dict[str, list[Entry[f.Body]]]) -> tuple[dt.datetime | None, Fact | None]:
    """Since when the person on call is needed, and who took it on.

    Once taken on, the clock starts again at a further call, and at a danger told that is news: for the first time,
    after a no, or on a later day.
    """
    since: dt.datetime | None = None
    taken: Entry[f.Body] | None = None
    told: dict[str, str] = {}
    kinds = ("assessment", "call", "acknowledged")
    for one in sorted((one for kind in kinds for one in about.get(kind, ())), key=lambda one: (one.at, one.id)):
        if isinstance(one.body, f.Acknowledged):
            taken = taken or (one if since else None)
            continue
        said = {question: getattr(one.body, question, "not_asked") for question in f.URGENT}
        news = isinstance(one.body, f.Call) or any(
            answer == "yes" and (told.get(question) != "yes" or taken is None or one.fact.day > taken.fact.day)
            for question, answer in said.items()
        )
        if news and (since is None or taken is not None):
            since, taken = one.at, None
        if isinstance(one.body, f.Assessment):
            told |= {question: answer for question, answer in said.items() if answer != "not_asked"}
    return since, taken.fact if taken else None


def _contact_due(rules: SafetyPolicy, assessments: list[Fact], contacts: list[Fact]) -> dt.date | None:
    """When the next safety contact is due: within the first hours, then weekly, then every few weeks.

    None before the first assessment: until then the risk itself is due today.
    """
    if not assessments:
        return None
    first = assessments[0].day
    after = [fact for fact in contacts if instant(fact.occurred) > instant(assessments[0].occurred)]
    if not after:
        return first + dt.timedelta(hours=rules.first_contact_hours)
    newest = after[-1].day
    weekly = (newest - first).days < rules.weekly_for_days
    return newest + dt.timedelta(days=rules.weekly_every_days if weekly else rules.later_every_days)
