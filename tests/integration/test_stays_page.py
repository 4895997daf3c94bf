"""The ward and the stays of a person: who may, what a discharge must say, who hears of it and by when."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from tests.world import World, day, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care.actions import chart_of
from vwazen.server.care.stays import actions
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import OpenItem, Person, StayRow

PLAN: dict[str, Any] = {
    "destination": "home",
    "instructions": "One tablet at night; come back if she does not sleep.",
    "carer": "Father",
}


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


@pytest.fixture
def hospital(world: World) -> World:
    """The world with a hospital beside the health centres, and a nurse who works in its ward."""
    world.sites["lopital"] = organisation.add_site(
        by=world.ada, code="lopital", name="Lopital Santral", kind="hospital", parent=world.sites["centre"]
    )
    hana = Worker(username="hana", name="Hospital Hana")
    hana.save()
    Post(worker=hana, role="nurse", site=world.sites["lopital"], starts=dt.date(2020, 1, 1)).save()
    world.workers["hana"] = hana
    return world


def kinds(person: str) -> dict[str, OpenItem]:
    wanted = ("stay", "leave", "discharge", "follow", "unreached", "reconcile")
    return {one.kind: one for one in OpenItem.objects.filter(person=person, kind__in=wanted)}


def admitted(world: World, who: str = "ben") -> str:
    fact = actions.admit_found(
        by=world.hana, person=world.people[who], where="hospital", facility="lopital", unit="Bed 4", reason="Not eating"
    )
    return fact.id


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_records_no_care_opens_no_ward(hospital: World, who: str) -> None:
    client = as_worker(hospital.workers[who])
    assert client.get("/ward").status_code == 403
    assert client.post("/ward/admit", {"site": "lopital", "name": "Ben Course"}).status_code == 403
    with pytest.raises(Refused):
        actions.admit(by=hospital.workers[who], person=hospital.people["ben"], where="prison", place="Prison")
    assert AccessEntry.objects.filter(outcome="refused", worker_id=str(hospital.workers[who].pk)).exists()
    assert not StayRow.objects.exists()


def test_the_ward_reaches_nobody_until_they_lie_there_and_no_longer_than_a_week_after(hospital: World) -> None:
    ben = hospital.people["ben"]
    ward = as_worker(hospital.hana)
    assert ward.get(f"/people/{ben}/stays").status_code == 404
    with pytest.raises(Refused):
        actions.admit(by=hospital.hana, person=ben, where="hospital", facility="lopital")
    admitted(hospital)
    html = ward.get(f"/people/{ben}/stays").content.decode()
    assert "Lopital Santral" in html and "Not eating" in html
    assert as_worker(hospital.otto).get(f"/people/{ben}/stays").status_code == 404
    say(hospital, "ben", "nia", f.Stay(where="hospital", event="discharged", facility="lopital"))
    assert ward.get(f"/people/{ben}/stays").status_code == 200


def test_the_exact_particulars_admit_and_anything_less_tells_nothing(hospital: World) -> None:
    client = as_worker(hospital.hana)
    ben = hospital.people["ben"]
    say(hospital, "ben", "nia", f.Registration(name="Ben Course", gender="male", born="1985-03-21"))
    sent = {"site": "lopital", "name": "Course Ben", "born": "1985-03-21", "gender": "male", "where": "hospital"}
    for change in ({"born": "1985-03-22"}, {"gender": "female"}, {"name": "Ben"}, {"name": "Ben Coarse"}):
        answer = client.post("/ward/admit", sent | change)
        assert answer.status_code == 422
        assert "No one person on record has exactly this name" in answer.content.decode()
    assert not StayRow.objects.exists()
    assert AccessEntry.objects.filter(action="admit-by-name", outcome="refused").count() == 4
    assert client.post("/ward/admit", sent).status_code == 302
    row = StayRow.objects.get()
    assert (row.person, row.facility, row.state, row.path) == (ben, "lopital", "in", "ht/centre/bel-dlo/")
    assert "Ben Course" in client.get("/ward").content.decode()
    assert AccessEntry.objects.filter(action="admit-by-name", outcome="allowed", person=ben).count() == 1


def test_the_team_at_home_hears_of_an_admission_until_somebody_answers(hospital: World) -> None:
    ben, kai = hospital.people["ben"], hospital.kai
    fact = admitted(hospital)
    item = kinds(ben)["stay"]
    assert (item.owner, item.rank, item.fact) == (str(kai.pk), 3, fact)
    assert "Lopital Santral" in item.reason and "Lopital" not in item.plain
    today = as_worker(kai).get("/today").content.decode()
    assert "In Lopital Santral since" in today and "Not eating" in today
    with pytest.raises(Invalid):
        actions.heard(by=kai, person=ben, fact=fact, outcome=" ")
    with pytest.raises(Refused):  # the ward does not answer for the team at home
        actions.heard(by=hospital.hana, person=ben, fact=fact, outcome="Seen.")
    assert "do-heard" not in as_worker(hospital.hana).get(f"/people/{ben}/stays").content.decode()
    client = as_worker(kai)
    page = client.get(f"/people/{ben}/stays").content.decode()
    assert "News that nobody at home has answered yet" in page
    answer = client.post(
        f"/people/{ben}/stays", {"do": "heard", "heard-fact": fact, "heard-outcome": "I ring the ward."}
    )
    assert answer.status_code == 302
    assert "stay" not in kinds(ben)
    assert "Answered at home: I ring the ward." in client.get(f"/people/{ben}/stays").content.decode()


def test_a_discharge_needs_where_to_a_date_words_and_a_named_worker(hospital: World) -> None:
    ben = hospital.people["ben"]
    stay = admitted(hospital)
    whole: dict[str, Any] = {**PLAN, "next_date": day(-4), "worker": str(hospital.wim.pk)}
    for field in ("destination", "next_date", "instructions", "worker"):
        with pytest.raises(Invalid) as wrong:
            actions.discharge(by=hospital.hana, person=ben, stay=stay, **{**whole, field: ""})
        assert wrong.value.field == field
    with pytest.raises(Invalid):  # works elsewhere
        actions.discharge(by=hospital.hana, person=ben, stay=stay, **{**whole, "worker": str(hospital.otto.pk)})
    assert StayRow.objects.get().state == "in"
    client = as_worker(hospital.hana)
    sent = {f"discharge-{name}": value for name, value in whole.items()} | {"do": "discharge", "discharge-stay": stay}
    answer = client.post(f"/people/{ben}/stays", sent | {"discharge-instructions": ""})
    assert answer.status_code == 422
    assert "Father" in answer.content.decode()  # typed input stays
    for _ in range(2):  # sent twice, saved once
        sent["discharge-drawn"] = "01999999-0000-7000-8000-000000000001"
        assert client.post(f"/people/{ben}/stays", sent).status_code == 302
    row = StayRow.objects.get()
    assert (row.state, row.destination, row.missing, row.worker) == ("out", "home", "", str(hospital.wim.pk))
    one = chart_of(ben)
    assert len([fact for fact in one.live if isinstance(fact.body, f.Stay)]) == 2
    assert one.next_date == dt.date.fromisoformat(day(-4))


def test_the_first_contact_is_owed_within_two_days_then_the_second_by_the_seventh(hospital: World) -> None:
    ben = hospital.people["ben"]
    stay = admitted(hospital)
    whole: dict[str, Any] = {**PLAN, "next_date": day(-4), "worker": str(hospital.kai.pk)}
    actions.discharge(by=hospital.hana, person=ben, stay=stay, **whole)
    found = kinds(ben)
    assert set(found) == {"follow", "unreached"}
    assert found["follow"].due == clock.today() + dt.timedelta(days=2)
    assert found["follow"].owner == str(hospital.kai.pk)
    assert found["unreached"].starts == clock.today() + dt.timedelta(days=3)
    assert "Father took them home" in found["follow"].reason
    seen(hospital, "ben", "kai")
    found = kinds(ben)
    assert set(found) == {"follow"}
    assert found["follow"].due == clock.today() + dt.timedelta(days=7)


def test_a_discharge_told_without_a_plan_is_completed_at_home(hospital: World) -> None:
    ben = hospital.people["ben"]
    admitted(hospital)
    told = f.Stay(where="hospital", event="discharged", facility="lopital", source=f.Source(system="his", id="x"))
    say(hospital, "ben", "nia", told)
    item = kinds(ben)["discharge"]
    assert item.rank == 3 and item.owner == str(hospital.kai.pk)
    assert "without where they went, a date, what to do at home and a named worker" in item.reason
    row = StayRow.objects.get()
    actions.discharge(
        by=hospital.kai, person=ben, stay=row.stay, **PLAN, next_date=day(-3), worker=str(hospital.kai.pk)
    )
    assert "discharge" not in kinds(ben)
    assert StayRow.objects.get().missing == ""


def test_every_medicine_is_decided_at_a_discharge(hospital: World) -> None:
    ben = hospital.people["ben"]
    given = say(hospital, "ben", "pia", f.Prescription(name="Invented-a", strength="5 mg"))
    stay = admitted(hospital)
    whole: dict[str, Any] = {**PLAN, "next_date": day(-4), "worker": str(hospital.kai.pk)}
    with pytest.raises(Invalid, match="Invented-a"):
        actions.discharge(by=hospital.hana, person=ben, stay=stay, **whole)
    stop = actions.Decided(prescription=given.id, decision="stop")
    with pytest.raises(Invalid, match="Say why"):
        actions.discharge(by=hospital.hana, person=ben, stay=stay, medicines=[stop], **whole)
    page = as_worker(hospital.hana).get(f"/people/{ben}/stays?do=discharge").content.decode()
    assert "Invented-a 5 mg" in page
    new = actions.Decided(name="Invented-b", words="2 mg at night")
    stop = actions.Decided(prescription=given.id, decision="continue")
    actions.discharge(by=hospital.hana, person=ben, stay=stay, medicines=[stop, new], **whole)
    said = [fact.body for fact in chart_of(ben).reconciled]
    decided = {one.name: one.decision for one in said if isinstance(one, f.MedicineReconciled)}
    assert decided == {"Invented-a": "continue", "Invented-b": "new"}


def test_what_was_decided_about_a_medicine_waits_until_the_list_says_it(hospital: World) -> None:
    ben, kai = hospital.people["ben"], hospital.kai
    given = say(hospital, "ben", "pia", f.Prescription(name="Invented-a", strength="5 mg"))
    stay = admitted(hospital)
    decided = [
        actions.Decided(prescription=given.id, decision="stop", words="shakes"),
        actions.Decided(name="Invented-b", words="2 mg at night"),
    ]
    whole: dict[str, Any] = {**PLAN, "next_date": day(-4), "worker": str(kai.pk)}
    actions.discharge(by=hospital.hana, person=ben, stay=stay, medicines=decided, **whole)
    items = {one.reason: one for one in OpenItem.objects.filter(person=ben, kind="medicine")}
    assert sorted(items) == [
        "Decided at the discharge: go on with Invented-b (2 mg at night). Bring the list of medicines up to date",
        "Decided at the discharge: stop Invented-a (shakes). Bring the list of medicines up to date",
    ]
    assert {one.owner for one in items.values()} == {str(kai.pk)}
    assert all("Invented" not in one.plain for one in items.values())
    say(hospital, "ben", "pia", f.MedicineStopped(prescription=given.id, reason="side_effects"))
    (left,) = OpenItem.objects.filter(person=ben, kind="medicine")
    actions.heard(by=kai, person=ben, fact=left.fact, outcome="Not given here: ask the doctor on Monday.")
    assert not OpenItem.objects.filter(person=ben, kind="medicine").exists()


def test_the_father_takes_her_home_misses_the_date_and_somebody_looks_the_next_day(hospital: World) -> None:
    ben = hospital.people["ben"]
    say(hospital, "ben", "nia", f.Stay(where="hospital", event="admitted", facility="lopital"), ago=8)
    (row,) = StayRow.objects.filter(person=ben)
    whole: dict[str, Any] = {**PLAN, "next_date": day(1), "worker": str(hospital.wim.pk), "occurred": day(5)}
    actions.discharge(by=hospital.hana, person=ben, stay=row.stay, **whole)
    trace = OpenItem.objects.get(person=ben, kind="trace")
    assert trace.starts <= clock.today()
    assert trace.due is not None and trace.due <= clock.today() + dt.timedelta(days=1)
    assert trace.owner == str(hospital.wim.pk)  # who lives nearest
    assert "hospital" not in (trace.reason + trace.plain).lower()
    assert kinds(ben)["unreached"].starts <= clock.today()
    page = as_worker(hospital.wim).get("/today").content.decode()
    assert "Did not come on" in page and "Lopital" not in page and "One tablet" not in page


def test_leave_ends_on_its_day_or_somebody_asks(hospital: World) -> None:
    ben = hospital.people["ben"]
    stay = admitted(hospital)
    with pytest.raises(Invalid):
        actions.moved(by=hospital.hana, person=ben, stay=stay, event="leave")
    actions.moved(by=hospital.hana, person=ben, stay=stay, event="leave", next_date=day(-2))
    item = kinds(ben)["leave"]
    assert (item.due, item.starts) == (dt.date.fromisoformat(day(-2)), dt.date.fromisoformat(day(-3)))
    assert "On leave" in as_worker(hospital.hana).get("/ward").content.decode()
    actions.moved(by=hospital.hana, person=ben, stay=stay, event="returned")
    assert "leave" not in kinds(ben)
    assert StayRow.objects.get().state == "in"


def test_what_is_read_is_in_the_log(hospital: World) -> None:
    admitted(hospital)
    client = as_worker(hospital.hana)
    client.get("/ward")
    client.get(f"/people/{hospital.people['ben']}/stays")
    assert AccessEntry.objects.filter(action="read-list", route="ward", note="rows=1").count() == 1
    assert AccessEntry.objects.filter(action="read-person", route="stays").count() == 1
    assert Person.objects.get(pk=hospital.people["ben"]).site == "bel-dlo"
