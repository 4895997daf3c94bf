"""Missed contacts as the chart sees them, what is offered, and the way from house to house; no database."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW, TODAY, enrolled, fact, persons
from vwazen.clinical import facts as f
from vwazen.clinical import tracing
from vwazen.clinical.chart import Chart
from vwazen.clinical.fold import chart
from vwazen.clinical.tracing_offers import offers, why
from vwazen.clinical.tracing_route import km, length, walk
from vwazen.clinical.validate import problems
from vwazen.content.tracing import Tracing

RULES = KNOW.get(Tracing, "tracing")
FIRST, AGREED = dt.date(2026, 4, 1), dt.date(2026, 5, 11)


def day(after: int) -> str:
    return (AGREED + dt.timedelta(days=after)).isoformat()


def of(*more: f.Fact) -> Chart:
    """Enrolled, seen once, and expected on `AGREED`."""
    seen = fact(10, "2026-04-20", f.Encounter(mode="clinic", next=AGREED.isoformat()))
    return chart([*enrolled(FIRST), seen, *more], KNOW, TODAY)


def trace(number: int, after: int, found: str, **more: str) -> f.Fact:
    body = f.Trace(missed=AGREED.isoformat(), mode="home", found=found, **more)  # type: ignore[arg-type]
    return fact(number, day(after), body)


def miss(*more: f.Fact) -> tracing.Miss:
    found = tracing.miss(of(*more), RULES)
    assert found is not None
    return found


def test_an_agreed_date_counts_as_missed_from_the_day_after() -> None:
    one = miss()
    assert (one.day, one.starts, one.agreed) == (AGREED, AGREED + dt.timedelta(days=1), True)
    assert one.due == AGREED + dt.timedelta(days=RULES.within_days)
    assert one.words == "Did not come on 11 May 2026; nobody has looked for them yet."


def test_who_comes_dies_or_is_no_longer_in_care_is_not_looked_for() -> None:
    came = fact(11, day(3), f.Encounter(mode="clinic"))
    assert tracing.miss(of(came), RULES) is None
    assert tracing.miss(of(fact(11, day(1), f.Death())), RULES) is None
    assert tracing.miss(of(fact(11, day(1), f.Close(episode="f01", outcome="lost"))), RULES) is None


def test_nobody_without_a_date_is_called_missing_unless_somebody_waited_in_vain() -> None:
    plain = [*enrolled(FIRST), fact(10, "2026-04-20", f.Encounter(mode="clinic"))]
    assert tracing.miss(chart(plain, KNOW, TODAY), RULES) is None
    vain = fact(11, day(0), f.Encounter(mode="clinic", outcome="missed"))
    one = tracing.miss(chart([*plain, vain], KNOW, TODAY), RULES)
    assert one is not None
    assert (one.day, one.agreed, one.starts, one.tries) == (AGREED, False, AGREED, ())
    assert one.words.startswith("Was not met on 11 May 2026")


@pytest.mark.parametrize(
    ("more", "days"),
    [
        (f.Sign(sign="acute_psychosis", present=True), RULES.danger_sign_days),
        (f.Concern(trigger="worker", text="Invented."), RULES.open_risk_days),
        (f.Hospital(event="discharged"), RULES.after_discharge_days),
    ],
)
def test_the_most_pressing_reason_sets_the_clock(more: f.AnyBody, days: int) -> None:
    one = miss(fact(11, day(-2), more))
    assert one.due == AGREED + dt.timedelta(days=days)


def test_the_date_given_at_a_discharge_is_missed_like_any_other_and_looked_for_the_next_day() -> None:
    gone = f.Stay(where="hospital", event="discharged", next=day(6), worker="w2")
    stay = [fact(11, day(1), f.Stay(where="hospital", event="admitted")), fact(12, day(4), gone)]
    one = miss(*stay)
    assert one.day == AGREED + dt.timedelta(days=6)
    assert one.due == one.starts == one.day + dt.timedelta(days=RULES.after_discharge_days)
    assert tracing.miss(of(*stay, fact(13, day(6), f.Encounter(mode="clinic"))), RULES) is None


def test_someone_in_hospital_is_asked_for_there() -> None:
    assert "ask there first" in miss(fact(11, day(-1), f.Hospital(event="admitted"))).words


def test_tries_that_find_nobody_are_counted_and_then_handed_back() -> None:
    tries = [trace(11, 1, "not_found"), trace(12, 3, "not_found", next=day(5))]
    one = miss(*tries)
    assert (len(one.tries), one.ask, one.due) == (2, "", AGREED + dt.timedelta(days=5))
    assert "Tried 2 times, last on 14 May 2026: not found." in one.words
    visit = fact(
        13, day(5), f.Encounter(mode="home", outcome="not_found")
    )  # told on another page, and a try all the same
    back = miss(*tries, visit)
    assert (len(back.tries), back.ask) == (3, "tries")
    assert back.due == AGREED + dt.timedelta(days=5 + RULES.decide_days)
    assert "Decide what to try next" in back.words


@pytest.mark.parametrize(
    ("found", "words"), [("moved", "moved away"), ("died", "Speak with the family"), ("refused", "Decide")]
)
def test_what_was_told_is_left_to_whoever_follows_the_person(found: str, words: str) -> None:
    now = of(trace(11, 1, found), trace(12, 2, "not_found"))
    one = tracing.miss(now, RULES)
    assert one is not None
    assert one.ask == found
    assert words in one.words
    assert now.died is None  # told is not certain


def test_a_date_agreed_on_the_doorstep_is_the_next_date_and_ends_the_search() -> None:
    now = of(trace(11, 1, "found", next=day(9), reason="money"))
    assert now.next_date == AGREED + dt.timedelta(days=9)
    one = tracing.miss(now, RULES)
    assert one is not None
    assert one.day == AGREED + dt.timedelta(days=9)
    assert one.tries == ()


def test_a_day_to_try_again_is_no_date_agreed_with_anybody() -> None:
    assert of(trace(11, 1, "not_found", next=day(9))).next_date == AGREED
    assert of(trace(11, 1, "refused", next=day(9))).next_date == AGREED


def test_after_a_move_to_another_site_the_search_begins_anew() -> None:
    gone = trace(11, 1, "moved")
    again = f.Episode(protocol="collaborative-care", protocol_version=1, condition="anxiety", owner="w2")
    one = miss(gone, fact(12, day(3), again, site="there"))
    assert (one.ask, one.tries) == ("", ())


def test_a_date_before_the_try_is_refused() -> None:
    assert problems(trace(11, 3, "found", next=day(1)))
    assert problems(fact(11, day(3), f.Trace(mode="home", found="found", missed="11 May")))
    assert not problems(trace(11, 3, "found", next=day(3)))


@given(persons(kinds=("registration", "episode", "encounter", "appointment", "trace", "close", "death", "retraction")))
def test_whoever_has_a_date_in_care_is_looked_for_or_has_come(facts: list[f.Fact]) -> None:
    """In care, either somebody is (or will be) looked for, or no date stands and nobody waited in vain."""
    now = chart(facts, KNOW, TODAY)
    one = tracing.miss(now, RULES)
    if now.died or now.merged_into or not now.open_episodes:
        assert one is None
    elif now.next_date is not None:
        assert one is not None
        assert one.day == now.next_date
        assert one.due >= min(one.day, *(fact.day for fact in one.tries)) if one.tries else one.due > one.day
    elif one is None:
        last = next((body for _, body in reversed(now.encounters) if body.met or body.outcome == "missed"), None)
        assert last is None or last.met
    assert tracing.miss(chart(list(reversed(facts)), KNOW, TODAY), RULES) == one


def test_forty_kilometres_away_home_and_phone_come_first_whatever_was_said() -> None:
    for reason in ("not_said", "better", "work", "money"):
        found = offers(reason, km=40.2, far_km=RULES.far_km, phone=True)
        assert [one.offer for one in found[:2]] == ["home", "phone"]
        assert "about 40 km away" in why(reason, km=40.2, far_km=RULES.far_km)


def test_money_is_met_by_what_costs_the_person_nothing_and_what_cannot_be_stands_last() -> None:
    found = offers("money", km=None, far_km=RULES.far_km, phone=False)
    assert [one.offer for one in found] == ["home", "nearer_site", "voucher", "clinic", "phone"]
    assert found[-1].note == "no telephone is recorded"
    assert offers("money", km=1.0, far_km=5, phone=True, nearer="Pòs Sous")[2].note == "Pòs Sous"


@given(st.sampled_from(["money", "better", "other", "x"]),
       st.none() | st.floats(0, 500), st.booleans())  # fmt: skip
def test_every_offer_stands_once(reason: str, far: float | None, phone: bool) -> None:
    found = offers(reason, km=far, far_km=5, phone=phone)
    assert sorted(one.offer for one in found) == ["clinic", "home", "nearer_site", "phone", "voucher"]


points = st.tuples(st.floats(-60, 60), st.floats(-170, 170))


@given(st.lists(points, max_size=9), st.none() | points, st.randoms(use_true_random=False))
def test_everyone_is_visited_once_and_no_order_of_arrival_decides(
    some: list[tuple[float, float]], start: tuple[float, float] | None, dice: object
) -> None:
    order = walk(some, start)
    assert sorted(order) == list(range(len(some)))
    other = list(some)
    dice.shuffle(other)  # type: ignore[attr-defined]
    assert [some[one] for one in order] == [other[one] for one in walk(other, start)]


@given(st.lists(points, min_size=2, max_size=8), points)
def test_no_stretch_turned_round_makes_the_way_shorter(
    some: list[tuple[float, float]], start: tuple[float, float]
) -> None:
    way = [start, *(some[one] for one in walk(some, start))]
    for first in range(1, len(way)):
        for last in range(first + 1, len(way)):
            turned = [*way[:first], *reversed(way[first : last + 1]), *way[last + 1 :]]
            assert length(turned) >= length(way) - 1e-6


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    assert km((18.0, -72.0), (19.0, -72.0)) == pytest.approx(111.2, abs=0.1)
    assert length([]) == 0
    assert walk([]) == []


def test_the_clocks_are_said_to_be_unreviewed() -> None:
    assert RULES.reviewed == "not yet reviewed by a clinician"
    assert msgspec.structs.replace(RULES).after_discharge_days == 1
