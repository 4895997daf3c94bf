"""What a person said about who may know what: a pure function of their facts, in whatever order these arrive.

A word is about one segment and one recipient: everybody (""), a role ("role:nurse"), a site and all below it
("site:bel-dlo"), one worker ("worker:<id>"), the family ("family"), or anybody else in words. A no closes. A later yes
to the same recipient, or to one who is named more closely, opens again; a yes that comes earlier, at the same instant,
or to a wider circle does not. So of two words at one instant the no wins, and "everybody may know" does not take back
"but not my cousin at the post".
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.body import Segment
from vwazen.clinical.facts import Fact
from vwazen.clinical.referral_chart import Share

if TYPE_CHECKING:
    from vwazen.clinical.live import Live

EVERYBODY, FAMILY = "", "family"
_NARROW = ("", "site", "role", "worker")
"""From the widest circle to one person."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who would look: a worker's id, the roles they hold, and the codes of the sites they work at or below."""

    worker: str
    roles: frozenset[str]
    sites: frozenset[str]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every recipient that means this worker, everybody among them."""
        found = (f"role:{role}" for role in sorted(self.roles))
        return (EVERYBODY, *found, *(f"site:{code}" for code in sorted(self.sites)), f"worker:{self.worker}")

    def is_meant(self, to: str) -> bool:
        kind, _, which = to.partition(":")
        known = {"role": self.roles, "site": self.sites, "worker": frozenset((self.worker,))}
        return not to or which in known.get(kind, ())


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said: a yes or a no, of a segment, to a recipient, until the end of a day (None: for good)."""

    segment: Segment
    granted: bool
    to: str
    at: dt.datetime
    until: dt.date | None
    fact: Fact

    @property
    def known(self) -> bool:
        """Whether it names somebody who has an account here; "the HIV clinic" in words closes no account's view."""
        return _narrow(self.to) >= 0

    @property
    def closes(self) -> bool:
        """Whether it keeps anybody out. Names and tasks are not closed to everybody: somebody must be able to help."""
        return not self.granted and (self.segment != "general" or bool(self.to))

    def holds(self, today: dt.date) -> bool:
        return self.until is None or today <= self.until

    def lifts(self, no: "Word", viewer: Viewer | None) -> bool:
        """Whether this is a later yes to whom the no was said, or, of a viewer, to one meant more closely."""
        if not self.granted or self.segment != no.segment or self.at <= no.at:
            return False
        return self.to == no.to or (
            viewer is not None and viewer.is_meant(self.to) and _narrow(self.to) > _narrow(no.to)
        )


class Permits(msgspec.Struct, frozen=True):
    """Every word that counts, the oldest first."""

    words: tuple[Word, ...] = ()

    def closed(self, segment: str, viewer: Viewer, today: dt.date) -> Word | None:
        """The no that keeps this segment from this viewer today, the last one said; None where it is open to them."""
        said = self._of(segment, today)
        noes = [one for one in said if one.closes and viewer.is_meant(one.to)]
        return next((no for no in reversed(noes) if not any(one.lifts(no, viewer) for one in said)), None)

    def closed_to(self, viewer: Viewer, today: dt.date) -> frozenset[str]:
        """The segments that this viewer may not see today by the person's word."""
        asked = {one.segment for one in self.words if not one.granted}
        return frozenset(one for one in asked if self.closed(one, viewer, today) is not None)

    def denials(self, today: dt.date) -> tuple[Word, ...]:
        """The noes in force: those that no later yes to the very same recipient took back for good.

        Lists go by these. They err to the closed side: a yes for a time, or to one of those meant, opens the chart to
        whom it names and no list.
        """
        lasting = [one for one in self.words if one.granted and one.until is None]
        noes = [one for one in self.words if not one.granted and one.holds(today)]
        return tuple(no for no in noes if not any(one.lifts(no, None) for one in lasting))

    def sealed(self, today: dt.date) -> frozenset[str]:
        """The segments closed to everybody, of which lists, counts and figures hold nothing.

        The rows of a list stay as they were made until something is recorded: closed a little longer, never shorter.
        """
        return frozenset(no.segment for no in self.denials(today) if no.closes and no.to == EVERYBODY)

    def _of(self, segment: str, today: dt.date) -> list[Word]:
        return [one for one in self.words if one.segment == segment and one.holds(today)]


def _narrow(to: str) -> int:
    kind = to.partition(":")[0] if to else ""
    return _NARROW.index(kind) if kind in _NARROW else -1


def fold_consent(alive: "Live") -> Permits:
    """Every word about who may know, the oldest first."""
    return Permits(
        tuple(
            Word(
                segment=one.body.segment, granted=one.body.granted, to=one.body.to, at=one.at,
                until=dt.date.fromisoformat(one.body.until) if one.body.until else None, fact=one.fact,
            )
            for one in alive.of(f.Consent)
        )
    )  # fmt: skip


def shares(permits: Permits, today: dt.date) -> tuple[Share, ...]:
    """The sites elsewhere that the person let know, by a yes that no later or simultaneous no took back."""
    found = []
    for yes in permits.words:
        kind, _, site = yes.to.partition(":")
        if yes.granted and kind == "site" and site and yes.holds(today) and not _taken_back(yes, permits.words):
            found.append(Share(site=site, segments=(yes.segment,), until=yes.until, fact=yes.fact.id))
    return tuple(found)


def _taken_back(yes: Word, words: Iterable[Word]) -> bool:
    """Whether a no to the same site, or to everybody, was said then or later."""
    return any(
        not one.granted and one.segment == yes.segment and one.to in (yes.to, EVERYBODY) and one.at >= yes.at
        for one in words
    )
