"""Medicines by the hours of the day, in words, and opened to who helps with them at home."""

import re

import pytest

from tests.integration.test_medicines_page import PLAIN, as_worker, get, only, post, text
from tests.integration.test_medicines_page import staff as staff  # noqa: PLC0414  a fixture
from tests.world import World
from vwazen.clinical import facts as f
from vwazen.clinical import seen
from vwazen.clinical.fold import chart
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import medicine_lists, medicines, words
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock
from vwazen.server.record.access import facts_of

HOURS = PLAIN | {"amount": "", "times": "", "morning": "1", "night": "1.5", "unit": "tablet"}


def test_the_hours_are_prescribed_shown_and_kept_when_it_is_changed(world: World) -> None:
    assert post(world, "nia", "ben", "prescribe", **HOURS, days="1").status_code == 302
    one = only(world, "ben")
    assert (one.prescription.hours, one.prescription.unit, one.prescription.amount) == ((1, 0, 0, 1.5), "tablet", None)
    how, page = "1 in the morning, 1.5 at night, for 1 day", text(get(world, "nia", "ben"))
    assert how in page and how in text(get(world, "nia", "ben", ""))
    assert "Morning 1 Noon 0 Evening 0 Night 1½ Counted in tablets or capsules." in page
    form = get(world, "nia", "ben", f"/medicines/new?replaces={one.fact.id}")
    for name, value in (("morning", "1"), ("noon", "0"), ("night", "1.5")):
        assert re.search(rf'name="prescribe-{name}" value="{value}(\.0)?"', form), name
    assert '<option value="tablet" selected>' in form
    again = HOURS | {"night": "0", "noon": "", "replaces": one.fact.id}
    assert post(world, "nia", "ben", "prescribe", **again).status_code == 302
    assert only(world, "ben").prescription.hours == (1, 0, 0, 0)
    log = AccessEntry.objects.filter(person=world.people["ben"], route="medicine-new", worker_id=str(world.nia.pk))
    assert {entry.outcome for entry in log} == {"allowed"}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"morning": "0", "night": "0"}, "Say at one hour at least how many"),
        ({"unit": ""}, "Say of what these are counts"),
        ({"unit": "spoon"}, "Choose one of these."),
        ({"times": "3"}, "By the hours it is taken 2 times a day."),
        ({"amount": "1"}, "At the hours stands another number."),
        ({"morning": "-1"}, "greater than or equal to 0"),
        ({"night": "1e-9"}, "Nobody can measure so little."),
        ({"route": "injection"}, "An injection has no card of hours."),
    ],
)
def test_hours_that_cannot_be_so_are_said_beside_their_field(world: World, more: dict[str, str], says: str) -> None:
    answer = post(world, "nia", "ben", "prescribe", **HOURS | more, note="Typed before.")
    assert answer.status_code == 422
    assert says in answer.content.decode() and "Typed before." in answer.content.decode()
    assert not care.chart_of(world.people["ben"]).medicines


def test_an_injection_has_no_hours(world: World) -> None:
    new = f"/people/{world.people['ben']}/medicines/new"
    form = as_worker(world.nia).post(new, {"name": "Fluphenazine decanoate"}).content.decode()
    assert "prescribe-every_days" in form and "prescribe-morning" not in form
    with pytest.raises(Invalid, match="every how many days"):
        medicines.prescribe(by=world.nia, person=world.people["ben"], name="x", hours=(1, 0, 0, 0), unit="tablet",
                            every_days=28)  # fmt: skip


def test_a_medicine_is_opened_to_who_helps_at_home_and_never_one_that_few_may_read(staff: World) -> None:
    assert post(staff, "nia", "ben", "prescribe", **HOURS).status_code == 302
    one = only(staff, "ben")
    assert one.prescription.segment == "mental-health"
    form = get(staff, "nia", "ben", f"/medicines/new?replaces={one.fact.id}")
    assert "community health workers who help with it at home" in form
    opened = HOURS | {"replaces": one.fact.id, "segment": "general"}
    assert post(staff, "nia", "ben", "prescribe", **opened).status_code == 302
    one = only(staff, "ben")
    assert one.prescription.segment == "general"
    again = get(staff, "nia", "ben", f"/medicines/new?replaces={one.fact.id}")
    assert '<option value="general" selected>' in again, "it carries over"
    medicines.prescribe(by=staff.nia, person=staff.people["ben"], name="x", replaces=one.fact.id)
    one = only(staff, "ben")
    assert one.prescription.segment == "general", "nor is it closed by who does not say so"
    closed = HOURS | {"replaces": one.fact.id, "segment": "mental-health"}
    assert post(staff, "nia", "ben", "prescribe", **closed).status_code == 302
    assert only(staff, "ben").prescription.segment == "mental-health"
    hiv = medicines.prescribe(by=staff.phy, person=staff.people["dan"], name="Tenofovir", segment="hiv")
    refused = post(staff, "phy", "dan", "prescribe", **HOURS | {"replaces": hiv.id, "segment": "general"})
    assert refused.status_code in (302, 422) and only(staff, "dan").prescription.segment == "hiv"
    with pytest.raises(Invalid, match="kept where few may read"):
        medicines.prescribe(by=staff.phy, person=staff.people["dan"], name="x", replaces=only(staff, "dan").fact.id,
                            segment="general")  # fmt: skip


def test_who_may_not_see_what_was_handed_out_before_it_was_opened_reads_no_not_yet(staff: World) -> None:
    assert post(staff, "nia", "ben", "prescribe", **HOURS).status_code == 302
    one = only(staff, "ben")
    line = {"prescription": one.fact.id, "given": "all", "days": 30}
    medicines.dispense(by=staff.pha, person=staff.people["ben"], lines=[line])
    opened = HOURS | {"replaces": one.fact.id, "segment": "general"}
    assert post(staff, "nia", "ben", "prescribe", **opened).status_code == 302
    assert medicine_lists.supply(only(staff, "ben"), clock.today()).startswith("lasts until")

    def said() -> str:
        sight = seen.Sight(given=frozenset({"general"}), risk=False)
        theirs = seen.shown(facts_of(staff.people["ben"]), sight, content())
        (known,) = chart(theirs, content(), clock.today(), person=staff.people["ben"]).current_medicines
        return medicine_lists.supply(known, clock.today())

    assert said().endswith("as far as you may see; what was in hand before is not known")
    none = {"prescription": only(staff, "ben").fact.id, "given": "none", "why": "out_of_stock"}
    medicines.dispense(by=staff.pha, person=staff.people["ben"], lines=[none])
    assert said().endswith("may see: there was none in stock; what was in hand before is not known")


def test_tablets_are_written_as_people_write_them() -> None:
    assert [words.halves(n) for n in (0, 0.25, 0.5, 1, 1.75, 2, 0.3, 12.5)] == [
        "0", "¼", "½", "1", "1¾", "2", "0.3", "12½"
    ]  # fmt: skip
    (_, second, *_) = words.at_hours(f.Prescription(name="x", hours=(0, 2.5, 0, 0), unit="ml"))
    assert second == ("noon", "Noon", "2.5 mL")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f.Prescription(name="x", hours=(0, 2.5, 5, 0), unit="ml"), "2.5 mL at noon, 5 mL in the evening"),
        (f.Prescription(name="x", hours=(1, 0, 0, 2), unit="drop"), "1 drop in the morning, 2 drops at night"),
        (f.Prescription(name="x", amount=5, times=2, unit="ml"), "5 mL each time, twice a day"),
        (f.Prescription(name="x", hours=(1, 0, 0, 0), times=1, dose="with food"), "with food, 1 in the morning"),
        (f.Prescription(name="x", every_days=1), "every day"),
    ],
)
def test_a_regimen_in_words(body: f.Prescription, said: str) -> None:
    assert words.regimen(body) == said
