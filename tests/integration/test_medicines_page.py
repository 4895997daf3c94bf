"""Medicines: who is refused, prescribing and what is compared, handing out, stopping, measuring, refills, the log."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Medicine
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import diagnoses, measuring, medicines
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import Held, OpenItem


@pytest.fixture
def staff(world: World) -> World:
    """The world with a pharmacist and a physician at the clinic."""
    for short, role in (("pha", "pharmacist"), ("phy", "physician")):
        one = Worker(username=short, name=f"Worker {short.title()}")
        one.save()
        Post(worker=one, role=role, site=world.sites["bel-dlo"], starts=clock.today().replace(year=2020)).save()
        world.workers[short] = one
    policy.changed()
    return world


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def get(world: World, who: str, person: str, more: str = "/medicines") -> str:
    answer = as_worker(world.workers[who]).get(f"/people/{world.people[person]}{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(world: World, who: str, person: str, slug: str, /, **values: str) -> HttpResponse:
    data = {f"{slug}-{name}": value for name, value in values.items()}
    at = "medicines/new" if slug == "prescribe" else "medicines"
    return as_worker(world.workers[who]).post(f"/people/{world.people[person]}/{at}", data | {"do": slug})


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def only(world: World, who: str) -> Medicine:
    (one,) = care.chart_of(world.people[who]).medicines
    return one


PLAIN = {"name": "Fluoxetine", "strength": "20 mg", "route": "oral", "amount": "1", "times": "1",
         "segment": "mental-health"}  # fmt: skip


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_may_not_open_charts_opens_no_medicines(world: World, who: str) -> None:
    assert as_worker(world.workers[who]).get(f"/people/{world.people['ben']}/medicines").status_code == 403


def test_elsewhere_looks_like_nobody(world: World) -> None:
    client = as_worker(world.otto)
    for person in (world.people["ben"], "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/people/{person}/medicines").status_code == 404
        assert client.post(f"/people/{person}/medicines", {"do": "dispense"}).status_code == 404
        assert client.get(f"/people/{person}/medicines/new").status_code == 404
    assert AccessEntry.objects.filter(worker_id=str(world.otto.pk), outcome="refused").count() == 6


def test_who_hands_out_does_not_prescribe_and_who_counsels_does_neither(staff: World) -> None:
    say(staff, "ben", "nia", f.Prescription(name="Fluoxetine"))
    stop = {"prescription": only(staff, "ben").fact.id, "reason": "no_effect"}
    for who in ("pha", "kai", "psy"):
        assert as_worker(staff.workers[who]).get(f"/people/{staff.people['ben']}/medicines/new").status_code == 403
        assert post(staff, who, "ben", "prescribe", **PLAIN).status_code == 403
        assert post(staff, who, "ben", "stop", **stop).status_code == 403
        assert "do-stop" not in get(staff, who, "ben")
    assert post(staff, "kai", "ben", "dispense").status_code == 403
    assert "do-dispense" not in get(staff, "kai", "ben")
    assert "do-dispense" in get(staff, "pha", "ben")
    with pytest.raises(Refused):
        medicines.prescribe(by=staff.kai, person=staff.people["ben"], name="Fluoxetine")


def test_refills_are_for_who_hands_out(staff: World) -> None:
    for who in ("kai", "wim", "ola"):
        assert as_worker(staff.workers[who]).get("/refills").status_code == 403
    assert as_worker(staff.pha).get("/refills").status_code == 200


# prescribing


def test_a_medicine_is_chosen_then_prescribed_and_waits_to_be_handed_out(world: World) -> None:
    url = f"/people/{world.people['ben']}/medicines/new"
    client = as_worker(world.nia)
    assert '<option value="Fluoxetine">' in client.get(url).content.decode()
    assert "Name the medicine" in client.post(url, {"name": " "}).content.decode()
    step = client.post(url, {"name": "fluoxetine"}).content.decode()
    assert '<option value="20 mg capsule or tablet">' in step
    drawn = re.findall(r'name="prescribe-drawn" value="([^"]+)"', step)[0]
    for _ in range(2):  # sent twice, it is saved once
        assert post(world, "nia", "ben", "prescribe", **PLAIN, drawn=drawn).status_code == 302
    one = only(world, "ben")
    assert (one.prescription.medicine, one.prescription.name, one.refill_due) == ("fluoxetine", "Fluoxetine",
                                                                                  clock.today())  # fmt: skip
    page = text(get(world, "nia", "ben"))
    assert "Not handed out yet" in page
    assert "interactions and doses not checked" in page.lower()
    assert OpenItem.objects.get(kind="refill").reason.startswith("Fluoxetine, prescribed on")


def test_what_is_compared_is_said_and_nothing_is_called_safe(world: World) -> None:
    step = as_worker(world.nia).post(f"/people/{world.people['ben']}/medicines/new", {"name": "Nobody's herb"})
    words = text(step.content.decode())
    assert words.count("not checked") >= 4
    assert "on no installed list" in words
    assert "nothing recorded: ask" in words
    diagnoses.record_allergy(by=world.nia, person=world.people["ben"], substance="latex")
    words = text(as_worker(world.nia).post(f"/people/{world.people['ben']}/medicines/new",
                                           {"name": "Fluoxetine"}).content.decode())  # fmt: skip
    assert "compared with the names typed, not with classes of medicines" in words
    for word in ("safe", "no interaction", "✓", "good"):
        assert word not in words.lower(), word


def test_an_allergy_of_the_same_name_stops_and_a_reason_lets_pass(world: World) -> None:
    diagnoses.record_allergy(by=world.wim, person=world.people["ben"], substance="Fluoxétine", reaction="rash")
    step = as_worker(world.nia).post(f"/people/{world.people['ben']}/medicines/new", {"name": "fluoxetine"})
    assert "An allergy of this name is on record: Fluoxétine (rash)" in text(step.content.decode())
    refused = post(world, "nia", "ben", "prescribe", **PLAIN, note="Typed before.")
    assert refused.status_code == 422
    assert "An allergy to Fluoxétine is on record." in refused.content.decode()
    assert "Typed before." in refused.content.decode()
    assert not care.chart_of(world.people["ben"]).medicines
    assert post(world, "nia", "ben", "prescribe", **PLAIN, despite="The rash was measles.").status_code == 302
    body = only(world, "ben").prescription
    assert body.checked == ("allergy-names",)
    assert "The rash was measles." in body.note


def test_none_known_is_asked_with_the_prescription(world: World) -> None:
    assert post(world, "nia", "ben", "prescribe", **PLAIN, none_known="on").status_code == 302
    now = care.chart_of(world.people["ben"])
    assert now.allergies[0][1].none_known
    assert now.medicines[0].prescription.checked == ("allergy-asked",)
    assert "None known, when asked" in get(world, "nia", "ben")


def test_pregnancy_is_asked_where_a_list_warns_and_yes_needs_a_reason(world: World) -> None:
    valproate = PLAIN | {"name": "Sodium valproate", "breastfeeding": "not_asked", "contraception": "not_asked"}
    unasked = post(world, "nia", "ben", "prescribe", **valproate)
    assert unasked.status_code == 422
    assert "Choose one." in unasked.content.decode()
    warned = post(world, "nia", "ben", "prescribe", **valproate, pregnant="yes")
    assert warned.status_code == 422
    assert "a source warns" in warned.content.decode()
    assert post(world, "nia", "ben", "prescribe", **valproate, pregnant="no").status_code == 302
    now = care.chart_of(world.people["ben"])
    assert now.pregnancy[0][1].pregnant == "no"
    assert now.medicines[0].prescription.checked == ("pregnancy-asked",)
    with pytest.raises(Invalid, match="say that it was not asked"):
        medicines.prescribe(by=world.nia, person=world.people["dan"], name="valproate")


def test_a_pregnancy_on_record_is_not_forgotten_by_not_asking(world: World) -> None:
    person = world.people["dan"]
    measuring.record_pregnancy(by=world.nia, person=person, asked=medicines.Asked(pregnant="yes"))
    with pytest.raises(Invalid, match="Pregnant, recorded on"):
        medicines.prescribe(by=world.nia, person=person, name="lithium", asked=medicines.Asked(pregnant="not_asked"))


def test_nobody_is_asked_about_a_pregnancy_where_no_list_says_that_it_matters(world: World) -> None:
    step = as_worker(world.nia).post(f"/people/{world.people['ben']}/medicines/new", {"name": "Fluoxetine"})
    assert "prescribe-pregnant" not in step.content.decode()


def test_what_others_alone_may_read_is_not_written_by_who_cannot_read_it(staff: World) -> None:
    person = staff.people["ben"]
    with pytest.raises(Invalid, match="may not write"):
        medicines.prescribe(by=staff.nia, person=person, name="Tenofovir", segment="hiv")
    assert post(staff, "nia", "ben", "prescribe", **PLAIN | {"segment": "hiv"}).status_code == 422
    medicines.prescribe(by=staff.phy, person=person, name="Tenofovir", segment="hiv")
    assert "Tenofovir" in get(staff, "phy", "ben")
    for who in ("nia", "pha", "kai"):
        for at in ("/medicines", "", "?all=1", "/review"):
            assert "Tenofovir" not in get(staff, who, "ben", at), (who, at)
    item = OpenItem.objects.get(kind="refill")
    assert (item.reason, item.plain) == ("A refill is due", "A refill is due")
    assert "Tenofovir" not in as_worker(staff.pha).get("/refills").content.decode()


# changing, stopping


def test_a_change_keeps_its_history_and_a_stop_its_reason(world: World) -> None:
    before = medicines.prescribe(by=world.nia, person=world.people["ben"], name="Fluoxetine", strength="20 mg")
    form = get(world, "nia", "ben", f"/medicines/new?replaces={before.id}")
    assert 'value="20 mg"' in form
    answer = post(world, "nia", "ben", "prescribe", **PLAIN | {"strength": "40 mg", "replaces": before.id})
    assert answer.status_code == 302
    one = only(world, "ben")
    assert (one.ids[0], one.prescription.strength) == (before.id, "40 mg")
    again = post(world, "nia", "ben", "prescribe", **PLAIN | {"strength": "60 mg", "replaces": before.id})
    assert again.status_code in (302, 422)
    stop = {"prescription": only(world, "ben").fact.id}
    assert post(world, "nia", "ben", "stop", **stop).status_code == 422
    assert post(world, "nia", "ben", "stop", **stop, reason="other").status_code == 422
    assert post(world, "nia", "ben", "stop", **stop, reason="side_effects").status_code == 302
    page = text(get(world, "nia", "ben"))
    assert "Stopped, side effects" in page
    assert "No medicine in force is on record" in page
    assert post(world, "nia", "ben", "stop", **stop, reason="no_effect").status_code in (302, 422)


def test_two_who_change_at_once_are_both_shown(world: World) -> None:
    first = say(world, "ben", "nia", f.Prescription(name="Haloperidol", strength="2 mg"))
    for who, strength in (("nia", "5 mg"), ("pia", "1 mg")):
        say(world, "ben", who, f.Prescription(name="Haloperidol", strength=strength, replaces=first.id))
    page = text(get(world, "nia", "ben"))
    assert page.count("Two people changed or stopped this unknown to each other") == 2
    assert "two people changed it" in text(get(world, "kai", "ben", ""))


# handing out


def test_several_are_handed_out_at_once_and_a_stock_out_has_its_reason(staff: World) -> None:
    a = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine", strength="200 mg"), ago=40)
    b = say(staff, "ben", "nia", f.Prescription(name="Haloperidol", strength="5 mg"), ago=39)
    assert [item.due.isoformat() for item in OpenItem.objects.filter(kind="refill").order_by("due") if item.due] == [
        day(40), day(39)]  # fmt: skip
    bad = post(staff, "pha", "ben", "dispense", given_0="all", given_1="none", days_0="")
    html = bad.content.decode()
    assert bad.status_code == 422
    assert "For how many days does it last?" in html
    assert "Say why not all of it" in html
    assert not OpenItem.objects.filter(kind="refill", due__gt=day(0)).exists()
    assert post(staff, "pha", "ben", "dispense").status_code == 422
    sent = {"given_0": "all", "days_0": "30", "quantity_0": "60", "given_1": "none", "why_1": "out_of_stock",
            "drawn": make_id()}  # fmt: skip
    for _ in range(2):
        assert post(staff, "pha", "ben", "dispense", **sent).status_code == 302
    now = care.chart_of(staff.people["ben"])
    by_id = {one.id: one for one in now.medicines}
    assert by_id[a.id].refill_due is not None
    assert by_id[a.id].refill_due.isoformat() == day(-30)
    assert [len(one.dispensed) for one in by_id.values()] == [1, 1]
    assert by_id[b.id].refill_due is not None
    assert by_id[b.id].refill_due.isoformat() == day(39)
    assert OpenItem.objects.filter(kind="refill", due__lte=day(0)).count() == 1


def test_two_who_hand_out_on_one_day_are_named_and_warned(staff: World) -> None:
    pill = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine", strength="200 mg"), ago=3)
    assert "handed out today already" not in get(staff, "nia", "ben")
    assert post(staff, "nia", "ben", "dispense", given_0="all", days_0="30").status_code == 302
    before = text(get(staff, "pha", "ben"))
    assert "Last handed out: all of it, for 30 days" in before
    assert re.search("handed out today already : all of it, for 30 days, .* by Nurse Nia", before)
    assert "times on one day" not in before
    client = as_worker(staff.pha)
    sent = {"do": "dispense", "dispense-given_0": "all", "dispense-days_0": "28"}
    said = text(client.post(f"/people/{staff.people['ben']}/medicines", sent, follow=True).content.decode())
    assert "Carbamazepine: Handed out 2 times on one day: all of it, for 30 days" in said  # at once, to who did it
    for more in ("/medicines", ""):
        page = text(get(staff, "nia", "ben", more))
        assert re.search("Handed out 2 times on one day: .* by Nurse Nia; .* by Worker Pha. All of it counts", page)
    care.withdraw(by=staff.nia, person=staff.people["ben"], fact=only(staff, "ben").dispensed[0].id, reason="a repeat")
    assert "times on one day" not in text(get(staff, "nia", "ben"))
    assert only(staff, "ben").fact.id == pill.id


def test_what_happened_says_who_wrote_it_down(staff: World) -> None:
    pill = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine", strength="200 mg"), ago=9)
    say(staff, "ben", "pha", f.Dispense(prescription=pill.id, given="part", days=9, why="out_of_stock"), ago=8)
    page = text(get(staff, "nia", "ben"))
    assert re.search("Handed out, a part. for 9 days, there was none in stock Worker Pha", page)


def test_tried_and_not_given_is_no_supply_and_unknown_days_are_not_nothing_due(staff: World) -> None:
    pill = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine"), ago=9)
    say(staff, "ben", "pha", f.Dispense(prescription=pill.id, given="none", why="out_of_stock"), ago=8)
    assert OpenItem.objects.get(kind="refill").reason.endswith("waits to be given.")
    assert "Not handed out yet: there was none in stock" in text(get(staff, "nia", "ben"))
    say(staff, "ben", "pha", f.Dispense(prescription=pill.id, given="all"), ago=7)  # for how long, nobody said
    page = text(get(staff, "nia", "ben"))
    assert page.lower().count("for how long it lasts is not known") == 2
    assert "nothing due" not in page
    with pytest.raises(Invalid, match="a day at least"):
        medicines.dispense(by=staff.pha, person=staff.people["ben"],
                           lines=[{"prescription": pill.id, "given": "all", "days": 0}])  # fmt: skip


def test_another_strength_a_course_over_and_a_stop_passed_over_are_said(staff: World) -> None:
    pill = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine", strength="200 mg"), ago=40)
    say(staff, "ben", "pha", f.Dispense(prescription=pill.id, given="all", days=60), ago=40)
    more = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine", strength="400 mg", replaces=pill.id), ago=9)
    assert "counted at the strength before the change" in text(get(staff, "nia", "ben"))
    say(staff, "ben", "nia", f.MedicineStopped(prescription=more.id, reason="allergy"), ago=5)
    say(staff, "ben", "pha", f.Dispense(prescription=more.id, given="all", days=30), ago=3)
    assert "All the same handed out after that: all of it, for 30 days" in text(get(staff, "nia", "ben"))
    asked = medicines.Asked(pregnant="not_asked")
    with pytest.raises(Invalid, match=r"Carbamazepine was stopped on .*: an allergy"):
        medicines.prescribe(by=staff.nia, person=staff.people["ben"], name="Carbamazepine", asked=asked)
    course = say(staff, "dan", "nia", f.Prescription(name="Diazepam", days=5), ago=20)
    say(staff, "dan", "pha", f.Dispense(prescription=course.id, given="all", days=5), ago=20)
    assert "nobody has said yet that it is over" in get(staff, "nia", "dan")


def test_an_injection_is_due_again_after_its_interval(staff: World) -> None:
    fact = medicines.prescribe(by=staff.nia, person=staff.people["ben"], name="fluphenazine depot", route="injection",
                               every_days=28)  # fmt: skip
    assert only(staff, "ben").prescription.name == "Fluphenazine decanoate"
    medicines.dispense(by=staff.pha, person=staff.people["ben"], lines=[{"prescription": fact.id, "given": "all"}])
    assert "Next injection due" in text(get(staff, "pha", "ben"))
    assert OpenItem.objects.get(kind="refill").due.isoformat() == day(-28)  # type: ignore[union-attr]


def test_one_bad_line_saves_none_of_them(world: World) -> None:
    good = say(world, "ben", "nia", f.Prescription(name="Carbamazepine"))
    lines = [{"prescription": good.id, "given": "all", "days": 30}, {"prescription": "nothing", "given": "all"}]
    with pytest.raises(Invalid):
        medicines.dispense(by=world.nia, person=world.people["ben"], lines=lines)
    assert not only(world, "ben").dispensed


def test_what_may_not_be_recorded_takes_the_rest_with_it_and_keeps_nothing_back(world: World) -> None:
    a = say(world, "ben", "nia", f.Prescription(name="Carbamazepine"))
    line = {"prescription": a.id, "given": "all", "days": 30}
    with pytest.raises(Invalid, match="future"):
        medicines.dispense(by=world.nia, person=world.people["ben"], lines=[line], occurred=day(-9))
    assert not only(world, "ben").dispensed
    assert not Held.objects.exists()


def test_a_form_sent_again_with_other_words_is_refused_and_not_swallowed(world: World) -> None:
    person, drawn = world.people["ben"], make_id()
    a = medicines.prescribe(by=world.nia, person=person, name="Fluoxetine", strength="20 mg", fact_id=drawn)
    with pytest.raises(Invalid, match="saved already"):
        medicines.prescribe(by=world.nia, person=person, name="Fluoxetine", strength="40 mg", fact_id=drawn)
    once = make_id()
    line = {"prescription": a.id, "given": "all", "days": 30}
    medicines.dispense(by=world.nia, person=person, lines=[line], fact_id=once)
    with pytest.raises(Invalid, match="saved already"):
        medicines.dispense(by=world.nia, person=person, lines=[line | {"days": 60}], fact_id=once)
    assert len(only(world, "ben").dispensed) == 1


# what is taken, told, measured


def test_adherence_and_side_effects_asked_are_told_from_not_asked(world: World) -> None:
    pill = say(world, "ben", "nia", f.Prescription(name="Carbamazepine"))
    nothing = post(world, "kai", "ben", "intake", taken="not_asked")
    assert nothing.status_code == 422
    assert post(world, "kai", "ben", "intake", taken="some", side_effects="tremor").status_code == 422
    answer = post(world, "kai", "ben", "intake", taken="some", prescription=pill.id, missed_days="9", asked="on",
                  side_effects="tremor, thirst")  # fmt: skip
    assert answer.status_code == 302
    assert post(world, "kai", "ben", "intake", taken="all", asked="on").status_code == 302
    words = text(get(world, "kai", "ben", "?all=1"))
    assert "side effects: tremor, thirst" in words
    assert "Side effects asked, none told" in words


def test_what_was_told_of_all_medicines_is_no_not_asked_of_each(world: World) -> None:
    say(world, "ben", "nia", f.Prescription(name="Carbamazepine"), ago=9)
    assert "How it is taken was not asked yet" in get(world, "nia", "ben")
    say(world, "ben", "kai", f.Intake(taken="some", asked=True, side_effects=("tremor",)), ago=4)
    say(world, "ben", "kai", f.Intake(taken="not_asked", asked=True), ago=2)
    page = text(get(world, "nia", "ben"))
    assert "Taken as told, some of it" in page
    assert "How it is taken was not asked yet" not in page
    assert "Of all medicines: Taken as told, some of it. side effects: tremor Keeper Kai" in page


def test_a_pregnancy_is_told_as_of_its_day_and_an_old_answer_asks_again(world: World) -> None:
    say(world, "ben", "nia", f.Pregnancy(pregnant="yes", due=day(10)), ago=200)
    say(world, "ben", "nia", f.Pregnancy(pregnant="not_asked", breastfeeding="yes"), ago=1)
    page = text(get(world, "nia", "ben"))
    assert "Pregnant when asked on" in page
    assert "That day has passed: ask again." in page
    assert "Breastfeeding: yes" in page
    with pytest.raises(Invalid, match="Pregnant, recorded on"):
        medicines.prescribe(by=world.nia, person=world.people["ben"], name="lithium",
                            asked=medicines.Asked(pregnant="not_asked"))  # fmt: skip
    say(world, "dan", "nia", f.Pregnancy(pregnant="no"), ago=500)
    page = text(get(world, "nia", "dan"))
    assert "Not pregnant when asked on" in page
    assert "more than a year ago: ask again" in page


def test_none_known_beside_an_allergy_says_that_another_word_stands(world: World) -> None:
    say(world, "ben", "nia", f.Allergy(substance="penicillin"), ago=9)
    say(world, "ben", "nia", f.Allergy(none_known=True), ago=1)
    page = text(get(world, "nia", "ben"))
    assert "None known, when asked; another word on record names one" in page
    assert "(another word names one)" in page


def test_a_result_names_whom_to_ask_where_its_reader_may_not_close_it(world: World) -> None:
    say(world, "ben", "kai", f.Measurement(what="weight", value=48, unit="kg", attention=True))
    assert "Ask Nurse Nia or Psychiatrist Pia." in text(get(world, "kai", "ben"))
    assert "Ask Nurse Nia" not in text(get(world, "nia", "ben"))


def test_where_care_has_ended_the_page_says_that_no_list_reminds(world: World) -> None:
    say(world, "ben", "nia", f.Prescription(name="Carbamazepine"), ago=9)
    assert "no list reminds" not in get(world, "nia", "ben")
    episode = care.chart_of(world.people["ben"]).open_episodes[0].id
    say(world, "ben", "nia", f.Close(episode=episode, outcome="completed"))
    assert not OpenItem.objects.filter(kind="refill").exists()
    assert "Care has ended: no list reminds of refills" in get(world, "nia", "ben")


def test_a_medicine_from_elsewhere_is_written_down_and_refilled_by_nobody_here(world: World) -> None:
    assert post(world, "kai", "ben", "told", name="Healer's tea", dose="a cup at night").status_code == 302
    page = text(get(world, "nia", "ben"))
    assert "Taken from elsewhere; not refilled here" in page
    assert "Nothing checked: taken from elsewhere" in page
    assert not OpenItem.objects.filter(kind="refill").exists()


def test_a_result_waits_until_somebody_says_what_comes_of_it(world: World) -> None:
    slip = post(world, "kai", "ben", "measure", what="weight", value="6100")
    assert slip.status_code == 422
    assert "looks like a slip of the pen" in slip.content.decode()
    assert post(world, "kai", "ben", "measure", what="lithium_level", value="1.4", attention="on").status_code == 302
    item = OpenItem.objects.get(kind="result")
    assert item.owner == str(world.kai.pk)
    result = care.chart_of(world.people["ben"]).results[0].id
    assert post(world, "kai", "ben", "noted", fact=result, outcome="x").status_code == 403
    assert "Results that wait for somebody" in get(world, "kai", "ben")
    assert post(world, "nia", "ben", "noted", fact=result, outcome=" ").status_code == 422
    assert post(world, "nia", "ben", "noted", fact=result, outcome="Pause, test again Friday.").status_code == 302
    assert not OpenItem.objects.filter(kind="result").exists()
    assert "Pause, test again Friday." in get(world, "kai", "ben", "?all=1")


def test_monitoring_is_due_with_its_source_and_never_measured_is_said(world: World) -> None:
    medicines.prescribe(by=world.pia, person=world.people["ben"], name="lithium", occurred=day(5),
                        asked=medicines.Asked(pregnant="no"))  # fmt: skip
    page = text(get(world, "nia", "ben"))
    assert "never measured here" in page
    assert "Source SPS-LI, not yet reviewed by a clinician" in page
    assert "To be measured, due or late: Calcium in blood" in text(get(world, "nia", "ben", ""))


def test_the_seizure_diary_stands_on_the_chart(world: World) -> None:
    for ago, many in ((90, 8.0), (2, 2.0)):
        care.answer(by=world.nia, person=world.people["ann"], instrument="seizures", answers={"1": many},
                    occurred=day(ago))  # fmt: skip
    assert post(world, "nia", "ann", "measure", what="seizure", value="1", occurred=day(4)).status_code == 302
    for at in ("", "/medicines"):
        words = text(get(world, "nia", "ann", at))
        assert "75 % fewer" in words, at
        assert "none known: the newest count is not 0" in words, at


# older rows, lists, log


def test_what_was_written_down_before_is_still_shown_and_the_old_form_is_gone(world: World) -> None:
    say(world, "ben", "nia", f.Treatment(name="Amitriptyline", form="medicine", event="given", days=14, dose="25 mg"))
    assert "Amitriptyline 25 mg" in text(get(world, "nia", "ben"))
    assert "Amitriptyline 25 mg" in text(get(world, "nia", "ben", "/review"))
    with pytest.raises(Invalid):
        care.record_treatment(by=world.nia, person=world.people["ben"], name="x", form="medicine", event="given")
    assert 'value="medicine"' not in get(world, "nia", "ben", "?do=treatment")


def test_the_packet_shows_what_is_prescribed_and_received(world: World) -> None:
    pill = say(world, "ben", "nia", f.Prescription(name="Fluoxetine", strength="20 mg"), ago=30)
    say(world, "ben", "nia", f.Dispense(prescription=pill.id, given="all", days=14), ago=30)
    words = text(get(world, "pia", "ben", "/review"))
    assert "Fluoxetine 20 mg, 14 of 30 days" in words


def test_refills_are_listed_soonest_first_and_only_where_one_works(staff: World) -> None:
    for person, ago in (("ben", 40), ("dan", 3), ("eve", 0)):
        pill = say(staff, person, "nia", f.Prescription(name="Carbamazepine"), ago=ago)
        if person == "eve":
            say(staff, person, "nia", f.Dispense(prescription=pill.id, given="all", days=90))
    html = as_worker(staff.pha).get("/refills").content.decode()
    assert html.index("Ben Course") < html.index("Dan Remit")
    assert "Eve Below" not in html
    assert "Eve Below" in as_worker(staff.pha).get("/refills?show=all").content.decode()
    assert "Ben Course" in as_worker(staff.pha).get("/refills?show=late").content.decode()
    assert "Ben Course" not in as_worker(staff.otto).get("/refills").content.decode()
    assert as_worker(staff.pha).get("/refills?show=x&from=x").status_code == 200


def test_refills_cost_the_same_however_many_there_are(staff: World) -> None:
    client, costs = as_worker(staff.pha), []
    for person in ("ann", "ben", "dan", "eve"):
        say(staff, person, "nia", f.Prescription(name="Carbamazepine"), ago=9)
        with CaptureQueriesContext(connection) as queries:
            assert "Carbamazepine" in client.get("/refills").content.decode()
        costs.append(len(queries))
    assert costs[1] == costs[2] == costs[3] <= 16


def test_reading_leaves_one_row_and_no_value_in_the_log(staff: World) -> None:
    pill = say(staff, "ben", "nia", f.Prescription(name="Carbamazepine"))
    AccessEntry.objects.count()
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    get(staff, "pha", "ben")
    as_worker(staff.pha).get("/refills")
    rows = AccessEntry.objects.exclude(pk__in=before).order_by("pk")
    assert [(row.action, row.route) for row in rows] == [("read-person", "medicines"), ("read-list", "refills")]
    assert not any("arbamazepine" in row.note or pill.id in row.note for row in rows)


def test_the_dead_are_prescribed_nothing(world: World) -> None:
    assert as_worker(world.nia).get(f"/people/{world.people['fay']}/medicines/new").status_code == 302
    page = get(world, "nia", "fay")
    assert 'name="do"' not in page
    assert "medicines/new" not in page
    with pytest.raises(Invalid, match="died"):
        medicines.prescribe(by=world.nia, person=world.people["fay"], name="Fluoxetine")
