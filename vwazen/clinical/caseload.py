"""Tiers over time: which list a person stands on, from today on, and why, in one plain sentence.

A chart knows its own future: if nothing more is recorded, an answer to a rule can change only on the
days that its date comparisons name. So a person's place is a few dated segments, and a list picks the
one in force today; no night job is needed.
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.conditions import Test, Value, compile_condition, switch_days
from vwazen.clinical.episodes import quiet_until
from vwazen.clinical.values import values
from vwazen.content.load import Content
from vwazen.content.rules import Proposal, Protocol, Rule, Tiers

ON_TRACK = 0
_OTHERWISE = "otherwise"
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAME = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")

Step = tuple[int, str, Rule, Test, tuple[tuple[str, int], ...]]


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """From `starts` until before `ends` (None: for good) the person stands in `tier` because of `reason`.

    `waiting_since` breaks ties, oldest first.
    """

    starts: dt.date
    ends: dt.date | None
    tier: int
    word: str
    rule: str
    reason: str
    plain: str
    waiting_since: dt.date


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a caseload: an open episode, or an open risk of someone who has none (`episode` is empty)."""

    person: str
    episode: str
    segments: tuple[Segment, ...]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What the protocol proposes today, and why. A person decides."""

    proposal: Proposal
    reason: str


def say(value: Value) -> str:
    """A value inside a sentence: dates as '17 Nov 2026', numbers without needless decimals."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return f"{value.day} {_MONTHS[value.month]} {value.year:04}"  # strftime costs ten times as much
    if isinstance(value, int | float):
        return f"{value:.1f}".rstrip("0").rstrip(".")
    return str(value) if value is not None else "unknown"


def fill(template: str, known: Mapping[str, Value]) -> str:
    """The template with every {name} replaced by its value in words. What a value says is never filled in itself."""
    return _NAME.sub(lambda found: say(known[found[1]]) if found[1] in known else found[0], template)


@lru_cache(maxsize=16)
def _ladder(tiers: Tiers) -> tuple[Step, ...]:
    return tuple(
        (tier.tier, tier.word, rule, compile_condition(rule.when), tuple(switch_days(rule.when)))
        for tier in tiers.tiers
        for rule in tier.rules
    )


def segments(chart: Chart, episode: EpisodeView | None, content: Content, today: dt.date) -> tuple[Segment, ...]:
    """The person's place from `today` on, if nothing more is recorded. Never empty; the last has no end."""
    tiers = content.get(Tiers, "default")
    ladder = _ladder(tiers)
    known = values(chart, episode, content)
    since = episode.started if episode else next((risk.day for risk in chart.open_risks), today)
    turns = {today}
    for *_, switches in ladder:
        for name, after in switches:
            value = known[name]
            if isinstance(value, dt.date):
                day = value + dt.timedelta(days=after)
                if day > today:
                    turns.add(day)
    found: list[Segment] = []
    for day in sorted(turns):
        step = next((one for one in ladder if one[3](known, day)), None)
        if found and found[-1].rule == (step[2].id if step else _OTHERWISE):
            continue
        if found:
            found[-1] = msgspec.structs.replace(found[-1], ends=day)
        found.append(_place(step, known, day, tiers, episode, since))
    return tuple(found)


def _place(
    step: Step | None, known: Mapping[str, Value], day: dt.date, tiers: Tiers, episode: EpisodeView | None,
    since: dt.date,
) -> Segment:  # fmt: skip
    """The person's place from one day on. `since`: what they wait for where the rule's own date is not known."""
    if step:
        tier, word, rule, _, _ = step
        waiting = known[rule.waiting_since]
        return Segment(
            starts=day, ends=None, tier=tier, word=word, rule=rule.id, reason=fill(rule.reason, known),
            plain=fill(rule.plain, known), waiting_since=waiting if isinstance(waiting, dt.date) else since,
        )  # fmt: skip
    reason = _stands(episode) if episode else "A risk is open and followed"
    due = known["contact.due"] if episode else known["risk.contact_due"]
    return Segment(
        starts=day, ends=None, tier=ON_TRACK, word=tiers.otherwise, rule=_OTHERWISE, reason=f"{reason}.",
        plain=tiers.otherwise + ".", waiting_since=due if isinstance(due, dt.date) else since,
    )  # fmt: skip


def _stands(episode: EpisodeView) -> str:
    """How an episode stands, as a sentence begins. One that no instrument follows has no score to wait for."""
    if not episode.instrument:
        return f"No score is followed for {episode.condition.replace('-', ' ')}; this says nothing of how they are"
    return episode.words[:1].upper() + episode.words[1:]


def rows(chart: Chart, content: Content, today: dt.date) -> tuple[Row, ...]:
    """The caseload rows of one person: none for the dead, the merged and the not enrolled, unless a risk is open (of
    the dead: one spoken of after their death).

    Someone whose registration has not arrived yet, or was withdrawn, keeps their rows: nobody is lost for want of a
    name.
    """
    if chart.merged_into:
        return ()
    episodes = chart.open_episodes
    found = [
        Row(person=chart.person, episode=one.id, segments=segments(chart, one, content, today)) for one in episodes
    ]
    if not episodes and chart.open_risks:
        found.append(Row(person=chart.person, episode="", segments=segments(chart, None, content, today)))
    return tuple(found)


def proposals(chart: Chart, episode: EpisodeView, content: Content, today: dt.date) -> tuple[Proposed, ...]:
    """What the episode's protocol proposes today, in the protocol's order; what was decided, not before its day."""
    try:
        protocol = content.get(Protocol, episode.protocol, episode.protocol_version)
    except LookupError:
        return ()
    known = values(chart, episode, content)
    return tuple(
        Proposed(proposal=one, reason=fill(one.reason, known))
        for one, test in _proposals(protocol)
        if test(known, today) and not _quiet(chart, episode, one.id, content, today)
    )


def _quiet(chart: Chart, episode: EpisodeView, proposal: str, content: Content, today: dt.date) -> bool:
    until = quiet_until(chart, episode, proposal, content) if chart.decisions else None
    return until is not None and today < until


@lru_cache(maxsize=64)
def _proposals(protocol: Protocol) -> tuple[tuple[Proposal, Test], ...]:
    return tuple((one, compile_condition(one.when)) for one in protocol.proposals)
