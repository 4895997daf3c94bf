"""What waits for a human about one person, as rows: each with an owner, a clock and its reason."""

import datetime as dt
from collections.abc import Sequence

from vwazen.clinical import caseload, safety
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.values import contact_due
from vwazen.content.load import Content, content
from vwazen.server.record.models import OpenItem

OPEN = (
    "id", "kind", "person", "fact", "name", "path", "owner", "since", "starts", "due", "put_off", "urgent_since",
    "acknowledged", "reason", "plain",
)  # fmt: skip


def open_items(one: Chart, path: str, know: Content, today: dt.date) -> list[Sequence[object]]:
    """Everything about this person that a human must still do; of the dead, only a risk spoken of after their death.

    What has arisen stands on the lists at once, also where its own clock, or UTC, is a day ahead of `today`.
    """
    if one.merged_into:
        return []
    found: list[Sequence[object]] = []

    def add(kind: str, fact: f.Fact | None, owner: str, since: dt.datetime, due: dt.date | None, reason: str,
            plain: str, urgent: dt.datetime | None = None, acknowledged: bool = False,
            again: dt.date | None = None) -> None:  # fmt: skip
        name = f"{kind}:{fact.id if fact else one.person}"[:60]
        starts, why = again or min(since.date(), today), ""
        if name in one.put_off and kind != OpenItem.RISK:
            said, until = one.put_off[name]
            if until > starts:
                starts, why = until, getattr(said.body, "reason", "")[:200]
        found.append(
            (name, kind, one.person, fact.id if fact else "", one.name[:200], path, owner, since, starts, due, why,
             urgent, acknowledged, reason, plain)
        )  # fmt: skip

    dead = f". A death on {caseload.say(one.died)} is on record too: one of the two is wrong" if one.died else ""
    for risk in one.open_risks:
        owner = one.owner or risk.opened_by
        add(OpenItem.RISK, risk.trigger, owner, risk.opened, risk.contact_due or risk.day, risk.why + dead,
            "A safety conversation is open" + dead, risk.urgent_since, risk.acknowledged is not None)  # fmt: skip
    if one.died:
        return found
    if one.historical:
        days = safety.policy(know).historical_owner_days
        past = one.historical
        due = one.owner_since + dt.timedelta(days=days) if one.owner_since else None
        add(OpenItem.HISTORICAL, None, past.owner or one.owner, f.instant(past.newest.isoformat()), due,
            _historical_words(one), "A conversation is needed")  # fmt: skip
    answered = {one_advice.recommendation.question for one_advice in one.advice}
    for fact, question in one.questions:
        if fact.id not in answered:
            add(OpenItem.QUESTION, fact, one.owner, f.instant(fact.occurred), None, question.text, "A question waits")
    for advice in one.advice:
        if advice.done is None:
            asked = advice.recommendation
            add(OpenItem.ADVICE, advice.fact, asked.owner, f.instant(advice.fact.occurred),
                dt.date.fromisoformat(asked.due), asked.text, "Advice waits to be carried out")  # fmt: skip
    for medicine in one.current_medicines if one.open_episodes or not one.episodes else ():
        if medicine.refill_due is not None:
            add(OpenItem.REFILL, medicine.fact, one.owner, f.instant(medicine.fact.occurred), medicine.refill_due,
                _refill_words(medicine), "A refill is due")  # fmt: skip
    for fact in one.results:
        add(OpenItem.RESULT, fact, one.owner, f.instant(fact.occurred), None, _result_words(fact), "A result waits")
    for fact, item in one.shared_plan:
        if item.status == "open" and item.due and (item.owner or item.part == "action"):
            add(OpenItem.PLAN, fact, item.owner or one.owner, f.instant(fact.occurred),
                dt.date.fromisoformat(item.due), item.text, "Something of the plan is due")  # fmt: skip
    if one.open_episodes:
        due, since = contact_due(one, know), one.last_contact or one.open_episodes[0].started
        words = f"agreed for {caseload.say(due)}" if one.next_date else f"due {caseload.say(due)}, no date agreed"
        add(OpenItem.CONTACT, None, one.owner, f.instant(since.isoformat()), due, f"Contact {words}.", "Contact due")
    if one.registered and not one.episodes and _to_triage(one):
        again = _again_on(one)
        words = f"Decided on {caseload.say(one.triage.day)} to look again on {caseload.say(again)}. " if (
            one.triage and again) else ""  # fmt: skip
        add(OpenItem.TRIAGE, None, one.owner, f.instant(one.registered.occurred), None, words + _triage_words(one),
            "To decide", again=again)  # fmt: skip
    return found


def _to_triage(one: Chart) -> bool:
    """Came with an import, and nobody has decided yet, or whoever decided meant to look again."""
    registration = one.registration
    if registration is None or registration.source is None:
        return False
    decided = one.triage.body if one.triage else None
    return not isinstance(decided, f.Triage) or decided.decision == "again" or bool(decided.until)


def _again_on(one: Chart) -> dt.date | None:
    """The day that a decision named to look again; "look again later" itself leaves someone on the list."""
    decided = one.triage.body if one.triage else None
    if not isinstance(decided, f.Triage) or not decided.until or decided.decision == "again":
        return None
    return dt.date.fromisoformat(decided.until)


def _triage_words(one: Chart) -> str:
    """What the newest scores say, of the segment that a list's reason is written for; others may not see more."""
    titles = {known.id: known.name for known in content().instruments if known.segment == "mental-health"}
    newest = {titles[name]: series.points[-1] for name, series in one.series.items() if name in titles}
    if not newest:
        return "No mental-health score came with this person."
    title, last = max(newest.items(), key=lambda pair: pair[1].day)
    words = f"{title} {last.words} on {caseload.say(last.day)}."
    if any(point.scored.safety == "unknown" for point in newest.values()):
        words += " A safety question is unknown: ask."
    if last.differs and last.stated is not None:
        words += f" The file says {last.stated:g}, our total is {last.words}; both are kept."
    return words


def _refill_words(medicine: Medicine) -> str:
    name = medicine.prescription.name
    if not medicine.dispensed:
        return f"{name}, prescribed on {caseload.say(medicine.fact.day)}, waits to be given."
    return f"{name} lasts until {caseload.say(medicine.refill_due)}."


def _result_words(fact: f.Fact) -> str:
    body = fact.body
    if not isinstance(body, f.Measurement):
        return ""
    value = f"{body.value:g} {body.unit}".strip() if body.value is not None else body.text
    return f"{body.what.replace('_', ' ').capitalize()} {value} on {caseload.say(fact.day)}: look at it."


def _historical_words(one: Chart) -> str:
    past = one.historical
    if past is None:
        return ""
    many = f"{len(past.facts)} safety answers" if len(past.facts) > 1 else "A safety answer"
    return f"{many}, the newest on {caseload.say(past.newest)}, never reviewed here. Speak with the person."
