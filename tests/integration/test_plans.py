"""What is done at every visit finds its rows by an index: what reads a whole table is quick on twenty people only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.world import World, phq9
from vwazen.clinical import facts as f
from vwazen.server.care import context
from vwazen.server.record.actions import append, make_fact


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
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + statement)
            plan = [str(row[3]) for row in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN record_")], (statement, plan)


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads a small table whole, and rightly")
def test_alarms_that_nobody_took_on_are_found_among_themselves(world: World) -> None:
    """They are looked for beside every page, among all dangers of a country if its index is not used."""
    with CaptureQueriesContext(connection) as captured:
        context.alarms(world.nia)
    (statement,) = [one["sql"] for one in captured.captured_queries if "urgent_since" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement)
        plan = [str(row[3]) for row in cursor.fetchall()]
    assert any("open_urgent" in step for step in plan) and not any("TEMP B-TREE" in step for step in plan), plan
