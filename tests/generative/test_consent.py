"""Whatever was said about who may know: what is closed is nowhere, and nobody in danger is lost."""

import datetime as dt

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW, TODAY, persons
from tests.tries import tries
from vwazen.clinical import facts as f
from vwazen.clinical.consent import Viewer
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.seen import RISK_KINDS, Sight, open_risks, segment_of, shown

quick = tries(50)
KINDS = ("consent", "consent", "response", "concern", "assessment", "risk_closed", "call", "note", "sign", "episode",
         "retraction", "encounter", "safety_plan")  # fmt: skip
viewers = st.builds(
    Viewer, worker=st.sampled_from(("w1", "w2", "w3")), roles=st.frozensets(st.sampled_from(("nurse", "chw"))),
    sites=st.frozensets(st.sampled_from(("s1", "s2"))),
)  # fmt: skip
some = st.frozensets(st.sampled_from([one for one in f.SEGMENTS if one != "general"]), min_size=1)
EVERY = frozenset(f.SEGMENTS)


@quick
@given(persons(kinds=("consent",), most=8), viewers, st.data())
def test_what_holds_does_not_go_by_order(facts: list[Fact], viewer: Viewer, data: st.DataObject) -> None:
    other = data.draw(st.permutations([*facts, *data.draw(st.lists(st.sampled_from(facts), max_size=4))]))
    for day in (TODAY, TODAY + dt.timedelta(200)):
        one, two = (chart(those, KNOW, TODAY).permits for those in (facts, other))
        assert one.closed_to(viewer, day) == two.closed_to(viewer, day)
        assert one.sealed(day) == two.sealed(day)


@quick
@given(persons(kinds=("consent",), most=8), viewers)
def test_lists_err_to_the_closed_side(facts: list[Fact], viewer: Viewer) -> None:
    """A row that a list shows to somebody is of a segment that the person's page shows them too."""
    permits = chart(facts, KNOW, TODAY).permits
    listed = {no.segment for no in permits.denials(TODAY) if viewer.is_meant(no.to)}
    assert permits.closed_to(viewer, TODAY) <= listed


@quick
@given(persons(kinds=KINDS), some)
def test_what_is_closed_is_in_nothing_and_every_danger_stays(facts: list[Fact], closed: frozenset[str]) -> None:
    whole = chart(facts, KNOW, TODAY)
    sight = Sight(given=EVERY, risk=True, closed=closed, open_risks=open_risks(whole))
    left = shown(facts, sight, KNOW)
    for fact in left:
        if segment_of(fact.body, KNOW) in closed and not isinstance(fact.body, f.Consent | f.Retraction):
            assert isinstance(fact.body, (*RISK_KINDS, f.Sign)), fact.kind
            assert not getattr(fact.body, "text", "") and not getattr(fact.body, "note", "")
    seen = chart(left, KNOW, TODAY)
    assert bool(seen.open_risks) == bool(whole.open_risks), "nobody in danger leaves the list, and nobody comes on it"
    if whole.open_risks:
        assert any(one.urgent_since for one in seen.open_risks) == any(one.urgent_since for one in whole.open_risks)
    assert seen.signs.keys() == whole.signs.keys() and seen.died == whole.died and seen.owner == whole.owner
    assert [one.id for one in seen.open_episodes] == [one.id for one in whole.open_episodes]


@quick
@given(persons(kinds=KINDS), some)
def test_who_may_not_act_on_risk_sees_nothing_closed(facts: list[Fact], closed: frozenset[str]) -> None:
    sight = Sight(given=EVERY, risk=False, closed=closed)
    left = shown(facts, sight, KNOW)
    kinds = (f.Consent, f.Retraction)
    assert not [one for one in left if segment_of(one.body, KNOW) in closed and not isinstance(one.body, kinds)]
    assert msgspec.json.encode(shown(left, sight, KNOW)) == msgspec.json.encode(left), "looking twice hides no more"
