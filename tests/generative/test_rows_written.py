"""Whatever arrives, in whatever parts and order, the rows that stand are those that a rebuild makes."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.derived import rows
from tests.generative.persons import persons
from tests.tries import tries
from vwazen.clinical.facts import Fact
from vwazen.server.record import store, upkeep
from vwazen.server.record.actions import append

some = settings(tries(10), suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.mark.django_db
@some
@given(persons(), st.data())
def test_rows_pushed_part_by_part_are_those_of_a_rebuild(facts: list[Fact], data: st.DataObject) -> None:
    """With amendments, withdrawals and merges before and after what they are about, also of what somebody else said,
    and facts of months ago."""
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
    late = data.draw(st.sampled_from(facts))
    with transaction.atomic():
        append([one for one in facts if one is not late])
        store.execute("UPDATE record_person SET written = NULL")
        store.execute("UPDATE record_open_item SET reason = 'of an older version'")
        store.execute("DELETE FROM record_segment")
        append([late])
        touched = {str(one) for (one,) in store.select("SELECT id FROM record_person WHERE written IS NOT NULL")}
        pushed = rows(touched)
        upkeep.rebuild()
        assert rows(touched) == pushed
        transaction.set_rollback(True)
