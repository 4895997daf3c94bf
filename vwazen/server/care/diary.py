"""The diary: how many people come on which day of the coming weeks, and how many a day holds.

Capacity is what a worker declared for their people a week, over five working days, at 20 minutes a follow-up. Where
nothing is declared, nothing is known of it, and no day is called full.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from vwazen.server.care import caselist, waiting
from vwazen.server.care.waiting import Where
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store

WEEKS = 4
WORKING_DAYS = 5  # our default; a country's week may differ
FOLLOW_UP = 20  # minutes of a nurse's follow-up (10 to 30): assumed, epidemiology notes, section 11
A_PAGE = 50


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day: how many people have it as their next date. `capacity` None: not declared."""

    day: dt.date
    many: int
    capacity: int | None

    @property
    def over(self) -> bool:
        """More people than the declared time holds."""
        return self.capacity is not None and self.many > self.capacity

    @property
    def free(self) -> bool:
        """A weekend, on which our default expects nobody."""
        return self.day.weekday() >= WORKING_DAYS


class Diary(msgspec.Struct, frozen=True, kw_only=True):
    """`weeks` from this week's Monday on; `late` people whose date has passed, `without` those who have none."""

    weeks: tuple[tuple[Day, ...], ...]
    late: int
    without: int
    capacity: int | None


def capacity(minutes: int | None) -> int | None:
    """People a working day holds, from the minutes a week; None where none are declared."""
    return None if minutes is None else minutes // (WORKING_DAYS * FOLLOW_UP)


def of_worker(owner: Worker) -> int | None:
    """The same for one worker. A specialist's minutes are for case review and say nothing of the diary."""
    return None if owner.can("review") else capacity(owner.minutes_per_week)


def loads(owners: Sequence[str], first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Day -> people of these workers whose next date it is, for the days that have any."""
    if not owners:
        return {}
    rows = store.select(
        "SELECT next_date, count(DISTINCT person) FROM record_caseload "  # noqa: S608
        f"WHERE owner IN ({store.marks(owners)}) AND next_date BETWEEN %s AND %s GROUP BY next_date",
        [*owners, first, last],
    )
    return {caselist.day_of(day): int(str(many)) for day, many in rows}


def read(place: Where, owners: Sequence[str] | None, holds: int | None, today: dt.date) -> Diary:
    """The coming weeks of these workers (None: everyone) at these places. One statement, of one index."""
    start = today - dt.timedelta(days=today.weekday())
    days = [start + dt.timedelta(days=number) for number in range(7 * WEEKS)]
    condition, values = _where(place, owners)
    each = "count(DISTINCT person)" if owners is not None else place.people
    select = f"SELECT next_date, {each} FROM record_caseload WHERE {condition} AND episode <> ''"  # noqa: S608
    rows = store.select(
        f"{select} AND next_date <= %s GROUP BY next_date UNION ALL {select} AND next_date IS NULL GROUP BY next_date",
        [*values, days[-1], *values],
    )
    many = {caselist.day_of(day) if day else None: int(str(count)) for day, count in rows}
    made = [Day(day=day, many=many.get(day, 0) if day >= today else 0, capacity=holds) for day in days]
    return Diary(
        weeks=tuple(tuple(made[week * 7 : week * 7 + 7]) for week in range(WEEKS)),
        late=sum(count for day, count in many.items() if day and day < today), without=many.get(None, 0),
        capacity=holds,
    )  # fmt: skip


def people_on(place: Where, owners: Sequence[str] | None, day: dt.date, after: str) -> list[tuple[str, str]]:
    """(row, person) of whoever has this day as next date, in the order of the rows; one more than a page."""
    condition, values = _where(place, owners)
    rows = store.select(
        f"SELECT id, person FROM record_caseload WHERE {condition} AND next_date = %s AND episode <> '' AND id > %s "  # noqa: S608
        f"ORDER BY id LIMIT {A_PAGE + 1}",
        [*values, day, after],
    )
    return [(str(row), str(person)) for row, person in rows]


def _where(place: Where, owners: Sequence[str] | None) -> tuple[str, list[object]]:
    condition, values = waiting.inside(place, "path")
    if owners is not None:
        return f"owner IN ({store.marks(owners)}) AND {condition}", [*owners, *values]
    return condition, values
