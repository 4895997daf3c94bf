"""Pregnancies: the days on which a woman truly gives birth, and what she tells of it at a contact."""

from random import Random

from vwazen.clinical import facts as f
from vwazen.demo.rates import Rates

CARRIED = 270
_SHOWS = 75  # days after which a pregnancy is known to her (assumed)
_TOLD = 0.8  # share of contacts with a known pregnancy at which it is written down (assumed)
_ASKED = 0.5  # share of first contacts at which a woman is asked (assumed)


def births(rng: Random, rates: Rates, *, sex: str, age: int, start: int, today: int, diagnosis: str) -> tuple[int, ...]:
    """From the year before care began until nine months from today, for a woman of 16 to 45; else none.

    A diagnosis in pregnancy or after childbirth has its own; depression without it began outside both.
    """
    if sex != "female" or not 16 <= age <= 45:
        return ()

    def wait() -> int:
        return int(rng.expovariate(rates.births) * 365)

    if "pregnancy" in diagnosis:
        day = start + 20 + int(rng.random() * (CARRIED - _SHOWS - 20))
    elif "childbirth" in diagnosis:
        day = start - int(rng.random() * 330)
    else:
        day = start + (CARRIED if diagnosis == "Depression" else -365) + wait()
    found = []
    while day < today + CARRIED:
        found.append(day)
        day += CARRIED + 180 + wait()
    return tuple(found)


def told(rng: Random, days: tuple[int, ...], day: int, due: dict[int, str], known: set[int]) -> f.Pregnancy | None:
    """What is written down at a contact, if anything; `known` are the births on record, and is kept.

    `due` gives a day's text. A birth's own day stands in `known` once the pregnancy was told, and its negative once it
    was told that the child is there.
    """
    for birth in days:
        if birth - CARRIED + _SHOWS <= day < birth and birth not in known and rng.random() < _TOLD:
            known.add(birth)
            return f.Pregnancy(pregnant="yes", due=due[birth + int(rng.gauss(0, 8))])
        if birth in known and -birth not in known and day > birth + 7:
            known.add(-birth)
            return f.Pregnancy(pregnant="no", breastfeeding="yes" if rng.random() < 0.95 else "no")
    return None


def asked(rng: Random, days: tuple[int, ...], day: int, known: set[int]) -> f.Pregnancy | None:
    """What a woman of that age answers at her first contact, where she is asked and nothing shows."""
    if known or rng.random() > _ASKED:
        return None
    nursing = any(birth <= day < birth + 400 for birth in days)
    using = not nursing and rng.random() < 0.3
    return f.Pregnancy(
        pregnant="no", breastfeeding="yes" if nursing else "no", contraception="yes" if using else "no",
        method="injection" if using and rng.random() < 0.6 else "",
    )  # fmt: skip
