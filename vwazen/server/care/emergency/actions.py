"""Registering somebody in a hurry, with the first help that was given."""

from collections.abc import Mapping

from vwazen.clinical.findings import Value
from vwazen.server.care import actions as care
from vwazen.server.care.visit import Filled, Saved, Visit, record_visit
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Emergency, Site, Worker
from vwazen.server.record import store
from vwazen.server.record.actions import id_beside
from vwazen.server.record.first_help import FORM

NOBODY = "Name not known"


def first_help(
    *, by: Worker, emergency: Emergency, site: Site, person: str, name: str = "", gender: str = "unknown",
    born: str = "", place: str = "", phone: str = "", mode: str = "home", answers: Mapping[str, Value] | None = None,
    note: str = "",
) -> Saved:  # fmt: skip
    """Register someone and record the first help they had: all of it or nothing, and once however often it is sent.

    `person` is an id drawn with the form. Without a name they are called by where they were found, and named later.
    A danger that was told or seen opens the safety steps, as in any visit.
    """
    if emergency.ended is not None:
        raise Invalid("This emergency was said to be over. Register them as anybody else: Find person.", field="name")
    if not site.path.startswith(emergency.site.path):
        raise Invalid("This site lies outside the area of the emergency. Choose one inside.", field="site")
    seen = name.strip() or (f"{NOBODY}, {place.strip()}" if place.strip() else "")
    if not seen:
        raise Invalid("Give a name, or write at the place where and how they were found.", field="name")
    visit = Visit(
        mode=mode, note=note, note_segment="general",
        filled=(Filled(form=FORM, answers={**(answers or {}), "event": emergency.name}),),
    )  # fmt: skip
    with store.writing():
        care.register(
            by=by, site=site.code, name=seen, gender=gender, born=born, place=place, phone=phone, person=person
        )
        return record_visit(by=by, person=person, visit=visit, fact_id=id_beside(person, "first-help"))
