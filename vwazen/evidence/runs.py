"""Run charts: whether a series that was steady has changed, by how long it stays on one side of its median.

The limits are Anhøj's, who counts values on the median with neither side: a longest run beyond log2(n) + 3, or fewer
crossings than the 5th centile of a fair coin's (Anhøj and Olesen 2014). A run chart says that something changed, and
never what.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import comb, log2
from statistics import median

import msgspec


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """`useful`: the values off the median. `shift`: a run longer than chance allows; `few`: crossings too rare."""

    median: float
    useful: int
    longest: int
    crossings: int
    most: int
    fewest: int

    @property
    def shift(self) -> bool:
        return self.longest > self.most

    @property
    def few(self) -> bool:
        return self.crossings < self.fewest


def limits(useful: int) -> tuple[int, int]:
    """Of so many values off the median: the longest run and the fewest crossings that chance allows."""
    if useful < 2:
        return useful, 0
    tosses = useful - 1
    below = 0
    for fewest in range(tosses + 1):
        below += comb(tosses, fewest)
        if below / 2**tosses >= 0.05:
            return round(log2(useful) + 3), fewest
    raise AssertionError("a distribution sums to one")


def runs(values: Sequence[float], around: float | None = None) -> Runs | None:
    """The runs of a series about `around`, by default its own median; None where there is nothing to look at."""
    if not values:
        return None
    middle = median(values) if around is None else around
    sides = [value > middle for value in values if value != middle]
    longest = run = 0
    for place, side in enumerate(sides):
        run = run + 1 if place and side == sides[place - 1] else 1
        longest = max(longest, run)
    crossings = sum(a != b for a, b in pairwise(sides))
    most, fewest = limits(len(sides))
    return Runs(
        median=middle, useful=len(sides), longest=longest, crossings=crossings, most=most, fewest=fewest
    )  # fmt: skip
