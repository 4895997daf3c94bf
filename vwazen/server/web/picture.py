"""What a chart shows, as plain values, and the same in words: a description and a table.

Nothing here draws. A score that is unknown is `value=None` and stays unknown everywhere.
"""

import math
from datetime import date
from typing import Literal

import msgspec
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vwazen.server.web.dates import day, long_day
from vwazen.server.web.svg import number

MANY = 14  # above this many points a description sums them up instead of reading them out


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A named range of scores, both ends inside it; `short` is for narrow charts."""

    label: str
    low: float
    high: float
    short: str = ""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One day's score.

    `value` None means not scored, and `note` says why ("not scored, 2 unanswered"). Where records of one day
    disagree, `conflict` holds every value and `value` is None: neither is chosen.
    """

    when: date
    value: float | None
    conflict: tuple[float, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and self.conflict:
            raise ValueError("A point has a value or a conflict, not both: give value=None with a conflict.")
        if not all(math.isfinite(v) for v in self.values):
            raise ValueError("A score must be a finite number; give value=None where there is none.")

    @property
    def values(self) -> tuple[float, ...]:
        """Every number on record for the day: none, one, or those in conflict."""
        return self.conflict or (() if self.value is None else (self.value,))

    @property
    def words(self) -> str:
        """The score as text: "14", "12 or 21", "not scored, 2 unanswered"."""
        return " or ".join(number(v) for v in self.values) or self.note or "not scored"


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in a lane; `end` None runs to today. `gap`: prescribed but not received."""

    start: date
    end: date | None
    label: str = ""
    short: str = ""
    kind: Literal["step", "given", "gap"] = "given"


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A moment in a lane. `held` False is a session that was planned and did not happen."""

    when: date
    held: bool = True
    kind: Literal["session", "review"] = "session"
    note: str = ""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A row beneath the chart: steps, sessions, a medicine or reviews, and its sum in words."""

    label: str
    summary: str = ""
    bars: tuple[Bar, ...] = ()
    ticks: tuple[Tick, ...] = ()


class Trajectory(msgspec.Struct, frozen=True, kw_only=True):
    """One person's scores on one instrument over time, with what was tried beneath.

    `low` and `high` are the ends of the instrument's range; left out, the bands' ends count, else the data's.
    `error` is the measurement error in points (a cited figure, or None: nothing is drawn).
    """

    title: str
    instrument: str
    points: tuple[Point, ...]
    start: date
    today: date
    bands: tuple[Band, ...] = ()
    target: float | None = None
    target_label: str = ""
    lanes: tuple[Lane, ...] = ()
    direction: Literal["lower-is-better", "higher-is-better"] = "lower-is-better"
    error: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def in_order(self) -> tuple[Point, ...]:
        """The points, oldest first."""
        return tuple(sorted(self.points, key=lambda p: p.when))

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest score the chart must hold."""
        values = [v for p in self.points for v in p.values] + ([] if self.target is None else [self.target])
        floor = [self.low] if self.low is not None else [b.low for b in self.bands] or [0.0]
        ceiling = [self.high] if self.high is not None else [b.high for b in self.bands] or [1.0]
        low, high = min(floor + values), max(ceiling + values)
        return low, high if high > low else low + 1

    def band(self, value: float) -> str:
        """The label of the highest band that begins at or below the value, or nothing."""
        reached = [b for b in self.bands if b.low <= value]
        return max(reached, key=lambda b: b.low).label if reached else ""


def heading(picture: Trajectory) -> str:
    """The chart's name: what, whose, from when to when."""
    first = min([picture.start, *(p.when for p in picture.points)])
    return f"{picture.title}, {long_day(first)} to {long_day(picture.today)}"


def _scores(picture: Trajectory) -> str:
    points = picture.in_order
    if not points:
        return "No score yet, which is not zero."
    if len(points) <= MANY:
        return "Scores: " + "; ".join(f"{long_day(p.when)} {p.words}" for p in points) + "."
    known = [p for p in points if p.value is not None]
    text = f"{len(points)} entries."
    if known:
        low, high = (f(known, key=lambda p: p.value or 0.0) for f in (min, max))
        named = {"First": known[0], "lowest": low, "highest": high, "last": known[-1]}
        text += " " + ", ".join(f"{k} {p.words} on {long_day(p.when)}" for k, p in named.items()) + "."
    unscored = sum(not p.values for p in points)
    disputed = sum(bool(p.conflict) for p in points)
    days = f"{disputed} day{'' if disputed == 1 else 's'} with values that disagree"
    return f"{text} {unscored} not scored. {days}. All are in the table."


def _lane(lane: Lane, today: date) -> str:
    if lane.summary:
        return f"{lane.label}: {lane.summary}."
    said = [f"{b.label or 'given'} from {day(b.start, today)}" for b in lane.bars]
    if lane.ticks:
        said.append(f"{sum(t.held for t in lane.ticks)} of {len(lane.ticks)} held")
    return f"{lane.label}: {', '.join(said) or 'nothing recorded'}."


def description(picture: Trajectory) -> str:
    """The chart in words, for those who do not see it."""
    said = [_scores(picture)]
    if picture.direction == "higher-is-better":
        said.append("Higher is better.")
    if picture.target is not None:
        said.append(f"{target_words(picture)[0]}.".capitalize())
    if picture.error is not None:
        said.append(f"Measurement error {number(picture.error)} points either way.")
    said += [_lane(lane, picture.today) for lane in picture.lanes]
    return " ".join(said)


def target_words(picture: Trajectory) -> tuple[str, str]:
    """The target in full, and short for where there is little room."""
    short = "" if picture.target is None else f"target {number(picture.target)}"
    return f"{short}, {picture.target_label}" if picture.target_label else short, short


def table(picture: Trajectory) -> SafeString:
    """The numbers of the chart as a table, newest first, to stand near it."""
    low, high = picture.range
    rows = [
        (
            day(p.when, picture.today),
            p.words,
            "two records of one day disagree" if p.conflict else picture.band(p.value) if p.value is not None else "",
            p.note if p.values else "",
        )
        for p in reversed(picture.in_order)
    ]
    body = format_html_join(
        "",
        '<tr><th scope="row" class="nowrap">{}</th><td class="num" data-l="score">{}</td><td>{}</td><td>{}</td></tr>',
        rows,
    )
    higher = ", higher is better" if picture.direction == "higher-is-better" else ""
    return format_html(
        '<table class="data fold"><caption>{}, {} to {}{}</caption><thead><tr><th scope="col">Date</th>'
        '<th scope="col" class="num">Score</th><th scope="col">Band</th><th scope="col">Note</th></tr></thead>'
        "<tbody>{}</tbody></table>",
        picture.instrument,
        number(low),
        number(high),
        higher,
        body,
    )
