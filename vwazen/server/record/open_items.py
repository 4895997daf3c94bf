"""What waits for a human about one person, as rows: each with an owner, a clock and its reason."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from vwazen.clinical import caseload, safety, tracing
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.episodes import Relapse, relapses
from vwazen.clinical.values import contact_due
from vwazen.content.load import Content, content
from vwazen.content.tracing import Tracing
from vwazen.server.record import first_help, home_rows
from vwazen.server.record.models import OpenItem

OPEN = (
    "id", "kind", "person", "fact", "name", "path", "owner", "since", "starts", "due", "put_off", "urgent_since",
    "acknowledged", "reason", "plain", "put_off_by", "snooze", "rank", "day",
)  # fmt: skip

_REASON, _PLAIN, _PUT_OFF = OPEN.index("reason"), OPEN.index("plain"), OPEN.index("put_off")

NEVER_PUT_OFF = frozenset((
    OpenItem.CONSENT, OpenItem.RISK, OpenItem.HISTORICAL, OpenItem.REFERRAL, OpenItem.REFERRED, OpenItem.STAY,
    OpenItem.LEAVE, OpenItem.DISCHARGE, OpenItem.FOLLOW, OpenItem.UNREACHED, OpenItem.MESSAGE,
    OpenItem.MEDICINE,
))  # fmt: skip
_SEEN = frozenset((f.Encounter, f.Appointment, f.Trace))  # or looked for, or a date agreed
LONGEST = 90  # days for which anything may be put off: our default


def open_items(  # noqa: PLR0915  a statement for each kind of thing that waits
    one: Chart, path: str, know: Content, today: dt.date, near: Callable[[Chart, str], str] = lambda *_: ""
) -> list[Sequence[object]]:  # fmt: skip
    """Everything about this person that a human must still do; of the dead, only a risk spoken of after their death.

    What has arisen stands on the lists at once, also where its own clock, or UTC, is a day ahead of `today`.
    `near` names the worker nearest to someone, who looks for them when they do not come; "" where nobody is near.
    """
    if one.merged_into:
        return []
    found: list[Sequence[object]] = []
    carer = carer_of(one)

    def add(kind: str, fact: f.Fact | None, owner: str, since: dt.datetime, due: dt.date | None, reason: str,
            plain: str, urgent: dt.datetime | None = None, acknowledged: bool = False,
            again: dt.date | None = None, renewed: dt.datetime | None = None) -> None:  # fmt: skip
        name = f"{kind}:{fact.id if fact else one.person}"[:60]
        starts, why, by, snooze = again or min(since.date(), today), "", "", ""
        snoozed = _put_off(one, name, renewed) if kind not in NEVER_PUT_OFF else None
        if snoozed and snoozed[1] > starts:
            said, starts = snoozed
            why, by, snooze = getattr(said.body, "reason", "")[:200], said.author[:36], said.id
        rank = OpenItem.DATED
        if kind == OpenItem.RISK:
            rank = OpenItem.NOW if urgent and not acknowledged else OpenItem.RISKS
        found.append(
            (name, kind, one.person, fact.id if fact else "", one.name[:200], path, owner, since, starts, due, why,
             urgent, acknowledged, reason, plain, by, snooze, rank, due or min(since.date(), today))
        )  # fmt: skip

    dead = f". A death on {caseload.say(one.died)} is on record too: one of the two is wrong" if one.died else ""
    for risk in one.open_risks:
        owner = carer or risk.opened_by
        add(OpenItem.RISK, risk.trigger, owner, risk.opened, risk.contact_due or risk.day, risk.why + dead,
            "A safety conversation is open" + dead, risk.urgent_since, risk.acknowledged is not None)  # fmt: skip
    if one.died:
        return found
    if one.historical:
        days = safety.policy(know).historical_owner_days
        past = one.historical
        due = one.owner_since + dt.timedelta(days=days) if one.owner_since else None
        add(OpenItem.HISTORICAL, None, past.owner or carer, f.instant(past.newest.isoformat()), due,
            _historical_words(one), "A conversation is needed")  # fmt: skip
    answered = {one_advice.recommendation.question for one_advice in one.advice}
    for fact, question in one.questions:
        if fact.id not in answered:
            add(OpenItem.QUESTION, fact, carer, f.instant(fact.occurred), None, question.text, "A question waits")
    for advice in one.advice:
        if advice.done is None:
            asked = advice.recommendation
            add(OpenItem.ADVICE, advice.fact, advice.owner, f.instant(advice.fact.occurred),
                dt.date.fromisoformat(asked.due), asked.text + _care_ended(one, advice.episode),
                "Advice waits to be carried out")  # fmt: skip
    for medicine in one.current_medicines if one.open_episodes or not one.episodes else ():
        if medicine.refill_due is not None:
            words = _for_all(medicine.prescription, _refill_words(medicine), "A refill is due")
            add(OpenItem.REFILL, medicine.fact, carer, f.instant(medicine.fact.occurred), medicine.refill_due,
                words, "A refill is due", renewed=_last(medicine.dispensed))  # fmt: skip
    for fact in one.results:
        add(OpenItem.RESULT, fact, carer, f.instant(fact.occurred), None,
            _for_all(fact.body, _result_words(fact), "A result waits"), "A result waits")  # fmt: skip
    for fact, item in one.shared_plan:
        if item.status == "open" and item.due and (item.owner or item.part == "action"):
            add(OpenItem.PLAN, fact, item.owner or carer, f.instant(fact.occurred),
                dt.date.fromisoformat(item.due), _for_all(item, item.text, "Something of the plan is due"),
                "Something of the plan is due")  # fmt: skip
    if one.open_episodes:
        due, since = contact_due(one, know), one.last_contact or one.open_episodes[0].started
        words = f"agreed for {caseload.say(due)}" if one.next_date else f"due {caseload.say(due)}, no date agreed"
        said = next((f.instant(fact.occurred) for fact in reversed(one.live) if type(fact.body) in _SEEN), None)
        add(OpenItem.CONTACT, None, carer, f.instant(since.isoformat()), due, f"Contact {words}.", "Contact due",
            renewed=said)  # fmt: skip
        for episode in one.open_episodes:  # of another programme, with another owner: both see the person come
            if episode.owner not in ("", carer):
                add(OpenItem.CONTACT, episode.fact, episode.owner, f.instant(since.isoformat()), due,
                    f"Contact {words}.", "Contact due", renewed=said)  # fmt: skip
        if missed := tracing.miss(one, know.get(Tracing, "tracing")):  # on the lists from the day after the date on
            who = carer if missed.ask else near(one, path) or carer
            add(OpenItem.TRACE, None, who, f.instant(missed.day.isoformat()), missed.due, missed.words, missed.words,
                again=missed.starts, renewed=said)  # fmt: skip
    if one.registered and not one.episodes and _to_triage(one):
        again = _again_on(one)
        words = f"Decided on {caseload.say(one.triage.day)} to look again on {caseload.say(again)}. " if (
            one.triage and again) else ""  # fmt: skip
        wish = first_help.wish(one)
        if wish and one.triage and f.instant(wish.occurred) > f.instant(one.triage.occurred):
            words, again = "", None  # they came back after it was decided
        wished = first_help.words(wish, caseload.say(wish.day)) if wish else ""
        came = _triage_words(one) if one.registration and one.registration.source else ""
        add(OpenItem.TRIAGE, None, one.owner, f.instant((wish or one.registered).occurred), None,
            " ".join(part for part in (words.strip(), wished, came) if part), wished or "To decide",
            again=again)  # fmt: skip
    for back in relapses(one, know)[:1]:  # whose care had ended is on no list otherwise
        add(OpenItem.TRIAGE, None, back.episode.owner, f.instant(back.point.fact.occurred), None,
            _relapse_words(back, know), "To decide", again=back.again)  # fmt: skip
    for waits in home_rows.items(one, carer, today):
        add(waits.kind, waits.fact, waits.owner, waits.since, waits.due, waits.reason, waits.plain, again=waits.starts)
    return found


def plainly(item: Sequence[object]) -> Sequence[object]:
    """The same row with the words for everyone in place of the reason."""
    row = list(item)
    row[_REASON], row[_PUT_OFF] = row[_PLAIN], ""
    return row


def carer_of(one: Chart) -> str:
    """Who follows the person now: of several who follow an episode each, the one the person came to last."""
    owners = [episode.owner for episode in one.open_episodes if episode.owner]
    return one.owner if one.owner in owners or not owners else owners[-1]


def _put_off(one: Chart, item: str, renewed: dt.datetime | None) -> tuple[f.Fact, dt.date] | None:
    """The word that puts this off, if it still means it: not what was said before it was done and arose anew."""
    if item not in one.put_off:
        return None
    said, until = one.put_off[item]
    if renewed is not None and f.instant(said.occurred) <= renewed:
        return None
    return said, min(until, said.day + dt.timedelta(days=LONGEST))


def _last(facts: Iterable[f.Fact]) -> dt.datetime | None:
    return max((f.instant(fact.occurred) for fact in facts), default=None)


def _to_triage(one: Chart) -> bool:
    """Came with an import or wished for more after first help, and nobody has decided yet, or means to look again."""
    registration, wish = one.registration, first_help.wish(one)
    if registration is None or (registration.source is None and wish is None):
        return False
    if one.triage and wish and f.instant(wish.occurred) > f.instant(one.triage.occurred):
        return True
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


def _for_all(body: f.AnyBody, words: str, plain: str) -> str:
    """A list's reason is read by whoever sees mental-health care: what a closer segment holds is said plainly."""
    return words if f.segment(body) in ("general", "mental-health") else plain


def _relapse_words(back: Relapse, know: Content) -> str:
    title = know.instrument(back.episode.instrument).name
    ended = caseload.say(back.episode.closed)
    score = f"{title} {back.point.words} on {caseload.say(back.point.day)}"
    return f"{score}, after care had ended on {ended}. Take care up again?"


def _care_ended(one: Chart, episode: str) -> str:
    """Advice outlives the care it was given in: whoever says what became of it must know that."""
    ended = next((view.closed for view in one.episodes if view.id == episode), None)
    return f" (That care ended on {caseload.say(ended)}.)" if ended else ""


def _refill_words(medicine: Medicine) -> str:
    name = medicine.prescription.name
    if medicine.lasts_until is None:  # nothing was given, though somebody may have tried to
        return f"{name}, prescribed on {caseload.say(medicine.fact.day)}, waits to be given."
    if medicine.prescription.every_days is not None:
        return f"{name}: the next injection is of {caseload.say(medicine.refill_due)}."
    return f"{name}: handed out to last until {caseload.say(medicine.refill_due)}."


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
