"""Cases for the phone's engine: conditions, values and a day, with our answer, in `tests/vectors/conditions.json`.

Every rule of the default tiers and of the protocols is among them, and invented trees with every operator. A value is
a number, a word, a boolean, `{"date": "2026-05-04"}`, null for unknown, or `{"absent": true}`.
"""

import datetime as dt
import json
import random
from collections.abc import Iterator, Sequence
from typing import TypeVar

from vwazen.clinical.conditions import ABSENT, Value, compile_condition, names, switch_days
from vwazen.content.load import Content
from vwazen.content.rules import VOCABULARY, Condition, Protocol, Tiers

TODAY = dt.date(2026, 6, 1)
DAYS = (0, 1, 13, 14, 27, 28, 29, 56, 90, 91)
_KINDS = {
    "number": (0.0, 1.0, 4.5, 5.0, 9.0, 15.0, 20.0, 49.9, 50.0, -3.0),
    "word": ("phq-9", "gad-7", "who-5"),
    "yes_no": (True, False),
    "date": tuple(TODAY - dt.timedelta(n) for n in (*DAYS, -1, 365)),
}  # fmt: skip
T = TypeVar("T")


def as_json(content: Content) -> bytes:
    """All cases, one line each, the same bytes every time."""
    rows = [json.dumps(row, sort_keys=True) for row in _rows(content)]
    return ("[\n" + ",\n".join(rows) + "\n]\n").encode()


def _rows(content: Content) -> Iterator[dict[str, object]]:
    rng = random.Random(20261121)
    real = [rule.when for list in content.all(Tiers) for tier in list.tiers for rule in tier.rules]
    real += [one.when for protocol in content.all(Protocol) for one in protocol.proposals]
    for condition in real:
        for _ in range(6):
            yield _row(rng, condition)
    for _ in range(250):
        yield _row(rng, _tree(rng, 3))


def _pick(rng: random.Random, among: Sequence[T]) -> T:
    return among[int(rng.random() * len(among))]  # random() gives the same numbers in every version of Python


def _row(rng: random.Random, condition: Condition) -> dict[str, object]:
    values = {name: _value(rng, VOCABULARY[name][0]) for name in sorted(set(names(condition)))}
    answer = compile_condition(condition)(values, TODAY)
    return {
        "condition": condition,
        "values": {name: _written(value) for name, value in values.items()},
        "today": TODAY.isoformat(),
        "expect": {True: "yes", False: "no", None: "unknown"}[answer],
        "switch_days": switch_days(condition),
    }


def _value(rng: random.Random, kind: str) -> Value:
    choice = rng.random()
    return None if choice < 0.12 else ABSENT if choice < 0.2 else _pick(rng, _KINDS[kind])  # type: ignore[return-value]


def _written(value: Value) -> object:
    if value is ABSENT:
        return {"absent": True}
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


def _tree(rng: random.Random, depth: int) -> Condition:
    choice = rng.random()
    if depth and choice < 0.25:
        return {"all": [_tree(rng, depth - 1) for _ in range(1 + int(rng.random() * 3))]}
    if depth and choice < 0.5:
        return {"any": [_tree(rng, depth - 1) for _ in range(1 + int(rng.random() * 3))]}
    if depth and choice < 0.65:
        return {"not": _tree(rng, depth - 1)}
    name = _pick(rng, sorted(VOCABULARY))
    kind = VOCABULARY[name][0]
    if kind == "date":
        return {_pick(rng, ("within", "older_than")): [name, f"{_pick(rng, DAYS)} days"]}
    if kind == "yes_no":
        return {"is": [name, _pick(rng, (True, False))]}
    if kind == "word":
        return {"is": [name, _pick(rng, ("phq-9", "gad-7"))]}
    right: object = _pick(rng, (5, 4.5, 20, 50, "score.meaningful", "score.last"))
    return {_pick(rng, ("at_least", "less_than")): [name, right]}
