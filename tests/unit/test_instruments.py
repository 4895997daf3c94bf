"""How answers become a total, a band and a safety result; and the traps of the sources, one test each."""

import os
from pathlib import Path

import pytest

from vwazen.clinical.instruments import possible_range, score, score_total
from vwazen.clinical.vectors import answers_of, as_json, differences
from vwazen.content.load import content
from vwazen.content.loinc import fault_in
from vwazen.content.model import Instrument, Vector

CONTENT = content()
VECTORS = [(i, v, n) for i in CONTENT.instruments for n, v in enumerate(i.vectors, 1)]
SHARED = Path(__file__).resolve().parents[1] / "vectors" / "instruments.json"


def instrument(id: str) -> Instrument:
    return CONTENT.instrument(id)


def answers(id: str, written: str) -> dict[str, float | None]:
    return answers_of(instrument(id), written)


@pytest.mark.parametrize(("one", "vector"), [pytest.param(i, v, id=f"{i.id}-{n}") for i, v, n in VECTORS])
def test_every_example_of_the_sources_comes_out(one: Instrument, vector: Vector) -> None:
    assert list(differences(one, vector)) == []


def test_the_examples_for_the_phone_are_current() -> None:
    if os.environ.get("VWAZEN_WRITE_DOCS"):
        SHARED.write_bytes(as_json())
    assert SHARED.read_bytes() == as_json(), "Run this test with VWAZEN_WRITE_DOCS=1 and read what changed."


def test_an_example_that_comes_out_otherwise_is_named() -> None:
    wrong = Vector(
        source=("vwazen",), answers="0 0 0 0 0 0 0 0 1", total=2, safety="negative", criteria={"major": True}
    )
    said = list(differences(instrument("phq-9"), wrong))
    assert said == ["total is 1.0, not 2", "safety is positive, not negative", "criteria.major is False, not True"]


# What is unknown


def test_nothing_answered_is_not_zero() -> None:
    scored = score(instrument("phq-9"), {})
    assert (scored.total, scored.band, scored.safety) == (None, None, "unknown")
    assert scored.why_not == "not scored, 9 unanswered"
    assert (scored.answered, scored.expected, len(scored.missing)) == (0, 9, 9)


def test_none_and_absent_are_the_same() -> None:
    phq9 = instrument("phq-9")
    assert score(phq9, {"1": 2, "9": None}) == score(phq9, {"1": 2})


def test_a_known_positive_safety_item_stands_though_others_are_missing() -> None:
    scored = score(instrument("phq-9"), {"9": 1})
    assert (scored.total, scored.safety, scored.safety_items) == (None, "positive", ("9",))


def test_a_prorated_total_says_so_and_keeps_its_fraction() -> None:
    scored = score(instrument("phq-9"), answers("phq-9", "1 1 1 1 0 0 0 0 _"))
    assert (scored.total, scored.prorated, scored.missing, scored.band) == (4.5, True, ("9",), "minimal")


@pytest.mark.parametrize(
    ("written", "total", "band"),
    [
        ("1 1 1 1 1 0 0 _ _", 5 * 9 / 7, "mild"),  # 6.43
        ("1 1 1 1 0 0 0 _ _", 4 * 9 / 7, "mild"),  # 5.14: reached mild
        ("2 2 2 2 1 0 0 0 _", 9 * 9 / 8, "moderate"),  # 10.125
        ("2 2 2 2 0 0 0 0 _", 9.0, "mild"),
        ("3 3 3 3 1 0 0 0 _", 13 * 9 / 8, "moderate"),  # 14.625: not yet 15
        ("3 3 3 3 3 3 0 _ _", 18 * 9 / 7, "severe"),
        ("2 2 2 2 2 2 2 0 _", 14 * 9 / 8, "moderately severe"),
    ],
)
def test_trap_12_a_fraction_belongs_to_the_band_it_has_reached(written: str, total: float, band: str) -> None:
    scored = score(instrument("phq-9"), answers("phq-9", written))
    assert (scored.total, scored.band) == (total, band)


def test_every_prorated_value_that_is_whole_is_exactly_whole() -> None:
    phq9 = instrument("phq-9")
    for points in range(0, 22):
        for blanks in (1, 2):
            values, left = [0] * (9 - blanks), points
            for i in range(len(values)):
                values[i] = min(3, left)
                left -= values[i]
            if left:
                continue
            total = score(phq9, {str(i + 1): v for i, v in enumerate(values)}).total
            assert total is not None
            if (points * 9) % (9 - blanks) == 0:
                assert total == points * 9 // (9 - blanks)


# What cannot be used


@pytest.mark.parametrize("bad", [4, -1, 1.5, float("nan"), float("inf")])
def test_an_answer_out_of_range_refuses_the_total_and_names_the_item(bad: float) -> None:
    scored = score(instrument("phq-9"), {**answers("phq-9", "1 1 1 1 1 1 1 1 1"), "4": bad})
    assert scored.total is None
    assert [(wrong.item, wrong.why) for wrong in scored.invalid] == [("4", "must be one of 0, 1, 2, 3")]
    assert scored.why_not == "not scored, cannot be used: item 4"
    assert scored.safety == "positive", "item 9 is readable and positive"
    assert (scored.answered, scored.missing) == (8, ())


def test_an_unreadable_safety_item_is_unknown_not_negative() -> None:
    assert score(instrument("phq-9"), {**answers("phq-9", "0 0 0 0 0 0 0 0 0"), "9": 7}).safety == "unknown"


def test_an_item_that_does_not_exist_refuses_the_total() -> None:
    scored = score(instrument("phq-2"), {"1": 1, "2": 1, "3": 1})
    assert (scored.total, scored.invalid[0].item) == (None, "3")


def test_the_reason_never_holds_the_answer_itself() -> None:
    scored = score(instrument("phq-9"), {"1": 77})
    assert "77" not in scored.invalid[0].why + scored.why_not


def test_the_difficulty_item_is_checked_though_it_is_not_scored() -> None:
    scored = score(instrument("phq-9"), answers("phq-9", "0 0 0 0 0 0 0 0 0 4"))
    assert (scored.total, scored.invalid[0].item) == (None, "10")


# Totals without items


def test_a_total_without_items_leaves_the_safety_item_unknown() -> None:
    phq9 = instrument("phq-9")
    assert score_total(phq9, 3).safety == "unknown"
    assert score_total(phq9, 27).safety == "unknown"
    assert score_total(phq9, 3, True).safety == "positive"
    assert score_total(phq9, 3, False).safety == "negative"
    assert score_total(instrument("gad-7"), 3, True).safety == "none"


def test_a_total_without_items_is_marked() -> None:
    scored = score_total(instrument("phq-9"), 12)
    assert (scored.total_only, scored.total, scored.band, scored.missing) == (True, 12, "moderate", ())
    assert scored.criteria == {"major": None, "other": None}


@pytest.mark.parametrize("bad", [-1, 28, 12.5, float("nan"), float("inf")])
def test_an_impossible_total_is_refused(bad: float) -> None:
    scored = score_total(instrument("phq-9"), bad)
    assert (scored.total, scored.band, scored.invalid[0].item) == (None, None, "total")


def test_an_instrument_that_is_only_typed_takes_no_items() -> None:
    scored = score(instrument("bdi-ii"), {"1": 2})
    assert (scored.total, scored.safety, scored.why_not) == (None, "unknown", "takes a total only")
    assert [wrong.item for wrong in scored.invalid] == ["1"]


# What could still come


def test_possible_range_brackets_the_missing_answers() -> None:
    phq9 = instrument("phq-9")
    assert possible_range(phq9, {}) == (0, 27)
    assert possible_range(phq9, answers("phq-9", "2 2 2 2 2 2 _ _ _")) == (12, 21)
    assert possible_range(phq9, answers("phq-9", "3 3 3 3 3 3 3 3 3")) == (27, 27)
    assert possible_range(instrument("who-5"), {"1": 5}) == (20, 100)
    assert possible_range(instrument("ces-d"), answers("ces-d", " ".join(["0"] * 20))) == (12, 12)
    assert possible_range(instrument("pc-ptsd-5"), {}) == (0, 5)
    assert possible_range(instrument("pc-ptsd-5"), {"gate": 0}) == (0, 0)
    assert possible_range(instrument("pc-ptsd-5"), answers("pc-ptsd-5", "Y 1 1 1 _ 1")) == (4, 5)
    assert possible_range(instrument("cgi-s"), {}) == (1, 7)
    assert possible_range(instrument("cgi-e"), {"1": 3}) == (9, 12)
    assert possible_range(instrument("seizures"), {}) == (0, float("inf"))
    with pytest.raises(ValueError, match="no total"):
        possible_range(instrument("asq"), {})


# Who is asked decides the line


def test_cutoffs_that_differ_by_sex_stay_open_while_the_sex_is_unknown() -> None:
    audit_c = instrument("audit-c")
    three = answers("audit-c", "2 1 0")
    assert score(audit_c, three).cutoffs == {"men-4": None, "women-3": None}
    assert score(audit_c, three, sex="female").cutoffs == {"women-3": True}
    assert score(audit_c, three, sex="male").cutoffs == {"men-4": False}


def test_ages_hold_through_the_last_year() -> None:
    psc, total = instrument("psc-35"), 25
    assert score_total(psc, total, age=5.99).positive is True
    assert score_total(psc, total, age=6).positive is False
    assert score_total(psc, total, age=16.9).positive is False
    assert score_total(psc, total, age=17).positive is None, "no line was found for 17"


# The traps of sources/instruments.md, section 2


def test_trap_1_the_first_answer_of_gad_7() -> None:
    assert instrument("gad-7").texts["en"].answers["frequency"][0] == "Not at all"


def test_trap_2_the_window_of_gad_7_is_two_weeks_whatever_loinc_says_of_69689_8() -> None:
    gad7 = instrument("gad-7")
    assert gad7.recall.days == 14
    assert ("item", gad7, "6") in CONTENT.by_loinc("69689-8")
    assert "4 weeks" in gad7.loinc.note


def test_trap_3_70273_8_is_not_gad_2() -> None:
    assert CONTENT.by_loinc("70273-8") == []
    assert instrument("gad-2").loinc.total is None


def test_trap_4_very_and_extremely_difficult() -> None:
    options = instrument("phq-9").answer_lists["difficulty"].options
    labels = instrument("phq-9").texts["en"].answers["difficulty"]
    assert {option.loinc: labels[option.value] for option in options} == {
        "LA6572-7": "Not difficult at all",
        "LA6573-5": "Somewhat difficult",
        "LA6575-0": "Very difficult",
        "LA6574-3": "Extremely difficult",
    }


def test_trap_5_dast_item_3_is_about_being_able_and_is_not_read_by_code() -> None:
    dast = instrument("dast-10")
    assert "able to stop" in dast.texts["en"].items["3"]
    assert "unable" not in dast.texts["en"].items["3"]
    assert [item.id for item in dast.items if item.reversed] == ["3"]
    assert CONTENT.by_loinc("68527-1") == []
    assert CONTENT.segment_of_code("68527-1") == "substance-use"


def test_trap_6_the_scores_of_loincs_list_are_not_those_of_k6() -> None:
    k6 = instrument("k6")
    assert k6.answer_lists["time"].ordinal_differs
    assert {option.value for option in k6.answer_lists["time"].options} == {0, 1, 2, 3, 4}


def test_trap_7_k10_is_not_installed_so_its_two_ranges_cannot_be_mixed() -> None:
    assert "k10" not in {one.id for one in CONTENT.instruments}


def test_trap_8_the_index_of_who_5_is_four_times_the_raw_sum() -> None:
    who5 = instrument("who-5")
    for raw in range(26):
        parts = [min(5, max(0, raw - 5 * i)) for i in range(5)]
        scored = score(who5, {str(i + 1): v for i, v in enumerate(parts)})
        assert scored.total == raw * 4
        assert scored.positive is (raw <= 12), "an index of 50 or less is a raw sum of 12 or less"


def test_trap_9_the_total_of_aims_is_items_1_to_7() -> None:
    aims = instrument("aims")
    assert [item.id for item in aims.items if item.scored] == ["1", "2", "3", "4", "5", "6", "7"]
    assert aims.range is not None
    assert aims.range.high == 28


def test_trap_10_ham_d_says_whose_bands_it_shows() -> None:
    ham_d = instrument("ham-d")
    assert ham_d.bands_source == ("HD-Z",)
    assert "Zimmerman" in ham_d.bands_note
    assert ham_d.range is not None
    assert ham_d.range.high == 52


def test_trap_11_no_item_is_in_two_subscales() -> None:
    for one in CONTENT.instruments:
        items = [id for sub in one.subscales for id in sub.items]
        assert len(items) == len(set(items)), one.id


def test_trap_13_the_two_wordings_of_audit_are_not_mixed() -> None:
    short, long = instrument("audit-c").texts["en"], instrument("audit").texts["en"]
    assert all("in the past year" in wording for wording in short.items.values())
    assert short.answers["how-many"][0] == "0, 1, or 2"
    assert not any("in the past year" in long.items[id] for id in ("1", "2", "3"))
    assert long.answers["how-many"][0] == "1 or 2"


def test_trap_14_ces_d_of_all_rarely_is_12_and_its_wording_is_whole() -> None:
    ces_d = instrument("ces-d")
    assert score(ces_d, answers("ces-d", " ".join(["0"] * 20))).total == 12
    assert ces_d.texts["en"].items["3"].endswith("even with help from my family or friends.")
    assert ces_d.texts["en"].answers["days"][3] == "Most or all of the time (5–7 days)"


def test_trap_15_psychlops_is_not_installed() -> None:
    assert "psychlops" not in {one.id for one in CONTENT.instruments}


def test_trap_16_the_change_figures_of_pcl_5_carry_their_source() -> None:
    change = instrument("pcl-5").change
    assert (change.meaningful.value, change.meaningful.source) == (10, ("QX5",))
    assert (change.reliable.value, change.reliable.source) == (18, ("MARX22",))


def test_trap_17_68517_2_is_no_item_of_audit_c() -> None:
    assert CONTENT.by_loinc("68517-2") == []
    assert ("item", instrument("audit-c"), "1") in CONTENT.by_loinc("68518-0")


def test_trap_18_asq_has_its_own_codes_with_right_check_digits() -> None:
    asq = instrument("asq")
    codes = [item.loinc for item in asq.items]
    assert codes == ["115566-2", "115567-0", "115568-8", "115569-6", "115571-2"]
    assert [fault_in(code) for code in codes if code] == [""] * 5
    assert CONTENT.by_loinc("93246-7") == [], "a code of C-SSRS"


def test_trap_19_whodas_takes_one_of_its_two_codings() -> None:
    whodas = instrument("whodas-12")
    assert whodas.range is not None
    assert (whodas.range.low, whodas.range.high) == (12, 60)
    assert score(whodas, dict.fromkeys([str(n) for n in range(1, 13)], 0)).total is None
    assert score_total(whodas, 0).total is None


def test_trap_20_no_spanish_phq_9_is_shipped() -> None:
    assert sorted(instrument("phq-9").texts) == ["en", "fr"]


# Screens, ratings, counts


def test_a_gate_that_was_not_answered_is_not_a_no() -> None:
    scored = score(instrument("pc-ptsd-5"), {str(n): 1 for n in range(1, 6)})
    assert (scored.total, scored.missing) == (None, ("gate",))


def test_asq_never_says_negative_while_anything_is_open() -> None:
    asq = instrument("asq")
    scored = score(asq, answers("asq", "N N _ N"))
    assert (scored.outcome, scored.positive, scored.safety) == ("incomplete", None, "unknown")


def test_asq_keeps_a_yes_though_another_answer_cannot_be_used() -> None:
    scored = score(instrument("asq"), {"1": 0, "2": 0, "3": 9, "4": 0, "5": 1})
    assert (scored.outcome, scored.safety, scored.safety_items) == (None, "positive", ("5",))


def test_a_rating_of_not_assessed_is_answered_and_has_no_score() -> None:
    scored = score(instrument("cgi-s"), {"1": 0})
    assert (scored.total, scored.answered, scored.missing) == (None, 1, ())
    assert (scored.outcome, scored.why_not) == ("Not assessed", "not assessed")


def test_seizures_are_told_for_thirty_days() -> None:
    seizures = instrument("seizures")
    assert score(seizures, {"1": 6, "2": 90}).total == 2
    assert score(seizures, {"1": 6}).total == 6
    assert score(seizures, {"2": 30}).total is None
    assert score(seizures, {"1": 1, "2": 90}).total == pytest.approx(1 / 3)


# What may be shipped


def test_the_french_phq_9_is_a_draft() -> None:
    assert instrument("phq-9").texts["fr"].status == "draft"
    assert instrument("phq-9").texts["en"].status == "standard"


def test_instruments_whose_wording_is_not_ours_hold_none() -> None:
    numbered = {one.id for one in CONTENT.instruments if one.wording != "verbatim"}
    assert numbered == {
        *("epds", "whodas-12", "bdi-i", "bdi-ii", "ham-d", "k6", "srq-20", "cage", "ces-dc", "psc-35", "aims", "zldsi"),
    }
    assert all(not instrument(id).texts for id in numbered)


def test_verbatim_in_the_base_pack_and_in_the_other() -> None:
    restricted = {"non-commercial", "CC-BY-NC-SA-3.0-IGO"}
    verbatim = {one.id: one.licence for one in CONTENT.instruments if one.wording == "verbatim"}
    assert {id for id, licence in verbatim.items() if licence in restricted} == {"audit", "dast-10", "who-5"}
    assert {id for id, licence in verbatim.items() if licence not in restricted} == {
        *("phq-2", "phq-9", "gad-2", "gad-7", "audit-c", "pc-ptsd-5", "pcl-5", "ces-d"),
        *("cgi-s", "cgi-i", "cgi-e", "asq", "seizures"),
    }


def test_the_editions_of_beck_are_two_instruments() -> None:
    first, second = instrument("bdi-i"), instrument("bdi-ii")
    assert first.id != second.id
    assert not first.bands, "no source of bands for the first edition was read"
    assert second.bands


def test_segments() -> None:
    by_segment: dict[str, set[str]] = {}
    for one in CONTENT.instruments:
        by_segment.setdefault(one.segment, set()).add(one.id)
    assert by_segment["substance-use"] == {"audit", "audit-c", "dast-10", "cage"}
    assert set(by_segment) == {"substance-use", "mental-health"}


def test_nobody_is_said_to_have_reviewed_anything() -> None:
    assert {one.reviewed for one in CONTENT.instruments} == {"not yet reviewed by a clinician"}


def test_brief_scores_say_the_same_of_what_they_say() -> None:
    kept = ("total", "answered", "expected", "missing", "prorated", "band", "safety", "safety_items", "outcome",
            "why_not", "remarks", "invalid")  # fmt: skip
    for instrument in content().instruments:
        for vector in instrument.vectors:
            if vector.answers is None:
                continue
            answers = answers_of(instrument, vector.answers)
            whole, brief = score(instrument, answers), score(instrument, answers, brief=True)
            assert [getattr(brief, name) for name in kept] == [getattr(whole, name) for name in kept]
