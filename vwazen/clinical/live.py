"""Which facts count: each once, none retracted, amendments in place of what they amend."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Conflict
from vwazen.clinical.facts import Fact, instant, moment

# A phone whose clock runs ahead is believed up to a day; the record's door holds what is later.
TOLERANCE = dt.timedelta(days=1)

# What the door may have taken on `today`: a day ends at most 12 hours after its end in UTC, and the tolerance on top.
# Anything stricter would take facts out of a chart until the morning after.
HORIZON = dt.timedelta(hours=36) + TOLERANCE

# Rival amendments of these all count: a safety field is united, never dropped, and answers become a shown conflict.
# Of the shared plan, and of the people around someone, both versions stand until a person chooses.
UNITED = (
    f.Response, f.Concern, f.Assessment, f.ViolenceCheck, f.SafetyPlan, f.Allergy, f.Sign, f.PlanItem, f.RelatedPerson,
)  # fmt: skip

# Those of them that are lines of a list which people change: what each said before is kept at hand.
CHOSEN = (f.PlanItem, f.RelatedPerson)

B_co = TypeVar("B_co", bound=f.Body, covariant=True)
K = TypeVar("K", bound=f.Body)


class Entry(msgspec.Struct, Generic[B_co], frozen=True, gc=False):
    """A fact that counts. `id` is the first fact of its chain of amendments: what others refer to it by.

    `at` is its instant in UTC, `day` the calendar day where it happened.
    """

    at: dt.datetime
    day: dt.date
    id: str
    fact: Fact
    body: B_co


class Live(msgspec.Struct, frozen=True):
    """The facts that count, sorted, with what contradicts and what lies in the future.

    `root` maps every known fact to the id it is referred to by, and `amending` names those for which that is another
    one; `before` holds, by that id and its kind, what amendments overtook.
    """

    entries: tuple[Entry[f.Body], ...]
    conflicts: tuple[Conflict, ...]
    future: tuple[Fact, ...]
    root: dict[str, str]
    kinds: dict[type[f.Body], list[Entry[f.Body]]]
    before: dict[tuple[str, type[f.Body]], tuple[Fact, ...]] = {}
    amending: tuple[str, ...] = ()

    def of(self, kind: type[K]) -> list[Entry[K]]:
        """The facts of one kind, oldest first."""
        return self.kinds.get(kind, [])  # type: ignore[return-value]  # to cast costs as much as to look up


def live(facts: Iterable[Fact], today: dt.date) -> Live:
    """Which facts count on `today`: each once, none retracted, amendments in place of what they amend.

    The facts have passed `vwazen.clinical.validate`; whatever else they say of each other, nothing is raised.
    """
    limit = dt.datetime.combine(today, dt.time(), dt.UTC) + HORIZON
    known = _each_once(list(facts))
    moments = [moment(fact.occurred) for fact in known.values()]
    later: tuple[Fact, ...] = ()
    if moments and max([at for at, _ in moments]) > limit:
        future = sorted([(at, one) for one, (at, _) in zip(known, moments, strict=True) if at > limit])
        later = tuple([known.pop(fact_id) for _, fact_id in future])
        moments = [moment(fact.occurred) for fact in known.values()]
    about_others = [fact for fact in known.values() if fact.amends or fact.retracts]
    links = _links(about_others, known)
    root = dict(zip(known, known, strict=True))
    root.update([(fact_id, _root(fact_id, links)) for fact_id in links])
    amended = {root[fact_id] for fact_id in links}
    dead = _retracted(about_others)
    touched = {*links, *amended, *dead}
    found: list[tuple[dt.datetime, str, Entry[f.Body]]] = [
        (at, one, Entry(at, day, one, fact, fact.body))
        for (one, fact), (at, day) in zip(known.items(), moments, strict=True)
        if one not in touched and type(fact.body) is not f.Retraction
    ]
    chains: dict[tuple[str, type[f.Body]], list[Fact]] = {}
    for fact_id in [one for one in known if one in touched] if touched else ():
        fact, first = known[fact_id], root[fact_id]
        if not (type(fact.body) is f.Retraction or fact_id in dead or first in dead):
            chains.setdefault((first, type(fact.body)), []).append(fact)
    conflicts: list[tuple[dt.datetime, str, Conflict]] = []
    past: dict[tuple[str, type[f.Body]], tuple[Fact, ...]] = {}
    for (first, kind), chain in chains.items():
        rivals = _rivals(chain, links)
        newest = rivals[-1]
        if isinstance(newest.body, CHOSEN):
            standing = {fact.id for fact in rivals}
            overtaken = [fact for fact in chain if fact.id not in standing]
            past[first, kind] = tuple(sorted(overtaken, key=lambda fact: (instant(fact.recorded), fact.id)))
        if len(rivals) > 1:
            conflict = Conflict(what=newest.kind, facts=tuple(rivals))
            conflicts.append((instant(newest.occurred), newest.id, conflict))
        for fact in rivals if isinstance(newest.body, UNITED) else [newest]:
            at, day = moment(fact.occurred)
            found.append((at, fact.id, Entry(at, day, first, fact, fact.body)))
    found.sort()  # ids are unique, so nothing after them is compared
    entries = tuple([entry for _, _, entry in found])
    kinds: dict[type[f.Body], list[Entry[f.Body]]] = defaultdict(list)
    for entry in entries:
        kinds[type(entry.body)].append(entry)
    conflicts.sort(key=lambda one: one[:2])
    return Live(entries, tuple(one for *_, one in conflicts), later, root, dict(kinds), past, tuple(links))


def _each_once(facts: Sequence[Fact]) -> dict[str, Fact]:
    """By id. The door refuses an id with other bytes; should there be two, the smaller bytes stand in any order."""
    known = {fact.id: fact for fact in facts}
    if len(known) < len(facts):
        for fact in facts:
            before = known[fact.id]
            if before is not fact and before != fact and f.encode(fact) < f.encode(before):
                known[fact.id] = fact
    return known


def _links(facts: Iterable[Fact], known: Mapping[str, Fact]) -> dict[str, str]:
    """fact id -> what it amends. A retraction amends nothing, and a fact of another kind is not amended but new."""
    found: dict[str, str] = {}
    for fact in facts:
        if fact.amends and not isinstance(fact.body, f.Retraction):
            target = known.get(fact.amends)
            if target is None or type(target.body) is type(fact.body):
                found[fact.id] = fact.amends
    return found


def _above(fact_id: str, links: Mapping[str, str]) -> list[str]:
    """The fact and all that it amends, nearest first; a circle is gone round once."""
    path = {fact_id: None}
    while (target := links.get(fact_id)) is not None and target not in path:
        path[target] = None
        fact_id = target
    return list(path)


def _root(fact_id: str, links: Mapping[str, str]) -> str:
    """The first fact of a chain, though it may not have arrived; in a circle, which only a fault makes, the least."""
    last = _above(fact_id, links)[-1]
    return min(_above(last, links)) if last in links else last


def _retracted(facts: Iterable[Fact]) -> set[str]:
    """Ids that a retraction in force takes back.

    A retraction stands when every retraction of it has fallen. Two that retract each other decide nothing, so what
    they name keeps counting.
    """
    retractions = [fact for fact in facts if fact.retracts and isinstance(fact.body, f.Retraction)]
    against: dict[str, list[str]] = {}
    for one in retractions:
        against.setdefault(one.retracts, []).append(one.id)
    target = {one.id: one.retracts for one in retractions}
    pending = [name for name in target if name not in against]
    standing: set[str] = set()
    dead: set[str] = set()
    while pending:
        name = pending.pop()
        if name in standing or name in dead:
            continue
        standing.add(name)
        fallen = target[name]
        dead.add(fallen)
        after = target.get(fallen)  # the fallen was a retraction: what it was against may stand again
        if after in target and all(other in dead for other in against[after]):
            pending.append(after)
    return dead


def withdrawn(facts: Iterable[Fact]) -> tuple[tuple[Fact, Fact], ...]:
    """What does not count any more, each with the retraction that takes it back; the latest word first."""
    known = {fact.id: fact for fact in facts}
    dead = _retracted(known.values())
    found = [
        (known[one.retracts], one)
        for one in known.values()
        if one.retracts in dead and one.id not in dead and one.retracts in known and isinstance(one.body, f.Retraction)
        and not isinstance(known[one.retracts].body, f.Retraction)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda pair: (instant(pair[1].recorded), pair[1].id), reverse=True))


def _rivals(chain: list[Fact], links: Mapping[str, str]) -> list[Fact]:
    """The newest words on one thing, in the order recorded: several when people amended it unknown to each other."""
    overtaken = {above for fact in chain for above in _above(fact.id, links)[1:]}
    ends = [fact for fact in chain if fact.id not in overtaken] or chain
    ends.sort(key=lambda fact: (instant(fact.recorded), fact.id))
    said = {(fact.occurred, f.encode(fact.body)): fact for fact in ends}  # the same words twice are one
    return sorted(said.values(), key=lambda fact: (instant(fact.recorded), fact.id))
