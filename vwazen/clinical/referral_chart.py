"""A referral as the chart holds it: where it stands, with whom, and by when the next thing must happen."""

import datetime as dt
from typing import Literal

import msgspec

from vwazen.clinical.body import Segment
from vwazen.clinical.facts import Fact, Referral

State = Literal["sent", "accepted", "declined", "arrived", "seen", "closed", "withdrawn", "sent_on", "died"]
WaitsFor = Literal["answer", "arrival", "visit", "closing", "decision", ""]
OVER: frozenset[str] = frozenset(("closed", "withdrawn", "sent_on", "died"))


class Referred(msgspec.Struct, frozen=True, kw_only=True):
    """One referral. `id` is what later words name; `steps` is all that was said of it, oldest first.

    `sender` is with whom it lies on the sending side, `taker` the worker who takes the person over ("" while nobody
    of this programme does), `taker_name` whoever does so outside it. `due` is the day by which what it `waits_for`
    should have come, None once it is over. `contested`: one said yes, another no, and nobody has come yet; both words
    stand. `ended` is the fact that ended it, `onward` the referral that took its place.
    """

    id: str
    fact: Fact
    body: Referral
    state: State
    steps: tuple[Fact, ...] = ()
    sender: str
    taker: str = ""
    taker_name: str = ""
    waits_for: WaitsFor = ""
    since: dt.date
    due: dt.date | None = None
    contested: bool = False
    ended: Fact | None = None
    onward: str = ""

    @property
    def open(self) -> bool:
        return self.state not in OVER

    @property
    def inside(self) -> bool:
        """Whether it points at a site of this programme."""
        return bool(self.body.to_site)

    @property
    def owner(self) -> str:
        """Who has to see to it now; somebody always, since a person wrote it. Nobody outside has a list of ours, so a
        referral that leaves the programme stays with its sender."""
        taken = self.inside and self.taker and self.waits_for in ("arrival", "visit", "closing")
        return self.taker if taken else self.sender

    def overdue(self, today: dt.date) -> bool:
        """Whether what it waits for should have come before today."""
        return self.due is not None and self.due < today


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Who else may know of a person: people who work at `site` and below may read these segments, cut to their own,
    until the end of a day (None: until `fact`, an open referral or a person's word, ends it)."""

    site: str
    segments: tuple[Segment, ...]
    until: dt.date | None = None
    fact: str
