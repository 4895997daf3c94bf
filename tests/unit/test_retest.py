"""People who do not change at all, asked twice: our words for a change must be wrong as rarely as they say.

Item parameters and the expected shares: the project's epidemiology notes, 2.2 and 2.4 (a graded response model
estimated from public NHANES 2017-18 answers; shares computed there from 600,000 draws). The answers are drawn anew at
an unchanged theta; whoever first scores 10 or more is enrolled.
"""

import datetime as dt
import math
import random

import msgspec
import pytest

from tests.generative.persons import KNOW, enrolled, fact
from vwazen.clinical import facts as f
from vwazen.clinical.fold import chart
from vwazen.clinical.values import values

ITEMS = (
    (2.25, 0.86, 1.69, 2.25), (3.24, 0.82, 1.63, 2.10), (1.69, 0.42, 1.41, 1.96), (2.10, 0.04, 1.23, 1.79),
    (1.78, 0.94, 1.81, 2.42), (2.64, 1.16, 1.92, 2.36), (2.00, 1.28, 2.01, 2.45), (2.03, 1.64, 2.27, 2.78),
    (2.42, 2.20, 2.84, 3.26),
)  # fmt: skip
START = dt.date(2026, 3, 2)
PEOPLE = 2500
# Of PEOPLE independent people a share of 4 to 21 % has a standard error of .4 to .8 points; 4 of them, and half a point
# for the rounding of the notes, pass by chance 1 time in 15,000 and would show a share that is off by 3 to 4 points.
ROUNDING = 0.5


class Shares(msgspec.Struct):
    """Per cent of the enrolled: what the notes expect, and what we said."""

    mean: float
    again: float
    fell: float
    halved: float
    below: float
    rose: float


EXPECTED = {
    (0.0, 1.0): Shares(14.1, 12.7, 21, 10, 4, 6),
    (0.6, 0.9): Shares(14.5, 13.3, 19, 8, 3, 7),
    (1.75, 0.5): Shares(15.5, 14.9, 15, 4, 1, 9),
}


def asked(rng: random.Random, theta: float) -> dict[str, float]:
    """Nine answers of someone at theta."""
    answers: dict[str, float] = {}
    for number, (a, *thresholds) in enumerate(ITEMS, 1):
        draw = rng.random()
        answers[str(number)] = float(sum(draw < 1 / (1 + math.exp(-a * (theta - b))) for b in thresholds))
    return answers


def twice(rng: random.Random, mean: float, spread: float) -> tuple[dict[str, float], dict[str, float]]:
    while True:
        theta = rng.gauss(mean, spread)
        first = asked(rng, theta)
        if sum(first.values()) >= 10:
            return first, asked(rng, theta)


@pytest.mark.parametrize("drawn_from", EXPECTED, ids=lambda one: f"N({one[0]}, {one[1]})")
def test_of_people_who_do_not_change_few_are_said_to(drawn_from: tuple[float, float]) -> None:
    rng = random.Random(20261121)
    expected = EXPECTED[drawn_from]
    counts = dict.fromkeys(("fell", "halved", "below", "rose"), 0)
    firsts = lasts = 0.0
    for _ in range(PEOPLE):
        before, after = twice(rng, *drawn_from)
        facts = [
            *enrolled(START),
            fact(2, "2026-03-02T08:00:00Z", f.Response(instrument="phq-9", version=1, answers=before)),
            fact(3, "2026-03-16T08:00:00Z", f.Response(instrument="phq-9", version=1, answers=after)),
        ]
        found = chart(facts, KNOW, START + dt.timedelta(14))
        (episode,) = found.episodes
        known = values(found, episode, KNOW)
        fall = sum(before.values()) - sum(after.values())
        assert episode.fall == fall
        assert ("within measurement error" in episode.words) == (abs(fall) < 5)
        if abs(fall) < 5:  # what may be chance is called neither response nor deterioration
            assert episode.state == "unchanged"
        firsts += sum(before.values())
        lasts += sum(after.values())
        counts["fell"] += episode.state in ("partial", "response", "remission")
        counts["halved"] += known["score.responded"] is True
        counts["below"] += sum(after.values()) < 5
        counts["rose"] += episode.state == "worse"
        if known["score.remitted"]:
            assert after["9"] == 0 and sum(after.values()) < 5
    assert firsts / PEOPLE == pytest.approx(expected.mean, abs=0.4)
    assert lasts / PEOPLE == pytest.approx(expected.again, abs=0.5)
    for name, count in counts.items():
        share, wanted = 100 * count / PEOPLE, getattr(expected, name)
        error = 100 * math.sqrt(wanted / 100 * (1 - wanted / 100) / PEOPLE)
        assert share == pytest.approx(wanted, abs=ROUNDING + 4 * error), name
