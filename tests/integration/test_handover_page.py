"""Handing over: who may, what moves with a person, and that nobody can leave over people."""

import re

import pytest
from django.test import Client

from tests.world import World, day, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import handover, safety, waiting
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused, StillHolds
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import CaseloadRow, OpenItem


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def shown(html: str) -> list[str]:
    return re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', html)


def id_of(world: World, who: str) -> str:
    return str(world.workers[who].pk)


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_may_not_enrol_hands_nobody_over(world: World, who: str) -> None:
    client = as_worker(world.workers[who])
    for at in ("/handover", f"/handover/{world.kai.pk}"):
        assert client.get(at).status_code == 403
        assert client.post(at, {"which": "all", "taker": id_of(world, "nia")}).status_code == 403
    with pytest.raises(Refused):
        handover.hand_over(by=world.workers[who], giver=id_of(world, "kai"), taker=id_of(world, "nia"))
    assert AccessEntry.objects.filter(outcome="refused", worker_id=id_of(world, who)).exists()
    assert CaseloadRow.objects.filter(owner=id_of(world, "kai")).count() == 4


def test_an_outsider_sees_nobody_and_moves_nobody(world: World) -> None:
    client = as_worker(world.otto)
    assert "Nobody owns anybody here yet" in client.get("/handover").content.decode()
    html = client.get(f"/handover/{world.kai.pk}").content.decode()
    assert shown(html) == []
    sent = client.post(f"/handover/{world.kai.pk}", {"which": "all", "taker": id_of(world, "otto")})
    assert sent.status_code == 422
    assert CaseloadRow.objects.filter(owner=id_of(world, "kai")).count() == 4


def test_the_packet_says_why_step_score_risks_tasks_and_next_date(world: World) -> None:
    ben = world.people["ben"]
    seen(world, "ben", "kai", next_date=day(-4), ago=9)
    episode = care.chart_of(ben).open_episodes[0].id
    care.recommend(by=world.pia, person=ben, episode=episode, choice="change", text="Plan more walks.",
                   owner=id_of(world, "kai"), due=day(-3))  # fmt: skip
    html = as_worker(world.nia).get(f"/handover/{world.kai.pk}").content.decode()
    assert sorted(shown(html)) == ["Ben Course", "Cid Danger", "Dan Remit", "Eve Below"]
    part = html[html.index("Ben Course") : html.index("</li>", html.index("Ben Course"))]
    for words in ("In care for depression since", "step 1", "PHQ-9 16", "To do: Plan more walks.", "Next date"):
        assert words in part, words
    assert "Open risk:" in html
    assert "No next date is agreed." in html
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.purpose) == ("read-list", "handover", "handover")


def test_some_or_all_pass_on_in_one_action_with_what_was_to_be_done(world: World) -> None:
    ben, cid, eve = (world.people[who] for who in ("ben", "cid", "eve"))
    episode = care.chart_of(ben).open_episodes[0].id
    care.recommend(by=world.pia, person=ben, episode=episode, choice="change", text="Plan more walks.",
                   owner=id_of(world, "kai"), due=day(-3))  # fmt: skip
    say(world, "ben", "kai", f.PlanItem(part="action", text="Call the school", owner=id_of(world, "kai"), due=day(-2)))
    say(world, "ben", "kai", f.PlanItem(part="action", text="Bring him", owner=id_of(world, "wim"), due=day(-2)))
    client = as_worker(world.nia)
    sent = client.post(f"/handover/{world.kai.pk}", {"which": "ticked", "person": [ben], "taker": id_of(world, "psy")})
    assert sent.status_code == 302
    chart = care.chart_of(ben)
    assert (chart.owner, chart.open_episodes[0].owner, chart.advice[0].owner) == (id_of(world, "psy"),) * 3
    owners = {item.reason: item.owner for item in OpenItem.objects.filter(person=ben)}
    assert owners["Plan more walks."] == owners["Call the school"] == id_of(world, "psy")
    assert owners["Bring him"] == id_of(world, "wim")  # what others hold stays with them
    assert care.chart_of(eve).owner == id_of(world, "kai")
    assert chart.advice[0].fact.author == str(world.pia.pk)  # the advice is still the specialist's
    assert client.post(f"/handover/{world.kai.pk}", {"which": "all", "taker": id_of(world, "nia")}).status_code == 302
    assert CaseloadRow.objects.filter(owner=id_of(world, "kai")).count() == 0
    assert OpenItem.objects.filter(owner=id_of(world, "kai")).count() == 0
    assert OpenItem.objects.get(person=cid, kind=OpenItem.RISK).owner == id_of(world, "nia")
    html = client.get(f"/people/{ben}?all=1").content.decode()
    assert "Handed over with what was to be done" in html
    assert "To Psychologist Psy" in html


def test_nobody_is_passed_to_who_cannot_care_for_them(world: World) -> None:
    client = as_worker(world.nia)
    for taker in (id_of(world, "otto"), id_of(world, "max"), "", "x", id_of(world, "kai")):
        sent = client.post(f"/handover/{world.kai.pk}", {"which": "all", "taker": taker})
        assert sent.status_code == 422
    sent = client.post(f"/handover/{world.kai.pk}", {"which": "ticked", "taker": id_of(world, "nia")})
    assert "Nobody was chosen" in sent.content.decode()
    assert CaseloadRow.objects.filter(owner=id_of(world, "kai")).count() == 4


def test_two_programmes_two_owners_only_the_givers_moves(world: World) -> None:
    ben = world.people["ben"]
    care.enrol(by=world.nia, person=ben, protocol="collaborative-care", condition="anxiety", owner=id_of(world, "psy"))
    handover.hand_over(by=world.nia, giver=id_of(world, "kai"), taker=id_of(world, "nia"))
    owners = {one.condition: one.owner for one in care.chart_of(ben).open_episodes}
    assert owners == {"depression": id_of(world, "nia"), "anxiety": id_of(world, "psy")}
    contacts = OpenItem.objects.filter(person=ben, kind=OpenItem.CONTACT).values_list("owner", flat=True)
    assert sorted(contacts) == sorted([id_of(world, "nia"), id_of(world, "psy")])


def test_a_post_cannot_end_and_an_account_not_close_over_people(world: World) -> None:
    post = world.kai.posts.get()
    with pytest.raises(StillHolds, match="4 people at Bèl Dlo are in their hands"):
        organisation.end_post(by=world.max, post=post)
    with pytest.raises(StillHolds, match="cannot be deactivated yet: 4 people"):
        organisation.deactivate_worker(by=world.max, worker=world.kai)
    post.refresh_from_db()
    assert post.ends is None
    assert Worker.objects.get(pk=world.kai.pk).is_active
    answer = as_worker(world.max).post(f"/workers/{world.kai.pk}/posts/{post.pk}/end/", follow=True).content.decode()
    assert "cannot end this post yet" in answer
    handover.hand_over(by=world.sue, giver=id_of(world, "kai"), taker=id_of(world, "nia"))
    organisation.end_post(by=world.max, post=post)
    organisation.deactivate_worker(by=world.max, worker=world.kai)


def test_a_post_may_end_where_another_covers_the_same_people(world: World) -> None:
    second = organisation.add_post(by=world.max, worker=world.kai, role="nurse", site=world.sites["centre"])
    organisation.end_post(by=world.max, post=world.kai.posts.exclude(pk=second.pk).get())
    with pytest.raises(StillHolds):
        organisation.end_post(by=world.max, post=second)
    officer = organisation.add_post(by=world.max, worker=world.kai, role="me_officer", site=world.sites["bel-dlo"])
    organisation.end_post(by=world.max, post=officer)  # it cared for nobody


def test_a_departure_still_to_come_can_be_written_down_and_is_said(world: World) -> None:
    coming = clock.today().replace(year=clock.today().year + 1)
    organisation.end_post(by=world.max, post=world.kai.posts.get(), ends=coming)
    html = as_worker(world.nia).get("/handover").content.decode()
    assert "ends on" in html
    assert "Keeper Kai" in html


def test_an_open_risk_of_somebody_nobody_enrolled_is_handed_over_too(world: World) -> None:
    ann = world.people["ann"]
    safety.raise_concern(by=world.wim, person=ann, text="said goodbye to everyone")
    with pytest.raises(StillHolds):
        organisation.deactivate_worker(by=world.max, worker=world.wim)
    assert ann in handover.people_of(id_of(world, "wim"), waiting.Where(("ht/",)))
    handover.hand_over(by=world.nia, giver=id_of(world, "wim"), taker=id_of(world, "nia"))
    assert OpenItem.objects.get(person=ann, kind=OpenItem.RISK).owner == id_of(world, "nia")
    organisation.deactivate_worker(by=world.max, worker=world.wim)


def test_many_people_move_in_parts_and_all_of_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "TOGETHER", 2)
    many = handover.hand_over(by=world.nia, giver=id_of(world, "kai"), taker=id_of(world, "nia"))
    assert many == 4
    with pytest.raises(Invalid, match="Nobody was chosen"):
        handover.hand_over(by=world.nia, giver=id_of(world, "kai"), taker=id_of(world, "nia"))
    assert Post.objects.filter(worker=world.kai, ends__isnull=True).exists()
