"""FHIR totals: stated beside answers, alone, as observations and in panels; and what is no instrument at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange_build import ANSWERS, LOINC, PHQ9, item, observation, patient, read, response


def test_the_stated_total_is_kept_beside_the_answers_right_or_wrong(tmp_path: Path) -> None:
    wrong = response((1,) * 9)
    wrong["item"].append(item("44261-6", {"valueInteger": 35}))
    (one,) = read(tmp_path, patient(), wrong).responses
    assert (one.stated_total, one.total_only, sum(one.answers.values())) == (35, False, 9)
    words = response((1,) * 9)
    words["item"].append(item("44261-6", {"valueString": "moderate"}))
    (one,) = read(tmp_path, patient(), words).responses
    assert one.stated_total is None
    assert "not a number" in one.notes[0]


def test_a_total_alone_is_marked_as_such(tmp_path: Path) -> None:
    alone = response(({"valueInteger": 12},), ("44261-6",))
    (one,) = read(tmp_path, patient(), alone).responses
    assert (one.stated_total, one.total_only, one.answers) == (12, True, {})
    assert read(tmp_path, patient(), response(({"valueInteger": 35},), ("44261-6",))).codes == ["total.range"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"valueQuantity": {"value": 18.71}}, "total.whole"),
        ({"valueQuantity": {"value": 28}}, "total.range"),
        ({"valueQuantity": {"value": -1}}, "total.range"),
        ({"valueQuantity": {"value": 9, "comparator": ">="}}, "total.number"),
        ({"valueString": "severe"}, "total.number"),
        ({"valueCodeableConcept": {"text": "severe"}}, "total.number"),
        ({"dataAbsentReason": {"text": "refused"}}, "answer.none"),
    ],
)
def test_an_observation_whose_total_cannot_be_is_held(tmp_path: Path, value: dict[str, Any], code: str) -> None:
    found = read(tmp_path, patient(), observation(value=None, **value))
    assert (found.responses, found.codes) == ([], [code])


@pytest.mark.parametrize("value", [{"valueQuantity": {"value": 12}}, {"valueInteger": 12}, {"valueString": "12"}])
def test_an_observation_of_a_total_whatever_its_category(tmp_path: Path, value: dict[str, Any]) -> None:
    laboratory = {"category": [{"coding": [{"code": "laboratory"}]}]}
    (one,) = read(tmp_path, patient(), observation(value=None, **value, **laboratory)).responses
    assert (one.instrument, one.stated_total, one.total_only, one.occurred) == ("phq-9", 12, True, "2026-11-02")
    assert one.source.id == "Observation/O1"


def member(code: str, score: int, id: str, **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": LOINC, "code": ANSWERS[score]}]}
    return observation(code, None, id, valueCodeableConcept=concept, **more)


def test_a_panel_with_its_answers_inside_or_beside_it(tmp_path: Path) -> None:
    parts = [
        {
            "code": {"coding": [{"system": LOINC, "code": code}]},
            "valueCodeableConcept": {"coding": [{"system": LOINC, "code": ANSWERS[1]}]},
        }
        for code in PHQ9
    ]
    (inside,) = read(tmp_path, patient(), observation("44249-1", None, component=parts)).responses
    assert inside.answers == dict.fromkeys("123456789", 1.0)
    members = [member(code, 1, f"m{n}") for n, code in enumerate(PHQ9)]
    references = [{"reference": f"Observation/m{n}"} for n in range(9)]
    panel = observation("44249-1", None, "panel", hasMember=references)
    for resources in ([panel, patient(), *members], [*members, panel, patient()]):
        found = read(tmp_path, *resources)
        (beside,) = found.responses
        assert beside.answers == inside.answers
        assert not found.held
    uuids = [{"reference": f"urn:uuid:m{n}"} for n in range(9)]
    for total in (observation(value=9, derivedFrom=references), observation(value=9, derivedFrom=uuids)):
        for resources in ((total, *members), (*members, total)):
            found = read(tmp_path, patient(), *resources)
            (one,) = found.responses
            assert (one.stated_total, one.total_only, one.answers) == (9, False, inside.answers)
            assert not found.held


def test_a_total_among_the_members_of_a_panel_is_no_second_response(tmp_path: Path) -> None:
    members = [member(code, 1, f"m{n}") for n, code in enumerate(PHQ9)]
    total = observation(value=11)
    references = [{"reference": f"Observation/{one['id']}"} for one in (*members, total)]
    panel = observation("44249-1", None, "panel", hasMember=references)
    outer = observation("99999-9", None, "outer", hasMember=[{"reference": "Observation/panel"}])
    for resources in ((panel, total, *members), (total, *members, panel), (outer, *members, total, panel)):
        found = read(tmp_path, patient(), *resources)
        (one,) = found.responses
        assert (one.source.id, one.stated_total, len(one.answers)) == ("Observation/panel", 11, 9)
        assert not found.held
    mixed = observation("69729-2", None, "mixed", hasMember=references)
    (one,) = read(tmp_path, patient(), mixed, total, *members).responses
    assert (one.source.id, one.instrument) == ("Observation/mixed", "phq-9"), "the members are known"


def test_a_panel_of_something_else_is_counted_with_its_members(tmp_path: Path) -> None:
    weight = observation("29463-7", None, "w", valueQuantity={"value": 61, "unit": "kg"})
    vital = observation("85353-1", None, "v", hasMember=[{"reference": "Observation/w"}])
    assert read(tmp_path, patient(), vital, weight).skipped == {"Observation that is no answer": 2}


def test_one_answer_without_its_panel_is_held_and_its_safety_is_seen(tmp_path: Path) -> None:
    found = read(tmp_path, patient(), member(PHQ9[8], 2, "m9"), member(PHQ9[2], 2, "m3"))
    assert found.codes == ["item.alone", "item.alone"]
    assert {one.source.id: one.safety for one in found.held} == {"Observation/m9": True, "Observation/m3": False}


def test_parts_of_a_panel_about_different_persons_are_held(tmp_path: Path) -> None:
    other = member(PHQ9[0], 1, "m0", subject={"reference": "Patient/P2"})
    panel = observation("44249-1", None, "panel", hasMember=[{"reference": "Observation/m0"}])
    found = read(tmp_path, patient(), patient("P2"), other, panel)
    assert found.codes == ["person.several"]
    assert len(json.loads(found.held[0].raw)) == 2, "nothing is dropped: the parts are held with the panel"


def test_a_number_on_a_panel_is_not_taken_for_its_total(tmp_path: Path) -> None:
    assert read(tmp_path, patient(), observation("44249-1", 12)).codes == ["total.panel"]


def test_the_total_of_a_response_that_is_read_itself_is_not_a_second_response(tmp_path: Path) -> None:
    total = observation(value=9, derivedFrom=[{"reference": "QuestionnaireResponse/R1"}])
    for resources in ((patient(), response(), total), (total, response(), patient())):
        found = read(tmp_path, *resources)
        (one,) = found.responses
        assert (one.stated_total, one.notes) == (9, ())
    differing = observation(value=11, derivedFrom=[{"reference": "QuestionnaireResponse/R1"}])
    stated = response()
    stated["item"].append(item("44261-6", {"valueInteger": 9}))
    (one,) = read(tmp_path, patient(), stated, differing).responses
    assert one.stated_total == 9
    assert "another total: 11" in one.notes[0]
    (alone,) = read(tmp_path, patient(), total).responses
    assert alone.total_only


def test_an_instrument_that_is_not_installed_is_held_in_its_segment(tmp_path: Path) -> None:
    found = read(tmp_path, patient(), observation("76504-0", 3))
    assert [(one.code, one.segment) for one in found.held] == [("instrument.unknown", "intimate-partner-violence")]
    other = {"valueBoolean": True}
    found = read(tmp_path, patient(), response((other,), ("76501-6",)))
    assert [(one.code, one.segment) for one in found.held] == [("instrument.unknown", "intimate-partner-violence")]
    survey = {"category": [{"coding": [{"code": "survey"}]}]}
    assert read(tmp_path, patient(), observation("93025-5", 3, **survey)).codes == ["instrument.unknown"]


def test_a_rest_from_a_closer_segment_is_kept_as_closely_as_that(tmp_path: Path) -> None:
    mixed = response((1,) * 9)
    mixed["item"].append(item("76501-6", {"valueBoolean": True}))
    found = read(tmp_path, patient(), mixed)
    assert [one.instrument for one in found.responses] == ["phq-9"]
    assert [(one.code, one.segment) for one in found.held] == [("item.rest", "intimate-partner-violence")]


def test_what_has_nothing_to_do_with_instruments_is_counted_and_not_held(tmp_path: Path) -> None:
    weight = observation("29463-7", None, valueQuantity={"value": 61, "unit": "kg"})
    found = read(tmp_path, patient(), weight, {"resourceType": "Condition", "id": "C1"})
    assert found.skipped == {"Observation that is no answer": 1, "Condition": 1}
    assert not found.held
