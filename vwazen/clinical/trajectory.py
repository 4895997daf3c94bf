"""Where an episode stands: baseline, best, last, and what the change is worth.

Response and remission mean nothing below the protocol's baseline, and are then not said. One score
proves no change, so each change carries the instrument's smallest meaningful difference. Remission is
never said while a safety answer is positive or unknown and nobody has asked.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import EpisodeView, Point, Risk, Series, State
from vwazen.clinical.live import Entry, Live
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.content.rules import Protocol


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What the scores of one episode amount to; see `EpisodeView` for the fields."""

    baseline: Point | None = None
    best: Point | None = None
    last: Point | None = None
    newest: Point | None = None
    fall: float | None = None
    fall_percent: float | None = None
    rise: float | None = None
    error: float | None = None
    reliable: bool | None = None
    state: State = "no_baseline"
    words: str = "no score yet"
    relapsed: bool = False


def fold_episodes(
    alive: Live, content: Content, series: Mapping[str, Series], risks: Sequence[Risk], historical: bool,
    died: dt.date | None,
) -> tuple[EpisodeView, ...]:  # fmt: skip
    """Every episode, oldest first; a death closes what is open."""
    steps: dict[str, list[Entry[f.Step]]] = {}
    closes: dict[str, Entry[f.Close]] = {}
    for step in alive.of(f.Step):
        steps.setdefault(alive.root.get(step.body.episode, step.body.episode), []).append(step)
    for closing in alive.of(f.Close):
        closes.setdefault(alive.root.get(closing.body.episode, closing.body.episode), closing)
    owners = alive.of(f.Owner)
    views = []
    for entry in alive.of(f.Episode):
        body = entry.body
        close = closes.get(entry.id)
        closed = close.fact.day if close else died
        outcome = close.body.outcome if close else "died" if died else ""
        moves = [(entry.fact.day, body.step)]
        moves += [(one.fact.day, one.body.step) for one in steps.get(entry.id, ())]
        later = [one.body.owner for one in owners if one.at >= entry.at]
        protocol = _protocol(content, body)
        followed = protocol.followed(body.condition) if protocol else None
        course = Course()
        if protocol and followed:
            points = series[followed.instrument].points if followed.instrument in series else ()
            course = follow(
                content.instrument(followed.instrument), protocol, body.condition, points, entry.fact.day, closed,
                risks, historical,
            )  # fmt: skip
        views.append(
            EpisodeView(
                id=entry.id, fact=entry.fact, protocol=body.protocol, protocol_version=body.protocol_version,
                condition=body.condition, started=entry.fact.day, step=moves[-1][1], step_since=moves[-1][0],
                steps=tuple(moves), owner=later[-1] if later else body.owner, site=entry.fact.site, closed=closed,
                outcome=outcome, instrument=followed.instrument if followed else "",
                **{name: getattr(course, name) for name in Course.__struct_fields__},
            )
        )  # fmt: skip
    return tuple(views)


def _protocol(content: Content, body: f.Episode) -> Protocol | None:
    try:
        return content.get(Protocol, body.protocol, body.protocol_version)
    except LookupError:
        return None


def _worst(point: Point, worse_high: bool) -> float:
    """The value that says the most illness, where two answers contradict each other."""
    return max(point.values) if worse_high else min(point.values)


def follow(
    instrument: Instrument, protocol: Protocol, condition: str, points: Sequence[Point], started: dt.date,
    closed: dt.date | None, risks: Sequence[Risk], historical: bool,
) -> Course:  # fmt: skip
    """The course of one episode from its points. Points after its closing belong to no one."""
    window = started - dt.timedelta(days=protocol.baseline_within_days)
    inside = [p for p in points if p.day >= window and (closed is None or p.day <= closed)]
    valued = [p for p in inside if p.values]
    newest = inside[-1] if inside else None
    error = instrument.change.meaningful.value
    if not valued:
        words = newest.words if newest else f"no {instrument.name} yet"
        return Course(newest=newest, error=error, state="not_scored" if newest else "no_baseline", words=words)
    before = [p for p in valued if p.day <= started]
    baseline = before[-1] if before else valued[0]
    course = [p for p in valued if p is baseline or p.day > baseline.day or p.day > started]
    worse_high = instrument.direction != "high-is-better"
    sign = 1 if worse_high else -1
    # The baseline of a contradiction is its least ill value and the last its worst: no fall is invented.
    first = min(baseline.values) if worse_high else max(baseline.values)
    last_point = course[-1]
    last = _worst(last_point, worse_high)
    best_point = min(course, key=lambda p: sign * _worst(p, worse_high))
    fall = sign * (first - last)
    percent = 100 * fall / first if first else None
    rise = sign * (last - _worst(best_point, worse_high))
    reliable_points = instrument.change.reliable.value
    partial = Course(
        baseline=baseline, best=best_point, last=last_point, newest=newest, fall=fall, fall_percent=percent, rise=rise,
        error=error, reliable=abs(fall) >= reliable_points if reliable_points is not None else None,
    )  # fmt: skip
    remission = instrument.change.remission.value
    reached = [p for p in course[:-1] if remission is not None and p.total is not None and p.total < remission]
    state, words = _state(
        instrument, protocol, condition, partial, first, last, _settled(last_point, risks, historical), bool(reached)
    )
    if newest is not last_point and newest is not None:
        words += f"; newest answers {newest.words}"
    return msgspec.structs.replace(partial, state=state, words=words, relapsed=state == "relapse")


def _settled(point: Point, risks: Sequence[Risk], historical: bool) -> bool:
    """Whether the safety answer beside a score is settled: negative, or asked about by a person since."""
    if historical or any(risk.closed is None and risk.unassessed for risk in risks):
        return False
    if point.scored.safety in ("negative", "none"):
        return True
    return any(
        risk.asked_on.get("intent") is not None and risk.asked_on["intent"].date() >= point.day for risk in risks
    )


def change_words(course: Course | EpisodeView) -> str:
    """'down 2 (11 %), within measurement error (under 5 points)'; '' before there are two scores."""
    if course.fall is None or course.last is course.baseline:
        return "no second score yet"
    fall = course.fall
    words = "unchanged" if fall == 0 else f"{'down' if fall > 0 else 'up'} {abs(fall):g}"
    if course.fall_percent is not None and fall:
        words += f" ({abs(course.fall_percent):.0f} %)"
    if course.error is not None and abs(fall) < course.error:
        words += f", within measurement error (under {course.error:g} points)"
    return words


def _state(
    instrument: Instrument, protocol: Protocol, condition: str, course: Course, first: float, last: float,
    settled: bool, was_remitted: bool,
) -> tuple[State, str]:  # fmt: skip
    followed = protocol.followed(condition)
    words = change_words(course)
    if followed and first < followed.baseline_at_least and instrument.direction == "high-is-worse":
        line = followed.baseline_at_least
        return "below_baseline", f"started at {first:g}, below {line:g}: response and remission mean nothing; {words}"
    if course.last is course.baseline:
        return "unchanged", "one score, no course yet"
    if course.last is not None and course.last.conflict:
        return "not_scored", f"two answers of one day contradict each other ({course.last.words})"
    relapse = protocol.relapse_at_least.get(instrument.id)
    change = instrument.change
    if was_remitted and relapse is not None and last >= relapse:
        return "relapse", f"relapse: was in remission, now {last:g}; {words}"
    if change.remission.value is not None and last < change.remission.value:
        if settled:
            return "remission", f"in remission (below {change.remission.value:g}); {words}; confirm by a second score"
        return "response", f"below {change.remission.value:g}, but a safety answer is open or unknown; {words}"
    error = course.error
    fall = course.fall or 0
    if error is not None and fall <= -error:
        return "worse", f"worse: {words}"
    if change.response.value is not None and (course.fall_percent or 0) >= 100 * change.response.value:
        return "response", f"response: {words}"
    if error is not None and fall >= error:
        return "partial", f"partial response: {words}"
    return "unchanged", words
