"""Reminders: nobody is written to who did not agree, nothing tells, and whatever ends them ends them at once."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import gateways as fake
from tests.gateways import Gateway
from tests.world import World, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.care.consent import erasure
from vwazen.server.care.consent.actions import rules as consent_rules
from vwazen.server.care.messages import actions
from vwazen.server.interop import addresses, inbound, outbox, sending
from vwazen.server.interop.models import Contact, Incoming, Outgoing, Stopped
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import clock, upkeep
from vwazen.server.record.actions import make_id

PHONE = "+509 3700 0001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object) -> Path:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    settings.SYNTHETIC = False  # type: ignore[attr-defined]
    sending._rests.clear()
    cache.clear()
    return tmp_path


@pytest.fixture
def way(home: Path) -> Iterator[Gateway]:
    with fake.gateway() as one:
        fake.written(home, fake.over(one))
        yield one


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def agree(world: World, who: str = "ben", **more: object) -> f.Fact:
    fields: dict[str, object] = {"channel": "sms", "address": PHONE, "shared": "no"}
    return actions.agree(by=world.nia, person=world.people[who], **(fields | more))  # type: ignore[arg-type]


def agreed_in(world: World, days: int, who: str = "ben") -> dt.date:
    day = clock.today() + dt.timedelta(days=days)
    seen(world, who, "nia", next_date=day.isoformat())
    return day


def waiting(about: str = "") -> list[Outgoing]:
    rows = Outgoing.objects.filter(state="waiting").order_by("next_try")
    return list(rows.filter(about=about) if about else rows)


def at(monkeypatch: pytest.MonkeyPatch, day: dt.date, hour: int) -> None:
    now = dt.datetime.combine(day, dt.time(hour), dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    sending._rests.clear()


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_cares_for_nobody_sets_no_reminders(world: World, who: str) -> None:
    client, at_ = as_worker(world, who), reverse("reach", args=[world.people["ben"]])
    assert client.get(at_).status_code == 403 and client.post(at_, {"do": "end"}).status_code == 403
    with pytest.raises(Refused):
        actions.agree(by=world.workers[who], person=world.people["ben"], channel="sms", address=PHONE)
    with pytest.raises(Refused):
        actions.end_messages(by=world.otto, person=world.people["ben"])


def test_nobody_is_written_to_who_did_not_agree(world: World, way: Gateway) -> None:
    care.correct_registration(by=world.nia, person=world.people["ben"], phone=PHONE)
    agreed_in(world, 2)
    sending.once()
    assert not Outgoing.objects.exists() and way.got == []


@pytest.mark.parametrize("wrong", [
    {"channel": "pigeon"}, {"address": "x"}, {"shared": "maybe"}, {"agreed": "no"}, {"quiet_from": 3},
])  # fmt: skip
def test_what_makes_no_sense_is_refused(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        agree(world, **wrong)
    assert not Contact.objects.exists()


def test_the_day_before_once_and_no_night_job(world: World, way: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(world)
    day = agreed_in(world, 5)
    (reminder,) = waiting("reminder")
    assert reminder.person == world.people["ben"] and reminder.path == world.sites["bel-dlo"].path
    at(monkeypatch, day - dt.timedelta(days=1), 8)
    assert sending.once()["sent"] == 0
    at(monkeypatch, day - dt.timedelta(days=1), 9)
    assert sending.once()["sent"] == 1
    upkeep.rebuild()
    at(monkeypatch, day - dt.timedelta(days=1), 10)
    assert sending.once()["sent"] == 0
    (sent,) = way.got
    assert sent["text"].startswith("We expect you on ") and "Bèl Dlo" in sent["text"] and "STOP" in sent["text"]
    for word in ("Ben", "Course", "depress", "PHQ", "clinic", "nurse"):
        assert word.casefold() not in sent["text"].casefold()


def test_a_nudge_after_a_date_without_a_visit_and_none_after_one(
    world: World, way: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(world)
    agree(world, "dan", address="+509 3700 0002")
    day = agreed_in(world, 1)
    agreed_in(world, 1, "dan")
    at(monkeypatch, day, 12)
    sending.once()
    seen(world, "dan", "nia")
    at(monkeypatch, day + dt.timedelta(days=1), 9)
    sending.once()
    told = [one["to"] for one in way.got if "waited for you" in one["text"]]
    assert told == ["+50937000001"]
    at(monkeypatch, day + dt.timedelta(days=9), 9)
    assert sending.once()["sent"] == 0, "one nudge, not a row of them"


@pytest.mark.parametrize("shared", ["yes", "not_asked"])
def test_on_a_phone_that_others_may_read_not_even_the_place(world: World, shared: str) -> None:
    agree(world, shared=shared)
    agreed_in(world, 5)
    texts = [one.text for one in waiting()]
    assert len(texts) == 2 and not any("Bèl Dlo" in one for one in texts)
    assert all(one.startswith("Please come") for one in texts)


def test_where_violence_is_on_record_the_careful_wording_is_taken(world: World) -> None:
    agree(world)
    agreed_in(world, 5)
    assert any("Bèl Dlo" in one.text for one in waiting())
    risk = safety.raise_concern(by=world.psy, person=world.people["ben"], text="x").id
    safety.check_violence(by=world.psy, person=world.people["ben"], risk=risk, afraid_at_home="yes",
                          family_may_be_called="no")  # fmt: skip
    assert waiting() and not any("Bèl Dlo" in one.text for one in waiting())


def test_a_site_whose_name_tells_is_not_named(world: World) -> None:
    world.sites["bel-dlo"].name = "Sant Sante Mantal Bèl Dlo"
    world.sites["bel-dlo"].save()
    agree(world)
    agreed_in(world, 5)
    assert waiting() and not any("Mantal" in one.text for one in waiting())


def test_in_their_language(world: World) -> None:
    agree(world, language="ht")
    agreed_in(world, 5)
    assert waiting("reminder")[0].text.startswith("Nou ap tann ou ")


def test_a_date_that_moves_takes_its_reminder_along_and_back(world: World) -> None:
    agree(world)
    first = agreed_in(world, 5)
    say(world, "ben", "nia", f.Appointment(next=(first + dt.timedelta(days=3)).isoformat()))
    assert [one.key.split(":")[2] for one in waiting("reminder")] == [str(first + dt.timedelta(days=3))]
    say(world, "ben", "nia", f.Appointment(next=first.isoformat()))
    assert [one.key.split(":")[2] for one in waiting("reminder")] == [str(first)]


def test_what_waits_word_for_word_is_left_alone(world: World) -> None:
    agree(world)
    agreed_in(world, 5)
    stood = list(Outgoing.objects.order_by("key").values())
    with CaptureQueriesContext(connection) as asked:
        say(world, "ben", "nia", f.Note(text="x"))
    about = [one["sql"] for one in asked.captured_queries if "interop_outgoing" in one["sql"]]
    assert len(about) == 1 and about[0].startswith("SELECT"), about
    assert list(Outgoing.objects.order_by("key").values()) == stood and len(stood) == 2


def test_a_new_number_takes_what_waits_and_the_old_one_gets_nothing(world: World) -> None:
    agree(world)
    agreed_in(world, 5)
    agree(world, address="+509 3800 0009")
    assert {one.address for one in waiting()} == {"+50938000009"}


def ended_by_page(world: World, fact: f.Fact) -> None:
    sent = {"do": "end", "address": "+50937000001", "fact_id": make_id()}
    as_worker(world, "kai").post(reverse("reach", args=[world.people["ben"]]), sent)


def ended_by_withdrawal(world: World, fact: f.Fact) -> None:
    care.withdraw(by=world.nia, person=world.people["ben"], fact=fact.id, reason="wrong person")


def ended_by_death(world: World, fact: f.Fact) -> None:
    care.died(by=world.nia, person=world.people["ben"], on=clock.today().isoformat())


def ended_by_text(world: World, fact: f.Fact) -> None:
    deliver(world, "50937000001", "Stop.")


def ended_by_sync(world: World, fact: f.Fact) -> None:
    say(world, "ben", "wim", f.ContactPreference(channel="none"))


@pytest.mark.parametrize("end", [ended_by_page, ended_by_withdrawal, ended_by_death, ended_by_text, ended_by_sync])
def test_the_end_is_at_once_also_for_what_waits(
    world: World, way: Gateway, monkeypatch: pytest.MonkeyPatch, end: object
) -> None:
    fact = agree(world)
    day = agreed_in(world, 5)
    assert len(waiting()) == 2
    (taken,) = outbox.claim("sms", dt.datetime.combine(day, dt.time(12), dt.UTC), 1)
    end(world, fact)  # type: ignore[operator]
    assert waiting() == [] and not Contact.objects.exists()
    assert Outgoing.objects.get(pk=taken.id).state == "cancelled", "also what was taken on and not yet sent"
    at(monkeypatch, day - dt.timedelta(days=1), 9)
    assert sending.once()["sent"] == 0 and way.got == []


def test_two_registrations_that_become_one_are_written_to_once(world: World) -> None:
    agree(world)
    agree(world, "dan")
    agreed_in(world, 5)
    agreed_in(world, 5, "dan")
    assert len(waiting("reminder")) == 2
    care.merge(by=world.nia, person=world.people["dan"], into=world.people["ben"])
    assert [one.person for one in waiting("reminder")] == [world.people["ben"]]


def test_the_page_reads_out_the_very_words_and_ends_in_the_log(world: World) -> None:
    client, url = as_worker(world, "nia"), reverse("reach", args=[world.people["ben"]])
    form = {"agree-drawn": make_id(), "agree-channel": "sms", "agree-address": PHONE, "agree-shared": "no",
            "agree-language": "en", "agree-agreed": "aloud"}  # fmt: skip
    wrong = client.post(url, form | {"agree-address": "my cousin"})
    assert wrong.status_code == 422 and "my cousin" in wrong.content.decode()
    for _ in range(2):
        assert client.post(url, form).status_code == 302
    assert Contact.objects.count() == 1
    day = agreed_in(world, 5)
    assert day
    html = client.get(url).content.decode()
    assert waiting("reminder")[0].text in html.replace("&#x27;", "'")
    assert AccessEntry.objects.filter(route="reach", person=world.people["ben"]).exists()


def key(world: World) -> str:
    return inbound.new_key(by=world.ada, name="phone", site="bel-dlo")


def deliver(world: World, sender: str, text: str, token: str = "", **more: object) -> int:
    sent = {"from": sender, "text": text, **more}
    return (
        Client()
        .post(reverse("inbound"), sent, "application/json", headers={"Authorization": f"Bearer {token or key(world)}"})
        .status_code
    )


def test_without_its_key_nothing_is_taken_and_guessing_ends(world: World) -> None:
    client, url = Client(enforce_csrf_checks=True), reverse("inbound")
    assert client.get(url).status_code == 405
    assert client.post(url, {"from": PHONE, "text": "hello"}).status_code == 401
    with pytest.raises(Refused):
        inbound.new_key(by=world.nia, name="x", site="bel-dlo")
    for _ in range(25):
        last = client.post(url, {"from": PHONE, "text": "x"}, headers={"Authorization": "Bearer wrong"})
    assert last.status_code == 429
    assert not Incoming.objects.exists()
    assert AccessEntry.objects.filter(action="text-received", outcome="refused").count() <= 20
    assert deliver(world, PHONE, "STOP") == 200, "whoever holds the key is heard all the same"


def test_a_key_ends_with_the_next_of_its_name_and_is_stored_nowhere(world: World) -> None:
    old = key(world)
    new = key(world)
    assert deliver(world, PHONE, "x", token=old) == 401
    assert deliver(world, PHONE, "x", token=new) == 200
    assert inbound.key_of(new) is not None and not inbound.InboundKey.objects.filter(digest=new).exists()


def test_a_text_is_kept_once_and_shown_where_it_belongs(world: World) -> None:
    token = key(world)
    agree(world)
    for _ in range(2):
        assert deliver(world, "0050937000001", "Can I come on Friday? My leg hurts", token=token, id="g1") == 200
    (row,) = Incoming.objects.all()
    assert row.person == world.people["ben"] and row.state == "open"
    for who in ("wim", "ada", "max", "ola"):
        assert as_worker(world, who).get(reverse("texts")).status_code == 403
    assert "Friday" not in as_worker(world, "otto").get(reverse("texts")).content.decode()
    client = as_worker(world, "nia")
    html = client.get(reverse("texts")).content.decode()
    assert "Can I come on Friday?" in html and "Ben Course" in html
    assert client.post(reverse("texts"), {"text": row.pk, "note": " "}).status_code == 422
    assert as_worker(world, "otto").post(reverse("texts"), {"text": row.pk, "note": "x"}).status_code == 422
    assert client.post(reverse("texts"), {"text": row.pk, "note": "Rang back: Friday is fine."}).status_code == 302
    assert "Friday" not in client.get(reverse("texts")).content.decode().partition("<main")[2]
    assert AccessEntry.objects.filter(action="text-settled", person=world.people["ben"]).count() == 1
    assert AccessEntry.objects.filter(action="text-received").exists()


def test_a_phone_that_two_people_share_names_neither(world: World) -> None:
    agree(world)
    agree(world, "dan")
    deliver(world, PHONE, "It is me")
    assert Incoming.objects.get().person == ""


@pytest.mark.parametrize(
    "word", ["STOP", "stop!", "Arrêtez", "arret", "Sispann", "No más", "BAJA", "Stop messages please"]
)
def test_stop_in_every_language_ends_all_who_share_the_phone(world: World, word: str) -> None:
    agree(world)
    agree(world, "dan")
    agreed_in(world, 5)
    assert deliver(world, PHONE, word) == 200
    assert not Contact.objects.exists() and waiting() == []
    for who in ("ben", "dan"):
        last = care.chart_of(world.people[who]).live[-1]
        assert (last.body.agreed, last.author) == ("reply", "reply")  # type: ignore[union-attr]
        html = as_worker(world, "kai").get(reverse("chart", args=[world.people[who]])).content.decode()
        assert "No messages any more" in html
    agree(world)
    assert Contact.objects.count() == 1 and len(waiting()) == 2, "who agrees anew is written to again"


@pytest.mark.parametrize("word", ["Please do not stop helping me, I need you all", "rete lakay", "the end is near", ""])
def test_other_words_end_nothing(world: World, word: str) -> None:
    agree(world)
    deliver(world, PHONE, word)
    assert Contact.objects.exists()


def test_more_texts_than_people_write_are_turned_away_but_never_stop(world: World) -> None:
    token = key(world)
    agree(world)
    codes = [deliver(world, PHONE, f"text {number}", token=token) for number in range(inbound.FROM_ONE + 3)]
    assert codes[-1] == 429 and codes.count(200) == inbound.FROM_ONE
    assert deliver(world, PHONE, "STOP", token=token) == 200
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"from": 1}', b"x" * 30_000, b'{"from": "1", "text": "' + b"x" * 5_000_000 + b'"}',
             b'{"from": "1", "text": "\\ud800"}'],
)  # fmt: skip
def test_what_cannot_be_read_is_said(world: World, body: bytes) -> None:
    answer = Client().post(
        reverse("inbound"), body, "application/json", headers={"Authorization": f"Bearer {key(world)}"}
    )
    assert answer.status_code == 400
    assert not Incoming.objects.exists()


def test_characters_that_no_database_holds_are_left_out(world: World) -> None:
    assert deliver(world, f"{PHONE}\0", "hel\0lo" + "x" * 5000) == 200
    row = Incoming.objects.get()
    assert row.text.startswith("hello") and row.text.endswith("[…]") and row.address == PHONE


def test_a_listener_takes_what_it_understands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[inbound.Text] = []
    monkeypatch.setattr(inbound, "listeners", [lambda text: heard.append(text) or "referral"])
    deliver(world, PHONE, "REF 1234", id="g7")
    assert heard[0].path == world.sites["bel-dlo"].path and heard[0].text == "REF 1234"
    assert Incoming.objects.get().outcome == "referral" and Incoming.objects.get().state == "done"


def test_forgotten_is_forgotten(world: World) -> None:
    agree(world)
    agreed_in(world, 5)
    deliver(world, PHONE, "hello")
    deliver(world, PHONE, "STOP")
    agree(world, "dan", address="+509 3700 0002")
    asked = erasure.ask(by=world.nia, person=world.people["ben"], ground=sorted(consent_rules().before_time)[0])
    erasure.decide(by=world.ada, pk=asked.pk, carry_out=True)
    left = [*Outgoing.objects.values_list("address", flat=True), *Incoming.objects.values_list("address", flat=True),
            *Stopped.objects.values_list("address", flat=True)]  # fmt: skip
    assert not [one for one in left if addresses.same(one, PHONE)]
    assert Contact.objects.count() == 1
