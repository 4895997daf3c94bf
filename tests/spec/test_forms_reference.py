"""Prints docs/reference/forms.md from vwazen/content/forms/ and interventions.yaml: every question and what it opens.

`VWAZEN_WRITE_DOCS=1` writes the page anew.
"""

import re

import pytest

from tests.spec.pages import ROOT, compare, heading, table
from vwazen.content.forms import Form, FormItem, Interventions
from vwazen.content.load import content
from vwazen.content.manuals import Manual

CONTENT = content([ROOT / "vwazen" / "content"])
# Those of a manual are made from it: test_manuals.py prints them.
FORMS = tuple(one for one in CONTENT.all(Form) if all(one.id != manual.id for manual in CONTENT.all(Manual)))
INTRO = """
Forms record what was found and told at a visit where no instrument gives a score. Which questions there are is taken
from what the forms of Partners In Health record; the wording is our own, and **not yet reviewed by a clinician**. A
question that is left open was not asked. Who records a form has to see its consent segment, and so does whoever reads
it.

Answers marked **danger** open the safety steps in the same moment. Printed from `vwazen/content/forms/`; a pack of your
own can add forms.
"""
KINDS = {"choice": "one of", "several": "any of", "number": "a number", "date": "a day, month or year", "text": "words"}
# About time past, or about others than the person: history opens nothing.
HISTORY = {"thoughts_before", "attempt_before", "harm_others_before"}
WORDS = re.compile("(ending|end) their life|harmed themselves|harming|killing|Harmed|in danger|Violence against")
PAST = {"adult", "child"}


def _answers(form: Form, item: FormItem) -> str:
    said = [f"**{words} (danger)**" if id in item.danger else words for id, words in form.choices(item).items()]
    if item.danger_if_recent:
        said.append("**danger where it is recent**")
    if item.unit:
        said.append(item.unit)
    return f"{KINDS[item.kind]}{': ' if said else ''}{', '.join(said)}"


def page() -> str:
    said = heading("Forms without a score", "test_forms_reference.py", "vwazen/content/forms/") + INTRO
    for form in FORMS:
        rows = [
            (f"`{item.id}`", item.text, _answers(form, item)) for section in form.sections for item in section.items
        ]
        when = "at a first visit" if form.ask == "first" else "when there is need"
        said += (
            f"\n## {form.title}\n\n`{form.id}`, version {form.version}, segment {form.segment}, asked {when}. "
            f"Basis: {form.basis}. Sources: {', '.join(f'`{one}`' for one in form.source)}.\n\n"
            + table(["Item", "Question", "Answers"], rows)
        )  # fmt: skip
    for known in CONTENT.all(Interventions):
        said += f"\n## What can be done at a visit\n\nBasis: {known.basis}. Version {known.version}.\n\n" + table(
            ["Group", "What", "Id", "Segment", "Counts as a session received"],
            [
                (group.title, one.title, f"`{one.id}`", one.segment, "yes" if one.session else "no")
                for group in known.groups
                for one in group.interventions
            ],
        )
    return said


def test_the_page_of_the_forms() -> None:
    compare("forms.md", page())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_every_question_about_harm_opens_the_safety_steps_or_is_named_history(form: Form) -> None:
    for item in form.items:
        past = item.id in HISTORY or (form.id == "violence" and item.id in PAST)
        if WORDS.search(item.text):
            assert bool(item.danger) != past, (form.id, item.id)
        else:
            assert not item.danger, (form.id, item.id)
        assert not item.danger or "no" in form.choices(item), "asked and no must be sayable"


def test_nobody_is_said_to_have_reviewed_a_form_and_each_names_where_it_is_from() -> None:
    for form in FORMS:
        assert form.reviewed == "not yet reviewed by a clinician"
        assert any(one.startswith(("PIH-", "PFA-")) for one in form.source), form.id


def test_no_form_labels_how_great_a_risk_is() -> None:
    for form in FORMS:
        for item in form.items:
            words = " ".join([item.text, *form.choices(item).values()]).lower()
            assert not re.search(r"\b(low|moderate|medium|high) risk\b|\bsafe\b", words), (form.id, item.id)


def test_what_tells_of_alcohol_drugs_hiv_or_violence_lies_in_its_segment() -> None:
    by_id = {form.id: form.segment for form in FORMS}
    assert (by_id["substance-use"], by_id["hiv-tb"], by_id["violence"]) == (
        "substance-use", "hiv", "intimate-partner-violence",
    )  # fmt: skip
    guarded = {one.id: one.segment for known in CONTENT.all(Interventions) for group in known.groups
               for one in group.interventions if one.segment not in ("general", "mental-health")}  # fmt: skip
    assert guarded == {"substance_counselling": "substance-use", "hiv_counselling": "hiv"}
    for known in CONTENT.all(Interventions):
        for group in known.groups:
            for one in group.interventions:
                if re.search("HIV|alcohol|drug|violence", one.title):
                    assert one.id in guarded
