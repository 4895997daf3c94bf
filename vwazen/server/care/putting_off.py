"""Putting off what waits, and agreeing a next date between two contacts. Nothing ends by either: it comes back."""

import datetime as dt

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.facts import Fact
from vwazen.server.care.actions import chart_of, day_of
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record
from vwazen.server.record.models import OpenItem
from vwazen.server.record.open_items import LONGEST, NEVER_PUT_OFF

FURTHEST = 366  # days ahead for which a date can be agreed: further is a slip of the pen


def put_off(*, by: Worker, item: str, until: str, reason: str, fact_id: str = "") -> Fact:
    """Put something that waits off until a day, with a reason. Withdraw the fact to undo. Never a risk."""
    row = OpenItem.objects.filter(pk=item).first()
    person = require_person(by=by, person_id=row.person if row else "", permission="record_care")
    if row is None or row.kind in NEVER_PUT_OFF:
        raise Invalid("A risk is never put off: somebody speaks with the person, or hands it to somebody who will.")
    day, today = dt.date.fromisoformat(day_of(until, "until")), clock.today()
    if day <= today:
        raise Invalid("This day has come already. Give a later one.", field="until")
    if day > today + dt.timedelta(days=LONGEST):
        last = say(today + dt.timedelta(days=LONGEST))
        raise Invalid(f"Nothing is put off for longer than {LONGEST} days, that is until {last}.", field="until")
    if not reason.strip():
        raise Invalid("Say why, so that whoever looks next understands.", field="reason")
    body = f.Snooze(item=row.pk, until=day.isoformat(), reason=reason.strip())
    return record(by=by, person=person.pk, site=person.site, body=body, fact_id=fact_id)


def set_next_date(*, by: Worker, person: str, next_date: str, reason: str = "", fact_id: str = "") -> Fact:
    """Agree a next date without a contact, or move it. For someone in care."""
    row = require_person(by=by, person_id=person, permission="record_care")
    day, today = dt.date.fromisoformat(day_of(next_date, "next_date")), clock.today()
    if day < today:
        raise Invalid("This day has passed. Give today or a later one.", field="next_date")
    if day > today + dt.timedelta(days=FURTHEST):
        raise Invalid("This is more than a year ahead. Give an earlier day.", field="next_date")
    if not chart_of(row.pk).open_episodes:
        raise Invalid("This person is not in care now. Enrol them first, or find who follows them.")
    body = f.Appointment(next=day.isoformat(), reason=reason.strip())
    return record(by=by, person=row.pk, site=row.site, body=body, fact_id=fact_id)
