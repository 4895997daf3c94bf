"""ADT messages: read from another library's, damaged, cut off, in other letters; and answered."""

import datetime as dt

import hl7  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adt import STRUCTURES, adt
from vwazen.exchange import hl7v2 as h
from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.reasons import HELD

WHOLE = adt("A01", "C1", admitted="202611220915", reason="Not eating & thin")
AT = dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)


def read(text: str, **more: str) -> h.Adt:
    (data,) = h.messages(text.encode())
    return h.read(data, **more)


def code(text: str | bytes, **more: str) -> str:
    found = outcome(text if isinstance(text, bytes) else text.encode(), **more)
    assert isinstance(found, str), "it was read"
    assert found in HELD
    return found


def outcome(data: bytes, **more: str) -> list[h.Adt] | str:
    """What was read, or the code of why not."""
    try:
        return [h.read(one, **more) for one in h.messages(data)]
    except NotTakenError as fault:
        return fault.code


def test_an_admission_says_who_where_when_and_why() -> None:
    one = read(WHOLE)
    assert (one.event, one.where, one.occurred, one.visit, one.unit, one.reason) == (
        "admitted", "hospital", "2026-11-22T09:15:00+00:00", "V1", "W1 4", "Not eating & thin",
    )  # fmt: skip
    assert (one.numbers, one.name, one.born, one.gender) == (
        (h.Number(number="4711"),), "Ben Course", "1985-03-21", "male",
    )  # fmt: skip


@pytest.mark.parametrize(("trigger", "event", "cancels"), [
    ("A01", "admitted", ""), ("A02", "transferred", ""), ("A03", "discharged", ""), ("A04", "admitted", ""),
    ("A08", "updated", ""), ("A11", "cancelled", "admitted"), ("A12", "cancelled", "transferred"),
    ("A13", "cancelled", "discharged"), ("A21", "leave", ""), ("A22", "returned", ""), ("A52", "cancelled", "leave"),
])  # fmt: skip
def test_every_event_in_every_version(trigger: str, event: str, cancels: str) -> None:
    for version in ("2.3", "2.5", "2.9"):
        text = adt(trigger, "C1").replace("|2.5|", f"|{version}|")
        one = read(text)
        assert (one.event, one.cancels, one.head.version) == (event, cancels, version)
    assert code(adt("A31", "C1")) == "adt.trigger"


@pytest.mark.parametrize(("went", "event", "destination"), [
    ("01", "discharged", "home"), ("02", "discharged", "facility"), ("07", "left_without", ""),
    ("20", "discharged", "died"), ("21", "discharged", "prison"), ("99", "discharged", ""), ("", "discharged", ""),
])  # fmt: skip
def test_where_they_went(went: str, event: str, destination: str) -> None:
    one = read(adt("A03", "C1", went=went))
    assert (one.event, one.destination) == (event, destination)


@pytest.mark.parametrize(("kind", "where"), [("I", "hospital"), ("E", "emergency"), ("B", "hospital"), ("O", None)])
def test_the_class_of_the_visit_says_what_kind_of_stay(kind: str, where: str | None) -> None:
    assert read(adt("A04", "C1", kind=kind)).where == where
    assert code(adt("A04", "C1", kind="?")) == "adt.class"


def test_a_merge_gives_both_numbers_and_a_leave_its_end() -> None:
    one = read(adt("A40", "C1", old="99", authority="HOSP"))
    assert (one.numbers, one.merged) == (
        (h.Number(number="4711", authority="HOSP"),), (h.Number(number="99", authority="HOSP"),),
    )  # fmt: skip
    assert read(adt("A21", "C1", back="20261130")).back == "2026-11-30"


@pytest.mark.parametrize(("written", "zone", "expected"), [
    ("20261122093000", "America/Port-au-Prince", "2026-11-22T09:30:00-05:00"),
    ("20261122093000", "UTC", "2026-11-22T09:30:00+00:00"),
    ("20261122093000-0330", "UTC", "2026-11-22T09:30:00-03:30"),
    ("202611220930", "UTC", "2026-11-22T09:30:00+00:00"),
    ("20261122", "UTC", "2026-11-22"),
])  # fmt: skip
def test_times_stand_where_the_sender_stands(written: str, zone: str, expected: str) -> None:
    assert read(adt("A01", "C1", at=written), zone=zone).occurred == expected


def test_a_zone_that_nobody_knows_is_named() -> None:
    assert code(adt("A01", "C1", at="20261122093000"), zone="Nowhere/At-All") == "adt.zone"


def test_an_offset_in_the_head_holds_for_the_times_without_one() -> None:
    one = read(adt("A01", "C1", at="20261122093000+0100", admitted="202611220915"), zone="America/Port-au-Prince")
    assert one.occurred == "2026-11-22T09:15:00+01:00"


@pytest.mark.parametrize("wrong", ["2026", "202613", "20261131", "2026112225", "yesterday", "20261122093000+9900"])
def test_a_time_that_is_none_is_held(wrong: str) -> None:
    assert code(adt("A01", "C1", admitted="X").replace("|X", f"|{wrong}")) == "adt.date"


@pytest.mark.parametrize(("born", "expected"), [("1985", "1985"), ("198503", "1985-03"), ("19850321", "1985-03-21"),
                                                ("19850231", ""), ("unknown", "")])  # fmt: skip
def test_a_birth_is_as_exact_as_it_was_told(born: str, expected: str) -> None:
    assert read(WHOLE.replace("|19850321|", f"|{born}|")).born == expected


def test_escapes_and_other_separators() -> None:
    text = WHOLE.replace("Course^Ben", "Cou\\S\\rse\\T\\Fils^B\\X42\\en")
    assert read(text).name == "BBen Cou^rse&Fils"
    other = WHOLE.replace("|", "#").replace("^", "*").replace("MSH#*~\\&", "MSH#*~\\&")
    assert read(other).name == "Ben Course"
    assert read(WHOLE.replace("Course^Ben", 'Course^""')).name == "Course"  # null: deleted there


@pytest.mark.parametrize(("written", "expected"), [
    ("\\XZZ\\", "adt.syntax"), ("\\X4\\", "adt.syntax"), ("\\XFF\\", "adt.syntax"), ("\\C2842\\", "adt.syntax"),
    ("A\\.br\\B", "A B"), ("\\H\\A\\N\\", "A"), ("DOM\\ben", "DOM\\ben"), ("\\E\\", "\\"), ("\\R\\", "~"),
    ("\\XC3A8\\", "è"),
])  # fmt: skip
def test_an_escape_is_read_or_named_and_never_dropped_or_logged(
    written: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = WHOLE.replace("Course^Ben", f"Course^{written}")
    if expected == "adt.syntax":
        assert code(text) == expected
    else:
        assert read(text).name == f"{expected} Course"
    assert not caplog.records


@pytest.mark.parametrize("signs", ["^^^^", "||||", "^~\\", "^"])
def test_separators_that_are_none_are_named(signs: str) -> None:
    found = outcome(WHOLE.replace("^~\\&", signs, 1).encode())
    assert isinstance(found, str) or found[0].head.control == "C1"


def test_segments_in_any_order_with_others_between() -> None:
    msh, *rest = [one for one in WHOLE.split("\r") if one]
    text = "\r".join([msh, "ZZZ|own|^~", *reversed(rest), "NTE|1||Invented words."]) + "\r"
    assert read(text) == read(WHOLE)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_of_every_house(end: str) -> None:
    assert read(WHOLE.replace("\r", end)) == read(WHOLE)


@pytest.mark.parametrize(("change", "expected"), [
    (lambda s: s.replace("PID|", "PIX|"), "adt.segment"), (lambda s: s.replace("PV1|", "PVX|"), "adt.segment"),
    (lambda s: s[4:], "adt.head"), (lambda s: "", "adt.head"), (lambda s: s.replace("|C1|", "||"), "adt.head"),
    (lambda s: s.replace("4711^^^^MR", "").replace("Course^Ben", ""), "adt.whose"),
    (lambda s: s.replace("UNICODE UTF-8", "EBCDIC"), "adt.charset"),
    (lambda s: s.replace("Course", "C\0urse"), "adt.encoding"),
])  # fmt: skip
def test_what_is_broken_is_named(change: object, expected: str) -> None:
    assert code(change(WHOLE)) == expected  # type: ignore[operator]


def test_letters_are_never_guessed() -> None:
    data = WHOLE.replace("Course", "Côurse").encode("latin-1")
    assert code(data) == "adt.encoding"
    declared = data.replace(b"UNICODE UTF-8", b"8859/1")
    assert h.read(h.messages(declared)[0]).name == "Ben Côurse"
    silent = data.replace(b"UNICODE UTF-8", b"")
    assert code(silent) == "adt.encoding"
    assert h.read(h.messages(silent)[0], charset="latin-1").name == "Ben Côurse"


def test_a_batch_is_its_messages_and_says_how_many() -> None:
    both = WHOLE + adt("A03", "C2")
    batch = f"FHS|^~\\&\rBHS|^~\\&\r{both}BTS|2\rFTS|1\r"
    assert [h.head(one).control for one in h.messages(batch.encode())] == ["C1", "C2"]
    assert code(batch.replace("BTS|2", "BTS|3")) == "adt.batch"


@pytest.mark.parametrize("trigger", sorted(set(STRUCTURES) - {"A31"}))
def test_cut_off_at_every_byte_it_is_read_or_named_and_never_breaks(trigger: str) -> None:
    data = adt(trigger, "C1", old="99", admitted="20261122", went="01", reason="Fòs ba").encode()
    whole = h.read(h.messages(data)[0])
    for end in range(len(data)):
        found = outcome(data[:end])
        if isinstance(found, str):
            assert found in HELD
        else:  # what is there is as it was: nothing is made up
            (one,) = found
            assert one.name in (whole.name, "") or whole.name.startswith(one.name.split()[0])
            assert one.numbers == whole.numbers or whole.numbers[0].number.startswith(one.numbers[0].number)


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)))
def test_damaged_bytes_never_break(noise: bytes, at: int) -> None:
    data = WHOLE.encode()
    for text in (noise, b"MSH" + noise, data[:at] + noise + data[at:], data[:at] + noise):
        h.shown(text)
        h.ack(h.head(text), "AE", AT, "1", "words")
        found = outcome(text)
        assert not isinstance(found, str) or found in HELD


def test_what_is_shown_loses_no_byte() -> None:
    assert "C\\xf4urse" in h.shown(WHOLE.replace("Course", "Côurse").encode("latin-1"))
    assert h.read_text(h.shown(WHOLE.encode())) == read(WHOLE)


def test_an_answer_names_the_message_and_carries_no_word_of_it() -> None:
    found = hl7.parse(h.ack(h.head(WHOLE.encode()), "AA", AT, "9", "taken").decode())
    assert [str(found["MSA"][0][n]) for n in (1, 2, 3)] == ["AA", "C1", "taken"]
    assert str(found["MSH"][0][6]) == "HOSP" and "Course" not in str(found)
    evil = h.head(WHOLE.replace("|C1|", "|C1\\x|").replace("|HOSP|", "|HO^SP|").encode())
    assert b"\r\n" not in h.ack(evil, "AR", AT, "9", "a|b\rMSA|AA|")
    assert h.ack(evil, "AR", AT, "9", "a|b\rMSA|AA|").count(b"\r") == 2


def test_frames_may_come_in_any_pieces() -> None:
    data = h.framed(b"one") + b"noise" + h.framed(b"two\x0b") + h.framed(b"three")[:-4]
    buffer, found = bytearray(), []
    for byte in data:
        buffer.append(byte)
        found += list(h.unframed(buffer))
    assert found == [b"one", b"two\x0b"]
    buffer += b"ee\x1c\r"
    assert list(h.unframed(buffer)) == [b"three"]
