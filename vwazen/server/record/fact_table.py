"""The fact table's own statements: clustered by person, append-only, on both databases."""

import datetime as dt
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

COLUMNS = ("person", "id", "kind", "at", "received", "data")
_COLUMNS = """person varchar(36) NOT NULL, id varchar(36) NOT NULL, kind varchar(24) NOT NULL,
    at {instant} NOT NULL, received {instant} NOT NULL, data {bytes} NOT NULL, PRIMARY KEY (person, id)"""
_NEVER = "A fact is never edited or deleted; append one that amends or retracts it."

GUARD = {
    "sqlite": tuple(
        f"CREATE TRIGGER record_fact_no_{act} BEFORE {act} ON record_fact BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END"
        for act in ("update", "delete")
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION record_fact_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{_NEVER}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER record_fact_no_change BEFORE UPDATE OR DELETE ON record_fact
        FOR EACH ROW EXECUTE FUNCTION record_fact_guard()""",
    ),
}
CREATE = {
    "sqlite": (
        f"CREATE TABLE record_fact ({_COLUMNS.format(instant='datetime', bytes='blob')}) WITHOUT ROWID",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        *GUARD["sqlite"],
    ),
    "postgresql": (
        f"CREATE TABLE record_fact ({_COLUMNS.format(instant='timestamptz', bytes='bytea')})",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        *GUARD["postgresql"],
    ),
}
DROP_GUARD = {
    "sqlite": ("DROP TRIGGER IF EXISTS record_fact_no_update", "DROP TRIGGER IF EXISTS record_fact_no_delete"),
    "postgresql": ("DROP TRIGGER IF EXISTS record_fact_no_change ON record_fact",),
}
DROP = {
    "sqlite": ("DROP TABLE record_fact",),
    "postgresql": ("DROP TABLE record_fact", "DROP FUNCTION record_fact_guard()"),
}

BEGIN, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # of a binary COPY


def binary(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows of `COLUMNS` as a binary COPY reads them: how many columns, then each behind its length in bytes.

    Ids have 36 letters of ASCII; instants are text in UTC, `2026-11-21 14:05:00`.
    """
    person, id_, kind, at, received, data = zip(*rows, strict=True)
    id_length, eight = _LENGTHS[36], repeat(_LENGTHS[8])
    parts = zip(
        repeat(b"\0\6" + id_length), map(str.encode, person), repeat(id_length), map(str.encode, id_),
        map(_WORDS.__getitem__, kind), eight, _instants(at), eight, _instants(received),
        map(_LENGTHS.__getitem__, map(len, data)), data, strict=False,
    )  # fmt: skip
    return b"".join(chain.from_iterable(parts))


def _instants(column: Sequence[str]) -> list[bytes]:
    known = _MICROSECONDS
    return [(known[one[:10]] + known[one[10:]]).to_bytes(8, "big", signed=True) for one in column]


# A function that keeps its answers costs three times as much to ask.
class _Microseconds(dict[str, int]):
    """From the beginning of 2000 to a day ("2026-11-21"), and from that of a day to a time (" 14:05:00")."""

    def __missing__(self, text: str) -> int:
        moment = dt.datetime.fromisoformat(text if len(text) == 10 else f"2000-01-01{text}").replace(tzinfo=dt.UTC)
        self[text] = found = (moment - dt.datetime(2000, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
        return found


class _Lengths(dict[int, bytes]):
    def __missing__(self, length: int) -> bytes:
        self[length] = found = length.to_bytes(4, "big")
        return found


class _Words(dict[str, bytes]):
    """Each behind its length."""

    def __missing__(self, word: str) -> bytes:
        self[word] = found = _LENGTHS[len(word)] + word.encode()
        return found


_MICROSECONDS, _LENGTHS, _WORDS = _Microseconds(), _Lengths(), _Words()
