"""Texts that come in: delivered by a gateway with a key, kept once, obeyed where they say STOP, shown to a person.

What another part of the program understands (a code word of a referral) it takes by putting itself into `listeners`.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable

import msgspec

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.content.messages import is_stop
from vwazen.server.audit.actions import attempt, log
from vwazen.server.interop import addresses, outbox
from vwazen.server.interop.models import Contact, InboundKey, Incoming
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import append, make_id, site_named
from vwazen.server.record.models import Person

LONGEST = 2000  # characters of one text; what is longer is cut, and says so
A_MINUTE = 60  # texts a minute from one gateway, and from one phone in ten minutes: our defaults
FROM_ONE = 20
STOP, REFERRAL = "stop", "referral"
REPLY = "reply"  # the author of what a text said by itself


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One text as a listener gets it. `path` is the site of the gateway; `id` stays the same if it comes again."""

    id: str
    address: str
    text: str
    path: str


# Each says what it made of the text ("referral"), or "" for: not mine. Called inside the transaction that keeps it.
listeners: list[Callable[[Text], str]] = []


class TooManyError(Exception):
    """More texts than people write."""


def new_key(*, by: Worker, name: str, site: str) -> str:
    """A key for a gateway, shown this once; an earlier key of the same name ends."""
    where = site_named(site)
    policy.require(by, "keep_outbox", where)
    if not name.strip():
        raise Invalid("Say what you call this gateway.", field="name")
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with store.writing(), attempt(by=by, action="gateway-key", site=where.path, purpose="operations"):
        store.execute(
            "UPDATE interop_inbound_key SET ended = %s WHERE name = %s AND ended IS NULL", [now, name.strip()[:80]]
        )
        store.insert(
            "interop_inbound_key", ("id", "name", "digest", "site", "path", "created"),
            [(make_id(), name.strip()[:80], InboundKey.digest_of(token), where.code, where.path, now)],
        )  # fmt: skip
    return token


def key_of(token: str) -> InboundKey | None:
    """The gateway that holds this key, if it is in force."""
    return InboundKey.objects.filter(digest=InboundKey.digest_of(token), ended=None).first() if token else None


def receive(*, key: InboundKey, address: str, text: str, name: str) -> str:
    """Keep one text, once; what was made of it: "stop", what a listener says, "" for a person to read, or "again".

    `name` is what the gateway calls the text; where it gives none, the same words from the same phone within the same
    ten minutes are one text. Raises TooManyError above the limit, but never for STOP.
    """
    now = clock.now()
    sender = address.replace("\0", "").strip()[:200]
    said = text[:LONGEST].replace("\0", "") + (" […]" if len(text) > LONGEST else "")
    one = Text(id=_id_of(key, sender, said, name, now), address=sender, text=said, path=key.path)
    stop = is_stop(content(), said)
    with store.writing():
        if Incoming.objects.filter(pk=one.id).exists():
            return "again"
        if not stop:
            _not_too_many(key, sender, now)
        people = _people(sender)
        outcome = STOP if stop else ""
        if stop:
            outbox.stop(sender)
            _ended(people, sender)
        for listener in listeners if not stop else ():
            outcome = outcome or listener(one)[:20]
        known = people[0] if len(people) == 1 else None
        store.insert(
            "interop_incoming",
            ("id", "address", "text", "person", "path", "received", "outcome", "state", "done_by", "note"),
            [(one.id, sender, said, known.pk if known else "", known.path if known else key.path, now, outcome,
              Incoming.DONE if outcome else Incoming.OPEN, "", "")],
        )  # fmt: skip
        log(by=None, action="text-received", person=known.pk if known else None, site=key.path, purpose="operations",
            note=f"outcome={outcome or 'open'}")  # fmt: skip
    return outcome


def _id_of(key: InboundKey, sender: str, text: str, name: str, now: dt.datetime) -> str:
    what = ("named", name) if name else (str(int(now.timestamp()) // 600), text)
    return hashlib.sha256("\x1f".join((key.name, sender, *what)).encode()).hexdigest()


def _not_too_many(key: InboundKey, sender: str, now: dt.datetime) -> None:
    recent = Incoming.objects.filter(received__gt=now - dt.timedelta(minutes=1), path__startswith=key.path).count()
    one = Incoming.objects.filter(address=sender, received__gt=now - dt.timedelta(minutes=10)).count()
    if recent >= A_MINUTE or one >= FROM_ONE:
        raise TooManyError


def _people(sender: str) -> list[Person]:
    """Everybody who agreed to be reached at this address."""
    rows = Contact.objects.filter(tail=addresses.tail(sender)).values_list("person", "address")
    return list(Person.objects.filter(pk__in={person for person, to in rows if addresses.same(to, sender)}))


def _ended(people: list[Person], sender: str) -> None:
    """Everybody who was reached at that address is not any more: all who share the phone, since one of them said so."""
    stamp = clock.stamp()
    append([
        f.Fact(id=make_id(), person=one.pk, occurred=stamp, recorded=stamp, author=REPLY, site=one.site,
               device="gateway", content=content().version,
               body=f.ContactPreference(channel="none", address=to, agreed="reply"))
        for one in people
        for to in dict.fromkeys(Contact.objects.filter(person=one.pk).values_list("address", flat=True))
        if addresses.same(to, sender)
    ])  # fmt: skip


def settle(*, by: Worker, text: str, note: str) -> None:
    """A person read it and says in a few words what came of it."""
    with attempt(by=by, action="text-settled", purpose="care") as entry:
        policy.require(by, "triage")
        row = Incoming.objects.filter(policy.within(policy.site_paths(by, "triage")), pk=text).first()
        if row is None:
            raise Invalid("There is no such text where you work. Look at the list again.")
        entry.site, entry.person = row.path, row.person or None
        if row.state == Incoming.DONE:
            raise Invalid("Somebody has dealt with it by now. Look at the list again.")
        if not note.strip():
            raise Invalid("Say in a few words what came of it.", field="note")
        store.execute(
            "UPDATE interop_incoming SET state = 'done', done_by = %s, done_at = %s, note = %s WHERE id = %s "
            "AND state = 'open'",
            [str(by.pk), clock.now(), note.strip()[:300], row.pk],
        )
