"""The shared plan, the circle, decisions, and episodes over years: what the fold makes of them."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW, enrolled, fact, persons, phq9
from tests.unit.test_tiers import START, Said, facts_of, on, score
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import proposals
from vwazen.clinical.chart import Chart, Line
from vwazen.clinical.circle import may_be_called, may_be_told
from vwazen.clinical.episodes import ended, illness, illness_words, quiet_until, relapses
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart

DAY = "2026-06-01"


def line(number: int, text: str, amends: str = "", **more: str) -> Fact:
    return fact(number, f"2026-06-01T08:{number:02}:00Z", f.PlanItem(part="goal", text=text), amends=amends, **more)


def folded(*facts: Fact) -> Chart:
    return chart(facts, KNOW, dt.date(2026, 6, 2))


def said(one: Chart) -> list[list[str]]:
    return [[v.body.text for v in each.standing if isinstance(v.body, f.PlanItem)] for each in one.plan_lines]


# lines of the plan


def test_a_changed_line_is_one_line_with_what_it_said_before() -> None:
    (found,) = folded(line(1, "a"), line(2, "b", amends="f01"), line(3, "c", amends="f02")).plan_lines
    assert (found.id, [one.id for one in found.standing], [one.id for one in found.before]) == (
        "f01", ["f03"], ["f01", "f02"],
    )  # fmt: skip


def test_two_who_change_the_same_version_both_stand() -> None:
    one = folded(line(1, "a"), line(2, "b", amends="f01"), line(3, "c", amends="f01", author="w2"))
    assert said(one) == [["b", "c"]]
    assert [conflict.what for conflict in one.conflicts] == ["plan_item"]
    assert {fact.id for fact, _ in one.shared_plan} == {"f02", "f03"}


def test_who_changed_what_they_had_read_overtakes_it() -> None:
    assert said(folded(line(1, "a"), line(2, "b", amends="f01"), line(3, "c", amends="f02"))) == [["c"]]


def test_a_version_of_which_the_first_has_not_arrived_stands_and_finds_it_later() -> None:
    late = line(2, "b", amends="f01")
    assert said(folded(late)) == [["b"]]
    assert said(folded(late, line(1, "a"))) == [["b"]]


def test_apart_names_the_other_branch_and_nothing_of_its_own() -> None:
    every = [line(1, "a"), line(2, "b", amends="f01"), line(3, "c", amends="f01"), line(4, "d", amends="f03")]
    (found,) = folded(*every).plan_lines
    assert sorted(one.id for one in found.apart("f02")) == ["f03", "f04"]
    assert sorted(one.id for one in found.apart("f04")) == ["f02"]


@given(persons(kinds=("plan_item", "plan_item", "related_person", "retraction")), st.data())
def test_a_choice_leaves_the_chosen_version_and_touches_no_other_line(facts: list[Fact], data: st.DataObject) -> None:
    before = chart(facts, KNOW, dt.date(2026, 6, 15))
    lines = [one for one in (*before.plan_lines, *before.circle_lines) if len(one.standing) > 1 and not _round(one)]
    if not lines:
        return
    chosen = data.draw(st.sampled_from(lines))
    version = data.draw(st.sampled_from(chosen.standing))
    gone = [
        fact(70 + n, DAY, f.Retraction(reason="chosen"), retracts=other.id, person=other.person)
        for n, other in enumerate(chosen.apart(version.id))
    ]
    after = chart([*facts, *gone], KNOW, dt.date(2026, 6, 15))
    lines_after = _standing(after)
    assert lines_after.pop(_name(chosen)) == (version.id,)
    assert lines_after == {one: those for one, those in _standing(before).items() if one != _name(chosen)}


def _name(line: Line) -> tuple[str, str]:
    """Two kinds may amend one first fact that has not arrived; they are two lines."""
    return line.id, line.standing[0].kind


def _standing(one: Chart) -> dict[tuple[str, str], tuple[str, ...]]:
    return {_name(line): tuple(each.id for each in line.standing) for line in (*one.plan_lines, *one.circle_lines)}


def _round(line: Line) -> bool:
    """Whether its versions amend each other in a circle, which only a fault makes."""
    above = {one.id: one.amends for one in (*line.before, *line.standing)}
    for first in above:
        one, seen = first, set[str]()
        while one in above and one not in seen:
            seen.add(one)
            one = above[one]
        if one in seen:
            return True
    return False


# the circle


def related(number: int, told: str, amends: str = "", emergency: bool = False) -> Fact:
    body = f.RelatedPerson(name=f"Kin {number}", may_be_told=told, emergency=emergency)  # type: ignore[arg-type]
    return fact(number, f"2026-06-01T08:{number:02}:00Z", body, amends=amends)


@pytest.mark.parametrize(
    ("versions", "consent"),
    [(("yes",), "yes"), (("no",), "no"), (("not_asked",), "not_asked"), (("yes", "no"), "no"), (("no", "yes"), "no"),
     (("yes", "not_asked"), "not_asked"), (("yes", "yes"), "yes")],
)  # fmt: skip
def test_nobody_is_called_against_one_no(versions: tuple[str, ...], consent: str) -> None:
    every = [related(1, "not_asked"), *(related(2 + n, told, amends="f01") for n, told in enumerate(versions))]
    (found,) = folded(*every).circle_lines
    assert may_be_told(found) == consent
    assert bool(may_be_called(folded(*every))) == (consent == "yes")


def test_a_consent_taken_back_is_taken_back() -> None:
    assert may_be_called(folded(related(1, "yes"), related(2, "no", amends="f01"))) == ()


def test_emergency_contacts_come_first() -> None:
    one = folded(related(1, "yes"), related(2, "yes", emergency=True))
    assert [each.name for each in may_be_called(one)] == ["Kin 2", "Kin 1"]


# decisions


SESSION = Said(10, f.Treatment(name="problem solving", form="psychological", event="session"))
NO_RESPONSE = [score(0, 18), SESSION, score(56, 16)]


def proposed(more: list[Said], after: int) -> list[str]:
    one = chart(facts_of([*NO_RESPONSE, *more]), KNOW, on(after))
    return [each.proposal.id for each in proposals(one, one.episodes[0], KNOW, on(after))]


def decision(after: int, until: int | None, proposal: str = "no-response", choice: str = "deferred") -> Said:
    day = on(until).isoformat() if until is not None else ""
    body = f.Decision(episode="f01", proposal=proposal, choice=choice, reason="x", until=day)  # type: ignore[arg-type]
    return Said(after, body)


@pytest.mark.parametrize("choice", ["accepted", "deferred", "overridden"])
def test_decided_it_rests_until_its_day_and_comes_back_on_it(choice: str) -> None:
    assert "no-response" in proposed([], 60)
    assert "no-response" not in proposed([decision(60, 70, choice=choice)], 60)
    assert "no-response" not in proposed([decision(60, 70, choice=choice)], 69)
    assert "no-response" in proposed([decision(60, 70, choice=choice)], 70)


def test_without_a_day_it_rests_for_the_protocols_measuring_interval() -> None:
    assert "no-response" not in proposed([decision(60, None)], 87)
    assert "no-response" in proposed([decision(60, None)], 88)


def test_only_the_proposal_that_was_decided_rests() -> None:
    assert "step-up" in proposed([decision(60, 70)], 60)


def test_the_newest_decision_counts() -> None:
    assert "no-response" in proposed([decision(60, 90), decision(61, 65)], 65)


def test_a_decision_of_another_episode_says_nothing() -> None:
    other = Said(60, f.Decision(episode="elsewhere", proposal="no-response", choice="deferred", until=str(on(90))))
    assert "no-response" in proposed([other], 61)


def test_a_decision_taken_back_is_none() -> None:
    facts = facts_of([*NO_RESPONSE, decision(60, 90)])
    back = fact(60, str(on(61)), f.Retraction(reason="slip"), retracts=facts[-1].id)
    one = chart([*facts, back], KNOW, on(62))
    assert quiet_until(one, one.episodes[0], "no-response", KNOW) is None


# episodes over years


def episode(number: int, day: dt.date, follows: str = "", step: int = 1, site: str = "here") -> Fact:
    body = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w1",
                     follows=follows, step=step)  # fmt: skip
    return fact(number, day.isoformat(), body, site=site)


def closed(number: int, day: dt.date, of: str, outcome: str = "completed") -> Fact:
    return fact(number, day.isoformat(), f.Close(episode=of, outcome=outcome))  # type: ignore[arg-type]


def asked(number: int, day: dt.date, total: int) -> Fact:
    return fact(number, day.isoformat(), f.Response(instrument="phq-9", version=1, answers=phq9(total)))


YEARS = [
    *enrolled(START), asked(2, START, 18), closed(3, on(200), "f01"),
    episode(4, on(500), follows="f01"), closed(5, on(700), "f04"), episode(6, on(900), follows="f04"),
]  # fmt: skip


def test_years_of_illness_are_counted_and_linked() -> None:
    one = chart(YEARS, KNOW, on(950))
    first, second, third = one.episodes
    assert (second.follows, third.follows) == ("f01", "f04")
    assert illness(one, third) == (3, START.year)
    assert illness_words(one, third) == f"third episode since {START.year}"
    assert illness_words(one, first) == ""
    assert ended(one) == ()


def test_a_score_after_care_ended_is_a_relapse_from_the_protocols_line_on() -> None:
    facts = [*enrolled(START), asked(2, START, 18), closed(3, on(200), "f01")]
    assert relapses(chart([*facts, asked(7, on(300), 9)], KNOW, on(301)), KNOW) == ()
    assert relapses(chart([*facts, asked(7, on(200), 14)], KNOW, on(301)), KNOW) == ()  # it was known when care ended
    (found,) = relapses(chart([*facts, asked(7, on(300), 10)], KNOW, on(301)), KNOW)
    assert (found.episode.id, found.point.total, found.line, found.again) == ("f01", 10, 10, None)
    later = [*facts, asked(7, on(300), 14), asked(8, on(330), 4)]
    assert relapses(chart(later, KNOW, on(331)), KNOW) == ()


@pytest.mark.parametrize(
    ("body", "open_still", "again"),
    [(f.Triage(decision="not_needed"), False, None), (f.Triage(decision="again"), True, None),
     (f.Triage(decision="not_now", until=str(on(330))), True, on(330))],
)  # fmt: skip
def test_a_decision_about_the_score_settles_it(body: f.Triage, open_still: bool, again: dt.date | None) -> None:
    facts = [*enrolled(START), asked(2, START, 18), closed(3, on(200), "f01"), asked(7, on(300), 14)]
    found = relapses(chart([*facts, fact(8, str(on(301)), body)], KNOW, on(302)), KNOW)
    assert bool(found) == open_still
    assert [one.again for one in found] == ([again] if open_still else [])
    earlier = relapses(chart([*facts, fact(8, str(on(299)), body)], KNOW, on(302)), KNOW)
    assert [one.again for one in earlier] == [None]


def test_nobody_relapses_while_in_care_for_it_nor_after_death() -> None:
    assert relapses(chart([*YEARS, asked(7, on(901), 20)], KNOW, on(950)), KNOW) == ()
    facts = [*enrolled(START), asked(2, START, 18), closed(3, on(200), "f01"), asked(7, on(300), 14)]
    assert relapses(chart([*facts, fact(8, str(on(310)), f.Death())], KNOW, on(320)), KNOW) == ()


def test_a_move_goes_on_with_the_course_and_a_relapse_begins_anew() -> None:
    facts = [*enrolled(START), asked(2, START, 18), fact(9, str(on(20)), f.Step(episode="f01", step=2))]
    moved = [closed(3, on(60), "f01", "transferred"), episode(4, on(60), follows="f01", step=2, site="there")]
    one = chart([*facts, *moved, asked(5, on(65), 8)], KNOW, on(70))
    new = one.episodes[1]
    assert (new.site, new.origin, new.first, new.fall) == ("there", START, 18, 10)
    assert (new.step, new.step_since) == (2, on(20))
    assert illness(one, new) == (1, START.year)
    back = [closed(3, on(60), "f01"), episode(4, on(60), follows="f01", step=2, site="there")]
    again = chart([*facts, *back, asked(5, on(65), 8)], KNOW, on(70)).episodes[1]
    assert (again.origin, again.first, again.step_since) == (on(60), 8, on(60))


def test_what_it_follows_may_be_missing_or_itself() -> None:
    for follows in ("nowhere", "f04"):
        one = chart([*enrolled(START), closed(3, on(60), "f01"), episode(4, on(60), follows=follows)], KNOW, on(70))
        assert one.episodes[1].follows == ""
        assert one.episodes[1].origin == on(60)


def test_a_fact_stored_before_episodes_followed_each_other_is_read_as_it_was() -> None:
    raw = f.encode(episode(4, START))
    assert b"follows" not in raw
    assert f.decode(raw) == episode(4, START)
    assert msgspec.json.decode(raw)["body"]["kind"] == "episode"
