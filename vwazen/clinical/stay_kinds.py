"""The kinds of fact of stays away from home: hospital, emergency room, prison, day hospital, protected home.

They stand beside those of `vwazen.clinical.facts`, which names them all; `vwazen.clinical.stays` folds them.
"""

from typing import ClassVar, Literal

from vwazen.clinical.body import Body, Own, Segment, Source

Where = Literal["hospital", "emergency", "prison", "day_hospital", "protected_home", "other"]
StayEvent = Literal[
    "admitted", "transferred", "leave", "returned", "left_without", "discharged", "released", "attended", "absent",
    "updated", "cancelled",
]  # fmt: skip


class Stay(Own, frozen=True, kw_only=True, tag="stay"):
    """One event of a stay. All of one stay say its first fact's id in `stay`, or its `visit` number of one source.

    `facility` is a site's code where this node knows the place, `place` its name in words, `unit` the ward and bed,
    or the code of a protected home. `next` is a date: of a discharge when the person is expected, of a leave when
    they are expected back. `updated` says again, better, where somebody lies and why; `cancelled` takes back the
    newest event of the kind `cancels` that had been said by then: `said` is the instant at which another system said
    it. Of a discharge, `worker` is the worker (id) who takes over, `carer` who takes the person home,
    `medicines_checked` whether their medicines were gone through (None: nobody says).
    """

    FHIR: ClassVar[str] = "Encounter"
    where: Where
    event: StayEvent
    stay: str = ""
    cancels: Literal["", "admitted", "transferred", "leave", "returned", "discharged"] = ""
    facility: str = ""
    place: str = ""
    unit: str = ""
    visit: str = ""
    reason: str = ""
    destination: Literal["", "home", "facility", "protected_home", "prison", "unknown", "died"] = ""
    instructions: str = ""
    worker: str = ""
    next: str = ""
    carer: str = ""
    medicines_checked: bool | None = None
    said: str = ""
    source: Source | None = None


class MedicineReconciled(Own, frozen=True, kw_only=True, tag="medicine_reconciled"):
    """What was decided at a discharge about one medicine, and why (`words`).

    `prescription` is empty for a medicine that the hospital tells of and nobody here prescribed (`name`). What is
    changed, stopped or new is besides a prescription or a stop of its own.
    """

    FHIR: ClassVar[str] = "MedicationStatement"
    stay: str
    decision: Literal["continue", "change", "stop", "new", "unknown"]
    prescription: str = ""
    name: str = ""
    words: str = ""


class Identifier(Body, frozen=True, kw_only=True, tag="identifier"):
    """The number that another system knows this person by, as somebody confirmed."""

    FHIR: ClassVar[str] = "Patient.identifier"
    SEGMENT: ClassVar[Segment] = "general"
    system: str
    number: str
