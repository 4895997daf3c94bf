"""One demo site's rows: facts and batches as the door would have written them, and all that follows from them."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

from vwazen.clinical import facts as f
from vwazen.demo.directory import Directory
from vwazen.demo.lives import Made
from vwazen.server.record import bulk, names, store
from vwazen.server.record.refresh import PERSON, derive, fold_all, merges_of, person_row

_BATCH = 500
_SITE = 100_000  # batch numbers kept for each site, so that two processes give the same log
_FACT = ("person", "id", "kind", "at", "received", "data")
_KEYS = ("key", "place", "born", "person")


Table = tuple[str, Sequence[str], Iterable[Sequence[object]]]


def tables(made: Made, *, number: int, today: dt.date) -> list[Table]:
    """Table, columns and rows of one site, the `number`th of its programme. Reads sites and writes nothing."""
    return [*_facts(made, number), *_rows(made, today), *_directory(made.directory, made.place.code, made.place.path)]


def written() -> set[int]:
    """The numbers of the sites on record. Told by their batches: people of one site may have moved to another."""
    return {int(str(number)) for (number,) in store.select(f"SELECT DISTINCT (id - 1) / {_SITE} FROM record_batch")}  # noqa: S608


def _facts(made: Made, number: int) -> list[Table]:
    """The log: facts clustered by person, batches in the order of arrival."""
    text, zone = made.pen.calendar.plain, bulk.zone()
    listed = made.directory
    rows = [
        (fact.person, fact.id, fact.kind, text(at) + zone, text(received) + zone, f.encode(fact))
        for fact, at, received in zip(made.facts, made.pen.at, made.received, strict=True)
    ]
    rows += [
        (who[0], who[0], "registration", text(at) + zone, text(received) + zone, data)
        for who, at, received, data in zip(listed.people, listed.at, listed.received, listed.facts, strict=True)
    ]
    arrived = [*made.received, *listed.received]
    order = sorted(range(len(rows)), key=lambda n: (arrived[n], rows[n][1]))
    batches: list[Sequence[object]] = []
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        digest = hashlib.sha256(b"".join([rows[n][5] for n in part])).hexdigest()
        ids = json.dumps([rows[n][1] for n in part])
        batches.append((number * _SITE + len(batches) + 1, rows[part[-1]][4], ids, digest))
    rows.sort(key=lambda row: row[:2])
    return [("record_fact", _FACT, rows), ("record_batch", ("id", "committed", "facts", "digest"), batches)]


def _rows(made: Made, today: dt.date) -> list[Table]:
    """What is derived from the charts of everyone with more than a registration."""
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    charts, aliases = fold_all(facts, merges_of(facts, today), today)
    people: list[Sequence[object]] = [(one, 1, *person_row(chart), "") for one, chart in charts.items()]
    people += [(one, 1, False, *[""] * 7, None, root) for one, root in aliases.items()]
    return [("record_person", ("id", "rev", *PERSON, "merged_into"), people), *derive(charts, today).tables()]


def _directory(listed: Directory, site: str, path: str) -> list[Table]:
    """Rows of those who are registered and nothing else, without folding a chart of one fact: a test compares them."""
    people: list[Sequence[object]] = [(one, 1, True, name, sex, born, place, phone, site, path, None, "")
              for one, name, sex, born, place, phone in listed.people]  # fmt: skip
    keys = list(_name_keys(listed))
    return [("record_person", ("id", "rev", *PERSON, "merged_into"), people), ("record_name_key", _KEYS, keys)]


def _name_keys(listed: Directory) -> Iterator[tuple[str, str, str, str]]:
    places: dict[str, str] = {}
    for one, name, _, born, place, _ in listed.people:
        if place not in places:
            places[place] = names.plain(place)[:120]
        for key in sorted(names.keys(name)):
            yield key, places[place], born[:4], one
