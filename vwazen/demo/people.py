"""Who lives around a site: names, ages, villages; and their registrations, some of them twice."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import exp
from random import Random

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.journey import Person
from vwazen.demo.kit import LANGUAGES, Kit
from vwazen.demo.local import Local
from vwazen.demo.names import misspelt
from vwazen.demo.pen import Pen
from vwazen.demo.rates import Rates

CONDITIONS = (
    "depression", "anxiety", "epilepsy", "psychosis", "bipolar", "alcohol", "child", "dementia", "self-harm",
)  # fmt: skip
_SPREAD = 1.28  # the 90th centile lies so many SD above the median
_GROUPS = 17
_PEOPLE = 10_000_000  # what the counts of ill people are given for


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
        self._kinds, self._shares = _kinds(kit.rates)
        self._mix = _cumulated([kit.rates.mix[one] / kit.rates.stays_open[one] for one in CONDITIONS])
        self._ill = {
            (sex, group): _ill(kit, sex, group, local.place.need)
            for sex in ("female", "male")
            for group in range(_GROUPS)
        }
        self._most_ill = max(shares[-1] for shares in self._ill.values())
        known = kit.rates.born_known
        self._exact, self._month = known["day"], known["day"] + known["month"]
        self._year = self._month + known["year"]

    def condition(self) -> str:
        """What brings somebody into care."""
        return CONDITIONS[bisect_right(self._mix, self.rng.random())]

    def sex_and_age(self, condition: str = "") -> tuple[str, int]:
        """Sex and age in years: of those with this condition, or of everyone."""
        rng, rates = self.rng, self.rates
        if condition:
            sex = "female" if rng.random() < rates.female[condition] else "male"
            low, mode, high = (table[condition] for table in (rates.age_low, rates.age_mode, rates.age_high))
            return sex, int(rng.triangular(low, high, mode))
        return next(self.sexes_and_ages(1))

    def sexes_and_ages(self, many: int) -> Iterator[tuple[str, int]]:
        """The same of so many people of the whole population."""
        random = self.rng.random
        for sex, age, wide in self.rng.choices(self._kinds, cum_weights=self._shares, k=many):
            yield sex, age + int(random() * wide)

    def illness(self, sex: str, age: int) -> str:
        """What somebody who is not in care truly has; mostly nothing."""
        u = self.rng.random()
        if u >= self._most_ill:
            return ""
        shares = self._ill[sex, min(_GROUPS - 1, age // 5)]
        return CONDITIONS[bisect_right(shares, u)] if u < shares[-1] else ""

    def identity(self, day: int, sex: str, age: int) -> tuple[str, str, str, str, str]:
        """Name, birth as far as known, village, phone and language of somebody registered on that day."""
        rng = self.rng
        random = rng.random
        text = self.local.calendar.text
        u = random()
        born = ""
        if u < self._year:
            # Their last birthday says the year, too: who has it later in the year was born a year before.
            birthday = text[day - int(random() * 364)] if u < self._month else text[day]
            born = str(int(birthday[:4]) - age)
            if u < self._month:
                born += birthday[4:7] if u >= self._exact else "-02-28" if birthday[5:] == "02-29" else birthday[4:]
        village = self.villages[int(random() * len(self.villages))]
        phone = f"+000 7{int(random() * 10**8):08}" if random() < self.rates.has_phone else ""
        return self.kit.names.person(rng, sex), born, village, phone, LANGUAGES[int(random() ** 3 * 3)]

    def register(
        self, day: int, sex: str, age: int, source: f.Source | None = None, *, care: bool = False
    ) -> Registered:  # fmt: skip
        """Write the registration of somebody new. `care`: who comes into care is mostly asked for an age at least."""
        rng = self.rng
        name, born, village, phone, language = self.identity(day, sex, age)
        if care and not born and rng.random() < 0.8:
            born = str(int(self.local.calendar.text[day][:4]) - age)
        chosen = self.kit.names.given(rng, sex) if rng.random() < 0.02 else ""
        body = f.Registration(name=name, gender=sex, born=born, place=village, phone=phone, language=language,  # type: ignore[arg-type]
                              source=source, chosen_name=chosen)  # fmt: skip
        author = self.local.worker(rng, day, "nurse", "chw", "care_manager")
        at = self.local.calendar.at(day, 430 + int(rng.random() * 45))
        return Registered(person=self.pen.say("", at, author, body), body=body, day=day, author=author)

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
        village = self.villages.index(one.body.place)
        person = Person(
            id=one.person, sex=sex, age=age, language=one.body.language, village=village,
            minutes_away=self.distance[village],
            adherent=rng.random() < rates.adherent[group], phone=one.body.phone,
        )  # fmt: skip
        died = start + 1 + int(rng.expovariate(yearly_death(rates, age) * rates.died[condition]) * 365)
        moved = start + 1 + int(rng.expovariate(rates.moved) * 30)
        if died < today:
            person.died, person.death_told = died, rng.random() > rates.death_unrecorded
        if moved < min(today, died):
            person.moved = moved
        return person


def yearly_death(rates: Rates, age: float) -> float:
    """Deaths a year at this age in the whole population: 6.4 in 1,000 over all ages (the shape is assumed)."""
    shape = 0.0014 + 0.00135 * exp((age - 20) * 0.062) + (0.0105 if age < 5 else 0)
    return shape * rates.deaths_per_1000 / 6.4


def _ill(kit: Kit, sex: str, group: int, need: float) -> tuple[float, ...]:
    """Cumulated shares of each condition at this sex and age: its cases that are not in care over the people there."""
    rates = kit.rates
    men = rates.male_share[group]
    people = _PEOPLE * rates.age_0_4[group] / sum(rates.age_0_4) * (men if sex == "male" else 1 - men)
    found, so_far = [], 0.0
    for one in CONDITIONS:
        women = rates.female[one]
        cases = (rates.ill[one] - rates.mix[one]) * (women if sex == "female" else 1 - women)
        low, mode, high = rates.age_low[one], rates.age_mode[one], rates.age_high[one]
        share = _triangle(group * 5 + 5, low, mode, high) - _triangle(group * 5, low, mode, high)
        so_far += need * cases * share / people
        found.append(so_far)
    return tuple(found)


def _kinds(rates: Rates) -> tuple[list[tuple[str, int, int]], tuple[float, ...]]:
    """Sex, first age and width of each group of the population, and their cumulated shares."""
    kinds, shares = [], []
    for group, share in enumerate(rates.age_0_4):
        men = rates.male_share[group]
        for sex, part in (("male", men), ("female", 1 - men)):
            kinds.append((sex, group * 5, 5 if group < _GROUPS - 1 else 12))
            shares.append(share * part)
    return kinds, _cumulated(shares)


def _triangle(x: float, low: float, mode: float, high: float) -> float:
    """The share of a triangular distribution below x."""
    if x <= low or x >= high:
        return float(x >= high)
    if x < mode:
        return (x - low) ** 2 / ((high - low) * (mode - low))
    return 1 - (high - x) ** 2 / ((high - low) * (high - mode))


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
