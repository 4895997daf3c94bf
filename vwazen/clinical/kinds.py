"""The kinds of fact of clinic life: medicines, measurements, the shared plan, the people around a person, decisions.

They stand beside those of `vwazen.clinical.facts`, which names them all.
"""

from typing import ClassVar, Literal

from vwazen.clinical.body import Answer, Body, Own, Segment

HOURS = ("morning", "noon", "evening", "night")


class Diagnosis(Own, frozen=True, kw_only=True, tag="diagnosis"):
    """A diagnosis as it stands on that day. `about` names the first entry of a diagnosis that this one confirms,
    refutes or ends; `since` is YYYY, YYYY-MM or a date, or empty when nobody knows."""

    FHIR: ClassVar[str] = "Condition"
    text: str
    code: str = ""
    system: str = ""
    certainty: Literal["provisional", "confirmed", "refuted"] = "provisional"
    status: Literal["active", "remission", "resolved"] = "active"
    since: str = ""
    about: str = ""


class Allergy(Body, frozen=True, kw_only=True, tag="allergy"):
    """A safety field: two reports are united, never dropped. `none_known`: asked, and none is known; `substance` is
    then empty."""

    FHIR: ClassVar[str] = "AllergyIntolerance"
    SEGMENT: ClassVar[Segment] = "general"
    substance: str = ""
    reaction: str = ""
    none_known: bool = False


class Prescription(Own, frozen=True, kw_only=True, tag="prescription"):
    """A medicine that a person is to take, or (`told`) takes already by their own word.

    `medicine` is the id of an installed list, or empty for one typed by hand. `amount` (of `strength`) is taken
    `times` a day; a long-acting injection has `every_days` instead. `hours`: how many in the morning, at noon, in the
    evening and at night (FHIR's MORN, NOON, EVE, NIGHT), or empty where nobody said; `unit`: of what these and `amount`
    are counts, a capsule being a tablet. `days`: for how long. `replaces` names the prescription that this one changes,
    `diagnosis` what it is for.
    """

    FHIR: ClassVar[str] = "MedicationRequest"
    name: str
    medicine: str = ""
    strength: str = ""
    dose: str = ""
    amount: float | None = None
    times: float | None = None
    hours: tuple[float, ...] = ()
    unit: Literal["", "tablet", "ml", "drop"] = ""
    every_days: int | None = None
    route: Literal["oral", "injection", "other"] = "oral"
    days: int | None = None
    diagnosis: str = ""
    replaces: str = ""
    told: bool = False
    checked: tuple[str, ...] = ()
    note: str = ""

    @property
    def daily(self) -> float | None:
        """How many a day, where that was said."""
        if self.hours:
            return sum(self.hours)
        return self.amount * self.times if self.amount is not None and self.times is not None else None


class Dispense(Own, frozen=True, kw_only=True, tag="dispense"):
    """What was handed out or injected: all, a part or none of it. `days`: how long it lasts (None: not known)."""

    FHIR: ClassVar[str] = "MedicationDispense"
    prescription: str
    given: Literal["all", "part", "none"]
    quantity: float | None = None
    days: int | None = None
    why: Literal["", "out_of_stock", "person_declined", "not_safe_today", "other"] = ""
    note: str = ""


class MedicineStopped(Own, frozen=True, kw_only=True, tag="medicine_stopped"):
    FHIR: ClassVar[str] = "MedicationRequest.status"
    prescription: str
    reason: Literal[
        "completed", "no_effect", "side_effects", "own_wish", "out_of_stock", "pregnancy", "interaction",
        "allergy", "error", "other",
    ]  # fmt: skip
    note: str = ""


class Intake(Own, frozen=True, kw_only=True, tag="intake"):
    """How a medicine (all of them, where `prescription` is empty) was taken, as told, and what it did besides.

    `side_effects` is empty where none was told; whether they were asked about says `asked`. `left`: how many tablets
    were counted. `showed`: asked to show how it will be taken tomorrow, the person showed it right; "no": it was gone
    through again.
    """

    FHIR: ClassVar[str] = "MedicationStatement"
    taken: Literal["all", "most", "some", "none", "not_asked"]
    prescription: str = ""
    missed_days: int | None = None
    asked: bool = False
    side_effects: tuple[str, ...] = ()
    note: str = ""
    left: float | None = None
    showed: Answer = "not_asked"


class Measurement(Own, frozen=True, kw_only=True, tag="measurement"):
    """A number (or words, where it is none) measured on a body or in blood. `what` is an id of the monitoring list.

    `attention`: whoever recorded it says that somebody must look at it.
    """

    FHIR: ClassVar[str] = "Observation"
    what: str
    value: float | None = None
    unit: str = ""
    text: str = ""
    attention: bool = False


class Noted(Own, frozen=True, kw_only=True, tag="noted"):
    """Somebody looked at a result that asked for it, and says what comes of it."""

    FHIR: ClassVar[str] = "Task"
    fact: str
    outcome: str


class Pregnancy(Body, frozen=True, kw_only=True, tag="pregnancy"):
    """Asked where it matters for a medicine. `due` and `last_period` are dates or empty."""

    FHIR: ClassVar[str] = "Observation"
    pregnant: Answer
    due: str = ""
    last_period: str = ""
    breastfeeding: Answer = "not_asked"
    contraception: Answer = "not_asked"
    method: str = ""


class Findings(Own, frozen=True, kw_only=True, tag="findings"):
    """What was found with a form that gives no score: a mental state, a history. An item that is absent was not asked.

    `answers`: item -> the id of what was chosen, several of them, a number, or words.
    """

    FHIR: ClassVar[str] = "QuestionnaireResponse"
    form: str
    version: int
    answers: dict[str, str | float | tuple[str, ...]] = {}


class PlanItem(Own, frozen=True, kw_only=True, tag="plan_item"):
    """One line of the shared plan, in the person's words where they are theirs. Amend it to change it: who edits at
    once unknown to each other loses nothing, since both versions stand.

    `owner` is a worker's id, `who` anybody's name. `support` says which kind a social support is of.
    """

    FHIR: ClassVar[str] = "CarePlan"
    part: Literal["problem", "goal", "action", "support", "relapse_sign", "relapse_step"]
    text: str
    own_words: bool = False
    who: str = ""
    owner: str = ""
    due: str = ""
    ends: str = ""
    status: Literal["open", "done", "dropped"] = "open"
    became: str = ""
    support: Literal["", "transport", "food", "school", "housing", "economic", "reintegration", "other"] = ""


class RelatedPerson(Body, frozen=True, kw_only=True, tag="related_person"):
    """Someone around the person. `may_be_told` is the person's consent; nobody is called against it."""

    FHIR: ClassVar[str] = "RelatedPerson"
    SEGMENT: ClassVar[Segment] = "general"
    name: str
    relation: str = ""
    phone: str = ""
    emergency: bool = False
    may_be_told: Answer = "not_asked"
    note: str = ""


class Decision(Body, frozen=True, kw_only=True, tag="decision"):
    """What a person decided about a proposal of the protocol. `until` (a date): not to be proposed again before."""

    FHIR: ClassVar[str] = "Task"
    episode: str
    proposal: str
    choice: Literal["accepted", "deferred", "overridden"]
    reason: str = ""
    until: str = ""


class Snooze(Body, frozen=True, kw_only=True, tag="snooze"):
    """Something that waits is put off until a date, with a reason. A risk is never put off: `item` names no risk."""

    FHIR: ClassVar[str] = "Task"
    SEGMENT: ClassVar[Segment] = "general"
    item: str
    until: str
    reason: str


class Appointment(Body, frozen=True, kw_only=True, tag="appointment"):
    """A next date that was agreed, moved or set without a contact: by telephone with the family, or at a desk."""

    FHIR: ClassVar[str] = "Appointment"
    SEGMENT: ClassVar[Segment] = "general"
    next: str
    reason: str = ""


class PassedOn(Body, frozen=True, kw_only=True, tag="passed_on"):
    """A handover: what of this person's care lay with `giver` lies with `taker` from now on. Both are workers' ids.

    Episodes, advice to carry out, lines of the plan and old safety answers move; what others hold stays with them.
    """

    FHIR: ClassVar[str] = "Task"
    SEGMENT: ClassVar[Segment] = "general"
    giver: str
    taker: str


class DeathReview(Body, frozen=True, kw_only=True, tag="death_review"):
    """What was learnt from a death: how it came, who told, and what to do otherwise."""

    FHIR: ClassVar[str] = "Observation"
    cause: str
    suicide: Literal["yes", "no", "possible", "not_known"]
    told_by: str = ""
    care: str = ""
    lessons: str = ""
