"""The record of one person as a timeline: each fact as a sentence, with who said it, when, and where it came from."""

import datetime as dt
from collections.abc import Mapping
from functools import singledispatch

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.instruments import score, score_total
from vwazen.server.care import words
from vwazen.server.care.pictures import instrument_of

# These are about the record itself, or have their own page with its own steps.
BOUND = (f.Retraction, f.Call, f.Acknowledged)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what (in bold), more of it, and who said so. `answers` is set where the answers have a page."""

    fact: str
    day: dt.date
    title: str
    text: str
    who: str
    answers: str = ""
    bound: bool = False


def entries(chart: Chart, names: Mapping[str, str], *, reads: bool = True) -> list[Entry]:
    """Every fact that counts, newest first. `names` maps a worker's id to a name.

    `reads` False leaves out for what someone is in care.
    """
    return [entry_of(fact, names, reads=reads) for fact in reversed(chart.live)]


def entry_of(fact: Fact, names: Mapping[str, str], *, reads: bool = True) -> Entry:
    """One fact as a line."""
    title, text = sentence(fact.body)
    if isinstance(fact.body, f.Response):
        title = f"{title} {total_words(fact)}".strip()
    elif isinstance(fact.body, f.Owner | f.Episode):
        title = title if reads else title.partition(" for ")[0]
        text = ", ".join(part for part in (text, f"followed by {names.get(fact.body.owner, 'someone')}") if part)
    answers = fact.id if isinstance(fact.body, f.Response) else ""
    return Entry(
        fact=fact.id, day=fact.day, title=title, text=words.first_up(text), who=told_by(fact, names), answers=answers,
        bound=isinstance(fact.body, BOUND),
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
        parts = [f"from {source.system}", f"imported by {by}" if by else "imported"]
    elif isinstance(body, f.Response):
        parts.append(words.ASKED[body.mode])
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
    return "Registered", body.name


@sentence.register
def _(body: f.Death) -> Sentence:
    return "Died", body.cause


@sentence.register
def _(body: f.Merge) -> Sentence:
    return "Two registrations were said to be one person", ""


@sentence.register
def _(body: f.Consent) -> Sentence:
    what = f"that {words.SEGMENTS[body.segment]} is shared" + (f" with {body.to}" if body.to else "")
    return ("Agreed" if body.granted else "Did not agree"), what


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
def _(body: f.Triage) -> Sentence:
    return f"Not enrolled: {words.TRIAGE[body.decision]}", body.reason


@sentence.register
def _(body: f.Encounter) -> Sentence:
    title = f"{words.first_up(words.OUTCOMES[body.outcome])} {words.MODES[body.mode]}"
    said = ["a safety contact"] if body.risk else []
    if body.minutes is not None:
        said.append(f"{body.minutes} min")
    if body.next:
        said.append(f"next {say(dt.date.fromisoformat(body.next))}")
    return title, ", ".join(said)


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


@sentence.register
def _(body: f.Diagnosis) -> Sentence:
    return f"Diagnosis, {words.CERTAINTIES[body.certainty]}: {body.text}", body.code


@sentence.register
def _(body: f.Allergy) -> Sentence:
    return f"Allergy: {body.substance}", body.reaction


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
def _(body: f.Retraction) -> Sentence:
    return "An entry was withdrawn", body.reason
