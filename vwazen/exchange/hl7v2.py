"""HL7 v2 ADT messages, as hospitals send them: read into our values, and answered. No network, no clock.

The `hl7` library takes a message apart; what its parts mean stands here. Nothing is guessed: what cannot be read is a
`NotTakenError` with a code of `reasons.HELD`, and the server keeps the message under it.

Sources: HL7 v2.5.1, chapter 2 (control, escapes, MSA, ERR) and chapter 3 (ADT), user-defined table 0112 (discharge
disposition) with its suggested values, and the MLLP framing of the implementation guides (0x0B … 0x1C 0x0D).
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import hl7  # type: ignore[import-untyped]
import msgspec

from vwazen.clinical.stay_kinds import Where
from vwazen.exchange.incoming import NotTakenError

START, END = b"\x0b", b"\x1c\r"
LONGEST = 256_000  # bytes of one message; what is longer is refused aloud
Event = Literal[
    "admitted", "transferred", "leave", "returned", "left_without", "discharged", "released", "updated", "cancelled"
]
Cancels = Literal["", "admitted", "transferred", "leave", "returned", "discharged"]
Destination = Literal["", "home", "facility", "protected_home", "prison", "unknown", "died"]

# Trigger -> what it tells, and what it takes back.
_TELLS: dict[str, tuple[Event, Cancels]] = {
    "A01": ("admitted", ""), "A04": ("admitted", ""), "A06": ("admitted", ""), "A02": ("transferred", ""),
    "A03": ("discharged", ""), "A08": ("updated", ""), "A21": ("leave", ""), "A22": ("returned", ""),
    "A11": ("cancelled", "admitted"), "A12": ("cancelled", "transferred"), "A13": ("cancelled", "discharged"),
    "A52": ("cancelled", "leave"), "A53": ("cancelled", "returned"),
}  # fmt: skip
MERGES = ("A40",)
_CLASSES: dict[str, Where] = {"I": "hospital", "B": "hospital", "E": "emergency"}
_ELSEWHERE = ("O", "P", "R", "C", "N")  # outpatient, not yet in, recurring, an account, none: no stay
# Table 0112. What is not named here says nothing that we could pass on, and the discharge is to be completed.
_WENT: dict[str, Destination] = {
    "01": "home", "06": "home", "08": "home", "20": "died", "40": "died", "41": "died", "42": "died", "21": "prison",
    **dict.fromkeys(("02", "03", "04", "05", "43", "61", "62", "63", "64", "65", "66", "70"), "facility"),
}  # fmt: skip
_LEFT = "07"  # against advice, or care discontinued
_SEXES: dict[str, Literal["female", "male", "other", "unknown"]] = {"F": "female", "M": "male", "O": "other"}
_CHARSETS = {
    "": "", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "8859/1": "latin-1", "8859/15": "iso8859-15",
    "UNICODE": "utf-8", "8859/2": "iso8859-2", "WINDOWS-1252": "cp1252",
}  # fmt: skip
_SIGNS = "^~\\&"
_STAMP = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.\d{1,4})?([+-]\d{4})?")
_MSH = re.compile(rb"(?m)(?=^MSH[^\w\s])")


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a person, and who gave it ("" where the message does not say)."""

    number: str
    authority: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of itself: whose it is, which, and when it was written (as it came)."""

    application: str = ""
    facility: str = ""
    control: str = ""
    kind: str = ""
    trigger: str = ""
    version: str = ""
    processing: str = ""
    written: str = ""


class Adt(msgspec.Struct, frozen=True, kw_only=True):
    """One ADT message as our values. `occurred` and `said` are instants with their offset, or a date; texts are
    unescaped. `where` is None where the message is about something that is no stay. `merged` are the numbers that a
    merge gives up. `dead`: the message says that the person died."""

    head: Head
    event: Event
    cancels: Cancels
    where: Where | None
    occurred: str
    said: str
    numbers: tuple[Number, ...]
    merged: tuple[Number, ...] = ()
    name: str = ""
    born: str = ""
    gender: Literal["female", "male", "other", "unknown"] = "unknown"
    visit: str = ""
    unit: str = ""
    place: str = ""
    reason: str = ""
    destination: Destination = ""
    back: str = ""
    dead: bool = False


# bytes to messages


def messages(data: bytes) -> list[bytes]:
    """The messages of one transmission: one, or those of a batch (FHS, BHS, BTS and FTS around them).

    Raises NotTakenError where there is none, or where a batch says that it holds another number of them.
    """
    text = data.strip(b"\x0b\x1c\r\n \t").replace(b"\r\n", b"\r").replace(b"\n", b"\r").replace(b"\r", b"\n")
    if not text.startswith((b"MSH", b"FHS", b"BHS")):
        raise NotTakenError("adt.head")
    parts = [part for part in _MSH.split(text) if part.startswith(b"MSH")]
    found = []
    for part in parts:
        lines = [one for one in part.split(b"\n") if one.strip()]
        kept = [one for one in lines if one[:3] not in (b"BTS", b"FTS", b"BHS", b"FHS")]
        found.append(b"\r".join(kept) + b"\r")
    said = re.findall(rb"(?m)^BTS[^\w\s](\d+)", text)
    if said and sum(int(one) for one in said) != len(found):
        raise NotTakenError("adt.batch", said=sum(int(one) for one in said), found=len(found))
    if not found:
        raise NotTakenError("adt.head")
    return found


def head(data: bytes) -> Head:
    """What the first segment says, as far as it can be read: a broken message must be answered too."""
    line = data.split(b"\r", 1)[0].split(b"\n", 1)[0].decode("utf-8", errors="replace")
    if not line.startswith("MSH") or len(line) < 8:
        return Head()
    fields = line.split(line[3])
    fields += [""] * (20 - len(fields))
    kind, _, rest = fields[8].partition(line[4])
    trigger, *_ = rest.split(line[4])
    plain = [one.partition(line[4])[0] for one in fields]
    return Head(
        application=plain[2], facility=plain[3], written=plain[6], kind=kind, trigger=trigger, control=fields[9],
        processing=plain[10], version=plain[11],
    )  # fmt: skip


def decoded(data: bytes, charset: str = "") -> str:
    """The text of a message: as it declares (MSH-18), else as the sender is known to write, else UTF-8."""
    line = data.split(b"\r", 1)[0]
    fields = line.split(line[3:4]) if len(line) > 3 else []
    declared = fields[17].split(b"~")[0].decode("ascii", errors="replace").strip().upper() if len(fields) > 17 else ""
    if declared not in _CHARSETS:
        raise NotTakenError("adt.charset", name=declared[:40])
    try:
        text = data.decode(_CHARSETS[declared] or charset or "utf-8")
    except (UnicodeDecodeError, LookupError):
        raise NotTakenError("adt.encoding") from None
    if "\0" in text:
        raise NotTakenError("adt.encoding")
    return text


# a message to values


class _Reader:
    """Fields of one message by segment and number, each as plain unescaped text; absent and null (`""`) are empty."""

    def __init__(self, text: str) -> None:
        try:
            self.message = hl7.parse(text)
            self.segments = {str(one[0]): one for one in reversed(self.message)}
            given = text[4:9].split(text[3], maxsplit=1)[0][:4]
            self.signs = dict(zip("FSRET", f"{text[3]}{given}{_SIGNS[len(given) :]}", strict=True))
        except (hl7.exceptions.HL7Exception, LookupError, ValueError, TypeError, AttributeError, AssertionError):
            raise NotTakenError("adt.syntax") from None

    def has(self, segment: str) -> bool:
        return segment in self.segments

    def all(self, segment: str, field: int, *, whole: bool = False) -> list[list[str]]:
        """Every repetition of a field, each as its components; of a component its first part, or the `whole`."""
        try:
            found = self.segments[segment][field]
        except LookupError:
            return []
        return [parts for one in found if any(parts := self._parts(one, whole))]

    def _parts(self, repetition: object, whole: bool) -> list[str]:
        every = repetition if isinstance(repetition, hl7.Repetition) else [repetition]
        texts = [
            str(one[0]) if isinstance(one, hl7.Component) and len(one) and not whole else str(one) for one in every
        ]
        return ["" if text == '""' else self._plain(text) for text in texts]

    def _plain(self, text: str) -> str:
        """Without escapes. Not by the library: it drops an escape that it cannot read, and logs the field."""
        esc = self.signs["E"]
        if esc in text:
            whole, *rest = text.split(esc)
            inside = True
            for at, part in enumerate(rest):
                if inside and at < len(rest) - 1:
                    whole += self._escaped(part)
                elif inside:  # a last sign without its pair is a sign like another
                    whole += esc + part
                else:
                    whole += part
                inside = not inside
            text = whole
        return " ".join(text.split())

    def _escaped(self, name: str) -> str:
        if name in self.signs:
            return self.signs[name]
        if name[:1] == ".":
            return " "
        if name in ("H", "N"):
            return ""
        try:
            if name[:1] == "X":
                return bytes.fromhex(name[1:]).decode()
        except ValueError:
            pass
        raise NotTakenError("adt.syntax")

    def text(self, segment: str, field: int, part: int = 1, *, whole: bool = False) -> str:
        """One component of the first repetition, counted from 1."""
        found = self.all(segment, field, whole=whole)
        return found[0][part - 1] if found and len(found[0]) >= part else ""


def read(data: bytes, zone: str = "UTC", charset: str = "") -> Adt:
    """One message as our values; `charset` holds where the message declares none. As `read_text`."""
    if len(data) > LONGEST:
        raise NotTakenError("adt.long", size=len(data), limit=LONGEST)
    return read_text(decoded(data, charset), zone)


def read_text(text: str, zone: str = "UTC") -> Adt:
    """One message as our values. `zone` is where the sender's clock stands, for times without an offset.

    Raises NotTakenError with a code of `reasons.HELD`.
    """
    text = text.replace("\r\n", "\r").replace("\n", "\r")
    about = head(text.encode())
    if not about.control or not about.trigger:
        raise NotTakenError("adt.head")
    reader = _Reader(text)
    if not reader.has("PID"):
        raise NotTakenError("adt.segment", segment="PID")
    merge = about.trigger in MERGES
    if merge and not reader.has("MRG"):
        raise NotTakenError("adt.segment", segment="MRG")
    if not merge and about.trigger not in _TELLS:
        raise NotTakenError("adt.trigger", trigger=about.trigger[:10])
    if not merge and not reader.has("PV1"):
        raise NotTakenError("adt.segment", segment="PV1")
    numbers = _numbers(reader, "PID", 3)
    name = _name(reader)
    if not numbers and not name:
        raise NotTakenError("adt.whose")
    return _values(reader, about, numbers, name, _default(about.written) or _zone(zone))


def _values(reader: _Reader, about: Head, numbers: tuple[Number, ...], name: str, zone: dt.tzinfo) -> Adt:
    event, cancels = _TELLS.get(about.trigger, ("updated", ""))
    said = moment(reader.text("EVN", 2) or about.written, zone)
    left = event == "discharged" and reader.text("PV1", 36) == _LEFT
    happened = {"admitted": (44,), "discharged": (45,)}.get(event, ())
    when = next((text for field in happened if (text := reader.text("PV1", field))), "")
    occurred = moment(when or reader.text("EVN", 6), zone) if when or reader.text("EVN", 6) else said
    kind = reader.text("PV1", 2).upper()
    if kind not in _CLASSES and kind not in _ELSEWHERE and about.trigger not in MERGES:
        raise NotTakenError("adt.class", name=kind[:10])
    back = reader.text("PV2", 47)
    return Adt(
        head=about, event="left_without" if left else event, cancels=cancels, where=_CLASSES.get(kind),
        occurred=occurred, said=said, numbers=numbers, merged=_numbers(reader, "MRG", 1), name=name,
        born=_born(reader.text("PID", 7)), gender=_SEXES.get(reader.text("PID", 8).upper(), "unknown"),
        visit=reader.text("PV1", 19) or reader.text("PID", 18), unit=_unit(reader), place=reader.text("PV1", 3, 4),
        reason=reader.text("PV2", 3, 2, whole=True) or reader.text("PV2", 3, whole=True),
        destination=_WENT.get(reader.text("PV1", 36), "") if event == "discharged" else "",
        back=moment(back, zone)[:10] if back and event == "leave" else "",
        dead=reader.text("PID", 30).upper() == "Y" or bool(reader.text("PID", 29)),
    )  # fmt: skip


def _numbers(reader: _Reader, segment: str, field: int) -> tuple[Number, ...]:
    found = [
        Number(number=parts[0], authority=parts[3] if len(parts) > 3 else "")
        for parts in reader.all(segment, field)
        if parts[0]
    ]
    return tuple(dict.fromkeys(found))


def _name(reader: _Reader) -> str:
    found = reader.all("PID", 5)
    family, given, *middle = [*found[0], "", ""][:3] if found else ["", "", ""]
    return " ".join(part for part in (given, *middle, family) if part)


def _unit(reader: _Reader) -> str:
    """Ward, room and bed, as the hospital calls them."""
    found = reader.all("PV1", 3)
    return " ".join(part for part in found[0][:3] if part) if found else ""


def _born(text: str) -> str:
    """YYYY, YYYY-MM or YYYY-MM-DD; "" where it is none: who somebody is goes by more than that."""
    match = _STAMP.fullmatch(text)
    if match is None:
        return ""
    year, month, day = match.group(1, 2, 3)
    try:
        dt.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    return "-".join(part for part in (year, month, day if month else None) if part)


def _zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise NotTakenError("adt.zone", name=name[:60]) from None


def _default(written: str) -> dt.tzinfo | None:
    """An offset in MSH-7 holds for every time of the message that has none."""
    match = _STAMP.fullmatch(written)
    return _offset(match.group(7)) if match else None


def moment(text: str, zone: dt.tzinfo) -> str:
    """A time of HL7 as ISO: an instant with its offset, or a date where no hour is given. Raises NotTakenError."""
    match = _STAMP.fullmatch(text)
    if match is None or match.group(3) is None:
        raise NotTakenError("adt.date")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        if match.group(4) is None:
            return dt.date(year, month, day).isoformat()
        at = dt.datetime(year, month, day, hour, minute, second, tzinfo=_offset(match.group(7)) or zone)
        return at.isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        raise NotTakenError("adt.date") from None


def _offset(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    if minutes > 14 * 60:
        raise NotTakenError("adt.date")
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))


# answers

Code = Literal["AA", "AE", "AR"]


def ack(about: Head, code: Code, at: dt.datetime, control: str, words: str = "") -> bytes:
    """The answer to a message: taken (AA), kept though something is wrong with it (AE), or refused (AR).

    `control` is the answer's own id, `words` are for whoever reads the sender's log: never a word of the message.
    """
    trigger = f"^{safe(about.trigger)}" if about.trigger else ""
    segments = [
        f"MSH|^~\\&|VWAZEN||{safe(about.application)}|{safe(about.facility)}|{at:%Y%m%d%H%M%S%z}||ACK{trigger}"
        f"|{safe(control)}|{safe(about.processing) or 'P'}|{safe(about.version) or '2.5'}|||||||UNICODE UTF-8",
        f"MSA|{code}|{safe(about.control)}|{safe(words)}",
    ]
    return ("\r".join(segments) + "\r").encode()


def safe(text: str) -> str:
    """Text for a field: separators escaped, line ends and control characters gone."""
    clean = "".join(one if one.isprintable() else " " for one in text)[:200]
    for sign, name in (("\\", "\\E\\"), ("|", "\\F\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("~", "\\R\\")):
        clean = clean.replace(sign, name)
    return clean


def framed(data: bytes) -> bytes:
    """A message as MLLP carries it."""
    return START + data + END


def unframed(buffer: bytearray) -> Iterator[bytes]:
    """The whole messages at the head of what arrived, taken out of the buffer; a half one stays in it.

    What stands before the start of a message is noise between two and is thrown away.
    """
    while (start := buffer.find(START)) >= 0 and (end := buffer.find(END[:1], start)) >= 0:
        message = bytes(buffer[start + 1 : end])
        del buffer[: end + 1]
        yield message


def shown(data: bytes, charset: str = "") -> str:
    """A message as text that people can look at, a segment a line; bytes that are no letters are written out."""
    try:
        text = decoded(data, charset)
    except NotTakenError:
        text = data.decode("utf-8", errors="backslashreplace").replace("\0", "\\0")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
