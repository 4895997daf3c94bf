"""Homes with their beds and residents, and the long stays whose way home is open. Derived rows only."""

import datetime as dt

import msgspec
from django.db.models import Count, F, Q, QuerySet

from vwazen.server.care.listing import A_PAGE, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.models import Home, Worker
from vwazen.server.record import reach, store
from vwazen.server.record.models import Person, StayCourse, StayRow

PERMISSION = "see_chart"
THERE = ("in", "leave")
MONTHS = 12  # of occupancy on a home's page


class Beds(msgspec.Struct, frozen=True, kw_only=True):
    """A home and how many live there; None for whoever may not know that anybody does."""

    home: Home
    many: int | None
    overdue: int | None
    sees: bool

    @property
    def free(self) -> int | None:
        return None if self.many is None else max(0, self.home.beds - self.many)

    @property
    def over(self) -> int:
        """How many more than there are beds: told by another system, since nobody is let in over them here."""
        return 0 if self.many is None else max(0, self.many - self.home.beds)


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who lives in a home, and how their stay stands. What was never said is None or ""."""

    person: str
    name: str
    apart: str
    since: dt.date
    leave: bool
    back: dt.date | None
    reviewed: dt.date | None
    next_review: dt.date | None
    late: bool
    agrees: str
    rights: int | None
    alone: int | None
    asked: int | None
    owner: str


def sees(by: Worker, home: Home) -> bool:
    """Whether `by` may know who lives there."""
    return policy.can(by, PERMISSION, home.site) and "mental-health" in policy.segments(by, home.site.path)


def homes(by: Worker, today: dt.date) -> list[Beds]:
    """The homes at `by`'s sites, each with how many live there, by name. Three queries."""
    paths = (*policy.site_paths(by, PERMISSION), *policy.site_paths(by, "manage_sites"))
    found = list(Home.objects.filter(policy.within(paths, "site__path")).select_related("site", "coordinator"))
    many, late = _counted([one for one in found if sees(by, one)], today)
    return [
        Beds(home=one, many=many.get(one.pk, 0) if sees(by, one) else None,
             overdue=late.get(one.pk, 0) if sees(by, one) else None, sees=sees(by, one))
        for one in found
    ]  # fmt: skip


def _counted(found: list[Home], today: dt.date) -> tuple[dict[str, int], dict[str, int]]:
    """Home -> how many live there, and how many reviews of theirs are overdue."""
    if not found:
        return {}, {}
    paths = sorted({one.site.path for one in found})
    rows = store.select(
        "SELECT s.unit, count(*), sum(CASE WHEN c.next_review < %s THEN 1 ELSE 0 END) FROM record_stay s "  # noqa: S608
        "LEFT JOIN record_stay_course c ON c.id = s.id "
        f"WHERE s.at_path IN ({store.marks(paths)}) AND s.state IN ('in', 'leave') AND s.kind = 'protected_home' "
        "GROUP BY s.unit",
        [today, *paths],
    )
    return (
        {str(unit): int(str(many)) for unit, many, _ in rows},
        {str(unit): int(str(late or 0)) for unit, _, late in rows},
    )


def choices(by: Worker) -> list[tuple[str, str]]:
    """The homes into which `by` may let somebody move, each with its free beds; full ones say so and are refused."""
    mine = Home.objects.filter(policy.within(policy.site_paths(by, "record_care"), "site__path"), beds__gt=0)
    found = list(mine.select_related("site"))
    many, _ = _counted(found, dt.date.min)
    return [(one.pk, f"{one.name}: {_free(one.beds - many.get(one.pk, 0))}") for one in found]


def _free(beds: int) -> str:
    return f"{beds} bed{'' if beds == 1 else 's'} free" if beds > 0 else "full"


def residents(by: Worker, home: Home, today: dt.date) -> tuple[list[Resident], int]:
    """Who lives in a home, by name, and how many more live there whom `by` may not see. Four queries."""
    there = StayRow.objects.filter(at_path=home.site.path, state__in=THERE, kind="protected_home", unit=home.pk)
    stays = list(there.filter(reach.open_to(by, "mental-health")).order_by("name", "id")[:500])
    hidden = there.count() - len(stays) if reach.hidden(by, "mental-health") else 0
    courses = StayCourse.objects.in_bulk([one.pk for one in stays])
    people = Person.objects.in_bulk([one.person for one in stays])
    names = worker_names({one.owner for one in courses.values()})
    return [
        _resident(one, people[one.person], courses.get(one.pk), names, today) for one in stays if one.person in people
    ], hidden


def _resident(
    stay: StayRow, person: Person, course: StayCourse | None, names: dict[str, str], today: dt.date
) -> Resident:
    due = course.next_review if course else None
    return Resident(
        person=stay.person, name=stay.name, apart=tell_apart(person), since=stay.since, leave=stay.state == "leave",
        back=stay.back, reviewed=course.reviewed if course else None, next_review=due,
        late=due is not None and due < today, agrees=course.agrees if course else "",
        rights=course.rights if course else None, alone=course.alone if course else None,
        asked=course.asked if course else None, owner=names.get(course.owner, "") if course else "",
    )  # fmt: skip


def occupancy(home: Home, today: dt.date) -> list[tuple[dt.date, int]]:
    """How many lived in a home on the first day of each of the last months, the newest last. One query."""
    days = [_first(today, back) for back in range(MONTHS - 1, -1, -1)]
    part = (
        "count(*) FROM record_stay WHERE at_path = %s AND kind = 'protected_home' AND unit = %s "
        "AND since <= %s AND (until IS NULL OR until > %s) AND state <> 'unknown'"
    )
    statement = " UNION ALL ".join(f"SELECT {number}, {part}" for number in range(len(days)))
    rows = store.select(statement, [value for day in days for value in (home.site.path, home.pk, day, day)])
    found = {int(str(number)): int(str(many)) for number, many in rows}
    return [(day, found[number]) for number, day in enumerate(days)]


def _first(today: dt.date, back: int) -> dt.date:
    months = today.year * 12 + today.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A long stay whose way home is open. `next` None: nobody said by when; `days` in hospital so far or in all."""

    stay: str
    person: str
    name: str
    apart: str
    place: str
    since: dt.date | None
    until: dt.date | None
    days: int | None
    stage: str
    stage_since: dt.date | None
    owner: str
    next: dt.date | None
    late: bool


def _open_ways(by: Worker, today: dt.date) -> QuerySet[StayCourse]:
    """Begun ways, and stays that have become long ones, where `by` may know of them."""
    here = policy.within(policy.site_paths(by, PERMISSION))
    rows = StayCourse.objects.filter(here, reach.open_to(by, "mental-health"), open=True)
    return rows.filter(~Q(stage="") | Q(stage_since__lte=today))


def ways(by: Worker, today: dt.date, stage: str = "", after: str = "") -> tuple[list[Way], str]:
    """The open ways home at `by`'s sites, those without a next date first, then the earliest; and where it goes on.

    A stay stands here once it is a long one, or somebody has taken a first step.
    """
    rows = _open_ways(by, today)
    if stage:
        rows = rows.filter(stage="" if stage == "none" else stage)
    ordered = rows.order_by(F("next").asc(nulls_first=True), "id")
    start = int(after) if after.isdigit() and len(after) < 7 else 0
    found = list(ordered[start : start + A_PAGE + 1])
    more = str(start + A_PAGE) if len(found) > A_PAGE else ""
    found = found[:A_PAGE]
    stays = StayRow.objects.in_bulk([one.pk for one in found])
    people = Person.objects.in_bulk([one.person for one in found])
    names = worker_names({one.owner for one in found})
    return [
        _way(one, people[one.person], stays.get(one.pk), names, today) for one in found if one.person in people
    ], more


def _way(course: StayCourse, person: Person, stay: StayRow | None, names: dict[str, str], today: dt.date) -> Way:
    since, until = (stay.since, stay.until) if stay else (None, None)
    return Way(
        stay=course.stay, person=course.person, name=person.name, apart=tell_apart(person),
        place=stay.place if stay else "", since=since, until=until,
        days=((until or today) - since).days if since else None, stage=course.stage, stage_since=course.stage_since,
        owner=names.get(course.owner, ""), next=course.next,
        late=course.next is None or course.next < today,
    )  # fmt: skip


def stages(by: Worker, today: dt.date) -> dict[str, int]:
    """Stage ("" for none yet) -> how many stand there."""
    counted = _open_ways(by, today).order_by().values("stage").annotate(many=Count("id"))
    return {one["stage"]: one["many"] for one in counted}


def where_to_add(by: Worker) -> list[tuple[str, str]]:
    """The sites at which `by` may add a home."""
    return [(site.pk, site.name) for site in sites_of(by, "manage_sites")[:300]]
