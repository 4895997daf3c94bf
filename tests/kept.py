"""The small world of `tests/world.py`, built through the actions once and afterwards put back as the rows it left.

Building it takes as long as most tests do. What comes back is the same to the byte: the rows are taken as the database
writes them itself (`quote` of SQLite, COPY of PostgreSQL). It is built anew every two minutes, so that "just now" stays
so, and whenever a test has set the clock.
"""

import pickle
import time
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import connection, transaction

from tests import world as worlds
from vwazen.server.care import context
from vwazen.server.organisation import policy
from vwazen.server.record import clock

SECONDS = 120
# Never written by a test, and many rows.
_APART = {"django_migrations", "auth_permission", "django_content_type"}
_CLOCK = (clock.now, clock.today)


class Kept(msgspec.Struct):
    """`rows`: table -> what puts its rows back, as its database wants it. `counted` keeps the numbers of what comes
    next above theirs, where the database counts aside. `world` is pickled."""

    rows: dict[str, str]
    counted: str
    world: bytes
    made: float
    day: str


_kept: dict[Callable[[], worlds.World], Kept] = {}


def world() -> worlds.World:
    """The whole world, in an empty database."""
    return put(worlds.build)


def organisation() -> worlds.World:
    """Its sites and workers, in an empty database."""
    return put(worlds.build_organisation)


def put(build: Callable[[], worlds.World]) -> worlds.World:
    """What `build` makes in an empty database. A module that adds much to the world can have that kept too."""
    if (clock.now, clock.today) != _CLOCK:
        return build()
    known = _kept.get(build)
    if known is None or time.monotonic() - known.made > SECONDS or known.day != clock.today().isoformat():
        return _built(build)
    _restore(known)
    policy.changed()
    context.changed()
    return pickle.loads(known.world)  # type: ignore[no-any-return]


def _built(build: Callable[[], worlds.World]) -> worlds.World:
    """A world built now; kept where it only added rows to an empty database."""
    began, day, before = time.monotonic(), clock.today().isoformat(), _counts()
    made = build()
    if not any(before.values()):
        for one in made.workers.values():
            one.__dict__.pop("_policy_posts", None)
        _kept[build] = Kept(_rows(before), _counters(), pickle.dumps(made), began, day)
    return made


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name not in _APART]


def _counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in _tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = int(cursor.fetchone()[0])
        return found


def _rows(tables: dict[str, int]) -> dict[str, str]:
    with connection.cursor() as cursor:
        found = {table: _take(cursor, table) for table in tables}
    return {table: rows for table, rows in found.items() if rows}


def _take(cursor: Any, table: str) -> str:
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} TO STDOUT") as copy:
            return b"".join(bytes(block) for block in copy).decode()
    cursor.execute(f"SELECT name FROM pragma_table_info('{table}')")
    names = [name for (name,) in cursor.fetchall()]
    values = " || ',' || ".join(f'quote("{name}")' for name in names)
    cursor.execute(f"SELECT {values} FROM {table}")
    rows = ",".join(f"({row})" for (row,) in cursor.fetchall())
    columns = ",".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({columns}) VALUES {rows}" if rows else ""


def _counters() -> str:
    """PostgreSQL's sequences know nothing of a transaction; loading a demo sets them to what is there at the moment."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE schemaname = current_schema() AND last_value IS NOT NULL"
        )
        found = cursor.fetchall()
    return ", ".join(f"setval('{name}', GREATEST({last}, (SELECT last_value FROM {name})))" for name, last in found)


def _restore(kept: Kept) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if kept.counted:
            cursor.execute(f"SELECT {kept.counted}")
        for table, text in kept.rows.items():
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(text)
            else:
                cursor.execute(text)
