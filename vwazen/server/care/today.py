"""A day's work as one list: whoever needs somebody now, then what is late, due today and due this week.

One line a person, however many things wait; the most urgent decides where they stand, and the line says the others too.
It is read from two indexes in the same order, open items and the urgent tiers, fifty people at a time: it costs the
same for one worker as for a nation.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec
from django.utils.crypto import constant_time_compare, salted_hmac

from vwazen.clinical.caseload import say
from vwazen.server.care import caselist, waiting
from vwazen.server.care.listing import may_read, tell_apart, worker_names
from vwazen.server.care.waiting import Reason, Scope
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.models import OpenItem, Person

A_PAGE = 50
READ = 2 * A_PAGE  # keys read for a page: most people have one or two
KEYS_EACH = 5  # less than so many keys a person, on the average
LOOKED = KEYS_EACH * waiting.COUNTED  # keys looked at to count people
FIRST_LOOKED = 2 * waiting.COUNTED  # keys looked at first: enough to see that very many are more than are counted
SAFETY = 2  # tiers that speak of an open risk
URGENT = 4  # tiers to act on within the week: these people stand here, with or without anything that is due
GROUPS = ("Now", "Open risks", "This week, by how they are", "Late, or waiting", "Today", "The next seven days")


class Key(msgspec.Struct, frozen=True, order=True):
    """A place in the list: tier or 5, day, then the id of an item or of a row of the caseload."""

    rank: int
    day: dt.date
    id: str
    person: str = ""

    @property
    def place(self) -> tuple[int, dt.date, str]:
        return self.rank, self.day, self.id


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person with everything that waits, the most urgent first. `group` is one of `GROUPS`."""

    person: str
    name: str
    apart: str
    group: str
    tier: int
    word: str
    reasons: tuple[Reason, ...]
    owner: str

    @property
    def first(self) -> Reason:
        return self.reasons[0]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines; `after` is the cursor of the next one, "" at the end."""

    lines: tuple[Line, ...]
    after: str


def page(by: Worker, scope: Scope, today: dt.date, after: Key | None = None, size: int = A_PAGE) -> Page:
    """The lines after a place, in order. A page may be short of `size` where people have very many things waiting."""
    keys, more = _keys(scope, today, after)
    everyone = list(dict.fromkeys(key.person for key in keys))
    found: dict[str, tuple[Reason, ...]] = {}
    kept: list[Key] = []
    # Those at the end of the keys are mostly not needed: who stands on a page before takes no place on this one.
    while everyone and len(kept) <= size:
        found |= _reasons(by, scope, everyone[: size + 1], today)
        del everyone[: size + 1]
        kept = [key for key in keys if found.get(key.person) and found[key.person][0].key == key.place]
    last = kept[size - 1] if len(kept) > size else keys[-1] if more else None
    kept = kept[:size]
    people = {one.pk: one for one in Person.objects.filter(pk__in=[key.person for key in kept])}
    names = worker_names(reason.owner for key in kept for reason in found[key.person])
    lines = tuple(_line(people[key.person], found[key.person], names, today) for key in kept if key.person in people)
    return Page(lines=lines, after=cursor(last) if last else "")


def _keys(scope: Scope, today: dt.date, after: Key | None) -> tuple[list[Key], bool]:
    """The next places of both indexes, merged, and whether there are more."""
    items = _read("i", "record_open_item", "day", "id", waiting.items_where(scope, today), after)
    tiers = _read("s", "record_segment", "waiting_since", "row", waiting.tiers_where(scope, today, URGENT), after)
    # Beyond the end of one that goes on, the other knows only a part of the list.
    ends = [those[READ - 1] for those in (items, tiers) if len(those) > READ]
    merged = sorted([*items, *tiers])
    return [key for key in merged if not ends or key <= min(ends)], bool(ends)


def _read(
    short: str, table: str, day: str, name: str, where: tuple[str, list[object]], after: Key | None
) -> list[Key]:  # fmt: skip
    condition, values = where
    order = f"{short}.rank, {short}.{day}, {short}.{name}"
    if after is not None:
        condition += f" AND ({order}) > (%s, %s, %s)"
        values = [*values, *after.place]
    rows = store.select(
        f"SELECT {order}, {short}.person FROM {table} {short} WHERE {condition} ORDER BY {order} LIMIT {READ + 1}",  # noqa: S608
        values,
    )
    return [Key(int(str(rank)), caselist.day_of(since), str(id), str(person)) for rank, since, id, person in rows]


def _reasons(by: Worker, scope: Scope, people: Iterable[str], today: dt.date) -> dict[str, tuple[Reason, ...]]:
    """Person -> everything that waits about them, the most urgent first."""
    found: dict[str, list[Reason]] = {}
    items = waiting.items_of(scope, people, today)
    ask = waiting.whom_to_ask(by, items)
    for item in items:
        found.setdefault(item.person, []).append(waiting.reason_of(by, item, today, ask))
    for place in _places(scope, people, today):
        _add_standing(by, found.setdefault(place.person, []), place)
    return {person: _told_once(sorted(those, key=lambda one: one.key)) for person, those in found.items()}


def _places(scope: Scope, people: Iterable[str], today: dt.date) -> list[caselist.Place]:
    wanted = sorted(people)
    if not wanted:
        return []
    condition, values = waiting.tiers_where(scope, today, URGENT)
    return caselist.places_where(f"s.person IN ({store.marks(wanted)}) AND {condition}", [*wanted, *values])


def _add_standing(by: Worker, those: list[Reason], place: caselist.Place) -> None:
    """A tier as a reason. A first tier speaks of the open risk, whose clock and button it takes; else the visit's."""
    action, url = waiting.action_of("", place.person, "")
    one = Reason(
        key=(place.rank, place.waiting_since, place.row), kind="", clock=f"since {say(place.waiting_since)}",
        text=place.reason if may_read(by, place.path, place.person) else place.plain, late=False, action=action,
        url=url, item="", owner=place.owner, tier=place.tier, word=place.word,
    )  # fmt: skip
    risk = min((one for one in those if one.kind == OpenItem.RISK), key=lambda one: one.key, default=None)
    if risk is not None and place.tier <= SAFETY:
        those.remove(risk)
        one = msgspec.structs.replace(
            risk, key=min(one.key, risk.key), text=one.text, tier=place.tier, word=place.word
        )  # fmt: skip
    those.append(one)


def _told_once(reasons: list[Reason]) -> tuple[Reason, ...]:
    """Without the same words twice."""
    kept: list[Reason] = []
    for one in reasons:
        if all(one.text != other.text for other in kept):
            kept.append(one)
    return tuple(kept)


def _line(one: Person, reasons: tuple[Reason, ...], names: Mapping[str, str], today: dt.date) -> Line:
    first = reasons[0]
    tier = first.tier or (1 if first.key[0] == OpenItem.NOW else 2 if first.key[0] == OpenItem.RISKS else 0)
    return Line(
        person=one.pk, name=one.name, apart=tell_apart(one), group=GROUPS[_group(first, today)], tier=tier,
        word=first.word, reasons=reasons,
        owner=names.get(first.owner, "someone who left") if first.owner else "nobody",
    )  # fmt: skip


def _group(first: Reason, today: dt.date) -> int:
    rank, day, _ = first.key
    if rank < OpenItem.DATED:
        return min(rank, 3) - 1
    if not first.dated or day < today:
        return 3
    return 4 if day == today else 5


def total(scope: Scope, today: dt.date, looked: int = LOOKED) -> tuple[str, list[object]]:
    """A SELECT of everyone on the list, for `waiting.counted`: looked for in so many keys as are sure to show more."""
    items, values = waiting.items_where(scope, today)
    tiers, more = waiting.tiers_where(scope, today, URGENT)
    return (
        f"SELECT person FROM (SELECT i.person FROM record_open_item i WHERE {items} LIMIT {looked}) a "  # noqa: S608
        f"UNION SELECT person FROM (SELECT s.person FROM record_segment s WHERE {tiers} LIMIT {looked}) b",
        [*values, *more],
    )


def cursor(key: Key) -> str:
    """Where a page ends: an id, and a seal over its place, so that no address says how urgent anyone is."""
    return f"{key.id}~{_seal(key)}"


def resume(text: str, today: dt.date) -> Key | None:
    """The place a cursor names, if what is there still stands there; None where it has moved or is gone."""
    name, _, seal = text.partition("~")
    item = OpenItem.objects.filter(pk=name).first()
    known = [Key(item.rank, item.day, item.pk)] if item else []
    known += [Key(one.rank, one.waiting_since, one.row) for one in caselist.places_of(name[:36], today)]
    return next((key for key in known if key.id == name and constant_time_compare(seal, _seal(key))), None)


def _seal(key: Key) -> str:
    return salted_hmac("today", f"{key.id} {key.rank} {key.day}").hexdigest()[:16]
