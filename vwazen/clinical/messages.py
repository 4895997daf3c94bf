"""What the facts say of talking to one another: where a person agreed to be reached, and what the team wrote."""

from collections.abc import Sequence

from vwazen.clinical.facts import ContactPreference, Fact, MessageRead, TeamMessage
from vwazen.clinical.live import Live
from vwazen.clinical.message_view import Note
from vwazen.clinical.owners import Passing, holder


def contacts(alive: Live) -> tuple[tuple[Fact, ContactPreference], ...]:
    """Where the person may be written to or rung: by channel the last word. Of two at one instant, the no."""
    standing: dict[str, tuple[Fact, ContactPreference]] = {}
    for entry in sorted(alive.of(ContactPreference), key=lambda one: (one.at, one.body.channel == "none", one.fact.id)):
        body = entry.body
        if body.channel != "none":
            standing[body.channel] = entry.fact, body
            continue
        ended = [name for name, (_, one) in standing.items() if body.address in ("", one.address)]
        for name in ended:
            del standing[name]
    return tuple(standing[name] for name in sorted(standing))


def team_messages(alive: Live, moved: Sequence[Passing]) -> tuple[Note, ...]:
    """Messages about the person, oldest first, with who has read each and who has not yet.

    What lay with a worker who left lies with whoever took over. A reader who was not named counts: somebody took it on.
    """
    read: dict[str, list[Fact]] = {}
    for one in alive.of(MessageRead):
        read.setdefault(alive.root.get(one.body.message, one.body.message), []).append(one.fact)
    found = []
    for entry in alive.of(TeamMessage):
        readers = tuple(fact for fact in read.get(entry.id, ()) if fact.author != entry.fact.author)
        seen = {fact.author for fact in readers}
        named = dict.fromkeys(holder(who, entry.at, moved) for who in entry.body.to)
        waits = tuple(who for who in named if who not in seen and who != entry.fact.author)
        found.append(
            Note(id=entry.id, fact=entry.fact, message=entry.body, at=entry.at, read=readers, waits=waits,
                 urgent_since=entry.at if entry.body.urgent and not readers else None)
        )  # fmt: skip
    return tuple(found)
