"""Days as people here read them. `today` is an argument: nothing here looks at a clock."""

from datetime import date
from functools import lru_cache

from django.utils.dateformat import format as formatted


@lru_cache(maxsize=4096)
def _written(when: date, style: str) -> str:
    """Kept, since a page writes hundreds of days and most of them many times. Pages are in one language."""
    return formatted(when, style)


def day(when: date, today: date) -> str:
    """A day such as 17 Nov, with the year where it is not this one."""
    return _written(when, "j M" if when.year == today.year else "j M Y")


def long_day(when: date) -> str:
    """A day such as 17 November 2026."""
    return _written(when, "j F Y")


def distance(when: date, today: date) -> str:
    """How far a day is from today: "today", "in 3 days", "2 weeks ago". Never shown without the day itself."""
    days = (when - today).days
    if abs(days) < 2:
        return ("yesterday", "today", "tomorrow")[days + 1]
    size = abs(days)
    # Days below a fortnight, weeks below ten weeks, months below two years: each still tells two visits apart
    if size < 14:
        count, unit = size, "day"
    elif size < 70:
        count, unit = size // 7, "week"
    elif size < 730:
        count, unit = int(size / 30.44), "month"
    else:
        count, unit = int(size / 365.25), "year"
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if days > 0 else f"{words} ago"
