"""An instrument's own examples, run: in tests, in `vwazen content check`, and as JSON for the phone's engine."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import UNSET

from vwazen.clinical.instruments import Scored, score, score_total
from vwazen.content.check import Problem, check
from vwazen.content.load import ContentError, content, default_packs, files, line_of, read
from vwazen.content.model import Instrument, Vector

_SIGNS = {"Y": 1.0, "N": 0.0, "_": None}
_STATED = ("total", "band", "safety", "positive", "outcome")
_PARTS = ("cutoffs", "criteria", "subscales")


def answers_of(instrument: Instrument, written: str) -> dict[str, float | None]:
    """Item id -> answer, from one sign an item in order. Raises ValueError when signs and items do not match."""
    signs = written.split()
    items = instrument.items
    if len(signs) > len(items) or any(not item.optional and not item.asked_if for item in items[len(signs) :]):
        raise ValueError(f"{len(signs)} answers for {len(items)} items")
    return {item.id: _SIGNS[sign] if sign in _SIGNS else float(sign) for item, sign in zip(items, signs, strict=False)}


def run(instrument: Instrument, vector: Vector) -> Scored:
    """Score one example. Raises ValueError for an example that cannot be read."""
    if vector.answers is not None:
        return score(instrument, answers_of(instrument, vector.answers), sex=vector.sex, age=vector.age)
    if vector.typed is None:
        raise ValueError("neither answers nor a typed total")
    return score_total(instrument, vector.typed, vector.safety_positive, sex=vector.sex, age=vector.age)


def differences(instrument: Instrument, vector: Vector) -> Iterator[str]:
    """Each stated thing that came out otherwise."""
    try:
        scored = run(instrument, vector)
    except ValueError as error:
        yield f"cannot be read: {error}"
        return
    for name in _STATED:
        wanted, got = getattr(vector, name), getattr(scored, name)
        if wanted is not UNSET and wanted != got:
            yield f"{name} is {got}, not {wanted}"
    for name in _PARTS:
        wanted = getattr(vector, name)
        for key, value in {} if wanted is UNSET else wanted.items():
            got = getattr(scored, name).get(key, "absent")
            if got != value or (got is None) != (value is None):
                yield f"{name}.{key} is {got}, not {value}"
    refused = tuple(wrong.item for wrong in scored.invalid)
    if refused != vector.invalid:
        yield f"refused are {refused}, not {vector.invalid}"
    if vector.remarks is not UNSET and len(scored.remarks) != vector.remarks:
        yield f"{len(scored.remarks)} remarks, not {vector.remarks}"


def check_content(packs: Sequence[Path] | None = None) -> list[Problem]:
    """Every fault in the packs, wrong examples included. What `vwazen content check` prints."""
    packs = tuple(packs) if packs is not None else default_packs()
    problems = check(packs)
    for pack in packs:
        for kind, file in files(pack):
            if kind.struct is not Instrument:
                continue
            try:
                instrument: Instrument = read(file, Instrument)
                problems += _wrong_examples(instrument, file)
            except (ContentError, KeyError, ValueError, TypeError):
                continue  # unreadable or inconsistent: `check` has said so
    return problems


def _wrong_examples(instrument: Instrument, file: Path) -> Iterator[Problem]:
    for i, vector in enumerate(instrument.vectors):
        for difference in differences(instrument, vector):
            mend = "Correct the definition, or the example if its source says otherwise."
            message = f"Example {i + 1} of {instrument.name}: {difference}."
            yield Problem(file, line_of(file, f"$.vectors[{i}]"), message, mend)


def as_json(packs: Sequence[Path] | None = None) -> bytes:
    """All examples with our full result, for `tests/vectors/instruments.json`: one line each, in a fixed order."""
    rows: list[bytes] = []
    encode = msgspec.json.Encoder(order="sorted").encode
    for instrument in content(packs).instruments:
        for vector in instrument.vectors:
            row: dict[str, object] = {
                "instrument": instrument.id,
                "version": instrument.version,
                "expect": msgspec.to_builtins(run(instrument, vector)),
            }
            if vector.answers is not None:
                row["answers"] = answers_of(instrument, vector.answers)
            else:
                row["typed"], row["safety_positive"] = vector.typed, vector.safety_positive
            if vector.sex is not None:
                row["sex"] = vector.sex
            if vector.age is not None:
                row["age"] = vector.age
            rows.append(encode(row))
    return b"[\n" + b",\n".join(rows) + b"\n]\n"
