"""The shared plan and the circle as their page shows them, and the two forms that write them."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from django import forms

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, Line
from vwazen.clinical.circle import may_be_told
from vwazen.clinical.facts import Fact
from vwazen.server.care import plan, words
from vwazen.server.care.chart_forms import Choices
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import View

TITLES = {
    "goal": "Goals", "problem": "What is hard", "action": "Who does what, by when",
    "support": "Help in daily life", "relapse_sign": "Signs that it is coming back",
    "relapse_step": "What we do then",
}  # fmt: skip
HINTS = {
    "goal": "What the person wants, in their own words.",
    "problem": "What stands in the way, as they and you see it.",
    "action": "One thing, one name, one day.",
    "support": "Transport, food, school, housing, money, coming back among people.",
    "relapse_sign": "What they or their people notice first.",
    "relapse_step": "Whom to see, what to do, in which order.",
}
ADD = {
    "goal": "Write a goal", "problem": "Write what is hard", "action": "Write who does what",
    "support": "Write which help", "relapse_sign": "Write a sign", "relapse_step": "Write what to do then",
}  # fmt: skip
SUPPORTS = {
    "transport": "transport", "food": "food", "school": "school fees", "housing": "housing",
    "economic": "work and money", "reintegration": "coming back among people", "other": "other help",
}  # fmt: skip
STATUS = {"open": "still open", "done": "done", "dropped": "dropped"}
CONSENT = {
    "yes": "may be told and called", "no": "must not be told or called",
    "not_asked": "consent not asked yet: ask before anybody calls",
}  # fmt: skip
OWN_WORDS = ("goal", "problem", "relapse_sign", "relapse_step")
DATED = ("goal", "action", "support")
DONE_BY = ("action", "support", "relapse_step")
ON_CHART = 4  # lines of each kind on the chart; the plan has all
FOR_ALL = ("action", "support")  # what a community health worker carries out has to be readable for one


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a line: what it says, who does it by when, and who wrote it."""

    fact: str
    text: str
    quoted: bool
    does: str
    late: bool
    status: str
    became: str
    who: str
    may_read: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the plan; several versions where people changed it unknown to each other. `kept` is asked for each."""

    id: str
    part: str
    versions: tuple[Version, ...]
    changed: int
    open: bool

    @property
    def rivals(self) -> bool:
        return len(self.versions) > 1


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the circle; the number is shown to who may be called only with the person's consent."""

    id: str
    versions: tuple[Version, ...]
    name: str
    relation: str
    phone: str
    emergency: bool
    consent: str
    consent_words: str
    note: str

    @property
    def rivals(self) -> bool:
        return len(self.versions) > 1


def people_named(chart: Chart) -> set[str]:
    """The workers whose names the plan needs."""
    every = [fact for line in (*chart.plan_lines, *chart.circle_lines) for fact in (*line.standing, *line.before)]
    return {fact.author for fact in every} | {body.owner for _, body in chart.shared_plan}


def lines(chart: Chart, names: Mapping[str, str], today: dt.date) -> list[Shown]:
    """Every line of the plan, in the order of its parts, then as first written."""
    held = {fact.id: body for fact, body in chart.shared_plan}  # with whoever has it to do now
    found = [_line(one, held, names, today) for one in chart.plan_lines]
    return sorted(found, key=lambda one: plan.PARTS.index(one.part))


def _line(line: Line, held: Mapping[str, f.PlanItem], names: Mapping[str, str], today: dt.date) -> Shown:
    bodies = [held[fact.id] for fact in line.standing]
    since = (*line.before, *line.standing)[0].day
    return Shown(
        id=line.id, part=bodies[0].part, changed=len(line.before), open=any(body.status == "open" for body in bodies),
        versions=tuple(_version(fact, held[fact.id], since, names, today) for fact in line.standing),
    )  # fmt: skip


def _version(fact: Fact, body: f.PlanItem, since: dt.date, names: Mapping[str, str], today: dt.date) -> Version:
    due = dt.date.fromisoformat(body.due) if body.due else None
    does = [names.get(body.owner, "someone who left")] if body.owner else []
    does += [body.who] if body.who else []
    when = [f"since {say(since)}"] if body.part == "support" else []
    when += [f"by {say(due)}"] if due else []
    when += [f"until {say(dt.date.fromisoformat(body.ends))}"] if body.ends else []
    help_of = f"{words.first_up(SUPPORTS[body.support])}: " if body.support else ""
    return Version(
        fact=fact.id, text=f"{help_of}{body.text}", quoted=body.own_words,
        does=", ".join([" and ".join(does), *when] if does else when), status=body.status, became=body.became,
        late=due is not None and due < today and body.status == "open", who=written(fact, names),
        may_read="" if body.segment == "mental-health" else f"read by {words.SEGMENTS[body.segment]}",
    )  # fmt: skip


def written(fact: Fact, names: Mapping[str, str]) -> str:
    """Who wrote it and when."""
    return f"{names.get(fact.author, 'someone')}, {say(fact.day)}"


def circle(chart: Chart, names: Mapping[str, str]) -> list[Someone]:
    """The people around the person, emergency contacts first."""
    found = [_someone(line, names) for line in chart.circle_lines]
    return sorted(found, key=lambda one: not one.emergency)


def _someone(line: Line, names: Mapping[str, str]) -> Someone:
    bodies = [(fact, fact.body) for fact in line.standing if isinstance(fact.body, f.RelatedPerson)]
    newest, consent = bodies[-1][1], may_be_told(line)
    versions = tuple(
        Version(
            fact=fact.id, text=", ".join(part for part in (body.name, body.relation) if part), quoted=False,
            does=CONSENT[body.may_be_told], late=False, status="", became="", who=written(fact, names),
        )
        for fact, body in bodies
    )  # fmt: skip
    return Someone(
        id=line.id, versions=versions, name=newest.name, relation=newest.relation,
        phone=newest.phone if consent != "no" else "", emergency=newest.emergency, consent=consent,
        consent_words=CONSENT[consent], note=newest.note,
    )  # fmt: skip


def standing(lines: Collection[Line], fact: str) -> f.Body | None:
    """The version with this id, standing or overtaken: what a form opens with."""
    return next((v.body for line in lines for v in (*line.standing, *line.before) if v.id == fact), None)


class PlanForm(forms.Form):
    """What both forms carry: the version they were opened with, and the id under which they save once."""

    amends = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    done = "Saved."

    def __init__(self, *arguments: Any, by: Worker, view: View, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.by, self.view = by, view

    def act(self) -> Fact:
        raise NotImplementedError

    def saved(self) -> Fact | None:
        """The fact, or None with what is wrong beside its field."""
        return carry_out(self, self.act) if self.is_valid() else None

    @property
    def asked(self) -> dict[str, Any]:
        """What every action asks first."""
        return {"by": self.by, "person": self.view.person.pk}


def _date(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=False, help_text=help_text, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-11-21."},
    )  # fmt: skip


class LineForm(PlanForm):
    """One line of the plan: of a part, new or changed."""

    part = forms.CharField(widget=forms.HiddenInput, max_length=20)
    support = forms.ChoiceField(label="Which help", choices=[(k, words.first_up(v)) for k, v in SUPPORTS.items()])
    text = forms.CharField(label="What", max_length=2000, widget=forms.Textarea({"rows": 2}))
    own_words = forms.BooleanField(label="These are their own words", required=False)
    owner = forms.ChoiceField(label="A worker does it", required=False)
    who = forms.CharField(
        label="Or somebody else", max_length=200, required=False, help_text="The person, a sister, a neighbour."
    )
    due = _date("By when")
    ends = _date("Until", "The day on which this help ends, where it is known.")
    status = forms.ChoiceField(label="Where it stands", choices=[(k, words.first_up(v)) for k, v in STATUS.items()])
    became = forms.CharField(
        label="What became of it", max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    segment = forms.ChoiceField(label="Who may read it")

    def __init__(self, *arguments: Any, staff: Choices, part: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["owner"].choices = [("", "nobody of the team"), *staff]  # type: ignore[attr-defined]
        mine = [one for one in plan.SEGMENTS if one in policy.segments(self.by, self.view.path)]
        for_all = part in FOR_ALL
        mine.sort(key=lambda one: one != ("general" if for_all else "mental-health"))
        self.fields["segment"].choices = [(one, words.first_up(words.SEGMENTS[one])) for one in mine]  # type: ignore[attr-defined]
        changes = bool(self["amends"].value())
        for name, kept in {
            "support": part == "support", "own_words": part in OWN_WORDS, "owner": part in ("action", "support"),
            "who": part in DONE_BY, "due": part in DATED, "ends": part == "support", "status": changes,
            "became": changes, "segment": not changes and len(mine) > 1,
        }.items():  # fmt: skip
            if not kept:
                del self.fields[name]
        if part == "relapse_step":
            self.fields["who"].label = "Who"
        if part == "action":
            self.fields["due"].required = True

    def act(self) -> Fact:
        values = dict(self.cleaned_data)
        for name in ("due", "ends"):
            values[name] = values[name].isoformat() if values.get(name) else ""
        if "segment" not in values:  # of a changed line it stays; who sees one segment writes in that
            mine = [one for one in plan.SEGMENTS if one in policy.segments(self.by, self.view.path)]
            values["segment"] = mine[0] if mine else ""
        return plan.write_line(**self.asked, **values)


class RelatedForm(PlanForm):
    """Someone around the person, with the person's consent."""

    name = forms.CharField(label="Name", max_length=200)
    relation = forms.CharField(label="Who they are to the person", max_length=200, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    emergency = forms.BooleanField(label="To be called in an emergency", required=False)
    may_be_told = forms.ChoiceField(
        label="Does the person agree that they are told and called?", widget=forms.RadioSelect,
        choices=(("yes", "Yes, asked"), ("no", "No, asked"), ("not_asked", "Not asked yet")), initial="not_asked",
        help_text="Ask in private.",
    )  # fmt: skip
    note = forms.CharField(label="What they may be told, and when", max_length=400, required=False)

    def act(self) -> Fact:
        return plan.write_related(**self.asked, **self.cleaned_data)


def opened(form: type[PlanForm], body: f.Body | None, amends: str) -> dict[str, Any]:
    """What a form opens with: the version it changes, under a new id."""
    if body is None:
        return {}
    known = {name: getattr(body, name) for name in form.base_fields if hasattr(body, name)}
    return known | {"amends": amends}


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The plan on the chart: goals, what is to be done, who is to be called, and how many lines wait for a choice."""

    goals: tuple[Shown, ...]
    todo: tuple[Shown, ...]
    circle: tuple[Someone, ...]
    rivals: int

    @property
    def empty(self) -> bool:
        return not (self.goals or self.todo or self.circle)


def panel(chart: Chart, names: Mapping[str, str], today: dt.date) -> Panel:
    """What the chart shows of the plan."""
    shown = [one for one in lines(chart, names, today) if one.open]
    around = circle(chart, names)
    return Panel(
        goals=tuple(one for one in shown if one.part == "goal")[:ON_CHART],
        todo=tuple(one for one in shown if one.part in ("action", "support"))[:ON_CHART],
        circle=tuple(around)[:ON_CHART], rivals=sum(one.rivals for one in shown) + sum(one.rivals for one in around),
    )  # fmt: skip
