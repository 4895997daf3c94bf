"""Signing in, the lock after wrong tries, own passwords, and the second factor.

Wrong tries: the fifth and every later one closes the account for a while, a minute at first, twice as long each
time, a quarter of an hour at most, so that nobody can keep a colleague out for a day. These are our defaults. Wrong
tries from one place count too, whosever name they are for: see `addresses`. Whoever is refused hears the same words
after the same work, whether the name is unknown, closed or mistyped.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from vwazen.server.audit.actions import attempt, log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import addresses
from vwazen.server.organisation.actions.common import drawn, filed_at, locked_worker, require_over
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import RecoveryCode, SecondFactor, Worker

FREE_TRIES = 4
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
RECOVERY_CODES = 8


def _site_of(worker: Worker | None) -> str:
    """Where a sign-in is filed in the log: at the worker's oldest post of today."""
    held = policy.posts(worker) if worker is not None else ()
    return held[0].site.path if held else ""


def _failed(worker: Worker | None, code: str) -> None:
    log(by=worker, action="sign-in", site=_site_of(worker), outcome=AccessEntry.FAILED, note=code)


def wait_after(failed: int) -> timedelta | None:
    """How long an account is closed after so many wrong tries in a row; None for the first four."""
    if failed <= FREE_TRIES:
        return None
    doublings = min(failed - FREE_TRIES - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _count_wrong(worker: Worker, code: str, now: datetime) -> None:
    with transaction.atomic():
        fresh = locked_worker(worker)
        fresh.failed_sign_ins = min(fresh.failed_sign_ins + 1, 1000)
        wait = wait_after(fresh.failed_sign_ins)
        fresh.locked_until = now + wait if wait else None
        fresh.save(update_fields=["failed_sign_ins", "locked_until"])
        _failed(fresh, f"{code} tries={fresh.failed_sign_ins}")


def _closed(worker: Worker, now: datetime) -> bool:
    return worker.locked_until is not None and worker.locked_until > now


def by_password(*, username: str, password: str, address: str = "") -> Worker | None:
    """The worker whose name and password these are, or None (logged) where they are not or the account is closed.

    The password is checked outside any transaction, since that takes a tenth of a second and SQLite has one writer.
    Where a second factor is set, the sign-in is complete only after `by_code`. `address`: where it is tried from.
    """
    now = timezone.now()
    worker = Worker.objects.filter(username=username.strip().lower()).first()
    shut = addresses.closed(address, now)
    if worker is None or not worker.is_active or shut or _closed(worker, now):
        make_password(password)
        code = "unknown-username" if worker is None else "closed" if worker.is_active else "inactive"
        _failed(worker, "address-closed" if shut else code)
        addresses.count_wrong(address, now)
        return None
    if not worker.check_password(password):
        _count_wrong(worker, "wrong-password", now)
        addresses.count_wrong(address, now)
        return None
    if second_factor(worker) is None:
        _complete(worker, "password")
    return worker


def _complete(worker: Worker, means: str) -> None:
    with transaction.atomic():
        fresh = locked_worker(worker)
        fresh.failed_sign_ins, fresh.locked_until = 0, None
        fresh.save(update_fields=["failed_sign_ins", "locked_until"])
        log(by=fresh, action="sign-in", site=_site_of(fresh), note=means)


def by_code(*, worker: Worker, code: str, address: str = "") -> SecondFactor | None:
    """The device whose code this is, or that a recovery code stands in for; None (counted and logged) otherwise."""
    now = timezone.now()
    device = second_factor(worker)
    typed = "".join(code.split())
    if device is None or not worker.is_active or _closed(worker, now) or addresses.closed(address, now):
        _failed(worker, "closed")
        return None
    with transaction.atomic():
        right = _fits(device, typed)
        means = "code"
        if not right:
            means = "recovery-code"
            unused = RecoveryCode.objects.filter(worker=worker, digest=RecoveryCode.digest_of(typed), used__isnull=True)
            right = unused.update(used=now) == 1
    if not right:
        _count_wrong(worker, "wrong-code", now)
        addresses.count_wrong(address, now)
        return None
    _complete(worker, means)
    return device


def signed_out(*, by: Worker) -> None:
    """Log that somebody signed out."""
    log(by=by, action="sign-out", site=_site_of(by))


def change_password(*, by: Worker, old: str, new: str) -> Worker:
    """Change one's own password; other sessions end. Raises `Invalid` with what the new one lacks."""
    if not by.check_password(old):
        _count_wrong(by, "wrong-password", timezone.now())
        raise Invalid("This is not your present password. Type it again.", field="old")
    if old == new:
        raise Invalid("The new password is the old one. Choose another.", field="new")
    try:
        validate_password(new, user=by)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="new") from error
    with attempt(by=by, action="change-password", site=_site_of(by)):
        fresh = locked_worker(by)
        fresh.set_password(new)
        fresh.must_change_password = False
        fresh.session_epoch += 1
        fresh.save(update_fields=["password", "must_change_password", "session_epoch"])
    return fresh


def forget_sessions() -> None:
    """Delete sessions that have ended: what somebody searched for last stands in them."""
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    if ended.exists():
        ended.delete()


def second_factor(worker: Worker) -> SecondFactor | None:
    """The confirmed device of a worker, if there is one."""
    found: SecondFactor | None = SecondFactor.objects.filter(user=worker, confirmed=True).first()
    return found


def _fits(device: SecondFactor, typed: str) -> bool:
    """Whether the six digits are the device's now; the device slows down after wrong ones by itself."""
    verify: Callable[[str], bool] = device.verify_token
    return typed.isdecimal() and typed.isascii() and verify(typed)


def begin_second_factor(*, by: Worker) -> SecondFactor:
    """A device to be scanned; it counts for nothing until a code from it is confirmed."""
    if second_factor(by) is not None:
        raise Invalid("Your second step is on already. Turn it off first to use another phone.")
    with attempt(by=by, action="begin-second-factor", site=_site_of(by)):
        SecondFactor.objects.filter(user=by, confirmed=False).delete()
        device: SecondFactor = SecondFactor.objects.create(
            user=by, name="phone", confirmed=False, key=SecondFactor.sealed_key(by)
        )
    return device


def confirm_second_factor(*, by: Worker, code: str) -> tuple[str, ...]:
    """Turn the second step on with a code from the phone; returns the recovery codes, shown once. Sessions end."""
    device = SecondFactor.objects.filter(user=by, confirmed=False).first()
    if device is None:
        raise Invalid("There is no phone waiting to be confirmed. Begin again.")
    if not _fits(device, "".join(code.split())):
        raise Invalid(
            "This code does not fit. Wait for the next one and type its six digits; check that the phone's clock is "
            "right.",
            field="code",
        )
    with attempt(by=by, action="confirm-second-factor", site=_site_of(by)):
        fresh = locked_worker(by)
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = tuple(drawn(4) for _ in range(RECOVERY_CODES))
        RecoveryCode.objects.filter(worker=fresh).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(worker=fresh, digest=RecoveryCode.digest_of(code)) for code in codes
        )
        fresh.session_epoch += 1
        fresh.save(update_fields=["session_epoch"])
    return codes


def remove_second_factor(*, by: Worker, worker: Worker, password: str = "") -> None:
    """Turn the second step off: one's own with one's password, or, for somebody who lost phone and codes, theirs."""
    if by.pk == worker.pk and not by.check_password(password):
        _count_wrong(by, "wrong-password", timezone.now())
        raise Invalid("This is not your password. The second step stays on.", field="password")
    with attempt(by=by, action="remove-second-factor", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        if by.pk != worker.pk:
            require_over(by, worker)
        fresh = locked_worker(worker)
        SecondFactor.objects.filter(user=fresh).delete()
        RecoveryCode.objects.filter(worker=fresh).delete()
        fresh.session_epoch += 1
        fresh.save(update_fields=["session_epoch"])
