"""Forms without a score: what was answered against the form, which answers tell of danger, and what became known when.

Nothing here reads a free text. A danger is an answer that the form itself marks; what was not asked is absent.
"""

import calendar
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from vwazen.clinical.facts import Appointment, Encounter, Fact, Trace
from vwazen.content.forms import Form, FormItem

Value: TypeAlias = str | float | tuple[str, ...]

_PARTIAL = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def span(text: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that a year, a month or a day stands for; None for what is none of them."""
    if not _PARTIAL.fullmatch(text) or not text.isascii():
        return None
    parts = [int(part) for part in text.split("-")]
    try:
        first = dt.date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    if len(parts) == 1:
        return first, first.replace(month=12, day=31)
    if len(parts) == 2:
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first, first


def faults(form: Form, answers: Mapping[str, Value], day: dt.date) -> dict[str, str]:
    """item -> what cannot be, for answers said on `day`; an item that the form does not have is named as well."""
    items = {item.id: item for item in form.items}
    found = {}
    for name, value in answers.items():
        item = items.get(name)
        wrong = _fault(form, item, value, day) if item else "The form has no such question. Open the page again."
        if wrong:
            found[name] = wrong
    return found


def _fault(form: Form, item: FormItem, value: Value, day: dt.date) -> str:
    choices = form.choices(item)
    if item.kind == "choice" and (not isinstance(value, str) or value not in choices):
        return "Choose one of these."
    if item.kind == "several" and (not isinstance(value, tuple) or not set(value) <= set(choices)):
        return "Choose among these."
    if item.kind == "number":
        if not isinstance(value, int | float):
            return "Write a number, or leave it empty."
        if (item.low is not None and value < item.low) or (item.high is not None and value > item.high):
            return f"Write a number from {item.low:g} to {item.high:g}, or leave it empty."
    if item.kind == "date":
        known = span(value) if isinstance(value, str) else None
        if known is None:
            return "Write a day (2026-11-21), a month (2026-11) or a year (2026)."
        if known[0] > day:
            return "This day has not come yet. Mend it, or leave it empty."
        if item.left_hospital and known[0] != known[1]:
            return "Write the day, as 2026-11-21, or leave it empty."
    if item.kind == "text" and not isinstance(value, str):
        return "Write it in words."
    return ""


def dangers(form: Form, answers: Mapping[str, Value], day: dt.date, recent_days: int) -> tuple[str, ...]:
    """Items whose answer, told on `day`, opens the safety steps; of a date known in part, the latest day counts."""
    found = []
    for item in form.items:
        value = answers.get(item.id)
        if value is None:
            continue
        given = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        told = bool(set(given) & set(item.danger))
        if item.danger_if_recent and isinstance(value, str) and (known := span(value)):
            told = min(known[1], day) >= day - dt.timedelta(days=recent_days)
        if told:
            found.append(item.id)
    return tuple(found)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One contact that was held after a date was agreed. `days`: after it (negative: before), 0 on the day."""

    fact: Fact
    agreed: dt.date
    days: int

    @property
    def words(self) -> str:
        """Early, on the day or late, in days: a week's early is as far as PIH's Haitian form tells apart."""
        if self.days == 0:
            return "came on the day agreed"
        many = f"{abs(self.days)} day{'' if abs(self.days) == 1 else 's'}"
        return f"came {many} {'after' if self.days > 0 else 'before'} the day agreed"


def kept(facts: Sequence[Fact]) -> tuple[Kept, ...]:
    """Every contact held for which a date was agreed, oldest first: how it lies to that date. Pass a chart's `live`.

    A date holds until the person is met, or another is agreed.
    """
    found = []
    agreed: dt.date | None = None
    for fact in facts:
        body = fact.body
        if not isinstance(body, Encounter | Appointment | Trace) or (isinstance(body, Trace) and body.found != "found"):
            continue
        if isinstance(body, Encounter) and body.met:
            if agreed is not None:
                found.append(Kept(fact=fact, agreed=agreed, days=(fact.day - agreed).days))
            agreed = None
        if body.next:
            agreed = dt.date.fromisoformat(body.next)
    return tuple(found)
