"""The raw statements of the record: the only module that writes its tables.

Django's bulk_create costs four to six times as much, and a push pays it on every visit.
"""

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX

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


def insert(
    table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, ignore: bool = False, tail: str = ""
) -> None:
    """Insert rows: SQLite runs one statement for each, made ready once; PostgreSQL takes many rows in a statement.

    `ignore` leaves rows that exist as they are; `tail` is another ON CONFLICT, of our own words.
    """
    if not rows:
        return
    if connection.vendor == "sqlite":
        with _cursor() as run:
            run.executemany(_insert(table, columns, 1, _tail(ignore, tail)), [_adapted(row) for row in rows])
        return
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        statement = _insert(table, columns, len(part), _tail(ignore, tail))
        execute(statement, [value for row in part for value in row], ready=len(part) == 1)


def _tail(ignore: bool, tail: str) -> str:
    return " ON CONFLICT DO NOTHING" if ignore else tail


def _insert(table: str, columns: Sequence[str], many: int, tail: str) -> str:
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * many)}{tail}"  # noqa: S608


class Together:
    """Statements whose results nobody reads, in their order: PostgreSQL gets them without waiting for each answer."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, list[object]]] = []

    def execute(self, statement: str, values: Sequence[object]) -> None:
        self._waiting.append((statement, list(values)))

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], tail: str = "") -> None:
        if connection.vendor == "sqlite" or len(rows) > _ROWS:
            self.send()
            insert(table, columns, rows, tail=tail)
        elif rows:
            self.execute(_insert(table, columns, len(rows), tail), [value for row in rows for value in row])

    def send(self) -> None:
        """Run what waits; a fault of any of them is raised here."""
        some, self._waiting = self._waiting, []
        if connection.vendor == "sqlite" or len(some) < 2:
            for statement, values in some:
                execute(statement, values)
            return
        with connection.cursor() as cursor, connection.wrap_database_errors, connection.connection.pipeline():
            for statement, values in some:
                cursor.execute(statement, _adapted(values))  # type: ignore[arg-type]


def select(statement: str, parameters: Sequence[object] = (), *, ready: bool = False) -> list[tuple[object, ...]]:
    """Rows of a statement. The statement is ours; values go in as parameters only.

    `ready`: PostgreSQL plans it once for each connection, which costs more than to run it. For what every push asks,
    in one and the same wording, and where the plan is the same for all values.
    """
    with _cursor(ready) as run:
        return list(run.execute(statement, _adapted(parameters)).fetchall())


def execute(statement: str, parameters: Sequence[object] = (), *, ready: bool = False) -> int:
    """Run a statement; the number of rows it touched. `ready` as for `select`."""
    with _cursor(ready) as run:
        return int(run.execute(statement, _adapted(parameters)).rowcount)


class _Direct:
    """SQLite without Django's cursor, which costs more than most statements of a push: a seventh of it in all.

    The statement is the same one each time, so that SQLite keeps it ready.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def execute(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        return self._database.execute(_question_marks(statement), values)

    def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self._database.executemany(_question_marks(statement), rows)


class _Through:
    """Django's cursor: for PostgreSQL, and where statements are logged."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, statement: str, values: Sequence[object]) -> Any:
        self._cursor.execute(statement, values)
        return self._cursor

    def executemany(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self._cursor.executemany(statement, rows)


class _Ready(_Through):
    """PostgreSQL's own cursor, for a statement that is kept ready."""

    def execute(self, statement: str, values: Sequence[object]) -> Any:
        return self._cursor.execute(statement, values, prepare=True)


@contextmanager
def _cursor(ready: bool = False) -> Iterator[_Direct | _Through]:
    one = connections[DEFAULT_DB_ALIAS]
    sqlite = one.vendor == "sqlite"
    if (sqlite or ready) and not one.queries_logged and not one.execute_wrappers:
        one.ensure_connection()
        one.validate_no_broken_transaction()
        with one.wrap_database_errors:
            yield _Direct(one.connection) if sqlite else _Ready(one.connection.cursor())
    else:
        with one.cursor() as cursor:
            yield _Through(cursor)


@lru_cache(maxsize=512)
def _question_marks(statement: str) -> str:
    """The statement with `?` for `%s`, as Django writes it for SQLite."""
    return FORMAT_QMARK_REGEX.sub("?", statement).replace("%%", "%")


def by_itself(column: str) -> str:
    """A column that SQLite may compare and not look up in an index; PostgreSQL knows its tables and decides itself."""
    return f"+{column}" if connection.vendor == "sqlite" else column


def _adapted(values: Iterable[object]) -> list[object]:
    """Instants written as the ORM writes them: SQLite compares text, and a list is paged by what stands there."""
    return [_adapt(value) if isinstance(value, dt.date) else value for value in values]


def _adapt(value: dt.date) -> object:
    """Days too: SQLite would ask Python for each what to make of it, which costs more than to write it."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value.isoformat() if connection.vendor == "sqlite" else value


def instant(value: object) -> dt.datetime | None:
    """An instant as a bare statement reads it: SQLite keeps UTC without saying so. None for what is none."""
    if not isinstance(value, dt.datetime):
        try:
            value = dt.datetime.fromisoformat(str(value))
        except ValueError:
            return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def uuid_text(value: object) -> str:
    """A UUID as facts write it: SQLite gives those of the ORM without hyphens. `UUID` would take ten times as long."""
    text = str(value)
    if len(text) != 32:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def marks(values: Sequence[object]) -> str:
    """`%s, %s, %s` for an IN list."""
    return ", ".join(["%s"] * len(values))


class Known(NamedTuple):
    """What the directory holds of somebody: whom they are merged into, where they stand, which rows (`standing`)."""

    into: str
    path: str
    written: bytes | None
    rev: int


def known_people(people: Iterable[str]) -> dict[str, Known]:
    """person id -> what is known of these people, and of everyone merged with them."""
    found: dict[str, Known] = {}
    pending = sorted(set(people))
    while pending:
        some = marks(pending)
        rows = select(
            "SELECT id, merged_into, path, written, rev FROM record_person "  # noqa: S608
            f"WHERE id IN ({some}) OR (NOT (merged_into = '') AND merged_into IN ({some}))",  # as its index says it
            [*pending, *pending],
            ready=len(pending) == 1,
        )
        pending = []
        for one, into, path, written, rev in rows:
            if str(one) not in found:
                stands = None if written is None else bytes(written)  # type: ignore[call-overload]
                found[str(one)] = Known(str(into), str(path), stands, int(rev))  # type: ignore[call-overload]
                pending += [str(into)] if into and str(into) not in found else []
    return found


def lock_people(ids: Iterable[str]) -> dict[str, Known]:
    """Hold these persons, and whoever they are merged with, until the transaction ends; what is known of them.

    All at once and in id order, so that two writers never cross.
    """
    ordered = sorted(set(ids))
    if not ordered:
        return {}
    if connection.vendor == "sqlite":  # one writer: what is read now stands until the end
        known = known_people(ordered)
        if unknown := [one for one in ordered if one not in known]:
            insert("record_person", _PERSON_BLANK, _blank(unknown))
            known |= {one: Known("", "", b"", 0) for one in unknown}
        return known
    # It also waits for whoever is merging one of them, so that those merged are known before the first is held.
    insert("record_person", _PERSON_BLANK, _blank(ordered), ignore=True)
    known = known_people(ordered)
    together = sorted(known)
    rows = select(
        f"SELECT id, rev FROM record_person WHERE id IN ({marks(together)}) ORDER BY id FOR UPDATE",  # noqa: S608
        together,
        ready=len(together) == 1,
    )
    if len(rows) < len(together):  # erased meanwhile: what was read of them says nothing any more
        return lock_people(ordered)
    return known if all(known[str(one)].rev == rev for one, rev in rows) else known_people(together)


def _blank(people: Iterable[str]) -> list[tuple[object, ...]]:
    return [(one, 0, False, *[""] * 8, b"") for one in people]


def write_people(together: Together, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Set these columns of the directory; the first is `id`. `rev` begins at 1 and rises."""
    renewed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    tail = f" ON CONFLICT (id) DO UPDATE SET rev = record_person.rev + 1, {renewed}"
    together.insert("record_person", (*columns, "rev"), [(*row, 1) for row in rows], tail)


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
    "id", "rev", "registered", "name", "gender", "born", "place", "phone", "site", "path", "merged_into", "written",
)  # fmt: skip


def known_facts(ids: Sequence[str]) -> dict[str, bytes]:
    """id -> stored bytes, for those of these ids that the log holds."""
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), _ROWS):
        part = ids[start : start + _ROWS]
        rows = select(f"SELECT id, data FROM record_fact WHERE id IN ({marks(part)})", part, ready=len(part) == 1)  # noqa: S608
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
    """person id -> their facts, as received up to `until`, in no order."""
    return {one: f.decode_many(stored) for one, stored in stored_facts_of(people, until).items()}


def stored_facts_of(people: Sequence[str], until: dt.datetime | None = None) -> dict[str, bytes]:
    """The same, each person's as stored: an array for `facts.decode_many`.

    The database puts the facts of each person together: to take them row by row costs as much as reading them does.
    """
    found = dict.fromkeys(people, b"[]")
    for start in range(0, len(people), _ROWS):
        part = people[start : start + _ROWS]
        limit, more = (" AND received <= %s", [until]) if until else ("", [])
        statement = (
            f"SELECT person, {_together()} FROM record_fact WHERE person IN ({marks(part)}){limit} GROUP BY person"  # noqa: S608
        )
        for person, data in select(statement, [*part, *more], ready=len(part) == 1):
            found[str(person)] = b"".join((b"[", data, b"]"))  # type: ignore[arg-type]
    return found


def _together() -> str:
    """An aggregate that puts the bytes of facts behind one another, with commas between them."""
    return "string_agg(data, ','::bytea)" if connection.vendor == "postgresql" else "CAST(group_concat(data) AS BLOB)"


def advice_received(since: dt.datetime) -> list[bytes]:
    """Every recommendation received since then, as stored and in the order of arrival. The kind is written out for its
    index."""
    rows = select(
        "SELECT data FROM record_fact WHERE kind = 'recommendation' AND received >= %s ORDER BY received", [since]
    )
    return [bytes(data) for (data,) in rows]  # type: ignore[call-overload]
