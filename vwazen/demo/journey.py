"""One person's way through care for one condition: contacts kept and missed, an end or none yet.

The true illness runs beside it (`vwazen.demo.illness`); only what somebody saw or asked becomes a fact.
"""

from collections import Counter
from collections.abc import Sequence
from math import exp, log2

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo import crossing, referring
from vwazen.demo.around import helpers, planned
from vwazen.demo.care import Care, Touch
from vwazen.demo.danger import Danger
from vwazen.demo.illness import begin
from vwazen.demo.kit import INJECTED, SCORED, Kit, Who
from vwazen.demo.local import Local
from vwazen.demo.pen import DAY, Pen
from vwazen.demo.programme import saturday, workday

NEVER = 10**9
_KEEPS = 40  # days that care received goes on working; it fades over the next 60 (assumed)
_KNOWN = 0.6  # share of contacts with the worker who follows the person, where that worker is there (assumed)
AWAY_LONG = 90  # days without a contact after which a note says where the person was
ENROLS = ("nurse", "care_manager", "social_worker")  # roles that take somebody into care
_LOGIT_KEPT = 0.1  # brings the mean over distances and severities back to the published shares of who returns


class Person(msgspec.Struct, kw_only=True):
    """Someone as they are: how far away, how steady with medicine, and the day on which they truly die or move."""

    id: str
    sex: str
    age: int
    language: str
    minutes_away: float
    adherent: bool
    village: int = 0
    died: int = NEVER
    death_told: bool = False
    moved: int = NEVER
    births: tuple[int, ...] = ()
    births_told: set[int] = msgspec.field(default_factory=set)
    hiv: bool = False
    phone: str = ""
    numbered: bool = False
    weight: float = 0


class Journey:
    """Care of one person for one condition, from its first contact until today or its end."""

    def __init__(
        self, kit: Kit, local: Local, pen: Pen, person: Person, condition: str, start: int,
        diagnoses: Sequence[str] = (), before: "Journey | None" = None,
    ) -> None:  # fmt: skip
        self.kit, self.rates, self.local, self.pen, self.rng = kit, kit.rates, local, pen, pen.rng
        self.person, self.condition, self.start, self.day = person, condition, start, start
        self.today = local.calendar.today
        self.until = min(self.today, person.died, person.moved)
        self.diagnoses = diagnoses or (condition.capitalize(),)
        self.perinatal = "pregnancy" in self.diagnoses[0] or "childbirth" in self.diagnoses[0]
        self.known_as(kit.who(person.sex, person.age, condition))
        self.illness = begin(kit.rates, pen.rng, condition, start, pen.rng.gauss(*kit.rates.care_theta),
                             "bearing" in self.who)  # fmt: skip
        self.entry = self.illness.theta
        self.before = before
        self.care = Care(self)
        self.danger = Danger(self)
        self.contacts = 0
        self.second: int | None = None
        self.planned = start
        self.lost_from: int | None = None
        self.closed: int | None = None
        self.outcome = ""
        self.harms: list[int] = []
        self.aside = pen.aside(local.around.rng)
        self.met: list[int] = []
        self.later = False  # lost, and comes back on a day that lies ahead
        self.noted = ""
        self.first: Touch | None = None
        self.missed_on = start
        self.stays: list[tuple[int, int | None]] = []
        self.followed: list[int] = []
        self.traced: Counter[str] = Counter()
        self.referrals: list[tuple[int, str, str]] = []

    def known_as(self, who: Who) -> None:
        """Whom sentences must fit from now on; `felt` holds the same for somebody who is ill, and who is well."""
        self.who, self.felt = who, (who | {"ill"}, who | {"well"})

    def minute(self, day: int, hour: int = 0) -> int:
        """A moment of the working day (or after `hour`), in minutes since 1970."""
        open_for = 240 if saturday(day) else 500
        at = hour * 60 + int(self.rng.random() * 50) if hour else 480 + int(self.rng.random() * open_for)
        return self.local.calendar.at(day, at)

    def say(self, at: int, author: str, body: f.AnyBody, **more: object) -> str:
        return self.pen.say(self.person.id, at, author, body, **more)  # type: ignore[arg-type]

    def run(self) -> "Journey":
        """Live the whole way."""
        day: int | None = self.start
        while day is not None and day < self.until:
            self.live_until(day)
            since, self.day = day - self.day, day
            self._contact(day, since)
            if self.closed is not None:
                return self
            day = self._after(day)
        if self.closed is None:
            self._end()
        return self

    def live_until(self, day: int) -> None:
        """Let the illness go on, with the care that was received since the last contact."""
        illness = self.illness
        if day <= illness.day:
            return
        since = day - self.day
        kept = 1.0 if since <= _KEEPS else max(0.0, 1 - (since - _KEEPS) / 60)
        steady = 1.0 if self.person.adherent else 0.35
        dose = 0.0 if not self.contacts else self.local.fidelity(day) * kept * steady * (0.5 if self.care.gap else 1)
        boost = self.local.boost(day)
        if self.second is not None and self.second - self.start <= 28:
            boost *= self.rates.contact4w
        if day < self.care.consulted_until:
            boost *= self.rates.consult
        illness.boost = boost
        illness.advance(day, dose)
        if illness.ill and self.person.age >= 14:
            yearly = self.rates.harm * self.rates.harm_in_care
            if self.rng.random() < yearly * since / 365:
                self.harms.append(day)

    def _contact(self, day: int, since: int) -> None:
        """A contact that took place: measuring, treating, writing, and the next date."""
        rng, care = self.rng, self.care
        self.danger.catch_up(day)
        first = self.contacts == 0
        self.contacts += 1
        self.met.append(day)
        if self.contacts == 2:
            self.second = day
        u = rng.random()
        tablets = bool(care.prescribed)  # nobody is handed tablets by phone, or an injection at home
        at_clinic = first or u < 0.66 or (u >= 0.9 and tablets) or (tablets and self.illness.medicine == INJECTED)
        touch = self._touch(day, "clinic" if at_clinic else "home" if u < 0.9 else "phone")
        mode = touch.mode
        if first:
            self.first = touch
            care.enrol(touch)
        self.planned = self._next_date(day)
        long, agreed = self.kit.minutes(rng, mode, first), self.local.calendar.text[self.planned]
        body = f.Encounter(mode=mode, minutes=long, next=agreed)  # type: ignore[arg-type]
        encounter = care.write(touch, 0, body)
        if not first:
            care.hand_over(touch)
            care.measure(touch)
        if self.harms and self.harms[-1] > day - 30 and not self.danger.open and rng.random() < 0.6:
            self.danger.told(day, touch.at + 5, touch.author, self.harms[-1])
        care.signs(touch)
        care.pregnancy(touch, first)
        care.treat(touch)
        if first:
            helpers(care, touch)
        elif self.contacts == 3:
            planned(care, touch)
        care.consider(touch)
        referring.referred(self, touch)
        crossing.talked(self, touch)
        if since > AWAY_LONG:
            care.write(touch, 12, f.Note(text=self.kit.pick(rng, "came_back", self.who)))
        elif rng.random() < self.rates.note_written:
            counted = self.condition == "epilepsy" and care.measured == day  # the note says what was just counted
            well = care.last_score == 0 if counted else self.illness.well
            text = self.kit.note(rng, self.condition, self.felt[well], well, self.noted)
            self.noted = text
            care.write(touch, 12, f.Note(text=text))
        if rng.random() < self.rates.amended:
            seen = msgspec.structs.replace(body, minutes=self.kit.minutes(rng, mode, first))
            self.say(touch.at + touch.off, touch.author, seen, amends=encounter, typed=DAY + int(rng.random() * 3000))
        if self._well_long(day) and not self.danger.open:
            self._close(day, "completed", touch.at + 14, "Knows the early signs and where to come.")

    def _touch(self, day: int, mode: str) -> Touch:
        at, roles = self.minute(day), self.kit.roles[self.condition]
        if mode == "home":
            author = self.local.walker(self.person.village, day)
        else:
            if self.contacts == 1 and "lay_counsellor" in roles:
                roles = ENROLS
            among, author = self.local.workers_on(day, *roles), self.care.owner
            if self.rng.random() > _KNOWN or author not in among:
                author = among[int(self.rng.random() * len(among))] if among else ""
        if mode == "clinic":
            return Touch(day, at, author, mode)
        return Touch(day, at, author, mode, self._late(), f"phone-{author[-6:]}", self.local.clock_off(author, day))

    def _next_date(self, day: int) -> int:
        """The next date agreed: two weeks at first, then four; eight or twelve where life is steady. Never a Sunday."""
        illness = self.illness
        if self.contacts <= 2 or (self.condition in SCORED and not illness.well and day - self.start < 70):
            gap = 14
        else:
            well = day - (illness.well_since or day)
            gap = 25 if well < (45 if self.condition in SCORED else 120) else 56 if well < 240 else 84
        medicine = self.illness.medicine
        if gap > 25 and self.care.prescribed and (medicine == INJECTED or self.local.out_of(medicine, day)):
            gap = 25
        due = day + gap + int(self.rng.random() * 4)
        return due - 1 if saturday(due) and self.rng.random() < 0.75 else workday(due)

    def _after(self, day: int) -> int | None:
        """The day of the next contact that takes place; None when there is none before today."""
        rng, rates, local = self.rng, self.rates, self.local
        far = rates.far * max(0.0, log2(self.person.minutes_away / 60))
        if rng.random() > self._returns(day, far):
            return self._lose(day)
        due, tries = self.planned, 0
        while due < self.until:
            missed = rates.missed + (rates.missed_season if local.rain(due) else 0) + 0.08 * far
            if local.flooded(due):
                missed = 1 - (1 - missed) * rates.catastrophe[2]
            if tries > 3 or rng.random() > missed:
                return workday(due + (int(rng.random() * 3) if tries else 0))
            tries += 1
            due = self._missed(due)
        return None

    def _returns(self, day: int, far: float) -> float:
        """The share of people in this place who come back at all."""
        rates, local = self.rates, self.local
        gap = self.planned - day
        kept = rates.returns[self.contacts - 1] if self.contacts <= 2 else (1 - rates.lost_a_month) ** (gap / 30)
        felt = rates.severity_keeps * (self.illness.theta - rates.care_theta[0])
        odds = kept / (1 - kept) * exp(_LOGIT_KEPT - far + felt)
        if self.contacts > 2 and local.mentored(day):
            odds *= 1.2
        if self.contacts == 1 and local.place.pathway and day >= local.pathway_from:
            odds /= rates.pathway[2]
        return odds / (1 + odds)

    def _missed(self, day: int) -> int:
        """A date that was not kept: written down by some, and some are called or looked for. Gives the next date."""
        rng, text = self.rng, self.local.calendar.text
        elsewhere = self.before is not None and day in self.before.met  # seen that day for the other illness
        if elsewhere or rng.random() > self.rates.missed_recorded:
            return workday(day + 3 + int(rng.random() * 14))
        at = self.minute(day, 11 if saturday(day) else 16)
        author = self.local.worker(rng, day, *self.kit.roles[self.condition])
        again = workday(day + 7 + day % 3)
        self.missed_on = day
        self.say(at, author, f.Encounter(mode="clinic", outcome="missed", next=text[again]))
        if self.care.talk and rng.random() < 0.3:
            self.say(at + 1, author, f.Treatment(name=self.care.talk, form="psychological", event="missed"))
        if rng.random() < self.rates.sought and day + 4 < self.until:
            u = rng.random()
            outcome = "seen" if u < 0.55 else "not_found" if u < 0.9 else "refused"
            touch = self._touch(workday(day + 2 + day % 2), "phone" if rng.random() < 0.4 else "home")
            found = workday(again + 3)
            crossing.looked_for(self, touch, outcome, text[found])
            return found if outcome == "seen" else again
        return again

    def _lose(self, day: int) -> int | None:
        """Somebody who does not come back: missed, looked for, found again by some."""
        rng = self.rng
        self.lost_from = day
        if self.planned < self.until:
            self._missed(self.planned)
        self._left_hospital(day)
        back = workday(day + 100 + int(rng.random() * 260))
        if rng.random() < self.rates.found_again and not self.danger.open:
            self.later = back >= self.today
            return back if back < self.until else None
        return None

    def _left_hospital(self, day: int) -> None:
        """Whoever does not come after a stay in hospital is looked for until somebody has met them."""
        out = self.stays[-1][1] if self.stays else None
        if out is None or out < day:
            return
        met = workday(max(self.planned, out + 7) + 2)
        if met < min(self.today, self.person.died):
            touch = self._touch(met, "home" if met < self.until else "phone")
            crossing.looked_for(self, touch, "seen", self.local.calendar.text[workday(met + 10)])

    @property
    def away(self) -> bool:
        """Whether nobody has seen them since they were lost."""
        return self.lost_from is not None and self.day <= self.lost_from

    def _struck_off(self) -> None:
        """Nobody sees them any more. Most are closed some months later; of the rest, most in the January after, when
        the register is gone through; a few are forgotten for another year."""
        share, day = self.rates.closed_lost, workday(self.day + 110 + int(self.rng.random() * 120))
        heard = self.person.died if self.person.death_told else self.today
        while day < min(heard, self.today):
            if self.rng.random() < share:
                self._write_off(day)
                return
            share, day = self.rates.cleaned, self.local.cleaning(day, self.day)

    def _write_off(self, day: int) -> None:
        """Look for them once more, or not, and end the episode with what was found."""
        if self.until < day:
            self.danger.give_up(day)
        self.danger.settle(day)
        u, chance = self.rng.random(), self.aside.rng
        moved = self.person.moved < day and u < 0.6
        outcome = (
            "moved" if moved else "lost" if u < 0.8 or self.until < day else "refused" if u < 0.9 else "not_indicated"
        )
        note = ""
        if outcome != "not_indicated" and chance.random() < self.rates.sought_last:
            found = crossing.looked_for_last(self, workday(day - 2 - int(chance.random() * 9)), outcome)
            note = crossing.picked(self, f"written_off_{found}")
        self._close(day, outcome, self.minute(day), note)

    def _close(self, day: int, outcome: str, at: int, note: str = "") -> None:
        """End the episode. Never while a risk is open: `Danger.settle` comes first; another journey's holds it up."""
        if self.before is not None and self.before.danger.stood(day):
            return
        self.closed, self.outcome = day, outcome
        author = self.local.worker(self.rng, day, "care_manager", "nurse")
        self.care.owe_nothing(at - 2, author)
        self.say(at, author, f.Close(episode=self.care.episode, outcome=outcome, note=note))  # type: ignore[arg-type]
        if self.care.prescribed and outcome == "completed":
            care = self.care
            done = f.MedicineStopped(prescription=care.prescribed, reason="completed", segment=care.readers)
            self.say(at, author, done)

    def _end(self) -> None:
        """A move ends care where somebody says so; whoever is still in care is followed until today, or missed."""
        person = self.person
        if person.moved == self.until < self.today and not self.away:
            self.danger.settle(person.moved)
            self._close(person.moved, "moved", self.minute(person.moved))
            return
        self.danger.follow_up()
        gone = person.died == self.until < self.today and not person.death_told
        if gone or (self.away and not self.later):
            self._struck_off()
        if self.closed is None:
            self.live_until(self.until)
            if gone or self.away:
                crossing.tried(self)

    def _well_long(self, day: int) -> bool:
        since = self.illness.well_since
        if since is None or day - since < self.rates.completed_after[self.condition]:
            return False
        return self.condition in SCORED or self.rng.random() < 0.3

    def _late(self) -> int:
        """Minutes from typing to arrival: most phones sync by evening, some after days, a few after weeks."""
        rng, rates = self.rng, self.rates
        if rng.random() > rates.late_phone:
            return int(rng.random() * 300)
        if rng.random() > rates.very_late:
            return DAY + int(rng.random() * 5 * DAY)
        return 10 * DAY + int(rng.random() * 25 * DAY)
