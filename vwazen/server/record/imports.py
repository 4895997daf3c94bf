"""Bringing answers in from elsewhere: `start` a job, `run` it, `undo` it.

Twice is once: ids of facts derive from the source's system, id and version, so a job that was cut off is simply run
again. Nobody is alarmed or enrolled by a file: people arrive to be triaged, and a safety answer older than the
policy's limit becomes one historical item of its person. What cannot be taken is held with its reason.
"""

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from django.conf import settings

from vwazen.clinical import facts as f
from vwazen.clinical import safety
from vwazen.clinical.facts import Fact
from vwazen.clinical.ids import derived_id
from vwazen.clinical.instruments import score
from vwazen.clinical.live import live
from vwazen.content.load import Content, content
from vwazen.exchange import incoming as x
from vwazen.exchange.fhir import read_fhir
from vwazen.exchange.table import read_table
from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import AGAIN, NEW, append, hold, make_fact, make_id, site_named
from vwazen.server.record.models import Held, Import, Imported, OpenItem, Person

CHUNK = 100
STALE = dt.timedelta(minutes=2)


def start(
    *, by: Worker, files: Sequence[Path], site: str, as_of: dt.date, map_file: Path | None = None, system: str = "",
    title: str = "", keep: bool = False,
) -> Import:  # fmt: skip
    """Register a job over `files` (with `map_file`: tables). `keep` copies the files into this node's folder."""
    where = site_named(site)
    with attempt(by=by, action="import", site=where.path, purpose="import"):
        policy.require(by, "import_data", where)
        if as_of > clock.today():
            raise Invalid("The as-of date lies in the future. Give the day on which the file was made.", field="as_of")
        job = make_id()
        if keep:
            folder = Path(settings.IMPORTS_FOLDER) / job
            folder.mkdir(parents=True)
            files = [Path(shutil.copy(one, folder / one.name)) for one in files]
            map_file = Path(shutil.copy(map_file, folder / ("map-" + map_file.name))) if map_file else None
        row = Import(
            id=job, title=title or ", ".join(one.name for one in files)[:200],
            file="\n".join(str(one.resolve()) for one in files), map_file=str(map_file.resolve()) if map_file else "",
            system=system, site=where.code, path=where.path, as_of=as_of, by=str(by.pk), by_name=by.name,
            created=clock.now(),
        )  # fmt: skip
        columns = [field.column for field in row._meta.fields if field.column]
        store.insert("record_import", columns, [[_plain(getattr(row, one)) for one in columns]])
    return row


def _plain(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _update(job: str, **values: object) -> None:
    names = ", ".join(f"{name} = %s" for name in values)
    store.execute(f"UPDATE record_import SET {names} WHERE id = %s", [*map(_plain, values.values()), job])  # noqa: S608


class _Tally(msgspec.Struct):
    """What came of a job, by kind."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[str] = msgspec.field(default_factory=list)
    people: set[str] = msgspec.field(default_factory=set)


def run(job: Import) -> Import:
    """Carry a job out, chunk by chunk, each chunk durable; safe to run again after a power cut."""
    _update(job.id, state=Import.RUNNING, beat=clock.now(), problem="")
    tally = _Tally()
    read = {"share": 0.0}

    def progress(done: int, total: int) -> None:
        read["share"] = done / total if total else 0.0

    try:
        stream = _stream(job, progress)
        while chunk := list(islice(stream, CHUNK)):
            with store.writing():
                _take(job, chunk, tally)
                _update(job.id, share=min(read["share"], 0.99), beat=clock.now(), counts=dict(tally.counts))
    except Exception as error:
        _update(job.id, state=Import.FAILED, finished=clock.now(), problem=f"Stopped: {type(error).__name__}.")
        raise
    tally.counts["historical_people"] = _historical(tally.people)
    failed = tally.problems and not tally.counts["people"] and not tally.counts["responses"]
    _update(
        job.id, state=Import.FAILED if failed else Import.DONE, share=1.0, finished=clock.now(),
        counts=dict(tally.counts), problem="\n".join(tally.problems),
    )  # fmt: skip
    return Import.objects.get(pk=job.id)


def _historical(people: set[str]) -> int:
    """How many of these people have a safety answer from long ago that nobody here has reviewed."""
    items = OpenItem.objects.filter(kind=OpenItem.HISTORICAL)
    return sum(items.filter(person__in=some).count() for some in _chunks(sorted(people), 400))


def _stream(job: Import, progress: x.Progress) -> Iterator[x.Anything]:
    know = content()
    for name in job.file.split("\n"):
        path = Path(name)
        if job.map_file:
            yield from read_table(path, Path(job.map_file), know, as_of=job.as_of, progress=progress)
        else:
            yield from read_fhir(
                path, know, as_of=job.as_of, system=job.system or None, known=_known, progress=progress
            )


def _known(source: f.Source) -> bool:
    return bool(store.select("SELECT 1 FROM record_person WHERE id = %s AND registered", [person_id(source)]))


def person_id(source: f.Source) -> str:
    """The id that a person of another system has here, whichever file brings them."""
    return derived_id(source.system, "Patient", source.id)


def _take(job: Import, chunk: list[x.Anything], tally: _Tally) -> None:
    """Facts for one chunk, appended together; what could not be taken is held."""
    know = content()
    facts: list[Fact] = []
    keys: dict[str, tuple[str, str]] = {}
    elsewhere = _elsewhere(job, chunk)
    for item in chunk:
        if isinstance(item, x.PersonIn):
            tally.counts["people"] += 1
            tally.people.add(person_id(item.source))
            if person_id(item.source) in elsewhere:
                _hold_elsewhere(job, item, tally)
                continue
            made = _person_facts(job, item, tally)
        elif isinstance(item, x.ResponseIn):
            if person_id(item.person) in elsewhere:
                _hold_elsewhere(job, item, tally)
                continue
            made = _response_facts(job, item, know, tally)
        else:
            _note(job, item, tally)
            continue
        keys |= {fact.id: (_key(item.source), item.source.version[:64]) for fact in made}
        facts += made
    _append(job, facts, keys, tally)


def _elsewhere(job: Import, chunk: list[x.Anything]) -> set[str]:
    """Persons of this chunk who are followed at a site outside the one this import is for."""
    ids = {person_id(i.source if isinstance(i, x.PersonIn) else i.person)
           for i in chunk if isinstance(i, x.PersonIn | x.ResponseIn)}  # fmt: skip
    rows = Person.objects.filter(pk__in=ids, registered=True).values_list("pk", "path")
    return {pk for pk, path in rows if not path.startswith(job.path)}


def _hold_elsewhere(job: Import, item: x.PersonIn | x.ResponseIn, tally: _Tally) -> None:
    segment = "general" if isinstance(item, x.PersonIn) else content().instrument(item.instrument).segment
    new = hold(
        site=job.site, code="elsewhere", segment=segment, now=clock.now(), import_id=job.id, place=item.source.id,
        reason="This person cannot be taken at this site. Ask an administrator above both sites to hand them over.",
        raw=msgspec.json.encode(item).decode(),
    )  # fmt: skip
    tally.counts["held" if new else "held_again"] += 1


def _fact(job: Import, person: str, occurred: str, recorded: str | None, source: f.Source, body: f.AnyBody,
          *parts: str) -> Fact:  # fmt: skip
    """A fact of another system: its id is the same whenever and by whomever it is brought in."""
    about_person = isinstance(body, f.Registration | f.Death)
    at = f.instant(occurred)
    return Fact(
        id=derived_id(source.system, *parts, millis=0 if about_person else max(0, int(at.timestamp() * 1000))),
        person=person, occurred=occurred, recorded=clock.stamp(f.instant(recorded) if recorded else at),
        author=f"source:{source.system}"[:120], site=job.site, body=body,
    )  # fmt: skip


def _person_facts(job: Import, item: x.PersonIn, tally: _Tally) -> list[Fact]:
    """The registration, and the death where the source knows of one. Without a date of its own, a fact that is
    already on record is not said again: its date would be that of the import."""
    source, person = item.source, person_id(item.source)
    name = item.name or " ".join(part for part in (item.given, item.family) if part) or f"No name ({source.id})"
    body = f.Registration(
        name=name[:200], gender=item.gender, born=item.born or "", place=item.place, phone=item.phone, source=source
    )
    since = item.recorded or item.died or job.as_of.isoformat()
    made = [_fact(job, person, since, item.recorded, source, body, "Patient", source.id, source.version)]
    dated = {made[0].id: item.recorded}
    if item.deceased:
        tally.counts["dead"] += 1
        death = _fact(job, person, item.died or since, item.recorded, source, f.Death(), "Patient", source.id, "death",
                      item.died or "")  # fmt: skip
        made.append(death)
        dated[death.id] = item.died or item.recorded
    known = store.known_facts([fact.id for fact in made])
    return [_amending(fact, source) for fact in made if dated[fact.id] or fact.id not in known]


def _key(source: f.Source) -> str:
    """What all versions of one record of another system share."""
    return derived_id(source.system, source.id)


def _amending(fact: Fact, source: f.Source) -> Fact:
    """The same fact as an amendment of the version that an earlier file brought, if there was one."""
    rows = Imported.objects.filter(source=_key(source)).order_by("id").values_list("fact", flat=True)
    before = [str(one) for one in rows if one != fact.id]
    stored = {one: f.decode(data) for one, data in store.known_facts([*before, fact.id]).items()}
    if fact.id in stored:
        return msgspec.structs.replace(fact, amends=stored[fact.id].amends)
    same_kind = [one for one in before if one in stored and stored[one].kind == fact.kind]
    return msgspec.structs.replace(fact, amends=same_kind[0]) if same_kind else fact


def _response_facts(job: Import, item: x.ResponseIn, know: Content, tally: _Tally) -> list[Fact]:
    source, person = item.source, person_id(item.person)
    instrument = know.instrument(item.instrument, item.version)
    body = f.Response(
        instrument=item.instrument, version=item.version, answers=item.answers, stated_total=item.stated_total,
        total_only=item.total_only, mode="imported", notes=item.notes, source=source,
    )  # fmt: skip
    fact = _amending(
        _fact(job, person, item.occurred, item.recorded, source, body, source.id, source.version, item.instrument),
        source,
    )
    tally.counts["responses"] += 1
    tally.counts[f"responses:{item.instrument}"] += 1
    if not item.total_only and item.stated_total is not None:
        ours = score(instrument, item.answers).total
        if ours is not None and abs(ours - item.stated_total) > 1e-9:
            tally.counts["totals_differ"] += 1
            high = instrument.range.high if instrument.range else None
            tally.counts["totals_impossible"] += high is not None and item.stated_total > high
    facts = [fact]
    if safety.positive_items(know, body):
        tally.counts["safety_positive"] += 1
        age = (job.as_of - fact.day).days
        if age <= safety.policy(know).historical_after_days:
            concern = f.Concern(trigger="answer", response=fact.id)
            facts.append(_fact(job, person, item.occurred, item.recorded, source, concern, fact.id, "concern"))
            tally.counts["safety_recent"] += 1
    return facts


def _note(job: Import, item: x.Anything, tally: _Tally) -> None:
    if isinstance(item, x.HeldIn):
        person = person_id(item.person) if item.person else ""
        new = hold(
            site=job.site, code=item.code, reason=item.reason, raw=item.raw, segment=item.segment, now=clock.now(),
            occurred=item.occurred or "", person=person, place=item.where, import_id=job.id,
        )  # fmt: skip
        tally.counts["held" if new else "held_again"] += 1
        tally.counts[f"held:{item.code}"] += 1
    elif isinstance(item, x.SkippedIn):
        tally.counts[f"not_read:{item.kind}"] += item.count
    elif isinstance(item, x.Repeated):
        tally.counts["repeated"] += item.count
    elif isinstance(item, x.FileProblem):
        tally.problems.append(f"{item.where}: {item.reason}")


def _append(job: Import, facts: list[Fact], keys: dict[str, tuple[str, str]], tally: _Tally) -> None:
    if not facts:
        return
    by = Worker.objects.get(pk=job.by)
    receipts = append(facts)
    by_id = {fact.id: fact for fact in facts}
    fresh = [by_id[one.fact] for one in receipts if one.status == NEW]
    again = [by_id[one.fact] for one in receipts if one.status == AGAIN]
    tally.counts["new_facts"] += len(fresh)
    tally.counts["again"] += len(again)
    tally.counts["held"] += len(receipts) - len(fresh) - len(again)
    store.insert(
        "record_imported", ("import_id", "fact", "person", "source", "version"),
        [(job.id, one.id, one.person, *keys[one.id]) for one in fresh],
    )  # fmt: skip
    more = _redo(job, again, keys, by)
    registered = sorted({one.person for one in fresh if isinstance(one.body, f.Registration) and not one.amends})
    more += [make_fact(by=by, person=one, site=job.site, body=f.Owner(owner=job.by)) for one in registered]
    if more:
        append(more)


def _redo(job: Import, again: list[Fact], keys: dict[str, tuple[str, str]], by: Worker) -> list[Fact]:
    """Facts that an undone import had taken back count again when the file comes again."""
    ids = [fact.id for fact in again]
    undone = set(
        Imported.objects.filter(fact__in=ids, import_id__in=Import.objects.filter(state=Import.UNDONE).values("id"))
        .values_list("fact", flat=True)
    )  # fmt: skip
    if not undone:
        return []
    made: list[Fact] = []
    theirs = store.facts_of(sorted({fact.person for fact in again if fact.id in undone}))
    for person, facts in theirs.items():
        counting = {entry.fact.id for entry in live(facts, clock.today()).entries}
        for fact in facts:
            if isinstance(fact.body, f.Retraction) and fact.retracts in undone and fact.retracts not in counting:
                body = f.Retraction(reason="imported again")
                made.append(make_fact(by=by, person=person, site=job.site, body=body, retracts=fact.id))
    store.insert(
        "record_imported", ("import_id", "fact", "person", "source", "version"),
        [(job.id, one.id, one.person, *keys[one.id]) for one in again if one.id in undone],
    )  # fmt: skip
    return made


def undo(*, by: Worker, job: str) -> dict[str, int]:
    """Take an import back: its facts stop counting. People on whom work has begun since keep theirs.

    Returns {'undone': people, 'kept': people}.
    """
    row = Import.objects.filter(pk=job).first()
    if row is None:
        raise Invalid("There is no such import.")
    with attempt(by=by, action="undo-import", site=row.path):
        policy.require(by, "import_data", row.path)
        if row.state not in (Import.DONE, Import.FAILED):
            raise Invalid("Only an import that has ended can be undone. Wait until it is done.")
    kept = undone = 0
    by_person: dict[str, list[str]] = {}
    for fact, person in Imported.objects.filter(import_id=job).values_list("fact", "person"):
        by_person.setdefault(person, []).append(fact)
    for people in _chunks(sorted(by_person), 50):
        with store.writing():
            store.lock_people(people)
            theirs = store.facts_of(people)
            made: list[Fact] = []
            for person in people:
                mine = set(by_person[person])
                if _worked_on(theirs[person]):
                    kept += 1
                    continue
                undone += 1
                counting = {entry.fact.id for entry in live(theirs[person], clock.today()).entries}
                made += [
                    make_fact(by=by, person=person, site=row.site, body=f.Retraction(reason="import undone"),
                              retracts=one)
                    for one in sorted(mine & counting)
                ]  # fmt: skip
            append(made)
    with store.writing():
        _update(job, state=Import.UNDONE)
        store.execute(
            "UPDATE record_held SET state = %s, decision = %s, decided = %s, decided_by = %s "
            "WHERE import_id = %s AND state = %s",
            [Held.DISMISSED, "import undone", clock.now(), str(by.pk), job, Held.OPEN],
        )
    return {"undone": undone, "kept": kept}


def _worked_on(facts: list[Fact]) -> bool:
    """Whether anybody here has done something for this person beyond being handed them."""
    return any(
        not fact.author.startswith("source:") and not isinstance(fact.body, f.Owner | f.Retraction) for fact in facts
    )


def _chunks(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[i : i + size] for i in range(0, len(values), size))


def resume() -> list[Import]:
    """Jobs that wait, or that a power cut left running: to be run now."""
    edge = clock.now() - STALE
    waiting = list(Import.objects.filter(state=Import.WAITING).order_by("created"))
    return waiting + list(Import.objects.filter(state=Import.RUNNING, beat__lt=edge).order_by("created"))


def dismiss(*, by: Worker, entry: str, reason: str) -> None:
    """Decide that a held entry will not be taken. It is kept, with who decided and why."""
    row = _held(by, entry)
    if not reason.strip():
        raise Invalid("Say why. The entry is kept beside your reason.", field="reason")
    _decide(row, by, Held.DISMISSED, reason.strip())


def mend(*, by: Worker, entry: str, raw: str, person: str = "") -> str:
    """Try a held entry again, corrected: `raw` is the entry as it should have been, `person` whom it belongs to.

    Returns the id of the new fact. The original stays beside the correction. Raises Invalid with the reason when it
    still cannot be taken.
    """
    row = _held(by, entry)
    fact = _mended(row, raw, person)
    if person:
        target = Person.objects.filter(pk=person, registered=True).first()
        if target is None or not target.path.startswith(tuple(policy.site_paths(by, "mend_held"))):
            raise Invalid("Choose a person who is registered at your site.", field="person")
        fact = msgspec.structs.replace(fact, person=person)
    with store.writing():
        (receipt,) = append([fact])
        if receipt.status not in (NEW, AGAIN):
            raise Invalid(receipt.reason, field="raw")
        if row.import_id:
            store.insert(
                "record_imported", ("import_id", "fact", "person", "source", "version"),
                [(row.import_id, fact.id, fact.person, row.place[:64], "")],
            )  # fmt: skip
        _decide(row, by, Held.MENDED, f"taken as fact {fact.id}")
    return fact.id


def _held(by: Worker, entry: str) -> Held:
    row = Held.objects.filter(pk=entry, state=Held.OPEN).first()
    if row is None or not policy.can(by, "mend_held", row.path) or row.segment not in policy.segments(by, row.path):
        raise Invalid("This entry is not held, or not yours to mend.")
    return row


def _mended(row: Held, raw: str, person: str) -> Fact:
    """The corrected entry as a fact; the original's person is kept unless another was chosen."""
    try:
        fact = f.decode(raw.encode())
    except msgspec.MsgspecError:
        fact = None
    if fact is not None:
        return msgspec.structs.replace(fact, id=derived_id(row.id, "mended", raw))
    job = Import.objects.filter(pk=row.import_id).first()
    if job is None:
        raise Invalid("This is not readable. Correct the text, or dismiss the entry with a reason.", field="raw")
    folder = Path(settings.IMPORTS_FOLDER) / "mending"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{row.id}.json"
    file.write_text(raw, encoding="utf-8")
    try:
        items = list(read_fhir(file, content(), as_of=clock.today(), system=job.system or None, known=lambda _: True))
    finally:
        file.unlink()
    for item in items:
        if isinstance(item, x.ResponseIn):
            made = _response_facts(job, item, content(), _Tally())[0]
            return msgspec.structs.replace(made, id=derived_id(row.id, "mended", raw), amends="")
    reasons = [item.reason for item in items if isinstance(item, x.HeldIn | x.FileProblem)]
    raise Invalid(reasons[0] if reasons else "Nothing could be read from this text.", field="raw")


def _decide(row: Held, by: Worker, state: str, decision: str) -> None:
    with store.writing():
        store.execute(
            "UPDATE record_held SET state = %s, decided = %s, decided_by = %s, decision = %s WHERE id = %s",
            [state, clock.now(), str(by.pk), decision, row.id],
        )
