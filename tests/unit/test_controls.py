"""Controls of the hazard log (docs/explanation/hazards.md) that lie across several modules, one test for each."""

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generative.persons import KNOW, ROOT, TODAY, enrolled, fact, persons, phq9
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import proposals, rows
from vwazen.clinical.chart import Chart
from vwazen.clinical.conditions import compile_condition
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart

START = TODAY - dt.timedelta(days=70)
SOURCE = f.Source(system="elsewhere", id="a")

# What a person decides, and the modules in which an action of theirs may say so.
DECISIONS = {
    "Episode", "Step", "Close", "Merge", "Triage", "Recommendation", "CarriedOut", "RiskClosed", "SafetyReview",
    "Assessment", "Call", "Acknowledged", "Death",
}  # fmt: skip
ACTIONS = {"vwazen/server/care/actions.py", "vwazen/server/care/safety.py"}
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


def test_remission_is_not_said_while_safety_is_open_or_unknown() -> None:
    start = [*enrolled(START), asked(5, 70, 16)]
    low = asked(6, 2, 3)
    assert folded(*start, low).episodes[0].state == "remission"
    total = fact(6, day(2), f.Response(instrument="phq-9", version=1, stated_total=3.0, total_only=True))
    positive = asked(6, 2, 3, ninth=1)
    worried = [low, fact(7, day(1), f.Concern(trigger="worker", text="Invented."))]
    for unsettled in ([total], [positive], worried):
        episode = folded(*start, *unsettled).episodes[0]
        assert episode.state != "remission"
        assert "remission" not in episode.words or "safety" in episode.words


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(persons(future=False), st.integers(0, 200))
def test_the_list_of_a_later_day_is_known_today(facts: list[Fact], later: int) -> None:
    """Nothing goes stale at midnight: today's dated segments say what a fold on the later day says."""
    then = TODAY + dt.timedelta(days=later)
    expected = {row.episode: row.segments[0] for row in rows(chart(facts, KNOW, then), KNOW, then)}
    known = rows(chart(facts, KNOW, TODAY), KNOW, TODAY)
    assert {row.episode for row in known} == expected.keys()
    for row in known:
        (now,) = (one for one in row.segments if one.starts <= then and (one.ends is None or then < one.ends))
        want = expected[row.episode]
        assert (now.tier, now.rule, now.reason, now.plain) == (want.tier, want.rule, want.reason, want.plain)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(persons())
def test_a_proposal_changes_nothing(facts: list[Fact]) -> None:
    found = chart(facts, KNOW, TODAY)
    for episode in found.open_episodes:
        proposals(found, episode, KNOW, TODAY)
    assert chart(facts, KNOW, TODAY) == found


def test_a_fall_within_the_measurement_error_is_called_that() -> None:
    found = folded(*enrolled(START), asked(5, 70, 16), asked(6, 2, 13)).episodes[0]
    assert found.state == "unchanged"
    assert "within measurement error" in found.words


def test_a_fall_from_a_low_start_is_no_response() -> None:
    found = folded(*enrolled(START), asked(5, 70, 8), asked(6, 2, 3)).episodes[0]
    assert found.state == "below_baseline"
    assert "mean nothing" in found.words


@pytest.mark.parametrize("condition", [{"at_least": ["x", 1]}, {"not": {"at_least": ["x", 1]}}, {"is": ["x", "no"]}])
def test_what_nobody_said_decides_nothing(condition: dict[str, object]) -> None:
    assert compile_condition(condition)({"x": None}, TODAY) is None


def test_nobody_on_the_list_without_a_sentence_and_a_date() -> None:
    for facts in ([*enrolled(START)], [*enrolled(START), asked(5, 70, 16)], [*enrolled(START), asked(5, 40, 21, 3)]):
        for row in rows(folded(*facts), KNOW, TODAY):
            for one in row.segments:
                assert one.reason.endswith((".", "!", "?")) and "{" not in one.reason + one.plain
                assert one.waiting_since <= TODAY + dt.timedelta(days=366)
