"""The shape of a condition: a small tree of named comparisons, as an author writes it in YAML.

    all:
      - is: [score.instrument, phq-9]
      - at_least: [score.last, 20]
      - not: {within: [review.since, 28 days]}

`parse` turns it into `Node`s or says what is wrong with it and where. `vwazen.clinical.conditions` gives the nodes
their three-valued meaning; the names that may be used are `vwazen.content.rules.VOCABULARY`.
"""

import math
from collections.abc import Iterator, Mapping
from typing import cast

from msgspec import Struct

ORDERED = ("at_least", "less_than")
DATED = ("within", "older_than")
COMPARISONS = (*ORDERED, "is", *DATED)
LONGEST = 36_525
"""Days. A hundred years are longer than any rule about a person, and dates stay inside the calendar."""

Literal = float | str | bool


class ConditionError(ValueError):
    """A condition that says nothing: an unknown word, a missing part. `path` is the place inside the condition."""

    def __init__(self, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.path = path


class Node(Struct, frozen=True, kw_only=True):
    """One condition. `parts` for all, any and not; `left` and `right` for a comparison.

    `right` is a number or a second name (at_least, less_than), a word or a boolean (is), or whole days (within,
    older_than). `path` is where it stands, `$.all[1].older_than` for example.
    """

    operator: str
    path: str
    parts: tuple["Node", ...] = ()
    left: str = ""
    right: Literal = ""

    def leaves(self) -> Iterator["Node"]:
        """Every comparison in the tree, in the order written."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def parse(condition: object, path: str = "$") -> Node:
    """The condition as a tree. Raises ConditionError with its place at the first fault."""
    operator, argument = _operator(condition, path)
    path = f"{path}.{operator}"
    if operator == "not":
        return Node(operator=operator, path=path, parts=(parse(argument, path),))
    if operator in ("all", "any"):
        if not isinstance(argument, list | tuple) or not argument:
            raise ConditionError(f"{operator} needs a list of conditions", path)
        parts = tuple(parse(part, f"{path}[{i}]") for i, part in enumerate(argument))
        return Node(operator=operator, path=path, parts=parts)
    if not isinstance(argument, list | tuple) or len(argument) != 2 or not isinstance(argument[0], str):
        raise ConditionError(f"{operator} compares two things, [name, value]; it has {argument!r}", path)
    left, right = argument
    return Node(operator=operator, path=path, left=left, right=_right(operator, right, path))


def days(text: object) -> int:
    """'28 days' -> 28; weeks count seven. Raises ConditionError for anything else."""
    parts = str(text).split()
    if len(parts) == 2 and parts[0].isascii() and parts[0].isdigit():
        unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(parts[1])
        if unit and int(parts[0]) * unit <= LONGEST:
            return int(parts[0]) * unit
    raise ConditionError(f"{text!r} is not a duration; write for example '28 days' or '8 weeks'")


def _operator(condition: object, path: str) -> tuple[str, object]:
    words = f"all, any, not, {', '.join(COMPARISONS)}"
    if not isinstance(condition, Mapping) or len(condition) != 1:
        raise ConditionError(f"a condition has one word ({words}); here: {condition!r}", path)
    ((operator, argument),) = condition.items()
    if operator not in (*COMPARISONS, "all", "any", "not"):
        raise ConditionError(f"{operator!r} is no comparison; use {words}", path)
    return cast(str, operator), argument


def _right(operator: str, right: object, path: str) -> Literal:
    if operator in DATED:
        try:
            return days(right)
        except ConditionError as error:
            raise ConditionError(str(error), path) from None
    if operator == "is":
        if isinstance(right, bool):
            return right
        if isinstance(right, str):
            return {"yes": True, "no": False}.get(right, right)
        raise ConditionError(f"is compares with a word, yes or no; use at_least or less_than for {right!r}", path)
    if isinstance(right, str) or (type(right) in (int, float) and math.isfinite(cast(float, right))):
        return cast(float | str, right)
    raise ConditionError(f"{operator} compares with a number or a name, not with {right!r}", path)
