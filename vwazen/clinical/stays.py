"""Stays away from home: from what pages, files and other systems told of them, in whatever order it arrived.

The clocks are our default, not yet reviewed by a clinician, except the two after a hospital, which the programme's
requirements name (contacts within 48 hours and 7 days), and the fortnight that is followed after a prison.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact, instant
from vwazen.clinical.live import Entry, Live
from vwazen.clinical.stay_kinds import Stay, Where
from vwazen.clinical.stay_view import NEEDED, Contacts, State, StayView

# Days after the end by which a contact is owed; those between the second and the fourteenth are our default.
CONTACTS: dict[str, tuple[int, ...]] = {"hospital": (2, 7), "prison": (2, 7, 14)}
KNOWN_WITHIN = dt.timedelta(days=30)  # what became known later than this is history and starts no clock (our default)
NEXT_DOOR = 1  # days between an end and a beginning elsewhere that are one transfer (our default)
SAME = dt.timedelta(days=1)  # two words on one admission or one discharge are at most so far apart (our default)
_HALF_A_DAY = dt.timedelta(hours=11, minutes=59)
ACUTE = ("hospital", "emergency")
TELLS = ("hospital", "emergency", "prison")  # of these the team at home is told
ENDS = ("discharged", "released", "left_without")
BEGINS = ("admitted", "transferred", "leave", "returned", "attended", "absent")

Told: TypeAlias = Entry[Stay] | Entry[f.Hospital]


def fold_stays(alive: Live, died: dt.date | None = None) -> tuple[StayView, ...]:
    """Every stay, the one begun first first."""
    groups = _groups(alive)
    if not groups:
        return ()
    noted = {alive.root.get(e.body.fact, e.body.fact): e.fact for e in alive.of(f.Noted)}
    views = [_view(group, noted) for group in groups]
    views.sort(key=lambda one: (one.since, _first(one), one.id))
    linked = _linked(views)
    contacts = [(e.at, e.fact) for e in alive.of(f.Encounter) if e.body.met and e.body.mode != "ward"]
    contacts += [(e.at, e.fact) for e in alive.of(f.Episode)]  # whoever enrolled them met them
    contacts.sort(key=lambda one: (one[0], one[1].id))
    return tuple(_followed(one, linked, contacts, died) for one in linked)


def stay_of(stays: Sequence[StayView], fact: str) -> StayView | None:
    """The stay that one of its facts names."""
    return next((one for one in stays if fact in one.ids), None)


def in_hospital(stays: Sequence[StayView]) -> tuple[Fact, ...]:
    """Admissions to a hospital, discharges and emergency visits that stand, oldest first."""
    told = [
        fact for one in stays if one.where in ACUTE
        for fact in (one.admitted or (one.events[0] if one.state in ("in", "leave") else None), one.ended)
        if fact is not None
    ]  # fmt: skip
    return tuple(sorted({fact.id: fact for fact in told}.values(), key=lambda fact: (instant(fact.occurred), fact.id)))


def _first(one: StayView) -> dt.datetime:
    return instant(one.events[0].occurred)


# which facts are of one stay


def _groups(alive: Live) -> list[list[Told]]:
    """The facts of each stay, by the fact or the visit that they name; what names neither joins the stay it fits."""
    entries: list[Told] = sorted([*alive.of(Stay), *alive.of(f.Hospital)], key=_order)
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (higher := above.get(name, name)) != name:
            name = higher
        return name

    def join(one: str, other: str) -> None:
        first, second = sorted((top(one), top(other)))
        above[second] = first

    for entry in entries:
        body = entry.body
        if isinstance(body, Stay) and body.stay:
            join(f"1{entry.id}", f"1{alive.root.get(body.stay, body.stay)}")
        if isinstance(body, Stay) and body.visit:
            join(f"1{entry.id}", f"0{body.source.system if body.source else body.facility}\x1f{body.visit}")
    named: dict[str, list[Told]] = {}
    for entry in entries:
        named.setdefault(top(f"1{entry.id}"), []).append(entry)
    loose = [group for name, group in named.items() if len(group) == 1 and _alone(group[0], name)]
    found = [group for name, group in named.items() if not (len(group) == 1 and _alone(group[0], name))]
    for group in loose:
        fitting = _fits(group[0], found)
        if fitting is None:
            found.append(group)
        else:
            fitting.extend(group)
            fitting.sort(key=_order)
    return found


def _order(entry: Told) -> tuple[dt.datetime, str]:
    """An end of which nobody gave the hour stands at the end of its day: whoever came that day had come before."""
    late = len(entry.fact.occurred) == len("2026-11-21") and entry.body.event in ENDS
    return entry.at + (_HALF_A_DAY if late else dt.timedelta()), entry.fact.id


def _alone(entry: Told, top: str) -> bool:
    """It names no stay, and nothing names it."""
    return top == f"1{entry.id}" and not (isinstance(entry.body, Stay) and (entry.body.stay or entry.body.visit))


def _kind(where: str) -> str:
    return "acute" if where in ACUTE else where


def _where(entry: Told) -> Where:
    body = entry.body
    if isinstance(body, Stay):
        return body.where
    return "emergency" if body.event == "emergency" else "hospital"


def _place(entry: Told) -> str:
    return entry.body.facility if isinstance(entry.body, Stay) else ""


def _fits(entry: Told, groups: list[list[Told]]) -> list[Told] | None:
    """The newest stay that this word on its own belongs to: one at that place that is open then, or was told twice."""
    best: tuple[tuple[dt.datetime, str], list[Told]] | None = None
    if entry.body.event == "emergency":
        return None
    for group in groups:
        if _kind(_where(group[-1])) != _kind(_where(entry)):
            continue
        places = {_place(one) for one in group} - {""}
        if _place(entry) and places and _place(entry) not in places:
            continue
        began, ended = _began(group), _ended(group)
        if entry.body.event == "admitted":
            there = began is not None and abs(began - entry.at) <= SAME
        else:
            there = began is None or began <= _order(entry)[0]
            there = there and (ended is None or ended + SAME >= entry.at)
        if there and (best is None or _order(group[0]) > best[0]):
            best = _order(group[0]), group
    return best[1] if best else None


def _began(group: Sequence[Told]) -> dt.datetime | None:
    return next((one.at for one in group if one.body.event == "admitted"), None)


def _ended(group: Sequence[Told]) -> dt.datetime | None:
    return next((one.at for one in group if one.body.event in ENDS or one.body.event == "emergency"), None)


# what one stay comes to


def _said(entry: Told) -> tuple[dt.datetime, str]:
    """When it was said, by the source's own clock where it came from one."""
    body = entry.body
    return instant(body.said if isinstance(body, Stay) and body.said else entry.fact.recorded), entry.fact.id


def _standing(group: Sequence[Told]) -> list[Told]:
    """What was not taken back: each cancellation takes the newest word of its kind that had been said by then."""
    left = list(group)
    cancels = [one for one in group if isinstance(one.body, Stay) and one.body.event == "cancelled"]
    for word in sorted(cancels, key=_said):
        left.remove(word)
        kinds = ENDS if word.body.cancels == "discharged" else (word.body.cancels,)
        before = [one for one in left if one.body.event in kinds and _said(one)[0] <= _said(word)[0]]
        if before:
            left.remove(max(before, key=_said))
    return left


def _view(group: Sequence[Told], noted: Mapping[str, Fact]) -> StayView:
    standing = _standing(group)
    state, ending = _state(standing)
    told = standing or list(group)
    admitted = next((one for one in standing if one.body.event in ("admitted", "emergency")), None)
    since = (admitted or told[0]).day
    ended = ending[0] if ending else None
    last = ending[-1].body if ending else None
    destination = _newest(ending, "destination")
    alert, read = _alert(standing, state, ended, destination, noted)
    ours = all(isinstance(one.body, Stay) for one in ending)
    where = _where(_latest([one for one in told if one.body.event in (*BEGINS, "updated", "emergency")] or told))
    view = StayView(
        id=min(one.id for one in group), ids=tuple(sorted({one.id for one in group} | {one.fact.id for one in group})),
        where=where, facility=_newest(told, "facility"), place=_newest(told, "place"), unit=_newest(told, "unit"),
        reason=_newest([one for one in told if one not in ending], "reason") or _newest(told, "note"),
        visit=_newest(told, "visit"), state=state, since=since, until=max(ended.day, since) if ended else None,
        events=tuple(one.fact for one in group), admitted=admitted.fact if admitted else None,
        ended=ended.fact if ended else None, how=last.event if last else "", destination=destination,
        instructions=_newest(ending, "instructions"), worker=_newest(ending, "worker"), next=_newest(ending, "next"),
        carer=_newest(ending, "carer"), told=alert.fact if alert and not read else None, read=read,
        back=_back(standing, state),
    )  # fmt: skip
    if ended is None or where != "hospital" or not ours or destination == "died" or view.how == "left_without":
        return view
    lacking = tuple(name for name in NEEDED if getattr(view, name) in ("", "unknown"))
    return msgspec.structs.replace(view, missing=lacking)


def _state(standing: Sequence[Told]) -> tuple[State, list[Told]]:
    """How it stands, and everything said at its end."""
    state: State = "unknown"
    ending: list[Told] = []
    for one in standing:
        event = one.body.event
        if event in ENDS or event == "emergency":
            state, ending = "out", [*ending, one]
        elif event in BEGINS:
            state, ending = ("leave" if event == "leave" else "in"), []
    return state, ending


def _latest(entries: Sequence[Told]) -> Told:
    return max(entries, key=_said)


def _newest(entries: Sequence[Told], name: str) -> str:
    """The newest word on this, of whoever said one."""
    said = [one for one in entries if getattr(one.body, name, "")]
    return str(getattr(_latest(said).body, name)) if said else ""


def _back(standing: Sequence[Told], state: State) -> dt.date | None:
    leaves = [one for one in standing if isinstance(one.body, Stay) and one.body.event == "leave"]
    if state != "leave" or not leaves or not (day := leaves[-1].body.next):
        return None
    return dt.date.fromisoformat(day)


def _alert(
    standing: Sequence[Told], state: State, ended: Told | None, destination: str, noted: Mapping[str, Fact]
) -> tuple[Told | None, Fact | None]:
    """What the team at home must read (that they are in, that they left on their own, or that they are said dead), and
    who answered it. What a colleague told on a chart, in one word, is known at home."""
    words = [one for one in standing if isinstance(one.body, Stay) and _where(one) in TELLS and _fresh(one)]
    if state == "out" and ended is not None:
        last = [one for one in words if one.body.event in ENDS]
        left = bool(last) and (destination == "died" or last[-1].body.event == "left_without")
        seen = _where(ended) == "emergency"
        news = last if left else [one for one in words if one.body.event == "admitted" and seen]
    else:
        news = [one for one in words if one.body.event == "admitted" and state != "unknown"]
    if not news:
        return None, None
    # The same news told again, later and in other words, is no second news.
    same = [one for one in news if (one.at, one.body.event) == (news[-1].at, news[-1].body.event)]
    read = [noted[one.id] for one in same if one.id in noted]
    return min(same, key=_said), read[0] if read else None


def _fresh(entry: Told) -> bool:
    return instant(entry.fact.recorded) - entry.at <= KNOWN_WITHIN


# one stay among the others


def _linked(views: Sequence[StayView]) -> list[StayView]:
    """Each with the stay a transfer brought them from, and how soon it is after the one before."""
    found: list[StayView] = []
    for one in views:
        before = [p for p in found if p.where == one.where == "hospital" and p.until and p.until <= one.since]
        last = max(before, key=lambda p: (p.until or p.since, p.id), default=None)
        if last is None or last.until is None or one.admitted is None:
            found.append(one)
            continue
        days = (one.since - last.until).days
        places = {(p.facility, "" if p.facility else p.place) for p in (last, one)}
        moved = days <= NEXT_DOOR and (last.destination == "facility" or len(places - {("", "")}) > 1)
        change: dict[str, object] = {"follows": last.id} if moved else {"again": days}
        found.append(msgspec.structs.replace(one, **change))
    return found


def _followed(
    one: StayView, all_of_them: Collection[StayView], met: Sequence[tuple[dt.datetime, Fact]], died: dt.date | None
) -> StayView:
    """With the contacts that are owed after it, unless they died, went in again, or it is long over."""
    days, ended = CONTACTS.get(one.where), one.ended
    if days is None or ended is None or one.until is None or died or one.destination == "died":
        return one
    over = instant(ended.occurred)
    if instant(ended.recorded) - over > KNOWN_WITHIN:
        return one
    if any(other.where in CONTACTS and other.since >= one.until and _first(other) > over for other in all_of_them):
        return one
    due = tuple(one.until + dt.timedelta(days=n) for n in days)
    held: list[dt.date] = []
    last = None
    for at, fact in met:
        dated = 10 in (len(fact.occurred), len(ended.occurred))
        if (fact.day < one.until) if dated else (at <= over):
            continue
        last = at
        if not held or fact.day > held[-1]:
            held += [fact.day] * max(len(held) < len(due), sum(day <= fact.day for day in due[len(held) :]))
    return msgspec.structs.replace(one, contacts=Contacts(due=due, held=tuple(held), last=last))
