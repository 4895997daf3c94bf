"""The one place where the record asks what time it is."""

import datetime as dt

from django.utils import timezone

from vwazen.clinical.validate import EARLIEST, LATEST


def now() -> dt.datetime:
    """This instant, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """The calendar day at this node (VWAZEN_TIME_ZONE)."""
    return timezone.localdate(now())


def instant_of(text: str) -> dt.datetime | None:
    """The instant that an address names, with its offset; None where it names none that a list could stand at."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and EARLIEST <= at.year <= LATEST else None


def stamp(at: dt.datetime | None = None) -> str:
    """An instant as facts write it: UTC, to the millisecond."""
    return (at or now()).astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
