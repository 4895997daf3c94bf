"""What workers do for a person. Keyword-only, `by` first; each checks the right, then appends through the record.

    enrol(by=nurse, person=p, protocol="collaborative-care", condition="depression", owner=manager)

A fact says who did what; the access log only what leaves none. Dates are ISO strings; an empty `occurred` is now.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import rows
from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.episodes import ended
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.instruments import Scored, score, score_total
from vwazen.clinical.referrals import handed_over
from vwazen.clinical.safety import out_of_sight
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.content.rules import Protocol
from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import facts_of, require_person
from vwazen.server.record.actions import make_fact, make_id, one_at_a_time, record, site_named
from vwazen.server.record.models import Person

UNSAFE = 3  # tiers to be acted on within 72 hours: our default, not yet reviewed by a clinician


def register(
    *, by: Worker, site: str, name: str, gender: str = "unknown", born: str = "", place: str = "", phone: str = "",
    chosen_name: str = "", language: str = "", person: str = "",
) -> str:  # fmt: skip
    """Register someone; their new id. No address or identity paper is needed, only a name to call them by.

    `person` is an id drawn with the form: sent twice, it is one person.
    """
    where = site_named(site)
    policy.require(by, "register_person", where)
    if not name.strip():
        raise Invalid("Give a name to call this person by, even a nickname.", field="name")
    body = f.Registration(
        name=name.strip(), gender=_one_of(gender, ("female", "male", "other", "unknown"), "gender"),  # type: ignore[arg-type]
        born=birth(born), place=place.strip(), phone=phone.strip(), chosen_name=chosen_name.strip(), language=language,
    )  # fmt: skip
    if person and Person.objects.filter(pk=person).exists() and all(one.id != person for one in facts_of(person)):
        raise Invalid("This form names somebody else's number. Nothing was saved. Open the page again.", field="form")
    person = person or make_id()
    record(by=by, person=person, site=where.code, body=body, fact_id=person)
    return person


def correct_registration(*, by: Worker, person: str, **changes: str) -> Fact:
    """Amend who a person is; what is not named stays. Of someone on a list whose registration is missing, the first."""
    row = require_person(by=by, person_id=person, permission="register_person")
    current = _chart(row).registration
    registered = _chart(row).registered
    if "born" in changes:
        changes["born"] = birth(changes["born"])
    if current is None or registered is None:
        if not changes.get("name", "").strip():
            raise Invalid("Give a name to call this person by, even a nickname.", field="name")
        return record(by=by, person=row.pk, site=row.site, body=f.Registration(**changes))  # type: ignore[arg-type]
    fields = {name: getattr(current, name) for name in current.__struct_fields__} | changes
    return record(
        by=by, person=registered.person, site=row.site, body=f.Registration(**fields), amends=registered.id,
        occurred=registered.occurred,
    )  # fmt: skip


def answer(
    *, by: Worker, person: str, instrument: str, answers: Mapping[str, float], occurred: str = "",
    mode: str = "in_person", private: bool | None = None, language: str = "en", total: float | None = None,
    fact_id: str = "",
) -> tuple[Fact, Scored]:  # fmt: skip
    """Save answers to an instrument, as they are; the score, and whether a safety answer is positive.

    Missing items stay missing. Answers out of range are refused with the item named. `total` alone is kept as a
    total without items.
    """
    row = require_person(by=by, person_id=person, permission="ask")
    asked = content().instrument(instrument)
    if not may_give(by, row.path, asked):
        raise Refused(
            f"{asked.name} may be given by: {', '.join(asked.administered_by)}, who may see such answers.",
            permission="ask", site=row.path,
        )  # fmt: skip
    scored = score_total(asked, total) if total is not None else score(asked, answers)
    if scored.invalid:
        wrong = "; ".join(f"item {one.item}: {one.why}" for one in scored.invalid)
        raise Invalid(f"Nothing was saved. {wrong}. Mend the answer and save again.", field="answers")
    if not answers and total is None:
        raise Invalid("No item is answered yet. Answer what was asked; what was not asked may stay open.")
    body = f.Response(
        instrument=asked.id, version=asked.version, answers=dict(answers), stated_total=total,
        total_only=total is not None, mode=mode, private=private, language=language,  # type: ignore[arg-type]
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred, fact_id=fact_id), scored


def may_give(by: Worker, path: str, instrument: Instrument) -> bool:
    """Whether a role that `by` holds at this site path gives the instrument, and may see answers of its segment.

    Mental-health questions may be asked by every role they name: who asks hears the answers, and sees no others.
    """
    roles = policy.scopes().roles
    held = [roles[post.role] for post in policy.posts(by) if path.startswith(post.site.path)
            and post.role in instrument.administered_by]  # fmt: skip
    return any(
        "ask" in role.permissions and (instrument.segment in role.segments or instrument.segment == "mental-health")
        for role in held
    )


def gives(by: Worker, path: str, name: str) -> bool:
    """Whether `by` may give the instrument of this name at this site path; False where no installed pack holds it."""
    try:
        return may_give(by, path, content().instrument(name))
    except LookupError:
        return False


def withdraw(*, by: Worker, person: str, fact: str, reason: str) -> Fact:
    """Say that a fact should not count (wrong person, wrong date). It stays on record."""
    row = require_person(by=by, person_id=person, permission="record_care")
    found = next((one for one in facts_of(person) if one.id == fact), None)
    if found is None:
        raise Invalid("This entry is not on the person's record.")
    if not reason.strip():
        raise Invalid("Say why, in a few words. The entry stays on record beside your reason.", field="reason")
    if isinstance(found.body, f.Consent) and not found.body.granted:
        raise Invalid("A no is not withdrawn. If they say yes now, write that down on the page “Who may know”.")
    _keep_in_sight(by, row, found)
    return record(by=by, person=found.person, site=row.site, body=f.Retraction(reason=reason), retracts=fact)


def _keep_in_sight(by: Worker, row: Person, found: Fact) -> None:
    """Refuse what would hide someone: their only registration, an open risk, an alarm that nobody has answered yet."""
    if isinstance(found.body, f.Merge):
        return  # what is open goes back to the person it is about
    if isinstance(found.body, f.Referral):
        raise Invalid("A referral is taken back on its own page, so that the other side learns of it.")
    if isinstance(found.body, f.DeathReview):
        raise Invalid("A review of a death is mended, not withdrawn: open it, and save it as it should be.")
    gone = make_fact(by=by, person=found.person, site=row.site, body=f.Retraction(reason="asked"), retracts=found.id)
    before, after = _chart(row), chart([*facts_of(row.pk), gone], content(), clock.today(), person=row.pk)
    if before.registration is not None and after.registration is None:
        raise Invalid(
            "This is the only registration of this person, and without it nobody would find them again. Mend the name "
            "instead, or say that two registrations are one person."
        )
    if out_of_sight(before.open_risks, after.open_risks):
        raise Invalid(
            "This opened safety steps that are not ended. Speak with the person first: ask about intent and a "
            "plan, and answer the call if there was one. Then this entry can be withdrawn."
        )


@one_at_a_time
def enrol(
    *, by: Worker, person: str, protocol: str, condition: str, owner: str, step: int = 1, occurred: str = ""
) -> Fact:
    """Enrol a person: from now on they stand on the caseload, with an owner."""
    row = require_person(by=by, person_id=person, permission="enrol")
    plan = content().get(Protocol, protocol)
    if plan.followed(condition) is None:
        known = ", ".join(one.condition for one in plan.conditions)
        raise Invalid(f"{plan.title} is for {known}. Choose one of these.", field="condition")
    now = _chart(row)
    if now.died:
        raise Invalid("This person has died.")
    if any(one.condition == condition for one in now.open_episodes):
        raise Invalid(f"Already enrolled for {condition}. Open the chart to go on.", field="condition")
    worker_named(owner, row.path)
    earlier = next((one.id for one in ended(now) if one.condition == condition), "")
    body = f.Episode(
        protocol=plan.id, protocol_version=plan.version, condition=condition, owner=owner, step=plan.step(step).step,
        follows=earlier,
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred)


def decide_triage(*, by: Worker, person: str, decision: str, reason: str, until: str = "") -> Fact:
    """Decide about someone who came with an import, when it is not to enrol them."""
    row = require_person(by=by, person_id=person, permission="triage")
    if not reason.strip():
        raise Invalid("Say why, so that the next person understands.", field="reason")
    body = f.Triage(
        decision=_one_of(decision, ("not_now", "not_needed", "elsewhere", "again"), "decision"),  # type: ignore[arg-type]
        reason=reason.strip(), until=day_of(until, "until") if until else "",
    )  # fmt: skip
    if body.until and body.until <= clock.today().isoformat():
        raise Invalid("This day has come already. Give a later one, or leave it empty.", field="until")
    return record(by=by, person=person, site=row.site, body=body)


def review_historical(*, by: Worker, person: str, outcome: str, note: str = "", owner: str = "") -> Fact:
    """What became of a safety answer from long ago. Only a conversation closes it."""
    row = require_person(by=by, person_id=person, permission="triage")
    if owner:
        worker_named(owner, row.path)
    body = f.SafetyReview(
        outcome=_one_of(outcome, ("spoke", "tried", "handed_over"), "outcome"),  # type: ignore[arg-type]
        note=note.strip(), owner=owner,
    )  # fmt: skip
    if body.outcome == "spoke" and not body.note:
        raise Invalid("Write in a few words what you talked about.", field="note")
    if body.outcome == "handed_over" and not owner:
        raise Invalid("Say to whom.", field="owner")
    return record(by=by, person=person, site=row.site, body=body)


def move_step(*, by: Worker, person: str, episode: str, step: int, reason: str) -> Fact:
    """Move an episode to another step: a person's decision, with its reason."""
    row, found = _episode(by, person, episode, "record_care")
    plan = content().get(Protocol, found.protocol, found.protocol_version)
    if plan.step(step).step != step:
        raise Invalid(f"{plan.title} has {len(plan.steps)} steps.", field="step")
    if not reason.strip():
        raise Invalid("Say why.", field="reason")
    return record(by=by, person=person, site=row.site, body=f.Step(episode=found.id, step=step, reason=reason.strip()))


@one_at_a_time
def close_episode(*, by: Worker, person: str, episode: str, outcome: str, note: str = "") -> Fact:
    """End an episode. In danger, or in a tier to be acted on within days, nobody is let go until a named person
    elsewhere has taken them on by a referral; an open risk stays open all the same."""
    row, found = _episode(by, person, episode, "enrol")
    now = _chart(row)
    if (why := _too_unsafe_to_end(now)) and not handed_over(now):
        raise Invalid(
            f"{why} Care ends here only when somebody elsewhere, by name, has taken them on. Refer them from their "
            "chart and wait for the yes, or see to the danger first."
        )
    if why and outcome != "transferred":
        raise Invalid(f"{why} They were taken on elsewhere: end it as transferred, and nothing else.", field="outcome")
    kinds = ("completed", "transferred", "moved", "refused", "lost", "not_indicated")
    if outcome == "transferred" and not note.strip():
        raise Invalid(
            "Write who takes over there: the service, and the name of whoever said yes. Nobody is let go between two. "
            "To a site of this programme, move the person with “Move to another site”.", field="note",
        )  # fmt: skip
    body = f.Close(episode=found.id, outcome=_one_of(outcome, kinds, "outcome"), note=note.strip())  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body)


def _too_unsafe_to_end(one: Chart) -> str:
    """Why this person may not simply be let go, in a sentence; "" where nothing says so."""
    if one.open_risks:
        return "A risk is open."
    today = clock.today()
    parts = [part for row in rows(one, content(), today) for part in row.segments]
    now = [part for part in parts if part.starts <= today and (part.ends is None or today < part.ends)]
    urgent = any(0 < part.tier <= UNSAFE for part in now)
    return "This person stands among those to be acted on within days." if urgent else ""


def set_owner(*, by: Worker, person: str, owner: str) -> Fact:
    """Hand a person to another worker."""
    row = require_person(by=by, person_id=person, permission="enrol")
    worker_named(owner, row.path)
    return record(by=by, person=person, site=row.site, body=f.Owner(owner=owner))


def died(*, by: Worker, person: str, on: str, cause: str = "") -> Fact:
    """Record a death; the person is on no list afterwards."""
    row = require_person(by=by, person_id=person, permission="record_care")
    return record(by=by, person=person, site=row.site, body=f.Death(cause=cause.strip()), occurred=day_of(on, "on"))


def record_treatment(
    *, by: Worker, person: str, name: str, form: str, event: str, dose: str = "", days: int | None = None,
    note: str = "", occurred: str = "",
) -> Fact:  # fmt: skip
    """What was offered and what arrived, of talking, skills and help; medicines are `care.medicines`."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if not name.strip():
        raise Invalid("Name the treatment.", field="name")
    body = f.Treatment(
        name=name.strip(), form=_one_of(form, ("psychological", "social"), "form"),  # type: ignore[arg-type]
        event=_one_of(event, ("started", "session", "missed", "given", "gap", "stopped"), "event"),  # type: ignore[arg-type]
        dose=dose.strip(), days=days, note=note.strip(),
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body, occurred=occurred)


def record_sign(*, by: Worker, person: str, sign: str, present: bool, note: str = "") -> Fact:
    """A danger sign seen, or seen gone."""
    row = require_person(by=by, person_id=person, permission="act_on_risk")
    kinds = ("acute_psychosis", "mania", "postpartum_red_flag", "status_epilepticus", "toxicity")
    body = f.Sign(sign=_one_of(sign, kinds, "sign"), present=present, note=note.strip())  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body)


def ask_question(*, by: Worker, person: str, text: str) -> Fact:
    """Ask the consulting specialist; the case then stands in the review."""
    row = require_person(by=by, person_id=person, permission="ask_question")
    if not text.strip():
        raise Invalid("Write the question, as you would ask it in the corridor.", field="text")
    return record(by=by, person=person, site=row.site, body=f.Question(text=text.strip()))


def write_note(*, by: Worker, person: str, text: str, segment: str = "mental-health") -> Fact:
    """A note for those who may see `segment`, which the writer must see too."""
    row = require_person(by=by, person_id=person, permission="record_care")
    if not text.strip():
        raise Invalid("Write the note.", field="text")
    mine = [one for one in f.SEGMENTS if one in policy.segments(by, row.path)]
    body = f.Note(text=text.strip(), segment=_one_of(segment, mine, "segment"))  # type: ignore[arg-type]
    return record(by=by, person=person, site=row.site, body=body)


def recommend(
    *, by: Worker, person: str, episode: str, choice: str, text: str, owner: str, due: str, teaching: str = "",
    question: str = "",
) -> Fact:  # fmt: skip
    """A specialist's advice: a task for `owner` by `due`. Nothing changes until a person carries it out.

    `episode` may be empty for someone who is in no episode: a question about them needs an answer all the same.
    """
    row = require_person(by=by, person_id=person, permission="review")
    now = _chart(row)
    if now.died:
        raise Invalid("This person has died.")
    if not any(episode in (one.id, *one.ids) for one in now.open_episodes) and (episode or now.open_episodes):
        raise Invalid("This episode is not open. Open the chart to see what is.", field="episode")
    if not text.strip():
        raise Invalid("Write what to do, so that it can be carried out.", field="text")
    worker_named(owner, row.path)
    kinds = ("continue", "change", "step_up", "see", "reassess")
    body = f.Recommendation(
        episode=episode, choice=_one_of(choice, kinds, "choice"), text=text.strip(), owner=owner,  # type: ignore[arg-type]
        due=day_of(due, "due"), teaching=teaching.strip(), question=question,
    )  # fmt: skip
    return record(by=by, person=person, site=row.site, body=body)


def carry_out(
    *, by: Worker, person: str, recommendation: str, done: bool, note: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Say what became of a recommendation; not done needs its reason. `fact_id` as in `record`: twice is once."""
    row = require_person(by=by, person_id=person, permission="carry_out")
    body = carried_out(by=by, path=row.path, now=_chart(row), recommendation=recommendation, done=done, note=note)
    return record(by=by, person=person, site=row.site, body=body, fact_id=fact_id)


def carried_out(
    *, by: Worker, path: str, now: Chart, recommendation: str, done: bool, note: str = "", field: str = "note"
) -> f.CarriedOut:  # fmt: skip
    """What `carry_out` records, for whoever says it among other things of one visit. Errors stand at `field`."""
    policy.require(by, "carry_out", path)
    if not done and not note.strip():
        raise Invalid("Say what kept it from being done.", field=field)
    if all(recommendation not in (one.id, one.fact.id) for one in now.advice):
        raise Invalid("This advice is not on the person's record, or was withdrawn. Look at the list again.")
    return f.CarriedOut(recommendation=recommendation, done=done, note=note.strip())


def merge(*, by: Worker, person: str, into: str) -> Fact:
    """Say that two registrations are one person; `person` becomes an alias. Withdraw the fact to undo."""
    row = require_person(by=by, person_id=person, permission="register_person")
    require_person(by=by, person_id=into, permission="register_person")
    if person == into:
        raise Invalid("These are the same registration already.")
    return record(by=by, person=person, site=row.site, body=f.Merge(into=into))


def not_same(*, by: Worker, person: str, other: str) -> None:
    """Say that two registrations are two people: they are not offered as one again. No fact: it is about the list."""
    row = require_person(by=by, person_id=person, permission="register_person")
    second = require_person(by=by, person_id=other, permission="register_person")
    if row.pk == second.pk:
        raise Invalid("These are the same registration already.")
    one, another = sorted((row.pk, second.pk))
    with store.writing(), attempt(by=by, action="not-same", site=row.path, person=row.pk, purpose="register"):
        store.insert(
            "record_not_same", ("one", "other", "by", "at"), [(one, another, str(by.pk), clock.now())], ignore=True
        )


def chart_of(person: str) -> Chart:
    """The whole chart, for actions and derived rows; pages read through `record.access`."""
    return chart(facts_of(person), content(), clock.today(), person=person)


def _chart(row: Person) -> Chart:
    return chart_of(row.pk)


def _episode(by: Worker, person: str, episode: str, permission: str) -> tuple[Person, EpisodeView]:
    row = require_person(by=by, person_id=person, permission=permission)
    for one in _chart(row).open_episodes:
        if episode in (one.id, *one.ids):
            return row, one
    raise Invalid("This episode is not open. Open the chart to see what is.")


def worker_named(worker: str, path: str, field: str = "owner") -> None:
    """An owner works here now and may record care for people of this site: nobody is handed to someone who cannot."""
    try:
        found = Worker.objects.filter(pk=UUID(worker), is_active=True).first()
    except ValueError:
        found = None
    if found is None:
        raise Invalid("Choose who, among the people who work here now.", field=field)
    if not policy.can(found, "record_care", path):
        raise Invalid(f"{found.name} has no post that cares for people of this site. Choose another.", field=field)


def _one_of(value: str, allowed: Sequence[str], field: str) -> str:
    if value not in allowed:
        raise Invalid(f"Choose one of: {', '.join(allowed)}.", field=field)
    return value


def day_of(text: str, field: str) -> str:
    try:
        return dt.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Invalid(f"{text!r} is not a date. Write it as 2026-11-21.", field=field) from None


def birth(text: str) -> str:
    """YYYY, YYYY-MM or a date; or an age in years, which becomes a year."""
    text = text.strip()
    if not text:
        return ""
    how = "Write a birth date (1985-03-21), a year (1985) or an age (41)."
    this_year = clock.today().year
    if not text.isascii():
        raise Invalid(how, field="born")
    if text.isdigit() and len(text) <= 3 and int(text) <= 120:
        return str(this_year - int(text))
    parts = text.split("-")
    if parts[0].isdigit() and len(parts[0]) == 4 and len(parts) <= 3:
        try:
            whole = dt.date.fromisoformat("-".join([*parts, "01", "01"][:3]))
        except ValueError:
            raise Invalid(how, field="born") from None
        if whole > clock.today():
            raise Invalid(f"{text} is still to come: nobody is born then yet. {how}", field="born")
        if whole.year < this_year - 120:
            raise Invalid(f"{text} is more than 120 years ago. {how}", field="born")
        return text
    raise Invalid(how, field="born")
