"""The access log: what leaves no fact. Pages read, refusals, sign-ins, exports, break-glass."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AccessEntry(models.Model):
    """One thing that somebody did or tried. Append-only: triggers of the database refuse change and deletion.

    Nothing here is a foreign key, so an entry outlives the account, person and site it names. `site` is the path
    of the site ("ht/centre/bel-dlo/"), so that a prefix is a subtree. `note` holds codes, never a person's values.
    """

    ALLOWED, REFUSED, FAILED = "allowed", "refused", "failed"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    worker_id = models.CharField(max_length=36, blank=True)
    worker_name = models.CharField(max_length=200, blank=True)
    action = models.SlugField(max_length=60, db_index=False)
    person = models.CharField(max_length=64, null=True, blank=True)
    site = models.CharField(max_length=400, blank=True)
    purpose = models.CharField(max_length=60, blank=True)
    route = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=8, default=ALLOWED)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "audit_accessentry"
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["worker_id", "at"], name="audit_worker_at"),
            models.Index(fields=["person", "at"], name="audit_person_at", condition=Q(person__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(outcome__in=["allowed", "refused", "failed"]), name="audit_outcome"),
            models.CheckConstraint(condition=~Q(action=""), name="audit_action_named"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.outcome}"
