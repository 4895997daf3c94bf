"""Founding a node; adding workers, giving and ending posts, closing accounts, unlocking, new passwords."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from vwazen.server.audit.actions import attempt, log
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import (
    checked,
    drawn,
    filed_at,
    locked_worker,
    require_ceiling,
    require_over,
)
from vwazen.server.organisation.errors import Invalid, Refused, StillHolds
from vwazen.server.organisation.models import OnCall, Post, Role, Site, Worker

MINUTES_IN_A_WEEK = 7 * 24 * 60

# What a worker may still hold: each function gets the worker and returns plain sentences, one for each thing to hand
# over first ("She owns 12 people at Bel Dlo."). Apps above this one append theirs in their AppConfig.ready.
may_leave: list[Callable[[Worker], Iterable[str]]] = []
# The same for what the end of one post alone would leave behind.
may_end: list[Callable[[Worker, Post], Iterable[str]]] = []


def new_password() -> str:
    """A one-time password of 60 random bits."""
    return drawn(3)


def found(
    *,
    username: str,
    name: str,
    site_code: str,
    site_name: str,
    site_kind: str = Site.Kind.COUNTRY,
    roles: Sequence[str] = (Role.ADMINISTRATOR,),
    password: str | None = None,
    language: str = "en",
) -> tuple[Worker, str]:
    """Make the first site and the first worker of an empty node; returns the worker and the one-time password.

    `site_code` of a country is its two-letter ISO 3166 code in lower case. Raises `Invalid` once there is a worker.
    """
    with transaction.atomic():
        if Worker.objects.exists():
            raise Invalid("This node has workers already. Sign in as one who manages workers and add others there.")
        site = Site(code=site_code, name=site_name, kind=site_kind, path=f"{site_code}/")
        checked(site)
        site.save(force_insert=True)
        worker, secret = _insert_worker(username=username, name=name, language=language, password=password)
        for role in roles:
            _insert_post(worker, role, site, timezone.localdate())
        log(by=None, action="found", site=site.path, note=f"worker={worker.pk}")
    policy.changed()
    return worker, secret


def _insert_worker(
    *,
    username: str,
    name: str,
    phone: str = "",
    language: str = "en",
    supervisor: Worker | None = None,
    password: str | None = None,
) -> tuple[Worker, str]:
    secret = password or new_password()
    worker = Worker(
        username=username.strip().lower(),
        name=name.strip(),
        phone=phone.strip(),
        language=language,
        supervisor=supervisor,
        must_change_password=password is None,
    )
    worker.set_password(secret)
    checked(worker)
    worker.save(force_insert=True)
    return worker, secret


def _insert_post(worker: Worker, role: str, site: Site, starts: date) -> Post:
    post = Post(worker=worker, role=role, site=site, starts=starts)
    checked(post)
    post.save(force_insert=True)
    return post


def add_worker(
    *,
    by: Worker,
    username: str,
    name: str,
    role: str,
    site: Site,
    starts: date | None = None,
    phone: str = "",
    language: str = "en",
    supervisor: Worker | None = None,
) -> tuple[Worker, str]:
    """Add a worker with a first post; returns the worker and a one-time password, to be changed at first sign-in.

    The password is shown once and kept nowhere. `starts` is today where it is not given.
    """
    with attempt(by=by, action="add-worker", site=site.path) as entry:
        policy.require(by, "manage_workers", site)
        _known_role(role)
        require_ceiling(by, role, site.path)
        worker, secret = _insert_worker(
            username=username, name=name, phone=phone, language=language, supervisor=supervisor
        )
        _insert_post(worker, role, site, starts or timezone.localdate())
        entry.note = f"worker={worker.pk} role={role}"
    policy.changed()
    return worker, secret


def _known_role(role: str) -> None:
    if role not in policy.scopes().roles:
        raise Invalid(f"There is no role {role!r}. Choose one of the list.", field="role")


def add_post(*, by: Worker, worker: Worker, role: str, site: Site, starts: date | None = None) -> Post:
    """Give a worker another role at a site from `starts` (today where it is not given)."""
    with attempt(by=by, action="add-post", site=site.path) as entry:
        entry.note = f"worker={worker.pk} role={role}"
        if by.pk == worker.pk:
            raise Refused("Nobody gives a post to themselves. Ask another manager.", permission="manage_workers")
        policy.require(by, "manage_workers", site)
        _known_role(role)
        require_ceiling(by, role, site.path)
        fresh = locked_worker(worker)
        if not fresh.is_active:
            raise Invalid(f"{fresh.name} is deactivated, so no post can be given.", field="worker")
        same = Post.objects.filter(worker=fresh, role=role, site=site, ends__isnull=True).first()
        if same is not None:
            raise Invalid(f"{fresh.name} holds this post at {site.name} since {same.starts:%d %b %Y}.", field="role")
        post = _insert_post(fresh, role, site, starts or timezone.localdate())
    policy.changed()
    return post


def end_post(*, by: Worker, post: Post, ends: date | None = None) -> Post:
    """End a post: `ends` is the first day without it (today where it is not given). Effective at the next request.

    Raises `StillHolds` where that leaves people behind today. An end still to come is allowed, so that a departure can
    be prepared; whoever is not handed over by then stands on the list of people without an owner.
    """
    with attempt(by=by, action="end-post", site=post.site.path) as entry:
        entry.note = f"worker={post.worker_id} role={post.role}"
        if by.pk == post.worker_id:
            raise Refused("Nobody ends their own post. Ask another manager.", permission="manage_workers")
        policy.require(by, "manage_workers", post.site)
        require_ceiling(by, post.role, post.site.path)
        fresh = Post.objects.select_for_update().get(pk=post.pk)
        if fresh.ends is not None:
            raise Invalid(f"This post ended on {fresh.ends:%d %b %Y} already. Nothing was changed.")
        today = timezone.localdate()
        if (ends or today) <= today:
            reasons = tuple(reason for hook in may_end for reason in hook(fresh.worker, fresh))
            if reasons:
                raise StillHolds(fresh.worker.name, reasons, "end this post")
        fresh.ends = max(ends or today, fresh.starts)
        fresh.save(update_fields=["ends"])
    policy.changed()
    return fresh


def deactivate_worker(*, by: Worker, worker: Worker) -> Worker:
    """Close an account: posts end today, sessions end at once, history stays.

    Raises `StillHolds` with what must be handed over first, among it the coming turns on call.
    """
    with attempt(by=by, action="deactivate-worker", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        require_over(by, worker)
        fresh = locked_worker(worker)
        reasons = [reason for hook in may_leave for reason in hook(fresh)]
        if turns := OnCall.objects.standing().filter(worker=fresh, ends__gt=timezone.now()).count():
            reasons.append(f"On call {turns} more time{'' if turns == 1 else 's'}.")
        if reasons:
            raise StillHolds(fresh.name, tuple(reasons))
        today = timezone.localdate()
        # A post that has not begun ends on its first day, so that it never held.
        for post in (
            Post.objects.select_for_update().filter(worker=fresh).filter(Q(ends__isnull=True) | Q(ends__gt=today))
        ):
            post.ends = max(today, post.starts)
            post.save(update_fields=["ends"])
        fresh.is_active = False
        fresh.session_epoch += 1
        fresh.save(update_fields=["is_active", "session_epoch"])
    policy.changed()
    return fresh


def reset_password(*, by: Worker, worker: Worker) -> str:
    """Give a one-time password to somebody who lost theirs; every session of theirs ends. A second factor stays."""
    with attempt(by=by, action="reset-password", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        require_over(by, worker)
        fresh = locked_worker(worker)
        if not fresh.is_active:
            raise Invalid(f"{fresh.name} is deactivated, so a new password would open nothing.")
        secret = new_password()
        fresh.set_password(secret)
        fresh.must_change_password = True
        fresh.failed_sign_ins, fresh.locked_until = 0, None
        fresh.session_epoch += 1
        fresh.save(
            update_fields=["password", "must_change_password", "failed_sign_ins", "locked_until", "session_epoch"]
        )
    policy.changed()
    return secret


def unlock(*, by: Worker, worker: Worker) -> Worker:
    """Let a worker who mistyped too often try again at once."""
    with attempt(by=by, action="unlock-worker", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        require_over(by, worker)
        fresh = locked_worker(worker)
        fresh.failed_sign_ins, fresh.locked_until = 0, None
        fresh.save(update_fields=["failed_sign_ins", "locked_until"])
    return fresh


def set_minutes(*, by: Worker, worker: Worker, minutes: int | None) -> Worker:
    """Declare the minutes a week a specialist gives to case review; one's own, or as their manager. None: not known."""
    with attempt(by=by, action="set-minutes", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk} minutes={'' if minutes is None else minutes}"
        if by.pk != worker.pk:
            require_over(by, worker)
        if minutes is not None and not 0 <= minutes <= MINUTES_IN_A_WEEK:
            raise Invalid(f"Minutes a week lie between 0 and {MINUTES_IN_A_WEEK}.", field="minutes")
        fresh = locked_worker(worker)
        fresh.minutes_per_week = minutes
        fresh.save(update_fields=["minutes_per_week"])
    return fresh


def set_phone(*, by: Worker, worker: Worker, phone: str) -> Worker:
    """Change a phone number, one's own or as a manager; turns on call keep the number they were made with."""
    with attempt(by=by, action="set-phone", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk}"
        if by.pk != worker.pk:
            require_over(by, worker)
        fresh = locked_worker(worker)
        fresh.phone = phone.strip()
        checked(fresh)
        fresh.save(update_fields=["phone"])
    return fresh


def set_supervisor(*, by: Worker, worker: Worker, supervisor: Worker | None) -> Worker:
    """Say who supervises a worker: called when the roster does not answer. None: nobody."""
    with attempt(by=by, action="set-supervisor", site=filed_at(worker)) as entry:
        entry.note = f"worker={worker.pk} supervisor={'' if supervisor is None else supervisor.pk}"
        require_over(by, worker)
        if supervisor is not None and supervisor.pk == worker.pk:
            raise Invalid("Nobody supervises themselves. Choose somebody else.", field="supervisor")
        if supervisor is not None and not Worker.objects.filter(pk=supervisor.pk, is_active=True).exists():
            raise Invalid(f"{supervisor.name} is deactivated. Choose somebody else.", field="supervisor")
        fresh = locked_worker(worker)
        fresh.supervisor = supervisor
        fresh.save(update_fields=["supervisor"])
    return fresh
