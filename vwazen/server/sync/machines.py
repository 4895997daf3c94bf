"""In what phones and other nodes are alike to this one: each is a program that names itself by a key of its own and
speaks in compressed bodies, and wrong keys are counted by where they come from."""

import gzip
import zlib
from typing import TypeVar

import msgspec
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from vwazen.server.organisation.actions.addresses import MOST, WINDOW
from vwazen.server.organisation.views.common import address_of

T = TypeVar("T")
MINUTE = 60
_LONGEST = 300  # characters of a name and its key


class TooLargeError(Exception):
    """More than is read."""


def named(request: HttpRequest) -> tuple[str, str]:
    """Who says to ask, and their secret: `Authorization: Bearer <name>.<secret>`; two empty words where it is none."""
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    name, _, secret = said.strip().partition(".")
    return (name, secret) if kind.casefold() == "bearer" and len(said) < _LONGEST else ("", "")


def too_many(request: HttpRequest) -> bool:
    """Count a wrong key; whether so many came from this place that no more is written down.

    A right key is taken whatever came before it: it cannot be guessed, and danger does not wait.
    """
    return _counted(f"wrong-key:{address_of(request)}", int(WINDOW.total_seconds())) > MOST


def beyond(name: str) -> int:
    """Count a request of a phone whose key is right; by how much it asked more often in this minute than a phone that
    works as it should ever does. So one that turns in a circle, or is stolen, does not keep the others waiting."""
    return max(0, _counted(f"asked:{name}", MINUTE) - settings.PHONE_ASKS)


def _counted(what: str, seconds: int) -> int:
    """How often this was counted since it was first, for so long as it counts. Each server process counts its own."""
    cache.add(what, 0, seconds)
    try:
        return int(cache.incr(what))
    except ValueError:  # its time was over between the two
        return 1


def body(request: HttpRequest, *, sent: int, read: int) -> bytes:
    """What was sent, unpacked: at most so many bytes as they come, and as they are read. Raises as `unpacked` does."""
    found = request.read(sent + 1)
    if len(found) > sent:
        raise TooLargeError
    return unpacked(found, read) if request.headers.get("Content-Encoding", "").casefold() == "gzip" else found


def decoded(data: bytes, kind: type[T]) -> T:
    """What it says. Raises `MsgspecError` for whatever cannot be read, also where it is nested too deeply for that."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (RecursionError, UnicodeError) as fault:
        raise msgspec.DecodeError(type(fault).__name__) from None


def packed(data: bytes) -> bytes:
    """The same bytes for the same message."""
    return gzip.compress(data, 6, mtime=0)


def unpacked(data: bytes, most: int) -> bytes:
    """Raises `TooLargeError` before more than `most` was unpacked, and `DecodeError` for what is damaged or cut off."""
    reader = zlib.decompressobj(wbits=31)
    try:
        found: bytes = reader.decompress(data, most + 1)
    except zlib.error as fault:
        raise msgspec.DecodeError(str(fault)) from None
    if len(found) > most or reader.unconsumed_tail:
        raise TooLargeError
    if not reader.eof:
        raise msgspec.DecodeError("It breaks off.")
    return found
