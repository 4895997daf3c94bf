"""Where a referral stands, with whom, and by when: whatever was said of it, in whatever order."""

import datetime as dt

from tests.generative.persons import KNOW, TODAY, enrolled, fact
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.referral_chart import Referred
from vwazen.clinical.referrals import bare, handed_over, shares

SENT = "2026-05-04"


def sent(number: int = 10, day: str = SENT, **more: str) -> Fact:
    values = {"to": "hospital", "to_site": "there", "urgency": "week", "reason": "Invented."} | more
    return fact(number, day, f.Referral(**values))  # type: ignore[arg-type]


def step(number: int, day: str, became: str, author: str = "w2", **more: str) -> Fact:
    return fact(number, day, f.ReferralStep(referral="f10", became=became, **more), author=author)  # type: ignore[arg-type]


def folded(*facts: Fact) -> Chart:
    return chart([*enrolled(dt.date(2026, 2, 2)), *facts], KNOW, TODAY)


def only(*facts: Fact) -> Referred:
    (one,) = folded(*facts).referrals
    return one


def test_it_lies_with_the_sender_until_somebody_takes_the_person_on() -> None:
    one = only(sent())
    assert (one.state, one.owner, one.waits_for, one.due) == ("sent", "w1", "answer", dt.date(2026, 5, 6))
    taken = only(sent(), step(11, "2026-05-05", "accepted", worker="w2"))
    assert (taken.state, taken.owner, taken.due) == ("accepted", "w2", dt.date(2026, 5, 12))
    agreed = only(sent(), step(11, "2026-05-05", "accepted", worker="w2", expected="2026-05-20"))
    assert agreed.due == dt.date(2026, 5, 20)


def test_each_step_has_its_own_clock_until_it_is_closed_with_a_word_back() -> None:
    steps = [
        step(11, "2026-05-05", "accepted", worker="w2"), step(12, "2026-05-07", "arrived", worker="w2"),
        step(13, "2026-05-08", "seen"), step(14, "2026-05-20", "closed", back="Invented."),
    ]  # fmt: skip
    seen = [only(sent(), *steps[:many]) for many in range(1, 5)]
    assert [one.waits_for for one in seen] == ["arrival", "visit", "closing", ""]
    assert [one.due for one in seen] == [dt.date(2026, 5, 12), dt.date(2026, 5, 8), dt.date(2026, 6, 5), None]
    assert not seen[-1].open
    assert seen[-1].ended is not None
    assert [one.overdue(TODAY) for one in seen] == [True, True, False, False]


def test_steps_that_arrive_before_what_they_speak_of_count_all_the_same() -> None:
    facts = [sent(), step(11, "2026-05-05", "accepted", worker="w2"), step(12, "2026-05-07", "arrived")]
    assert only(*facts) == only(*reversed(facts))
    assert only(*facts).state == "arrived"
    assert only(facts[0], facts[2]).state == "arrived"  # who comes unannounced has come
    assert folded(*facts[1:]).referrals == ()


def test_a_refusal_goes_back_to_the_sender_who_must_decide() -> None:
    one = only(sent(), step(11, "2026-05-05", "declined", why="too_unstable"))
    assert (one.state, one.owner, one.waits_for, one.due) == ("declined", "w1", "decision", dt.date(2026, 5, 6))
    assert one.open
    onward = folded(sent(), step(11, "2026-05-05", "declined", why="full"), sent(12, "2026-05-06", instead_of="f10"))
    assert [(one.state, one.onward) for one in onward.referrals] == [("sent_on", "f12"), ("sent", "")]


def test_two_rival_answers_both_stand_and_both_sides_have_it() -> None:
    yes, no = (
        step(11, "2026-05-05", "accepted", worker="w2"),
        step(12, "2026-05-05", "declined", author="w3", why="full"),
    )
    for one in (only(sent(), yes, no), only(sent(), no, yes)):
        assert one.contested
        assert one.open
        assert len(one.steps) == 2
    come = only(sent(), yes, no, step(13, "2026-05-06", "arrived"))
    assert not come.contested
    assert come.state == "arrived"


def test_who_was_withdrawn_or_closed_and_comes_all_the_same_is_followed() -> None:
    for end in ("withdrawn", "closed"):
        ended = step(11, "2026-05-05", end, author="w1")
        assert not only(sent(), ended).open
        assert only(sent(), ended, step(12, "2026-05-06", "arrived", worker="w2")).state == "arrived"
        assert not only(sent(), step(12, "2026-05-04", "arrived"), ended).open
    onward = [sent(), sent(12, "2026-05-06", instead_of="f10"), step(13, "2026-05-08", "arrived", worker="w2")]
    assert [one.state for one in folded(*onward).referrals] == ["arrived", "sent"]


def test_of_referrals_that_name_each_other_the_newest_stays_open() -> None:
    one, other = sent(10, SENT, instead_of="f12"), sent(12, "2026-05-06", instead_of="f10")
    assert [each.open for each in folded(one, other).referrals] == [False, True]
    assert only(sent(10, SENT, instead_of="f10")).open


def test_what_lies_with_somebody_who_leaves_passes_on() -> None:
    left = fact(20, "2026-05-10", f.PassedOn(giver="w1", taker="w3"))
    assert only(sent(), left).owner == "w3"
    there = fact(20, "2026-05-10", f.PassedOn(giver="w2", taker="w4"))
    assert only(sent(), step(11, "2026-05-05", "accepted", worker="w2"), there).owner == "w4"


def test_death_ends_what_is_open() -> None:
    one = only(sent(), fact(20, "2026-05-10", f.Death()))
    assert (one.state, one.open, one.due) == ("died", False, None)


def test_a_service_outside_is_followed_by_the_sender_to_the_end() -> None:
    out = sent(to_site="", to_name="Invented house")
    one = only(out, step(11, "2026-05-05", "accepted", author="w1", name="Invented Sister"))
    assert (one.owner, one.taker_name, one.inside) == ("w1", "Invented Sister", False)
    assert shares(folded(out)) == ()


def test_what_a_referral_shares_ends_with_the_refusal_and_the_closing() -> None:
    (share,) = shares(folded(sent()))
    assert (share.site, share.segments, share.fact) == ("there", ("general", "mental-health"), "f10")
    for became in ("declined", "withdrawn", "closed"):
        assert shares(folded(sent(), step(11, "2026-05-05", became))) == ()
    plain = fact(10, SENT, f.Referral(to="hospital", to_site="there", segment="general"))
    assert shares(folded(plain))[0].segments == ("general",)


def test_who_may_not_read_the_reason_knows_only_that_there_is_one() -> None:
    told = f.Referral(to="other", to_name="Invented clinic", reason="Secret.", segment="hiv", plain="Please see.")
    seen = bare(told)
    assert isinstance(seen, f.Referral)
    assert (seen.reason, seen.to_name, seen.plain, seen.segment) == ("", "", "Please see.", "general")
    said = bare(f.ReferralStep(referral="f10", became="closed", back="Secret.", words="Secret."))
    assert isinstance(said, f.ReferralStep)
    assert (said.back, said.words) == ("", "")


def test_risky_care_may_end_only_where_a_named_person_has_taken_it_on() -> None:
    accepted = step(11, "2026-05-05", "accepted", worker="w2")
    assert handed_over(folded(sent())) == ()
    assert len(handed_over(folded(sent(), accepted))) == 1
    assert handed_over(folded(sent(), step(11, "2026-05-05", "accepted"))) == ()  # nobody named
    refused = step(12, "2026-05-05", "declined", author="w3")
    assert handed_over(folded(sent(), accepted, refused)) == ()
