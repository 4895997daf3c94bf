"""The rows of a table, from CSV, TSV or a workbook: first the heading, then each row with its place."""

import codecs
import csv
import datetime as dt
import hashlib
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from openpyxl.reader.excel import load_workbook

from vwazen.exchange import strict
from vwazen.exchange.files import ARCHIVE_FAULTS, TooLong, size_in_words
from vwazen.exchange.incoming import MEGABYTE, Limits, NotTakenError, Progress
from vwazen.exchange.segments import codes_in
from vwazen.exchange.table_map import TableMap

DELIMITERS = (",", ";", "\t", "|")
# The old binary format, and any workbook with a password.
_OLE = b"\xd0\xcf\x11\xe0"

# Text without blanks around it, or a date where the workbook says that it is one.
Cell = str | dt.date


class Row(NamedTuple):
    """A row and where it stands."""

    where: str
    cells: list[Cell]


class Broken(NamedTuple):
    """Reading stopped here."""

    line: int
    detail: str


Line = Row | TooLong | Broken


def rows(
    path: Path, found: TableMap, wanted: Iterable[str], limits: Limits, progress: Progress | None
) -> Iterator[Line]:
    """The heading and the rows. `wanted`: the map's columns, by which the delimiter is known.

    Raises NotTakenError, before the first row, for a file that cannot be read at all.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise NotTakenError("file.missing") from None
    except OSError as fault:
        raise NotTakenError("file.unreadable", detail=fault.strerror or "no reason given") from None
    if not size:
        raise NotTakenError("file.empty")
    if start.startswith(_OLE):
        raise NotTakenError("file.kind", detail="an old Excel file or one with a password; save it as .xlsx without")
    if zipfile.is_zipfile(path):
        yield from _workbook(path, found, limits)
    else:
        yield from _text(path, size, found, set(wanted), limits, progress)
    if progress:
        progress(size, size)


def _text(
    path: Path, size: int, found: TableMap, wanted: set[str], limits: Limits, progress: Progress | None
) -> Iterator[Line]:
    if size > limits.stream:
        large, most = size_in_words(size), size_in_words(limits.stream)
        raise NotTakenError("file.large", size=large, limit=most, advice="Split it.")
    encoding = _encoding(path, found)
    csv.field_size_limit(limits.line)
    with path.open(encoding=encoding, newline="") as text:
        lines = _Lines(text, path.name, limits.line, size, progress)
        first = next(iter(lines), "")
        delimiter = found.delimiter or _delimiter(first, wanted)
        reader = csv.reader(_after(first, lines), delimiter=delimiter, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as fault:
                yield Broken(lines.number, str(fault))
                return
            yield from lines.long
            lines.long.clear()
            if any(cell.strip() for cell in cells):
                yield Row(f"{path.name}:{lines.number}", [cell.strip() for cell in cells])
        yield from lines.long


class _Lines:
    """The lines of a text file. One beyond the limit is passed over and kept, as far as it is kept, in `long`."""

    def __init__(self, text: TextIO, name: str, limit: int, size: int, progress: Progress | None) -> None:
        self.text, self.name, self.limit, self.size, self.progress = text, name, limit, size, progress
        self.number = self.read = 0
        self.long: list[TooLong] = []

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(self.limit + 1):
            self.number += 1
            if len(line) <= self.limit or line.endswith("\n"):
                self._told(len(line))
                yield line
            else:
                self.long.append(self._pass_over(line))

    def _told(self, size: int) -> None:
        before, self.read = self.read, self.read + size  # characters for bytes: near enough to show
        if self.progress and before // MEGABYTE != self.read // MEGABYTE:
            self.progress(min(self.read, self.size), self.size)

    def _pass_over(self, start: str) -> TooLong:
        first = start.encode("utf-8")
        whole, size, codes, piece = hashlib.sha256(first), len(first), codes_in(first), start
        while not piece.endswith("\n") and (piece := self.text.readline(1 << 20)):
            data = piece.encode("utf-8")
            whole.update(data)
            size += len(data)
            codes |= codes_in(data)
        self._told(size)
        return TooLong(f"{self.name}:{self.number}", size, whole.hexdigest(), first, codes)


def _after(first: str, lines: _Lines) -> Iterator[str]:
    yield first
    yield from lines


def _encoding(path: Path, found: TableMap) -> str:
    """The encoding of a file, which all of it must keep to: nothing is replaced in silence. Raises NotTakenError."""
    with path.open("rb") as file:
        marked = strict.encoding_of(file.read(4))
    encoding = found.encoding if marked == "utf-8" else marked
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    with path.open("rb") as file:
        while True:
            data = file.read(MEGABYTE)
            try:
                decoder.decode(data, final=not data)
            except UnicodeDecodeError as fault:
                position = place - (len(fault.object) - len(data)) + fault.start
                advice = ", or say `encoding: latin-1` in the map if that is what it is" if marked == "utf-8" else ""
                raise NotTakenError("file.encoding", position=position, encoding=encoding, advice=advice) from None
            if not data:
                return encoding
            place += len(data)


def _delimiter(heading: str, wanted: set[str]) -> str:
    """The delimiter under which the heading holds most of the map's columns, or else most columns."""

    def fits(delimiter: str) -> tuple[int, int]:
        try:
            names = {name.strip() for name in next(csv.reader([heading], delimiter=delimiter), [])}
        except csv.Error:
            names = set()
        return len(names & wanted), len(names)

    return max(DELIMITERS, key=fits)


def _workbook(path: Path, found: TableMap, limits: Limits) -> Iterator[Line]:
    _check_workbook(path, limits)
    with path.open("rb") as file:  # opened here, since openpyxl leaves a file open that it could not read
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)  # type: ignore[no-untyped-call]
        except Exception as fault:  # whatever openpyxl makes of a damaged file, the file is what is wrong
            raise NotTakenError("archive.damaged", detail=f"it is no workbook: {type(fault).__name__}") from None
        try:
            names = [sheet.title for sheet in book.worksheets]
            name = found.sheet or next(iter(names), "")
            if name not in names:
                raise NotTakenError("map.sheet", sheet=name or "(the first)", sheets=", ".join(names) or "none")
            sheet = book[name]
            sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
            yield from _sheet(sheet.iter_rows(values_only=True), path.name)
        finally:
            book.close()


def _sheet(given: Iterator[tuple[object, ...]], name: str) -> Iterator[Line]:
    number = width = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = next(given)
        except StopIteration:
            return
        except Exception as fault:  # as above: the rows before the damage are good
            yield Broken(number + 1, f"the sheet is damaged there ({type(fault).__name__})")
            return
        number += 1
        cells = [_cell(value) for value in values]
        if any(cells):
            width = width or len(cells)
            cells += [""] * (width - len(cells))  # a workbook does not write the empty cells at the end of a row
            yield Row(f"{name} row {number}", cells)


def _check_workbook(path: Path, limits: Limits) -> None:
    """A workbook is an archive, and is held to its declared sizes before it is opened. Raises NotTakenError."""
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except ARCHIVE_FAULTS as fault:
        raise NotTakenError("archive.damaged", detail=type(fault).__name__) from None
    most = 4 * limits.document
    times = unpacked // max(1, packed)
    if packed > limits.document or unpacked > most or (unpacked > 10 * MEGABYTE and times > limits.ratio):
        size, limit = size_in_words(unpacked), f"{size_in_words(most)} and {limits.ratio} times"
        raise NotTakenError("archive.large", size=size, times=times, limit=limit)


def _cell(value: object) -> Cell:
    """A workbook's value: whole numbers without a fraction, dates without an hour (it has no offset)."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()
