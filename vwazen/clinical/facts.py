"""What can be recorded about one person: one frozen Struct per kind, and the fact that carries it.

A fact is never edited. A later fact may amend it (say it again, better) or retract it (say that it
should not count); a retraction is a fact and can itself be retracted. The FHIR resource that a kind
maps to stands beside it in `FHIR`.
"""

import datetime as dt
from functools import lru_cache
from typing import ClassVar, Literal

import msgspec

from vwazen.clinical.body import SEGMENTS, Answer, Body, Own, Segment, Source
from vwazen.clinical.home_kinds import AbsenceCall, Reintegration, ResidentReview
from vwazen.clinical.kinds import (
    Allergy,
    Appointment,
    DeathReview,
    Decision,
    Diagnosis,
    Dispense,
    Findings,
    Intake,
    Measurement,
    MedicineStopped,
    Noted,
    PassedOn,
    PlanItem,
    Pregnancy,
    Prescription,
    RelatedPerson,
    Snooze,
)
from vwazen.clinical.message_kinds import ContactPreference, MessageRead, TeamMessage
from vwazen.clinical.referral_kinds import Referral, ReferralStep
from vwazen.clinical.stay_kinds import Identifier, MedicineReconciled, Stay
from vwazen.clinical.tracing_kinds import Trace

# Named here so that every kind is `facts.…` to whoever reads or writes them.
__all__ = [
    "SEGMENTS", "AbsenceCall", "Allergy", "Answer", "Appointment", "Body", "ContactPreference", "DeathReview",
    "Decision", "Diagnosis", "Dispense", "Findings", "Identifier", "Intake", "Measurement", "MedicineReconciled",
    "MedicineStopped", "MessageRead", "Noted", "Own", "PassedOn", "PlanItem", "Pregnancy", "Prescription",
    "Referral", "ReferralStep", "Reintegration", "RelatedPerson", "ResidentReview", "Segment", "Snooze", "Source",
    "Stay", "TeamMessage", "Trace",
]  # fmt: skip


class Registration(Body, frozen=True, kw_only=True, tag="registration"):
    """Who a person is. `born` is YYYY, YYYY-MM or YYYY-MM-DD, or empty when nobody knows."""

    FHIR: ClassVar[str] = "Patient"
    SEGMENT: ClassVar[Segment] = "general"
    name: str
    chosen_name: str = ""
    gender: Literal["female", "male", "other", "unknown"] = "unknown"
    born: str = ""
    place: str = ""
    phone: str = ""
    language: str = ""
    source: Source | None = None


class Death(Body, frozen=True, kw_only=True, tag="death"):
    FHIR: ClassVar[str] = "Patient.deceased"
    SEGMENT: ClassVar[Segment] = "general"
    cause: str = ""


class Merge(Body, frozen=True, kw_only=True, tag="merge"):
    """This person and `into` are one; this id stays as an alias of `into`. Retract to undo."""

    FHIR: ClassVar[str] = "Patient.link"
    SEGMENT: ClassVar[Segment] = "general"
    into: str


class Consent(Body, frozen=True, kw_only=True, tag="consent"):
    """A yes or a no to who may know a segment: see `vwazen.clinical.consent`. Seen by who may see that segment.

    `to` is "" (everybody), "role:…", "site:…", "worker:…", "family", or anybody in words. `until` is the last day on
    which it holds. `by` is who said it, and `who` the name of the one who spoke for the person. What older entries do
    not say is "".
    """

    FHIR: ClassVar[str] = "Consent"
    SEGMENT: ClassVar[Segment] = "general"
    segment: Segment
    granted: bool
    to: str = ""
    until: str = ""
    how: Literal["", "paper", "aloud", "screen"] = ""
    by: Literal["", "self", "guardian", "proxy", "court"] = ""
    who: str = ""
    purpose: str = ""


class Response(Body, frozen=True, kw_only=True, tag="response"):
    """Answers to an instrument. `answers` maps an item's id to its coded value; a missing item is absent.

    `total_only`: only `stated_total` is known, so the safety items are unknown.
    """

    FHIR: ClassVar[str] = "QuestionnaireResponse"
    instrument: str
    version: int
    answers: dict[str, float] = {}
    stated_total: float | None = None
    total_only: bool = False
    mode: Literal["in_person", "phone", "self", "paper", "imported"] = "in_person"
    language: str = "en"
    private: bool | None = None
    notes: tuple[str, ...] = ()
    source: Source | None = None


class Episode(Body, frozen=True, kw_only=True, tag="episode"):
    """A person is enrolled: by a protocol, for a condition, with an owner. `follows` names the episode that this one
    takes up again: after a relapse, or at another site."""

    FHIR: ClassVar[str] = "EpisodeOfCare"
    SEGMENT: ClassVar[Segment] = "general"
    protocol: str
    protocol_version: int
    condition: str
    owner: str
    step: int = 1
    follows: str = ""


class Step(Body, frozen=True, kw_only=True, tag="step"):
    FHIR: ClassVar[str] = "EpisodeOfCare"
    SEGMENT: ClassVar[Segment] = "general"
    episode: str
    step: int
    reason: str = ""


class Close(Body, frozen=True, kw_only=True, tag="close"):
    FHIR: ClassVar[str] = "EpisodeOfCare.status"
    SEGMENT: ClassVar[Segment] = "general"
    episode: str
    outcome: Literal["completed", "transferred", "moved", "refused", "lost", "not_indicated"]
    note: str = ""


class Owner(Body, frozen=True, kw_only=True, tag="owner"):
    FHIR: ClassVar[str] = "EpisodeOfCare.careManager"
    SEGMENT: ClassVar[Segment] = "general"
    owner: str


class Triage(Body, frozen=True, kw_only=True, tag="triage"):
    """What was decided about someone who came with an import, when it was not to enrol them."""

    FHIR: ClassVar[str] = "Task"
    SEGMENT: ClassVar[Segment] = "general"
    decision: Literal["not_now", "not_needed", "elsewhere", "again"]
    reason: str = ""
    until: str = ""


class Encounter(Body, frozen=True, kw_only=True, tag="encounter"):
    """A contact, or a try at one. `risk` names the risk whose follow-up it was. `next` is a date.

    `done` holds ids of what was done, `present` of who was there (nobody is written down as such: a curbside talk
    is held without the person). `by` is the worker who met the person, where somebody else wrote it down: a visit
    typed from a paper register. `worker` is with whom a talk in passing was held, or to whom the person was handed.
    """

    FHIR: ClassVar[str] = "Encounter"
    SEGMENT: ClassVar[Segment] = "general"
    mode: Literal["clinic", "home", "phone", "hand_off", "curbside", "ward"]
    outcome: Literal["seen", "missed", "refused", "not_found"] = "seen"
    minutes: int | None = None
    next: str = ""
    risk: str = ""
    done: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    by: str = ""
    worker: str = ""

    @property
    def met(self) -> bool:
        """Whether the person was there: a talk about them in passing is no contact with them."""
        return self.outcome == "seen" and self.mode != "curbside"


class Treatment(Body, frozen=True, kw_only=True, tag="treatment"):
    """What was offered and what arrived: a session held or missed, help begun or ended.

    Of medicines it holds what came from elsewhere as "so many days given" and no more; those prescribed here are
    `Prescription` and `Dispense`.
    """

    FHIR: ClassVar[str] = "Procedure | MedicationStatement"
    name: str
    form: Literal["psychological", "medicine", "social"]
    event: Literal["started", "session", "missed", "given", "gap", "stopped"]
    dose: str = ""
    days: int | None = None
    note: str = ""


class Question(Body, frozen=True, kw_only=True, tag="question"):
    FHIR: ClassVar[str] = "CommunicationRequest"
    text: str


class Recommendation(Body, frozen=True, kw_only=True, tag="recommendation"):
    """A specialist's advice: becomes a task with an owner and a date (ISO). It moves nobody by itself."""

    FHIR: ClassVar[str] = "RequestGroup"
    episode: str
    choice: Literal["continue", "change", "step_up", "see", "reassess"]
    text: str
    owner: str
    due: str
    teaching: str = ""
    question: str = ""


class CarriedOut(Body, frozen=True, kw_only=True, tag="carried_out"):
    FHIR: ClassVar[str] = "Task"
    recommendation: str
    done: bool
    note: str = ""


class Sign(Body, frozen=True, kw_only=True, tag="sign"):
    """A danger sign, there or gone."""

    FHIR: ClassVar[str] = "Flag"
    sign: Literal["acute_psychosis", "mania", "postpartum_red_flag", "status_epilepticus", "toxicity"]
    present: bool
    note: str = ""


class Hospital(Body, frozen=True, kw_only=True, tag="hospital"):
    FHIR: ClassVar[str] = "Encounter"
    SEGMENT: ClassVar[Segment] = "general"
    event: Literal["admitted", "discharged", "emergency"]
    note: str = ""


class Note(Own, frozen=True, kw_only=True, tag="note"):
    FHIR: ClassVar[str] = "DocumentReference"
    text: str


class Concern(Body, frozen=True, kw_only=True, tag="concern"):
    """Someone is worried, or answers arrived that a person must ask about. Opens a risk."""

    FHIR: ClassVar[str] = "Flag"
    trigger: Literal["worker", "answer", "told"]
    text: str = ""
    response: str = ""


class Assessment(Body, frozen=True, kw_only=True, tag="assessment"):
    """What was asked in a risk assessment, and what was done at once. No label decides care."""

    FHIR: ClassVar[str] = "RiskAssessment"
    risk: str
    private: Answer = "not_asked"
    poisoning: Answer = "not_asked"
    intent: Answer = "not_asked"
    plan: Answer = "not_asked"
    means: Answer = "not_asked"
    recent_act: Answer = "not_asked"
    recent_act_on: str = ""
    harm_others: Answer = "not_asked"
    child_at_risk: Answer = "not_asked"
    psychosis: Answer = "not_asked"
    intoxication: Answer = "not_asked"
    staying: str = ""
    done: tuple[str, ...] = ()
    words: str = ""


class ViolenceCheck(Body, frozen=True, kw_only=True, tag="violence_check"):
    """Asked before any family member is called. Seen by few; in no plan and no print."""

    FHIR: ClassVar[str] = "Observation"
    SEGMENT: ClassVar[Segment] = "intimate-partner-violence"
    risk: str
    afraid_at_home: Answer
    family_may_be_called: Answer = "not_asked"


class SafetyPlan(Body, frozen=True, kw_only=True, tag="safety_plan"):
    """Made together. A safety field: plans of two authors are united, never dropped."""

    FHIR: ClassVar[str] = "CarePlan"
    signs: str = ""
    helps: str = ""
    people: str = ""
    call: str = ""
    means: str = ""
    copy_given: bool = False
    risk: str = ""


class Call(Body, frozen=True, kw_only=True, tag="call"):
    """Someone was called about a risk. Called is not answered."""

    FHIR: ClassVar[str] = "Communication"
    SEGMENT: ClassVar[Segment] = "general"
    risk: str
    called: str
    name: str = ""


class Acknowledged(Body, frozen=True, kw_only=True, tag="acknowledged"):
    """A named person took the call on. The clock stops for a human being only."""

    FHIR: ClassVar[str] = "Communication"
    SEGMENT: ClassVar[Segment] = "general"
    risk: str
    name: str = ""


class RiskClosed(Body, frozen=True, kw_only=True, tag="risk_closed"):
    FHIR: ClassVar[str] = "RiskAssessment"
    risk: str
    reason: str


class SafetyReview(Body, frozen=True, kw_only=True, tag="safety_review"):
    """What became of a safety answer from long ago. Only a conversation (`spoke`) closes it."""

    FHIR: ClassVar[str] = "Task"
    outcome: Literal["spoke", "tried", "handed_over"]
    note: str = ""
    owner: str = ""


class Retraction(Body, frozen=True, kw_only=True, tag="retraction"):
    """The fact named in `retracts` should not count."""

    FHIR: ClassVar[str] = "Provenance"
    SEGMENT: ClassVar[Segment] = "general"
    reason: str


AnyBody = (
    Registration | Death | Merge | Consent | Response | Episode | Step | Close | Owner | Triage | Encounter
    | Treatment | Question | Recommendation | CarriedOut | Sign | Hospital | Diagnosis | Allergy | Note | Concern
    | Assessment | ViolenceCheck | SafetyPlan | Call | Acknowledged | RiskClosed | SafetyReview | Retraction
    | Prescription | Dispense | MedicineStopped | Intake | Measurement | Noted | Pregnancy | Findings | PlanItem
    | RelatedPerson | Decision | Snooze | DeathReview | Appointment | PassedOn | Stay | MedicineReconciled
    | Identifier | Referral | ReferralStep | ResidentReview | Reintegration | AbsenceCall
    | Trace
    | ContactPreference | TeamMessage | MessageRead
)  # fmt: skip
_OWN = (Own, Consent)
KINDS: dict[str, type[Body]] = {str(kind.__struct_config__.tag): kind for kind in AnyBody.__args__}


_NOON = dt.time(12)
_UTC = dt.UTC
_read_day = dt.date.fromisoformat
_read_instant = dt.datetime.fromisoformat


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One thing that happened to one person.

    `occurred` is an ISO date, or an instant with its offset as the person lived it; `recorded` is an
    instant in UTC; `content` is the version of the content bundle that was in force on the device.
    `encounter` names the contact at which it was said, where it was said at one.
    """

    id: str
    person: str
    occurred: str
    recorded: str
    author: str
    site: str
    body: AnyBody
    device: str = ""
    content: str = ""
    amends: str = ""
    retracts: str = ""
    encounter: str = ""

    @property
    def kind(self) -> str:
        return str(self.body.__struct_config__.tag)

    @property
    def day(self) -> dt.date:
        """The calendar day on which it happened, where it happened."""
        return _read_day(self.occurred[:10])


def instant(occurred: str) -> dt.datetime:
    """`occurred` in UTC. A bare date stands for noon, since nobody said when."""
    return moment(occurred)[0]


def moment(occurred: str) -> tuple[dt.datetime, dt.date]:
    """`occurred` in UTC, and the calendar day where it happened. Raises ValueError for what is no date and no time."""
    if len(occurred) == 10:
        return _noon(occurred)
    value = _read_instant(occurred)
    zone = value.tzinfo
    if zone is _UTC:
        return value, value.date()
    if zone is None:
        raise ValueError(f"{occurred!r} has no offset; write an instant as 2026-11-19T08:42:00+01:00, or a date alone")
    return value.astimezone(_UTC), value.date()


@lru_cache(maxsize=16_384)
def _noon(occurred: str) -> tuple[dt.datetime, dt.date]:
    """Of a bare date. There are few of them: some thousand days are all that anybody writes of."""
    day = _read_day(occurred)
    return dt.datetime.combine(day, _NOON, _UTC), day


def segment(body: AnyBody, instrument_segment: Segment = "mental-health") -> Segment:
    """Which consent segment a body belongs to; a response belongs to its instrument's."""
    if isinstance(body, Response):
        return instrument_segment
    if isinstance(body, _OWN):
        return body.segment
    return body.SEGMENT


encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder(Fact).decode
decode_many = msgspec.json.Decoder(list[Fact]).decode  # a JSON array of them


# Any of these, answered yes in an assessment, means that the person on call is needed now.
URGENT: tuple[str, ...] = ("intent", "plan", "recent_act", "poisoning")
