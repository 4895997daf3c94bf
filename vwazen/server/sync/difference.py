"""What is different between two briefs of one person, in few bytes, and how a phone makes the new one out of the old.

A change is JSON. `null` takes a field away. An object changes the fields that it names; of what was no object, all are
new. A list is read from the left beside the old one: `3` keeps three of the old, `-3` leaves out three, an object
changes the next one, `[…]` stands for new ones; what is left of the old at the end goes. Anything else stands for
itself. On the wire U+007F stands for the person's own id. `phone/sync/difference.ts` is the other side of `applied`,
`named` and `check`.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

import msgspec

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_THEM = b"\x7f"
_MOST = 2**53  # whole numbers that a phone tells apart


class UnlikeError(Exception):
    """A value that a phone would write otherwise: its brief is sent whole."""


def difference(old: bytes, new: bytes) -> tuple[bytes, Json] | None:
    """The change from one brief to another, as JSON, and the other one as a value.

    None where it would not be shorter, or would not lead there.
    """
    before, after = msgspec.json.decode(old), msgspec.json.decode(new)
    try:
        told = _change(before, after)
        if text(applied(before, told)) != text(after):
            return None
    except UnlikeError:
        return None
    data = msgspec.json.encode(told)
    return (data, after) if len(data) < len(new) and _THEM not in data else None


def unnamed(told: bytes, person: str) -> bytes:
    """The change as it is sent: without the person's id, which stands in those of what waits for them."""
    return told.replace(person.encode(), _THEM)


def named(told: bytes, person: str) -> bytes:
    """The other way round, as a phone does it."""
    return told.replace(_THEM, person.encode())


def applied(old: Json, told: Json) -> Json:
    """The new value. `old`: of another shape than `told` counts as empty."""
    if isinstance(told, dict):
        found = dict(old) if isinstance(old, dict) else {}
        for name, value in told.items():
            if value is None:
                found.pop(name, None)
            else:
                found[name] = applied(found.get(name), value)
        return found
    return list(_edited(old if isinstance(old, list) else [], told)) if isinstance(told, list) else told


def _edited(old: Sequence[Json], told: Sequence[Json]) -> Iterator[Json]:
    at = 0
    for step in told:
        if isinstance(step, list):
            yield from step
        elif isinstance(step, dict):
            yield applied(old[at] if at < len(old) else None, step)
            at += 1
        elif isinstance(step, int):
            if step > 0:
                yield from old[at : at + step]
            at += abs(step)


def check(briefs: Sequence[Json]) -> str:
    """A digest of whole briefs in their order, by which a phone knows that it made them right."""
    return hashlib.sha256(text(list(briefs)).encode()).hexdigest()[:16]


def text(value: Json) -> str:
    """JSON as a phone writes it, fields in the order of their names. Raises `UnlikeError`."""
    return json.dumps(_alike(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _alike(value: Json) -> Json:
    if isinstance(value, dict):
        if any(letter > "\uffff" for name in value for letter in name):
            raise UnlikeError  # JavaScript sorts these otherwise
        return {name: _alike(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_alike(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if (isinstance(value, float) and "e" in repr(value)) or (isinstance(value, int) and abs(value) > _MOST):
        raise UnlikeError
    return value


def _change(old: Json, new: Json) -> Json:
    if isinstance(new, dict):
        before = old if isinstance(old, dict) else {}
        told: dict[str, Json] = {name: None for name in before if name not in new}
        for name, value in new.items():
            if name not in before or text(before[name]) != text(value):
                told[name] = _change(before.get(name), value)
        return told
    return list(_steps(old if isinstance(old, list) else [], new)) if isinstance(new, list) else new


def _steps(old: Sequence[Json], new: Sequence[Json]) -> Iterator[Json]:
    match = SequenceMatcher(None, [text(one) for one in old], [text(one) for one in new], autojunk=False)
    for what, start, end, first, last in match.get_opcodes():
        if what == "equal":
            yield end - start
            continue
        pairs = list(zip(old[start:end], new[first:last], strict=False))
        both = list(takewhile(lambda pair: isinstance(pair[0], dict) and isinstance(pair[1], dict), pairs))
        yield from (_change(one, other) for one, other in both)
        if first + len(both) < last:
            yield list(new[first + len(both) : last])
        if start + len(both) < end < len(old):
            yield start + len(both) - end
