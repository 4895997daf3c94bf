"""The clock of an open risk as a page shows it: who is to be called now, who is next and when, who has answered."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Risk
from vwazen.clinical.facts import instant
from vwazen.clinical.on_call import CallState, Chain, Turn, who_now
from vwazen.content.load import content
from vwazen.content.people import Clock
from vwazen.server.organisation import roster
from vwazen.server.organisation.models import Site


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the roster in an alarm. `at`: when their turn begins; `called`: when they were rung."""

    turn: Turn
    at: dt.datetime | None
    now: bool
    called: dt.datetime | None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm at one instant. `state` is None where nothing needs the person on call (yet).

    `passed` of `total` minutes of the present turn are over; `minutes` are left, rounded up.
    """

    chain: Chain
    since: dt.datetime | None
    state: CallState | None
    lines: tuple[Line, ...]
    now: dt.datetime
    taken_by: str = ""
    taken_at: dt.datetime | None = None
    told_by: str = ""

    @property
    def running(self) -> bool:
        return self.state is not None and not self.state.acknowledged

    @property
    def next_at(self) -> dt.datetime | None:
        return self.state.next_change_at if self.state else None

    @property
    def minutes(self) -> int:
        return max(0, -int(-(self.next_at - self.now).total_seconds() // 60)) if self.next_at else 0

    @property
    def total(self) -> int:
        return self.chain.clock.next_person_minutes

    @property
    def passed(self) -> int:
        return max(0, self.total - self.minutes)

    @property
    def waited(self) -> int:
        """Whole minutes since someone was needed."""
        return int(self.state.waited.total_seconds() // 60) if self.state else 0


def chain_of(site: str, now: dt.datetime) -> Chain:
    """Who is on call for a site code now; nobody for a code that no site has."""
    where = Site.objects.filter(code=site).first()
    if where is None:
        return Chain(people=(), supervisor=None, clock=content().get(Clock, "on-call"))
    return roster.chain(where, now)


def alarm(risk: Risk, chain: Chain, now: dt.datetime, names: Mapping[str, str]) -> Alarm:
    """The clock of one risk. `names`: worker id -> name, of whoever recorded something in it."""
    taken = risk.acknowledged
    body = taken.body if taken else None
    who = body.name if isinstance(body, f.Acknowledged) else ""
    author = names.get(taken.author, "") if taken else ""
    state = state_of(chain, risk.urgent_since, now, instant(taken.occurred) if taken else None)
    return Alarm(
        chain=chain, since=risk.urgent_since, state=state, lines=_lines(chain, risk, now, state), now=now,
        taken_by=who or author, taken_at=instant(taken.occurred) if taken else None,
        told_by=author if author != who else "",
    )  # fmt: skip


def state_of(
    chain: Chain, since: dt.datetime | None, now: dt.datetime, taken: dt.datetime | None = None
) -> CallState | None:
    """How far the calling has come; None while nobody is needed."""
    return who_now(chain, since, now, taken) if since else None


def _lines(chain: Chain, risk: Risk, now: dt.datetime, state: CallState | None) -> tuple[Line, ...]:
    """Everybody of the roster in calling order, with the time of their turn in the round under way."""
    called = {fact.body.called: instant(fact.occurred) for fact in risk.calls if isinstance(fact.body, f.Call)}
    begins = _begins(chain, now if state is None or risk.urgent_since is None else risk.urgent_since, now)
    here = state.turn.worker if state and state.turn and not state.acknowledged else ""
    return tuple(
        Line(turn=turn, at=at if here else None, now=turn.worker == here, called=called.get(turn.worker))
        for turn, at in begins
    )


def _begins(chain: Chain, since: dt.datetime, now: dt.datetime) -> list[tuple[Turn, dt.datetime]]:
    """Each turn of the round under way with its beginning: the clock itself is asked, so that the two never differ."""
    first = who_now(chain, since, since)
    order: list[tuple[Turn, dt.datetime]] = []
    at, state = since, first
    while state.turn and (not order or state.round == 1):
        order.append((state.turn, at))
        if state.next_change_at is None:
            break
        at = state.next_change_at
        state = who_now(chain, since, at)
    length = at - since
    rounds = (now - since) // length if length else 0
    return [(turn, begin + max(0, rounds) * length) for turn, begin in order]
