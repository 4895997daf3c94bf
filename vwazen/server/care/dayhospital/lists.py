"""The morning of a day hospital: its members, who came, and who is to be called. Derived rows only."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from vwazen.server.care.dayhospital.actions import WEEKEND
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.models import Attendance, Person, StayRow

PERMISSION = "see_chart"
THERE = ("in", "leave")
MOST = 200  # members on one page; a day hospital with more would not be one
_NOBODY_BY = dt.time(10)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who belongs to the day hospital, and their day. `state` is "" where nobody has said anything yet.

    `leave`: not expected. `call`: they are to be called. `missed` and `of`: days missed of those marked in four weeks.
    """

    stay: str
    person: str
    path: str
    name: str
    apart: str
    phone: str
    since: dt.date
    leave: bool
    state: str
    why: str
    by: str
    reached: str
    caller: str
    outcome: str
    call: bool
    missed: int
    of: int


def places(by: Worker) -> list[Site]:
    """Where `by` may follow a day hospital: sites where somebody belongs to one and `by` sees mental-health care."""
    here = policy.within(policy.site_paths(by, PERMISSION), "at_path")
    rows = StayRow.objects.filter(here, kind="day_hospital", state__in=THERE).values("facility")
    return [site for site in Site.objects.filter(code__in=rows) if "mental-health" in policy.segments(by, site.path)]


def call_from(day: dt.date) -> dt.datetime:
    """The instant from which whoever has not come on this day is called, by the clock of this node."""
    try:
        hour = dt.time.fromisoformat(settings.DAY_HOSPITAL_CALL)
    except ValueError:
        hour = _NOBODY_BY
    return timezone.make_aware(dt.datetime.combine(day, hour.replace(tzinfo=None)))


def members(by: Worker, site: Site, day: dt.date) -> list[Member]:
    """Everyone who belonged to the day hospital of this site on that day, by name. Four queries."""
    belonged = Q(until__isnull=True, state__in=THERE) | Q(until__gt=day)
    there = StayRow.objects.filter(
        belonged, reach.open_to(by, "mental-health"), at_path=site.path, kind="day_hospital", since__lte=day
    )
    stays = list(there.order_by("name", "id")[:MOST])
    people = Person.objects.in_bulk([one.person for one in stays])
    rows = Attendance.objects.filter(
        facility=site.pk, day__gt=day - dt.timedelta(days=28), day__lte=day, stay__in=[one.stay for one in stays]
    )
    by_stay: dict[tuple[str, str], list[Attendance]] = {}
    for row in rows:
        by_stay.setdefault((row.person, row.stay), []).append(row)
    names = worker_names(
        {row.by for those in by_stay.values() for row in those if row.day == day}
        | {row.caller for those in by_stay.values() for row in those if row.day == day}
    )
    late = clock.now() >= call_from(day) and day.weekday() < WEEKEND
    return [
        _member(one, people[one.person], by_stay.get((one.person, one.stay), []), day, names, late=late)
        for one in stays if one.person in people
    ]  # fmt: skip


def _member(
    stay: StayRow, person: Person, rows: Sequence[Attendance], day: dt.date, names: dict[str, str], *, late: bool
) -> Member:
    today = next((row for row in rows if row.day == day), None)
    state, reached = (today.state, today.reached) if today else ("", "")
    marked = [row.state for row in rows if row.state]
    missing = state == "absent" or (late and not state and stay.state == "in")
    return Member(
        stay=stay.stay, person=stay.person, path=stay.path, name=stay.name, apart=tell_apart(person),
        phone=person.phone, since=stay.since, leave=stay.state == "leave", state=state, why=today.why if today else "",
        by=names.get(today.by, "") if today else "", reached=reached,
        caller=names.get(today.caller, "") if today else "", outcome=today.outcome if today else "",
        call=missing and not reached, missed=marked.count("absent"), of=len(marked),
    )  # fmt: skip


def day_before(day: dt.date) -> dt.date:
    """The weekday before this one."""
    before = day - dt.timedelta(days=1)
    while before.weekday() >= WEEKEND:
        before -= dt.timedelta(days=1)
    return before
