"""What each phone is known to hold, so that it is sent the difference, and what left its scope can be taken back.

As in the record, rows name what they are about by its id; `device` is the id of an `organisation.Device`.
"""

from django.db import models


class PhoneState(models.Model):
    """One phone. `turn` rises with every answer that brought it something; the phone names the last it has stored.

    `reset`: a phone that has not stored this turn yet is told to forget every brief first (this node was restored from
    a backup, and no longer knows what the phone holds). `counts`: how many entries of each kind it sent in each month
    ("2026-11" -> kind -> how many).
    """

    device = models.CharField(primary_key=True, max_length=36)
    turn = models.BigIntegerField(default=0)
    reset = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict)

    class Meta:
        db_table = "sync_phone"


class Holding(models.Model):
    """What a phone was last sent about one person: at which `rev` of theirs, by which rules, and a digest of it.

    `turn`: with which answer; until the phone has named that turn it may not have it. `gone`: it was told to drop them.
    """

    pk = models.CompositePrimaryKey("device", "person")
    device = models.CharField(max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    rev = models.BigIntegerField()
    rules = models.CharField(max_length=16)
    digest = models.CharField(max_length=32)
    turn = models.BigIntegerField()
    gone = models.BooleanField(default=False)

    class Meta:
        db_table = "sync_holding"


class Told(models.Model):
    """A held entry of a phone of which it was told what somebody decided; `turn` as in `Holding`."""

    pk = models.CompositePrimaryKey("device", "held")
    device = models.CharField(max_length=36)
    held = models.CharField(max_length=64)
    turn = models.BigIntegerField()

    class Meta:
        db_table = "sync_told"


# Django looks for models here.
from vwazen.server.sync.nodes.models import Above, Below, Given, Passed  # noqa: E402

__all__ = ["Above", "Below", "Given", "Holding", "Passed", "PhoneState", "Told"]
