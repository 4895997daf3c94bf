"""What bears on care besides the course: an allergy, a diagnosis, a stay in hospital. Actions, as in `care.actions`."""

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record


def record_allergy(*, by: Worker, person: str, substance: str, reaction: str = "") -> Fact:
    """What this person must not be given. Two reports are united, never dropped."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if not substance.strip():
        raise Invalid("Name what it was that the person reacted to.", field="substance")
    body = f.Allergy(substance=substance.strip(), reaction=reaction.strip())
    return record(by=by, person=person, site=row.site, body=body)


def record_diagnosis(*, by: Worker, person: str, text: str, certainty: str = "provisional") -> Fact:
    """A diagnosis in words, by those who may take a person into care; `refuted` says that it is not so."""
    row = require_person(by=by, person_id=person, permission="enrol")
    if not text.strip():
        raise Invalid("Write the diagnosis.", field="text")
    if certainty not in ("provisional", "confirmed", "refuted"):
        raise Invalid("Choose provisional, confirmed or refuted.", field="certainty")
    body = f.Diagnosis(text=text.strip(), certainty=certainty)  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body)


def record_hospital(*, by: Worker, person: str, event: str, note: str = "", occurred: str = "") -> Fact:
    """Into hospital, out of it, or at an emergency room: the list then asks for a contact soon."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if event not in ("admitted", "discharged", "emergency"):
        raise Invalid("Choose what happened.", field="event")
    body = f.Hospital(event=event, note=note.strip())  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred)
