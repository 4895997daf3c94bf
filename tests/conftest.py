import os

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck, settings

from tests import world as worlds
from vwazen.server.audit import guard
from vwazen.server.record import fact_table

# The same examples every time, so that a failure is of the change and not of the day; VWAZEN_NIGHTLY looks further.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nightly" if os.environ.get("VWAZEN_NIGHTLY") else "house")


def _flush(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
    """Empty the tables between tests: the only time that the append-only guards are taken away."""
    vendor = self.connection.vendor
    with self.connection.cursor() as cursor:
        for statement in (*guard.REMOVE[vendor], *fact_table.DROP_GUARD[vendor]):
            cursor.execute(statement)
    FLUSH(self, [*sql_list, "DELETE FROM record_fact"])
    with self.connection.cursor() as cursor:
        for statement in (*guard.INSTALL[vendor], *fact_table.GUARD[vendor]):
            cursor.execute(statement)


FLUSH = BaseDatabaseOperations.execute_sql_flush
BaseDatabaseOperations.execute_sql_flush = _flush  # type: ignore[method-assign]


@pytest.fixture
def world(db: None) -> worlds.World:
    """The small named world of tests/world.py, new for each test."""
    return worlds.build()
