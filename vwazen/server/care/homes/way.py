"""The way home from a long stay in hospital: each step with a date and whoever takes the next one."""

import datetime as dt

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import FOLLOWED_DAYS, STAGES, WayHome, named, ways_home
from vwazen.server.care.actions import chart_of, day_of, worker_named
from vwazen.server.care.dayhospital.actions import here
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import View, require_person
from vwazen.server.record.actions import one_at_a_time, record

FURTHEST = 183  # days to the next step, at the most: our default


@one_at_a_time
def take_step(
    *, by: Worker, person: str, stage: str, owner: str = "", next_date: str = "", note: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Write down a step of the way home, and who takes the next one by when. Nobody is left without a next step.

    Only somebody who has left hospital is home; the way ends when they were followed there long enough.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    chart = chart_of(person)
    if fact_id and (stored := next((one for one in chart.live if one.id == fact_id), None)):
        return stored
    if chart.died:
        raise Invalid("This person has died.")
    way = of(chart)
    if stage not in STAGES:
        raise Invalid("Choose one of the stages.", field="stage")
    if stage in ("home", "followed") and way.stay.until is None:
        raise Invalid(
            "Their stay in hospital has not ended on record. Record the discharge first, with who takes over.",
            field="stage",
        )
    ends = stage == "followed" and not next_date
    if ends:
        _long_enough(way)
    body = f.Reintegration(
        stay=named(way.stay), stage=stage, owner="" if ends else owner, next="" if ends else _next(next_date),  # type: ignore[arg-type]
        note=note.strip(),
    )  # fmt: skip
    if not ends:
        worker_named(owner, row.path)
    return record(by=by, person=person, site=row.site, body=body, occurred=here(), fact_id=fact_id)


def whole(view: View) -> Chart:
    """The chart on which to look for a way home: a community worker sees its steps, and not the stay itself."""
    return view.chart if view.may_see("mental-health") else chart_of(view.person.pk)


def of(chart: Chart) -> WayHome:
    """The way home that is open for this person: of several the newest."""
    found = ways_home(chart.stays, chart.way_home, clock.today())
    if not found:
        raise Invalid("They are not in hospital, and no way home is open for them. Open the chart to see their stays.")
    return found[-1]


def _next(text: str) -> str:
    if not text:
        raise Invalid("Say by when the next step is taken: nobody is left without one.", field="next_date")
    day, today = dt.date.fromisoformat(day_of(text, "next_date")), clock.today()
    if day < today:
        raise Invalid("This day has passed. Give today or a later one.", field="next_date")
    if (day - today).days > FURTHEST:
        raise Invalid(f"This is more than {FURTHEST} days ahead (our default). Give an earlier day.", field="next_date")
    return day.isoformat()


def _long_enough(way: WayHome) -> None:
    left = way.stay.until
    if left is None or (clock.today() - left).days < FOLLOWED_DAYS:
        raise Invalid(
            f"They are followed for {FOLLOWED_DAYS} days at home at the least (our default). Give the day of the next "
            "contact.", field="next_date",
        )  # fmt: skip
