"""What is done for a person at a contact: enrolling, measuring, treating, asking a specialist. Writes facts."""

from math import inf
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo import births, hospital
from vwazen.demo.illness import Relapsing, Seizures
from vwazen.demo.kit import INJECTED, SCORED, WEIGHED
from vwazen.demo.pen import DAY
from vwazen.demo.programme import review_day, workday

if TYPE_CHECKING:
    from vwazen.demo.journey import Journey

_TALKED = ("depression", "anxiety", "alcohol", "child", "self-harm")
_SESSIONS = 6  # of a talking treatment, besides the one that begins it (assumed; problem management has five)
_CHASED = 45  # days after which advice that nobody spoke of is asked for (assumed)


class Touch(msgspec.Struct, frozen=True):
    """One contact: its day, its minute, who was there, how, and how long the phone took to send it."""

    day: int
    at: int
    author: str
    mode: str
    late: int = 0
    device: str = "server"
    off: int = 0


class Care:
    """The care of one journey, and what of it matters later."""

    def __init__(self, journey: "Journey") -> None:
        self.journey = journey
        self.owner = ""
        self.episode = ""
        self.step = 1
        self.measured = -inf
        self.first_score: float | None = None
        self.last_score = 0.0
        self.measures = 0
        self.reviewed = -inf
        self.reviews: list[int] = []
        self.consulted_until = 0
        self.sign = ""
        self.sign_until = 0
        self.prescribed = ""
        self.changed = False
        # With whoever takes it irregularly it was agreed that a community health worker helps at home.
        self.readers: f.Segment = "mental-health" if journey.person.adherent else "general"
        self.talk = ""
        self.gap = False
        self.steps: list[tuple[int, int]] = []
        self.sessions = 0
        self.weighed = -inf
        self.owed: list[tuple[int, str]] = []

    def write(self, touch: Touch, minute: int, body: f.AnyBody) -> str:
        """A fact of this contact, some minutes into it."""
        journey = self.journey
        return journey.pen.say(
            journey.person.id,
            touch.at + minute,
            touch.author,
            body,
            late=touch.late,
            device=touch.device,
            off=touch.off,
        )

    def hand(self, touch: Touch, minute: int, body: f.AnyBody) -> str:
        """What only a nurse may do: by the one who is there, or by one at the centre who sends the tablets along."""
        journey = self.journey
        nurse = journey.local.nurse(journey.rng, touch.author, touch.day)
        if nurse == touch.author:
            return self.write(touch, minute, body)
        return journey.say(touch.at + minute, nurse, body)

    def enrol(self, touch: Touch) -> None:
        """The first contact: a baseline, a diagnosis, an episode with its owner; medicine of earlier care has ended."""
        journey, rng = self.journey, self.journey.rng
        owners = journey.local.at_work(touch.day, "care_manager", "nurse")
        self.owner = owners[int(rng.random() * len(owners))].id if owners else touch.author
        self._baseline(touch)
        certain = "confirmed" if rng.random() < 0.4 else "provisional"
        for n, text in enumerate(journey.diagnoses):
            self.write(touch, 2, f.Diagnosis(text=text, certainty="confirmed" if n else certain))  # type: ignore[arg-type]
        protocol = "collaborative-care" if journey.condition in SCORED else "community-care"
        body = f.Episode(protocol=protocol, protocol_version=1, condition=journey.condition, owner=self.owner, step=1)
        self.episode = self.write(touch, 3, body)
        if rng.random() < 0.7:
            self.write(touch, 3, self._consent(rng.random() < 0.97))
        before = journey.before
        if before and before.care.sign and before.closed is not None:
            self.write(touch, 5, f.Sign(sign=before.care.sign, present=False))  # type: ignore[arg-type]
        if before and before.closed is not None and before.outcome != "completed" and before.care.prescribed:
            over = f.MedicineStopped(prescription=before.care.prescribed, reason="other", note="Ended with that care.",
                                     segment=before.care.readers)  # fmt: skip
            self.hand(touch, 5, over)

    def _consent(self, granted: bool) -> f.Consent:
        """A yes or a no to the care team; of a child, a parent's."""
        journey, chance = self.journey, self.journey.aside.rng
        how = "paper" if chance.random() < 0.3 else "aloud"
        if journey.person.age >= 18:
            return f.Consent(segment="mental-health", granted=granted, to="the care team", how=how, by="self")  # type: ignore[arg-type]
        who = journey.kit.names.person(chance, "female")
        return f.Consent(
            segment="mental-health", granted=granted, to="the care team", how=how, by="guardian", who=who  # type: ignore[arg-type]
        )  # fmt: skip

    def _baseline(self, touch: Touch) -> None:
        """The answers that led to enrolment: drawn until they reach the protocol's line, for most."""
        journey, rng = self.journey, self.journey.rng
        if journey.condition not in SCORED:
            self.measure(touch, due=rng.random() < journey.rates.measured[journey.condition] + 0.2)
            return
        below = rng.random() < journey.rates.enrolled_below
        illness, kit = journey.illness, journey.kit
        for _ in range(60):
            answers = kit.draw(rng, journey.condition, illness, journey.person.language)
            if (sum(answers.values()) >= 10) != below:
                break
            illness.level = illness.theta = rng.gauss(*journey.rates.care_theta) - (0.6 if below else 0)
        self._respond(touch, answers)

    def measure(self, touch: Touch, due: bool | None = None) -> None:
        """Ask the instrument of the condition, where a measure is due and there is time for it."""
        journey = self.journey
        if touch.mode == "home" and journey.kit.instrument(journey.condition) in journey.kit.not_at_home:
            return
        if due is None:
            usual = journey.rates.measured[journey.condition]
            soon = touch.day - self.measured < 20
            due = journey.rng.random() < (usual * journey.rates.measured_sooner if soon else usual)
        if due:
            answers = journey.kit.draw(journey.rng, journey.condition, journey.illness, journey.person.language)
            self._respond(touch, answers)

    def _respond(self, touch: Touch, answers: dict[str, float]) -> None:
        journey, rng, kit = self.journey, self.journey.rng, self.journey.kit
        body = kit.response(
            rng, journey.condition, answers, touch.mode, journey.person.language, first=not self.measures
        )
        total = sum(answers.values())
        self.measured, self.measures, self.last_score = touch.day, self.measures + 1, total
        self.first_score = total if self.first_score is None else self.first_score
        response = self.write(touch, 4, body)
        if rng.random() < journey.rates.amended and not body.total_only:
            right = msgspec.structs.replace(body, answers=kit.corrected(rng, body.answers))
            journey.say(touch.at + 4 + touch.off, touch.author, right, amends=response, typed=DAY)
        if not body.total_only and kit.positive(body):
            journey.danger.answered(touch.day, touch.at + 5, touch.author, response, total)

    def signs(self, touch: Touch) -> None:
        """A danger sign seen, or seen gone."""
        journey, rng, illness = self.journey, self.journey.rng, self.journey.illness
        if self.sign and (touch.day >= self.sign_until or illness.well):
            self.write(touch, 6, f.Sign(sign=self.sign, present=False))  # type: ignore[arg-type]
            self.sign = ""
        if isinstance(illness, Relapsing):
            if illness.ill and not self.sign and (illness.crisis or rng.random() < 0.12):
                sign = illness.crisis or ("mania" if illness.bipolar and rng.random() < 0.5 else "acute_psychosis")
                self._crisis(touch, sign, 14 + int(rng.random() * 40))
            elif illness.medicine == "valproate" and not self.sign and rng.random() < 0.002:
                self._crisis(touch, "toxicity", 5)
        elif isinstance(illness, Seizures):
            if illness.crisis:
                self._crisis(touch, "status_epilepticus", 3)
        elif journey.perinatal and illness.ill and not self.sign and rng.random() < 0.01:
            self._crisis(touch, "postpartum_red_flag", 20)

    def _crisis(self, touch: Touch, sign: str, lasts: int) -> None:
        """Something acute: written down, sometimes with a stay in hospital."""
        journey, rng = self.journey, self.journey.rng
        self.sign, self.sign_until = sign, touch.day + lasts
        self.write(touch, 6, f.Sign(sign=sign, present=True))  # type: ignore[arg-type]
        if rng.random() < journey.rates.admitted.get(journey.condition, 0.05):
            hospital.stay(journey, touch)

    def pregnancy(self, touch: Touch, first: bool) -> None:
        """What a woman tells about a pregnancy."""
        journey, person = self.journey, self.journey.person
        body = births.told(journey.rng, person.births, touch.day, journey.local.calendar.text, person.births_told)
        if body is None and first and "bearing" in journey.who:
            body = births.asked(journey.rng, person.births, touch.day, person.births_told)
        if body is not None:
            self.write(touch, 7, body)

    def treat(self, touch: Touch) -> None:
        """A session, tablets, or the gap where the shelf is empty."""
        journey, rng, kit = self.journey, self.journey.rng, self.journey.kit
        illness = journey.illness
        if journey.condition in _TALKED and self.step < 3:
            self._session(touch)
        medicine = illness.medicine
        if not medicine or (journey.condition in SCORED and self.step == 1 and not self.prescribed):
            return
        other = journey.before
        if other and other.closed is None and other.illness.medicine == medicine:  # taken for the other illness already
            return
        if not self.prescribed:
            self.prescribed = self.hand(touch, 9, kit.prescription(medicine, self.readers))
            journey.known_as(journey.who | {"tablets"})
        elif rng.random() < journey.rates.taking_told:
            self.write(touch, 8, kit.intake(rng, self.prescribed, journey.person.adherent, self.readers))
        days = min(90, -(-(journey.planned - touch.day) // 30) * 30)  # whole months, as tablets are packed
        self.gap = journey.local.out_of(medicine, touch.day)
        given, why, lasts = "all", "", None if medicine == INJECTED else days
        if self.gap:
            given, why, lasts = "none", "out_of_stock", None
            if medicine != INJECTED and rng.random() < journey.rates.part_given:
                given, lasts = "part", 10
        body = f.Dispense(prescription=self.prescribed, given=given, days=lasts, why=why, segment=self.readers)  # type: ignore[arg-type]
        self.hand(touch, 10, body)
        if touch.mode == "clinic" and medicine in WEIGHED and touch.day - self.weighed > 330:
            self._weigh(touch)

    def _session(self, touch: Touch) -> None:
        """One of the sessions of a talking treatment, which ends after some."""
        journey, rng, event = self.journey, self.journey.rng, "session"
        if not self.talk:
            self.talk, event = journey.kit.talking(rng, journey.condition), "started"
        elif (
            self.sessions > _SESSIONS or journey.illness.well or rng.random() > journey.local.fidelity(touch.day) + 0.1
        ):
            return
        self.sessions += 1
        over = self.sessions > _SESSIONS
        body = f.Treatment(name=self.talk, form="psychological", event="stopped" if over else event,  # type: ignore[arg-type]
                           note="All sessions held." if over else "")  # fmt: skip
        self.write(touch, 8, body)

    def _weigh(self, touch: Touch) -> None:
        """Weight and blood pressure, which are to be looked at each year with these medicines."""
        chance, person = self.journey.aside.rng, self.journey.person
        if chance.random() > self.journey.rates.weighed:
            return
        self.weighed = touch.day
        person.weight = round(
            (person.weight or chance.gauss(56 if person.sex == "female" else 61, 8)) + chance.gauss(1.5, 2)
        )
        pressure = round(chance.gauss(105 + person.age * 0.5, 10))
        for what, value, unit in (("weight", person.weight, "kg"), ("blood_pressure_upper", pressure, "mmHg")):
            self.hand(touch, 9, f.Measurement(what=what, value=value, unit=unit))

    def hand_over(self, touch: Touch) -> None:
        """Where the owner has left: somebody takes the person over, or nobody does."""
        journey = self.journey
        owners = journey.local.at_work(touch.day, "care_manager", "nurse")
        if any(one.id == self.owner for one in owners) or not owners:
            return
        if journey.rng.random() > journey.rates.orphaned:
            self.owner = owners[int(journey.rng.random() * len(owners))].id
            self.write(touch, 1, f.Owner(owner=self.owner))

    def consider(self, touch: Touch) -> None:
        """A question to the specialist; a case review for who does not respond."""
        journey, rng, rates = self.journey, self.journey.rng, self.journey.rates
        question = ""
        if rng.random() < rates.asks:
            text = journey.kit.asked(rng, journey.condition, journey.felt[journey.illness.well])
            question = self.write(touch, 11, f.Question(text=text))
        slow = (
            journey.condition in SCORED and touch.day - journey.start >= 56 and (self.first_score or 0) >= 10
            and self.last_score > (self.first_score or 0) / 2
        )  # fmt: skip
        due = slow and touch.day - self.reviewed > 35 and rng.random() < rates.reviewed
        self._chase(touch)
        late = bool(question) and rng.random() > 0.75  # answered in another month
        when = review_day(touch.day + 2 + int(rng.random() * (60 if late else 10)))
        if (due or (question and rng.random() < rates.answered)) and journey.local.specialists and when < journey.until:
            self._review(when, question)

    def _chase(self, touch: Touch) -> None:
        """Advice of some months ago that nobody has said anything about: asked for, at a contact."""
        journey = self.journey
        if self.owed and touch.day - self.owed[0][0] > _CHASED and journey.aside.rng.random() < 0.5:
            self.owe_nothing(touch.at + 16, journey.local.stand_in(journey.aside.rng, self.owner, touch.day))

    def owe_nothing(self, at: int, author: str) -> None:
        """Say of all advice that is left that it was not carried out."""
        journey = self.journey
        for _, advice in self.owed:
            note = journey.kit.pick(journey.aside.rng, "could_not", journey.who)
            journey.aside.say(journey.person.id, at, author, f.CarriedOut(recommendation=advice, done=False, note=note))
        self.owed = []

    def _review(self, when: int, question: str) -> None:
        """A specialist's advice, and what became of it."""
        journey, rng, kit = self.journey, self.journey.rng, self.journey.kit
        specialists = journey.local.specialists
        by = specialists[int(rng.random() * len(specialists))].id
        self.reviewed, self.consulted_until = when, when + 120
        self.reviews.append(when)
        up = self.step < 3 and rng.random() < journey.rates.step_up
        choice = "step_up" if up else ("change", "continue", "reassess", "see")[int(rng.random() * 4)]
        other, text = "", ""
        if choice == "change" and self.prescribed and not self.changed and rng.random() < 0.6:
            other = kit.instead(journey.illness.medicine, journey.who)
            text = f"Change to {other} over two weeks, as in the manual." if other else ""
        body = f.Recommendation(
            episode=self.episode, choice=choice, text=text or kit.pick(rng, f"advised_{choice}", journey.who),  # type: ignore[arg-type]
            owner=self.owner,
            due=journey.local.calendar.text[workday(when + 14)], question=question,
            teaching=kit.taught(rng, journey.condition, journey.who),
        )  # fmt: skip
        advice = journey.say(journey.minute(when, 14), by, body)
        carried = rng.random() < journey.rates.carried_out
        done = workday(when + (3 + int(rng.random() * 14) if carried else 20))
        if done >= journey.until or (not carried and rng.random() > 0.4):
            self.owed.append((when, advice))
            return
        note = "" if carried else kit.pick(rng, "could_not", journey.who)
        at = journey.minute(done)
        by = journey.local.stand_in(rng, self.owner, done)
        journey.say(at, by, f.CarriedOut(recommendation=advice, done=carried, note=note))
        if carried and up:
            self.step += 1
            self.steps.append((done, self.step))
            self.talk, self.sessions = "", 0
            missed = "half was not reached" if journey.condition in SCORED else "no change in three months"
            reason = f"Advised at the case review: {missed}."
            journey.say(at + 1, by, f.Step(episode=self.episode, step=self.step, reason=reason))
        elif carried and other:
            self._changed(done, at + 1, other)

    def _changed(self, day: int, at: int, other: str) -> None:
        """Another medicine in the place of the one before."""
        journey = self.journey
        body = msgspec.structs.replace(journey.kit.prescription(other, self.readers), replaces=self.prescribed)
        nurse = journey.local.worker(journey.rng, day, "nurse")
        self.prescribed, self.changed = journey.say(at, nurse, body), True
        journey.illness.change(other)
