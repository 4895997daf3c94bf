"""Where people agreed to be reached, and hand-offs and talks in passing, as rows that lists and counts read."""

from collections.abc import Sequence

from vwazen.clinical.chart import Chart
from vwazen.clinical.message_address import tail

CONTACT = ("person", "path", "channel", "address", "tail")
TALK = ("person", "path", "worker", "mode", "day", "minutes")
TALKS = ("hand_off", "curbside")


def contacts(person: str, one: Chart, path: str) -> list[Sequence[object]]:
    """One row a channel; none of the dead."""
    if one.died or one.merged_into:
        return []
    return [(person, path, body.channel, body.address, tail(body.address)) for _, body in one.contacts]


def talks(person: str, one: Chart, path: str) -> list[Sequence[object]]:
    """Hand-offs and talks in passing that were held, each once, whoever was there."""
    return [
        (person, path, (body.by or fact.author)[:36], body.mode, fact.day, body.minutes)
        for fact, body in one.encounters
        if body.mode in TALKS and body.outcome == "seen"
    ]
