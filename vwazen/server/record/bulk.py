"""Rows by the million: COPY on PostgreSQL, executemany on SQLite, and indexes made once at the end.

For what is written beside the door only: the demo, and bulk restore.
"""

import datetime as dt
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain

from django.db import OperationalError, connection

from vwazen.server.record import fact_table, store
from vwazen.server.record.refresh import DERIVED

LOG = ("record_fact", "record_batch", "record_person")  # a load keeps all their indexes
TABLES = (*LOG, *DERIVED)
_NULL = "\x01"  # stands for NULL in COPY: the usual mark has a backslash, and a line that has none is sent as it is
_LINES = 200  # in one message of COPY: so many lie in the processor's cache while they are looked through
_ROWS = 20  # in one INSERT on SQLite: a third cheaper than each alone, and more of them gain nothing
_FLUSHED_EVERY = 2  # seconds
_NOTHING: Mapping[str, object] = {}
_KEPT = re.compile(r'"?record_fact"? | WHERE |\("?(person|path)\b')  # what makes an index that a load keeps
_SPECIAL = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def load(
    table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], same: Mapping[str, object] = _NOTHING
) -> None:
    """Add rows of plain values (see `plain`). `same`: other columns, in which all these rows have one value."""
    connection.ensure_connection()
    names = ", ".join([*same, *columns])
    first = list(same.values())
    if connection.vendor == "sqlite":
        # A numbered parameter is bound once for all rows; a bare one takes the number after the highest so far.
        one = f"({', '.join([*(f'?{n + 1}' for n in range(len(first))), *['?'] * len(columns)])})"
        whole = len(rows) - len(rows) % _ROWS
        parts = ([*first, *chain.from_iterable(rows[start : start + _ROWS])] for start in range(0, whole, _ROWS))
        # FAIL: whoever calls takes the whole transaction back, so SQLite need not be able to take back one statement.
        into = f"INSERT OR FAIL INTO {table} ({names}) VALUES "  # noqa: S608
        connection.connection.executemany(into + ", ".join([one] * _ROWS), parts)
        connection.connection.executemany(into + one, ([*first, *row] for row in rows[whole:]))
        return
    if (table, columns) == ("record_fact", fact_table.COLUMNS):
        # In binary: to find where each value ends and to read instants was a seventh of PostgreSQL's work in a load.
        with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN BINARY") as copy:
            copy.write(fact_table.BEGIN)
            for start in range(0, len(rows), _LINES):
                copy.write(fact_table.binary(rows[start : start + _LINES]))
            copy.write(fact_table.END)
        return
    statement = f"COPY {table} ({names}) FROM STDIN (NULL '{_NULL}')"
    begin = "".join([f"{_text(value).translate(_SPECIAL)}\t" for value in first])
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for start in range(0, len(rows), _LINES):
            copy.write(_lines(rows[start : start + _LINES], begin))


def _lines(rows: Sequence[Sequence[object]], begin: str) -> str:
    """Rows as COPY reads them, a line each; `begin`: what each begins with.

    Nearly all are sent as they are. Whether one holds what must be written out is asked of all of them at once.
    """
    columns: list[Sequence[str]] = []
    for column in zip(*rows, strict=True):
        kinds = set(map(type, column))
        columns.append(column if kinds == {str} else list(map(_text, column)))
    between = f"\n{begin}"
    text = between.join(map("\t".join, zip(*columns, strict=True)))
    ends = len(rows) - 1
    tabs = len(rows) * (len(columns) - 1) + ends * begin.count("\t")
    if "\\" in text or "\r" in text or text.count("\n") != ends or text.count("\t") != tabs:
        text = between.join(["\t".join([_text(value).translate(_SPECIAL) for value in row]) for row in rows])
    return f"{begin}{text}\n"


def hurry() -> None:
    """For a process that only loads rows: SQLite waits for no disk, and leaves the journal as it is.

    A process that is killed loses nothing but the transaction it was in; a machine that loses power may lose the
    database.
    """
    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["OPTIONS"]["init_command"] = (
            "PRAGMA synchronous=OFF; PRAGMA cache_size=-64000; PRAGMA mmap_size=268435456; "
            "PRAGMA busy_timeout=600000;"  # without the log beside the database, whoever reads holds up who writes
        )


@contextmanager
def hurrying() -> Iterator[None]:
    """While many rows are loaded, SQLite writes each page once: not into the log beside the database first.

    What it keeps for taking a transaction back is then small, since nearly all pages are new. Not inside a transaction.
    """
    if connection.vendor != "sqlite":
        yield
        return
    options = connection.settings_dict["OPTIONS"]
    before = options["init_command"]
    hurry()
    with _flushing(connection.settings_dict["NAME"]):
        try:
            # Somebody else who has the database open keeps it as it was: slower, and as safe.
            with suppress(OperationalError):
                store.execute("PRAGMA journal_mode=DELETE")
            yield
        finally:
            connection.close()  # before the file is closed, which would take this process's locks on it away
            options["init_command"] = before


@contextmanager
def _flushing(path: str) -> Iterator[None]:
    """Meanwhile the disk takes what was written. The kernel waits half a minute, and at the end that is waited for."""
    file = os.open(path, os.O_RDWR)
    over = threading.Event()

    def flush() -> None:
        while not over.wait(_FLUSHED_EVERY):
            os.fsync(file)

    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        os.close(file)


def plain(rows: Sequence[Sequence[object]]) -> Sequence[Sequence[object]]:
    """The same rows with instants and days as the text that both databases read; an instant is in UTC."""
    columns: list[Sequence[object]] = list(zip(*rows, strict=True))
    for n, column in enumerate(columns):
        if any(issubclass(kind, dt.date) for kind in set(map(type, column))):
            columns[n] = [_day(value) if isinstance(value, dt.date) else value for value in column]
    return list(zip(*columns, strict=True))


def key(uuid: str) -> str:
    """A UUID as columns of that type hold it: SQLite without hyphens; PostgreSQL reads either."""
    return uuid.replace("-", "")


def _day(value: dt.date) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ")
    return value.isoformat()


def _text(value: object) -> str:
    """One value as COPY reads it, before tabs, line ends and backslashes are written out."""
    if isinstance(value, str):
        return value
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return str(value)


def indexes() -> str:
    """The indexes of the record's tables that a load goes without, as JSON: [name, what drops it, what makes it].

    It keeps those of the log, keys, and those that begin with the person or the path: what one site adds to them lies
    together, so it costs little, and to make one later the whole table is read and sorted. Those with a condition stay
    too: they hold few rows, or are of a table that is small beside the names.
    """
    marks = store.marks(TABLES)
    if connection.vendor == "sqlite":
        statement = f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ({marks})"  # noqa: S608
    else:
        statement = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() "  # noqa: S608
            f"AND tablename IN ({marks}) AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    return json.dumps([
        [name, f"DROP INDEX IF EXISTS {name}", made] for name, made in store.select(statement, TABLES)
        if made and not _KEPT.search(str(made))
    ])  # fmt: skip


def drop_indexes(some: str) -> None:
    """Drop those of `indexes` that are there, all or none. Keep `some` before: nothing else says what to make again.

    Until `settle` PostgreSQL does not tidy these tables: again and again it would read all that was loaded so far.
    """
    with store.writing():
        if connection.vendor == "postgresql":
            for table in TABLES:
                store.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        for _, drop, _ in json.loads(some):
            store.execute(drop)


def make_indexes(some: str, progress: Callable[[int, int], None] | None = None) -> None:
    """Make those of `indexes` that are not there, so that after a stop only the rest is made.

    Each in a transaction of its own: SQLite's log beside the database grows to one index and not to all of them.
    """
    there = {name for name, _, _ in json.loads(indexes())}
    if connection.vendor == "sqlite":
        # SQLite sorts in parts as large as its cache, by threads, and merges at most 16 parts of each at once. The
        # smaller a part, the more of it lies in the processor's cache: 3 million names took 4.9 s of CPU with 8 MB,
        # 5.5 with 24 and 7 with 128. A nation has 2.7 GB of them: 15 parts for each of nine.
        store.execute("PRAGMA cache_size=-20000")
        store.execute("PRAGMA threads=8")
    wanted = [one for one in json.loads(some) if one[0] not in there]
    for done, (_, _, make) in enumerate(wanted, start=1):
        with store.writing():
            if connection.vendor == "postgresql":
                # 3 million names took 2.3 s on two cores with this, 2.8 with 512 MB, and by one process, with 32, 3.4.
                store.execute("SET LOCAL maintenance_work_mem = '64MB'")
            store.execute(make)
        if progress:
            progress(done, len(wanted))


@contextmanager
def settling(tables: Sequence[str]) -> Iterator[None]:
    """Meanwhile `settle` these tables by a connection of its own: not those of which an index is made."""

    def work() -> None:
        try:
            settle(tables)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(work)
        yield
    done.result()


def settle(tables: Sequence[str] = TABLES) -> None:
    """Let PostgreSQL look at what it holds and tidy it, and number new rows after those that came with a number."""
    if connection.vendor == "sqlite":
        return
    for table in tables:
        store.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
        store.execute(f"ANALYZE {table}")
    for table, column in (("record_batch", "id"), ("stub", "number")):
        last = f"(SELECT max({column}) FROM {table})"  # noqa: S608  names of our own
        store.select(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {last})")
