"""What the record says of one stay away from home: a value of `vwazen.clinical.stays.fold_stays`."""

import datetime as dt
from typing import Literal

import msgspec

from vwazen.clinical.facts import Fact
from vwazen.clinical.stay_kinds import Where

State = Literal["in", "leave", "out", "unknown"]
NEEDED = ("destination", "next", "instructions", "worker")  # of a discharge: whatever is empty is to be completed


class Contacts(msgspec.Struct, frozen=True, kw_only=True):
    """The contacts after a stay: `due` are the days by which each is owed, `held` those held, in their order.

    A contact answers the first day that is open, and every later one that has passed by then: `held` has the contact's
    day for each day of `due` that was answered. `last`: the last contact's instant.
    """

    due: tuple[dt.date, ...]
    held: tuple[dt.date, ...] = ()
    last: dt.datetime | None = None

    @property
    def next(self) -> dt.date | None:
        """The day by which the next contact is owed; None when all were held."""
        return self.due[len(self.held)] if len(self.held) < len(self.due) else None


class StayView(msgspec.Struct, frozen=True, kw_only=True):
    """One stay. `id` is what later facts name it by; `ids` every id of its facts.

    `where`, `facility`, `place`, `unit` and `reason` are the newest that were said of it. `state` is `unknown` where
    neither a beginning nor an end of it stands: it was taken back, or never told. `until` is the day it ended (an
    emergency visit told in one word is over on its day). `ended` is the fact that ended it, `ending` everything that
    was said at its end, oldest first; `missing` what its discharge still lacks. `told` is the fact that the team at
    home has to read, None once somebody has (`read` is who). `follows` is the stay that a transfer brought the person
    from, and `again` how many days after an earlier stay in hospital this one began, None where it is a first one or
    a transfer. `back` is when they were expected from a leave.
    """

    id: str
    ids: tuple[str, ...]
    where: Where
    facility: str
    place: str
    unit: str
    reason: str
    visit: str
    state: State
    since: dt.date
    until: dt.date | None
    events: tuple[Fact, ...]
    admitted: Fact | None
    ended: Fact | None
    how: str = ""
    destination: str = ""
    instructions: str = ""
    worker: str = ""
    next: str = ""
    carer: str = ""
    missing: tuple[str, ...] = ()
    told: Fact | None = None
    read: Fact | None = None
    contacts: Contacts | None = None
    follows: str = ""
    again: int | None = None
    back: dt.date | None = None

    @property
    def days(self) -> int | None:
        """Nights from the first to the last day; None while it lasts."""
        return None if self.until is None else (self.until - self.since).days

    @property
    def emergency(self) -> bool:
        """Whether it began at, or was, an emergency visit."""
        first = self.admitted.body if self.admitted else None
        return getattr(first, "where", self.where) == "emergency" or getattr(first, "event", "") == "emergency"
