"""Hidden figures stay hidden: an attacker who adds and subtracts everything shown learns no small count exactly."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from vwazen.evidence.disclosure import Leaves, add, below, shown, small

LIMIT = 5
TOP = "zz/"
PLACES = ("zz/a/1/", "zz/a/2/", "zz/a/3/", "zz/b/1/", "zz/b/2/", "zz/c/")
VALUES = ("x", "y", "z", "w")

counts = st.one_of(st.integers(0, 7), st.integers(0, 40))


def whole(leaves: dict[tuple[str, str], tuple[int, ...]]) -> dict[tuple[str, str], tuple[int, ...]]:
    """With the entries in which nobody is: a page does not say which of the hidden ones these are."""
    places, values = {path for path, _ in leaves}, {at for _, at in leaves}
    return {at: leaves.get(at, (0, 0)) for at in product(places, values)}


tables = st.dictionaries(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), st.tuples(counts, counts), min_size=1
).map(whole)


def sums(leaves: Leaves, place: str, value: str | None = None) -> tuple[int, ...]:
    return add((v for (path, at), v in leaves.items() if path.startswith(place) and value in (None, at)), 2)


def pages(leaves: Leaves) -> Iterator[str]:
    """Every place that has a page, from the top down."""
    yield from sorted({place for path, _ in leaves for place in _up(path)})


def _up(path: str) -> Iterator[str]:
    place = TOP
    while place != path:
        yield place
        place = below(place, path)
    yield path


def published(leaves: Leaves) -> list[tuple[str, str | None]]:
    """What the pages say: (place, value), or (place, None) for its total."""
    found: set[tuple[str, str | None]] = set()
    for place in pages(leaves):
        seen = shown(leaves, top=TOP, place=place, limit=LIMIT)
        if seen.open:
            found.add((place, None))
            found |= {(place, at) for path, at in leaves if path.startswith(place) and at not in seen.values}
            children = {below(place, path) for path, _ in leaves if path.startswith(place) and path != place}
            found |= {(child, None) for child in children - seen.places}
    return sorted(found, key=str)


def solved(rows: list[list[Fraction]], wide: int) -> set[int]:
    """The unknowns that linear equations settle: those alone in a row of the reduced form."""
    at = 0
    for column in range(wide):
        pivot = next((n for n in range(at, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [one / rows[at][column] for one in rows[at]]
        for n in range(len(rows)):
            if n != at and rows[n][column]:
                rows[n] = [a - rows[n][column] * b for a, b in zip(rows[n], rows[at], strict=True)]
        at += 1
    return {
        place for row in rows[:at] if sum(1 for one in row if one) == 1
        for place in [next(n for n, one in enumerate(row) if one)]
    }  # fmt: skip


@given(tables)
def test_no_small_count_can_be_worked_out(leaves: dict[tuple[str, str], tuple[int, ...]]) -> None:
    cells = sorted(leaves)
    rows = [
        [Fraction(path.startswith(place) and value in (None, at)) for path, at in cells]
        for place, value in published(leaves)
    ]
    exact = solved(rows, len(cells)) if rows else set()
    for n in exact:
        assert not small(leaves[cells[n]], LIMIT), (cells[n], published(leaves))


@given(tables)
def test_what_is_shown_is_never_small(leaves: dict[tuple[str, str], tuple[int, ...]]) -> None:
    for place, value in published(leaves):
        assert not small(sums(leaves, place, value), LIMIT)


@given(tables)
def test_what_is_hidden_together_is_not_a_few_people(leaves: dict[tuple[str, str], tuple[int, ...]]) -> None:
    """A page's total less the values it shows: nobody, or enough."""
    for place in pages(leaves):
        seen = shown(leaves, top=TOP, place=place, limit=LIMIT)
        there = {at for path, at in leaves if path.startswith(place)}
        if seen.open and seen.values & there and not there <= seen.values:
            together = add((sums(leaves, place, at) for at in seen.values), 2)
            assert not small(together, LIMIT)


def test_large_counts_are_all_shown() -> None:
    leaves = dict.fromkeys(product(PLACES, VALUES), (20, 30))
    for place in pages(leaves):
        seen = shown(leaves, top=TOP, place=place, limit=LIMIT)
        assert seen.open and not seen.values and not seen.places


def test_a_small_place_takes_the_next_with_it() -> None:
    leaves = {("zz/a/", "x"): (92, 26), ("zz/b/", "x"): (47, 14), ("zz/c/", "x"): (9, 15), ("zz/d/", "x"): (3, 6)}
    assert shown(leaves, top=TOP, place=TOP, limit=LIMIT).places == {"zz/c/", "zz/d/"}
    assert not shown(leaves, top=TOP, place="zz/d/", limit=LIMIT).open
    assert not shown(leaves, top=TOP, place="zz/c/", limit=LIMIT).open
    assert shown(leaves, top=TOP, place="zz/a/", limit=LIMIT).open


def test_a_node_of_a_few_people_shows_nothing() -> None:
    assert not shown({("zz/a/", "x"): (3, 0)}, top=TOP, place=TOP, limit=LIMIT).open
    assert not shown({("zz/a/", "x"): (30, 10)}, top="zz/a/", place="zz/b/", limit=LIMIT).open
