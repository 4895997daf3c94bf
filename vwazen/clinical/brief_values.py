"""What a phone has to know of an episode so that it proposes what the clinic would: the values of the protocol's rules.

Of the scores only where the course began and its best: the phone adds its new answers to them
(`phone/decide/next.ts`). What is not in the result is unknown to the phone, and no proposal rests on it.
"""

import datetime as dt
import re
from functools import lru_cache

from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.conditions import ABSENT, Value, names
from vwazen.clinical.episodes import quiet_until
from vwazen.clinical.values import values
from vwazen.content.load import Content
from vwazen.content.rules import Protocol

_NAME = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")
COURSE = ("score.first", "score.first_day", "score.best")


def known(chart: Chart, episode: EpisodeView, content: Content) -> dict[str, object]:
    """Name -> value as it crosses the wire: a number, a word, yes or no, `{"date": "2026-05-04"}`, `{"absent": true}`.

    Only names that the episode's protocol reads, and those of `COURSE`; empty where the protocol is not installed.
    """
    protocol = _protocol(episode, content)
    if protocol is None:
        return {}
    found = values(chart, episode, content)
    found |= _course(chart, episode, found)
    wanted = (*_read_by(protocol), *COURSE)
    return {name: _written(found[name]) for name in wanted if found.get(name) is not None}


def quiet(chart: Chart, episode: EpisodeView, content: Content, today: dt.date) -> tuple[str, ...]:
    """The proposals of the episode's protocol that somebody has decided about and that rest today."""
    protocol = _protocol(episode, content) if chart.decisions else None
    ids = [one.id for one in protocol.proposals] if protocol else []
    return tuple(id for id in ids if (until := quiet_until(chart, episode, id, content)) is not None and today < until)


def _course(chart: Chart, episode: EpisodeView, found: dict[str, Value]) -> dict[str, Value]:
    """Where the course began and its best; ABSENT before the first score. Unknown (None) where two answers of one day
    contradict each other: what they are worth is weighed here, with all that was said."""
    if episode.baseline is None:
        return dict.fromkeys(COURSE, ABSENT)
    since = episode.baseline.day
    series = chart.series.get(episode.instrument)
    if series is None or any(one.conflict for one in series.points if one.day >= since):
        return dict.fromkeys(COURSE)
    return {"score.first": found["score.first"], "score.best": found["score.best"], "score.first_day": since}


def _protocol(episode: EpisodeView, content: Content) -> Protocol | None:
    try:
        return content.get(Protocol, episode.protocol, episode.protocol_version)
    except LookupError:
        return None


@lru_cache(maxsize=64)
def _read_by(protocol: Protocol) -> tuple[str, ...]:
    """The names in the conditions and sentences of a protocol, without those of scores, in order."""
    found = {name for one in protocol.proposals for name in (*names(one.when), *_NAME.findall(one.reason))}
    return tuple(sorted(name for name in found if not name.startswith("score.")))


def _written(value: Value) -> object:
    if value is ABSENT:
        return {"absent": True}
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value
