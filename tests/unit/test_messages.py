"""What goes to a phone tells nothing; who agreed is who said so last; and who has read what."""

import datetime as dt
import random
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW, TODAY, fact
from vwazen.clinical import facts as f
from vwazen.clinical.fold import chart
from vwazen.clinical.message_address import same, tail
from vwazen.content.check import check
from vwazen.content.clinic import CodeList, Medicines
from vwazen.content.load import BASE
from vwazen.content.messages import LANGUAGES, Message, Wording, faults_of, is_stop, plain, told_too_much, written
from vwazen.content.rules import Protocol

DAY = dt.date(2026, 5, 20)


def folded(*facts: f.Fact) -> list[tuple[str, str]]:
    return [(body.channel, body.address) for _, body in chart(facts, KNOW, TODAY).contacts]


def agreed(number: int, when: str, channel: str = "sms", address: str = "+50937000001") -> f.Fact:
    return fact(number, when, f.ContactPreference(channel=channel, address=address))  # type: ignore[arg-type]


@pytest.mark.parametrize("message", KNOW.all(Message), ids=lambda one: one.id)
def test_no_message_of_ours_tells_in_any_language(message: Message) -> None:
    assert not list(faults_of(message))
    for language in LANGUAGES:
        for shared in (False, True):
            text = written(KNOW, message.id, language, shared=shared, day=DAY, site="Bèl Dlo")
            assert not told_too_much(KNOW, text), text
            assert "{" not in text and len(text) <= 160, text
            if shared:
                assert "Bèl Dlo" not in text
    assert set(message.drafts) >= {"fr", "ht", "es"}, "nobody has read them: they are drafts, and say so"


def test_every_name_on_every_installed_list_is_refused() -> None:
    names = [name for listed in KNOW.all(Medicines) for one in listed.medicines for name in (one.name, *one.also)]
    names += [name for one in KNOW.instruments for name in (one.name, one.title)]
    names += [one.condition for plan in KNOW.all(Protocol) for one in plan.conditions]
    names += [title for listed in KNOW.all(CodeList) for title in listed.codes.values()]
    assert len(names) > 80
    for name in names:
        for said in (name, name.upper(), name.replace("-", " ")):
            assert told_too_much(KNOW, f"Please come on Monday: {said}, at nine."), name


@pytest.mark.parametrize("site", [
    "Mental Health Unit", "Santé Mentale", "Sant Sante Mantal", "Hospital Psiquiátrico", "PSYCHIATRIE", "Psikiyatri",
    "Salud mental", "Centre de désintoxication et psychothérapie", "Epilepsy Clinic", "Klinik VIH",
])  # fmt: skip
def test_a_place_whose_name_tells_is_left_out(site: str) -> None:
    assert site not in written(KNOW, "reminder", "en", shared=False, day=DAY, site=site)


@pytest.mark.parametrize("site", ["Bèl Dlo", "Savann Wòch", "Hôpital Sainte-Thérèse", "Centro de Salud", "Clinic 4"])
def test_a_plain_place_is_named(site: str) -> None:
    named = written(KNOW, "reminder", "en", shared=False, day=DAY, site=site)
    assert site in named or told_too_much(KNOW, site), named


def test_a_language_without_a_text_gets_english() -> None:
    assert written(KNOW, "reminder", "sw", shared=False, day=DAY, site="X") == written(
        KNOW, "reminder", "en", shared=False, day=DAY, site="X"
    )


def test_a_message_that_tells_is_found_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    folder.mkdir()
    text = (BASE / "messages" / "reminder.yaml").read_text()
    (tmp_path / "pack.yaml").write_text((BASE / "pack.yaml").read_text())
    (folder / "reminder.yaml").write_text(
        text.replace("We expect you", "Your fluoxetine is ready, {name}: we expect you")
    )
    found = [str(one) for one in check([BASE, tmp_path]) if one.file.parent == folder]
    assert any("fluoxetine" in one and "reminder.yaml:10:" in one for one in found), found
    assert any("{name}" in one for one in found)
    assert not [one for one in check([BASE]) if "message" in one.file.parts]


@pytest.mark.parametrize("word", [
    word for listed in KNOW.all(Wording) for lang in listed.languages.values() for word in lang.stop
])  # fmt: skip
def test_stop_is_understood_however_it_is_typed(word: str) -> None:
    for said in (word, word.upper(), f" {word}!! ", plain(word)):
        assert is_stop(KNOW, said)


def test_one_address_a_channel_and_the_last_word_counts() -> None:
    first, second = agreed(1, "2026-05-01"), agreed(2, "2026-05-02", address="+50937000002")
    voice = agreed(3, "2026-05-03", "voice")
    for order in permutations((first, second, voice)):
        assert folded(*order) == [("sms", "+50937000002"), ("voice", "+50937000001")]
    assert folded(first, voice, agreed(4, "2026-05-04", "none", "+50937000002")) == [
        ("sms", "+50937000001"), ("voice", "+50937000001")
    ]  # fmt: skip
    assert folded(first, voice, agreed(4, "2026-05-04", "none")) == []
    assert folded(first, agreed(4, "2026-05-04", "none"), agreed(5, "2026-05-05")) == [("sms", "+50937000001")]


def test_of_a_yes_and_a_no_at_one_instant_the_no_counts() -> None:
    yes, no = agreed(1, "2026-05-01T09:00:00Z"), agreed(0, "2026-05-01T09:00:00Z", "none")
    assert folded(yes, no) == folded(no, yes) == []


def said(number: int, when: str, author: str = "w1", to: tuple[str, ...] = ("w2",), urgent: bool = False) -> f.Fact:
    return fact(number, when, f.TeamMessage(text="Words.", to=to, urgent=urgent), author=author)


def seen(number: int, when: str, author: str, message: str = "f01") -> f.Fact:
    return fact(number, when, f.MessageRead(message=message), author=author)


def test_a_message_waits_for_each_and_urgent_ends_with_the_first_human_but_its_author() -> None:
    message = said(1, "2026-05-01T09:00:00Z", to=("w2", "w3"), urgent=True)
    (note,) = chart([message], KNOW, TODAY).messages
    assert note.waits == ("w2", "w3") and note.urgent_since == note.at
    (note,) = chart([message, seen(2, "2026-05-01T09:01:00Z", "w1")], KNOW, TODAY).messages
    assert note.urgent_since is not None, "whoever wrote it does not answer it"
    (note,) = chart([message, seen(2, "2026-05-01T09:05:00Z", "w9")], KNOW, TODAY).messages
    assert note.urgent_since is None and note.waits == ("w2", "w3"), "on call took it on; both still read it"
    (note,) = chart([message, seen(2, "2026-05-01T09:05:00Z", "w2")], KNOW, TODAY).messages
    assert note.waits == ("w3",)


def test_what_waits_is_passed_on_and_what_was_read_is_not_asked_again() -> None:
    message = said(1, "2026-05-01T09:00:00Z", to=("w2", "w3"))
    passed = fact(2, "2026-05-02", f.PassedOn(giver="w2", taker="w4"))
    (note,) = chart([message, passed], KNOW, TODAY).messages
    assert note.waits == ("w4", "w3")
    gone = fact(3, "2026-05-03", f.Retraction(reason="x"), retracts="f01")
    assert chart([message, passed, gone], KNOW, TODAY).messages == ()


numbers = st.from_regex(r"\+?[1-9][0-9]{7,13}", fullmatch=True)


@given(numbers, st.randoms())
def test_one_number_is_one_however_it_is_written(number: str, dice: random.Random) -> None:
    digits = number.lstrip("+")
    spaced = "".join(one + dice.choice(["", " ", "-"]) for one in digits)
    for other in (f"+{digits}", f"00{digits}", spaced, digits[-8:]):
        assert same(number, other) and tail(number) == tail(other), other


@given(numbers, numbers)
def test_two_numbers_are_two(one: str, other: str) -> None:
    assert same(one, other) == same(other, one)
    if same(one, other):
        short, long = sorted((one.lstrip("+"), other.lstrip("+")), key=len)
        assert long.endswith(short)
