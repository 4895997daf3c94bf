"""What a person takes, until when it lasts and when more is due, from facts in any order; all of it is invented."""

import datetime as dt
from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generative.persons import KNOW
from tests.tries import tries
from vwazen.clinical import allergies
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.monitoring import monitoring
from vwazen.clinical.seen import Sight, shown
from vwazen.clinical.seizures import diary
from vwazen.clinical.values import values

START = dt.date(2026, 1, 1)
TODAY = dt.date(2026, 6, 1)


def day(n: int) -> dt.date:
    return START + dt.timedelta(days=n)


def said(id: str, n: int, body: f.AnyBody, person: str = "p", amends: str = "", hour: int = 9) -> Fact:
    at = f"{day(n)}T{hour:02}:00:00Z"
    return Fact(id=id, person=person, occurred=at, recorded=at, author="w", site="s", body=body, amends=amends)


def rx(id: str, n: int, person: str = "p", hour: int = 9, **values: object) -> Fact:
    body = f.Prescription(**{"name": "Carbamazepine", "strength": "200 mg", **values})  # type: ignore[arg-type]
    return said(id, n, body, person, hour=hour)


def out(id: str, n: int, of: str, days: int | None = 30, given: str = "all", person: str = "p") -> Fact:
    why = "" if given == "all" else "out_of_stock"
    return said(id, n, f.Dispense(prescription=of, given=given, days=days, why=why), person)  # type: ignore[arg-type]


def folded(*facts: Fact) -> Chart:
    return chart(facts, KNOW, TODAY, person="p")


def only(*facts: Fact) -> Medicine:
    (one,) = folded(*facts).medicines
    return one


# supply and refills


def test_prescribed_and_not_handed_out_is_due_from_its_day() -> None:
    one = only(rx("a", 3))
    assert (one.lasts_until, one.refill_due, one.current) == (None, day(3), True)


def test_what_is_left_over_counts_on() -> None:
    one = only(rx("a", 0), out("d1", 0, "a"), out("d2", 20, "a"))
    assert one.lasts_until == one.refill_due == day(60)


def test_a_gap_is_not_filled_by_what_comes_later() -> None:
    assert only(rx("a", 0), out("d1", 0, "a"), out("d2", 50, "a")).lasts_until == day(80)


def test_a_part_lasts_as_long_as_was_said_and_nothing_adds_nothing() -> None:
    part = only(rx("a", 0), out("d1", 0, "a", days=10, given="part"))
    assert part.refill_due == day(10)
    none = only(rx("a", 0), out("d1", 0, "a", days=10, given="part"), out("d2", 10, "a", days=30, given="none"))
    assert none.refill_due == day(10)
    assert len(none.dispensed) == 2


def test_unknown_days_are_unknown_until_something_known_is_handed_out() -> None:
    unknown = only(rx("a", 0), out("d1", 0, "a", days=None))
    assert (unknown.lasts_until, unknown.refill_due) == (None, None)
    after = only(rx("a", 0), out("d1", 0, "a", days=None), out("d2", 40, "a", days=28))
    assert after.refill_due == day(68)


def test_a_course_that_is_complete_is_not_refilled_and_one_that_goes_on_is() -> None:
    assert only(rx("a", 0, days=14), out("d1", 0, "a", days=14)).refill_due is None
    assert only(rx("a", 0, days=14), out("d1", 0, "a", days=7)).refill_due == day(7)
    assert only(rx("a", 0), out("d1", 0, "a", days=14)).refill_due == day(14)


def test_after_a_change_of_the_hours_what_is_left_lasts_as_much_longer_as_less_is_taken() -> None:
    before, given = rx("a", 0, amount=1, times=3, unit="tablet"), out("d1", 0, "a")
    once = {"replaces": "a", "unit": "tablet"}
    assert only(before, given, rx("b", 20, hours=(1, 0, 0, 0.5), **once)).lasts_until == day(20 + 10 * 2)
    assert only(before, given, rx("b", 20, hours=(1, 1, 0, 1), **once)).lasts_until == day(30)
    other = rx("b", 20, replaces="a", unit="ml", hours=(1, 0, 0, 0.5))  # whether it is more or less cannot be told
    assert only(before, given, other).lasts_until == day(30)
    assert b"hours" not in f.encode(before) and b"unit" not in f.encode(rx("a", 0)), "old facts stay as they are"


def test_what_is_taken_from_elsewhere_is_refilled_by_nobody_here() -> None:
    one = only(rx("a", 0, told=True))
    assert one.current
    assert one.refill_due is None


# injections


def test_an_injection_is_due_again_from_the_day_it_was_given_early_or_late() -> None:
    first = rx("a", 0, name="Fluphenazine decanoate", route="injection", every_days=28)
    assert only(first).refill_due == day(0)
    assert only(first, out("d1", 2, "a", days=None)).refill_due == day(30)
    early = only(first, out("d1", 2, "a", days=None), out("d2", 23, "a", days=None))
    assert early.refill_due == day(51)  # no credit for an injection given early
    late = only(first, out("d1", 2, "a", days=None), out("d2", 60, "a", days=None))
    assert late.refill_due == day(88)


def test_another_interval_counts_from_the_last_injection() -> None:
    monthly = rx("a", 0, every_days=28), out("d", 10, "a", days=28)
    assert only(*monthly, rx("b", 20, every_days=14, replaces="a")).refill_due == day(24)
    assert only(*monthly, rx("b", 20, every_days=28, amount=2, replaces="a")).refill_due == day(38)


def test_tablets_left_put_off_no_first_injection_nor_an_injection_the_tablets() -> None:
    injected = only(rx("a", 0), out("d", 0, "a", days=60), rx("b", 20, every_days=28, replaces="a"))
    assert (injected.lasts_until, injected.refill_due, len(injected.dispensed)) == (None, day(20), 1)
    tablets = only(rx("a", 0, every_days=28), out("d", 10, "a", days=28), rx("b", 20, replaces="a"))
    assert (tablets.lasts_until, tablets.refill_due) == (None, day(20))


# changes and stops


def test_a_change_carries_on_with_its_history_and_what_is_left() -> None:
    one = only(rx("a", 0), out("d1", 0, "a"), rx("b", 10, strength="400 mg", replaces="a"))
    assert (one.id, one.ids, one.prescription.strength) == ("a", ("a", "b"), "400 mg")
    assert (one.since, one.lasts_until, one.unsure) == (day(0), day(30), False)
    assert [fact.id for fact in one.before] == ["a"]


def test_what_is_left_lasts_half_as_long_where_twice_as_much_is_taken() -> None:
    once, twice = {"amount": 1.0, "times": 1.0}, {"amount": 1.0, "times": 2.0}
    more = only(rx("a", 0, **once), out("d", 0, "a"), rx("b", 10, replaces="a", **twice))
    assert more.refill_due == day(20)
    less = only(rx("a", 0, **twice), out("d", 0, "a"), rx("b", 10, replaces="a", **once))
    assert less.refill_due == day(50)
    unknown = only(rx("a", 0, **once), out("d", 0, "a"), rx("b", 10, strength="400 mg", replaces="a", **twice))
    assert unknown.refill_due == day(30)
    after = only(rx("a", 0, **once), out("d", 0, "a"), rx("b", 10, replaces="a", **twice), out("e", 20, "b"))
    assert after.refill_due == day(50)


def test_ever_less_is_taken_and_no_date_leaves_the_calendar() -> None:
    less = [rx(f"r{n}", n, replaces=f"r{n - 1}" if n else "", amount=10.0 ** -(30 * n), times=1.0) for n in range(10)]
    one = only(*less, out("d", 0, "r0", days=1000))
    assert one.lasts_until is not None
    assert one.lasts_until <= day(9 + 3650)


def test_two_changes_unknown_to_each_other_both_stand_and_say_so() -> None:
    found = folded(rx("a", 0), rx("b", 10, replaces="a"), rx("c", 10, strength="400 mg", replaces="a")).medicines
    assert [one.fact.id for one in found] == ["b", "c"]
    assert all(one.unsure and one.current for one in found)


def test_what_was_handed_out_before_two_rivals_was_handed_out_once() -> None:
    care = said("e", 0, f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w"))
    now = folded(care, rx("a", 0), out("d", 1, "a"), rx("b", 10, replaces="a"), rx("c", 10, replaces="a"))
    assert values(now, now.episodes[0], KNOW)["treatment.days_covered"] == 30


def test_a_stop_of_what_another_changed_is_not_lost() -> None:
    stop = said("s", 12, f.MedicineStopped(prescription="a", reason="allergy"))
    one = only(rx("a", 0), rx("b", 10, replaces="a"), stop)
    assert one.current
    assert one.unsure


def test_a_stop_ends_it_and_only_it() -> None:
    stop = said("s", 12, f.MedicineStopped(prescription="a", reason="side_effects"))
    gone, stays = sorted(folded(rx("a", 0), out("d", 0, "a"), stop, rx("z", 0, name="Other")).medicines,
                         key=lambda one: one.id)  # fmt: skip
    assert (gone.current, gone.ended_on, gone.refill_due) == (False, day(12), None)
    assert stays.refill_due == day(0)


def test_a_withdrawn_stop_never_was() -> None:
    stop = said("s", 12, f.MedicineStopped(prescription="a", reason="error"))
    back = msgspec.structs.replace(said("r", 13, f.Retraction(reason="wrong person")), retracts="s")
    assert only(rx("a", 0), stop, back).current


def test_facts_name_an_amended_prescription_by_either_id() -> None:
    mended = msgspec.structs.replace(rx("a2", 0, hour=10, strength="100 mg"), amends="a")
    one = only(rx("a", 0), mended, out("d", 1, "a2"))
    assert (one.prescription.strength, one.refill_due) == ("100 mg", day(31))
    stopped = only(rx("a", 0), mended, said("s", 2, f.MedicineStopped(prescription="a", reason="own_wish")))
    assert not stopped.current


def test_merged_people_bring_their_medicines_together() -> None:
    merge = said("m", 5, f.Merge(into="p"), person="q")
    found = folded(rx("a", 0), rx("b", 1, person="q", name="Haloperidol"), out("d", 2, "b", person="q"), merge)
    assert [(one.id, one.refill_due) for one in found.medicines] == [("a", day(0)), ("b", day(32))]


def test_a_circle_of_replacements_hides_nothing() -> None:
    assert folded(rx("a", 0, replaces="b"), rx("b", 1, replaces="a")).medicines


def test_intakes_stand_with_their_medicine_and_those_of_all_stand_alone() -> None:
    one = said("i", 5, f.Intake(taken="some", prescription="a", missed_days=9, asked=True, side_effects=("tremor",)))
    every = said("j", 6, f.Intake(taken="most"))
    found = folded(rx("a", 0), one, every)
    assert [fact.id for fact in found.medicines[0].intakes] == ["i"]
    assert [fact.id for fact in found.intakes] == ["i", "j"]


def test_only_what_everyone_may_read_is_named_in_a_lists_reason() -> None:
    hidden = rx("a", 0, name="Secret", segment="hiv")
    assert values(folded(hidden, rx("b", 9)), None, KNOW)["medicine.name"] == "Carbamazepine"


# order


FACTS = (
    rx("a", 0), out("d1", 0, "a"), rx("b", 10, replaces="a"), out("d2", 25, "b", days=20),
    said("s", 40, f.MedicineStopped(prescription="b", reason="no_effect")), rx("c", 41, name="Haloperidol"),
)  # fmt: skip


def test_every_order_gives_the_same_medicines() -> None:
    expected = msgspec.json.encode(folded(*FACTS).medicines)
    assert {msgspec.json.encode(folded(*order).medicines) for order in permutations(FACTS)} == {expected}


@st.composite
def anything(draw: st.DrawFn) -> list[Fact]:
    """A few medicines, changed, handed out, stopped and mended without any care for what went before."""
    ids = [f"r{n}" for n in range(draw(st.integers(1, 4)))]
    facts = [
        rx(one, draw(st.integers(0, 90)), replaces=draw(st.sampled_from(["", "", *ids])),
           every_days=draw(st.sampled_from([None, None, 28])), days=draw(st.sampled_from([None, None, 14])))
        for one in ids
    ]  # fmt: skip
    for n in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["all", "part", "none", "stop"]))
        at, of = draw(st.integers(0, 140)), draw(st.sampled_from([*ids, "nowhere"]))
        if kind == "stop":
            facts.append(said(f"x{n}", at, f.MedicineStopped(prescription=of, reason="other")))
        else:
            facts.append(out(f"x{n}", at, of, days=draw(st.sampled_from([None, 7, 30])), given=kind))
    return facts


@tries(100)
@given(anything(), st.randoms(use_true_random=False))
def test_whatever_was_said_no_prescription_is_lost_and_no_date_is_made_up(facts: list[Fact], rng: object) -> None:
    found = folded(*facts).medicines
    shown = {one for medicine in found for one in medicine.ids}
    assert shown >= {fact.id for fact in facts if isinstance(fact.body, f.Prescription)}
    shuffled = list(facts)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert msgspec.json.encode(folded(*shuffled, *facts[:2]).medicines) == msgspec.json.encode(found)
    for one in found:
        assert one.refill_due is None or one.current
        received = [fact.day for fact in one.dispensed if getattr(fact.body, "given", "") != "none"]
        if one.lasts_until is not None:
            assert one.lasts_until > max(received)
            assert one.refill_due in (one.lasts_until, None)


# what is compared, measured and counted


@pytest.mark.parametrize(
    ("substance", "names", "same"),
    [("carbamazepine", ["Carbamazepine"], True), ("Carbamazépine, tablets", ["CARBAMAZEPINE"], True),
     ("penicillin", ["Amoxicillin"], False), ("egg", ["Eggplant"], False), ("valproate", ["Sodium valproate"], True),
     ("sulfa", ["Sulfamethoxazole"], False)],
)  # fmt: skip
def test_allergies_are_compared_by_name_and_by_nothing_more(substance: str, names: list[str], same: bool) -> None:
    one = folded(said("a", 0, f.Allergy(substance=substance)))
    assert bool(allergies.same_names(one, names)) == same


def test_a_short_name_is_compared_as_a_whole() -> None:
    one = folded(said("a", 0, f.Allergy(substance="ASA")))
    assert allergies.same_names(one, ["asa"])
    assert not allergies.same_names(one, ["asa forte"])


def test_a_later_not_asked_hides_no_answer_about_a_pregnancy() -> None:
    yes, unasked = f.Pregnancy(pregnant="yes"), f.Pregnancy(pregnant="not_asked", breastfeeding="no")
    told = folded(said("p", 0, yes), said("q", 9, unasked)).pregnancy_told
    assert told is not None
    assert told[0].id == "p"
    both = folded(said("p", 0, yes), said("q", 0, f.Pregnancy(pregnant="no"))).pregnancy_told
    assert both is not None
    assert both[1].pregnant == "yes"
    assert folded(said("q", 9, unasked)).pregnancy_told is None


def test_none_known_is_not_nothing_recorded() -> None:
    assert allergies.known(folded()) == "not_asked"
    asked = said("a", 0, f.Allergy(substance="", none_known=True))
    assert allergies.known(folded(asked)) == "none_known"
    assert allergies.known(folded(asked, said("b", 9, f.Allergy(substance="latex")))) == "recorded"


def test_what_a_list_asks_to_be_measured_is_due_and_without_an_interval_it_is_not() -> None:
    lithium = rx("a", 0, name="Lithium carbonate", medicine="lithium")
    rows = {row.what: row for row in monitoring(folded(lithium), KNOW)}
    assert rows["lithium_level"].due == day(0)  # never measured: due since it began
    level = said("l", 20, f.Measurement(what="lithium_level", value=0.6, unit="mmol/L"))
    rows = {row.what: row for row in monitoring(folded(lithium, level), KNOW)}
    assert rows["lithium_level"].due == day(110)
    clozapine = {row.what: row for row in monitoring(folded(rx("c", 0, name="clozapine")), KNOW)}
    assert clozapine["white_cells"].due is None
    assert not monitoring(folded(rx("d", 0, name="Nobody's herb")), KNOW)


def count(id: str, n: int, seizures: float, over: float | None = None) -> Fact:
    answers = {"1": seizures} | ({"2": over} if over else {})
    return said(id, n, f.Response(instrument="seizures", version=1, answers=answers))


def test_a_seizure_diary_counts_days_only_as_far_as_somebody_asked() -> None:
    assert diary(folded()) is None
    one = diary(folded(count("a", 0, 12), count("b", 60, 3)))
    assert one is not None
    assert (one.change, one.free_days) == (-0.75, None)
    free = diary(folded(count("a", 0, 12), count("b", 60, 0), count("c", 90, 0)))
    assert free is not None
    assert (free.change, free.free_days) == (-1.0, 60)
    gap = diary(folded(count("b", 20, 0), count("c", 90, 0)))
    assert gap is not None
    assert (gap.change, gap.free_days) == (None, 30)


def test_a_single_seizure_ends_the_days_without_one() -> None:
    fit = said("s", 75, f.Measurement(what="seizure", value=1))
    one = diary(folded(count("a", 0, 12), count("b", 60, 0), count("c", 90, 0), fit))
    assert one is not None
    assert (one.free_days, one.last_seizure) == (15, day(75))
    after = diary(folded(count("c", 90, 0), said("s", 95, f.Measurement(what="seizure", value=2))))
    assert after is not None
    assert after.free_days is None


def test_what_was_opened_is_closed_with_all_other_care_and_what_few_may_read_is_not() -> None:
    facts = [rx("open", 1, segment="general"), rx("care", 1), rx("guarded", 1, segment="hiv")]
    sight = Sight(given=frozenset(f.SEGMENTS), risk=True, closed=frozenset({"mental-health"}))
    assert [fact.id for fact in shown(facts, sight, KNOW)] == ["guarded"]
