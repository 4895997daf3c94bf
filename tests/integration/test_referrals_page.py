"""Referrals: who is refused, both sides' words, what each may read and for how long, and what was audited."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from tests.world import World, day
from vwazen.clinical.referral_chart import Referred
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import handover, waiting
from vwazen.server.care import today as days
from vwazen.server.care.referrals import actions
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem, ReferralRow

REASON = "Planted-reason: hears voices, please admit."


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def world(world: World) -> World:
    """With a hospital in the district, and a doctor there."""
    site = organisation.add_site(by=world.ada, code="lopital", name="Lopital Invante", kind="hospital",
                                 parent=world.sites["centre"])  # fmt: skip
    doctor = Worker(username="doc", name="Doctor Doc")
    doctor.save()
    Post(worker=doctor, role="physician", site=site, starts=clock.today().replace(year=2020)).save()
    policy.changed()
    world.sites["lopital"], world.workers["doc"] = site, doctor
    return world


def refer(world: World, who: str = "ben", by: str = "nia", **more: str) -> str:
    values = {"to_site": "lopital", "urgency": "week", "reason": REASON, "plain": "Please see them."} | more
    return actions.refer(by=world.workers[by], person=world.people[who], **values).id


def one(world: World, who: str = "ben", at: int = -1) -> Referred:
    return care.chart_of(world.people[who]).referrals[at]


def url(world: World, referral: str, who: str = "ben") -> str:
    return f"/people/{world.people[who]}/referrals/{referral}"


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_roles_that_record_no_care_are_refused_everywhere(world: World, who: str) -> None:
    sent = refer(world)
    client = as_worker(world.workers[who])
    for at in ("/referrals", f"/people/{world.people['ben']}/refer", url(world, sent), url(world, sent) + "/letter"):
        assert client.get(at).status_code == 403, at
        assert client.post(at, {"do": "accepted"}).status_code == 403, at


def test_a_site_that_has_no_part_in_it_is_answered_as_if_there_were_none(world: World) -> None:
    sent, client = refer(world), as_worker(world.otto)
    for at in (url(world, sent), url(world, make_id()), url(world, sent) + "/letter"):
        assert client.get(at).status_code == 404
        assert client.post(at, {"do": "accepted"}).status_code == 404
    assert client.get(f"/people/{world.people['ben']}/refer").status_code == 404
    assert "Ben" not in text(client.get("/referrals"))
    for act in (actions.arrived, actions.seen, actions.accept):
        with pytest.raises(Refused):
            act(by=world.otto, person=world.people["ben"], referral=sent)


def test_each_side_says_only_its_own_words(world: World) -> None:
    sent, ben = refer(world), world.people["ben"]
    with pytest.raises(Refused):
        actions.accept(by=world.nia, person=ben, referral=sent)
    with pytest.raises(Refused):
        actions.withdraw(by=world.doc, person=ben, referral=sent, words="x")
    assert "Refuse, with this reason" not in text(as_worker(world.nia).get(url(world, sent)))
    assert "Take the referral back" not in text(as_worker(world.doc).get(url(world, sent)))
    as_worker(world.nia).post(url(world, sent), {"do": "accepted", "accepted-worker": str(world.nia.pk)})
    assert one(world).state == "sent"


def test_what_could_mean_nothing_is_refused_in_words(world: World) -> None:
    for wrong, field in (
        ({"to_site": "bel-dlo"}, "to_site"), ({"to_site": "nowhere"}, "site"), ({"urgency": "soon"}, "urgency"),
        ({"reason": "  "}, "reason"), ({"to_site": ""}, "to"), ({"to_site": "", "to": "healer"}, "to_name"),
        ({"segment": "hiv"}, "segment"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as problem:
            refer(world, **wrong)
        assert problem.value.field == field
    organisation.add_site(by=world.ada, code="vid", name="Vid", kind="hospital", parent=world.sites["centre"])
    world.sue.posts.all().delete()  # nobody there, and nobody above
    world.pia.posts.all().delete()
    policy.changed()
    with pytest.raises(Invalid, match="Nobody works at Vid"):
        refer(world, to_site="vid")
    with pytest.raises(Invalid, match="died"):
        refer(world, "fay")
    refer(world)
    with pytest.raises(Invalid, match="referred there already"):
        refer(world)


def test_what_was_typed_is_kept_beside_what_is_wrong(world: World) -> None:
    at = f"/people/{world.people['ben']}/refer"
    answer = as_worker(world.nia).post(at, {"urgency": "week", "reason": "Kept words", "segment": "mental-health"})
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert "Choose a site" in text(answer)
    sent = refer(world)
    answer = as_worker(world.doc).post(url(world, sent), {"do": "declined", "declined-why": "other"})
    assert answer.status_code == 422
    assert "what is needed instead" in text(answer)


# the loop


def test_a_referral_goes_round_to_its_closing_and_stands_on_the_right_lists(world: World) -> None:
    ben, nia, doc = world.people["ben"], as_worker(world.nia), as_worker(world.doc)
    drawn = make_id()
    form = {"fact_id": drawn, "to_site": "lopital", "urgency": "today", "reason": REASON, "segment": "mental-health"}
    for _ in range(2):  # sent twice, it is one
        assert nia.post(f"/people/{ben}/refer", form).status_code == 302
    assert [each.id for each in care.chart_of(ben).referrals] == [drawn]
    assert "Ben Course" in text(doc.get("/referrals"))
    assert REASON in text(doc.get(url(world, drawn)))
    item = OpenItem.objects.get(kind=OpenItem.REFERRAL)
    assert (item.path, item.owner) == (world.sites["lopital"].path, "")
    assert "1 referred to us" in text(doc.get("/today"))
    doc.post(url(world, drawn), {"do": "accepted", "accepted-worker": str(world.doc.pk), "accepted-expected": day(-3)})
    assert OpenItem.objects.get(kind=OpenItem.REFERRAL).owner == str(world.doc.pk)
    assert "expected" in text(doc.get("/today?whose=mine"))
    assert "Doctor Doc takes them over" in text(nia.get(url(world, drawn)))
    for did in ("arrived", "seen"):
        doc.post(url(world, drawn), {"do": did})
        assert one(world).state == did
    doc.post(url(world, drawn), {"do": "closed", "closed-back": "Began treatment. See them on Friday."})
    assert one(world).state == "closed"
    assert "See them on Friday" in text(nia.get(url(world, drawn)))
    assert "See them on Friday" in text(nia.get(url(world, drawn) + "/letter?back=1"))
    assert not OpenItem.objects.filter(kind__in=[OpenItem.REFERRAL, OpenItem.REFERRED]).exists()
    assert "Ben Course" in text(nia.get("/referrals?side=from&list=over"))
    assert "Referral closed" in text(nia.get(f"/people/{ben}?all=1"))


def test_a_refusal_stands_on_both_lists_and_goes_back_to_the_sender(world: World) -> None:
    sent, ben = refer(world), world.people["ben"]
    actions.decline(by=world.doc, person=ben, referral=sent, why="too_unstable", words="A closed ward is needed.")
    assert not OpenItem.objects.filter(kind=OpenItem.REFERRAL).exists()
    item = OpenItem.objects.get(kind=OpenItem.REFERRED)
    assert (item.owner, item.path, item.starts) == (str(world.nia.pk), world.sites["bel-dlo"].path, clock.today())
    assert "said to be too unstable" in item.reason
    for who, side in (("doc", "to"), ("nia", "from")):
        listed = text(as_worker(world.workers[who]).get(f"/referrals?side={side}&list=refused"))
        assert "Ben Course" in listed
        assert "said to be too unstable" in listed
    assert "refused" in text(as_worker(world.nia).get("/today?whose=mine"))
    refer(world, to_site="savann", instead_of=sent)
    assert [each.state for each in care.chart_of(ben).referrals] == ["sent_on", "sent"]
    assert OpenItem.objects.filter(kind=OpenItem.REFERRED, starts__lte=clock.today()).count() == 0


def test_rival_answers_both_stand_on_both_sides(world: World) -> None:
    sent, ben = refer(world), world.people["ben"]
    other = Worker(username="dok", name="Doctor Dok")
    other.save()
    Post(worker=other, role="physician", site=world.sites["lopital"], starts=clock.today()).save()
    policy.changed()
    actions.accept(by=world.doc, person=ben, referral=sent)
    actions.decline(by=other, person=ben, referral=sent, why="full")
    assert one(world).contested
    page = text(as_worker(world.nia).get(url(world, sent)))
    assert "both words stand" in page
    assert "Doctor Doc takes them over" in page
    assert "No room" in page
    assert OpenItem.objects.filter(kind=OpenItem.REFERRED, owner=str(world.nia.pk)).exists()
    actions.arrived(by=other, person=ben, referral=sent)
    assert not one(world).contested


def test_a_late_answer_comes_back_to_the_sender_by_itself(world: World) -> None:
    refer(world)
    waits = OpenItem.objects.get(kind=OpenItem.REFERRED)
    assert waits.starts > clock.today()
    assert (waits.starts - clock.today()).days == 3  # the two days to answer, and the day after
    late = days.page(world.nia, waiting.scope_of(world.nia, "mine", waits.starts), waits.starts)
    assert any("no answer yet" in reason.text for line in late.lines for reason in line.reasons)
    assert [row.referral for row in ReferralRow.objects.filter(due__lt=waits.starts)] == [one(world).id]


def test_what_nobody_here_answered_in_time_stands_on_the_page_that_must_be_empty(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refer(world)
    assert "referred to us wait longer" not in text(as_worker(world.doc).get("/unassigned"))
    later = clock.now() + dt.timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "1 referred to us wait longer" in text(as_worker(world.doc).get("/unassigned"))
    assert "1 referred to us wait longer" not in text(as_worker(world.otto).get("/unassigned"))


def test_a_service_outside_is_answered_by_whoever_hears_of_it(world: World) -> None:
    sent = refer(world, to_site="", to="healer", to_name="Invented healer")
    ben = world.people["ben"]
    assert not OpenItem.objects.filter(kind=OpenItem.REFERRAL).exists()
    assert OpenItem.objects.get(kind=OpenItem.REFERRED).starts == clock.today()
    with pytest.raises(Invalid, match="by name"):
        actions.accept(by=world.nia, person=ben, referral=sent)
    actions.accept(by=world.nia, person=ben, referral=sent, name="Invented Sister")
    assert "Invented Sister there takes them on" in text(as_worker(world.nia).get(url(world, sent)))


def test_a_handover_at_the_other_side_passes_the_referral_on(world: World) -> None:
    sent = refer(world)
    other = Worker(username="dok", name="Doctor Dok")
    other.save()
    Post(worker=other, role="physician", site=world.sites["lopital"], starts=clock.today()).save()
    policy.changed()
    actions.accept(by=world.doc, person=world.people["ben"], referral=sent)
    assert handover.still_holds(world.doc)
    handover.hand_over(by=world.doc, giver=str(world.doc.pk), taker=str(other.pk))
    assert one(world).owner == str(other.pk)
    assert one(world).sender == str(world.nia.pk)


# care does not end in danger


def test_care_in_danger_ends_only_where_a_named_person_elsewhere_has_taken_them_on(world: World) -> None:
    cid = world.people["cid"]
    episode = care.chart_of(cid).open_episodes[0].id
    sent = refer(world, "cid")
    assert one(world, "cid").body.risks
    for outcome in ("completed", "transferred", "lost"):
        with pytest.raises(Invalid, match="taken them on"):
            care.close_episode(by=world.nia, person=cid, episode=episode, outcome=outcome, note="x")
    actions.accept(by=world.doc, person=cid, referral=sent)
    assert "This risk was handed over" in text(as_worker(world.doc).get(url(world, sent, "cid")))
    with pytest.raises(Invalid, match="end it as transferred"):
        care.close_episode(by=world.nia, person=cid, episode=episode, outcome="completed")
    care.close_episode(by=world.nia, person=cid, episode=episode, outcome="transferred", note="Doctor Doc")
    assert care.chart_of(cid).open_risks  # only a person closes it
    assert OpenItem.objects.filter(person=cid, kind=OpenItem.RISK).exists()


def test_a_refusal_after_the_yes_blocks_it_again(world: World) -> None:
    cid = world.people["cid"]
    episode = care.chart_of(cid).open_episodes[0].id
    sent = refer(world, "cid")
    actions.accept(by=world.doc, person=cid, referral=sent)
    actions.decline(by=world.doc, person=cid, referral=sent, why="full")
    with pytest.raises(Invalid, match="taken them on"):
        care.close_episode(by=world.nia, person=cid, episode=episode, outcome="transferred", note="x")


# who may read what, and for how long


def test_who_lacks_the_segment_sees_the_referral_without_its_reason(world: World) -> None:
    sent = refer(world)
    wim = as_worker(world.wim)
    for at in (
        url(world, sent),
        url(world, sent) + "/letter",
        "/referrals?side=from",
        f"/people/{world.people['ben']}",
    ):
        page = text(wim.get(at))
        assert "Planted-reason" not in page, at
    assert "Please see them." in text(wim.get(url(world, sent)))
    assert "Referred to a hospital" in text(wim.get(f"/people/{world.people['ben']}?all=1"))


def test_a_closer_reason_is_in_no_list_and_in_no_letter(world: World) -> None:
    sent = refer(world, by="psy", segment="intimate-partner-violence", reason="Planted-violence")
    assert "Planted-violence" in text(as_worker(world.psy).get(url(world, sent)))
    for who in ("psy", "nia", "kai", "doc", "wim"):
        client = as_worker(world.workers[who])
        for at in ("/referrals", "/referrals?side=from", url(world, sent) + "/letter", "/today?whose=sites"):
            assert "Planted-violence" not in text(client.get(at)), (who, at)
        if who != "psy":
            assert "Planted-violence" not in text(client.get(url(world, sent))), who
    assert not OpenItem.objects.filter(reason__contains="Planted").exists()
    assert not ReferralRow.objects.filter(reason__contains="Planted").exists()


@pytest.mark.parametrize("end", ["declined", "closed", "withdrawn"])
def test_what_a_referral_opens_ends_with_it(world: World, end: str) -> None:
    sent, ben = refer(world), world.people["ben"]
    doc = as_worker(world.doc)
    assert doc.get(f"/people/{ben}").status_code == 200
    if end == "declined":
        actions.decline(by=world.doc, person=ben, referral=sent, why="full")
    elif end == "closed":
        actions.close(by=world.doc, person=ben, referral=sent, back="Planted-reason once more.")
    else:
        actions.withdraw(by=world.nia, person=ben, referral=sent, words="They went home.")
    assert doc.get(f"/people/{ben}").status_code == 404
    page = text(doc.get(url(world, sent)))
    assert "Planted-reason" not in page
    assert "not yours to read any more" in page or end == "declined"
    for side in ("open", "refused", "over"):
        assert "Planted-reason" not in text(doc.get(f"/referrals?list={side}"))


def test_a_letter_shows_only_a_number_outside_and_no_kind_of_clinic(world: World) -> None:
    answer = as_worker(world.nia).get(url(world, refer(world)) + "/letter")
    outside = re.search(r'<div class="letter-outside">.*?</div>', answer.content.decode(), re.S)
    assert outside is not None
    for word in ("Ben", "Lopital", "Bèl Dlo", "hospital", "Planted", "depression"):
        assert word not in outside[0]


# what was audited


def test_each_page_is_one_line_in_the_log_and_says_nothing_of_the_person(world: World) -> None:
    sent = refer(world)
    before = AccessEntry.objects.count()
    doc = as_worker(world.doc)
    for at, route in (
        ("/referrals", "referrals"),
        (url(world, sent), "referral"),
        (url(world, sent) + "/letter", "referral-letter"),
    ):
        doc.get(at)
        entry = AccessEntry.objects.order_by("-pk").first()
        assert entry is not None
        assert entry.route == route
        assert "Ben" not in str(entry.__dict__)
        assert "Planted" not in str(entry.__dict__)
    assert AccessEntry.objects.count() == before + 3
    as_worker(world.otto).get(url(world, sent))
    assert AccessEntry.objects.order_by("-pk")[0].outcome == "refused"
