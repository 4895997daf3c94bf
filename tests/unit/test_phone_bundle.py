"""What a phone gets of the content: by role, lean, and the same bytes every time."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.test_content_load import BASE, NONCOMMERCIAL, write
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.content.people import Scopes
from vwazen.content.phone import lean, phone_bundle, phone_version

KNOW = content([BASE, NONCOMMERCIAL])
ROLES = KNOW.all(Scopes)[-1].roles


def bundle(*roles: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(phone_bundle(KNOW, roles))
    return found


def test_the_same_bytes_and_version_in_whatever_order() -> None:
    assert phone_bundle(KNOW, ["nurse", "chw"]) == phone_bundle(KNOW, iter(("chw", "nurse", "chw", "stranger")))
    assert bundle("chw")["version"] == phone_version(KNOW, ["chw"])
    assert len({phone_version(KNOW, [role]) for role in ("chw", "lay_counsellor", "nurse", "psychologist")}) == 4


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_gets_the_instruments_that_it_may_give_and_no_other(role: str) -> None:
    may = ROLES[role]
    expected = {
        (one.id, one.version)
        for one in KNOW.versions(Instrument)
        if role in one.administered_by
        and "ask" in may.permissions
        and (one.segment in may.segments or one.segment == "mental-health")
    }
    assert {(one["id"], one["version"]) for one in bundle(role)["instruments"]} == expected
    assert bundle(role)["segments"] == sorted(may.segments)


def test_a_community_worker_gets_no_protocol_and_no_form_of_what_they_may_not_read() -> None:
    chw, counsellor = bundle("chw"), bundle("lay_counsellor")
    assert chw["protocols"] == [] == chw["scores"]
    assert chw["manuals"] == []
    asked = {role: one["said"]["asked"] for role, one in (("chw", chw), ("counsellor", counsellor))}
    assert "Left hospital on" in asked["chw"] and "Thoughts of ending their life, now" not in asked["chw"]
    assert {one["id"] for one in counsellor["protocols"]} == {"collaborative-care", "community-care"}
    assert [one["id"] for one in counsellor["manuals"]] == ["problem-management"]
    assert "Thoughts of ending their life, now" in asked["counsellor"]
    assert counsellor["scores"] == ["general", "mental-health"]
    assert bundle("administrator")["instruments"] == []


def test_safety_is_always_there() -> None:
    for role in ("chw", "administrator"):
        safety = bundle(role)["safety"]
        assert safety["first_contact_hours"] == 48
        assert safety["steps"][0].startswith("Stay with the person.")
        assert safety["on_call"]["supervisor_minutes"] == 15


def test_no_sources_no_examples_no_notes() -> None:
    text = phone_bundle(KNOW, list(ROLES)).decode()
    for word in ('"source":', '"vectors":', '"loinc":', '"terms":', '"notes":', '"sensitivity":'):
        assert word not in text
    phq9 = next(one for one in bundle("chw")["instruments"] if one["id"] == "phq-9")
    assert phq9["credit"].startswith("PHQ-9: developed by")
    assert phq9["reviewed"] == "not yet reviewed by a clinician"
    assert phq9["texts"]["en"]["items"]["1"] == "Little interest or pleasure in doing things"


def test_what_is_left_out_are_defaults_and_what_is_not_shown() -> None:
    for one in KNOW.instruments:
        small = lean(one)
        whole = json.loads(msgspec.json.encode(one))
        for item, kept in zip(whole.get("items", ()), small.get("items", ()), strict=True):
            assert {name: value for name, value in item.items() if name != "loinc"} == kept
        for name in ("score", "missing", "range"):
            dropped = {"none_found", "note", "source"}
            value = whole.get(name) or {}
            assert {key: part for key, part in value.items() if key not in dropped} == (small.get(name) or {})


def test_of_english_only_what_a_pack_says_otherwise(tmp_path: Path) -> None:
    """The shell has our English built in."""
    pack = write(tmp_path / "ours", {"languages/en/ours.yaml": "words: {next.go_on: Go on.}\n"})
    found = json.loads(phone_bundle(content([BASE, pack]), ["chw"]))["languages"]
    assert found["en"]["words"] == {"next.go_on": "Go on."}
    assert bundle("chw")["languages"]["en"] == {"name": "English", "dir": "ltr", "status": "complete", "words": {}}
    assert bundle("chw")["languages"]["fr"]["words"]["danger.yes"] == "Oui"


def test_it_says_that_no_speaker_has_read_a_language(tmp_path: Path) -> None:
    """By a field of its own: what `reviewed` says in words is for people."""
    head = "name: Ours\nstatus: draft\nlicence: Apache-2.0\nreviewed: {}\nsource: [vwazen]\n"
    pack = write(
        tmp_path / "ours",
        {
            "languages/xa/language.yaml": head.format("a nurse of ours") + "read_by_speaker: true\n",
            "languages/xa/words.yaml": "words: {next.go_on: invented}\n",
            "languages/xb/language.yaml": head.format("no speaker, or so it begins") + "read_by_speaker: true\n",
            "languages/xc/language.yaml": head.format("not said"),
        },
    )
    found = json.loads(phone_bundle(content([BASE, pack]), ["chw"]))["languages"]
    unread = {code: one.get("unread", False) for code, one in found.items()}
    assert unread == {
        "en": False, "ar": True, "es": True, "fr": True, "ht": True, "rw": True, "xa": False, "xb": False, "xc": True
    }  # fmt: skip


def test_it_fits_a_slow_line() -> None:
    assert len(gzip.compress(phone_bundle(KNOW, ["chw"]), 9)) < 95_000
