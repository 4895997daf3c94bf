"""Which facts count: each once, none retracted, amendments in place of what they amend."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar, cast

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Conflict
from vwazen.clinical.facts import Fact, instant

# A phone a few time zones ahead of its server is on tomorrow's date already.
TOLERANCE = dt.timedelta(days=1)


B_co = TypeVar("B_co", bound=f.Body, covariant=True)
K = TypeVar("K", bound=f.Body)


class Entry(msgspec.Struct, Generic[B_co], frozen=True):
    """A fact that counts. `id` is the first fact of its chain of amendments: what others refer to it by."""

    at: dt.datetime
    id: str
    fact: Fact
    body: B_co


class Live(msgspec.Struct, frozen=True):
    """The facts that count, sorted, with what contradicts and what lies in the future."""

    entries: tuple[Entry[f.Body], ...]
    conflicts: tuple[Conflict, ...]
    future: tuple[Fact, ...]
    root: dict[str, str]

    def of(self, kind: type[K]) -> list[Entry[K]]:
        """The facts of one kind, oldest first."""
        return [cast(Entry[K], entry) for entry in self.entries if type(entry.body) is kind]


def live(facts: Iterable[Fact], today: dt.date) -> Live:
    """Which facts count on `today`: each once, none retracted, amendments in place of what they amend."""
    known = {fact.id: fact for fact in facts}
    limit = today + TOLERANCE
    future = [fact for fact in known.values() if fact.day > limit]
    for fact in future:
        del known[fact.id]
    at = {fact.id: instant(fact.occurred) for fact in known.values()}
    ordered = sorted(known.values(), key=lambda fact: (at[fact.id], fact.id))
    root = _roots(ordered, known)
    dead = _retracted(ordered)
    chains: dict[str, list[Fact]] = {}
    for fact in ordered:
        if not isinstance(fact.body, f.Retraction) and fact.id not in dead and root[fact.id] not in dead:
            chains.setdefault(root[fact.id], []).append(fact)
    entries: list[Entry[f.Body]] = []
    conflicts: list[Conflict] = []
    for first, chain in chains.items():
        newest = chain[0] if len(chain) == 1 else max(chain, key=lambda fact: (fact.recorded, fact.id))
        if len(chain) > 1:
            conflicts += _rival_amendments(chain, newest)
        entries.append(Entry(at[newest.id], first, newest, newest.body))
    entries.sort(key=lambda entry: (entry.at, entry.fact.id))
    future.sort(key=lambda fact: (fact.occurred, fact.id))
    return Live(tuple(entries), tuple(conflicts), tuple(future), root)


def _roots(ordered: list[Fact], known: Mapping[str, Fact]) -> dict[str, str]:
    """fact id -> the first fact of its chain; a chain whose start has not arrived is named by it all the same."""
    root: dict[str, str] = {}
    for fact in ordered:
        seen = [fact.id]
        target = fact.amends
        while target:
            if target in seen:
                target = min(seen)
                seen.append(target)
                break
            seen.append(target)
            target = known[target].amends if target in known else ""
        root[fact.id] = seen[-1]
    return root


def _retracted(ordered: list[Fact]) -> set[str]:
    """Ids that a retraction in force takes back. A retraction may itself be retracted."""
    against: dict[str, list[str]] = {}
    for fact in ordered:
        if fact.retracts:
            against.setdefault(fact.retracts, []).append(fact.id)
    decided: dict[str, bool] = {}

    def is_dead(fact_id: str) -> bool:
        if fact_id not in decided:
            decided[fact_id] = False  # two retractions of each other: the first in order stands
            decided[fact_id] = any(not is_dead(other) for other in against.get(fact_id, ()))
        return decided[fact_id]

    return {target for target in against if is_dead(target)}


def _rival_amendments(chain: list[Fact], newest: Fact) -> list[Conflict]:
    """Amendments of one fact that did not know of each other, and say different things."""
    amended = {fact.amends for fact in chain}
    ends = [fact for fact in chain if fact.id not in amended]
    if len(ends) > 1 and any(fact.body != newest.body for fact in ends):
        return [Conflict(what=newest.kind, facts=tuple(ends))]
    return []
