"""Cells of a table as numbers and dates, by what the map says of them."""

import calendar
import datetime as dt
import math
import re

from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.sheets import Cell
from vwazen.exchange.table_map import TableMap, Unit, date_pattern

_NUMBER = re.compile(r"[+-]?\d{1,15}([.]\d{1,15})?")
# Excel counts a 29 February 1900; from 1 March 1900, its day 61, on this is its day 0.
_EXCEL_DAY_0 = dt.date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 61, 2_958_465


def plain(text: str) -> str:
    """A cell as it is compared: without blanks around it, and 1.0 as 1."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        return str(int(number)) if number.is_integer() else repr(number)
    return text


class Cells:
    """Reads cells as one map has them."""

    def __init__(self, table_map: TableMap) -> None:
        self._missing = {plain(text) for text in ("", *table_map.missing)}
        self._pattern = date_pattern(table_map.date_format)
        self._comma = table_map.decimal == ","

    def is_missing(self, text: str) -> bool:
        return plain(text) in self._missing

    def number(self, text: str) -> float | None:
        """The number that a cell holds, None for anything else."""
        text = text.replace(",", ".") if self._comma else text
        return float(text) if _NUMBER.fullmatch(text) else None

    def date(self, cell: Cell) -> dt.date:
        """The date that a cell holds. Raises NotTakenError."""
        if isinstance(cell, dt.date):
            return cell
        if self.is_missing(cell):
            raise NotTakenError("date.missing")
        if self._pattern == "excel":
            number = self.number(cell)
            if number is None or not _EXCEL_FIRST <= number < _EXCEL_LAST + 1:
                raise NotTakenError("date.unclear")
            return _EXCEL_DAY_0 + dt.timedelta(days=math.floor(number))
        try:
            return dt.datetime.strptime(cell, self._pattern).date()  # noqa: DTZ007 - a date, without any zone
        except ValueError:
            raise NotTakenError("date.unclear") from None

    def counted(self, text: str, origin: dt.date, unit: Unit) -> dt.date:
        """The day so many days, weeks or calendar months after the origin. Raises NotTakenError."""
        if self.is_missing(text):
            raise NotTakenError("date.missing")
        number = self.number(text)
        if number is None or (unit == "month" and not number.is_integer()):
            raise NotTakenError("date.unclear")
        try:
            if unit != "month":
                return origin + dt.timedelta(days=math.floor(number * (7 if unit == "week" else 1)))
            year, month = divmod(origin.year * 12 + origin.month - 1 + int(number), 12)
            return dt.date(year, month + 1, min(origin.day, calendar.monthrange(year, month + 1)[1]))
        except (OverflowError, ValueError):
            raise NotTakenError("date.unclear") from None
