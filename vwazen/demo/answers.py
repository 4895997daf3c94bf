"""How people answer: items drawn from a graded response model, so that they hang together as real ones do."""

from collections.abc import Sequence
from math import log
from random import Random

from vwazen.demo.rates import Rates

Answers = dict[str, float]


class Items:
    """One instrument's items: discriminations, and thresholds of each step."""

    __slots__ = ("_rows",)

    def __init__(self, ids: Sequence[str], a: Sequence[float], thresholds: Sequence[Sequence[float]]) -> None:
        self._rows = tuple((id, 1 / slope, tuple(b)) for id, slope, b in zip(ids, a, thresholds, strict=True))

    def heard(self, rng: Random, sd: float) -> "Items":
        """The same items as another language understands them: each item's thresholds moved together."""
        moved = Items((), (), ())
        moved._rows = tuple((id, scale, tuple(step + shift for step in steps))
                            for id, scale, steps in self._rows for shift in (rng.gauss(0, sd),))  # fmt: skip
        return moved

    def draw(self, rng: Random, theta: float) -> Answers:
        """Answers of someone whose severity is `theta`: P(X >= k) = 1 / (1 + exp(-a (theta - b_k)))."""
        random = rng.random
        found: Answers = {}
        for id, scale, steps in self._rows:
            u = random() or 1e-12
            felt = theta + scale * log(u / (1 - u))
            value = 0.0
            for step in steps:
                if felt <= step:
                    break
                value += 1.0
            found[id] = value
        return found


def phq9(rates: Rates) -> Items:
    """PHQ-9 without its tenth, unscored question."""
    steps = list(zip(rates.phq9_b1, rates.phq9_b2, rates.phq9_b3, strict=True))
    return Items([str(n) for n in range(1, 10)], rates.phq9_a, steps)


def gad7(rates: Rates) -> Items:
    """GAD-7."""
    return Items([str(n) for n in range(1, 8)], rates.gad7_a, [rates.gad7_b] * 7)


def other(rates: Rates, items: int, top: int) -> Items:
    """Any questionnaire of `items` numbered questions answered 0 to `top`; thresholds are spread evenly (assumed)."""
    steps = [0.6 + 0.9 * n for n in range(top)]
    spread = [[b + 0.5 * ((n * 7) % 5 - 2) / 2 for b in steps] for n in range(items)]
    return Items([str(n) for n in range(1, items + 1)], [rates.other_a] * items, spread)
