"""Every possible set of answers, missing ones included, against a second reckoning that knows no content file."""

from collections.abc import Iterator
from itertools import islice, product
from math import ceil

import pytest

from tests.tries import NIGHTLY
from vwazen.clinical.instruments import score
from vwazen.content.load import content
from vwazen.content.model import Instrument

CONTENT = content()
Row = tuple[int | None, ...]


def patterns(one: Instrument, *choices: tuple[int | None, ...]) -> Iterator[tuple[Row, dict[str, float | None]]]:
    ids = [item.id for item in one.items]
    for row in product(*choices):
        yield row, dict(zip(ids, row, strict=False))


def plain_phq9(row: Row) -> tuple[float | None, str | None, str, bool | None, bool | None]:
    """The published rules by hand: total, band, safety, major, other."""
    known = [x for x in row if x is not None]
    total = sum(known) * 9 / len(known) if len(known) >= 7 else None
    band = None
    if total is not None:
        if total >= 20:
            band = "severe"
        elif total >= 15:
            band = "moderately severe"
        elif total >= 10:
            band = "moderate"
        else:
            band = "mild" if total >= 5 else "minimal"
    nine = row[8]
    safety = "unknown" if nine is None else "positive" if nine > 0 else "negative"
    # Symptoms that count for sure, and that would count if every blank did.
    sure = sum(x >= 2 for x in row[:8] if x is not None) + (nine is not None and nine >= 1)
    most = sure + 9 - len(known)
    core = [row[0], row[1]]
    core_sure = 2 in core or 3 in core
    core_never = not core_sure and None not in core
    if core_never or most < 5:
        major: bool | None = False
    else:
        major = True if core_sure and sure >= 5 else None
    if core_never or most < 2 or sure > 4:
        other: bool | None = False
    else:
        other = True if core_sure and sure >= 2 and most <= 4 else None
    return total, band, safety, major, other


@pytest.mark.parametrize("first", [None, 0, 1, 2, 3])
def test_phq_9_all_1953125(first: int | None) -> None:
    """By day every 13th, in which every answer to one item stands beside every answer to another; at night all."""
    phq9, step = CONTENT.instrument("phq-9"), 1 if NIGHTLY else 13
    seen = 0
    for row, answers in islice(patterns(phq9, (first,), *[(None, 0, 1, 2, 3)] * 8), 0, None, step):
        got = score(phq9, answers)
        if (got.total, got.band, got.safety, got.criteria["major"], got.criteria["other"]) != plain_phq9(row):
            pytest.fail(f"{row}: {got} instead of {plain_phq9(row)}")
        seen += 1
    assert seen == ceil(5**8 / step)


def plain_sum(row: Row, turned: frozenset[int] = frozenset(), top: int = 0, times: int = 1) -> float | None:
    """The sum of all answers, the turned ones counted from the top; nothing while one is missing."""
    if None in row:
        return None
    return times * sum(top - x if i in turned else x for i, x in enumerate(row) if x is not None)


@pytest.mark.parametrize(
    ("id", "items", "values", "turned", "times"),
    [
        ("gad-7", 7, 4, (), 1),
        ("gad-2", 2, 4, (), 1),
        ("phq-2", 2, 4, (), 1),
        ("who-5", 5, 6, (), 4),
        ("k6", 6, 5, (), 1),
        ("dast-10", 10, 2, (2,), 1),
        ("audit-c", 3, 5, (), 1),
        ("cage", 4, 2, (), 1),
    ],
)
def test_sums(id: str, items: int, values: int, turned: tuple[int, ...], times: int) -> None:
    one = CONTENT.instrument(id)
    choice = (None, *range(values))
    seen = 0
    for row, answers in patterns(one, *[choice] * items):
        got = score(one, answers)
        if got.total != plain_sum(row, frozenset(turned), values - 1, times) or got.safety != "none":
            pytest.fail(f"{row}: {got}")
        seen += 1
    assert seen == (values + 1) ** items


def test_gad_7_bands() -> None:
    gad7 = CONTENT.instrument("gad-7")
    for total in range(22):
        row = [min(3, max(0, total - 3 * i)) for i in range(7)]
        band = score(gad7, {str(i + 1): x for i, x in enumerate(row)}).band
        assert band == ("minimal" if total < 5 else "mild" if total < 10 else "moderate" if total < 15 else "severe")


@pytest.mark.parametrize("sex", ["female", "male", None])
def test_audit_c_lines(sex: str | None) -> None:
    audit_c = CONTENT.instrument("audit-c")
    for row, answers in patterns(audit_c, *[(None, 0, 1, 2, 3, 4)] * 3):
        got = score(audit_c, answers, sex=sex)  # type: ignore[arg-type]
        known = None not in row and sex is not None
        total = sum(x for x in row if x is not None)
        assert got.positive is (total >= (4 if sex == "male" else 3) if known else None)
        alone = None not in row and total > 0 and row[1] == row[2] == 0
        assert bool(got.remarks) is alone


def test_cage_says_what_is_certain() -> None:
    cage = CONTENT.instrument("cage")
    for row, answers in patterns(cage, *[(None, 0, 1)] * 4):
        yes, blank = row.count(1), row.count(None)
        expected = True if yes >= 2 else False if yes + blank < 2 else None
        assert score(cage, answers).positive is expected


def test_pc_ptsd_5() -> None:
    one = CONTENT.instrument("pc-ptsd-5")
    for (gate, *rest), answers in patterns(one, *[(None, 0, 1)] * 6):
        got = score(one, answers)
        if gate == 0:
            contradicted = 1 in rest
            assert got.total == (None if contradicted else 0)
            assert bool(got.invalid) is contradicted
        elif gate is None or None in rest:
            assert got.total is None
        else:
            assert got.total == sum(rest)
            assert got.cutoffs == {"3": sum(rest) >= 3, "4": sum(rest) >= 4}


def test_asq() -> None:
    one = CONTENT.instrument("asq")
    for row, answers in patterns(one, *[(None, 0, 1)] * 5):
        got, first, now = score(one, answers), row[:4], row[4]
        if now == 1:
            expected = "acute positive"
        elif 1 in first:
            expected = "non-acute positive" if now == 0 else "positive"
        else:
            expected = "incomplete" if None in first else "negative"
        assert got.outcome == expected
        assert got.total is None
        assert got.safety == ("positive" if 1 in row else "unknown" if None in first else "negative")
        assert got.positive is {"incomplete": None, "negative": False}.get(expected, True)


@pytest.mark.parametrize("id", ["cgi-s", "cgi-i"])
def test_cgi_ratings(id: str) -> None:
    one = CONTENT.instrument(id)
    labels = one.texts["en"].answers[next(iter(one.answer_lists))]
    for (rating,), answers in patterns(one, (None, *range(8))):
        got = score(one, answers)
        assert got.total == (rating or None)
        assert got.outcome == (None if rating is None else labels[rating])


def test_cgi_efficacy_index_is_the_grid_from_1_to_16() -> None:
    one = CONTENT.instrument("cgi-e")
    seen = []
    for (effect, side), answers in patterns(one, *[(None, 0, 1, 2, 3, 4)] * 2):
        got = score(one, answers)
        assert got.total == (4 * (effect - 1) + side if effect and side else None)
        seen.append(got.total)
    assert sorted(total for total in seen if total is not None) == list(range(1, 17))
