"""What must hold for any answers to any instrument, with the items' values and turning written down here once more."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.tries import tries
from vwazen.clinical.instruments import possible_range, score, score_total
from vwazen.content.load import content
from vwazen.content.model import Instrument

CONTENT = content()
ALL = CONTENT.instruments
WITH_ITEMS = [one for one in ALL if one.items]

# instrument -> (values of each scored item in order, places that are turned round, blanks allowed)
PLAIN: dict[str, tuple[list[Sequence[int]], set[int], int]] = {
    "audit": ([range(5)] * 8 + [(0, 2, 4)] * 2, set(), 0),
    "pcl-5": ([range(5)] * 20, set(), 0),
    "ces-d": ([range(4)] * 20, {3, 7, 11, 15}, 0),
    "ces-dc": ([range(4)] * 20, {3, 7, 11, 15}, 0),
    "epds": ([range(4)] * 10, set(), 0),
    "whodas-12": ([range(1, 6)] * 12, set(), 0),
    "srq-20": ([range(2)] * 20, set(), 0),
    "psc-35": ([range(3)] * 35, set(), 3),
    "aims": ([range(5)] * 7, set(), 0),
    "ham-d": (
        [range(5 if n in (1, 2, 3, 7, 8, 9, 10, 11, 15) else 3) for n in range(1, 18)],
        set(),
        0,
    ),
}
SAFETY = {"phq-9": ["9"], "epds": ["10"], "srq-20": ["17"], "ham-d": ["3"], "asq": ["1", "2", "3", "4"]}


def choices(one: Instrument, id: str) -> st.SearchStrategy[int]:
    item = next(item for item in one.items if item.id == id)
    if item.answers is None:
        return st.integers(item.whole.low if item.whole else 0, 400)
    return st.sampled_from([option.value for option in one.answer_lists[item.answers].options])


@st.composite
def asked(draw: st.DrawFn, one: Instrument | None = None) -> tuple[Instrument, dict[str, int]]:
    """Usable answers to one instrument, some left out, in any order."""
    chosen = one or draw(st.sampled_from(WITH_ITEMS))
    ids = draw(st.permutations([item.id for item in chosen.items]))
    left_out = draw(st.one_of(st.just(frozenset[str]()), st.frozensets(st.sampled_from(ids), max_size=6)))
    return chosen, {id: draw(choices(chosen, id)) for id in ids if id not in left_out}


@tries(200)
@given(st.data(), st.sampled_from(sorted(PLAIN)))
def test_the_sum_by_hand(data: st.DataObject, id: str) -> None:
    one = CONTENT.instrument(id)
    values, turned, allowed = PLAIN[id]
    blanks = data.draw(st.one_of(st.just(set[int]()), st.sets(st.integers(0, len(values) - 1), max_size=5)))
    row = {n: data.draw(st.sampled_from(list(v))) for n, v in enumerate(values) if n not in blanks}
    got = score(one, {str(n + 1): value for n, value in row.items()})
    by_hand = sum(max(values[n]) + min(values[n]) - value if n in turned else value for n, value in row.items())
    assert got.total == (by_hand if len(blanks) <= allowed else None)
    assert got.missing == tuple(str(n + 1) for n in sorted(blanks))


@tries(250)
@given(asked())
def test_a_result_keeps_its_promises(given_: tuple[Instrument, dict[str, int]]) -> None:
    one, answers = given_
    got = score(one, answers)
    assert got == score(one, dict(sorted(answers.items()))), "the order of answers does not matter"
    if got.total is not None and one.range is not None:
        assert got.total >= one.range.low
        assert one.range.high is None or got.total <= one.range.high
    assert (got.band is not None) == bool(got.total is not None and one.bands)
    assert got.total is not None or got.why_not or one.score.method == "screen"
    assert not (got.total is not None and got.invalid)
    assert 0 <= got.answered <= got.expected
    if one.missing.rule == "complete" and got.missing:
        assert got.total is None
    for id in SAFETY.get(one.id, []):
        if id not in answers:
            assert got.safety != "negative"
        elif answers[id] >= 1:
            assert got.safety == "positive"
            assert id in got.safety_items


@tries(150)
@given(asked(), st.data())
def test_what_comes_later_lies_in_the_possible_range(
    given_: tuple[Instrument, dict[str, int]], data: st.DataObject
) -> None:
    one, answers = given_
    if one.score.method == "screen":
        return
    low, high = possible_range(one, answers)
    # An item that stands for a usual value while unanswered (the days of a seizure count) keeps standing for it.
    later = [item.id for item in one.items if item.id in answers or item.if_unanswered is None]
    full = {id: answers.get(id, data.draw(choices(one, id))) for id in later}
    total = score(one, full).total
    assert total is None or low <= total <= high


@tries(150)
@given(asked(), st.data())
def test_an_answer_that_cannot_be_used_is_named_and_never_scored(
    given_: tuple[Instrument, dict[str, int]], data: st.DataObject
) -> None:
    one, answers = given_
    id = data.draw(st.sampled_from([item.id for item in one.items]))
    bad = data.draw(st.sampled_from([-1, 99.5, 0.5, float("nan"), float("inf")]))
    got = score(one, {**answers, id: bad})
    assert got.total is None
    assert got.outcome is None
    assert id in [wrong.item for wrong in got.invalid]


@tries(150)
@given(st.sampled_from(ALL), st.floats(allow_nan=True), st.sampled_from([True, False, None]))
def test_a_typed_total(one: Instrument, total: float, safety: bool | None) -> None:
    got = score_total(one, total, safety)
    assert (got.total is None) == bool(got.invalid)
    assert got.total is None or got.total == total
    assert got.total_only
    if one.safety:
        assert got.safety == {True: "positive", False: "negative", None: "unknown"}[safety]
    else:
        assert got.safety == "none"


@tries(150)
@given(st.sampled_from([one for one in WITH_ITEMS if one.score.method in ("sum", "rating", "grid")]), st.data())
def test_a_total_of_items_can_be_typed(one: Instrument, data: st.DataObject) -> None:
    _, answers = data.draw(asked(one))
    got = score(one, answers)
    if got.total is not None and not got.prorated:
        assert score_total(one, got.total).total == got.total
        assert score_total(one, got.total).band == got.band


def test_the_generator_can_reach_every_kind_of_instrument() -> None:
    assert {one.score.method for one in ALL} == {"sum", "rating", "grid", "screen", "rate", "typed"}
    assert {one.missing.rule for one in ALL} == {"complete", "mean", "zero"}
    assert {one.form for one in ALL} == {"items", "total", "rating", "count"}
    assert any(item.asked_if for one in WITH_ITEMS for item in one.items)
    assert any(item.if_unanswered for one in WITH_ITEMS for item in one.items)
    by_patterns = {"phq-9", "gad-7", "gad-2", "phq-2", "who-5", "k6", "dast-10", "audit-c", "cage", "pc-ptsd-5", "asq"}
    by_patterns |= {"cgi-s", "cgi-i", "cgi-e"}
    typed = {one.id for one in ALL if one.form in ("total", "count")}
    assert {one.id for one in ALL} == by_patterns | set(PLAIN) | typed, "every instrument has a reckoning of its own"
