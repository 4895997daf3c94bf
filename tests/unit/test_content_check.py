"""`vwazen content check`: nothing to say about what is shipped, and each kind of fault named with line and mend."""

from pathlib import Path

import pytest

from tests.unit.test_content_load import BASE, NONCOMMERCIAL, changed, write
from vwazen.clinical.vectors import check_content
from vwazen.content.check import check
from vwazen.content.loinc import fault_in


def test_what_is_shipped_has_no_fault() -> None:
    assert [str(problem) for problem in check_content([BASE, NONCOMMERCIAL])] == []


FAULTS = [
    # instrument, what is there, what is written instead, what the named line holds, what is said
    ("phq-9", "loinc: 44250-9", "loinc: 44250-8", "44250-8", "44250-8 has the check digit 8; 9 would be right."),
    ("phq-9", "loinc: LA6568-5", "loinc: LA6568-6", "LA6568-6", "LA6568-6 has the check digit 6; 5 would be right."),
    ("phq-9", "loinc: 44255-8", "loinc: 44250-9", "items:", "The code 44250-9 is there twice."),
    (
        "phq-9",
        "{value: 3, loinc: LA6571-9}",
        "{value: 2, loinc: LA6571-9}",
        "frequency:",
        "The value 2 is there twice.",
    ),
    ("phq-9", '{id: "2", answers: frequency', '{id: "1", answers: frequency', "items:", "The item 1 is there twice."),
    ("phq-9", '"2", answers: frequency', '"2", answers: often', '{id: "2"', "There is no answer list often."),
    ("phq-9", "{low: 5, high: 9, name: mild}", "{low: 6, high: 9, name: mild}", "mild", "begins at 6; 5 is next."),
    ("phq-9", "high: 9, name: mild", "high: 10, name: mild", "moderate}", "begins at 10; 11 is next."),
    ("phq-9", "high: 27, name: severe", "high: 26, name: severe", "bands:", "end at 26, the range at 27."),
    ("phq-9", "range: {low: 0, high: 27", "range: {low: 0, high: 28", "range:", "give totals from 0 to 27."),
    ("phq-9", 'item: "9"\n', 'item: "99"\n', 'item: "99"', "There is no item 99."),
    (
        "phq-9",
        "reviewed: not yet reviewed by a clinician",
        "reviewed: ''",
        "reviewed:",
        "Nothing says who reviewed it.",
    ),
    ("phq-9", "source: [LHC9, L-87623, CAM]", "source: []", "source: []", "There is no source."),
    ("phq-9", "source: [LOE04]", "source: [NOBODY]", "meaningful:", "The source NOBODY is not explained."),
    ("phq-9", "value: 5, source: [LOE04]", "value: 5", "meaningful:", "The figure has no source."),
    ("phq-9", "value: 0.5, source", "value: 50, source", "response:", "Response is a share of the first total."),
    ("phq-9", "  at_most: 2\n", "", "missing:", "`at_most` belongs to the rules mean and zero"),
    ("phq-9", "rule: mean", "rule: complete", "missing:", "`at_most` belongs to the rules mean and zero"),
    ("phq-9", '      "4": Feeling tired or having little energy\n', "", "items:", "Item 4 has no wording."),
    ("phq-9", "2: More than half the days, ", "", "answers:", "The labels of frequency and its values differ."),
    ("phq-9", "at_least: 10, means", "at_least: 30, means", "at_least: 30", "outside the range"),
    ("phq-9", "sensitivity: 88", "sensitivity: 0.88", "0.88", "The sensitivity is 0.88."),
    ("phq-9", "total: 27, band: severe", "total: 26, band: severe", "total: 26", "total is 27.0, not 26"),
    ("phq-9", '"3 3 3 3 3 3 3 3 3"', '"3 3 3"', '"3 3 3"', "cannot be read: 3 answers for 10 items"),
    ("phq-9", "id: phq-9", "id: phq-99", "id: phq-99", "The file is called phq-9 and its id is phq-99."),
    ("phq-9", "version: 1", "version: 0", "version: 0", "Versions begin with 1."),
    ("phq-9", "licence: free-with-credit", "licence: non-commercial", "licence:", "not among those of the pack ours"),
    ("epds", "form: items", "form: total", "form: total", "Form `total` and having items exclude each other."),
    ("cgi-s", "items:\n", 'items:\n  - {id: "2", answers: severity}\n', "score:", "rating needs 1 scored items."),
    ("asq", 'screen: ["1", "2", "3", "4"]', "screen: []", "score:", "A screen names its `screen` items"),
    ("gad-2", "{value: 0, loinc: LA6568-5}", "{value: 0, unscored: true}", "frequency:", "would make a partial sum"),
    ("gad-2", "wording: verbatim", "wording: numbered", "texts:", "wording in a file that says there is none."),
    ("gad-2", "complete, none_found: looked", "complete, note: looked", "missing:", "The rule has no source."),
    ("pcl-5", 'items: ["6", "7"], source', 'items: ["6", "70"], source', "avoidance", "There is no item 70."),
    ("seizures", "whole: {low: 0}, ", "", '{id: "1"', "Item 1 needs either `answers` or `whole`."),
]


@pytest.mark.parametrize(("id", "old", "new", "line", "said"), FAULTS)
def test_a_fault(tmp_path: Path, id: str, old: str, new: str, line: str, said: str) -> None:
    text = changed(id, (old, new))
    head = "id: ours\ntitle: Invented\nlicences: [Apache-2.0, free-with-credit, public-domain, us-government-work]\n"
    sources = (BASE / "sources.yaml").read_text("utf-8")
    pack = write(tmp_path, {"pack.yaml": head, "sources.yaml": sources, f"instruments/{id}.yaml": text})
    problems = check_content([pack])
    named = [problem for problem in problems if said in problem.message]
    assert named, [str(problem) for problem in problems]
    assert named[0].file.name == f"{id}.yaml"
    assert line in text.splitlines()[named[0].line - 1]
    assert named[0].mend


def test_two_files_of_one_id_and_version(tmp_path: Path) -> None:
    text = changed("phq-9")
    pack = write(tmp_path, {"instruments/phq-9.yaml": text, "instruments/phq-9-v1.yaml": text})
    said = [problem.message for problem in check([BASE, pack])]
    assert "phq-9-v1.yaml has the same id and version." in said


def test_a_later_pack_may_change_words_but_not_the_scoring_of_a_version(tmp_path: Path) -> None:
    head = "id: ours\ntitle: Invented\nlicences: [free-with-credit]\n"
    words = changed("gad-2", ("title: Generalised anxiety", "title: An invented title"))
    pack = write(tmp_path / "words", {"pack.yaml": head, "instruments/gad-2.yaml": words})
    assert check([BASE, NONCOMMERCIAL, pack]) == []
    other = changed("gad-2", ("at_least: 3", "at_least: 4"))
    pack = write(tmp_path / "other", {"pack.yaml": head, "instruments/gad-2.yaml": other})
    (problem,) = check([BASE, NONCOMMERCIAL, pack])
    assert problem.message == "It replaces version 1 of an earlier pack and changes cutoffs."
    assert problem.mend.startswith("Raise the version")


def test_two_instruments_with_one_code_for_their_total(tmp_path: Path) -> None:
    text = changed("gad-7", ("total: 70274-6", "total: 44261-6"))
    said = [problem.message for problem in check([BASE, write(tmp_path, {"instruments/gad-7.yaml": text})])]
    assert any("has the same LOINC code for its total." in message for message in said)


def test_wording_for_items_that_do_not_exist(tmp_path: Path) -> None:
    texts = """id: epds-xx
version: 1
licence: Apache-2.0
source: [vwazen]
reviewed: not yet reviewed by a clinician
instrument: epds
instrument_version: 1
texts:
  xx: {status: draft, source: [vwazen], items: {"11": Invented wording}}
"""
    pack = write(tmp_path, {"texts/epds-xx.yaml": texts, "LICENSE.md": "Invented terms."})
    (problem,) = check([BASE, pack])
    assert (problem.message, problem.line) == ("There is no item 11.", 9)


def test_a_pack_without_a_head_and_one_without_terms(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (problem,) = check([tmp_path / "empty"])
    assert problem.message == "This folder has no pack.yaml."
    (problem,) = check([write(tmp_path / "bare", {})])
    assert (problem.message, problem.line) == ("The pack has restricted licences.", 3)


def test_a_file_that_nothing_reads_is_named(tmp_path: Path) -> None:
    pack = write(tmp_path, {"instrument/phq-9.yaml": changed("phq-9"), "LICENSE.md": "Invented terms."})
    (problem,) = check([BASE, pack])
    assert problem.message == "Nothing reads this file."
    assert problem.file.parent.name == "instrument"


def test_a_wrong_code_in_the_segments(tmp_path: Path) -> None:
    text = (BASE / "segments.yaml").read_text("utf-8").replace("76499-3", "76499-4")
    pack = write(tmp_path, {"segments.yaml": text, "LICENSE.md": "Invented terms."})
    assert "76499-4 has the check digit 4; 3 would be right." in [problem.message for problem in check([BASE, pack])]


def test_every_unreadable_file_is_named_not_only_the_first(tmp_path: Path) -> None:
    bad = {"instruments/a.yaml": "id: a\n", "instruments/b.yaml": "- nothing\n", "LICENSE.md": "Invented terms."}
    problems = check_content([write(tmp_path, bad)])
    assert [problem.file.name for problem in problems] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    "code", ["44260-8", "LA6568-5", "LA32-8", "LA18926-8", "LA30370-3", "LL358-3", "LL2179-1", "115566-2"]
)
def test_check_digits_of_published_codes(code: str) -> None:
    assert fault_in(code) == ""
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert "would be right" in fault_in(wrong)


@pytest.mark.parametrize("code", ["44260", "44260-", "x-1", "LB12-3", "4426O-8"])
def test_what_is_no_code(code: str) -> None:
    assert "form of a LOINC code" in fault_in(code)
