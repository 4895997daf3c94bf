"""Whatever comes, reading ends with values and never with an error; and order, files and repetition change nothing."""

import datetime as dt
import json
import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.tries import tries
from tests.unit.exchange_build import (
    ANSWERS,
    GAD7,
    LOINC,
    PHQ9,
    TODAY,
    bundle,
    item,
    observation,
    patient,
    read_path,
    response,
)
from vwazen.clinical.instruments import score, score_total
from vwazen.content.load import content
from vwazen.exchange.incoming import Anything, FileProblem, HeldIn, PersonIn, Repeated, ResponseIn, SkippedIn
from vwazen.exchange.reasons import HELD, PROBLEMS
from vwazen.exchange.table import read_table
from vwazen.exchange.table_map import read_map

# A small vocabulary, so that generated resources refer to each other, collide and go wrong often.
ids = st.sampled_from(["P1", "P2", "R1", "O1", "x"])
references = st.sampled_from(["Patient/P1", "Patient/P2", "urn:uuid:P1", "Pateint/P1", "Group/P1", "#p", ""])
dates = st.sampled_from(["2026-01-05", "2026-01-05T09:00:00Z", "2027-01-01", "2026", "never", None])
statuses = st.sampled_from(["completed", "final", "amended", "entered-in-error", "in-progress", None])
codes = st.sampled_from([*PHQ9, *GAD7, "44261-6", "44249-1", "76504-0", "69722-7", "29463-7", "nonsense"])
scalars = st.none() | st.booleans() | st.integers(-3, 40) | st.sampled_from(["2", "1.5", "", "x", LOINC, *ANSWERS])
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resourceType", "id", "item", "code", "coding", "valueInteger", "subject", "reference"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@st.composite
def answers(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(["coded", "number", "text", "scored", "nothing", "odd"]))
    number = draw(st.integers(-1, 5))
    if kind == "coded":
        return {"valueCoding": {"system": LOINC, "code": ANSWERS[number % 4]}}
    if kind == "number":
        return {"valueInteger": number}
    if kind == "text":
        return {"valueString": draw(st.sampled_from(["2", "2.0", "often"]))}
    if kind == "scored":
        extension = [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": number}]
        return {"valueCoding": {"system": LOINC, "code": ANSWERS[0], "extension": extension}}
    return None if kind == "nothing" else draw(anything)


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["patient", "response", "observation", "panel", "other"]))
    id = draw(ids)
    head = {"id": id, "status": draw(statuses), "subject": {"reference": draw(references)}}
    if kind == "patient":
        return patient(id, birthDate=draw(dates), meta={"versionId": draw(st.sampled_from(["1", "2"]))})
    if kind == "response":
        asked = draw(st.lists(codes, max_size=10))
        made = [item(code, None) for code in asked]
        for one in made:
            if (answer := draw(answers())) is not None:
                one["answer"] = [answer]
        return response((), authored=draw(dates), **{**head, "item": made})
    if kind == "observation":
        return observation(draw(codes), draw(st.integers(-1, 30) | st.just(1.5)), **head, effectiveDateTime=draw(dates))
    if kind == "panel":
        members = [{"reference": f"Observation/{draw(ids)}"}]
        return observation(draw(codes), None, **head, effectiveDateTime=draw(dates), hasMember=members)
    return {"resourceType": draw(st.sampled_from(["Condition", "Bundle", "Questionnaire", "", "x"])), "id": id}


def mutated(value: Any, chance: random.Random) -> Any:
    """The same tree with now and then a node replaced, dropped, doubled or put elsewhere."""
    if chance.random() < 0.02:
        return chance.choice([None, [], {}, 7, -1.5, "x", True, [value], {"value": value}, [value, value]])
    if isinstance(value, dict):
        return {key: mutated(one, chance) for key, one in value.items() if chance.random() > 0.02}
    if isinstance(value, list):
        return [mutated(one, chance) for one in value if chance.random() > 0.02]
    return value


def check(values: list[Anything]) -> None:
    """What must be true of everything that a reader hands on."""
    know = content()
    for one in values:
        data = msgspec.json.encode(one)
        assert msgspec.json.decode(data, type=Anything) == one, "it goes over a wire and comes back"
        if isinstance(one, ResponseIn):
            instrument = know.instrument(one.instrument, one.version)
            result = score(instrument, one.answers) if one.answers else score_total(instrument, one.stated_total or 0)
            assert result.invalid == ()
            assert one.total_only == (not one.answers)
            assert dt.date.fromisoformat(one.occurred[:10]) <= TODAY + dt.timedelta(days=1)
            assert one.person.version == ""
        elif isinstance(one, HeldIn):
            assert one.code in HELD
            assert one.segment != "general"
            json.loads(one.raw)
        elif isinstance(one, FileProblem):
            assert one.code in PROBLEMS
            assert "/tmp" not in one.reason + one.where
        elif isinstance(one, SkippedIn | Repeated):
            assert one.count > 0
        event(type(one).__name__ + getattr(one, "code", ""))
    known = {one.source.id for one in values if isinstance(one, PersonIn)}
    assert {one.person.id for one in values if isinstance(one, ResponseIn)} <= known


def as_lines(made: list[Any]) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in made)


def reading(files: dict[str, bytes]) -> list[Anything]:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        return read_path(Path(folder)).all


def plain(values: list[Anything]) -> list[str]:
    """What was read, without where it stood."""
    return sorted(str(msgspec.structs.replace(one, where="") if hasattr(one, "where") else one) for one in values)


@given(st.binary(max_size=300), st.sampled_from(["a.json", "a.ndjson", "a.zip", "a"]))
def test_any_bytes_at_all(data: bytes, name: str) -> None:
    check(reading({name: data}))


@given(st.lists(anything, max_size=6), st.sampled_from(["a.json", "a.ndjson"]))
def test_any_json_at_all(made: list[Any], name: str) -> None:
    check(reading({name: as_lines(made)}))


@tries(100)
@given(st.lists(resources(), max_size=8), st.integers(0, 2**32))
def test_mutated_resources(made: list[dict[str, Any]], seed: int) -> None:
    chance = random.Random(seed)
    rich = patient(
        "P3",
        identifier=[{"system": "s", "value": "v"}],
        telecom=[{"system": "phone", "value": "1"}],
        address=[{"city": "c"}],
        link=[{"type": "refer"}],
    )
    inside = response(id="R3", contained=[{**rich, "id": "p"}], subject={"reference": "#p"})
    lines = [mutated(one, chance) for one in [*made, patient(), rich, response(), inside, observation()]]
    check(reading({"a.ndjson": as_lines(lines)}))
    check(reading({"a.json": json.dumps(mutated(bundle(*made, patient(), response()), chance)).encode()}))


@tries(40)
@given(st.lists(resources(), max_size=4), st.data())
def test_broken_off_or_with_a_byte_changed(made: list[dict[str, Any]], data: st.DataObject) -> None:
    whole = json.dumps(bundle(patient(), response(), *made)).encode()
    at = data.draw(st.integers(0, len(whole) - 1))
    check(found := reading({"a.json": whole[:at]}))
    assert not any(isinstance(one, ResponseIn) for one in found), "a document that breaks off is not read at all"
    changed = bytearray(whole)
    changed[at] = data.draw(st.integers(0, 255))
    check(reading({"a.json": bytes(changed)}))
    lines = as_lines([patient(), response(), *made])
    check(reading({"a.ndjson": lines[: data.draw(st.integers(0, len(lines)))]}))


@tries(40)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_a_damaged_archive(noise: bytes, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("P.ndjson", as_lines([patient(), response()]))
        whole = bytearray(path.read_bytes())
        whole[at : at + len(noise)] = noise
        path.write_bytes(bytes(whole))
        check(read_path(path).all)


def different(made: list[dict[str, Any]]) -> bool:
    """Whether no two resources have one id and version: which of two is taken depends on which comes first."""
    keys = [(one["resourceType"], one["id"], one.get("meta", {}).get("versionId")) for one in made]
    return len(set(keys)) == len(keys)


@tries(80)
@given(st.lists(resources(), max_size=7), st.randoms(use_true_random=False), st.integers(0, 7))
def test_the_order_of_resources_and_their_files_do_not_matter(
    made: list[dict[str, Any]], chance: random.Random, cut: int
) -> None:
    lines = [patient(), response(), *made]
    assume(different(lines))
    expected = plain(reading({"a.ndjson": as_lines(lines)}))
    chance.shuffle(lines)
    files = {"a.ndjson": as_lines(lines[:cut]), "b.json": json.dumps(bundle(*lines[cut:])).encode()}
    found = [one for one in reading(files) if not isinstance(one, FileProblem)]
    merged = [one for one in found if not isinstance(one, SkippedIn | Repeated)]
    assert plain(merged) == [one for one in expected if not one.startswith(("SkippedIn", "Repeated"))]


@tries(40)
@given(st.lists(resources(), max_size=7))
def test_reading_twice_gives_the_same_and_the_same_file_twice_adds_nothing(made: list[dict[str, Any]]) -> None:
    lines = as_lines(made)
    once = reading({"a.ndjson": lines})
    assert reading({"a.ndjson": lines}) == once
    twice = reading({"a.ndjson": lines, "b.ndjson": lines})
    taken = PersonIn | ResponseIn
    assert plain([one for one in twice if isinstance(one, taken)]) == plain(
        [one for one in once if isinstance(one, taken)]
    )


def coded() -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Instruments whose items and answers all have LOINC codes."""
    for instrument in content().instruments:
        lists = [instrument.answer_lists.get(str(one.answers)) for one in instrument.items]
        options = [[option.loinc for option in one.options] if one else [None] for one in lists]
        if lists and all(one.loinc for one in instrument.items) and all(all(one) for one in options):
            yield instrument.id, [str(one.loinc) for one in instrument.items], [list(map(str, one)) for one in options]


CODED = list(coded())


@given(st.data())
def test_what_was_answered_is_what_is_read(data: st.DataObject) -> None:
    """For every instrument with codes, any answers, some of them missing, come back item by item."""
    id, questions, options = data.draw(st.sampled_from(CODED))
    instrument = content().instrument(id)
    given_ = [data.draw(st.none() | st.sampled_from(one)) for one in options]
    assume(any(given_))
    coded_ = [{"valueCoding": {"system": LOINC, "code": code}} if code else None for code in given_]
    asked = f"http://loinc.org/q/{instrument.loinc.panel}" if instrument.loinc.panel else None
    made = response(coded_, tuple(questions), questionnaire=asked)
    if not asked:
        made["questionnaire"] = f"urn:vwazen:instrument:{id}"
        for one, part in zip(made["item"], instrument.items, strict=True):
            one["linkId"] = part.id
    values = {
        part.id: float(option.value)
        for part, code in zip(instrument.items, given_, strict=True)
        for option in instrument.answer_lists[str(part.answers)].options
        if code == option.loinc
    }
    found = reading({"a.ndjson": as_lines([patient(), made])})
    if score(instrument, values).invalid:
        assert [one.code for one in found if isinstance(one, HeldIn)] == ["answer.contrary"]
    else:
        assert [(one.instrument, one.answers) for one in found if isinstance(one, ResponseIn)] == [(id, values)]
    event(id)


odd = st.sampled_from(["", "A", "1.5", "5", "-99", "NA", "2027-01-05", '"', "x y", "\x00", ","])
answer_cells = st.sampled_from(["0", "1", "2.0", "3", "", "NA"])
ROW = {
    "id": st.sampled_from(["A", "B", " A "]),
    "seen": st.sampled_from(["2026-01-05", "2026-01-06"]),
    "q1": answer_cells,
    "q9": answer_cells,
    "total": st.sampled_from(["0", "12", "27.0", "", "-99"]),
}


@tries(40)
@given(st.data(), st.sampled_from([",", ";", "\t"]), st.permutations(list(ROW)))
def test_any_table(data: st.DataObject, delimiter: str, heading: list[str]) -> None:
    table_map = read_map(
        "system: s\nperson: id\nlayout: long\ninstrument: phq-9\ndate: seen\ntotal: total\n"
        "items: {1: q1, 9: q9}\nmissing: [NA, -99]"
    )
    rows = [
        [data.draw(odd if data.draw(st.integers(0, 15)) == 0 else ROW[name]) for name in heading]
        for _ in range(data.draw(st.integers(0, 6)))
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("\n".join(delimiter.join(row) for row in [heading, *rows]))
        found = list(read_table(path, table_map, content(), as_of=TODAY))
        assert list(read_table(path, table_map, content(), as_of=TODAY)) == found
        # A quote that is never closed swallows the rows after it, so then their order does matter.
        quoted = any('"' in cell for row in rows for cell in row)
        data.draw(st.randoms(use_true_random=False)).shuffle(rows)
        path.write_text("\n".join(delimiter.join(row) for row in [heading, *rows]))
        if not quoted and not any(isinstance(one, FileProblem) for one in found):
            again = list(read_table(path, table_map, content(), as_of=TODAY))
            taken = PersonIn | ResponseIn
            assert plain([one for one in again if isinstance(one, taken)]) == plain(
                [one for one in found if isinstance(one, taken)]
            )
    check(found)


@given(st.binary(max_size=300), st.sampled_from(["t.csv", "t.xlsx"]))
def test_any_bytes_as_a_table(data: bytes, name: str) -> None:
    table_map = read_map("system: s\nperson: id\nlayout: long\ninstrument: phq-9\ndate: seen\ntotal: total\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        check(list(read_table(path, table_map, content(), as_of=TODAY)))
        path.write_bytes(b"id,seen,total\n" + data)
        check(list(read_table(path, table_map, content(), as_of=TODAY)))


@given(st.text(max_size=200) | anything.map(json.dumps))
def test_any_text_as_a_map(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.yaml"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        check(list(read_table(Path(folder) / "t.csv", path, content(), as_of=TODAY)))
