"""Who sends ADT messages, and which of them arrived. A message itself is kept only where a person must look at it."""

import hashlib
from typing import ClassVar

from django.db import models


class AdtSender(models.Model):
    """A hospital's system that tells of stays.

    `facility` is what it calls itself (MSH-4); `site` is the site here whose ward it is ("" in `kind`: the class of
    the visit says what kind of stay it is). `system` names its numbers of persons. `zone` and `charset` hold for times
    without an offset and for messages that declare no character set. Of the key for HTTP only the digest is kept; it
    carries 256 random bits. `hosts`: from which addresses its messages come by MLLP, which has no keys of its own.
    """

    id = models.CharField(primary_key=True, max_length=36)
    name = models.CharField(max_length=80)
    facility = models.CharField(max_length=120)
    system = models.CharField(max_length=120)
    site = models.CharField(max_length=50)
    path = models.CharField(max_length=400)
    kind = models.CharField(max_length=14, blank=True)
    zone = models.CharField(max_length=60)
    charset = models.CharField(max_length=20, blank=True)
    hosts = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        db_table = "interop_adt_sender"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["facility"], condition=models.Q(ended__isnull=True), name="adt_sender_facility"
            )
        ]

    @staticmethod
    def digest_of(token: str) -> str:
        """The token is random, so a plain digest cannot be searched."""
        return hashlib.sha256(token.encode()).hexdigest()


class AdtMessage(models.Model):
    """One message that arrived, once: `id` is the digest of its sender and its bytes.

    `outcome` is what became of it; `answer` (AA, AE or AR) is what its sender was told, and is told again if it comes
    again. `seconds` is how long it took from its arrival until it stood on the lists.
    """

    TAKEN, AGAIN, HELD, NOT_READ, REFUSED = "taken", "again", "held", "not_read", "refused"

    id = models.CharField(primary_key=True, max_length=64)
    sender = models.CharField(max_length=36)
    path = models.CharField(max_length=400)
    control = models.CharField(max_length=120)
    trigger = models.CharField(max_length=10)
    written = models.CharField(max_length=40, blank=True)
    received = models.DateTimeField()
    outcome = models.CharField(max_length=8)
    answer = models.CharField(max_length=2)
    code = models.CharField(max_length=60, blank=True)
    person = models.CharField(max_length=36, blank=True)
    held = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True)

    class Meta:
        db_table = "interop_adt_message"
        indexes: ClassVar = [
            models.Index(fields=["sender", "control"], name="adt_message_control"),
            models.Index(fields=["path", "received", "id"], name="adt_message_path"),
            models.Index(fields=["person"], name="adt_message_person", condition=~models.Q(person="")),
        ]
