"""What scores amount to, and what the protocol proposes on which day; it never moves anybody."""

import pytest

from tests.generative.persons import KNOW, enrolled, fact, phq9
from tests.unit.test_tiers import START, Said, advised, facts_of, on, score
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import proposals
from vwazen.clinical.chart import EpisodeView
from vwazen.clinical.fold import chart
from vwazen.content.rules import Protocol

PROTOCOL = KNOW.get(Protocol, "collaborative-care")
SESSION = Said(10, f.Treatment(name="problem solving", form="psychological", event="session"))
TOTAL_3 = f.Response(instrument="phq-9", version=1, stated_total=3, total_only=True)
GAP = Said(10, f.Treatment(name="fluoxetine", form="medicine", event="gap"))


def course(*totals: float, every: int = 14, condition: str = "depression") -> EpisodeView:
    """An episode with these totals, the first on the day of enrolment."""
    said = [score(n * every, int(total)) for n, total in enumerate(totals)]
    day = on(every * len(totals))
    return chart(facts_of(said, condition), KNOW, day).episodes[0]


@pytest.mark.parametrize(
    ("totals", "state", "words"),
    [
        ((), "no_baseline", "no PHQ-9 yet"),
        ((18,), "unchanged", "one score, no course yet"),
        ((18, 18), "unchanged", "unchanged, within measurement error (under 5 points)"),
        ((18, 14), "unchanged", "down 4 (22 %), within measurement error (under 5 points)"),
        ((18, 22), "unchanged", "up 4 (22 %), within measurement error (under 5 points)"),
        ((18, 13), "partial", "partial response: down 5 (28 %)"),
        ((18, 9), "response", "response: down 9 (50 %)"),
        ((18, 10), "partial", "partial response: down 8 (44 %)"),
        ((10, 5), "response", "response: down 5 (50 %)"),
        ((18, 4), "remission", "in remission (below 5); down 14 (78 %); confirm by a second score"),
        ((18, 23), "worse", "worse: up 5 (28 %)"),
        ((18, 4, 9), "response", "response: down 9 (50 %); up 5 since its best"),
        ((18, 4, 10), "relapse", "relapse: was in remission, now 10; down 8 (44 %)"),
        ((18, 4, 12, 3), "remission", "in remission (below 5); down 15 (83 %); confirm by a second score"),
        ((20, 8, 13), "partial", "partial response: down 7 (35 %); up 5 since its best"),
        ((9, 2), "below_baseline",
         "started at 9, below 10: response and remission mean nothing; down 7 (78 %)"),
        ((7, 12), "worse", "worse: started at 7, below 10: response and remission mean nothing; up 5 (71 %)"),
        ((0, 6), "worse", "worse: started at 0, below 10: response and remission mean nothing; up 6"),
    ],
)  # fmt: skip
def test_states(totals: tuple[int, ...], state: str, words: str) -> None:
    found = course(*totals)
    assert (found.state, found.words) == (state, words)
    assert found.relapsed == (state == "relapse")
    assert found.counts == (totals[0] >= 10 if totals else None)


@pytest.mark.parametrize(("totals", "reliable"), [((18, 13), False), ((18, 12), True), ((12, 18), True), ((18,), None)])
def test_reliable_change_is_the_instruments_own(totals: tuple[int, ...], reliable: bool | None) -> None:
    assert course(*totals).reliable is reliable


def test_gad_7_has_its_own_error_and_no_published_response() -> None:
    def gad(after: int, total: int) -> Said:
        answers = {str(n): float(total // 7 + (n <= total % 7)) for n in range(1, 8)}
        return Said(after, f.Response(instrument="gad-7", version=1, answers=answers))

    found = chart(facts_of([gad(0, 14), gad(14, 3)], "anxiety"), KNOW, on(20)).episodes[0]
    assert (found.instrument, found.state, found.words) == ("gad-7", "partial", "partial response: down 11 (79 %)")
    near = chart(facts_of([gad(0, 14), gad(14, 11)], "anxiety"), KNOW, on(20)).episodes[0]
    assert near.words == "down 3 (21 %), within measurement error (under 4 points)"


def test_the_baseline_is_the_newest_score_of_the_fortnight_before() -> None:
    early = [
        fact(50 + n, str(on(-ago)), f.Response(instrument="phq-9", version=1, answers=phq9(total)))
        for n, (ago, total) in enumerate([(15, 24), (14, 20), (3, 16)])
    ]
    found = chart([*enrolled(START), *early], KNOW, START).episodes[0]
    assert found.first == 16 and found.fall is None
    later = chart([*enrolled(START), *early[:1], *facts_of([score(30, 12)])[2:]], KNOW, on(30)).episodes[0]
    assert later.first == 12  # what is older than the fortnight is not the start


@pytest.mark.parametrize(
    ("last", "then", "state"),
    [
        (score(14, 3), [], "remission"),
        (score(14, 3, ninth=1), [], "response"),
        (Said(14, TOTAL_3), [], "response"),
        (score(14, 3, ninth=1), [Said(15, f.Assessment(risk="f11", intent="no"))], "response"),
        (score(14, 3, ninth=1), [Said(15, f.Assessment(risk="f11", intent="no", plan="no"))], "remission"),
        (score(14, 3, ninth=1), [Said(15, f.Assessment(risk="f11", intent="yes", plan="no"))], "response"),
        (score(14, 3), [Said(16, f.Concern(trigger="worker"))], "response"),
        (score(14, 3), [Said(16, f.Response(instrument="phq-9", version=1, answers={"1": 0.0}))], "response"),
        (Said(14, TOTAL_3),
         [Said(15, f.SafetyReview(outcome="spoke"))], "remission"),
        (Said(14, TOTAL_3),
         [Said(15, f.SafetyReview(outcome="tried"))], "response"),
    ],
)  # fmt: skip
def test_remission_waits_for_the_safety_answer(last: Said, then: list[Said], state: str) -> None:
    """Positive, unknown, or in newer answers unknown: below 5 is then not called remission until someone asked."""
    found = chart(facts_of([score(0, 18), last, *then]), KNOW, on(20)).episodes[0]
    assert found.state == state
    if state == "response":
        assert found.words.startswith("below 5, but a safety answer is open or unknown")


def test_who_was_asked_the_evening_before_was_not_asked_about_todays_answer() -> None:
    """By instants, not by the date in UTC: eight in the evening at Port-au-Prince is the next day there."""
    facts = facts_of([score(0, 18)])
    facts += [
        fact(60, "2026-03-15T20:00:00-05:00", f.Concern(trigger="worker"), id="worry"),
        fact(61, "2026-03-15T20:30:00-05:00", f.Assessment(risk="worry", intent="no", plan="no")),
        fact(62, "2026-03-16T09:00:00-05:00", TOTAL_3),
    ]
    assert chart(facts, KNOW, on(20)).episodes[0].state == "response"


def proposed(said: list[Said], after: int) -> list[str]:
    day = on(after)
    found = chart([one for one in facts_of(said) if one.day <= day], KNOW, day)
    return [one.proposal.id for one in proposals(found, found.episodes[0], KNOW, day)]


@pytest.mark.parametrize(
    ("said", "what", "first", "ends"),
    [
        ([score(0, 12), score(20, 8)], "not-received", 28, None),
        ([score(0, 12), score(20, 8), Said(40, SESSION.body)], "not-received", 28, 40),
        ([score(0, 12), SESSION], "not-measured", 28, None),
        ([score(0, 12), score(20, 8), SESSION], "not-measured", 48, None),
        ([score(0, 18), score(20, 12), GAP], "gap", 28, None),
        ([score(0, 18), score(20, 4), SESSION], "confirm-remission", 20, None),
        ([score(0, 18), score(20, 14), SESSION], "early", 28, 56),
        ([score(0, 18), score(20, 14), SESSION, score(40, 13)], "early", 28, 40),
        ([score(0, 18), Said(50, f.Response(instrument="phq-9", version=1, answers=phq9(9) | {"10": 2.0})), SESSION],
         "function", 56, None),
        ([score(0, 18), score(50, 10), SESSION], "no-response", 56, None),
        ([score(0, 18), score(50, 10), SESSION, advised(58)], "no-response", 56, 58),
        ([score(0, 18), score(70, 10), SESSION, advised(50)], "no-response", 50 + 28, None),
        ([score(0, 18), score(50, 10), SESSION], "step-up", 56, None),
        ([score(0, 18), score(80, 10), SESSION, Said(30, f.Step(episode="f01", step=2)), Said(35, SESSION.body)],
         "step-up", 30 + 56, None),
        ([score(2, 20)], "severe-start", 2, None),
        ([score(2, 20), advised(5)], "severe-start", 2, 5),
    ],
)  # fmt: skip
def test_proposals_begin_and_end(said: list[Said], what: str, first: int, ends: int | None) -> None:
    assert what not in proposed(said, first - 1)
    assert what in proposed(said, first)
    assert what in proposed(said, (ends or first + 3) - 1)
    if ends is not None:
        assert what not in proposed(said, ends)


def test_every_proposal_is_walked() -> None:
    (marks,) = [mark for mark in test_proposals_begin_and_end.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    assert {case[1] for case in marks.args[1]} == {one.id for one in PROTOCOL.proposals}


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ([score(0, 18), score(50, 10)], "step-up"),  # nothing was received, so nothing has failed
        ([score(0, 18), score(50, 9), SESSION], "no-response"),  # half is half
        ([score(0, 18), score(50, 10), SESSION, Said(1, f.Step(episode="f01", step=3))], "step-up"),  # the last step
        ([score(0, 9), score(50, 8), SESSION], "no-response"),  # the baseline does not count
        ([score(0, 18), SESSION], "no-response"),  # a second score is not known
        ([score(0, 18), score(20, 4, ninth=1), SESSION], "confirm-remission"),  # a safety answer is open
        ([score(0, 19)], "severe-start"),
    ],
)
def test_what_is_not_proposed(said: list[Said], what: str) -> None:
    assert what not in proposed(said, 60)


def test_proposals_move_nobody_and_say_why() -> None:
    said = [score(0, 18), score(50, 16), SESSION]
    found = chart(facts_of(said), KNOW, on(70))
    episode = found.episodes[0]
    reasons = {one.proposal.id: one.reason for one in proposals(found, episode, KNOW, on(70))}
    assert (episode.step, episode.closed) == (1, None)
    assert reasons["step-up"] == (
        "Eight weeks in step 1 with treatment received, and PHQ-9 down 2 (11 %), within measurement error "
        "(under 5 points). Propose the next step."
    )
    assert reasons["no-response"].startswith("PHQ-9 down 2 (11 %), within measurement error (under 5 points) after 7")


def test_a_contradiction_invents_no_fall_and_hides_no_rise() -> None:
    def day(after: int, *totals: int) -> list[Said]:
        return [Said(after, f.Response(instrument="phq-9", version=1, answers=phq9(total))) for total in totals]

    found = chart(facts_of([*day(0, 14, 18), *day(14, 9, 13)]), KNOW, on(20)).episodes[0]
    assert (found.first, found.fall, found.state) == (14, 1, "not_scored")
    assert found.words == "two answers of one day contradict each other (9 or 13)"
    rising = chart(facts_of([score(0, 18), *day(14, 10, 17), score(28, 15)]), KNOW, on(30)).episodes[0]
    assert (rising.rise, rising.best and rising.best.values) == (5, (10, 17))
    alone = chart(facts_of(day(0, 12, 18)), KNOW, on(2)).episodes[0]
    assert (alone.fall, alone.rise, alone.state) == (None, None, "unchanged")


def test_an_unknown_instrument_or_protocol_is_no_course() -> None:
    strange = f.Episode(protocol="unheard-of", protocol_version=1, condition="depression", owner="w1")
    found = chart([*facts_of([score(0, 18)]), fact(90, "2026-03-03", strange)], KNOW, on(3))
    assert len(found.open_episodes) == 1  # one condition, one episode; the first enrolment's protocol stands
    alone = chart([fact(90, "2026-03-03", strange), *facts_of([score(0, 18)])[2:]], KNOW, on(3)).episodes[0]
    assert (alone.instrument, alone.state, alone.words) == ("", "no_baseline", "no score yet")
