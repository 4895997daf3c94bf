"""One person's way through care for one condition: contacts kept and missed, what was given, measured and written.

The true illness runs beside it (`vwazen.demo.illness`); only what somebody saw or asked becomes a fact.
"""

from math import log2
from random import Random

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.danger import Danger
from vwazen.demo.illness import Illness, Relapsing, Seizures, begin
from vwazen.demo.kit import Kit
from vwazen.demo.local import Local
from vwazen.demo.pen import Pen

DAY = 1440
SCORED = {"depression": "collaborative-care", "anxiety": "collaborative-care"}
_FOREVER = 10**9


class Person(msgspec.Struct, kw_only=True):
    """Someone as they are: who, how far away, how steady with medicine, and when they truly died (a day)."""

    id: str
    sex: str
    age: int
    minutes_away: float
    adherent: bool
    died: int = _FOREVER
    death_told: bool = False
    moved: int = _FOREVER


class Journey:
    """Care of one person for one condition, from its first contact until today or its end."""

    def __init__(
        self, kit: Kit, local: Local, pen: Pen, person: Person, condition: str, start: int, illness: Illness | None = None
    ) -> None:  # fmt: skip
        self.kit, self.rates, self.local, self.pen, self.rng = kit, kit.rates, local, pen, pen.rng
        self.person, self.condition, self.start, self.day = person, condition, start, start
        theta = self.rng.gauss(*kit.rates.care_theta)
        self.illness = illness or begin(kit.rates, pen.rng, condition, start, theta)
        self.danger = Danger(self)
        self.contacts = 0
        self.planned = start
        self.measured = -_FOREVER
        self.measures = 0
        self.first_score: float | None = None
        self.last_score: float | None = None
        self.reviewed = -_FOREVER
        self.step = 1
        self.step_since = start
        self.sign = ""
        self.sign_until = 0
        self.prescribed = False
        self.covered = start
        self.gap = False
        self.lost_from: int | None = None
        self.closed: int | None = None
        self.outcome = ""
        self.owner = ""
        self.episode = ""
        self.consulted_until = 0
        self.early = False

    @property
    def today(self) -> int:
        return self.local.calendar.today

    def minute(self, day: int, hour: int = 0) -> int:
        """A moment of the working day (or about `hour`), in minutes since 1970."""
        at = hour * 60 + int(self.rng.random() * 50) if hour else 480 + int(self.rng.random() * 500)
        return self.local.calendar.at(day, at)

    def say(self, at: int, author: str, body: f.AnyBody, **more: object) -> str:
        return self.pen.say(self.person.id, at, author, body, **more)  # type: ignore[arg-type]

    def run(self) -> None:
        """Live the whole way."""
        day = self.start
        while day < self.today:
            if day >= min(self.person.died, self.person.moved):
                break
            self.live_until(day)
            self.day = day
            self.contact(day)
            if self.closed is not None:
                return
            next_day = self.after(day)
            if next_day is None:
                break
            day = next_day
        self.end()

    def live_until(self, day: int) -> None:
        """Let the illness go on, with the care that was received since the last contact."""
        if day <= self.illness.day:
            return
        since = day - self.day
        kept = 1.0 if since <= 40 else max(0.0, 1 - (since - 40) / 60)
        steady = 1.0 if self.person.adherent else 0.35
        dose = 0.0 if not self.contacts else self.local.fidelity(day) * kept * steady * (0.5 if self.gap else 1)
        boost = self.local.boost(day)
        if self.early:
            boost *= self.rates.contact4w
        if day < self.consulted_until:
            boost *= self.rates.consult
        self.illness.boost = boost
        self.illness.advance(day, dose)

    # What happens at a contact

    def contact(self, day: int) -> None:
        """A contact that took place: enrolment at the first, then measuring, treating, writing, and the next date."""
        rng, first = self.rng, self.contacts == 0
        self.contacts += 1
        if self.contacts == 2 and day - self.start <= 28:
            self.early = True
        at = self.minute(day)
        u = rng.random()
        mode = "clinic" if first or u < 0.66 else "home" if u < 0.9 else "phone"
        author = self._author(day, mode)
        if first:
            self.enrol(at, author)
        self.planned = self.next_date(day)
        late = self._late() if mode != "clinic" else 0
        device = "server" if mode == "clinic" else f"phone-{author[-6:]}"
        body = f.Encounter(mode=mode, minutes=self.kit.minutes(rng, mode, first), next=self.local.calendar.text[self.planned])  # type: ignore[arg-type]  # fmt: skip
        encounter = self.say(at, author, body, late=late, device=device)
        self._hand_over(day, at)
        if not first:
            self.measure(day, at + 4, author, mode, late, device)
        self.signs(day, at + 6, author)
        self.treat(day, at + 8, author)
        self.consider(day, at + 10, author)
        if rng.random() < self.rates.note_written:
            self.say(at + 12, author, f.Note(text=self.kit.note(rng, self.condition, self.illness.well)), late=late, device=device)  # fmt: skip
        if rng.random() < self.rates.amended:
            seen = msgspec.structs.replace(body, minutes=self.kit.minutes(rng, mode, first))
            self.say(at, author, seen, amends=encounter, typed=DAY + int(rng.random() * 3000))
        if self._well_long(day):
            self.complete(day, at + 14, author)

    def enrol(self, at: int, author: str) -> None:
        """The first contact: diagnosis, baseline, episode. The baseline is drawn until it says what the clinic saw."""
        rng, day = self.rng, self.day
        owners = self.local.at_work(day, "care_manager", "nurse")
        self.owner = (owners[int(rng.random() * len(owners))].id if owners else author) or author
        self._baseline(at, author)
        certain = "confirmed" if rng.random() < 0.4 else "provisional"
        self.say(at + 2, author, f.Diagnosis(text=self.kit.diagnosis(rng, self.condition, self.person.sex, self.person.age), certainty=certain))  # type: ignore[arg-type]  # fmt: skip
        self.episode = self.say(
            at + 3, author,
            f.Episode(protocol=SCORED.get(self.condition, "community-care"), protocol_version=1,
                      condition=self.condition, owner=self.owner, step=1),
        )  # fmt: skip
        if rng.random() < 0.7:
            self.say(at + 3, author, f.Consent(segment="mental-health", granted=rng.random() < 0.97, to="the care team"))

    def _baseline(self, at: int, author: str) -> None:
        illness, rng = self.illness, self.rng
        if self.condition not in SCORED:
            if rng.random() < self.rates.measured[self.condition] + 0.2:
                self.measure(self.day, at + 1, author, "clinic", 0, "server", always=True)
            return
        below = rng.random() < self.rates.enrolled_below
        for _ in range(40):
            answers = self.kit.draw(rng, self.condition, illness)
            if (sum(answers.values()) >= 10) != below:
                break
            illness.level = illness.theta = rng.gauss(*self.rates.care_theta) - (0.6 if below else 0)
        self.respond(self.day, at + 1, author, answers, "clinic", 0, "server")

    def measure(self, day: int, at: int, author: str, mode: str, late: int, device: str, always: bool = False) -> None:
        """Ask the questions of the condition's instrument where a measure is due and there is time."""
        if not always and (day - self.measured < 20 or self.rng.random() > self.rates.measured[self.condition]):
            return
        self.respond(day, at, author, self.kit.draw(self.rng, self.condition, self.illness), mode, late, device)

    def respond(
        self, day: int, at: int, author: str, answers: dict[str, float], mode: str, late: int, device: str
    ) -> None:  # fmt: skip
        """Write answers down: mostly whole, some with items missing, some as a total alone."""
        rng, kit = self.rng, self.kit
        total = sum(answers.values())
        body = kit.response(rng, self.condition, answers, mode, first=not self.measures)
        self.measured, self.measures = day, self.measures + 1
        if self.first_score is None:
            self.first_score = total
        self.last_score = total
        response = self.say(at, author, body, late=late, device=device)
        if rng.random() < self.rates.amended and not body.total_only:
            right = msgspec.structs.replace(body, answers=kit.corrected(rng, body.answers))
            self.say(at, author, right, amends=response, typed=DAY)
        if not body.total_only and kit.positive(body):
            self.danger.answered(day, at, author, response, total)

    def signs(self, day: int, at: int, author: str) -> None:
        """A danger sign seen, or seen gone; a hospital stay where it was needed."""
        illness, rng = self.illness, self.rng
        if self.sign and (day >= self.sign_until or illness.well):
            self.say(at, author, f.Sign(sign=self.sign, present=False))  # type: ignore[arg-type]
            self.sign = ""
        if isinstance(illness, Relapsing) and illness.ill and not self.sign and (illness.crisis or rng.random() < 0.12):
            sign = illness.crisis or ("mania" if illness.bipolar and rng.random() < 0.5 else "acute_psychosis")
            self.crisis(day, at, author, sign, 14 + int(rng.random() * 40))
        elif isinstance(illness, Seizures) and illness.crisis:
            self.crisis(day, at, author, "status_epilepticus", 3)
        elif illness.medicine == "valproate" and rng.random() < 0.002:
            self.crisis(day, at, author, "toxicity", 5)

    def crisis(self, day: int, at: int, author: str, sign: str, lasts: int) -> None:
        """Something acute: written down, sometimes with a stay in hospital."""
        rng = self.rng
        self.sign, self.sign_until = sign, day + lasts
        self.say(at, author, f.Sign(sign=sign, present=True))  # type: ignore[arg-type]
        if rng.random() < self.rates.admitted.get(self.condition, 0.05):
            self.say(at + 90, author, f.Hospital(event="admitted", note="District hospital."))
            out = day + 6 + int(rng.random() * 18)
            if out < self.today:
                self.say(self.minute(out), author, f.Hospital(event="discharged"))

    def treat(self, day: int, at: int, author: str) -> None:
        """Sessions, tablets, gaps."""
        rng, kit = self.rng, self.kit
        if self.condition in ("depression", "anxiety", "alcohol", "child", "self-harm") and self.step < 3:
            if self.contacts == 1:
                self.talk = kit.talking(rng, self.condition)
                self.say(at, author, f.Treatment(name=self.talk, form="psychological", event="started"))
            elif not self.illness.well and rng.random() < self.local.fidelity(day) + 0.1:
                self.say(at, author, f.Treatment(name=self.talk, form="psychological", event="session"))
        medicine = self.illness.medicine
        wants = medicine and (self.condition not in SCORED or self.step > 1 or self.prescribed)
        if not wants:
            return
        event = "given"
        if not self.prescribed:
            self.prescribed = True
            self.say(at + 1, author, f.Treatment(name=medicine, form="medicine", event="started", dose=kit.dose(medicine)))
        days = min(84, max(14, self.planned - day))
        self.gap = self.local.out_of(medicine, day)
        if self.gap:
            event = "gap"
            note = "Out of stock."
            self.say(at + 2, author, f.Treatment(name=medicine, form="medicine", event="gap", days=days, note=note))
            return
        self.say(at + 2, author, f.Treatment(name=medicine, form="medicine", event=event, dose=kit.dose(medicine), days=days))  # type: ignore[arg-type]  # fmt: skip
        self.covered = day + days

    # What happens between contacts

    def consider(self, day: int, at: int, author: str) -> None:
        """Questions to a specialist, case review of those who do not respond, a step up."""
        rng, local = self.rng, self.local
        question = ""
        if rng.random() < self.rates.asks:
            question = self.say(at, author, f.Question(text=self.kit.pick(rng, "asked")))
        weeks = (day - self.start) // 7
        slow = (
            self.condition in SCORED and weeks >= 8 and self.first_score is not None and self.last_score is not None
            and self.first_score >= 10 and self.last_score > self.first_score / 2
        )  # fmt: skip
        due = slow and day - self.reviewed > 35 and rng.random() < self.rates.reviewed
        if question and rng.random() < 0.75:
            due = True
        if not due or not local.specialists:
            return
        when = day + 2 + int(rng.random() * 12)
        if when >= self.today:
            return
        self.review(when, question)

    def review(self, when: int, question: str = "") -> None:
        """A specialist's advice, and what became of it."""
        rng, local = self.rng, self.local
        by = local.specialists[int(rng.random() * len(local.specialists))].id
        self.reviewed, self.consulted_until = when, when + 120
        up = self.step < 3 and rng.random() < self.rates.step_up
        choice = "step_up" if up else ("change", "continue", "reassess", "see")[int(rng.random() * 4)]
        text = self.kit.pick(rng, "advised")
        advice = self.say(
            self.minute(when, 14), by,
            f.Recommendation(episode=self.episode, choice=choice, text=text, owner=self.owner,  # type: ignore[arg-type]
                             due=local.calendar.text[when + 14], teaching=self.kit.pick(rng, "taught"),
                             question=question),
        )  # fmt: skip
        if rng.random() > self.rates.carried_out:
            if rng.random() < 0.4 and when + 20 < self.today:
                note = self.kit.pick(rng, "could_not")
                body = f.CarriedOut(recommendation=advice, done=False, note=note)
                self.say(self.minute(when + 20), self.owner, body)
            return
        done = when + 3 + int(rng.random() * 14)
        if done >= self.today:
            return
        at = self.minute(done)
        self.say(at, self.owner, f.CarriedOut(recommendation=advice, done=True))
        if up:
            self.step, self.step_since = self.step + 1, done
            reason = "Advised at the case review: half was not reached."
            self.say(at + 1, self.owner, f.Step(episode=self.episode, step=self.step, reason=reason))

    def next_date(self, day: int) -> int:
        """The next date agreed: two weeks at first, then four; longer where life is steady. Never a Sunday."""
        if self.contacts <= 2 or (self.condition in SCORED and not self.illness.well and day - self.start < 70):
            gap = 14
        elif self.condition in SCORED or not self.illness.well or day - (self.illness.well_since or day) < 150:
            gap = 25
        else:
            gap = 56
        gap += int(self.rng.random() * 4)
        return day + gap + ((day + gap) % 7 == 0)

    def after(self, day: int) -> int | None:
        """The day of the next contact that takes place; None when there is none before today."""
        rng, rates, local = self.rng, self.rates, self.local
        gap = self.planned - day
        stays = rates.returns[self.contacts - 1] if self.contacts <= 2 else (1 - rates.lost_a_month) ** (gap / 30)
        far = rates.far * max(0.0, log2(self.person.minutes_away / 60))
        odds = stays / (1 - stays) * 2.718 ** (0.18 - far + (0.25 if local.mentored(day) else 0))
        if self.contacts == 1 and local.place.pathway and day >= local.pathway_from:
            odds /= rates.pathway[2]
        if self.illness.well and self.condition in SCORED:
            odds *= 0.8
        if rng.random() > odds / (1 + odds):
            return self.lose(day)
        due, tries = self.planned, 0
        while due < self.today:
            missed = rates.missed + (rates.missed_season if local.rain(due) else 0) + 0.3 * far / 4
            if local.flooded(due):
                missed = 1 - (1 - missed) * rates.catastrophe[2]
            if rng.random() > missed or tries > 3:
                came = due + (int(rng.random() * 3) if tries else 0)
                return came if came < self.today else None
            tries += 1
            self.missed(due)
            due += 3 + int(rng.random() * 14)
        return None

    def missed(self, day: int) -> None:
        """A date that was not kept: written down by some, and some are called or looked for."""
        rng = self.rng
        if rng.random() > self.rates.missed_recorded:
            return
        at = self.minute(day, 16)
        author = self._author(day, "clinic")
        again = day + 7 + day % 3
        self.say(at, author, f.Encounter(mode="clinic", outcome="missed", next=self.local.calendar.text[again]))
        if self.talk and rng.random() < 0.3:
            self.say(at + 1, author, f.Treatment(name=self.talk, form="psychological", event="missed"))
        if rng.random() < self.rates.sought and day + 4 < self.today:
            u = rng.random()
            outcome = "seen" if u < 0.55 else "not_found" if u < 0.9 else "refused"
            body = f.Encounter(mode="phone" if rng.random() < 0.4 else "home", outcome=outcome, next=self.local.calendar.text[again + 3])  # type: ignore[arg-type]  # fmt: skip
            who = self._author(day, "home")
            self.say(self.minute(day + 2 + day % 2), who, body, late=self._late(), device=f"phone-{who[-6:]}")

    talk = ""

    def lose(self, day: int) -> int | None:
        """Somebody who does not come back: missed, looked for, closed by some, found again by some."""
        rng = self.rng
        self.lost_from = day
        if self.planned < self.today:
            self.missed(self.planned)
        back = day + 100 + int(rng.random() * 260)
        if rng.random() < self.rates.found_again and not self.danger.open:
            return back if back < self.today else None
        closing = day + 110 + int(rng.random() * 120)
        if closing < self.today and rng.random() < self.rates.closed_lost:
            self.danger.settle(closing)
            u = rng.random()
            self.close(closing, "lost" if u < 0.8 else "refused" if u < 0.9 else "not_indicated", self.minute(closing))
        return None

    def close(self, day: int, outcome: str, at: int) -> None:
        """End the episode. Never while a risk is open: `Danger.settle` comes first."""
        self.closed, self.outcome = day, outcome
        author = self.owner if day < self.person.died else self._author(day, "clinic")
        self.say(at, author, f.Close(episode=self.episode, outcome=outcome))  # type: ignore[arg-type]

    def complete(self, day: int, at: int, author: str) -> None:
        """Well for long: the episode ends as planned."""
        self.danger.settle(day)
        self.closed, self.outcome = day, "completed"
        self.say(at, author, f.Close(episode=self.episode, outcome="completed", note="Knows the early signs and where to come."))  # fmt: skip

    def end(self) -> None:
        """What closes a life's record besides care: death, a move."""
        person = self.person
        if person.moved < min(self.today, person.died) and self.closed is None and self.lost_from is None:
            self.danger.settle(person.moved)
            self.close(person.moved, "moved" if self.rng.random() < 0.6 else "transferred", self.minute(person.moved))
        self.danger.follow_up()

    def _well_long(self, day: int) -> bool:
        since = self.illness.well_since
        return since is not None and day - since > self.rates.completed_after and (
            self.condition in ("depression", "anxiety", "child", "self-harm", "alcohol") or self.rng.random() < 0.01
        )  # fmt: skip

    def _author(self, day: int, mode: str) -> str:
        if mode == "home":
            return self.local.worker(self.rng, day, "chw")
        return self.local.worker(self.rng, day, *self.kit.roles[self.condition])

    def _late(self) -> int:
        """Minutes from typing to arrival: most phones sync by evening, some after days, a few after weeks."""
        rng, rates = self.rng, self.rates
        if rng.random() > rates.late_phone:
            return int(rng.random() * 300)
        if rng.random() > rates.very_late:
            return DAY + int(rng.random() * 5 * DAY)
        return 10 * DAY + int(rng.random() * 25 * DAY)

    def _hand_over(self, day: int, at: int) -> None:
        """Where the owner has left: somebody takes the person over, or nobody does."""
        if any(one.id == self.owner for one in self.local.at_work(day, "care_manager", "nurse")):
            return
        owners = self.local.at_work(day, "care_manager", "nurse")
        if owners and self.rng.random() > self.rates.orphaned:
            self.owner = owners[int(self.rng.random() * len(owners))].id
            self.say(at + 1, self.owner, f.Owner(owner=self.owner))
