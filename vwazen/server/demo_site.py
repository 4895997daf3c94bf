"""One demo site's rows: facts and batches as the door would have written them, and all that follows from them."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from operator import itemgetter

from vwazen.clinical import facts as f
from vwazen.demo.directory import Directory
from vwazen.demo.lives import Made
from vwazen.server.record import bulk, names, store
from vwazen.server.record.refresh import PERSON, derive, fold_all, merges_of, person_row

_BATCH = 500
_SITE = 100_000  # batch numbers kept for each site, so that two processes give the same log
_FACT = ("person", "id", "kind", "at", "received", "data")
_KINDS = {kind: name for name, kind in f.KINDS.items()}
_LISTED = ("id", "name", "gender", "born", "place", "phone")
_KEYS = ("key", "place", "born", "path", "person")
_NAMES = "record_name_key"

Rows = Sequence[Sequence[object]]
Table = tuple[str, Sequence[str], Rows, Mapping[str, object]]


def tables(made: Made, *, number: int, today: dt.date) -> list[Table]:
    """What `bulk.load` takes of one site, the `number`th of its programme. Reads sites and writes nothing."""
    listed, place = made.directory, made.place
    derived = _rows(made, today)
    same = {"rev": 1, "registered": True, "site": place.code, "path": place.path, "merged_into": ""}
    keys = [row for table, _, rows, _ in derived if table == _NAMES for row in rows]
    return [
        *_facts(made, number),
        *(one for one in derived if one[0] != _NAMES),
        # Those who are registered and nothing else, without folding a chart of one fact: a test compares them. Keys
        # come in the order of each person already, and in that of their table nothing must move to make room.
        ("record_person", _LISTED, listed.people, same),
        (_NAMES, _KEYS, sorted([*keys, *_name_keys(listed, place.path)], key=itemgetter(4)), {}),
    ]


def registered(some: Sequence[Table]) -> int:
    """How many people these tables list as registered."""
    return sum(
        len(rows) if "registered" in same else sum(row[columns.index("registered")] is True for row in rows)
        for table, columns, rows, same in some if table == "record_person"
    )  # fmt: skip


def written() -> set[int]:
    """The numbers of the sites on record. Told by their batches: people of one site may have moved to another."""
    return {int(str(number)) for (number,) in store.select(f"SELECT DISTINCT (id - 1) / {_SITE} FROM record_batch")}  # noqa: S608


def _facts(made: Made, number: int) -> list[Table]:
    """The log: facts clustered by person, batches in the order of arrival."""
    text, listed, encode = made.pen.calendar.plain, made.directory, f.encode
    rows = [
        (fact.person, fact.id, _KINDS[type(fact.body)], text(at), text(received), encode(fact))
        for fact, at, received in zip(made.facts, made.pen.at, made.received, strict=True)
    ]
    rows += [
        (who[0], who[0], "registration", at, received, data)
        for who, at, received, data in zip(listed.people, listed.at, listed.received, listed.facts, strict=True)
    ]
    rows.sort()
    batches: list[Sequence[object]] = []
    arrived = sorted(rows, key=itemgetter(4))
    for start in range(0, len(arrived), _BATCH):
        part = arrived[start : start + _BATCH]
        digest = hashlib.sha256(b"".join([row[5] for row in part])).hexdigest()
        ids = '["' + '", "'.join([row[1] for row in part]) + '"]'
        batches.append((number * _SITE + len(batches) + 1, part[-1][4], ids, digest))
    columns = ("id", "committed", "facts", "digest")
    return [("record_fact", _FACT, rows, {}), ("record_batch", columns, batches, {})]


def _rows(made: Made, today: dt.date) -> list[Table]:
    """What is derived from the charts of everyone with more than a registration."""
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    merged = {fact.person: facts[fact.person] for fact in made.facts if type(fact.body) is f.Merge}
    charts, aliases = fold_all(facts, merges_of(merged, today), today)
    people: list[Sequence[object]] = [(one, *person_row(chart), "") for one, chart in charts.items()]
    people += [(one, False, *[""] * 7, None, root) for one, root in aliases.items()]
    found = derive(charts, today).tables()
    derived: list[Table] = [(table, columns, bulk.plain(rows), {}) for table, columns, rows in found]
    return [("record_person", ("id", *PERSON, "merged_into"), bulk.plain(people), {"rev": 1}), *derived]


def _name_keys(listed: Directory, path: str) -> list[tuple[str, str, str, str, str]]:
    """As `names.keys` gives them, each person's in order: two different words, which most names are, make three."""
    rows: list[tuple[str, str, str, str, str]] = []
    places = {village: names.plain(village)[:120] for village in {one[4] for one in listed.people}}
    for one, name, _, born, village, _ in listed.people:
        place, year, parts = places[village], born[:4], name.split()
        if len(parts) == 2:
            a, b = _SOUND[parts[0]], _SOUND[parts[1]]
            if a and b and a != b:
                if a > b:
                    a, b = b, a
                rows += ((a, place, year, path, one), (f"{a} {b}", place, year, path, one), (b, place, year, path, one))
                continue
        rows += [(key, place, year, path, one) for key in sorted(set(names.keys(name)))]
    return rows


class _Sounds(dict[str, str]):
    """The key of each word that was asked for; "" for what is more than one word, or none."""

    def __missing__(self, word: str) -> str:
        found = names.sounds(word)
        self[word] = key = found[0] if len(found) == 1 else ""
        return key


_SOUND = _Sounds()  # the demo's names are made of some thousand words
