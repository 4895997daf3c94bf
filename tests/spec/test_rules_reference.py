"""Prints docs/reference/tiers.md and docs/reference/protocols.md from the content: every rule in words.

A clinician should be able to check a rule without reading YAML. `VWAZEN_WRITE_DOCS=1` writes the pages anew.
"""

import re
from collections.abc import Iterable

import pytest

from tests.spec.pages import ROOT, compare, heading, table
from tests.spec.rule_examples import ORDINARY, PROPOSALS, RULES, TODAY
from vwazen.clinical.caseload import fill
from vwazen.clinical.conditions import compile_condition
from vwazen.clinical.safety import QUESTIONS
from vwazen.content.conditions import Node, parse
from vwazen.content.load import content
from vwazen.content.people import Clock
from vwazen.content.rules import VOCABULARY, Condition, Proposal, Protocol, Rule, SafetyPolicy, Tiers
from vwazen.content.tracing import Tracing

CONTENT = content([ROOT / "vwazen" / "content"])

# How each name is said inside a sentence.
SAID = {
    "episode.started": "enrolment",
    "episode.step": "the step",
    "episode.step_since": "the start of this step",
    "score.instrument": "the instrument followed",
    "score.title": "its title",
    "score.first": "the first total of this episode",
    "score.last": "the newest total",
    "score.last_day": "the newest total",
    "score.last_weeks": "the weeks from the first total to the newest",
    "score.best": "the best total",
    "score.fall": "the fall from the first total to the newest, in points,",
    "score.fall_percent": "the fall from the first total to the newest, in percent,",
    "score.rise": "the rise from the best total to the newest, in points,",
    "score.change": "the change in words",
    "score.meaningful": "the smallest change that matters on this instrument",
    "score.since": "the newest total (or enrolment, where there is none)",
    "score.unscored": "why the newest answers have no total",
    "function.last": "the newest answer about getting on with life (0 none to 3 extreme difficulty)",
    "treatment.sessions": "the number of sessions held in this step",
    "treatment.missed": "the number of sessions missed in this step",
    "treatment.days_covered": "the days of medicine given in this step",
    "medicine.refill_due": "the earliest day on which a medicine runs out or waits to be given",
    "medicine.name": "which medicine that is",
    "review.since": "the newest review (or enrolment, where there is none)",
    "recommendation.open_since": "the oldest recommendation that waits",
    "recommendation.text": "what it asks for",
    "question.open_since": "the oldest question without an answer",
    "contact.due": "the date on which a contact was due",
    "contact.last": "the newest contact",
    "hospital.last": "the newest admission, discharge or emergency visit",
    "seizures.rise": "the rise in seizures from one month's count to the next",
    "seizures.last": "the newest count of seizures",
    "seizures.last_day": "the newest count of seizures",
    "sign.acute_psychosis": "the report of acute psychosis, not since seen gone,",
    "sign.mania": "the report of mania, not since seen gone,",
    "sign.postpartum_red_flag": "the report of a red flag after childbirth, not since seen gone,",
    "sign.status_epilepticus": "the report of a seizure that does not stop",
    "sign.toxicity": "the report of poisoning by a medicine",
    "sign.oldest": "the report of the oldest danger sign not since seen gone",
    "sign.oldest_name": "which sign that is",
    "risk.opened": "the opening of the risk",
    "risk.last_act": "the newest act of self-harm told in an open risk",
    "risk.unassessed_since": "the opening of the oldest risk about which nobody has asked",
    "risk.contact_due": "the date on which the next safety contact is due",
    "risk.why": "what opened the risk",
}
# What a yes and a no say.
YES_NO = {
    "score.counts": (
        "the first total is high enough for response to mean anything",
        "the first total is too low for response to mean anything",
    ),
    "score.remitted": (
        "the person is in remission, and no safety answer is open or unknown",
        "the person is not in remission, or a safety answer is open or unknown",
    ),
    "score.responded": (
        "the newest total has fallen by the instrument's response share",
        "the newest total has not fallen by the instrument's response share",
    ),
    "treatment.gap": (
        "a gap in a medicine was recorded in this step",
        "no gap in a medicine was recorded in this step",
    ),
    "treatment.received": (
        "something is recorded as received in this step",
        "nothing is recorded as received in this step",
    ),
    "review.ever": ("a specialist has reviewed this episode", "no specialist has reviewed this episode"),
    "risk.intent": ("the intent to die was told in an open risk", "the intent to die was denied in an open risk"),
    "risk.plan": ("a plan was told in an open risk", "a plan was denied in an open risk"),
    "risk.poisoning": (
        "something swallowed or an injury was told in an open risk",
        "nothing swallowed and no injury was told in an open risk",
    ),
    "risk.unassessed": (
        "a risk is open in which nobody has asked about both intent and a plan",
        "every open risk was asked about intent and a plan",
    ),
}
PROPOSED = {
    "continue": "go on",
    "check": "find out first",
    "consult": "ask a specialist",
    "change": "change something within the step",
    "step_up": "the next step",
    "confirm_remission": "measure again",
    "step_down": "a lower step",
}


def words(condition: Condition) -> str:
    """A condition as a sentence."""
    return _words(parse(condition)).replace(",,", ",")


def when(condition: Condition) -> str:
    """A condition as lines of a list: what must hold together, one below the other."""
    node = parse(condition)
    if node.operator != "all":
        return f"- **When** {words(condition)}.\n"
    return "- **When** all of these hold:\n" + "".join(f"  - {_words(part)}\n" for part in node.parts).replace(
        ",,", ","
    )


def _words(node: Node) -> str:
    if node.operator in ("all", "any"):
        said = [_words(part) for part in node.parts]
        return (" **and** " if node.operator == "all" else " **or** ").join(
            f"({one})" if part.operator in ("all", "any") else one for one, part in zip(said, node.parts, strict=True)
        )
    if node.operator == "not":
        return f"**not** ({_words(node.parts[0])})"
    right = node.right
    if isinstance(right, bool):
        yes, no = YES_NO[node.left]
        return yes if right else no
    left = SAID[node.left]
    if node.operator in ("older_than", "within"):
        ago = "1 day" if right == 1 else f"{right:g} days"
        return f"{left} was {ago} ago {'or more' if node.operator == 'older_than' else 'at most'}"
    if node.operator == "is":
        return f"{left} is {str(right).upper()}"
    limit = SAID[right] if isinstance(right, str) else f"{right:g}"
    return f"{left} is {limit} or more" if node.operator == "at_least" else f"{left} is below {limit}"


def names_in(rule: Rule | Proposal) -> set[str]:
    found = set(re.findall(r"\{([^}]+)\}", rule.reason + (rule.plain if isinstance(rule, Rule) else "")))
    for leaf in parse(rule.when).leaves():
        found |= {leaf.left} | ({leaf.right} if isinstance(leaf.right, str) and leaf.right in VOCABULARY else set())
    return found


HOW = """
The order of every list. A person stands in the **first tier with a rule that holds**; nothing is added up, and no rule
of a lower tier can outweigh one of a higher. Within a tier, who has waited longest comes first. Someone for whom no
rule holds is *{otherwise}*, which means only that none of this is known of them.

Who has died, whose care is closed and who is not enrolled is on no list, with one exception: an open risk puts anyone
on the list ([why](../adr/0006-an-open-risk-is-on-the-list.md)). Why there are tiers, and no score:
[tiers](../explanation/tiers.md).

**How to read a rule.** A value may be known, known not to be there, or unknown. "Not there" (nothing was ever advised,
so no advice is late) makes a comparison false. "Unknown" makes it unknown, and unknown never counts as yes. Days are
calendar days at this node; "28 days ago or more" holds from the 28th day on. The example of
each rule is an invented person on 21 November 2026, for whom a test checks that the rule holds. "To others" is what
readers are told who may not see mental-health facts.
"""


def rules(entries: Iterable[Rule]) -> str:
    parts = []
    for one in entries:
        known = ORDINARY | RULES[one.id]
        parts.append(
            f"\n### {one.id}\n\n"
            f"{when(one.when)}"
            f"- **The list says**, for example: “{fill(one.reason, known)}”\n"
            f"- **To others**: “{fill(one.plain, known)}”\n"
            f"- **Waiting since** {SAID[one.waiting_since].rstrip(',')}.\n"
            f"- **Source** {' '.join(one.source.split())}\n"
        )
    return "".join(parts)


def tiers_page() -> str:
    one = CONTENT.get(Tiers, "default")
    parts = [heading("Tiers", "test_rules_reference.py", "vwazen/content/tiers/default.yaml"),
             HOW.replace("{otherwise}", one.otherwise),
             f"\nBasis: {' '.join(one.basis.split())} Version {one.version}, {one.reviewed}.\n"]  # fmt: skip
    parts.append("\n" + table(
        ["Tier", "Word", "To be acted on", "Rules"],
        [(tier.tier, tier.word, tier.act_within, ", ".join(f"[{rule.id}](#{rule.id})" for rule in tier.rules))
         for tier in one.tiers],
    ))  # fmt: skip
    for tier in one.tiers:
        parts.append(f"\n## Tier {tier.tier}: {tier.word}\n\nTo be acted on: {tier.act_within}.\n{rules(tier.rules)}")
    parts.append(
        f"\n## The case review\n\nA specialist's declared minutes are cut into cases of {one.minutes_per_case} "
        f"minutes. Tiers 1 and 2 come first, whatever the condition. Of the places, {100 * one.other_places:g} % are "
        "kept for conditions that PHQ-9 does not measure, since a list ordered by PHQ-9 alone would never reach them; "
        "places they do not need go to the others. Whoever is not placed is shown to the manager. Both figures are our "
        "defaults, not yet reviewed.\n"
    )
    return "".join(parts)


def protocol(one: Protocol) -> str:
    parts = [
        f"\n## {one.title}\n\n`{one.id}`, version {one.version}, {one.reviewed}. {' '.join(one.basis.split())}\n\n"
    ]
    parts.append(table(
        ["For", "Followed with", "Response and remission mean something from", "Relapse from", "Source"],
        [(of.condition, f"[{of.instrument.upper()}](instruments/{of.instrument}.md)", f"{of.baseline_at_least:g}",
          f"{one.relapse_at_least[of.instrument]:g}" if of.instrument in one.relapse_at_least else "none stated",
          of.source) for of in one.conditions],
    ))  # fmt: skip
    parts.append(
        f"\nThe baseline is the newest score on the day of enrolment or up to {one.baseline_within_days} days before "
        "it; where there is none, the first score after.\n\n### Steps\n\n"
    )
    parts.append(table(
        ["Step", "Title", "What is offered", "Who may deliver it", "Measured", "Seen"],
        [(of.step, of.title, ", ".join(of.offers), ", ".join(who.replace("_", " ") for who in of.delivered_by),
          f"every {of.measure_every_days} days", f"every {of.contact_every_days} days") for of in one.steps],
    ))  # fmt: skip
    parts.append(
        "\n### What it proposes\n\nEvery proposal is words to a person. Nothing changes until someone decides, and a "
        "step is never changed by itself.\n"
    )
    for proposal in one.proposals:
        parts.append(
            f"\n#### {proposal.id}: {PROPOSED[proposal.propose]}\n\n"
            f"{when(proposal.when)}"
            f"- **It says**, for example: “{fill(proposal.reason, ORDINARY | PROPOSALS[proposal.id])}”\n"
            f"- **Source** {' '.join(proposal.source.split())}\n"
        )
    return "".join(parts)


def safety_policy() -> str:
    one, clock = CONTENT.get(SafetyPolicy, "safety"), CONTENT.get(Clock, "on-call")
    asked = "; ".join(question.replace("_", " ") for question in QUESTIONS)
    return (
        f"\n## {one.title}\n\n`{one.id}`, version {one.version}, {one.reviewed}. {' '.join(one.basis.split())}\n\n"
        + "".join(f"{number}. {step}\n" for number, step in enumerate(one.steps, 1))
        + f"\nWhat can be asked: {asked}. Each is answered yes, no, or not asked; what was not asked stays open.\n\n"
        + table(
            ["What", "Figure"],
            [
                ("An answer that comes with an import is history, not an alarm, when it is older than",
                 f"{one.historical_after_days} days"),
                ("By when its owner should have spoken with the person", f"{one.historical_owner_days} days"),
                ("First contact after the assessment, within", f"{one.first_contact_hours} hours"),
                ("Then a contact every", f"{one.weekly_every_days} days, for {one.weekly_for_days} days"),
                ("After that, every", f"{one.later_every_days} days"),
                ("An act of self-harm keeps the person in the first tier for", f"{one.act_within_days} days"),
            ],
        )
        + "\n## The clock of an alarm\n\n"
        f"Until a human being acknowledges, the next person on the roster is due after {clock.next_person_minutes} "
        f"minutes and the supervisor after {clock.supervisor_minutes} at the latest; then the round begins again. "
        "Called is not answered. Where the roster is empty, the page says so and shows the country's numbers. "
        f"Basis: {clock.basis}. Version {clock.version}, {clock.reviewed}.\n"
    )  # fmt: skip


def missed_visits() -> str:
    one = CONTENT.get(Tracing, "tracing")
    return (
        f"\n## Missed visits\n\n`{one.id}`, version {one.version}, {one.reviewed}. {' '.join(one.basis.split())}\n\n"
        + table(
            ["What", "Figure"],
            [
                ("Somebody looks for who missed an agreed date within", f"{one.within_days} days"),
                ("… after a danger sign", f"{one.danger_sign_days} days"),
                ("… with an open risk", f"{one.open_risk_days} days"),
                ("… who has just left a hospital or a prison", f"{one.after_discharge_days} day"),
                ("Tries that found nobody, then it goes back to whoever follows the person", f"{one.tries}"),
                ("Whoever follows the person decides within", f"{one.decide_days} days"),
                ("A visit or a call is offered first from a distance of", f"{one.far_km:g} km"),
                ("Reasons are counted over", f"{one.counted_days} days"),
            ],
        )
    )


def protocols_page() -> str:
    return (
        heading("Protocols and the safety policy", "test_rules_reference.py", "vwazen/content/protocols and safety")
        + "\nWhat the program proposes and when, and how people are followed after a danger was told. How to read a "
        "rule is said under [tiers](tiers.md).\n"
        + safety_policy()
        + missed_visits()
        + "".join(protocol(one) for one in CONTENT.all(Protocol))
    )


def test_the_page_of_the_tiers() -> None:
    compare("tiers.md", tiers_page())


def test_the_page_of_the_protocols() -> None:
    compare("protocols.md", protocols_page())


def test_every_word_of_the_vocabulary_can_be_said() -> None:
    assert {*SAID, *YES_NO} == VOCABULARY.keys()
    assert YES_NO.keys() == {name for name, (kind, _) in VOCABULARY.items() if kind == "yes_no"}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"at_least": ["score.last", 20]}, "the newest total is 20 or more"),
        ({"is": ["score.counts", "no"]}, "the first total is too low for response to mean anything"),
        ({"older_than": ["risk.contact_due", "1 day"]}, f"{SAID['risk.contact_due']} was 1 day ago or more"),
        (
            {"any": [{"is": ["score.instrument", "phq-9"]}, {"not": {"within": ["hospital.last", "2 weeks"]}}]},
            f"the instrument followed is PHQ-9 **or** **not** ({SAID['hospital.last']} was 14 days ago at most)",
        ),
    ],
)
def test_conditions_in_words(condition: Condition, said: str) -> None:
    assert words(condition) == said


def test_every_rule_has_a_source_and_names_only_what_the_vocabulary_has() -> None:
    every = [rule for tier in CONTENT.get(Tiers, "default").tiers for rule in tier.rules]
    every += [proposal for one in CONTENT.all(Protocol) for proposal in one.proposals]
    for rule in every:
        assert rule.source.strip(), f"{rule.id} has no source"
        assert names_in(rule) <= VOCABULARY.keys(), rule.id


def test_every_example_is_one_of_its_rule() -> None:
    rules = {rule.id: rule for tier in CONTENT.get(Tiers, "default").tiers for rule in tier.rules}
    proposals = {one.id: one for every in CONTENT.all(Protocol) for one in every.proposals}
    assert (RULES.keys(), PROPOSALS.keys()) == (rules.keys(), proposals.keys())
    assert ORDINARY.keys() == VOCABULARY.keys()
    for one, known in [(rules[id], RULES[id]) for id in RULES] + [(proposals[id], PROPOSALS[id]) for id in PROPOSALS]:
        assert compile_condition(one.when)(ORDINARY | known, TODAY) is True, one.id


def test_a_figure_that_stands_twice_is_the_same() -> None:
    (acts,) = (rule for tier in CONTENT.get(Tiers, "default").tiers for rule in tier.rules if rule.id == "recent-act")
    assert parse(acts.when).right == CONTENT.get(SafetyPolicy, "safety").act_within_days


def test_no_reason_predicts_or_reassures() -> None:
    """No label for risk, and no word that takes an absence of entries for safety."""
    banned = re.compile(r"(?i)\b(low|medium|high|no) risk\b|\bsafe\b|\bunlikely\b|\bprobability\b|\brisk score\b")
    said = [
        one for tier in CONTENT.get(Tiers, "default").tiers for rule in tier.rules for one in (rule.reason, rule.plain)
    ]
    said += [proposal.reason for one in CONTENT.all(Protocol) for proposal in one.proposals]
    assert [one for one in said if banned.search(one)] == []


def test_readers_without_the_segment_are_told_no_score() -> None:
    for tier in CONTENT.get(Tiers, "default").tiers:
        for rule in tier.rules:
            clinical = re.findall(r"\{(?:score|risk\.why|function|treatment|recommendation\.text)[^}]*\}", rule.plain)
            assert set(clinical) <= {"{score.since}"}, rule.id
