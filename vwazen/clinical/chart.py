"""What the record of one person says: the result of `vwazen.clinical.fold.chart`.

Everything here is derived and can be thrown away. Days are calendar days where the fact happened;
`Fact`s are kept where a page shows who said what and when.
"""

import datetime as dt
from typing import Literal

import msgspec

from vwazen.clinical.consent import Permits
from vwazen.clinical.facts import (
    AbsenceCall,
    Allergy,
    Assessment,
    Concern,
    ContactPreference,
    Decision,
    Diagnosis,
    Encounter,
    Fact,
    Findings,
    Measurement,
    PlanItem,
    Pregnancy,
    Prescription,
    Question,
    Recommendation,
    Registration,
    Reintegration,
    RelatedPerson,
    ResidentReview,
    SafetyPlan,
    Treatment,
    instant,
)
from vwazen.clinical.instruments import Scored
from vwazen.clinical.message_view import Note
from vwazen.clinical.referral_chart import Referred
from vwazen.clinical.stay_view import StayView

State = Literal[
    "no_baseline", "below_baseline", "not_scored", "remission", "response", "partial", "unchanged", "worse", "relapse"
]


class Point(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One set of answers, or several of one day that contradict each other (`conflict`).

    `total` is None when it may not be computed, or when two answers of one day disagree; `high` is then
    the worst of what was said, so that nobody is ranked too low by a contradiction. The safety of `scored`
    is the worst of all that was said on that occasion, also where the totals agree.
    """

    fact: Fact
    day: dt.date
    scored: Scored
    total: float | None
    high: float | None
    stated: float | None = None
    differs: bool = False
    conflict: tuple[Fact, ...] = ()
    values: tuple[float, ...] = ()
    repeated: int = 0

    @property
    def words(self) -> str:
        """The total, or why there is none, in words."""
        if self.conflict:
            return " or ".join(f"{value:g}" for value in self.values) + ", contradicting answers on one day"
        return f"{self.total:g}" if self.total is not None else self.scored.why_not


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """All the answers to one instrument, oldest first."""

    instrument: str
    version: int
    points: tuple[Point, ...]


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """A concern that a person must act on, from what opened it to the human who closed it.

    `answers` holds the newest answer that is not "not asked" for each question, over all assessments; of two
    given at once, the yes. `urgent_since` is the instant from which the person on call is needed; `acknowledged` is
    who took it on since. `closed` is what ended it: a person's decision, or the death. `ids` are all the ids by which
    facts may name this risk.
    """

    id: str
    ids: tuple[str, ...] = ()
    opened: dt.datetime
    day: dt.date
    why: str
    opened_by: str
    site: str
    trigger: Fact
    response: Fact | None
    items: tuple[str, ...]
    answers: dict[str, str]
    asked_on: dict[str, dt.datetime]
    assessments: tuple[Fact, ...]
    last_act: dt.date | None
    staying: str
    urgent_since: dt.datetime | None
    calls: tuple[Fact, ...]
    acknowledged: Fact | None
    violence: Fact | None
    contacts: tuple[Fact, ...]
    contact_due: dt.date | None
    closed: Fact | None

    @property
    def unassessed(self) -> bool:
        """Open, and nobody has asked about both intent and a plan yet."""
        return self.closed is None and not {"intent", "plan"} <= self.answers.keys()


class Historical(msgspec.Struct, frozen=True, kw_only=True):
    """Safety answers that came with an import, were old then, and that nobody here reviewed: one item a person."""

    facts: tuple[Fact, ...]
    newest: dt.date
    owner: str
    tries: tuple[Fact, ...]


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation and what became of it. `done` may say that it was not done, and why.

    `id` is what a `CarriedOut` names, `episode` the id of the episode in this chart, `owner` who is to do it now: the
    worker it was given to, or whoever it was passed on to. `waits`: not carried out yet, and
    not reviewed again since somebody said so.
    """

    id: str = ""
    episode: str = ""
    owner: str = ""
    waits: bool = False
    fact: Fact
    recommendation: Recommendation
    done: Fact | None
    score_then: float | None
    score_now: float | None


class EpisodeView(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of care: where it stands and what its scores say.

    `fall` is in points, positive when better; `fall_percent` of the baseline. `error` is the smallest
    change that matters on the instrument, in points (None where none is published). Fall, percent and rise are None
    before a second score: unknown is not zero. `first` is the baseline's value, the least ill of two that contradict
    each other. `counts`: it is high enough for response and remission to mean anything.

    `follows` is the episode that this one takes up again; where that one ended with a transfer, this one goes on with
    its course, and `origin` is where that began.

    Two enrolments for one condition, the second while the first is open, are one episode: `enrolments` holds them
    all, `ids` every id by which facts may name the episode.
    """

    id: str
    ids: tuple[str, ...] = ()
    fact: Fact
    enrolments: tuple[Fact, ...] = ()
    protocol: str
    protocol_version: int
    condition: str
    started: dt.date
    step: int
    step_since: dt.date
    steps: tuple[tuple[dt.date, int], ...]
    owner: str
    site: str
    closed: dt.date | None
    outcome: str
    instrument: str
    baseline: Point | None
    best: Point | None
    last: Point | None
    newest: Point | None
    first: float | None = None
    counts: bool | None = None
    fall: float | None
    fall_percent: float | None
    rise: float | None
    error: float | None
    reliable: bool | None
    state: State
    words: str
    relapsed: bool
    follows: str = ""
    origin: dt.date


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One diagnosis: how it stands now, and what was said of it before, oldest first. `id` is what later words name."""

    id: str
    fact: Fact
    diagnosis: Diagnosis
    since: dt.date
    before: tuple[Fact, ...]

    @property
    def counts(self) -> bool:
        """Neither refuted nor resolved."""
        return self.diagnosis.certainty != "refuted" and self.diagnosis.status != "resolved"


class Medicine(msgspec.Struct, frozen=True, kw_only=True):
    """One medicine over time: `fact` is the prescription in force or the last one, `ids` every prescription of it.

    `lasts_until` is the day on which what was handed out ends (None: nothing was, or for an unknown time); what is
    left over counts on. `refill_due`: when more is needed: that day, or the day of a prescription of which nothing
    was handed out; None where it is not due by what is known, or is over. `ended` is the fact that ended it, a stop or
    a change of the dose; `unsure`: two people changed it unknown to each other, or one changed what the other stopped;
    both words stand until somebody decides.
    """

    id: str
    ids: tuple[str, ...]
    fact: Fact
    prescription: Prescription
    since: dt.date
    before: tuple[Fact, ...]
    dispensed: tuple[Fact, ...]
    intakes: tuple[Fact, ...]
    lasts_until: dt.date | None
    refill_due: dt.date | None
    ended: Fact | None
    ended_on: dt.date | None
    unsure: bool

    @property
    def current(self) -> bool:
        return self.ended is None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the shared plan, or one person of the circle, with what it said before, oldest first.

    `standing` holds more than one version where people changed it unknown to each other.
    """

    id: str
    standing: tuple[Fact, ...]
    before: tuple[Fact, ...] = ()

    def apart(self, chosen: str) -> tuple[Fact, ...]:
        """What must be withdrawn for the version `chosen` to stand alone: the others, and what led to them only."""
        known = {fact.id: fact for fact in (*self.before, *self.standing)}
        path: dict[str, None] = {}
        while chosen in known and chosen not in path:
            path[chosen] = None
            chosen = known[chosen].amends
        return tuple(fact for fact in known.values() if fact.id not in path)


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two facts that cannot both hold; both are kept and shown."""

    what: str
    facts: tuple[Fact, ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """One person. `live` are the facts that count, oldest first; `unanswered` are the open questions.

    `measured` and `findings` hold, by what was measured or by form, each entry oldest first; `results` are the
    measurements that ask for somebody's eyes and had none yet; `put_off` what waits, by item, until when.
    `stays` are those away from home, `reconciled` what was decided about medicines at their end, `identifiers` the
    (system, number) by which other systems know the person.
    """

    person: str
    aliases: tuple[str, ...]
    merged_into: str
    registration: Registration | None
    registered: Fact | None
    site: str
    died: dt.date | None
    owner: str
    owner_since: dt.date | None
    episodes: tuple[EpisodeView, ...]
    series: dict[str, Series]
    risks: tuple[Risk, ...]
    historical: Historical | None
    signs: dict[str, dt.date]
    hospital: tuple[Fact, ...]
    stays: tuple[StayView, ...] = ()
    reconciled: tuple[Fact, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    treatments: tuple[tuple[Fact, Treatment], ...]
    encounters: tuple[tuple[Fact, Encounter], ...]
    next_date: dt.date | None
    last_contact: dt.date | None
    questions: tuple[tuple[Fact, Question], ...]
    unanswered: tuple[Fact, ...] = ()
    advice: tuple[Advice, ...]
    diagnoses: tuple[Problem, ...] = ()
    allergies: tuple[tuple[Fact, Allergy], ...] = ()
    medicines: tuple[Medicine, ...] = ()
    intakes: tuple[Fact, ...] = ()
    measured: dict[str, tuple[tuple[Fact, Measurement], ...]] = {}
    results: tuple[Fact, ...] = ()
    pregnancy: tuple[tuple[Fact, Pregnancy], ...] = ()
    findings: dict[str, tuple[tuple[Fact, Findings], ...]] = {}
    plan: tuple[tuple[Fact, SafetyPlan], ...]
    shared_plan: tuple[tuple[Fact, PlanItem], ...] = ()
    circle: tuple[tuple[Fact, RelatedPerson], ...] = ()
    plan_lines: tuple[Line, ...] = ()
    circle_lines: tuple[Line, ...] = ()
    decisions: tuple[tuple[Fact, Decision], ...] = ()
    put_off: dict[str, tuple[Fact, dt.date]] = {}
    death_review: Fact | None = None
    referrals: tuple[Referred, ...] = ()
    home_owner: str = ""
    resident_reviews: tuple[tuple[Fact, ResidentReview], ...] = ()
    way_home: tuple[tuple[Fact, Reintegration], ...] = ()
    absence_calls: tuple[tuple[Fact, AbsenceCall], ...] = ()
    consents: dict[str, tuple[Fact, bool]]
    permits: Permits = Permits()
    contacts: tuple[tuple[Fact, ContactPreference], ...] = ()
    messages: tuple[Note, ...] = ()
    notes: tuple[Fact, ...]
    triage: Fact | None
    conflicts: tuple[Conflict, ...]
    future: tuple[Fact, ...]
    live: tuple[Fact, ...]

    @property
    def name(self) -> str:
        """The name this person chose, else the registered one."""
        if self.registration is None:
            return "Not registered"
        return self.registration.chosen_name or self.registration.name

    @property
    def pregnancy_told(self) -> tuple[Fact, Pregnancy] | None:
        """The newest answer about a pregnancy, which a later "not asked" does not hide; of two at once, the yes."""
        told = [(fact, body) for fact, body in self.pregnancy if body.pregnant != "not_asked"]
        return max(told, key=lambda one: (instant(one[0].occurred), one[1].pregnant == "yes"), default=None)

    @property
    def allergic(self) -> bool:
        """Whether any word on record names an allergy, whatever others say."""
        return any(body.substance for _, body in self.allergies)

    @property
    def current_medicines(self) -> tuple[Medicine, ...]:
        return tuple(one for one in self.medicines if one.current)

    @property
    def open_episodes(self) -> tuple[EpisodeView, ...]:
        return tuple(e for e in self.episodes if e.closed is None)

    @property
    def open_risks(self) -> tuple[Risk, ...]:
        return tuple(r for r in self.risks if r.closed is None)


__all__ = [
    "Advice", "Assessment", "Chart", "Concern", "Conflict", "EpisodeView", "Historical", "Line", "Medicine", "Point",
    "Problem", "Risk", "Series", "State",
]  # fmt: skip
