"""What the pages of messages show, as the worker who asks may see it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.message_view import Note
from vwazen.server.care import words
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.care.messages import urgent
from vwazen.server.care.messages.actions import running
from vwazen.server.care.waiting import Where, inside, paths_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import View
from vwazen.server.record.models import OpenItem, Person

A_PAGE = 50
DAYS = 30  # of hand-offs and talks that are counted
MOST_TALKS = 5000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message as a page shows it. `mine`: it waits for the worker who looks; `take_on`: they may take it on."""

    id: str
    text: str
    who: str
    author: str
    at: dt.datetime
    urgent: bool
    open: bool
    segment: str
    read: tuple[tuple[str, dt.datetime], ...]
    waits: tuple[str, ...]
    mine: bool
    take_on: bool


def told(by: Worker, view: View, notes: Sequence[Note]) -> list[Told]:
    """Messages that may be read here, the newest first, with who has read each and when."""
    ids = {one for note in notes for one in (note.fact.author, *note.waits, *(fact.author for fact in note.read))}
    names = worker_names(ids)
    mine, may = str(by.pk), policy.can(by, "act_on_risk", view.path)
    return [
        Told(
            id=note.id, text=note.message.text, who=names.get(note.fact.author, "someone who left"),
            author=note.fact.author, at=note.at, urgent=note.message.urgent, open=note.urgent_since is not None,
            segment="" if note.message.segment == "mental-health" else words.SEGMENTS[note.message.segment],
            read=tuple((names.get(fact.author, "someone"), f.instant(fact.occurred)) for fact in note.read),
            waits=tuple("you" if one == mine else names.get(one, "someone who left") for one in note.waits),
            mine=mine in note.waits,
            take_on=note.urgent_since is not None and may and mine not in note.waits and note.fact.author != mine,
        )
        for note in sorted(notes, key=lambda note: (note.at, note.id), reverse=True)
    ]  # fmt: skip


def hidden(by: Worker, view: View) -> list[OpenItem]:
    """Messages that wait for `by`, or for anybody on call, of a circle that `by` does not belong to."""
    known = {note.id for note in view.chart.messages}
    mine, may = str(by.pk), policy.can(by, "act_on_risk", view.path)
    rows = OpenItem.objects.filter(person=view.person.pk).order_by("since", "pk")
    late = clock.now() - urgent.patience()
    found: dict[str, OpenItem] = {}
    for one in rows:
        escalated = may and not one.acknowledged and one.urgent_since is not None and one.urgent_since <= late
        if one.kind == OpenItem.MESSAGE and one.fact not in known and (one.owner == mine or escalated):
            found.setdefault(one.fact, one)
    return list(found.values())


def authors_of(rows: Sequence[OpenItem]) -> dict[str, str]:
    """Message -> who sent it. That somebody wrote is no secret to whom they wrote to."""
    facts = {one: f.decode(raw) for one, raw in store.known_facts([row.fact for row in rows]).items()}
    names = worker_names(fact.author for fact in facts.values())
    return {one: names.get(fact.author, "someone who left") for one, fact in facts.items()}


def panel(by: Worker, view: View) -> dict[str, Any]:
    """The chart's panel: the newest messages, the talk that is running, and where the person may be reached."""
    notes = [one for one in view.chart.messages if one.waits or one.urgent_since] or view.chart.messages[-1:]
    return {
        "messages": told(by, view, notes)[:3], "more": len(view.chart.messages) > len(notes[:3]),
        "running": talk_now(view, by), "reached": reached(view.chart.contacts),
        "hidden": hidden(by, view), "may": policy.can(by, "record_care", view.path) and view.chart.died is None,
    }  # fmt: skip


def talk_now(view: View, by: Worker) -> dict[str, Any] | None:
    """The talk that `by` began and has not ended."""
    found: list[Fact] = running(view.chart.encounters, str(by.pk))
    if not found:
        return None
    body = found[0].body
    mode = words.MODES[body.mode] if isinstance(body, f.Encounter) else ""
    return {"id": found[0].id, "mode": mode, "since": f.instant(found[0].occurred)}


def reached(contacts: Sequence[tuple[Fact, f.ContactPreference]]) -> list[str]:
    """Where the person agreed to be reached, in words."""
    own = {"yes": "others read it", "no": "their own", "not_asked": "others may read it"}
    return [
        f"{words.first_up(words.CHANNELS[body.channel])} {body.address}, {own[body.shared]}" for _, body in contacts
    ]


def inbox(by: Worker) -> dict[str, Any]:
    """What waits for `by`: urgent first; then what they have not read, the oldest first. No list holds a message."""
    found = list(OpenItem.objects.filter(urgent.named(by)).order_by("rank", "since", "pk")[: A_PAGE + 1])
    now = urgent.waiting(by)
    known = Person.objects.in_bulk([*(one.person for one in found), *(one.person for one in now)])
    senders = authors_of(found)
    return {
        "urgent": [(one, _turn(one)) for one in now],
        "rows": [
            {"item": one, "who": senders.get(one.fact, "someone"), "apart": tell_apart(known[one.person])}
            for one in found[:A_PAGE] if one.person in known
        ],
        "more": len(found) > A_PAGE, "now": clock.now(),
    }  # fmt: skip


def _turn(one: urgent.Waiting) -> str:
    """Whom to call now about it, in words."""
    if one.state is None:
        return "Those named were told. After ten minutes without an answer whoever is on call sees it too."
    if one.state.turn is None:
        return "Nobody is on call. Whoever reads this takes it on, or finds somebody who does."
    phone = f", {one.state.turn.phone}" if one.state.turn.phone else "; no number is recorded"
    return f"It is the turn of {one.state.turn.name}{phone}."


def talks(by: Worker) -> list[dict[str, Any]]:
    """Hand-offs and talks in passing at `by`'s sites in the last days: how many, and how long as far as timed."""
    paths = paths_of(by, ("see_caseload", "see_outcomes"))
    if not paths:
        return []
    here, values = inside(Where(paths), "path")
    rows = store.select(
        f"SELECT mode, minutes FROM interop_talk WHERE {here} AND day > %s ORDER BY day DESC LIMIT {MOST_TALKS}",  # noqa: S608
        [*values, clock.today() - dt.timedelta(days=DAYS)],
    )
    found = []
    names: Mapping[str, str] = {"hand_off": "handed over in person", "curbside": "talked about in passing"}
    for mode, title in names.items():
        timed = [int(str(minutes)) for one, minutes in rows if one == mode and minutes is not None]
        many = sum(1 for one, _ in rows if one == mode)
        found.append(
            {"title": title, "many": many, "timed": len(timed), "median": f"{median(timed):g}" if timed else "",
             "capped": len(rows) == MOST_TALKS}
        )  # fmt: skip
    return found
