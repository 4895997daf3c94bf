"""Counts of what became of many episodes, and the shares that follow, each on two bases.

"All due": a missing score counts as no response, so the share is a lower bound. "Re-assessed": only who was scored in
the window. Neither is shown without the other.
"""

from collections.abc import Iterable, Mapping

import msgspec

from vwazen.evidence.episode import MISSING, REMISSION, RESPONSE
from vwazen.evidence.intervals import wilson

# The four parts of everyone due that a table shows; small ones are what has to be hidden.
PARTS = ("remission", "response", "other", "missing")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """`many` of `of`, with Wilson's interval; `value` and `interval` None where nobody is due."""

    many: int
    of: int

    @property
    def value(self) -> float | None:
        return self.many / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.many, self.of)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Episodes due in one window, by their fate."""

    fates: Mapping[str, int]

    def of(self, *names: str) -> int:
        return sum(self.fates.get(name, 0) for name in names)

    @property
    def due(self) -> int:
        return sum(self.fates.values())

    @property
    def scored(self) -> int:
        return self.due - self.of(*MISSING)

    @property
    def responded(self) -> int:
        """Remission is a response too."""
        return self.of(REMISSION, RESPONSE)

    @property
    def reassessed(self) -> Share:
        return Share(many=self.scored, of=self.due)

    def both(self, *names: str) -> tuple[Share, Share]:
        """The share with one of these fates: of all due, and of the re-assessed."""
        many = self.of(*names)
        return Share(many=many, of=self.due), Share(many=many, of=self.scored)

    @property
    def response(self) -> tuple[Share, Share]:
        return self.both(REMISSION, RESPONSE)

    @property
    def remission(self) -> tuple[Share, Share]:
        return self.both(REMISSION)

    @property
    def parts(self) -> tuple[int, ...]:
        """`PARTS`, which add up to everyone due."""
        return self.of(REMISSION), self.of(RESPONSE), self.scored - self.responded, self.of(*MISSING)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """So many episodes, all due in one window, that are alike in fate and in what a page counts by."""

    key: tuple[str, ...]
    fate: str
    many: int


def tally(cells: Iterable[Cell]) -> Tally:
    """These episodes by fate."""
    fates: dict[str, int] = {}
    for cell in cells:
        fates[cell.fate] = fates.get(cell.fate, 0) + cell.many
    return Tally(fates=fates)


def part_of(fate: str) -> int:
    """Which of the `PARTS` a fate belongs to."""
    if fate in (REMISSION, RESPONSE):
        return 0 if fate == REMISSION else 1
    return 3 if fate in MISSING else 2
