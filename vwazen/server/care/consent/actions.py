"""What people say about who may know their record, and what comes of a no."""

import datetime as dt
from typing import Any
from uuid import UUID

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.content.consent_rules import ConsentRules
from vwazen.content.load import content
from vwazen.server.audit.actions import log
from vwazen.server.care.actions import chart_of, day_of
from vwazen.server.care.consent.words import aged
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Role, Site, Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record
from vwazen.server.record.consent_items import waiting
from vwazen.server.record.models import Person

HOW = ("paper", "aloud", "screen")


def rules() -> ConsentRules:
    """The country's rules on consent and records, or our default."""
    return content().get(ConsentRules, "consent")


def say(
    *, by: Worker, person: str, segment: str, granted: bool, to: str = "", until: str = "", how: str = "aloud",
    speaker: str = "self", who: str = "", purpose: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """A yes or a no to one segment and one recipient, as `vwazen.clinical.consent` reads it; in force at once.

    A no is taken by whoever cares for the person, of any segment and from anybody. A yes needs somebody who may give
    it, is taken by who may see that segment, and is not taken by a worker to whom the person said no.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    known = rules()
    if segment not in f.SEGMENTS:
        raise Invalid("Choose which part of the record it is about.", field="segment")
    if how not in HOW:
        raise Invalid("Say how it was given: on paper, aloud or on the screen.", field="how")
    if speaker not in known.speakers:
        raise Invalid("Say who said it.", field="speaker")
    if speaker != "self" and not who.strip():
        raise Invalid("Write the name of whoever spoke for the person.", field="who")
    body = f.Consent(
        segment=segment, granted=granted, to=_recipient(to), until=_until(until), how=how,  # type: ignore[arg-type]
        by=speaker, who=who.strip() if speaker != "self" else "", purpose=purpose.strip(),
    )  # fmt: skip
    _may_close_all(body)
    if granted:
        _may_say_yes(by, row, body, known)
    fact = record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)
    what = f"segment={segment} granted={'yes' if granted else 'no'} to={_code(body.to)}"
    log(by=by, action="consent", person=person, site=row.path, purpose="consent", note=what)
    return fact


def _code(to: str) -> str:
    """The recipient as the log may hold it: words typed for somebody without an account stay out of it."""
    return (to or "everybody") if to.partition(":")[0] in ("", "family", "role", "site", "worker") else "other"


def _recipient(to: str) -> str:
    kind, _, which = to.strip().partition(":")
    if kind == "role" and which not in Role.values:
        raise Invalid("There is no such role. Choose one of the list.", field="to")
    if kind == "site" and not Site.objects.filter(code=which).exists():
        raise Invalid(
            f"There is no site with the code {which!r}. Its code stands on the page of the sites.", field="to"
        )
    if kind == "worker":
        _worker(which)
    return to.strip()


def _worker(which: str) -> None:
    try:
        known = Worker.objects.filter(pk=UUID(which)).exists()
    except ValueError:
        known = False
    if not known:
        raise Invalid("Choose a worker of the list.", field="to")


def _until(text: str) -> str:
    if not text:
        return ""
    day = day_of(text, "until")
    if day < clock.today().isoformat():
        raise Invalid("This day is over. Leave it empty for “until they say otherwise”.", field="until")
    return day


def _may_close_all(body: f.Consent) -> None:
    if body.segment == "general" and not body.granted and not body.to:
        raise Invalid(
            "Name and tasks cannot be closed to everybody: nobody could help. Choose from whom they are to be kept, or "
            "close mental-health care to everybody. Where they want no record at all, ask for its erasure.", field="to",
        )  # fmt: skip


def _may_say_yes(by: Worker, row: Person, body: f.Consent, known: ConsentRules) -> None:
    chart, at = chart_of(row.pk), reach.Place(row.path)
    if body.segment not in policy.segments(by, at.path):
        raise Invalid(
            "A yes to this part is taken by a colleague whose work it is. A no you can take.", field="segment"
        )
    me = reach.viewer(by)
    closed = chart.permits.closed(body.segment, me, clock.today())
    if closed is not None and closed.to and me.is_meant(body.to):
        raise Invalid("They said no to you, or to your role or site. A colleague takes their yes.", field="to")
    age = aged(chart, clock.today())
    least = known.own_yes_from_age[body.segment]
    if age is not None and age < least and body.by not in known.for_a_child:
        who = " or ".join(known.speakers[one] for one in known.for_a_child)
        raise Invalid(
            f"They are {age}. Below {least} the yes comes from {who}; a no is taken from them.", field="speaker"
        )


def retake(*, by: Worker, person: str, fact: str, **given: Any) -> Fact:
    """The opposite of one word that stands, to the same recipient and part: a yes taken back, a no opened again."""
    require_person(by=by, person_id=person, permission="record_care")
    word = next((one for one in chart_of(person).permits.words if one.fact.id == fact), None)
    if word is None:
        raise Invalid("This stands on the record no more. The page shows what does.", field="fact")
    return say(by=by, person=person, segment=word.segment, granted=not word.granted, to=word.to, **given)


def settle(*, by: Worker, person: str, fact: str, outcome: str, fact_id: str = "") -> Fact:
    """What was decided with the person after their no; only then it waits no longer."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if not any(one.fact.id == fact for one in waiting(chart_of(person), clock.today())):
        raise Invalid("Nobody waits for this any more. The page shows what is open.", field="fact")
    if not outcome.strip():
        raise Invalid("Write what you decided with them. Everyone who may open this record reads it.", field="outcome")
    body = f.Noted(fact=fact, outcome=outcome.strip(), segment="general")
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def kept_until(chart: Chart, today: dt.date) -> dt.date:
    """The first day on which the record need not be kept any longer, by the country's years."""
    known = rules()
    last = max((fact.day for fact in chart.live), default=today)
    year = last.year + known.keep_years
    born = chart.registration.born if chart.registration else ""
    if born[:4].isdigit() and last.year - int(born[:4]) <= 18:
        year = max(year, int(born[:4]) + known.keep_child_until_age)
    return dt.date(year, 12, 31)
