"""Figures of very many sites, counted beforehand: a page shows them at once, with the time they were counted at.

To count a country takes seconds, since every enrolment is read. No page waits for that: it shows what was counted last,
or that it is being counted, which a thread of its own does. What was asked lately is counted again by the background
thread. All figures of a page are of one count; they lie in a table, so that a restart forgets none. Who may be counted
for whom is asked each time: as soon as somebody says no, or a post gives less, the figures are others.
"""

import datetime as dt
import hashlib
import logging
import threading
from typing import TypeVar

import msgspec
from django.db import connection

from vwazen.content.load import content
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach, remaking, store
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.figures import Figures, Wanted, figures
from vwazen.server.reporting.models import KeptFigures
from vwazen.server.reporting.scope import Scope

OLD = dt.timedelta(minutes=10)  # counted again in the background from then on
TOO_OLD = dt.timedelta(minutes=20)  # nobody counted again: who looks at them has it done
ASKED_WITHIN = dt.timedelta(days=3)
NOTED = dt.timedelta(hours=1)  # that somebody asked is written down no more often
MOST = 24  # pages kept, the last asked ones: one is counted again at each turn of the background thread
log = logging.getLogger("vwazen.figures")


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Figures as of a day. `at`: when they were counted, None for this very page; `again`: that is being done anew."""

    figures: Figures
    day: dt.date
    at: dt.datetime | None = None
    again: bool = False


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which figures of which place were asked for, and who asked: they are counted again for them."""

    worker: str
    site: str
    whole: bool
    wanted: Wanted


T = TypeVar("T")
_waiting: dict[str, _Asked] = {}  # what pages asked for and the thread counts, in this order
_thread: threading.Thread | None = None
_lock = threading.Lock()


def counted(by: Worker, scope: Scope, wanted: Wanted) -> Counted | None:
    """The figures of a place, hidden where they must be. Of very many sites kept ones; None: they are being counted."""
    top, today, now = _top(by, scope), clock.today(), clock.now()
    if not scopes.many_sites(top or scope):
        return Counted(figures=_figures(scope, wanted, top), day=today)
    key = _key(by, scope, wanted, top)
    row = KeptFigures.objects.filter(pk=key).first()
    found = _read(row.figures, Figures) if row is not None else None
    row = row if found is not None else None
    again = row is None or row.day != today or now - row.at > TOO_OLD
    if again:
        with _lock:
            _waiting.setdefault(key, _asked(by, scope, wanted))
        start()
    if row is None or found is None:
        return None
    if now - row.asked > NOTED:
        with store.writing():
            KeptFigures.objects.filter(pk=key).update(asked=now, worker=str(by.pk))
    return Counted(figures=found, day=row.day, at=row.at, again=again)


def anew(by: Worker, scope: Scope, wanted: Wanted) -> Figures:
    """The same, as they are now."""
    top = _top(by, scope)
    if not scopes.many_sites(top or scope):
        return _figures(scope, wanted, top)
    return _count(_key(by, scope, wanted, top), _asked(by, scope, wanted), scope, top)


def _read(text: str, kind: type[T]) -> T | None:
    """What was kept; None where another version of this programme wrote it, and it has to be counted again."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return None


def _asked(by: Worker, scope: Scope, wanted: Wanted) -> _Asked:
    return _Asked(worker=str(by.pk), site=scope.site.code, whole=scope.whole, wanted=wanted)


def _top(by: Worker, scope: Scope) -> Scope | None:
    return None if scope.whole else scopes.above(by, scope)


def _figures(scope: Scope, wanted: Wanted, top: Scope | None) -> Figures:
    return figures(scope, wanted, scopes.definitions(), clock.today(), top)


def _key(by: Worker, scope: Scope, wanted: Wanted, top: Scope | None) -> str:
    """A digest of all that the figures follow from, but for the enrolments themselves."""
    closed = sorted(reach.unreadable(by)) if scope.closed[0] else []
    places = [(one.site.path, one.sites, one.without) for one in (scope, top) if one is not None]
    whole = content().version, remaking.SHAPE, scope.whole, places, wanted, scope.closed, closed
    return hashlib.sha256(repr(whole).encode()).hexdigest()


def _count(
    key: str, asked: _Asked, scope: Scope, top: Scope | None, last: dt.datetime | None = None
) -> Figures:  # fmt: skip
    """Count, and keep it; `last` is when a page asked last."""
    now, today = clock.now(), clock.today()
    found = _figures(scope, asked.wanted, top)
    values = {
        "worker": asked.worker, "site": asked.site, "whole": asked.whole, "day": today, "at": now, "asked": last or now,
        "wanted": msgspec.json.encode(asked.wanted).decode(), "figures": msgspec.json.encode(found).decode(),
    }  # fmt: skip
    with store.writing():
        KeptFigures.objects.update_or_create(key=key, defaults=values)
        kept = KeptFigures.objects.order_by("-asked", "key").values_list("key", flat=True)
        KeptFigures.objects.filter(pk__in=list(kept[MOST:])).delete()
    return found


def _count_for(asked: _Asked, last: dt.datetime | None = None) -> str:
    """Count what somebody asked for as they may see it now; under which key, "" where they may not any more."""
    by = Worker.objects.filter(pk=asked.worker, is_active=True).first()
    scope = scopes.scope(by, asked.site) if by is not None and policy.can(by, scopes.PERMISSION) else None
    if by is None or scope is None or scope.whole != asked.whole:
        return ""
    top = _top(by, scope)
    key = _key(by, scope, asked.wanted, top)
    _count(key, asked, scope, top, last)
    return key


# What pages wait for


def start() -> None:
    """Have a thread count what waits; it ends when nothing does."""
    global _thread  # noqa: PLW0603  one at a time
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="vwazen-figures", daemon=True)
            _thread.start()


def _work() -> None:
    try:
        while count_next():
            pass
    finally:
        connection.close()


def count_next() -> bool:
    """Count what waits longest; whether there was anything."""
    global _thread  # noqa: PLW0603
    with _lock:
        key, asked = next(iter(_waiting.items()), ("", None))
        if asked is None:
            _thread = None  # whoever asks from here on starts another
            return False
    try:
        _count_for(asked)
    except Exception as error:  # the next one must be counted all the same
        log.error("figures could not be counted: %s", type(error).__name__)
    finally:
        with _lock:
            _waiting.pop(key, None)
    return True


# What the background thread keeps at hand


def count_again() -> None:
    """Count the oldest of what was asked lately again: for the background thread, whose other work must not wait."""
    now = clock.now()
    KeptFigures.objects.filter(asked__lt=now - ASKED_WITHIN).delete()
    row = KeptFigures.objects.order_by("at", "key").first()
    if row is None or (row.day == clock.today() and now - row.at < OLD):
        return
    wanted = _read(row.wanted, Wanted)
    if wanted is None:
        row.delete()
        return
    asked = _Asked(worker=row.worker, site=row.site, whole=row.whole, wanted=wanted)
    if _count_for(asked, row.asked) != row.key:  # other content, or whoever asked sees something else now
        row.delete()
