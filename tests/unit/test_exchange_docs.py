"""docs/how-to/import.md says what the code does: its examples work, its tables are complete.

`VWAZEN_WRITE_DOCS=1` prints the tables of reasons anew.
"""

import os
import re
from pathlib import Path

import pytest

from tests.unit.exchange_build import TODAY, Found
from vwazen.content.load import content
from vwazen.exchange.incoming import Limits
from vwazen.exchange.reasons import HELD, PROBLEMS
from vwazen.exchange.table import read_table
from vwazen.exchange.table_map import Occasion, PersonFields, TableMap, read_map
from vwazen.home import ROOT

PAGE = ROOT / "docs" / "how-to" / "import.md"
TESTS = [
    *(ROOT / "tests" / "unit").glob("test_exchange*.py"), ROOT / "tests" / "generative" / "test_exchange.py",
    ROOT / "tests" / "unit" / "test_hl7v2.py", ROOT / "tests" / "integration" / "test_adt.py",
]  # fmt: skip


def block(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def example(folder: Path, number: int) -> Found:
    (folder / "t.csv").write_text(block("text")[number])
    (folder / "map.yaml").write_text(block("yaml")[number])
    return Found(list(read_table(folder / "t.csv", folder / "map.yaml", content(), as_of=TODAY)))


def test_the_long_example_works(tmp_path: Path) -> None:
    found = example(tmp_path, 0)
    assert [(one.source.id, one.gender) for one in found.people] == [("17", "female"), ("18", "male")]
    assert [(one.occurred, len(one.answers), one.stated_total) for one in found.responses] == [
        ("2026-01-05", 9, 10),
        ("2026-02-02", 8, 7),
        ("2026-01-06", 8, 2),
    ]
    assert not found.held


def test_the_wide_example_works(tmp_path: Path) -> None:
    found = example(tmp_path, 1)
    assert [(one.person.id, one.occurred, one.stated_total) for one in found.responses] == [
        ("17", "2025-03-01", 21),
        ("17", "2025-05-24", 9),
        ("18", "2025-03-01", 15),
    ]
    assert not found.held


@pytest.mark.parametrize("struct", [TableMap, Occasion, PersonFields])
def test_every_key_of_a_map_has_its_words(struct: type) -> None:
    text = PAGE.read_text("utf-8")
    assert not [name for name in struct.__struct_fields__ if f"`{name}`" not in text]


def test_the_limits_are_those_of_the_code() -> None:
    paragraph = PAGE.read_text("utf-8").partition("<!-- limits -->")[2].partition("##")[0]
    limits = Limits()
    stated = [
        f"{limits.document // 1_000_000} MB",
        f"{limits.stream // 1_000_000_000} GB",
        f"{limits.line // 1_000_000} MB",
        f"{limits.members:,} files",
        f"{limits.unpacked // 1_000_000_000} GB",
        f"{limits.ratio} times",
        f"{limits.raw // 1000} kB",
    ]
    assert not [words for words in stated if words not in paragraph]


@pytest.mark.parametrize(("name", "reasons"), [("held", HELD), ("problems", PROBLEMS)])
def test_every_reason_is_on_the_page(name: str, reasons: dict[str, str]) -> None:
    rows = [f"| `{code}` | {re.sub(r'[{][a-z_]+[}]', '…', words)} |" for code, words in reasons.items()]
    made = "\n".join(["| Code | What it says |", "|---|---|", *rows])
    text = PAGE.read_text("utf-8")
    start = f"<!-- {name}: printed by tests/unit/test_exchange_docs.py -->\n"
    before, _, rest = text.partition(start)
    _, end, after = rest.partition("<!-- end -->")
    wanted = f"{before}{start}{made}\n{end}{after}"
    if os.environ.get("VWAZEN_WRITE_DOCS"):
        PAGE.write_text(wanted, "utf-8")
    assert PAGE.read_text("utf-8") == wanted, "Run with VWAZEN_WRITE_DOCS=1 and read what changed."


def test_every_reason_is_tried() -> None:
    """A reason that no test brings about may be wrong, or may never be given."""
    told = "\n".join(path.read_text("utf-8") for path in TESTS if path.name != "test_exchange_docs.py")
    assert not [code for code in (*HELD, *PROBLEMS) if f'"{code}"' not in told]


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "maps").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_maps_in_the_examples_are_sound(path: Path) -> None:
    assert read_map(path).note
