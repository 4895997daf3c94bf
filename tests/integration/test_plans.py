"""What is done at every visit finds its rows by an index: what reads a whole table is quick on twenty people only."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World, phq9
from vwazen.clinical import facts as f
from vwazen.server.care import context
from vwazen.server.organisation import find
from vwazen.server.record import bulk, store
from vwazen.server.record.actions import append, make_fact
from vwazen.server.reporting import cube


def planned(statement: str) -> list[str]:
    """How SQLite would carry out a statement, step by step."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement)
        return [str(row[3]) for row in cursor.fetchall()]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
def test_a_push_reads_no_table_whole(world: World) -> None:
    body = f.Response(instrument="phq-9", version=1, answers=phq9(12))
    fact = make_fact(by=world.nia, person=world.people["ben"], site="bel-dlo", body=body)
    with CaptureQueriesContext(connection) as captured:
        append([fact])
    statements = [
        one["sql"] for one in captured.captured_queries if one["sql"].startswith(("SELECT", "DELETE", "UPDATE"))
    ]
    assert any("record_person" in one for one in statements)
    for statement in statements:
        if "site" in statement and "record_" not in statement:
            continue  # the sites of a node are few, and are read once
        plan = planned(statement)
        assert not [step for step in plan if step.startswith("SCAN record_")], (statement, plan)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
def test_alarms_that_nobody_took_on_are_found_among_themselves(world: World) -> None:
    """They are looked for beside every page, among all dangers of a country if its index is not used."""
    with CaptureQueriesContext(connection) as captured:
        context.alarms(world.nia)
    (statement,) = [one["sql"] for one in captured.captured_queries if "urgent_since" in one["sql"]]
    plan = planned(statement)
    assert any("open_urgent" in step for step in plan) and not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
@pytest.mark.parametrize(
    ("page", "table", "indexes"),
    [
        ("/stuck", "record_caseload", ["caseload_step", "caseload_owner_step"]),
        ("/stuck?tab=all", "record_caseload", ["caseload_step"]),
        ("/refills", "record_open_item", ["open_refill"]),
        ("/refills?show=all", "record_open_item", ["open_refill"]),
    ],
)
def test_long_lists_are_read_in_the_order_of_an_index(world: World, page: str, table: str, indexes: list[str]) -> None:
    """Of a country they are a hundred thousand lines: to sort them for the first fifty reads the table whole."""
    client = Client()
    client.force_login(world.kai if "stuck" in page else world.nia)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    asked = [one["sql"] for one in captured.captured_queries if f'FROM "{table}"' in one["sql"]]
    asked = [one for one in asked if "step_since" in one.split("WHERE")[1] or "'refill'" in one]
    assert len(asked) == len(indexes)
    for statement in asked:
        plan = planned(statement)
        assert any(one in step for step in plan for one in indexes), (statement, plan)
        assert not any("TEMP B-TREE" in step for step in plan), (statement, plan)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows how many of a kind there are")
@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("wim", "/people/ben/visit"), ("nia", "/people/ben/visit"), ("kai", "/people/ben"), ("kai", "/high-users"),
        ("kai", "/people/ben/messages"), ("nia", "/tracing"), ("kai", "/people/ben/plan"),
    ],
)  # fmt: skip
def test_what_waits_for_a_person_or_worker_is_not_looked_for_among_all_of_its_kind(
    world: World, who: str, page: str
) -> None:
    """Of a country these are a hundred thousand. SQLite takes an index by kind where it can, so no such thing is said
    beside many persons, and beside a worker their rank is said, too."""
    client = Client()
    client.force_login(world.workers[who])
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page.replace("ben", world.people["ben"])).status_code == 200
    asked = [one["sql"] for one in captured.captured_queries if 'FROM "record_open_item"' in one["sql"]]
    for statement in asked:
        where = statement.partition(" WHERE ")[2]
        if "urgent_since" in where:  # by an index of their own, as above
            continue
        assert not ('"person" IN' in where and '"kind" ' in where), statement
        if '"owner" = ' in where and '"person" = ' not in where:
            plan = planned(statement)
            assert any("open_owner_day" in step for step in plan), (statement, plan)
    assert asked


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
@pytest.mark.parametrize("asked", ["", "?q=n", "?after=1~nia~Nurse%20Nia"])
def test_the_workers_of_a_country_are_read_in_the_order_of_an_index(
    world: World, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(find, "LISTED", 0)
    client = Client()
    client.force_login(world.ada)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/workers/" + asked).status_code == 200
    statement = next(one["sql"] for one in captured.captured_queries if "LIMIT 51" in one["sql"])
    plan = planned(statement)
    assert any("worker_order" in step for step in plan) and not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only there Django makes a second one")
def test_a_column_has_one_index() -> None:
    assert store.select("SELECT indexname FROM pg_indexes WHERE indexdef LIKE %s", ["%pattern_ops%"]) == []


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
@pytest.mark.parametrize(
    "group", ["enrolled", "open", "away", "due", "scored", "missing", "responded", "status:died", "fate:remission",
              "base:judged"],
)  # fmt: skip
def test_the_people_behind_a_figure_of_a_country_are_read_in_an_index_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    """Of a country 350,000 enrolments may be passed by before a page is full: none of them is read in the table."""
    monkeypatch.setattr(cube, "A_FEW_SITES", 0)
    client = Client()
    client.force_login(world.nia)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/outcomes/people?group={group}&condition=depression&after=2026-01-01~x").status_code == 200
    (statement,) = [one["sql"] for one in captured.captured_queries if "FROM record_episode" in one["sql"]]
    plan = planned(statement)
    assert any("COVERING INDEX episode_newest (started<" in step for step in plan), (statement, plan)


@pytest.mark.django_db
def test_what_is_loaded_in_bulk_is_what_stands_there() -> None:
    """Tabs, line ends and backslashes, what is empty and what is not there; alone and among rows that have none."""
    binary = "bytea" if connection.vendor == "postgresql" else "blob"
    store.execute(f"CREATE TABLE loaded (site text, number integer, word text, data {binary})")
    words = ["plain", "", None, "a\tb", "a\nb", "a\r\nb", "a\\b\\n", "\\N", "é", "\t", 'say "no"']
    rows = [(n, words[n % 11] if n % 50 < 11 else "plain", f'{{"said": "{n}\\t"}}'.encode()) for n in range(450)]
    bulk.load("loaded", ("number", "word", "data"), rows, {"site": "a\tb"})
    bulk.load("loaded", ("number", "word", "data"), [], {"site": "nobody"})
    found = store.select("SELECT site, number, word, data FROM loaded ORDER BY number")
    read = [[bytes(value) if isinstance(value, memoryview) else value for value in row] for row in found]
    assert read == [["a\tb", *row] for row in rows]
