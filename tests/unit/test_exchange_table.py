"""Tables and their maps: long and wide, recoded, counted from an origin; and each way they can be wrong."""

import csv
import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.unit.exchange_build import TODAY, Found
from vwazen.clinical.facts import Source
from vwazen.content.load import content
from vwazen.exchange.incoming import Limits, NotTakenError, ResponseIn
from vwazen.exchange.table import read_table, reread
from vwazen.exchange.table_map import read_map

LONG = """
system: clinic-x
person: id
layout: long
instrument: phq-9
date: seen
total: phq
"""
ITEMS = """
system: clinic-x
person: id
layout: long
instrument: phq-9
date: seen
items: q{item}
missing: ["NA", -99]
"""
HEADING = "id,seen," + ",".join(f"q{n}" for n in range(1, 10))


def read(folder: Path, text: str | bytes, table_map: str = LONG, name: str = "t.csv", **more: Any) -> Found:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_as(path, table_map, **more)


def read_as(path: Path, table_map: str = LONG, **more: Any) -> Found:
    described = path.parent / "map.yaml"
    described.write_text(table_map, encoding="utf-8")
    return Found(list(read_table(path, described, content(), **{"as_of": TODAY, **more})))


def test_a_long_table_of_totals(tmp_path: Path) -> None:
    found = read(tmp_path, "id,seen,phq\nA,2026-01-05,12\nA,2026-02-05,9\nB,2026-01-06,\n")
    assert [one.source for one in found.people] == [
        Source(system="clinic-x", id="A"),
        Source(system="clinic-x", id="B"),
    ]
    first, second = found.responses
    assert (first.person.id, first.occurred, first.stated_total, first.total_only) == ("A", "2026-01-05", 12, True)
    assert (second.occurred, second.stated_total, second.instrument, second.version) == ("2026-02-05", 9, "phq-9", 1)
    assert found.skipped == {"occasion without answers": 1}
    assert not found.held


def test_items_with_missing_markers_and_a_recode(tmp_path: Path) -> None:
    (one,) = read(tmp_path, f"{HEADING}\nA,2026-01-05,0,1.0,2,3,NA,-99, ,-99.0,1\n", ITEMS).responses
    assert one.answers == {"1": 0, "2": 1, "3": 2, "4": 3, "9": 1}
    assert not one.total_only
    recoded = ITEMS + "recode: {never: 0, no: 0, sometimes: 1, 4: 3, dk: NA}\n"
    found = read(tmp_path, f"{HEADING}\nA,2026-01-05,never,no,sometimes,4,4.0,NA,no,no,no\n", recoded)
    assert found.responses[0].answers == {"1": 0, "2": 0, "3": 1, "4": 3, "5": 3, "7": 0, "8": 0, "9": 0}
    found = read(tmp_path, f"{HEADING}\nA,2026-01-05,0,no,no,no,no,no,no,no,4\n", recoded)
    assert found.codes == ["answer.recode"]
    assert "Item 1" in found.held[0].reason
    assert found.held[0].safety


def test_single_items_may_have_their_own_recode(tmp_path: Path) -> None:
    table_map = ITEMS.replace("items: q{item}", 'items: {1: q1, 2: {column: q2, recode: {0: 3, 3: 0}}, "9": q9}')
    (one,) = read(tmp_path, f"{HEADING}\nA,2026-01-05,2,3,,,,,,,1\n", table_map).responses
    assert one.answers == {"1": 2, "2": 0, "9": 1}


def test_a_wide_table_counts_its_occasions_from_an_origin(tmp_path: Path) -> None:
    table_map = """
system: clinic-x
person: row
layout: wide
instrument: phq-9
origin: 2026-01-31
unit: month
occasions:
  - {day: 0, total: pre}
  - {day: 1, total: m1}
  - {date: last_on, total: last}
date_format: DD/MM/YYYY
"""
    found = read(tmp_path, "pre,m1,last,last_on\n20,15,4,02/09/2026\n8,,,\n", table_map)
    assert [(one.person.id, one.occurred, one.stated_total) for one in found.responses] == [
        ("row 1", "2026-01-31", 20),
        ("row 1", "2026-02-28", 15),
        ("row 1", "2026-09-02", 4),
        ("row 2", "2026-01-31", 8),
    ]
    assert found.skipped == {"occasion without answers": 2}


@pytest.mark.parametrize(
    ("unit", "day", "occurred"),
    [
        ("day", "0", "2026-01-01"),
        ("day", "11.77", "2026-01-12"),
        ("day", "-3", "2025-12-29"),
        ("week", "2", "2026-01-15"),
        ("month", "3.0", "2026-04-01"),
    ],
)
def test_study_days_have_an_origin_and_a_unit(tmp_path: Path, unit: str, day: str, occurred: str) -> None:
    table_map = LONG.replace("date: seen", f"day: seen\norigin: 2026-01-01\nunit: {unit}")
    (one,) = read(tmp_path, f"id,seen,phq\nA,{day},12\n", table_map).responses
    assert one.occurred == occurred


@pytest.mark.parametrize(
    ("day", "unit", "code"),
    [("", "day", "date.missing"), ("soon", "day", "date.unclear"), ("1.5", "month", "date.unclear"),
     ("999999999", "day", "date.unclear"), ("400", "day", "date.future")],
)  # fmt: skip
def test_study_days_that_cannot_be(tmp_path: Path, day: str, unit: str, code: str) -> None:
    table_map = LONG.replace("date: seen", f"day: seen\norigin: 2026-01-01\nunit: {unit}")
    assert read(tmp_path, f"id,seen,phq\nA,{day},12\n", table_map).codes == [code]


@pytest.mark.parametrize(
    ("date_format", "text", "code"),
    [
        ("YYYY-MM-DD", "2026-01-05", ""),
        ("DD.MM.YYYY", "05.01.2026", ""),
        ("MM/DD/YYYY", "1/5/2026", ""),
        ("excel", "46027", ""),
        ("excel", "46027.75", ""),
        ("MM/DD/YYYY", "13/05/2026", "date.unclear"),
        ("YYYY-MM-DD", "05/01/2026", "date.unclear"),
        ("excel", "12", "date.unclear"),
        ("YYYY-MM-DD", "", "date.missing"),
        ("YYYY-MM-DD", "2027-01-05", "date.future"),
    ],
)
def test_dates_as_the_map_writes_them(tmp_path: Path, date_format: str, text: str, code: str) -> None:
    found = read(tmp_path, f"id,seen,phq\nA,{text},12\n", f"{LONG}date_format: {date_format}\n")
    assert found.codes == ([code] if code else [])
    if not code:
        assert found.responses[0].occurred == "2026-01-05"


def test_what_the_table_says_of_a_person(tmp_path: Path) -> None:
    table_map = LONG.replace("person: id", "person: [site, id]") + (
        "fields: {given: first, family: last, born: born, place: village, phone: tel, "
        "gender: {column: sex, recode: {F: female, 2: male}}}\nmissing: [NA]\n"
    )
    text = (
        "site,id,first,last,born,village,tel,sex,seen,phq\n"
        "N,1,Test,One,1980,Bel-Dlo,555,F,2026-01-05,12\n"
        "S,1,Test,Two,1981-02-03,NA,,2.0,2026-01-05,12\n"
        "S,2,Test,Three,1881-99-03,NA,,x,2026-01-05,12\n"
        "S,1,Test,Zwei,1981-02-03,NA,,2.0,2026-03-05,12\n"
        "S,1,Test,Zwei,1981-02-03,NA,,2.0,2026-04-05,12\n"
    )
    found = read(tmp_path, text, table_map)
    one, two, three = found.people
    assert (one.source.id, one.name, one.born, one.gender) == ("N | 1", "Test One", "1980", "female")
    assert (one.place, one.phone) == ("Bel-Dlo", "555")
    assert (two.source.id, two.born, two.gender, two.place) == ("S | 1", "1981-02-03", "male", "")
    assert (three.born, three.gender) == (None, "unknown")
    assert found.codes == ["person.born", "person.differs", "person.field"]
    assert len(found.responses) == 5, "what is wrong with a person's particulars holds no answer"


def test_the_same_row_twice_is_once_and_two_values_on_one_day_are_two(tmp_path: Path) -> None:
    text = "id,seen,phq\nA,2026-01-05,12\nA,2026-01-05,12\nA,2026-01-05,21\nB,2026-01-05,12\n"
    found = read(tmp_path, text)
    assert [(one.person.id, one.stated_total) for one in found.responses] == [("A", 12), ("A", 21), ("B", 12)]
    assert found.repeated == {"row": 1}
    assert len({one.source.id for one in found.responses}) == 3


def test_a_row_has_the_same_id_wherever_it_stands(tmp_path: Path) -> None:
    first = read(tmp_path, "id,seen,phq\nA,2026-01-05,12\nB,2026-01-05,3\n").responses
    again = read(tmp_path, "seen;phq;id;more\n2026-01-05;3.0;B;x\n2026-01-05;12;A;y\n", name="other.csv").responses
    assert {one.source.id: one.person.id for one in first} == {one.source.id: one.person.id for one in again}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,2026-01-05,12,9", "row.width"),
        ("A,2026-01-05", "row.width"),
        (",2026-01-05,12", "row.person"),
        ("A,2026-01-05,28", "total.range"),
        ("A,2026-01-05,12.5", "total.whole"),
        ("A,2026-01-05,twelve", "total.number"),
        ("A,2026-01-05,1e1", "total.number"),
        ("A\x00,2026-01-05,12", "input.character"),
    ],
)
def test_a_row_that_cannot_be_taken_is_held_and_the_others_are_read(tmp_path: Path, row: str, code: str) -> None:
    found = read(tmp_path, f"id,seen,phq\n{row}\nB,2026-01-05,12\n")
    assert ([one.person.id for one in found.responses], found.codes) == (["B"], [code])
    (held,) = found.held
    assert (held.where, held.segment) == ("t.csv:2", "mental-health")
    assert json.loads(held.raw) == (
        row.split(",") if code == "row.width" else dict(zip(("id", "seen", "phq"), row.split(","), strict=True))
    )


def test_the_closer_segment_of_an_instrument_is_that_of_its_held_rows(tmp_path: Path) -> None:
    found = read(tmp_path, "id,seen,phq\nA,2026-01-05,99\n", LONG.replace("phq-9", "audit-c"))
    assert [(one.code, one.segment) for one in found.held] == [("total.range", "substance-use")]


def test_an_instrument_without_a_total_takes_none(tmp_path: Path) -> None:
    found = read(tmp_path, "id,seen,phq\nA,2026-01-05,1\n", LONG.replace("phq-9", "asq"))
    assert (found.responses, found.codes) == ([], ["total.none"])


@pytest.mark.parametrize(
    ("answer", "code"), [("4", "answer.unknown"), ("1.5", "answer.whole"), ("often", "answer.unknown")]
)
def test_an_answer_that_is_none_holds_its_row(tmp_path: Path, answer: str, code: str) -> None:
    found = read(tmp_path, f"{HEADING}\nA,2026-01-05,0,0,0,{answer},0,0,0,0,2\n", ITEMS)
    assert (found.responses, found.codes, found.held[0].safety) == ([], [code], True)
    assert "item 4 of PHQ-9" in found.held[0].reason


def test_a_held_row_can_be_read_again_when_it_is_corrected(tmp_path: Path) -> None:
    (held,) = read(tmp_path, "id,seen,phq\nA,2026-01-05,128\n").held
    corrected = held.raw.replace("128", "12")
    (person, one) = reread(corrected, read_map(LONG), content(), as_of=TODAY)
    assert isinstance(one, ResponseIn)
    assert (person.source.id, one.stated_total) == ("A", 12)
    assert one in read(tmp_path, "id,seen,phq\nA,2026-01-05,12\n").responses, "the same id as the row itself would have"
    assert Found(reread(held.raw, read_map(LONG), content(), as_of=TODAY)).codes == ["total.range"]
    with pytest.raises(NotTakenError, match="no row"):
        reread("[1]", read_map(LONG), content(), as_of=TODAY)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("id,seen,phq,phq\nA,2026-01-05,1,2\n", "table.twice", "'phq'"),
        ("id,seen,total\nA,2026-01-05,1\n", "map.column", "'phq'"),
        ("", "file.empty", "Export it again"),
        ("\n\n", "table.heading", "first row"),
    ],
)
def test_a_table_that_cannot_be_read_at_all(tmp_path: Path, text: str, code: str, says: str) -> None:
    found = read(tmp_path, text)
    assert (found.responses, found.held, found.codes) == ([], [], [code])
    assert says in found.problems[0].reason
    assert not found.problems[0].read


@pytest.mark.parametrize(
    ("table_map", "code", "says"),
    [
        (LONG.replace("phq-9", "mood-meter"), "map.instrument", "mood-meter"),
        (LONG + "version: 9\n", "map.version", "version 9"),
        (ITEMS.replace("q{item}", "{12: q1}"), "map.item", "'12'"),
        (ITEMS.replace("q{item}", "answers"), "map.item", "'answers'"),
        (ITEMS.replace("phq-9", "bdi-ii"), "map.item", "BDI-II has none"),
        (LONG.replace("date: seen", ""), "map.date", "or two"),
        (LONG + "day: seen\norigin: 2026-01-01\n", "map.date", "or two"),
        (LONG.replace("date: seen", "day: seen"), "map.date", "origin"),
        (LONG.replace("total: phq", ""), "map.unreadable", "nothing to read"),
        (LONG.replace("long", "wide"), "map.unreadable", "occasions"),
        (LONG + "occasions: [{day: 0, total: phq}]\n", "map.unreadable", "no `occasions`"),
        (LONG + "totals: phq\n", "map.unreadable", "totals"),
        (LONG + "date_format: DD/MM/YY\n", "map.unreadable", "date_format"),
        (LONG + "delimiter: ';;'\n", "map.unreadable", "one character"),
        (LONG + "total: phq2\n", "map.unreadable", "stands twice"),
        (LONG + "unit: year\n", "map.unreadable", "year"),
        (LONG + "a: &a [1]\nb: *a\n", "map.unreadable", "alias"),
        (LONG + "note: [\n", "map.unreadable", "line"),
        (LONG.replace("person: id", "person: []"), "map.unreadable", "must say something"),
        ("just words", "map.unreadable", "import.md"),
        ("", "map.unreadable", "import.md"),
        ("x" * 200_000, "map.unreadable", "far larger"),
    ],
)
def test_a_map_that_cannot_be_followed(tmp_path: Path, table_map: str, code: str, says: str) -> None:
    found = read(tmp_path, f"{HEADING},phq\nA,2026-01-05,0,0,0,0,0,0,0,0,0,0\n", table_map)
    assert (found.responses, found.codes) == ([], [code])
    assert says in found.problems[0].reason
    assert found.problems[0].where == ("t.csv" if code == "map.column" else "map.yaml")


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id\n1\n")
    found = Found(list(read_table(path, tmp_path / "none.yaml", content(), as_of=TODAY)))
    assert found.codes == ["map.unreadable"]
    assert Found(list(read_table(tmp_path / "none.csv", read_map(LONG), content(), as_of=TODAY))).codes == [
        "file.missing"
    ]


def test_words_of_yaml_are_words_of_the_table(tmp_path: Path) -> None:
    """`no`, `on`, `null` and 007 mean nothing special in a map: a column may be called so."""
    table_map = ITEMS.replace("q{item}", "{1: no, 2: null}").replace("person: id", "person: 007")
    (one,) = read(tmp_path, "007,seen,no,null\nA,2026-01-05,1,2\n", table_map).responses
    assert one.answers == {"1": 1, "2": 2}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_under_which_the_maps_columns_are_there(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "seen", "note, long; and|short", "phq"], ["A", "2026-01-05", "a,b;c|d", "12"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    assert [one.stated_total for one in read(tmp_path, buffer.getvalue()).responses] == [12]


def test_a_decimal_comma_and_a_delimiter_of_the_map(tmp_path: Path) -> None:
    table_map = LONG + "decimal: ','\ndelimiter: ';'\n"
    assert [one.stated_total for one in read(tmp_path, "id;seen;phq\nA;2026-01-05;12,0\n", table_map).responses] == [12]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_in_an_encoding_that_says_its_name(tmp_path: Path, encoding: str) -> None:
    text = "id,seen,phq\nÉmile,2026-01-05,12\n".encode(encoding)
    assert [one.source.id for one in read(tmp_path, text).people] == ["Émile"]


def test_latin_1_only_where_the_map_says_so(tmp_path: Path) -> None:
    text = "id,seen,phq\nA,2026-01-05,12\nÉmile,2026-01-05,12\n".encode("latin-1")
    found = read(tmp_path, text)
    assert (found.people, found.codes) == ([], ["file.encoding"])
    assert f"Byte {text.index(bytes([0xC9]))} " in found.problems[0].reason
    assert "encoding: latin-1" in found.problems[0].reason
    assert [one.source.id for one in read(tmp_path, text, LONG + "encoding: latin-1\n").people] == ["A", "Émile"]
    late = b"id,seen,phq\n" + b"A,2026-01-05,12\n" * 100_000 + b"\xc9,2026-01-05,12\n"
    assert f"Byte {late.index(bytes([0xC9]))} " in read(tmp_path, late).problems[0].reason


def test_an_answer_of_50_mb_in_a_table(tmp_path: Path) -> None:
    text = "id,seen,phq,note\nA,2026-01-05,12,x\nB,2026-01-05,12," + "y" * 50_000_000 + "\nC,2026-01-05,12,z\n"
    found = read(tmp_path, text)
    assert ([one.person.id for one in found.responses], found.codes) == (["A", "C"], ["input.long"])
    raw = json.loads(found.held[0].raw)
    assert raw["bytes"] == 50_000_000 + len("B,2026-01-05,12,\n")
    assert raw["start"].startswith("B,2026-01-05,12,yyy")
    assert len(found.held[0].raw) < 300_000


def test_a_quote_that_is_never_closed_stops_the_reading_and_keeps_what_came_before(tmp_path: Path) -> None:
    text = 'id,seen,phq\nA,2026-01-05,12\n"B,2026-01-05,12\nC,2026-01-05,12\n'
    found = read(tmp_path, text)
    assert ([one.person.id for one in found.responses], found.codes) == (["A"], ["table.broken"])
    assert found.problems[0].read
    assert "line 4" in found.problems[0].reason


def test_a_table_larger_than_the_limit(tmp_path: Path) -> None:
    assert read(tmp_path, "id,seen,phq\nA,2026-01-05,12\n", limits=Limits(stream=10)).codes == ["file.large"]


def test_quoted_lines_empty_lines_and_trailing_delimiters(tmp_path: Path) -> None:
    text = 'id,seen,phq\r\n\r\n"A\nA",2026-01-05,12\r\n,,\r\nB,2026-01-05,12,,\r\n'
    found = read(tmp_path, text)
    assert [one.person.id for one in found.responses] == ["A\nA", "B"]
    assert not found.held


def workbook(path: Path, *rows: list[Any], sheet: str = "Data") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_with_dates_numbers_and_gaps(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        ["id", "seen", "phq"],
        [1, dt.datetime(2026, 1, 5, 23, 30), 12.0],  # noqa: DTZ001 - as a workbook has it
        [],
        ["B", dt.date(2026, 1, 6), 9],
        ["C", "2026-01-07", "12"],
        ["D", dt.date(2026, 1, 6), 12.5],
        ["E", dt.date(2026, 1, 6), None],
        ["F", dt.date(2026, 1, 6), True],
    )
    found = read_as(path)
    assert [(one.person.id, one.occurred, one.stated_total) for one in found.responses] == [
        ("1", "2026-01-05", 12),
        ("B", "2026-01-06", 9),
        ("C", "2026-01-07", 12),
    ]
    assert found.codes == ["total.number", "total.whole"]
    assert found.held[0].where == "t.xlsx row 6"
    assert json.loads(found.held[0].raw) == {"id": "D", "seen": "2026-01-06", "phq": "12.5"}


def test_the_sheet_of_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ["id", "seen", "phq"], ["A", dt.date(2026, 1, 5), 12], sheet="Visits")
    assert len(read_as(path, LONG + "sheet: Visits\n").responses) == 1
    found = read_as(path, LONG + "sheet: Data\n")
    assert found.codes == ["map.sheet"]
    assert "Visits" in found.problems[0].reason


def test_a_formula_is_read_as_the_value_it_had(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ["id", "seen", "phq"], ["A", dt.date(2026, 1, 5), "=6+6"])
    assert read_as(path).skipped == {"occasion without answers": 1}, "nobody ever opened it, so it has no value"
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(b"<v></v>", b"<v>12</v>").replace(b"<v />", b"<v>12</v>")
    assert parts["xl/worksheets/sheet1.xml"] != sheet
    with zipfile.ZipFile(path, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    assert [one.stated_total for one in read_as(path).responses] == [12]


def test_a_workbook_that_is_a_bomb_damaged_or_locked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * 60_000_000)
    assert read_as(bomb).codes == ["archive.large"]
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(broken, "w") as made:
        made.writestr("xl/workbook.xml", b"<workbook")
    assert read_as(broken).codes == ["archive.damaged"]
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500)
    assert read_as(locked).codes == ["file.kind"]
    whole = workbook(tmp_path / "half.xlsx", ["id", "seen", "phq"], ["A", dt.date(2026, 1, 5), 12])
    whole.write_bytes(whole.read_bytes()[:3000])
    found = read_as(whole)
    assert found.responses == []
    assert found.problems


def test_a_damaged_sheet_keeps_the_rows_before_the_damage(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ["id", "seen", "phq"], *[[f"P{n}", dt.date(2026, 1, 5), 12] for n in range(5)])
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet[: sheet.rindex(b"<row")] + b"<row r='6'><c <<"
    with zipfile.ZipFile(path, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    found = read_as(path)
    assert found.codes == ["table.broken"]
    assert len(found.responses) <= 5


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    text = "id,seen,phq\n" + "".join(f"P{n},2026-01-05,12{' ' * 200}\n" for n in range(10_000))
    found = read(tmp_path, text, progress=lambda done, total: told.append((done, total)))
    assert len(found.responses) == 10_000
    assert told[-1] == (len(text), len(text))
    assert told == sorted(told)
