"""In which segment a worker may ask their supervisor about a person from the phone: one that both may read."""

from collections.abc import Iterable

from vwazen.server.organisation import policy
from vwazen.server.organisation.find import supervisor_of
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach
from vwazen.server.record.models import Person

SEGMENTS = ("mental-health", "general")  # the first that both read


def usual(by: Worker, chief: Worker | None) -> str:
    """At the first of the worker's sites where the supervisor reads any; "" where at none."""
    if chief is None:
        return ""
    posts = sorted(policy.posts(by), key=lambda post: (post.starts, post.pk))
    return next((one for post in posts for one in _both(by, chief, post.site.path)), "")


def unusual(by: Worker, rows: Iterable[Person]) -> dict[str, str]:
    """Person -> the segment, of those about whom it is another than `usual`; "" where the supervisor may not know."""
    chief = supervisor_of(by)
    if chief is None:
        return {}
    known = usual(by, chief)
    at: dict[str, tuple[str, ...]] = {}
    closed = {one: reach.unreadable(by, one) | reach.unreadable(chief, one) for one in SEGMENTS}
    found: dict[str, str] = {}
    for row in rows:
        if row.path not in at:
            at[row.path] = _both(by, chief, row.path)
        # What they closed is not asked in a segment that more people read: then somebody rings.
        segment = next(iter(at[row.path]), "")
        segment = "" if segment and row.pk in closed[segment] else segment
        if segment != known:
            found[row.pk] = segment
    return found


def _both(by: Worker, chief: Worker, path: str) -> tuple[str, ...]:
    if not (policy.can(by, "record_care", path) and policy.can(chief, "record_care", path)):
        return ()
    both = policy.segments(by, path) & policy.segments(chief, path)
    return tuple(one for one in SEGMENTS if one in both)
