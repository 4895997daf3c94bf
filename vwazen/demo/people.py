"""Who lives around a site: names, ages, villages; and their registrations, some of them twice."""

from collections.abc import Sequence
from math import exp
from random import Random

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.journey import Person
from vwazen.demo.kit import LANGUAGES, Kit
from vwazen.demo.local import Local
from vwazen.demo.names import misspelt
from vwazen.demo.pen import Pen

CONDITIONS = (
    "depression", "anxiety", "epilepsy", "psychosis", "bipolar", "alcohol", "child", "dementia", "self-harm",
)  # fmt: skip
_MIDDLE = 45.0
_SPREAD = 1.28  # the 90th centile lies so many SD above the median


class Registered(msgspec.Struct, kw_only=True):
    """A registration as it was written, with the day."""

    person: str
    body: f.Registration
    day: int
    author: str


class People:
    """Draws the people of one site."""

    def __init__(self, kit: Kit, local: Local, pen: Pen) -> None:
        self.kit, self.rates, self.local, self.pen, self.rng = kit, kit.rates, local, pen, pen.rng
        villages = max(3, round(local.place.registered / kit.rates.village_of))
        self.villages = tuple(kit.names.place(pen.rng) for _ in range(villages))
        self.distance = tuple(_way(pen.rng, kit.rates.travel) for _ in range(villages))
        self._ages = _cumulated(kit.rates.age_0_4)
        self._mix = _cumulated([kit.rates.mix[one] / kit.rates.stays_open[one] for one in CONDITIONS])

    def condition(self) -> str:
        """What brings somebody into care."""
        return CONDITIONS[_draw(self.rng, self._mix)]

    def sex_and_age(self, condition: str = "") -> tuple[str, int]:
        """Sex and age in years: of those with this condition, or of everyone."""
        rng, rates = self.rng, self.rates
        if condition:
            sex = "female" if rng.random() < rates.female[condition] else "male"
            low, mode, high = (table[condition] for table in (rates.age_low, rates.age_mode, rates.age_high))
            return sex, int(rng.triangular(low, high, mode))
        group = _draw(rng, self._ages)
        sex = "male" if rng.random() < rates.male_share[group] else "female"
        return sex, group * 5 + int(rng.random() * (5 if group < 16 else 12))

    def register(self, day: int, sex: str, age: int, source: f.Source | None = None) -> Registered:
        """Write the registration of somebody new."""
        rng, kit = self.rng, self.kit
        village = int(rng.random() * len(self.villages))
        calendar = self.local.calendar
        known = rng.random()
        exact = kit.rates.born_known
        birthday = calendar.text[day - int(rng.random() * 364)][4:]
        year = int(calendar.text[day][:4]) - age
        if birthday == "-02-29":
            birthday = "-02-28"
        born = f"{year}{birthday}"
        born = born if known < exact["day"] else born[:7] if known < exact["day"] + exact["month"] else (
            born[:4] if known < exact["day"] + exact["month"] + exact["year"] else "")  # fmt: skip
        name = kit.names.person(rng, sex)
        body = f.Registration(
            name=name, gender=sex, born=born, place=self.villages[village],  # type: ignore[arg-type]
            phone=f"+000 7{rng.randrange(10**8):08}" if rng.random() < kit.rates.has_phone else "",
            language=LANGUAGES[int(rng.random() ** 3 * 3)], source=source,
            chosen_name=kit.names.given(rng, sex) if rng.random() < 0.01 else "",
        )  # fmt: skip
        author = self.local.worker(rng, day, "nurse", "chw", "care_manager")
        at = calendar.at(day, 430 + int(rng.random() * 45))
        person = self.pen.say("", at, author, body)
        return Registered(person=person, body=body, day=day, author=author)

    def again(self, one: Registered, day: int) -> Registered:
        """The same person registered a second time by somebody who did not find the first."""
        rng = self.rng
        body = one.body
        if rng.random() < self.rates.misspelt:
            body = msgspec.structs.replace(body, name=misspelt(rng, body.name))
        if rng.random() < 0.6:
            body = msgspec.structs.replace(body, born=body.born[:4], phone="")
        author = self.local.worker(rng, day, "nurse", "chw", "care_manager")
        at = self.local.calendar.at(day, 480 + int(rng.random() * 480))
        return Registered(person=self.pen.say("", at, author, body), body=body, day=day, author=author)

    def life(self, one: Registered, sex: str, age: int, condition: str, start: int) -> Person:
        """How far away, how steady, and when this person truly dies or moves: the same whatever care does."""
        rng, rates, today = self.rng, self.rates, self.local.calendar.today
        group = {"depression": "mood", "anxiety": "mood", "psychosis": "psychosis", "bipolar": "psychosis",
                 "epilepsy": "epilepsy"}.get(condition, "other")  # fmt: skip
        died = start + 1 + int(rng.expovariate(yearly_death(age) * rates.died[condition]) * 365)
        moved = start + 1 + int(rng.expovariate(rates.moved) * 30)
        village = self.villages.index(one.body.place)
        person = Person(
            id=one.person, sex=sex, age=age, language=one.body.language, minutes_away=self.distance[village],
            adherent=rng.random() < rates.adherent[group],
        )  # fmt: skip
        if died < today:
            person.died, person.death_told = died, rng.random() > rates.death_unrecorded
        if moved < today:
            person.moved = moved
        return person


def yearly_death(age: float) -> float:
    """Deaths a year at this age in the whole population: 6.4 in 1,000 over all ages (shape assumed)."""
    return 0.0012 + 0.0011 * exp((age - 20) * 0.062) + (0.004 if age < 5 else 0)


def _way(rng: Random, travel: Sequence[float]) -> float:
    median, ninetieth = travel
    spread = (ninetieth / median) ** (1 / _SPREAD)
    return float(median * spread ** rng.gauss(0, 1))


def _cumulated(shares: Sequence[float]) -> tuple[float, ...]:
    whole, so_far, found = sum(shares), 0.0, []
    for one in shares:
        so_far += one / whole
        found.append(so_far)
    found[-1] = 1.0
    return tuple(found)


def _draw(rng: Random, cumulated: Sequence[float]) -> int:
    u = rng.random()
    return next(n for n, upto in enumerate(cumulated) if u < upto)
