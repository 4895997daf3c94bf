"""A push: facts made durable, charts and rows fresh; beside the bare insert of the same rows in the same run.

Two kinds of charts of 200 facts: written down on the day, as a clinic does, and typed in years late, where nearly every
fact is a row of data quality. Below stands what each part of one chart costs.
"""

import random

import msgspec
from django.db import connection, transaction

from bench import beside, beside_head, cpu_ms, head, line, node

VENDOR = node()

from tests import world as worlds  # noqa: E402  models load after Django
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.server.record import clock, standing, store  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402
from vwazen.server.record.refresh import derive, fold_all  # noqa: E402

PEOPLE, FACTS, VISITS = 40, 200, 20


def visit(world: worlds.World, person: str, ago: int) -> f.Fact:
    """A PHQ-9 of one visit."""
    answers = worlds.phq9(random.randint(0, 24))
    body = f.Response(instrument="phq-9", version=1, answers=answers)
    return make_fact(by=world.nia, person=person, site="bel-dlo", body=body, occurred=worlds.day(ago) if ago else "")


def fill(world: worlds.World, people: int = PEOPLE, *, late: bool = False) -> list[str]:
    """People with charts of 200 facts over five years: a third answers, the rest contacts."""
    found = []
    for one in range(people):
        person = make_id()
        made = [make_fact(by=world.nia, person=person, site="bel-dlo", occurred=worlds.day(1800),
                          body=f.Registration(name=f"Test Person{one}", born="1980"))]  # fmt: skip
        enrolled = f.Episode(
            protocol="collaborative-care", protocol_version=1, condition="depression", owner=str(world.kai.pk)
        )
        made.append(make_fact(by=world.nia, person=person, site="bel-dlo", occurred=worlds.day(1790), body=enrolled))
        for index in range(FACTS - 2):
            day = worlds.day(1780 - index * 8)
            contact = make_fact(
                by=world.nia, person=person, site="bel-dlo", occurred=day, body=f.Encounter(mode="clinic")
            )
            made.append(visit(world, person, 1780 - index * 8) if index % 3 == 0 else contact)
        append(made if late else [_on_the_day(fact) for fact in made])
        found.append(person)
    return found


def _on_the_day(fact: f.Fact) -> f.Fact:
    return msgspec.structs.replace(fact, recorded=f"{fact.occurred[:10]}T20:00:00.000Z") if fact.occurred else fact


def main() -> None:
    """Print the tables."""
    world = worlds.build_organisation()
    turn = iter(range(10**9))

    def push(people: list[str], count: int) -> object:
        at = next(turn)
        return append([visit(world, people[(at + n) % len(people)], 0) for n in range(count)])

    def bare(count: int) -> None:
        facts = [visit(world, "somebody", 0) for _ in range(count)]
        rows = [(one.person, one.id, one.kind, f.instant(one.occurred), f.encode(one)) for one in facts]
        with transaction.atomic():
            store.insert("bare", ("person", "id", "kind", "at", "data"), rows)

    blob = "bytea" if VENDOR == "postgresql" else "blob"
    store.execute(f"CREATE TABLE bare (person text, id text primary key, kind text, at text, data {blob})")
    print(f"push, {VENDOR}, charts of {FACTS} facts; CPU of all processes; bare: one insert, durable")
    beside_head()
    for late in (False, True):
        people = fill(world, late=late)
        if VENDOR == "postgresql":
            store.execute("VACUUM ANALYZE")
        kind = "typed years late" if late else "written on the day"
        for _ in range(3):
            push(people, VISITS)
        beside(f"one visit, {kind}", lambda them=people: push(them, 1), 60, "3.0", lambda: bare(1))  # type: ignore[misc]
        limit = f"{1.5 + 1.5 * VISITS:.1f}"
        beside(f"{VISITS} visits, {kind}", lambda them=people: push(them, VISITS), 20, limit, lambda: bare(VISITS))  # type: ignore[misc]
        _parts(people[:VISITS], kind)
    size = len(f.encode(visit(world, "somebody", 0)))
    print(f"one visit of 9 answers as stored: {size} bytes (ODK Central: 1,462 for 12 answers, and 7.6 ms)")
    connection.close()


def _parts(people: list[str], kind: str) -> None:
    """What one chart costs in each part of a push, by this process alone."""
    today = clock.today()
    facts = store.facts_of(people)
    charts, _ = fold_all(facts, {}, today)
    tables = derive(charts, today).tables()
    parts = {
        "read and decode": lambda: store.facts_of(people),
        "fold": lambda: fold_all(facts, {}, today),
        "rows from it": lambda: derive(charts, today),
    }
    head(f"of each chart, {kind}, {len(people)} together (CPU ms of this process)")
    for name, work in parts.items():
        line(name, [spent / len(people) for spent in cpu_ms(work, 20)], "")
    known = {one: known.written for one, known in store.known_people(people).items()}
    with store.writing():
        same = cpu_ms(lambda: standing.replace(store.Together(), people, known, tables), 20)
    line("compare with the rows that stand, all the same", [spent / len(people) for spent in same], "")


if __name__ == "__main__":
    main()
