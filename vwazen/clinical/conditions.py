"""The condition language: a small tree of named comparisons with three-valued logic.

A value is a number, a word, a boolean, a date, `ABSENT` (known not to be there: nothing was ever
recommended, so no recommendation is late) or `None` (unknown). Comparing an absent value is false;
comparing an unknown one is unknown, and unknown never counts as yes.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Final

Value = float | str | bool | dt.date | None


class _Absent(str):
    """Known not to be there."""

    __slots__ = ()


ABSENT: Final = _Absent("absent")
Values = Mapping[str, Value]
Test = Callable[[Values, dt.date], bool | None]

COMPARISONS = ("at_least", "less_than", "is", "within", "older_than")


class ConditionError(ValueError):
    """A condition that says nothing: an unknown word, a missing part."""


def days(text: object) -> int:
    """'28 days' -> 28; weeks count seven. Raises ConditionError for anything else."""
    parts = str(text).split()
    if len(parts) == 2 and parts[0].isdigit():
        unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(parts[1])
        if unit:
            return int(parts[0]) * unit
    raise ConditionError(f"{text!r} is not a duration; write for example '28 days' or '8 weeks'")


def _pair(operator: str, argument: object) -> tuple[str, object]:
    if not isinstance(argument, list | tuple) or len(argument) != 2:
        raise ConditionError(f"{operator} compares two things: {operator}: [name, value]; it has {argument!r}")
    return str(argument[0]), argument[1]


def names(condition: object) -> Iterator[str]:
    """Every name the condition reads, left sides and right sides."""
    operator, argument = _operator(condition)
    if operator in ("all", "any"):
        for part in argument:  # type: ignore[attr-defined]
            yield from names(part)
    elif operator == "not":
        yield from names(argument)
    else:
        left, right = _pair(operator, argument)
        yield left
        if isinstance(right, str) and "." in right:
            yield right


def _operator(condition: object) -> tuple[str, object]:
    if not isinstance(condition, Mapping) or len(condition) != 1:
        raise ConditionError(f"a condition has one word (all, any, not, {', '.join(COMPARISONS)}); here: {condition!r}")
    ((operator, argument),) = condition.items()
    if operator in ("all", "any"):
        if not isinstance(argument, list | tuple) or not argument:
            raise ConditionError(f"{operator} needs a list of conditions")
    elif operator not in (*COMPARISONS, "not"):
        raise ConditionError(f"{operator!r} is no comparison; use all, any, not, {', '.join(COMPARISONS)}")
    return str(operator), argument


def compile_condition(condition: object) -> Test:
    """The condition as a function of (values, today) -> yes, no or None for unknown."""
    operator, argument = _operator(condition)
    if operator == "not":
        inner = compile_condition(argument)

        def negate(values: Values, today: dt.date) -> bool | None:
            result = inner(values, today)
            return None if result is None else not result

        return negate
    if operator in ("all", "any"):
        return _join([compile_condition(part) for part in argument], stop=operator == "any")  # type: ignore[attr-defined]
    left, right = _pair(operator, argument)
    return _comparison(operator, left, right)


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


def _comparison(operator: str, left: str, right: object) -> Test:
    if operator in ("within", "older_than"):
        span = dt.timedelta(days(right))
        older = operator == "older_than"

        def dated(values: Values, today: dt.date) -> bool | None:
            value = values[left]
            if value is ABSENT:
                return False
            if not isinstance(value, dt.date):
                return None
            return value <= today - span if older else value >= today - span

        return dated
    if operator == "is":
        wanted = {"yes": True, "no": False}.get(str(right), right)

        def equal(values: Values, today: dt.date) -> bool | None:
            value = values[left]
            return None if value is None else value is not ABSENT and value == wanted

        return equal
    least = operator == "at_least"

    def ordered(values: Values, today: dt.date) -> bool | None:
        value = values[left]
        limit = values[right] if isinstance(right, str) else right
        if value is ABSENT or limit is ABSENT:
            return False
        if not isinstance(value, int | float) or not isinstance(limit, int | float):
            return None
        return value >= limit if least else value < limit

    return ordered


def switch_days(condition: object) -> list[tuple[str, int]]:
    """(name, days) for each date comparison: on that date plus those days its answer changes.

    `older_than: [x, n days]` turns true on x + n; `within: [x, n days]` turns false on x + n + 1.
    """
    operator, argument = _operator(condition)
    if operator in ("all", "any"):
        return [switch for part in argument for switch in switch_days(part)]  # type: ignore[attr-defined]
    if operator == "not":
        return switch_days(argument)
    if operator in ("within", "older_than"):
        left, right = _pair(operator, argument)
        return [(left, days(right) + (operator == "within"))]
    return []
