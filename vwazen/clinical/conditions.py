"""What a condition means: three-valued logic over the values of one chart on one day.

A value is a number, a word, a boolean, a date, `ABSENT` (known not to be there: nothing was ever
recommended, so no recommendation is late) or `None` (unknown). Comparing an absent value is false;
comparing an unknown one is unknown, and unknown never counts as yes.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from vwazen.content.conditions import COMPARISONS, DATED, ConditionError, Node, days, parse

Value = float | str | bool | dt.date | None


class _Absent(str):
    """Known not to be there."""

    __slots__ = ()


ABSENT: Final = _Absent("absent")
Values = Mapping[str, Value]
Test = Callable[[Values, dt.date], bool | None]


def names(condition: object) -> Iterator[str]:
    """Every name the condition reads, left sides and right sides."""
    for leaf in parse(condition).leaves():
        yield leaf.left
        if leaf.operator not in ("is", *DATED) and isinstance(leaf.right, str):
            yield leaf.right


def compile_condition(condition: object) -> Test:
    """The condition as a function of (values, today) -> yes, no or None for unknown.

    Raises ConditionError for a condition that says nothing; the function itself raises KeyError for a name that
    `values` lacks, which `vwazen content check` finds first.
    """
    return _compile(parse(condition))


def switch_days(condition: object) -> list[tuple[str, int]]:
    """(name, days) for each date comparison: on that date plus those days its answer changes, and on no other.

    `older_than: [x, n days]` turns true on x + n; `within: [x, n days]` turns false on x + n + 1.
    """
    return [
        (leaf.left, int(leaf.right) + (leaf.operator == "within"))
        for leaf in parse(condition).leaves()
        if leaf.operator in DATED
    ]


def _compile(node: Node) -> Test:
    if node.operator == "not":
        inner = _compile(node.parts[0])

        def negate(values: Values, today: dt.date) -> bool | None:
            result = inner(values, today)
            return None if result is None else not result

        return negate
    if node.operator in ("all", "any"):
        return _join([_compile(part) for part in node.parts], stop=node.operator == "any")
    if node.operator in DATED:
        return _dated(node.left, dt.timedelta(int(node.right)), older=node.operator == "older_than")
    if node.operator == "is":
        return _equal(node.left, node.right)
    return _ordered(node.left, node.right, least=node.operator == "at_least")


def _join(parts: list[Test], *, stop: bool) -> Test:
    """Kleene's and (`stop` False) and or (`stop` True)."""

    def joined(values: Values, today: dt.date) -> bool | None:
        unknown = False
        for part in parts:
            result = part(values, today)
            if result is stop:
                return stop
            unknown = unknown or result is None
        return None if unknown else not stop

    return joined


def _dated(left: str, span: dt.timedelta, *, older: bool) -> Test:
    def dated(values: Values, today: dt.date) -> bool | None:
        value = values[left]
        if value is ABSENT:
            return False
        if not isinstance(value, dt.date):
            return None
        return value <= today - span if older else value >= today - span

    return dated


def _equal(left: str, wanted: float | str | bool) -> Test:
    def equal(values: Values, today: dt.date) -> bool | None:
        value = values[left]
        if value is None:
            return None
        return value is not ABSENT and type(value) is type(wanted) and value == wanted

    return equal


def _ordered(left: str, right: float | str | bool, *, least: bool) -> Test:
    def ordered(values: Values, today: dt.date) -> bool | None:
        value = values[left]
        limit = values[right] if isinstance(right, str) else right
        if value is ABSENT or limit is ABSENT:
            return False
        if type(value) not in (int, float) or type(limit) not in (int, float):
            return None
        return value >= limit if least else value < limit  # type: ignore[operator]

    return ordered


__all__ = [
    "ABSENT", "COMPARISONS", "ConditionError", "Test", "Value", "Values", "compile_condition", "days", "names",
    "switch_days",
]  # fmt: skip
