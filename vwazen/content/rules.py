"""Protocols, tiers and the safety policy as data, and the words their conditions may use.

A condition is a tree that a clinician can read:

    all:
      - is: [score.instrument, phq-9]
      - at_least: [score.last, 20]

Comparisons: `at_least`, `less_than`, `is`, `within` (a date no more than so many days ago),
`older_than` (a date so many days ago or more). The second word is a number, a duration ("28 days"),
a name, or `yes`/`no`. `vwazen.content.conditions` reads them, and `vwazen.clinical.conditions` gives them their
three-valued meaning.
"""

from typing import Literal

from vwazen.content.model import Entry, Part

Condition = dict[str, object]

# name -> (type, meaning). The chart's side of it is `vwazen.clinical.values`; a test holds the two together.
VOCABULARY: dict[str, tuple[Literal["number", "date", "word", "yes_no"], str]] = {
    "episode.started": ("date", "the day the person was enrolled"),
    "episode.step": ("number", "the step of the protocol the person is in"),
    "episode.step_since": ("date", "the day this step began"),
    "score.instrument": ("word", "the instrument the protocol follows for this episode"),
    "score.title": ("word", "its short title"),
    "score.first": ("number", "the baseline: the first total of this episode"),
    "score.last": ("number", "the newest total; the higher of two that contradict each other"),
    "score.last_day": ("date", "when the newest total was taken"),
    "score.last_weeks": ("number", "whole weeks from the baseline to the newest total"),
    "score.best": ("number", "the best total of this episode"),
    "score.fall": ("number", "baseline minus newest total, in points; negative when it rose; unknown before a second"),
    "score.fall_percent": ("number", "the same in percent of the baseline"),
    "score.rise": ("number", "newest total minus the best one, in points"),
    "score.change": (
        "word",
        "the change in words, with its measurement error: down 2 (11 %), within measurement error (5)",
    ),
    "score.meaningful": ("number", "the smallest change that matters on this instrument, in points"),
    "score.since": ("date", "the newest total, or the enrolment where there is none"),
    "score.counts": ("yes_no", "whether the baseline is high enough for response to mean anything"),
    "score.remitted": ("yes_no", "newest total below remission, and no safety answer open or unknown"),
    "score.responded": ("yes_no", "newest total fallen by the response share, from a baseline that counts"),
    "score.unscored": ("word", "why the newest answers have no total"),
    "function.last": ("number", "the newest answer about getting on with life (PHQ-9's tenth: 0 none to 3 extreme)"),
    "treatment.sessions": ("number", "sessions held since this step began"),
    "treatment.missed": ("number", "sessions missed since this step began"),
    "treatment.days_covered": ("number", "days of medicine given since this step began"),
    "treatment.gap": ("yes_no", "whether a gap in a medicine was recorded since this step began"),
    "treatment.received": ("yes_no", "whether anything was received since this step began"),
    "medicine.refill_due": ("date", "the earliest day on which a medicine in force runs out, or waits to be given"),
    "medicine.name": ("word", "which medicine that is"),
    "review.ever": ("yes_no", "whether a specialist ever reviewed this episode"),
    "review.since": ("date", "the newest review, or the enrolment where there is none"),
    "recommendation.open_since": (
        "date",
        "the oldest recommendation not yet carried out, nor reviewed again since someone said so",
    ),
    "recommendation.text": ("word", "what it asks for"),
    "question.open_since": ("date", "the oldest question without an answer"),
    "contact.due": ("date", "the next date agreed, or the one the protocol would have set"),
    "contact.last": ("date", "the newest contact"),
    "hospital.last": ("date", "the newest admission, discharge or emergency visit"),
    "seizures.rise": ("number", "newest count for a month minus the one before"),
    "seizures.last": ("number", "newest count for a month"),
    "seizures.last_day": ("date", "when it was asked"),
    "sign.acute_psychosis": ("date", "since when this sign is there"),
    "sign.mania": ("date", "since when this sign is there"),
    "sign.postpartum_red_flag": ("date", "since when this sign is there"),
    "sign.status_epilepticus": ("date", "since when this sign is there"),
    "sign.toxicity": ("date", "since when this sign is there"),
    "sign.oldest": ("date", "since when the oldest danger sign is there that nobody has seen gone"),
    "sign.oldest_name": ("word", "which sign that is"),
    "risk.opened": ("date", "since when a risk is open"),
    "risk.intent": ("yes_no", "intent told in an open risk, at its newest asking"),
    "risk.plan": ("yes_no", "a plan told in an open risk, at its newest asking"),
    "risk.poisoning": ("yes_no", "something swallowed or an injury, told in an open risk"),
    "risk.last_act": ("date", "the newest act of self-harm told in an open risk"),
    "risk.unassessed": ("yes_no", "an open risk in which nobody asked about intent and plan yet"),
    "risk.unassessed_since": ("date", "since when the oldest of these is open"),
    "risk.contact_due": ("date", "when the next safety contact is due"),
    "risk.why": ("word", "what opened it, or the oldest that nobody asked about, in one phrase"),
}


class Rule(Part, frozen=True, kw_only=True):
    """When a person belongs in a tier, and why, in one sentence with {names} filled in.

    `plain` is the sentence for readers who may not see mental-health facts.
    `waiting_since` names the date that ties are broken by, oldest first.
    """

    id: str
    when: Condition
    reason: str
    plain: str
    waiting_since: str
    source: str


class Tier(Part, frozen=True, kw_only=True):
    tier: int
    word: str
    act_within: str
    rules: tuple[Rule, ...]


class Tiers(Entry, frozen=True, kw_only=True, eq=False):
    """The order of every caseload. The first tier with a rule that holds is the person's."""

    title: str
    basis: str
    tiers: tuple[Tier, ...]
    otherwise: str
    other_places: float
    """Share of a review's places kept for conditions that PHQ-9 does not measure."""
    minutes_per_case: int
    """Minutes of a specialist's declared time that one case takes in a review."""


class StepOf(Part, frozen=True, kw_only=True):
    step: int
    title: str
    offers: tuple[str, ...]
    delivered_by: tuple[str, ...]
    measure_every_days: int
    contact_every_days: int


class Proposal(Part, frozen=True, kw_only=True):
    """What the software may propose, when, and why. It never does it."""

    id: str
    propose: Literal["continue", "check", "consult", "change", "step_up", "confirm_remission", "step_down"]
    when: Condition
    reason: str
    source: str


class Followed(Part, frozen=True, kw_only=True):
    """A condition the protocol treats and the instrument that it follows for it."""

    condition: str
    instrument: str
    baseline_at_least: float
    source: str


class Protocol(Entry, frozen=True, kw_only=True, eq=False):
    title: str
    basis: str
    conditions: tuple[Followed, ...]
    baseline_within_days: int
    relapse_at_least: dict[str, float]
    steps: tuple[StepOf, ...]
    proposals: tuple[Proposal, ...]

    def followed(self, condition: str) -> Followed | None:
        """How this protocol follows `condition`; None when it does not know it."""
        return next((f for f in self.conditions if f.condition == condition), None)

    def step(self, number: int) -> StepOf:
        """The step of that number; the last one when the number is beyond it."""
        return next((s for s in self.steps if s.step == number), self.steps[-1])


class SafetyPolicy(Entry, frozen=True, kw_only=True, eq=False):
    """How old a safety answer may be to count as here and now, and how people are followed after a risk."""

    title: str
    basis: str
    historical_after_days: int
    historical_owner_days: int
    first_contact_hours: int
    weekly_for_days: int
    weekly_every_days: int
    later_every_days: int
    act_within_days: int
    steps: tuple[str, ...]
