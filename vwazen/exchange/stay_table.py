"""A table of stays (CSV), row by row as the ADT messages that a hospital's system would have sent.

So a ward without such a system tells the same in the same way, exactly once, and what cannot be taken is held and
mended as a message is.

Columns: `event` (admitted, emergency, moved, leave, returned, discharged, left) and `when` (a date, or a date and a
time); `number` (the hospital's own), or `name`, `born` and `sex`; and, where they are known, `visit`, `unit`, `reason`,
`destination` (home, facility, prison, died) and `back` (a date). Their order does not matter; others are not read.
"""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterator

from vwazen.exchange.hl7v2 import safe

MOST = 500  # rows of one file
EVENTS = {
    "admitted": ("A01", "I"), "emergency": ("A04", "E"), "moved": ("A02", "I"), "leave": ("A21", "I"),
    "returned": ("A22", "I"), "discharged": ("A03", "I"), "left": ("A03", "I"),
}  # fmt: skip
WENT = {"home": "01", "facility": "02", "prison": "21", "died": "20", "": ""}
SEXES = {"female": "F", "f": "F", "male": "M", "m": "M", "other": "O", "o": "O", "": ""}


class TableError(Exception):
    """What is wrong with the file as a whole, and what to do."""


class Row(str):
    """What is wrong with one row, in words."""

    __slots__ = ()


def rows(data: bytes, facility: str) -> Iterator[tuple[int, bytes | Row]]:
    """(line, message or what is wrong with it) for each row. Raises TableError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableError("The letters of this file cannot be known. Save it as CSV in UTF-8.") from None
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    if "event" not in names or "when" not in names or not {"number", "name"} & names.keys():
        raise TableError("The first row must name the columns: event, when, and number or name.")
    try:
        for count, cells in enumerate(reader, 1):
            if count > MOST:
                raise TableError(
                    f"These are more than {MOST} rows; those before were read. Send the rest as another file."
                )
            told = {short: " ".join((cells.get(name) or "").split()) for short, name in names.items()}
            if any(told.values()):
                yield reader.line_num, _message(told, facility)
    except csv.Error:
        raise TableError(f"Reading stopped at line {reader.line_num}: look for a stray quote there.") from None


def _message(told: dict[str, str], facility: str) -> bytes | Row:
    event, went = told["event"].lower(), told.get("destination", "").lower()
    if event not in EVENTS:
        return Row(f"“event” is none of {', '.join(EVENTS)}.")
    if went not in WENT:
        return Row("“destination” is none of home, facility, prison, died.")
    sex = told.get("sex", "").lower()
    if sex not in SEXES:
        return Row("“sex” is none of female, male, other.")
    try:
        when, born, back = _stamp(told["when"]), _digits(told.get("born", "")), _stamp(told.get("back", ""))
    except ValueError:
        return Row("A date is none. Write it as 2026-11-19, or 2026-11-19 08:30.")
    if not when:
        return Row("“when” is empty.")
    trigger, kind = EVENTS[event]
    disposition = "07" if event == "left" else WENT[went]
    given, _, family = told.get("name", "").rpartition(" ")
    control = hashlib.sha256("\x1f".join(f"{k}={v}" for k, v in sorted(told.items())).encode()).hexdigest()[:20]
    pv1 = [""] * 46
    pv1[1], pv1[2], pv1[3], pv1[19], pv1[36] = (
        "1",
        kind,
        safe(told.get("unit", "")),
        safe(told.get("visit", "")),
        disposition,
    )
    if trigger in ("A01", "A04"):
        pv1[44] = when
    elif trigger == "A03":
        pv1[45] = when
    pv2 = [""] * 48
    pv2[3], pv2[47] = f"^{safe(told.get('reason', ''))}", back
    segments = [
        f"MSH|^~\\&|FILE|{safe(facility)}|||{when}||ADT^{trigger}|{control}|P|2.5||||||UNICODE UTF-8",
        f"EVN|{trigger}|{when}",
        f"PID|1||{safe(told.get('number', ''))}||{safe(family)}^{safe(given)}||{born}|{SEXES[sex]}",
        "|".join(["PV1", *pv1[1:]]).rstrip("|"), "|".join(["PV2", *pv2[1:]]).rstrip("|"),
    ]  # fmt: skip
    return ("\r".join(segments) + "\r").encode()


def _stamp(text: str) -> str:
    """A date, or a date and time, as HL7 writes it; "" stays empty. Raises ValueError."""
    if not text:
        return ""
    if len(text) == 10:
        return dt.date.fromisoformat(text).strftime("%Y%m%d")
    at = dt.datetime.fromisoformat(text)
    return at.strftime("%Y%m%d%H%M%S%z")


def _digits(born: str) -> str:
    """1985, 1985-03 or 1985-03-21 as HL7 writes it. Raises ValueError."""
    if born:
        dt.date.fromisoformat((born + "-01-01")[:10])
    return born.replace("-", "")
