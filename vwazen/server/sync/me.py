"""What a phone is told of its worker: who they are, whom they call, and what became of what they sent."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from django.conf import settings
from django.db.models import Q

from vwazen.content.load import content
from vwazen.content.people import Numbers
from vwazen.server.care.referrals.actions import KIND
from vwazen.server.care.referrals.forms import near_sites
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import supervisor_of, upwards
from vwazen.server.organisation.models import Device, OnCall, Post, Site, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import ReferralRow
from vwazen.server.sync import asking, wire
from vwazen.server.sync.models import PhoneState

WEEK = dt.timedelta(days=8)
MOST_TURNS = 200
_FARTHER = 100  # a turn of a site above comes after all turns of the sites below
# How a month's entries are counted for the worker: kinds of fact, one and many.
_COUNTED = (
    (("encounter", "trace"), "visit or try to meet somebody", "visits and tries to meet somebody"),
    (("response",), "questionnaire", "questionnaires"),
    (("registration",), "person registered", "people registered"),
    (("concern", "assessment"), "entry about a danger", "entries about a danger"),
)


def me_of(by: Worker, device: Device | None) -> wire.Me:
    """The worker's own page on their phone. Numbers to call are here, since a danger does not wait for a network."""
    today = clock.today()
    posts = sorted(policy.posts(by), key=lambda post: (post.starts, post.pk))
    chief = supervisor_of(by)
    first = posts[0] if posts else None
    return wire.Me(
        worker=str(by.pk), name=by.name, role=first.role if first else "", site=first.site_id if first else "",
        site_name=first.site.name if first else "", sites=_sites(by, posts),
        supervisor=wire.Supervisor(
            worker=str(chief.pk) if chief else "", name=chief.name if chief else "", phone=chief.phone if chief else "",
            reads=asking.usual(by, chief),
        ),
        on_call=tuple(_on_call(posts)), permissions=_permissions(posts),
        help_lines=_help_lines(first.site) if first else (), refer=_refer(first.site) if first else (),
        synthetic=settings.SYNTHETIC,
        node=_root(first.site) if first else "", offline_days=settings.PHONE_OFFLINE_DAYS,
        month=tuple(_month(by, device, today)),
    )  # fmt: skip


_HALF = 10  # characters of a digest that say nothing of the month


def digest_of(me: wire.Me) -> str:
    """What the phone names to say that it has this already. The month changes with each push, the rest hardly ever:
    each has its own part of the digest."""
    rest = hashlib.blake2b(wire.encode(msgspec.structs.replace(me, month=())), digest_size=_HALF // 2)
    return rest.hexdigest() + hashlib.blake2b(wire.encode(me.month), digest_size=3).hexdigest()


def lacking(me: wire.Me, digest: str, has: str) -> tuple[wire.Me | None, tuple[str, ...] | None]:
    """What a phone that names the digest `has` is sent of it: all, the month alone, or nothing."""
    if digest == has:
        return None, None
    return (None, me.month) if digest[:_HALF] == has[:_HALF] else (me, None)


def _sites(by: Worker, posts: Sequence[Post]) -> tuple[tuple[str, str], ...]:
    """Where the worker may register people: the sites of their posts first, then those below."""
    paths = policy.site_paths(by, "register_person")
    if not paths:
        return ()
    own = [post.site_id for post in posts]
    found = Site.objects.filter(policy.within(paths)).order_by("path").values_list("code", "name")[:50]
    return tuple(sorted(found, key=lambda pair: own.index(pair[0]) if pair[0] in own else len(own)))


def _permissions(posts: Iterable[Post]) -> tuple[str, ...]:
    roles = policy.scopes().roles
    return tuple(sorted({right for post in posts for right in roles[post.role].permissions}))


def _on_call(posts: Sequence[Post]) -> list[wire.OnCall]:
    """The turns of the coming week for the worker's sites, in the order in which they are called: the nearest first.

    They do not change within a day but by somebody's hand: the week is counted from the day's beginning.
    """
    now = clock.now()
    first = now.replace(hour=0, minute=0, second=0, microsecond=0)
    far: dict[str, int] = {}
    for post in posts:
        for level, path in enumerate(upwards(post.site.path)):
            far[path] = min(level, far.get(path, level))
    turns = (
        OnCall.objects.standing()
        .filter(site__path__in=far, ends__gt=first, starts__lt=first + WEEK, worker__is_active=True)
        .select_related("site", "worker").order_by("starts", "order", "pk")[:MOST_TURNS]
    )  # fmt: skip
    return [
        wire.OnCall(
            worker=str(turn.worker_id), name=turn.worker.name, phone=turn.phone,
            order=far[turn.site.path] * _FARTHER + turn.order,
            starts=clock.stamp(turn.starts), ends=clock.stamp(turn.ends),
        )
        for turn in turns
    ]  # fmt: skip


def _help_lines(site: Site) -> tuple[tuple[str, str, str], ...]:
    """The country's help lines, as far as somebody has found them."""
    numbers = next((one for one in content().all(Numbers) if one.id == site.country), None)
    return tuple((line.name, line.number, line.hours) for line in numbers.lines) if numbers else ()


def _refer(site: Site) -> tuple[tuple[str, str, str], ...]:
    """Sites near by at which somebody can say yes to a referral: code, name, kind of destination."""
    near = near_sites(site.path)
    roles = [name for name, role in policy.scopes().roles.items() if "record_care" in role.permissions]
    today = clock.today()
    held = set(
        Post.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=today), starts__lte=today, role__in=roles, worker__is_active=True,
            site__path__in={path for one in near for path in upwards(one.path)},
        ).values_list("site__path", flat=True)
    )  # fmt: skip
    return tuple((one.code, one.name, KIND[one.kind]) for one in near if held.intersection(upwards(one.path)))


def _root(site: Site) -> str:
    """The name of the programme's country."""
    found = Site.objects.filter(path=f"{site.country}/").values_list("name", flat=True).first()
    return found or site.name


def _month(by: Worker, device: Device | None, today: dt.date) -> list[str]:
    """What this worker sent from this phone this month, and what became of those they referred."""
    counts: dict[str, int] = {}
    if device is not None:
        state = PhoneState.objects.filter(pk=str(device.pk)).first()
        counts = dict(state.counts.get(month_of(today), {})) if state else {}
    said = []
    for kinds, one, many in _COUNTED:
        number = sum(counts.get(kind, 0) for kind in kinds)
        if number:
            said.append(f"{number} {one if number == 1 else many} this month")
    mine = ReferralRow.objects.filter(sender=str(by.pk), sent__gte=today.replace(day=1))
    states = list(mine.values_list("state", flat=True))
    if states:
        seen = sum(state in ("seen", "closed") for state in states)
        said.append(f"{len(states)} {'person' if len(states) == 1 else 'people'} referred this month, {seen} seen")
    return said


def month_of(day: dt.date) -> str:
    """2026-11"""
    return f"{day:%Y-%m}"
