"""Signing in: who is refused and how, the lock, the second step, and when sessions end."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.world import PASSWORD, World, build_organisation
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions
from vwazen.server.organisation.actions import sign_in
from vwazen.server.organisation.models import RecoveryCode, Worker

NEW = "seven-hills-and-a-well"


@pytest.fixture
def small(db: None) -> World:
    return build_organisation()


def give(client: Client, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def entries(**which: Any) -> list[tuple[str, str]]:
    found = AccessEntry.objects.filter(action="sign-in", **which).order_by("id")
    return [(entry.outcome, entry.note) for entry in found]


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def with_second_step(worker: Worker) -> tuple[TOTPDevice, tuple[str, ...]]:
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
    device = TOTPDevice.objects.get(user=small.pia)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
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
