"""With whom a person's care lies: whoever enrolled them to, whom they were handed to, and what was passed on since.

A handover (`PassedOn`) moves only what lay with the giver: of a person in two programmes the other worker keeps theirs.
"""

import datetime as dt
from collections.abc import Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.live import Entry, Live

Passing = Entry[f.Owner] | Entry[f.PassedOn]


def owner_of(alive: Live) -> tuple[str, dt.date | None]:
    """The worker who follows the person, and since which day; empty where nobody does."""
    owner, since = "", None
    said: list[Entry[f.Owner] | Entry[f.Episode] | Entry[f.PassedOn]] = [
        *alive.of(f.Owner), *alive.of(f.Episode), *alive.of(f.PassedOn),
    ]  # fmt: skip
    for entry in sorted(said, key=lambda one: (one.at, one.fact.id)):
        if not isinstance(entry.body, f.PassedOn):
            owner, since = entry.body.owner, entry.day
        elif owner in ("", entry.body.giver):  # of someone whom nobody followed, the taker does now
            owner, since = entry.body.taker, entry.day
    return owner, since


def passings(alive: Live) -> tuple[Passing, ...]:
    """Everything that moved the person from one worker to another, oldest first."""
    every: list[Passing] = [*alive.of(f.Owner), *alive.of(f.PassedOn)]
    return tuple(sorted(every, key=lambda one: (one.at, one.fact.id)))


def episode_owner(first: str, since: dt.datetime, moved: Sequence[Passing]) -> str:
    """Who follows an episode that began at `since` with the owner `first`."""
    owner = first
    for entry in moved:
        if entry.at >= since and isinstance(entry.body, f.Owner):
            owner = entry.body.owner
        elif entry.at >= since and isinstance(entry.body, f.PassedOn) and entry.body.giver == owner:
            owner = entry.body.taker
    return owner


def holder(first: str, since: dt.datetime, moved: Sequence[Passing]) -> str:
    """With whom a task lies that was given to `first` at `since`: it moves when its holder passes things on."""
    owner = first
    for entry in moved:
        if entry.at >= since and isinstance(entry.body, f.PassedOn) and entry.body.giver == owner:
            owner = entry.body.taker
    return owner
