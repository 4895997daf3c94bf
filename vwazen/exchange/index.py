"""What has to be remembered while files are read: who is in them, what was seen, what must wait.

It lies in a private temporary database of SQLite, which keeps it in memory while it is small and on
disk when it is not, and removes it when the reading ends. So the order of the input does not matter
and memory stays bounded.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from vwazen.exchange.incoming import Incoming

_TABLES = """
create table name (key text, id text, primary key (key, id)) without rowid;
create table seen (key blob primary key, digest blob) without rowid;
create table part (number integer primary key, rank integer, place text, data blob, used integer default 0);
create table part_name (key text primary key, number integer) without rowid;
create table wanted (key text primary key) without rowid;
"""


class Part(NamedTuple):
    """An observation that waits: its number here, its rank, where it stands, and what it says."""

    number: int
    rank: int
    place: str
    data: bytes


class Index:
    """Names of persons, digests of what was read, and observations that wait for others."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(_TABLES)
        self._db.execute("create index part_order on part (rank, number)")
        self._db.execute("begin")
        self._wanting = False

    def close(self) -> None:
        self._db.close()

    def name(self, keys: Iterable[str], id: str) -> None:
        """Each of the keys is a name of the person `id`."""
        self._db.executemany("insert or ignore into name values (?, ?)", [(key, id) for key in keys if key])

    def named(self, key: str) -> list[str]:
        """Whom a key names: one, several, or nobody."""
        return [id for (id,) in self._db.execute("select id from name where key = ? limit 2", (key,))]

    def seen(self, key: str, value: Incoming) -> bool | None:
        """None the first time; later whether it says the same as the first time."""
        place = hashlib.blake2b(key.encode(), digest_size=16).digest()
        digest = hashlib.blake2b(msgspec.json.encode(value), digest_size=16).digest()
        if self._db.execute("insert or ignore into seen values (?, ?)", (place, digest)).rowcount:
            return None
        (before,) = self._db.execute("select digest from seen where key = ?", (place,)).fetchone()
        return bool(before == digest)

    def wait(self, rank: int, keys: list[str], place: str, data: bytes) -> bool:
        """Keep an observation, by its place and names, until those that it belongs to are known.

        Those of a lower rank are read first in the end. False: it waits already.
        """
        before = self.part(keys[0]) if keys else None
        if before and before.data == data:
            number: int | None = before.number
        else:
            before = None
            row = (rank, place, data)
            number = self._db.execute("insert into part (rank, place, data) values (?, ?, ?)", row).lastrowid
        names = [(key, number) for key in [*keys, place]]
        self._db.executemany("insert or ignore into part_name values (?, ?)", names)
        return before is None

    def part(self, key: str) -> Part | None:
        """A waiting observation by one of its names."""
        query = "select number, rank, place, data from part join part_name using (number) where key = ?"
        row = self._db.execute(query, (key,)).fetchone()
        return Part(*row) if row else None

    def want(self, keys: Iterable[str]) -> None:
        """Remember that a panel refers to what goes by these names."""
        self._wanting = True
        self._db.executemany("insert or ignore into wanted values (?)", [(key,) for key in keys])

    def wanted(self, keys: Iterable[str]) -> bool:
        query = "select 1 from wanted where key = ?"
        return self._wanting and any(self._db.execute(query, (key,)).fetchone() for key in keys)

    def use(self, number: int) -> None:
        self._db.execute("update part set used = 1 where number = ?", (number,))

    def unused(self) -> Iterator[Part]:
        """The waiting observations that nothing has asked for so far: by rank, then in the order they came."""
        query = """select number, rank, place, data from part where used = 0 and (rank, number) > (?, ?)
                   order by rank, number limit 1"""
        last = (-1, -1)
        while row := self._db.execute(query, last).fetchone():
            part = Part(*row)
            last = (part.rank, part.number)
            yield part
