"""Tables (CSV, TSV, workbooks; long or wide) read into our values by a map."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from vwazen.clinical.facts import Source
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.exchange import fit
from vwazen.exchange.cells import Cells, plain
from vwazen.exchange.fhir_person import GENDERS
from vwazen.exchange.files import TooLong, problem, size_in_words
from vwazen.exchange.incoming import (
    Anything,
    FileProblem,
    Gender,
    HeldIn,
    Limits,
    NotTakenError,
    PersonIn,
    Progress,
    Repeated,
    ResponseIn,
    SkippedIn,
    cut,
    kept,
)
from vwazen.exchange.index import Index
from vwazen.exchange.segments import closest
from vwazen.exchange.sheets import Broken, Cell, Line, Row, rows
from vwazen.exchange.table_map import Field, Plan, TableMap, When, columns, instrument_of, plans, read_map

EMPTY = "occasion without answers"
ROW = "row"  # as `person`: each row is somebody else


def read_table(
    path: Path,
    table_map: TableMap | Path,
    content: Content,
    *,
    as_of: dt.date,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Iterator[Anything]:
    """The persons and responses of one table, row by row. Memory stays bounded whatever its length.

    as_of: the day of the import; whatever is dated later is held. Never raises for what a file holds.
    """
    index = Index()
    try:
        where = table_map.name if isinstance(table_map, Path) else path.name
        found = read_map(table_map) if isinstance(table_map, Path) else table_map
        instrument = instrument_of(found, content)
        table = _Table(path, found, instrument, plans(found, instrument), as_of, limits or Limits(), index)
        where = path.name
        wanted = list(columns(found, table.occasions))
        yield from table.read(rows(path, found, wanted, table.limits, progress), wanted)
    except NotTakenError as fault:
        yield FileProblem(code=fault.code, reason=fault.reason, where=where)
    finally:
        index.close()


def reread(
    raw: str, table_map: TableMap, content: Content, *, as_of: dt.date, person: Source | None = None
) -> list[Anything]:
    """A row that was held, read again as corrected: the JSON object of its columns that HeldIn.raw is.

    A map with `person: row` cannot know whose row it was: `person` says it. Raises NotTakenError.
    """
    try:
        cells = msgspec.json.decode(raw, type=dict[str, str])
    except msgspec.DecodeError:
        raise NotTakenError("input.syntax", detail="it is no row: {column: text, ...}") from None
    instrument = instrument_of(table_map, content)
    index = Index()
    try:
        occasions = plans(table_map, instrument)
        table = _Table(Path("row"), table_map, instrument, occasions, as_of, Limits(), index)
        table.whose = person
        # a workbook's dates were held as YYYY-MM-DD, whatever the map says of dates as text
        dates = {table_map.fields.born, *(plan.when.date for plan in occasions)}
        row = [_day_in(text) if name in dates else text for name, text in cells.items()]
        lines = [Row("heading", list(cells)), Row("row", row)]
        return list(table.read(lines, list(columns(table_map, occasions))))
    finally:
        index.close()


def _day_in(text: str) -> Cell:
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text
    except ValueError:
        return text


class _Table:
    """One table being read."""

    def __init__(
        self,
        path: Path,
        found: TableMap,
        instrument: Instrument,
        occasions: list[Plan],
        as_of: dt.date,
        limits: Limits,
        index: Index,
    ) -> None:
        self.path, self.map, self.instrument, self.occasions = path, found, instrument, occasions
        self.as_of, self.limits, self.index = as_of, limits, index
        self.segment = closest([instrument.segment])
        self.cells = Cells(found)
        self.items = {item.id: item for item in instrument.items}
        self.recodes = {
            field.column: {plain(key): value for key, value in (field.recode or found.recode).items()}
            for plan in occasions
            for field in plan.items.values()
        }
        self.whose: Source | None = None
        self.place: dict[str, int] = {}
        self.names: list[str] = []
        self.empty = self.repeated = 0

    def read(self, lines: Iterable[Line], wanted: list[str]) -> Iterator[Anything]:
        """Everything in the lines, the heading first. Raises NotTakenError where there is none."""
        number = 0
        for line in lines:
            if isinstance(line, Broken):
                yield problem("table.broken", self.path.name, read=True, line=line.line, detail=line.detail)
            elif not self.names and isinstance(line, Row):
                faults = self._heading(line.cells, wanted)
                yield from faults
                if faults:
                    return
            else:
                number += 1
                one = self._row(line, number) if isinstance(line, Row) else iter([self._too_long(line)])
                yield from self._once(one)
        if not self.names:
            raise NotTakenError("table.heading")
        if self.empty:
            yield SkippedIn(kind=EMPTY, count=self.empty, where=self.path.name)
        if self.repeated:
            yield Repeated(kind="row", count=self.repeated, where=self.path.name)

    def _heading(self, cells: list[Cell], wanted: list[str]) -> list[FileProblem]:
        self.names = [str(cell) or f"column {number}" for number, cell in enumerate(cells, 1)]
        twice = {name for name in self.names if self.names.count(name) > 1}
        faults = [problem("table.twice", self.path.name, column=name) for name in sorted(twice)]
        have = ", ".join(self.names[:40]) + (", …" if len(self.names) > 40 else "")
        for name in dict.fromkeys(wanted):
            if name not in self.names:
                faults.append(problem("map.column", self.path.name, column=name, columns=have))
        self.place = {name: number for number, name in enumerate(self.names)}
        return faults

    # one row

    def _row(self, row: Row, number: int) -> Iterator[PersonIn | ResponseIn | HeldIn]:
        while len(row.cells) > len(self.names) and not row.cells[-1]:
            row.cells.pop()
        try:
            if len(row.cells) != len(self.names):
                raise NotTakenError("row.width", cells=len(row.cells), columns=len(self.names))
            if any(isinstance(cell, str) and "\x00" in cell for cell in row.cells):
                raise NotTakenError("input.character", detail="NUL")
            source = self._person_source(row, number)
        except NotTakenError as fault:
            yield self._held(row, fault, None)
            return
        yield from self._person(row, source)
        for place, plan in enumerate(self.occasions):
            try:
                answers, total = self._answers(row, plan)
                if answers or total is not None:
                    occasion, when = self._when(row, plan.when)
                    yield self._response(source, occasion, when, answers, total)
                else:
                    self.empty += 1
            except NotTakenError as fault:
                yield self._held(row, fault, source, part=str(place), safety=self._safety(row, plan))

    def _text(self, row: Row, column: str) -> str:
        cell = row.cells[self.place[column]]
        return cell.isoformat() if isinstance(cell, dt.date) else cell

    def _person_source(self, row: Row, number: int) -> Source:
        if self.map.person == ROW:
            return self.whose or Source(system=self.map.system, id=f"row {number}")
        names = (self.map.person,) if isinstance(self.map.person, str) else self.map.person
        parts = [self._text(row, name) for name in names]
        if any(self.cells.is_missing(part) for part in parts):
            raise NotTakenError("row.person")
        return Source(system=self.map.system, id=" | ".join(parts))

    def _person(self, row: Row, source: Source) -> Iterator[PersonIn | HeldIn]:
        fields = self.map.fields
        faults: list[NotTakenError] = []

        def said(column: str | None) -> str:
            text = " ".join(self._text(row, column).split()) if column else ""
            return "" if self.cells.is_missing(text) else text

        born = None
        if said(fields.born):
            born = self._born(row.cells[self.place[fields.born or ""]])
            if born is None:
                faults.append(NotTakenError("person.born", as_of=self.as_of))
        gender, wrong = _gender(said(_column(fields.gender)), fields.gender)
        if wrong:
            faults.append(wrong)
        given, family = said(fields.given), said(fields.family)
        yield PersonIn(
            source=source,
            name=said(fields.name) or f"{given} {family}".strip() or None,
            given=given,
            family=family,
            gender=gender,
            born=born,
            place=said(fields.place),
            phone=said(fields.phone),
        )
        for fault in faults:
            yield self._held(row, fault, source)

    def _born(self, cell: Cell) -> str | None:
        """A year, or a date; None for what is neither, or lies after the day of the import."""
        if isinstance(cell, str) and re.fullmatch(r"\d{4}", cell):
            return cell if 1 <= int(cell) <= self.as_of.year else None
        try:
            found = self.cells.date(cell)
        except NotTakenError:
            return None
        return found.isoformat() if found <= self.as_of else None

    def _answers(self, row: Row, plan: Plan) -> tuple[dict[str, float], float | None]:
        """Item id -> value, and the stated total; what is missing is absent. Raises NotTakenError."""
        answers: dict[str, float] = {}
        for id, field in plan.items.items():
            text = self._text(row, field.column)
            if self.cells.is_missing(text):
                continue
            recode = self.recodes[field.column]
            if recode and plain(text) not in recode:
                raise NotTakenError("answer.recode", item=id)
            value = self.cells.number(recode[plain(text)] if recode else text)
            if value is None:
                raise NotTakenError("answer.unknown", item=id, instrument=self.instrument.name)
            fit.check_answer(self.instrument, self.items[id], value)
            answers[id] = value
        stated = self._text(row, plan.total) if plan.total else ""
        if self.cells.is_missing(stated):
            return answers, None
        total = self.cells.number(stated)
        if total is None:
            raise NotTakenError("total.number", instrument=self.instrument.name)
        return answers, total

    def _when(self, row: Row, when: When) -> tuple[str, str]:
        """What tells this occasion from the person's others, and its date. Raises NotTakenError."""
        if when.date:
            date, counted = self.cells.date(row.cells[self.place[when.date]]), ""
        else:
            counted = self._text(row, when.column) if when.column else plain(str(when.day))
            date = self.cells.counted(counted, self.map.origin or self.as_of, self.map.unit)
        if date > self.as_of:
            raise NotTakenError("date.future", as_of=self.as_of)
        return f"{date.isoformat()} {plain(counted)}".strip(), date.isoformat()

    def _response(
        self, person: Source, occasion: str, when: str, answers: dict[str, float], total: float | None
    ) -> ResponseIn:
        if answers:
            fit.check_answers(self.instrument, answers)
        elif total is not None:
            fit.check_total(self.instrument, total)
        said = [self.map.system, person.id, occasion, self.instrument.id, sorted(answers.items()), total]
        return ResponseIn(
            source=Source(system=self.map.system, id=_digest(said)),
            person=person,
            occurred=when,
            instrument=self.instrument.id,
            version=self.instrument.version,
            answers=answers,
            stated_total=total,
            total_only=not answers,
        )

    # what is held, and what was there before

    def _safety(self, row: Row, plan: Plan) -> bool:
        """Whether any answer to a safety item is positive, whatever is wrong with the rest of the row."""
        for rule in self.instrument.safety:
            field = plan.items.get(rule.item)
            text = plain(self._text(row, field.column)) if field else ""
            recode = self.recodes[field.column] if field else {}
            value = self.cells.number(recode.get(text, "") if recode else text)
            if value is not None and value >= rule.at_least:
                return True
        return False

    def _held(
        self, row: Row, fault: NotTakenError, person: Source | None, *, part: str = "", safety: bool = False
    ) -> HeldIn:
        cells = [cell.isoformat() if isinstance(cell, dt.date) else cell for cell in row.cells]
        named = dict(zip(self.names, cells, strict=True)) if len(cells) == len(self.names) else None
        raw = msgspec.json.encode(named or cells)
        return HeldIn(
            source=Source(system=self.map.system, id=_digest([self.map.system, raw.decode(), part, fault.code])),
            code=fault.code,
            reason=fault.reason,
            segment=self.segment,
            raw=kept(raw, self.limits.raw),
            where=row.where,
            person=person,
            safety=safety,
        )

    def _too_long(self, long: TooLong) -> HeldIn:
        size, limit = size_in_words(long.size), size_in_words(self.limits.line)
        fault = NotTakenError("input.long", size=size, limit=limit)
        return HeldIn(
            source=Source(system=self.map.system, id=f"sha256:{long.sha256}"),
            code=fault.code,
            reason=fault.reason,
            segment=self.segment,
            raw=cut(long.start[: self.limits.raw], long.size, long.sha256),
            where=long.where,
        )

    def _once(self, values: Iterator[PersonIn | ResponseIn | HeldIn]) -> Iterator[Anything]:
        """A response or a fault that was there before is counted; a person is told once."""
        for value in values:
            if isinstance(value, PersonIn):
                yield from self._known(value)
                continue
            said = msgspec.structs.replace(value, where="") if isinstance(value, HeldIn) else value
            if self.index.seen(f"{type(value).__name__} {value.source.id}", said) is None:
                yield value
            else:
                self.repeated += 1

    def _known(self, person: PersonIn) -> Iterator[Anything]:
        """A person the first time; and each other thing that later rows say of them, once."""
        same = self.index.seen(f"person {person.source.id}", person)
        if same is None:
            yield person
            return
        said = msgspec.json.encode(person)
        id = _digest(["differs", said.decode()])
        if same or self.index.seen(id, person) is not None:
            return
        fault = NotTakenError("person.differs")
        yield HeldIn(
            source=Source(system=person.source.system, id=id),
            code=fault.code,
            reason=fault.reason,
            segment=self.segment,
            raw=kept(said, self.limits.raw),
            where=self.path.name,
            person=person.source,
        )


def _gender(text: str, field: str | Field | None) -> tuple[Gender, NotTakenError | None]:
    if not text:
        return "unknown", None
    recode = {plain(key): value for key, value in field.recode.items()} if isinstance(field, Field) else {}
    found = GENDERS.get(recode.get(plain(text), text).lower())
    return (found, None) if found else ("unknown", NotTakenError("person.field", column=_column(field)))


def _column(field: str | Field | None) -> str | None:
    return field.column if isinstance(field, Field) else field


def _digest(said: object) -> str:
    """A name made of what was said: the same words have the same name wherever they stand."""
    return "row:" + hashlib.blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()
