"""Who is on call for a site at an instant, from the roster, the posts and the country's help lines."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import msgspec
from django.db.models.functions import Length
from django.utils import timezone

from vwazen.clinical.on_call import Chain, Turn
from vwazen.content.load import content
from vwazen.content.people import Clock, Numbers
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import OnCall, Post, Role, Site, Worker


def chain(site: Site, now: datetime) -> Chain:
    """Who is to be rung for `site` at `now`: its own roster, else the nearest above it that has somebody now."""
    knowledge = content()
    paths = upwards(site.path)
    slots = list(
        OnCall.objects.filter(site__path__in=paths, starts__lte=now, ends__gt=now, worker__is_active=True)
        .select_related("worker__supervisor", "site")
        .order_by("order", "starts", "id")
    )
    nearest = max((slot.site.path for slot in slots), key=len, default="")
    slots = [slot for slot in slots if slot.site.path == nearest]
    return Chain(
        people=tuple(Turn(worker=str(slot.worker_id), name=slot.worker.name, phone=slot.phone) for slot in slots),
        supervisor=_supervisor([slot.worker for slot in slots], site, now),
        clock=knowledge.get(Clock, "on-call"),
        numbers=next((lines for lines in knowledge.all(Numbers) if lines.id == site.country), None),
        site=slots[0].site.name if slots else "",
    )


def _supervisor(on_call: list[Worker], site: Site, now: datetime) -> Turn | None:
    """The supervisor of the first on call who may act here; else the nearest supervisor's post at or above the site."""
    today = timezone.localdate(now)
    for worker in on_call:
        chief = worker.supervisor
        if chief is not None and policy.can(chief, "act_on_risk", site, today):
            return _turn(chief)
    posts = (
        Post.objects.filter(role=Role.SUPERVISOR, site__path__in=upwards(site.path), worker__is_active=True)
        .filter(starts__lte=today)
        .exclude(ends__lte=today)
        .select_related("worker")
        .order_by(Length("site__path").desc(), "starts", "id")
    )
    first = posts.first()
    return None if first is None else _turn(first.worker)


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
