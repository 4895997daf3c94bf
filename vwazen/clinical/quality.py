"""What is wrong with one person's record as a record: missing, impossible, contradictory, written down late.

Nothing here says how a person is. A fault is mended by somebody who knows better, or stands.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.content.clinic import measures
from vwazen.content.load import Content

Kind = Literal["missing", "impossible", "contradictory", "late"]
LATE_DAYS = 3  # our default: what is written down within three days is no news to whoever counts
LATE_KEPT = 92  # days for which a late entry is told of
OLDEST = 120  # years of age: beyond it a birth year is a slip of the pen

_OPEN = ("general", "mental-health")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One fault. `segment`: who may know of it. `since` is a day; `days` how late something late was, else 0.

    `what` names it: `born`, `gender`, `reach`, `diagnosis`, `consent`, `items:<instrument>`; of a contradiction the
    kind of fact or the instrument. `who`: the worker who wrote down what is late.
    """

    kind: Kind
    what: str
    since: dt.date
    segment: f.Segment = "general"
    fact: str = ""
    who: str = ""
    days: int = 0


def faults(one: Chart, know: Content, today: dt.date) -> tuple[Fault, ...]:
    """The faults of one chart; none for a registration that was merged into another."""
    if one.merged_into:
        return ()
    return (*_missing(one, know), *_impossible(one, know, today), *_contradictory(one, know), *_late(one, know, today))


def _missing(one: Chart, know: Content) -> Iterator[Fault]:
    """What nobody wrote down of someone in care, and what was asked in part so that it has no total."""
    if one.died or not one.open_episodes:
        return
    since = min(episode.started for episode in one.open_episodes)
    who = one.registration
    lacks = {
        "born": not (who and who.born), "gender": not who or who.gender == "unknown",
        "reach": not who or not (who.place or who.phone),
    }  # fmt: skip
    for what, lacking in lacks.items():
        if lacking:
            yield Fault(kind="missing", what=what, since=since)
    # One in a closer segment does not fill the gap: who sees no diagnosis must not learn from this that there is one.
    if not any(problem.counts and problem.diagnosis.segment in _OPEN for problem in one.diagnoses):
        yield Fault(kind="missing", what="diagnosis", since=since, segment="mental-health")
    if "mental-health" not in one.consents:
        yield Fault(kind="missing", what="consent", since=since)
    for name, series in one.series.items():
        last = series.points[-1]
        if last.total is None and last.scored.missing and not last.conflict:
            yield Fault(
                kind="missing", what=f"items:{name}", since=last.day, segment=_segment(last.fact, know),
                fact=last.fact.id,
            )  # fmt: skip


def _impossible(one: Chart, know: Content, today: dt.date) -> Iterator[Fault]:
    """Births after what happened, ages nobody reaches, measurements that no body has, what lies in the future."""
    born = one.registration.born if one.registration else ""
    said = one.registered
    if born and said:
        first = min([fact.occurred for fact in one.live], default=said.occurred)
        if born > first[: len(born)] or today.year - int(born[:4]) > OLDEST:
            yield Fault(kind="impossible", what="born", since=said.day, fact=said.id)
    known = measures(know)
    for what, rows in one.measured.items():
        range_ = known.get(what)
        for fact, body in rows if range_ else ():
            low, high = (range_.low, range_.high) if range_ else (None, None)
            if body.value is not None and (
                (low is not None and body.value < low) or (high is not None and body.value > high)
            ):
                yield Fault(kind="impossible", what=what, since=fact.day, segment=body.segment, fact=fact.id)
    for fact in one.future:
        yield Fault(kind="impossible", what="future", since=fact.day, segment=_segment(fact, know), fact=fact.id)


def _contradictory(one: Chart, know: Content) -> Iterator[Fault]:
    """What was said twice and cannot both hold; as closely kept as the closest of the two."""
    for conflict in one.conflicts:
        if conflict.facts:
            segments = [_segment(fact, know) for fact in conflict.facts]
            last = max(conflict.facts, key=lambda fact: (fact.day, fact.id))
            yield Fault(
                kind="contradictory", what=conflict.what, since=last.day, fact=last.id,
                segment=max(segments, key=f.SEGMENTS.index),
            )  # fmt: skip


def _late(one: Chart, know: Content, today: dt.date) -> Iterator[Fault]:
    """Visits, and answers given apart from one, written down days after the day they were of."""
    oldest = (today - dt.timedelta(days=LATE_KEPT)).isoformat()
    segments: dict[str, f.Segment] = {}
    days: dict[str, dt.date] = {}  # many are written down on one day
    for fact in one.live:
        written, happened, body = fact.recorded[:10], fact.occurred[:10], fact.body
        if not oldest <= written > happened:
            continue
        if type(body) is f.Response and not (body.source or fact.encounter):
            what, name = "response", body.instrument
        elif type(body) is f.Encounter:
            what, name = "encounter", ""
        else:
            continue
        recorded = days.get(written) or days.setdefault(written, dt.date.fromisoformat(written))
        if (late := (recorded - dt.date.fromisoformat(happened)).days) > LATE_DAYS:
            if name not in segments:
                segments[name] = _segment(fact, know)
            yield Fault(
                kind="late", what=what, since=recorded, segment=segments[name], fact=fact.id, who=fact.author, days=late
            )  # fmt: skip


def _segment(fact: Fact, know: Content) -> f.Segment:
    """Whose eyes it is for; answers to what is not installed are kept as closely as can be, as on the chart."""
    if not isinstance(fact.body, f.Response):
        return f.segment(fact.body)
    try:
        return know.instrument(fact.body.instrument).segment
    except LookupError:
        return "therapy-notes"
