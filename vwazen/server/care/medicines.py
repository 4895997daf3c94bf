"""Medicines: prescribed, handed out, stopped, taken. Actions, as in `care.actions`.

The `…_body` functions say what a fact would hold, checked against the chart, so that a visit can append it with others.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from vwazen.clinical import allergies
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.facts import Fact
from vwazen.clinical.kinds import HOURS
from vwazen.clinical.monitoring import listed
from vwazen.clinical.validate import LEAST
from vwazen.content.clinic import medicine_named
from vwazen.content.load import content
from vwazen.server.care.actions import chart_of, day_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, record, record_together

Stop = Literal[
    "completed", "no_effect", "side_effects", "own_wish", "out_of_stock", "pregnancy", "interaction", "allergy",
    "error", "other",
]  # fmt: skip
WHY_NOT = ("out_of_stock", "person_declined", "not_safe_today", "other")
ROUTES = ("oral", "injection", "other")
UNITS = ("", "tablet", "ml", "drop")
OPENS = ("general", "mental-health")
"""Segments of which a medicine may be opened to community health workers too, who help with it at home."""
ANSWERS = get_args(f.Answer)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked besides: pregnancy where the list of medicines says that it matters; "not_asked" is an answer."""

    pregnant: str = ""
    breastfeeding: str = "not_asked"
    contraception: str = "not_asked"
    method: str = ""
    due: str = ""


def prescribe(
    *, by: Worker, person: str, name: str, strength: str = "", dose: str = "", amount: float | None = None,
    times: float | None = None, hours: Sequence[float | None] = (), unit: str = "", every_days: int | None = None,
    route: str = "oral", days: int | None = None, diagnosis: str = "", replaces: str = "", note: str = "",
    segment: str = "", asked: Asked | None = None, despite: str = "", none_known: bool = False, occurred: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Prescribe, or with `replaces` change what is prescribed.

    `hours`: how many at each of `HOURS`; where some are said the others are none, and `unit` says of what.
    An allergy of the same name, or a pregnancy with a caution, needs `despite`: the reason to prescribe all the same.
    What was compared, and no more, is kept in `checked`. `none_known`: asked now, and no allergy is known.
    """
    row = require_person(by=by, person_id=person, permission="prescribe")
    now = chart_of(person)
    alive(now)
    at = tuple(one or 0.0 for one in hours) if any(one is not None for one in hours) else ()
    said = said_before(now, fact_id, strength=strength.strip(), amount=amount, times=times, hours=at, days=days)
    if said is not None:
        return said
    body = _prescription(
        by, row.path, now, name=name, strength=strength.strip(), dose=dose.strip(), amount=amount, times=times,
        hours=at, unit=one_of(unit, UNITS, "unit"), every_days=every_days, route=one_of(route, ROUTES, "route"),
        days=days, diagnosis=diagnosis, replaces=replaces, note=note.strip(), segment=segment,
    )  # fmt: skip
    asked = asked or Asked()
    if asks_pregnancy(now, body) and not asked.pregnant:
        raise Invalid("Ask about a pregnancy, or say that it was not asked.", field="pregnant")
    checked, warned = check(now, body, asked)
    if warned and not despite.strip():
        raise Invalid(f"{warned} Choose another medicine, or write why this one all the same.", field="despite")
    if none_known:
        checked = ("allergy-asked", *checked)
    if despite.strip():
        note = f"All the same: {despite.strip()}"
        body = msgspec.structs.replace(body, note=f"{body.note} {note}".strip())
    body = msgspec.structs.replace(body, checked=checked)
    first = make_fact(
        by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id or make_id()
    )  # fmt: skip
    facts = [first]
    if asked.pregnant in ("yes", "no"):
        facts.append(
            make_fact(by=by, person=person, site=row.site, body=pregnancy_body(asked), occurred=occurred,
                      fact_id=id_beside(first.id, "pregnancy"))
        )  # fmt: skip
    if none_known:
        facts.append(
            make_fact(by=by, person=person, site=row.site, body=f.Allergy(substance="", none_known=True),
                      occurred=occurred, fact_id=id_beside(first.id, "allergy"))
        )  # fmt: skip
    return record_together(facts)[0]


def check(now: Chart, body: f.Prescription, asked: Asked) -> tuple[tuple[str, ...], str]:
    """What can be compared for this prescription, as ids for `checked`, and the warning in words, or ""."""
    known = listed(content(), body.medicine, body.name)
    names = [body.name, *(known.also if known else ()), *([known.name] if known else [])]
    checked, warned = [], []
    if allergies.known(now) != "not_asked":
        checked.append("allergy-names")
    same = allergies.same_names(now, names)
    if same:
        what = " and ".join(dict.fromkeys(one.substance for _, one in same))
        warned.append(f"An allergy to {what} is on record.")
    warned += [
        f"{before.prescription.name} was stopped on {say(before.ended_on)}: an allergy."
        for before in allergies.stopped_for(now, names)
        if before.prescription.segment in ("general", "mental-health", body.segment)  # what the writer may read
    ]
    if known is not None and known.pregnancy is not None and asked.pregnant:
        checked.append("pregnancy-not-asked" if asked.pregnant == "not_asked" else "pregnancy-asked")
        recorded = now.pregnancy_told if asked.pregnant == "not_asked" else None
        if asked.pregnant == "yes" or (recorded and recorded[1].pregnant == "yes"):
            when = f", recorded on {say(recorded[0].day)}" if recorded else ""
            warned.append(f"Pregnant{when}; for {known.name} a source warns: {known.pregnancy.text}")
    return tuple(checked), " ".join(warned)


def asks_pregnancy(now: Chart, body: f.Prescription) -> bool:
    """Whether an installed list has a caution for this medicine, and the person is not recorded as a man."""
    known = listed(content(), body.medicine, body.name)
    man = now.registration is not None and now.registration.gender == "male"
    return known is not None and known.pregnancy is not None and not man


def told_of(
    *, by: Worker, person: str, name: str, strength: str = "", dose: str = "", note: str = "", segment: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """A medicine that the person takes already from elsewhere, by their own word. It is refilled by nobody here."""
    row = require_person(by=by, person_id=person, permission="record_care")
    now = chart_of(person)
    alive(now)
    body = _prescription(
        by, row.path, now, name=name, strength=strength.strip(), dose=dose.strip(), note=note.strip(),
        segment=segment, told=True,
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def _prescription(by: Worker, path: str, now: Chart, *, name: str, segment: str, **values: Any) -> f.Prescription:
    text = " ".join(name.split())
    if not text:
        raise Invalid("Name the medicine.", field="name")
    known = medicine_named(content(), text)
    usual = known.segment if known else "mental-health"
    replaces = values.get("replaces", "")
    if replaces:
        before = current(now, replaces)
        values["replaces"], was = before.fact.id, before.prescription.segment
        usual = was if usual in OPENS else usual  # a medicine that few may know of is no better known for coming second
        segment = segment if segment == "general" or (usual in OPENS and segment in OPENS) else usual
    wanted = segment or usual
    if wanted == "general" and usual not in OPENS:
        raise Invalid("This medicine is kept where few may read. Choose who may read it.", field="segment")
    if values.get("diagnosis") and all(values["diagnosis"] != one.id for one in now.diagnoses):
        raise Invalid("This diagnosis is not on the record. Choose another, or none.", field="diagnosis")
    if values.get("every_days") is not None and values.get("times") is not None:
        raise Invalid("Say how often a day, or every how many days, and not both.", field="every_days")
    _fits(values)
    return f.Prescription(
        name=known.name if known else text, medicine=known.id if known else "",
        segment=mine(by, path, wanted), **values,
    )  # fmt: skip


def _fits(values: Mapping[str, Any]) -> None:
    """Raises Invalid where the hours of the day and what is said beside them cannot both be so."""
    if not (hours := values.get("hours", ())):
        return
    given = [one for one in hours if one]
    if not given:
        raise Invalid("Say at one hour at least how many, or leave all four empty.", field="morning")
    tiny = next((name for name, one in zip(HOURS, hours, strict=False) if 0 < one < LEAST), None)
    if tiny is not None:
        raise Invalid("Nobody can measure so little. Mend the number, or leave it empty for none.", field=tiny)
    if values.get("every_days") is not None:
        raise Invalid("Say the hours of the day, or every how many days, and not both.", field="every_days")
    if values.get("route") == "injection":  # its card says that nothing is taken at home
        raise Invalid("An injection has no card of hours. Say how many times a day instead.", field="route")
    if values["times"] not in (None, len(given)):
        raise Invalid(f"By the hours it is taken {len(given)} times a day. Mend one of them.", field="times")
    if any(values["amount"] not in (None, one) for one in given):
        raise Invalid("At the hours stands another number. Mend it, or leave this empty.", field="amount")
    if not values["unit"]:
        raise Invalid("Say of what these are counts: the card in pictures draws it.", field="unit")


def mine(by: Worker, path: str, segment: str, field: str = "segment") -> Any:
    """The segment, which the writer must see too: nobody writes where they cannot read."""
    if segment not in policy.segments(by, path):
        raise Invalid("You may not write what only others may read. Choose another segment, or ask them.", field=field)
    return segment


def current(now: Chart, prescription: str) -> Medicine:
    """The medicine in force that this prescription belongs to. Raises Invalid where it is stopped, or unknown."""
    for one in now.current_medicines:
        if prescription in (one.id, one.fact.id, *one.ids):
            return one
    raise Invalid("This medicine is not in force any more. Look at the list again.", field="prescription")


def stop_body(now: Chart, *, prescription: str, reason: str, note: str = "") -> f.MedicineStopped:
    """Why a medicine ends; "other" needs words."""
    medicine = current(now, prescription)
    if reason == "other" and not note.strip():
        raise Invalid("Say in a few words why.", field="note")
    return f.MedicineStopped(
        prescription=medicine.fact.id, reason=one_of(reason, get_args(Stop), "reason"), note=note.strip(),
        segment=medicine.prescription.segment,
    )  # fmt: skip


def stop(
    *, by: Worker, person: str, prescription: str, reason: str, note: str = "", occurred: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """End a medicine, with the reason."""
    row = require_person(by=by, person_id=person, permission="prescribe")
    now = chart_of(person)
    if (said := said_before(now, fact_id, reason=reason, note=note.strip())) is not None:
        return said
    body = stop_body(now, prescription=prescription, reason=reason, note=note)
    mine(by, row.path, body.segment, "prescription")
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id)


def dispense_body(
    now: Chart, *, prescription: str, given: str, quantity: float | None = None, days: int | None = None,
    why: str = "", note: str = "",
) -> f.Dispense:  # fmt: skip
    """What was handed out of a medicine in force, all, a part or none of it; the latter two need their reason."""
    medicine = current(now, prescription)
    if given in ("part", "none") and why not in WHY_NOT:
        raise Invalid("Say why not all of it: it tells who orders medicines what is missing.", field="why")
    if why == "other" and not note.strip():
        raise Invalid("Say in a few words why.", field="note")
    if given != "none" and days == 0:
        raise Invalid("Something was handed out, so it lasts for a day at least. Mend the days.", field="days")
    if given != "none" and days is None and medicine.prescription.every_days is None:
        raise Invalid("For how many days does it last? Without it nobody knows when more is needed.", field="days")
    return f.Dispense(
        prescription=medicine.fact.id, given=one_of(given, ("all", "part", "none"), "given"),
        quantity=quantity if given != "none" else None, days=days if given != "none" else None,
        why=why if given != "all" else "",  # type: ignore[arg-type]
        note=note.strip(), segment=medicine.prescription.segment,
    )  # fmt: skip


def dispense(
    *, by: Worker, person: str, lines: Sequence[Mapping[str, Any]], occurred: str = "", fact_id: str = ""
) -> list[Fact]:  # fmt: skip
    """Hand out several medicines at once, all of it on record or nothing. `lines`: the values of `dispense_body`."""
    row = require_person(by=by, person_id=person, permission="dispense")
    now = chart_of(person)
    alive(now)
    if not lines:
        raise Invalid("Say for at least one medicine what was handed out.")
    first = fact_id or make_id()
    facts = []
    for line in lines:
        body = dispense_body(now, **line)
        mine(by, row.path, body.segment, "prescription")
        facts.append(
            make_fact(by=by, person=person, site=row.site, body=body, occurred=occurred,
                      fact_id=id_beside(first, f"dispense {line['prescription']}"))
        )  # fmt: skip
    return record_together(facts)


def intake_body(
    now: Chart, *, taken: str, prescription: str = "", missed_days: int | None = None, asked: bool = False,
    side_effects: Sequence[str] = (), note: str = "",
) -> f.Intake:  # fmt: skip
    """How medicines were taken and what they did besides, as told."""
    told = tuple(one.strip() for one in side_effects if one.strip())
    if told and not asked:
        raise Invalid("Side effects were told, so they were asked about. Choose “asked”.", field="asked")
    if taken == "not_asked" and not asked:
        raise Invalid("Nothing was asked, so there is nothing to save.", field="taken")
    segment = current(now, prescription).prescription.segment if prescription else "mental-health"
    return f.Intake(
        taken=one_of(taken, ("all", "most", "some", "none", "not_asked"), "taken"),
        prescription=current(now, prescription).fact.id if prescription else "", missed_days=missed_days, asked=asked,
        side_effects=told, note=note.strip(), segment=segment,
    )  # fmt: skip


def record_intake(*, by: Worker, person: str, fact_id: str = "", occurred: str = "", **values: Any) -> Fact:
    """Adherence and side effects, as told; `values` as for `intake_body`."""
    row = require_person(by=by, person_id=person, permission="record_care")
    now = chart_of(person)
    body = intake_body(now, **values)
    mine(by, row.path, body.segment, "prescription")
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id)


def pregnancy_body(asked: Asked) -> f.Pregnancy:
    """Pregnancy, breastfeeding and contraception as asked."""
    for name in ("pregnant", "breastfeeding", "contraception"):
        one_of(getattr(asked, name), ANSWERS, name)
    return f.Pregnancy(
        pregnant=asked.pregnant, breastfeeding=asked.breastfeeding, contraception=asked.contraception,  # type: ignore[arg-type]
        method=asked.method.strip(), due=day_of(asked.due, "due") if asked.due else "",
    )  # fmt: skip


def said_before(now: Chart, fact_id: str, **said: object) -> Fact | None:
    """The fact that this form saved already, where it was sent twice with the same words; others are refused."""
    found = next((one for one in now.live if one.id == fact_id), None) if fact_id else None
    if found is not None and any(getattr(found.body, name, None) != value for name, value in said.items()):
        raise Invalid("This form was saved already, and now says something else. Open the page again to say more.")
    return found


def alive(now: Chart) -> None:
    """Raises Invalid for someone who has died."""
    if now.died:
        raise Invalid("This person has died.")


def one_of(value: str, allowed: Sequence[str], field: str) -> Any:
    """The value, where it is among those allowed."""
    if value not in allowed:
        raise Invalid("Choose one of these.", field=field)
    return value
