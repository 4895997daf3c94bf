"""Letting a phone in and taking it away: who may, with what code, who refuses, and what is written down of it."""

import datetime as dt
import re
from typing import Any

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.phones import Phone, enrol, read
from tests.world import World, phq9
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import addresses, devices
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Device, EnrolmentCode, Post, SignInAddress, Worker
from vwazen.server.record.models import Fact, Held

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def as_worker(world: World, who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(world.workers[who])
    return client


def send(code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    answer: Any = Client().post("/sync/enrol", msgspec.json.encode({"code": code}), "application/json", **more)
    return answer.status_code, read(answer)


# who is refused


def test_nobody_makes_a_code_for_whom_they_neither_supervise_nor_manage(world: World) -> None:
    for who in ("nia", "kai", "psy", "pia", "otto", "ola", "wim"):
        with pytest.raises(Refused):
            devices.make_code(by=world.workers[who], worker=world.wim)
    assert devices.make_code(by=world.sue, worker=world.wim).worker == world.wim
    assert devices.make_code(by=world.max, worker=world.wim).worker == world.wim
    refused = AccessEntry.objects.filter(action="make-enrolment-code", outcome=AccessEntry.REFUSED)
    assert refused.count() == 7


def test_who_is_named_as_supervisor_counts_and_not_the_nearest(world: World) -> None:
    world.wim.supervisor = world.kai
    world.wim.save()
    assert devices.make_code(by=world.kai, worker=world.wim).made_by == world.kai
    client = as_worker(world, "kai")
    assert "Their phones" in client.get("/account/").content.decode()
    assert "Walker Wim" in client.get("/phones/").content.decode()
    with pytest.raises(Refused):
        devices.make_code(by=world.sue, worker=world.wim)


def test_nobody_lets_their_own_phone_in(world: World) -> None:
    world.sue.supervisor = world.pia
    world.sue.save()
    for who in ("sue", "max"):
        with pytest.raises(Refused):
            devices.make_code(by=world.workers[who], worker=world.workers[who])


def test_without_a_named_supervisor_there_is_no_phone(world: World) -> None:
    Worker.objects.filter(pk=world.sue.pk).update(is_active=False)
    policy.changed()
    with pytest.raises(Invalid, match="Nobody is named as the supervisor of Walker Wim"):
        devices.make_code(by=world.max, worker=world.wim)
    world.wim.supervisor = world.kai
    world.wim.save()
    devices.make_code(by=world.max, worker=world.wim)


def test_of_two_supervisors_above_none_is_taken_by_itself(world: World) -> None:
    Post(worker=world.pia, role="supervisor", site=world.sites["centre"], starts=dt.date(2020, 1, 1)).save()
    policy.changed()
    with pytest.raises(Invalid, match="Nobody is named"):
        devices.make_code(by=world.max, worker=world.wim)


def test_the_supervisor_nearest_above_is_named_when_nobody_was(world: World) -> None:
    assert world.wim.supervisor is None
    devices.make_code(by=world.max, worker=world.wim)
    assert Worker.objects.get(pk=world.wim.pk).supervisor == world.sue
    entry = AccessEntry.objects.get(action="make-enrolment-code")
    assert f"supervisor={world.sue.pk}" in entry.note


def test_who_has_nothing_to_do_with_a_phone_or_left_gets_none(world: World) -> None:
    with pytest.raises(Invalid, match="no post in which a phone is used"):
        devices.make_code(by=world.max, worker=world.ola)
    Worker.objects.filter(pk=world.wim.pk).update(is_active=False)
    with pytest.raises(Invalid, match="deactivated"):
        devices.make_code(by=world.max, worker=world.wim)


# the code


def test_a_code_counts_once_for_ten_minutes_and_only_the_newest(world: World) -> None:
    old, new = (devices.make_code(by=world.sue, worker=world.wim) for _ in range(2))
    assert send(old.code)[0] == 401
    status, said = send(new.code.lower().replace("-", " "))
    assert status == 200 and said["me"]["name"] == "Walker Wim"
    assert send(new.code)[0] == 401
    late = devices.make_code(by=world.sue, worker=world.wim)
    EnrolmentCode.objects.filter(pk=late.pk).update(expires=timezone.now() - dt.timedelta(seconds=1))
    status, said = send(late.code)
    assert status == 401 and "Ask for a new one" in said["says"] and said["wipe"] is False


def test_whatever_is_wrong_with_a_code_the_words_are_the_same(world: World) -> None:
    used = devices.make_code(by=world.sue, worker=world.wim)
    send(used.code)
    left = devices.make_code(by=world.sue, worker=world.wim)
    Worker.objects.filter(pk=world.wim.pk).update(is_active=False)
    said = {send(code)[1]["says"] for code in (used.code, left.code, "AAAAA-AAAAA", "", "'; --", "x" * 5000)}
    assert len(said) == 1
    for body in (b"", b"[]", b"{}", b'{"code": 5}', b"\xff"):
        answer = Client().post("/sync/enrol", body, "application/json")
        assert answer.status_code == 401


def test_wrong_codes_are_counted_by_place_as_wrong_passwords_are(world: World) -> None:
    good = devices.make_code(by=world.sue, worker=world.wim)
    for number in range(addresses.MOST):
        assert send(f"WRONG{number:05d}")[0] == 401
    status, said = send(good.code)
    assert status == 401 and "quarter of an hour" in said["says"]
    assert SignInAddress.objects.get().wrong == addresses.MOST
    assert send(good.code, REMOTE_ADDR="192.0.2.7")[0] == 200


def test_neither_code_nor_token_stands_in_the_database(world: World) -> None:
    made = devices.make_code(by=world.sue, worker=world.wim)
    _, said = send(made.code)
    row, device = EnrolmentCode.objects.values().get(), Device.objects.values().get()
    assert made.code.replace("-", "") not in repr(row) and said["token"] not in repr(device)
    assert row["device_id"] == device["id"] and str(device["id"]) == said["device"]


# the token


def asks(phone: Phone, token: str | None = None) -> tuple[int, dict[str, Any]]:
    answer = phone.ask("/sync/", phone.request([]), token)
    return answer.status_code, read(answer)


def test_no_token_a_wrong_one_or_another_phones_opens_nothing(world: World) -> None:
    phone, other = enrol(world.wim, world.sue), enrol(world.nia, world.sue)
    bare: Any = Client().post("/sync/", b"{}", "application/json")
    assert bare.status_code == 401 and read(bare)["wipe"] is False
    mine, theirs = f"{phone.device}.{phone.token}", f"{phone.device}.{other.token}"
    for token in ("", "x", f"{phone.device}.", theirs, f"{other.device}.{phone.token}", f"{mine}x", f".{phone.token}",
                  "\0.\0", f"{phone.device}.{'x' * 5000}"):  # fmt: skip
        status, said = asks(phone, token)
        assert (status, said["wipe"]) == (401, False), token
        assert "nothing on it is lost" in said["says"]
    assert Client().get("/sync/content").status_code == 401
    assert asks(phone)[0] == 200


def test_wrong_tokens_are_counted_and_a_right_one_is_taken_all_the_same(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    codes = [asks(phone, f"{phone.device}.{number}")[0] for number in range(addresses.MOST + 3)]
    assert codes.count(401) == addresses.MOST and codes[-1] == 429
    assert AccessEntry.objects.filter(action="sync", outcome=AccessEntry.FAILED).count() == addresses.MOST
    assert asks(phone)[0] == 200


def test_a_session_is_no_token_and_a_token_no_session(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    assert as_worker(world, "nia").post("/sync/", b"{}", "application/json").status_code == 401
    answer = phone.client.get("/today", headers={"Authorization": f"Bearer {phone.device}.{phone.token}"})
    assert answer.status_code == 302


def test_a_phone_taken_away_hands_over_what_it_holds_and_forgets(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    phone.sync()
    assert phone.briefs
    person = phone.register("Gil New")
    phone.save(phone.fact(person, f.Concern(trigger="worker", text="Alone and in despair")))
    phone.save(phone.fact(person, f.Encounter(mode="home")))
    before = Fact.objects.count()
    with pytest.raises(Refused):
        devices.revoke(by=world.nia, device=Device.objects.get(), reason="lost")
    with pytest.raises(Invalid, match="Say why"):
        devices.revoke(by=world.sue, device=Device.objects.get(), reason=" ")
    devices.revoke(by=world.sue, device=Device.objects.get(), reason="stolen on the market")
    said = phone.once()
    assert said["wipe"] and "Speak with your supervisor" in said["says"] and phone.wiped
    assert Fact.objects.count() == before
    held = {one.code: one for one in Held.objects.filter(safety=True)}
    assert Held.objects.filter(code="phone.revoked").count() == 3
    assert "despair" in held["phone.revoked"].raw and "taken away" in held["phone.revoked"].reason
    phone.wiped = False
    again = phone.once()
    assert again["wipe"] and Held.objects.count() == 3
    assert phone.ask("/sync/content", b"").status_code == 405
    got: Any = phone.client.get("/sync/content", headers={"Authorization": f"Bearer {phone.device}.{phone.token}"})
    assert got.status_code == 401 and read(got)["wipe"]
    device = Device.objects.get()
    assert device.told is not None and device.revoked_by == world.sue and device.reason == "stolen on the market"
    done = list(AccessEntry.objects.filter(action__in=("revoke-phone", "forget-phone")).order_by("pk"))
    assert [(one.action, one.outcome) for one in done] == [
        ("revoke-phone", "refused"), ("revoke-phone", "allowed"), ("forget-phone", "allowed")]  # fmt: skip
    with pytest.raises(Invalid, match="already"):
        devices.revoke(by=world.sue, device=device, reason="again")


def test_the_phone_of_who_left_forgets_too(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    phone.sync()
    person = phone.register("Gil New")
    Worker.objects.filter(pk=world.wim.pk).update(is_active=False)
    policy.changed()
    said = phone.once()
    assert said["wipe"] and phone.wiped and Held.objects.filter(code="phone.revoked", person=person).count() == 1


def test_what_a_broken_request_of_a_phone_taken_away_says_is_forgotten_with_it(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    devices.revoke(by=world.sue, device=Device.objects.get(), reason="lost")
    answer = phone.ask("/sync/", b"{broken")
    assert answer.status_code == 401 and read(answer)["wipe"] and read(answer)["kept"] == []


def test_entries_of_an_older_phone_of_the_same_worker_are_taken(world: World) -> None:
    first = enrol(world.wim, world.sue)
    person = first.register("Gil New")
    second = enrol(world.wim, world.sue)
    second.save(*first.unsent.values())
    second.sync()
    assert not second.held and second.briefs[person]["name"] == "Gil New"
    other = enrol(world.nia, world.sue)
    theirs = other.fact(person, f.Encounter(mode="home"))
    second.save(other.fact(person, f.Encounter(mode="home"), author=str(world.wim.pk)), theirs)
    second.sync()
    assert sorted(one.code for one in Held.objects.all()) == ["phone.author", "phone.device"]


# the pages


def test_pages_are_for_supervisors_and_managers_of_that_worker(world: World) -> None:
    at = f"/workers/{world.wim.pk}/phones/"
    for who in ("nia", "kai", "psy", "pia", "otto", "ola", "wim"):
        client = as_worker(world, who)
        assert [client.get(one).status_code for one in ("/phones/", at)] == [403, 403], who
        assert client.post(f"{at}enrol/").status_code == 403, who
    for who in ("sue", "max", "ada"):
        assert as_worker(world, who).get(at).status_code == 200, who
    assert as_worker(world, "sue").get(f"/workers/{world.max.pk}/phones/").status_code == 403
    assert Client().get(at).status_code == 302


def test_a_supervisor_shows_a_code_and_sees_the_phone_come_in_and_takes_it_away(world: World) -> None:
    client, at = as_worker(world, "sue"), f"/workers/{world.wim.pk}/phones/"
    assert "No phone yet" in client.get(at).content.decode()
    shown = client.post(f"{at}enrol/", follow=True)
    page = shown.content.decode()
    code = EnrolmentCode.objects.get().code
    assert code in page and "<svg" in page and 'http-equiv="refresh"' in page and "10 more minutes" in page
    assert as_worker(world, "max").get(shown.redirect_chain[0][0]).status_code == 404, (
        "a code is shown to its maker only"
    )
    status, said = send(code, headers={})
    assert status == 200
    page = client.get(shown.redirect_chain[0][0]).content.decode()
    assert "The phone is in" in page and code not in page and "refresh" not in page
    phone = Phone(world.wim, said["device"], said["token"], said["me"])
    phone.ahead = dt.timedelta(days=3)
    phone.sync()
    listed = client.get("/phones/").content.decode()
    assert "Walker Wim" in listed and "its clock is 3 days ahead" in listed
    done = client.post(f"{at}{said['device']}/take-away/", {"reason": "<b>lost</b>"}, follow=True).content.decode()
    assert "taken away" in done and "&lt;b&gt;lost&lt;/b&gt;" in done and "still holds what it held" in done
    phone.once()
    assert "It has forgotten everything" in client.get(at).content.decode()
    assert client.post(f"{at}{said['device']}/take-away/", {"reason": ""}, follow=True).status_code == 200
    assert client.post(f"{at}{world.wim.pk}/take-away/", {"reason": "x"}).status_code == 404


def test_a_page_opened_at_loopback_says_that_no_phone_finds_it(world: World) -> None:
    client, at = as_worker(world, "sue"), f"/workers/{world.wim.pk}/phones/enrol/"
    assert "vwazen up --lan" in client.post(at, follow=True, headers={"Host": "127.0.0.1:8000"}).content.decode()
    page = client.post(at, follow=True, headers={"Host": "testserver"}).content.decode()
    assert "vwazen up --lan" not in page and re.search(r"http://testserver/phone/", page)


def test_what_a_phone_sends_is_logged_once_with_counts_and_no_words(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    phone.sync()
    person = phone.register("Planted-name")
    phone.save(phone.fact(person, f.Response(instrument="phq-9", version=1, answers=phq9(9))))
    phone.sync()
    phone.sync()
    entries = list(AccessEntry.objects.filter(action="sync").order_by("pk"))
    assert len(entries) == 2, "an answer that brings nothing leaves no line"
    assert "facts=2 new=2 held=0 briefs=1" in entries[1].note and entries[1].worker_id == str(world.wim.pk)
    assert "Planted" not in "".join(one.note + one.worker_name for one in AccessEntry.objects.all())
