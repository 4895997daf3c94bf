"""Who is on call for a site at an instant, from the roster, the posts and the country's help lines."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import msgspec
from django.utils import timezone

from vwazen.clinical.on_call import Chain, Turn
from vwazen.content.load import content
from vwazen.content.people import Clock, Numbers
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import OnCall, Post, Role, Site, Worker


def chain(site: Site, now: datetime) -> Chain:
    """Who is to be rung for `site` at `now`: its own roster, else the nearest above it that has somebody now."""
    return chains([site], now)[0]


def chains(sites: Sequence[Site], now: datetime) -> list[Chain]:
    """The chain of each of these sites at `now`; as many statements for two hundred as for one."""
    knowledge = content()
    paths = {path for site in sites for path in upwards(site.path)}
    on_call: dict[str, list[OnCall]] = {}
    slots = (
        OnCall.objects.filter(site__path__in=paths, starts__lte=now, ends__gt=now, worker__is_active=True)
        .select_related("worker__supervisor", "site")
        .order_by("order", "starts", "id")
    )
    for slot in slots:
        on_call.setdefault(slot.site.path, []).append(slot)
    nearest = [next((on_call[path] for path in upwards(site.path) if path in on_call), []) for site in sites]
    supervisors = _supervisors(list(zip(sites, nearest, strict=True)), now)
    return [
        Chain(
            people=tuple(Turn(worker=str(slot.worker_id), name=slot.worker.name, phone=slot.phone) for slot in turns),
            supervisor=supervisor,
            clock=knowledge.get(Clock, "on-call"),
            numbers=next((lines for lines in knowledge.all(Numbers) if lines.id == site.country), None),
            site=turns[0].site.name if turns else "",
        )
        for site, turns, supervisor in zip(sites, nearest, supervisors, strict=True)
    ]


def _supervisors(rung: Sequence[tuple[Site, list[OnCall]]], now: datetime) -> list[Turn | None]:
    """The supervisor of the first on call who may act here; else the nearest supervisor's post at or above the site."""
    today = timezone.localdate(now)
    policy.read_posts(slot.worker.supervisor for _, turns in rung for slot in turns if slot.worker.supervisor)
    found = [_named(site, turns, today) for site, turns in rung]
    paths = {path for (site, _), chief in zip(rung, found, strict=True) if not chief for path in upwards(site.path)}
    posts = (
        Post.objects.filter(role=Role.SUPERVISOR, site__path__in=paths, worker__is_active=True, starts__lte=today)
        .exclude(ends__lte=today)
        .order_by("-starts", "-id")
    )
    first = dict(posts.values_list("site__path", "worker")) if paths else {}  # the earliest post of a site comes last
    near = [
        None if chief else next((first[path] for path in upwards(site.path) if path in first), None)
        for (site, _), chief in zip(rung, found, strict=True)
    ]
    chiefs = Worker.objects.in_bulk({one for one in near if one})
    return [
        _turn(chief or chiefs[pk]) if chief or pk else None for chief, pk in zip(found, near, strict=True)
    ]  # fmt: skip


def _named(site: Site, turns: list[OnCall], today: date) -> Worker | None:
    """The supervisor named on the account of somebody on call, who may act on a risk at this site."""
    chiefs = (slot.worker.supervisor for slot in turns)
    return next((one for one in chiefs if one is not None and policy.can(one, "act_on_risk", site, today)), None)


def _turn(chief: Worker) -> Turn:
    return Turn(worker=str(chief.pk), name=chief.name, phone=chief.phone, supervisor=True)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A time within one day over which the roster does not change; `turns` in calling order, empty for nobody."""

    starts: datetime
    ends: datetime
    turns: tuple[OnCall, ...]


def days(slots: Iterable[OnCall], first: date, count: int) -> list[tuple[date, tuple[Stretch, ...]]]:
    """Each of `count` days from `first` as stretches without hole or overlap, midnight to midnight, local time.

    The day on which clocks change has 23 or 25 hours here as well.
    """
    known = sorted((slot for slot in slots if slot.ends > slot.starts), key=lambda slot: (slot.order, slot.starts))
    week = []
    for day in (first + timedelta(days=number) for number in range(count)):
        begin, end = _midnight(day), _midnight(day + timedelta(days=1))
        cuts = {begin, end} | {edge for slot in known for edge in (slot.starts, slot.ends) if begin < edge < end}
        edges = sorted(cuts)
        stretches = tuple(
            Stretch(
                starts=timezone.localtime(start),
                ends=timezone.localtime(stop),
                turns=tuple(slot for slot in known if slot.starts <= start and slot.ends >= stop),
            )
            for start, stop in pairwise(edges)
        )
        week.append((day, stretches))
    return week


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
