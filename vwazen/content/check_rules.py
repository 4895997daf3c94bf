"""What must hold inside tiers, protocols and the safety policy. A fault is (place in the file, what is wrong, mend)."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import get_args

from msgspec import Struct

from vwazen.content.check_instrument import Fault
from vwazen.content.conditions import DATED, ORDERED, ConditionError, Node, parse
from vwazen.content.model import Role
from vwazen.content.rules import VOCABULARY, Condition, Protocol, SafetyPolicy, Tiers

_NEEDS = {**dict.fromkeys(ORDERED, "number"), **dict.fromkeys(DATED, "date")}
_USE = {
    "number": "at_least or less_than",
    "date": "within or older_than",
    "word": "is, with a word",
    "yes_no": "is, with yes or no",
}
_LIST = "Use a name of VOCABULARY in vwazen/content/rules.py."


def faults(entry: Struct, instruments: Collection[str]) -> Iterator[Fault]:
    """Every fault in one entry of rules; nothing for other kinds. `instruments`: the ids that the packs hold."""
    if isinstance(entry, Tiers):
        yield from _tiers(entry, instruments)
    elif isinstance(entry, Protocol):
        yield from _protocol(entry, instruments)
    elif isinstance(entry, SafetyPolicy):
        for name in entry.__struct_fields__:
            value = getattr(entry, name)
            if isinstance(value, int) and name != "version" and value < 1:
                yield f"$.{name}", f"{name} is {value}.", "Write 1 or more."
        if not entry.steps:
            yield "$.steps", "No step says what to do.", "Write them in the order in which they are done."


def _tiers(one: Tiers, instruments: Collection[str]) -> Iterator[Fault]:
    yield from _twice("$.tiers", "rule", [rule.id for tier in one.tiers for rule in tier.rules])
    if not 0 <= one.other_places <= 1:
        yield "$.other_places", "It is a share of the places.", "Write a number from 0 to 1."
    if one.minutes_per_case < 1:
        yield "$.minutes_per_case", "A case takes time.", "Write 1 minute or more."
    for i, tier in enumerate(one.tiers):
        if tier.tier != i + 1:
            mend = "Number the tiers 1, 2, 3 … in the order written: the first that holds is the person's."
            yield f"$.tiers[{i}].tier", f"Tier {tier.tier} stands in place {i + 1}.", mend
        for j, rule in enumerate(tier.rules):
            place = f"$.tiers[{i}].rules[{j}]"
            if rule.id == "otherwise":
                yield f"{place}.id", "“otherwise” is the name for nobody's rule.", "Choose another id."
            yield from _condition(f"{place}.when", rule.when, instruments)
            yield from _sentence(f"{place}.reason", rule.reason)
            yield from _sentence(f"{place}.plain", rule.plain, dates_only=True)
            yield from _sourced(place, rule.source)
            kind = VOCABULARY.get(rule.waiting_since, ("nothing", ""))[0]
            if kind != "date":
                message = f"{rule.waiting_since} is no date, so nobody can be said to wait since then."
                yield f"{place}.waiting_since", message, "Name a date of VOCABULARY in vwazen/content/rules.py."


def _protocol(one: Protocol, instruments: Collection[str]) -> Iterator[Fault]:
    yield from _twice("$.conditions", "condition", [of.condition for of in one.conditions])
    yield from _twice("$.proposals", "proposal", [proposal.id for proposal in one.proposals])
    for i, of in enumerate(one.conditions):
        if of.instrument not in instruments:
            mend = "Install the pack that holds it, or follow another."
            yield f"$.conditions[{i}].instrument", f"No pack holds the instrument {of.instrument}.", mend
        yield from _sourced(f"$.conditions[{i}]", of.source)
    for name in sorted(set(one.relapse_at_least) - {of.instrument for of in one.conditions}):
        yield "$.relapse_at_least", f"{name} is not followed here.", "Name instruments of `conditions`."
    if one.baseline_within_days < 0:
        yield "$.baseline_within_days", "Days before the enrolment are 0 or more.", "Write 0 or more."
    yield from _steps(one)
    for i, proposal in enumerate(one.proposals):
        place = f"$.proposals[{i}]"
        yield from _condition(f"{place}.when", proposal.when, instruments)
        yield from _sentence(f"{place}.reason", proposal.reason)
        yield from _sourced(place, proposal.source)


def _steps(one: Protocol) -> Iterator[Fault]:
    if [step.step for step in one.steps] != list(range(1, len(one.steps) + 1)) or not one.steps:
        yield "$.steps", "Steps are not numbered 1, 2, 3 … in order.", "Number them so; people are moved by number."
    for i, step in enumerate(one.steps):
        for who in step.delivered_by:
            if who not in get_args(Role):
                mend = f"Use one of {', '.join(get_args(Role))}."
                yield f"$.steps[{i}].delivered_by", f"There is no role {who}.", mend
        if min(step.measure_every_days, step.contact_every_days) < 1:
            yield f"$.steps[{i}]", "People are measured and seen every day or less often.", "Write 1 day or more."


def _condition(place: str, condition: Condition, instruments: Collection[str]) -> Iterator[Fault]:
    try:
        tree = parse(condition, place)
    except ConditionError as error:
        yield error.path, f"The condition cannot be read: {error}.", "Write it as vwazen/content/rules.py says."
        return
    for leaf in tree.leaves():
        yield from _leaf(leaf, instruments)


def _leaf(leaf: Node, instruments: Collection[str]) -> Iterator[Fault]:
    names = [leaf.left, *([leaf.right] if leaf.operator in ORDERED and isinstance(leaf.right, str) else [])]
    for name in names:
        if name not in VOCABULARY:
            yield leaf.path, f"Nobody knows {name}.", _LIST
            continue
        kind = VOCABULARY[name][0]
        wanted = _NEEDS.get(leaf.operator) or ("yes_no" if isinstance(leaf.right, bool) else "word")
        if kind != wanted:
            yield leaf.path, f"{name} is a {kind.replace('yes_no', 'yes or no')}.", f"Compare it by {_USE[kind]}."
        elif name == "score.instrument" and leaf.right not in instruments:
            yield leaf.path, f"No pack holds the instrument {leaf.right}.", "Correct the id, or install its pack."


def _sentence(place: str, text: str, *, dates_only: bool = False) -> Iterator[Fault]:
    for name in re.findall(r"\{([^{}]*)\}", text):
        if name not in VOCABULARY:
            yield place, f"Nobody knows {{{name}}}, so it would stand in the sentence as it is.", _LIST
        elif dates_only and VOCABULARY[name][0] != "date":
            mend = "Say in `plain` no more than dates: its readers may not see mental-health facts."
            yield place, f"{{{name}}} tells more than a date.", mend
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        yield place, "A brace is open.", "Write every name as {score.last}."
    if not text.strip():
        yield place, "The sentence is empty.", "Say why in one plain sentence: it is what people read."


def _sourced(place: str, source: str) -> Iterator[Fault]:
    if not source.strip():
        yield f"{place}.source", "The rule has no source.", "Cite it, or write “our default, not yet reviewed”."


def _twice(place: str, what: str, ids: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            yield place, f"The {what} {one} is there twice.", "Rename or remove one of them."
        seen.add(one)
