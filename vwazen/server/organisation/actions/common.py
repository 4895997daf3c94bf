"""What several actions share: checking a row, codes to type, and who may manage whom."""

import secrets

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vwazen.server.organisation import policy
from vwazen.server.organisation.device_models import CLEAR
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker

MANAGING = frozenset({"manage_sites", "manage_workers", "manage_roster", "see_access_log"})


def checked(row: models.Model) -> None:
    """Validate a row before it is written; the first fault becomes `Invalid` with its field."""
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid(messages[0], field="" if field == "__all__" else field) from error


def drawn(groups: int) -> str:
    """So many groups of four letters and figures that are not taken for one another: twenty random bits a group."""
    return "-".join("".join(secrets.choice(CLEAR) for _ in range(4)) for _ in range(groups)).lower()


def locked_worker(worker: Worker) -> Worker:
    """The worker as stored now, locked until the transaction ends."""
    return Worker.objects.select_for_update().get(pk=worker.pk)


def places(worker: Worker) -> list[str]:
    """Paths of the worker's present and coming posts; of all posts where none is left."""
    today = timezone.localdate()
    every = Post.objects.filter(worker=worker)
    open_ones = every.filter(Q(ends__isnull=True) | Q(ends__gt=today))
    return sorted(set((open_ones if open_ones.exists() else every).values_list("site__path", flat=True)))


def filed_at(worker: Worker) -> str:
    """The site path under which the log files what is done to a worker's account."""
    return next(iter(places(worker)), "")


def require_over(by: Worker, worker: Worker) -> None:
    """Raise `Refused` unless `by` manages workers at every place where `worker` works and is somebody else."""
    if by.pk == worker.pk:
        raise Refused("Nobody does this for their own account. Ask another manager.", permission="manage_workers")
    for path in places(worker) or [""]:
        policy.require(by, "manage_workers", path)
        for post in policy.posts(worker):
            if post.site.path == path:
                require_ceiling(by, post.role, path)


def require_ceiling(by: Worker, role: str, path: str) -> None:
    """Raise `Refused` where the role would give a managing right that `by` does not hold at `path`."""
    for permission in sorted(MANAGING.intersection(policy.scopes().roles[role].permissions)):
        policy.require(by, permission, path)
