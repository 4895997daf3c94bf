"""A message of the team as the chart holds it."""

import datetime as dt

import msgspec

from vwazen.clinical.facts import Fact
from vwazen.clinical.message_kinds import TeamMessage


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One message: `read` are the facts that say who has read it, `waits` the named workers who have not.

    `urgent_since`: it is urgent and nobody has taken it on yet.
    """

    id: str
    fact: Fact
    message: TeamMessage
    at: dt.datetime
    read: tuple[Fact, ...]
    waits: tuple[str, ...]
    urgent_since: dt.datetime | None
