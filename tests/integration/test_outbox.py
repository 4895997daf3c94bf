"""The outbox: nothing lost, nothing in the night, nothing twice that a gateway could know, and who sees what failed."""

import datetime as dt
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from tests import gateways as fake
from tests import kept
from tests.gateways import Gateway
from tests.world import World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.interop import gateways, outbox, sending
from vwazen.server.interop.models import Outgoing
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock

PHONE = "+509 3700 0001"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Now:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> dt.datetime:
        return self.at

    def on(self, **passed: float) -> None:
        self.at += dt.timedelta(**passed)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    moving = Now()
    monkeypatch.setattr(clock, "now", moving)
    return moving


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.HOME = tmp_path  # type: ignore[attr-defined]
    settings.SYNTHETIC = False  # type: ignore[attr-defined]
    sending._rests.clear()
    monkeypatch.setattr(gateways, "SECONDS", 1)
    return tmp_path


@pytest.fixture
def way(home: Path) -> Iterator[Gateway]:
    with fake.gateway() as one:
        fake.written(home, fake.over(one))
        yield one


def queue(key: str = "k1", **more: object) -> bool:
    fields: dict[str, object] = {
        "channel": "sms", "address": PHONE, "text": "Please come on 24 November, or call us.", "about": "reminder",
        "path": "ht/centre/bel-dlo/", "quiet": (0, 0),
    }  # fmt: skip
    return outbox.queue(key=key, **(fields | more))  # type: ignore[arg-type]


def state(key: str = "k1") -> tuple[str, str, int]:
    row = Outgoing.objects.get(key=key)
    return row.state, row.error, row.tries


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


@pytest.mark.parametrize("who", ["max", "sue", "pia", "nia", "kai", "wim", "psy", "ola", "otto"])
def test_only_who_keeps_the_machine_sees_the_outbox(world: World, who: str) -> None:
    expected = 200 if who == "max" else 403
    assert as_worker(world, who).get(reverse("outbox")).status_code == expected
    queue()
    row = Outgoing.objects.get()
    sent = as_worker(world, who).post(reverse("outbox"), {"do": "cancel", "message": row.pk})
    assert sent.status_code == (302 if who == "max" else 403)
    assert state()[0] == ("cancelled" if who == "max" else "waiting")


def test_a_message_of_elsewhere_is_not_there(world: World) -> None:
    queue(path="other/")
    html = as_worker(world, "ada").get(reverse("outbox") + "?state=waiting").content.decode()
    assert "Nothing here" in html
    with pytest.raises(Invalid, match="no such message"):
        outbox.cancel(by=world.ada, message=Outgoing.objects.get().pk)


def test_the_page_says_why_and_shows_nobody(world: World, now: Now, way: Gateway) -> None:
    way.mode = "400"
    queue(person=world.people["ben"])
    assert sending.once() == {"sent": 0, "again": 0, "failed": 1}
    html = as_worker(world, "ada").get(reverse("outbox")).content.decode()
    assert "A reminder of a date" in html and "the other side said http 400" in html
    for hidden in ("3700", "24 November", "Ben", world.people["ben"]):
        assert hidden not in html


@pytest.mark.parametrize("text", [
    "Your mental health visit is on 24 November.", "Come to the psychiatric ward.", "Your PHQ-9 is due.",
    "Take your fluoxetine.", "About your depression: please call.", "Rendez-vous en santé mentale.",
    "Randevou sante mantal.", "Cita de psiquiatría.", "Your HIV result.", "Pran medikaman ou.", "Your CLOPIXOL is in.",
])  # fmt: skip
@pytest.mark.django_db
def test_a_text_that_tells_is_refused_whoever_wrote_it(text: str) -> None:
    with pytest.raises(Invalid, match="too much"):
        queue(text=text)
    assert not Outgoing.objects.exists()


@pytest.mark.parametrize("address", ["", "12", "call me", "+509 3700 0001 ext", "a@b"])
@pytest.mark.django_db
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        queue(address=address)


@pytest.mark.django_db(transaction=True)
def test_queued_in_the_transaction_of_what_it_tells_of() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert not Outgoing.objects.exists()


@pytest.mark.django_db
def test_it_goes_once_with_its_key(now: Now, way: Gateway) -> None:
    assert queue()
    assert queue(), "the same key again is the same message"
    assert sending.once()["sent"] == 1 and sending.once()["sent"] == 0
    row = Outgoing.objects.get()
    assert way.got == [{"to": "+50937000001", "text": "Please come on 24 November, or call us.", "ref": row.pk}]
    assert way.keys == [row.pk] and row.provider_id == "m1" and row.state == "sent"
    assert not queue(), "sent is sent"
    assert sending.once()["sent"] == 0 and len(way.got) == 1


@pytest.mark.django_db
def test_without_a_gateway_it_waits_and_the_page_says_so(now: Now, world: World) -> None:
    queue()
    assert sending.once() == {"sent": 0, "again": 0, "failed": 0}
    assert state() == ("waiting", "", 0)
    html = as_worker(world, "ada").get(reverse("outbox")).content.decode()
    assert "No way out for text message, recorded call, mail" in html


@pytest.mark.parametrize(("mode", "code"), [
    ("500", "http-500"), ("429", "http-429"), ("401", "http-401"), ("404", "http-404"), ("hang", "timeout"),
    ("cut", "no-answer"), ("twice", "no-name"), ("odd", "no-name"), ("redirect", "http-302"),
])  # fmt: skip
@pytest.mark.django_db
def test_what_may_work_later_is_tried_later_with_the_same_key(now: Now, way: Gateway, mode: str, code: str) -> None:
    queue()
    way.mode = mode
    assert sending.once()["again"] == 1
    assert state() == ("waiting", code, 1)
    way.mode = "200"
    assert sending.once()["sent"] == 0, "not before its time"
    now.on(minutes=2)
    assert sending.once()["sent"] == 1
    assert len(set(way.keys)) == 1, "whoever took it the first time can see that it is the same"


@pytest.mark.django_db
def test_given_up_visibly_and_tried_again_by_a_person(now: Now, way: Gateway, world: World) -> None:
    queue()
    way.mode = "503"
    for _ in range(outbox.MOST_TRIES):
        sending._rests.clear()
        sending.once()
        now.on(hours=5)
    assert state() == ("failed", "http-503", outbox.MOST_TRIES)
    way.mode = "200"
    sending._rests.clear()
    assert sending.once()["sent"] == 0, "what failed stays failed until somebody says otherwise"
    as_worker(world, "ada").post(reverse("outbox"), {"do": "again", "message": Outgoing.objects.get().pk})
    assert sending.once()["sent"] == 1
    done = AccessEntry.objects.filter(action="retry-message").get()
    assert (done.worker_name, done.site, done.outcome) == ("Administrator Ada", "ht/centre/bel-dlo/", "allowed")


@pytest.mark.django_db
def test_a_gateway_that_is_down_is_asked_by_one_message_at_a_time(now: Now, way: Gateway) -> None:
    for number in range(40):
        queue(f"k{number:02}")
    way.mode = "503"
    ticks = [0.0]
    sending.once(ticks=lambda: ticks[0])
    tried = Outgoing.objects.exclude(tries=0).count()
    assert tried == sending.DOWN_AFTER, "the others keep their tries for a day on which it works"
    sending.once(ticks=lambda: ticks[0])
    assert Outgoing.objects.exclude(tries=0).count() == tried
    ticks[0] += sending.LONGEST_REST + 1
    now.on(minutes=1)
    sending.once(ticks=lambda: ticks[0])
    assert sum(Outgoing.objects.values_list("tries", flat=True)) == tried + 1
    ticks[0] += sending.LONGEST_REST + 1
    way.mode = "200"
    now.on(hours=5)
    sending.once(ticks=lambda: ticks[0])
    assert Outgoing.objects.filter(state="sent").count() == 40
    assert len(way.got) == 40


@pytest.mark.django_db
def test_nothing_goes_out_in_quiet_hours_also_not_a_second_try(now: Now, way: Gateway) -> None:
    now.at = NOON.replace(hour=19, minute=59)
    queue(quiet=(20, 7))
    way.mode = "503"
    sending.once()
    now.on(hours=3)
    way.mode = "200"
    assert sending.once()["sent"] == 0
    now.at = (NOON + dt.timedelta(days=1)).replace(hour=6, minute=59)
    assert sending.once()["sent"] == 0
    now.on(minutes=1)
    assert sending.once()["sent"] == 1


@pytest.mark.parametrize(("start", "end", "hour", "until"), [
    (20, 7, 12, None), (20, 7, 20, (21, 7)), (20, 7, 6, (20, 7)), (20, 7, 7, None), (9, 17, 10, (20, 17)),
    (9, 17, 17, None), (0, 0, 3, None),
])  # fmt: skip
def test_when_quiet_hours_end(start: int, end: int, hour: int, until: tuple[int, int] | None) -> None:
    found = outbox.quiet_until(start, end, NOON.replace(hour=hour))
    assert (found and (found.day, found.hour)) == until


@pytest.mark.django_db
def test_what_would_come_too_late_is_not_sent_and_says_so(now: Now, way: Gateway) -> None:
    assert not queue(expires=NOON), "its day has passed before it begins"
    queue(expires=NOON + dt.timedelta(hours=1), not_before=NOON + dt.timedelta(minutes=30))
    assert sending.once()["sent"] == 0
    now.on(hours=2)
    assert sending.once()["sent"] == 0
    assert state()[:2] == ("failed", "too-late")
    assert way.got == []


@pytest.mark.django_db
def test_stop_ends_what_waits_and_what_would_come_however_the_number_is_written(now: Now, way: Gateway) -> None:
    queue()
    assert outbox.stop("0050937000001") == 1
    assert state()[:2] == ("cancelled", "stopped")
    assert not queue("k2", address="3700-0001")
    outbox.open_again(PHONE)
    assert queue("k2") and queue("k1")
    assert sending.once()["sent"] == 2


@pytest.mark.django_db
def test_what_somebody_cancelled_does_not_come_back(world: World, now: Now, way: Gateway) -> None:
    queue()
    outbox.cancel(by=world.ada, message=Outgoing.objects.get().pk)
    assert not queue()
    assert sending.once()["sent"] == 0


@pytest.mark.django_db
def test_a_stopped_process_gives_its_messages_back(now: Now, way: Gateway) -> None:
    queue()
    assert len(outbox.claim("sms", now.at, 4)) == 1
    assert outbox.claim("sms", now.at, 4) == [], "nobody else takes it meanwhile"
    sending.once()
    assert state()[0] == "sending"
    now.on(minutes=6)
    assert sending.once()["sent"] == 1


@pytest.mark.django_db
def test_a_lease_that_ended_writes_nothing(now: Now) -> None:
    queue()
    (old,) = outbox.claim("sms", now.at, 1)
    now.on(minutes=6)
    outbox.sweep(now.at)
    (new,) = outbox.claim("sms", now.at, 1)
    outbox.missed(old, "timeout", now.at, final=True)
    outbox.went(old, "old", now.at)
    assert state()[0] == "sending"
    outbox.went(new, "new", now.at)
    assert Outgoing.objects.get().provider_id == "new"


@pytest.mark.django_db
def test_mail_goes_by_its_server_and_waits_while_that_is_down(now: Now, home: Path) -> None:
    queue(channel="mail", address="Somebody@Example.org")
    queue("k2", channel="mail", address="nobody@example.org")
    with fake.mail_server() as (port, got):
        fake.written(home, f"mail: {{host: 127.0.0.1, port: {port}, security: none, sender: clinic@example.org}}\n")
        assert sending.once() == {"sent": 1, "again": 0, "failed": 1}
        assert state("k2")[:2] == ("failed", "smtp-550")
        (mail,) = got
        assert "To: somebody@example.org" in mail and "Please come on 24 November" in mail
        assert f"Message-ID: <{Outgoing.objects.get(key='k1').pk}@example.org>" in mail
    queue("k3", channel="mail", address="somebody@example.org")
    assert sending.once()["again"] == 1
    assert state("k3") == ("waiting", "no-connection", 1)


@pytest.mark.django_db
def test_on_a_node_of_invented_people_nothing_leaves_the_machine(
    now: Now, way: Gateway, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SYNTHETIC = True  # type: ignore[attr-defined]
    queue()
    assert sending.once()["sent"] == 1
    assert way.got == [] and "Please come on 24 November" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "why"), [
    ("sms: {url: 'http://gateway.example/x'}", "encryption"),
    ("sms: {url: 'https://{to}.example/x'}", "host of an address"),
    ("mail: {host: mail.example, sender: a@b.example, security: none}", "encryption"),
    ("sms: {adress: x}", "gateways.yaml"), ("sms: [", "gateways.yaml"),
])  # fmt: skip
def test_a_file_that_would_leak_or_cannot_be_read_is_refused(home: Path, text: str, why: str) -> None:
    fake.written(home, text)
    with pytest.raises(Invalid, match=why):
        gateways.read(home)


def test_a_file_that_others_can_read_is_refused(home: Path) -> None:
    fake.written(home, "sms: {url: 'https://gateway.example/x'}")
    (home / "gateways.yaml").chmod(0o644)
    with pytest.raises(Invalid, match="chmod 600"):
        gateways.read(home)


@pytest.mark.django_db
def test_what_stands_in_a_text_is_not_filled_in_again(now: Now, home: Path) -> None:
    with fake.gateway() as one:
        fake.written(home, f"sms: {{url: '{one.url}?n={{to}}', form: true, send: {{t: '{{text}}'}}}}")
        queue(text="Call {to} & {id}=1\r\nX: y")
        assert sending.once()["sent"] == 1
        assert one.got == [{"raw": "t=Call+%7Bto%7D+%26+%7Bid%7D%3D1%0D%0AX%3A+y"}]
        assert one.paths == ["/send?n=%2B50937000001"]


def killed(work: Callable[[], object], after: float) -> None:
    """Run in a process of its own, and kill it with SIGKILL after so many seconds."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_nothing_is_lost_and_little_is_in_doubt(way: Gateway) -> None:
    kept.organisation()
    many, kills = 60, 8
    for number in range(many):
        queue(f"k{number:02}")
    way.slow = 0.02
    for number in range(kills):
        killed(sending.once, 0.05 + number * 0.02)
        Outgoing.objects.filter(state="sending").update(leased=clock.now() - 2 * outbox.LEASE)
    sending.once()
    assert Outgoing.objects.filter(state="sent").count() == many
    assert len(set(way.keys)) == many, "lost"
    twice = len(way.keys) - many
    assert twice <= kills * sending.TOGETHER, "more than one round of each kill went out again"
