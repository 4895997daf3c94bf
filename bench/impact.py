"""A programme of the size of IMPACT: 1,801 people at 18 clinics, 24 monthly contacts each, and the pages of its days.

    python -m bench.impact                  all of them
    python -m bench.impact --people 360     fewer, for a small machine; the lists of one care manager shrink with them

Limits (design, "How big"): a page p95 100 ms at the server; a push 1.5 ms of CPU and 1.5 ms for each touched chart of
200 facts. Each month of each clinic is one push by its care manager: a visit and a PHQ-9 for everybody met.
"""

import argparse
import datetime as dt
import os
import random
import time

from bench import cpu, head, line, node

VENDOR = node()

from django.test import Client  # noqa: E402  models load after Django

from tests import world as worlds  # noqa: E402
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.server.organisation import actions as organisation  # noqa: E402
from vwazen.server.organisation.models import Post, Worker  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402
from vwazen.server.record.models import CaseloadRow, Fact  # noqa: E402

PEOPLE, CLINICS, MONTHS, MONTH, RUNS = 1801, 18, 24, 30, 30
PAGE, PUSH, CHART = 100.0, 1.5, 1.5
MISSED = 0.08  # of planned contacts; assumed, so that the lists of those who are late are not empty


class Clinic:
    """A site, its care manager, and the baseline of each person in their care."""

    def __init__(self, world: worlds.World, number: int, people: int) -> None:
        self.code, self.dice = f"clinic-{number}", random.Random(number)
        site = organisation.add_site(
            by=world.ada, code=self.code, name=f"Clinic {number}", kind="health_centre", parent=world.sites["centre"]
        )
        self.manager = Worker(username=f"manager{number}", name=f"Manager of Clinic {number}", password="!")
        self.manager.save()
        Post(worker=self.manager, role="care_manager", site=site, starts=dt.date(2020, 1, 1)).save()
        self.people = {make_id(): self.dice.randint(10, 22) for _ in range(people)}

    def fact(self, person: str, ago: int, body: f.AnyBody) -> f.Fact:
        return make_fact(by=self.manager, person=person, site=self.code, body=body, occurred=worlds.day(ago))

    def enrolled(self) -> list[f.Fact]:
        """Everybody registered and taken into care, two years ago."""
        ago, owner, facts = MONTHS * MONTH, str(self.manager.pk), []
        for n, person in enumerate(self.people):
            who = f.Registration(
                name=f"Invented Person{n}", born=str(1950 + n % 50), gender=("female", "male")[n % 2], place="Savann"
            )
            care = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=owner)
            facts += [self.fact(person, ago, who), self.fact(person, ago, care)]
        return facts

    def month(self, number: int) -> list[f.Fact]:
        """One month: a visit and a PHQ-9 for everybody who came, a missed visit for the others."""
        ago, facts = (MONTHS - number) * MONTH - self.dice.randint(0, 5), []
        ago = max(ago, 1)
        for person, baseline in self.people.items():
            met = self.dice.random() >= MISSED
            following = worlds.day(ago - MONTH)
            visit = f.Encounter(mode="clinic", outcome="seen" if met else "missed", minutes=20, next=following)
            facts.append(self.fact(person, ago, visit))
            if met:
                total = max(0, min(24, baseline - number // 2 + self.dice.randint(-3, 3)))
                answers = worlds.phq9(total)
                facts.append(self.fact(person, ago, f.Response(instrument="phq-9", version=1, answers=answers)))
        return facts


def written(clinics: list[Clinic]) -> None:
    """Push month after month, clinic after clinic, as they would; one line, and one for the whole."""
    facts, wall, spent, each, charts = 0, time.perf_counter(), cpu(), [], 0
    for number in range(MONTHS + 1):
        for one in clinics:
            batch = one.month(number) if number else one.enrolled()
            received = max(f.instant(fact.occurred) for fact in batch) + dt.timedelta(hours=8)  # nobody was late
            had = cpu()
            receipts = append(batch, received=received)
            each.append((cpu() - had) * 1000 / len(one.people))
            if any(receipt.status != "new" for receipt in receipts):
                raise SystemExit("A fact was not taken.")
            facts, charts = facts + len(batch), charts + len(one.people)
    wall, spent = time.perf_counter() - wall, cpu() - spent
    people = len(clinics[0].people)
    line(f"a push of {people} people, CPU for each chart", each, f"{PUSH / people + CHART:.2f} ms")
    print(f"written: {facts:,} facts, {charts:,} charts touched, {wall:.0f} s, CPU {spent:.0f} s", flush=True)


def asked(client: Client, address: str) -> None:
    """One page, or a stop."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address.partition('?')[0]} answered {answer.status_code}.")


def pages(world: worlds.World, manager: Worker) -> None:
    """The pages of the days of those who work there, and of those who look at all of it."""
    centre = f"/outcomes?site={world.sites['centre'].code}&window=12&by=site"
    for what, worker, address in (
        ("outcomes of all clinics, by clinic, sums only", world.max, centre),
        ("outcomes of all clinics, by clinic", world.sue, centre),
        ("outcomes of all clinics, by age", world.sue, centre.replace("by=site", "by=age")),
        ("the people in remission, of all", world.sue, centre.replace("?", "/people?group=fate:remission&")),
        ("Today of one care manager", manager, "/today?whose=mine"),
        ("Today of a supervisor of all", world.sue, "/today?whose=sites"),
        ("caseload of one care manager", manager, "/caseload?owner=me"),
        ("caseload of all clinics", world.sue, "/caseload?owner="),
        ("diary of one care manager", manager, "/diary"),
        ("without owner or date, all clinics", world.sue, "/unassigned"),
        ("data quality of all clinics", world.sue, "/quality"),
    ):
        client = Client()
        client.force_login(worker, "django.contrib.auth.backends.ModelBackend")
        asked(client, address)  # the first is left out
        figures, spent = [], cpu()
        for _ in range(RUNS):
            began = time.perf_counter()
            asked(client, address)
            figures.append((time.perf_counter() - began) * 1000)
        high = sorted(figures)[int(len(figures) * 0.95)]
        note = f"CPU {(cpu() - spent) * 1000 / RUNS:.0f}" + ("" if high <= PAGE else "; ABOVE THE LIMIT")
        line(what, figures, f"p95 {PAGE:.0f} ms", note)


def main() -> None:
    """Print the table."""
    said = argparse.ArgumentParser()
    said.add_argument("--people", type=int, default=PEOPLE)
    options = said.parse_args()
    world = worlds.build_organisation()
    share, over = divmod(options.people, CLINICS)
    clinics = [Clinic(world, n, share + (n < over)) for n in range(CLINICS)]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    head(f"IMPACT's shape, {VENDOR}: {options.people:,} people, {CLINICS} clinics, {MONTHS} months; load {load}")
    written(clinics)
    pages(world, clinics[0].manager)
    print(f"{Fact.objects.count():,} facts, {CaseloadRow.objects.count():,} rows on the caseload")


if __name__ == "__main__":
    main()
