"""Reminders and nudges follow the record: what a chart asks for waits in the outbox, and what it does not is ended.

No night job: both are queued when the date is agreed, each with its own clock, and end by themselves when the person
comes, the date moves, the person dies, is merged, withdraws, or writes STOP, whichever page, file or phone said so.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec
from django.utils import timezone

from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import ContactPreference
from vwazen.content.load import content
from vwazen.content.messages import written
from vwazen.server.interop import outbox
from vwazen.server.interop.addresses import clean
from vwazen.server.organisation.models import Site
from vwazen.server.record import clock
from vwazen.server.record.refresh import path_of

REMINDER, MISSED = "reminder", "missed"
# Our defaults, not yet reviewed by a clinician: the hour at which both go out, the hour of the agreed day from which a
# reminder comes too late, and the days after it for which a nudge makes sense.
HOUR, TOO_LATE = 9, 8
NUDGE_DAYS = 3
VIOLENCE = "intimate-partner-violence"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a chart asks for. `shared`: its wording must name no place."""

    key: str
    about: str
    person: str
    site: str
    contact: ContactPreference
    shared: bool
    day: dt.date
    not_before: dt.datetime
    expires: dt.datetime


def wanted(one: Chart) -> Iterator[Wanted]:
    """What should go out for this person by what is known now: the day before an agreed date, and after it."""
    if one.died or one.merged_into or one.next_date is None:
        return
    day = one.next_date
    for _, body in one.contacts:
        shared = read_by_others(one, body)
        for about, first, last in (
            (REMINDER, _local(day, -1, HOUR), _local(day, 0, TOO_LATE)),
            (MISSED, _local(day, 1, HOUR), _local(day, 1 + NUDGE_DAYS, 0)),
        ):
            key = f"{about}:{one.person}:{day}:{body.channel}"
            yield Wanted(
                key=key, about=about, person=one.person, site=one.site, contact=body, shared=shared, day=day,
                not_before=first, expires=last,
            )  # fmt: skip


def read_by_others(one: Chart, body: ContactPreference) -> bool:
    """Whether the wording must name no place: a phone that others read, or anything on record about violence at home.

    Whatever was answered about violence, and whether it may be read here or not: it is the careful side that is taken.
    """
    if body.shared != "no" or VIOLENCE in one.permits.sealed(clock.today()):
        return True
    return any(VIOLENCE in (getattr(fact.body, "segment", ""), getattr(fact.body, "SEGMENT", "")) for fact in one.live)


def text_of(one: Chart, about: str, body: ContactPreference, day: dt.date, site: str) -> str:
    """The words as they go out to this address."""
    return written(content(), about, body.language, shared=read_by_others(one, body), day=day, site=site)


class Following:
    """Brings the outbox to what charts ask for. Lists remade as of another day ask for nothing."""

    def __init__(self, today: dt.date) -> None:
        self._on = today == clock.today()
        self._asked: list[Wanted] = []

    def see(self, one: Chart) -> None:
        """Note what this chart asks for."""
        if self._on:
            self._asked += wanted(one)

    def end(self, people: Sequence[str]) -> None:
        """Queue it, and end what the charts of these people do not ask for."""
        if not self._on:
            return
        standing = outbox.keep([each.key for each in self._asked], people, (REMINDER, MISSED))
        now = clock.now()
        asked = [each for each in self._asked if each.expires > max(now, each.not_before)]
        if not asked:
            return
        names = dict(Site.objects.filter(pk__in={each.site for each in asked}).values_list("pk", "name"))
        usual = outbox.default_quiet()
        for each in asked:
            body = each.contact
            hours = (
                usual[0] if body.quiet_from is None else body.quiet_from,
                usual[1] if body.quiet_until is None else body.quiet_until,
            )
            site, path = names.get(each.site, ""), path_of(each.site)
            text = written(content(), each.about, body.language, shared=each.shared, day=each.day, site=site)
            # Most of what is asked for waits already, word for word: to queue it again costs as much as a chart.
            to = clean(body.channel, body.address)
            if standing.get(each.key) != outbox.Standing(to, text, path, each.expires, hours):
                outbox.queue(
                    key=each.key, channel=body.channel, address=body.address, about=each.about, person=each.person,
                    text=text, path=path, not_before=each.not_before, expires=each.expires, quiet=hours,
                )  # fmt: skip


def _local(day: dt.date, days: int, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=days), dt.time(hour)))
