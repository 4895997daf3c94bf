"""FHIR, resource by resource: what becomes a person, a response, or something held with its reason."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.exchange_build import (
    ANSWERS,
    GAD7,
    LOINC,
    PHQ9,
    bundle,
    item,
    observation,
    patient,
    read,
    read_path,
    response,
)
from vwazen.clinical.facts import Source
from vwazen.content.load import content
from vwazen.exchange.fhir_answers import Form, Leaf, form_answers
from vwazen.exchange.incoming import NotTakenError, ResponseIn


def test_a_person_as_their_source_describes_them(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "resourceType": "Patient",
            "id": "P1",
            "meta": {"versionId": "3", "lastUpdated": "2026-01-02T03:04:05Z"},
            "name": [
                {"use": "old", "family": "Avant"},
                {"use": "official", "family": "Exemple", "given": ["Marie", "Lou"]},
            ],
            "gender": "female",
            "birthDate": "1987-05",
            "deceasedDateTime": "2025-12-01T10:00:00-05:00",
            "address": [{"use": "home", "city": "Bel-Dlo", "district": "Nord"}],
            "telecom": [{"system": "email", "value": "x@example.org"}, {"system": "phone", "value": "555 01"}],
        },
        system="clinic-x",
    )
    (person,) = found.people
    assert person.source == Source(system="clinic-x", id="Patient/P1", version="3")
    assert (person.name, person.given, person.family) == ("Marie Lou Exemple", "Marie Lou", "Exemple")
    assert (person.gender, person.born, person.place, person.phone) == ("female", "1987-05", "Bel-Dlo, Nord", "555 01")
    assert (person.deceased, person.died) == (True, "2025-12-01T10:00:00-05:00")
    assert person.recorded == "2026-01-02T03:04:05+00:00"


def test_what_a_source_does_not_say_is_not_made_up(tmp_path: Path) -> None:
    (person,) = read(tmp_path, {"resourceType": "Patient", "id": "P1"}).people
    assert (person.name, person.gender, person.born, person.deceased, person.died) == (
        None, "unknown", None, False, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"birthDate": "2027-01-01"}, "person.born"),
        ({"birthDate": "1987-02-30"}, "person.born"),
        ({"deceasedDateTime": "2027-01-01"}, "person.died"),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/P2"}}]}, "person.replaced"),
    ],
)
def test_a_person_is_kept_when_one_of_their_dates_cannot_be(tmp_path: Path, part: dict[str, Any], code: str) -> None:
    found = read(tmp_path, patient(**part))
    assert [one.born for one in found.people] == [None]
    assert found.codes == [code]
    assert found.held[0].person == Source(system="fhir", id="Patient/P1")
    assert found.people[0].deceased is ("deceasedDateTime" in part)


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


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("entered-in-error", "status.withdrawn"),
        ("in-progress", "status.unfinished"),
        ("stopped", "status.unfinished"),
        ("maybe", "status.unknown"),
        (None, "status.unknown"),
    ],
)
def test_only_what_is_finished_is_taken(tmp_path: Path, status: str | None, code: str) -> None:
    found = read(tmp_path, patient(), response((0,) * 8 + (1,), status=status))
    assert (found.responses, found.codes) == ([], [code])
    assert found.held[0].source.id == "QuestionnaireResponse/R1"
    assert found.held[0].safety is (code != "status.withdrawn")
    if status in ("entered-in-error", "cancelled"):
        assert read(tmp_path, patient(), observation(status=status)).codes == [code]


def test_an_amended_response_has_the_same_id_and_a_higher_version(tmp_path: Path) -> None:
    first = response(meta={"versionId": "1"})
    second = response((2,) * 9, status="amended", meta={"versionId": "2", "lastUpdated": "2026-11-03T00:00:00Z"})
    found = read(tmp_path, patient(), first, second)
    assert [(one.source.id, one.source.version) for one in found.responses] == [
        ("QuestionnaireResponse/R1#phq-9", "1"),
        ("QuestionnaireResponse/R1#phq-9", "2"),
    ]


def test_twice_is_once_and_the_same_id_with_other_contents_is_held(tmp_path: Path) -> None:
    found = read(tmp_path, patient(), patient(), response(), response(), observation(), observation())
    assert len(found.people) == 1
    assert len(found.responses) == 2
    assert found.repeated == {"Patient": 1, "QuestionnaireResponse": 1, "Observation": 1}
    found = read(tmp_path, patient(), patient(gender="male"), response(), response((3,) * 9))
    assert (len(found.people), len(found.responses)) == (1, 1)
    assert found.codes == ["source.conflict", "source.conflict"]


@pytest.mark.parametrize(
    ("authored", "code"),
    [
        (None, "date.missing"),
        ("2026", "date.unclear"),
        ("2026-11", "date.unclear"),
        ("2026-02-30", "date.unclear"),
        ("yesterday", "date.unclear"),
        ("2026-11-22", "date.future"),
        ("2126-11-02T09:30:00Z", "date.future"),
    ],
)
def test_a_date_that_cannot_be_is_held(tmp_path: Path, authored: str | None, code: str) -> None:
    found = read(tmp_path, patient(), response(authored=authored))
    assert (found.responses, found.codes) == ([], [code])


@pytest.mark.parametrize(
    ("authored", "occurred"),
    [
        ("2026-11-21", "2026-11-21"),
        ("2026-11-22T01:30:00+14:00", "2026-11-22T01:30:00+14:00"),
        ("2026-11-02T09:30:00", "2026-11-02"),
        ("2026-11-02T09:30:00.123Z", "2026-11-02T09:30:00.123000+00:00"),
    ],
)
def test_dates_are_kept_as_the_person_lived_them(tmp_path: Path, authored: str, occurred: str) -> None:
    (one,) = read(tmp_path, patient(), response(authored=authored)).responses
    assert one.occurred == occurred


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/P1",
        "Patient/P1/_history/2",
        "https://ehr.example.org/fhir/Patient/P1",
        "urn:uuid:P1",
    ],
)
def test_each_way_to_refer_to_a_person(tmp_path: Path, reference: str) -> None:
    (one,) = read(tmp_path, response(subject={"reference": reference}), patient()).responses
    assert one.person == Source(system="fhir", id="Patient/P1")


def test_references_by_full_url_and_by_identifier(tmp_path: Path) -> None:
    known = patient(identifier=[{"system": "urn:clinic", "value": "007"}])
    logical = response(subject={"identifier": {"system": "urn:clinic", "value": "007"}})
    assert len(read(tmp_path, logical, known).responses) == 1
    nameless = {key: value for key, value in known.items() if key != "id"}
    made = bundle(kind="transaction")
    made["entry"] = [
        {"fullUrl": "urn:uuid:aaa", "resource": nameless},
        {"fullUrl": "urn:uuid:bbb", "resource": response(subject={"reference": "urn:uuid:aaa"})},
    ]
    path = tmp_path / "b.json"
    path.write_text(json.dumps(made))
    found = read_path(path)
    (one,) = found.responses
    assert one.person.id == found.people[0].source.id == "Patient/aaa"
    both = read(tmp_path, logical, known, patient("P2", identifier=[{"system": "urn:clinic", "value": "007"}]))
    assert both.codes == ["person.ambiguous"]


def test_a_person_described_inside_the_response(tmp_path: Path) -> None:
    inner = {"resourceType": "Patient", "id": "p", "name": [{"text": "Test Inside"}]}
    contained = response(subject={"reference": "#p"}, contained=[inner])
    found = read(tmp_path, contained)
    assert [one.name for one in found.people] == ["Test Inside"]
    assert found.responses[0].person.id == found.people[0].source.id == "QuestionnaireResponse/R1#p"
    inner["identifier"] = [{"system": "urn:clinic", "value": "007"}]
    known = patient(identifier=[{"system": "urn:clinic", "value": "007"}])
    found = read(tmp_path, contained, known)
    assert found.responses[0].person.id == "Patient/P1"
    twice = read(tmp_path, contained, {**contained, "id": "R2"})
    assert len(twice.people) == 1
    assert {one.person.id for one in twice.responses} == {"identifier:urn:clinic|007"}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"reference": "Patient/nobody"}, "person.broken"),
        ({"reference": "urn:uuid:nobody"}, "person.broken"),
        ({"reference": "#nobody"}, "person.broken"),
        ({"reference": "Pateint/P1"}, "person.misspelt"),
        ({"reference": "Group/G1"}, "person.type"),
        ({"type": "Device", "identifier": {"system": "s", "value": "v"}}, "person.type"),
        ({"display": "Somebody"}, "person.missing"),
        (None, "person.missing"),
    ],
)
def test_a_broken_reference_is_held(tmp_path: Path, subject: Any, code: str) -> None:
    found = read(tmp_path, patient(), response(subject=subject))
    assert (found.responses, found.codes) == ([], [code])


def test_the_server_may_know_a_person_who_is_not_in_the_files(tmp_path: Path) -> None:
    asked: list[Source] = []

    def known(source: Source) -> bool:
        asked.append(source)
        return True

    (one,) = read(tmp_path, response(), known=known, system="clinic-x").responses
    assert asked == [one.person] == [Source(system="clinic-x", id="Patient/P1")]
    assert read(tmp_path, response(), known=lambda source: False).codes == ["person.broken"]


def test_a_person_without_any_id_is_held(tmp_path: Path) -> None:
    found = read(tmp_path, {"resourceType": "Patient", "name": [{"text": "Test Nobody"}]})
    assert (found.people, found.codes) == ([], ["person.id"])


def test_nothing_answered_is_held_and_not_an_empty_response(tmp_path: Path) -> None:
    assert read(tmp_path, patient(), response((None,) * 9)).codes == ["answer.none"]
    assert read(tmp_path, patient(), response(())).codes == ["answer.none"]


@pytest.mark.parametrize(
    "broken",
    [
        response(item="all fine"),
        response(item=["all fine"]),
        response(subject="Patient/P1"),
        observation() | {"code": {"coding": {"code": "44261-6"}}},
        patient("P9", name="Test P9"),
        response(meta=[]),
    ],
)
def test_what_is_not_in_fhirs_shape_is_held_rather_than_passed_over(tmp_path: Path, broken: dict[str, Any]) -> None:
    found = read(tmp_path, patient(), broken)
    assert found.codes == ["input.shape"]


def test_no_reason_holds_an_answer_a_name_or_an_id(tmp_path: Path) -> None:
    secret = "Zzyzx"
    found = read(
        tmp_path,
        patient(secret, birthDate=f"{secret}"),
        response((0, 0, {"valueString": secret}, *(0,) * 6), subject={"reference": f"Patient/{secret}"}, id=secret),
        response(subject={"reference": f"Patient/no{secret}"}, id="R2"),
        f'{{"resourceType": "Patient", "id": "{secret}'.encode(),
    )
    assert len(found.held) == 4
    assert not [one.reason for one in found.held if secret in one.reason]
