"""Each rule of the default tiers walked through time: the day before, the day, and the day after it ends."""

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest

from tests.generative.persons import KNOW, enrolled, fact, phq9
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import Segment, rows
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.content.rules import Tiers

START = dt.date(2026, 3, 2)
TIER = {rule.id: tier.tier for tier in KNOW.get(Tiers, "default").tiers for rule in tier.rules} | {"otherwise": 0}


def on(after: int) -> dt.date:
    return START + dt.timedelta(after)


class Said(msgspec.Struct):
    """Something recorded so many days after the enrolment, at eight in the morning."""

    after: int
    body: f.AnyBody
    id: str = ""


def score(after: int, total: int, ninth: int = 0, instrument: str = "phq-9") -> Said:
    return Said(after, f.Response(instrument=instrument, version=1, answers=phq9(total, ninth)))


def seizures(after: int, count: int) -> Said:
    return Said(after, f.Response(instrument="seizures", version=1, answers={"1": float(count)}))


def sign(after: int, name: str, present: bool = True) -> Said:
    return Said(after, f.Sign(sign=name, present=present))  # type: ignore[arg-type]


def asked(after: int, **answers: str) -> Said:
    return Said(after, f.Assessment(risk="worry", **answers))  # type: ignore[arg-type]


def seen(after: int, **more: str) -> Said:
    return Said(after, f.Encounter(mode="clinic", **more))


def advised(after: int) -> Said:
    body = f.Recommendation(episode="f01", choice="change", text="raise the dose", owner="w1", due="2026-04-01")
    return Said(after, body, "advice")


def given(after: int, days: int) -> Said:
    return Said(after, f.Dispense(prescription="pills", given="all", days=days))


PILLS = Said(3, f.Prescription(name="invented"), "pills")
WORRY = Said(3, f.Concern(trigger="worker"), "worry")


def facts_of(said: Sequence[Said], condition: str = "depression") -> list[Fact]:
    found = enrolled(START, condition)
    for number, one in enumerate(said, 10):
        found.append(fact(number, f"{on(one.after)}T08:00:00Z", one.body, id=one.id or f"f{number}"))
    return found


def place(said: Sequence[Said], after: int, condition: str = "depression") -> Segment:
    """Where the person stands, folded on that day from what was recorded by then."""
    day = on(after)
    found = chart([one for one in facts_of(said, condition) if one.day <= day], KNOW, day)
    (row,) = rows(found, KNOW, day)
    return row.segments[0]


class Walk(msgspec.Struct):
    """`rule` holds from the first day on, and no longer on the day `ends`, of which `then` is said."""

    rule: str
    said: tuple[Said, ...]
    first: int
    ends: int | None = None
    then: str = ""


CALM = asked(4, intent="no", plan="no")
CLOSED = Said(8, f.RiskClosed(risk="worry", reason="spoke"))
DONE = Said(21, f.CarriedOut(recommendation="advice", done=True))
WALKS = [
    Walk("poisoning", (WORRY, asked(4, poisoning="yes")), 4),
    Walk("poisoning", (WORRY, asked(4, poisoning="yes"), asked(6, poisoning="no", intent="yes")), 4, 6, "intent"),
    Walk("intent", (WORRY, asked(4, intent="yes"), asked(40, intent="no", plan="no")), 4, 40,
         "safety-contact-overdue"),
    Walk("plan", (WORRY, asked(4, intent="no", plan="yes")), 4),
    Walk("recent-act", (WORRY, asked(4, intent="no", plan="no", recent_act="yes")), 4, 4 + 91,
         "safety-contact-overdue"),
    Walk("recent-act", (WORRY, asked(4, intent="no", plan="no", recent_act="yes", recent_act_on=str(on(-86)))), 4, 5,
         "otherwise"),
    Walk("status-epilepticus", (sign(3, "status_epilepticus"),), 3, 3 + 8, "sign-not-seen-gone"),
    Walk("toxicity", (sign(3, "toxicity"), sign(6, "toxicity", False)), 3, 6, "otherwise"),
    Walk("safety-answer-unassessed", (score(3, 12, 1), asked(9, intent="no")), 3),
    Walk("safety-answer-unassessed", (WORRY, CALM), 3, 4, "otherwise"),
    Walk("safety-contact-overdue", (WORRY, CALM), 4 + 3),
    Walk("safety-contact-overdue", (WORRY, CALM, seen(6, risk="worry")), 6 + 8),
    Walk("safety-contact-overdue", (WORRY, CALM, seen(6), seen(7, outcome="missed", risk="worry")), 4 + 3),
    Walk("safety-contact-overdue", (WORRY, CALM, *(seen(n, risk="worry") for n in range(6, 62, 7)),
                                    seen(64, risk="worry")), 64 + 29),
    Walk("safety-contact-overdue", (WORRY, CALM, CLOSED), 7, 8, "otherwise"),
    Walk("acute-psychosis", (sign(3, "acute_psychosis"),), 3, 3 + 91, "sign-not-seen-gone"),
    Walk("mania", (sign(3, "mania"), sign(9, "mania", False)), 3, 9, "otherwise"),
    Walk("postpartum", (sign(3, "postpartum_red_flag"),), 3, 3 + 91, "sign-not-seen-gone"),
    Walk("rising-seizures", (seizures(3, 2), seizures(10, 3)), 10, 10 + 29, "no-score"),
    Walk("sign-not-seen-gone", (sign(3, "toxicity"), sign(300, "toxicity", False)), 3 + 8, 300, "no-score"),
    Walk("severe", (score(0, 19), score(5, 20), score(9, 19)), 5, 9, "otherwise"),
    Walk("worse", (score(0, 12), score(5, 17)), 5, 5 + 29, "no-early-fall"),
    Walk("worse", (score(0, 14), score(3, 10), score(7, 15)), 7, 7 + 29, "no-early-fall"),
    Walk("hospital", (score(0, 12), Said(5, f.Hospital(event="discharged"))), 5, 5 + 15, "otherwise"),
    Walk("no-response", (score(0, 18), score(40, 10), seen(50)), 56),
    Walk("no-response", (score(0, 18), score(50, 10), seen(50), advised(57)), 56, 57, "otherwise"),
    Walk("no-response", (score(0, 18), score(80, 10), seen(60), advised(57)), 57 + 28),
    Walk("no-early-fall", (score(0, 12), score(20, 8), seen(20)), 28, 56, "no-response"),
    Walk("no-score", (score(0, 12), seen(14)), 28),
    Walk("no-score", (seen(20), score(30, 12)), 28, 30, "otherwise"),
    Walk("never-reviewed", (score(0, 15), seen(10)), 14, 28, "no-score"),
    Walk("never-reviewed", (score(0, 15), seen(10), advised(16)), 14, 16, "otherwise"),
    Walk("recommendation-waits", (score(0, 12), advised(3), seen(15)), 3 + 14, 28, "no-score"),
    Walk("recommendation-waits", (score(0, 12), advised(3), DONE), 3 + 14, 21, "otherwise"),
    Walk("medicine-ran-out", (score(0, 12), PILLS, given(3, 7), seen(10), given(19, 28)), 3 + 7 + 7, 19, "otherwise"),
    Walk("medicine-ran-out", (score(0, 12), PILLS, seen(8)), 3 + 7, 28, "no-score"),
    Walk("contact-overdue", (score(0, 12), score(20, 6)), 14 + 14, 48, "no-score"),
    Walk("contact-overdue", (score(0, 12), score(20, 6), seen(6, next=str(on(10)))), 10 + 14, 48, "no-score"),
]  # fmt: skip


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: f"{walk.rule}-{walk.first}-{walk.ends}")
def test_walk(walk: Walk) -> None:
    assert place(walk.said, walk.first - 1).rule != walk.rule
    assert (place(walk.said, walk.first).rule, place(walk.said, walk.first).tier) == (walk.rule, TIER[walk.rule])
    last = (walk.ends or walk.first + 2) - 1
    assert place(walk.said, last).rule == walk.rule
    if walk.ends is not None:
        assert place(walk.said, walk.ends).rule == walk.then


def test_every_rule_is_walked_and_stands_in_the_tier_that_was_asked_for() -> None:
    assert {walk.rule for walk in WALKS} | {"otherwise"} == set(TIER)
    wanted = {
        1: {"poisoning", "intent", "plan", "recent-act", "status-epilepticus", "toxicity"},
        2: {"safety-answer-unassessed", "safety-contact-overdue"},
        3: {"acute-psychosis", "mania", "postpartum", "rising-seizures", "sign-not-seen-gone"},
        4: {"severe", "worse", "hospital"},
        5: {"no-response"}, 6: {"no-early-fall", "no-score"}, 7: {"never-reviewed"},
        8: {"recommendation-waits", "medicine-ran-out"},
        9: {"contact-overdue"}, 0: {"otherwise"},
    }  # fmt: skip
    assert {tier: {rule for rule, of in TIER.items() if of == tier} for tier in wanted} == wanted


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ((score(0, 19), seen(3)), 10),  # under 20
        ((score(0, 12), score(5, 16)), 10),  # a rise of 4
        ((score(0, 18), score(50, 9), seen(50), advised(20), DONE), 56),  # a fall of one half
        ((score(0, 18), score(20, 13), seen(20), advised(16)), 28),  # a fall of 5
        ((score(0, 14), seen(10)), 20),  # under 15, never reviewed
        ((score(0, 8), score(20, 7), seen(20)), 30),  # no baseline that counts: no fall is asked of it
        ((score(0, 18), score(20, 3), seen(20), score(50, 4), seen(50)), 60),  # in remission
        ((score(0, 12), seen(6, next=str(on(20)))), 27),  # late, but not by 14 days
        ((seizures(3, 2), seizures(10, 2), score(12, 9)), 14),  # no more seizures than before
    ],
)
def test_just_short_of_every_line(said: tuple[Said, ...], after: int) -> None:
    assert place(said, after).rule == "otherwise"


def test_a_single_score_is_no_course() -> None:
    """Nobody is a non-responder for want of a second score; the reason says what is not known."""
    found = place((score(0, 18), advised(3), seen(50)), 60)
    assert found.rule == "no-score"
    assert found.reason == "No score since 2 Mar 2026. The course is unknown, not good."


def test_what_no_instrument_follows_waits_for_no_score() -> None:
    care = f.Episode(protocol="unheard-of", protocol_version=1, condition="bipolar", owner="w1")
    someone = fact(0, "2026-03-01", f.Registration(name="Invented", born="1980"))
    (row,) = rows(chart([someone, fact(90, "2026-03-02", care)], KNOW, on(1)), KNOW, on(1))
    assert "No score is followed for bipolar" in row.segments[0].reason, row.segments


def test_reasons_name_the_figures() -> None:
    worse = place((score(0, 14), score(3, 10), score(7, 15)), 8)
    assert worse.reason == "PHQ-9 rose by 5 from 10 to 15 on 9 Mar 2026; one score alone proves no change."
    early = place((score(0, 12), score(20, 8), seen(20)), 30)
    assert early.reason == (
        "PHQ-9 was 8 on 22 Mar 2026: down 4 (33 %), within measurement error (under 5 points). "
        "Check what was actually received."
    )
    late = place((score(0, 18), score(40, 16), seen(50)), 60)
    assert late.reason == (
        "PHQ-9 was 16 on 11 Apr 2026, after 5 weeks: down 2 (11 %), within measurement error (under 5 points); "
        "the target is 50 %. No review since 2 Mar 2026."
    )
    gone = place((sign(3, "toxicity"),), 20)
    assert gone.reason.startswith("Poisoning by a medicine was reported on 5 Mar 2026, and nobody has recorded")


def test_of_two_risks_the_reason_dates_the_one_nobody_asked_about() -> None:
    said = (WORRY, CALM, seen(5, risk="worry"), seen(12, risk="worry"), score(15, 12, 2))
    found = place(said, 16)
    assert (found.rule, found.waiting_since) == ("safety-answer-unassessed", on(15))
    assert found.reason.startswith("Answered “more than half the days” to the safety question of PHQ-9 on 17 Mar 2026")


def test_a_recommendation_said_not_to_be_done_waits_until_it_is_reviewed_again() -> None:
    """Said not to be done, it is answered but not carried out: it must not leave every list before a new review."""
    undone = Said(5, f.CarriedOut(recommendation="advice", done=False, note="no tablets"))
    said = (score(0, 12), advised(3), undone, seen(15))
    assert place(said, 17).rule == "recommendation-waits"
    again = Said(18, f.Recommendation(episode="f01", choice="continue", text="wait", owner="w1", due="2026-04-01"))
    assert place((*said, again), 19).rule == "otherwise"


def test_a_danger_told_again_after_closing_opens_the_risk_again() -> None:
    assert place((WORRY, CALM, CLOSED), 9).rule == "otherwise"
    assert place((WORRY, CALM, CLOSED, asked(10, intent="yes")), 10).rule == "intent"
    late = asked(7, intent="yes")  # asked before the closing, however late it arrives: whoever closed decided
    assert place((WORRY, CALM, late, CLOSED), 9).rule == "otherwise"


def test_a_danger_told_anew_asks_for_a_contact_within_two_days() -> None:
    weekly = tuple(seen(n, risk="worry") for n in (6, 13, 20))
    assert place((WORRY, CALM, *weekly), 26).rule == "otherwise"
    told = asked(22, intent="yes", plan="no")
    (risk,) = chart(facts_of((WORRY, CALM, *weekly, told)), KNOW, on(22)).open_risks
    assert risk.contact_due == on(24)


def test_the_dead_the_closed_and_the_unregistered() -> None:
    dead = chart(facts_of((WORRY, Said(9, f.Death()))), KNOW, on(9))
    assert rows(dead, KNOW, on(9)) == () and dead.died == on(9)
    assert [risk.closed is not None for risk in dead.risks] == [True]  # what was open stays readable
    done = (score(0, 18), Said(9, f.Close(episode="f01", outcome="completed")))
    assert rows(chart(facts_of(done), KNOW, on(9)), KNOW, on(9)) == ()
    worried = chart(facts_of((*done, Said(12, f.Concern(trigger="told")))), KNOW, on(12))
    (row,) = rows(worried, KNOW, on(12))
    assert (row.episode, row.segments[0].tier) == ("", 2)
    nameless = [one for one in facts_of((WORRY,)) if not isinstance(one.body, f.Registration)]
    (row,) = rows(chart(nameless, KNOW, on(4)), KNOW, on(4))
    assert row.segments[0].tier == 2
