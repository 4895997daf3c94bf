"""Scores as tables: every answer set of each instrument, newest first, with its source and what disagrees."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from vwazen.clinical.chart import Chart, Point, Series
from vwazen.clinical.facts import Response
from vwazen.server.care.entries import told_by, total_words
from vwazen.server.care.pictures import instrument_of
from vwazen.server.care.words import safety_words

SHOWN = 6  # of each instrument; the page offers the rest


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One of several records of the same moment that contradict each other."""

    fact: str
    words: str
    who: str


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """One answer set. `total` None: `words` says why. `stated` is the source's own total where it differs from ours."""

    fact: str
    day: dt.date
    total: float | None
    words: str
    band: str
    safety: str
    alert: bool
    who: str
    stated: float | None
    repeated: int
    conflict: tuple[Told, ...]
    total_only: bool
    remarks: tuple[str, ...]


class ScoreTable(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument's rows, newest first; `more` is how many older ones are not shown."""

    instrument: str
    name: str
    title: str
    asks_safety: bool
    rows: tuple[ScoreRow, ...]
    more: int


def tables(chart: Chart, names: Mapping[str, str], *, everything: bool) -> list[ScoreTable]:
    """A table for each instrument ever answered; first those that open episodes follow, then the newest."""
    followed = [episode.instrument for episode in chart.open_episodes]
    order = sorted(
        chart.series.values(),
        key=lambda one: (one.instrument not in followed, -one.points[-1].day.toordinal(), one.instrument),
    )
    return [_table(one, names, len(one.points) if everything else SHOWN) for one in order]


def _table(series: Series, names: Mapping[str, str], most: int) -> ScoreTable:
    known = instrument_of(series.instrument, series.version)
    points = list(reversed(series.points))
    return ScoreTable(
        instrument=series.instrument, name=known.name if known else series.instrument,
        title=known.title if known else "This instrument is not installed here",
        asks_safety=bool(known and known.safety), rows=tuple(_row(point, names) for point in points[:most]),
        more=max(0, len(points) - most),
    )  # fmt: skip


def _row(point: Point, names: Mapping[str, str]) -> ScoreRow:
    body = point.fact.body
    known = instrument_of(body.instrument, body.version) if isinstance(body, Response) else None
    safety = safety_words(known, body) if isinstance(body, Response) else ""
    return ScoreRow(
        fact=point.fact.id, day=point.day, total=point.total, words=point.words,
        band=point.scored.band or point.scored.outcome or "", safety=safety,
        alert=point.scored.safety == "positive", who=told_by(point.fact, names),
        stated=point.stated if point.differs else None, repeated=point.repeated,
        conflict=tuple(Told(fact=one.id, words=total_words(one), who=told_by(one, names)) for one in point.conflict),
        total_only=point.scored.total_only,
        remarks=point.scored.remarks,
    )  # fmt: skip
