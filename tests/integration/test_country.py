"""What whoever sees a whole nation waits for: how rows are found, and that each way of finding them gives the same."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World, seen
from vwazen.server.care import sitting, tasks, unowned, waiting
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.models import CaseloadRow

on_sqlite = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly"
)


def plan(captured: CaptureQueriesContext, words: str) -> list[str]:
    """How SQLite finds the rows of the one statement with these words in it."""
    statement = next(one["sql"] for one in captured.captured_queries if words in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement)
        return [str(row[3]) for row in cursor.fetchall()]


def page(world: World, who: str, at: str) -> CaptureQueriesContext:
    client = Client()
    client.force_login(world.workers[who])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(at).status_code == 200
    return captured


# how rows are found


@on_sqlite
@pytest.mark.django_db
def test_who_is_new_at_a_site_is_not_looked_for_among_all_who_are_new(world: World) -> None:
    for at in ("/quality", "/quality?kind=double"):
        found = plan(page(world, "nia", at), 'SELECT "record_person"."id" AS "pk"')
        assert any("person_path (path=? AND id>?)" in step for step in found), found


@on_sqlite
@pytest.mark.django_db
def test_an_agenda_is_read_from_indexes_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for few in (True, False):
        if not few:
            monkeypatch.setattr(sitting.caselist, "few", lambda _: None)
        captured = page(world, "pia", "/review")
        for words in ("s.rank IN (1, 2, 3, 4, 5, 6, 7) ORDER", "AND s.other = 1 ORDER"):
            found = plan(captured, words)
            index = "segment_path (path=? AND rank=?)" if few else "segment_order (rank=?)"
            assert any(f"COVERING INDEX {index}" in step for step in found), found
        found = plan(captured, '"record_open_item"."kind" = \'question\'')
        assert found == ["SEARCH record_open_item USING INDEX open_kind_since (kind=?)"], "none is read and not shown"


@on_sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("whose", tasks.WHOSE)
def test_advice_is_read_in_its_order(world: World, whose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FEW", 0)  # as many sites as a country has
    found = plan(page(world, "nia", f"/review/tasks?whose={whose}"), '"record_open_item"."kind" = \'advice\'')
    assert whose == "team" or not any("TEMP B-TREE" in step for step in found), found


# whoever has nobody, or no date


def lost(by: Worker) -> list[str]:
    """Everybody of the pages, one after the other."""
    found: list[str] = []
    rows, after = unowned.page(by, clock.today(), "")
    while rows:
        found += [f"{one.row.pk} {one.owned} {one.dated}" for one in rows]
        rows, after = unowned.page(by, clock.today(), after) if after else ([], "")
    return found


@pytest.mark.django_db
def test_few_or_many_who_have_nobody_are_the_same_ones(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    today = clock.today()
    seen(world, "ben", "nia", next_date=(today + dt.timedelta(days=9)).isoformat())
    seen(world, "dan", "kai", next_date=(today + dt.timedelta(days=9)).isoformat())
    CaseloadRow.objects.update(owner=str(world.nia.pk))
    CaseloadRow.objects.filter(person=world.people["dan"]).update(owner=str(world.kai.pk))
    CaseloadRow.objects.filter(person=world.people["eve"]).update(owner="", next_date=today)
    monkeypatch.setattr(unowned, "A_PAGE", 2)
    told = []
    for gone in (False, True):
        if gone:
            Post.objects.filter(worker=world.kai).update(ends=today)
            policy.changed()
        for look in (100, 0):  # sites named one by one, or the list walked
            monkeypatch.setattr(waiting, "FEW", look)
            place = waiting.where(("ht/centre/",), look=True, by=world.sue)
            statement, values = unowned.people(place, today)
            many = len(store.select(statement, values))
            assert many == sum(unowned.by_path(place, today).values())
            for few in (2000, 0):
                monkeypatch.setattr(unowned, "FEW", few)
                told.append(lost(Worker.objects.get(pk=world.sue.pk)))
                assert len(told[-1]) == many
    assert told[:4] == told[:1] * 4 and told[4:] == told[4:5] * 4
    before, after = set(told[0]), set(told[4])
    rows = CaseloadRow.objects.filter(person=world.people["dan"])
    assert after - before == {f"{row.pk} False True" for row in rows}, "whose owner has left"
    assert any(one.endswith("False True") for one in before), "without an owner, though with a date"
    assert any(one.endswith("True False") for one in before), "without a date, though with an owner"
    assert not any(row.pk in one for one in after for row in CaseloadRow.objects.filter(person=world.people["ben"]))


# sums only


@pytest.mark.django_db
def test_who_sees_sums_is_not_asked_to_see_them_by_worker(world: World) -> None:
    client = Client()
    client.force_login(world.max)
    assert 'value="worker"' not in client.get("/outcomes").content.decode()
    assert client.get("/outcomes?by=worker").status_code == 422
    client.force_login(world.pia)
    assert 'value="worker"' in client.get("/outcomes").content.decode()
