"""What a day hospital does for its members: taking in, the morning's attendance, calls, and the end. Actions, as in
`care.actions`."""

import datetime as dt
from typing import get_args

from django.utils import timezone

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.home_kinds import AbsenceCall
from vwazen.clinical.homes import LATE, Day, days_at, named
from vwazen.clinical.stay_view import StayView
from vwazen.clinical.stays import stay_of
from vwazen.server.care.actions import chart_of, day_of, worker_named
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import one_at_a_time, record, site_named
from vwazen.server.record.models import Person

STATES = {"here": "here", "late": "late", "absent": "absent"}
WHY = {
    "": "not known yet", "ill": "ill", "forgot": "forgot", "money": "no money for the way", "distance": "too far today",
    "work": "works, or at school", "unwilling": "does not want to", "hospital": "in hospital",
    "other": "something else",
}  # fmt: skip
REACHED = get_args(AbsenceCall.__annotations__["reached"])
AFTER = {
    "up": "to hospital: more help is needed", "down": "to visits: less help is enough",
    "ends": "their own wish, or it is over",
}  # fmt: skip
LONGEST_AGO = 14  # days back that attendance can be mended here: our default


def readable(by: Worker, row: Person) -> None:
    """Whoever keeps a day hospital or a home reads mental-health care: being there says it."""
    if "mental-health" not in policy.segments(by, row.path):
        raise Refused(
            "This is about mental-health care, which your post does not see. Ask a nurse or a social worker.",
            permission="record_care", site=row.path,
        )  # fmt: skip


@one_at_a_time
def join(*, by: Worker, person: str, site: str, reason: str = "", occurred: str = "", fact_id: str = "") -> Fact:
    """Take somebody into the day hospital of a site, from that day on."""
    row = require_person(by=by, person_id=person, permission="enrol")
    readable(by, row)
    where, chart = site_named(site), chart_of(person)
    if chart.died:
        raise Invalid("This person has died.")
    if fact_id and any(one.id == fact_id for one in chart.live):
        return next(one for one in chart.live if one.id == fact_id)
    there = next((one for one in chart.stays if one.where == "day_hospital" and one.state in ("in", "leave")), None)
    if there is not None:
        raise Invalid("They belong to a day hospital already. End that first.", field="site")
    body = f.Stay(where="day_hospital", event="admitted", facility=where.code, reason=reason.strip()[:300])
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred or here(), fact_id=fact_id)


@one_at_a_time
def mark(*, by: Worker, person: str, stay: str, state: str, why: str = "", day: str = "") -> Fact:
    """Whether somebody came on a day (today). Another word on the same day amends the first; the same word is kept."""
    row = require_person(by=by, person_id=person, permission="record_care")
    readable(by, row)
    chart = chart_of(person)
    one, on = member(chart, stay), _weekday(day)
    if state not in STATES:
        raise Invalid("Choose here, late or absent.", field="state")
    if on < one.since:
        raise Invalid("They did not belong to the day hospital yet on that day.", field="day")
    reason = {"late": LATE, "absent": why.strip()[:300]}.get(state, "")
    event = "absent" if state == "absent" else "attended"
    before = _on(chart, one, on)
    if before and before.marked and before.state == state and (state != "absent" or before.why == reason):
        return before.marked
    body = f.Stay(where="day_hospital", event=event, stay=named(one), facility=one.facility, reason=reason)  # type: ignore[arg-type]
    marked = before.marked if before else None
    if marked is not None:
        return record(by=by, person=marked.person, site=row.site, body=body, occurred=marked.occurred, amends=marked.id)
    when = here() if on == clock.today() else on.isoformat()
    return record(by=by, person=person, site=row.site, body=body, occurred=when)


@one_at_a_time
def call(
    *, by: Worker, person: str, stay: str, day: str, reached: str, outcome: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Write down a call about a day on which somebody did not come: who was reached, and what came of it."""
    row = require_person(by=by, person_id=person, permission="record_care")
    one, on = member(chart_of(person), stay), _weekday(day)
    if reached not in REACHED:
        raise Invalid("Say who was reached.", field="reached")
    if reached in ("person", "family") and not outcome.strip():
        raise Invalid("Write in a few words what was said.", field="outcome")
    body = f.AbsenceCall(stay=named(one), day=on.isoformat(), reached=reached, outcome=outcome.strip())  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


@one_at_a_time
def finish(
    *, by: Worker, person: str, stay: str, after: str, reason: str, worker: str, next_date: str, fact_id: str = ""
) -> Fact:  # fmt: skip
    """End somebody's time at the day hospital, one step up or down, with a named worker and a date."""
    row = require_person(by=by, person_id=person, permission="enrol")
    readable(by, row)
    chart = chart_of(person)
    if fact_id and any(one.id == fact_id for one in chart.live):
        return next(one for one in chart.live if one.id == fact_id)
    one = member(chart, stay)
    if after not in AFTER:
        raise Invalid("Say where they go from here.", field="after")
    if not reason.strip():
        raise Invalid("Say why, so that whoever follows them understands.", field="reason")
    worker_named(worker, row.path, "worker")
    day = day_of(next_date, "next_date")
    if day < clock.today().isoformat():
        raise Invalid("This day has passed. Give today or a later one.", field="next_date")
    body = f.Stay(
        where="day_hospital", event="discharged", stay=named(one), facility=one.facility, reason=reason.strip()[:300],
        destination="facility" if after == "up" else "home", instructions=AFTER[after], worker=worker, next=day,
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, occurred=here(), fact_id=fact_id)


def here() -> str:
    """This instant as it is lived here: the day of a morning in the east is not yet that of UTC."""
    return timezone.localtime(clock.now()).isoformat(timespec="milliseconds")


def member(chart: Chart, stay: str) -> StayView:
    """The open time at a day hospital that this id names."""
    one = stay_of(chart.stays, stay)
    if one is None or one.where != "day_hospital" or one.state not in ("in", "leave"):
        raise Invalid("They do not belong to the day hospital now. Look at the list again.")
    return one


def _on(chart: Chart, stay: StayView, day: dt.date) -> Day | None:
    return next(
        (one for one in days_at(chart.stays, chart.absence_calls, day) if one.stay.id == stay.id and one.day == day),
        None,
    )


def _weekday(day: str) -> dt.date:
    """A weekday not long ago; "" is today."""
    today = clock.today()
    on = dt.date.fromisoformat(day_of(day, "day")) if day else today
    if on > today:
        raise Invalid("This day is still to come.", field="day")
    if (today - on).days > LONGEST_AGO:
        raise Invalid(f"This is more than {LONGEST_AGO} days ago. Record it on the chart.", field="day")
    if on.weekday() >= WEEKEND:
        raise Invalid("The day hospital is open from Monday to Friday.", field="day")
    return on


WEEKEND = 5  # Saturday, as `date.weekday` counts
