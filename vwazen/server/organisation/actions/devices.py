"""Phones: a supervisor shows a code, the phone of the worker is let in by it, and can be taken away again.

Nobody lets their own phone in, and nobody without a named supervisor has one: somebody answers for what is asked and
done far from everyone, and shows the code to the worker they know by face.
"""

import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from vwazen.server.audit.actions import attempt, log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import addresses
from vwazen.server.organisation.actions.common import filed_at, locked_worker, require_over
from vwazen.server.organisation.device_models import Device, EnrolmentCode, code_of
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.find import supervisor_of
from vwazen.server.organisation.models import Worker

VALID = timedelta(minutes=10)
USES = ("register_person", "ask", "record_care")  # who may do none of these has nothing to do with a phone
_BAD_CODE = "This code does not work: it was used, it is older than ten minutes, or it was mistyped. Ask for a new one."


def may_keep_phones(by: Worker, worker: Worker) -> bool:
    """Whether `by` may let phones of this worker in and take them away: who manages them, or supervises them."""
    try:
        require_phones(by, worker)
    except Refused:
        return False
    return True


def require_phones(by: Worker, worker: Worker) -> None:
    """Raise `Refused` unless `by` is the worker's supervisor or manages them, and somebody else."""
    chief = supervisor_of(worker)
    if by.pk != worker.pk and chief is not None and chief.pk == by.pk and by.is_active:
        return
    require_over(by, worker)


def supervises(by: Worker) -> bool:
    """Whether anybody is named as supervised by this worker, or they keep a place's roster, as supervisors do."""
    return policy.can(by, "manage_roster") or by.supervises.filter(is_active=True).exists()


def make_code(*, by: Worker, worker: Worker) -> EnrolmentCode:
    """A code by which one phone of this worker is let in within ten minutes; older ones of theirs end.

    Where nobody was named as the worker's supervisor, the one nearest above them is named now.
    """
    with attempt(by=by, action="make-enrolment-code", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        require_phones(by, worker)
        fresh = locked_worker(worker)
        if not fresh.is_active:
            raise Invalid(f"{fresh.name} is deactivated, so no phone can be enrolled.")
        if not any(policy.can(fresh, right) for right in USES):
            raise Invalid(f"{fresh.name} has no post in which a phone is used: give a post first.")
        chief = supervisor_of(fresh)
        if chief is None:
            raise Invalid(
                f"Nobody is named as the supervisor of {fresh.name}. Name one on the page of {fresh.name} first: "
                "whoever works alone with a phone has somebody to call."
            )
        if fresh.supervisor_id != chief.pk:
            fresh.supervisor = chief
            fresh.save(update_fields=["supervisor"])
            entry.note += f" supervisor={chief.pk}"
        now = timezone.now()
        EnrolmentCode.objects.filter(worker=fresh, used__isnull=True, expires__gt=now).update(expires=now)
        id_ = uuid4()
        made = EnrolmentCode.objects.create(
            id=id_,
            digest=EnrolmentCode.digest_of(code_of(id_)),
            worker=fresh,
            made_by=by,
            made=now,
            expires=now + VALID,
        )
    policy.changed()
    return made


def enrol(*, code: str, name: str = "", address: str = "") -> tuple[Device, str]:
    """Let a phone in by its code; the device and its token, which is given once and kept nowhere.

    Wrong codes are counted by the address they come from, as wrong passwords are. Raises `Invalid` with the same
    words whatever is wrong with the code.
    """
    now = timezone.now()
    if addresses.closed(address, now):
        raise Invalid("Too many wrong tries came from here. Wait a quarter of an hour, then ask for a new code.")
    digest = EnrolmentCode.digest_of(code)
    with transaction.atomic():
        row = EnrolmentCode.objects.select_for_update().filter(digest=digest).first()
        worker = Worker.objects.select_for_update().get(pk=row.worker_id) if row is not None else None
        if row is not None and worker is not None and row.open(now) and worker.is_active:
            token = secrets.token_urlsafe(32)
            device = Device.objects.create(
                worker=worker, name=name.strip()[:80], digest=Device.digest_of(token), enrolled=now,
                enrolled_by=row.made_by, last_seen=now,
            )  # fmt: skip
            row.used, row.device = now, device
            row.save(update_fields=["used", "device"])
            log(by=worker, action="enrol-phone", site=filed_at(worker), note=f"device={device.pk} by={row.made_by_id}")
            return device, token
    addresses.count_wrong(address, now)
    log(by=None, action="enrol-phone", outcome=AccessEntry.FAILED, note="wrong-code")
    raise Invalid(_BAD_CODE, field="code")


def revoke(*, by: Worker, device: Device, reason: str) -> Device:
    """Take a phone away from its worker: it is told to forget everything when it next speaks, and nothing before."""
    worker = device.worker
    with attempt(by=by, action="revoke-phone", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk} device={device.pk}"
        require_phones(by, worker)
        if not reason.strip():
            raise Invalid("Say why: lost, stolen, broken, given to somebody else, left.", field="reason")
        fresh = Device.objects.select_for_update().get(pk=device.pk)
        if fresh.revoked is not None:
            raise Invalid(f"This phone was taken away on {fresh.revoked:%d %b %Y} already. Nothing was changed.")
        fresh.revoked, fresh.revoked_by, fresh.reason = timezone.now(), by, reason.strip()[:300]
        fresh.save(update_fields=["revoked", "revoked_by", "reason"])
    return fresh


def heard(
    *, device: Device, now: datetime, skew_seconds: int | None, content: str, unsent: int | None, free_mb: int | None
) -> None:  # fmt: skip
    """What a phone told of itself as it spoke. Kept for the page of its worker; no right hangs on it."""
    Device.objects.filter(pk=device.pk).update(
        last_seen=now, skew_seconds=skew_seconds, content=content[:80], unsent=unsent, free_mb=free_mb
    )


def told_to_forget(*, device: Device, now: datetime) -> None:
    """A phone that was taken away has asked, and was told to forget everything; written down the first time."""
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, told__isnull=True).update(told=now):
            log(by=device.worker, action="forget-phone", site=filed_at(device.worker), note=f"device={device.pk}")
