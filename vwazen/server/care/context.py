"""What every page shows while someone waits for an answer: the red banner, for whoever may act where it is."""

import datetime as dt
import hashlib
from functools import cache as once
from typing import Any

import msgspec
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from vwazen.server.care.messages import urgent
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach
from vwazen.server.record.models import OpenItem

# A banner may be this much late, so that a page costs no query. What this process writes shows at once.
SECONDS = 10
AT_MOST = 20
_VERSION = "care-alarms-version"


class Alarm(msgspec.Struct, frozen=True):
    """A risk for which the person on call is needed, and that nobody has taken on."""

    person: str
    risk: str
    name: str
    path: str
    since: dt.datetime


class Banner(msgspec.Struct, frozen=True, kw_only=True):
    """What the frame shows above every page."""

    text: str
    action: str
    url: str


def alarms(by: Worker) -> tuple[Alarm, ...]:
    """The alarms where `by` may act, the oldest first."""
    paths = policy.site_paths(by, "act_on_risk")
    if not paths:
        return ()
    scope = hashlib.sha256("|".join(paths).encode()).hexdigest()
    key = f"care-alarms:{cache.get_or_set(_VERSION, 1, None)}:{scope}"
    found: tuple[Alarm, ...] | None = cache.get(key)
    if found is None:
        rows = (
            OpenItem.objects.filter(policy.within(paths), kind=OpenItem.RISK)
            .filter(acknowledged=False, urgent_since__isnull=False)  # in the words of the index that holds only these
            .order_by("urgent_since", "pk")[:AT_MOST]
        )
        found = tuple(Alarm(one.person, one.fact, one.name, one.path, one.urgent_since or one.since) for one in rows)
        cache.set(key, found, SECONDS)
    closed = reach.unreadable(by, "general")
    return tuple(one for one in found if one.person not in closed) if closed else found


def changed() -> None:
    """To be called after something that may have started or stopped an alarm."""
    cache.get_or_set(_VERSION, 1, None)
    cache.incr(_VERSION)


def banner(by: Worker, besides: str = "") -> Banner | None:
    """The red banner, about every open alarm but the one of the person `besides`."""
    open_ones = [one for one in alarms(by) if one.person != besides]
    if not open_ones:
        return None
    first = open_ones[0]
    if len(open_ones) > 1:
        many = f"{len(open_ones)} people" if len(open_ones) < AT_MOST else f"{AT_MOST} or more people"
        text = f"{many} wait for someone to take it on, the first since {_since(first.since)}."
        return Banner(text=text, action="See who", url=reverse("risk-board"))
    text = f"{first.name} waits for someone to take it on, since {_since(first.since)}. Nobody has yet."
    return Banner(text=text, action="Open the risk steps", url=reverse("risk", args=[first.person, first.risk]))


def _since(when: dt.datetime) -> str:
    here = timezone.localtime(when)
    return f"{here:%H:%M}" if here.date() == timezone.localdate() else f"{here.day} {here:%b %H:%M}"


def alarm(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `now_banner` for who is signed in; asked for once, and only by a page with the frame."""

    def now() -> Banner | None:
        user = getattr(request, "user", None)
        return (banner(user) or message_banner(user)) if isinstance(user, Worker) else None

    user = getattr(request, "user", None)
    if isinstance(user, Worker):
        counts = getattr(request, "nav_counts", {})
        request.nav_counts = {"messages": lambda: unread(user), **counts}  # type: ignore[attr-defined]
    return {"now_banner": once(now)}


def message_banner(by: Worker, besides: str = "") -> Banner | None:
    """The red banner about urgent messages but those about the person `besides`, where no alarm stands there."""
    every = urgent.remembered(by, cache.get_or_set(_VERSION, 1, None), SECONDS).waiting
    open_ones = [one for one in every if one.person != besides]
    if not open_ones:
        return None
    first = open_ones[0]
    url = reverse("team-messages", args=[first.person]) if len(open_ones) == 1 else reverse("messages")
    return Banner(text=urgent.words(open_ones), action="Read it", url=url)


def unread(by: Worker) -> int:
    """How many messages wait for this worker, for the navigation; as old as a banner may be."""
    return urgent.remembered(by, cache.get_or_set(_VERSION, 1, None), SECONDS).unread
