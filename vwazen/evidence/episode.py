"""One row for each episode of care, open or over: what a count of many people needs to know of it.

Every value is read from the person's chart. What happened in a window is written as it stands if nothing more is
recorded, so a row goes stale with no midnight: whether a window is over yet is asked of the calendar, by `started`.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

import msgspec

from vwazen.clinical.chart import Chart, EpisodeView, Point
from vwazen.clinical.facts import Response
from vwazen.content.indicators import WINDOWS, Outcomes, Window
from vwazen.content.load import Content
from vwazen.content.model import Instrument

# What became of somebody in a window: scored there, best first; or not scored, and why not.
REMISSION, RESPONSE, BETTER, SAME, WORSE, SCORED = "remission", "response", "better", "same", "worse", "scored"
IN_CARE, UNMET, LOST, DIED, ENDED = "in_care", "unmet", "lost", "died", "ended"
TIERS = (REMISSION, RESPONSE, BETTER, SAME, WORSE)
MISSING = (IN_CARE, UNMET, LOST, DIED, ENDED)

# Whether a change can be judged at all: by lines of response and remission; by the smallest change that matters only;
# or not, because the start was too low for them, no score tells the start, or no score follows this condition.
JUDGED, CHANGE, LOW, UNSCORED, UNFOLLOWED = "judged", "change", "low", "unscored", "unfollowed"

_SEIZURES, _DAILY, _DAILY_ITEM = "seizures", "phq-9", "10"
_FEW, _TWO_DAYS, _DAY = 8, dt.timedelta(days=2), attrgetter("day")


class At(msgspec.Struct, frozen=True, kw_only=True):
    """One window: the fate, and the values nearest to its day (None: not known, which is not zero)."""

    fate: str
    score: float | None = None
    daily: float | None = None
    seizures: float | None = None


class EpisodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One episode. `at` holds one entry for each of `WINDOWS`; `daily` is PHQ-9's tenth answer (0 to 3).

    `contacts`: times the person was met, each counted in one episode only (the newest that was then open).
    `seen_again`: the first contact after the day of enrolment; `last_seen`: the newest while it was open.
    """

    episode: str
    site: str
    owner: str
    condition: str
    step: int
    gender: str
    age: int | None
    started: dt.date
    closed: dt.date | None
    outcome: str
    instrument: str
    base: str
    first: float | None
    best: float | None
    last: float | None
    last_day: dt.date | None
    daily: float | None
    seizures: float | None
    at: tuple[At, ...]
    contacts: int
    seen_again: dt.date | None
    last_seen: dt.date | None


def episode_rows(chart: Chart, content: Content) -> tuple[EpisodeRow, ...]:
    """The rows of one person, in the order of their episodes; none for someone merged into another."""
    if chart.merged_into:
        return ()
    rules = content.get(Outcomes, "outcomes")
    # Whether the person themself was met: a talk between colleagues is not that.
    met = [fact.occurred[:10] for fact, body in chart.encounters if body.outcome == "seen" and body.mode != "curbside"]
    met.sort()
    counted = _counted(chart.episodes, met)
    return tuple(_row(chart, one, content, rules, met, many) for one, many in zip(chart.episodes, counted, strict=True))


def judge(instrument: Instrument, first: float, now: float) -> str:
    """The tier of a change, from the instrument's published lines. Where it has none of response, only what they say.

    Remission counts only where the fall is a response too. `scored`: no line tells anything.
    """
    change = instrument.change
    sign = -1 if instrument.direction == "high-is-better" else 1
    fall = sign * (first - now)
    halved = change.response.value is not None and first > 0 and fall >= change.response.value * first
    line = change.remission.value if instrument.direction == "high-is-worse" else None
    if halved:
        return REMISSION if line is not None and now < line else RESPONSE
    if change.meaningful.value is None:
        return SCORED
    if fall >= change.meaningful.value:
        return BETTER
    return WORSE if fall <= -change.meaningful.value else SAME


def _counted(episodes: Sequence[EpisodeView], met: Sequence[str]) -> list[int]:
    """Contacts of each episode. `met`: their days in order, as facts write them, which sort as days do."""
    found = [0] * len(episodes)
    for n in sorted(range(len(episodes)), key=lambda n: (episodes[n].started, n), reverse=True):
        first, end = _while(episodes[n], met)
        found[n] = end - first
        met = [*met[:first], *met[end:]]
    return found


def _while(one: EpisodeView, met: Sequence[str]) -> tuple[int, int]:
    """Where the days of an episode begin and end among these."""
    return bisect_left(met, str(one.started)), bisect_right(met, str(one.closed)) if one.closed else len(met)


def _row(
    chart: Chart, one: EpisodeView, content: Content, rules: Outcomes, met: Sequence[str], contacts: int
) -> EpisodeRow:
    first, end = _while(one, met)
    here = met[first:end]
    again = bisect_right(here, str(one.started))
    instrument = content.instrument(one.instrument) if one.instrument else None
    begun = one.started + dt.timedelta(days=rules.baseline_until_day)
    baseline = one.baseline if one.baseline and one.baseline.day <= begun else None
    who = chart.registration
    born = who.born[:4] if who else ""
    return EpisodeRow(
        episode=one.id, site=one.site, owner=one.owner, condition=one.condition, step=one.step,
        gender=who.gender if who else "unknown",
        age=max(0, one.started.year - int(born)) if born.isdigit() else None,
        started=one.started, closed=one.closed, outcome=one.outcome, instrument=one.instrument,
        base=_base(one, baseline, instrument),
        first=one.first if baseline else None, best=one.best.high if one.best else None,
        last=one.last.high if one.last else None, last_day=one.last.day if one.last else None,
        daily=_daily(baseline) if baseline else None,
        seizures=_near_start(chart, one, rules),
        at=tuple(_at(chart, one, window, baseline, instrument, here) for window in _windows(rules)),
        contacts=contacts, seen_again=dt.date.fromisoformat(here[again]) if again < len(here) else None,
        last_seen=dt.date.fromisoformat(here[-1]) if here else None,
    )  # fmt: skip


def _windows(rules: Outcomes) -> Iterator[Window]:
    by_id = {one.id: one for one in rules.windows}
    yield from (by_id[id] for id in WINDOWS)


def _base(one: EpisodeView, baseline: Point | None, instrument: Instrument | None) -> str:
    if instrument is None:
        return UNFOLLOWED
    if baseline is None:
        return UNSCORED
    if one.counts is False:
        return LOW
    change = instrument.change
    return JUDGED if change.response.value is not None and change.remission.value is not None else CHANGE


def _at(
    chart: Chart, one: EpisodeView, window: Window, baseline: Point | None, instrument: Instrument | None,
    met: Sequence[str],
) -> At:  # fmt: skip
    found = _nearest(_points(chart, one.instrument), one, window, after=baseline.day if baseline else None)
    daily = _nearest(_points(chart, _DAILY), one, window, usable=_told_daily)
    counted = _nearest(_points(chart, _SEIZURES), one, window)
    values = {"daily": _daily(daily) if daily else None, "seizures": max(counted.values) if counted else None}
    if found is None or instrument is None:
        return At(fate=_missing(one, window, met), **values)
    now = (min if instrument.direction == "high-is-better" else max)(found.values)
    fate = judge(instrument, one.first, now) if baseline and one.first is not None and one.counts else SCORED
    return At(fate=fate, score=now, **values)


def _points(chart: Chart, instrument: str) -> Sequence[Point]:
    series = chart.series.get(instrument)
    return series.points if series else ()


def _nearest(
    points: Sequence[Point], one: EpisodeView, window: Window, *, after: dt.date | None = None,
    usable: Callable[[Point], object] = lambda point: point.values,
) -> Point | None:  # fmt: skip
    """The point nearest to the window's day, inside the window and the episode; of two as near the later."""
    target, reach = one.started + dt.timedelta(days=window.day), dt.timedelta(days=window.either_side)
    first, last = target - reach, target + reach
    last = min(last, one.closed) if one.closed else last
    inside = [
        p for p in _about(points, first, last) if first <= p.day <= last and usable(p)
        and (after is None or p.day > after)
    ]  # fmt: skip
    return min(inside, key=lambda point: (abs((point.day - target).days), -point.day.toordinal()), default=None)


def _about(points: Sequence[Point], first: dt.date, last: dt.date) -> Sequence[Point]:
    """Those between two days, and few more. Points stand in the order of their instants; the day where somebody was
    is at most one before or after the one in UTC, so that of days two apart the order is that of the instants."""
    if len(points) < _FEW:
        return points
    begin = bisect_left(points, first - _TWO_DAYS, key=_DAY)
    return points[begin : bisect_right(points, last + _TWO_DAYS, lo=begin, key=_DAY)]


def _near_start(chart: Chart, one: EpisodeView, rules: Outcomes) -> float | None:
    """Seizures counted at the start: the count nearest to the enrolment, the worse of two that contradict."""
    reach = rules.baseline_until_day
    near = [p for p in _points(chart, _SEIZURES) if p.values and abs((p.day - one.started).days) <= reach]
    first = min(near, key=lambda point: (abs((point.day - one.started).days), point.day), default=None)
    return max(first.values) if first else None


def _daily(point: Point) -> float | None:
    body = point.fact.body
    return body.answers.get(_DAILY_ITEM) if isinstance(body, Response) else None


def _told_daily(point: Point) -> bool:
    return _daily(point) is not None


def _missing(one: EpisodeView, window: Window, met: Sequence[str]) -> str:
    """Why there is no score: how care stands when the window closes, and whether the person was met in it."""
    closes = one.started + dt.timedelta(days=window.closes)
    if one.closed is not None and one.closed <= closes:
        return {"died": DIED, "lost": LOST}.get(one.outcome, ENDED)
    opens, until = str(one.started + dt.timedelta(days=window.opens)), str(closes)
    return IN_CARE if bisect_left(met, opens) < bisect_right(met, until) else UNMET
