"""The words of the phone's screens: joined from a folder, checked against English, extended by a pack."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_content_load import BASE, write
from tests.unit.test_refusals_said import letting_in, phrase_key
from vwazen.content.check import check
from vwazen.content.languages import ENGLISH, Language, holes, joined, stem
from vwazen.content.load import content
from vwazen.content.rules import Tiers
from vwazen.home import ROOT

HEAD = "name: Ours\nstatus: {status}\nlicence: Apache-2.0\nreviewed: nobody yet\nsource: [vwazen]\n"
PACK = {"LICENSE.md": "Invented.\n"}
SMALL = {
    **PACK,
    "languages/en/language.yaml": HEAD.format(status="complete"),
    "languages/en/next.yaml": "words:\n  next.go_on: Go on.\n  next.saved: Saved, {name}.\n"
    "  next.unanswered_one: '{n} is open'\n  next.unanswered_other: '{n} are open'\n",
}
WORDS = {one.code: one for one in content([BASE]).all(Language)}


def test_a_language_is_joined_from_its_files() -> None:
    english = WORDS[ENGLISH]
    assert (english.name, english.dir, english.status) == ("English", "ltr", "complete")
    assert "next.zero" in english.words
    assert list(english.words) == sorted(english.words)


def test_a_later_pack_says_a_few_words_its_own_way_and_brings_a_language(tmp_path: Path) -> None:
    pack = write(
        tmp_path / "ours",
        {
            **PACK,
            "languages/en/ours.yaml": "words: {next.go_on: Go on.}\n",
            "languages/he/language.yaml": HEAD.format(status="draft") + "dir: rtl\n",
            "languages/he/next.yaml": "words: {next.go_on: invented}\n",
        },
    )
    assert [str(one) for one in check([BASE, pack])] == []
    both = content([BASE, pack])
    found = {one.code: one for one in both.all(Language)}
    assert found["en"].words["next.go_on"] == "Go on."
    assert found["en"].words["next.zero"] == WORDS["en"].words["next.zero"]
    assert (found["en"].status, found["en"].reviewed) == (WORDS["en"].status, WORDS["en"].reviewed)
    assert (found["he"].name, found["he"].dir, found["he"].words) == ("Ours", "rtl", {"next.go_on": "invented"})
    assert both.version == content([BASE]).version, "words on a screen change no score and no list"


FAULTS = [
    # files of a pack beside the base, the file and line named, what is said
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words:\n  next.go_on: x\n  next.nothing: x\n"},
     "a.yaml", 3, "English has no key next.nothing."),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words:\n  next.saved: no hole\n"},
     "a.yaml", 2, "The holes of next.saved differ from English, which has {name}."),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words: {next.go_on: '{name}'}\n"},
     "a.yaml", 1, "which has none"),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words: {next.go_on: ' '}\n"},
     "a.yaml", 1, "next.go_on has no text."),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words: {Next.GoOn: x}\n"},
     "a.yaml", 1, "'Next.GoOn' is no key."),
    ({"xx/language.yaml": HEAD.format(status="complete"), "xx/a.yaml": "words: {next.go_on: x}\n"},
     "language.yaml", 1, "xx is called complete and lacks next.saved"),
    ({"xx/a.yaml": "words: {next.go_on: x}\n"}, "a.yaml", 1, "The language xx does not say its name."),
    ({"fa/language.yaml": HEAD.format(status="draft"), "fa/a.yaml": "words: {next.go_on: x}\n"},
     "language.yaml", 1, "fa is written from right to left."),
    ({"klingon9!/language.yaml": HEAD.format(status="draft")}, "language.yaml", 1, "not called by a language code."),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words: {next.go_on: x}\n",
      "xx/b.yaml": "words: {next.go_on: y}\n"}, "b.yaml", 1, "The key next.go_on stands in a.yaml as well."),
    ({"en/a.yaml": "words: {a.days_one: '{n} day'}\n"}, "language.yaml", 1, "has a.days_one and no a.days_other."),
    ({"xx/language.yaml": HEAD.format(status="draft"), "xx/a.yaml": "words: {next.go_on: yes}\n"},
     "a.yaml", 1, "Expected `str`, got `bool`"),
    ({"xx/language.yaml": HEAD.format(status="ready")}, "language.yaml", 2, "Invalid enum value 'ready'"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "file", "line", "says"), FAULTS)
def test_each_fault_is_named_with_its_place(
    files: dict[str, str], file: str, line: int, says: str, tmp_path: Path
) -> None:
    base = write(tmp_path / "base", SMALL)
    pack = write(tmp_path / "ours", {f"languages/{name}": text for name, text in files.items()})
    problems = check([base, pack])
    found = [one for one in problems if says in str(one)]
    assert found, [str(one) for one in problems]
    assert (found[0].file.name, found[0].line) == (file, line)
    assert found[0].mend


def test_a_plural_may_have_the_forms_that_the_language_needs(tmp_path: Path) -> None:
    texts = "words:\n  next.unanswered_two: both\n  next.unanswered_few: a few, {n}\n  next.unanswered_other: '{n}'\n"
    head = HEAD.format(status="draft") + "dir: rtl\n"
    pack = write(tmp_path / "ours", {**SMALL, "languages/ar/a.yaml": texts, "languages/ar/language.yaml": head})
    assert [str(one) for one in check([pack])] == []


def test_parts() -> None:
    assert holes("Today, {n} of {all}") == {"n", "all"}
    assert stem("today.visits_one") == ("today.visits", "one")
    assert stem("ask.no_answer") == ("ask.no_answer", "")
    one = joined(None, Language(code="xx", name="X", dir="rtl", read_by_speaker=True, words={"b.b": "1", "a.a": "2"}))
    assert joined(one, Language(code="xx", words={"a.a": "3"})) == Language(
        code="xx", name="X", dir="rtl", read_by_speaker=True, words={"a.a": "3", "b.b": "1"}
    )


def test_what_is_shipped_says_who_went_over_it() -> None:
    assert {"ar", "en", "es", "fr", "ht", "rw"} <= set(WORDS)
    for one in WORDS.values():
        assert one.reviewed
        assert one.status == "complete" or one.code != ENGLISH
        assert (one.dir == "rtl") == (one.code == "ar")


def test_danger_is_said_in_every_language() -> None:
    """A draft may lack keys, but no step of what to do in danger."""
    steps = [key for key in WORDS[ENGLISH].words if key.startswith(("danger.stay", "danger.call", "danger.q_"))]
    assert len(steps) > 10
    for one in WORDS.values():
        assert [key for key in steps if key not in one.words] == [], one.code


def test_phrases_are_the_contents_own() -> None:
    """What stands inside a sentence is looked up by its own words: key and English are those of the content."""
    know = content([BASE, ROOT / "packs" / "noncommercial"])
    said = {tier.word for list in know.all(Tiers) for tier in list.tiers} | {one.otherwise for one in know.all(Tiers)}
    for one in know.instruments:
        said |= {band.name for band in one.bands} | {cut.means for cut in one.cutoffs if cut.used}
        said |= {rule.name for rule in one.criteria} | {part.name for part in one.subscales}
        said |= {remark.text for remark in one.remarks}
    keys = {phrase_key(text): text for text in said | letting_in()}
    assert {key: text for key, text in WORDS[ENGLISH].words.items() if key.startswith("phrase.")} == keys


def _keys_in_code() -> Iterator[tuple[str, str]]:
    """Each key that the phone's code names in full, and where."""
    for file in sorted((ROOT / "phone").rglob("*.ts*")):
        if not {"node_modules", "test"} & set(file.relative_to(ROOT / "phone").parts):
            for key in re.findall(r"""\bt\(\s*"([^"$]+)"[,)\s]""", file.read_text("utf-8")):
                yield key, file.name


def test_every_key_that_the_phone_names_has_words() -> None:
    english = WORDS[ENGLISH].words
    missing = [
        f"{key} in {file}" for key, file in _keys_in_code() if key not in english and f"{key}_other" not in english
    ]
    assert missing == []
