"""What is derived from charts: the rows that lists, counts and searches read. Thrown away, they are made again."""

import datetime as dt
from typing import ClassVar

from django.db import models

FOREVER = dt.date(9999, 12, 31)


def row_id(person: str, fact: str) -> str:
    """The id of the row that follows from one thing in a person's chart, which is named by a fact.

    It names the person too: a fact of theirs may amend one of somebody else's, and then both charts name that one.
    """
    return f"{person}:{fact[:36]}"


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
            models.Index(fields=["step_since", "id", "person", "path", "owner", "state", "step"], name="caseload_step"),
            models.Index(fields=["owner", "step", "step_since", "state", "path", "person"], name="caseload_owner_step"),
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
        # In the order of the list; what else is asked stands behind it, so that a list reads no row it does not show.
        indexes: ClassVar = [
            models.Index(
                fields=["rank", "waiting_since", "row", "starts", "ends", "path", "other"], name="segment_order"
            ),
            models.Index(
                fields=["path", "rank", "waiting_since", "row", "starts", "ends", "other"], name="segment_path"
            ),
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
            # In the order of days, for whoever says so: SQLite would take it wherever a day is asked for. What is asked
            # of the people of a figure stands behind it, so that whoever is passed by is read in no table.
            models.Index(
                fields=[
                    "started",
                    "id",
                    "path",
                    "condition",
                    "outcome",
                    "closed",
                    "base",
                    "at3",
                    "at6",
                    "at12",
                    "step",
                    "gender",
                    "age",
                    "last_seen",
                ],
                name="episode_newest",
                condition=~models.Q(id=""),
            ),
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
            models.Index(fields=["kind", "since", "id", "starts", "path"], name="open_kind_since"),
            models.Index(fields=["owner", "rank", "day", "id", "starts", "kind", "path"], name="open_owner_day"),
            models.Index(fields=["path", "rank", "day", "id", "starts", "kind"], name="open_path_day"),
            models.Index(fields=["rank", "day", "id", "starts", "kind", "path"], name="open_day"),
            models.Index(fields=["starts", "id"], name="open_put_off", condition=~models.Q(snooze="")),
            models.Index(
                fields=["kind", "due", "name", "id", "starts", "person", "path"],
                name="open_refill",
                condition=models.Q(kind="refill"),
            ),
            models.Index(
                fields=["kind", "urgent_since", "id"],
                name="open_urgent",
                condition=models.Q(acknowledged=False, urgent_since__isnull=False),
            ),
        ]


class StayRow(models.Model):
    """One stay away from home as lists read it: `path` is where the person is followed, `at_path` where they are or
    were ("" for a place that is none of ours). `emergency`: it began at an emergency room. `missing` is what its
    discharge lacks, `again` the days since an earlier stay in hospital (None for a first one or a transfer),
    `owed` when the next contact after it is owed, `reached` how many were held. `stay` is what facts name it by.
    """

    id = models.CharField(primary_key=True, max_length=73)
    stay = models.CharField(max_length=36)
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
    long stay in hospital, why somebody was at the emergency room. Empty columns were never said. `id` and `stay`
    are those of its `StayRow`.

    `discharged` is the day on which a stay in hospital ended, and `again` after how many days they were in hospital
    again (None: not since).
    """

    id = models.CharField(primary_key=True, max_length=73)
    stay = models.CharField(max_length=36)
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


class ReferralRow(models.Model):
    """One referral as both sides' lists read it: `path` is where it was written, `to_path` the receiving site ("" for
    a service outside the programme), `place` where the person is followed. `stands` is the list it belongs to; `due`
    the day by which what it waits for should have come. `incoming`: somebody outside sent the person.
    `referral` is what facts name it by.
    """

    OPEN, REFUSED, OVER = "open", "refused", "over"

    id = models.CharField(primary_key=True, max_length=73)
    referral = models.CharField(max_length=36)
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
            models.Index(fields=["sender", "sent"], name="referral_sender"),
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


class LastTrace(models.Model):
    """What came of looking for somebody, by the newest report of it: who missed a contact is looked for. `path` is the
    site of the report. Counts of why people stay away read it.
    """

    person = models.CharField(primary_key=True, max_length=36)
    path = models.CharField(max_length=400)
    day = models.DateField()
    reason = models.CharField(max_length=12)
    found = models.CharField(max_length=10)

    class Meta:
        db_table = "record_last_trace"
        indexes: ClassVar = [models.Index(fields=["day", "path", "reason", "found"], name="last_trace_day")]
