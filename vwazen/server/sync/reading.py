"""What a phone sent, as far as it can be read: a fact, or a glimpse of what is none, and its letters to look at."""

import re
from itertools import accumulate

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.server.sync.machines import decoded

MOST_RAW = 200_000  # characters that are kept
DEEP = 100  # levels of nesting, of which no entry has ten
_TOO_DEEP = "(nested too deeply to be read)"
_BESIDE_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^][{}]', re.DOTALL)


def fact_of(raw: bytes) -> Fact | None:
    """What was sent as a fact; None where it is none."""
    try:
        fact = f.decode(raw)
        f.encode(fact).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    # What could stand in no column of the record is neither looked up in one nor held in one.
    words = fact.id + fact.person + fact.site + fact.amends + fact.retracts + fact.occurred
    if "\0" in words or max(len(fact.id), len(fact.person)) > 36 or len(fact.site) > 50:
        return None
    return fact


def glimpse(raw: bytes) -> tuple[str, str, str]:
    """Id, kind and site of something that is no fact, as far as it has them."""
    try:
        found = decoded(raw, dict[str, object])
    except msgspec.MsgspecError:
        return "", "", ""
    body = found.get("body")
    kind = body.get("kind") if isinstance(body, dict) else ""
    id_, site = found.get("id"), found.get("site")
    return (
        id_[:200] if isinstance(id_, str) else "", kind if isinstance(kind, str) else "",
        site[:50] if isinstance(site, str) and "\0" not in site else "",
    )  # fmt: skip


def legible(raw: bytes) -> str:
    """Its letters as they can be held and shown."""
    text = raw.decode(errors="replace").replace("\0", "\ufffd")[:MOST_RAW]
    return f"{_TOO_DEEP} {text}" if _is_deep(raw) else text


def _is_deep(raw: bytes) -> bool:
    """Whether it is nested so deeply that reading it might end whoever looks at it later."""
    if raw.count(b"[") + raw.count(b"{") < DEEP:
        return False
    signs = _BESIDE_NESTING.sub(b"", raw)
    return max(accumulate(1 if sign in b"[{" else -1 for sign in signs), default=0) >= DEEP
