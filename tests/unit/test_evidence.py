"""Many people's facts, one piece at a time: intervals, run charts, windows and what became of somebody in them."""

import datetime as dt

import pytest

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.content.indicators import Outcomes
from vwazen.content.load import content
from vwazen.evidence import episode as e
from vwazen.evidence.episode import EpisodeRow, episode_rows, judge
from vwazen.evidence.intervals import wilson
from vwazen.evidence.outcomes import PARTS, Cell, Share, Tally, part_of, tally
from vwazen.evidence.runs import limits, runs

START = dt.date(2026, 1, 1)
TODAY = dt.date(2026, 11, 21)
RULES = content().get(Outcomes, "outcomes")


def day(after: int) -> str:
    return (START + dt.timedelta(days=after)).isoformat()


class Told:
    """One person's facts, said one after the other."""

    def __init__(self, condition: str = "depression", protocol: str = "collaborative-care") -> None:
        self.facts: list[Fact] = []
        self.say(0, f.Registration(name="Ann Start", gender="female", born="1990"))
        self.episode = self.say(
            0, f.Episode(protocol=protocol, protocol_version=1, condition=condition, owner="w", step=1)
        )

    def say(self, after: int, body: f.AnyBody) -> str:
        id = f"f{len(self.facts):03}"
        self.facts.append(
            Fact(id=id, person="p", occurred=day(after), recorded=f"{day(after)}T12:00:00Z", author="w", site="s",
                 body=body)
        )  # fmt: skip
        return id

    def phq9(self, after: int, total: int, daily: float | None = None) -> None:
        answers = {str(n + 1): float(min(3, max(0, total - 3 * n))) for n in range(9)}
        if daily is not None:
            answers["10"] = daily
        self.say(after, f.Response(instrument="phq-9", version=1, answers=answers))

    def met(self, after: int, **more: object) -> None:
        self.say(after, f.Encounter(mode="clinic", **more))  # type: ignore[arg-type]

    @property
    def row(self) -> EpisodeRow:
        (one,) = episode_rows(chart(self.facts, content(), TODAY), content())
        return one


# Intervals: Newcombe 1998, Statistics in Medicine 17, table I, method 3, to the four digits printed there


@pytest.mark.parametrize(
    ("many", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(many: int, of: int, low: float, high: float) -> None:
    found = wilson(many, of)
    assert found is not None
    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_an_interval_solves_the_equation_it_is_defined_by() -> None:
    for many, of in ((3, 7), (74, 212), (1, 1000)):
        for end in wilson(many, of) or ():
            assert (many / of - end) ** 2 == pytest.approx(1.959963984540054**2 * end * (1 - end) / of)
    assert wilson(5, 5) == (pytest.approx(0.5655, abs=1e-4), 1.0)
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


# Run charts: the limits that the project's list of published results gives (Anhøj)


@pytest.mark.parametrize(
    ("useful", "most", "fewest"),
    [(10, 6, 2), (12, 7, 3), (20, 7, 6), (24, 8, 8), (30, 8, 10), (36, 8, 13), (60, 9, 23)],
)
def test_the_limits_of_a_run_chart_are_the_published_ones(useful: int, most: int, fewest: int) -> None:
    assert limits(useful) == (most, fewest)


def test_a_shift_is_seen_and_values_on_the_median_count_for_neither_side() -> None:
    seen = runs([1, 2, 1, 2, 1, 2, 1, 2, 9, 9, 9, 9, 9, 9, 9, 9])
    assert seen is not None and seen.shift and seen.longest == 8 and seen.crossings == 1 and seen.few
    steady = runs([1, 3, 1, 3, 2, 1, 3, 1, 3, 1, 3])
    assert steady is not None and steady.useful == 10 and not steady.shift and not steady.few
    assert runs([]) is None and limits(1) == (1, 0)


# Judging a change


def test_a_change_is_judged_by_the_instruments_published_lines() -> None:
    phq9 = content().instrument("phq-9")
    assert [judge(phq9, 16, now) for now in (4, 5, 8, 9, 11, 12, 16, 20, 21)] == [
        e.REMISSION, e.RESPONSE, e.RESPONSE, e.BETTER, e.BETTER, e.SAME, e.SAME, e.SAME, e.WORSE,
    ]  # fmt: skip
    gad7 = content().instrument("gad-7")
    assert judge(gad7, 15, 1) == e.BETTER, "no published line of response: a fall is never called one"
    assert judge(gad7, 15, 14) == e.SAME
    assert judge(content().instrument("whodas-12"), 30, 12) == e.SCORED


# Windows


def test_the_score_nearest_to_the_day_counts_and_the_later_of_two_as_near() -> None:
    told = Told()
    told.phq9(0, 18)
    told.phq9(61, 17)
    told.phq9(85, 12)
    told.phq9(95, 7)
    at = told.row.at[0]
    assert (at.fate, at.score) == (e.RESPONSE, 7)
    assert told.row.base == e.JUDGED and told.row.first == 18 and told.row.best == 7 and told.row.last == 7


@pytest.mark.parametrize(("after", "inside"), [(59, False), (60, True), (120, True), (121, False)])
def test_a_window_has_two_ends(after: int, inside: bool) -> None:
    told = Told()
    told.phq9(0, 18)
    told.phq9(after, 4)
    assert (told.row.at[0].fate == e.REMISSION) == inside


def test_an_answer_without_a_total_is_no_score() -> None:
    told = Told()
    told.phq9(0, 18)
    told.say(90, f.Response(instrument="phq-9", version=1, answers={"1": 0.0}))
    told.met(90)
    assert told.row.at[0] == e.At(fate=e.IN_CARE)


def test_of_two_that_contradict_each_other_the_worse_counts() -> None:
    told = Told()
    told.phq9(0, 18)
    told.phq9(90, 3)
    told.phq9(90, 12)
    assert (told.row.at[0].fate, told.row.at[0].score) == (e.BETTER, 12)


def test_a_start_that_is_late_low_or_missing_is_not_judged() -> None:
    late = Told()
    late.phq9(15, 18)
    late.phq9(90, 4)
    assert late.row.base == e.UNSCORED and late.row.first is None and late.row.at[0].fate == e.SCORED
    low = Told()
    low.phq9(0, 7)
    low.phq9(90, 2)
    assert low.row.base == e.LOW and low.row.at[0].fate == e.SCORED
    assert Told("psychosis", "community-care").row.base == e.UNFOLLOWED
    assert Told().row.base == e.UNSCORED


def test_a_scale_without_a_line_of_response_is_judged_by_change_only() -> None:
    told = Told("anxiety")
    for after, each in ((0, 2.0), (90, 0.0)):
        told.say(after, f.Response(instrument="gad-7", version=1, answers={str(n): each for n in range(1, 8)}))
    assert told.row.base == e.CHANGE and told.row.at[0].fate == e.BETTER


def test_why_there_is_no_score_is_said_as_care_stood_when_the_window_closed() -> None:
    def ended(after: int, outcome: str) -> str:
        told = Told()
        told.phq9(0, 18)
        if outcome == "died":
            told.say(after, f.Death())
        else:
            told.say(after, f.Close(episode=told.episode, outcome=outcome))  # type: ignore[arg-type]
        return told.row.at[0].fate

    assert ended(40, "lost") == e.LOST and ended(40, "died") == e.DIED and ended(40, "moved") == e.ENDED
    assert ended(120, "lost") == e.LOST and ended(121, "lost") == e.UNMET
    told = Told()
    told.phq9(0, 18)
    assert told.row.at[0].fate == e.UNMET
    told.met(60)
    assert told.row.at[0].fate == e.IN_CARE


def test_a_score_after_the_end_of_care_belongs_to_no_one() -> None:
    told = Told()
    told.phq9(0, 18)
    told.say(80, f.Close(episode=told.episode, outcome="completed"))
    told.phq9(90, 2)
    assert told.row.at[0].fate == e.ENDED


def test_daily_life_and_seizures_are_kept_beside_the_score() -> None:
    told = Told()
    told.phq9(0, 18, daily=3)
    told.phq9(92, 12)
    told.phq9(100, 12, daily=1)
    assert told.row.daily == 3 and told.row.at[0].daily == 1 and told.row.at[1].daily is None
    told = Told("epilepsy", "community-care")
    told.say(0, f.Response(instrument="seizures", version=1, answers={"1": 6.0}))
    told.say(95, f.Response(instrument="seizures", version=1, answers={"1": 0.0}))
    assert told.row.seizures == 6 and told.row.at[0].seizures == 0 and told.row.at[1].seizures is None


def test_contacts_are_counted_once_and_only_where_the_person_was_met() -> None:
    told = Told()
    told.met(0)
    told.met(20)
    told.met(25, outcome="missed")
    told.say(26, f.Encounter(mode="curbside"))
    assert (told.row.contacts, told.row.seen_again, told.row.last_seen) == (
        2, START + dt.timedelta(days=20), START + dt.timedelta(days=20),
    )  # fmt: skip
    told.say(30, f.Episode(protocol="collaborative-care", protocol_version=1, condition="anxiety", owner="w", step=1))
    told.met(40)
    rows = episode_rows(chart(told.facts, content(), TODAY), content())
    assert [one.contacts for one in rows] == [2, 1]
    assert rows[0].last_seen == START + dt.timedelta(days=40)


def test_who_was_merged_into_another_has_no_row() -> None:
    told = Told()
    told.say(3, f.Merge(into="q"))
    assert episode_rows(chart(told.facts, content(), TODAY, person="p"), content()) == ()


# Counting


def test_the_two_bases_are_counted_from_the_same_people() -> None:
    counts = {e.REMISSION: 20, e.RESPONSE: 15, e.SAME: 45, e.IN_CARE: 10, e.LOST: 8, e.DIED: 2}
    cells = [Cell(key=(), fate=fate, many=many) for fate, many in counts.items()]
    found = tally(cells)
    assert (found.due, found.scored, found.responded) == (100, 80, 35)
    assert found.response == (Share(many=35, of=100), Share(many=35, of=80))
    assert found.parts == (20, 15, 45, 20) and len(found.parts) == len(PARTS)
    assert [part_of(one.fate) for one in cells] == [0, 1, 2, 3, 3, 3]
    assert Tally(fates={}).reassessed.value is None and Tally(fates={}).reassessed.interval is None


def test_ages_fall_into_groups_and_the_unknown_into_none() -> None:
    assert [RULES.age_group(age) for age in (0, 17, 18, 39, 60, 99, None)] == [
        "0-17", "0-17", "18-24", "25-39", "60-", "60-", "",
    ]  # fmt: skip
