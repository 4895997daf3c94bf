"""FHIR, answer by answer: which instrument, which version, which item, and what each way to write an answer means."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.exchange_build import ANSWERS, GAD7, LOINC, PHQ9, item, patient, read, response
from vwazen.clinical.facts import Source
from vwazen.content.load import content
from vwazen.exchange.fhir_answers import Form, Leaf, form_answers
from vwazen.exchange.incoming import NotTakenError, ResponseIn


def test_answers_by_code_keep_the_version_of_the_instrument(tmp_path: Path) -> None:
    found = read(tmp_path, patient(), response((0, 1, 2, 3, 0, 1, 2, 3, 1)))
    (one,) = found.responses
    assert one == ResponseIn(
        source=Source(system="fhir", id="QuestionnaireResponse/R1#phq-9"),
        person=Source(system="fhir", id="Patient/P1"),
        occurred="2026-11-02T09:30:00+01:00",
        instrument="phq-9",
        version=1,
        answers=dict(zip("123456789", (0, 1, 2, 3, 0, 1, 2, 3, 1), strict=True)),
    )
    assert not found.held


def test_phq_9_rather_than_phq_2_where_items_3_to_9_are_there(tmp_path: Path) -> None:
    assert [one.instrument for one in read(tmp_path, patient(), response((1,) * 9)).responses] == ["phq-9"]
    assert [one.instrument for one in read(tmp_path, patient(), response((1, 1))).responses] == ["phq-2"]
    asked = response((1, 1), questionnaire="http://loinc.org/q/44249-1")
    (one,) = read(tmp_path, patient(), asked).responses
    assert (one.instrument, one.answers) == ("phq-9", {"1": 1, "2": 1})
    listed = response((1, 1, *(None,) * 7))
    assert [one.instrument for one in read(tmp_path, patient(), listed).responses] == ["phq-9"]


def test_a_form_of_two_instruments_is_two_responses_and_its_rest_is_held(tmp_path: Path) -> None:
    both = response((1,) * 9)
    both["item"] += [item(code, 2) for code in GAD7]
    both["item"] += [{"linkId": "housing", "answer": [{"valueString": "roof leaks"}]}]
    found = read(tmp_path, patient(), both)
    assert {one.instrument: sum(one.answers.values()) for one in found.responses} == {"phq-9": 9, "gad-7": 14}
    assert len({one.source.id for one in found.responses}) == 2
    (rest,) = found.held
    assert rest.code == "item.rest"
    assert json.loads(rest.raw)[0]["linkId"] == "housing"


@pytest.mark.parametrize(
    "answer",
    [
        {"valueInteger": 2},
        {"valueDecimal": 2.0},
        {"valueString": " 2 "},
        {"valueQuantity": {"value": 2}},
        {"valueCoding": {"system": LOINC, "code": ANSWERS[2]}},
        {"valueCoding": {"code": ANSWERS[2]}},
        {
            "valueCoding": {
                "system": "urn:local",
                "code": "c",
                "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-CO-value", "valueDecimal": 2}],
            }
        },
        {
            "valueCoding": {"code": "c"},
            "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2.0}],
        },
        {
            "valueCoding": {
                "code": "c",
                "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueInteger": 2}],
            }
        },
    ],
)
def test_each_way_to_write_an_answer(tmp_path: Path, answer: dict[str, Any]) -> None:
    (one,) = read(tmp_path, patient(), response((0, 0, answer, *(0,) * 6))).responses
    assert one.answers["3"] == 2


def scored(code: str, score: float) -> dict[str, Any]:
    extension = [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-CO-value", "valueDecimal": score}]
    return {"valueCoding": {"system": LOINC, "code": code, "extension": extension}}


def test_where_code_and_score_disagree_the_score_is_taken_and_it_is_said(tmp_path: Path) -> None:
    (one,) = read(tmp_path, patient(), response((scored(ANSWERS[0], 3), *(0,) * 8))).responses
    assert one.answers["1"] == 3
    assert "Items 1:" in one.notes[0]
    (agreeing,) = read(tmp_path, patient(), response((scored(ANSWERS[3], 3), *(0,) * 8))).responses
    assert agreeing.notes == ()


def test_a_score_out_of_range_is_not_replaced_by_the_code_beside_it(tmp_path: Path) -> None:
    found = read(tmp_path, patient(), response((scored(ANSWERS[0], 7), *(0,) * 7, 2)))
    assert found.responses == []
    (held,) = found.held
    assert held.code == "answer.unknown"
    assert "item 1 of PHQ-9" in held.reason
    assert held.safety, "item 9 is positive, whatever is wrong with item 1"
    assert held.person == Source(system="fhir", id="Patient/P1")
    assert held.occurred == "2026-11-02T09:30:00+01:00"
    assert json.loads(held.raw)["id"] == "R1"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"valueInteger": 4}, "answer.unknown"),
        ({"valueInteger": -1}, "answer.unknown"),
        ({"valueDecimal": 1.5}, "answer.whole"),
        ({"valueString": "often"}, "answer.unknown"),
        ({"valueCoding": {"system": LOINC, "code": "LA9999-9"}}, "answer.unknown"),
        ({"valueCoding": {"system": "urn:other", "code": ANSWERS[1]}}, "answer.unknown"),
        ({"valueBoolean": True}, "answer.unknown"),
        ({"valueQuantity": {"value": 2, "comparator": "<"}}, "answer.unknown"),
    ],
)
def test_an_answer_that_is_none_holds_the_whole_response(tmp_path: Path, answer: dict[str, Any], code: str) -> None:
    found = read(tmp_path, patient(), response((0, 0, 0, answer, *(0,) * 5)))
    assert (found.responses, found.codes) == ([], [code])
    assert "item 4" in found.held[0].reason


def test_an_item_answered_twice_is_held(tmp_path: Path) -> None:
    twice = response((1,) * 9)
    twice["item"].append(item(PHQ9[0], 2))
    assert read(tmp_path, patient(), twice).codes == ["answer.twice"]
    double = response((1,) * 9)
    double["item"][0]["answer"] *= 2
    assert read(tmp_path, patient(), double).codes == ["answer.twice"]


@pytest.mark.parametrize("why", ["the item is reversed", "LOINC scores its answers otherwise"])
def test_a_number_for_an_item_that_systems_count_in_opposite_directions(why: str) -> None:
    """A bare 0 may be "no", or the point that "no" has been given already. LOINC scores K6's list backwards."""
    phq = content().instrument("phq-9")
    if why == "the item is reversed":
        first = msgspec.structs.replace(phq.items[0], reversed=True)
        turned = msgspec.structs.replace(phq, items=(first, *phq.items[1:]))
    else:
        lists = {name: msgspec.structs.replace(one, ordinal_differs=True) for name, one in phq.answer_lists.items()}
        turned = msgspec.structs.replace(phq, answer_lists=lists)

    def answers(answer: dict[str, Any]) -> dict[str, float]:
        return form_answers(Form(turned, {"1": [Leaf("", (), [answer], {})]}, []), {})[0]

    assert answers({"valueCoding": {"system": LOINC, "code": ANSWERS[0]}}) == {"1": 0}
    assert answers(scored(ANSWERS[0], 3)) == {"1": 0}, "turned round already: the code is the answer"
    for unclear in ({"valueInteger": 0}, scored("local", 0), {"valueString": "3"}):
        with pytest.raises(NotTakenError) as raised:
            answers(unclear)
        assert raised.value.code == "answer.unclear"


def test_dast_10_item_3_is_not_taken_from_the_code_that_asks_the_opposite(tmp_path: Path) -> None:
    """68527-1 asks whether one is unable to stop, the printed form whether one is able to."""
    yes = {"valueCoding": {"system": LOINC, "code": "LA33-6"}}
    codes = ("68525-5", "68526-3", "68527-1")
    found = read(tmp_path, patient(), response((yes, yes, yes), codes))
    assert [one.answers for one in found.responses] == [{"1": 1, "2": 1}]
    assert [(one.code, one.segment) for one in found.held] == [("item.rest", "substance-use")]


def test_an_unanswered_item_is_absent_and_not_zero(tmp_path: Path) -> None:
    (one,) = read(tmp_path, patient(), response((1, 1, 1, 1, 1, 1, 1, None, None))).responses
    assert "8" not in one.answers
    assert "9" not in one.answers


def test_nested_groups_definitions_and_questionnaires_in_the_files(tmp_path: Path) -> None:
    nested = response(())
    nested["item"] = [{"linkId": "g", "item": [{"linkId": "h", "item": response((1,) * 9)["item"]}]}]
    assert len(read(tmp_path, patient(), nested).responses) == 1
    stu3 = response(())
    stu3["item"] = [
        {"linkId": str(n), "definition": f"{LOINC}fhir/DataElement/{code}", "answer": [{"valueInteger": 1}]}
        for n, code in enumerate(PHQ9, 1)
    ]
    assert len(read(tmp_path, patient(), stu3).responses) == 1
    form = {
        "resourceType": "Questionnaire",
        "id": "q",
        "url": "http://example.org/Questionnaire/mood",
        "version": "4",
        "status": "active",
        "item": [
            {
                "linkId": f"m{n}",
                "code": [{"system": LOINC, "code": code}],
                "answerOption": [
                    {
                        "valueCoding": {"code": f"opt{score}"},
                        "extension": [
                            {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": score}
                        ],
                    }
                    for score in range(4)
                ],
            }
            for n, code in enumerate(PHQ9)
        ],
    }
    local = response((), questionnaire="http://example.org/Questionnaire/mood|4")
    local["item"] = [{"linkId": f"m{n}", "answer": [{"valueCoding": {"code": "opt2"}}]} for n in range(9)]
    (one,) = read(tmp_path, local, patient(), form).responses
    assert (one.instrument, sum(one.answers.values()), one.notes) == ("phq-9", 18, ())
    assert read(tmp_path, local, patient()).codes == ["instrument.unclear"], "without the questionnaire, nobody knows"


def test_a_questionnaire_of_our_own_goes_by_item_ids(tmp_path: Path) -> None:
    ours = response((), questionnaire="urn:vwazen:instrument:ces-d|1")
    ours["item"] = [{"linkId": str(n), "answer": [{"valueInteger": 0}]} for n in range(1, 21)]
    (one,) = read(tmp_path, patient(), ours).responses
    assert (one.instrument, len(one.answers), one.answers["4"]) == ("ces-d", 20, 0)


@pytest.mark.parametrize(
    "canonical",
    [
        "urn:vwazen:instrument:phq-9|7",
        "http://example.org/Questionnaire/PHQ9|2.1.0",
        "http://loinc.org/q/44249-1|seven",
    ],
)
def test_an_unknown_version_of_a_questionnaire_is_held(tmp_path: Path, canonical: str) -> None:
    found = read(tmp_path, patient(), response((0,) * 8 + (3,), questionnaire=canonical))
    assert (found.responses, found.codes) == ([], ["instrument.version"])
    assert "installed" in found.held[0].reason
    assert found.held[0].safety


@pytest.mark.parametrize(
    ("canonical", "notes"),
    [
        ("http://loinc.org/q/44249-1|2.72", 0),
        ("http://example.org/Questionnaire/PHQ9|1.0.0", 0),
        ("http://example.org/Questionnaire/phq-9", 0),
        ("http://example.org/Questionnaire/intake|3", 1),
    ],
)
def test_a_questionnaire_that_says_nothing_against_it_is_read(tmp_path: Path, canonical: str, notes: int) -> None:
    (one,) = read(tmp_path, patient(), response(questionnaire=canonical)).responses
    assert (one.instrument, len(one.notes)) == ("phq-9", notes)
