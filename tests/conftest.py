import os
import time
from collections import Counter
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.handlers.base import BaseHandler
from django.core.signals import setting_changed
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import client
from hypothesis import settings

from tests import kept
from tests import world as worlds
from tests.tries import NIGHTLY, tries
from vwazen.server.audit import guard
from vwazen.server.record import fact_table

# The same examples every time, so that a failure is of the change and not of the day; VWAZEN_NIGHTLY looks further.
settings.register_profile("house", tries(40), derandomize=True)
settings.register_profile("nightly", tries(40))
settings.load_profile("nightly" if NIGHTLY else "house")


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


def _first_context(
    store: dict[str, Any], signal: object, sender: object, template: object, context: Any, **_: object
) -> None:
    """`response.context` is of the page; the test client would copy one for each field of each form besides."""
    if "context" not in store:
        STORE(store, signal, sender, template, context)


STORE = client.store_rendered_templates  # type: ignore[attr-defined]
client.store_rendered_templates = _first_context  # type: ignore[attr-defined]


def _load_once(self: client.ClientHandler, is_async: bool = False) -> None:
    """Each test has a client of its own; setting up all middleware for it again would take longer than most answers."""
    if not LOADED:
        BaseHandler.load_middleware(self, is_async)
        LOADED.update({name: value for name, value in vars(self).items() if name.endswith(("_middleware", "_chain"))})
    vars(self).update(LOADED)


LOADED: dict[str, Any] = {}
setting_changed.connect(lambda **_: LOADED.clear(), weak=False)
client.ClientHandler.load_middleware = _load_once  # type: ignore[method-assign]

# Slow on purpose, and each test that signs in or is refused waits for it: the same, with little memory.
Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.time_cost = 64, 1


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the slowest tests where the whole took longer than `./dev test` allows."""
    took, limit = time.monotonic() - BEGAN, float(os.environ.get("VWAZEN_TEST_SECONDS", "inf"))
    if took <= limit:
        return
    spent: Counter[str] = Counter()
    for one in (one for those in terminalreporter.stats.values() for one in those if hasattr(one, "duration")):
        spent[one.nodeid.partition("[")[0]] += one.duration
    terminalreporter.section(f"{took:.0f} s, and {limit:.0f} are allowed; the ten slowest tests")
    for name, seconds in spent.most_common(10):
        terminalreporter.line(f"{seconds:6.1f} s {name}")


BEGAN = time.monotonic()


@pytest.fixture
def world(db: None) -> worlds.World:
    """The small named world of tests/world.py, new for each test."""
    return kept.world()
