"""Who missed a planned contact: one line each, the most overdue first, from the open items alone."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from vwazen.server.care import waiting
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.care.waiting import Where
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.models import OpenItem, Person

A_PAGE = 50
BY_PLACE = 200  # people on one page that is ordered by place
WORKERS = 30


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person who is looked for."""

    item: OpenItem
    apart: str
    place: str
    owner: str
    clock: str
    late: bool


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines; `after` is the id where it ends, "" at the end of the list."""

    lines: tuple[Line, ...]
    after: str


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Where `by` may see who is looked for, and whose they are; `owners` None is everybody."""

    place: Where
    owners: tuple[str, ...] | None = None

    @property
    def few(self) -> bool:
        """Whether these are so few people that all of them may be counted and sorted for one page."""
        return self.owners is not None or self.place.sites is not None


def scope_of(by: Worker, owners: Iterable[str] | None) -> Scope:
    """What `by` may see, of these workers (None: of everybody)."""
    mine = None if owners is None else tuple(owners)
    return Scope(place=waiting.where(policy.site_paths(by, "see_caseload"), look=mine is None, by=by), owners=mine)


def _where(scope: Scope, today: dt.date) -> tuple[str, list[object]]:
    here, values = waiting.inside(scope.place, "i.path")
    condition = f"{here} AND i.rank = %s AND i.kind = %s AND i.starts <= %s"
    values = [*values, OpenItem.DATED, OpenItem.TRACE, today]
    if scope.owners is None:
        return condition, values
    return f"i.owner IN ({store.marks(scope.owners)}) AND {condition}", [*scope.owners, *values]


def page(scope: Scope, today: dt.date, after: str = "") -> Page:
    """The most overdue first. A cursor that is gone begins at the top."""
    condition, values = _where(scope, today)
    last = OpenItem.objects.filter(pk=after, kind=OpenItem.TRACE).first() if after else None
    if last is not None:
        condition += " AND (i.rank, i.day, i.id) > (%s, %s, %s)"
        values += [last.rank, last.day, last.pk]
    # Those of a few are gathered and sorted: in the order of a country's list SQLite would pass by all others.
    rank = store.by_itself("i.rank") if scope.few else "i.rank"
    rows = store.select(
        f"SELECT i.id FROM record_open_item i WHERE {condition} ORDER BY {rank}, i.day, i.id LIMIT {A_PAGE + 1}",  # noqa: S608
        values,
    )
    ids = [str(row[0]) for row in rows]
    return Page(lines=_lines(ids[:A_PAGE], today), after=ids[A_PAGE - 1] if len(ids) > A_PAGE else "")


def by_place(scope: Scope, today: dt.date) -> Page:
    """The same people by where they live, and no more than stand on one page."""
    condition, values = _where(scope, today)
    rows = store.select(
        "SELECT i.id FROM record_open_item i JOIN record_person p ON p.id = i.person "  # noqa: S608
        f"WHERE {condition} ORDER BY p.place, i.day, i.id LIMIT {BY_PLACE + 1}",
        values,
    )
    ids = [str(row[0]) for row in rows]
    return Page(lines=_lines(ids[:BY_PLACE], today), after=ids[BY_PLACE - 1] if len(ids) > BY_PLACE else "")


def workers(scope: Scope, today: dt.date) -> list[tuple[str, int]]:
    """(worker's id, how many they look for), the most first; "" for those whom nobody looks for."""
    condition, values = _where(scope, today)
    rows = store.select(
        f"SELECT i.owner, count(*) FROM record_open_item i WHERE {condition} "  # noqa: S608
        f"GROUP BY i.owner ORDER BY 2 DESC, 1 LIMIT {WORKERS}",
        values,
    )
    return [(str(owner), int(str(many))) for owner, many in rows]


def _lines(ids: list[str], today: dt.date) -> tuple[Line, ...]:
    items = OpenItem.objects.in_bulk(ids)
    people = Person.objects.in_bulk([one.person for one in items.values()])
    names = worker_names(one.owner for one in items.values())
    found = []
    for id in ids:
        item = items.get(id)
        person = people.get(item.person) if item else None
        if item is None or person is None:
            continue
        clock, late = waiting.clock_of(item, today)
        found.append(
            Line(
                item=item, apart=tell_apart(person), place=person.place or "Place not recorded", clock=clock, late=late,
                owner=names.get(item.owner, "someone who left") if item.owner else "nobody",
            )
        )  # fmt: skip
    return tuple(found)
