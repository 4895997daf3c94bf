"""The record of one person as a timeline: each fact as a sentence, with who said it, when, and where it came from."""

import datetime as dt
from collections.abc import Mapping
from functools import singledispatch
from itertools import islice

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import STAGES, far
from vwazen.clinical.instruments import score, score_total
from vwazen.server.care import findings, words
from vwazen.server.care.consent.words import recipient
from vwazen.server.care.pictures import instrument_of
from vwazen.server.care.stays import words as stay_words
from vwazen.server.care.tracing import words as traced
from vwazen.server.record import referral_rows as referral_words

# These are about the record itself, or have their own page with its own steps.
BOUND = (f.Retraction, f.Call, f.Acknowledged, f.MessageRead)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what (in bold), more of it, and who said so. `answers` is set where the answers have a page."""

    fact: str
    day: dt.date
    title: str
    text: str
    who: str
    answers: str = ""
    bound: bool = False


def entries(chart: Chart, names: Mapping[str, str], *, reads: bool = True, most: int | None = None) -> list[Entry]:
    """Every fact that counts, newest first, or so many of them. `names` maps a worker's id to a name.

    `reads` False leaves out for what someone is in care.
    """
    called = {name: one.prescription.name for one in chart.medicines for name in one.ids}
    return [entry_of(fact, names, reads=reads, called=called) for fact in islice(reversed(chart.live), most)]


def entry_of(
    fact: Fact, names: Mapping[str, str], *, reads: bool = True, called: Mapping[str, str] | None = None
) -> Entry:  # fmt: skip
    """One fact as a line. `called`: prescription -> its medicine, which what was handed out names by the id alone."""
    title, text = sentence(fact.body)
    if isinstance(fact.body, f.Dispense | f.MedicineStopped | f.Intake):
        medicine = (called or {}).get(fact.body.prescription, "" if fact.body.prescription else "All medicines")
        title = f"{medicine or 'A medicine'}: {title[:1].lower()}{title[1:]}"
    if isinstance(fact.body, f.Response):
        title = f"{title} {total_words(fact)}".strip()
    elif isinstance(fact.body, f.Owner | f.Episode):
        title = title if reads else title.partition(" for ")[0]
        text = ", ".join(part for part in (text, f"followed by {names.get(fact.body.owner, 'someone')}") if part)
    elif isinstance(fact.body, f.Encounter) and fact.body.worker:
        text = ", ".join(part for part in (f"with {names.get(fact.body.worker, 'someone')}", text) if part)
    elif isinstance(fact.body, f.PassedOn):
        text = f"To {names.get(fact.body.taker, 'someone')}"
    answers = fact.id if isinstance(fact.body, f.Response) else ""
    return Entry(
        fact=fact.id, day=fact.day, title=title, text=words.first_up(text), who=told_by(fact, names), answers=answers,
        bound=isinstance(fact.body, BOUND),
    )  # fmt: skip


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that does not count any more: the line it was, why, who said so, and on which day."""

    entry: Entry
    why: str
    who: str
    day: dt.date


def withdrawn_of(fact: Fact, retraction: Fact, names: Mapping[str, str], *, reads: bool = True) -> Withdrawn:
    """One withdrawn entry as a line."""
    why = retraction.body.reason if isinstance(retraction.body, f.Retraction) else ""
    return Withdrawn(
        entry=entry_of(fact, names, reads=reads), why=words.first_up(why), who=told_by(retraction, names),
        day=retraction.day,
    )  # fmt: skip


def total_words(fact: Fact) -> str:
    """The total of one response alone, or why it has none; "" where its instrument gives no number."""
    body = fact.body
    known = instrument_of(body.instrument, body.version) if isinstance(body, f.Response) else None
    if known is None or not isinstance(body, f.Response):
        return "not scored"
    total_only = body.total_only and body.stated_total is not None
    scored = score_total(known, body.stated_total or 0) if total_only else score(known, body.answers)
    return f"{scored.total:g}" if scored.total is not None else scored.why_not


def told_by(fact: Fact, names: Mapping[str, str]) -> str:
    """Who said it, how, from where, and when it was written down where that was another day."""
    body = fact.body
    source = getattr(body, "source", None)
    by = names.get(fact.author)
    parts = [by or "someone who is not on this node"]
    if source is not None:
        how = "typed" if getattr(body, "mode", "") == "paper" else "imported"
        parts = [f"from {source.system}", f"{how} by {by}" if by else how]
    elif isinstance(body, f.Response):
        parts.append(words.ASKED[body.mode])
    elif isinstance(body, f.Encounter) and body.by not in ("", fact.author):
        parts = [f"seen by {names.get(body.by, 'someone who is not on this node')}", f"typed by {parts[0]}"]
    recorded = dt.date.fromisoformat(fact.recorded[:10])
    if recorded != fact.day:
        parts.append(f"written down on {say(recorded)}")
    if fact.amends:
        parts.append("mended")
    return ", ".join(parts)


Sentence = tuple[str, str]


@singledispatch
def sentence(body: object) -> Sentence:
    """What a fact says: a few words in bold, and the rest."""
    return words.first_up(type(body).__name__), ""


@sentence.register
def _(body: f.Registration) -> Sentence:
    return "Registered", body.chosen_name or body.name  # the name in the papers stands on the registration page


@sentence.register
def _(body: f.Death) -> Sentence:
    return "Died", body.cause


@sentence.register
def _(body: f.Merge) -> Sentence:
    return "Two registrations were said to be one person", ""


@sentence.register
def _(body: f.Consent) -> Sentence:
    until = f", until {body.until}" if body.until else ""
    what = f"about {words.SEGMENTS[body.segment]}: {recipient(body.to)}{until}"
    said = f" Said by {body.who}." if body.who else ""
    return ("May know" if body.granted else "Not to know"), f"{what}.{said}"


@sentence.register
def _(body: f.Response) -> Sentence:
    known = instrument_of(body.instrument, body.version)
    safety = words.safety_words(known, body)
    said = [f"safety question {safety}"] if safety else []
    if body.stated_total is not None and not body.total_only:
        said.append(f"the source states a total of {body.stated_total:g}")
    return (known.name if known else body.instrument), "; ".join([*said, *body.notes])


@sentence.register
def _(body: f.Episode) -> Sentence:
    return f"Enrolled for {body.condition}", f"step {body.step}"


@sentence.register
def _(body: f.Step) -> Sentence:
    return f"Step {body.step}", body.reason


@sentence.register
def _(body: f.Close) -> Sentence:
    return f"Care ended: {words.CLOSES[body.outcome]}", body.note


@sentence.register
def _(body: f.Owner) -> Sentence:
    return "Handed over", ""


@sentence.register
def _(body: f.Appointment) -> Sentence:
    return "Next date set", f"{say(dt.date.fromisoformat(body.next))}{f'. {body.reason}' if body.reason else ''}"


@sentence.register
def _(body: f.PassedOn) -> Sentence:
    return "Handed over with what was to be done", ""


@sentence.register
def _(body: f.Snooze) -> Sentence:
    return f"Put off until {say(dt.date.fromisoformat(body.until))}", body.reason


@sentence.register
def _(body: f.Triage) -> Sentence:
    return f"Not enrolled: {words.TRIAGE[body.decision]}", body.reason


@sentence.register
def _(body: f.Encounter) -> Sentence:
    title = f"{words.first_up(words.OUTCOMES[body.outcome])} {words.MODES[body.mode]}"
    if body.mode == "curbside":
        title = "Talked about in passing, without them"
    said = ["a safety contact"] if body.risk else []
    if body.minutes is not None:
        said.append(f"{body.minutes} min")
    if body.present:
        said.append(f"with {', '.join(words.PRESENT.get(one, one) for one in body.present)}")
    said += findings.done_words(body.done)
    if body.next:
        said.append(f"next {say(dt.date.fromisoformat(body.next))}")
    return title, ", ".join(said)


@sentence.register
def _(body: f.Findings) -> Sentence:
    if body.segment == "intimate-partner-violence":  # on the page of whoever may see it, and on no print
        return "Asked alone about violence", ""
    said = [f"{question}: {answer}" if question else answer for question, answer in findings.said(body)]
    return findings.title_of(body), "; ".join(said)


@sentence.register
def _(body: f.Treatment) -> Sentence:
    title = f"{body.name} {body.dose}".strip()
    days = f", for {body.days} day{'' if body.days == 1 else 's'}" if body.days is not None else ""
    note = f". {words.first_up(body.note)}" if body.note else ""
    return title, f"{words.EVENTS[body.event]}{days}{note}"


@sentence.register
def _(body: f.Question) -> Sentence:
    return "Asked the specialist", body.text


@sentence.register
def _(body: f.Recommendation) -> Sentence:
    due = say(dt.date.fromisoformat(body.due))
    return f"Advice: {words.CHOICES[body.choice].lower()}", f"{body.text} By {due}."


@sentence.register
def _(body: f.CarriedOut) -> Sentence:
    return ("Advice carried out" if body.done else "Advice not carried out"), body.note


@sentence.register
def _(body: f.Sign) -> Sentence:
    return f"Danger sign {'seen' if body.present else 'seen to be gone'}: {words.SIGNS[body.sign]}", body.note


@sentence.register
def _(body: f.Hospital) -> Sentence:
    return words.first_up(words.HOSPITAL[body.event]), body.note


sentence.register(f.Stay, stay_words.stay)
sentence.register(f.MedicineReconciled, stay_words.reconciled)
sentence.register(f.Identifier, stay_words.identifier)


@sentence.register
def _(body: f.Diagnosis) -> Sentence:
    said = [body.code] if body.code else []
    if body.status != "active":
        said.append(words.STATUSES[body.status])
    if body.since:
        said.append(f"since {body.since}")
    return f"Diagnosis, {words.CERTAINTIES[body.certainty]}: {body.text}", ", ".join(said)


@sentence.register
def _(body: f.Allergy) -> Sentence:
    return ("Allergies: asked, none known", "") if body.none_known else (f"Allergy: {body.substance}", body.reaction)


@sentence.register
def _(body: f.Prescription) -> Sentence:
    title = f"{body.name} {body.strength}".strip()
    how = words.regimen(body)
    began = "taken from elsewhere, as told" if body.told else "changed" if body.replaces else "prescribed"
    note = f". {words.first_up(body.note)}" if body.note else ""
    return title, f"{began}{': ' if how else ''}{how}{note}"


@sentence.register
def _(body: f.Dispense) -> Sentence:
    said = [f"{body.quantity:g}"] if body.quantity is not None else []
    if body.days is not None:
        said.append(f"for {words.many(body.days, 'day')}")
    if body.why:
        said.append(words.WHY_NOT[body.why])
    if body.note:
        said.append(body.note)
    return f"Handed out, {words.GIVEN[body.given]}", ", ".join(said)


@sentence.register
def _(body: f.MedicineStopped) -> Sentence:
    return f"Stopped, {words.STOPS[body.reason]}", body.note


@sentence.register
def _(body: f.Intake) -> Sentence:
    looked = body.left is not None or body.showed != "not_asked"
    said = [f"{words.many(body.missed_days, 'day')} missed"] if body.missed_days is not None else []
    if body.side_effects:
        said.append(f"side effects: {', '.join(body.side_effects)}")
    elif body.asked:
        said.append("side effects asked, none told")
    elif not looked:
        said.append("side effects not asked")
    if body.left is not None:
        said.append(f"{body.left:g} left when counted")
    if body.showed != "not_asked":
        said.append(words.SHOWED[body.showed])
    if body.taken == "not_asked" and not body.asked and looked:
        return "Looked at with them", ", ".join([*said, *([body.note] if body.note else [])])
    return f"Taken as told, {words.TAKEN[body.taken]}", ", ".join([*said, *([body.note] if body.note else [])])


@sentence.register
def _(body: f.Measurement) -> Sentence:
    both = [body.text] if body.text and body.value is not None else []
    return words.measured(body), "; ".join([*both, *(["somebody must look at it"] if body.attention else [])])


@sentence.register
def _(body: f.Noted) -> Sentence:
    return "A result was looked at", body.outcome


@sentence.register
def _(body: f.Pregnancy) -> Sentence:
    said = [f"child expected {say(dt.date.fromisoformat(body.due))}"] if body.due else []
    for what, answer in (("breastfeeding", body.breastfeeding), ("contraception", body.contraception)):
        if answer != "not_asked":
            said.append(f"{what}: {answer}")
    said += [body.method] if body.method else []
    asked = {"yes": "Pregnant", "no": "Not pregnant, as told", "not_asked": "Pregnancy not asked"}
    return asked[body.pregnant], ", ".join(said)


@sentence.register
def _(body: f.Note) -> Sentence:
    return "Note", body.text


@sentence.register
def _(body: f.Concern) -> Sentence:
    title = {"worker": "A worker was worried", "told": "Told of a danger", "answer": "A safety answer was positive"}
    return title[body.trigger], body.text


@sentence.register
def _(body: f.Assessment) -> Sentence:
    asked = [name for name in f.Assessment.__struct_fields__ if getattr(body, name) in ("yes", "no")]
    return "Asked in a safety conversation", f"{len(asked)} question{'' if len(asked) == 1 else 's'}"


@sentence.register
def _(body: f.ViolenceCheck) -> Sentence:
    return "Asked alone about violence at home", ""


@sentence.register
def _(body: f.SafetyPlan) -> Sentence:
    return "Safety plan", "a copy was given" if body.copy_given else "no copy given yet"


@sentence.register
def _(body: f.Call) -> Sentence:
    return "Called", f"{body.name}; called is not answered".strip("; ")


@sentence.register
def _(body: f.Acknowledged) -> Sentence:
    return "Call taken on", body.name


@sentence.register
def _(body: f.RiskClosed) -> Sentence:
    return "Safety steps ended", body.reason


@sentence.register
def _(body: f.SafetyReview) -> Sentence:
    title = {"spoke": "Spoke about an old safety answer", "tried": "Tried to speak about an old safety answer",
             "handed_over": "Old safety answer handed over"}  # fmt: skip
    return title[body.outcome], body.note


@sentence.register
def _(body: f.PlanItem) -> Sentence:
    due = f"by {say(dt.date.fromisoformat(body.due))}" if body.due else ""
    said = "; ".join(part.rstrip(".") for part in (body.text, body.who, due, body.became) if part)
    state = "" if body.status == "open" else f", {body.status}"
    return f"Plan, {words.PLAN_PARTS[body.part]}{state}", said


@sentence.register
def _(body: f.RelatedPerson) -> Sentence:
    consent = {"yes": "may be told", "no": "must not be told or called", "not_asked": "consent not asked yet"}
    who = f"{body.name}, {body.relation}" if body.relation else body.name
    return "Someone around them", f"{who}: {consent[body.may_be_told]}"


@sentence.register
def _(body: f.Decision) -> Sentence:
    until = f"; not before {say(dt.date.fromisoformat(body.until))}" if body.until else ""
    why = f"{body.reason.rstrip('.')}{until}"
    return f"Proposal “{body.proposal.replace('-', ' ')}” {words.DECIDED[body.choice]}", why


@sentence.register
def _(body: f.DeathReview) -> Sentence:
    return "Death reviewed", f"{body.cause}, {words.SUICIDE[body.suicide]}. {body.lessons}"


@sentence.register
def _(body: f.ResidentReview) -> Sentence:
    said = [f"rights explained: {len(body.rights)}"] if body.rights else []
    if (many := far(body.alone)) is not None:
        said.append(f"alone in {many[0]} of {many[1]} areas of daily life that were asked")
    said += [body.wishes] if body.wishes else []
    return "Stay in a protected home reviewed", "; ".join([*said, f"again by {say(dt.date.fromisoformat(body.next))}"])


@sentence.register
def _(body: f.Reintegration) -> Sentence:
    until = f"next by {say(dt.date.fromisoformat(body.next))}" if body.next else ""
    said = "; ".join(part.rstrip(".") for part in (body.note, until) if part)
    return f"Way home from a long stay: {STAGES[body.stage]}", said


@sentence.register
def _(body: f.AbsenceCall) -> Sentence:
    return f"Called about a day missed at the day hospital, {words.REACHED[body.reached]}", body.outcome


@sentence.register
def _(body: f.ContactPreference) -> Sentence:
    how = words.AGREED[body.agreed]
    if body.channel == "none":
        return "No messages any more", ", ".join(part for part in (body.address, how) if part)
    own = {"yes": "others read it", "no": "their own", "not_asked": "not asked whether others read it"}[body.shared]
    return f"May be reached by {words.CHANNELS[body.channel]}", f"{body.address}, {own}; {how}"


@sentence.register
def _(body: f.TeamMessage) -> Sentence:
    return f"{'Urgent message' if body.urgent else 'Message'} to the team", body.text


@sentence.register
def _(body: f.MessageRead) -> Sentence:
    return "A message was read", ""


@sentence.register
def _(body: f.Trace) -> Sentence:
    return traced.sentence(body)


@sentence.register
def _(body: f.Referral) -> Sentence:
    to = body.to_name or referral_words.TO[body.to]
    said = [body.plain, body.reason, f"paper no. {body.stub}" if body.stub else ""]
    first = "Came by referral from outside" if body.referrer else f"Referred to {to}"
    return f"{first}, wanted {referral_words.URGENCIES[body.urgency]}", ". ".join(x.rstrip(".") for x in said if x)


@sentence.register
def _(body: f.ReferralStep) -> Sentence:
    why = referral_words.WHY[body.why] if body.became == "declined" else ""
    said = [why, body.name, f"expected {say(dt.date.fromisoformat(body.expected))}" if body.expected else ""]
    said += [body.words, f"word back: {body.back}" if body.back else ""]
    return f"Referral {referral_words.BECAME[body.became]}", ". ".join(x.rstrip(".") for x in said if x)


@sentence.register
def _(body: f.Retraction) -> Sentence:
    return "An entry was withdrawn", body.reason
