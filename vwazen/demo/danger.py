"""What follows a safety answer: asking about it (or not), calling, a plan, contacts, an end by a person's decision."""

from typing import TYPE_CHECKING

from vwazen.clinical import facts as f
from vwazen.demo import hospital
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.journey import Journey

FOLLOWED = 35  # days of contacts before most are closed (assumed)


class Danger:
    """The risks of one journey; at most one stays open, as a new answer takes the place of the one before."""

    def __init__(self, journey: "Journey") -> None:
        self.journey = journey
        self.open = ""
        self.since = 0
        self.assessed = False
        self.plan = False
        self.due = 0
        self.author = ""
        self.spans: list[tuple[int, int]] = []

    def stood(self, day: int) -> bool:
        """Whether a risk was open on that day, as far as this journey has been lived."""
        return bool(self.open and self.since <= day) or any(begin <= day <= end for begin, end in self.spans)

    def _end(self, day: int) -> None:
        self.spans.append((self.since, day))
        self.open = ""

    def _because(self) -> str:
        """Why a risk is closed; nobody used a plan that was not made."""
        journey = self.journey
        return journey.kit.pick(journey.rng, "closed_because", journey.who | {"plan"} if self.plan else journey.who)

    def answered(self, day: int, at: int, author: str, risk: str, severity: float) -> None:
        """A positive answer was written down: it opens a risk by itself."""
        journey = self.journey
        self.catch_up(day)
        before = self.open
        if before:
            self._end(day)
        self.open, self.since, self.assessed, self.author = risk, day, False, author
        if journey.rng.random() < journey.rates.assessed_at_once:
            self.assess(day, at + 15, author, severity)
            if before:
                journey.say(
                    at + 20,
                    author,
                    f.RiskClosed(risk=before, reason="Asked again today; followed under today's answer."),
                )
            return
        if before:
            journey.say(at + 20, author, f.RiskClosed(risk=before, reason="Followed under the newer answer."))
        found = workday(day + 2 + int(journey.rng.random() * 12))
        if found < journey.until and journey.rng.random() < journey.rates.assessed_later:
            chiefs = journey.local.supervisors
            by = chiefs[int(journey.rng.random() * len(chiefs))].id if chiefs else author
            self.assess(found, journey.minute(found), by, severity)

    def told(self, day: int, at: int, author: str, act: int) -> None:
        """Somebody harmed themselves and tells it at a contact: asked about at once, and the person on call is rung."""
        journey, rng = self.journey, self.journey.rng
        self.since, self.author, self.assessed = day, author, True
        trigger = "worker" if rng.random() < 0.5 else "told"
        text = journey.kit.pick(rng, "told", journey.who) if trigger == "told" else "Saw fresh wounds."
        self.open = journey.say(at, author, f.Concern(trigger=trigger, text=text))  # type: ignore[arg-type]
        body = f.Assessment(
            risk=self.open, private="yes", poisoning="no", intent="yes" if rng.random() < 0.3 else "no", plan="no",
            means="no", recent_act="yes", recent_act_on=journey.local.calendar.text[act],
            done=("listened", "made a plan"),
        )  # fmt: skip
        journey.say(at + 10, author, body)
        self.alarm(day, at + 12, author)
        if rng.random() < journey.rates.admitted["self-harm"]:
            hospital.emergency(journey, day, at + 60)
        self.due = day + 2

    def assess(self, day: int, at: int, author: str, severity: float) -> None:
        """Ask in private; what is told decides what happens at once."""
        journey, rng = self.journey, self.journey.rng
        self.assessed = True
        told = journey.rates.intent_told * (2 if severity >= 18 else 1)
        intent = rng.random() < told
        body = f.Assessment(
            risk=self.open, private="yes" if rng.random() < 0.92 else "no", poisoning="no",
            intent="yes" if intent else "no", plan="yes" if intent and rng.random() < 0.5 else "no",
            means="yes" if rng.random() < 0.3 else "no", recent_act="yes" if rng.random() < told / 3 else "no",
            harm_others="no" if rng.random() < 0.9 else "not_asked",
            child_at_risk="not_asked" if rng.random() < 0.5 else "no",
            psychosis="no" if rng.random() < 0.8 else "not_asked", intoxication="no",
            staying="with family" if intent else "",
            done=("listened", "made a plan") if rng.random() < 0.7 else ("listened",),
        )  # fmt: skip
        journey.say(at, author, body)
        if rng.random() < 0.25:
            check = f.ViolenceCheck(
                risk=self.open, afraid_at_home="yes" if rng.random() < 0.2 else "no", family_may_be_called="yes"
            )
            journey.say(at + 2, author, check)
        if rng.random() < 0.6:
            kit = journey.kit
            plan = f.SafetyPlan(
                signs=kit.pick(rng, "signs_of"), helps=kit.pick(rng, "helps_against"),
                people=kit.pick(rng, "people_to_ask"), call="the nurse on call", means=kit.pick(rng, "means_kept"),
                copy_given=rng.random() < 0.8, risk=self.open,
            )  # fmt: skip
            journey.say(at + 10, author, plan)
            self.plan = True
        if "yes" in (body.intent, body.recent_act, body.plan):
            self.alarm(day, at + 5, author)
        self.due = day + 2

    def alarm(self, day: int, at: int, author: str) -> None:
        """Call the person on call, who takes it on."""
        journey = self.journey
        who = journey.local.worker(journey.rng, day, "nurse", "care_manager")
        journey.say(at, author, f.Call(risk=self.open, called=who))
        journey.say(at + 3 + int(journey.rng.random() * 12), who, f.Acknowledged(risk=self.open))

    def catch_up(self, day: int) -> None:
        """The contacts that were due before `day`, most of them held, until most risks are closed."""
        journey, rng = self.journey, self.journey.rng
        while self.open and self.assessed and self.due < min(day, journey.until):
            at = journey.minute(self.due)
            self.author = journey.local.stand_in(rng, self.author, self.due)
            if rng.random() < 0.12:
                self.due += 4
                if rng.random() < 0.3:
                    return
                continue
            over = self.due - self.since >= FOLLOWED
            after = max(journey.planned, self.due + 1) if over else workday(self.due + 7)
            sunday = self.due % 7 == 0
            body = f.Encounter(mode="phone" if sunday or rng.random() < 0.6 else "home", minutes=10, risk=self.open,
                               next=journey.local.calendar.text[after])  # fmt: skip
            journey.say(at, self.author, body)
            if self.due - self.since <= 10:
                again = f.Assessment(risk=self.open, private="yes", intent="no", plan="no", recent_act="no")
                journey.say(at + 2, self.author, again)
            if over:
                reason = self._because()
                journey.say(at + 5, self.author, f.RiskClosed(risk=self.open, reason=reason))
                self._end(self.due)
                return
            self.due += 6 + int(rng.random() * 2)

    def give_up(self, day: int) -> None:
        """Who had told of a danger is not found any more: a person closes that too, and says so."""
        journey = self.journey
        if self.open:
            by = journey.local.stand_in(journey.rng, self.author, day)
            reason = journey.kit.pick(journey.rng, "risk_given_up", journey.who)
            journey.say(journey.minute(day, 9), by, f.RiskClosed(risk=self.open, reason=reason))
            self._end(day)

    def settle(self, day: int) -> None:
        """Before an episode ends a person decides about the risk."""
        self.catch_up(day)
        if not self.open:
            return
        journey = self.journey
        self.author = journey.local.stand_in(journey.rng, self.author, day)
        at = journey.minute(day, 9)
        if not self.assessed:
            self.assess(day, at - 30, self.author, 10)
        journey.say(at, self.author, f.RiskClosed(risk=self.open, reason=self._because()))
        self._end(day)

    def follow_up(self) -> None:
        """Until today; what is long past is closed by the supervisor, mostly."""
        journey = self.journey
        self.catch_up(journey.today)
        if (
            self.open
            and journey.today - self.since > 60
            and journey.rng.random() < 0.93
            and journey.person.died >= journey.today
        ):
            self.settle(workday(min(journey.today - 2, self.since + 55 + int(journey.rng.random() * 20))))
