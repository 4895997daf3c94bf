"""The components as tags and filters: {% load vwazen %}.

    {% tier 2 %}                                     number and word
    {% chip "PHQ-9" 16 change=-2 %}                  a score with its instrument and change
    {% chip "PHQ-9" None why="not scored, 2 unanswered" %}
    {% spark values title="PHQ-9" lo=0 hi=27 target=9 %}
    {% help "order" %}                               an explanation that opens in place
    {{ when|date }}  {{ when|clock }}  {{ when|ago }}  {{ change|signed }}

Larger pieces are templates in components/, each with a comment that names what it takes.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django import template
from django.template.defaultfilters import date as formatted
from django.template.defaultfilters import time as formatted_time
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vwazen.server.record import clock as node
from vwazen.server.web import charts, dates
from vwazen.server.web.help import EXPLANATIONS, KEYS
from vwazen.server.web.svg import number

register = template.Library()

TIERS = {
    0: "On track",
    1: "Now",
    2: "Today",
    3: "This week",
    4: "This week",
    5: "Review",
    6: "Review",
    7: "Review",
    8: "Follow up",
    9: "Follow up",
}
# tiers that look alike share a class; weight falls with urgency
_WEIGHT = {0: "t0", 1: "t1", 2: "t2", 3: "t3", 4: "t3", 5: "t5", 6: "t5", 7: "t5", 8: "t8", 9: "t8"}


@register.simple_tag
def tier(rank: int, word: str = "") -> SafeString:
    """How urgent, as number and word; 0 is on track and has no number. An unknown tier is an error, not a badge."""
    if rank not in TIERS:
        raise ValueError(f"There is no tier {rank!r}: tiers are 0 (on track) and 1 to 9.")
    shown = format_html("<b>{}</b> ", rank) if rank else ""
    return format_html('<span class="tier {}">{}{}</span>', _WEIGHT[rank], shown, word or TIERS[rank])


@register.filter
def signed(change: float | None) -> SafeString | str:
    """A change with its sign, kept together in right-to-left text: +5, −2, "same" for 0, nothing for None."""
    if change is None:
        return ""
    words = "same" if change == 0 else f"+{number(change)}" if change > 0 else number(change)
    return format_html("<bdi>{}</bdi>", words)


@register.simple_tag
def chip(
    instrument: str,
    score: float | None,
    *,
    change: float | None = None,
    since: datetime.date | None = None,
    first: bool = False,
    why: str = "not scored",
    quiet: bool = False,
) -> SafeString:
    """A score with its instrument and its change, or why there is none.

    `first`: there is nothing to compare with yet. `quiet`: the instrument is written for screen readers only, where
    a column's head names it.
    """
    name = format_html('<span class="sr">{}</span>', instrument) if quiet else instrument
    if score is None:
        return format_html('<span class="chip unknown">{} {}</span>', name, why)
    words = SafeString("<bdi>first</bdi>") if first else signed(change)
    when = f" since {dates.day(since, node.today())}" if since and not first else ""
    return format_html('<span class="chip">{} <b>{}</b> {}{}</span>', name, number(score), words, when)


@register.simple_tag
def spark(points: Sequence[charts.Score], *, title: str, lo: float, hi: float, **options: Any) -> SafeString:
    """See `charts.spark`."""
    return charts.spark(points, title=title, lo=lo, hi=hi, **options)


def _day(when: datetime.date | datetime.datetime) -> datetime.date:
    if isinstance(when, datetime.datetime):
        return timezone.localtime(when).date() if timezone.is_aware(when) else when.date()
    return when


@register.filter(expects_localtime=True)
def date(when: datetime.date | datetime.datetime | None, style: str = "") -> str:
    """17 Nov, with the year where it is not this one; with a format, Django's own filter. None stays visible."""
    if not when:
        return "not recorded"
    return str(formatted(when, style)) if style else dates.day(_day(when), node.today())


@register.filter(expects_localtime=True)
def clock(when: datetime.datetime | None) -> str:
    """The time of day, 08:42."""
    return str(formatted_time(when, "H:i")) if when else "not recorded"


@register.filter(expects_localtime=True)
def ago(when: datetime.date | datetime.datetime | None, today: datetime.date | None = None) -> SafeString | str:
    """The day and how far it is from `today` (the clock's, unless given): 17 Nov, 2 days ago."""
    if not when:
        return "not recorded"
    day, now = _day(when), today or node.today()
    return format_html(
        '<time datetime="{}">{}, {}</time>', when.isoformat(), dates.day(day, now), dates.distance(day, now)
    )


@register.filter
def instant(when: datetime.datetime) -> str:
    """An instant for a data- attribute, with its offset, as a script reads it."""
    return when.isoformat()


@register.filter
def figure(value: float | None) -> str:
    """A number without needless zeros; None is said in words."""
    return "not known" if value is None else number(value)


@register.simple_tag
def help(topic: str) -> SafeString:
    """An explanation that opens in place; the topics stand in web/help.py."""
    if topic not in EXPLANATIONS:
        raise ValueError(f"No explanation {topic!r} in web/help.py; there are {', '.join(EXPLANATIONS)}.")
    found = EXPLANATIONS[topic]
    body = format_html_join("", "<p>{}</p>", ((paragraph,) for paragraph in found.answer))
    return format_html('<details class="help"><summary>{}</summary>{}</details>', found.question, body)


@register.simple_tag
def keys() -> tuple[tuple[str, str, str], ...]:
    """The keys there are: what is pressed, what it does, the selector a page must have for it."""
    return KEYS
