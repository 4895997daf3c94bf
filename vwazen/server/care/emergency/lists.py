"""Who is in care in the area of an emergency and was not reached since: danger first, then whose medicine ends."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from django.db.models import QuerySet

from vwazen.server.care import waiting
from vwazen.server.care.listing import A_PAGE, reason, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Emergency, Worker
from vwazen.server.record import reach, store
from vwazen.server.record.models import FirstHelp, OpenItem, Person

MEDICINE_DAYS = 14  # whose medicine lasts no longer than this is looked for before others: our default, not reviewed
PRINTED = 500
GROUPS = ("In danger", "Medicine ends", "In care")
PARTS = {"unreached": "Not reached yet", "reached": "Reached since", "helped": "First help"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person in care: why they are looked for, when they were last seen, how to find them."""

    person: Person
    apart: str
    group: str
    reasons: tuple[str, ...]
    last: dt.date | None
    owner: str


def area(by: Worker, emergency: Emergency, right: str) -> tuple[str, ...]:
    """Where `by` has a right inside the area of an emergency."""
    here = emergency.site.path
    paths = policy.site_paths(by, right)
    if any(here.startswith(path) for path in paths):
        return (here,)
    return tuple(path for path in paths if path.startswith(here))


def _in(by: Worker, paths: Sequence[str], column: str) -> tuple[str, list[object]]:
    return waiting.inside(waiting.where(tuple(paths), look=True, by=by), column)


def _in_care(by: Worker, emergency: Emergency, reached: bool) -> tuple[str, list[object]]:
    """A condition over record_caseload c: in care in the area, and met since the emergency began or not."""
    condition, values = _in(by, area(by, emergency, "see_caseload"), "c.path")
    since = "c.last_contact >= %s" if reached else "(c.last_contact IS NULL OR c.last_contact < %s)"
    return f"{condition} AND {since}", [*values, emergency.starts]


def count(by: Worker, emergency: Emergency) -> dict[str, int]:
    """How many stand on each list."""
    found = {}
    for name in ("unreached", "reached"):
        condition, values = _in_care(by, emergency, name == "reached")
        statement = f"SELECT COUNT(DISTINCT c.person) FROM record_caseload c WHERE {condition}"  # noqa: S608
        found[name] = int(str(store.select(statement, values)[0][0]))
    found["helped"] = helped(by, emergency).values("person").distinct().count()
    return found


def page(
    by: Worker, emergency: Emergency, reached: bool, start: int, size: int = A_PAGE
) -> tuple[list[Line], bool]:  # fmt: skip
    """One page of those reached or not, and whether more follow. Danger first, then by when the medicine ends."""
    condition, values = _in_care(by, emergency, reached)
    ends = emergency.starts + dt.timedelta(days=MEDICINE_DAYS)
    kind = store.by_itself("i.kind")  # by their persons: of these kinds a country has very many
    rows = store.select(
        "SELECT c.person, MAX(c.last_contact), MIN(CASE WHEN i.kind = %s THEN 0 WHEN i.due <= %s THEN 1 ELSE 2 END) "  # noqa: S608
        "AS part, MIN(CASE WHEN i.kind = %s THEN i.due END) AS lasts, MIN(c.owner) FROM record_caseload c "
        f"LEFT JOIN record_open_item i ON i.person = c.person AND {kind} IN (%s, %s) WHERE {condition} "
        f"GROUP BY c.person ORDER BY part, lasts NULLS LAST, c.person LIMIT {size + 1} OFFSET {start}",
        [OpenItem.RISK, ends, OpenItem.REFILL, OpenItem.RISK, OpenItem.REFILL, *values],
    )
    ids = [str(row[0]) for row in rows[:size]]
    people = Person.objects.in_bulk(ids)
    why: dict[str, list[str]] = {}
    for item in OpenItem.objects.filter(person__in=ids).order_by("rank", "day"):
        if item.kind in (OpenItem.RISK, OpenItem.REFILL):
            why.setdefault(item.person, []).append(reason(by, item))
    names = worker_names(str(row[4]) for row in rows)
    lines = [
        Line(
            person=people[str(person)], apart=tell_apart(people[str(person)]), group=GROUPS[int(str(part))],
            reasons=tuple(dict.fromkeys(why.get(str(person), ()))), last=_day(last),
            owner=names.get(str(owner), "someone who left") if owner else "nobody",
        )
        for person, last, part, _, owner in rows[:size] if str(person) in people
    ]  # fmt: skip
    return lines, len(rows) > size


def _day(value: object) -> dt.date | None:
    if value is None or isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(str(value)[:10])


def helped(by: Worker, emergency: Emergency) -> QuerySet[FirstHelp]:
    """First help given after this emergency, where `by` may see people by name."""
    return FirstHelp.objects.filter(reach.within(by, area(by, emergency, "see_caseload")), event=emergency.name)


def needs(by: Worker, emergency: Emergency) -> list[tuple[str, int]]:
    """How many people named each need, the most first."""
    told: dict[str, set[str]] = {}
    for person, named in helped(by, emergency).values_list("person", "needs"):
        for need in named:
            told.setdefault(need, set()).add(person)
    return sorted(((need, len(people)) for need, people in told.items()), key=lambda one: (-one[1], one[0]))
