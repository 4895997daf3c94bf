"""Reading a held entry again as corrected, by the readers that read it the first time."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from django.conf import settings

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.exchange import fit
from vwazen.exchange import incoming as x
from vwazen.exchange.fhir import read_fhir
from vwazen.exchange.fhir_answers import plain_number
from vwazen.exchange.fhir_observation import wholes
from vwazen.exchange.strict import Json
from vwazen.exchange.table import EMPTY, ROW, reread
from vwazen.exchange.table_map import read_map
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import held_id
from vwazen.server.record.held import DATED, Correction, decode_value, resources
from vwazen.server.record.intake import paths_of, person_id
from vwazen.server.record.models import Held, Import, Person

Items = list[x.PersonIn | x.ResponseIn]


def value_again(text: str, correction: Correction) -> x.PersonIn | x.ResponseIn:
    """A person or answers that had been read before they were held, checked as a reader checks them."""
    try:
        item: x.PersonIn | x.ResponseIn = decode_value(text)
        if correction.occurred and isinstance(item, x.ResponseIn):
            item = msgspec.structs.replace(item, occurred=day(correction.occurred))
        if isinstance(item, x.ResponseIn):
            _check_response(item)
        else:
            dates = [one for one in (item.born, item.died) if one and len(one) >= 10]
            if any(_past(one) is None for one in dates):
                raise x.NotTakenError("person.born", as_of=clock.today())
        return item
    except msgspec.MsgspecError as fault:
        raise Invalid(f"This is no longer a readable entry: {fault}.", field="raw") from None
    except x.NotTakenError as fault:
        raise Invalid(fault.reason, field="raw") from None


def _check_response(item: x.ResponseIn) -> None:
    """Raises NotTakenError for what no reader would have handed on."""
    instrument = fit.instrument(content(), item.instrument, item.version)
    if instrument is None:
        raise x.NotTakenError("instrument.unknown", code=item.instrument[:40])
    if _past(item.occurred) is None:
        raise x.NotTakenError("date.unclear")
    offered = {one.id: one for one in instrument.items}
    for name, value in item.answers.items():
        if name not in offered:
            raise x.NotTakenError("answer.unknown", item=name[:40], instrument=instrument.name)
        fit.check_answer(instrument, offered[name], value)
    if item.answers:
        fit.check_answers(instrument, item.answers)
    elif item.stated_total is not None:
        fit.check_total(instrument, item.stated_total)
    else:
        raise x.NotTakenError("answer.none")


def _past(occurred: str) -> dt.datetime | None:
    """The instant of a date or moment that is not in the future, None for anything else."""
    try:
        found = f.instant(occurred)
    except ValueError:
        return None
    return found if found.date() <= clock.today() else None


def day(text: str) -> str:
    """An ISO date as typed. Raises Invalid, also for one in the future."""
    try:
        found = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("This is no date. Write it as 2026-11-21.", field="occurred") from None
    if found > clock.today():
        raise Invalid("This day lies in the future.", field="occurred")
    return found.isoformat()


def row_again(row: Held, job: Import, correction: Correction, target: Person | None) -> tuple[Items, Person | None]:
    """A row of a table, by the map it was read with the first time."""
    try:
        table_map = read_map(Path(job.map_file))
        whose = None
        if table_map.person == ROW:  # its place in the table told whose it was, and only the person knows it now
            target = target or Person.objects.filter(pk=row.person, registered=True).first()
            if target is None:
                raise Invalid("Each row is somebody else here. Choose whose it is.", field="person")
            whose = _source_of(target, table_map.system)
        found = reread(correction.raw or row.raw, table_map, content(), as_of=clock.today(), person=whose)
    except x.NotTakenError as fault:
        raise Invalid(fault.reason, field="raw") from None
    return _without_faults(row, found), target


def _source_of(person: Person, system: str) -> f.Source:
    """What a person is called at their source; with no word of it, a name that is theirs alone."""
    facts = store.facts_of([person.pk])[person.pk]
    sources = [fact.body.source for fact in facts if isinstance(fact.body, f.Registration) and fact.body.source]
    return next((one for one in sources if one.system == system), f.Source(system=system, id=person.pk))


def fhir_again(
    row: Held, job: Import, correction: Correction, target: Person | None, by: Worker
) -> tuple[Items, Person | None]:
    """A FHIR resource; where its reference to the person leads nowhere, the person it was held with stands in."""
    given = resources(correction.raw or row.raw)
    stated = None
    if correction.occurred:
        _date(given[0], correction.occurred)
    if correction.total is not None or correction.answers:
        stated = plain_number(given[0])
        _give_total(given[0], correction.total)
    found = _read(given, job, by, target)
    faulty = any(isinstance(one, x.HeldIn) and one.code.startswith("person.") for one in found)
    if faulty and not target and row.person:
        target = Person.objects.filter(pk=row.person, registered=True, path__startswith=job.path).first()
        found = _read(given, job, by, target) if target else found
    items = _without_faults(row, found)
    if correction.total is not None or correction.answers:
        items = [_typed(one, correction, stated) if isinstance(one, x.ResponseIn) else one for one in items]
    return items, target


def _date(resource: Json, occurred: str) -> None:
    field = DATED.get(str(resource.get("resourceType")))
    if field is None:
        raise Invalid("Write the day into the text.", field="occurred")
    resource[field] = day(occurred)


def _give_total(resource: Json, total: float | None) -> None:
    """A total that can be right in place of the one that cannot: the one given, or the least there is, for now."""
    try:
        totals, _ = wholes(resource, content())
    except x.NotTakenError as fault:
        raise Invalid(fault.reason, field="raw") from None
    if not totals or totals[0].range is None:
        raise Invalid("Write the total into the text.", field="total")
    for name in [name for name in resource if name.startswith("value")]:
        del resource[name]
    resource["valueQuantity"] = {"value": totals[0].range.low if total is None else total}


def _typed(item: x.ResponseIn, correction: Correction, stated: float | None) -> x.ResponseIn:
    """The answers as they were found, with the total that the source gave kept beside ours."""
    note = "Its source gave no whole number for the total." if stated is None else f"Its source says {stated:g}."
    notes = (*item.notes, f"Held and corrected here. {note}")
    if not correction.answers:
        return msgspec.structs.replace(item, notes=notes)
    said = stated if correction.total is None else correction.total
    item = msgspec.structs.replace(item, answers=correction.answers, stated_total=said, total_only=False, notes=notes)
    try:
        _check_response(item)
    except x.NotTakenError as fault:
        raise Invalid(fault.reason, field="answers") from None
    return item


def _read(given: Sequence[Json], job: Import, by: Worker, target: Person | None) -> list[x.Anything]:
    """What the reader makes of these resources; with `target`, of whomever they speak, it is this person."""
    if target:
        given = [one | {"subject": {"reference": "Patient/chosen"}} for one in given]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in given]}
    paths = policy.site_paths(by, "mend_held")

    def known(source: f.Source) -> bool:
        one = person_id(source)
        return target is not None or paths_of([one]).get(one, "").startswith(paths)

    folder = Path(settings.IMPORTS_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="mending-") as place:
        file = Path(place) / "entry.json"
        file.write_bytes(msgspec.json.encode(bundle))
        return list(read_fhir(file, content(), as_of=clock.today(), system=job.system or None, known=known))


def _without_faults(row: Held, found: Sequence[x.Anything]) -> Items:
    """What was read. Raises Invalid for a fault, unless it waits as an entry of its own."""
    for one in found:
        if isinstance(one, x.FileProblem):
            raise Invalid(one.reason, field="raw")
        if isinstance(one, x.HeldIn):
            other = held_id(row.site, one.code, row.raw, row.place)
            if other == row.id or not Held.objects.filter(pk=other).exists():
                raise Invalid(one.reason, field="person" if one.code.startswith("person.") else "raw")
        if isinstance(one, x.SkippedIn) and one.kind != EMPTY:
            raise Invalid(f"This version does not read this kind: {one.kind}.", field="raw")
    return [one for one in found if isinstance(one, x.PersonIn | x.ResponseIn)]
