"""A push: facts made durable, charts and rows fresh; beside the bare insert of the same rows in the same run."""

import random

from django.db import connection, transaction

from bench import cpu_ms, head, line, node, wall_ms

VENDOR = node()

from tests import world as worlds  # noqa: E402  models load after Django
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.server.record import store  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402

PEOPLE, FACTS, VISITS = 40, 200, 20


def visit(world: worlds.World, person: str, ago: int) -> f.Fact:
    """A PHQ-9 of one visit."""
    answers = worlds.phq9(random.randint(0, 24))
    body = f.Response(instrument="phq-9", version=1, answers=answers)
    return make_fact(by=world.nia, person=person, site="bel-dlo", body=body, occurred=worlds.day(ago) if ago else "")


def fill(world: worlds.World) -> list[str]:
    """People with charts of 200 facts over five years: a third answers, the rest contacts."""
    people = []
    for one in range(PEOPLE):
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
        append(made)
        people.append(person)
    return people


def main() -> None:
    """Print the table."""
    world = worlds.build_organisation()
    people = fill(world)
    turn = iter(range(10**9))

    def push(count: int) -> object:
        at = next(turn)
        return append([visit(world, people[(at + n) % PEOPLE], 0) for n in range(count)])

    def bare() -> None:
        at = next(turn)
        facts = [visit(world, people[(at + n) % PEOPLE], 0) for n in range(VISITS)]
        rows = [(one.person, one.id, one.kind, f.instant(one.occurred), f.encode(one)) for one in facts]
        with transaction.atomic():
            store.insert("bare", ("person", "id", "kind", "at", "data"), rows)

    blob = "bytea" if VENDOR == "postgresql" else "blob"
    store.execute(f"CREATE TABLE bare (person text, id text primary key, kind text, at text, data {blob})")
    head(f"push, {VENDOR}, charts of {FACTS} facts (CPU ms of this process)")
    one = cpu_ms(lambda: push(1), 60)
    many = cpu_ms(lambda: push(VISITS), 30)
    line("one visit, one chart", one, "3.0 (1.5 + 1.5 a chart)")
    line(f"{VISITS} visits, {VISITS} charts", many, f"{1.5 + 1.5 * VISITS:.1f}")
    line("  the same, per chart", [value / VISITS for value in many], "1.5")
    line(f"bare insert of {VISITS} rows, no chart", cpu_ms(bare, 30), "(the floor)")
    line("one visit, wall, durable", wall_ms(lambda: push(1), 40), "-", "ODK Central 7.6 ms CPU a visit")
    size = len(f.encode(visit(world, people[0], 0)))
    print(f"one visit of 9 answers as stored: {size} bytes (ODK Central: 1,462 bytes for 12 answers)")
    connection.close()


if __name__ == "__main__":
    main()
