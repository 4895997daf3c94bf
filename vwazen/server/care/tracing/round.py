"""A day's way from house to house: whom one worker goes to see, in walking order, each with why and with any danger.

The list is carried through a village, so it says in plain words what is to be done and never what for.
"""

import datetime as dt

import msgspec

from vwazen.clinical.tracing_route import Point, length, walk
from vwazen.server.care import caselist, waiting
from vwazen.server.care.listing import age
from vwazen.server.care.tracing import places
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import store
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem, Person

MOST = 60  # people on a day's list: more than anybody sees in a day, and they fit on paper
DANGER = 3  # tiers that speak of a danger now, today or within 72 hours
WALKS = "chw"
KINDS = (OpenItem.RISK, OpenItem.TRACE, OpenItem.CONTACT, OpenItem.REFILL)


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One person on the way. `missed`: they are looked for; `danger` is what to know before knocking. `tasks` are what
    is to be done, each with its words on paper, "" where the sheet says it already."""

    number: int
    person: str
    name: str
    apart: str
    tasks: tuple[tuple[str, str], ...]
    danger: str
    missed: bool
    risk: str
    form: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The people of one place; `point` is None where nobody has said where it lies."""

    place: str
    point: Point | None
    stops: tuple[Stop, ...]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The day's list. `km`: the way from the site through the places that are known, None where it cannot be told."""

    groups: tuple[Group, ...]
    start: Point | None
    km: float | None
    more: bool

    @property
    def many(self) -> int:
        return sum(len(one.stops) for one in self.groups)

    @property
    def known(self) -> tuple[Group, ...]:
        """The places whose position is known, in walking order."""
        return tuple(one for one in self.groups if one.point is not None)


def read(by: Worker, worker: Worker, day: dt.date, today: dt.date) -> Round:
    """Whom `worker` goes to see on this day, as far as `by` may see them."""
    found, more = _items(by, worker, day)
    people = Person.objects.in_bulk(sorted({one.person for one in found}))
    items: dict[str, list[OpenItem]] = {}
    for one in found:
        if one.person in people:
            items.setdefault(one.person, []).append(one)
    danger = _danger(by, items, today)
    homes: dict[tuple[str, Point | None], list[str]] = {}
    for person in sorted(items, key=lambda one: (people[one].name, one)):
        place = people[person].place.strip()
        homes.setdefault((place or "Place not recorded", places.village(place, people[person].path)), []).append(person)
    ordered, start, way = _ordered(list(homes), _starts(worker, day))
    groups, number = [], 0
    for key in ordered:
        stops = []
        for person in homes[key]:
            number += 1
            stops.append(_stop(number, people[person], items[person], danger.get(person, ""), today))
        groups.append(Group(place=key[0], point=key[1], stops=tuple(stops)))
    return Round(groups=tuple(groups), start=start, km=way, more=more)


def walks(worker: Worker, day: dt.date) -> bool:
    """Whether this worker goes from house to house: everything that is due lies on their way."""
    return any(post.role == WALKS for post in policy.posts(worker, day))


def _items(by: Worker, worker: Worker, day: dt.date) -> tuple[list[OpenItem], bool]:
    """What waits with the worker on that day. Of whoever works at a clinic, only the people who did not come there."""
    place = waiting.where(policy.site_paths(by, "see_caseload"), look=False, by=by)
    here, values = waiting.inside(place, "i.path")
    risk = policy.site_paths(by, "act_on_risk")
    kinds = KINDS if risk else KINDS[1:]
    due = "i.day <= %s" if walks(worker, day) else "i.day <= %s AND i.kind = 'risk'"
    rows = store.select(
        f"SELECT i.person, min(i.rank), min(i.day) FROM record_open_item i WHERE i.owner = %s AND {here} "  # noqa: S608
        f"AND i.kind IN ({store.marks(kinds)}) AND i.starts <= %s AND (i.kind = 'trace' OR {due}) "
        f"GROUP BY i.person ORDER BY 2, 3, 1 LIMIT {MOST + 1}",
        [str(worker.pk), *values, *kinds, day, day],
    )
    chosen = [str(row[0]) for row in rows[:MOST]]
    items = OpenItem.objects.filter(person__in=chosen, owner=str(worker.pk), kind__in=kinds, starts__lte=day)
    shown = [one for one in items.order_by("rank", "day", "pk") if one.kind == OpenItem.TRACE or one.day <= day]
    return shown, len(rows) > MOST


def _danger(by: Worker, items: dict[str, list[OpenItem]], today: dt.date) -> dict[str, str]:
    """Person -> what to know before knocking, in the plain words that the lists have for everybody."""
    wanted = sorted(items)
    if not wanted:
        return {}
    found: dict[str, str] = {}
    for place in caselist.places_where(
        f"s.person IN ({store.marks(wanted)}) AND s.starts <= %s AND s.ends > %s AND s.rank <= %s",
        [*wanted, today, today, DANGER],
    ):
        if policy.can(by, "see_caseload", place.path):
            found.setdefault(place.person, f"{place.plain.rstrip('.')}.")
    for person, those in items.items():
        if person not in found and any(one.kind == OpenItem.RISK for one in those):
            found[person] = "A safety conversation is open."
    return found


def _stop(number: int, one: Person, items: list[OpenItem], danger: str, today: dt.date) -> Stop:
    missed = any(item.kind == OpenItem.TRACE for item in items)
    risk = next((item.fact for item in items if item.kind == OpenItem.RISK), "")
    # A contact that is due is the same visit as the one that was missed: it is said once.
    told = [item for item in items if not (missed and item.kind == OpenItem.CONTACT)]
    tasks: dict[str, str] = {}
    for item in told:
        words, paper = _words(item, today)
        tasks.setdefault(words, "" if paper in tasks.values() else paper)
    return Stop(
        number=number, person=one.pk, name=one.name, apart=age(one.born, today) or "age not recorded",
        tasks=tuple(tasks.items()), danger=danger, missed=missed, risk=risk, form=make_id(),
    )  # fmt: skip


def _words(item: OpenItem, today: dt.date) -> tuple[str, str]:
    """A task on the screen, and on the sheet that others can read: there no danger is spoken of."""
    when, _ = waiting.clock_of(item, today)
    words = f"{item.plain.rstrip('.')} ({when})."
    if item.kind != OpenItem.RISK:
        return words, words
    unanswered = item.urgent_since is not None and not item.acknowledged
    return words, f"Contact due ({'now' if unanswered else when.removeprefix('safety contact ')})."


def _starts(worker: Worker, day: dt.date) -> Point | None:
    """Where the worker sets out: the first of their sites whose position is known."""
    posts: tuple[Post, ...] = policy.posts(worker, day)
    return next((at for post in posts if (at := places.site(post.site_id)) is not None), None)


def _ordered(
    homes: list[tuple[str, Point | None]], start: Point | None
) -> tuple[list[tuple[str, Point | None]], Point | None, float | None]:
    """The places in walking order, then by name those of which nobody knows where they lie; and how long the way is."""
    known = sorted(((name, at) for name, at in homes if at is not None), key=lambda one: one[0])
    unknown = sorted((one for one in homes if one[1] is None), key=lambda one: one[0])
    points = [at for _, at in known]
    order = walk(points, start)
    way = [*([start] if start else []), *(points[index] for index in order)]
    ordered: list[tuple[str, Point | None]] = [known[index] for index in order]
    return [*ordered, *unknown], start, length(way) if known and (start or len(known) > 1) else None
