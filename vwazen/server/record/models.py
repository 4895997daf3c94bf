"""The fact log, the person directory, and what is kept beside them.

`record_fact` holds what happened and is only ever appended to. `Batch` and `Seal` give committed
batches their order. `Held` and `Import` are the importer's. The rows of `rows` are derived from charts, as the
directory and its name keys are; `vwazen rebuild` makes them again.
"""

from typing import ClassVar

from django.db import models

from vwazen.server.record.rows import (
    FOREVER,
    Attendance,
    CaseloadRow,
    Denied,
    EpisodeRow,
    FirstHelp,
    Identifier,
    LastTrace,
    OpenItem,
    Quality,
    ReferralRow,
    Segment,
    Shared,
    StayCourse,
    StayRow,
)

__all__ = [
    "FOREVER",
    "Announced",
    "Attendance",
    "Batch",
    "CaseloadRow",
    "Denied",
    "EpisodeRow",
    "Erased",
    "Erasure",
    "Fact",
    "FirstHelp",
    "Held",
    "Identifier",
    "Import",
    "Imported",
    "LastTrace",
    "NameKey",
    "NotSame",
    "OpenItem",
    "OpenedInEmergency",
    "Person",
    "Quality",
    "ReferralRow",
    "RowsMade",
    "Seal",
    "Segment",
    "Shared",
    "StayCourse",
    "StayRow",
    "WasInstalled",
]


class Fact(models.Model):
    """One fact as it arrived. The table is clustered by person; its DDL is in the first migration."""

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36)
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    received = models.DateTimeField()
    data = models.BinaryField()

    class Meta:
        managed = False
        db_table = "record_fact"


class Person(models.Model):
    """Directory row: who is known here. `rev` rises with every fact, merge and reassignment; `written` says which
    derived rows stand, see `standing`."""

    id = models.CharField(primary_key=True, max_length=36)
    rev = models.BigIntegerField(default=0)
    registered = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True)
    gender = models.CharField(max_length=8, blank=True)
    born = models.CharField(max_length=10, blank=True)
    place = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    site = models.CharField(max_length=50, blank=True)
    path = models.CharField(max_length=400, blank=True)
    died = models.DateField(null=True)
    merged_into = models.CharField(max_length=36, blank=True)
    written = models.BinaryField(null=True)

    class Meta:
        db_table = "record_person"
        indexes: ClassVar = [
            models.Index(fields=["path", "id"], name="person_path"),  # ids begin with the time: who is new at a site
            models.Index(fields=["merged_into"], name="person_merged", condition=~models.Q(merged_into="")),
            models.Index(fields=["died"], name="person_died", condition=models.Q(died__isnull=False)),
        ]


class NameKey(models.Model):
    """How a name sounds, for search: the same B-tree on both databases. `path` is the person's site. The table is
    clustered by person on SQLite; its DDL is in migration 0020."""

    pk = models.CompositePrimaryKey("person", "key")
    key = models.CharField(max_length=60)
    place = models.CharField(max_length=120, blank=True)
    born = models.CharField(max_length=4, blank=True)
    path = models.CharField(max_length=400, blank=True)
    person = models.CharField(max_length=36)

    class Meta:
        db_table = "record_name_key"
        indexes: ClassVar = [
            models.Index(fields=["key", "place", "born", "path", "person"], name="name_key"),
        ]


class NotSame(models.Model):
    """Somebody compared two registrations and said: two people. `one` < `other`; a later merge says otherwise."""

    one = models.CharField(max_length=36)
    other = models.CharField(max_length=36, db_index=True)
    by = models.CharField(max_length=36)
    at = models.DateTimeField()

    class Meta:
        db_table = "record_not_same"
        constraints: ClassVar = [models.UniqueConstraint(fields=["one", "other"], name="not_same_once")]


class WasInstalled(models.Model):
    """An instrument in a version that was installed here at some start; see `installed`."""

    instrument = models.CharField(max_length=40)
    version = models.IntegerField()

    class Meta:
        db_table = "record_was_installed"
        constraints: ClassVar = [models.UniqueConstraint(fields=["instrument", "version"], name="was_installed_once")]


class RowsMade(models.Model):
    """What the derived rows were made with, and how far they are when made again; one row. See `remaking`."""

    shape = models.IntegerField()
    content = models.CharField(max_length=12)
    stage = models.SmallIntegerField()
    upto = models.CharField(max_length=36, blank=True)
    done = models.BigIntegerField()
    people = models.BigIntegerField()

    class Meta:
        db_table = "record_rows_made"


class Announced(models.Model):
    """Somebody whom a person outside the programme has sent by a text, and who has not come yet. `words` are theirs;
    they go into the referral when the person arrives, and are here no more. It stands until somebody decides."""

    OPEN, ARRIVED, ENDED = "open", "arrived", "ended"

    id = models.CharField(primary_key=True, max_length=64)
    outsider = models.CharField(max_length=36)
    path = models.CharField(max_length=400)
    words = models.TextField(blank=True)
    stub = models.CharField(max_length=20, blank=True)
    received = models.DateTimeField()
    due = models.DateField()
    state = models.CharField(max_length=8, default=OPEN)
    person = models.CharField(max_length=36, blank=True, db_index=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=36, blank=True)
    decision = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "record_announced"
        indexes: ClassVar = [models.Index(fields=["path", "state", "due", "id"], name="announced_path")]


class OpenedInEmergency(models.Model):
    """A record opened in an emergency by somebody who could not see it otherwise: why, for how long, and what came of
    the review. `reason` is in words and goes with the person's record when that is erased."""

    JUSTIFIED, NOT_JUSTIFIED = "justified", "not_justified"

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    worker = models.CharField(max_length=36)
    worker_name = models.CharField(max_length=200)
    reason = models.TextField()
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    outcome = models.CharField(max_length=16, blank=True)
    reviewed_by = models.CharField(max_length=36, blank=True)
    reviewed_by_name = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    review = models.TextField(blank=True)

    class Meta:
        db_table = "record_emergency"
        indexes: ClassVar = [
            models.Index(fields=["worker", "ends"], name="emergency_worker"),
            models.Index(fields=["outcome", "starts"], name="emergency_review"),
        ]


class Erasure(models.Model):
    """A record to be erased: asked for by one worker, carried out by another. Of the person it holds an id."""

    ASKED, REFUSED, DONE = "asked", "refused", "done"

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    ground = models.CharField(max_length=20)
    asked_by = models.CharField(max_length=36)
    asked_by_name = models.CharField(max_length=200)
    asked = models.DateTimeField()
    decided_by = models.CharField(max_length=36, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, default=ASKED)
    facts = models.IntegerField(default=0)

    class Meta:
        db_table = "record_erasure"


class Erased(models.Model):
    """What stands in the place of a fact in a batch from which something was erased: its digest, never its content.

    `gone` is whether it was erased, or is a fact that stays and was committed in one batch with one that was.
    """

    fact = models.CharField(primary_key=True, max_length=36)
    batch = models.BigIntegerField(db_index=True)
    digest = models.CharField(max_length=64)
    gone = models.BooleanField()
    erasure = models.CharField(max_length=36)

    class Meta:
        db_table = "record_erased"


class Batch(models.Model):
    """A committed append. The sealer gives it its place; `digest` covers the bytes of its facts."""

    id = models.BigAutoField(primary_key=True)
    committed = models.DateTimeField()
    facts = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "record_batch"


class Seal(models.Model):
    """A link of the chain over everything committed: facts by batch, and the access log by ranges of ids."""

    id = models.BigIntegerField(primary_key=True)
    sealed = models.DateTimeField()
    first_batch = models.BigIntegerField()
    last_batch = models.BigIntegerField()
    last_entry = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        db_table = "record_seal"


class Import(models.Model):
    """One file brought in: what for, how far, what came of it, and whether it was undone."""

    WAITING, RUNNING, DONE, FAILED, UNDONE = "waiting", "running", "done", "failed", "undone"

    id = models.CharField(primary_key=True, max_length=36)
    title = models.CharField(max_length=200)
    file = models.TextField()
    map_file = models.TextField(blank=True)
    system = models.CharField(max_length=120, blank=True)
    site = models.CharField(max_length=50)
    path = models.CharField(max_length=400)
    as_of = models.DateField()
    by = models.CharField(max_length=36)
    by_name = models.CharField(max_length=200)
    created = models.DateTimeField()
    finished = models.DateTimeField(null=True)
    beat = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, default=WAITING)
    share = models.FloatField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)

    class Meta:
        db_table = "record_import"


class Imported(models.Model):
    """Which fact came with which import, and from which record of the source."""

    import_id = models.CharField(max_length=36, db_index=True)
    fact = models.CharField(max_length=36, db_index=True)
    person = models.CharField(max_length=36, db_index=True)
    source = models.CharField(max_length=64, db_index=True)
    version = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "record_imported"


class Held(models.Model):
    """What could not be taken, kept with its reason until a person mends or dismisses it.

    `raw` stays as it came; `mended` is the correction it was taken with, as JSON. `source` names the record of the
    source's system, so that a later file that brings it whole settles this. `safety`: a question of safety in it is
    answered yes, so it is to be looked at first.
    """

    OPEN, MENDED, DISMISSED = "open", "mended", "dismissed"

    id = models.CharField(primary_key=True, max_length=64)
    import_id = models.CharField(max_length=36, blank=True, db_index=True)
    path = models.CharField(max_length=400)
    site = models.CharField(max_length=50)
    person = models.CharField(max_length=36, blank=True)
    person_name = models.CharField(max_length=200, blank=True)
    occurred = models.CharField(max_length=40, blank=True)
    segment = models.CharField(max_length=30)
    code = models.CharField(max_length=60)
    reason = models.TextField()
    raw = models.TextField()
    mended = models.TextField(blank=True)
    safety = models.BooleanField(default=False)
    source = models.CharField(max_length=36, blank=True, db_index=True)
    place = models.CharField(max_length=200, blank=True)
    received = models.DateTimeField()
    state = models.CharField(max_length=10, default=OPEN)
    decided = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=36, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        db_table = "record_held"
        indexes: ClassVar = [models.Index(fields=["state", "-safety", "code", "received", "id"], name="held_order")]
