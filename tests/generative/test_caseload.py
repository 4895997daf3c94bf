"""A chart knows its own future, safety comes before everything, and nobody falls between two segments."""

import datetime as dt
from collections import Counter

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st

from tests.generative.persons import FIRST, KNOW, TODAY, enrolled, fact, persons, phq9
from tests.tries import tries
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import Row, Segment, fill, proposals, rows, say
from vwazen.clinical.chart import Chart
from vwazen.clinical.conditions import ABSENT
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.values import values
from vwazen.content.rules import VOCABULARY

DANGERS: list[f.AnyBody] = [
    f.Concern(trigger="worker", text="not herself"),
    f.Response(instrument="phq-9", version=1, answers=phq9(1, 1)),
    f.Response(instrument="epds", version=1, answers={"10": 1.0}),
    f.Assessment(risk="nobody-knows", intent="yes"),
]
quick = tries(40)
CARE = ("episode", "response", "response", "response", "encounter", "assessment", "concern", "recommendation",
        "carried_out", "sign", "hospital", "risk_closed", "close", "step", "treatment", "safety_review",
        "retraction")  # fmt: skip


@st.composite
def in_care(draw: st.DrawFn, most: int = 12) -> list[Fact]:
    """Somebody registered and enrolled, with facts of care that are as careless as any."""
    day = draw(st.integers(0, 140).map(lambda n: FIRST + dt.timedelta(n)))
    start = enrolled(day, draw(st.sampled_from(["depression", "depression", "anxiety"])))
    more = draw(persons(future=False, most=most, kinds=CARE))
    own = {f"f{n:02}": f"f{n + 2:02}" for n in range(most)}
    moved = []
    for one in more:
        body = one.body
        refs = {
            name: own.get(value, value)
            for name in ("episode", "risk", "recommendation", "response", "question")
            if isinstance(value := getattr(body, name, None), str)
        }
        refs |= {"episode": "f01"} if "episode" in refs and draw(st.booleans()) else {}
        moved.append(
            msgspec.structs.replace(
                one, id=own[one.id], person="p1", amends=own.get(one.amends, one.amends),
                retracts=own.get(one.retracts, one.retracts), body=msgspec.structs.replace(body, **refs),
            )
        )  # fmt: skip
    return [*start, *moved]


people = in_care() | persons(future=False)


def placed(facts: list[Fact], day: dt.date = TODAY) -> tuple[Chart, tuple[Row, ...]]:
    found = chart(facts, KNOW, day)
    return found, rows(found, KNOW, day)


def in_force(row: Row, day: dt.date) -> Segment:
    (one,) = (s for s in row.segments if s.starts <= day and (s.ends is None or day < s.ends))
    return one


def order(segment: Segment) -> int:
    """Tiers as a list sorts them: on track is last."""
    return segment.tier or 99


@quick
@given(people, st.lists(st.integers(1, 500), max_size=4))
def test_a_chart_knows_its_own_future(facts: list[Fact], later: list[int]) -> None:
    _, today = placed(facts)
    days = {TODAY + dt.timedelta(n) for n in later}
    for row in today:
        for one in row.segments:
            days |= {one.starts, one.starts + dt.timedelta(1), one.starts - dt.timedelta(1)}
    for day in sorted(day for day in days if day >= TODAY):
        _, fresh = placed(facts, day)
        assert [(row.person, row.episode) for row in fresh] == [(row.person, row.episode) for row in today]
        for row, then in zip(today, fresh, strict=True):
            told, found = in_force(row, day), in_force(then, day)
            for name in ("tier", "word", "rule", "reason", "plain", "waiting_since"):
                assert getattr(told, name) == getattr(found, name), (day, name)


@quick
@given(people)
def test_segments_leave_no_gap(facts: list[Fact]) -> None:
    for row in placed(facts)[1]:
        assert row.segments[0].starts == TODAY
        assert row.segments[-1].ends is None
        for one, after in zip(row.segments, row.segments[1:], strict=False):
            assert one.ends == after.starts > one.starts
            assert one.rule != after.rule


@quick
@given(people)
def test_who_is_on_a_list_and_who_is_not(facts: list[Fact]) -> None:
    found, on_list = placed(facts)
    if found.merged_into or not (found.open_episodes or found.open_risks):
        assert on_list == ()
    else:
        assert [row.episode for row in on_list] == [one.id for one in found.open_episodes] or (
            [row.episode for row in on_list] == [""] and found.open_risks
        )
    conditions = Counter(one.condition for one in found.open_episodes)
    assert all(count == 1 for count in conditions.values())  # the database allows one open episode a condition


@quick
@given(people, st.integers(0, 400))
def test_an_open_risk_that_nobody_asked_about_comes_first(facts: list[Fact], later: int) -> None:
    found, on_list = placed(facts)
    if any(risk.unassessed for risk in found.open_risks) and not found.merged_into:
        assert on_list
        for row in on_list:
            assert in_force(row, TODAY + dt.timedelta(later)).tier in (1, 2)


@quick
@given(people, st.integers(0, 400), st.sampled_from(DANGERS))
def test_a_new_danger_always_comes_first(facts: list[Fact], later: int, danger: f.AnyBody) -> None:
    """Whatever is known of somebody, remission included, a danger heard of today puts them before the others."""
    worry = fact(95, "2026-06-01T18:00:00Z", danger)
    facts = [one for one in facts if not isinstance(one.body, f.Merge | f.Death)]
    found, on_list = placed([*facts, worry])
    assert on_list and found.open_risks
    for row in on_list:
        assert in_force(row, TODAY + dt.timedelta(later)).tier in (1, 2)


@st.composite
def nearly_well(draw: st.DrawFn) -> list[Fact]:
    """Somebody who began at 18 and is at 4 or less, with whatever may still be open about their safety."""
    low = st.integers(0, 4).flatmap(lambda total: st.builds(phq9, st.just(total), st.integers(0, min(total, 1))))
    sources = st.sampled_from([None, None, f.Source(system="elsewhere", id="a")])
    answers = st.builds(f.Response, instrument=st.just("phq-9"), version=st.just(1), answers=low, source=sources)
    total = st.just(f.Response(instrument="phq-9", version=1, stated_total=3.0, total_only=True))
    partly = st.just(f.Response(instrument="phq-9", version=1, answers={"1": 0.0, "2": 1.0}))
    ref = st.sampled_from([f"f{n:02}" for n in range(3, 9)])
    spoken = st.builds(
        f.Assessment,
        risk=ref,
        intent=st.sampled_from(["no", "no", "yes", "not_asked"]),
        plan=st.sampled_from(["no", "yes"]),
    )
    bodies = st.one_of(
        answers, answers, total, partly, spoken, spoken, st.builds(f.Concern, trigger=st.just("worker")),
        st.builds(f.SafetyReview, outcome=st.sampled_from(["spoke", "tried"])),
        st.builds(f.RiskClosed, risk=ref, reason=st.just("spoke")),
    )  # fmt: skip
    first = f.Response(instrument="phq-9", version=1, answers=phq9(18))
    said = [draw(answers), *draw(st.lists(bodies, max_size=3))]
    days = st.dates(FIRST + dt.timedelta(20), FIRST + dt.timedelta(40)).map(str)
    times = st.sampled_from(["", "T08:00:00Z", "T20:00:00-05:00", "T01:00:00+13:00"])
    more = [fact(n, draw(days) + draw(times), body) for n, body in enumerate(said, 3)]
    return [*enrolled(FIRST), fact(2, str(FIRST), first), *more]


@tries(120)
@given(nearly_well())
def test_remission_is_never_said_over_an_open_safety_answer(facts: list[Fact]) -> None:
    found = chart(facts, KNOW, TODAY)
    spoken = [
        one
        for one in found.live
        if (isinstance(one.body, f.Assessment) and one.body.intent != "not_asked")
        or (isinstance(one.body, f.SafetyReview) and one.body.outcome == "spoke")
    ]
    for episode in found.episodes:
        known = values(found, episode, KNOW)
        assert (known["score.remitted"] is True) == (episode.state == "remission")
        event(episode.state)
        if episode.state != "remission":
            assert not episode.words.startswith("in remission")
            continue
        for risk in found.open_risks:
            assert not risk.unassessed
            assert "yes" not in [risk.answers.get(question) for question in f.URGENT]
        assert found.historical is None and episode.last is not None
        points = found.series[episode.instrument].points
        since = [p for p in points if p.day > episode.last.day or p is episode.last]
        for point in since:
            if episode.closed is None and point.scored.safety in ("positive", "unknown"):
                assert any(one.day >= point.day for one in spoken)


@quick
@given(in_care(), st.integers(0, 24), st.integers(0, 300))
def test_a_zero_to_the_safety_question_is_never_safety(facts: list[Fact], total: int, later: int) -> None:
    """The same total with the ninth answered "not at all" is ranked no lower than with the ninth unknown."""
    when, day = "2026-06-01T18:00:00Z", TODAY + dt.timedelta(later)
    unknown = fact(95, when, f.Response(instrument="phq-9", version=1, stated_total=float(total), total_only=True))
    zero = fact(95, when, f.Response(instrument="phq-9", version=1, answers=phq9(total)))
    before, without, with_zero = (placed(facts + more)[1] for more in ([], [unknown], [zero]))
    assert len(without) == len(with_zero)
    for one, other in zip(without, with_zero, strict=True):
        assert order(in_force(other, day)) <= order(in_force(one, day))
    for one, other in zip(before, with_zero, strict=False):
        if in_force(one, day).tier in (1, 2):  # and it settles nothing that was open
            assert order(in_force(other, day)) <= order(in_force(one, day))


@quick
@given(people)
def test_values_are_of_the_vocabulary(facts: list[Fact]) -> None:
    """Every name, of its type; what the rules may use and what the chart gives are one list."""
    found = chart(facts, KNOW, TODAY)
    kinds = {"number": (int, float), "date": dt.date, "word": str, "yes_no": bool}
    for episode in (None, *found.episodes):
        known = values(found, episode, KNOW)
        assert known.keys() == VOCABULARY.keys()
        for name, value in known.items():
            if value is not None and value is not ABSENT:
                assert isinstance(value, kinds[VOCABULARY[name][0]]), name
                assert isinstance(value, bool) == (VOCABULARY[name][0] == "yes_no"), name


@quick
@given(people)
def test_every_reason_is_a_whole_sentence(facts: list[Fact]) -> None:
    found, on_list = placed(facts)
    said = [one.reason for row in on_list for one in row.segments]
    said += [one.plain for row in on_list for one in row.segments]
    said += [one.reason for episode in found.open_episodes for one in proposals(found, episode, KNOW, TODAY)]
    for sentence in said:
        told = sentence.replace("{score.last} and {risk.why}", "")  # what somebody wrote is not filled in
        for honest in ("course is unknown", "open or unknown"):
            told = told.replace(honest, "")
        assert told and not any(one in told for one in ("{", "absent", "unknown", "None"))
        assert told.rstrip()[-1] in ".!?,:" or "carried out" in told


def test_words_of_values() -> None:
    said = [say(value) for value in (True, False, None, 18.0, 4.125, 100, 0, dt.date(2026, 11, 7), "as told")]
    assert said == ["yes", "no", "unknown", "18", "4.1", "100", "0", "7 Nov 2026", "as told"]
    assert fill("{a.b} {a.c} {x}", {"a.b": "{a.c}", "a.c": 2}) == "{a.c} 2 {x}"
