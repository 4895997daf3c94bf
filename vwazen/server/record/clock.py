"""The one place where the record asks what time it is."""

import datetime as dt

from django.utils import timezone


def now() -> dt.datetime:
    """This instant, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """The calendar day at this node (VWAZEN_TIME_ZONE)."""
    return timezone.localdate(now())


def stamp(at: dt.datetime | None = None) -> str:
    """An instant as facts write it: UTC, to the millisecond."""
    return (at or now()).astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
