"""Referrals: each is open, over or overdue, and somebody has it. Nothing here closes one: only a person's word does.

The days are our default, not yet reviewed by a clinician.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.body import Segment
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.live import Entry, Live
from vwazen.clinical.owners import Passing, holder
from vwazen.clinical.referral_chart import Referred, Share, State, WaitsFor

# Days until the next thing should have happened, by urgency: our default, not yet reviewed by a clinician.
DAYS: dict[WaitsFor, dict[str, int]] = {
    "answer": {"now": 0, "today": 0, "week": 2, "routine": 7},
    "arrival": {"now": 0, "today": 1, "week": 7, "routine": 28},
    "visit": {"now": 0, "today": 0, "week": 1, "routine": 7},
    "closing": {"now": 7, "today": 7, "week": 28, "routine": 28},
    "decision": {"now": 0, "today": 0, "week": 1, "routine": 3},
}
_WAITS: dict[State, WaitsFor] = {
    "sent": "answer", "accepted": "arrival", "arrived": "visit", "seen": "closing", "declined": "decision",
}  # fmt: skip
_THERE = ("seen", "arrived", "accepted")  # how far it has come, the farthest first
_ENDS = ("closed", "withdrawn")

Step = Entry[f.ReferralStep]


def fold_referrals(alive: Live, death: Entry[f.Death] | None, moved: Sequence[Passing]) -> tuple[Referred, ...]:
    """Every referral, oldest first. A death ends what is open.

    A word that ends one stands only while nobody says later that the person was taken on or has come: who was
    withdrawn and came all the same is followed.
    """
    said: dict[str, list[Step]] = {}
    for step in alive.of(f.ReferralStep):
        said.setdefault(alive.root.get(step.body.referral, step.body.referral), []).append(step)
    every = alive.of(f.Referral)
    heirs = _heirs(alive, every)
    return tuple(_referred(one, said.get(one.id, []), heirs.get(one.id), death, moved) for one in every)


def _heirs(alive: Live, every: Sequence[Entry[f.Referral]]) -> dict[str, Entry[f.Referral]]:
    """Referral -> the first later one that takes it up. Only a later one can: of a circle, the newest stays open."""
    known = {one.id: one for one in every}
    found: dict[str, Entry[f.Referral]] = {}
    for one in every:
        before = known.get(alive.root.get(one.body.instead_of, one.body.instead_of))
        if before is not None and _order(before) < _order(one):
            found.setdefault(before.id, one)
    return found


def _referred(
    one: Entry[f.Referral], steps: list[Step], heir: Entry[f.Referral] | None, death: Entry[f.Death] | None,
    moved: Sequence[Passing],
) -> Referred:  # fmt: skip
    state, last = _state(one, steps, heir, death)
    taken = [step for step in steps if step.body.became == "accepted"]
    there = [step for step in steps if step.body.became in _THERE]
    holding = next((step for step in reversed([*there, *taken]) if step.body.worker), None)
    waits = _WAITS.get(state, "")
    words = {step.body.became for step in steps}
    accepted_by = {step.fact.author for step in taken}
    refused_by = {step.fact.author for step in steps if step.body.became == "declined"}
    return Referred(
        id=one.id, fact=one.fact, body=one.body, state=state, steps=tuple(step.fact for step in steps),
        sender=holder(one.fact.author, one.at, moved),
        taker=holder(holding.body.worker, holding.at, moved) if holding else "",
        taker_name=taken[-1].body.name if taken else "",
        waits_for=waits, since=last.day, due=_due(waits, one.body.urgency, last, taken),
        contested=state in ("accepted", "declined") and "accepted" in words and bool(refused_by - accepted_by),
        ended=last.fact if not waits else None, onward=heir.id if heir else "",
    )  # fmt: skip


def _state(
    one: Entry[f.Referral], steps: list[Step], heir: Entry[f.Referral] | None, death: Entry[f.Death] | None
) -> tuple[State, Entry[f.Referral] | Step | Entry[f.Death]]:
    """Where it stands, and the word that says so."""
    if death is not None:
        return "died", death
    newest: Mapping[str, Step] = {step.body.became: step for step in steps}  # they come oldest first
    there = [newest[name] for name in _THERE if name in newest]
    come = max((step.at for step in there), default=None)
    ended = max((newest[name] for name in _ENDS if name in newest), key=_order, default=None)
    if ended is not None and (come is None or come <= ended.at):
        return ("closed" if ended.body.became == "closed" else "withdrawn"), ended
    if heir is not None and (come is None or come <= heir.at):
        return "sent_on", heir
    refused = newest.get("declined")
    if refused is not None and (come is None or come < refused.at):
        return "declined", refused
    for name in _THERE:
        if name in newest:
            return name, newest[name]  # type: ignore[return-value]
    return "sent", one


def _order(entry: Entry[f.Referral] | Step) -> tuple[dt.datetime, str]:
    return entry.at, entry.fact.id


def _due(
    waits: WaitsFor, urgency: str, last: Entry[f.Referral] | Step | Entry[f.Death], taken: list[Step]
) -> dt.date | None:  # fmt: skip
    """By when; for the arrival the day that was agreed on accepting, where one was."""
    if not waits:
        return None
    if waits == "arrival" and taken and taken[-1].body.expected:
        return dt.date.fromisoformat(taken[-1].body.expected)
    return last.day + dt.timedelta(days=DAYS[waits][urgency])


def shares(chart: Chart) -> tuple[Share, ...]:
    """What open referrals let people at other sites read: who this is, and the segment of the referral's reason.

    A refusal, a withdrawal and the closing end it at once.
    """
    return tuple(
        Share(site=one.body.to_site, segments=_shared(one), fact=one.id)
        for one in chart.referrals
        if one.open and one.inside and one.state != "declined" and not chart.merged_into
    )


def _shared(one: Referred) -> tuple[Segment, ...]:
    return ("general",) if one.body.segment == "general" else ("general", one.body.segment)


def bare(body: f.Referral | f.ReferralStep) -> f.Referral | f.ReferralStep:
    """A referral for who may not read its reason: that there is one, how urgent, where it stands, and nothing more.

    The name of a service outside may say what it is for; of a closer segment it is left out too.
    """
    if isinstance(body, f.ReferralStep):
        return msgspec.structs.replace(body, segment="general", words="", back="")
    name = body.to_name if body.segment in ("general", "mental-health") else ""
    return msgspec.structs.replace(body, segment="general", reason="", to_name=name)


def handed_over(chart: Chart) -> tuple[Referred, ...]:
    """Referrals that a named person elsewhere has accepted, newest first: only then may risky care end here."""
    return tuple(
        one for one in reversed(chart.referrals)
        if one.state in ("accepted", "arrived", "seen") and (one.taker or one.taker_name) and not one.contested
    )  # fmt: skip


def said_in(one: Referred) -> tuple[tuple[Fact, f.ReferralStep], ...]:
    """Its steps with their bodies, oldest first."""
    return tuple((fact, fact.body) for fact in one.steps if isinstance(fact.body, f.ReferralStep))
