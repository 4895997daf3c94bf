"""Words about who may know: which hold, against whom, and until when."""

import datetime as dt
import itertools

import msgspec
import pytest

from tests.generative.persons import KNOW, fact
from vwazen.clinical import facts as f
from vwazen.clinical.consent import Permits, Viewer, shares
from vwazen.clinical.fold import chart

TODAY = dt.date(2026, 6, 1)
NIA = Viewer(worker="nia", roles=frozenset({"nurse"}), sites=frozenset({"ht", "bel-dlo"}))
PIA = Viewer(worker="pia", roles=frozenset({"psychiatrist"}), sites=frozenset({"ht"}))
MH = "mental-health"
NUMBER = itertools.count()


def said(granted: bool, to: str = "", on: str = "2026-05-01T08:00:00Z", until: str = "", segment: str = MH) -> f.Fact:
    body = f.Consent(segment=segment, granted=granted, to=to, until=until)  # type: ignore[arg-type]
    return fact(next(NUMBER), on, body)


def permits(*facts: f.Fact) -> Permits:
    found = {chart(order, KNOW, TODAY).permits for order in itertools.permutations(facts)}
    assert len(found) == 1, "the order in which words arrive changes nothing"
    return found.pop()


def closed(viewer: Viewer, *facts: f.Fact, segment: str = MH) -> bool:
    return permits(*facts).closed(segment, viewer, TODAY) is not None


@pytest.mark.parametrize(
    ("to", "nia", "pia"),
    [("", True, True), ("role:nurse", True, False), ("site:bel-dlo", True, False), ("site:ht", True, True),
     ("worker:nia", True, False), ("family", False, False), ("the HIV clinic", False, False), ("role:", False, False)],
)  # fmt: skip
def test_a_no_closes_for_whom_it_names(to: str, nia: bool, pia: bool) -> None:
    assert (closed(NIA, said(False, to)), closed(PIA, said(False, to))) == (nia, pia)
    assert not closed(NIA, said(False, to), segment="hiv"), "another part stays open"


def test_of_two_at_one_instant_the_no_wins() -> None:
    assert closed(NIA, said(True, "role:nurse"), said(False, "role:nurse"))
    assert closed(NIA, said(True, "worker:nia"), said(False, "role:nurse"))


def test_names_and_tasks_are_closed_to_whom_they_name_and_never_to_everybody() -> None:
    assert not closed(NIA, said(False, segment="general"), segment="general")
    assert closed(NIA, said(False, "worker:nia", segment="general"), segment="general")
    found = permits(said(False, segment="general"))
    assert found.sealed(TODAY) == frozenset() and len(found.denials(TODAY)) == 1, "it waits for a conversation"


def test_a_later_yes_opens_to_the_same_and_to_whom_it_names_more_closely() -> None:
    later = "2026-05-02"
    no = said(False, "role:nurse")
    assert not closed(NIA, no, said(True, "role:nurse", later))
    assert not closed(NIA, no, said(True, "worker:nia", later))
    assert closed(NIA, no, said(True, "", later)), "everybody does not take back: but not her"
    assert closed(NIA, no, said(True, "site:bel-dlo", later))
    assert closed(NIA, no, said(True, "worker:nia", "2026-04-02")), "an earlier yes opens nothing"


def test_a_yes_for_a_time_ends_and_a_no_comes_back() -> None:
    no, yes = said(False), said(True, "role:nurse", "2026-05-02", until="2026-06-01")
    found = permits(no, yes)
    assert found.closed(MH, NIA, TODAY) is None, "its last day counts"
    assert found.closed(MH, NIA, TODAY + dt.timedelta(1)) is not None
    assert found.sealed(TODAY) == {MH}, "lists go by the no all the same"


def test_a_no_for_a_time_ends() -> None:
    found = permits(said(False, until="2026-05-31"))
    assert found.closed(MH, NIA, TODAY) is None and found.sealed(TODAY) == frozenset()
    assert found.closed(MH, NIA, TODAY - dt.timedelta(1)) is not None


def test_lists_go_by_every_no_that_was_not_taken_back_for_good() -> None:
    assert [one.to for one in permits(said(False, "role:nurse"), said(False, "worker:x")).denials(TODAY)] == [
        "role:nurse", "worker:x",
    ]  # fmt: skip
    assert permits(said(False), said(True, "", "2026-05-02")).denials(TODAY) == ()
    assert permits(said(False), said(True, "worker:nia", "2026-05-02")).sealed(TODAY) == {MH}


def test_a_yes_to_a_site_elsewhere_shares_until_it_is_taken_back() -> None:
    yes = said(True, "site:savann", until="2026-06-30")
    (share,) = shares(permits(yes), TODAY)
    assert (share.site, share.segments, share.until) == ("savann", (MH,), dt.date(2026, 6, 30))
    for no in (said(False, "site:savann", "2026-05-02"), said(False, "", "2026-05-02"), said(False, "site:savann")):
        assert shares(permits(yes, no), TODAY) == ()
    assert shares(permits(said(True, "site:savann", until="2026-05-31")), TODAY) == ()
    assert shares(
        permits(yes, said(False, "site:savann", "2026-05-02"), said(True, "site:savann", "2026-05-03")), TODAY
    )


def test_older_entries_without_the_new_fields_read_as_before() -> None:
    raw = b'{"kind":"consent","segment":"hiv","granted":true,"to":"the HIV clinic"}'
    body = msgspec.json.decode(raw, type=f.Consent)
    assert (body.by, body.how, body.until) == ("", "", "")
    assert msgspec.json.encode(body) == raw, "and they are written as before"
