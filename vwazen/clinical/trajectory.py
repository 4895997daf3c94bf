"""Where an episode stands: baseline, best, last, and what the change is worth.

Response and remission mean nothing below the protocol's baseline, and are then not said. One score
proves no change, so each change carries the instrument's smallest meaningful difference. Remission is
never said while a safety answer is positive or unknown and nobody has asked.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Conflict, EpisodeView, Point, Risk, Series, State
from vwazen.clinical.facts import instant
from vwazen.clinical.live import Entry, Live
from vwazen.clinical.owners import episode_owner, passings
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.content.rules import Followed, Protocol


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What the scores of one episode amount to; see `EpisodeView` for the fields."""

    baseline: Point | None = None
    best: Point | None = None
    last: Point | None = None
    newest: Point | None = None
    first: float | None = None
    counts: bool | None = None
    fall: float | None = None
    fall_percent: float | None = None
    rise: float | None = None
    error: float | None = None
    reliable: bool | None = None
    state: State = "no_baseline"
    words: str = "no score yet"
    relapsed: bool = False


class _Enrolled(msgspec.Struct):
    """An episode in the making: its enrolments, oldest first, and the close that stands."""

    entries: list[Entry[f.Episode]]
    ids: set[str]
    close: Entry[f.Close] | None


Settled = Callable[[Point], bool]


def fold_episodes(
    alive: Live, content: Content, series: Mapping[str, Series], risks: Sequence[Risk], historical: bool,
    died: dt.date | None,
) -> tuple[tuple[EpisodeView, ...], list[Conflict]]:  # fmt: skip
    """Every episode, oldest first, and the enrolments that doubled one; a death closes what is open."""
    enrolled = _enrolled(alive)
    home = {one: number for number, found in enumerate(enrolled) for one in found.ids}
    steps: dict[int, list[Entry[f.Step]]] = {}
    for step in alive.of(f.Step):
        steps.setdefault(home.get(step.body.episode, -1), []).append(step)
    settled, moved = _settling(alive, risks, historical), passings(alive)
    views: list[EpisodeView] = []
    for number, found in enumerate(enrolled):
        first, newest = found.entries[0], found.entries[-1]
        body = first.body
        closed, outcome = died, "died" if died else ""
        if found.close and (died is None or found.close.day <= died):
            closed, outcome = found.close.day, found.close.body.outcome
        earlier = home.get(alive.root.get(body.follows, body.follows), number)
        taken_up = views[earlier] if earlier < number and views[earlier].condition == body.condition else None
        elsewhere = taken_up if taken_up and taken_up.outcome == "transferred" else None
        origin = elsewhere.origin if elsewhere else first.day
        moves = [*(elsewhere.steps if elsewhere else ())]
        if not moves or moves[-1][1] != body.step:
            moves.append((first.day, body.step))
        moves += [(one.day, one.body.step) for one in steps.get(number, ())]
        protocol, followed, instrument = _plan(content, body)
        course = Course()
        if protocol and followed and instrument:
            points = series[instrument.id].points if instrument.id in series else ()
            course = follow(instrument, protocol, followed, points, origin, closed, settled)
        views.append(
            EpisodeView(
                id=first.id, ids=tuple(sorted(found.ids)), fact=first.fact,
                enrolments=tuple(one.fact for one in found.entries), protocol=body.protocol,
                protocol_version=body.protocol_version, condition=body.condition, started=first.day,
                step=moves[-1][1], step_since=moves[-1][0], steps=tuple(moves),
                owner=episode_owner(newest.body.owner, newest.at, moved), site=newest.fact.site, closed=closed,
                outcome=outcome, instrument=instrument.id if instrument else "",
                baseline=course.baseline, best=course.best, last=course.last, newest=course.newest,
                first=course.first, counts=course.counts, fall=course.fall, fall_percent=course.fall_percent,
                rise=course.rise, error=course.error, reliable=course.reliable, state=course.state,
                words=course.words, relapsed=course.relapsed,
                follows=taken_up.id if taken_up else "", origin=origin,
            )
        )  # fmt: skip
    doubled = [Conflict(what="episode", facts=view.enrolments) for view in views if len(view.enrolments) > 1]
    return tuple(views), doubled


def _enrolled(alive: Live) -> list[_Enrolled]:
    """The episodes. Two phones may enrol one person for one condition: while the first is open, that is one episode.

    It began with the first enrolment and ends with the first close of any of them after the last.
    """
    closes: dict[str, list[Entry[f.Close]]] = {}
    for close in alive.of(f.Close):
        closes.setdefault(alive.root.get(close.body.episode, close.body.episode), []).append(close)
    names: dict[str, set[str]] = {entry.id: {entry.id} for entry in alive.of(f.Episode)}
    for one in alive.amending:
        if (first := alive.root[one]) in names:
            names[first].add(one)
    found: list[_Enrolled] = []
    current: dict[str, _Enrolled] = {}
    for entry in alive.of(f.Episode):
        before = current.get(entry.body.condition)
        if before is None or (before.close is not None and before.close.at <= entry.at):
            before = current[entry.body.condition] = _Enrolled([], set(), None)
            found.append(before)
        before.entries.append(entry)
        before.ids |= names[entry.id]
        ends = [close for member in before.entries for close in closes.get(member.id, ())]
        ends.sort(key=lambda close: (close.at < entry.at, close.at, close.fact.id))
        before.close = ends[0] if ends else None
    return found


def _plan(content: Content, body: f.Episode) -> tuple[Protocol | None, Followed | None, Instrument | None]:
    """The protocol, how it follows the condition, and the instrument; None for what is not installed here."""
    try:
        protocol = content.get(Protocol, body.protocol, body.protocol_version)
    except LookupError:
        return None, None, None
    followed = protocol.followed(body.condition)
    try:
        return protocol, followed, content.instrument(followed.instrument) if followed else None
    except LookupError:
        return protocol, followed, None


def _settling(alive: Live, risks: Sequence[Risk], historical: bool) -> Settled:
    """Whether the safety answer beside a score is settled: negative, or spoken about by a person since.

    Nothing is while a risk is open that nobody has asked about or in which a danger was told, or while a safety
    answer from long ago waits.
    """
    waits = historical or any(
        risk.closed is None and (risk.unassessed or "yes" in (risk.answers.get(one) for one in f.URGENT))
        for risk in risks
    )
    spoke: list[Entry[f.Assessment] | Entry[f.SafetyReview]] = [
        one for one in alive.of(f.Assessment) if one.body.intent != "not_asked"
    ]
    spoke += [one for one in alive.of(f.SafetyReview) if one.body.outcome == "spoke"]

    def settled(point: Point) -> bool:
        if waits:
            return False
        return point.scored.safety in ("negative", "none") or any(_since(one, point) for one in spoke)

    return settled


def _since(one: Entry[f.Assessment] | Entry[f.SafetyReview], point: Point) -> bool:
    """Whether they spoke at or after the answers; by the day where only a date is known."""
    dated = len(one.fact.occurred) == len(point.fact.occurred[:10]) or len(point.fact.occurred) == len("2026-11-21")
    return one.day >= point.day if dated else one.at >= instant(point.fact.occurred)


def follow(
    instrument: Instrument, protocol: Protocol, followed: Followed, points: Sequence[Point], started: dt.date,
    closed: dt.date | None, settled: Settled,
) -> Course:  # fmt: skip
    """The course of one episode from its points. Points after its closing belong to no one."""
    window = started - dt.timedelta(days=protocol.baseline_within_days)
    inside = [p for p in points if p.day >= window and (closed is None or p.day <= closed)]
    valued = [p for p in inside if p.values]
    newest = inside[-1] if inside else None
    error = instrument.change.meaningful.value
    if not valued or newest is None:
        words = newest.words if newest else f"no {instrument.name} yet"
        return Course(newest=newest, error=error, state="not_scored" if newest else "no_baseline", words=words)
    start = max((n for n, p in enumerate(valued) if p.day <= started), default=0)
    course = valued[start:]
    baseline = course[0]
    last_point = course[-1]
    sign = -1 if instrument.direction == "high-is-better" else 1
    least, worst = (min, max) if sign == 1 else (max, min)
    # Of a contradiction the first and the best count by the least ill value and the last by its worst: no fall is
    # invented and no rise overlooked.
    first, last = least(baseline.values), worst(last_point.values)
    levels = [p.values[0] if len(p.values) == 1 else least(p.values) for p in course[:-1]]
    levels.append(last)
    best = least(levels)
    best_point = course[levels.index(best)]
    counts = first >= followed.baseline_at_least if instrument.direction == "high-is-worse" else None
    partial = Course(
        baseline=baseline, best=best_point, last=last_point, newest=newest, first=first, counts=counts, error=error
    )
    if last_point is not baseline:
        fall, reliable = sign * (first - last), instrument.change.reliable.value
        partial = msgspec.structs.replace(
            partial, fall=fall, fall_percent=100 * fall / first if first else None, rise=sign * (last - best),
            reliable=abs(fall) >= reliable if reliable is not None else None,
        )  # fmt: skip
    line = _remission(instrument)
    was_remitted = line is not None and any(p.total is not None and p.total < line for p in course[:-1])
    recent = inside[max(n for n, p in enumerate(inside) if p.values) :]
    calm = line is not None and last < line and all(settled(p) for p in recent)
    state, words = _state(instrument, protocol, followed, partial, last, calm, was_remitted)
    if newest is not last_point:
        words += f"; newest answers {newest.words}"
    return msgspec.structs.replace(partial, state=state, words=words, relapsed=state == "relapse")


def _remission(instrument: Instrument) -> float | None:
    """The total below which an illness has gone; only a scale on which high is worse has one."""
    return instrument.change.remission.value if instrument.direction == "high-is-worse" else None


def change_words(course: Course | EpisodeView) -> str:
    """'down 2 (11 %), within measurement error (under 5 points)'; before there are two scores, that."""
    if course.fall is None:
        return "no second score yet"
    fall = course.fall
    words = "unchanged" if fall == 0 else f"{'down' if fall > 0 else 'up'} {abs(fall):g}"
    if course.fall_percent is not None and fall:
        words += f" ({abs(course.fall_percent):.0f} %)"
    if course.error is not None and abs(fall) < course.error:
        words += f", within measurement error (under {course.error:g} points)"
    return words


def _state(
    instrument: Instrument, protocol: Protocol, followed: Followed, course: Course, last: float, settled: bool,
    was_remitted: bool,
) -> tuple[State, str]:  # fmt: skip
    words = change_words(course)
    error, fall, rise = course.error, course.fall or 0, course.rise or 0
    worse = error is not None and fall <= -error
    if course.last is not None and course.last.conflict and course.last is not course.baseline:
        said = " or ".join(f"{value:g}" for value in course.last.values)
        return "not_scored", f"two answers of one day contradict each other ({said})"
    if course.counts is False:
        start = f"started at {course.first:g}, below {followed.baseline_at_least:g}"
        words = f"{start}: response and remission mean nothing; {words}"
        return ("worse", f"worse: {words}") if worse else ("below_baseline", words)
    if course.fall is None:
        return "unchanged", "one score, no course yet"
    relapse = protocol.relapse_at_least.get(instrument.id)
    if was_remitted and relapse is not None and last >= relapse:
        return "relapse", f"relapse: was in remission, now {last:g}; {words}"
    line = _remission(instrument)
    if line is not None and last < line:
        if settled:
            return "remission", f"in remission (below {line:g}); {words}; confirm by a second score"
        return "response", f"below {line:g}, but a safety answer is open or unknown; {words}"
    if worse:
        return "worse", f"worse: {words}"
    if error is not None and rise >= error:
        words += f"; up {rise:g} since its best"
    share = instrument.change.response.value
    if share is not None and course.fall_percent is not None and course.fall_percent >= 100 * share:
        return "response", f"response: {words}"
    if error is not None and fall >= error:
        return "partial", f"partial response: {words}"
    return "unchanged", words
