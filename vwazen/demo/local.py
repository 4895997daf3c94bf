"""What one site is like on a day: who is at work, which shelf is empty, how well care is given, who can come."""

import datetime as dt
from collections.abc import Sequence
from math import cos, exp, log, pi
from random import Random

import msgspec

from vwazen.demo.neighbours import PAPERS, Outside, Paper, text_of
from vwazen.demo.pen import Calendar
from vwazen.demo.programme import MONTH, Employee, Place, flood_of, workday
from vwazen.demo.rates import Rates

RAIN = (3, 4, 5, 10, 11)
_BEFORE_HARVEST = 140


class Around:
    """What a site has to do with others: the hospital, people outside who send somebody, and their papers.

    It has random numbers of its own: what happens between services changes nothing of what happens at the site.
    """

    def __init__(
        self, rng: Random, hospital: Place | None = None, ward: Sequence[Employee] = (),
        outsiders: Sequence[Outside] = (), number: int = 0,
    ) -> None:  # fmt: skip
        self.rng, self.hospital, self.ward, self.outsiders = rng, hospital, tuple(ward), tuple(outsiders)
        self.papers: list[Paper] = []
        self._first = number * PAPERS + 1

    def paper(self, outsider: Outside, day: str) -> Paper:
        """The next paper of somebody outside, made on that day; one without a number where all were given out."""
        number = self._first + len(self.papers) if len(self.papers) < PAPERS else 0
        return Paper(number=number, outsider=outsider.id, made=day)

    def use(self, paper: Paper, day: str, fact: str) -> None:
        """Somebody came with it."""
        if paper.number:
            self.papers.append(msgspec.structs.replace(paper, used=day, fact=fact))

    def text(self, paper: Paper) -> str:
        return text_of(paper.number) if paper.number else ""


class Local:
    """One site over the years shown; drawn once, from its own random numbers."""

    def __init__(
        self, place: Place, rates: Rates, calendar: Calendar, rng: Random, workers: Sequence[Employee],
        above: Sequence[Employee], around: Around | None = None,
    ) -> None:  # fmt: skip
        self.place, self.rates, self.calendar, self.rng = place, rates, calendar, rng
        self.workers = tuple(workers)
        self._by_role: dict[str, list[Employee]] = {}
        for one in self.workers:
            self._by_role.setdefault(one.role, []).append(one)
        self.left = {one.id: one.ends for one in self.workers if one.ends is not None}
        self.specialists = tuple(one for one in above if one.role == "psychiatrist")
        self.physicians = tuple(one for one in above if one.role in ("physician", "psychologist"))
        self.supervisors = tuple(one for one in above if one.role == "supervisor")
        months = (calendar.today - calendar.first) // MONTH + 2
        # At least one spell of each shelf in a programme's life; else each month by its share.
        self.empty = {
            name: {m for m in range(months) if rng.random() < share} for name, share in rates.stock_out.items()
        }
        self.visited = [rng.random() < rates.supervised for _ in range(months)]
        self._there: dict[tuple[tuple[str, ...], int], tuple[Employee, ...]] = {}
        self._asked: dict[tuple[tuple[str, ...], int], tuple[str, ...]] = {}
        self._fidelity: dict[int, float] = {}
        self._clocks: dict[tuple[str, int], int] = {}
        self._clock_rng = rng
        self.flood = flood_of(rates, calendar)
        self.around = around or Around(rng=rng)
        self.pathway_from = calendar.today - int(rates.pathway[0] * MONTH)

    def month(self, day: int) -> int:
        return max(0, (day - self.calendar.first) // MONTH)

    def at_work(self, day: int, *roles: str) -> tuple[Employee, ...]:
        """Who works here on that day in one of these roles."""
        key = (roles, day // 15)
        found = self._there.get(key)
        if found is None:
            begin, end = day // 15 * 15, day // 15 * 15 + 14
            found = self._there[key] = tuple(
                [one for role in roles for one in self._by_role.get(role, ())
                 if one.starts <= begin and (one.ends is None or end < one.ends)]
            )  # fmt: skip
        return found

    def workers_on(self, day: int, *roles: str) -> tuple[str, ...]:
        """The ids of those at work in these roles, or of whoever else is there; the supervisors' where nobody is."""
        key = (roles, day // 15)
        found = self._asked.get(key)
        if found is None:
            among = self.at_work(day, *roles) or self.at_work(day, "nurse", "care_manager", "chw") or self.supervisors
            found = self._asked[key] = tuple(one.id for one in among)
        return found

    def worker(self, rng: Random, day: int, *roles: str) -> str:
        """One of them; "" where there is nobody."""
        among = self.workers_on(day, *roles)
        return among[int(rng.random() * len(among))] if among else ""

    def walker(self, village: int, day: int) -> str:
        """The community health worker of that village; somebody else where there is none."""
        among = self.workers_on(day, "chw")
        return among[village % len(among)] if among else ""

    def nurse(self, rng: Random, worker: str, day: int) -> str:
        """That worker where a nurse, else a nurse: who hands out medicine, whoever carries it to the house."""
        among = self.workers_on(day, "nurse")
        return worker if worker in among or not among else among[int(rng.random() * len(among))]

    def cleaning(self, day: int, seen: int) -> int:
        """The day in the January after `day` on which the register is gone through as far as who came on `seen`."""
        year = int(self.calendar.text[day][:4])
        return workday(dt.date(year + 1, 1, 8 + seen % 12).toordinal())

    def stand_in(self, rng: Random, worker: str, day: int) -> str:
        """That worker, or somebody else here where they have left."""
        return self.worker(rng, day, "nurse", "care_manager") if day >= self.left.get(worker, day + 1) else worker

    def out_of(self, medicine: str, day: int) -> bool:
        """Whether the shelf is empty."""
        return self.month(day) in self.empty.get(medicine, ())

    def clock_off(self, worker: str, day: int) -> int:
        """By how many minutes the clock of this worker's phone is wrong in this month; nearly always 0."""
        key = (worker, self.month(day))
        if key not in self._clocks:
            u = self._clock_rng.random()
            wrong = u < self.rates.wrong_clock
            self._clocks[key] = int(-9 + 18 * u / self.rates.wrong_clock) * 1440 if wrong else 0
        return self._clocks[key]

    def mentored(self, day: int) -> bool:
        since = self.place.mentors_from
        return since is not None and day >= since

    def fidelity(self, day: int) -> float:
        """The share of what a step should give that is given: with mentors more, and it fades when they stay away."""
        month = self.month(day)
        if month not in self._fidelity:
            low, high = self.rates.fidelity
            since = self.place.mentors_from
            gained = 0.0
            if since is not None and day >= since:
                for m in range(self.month(since), month + 1):
                    fade = 0.5 ** (1 / self.rates.competence_half_life)
                    gained = gained * fade if not self.visited[m] else gained + (1 - gained) * 0.5
            self._fidelity[month] = min(1.0, (low + (high - low) * gained) * self.place.quality**0.5)
        return self._fidelity[month]

    def boost(self, day: int) -> float:
        """The planted effect of the roll-out on remission: 1 before, the hazard ratio after."""
        return self.rates.roll_out_effect if self.mentored(day) else 1.0

    def rain(self, day: int) -> bool:
        return int(self.calendar.text[day][5:7]) in RAIN

    def flooded(self, day: int) -> bool:
        return self.place.catastrophe and self.flood[0] <= day < self.flood[1]

    def detection(self, day: int) -> float:
        """The share of people above the line whom a worker recognises: high after training, fading without mentors."""
        rates, since = self.rates, self.place.mentors_from
        if since is None or day < since:
            return rates.detected
        months = (day - since) / MONTH
        lapsed = sum(not one for one in self.visited[self.month(since) : self.month(day) + 1])
        fades: float = 0.5 ** (min(months, lapsed) / rates.detect_half_life)
        return rates.detected + (rates.detected_peak - rates.detected) * fades

    def coming(self, day: int) -> float:
        """How many new people come, against the site's usual number; none on a Sunday."""
        if day % 7 == 0:
            return 0.0
        times = exp(log(self.rates.growth) * (day - self.calendar.today) / 365)
        times *= 1 + self.rates.season * cos((day % 365 - _BEFORE_HARVEST) * 2 * pi / 365)
        if self.place.catastrophe:
            begin, end = self.flood
            if begin <= day < end:
                times *= self.rates.catastrophe[2]
            elif end <= day < end + 182:
                times *= self.rates.catastrophe[3]
        if self.place.pathway and day >= self.pathway_from:
            times *= self.rates.pathway[1]
        return times
