"""The diary: who is refused, how many come on which day, and what a day holds."""

import datetime as dt

import pytest
from django.test import Client

from tests.world import World, day, seen
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import diary
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock


def page(worker: Worker, query: str = "") -> str:
    client = Client()
    client.force_login(worker)
    answer = client.get(f"/diary{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def dated(world: World) -> World:
    for who, ahead in (("ben", 2), ("dan", 2), ("eve", 9), ("cid", -3)):
        seen(world, who, "kai", next_date=day(-ahead), ago=12)
    return world


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_has_no_caseload_is_refused(world: World, who: str) -> None:
    client = Client()
    client.force_login(world.workers[who])
    assert client.get("/diary").status_code == 403


def test_an_outsider_sees_no_date_of_others(dated: World) -> None:
    two = day(-2)
    html = page(dated.otto, f"?whose=sites&day={two}")
    assert "Nobody has this day" in html
    assert "Ben Course" not in page(dated.otto, f"?worker={dated.kai.pk}&day={two}")


def test_the_days_and_who_comes(dated: World) -> None:
    html = page(dated.kai, f"?whose=mine&day={day(-2)}")
    assert "Ben Course" in html
    assert "Dan Remit" in html
    assert "Eve Below" not in html
    assert "1 date has passed" in html
    assert "not known" in html  # Kai declared no minutes, and unknown is not zero
    found = diary.loads([str(dated.kai.pk)], clock.today(), clock.today() + dt.timedelta(days=30))
    assert sorted(found.values()) == [1, 2]
    assert "Ben Course" in page(dated.nia, f"?worker={dated.kai.pk}&day={day(-2)}")


def test_a_day_over_the_declared_minutes_is_marked(dated: World) -> None:
    organisation.set_minutes(by=dated.kai, worker=dated.kai, minutes=100)
    html = page(dated.kai, "?whose=mine")
    assert "A working day holds 1 person" in html
    assert "too full" in html
    organisation.set_minutes(by=dated.kai, worker=dated.kai, minutes=200)
    assert "too full" not in page(dated.kai, "?whose=mine")


def test_capacity_is_minutes_over_five_days_at_twenty_each() -> None:
    assert diary.capacity(None) is None
    assert diary.capacity(0) == 0
    assert diary.capacity(99) == 0
    assert diary.capacity(600) == 6


def test_a_specialists_minutes_are_not_the_diarys(dated: World) -> None:
    assert diary.of_worker(dated.pia) is None
    assert "not known" in page(dated.pia, "?whose=mine")


def test_nonsense_in_the_address_breaks_nothing(dated: World) -> None:
    client = Client()
    client.force_login(dated.kai)
    for query, status in (("?day=never", 200), ("?worker=x", 404), ("?whose=x", 200), (f"?day={day(-2)}&after=x", 200)):
        assert client.get(f"/diary{query}").status_code == status, query


def test_one_entry_in_the_log_and_few_queries(dated: World, django_assert_max_num_queries: object) -> None:
    client = Client()
    client.force_login(dated.kai)
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get(f"/diary?whose=mine&day={day(-2)}")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route) == ("read-list", "diary")
