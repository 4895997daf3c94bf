"""From what a reader hands on to facts: whom it is about, what is new here, what must be held.

Ids of facts derive from the source's system, id and version, so the same thing said twice is one fact.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical import safety
from vwazen.clinical.facts import Fact
from vwazen.clinical.ids import derived_id
from vwazen.clinical.instruments import score
from vwazen.content.load import content
from vwazen.exchange import incoming as x
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import AGAIN, NEW, Receipt, append, hold, make_fact
from vwazen.server.record.models import Held, Import, Imported, Person
from vwazen.server.record.refresh import clusters
from vwazen.server.record.undoing import redone
from vwazen.server.record.versions import Made, as_known, source_key

ELSEWHERE = "This person cannot be taken at this site. Ask an administrator above both sites to hand them over."
MANY = 400  # values of one statement


class Tally(msgspec.Struct):
    """What came of a job, by kind.

    people, dead, new_people · responses, new, total_only, totals_differ, totals_impossible, safety_positive and
    safety_recent, each also by instrument (`responses:phq-9`) · repeated · not_read:KIND · held, held:CODE and
    held_again:SEGMENT · new_facts, again.
    """

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[str] = msgspec.field(default_factory=list)
    people: set[str] = msgspec.field(default_factory=set)

    def answers(self, what: str, instrument: str) -> None:
        """One more of `what`, as a whole and of this instrument."""
        self.counts[what] += 1
        self.counts[f"{what}:{instrument}"] += 1


def person_id(source: f.Source) -> str:
    """The id that a person of another system has here, whichever file brings them."""
    return derived_id(source.system, "Patient", source.id)


def known_at(path: str, source: f.Source) -> bool:
    """Whether a person of another system is registered in this subtree. Who is elsewhere is nobody here."""
    one = person_id(source)
    return paths_of([one]).get(one, "").startswith(path)


def elsewhere(path: str, people: Iterable[str]) -> set[str]:
    """Those of these persons who are followed outside this subtree."""
    return {one for one, at in paths_of(people).items() if not at.startswith(path)}


def paths_of(people: Iterable[str]) -> dict[str, str]:
    """person id -> the path of the site that follows them; an alias is followed where its person is."""
    ids = list(people)
    if not ids:
        return {}
    into = clusters(ids)
    roots = {one: _root(one, into) for one in ids if one in into}
    rows = Person.objects.filter(pk__in=set(roots.values()), registered=True).values_list("pk", "path")
    at = dict(rows)
    return {one: at[root] for one, root in roots.items() if root in at}


def _root(person: str, into: dict[str, str]) -> str:
    seen = {person}
    while (target := into.get(person)) and target not in seen:
        person = target
        seen.add(person)
    return person


def take(job: Import, chunk: Sequence[x.Anything], tally: Tally) -> None:
    """Facts for one chunk, appended together; what could not be taken is held. Call inside `writing()`."""
    away = elsewhere(job.path, {whose(item) for item in chunk if isinstance(item, x.PersonIn | x.ResponseIn)})
    made: list[Made] = []
    for item in chunk:
        if not isinstance(item, x.PersonIn | x.ResponseIn):
            _note(job, item, tally)
            continue
        if isinstance(item, x.PersonIn):
            tally.counts["people"] += 1
            tally.people.add(whose(item))
        if whose(item) in away:
            _hold_elsewhere(job, item, tally)
        else:
            made.append(facts_from(job, item, tally))
    add(job, known(job, made, tally), tally)


def known(job: Import, made: Sequence[Made], tally: Tally) -> list[Made]:
    """What was made, as it is on record if it is; see `versions.as_known`."""

    def replaced() -> None:
        tally.counts["replaced"] += 1

    return as_known(job, made, replaced)


def whose(item: x.PersonIn | x.ResponseIn) -> str:
    """The id here of whom this is about."""
    return person_id(item.source if isinstance(item, x.PersonIn) else item.person)


def _hold_elsewhere(job: Import, item: x.PersonIn | x.ResponseIn, tally: Tally) -> None:
    segment = "general" if isinstance(item, x.PersonIn) else content().instrument(item.instrument).segment
    new = hold(
        site=job.site, code="elsewhere", segment=segment, now=clock.now(), import_id=job.id, place=item.source.id,
        reason=ELSEWHERE, raw=msgspec.json.encode(item).decode(), source=source_key(item.source),
    )  # fmt: skip
    _held(tally, "elsewhere", segment, new)


def _note(job: Import, item: x.Anything, tally: Tally) -> None:
    if isinstance(item, x.HeldIn):
        person = person_id(item.person) if item.person else ""
        new = hold(
            site=job.site, code=item.code, reason=item.reason, raw=item.raw, segment=item.segment, now=clock.now(),
            occurred=item.occurred or "", person=person, place=item.where, import_id=job.id,
            source=source_key(item.source), safety=item.safety,
        )  # fmt: skip
        _held(tally, item.code, item.segment, new)
    elif isinstance(item, x.SkippedIn):
        tally.counts[f"not_read:{item.kind}"] += item.count
    elif isinstance(item, x.Repeated):
        tally.counts["repeated"] += item.count
    elif isinstance(item, x.FileProblem):
        tally.problems.append(f"{item.where}: {item.reason}")


def _held(tally: Tally, code: str, segment: str, new: bool) -> None:
    tally.counts[f"held:{code}"] += 1
    if new:
        tally.counts["held"] += 1
    else:
        tally.counts["held_again"] += 1
        tally.counts[f"held_again:{segment}"] += 1


def facts_from(job: Import, item: x.PersonIn | x.ResponseIn, tally: Tally, *, person: Person | None = None) -> Made:
    """What one person or response becomes, whatever is on record.

    `person`: whose the answers are, where somebody has said so instead of the source.
    """
    if isinstance(item, x.PersonIn):
        return _person_facts(job, item, tally)
    if person:
        return Made(_response_facts(job, item, tally, person.pk, person.site), item.source)
    return Made(_response_facts(job, item, tally, person_id(item.person), job.site), item.source)


def _fact(person: str, site: str, occurred: str, recorded: str | None, source: f.Source, body: f.AnyBody,
          *parts: str) -> Fact:  # fmt: skip
    """A fact of another system: its id is the same whenever and by whomever it is brought in."""
    about_person = isinstance(body, f.Registration | f.Death)
    at = f.instant(occurred)
    return Fact(
        id=derived_id(source.system, *parts, millis=0 if about_person else max(0, int(at.timestamp() * 1000))),
        person=person, occurred=occurred, recorded=clock.stamp(f.instant(recorded) if recorded else at),
        author=f"source:{source.system}"[:120], site=site, body=body,
    )  # fmt: skip


def _person_facts(job: Import, item: x.PersonIn, tally: Tally) -> Made:
    """The registration, and the death where the source knows of one."""
    source, person = item.source, person_id(item.source)
    name = item.name or " ".join(part for part in (item.given, item.family) if part) or f"No name ({source.id})"
    body = f.Registration(
        name=name[:200], gender=item.gender, born=item.born or "", place=item.place, phone=item.phone, source=source
    )
    since = item.recorded or item.died or job.as_of.isoformat()
    made = [_fact(person, job.site, since, item.recorded, source, body, "Patient", source.id, source.version)]
    undated = set() if item.recorded else {made[0].id}
    if item.deceased:
        tally.counts["dead"] += 1
        death = _fact(person, job.site, item.died or since, item.recorded, source, f.Death(), "Patient", source.id,
                      "death", item.died or "")  # fmt: skip
        made.append(death)
        undated |= set() if item.died or item.recorded else {death.id}
    return Made(made, source, frozenset(undated))


def _response_facts(job: Import, item: x.ResponseIn, tally: Tally, person: str, site: str) -> list[Fact]:
    """The answers, and a concern where they are worrying and recent."""
    source, know = item.source, content()
    instrument = know.instrument(item.instrument, item.version)
    body = f.Response(
        instrument=item.instrument, version=item.version, answers=item.answers, stated_total=item.stated_total,
        total_only=item.total_only, mode="imported", notes=item.notes, source=source,
    )  # fmt: skip
    fact = _fact(person, site, item.occurred, item.recorded, source, body, source.id, source.version, item.instrument)
    tally.answers("responses", item.instrument)
    if item.total_only:
        tally.answers("total_only", item.instrument)
    elif item.stated_total is not None:
        ours = score(instrument, item.answers).total
        if ours is not None and abs(ours - item.stated_total) > 1e-9:
            tally.answers("totals_differ", item.instrument)
            if instrument.range and instrument.range.high is not None and item.stated_total > instrument.range.high:
                tally.answers("totals_impossible", item.instrument)
    if not safety.positive_items(know, body):
        return [fact]
    tally.answers("safety_positive", item.instrument)
    if (job.as_of - fact.day).days > safety.policy(know).historical_after_days:
        return [fact]
    tally.answers("safety_recent", item.instrument)
    concern = _fact(person, site, item.occurred, item.recorded, source,
                    f.Concern(trigger="answer", response=fact.id), fact.id, "concern")  # fmt: skip
    return [fact, concern]


def add(job: Import, made: Sequence[Made], tally: Tally) -> list[Receipt]:
    """Append what was made of a chunk, remember which import brought it, and settle what it settles."""
    keys = {fact.id: (source_key(one.source), one.source.version[:64]) for one in made for fact in one.facts}
    facts = [fact for one in made for fact in one.facts]
    if not facts:
        return []
    by = Worker.objects.get(pk=job.by)
    receipts = append(facts, import_id=job.id)
    fresh = [fact for fact, receipt in zip(facts, receipts, strict=True) if receipt.status == NEW]
    again = [fact for fact, receipt in zip(facts, receipts, strict=True) if receipt.status == AGAIN]
    _remember(job, fresh, keys)
    restored, more = redone(job, again, by)
    _remember(job, restored, keys)
    registered = {one.person for one in [*fresh, *restored] if isinstance(one.body, f.Registration) and not one.amends}
    more += [make_fact(by=by, person=one, site=job.site, body=f.Owner(owner=job.by)) for one in sorted(registered)]
    if more:
        append(more)
    _count(job, [*fresh, *restored], again, tally)
    _settle(job, {one.source for one in made if any(fact in fresh for fact in one.facts)})
    return receipts


def _remember(job: Import, facts: Sequence[Fact], keys: dict[str, tuple[str, str]]) -> None:
    store.insert(
        "record_imported", ("import_id", "fact", "person", "source", "version"),
        [(job.id, one.id, one.person, *keys[one.id]) for one in facts],
    )  # fmt: skip


def _count(job: Import, fresh: list[Fact], again: list[Fact], tally: Tally) -> None:
    """New is what this import brought, also before a power cut that it was run again after."""
    ids = {one.id for one in fresh}
    rows = Imported.objects.filter(import_id=job.id, fact__in=[one.id for one in again])
    mine = set(rows.values_list("fact", flat=True))
    for fact in [*fresh, *(one for one in again if one.id in mine and one.id not in ids)]:
        tally.counts["new_facts"] += 1
        if isinstance(fact.body, f.Response):
            tally.answers("new", fact.body.instrument)
        elif isinstance(fact.body, f.Registration) and not fact.amends:
            tally.counts["new_people"] += 1
    tally.counts["again"] += sum(one.id not in mine and one.id not in ids for one in again)


def _settle(job: Import, sources: set[f.Source]) -> None:
    """An earlier import's held entry of a record that has now come whole waits for nobody."""
    keys = {source_key(one) for one in sources}
    for one in sources:  # a response is named with its instrument once it is read, and without while it is held
        base, _, part = one.id.partition("#")
        if part and base.startswith("QuestionnaireResponse/"):
            keys.add(source_key(msgspec.structs.replace(one, id=base)))
    ordered = sorted(keys)
    for start in range(0, len(ordered), MANY):
        part_ = ordered[start : start + MANY]
        store.execute(
            "UPDATE record_held SET state = %s, decision = %s, decided = %s, decided_by = %s "  # noqa: S608
            f"WHERE source IN ({store.marks(part_)}) AND state = %s AND site = %s AND import_id <> %s "
            "AND code <> 'source.conflict'",
            [Held.MENDED, "taken with a later import", clock.now(), job.by, *part_, Held.OPEN, job.site, job.id],
        )
