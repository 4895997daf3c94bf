"""Reviews, ways home, days and readmissions as folded from facts, in whatever order these arrive."""

import datetime as dt
from itertools import permutations

from tests.generative.persons import KNOW
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.homes import (
    FIRST_REVIEW_DAYS,
    FOLLOWED_DAYS,
    LONG_STAY_DAYS,
    days_at,
    far,
    readmissions,
    reviews_due,
    ways_home,
)
from vwazen.clinical.validate import problems

TODAY = dt.date(2026, 6, 1)


def day(ago: int) -> str:
    return (TODAY - dt.timedelta(days=ago)).isoformat()


def fact(name: str, ago: int, body: f.AnyBody, **more: str) -> Fact:
    stamp = f"{day(0)}T08:00:00.{sum(name.encode()) % 1000:03}Z"
    return Fact(id=name, person="p1", occurred=day(ago), recorded=stamp, author="w1", site="here", body=body, **more)


def stay(name: str, ago: int, event: str, where: str = "hospital", **more: str) -> Fact:
    return fact(name, ago, f.Stay(where=where, event=event, **more))  # type: ignore[arg-type]


def fold(*facts: Fact) -> Chart:
    return chart(facts, KNOW, TODAY, person="p1")


def test_of_days_the_newest_word_counts_and_a_call_stands_alone() -> None:
    facts = [
        stay("a", 20, "admitted", "day_hospital"),
        stay("b", 5, "absent", "day_hospital", stay="a", reason="ill"),
        fact("c", 5, f.Stay(where="day_hospital", event="attended", stay="a", reason="late"), amends="b"),
        fact("d", 4, f.AbsenceCall(stay="a", day=day(4), reached="nobody")),
    ]
    for order in permutations(facts):
        one = fold(*order)
        found = [(each.day.isoformat(), each.state, each.call is not None) for each in days_at(
            one.stays, one.absence_calls, TODAY - dt.timedelta(days=30))]  # fmt: skip
        assert found == [(day(5), "late", False), (day(4), "", True)]
        assert one.stays[0].state == "in"


def test_the_first_review_and_the_next() -> None:
    moved = stay("a", 10, "admitted", "protected_home", unit="kay", worker="w1")
    one = fold(moved)
    (review,) = reviews_due(one.stays, one.resident_reviews)
    assert (review.last, review.due) == (None, TODAY + dt.timedelta(days=FIRST_REVIEW_DAYS - 10))
    said = fact(
        "b", 3, f.ResidentReview(stay="a", next=day(-60), owner="w2", alone={"cooking": "alone", "money": "not_yet"})
    )
    one = fold(said, moved)
    (review,) = reviews_due(one.stays, one.resident_reviews)
    assert review.due == dt.date.fromisoformat(day(-60))
    assert one.home_owner == "w2"
    assert fold(said, moved, fact("c", 1, f.PassedOn(giver="w2", taker="w9"))).home_owner == "w9"
    gone = stay("d", 0, "discharged", "protected_home", stay="a", destination="home")
    assert not reviews_due(fold(said, moved, gone).stays, one.resident_reviews)


def test_not_asked_is_not_counted_among_areas() -> None:
    assert far({}) is None
    assert far({"cooking": "with_help"}) == (0, 1)
    assert far({"cooking": "alone", "money": "not_yet"}) == (1, 2)


def test_a_way_home_is_open_until_it_was_followed_long_enough() -> None:
    began = stay("a", LONG_STAY_DAYS + 40, "admitted")
    (way,) = ways_home(fold(began).stays, (), TODAY)
    assert (way.stage, way.next, way.open) == ("", None, True)
    assert way.since == TODAY - dt.timedelta(days=40)
    step = fact("b", 20, f.Reintegration(stay="a", stage="assessed", owner="w1", next=day(-3)))
    left = stay("c", 15, "discharged", stay="a", destination="home")
    for order in permutations([began, step, left]):
        one = fold(*order)
        (way,) = ways_home(one.stays, one.way_home, TODAY)
        assert (way.stage, way.owner, way.named) == ("assessed", "w1", False)
    ended = fact("d", 1, f.Reintegration(stay="a", stage="followed", owner=""))
    one = fold(began, step, left, ended)
    assert ways_home(one.stays, one.way_home, TODAY) == []


def test_history_that_nobody_began_is_left_alone() -> None:
    began = stay("a", 900, "admitted")
    for ago, many in ((FOLLOWED_DAYS, 1), (FOLLOWED_DAYS + 1, 0)):
        one = fold(began, stay("b", ago, "discharged", stay="a", destination="home"))
        assert len(ways_home(one.stays, (), TODAY)) == many
    one = fold(began, stay("b", 10, "discharged", stay="a", destination="died"))
    assert not ways_home(one.stays, (), TODAY)
    short = fold(stay("a", 40, "admitted"), stay("b", 10, "discharged", stay="a", destination="home"))
    assert not ways_home(short.stays, (), TODAY)


def test_a_transfer_is_no_readmission_and_the_day_counts() -> None:
    facts = [
        stay("a", 100, "admitted", place="A"), stay("b", 90, "discharged", stay="a", destination="facility"),
        stay("c", 90, "admitted", place="B"), stay("d", 80, "discharged", stay="c", destination="home"),
        stay("e", 73, "admitted", place="A"), stay("g", 70, "discharged", stay="e", destination="home"),
    ]  # fmt: skip
    expected = [(dt.date.fromisoformat(day(80)), 7), (dt.date.fromisoformat(day(70)), None)]
    for order in (facts, facts[::-1], facts[3:] + facts[:3]):
        assert [(one.until, again) for one, again in readmissions(fold(*order).stays)] == expected


def test_what_could_never_mean_a_thing_is_refused() -> None:
    assert problems(fact("a", 0, f.ResidentReview(stay="x", next="", owner="w1")))
    assert problems(fact("a", 0, f.AbsenceCall(stay="x", day="never", reached="nobody")))
    assert problems(fact("a", 0, f.ResidentReview(stay="x", next=day(-1), owner="w1", alone={"x" * 400: "alone"})))
    assert not problems(fact("a", 0, f.Reintegration(stay="x", stage="followed", owner="")))
