"""FHIR's Patient as a PersonIn. What cannot be right is left out aloud, and the person is kept."""

import datetime as dt
import re

from vwazen.clinical.facts import Source
from vwazen.exchange.incoming import Gender, NotTakenError, PersonIn
from vwazen.exchange.strict import Json, Value
from vwazen.exchange.tree import after, each, moment, one, words

GENDERS: dict[str, Gender] = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}


def person(patient: Json, source: Source, as_of: dt.date) -> tuple[PersonIn, list[NotTakenError]]:
    """The person, and what of the resource could not be taken."""
    faults: list[NotTakenError] = []
    name = _first(each(patient, "name"), ("official", "usual", ""))
    given = " ".join(words(part) for part in _list(name, "given")).strip()
    family = words(name.get("family"))
    born = _born(patient.get("birthDate"), as_of)
    if born is None and patient.get("birthDate") is not None:
        faults.append(NotTakenError("person.born", as_of=as_of))
    at = patient.get("deceasedDateTime")
    died = _born(at, as_of) or _instant(at, as_of)
    if at is not None and died is None:
        faults.append(NotTakenError("person.died", as_of=as_of))
    if any(words(link.get("type")) in ("replaced-by", "replace") for link in each(patient, "link")):
        faults.append(NotTakenError("person.replaced"))
    found = PersonIn(
        source=source,
        name=words(name.get("text")) or f"{given} {family}".strip() or None,
        given=given,
        family=family,
        gender=GENDERS.get(words(patient.get("gender")), "unknown"),
        born=born,
        deceased=at is not None or patient.get("deceasedBoolean") is True,
        died=died,
        place=_place(patient),
        phone=_phone(patient),
        recorded=moment(one(patient, "meta").get("lastUpdated")),
    )
    return found, faults


def identifiers(patient: Json) -> list[str]:
    """The names by which another system may know this person, as `identifier:SYSTEM|VALUE`."""
    return [key for key in map(identifier, each(patient, "identifier")) if key]


def identifier(value: Json) -> str:
    """One identifier as such a name; empty where it lacks system or value, which alone name nobody."""
    system, code = words(value.get("system")), words(value.get("value"))
    return f"identifier:{system}|{code}" if system and code else ""


def _list(owner: Json, field: str) -> list[Value]:
    value = owner.get(field)
    if value is None or isinstance(value, list):
        return value or []
    raise NotTakenError("input.shape", field=field)


def _first(found: list[Json], uses: tuple[str, ...]) -> Json:
    """The one whose use comes first in `uses`; else any that is not old."""
    for use in uses:
        for each_one in found:
            if words(each_one.get("use")) == use:
                return each_one
    return next((each_one for each_one in found if words(each_one.get("use")) != "old"), {})


def _born(value: Value, as_of: dt.date) -> str | None:
    """YYYY, YYYY-MM or YYYY-MM-DD that is in the calendar and not after `as_of`."""
    text = words(value)
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text):
        return None
    try:
        first = dt.date.fromisoformat(f"{text}-01-01"[:10] if len(text) < 7 else f"{text}-01"[:10])
    except ValueError:
        return None
    return text if first <= as_of else None


def _instant(value: Value, as_of: dt.date) -> str | None:
    found = moment(value)
    return found if found and not after(found, as_of) else None


def _place(patient: Json) -> str:
    """Town and district, or whatever else says where they live."""
    address = _first(each(patient, "address"), ("home", ""))
    near = [words(address.get(field)) for field in ("city", "district")]
    return ", ".join(part for part in near if part) or words(address.get("text")) or words(address.get("state"))


def _phone(patient: Json) -> str:
    lines = [line for line in each(patient, "telecom") if words(line.get("system")) in ("phone", "sms")]
    return words(_first(lines, ("mobile", "home", "")).get("value"))
