"""Episodes over years: which one this is, which ended illness has come back, and what was decided and until when."""

import datetime as dt

import msgspec

from vwazen.clinical.chart import Chart, EpisodeView, Point
from vwazen.clinical.facts import Decision, Fact, Triage, instant
from vwazen.content.load import Content
from vwazen.content.rules import Protocol

ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
FALLBACK_DAYS = 28


class Relapse(msgspec.Struct, frozen=True, kw_only=True):
    """Care for a condition had ended, and a score since reaches the line from which its protocol speaks of relapse.

    `again`: somebody decided not now, and named this day to look again.
    """

    episode: EpisodeView
    point: Point
    line: float
    again: dt.date | None = None


def illness(chart: Chart, episode: EpisodeView) -> tuple[int, int]:
    """Which episode of this illness it is, counted from 1, and the year in which the first one known here began.

    A transfer begins no new one: care went on elsewhere.
    """
    same = [one for one in chart.episodes if one.condition == episode.condition and one.started <= episode.started]
    earlier = {one.origin for one in same if one.id != episode.id} - {episode.origin}
    first = min((one.origin for one in same), default=episode.origin)
    return len(earlier) + 1, first.year


def illness_words(chart: Chart, episode: EpisodeView) -> str:
    """'third episode since 2021'; "" for the only one known."""
    number, year = illness(chart, episode)
    if number == 1:
        return ""
    return f"{ORDINALS[number] if number < len(ORDINALS) else f'{number}th'} episode since {year}"


def ended(chart: Chart) -> tuple[EpisodeView, ...]:
    """Of each condition that nobody treats now, the last episode, the one ended last first. None for the dead."""
    if chart.died:
        return ()
    open_now = {one.condition for one in chart.open_episodes}
    last = {one.condition: one for one in chart.episodes if one.condition not in open_now}
    return tuple(sorted(last.values(), key=lambda one: (one.closed or one.started, one.id), reverse=True))


def relapses(chart: Chart, content: Content) -> tuple[Relapse, ...]:
    """Conditions whose care has ended and whose newest score since then reaches the protocol's line of relapse.

    A decision not to enrol, made after that score, settles it, unless it was to look again, at once or on a day.
    """
    found = []
    for episode in ended(chart):
        line = _line(episode, content)
        series = chart.series.get(episode.instrument)
        since = [p for p in series.points if p.high is not None and _after(p, episode)] if series else []
        if line is None or not since or (since[-1].high or 0) < line:
            continue
        decision = _decision(chart.triage, since[-1])
        if decision is None or decision.decision == "again":
            found.append(Relapse(episode=episode, point=since[-1], line=line))
        elif decision.until:
            again = dt.date.fromisoformat(decision.until)
            found.append(Relapse(episode=episode, point=since[-1], line=line, again=again))
    return tuple(found)


def _line(episode: EpisodeView, content: Content) -> float | None:
    try:
        protocol = content.get(Protocol, episode.protocol, episode.protocol_version)
    except LookupError:
        return None
    return protocol.relapse_at_least.get(episode.instrument)


def _after(point: Point, episode: EpisodeView) -> bool:
    return episode.closed is not None and point.day > episode.closed


def _decision(triage: Fact | None, point: Point) -> Triage | None:
    """What was decided about enrolling, where that was after the score."""
    if triage is None or not isinstance(triage.body, Triage):
        return None
    return triage.body if instant(triage.occurred) >= instant(point.fact.occurred) else None


def decided(chart: Chart, episode: EpisodeView, proposal: str) -> tuple[Fact, Decision] | None:
    """The newest decision about a proposal in this episode."""
    about = [pair for pair in chart.decisions if pair[1].proposal == proposal and pair[1].episode in episode.ids]
    return about[-1] if about else None


def quiet_until(chart: Chart, episode: EpisodeView, proposal: str, content: Content) -> dt.date | None:
    """The day from which a decided proposal may be made again: the one named, else after the measuring interval."""
    newest = decided(chart, episode, proposal)
    if newest is None:
        return None
    fact, decision = newest
    if decision.until:
        return dt.date.fromisoformat(decision.until)
    return fact.day + dt.timedelta(days=interval(episode, content))


def interval(episode: EpisodeView, content: Content) -> int:
    """How often the protocol measures in this step, in days: until then a decision has had no chance to show."""
    try:
        protocol = content.get(Protocol, episode.protocol, episode.protocol_version)
    except LookupError:
        return FALLBACK_DAYS
    return protocol.step(episode.step).measure_every_days
