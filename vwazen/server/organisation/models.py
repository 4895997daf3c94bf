"""Who works where: sites, workers, posts and the on-call roster.

A post is a worker's role at a site from a first day until an end day; it gives rights there and below.

    ht/                    country      the ministry's administrator
    ht/centre/             region       the programme manager
    ht/centre/bel-dlo/     health centre: nurse, care manager, CHWs

Nothing here is deleted: a post ends, a worker is deactivated, and the past stays readable.
"""

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from vwazen.server.organisation import policy, sealed

CODE = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", "Use lower-case letters, digits and single hyphens: bel-dlo.")
CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"  # 23, a prime
USERNAME = RegexValidator(r"^[a-z0-9]+([._-][a-z0-9]+)*\Z", "Use lower-case letters, digits, dots and hyphens.")


class Role(models.TextChoices):
    """The thirteen roles; what each may do and see stands in content/scopes/roles.yaml."""

    CHW = "chw", "Community health worker"
    LAY_COUNSELLOR = "lay_counsellor", "Lay counsellor"
    NURSE = "nurse", "Nurse"
    PSYCHOLOGIST = "psychologist", "Psychologist"
    SOCIAL_WORKER = "social_worker", "Social worker"
    CARE_MANAGER = "care_manager", "Care manager"
    PHYSICIAN = "physician", "Physician"
    PSYCHIATRIST = "psychiatrist", "Psychiatrist"
    PHARMACIST = "pharmacist", "Pharmacist"
    SUPERVISOR = "supervisor", "Supervisor"
    PROGRAMME_MANAGER = "programme_manager", "Programme manager"
    ME_OFFICER = "me_officer", "Monitoring and evaluation officer"
    ADMINISTRATOR = "administrator", "Administrator"


class Site(models.Model):
    """A place that work belongs to. `path` lists the codes from the root down, each ended by a slash."""

    class Kind(models.TextChoices):
        COUNTRY = "country", "Country"
        REGION = "region", "Region"
        DISTRICT = "district", "District"
        HOSPITAL = "hospital", "Hospital"
        HEALTH_CENTRE = "health_centre", "Health centre"
        COMMUNITY_POST = "community_post", "Community post"
        SCHOOL = "school", "School"
        SOCIAL_SERVICE = "social_service", "Social service"

    code = models.SlugField(primary_key=True, max_length=50, validators=[CODE])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=400, unique=True)

    class Meta:
        db_table = "site"
        ordering: ClassVar = ["path"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(path__endswith="/"), name="site_path_ends_with_slash"),
            models.CheckConstraint(condition=~Q(code=F("parent")), name="site_not_its_own_parent"),
            models.CheckConstraint(condition=~Q(name=""), name="site_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """How many sites stand above this one."""
        return self.path.count("/") - 1

    @property
    def levels(self) -> range:
        """One for each site above, for templates that indent."""
        return range(self.depth)

    @property
    def country(self) -> str:
        """The code at the root of the tree; for a country site that is its two-letter code."""
        return self.path.split("/", 1)[0]


class WorkerManager(BaseUserManager["Worker"]):
    """Reading only; workers are added by `actions.add_worker`."""


class Worker(AbstractBaseUser):
    """An account of one person who works here. Never deleted; `is_active` ends all its rights at once."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    username = models.CharField(max_length=60, unique=True, validators=[USERNAME])
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=12, default="en")
    supervisor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supervises")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    minutes_per_week = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Declared for case review by a specialist; empty means not declared."
    )
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0, help_text="Raised to end every session of this worker.")

    # Of one request, never stored: they asked for a page that may stand on paper; they were shown what may not.
    on_paper = False
    sees_apart = False

    objects = WorkerManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        db_table = "worker"
        ordering: ClassVar = ["name", "username"]
        # For whoever says so: SQLite would take it wherever an active worker is asked for, and pass by a country's.
        indexes: ClassVar = [
            models.Index(fields=["-is_active", "name", "username"], name="worker_order", condition=~Q(username=""))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(supervisor=F("id")), name="worker_not_own_supervisor"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(username=""), name="worker_named"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with `session_epoch`; a session of another hash has ended."""
        key = f"{self.password}:{self.session_epoch}"
        return salted_hmac("vwazen.worker.session", key, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """No older secret keys are accepted for sessions: they end when the key changes."""
        return iter(())

    def can(self, permission: str, site: "Site | str | None" = None, on: date | None = None) -> bool:
        """As `policy.can`, for templates and for apps that must not know this one."""
        return policy.can(self, permission, site, on)

    def require(self, permission: str, site: "Site | str | None" = None, on: date | None = None) -> None:
        """As `policy.require`."""
        policy.require(self, permission, site, on)

    def site_paths(self, permission: str, on: date | None = None) -> tuple[str, ...]:
        """As `policy.site_paths`."""
        return policy.site_paths(self, permission, on)


class Post(models.Model):
    """A role at a site on the days `starts` <= day < `ends`: the end day is the first day without it."""

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role)
    site = models.ForeignKey(Site, models.PROTECT, related_name="posts")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "post"
        ordering: ClassVar = ["starts", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="post_ends_after"),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="post_role"),
            models.UniqueConstraint(
                fields=["worker", "role", "site"], condition=Q(ends__isnull=True), name="post_once_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.site_id}"

    def held(self, on: date) -> bool:
        """Whether the post gives rights on that day."""
        return self.starts <= on and (self.ends is None or on < self.ends)


class OnCallQuerySet(models.QuerySet["OnCall"]):
    """Turns on call."""

    def standing(self) -> Self:
        """Without those taken off the roster before they began: these end where they start."""
        return self.exclude(ends=F("starts"))


class OnCall(models.Model):
    """A slot of the roster: who is called for a site at `starts` <= instant < `ends`; order 1 is called first."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="on_call")
    worker = models.ForeignKey(Worker, models.PROTECT, related_name="on_call")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    order = models.PositiveSmallIntegerField(default=1)
    phone = models.CharField(max_length=40)

    objects = OnCallQuerySet.as_manager()

    class Meta:
        db_table = "on_call"
        ordering: ClassVar = ["starts", "order", "id"]
        indexes: ClassVar = [models.Index(fields=["site", "ends"], name="on_call_site_ends")]
        constraints: ClassVar = [
            # Equal is a turn taken off before it began: it stays on record.
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="on_call_ends_after"),
            models.CheckConstraint(condition=Q(order__gte=1), name="on_call_order"),
            models.CheckConstraint(condition=~Q(phone=""), name="on_call_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.starts:%Y-%m-%d %H:%M} {self.order}"


class Outsider(models.Model):
    """Somebody outside the programme who sends people to it: a healer, a teacher, a church. They never sign in.

    `code` is what they may say or write instead of a paper. Of whom they sent they hear that the person has come, and
    only if they asked to (`opted_in`).
    """

    class Kind(models.TextChoices):
        HEALER = "healer", "Traditional healer"
        TEACHER = "teacher", "Teacher"
        CHURCH = "church", "Church or temple"
        POLICE = "police", "Police"
        OTHER = "other", "Somebody else"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    phone = models.CharField(max_length=40, blank=True)
    place = models.CharField(max_length=120, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, related_name="outsiders")
    code = models.CharField(max_length=8, unique=True)
    opted_in = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "outsider"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="outsider_named")]

    def __str__(self) -> str:
        return self.name


class Stub(models.Model):
    """A numbered paper that an outsider gives to somebody they send. It carries its number and the code: no name, no
    illness, no kind of clinic. `fact`: the referral it became."""

    number = models.BigAutoField(primary_key=True)
    outsider = models.ForeignKey(Outsider, models.PROTECT, related_name="stubs")
    made = models.DateField()
    used = models.DateField(null=True, blank=True)
    fact = models.CharField(max_length=36, blank=True)

    class Meta:
        db_table = "stub"
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The number with its letter, by which a slip of the pen is found: any one wrong figure, any two exchanged."""
        return f"{self.number:05d}{CHECK_LETTERS[self.number % len(CHECK_LETTERS)]}"


class Home(models.Model):
    """A protected home: people live there with staff beside them. As many may live there as there are beds.

    Its code is for ever, since stays name it; a home that was given up has no beds.
    """

    code = models.SlugField(primary_key=True, max_length=50, validators=[CODE])
    name = models.CharField(max_length=200)
    site = models.ForeignKey(Site, models.PROTECT, related_name="homes")
    beds = models.PositiveSmallIntegerField()
    coordinator = models.ForeignKey(Worker, models.PROTECT, null=True, blank=True, related_name="homes")

    class Meta:
        db_table = "home"
        ordering: ClassVar = ["name", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="home_named"),
            models.CheckConstraint(condition=Q(beds__lte=500), name="home_beds"),
        ]

    def __str__(self) -> str:
        return self.name


class Emergency(models.Model):
    """A catastrophe in an area: people are registered in a hurry there, and nobody in care may be out of sight."""

    name = models.CharField(max_length=120)
    site = models.ForeignKey(Site, models.PROTECT, related_name="emergencies")
    starts = models.DateField()
    ended = models.DateField(null=True, blank=True)
    declared_by = models.ForeignKey(Worker, models.PROTECT, related_name="+")

    class Meta:
        db_table = "emergency"
        ordering: ClassVar = ["-starts", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="emergency_named"),
            models.CheckConstraint(
                condition=Q(ended__isnull=True) | Q(ended__gte=models.F("starts")), name="emergency_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code that stands in for a lost second factor, once. Only its digest is kept."""

    worker = models.ForeignKey(Worker, models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "recovery_code"
        constraints: ClassVar = [models.UniqueConstraint(fields=["worker", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return "used" if self.used else "unused"

    @staticmethod
    def digest_of(code: str) -> str:
        """The codes carry 79 random bits, so a plain digest cannot be searched."""
        return hashlib.sha256(code.replace("-", "").strip().lower().encode()).hexdigest()


class SignInAddress(models.Model):
    """Wrong tries to sign in from one place since an instant. `id` is a keyed digest of the address."""

    id = models.CharField(primary_key=True, max_length=64)
    wrong = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "sign_in_address"

    def __str__(self) -> str:
        return f"{self.wrong} since {self.since:%Y-%m-%d %H:%M}"


class SecondFactor(TOTPDevice):
    """A worker's phone that gives codes. Its key lies sealed in the table, see `organisation.sealed`."""

    class Meta:
        proxy = True

    @staticmethod
    def sealed_key(worker: Worker) -> str:
        """A new key, as it is stored."""
        return sealed.seal(os.urandom(20), owner=str(worker.pk), node_key=settings.SECRET_KEY)

    @property
    def bin_key(self) -> bytes:
        """The key. Raises `sealed.Unreadable` where another node sealed it."""
        return sealed.unseal(self.key, owner=str(self.user_id), node_key=settings.SECRET_KEY)

    @property
    def readable(self) -> bool:
        """Whether this node can read the key: not after a backup was restored without its `secret-key`."""
        try:
            return bool(self.bin_key)
        except sealed.Unreadable:
            return False

    def verify_token(self, token: str) -> bool:
        """Whether the digits are right now; never where the key cannot be read."""
        return self.readable and bool(super().verify_token(token))  # type: ignore[no-untyped-call]


# Django looks for models here.
from vwazen.server.organisation.device_models import Device, EnrolmentCode  # noqa: E402

__all__ = [
    "Device", "Emergency", "EnrolmentCode", "Home", "OnCall", "Outsider", "Post", "RecoveryCode", "Role",
    "SecondFactor", "SignInAddress", "Site", "Stub", "Worker",
]  # fmt: skip
