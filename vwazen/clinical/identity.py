"""Who is who after merges: each merge is a fact, and undone by its retraction."""

from collections.abc import Mapping

from vwazen.clinical import facts as f
from vwazen.clinical.live import Live


def merges(alive: Live) -> dict[str, str]:
    """person -> whom they were last merged into; a merge into oneself says nothing."""
    return {e.fact.person: e.body.into for e in alive.of(f.Merge) if e.body.into != e.fact.person}


def root_of(person: str, into: Mapping[str, str]) -> str:
    """The person whose chart this is, at the end of all merges.

    Two phones may merge two people into each other. Such a circle has no end, and the smallest id stands for it:
    whoever asks, and from wherever, gets the same one, so that nobody falls off every list.
    """
    path = [person]
    while (target := into.get(path[-1])) is not None:
        if target in path:
            return min(path[path.index(target) :])
        path.append(target)
    return path[-1]
