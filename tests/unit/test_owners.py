"""With whom a person's care lies: handed over, passed on, of two programmes, and what was to be done."""

import datetime as dt

from tests.generative.persons import KNOW, TODAY, enrolled, fact
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.values import values

DAY = dt.date(2026, 2, 2)


def folded(*facts: Fact) -> Chart:
    return chart([*enrolled(DAY), *facts], KNOW, TODAY)


def passed(number: int, when: str, giver: str, taker: str) -> Fact:
    return fact(number, when, f.PassedOn(giver=giver, taker=taker))


def test_what_lies_with_the_giver_passes_to_the_taker() -> None:
    one = folded(passed(5, "2026-03-01", "w1", "w2"))
    assert (one.owner, one.owner_since) == ("w2", dt.date(2026, 3, 1))
    assert one.open_episodes[0].owner == "w2"


def test_what_lies_with_others_stays_with_them() -> None:
    second = fact(3, "2026-02-10", f.Episode(protocol="collaborative-care", protocol_version=1, condition="anxiety",
                                             owner="w3"))  # fmt: skip
    one = folded(second, passed(5, "2026-03-01", "w1", "w2"))
    assert {episode.condition: episode.owner for episode in one.open_episodes} == {"depression": "w2", "anxiety": "w3"}
    assert one.owner == "w3"


def test_of_someone_whom_nobody_follows_the_taker_does_now() -> None:
    facts = [fact(1, "2026-02-02", f.Registration(name="Invented One")), passed(2, "2026-03-01", "w1", "w2")]
    assert chart(facts, KNOW, TODAY).owner == "w2"


def test_advice_and_plan_follow_the_giver_from_the_day_they_were_given() -> None:
    advice = f.Recommendation(episode="f01", choice="see", text="Invented.", owner="w1", due="2026-03-09")
    before, after = fact(4, "2026-02-20", advice), fact(6, "2026-03-05", advice)
    line = fact(7, "2026-02-21", f.PlanItem(part="action", text="Invented.", owner="w1", due="2026-03-09"))
    one = folded(before, after, line, passed(5, "2026-03-01", "w1", "w2"), passed(8, "2026-03-02", "w2", "w3"))
    assert [advice.owner for advice in one.advice] == ["w3", "w1"]
    assert one.advice[0].recommendation.owner == "w1"  # what was said stays as it was said
    assert [item.owner for _, item in one.shared_plan] == ["w3"]


def test_a_date_agreed_between_two_contacts_counts_until_the_next_contact() -> None:
    seen = fact(3, "2026-02-10", f.Encounter(mode="clinic", next="2026-03-10"))
    moved = fact(4, "2026-02-20", f.Appointment(next="2026-03-20"))
    assert folded(seen, moved).next_date == dt.date(2026, 3, 20)
    assert folded(seen, moved).last_contact == dt.date(2026, 2, 10)  # nobody was met by it
    again = fact(5, "2026-03-19", f.Encounter(mode="clinic"))
    assert folded(seen, moved, again).next_date is None
    missed = fact(5, "2026-03-20", f.Encounter(mode="clinic", outcome="missed"))
    assert folded(seen, moved, missed).next_date == dt.date(2026, 3, 20)


def test_a_lists_reason_names_no_medicine_of_a_closer_segment() -> None:
    hidden = fact(3, "2026-02-10", f.Prescription(name="Invented-hidden", segment="hiv"))
    known = values(folded(hidden), None, KNOW)
    assert "Invented-hidden" not in map(str, known.values())
    open_one = fact(4, "2026-02-10", f.Prescription(name="Invented-open"))
    assert values(folded(hidden, open_one), None, KNOW)["medicine.name"] == "Invented-open"
