"""Rows that go out of date though nothing is recorded: looked at again every hour, so that nobody waits for an entry.

Rows name their owner, and an owner's post may end on a day that was known long before: whom somebody was to look for
who does not work there any more is given to the worker who is nearest now. A no until a day runs out. A site may be
made known after the people who are followed there.
"""

import datetime as dt
import time
from collections.abc import Iterable

from django.db.models import Model

from vwazen.clinical import facts as f
from vwazen.server.organisation.models import Post, Site
from vwazen.server.record import clock, store
from vwazen.server.record.actions import touch
from vwazen.server.record.models import (
    Denied,
    EpisodeRow,
    LastTrace,
    OpenItem,
    Person,
    ReferralRow,
    Shared,
    StayRow,
)
from vwazen.server.record.nearest import ROLE
from vwazen.server.record.refresh import NOWHERE, nowhere

EVERY_SECONDS = 3600
AT_ONCE = 50  # people in one transaction, so that nobody else waits long
BACK = dt.timedelta(days=60)  # an end that lies further back has been seen many times over
_PLACED: tuple[tuple[type[Model], str, str], ...] = (
    (Person, "pk", "path"), (EpisodeRow, "person", "path"), (ReferralRow, "person", "path"),
    (ReferralRow, "person", "to_path"), (StayRow, "person", "at_path"), (Shared, "person", "path"),
    (LastTrace, "person", "path"),
)  # fmt: skip


def settle() -> int:
    """Make the rows of these people again. How many it were."""
    people = sorted({*_left(), *_open_again(), *_placed()})
    for start in range(0, len(people), AT_ONCE):
        touch(people[start : start + AT_ONCE])
    return len(people)


def _left() -> Iterable[str]:
    """Whose looker-out has left."""
    today = clock.today()
    ended = Post.objects.filter(role=ROLE, ends__lte=today, ends__gt=today - BACK)
    for worker in sorted(set(ended.values_list("worker", flat=True))):
        here = Post.objects.filter(worker=worker, worker__is_active=True, role=ROLE, starts__lte=today)
        paths = tuple(here.exclude(ends__lte=today).values_list("site__path", flat=True))
        rows = OpenItem.objects.filter(owner=str(worker), rank=OpenItem.DATED, kind=OpenItem.TRACE).values_list(
            "person", "path"
        )
        yield from (person for person, path in rows if not path.startswith(paths))


def _open_again() -> Iterable[str]:
    """Whose no has run out: what it closed stands on the lists again, and nobody need speak of it any more."""
    today = clock.today()
    yield from Denied.objects.filter(until__lt=today).values_list("person", flat=True)
    waits = dict(OpenItem.objects.filter(kind=OpenItem.CONSENT).values_list("fact", "person"))
    for said in map(f.decode, store.known_facts(sorted(waits)).values()):
        if isinstance(said.body, f.Consent) and said.body.until and said.body.until < today.isoformat():
            yield waits[said.id]


def _placed() -> Iterable[str]:
    """Who stands at a site that was not known, and is now."""
    known = {nowhere(code) for code in Site.objects.values_list("code", flat=True)}
    for model, person, path in _PLACED:
        unknown = model._default_manager.filter(**{f"{path}__startswith": NOWHERE})
        yield from (str(one) for one, at in unknown.values_list(person, path).distinct() if at in known)


_last = float("-inf")


def now_and_then() -> None:
    """`settle`, if it was not done for a while by this process."""
    global _last  # noqa: PLW0603  one background thread a process
    if time.monotonic() - _last >= EVERY_SECONDS:
        settle()
        _last = time.monotonic()
