"""The agenda of a case review, whatever the caseload: never too long, emergencies first, nobody lost."""

import datetime as dt
import random

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from vwazen.clinical.agenda import EMERGENCIES, LAST_TIER, Agenda, Case, agenda
from vwazen.content.load import content
from vwazen.content.rules import Tiers

TODAY = dt.date(2026, 11, 21)
days = st.integers(0, 400).map(lambda ago: TODAY - dt.timedelta(days=ago))
a_case = st.builds(
    Case,
    person=st.integers(0, 40).map("p{:02}".format),
    tier=st.integers(0, 9),
    waiting_since=days,
    asked_since=st.none() | days,
    other=st.booleans(),
)
caseloads = st.lists(a_case, max_size=60)
minutes = st.integers(0, 200)
shares = st.sampled_from([0.0, 0.25, 0.3, 0.5, 1.0])


def run(cases: list[Case], of: int | None, share: float = 0.3) -> Agenda:
    return agenda(cases, minutes=of, minutes_per_case=5, other_places=share)


@given(caseloads, minutes, shares)
def test_never_longer_than_the_declared_minutes_and_everyone_else_is_in_the_overflow(
    cases: list[Case], of: int, share: float
) -> None:
    found = run(cases, of, share)
    assert len(found.places) * 5 <= of
    placed, waiting = [one.person for one in found.places], [one.person for one in found.overflow]
    assert sorted(placed + waiting) == sorted({case.person for case in cases if case.wanted})
    assert not waiting or len(placed) == found.capacity
    event("overflow" if waiting else "all placed")


@given(caseloads, minutes, shares)
def test_emergencies_first_and_no_kept_place_stands_before_them(cases: list[Case], of: int, share: float) -> None:
    found = run(cases, of, share)
    urgent = [1 <= one.tier <= EMERGENCIES for one in found.places]
    assert urgent == sorted(urgent, reverse=True)
    if any(1 <= one.tier <= EMERGENCIES for one in found.overflow):
        event("more emergencies than places")
        assert all(urgent)


@given(caseloads, minutes, shares)
def test_other_conditions_have_their_share_where_there_are_such_people(
    cases: list[Case], of: int, share: float
) -> None:
    found = run(cases, of, share)
    calm = [one for one in found.places if not 1 <= one.tier <= EMERGENCIES]
    others_wait = any(one.other and not 1 <= one.tier <= EMERGENCIES for one in found.overflow)
    if others_wait:
        event("others wait")
        room = len(calm)
        inside = sum(one.other for one in found.places)
        assert inside >= min(found.kept, inside - sum(one.other for one in calm) + room)


@given(caseloads, minutes, shares)
def test_places_that_others_do_not_need_are_given_back(cases: list[Case], of: int, share: float) -> None:
    plain = [msgspec.structs.replace(case, other=False) for case in cases]
    found = run(plain, of, share)
    everyone = run(plain, None)
    assert found.places == everyone.places[: found.capacity]


@given(caseloads, minutes, shares, st.integers())
def test_the_same_for_every_order_of_the_same_people(cases: list[Case], of: int, share: float, seed: int) -> None:
    mixed = list(cases)
    random.Random(seed).shuffle(mixed)
    assert run(mixed, of, share) == run(cases, of, share)


@given(caseloads, minutes)
def test_a_superset_of_the_first_few_gives_the_same_places(cases: list[Case], of: int) -> None:
    """What the page relies on: it loads the first so many of all and of the others, never the whole nation."""
    found = run(cases, of)
    most = found.capacity or 0
    wanted = run(cases, None).places
    few = [*wanted[:most], *[one for one in wanted if one.other][:most]]
    assert run(few, of).places == found.places


def test_without_declared_minutes_nobody_is_left_out() -> None:
    found = run([Case(person="a", tier=5, waiting_since=TODAY)], None)
    assert found.capacity is None
    assert len(found.places) == 1
    assert not found.overflow


def test_on_track_without_a_question_is_not_reviewed_and_with_one_comes_last() -> None:
    asked = Case(person="a", tier=0, waiting_since=TODAY - dt.timedelta(days=300), asked_since=TODAY)
    quiet = Case(person="b", tier=9, waiting_since=TODAY)
    review = Case(person="c", tier=LAST_TIER, waiting_since=TODAY)
    assert [one.person for one in run([asked, quiet, review], 60).places] == ["c", "a"]


def test_thirty_per_cent_of_ten_places() -> None:
    severe = [Case(person=f"p{n:02}", tier=4, waiting_since=TODAY) for n in range(20)]
    epilepsy = [Case(person=f"q{n:02}", tier=6, waiting_since=TODAY, other=True) for n in range(20)]
    found = run(severe + epilepsy, 50)
    assert (found.kept, sum(one.other for one in found.places), len(found.overflow)) == (3, 3, 30)


def test_one_place_is_not_kept_back_and_nonsense_is_refused() -> None:
    assert run([], 5).kept == 0
    for wrong in ({"minutes": -1}, {"minutes_per_case": 0}, {"other_places": 1.5}):
        with pytest.raises(ValueError, match="Minutes"):
            agenda([], **({"minutes": 60, "minutes_per_case": 5, "other_places": 0.3} | wrong))


def test_the_defaults_allow_ten_cases_in_an_hour() -> None:
    rules = content().get(Tiers, "default")
    assert 60 // rules.minutes_per_case >= 10
    assert rules.other_places == 0.3
