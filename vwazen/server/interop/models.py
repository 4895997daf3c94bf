"""What goes out of this node as a text, a voice call or a mail, what comes in, and where people agreed to be reached.

`Contact` and `Talk` are derived from facts and can be rebuilt; the other tables are the only word on what they hold.
"""

import hashlib
from typing import ClassVar

from django.db import models


class Outgoing(models.Model):
    """One message to one address. `key` makes it once: queued again under it, it is the same message.

    `text` is all that the address sees; `about` a code ("reminder"), never what somebody is in care for. It is tried
    from `next_try` on, outside the hours `quiet_from` to `quiet_until` (local hours of the day; equal: none), and not
    after `expires`. `lease` names the round that took it on and `leased` when: a round that was cut off gives it back.
    `path` is the site's, `person` may be empty, `tail` as in `addresses.tail`.
    """

    WAITING, SENDING, SENT, FAILED, CANCELLED = "waiting", "sending", "sent", "failed", "cancelled"
    CHANNELS = ("sms", "voice", "mail")

    id = models.CharField(primary_key=True, max_length=36)
    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=5)
    address = models.CharField(max_length=200)
    tail = models.CharField(max_length=200)
    text = models.TextField()
    about = models.CharField(max_length=20)
    person = models.CharField(max_length=36, blank=True)
    path = models.CharField(max_length=400, blank=True)
    created = models.DateTimeField()
    next_try = models.DateTimeField()
    expires = models.DateTimeField(null=True)
    quiet_from = models.SmallIntegerField(default=0)
    quiet_until = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=9, default=WAITING)
    tries = models.SmallIntegerField(default=0)
    lease = models.CharField(max_length=36, blank=True)
    leased = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    error = models.CharField(max_length=40, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "interop_outgoing"
        indexes: ClassVar = [
            models.Index(fields=["state", "channel", "next_try", "id"], name="outgoing_due"),
            models.Index(fields=["state", "leased"], name="outgoing_leased", condition=models.Q(state="sending")),
            models.Index(fields=["person", "state"], name="outgoing_person", condition=~models.Q(person="")),
            models.Index(fields=["tail", "state"], name="outgoing_tail"),
            models.Index(fields=["state", "path", "created", "id"], name="outgoing_path"),
        ]


class Stopped(models.Model):
    """An address from which somebody wrote STOP: nothing goes there until a person there agrees anew."""

    address = models.CharField(primary_key=True, max_length=200)
    tail = models.CharField(max_length=200, db_index=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "interop_stopped"


class InboundKey(models.Model):
    """What a gateway shows when it delivers a text here. Only its digest is kept; it carries 256 random bits."""

    id = models.CharField(primary_key=True, max_length=36)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    site = models.CharField(max_length=50)
    path = models.CharField(max_length=400)
    created = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        db_table = "interop_inbound_key"

    @staticmethod
    def digest_of(token: str) -> str:
        """The token is random, so a plain digest cannot be searched."""
        return hashlib.sha256(token.encode()).hexdigest()


class Incoming(models.Model):
    """A text that arrived, once. `outcome`: what the program made of it ("stop", "referral"), "" for a person to read.

    `person` is set where exactly one person agreed to be reached at this address.
    """

    OPEN, DONE = "open", "done"

    id = models.CharField(primary_key=True, max_length=64)
    address = models.CharField(max_length=200)
    text = models.TextField()
    person = models.CharField(max_length=36, blank=True)
    path = models.CharField(max_length=400)
    received = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=4, default=OPEN)
    done_by = models.CharField(max_length=36, blank=True)
    done_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "interop_incoming"
        indexes: ClassVar = [
            models.Index(fields=["state", "path", "received", "id"], name="incoming_path"),
            models.Index(fields=["address", "received"], name="incoming_address"),
            models.Index(fields=["received"], name="incoming_received"),
            models.Index(fields=["person"], name="incoming_person", condition=~models.Q(person="")),
        ]


class Contact(models.Model):
    """Derived: where a person agreed to be reached, for whoever has only the address. See `addresses`."""

    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    channel = models.CharField(max_length=5)
    address = models.CharField(max_length=200)
    tail = models.CharField(max_length=200, db_index=True)

    class Meta:
        db_table = "interop_contact"


class Talk(models.Model):
    """Derived: a hand-off in person or a talk in passing, for counting. `minutes` is None where nobody timed it."""

    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    worker = models.CharField(max_length=36, blank=True)
    mode = models.CharField(max_length=10)
    day = models.DateField()
    minutes = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "interop_talk"
        indexes: ClassVar = [models.Index(fields=["path", "day", "mode", "minutes"], name="talk_path")]


# Django looks for models here.
from vwazen.server.interop.adt_models import AdtMessage, AdtSender  # noqa: E402

__all__ = ["AdtMessage", "AdtSender", "Contact", "InboundKey", "Incoming", "Outgoing", "Stopped", "Talk"]
