"""For whatever was said, in whatever order: no referral disappears, and each that is open has an owner and a day."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW, TODAY, persons
from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.live import live
from vwazen.clinical.referral_chart import OVER
from vwazen.clinical.referrals import fold_referrals, shares
from vwazen.server.record.open_items import OPEN
from vwazen.server.record.referral_rows import REFERRAL, items
from vwazen.server.record.referral_rows import rows as referral_rows

KINDS = ("referral",) * 3 + ("referral_step",) * 6 + ("retraction", "passed_on", "death", "merge")


@given(persons(kinds=KINDS, most=14), st.randoms(use_true_random=False))
def test_every_referral_is_open_over_or_overdue_and_has_an_owner(facts: list[Fact], chance: object) -> None:
    one = chart(facts, KNOW, TODAY)
    assert {each.id for each in one.referrals} == {e.id for e in live(facts, TODAY).of(f.Referral)}
    for each in one.referrals:
        assert each.owner
        assert each.open == (each.state not in OVER) == (each.due is not None) == (each.waits_for != "")
        if not each.open:
            assert each.ended is not None  # a person's word, or a death
            assert isinstance(each.ended.body, f.ReferralStep | f.Referral | f.Death)
        if each.state == "sent_on":
            assert each.onward != each.id
    if one.died is None and one.referrals:
        newest = max(one.referrals, key=lambda each: (f.instant(each.fact.occurred), each.fact.id))
        assert newest.state != "sent_on"  # of a chain, or a circle, somebody still has the last
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chart([*shuffled, *facts], KNOW, TODAY).referrals == one.referrals


@given(persons(kinds=KINDS, most=14))
def test_every_open_referral_stands_on_a_list_of_somebody(facts: list[Fact]) -> None:
    one = chart(facts, KNOW, TODAY)
    waiting = [dict(zip(OPEN, item, strict=True)) for item in items(one, lambda site: f"{site}/", TODAY)]
    rows = [dict(zip(REFERRAL, row, strict=True)) for row in referral_rows(one, lambda site: f"{site}/")]
    assert len({item["id"] for item in waiting}) == len(waiting)
    if one.merged_into:
        assert not waiting + rows
        return
    assert {row["referral"] for row in rows} == {each.id for each in one.referrals}
    assert {row["id"] for row in rows} == {f"{one.person}:{each.id}" for each in one.referrals}
    for each in one.referrals:
        here = [item for item in waiting if item["fact"] == each.id]
        assert bool(here) == each.open
        assert all(item["path"] != "/" and item["due"] == each.due for item in here)
        # Where nobody of the receiving side has it yet, the sender has, and sees it once it is late.
        assert not here or any(item["owner"] == each.owner for item in here)
        assert all(item["starts"] <= max(each.due + dt.timedelta(1), TODAY) for item in here)  # type: ignore[operator]


@given(persons(kinds=KINDS, most=14))
def test_nothing_is_shared_beyond_what_is_open(facts: list[Fact]) -> None:
    one = chart(facts, KNOW, TODAY)
    still = {each.id for each in one.referrals if each.open and each.state != "declined"}
    assert {share.fact for share in shares(one)} <= still
    assert all("general" in share.segments for share in shares(one))


@given(persons(kinds=KINDS, most=14))
def test_the_fold_of_referrals_reads_nothing_else(facts: list[Fact]) -> None:
    some = [each for each in facts if not isinstance(each.body, f.Death | f.PassedOn)]
    alone = fold_referrals(live(some, TODAY), None, ())
    assert [each.state for each in alone] == [each.state for each in chart(some, KNOW, TODAY).referrals]
