"""Messages inside the team: who may write and read them, who has read each, and what happens when nobody answers."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import context, handover
from vwazen.server.care.consent import actions as consent
from vwazen.server.care.messages import actions, pages, urgent
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import OnCall, Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem

TEXT = "Planted-words: please look in today."


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def ids(world: World, *names: str) -> list[str]:
    return [str(world.workers[one].pk) for one in names]


def send(world: World, by: str = "nia", to: tuple[str, ...] = ("kai",), **more: object) -> f.Fact:
    fields: dict[str, object] = {"text": TEXT, "person": world.people["ben"]}
    return actions.send(by=world.workers[by], to=ids(world, *to), **(fields | more))  # type: ignore[arg-type]


def page(world: World, who: str, person: str = "ben") -> str:
    return as_worker(world, who).get(reverse("team-messages", args=[world.people[person]])).content.decode()


def form(world: World, **more: object) -> dict[str, object]:
    drawn = {"write-drawn": make_id(), "write-text": TEXT, "write-segment": "mental-health"}
    return drawn | {"write-to": ids(world, "kai")} | more


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    """So many minutes from now, for everybody."""
    at = clock.now() + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: at)
    cache.clear()


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_cares_for_nobody_neither_reads_nor_writes(world: World, who: str) -> None:
    client = as_worker(world, who)
    at = reverse("team-messages", args=[world.people["ben"]])
    for url in (at, reverse("messages"), reverse("reach", args=[world.people["ben"]])):
        assert client.get(url).status_code == 403
    assert client.post(at, form(world)).status_code == 403
    with pytest.raises(Refused):
        send(world, by=who)


def test_somebody_elsewhere_learns_nothing(world: World) -> None:
    send(world)
    client = as_worker(world, "otto")
    for name in ("team-messages", "reach"):
        assert client.get(reverse(name, args=[world.people["ben"]])).status_code == 404
    assert "Ben Course" not in client.get(reverse("messages")).content.decode()
    with pytest.raises(Refused):
        actions.read(by=world.otto, person=world.people["ben"], message="x")


@pytest.mark.parametrize("to", ["otto", "ada", "ola", "nia"])
def test_only_others_who_care_for_people_there_are_written_to(world: World, to: str) -> None:
    with pytest.raises(Invalid):
        send(world, to=(to,))
    with pytest.raises(Invalid, match="at least one"):
        send(world, to=())


def test_nobody_is_sent_what_they_may_not_read(world: World) -> None:
    with pytest.raises(Invalid, match="Walker Wim may not read this"):
        send(world, to=("kai", "wim"))
    send(world, to=("kai", "wim"), segment="general")
    with pytest.raises(Invalid, match="those you belong to"):
        send(world, segment="therapy-notes")


def test_a_message_waits_for_each_until_they_say_they_read_it(world: World) -> None:
    sent = as_worker(world, "nia").post(
        reverse("team-messages", args=[world.people["ben"]]), form(world, **{"write-to": ids(world, "kai", "pia")})
    )
    assert sent.status_code == 302
    (fact,) = (note.fact for note in care.chart_of(world.people["ben"]).messages)
    assert {one.owner for one in OpenItem.objects.filter(kind="message")} == set(ids(world, "kai", "pia"))
    assert "not yet read by Keeper Kai, Psychiatrist Pia" in page(world, "nia")
    assert "Ben Course" in as_worker(world, "kai").get(reverse("messages")).content.decode()
    assert "Ben Course" in as_worker(world, "kai").get(reverse("today") + "?whose=mine").content.decode()
    client = as_worker(world, "kai")
    client.post(reverse("team-messages", args=[world.people["ben"]]), {"do": "read", "message": fact.id})
    assert {one.owner for one in OpenItem.objects.filter(kind="message")} == set(ids(world, "pia"))
    seen = page(world, "nia")
    assert "Keeper Kai read it" in seen and "not yet read by Psychiatrist Pia" in seen
    assert "No message waits for you" in client.get(reverse("messages")).content.decode()


def test_the_same_form_twice_is_one_message_and_typed_words_are_kept(world: World) -> None:
    client, at = as_worker(world, "nia"), reverse("team-messages", args=[world.people["ben"]])
    twice = form(world)
    for _ in range(2):
        assert client.post(at, twice).status_code == 302
    assert len(care.chart_of(world.people["ben"]).messages) == 1
    wrong = client.post(at, form(world, **{"write-to": []}))
    assert wrong.status_code == 422 and TEXT in wrong.content.decode()


def test_no_list_holds_a_word_of_a_message(world: World) -> None:
    send(world, urgent=True)
    for who in ("kai", "sue", "wim", "pia"):
        for url in ("/today?whose=sites", "/messages", "/handover", "/diary"):
            assert "Planted-words" not in as_worker(world, who).get(url).content.decode(), (who, url)
    assert not OpenItem.objects.filter(reason__contains="Planted").exists()


def test_a_message_of_a_closer_circle_is_absent_for_others(world: World) -> None:
    send(world, by="psy", to=("pia",), segment="therapy-notes")
    assert TEXT in page(world, "pia")
    for who in ("nia", "kai"):
        html = page(world, who)
        assert TEXT not in html and "waits that you may not read" not in html


def test_what_was_passed_on_unread_reaches_whoever_took_over_also_unreadable(world: World) -> None:
    send(world, by="psy", to=("pia",), segment="therapy-notes")
    handover.hand_over(by=world.sue, giver=ids(world, "pia")[0], taker=ids(world, "nia")[0])
    html = page(world, "nia")
    assert "waits that you may not read" in html and "Psychologist Psy" in html and TEXT not in html
    message = OpenItem.objects.get(kind="message").fact
    as_worker(world, "nia").post(
        reverse("team-messages", args=[world.people["ben"]]), {"do": "read", "message": message}
    )
    assert not OpenItem.objects.filter(kind="message").exists()


def test_only_whom_it_is_for_says_that_it_was_read(world: World) -> None:
    fact = send(world)
    with pytest.raises(Invalid, match="for somebody else"):
        actions.read(by=world.pia, person=world.people["ben"], message=fact.id)
    actions.read(by=world.kai, person=world.people["ben"], message=fact.id)
    actions.read(by=world.kai, person=world.people["ben"], message=fact.id)
    assert len(care.chart_of(world.people["ben"]).messages[0].read) == 1


def on_call(world: World, *names: str) -> None:
    hours = {"starts": clock.now() - dt.timedelta(hours=1), "ends": clock.now() + dt.timedelta(hours=9)}
    for order, who in enumerate(names, 1):
        OnCall.objects.create(
            site=world.sites["bel-dlo"], worker=world.workers[who], order=order, phone=f"+509 {order}", **hours
        )


def shown(world: World, who: str) -> bool:
    banner = context.message_banner(world.workers[who])
    return banner is not None and "Ben Course" in banner.text


def test_urgent_and_unanswered_escalates_after_ten_minutes_by_the_roster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call(world, "pia", "psy")
    fact = send(world, urgent=True)
    assert shown(world, "kai") and not shown(world, "pia"), "those named first"
    later(monkeypatch, 9.9)
    assert not shown(world, "pia")
    later(monkeypatch, 0.2)
    assert shown(world, "pia") and not shown(world, "psy")
    inbox = as_worker(world, "pia").get(reverse("messages")).content.decode()
    assert "It is the turn of Psychiatrist Pia, +509 1." in inbox
    later(monkeypatch, 5)
    assert shown(world, "pia") and shown(world, "psy") and not shown(world, "sue")
    later(monkeypatch, 10)
    assert shown(world, "sue"), "the supervisor at the latest"
    as_worker(world, "psy").post(reverse("team-messages", args=[world.people["ben"]]),
                                 {"do": "read", "message": fact.id})  # fmt: skip
    cache.clear()
    assert not any(shown(world, who) for who in ("pia", "psy", "sue", "kai")), "a human took it on"
    assert OpenItem.objects.filter(kind="message", owner=ids(world, "kai")[0]).exists(), "and it still waits to be read"


def test_with_nobody_on_call_whoever_may_act_is_shown_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    Worker.objects.filter(username="sue").update(is_active=False)
    send(world, urgent=True)
    later(monkeypatch, 11)
    assert shown(world, "wim") and shown(world, "psy")
    assert not shown(world, "otto") and not shown(world, "ada")


def test_an_urgent_message_of_a_closer_circle_escalates_without_a_word(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call(world, "nia")
    send(world, by="psy", to=("pia",), segment="therapy-notes", urgent=True)
    later(monkeypatch, 11)
    html = page(world, "nia")
    assert "An urgent message</b>" in html or "An urgent message" in html
    assert "Psychologist Psy" in html and TEXT not in html


def test_the_author_does_not_answer_their_own_message(world: World) -> None:
    fact = send(world, by="psy", to=("kai",), urgent=True)
    with pytest.raises(Invalid):
        actions.read(by=world.psy, person=world.people["ben"], message=fact.id)
    assert care.chart_of(world.people["ben"]).messages[0].urgent_since is not None


def test_the_red_banner_and_the_count_stand_on_every_page(world: World) -> None:
    send(world, urgent=True)
    html = as_worker(world, "kai").get("/today").content.decode()
    assert "An urgent message about Ben Course waits for an answer" in html or "wait for someone" in html
    care_page = as_worker(world, "kai").get("/caseload").content.decode()
    assert 'href="/messages"' in care_page and ">1<" in care_page.partition('href="/messages"')[2][:200]


def test_the_fragment_is_the_list_alone(world: World) -> None:
    send(world)
    part = as_worker(world, "kai").get(reverse("messages"), headers={"X-Fragment": "1"}).content.decode()
    assert "Ben Course" in part and "<html" not in part


def test_a_talk_is_counted_by_one_tap_and_timed_by_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben, at = world.people["ben"], reverse("talk", args=[world.people["ben"]])
    assert as_worker(world, "otto").post(at, {"mode": "curbside"}).status_code == 404
    client = as_worker(world, "kai")
    before = care.chart_of(ben).last_contact
    drawn = make_id()
    for _ in range(2):
        client.post(at, {"mode": "curbside", "worker": ids(world, "pia")[0], "fact_id": drawn})
    (fact, body) = care.chart_of(ben).encounters[-1]
    assert (body.mode, body.worker, body.minutes) == ("curbside", ids(world, "pia")[0], None)
    assert care.chart_of(ben).last_contact == before, "a talk about somebody is no contact with them"
    assert [one["many"] for one in pages.talks(world.kai)] == [0, 1]
    assert "It is over" in page(world, "kai")
    later(monkeypatch, 6.5)
    client.post(at, {"do": "end", "talk": fact.id})
    assert care.chart_of(ben).encounters[-1][1].minutes == 7
    assert pages.talks(world.kai)[1] | {"title": ""} == {
        "title": "", "many": 1, "timed": 1, "median": "7", "capped": False,
    }  # fmt: skip
    html = client.get(reverse("messages")).content.decode()
    assert "<b>1</b> talked about in passing" in html and "<b>0</b> handed over in person" in html
    assert "1 of them timed, half of these within 7 min" in html


def test_a_forgotten_talk_asks_for_its_minutes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    fact = actions.begin_talk(by=world.kai, person=ben, mode="curbside")
    later(monkeypatch, 200)
    with pytest.raises(Invalid, match="how many minutes"):
        actions.end_talk(by=world.kai, person=ben, talk=fact.id)
    with pytest.raises(Invalid, match="began it"):
        actions.end_talk(by=world.nia, person=ben, talk=fact.id)
    actions.end_talk(by=world.kai, person=ben, talk=fact.id, minutes=12)
    assert care.chart_of(ben).encounters[-1][1].minutes == 12


def test_a_hand_off_keeps_the_date_that_was_agreed(world: World) -> None:
    ben = world.people["ben"]
    agreed = (clock.today() + dt.timedelta(days=9)).isoformat()
    say(world, "ben", "nia", f.Appointment(next=agreed))
    actions.begin_talk(by=world.nia, person=ben, mode="hand_off", worker=ids(world, "pia")[0])
    chart = care.chart_of(ben)
    assert chart.next_date is not None and chart.next_date.isoformat() == agreed
    assert chart.last_contact == clock.today()


def test_what_is_said_ends_in_the_log(world: World) -> None:
    page(world, "kai")
    last = AccessEntry.objects.filter(route="team-messages").latest("id")
    assert (last.worker_name, last.person, last.action) == ("Keeper Kai", world.people["ben"], "read-person")
    as_worker(world, "kai").get(reverse("messages"))
    assert AccessEntry.objects.filter(route="messages", action="read-list").exists()
    assert urgent.patience() == dt.timedelta(minutes=10)


def test_nobody_takes_on_what_they_may_not_read_while_those_named_still_have_their_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a post in the first minute, by somebody who cannot read a word, ends the call of whom it is for."""
    fact = send(world, by="psy", to=("pia",), segment="therapy-notes", urgent=True)
    sent = {"do": "read", "message": fact.id}
    at = reverse("team-messages", args=[world.people["ben"]])
    for who in ("nia", "wim", "sue"):
        as_worker(world, who).post(at, sent)
        assert shown(world, "pia") and not care.chart_of(world.people["ben"]).messages[0].read, who
    later(monkeypatch, 10.1)
    assert "waits that you may not read" in page(world, "nia")
    as_worker(world, "nia").post(at, sent)
    cache.clear()
    assert not shown(world, "pia") and care.chart_of(world.people["ben"]).messages[0].waits == (ids(world, "pia")[0],)


def test_who_is_shared_only_a_part_neither_takes_on_nor_is_sent_what_is_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, mia = world.people["ben"], Worker.objects.create(username="mia", name="Nurse Mia")
    Post(worker=mia, role="nurse", site=world.sites["savann"], starts=dt.date(2020, 1, 1)).save()
    fact = send(world, urgent=True)
    consent.say(by=world.psy, person=ben, segment="general", granted=True, to="site:savann")
    with pytest.raises(Invalid, match="for somebody else"):
        actions.read(by=world.otto, person=ben, message=fact.id)
    with pytest.raises(Invalid, match="Nurse Mia may not read this"):
        actions.send(by=world.otto, person=ben, text=TEXT, to=[str(mia.pk)], segment="mental-health")
    actions.send(by=world.otto, person=ben, text=TEXT, to=[str(mia.pk)], segment="general")
    later(monkeypatch, 10.1)
    assert actions.read(by=world.otto, person=ben, message=fact.id)
