"""One visit, or a try at one, with everything that was said and done at it: saved as one batch, all or none of it.

    record_visit(by=nurse, person=p, visit=Visit(mode="home", minutes=30, done=("psychoeducation",), next_date=…))

An answer that tells of danger opens the safety steps in the same batch: a questionnaire's by itself, a form's through a
concern that is saved with it.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.findings import Value, dangers, faults
from vwazen.clinical.fold import chart
from vwazen.clinical.instruments import score, score_total
from vwazen.clinical.safety import policy as safety_policy
from vwazen.clinical.safety import positive_items
from vwazen.content.forms import Form, Interventions
from vwazen.content.load import content
from vwazen.server.care import findings, medicines
from vwazen.server.care.actions import carried_out, day_of, may_give
from vwazen.server.care.listing import is_id
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import facts_of, require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, record_together
from vwazen.server.record.models import Person

MODES = ("clinic", "home", "phone", "hand_off", "curbside", "ward")
OUTCOMES = ("seen", "missed", "refused", "not_found")
REGISTER = "paper register"
PRESENT = ("family", "friend", "chw", "nurse", "counsellor", "doctor", "specialist", "interpreter", "other")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to an instrument; a missing item is absent. `total`: only that is known, and no answer."""

    instrument: str
    answers: Mapping[str, float]
    total: float | None = None
    private: bool | None = None
    language: str = "en"


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to a form without a score; what was not asked is absent."""

    form: str
    answers: Mapping[str, Value]


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed out of one prescription. `days`: for how many it lasts."""

    prescription: str
    given: str
    days: int | None = None
    quantity: float | None = None
    why: str = ""
    note: str = ""


class Became(msgspec.Struct, frozen=True, kw_only=True):
    """What became of advice or of a line of the plan, named by its fact."""

    fact: str
    done: bool
    note: str = ""


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A visit typed from a paper register. `seen_by`: the worker who met the person.

    `given`: medicines handed out that nobody prescribed here, each with the days for which it lasts.
    """

    seen_by: str
    given: tuple[tuple[str, int], ...] = ()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one visit. `occurred` is a day, empty for now; `done` holds ids of interventions.

    `taken`: how medicines were taken, as told; `side_effects` is None where nobody asked. `noted`: what comes of a
    result, by its fact. `risk`: the open risk whose follow-up it was. `worry` opens the safety steps.
    """

    mode: str
    outcome: str = "seen"
    occurred: str = ""
    minutes: int | None = None
    next_date: str = ""
    present: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    note: str = ""
    note_segment: str = "mental-health"
    risk: str = ""
    worry: str = ""
    question: str = ""
    asked: tuple[Asked, ...] = ()
    filled: tuple[Filled, ...] = ()
    handed: tuple[Handed, ...] = ()
    taken: str = ""
    side_effects: tuple[str, ...] | None = None
    noted: Mapping[str, str] = {}
    advice: tuple[Became, ...] = ()
    plan: tuple[Became, ...] = ()
    paper: Paper | None = None


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a saved visit, the visit itself first. `risk`: the id of a risk that it opened, else ""."""

    facts: tuple[Fact, ...]
    risk: str = ""

    @property
    def visit(self) -> Fact:
        return self.facts[0]

    @property
    def responses(self) -> tuple[Fact, ...]:
        return tuple(one for one in self.facts if isinstance(one.body, f.Response))


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One fact to come: `key` tells it from the visit's others, so that the same form sent twice names it alike."""

    key: str
    body: f.AnyBody
    occurred: str = ""
    amends: str = ""
    person: str = ""


class _Here(msgspec.Struct, frozen=True, kw_only=True):
    """Who records, for whom, on which day, and what is on record."""

    by: Worker
    row: Person
    chart: Chart
    segments: frozenset[str]
    day: dt.date


def record_visit(*, by: Worker, person: str, visit: Visit, fact_id: str = "") -> Saved:
    """Save a visit. `fact_id` is the visit's, drawn with its form: sent twice, it is one visit.

    Raises Invalid, with the field, where a part of it does not fit; nothing at all is saved then. Raises Refused where
    the worker lacks the right for a part.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    day = dt.date.fromisoformat(day_of(visit.occurred, "occurred")) if visit.occurred else clock.today()
    if day > clock.today():
        raise Invalid("This day has not come yet. Give today or an earlier day.", field="occurred")
    here = _Here(by=by, row=row, chart=_before(row, fact_id), segments=policy.segments(by, row.path), day=day)
    if here.chart.died and day > here.chart.died:
        raise Invalid("A death is on record before this day. Mend one of the two.", field="occurred")
    encounter = _encounter(here, visit)
    given = visit.paper is not None and visit.paper.given
    if not encounter.met and (visit.asked or visit.filled or visit.handed or visit.taken or given):
        raise Invalid(
            "The person was not met, and yet something is said to be asked of them or given to them. Say that they "
            "were met, or leave those parts open.", field="outcome",
        )  # fmt: skip
    parts = [part for build in _PARTS for part in build(here, visit)]
    parts += _danger(here, visit)
    visit_id = fact_id or make_id()
    occurred = "" if day == clock.today() else day.isoformat()
    return _save(here, visit_id, [_Part(key="visit", body=encounter), *parts], occurred)


def _before(row: Person, visit: str) -> Chart:
    """The chart as it was before this visit: a form that is sent twice is looked at as it was the first time."""
    others = [one for one in facts_of(row.pk) if not visit or visit not in (one.id, one.encounter)]
    return chart(others, content(), clock.today(), person=row.pk)


def _save(here: _Here, visit_id: str, parts: Sequence[_Part], occurred: str) -> Saved:
    stamp = clock.stamp()  # one moment for all of it
    facts = []
    for part in parts:
        first = part.key == "visit"
        one = make_fact(
            by=here.by, person=part.person or here.row.pk, site=here.row.site, body=part.body, amends=part.amends,
            occurred=part.occurred or occurred or stamp,
            fact_id=visit_id if first else id_beside(visit_id, part.key),
        )  # fmt: skip
        facts.append(msgspec.structs.replace(one, recorded=stamp, encounter="" if first else visit_id))
    return _saved(record_together(facts))


def _saved(facts: Sequence[Fact]) -> Saved:
    opened = [one.id for one in facts if isinstance(one.body, f.Concern)]
    opened += [
        one.id for one in facts
        if isinstance(one.body, f.Response) and not one.body.source and positive_items(content(), one.body)
    ]  # fmt: skip
    return Saved(facts=tuple(facts), risk=opened[0] if opened else "")


def _encounter(here: _Here, visit: Visit) -> f.Encounter:
    if visit.mode not in MODES:
        raise Invalid("Choose where it was.", field="mode")
    if visit.outcome not in OUTCOMES:
        raise Invalid("Choose what happened.", field="outcome")
    if odd := [one for one in visit.present if one not in PRESENT]:
        raise Invalid(f"Choose who was there among those offered; {odd[0]!r} is not one of them.", field="present")
    if visit.minutes is not None and not 0 <= visit.minutes <= 1440:
        raise Invalid("Write the minutes, from 0 to 1440.", field="minutes")
    risk = ""
    if visit.risk:
        policy.require(here.by, "act_on_risk", here.row.path)
        risk = next((one.id for one in here.chart.open_risks if visit.risk in (one.id, *one.ids)), "")
        if not risk:
            raise Invalid("These safety steps are not open any more. Open the chart to see what is.", field="risk")
    following = day_of(visit.next_date, "next_date") if visit.next_date else ""
    if following and following < here.day.isoformat():
        raise Invalid("The next date lies before the visit. Mend one of them.", field="next_date")
    general = [one for one in visit.done if _segment_done(one) == "general"]
    return f.Encounter(
        mode=visit.mode, outcome=visit.outcome, minutes=visit.minutes, next=following, risk=risk,  # type: ignore[arg-type]
        done=tuple(general), present=visit.present, by=_seen_by(here, visit.paper) if visit.paper else "",
    )  # fmt: skip


def _seen_by(here: _Here, paper: Paper) -> str:
    """Who met the person, where it was not whoever types it: somebody who could on that day."""
    if paper.seen_by == str(here.by.pk):
        return ""
    found = Worker.objects.filter(pk=paper.seen_by).first() if is_id(paper.seen_by) else None
    if found is None:
        raise Invalid("Choose who saw the person.", field="seen_by")
    if not policy.can(found, "record_care", here.row.path, on=here.day):
        raise Invalid(
            f"{found.name} had no post on that day that cares for people of this site. Choose who saw the person.",
            field="seen_by",
        )
    return paper.seen_by


def _segment_done(id: str) -> str:
    known = findings.interventions().get(id)
    if known is None:
        raise Invalid("Something done is not on the list any more. Open the page again.", field="done")
    return known.segment


def _done(here: _Here, visit: Visit) -> Iterator[_Part]:
    """Sessions as treatment received; everything else in the segment that may know of it."""
    known = findings.interventions()
    others: dict[str, list[str]] = {}
    for id in visit.done:
        one = known[id]
        _see(here, one.segment, "done")
        if one.session:
            body = f.Treatment(name=one.title, form="psychological", event="session")
            yield _Part(key=f"session:{id}", body=body)
        elif one.segment != "general":
            others.setdefault(one.segment, []).append(id)
    version = max(one.version for one in content().all(Interventions)) if others else 1
    for segment, ids in others.items():
        found = f.Findings(form=findings.DONE, version=version, answers={findings.DONE: tuple(ids)}, segment=segment)  # type: ignore[arg-type]
        yield _Part(key=f"done:{segment}", body=found)


def _see(here: _Here, segment: str, field: str) -> None:
    """What one writes lies in a segment that one may read."""
    if segment not in here.segments:
        raise Invalid("This is kept where you may not read. Ask somebody who may to record it.", field=field)


def _notes(here: _Here, visit: Visit) -> Iterator[_Part]:
    if visit.note.strip():
        _see(here, visit.note_segment, "note_segment")
        yield _Part(key="note", body=f.Note(text=visit.note.strip(), segment=visit.note_segment))  # type: ignore[arg-type]
    if visit.question.strip():
        policy.require(here.by, "ask_question", here.row.path)
        yield _Part(key="question", body=f.Question(text=visit.question.strip()))


def _asked(here: _Here, visit: Visit) -> Iterator[_Part]:
    for one in visit.asked:
        policy.require(here.by, "ask", here.row.path)
        instrument = content().instrument(one.instrument)
        if not may_give(here.by, here.row.path, instrument):
            raise Refused(
                f"{instrument.name} may be given by: {', '.join(instrument.administered_by)}.", permission="ask",
                site=here.row.path,
            )  # fmt: skip
        total = one.total
        wrong = (score(instrument, one.answers) if total is None else score_total(instrument, total)).invalid
        if wrong or (not one.answers and total is None):
            said = "; ".join(f"item {each.item}: {each.why}" for each in wrong) or "no item is answered"
            raise Invalid(f"{instrument.name}: {said}. Mend the answer and save again.", field=f"q-{instrument.id}")
        yield _Part(
            key=f"response:{instrument.id}",
            body=f.Response(
                instrument=instrument.id, version=instrument.version, answers=dict(one.answers), private=one.private,
                mode="paper" if visit.paper else "phone" if visit.mode == "phone" else "in_person",
                language=one.language, stated_total=total, total_only=total is not None,
                source=_register(here, visit, instrument.id),
            ),
        )  # fmt: skip


def _register(here: _Here, visit: Visit, instrument: str) -> f.Source | None:
    """What a register said long ago is a source's word, as an import's is: its danger is history, and no alarm."""
    if visit.paper is None or (clock.today() - here.day).days <= safety_policy(content()).historical_after_days:
        return None
    return f.Source(system=REGISTER, id=f"{here.row.site} {here.day} {instrument}")


def _given(here: _Here, visit: Visit) -> Iterator[_Part]:
    """Medicines that a register says were given, and that nobody prescribed here: so many days, and no more."""
    for name, days in visit.paper.given if visit.paper else ():
        policy.require(here.by, "dispense", here.row.path)
        _see(here, "mental-health", "medicine")
        body = f.Treatment(name=name, form="medicine", event="given", days=days)
        yield _Part(key=f"given:{name.casefold()}", body=body)


def _form(here: _Here, one: Filled) -> Form:
    form = findings.form_of(one.form)
    if form is None:
        raise Invalid("No installed pack holds this form. Open the page again.", field=f"f-{one.form}")
    _see(here, form.segment, f"f-{form.id}")
    for item, why in faults(form, one.answers, here.day).items():
        raise Invalid(why, field=findings.field(form, item))
    return form


def _filled(here: _Here, visit: Visit) -> Iterator[_Part]:
    for one in visit.filled:
        form = _form(here, one)
        body = f.Findings(form=form.id, version=form.version, answers=dict(one.answers), segment=form.segment)
        yield _Part(key=f"form:{form.id}", body=body)
        for item in form.items:
            left = one.answers.get(item.id)
            if item.left_hospital and isinstance(left, str):
                yield _Part(key=f"left:{form.id}", body=f.Hospital(event="discharged"), occurred=left)


def _danger(here: _Here, visit: Visit) -> list[_Part]:
    """One concern for all that tells of danger in forms, and for the worker's own worry.

    What was told in a guarded segment is not said again where others read; they see that there is a danger.
    """
    said: list[str] = []
    told = False
    recent = safety_policy(content()).act_within_days
    for one in visit.filled:
        form = _form(here, one)
        items = {item.id: item for item in form.items}
        for name in dangers(form, one.answers, here.day, recent):
            told = True
            if form.segment in ("general", "mental-health"):
                value = one.answers[name]
                words = form.choices(items[name]).get(str(value), str(value))
                said.append(f"{items[name].text}: {words}.")
    if visit.worry.strip():
        said.append(visit.worry.strip())
    if not told and not said:
        return []
    policy.require(here.by, "act_on_risk", here.row.path)
    return [_Part(key="danger", body=f.Concern(trigger="answer" if told else "worker", text=" ".join(said)))]


def _handed(here: _Here, visit: Visit) -> Iterator[_Part]:
    for one in visit.handed:
        policy.require(here.by, "dispense", here.row.path)
        with _beside(one.prescription, {"prescription": "given", "given": "given", "note": "handed-note"}):
            body = medicines.dispense_body(
                here.chart, prescription=one.prescription, given=one.given, days=one.days, quantity=one.quantity,
                why=one.why, note=one.note,
            )  # fmt: skip
        _see(here, body.segment, f"given-{one.prescription}")
        yield _Part(key=f"handed:{one.prescription}", body=body)
    if visit.taken or visit.side_effects is not None:
        _see(here, "mental-health", "taken")
        told = medicines.intake_body(
            here.chart, taken=visit.taken or "not_asked", asked=visit.side_effects is not None,
            side_effects=visit.side_effects or (),
        )  # fmt: skip
        yield _Part(key="taken", body=told)


@contextmanager
def _beside(id: str, names: Mapping[str, str]) -> Iterator[None]:
    """What does not fit stands beside the field of this entry: `days` becomes `days-<id>`."""
    try:
        yield
    except Invalid as problem:
        raise Invalid(str(problem), field=f"{names.get(problem.field, problem.field)}-{id}") from None


def _outcomes(here: _Here, visit: Visit) -> Iterator[_Part]:
    """What became of results, advice and lines of the plan."""
    for fact_id, outcome in visit.noted.items():
        policy.require(here.by, "prescribe", here.row.path)
        result = next((one for one in here.chart.results if one.id == fact_id), None)
        if result is None:
            raise Invalid("Somebody has looked at this result already.", field=f"noted-{fact_id}")
        segment = f.segment(result.body)
        _see(here, segment, f"noted-{fact_id}")
        yield _Part(key=f"noted:{fact_id}", body=f.Noted(fact=fact_id, outcome=outcome.strip(), segment=segment))
    for one in visit.advice:
        said = carried_out(
            by=here.by, path=here.row.path, now=here.chart, recommendation=one.fact, done=one.done, note=one.note,
            field=f"advice-{one.fact}",
        )  # fmt: skip
        yield _Part(key=f"advice:{one.fact}", body=said)
    versions = {one.id: one for line in here.chart.plan_lines for one in (*line.standing, *line.before)}
    for one in visit.plan:
        fact = versions.get(one.fact)
        if fact is None or not isinstance(fact.body, f.PlanItem):
            raise Invalid("This line of the plan was withdrawn. Look at the plan.", field=f"plan-{one.fact}")
        _see(here, fact.body.segment, f"plan-{one.fact}")
        if not one.done and not one.note.strip():
            raise Invalid("Say why it is dropped.", field=f"plan-{one.fact}")
        body = msgspec.structs.replace(
            fact.body, status="done" if one.done else "dropped", became=one.note.strip() or "Done."
        )
        yield _Part(key=f"plan:{one.fact}", body=body, amends=fact.id, person=fact.person)


_PARTS = (_done, _asked, _filled, _handed, _given, _outcomes, _notes)
