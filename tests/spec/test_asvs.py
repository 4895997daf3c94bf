"""The list of security requirements names tests that exist, and says why where it names none."""

import re

from tests.spec.pages import ROOT

PAGE = ROOT / "docs" / "explanation" / "asvs.md"
ROW = re.compile(r"^\| ([\d.]+) \| (.+?) \| (met|not met|does not apply) \| (.+) \|$", re.MULTILINE)


def test_each_requirement_that_is_met_names_a_test_that_exists() -> None:
    text = PAGE.read_text("utf-8")
    rows = ROW.findall(text)
    assert len(rows) == len([line for line in text.splitlines() if re.match(r"\| \d", line)]) > 70
    for number, _, state, evidence in rows:
        if state != "met":
            assert len(evidence) > 10 and "::" not in evidence, number
            continue
        file, _, name = evidence.strip("`").partition("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), (number, evidence)


def test_each_number_stands_once() -> None:
    numbers = [row[0] for row in ROW.findall(PAGE.read_text("utf-8"))]
    assert len(numbers) == len(set(numbers))
