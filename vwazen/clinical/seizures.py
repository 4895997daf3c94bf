"""A seizure diary in figures: the course of the counts, and for how long none came, as far as somebody asked."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Point

EVERY = 30  # days over which a count is told, where nothing else was said


class Diary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts are seizures in 30 days. `change` is (last - first) / first; None where either is unknown or first is 0.

    `last_seizure` is the newest day of a single one on record. `free_days` counts to the last day on which somebody
    asked, not to today: what nobody asked is not known. None where the newest word is a seizure, or nothing is known.
    """

    first: Point | None
    last: Point | None
    change: float | None
    last_seizure: dt.date | None
    days: tuple[tuple[dt.date, float | None], ...]
    free_days: int | None
    asked_on: dt.date | None


def diary(one: Chart) -> Diary | None:
    """The diary of a person of whom seizures were counted or written down; else None."""
    series = one.series.get("seizures")
    counted = [point for point in series.points if point.total is not None] if series else []
    days = tuple((fact.day, body.value) for fact, body in one.measured.get("seizure", ()))
    if not series and not days:
        return None
    first, last = (counted[0], counted[-1]) if counted else (None, None)
    change = None
    if first and last and first is not last and first.total and last.total is not None:
        change = (last.total - first.total) / first.total
    single = max((day for day, value in days if value is None or value > 0), default=None)
    asked = series.points[-1].day if series else None
    return Diary(
        first=first, last=last, change=change, last_seizure=single, days=days,
        free_days=_free(counted, single, last_asked=asked), asked_on=asked,
    )  # fmt: skip


def _free(counted: Sequence[Point], single: dt.date | None, last_asked: dt.date | None) -> int | None:
    """Days without a seizure up to the newest count, over counts of none that leave no gap between them."""
    if not counted or counted[-1].total != 0 or counted[-1].day != last_asked:
        return None
    end = counted[-1].day
    start = end
    for point in reversed(counted):
        if point.total != 0 or point.day < start:
            break
        start = min(start, point.day - dt.timedelta(days=_over(point)))
    if single is not None:
        if single > end:
            return None
        start = max(start, single)
    return (end - start).days


def _over(point: Point) -> int:
    """The days over which it was counted: the second item of the instrument."""
    body = point.fact.body
    return int(body.answers.get("2", EVERY)) if isinstance(body, f.Response) else EVERY
