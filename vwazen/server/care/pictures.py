"""From a chart to what the drawings of `web` take: a course with what was received beneath it, and a list's spark.

Nothing is worked out here that the chart does not know; unknown stays unknown.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from vwazen.clinical.chart import Chart, EpisodeView, Medicine, Series
from vwazen.clinical.chart import Point as ScorePoint
from vwazen.clinical.facts import Dispense, Fact, MedicineStopped, Treatment
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.server.care import words
from vwazen.server.web.picture import Band, Bar, Lane, Point, Tick, Trajectory

SHOWN = 60  # points on one picture; earlier ones stand in the table
SHORT_LABEL = 22  # longer names of treatments are cut on a lane, and stand in full in the table beside it


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How a row's scores are drawn: on which scale, as a line or as bars, and what is tinted as good."""

    title: str
    lo: float
    hi: float
    kind: Literal["line", "bars"]
    good: tuple[float, float] | None
    response: float | None


def instrument_of(name: str, version: int | None = None) -> Instrument | None:
    """The instrument, or None where no installed pack holds it."""
    try:
        return content().instrument(name, version)
    except LookupError:
        return None


@lru_cache(maxsize=256)
def scale(name: str) -> Scale | None:
    """The scale of an instrument; None for one that is not installed."""
    known = instrument_of(name)
    if known is None:
        return None
    low = float(known.range.low) if known.range else 0.0
    top = known.range.high if known.range else None
    remission = known.change.remission.value
    worse_high = known.direction == "high-is-worse"
    return Scale(
        title=known.name, lo=low, hi=float(top) if top is not None else low + 10.0,
        kind="bars" if known.form == "count" else "line",
        good=(low, remission) if worse_high and remission else None,
        response=known.change.response.value if worse_high else None,
    )  # fmt: skip


def course(chart: Chart, episode: EpisodeView, today: dt.date) -> Trajectory | None:
    """The picture of one episode: its instrument from the baseline on, and what was tried. None without one."""
    known = instrument_of(episode.instrument) if episode.instrument else None
    if known is None:
        return None
    series = chart.series.get(known.id)
    points = _points(_inside(series, episode))
    target, words = _target(known, episode)
    return Trajectory(
        title=f"{known.name} of {chart.name}", instrument=known.name, bands=bands(known), points=points,
        target=target, target_label=words, start=episode.started, today=today, lanes=lanes(chart, episode, today),
        direction="higher-is-better" if known.direction == "high-is-better" else "lower-is-better",
        low=known.range.low if known.range else None, high=known.range.high if known.range else None,
    )  # fmt: skip


def plain_course(chart: Chart, series: Series, today: dt.date) -> Trajectory | None:
    """The picture of one instrument for someone who is not enrolled for it: no target, nothing beneath."""
    known = instrument_of(series.instrument)
    if known is None or not series.points:
        return None
    points = series.points[-SHOWN:]
    return Trajectory(
        title=f"{known.name} of {chart.name}", instrument=known.name, bands=bands(known), points=_points(points),
        start=points[0].day, today=today,
        direction="higher-is-better" if known.direction == "high-is-better" else "lower-is-better",
        low=known.range.low if known.range else None, high=known.range.high if known.range else None,
    )  # fmt: skip


def bands(known: Instrument) -> tuple[Band, ...]:
    """The instrument's bands, with a short name where the long one is two words."""
    return tuple(
        Band(label=one.name, low=one.low, high=one.high, short=one.name.replace("moderately ", "mod. "))
        for one in known.bands
    )


def _inside(series: Series | None, episode: EpisodeView) -> tuple[ScorePoint, ...]:
    if series is None:
        return ()
    begin = min(episode.started, episode.baseline.day) if episode.baseline else episode.started
    found = [p for p in series.points if p.day >= begin and (episode.closed is None or p.day <= episode.closed)]
    return tuple(found[-SHOWN:])


def _points(points: Iterable[ScorePoint]) -> tuple[Point, ...]:
    return tuple(
        Point(when=p.day, value=p.total, conflict=p.values) if p.conflict
        else Point(when=p.day, value=p.total, note="" if p.total is not None else p.words)
        for p in points
    )  # fmt: skip


def _target(known: Instrument, episode: EpisodeView) -> tuple[float | None, str]:
    """What a response would be, where it means anything: the share of the first score by which it must fall."""
    share = known.change.response.value
    if episode.baseline is None or share is None or episode.state == "below_baseline":
        return None, ""
    if known.direction != "high-is-worse" or len(episode.baseline.values) != 1:
        return None, ""
    words = "half of the first score" if share == 0.5 else f"{100 * share:.0f} % below the first score"
    return episode.baseline.values[0] * (1 - share), words


def lanes(chart: Chart, episode: EpisodeView, today: dt.date) -> tuple[Lane, ...]:
    """Steps, then each treatment that was received or missed, then reviews."""
    return (_steps(episode, today), *_treatments(chart, episode, today), *_reviews(chart, episode))


def _steps(episode: EpisodeView, today: dt.date) -> Lane:
    moves = episode.steps
    ends = [*(day for day, _ in moves[1:]), episode.closed]
    bars = tuple(
        Bar(start=day, end=end, label=f"Step {step}", short=str(step), kind="step")
        for (day, step), end in zip(moves, ends, strict=True)
    )
    until = episode.closed or today
    weeks = (until - episode.step_since).days // 7
    return Lane(label="Step", summary=f"{weeks} week{'' if weeks == 1 else 's'} in step {episode.step}", bars=bars)


def _treatments(chart: Chart, episode: EpisodeView, today: dt.date) -> list[Lane]:
    until = episode.closed or today
    found = []
    for name, every in by_name(chart).items():
        events = [(fact, body) for fact, body in every if episode.started <= fact.day <= until]
        if events:
            found.append(_treatment(name, events, until))
    return found


def by_name(chart: Chart, form: str = "") -> dict[str, list[tuple[Fact, Treatment]]]:
    """What was tried, by name, each with what happened, oldest first: treatments, and medicines as they were given.

    `form` leaves out all but one kind.
    """
    every = [*chart.treatments, *(event for one in chart.medicines for event in _events(one))]
    found: dict[str, list[tuple[Fact, Treatment]]] = {}
    for fact, body in sorted(every, key=lambda pair: (pair[0].day, pair[0].id)):
        if form in ("", body.form):
            found.setdefault(body.name, []).append((fact, body))
    return found


def _events(one: Medicine) -> Iterable[tuple[Fact, Treatment]]:
    """A medicine prescribed here, as what happened to it."""
    body = one.prescription
    dose = body.strength or body.dose

    def event(
        what: Literal["started", "given", "gap", "stopped"], days: int | None = None, note: str = ""
    ) -> Treatment:  # fmt: skip
        return Treatment(name=body.name, form="medicine", event=what, dose=dose, days=days, note=note)

    yield (one.before[0] if one.before else one.fact), event("started")
    for fact in one.dispensed:
        handed = fact.body
        if isinstance(handed, Dispense):
            note = words.WHY_NOT[handed.why] if handed.why else ""
            lasts = handed.days if handed.days is not None else body.every_days
            yield fact, event("gap", None, note) if handed.given == "none" else event("given", lasts, note)
    if one.ended is not None and isinstance(one.ended.body, MedicineStopped):
        yield one.ended, event("stopped", None, words.STOPS[one.ended.body.reason])


def _treatment(name: str, events: Sequence[tuple[Fact, Treatment]], until: dt.date) -> Lane:
    label = name if len(name) <= SHORT_LABEL else f"{name[:SHORT_LABEL].rstrip()}…"
    ticks = tuple(
        Tick(when=fact.day, held=body.event == "session", note=body.note)
        for fact, body in events
        if body.event in ("session", "missed")
    )
    return Lane(label=label, summary=received(events, until), bars=tuple(_bars(events, until)), ticks=ticks)


def _bars(events: Sequence[tuple[Fact, Treatment]], until: dt.date) -> Iterable[Bar]:
    """Days covered by what was given, and gaps: until the next thing given, the stop, or today."""
    for index, (fact, body) in enumerate(events):
        later = next((f.day for f, b in events[index + 1 :] if b.event in ("given", "stopped")), until)
        if body.event == "given" and body.days:
            end = min(fact.day + dt.timedelta(days=body.days), until)
            yield Bar(start=fact.day, end=end, label=body.dose or "given", short=body.dose)
        elif body.event == "gap":
            end = min(fact.day + dt.timedelta(days=body.days), until) if body.days else later
            yield Bar(start=fact.day, end=end, label=body.note or "not received", short="gap", kind="gap")


def received(events: Sequence[tuple[Fact, Treatment]], until: dt.date) -> str:
    """What arrived, in words: "4 of 5 sessions", "23 of 35 days"; or what is not known."""
    held = sum(body.event == "session" for _, body in events)
    missed = sum(body.event == "missed" for _, body in events)
    if held or missed:
        return f"{held} of {held + missed} session{'' if held + missed == 1 else 's'}"
    given = [(fact.day, body.days) for fact, body in events if body.event == "given"]
    stopped = [fact.day for fact, body in events if body.event == "stopped"]
    if not given:
        return "received: not recorded"
    if any(days is None for _, days in given):
        return f"given {len(given)} time{'' if len(given) == 1 else 's'}, for how long is not recorded"
    end = max(min([*stopped, until]), given[0][0])
    covered = {
        day + dt.timedelta(days=n) for day, days in given for n in range(days or 0) if day + dt.timedelta(days=n) < end
    }
    total = (end - given[0][0]).days
    return f"{len(covered)} of {words.many(total, 'day')}" if total else "given today"


def _reviews(chart: Chart, episode: EpisodeView) -> list[Lane]:
    days = [one.fact.day for one in chart.advice if one.recommendation.episode == episode.id]
    if not days:
        return []
    ticks = tuple(Tick(when=day, kind="review") for day in days)
    return [Lane(label="Review", summary=f"{len(days)} by a specialist", ticks=ticks)]
