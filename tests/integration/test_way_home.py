"""The way home from a long stay: who is refused, nobody without a next step, a named worker at the end."""

import datetime as dt

import pytest
from django.test import Client

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.clinical.homes import FOLLOWED_DAYS, LONG_STAY_DAYS
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import handover
from vwazen.server.care.homes import lists, way
from vwazen.server.care.waiting import Where
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, upkeep
from vwazen.server.record.models import OpenItem, StayCourse


def client(worker: Worker) -> Client:
    one = Client()
    one.force_login(worker)
    return one


def admitted(world: World, who: str, ago: int, place: str = "Lopital Santral") -> f.Fact:
    return say(world, who, "nia", f.Stay(where="hospital", event="admitted", place=place), ago)


def left(world: World, who: str, stay: str, ago: int) -> f.Fact:
    body = f.Stay(where="hospital", event="discharged", stay=stay, destination="home", instructions="as agreed",
                  worker=str(world.kai.pk), next=day(ago - 2))  # fmt: skip
    return say(world, who, "nia", body, ago)


def step(world: World, who: str, by: str = "kai", **more: str) -> f.Fact:
    values = {"stage": "assessed", "owner": str(world.kai.pk), "next_date": day(-14)} | more
    return way.take_step(by=world.workers[by], person=world.people[who], **values)


@pytest.fixture
def long(world: World) -> World:
    admitted(world, "ben", LONG_STAY_DAYS + 20)
    admitted(world, "dan", 30)
    return world


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_sees_no_chart_does_not_see_the_list(long: World, who: str) -> None:
    assert client(long.workers[who]).get("/reintegration").status_code == 403


def test_an_outsider_sees_nobody_and_takes_no_step(long: World) -> None:
    assert "Ben Course" not in client(long.otto).get("/reintegration").content.decode()
    assert client(long.otto).get(f"/people/{long.people['ben']}/way-home").status_code == 404
    with pytest.raises(Refused):
        step(long, "ben", by="otto")


def test_a_stay_becomes_a_long_one_on_its_day_without_a_new_fact(long: World) -> None:
    html = client(long.nia).get("/reintegration").content.decode()
    assert "Ben Course" in html
    assert "Dan Remit" not in html
    items = {one.person: one for one in OpenItem.objects.filter(kind=OpenItem.WAY_HOME)}
    assert items[long.people["ben"]].starts == clock.today() - dt.timedelta(days=20)
    assert items[long.people["dan"]].starts == clock.today() + dt.timedelta(days=LONG_STAY_DAYS - 30)
    assert lists.ways(long.nia, clock.today())[0][0].next is None  # nobody without a next step is hidden: first
    later = clock.today() + dt.timedelta(days=LONG_STAY_DAYS)
    assert {one.name for one in lists.ways(long.nia, later)[0]} == {"Ben Course", "Dan Remit"}


def test_each_step_has_an_owner_and_a_day(long: World) -> None:
    for wrong in ({"next_date": ""}, {"next_date": day(1)}, {"next_date": day(-300)}, {"owner": ""},
                  {"owner": str(long.ola.pk)}, {"stage": "lost"}):  # fmt: skip
        with pytest.raises(Invalid):
            step(long, "ben", **wrong)
    assert not care.chart_of(long.people["ben"]).way_home
    step(long, "ben", note="Wishes to live with her sister")
    step(long, "ben", stage="family_found", next_date=day(-5))
    item = OpenItem.objects.get(kind=OpenItem.WAY_HOME, person=long.people["ben"])
    assert (item.owner, item.due) == (str(long.kai.pk), dt.date.fromisoformat(day(-5)))
    html = client(long.kai).get("/reintegration?stage=family_found").content.decode()
    assert "Ben Course" in html
    assert (
        "Wishes to live with her sister"
        in client(long.kai).get(f"/people/{long.people['ben']}/way-home").content.decode()
    )


def test_home_is_only_who_has_left_and_the_end_needs_its_time(long: World) -> None:
    with pytest.raises(Invalid, match="has not ended on record"):
        step(long, "ben", stage="home")
    stay = care.chart_of(long.people["ben"]).stays[0].id
    left(long, "ben", stay, 10)
    item = OpenItem.objects.get(kind=OpenItem.WAY_HOME, person=long.people["ben"])
    assert "name who follows them at home" in item.reason  # R037: each discharged resident has a named worker
    step(long, "ben", stage="home", owner=str(long.wim.pk))
    assert OpenItem.objects.get(kind=OpenItem.WAY_HOME, person=long.people["ben"]).owner == str(long.wim.pk)
    with pytest.raises(Invalid, match=f"followed for {FOLLOWED_DAYS} days"):
        step(long, "ben", stage="followed", next_date="")


def test_the_way_ends_after_they_were_followed(world: World) -> None:
    first = admitted(world, "ben", 400)
    left(world, "ben", first.id, FOLLOWED_DAYS + 1)
    assert not OpenItem.objects.filter(kind=OpenItem.WAY_HOME).exists()  # history that nobody began
    with pytest.raises(Invalid, match="no way home is open"):
        step(world, "ben")
    second = admitted(world, "dan", 400)
    step(world, "dan")
    left(world, "dan", second.id, FOLLOWED_DAYS)
    step(world, "dan", stage="home")
    step(world, "dan", stage="followed", next_date="")
    assert not OpenItem.objects.filter(kind=OpenItem.WAY_HOME).exists()
    assert not StayCourse.objects.filter(open=True).exists()


def test_a_transfer_counts_on_from_the_first_hospital(world: World) -> None:
    first = admitted(world, "ben", LONG_STAY_DAYS + 5, "Lopital A")
    say(world, "ben", "nia", f.Stay(where="hospital", event="discharged", stay=first.id, destination="facility"), 100)
    admitted(world, "ben", 100, "Lopital B")
    (one,) = lists.ways(world.nia, clock.today())[0]
    assert one.place == "Lopital B"
    item = OpenItem.objects.get(kind=OpenItem.WAY_HOME)
    assert item.starts == clock.today() - dt.timedelta(days=5)


def test_a_community_worker_takes_the_last_steps_and_sees_no_more(long: World) -> None:
    step(long, "ben", owner=str(long.wim.pk), next_date=day(-3))
    html = client(long.wim).get(f"/people/{long.people['ben']}/way-home").content.decode()
    assert "Take the next step" in html
    assert "Lopital Santral" not in html
    assert "A next step is due" in client(long.wim).get("/today?whose=mine").content.decode()
    sent = {"do": "step", "step-stage": "family_found", "step-owner": str(long.wim.pk), "step-next_date": day(-3),
            "step-note": "Her sister says yes"}  # fmt: skip
    assert (
        client(long.wim).post(f"/people/{long.people['ben']}/way-home", sent | {"step-next_date": ""}).status_code
        == 422
    )
    assert client(long.wim).post(f"/people/{long.people['ben']}/way-home", sent).status_code == 302
    assert care.chart_of(long.people["ben"]).way_home[-1][1].stage == "family_found"


def test_a_handover_takes_the_next_step_along(long: World) -> None:
    step(long, "ben", owner=str(long.psy.pk))
    assert long.people["ben"] in handover.people_of(str(long.psy.pk), Where(("ht/",)))
    handover.hand_over(by=long.nia, giver=str(long.psy.pk), taker=str(long.nia.pk), people=[long.people["ben"]])
    assert OpenItem.objects.get(kind=OpenItem.WAY_HOME, person=long.people["ben"]).owner == str(long.nia.pk)


def test_the_dead_are_on_no_way(long: World) -> None:
    care.died(by=long.nia, person=long.people["ben"], on=day(1))
    assert not OpenItem.objects.filter(kind=OpenItem.WAY_HOME, person=long.people["ben"]).exists()
    assert "Ben Course" not in client(long.nia).get("/reintegration").content.decode()


def test_the_rows_come_out_the_same_from_the_facts_and_the_page_is_logged(
    long: World, django_assert_max_num_queries: object
) -> None:
    step(long, "ben")
    before = list(StayCourse.objects.order_by("id").values())
    upkeep.rebuild()
    assert list(StayCourse.objects.order_by("id").values()) == before
    one = client(long.nia)
    one.get("/reintegration")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        one.get("/reintegration")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.note) == ("read-list", "reintegration", "rows=1 stage=all")
