"""What may be said about stays away from home: by the ward where somebody lies, and by the team at home."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.facts import Fact
from vwazen.clinical.stay_view import StayView
from vwazen.clinical.stays import stay_of
from vwazen.server.care.actions import chart_of
from vwazen.server.care.listing import carers
from vwazen.server.care.medicines import one_of
from vwazen.server.care.stays.words import DECISIONS, WHERE
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import (
    id_beside,
    make_fact,
    make_id,
    one_at_a_time,
    record,
    record_together,
    site_named,
)
from vwazen.server.record.models import Person
from vwazen.server.record.stay_rows import undone

RIGHT = "record_care"
GOES_TO = ("home", "facility", "protected_home", "prison")


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one medicine at a discharge; `prescription` is empty for one that the ward began."""

    prescription: str = ""
    name: str = ""
    decision: str = ""
    words: str = ""


@one_at_a_time
def admit(
    *, by: Worker, person: str, where: str, facility: str = "", place: str = "", unit: str = "", reason: str = "",
    occurred: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """Somebody came to a hospital, a prison or another place. `facility` is the code of a site here, or `place` its
    name. The team at home hears of it."""
    row = require_person(by=by, person_id=person, permission=RIGHT)
    return _admitted(by, row, where, facility, place, unit, reason, occurred, fact_id)


@one_at_a_time
def admit_found(
    *, by: Worker, person: str, where: str, facility: str, unit: str = "", reason: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Admit somebody who was named exactly, wherever they are followed. Whoever calls this has checked that `by` may
    record care at the facility; from now on its people may open what the stay shares with them."""
    row = Person.objects.get(pk=person)
    return _admitted(by, row, where, facility, "", unit, reason, "", fact_id)


def _admitted(
    by: Worker, row: Person, where: str, facility: str, place: str, unit: str, reason: str, occurred: str, fact_id: str
) -> Fact:
    where = one_of(where, tuple(WHERE), "where")
    site = site_named(facility) if facility else None
    place = place.strip() or (site.name if site else "")
    if not place:
        raise Invalid("Say where: choose a place, or write its name.", field="place")
    chart = chart_of(row.pk)
    _alive(chart)
    there = next((one for one in chart.stays if one.state in ("in", "leave") and one.where == where), None)
    if there is not None and fact_id not in there.ids:
        raise Invalid(f"They are in {there.place or WHERE[where].lower()} already. Record what happened there.",
                      field="where")  # fmt: skip
    body = f.Stay(
        where=where, event="admitted", facility=facility, place=place, unit=unit.strip(), reason=reason.strip()  # type: ignore[arg-type]
    )  # fmt: skip
    return record(by=by, person=row.pk, site=facility or row.site, body=body, occurred=occurred, fact_id=fact_id)


@one_at_a_time
def moved(
    *, by: Worker, person: str, stay: str, event: str, unit: str = "", reason: str = "", next_date: str = "",
    occurred: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """What happens during a stay: moved within, on leave (with the day they are expected back), back, or gone
    without being discharged."""
    row = require_person(by=by, person_id=person, permission=RIGHT)
    event = one_of(event, ("transferred", "leave", "returned", "left_without"), "event")
    one = _open(chart_of(person), stay, fact_id)
    if event == "leave" and not next_date:
        raise Invalid("Say until when the leave lasts: from the day after, somebody asks.", field="next_date")
    if event == "returned" and one.state == "in" and fact_id not in one.ids:
        raise Invalid("They are there already.", field="event")
    body = f.Stay(
        where=one.where, event=event, stay=one.id,  # type: ignore[arg-type]
        facility=one.facility, place=one.place, unit=unit.strip(),
        reason=reason.strip(), next=next_date,
    )  # fmt: skip
    return record(by=by, person=person, site=one.facility or row.site, body=body, occurred=occurred, fact_id=fact_id)


@one_at_a_time
def discharge(
    *, by: Worker, person: str, stay: str, destination: str = "", next_date: str = "", instructions: str = "",
    worker: str = "", carer: str = "", reason: str = "", medicines: Sequence[Decided] = (), occurred: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Somebody goes home, or elsewhere: where to, when they are expected, what to do at home, and who takes over.

    Every medicine on record that `by` may see is decided: go on, change, stop, or not known; a change or a stop says
    why. It also completes a discharge that another system told without these. The date is the next appointment too.
    """
    row = require_person(by=by, person_id=person, permission=RIGHT)
    chart = chart_of(person)
    one = _known(chart, stay)
    if one.state == "out" and not one.missing and fact_id not in one.ids:
        raise Invalid("They were discharged from there already. What was said stands on the chart.")
    _planned(one, row, destination, next_date, instructions, worker, occurred)
    reconciled = _reconciled(by, row, chart, one, medicines)
    checked = all(body.decision != "unknown" for body in reconciled)
    first = fact_id or make_id()
    ended = one.ended.occurred if one.ended else occurred
    site = one.facility or row.site
    body = f.Stay(
        where=one.where, event="released" if one.where == "prison" else "discharged", stay=one.id,
        facility=one.facility, place=one.place, destination=destination, instructions=instructions.strip(),  # type: ignore[arg-type]
        worker=worker, next=next_date, carer=carer.strip(), reason=reason.strip(), medicines_checked=checked,
    )  # fmt: skip
    facts = [make_fact(by=by, person=person, site=site, body=body, occurred=ended, fact_id=first)]
    facts += [
        make_fact(by=by, person=person, site=site, body=said, occurred=ended, fact_id=id_beside(first, f"medicine {n}"))
        for n, said in enumerate(reconciled)
    ]
    appointment = f.Appointment(next=next_date, reason="after the stay")
    facts.append(make_fact(by=by, person=person, site=site, body=appointment, fact_id=id_beside(first, "date")))
    return record_together(facts)[0]


def _planned(
    one: StayView, row: Person, destination: str, next_date: str, instructions: str, worker: str, occurred: str
) -> None:
    """Raise Invalid for what a discharge needs and does not have."""
    if destination not in GOES_TO:
        raise Invalid("Say where they go: the team at home has to find them.", field="destination")
    left = one.ended.occurred[:10] if one.ended else occurred[:10] or clock.today().isoformat()
    if not next_date or next_date < left:
        raise Invalid("Give the day on which they are expected next, not before they leave.", field="next_date")
    if not instructions.strip():
        raise Invalid("Write what they and whoever is at home should do: medicines, signs of danger, whom to call.",
                      field="instructions")  # fmt: skip
    home = Person.objects.values_list("path", flat=True).get(pk=row.pk)
    if worker not in dict(carers([home])):
        raise Invalid("Name who takes over: somebody who works where they live.", field="worker")


def medicines_of(by: Worker, row: Person, chart: Chart) -> tuple[Medicine, ...]:
    """The medicines on record that `by` may see, and so has to decide about at a discharge."""
    at = reach.place(by, row, (RIGHT,))
    seen = reach.given(by, at) if at else frozenset()
    return tuple(one for one in chart.current_medicines if one.prescription.segment in seen)


def _reconciled(
    by: Worker, row: Person, chart: Chart, stay: StayView, said: Sequence[Decided]
) -> list[f.MedicineReconciled]:
    home = Person.objects.get(pk=row.pk)
    known = {one.fact.id: one for one in medicines_of(by, home, chart)}
    found = []
    for one in said:
        medicine = known.pop(one.prescription, None)
        name = medicine.prescription.name if medicine else one.name.strip()
        if not name:
            continue
        decision = one_of(one.decision or ("" if medicine else "new"), tuple(DECISIONS), "medicines")
        if decision in ("change", "stop") and not one.words.strip():
            raise Invalid(f"Say why, and how: {name}.", field="medicines")
        found.append(f.MedicineReconciled(
            stay=stay.id, prescription=medicine.fact.id if medicine else "", name=name, decision=decision,
            words=one.words.strip(), segment=medicine.prescription.segment if medicine else "mental-health",
        ))  # fmt: skip
    if known:
        names = ", ".join(one.prescription.name for one in known.values())
        raise Invalid(f"Decide about every medicine on record: {names}.", field="medicines")
    return found


def heard(*, by: Worker, person: str, fact: str, outcome: str, fact_id: str = "") -> Fact:
    """Somebody of the team at home has read the news of a stay, or what was decided about a medicine there, and says
    what comes of it."""
    row = require_person(by=by, person_id=person, permission=RIGHT)
    policy.require(by, RIGHT, Person.objects.values_list("path", flat=True).get(pk=person))  # not by a ward's share
    told = next((one for one in news(chart_of(person)) if one.id == fact), None)
    if told is None:
        raise Invalid("There is no news to answer any more. Look at the page again.")
    if not outcome.strip():
        raise Invalid("Say what you do about it: who speaks with the ward, and when.", field="outcome")
    body = f.Noted(fact=fact, outcome=outcome.strip(), segment=f.segment(told.body))
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def news(chart: Chart) -> tuple[Fact, ...]:
    """What the team at home has not answered yet: of stays, and of medicines decided at their end."""
    return (*(one.told for one in chart.stays if one.told), *undone(chart))


def _alive(chart: Chart) -> None:
    if chart.died:
        raise Invalid(f"They died on {chart.died.isoformat()}, by what is on record.")


def _known(chart: Chart, stay: str) -> StayView:
    one = stay_of(chart.stays, stay)
    if one is None:
        raise Invalid("This stay is not on the record any more. Look at the page again.", field="stay")
    return one


def _open(chart: Chart, stay: str, fact_id: str) -> StayView:
    one = _known(chart, stay)
    if one.state not in ("in", "leave") and fact_id not in one.ids:
        raise Invalid("They have left there already. What was said stands on the chart.", field="stay")
    return one


def day_of(occurred: str) -> dt.date:
    """The calendar day of what a form sent; today where it is empty."""
    return dt.date.fromisoformat(occurred[:10]) if occurred else clock.today()
