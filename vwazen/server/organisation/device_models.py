"""Phones that work offline: whose each is, who let it in, and the codes by which one is let in."""

import hashlib
from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

CLEAR = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # not taken for one another when read aloud or from a screen
CODE_LENGTH = 10
WORKER = settings.AUTH_USER_MODEL


class Device(models.Model):
    """One worker on one phone. Of the token only its digest is kept: it carries 256 random bits.

    What the phone told when it last spoke: `skew_seconds`, how far its clock is ahead of ours (None: never told);
    `content`, the version of the content it has; `unsent`, how many entries wait on it; `free_mb`, its free space.
    `revoked`: it was taken from the worker, by whom and why; it is told to forget everything when it speaks again.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    worker = models.ForeignKey(WORKER, models.PROTECT, related_name="devices")
    name = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    enrolled = models.DateTimeField()
    enrolled_by = models.ForeignKey(WORKER, models.PROTECT, related_name="+")
    revoked = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(WORKER, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    told = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    skew_seconds = models.IntegerField(null=True, blank=True)
    content = models.CharField(max_length=80, blank=True)
    unsent = models.IntegerField(null=True, blank=True)
    free_mb = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "device"
        ordering: ClassVar = ["-enrolled", "id"]
        indexes: ClassVar = [models.Index(fields=["worker", "revoked"], name="device_worker")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(enrolled_by=F("worker")), name="device_not_by_oneself"),
            models.CheckConstraint(
                condition=Q(revoked__isnull=True) | Q(revoked_by__isnull=False) & ~Q(reason=""),
                name="device_revoked_by",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "Phone"

    @staticmethod
    def digest_of(token: str) -> str:
        """What is kept of a token."""
        return hashlib.sha256(token.encode()).hexdigest()


class EnrolmentCode(models.Model):
    """A code of ten letters and figures that lets one phone of one worker in, once, until `expires`.

    The code follows from `id` and the node's own key, so that whoever made it can be shown it again until then; the
    table holds its digest only.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    worker = models.ForeignKey(WORKER, models.PROTECT, related_name="enrolment_codes")
    made_by = models.ForeignKey(WORKER, models.PROTECT, related_name="+")
    made = models.DateTimeField()
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)
    device = models.ForeignKey(Device, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        db_table = "enrolment_code"
        ordering: ClassVar = ["-made"]

    def __str__(self) -> str:
        return "used" if self.used else "unused"

    def open(self, now: datetime) -> bool:
        """Whether a phone may still use it."""
        return self.used is None and now < self.expires

    @property
    def code(self) -> str:
        """As it is shown: two groups of five."""
        text = code_of(self.id)
        return f"{text[:5]}-{text[5:]}"

    @staticmethod
    def digest_of(code: str) -> str:
        """What is kept of a code, however it was typed: small or large letters, with or without the hyphen."""
        plain = "".join(one for one in code.upper() if one.isalnum())
        return salted_hmac("vwazen.enrolment.digest", plain, algorithm="sha256").hexdigest()


def code_of(id_: UUID) -> str:
    """The letters of a code: 49 bits, from its id and this node's key."""
    drawn = int.from_bytes(salted_hmac("vwazen.enrolment.code", str(id_), algorithm="sha256").digest(), "big")
    letters = []
    for _ in range(CODE_LENGTH):
        drawn, at = divmod(drawn, len(CLEAR))
        letters.append(CLEAR[at])
    return "".join(letters)
