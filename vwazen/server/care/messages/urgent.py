"""Urgent messages that nobody has taken on: shown to those named at once, and after some minutes to whoever is on call.

The clock runs on when it was sent alone, as an alarm's does, so that no job has to run: each page asks whose turn it
is.
"""

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from vwazen.clinical.on_call import CallState, who_now
from vwazen.content.load import content
from vwazen.content.people import Clock
from vwazen.server.organisation import policy, roster
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.models import OpenItem, Shared

AT_MOST = 200


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An urgent message that nobody has taken on. `state` says whose turn it is, None before it escalates."""

    person: str
    message: str
    name: str
    path: str
    since: dt.datetime
    escalates: dt.datetime
    named: tuple[str, ...]
    state: CallState | None

    def is_for(self, by: Worker) -> bool:
        """Whether `by` was named, or their turn has come; where nobody is on call, whoever may act there."""
        mine = str(by.pk)
        if mine in self.named:
            return True
        return self.state is not None and (self.state.nobody or any(one.worker == mine for one in self.state.called))


def patience() -> dt.timedelta:
    """How long those named have before others are called."""
    return dt.timedelta(minutes=content().get(Clock, "on-call").message_minutes)


class Look(msgspec.Struct, frozen=True):
    """How many messages wait for a worker, read or urgent, and the urgent ones that they are to act on now."""

    unread: int
    waiting: list[Waiting]


def named(by: Worker) -> Q:
    """Messages that wait for `by`, about people of whom they may know: a phone, or a move since, may have named them
    for somebody else."""
    here = policy.within(policy.site_paths(by, "record_care"))
    shared = Shared.objects.filter(here, until__gte=clock.today()).values("person")
    return Q(owner=str(by.pk), kind=OpenItem.MESSAGE) & (here | Q(person__in=shared)) & reach.open_to(by)


def look(by: Worker) -> Look:
    """What the frame of every page shows of messages: one query where nothing has escalated."""
    escalated = policy.within(policy.site_paths(by, "act_on_risk")) & Q(
        acknowledged=False, rank=OpenItem.NOW, urgent_since__lte=clock.now() - patience()
    )
    here = OpenItem.objects.filter(named(by) | escalated & reach.open_to(by), kind=OpenItem.MESSAGE)
    rows = list(here.order_by("rank", "since", "pk")[:AT_MOST])
    found = _put_together([one for one in rows if not one.acknowledged], clock.now())
    return Look(sum(1 for one in rows if one.owner == str(by.pk)), [one for one in found if one.is_for(by)])


def waiting(by: Worker) -> list[Waiting]:
    """Urgent messages that `by` is to act on now, the oldest first."""
    return look(by).waiting


def _put_together(rows: Iterable[OpenItem], now: dt.datetime) -> list[Waiting]:
    """One for each message, with the roster of its site where it has escalated."""
    groups: dict[str, list[OpenItem]] = {}
    for row in rows:
        groups.setdefault(row.fact, []).append(row)
    late = {those[0].path for those in groups.values() if _since(those[0]) + patience() <= now}
    sites = list(Site.objects.filter(path__in=late))
    chains = {site.path: chain for site, chain in zip(sites, roster.chains(sites, now), strict=True)}
    found = []
    for message, those in groups.items():
        first, since = those[0], _since(those[0])
        at = since + patience()
        chain = chains.get(first.path)
        found.append(
            Waiting(
                person=first.person, message=message, name=first.name, path=first.path, since=since, escalates=at,
                named=tuple(one.owner for one in those),
                state=who_now(chain, at, now) if chain is not None and at <= now else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.since, one.message))


def _since(row: OpenItem) -> dt.datetime:
    return row.urgent_since or row.since


def remembered(by: Worker, version: object, seconds: int) -> Look:
    """The same, asked at most once in so many seconds, since every page asks."""
    key = f"care-messages:{version}:{by.pk}"
    found: Look | None = cache.get(key)
    if found is None:
        found = look(by)
        cache.set(key, found, seconds)
    return found


def words(open_ones: list[Waiting]) -> str:
    """What the red banner says: about whom, since when, and nothing of the message."""
    first = open_ones[0]
    here = timezone.localtime(first.since)
    if len(open_ones) > 1:
        return f"{len(open_ones)} urgent messages wait for an answer, the first since {here:%H:%M}."
    more = "" if first.state is None else " Nobody has taken it on."
    return f"An urgent message about {first.name} waits for an answer, since {here:%H:%M}.{more}"
