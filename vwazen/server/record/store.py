"""The raw statements of the record: the only module that writes its tables.

Django's bulk_create costs four to six times as much, and a push pays it on every visit.
"""

import datetime as dt
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from vwazen.clinical import facts as f

# One writer at a time inside this process: SQLite has one anyway, and waiting here is cheaper than being
# told "database is locked".
_ONE_WRITER = threading.RLock()
_ROWS = 400


@contextmanager
def writing() -> Iterator[None]:
    """A write transaction; on SQLite it holds the process's write lock."""
    if connection.vendor == "sqlite":
        with _ONE_WRITER, transaction.atomic():
            yield
    else:
        with transaction.atomic():
            yield


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, ignore: bool = False) -> None:
    """Insert rows by multi-row statements. `ignore` leaves rows that exist as they are."""
    if not rows:
        return
    names = ", ".join(columns)
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    tail = " ON CONFLICT DO NOTHING" if ignore else ""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            statement = f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(part))}{tail}"  # noqa: S608
            cursor.execute(statement, _adapted(value for row in part for value in row))  # type: ignore[arg-type]


def select(statement: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """Rows of a statement. The statement is ours; values go in as parameters only."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _adapted(parameters))  # type: ignore[arg-type]
        return list(cursor.fetchall())


def execute(statement: str, parameters: Sequence[object] = ()) -> int:
    """Run a statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, _adapted(parameters))  # type: ignore[arg-type]
        return int(cursor.rowcount)


def by_itself(column: str) -> str:
    """A column that SQLite may compare and not look up in an index; PostgreSQL knows its tables and decides itself."""
    return f"+{column}" if connection.vendor == "sqlite" else column


def _adapted(values: Iterable[object]) -> list[object]:
    """Instants written as the ORM writes them: SQLite compares text, and a list is paged by what stands there."""
    adapt = connection.ops.adapt_datetimefield_value
    return [adapt(value) if isinstance(value, dt.datetime) else value for value in values]


def marks(values: Sequence[object]) -> str:
    """`%s, %s, %s` for an IN list."""
    return ", ".join(["%s"] * len(values))


def lock_people(ids: Iterable[str]) -> None:
    """Hold these persons until the transaction ends, in id order, so that two writers never cross."""
    ordered = sorted(set(ids))
    if not ordered:
        return
    insert("record_person", _PERSON_BLANK, [(one, 0, False, *[""] * 8) for one in ordered], ignore=True)
    if connection.vendor == "postgresql":
        select(
            f"SELECT id FROM record_person WHERE id IN ({marks(ordered)}) ORDER BY id FOR UPDATE",  # noqa: S608
            ordered,
        )


@contextmanager
def alone_with(person: str) -> Iterator[None]:
    """A write transaction into which nobody else gets about this person: who looks and then writes is not overtaken.

    Unlike `lock_people` it makes no row for somebody unknown.
    """
    with writing():
        if connection.vendor == "postgresql":
            select("SELECT id FROM record_person WHERE id = %s FOR UPDATE", [person])
        yield


_PERSON_BLANK = (
    "id", "rev", "registered", "name", "gender", "born", "place", "phone", "site", "path", "merged_into",
)  # fmt: skip


def known_facts(ids: Sequence[str]) -> dict[str, bytes]:
    """id -> stored bytes, for those of these ids that the log holds."""
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), _ROWS):
        part = ids[start : start + _ROWS]
        rows = select(f"SELECT id, data FROM record_fact WHERE id IN ({marks(part)})", part)  # noqa: S608
        found |= {str(one): bytes(data) for one, data in rows}  # type: ignore[call-overload]
    return found


def append_facts(facts: Sequence[f.Fact], received: dt.datetime) -> None:
    """Add facts to the log."""
    insert(
        "record_fact",
        ("person", "id", "kind", "at", "received", "data"),
        [(one.person, one.id, one.kind, f.instant(one.occurred), received, f.encode(one)) for one in facts],
    )


def facts_of(people: Sequence[str], until: dt.datetime | None = None) -> dict[str, list[f.Fact]]:
    """person id -> their facts, as received up to `until`."""
    found: dict[str, list[f.Fact]] = {one: [] for one in people}
    for start in range(0, len(people), _ROWS):
        part = people[start : start + _ROWS]
        limit, more = (" AND received <= %s", [until]) if until else ("", [])
        statement = f"SELECT person, data FROM record_fact WHERE person IN ({marks(part)}){limit}"  # noqa: S608
        for person, data in select(statement, [*part, *more]):
            found[str(person)].append(f.decode(bytes(data)))  # type: ignore[call-overload]
    return found


def advice_received(since: dt.datetime) -> list[f.Fact]:
    """Every recommendation received since then, in the order of arrival. The kind is written out for its index."""
    rows = select(
        "SELECT data FROM record_fact WHERE kind = 'recommendation' AND received >= %s ORDER BY received", [since]
    )
    return [f.decode(bytes(data)) for (data,) in rows]  # type: ignore[call-overload]
