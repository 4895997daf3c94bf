"""The fact log, the person directory and what is derived from them.

`record_fact` holds what happened and is only ever appended to. `Batch` and `Seal` give committed
batches their order. `Held` and `Import` are the importer's. Everything else (person, name keys,
caseload rows, segments, open items) is derived and can be rebuilt: `vwazen rebuild`.
"""

import datetime as dt
from typing import ClassVar

from django.db import models

FOREVER = dt.date(9999, 12, 31)


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
    """Directory row: who is known here. `rev` rises with every fact, merge and reassignment."""

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

    class Meta:
        db_table = "record_person"
        indexes: ClassVar = [
            models.Index(fields=["path"], name="person_path"),
            models.Index(fields=["merged_into"], name="person_merged", condition=~models.Q(merged_into="")),
            models.Index(fields=["died"], name="person_died", condition=models.Q(died__isnull=False)),
        ]


class NameKey(models.Model):
    """How a name sounds, for search: the same B-tree on both databases. `path` is the person's site."""

    key = models.CharField(max_length=60)
    place = models.CharField(max_length=120, blank=True)
    born = models.CharField(max_length=4, blank=True)
    path = models.CharField(max_length=400, blank=True)
    person = models.CharField(max_length=36)

    class Meta:
        db_table = "record_name_key"
        indexes: ClassVar = [
            models.Index(fields=["key", "place", "born", "path", "person"], name="name_key"),
            models.Index(fields=["person"], name="name_key_person"),
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


class CaseloadRow(models.Model):
    """One open episode, or one open risk of a person who has no episode (`episode` is then empty)."""

    id = models.CharField(primary_key=True, max_length=73)
    person = models.CharField(max_length=36, db_index=True)
    episode = models.CharField(max_length=36, blank=True)
    path = models.CharField(max_length=400)
    site = models.CharField(max_length=50)
    owner = models.CharField(max_length=36, blank=True)
    name = models.CharField(max_length=200)
    born = models.CharField(max_length=10, blank=True)
    place = models.CharField(max_length=120, blank=True)
    condition = models.CharField(max_length=40, blank=True)
    step = models.SmallIntegerField(null=True)
    step_since = models.DateField(null=True)
    started = models.DateField(null=True)
    instrument = models.CharField(max_length=40, blank=True)
    first_score = models.FloatField(null=True)
    best_score = models.FloatField(null=True)
    last_score = models.FloatField(null=True)
    last_day = models.DateField(null=True)
    unscored = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, blank=True)
    course = models.JSONField(default=list)
    last_contact = models.DateField(null=True)
    next_date = models.DateField(null=True)
    other = models.BooleanField(default=False)

    class Meta:
        db_table = "record_caseload"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "condition"], condition=~models.Q(episode=""), name="one_open_episode_a_condition"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "next_date", "path", "person", "episode"], name="caseload_owner"),
            models.Index(fields=["path", "owner", "next_date", "person", "episode"], name="caseload_path"),
            models.Index(fields=["next_date", "path", "owner", "person", "episode"], name="caseload_next"),
        ]


class Segment(models.Model):
    """From `starts` until before `ends`, a row stands in a tier, with its reason in one sentence."""

    row = models.CharField(max_length=73)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    owner = models.CharField(max_length=36, blank=True)
    other = models.BooleanField(default=False)
    starts = models.DateField()
    ends = models.DateField(default=FOREVER)
    tier = models.SmallIntegerField()
    rank = models.SmallIntegerField()
    waiting_since = models.DateField()
    rule = models.CharField(max_length=60)
    word = models.CharField(max_length=40)
    reason = models.TextField()
    plain = models.TextField()

    class Meta:
        db_table = "record_segment"
        # In the order of the list; dates and path stand behind it, so that a list reads no row it does not show.
        indexes: ClassVar = [
            models.Index(fields=["rank", "waiting_since", "row", "starts", "ends", "path"], name="segment_order"),
            models.Index(fields=["path", "rank", "waiting_since", "row", "starts", "ends"], name="segment_path"),
            models.Index(fields=["owner", "rank", "waiting_since", "row", "starts", "ends"], name="segment_owner"),
        ]


class EpisodeRow(models.Model):
    """One episode of care, open or over, as counts of many people read it: see `vwazen.evidence.episode`.

    `at3`, `at6`, `at12` say what became of the person in each window if nothing more is recorded; whether a window is
    over is asked by `started`.
    """

    id = models.CharField(primary_key=True, max_length=73)
    person = models.CharField(max_length=36, db_index=True)
    episode = models.CharField(max_length=36)
    path = models.CharField(max_length=400)
    site = models.CharField(max_length=50)
    owner = models.CharField(max_length=36, blank=True)
    condition = models.CharField(max_length=40, blank=True)
    step = models.SmallIntegerField()
    gender = models.CharField(max_length=8, blank=True)
    age = models.SmallIntegerField(null=True)
    started = models.DateField()
    closed = models.DateField(null=True)
    outcome = models.CharField(max_length=16, blank=True)
    instrument = models.CharField(max_length=40, blank=True)
    base = models.CharField(max_length=10)
    first_score = models.FloatField(null=True)
    best_score = models.FloatField(null=True)
    last_score = models.FloatField(null=True)
    last_day = models.DateField(null=True)
    daily0 = models.FloatField(null=True)
    seizures0 = models.FloatField(null=True)
    at3 = models.CharField(max_length=10)
    score3 = models.FloatField(null=True)
    daily3 = models.FloatField(null=True)
    seizures3 = models.FloatField(null=True)
    at6 = models.CharField(max_length=10)
    score6 = models.FloatField(null=True)
    daily6 = models.FloatField(null=True)
    seizures6 = models.FloatField(null=True)
    at12 = models.CharField(max_length=10)
    score12 = models.FloatField(null=True)
    daily12 = models.FloatField(null=True)
    seizures12 = models.FloatField(null=True)
    contacts = models.IntegerField(default=0)
    seen_again = models.DateField(null=True)
    last_seen = models.DateField(null=True)

    class Meta:
        db_table = "record_episode"
        indexes: ClassVar = [
            models.Index(fields=["path", "started"], name="episode_path"),
        ]


class OpenItem(models.Model):
    """What a human must still do for one person. It has an owner, or stands on the list of those without.

    A list shows it from `starts` on: the day it arose, or until when it was put off, for the reason `put_off`, by the
    worker `put_off_by`, in the fact `snooze`. Lists of a day's work stand in the order (`rank`, `day`, `id`), as
    tiers do in theirs: 1 is an alarm nobody answered, 2 an open risk, 5 what has a date; `day` is when it is due, or
    since when it waits where nothing is due.
    """

    NOW, RISKS, DATED = 1, 2, 5

    TRIAGE, HISTORICAL, RISK, QUESTION, ADVICE = "triage", "historical", "risk", "question", "advice"
    CONTACT, REFILL, RESULT, PLAN = "contact", "refill", "result", "plan"

    id = models.CharField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=12)
    person = models.CharField(max_length=36, db_index=True)
    fact = models.CharField(max_length=36, blank=True)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    owner = models.CharField(max_length=36, blank=True)
    since = models.DateTimeField()
    starts = models.DateField()
    due = models.DateField(null=True)
    put_off = models.CharField(max_length=200, blank=True)
    put_off_by = models.CharField(max_length=36, blank=True)
    snooze = models.CharField(max_length=36, blank=True)
    rank = models.SmallIntegerField()
    day = models.DateField()
    urgent_since = models.DateTimeField(null=True)
    acknowledged = models.BooleanField(default=False)
    reason = models.TextField()
    plain = models.TextField()

    class Meta:
        db_table = "record_open_item"
        indexes: ClassVar = [
            models.Index(fields=["kind", "path", "since"], name="open_kind_path"),
            models.Index(fields=["owner", "rank", "day", "id", "starts", "kind", "path"], name="open_owner_day"),
            models.Index(fields=["path", "rank", "day", "id", "starts", "kind"], name="open_path_day"),
            models.Index(fields=["rank", "day", "id", "starts", "kind", "path"], name="open_day"),
            models.Index(fields=["starts", "id"], name="open_put_off", condition=~models.Q(snooze="")),
        ]


class Quality(models.Model):
    """A fault of one person's record as a record: see `vwazen.clinical.quality`. `segment`: who may know of it."""

    MISSING, IMPOSSIBLE, CONTRADICTORY, LATE = "missing", "impossible", "contradictory", "late"

    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    site = models.CharField(max_length=50)
    kind = models.CharField(max_length=14)
    what = models.CharField(max_length=60)
    segment = models.CharField(max_length=30)
    fact = models.CharField(max_length=36, blank=True)
    who = models.CharField(max_length=36, blank=True)
    since = models.DateField()
    days = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "record_quality"
        indexes: ClassVar = [
            models.Index(fields=["path", "kind", "what", "segment", "since", "days"], name="quality_path"),
        ]


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
