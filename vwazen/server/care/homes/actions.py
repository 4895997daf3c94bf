"""Moving into a protected home, reviews of the stay, and moving out. Actions, as in `care.actions`.

A home never has more residents than beds: whoever moves somebody in holds the home's row until it is on record.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import get_args

from django.db import connection

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import ALONE, AREAS, LONGEST_REVIEW_DAYS, RIGHTS, named
from vwazen.clinical.stay_view import StayView
from vwazen.clinical.stays import stay_of
from vwazen.server.care.actions import chart_of, day_of, worker_named
from vwazen.server.care.dayhospital.actions import here, readable
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Home, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import one_at_a_time, record
from vwazen.server.record.models import Person

ANSWERS = get_args(f.Answer)
OUT = {
    "home": "home, to their own place or family", "facility": "to a hospital", "protected_home": "to another home",
    "prison": "to prison", "unknown": "left without saying where to",
}  # fmt: skip


def residents(home: Home) -> int:
    """How many live in this home now, those on leave too: their bed is theirs."""
    rows = store.select(
        "SELECT count(*) FROM record_stay WHERE at_path = %s AND state IN ('in', 'leave') "
        "AND kind = 'protected_home' AND unit = %s",
        [home.site.path, home.pk],
    )
    return int(str(rows[0][0]))


def move_in(
    *, by: Worker, person: str, home: str, agrees: str, owner: str, reason: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Let somebody move into a home that has a free bed. Nobody moves in without having agreed; `owner` answers."""
    row = require_person(by=by, person_id=person, permission="enrol")
    readable(by, row)
    if agrees != "yes":
        raise Invalid("Nobody moves in without having agreed. Speak with them first.", field="agrees")
    with store.writing():
        place = _held(home)
        policy.require(by, "record_care", place.site)
        with store.alone_with(person):
            chart = chart_of(person)
            if fact_id and (stored := next((one for one in chart.live if one.id == fact_id), None)):
                return stored
            _may_move_in(chart)
            many = residents(place)
            if many >= place.beds:
                raise Invalid(
                    f"{place.name} has {place.beds} bed{'' if place.beds == 1 else 's'}, and {many} "
                    f"{'is' if many == 1 else 'are'} taken. Choose another home, or wait until somebody has moved out.",
                    field="home",
                )  # fmt: skip
            _answers_for(owner, row)
            body = f.Stay(
                where="protected_home", event="admitted", facility=place.site_id, place=place.name, unit=place.pk,
                reason=reason.strip()[:300], worker=owner,
            )  # fmt: skip
            return record(by=by, person=person, site=row.site, body=body, occurred=here(), fact_id=fact_id)


def _held(home: str) -> Home:
    """The home, held until the transaction ends: of two who want the last bed the second sees the first.

    SQLite has one writer anyway, and whoever writes holds it from the beginning.
    """
    rows = Home.objects.select_related("site")
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(of=("self",))
    place = rows.filter(pk=home).first()
    if place is None:
        raise Invalid("Choose one of the homes.", field="home")
    return place


def _may_move_in(chart: Chart) -> None:
    if chart.died:
        raise Invalid("This person has died.")
    if any(one.where == "protected_home" and one.state in ("in", "leave") for one in chart.stays):
        raise Invalid("They live in a protected home already. Record there that they moved out, first.", field="home")


def _answers_for(owner: str, row: Person, field: str = "owner") -> None:
    """Who looks at the stay again works here and may read what such a review says."""
    worker_named(owner, row.path, field)
    one = Worker.objects.get(pk=owner)
    if "mental-health" not in policy.segments(one, row.path):
        raise Invalid(f"{one.name} may not read such reviews. Choose somebody else.", field=field)


@one_at_a_time
def review(
    *, by: Worker, person: str, stay: str, next_date: str, owner: str, agrees: str = "not_asked",
    rights: Sequence[str] = (), visitors: str = "not_asked", own_key: str = "not_asked",
    own_money: str = "not_asked", alone: Mapping[str, str] | None = None, wishes: str = "", note: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Look at a stay again, with the resident: what they agree to, know, do alone and wish."""
    row = require_person(by=by, person_id=person, permission="record_care")
    readable(by, row)
    one = resident(chart_of(person), stay)
    day, today = dt.date.fromisoformat(day_of(next_date, "next_date")), clock.today()
    if day <= today:
        raise Invalid("This day has come already. Give a later one.", field="next_date")
    if (day - today).days > LONGEST_REVIEW_DAYS:
        raise Invalid(
            f"A stay is looked at again after {LONGEST_REVIEW_DAYS} days at the latest (our default).",
            field="next_date",
        )
    _answers_for(owner, row)
    answers = {"agrees": agrees, "visitors": visitors, "own_key": own_key, "own_money": own_money}
    for name, answer in answers.items():
        if answer not in ANSWERS:
            raise Invalid("Choose yes, no or not asked.", field=name)
    if any(one not in RIGHTS for one in rights) or any(
        area not in AREAS or how not in ALONE for area, how in (alone or {}).items()
    ):
        raise Invalid("Choose of what the form shows. Open the page again.")
    if agrees == "no" and not wishes.strip():
        raise Invalid("Write what they wish instead: nobody lives here against their will.", field="wishes")
    body = f.ResidentReview(
        stay=named(one), next=day.isoformat(), owner=owner, rights=tuple(sorted(set(rights))), alone=dict(alone or {}),  # type: ignore[arg-type]
        wishes=wishes.strip(), note=note.strip(), **answers,  # type: ignore[arg-type]
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


@one_at_a_time
def move_out(
    *, by: Worker, person: str, stay: str, destination: str, instructions: str, worker: str, next_date: str,
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Somebody moves out: where to, with which worker beside them, and when they are seen next."""
    row = require_person(by=by, person_id=person, permission="enrol")
    readable(by, row)
    chart = chart_of(person)
    if fact_id and (stored := next((one for one in chart.live if one.id == fact_id), None)):
        return stored
    one = resident(chart, stay)
    if destination not in OUT:
        raise Invalid("Say where they go.", field="destination")
    if not instructions.strip():
        raise Invalid("Write what was agreed for the time after, or what is known.", field="instructions")
    worker_named(worker, row.path, "worker")
    day = day_of(next_date, "next_date")
    if day < clock.today().isoformat():
        raise Invalid("This day has passed. Give today or a later one.", field="next_date")
    body = f.Stay(
        where="protected_home", event="discharged", stay=named(one), facility=one.facility, place=one.place,
        unit=one.unit, destination=destination, instructions=instructions.strip()[:300], worker=worker, next=day,  # type: ignore[arg-type]
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, occurred=here(), fact_id=fact_id)


def resident(chart: Chart, stay: str) -> StayView:
    """The stay in a protected home that this id names, while it lasts."""
    one = stay_of(chart.stays, stay)
    if one is None or one.where != "protected_home" or one.state not in ("in", "leave"):
        raise Invalid("They do not live in a protected home now. Look at the list again.")
    return one
