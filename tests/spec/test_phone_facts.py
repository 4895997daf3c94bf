"""What a visit, tablets, a session and a referral on a phone become: the facts that the server's own pages write."""

import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from phone.build import MISSING, PHONE, ROOT, node
from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.findings import faults
from vwazen.clinical.validate import problems
from vwazen.content.load import content
from vwazen.content.manuals import Manual
from vwazen.content.phone import lean
from vwazen.server.record.actions import id_beside

pytestmark = [pytest.mark.once, pytest.mark.skipif(not node(), reason=MISSING)]

KNOW = content([ROOT / "vwazen" / "content"])
MANUAL = KNOW.get(Manual, "problem-management")
ME = {"worker": "w-lou", "role": "lay_counsellor", "refer": [["hop", "Lopital", "hospital"]]}
BRIEF: dict[str, Any] = {
    "person": "p", "owner": "w-nia", "next": "2026-11-19",
    "relapse": [["r1", "Stays in bed"], ["r2", "Sleeps badly"]],
}  # fmt: skip
SEES = {"segments": ["general", "mental-health"], "protocols": [], "instruments": [{"id": "phq-9"}]}
PROGRAM: list[subprocess.Popen[str]] = []
WALKS = {"segments": ["general"], "protocols": [], "instruments": []}


@pytest.fixture(scope="module", autouse=True)
def program() -> Iterator[None]:
    """One Node for all of them."""
    command = [node(), str(PHONE / "test" / "care_lines.ts")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        PROGRAM.append(process)
        yield
        PROGRAM.clear()


def ask(what: str, one: object = None, *, brief: object = BRIEF, bundle: object = SEES, more: object = None) -> Any:
    """What the phone makes of one form."""
    line = {"what": what, "one": {} if one is None else one, "brief": brief, "me": ME, "bundle": bundle, "more": more}
    process = PROGRAM[0]
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(line) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the phone's code failed, see above"
    return json.loads(answer)


def bodies(parts: list[dict[str, Any]]) -> list[f.AnyBody]:
    """The bodies, read as the server reads them; none of them could be refused."""
    found = []
    for part in parts:
        fact = Fact(
            id="1", person="p", occurred=part.get("occurred", "2026-11-22"), recorded="2026-11-22T10:00:00.000Z",
            author="w-lou", site="bel-dlo", body=msgspec.convert(part["body"], f.AnyBody),
        )  # fmt: skip
        assert problems(fact) == [], part
        found.append(f.decode(f.encode(fact)).body)
    return found


def visit(one: dict[str, Any], **more: Any) -> list[f.AnyBody]:
    return bodies(ask("visit", one, **more))


def test_a_visit_that_was_held() -> None:
    said = {
        "met": "seen", "next": "2026-11-26", "signs": ["status_epilepticus"], "sign_words": "Two in an hour",
        "standing": {"mania": "gone", "toxicity": "there"}, "relapse": ["r1"], "note": " Sleeps little. ",
        "tasks": {"advice:a1": "done", "advice:a2": "not", "advice:a3": "later"}, "task_words": {"advice:a2": "No bus"},
    }  # fmt: skip
    assert visit(said) == [
        f.Encounter(mode="home", next="2026-11-26"),
        f.Sign(sign="status_epilepticus", present=True, note="Two in an hour"),
        f.Sign(sign="toxicity", present=True),
        f.Sign(sign="mania", present=False),
        f.TeamMessage(text="Coming back: Stays in bed.", to=("w-nia",)),
        f.CarriedOut(recommendation="a1", done=True),
        f.CarriedOut(recommendation="a2", done=False, note="No bus"),
        f.Note(text="Sleeps little."),
    ]
    assert visit({"met": "seen", "next": "none", "signs": ["none"]}) == [
        f.Encounter(mode="home", done=("no_danger_sign",))
    ]


def test_a_sign_for_which_help_was_asked_is_not_said_twice() -> None:
    said = {"met": "seen", "next": "none", "signs": ["mania"], "told": ["mania"], "helped": "risk"}
    assert visit(said) == [f.Encounter(mode="home")]


def test_who_may_read_general_only_writes_there_only() -> None:
    assert visit({"met": "seen", "next": "none", "note": "Quiet."}, bundle=WALKS)[-1] == f.Note(
        text="Quiet.", segment="general"
    )
    signs = {"met": "seen", "next": "none", "relapse": ["r1"]}
    message = f.TeamMessage(text="Coming back: Stays in bed.", to=("w-nia",), segment="general")
    assert visit(signs, bundle=WALKS)[-1] == message
    assert visit(signs, bundle=WALKS, brief=BRIEF | {"owner": "w-lou"})[-1] == f.Note(
        text="Coming back: Stays in bed.", segment="general"
    )


def test_the_relapse_signs_of_ones_own_people_are_a_note() -> None:
    mine = BRIEF | {"owner": "w-lou"}
    assert visit({"met": "seen", "next": "none", "relapse": ["r2"]}, brief=mine)[-1] == f.Note(
        text="Coming back: Sleeps badly."
    )


def test_a_try_is_what_the_pages_of_missed_visits_write() -> None:
    assert visit({"met": "not_home", "next": "2026-11-24", "note": "The gate was shut."}) == [
        f.Trace(missed="2026-11-19", mode="home", found="not_found", next="2026-11-24", note="The gate was shut.")
    ]
    early = BRIEF | {"next": "2026-12-01"}
    assert visit({"met": "not_home", "mode": "phone"}, brief=early) == [f.Trace(mode="phone", found="not_found")]
    assert visit({"met": "not_home", "mode": "clinic"}) == [f.Encounter(mode="clinic", outcome="missed")]
    assert visit({"met": "not_today", "next": "2026-11-24"}) == [
        f.Encounter(mode="home", outcome="refused", next="2026-11-24")
    ]
    assert visit({"met": "moved", "where": "Savann", "note": "Her aunt says so."}) == [
        f.Trace(missed="2026-11-19", mode="home", found="moved", note="Moved to: Savann. Her aunt says so.")
    ]


def test_a_death_that_was_told_is_no_death_on_record() -> None:
    told = visit({"met": "died", "certain": "told", "note": "A neighbour."})
    assert told == [f.Trace(missed="2026-11-19", mode="home", found="died", note="A neighbour.")]
    (part,) = ask("visit", {"met": "died", "certain": "known", "died_on": "2026-11-20", "note": "A fever."})
    assert bodies([part]) == [f.Death(cause="A fever.")]
    assert part["occurred"] == "2026-11-20"


def test_a_visit_that_lacks_something_says_what() -> None:
    assert ask("faults", {}) == {"met": "visit.no_met"}
    assert ask("faults", {"met": "seen"}) == {"next": "visit.no_next"}
    assert ask("faults", {"met": "seen", "next": "other"}) == {"next": "visit.no_day"}
    assert ask("faults", {"met": "seen", "next": "2026-11-21"}) == {"next": "visit.past_day"}
    assert ask("faults", {"met": "seen", "next": "none"}) == {}
    assert ask("faults", {"met": "died"}) == {"certain": "visit.no_certain"}
    known = {"met": "died", "certain": "known", "died_on": "2026-11-23"}
    assert ask("faults", known) == {"died_on": "visit.future_day"}
    not_done = {"met": "seen", "next": "none", "tasks": {"advice:a": "not"}}
    assert ask("faults", not_done) == {"task-advice:a": "visit.no_task_why"}


def test_tablets_that_were_looked_at() -> None:
    said = {"taken": "most", "left": "17,5", "showed": "yes", "side": "yes", "which": "sleepy, dizzy"}
    (body,) = bodies([{"body": ask("intake", said, brief={"id": "m1"})}])
    assert body == f.Intake(
        taken="most", prescription="m1", asked=True, side_effects=("sleepy", "dizzy"), left=17.5, showed="yes"
    )
    (body,) = bodies([{"body": ask("intake", {"showed": "no"}, brief={"id": "m1", "segment": "hiv"})}])
    assert body == f.Intake(taken="not_asked", prescription="m1", showed="no", segment="hiv")
    for wrong, key in (
        ({}, "nothing"), ({"left": "a few"}, "left_wrong"), ({"left": "-1"}, "left_wrong"),
        ({"side": "yes"}, "which_wrong"),
    ):  # fmt: skip
        assert ask("intake", wrong, brief={"id": "m1"}) == f"medicine.{key}"


def test_a_session_is_treatment_received_and_fits_the_form_of_its_manual() -> None:
    said = {
        "number": 2, "homework": "part", "ratings": {"mood": 4, "weight": 0}, "problem": " The landlord ",
        "practise": "", "checks": {"s2_review": "done", "s2_chosen": "not_applicable", "s1_private": "done"},
        "ends": "",
    }  # fmt: skip
    treatment, found = bodies(ask("session", said, more=lean(MANUAL)))
    assert treatment == f.Treatment(
        name="Problem management", form="psychological", event="session", note="2. One problem, step by step"
    )
    assert isinstance(found, f.Findings)
    assert found.answers == {
        "number": 2, "homework": "part", "mood": 4, "weight": 0, "problem": "The landlord", "s2_review": "done",
        "s2_chosen": "not_applicable",
    }, "unanswered is absent, zero is an answer, and lines of another session do not slip in"  # fmt: skip
    assert (found.form, found.version, found.segment) == (MANUAL.id, MANUAL.version, MANUAL.segment)
    assert faults(MANUAL.form, found.answers, dt.date(2026, 11, 22)) == {}


def test_which_session_is_next_counts_what_this_phone_has_not_sent() -> None:
    brief = BRIEF | {"sessions": [["Problem management", 1, "2026-11-15", "Breathe"], ["Other", 4, "2026-11-16", ""]]}
    assert ask("held", [], brief=brief, more=lean(MANUAL)) == {"many": 1, "last": "2026-11-15", "homework": "Breathe"}
    mine = [
        {"occurred": "2026-11-22T10:00:00+01:00", "body": {
            "kind": "treatment", "name": "Problem management", "event": "session"}},
        {"occurred": "2026-11-22T10:00:00+01:00", "body": {
            "kind": "findings", "form": "problem-management", "answers": {"practise": "Ask him"}}},
        {"occurred": "2026-11-22T10:00:00+01:00", "body": {
            "kind": "treatment", "name": "Problem management", "event": "missed"}},
    ]  # fmt: skip
    known = ask("held", mine, brief=brief, more=lean(MANUAL))
    assert known == {"many": 2, "last": "2026-11-22", "homework": "Ask him"}


def test_a_referral_hands_over_what_is_open_and_asks_for_danger_first() -> None:
    said = {"danger": "no", "to": "site:hop", "urgency": "week", "reason": " Seizures. ", "plain": "Please see."}
    made = ask("referral", said)
    assert bodies([made]) == [
        f.Referral(to="hospital", to_site="hop", urgency="week", reason="Seizures.", plain="Please see.")
    ]
    open_ = BRIEF | {"risks": [{"id": "k1"}]}
    outside = {"to": "healer", "name": "Papa Jo", "urgency": "routine", "reason": "Pray.", "segment": "general"}
    assert bodies([ask("referral", outside, brief=open_)]) == [
        f.Referral(to="healer", to_name="Papa Jo", reason="Pray.", segment="general", risks=("k1",))
    ]
    assert set(ask("referral", {"to": "healer"})["faults"]) == {"danger", "name", "urgency", "reason"}


def test_questions_are_due_by_their_day_unless_this_phone_asked_them_since() -> None:
    brief = BRIEF | {"asked": [["phq-9", "2026-10-22", "2026-11-19"], ["gad-7", "2026-10-22", "2026-11-19"]]}
    assert ask("due", [], brief=brief) == [{"instrument": "phq-9", "last": "2026-10-22"}], "gad-7 is not given here"
    asked = [{"occurred": "2026-11-20T10:00:00Z", "body": {"kind": "response", "instrument": "phq-9"}}]
    assert ask("due", asked, brief=brief) == []
    assert ask("due", [], brief=BRIEF | {"asked": [["phq-9", "2026-10-22", "2026-11-23"]]}) == []
    assert ask("due", [], brief=BRIEF | {"asked": [["phq-9", "2026-10-22", ""]]}) == []


def test_the_ids_beside_a_first_are_the_servers() -> None:
    first = "0192a000-0000-7000-8000-000000000001"
    for name in ("danger", "form:résumé", "sign:mania"):
        assert ask("id", first, more=name) == id_beside(first, name)
