"""The map that says what the columns of a table mean. docs/how-to/import.md explains it by example."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml

from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.exchange import fit
from vwazen.exchange.incoming import NotTakenError

LARGEST = 100_000  # bytes of a map
Unit = Literal["day", "week", "month"]
Positive = Annotated[float, msgspec.Meta(ge=-1_000_000, le=1_000_000)]


class Piece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a map. Unknown keys are refused, so that a slip is found."""


class Field(Piece, frozen=True, kw_only=True):
    """A column, and what its values mean here."""

    column: str
    recode: dict[str, str] = {}


class PersonFields(Piece, frozen=True, kw_only=True):
    """What the table says of the person themselves. `born` is a year, or a date in the map's date_format."""

    name: str | None = None
    given: str | None = None
    family: str | None = None
    born: str | None = None
    gender: str | Field | None = None
    place: str | None = None
    phone: str | None = None


class Occasion(Piece, frozen=True, kw_only=True):
    """One occasion of a wide table: when (a date column, or a day counted from the origin), and its columns."""

    date: str | None = None
    day: Positive | None = None
    items: str | dict[str, str | Field] = {}
    total: str | None = None


class TableMap(Piece, frozen=True, kw_only=True):
    """A whole map. Every value is read from the file as it is written there (`no` is a word, not a falsehood).

    person: the column or columns whose text is the person's id, or `row` where each row is somebody else.
    layout: `long`, a row an occasion, with `date` or `day` naming a column; `wide`, several `occasions` in a row.
    items: item id -> column, or a pattern such as `cesd{item:02}` for all scored items.
    """

    system: str
    person: str | tuple[str, ...]
    layout: Literal["long", "wide"]
    instrument: str
    version: int | None = None
    note: str = ""
    fields: PersonFields = PersonFields()
    date: str | None = None
    day: str | None = None
    items: str | dict[str, str | Field] = {}
    total: str | None = None
    occasions: tuple[Occasion, ...] = ()
    origin: dt.date | None = None
    unit: Unit = "day"
    date_format: str = "YYYY-MM-DD"
    recode: dict[str, str] = {}
    missing: tuple[str, ...] = ()
    encoding: Literal["utf-8", "utf-16", "latin-1", "windows-1252"] = "utf-8"
    delimiter: str = ""
    decimal: Literal[".", ","] = "."
    sheet: str = ""


class When(msgspec.Struct, frozen=True):
    """Where an occasion's date comes from: one of a date column, a day column, a fixed day."""

    date: str | None = None
    column: str | None = None
    day: float | None = None


class Plan(msgspec.Struct, frozen=True):
    """One occasion made ready for reading: item id -> its column and recode."""

    when: When
    items: dict[str, Field]
    total: str | None


class _Loader(yaml.BaseLoader):
    """Every scalar as text; a key written twice is refused, and so are aliases, which can grow without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias (*) has no place in a map", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if names.count(key.value) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} stands twice", problem_mark=key.start_mark)
        return super().construct_mapping(node, deep)


def read_map(source: Path | str | bytes) -> TableMap:
    """A map from a file or from its text. Raises NotTakenError("map.unreadable") with what to mend."""
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        if len(text) > LARGEST:
            raise NotTakenError("map.unreadable", detail="it is far larger than any map. Look at the path.")
        found = msgspec.convert(yaml.load(text, _Loader), TableMap, strict=False)  # noqa: S506 - makes text only
    except OSError as fault:
        raise NotTakenError("map.unreadable", detail=f"{fault.strerror or 'no reason given'}.") from None
    except UnicodeDecodeError as fault:
        detail = f"byte {fault.start} is not UTF-8. Save it as UTF-8."
        raise NotTakenError("map.unreadable", detail=detail) from None
    except (yaml.YAMLError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        detail = f"{getattr(fault, 'problem', None) or 'it is no YAML'}{place}. Mend the YAML there."
        raise NotTakenError("map.unreadable", detail=detail) from None
    except msgspec.ValidationError as fault:
        detail = f"{fault}. docs/how-to/import.md lists what a map may say."
        raise NotTakenError("map.unreadable", detail=detail) from None
    _check_shape(found)
    return found


def _check_shape(found: TableMap) -> None:
    """What only the whole map can tell. Raises NotTakenError."""
    wide = found.layout == "wide"
    beside = [name for name in ("date", "day", "items", "total") if getattr(found, name)]
    if wide and (beside or not found.occasions):
        raise NotTakenError(
            "map.unreadable", detail="a wide map lists `occasions`, and each of them says its date, items and total."
        )
    if not wide and found.occasions:
        raise NotTakenError("map.unreadable", detail="a long map has no `occasions`; say `layout: wide`.")
    for occasion in found.occasions or (found,):
        if not occasion.items and not occasion.total:
            raise NotTakenError("map.unreadable", detail="it names no items and no total, so there is nothing to read.")
        dated, counted = occasion.date is not None, occasion.day is not None
        if dated == counted or (counted and found.origin is None):
            raise NotTakenError("map.date")
    if not found.system.strip() or found.person in ("", ()):
        raise NotTakenError("map.unreadable", detail="`system` and `person` must say something.")
    if len(found.delimiter) > 1:
        raise NotTakenError("map.unreadable", detail="`delimiter` is one character.")
    date_pattern(found.date_format)


def date_pattern(date_format: str) -> str:
    """DD/MM/YYYY and its like as strptime has it; `excel` (days since 1900) stays. Raises NotTakenError."""
    if date_format == "excel":
        return date_format
    pattern = date_format.replace("%", "%%").replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")
    if sorted(re.findall(r"%[Ymd]", pattern)) != ["%Y", "%d", "%m"]:
        detail = "`date_format` is made of YYYY, MM and DD (such as DD/MM/YYYY), or it is `excel`."
        raise NotTakenError("map.unreadable", detail=detail)
    return pattern


def plans(found: TableMap, instrument: Instrument) -> list[Plan]:
    """The occasions that each row is read for. Raises NotTakenError for an item that the instrument lacks."""
    if found.layout == "wide":
        occasions = [(When(one.date, None, one.day), one.items, one.total) for one in found.occasions]
    else:
        occasions = [(When(found.date, found.day), found.items, found.total)]
    return [Plan(when, _items(items, instrument), total) for when, items, total in occasions]


def _items(items: str | dict[str, str | Field], instrument: Instrument) -> dict[str, Field]:
    have = [item.id for item in instrument.items]
    if isinstance(items, str):
        scored = [item.id for item in instrument.items if item.scored] if items else []
        if items and (not scored or "{item" not in items):
            raise NotTakenError("map.item", item=items, instrument=instrument.name, items=", ".join(have) or "none")
        items = {id: _column(items, id) for id in scored}
    for id in items:
        if id not in have:
            raise NotTakenError("map.item", item=id, instrument=instrument.name, items=", ".join(have) or "none")
    return {id: Field(column=field) if isinstance(field, str) else field for id, field in items.items()}


def _column(pattern: str, item: str) -> str:
    """`cesd{item:02}` for item 3 is cesd03."""
    return re.sub(r"\{item(?::0(\d))?\}", lambda found: item.zfill(int(found[1] or 0)), pattern)


def instrument_of(found: TableMap, content: Content) -> Instrument:
    """The instrument that a map is about. Raises NotTakenError."""
    latest = fit.instrument(content, found.instrument)
    if latest is None:
        installed = ", ".join(one.id for one in content.instruments)
        raise NotTakenError("map.instrument", instrument=found.instrument, installed=installed)
    if found.version is None:
        return latest
    exact = fit.instrument(content, found.instrument, found.version)
    if exact is None:
        have = ", ".join(map(str, fit.versions(content, found.instrument)))
        raise NotTakenError("map.version", version=found.version, instrument=latest.name, installed=have)
    return exact


def columns(found: TableMap, occasions: list[Plan]) -> Iterator[str]:
    """Every column that the map names."""
    if found.person != "row":
        yield from (found.person,) if isinstance(found.person, str) else found.person
    for field in msgspec.structs.astuple(found.fields):
        if field is not None:
            yield field.column if isinstance(field, Field) else field
    for plan in occasions:
        yield from (name for name in (plan.when.date, plan.when.column, plan.total) if name)
        yield from (field.column for field in plan.items.values())
