"""The kind of fact of a try at finding somebody who missed a planned contact."""

from typing import ClassVar, Literal

from vwazen.clinical.body import Body, Segment

Found = Literal["found", "not_found", "refused", "moved", "died"]
Reason = Literal[
    "money", "distance", "stigma", "better", "side_effects", "work", "carer", "weather", "other", "not_said"
]
Offered = Literal["home", "phone", "nearer_site", "voucher", "clinic", "none"]


class Trace(Body, frozen=True, kw_only=True, tag="trace"):
    """A try at finding someone who missed a planned contact, or whom one set out to see at home.

    `missed` is the date that was agreed, "" where none was. `found` "died" and "moved" are what was told, not what is
    certain: a person decides what follows. `next` is the date agreed with whoever was found, else when to try again.
    `note` is read by everyone who may open the record: what was said in confidence is written elsewhere.
    """

    FHIR: ClassVar[str] = "Task"
    SEGMENT: ClassVar[Segment] = "general"
    missed: str = ""
    mode: Literal["home", "phone", "neighbour", "other"]
    found: Found
    reason: Reason = "not_said"
    offer: Offered = "none"
    next: str = ""
    note: str = ""
