"""Going through a JSON tree from outside without trusting its shape.

What is absent is absent; what is there in another shape than FHIR gives it is refused, since passing
over it would drop it silently.
"""

import datetime as dt
import re

from vwazen.content.loinc import fault_in
from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.strict import Json, Value

LOINC = ("http://loinc.org", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
_CODE = re.compile(r"\d{3,7}-\d")


def each(owner: Json, field: str) -> list[Json]:
    """The objects in a list field, none where it is absent."""
    value = owner.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotTakenError("input.shape", field=field)
    found = [one for one in value if isinstance(one, dict)]
    if len(found) != len(value):
        raise NotTakenError("input.shape", field=field)
    return found


def one(owner: Json, field: str) -> Json:
    """The object in a field, an empty one where it is absent."""
    value = owner.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotTakenError("input.shape", field=field)
    return value


def words(value: Value) -> str:
    """Text on one line, empty where there is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def number(value: Value) -> float | None:
    """A number, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        return float(text) if re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", text) else None
    if isinstance(value, int | float) and abs(value) < 1e15:
        return float(value)
    return None


def loinc_in(text: Value) -> str | None:
    """The LOINC code that a link id, a definition or a canonical ends with (also "/44250-9"), if there is one."""
    if not isinstance(text, str):
        return None
    last = re.split(r"[/#]", text.partition("|")[0])[-1]
    # a numbering such as 101-2 looks like a code, and is none when its last digit does not check the others
    return last if _CODE.fullmatch(last) and not fault_in(last) else None


def loinc_codes(concept: Json) -> list[str]:
    """The LOINC codes of a CodeableConcept."""
    return [
        words(coding.get("code"))
        for coding in each(concept, "coding")
        if coding.get("system") in LOINC and words(coding.get("code"))
    ]


def moment(value: Value) -> str | None:
    """A date, or an instant with its offset, as ISO writes it; None for anything less sure.

    An hour without an offset means a different instant in every country, so only its day is kept.
    """
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        if len(value) == 10:
            return dt.date.fromisoformat(value).isoformat()
        found = dt.datetime.fromisoformat(value)
        if found.tzinfo is not None:
            found.astimezone(dt.UTC)  # the first and last days of the calendar have no such time
            return found.isoformat()
        return found.date().isoformat()
    except (ValueError, OverflowError):
        return None


def after(occurred: str, as_of: dt.date) -> bool:
    """Whether a moment lies after the day of the import, wherever on earth it happened."""
    if len(occurred) == 10:
        return dt.date.fromisoformat(occurred) > as_of
    found = dt.datetime.fromisoformat(occurred)
    return min(found.date(), found.astimezone(dt.UTC).date()) > as_of


def occurred(values: list[Value], as_of: dt.date) -> str:
    """The first of some dates that is there. Raises NotTakenError where there is none, or none that can be."""
    given = next((value for value in values if value is not None), None)
    if given is None:
        raise NotTakenError("date.missing")
    found = moment(given)
    if found is None:
        raise NotTakenError("date.unclear")
    if after(found, as_of):
        raise NotTakenError("date.future", as_of=as_of)
    return found
