"""The kinds of fact of living somewhere with help: a review in a protected home, the way out of a long stay in
hospital, and a call to somebody who did not come to the day hospital.

The way home is of the general segment, since a community worker goes home with somebody and sees no more than that.
They stand beside those of `vwazen.clinical.facts`, which names them all; the stays themselves are `stay_kinds`.
"""

from typing import ClassVar, Literal

from vwazen.clinical.body import Answer, Body, Segment

Alone = Literal["alone", "with_help", "not_yet"]


class ResidentReview(Body, frozen=True, kw_only=True, tag="resident_review"):
    """How somebody lives in a protected home, looked at with them. `stay` is the first fact of the stay.

    `rights` are ids of what the author explained; of `alone`, area -> how far it goes without help, an area that is
    absent was not asked. `next` is the day by which the worker `owner` looks at the stay again.
    """

    FHIR: ClassVar[str] = "CarePlan.activity"
    SEGMENT: ClassVar[Segment] = "mental-health"
    stay: str
    next: str
    owner: str
    agrees: Answer = "not_asked"
    rights: tuple[str, ...] = ()
    visitors: Answer = "not_asked"
    own_key: Answer = "not_asked"
    own_money: Answer = "not_asked"
    alone: dict[str, Alone] = {}
    wishes: str = ""
    note: str = ""


class Reintegration(Body, frozen=True, kw_only=True, tag="reintegration"):
    """A step of the way home from a long stay in hospital. `owner` (a worker) takes the next one by `next` (a date).

    `next` may be empty once somebody was followed at home for as long as was agreed: that ends the way.
    """

    FHIR: ClassVar[str] = "CarePlan"
    SEGMENT: ClassVar[Segment] = "general"
    stay: str
    stage: Literal["assessed", "family_found", "place_found", "trial_leave", "home", "followed"]
    owner: str
    next: str = ""
    note: str = ""


class AbsenceCall(Body, frozen=True, kw_only=True, tag="absence_call"):
    """A call about somebody who did not come to the day hospital on `day`: who was reached, and what came of it."""

    FHIR: ClassVar[str] = "Communication"
    SEGMENT: ClassVar[Segment] = "mental-health"
    stay: str
    day: str
    reached: Literal["person", "family", "nobody", "no_number"]
    outcome: str = ""
