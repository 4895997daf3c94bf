"""People with many emergency visits in a short time. Derived rows only."""

import datetime as dt

import msgspec

from vwazen.clinical.homes import HIGH_USE_DAYS, HIGH_USE_VISITS
from vwazen.server.care.caselist import day_of
from vwazen.server.care.listing import A_PAGE, tell_apart, worker_names
from vwazen.server.care.waiting import inside, where
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach, store
from vwazen.server.record.models import CaseloadRow, OpenItem, Person, StayCourse, StayRow

PERMISSION = "see_chart"


class Visit(msgspec.Struct, frozen=True):
    """One emergency visit: when, where, and why as far as it was told."""

    day: dt.date
    place: str
    reason: str


class Often(msgspec.Struct, frozen=True, kw_only=True):
    """Someone, how many visits they had, each of them, and what of their plan is due."""

    person: str
    name: str
    apart: str
    many: int
    last: dt.date
    visits: tuple[Visit, ...]
    owner: str
    due: int


def since(today: dt.date) -> dt.date:
    """The first day that counts."""
    return today - dt.timedelta(days=HIGH_USE_DAYS - 1)


def often(by: Worker, today: dt.date, start: int = 0) -> tuple[list[Often], bool]:
    """Whoever had so many visits where `by` may read mental-health care, the most first; and whether there are more."""
    place = where(policy.site_paths(by, PERMISSION), look=True)
    here, values = inside(place, "path")
    closed, more = reach.open_sql(by, "person", "mental-health")
    rows = store.select(
        "SELECT person, count(*), max(since) FROM record_stay "  # noqa: S608
        f"WHERE {here} AND emergency = %s AND since >= %s AND since <= %s{closed} "
        f"GROUP BY person HAVING count(*) >= %s ORDER BY 2 DESC, 3 DESC, 1 LIMIT {A_PAGE + 1} OFFSET {int(start)}",
        [*values, True, since(today), today, *more, HIGH_USE_VISITS],
    )
    found = {str(person): (int(str(many)), day_of(last)) for person, many, last in rows[:A_PAGE]}
    return _with_reasons(found, today), len(rows) > A_PAGE


def _with_reasons(found: dict[str, tuple[int, dt.date]], today: dt.date) -> list[Often]:
    people = Person.objects.in_bulk(list(found))
    stays = StayRow.objects.filter(person__in=list(found), emergency=True, since__gte=since(today), since__lte=today)
    by_person: dict[str, list[StayRow]] = {}
    for stay in stays.order_by("-since", "-id"):
        by_person.setdefault(stay.person, []).append(stay)
    courses = StayCourse.objects.in_bulk([stay.pk for those in by_person.values() for stay in those])
    owners = dict(CaseloadRow.objects.filter(person__in=list(found)).exclude(owner="").values_list("person", "owner"))
    names = worker_names(owners.values())
    due: dict[str, int] = {}
    for one, kind in OpenItem.objects.filter(person__in=list(found)).values_list("person", "kind"):
        due[one] = due.get(one, 0) + (kind == OpenItem.PLAN)
    return [
        Often(
            person=one, name=people[one].name, apart=tell_apart(people[one]), many=many, last=last,
            visits=tuple(
                Visit(stay.since, stay.place, courses[stay.pk].reason if stay.pk in courses else "")
                for stay in by_person.get(one, [])
            ),
            owner=names.get(owners.get(one, ""), ""), due=due.get(one, 0),
        )
        for one, (many, last) in found.items() if one in people
    ]  # fmt: skip
