"""Acting on a risk: ask, call, acknowledge, make safe, plan, follow, and, by a person only, close.

No step waits for another: someone may be called before anything is asked. Nothing here closes by itself.
"""

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Risk
from vwazen.clinical.facts import Fact
from vwazen.clinical.safety import QUESTIONS
from vwazen.server.care.actions import chart_of, day_of
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import record
from vwazen.server.record.models import Person

ANSWERS = ("yes", "no", "not_asked")


def raise_concern(*, by: Worker, person: str, text: str, told: bool = False, fact_id: str = "") -> Fact:
    """A worker is worried, or was told of a danger. Opens a risk at once; the fact's id is the risk's."""
    row = require_person(by=by, person_id=person, permission="act_on_risk")
    if not text.strip():
        raise Invalid("Say in a few words what worries you.", field="text")
    body = f.Concern(trigger="told" if told else "worker", text=text.strip())
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def assess(*, by: Worker, person: str, risk: str, answers: dict[str, str], recent_act_on: str = "", staying: str = "",
           done: tuple[str, ...] = (), words: str = "") -> Fact:  # fmt: skip
    """What was asked and done. A question that is not in `answers` was not asked, and stays open."""
    row, found = _risk(by, person, risk)
    for question, answer in answers.items():
        if question not in ("private", *QUESTIONS) or answer not in ANSWERS:
            raise Invalid("Answer with yes, no or not asked.", field=question)
    if recent_act_on and day_of(recent_act_on, "recent_act_on") > clock.today().isoformat():
        raise Invalid("This day lies ahead. Write the day of the act, or leave it empty.", field="recent_act_on")
    body = f.Assessment(
        risk=found.id, recent_act_on=recent_act_on.strip(), staying=staying.strip(), done=done, words=words.strip(),
        **answers,  # type: ignore[arg-type]
    )  # fmt: skip
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def check_violence(*, by: Worker, person: str, risk: str, afraid_at_home: str, family_may_be_called: str) -> Fact:
    """Asked alone, before any family member is called."""
    row, found = _risk(by, person, risk)
    if afraid_at_home not in ANSWERS or family_may_be_called not in ANSWERS:
        raise Invalid("Answer with yes, no or not asked.")
    body = f.ViolenceCheck(
        risk=found.id,
        afraid_at_home=afraid_at_home,  # type: ignore[arg-type]
        family_may_be_called=family_may_be_called,  # type: ignore[arg-type]
    )
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def call(*, by: Worker, person: str, risk: str, called: str, name: str) -> Fact:
    """Someone on the roster was called. Called is not answered."""
    row, found = _risk(by, person, risk)
    body = f.Call(risk=found.id, called=called, name=name)
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def acknowledge(*, by: Worker, person: str, risk: str, name: str = "") -> Fact:
    """`by`, or by their word the person of this name who answered the phone, takes the call on; the clock stops."""
    row, found = _risk(by, person, risk)
    if found.urgent_since is None:
        raise Invalid("Nobody was called about this yet.")
    body = f.Acknowledged(risk=found.id, name=name.strip() or by.name)
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def plan(*, by: Worker, person: str, risk: str = "", copy_given: bool = False, **parts: str) -> Fact:
    """A safety plan made together. Plans of several authors are united, never replaced."""
    row = require_person(by=by, person_id=person, permission="act_on_risk")
    kept = {name: text.strip() for name, text in parts.items() if name in ("signs", "helps", "people", "call", "means")}
    if not any(kept.values()) and not copy_given:
        raise Invalid("Write at least one part of the plan.", field="signs")
    body = f.SafetyPlan(risk=risk, copy_given=copy_given, **kept)
    return record(by=by, person=person, site=row.site, body=body)


def contact(*, by: Worker, person: str, risk: str, mode: str, outcome: str, next_date: str = "") -> Fact:
    """A follow-up contact about a risk, held or tried."""
    row, found = _risk(by, person, risk)
    if mode not in ("clinic", "home", "phone", "ward") or outcome not in ("seen", "missed", "refused", "not_found"):
        raise Invalid("Choose how, and what happened.", field="mode")
    if next_date:
        next_date = day_of(next_date, "next_date")
    body = f.Encounter(mode=mode, outcome=outcome, next=next_date, risk=found.id)  # type: ignore[arg-type]
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def close(*, by: Worker, person: str, risk: str, reason: str) -> Fact:
    """A person ends a risk: after asking, with a plan in hand and a contact held, or with the reason why not."""
    row, found = _risk(by, person, risk)
    if found.unassessed:
        raise Invalid("Intent and plan have not been asked. Ask first; then a person may close this.")
    if len(reason.strip()) < 10:
        raise Invalid("Say why this can end: who spoke with the person, and what was agreed.", field="reason")
    body = f.RiskClosed(risk=found.id, reason=reason.strip())
    return record(by=by, person=found.trigger.person, site=row.site, body=body)


def _risk(by: Worker, person: str, risk: str) -> tuple[Person, Risk]:
    row = require_person(by=by, person_id=person, permission="act_on_risk")
    for one in chart_of(person).risks:
        if risk in (one.id, *one.ids) and one.closed is None:
            return row, one
    raise Invalid("This risk is not open. Open the person's chart to see what is; raise a new concern if you worry.")
