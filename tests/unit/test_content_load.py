"""Packs of YAML become one content: later packs win, versions stay, what is hidden stays hidden."""

import json
from pathlib import Path

import pytest

from vwazen.content.load import ContentError, UnknownEntryError, content, default_packs
from vwazen.content.model import Instrument

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "vwazen" / "content"
NONCOMMERCIAL = ROOT / "packs" / "noncommercial"
HEAD = "id: ours\ntitle: Invented pack for a test\nlicences: [Apache-2.0, non-commercial]\n"


def write(pack: Path, files: dict[str, str]) -> Path:
    for name, text in {"pack.yaml": HEAD, **files}.items():
        file = pack / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return pack


def changed(id: str, *edits: tuple[str, str]) -> str:
    text = (BASE / "instruments" / f"{id}.yaml").read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_the_default_packs_are_the_base_and_those_beside_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VWAZEN_HOME", raising=False)
    assert default_packs()[:2] == (BASE, NONCOMMERCIAL)


def test_a_sites_packs_come_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path / "packs" / name, {})
    monkeypatch.setenv("VWAZEN_HOME", str(tmp_path))
    assert [pack.name for pack in default_packs()[-2:]] == ["a", "b"]
    monkeypatch.setenv("VWAZEN_HOME", str(tmp_path / "nowhere"))
    assert default_packs()[-1].name == "who-icd-11"


def test_read_once_and_the_same_bytes_every_time() -> None:
    packs = [BASE, NONCOMMERCIAL]
    assert content(packs) is content(packs)
    assert content(packs).bundle() == content([*packs]).bundle()
    assert len(content(packs).version) == 12


def test_the_bundle_is_plain_json_with_every_entry_and_without_examples() -> None:
    both = content([BASE, NONCOMMERCIAL])
    bundle = json.loads(both.bundle())
    assert (bundle["format"], bundle["version"]) == (1, both.version)
    names = {one["id"] for one in bundle["entries"]["instruments"]}
    assert names == {one.id for one in both.instruments}
    phq9 = next(one for one in bundle["entries"]["instruments"] if one["id"] == "phq-9")
    assert "vectors" not in phq9
    assert phq9["texts"]["en"]["answers"]["frequency"]["3"] == "Nearly every day"


def test_a_change_of_content_changes_its_version_and_an_example_does_not(tmp_path: Path) -> None:
    base = content([BASE]).version
    cut = ("licence: free-with-credit", "licence: Apache-2.0")
    text = changed("gad-2", cut, ("direction: high-is-worse", "direction: high-is-better"))
    assert content([BASE, write(tmp_path / "other", {"instruments/gad-2.yaml": text})]).version != base
    text = changed("gad-2", ('{answers: "0 0", total: 0, positive: false, source: [CTK]}', "{typed: 1, source: [CTK]}"))
    assert content([BASE, write(tmp_path / "same", {"instruments/gad-2.yaml": text})]).version == base


def test_old_versions_stay_and_the_newest_is_given_when_none_is_named(tmp_path: Path) -> None:
    pack = write(tmp_path, {"instruments/gad-2-v2.yaml": changed("gad-2", ("version: 1", "version: 2"))})
    both = content([BASE, pack])
    assert [both.instrument("gad-2", 1).version, both.instrument("gad-2").version] == [1, 2]
    assert sum(one.id == "gad-2" for one in both.instruments) == 1
    assert [one.version for one in both.versions(Instrument) if one.id == "gad-2"] == [1, 2]


def test_what_is_not_installed_is_named_with_what_is() -> None:
    with pytest.raises(UnknownEntryError, match=r"No phq-90 among the instruments; installed: .*'phq-9'"):
        content([BASE]).instrument("phq-90")
    with pytest.raises(KeyError, match=r"No phq-9 version 7 .*installed versions of it: \[1\]"):
        content([BASE]).instrument("phq-9", 7)


def test_a_pack_adds_wording_to_an_instrument(tmp_path: Path) -> None:
    texts = """id: epds-xx
version: 1
licence: non-commercial
source: [invented]
reviewed: not yet reviewed by a clinician
instrument: epds
instrument_version: 1
credit: Invented owner
texts:
  xx: {status: draft, source: [invented], items: {"1": Invented wording}}
"""
    epds = content([BASE, write(tmp_path, {"texts/epds-xx.yaml": texts})]).instrument("epds")
    assert epds.texts["xx"].items == {"1": "Invented wording"}
    assert epds.credit == "Invented owner"
    assert not content([BASE]).instrument("epds").texts, "the base is as it was"


def test_wording_for_an_instrument_that_is_not_there(tmp_path: Path) -> None:
    texts = """id: x
version: 1
licence: Apache-2.0
source: [vwazen]
reviewed: not yet reviewed by a clinician
instrument: nowhere
instrument_version: 1
texts: {}
"""
    with pytest.raises(UnknownEntryError, match="for nowhere version 1, which no pack holds"):
        content([BASE, write(tmp_path, {"texts/x.yaml": texts})])


def test_without_the_other_pack_everything_goes_on_and_its_codes_stay_hidden() -> None:
    base = content([BASE])
    with pytest.raises(UnknownEntryError):
        base.instrument("dast-10")
    assert base.by_loinc("82667-7") == []
    assert base.segment_of_code("82667-7") == "substance-use"
    assert base.segment_of_code("75624-7") == "substance-use"


@pytest.mark.parametrize("code", ["76499-3", "76504-0", "76500-8", "76501-6", "76502-4", "76503-2"])
def test_the_codes_of_hark_are_hidden_though_nothing_reads_them(code: str) -> None:
    assert content([BASE]).by_loinc(code) == []
    assert content([BASE]).segment_of_code(code) == "intimate-partner-violence"


def test_the_segment_of_a_code() -> None:
    base = content([BASE])
    assert base.segment_of_code("44260-8") == "mental-health"
    assert base.segment_of_code("75626-2") == "substance-use"
    assert base.segment_of_code("8480-6") is None, "a blood pressure is none of ours"


def test_a_code_that_two_instruments_share_gives_both() -> None:
    found = content([BASE]).by_loinc("44250-9")
    assert [(kind, one.id, item) for kind, one, item in found] == [("item", "phq-2", "1"), ("item", "phq-9", "1")]
    assert [(k, one.id) for k, one, _ in content([BASE]).by_loinc("44249-1")] == [("panel", "phq-9")]
    assert [(k, one.id) for k, one, _ in content([BASE]).by_loinc("44261-6")] == [("total", "phq-9")]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("segment: mental-health", "segmemt: mental-health", "id: gad-2", "unknown field `segmemt`"),
        ("direction: high-is-worse", "direction: up", "direction: up", "Invalid enum value 'up'"),
        ("version: 1", "version: one", "version: one", "Expected `int`, got `str`"),
        ('{id: "2", answers: frequency', '{id: "2", answer: frequency', '{id: "2"', "unknown field `answer`"),
        ("name: GAD-2", "name: GAD-2\nname: GAD-3", "name: GAD-3", "The key 'name' is written twice."),
        ("name: GAD-2", "name: [GAD-2", "title:", ""),
        ("form: items\n", "", "id: gad-2", "missing required field `form`"),
    ],
)
def test_a_faulty_file_is_named_with_line_and_mend(tmp_path: Path, old: str, new: str, line: str, said: str) -> None:
    text = changed("gad-2", (old, new))
    with pytest.raises(ContentError) as caught:
        content([BASE, write(tmp_path, {"instruments/gad-2.yaml": text})])
    error = caught.value
    assert said in error.message
    assert error.file.name == "gad-2.yaml"
    assert line in text.splitlines()[error.line - 1]
    assert error.mend


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    pack = write(tmp_path, {})
    (pack / "segments.yaml").write_bytes("id: ségments".encode("latin-1"))
    with pytest.raises(ContentError, match=r"Byte 5 is not UTF-8. Save the file as UTF-8."):
        content([pack])
