"""One set of facts gives one chart, in whatever order and however often they arrive, and however they contradict."""

import datetime as dt
from collections import Counter
from itertools import permutations

import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.generative.persons import KNOW, MISSING, TODAY, bodies, enrolled, fact, moments, persons, phq9
from tests.tries import tries
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import rows
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.identity import merges, root_of
from vwazen.clinical.live import live
from vwazen.clinical.validate import problems

quick = tries(40)


def bytes_of(facts: list[Fact], today: dt.date = TODAY) -> bytes:
    """Chart and rows as bytes; equal bytes mean equal in everything a page or a list could show."""
    folded = chart(facts, KNOW, today)
    return msgspec.json.encode((folded, rows(folded, KNOW, today)))


def folded(*facts: Fact) -> Chart:
    return chart(facts, KNOW, TODAY)


@quick
@given(persons(), st.randoms(use_true_random=False), st.data())
def test_order_repetition_and_late_arrival_change_nothing(facts: list[Fact], rng: object, data: st.DataObject) -> None:
    expected = bytes_of(facts)
    shuffled = data.draw(st.permutations(facts))
    assert bytes_of(shuffled) == expected
    again = data.draw(st.lists(st.sampled_from(facts), max_size=8))
    assert bytes_of([*shuffled, *again]) == expected
    late = data.draw(st.integers(0, len(facts)))
    bytes_of(shuffled[:late])  # what was folded before the rest arrived leaves no trace
    assert bytes_of([*shuffled[late:], *shuffled[:late]]) == expected


@tries(15)
@given(persons(most=5, kinds=("response", "episode", "assessment", "retraction", "merge", "concern", "risk_closed")))
def test_every_permutation_of_a_few_facts(facts: list[Fact]) -> None:
    assert len({bytes_of(list(order)) for order in permutations(facts)}) == 1


@quick
@given(persons())
def test_contradictory_facts_raise_nothing(facts: list[Fact]) -> None:
    for person in ("", "p1", "p2", "somebody else"):
        found = chart(facts, KNOW, TODAY, person=person)
        assert len(found.live) + len(found.future) <= len(facts) + len(found.conflicts)
    assert {one.id for one in chart(facts, KNOW, TODAY).live} <= {one.id for one in facts}


@quick
@given(persons(future=False))
def test_nothing_is_dropped_but_what_is_retracted_or_said_again(facts: list[Fact]) -> None:
    alive = live(facts, TODAY)
    counted = {entry.fact.id for entry in alive.entries}
    retracted = {one.retracts for one in facts if isinstance(one.body, f.Retraction)}
    shown = {one.id for conflict in alive.conflicts for one in conflict.facts}
    amended = {one.amends for one in facts if one.amends}
    for one in facts:
        if isinstance(one.body, f.Retraction) or one.id in counted | shown:
            continue
        # Taken back, itself or the first of its chain, or overtaken by another fact on the same thing.
        chain = [other for other in facts if alive.root[other.id] == alive.root[one.id]]
        same_words = any(o.body == one.body and o.occurred == one.occurred and o.id in counted | shown for o in chain)
        assert one.id in retracted or alive.root[one.id] in retracted or one.id in amended or same_words


@quick
@given(persons(future=False), st.data())
def test_a_retraction_and_its_retraction_leave_what_was_there(facts: list[Fact], data: st.DataObject) -> None:
    target = data.draw(st.sampled_from(facts))
    stamp = "2026-06-01T09:00:00Z"
    more = {"person": target.person, "recorded": stamp}
    gone = fact(90, stamp, f.Retraction(reason="wrong person"), retracts=target.id, **more)
    back = fact(91, stamp, f.Retraction(reason="it was right"), retracts=gone.id, **more)
    hand = fact(92, stamp, f.Retraction(reason="no, wrong"), retracts=back.id, **more)
    assert bytes_of([*facts, gone, back]) == bytes_of(facts)
    assert bytes_of([*facts, gone, back, hand]) == bytes_of([*facts, gone])
    if not isinstance(target.body, f.Retraction):
        assert target.id not in {one.id for one in chart([*facts, gone], KNOW, TODAY).live}


@quick
@given(persons(future=False))
def test_a_merge_and_its_retraction_leave_two_people(facts: list[Fact]) -> None:
    facts = [one for one in facts if not isinstance(one.body, f.Merge)]
    stamp = "2026-06-01T09:00:00Z"
    merge = fact(90, stamp, f.Merge(into="p1"), person="p2")
    undone = fact(91, stamp, f.Retraction(reason="two sisters"), person="p2", retracts=merge.id)
    ours = [one for one in facts if one.person == "p1"]
    together = chart([*facts, merge], KNOW, TODAY, person="p1")
    assert "p2" in together.aliases and not together.merged_into
    assert chart([*facts, merge], KNOW, TODAY, person="p2").merged_into == "p1"
    apart = chart([*ours, undone], KNOW, TODAY, person="p1")
    assert msgspec.json.encode(apart) == msgspec.json.encode(chart(ours, KNOW, TODAY, person="p1"))


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef")), st.sampled_from("abcdef"))
def test_whoever_asks_gets_the_same_root(into: dict[str, str], one: str) -> None:
    into = {who: target for who, target in into.items() if who != target}
    root = root_of(one, into)
    while one in into and one != root:
        one = into[one]
        assert root_of(one, into) == root
    assert root_of(root, into) == root


def test_two_people_merged_into_each_other_stay_on_the_list() -> None:
    day = dt.date(2026, 5, 1)
    facts = [
        *enrolled(day),
        fact(5, "2026-05-02", f.Registration(name="Invented Two"), person="p2"),
        fact(6, "2026-05-02", f.Merge(into="p2"), person="p1"),
        fact(7, "2026-05-03", f.Merge(into="p1"), person="p2"),
    ]
    assert merges(live(facts, TODAY)) == {"p1": "p2", "p2": "p1"}
    assert root_of("p1", {"p1": "p2", "p2": "p1"}) == root_of("p2", {"p1": "p2", "p2": "p1"}) == "p1"
    found = chart(facts, KNOW, TODAY)
    assert (found.person, found.merged_into, len(rows(found, KNOW, TODAY))) == ("p1", "", 1)


def test_every_kind_of_fact_can_be_drawn() -> None:
    assert bodies(("f00",)).keys() == f.KINDS.keys()


@pytest.mark.nightly
def test_the_generators_draw_every_case() -> None:
    """Every kind of fact, and every way in which facts speak of each other, is among what the tests above are given."""
    drawn: Counter[str] = Counter()

    @settings(
        max_examples=1000, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(persons())
    def look(facts: list[Fact]) -> None:
        drawn.update(cases(facts))

    look()
    for kind in f.KINDS:
        assert drawn[f"kind {kind}"] >= 5, kind
    for case in CASES:
        assert drawn[case] >= 1, case


CASES = (
    "amendment", "amendment of an amendment", "rival amendments", "amendment of what is missing", "amends itself",
    "circle of amendments", "amends another kind", "retracts a fact", "retracts a retraction",
    "retracts a retraction of a retraction", "retractions of each other", "retracts itself", "retracts what is missing",
    "retracts an amendment", "merge", "merge into each other", "merge into oneself", "facts of two people",
    "future", "date", "instant", "offset", "same instant", "answers of one day contradict", "episode of nobody",
    "one condition twice", "import", "total alone", "unknown instrument", "unknown protocol", "death",
)  # fmt: skip


def cases(facts: list[Fact]) -> set[str]:
    """Which of the cases stand in these facts."""
    by_id = {one.id: one for one in facts}
    found = {f"kind {one.kind}" for one in facts}
    amending = [one for one in facts if one.amends]
    retracting = {one.id: one.retracts for one in facts if isinstance(one.body, f.Retraction)}
    alive = live(facts, TODAY)
    folded = chart(facts, KNOW, TODAY)
    merged = {one.person: one.body.into for one in facts if isinstance(one.body, f.Merge)}
    responses = [one.body for one in facts if isinstance(one.body, f.Response)]
    episodes = [one.body for one in facts if isinstance(one.body, f.Episode)]
    links = {one.id: one.amends for one in amending}
    tests = {
        "amendment": any(one.amends in by_id for one in amending),
        "amendment of an amendment": any(one.amends in links and links[one.amends] in by_id for one in amending),
        "rival amendments": any(isinstance(c.facts[0], Fact) and c.facts[0].amends for c in alive.conflicts),
        "amendment of what is missing": any(one.amends in MISSING for one in amending),
        "amends itself": any(one.amends == one.id for one in amending),
        "circle of amendments": any(links.get(links[one]) == one != links[one] for one in links),
        "amends another kind": any(a.amends in by_id and by_id[a.amends].kind != a.kind for a in amending),
        "retracts a fact": any(r in by_id and r not in retracting for r in retracting.values()),
        "retracts a retraction": any(r in retracting for r in retracting.values()),
        "retracts a retraction of a retraction": any(
            r in retracting and retracting[r] in retracting for r in retracting.values()
        ),
        "retractions of each other": any(retracting.get(r) == one != r for one, r in retracting.items()),
        "retracts itself": any(r == one for one, r in retracting.items()),
        "retracts what is missing": any(r in MISSING for r in retracting.values()),
        "retracts an amendment": any(r in links for r in retracting.values()),
        "merge": any(one != into for one, into in merged.items()),
        "merge into each other": any(merged.get(into) == one != into for one, into in merged.items()),
        "merge into oneself": any(one == into for one, into in merged.items()),
        "facts of two people": len({one.person for one in facts}) > 1,
        "future": bool(folded.future),
        "date": any(len(one.occurred) == 10 for one in facts),
        "instant": any(len(one.occurred) > 10 for one in facts),
        "offset": any(one.occurred.endswith(("-11:00", "+13:00")) for one in facts),
        "same instant": len({f.instant(one.occurred) for one in facts}) < len(facts),
        "answers of one day contradict": any(p.conflict for one in folded.series.values() for p in one.points),
        "episode of nobody": any(getattr(one.body, "episode", one.id) not in by_id for one in facts),
        "one condition twice": any(len(one.enrolments) > 1 for one in folded.episodes),
        "import": any(one.source for one in responses),
        "total alone": any(one.total_only for one in responses),
        "unknown instrument": any(one.instrument == "unheard-of" for one in responses),
        "unknown protocol": any(one.protocol == "unheard-of" for one in episodes),
        "death": folded.died is not None,
    }
    return found | {name for name, there in tests.items() if there}


times = st.from_regex(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(T[0-9]{2}:?[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?)?",
                      fullmatch=True)  # fmt: skip
anything = st.one_of(moments(), times, st.datetimes().map(str), st.text(max_size=12), st.dates().map(str))


@tries(150)
@given(anything, anything, anything, st.sampled_from(["next", "due", "until", "recent_act_on", "born"]), st.floats())
def test_what_the_door_lets_in_folds(occurred: str, recorded: str, date: str, field: str, number: float) -> None:
    """Whatever dates and numbers are tried, a fact without problems folds, and its rows reach into the future."""
    body: f.AnyBody = {
        "next": f.Encounter(mode="clinic", next=date),
        "due": f.Recommendation(episode="f01", choice="continue", text="go on", owner="w1", due=date),
        "until": f.Triage(decision="not_now", until=date),
        "recent_act_on": f.Assessment(risk="f05", recent_act="yes", recent_act_on=date),
        "born": f.Registration(name="Invented One", born=date),
    }[field]
    odd = fact(5, occurred, body, recorded=recorded)
    answers = fact(6, occurred, f.Response(instrument="seizures", version=1, answers={"1": number}))
    again = fact(7, occurred, body, amends="f05", recorded=recorded)
    taken = [one for one in (odd, answers, again) if not problems(one)]
    bytes_of([*enrolled(dt.date(2026, 3, 1)), *taken])
    event(f"{len(taken)} taken")


# What the rules above mean in single cases that once went wrong.


def amend(number: int, of: str, body: f.AnyBody, recorded: str, occurred: str = "2026-05-01T08:00:00Z") -> Fact:
    return fact(number, occurred, body, amends=of, recorded=recorded)


def test_an_amendment_of_an_amendment_wins_whatever_the_clocks_say() -> None:
    first = fact(1, "2026-05-01T08:00:00Z", f.Note(text="one"))
    second = amend(2, "f01", f.Note(text="two"), "2026-05-09T08:00:00Z")
    third = amend(3, "f02", f.Note(text="three"), "2026-05-02T08:00:00Z")  # by a phone whose clock is behind
    found = folded(first, second, third)
    assert [one.id for one in found.notes] == ["f03"] and not found.conflicts


def test_a_taken_back_amendment_leaves_no_rivals() -> None:
    first = fact(1, "2026-05-01T08:00:00Z", f.Note(text="one"))
    second = amend(2, "f01", f.Note(text="two"), "2026-05-02T08:00:00Z")
    third = amend(3, "f02", f.Note(text="three"), "2026-05-03T08:00:00Z")
    gone = fact(4, "2026-05-04T08:00:00Z", f.Retraction(reason="not mine"), retracts="f02")
    assert not folded(first, second, third, gone).conflicts
    assert [one.id for one in folded(first, second, third, gone).notes] == ["f03"]


def test_recorded_is_compared_as_time_not_as_text() -> None:
    first = fact(1, "2026-05-01T08:00:00Z", f.Note(text="one"))
    early = amend(2, "f01", f.Note(text="early"), "2026-05-02T08:00:00.200Z")
    late = amend(3, "f01", f.Note(text="late"), "2026-05-02T08:00:00.900+00:00")
    later = amend(4, "f01", f.Note(text="later"), "2026-05-02T08:00:01Z")
    assert [one.id for one in folded(first, early, late, later).notes] == ["f04"]
    (conflict,) = folded(first, early, late, later).conflicts
    assert [one.id for one in conflict.facts] == ["f02", "f03", "f04"]


def test_a_corrected_date_is_a_rival_too() -> None:
    first = fact(1, "2026-05-01T08:00:00Z", f.Note(text="one"))
    one = amend(2, "f01", f.Note(text="one"), "2026-05-02T08:00:00Z", "2026-04-01T08:00:00Z")
    other = amend(3, "f01", f.Note(text="one"), "2026-05-03T08:00:00Z", "2026-04-08T08:00:00Z")
    assert [c.what for c in folded(first, one, other).conflicts] == ["note"]


def test_a_fact_of_another_kind_amends_nothing() -> None:
    danger = fact(1, "2026-05-01T08:00:00Z", f.Response(instrument="phq-9", version=1, answers=phq9(12, 2)))
    odd = amend(2, "f01", f.Encounter(mode="clinic"), "2026-05-02T08:00:00Z")
    found = folded(danger, odd)
    assert len(found.open_risks) == 1 and len(found.encounters) == 1


def test_a_thousand_retractions_of_each_other_do_not_overflow() -> None:
    stamp = "2026-05-02T08:00:00Z"
    chain = [fact(0, "2026-05-01", f.Allergy(substance="latex"), id="r0")]
    chain += [fact(0, stamp, f.Retraction(reason="again"), id=f"r{n}", retracts=f"r{n - 1}") for n in range(1, 3001)]
    assert [a.substance for _, a in folded(*chain).allergies] == ["latex"]
    assert not folded(*chain[:-1]).allergies


def test_retractions_of_each_other_decide_nothing() -> None:
    facts = [
        fact(1, "2026-05-01", f.Allergy(substance="latex")),
        fact(2, "2026-05-02", f.Retraction(reason="a"), retracts="f03"),
        fact(3, "2026-05-02", f.Retraction(reason="b"), retracts="f02"),
        fact(4, "2026-05-02", f.Retraction(reason="c"), retracts="f01"),
        fact(5, "2026-05-02", f.Retraction(reason="d"), retracts="f04"),
    ]
    assert len(folded(*facts).allergies) == 1


def test_the_same_id_with_other_bytes_gives_one_chart_in_any_order() -> None:
    one, other = (fact(1, "2026-05-01", f.Note(text=text)) for text in ("a", "b"))
    assert bytes_of([one, other]) == bytes_of([other, one])


@pytest.mark.parametrize("kind", ["allergies", "plan", "assessments"])
def test_safety_fields_of_two_authors_are_united(kind: str) -> None:
    bodies: dict[str, list[f.AnyBody]] = {
        "allergies": [f.Allergy(substance="latex"), f.Allergy(substance="penicillin"), f.Allergy(substance="nuts")],
        "plan": [f.SafetyPlan(signs="a"), f.SafetyPlan(signs="b"), f.SafetyPlan(signs="c")],
        "assessments": [
            f.Assessment(risk="f00", intent="no", plan="no"),
            f.Assessment(risk="f00", intent="yes", plan="no"),
            f.Assessment(risk="f00", intent="no", plan="no", words="asked again"),
        ],
    }
    first, one, other = bodies[kind]
    facts = [
        fact(0, "2026-05-01T07:00:00Z", f.Concern(trigger="worker")),
        fact(1, "2026-05-01T08:00:00Z", first),
        fact(2, "2026-05-01T08:00:00Z", one, amends="f01", author="w1", recorded="2026-05-02T08:00:00Z"),
        fact(3, "2026-05-01T08:00:00Z", other, amends="f01", author="w2", recorded="2026-05-03T08:00:00Z"),
    ]
    found = folded(*facts)
    if kind == "assessments":
        (risk,) = found.risks
        assert [one.id for one in risk.assessments] == ["f02", "f03"]
        assert risk.answers["intent"] == "yes" and risk.urgent_since is not None
    else:
        assert [one.id for one, _ in getattr(found, kind)] == ["f02", "f03"]
    assert [[one.author for one in conflict.facts] for conflict in found.conflicts] == [["w1", "w2"]]


def test_of_two_amended_answers_neither_the_danger_nor_the_worse_total_is_lost() -> None:
    first = fact(1, "2026-05-01T08:00:00Z", f.Response(instrument="phq-9", version=1, answers=phq9(12)))
    bad = amend(2, "f01", f.Response(instrument="phq-9", version=1, answers=phq9(16, 2)), "2026-05-02T08:00:00Z")
    good = amend(3, "f01", f.Response(instrument="phq-9", version=1, answers=phq9(10)), "2026-05-03T08:00:00Z")
    found = folded(first, bad, good)
    (point,) = found.series["phq-9"].points
    assert (point.total, point.high, point.values, point.scored.safety) == (None, 16, (10, 16), "positive")
    assert [risk.unassessed for risk in found.risks] == [True]


def test_equal_totals_of_one_day_do_not_hide_a_danger() -> None:
    kind = {"source": f.Source(system="elsewhere", id="a")}
    calm = fact(1, "2026-05-01", f.Response(instrument="phq-9", version=1, answers=phq9(12, 0), **kind))
    danger = fact(2, "2026-05-01", f.Response(instrument="phq-9", version=1, answers=phq9(12, 3), **kind))
    found = folded(calm, danger)
    (point,) = found.series["phq-9"].points
    assert (point.total, point.scored.safety) == (12, "positive")
    assert found.historical is not None and [one.id for one in found.historical.facts] == ["f02"]


def test_one_instant_in_two_zones_is_one_occasion_and_a_date_is_not_cut_in_two() -> None:
    def said(number: int, when: str, total: int) -> Fact:
        return fact(number, when, f.Response(instrument="phq-9", version=1, answers=phq9(total)))

    one = folded(said(1, "2026-05-01T08:00:00Z", 12), said(2, "2026-05-01T09:00:00+01:00", 14))
    assert [p.values for p in one.series["phq-9"].points] == [(12, 14)]
    three = folded(said(1, "2026-05-01", 12), said(2, "2026-05-01T12:00:00Z", 9), said(3, "2026-05-01", 14))
    assert [p.values for p in three.series["phq-9"].points] == [(12, 14), (9,)]


def test_where_high_is_good_the_worse_of_a_contradiction_is_the_lower() -> None:
    answers = [{str(n): float(v) for n in range(1, 6)} for v in (1, 4)]
    facts = [fact(n, "2026-05-01", f.Response(instrument="who-5", version=1, answers=a)) for n, a in enumerate(answers)]
    (point,) = folded(*facts).series["who-5"].points
    assert (point.high, point.values, point.scored.positive) == (20, (20, 80), None)


def test_two_enrolments_offline_are_one_episode_with_both_shown() -> None:
    facts = enrolled(dt.date(2026, 3, 1)) + enrolled(dt.date(2026, 3, 3), number=4, author="w2")
    facts += [
        fact(6, "2026-03-10T08:00:00Z", f.Step(episode="f04", step=2)),
        fact(7, "2026-03-11T08:00:00Z", f.Recommendation(
            episode="f04", choice="continue", text="go on", owner="w1", due="2026-04-01")),
    ]  # fmt: skip
    found = folded(*facts)
    (episode,) = found.open_episodes
    assert (episode.id, episode.step, episode.ids) == ("f01", 2, ("f01", "f04"))
    assert [one.episode for one in found.advice] == ["f01"]
    assert "episode" in [conflict.what for conflict in found.conflicts]
    assert len(rows(found, KNOW, TODAY)) == 1
    closed = folded(*facts, fact(9, "2026-05-01T08:00:00Z", f.Close(episode="f01", outcome="completed")))
    assert not closed.open_episodes
    again = [*facts, fact(9, "2026-05-01T08:00:00Z", f.Close(episode="f04", outcome="completed"))]
    again += enrolled(dt.date(2026, 5, 9), number=11)
    assert [(one.id, one.closed is None) for one in folded(*again).episodes] == [("f01", False), ("f11", True)]


def test_seen_after_a_death_is_shown_as_a_contradiction() -> None:
    facts = [
        fact(1, "2026-05-01", f.Death()),
        fact(2, "2026-05-04", f.Encounter(mode="home")),
    ]
    assert [conflict.what for conflict in folded(*facts).conflicts] == ["death"]


def test_what_the_door_took_counts_at_once() -> None:
    """The latest fact that the record's door accepts on a day is part of that day's chart, in every time zone."""
    for zone in (-12, 0, 14):
        ends = dt.datetime.combine(TODAY, dt.time(23, 59), dt.timezone(dt.timedelta(hours=zone)))
        latest = (ends + dt.timedelta(days=1)).astimezone(dt.timezone(dt.timedelta(hours=14)))
        found = folded(fact(1, latest.isoformat(), f.Note(text="ahead of its time")))
        assert found.notes and not found.future, zone
