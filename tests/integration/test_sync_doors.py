"""The phone's doors: how often one phone may ask, what is said to bodies of any kind, and that nothing of a person
stands in what the server writes to its log of them."""

import gzip
import json
import logging
from typing import Any

import pytest
from django.core.cache import cache

from tests.phones import Phone, enrol, read
from tests.world import World
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.models import Device
from vwazen.server.record.models import Fact, Held
from vwazen.server.sync import machines

pytestmark = pytest.mark.django_db
SECRET = "Zotobre Plantedword"
TYPES = (
    "application/json", "", "text/plain", "text/html; charset=utf-7", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "\x7f" * 300,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    cache.clear()


def ask(phone: Phone, body: bytes, kind: str = "application/json", path: str = "/sync/", **heads: str) -> Any:
    """One request with exactly this body."""
    said = {"Authorization": f"Bearer {phone.device}.{phone.token}"} | heads
    return phone.client.generic("POST", path, body, content_type=kind, headers=said)


def content(phone: Phone) -> Any:
    return phone.client.get("/sync/content", headers={"Authorization": f"Bearer {phone.device}.{phone.token}"})


# how often


def test_a_phone_in_a_circle_is_told_to_wait_and_what_it_brings_stays_with_it(
    world: World, phone: Phone, settings: Any
) -> None:
    settings.PHONE_ASKS = 5
    cache.clear()
    fact = phone.fact(world.people["ben"], f.Encounter(mode="home"))
    phone.save(fact)
    before = AccessEntry.objects.count()
    codes = [phone.ask("/sync/", phone.request([])).status_code for _ in range(8)]
    assert codes == [200] * 5 + [429] * 3
    answer = phone.ask("/sync/", phone.request([fact]))
    assert answer.status_code == 429 and answer["Retry-After"] == "60"
    assert "Nothing is lost" in read(answer)["says"] and not read(answer)["wipe"]
    assert content(phone).status_code == 429
    assert not Fact.objects.filter(pk=fact.id).exists() and not Held.objects.exists()

    cache.clear()  # a minute later
    phone.sync()
    assert Fact.objects.filter(pk=fact.id).exists() and not phone.unsent
    rows = [one for one in AccessEntry.objects.order_by("pk")[before:] if one.outcome == AccessEntry.FAILED]
    assert [(one.action, one.worker_id, one.note) for one in rows] == [
        ("sync", str(world.wim.pk), f"device={phone.device} too-often")
    ], "once, and not once for each"


def test_no_other_phone_waits_for_one_in_a_circle_and_no_stranger_makes_one_wait(
    world: World, phone: Phone, settings: Any
) -> None:
    settings.PHONE_ASKS = 3
    cache.clear()
    other = enrol(world.nia, world.sue)
    for _ in range(20):
        ask(phone, phone.request([]))
        wrong = phone.client.post("/sync/", b"{}", "x", headers={"Authorization": f"Bearer {other.device}.wrong"})
        assert wrong.status_code == 401
    assert ask(phone, phone.request([])).status_code == 429
    assert other.ask("/sync/", other.request([])).status_code == 200


def test_a_phone_taken_away_is_told_so_within_the_limit(world: World, phone: Phone, settings: Any) -> None:
    settings.PHONE_ASKS = 3
    cache.clear()
    devices.revoke(by=world.sue, device=Device.objects.get(), reason="lost")
    assert [ask(phone, phone.request([])).status_code for _ in range(5)] == [401] * 3 + [429] * 2


def test_a_day_of_a_phone_is_far_from_the_limit(world: World, settings: Any) -> None:
    phone = enrol(world.wim, world.sue)
    for at in range(200):
        phone.save(phone.fact(world.people["ben"], f.Encounter(mode="home", minutes=at)))
    phone.sync()  # everything at once, a batch at a time
    asked = machines._counted(f"asked:{phone.device}", machines.MINUTE) - 1
    assert 4 <= asked <= settings.PHONE_ASKS / 10


# what comes, and what is written of it


def bodies(phone: Phone, world: World) -> list[bytes]:
    """With the word planted: entries that are held for each reason, and bodies of which nothing can be read."""
    said = json.loads(f.encode(phone.fact(world.people["ben"], f.Note(text=SECRET, segment="general"))))
    entries = [
        said | {"id": "x"}, said | {"author": SECRET}, said | {"site": SECRET}, said | {"person": SECRET},
        said | {"occurred": SECRET}, said | {"device": SECRET}, said | {"body": {"kind": SECRET}}, SECRET, [SECRET],
        said | {"body": {"kind": "note", "text": SECRET, "segment": SECRET}},
        said | {"body": {"kind": "response", "instrument": SECRET, "version": 1, "answers": {SECRET: SECRET}}},
        said | {"amends": SECRET}, said | {"person": world.people["ann"], "source": {"system": SECRET}},
    ]  # fmt: skip
    whole = {"v": 2, "now": "2026-11-22T10:00:00Z", "turn": phone.turn}
    made = [json.dumps(whole | {"facts": [one]}).encode() for one in entries]
    made.append(json.dumps(whole | {"facts": [], "content": SECRET, "me": SECRET, "whole": [SECRET]}).encode())
    made += [made[0][:-9], b"[" * 5_000 + SECRET.encode(), SECRET.encode("utf-16"), SECRET.encode() * 100_000]
    return made


def test_of_whatever_a_phone_brings_no_word_stands_in_the_log(
    world: World, phone: Phone, settings: Any, caplog: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    settings.PHONE_ASKS = 10_000
    caplog.set_level(logging.DEBUG)
    codes = set()
    for body in bodies(phone, world):
        for kind in TYPES:
            codes.add(ask(phone, body, kind).status_code)
        packed = gzip.compress(body)
        for sent in (packed, packed[:-5], packed[:20], packed + b"x", body):
            codes.add(ask(phone, sent, **{"Content-Encoding": "gzip"}).status_code)
        for path in ("/sync/enrol", "/sync/node/", "/sync/node/enrol"):
            codes.add(ask(phone, body, path=path).status_code)
    assert codes <= {200, 400, 401, 409, 413, 429} and {200, 400, 413} <= codes
    told = caplog.text + "".join(capfd.readouterr())
    assert told, "it was listened to"
    for word in SECRET.split():
        assert word not in told
        for entry in AccessEntry.objects.all():
            assert word not in f"{entry.note}{entry.action}{entry.purpose}{entry.route}{entry.person}{entry.site}"
    # Whoever wrote it was there: it waits for somebody to look at it, whole.
    assert Held.objects.filter(raw__contains=SECRET).count() >= 10
    unread = Held.objects.filter(code="phone.unreadable")
    assert unread.count() and set(unread.values_list("segment", flat=True)) == {"therapy-notes"}


def test_the_kind_of_a_body_changes_nothing(world: World, phone: Phone) -> None:
    """A page elsewhere can make a browser send some kinds without asking; none of them brings the key along."""
    for at, kind in enumerate(TYPES):
        fact = phone.fact(world.people["ben"], f.Encounter(mode="home", minutes=at))
        answer = ask(phone, phone.request([fact]), kind)
        assert answer.status_code == 200 and read(answer)["receipts"][0][1] == "new", kind
        assert phone.client.generic("POST", "/sync/", phone.request([fact]), content_type=kind).status_code == 401
