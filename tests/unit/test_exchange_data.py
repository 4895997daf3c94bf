"""The real files beside this checkout, with the counts that the issue states. Skipped where they are absent."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.unit.exchange_build import DATA, TODAY, Found, patient, read, read_path, response
from vwazen.clinical.instruments import score
from vwazen.content.load import content
from vwazen.exchange.incoming import ResponseIn
from vwazen.exchange.table import read_table
from vwazen.home import ROOT

MAPS = ROOT / "examples" / "maps"


def folder(name: str) -> Path:
    path = DATA / name
    if not path.is_dir():
        pytest.skip(f"no data/{name} beside this checkout")
    return path


def test_phq_9_of_a_public_sandbox_in_stu3() -> None:
    """31 responses of 13 of 14 people. One of them refers to "Pateint/TEST-9": a slip that is held, not guessed at."""
    found = read_path(folder("ahrq-phq9-stu3"))
    assert len(found.people) == 14
    assert len(found.responses) == 30
    assert [(one.code, one.where) for one in found.held] == [("person.misspelt", "pat-09.json entry 2")]
    assert len({one.person.id for one in found.responses}) == 13
    phq9 = content().instrument("phq-9")
    scored = [(one, score(phq9, one.answers)) for one in found.responses]
    differing = [one.stated_total for one, ours in scored if one.stated_total != ours.total]
    assert sorted(differing) == [13, 34, 35, 36]
    assert sum(total > 27 for total in differing) == 3
    positive = [one.person.id for one, ours in scored if ours.safety == "positive"]
    assert (len(positive), len(set(positive))) == (16, 9)
    assert all(len(one.answers) == 9 for one in found.responses)
    assert sum(bool(one.notes) for one in found.responses) == 30, "every answer is coded as 'not at all'"


def test_totals_of_a_synthetic_population_in_r4() -> None:
    found = read_path(folder("synthea-r4"))
    assert len(found.people) == 57
    assert sum(one.deceased for one in found.people) == 9
    assert Counter(one.instrument for one in found.responses) == {
        "gad-7": 494 - 3,
        "phq-2": 455,
        "dast-10": 167,
        "audit-c": 147,
        "phq-9": 30 - 2,
    }
    assert all(one.total_only for one in found.responses)
    assert Counter((one.code, one.segment) for one in found.held) == {
        ("total.whole", "mental-health"): 5,
        ("instrument.unknown", "intimate-partner-violence"): 188,
    }
    assert all(one.person and one.occurred for one in found.held)
    assert found.skipped["Encounter"] > 0
    assert found.problems == []


def table(name: str) -> Found:
    path = folder("trials") / f"{name}.csv"
    return Found(list(read_table(path, MAPS / f"{name}.yaml", content(), as_of=TODAY)))


def by_day(responses: list[ResponseIn]) -> dict[tuple[str, str], list[ResponseIn]]:
    found: dict[tuple[str, str], list[ResponseIn]] = defaultdict(list)
    for one in responses:
        found[one.person.id, one.occurred].append(one)
    return found


def test_beat_the_blues_wide() -> None:
    found = table("beat-the-blues")
    assert len(found.people) == 100
    assert Counter(one.occurred for one in found.responses) == {
        "2000-01-01": 100,
        "2000-03-01": 97,
        "2000-04-01": 73,
        "2000-06-01": 58,
        "2000-09-01": 52,
    }
    assert found.skipped == {"occasion without answers": 120}
    assert {one.instrument for one in found.responses} == {"bdi-ii"}
    assert not found.held


def test_enrichd_long_with_its_repeated_days() -> None:
    found = table("enrichd-bdi")
    days = by_day(found.responses)
    conflicts = {day: values for day, values in days.items() if len(values) > 1}
    assert len(found.people) == 390
    assert found.repeated == {"row": 97 - 21}
    assert len(conflicts) == 21
    assert all(len({one.stated_total for one in values}) == 2 for values in conflicts.values())
    assert len(found.responses) + 76 == 4967
    assert not found.held


def test_ces_d_recoded_so_that_every_given_total_agrees() -> None:
    found = table("positive-psychology-cesd")
    cesd = content().instrument("ces-d")
    assert len(found.responses) == 666
    assert sum(score(cesd, one.answers).total == one.stated_total for one in found.responses) == 666
    assert not found.held


@pytest.mark.parametrize("name", ["phq9.json", "phq9-variant.json"])
def test_our_phq_9_has_the_codes_and_scores_of_the_library_of_medicine(name: str) -> None:
    form = json.loads((folder("lhc-phq9") / name).read_text("utf-8"))
    phq9 = content().instrument("phq-9")
    assert form["identifier"][0]["value"] == phq9.loinc.panel
    theirs = {item["code"][0]["code"]: item for item in form["item"]}
    assert [one.loinc for one in phq9.items] == [code for code in theirs if code != phq9.loinc.total]
    for one in phq9.items:
        options = phq9.answer_lists[str(one.answers)].options
        coded = [option["valueCoding"]["code"] for option in theirs[str(one.loinc)]["answerOption"]]
        assert coded == [option.loinc for option in options]
        scores = [
            extension["valueDecimal"]
            for option in theirs[str(one.loinc)]["answerOption"]
            for extension in option.get("extension", [])
            if extension["url"].endswith("ordinalValue")
        ]
        if one.scored:
            assert scores == [option.value for option in options]


def test_that_questionnaire_gives_meaning_to_responses_with_codes_of_their_own(tmp_path: Path) -> None:
    form = json.loads((folder("lhc-phq9") / "phq9.json").read_text("utf-8"))
    form["url"] = "http://example.org/Questionnaire/nlm"
    for number, one in enumerate(form["item"]):
        one["linkId"] = f"q{number}"
        for option in one.get("answerOption", []):
            option["valueCoding"] = {"code": option["valueCoding"]["display"]}
    answers = [
        {"linkId": f"q{number}", "answer": [{"valueCoding": {"code": "Nearly every day"}}]} for number in range(9)
    ]
    found = read(tmp_path, form, patient(), response((), questionnaire=form["url"], item=answers))
    assert [one.answers for one in found.responses] == [dict.fromkeys("123456789", 3.0)]
