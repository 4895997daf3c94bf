"""The demo clinic: alive on every list, every kind of fact, the same bytes from the same seed."""

import datetime as dt
from collections import Counter

import pytest

from vwazen.clinical import caseload
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import KINDS, encode
from vwazen.clinical.fold import chart
from vwazen.clinical.live import live
from vwazen.content.load import content
from vwazen.demo.kit import Kit
from vwazen.demo.lives import Made
from vwazen.demo.programme import plan
from vwazen.demo.site import make

NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def clinic(seed: int = 1, now: dt.datetime = NOW) -> Made:
    know = content()
    programme = plan(know, size="clinic", seed=seed, now=now)
    return make(Kit(know), programme, programme.clinics[0])


@pytest.fixture(scope="module")
def made() -> Made:
    return clinic()


@pytest.fixture(scope="module")
def charts(made: Made) -> dict[str, Chart]:
    """Each person's own facts folded; merged persons are looked at through their own facts here."""
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    return {person: chart(theirs, content(), TODAY, person=person) for person, theirs in facts.items()}


def test_the_same_seed_gives_the_same_bytes(made: Made) -> None:
    again = clinic()
    assert [encode(one) for one in again.facts] == [encode(one) for one in made.facts]
    assert again.received == made.received
    assert clinic(seed=2).facts[0] != made.facts[0]


def test_every_kind_of_fact_occurs(made: Made) -> None:
    assert {one.kind for one in made.facts} == set(KINDS)


def test_every_tier_is_occupied(charts: dict[str, Chart]) -> None:
    tiers = Counter(row.segments[0].tier for one in charts.values() for row in caseload.rows(one, content(), TODAY))
    assert set(tiers) == set(range(10))
    assert tiers[0] > 80 and sum(tiers.values()) > 250


def test_open_risks_have_different_clocks(charts: dict[str, Chart]) -> None:
    risks = [risk for one in charts.values() for risk in one.open_risks]
    running = [risk for risk in risks if risk.urgent_since and risk.acknowledged is None]
    taken = [risk for risk in risks if risk.urgent_since and risk.acknowledged is not None]
    assert len(risks) >= 8 and running and taken
    assert len({risk.day for risk in risks}) >= 5
    assert min(NOW - risk.urgent_since for risk in running if risk.urgent_since) < dt.timedelta(hours=1)


def test_every_way_of_correcting_occurs(made: Made, charts: dict[str, Chart]) -> None:
    by_id = {one.id: one for one in made.facts}
    amends = [one for one in made.facts if one.amends]
    assert any(by_id[one.amends].amends for one in amends)
    assert {one.kind for one in amends} >= {"registration", "encounter", "response", "safety_plan"}
    retracted = {by_id[one.retracts].kind for one in made.facts if one.retracts}
    assert retracted >= {"note", "retraction", "merge", "death", "close"}
    told = {conflict.what for one in charts.values() for conflict in one.conflicts}
    assert told >= {"registration", "encounter", "safety_plan", "response"}
    assert len(made.refused) == 2


def test_every_merge_occurs(made: Made) -> None:
    into = {}
    for one in made.facts:
        if isinstance(one.body, f.Merge):
            theirs = [other for other in made.facts if other.person == one.person]
            if live(theirs, TODAY).of(f.Merge):
                into[one.person] = one.body.into
    undone = [one for one in made.facts if isinstance(one.body, f.Merge) and one.person not in into]
    chains = [one for one in into if into[one] in into]
    circles = [one for one in into if into.get(into[one]) == one]
    assert len(undone) >= 1 and len(circles) == 2 and len(chains) > len(circles)


def test_a_wrong_persons_note_was_put_right(made: Made) -> None:
    scene = next(one for one in made.scenes if one.name.startswith("a note filed under the wrong person"))
    wrong, right = (
        [one.body.text for one in live([x for x in made.facts if x.person == who], TODAY).of(f.Note)]
        for who in scene.people
    )
    assert set(right) - set(wrong)


def test_nothing_lies_in_the_future(made: Made) -> None:
    assert all(f.instant(one.occurred) <= NOW + dt.timedelta(hours=12) for one in made.facts)
    assert max(made.received) * 60 <= NOW.timestamp()
    assert all(f.instant(one.recorded) <= NOW for one in made.facts)


def test_some_phones_are_weeks_late(made: Made) -> None:
    late = [
        received - f.instant(fact.recorded).timestamp() / 60
        for fact, received in zip(made.facts, made.received, strict=True)
        if fact.device.startswith("phone")
    ]
    assert sum(one > 10 * 1440 for one in late) > 10 and sum(one < 600 for one in late) > len(late) / 2


def test_nobodys_care_ended_while_a_risk_was_open(charts: dict[str, Chart]) -> None:
    """The door refuses it, so the demo may not show it."""
    for one in charts.values():
        for episode in one.episodes:
            if episode.closed and episode.outcome != "died":
                standing = [
                    r for r in one.risks if r.day <= episode.closed and (not r.closed or r.closed.day > episode.closed)
                ]
                assert not standing, one.person


def test_who_is_only_registered_is_written_as_the_log_writes_it(made: Made) -> None:
    listed = made.directory
    assert len(listed.people) > 3500
    for n in range(0, len(listed.people), 7):
        id, name, gender, born, place, phone = listed.people[n]
        fact = f.decode(listed.facts[n])
        assert encode(fact) == listed.facts[n] and fact.id == fact.person == id
        body = fact.body
        assert isinstance(body, f.Registration)
        assert (body.name, body.gender, body.born, body.place, body.phone) == (name, gender, born, place, phone)
        assert f"{f.instant(fact.occurred):%Y-%m-%d %H:%M:%S}" == listed.at[n]
        assert f"{f.instant(fact.recorded):%Y-%m-%d %H:%M:%S}" == listed.received[n]


def test_the_log_sorts_by_the_instant_of_each_fact(made: Made) -> None:
    for fact, at in zip(made.facts, made.pen.at, strict=True):
        assert f.instant(fact.occurred).timestamp() == at * 60


def test_counts_in_the_record_equal_the_truth(made: Made) -> None:
    """Whoever was staged is left out on both sides; scenes are counted by name elsewhere."""
    staged = {one for scene in made.scenes for one in scene.people}
    lives = [life for life in made.lives if life.journeys and life.registered.person not in staged]
    journeys = [one for life in lives for one in life.journeys]
    said = [one for one in made.facts if one.person not in staged and not one.amends]
    kinds = Counter(one.kind for one in said)
    assert kinds["episode"] == len(journeys)
    truly = Counter(one.outcome for one in journeys if one.closed is not None)
    assert Counter(one.body.outcome for one in said if isinstance(one.body, f.Close)) == truly
    assert kinds["death"] == sum(life.person.death_told for life in lives if life.person)
    assert kinds["step"] == sum(len(one.care.steps) for one in journeys)
    theirs = {life.registered.person for life in lives}
    seen = [one.body for one in said if isinstance(one.body, f.Encounter) and one.person in theirs]
    held = sum(one.next != "" and one.minutes is not None and not one.risk and one.mode != "hand_off" for one in seen)
    assert held == sum(one.contacts for one in journeys)
