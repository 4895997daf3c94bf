"""What reading one FHIR resource needs to know of the others: whom it is about, what was asked."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vwazen.clinical.facts import Source
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.exchange import fit
from vwazen.exchange.fhir_answers import Definition, definition
from vwazen.exchange.fhir_person import identifier, identifiers, person
from vwazen.exchange.incoming import Known, Limits, NotTakenError, PersonIn
from vwazen.exchange.index import Index
from vwazen.exchange.strict import Json, Value
from vwazen.exchange.tree import LOINC, each, loinc_in, one, words

# The canonical address of an instrument of ours: this, its id, and |version.
OURS = "urn:vwazen:instrument:"
_REFERENCE = re.compile(r"(?:.*/)?([A-Za-z]+)/([^/]+?)(?:/_history/[^/]+)?$")
# What else an answer can be about or refer to. Any other word before the id is a slip of the pen.
OTHERS = (
    "Device", "Encounter", "Group", "HealthcareService", "Location", "Medication", "Organization", "Person",
    "Practitioner", "PractitionerRole", "Procedure", "RelatedPerson", "Specimen", "Substance",
)  # fmt: skip
_LOINC_RELEASE = re.compile(r"[12]\.\d{1,2}")


class Asked(NamedTuple):
    """What a response says it answers. `exact`: a questionnaire of ours, whose link ids are item ids."""

    instruments: list[Instrument]
    definition: Definition
    exact: bool = False
    note: str = ""


@dataclass(frozen=True)
class Context:
    """What holds for one whole reading. `system` names where it all comes from."""

    content: Content
    as_of: dt.date
    system: str
    index: Index
    known: Known | None
    limits: Limits
    definitions: dict[str, Definition]


def keys_of(kind: str, resource: Json, full_url: str) -> list[str]:
    """The references by which others may mean this resource."""
    id = words(resource.get("id"))
    named = [f"{kind}/{id}", f"urn:uuid:{id}"] if id else []
    return [key for key in dict.fromkeys([*named, full_url]) if key]


def reference_keys(reference: str) -> list[str]:
    """A reference, and its short form: Kind/id without server and history."""
    short = _REFERENCE.fullmatch(reference)
    return [reference, f"{short[1]}/{short[2]}"] if short else [reference]


def subject(context: Context, resource: Json, source: Source) -> tuple[Source, PersonIn | None]:
    """Whom a resource is about, and their description if it lies in the resource itself. Raises NotTakenError."""
    about = one(resource, "subject")
    reference, named = words(about.get("reference")), identifier(one(about, "identifier"))
    if reference.startswith("#"):
        return _contained(context, resource, reference[1:], source)
    short = _REFERENCE.fullmatch(reference)
    kind = short[1] if short else words(about.get("type")) or "Patient"
    if kind in OTHERS:
        raise NotTakenError("person.type")
    if not reference and not named:
        raise NotTakenError("person.missing")
    keys = [*(reference_keys(reference) if reference else []), *([named] if named else [])]
    for key in keys:
        found = _one_of(context, key)
        if found:
            return found, None
    ids = [f"{kind}/{short[2] if short else reference.rpartition(':')[2]}"] if reference else []
    for id in [*ids, *([named] if named else [])]:
        asked = Source(system=context.system, id=id)
        if context.known and context.known(asked):
            return asked, None
    raise NotTakenError("person.broken" if kind == "Patient" else "person.misspelt")


def _one_of(context: Context, key: str) -> Source | None:
    found = context.index.named(key)
    if len(found) > 1:
        raise NotTakenError("person.ambiguous")
    return Source(system=context.system, id=found[0]) if found else None


def _contained(context: Context, resource: Json, id: str, source: Source) -> tuple[Source, PersonIn | None]:
    """A person described inside the resource is one of the others if an identifier says so, else somebody new."""
    inner = next((part for part in each(resource, "contained") if part.get("id") == id), None)
    if inner is None:
        raise NotTakenError("person.broken")
    if inner.get("resourceType") != "Patient":
        raise NotTakenError("person.type")
    keys = identifiers(inner)
    for key in keys:
        found = _one_of(context, key)
        if found:
            return found, None
    made = Source(system=context.system, id=keys[0] if keys else f"{source.id}#{id}")
    if context.known and context.known(made):
        return made, None
    return made, person(inner, made, context.as_of)[0]


def asked(context: Context, response: Json) -> Asked:
    """Which instruments a QuestionnaireResponse says it answers. Raises NotTakenError for one not installed."""
    value = response.get("questionnaire")
    codes, canonical = _questionnaire(value)
    url, _, version = canonical.partition("|")
    if url.startswith(OURS):
        return Asked([_installed(context.content, url.removeprefix(OURS), version)], Definition(), exact=True)
    known = context.definitions.get(canonical) or Definition()
    if canonical.startswith("#"):
        inner = (part for part in each(response, "contained") if part.get("id") == canonical[1:])
        known = next((definition(part) for part in inner), known)
    at_loinc = any(url.startswith(f"{system}/") for system in LOINC)
    if at_loinc and version and not _LOINC_RELEASE.fullmatch(version):
        raise NotTakenError("instrument.version", version=version[:20], instrument=url[:60], installed="LOINC releases")
    if at_loinc and (code := loinc_in(url)):
        codes.append(code)
        if not context.content.by_loinc(code):
            raise NotTakenError("instrument.unknown", code=f"LOINC {code}")
    hits = [hit for code in (*codes, *known.codes) for hit in context.content.by_loinc(code)]
    found = {instrument.id: instrument for kind, instrument, _ in hits if kind != "item"}
    namesake = _namesake(context.content, url)
    if namesake and not at_loinc:
        found.setdefault(namesake.id, _installed(context.content, namesake.id, version))
    unknown = bool(version) and not (at_loinc or namesake or known.items)
    note = f"Its questionnaire, {canonical[:120]}, is not known here: it was read by its LOINC codes."
    return Asked(list(found.values()), known, note=note if unknown else "")


def _questionnaire(value: Value) -> tuple[list[str], str]:
    """LOINC codes and canonical of R4's string, or of STU3's reference."""
    if isinstance(value, dict):
        named = one(value, "identifier")
        code = loinc_in(named.get("value")) if named.get("system") in LOINC else None
        return [code] if code else [], words(value.get("reference"))
    return [], words(value)


def _namesake(content: Content, url: str) -> Instrument | None:
    """The instrument whose id an address ends with, written PHQ9, phq-9 or PHQ_9."""
    last = _bare(re.split(r"[/:]", url)[-1])
    return next((instrument for instrument in content.instruments if last and _bare(instrument.id) == last), None)


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _installed(content: Content, id: str, version: str) -> Instrument:
    """An instrument in the version asked for (1, 1.0 and 1.0.0 are one), the latest where none is."""
    latest = fit.instrument(content, id)
    if latest is None:
        raise NotTakenError("instrument.unknown", code=id[:40])
    whole = re.fullmatch(r"(\d{1,6})(\.0)*", version)
    found = fit.instrument(content, id, int(whole[1])) if whole else None
    if version and found is None:
        installed = ", ".join(map(str, fit.versions(content, id)))
        raise NotTakenError("instrument.version", version=version[:20], instrument=latest.name, installed=installed)
    return found or latest


def remember(context: Context, questionnaire: Json, full_url: str) -> None:
    """Keep what a Questionnaire says, under each name that a response may call it by."""
    found = definition(questionnaire)
    url, version = words(questionnaire.get("url")), words(questionnaire.get("version"))
    names = [*keys_of("Questionnaire", questionnaire, full_url), url, f"{url}|{version}" if url and version else ""]
    for name in names:
        if name and len(context.definitions) < 2000:  # a bound; a file with more of them is no import
            context.definitions.setdefault(name, found)


def referred(resource: Json, *fields: str) -> Mapping[str, list[str]]:
    """The references in some list fields, each with its keys, in their order."""
    found = [words(part.get("reference")) for field in fields for part in each(resource, field)]
    return {reference: reference_keys(reference) for reference in found if reference}
