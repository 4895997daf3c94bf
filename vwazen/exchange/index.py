"""What has to be remembered while files are read: who is in them, what was seen, what must wait.

It lies in a private temporary database of SQLite, which keeps it in memory while it is small and on
disk when it is not, and removes it when the reading ends. So the order of the input does not matter
and memory stays bounded.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from vwazen.exchange.incoming import Incoming

_TABLES = """
create table name (key text, id text, primary key (key, id)) without rowid;
create table seen (key blob primary key, digest blob) without rowid;
create table part (number integer primary key, place text, data blob, used integer default 0);
create table part_name (key text primary key, number integer) without rowid;
"""


class Index:
    """Names of persons, digests of what was read, and observations that wait for others."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(_TABLES)
        self._db.execute("begin")

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

    def wait(self, keys: list[str], place: str, data: bytes) -> bool:
        """Keep an observation, by its place and names, until those that it belongs to are known.

        False: it waits already.
        """
        before = self.part(keys[0]) if keys else None
        if before and before[1] == data:
            number: int | None = before[0]
        else:
            before = None
            number = self._db.execute("insert into part (place, data) values (?, ?)", (place, data)).lastrowid
        names = [(key, number) for key in [*keys, place]]
        self._db.executemany("insert or ignore into part_name values (?, ?)", names)
        return before is None

    def part(self, key: str) -> tuple[int, bytes] | None:
        """A waiting observation by one of its names: its number and what it says."""
        query = "select number, data from part join part_name using (number) where key = ?"
        row = self._db.execute(query, (key,)).fetchone()
        return (row[0], row[1]) if row else None

    def use(self, number: int) -> None:
        self._db.execute("update part set used = 1 where number = ?", (number,))

    def unused(self) -> Iterator[tuple[str, bytes]]:
        """The waiting observations that nothing asked for, in the order they came."""
        last = 0
        query = "select number, place, data from part where used = 0 and number > ? order by number limit 1"
        while row := self._db.execute(query, (last,)).fetchone():
            last, place, data = row
            yield place, data
