"""Forms without a score: what cannot be, what tells of danger, dates known in part; a contact and its date."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vwazen.clinical import facts as f
from vwazen.clinical.findings import dangers, faults, kept, span
from vwazen.clinical.fold import chart
from vwazen.content.forms import Form, FormItem, FormSection, Intervention, InterventionGroup, Interventions
from vwazen.content.load import content

DAY = dt.date(2026, 11, 21)
HEAD = {"version": 1, "licence": "Apache-2.0", "source": ("vwazen",), "reviewed": "not yet", "basis": "b"}


def form(*items: FormItem, **more: object) -> Form:
    section = FormSection(title="s", items=items)
    return Form(id="x", title="X", segment="general", ask="first", sections=(section,), **HEAD, **more)  # type: ignore[arg-type]


YES_NO = {"yes": "Yes", "no": "No"}
NOW = FormItem(id="now", text="Now?", kind="choice", choices=YES_NO, danger=("yes",))
LAST = FormItem(id="last", text="When?", kind="date", danger_if_recent=True)
MANY = FormItem(id="many", text="Which?", kind="several", choices={"a": "A", "b": "B"}, danger=("b",))
AGE = FormItem(id="age", text="Age?", kind="number", unit="years", low=0, high=120)
WORDS = FormItem(id="words", text="Words?", kind="text")
ALL = form(NOW, LAST, MANY, AGE, WORDS)


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        ({"now": "no", "last": "2019", "many": (), "age": 7.0, "words": "x"}, set()),
        ({"now": "perhaps"}, {"now"}),
        ({"now": 1.0}, {"now"}),
        ({"many": ("a", "c")}, {"many"}),
        ({"many": "a"}, {"many"}),
        ({"age": 121.0}, {"age"}),
        ({"age": "old"}, {"age"}),
        ({"last": "2027"}, {"last"}),
        ({"last": "2026-11-22"}, {"last"}),
        ({"last": "2026-02-30"}, {"last"}),
        ({"last": "yesterday"}, {"last"}),
        ({"words": 3.0}, {"words"}),
        ({"nothing": "x", "now": "yes"}, {"nothing"}),
    ],
)
def test_what_cannot_be_is_named(answers: dict[str, object], wrong: set[str]) -> None:
    assert set(faults(ALL, answers, DAY)) == wrong  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, ()),
        ({"now": "no", "many": ("a",)}, ()),
        ({"now": "yes"}, ("now",)),
        ({"many": ("a", "b")}, ("many",)),
        ({"many": ()}, ()),
        ({"last": "2026-11-21"}, ("last",)),
        ({"last": "2026-08-23"}, ("last",)),
        ({"last": "2026-08-22"}, ()),
        ({"last": "2026-08"}, ("last",)),  # it may have been on its last day
        ({"last": "2026-07"}, ()),
        ({"last": "2026"}, ("last",)),
        ({"last": "2025"}, ()),
    ],
)
def test_danger_is_what_the_form_marks_and_a_date_counts_by_its_latest_day(
    answers: dict[str, object], told: tuple[str, ...]
) -> None:
    assert dangers(ALL, answers, DAY, 90) == told  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from([item.id for item in ALL.items]), st.sampled_from(["no", "2019", 4.0, ("a",)])))
def test_no_other_answer_is_ever_danger(answers: dict[str, object]) -> None:
    assert dangers(ALL, answers, DAY, 90) == ()  # type: ignore[arg-type]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_a_part_of_a_date_spans_every_day_in_it(day: dt.date) -> None:
    for text in (f"{day:%Y}", f"{day:%Y-%m}", day.isoformat()):
        known = span(text)
        assert known is not None and known[0] <= day <= known[1]
    assert span(day.isoformat()) == (day, day)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-1", "٢٠٢٦", "2026-11-21T08:00", "0000"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert span(text) is None


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (FormItem(id="a", text="t", kind="choice"), "needs choices"),
        (FormItem(id="a", text="t", kind="text", choices=YES_NO), "needs choices"),
        (FormItem(id="a", text="t", kind="choice", answers="nowhere"), "no list"),
        (FormItem(id="a", text="t", kind="choice", choices=YES_NO, danger=("maybe",)), "cannot be chosen"),
        (FormItem(id="a", text="t", kind="text", danger_if_recent=True), "only a date"),
        (FormItem(id="a", text="t", kind="text", left_hospital=True), "only a date"),
        (FormItem(id="a", text="t", kind="text", unit="kg"), "go with a number"),
    ],
)
def test_a_form_that_cannot_be_asked_is_refused_on_reading(item: FormItem, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        form(item)


def test_ids_are_each_their_own() -> None:
    with pytest.raises(ValueError, match="Two items"):
        form(NOW, NOW)
    one = Intervention(id="a", title="A")
    with pytest.raises(ValueError, match="Two interventions"):
        Interventions(id="i", groups=(InterventionGroup(title="g", interventions=(one, one)),), **HEAD)  # type: ignore[arg-type]
    guarded = Intervention(id="a", title="A", segment="hiv", session=True)
    with pytest.raises(ValueError, match="segment mental-health"):
        Interventions(id="i", groups=(InterventionGroup(title="g", interventions=(guarded,)),), **HEAD)  # type: ignore[arg-type]


# contacts and their dates


def fact(number: int, day: str, body: f.AnyBody) -> f.Fact:
    return f.Fact(
        id=f"f{number}", person="p", occurred=day, recorded="2026-11-21T08:00:00.000Z", author="w", site="s", body=body
    )


def test_how_a_contact_lies_to_the_date_agreed() -> None:
    facts = [
        fact(1, "2026-09-01", f.Encounter(mode="clinic", next="2026-09-15")),
        fact(2, "2026-09-15", f.Encounter(mode="clinic", outcome="missed")),
        fact(3, "2026-09-18", f.Encounter(mode="curbside")),
        fact(4, "2026-09-20", f.Encounter(mode="home", next="2026-10-10")),
        fact(5, "2026-10-01", f.Appointment(next="2026-10-05")),
        fact(6, "2026-10-05", f.Encounter(mode="clinic")),
        fact(7, "2026-11-01", f.Encounter(mode="clinic", next="2026-11-20")),
        fact(8, "2026-11-10", f.Encounter(mode="phone")),
    ]
    found = kept(chart(facts, content(), DAY).live)
    assert [(one.fact.id, one.days) for one in found] == [("f4", 5), ("f6", 0), ("f8", -10)]
    assert [one.words for one in found] == [
        "came 5 days after the day agreed", "came on the day agreed", "came 10 days before the day agreed",
    ]  # fmt: skip


def test_a_talk_in_passing_is_no_contact() -> None:
    met = fact(1, "2026-11-01", f.Encounter(mode="clinic", next="2026-11-15"))
    passing = fact(2, "2026-11-10", f.Encounter(mode="curbside"))
    seen = chart([met, passing], content(), DAY)
    assert (seen.last_contact, seen.next_date) == (dt.date(2026, 11, 1), dt.date(2026, 11, 15))
    dead = chart([met, fact(3, "2026-11-05", f.Death()), passing], content(), DAY)
    assert not any(one.what == "death" for one in dead.conflicts)
    held = msgspec.structs.replace(passing, body=f.Encounter(mode="phone"))
    assert chart([met, held], content(), DAY).next_date is None
