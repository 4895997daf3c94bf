"""Stays away from home as rows: who is in where, by what numbers other systems know somebody, and what waits."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.referral_chart import Share
from vwazen.clinical.stay_view import Contacts, StayView
from vwazen.server.record.models import OpenItem
from vwazen.server.record.rows import row_id

STAY = (
    "id", "stay", "person", "name", "path", "at_path", "facility", "place", "unit", "kind", "state", "since", "until",
    "emergency", "how", "destination", "missing", "follows", "again", "worker", "next", "back", "owed",
    "reached",
)  # fmt: skip
IDENTIFIER = ("system", "number", "person", "path")
LONGEST = 120  # characters of a system's name and of a number that can be looked up
OPEN_AFTER = 7  # days for which a ward may still open the record of whom it discharged (our default)
RAISED = 3  # rank: after a risk, before whatever has a date
AT = {
    "hospital": "hospital", "emergency": "the emergency room", "prison": "prison", "day_hospital": "the day hospital",
    "protected_home": "a protected home", "other": "another place",
}  # fmt: skip
LACKS = {
    "destination": "where they went", "next": "a date", "instructions": "what to do at home",
    "worker": "a named worker",
}  # fmt: skip
_SHARED = ("hospital", "emergency", "day_hospital", "protected_home")


def rows(one: Chart, path: str, path_of: Callable[[str], str]) -> list[Sequence[object]]:
    """The stays of one person, in the order of `STAY`."""
    if one.merged_into:
        return []
    return [
        (
            row_id(one.person, stay.id), stay.id[:36], one.person, one.name[:200], path,
            path_of(stay.facility) if stay.facility else "", stay.facility[:50], stay.place[:200], stay.unit[:80],
            stay.where, stay.state, stay.since, stay.until, stay.emergency, stay.how, stay.destination,
            ",".join(stay.missing), stay.follows, stay.again, stay.worker[:36],
            _day(stay.next), stay.back, stay.contacts.next if stay.contacts else None,
            len(stay.contacts.held) if stay.contacts else None,
        )
        for stay in one.stays
    ]  # fmt: skip


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def identifier_rows(one: Chart, path: str) -> list[Sequence[object]]:
    """By what numbers other systems know them, in the order of `IDENTIFIER`. Longer ones cannot be looked up."""
    if one.merged_into:
        return []
    return [
        (system, number, one.person, path)
        for system, number in one.identifiers
        if len(system) <= LONGEST and len(number) <= LONGEST
    ]


def shares(one: Chart) -> tuple[Share, ...]:
    """Who follows somebody in a ward may read their record while they are there, and until the week after is over."""
    if one.merged_into or one.died:
        return ()
    return tuple(
        Share(
            site=stay.facility, segments=("general", "mental-health"), fact=stay.id,
            until=stay.until + dt.timedelta(days=OPEN_AFTER) if stay.until else None,
        )
        for stay in one.stays if stay.facility and stay.where in _SHARED and stay.state != "unknown"
    )  # fmt: skip


def items(one: Chart, path: str, carer: str, today: dt.date) -> list[Sequence[object]]:
    """What the team at home must do about stays, in the order of `open_items.OPEN`. None of it may be put off."""
    if one.merged_into or one.died:
        return []
    found = [item for stay in one.stays for item in _of(one, stay, path, carer, today)]
    return found + [_medicine(one, fact, path, carer, today) for fact in undone(one)]


def undone(one: Chart) -> tuple[f.Fact, ...]:
    """What was decided about medicines at a discharge (a change, a stop, a new one) and is not in the list of
    medicines yet, unless somebody has said what comes of it."""
    if not one.reconciled:
        return ()
    noted = {fact.body.fact for fact in one.live if isinstance(fact.body, f.Noted)}
    found = []
    for fact in one.reconciled:
        body = fact.body
        if (
            isinstance(body, f.MedicineReconciled)
            and body.decision in ("change", "stop", "new")
            and fact.id not in noted
        ):
            line = next((each for each in one.medicines if body.prescription in each.ids), None)
            same = [each for each in one.current_medicines if each.prescription.name.casefold() == body.name.casefold()]
            done = bool(same) if line is None else line.fact.id != body.prescription or not line.current
            if not done:
                found.append(fact)
    return tuple(found)


def _medicine(one: Chart, fact: f.Fact, path: str, carer: str, today: dt.date) -> Sequence[object]:
    body = fact.body
    name, decision, said = "", "", ""
    if isinstance(body, f.MedicineReconciled):
        name, decision, said = body.name[:120], body.decision, body.words[:300]
    asks = {"stop": f"stop {name}", "change": f"change {name}", "new": f"go on with {name}"}[decision]
    words = (f"Decided at the discharge: {asks}{f' ({said})' if said else ''}. Bring the list of medicines up to date",
             "A medicine is to be looked at")  # fmt: skip
    return (
        f"{OpenItem.MEDICINE}:{fact.id}"[:60], OpenItem.MEDICINE, one.person, fact.id, one.name[:200], path, carer[:36],
        f.instant(fact.occurred), min(fact.day, today), None, "", None, False, *_heard(fact, words), "", "", RAISED,
        min(fact.day, today),
    )  # fmt: skip


def _of(one: Chart, stay: StayView, path: str, carer: str, today: dt.date) -> Iterator[Sequence[object]]:
    def item(kind: str, fact: f.Fact, said: tuple[str, str], *, due: dt.date | None = None, rank: int = RAISED,
             starts: dt.date | None = None) -> Sequence[object]:  # fmt: skip
        first = starts or min(fact.day, today)
        return (
            f"{kind}:{fact.id}"[:60], kind, one.person, fact.id, one.name[:200], path, carer[:36],
            f.instant(fact.occurred), first, due, "", None, False, *_heard(fact, said), "", "", rank, due or first,
        )  # fmt: skip

    if stay.told and stay.told.author != carer:
        yield item(OpenItem.STAY, stay.told, _alert(stay))
    if stay.back and stay.state == "leave":
        words = f"On leave from {at(stay)} until {say(stay.back)}: ask whether they went back"
        yield item(
            OpenItem.LEAVE, stay.events[-1], (words, "Ask whether they went back"), due=stay.back,
            starts=stay.back + dt.timedelta(days=1),
        )  # fmt: skip
    if stay.ended and stay.missing and stay.contacts:
        *most, last = [LACKS[name] for name in stay.missing]
        lacks = f"{', '.join(most)} and {last}" if most else last
        words = f"Left {at(stay)} on {say(stay.until)} without {lacks}: ask the ward, and complete the discharge"
        yield item(OpenItem.DISCHARGE, stay.ended, (words, "A discharge is to be completed"), due=stay.until)
    if stay.ended and stay.contacts and stay.contacts.next:
        yield from _owed(stay, stay.ended, stay.contacts, item)


def _heard(fact: f.Fact, said: tuple[str, str]) -> tuple[str, str]:
    """The reason and the plain words; what a closer segment holds is said plainly."""
    return said if f.segment(fact.body) in ("general", "mental-health") else (said[1], said[1])


def _owed(
    stay: StayView, ended: f.Fact, contacts: Contacts, item: Callable[..., Sequence[object]]
) -> Iterator[Sequence[object]]:
    """The next contact after a stay; from the day after the first was missed, raised above what has a date."""
    due = contacts.next
    left = f"Left {at(stay)} on {say(stay.until)}"
    which = len(contacts.held)
    day = (contacts.due[which] - (stay.until or stay.since)).days
    rest = [say(one) for one in contacts.due[which + 1 :]]
    then = f", then by {' and '.join(rest)}" if rest else ""
    name = "within 48 hours" if stay.where == "hospital" and which == 0 else f"by day {day}"
    words = f"{left}: a contact {name} is owed{then}."
    words += f" {stay.carer[:80]} took them home." if stay.carer else ""
    yield item(OpenItem.FOLLOW, ended, (words, "A contact is due"), due=due, rank=OpenItem.DATED)
    if which == 0 and due:
        late = f"{left}, and nobody has reached them by {say(due)}."
        if stay.where == "prison":
            late += " The first two weeks are the most dangerous: ask about drugs, alcohol and suicide."
        yield item(
            OpenItem.UNREACHED, ended, (late, "Nobody has reached them yet"), due=due,
            starts=due + dt.timedelta(days=1),
        )  # fmt: skip


def at(stay: StayView) -> str:
    """Where somebody is or was, in words."""
    return stay.place or AT[stay.where]


def _alert(stay: StayView) -> tuple[str, str]:
    plain = "Away from home: ask whoever follows them"
    why = f" ({stay.reason[:120]})" if stay.reason else ""
    if stay.state == "out" and stay.destination == "died":
        words = f"{at(stay)[:1].upper()}{at(stay)[1:]} says that they died on {say(stay.until)}. Ask, and record it"
        return words, "A message about them must be read now"
    if stay.how == "left_without":
        words = f"Left {at(stay)} on {say(stay.until)} without being discharged: find them"
        return words, "Left, and nobody knows where to: find them"
    if stay.state == "out":
        return f"Was at {at(stay)} on {say(stay.since)}{why}: ask how they are", "Ask how they are"
    return f"In {at(stay)} since {say(stay.since)}{why}: speak with those who care for them there", plain
