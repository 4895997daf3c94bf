"""Stays told by hospitals' systems: taken exactly once, told to the team at home, or held for a person to look at.

A message is once by its sender and its bytes; what it tells is once by its visit, its event and its times, so that the
same news under another number is no second news. Everything of one message is one transaction, and its sender is
answered after that: what was acknowledged is on disk.
"""

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.db import close_old_connections

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.ids import derived_id
from vwazen.exchange import hl7v2, stay_table
from vwazen.exchange.hl7v2 import Adt, Head
from vwazen.exchange.incoming import NotTakenError
from vwazen.server.audit.actions import attempt, log
from vwazen.server.interop import senders
from vwazen.server.interop.models import AdtMessage, AdtSender
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, matching, store
from vwazen.server.record.actions import HELD, append, held_id, hold, make_id
from vwazen.server.record.held import Correction
from vwazen.server.record.mending import Reader
from vwazen.server.record.models import Held, Person
from vwazen.server.record.versions import Made, source_key

SEGMENT = "mental-health"
TEST = ("T", "D")  # processing ids of training and debugging
_OURS = ("adt.match", "adt.nobody")  # held until a number is known
notes = logging.getLogger("vwazen.adt")


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message: what its sender is told, and what is written down."""

    outcome: str
    answer: hl7v2.Code
    words: str
    code: str = ""
    person: str = ""
    held: str = ""


class Table(msgspec.Struct):
    """What became of a table: how many rows came to what, and what is wrong with others, by line."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[tuple[int, str]] = msgspec.field(default_factory=list)


# what arrives


def receive(data: bytes, *, sender: AdtSender | None = None, host: str = "") -> bytes:
    """Take one transmission, a message or a batch, and give the answers. `sender` is who showed a key (HTTP); without
    one the sender is who the message says, if it comes from a `host` of theirs (MLLP)."""
    now = clock.now()
    about = hl7v2.head(data[max(0, data.find(b"MSH")) :])
    try:
        parts = hl7v2.messages(data)
    except NotTakenError as fault:
        return _broken(data, about, fault, sender, host, now)
    return b"".join(_one(part, sender, host, now) for part in parts)


def receive_table(data: bytes, *, by: Worker, site: Site) -> Table:
    """Take a table of stays of a ward (see `vwazen.exchange.stay_table`), row by row. Raises Invalid."""
    with attempt(by=by, action="stay-table", site=site.path, purpose="interop"):
        policy.require(by, "record_care", site)
    sender = senders.for_files(site)
    found = Table()
    try:
        for line, row in stay_table.rows(data, sender.facility):
            if isinstance(row, stay_table.Row):
                found.wrong.append((line, str(row)))
                continue
            became = _once(sender, hl7v2.head(row), row, clock.now())
            if became.outcome == AdtMessage.REFUSED:
                raise Invalid(f"The rows before line {line} were taken. Send the file again.", field="file")
            found.counts[became.outcome] += 1
    except stay_table.TableError as fault:
        raise Invalid(str(fault), field="file") from None
    return found


def _one(data: bytes, sender: AdtSender | None, host: str, now: dt.datetime) -> bytes:
    about = hl7v2.head(data)
    known = sender_of(about, sender, host)
    if known is None:
        became = _stranger(about)
    elif about.processing in TEST and not settings.SYNTHETIC:
        became = Became(outcome=AdtMessage.REFUSED, answer="AR", words="a test message, and this node is none")
    else:
        became = _once(known, about, data, now)
    return hl7v2.ack(about, became.answer, clock.now(), make_id()[-20:], became.words)


def sender_of(about: Head, sender: AdtSender | None, host: str) -> AdtSender | None:
    """Whose message this is: it must name the sender whose key was shown, or come from a host of the one it names."""
    if sender is not None:
        return sender if sender.facility == about.facility else None
    known = AdtSender.objects.filter(facility=about.facility, ended=None).first() if about.facility else None
    return known if known is not None and host in known.hosts.split() else None


def _stranger(about: Head) -> Became:
    log(by=None, action="adt-message", purpose="interop", outcome="refused", note="unknown-sender")
    return Became(outcome=AdtMessage.REFUSED, answer="AR", words="this sender is not known here, or not from there")


def _broken(
    data: bytes, about: Head, fault: NotTakenError, sender: AdtSender | None, host: str, now: dt.datetime
) -> bytes:
    """A transmission that cannot be told apart into messages: kept, where it is known whose it is."""
    known = sender or sender_of(about, sender, host)
    if known is None:
        became = _stranger(about)
    else:
        became = _once(known, about, data, now, fault)
    return hl7v2.ack(about, became.answer, clock.now(), make_id()[-20:], became.words)


def _once(
    sender: AdtSender, about: Head, data: bytes, now: dt.datetime, fault: NotTakenError | None = None
) -> Became:  # fmt: skip
    """Carry out one message, unless it was before; what it came to is then told again."""
    key = hashlib.sha256(b"\x1f".join((sender.id.encode(), data))).hexdigest()
    try:
        with store.writing():
            first = store.execute(
                "INSERT INTO interop_adt_message (id, sender, path, control, trigger, written, received, outcome, "
                "answer, code, person, held) VALUES (%s, %s, %s, %s, %s, %s, %s, '', '', '', '', '') "
                "ON CONFLICT DO NOTHING",
                [key, sender.id, sender.path, about.control[:120], about.trigger[:10], about.written[:40], now],
            )
            if not first:
                row = AdtMessage.objects.get(pk=key)
                code: Any = row.answer
                return Became(outcome=AdtMessage.AGAIN, answer=code, words="known already", person=row.person)
            became = _held(sender, data, fault) if fault else _carried_out(sender, data, now)
            seconds = (clock.now() - now).total_seconds()
            store.execute(
                "UPDATE interop_adt_message SET outcome = %s, answer = %s, code = %s, person = %s, held = %s, "
                "seconds = %s WHERE id = %s",
                [became.outcome, became.answer, became.code, became.person, became.held, seconds, key],
            )
            log(by=None, action="adt-message", person=became.person or None, site=sender.path, purpose="interop",
                note=f"outcome={became.outcome} trigger={_code(about.trigger)}")  # fmt: skip
    except Exception as error:  # whatever a message holds, its sender must be told to send it again
        notes.error("a message could not be taken: %s", type(error).__name__)
        return Became(outcome=AdtMessage.REFUSED, answer="AE", words="not taken: send it again")
    return became


def _code(trigger: str) -> str:
    return trigger.lower() if trigger.isalnum() and trigger.isascii() else "none"


# what one message comes to


def _carried_out(sender: AdtSender, data: bytes, now: dt.datetime) -> Became:
    try:
        adt = hl7v2.read(data, sender.zone, sender.charset)
        if (unread := _unread(sender, adt)) is not None:
            return unread
        person = _whose(sender, adt)
    except NotTakenError as fault:
        if fault.code == "adt.trigger":
            return Became(outcome=AdtMessage.NOT_READ, answer="AR", words="this event is not read here",
                          code=fault.code)  # fmt: skip
        return _held(sender, data, fault)
    if adt.merged:
        return _held(sender, data, NotTakenError("adt.merge"), person)
    held = _append(_facts(sender, adt, person, now))
    _whole(sender, adt)
    if adt.dead and adt.destination != "died":
        _held(sender, data, NotTakenError("adt.died"), person)
    words = "kept: a person looks at it" if held else "taken"
    return Became(outcome=AdtMessage.HELD if held else AdtMessage.TAKEN, answer="AA", words=words, person=person.pk)


def _unread(sender: AdtSender, adt: Adt) -> Became | None:
    if adt.merged or sender.kind or adt.where is not None:
        return None
    return Became(outcome=AdtMessage.NOT_READ, answer="AA", words="no stay: nothing to do")


def numbers(sender: AdtSender, adt: Adt) -> tuple[tuple[str, str], ...]:
    """(system, number) of whom a message is about: what the hospital itself gave stands under the sender's system."""
    return tuple(
        (sender.system if one.authority in ("", sender.facility) else one.authority, one.number)
        for one in (*adt.numbers, *adt.merged)
    )


def _whose(sender: AdtSender, adt: Adt) -> Person:
    """The one person on record by one of the numbers. Raises NotTakenError, with whoever is to be confirmed."""
    known = matching.by_number(numbers(sender, adt))
    if len(known) == 1:
        if matching.differs(known[0], adt.name, adt.born):
            raise _ProposedError("adt.differs", known[0])
        return known[0]
    if known:
        raise NotTakenError("adt.merge" if adt.merged else "adt.several")
    same = matching.exactly(adt.name, adt.born, adt.gender)
    if len(same) == 1:
        raise _ProposedError("adt.match", same[0])
    raise NotTakenError("adt.nobody")


class _ProposedError(NotTakenError):
    """Who it may be, for a person to confirm."""

    def __init__(self, code: str, person: Person) -> None:
        super().__init__(code)
        self.person = person


def _held(sender: AdtSender, data: bytes, fault: NotTakenError, person: Person | None = None) -> Became:
    """Keep a message for a person: where whoever it may be about is followed, else at the hospital's own site."""
    person = fault.person if isinstance(fault, _ProposedError) else person
    site, raw = person.site if person else sender.site, hl7v2.shown(data, sender.charset)
    hold(
        site=site, code=fault.code, reason=fault.reason, raw=raw, segment=SEGMENT, now=clock.now(),
        person=person.pk if person else "", person_name=person.name if person else "", place=sender.name,
        source=_source(sender, hl7v2.head(data)),
    )  # fmt: skip
    whole = fault.code.partition(".")[2] in _WHOLE
    return Became(
        outcome=AdtMessage.HELD, answer="AA" if whole else "AE", words="kept: a person looks at it", code=fault.code,
        person=person.pk if person else "", held=held_id(site, fault.code, raw, sender.name),
    )  # fmt: skip


_BROKEN = ("head", "batch", "long", "charset", "encoding", "syntax", "segment", "class", "whose", "date")
_WHOLE = ("match", "nobody", "several", "differs", "merge", "died")  # nothing is wrong with the message itself


def _source(sender: AdtSender, about: Head) -> str:
    return source_key(f.Source(system=sender.system, id=f"adt/{about.control}"))


def _whole(sender: AdtSender, adt: Adt) -> None:
    """What was kept of this message because it came broken waits for nobody any more: it has come whole."""
    broken = [f"adt.{name}" for name in _BROKEN]
    store.execute(
        "UPDATE record_held SET state = %s, decided = %s, decision = %s WHERE source = %s AND state = %s "  # noqa: S608
        f"AND code IN ({store.marks(broken)})",
        [Held.MENDED, clock.now(), "came again, whole", _source(sender, adt.head), Held.OPEN, *broken],
    )


def _facts(sender: AdtSender, adt: Adt, person: Person, now: dt.datetime) -> list[Fact]:
    where: Any = sender.kind or adt.where
    event = "released" if adt.event == "discharged" and where == "prison" else adt.event
    names = dict(Site.objects.filter(code=sender.site).values_list("code", "name"))
    body = f.Stay(
        where=where, event=event, cancels=adt.cancels, facility=sender.site, place=names.get(sender.site, sender.name),
        unit=adt.unit[:80], visit=adt.visit[:120], reason=adt.reason[:300], destination=adt.destination, next=adt.back,
        said=adt.said if len(adt.said) > 10 else "",
        source=f.Source(system=sender.system, id=adt.visit or adt.numbers[0].number if adt.numbers else adt.visit),
    )  # fmt: skip
    parts: tuple[str, ...] = (adt.visit or person.pk, event, adt.cancels, adt.occurred, adt.said)
    if event in ("updated", "transferred"):
        parts = (*parts, adt.unit, adt.reason)
    return [_fact(sender, person, body, adt.occurred, now, *parts)]


def _fact(sender: AdtSender, person: Person, body: f.AnyBody, occurred: str, now: dt.datetime, *parts: str) -> Fact:
    at = max(0, int(f.instant(occurred).timestamp() * 1000))
    return Fact(
        id=derived_id(sender.system, "adt", *parts, millis=at), person=person.pk, occurred=occurred,
        recorded=clock.stamp(now), author=f"source:{sender.system}"[:120], site=sender.site, body=body,
    )  # fmt: skip


def _append(facts: Sequence[Fact]) -> bool:
    """Append what is new of these; whether some of it is held. What is known by its id was said before."""
    known = store.known_facts([one.id for one in facts])
    receipts = append([one for one in facts if one.id not in known])
    return any(receipt.status == HELD for receipt in receipts)


# what a person mends


def _again(row: Held, correction: Correction, by: Worker, target: Person | None) -> list[Made]:
    """A held message read again, corrected, about whoever was chosen or confirmed: their numbers are then known."""
    message = AdtMessage.objects.filter(held=row.id).first()
    sender = AdtSender.objects.filter(pk=message.sender).first() if message else None
    if message is None or sender is None:
        raise Invalid("It is not known any more whose message this is. Record the stay by hand, and dismiss it.")
    try:
        adt = hl7v2.read_text(correction.raw or row.raw, sender.zone)
        person = target or _whose(sender, adt)
    except NotTakenError as fault:
        field = "person" if fault.code in ("adt.match", "adt.nobody", "adt.several", "adt.differs") else "raw"
        raise Invalid(fault.reason, field=field) from None
    now = clock.now()
    facts = [
        _fact(sender, person, f.Identifier(system=system, number=number), clock.stamp(now)[:10], now, "number",
              person.pk, system, number)
        for system, number in numbers(sender, adt)
        if target is not None
    ]  # fmt: skip
    if not adt.merged and _unread(sender, adt) is None:
        facts += _facts(sender, adt, person, now)
    known = store.known_facts([one.id for one in facts])
    facts = [f.decode(known[one.id]) if one.id in known else one for one in facts]
    if any(one.person != person.pk for one in facts):
        raise Invalid("This is on record for somebody else. Withdraw it on their chart first.", field="person")
    return [Made(facts, f.Source(system=sender.system, id=row.id))]


def _settled(row: Held) -> None:
    """Once a number is known, whatever else waited for it is taken in the order in which it was written."""
    message = AdtMessage.objects.filter(held=row.id).first()
    if message is None:
        return
    sender = AdtSender.objects.filter(pk=message.sender).first()
    waiting = AdtMessage.objects.filter(sender=message.sender, outcome=AdtMessage.HELD, code__in=_OURS)
    rows = {one.id: one for one in Held.objects.filter(pk__in=waiting.values("held"), state=Held.OPEN)}
    for one in waiting.order_by("written", "received"):
        entry = rows.pop(one.held, None)
        if sender is not None and entry is not None:
            with store.writing():
                try:
                    adt = hl7v2.read_text(entry.raw, sender.zone)
                    person = _whose(sender, adt)
                except NotTakenError:
                    continue
                _append(_facts(sender, adt, person, clock.now()))
                store.execute(
                    "UPDATE record_held SET state = %s, decided = %s, decision = %s, person = %s WHERE id = %s",
                    [Held.MENDED, clock.now(), "taken once the number was known", person.pk, entry.id],
                )
                log(by=None, action="adt-message", person=person.pk, site=sender.path, purpose="interop",
                    note="outcome=taken-later")  # fmt: skip


READER = Reader(read=_again, after=_settled)


def received_in_thread(data: bytes, host: str) -> bytes:
    """`receive` for a thread of a listener: database connections that broke are not kept."""
    close_old_connections()
    try:
        return receive(data, host=host)
    finally:
        close_old_connections()
