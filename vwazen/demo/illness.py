"""What truly goes on in a person: illness by itself, and what care adds. No fact is written here.

Each kind has a severity `theta` on the scale of the item model, `well`, and `crisis`, which is set on the day that
something acute begins. `dose` is care received since the last step, 0 to 1, times the site's fidelity.
"""

from math import exp
from random import Random

from vwazen.demo.rates import Rates

MONTH = 30.0
Event = tuple[int, str]


def happens(rng: Random, a_month: float, days: float) -> bool:
    """Whether something with this monthly share happens within so many days."""
    return rng.random() < 1 - (1 - a_month) ** (days / MONTH) if a_month < 1 else True


class Illness:
    """Ill from before `start`; `history` lists (day, what) as it truly happened."""

    medicine = ""
    kind = "other"

    def __init__(self, rates: Rates, rng: Random, start: int, theta: float) -> None:
        self.rates, self.rng = rates, rng
        self.day = self.start = start
        self.theta, self.level, self.wander = theta, theta, 0.0
        self.ill = True
        self.well_since: int | None = None
        self.crisis = ""
        self.history: list[Event] = []
        self.on_medicine = False
        self.boost = 1.0  # the planted effect of mentors, of an early contact, of a consultation

    def advance(self, day: int, dose: float) -> None:
        """Live until `day`, at most a month at a time."""
        while self.day < day:
            days = min(MONTH, day - self.day)
            self.day += int(days)
            self.crisis = ""
            self._step(days, dose)

    def _step(self, days: float, dose: float) -> None:
        raise NotImplementedError

    @property
    def well(self) -> bool:
        return self.well_since is not None

    def change(self, medicine: str) -> None:
        """Another medicine from now on."""
        self.medicine = medicine

    def _settle(self, what: str) -> None:
        self.ill, self.well_since = False, self.day
        self.history.append((self.day, what))

    def _fall(self, what: str) -> None:
        self.ill, self.well_since = True, None
        self.history.append((self.day, what))

    def _drift(self, days: float, toward: float, pace: float) -> None:
        """Move the level, and let severity wander around it with a bounded spread."""
        share = days / MONTH
        self.level += (toward - self.level) * (1 - exp(-pace * share))
        self.wander = self.wander * 0.7 + self.rng.gauss(0, self.rates.wander * share**0.5)
        self.theta = self.level + self.wander


class Mood(Illness):
    """Depression and anxiety: remission by itself, sooner in care, and relapse."""

    kind = "mood"

    def __init__(self, rates: Rates, rng: Random, start: int, theta: float) -> None:
        super().__init__(rates, rng, start, theta)
        self.medicine = "amitriptyline" if rng.random() < rates.other_medicine["mood"] else "fluoxetine"
        self.episodes = 1 + (rng.random() < 0.4) + (rng.random() < 0.15)
        self.rest = rng.gauss(*rates.well_theta)

    def _step(self, days: float, dose: float) -> None:
        rates = self.rates
        if self.ill:
            months = (self.day - self.start) / MONTH
            by_itself = rates.remit_untreated[0 if months <= 3 else 1 if months <= 6 else 2]
            if happens(self.rng, min(0.9, by_itself * (1 + rates.treated_hazard * dose) * self.boost**dose), days):
                self._settle("remission")
                self.rest = self.rng.gauss(*rates.well_theta)
            self.level -= rates.treated_drift * dose * days / MONTH
        else:
            residual = rates.relapse_residual**0.5 if self.rest > 0.4 else 0.85
            if happens(self.rng, rates.relapse * residual * (1.25 if self.episodes > 1 else 0.85), days):
                self._fall("relapse")
                self.start, self.episodes = self.day, self.episodes + 1
                self.level = max(1.2, self.rng.gauss(*rates.care_theta))
        self._drift(days, self.rest if not self.ill else self.level, 1.3)
        if self.ill and self.level < rates.remitted_theta - 0.1:
            self._settle("remission")
            self.rest = self.level


class Seizures(Illness):
    """Epilepsy: a person's own rate without medicine; some are free on it, for as long as they take it."""

    kind = "epilepsy"

    def __init__(self, rates: Rates, rng: Random, start: int, theta: float) -> None:
        super().__init__(rates, rng, start, theta)
        self.medicine = "carbamazepine" if rng.random() < rates.other_medicine["epilepsy"] else "phenobarbital"
        mean, shape = rates.seizures_untreated
        self.own = rng.gammavariate(shape, mean / shape) + 0.15
        u = rng.random()
        first, second, both = rates.seizure_free
        self.free_on = 1 if u < first else 2 if u < first + second else 3 if u < first + second + both else 0
        self.drugs = 1
        mean, shape = rates.seizures_on_drug
        self.treated = min(self.own, rng.gammavariate(shape, mean / shape) + 0.05)

    def change(self, medicine: str) -> None:
        """A second medicine, on which some are free who were not on the first."""
        super().change(medicine)
        self.drugs = 2

    @property
    def rate(self) -> float:
        """Seizures a month as things stand."""
        if not self.on_medicine:
            return self.own
        return 0.0 if 0 < self.free_on <= self.drugs else self.treated

    def count(self) -> int:
        """Seizures in the last 30 days: gamma-Poisson around the rate."""
        rate = self.rate
        if rate <= 0:
            return 0
        left, n, limit = self.rng.gammavariate(2, rate / 2), 0, 60
        while n < limit:
            left -= self.rng.expovariate(1)
            if left < 0:
                break
            n += 1
        return n

    def _step(self, days: float, dose: float) -> None:
        self.on_medicine = self.rng.random() < (dose if dose < 0.5 else 0.5 + dose / 2)
        if self.rate > 0:
            if self.well:
                self._fall("seizures again")
            if happens(self.rng, self.rates.status_epilepticus * min(3, self.rate), days):
                self.crisis = "status_epilepticus"
                self.history.append((self.day, self.crisis))
        elif not self.well:
            self._settle("seizure-free")
        self.theta = min(2.5, 0.3 + 0.35 * self.rate)


class Relapsing(Illness):
    """Psychosis and bipolar disorder: settled on medicine, relapse with or without it, crises."""

    def __init__(
        self, rates: Rates, rng: Random, start: int, theta: float, bipolar: bool, bearing: bool = False
    ) -> None:  # fmt: skip
        super().__init__(rates, rng, start, theta)
        self.kind = "psychosis"
        self.bipolar = bipolar
        self.brief = not bipolar and rng.random() < rates.brief_psychosis
        self.medicine = "risperidone" if rng.random() < rates.other_medicine["psychosis"] else "haloperidol"
        if bipolar and (not bearing or rng.random() < rates.other_medicine["bearing"]):  # it harms an unborn child
            self.medicine = "valproate"
        elif not bipolar and not self.brief and rng.random() < rates.other_medicine["injected"]:
            self.medicine = "fluphenazine"
        self.off_days = 0.0

    def _step(self, days: float, dose: float) -> None:
        rates, rng = self.rates, self.rng
        self.on_medicine = rng.random() < 0.25 + 0.75 * dose
        self.off_days = 0.0 if self.on_medicine else self.off_days + days
        if self.ill:
            pace = rates.brief_remits if self.brief else 0.22 if self.on_medicine else 0.06
            if happens(rng, min(0.9, pace * self.boost**dose), days):
                self._settle("settled")
        else:
            on, off = (rates.bipolar_relapse, rates.bipolar_relapse * 1.8) if self.bipolar else rates.psychosis_relapse
            hazard = on if self.on_medicine else off
            if self.off_days >= 28 and not self.bipolar:
                hazard *= rates.stockout_relapse**0.5
            if happens(rng, hazard * (0.3 if self.brief else 1), days):
                self._fall("relapse")
                self.crisis = "mania" if self.bipolar and rng.random() < 0.6 else "acute_psychosis"
        self._drift(days, 2.1 if self.ill else 0.6, 1.5)


class Slow(Illness):
    """Drinking, children's troubles, dementia, the time after self-harm: slow change, few crises."""

    def __init__(self, rates: Rates, rng: Random, start: int, theta: float, condition: str) -> None:
        super().__init__(rates, rng, start, theta)
        self.condition = condition

    def _step(self, days: float, dose: float) -> None:
        rates = self.rates
        if self.condition == "dementia":
            self._drift(days, self.level + rates.dementia_worsens * days / MONTH, 30)
            return
        alone, cared = rates.alcohol_remits if self.condition == "alcohol" else rates.child_remits
        if self.condition == "self-harm":
            alone, cared = 0.1, 0.25
        if self.ill and happens(self.rng, (alone + (cared - alone) * dose) * self.boost**dose, days):
            self._settle("better")
        elif not self.ill and happens(self.rng, rates.relapse, days):
            self._fall("again")
        self._drift(days, 1.6 if self.ill else 0.5, 0.8)


def begin(rates: Rates, rng: Random, condition: str, start: int, theta: float, bearing: bool = False) -> Illness:
    """The illness of someone whose care for `condition` begins on day `start`; `bearing`: a woman of 16 to 45."""
    if condition in ("depression", "anxiety"):
        return Mood(rates, rng, start, theta)
    if condition == "epilepsy":
        return Seizures(rates, rng, start, theta)
    if condition in ("psychosis", "bipolar"):
        return Relapsing(rates, rng, start, theta, condition == "bipolar", bearing)
    return Slow(rates, rng, start, theta, condition)
