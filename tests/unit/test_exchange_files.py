"""Files, folders and archives: what is read, what is refused aloud, and what of a bad one is kept."""

import hashlib
import io
import json
import os
import re
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange_build import TODAY, bundle, observation, patient, read, read_path, read_text, response
from vwazen.content.load import content
from vwazen.exchange.fhir import read_fhir
from vwazen.exchange.files import sniff
from vwazen.exchange.incoming import Limits
from vwazen.exchange.reasons import HELD, PROBLEMS

TWO = [patient(), response(), observation()]


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "searchset"])
def test_each_kind_of_bundle(tmp_path: Path, kind: str) -> None:
    found = read_text(tmp_path, json.dumps(bundle(*TWO, kind=kind), indent=1))
    assert (len(found.people), len(found.responses), found.problems) == (1, 2, [])


def test_where_it_stands_is_told_without_any_path_of_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "export" / "2026"
    folder.mkdir(parents=True)
    (folder / "a.ndjson").write_text("\n\n" + json.dumps(response(id="L")))
    (folder / "b.json").write_text(json.dumps(bundle(patient("P2"), response(id="B"))))
    found = read_path(tmp_path / "export")
    assert {one.source.id: one.where for one in found.held} == {
        "QuestionnaireResponse/L": "2026/a.ndjson:3",
        "QuestionnaireResponse/B": "2026/b.json entry 2",
    }
    assert read_path(folder / "a.ndjson").held[0].where == "a.ndjson:3"


def test_bundles_in_lines_bundles_in_bundles_and_entries_without_a_resource(tmp_path: Path) -> None:
    inner = bundle(bundle(*TWO))
    inner["entry"].append({"response": {"status": "201"}})
    found = read(tmp_path, inner)
    assert (len(found.people), len(found.responses)) == (1, 2)
    assert found.skipped == {"entry without a resource": 1}
    assert read(tmp_path, bundle(bundle(bundle(bundle(*TWO))))).codes == ["input.nested"]


def test_persons_may_come_after_their_answers_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "a-answers.ndjson").write_text(json.dumps(response()))
    (tmp_path / "b-people.ndjson").write_text(json.dumps(patient()))
    found = read_path(tmp_path)
    assert [type(one).__name__ for one in found.all] == ["PersonIn", "ResponseIn"]
    listed = read_path([tmp_path / "a-answers.ndjson", tmp_path / "b-people.ndjson"])
    assert listed.all == found.all


def test_one_page_of_a_search_says_that_there_are_more(tmp_path: Path) -> None:
    page = bundle(*TWO, kind="searchset", link=[{"relation": "next", "url": "http://example.org/?page=2"}])
    found = read_text(tmp_path, json.dumps(page))
    assert (len(found.responses), found.codes) == (2, ["file.partial"])
    assert found.problems[0].read


def test_a_truncated_bundle_is_not_read_and_says_where_it_breaks_off(tmp_path: Path) -> None:
    whole = json.dumps(bundle(*TWO), indent=1)
    lines = whole.splitlines()
    found = read_text(tmp_path, "\n".join(lines[: len(lines) // 2]))
    assert (found.people, found.responses, found.codes) == ([], [], ["file.cut"])
    assert f"line {len(lines) // 2}" in found.problems[0].reason
    assert not found.problems[0].read


def test_a_truncated_line_is_held_and_the_whole_lines_are_kept(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(one) for one in [patient(), response(), observation()])
    found = read_text(tmp_path, text[:-20], "all.ndjson")
    assert (len(found.people), len(found.responses), found.codes) == (1, 1, ["input.syntax"])
    raw = json.loads(found.held[0].raw)
    assert raw["start"].startswith('{"resourceType": "Observation"')
    assert raw["bytes"] == len(json.dumps(observation())) - 20
    assert found.held[0].where == "all.ndjson:3"


def test_a_large_document_is_refused_and_the_same_as_lines_is_read(tmp_path: Path) -> None:
    limits = Limits(document=2000)
    many = [patient(), *(response(id=f"R{n}") for n in range(10))]
    found = read_text(tmp_path, json.dumps(bundle(*many)), limits=limits)
    assert found.codes == ["file.large"]
    assert "NDJSON" in found.problems[0].reason
    assert len(read(tmp_path, *many, limits=limits).responses) == 10
    assert read(tmp_path, *many, limits=Limits(stream=2000)).codes == ["file.large"]


def test_a_bundle_of_200_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b'{"resourceType": "Bundle", "entry": [')
        os.truncate(file.fileno(), 200_000_000)
    tracemalloc.start()
    found = read_path(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.codes == ["file.large"]
    assert "200 MB, larger than 64 MB" in found.problems[0].reason
    assert peak < 5_000_000


def test_an_answer_of_50_mb_is_held_with_its_size_and_its_fingerprint(tmp_path: Path) -> None:
    text = response((1,) * 9)
    text["item"].append({"linkId": "note", "answer": [{"valueString": "x" * 50_000_000}]})
    line = json.dumps(text).encode()
    found = read(tmp_path, patient(), line, observation())
    assert (len(found.people), len(found.responses), found.codes) == (1, 1, ["input.long"])
    raw = json.loads(found.held[0].raw)
    assert (raw["bytes"], raw["sha256"]) == (len(line), hashlib.sha256(line).hexdigest())
    assert len(found.held[0].raw) < 300_000
    assert "50 MB" in found.held[0].reason
    in_bundle = read_text(tmp_path, json.dumps(bundle(patient(), text, observation())))
    assert (len(in_bundle.responses), in_bundle.codes) == (1, ["input.long"])
    assert json.loads(in_bundle.held[0].raw)["sha256"] == raw["sha256"]


def test_a_code_late_in_a_long_line_still_decides_how_closely_it_is_kept(tmp_path: Path) -> None:
    long = json.dumps({"resourceType": "QuestionnaireResponse", "x": "y" * 3_000_000, "linkId": "/76504-0"}).encode()
    found = read(tmp_path, patient(), long, limits=Limits(line=1000))
    assert [(one.code, one.segment) for one in found.held] == [("input.long", "intimate-partner-violence")]


def test_a_long_input_is_kept_up_to_a_stated_length(tmp_path: Path) -> None:
    long = response(({"valueInteger": 9},) * 9, note="z" * 5000)
    found = read(tmp_path, patient(), long, limits=Limits(raw=1000))
    raw = json.loads(found.held[0].raw)
    assert found.codes == ["answer.unknown"]
    assert (len(raw["start"]), raw["bytes"]) == (1000, len(json.dumps(long)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_that_says_its_name_is_read(tmp_path: Path, encoding: str) -> None:
    person = json.dumps(patient(name=[{"text": "Tést Ünicôde 名"}]), ensure_ascii=False)
    for name in ("one.json", "lines.ndjson"):
        text = person if name == "one.json" else f"{person}\n{json.dumps(response())}\n"
        found = read_text(tmp_path, text.encode(encoding), name)
        assert [one.name for one in found.people] == ["Tést Ünicôde 名"]
        assert not found.problems


def test_a_wrong_encoding_is_told_with_its_byte_and_nothing_is_replaced(tmp_path: Path) -> None:
    person = json.dumps(patient(name=[{"text": "Tést"}]), ensure_ascii=False)
    found = read_text(tmp_path, person.encode("latin-1"))
    assert (found.people, found.codes) == ([], ["file.encoding"])
    assert f"Byte {person.index('é')}" in found.problems[0].reason
    lines = f"{person}\n{json.dumps(patient('P2'))}".encode("latin-1")
    found = read_text(tmp_path, lines, "lines.ndjson")
    assert ([one.source.id for one in found.people], found.codes) == (["Patient/P2"], ["input.encoding"])
    assert "start_hex" in json.loads(found.held[0].raw)
    unmarked = read_text(tmp_path, person.encode("utf-16-le"))
    assert unmarked.codes == ["file.encoding"]
    cut_short = read_text(tmp_path, f"{person}\n".encode("utf-16") + b"\x00", "lines.ndjson")
    assert (len(cut_short.people), cut_short.codes) == (1, ["file.encoding"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"resourceType": "Patient", "id": NaN}', "NaN"),
        ('{"resourceType": "Patient", "id": -Infinity}', "-Infinity"),
        ('{"resourceType": "Patient", "x": 1e999}', "beyond all bounds"),
        ('{"resourceType": "Patient", "x": ' + "9" * 5000 + "}", "too long"),
        ("[" * 10_000, "nested too deeply"),
        ('{"resourceType": "Bundle", "entry": [], "entry": []}', "'entry' stands twice"),
        ('{"resourceType": "Patient" "id": 1}', "line 1, character 28"),
    ],
)
def test_what_is_no_sound_json_is_told_so(tmp_path: Path, text: str, says: str) -> None:
    found = read_text(tmp_path, text)
    assert found.codes == ["file.syntax"]
    assert says in found.problems[0].reason
    if not text.startswith("[") and "Bundle" not in text:
        lines = read(tmp_path, text.encode(), patient())
        assert (len(lines.people), lines.codes) == (1, ["input.syntax"])
        assert says.replace("line 1, ", "") in lines.held[0].reason


def test_a_key_twice_in_one_resource_holds_that_one_and_reads_the_others(tmp_path: Path) -> None:
    good, bad = json.dumps(response()), json.dumps(response(id="R2"))
    bad = bad.replace('"status": "completed"', '"status": "completed", "status": "entered-in-error"')
    text = '{"resourceType": "Bundle", "entry": [' + ",".join(
        f'{{"resource": {one}}}' for one in (json.dumps(patient()), good, bad)
    )
    found = read_text(tmp_path, text + "]}")
    assert (len(found.responses), found.codes) == (1, ["input.syntax"])
    assert "'status' stands twice" in found.held[0].reason


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
def test_a_character_that_cannot_be_stored_is_held(tmp_path: Path, escape: str) -> None:
    line = f'{{"resourceType": "Patient", "id": "P1", "name": [{{"text": "a{escape}b"}}]}}'.encode()
    found = read(tmp_path, line, patient("P2"))
    assert ([one.source.id for one in found.people], found.codes) == (["Patient/P2"], ["input.character"])
    found.held[0].raw.encode("utf-8")
    escaped = f'{{"resourceType": "Patient", "id": "P1", "name": [{{"text": "a\\{escape}b"}}]}}'.encode()
    assert len(read(tmp_path, escaped).people) == 1, "a backslash and some letters are no such character"


def test_lines_that_are_no_resource_are_held(tmp_path: Path) -> None:
    found = read(tmp_path, b"{}", b'{"resourceType": 7}', b"[1, 2]", b'"words"', b"null", patient())
    assert found.codes == ["input.kind"] * 5
    assert len(found.people) == 1


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("one.json", b"", "file.empty"),
        ("one.json", b" \n ", "file.empty"),
        ("one.json", b"Dear colleague, here are the data", "file.kind"),
        ("one.json", b"\x1f\x8b\x08\x00\x00", "file.kind"),
        ("one.ndjson", b"", "file.empty"),
    ],
)
def test_what_is_no_json_at_all(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    assert read_text(tmp_path, data, name).codes == [code]


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    assert read_path(tmp_path / "nowhere").codes == ["file.missing"]
    assert read_path([]).all == []


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps(patient()))
    (tmp_path / "b.json").write_text(json.dumps(patient("P2")))
    opened = Path.open

    def locked(path: Path, *mode: Any) -> Any:
        if path.name == "a.json":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode)

    monkeypatch.setattr(Path, "open", locked)
    found = read_path(tmp_path)
    assert ([one.source.id for one in found.people], found.codes) == (["Patient/P2"], ["file.unreadable"])
    assert "Permission denied" in found.problems[0].reason


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def test_an_archive_is_read_without_being_unpacked(tmp_path: Path) -> None:
    members = {
        "Patient.ndjson": json.dumps(patient()).encode(),
        "x/b.json": json.dumps(bundle(response(), observation())).encode(),
        "README.txt": b"hello",
    }
    found = read_path(archive(tmp_path / "export.zip", members))
    assert (len(found.people), len(found.responses)) == (1, 2)
    assert found.skipped == {"file that is no JSON": 1}
    assert sorted(os.listdir(tmp_path)) == ["export.zip"]


def test_a_member_that_points_outside_the_archive_is_not_read(tmp_path: Path) -> None:
    members = {"../../etc/P.json": json.dumps(patient()).encode(), "/abs/P.json": b"{}", "P.json": b""}
    found = read_path(archive(tmp_path / "evil.zip", members))
    assert (found.people, found.codes) == ([], ["archive.path", "archive.path", "file.empty"])


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "bomb.zip", {"P.ndjson": b" " * 60_000_000})
    found = read_path(bomb)
    assert found.codes == ["archive.large"]
    assert "60 MB" in found.problems[0].reason
    many = archive(tmp_path / "many.zip", {f"{n}.json": b"{}" for n in range(30)})
    assert read_path(many, limits=Limits(members=20)).codes == ["archive.large"]


def test_an_archive_that_declares_less_than_it_holds_is_damaged(tmp_path: Path) -> None:
    path = archive(tmp_path / "liar.zip", {"P.ndjson": b'{"resourceType": "Patient", "id": "P1"}\n' * 50})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(signature) + offset
        data[at : at + 4] = (45).to_bytes(4, "little")
    path.write_bytes(data)
    found = read_path(path)
    assert "archive.damaged" in found.codes
    assert len(found.people) <= 1, "no more than what it declares is ever unpacked"


def test_archives_that_are_damaged_locked_or_no_archives(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"P.ndjson": json.dumps(patient()).encode() * 20})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert read_path(path).codes == ["file.kind"]
    broken = bytearray(whole)
    broken[60] ^= 0xFF
    path.write_bytes(broken)
    assert "archive.damaged" in read_path(path).codes
    locked = bytearray(whole)
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(locked)
    assert read_path(path).codes == ["archive.locked"]


def test_progress_is_told_and_ends_at_the_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    found = read(
        tmp_path,
        patient(),
        *(response(id=f"R{n}", note="z" * 50_000) for n in range(60)),
        progress=lambda done, total: told.append((done, total)),
    )
    assert len(found.responses) == 60
    size = (tmp_path / "all.ndjson").stat().st_size
    assert told == sorted(told)
    assert told[-1] == (2 * size, 2 * size)
    assert len(told) > 4


def test_memory_stays_small_whatever_the_length(tmp_path: Path) -> None:
    line = json.dumps(response((0,) * 9, id="ID", note="z" * 20_000))
    path = tmp_path / "long.ndjson"
    with path.open("w") as file:
        file.write(json.dumps(patient()) + "\n")
        file.writelines(line.replace('"ID"', f'"{n}"') + "\n" for n in range(500))
    read(tmp_path, patient(), response())  # what is loaded once is not counted
    tracemalloc.start()
    count = sum(1 for _ in read_fhir(path, content(), as_of=TODAY))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 501
    assert path.stat().st_size > 10_000_000
    assert peak < 2_000_000


def test_sniff_looks_at_what_is_inside(tmp_path: Path) -> None:
    def named(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    line = json.dumps(patient()).encode()
    assert sniff(tmp_path) == "folder"
    assert sniff(named("a.json", line)) == "json"
    assert sniff(named("b.json", json.dumps(patient(), indent=1).encode())) == "json"
    assert sniff(named("c.json", line + b"\n" + line)) == "ndjson"
    assert sniff(named("d.ndjson", line)) == "ndjson"
    assert sniff(named("e.ndjson", json.dumps(patient(), indent=1).encode())) == "json"
    assert sniff(named("f.csv", b"a,b\n1,2")) == "csv"
    assert sniff(archive(tmp_path / "g.zip", {"P.json": line})) == "zip"
    assert sniff(archive(tmp_path / "h.dat", {"xl/workbook.xml": b""})) == "xlsx"
    assert sniff(named("i.bin", b"\x00\x01")) == "unknown"
    assert sniff(tmp_path / "nowhere") == "unknown"
    assert len(read_text(tmp_path, line + b"\n" + json.dumps(response()).encode(), "k.json").responses) == 1


def test_each_reason_says_what_to_do() -> None:
    for code, reason in {**HELD, **PROBLEMS}.items():
        assert "." in code
        sentences = [part for part in re.split(r"[.)] ", reason) if part]
        assert len(sentences) > 1 or "{advice}" in reason or reason.endswith("{detail}"), code
    assert not set(HELD) & set(PROBLEMS)


def test_a_workbook_among_fhir_files_is_counted(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("xl/workbook.xml", b"<x/>")
    (tmp_path / "t.xlsx").write_bytes(buffer.getvalue())
    assert read_path(tmp_path).skipped == {"table (import it with a map)": 1}
