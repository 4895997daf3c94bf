"""Figures of very many sites, counted beforehand: a page shows them at once, with the time they were counted at.

To count a country takes seconds, since every enrolment is read. What was asked lately is counted again by the
background thread, so that a page waits only for what nobody has asked. All figures of a page are of one count. Who
may be counted is asked each time: as soon as somebody says no, or a post gives less, a page is counted anew.
"""

import datetime as dt
import threading
from collections.abc import Callable

import msgspec

from vwazen.content.load import content
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.figures import Figures, Wanted, figures
from vwazen.server.reporting.scope import Scope

OLD = dt.timedelta(minutes=10)  # counted again in the background from then on
TOO_OLD = dt.timedelta(minutes=20)  # not shown any more: nobody counted again
ASKED_WITHIN = dt.timedelta(days=3)
MOST = 24  # pages kept, the last asked ones: one is counted again at each turn of the background thread

Key = tuple[object, ...]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Figures, and when they were counted; None: for this very page."""

    figures: Figures
    at: dt.datetime | None = None


class _Kept(msgspec.Struct, kw_only=True):
    """`again` counts once more, as of a day; not where somebody said no, since a no may end with the day (`dated`).
    `asked` is when a page last showed it."""

    figures: Figures
    day: dt.date
    at: dt.datetime
    asked: dt.datetime
    again: Callable[[dt.date], Figures]
    dated: bool


_kept: dict[Key, _Kept] = {}
_lock = threading.Lock()


def counted(by: Worker, scope: Scope, wanted: Wanted, *, anew: bool = False) -> Counted:
    """The figures of a place, hidden where they must be; those of very many sites may be kept ones, unless `anew`."""
    top = None if scope.whole else scopes.above(by, scope)
    rules, today = scopes.definitions(), clock.today()

    def count(day: dt.date) -> Figures:
        return figures(scope, wanted, rules, day, top)

    if not scopes.many_sites(top or scope):
        return Counted(figures=count(today))
    key, now = _key(by, scope, wanted, top), clock.now()
    with _lock:
        known = _kept.get(key)
        if known is not None and not anew and known.day == today and now - known.at <= TOO_OLD:
            known.asked = now
            return Counted(figures=known.figures, at=known.at)
    one = _Kept(figures=count(today), day=today, at=now, asked=now, again=count, dated=bool(scope.closed[0]))
    with _lock:
        _kept[key] = one
        for old in sorted(_kept, key=lambda each: _kept[each].asked)[:-MOST]:
            del _kept[old]
    return Counted(figures=one.figures)


def _key(by: Worker, scope: Scope, wanted: Wanted, top: Scope | None) -> Key:
    """All that the figures follow from, but for the enrolments themselves."""
    closed = reach.unreadable(by) if scope.closed[0] else frozenset[str]()
    places = [(one.site.path, one.sites, one.without) for one in (scope, top) if one is not None]
    return content().version, scope.whole, tuple(places), wanted, scope.closed, closed


def forget() -> None:
    """Let every page count anew."""
    with _lock:
        _kept.clear()


def count_again() -> None:
    """Count the oldest of what was asked lately again: for the background thread, whose other work must not wait."""
    now, today = clock.now(), clock.today()
    with _lock:
        for key, one in list(_kept.items()):
            if now - one.asked > ASKED_WITHIN or (one.dated and one.day != today):
                del _kept[key]
        old = [one for one in _kept.values() if one.day != today or now - one.at >= OLD]
    if not old:
        return
    oldest = min(old, key=lambda one: one.at)
    found = oldest.again(today)
    with _lock:
        oldest.figures, oldest.day, oldest.at = found, today, now
