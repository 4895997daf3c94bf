"""What a reader hands on: neutral values that say where they came from and, if held, why.

Nothing is dropped and nothing is guessed. Whatever a reader meets becomes exactly one of these:
a person, a response, something held for a person to look at, a count of what is not read, a count
of exact repeats, or a problem with a file.
"""

import hashlib
from collections.abc import Callable
from typing import Literal

import msgspec

from vwazen.clinical.facts import Segment, Source
from vwazen.exchange.reasons import HELD, PROBLEMS

MEGABYTE = 1_000_000

Gender = Literal["female", "male", "other", "unknown"]

# Called with the bytes read so far and the bytes there are to read (each byte of FHIR is read twice).
Progress = Callable[[int, int], None]

# Asked about a person whom a file refers to and does not hold; the source carries no version.
Known = Callable[[Source], bool]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is read at most, in bytes unless said; beyond it a file or an entry is refused aloud."""

    document: int = 64 * MEGABYTE  # one JSON document, or one workbook as it lies on disk
    stream: int = 2_000 * MEGABYTE  # a file that is read line by line
    line: int = 4 * MEGABYTE  # one line, one entry of a bundle, one row of a table
    raw: int = 256_000  # what is kept of an input that is held
    unpacked: int = 4_000 * MEGABYTE  # all of an archive, unpacked
    ratio: int = 200  # unpacked : packed, for whatever unpacks to more than 10 MB
    members: int = 10_000  # files in one archive (a number)


class Incoming(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One thing that a reader hands on."""


class PersonIn(Incoming, frozen=True, kw_only=True):
    """A person as their source describes them. Empty or None: the source does not say.

    `born` is YYYY, YYYY-MM or YYYY-MM-DD; `died` is a date or an instant, None also when only the
    fact of death is known; `recorded` is an instant with its offset.
    """

    source: Source
    name: str | None = None
    given: str = ""
    family: str = ""
    gender: Gender = "unknown"
    born: str | None = None
    deceased: bool = False
    died: str | None = None
    place: str = ""
    phone: str = ""
    recorded: str | None = None


class ResponseIn(Incoming, frozen=True, kw_only=True):
    """Answers to one instrument, each checked to be one that the instrument offers.

    `person` carries no version: it is the key of a PersonIn, or of somebody whom the server knows.
    `answers` maps an item's id to its coded value; a missing item is absent. `stated_total` is what
    the source says the total is, right or wrong; `total_only`: there is nothing else.
    """

    source: Source
    person: Source
    occurred: str
    instrument: str
    version: int
    answers: dict[str, float] = {}
    stated_total: float | None = None
    total_only: bool = False
    recorded: str | None = None
    notes: tuple[str, ...] = ()


class HeldIn(Incoming, frozen=True, kw_only=True):
    """An input that could not be taken. `code` is a key of `reasons.HELD`; `raw` is JSON text.

    `reason` says what happened and what to do. It carries no answer, name or id, yet it may name an
    instrument: like `raw`, it is for those who may see `segment`, which is as close as the closest
    code in the input. `safety`: a question of safety in it is answered yes, so it is to be looked at first.
    """

    source: Source
    code: str
    reason: str
    segment: Segment
    raw: str
    where: str
    person: Source | None = None
    occurred: str | None = None
    safety: bool = False


class SkippedIn(Incoming, frozen=True, kw_only=True):
    """So many of a kind that this version does not read. They are counted, not held."""

    kind: str
    count: int
    where: str


class Repeated(Incoming, frozen=True, kw_only=True):
    """So many of a kind that say exactly what one before them said."""

    kind: str
    count: int
    where: str


class FileProblem(Incoming, frozen=True, kw_only=True):
    """What is wrong with a file as a whole. `read`: what came before the fault was read."""

    code: str
    reason: str
    where: str
    read: bool = False


Anything = PersonIn | ResponseIn | HeldIn | SkippedIn | Repeated | FileProblem


class NotTakenError(Exception):
    """Something cannot be taken: a code of `reasons.HELD` or `reasons.PROBLEMS`, and its reason in words."""

    def __init__(self, code: str, /, **values: object) -> None:
        self.code = code
        self.reason = (HELD.get(code) or PROBLEMS[code]).format(**values)
        super().__init__(self.reason)


def kept(data: bytes, limit: int) -> str:
    """JSON as it came; longer than `limit` bytes, or not UTF-8, it is cut, and says so."""
    if len(data) <= limit:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return cut(data, len(data), hashlib.sha256(data).hexdigest())
    return cut(data[:limit], len(data), hashlib.sha256(data).hexdigest())


def cut(start: bytes, size: int, sha256: str) -> str:
    """The JSON text that stands for an input of `size` bytes that is no sound JSON, or too long to keep whole."""
    try:
        words = {"start": start.decode("utf-8")}
    except UnicodeDecodeError as fault:
        # a character may be cut in two at the end; anything else is not UTF-8, and is shown byte by byte
        halved = fault.start >= len(start) - 3 and len(start) < size
        words = {"start": start[: fault.start].decode("utf-8")} if halved else {"start_hex": start[:1000].hex()}
    return msgspec.json.encode({"bytes": size, "sha256": sha256, **words}).decode()
