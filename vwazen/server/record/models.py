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
    HOME, WAY_HOME, ABSENT = "home", "way_home", "absent"
    TRACE = "trace"
    CONSENT = "consent"
    MESSAGE = "message"
    STAY, LEAVE, DISCHARGE, FOLLOW, UNREACHED = "stay", "leave", "discharge", "follow", "unreached"
    MEDICINE = "medicine"  # decided at a discharge, and not in the list of medicines yet
    REFERRAL, REFERRED = "referral", "referred"  # at the receiving side, at the sending one

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


class StayRow(models.Model):
    """One stay away from home as lists read it: `path` is where the person is followed, `at_path` where they are or
    were ("" for a place that is none of ours). `emergency`: it began at an emergency room. `missing` is what its
    discharge lacks, `again` the days since an earlier stay in hospital (None for a first one or a transfer),
    `owed` when the next contact after it is owed, `reached` how many were held.
    """

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    at_path = models.CharField(max_length=400, blank=True)
    facility = models.CharField(max_length=50, blank=True)
    place = models.CharField(max_length=200, blank=True)
    unit = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=14)
    state = models.CharField(max_length=7)
    since = models.DateField()
    until = models.DateField(null=True)
    emergency = models.BooleanField(default=False)
    how = models.CharField(max_length=12, blank=True)
    destination = models.CharField(max_length=14, blank=True)
    missing = models.CharField(max_length=60, blank=True)
    follows = models.CharField(max_length=36, blank=True)
    again = models.IntegerField(null=True)
    worker = models.CharField(max_length=36, blank=True)
    next = models.DateField(null=True)
    back = models.DateField(null=True)
    owed = models.DateField(null=True)
    reached = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "record_stay"
        indexes: ClassVar = [
            models.Index(fields=["at_path", "state", "since", "id"], name="stay_ward"),
            models.Index(fields=["path", "kind", "since", "person"], name="stay_path"),
        ]


class Identifier(models.Model):
    """By what number another system knows somebody: read when a message from it says whom it is about."""

    system = models.CharField(max_length=120)
    number = models.CharField(max_length=120)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)

    class Meta:
        db_table = "record_identifier"
        indexes: ClassVar = [models.Index(fields=["system", "number", "person"], name="identifier_number")]


class Attendance(models.Model):
    """One day of somebody at the day hospital: whether they came, and who was called because they did not.

    `state` is here, late or absent, or "" where only a call is on record. Of the last `home_rows.DAYS` days.
    """

    HERE, LATE, ABSENT = "here", "late", "absent"

    stay = models.CharField(max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    facility = models.CharField(max_length=50)
    day = models.DateField()
    state = models.CharField(max_length=6, blank=True)
    why = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=36, blank=True)
    reached = models.CharField(max_length=10, blank=True)
    caller = models.CharField(max_length=36, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "record_attendance"
        indexes: ClassVar = [models.Index(fields=["facility", "day", "stay"], name="attendance_facility")]


class StayCourse(models.Model):
    """What follows from one stay, for lists: its last review in a protected home, its stage on the way home from a
    long stay in hospital, why somebody was at the emergency room. Empty columns were never said. `id` is the stay's.

    `discharged` is the day on which a stay in hospital ended, and `again` after how many days they were in hospital
    again (None: not since).
    """

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    reviewed = models.DateField(null=True)
    next_review = models.DateField(null=True)
    agrees = models.CharField(max_length=10, blank=True)
    rights = models.SmallIntegerField(null=True)
    alone = models.SmallIntegerField(null=True)
    asked = models.SmallIntegerField(null=True)
    stage = models.CharField(max_length=12, blank=True)
    stage_since = models.DateField(null=True)
    owner = models.CharField(max_length=36, blank=True)
    next = models.DateField(null=True)
    open = models.BooleanField(default=False)
    discharged = models.DateField(null=True)
    again = models.IntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "record_stay_course"
        indexes: ClassVar = [
            models.Index(
                fields=["path", "discharged", "again"],
                name="stay_course_left",
                condition=models.Q(discharged__isnull=False),
            ),
            models.Index(fields=["path", "next", "id"], name="stay_course_open", condition=models.Q(open=True)),
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


class ReferralRow(models.Model):
    """One referral as both sides' lists read it: `path` is where it was written, `to_path` the receiving site ("" for
    a service outside the programme), `place` where the person is followed. `stands` is the list it belongs to; `due`
    the day by which what it waits for should have come. `incoming`: somebody outside sent the person.
    """

    OPEN, REFUSED, OVER = "open", "refused", "over"

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    place = models.CharField(max_length=400)
    to_path = models.CharField(max_length=400, blank=True)
    kind = models.CharField(max_length=14)
    to_site = models.CharField(max_length=50, blank=True)
    to_name = models.CharField(max_length=200, blank=True)
    urgency = models.CharField(max_length=8)
    state = models.CharField(max_length=10)
    waits = models.CharField(max_length=8, blank=True)
    stands = models.CharField(max_length=8)
    sender = models.CharField(max_length=36)
    taker = models.CharField(max_length=36, blank=True)
    taker_name = models.CharField(max_length=200, blank=True)
    sent = models.DateField()
    since = models.DateField()
    due = models.DateField(null=True)
    contested = models.BooleanField(default=False)
    incoming = models.BooleanField(default=False)
    reason = models.TextField()
    plain = models.CharField(max_length=300)
    why = models.CharField(max_length=14, blank=True)

    class Meta:
        db_table = "record_referral"
        indexes: ClassVar = [
            models.Index(fields=["path", "stands", "due", "id"], name="referral_from"),
            models.Index(fields=["to_path", "stands", "due", "id"], name="referral_to"),
            models.Index(fields=["stands", "due", "id", "path", "to_path"], name="referral_order"),
        ]


class Shared(models.Model):
    """Who else may know of one person: workers at this path, these segments (cut to their own), until a day.

    Written from open referrals and from what the person allowed: `clinical.consent.Share`. Read by `reach` only.
    """

    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400, db_index=True)
    segments = models.CharField(max_length=120)
    until = models.DateField(default=FOREVER)
    fact = models.CharField(max_length=36)

    class Meta:
        db_table = "record_shared"


class Denied(models.Model):
    """Who may not know a segment of one person's record, by the person's word: see `clinical.consent`.

    `recipient` is "role:nurse", "site:bel-dlo", "worker:<id>", or "" for everybody. Read by `reach` only.
    """

    person = models.CharField(max_length=36, db_index=True)
    recipient = models.CharField(max_length=60)
    segment = models.CharField(max_length=30)
    until = models.DateField(default=FOREVER)

    class Meta:
        db_table = "record_denied"
        indexes: ClassVar = [models.Index(fields=["recipient", "segment", "until", "person"], name="denied_recipient")]


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


class FirstHelp(models.Model):
    """First help after something terrible, as it was recorded: see the form `first-aid`. `event` is after what."""

    id = models.CharField(primary_key=True, max_length=36)
    person = models.CharField(max_length=36, db_index=True)
    path = models.CharField(max_length=400)
    event = models.CharField(max_length=120)
    day = models.DateField()
    needs = models.JSONField(default=list)

    class Meta:
        db_table = "record_first_help"
        indexes: ClassVar = [models.Index(fields=["event", "path", "day", "id"], name="first_help_event")]


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
