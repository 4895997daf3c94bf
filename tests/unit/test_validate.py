"""What the record's door refuses, and that it says how to mend it without repeating what was written."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import fact, persons
from tests.tries import tries
from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.validate import LONG, problems

NOTE = f.Note(text="Invented words.")
WHEN = "2026-05-01T08:00:00.000Z"
SECRET = "Sekrè"


def change(body: f.AnyBody, **fields: object) -> Fact:
    return msgspec.structs.replace(fact(1, WHEN, body), **fields)


@pytest.mark.parametrize(
    "occurred",
    ["2026-05-01", "2026-05-01T08:00Z", "2026-05-01T08:00:00+05:30", "2026-05-01T08:00:00.123456-11:00", "1851-01-01"],
)
def test_dates_and_instants_are_taken(occurred: str) -> None:
    assert problems(change(NOTE, occurred=occurred)) == []


@pytest.mark.parametrize(
    "occurred",
    ["", "yesterday", "2026-02-30", "2026-W47-4", "20261119", "2026-05-01T08:00:00", "2026-05-01 08:00Z", "0001-01-01",
     "20260501T080000+0100", "2026-05-01T24:00Z", "2026-05-01T08:00+15:00", "9999-12-31T23:59:59-14:00", "٢٠٢٦-٠٥-٠١",
     "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(occurred: str) -> None:
    (problem,) = problems(change(NOTE, occurred=occurred))
    assert "2026-11-19T08:42:00+01:00" in problem


@pytest.mark.parametrize("recorded", ["2026-05-01", "2026-05-01T08:00:00+01:00", "now"])
def test_recorded_is_an_instant_in_utc(recorded: str) -> None:
    assert "“recorded”" in problems(change(NOTE, recorded=recorded))[0]


EPISODE = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w1")
ADVICE = f.Recommendation(episode="f01", choice="change", text="more", owner="w1", due="2026-06-01")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (change(f.Encounter(mode="clinic", next="soon")), "“next” is no date"),
        (change(f.Encounter(mode="clinic", next="2026-04-30")), "before the contact itself"),
        (change(f.Encounter(mode="clinic", minutes=-5)), "“minutes” lies between 0 and 1440"),
        (change(f.Prescription(name="x", hours=(1, 0, 1))), "in the morning, at noon, in the evening and at night"),
        (change(f.Prescription(name="x", hours=(0, 0, 0, 0))), "one of them at least"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, -1))), "one of them at least"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, float("nan")))), "one of them at least"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, 1e-9))), "one of them at least"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, 1), times=3)), "are not what the hours of the day say"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, 1), amount=2)), "are not what the hours of the day say"),
        (change(f.Prescription(name="x", hours=(1, 0, 0, 1), every_days=28)), "has no hours of the day"),
        (change(msgspec.structs.replace(ADVICE, due="")), "“due” is no date"),
        (change(msgspec.structs.replace(ADVICE, due="9999-12-31")), "“due” is no date"),
        (change(f.Triage(decision="not_now", until="2026-13-01")), "“until” is no date"),
        (change(f.Assessment(risk="f01", recent_act="yes", recent_act_on="1 May")), "“recent_act_on” is no date"),
        (change(f.Assessment(risk="f01", recent_act="yes", recent_act_on="2026-05-02")), "after the day on which"),
        (change(f.Registration(name="A", born="85")), "“born” is no birth date"),
        (change(f.Registration(name="A", born="1985-13")), "“born” is no birth date"),
        (change(f.Registration(name="A" * 201)), "“name” is longer than 200"),
        (change(f.Note(text="a" * (LONG + 1))), "“text” is longer than 20000"),
        (change(f.Note(text="a\0b")), "no text"),
        (change(f.Note(text="a\ud800b")), "no text"),
        (change(f.Assessment(risk="f01", done=("x",) * 200, words="é" * LONG, staying="é" * LONG)), "64 kB"),
        (change(msgspec.structs.replace(EPISODE, step=0)), "“step” lies between 1 and 20"),
        (change(msgspec.structs.replace(EPISODE, owner="w" * 37)), "“owner” is longer than 36"),
        (change(f.Response(instrument="phq-9", version=1, answers={"1": float("nan")})), "no number"),
        (change(f.Response(instrument="phq-9", version=1, answers={"1": 1e300})), "no number"),
        (change(f.Response(instrument="phq-9", version=1, stated_total=float("inf"))), "“stated_total”"),
        (change(f.Response(instrument="phq-9", version=1, total_only=True)), "needs its total"),
        (change(f.Response(instrument="phq-9", version=1, answers={str(n): 0.0 for n in range(301)})), "more answers"),
        (change(f.Merge(into="p1")), "the same registration"),
        (change(NOTE, retracts="f00"), "Only a retraction retracts"),
        (change(f.Retraction(reason="wrong")), "Only a retraction retracts"),
        (change(f.Retraction(reason="wrong"), retracts="f00", amends="f09"), "A retraction amends nothing"),
        (change(NOTE, amends="f01"), "cannot amend or retract itself"),
        (change(NOTE, person=""), "“person” is empty"),
        (change(NOTE, site="s" * 51), "“site” is longer than 50"),
    ],
)  # fmt: skip
def test_what_is_refused(made: Fact, says: str) -> None:
    found = problems(made)
    assert any(says in one for one in found), found
    assert all(one.endswith(".") for one in found)


def test_against_the_entry_that_it_amends() -> None:
    note = fact(0, WHEN, NOTE)
    assert problems(change(f.Note(text="better"), amends="f00"), note) == []
    assert "another kind" in problems(change(f.Encounter(mode="clinic"), amends="f00"), note)[0]
    assert "another person" in problems(change(NOTE, amends="f00", person="p2"), note)[0]
    assert problems(change(f.Retraction(reason="wrong"), retracts="f00"), note) == []


def test_no_message_repeats_what_was_written() -> None:
    for made in (
        change(f.Registration(name=SECRET * 50, born=SECRET)),
        change(f.Encounter(mode="clinic", next=SECRET), occurred=SECRET),
        change(f.Note(text=SECRET * LONG)),
    ):
        assert problems(made) and not any(SECRET in one for one in problems(made))


@tries(40)
@given(persons(), st.text(), st.integers())
def test_nothing_makes_the_check_itself_fail(facts: list[Fact], text: str, number: int) -> None:
    for one in facts:
        odd = msgspec.structs.replace(one, occurred=text, site=text, id=text)
        if hasattr(one.body, "step"):
            odd = msgspec.structs.replace(odd, body=msgspec.structs.replace(one.body, step=number))
        assert isinstance(problems(odd, one), list)


@tries(40)
@given(persons(future=False))
def test_what_the_door_takes_goes_over_the_wire_and_back(facts: list[Fact]) -> None:
    for one in facts:
        if not problems(one):
            assert f.decode(f.encode(one)) == one
