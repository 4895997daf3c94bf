"""FHIR, resource by resource: whose it is, when it was, whether it is finished, and what is held with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange_build import bundle, observation, patient, read, read_path, response
from vwazen.clinical.facts import Source


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
