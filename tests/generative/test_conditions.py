"""The compiled conditions against a plain reading of the same trees, and the days on which answers change."""

import datetime as dt
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generative.condition_vectors import as_json
from tests.tries import tries
from vwazen.clinical.conditions import (
    ABSENT,
    COMPARISONS,
    ConditionError,
    Value,
    compile_condition,
    names,
    switch_days,
)
from vwazen.content.conditions import LONGEST, parse
from vwazen.content.load import content

TODAY = dt.date(2026, 6, 1)
NAMES = ("a.number", "b.number", "a.date", "b.date", "a.word", "a.yes_no")
ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors" / "conditions.json"

spans = st.builds("{} {}".format, st.integers(0, 40), st.sampled_from(["days", "weeks"])) | st.just("1 day")
name = st.sampled_from(NAMES)
leaf = st.one_of(
    st.builds(lambda o, n, v: {o: [n, v]}, st.sampled_from(["at_least", "less_than"]), name,
              st.integers(-2, 30) | st.sampled_from([4.5, "a.number", "b.number", "a.word"])),
    st.builds(lambda n, v: {"is": [n, v]}, name, st.sampled_from(["phq-9", "gad-7", "yes", "no", True, False])),
    st.builds(lambda o, n, v: {o: [n, v]}, st.sampled_from(["within", "older_than"]), name, spans),
)  # fmt: skip
trees = st.recursive(
    leaf,
    lambda parts: st.one_of(
        st.builds(lambda o, p: {o: p}, st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda p: {"not": p}, parts),
    ),
    max_leaves=8,
)
numbers = st.integers(-3, 31).map(float) | st.integers(0, 30) | st.just(4.5)
dates = st.integers(-320, 12).map(lambda n: TODAY + dt.timedelta(n))
lacking = st.sampled_from([ABSENT, None])
worlds = st.fixed_dictionaries(
    {
        "a.number": numbers | lacking, "b.number": numbers | lacking, "a.date": dates | lacking,
        "b.date": dates | lacking, "a.word": st.sampled_from(["phq-9", "gad-7"]) | lacking,
        "a.yes_no": st.booleans() | lacking,
    }
)  # fmt: skip


def plainly(tree: dict[str, object], world: dict[str, Value], day: dt.date) -> bool | None:
    """The meaning as design.md tells it, written for reading and not for speed."""
    ((word, argument),) = tree.items()
    if word == "not":
        return {True: False, False: True, None: None}[plainly(argument, world, day)]  # type: ignore[arg-type]
    if word in ("all", "any"):
        answers = [plainly(part, world, day) for part in argument]  # type: ignore[attr-defined]
        decisive = word == "any"
        return decisive if decisive in answers else None if None in answers else not decisive
    left, right = argument  # type: ignore[misc]
    known = world[left]
    if word == "is":
        wanted = {"yes": True, "no": False}.get(right, right) if isinstance(right, str) else right
        if known is None:
            return None
        return known is not ABSENT and isinstance(known, type(wanted)) and known == wanted
    if word in ("within", "older_than"):
        if known is ABSENT:
            return False
        if not isinstance(known, dt.date):
            return None
        count, unit = right.split()
        age = (day - known).days
        span = int(count) * (7 if unit.startswith("week") else 1)
        return age <= span if word == "within" else age >= span
    limit = world[right] if isinstance(right, str) else right
    if ABSENT in (known, limit) and (known is ABSENT or limit is ABSENT):
        return False
    for one in (known, limit):
        if isinstance(one, bool) or not isinstance(one, int | float):
            return None
    return known >= limit if word == "at_least" else known < limit  # type: ignore[operator]


@tries(250)
@given(trees, worlds)
def test_compiled_is_plain_on_every_day(tree: dict[str, object], world: dict[str, Value]) -> None:
    test = compile_condition(tree)
    for ahead in (0, 1, 5, 27, 28, 29, 90, 300):
        day = TODAY + dt.timedelta(ahead)
        assert test(world, day) is plainly(tree, world, day)


@tries(150)
@given(trees, worlds)
def test_answers_change_on_switch_days_only(tree: dict[str, object], world: dict[str, Value]) -> None:
    turns = {
        value + dt.timedelta(after)
        for left, after in switch_days(tree)
        if isinstance(value := world[left], dt.date)
    }  # fmt: skip
    test = compile_condition(tree)
    first = TODAY - dt.timedelta(330)
    answers = [test(world, first + dt.timedelta(n)) for n in range(700)]
    changed = {first + dt.timedelta(n) for n in range(1, 700) if answers[n] is not answers[n - 1]}
    assert changed <= turns
    ((word, _),) = tree.items()
    if word in ("within", "older_than"):
        assert changed == {day for day in turns if first < day < first + dt.timedelta(700)}


@tries(150)
@given(trees, worlds, st.sampled_from(NAMES), numbers | dates | st.booleans() | st.sampled_from(["phq-9", "gad-7"]))
def test_what_is_decided_without_a_value_stays_so_when_it_is_learnt(
    tree: dict[str, object], world: dict[str, Value], one: str, learnt: Value
) -> None:
    """Unknown is not zero, nor no: no answer may rest on what nobody knows."""
    test = compile_condition(tree)
    before = test(world | {one: None}, TODAY)
    if before is not None:
        assert test(world | {one: learnt}, TODAY) is before


def test_unknown_never_counts_as_yes_and_absent_is_no() -> None:
    for comparison in ({"at_least": ["x", 1]}, {"less_than": ["x", 1]}, {"within": ["x", "3 days"]},
                       {"older_than": ["x", "3 days"]}, {"is": ["x", "yes"]}, {"is": ["x", "no"]}):  # fmt: skip
        test = compile_condition(comparison)
        assert test({"x": None}, TODAY) is None
        assert test({"x": ABSENT}, TODAY) is False
        assert compile_condition({"not": comparison})({"x": None}, TODAY) is None


def test_edges_in_days() -> None:
    day = {"x": TODAY - dt.timedelta(28)}
    assert compile_condition({"within": ["x", "28 days"]})(day, TODAY) is True
    assert compile_condition({"within": ["x", "27 days"]})(day, TODAY) is False
    assert compile_condition({"older_than": ["x", "4 weeks"]})(day, TODAY) is True
    assert compile_condition({"older_than": ["x", "29 days"]})(day, TODAY) is False
    assert switch_days({"not": {"within": ["x", "28 days"]}}) == [("x", 29)]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({}, "one word"),
        ("all", "one word"),
        ({"all": []}, "list of conditions"),
        ({"all": [{"is": ["x", "yes"]}], "any": []}, "one word"),
        ({"every": []}, "no comparison"),
        ({"at_least": ["x"]}, "compares two things"),
        ({"at_least": [1, 2]}, "compares two things"),
        ({"at_least": ["x", True]}, "number or a name"),
        ({"at_least": ["x", float("nan")]}, "number or a name"),
        ({"at_least": ["x", None]}, "number or a name"),
        ({"is": ["x", 3]}, "use at_least"),
        ({"within": ["x", 28]}, "duration"),
        ({"within": ["x", "-3 days"]}, "duration"),
        ({"within": ["x", "² days"]}, "duration"),
        ({"within": ["x", "3 months"]}, "duration"),
        ({"older_than": ["x", f"{LONGEST + 1} days"]}, "duration"),
    ],
)
def test_broken_conditions_are_named_with_their_place(broken: object, says: str) -> None:
    with pytest.raises(ConditionError, match=says) as found:
        compile_condition({"any": [{"is": ["y", "yes"]}, {"not": broken}]})
    assert found.value.path.startswith("$.any[1].not")


def test_names_are_those_that_are_read() -> None:
    tree = {"all": [{"is": ["a.word", "phq-9.5"]}, {"at_least": ["a.number", "b.number"]}, {"within": ["d", "1 day"]}]}
    assert list(names(tree)) == ["a.word", "a.number", "b.number", "d"]


def test_the_generator_draws_every_operator_and_every_answer() -> None:
    drawn: Counter[object] = Counter()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(trees, worlds)
    def look(tree: dict[str, object], world: dict[str, Value]) -> None:
        drawn.update(_operators(tree))
        drawn[compile_condition(tree)(world, TODAY)] += 1

    look()
    for one in (*COMPARISONS, "all", "any", "not", True, False, None):
        assert drawn[one] >= 10, one


def _operators(tree: dict[str, object]) -> list[str]:
    ((word, argument),) = tree.items()
    parts = argument if word in ("all", "any") else [argument] if word == "not" else []
    return [word, *(found for part in parts for found in _operators(part))]  # type: ignore[attr-defined]


def test_the_vectors_for_the_phone_are_current() -> None:
    """`VWAZEN_WRITE_DOCS=1` writes them anew."""
    made = as_json(content([ROOT / "vwazen" / "content"]))
    if os.environ.get("VWAZEN_WRITE_DOCS"):
        VECTORS.write_bytes(made)
    assert VECTORS.read_bytes() == made, "Run this test with VWAZEN_WRITE_DOCS=1 and read what changed."
    rows = json.loads(made)
    assert {row["expect"] for row in rows} == {"yes", "no", "unknown"}
    assert {word for row in rows for word in _operators(row["condition"])} == {*COMPARISONS, "all", "any", "not"}
    for row in rows:
        parse(row["condition"])
