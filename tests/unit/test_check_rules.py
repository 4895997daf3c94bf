"""`vwazen content check` on tiers, protocols and the safety policy: each fault with file, line and mend."""

from pathlib import Path

import pytest

from tests.unit.test_content_load import BASE, write
from vwazen.content.check import check

TIERS, CARE = "tiers/default", "protocols/collaborative-care"
HEAD = {"pack.yaml": "id: ours\ntitle: Invented\nlicences: [Apache-2.0, free-with-credit]\n"}
FAULTS = [
    # file, what is there, what is written instead, what the named line holds, what is said
    (TIERS, "{is: [risk.poisoning, yes]}", "{is: [risk.poisened, yes]}", "poisened", "Nobody knows risk.poisened."),
    (TIERS, "at_least: [score.last, 20]", "within: [score.last, 20 days]", "score.last,", "score.last is a number."),
    (TIERS, "{is: [risk.plan, yes]}", "{is: [risk.plan, phq-9]}", "risk.plan", "risk.plan is a yes or no."),
    (TIERS, "{is: [risk.plan, yes]}", "{at_least: [risk.plan, 1]}", "risk.plan", "risk.plan is a yes or no."),
    (TIERS, "[hospital.last, 14 days]", "[hospital.last, 14]", "hospital.last", "14 is not a duration"),
    (TIERS, "[hospital.last, 14 days]", "[hospital.last, a fortnight]", "hospital.last", "is not a duration"),
    (TIERS, "less_than: [score.fall, score.meaningful]", "less_than: [score.fall, score.title]", "score.fall,",
     "score.title is a word."),
    (TIERS, "less_than: [score.fall, score.meaningful]", "under: [score.fall, 5]", "under", "no comparison"),
    (TIERS, "at_least: [score.last, 15]", "is: [score.instrument, phq-99]", "phq-99", "holds the instrument phq-99"),
    (TIERS, "Treat the body first.", "{risk.body} first.", "{risk.body}", "Nobody knows {risk.body}"),
    (TIERS, "Treat the body first.", "Since {risk.opened.", "Since {", "A brace is open."),
    (TIERS, "plain: A contact was due on {contact.due} and none is recorded.",
     "plain: A contact was due, {score.change}.", "score.change", "{score.change} tells more than a date."),
    (TIERS, "waiting_since: contact.due", "waiting_since: score.last", "score.last", "score.last is no date"),
    (TIERS, "waiting_since: contact.due", "waiting_since: somewhen", "somewhen", "somewhen is no date"),
    (TIERS, "  - tier: 8", "  - tier: 9", "tier: 9", "Tier 9 stands in place 8."),
    (TIERS, "- id: contact-overdue", "- id: no-score", "tiers:", "The rule no-score is there twice."),
    (TIERS, "- id: contact-overdue", "- id: otherwise", "otherwise", "nobody's rule"),
    (TIERS, "source: severe band of PHQ-9, 20 to 27 (NHS data dictionary; LOINC LL382-3)", "source: ''",
     "source: ''", "The rule has no source."),
    (TIERS, "other_places: 0.3", "other_places: 30", "other_places", "share of the places"),
    (CARE, "instrument: gad-7", "instrument: gad-77", "gad-77", "holds the instrument gad-77"),
    (CARE, "condition: anxiety", "condition: depression", "conditions:", "depression is there twice"),
    (CARE, "  - step: 2", "  - step: 4", "steps:", "not numbered 1, 2, 3"),
    (CARE, "social_worker, psychologist]", "sorcerer]", "sorcerer", "There is no role sorcerer."),
    (CARE, "{phq-9: 10, gad-7: 10}", "{phq-2: 3}", "relapse_at_least", "phq-2 is not followed here."),
    (CARE, "at_least: [function.last, 2]", "at_least: [function.last]", "function.last",
     "compares two things"),
    (CARE, "- id: early", "- id: gap", "proposals:", "The proposal gap is there twice."),
    (CARE, "Judge it after 4 to 6 weeks", "Judge {it} after", "reason:", "Nobody knows {it}"),
    ("safety/safety", "weekly_every_days: 7", "weekly_every_days: 0", "weekly_every_days", "weekly_every_days is 0."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "line", "said"), FAULTS)
def test_a_fault(tmp_path: Path, name: str, old: str, new: str, line: str, said: str) -> None:
    text = (BASE / f"{name}.yaml").read_text("utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    pack = write(tmp_path, {
        **HEAD,
        "sources.yaml": (BASE / "sources.yaml").read_text("utf-8"),
        f"{name}.yaml": text,
        **{f"instruments/{one}.yaml": (BASE / "instruments" / f"{one}.yaml").read_text("utf-8")
           for one in ("phq-9", "gad-7")},
    })  # fmt: skip
    problems = check([pack])
    named = [problem for problem in problems if said in problem.message]
    assert named, [str(problem) for problem in problems]
    assert named[0].file == pack / f"{name}.yaml"
    assert line in text.splitlines()[named[0].line - 1]
    assert named[0].mend


def test_an_instrument_of_another_pack_must_be_there(tmp_path: Path) -> None:
    """Without GAD-7 the protocol cannot follow anxiety, and the check says so."""
    names = (CARE, "instruments/phq-9", "sources")
    files = {f"{name}.yaml": (BASE / f"{name}.yaml").read_text("utf-8") for name in names}
    pack = write(tmp_path, HEAD | files)
    assert [problem.message for problem in check([pack])] == ["No pack holds the instrument gad-7."]


def test_what_is_shipped_has_no_fault() -> None:
    rules = [BASE / "tiers", BASE / "protocols", BASE / "safety"]
    assert [str(one) for one in check([BASE]) if one.file.parent in rules] == []
