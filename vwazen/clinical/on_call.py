"""Who is to be rung now about an open alarm, until a human acknowledges it.

The clock runs on facts alone (when it opened, when it was acknowledged), so every device and every page names the
same person. Software never closes an alarm: after the last person the round begins again, and it goes on for as long
as nobody has answered.
"""

from datetime import datetime, timedelta

import msgspec

from vwazen.content.people import Clock, Numbers


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to ring. `phone` may be empty: then the page says that no number is recorded."""

    worker: str
    name: str
    phone: str
    supervisor: bool = False


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on call for a place, in order, then the supervisor.

    `site` is the name of the site whose roster this is: the place itself or the nearest above it, "" for none.
    `numbers` are the country's help lines; None means that no file was written for the country.
    """

    people: tuple[Turn, ...]
    supervisor: Turn | None
    clock: Clock
    numbers: Numbers | None = None
    site: str = ""

    @property
    def empty(self) -> bool:
        """Nobody is on the roster now. A supervisor may still be named: say both."""
        return not self.people


class CallState(msgspec.Struct, frozen=True, kw_only=True):
    """How far an alarm has come at one instant.

    `turn`: who is to be rung (after acknowledgement: whose turn it was then), None when there is nobody at all.
    `called`: everybody whose turn has come, each once, in order. Called is not answered.
    `next_turn`, `next_change_at`: who is rung next, and when; None once acknowledged or when there is nobody.
    `round`: 1 while the list is gone through for the first time; from 2 on, show the help lines as well.
    """

    turn: Turn | None
    called: tuple[Turn, ...]
    waited: timedelta
    acknowledged: bool
    round: int
    next_turn: Turn | None = None
    next_change_at: datetime | None = None

    @property
    def nobody(self) -> bool:
        """No human can be named. Say so, and show the help lines."""
        return self.turn is None


def _order(chain: Chain) -> tuple[Turn, ...]:
    """Everybody once: people for as long as the supervisor's time has not come, the supervisor, then the others."""
    people: list[Turn] = []
    for turn in chain.people:
        if turn.worker not in {known.worker for known in people}:
            people.append(turn)
    chief = chain.supervisor
    if chief is None or chief.worker in {turn.worker for turn in people}:
        return tuple(people)
    before = -(-chain.clock.supervisor_minutes // chain.clock.next_person_minutes)
    return (*people[:before], chief, *people[before:])


def _begins(chain: Chain, order: tuple[Turn, ...]) -> list[timedelta]:
    """When in a round each turn begins, and last when the round ends.

    A supervisor is rung when the list before is used up, and at the supervisor's minute at the latest.
    """
    step = timedelta(minutes=chain.clock.next_person_minutes)
    latest = timedelta(minutes=chain.clock.supervisor_minutes)
    begins = [timedelta(0)]
    for turn in order[1:]:
        begin = begins[-1] + step
        begins.append(min(begin, latest) if turn is chain.supervisor else begin)
    return [*begins, begins[-1] + step]


def who_now(chain: Chain, opened_at: datetime, now: datetime, acknowledged_at: datetime | None = None) -> CallState:
    """The state of an alarm at `now`. All instants carry an offset; ValueError where one does not.

    A `now` before `opened_at` (a device whose clock is behind) counts as the moment of opening, and an
    acknowledgement stops the clock whatever it is stamped with: a human has answered.
    """
    for instant in (opened_at, now, acknowledged_at):
        if instant is not None and instant.utcoffset() is None:
            raise ValueError("An instant without an offset cannot run an alarm's clock. Give it with its time zone.")
    moment = now if acknowledged_at is None else acknowledged_at
    waited = max(moment - opened_at, timedelta(0))
    acknowledged = acknowledged_at is not None
    order = _order(chain)
    if not order:
        return CallState(turn=None, called=(), waited=waited, acknowledged=acknowledged, round=1)
    *begins, length = _begins(chain, order)
    rounds, within = divmod(waited, length)
    place = max(index for index, begin in enumerate(begins) if begin <= within)
    state = CallState(
        turn=order[place],
        called=order if rounds else order[: place + 1],
        waited=waited,
        acknowledged=acknowledged,
        round=rounds + 1,
    )
    if acknowledged:
        return state
    change = (begins[place + 1] if place + 1 < len(order) else length) + rounds * length
    return msgspec.structs.replace(state, next_turn=order[(place + 1) % len(order)], next_change_at=opened_at + change)
