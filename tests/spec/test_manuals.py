"""Prints docs/reference/manuals.md from vwazen/content/manuals/, so that a clinician can read and mend each sentence.

`VWAZEN_WRITE_DOCS=1` writes the page anew.
"""

import re
from pathlib import Path

import msgspec
import pytest

from tests.spec.pages import ROOT, compare, heading, table
from vwazen.content.check import check
from vwazen.content.forms import Form, Interventions
from vwazen.content.load import content
from vwazen.content.manuals import OWN, Check, Manual, ManualStep, Rating, faults
from vwazen.content.people import Scopes

BASE = ROOT / "vwazen" / "content"
CONTENT = content([BASE])
MANUALS = CONTENT.all(Manual)
INTRO = """
A manual is a course of talking help in sessions. The phone shows it one step a screen: what to do, and sentences that
can be said as they stand. After each session a short list says what was done. **No clinician has reviewed this wording
yet.** It asks for training and for a supervisor, and replaces neither. Printed from `vwazen/content/manuals/`; a pack
of your own can add manuals, and [how](../how-to/add-a-manual.md) is a page of its own.
"""


def page() -> str:
    said = heading("Manuals of talking help", "test_manuals.py", "vwazen/content/manuals/") + INTRO
    for one in MANUALS:
        roles = CONTENT.all(Scopes)[-1].roles
        said += (
            f"\n## {one.title}\n\n`{one.id}`, version {one.version}, language `{one.language}`, segment {one.segment}. "
            f"Sessions {one.days_apart} days apart, counted as “{one.treatment}”. Held by: "
            f"{', '.join(roles[role].title.lower() for role in one.delivered_by)}.\n\nBasis: {one.basis} Sources: "
            f"{', '.join(f'`{key}`' for key in one.source)}. Reviewed: {one.reviewed}.\n\nBefore the first word:\n\n"
            + "".join(f"- {line}\n" for line in one.before)
            + "\nAsked in each session, whole numbers, compared with the person's own and with nothing else:\n\n"
            + "".join(f"- {x.question} {x.low}: {x.low_words}; {x.high}: {x.high_words}.\n" for x in one.ratings)
        )
        for number, session in enumerate(one.sessions, 1):
            said += f"\n### {number}. {session.title}\n\nAbout {session.minutes} minutes. At its end:\n\n"
            said += "".join(f"- {aim}\n" for aim in session.aims)
            said += "\n" + table(
                ["Step", "Do", "Say"], [(step.title, step.do, " / ".join(step.say)) for step in session.steps]
            )
            said += "\nTo practise: " + "; ".join(session.homework) + ".\n\nThe list: "
            said += "; ".join(check.text for check in session.checks) + ".\n"
    return said


def test_the_page_of_the_manuals() -> None:
    compare("manuals.md", page())


def test_problem_management_has_five_sessions_and_is_counted_as_what_it_is() -> None:
    one = CONTENT.get(Manual, "problem-management")
    assert len(one.sessions) == 5
    titles = {row.title for known in CONTENT.all(Interventions) for group in known.groups
              for row in group.interventions if row.session}  # fmt: skip
    assert one.treatment in titles
    assert one.reviewed == "not yet reviewed by a clinician"
    assert not [problem for problem in check([BASE]) if "manuals" in str(problem.file)]


@pytest.mark.parametrize("one", MANUALS, ids=lambda one: one.id)
def test_each_session_is_recorded_on_a_form_made_from_the_manual(one: Manual) -> None:
    form = CONTENT.get(Form, one.id, one.version)
    items = {item.id: item for item in form.items}
    assert OWN | {rating.id for rating in one.ratings} <= items.keys()
    for session in one.sessions:
        assert 4 <= len(session.checks) <= 8, "answered in a minute"
        for line in session.checks:
            assert items[line.id].text == line.text
            assert set(form.choices(items[line.id])) == {"done", "not_done", "not_applicable"}
    assert items["number"].high == len(one.sessions)
    assert not any(item.danger for item in form.items), "a danger goes to its own steps, not to a form"


@pytest.mark.parametrize("one", MANUALS, ids=lambda one: one.id)
def test_what_is_said_aloud_names_no_illness_and_no_number_that_decides(one: Manual) -> None:
    words = " ".join(sentence for session in one.sessions for step in session.steps for sentence in step.say)
    assert not re.search(r"depress|anxi|disorder|diagnos|psych|suicid|PHQ|mental", words, re.IGNORECASE)
    assert any("danger" in line or "dying" in line for line in one.before)


def replaced(**more: object) -> Manual:
    return msgspec.structs.replace(CONTENT.get(Manual, "problem-management"), **more)


def test_what_is_wrong_with_a_manual_is_named() -> None:
    good = replaced()
    known = {good.treatment}
    assert not list(faults(good, known))
    session = good.sessions[0]
    rating = Rating(id="number", question="?", low=3, high=3, low_words="", high_words="")
    twice = msgspec.structs.replace(
        session, aims=(), steps=(*session.steps, ManualStep(id="welcome", title="", do="", say=())),
        checks=(Check(id="ends", text=""),),
    )  # fmt: skip
    for manual, paths in (
        (replaced(treatment="Prayer"), {"$.treatment"}),
        (replaced(sessions=()), {"$.sessions"}),
        (replaced(days_apart=0), {"$.days_apart"}),
        (replaced(ratings=(rating,)), {"$.ratings[0]", "$.ratings[0].id"}),
        (replaced(sessions=(twice,)), {
            "$.sessions[0].aims", f"$.sessions[0].steps[{len(session.steps)}].id", "$.sessions[0].checks[0].id"}),
    ):  # fmt: skip
        assert {path for path, _, _ in faults(manual, known)} == paths


def test_a_pack_adds_a_manual_by_one_file(tmp_path: Path) -> None:
    (tmp_path / "manuals").mkdir()
    (tmp_path / "pack.yaml").write_text("id: ours\ntitle: Ours\nlicences: [Apache-2.0]\n")
    text = (BASE / "manuals" / "problem-management.yaml").read_text("utf-8")
    ours = text.replace("id: problem-management\n", "id: rest-well\n").replace("s1_private", "quiet_room")
    (tmp_path / "manuals" / "rest-well.yaml").write_text(ours, "utf-8")
    assert check([BASE, tmp_path]) == []
    both = content([BASE, tmp_path])
    assert {one.id for one in both.all(Manual)} == {"problem-management", "rest-well"}
    assert "quiet_room" in {item.id for item in both.get(Form, "rest-well").items}
