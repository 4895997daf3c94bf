"""Saying what came of looking for somebody: one report, with the contact and the danger that belong to it."""

import datetime as dt

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical import tracing
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.content.load import content
from vwazen.content.tracing import Tracing
from vwazen.server.care.actions import day_of
from vwazen.server.care.putting_off import FURTHEST
from vwazen.server.care.tracing.words import FOUND, MODES, OFFERS, REASONS
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import facts_of, require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, record_together
from vwazen.server.record.models import Person

NOTE = 400  # characters: everyone who may open the record reads it


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one try. `danger` is "yes", "no" or "" where nobody asked; `danger_text` what was seen or told."""

    mode: str
    found: str
    reason: str = "not_said"
    offer: str = "none"
    next_date: str = ""
    note: str = ""
    danger: str = ""
    danger_text: str = ""


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The report, and the id of the risk that it opened, else ""."""

    trace: Fact
    risk: str = ""


def rules() -> Tracing:
    """The days and numbers of missed visits, as content says them."""
    return content().get(Tracing, "tracing")


def missed(now: Chart) -> tracing.Miss | None:
    """The planned contact of this chart that is missed, or will be."""
    return tracing.miss(now, rules())


def report(*, by: Worker, person: str, tried: Try, fact_id: str = "") -> Saved:
    """Save what came of a try. `fact_id` is the report's, drawn with its form: sent twice, it is one report.

    Whoever was found needs a next date, unless a danger was told: then the safety steps come first. A move or a death
    that was told is written down as told, and nothing else follows from it by itself.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    with store.alone_with(row.pk):
        now = _before(row, fact_id)
        if now.died:
            raise Invalid("A death is on record. Nobody is looked for any more; tell what you know in a note.")
        following = _checked(by, row, tried)
        first = fact_id or make_id()
        return _save(by, row, first, tried, following, missed(now))


def _before(row: Person, first: str) -> Chart:
    """The chart as it was before this report: a form that is sent twice is looked at as it was the first time."""
    mine = {first, id_beside(first, "met"), id_beside(first, "danger")} if first else set()
    return chart([one for one in facts_of(row.pk) if one.id not in mine], content(), clock.today(), person=row.pk)


def _checked(by: Worker, row: Person, tried: Try) -> str:
    """The next date, once everything fits. Raises Invalid with the field, or Refused."""
    for field, value, known in (
        ("found", tried.found, FOUND), ("mode", tried.mode, MODES), ("reason", tried.reason, REASONS),
        ("offer", tried.offer, OFFERS), ("danger", tried.danger, ("yes", "no", "")),
    ):  # fmt: skip
        if value not in known:
            raise Invalid("Choose one of these.", field=field)
    if tried.danger == "yes":
        policy.require(by, "act_on_risk", row.path)
    elif tried.danger_text.strip():
        raise Invalid("A danger is written here. Say yes above, or empty this box.", field="danger")
    if len(tried.note.strip()) > NOTE:
        raise Invalid(f"Write it in {NOTE} characters. What was told in confidence belongs in a note.", field="note")
    if not tried.next_date.strip():
        if tried.found == "found" and tried.danger != "yes":
            raise Invalid("They were found: agree the next date with them, so that nobody is lost.", field="next_date")
        return ""
    if tried.found in ("moved", "died"):
        raise Invalid("No date can be agreed here. Empty it; whoever follows them decides.", field="next_date")
    following, today = dt.date.fromisoformat(day_of(tried.next_date, "next_date")), clock.today()
    if following < today:
        raise Invalid("This day has passed. Give today or a later one.", field="next_date")
    if following > today + dt.timedelta(days=FURTHEST):
        raise Invalid("This is more than a year ahead. Give an earlier day.", field="next_date")
    return following.isoformat()


def _save(
    by: Worker, row: Person, first: str, tried: Try, following: str, miss: tracing.Miss | None
) -> Saved:  # fmt: skip
    stamp = clock.stamp()  # one moment for all of it

    def fact(fact_id: str, body: f.AnyBody, encounter: str = "") -> Fact:
        made = make_fact(by=by, person=row.pk, site=row.site, body=body, occurred=stamp, fact_id=fact_id)
        return msgspec.structs.replace(made, recorded=stamp, encounter=encounter)

    body = f.Trace(
        missed=miss.day.isoformat() if miss and miss.agreed else "", mode=tried.mode, found=tried.found,  # type: ignore[arg-type]
        reason=tried.reason, offer=tried.offer, next=following, note=tried.note.strip(),  # type: ignore[arg-type]
    )  # fmt: skip
    met = tried.found == "found" and tried.mode in ("home", "phone")  # then it was a contact, and counts as one
    contact = id_beside(first, "met") if met else ""
    facts = [fact(first, body, contact)]
    if met:
        facts.append(fact(contact, f.Encounter(mode=tried.mode, next=following)))  # type: ignore[arg-type]
    if tried.danger == "yes":
        text = tried.danger_text.strip() or "A danger was seen or told of when they were looked for."
        facts.append(fact(id_beside(first, "danger"), f.Concern(trigger="told", text=text), contact))
    saved = record_together(facts)
    return Saved(trace=saved[0], risk=saved[-1].id if isinstance(saved[-1].body, f.Concern) else "")
