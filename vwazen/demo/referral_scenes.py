"""Scenes between two services: a referral that came back, one that was refused, and one that waits for an answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes


def referrals(at: "Scenes") -> Iterator[Scene]:
    """Three people referred to a service outside the programme, which answers by telephone."""

    def scene(name: str, *lives: Life) -> Scene:
        return Scene(name, tuple(life.registered.person for life in lives))

    back, refused, waits = at.take("psychosis", "bipolar", "epilepsy", many=3)
    asked = f.Referral(
        to="hospital", to_name="the district hospital", urgency="week", reason="Please look at the tremor."
    )
    first = at.say(back, at.hours(30), at.nurse, asked)
    for days, became, more in (
        (29, "accepted", {"name": "Sister Invented"}), (26, "arrived", {}), (26, "seen", {}),
        (20, "closed", {"back": "Dose halved. Bring the person again in four weeks."}),
    ):  # fmt: skip
        step = f.ReferralStep(referral=first, became=became, **more)  # type: ignore[arg-type]
        at.say(back, at.hours(days, 11 if became == "seen" else 10), at.nurse, step)
    yield scene("a referral that came back with a word", back)
    ward = f.Referral(
        to="hospital", to_name="the district hospital", urgency="today", reason="Cannot be alone tonight."
    )
    second = at.say(refused, at.hours(5), at.nurse, ward)
    no = f.ReferralStep(referral=second, became="declined", why="too_unstable", words="They want a closed ward.")
    at.say(refused, at.hours(4), at.nurse, no)
    yield scene("refused as too unstable, and waiting for a decision", refused)
    at.say(
        waits, at.hours(1), at.keeper, f.Referral(to="social", to_name="the food programme", reason="Three children.")
    )
    yield scene("referred, and waiting for an answer", waits)
