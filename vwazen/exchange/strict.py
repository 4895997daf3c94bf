"""JSON as it must be: UTF-8, no key twice, no NaN, nothing endless, no character that cannot be stored.

The common readers of JSON take the last of two equal keys and let NaN pass: that is dropping and guessing.
"""

import json
import math
import re
from typing import NoReturn

# What JSON can be. Values come from outside: look at the type before using one.
Json = dict[str, "Value"]
Value = None | bool | int | float | str | list["Value"] | Json

BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

# NUL cannot be stored in PostgreSQL, and half of a surrogate pair not in UTF-8. Both can hide behind an escape.
# Keys of a bundle and its entries. What stands twice inside a resource is told of that resource alone.
_BUNDLE = frozenset(("entry", "resource", "fullUrl"))
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class UnsoundError(Exception):
    """The text is no JSON that can be taken: what is wrong with it, and where (line and column from 1)."""

    def __init__(self, detail: str, line: int = 0, column: int = 0, *, ends: bool = False, character: bool = False):
        super().__init__(f"{detail}, line {line}, character {column}" if line else detail)
        self.line, self.column = line, column
        self.ends = ends  # it breaks off
        self.character = character  # it holds a character that cannot be stored


def encoding_of(start: bytes) -> str:
    """The encoding that the byte order mark names, or utf-8 where there is none."""
    return next((name for mark, name in BOMS if start.startswith(mark)), "utf-8")


def check(text: str) -> None:
    """Look a document through without keeping it, which needs little memory beside the text. Raises UnsoundError.

    What is wrong inside one resource of a bundle, and leaves the others whole, is left to `parse`.
    """
    _parse(text, keep=False)


def parse(text: str) -> Value:
    """The document as Python values. Raises UnsoundError."""
    return _parse(text, keep=True)


def _parse(text: str, *, keep: bool) -> Value:
    def once(pairs: list[tuple[str, Value]]) -> Json:
        found = dict(pairs)
        if len(found) != len(pairs) and (keep or not _BUNDLE.isdisjoint(found)):
            raise UnsoundError(f"the key '{_twice(pairs)}' stands twice in one object")
        return found if keep else {}

    try:
        value: Value = json.loads(text, object_pairs_hook=once, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as fault:
        ends = not text[fault.pos :].strip() or fault.msg.startswith("Unterminated string")
        raise UnsoundError(fault.msg[0].lower() + fault.msg[1:], fault.lineno, fault.colno, ends=ends) from None
    except RecursionError:
        raise UnsoundError("it is nested too deeply") from None
    except ValueError:  # a whole number of thousands of digits
        raise UnsoundError("a number in it is too long") from None
    if keep and "\\u0000" in text and _NUL.search(text):
        raise UnsoundError("it holds the character NUL", character=True)
    if keep and ("\\ud" in text or "\\uD" in text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise UnsoundError("it holds half of a character pair", character=True) from None
    return value


def _twice(pairs: list[tuple[str, Value]]) -> str:
    names = [name for name, _ in pairs]
    return next(name for name in names if names.count(name) > 1)[:40]


def _no_number(word: str) -> NoReturn:
    raise UnsoundError(f"{word} is no number in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise UnsoundError("a number in it is beyond all bounds")
    return number
