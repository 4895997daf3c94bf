"""The pairs of a language for the clinic's own sentences: what a check finds wrong, and what of them a phone gets."""

import json
from pathlib import Path

import pytest

from tests.unit.test_content_load import BASE, write
from vwazen.content.check import check
from vwazen.content.languages import ENGLISH, Language
from vwazen.content.load import content
from vwazen.content.phone import phone_bundle
from vwazen.content.said import CARE, for_phone, for_roles

HEAD = "name: Ours\nstatus: {status}\nlicence: Apache-2.0\nreviewed: nobody yet\nsource: [vwazen]\n"
PACK = {"LICENSE.md": "Invented.\n"}
WORDS = {one.code: one for one in content([BASE]).all(Language)}
COMPLETE = [one for one in WORDS.values() if one.status == "complete" and one.code != ENGLISH]


def test_every_complete_language_has_the_same_pairs() -> None:
    first, *others = ({group: list(pairs) for group, pairs in one.said.items()} for one in COMPLETE)
    assert {one.code for one in COMPLETE} == {"es", "fr"}
    assert all(one == first for one in others)
    # What was typed is never taken for an answer that a form offers.
    assert {*first["asked"], *first["asked-care"]}.isdisjoint({*first["told"], *first["told-care"]})


def test_a_no_and_an_end_are_not_said_in_words_that_also_mean_the_opposite() -> None:
    """« Plus de messages » is "more messages" as well, and «pasó» is "it happened"."""
    for one in COMPLETE:
        ended = one.said["clinic-care"]["Mania was reported on {day} and not since seen gone."]
        assert "dispar" in ended or "desapar" in ended, one.code
        assert not one.said["entry"]["No messages any more"].casefold().startswith("plus de"), one.code
        assert "pasó" not in one.said["title"]["Danger sign seen to be gone: {sign}"], one.code


FAULTS = [
    ("'Seen on {day}.': Vu.", "The holes of “Seen on {day}.” differ."),
    ("'Seen on {day}.': 'Vu {day}, {day}.'", "The holes of “Seen on {day}.” differ."),
    ("'From {n} to {n}.': 'De {n} à {n}.'", "The holes of “From {n} to {n}.” differ."),
    ("'Seen.': ' '", "“Seen.” has no sentence."),
    ("'After 4 weeks.': Après quatre semaines.", "The numbers of “After 4 weeks.” differ."),
    ("'Seen {day}{name}.': 'Vu {day}{name}.'", "Two holes of “Seen {day}{name}.” touch."),
    ("'Seen {how}.': 'Vu {how}.'", "Nothing is called {how}."),
    ("'{clinic}': '{clinic}'", "“{clinic}” leads to itself."),
]


@pytest.mark.parametrize(("pair", "says"), FAULTS)
def test_a_pair_that_would_lose_something_is_named(tmp_path: Path, pair: str, says: str) -> None:
    files = {
        "languages/xx/language.yaml": HEAD.format(status="draft"),
        "languages/xx/said.yaml": f"said:\n  clinic:\n    On track: x\n    {pair}\n",
    }
    (problem,) = check([BASE, write(tmp_path / "ours", {**PACK, **files})])
    assert (problem.file.name, problem.line) == ("said.yaml", 4)
    assert problem.message == says


def test_a_sentence_of_the_lists_without_a_pair_is_named_where_it_stands(tmp_path: Path) -> None:
    tiers = (BASE / "tiers" / "default.yaml").read_text("utf-8")
    ours = tiers.replace("plain: A visit was due on {risk.contact_due}.", "plain: See them, due {risk.contact_due}.")
    ours = ours.replace("version: 1", "version: 2")
    pack = write(tmp_path / "ours", {**PACK, "tiers/default.yaml": ours})
    problems = check([BASE, pack])
    line = ours[: ours.index("plain: See them")].count("\n") + 1
    assert [(one.file.name, one.line, one.message) for one in problems] == [
        ("default.yaml", line, f"{code} is called complete and does not say “See them, due {{risk.contact_due}}.”.")
        for code in ("es", "fr")
    ]
    said = {code: f"said:\n  clinic:\n    'See them, due {{day}}.': '{code} {{day}}'\n" for code in ("es", "fr")}
    more = {f"languages/{code}/said.yaml": text for code, text in said.items()}
    assert check([BASE, write(tmp_path / "whole", {**PACK, **more, "tiers/default.yaml": ours})]) == []
    # A number is no day, and what everybody reads may not stand among what only some are given.
    wrong = {name: text.replace("{day}", "{n}") for name, text in more.items()}
    assert len(check([BASE, write(tmp_path / "number", {**PACK, **wrong, "tiers/default.yaml": ours})])) == 2
    wrong = {name: text.replace("clinic:", f"clinic{CARE}:") for name, text in more.items()}
    assert len(check([BASE, write(tmp_path / "care", {**PACK, **wrong, "tiers/default.yaml": ours})])) == 2


FORM = """id: ours
version: 1
title: Our questions
licence: Apache-2.0
source: [vwazen]
basis: invented
reviewed: not yet reviewed by a clinician
segment: {segment}
ask: when_needed
sections:
  - title: All
    items:
      - {{id: a, text: Sings, kind: choice, choices: {{"yes": "Yes", often: Often}}}}
      - {{id: b, text: Whom with, kind: text}}
      - {{id: c, text: How many, kind: number, unit: songs}}
"""


def test_a_form_or_a_manual_is_said_by_the_languages_that_lie_beside_it(tmp_path: Path) -> None:
    """One without languages: `spec/test_manuals.py`."""
    ours = {"forms/ours.yaml": FORM.format(segment="general")}
    said = """said:
  form: {Our questions: Nos questions}
  asked: {Sings: Chante, How many: Combien}
  told: {Whom with: Avec qui}
  chosen: {often: souvent, "{n} songs": "{n} chansons"}
"""
    less = said.replace("often: souvent, ", "").replace("Whom with", "Whom")
    found = check([BASE, write(tmp_path / "less", {**PACK, **ours, "languages/fr/ours.yaml": less})])
    assert [(one.file.name, one.line, one.message) for one in found] == [
        ("ours.yaml", 13, "fr is called complete and does not say “Often”."),
        ("ours.yaml", 14, "fr is called complete and does not say “Whom with”."),
    ]
    care = FORM.format(segment="mental-health")
    pack = write(tmp_path / "care", {**PACK, "forms/ours.yaml": care, "languages/fr/ours.yaml": said})
    assert check([BASE, pack]) == []  # what everybody is given serves whoever reads more


def test_a_later_pack_says_a_sentence_its_own_way(tmp_path: Path) -> None:
    said = "said:\n  clinic:\n    On track: Tout va bien\n"
    both = content([BASE, write(tmp_path / "ours", {**PACK, "languages/fr/ours.yaml": said})])
    (french,) = (one for one in both.all(Language) if one.code == "fr")
    assert french.said["clinic"]["On track"] == "Tout va bien"
    assert len(french.said["clinic"]) == len(WORDS["fr"].said["clinic"])
    assert french.said["entry"] == WORDS["fr"].said["entry"]


def test_who_reads_no_mental_health_care_is_not_given_its_sentences() -> None:
    bundles = {role: json.loads(phone_bundle(content([BASE]), [role])) for role in ("chw", "lay_counsellor")}
    walker, counsellor = (bundles[role]["said"] for role in ("chw", "lay_counsellor"))
    harm = "Harmed themselves on {day}; risk steps open since {day2}."
    assert harm in counsellor["clinic"]
    assert harm not in walker["clinic"]
    assert "change" in counsellor
    assert "change" not in walker
    assert "Needs help now. Call the person on call." in walker["clinic"]
    for bundle in bundles.values():
        for one in bundle["languages"].values():
            assert all(len(its) == len(bundle["said"][group]) for group, its in one.get("said", {}).items())
    assert "said" not in bundles["chw"]["languages"]["ht"]


def test_what_a_language_lacks_travels_as_nothing() -> None:
    two = {
        "xa": {"clinic": {"A": "a", "B": "b"}},
        "xb": {"clinic": {"B": "ß", "C": "c"}, "why-care": {"D": "d"}},
        "xc": {},
    }
    english, its = for_phone(two, reads=False)
    assert english == {"clinic": ["A", "B", "C"]}
    assert its == {"xa": {"clinic": ["a", "b", ""]}, "xb": {"clinic": ["", "ß", "c"]}}
    assert for_roles(two["xb"], reads=True) == {"clinic": {"B": "ß", "C": "c"}, "why": {"D": "d"}}
