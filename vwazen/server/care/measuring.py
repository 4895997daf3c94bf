"""What is measured on a body or in blood, who looks at it, what is asked about a pregnancy.

Actions, as in `care.actions`.
"""

from typing import Any

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.clinic import Measure, measures
from vwazen.content.load import content
from vwazen.server.care.actions import chart_of
from vwazen.server.care.medicines import Asked, mine, one_of, pregnancy_body, said_before
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record


def measurement_body(
    *, what: str, value: float | None = None, unit: str = "", text: str = "", attention: bool = False,
    segment: str = "", odd: bool = False,
) -> f.Measurement:  # fmt: skip
    """A measured value. Outside the typing range of the list it must be said to be meant (`odd`)."""
    known = measures(content()).get(what)
    if known is None:
        raise Invalid("Choose what was measured.", field="what")
    if value is None and not text.strip():
        raise Invalid("Write the value, or the result in words.", field="value")
    if value is not None and known.units:
        unit = unit or known.units[0]
        one_of(unit, known.units, "unit")
        if not odd and not plausible(known, value):
            raise Invalid(
                f"{value:g} {unit} looks like a slip of the pen. Mend it, or say that it is meant.", field="value"
            )  # fmt: skip
    return f.Measurement(
        what=known.id, value=value, unit=unit if value is not None else "", text=text.strip(), attention=attention,
        segment=segment or known.segment,  # type: ignore[arg-type]
    )  # fmt: skip


def plausible(known: Measure, value: float) -> bool:
    """Whether somebody can have meant this number: the typing range of the list, which is no clinical threshold."""
    return (known.low is None or value >= known.low) and (known.high is None or value <= known.high)


def measure(*, by: Worker, person: str, occurred: str = "", fact_id: str = "", **values: Any) -> Fact:
    """A weight, a blood pressure, a level, a seizure on a day. `attention`: somebody must look at it."""
    row = require_person(by=by, person_id=person, permission="record_care")
    body = measurement_body(**values)
    mine(by, row.path, body.segment)
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id)


def note_result(*, by: Worker, person: str, fact: str, outcome: str, fact_id: str = "") -> Fact:
    """Say what comes of a result that asked for somebody's eyes; only then it leaves the list."""
    row = require_person(by=by, person_id=person, permission="prescribe")
    now = chart_of(person)
    if (said := said_before(now, fact_id, outcome=outcome.strip())) is not None:
        return said
    found = next((one for one in now.results if one.id == fact), None)
    if found is None:
        raise Invalid("This result does not wait any more. Look at the list again.", field="fact")
    if not outcome.strip():
        raise Invalid("Write what comes of it, even if it is nothing to do and why.", field="outcome")
    segment = mine(by, row.path, f.segment(found.body), "fact")
    body = f.Noted(fact=fact, outcome=outcome.strip(), segment=segment)
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def record_pregnancy(*, by: Worker, person: str, asked: Asked, occurred: str = "", fact_id: str = "") -> Fact:
    """What was asked about a pregnancy, by itself."""
    row = require_person(by=by, person_id=person, permission="record_care")
    body = pregnancy_body(asked)
    if {body.pregnant, body.breastfeeding, body.contraception} == {"not_asked"}:
        raise Invalid("Nothing was asked, so there is nothing to save.", field="pregnant")
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id)
