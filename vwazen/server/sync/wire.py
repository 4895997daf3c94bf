"""What crosses the wire between a phone and the server, as `phone/types.ts` has it; facts are `clinical/facts.py`.

A brief says what one worker may know of one person, and nothing is in it that depends on the day it was made: what
holds from or until a day carries that day. So a brief changes only when the record, the rules or the worker's rights
change, and a phone that has it need not be sent it again.
"""

import base64
import datetime as dt
import re
from contextlib import suppress
from uuid import UUID

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Defaults are left out."""


class Sparse(Wire, frozen=True, kw_only=True, omit_defaults=False):
    """Every field is always there."""


class Stretch(Sparse, frozen=True, kw_only=True):
    starts: str
    ends: str
    tier: int
    word: str
    reason: str
    rank: int
    waiting: str


class RiskBrief(Sparse, frozen=True, kw_only=True):
    id: str
    ids: tuple[str, ...]
    opened: str
    why: str
    answers: dict[str, str]
    urgent: bool
    acknowledged: str
    contact_due: str


class EpisodeBrief(Sparse, frozen=True, kw_only=True):
    """`known`, `quiet`: see `clinical.brief_values`."""

    id: str
    protocol: str
    protocol_version: int
    condition: str
    step: int
    started: str
    instrument: str
    points: tuple[tuple[str, float | None, str], ...]
    known: dict[str, object]
    quiet: tuple[str, ...]


class MedicineBrief(Sparse, frozen=True, kw_only=True):
    """`times`: how many in the morning, at noon, in the evening and at night; none where nobody said. `unit`: of what,
    "injection" where there is nothing to take. `daily`: it says so many times a day. `segment`: who may know of it."""

    id: str
    name: str
    strength: str
    times: tuple[float, ...]
    words: str
    since: str
    until: str
    by: str
    unit: str = ""
    daily: bool = False
    segment: str = "mental-health"


class ReferralBrief(Sparse, frozen=True, kw_only=True):
    id: str
    to: str
    state: str
    due: str
    sentence: str


class TaskBrief(Wire, frozen=True, kw_only=True):
    """`starts`: from that day on it stands on a list; "" for at once."""

    id: str
    kind: str
    due: str
    text: str
    by: str
    starts: str = ""


class MessageBrief(Wire, frozen=True, kw_only=True):
    """A message of the team that this worker wrote or that was written to them. `waits`: they have not read it yet;
    `read`: the names of who has; `reply_to`: the one that it answers."""

    id: str
    text: str
    author: str
    by: str = ""
    at: str
    waits: bool = False
    read: tuple[str, ...] = ()
    reply_to: str = ""
    segment: str = "mental-health"


class Brief(Wire, frozen=True, kw_only=True):
    """`asks`: the segment of a question to the supervisor, where it is not `Supervisor.reads`; "" where they may not
    know of the person."""

    person: str
    name: str
    born: str = ""
    gender: str = ""
    place: str = ""
    phone: str = ""
    site: str
    died: str = ""
    aliases: tuple[str, ...] = ()
    keys: tuple[str, ...]
    care: bool = False
    owner: str = ""
    owner_name: str = ""
    given: bool = False
    lists: tuple[Stretch, ...] = ()
    next: str = ""
    last: str = ""
    episodes: tuple[EpisodeBrief, ...] = ()
    risks: tuple[RiskBrief, ...] = ()
    medicines: tuple[MedicineBrief, ...] = ()
    allergies: tuple[str, ...] = ()
    referrals: tuple[ReferralBrief, ...] = ()
    tasks: tuple[TaskBrief, ...] = ()
    asked: tuple[tuple[str, str, str], ...] = ()
    sessions: tuple[tuple[str, int, str, str], ...] = ()
    relapse: tuple[tuple[str, str], ...] = ()
    signs: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[str, ...] = ()
    recent: tuple[tuple[str, str, str], ...] = ()
    messages: tuple[MessageBrief, ...] = ()
    asks: str | None = None


class OnCall(Sparse, frozen=True, kw_only=True):
    worker: str
    name: str
    phone: str
    order: int
    starts: str
    ends: str


class Supervisor(Sparse, frozen=True, kw_only=True):
    """`reads`: the segment of a question that both may read at the first of the worker's sites where there is one; ""
    where the supervisor may not know of anybody there."""

    worker: str
    name: str
    phone: str
    reads: str


class Me(Sparse, frozen=True, kw_only=True):
    worker: str
    name: str
    role: str
    site: str
    site_name: str
    sites: tuple[tuple[str, str], ...]
    supervisor: Supervisor
    on_call: tuple[OnCall, ...]
    help_lines: tuple[tuple[str, str, str], ...]
    permissions: tuple[str, ...]
    refer: tuple[tuple[str, str, str], ...]
    synthetic: bool
    node: str
    offline_days: int
    month: tuple[str, ...]


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`facts` are read one by one, so that one that cannot be read keeps none of the others from being taken.

    `v`: 1 is a phone that takes whole briefs only, and names and wants named everything in full (see `unshortened`).
    `whole`: people of whom it wants the whole brief because what it made of a change was not right. `unsent`: how many
    entries wait on it; `free_mb`: its free space.
    """

    v: int
    now: str
    turn: int = 0
    facts: tuple[msgspec.Raw, ...] = ()
    content: str = ""
    me: str = ""
    whole: tuple[str, ...] = ()
    unsent: int | None = None
    free_mb: int | None = None


class SyncResponse(Wire, frozen=True, kw_only=True):
    """`reset`: forget every brief before storing these; the server no longer knows what the phone holds.

    `to`: the phone's own clock in the request that this answers, from version 2 on. Then a receipt without an id is of
    the fact that stands at its place in the request, and `content` and `me_digest` are left out where the phone named
    the same. `changed`: where in the request a fact of the person stands, and what is different in their brief, see
    `difference.py`; `check` is a digest of those briefs.

    `beyond`: how many people in care are on the phone without their care, and how many of those registered at the
    worker's sites are not on it at all; left out where it was told before. `month`: of `me` only this is new.
    What is empty is left out.
    """

    v: int
    now: str
    to: str = ""
    turn: int
    receipts: tuple[tuple[str, str, str], ...] = ()
    settled: tuple[tuple[str, str, str], ...] = ()
    briefs: tuple[msgspec.Raw, ...] = ()
    changed: tuple[tuple[int, msgspec.Raw], ...] = ()
    check: str = ""
    drop: tuple[str, ...] = ()
    more: bool = False
    content: str = ""
    me: Me | None = None
    month: tuple[str, ...] | None = None
    me_digest: str = ""
    reset: bool = False
    beyond: tuple[int, int] | None = None


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: what the worker would call the phone; may be empty."""

    code: str
    name: str = ""


class Enrolled(Sparse, frozen=True, kw_only=True):
    device: str
    token: str
    me: Me
    me_digest: str
    content: str


class Refusal(Sparse, frozen=True, kw_only=True):
    """`says`: what happened and what to do. `wipe`: forget everything of this worker on this phone, once the server has
    said of every unsent entry that it is `kept`: fact ids."""

    wipe: bool
    says: str
    kept: tuple[str, ...] = ()


class _Tagged(msgspec.Struct, frozen=True):
    kind: str


class Kind(msgspec.Struct, frozen=True):
    """Of a fact only what kind it is."""

    body: _Tagged


class Whose(msgspec.Struct, frozen=True):
    """Of a fact only whose it is."""

    person: str


_IDS = ("id", "person", "encounter", "amends", "retracts")
_SHORT = re.compile(rb'"~([A-Za-z0-9_-]{22})"')
_SINCE = re.compile(rb'"~([0-9]{1,8})"')
_INSTANT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d)"')


def unshortened(raw: bytes, author: str, device: str) -> bytes:
    """A fact as it is kept. From version 2 on a phone may send an id as `~` and 22 letters of base64, `recorded` as `~`
    and the milliseconds since `occurred`, and as `~` the `author` and the `device`: those that send it."""
    if b'"~' not in raw:
        return raw
    try:
        fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeError):
        return raw  # it will be held as it is
    for name in _IDS:
        if short := _SHORT.fullmatch(bytes(fields.get(name, b""))):
            fields[name] = msgspec.Raw(f'"{UUID(bytes=base64.urlsafe_b64decode(short[1] + b"=="))}"'.encode())
    for name, sender in (("author", author), ("device", device)):
        if bytes(fields.get(name, b"")) == b'"~"':
            fields[name] = msgspec.Raw(f'"{sender}"'.encode())
    since = _SINCE.fullmatch(bytes(fields.get("recorded", b"")))
    began = _INSTANT.fullmatch(bytes(fields.get("occurred", b"")))
    if since and began:
        with suppress(ValueError, OverflowError):  # no day of the calendar: held as it is
            at = dt.datetime.fromisoformat(began[1].decode()).astimezone(dt.UTC) + dt.timedelta(
                milliseconds=int(since[1])
            )
            fields["recorded"] = msgspec.Raw(f'"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"'.encode())
    return msgspec.json.encode(fields)


encode = msgspec.json.Encoder(order="deterministic").encode
