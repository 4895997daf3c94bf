"""Controls of the hazard log (docs/explanation/hazards.md) that lie across several modules, one test for each."""

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.generative.persons import KNOW, ROOT, TODAY, enrolled, fact, phq9
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import rows
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart

START = TODAY - dt.timedelta(days=70)
SOURCE = f.Source(system="elsewhere", id="a")

# What a person decides, and the modules in which an action of theirs may say so.
DECISIONS = {
    "Episode", "Step", "Close", "Merge", "Triage", "Recommendation", "CarriedOut", "RiskClosed", "SafetyReview",
    "Assessment", "Call", "Acknowledged", "Death",
}  # fmt: skip
ACTIONS = {
    "vwazen/server/care/actions.py",
    "vwazen/server/care/safety.py",
    "vwazen/server/care/decisions.py",
    "vwazen/server/care/episodes.py",
}
BROUGHT = {"Death"}  # a file may say that somebody has died


def folded(*facts: Fact) -> Chart:
    return chart(facts, KNOW, TODAY)


def day(ago: int) -> str:
    return (TODAY - dt.timedelta(days=ago)).isoformat()


def asked(number: int, ago: int, total: int, ninth: int = 0, **more: object) -> Fact:
    body = f.Response(instrument="phq-9", version=1, answers=phq9(total, ninth))
    return fact(number, day(ago), msgspec.structs.replace(body, **more))


def tier(found: Chart) -> int:
    """The tier of the person's only row today."""
    (row,) = rows(found, KNOW, TODAY)
    return row.segments[0].tier


def made_in(path: Path) -> Iterator[tuple[str, str]]:
    """(kind, function) for every fact body of a decision that is made in a module, by whatever name it is imported."""
    tree = ast.parse(path.read_text("utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call):
                    called = call.func
                    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                    owner = called.value if isinstance(called, ast.Attribute) else None
                    if name in DECISIONS and (owner is None or getattr(owner, "id", "") == "f"):
                        yield name, function.name


def test_nothing_decides_but_an_action_that_names_who() -> None:
    """No import, no background work, no page and no rule enrols, moves, closes, merges or acknowledges."""
    seen: set[str] = set()
    for path in sorted((ROOT / "vwazen").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("vwazen/demo/") or name == "vwazen/server/demo.py":  # invented people, written as facts
            continue
        source = path.read_text("utf-8")
        for kind, function in made_in(path):
            if kind in BROUGHT and name == "vwazen/server/record/intake.py":
                continue
            assert name in ACTIONS, f"{name}: {function} makes a {kind}. A person decides that, through an action."
            node = next(
                one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef) and one.name == function
            )
            assert "by" in {one.arg for one in node.args.kwonlyargs}, f"{function} does not say who decides."
            seen.add(kind)
    assert seen >= DECISIONS - BROUGHT, f"never found: {sorted(DECISIONS - seen)}"


def test_a_positive_answer_opens_a_risk_by_itself_and_stands_before_any_score() -> None:
    found = folded(*enrolled(START), asked(5, 70, 16), asked(6, 0, 2, ninth=1))
    (risk,) = found.open_risks
    assert risk.unassessed
    assert tier(found) == 2
    assert found.episodes[0].state != "remission"


def test_someone_who_was_never_enrolled_is_on_the_list_while_a_risk_is_open() -> None:
    person = fact(0, day(1), f.Registration(name="Invented One"))
    (row,) = rows(folded(person, asked(1, 0, 9, ninth=2)), KNOW, TODAY)
    assert (row.episode, row.segments[0].tier) == ("", 2)
    assert rows(folded(person, asked(1, 0, 9)), KNOW, TODAY) == ()


@pytest.mark.parametrize("urgent", f.URGENT)
def test_a_danger_told_outranks_every_score(urgent: str) -> None:
    told = f.Assessment(risk="f06", **({"intent": "no", "plan": "no"} | {urgent: "yes"}))
    found = folded(*enrolled(START), asked(5, 70, 16), asked(6, 1, 2, ninth=1), fact(7, day(0), told))
    assert tier(found) == 1
    assert found.open_risks[0].urgent_since is not None


def test_an_old_answer_from_a_file_alarms_nobody_and_is_not_forgotten() -> None:
    found = folded(
        fact(0, day(1), f.Registration(name="Invented One", source=SOURCE)), asked(1, 400, 15, 2, source=SOURCE)
    )
    assert found.risks == ()
    assert rows(found, KNOW, TODAY) == ()
    assert found.historical is not None
    tried = fact(2, day(0), f.SafetyReview(outcome="tried"))
    spoke = fact(3, day(0), f.SafetyReview(outcome="spoke", note="Invented."))
    known = list(found.live)
    assert folded(*known, tried).historical is not None
    assert folded(*known, tried, spoke).historical is None


def test_a_recent_answer_from_a_file_opens_a_risk_and_calls_nobody() -> None:
    concern = f.Concern(trigger="answer", response="f01")
    found = folded(
        fact(0, day(1), f.Registration(name="Invented One", source=SOURCE)), asked(1, 3, 15, 2, source=SOURCE),
        fact(2, day(3), concern),
    )  # fmt: skip
    (risk,) = found.open_risks
    assert (risk.urgent_since, risk.calls, risk.acknowledged) == (None, (), None)
    assert tier(found) == 2


def test_a_risk_stays_open_until_a_person_closes_it() -> None:
    start = [*enrolled(START), asked(5, 70, 16), asked(6, 60, 12, ninth=1)]
    no_danger = fact(7, day(60), f.Assessment(risk="f06", intent="no", plan="no"))
    good = [asked(8 + n, 50 - 10 * n, 2) for n in range(4)]
    assert folded(*start, no_danger, *good).open_risks
    closed = fact(20, day(1), f.RiskClosed(risk="f06", reason="Invented."))
    assert not folded(*start, no_danger, *good, closed).open_risks
