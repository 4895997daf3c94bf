"""Tables as files: CSV and XLSX, made row by row, harmless to open, and marked where everyone in them is invented."""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO, Literal

from django.conf import settings
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from openpyxl.workbook.workbook import Workbook
from openpyxl.writer.excel import save_workbook

Value = str | int | float | dt.date | None
Row = Sequence[Value]
Format = Literal["csv", "xlsx"]

SYNTHETIC, RECORD = "synthetic: everyone in this file is invented", "from the record"
_STARTS = ("=", "+", "-", "@", "\t", "\r")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def origin() -> str:
    """What every row of a file says about where it comes from."""
    return SYNTHETIC if settings.SYNTHETIC else RECORD


def harmless(value: Value) -> Value:
    """A cell that no spreadsheet program takes for a formula; numbers and dates stay what they are."""
    if isinstance(value, str):
        text = "".join(one for one in value if one in "\n\t" or one.isprintable())
        return f"'{text}" if text.startswith(_STARTS) else text
    return value


def csv_lines(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """A CSV file in pieces. It begins with a mark by which spreadsheet programs know UTF-8."""
    yield "\ufeff"
    yield _line(head)
    yield from map(_line, rows)


def _line(row: Row) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        ["" if one is None else one.isoformat() if isinstance(one, dt.date) else one for one in map(harmless, row)]
    )
    return text.getvalue()


def xlsx(title: str, head: Row, rows: Iterable[Row], to: IO[bytes]) -> None:
    """Write a workbook of one sheet; only a row at a time is kept in memory."""
    book = Workbook(write_only=True)  # type: ignore[no-untyped-call]
    sheet = book.create_sheet(title[:31])  # type: ignore[no-untyped-call]
    for row in chain((head,), rows):
        sheet.append([harmless(one) for one in row])
    save_workbook(book, to)  # type: ignore[no-untyped-call]


def answer(name: str, kind: Format, head: Row, rows: Iterable[Row]) -> HttpResponseBase:
    """The file as a download; its name says so where everyone in it is invented."""
    name = f"{'synthetic-' if settings.SYNTHETIC else ''}{name}.{kind}"
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
        xlsx(name.removesuffix(".xlsx"), head, rows, file)
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)
    response["Cache-Control"] = "no-store"
    return response
