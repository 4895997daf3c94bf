"""Recordings of what is read aloud: only of the very words, only where they may be, only whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sounds import HEAD, clip, pack, tone
from tests.unit.test_content_load import BASE, NONCOMMERCIAL, changed, write
from vwazen.content.check import check
from vwazen.content.clips import MOST, Clips, aloud, digest_of, faults, sound_data, spoken
from vwazen.content.languages import Language
from vwazen.content.load import Content, content, read
from vwazen.content.model import Instrument, Pack
from vwazen.content.phone import phone_bundle, phone_sounds

KNOW = content([BASE, NONCOMMERCIAL])
FIRST = clip("phq-9", "1", "one.wav")
ALONE = {"file": "alone.wav", "says": digest_of("Are you alone together?")}


def recorded(folder: Path, instruments: dict[str, Any], screens: dict[str, Any] | None = None, **more: Any) -> Path:
    """The pack, and a sound for each of its files that can lie there."""
    made = pack(folder, instruments, screens, **more)
    here = made / "languages" / more.get("code", "en")
    for n, name in enumerate(("one.wav", "two.wav", "alone.wav", "one.flac")):
        (here / name).write_bytes(tone(300 + 50 * n))
    return made


def bundle(know: Content, role: str = "chw") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(phone_bundle(know, [role]))
    return found


def of(found: dict[str, Any], instrument: str) -> dict[str, Any]:
    texts: dict[str, Any] = next(one for one in found["instruments"] if one["id"] == instrument)["texts"]
    return texts


def test_a_phone_is_told_of_recordings_and_may_fetch_those(tmp_path: Path) -> None:
    ours = recorded(tmp_path, {"phq-9": {"1": FIRST}}, {"ask.alone": ALONE})
    assert [str(one) for one in check([BASE, ours])] == []
    know = content([BASE, ours])
    found = bundle(know)
    (id,) = of(found, "phq-9")["en"]["clips"].values()
    assert list(of(found, "phq-9")["en"]["clips"]) == ["1"]
    assert list(found["languages"]["en"]["clips"]) == ["ask.alone"]
    assert [(one["bytes"], one["by"]) for one in found["clips"]] == [(6444, "An invented voice")] * 2
    assert {one["id"] for one in found["clips"]} == set(phone_sounds(know, ["chw"]))
    sound = phone_sounds(know, ["chw"])[id]
    assert sound_data(sound) == tone(300)
    sound.path.write_bytes(tone(900))
    assert sound_data(sound) is None, "another sound under the same name is not what the phone was told of"
    assert know.version == content([BASE]).version, "a recording changes no score and no list"
    assert str(tmp_path) not in know.bundle().decode() + phone_bundle(know, ["chw"]).decode()


def test_who_may_not_ask_it_does_not_get_its_recordings(tmp_path: Path) -> None:
    know = content([BASE, recorded(tmp_path, {"phq-9": {"1": FIRST}})])
    assert bundle(know, "chw")["clips"] and len(phone_sounds(know, ["chw"])) == 1
    assert "clips" not in bundle(know, "administrator") and phone_sounds(know, ["administrator"]) == {}


def test_without_recordings_the_content_of_a_phone_is_as_it_was() -> None:
    assert "clips" not in bundle(KNOW)
    assert KNOW.all(Clips) == (), "no recording is shipped"


def test_a_recording_of_other_words_is_left_out_even_where_nobody_checked(tmp_path: Path) -> None:
    text = changed("phq-9", ("Little interest or pleasure in doing things", "Little joy in doing things"))
    ours = recorded(tmp_path / "ours", {"phq-9": {"1": FIRST, "2": clip("phq-9", "2", "two.wav")}})
    other = write(tmp_path / "other", {"pack.yaml": HEAD, "instruments/phq-9.yaml": text})
    found = bundle(content([BASE, ours, other]))
    assert list(of(found, "phq-9")["en"]["clips"]) == ["2"]
    assert len(found["clips"]) == 1


def test_packs_are_joined_and_the_later_recording_counts(tmp_path: Path) -> None:
    one = recorded(tmp_path / "a", {"phq-9": {"1": FIRST, "2": clip("phq-9", "2", "two.wav")}})
    late = recorded(tmp_path / "b", {"phq-9": {"1": {**FIRST, "file": "two.wav"}}}, speaker="Somebody else, invented")
    know = content([BASE, one, late])
    clips = of(bundle(know), "phq-9")["en"]["clips"]
    sounds = phone_sounds(know, ["chw"])
    assert sounds[clips["1"]].path.parent == late / "languages" / "en"
    assert {one["by"] for one in bundle(know)["clips"]} == {"Somebody else, invented"}, "the same sound is fetched once"
    assert [str(one) for one in check([BASE, one, late])] == []


def test_what_is_spoken_is_all_of_one_language() -> None:
    phq9 = KNOW.instrument("phq-9")
    first = spoken(phq9, phq9.items[0], "en")
    assert first.startswith("Over the last 2 weeks") and first.endswith("Nearly every day")
    assert "Little interest or pleasure in doing things" in first
    assert spoken(phq9, phq9.items[0], "xx") == ""
    for one in KNOW.instruments:
        for code, text in one.texts.items():
            for item in one.items:
                said = spoken(one, item, code)
                assert bool(said) == bool(text.items.get(item.id)), (one.id, code, item.id)
    assert [one.id for one in KNOW.instruments if not aloud(one)] == ["cgi-e", "cgi-i", "cgi-s"]


SAYS = "is of another wording"
FAULTS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"phq-9": {"1": {**FIRST, "says": "0" * 12}}}, {}, SAYS),
    ({"phq-9": {"1": {"file": "one.wav"}}}, {}, "does not say of which wording it is"),
    ({"phq-9": {"2": FIRST}}, {}, SAYS),
    ({"phq-9": {"1": {**FIRST, "file": "nowhere.wav"}}}, {}, "is not there, or is empty"),
    ({"phq-9": {"1": {**FIRST, "file": "large.wav"}}}, {}, "more than 200,000"),
    ({"phq-9": {"1": {**FIRST, "file": "one.flac"}}}, {}, "Not every phone plays one.flac."),
    ({"phq-9": {"1": {**FIRST, "file": "../en/one.wav"}}}, {}, "does not lie beside clips.yaml"),
    ({"phq-9": {"1": {**FIRST, "file": "/etc/hosts"}}}, {}, "does not lie beside clips.yaml"),
    ({"phq-9": {"40": FIRST}}, {}, "PHQ-9 has no item 40."),
    ({"phq-99": {"1": FIRST}}, {}, "There is no instrument phq-99."),
    ({"cgi-s": {"1": FIRST}}, {}, "is the worker's own rating and is not read aloud."),
    ({"srq-20": {"1": FIRST}}, {}, "There is no wording in en"),
    ({"who-5": {"1": clip("who-5", "1", "one.wav")}}, {}, "The wording of WHO-5 is under CC-BY-NC-SA-3.0-IGO."),
    ({"phq-9": {"1": {**FIRST, "licence": "public-domain"}}}, {}, "public-domain is not among those of the pack."),
    ({"phq-9": {"1": FIRST}}, {"speaker": ""}, "Nothing says the speaker"),
    ({"phq-9": {"1": FIRST}}, {"reviewed": ""}, "Nothing says the reviewed"),
    ({}, {"screens": {"ask.nowhere": ALONE}}, "en has no words of its own for ask.nowhere."),
    ({}, {"screens": {"ask.choose": ALONE}}, "no recording can say it"),
    ({}, {"screens": {"ask.alone": {**ALONE, "says": "0" * 12}}}, SAYS),
    ({}, {"screens": {"ask.alone": ALONE}, "code": "ht"}, SAYS),
]


@pytest.mark.parametrize(("instruments", "more", "says"), FAULTS)
def test_each_fault_is_named_with_its_place(
    instruments: dict[str, Any], more: dict[str, Any], says: str, tmp_path: Path
) -> None:
    made = recorded(tmp_path, instruments, **more)
    code = more.get("code", "en")
    (made / "languages" / code / "large.wav").write_bytes(bytes(MOST + 1))
    entry = read(made / "languages" / code / "clips.yaml", Clips)
    head = read(made / "pack.yaml", Pack)
    found = list(faults(entry, head.licences, KNOW.versions(Instrument), KNOW.get(Language, code).words))
    (said,) = (one for one in found if says in one[1])
    assert said[0].startswith("$.") and said[2], found


def test_content_check_names_file_line_and_mend(tmp_path: Path) -> None:
    """A recording of words of before, one that is not there, one that nobody cites: and a key that nobody knows."""
    wrong = {"1": {**FIRST, "says": "0" * 12}, "2": clip("phq-9", "2", "nowhere.wav", source=["nobody-knows"])}
    made = recorded(tmp_path / "a", {"phq-9": wrong})
    also = recorded(tmp_path / "b", {"phq-9": {"1": {**FIRST, "spoken": "x"}}})
    found = {one.message: one for one in check([BASE, made, also])}
    text = (made / "languages" / "en" / "clips.yaml").read_text("utf-8").splitlines()
    says = {"of another wording": "one.wav", "is not there": "nowhere.wav", "nobody-knows is not explained": "source:"}
    for words, where in says.items():
        (problem,) = (one for one in found.values() if words in one.message)
        assert problem.file.name == "clips.yaml" and problem.mend
        assert where in "".join(text[problem.line - 2 : problem.line + 1]), problem
    assert any("unknown field" in one for one in found) and len(found) == 4


def test_the_check_says_what_to_write_once_somebody_has_listened(tmp_path: Path) -> None:
    made = recorded(tmp_path, {"phq-9": {"1": {"file": "one.wav"}}})
    (problem,) = check([BASE, made])
    assert FIRST["says"] in problem.mend and "Little interest or pleasure in doing things" in problem.mend
    text = (made / "languages/en/clips.yaml").read_text("utf-8").splitlines()
    assert "one.wav" in text[problem.line] or "one.wav" in text[problem.line - 1]
