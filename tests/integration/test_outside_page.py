"""People outside who send somebody: who is refused, papers and codes, texts that announce, thanks, and the log."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.world import World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.referrals import outside
from vwazen.server.interop import inbound
from vwazen.server.interop.inbound import Text
from vwazen.server.interop.models import Outgoing
from vwazen.server.organisation.actions.outsiders import add_outsider, change_outsider, make_stubs
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Outsider, Stub, Worker
from vwazen.server.record.models import Announced, OpenItem

PHONE = "+50937000042"


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def healer(world: World) -> Outsider:
    return add_outsider(by=world.wim, site=world.sites["bel-dlo"], name="Invented Healer", kind="healer",
                        phone=PHONE, opted_in=True)  # fmt: skip


def announce(words: str, address: str = "", name: str = "t1") -> str:
    return outside.from_text(Text(id=name, address=address, text=words, path="ht/"))


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_roles_that_record_no_care_are_refused(world: World, healer: Outsider, who: str) -> None:
    client = as_worker(world.workers[who])
    for at in ("/referrals/outside", f"/referrals/outside/{healer.pk}", f"/referrals/outside/{healer.pk}/papers",
               "/referrals/arrival"):  # fmt: skip
        assert client.get(at).status_code == 403, at
        assert client.post(at, {"number": healer.code}).status_code == 403, at
    with pytest.raises(Refused):
        make_stubs(by=world.workers[who], outsider=healer, many=8)
    assert not Stub.objects.exists()


def test_of_another_site_they_are_not_there(world: World, healer: Outsider) -> None:
    otto = as_worker(world.otto)
    assert otto.get(f"/referrals/outside/{healer.pk}").status_code == 404
    assert otto.post(f"/referrals/outside/{healer.pk}/papers").status_code == 404
    assert "Invented Healer" not in text(otto.get("/referrals/outside"))
    with pytest.raises(Refused):
        change_outsider(by=world.otto, outsider=healer, name="x", kind="other")
    with pytest.raises(Refused):
        outside.arrive(by=world.otto, person=world.people["ann"], outsider=str(healer.pk))


def test_a_number_read_wrongly_is_found_out(world: World, healer: Outsider) -> None:
    right = make_stubs(by=world.wim, outsider=healer, many=1)[0].text
    assert outside.known(right).outsider == healer
    assert outside.known(f" {right[:-1]}-{right[-1].lower()} ").stub is not None
    for place in range(len(right) - 1):  # any one wrong figure
        for figure in "0123456789":
            wrong = right[:place] + figure + right[place + 1 :]
            if wrong != right:
                with pytest.raises(Invalid, match="letter"):
                    outside.known(wrong)
    with pytest.raises(Invalid, match="No paper and no code"):
        outside.known("QQQQQ")
    assert as_worker(world.wim).post("/referrals/arrival", {"number": "99999Z"}).status_code == 422


def test_one_who_wants_to_hear_needs_a_phone(world: World) -> None:
    answer = as_worker(world.wim).post("/referrals/outside", {
        "site": "bel-dlo", "name": "Invented Church", "kind": "church", "opted_in": "on"})  # fmt: skip
    assert answer.status_code == 422
    assert "Write the phone" in text(answer)
    assert not Outsider.objects.exists()


# papers


def test_a_paper_shows_a_number_and_a_code_and_nothing_else(world: World, healer: Outsider) -> None:
    wim = as_worker(world.wim)
    assert wim.post(f"/referrals/outside/{healer.pk}/papers").status_code == 302
    sheet = wim.get(f"/referrals/outside/{healer.pk}/papers").content.decode()
    papers = re.findall(r'<div class="stub">.*?</div>', sheet, re.S)
    assert len(papers) == 8
    said = {re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in papers}
    assert said == {f"No. {one.text} {healer.code} Show this when you come." for one in Stub.objects.all()}


def test_whoever_comes_with_a_paper_is_found_or_registered_and_the_sender_hears(world: World, healer: Outsider) -> None:
    paper = make_stubs(by=world.wim, outsider=healer, many=1)[0].text
    nia = as_worker(world.nia)
    form = {"number": paper, "name": "Ann Start", "born": "1985", "urgency": "today", "words": "Planted-words"}
    offered = text(nia.post("/referrals/arrival", form))
    assert "Is it one of these?" in offered
    assert "Nan Mango" in offered
    answer = nia.post("/referrals/arrival", form | {"person": world.people["ann"]})
    assert answer.status_code == 302
    (one,) = care.chart_of(world.people["ann"]).referrals
    assert (one.state, one.body.stub, one.owner, one.body.to_site) == ("arrived", paper, str(world.nia.pk), "bel-dlo")
    assert OpenItem.objects.get(kind=OpenItem.REFERRAL).owner == str(world.nia.pk)
    sent = Outgoing.objects.get()
    assert sent.address.endswith("37000042")
    assert "arrived" in sent.text
    for word in ("Ann", "Bèl Dlo", paper, "Planted"):
        assert word not in sent.text
    again = nia.post("/referrals/arrival", form | {"person": world.people["ben"]})
    assert again.status_code == 422
    assert "come with this paper before" in text(again)
    assert "Sent by somebody outside" in text(nia.get(f"/people/{world.people['ann']}/visit"))
    assert "Came from outside" in text(nia.get(f"/people/{world.people['ann']}"))
    assert "Planted-words" not in text(as_worker(world.wim).get(f"/people/{world.people['ann']}?all=1"))


def test_somebody_new_is_registered_once(world: World, healer: Outsider) -> None:
    drawn = {"fact_id": "01990000-0000-7000-8000-000000000001", "form": "01990000-0000-7000-8000-000000000002"}
    form = {"number": healer.code.lower(), "name": "Somebody Unheard", "urgency": "week", **drawn}
    nia = as_worker(world.nia)
    for _ in range(2):
        assert nia.post("/referrals/arrival", form | {"new": "1"}).status_code == 302
    assert len(care.chart_of(drawn["form"]).referrals) == 1
    assert Outgoing.objects.count() == 1


def test_nobody_hears_who_did_not_ask_to(world: World, healer: Outsider) -> None:
    change_outsider(by=world.wim, outsider=healer, name="Invented Healer", kind="healer", phone=PHONE)
    outside.arrive(by=world.nia, person=world.people["ann"], outsider=str(healer.pk))
    assert not Outgoing.objects.exists()


def test_a_phone_that_cannot_be_written_to_keeps_nobody_out(world: World, healer: Outsider) -> None:
    change_outsider(by=world.wim, outsider=healer, name="x", kind="healer", phone="ask at the mill", opted_in=True)
    outside.arrive(by=world.nia, person=world.people["ann"], outsider=str(healer.pk))
    assert care.chart_of(world.people["ann"]).referrals[0].state == "arrived"


# texts


def test_a_text_announces_by_code_by_number_or_by_phone(world: World, healer: Outsider) -> None:
    paper = make_stubs(by=world.wim, outsider=healer, many=1)[0].text
    assert announce(f"{healer.code} a woman comes tomorrow", name="a") == "referral"
    assert announce(f"a man with {paper}", name="b") == "referral"
    assert announce("one more", address="0050937000042", name="c") == "referral"
    assert announce("hello, is this the market?", address="+50931111111", name="d") == ""
    assert announce("one more", address="0050937000042", name="c") == "referral"  # twice is once
    assert Announced.objects.count() == 3
    assert Announced.objects.get(pk="b").stub == paper
    assert outside.from_text in inbound.listeners


def test_who_was_announced_stands_on_the_list_until_they_come_or_are_asked_after(
    world: World, healer: Outsider
) -> None:
    announce(f"{healer.code} Planted-words", name="a")
    announce(f"{healer.code} Planted-words", name="b")
    nia, wim, otto = (as_worker(world.workers[who]) for who in ("nia", "wim", "otto"))
    assert "2 announced by somebody outside" in text(nia.get("/today"))
    assert "Planted-words" in text(nia.get("/referrals/outside"))
    assert "Planted-words" not in text(wim.get("/referrals/outside"))
    assert "Invented Healer" not in text(otto.get("/referrals/outside"))
    assert "Planted-words" not in text(otto.get("/referrals/arrival?text=a"))
    page = nia.get("/referrals/arrival?text=a")
    assert "Sent by Invented Healer" in text(page)
    form = {"announced": "a", "name": "Ann Start", "urgency": "today", "person": world.people["ann"]}
    assert nia.post("/referrals/arrival", form).status_code == 302
    assert "Planted-words" in care.chart_of(world.people["ann"]).referrals[0].body.reason
    with pytest.raises(Invalid, match="no such text"):
        outside.end_announced(by=world.otto, announced="b", decision="x")
    with pytest.raises(Invalid, match="what you found out"):
        outside.end_announced(by=world.nia, announced="b", decision=" ")
    nia.post("/referrals/outside", {"do": "end", "announced": "b", "decision": "They went to the town."})
    assert set(Announced.objects.values_list("state", "words")) == {("arrived", ""), ("ended", "")}


# what was audited


def test_what_is_done_is_in_the_log_without_a_name(world: World, healer: Outsider) -> None:
    make_stubs(by=world.wim, outsider=healer, many=2)
    as_worker(world.nia).get("/referrals/outside")
    as_worker(world.nia).post("/referrals/arrival", {"number": healer.code, "name": "Ann Start", "urgency": "today"})
    done = list(AccessEntry.objects.filter(site=world.sites["bel-dlo"].path).values_list("action", flat=True))
    assert {"add-outsider", "make-stubs", "read-list"} <= set(done)
    for entry in AccessEntry.objects.all():
        assert "Invented" not in str(entry.__dict__)
        assert "Ann" not in str(entry.note)
