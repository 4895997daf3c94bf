"""An emergency: who may say so, who was not reached yet, first help to whoever has no name, and nothing lost later."""

import datetime as dt
import re
import socket

import pytest
from django.test import Client

from tests.world import World, day, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.emergency import lists
from vwazen.server.care.emergency.actions import first_help
from vwazen.server.care.visit import Visit, record_visit
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Emergency, Site, Worker
from vwazen.server.record import upkeep
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import FirstHelp, OpenItem, Person

pytestmark = pytest.mark.django_db


def client(worker: Worker) -> Client:
    one = Client()
    one.force_login(worker)
    return one


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture
def flood(world: World) -> Emergency:
    site = Site.objects.get(code="bel-dlo")
    return organisation.declare_emergency(
        by=world.sue, site=site, name="Invented flood", starts=dt.date.fromisoformat(day(3))
    )


def page(worker: Worker, one: Emergency, query: str = "") -> str:
    return client(worker).get(f"/emergencies/{one.pk}{query}").content.decode()


# who is refused


def test_who_may_not_say_so(world: World) -> None:
    for who in ("wim", "nia", "kai", "pia", "ola"):
        worker = world.workers[who]
        sent = {"name": "Invented flood", "site": "bel-dlo", "starts": day(1)}
        assert client(worker).post("/emergencies", sent).status_code == 403
        with pytest.raises(Refused):
            organisation.declare_emergency(
                by=worker, site=Site.objects.get(code="bel-dlo"), name="x", starts=dt.date.fromisoformat(day(1))
            )
    assert not Emergency.objects.exists()


def test_an_outsider_finds_no_emergency_and_registers_nobody(world: World, flood: Emergency) -> None:
    away = client(world.otto)
    assert away.get(f"/emergencies/{flood.pk}").status_code == 404
    assert away.get(f"/emergencies/{flood.pk}/first-help").status_code == 404
    assert away.post(f"/emergencies/{flood.pk}/end").status_code == 404
    assert "Invented flood" not in away.get("/today").content.decode()
    assert away.get("/emergencies/99").status_code == away.get(f"/emergencies/{flood.pk}").status_code


def test_whoever_sees_no_caseload_sees_no_names(world: World, flood: Emergency) -> None:
    html = page(world.max, flood)
    assert "not shown to your post" in html and "Ben" not in html
    assert client(world.ola).get(f"/emergencies/{flood.pk}").status_code == 403


def test_whoever_closed_their_record_to_a_role_stands_on_no_list_of_theirs(world: World, flood: Emergency) -> None:
    first_help(
        by=world.nia, emergency=flood, site=Site.objects.get(code="bel-dlo"), person=make_id(), name="Zoe Closed"
    )
    world.people["zoe"] = FirstHelp.objects.get().person
    before = lists.count(world.nia, flood)
    for who in ("ben", "zoe"):
        say(world, who, "kai", f.Consent(segment="general", granted=False, to="role:nurse"))
    after = lists.count(world.nia, flood)
    assert (after["unreached"], after["helped"]) == (before["unreached"] - 1, before["helped"] - 1)
    assert "Ben Course" not in page(world.nia, flood) and "Ben Course" in page(world.kai, flood)
    assert "Zoe Closed" not in page(world.nia, flood, "?part=helped")
    assert "Zoe Closed" in page(world.kai, flood, "?part=helped")


# who was not reached yet


def test_danger_first_then_medicine_then_everyone_and_a_visit_takes_them_off(world: World, flood: Emergency) -> None:
    rx = say(world, "eve", "nia", f.Prescription(name="Invented pill", amount=1, times=1), ago=40)
    say(world, "eve", "nia", f.Dispense(prescription=rx.id, given="all", days=30), ago=40)
    html = page(world.nia, flood)
    order = list(dict.fromkeys(re.findall(r"Cid Danger|Eve Below|Ben Course|Dan Remit", html)))
    assert order[:2] == ["Cid Danger", "Eve Below"] and set(order[2:]) == {"Ben Course", "Dan Remit"}
    assert "Invented pill" in html and "Invented pill" not in page(world.wim, flood)
    many = lists.count(world.nia, flood)
    seen(world, "ben", "nia")
    after = lists.count(world.nia, flood)
    assert (after["unreached"], after["reached"]) == (many["unreached"] - 1, many["reached"] + 1)
    assert "Ben" in page(world.nia, flood, "?part=reached") and "Ben Course" not in page(world.nia, flood)


def test_a_try_that_met_nobody_reaches_nobody(world: World, flood: Emergency) -> None:
    many = lists.count(world.nia, flood)["unreached"]
    record_visit(by=world.nia, person=world.people["ben"], visit=Visit(mode="home", outcome="not_found"))
    assert lists.count(world.nia, flood)["unreached"] == many


def test_the_first_page_of_the_day_says_so_until_it_is_over(world: World, flood: Emergency) -> None:
    assert "Invented flood" in client(world.nia).get("/today").content.decode()
    assert client(world.nia).post(f"/emergencies/{flood.pk}/end").status_code == 403
    client(world.sue).post(f"/emergencies/{flood.pk}/end")
    client(world.sue).post(f"/emergencies/{flood.pk}/end")
    assert "Invented flood" not in client(world.nia).get("/today").content.decode()
    assert "over since" in page(world.nia, flood)
    assert client(world.nia).get(f"/emergencies/{flood.pk}/first-help").status_code == 200
    with pytest.raises(Invalid, match="over"):
        first_help(by=world.nia, emergency=Emergency.objects.get(), site=Site.objects.get(code="bel-dlo"),
                   person=make_id(), name="Late")  # fmt: skip


# first help


def quick(world: World, flood: Emergency, **sent: object) -> object:
    form = {"drawn": make_id(), "site": "bel-dlo", "mode": "home", **sent}
    return client(world.nia).post(f"/emergencies/{flood.pk}/first-help", form)


def test_someone_without_a_name_is_registered_helped_counted_and_waits_to_be_seen_again(
    world: World, flood: Emergency
) -> None:
    sent = {"place": "a woman at the school", "f-first-aid-needs": ["shelter", "family"], "f-first-aid-again": "yes",
            "drawn": make_id()}  # fmt: skip
    for _ in range(2):  # the same form twice is one person
        response = quick(world, flood, **sent)
        assert response.status_code == 302
    person = Person.objects.get(pk=sent["drawn"])
    assert person.name == "Name not known, a woman at the school"
    (row,) = FirstHelp.objects.all()
    assert (row.event, row.needs, row.path) == ("Invented flood", ["family", "shelter"], person.path)
    html = page(world.nia, flood, "?part=helped")
    assert "Name not known" in html and "Shelter or clothes 1" in text(html)
    waits = OpenItem.objects.get(person=person.pk, kind=OpenItem.TRIAGE)
    assert "wishes to be seen again" in waits.reason
    assert "Name not known" in client(world.nia).get("/triage").content.decode()
    before = list(FirstHelp.objects.values())
    upkeep.rebuild()
    assert list(FirstHelp.objects.values()) == before
    care.decide_triage(by=world.nia, person=person.pk, decision="not_needed", reason="Well again.")
    assert not OpenItem.objects.filter(person=person.pk, kind=OpenItem.TRIAGE).exists()


def test_a_danger_leads_to_the_safety_steps(world: World, flood: Emergency) -> None:
    response = quick(world, flood, name="Invented Upset", **{"f-first-aid-danger": "yes"})
    assert "/risk/" in response["Location"]  # type: ignore[index]
    assert OpenItem.objects.filter(kind=OpenItem.RISK, name="Invented Upset").exists()


def test_what_does_not_fit_is_said_and_nobody_is_half_registered(world: World, flood: Emergency) -> None:
    people = Person.objects.count()
    empty = quick(world, flood)
    assert empty.status_code == 422 and "how they were found" in empty.content.decode()  # type: ignore[attr-defined]
    odd = quick(world, flood, name="Invented Odd", **{"f-first-aid-needs": ["shelter", "-none"]})
    assert odd.status_code == 422 and "Invented Odd" in odd.content.decode()  # type: ignore[attr-defined]
    outside = quick(world, flood, name="Invented Far", site="nowhere")
    assert outside.status_code == 422  # type: ignore[attr-defined]
    assert Person.objects.count() == people


def test_made_one_with_the_regular_record_later_nothing_is_lost(world: World, flood: Emergency) -> None:
    ben = world.people["ben"]
    saved = first_help(by=world.nia, emergency=flood, site=Site.objects.get(code="bel-dlo"), person=make_id(),
                       name="Ben Course", born="1985", place="the school",
                       answers={"again": "yes", "needs": ("medicine",)}, note="Given water and sat with.")  # fmt: skip
    new = saved.visit.person
    assert "May be registered already" in page(world.nia, flood, "?part=helped")
    care.merge(by=world.nia, person=new, into=ben)
    chart = care.chart_of(ben)
    assert "first-aid" in chart.findings and any("sat with" in note.body.text for note in chart.notes)  # type: ignore[union-attr]
    assert FirstHelp.objects.get().person == ben
    assert not OpenItem.objects.filter(person=new).exists()
    assert lists.count(world.nia, flood)["helped"] == 1


def test_what_is_on_record_of_it(world: World, flood: Emergency) -> None:
    page(world.nia, flood)
    organisation.end_emergency(by=world.sue, emergency=flood)
    actions = list(AccessEntry.objects.values_list("action", "route").order_by("pk"))
    assert ("declare-emergency", "") in actions and ("end-emergency", "") in actions
    assert actions.count(("read-list", "emergency-area")) == 1
    assert not AccessEntry.objects.filter(note__contains="Ben").exists()


def test_a_clinic_works_on_while_everything_else_is_out_of_reach(
    world: World, flood: Emergency, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.connect

    def refuse(self: socket.socket, address: object) -> None:
        local = isinstance(address, str) or (isinstance(address, tuple) and str(address[0]).startswith(("127.", "::1")))
        if not local:
            raise OSError("the network is gone")
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert page(world.nia, flood) and quick(world, flood, name="Invented Alone").status_code == 302  # type: ignore[attr-defined]
    seen(world, "ben", "nia")
    for url in ("/today", "/caseload", f"/people/{world.people['ben']}", "/emergencies"):
        assert client(world.nia).get(url).status_code == 200
