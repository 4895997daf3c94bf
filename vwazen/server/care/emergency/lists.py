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


def _people(by: Worker, emergency: Emergency, reached: bool) -> tuple[str, list[object]]:
    """A SELECT of (person, last contact, group, medicine ends, owner) of everyone in care, in no order."""
    paths = area(by, emergency, "see_caseload")
    caseload, items = _in(by, paths, "c.path"), _in(by, paths, "path")
    since = "c.last_contact >= %s" if reached else "(c.last_contact IS NULL OR c.last_contact < %s)"
    ends = emergency.starts + dt.timedelta(days=MEDICINE_DAYS)
    statement = (
        "SELECT c.person, MAX(c.last_contact) AS last, "  # noqa: S608
        "MIN(CASE WHEN r.person IS NOT NULL THEN 0 WHEN m.due <= %s THEN 1 ELSE 2 END) AS part, "
        "MIN(m.due) AS due, MIN(c.owner) AS owner FROM record_caseload c "
        f"LEFT JOIN (SELECT DISTINCT person FROM record_open_item WHERE kind = %s AND {items[0]}) r "
        "ON r.person = c.person LEFT JOIN (SELECT person, MIN(due) AS due FROM record_open_item "
        f"WHERE kind = %s AND {items[0]} GROUP BY person) m ON m.person = c.person "
        f"WHERE {caseload[0]} AND {since} GROUP BY c.person"
    )
    values = [ends, OpenItem.RISK, *items[1], OpenItem.REFILL, *items[1], *caseload[1], emergency.starts]
    return statement, values


def count(by: Worker, emergency: Emergency) -> dict[str, int]:
    """How many stand on each list."""
    found = {}
    for name in ("unreached", "reached"):
        statement, values = _people(by, emergency, name == "reached")
        found[name] = int(str(store.select(f"SELECT COUNT(*) FROM ({statement}) t", values)[0][0]))  # noqa: S608
    found["helped"] = helped(by, emergency).values("person").distinct().count()
    return found


def page(
    by: Worker, emergency: Emergency, reached: bool, start: int, size: int = A_PAGE
) -> tuple[list[Line], bool]:  # fmt: skip
    """One page of those reached or not, and whether more follow. Danger first, then by when the medicine ends."""
    statement, values = _people(by, emergency, reached)
    rows = store.select(
        f"{statement} ORDER BY part, COALESCE(MIN(m.due), '9999-12-31'), c.person LIMIT {size + 1} OFFSET {start}",
        values,
    )
    ids = [str(row[0]) for row in rows[:size]]
    people = Person.objects.in_bulk(ids)
    why: dict[str, list[str]] = {}
    for item in OpenItem.objects.filter(person__in=ids, kind__in=(OpenItem.RISK, OpenItem.REFILL)).order_by(
        "rank", "day"
    ):
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
