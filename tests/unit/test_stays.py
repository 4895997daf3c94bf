"""Stays away from home: which facts are of one stay, how it stands, what is owed after it."""

import datetime as dt
from itertools import permutations

import pytest

from tests.generative.persons import KNOW, TODAY, enrolled, fact
from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.stay_view import StayView

HIS = f.Source(system="his", id="x")


def stays(*facts: Fact) -> tuple[StayView, ...]:
    """The stays, the same in every order of the facts."""
    found = {chart(list(some), KNOW, TODAY, person="p1").stays for some in list(permutations(facts))[:120]}
    assert len(found) == 1
    return found.pop()


def told(number: int, when: str, event: str, visit: str = "v1", said: str = "", **more: object) -> Fact:
    """An event as a hospital's system tells it."""
    body = f.Stay(event=event, visit=visit, source=HIS, said=said or f"{when}:00Z", **({"where": "hospital"} | more))  # type: ignore[arg-type]
    return fact(number, f"{when}:00Z", body)


def page(number: int, when: str, event: str, stay: str = "", **more: object) -> Fact:
    body = f.Stay(event=event, stay=stay, **({"where": "hospital", "facility": "here"} | more))  # type: ignore[arg-type]
    return fact(number, when, body)


def met(number: int, when: str, mode: str = "home", outcome: str = "seen") -> Fact:
    return fact(number, when, f.Encounter(mode=mode, outcome=outcome))  # type: ignore[arg-type]


def test_events_of_one_visit_are_one_stay_in_any_order() -> None:
    (one,) = stays(
        told(1, "2026-05-01T10:00", "admitted", unit="Ward 1"),
        told(2, "2026-05-03T10:00", "transferred", unit="Ward 2"),
        told(3, "2026-05-04T10:00", "leave", next="2026-05-06"),
        told(4, "2026-05-06T10:00", "returned"),
        told(5, "2026-05-08T10:00", "discharged"),
    )
    assert (one.state, one.since, one.until, one.unit, one.days) == (
        "out", dt.date(2026, 5, 1), dt.date(2026, 5, 8), "Ward 2", 7,
    )  # fmt: skip
    assert one.missing == ("destination", "next", "instructions", "worker")


def test_a_discharge_may_come_before_its_admission_or_alone() -> None:
    (one,) = stays(told(1, "2026-05-08T10:00", "discharged"))
    assert (one.state, one.admitted, one.until) == ("out", None, dt.date(2026, 5, 8))
    (one,) = stays(told(1, "2026-05-08T10:00", "discharged"), told(2, "2026-05-01T10:00", "admitted"))
    assert (one.state, one.since) == ("out", dt.date(2026, 5, 1))


def test_a_cancelled_discharge_leaves_them_in_and_a_second_one_counts() -> None:
    first = told(1, "2026-05-01T10:00", "admitted")
    out = told(2, "2026-05-05T10:00", "discharged")
    back = told(3, "2026-05-05T11:00", "cancelled", cancels="discharged")
    assert stays(first, out, back)[0].state == "in"
    # The same discharge again, told after it was taken back, at the time it really had.
    again = told(4, "2026-05-05T10:00", "discharged", said="2026-05-05T12:00:00Z")
    (one,) = stays(first, out, back, again)
    assert (one.state, one.until) == ("out", dt.date(2026, 5, 5))


def test_a_cancelled_admission_leaves_no_alert() -> None:
    (one,) = stays(
        told(1, "2026-05-01T10:00", "admitted"), told(2, "2026-05-01T11:00", "cancelled", cancels="admitted")
    )
    assert (one.state, one.told) == ("unknown", None)


def test_a_cancelled_leave_is_no_leave() -> None:
    (one,) = stays(
        told(1, "2026-05-01T10:00", "admitted"), told(2, "2026-05-02T10:00", "leave"),
        told(3, "2026-05-02T11:00", "cancelled", cancels="leave"),
    )  # fmt: skip
    assert one.state == "in"


def test_a_page_and_a_system_that_tell_one_admission_tell_one_stay() -> None:
    (one,) = stays(
        page(1, "2026-05-01T09:00:00Z", "admitted"), told(2, "2026-05-01T10:00", "admitted", facility="here"),
        told(3, "2026-05-05T10:00", "discharged", facility="here"),
        page(4, "2026-05-05T12:00:00Z", "discharged", destination="home", next="2026-05-09", instructions="x",
             worker="w1"),
    )  # fmt: skip
    assert (one.state, one.missing, len(one.events), one.until) == ("out", (), 4, dt.date(2026, 5, 5))


def test_a_discharge_without_an_hour_is_after_the_admission_of_that_day() -> None:
    (one,) = stays(page(1, "2026-05-01T15:00:00Z", "admitted"), page(2, "2026-05-01", "discharged"))
    assert (one.state, one.days) == ("out", 0)


def test_two_visits_are_two_stays_and_the_second_comes_so_many_days_after() -> None:
    first, second = stays(
        told(1, "2026-05-01T10:00", "admitted", facility="a"), told(2, "2026-05-05T10:00", "discharged", facility="a"),
        told(3, "2026-05-15T10:00", "admitted", "v2", facility="a"),
    )  # fmt: skip
    assert (first.again, second.again, second.follows) == (None, 10, "")
    assert first.contacts is None  # they are in again: nobody visits them at home


@pytest.mark.parametrize(("days", "place", "destination", "moved"), [
    (0, "b", "", True), (1, "b", "", True), (2, "b", "", False), (0, "a", "", False), (1, "a", "facility", True),
])  # fmt: skip
def test_a_transfer_is_no_readmission(days: int, place: str, destination: str, moved: bool) -> None:
    _, second = stays(
        told(1, "2026-05-01T10:00", "admitted", facility="a"),
        told(2, "2026-05-05T10:00", "discharged", facility="a", destination=destination),
        told(3, f"2026-05-{5 + days:02}T15:00", "admitted", "v2", facility=place),
    )
    assert (bool(second.follows), second.again) == (moved, None if moved else days)


def left(*more: Fact, where: str = "hospital", event: str = "discharged") -> StayView:
    first = told(1, "2026-05-01T10:00", "admitted", where=where)
    return stays(first, told(2, "2026-05-05T10:00", event, where=where), *more)[0]


def test_after_a_hospital_two_contacts_are_owed_by_day_two_and_seven() -> None:
    one = left()
    assert one.contacts is not None
    assert (one.contacts.due, one.contacts.next) == (
        (dt.date(2026, 5, 7), dt.date(2026, 5, 12)), dt.date(2026, 5, 7),
    )  # fmt: skip
    contacts = left(met(3, "2026-05-06"), met(4, "2026-05-06T15:00:00Z")).contacts
    assert contacts is not None and contacts.next == dt.date(2026, 5, 12)  # twice on one day is one contact
    contacts = left(met(3, "2026-05-06"), met(4, "2026-05-11")).contacts
    assert contacts is not None and contacts.next is None
    contacts = left(met(3, "2026-05-20")).contacts  # late: it answers both days that have passed
    assert contacts is not None and contacts.held == (dt.date(2026, 5, 20),) * 2


@pytest.mark.parametrize("before", [
    met(3, "2026-05-04"), met(3, "2026-05-05T09:00:00Z"), met(3, "2026-05-06", mode="ward"),
    met(3, "2026-05-06", outcome="not_found"), met(3, "2026-05-06", mode="curbside"),
])  # fmt: skip
def test_what_is_no_contact_after_the_stay_stops_no_clock(before: Fact) -> None:
    contacts = left(before).contacts
    assert contacts is not None and not contacts.held


def test_after_a_prison_the_fortnight_is_followed_to_its_end() -> None:
    one = left(where="prison", event="released")
    assert one.contacts is not None and one.missing == ()
    assert [day.day for day in one.contacts.due] == [7, 12, 19]
    contacts = left(met(3, "2026-05-06"), where="prison", event="released").contacts
    assert contacts is not None and contacts.next == dt.date(2026, 5, 12)
    held = [met(n, f"2026-05-{day:02}") for n, day in enumerate((6, 10, 18), 3)]
    contacts = left(*held, where="prison", event="released").contacts
    assert contacts is not None and contacts.next is None


def test_old_news_starts_no_clock() -> None:
    old = f.Stay(where="hospital", event="discharged", visit="v1", source=HIS)
    (one,) = stays(fact(1, "2026-01-05", old, recorded="2026-05-01T10:00:00Z"))
    assert one.contacts is None and one.told is None


def test_a_death_ends_what_is_owed() -> None:
    assert left(fact(3, "2026-05-06", f.Death())).contacts is None


def test_what_was_told_in_a_word_on_the_chart_is_a_stay_too() -> None:
    one, = stays(
        fact(1, "2026-05-01", f.Hospital(event="admitted")), fact(2, "2026-05-05", f.Hospital(event="discharged"))
    )  # fmt: skip
    assert (one.state, one.missing, one.told) == ("out", (), None)
    assert one.contacts is not None
    (one,) = stays(fact(1, "2026-05-01", f.Hospital(event="emergency")))
    assert (one.state, one.emergency, one.days, one.contacts) == ("out", True, 0, None)


def test_an_emergency_visit_that_becomes_an_admission_is_one_stay() -> None:
    (one,) = stays(
        told(1, "2026-05-01T10:00", "admitted", where="emergency"), told(2, "2026-05-01T18:00", "admitted"),
        told(3, "2026-05-05T10:00", "discharged"),
    )  # fmt: skip
    assert (one.where, one.emergency, one.contacts is not None) == ("hospital", True, True)


def test_who_left_without_being_discharged_is_told_and_followed() -> None:
    one = left(event="left_without")
    assert one.told is not None and one.missing == () and one.contacts is not None


def test_an_answer_takes_the_news_off() -> None:
    first = told(1, "2026-05-01T10:00", "admitted")
    assert stays(first)[0].told == first
    answered = stays(first, fact(2, "2026-05-01T12:00:00Z", f.Noted(fact=first.id, outcome="I ring.")))[0]
    assert answered.told is None and answered.read is not None


def test_numbers_of_other_systems() -> None:
    who = f.Registration(name="Invented One", source=f.Source(system="a", id="1"))
    facts = [fact(1, "2026-05-01", who), fact(2, "2026-05-02", f.Identifier(system="b", number="2"))]
    assert chart([*enrolled(TODAY, number=9), *facts], KNOW, TODAY, person="p1").identifiers == (("a", "1"), ("b", "2"))


def test_the_fortnight_after_a_hospital_knows_stays_however_they_were_told() -> None:
    """`hospital.last` of the tiers: a ward's and another system's words count as those of the chart do."""

    def last(*facts: Fact) -> list[str]:
        return [one.id for one in chart(list(facts), KNOW, TODAY, person="p1").hospital]

    begun, out = told(1, "2026-05-01T10:00", "admitted"), told(2, "2026-05-08T10:00", "discharged")
    assert last(begun) == [begun.id] and last(out, begun) == [begun.id, out.id]
    back = told(3, "2026-05-08T11:00", "cancelled", cancels="discharged")
    assert last(begun, out, back) == [begun.id]
    assert last(page(4, "2026-05-01T10:00:00Z", "released", where="prison")) == []
    word = fact(5, "2026-06-01T10:00:00Z", f.Hospital(event="emergency"))
    assert last(begun, out, word) == [begun.id, out.id, word.id]
