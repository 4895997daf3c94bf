"""Forms without a score on a page: their questions, what was typed read back, and their answers in words.

What was not asked is absent: a choice begins at "not asked", and "none of these" has its own box. Fields are named
`f-<form>-<item>`.
"""

import datetime as dt
import math
from collections.abc import Mapping

import msgspec
from django.http import QueryDict as Sent

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.findings import Value, faults, span
from vwazen.content.forms import Form, FormItem, Intervention, Interventions
from vwazen.content.load import content

NONE = "-none"
# The findings that say what was done in a guarded segment: `answers` has one item of this name with their ids.
DONE = "done"
FEW = 4  # a choice among more is a menu


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    label: str
    checked: bool
    alert: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One item as the page shows it; `looks` is picks, menu, boxes, number, date or text."""

    name: str
    text: str
    hint: str
    looks: str
    choices: tuple[Choice, ...]
    typed: str
    error: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A form on a page: sections with their questions."""

    form: Form
    sections: tuple[tuple[str, tuple[Question, ...]], ...]


def field(form: Form, item: str) -> str:
    """What a question's field is called."""
    return f"f-{form.id}-{item}"


def show(form: Form, sent: Sent, errors: Mapping[str, str]) -> Shown:
    """The form with what was typed into it and what does not fit beside each question (`errors` by field)."""
    return Shown(
        form=form,
        sections=tuple(
            (section.title, tuple(_question(form, item, sent, errors) for item in section.items))
            for section in form.sections
        ),
    )


def _question(form: Form, item: FormItem, sent: Sent, errors: Mapping[str, str]) -> Question:
    name = field(form, item.id)
    choices = form.choices(item)
    looks: str = item.kind if item.kind in ("number", "date", "text") else "boxes"
    typed = sent.get(name, "") or ""
    shown: list[Choice] = []
    if item.kind == "choice":
        looks = "picks" if len(choices) < FEW else "menu"
        shown = [_choice(item, value, words, typed == value) for value, words in choices.items()]
        shown.append(Choice(value="", label="Not asked", checked=not typed))
    elif item.kind == "several":
        chosen = sent.getlist(name)
        shown = [_choice(item, value, words, value in chosen) for value, words in choices.items()]
        shown.append(Choice(value=NONE, label="Asked: none of these", checked=NONE in chosen))
    hint = item.hint or (item.unit and f"In {item.unit}." if item.unit == "years" else item.unit)
    return Question(
        name=name, text=item.text, hint=hint if item.kind != "date" else item.hint or "A day, a month or a year.",
        looks=looks, choices=tuple(shown), typed=typed, error=errors.get(name, ""),
    )  # fmt: skip


def _choice(item: FormItem, value: str, words: str, checked: bool) -> Choice:
    return Choice(value=value, label=words, checked=checked, alert=value in item.danger)


def read(form: Form, sent: Sent, day: dt.date) -> tuple[dict[str, Value], dict[str, str]]:
    """Answers by item, and by field what does not fit. Empty is not asked; what cannot be is named, never mended."""
    answers: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    for item in form.items:
        name = field(form, item.id)
        if item.kind == "several":
            chosen = tuple(sent.getlist(name))
            if NONE in chosen and len(chosen) > 1:
                wrong[name] = "“None of these” stands beside an answer. Take one of them away."
            elif chosen:
                answers[item.id] = () if chosen == (NONE,) else chosen
        elif typed := sent.get(name, "").strip():
            value = _number(typed) if item.kind == "number" else typed
            if value is None:
                wrong[name] = "Write a number, or leave it empty."
            else:
                answers[item.id] = value
    wrong |= {field(form, item): why for item, why in faults(form, answers, day).items()}
    return answers, wrong


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def form_of(id: str, version: int | None = None) -> Form | None:
    """An installed form; None where no pack holds it."""
    try:
        return content().get(Form, id, version)
    except LookupError:
        return None


def interventions() -> dict[str, Intervention]:
    """Everything that can be done at a visit, by id."""
    return {
        one.id: one for known in content().all(Interventions) for group in known.groups for one in group.interventions
    }


def title_of(body: f.Findings) -> str:
    """What the form was called when it was filled in."""
    if body.form == DONE:
        return "Done at the visit"
    form = form_of(body.form, body.version) or form_of(body.form)
    return form.title if form else body.form.replace("-", " ").capitalize()


def said(body: f.Findings) -> list[tuple[str, str]]:
    """Question and answer in words, in the order of the form; ids stand where the form is not installed any more."""
    if body.form == DONE:
        return [("", ", ".join(done_words(_many(body.answers.get(DONE, ())))))]
    form = form_of(body.form, body.version) or form_of(body.form)
    items = {item.id: item for item in form.items} if form else {}
    order = [*items, *(name for name in body.answers if name not in items)]
    return [
        (items[name].text if name in items else name, _words(form, items.get(name), body.answers[name]))
        for name in order
        if name in body.answers
    ]


def done_words(ids: tuple[str, ...]) -> list[str]:
    """What these interventions are called."""
    known = interventions()
    return [known[one].title if one in known else one for one in ids]


def _many(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _words(form: Form | None, item: FormItem | None, value: Value) -> str:
    if isinstance(value, float | int):
        unit = f" {item.unit}" if item and item.unit else ""
        return f"{value:g}{unit}"
    choices = form.choices(item) if form and item else {}
    if isinstance(value, tuple):
        return ", ".join(choices.get(one, one) for one in value).capitalize() if value else "Asked: none of these"
    if item and item.kind == "date":
        known = span(value)
        return say(known[0]) if known and known[0] == known[1] else str(value)
    return choices.get(value, value)


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest answers to one form, and how many earlier ones there are."""

    form: str
    title: str
    day: dt.date
    said: list[tuple[str, str]]
    who: str
    before: int
    printed: bool


def latest(chart: Chart, names: Mapping[str, str]) -> list[Latest]:
    """The newest answers to each form, by title. What was done at visits stands in the record and not here."""
    found = []
    for form, those in chart.findings.items():
        fact, body = those[-1]
        if form != DONE:
            who = names.get(fact.author, "someone who is not on this node")
            one = Latest(
                form=form, title=title_of(body), day=fact.day, said=said(body), who=who, before=len(those) - 1,
                printed=body.segment != "intimate-partner-violence",
            )  # fmt: skip
            found.append(one)
    return sorted(found, key=lambda one: one.title)
