"""What a source says again: the same once more, a newer version that amends, an older one that is left out."""

from collections.abc import Callable, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.ids import derived_id
from vwazen.clinical.live import Live, live
from vwazen.server.record import clock, store
from vwazen.server.record.models import Import, Imported
from vwazen.server.record.refresh import path_of


class Made(msgspec.Struct, frozen=True):
    """The facts that one thing became, the record of the source's system that it was, and which facts have no date
    of their own (theirs is that of the import)."""

    facts: list[Fact]
    source: f.Source
    undated: frozenset[str] = frozenset()


def source_key(source: f.Source) -> str:
    """What all versions of one record of another system share."""
    return derived_id(source.system, source.id)


def as_known(job: Import, made: Sequence[Made], replaced: Callable[[], None]) -> list[Made]:
    """The facts as they are on record if they are; else as amendments of the versions that came before them.

    Which site the first file was for is no difference, and neither is the date of a fact that has none of its own.
    A version that its source had replaced before is left out, and `replaced` called for it.
    """
    earlier: dict[str, list[str]] = {}
    keys = sorted({source_key(one.source) for one in made})
    for key, version in Imported.objects.filter(source__in=keys).order_by("id").values_list("source", "fact"):
        earlier.setdefault(key, []).append(version)
    ids = {fact.id for one in made for fact in one.facts}.union(*earlier.values())
    known = {one: f.decode(data) for one, data in store.known_facts(sorted(ids)).items()}
    here: dict[str, Fact] = {}
    found: list[Made] = []
    for one in made:
        before = earlier.setdefault(source_key(one.source), [])
        facts: list[Fact] = []
        for fact in one.facts:
            if isinstance(fact.body, f.Concern):
                concern = _about(fact, fact.body, facts[0], known) if facts else fact
                facts += [concern] if facts and _alarming(facts[0], concern, known) else []
                continue
            settled = _as_known(_here(job, fact, known), known, here, before, undated=fact.id in one.undated)
            if settled is None:
                replaced()
                continue
            facts.append(settled)
            if settled.id not in known:
                here[settled.id] = settled
                before.append(settled.id)
        found.append(Made(facts, one.source))
    return found


def _here(job: Import, fact: Fact, known: dict[str, Fact]) -> Fact:
    """The fact under an id of this site's own where another site had brought it and taken it back: what was undone
    there is not to come back there."""
    stored = known.get(fact.id)
    if stored is None or path_of(stored.site).startswith(job.path):
        return fact
    if fact.id in {entry.fact.id for entry in _live(fact.person).entries}:
        return fact
    fact = msgspec.structs.replace(fact, id=derived_id(fact.id, "at", job.site))
    known |= {one: f.decode(data) for one, data in store.known_facts([fact.id]).items()}
    return fact


def _about(concern: Fact, body: f.Concern, answers: Fact, known: dict[str, Fact]) -> Fact:
    """The concern about these answers, where they are."""
    if body.response != answers.id:
        body = msgspec.structs.replace(body, response=answers.id)
        concern = msgspec.structs.replace(concern, id=derived_id(answers.id, "concern"), body=body)
        known |= {one: f.decode(data) for one, data in store.known_facts([concern.id]).items()}
    return msgspec.structs.replace(concern, site=answers.site)


def _as_known(
    fact: Fact, known: dict[str, Fact], here: dict[str, Fact], before: list[str], *, undated: bool
) -> Fact | None:
    """One fact as it is on record, or as an amendment; None for a version that was replaced before it came."""
    if stored := known.get(fact.id):
        fact = msgspec.structs.replace(fact, amends=stored.amends, site=stored.site)
        return msgspec.structs.replace(fact, occurred=stored.occurred, recorded=stored.recorded) if undated else fact
    versions = {one: version for one in before if (version := here.get(one) or known.get(one))
                and version.kind == fact.kind and one != fact.id}  # fmt: skip
    if not versions:
        return fact
    if not versions.keys() <= here.keys():  # a version that was taken back must not take this one with it
        counting = {entry.fact.id for entry in _live(fact.person).entries}
        versions = {one: version for one, version in versions.items() if one in counting or one in here}
    newest: Fact | None = None
    for version in versions.values():
        newest = version if newest is None or not _older(version, newest) else newest
    if newest is None:
        return fact
    if newest.person == fact.person and _older(fact, newest):
        return None
    return msgspec.structs.replace(fact, amends=newest.id) if newest.person == fact.person else fact


def _older(one: Fact, other: Fact) -> bool:
    """Whether a version came before another at their source: by its number there, else by when it was written."""
    numbers = [source.version if (source := getattr(fact.body, "source", None)) else "" for fact in (one, other)]
    if all(number.isdecimal() for number in numbers) and numbers[0] != numbers[1]:
        return int(numbers[0]) < int(numbers[1])
    return f.instant(one.recorded) < f.instant(other.recorded)


def _live(person: str) -> Live:
    return live(store.facts_of([person])[person], clock.today())


def _alarming(fact: Fact, concern: Fact, known: dict[str, Fact]) -> bool:
    """Whether recent worrying answers open a risk: not if the first file came too late for it, or an earlier version
    of them has opened one."""
    if fact.id in known:
        return concern.id in known
    if not fact.amends:
        return True
    now = _live(fact.person)
    root = now.root.get(fact.amends, fact.amends)
    return all(now.root.get(one.body.response, one.body.response) != root for one in now.of(f.Concern))
