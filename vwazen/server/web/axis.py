"""Where the marks of a time axis go, and what they say."""

from datetime import date, timedelta
from typing import NamedTuple

from django.utils.dateformat import format as formatted

from vwazen.server.web.picture import Trajectory
from vwazen.server.web.svg import number

MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)


class Mark(NamedTuple):
    """A tick of the time axis."""

    when: date
    label: str


def _weeks(start: date, first: date, last: date, most: int) -> tuple[date, date, list[Mark]]:
    from_week = (first - start).days // 7
    to_week = max(-((start - last).days // 7), from_week + 4)
    step = next(s for s in (1, 2, 4, 8) if (to_week - from_week) / s <= most)
    from_week = from_week // step * step
    to_week = -(-to_week // step) * step
    weeks = range(from_week, to_week + 1, step)
    marks = [Mark(start + timedelta(weeks=w), "week 0" if w == 0 else number(w)) for w in weeks]
    return marks[0].when, marks[-1].when, marks


def _months(first: date, last: date, most: int) -> tuple[date, date, list[Mark]]:
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    step = next((s for s in MONTH_STEPS if (end - begin) / s <= most), MONTH_STEPS[-1])
    marks: list[Mark] = []
    for month in range(-(-(begin + 1) // step) * step, end + 1, step):
        when = date(month // 12, month % 12 + 1, 1)
        year_too = step >= 12 or not marks or when.month == 1
        marks.append(Mark(when, formatted(when, "Y" if step >= 12 else "M Y" if year_too else "M")))
    return first, last, marks


def time_axis(picture: Trajectory, most: int) -> tuple[date, date, list[Mark]]:
    """First and last day shown and at most `most` + 1 marks: weeks since the start up to 26, then months or years."""
    days = [picture.start, picture.today, *(p.when for p in picture.points)]
    first, last = min(days), max(days)
    if (last - first).days <= 26 * 7:
        return _weeks(picture.start, first, last, most)
    return _months(first, last, most)
