"""Faults of a record as a record: what is missing, impossible, contradictory or late, and for whose eyes."""

import datetime as dt

import pytest

from vwazen.clinical import facts as f
from vwazen.clinical.facts import AnyBody, Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.quality import LATE_DAYS, LATE_KEPT, Fault, faults
from vwazen.content.load import content
from vwazen.server.care import register_cells as cells
from vwazen.server.care.findings import interventions
from vwazen.server.organisation.errors import Invalid

TODAY = dt.date(2026, 11, 22)
WHOLE = f.Registration(name="Test Person", born="1985", gender="female", place="Test Place")
CARE = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w1")


def fact(body: AnyBody, day: str = "2026-11-01", recorded: str = "", id: str = "", **more: str) -> Fact:
    fact.count += 1  # type: ignore[attr-defined]
    return Fact(
        id=id or f"f{fact.count}", person="p1", occurred=day, recorded=f"{recorded or day}T12:00:00Z", author="w1",  # type: ignore[attr-defined]
        site="s1", body=body, **more,
    )  # fmt: skip


fact.count = 0  # type: ignore[attr-defined]


def found(*facts: Fact) -> tuple[Fault, ...]:
    know = content()
    return faults(chart(facts, know, TODAY, person="p1"), know, TODAY)


def whats(*facts: Fact, kind: str = "missing") -> set[str]:
    return {one.what for one in found(*facts) if one.kind == kind}


def test_nothing_is_missing_of_whom_nobody_follows() -> None:
    assert found(fact(f.Registration(name="Test Person"))) == ()


def test_what_is_missing_of_someone_in_care() -> None:
    bare = fact(f.Registration(name="Test Person"))
    assert whats(bare, fact(CARE)) == {"born", "gender", "reach", "diagnosis", "consent"}
    assert whats(fact(WHOLE), fact(CARE)) == {"diagnosis", "consent"}
    said = [fact(f.Diagnosis(text="x")), fact(f.Consent(segment="mental-health", granted=False))]
    assert whats(fact(WHOLE), fact(CARE), *said) == set()  # a no is an answer


def test_a_diagnosis_in_a_closer_segment_does_not_show_by_what_is_not_missing() -> None:
    hidden = fact(f.Diagnosis(text="x", segment="hiv"))
    assert "diagnosis" in whats(fact(WHOLE), fact(CARE), hidden)


def test_answers_left_open_are_missing_until_somebody_asks_again() -> None:
    some = f.Response(instrument="phq-9", version=1, answers={"1": 1.0})
    whole = f.Response(instrument="phq-9", version=1, answers={str(n): 1.0 for n in range(1, 10)})
    assert "items:phq-9" in whats(fact(WHOLE), fact(CARE), fact(some))
    assert "items:phq-9" not in whats(fact(WHOLE), fact(CARE), fact(some), fact(whole, "2026-11-02"))


def test_the_dead_lack_nothing() -> None:
    assert whats(fact(f.Registration(name="Test Person")), fact(CARE), fact(f.Death(), "2026-11-10")) == set()


def test_what_cannot_be() -> None:
    assert whats(fact(f.Registration(name="x", born="2027")), kind="impossible") == {"born"}
    assert whats(fact(f.Registration(name="x", born="1890")), kind="impossible") == {"born"}
    assert whats(fact(f.Registration(name="x", born="2026-11")), kind="impossible") == set()
    heavy = fact(f.Measurement(what="weight", value=7000, unit="kg", segment="hiv"))
    (one,) = [one for one in found(fact(WHOLE), heavy) if one.kind == "impossible"]
    assert (one.what, one.segment, one.fact) == ("weight", "hiv", heavy.id)


def test_a_contradiction_is_as_closely_kept_as_its_closest_side() -> None:
    one = f.Response(instrument="cage", version=1, answers={str(n): 1.0 for n in range(1, 5)})
    other = f.Response(instrument="cage", version=1, answers={str(n): 0.0 for n in range(1, 5)})
    (fault,) = [each for each in found(fact(WHOLE), fact(one), fact(other)) if each.kind == "contradictory"]
    assert (fault.what, fault.segment) == ("cage", "substance-use")


def test_late_is_counted_from_the_day_it_was_of() -> None:
    def visit(late: int, written: str = "2026-11-20", **more: str) -> Fact:
        at = dt.date.fromisoformat(written)
        return fact(f.Encounter(mode="clinic"), (at - dt.timedelta(days=late)).isoformat(), written, **more)

    assert whats(fact(WHOLE), visit(LATE_DAYS), kind="late") == set()
    (one,) = [each for each in found(fact(WHOLE), visit(9)) if each.kind == "late"]
    assert (one.days, one.who, one.since) == (9, "w1", dt.date(2026, 11, 20))
    long_ago = (TODAY - dt.timedelta(days=LATE_KEPT + 1)).isoformat()
    assert whats(fact(WHOLE), visit(9, long_ago), kind="late") == set()
    brought = f.Response(instrument="phq-9", version=1, answers={"1": 0.0}, source=f.Source(system="x", id="1"))
    assert whats(fact(WHOLE), fact(brought, "2024-01-01", "2026-11-20"), kind="late") == set()


# the cells of a paper register


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("22", "2026-11-22"), ("23", "2026-10-23"), ("31", "2026-10-31"), ("17/11", "2026-11-17"),
        ("17.11.", "2026-11-17"), ("23/12", "2025-12-23"), ("1/2/26", "2026-02-01"), ("29/2", "2024-02-29"),
        ("2026-11-03", "2026-11-03"), ('"', "2026-11-05"),
    ],
)  # fmt: skip
def test_the_day_of_a_visit(typed: str, means: str) -> None:
    assert cells.day_before(typed, TODAY, dt.date(2026, 11, 5)).isoformat() == means


@pytest.mark.parametrize("day", ["2026-11-22", "2025-11-23", "2025-11-22", "2024-02-29"])
def test_a_day_written_is_read_as_the_same(day: str) -> None:
    one = dt.date.fromisoformat(day)
    assert cells.day_before(cells.written(one, TODAY), TODAY, None) == one


@pytest.mark.parametrize("typed", ["", "0", "32", "17/13", "11/17", "tomorrow", "23/11/2026", "30/2", "１７", "-5"])
def test_a_day_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as problem:
        cells.day_before(typed, TODAY, None)
    assert problem.value.field == "date"


def test_a_ditto_needs_something_above() -> None:
    with pytest.raises(Invalid):
        cells.day_before('"', TODAY, None)


@pytest.mark.parametrize(
    ("typed", "means"),
    [("", None), ("4w", "2026-12-08"), ("1/12", "2026-12-01"), ("9", "2026-12-09"), ("2/1", "2027-01-02"),
     ("10", "2026-12-10")],
)  # fmt: skip
def test_the_next_day(typed: str, means: str | None) -> None:
    day = cells.day_after(typed, dt.date(2026, 11, 10))
    assert (day and day.isoformat()) == means


def test_scores_as_they_are_written() -> None:
    phq9 = content().instrument("phq-9")
    assert cells.score_of(phq9, "", "s") is None
    assert cells.score_of(phq9, "012100310", "s") == (
        {str(n): float(v) for n, v in enumerate("012100310", 1)}, None)  # fmt: skip
    answers, total = cells.score_of(phq9, "01-100310", "s") or ({}, 0)
    assert "3" not in answers and total is None  # not asked is not nought
    assert cells.score_of(phq9, "T14", "s") == ({}, 14.0)
    assert (cells.score_of(phq9, "0121003102", "s") or ({}, 0))[0]["10"] == 2.0
    seizures = content().instrument("seizures")
    assert cells.score_of(seizures, "0", "s") == ({"1": 0.0}, None)
    for wrong in ("14", "T", "Tx", "---------", "01210031x", "T1.5"):
        with pytest.raises(Invalid):
            cells.score_of(phq9, wrong, "s")


def test_medicines_and_codes() -> None:
    assert cells.medicines_of("fluoxetine 20 mg 30; Amitriptyline x 14 days") == [
        ("fluoxetine 20 mg", 30), ("Amitriptyline", 14)]  # fmt: skip
    for wrong in ("fluoxetine", "30", "fluoxetine 20 mg", "fluoxetine 0"):
        with pytest.raises(Invalid):
            cells.medicines_of(wrong)
    known = interventions()
    codes = cells.codes(known.values())
    assert len(set(codes.values())) == len(known)
    for id, code in codes.items():
        assert cells.done_of(code, known) == (id,)
    with pytest.raises(Invalid, match="could mean"):
        cells.done_of("psy", known)
