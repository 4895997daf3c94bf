"""Risk: what opened it, what was asked, who was called, who follows. Nothing here predicts or closes anything."""

import datetime as dt
from collections.abc import Sequence
from typing import cast

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Risk
from vwazen.clinical.facts import Fact
from vwazen.clinical.live import Entry, K, Live
from vwazen.content.load import Content
from vwazen.content.model import SafetyItem
from vwazen.content.rules import SafetyPolicy

QUESTIONS = (
    "poisoning", "intent", "plan", "means", "recent_act", "harm_others", "child_at_risk", "psychosis", "intoxication",
)  # fmt: skip
_ABOUT = (f.Assessment, f.Call, f.Acknowledged, f.RiskClosed, f.ViolenceCheck, f.SafetyPlan, f.Encounter)

About = dict[type[f.Body], list[Entry[f.Body]]]


def policy(content: Content) -> SafetyPolicy:
    """The safety policy in force: the last one that an installed pack brought."""
    return content.all(SafetyPolicy)[-1]


def positive_items(content: Content, body: f.Response) -> tuple[str, ...]:
    """Items of a response answered at or above their safety line; answered as asked, whatever the total is."""
    return _reached(_lines(content, body.instrument, body.version), body)


def dangerous(body: f.AnyBody, know: Content) -> bool:
    """Whether somebody has to look at it first, should it be held: it tells of a danger, or might."""
    if isinstance(body, f.Response):
        try:
            return bool(_reached(know.instrument(body.instrument, body.version).safety, body))
        except LookupError:
            return True
    if isinstance(body, f.Sign):
        return body.present
    return isinstance(body, f.Concern | f.Assessment | f.ViolenceCheck)


def _lines(content: Content, instrument: str, version: int) -> tuple[SafetyItem, ...]:
    try:
        return content.instrument(instrument, version).safety
    except LookupError:
        return ()


def _reached(lines: tuple[SafetyItem, ...], body: f.Response) -> tuple[str, ...]:
    return tuple([rule.item for rule in lines if body.answers.get(rule.item, -1) >= rule.at_least]) if lines else ()


def fold_risks(alive: Live, content: Content, death: Entry[f.Death] | None) -> tuple[Risk, ...]:
    """Every risk, oldest first; a death ends what is open, unless someone spoke of it afterwards: then they may live.

    A positive safety answer given here opens one by itself: it needs no second fact, so a late phone cannot
    lose it. Answers that an import brought open one only where the import said so (a `Concern`). A concern about
    answers and those answers are one risk, whichever of their ids later facts name.
    """
    openers: dict[str, list[Entry[f.Body]]] = {}
    same: dict[str, str] = {}
    for concern in alive.of(f.Concern):
        key = alive.root.get(concern.body.response, concern.body.response) or concern.id
        same[concern.id] = key
        openers.setdefault(key, []).append(concern)
    answers: dict[str, list[Entry[f.Response]]] = {}
    lines: dict[tuple[str, int], tuple[SafetyItem, ...]] = {}
    for response in alive.of(f.Response):
        body = response.body
        rules = lines.get((body.instrument, body.version))
        if rules is None:
            rules = lines[body.instrument, body.version] = _lines(content, body.instrument, body.version)
        opens = False
        for rule in rules:
            if body.answers.get(rule.item, -1) >= rule.at_least:
                opens = not body.source
        if opens or response.id in openers:
            answers.setdefault(response.id, []).append(response)
        if opens:
            openers.setdefault(response.id, []).append(response)
    about = _by_risk(alive, same)
    risks = []
    for key in openers.keys() | about.keys():
        told = about.get(key, {})
        opening = sorted(openers.get(key, ()), key=_order)
        if not opening:  # what opened it has not arrived: show all the same what is known of it
            first = min((one for facts in told.values() for one in facts), key=_order)
            opening = [Entry(first.at, first.day, key, first.fact, first.body)]
        ids = {key, *(one.id for one in opening)}
        risks.append(_risk(content, opening, tuple(sorted(ids)), answers.get(key, []), told, death))
    return tuple(sorted(risks, key=lambda risk: (risk.opened, risk.id)))


def out_of_sight(before: Sequence[Risk], after: Sequence[Risk]) -> bool:
    """Whether a risk that is open in `before` is not in `after`, or an alarm that nobody took on has stopped there."""
    left = {one: risk for risk in after if risk.closed is None for one in (risk.id, *risk.ids)}
    for risk in before:
        still = next((left[one] for one in (risk.id, *risk.ids) if one in left), None)
        if risk.closed is None and (
            still is None or (risk.urgent_since and not risk.acknowledged and not still.urgent_since)
        ):
            return True
    return False


def _order(entry: Entry[f.Body]) -> tuple[dt.datetime, str]:
    return entry.at, entry.fact.id


def _by_risk(alive: Live, same: dict[str, str]) -> dict[str, About]:
    """risk -> kind -> the facts that speak of it, oldest first."""
    found: dict[str, About] = {}
    for kind in _ABOUT:
        for entry in [one for one in alive.of(kind) if one.body.risk]:  # type: ignore[attr-defined]
            said: str = entry.body.risk  # type: ignore[attr-defined]
            named = alive.root.get(said, said)
            found.setdefault(same.get(named, named), {}).setdefault(kind, []).append(entry)
    return found


def _why(opener: f.Body, response: Entry[f.Response] | None, content: Content, items: tuple[str, ...]) -> str:
    if response and items:
        instrument = content.instrument(response.body.instrument, response.body.version)
        answers = next((one.answers for one in instrument.items if one.id == items[0]), None)
        text = instrument.texts.get("en")
        value = response.body.answers[items[0]]
        label = text.answers.get(answers or "", {}).get(int(value), f"{value:g}") if text else f"{value:g}"
        return f"Answered “{label[:1].lower() + label[1:]}” to the safety question of {instrument.name}"
    if isinstance(opener, f.Concern):
        return {
            "answer": "An answer to a safety question asks for a conversation",
            "told": "Someone told us of a danger",
            "worker": "A worker was worried",
        }[opener.trigger]
    return "A risk was being followed"


def _risk(
    content: Content, opening: list[Entry[f.Body]], ids: tuple[str, ...], responses: list[Entry[f.Response]],
    about: About, death: Entry[f.Death] | None,
) -> Risk:  # fmt: skip
    entry = opening[0]
    assessments = _of(about, f.Assessment)
    answers, asked_on = _told(assessments)
    acts = [
        dt.date.fromisoformat(one.body.recent_act_on) if one.body.recent_act_on else one.day
        for one in assessments
        if one.body.recent_act == "yes"
    ]
    staying = [one.body.staying for one in assessments if one.body.staying]
    since, acknowledged = _alarm(about)
    contacts = [one for one in _of(about, f.Encounter) if one.body.met]
    response, items = next(
        ((one, found) for one in responses if (found := positive_items(content, one.body))),
        (responses[0] if responses else None, ()),
    )
    checks = _of(about, f.ViolenceCheck)
    violence = max(checks, key=lambda one: (one.at, one.body.afraid_at_home == "yes"), default=None)
    closed = _closed(opening, about) or (death.fact if death and not _outlived(opening, about, death) else None)
    return Risk(
        id=entry.id, ids=ids, opened=entry.at, day=entry.day, why=_why(entry.body, response, content, items),
        opened_by=entry.fact.author, site=entry.fact.site, trigger=entry.fact,
        response=response.fact if response else None, items=items, answers=answers, asked_on=asked_on,
        assessments=tuple(one.fact for one in assessments), last_act=max(acts, default=None),
        staying=staying[-1] if staying else "", urgent_since=since,
        calls=tuple(one.fact for one in _of(about, f.Call)), acknowledged=acknowledged,
        violence=violence.fact if violence else None, contacts=tuple(one.fact for one in contacts),
        contact_due=None if closed else _contact_due(policy(content), assessments, contacts), closed=closed,
    )  # fmt: skip


def _told(assessments: list[Entry[f.Assessment]]) -> tuple[dict[str, str], dict[str, dt.datetime]]:
    """question -> the newest answer, and when it was given. Of two given at once, or of two amendments of one
    assessment that did not know of each other, the yes."""
    answers: dict[str, str] = {}
    asked: dict[str, Entry[f.Assessment]] = {}
    for one in assessments:
        for question in QUESTIONS:
            answer = getattr(one.body, question)
            before = asked.get(question)
            if answer == "not_asked":
                continue
            if before and answers[question] == "yes" and (before.at == one.at or before.id == one.id):
                continue
            answers[question], asked[question] = answer, one
    return answers, {question: one.at for question, one in asked.items()}


def _closed(opening: list[Entry[f.Body]], about: About) -> Fact | None:
    """The closing that stands: one after which nobody told of danger, asked or called again."""
    closing = _of(about, f.RiskClosed)
    if not closing:
        return None
    later = [*opening, *_of(about, f.Assessment), *_of(about, f.Call)]
    return closing[-1].fact if all(one.at <= closing[-1].at for one in later) else None


def _outlived(opening: list[Entry[f.Body]], about: About, death: Entry[f.Death]) -> bool:
    """Whether danger was told, asked about or called for on a day after the death, or once it was on record: one of
    the two is wrong (another person's death, a merge by mistake), and a living person must not go unheard."""
    written = f.instant(death.fact.recorded)
    later = [*opening, *_of(about, f.Assessment), *_of(about, f.Call)]
    return any(one.day > death.day or one.at > written for one in later)


def _alarm(about: About) -> tuple[dt.datetime | None, Fact | None]:
    """Since when the person on call is needed, and who took it on.

    Once taken on, the clock starts again at a further call, and at a danger told that is news: for the first time,
    after a no, or on a later day.
    """
    since: dt.datetime | None = None
    taken: Entry[f.Body] | None = None
    told: dict[str, str] = {}
    kinds = (f.Assessment, f.Call, f.Acknowledged)
    for one in sorted((one for kind in kinds for one in about.get(kind, ())), key=_order):
        if isinstance(one.body, f.Acknowledged):
            taken = taken or (one if since else None)
            continue
        said = {question: getattr(one.body, question, "not_asked") for question in f.URGENT}
        news = isinstance(one.body, f.Call) or any(
            answer == "yes" and (told.get(question) != "yes" or taken is None or one.day > taken.day)
            for question, answer in said.items()
        )
        if news and (since is None or taken is not None):
            since, taken = one.at, None
        if isinstance(one.body, f.Assessment):
            told |= {question: answer for question, answer in said.items() if answer != "not_asked"}
    return since, taken.fact if taken else None


def _contact_due(
    rules: SafetyPolicy, assessments: list[Entry[f.Assessment]], contacts: list[Entry[f.Encounter]]
) -> dt.date | None:
    """When the next safety contact is due: within the first hours, then weekly, then every few weeks.

    Counted from the first assessment, and anew from each that told of danger. None before the first: until then the
    risk itself is due today.
    """
    if not assessments:
        return None
    urgent = [one for one in assessments if any(getattr(one.body, question) == "yes" for question in f.URGENT)]
    start = (urgent or assessments[:1])[-1]
    after = [one for one in contacts if one.at > start.at]
    if not after:
        return start.day + dt.timedelta(hours=rules.first_contact_hours)
    newest = after[-1].day
    weekly = (newest - start.day).days < rules.weekly_for_days
    return newest + dt.timedelta(days=rules.weekly_every_days if weekly else rules.later_every_days)


def _of(about: About, kind: type[K]) -> list[Entry[K]]:
    return cast(list[Entry[K]], about.get(kind, []))
