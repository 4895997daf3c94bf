"""Answers sorted out against an instrument: what counts, what is missing, what cannot be used."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from msgspec import Struct

from vwazen.content.model import Instrument, Item

Answers = Mapping[str, float | None]
WholeSum = tuple[float, tuple[str, ...]]


class Invalid(Struct, frozen=True):
    """An answer that cannot be used: the item ("total" for a typed total) and why, without the value itself."""

    item: str
    why: str


class Read(Struct):
    """Answers sorted out. `points` holds what each answered item adds; unscored answers ("not assessed") are absent.

    expected counts the items that were due: an item that hangs on an unanswered one is not due yet.
    """

    values: dict[str, float]
    points: dict[str, float]
    expected: int
    answered: int
    missing: list[str]
    invalid: list[Invalid]
    unscored: bool = False


class Plan:
    """An instrument made ready for scoring many answers: everything that does not depend on them."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.items = {item.id: item for item in instrument.items}
        self.points = {item.id: _points(instrument, item) for item in instrument.items}
        self.unscored = {
            (item.id, option.value)
            for item in instrument.items
            if item.answers
            for option in instrument.answer_lists[item.answers].options
            if option.unscored
        }
        self.expected = [item for item in instrument.items if not item.optional]
        self.plain = [item.id for item in self.expected] if all(i.asked_if is None for i in self.expected) else None
        self.scored = [item.id for item in instrument.items if item.scored]
        self.bands = [(band.low, band.name) for band in reversed(instrument.bands)]
        self.safety = [(rule.item, rule.at_least) for rule in instrument.safety]
        self.subscales = [(sub.id, sub.items) for sub in instrument.subscales]
        self.adds = self._adds()
        self.due = frozenset(self.plain or ())
        self.alike = self._alike()
        self.known: dict[WholeSum, Any] = {}  # what came of it, for `score`
        self.calm: dict[float, Any] = {}  # the same by the points alone, where `alike` and no safety item says yes

    def _adds(self) -> dict[str, dict[float, float]] | None:
        """item -> answer -> what it adds to a sum; None where more than a sum must be looked at."""
        one = self.instrument
        if one.score.method != "sum" or one.remarks or self.unscored or self.plain is None:
            return None
        if not {id for id, _ in self.safety} <= set(self.plain) or None in self.points.values():
            return None
        scored = set(self.scored)
        found = {
            id: {answer: points if id in scored else 0.0 for answer, points in allowed.items()}
            for id, allowed in self.points.items()
            if allowed is not None
        }
        whole = all(points.is_integer() for those in found.values() for points in those.values())
        return found if whole else None  # whole numbers add up to the same in any order

    def _alike(self) -> frozenset[float]:
        """The answers of each due item where all take the same ones, and each counts for itself."""
        every = [self.adds[id] for id in self.due] if self.adds else []
        same = bool(every) and all(one == every[0] for one in every) and all(a == b for a, b in every[0].items())
        return frozenset(every[0]) if same else frozenset()


def whole_sum(plan: Plan, answers: Answers) -> WholeSum | None:
    """All that a brief score of these answers can depend on, where each due item has an answer that can be used: the
    points and the safety items answered yes. None where anything is missing, wrong, or more than a sum."""
    adds = plan.adds
    if adds is None or not plan.due <= answers.keys():
        return None
    try:
        points = sum([adds[id][value] for id, value in answers.items()], 0.0)  # type: ignore[index]
    except KeyError:
        return None
    return points, tuple([id for id, least in plan.safety if answers[id] >= least])  # type: ignore[operator]


_plans: "WeakKeyDictionary[Instrument, Plan]" = WeakKeyDictionary()


def plan_of(instrument: Instrument) -> Plan:
    """The plan of an instrument, made once."""
    found = _plans.get(instrument)
    if found is None:
        found = _plans[instrument] = Plan(instrument)
    return found


def _points(instrument: Instrument, item: Item) -> dict[float, float] | None:
    """Answer -> points, or None for an item that takes any whole number."""
    if item.answers is None:
        return None
    values = [option.value for option in instrument.answer_lists[item.answers].options]
    turn = min(values) + max(values)
    return {float(value): float(turn - value if item.reversed else value) for value in values}


def read_answers(plan: Plan, answers: Answers) -> Read:
    """Sort answers by item id into values, points, missing and invalid; None is unanswered."""
    values: dict[str, float] = {}
    points: dict[str, float] = {}
    invalid: list[Invalid] = []
    unscored = False
    for id, value in answers.items():
        if id not in plan.points:
            invalid.append(Invalid(id, "the instrument has no such item"))
        elif value is not None:
            allowed = plan.points[id]
            if allowed is not None and value in allowed:
                values[id] = value
                if plan.unscored and (id, value) in plan.unscored:
                    unscored = True
                else:
                    points[id] = allowed[value]
            elif allowed is not None:
                invalid.append(Invalid(id, f"must be one of {', '.join(str(int(one)) for one in allowed)}"))
            elif wrong := _wrong_whole(plan.items[id], value):
                invalid.append(Invalid(id, wrong))
            else:
                values[id] = points[id] = value
    due = plan.plain
    if due is None:
        due = [item.id for item in plan.expected if asked(item, values)]
        invalid += _contradictions(plan, values, points)
    blank = [id for id in due if id not in values]
    missing = [id for id in blank if answers.get(id) is None] if invalid else blank
    return Read(values, points, len(due), len(due) - len(blank), missing, invalid, unscored)


def _contradictions(plan: Plan, values: dict[str, float], points: dict[str, float]) -> list[Invalid]:
    """Points from questions that did not apply would change the sum; a screen takes every yes as it is."""
    if plan.instrument.score.method != "sum":
        return []
    why = "answered although the question before it says it does not apply"
    return [Invalid(item.id, why) for item in plan.expected if points.get(item.id) and asked(item, values) is False]


def _wrong_whole(item: Item, value: float) -> str:
    whole = item.whole
    if whole is None or value != value // 1 or value in (float("inf"), float("-inf")):
        return "must be a whole number"
    if value < whole.low:
        return f"must be {whole.low} or more"
    if whole.high is not None and value > whole.high:
        return f"must be {whole.high} or less"
    return ""


def asked(item: Item, values: Mapping[str, float]) -> bool | None:
    """Whether the item had to be asked; None while the items it hangs on are unanswered."""
    rule = item.asked_if
    if rule is None or any(values.get(id, -1) >= rule.at_least for id in rule.any_of):
        return True
    return None if any(id not in values for id in rule.any_of) else False
