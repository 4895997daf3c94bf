"""A pack that goes while answers to it are on record: the node refuses to fold, and says which."""

import json

import pytest

from tests.generative.persons import KNOW
from tests.world import World, phq9
from vwazen import cli
from vwazen.clinical import facts as f
from vwazen.clinical.fold import chart
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.server import commands
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import access, actions, clock, installed
from vwazen.server.record.actions import append, make_fact
from vwazen.server.record.models import Fact, Held, OpenItem, WasInstalled


def without(instrument: str) -> Content:
    """What is installed, less one instrument."""
    entries = {
        kind: {key: entry for key, entry in of_kind.items()
               if not (isinstance(entry, Instrument) and entry.id == instrument)}
        for kind, of_kind in KNOW._entries.items()
    }  # fmt: skip
    return Content(entries)


@pytest.fixture
def gone(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The small world, after whose last start the pack with PHQ-9 was taken away."""
    installed.check()
    fewer = without("phq-9")
    for module in (installed, actions, access):
        monkeypatch.setattr(module, "content", lambda: fewer)
    return world


def test_a_start_is_refused_by_name_and_nothing_is_changed(gone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(OpenItem.objects.order_by("pk").values())
    with pytest.raises(Invalid, match="answers to phq-9 version 1, and no installed pack holds it") as said:
        installed.check()
    assert "Put the pack back" in str(said.value)
    options = cli.parser().parse_args(["rebuild"])
    with pytest.raises(Invalid, match="phq-9"):
        commands.rebuild(options, lambda done, total: None)
    assert list(OpenItem.objects.order_by("pk").values()) == before
    assert WasInstalled.objects.filter(instrument="phq-9").exists()
    assert commands.gone() == ["phq-9 version 1"]
    monkeypatch.setattr(installed, "content", lambda: KNOW)
    installed.check()


def test_content_check_names_it_too(
    gone: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "check_content", list)
    monkeypatch.setenv("DATABASE_URL", "anything: there is a record")
    monkeypatch.setattr(cli.django, "setup", lambda: None)
    assert cli.main(["content", "check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert told["problems"] == [
        "The record here holds answers to phq-9 version 1, which no installed pack holds. Put its pack back."
    ]


def test_what_nobody_was_asked_in_may_go(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.check()
    assert not any(b"ham-d" in bytes(one.data) for one in Fact.objects.all())
    monkeypatch.setattr(installed, "content", lambda: without("ham-d"))
    installed.check()
    assert not WasInstalled.objects.filter(instrument="ham-d").exists()


def test_answers_that_cannot_be_read_here_are_held_first_of_all_and_taken_later(
    gone: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f.Response(instrument="phq-9", version=1, answers=phq9(12, ninth=3))
    fact = make_fact(by=gone.nia, person=gone.people["ann"], site="bel-dlo", body=body)
    (receipt,) = append([fact])
    assert receipt.status == "held" and "ask the person" in receipt.reason
    row = Held.objects.get()
    assert (row.safety, row.segment, row.code) == (True, "therapy-notes", "instrument.version")
    for module in (actions, access, installed):
        monkeypatch.setattr(module, "content", lambda: KNOW)
    assert append([fact])[0].status == "new"
    assert OpenItem.objects.filter(person=gone.people["ann"], kind=OpenItem.RISK).exists()


def test_by_the_facts_alone_a_risk_that_was_worked_on_stays_and_safety_is_unknown(world: World) -> None:
    """Should it ever be folded without its instrument: what people did about it stands."""
    cid = world.people["cid"]
    facts = access.facts_of(cid)
    risk = chart(facts, KNOW, clock.today(), person=cid).open_risks[0].id
    asked = make_fact(by=world.nia, person=cid, site="bel-dlo", body=f.Assessment(risk=risk, intent="yes"))
    blind = chart([*facts, asked], without("phq-9"), clock.today(), person=cid)
    assert [one.id for one in blind.open_risks] == [risk] and blind.open_risks[0].urgent_since
    assert {point.scored.safety for point in blind.series["phq-9"].points} == {"unknown"}
