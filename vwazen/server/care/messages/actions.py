"""Messages inside the team, who has read them, hand-offs and talks in passing, and where a person may be reached."""

import datetime as dt
import math
from collections.abc import Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.message_view import Note
from vwazen.server.care import context
from vwazen.server.care.actions import chart_of, worker_named
from vwazen.server.care.listing import carers
from vwazen.server.care.messages import urgent
from vwazen.server.interop import addresses, outbox
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import one_at_a_time, record
from vwazen.server.record.contact_rows import TALKS
from vwazen.server.record.models import Person

LONGEST_TALK = 120  # minutes: a clock that ran for longer was forgotten, and somebody says how long it was
CHANNELS = ("sms", "voice", "mail")


def send(
    *, by: Worker, person: str, text: str, to: Sequence[str], urgent: bool = False, segment: str = "mental-health",
    reply_to: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """A message about a person to workers who care for people there. Each sees it until they say that they read it."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if not text.strip():
        raise Invalid("Write the message.", field="text")
    if segment not in f.SEGMENTS or segment not in policy.segments(by, row.path):
        raise Invalid("Choose who may read it, among those you belong to yourself.", field="segment")
    named = [one for one in dict.fromkeys(to) if one != str(by.pk)]
    if not named:
        raise Invalid("Choose at least one other worker.", field="to")
    _may_read(row, named, segment)
    body = f.TeamMessage(
        text=text.strip(), to=tuple(named), urgent=urgent, reply_to=reply_to, segment=segment,
    )  # fmt: skip
    fact = record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)
    context.changed()
    return fact


def _may_read(row: Person, named: Sequence[str], segment: str) -> None:
    """Refuse a message to somebody who has no business here, or could not open it."""
    here = dict(carers([row.path]))
    if any(one not in here for one in named):
        raise Invalid("Choose among the workers who care for people at this site.", field="to")
    known = {str(one.pk): one for one in Worker.objects.filter(pk__in=named)}
    blind = [known[one].name for one in named if not reach.reads(known[one], row, segment)]
    if blind:
        raise Invalid(
            f"{' and '.join(blind)} may not read this. Choose a wider circle of readers below and write only what "
            "belongs there, or leave them out.", field="to",
        )  # fmt: skip


@one_at_a_time
def read(*, by: Worker, person: str, message: str) -> Fact:
    """Whoever it is for has read it. Of an urgent one, anybody who may act on a danger there can take it on; who may
    not read it, only once it waited so long that others are called, and then they ring whoever sent it."""
    row = require_person(by=by, person_id=person, permission="record_care")
    note = next((one for one in chart_of(row.pk).messages if message in (one.id, one.fact.id)), None)
    if note is None:
        raise Invalid("This message is not on record, or was withdrawn. Look at the page again.")
    mine = next((fact for fact in note.read if fact.author == str(by.pk)), None)
    if mine is not None:
        return mine
    if str(by.pk) not in note.waits and not _may_take_on(by, row, note):
        raise Invalid("This message is for somebody else, or was taken on by now.")
    body = f.MessageRead(message=note.id, segment=note.message.segment)
    fact = record(by=by, person=note.fact.person, site=row.site, body=body)
    context.changed()
    return fact


def _may_take_on(by: Worker, row: Person, note: Note) -> bool:
    if note.urgent_since is None or note.fact.author == str(by.pk) or not policy.can(by, "act_on_risk", row.path):
        return False
    return note.urgent_since <= clock.now() - urgent.patience() or reach.reads(by, row, note.message.segment)


def begin_talk(*, by: Worker, person: str, mode: str, worker: str = "", fact_id: str = "") -> Fact:
    """A hand-off in person, or a talk in passing, begins now: it counts from this tap on, timed or not.

    A hand-off leaves the next date that was agreed as it is.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    if mode not in TALKS:
        raise Invalid("Choose a hand-off or a talk in passing.", field="mode")
    if worker:
        worker_named(worker, row.path, field="worker")
    due = chart_of(row.pk).next_date
    keep = due.isoformat() if mode == "hand_off" and due and due >= clock.today() else ""
    body = f.Encounter(mode=mode, worker=worker, next=keep)  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


@one_at_a_time
def end_talk(*, by: Worker, person: str, talk: str, minutes: int | None = None) -> Fact:
    """It is over: the minutes since it began, or those that somebody remembers."""
    row = require_person(by=by, person_id=person, permission="record_care")
    found = running(chart_of(row.pk).encounters, str(by.pk))
    fact = next((one for one in found if one.id == talk), None)
    if fact is None:
        raise Invalid("This talk has ended by now, or somebody else began it. The record below shows it.")
    passed = math.ceil((clock.now() - f.instant(fact.occurred)).total_seconds() / 60)
    if minutes is None and passed > LONGEST_TALK:
        raise Invalid("It began long ago: write how many minutes it took, as well as you remember.", field="minutes")
    spent = max(1, passed) if minutes is None else minutes
    if not 1 <= spent <= 600:
        raise Invalid("Write minutes between 1 and 600.", field="minutes")
    body = msgspec.structs.replace(fact.body, minutes=spent)
    return record(by=by, person=fact.person, site=row.site, body=body, occurred=fact.occurred, amends=fact.id)


def running(encounters: Sequence[tuple[Fact, f.Encounter]], worker: str) -> list[Fact]:
    """Talks that this worker began within the last day and that nobody has timed, the newest first."""
    since = clock.now() - dt.timedelta(hours=24)
    return [
        fact for fact, body in reversed(encounters)
        if body.mode in TALKS and body.minutes is None and fact.author == worker and len(fact.occurred) > 10
        and f.instant(fact.occurred) > since
    ]  # fmt: skip


def agree(
    *, by: Worker, person: str, channel: str, address: str, shared: str = "not_asked", language: str = "",
    quiet_from: int | None = None, quiet_until: int | None = None, agreed: str = "aloud", fact_id: str = "",
) -> Fact:  # fmt: skip
    """The person agreed to be reminded at this address. What waits for an earlier one of the same kind goes here."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if channel not in CHANNELS:
        raise Invalid("Choose how.", field="channel")
    if shared not in ("yes", "no", "not_asked"):
        raise Invalid("Say whether others read that phone, or that it was not asked.", field="shared")
    if agreed not in ("aloud", "paper", "screen"):
        raise Invalid("Say how the person agreed.", field="agreed")
    if (quiet_from is None) != (quiet_until is None):
        raise Invalid("Give both hours, or none for the usual ones.", field="quiet_from")
    body = f.ContactPreference(
        channel=channel, address=addresses.clean(channel, address), shared=shared, language=language,  # type: ignore[arg-type]
        quiet_from=quiet_from, quiet_until=quiet_until, agreed=agreed,  # type: ignore[arg-type]
    )  # fmt: skip
    if chart_of(row.pk).died:
        raise Invalid("This person has died.")
    outbox.open_again(body.address)
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def end_messages(*, by: Worker, person: str, address: str = "", fact_id: str = "") -> Fact:
    """The person wants no messages any more, to one address or to any. What waits ends with it."""
    row = require_person(by=by, person_id=person, permission="record_care")
    body = f.ContactPreference(channel="none", address=address, agreed="aloud")
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)
