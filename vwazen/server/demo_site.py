"""One demo site's rows: facts and batches as the door would have written them, and all that follows from them."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from vwazen.clinical import facts as f
from vwazen.demo.directory import Listed
from vwazen.demo.lives import Made
from vwazen.server.record import bulk, fact_table, names, standing, store
from vwazen.server.record.refresh import PERSON, derive, fold_all, merges_of, person_row

_BATCH = 500
_SITE = 100_000  # batch numbers kept for each site, so that two processes give the same log
_KINDS = {kind: name for name, kind in f.KINDS.items()}
_PEOPLE = ("id", *PERSON, "merged_into")
_KEYS = ("key", "place", "born", "path", "person")
_NAMES = "record_name_key"

Rows = Sequence[Sequence[object]]
Table = tuple[str, Sequence[str], Rows, Mapping[str, object]]


def tables(made: Made, *, number: int, today: dt.date) -> list[Table]:
    """What `bulk.load` takes of one site, the `number`th of its programme. Reads sites and writes nothing."""
    code, path = made.place.code, made.place.path
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    merged = {fact.person: facts[fact.person] for fact in made.facts if type(fact.body) is f.Merge}
    into = merges_of(merged, today)
    # Those who are registered and nothing else, without folding a chart of one fact: a test compares them.
    listed = list(_only_registered(facts, into))
    for one in listed:
        del facts[one[0]]
    listed += made.directory.people
    people, derived = _rows(facts, into, today)
    keys = [row for table, _, rows, _ in derived if table == _NAMES for row in rows]
    # In the order of their keys, in which nothing must move to make room. Keys of names come in that of each person.
    only = sorted(((one[0], True, *one[1:], code, path, None, "") for one in listed), key=itemgetter(0))
    return [
        *_facts(made, number),
        *(one for one in derived if one[0] != _NAMES),
        ("record_person", _PEOPLE, only, {"rev": 1}),
        ("record_person", (*_PEOPLE, "written"), sorted(people, key=itemgetter(0)), {"rev": 1}),
        (_NAMES, _KEYS, sorted([*keys, *_name_keys(listed, path)], key=itemgetter(4)), {}),
    ]


def _only_registered(facts: Mapping[str, Sequence[f.Fact]], into: Mapping[str, str]) -> Iterator[Listed]:
    """As the directory lists them. Who chose another name, or is said to be born later, is left to the fold."""
    roots = set(into.values())
    for person, (first, *more) in facts.items():
        body = first.body
        if more or type(body) is not f.Registration or person in roots:
            continue
        if not body.chosen_name and body.born <= first.occurred:
            yield person, body.name, body.gender, body.born, body.place, body.phone


def registered(some: Sequence[Table]) -> int:
    """How many people these tables list as registered."""
    return sum(row[1] is True for table, _, rows, _ in some if table == "record_person" for row in rows)


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
    return [("record_fact", fact_table.COLUMNS, rows, {}), ("record_batch", columns, batches, {})]


def _rows(
    facts: Mapping[str, Sequence[f.Fact]], into: Mapping[str, str], today: dt.date
) -> tuple[list[Sequence[object]], list[Table]]:
    """The directory's rows of these people, and what else is derived from their charts."""
    charts, aliases = fold_all(facts, into, today)
    found = derive(charts, today).tables()
    # So that the first push about one of them writes what differs, as every other does.
    written = standing.written(charts, found)
    people: list[Sequence[object]] = [(one, *person_row(chart), "", written[one]) for one, chart in charts.items()]
    people += [(one, False, *[""] * 7, None, root, b"") for one, root in aliases.items()]
    derived: list[Table] = [(table, columns, bulk.plain(rows), {}) for table, columns, rows in found]
    return list(bulk.plain(people)), derived


def _name_keys(listed: Sequence[Listed], path: str) -> list[tuple[str, str, str, str, str]]:
    """As `names.keys` gives them, each person's in order: two different words, which most names are, make three."""
    rows: list[tuple[str, str, str, str, str]] = []
    places = {village: names.plain(village)[:120] for village in {one[4] for one in listed}}
    for one, name, _, born, village, _ in listed:
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
