"""Signing in: who is refused and how, the lock, the second step, and when sessions end."""

import time
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client, RequestFactory
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests import kept
from tests.world import PASSWORD, World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions
from vwazen.server.organisation.actions import addresses, sign_in
from vwazen.server.organisation.models import RecoveryCode, SecondFactor, SignInAddress, Worker
from vwazen.server.organisation.views.common import address_of

NEW = "seven-hills-and-a-well"


@pytest.fixture
def small(db: None) -> World:
    return kept.organisation()


def give(client: Client, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def entries(**which: Any) -> list[tuple[str, str]]:
    found = AccessEntry.objects.filter(action="sign-in", **which).order_by("id")
    return [(entry.outcome, entry.note) for entry in found]


def code_of(device: SecondFactor, steps: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def with_second_step(worker: Worker) -> tuple[SecondFactor, tuple[str, ...]]:
    device = sign_in.begin_second_factor(by=worker)
    codes = sign_in.confirm_second_factor(by=worker, code=code_of(device))
    device.refresh_from_db()
    # The code just used must not be usable again; the tests go on as if half a minute had passed.
    device.last_t -= 1
    device.save()
    return device, codes


# refused


def test_unknown_wrong_closed_and_inactive_hear_the_same_words(small: World, client: Client) -> None:
    actions.deactivate_worker(by=small.ada, worker=small.otto)
    Worker.objects.filter(username="kai").update(locked_until=timezone.now() + timedelta(minutes=1), failed_sign_ins=5)
    answers = {
        give(client, "nobody.here").content.split(b"<main")[1].replace(b"nobody.here", b"U"),
        give(client, "nia", "wrong").content.split(b"<main")[1].replace(b"nia", b"U"),
        give(client, "kai").content.split(b"<main")[1].replace(b"kai", b"U"),
        give(client, "otto").content.split(b"<main")[1].replace(b"otto", b"U"),
    }
    import re

    assert len({re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer) for answer in answers}) == 1
    assert not signed_in(client)
    assert entries() == [
        ("failed", "unknown-username"),
        ("failed", "wrong-password tries=1"),
        ("failed", "closed"),
        ("failed", "inactive"),
    ]


def test_an_unknown_username_is_written_nowhere(small: World, client: Client) -> None:
    give(client, "my-password-typed-here")
    entry = AccessEntry.objects.latest("id")
    assert "my-password" not in str(vars(entry))


def test_unknown_and_wrong_cost_one_hashing_each(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.contrib.auth.hashers import Argon2PasswordHasher

    costs: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher,
            name,
            lambda self, *values, _real=real, _name=name, **more: (costs.append(_name), _real(self, *values, **more))[
                1
            ],
        )
    for username in ("nobody.here", "nia"):
        costs.clear()
        assert sign_in.by_password(username=username, password="wrong") is None
        assert len(costs) == 1, (username, costs)


def test_the_wait_doubles_from_a_minute_to_a_quarter_of_an_hour() -> None:
    minutes = [wait and wait.total_seconds() / 60 for wait in map(sign_in.wait_after, (0, 4, 5, 6, 7, 8, 9, 10, 999))]
    assert minutes == [None, None, 1, 2, 4, 8, 15, 15, 15]


def test_after_five_wrong_tries_the_right_password_waits_too(small: World, client: Client) -> None:
    for _ in range(5):
        give(client, "nia", "wrong")
    assert not signed_in(client)
    give(client, "nia")
    assert not signed_in(client)
    assert entries()[-2:] == [("failed", "wrong-password tries=5"), ("failed", "closed")]
    Worker.objects.filter(username="nia").update(locked_until=timezone.now() - timedelta(seconds=1))
    give(client, "nia")
    assert signed_in(client)
    assert Worker.objects.get(username="nia").failed_sign_ins == 0


def test_a_manager_unlocks(small: World, client: Client) -> None:
    for _ in range(5):
        give(client, "nia", "wrong")
    actions.unlock(by=small.ada, worker=small.nia)
    give(client, "nia")
    assert signed_in(client)


def test_a_form_from_elsewhere_is_refused(small: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert give(strict, "nia").status_code == 403
    assert not signed_in(strict)


@pytest.mark.parametrize("goal", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_another_sites_address_is_not_followed(small: World, client: Client, goal: str) -> None:
    location = give(client, "nia", next=goal).headers["Location"]
    assert location.startswith("/")
    assert "elsewhere" not in location


def test_signing_out_takes_a_button(small: World, client: Client) -> None:
    client.force_login(small.nia)
    assert client.get("/sign-out/").status_code == 405
    assert signed_in(client)


# allowed


def test_the_right_password_signs_in_whatever_the_case_of_the_name(small: World, client: Client) -> None:
    response = give(client, " NIA ", next="/account/")
    assert response.headers["Location"] == "/account/"
    assert signed_in(client)
    entry = AccessEntry.objects.filter(action="sign-in").latest("id")
    assert (entry.outcome, entry.note, entry.site) == ("allowed", "password", "ht/centre/bel-dlo/")
    assert client.post("/sign-out/").status_code == 302
    assert not signed_in(client)
    assert AccessEntry.objects.filter(action="sign-out", worker_id=str(small.nia.pk)).exists()


def test_a_planted_session_is_not_the_one_signed_in(small: World, client: Client) -> None:
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = session.session_key
    planted = session.session_key
    give(client, "nia")
    assert client.session.session_key != planted
    assert signed_in(client)


# sessions end


def test_a_session_ends_with_deactivation_and_with_a_new_password(small: World, client: Client) -> None:
    client.force_login(small.nia)
    other = Client()
    other.force_login(small.kai)
    actions.deactivate_worker(by=small.ada, worker=small.nia)
    assert not signed_in(client)
    actions.reset_password(by=small.ada, worker=small.kai)
    assert not signed_in(other)
    assert give(client, "kai").status_code == 422, "the old password is gone"


def test_changing_ones_own_password_keeps_this_session_and_ends_the_others(small: World, client: Client) -> None:
    other = Client()
    for one in (client, other):
        one.force_login(small.nia)
    form = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert client.post("/account/password/", form).status_code == 302
    assert signed_in(client)
    assert not signed_in(other)
    assert AccessEntry.objects.filter(action="change-password").latest("id").worker_id == str(small.nia.pk)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"old": "wrong"}, "not your present password"),
        ({"again": "something-else"}, "differ"),
        ({"new": "short", "again": "short"}, "at least 10"),
        ({"new": "password123", "again": "password123"}, "too common"),
        ({"new": PASSWORD, "again": PASSWORD}, "the old one"),
    ],
)
def test_a_password_that_does_not_fit_says_why(
    small: World, client: Client, change: dict[str, str], words: str
) -> None:
    client.force_login(small.nia)
    response = client.post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW} | change)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Worker.objects.get(pk=small.nia.pk).check_password(PASSWORD)


def test_a_one_time_password_opens_only_the_page_that_changes_it(small: World, client: Client) -> None:
    secret = actions.reset_password(by=small.ada, worker=small.nia)
    give(client, "nia", secret)
    assert client.get("/account/").headers["Location"] == "/account/password/"
    assert client.get("/roster/").headers["Location"] == "/account/password/"
    client.post("/account/password/", {"old": secret, "new": NEW, "again": NEW})
    assert signed_in(client)


# the second step


def test_the_second_step_is_asked_and_a_code_counts_once(small: World, client: Client) -> None:
    device, _ = with_second_step(small.pia)
    assert give(client, "pia").headers["Location"] == "/sign-in/code/"
    assert not signed_in(client)
    assert entries() == [], "a right password alone is no sign-in yet"
    right = code_of(device)
    client.post("/sign-in/code/", {"code": right})
    assert signed_in(client)
    assert entries() == [("allowed", "code")]
    other = Client()
    give(other, "pia")
    other.post("/sign-in/code/", {"code": right})
    assert not signed_in(other)


def test_a_wrong_code_is_counted_like_a_wrong_password(small: World, client: Client) -> None:
    with_second_step(small.pia)
    give(client, "pia")
    for _ in range(5):
        response = client.post("/sign-in/code/", {"code": "abc-def"})
        assert response.status_code == 422
    assert Worker.objects.get(pk=small.pia.pk).locked_until is not None
    assert entries()[-1] == ("failed", "wrong-code tries=5")
    give(client, "pia")
    assert entries()[-1] == ("failed", "closed")


def test_the_code_page_without_a_password_leads_back(small: World, client: Client) -> None:
    with_second_step(small.pia)
    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/"
    give(client, "pia")
    actions.reset_password(by=small.ada, worker=small.pia)
    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/", "the password was reset meanwhile"


def test_a_recovery_code_signs_in_once_and_is_stored_as_a_digest(small: World, client: Client) -> None:
    _, codes = with_second_step(small.pia)
    assert len(set(codes)) == 8
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    for expected in (True, False):
        client = Client()
        give(client, "pia")
        client.post("/sign-in/code/", {"code": f" {codes[0].upper()} "})
        assert signed_in(client) is expected
    assert entries()[0] == ("allowed", "recovery-code")


def test_turning_the_second_step_on_and_off_by_the_pages(small: World, client: Client) -> None:
    client.force_login(small.pia)
    other = Client()
    other.force_login(small.pia)
    url = "/account/second-step/"
    assert b"Begin" in client.get(url).content
    client.post(url, {"begin": "1"})
    page = client.get(url).content.decode()
    assert "<svg" in page
    assert "style=" not in page
    assert client.post(url, {"code": "000000x"}).status_code == 422
    device = SecondFactor.objects.get(user=small.pia)
    SecondFactor.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    response = client.post(url, {"code": code_of(device)})
    assert b"not shown again" in response.content
    assert signed_in(client)
    assert not signed_in(other), "sessions from before the second step end"
    assert client.post(url, {"password": "wrong"}).status_code == 422
    assert sign_in.second_factor(small.pia) is not None
    assert client.post(url, {"password": PASSWORD}).status_code == 302
    assert sign_in.second_factor(small.pia) is None
    assert not RecoveryCode.objects.filter(worker=small.pia).exists()
    logged = set(AccessEntry.objects.filter(worker_id=str(small.pia.pk)).values_list("action", flat=True))
    assert {"begin-second-factor", "confirm-second-factor", "remove-second-factor"} <= logged


def test_a_manager_turns_it_off_for_somebody_who_lost_the_phone(small: World, client: Client) -> None:
    with_second_step(small.pia)
    client.force_login(small.nia)
    assert client.post(f"/workers/{small.pia.pk}/second-step/").status_code == 403
    client.force_login(small.ada)
    client.post(f"/workers/{small.pia.pk}/second-step/")
    assert sign_in.second_factor(small.pia) is None
    assert AccessEntry.objects.filter(action="remove-second-factor").latest("id").worker_id == str(small.ada.pk)


# from where


def test_sixty_wrong_tries_close_a_place_for_everybody_there_and_nowhere_else(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few passwords tried on many names: no account closes, so the place does."""
    here, there = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")
    monkeypatch.setattr(sign_in, "make_password", lambda password: "")  # the work is tested above
    for number in range(addresses.MOST - 1):
        give(here, f"nobody.{number}", "wrong")
    assert give(here, "nia").status_code == 302, "a clinic's mistakes keep nobody out"
    here.logout()
    give(here, "nobody.x", "wrong")
    refused = give(here, "kai")
    assert refused.status_code == 422 and b"same place for a quarter of an hour" in refused.content
    assert entries()[-1] == ("failed", "address-closed")
    assert give(there, "kai").status_code == 302
    (row,) = SignInAddress.objects.all()
    assert "203" not in row.pk and len(row.pk) == 64
    SignInAddress.objects.update(since=timezone.now() - addresses.WINDOW)
    assert give(here, "kai").status_code == 302
    other = Client(REMOTE_ADDR="203.0.113.9")
    give(other, "nia", "wrong")
    assert SignInAddress.objects.get().wrong == 1, "what no longer counts is thrown away"


def test_of_ipv6_a_whole_network_is_one_place_and_a_proxy_is_no_place(small: World, settings: Any) -> None:
    now = timezone.now()
    addresses.count_wrong("2001:db8::1", now)
    addresses.count_wrong("2001:db8::ffff", now)
    addresses.count_wrong("", now)
    assert [row.wrong for row in SignInAddress.objects.all()] == [2]
    request = RequestFactory(REMOTE_ADDR="127.0.0.1").get("/", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.7")
    assert address_of(request) == "127.0.0.1", "without a proxy that we know of, anybody may write this header"
    settings.PROXIED = True
    assert address_of(request) == "203.0.113.7"
    assert address_of(RequestFactory(REMOTE_ADDR="127.0.0.1").get("/")) == ""


# the key of the phone


def test_the_key_lies_sealed_and_only_this_node_reads_it_for_this_worker(small: World, settings: Any) -> None:
    device, codes = with_second_step(small.nia)
    stored = TOTPDevice.objects.get(pk=device.pk)
    assert stored.key != device.bin_key.hex() and device.bin_key.hex() not in stored.key
    assert SecondFactor.objects.get(pk=device.pk).bin_key == device.bin_key
    SecondFactor.objects.filter(pk=device.pk).update(user=small.kai)
    assert not SecondFactor.objects.get(pk=device.pk).readable, "a key moved to another account is nothing"
    SecondFactor.objects.filter(pk=device.pk).update(user=small.nia)
    code = code_of(device, 1)
    settings.SECRET_KEY = "another node"
    restored = SecondFactor.objects.get(pk=device.pk)
    assert not restored.readable and not restored.verify_token(code)
    assert sign_in.by_code(worker=small.nia, code=codes[0]) is not None, "recovery codes still open the account"


def test_keys_that_lay_readable_are_sealed_by_the_migration_and_opened_by_going_back(small: World) -> None:
    plain = TOTPDevice.objects.create(user=small.nia, name="phone", key="ab" * 20)
    migration = import_module("vwazen.server.organisation.migrations.0002_sealed_second_factor")
    migration.seal_keys(apps, None)
    device = SecondFactor.objects.get(pk=plain.pk)
    assert device.key != "ab" * 20 and len(device.key) <= 80
    assert device.bin_key == b"\xab" * 20
    assert sign_in.by_code(worker=small.nia, code=code_of(device)) is not None
    migration.open_keys(apps, None)
    assert TOTPDevice.objects.get(pk=plain.pk).key == "ab" * 20
