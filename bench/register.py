"""A fortnight of a paper register typed in: 120 rows by script, as the browser sends them, 15 at a time."""

import time

from bench import head, line, node

VENDOR = node()

from django.test import Client  # noqa: E402  models load after Django

from tests import world as worlds  # noqa: E402
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.server.care import actions as care  # noqa: E402
from vwazen.server.care.register_rows import number_of  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402
from vwazen.server.record.models import Person  # noqa: E402

PEOPLE, ROWS, A_PAGE, BEFORE = 60, 120, 15, 80
NEW = ("Bato Vil", "Kodak Renmen", "Soley Tanbou", "Gwo Moulen", "Fonten Pikliz", "Lanp Dezyem", "Mango Katye",
       "Zetwal Jaden", "Plim Oranj", "Wozo Chapo")  # fmt: skip


def fill(world: worlds.World) -> list[str]:
    """People in care with charts of eighty facts."""
    people = []
    for n in range(PEOPLE):
        person = care.register(by=world.nia, site="bel-dlo", name=f"Test Person{n}", born="1980", place="Savann")
        care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="depression",
                   owner=str(world.kai.pk), occurred=worlds.day(700))  # fmt: skip
        append([
            make_fact(by=world.nia, person=person, site="bel-dlo", body=body, occurred=worlds.day(690 - at * 8))
            for at in range(BEFORE)
            for body in [f.Encounter(mode="clinic") if at % 3 else f.Response(
                instrument="phq-9", version=1, answers=worlds.phq9(at % 24))]
        ])  # fmt: skip
        people.append(person)
    return people


def main() -> None:
    """Print the table."""
    world = worlds.build_organisation()
    people = fill(world)
    client = Client()
    client.force_login(world.nia)
    wall, cpu = [], []
    before = Person.objects.count()
    for start in range(0, ROWS, A_PAGE):
        data: dict[str, object] = {
            "site": "bel-dlo", "protocol": "collaborative-care", "seen_by": str(world.kai.pk),
            "row": [make_id() for _ in range(A_PAGE)],
        }  # fmt: skip
        for index in range(A_PAGE):
            at = start + index
            who = {"number": number_of(people[at % PEOPLE])}
            if at % 12 == 0:
                who = {"number": "new", "name": NEW[at // 12], "age": "30", "sex": "f", "place": "Savann"}
            cells = who | {"date": worlds.day(14 - at // 9), "why": "sleeps badly", "score-phq-9": "012100310",
                           "done": "LISTENED PRO", "next": "4w", "medicine": "fluoxetine 30"}  # fmt: skip
            data |= {f"{index}-{name}": value for name, value in cells.items()}
        began, spent = time.perf_counter(), time.process_time()
        answer = client.post("/register/grid", data)
        wall.append((time.perf_counter() - began) * 1000 / A_PAGE)
        cpu.append((time.process_time() - spent) * 1000 / A_PAGE)
        if answer.status_code != 200:
            raise SystemExit(f"A row was not taken: {answer.status_code}")
    if Person.objects.count() != before + 10:
        raise SystemExit("Not everyone new was registered.")
    head(f"A fortnight of paper typed in, {VENDOR}: {ROWS} rows, {A_PAGE} a page, charts of {BEFORE} facts; ms a row")
    line("wall", wall, "none set", "a visit, a score, a note, two things done, a medicine")
    line("CPU", cpu, "none set")


if __name__ == "__main__":
    main()
