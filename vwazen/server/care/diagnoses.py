"""What bears on care besides the course: a diagnosis, an allergy, a stay in hospital. Actions, as in `care.actions`."""

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.clinic import CodeList
from vwazen.content.load import content
from vwazen.server.care.actions import chart_of
from vwazen.server.care.medicines import mine, one_of
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record

CERTAINTIES = ("provisional", "confirmed", "refuted")
STATUSES = ("active", "remission", "resolved")


def record_diagnosis(
    *, by: Worker, person: str, text: str = "", code: str = "", certainty: str = "provisional",
    status: str = "active", since: str = "", segment: str = "", about: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """A diagnosis as it stands now, by those who may take a person into care; `refuted` says that it is not so.

    `code` is "list:code" of an installed list; without words of one's own its title is kept. `about` names the
    diagnosis that this one confirms, changes or refutes: what was said before stays, and words, code and segment carry
    over where none are given.
    """
    row = require_person(by=by, person_id=person, permission="enrol")
    system, known, title, wanted = _code(code)
    text, since = text.strip() or title, since.strip()
    if about:
        before = next((one for one in chart_of(person).diagnoses if one.id == about), None)
        if before is None:
            raise Invalid("This diagnosis is not on the record any more. Look at the page again.", field="about")
        text, since = text or before.diagnosis.text, since or before.diagnosis.since
        if not known:
            system, known = before.diagnosis.system, before.diagnosis.code
        segment = before.diagnosis.segment
    if not text:
        raise Invalid("Write the diagnosis, or choose one of a list.", field="text")
    body = f.Diagnosis(
        text=text, code=known, system=system, certainty=one_of(certainty, CERTAINTIES, "certainty"),
        status=one_of(status, STATUSES, "status"), since=since, about=about,
        segment=mine(by, row.path, segment or wanted),
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def _code(chosen: str) -> tuple[str, str, str, str]:
    """System, code, title and segment of "list:code"; raises Invalid where no installed list holds it."""
    name, _, code = chosen.partition(":")
    if not chosen:
        return "", "", "", "mental-health"
    for one in content().all(CodeList):
        if one.id == name and code in one.codes:
            return one.system, code, one.codes[code], one.segment(code)
    raise Invalid("This code is in no installed list. Search again, or write the diagnosis in words.", field="code")


def record_allergy(
    *, by: Worker, person: str, substance: str = "", reaction: str = "", none_known: bool = False, fact_id: str = ""
) -> Fact:  # fmt: skip
    """What this person must not be given; or, with `none_known`, that somebody asked and none is known.

    Two reports are united, never dropped.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    if none_known and substance.strip():
        raise Invalid("Either name what it was, or say that none is known.", field="none_known")
    if not none_known and not substance.strip():
        raise Invalid("Name what it was that the person reacted to, or say that none is known.", field="substance")
    body = f.Allergy(substance=substance.strip(), reaction=reaction.strip(), none_known=none_known)
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def record_hospital(*, by: Worker, person: str, event: str, note: str = "", occurred: str = "") -> Fact:
    """Into hospital, out of it, or at an emergency room: the list then asks for a contact soon."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if event not in ("admitted", "discharged", "emergency"):
        raise Invalid("Choose what happened.", field="event")
    body = f.Hospital(event=event, note=note.strip())  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred)
