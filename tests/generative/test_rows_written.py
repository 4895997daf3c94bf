"""Whatever arrives, in whatever parts and order, the rows that stand are those that a rebuild makes."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generative.persons import persons
from tests.tries import tries
from vwazen.clinical.facts import Fact
from vwazen.server.record import store, upkeep
from vwazen.server.record.actions import append
from vwazen.server.record.refresh import PERSON, Derived

some = settings(tries(10), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def rows() -> dict[str, list[str]]:
    """Every derived row, and what is kept of the rows of each person; without the numbers that a rebuild moves."""
    found = {
        table: sorted(map(repr, store.select(f"SELECT {', '.join(columns)} FROM {table}")))
        for table, columns, _ in Derived().tables()
    }
    people = store.select(f"SELECT id, {', '.join(PERSON)}, merged_into, written FROM record_person ORDER BY id")
    # What an alias was called before its merge says nothing.
    found["people"] = [repr((one[0], *(one[1:] if not one[-2] else one[-2:]))) for one in people]
    return found


@pytest.mark.django_db
@some
@given(persons(), st.data())
def test_rows_pushed_part_by_part_are_those_of_a_rebuild(facts: list[Fact], data: st.DataObject) -> None:
    """With amendments, withdrawals and merges before and after what they are about, and facts of months ago."""
    facts = [one for one in facts if not _of_somebody_else(one, facts)]
    arriving = data.draw(st.permutations(facts))
    with transaction.atomic():
        while arriving:
            many = data.draw(st.integers(1, max(1, len(arriving) // 2)))
            part, arriving = arriving[:many], arriving[many:]
            append(part)
        pushed = rows()
        append(facts)  # once more: nothing is new, and nothing moves
        assert rows() == pushed
        upkeep.rebuild()
        assert rows() == pushed
        transaction.set_rollback(True)


@pytest.mark.django_db
@some
@given(persons(), st.data())
def test_rows_that_nobody_knows_of_are_replaced(facts: list[Fact], data: st.DataObject) -> None:
    """Rows of a demo or of an older version stand without a word of which they are; the next push makes them right."""
    facts = [one for one in facts if not _of_somebody_else(one, facts)]
    late = data.draw(st.sampled_from(facts))
    with transaction.atomic():
        append([one for one in facts if one is not late])
        store.execute("UPDATE record_person SET written = NULL")
        store.execute("UPDATE record_open_item SET reason = 'of an older version'")
        store.execute("DELETE FROM record_segment")
        append([late])
        touched = {str(one) for (one,) in store.select("SELECT id FROM record_person WHERE written IS NOT NULL")}
        pushed = _of(touched)
        upkeep.rebuild()
        assert _of(touched) == pushed
        transaction.set_rollback(True)


def _of_somebody_else(one: Fact, facts: list[Fact]) -> bool:
    """Whether it amends a fact of another person, which the door holds where it knows that fact already."""
    return any(one.amends == other.id and one.person != other.person for other in facts)


def _of(people: set[str]) -> dict[str, list[str]]:
    found = {}
    for table, columns, _ in Derived().tables():
        at = list(columns).index("person")
        known = store.select(f"SELECT {', '.join(columns)} FROM {table}")
        found[table] = sorted(repr(row) for row in known if row[at] in people)
    return found
