"""Which derived rows stand for a person, told by digests kept beside their name, so that only what differs is written.

Most of a push leaves most rows as they are, and to write a row anew costs more than to derive it. `written` of a
person holds a digest of their rows in each table in which they have any: b"" where they have none, and NULL where
nobody knows, which are looked for and replaced: rows of an older version, or of a demo's people who are registered and
nothing else. It is read and written under the lock of the person, in the transaction of their rows; nothing else may
write those rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import msgspec

from vwazen.server.record import store

Row = Sequence[object]
Table = tuple[str, Sequence[str], list[Row]]
Shape = tuple[tuple[str, tuple[str, ...]], ...]

_SIZE = 8  # bytes of a digest, behind one byte for the number of its table
_MOST_VALUES = 20_000  # in one statement: SQLite takes 32,766
_MANY = 12  # rows of one person in one table from which on they are compared one by one
_UNNUMBERED = {"record_name_key", "record_last_trace"}  # rows without an id of their own are replaced together
_encode = msgspec.msgpack.Encoder().encode


def replace(
    together: store.Together, people: Sequence[str], before: Mapping[str, bytes | None], tables: Sequence[Table]
) -> dict[str, bytes]:
    """Let these rows stand in place of those of these people; the new `written` of each. `before` is the old one."""
    shape, theirs = _shape(tables), _by_person(tables)
    gone: dict[int, list[str]] = {}
    fresh: dict[int, list[Row]] = {}
    written: dict[str, bytes] = {}
    unknown = []
    for person in people:
        rows = theirs.get(person, {})
        now = _digests(rows)
        written[person] = _packed(shape, now)
        stood = _read(shape, before.get(person))
        if stood is None:
            unknown.append(person)
            stood = {}
        for number in stood.keys() | now.keys():
            if stood.get(number) == now.get(number):
                continue
            if number in stood:
                gone.setdefault(number, []).append(person)
            if number in now:
                fresh.setdefault(number, []).extend(rows[number])
    for number in _filled(unknown, shape):
        gone.setdefault(number, []).extend(unknown)
    for number in sorted(gone.keys() | fresh.keys()):
        _write(together, *shape[number], gone.get(number, ()), fresh.get(number, ()))
    return written


def written(people: Iterable[str], tables: Sequence[Table]) -> dict[str, bytes]:
    """The `written` of people whose rows these are, for whoever writes them beside the door."""
    shape, theirs = _shape(tables), _by_person(tables)
    return {person: _packed(shape, _digests(theirs.get(person, {}))) for person in people}


def forget(people: Sequence[str]) -> None:
    """Let the rows of these people be replaced whatever is known of them: after an upgrade, or when all are remade."""
    store.execute(f"UPDATE record_person SET written = NULL WHERE id IN ({store.marks(people)})", people)  # noqa: S608


def _write(
    together: store.Together, table: str, columns: Sequence[str], gone: Sequence[str], fresh: Sequence[Row]
) -> None:
    if gone and len(fresh) > _MANY * len(gone) and table not in _UNNUMBERED:
        _mend(together, table, columns, gone, fresh)
        return
    if gone:
        together.execute(f"DELETE FROM {table} WHERE person IN ({store.marks(gone)})", gone)  # noqa: S608
    together.insert(table, columns, fresh)


def _mend(
    together: store.Together, table: str, columns: Sequence[str], people: Sequence[str], fresh: Sequence[Row]
) -> None:
    """Of many rows few are new, as a rule: a late entry more. What cannot be told to be the same is replaced."""
    names = ", ".join(columns)
    stood = store.select(f"SELECT id, {names} FROM {table} WHERE person IN ({store.marks(people)})", people)  # noqa: S608
    left: dict[Row, list[object]] = {}
    for one in stood:
        left.setdefault(tuple(one[1:]), []).append(one[0])
    new = []
    for row in fresh:
        if same := left.get(tuple(row)):
            same.pop()
        else:
            new.append(row)
    if old := [one for those in left.values() for one in those]:
        together.execute(f"DELETE FROM {table} WHERE id IN ({store.marks(old)})", old)  # noqa: S608
    together.insert(table, columns, new)


def _shape(tables: Iterable[Table]) -> Shape:
    return tuple((table, tuple(columns)) for table, columns, _ in tables)


def _digests(rows: Mapping[int, Sequence[Row]]) -> dict[int, bytes]:
    return {number: blake2b(_encode(some), digest_size=_SIZE).digest() for number, some in rows.items()}


def _by_person(tables: Iterable[Table]) -> dict[str, dict[int, list[Row]]]:
    """person -> number of the table -> their rows there."""
    found: dict[str, dict[int, list[Row]]] = {}
    for number, (_, columns, rows) in enumerate(tables):
        if not rows:
            continue
        at, last, theirs = columns.index("person"), None, []
        for row in rows:
            if row[at] != last:  # those of one person come together, as a rule
                last = row[at]
                theirs = found.setdefault(str(last), {}).setdefault(number, [])
            theirs.append(row)
    return found


@lru_cache(maxsize=4)
def _mark(shape: Shape) -> bytes:
    """Tells one set of tables and columns from another: what was written for other ones says nothing."""
    return blake2b(_encode(shape), digest_size=4).digest()


def _packed(shape: Shape, digests: Mapping[int, bytes]) -> bytes:
    return _mark(shape) + b"".join(bytes((number,)) + digests[number] for number in sorted(digests)) if digests else b""


def _read(shape: Shape, written: bytes | None) -> dict[int, bytes] | None:
    """number of the table -> digest; None where nothing is known."""
    if written is None or (written and not written.startswith(_mark(shape))):
        return None
    return {written[at]: written[at + 1 : at + 1 + _SIZE] for at in range(4, len(written), _SIZE + 1)}


def _filled(people: Sequence[str], shape: Shape) -> Iterable[int]:
    """The tables in which these people have rows: one look at all costs less than to delete from each for nothing."""
    if not people:
        return ()
    if len(people) * len(shape) > _MOST_VALUES:
        return range(len(shape))
    marks = store.marks(people)
    looks = (
        f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {table} WHERE person IN ({marks}))"  # noqa: S608
        for number, (table, _) in enumerate(shape)
    )
    return [int(str(number)) for (number,) in store.select(" UNION ALL ".join(looks), [*people] * len(shape))]
