"""Power cuts: the writing process is killed a hundred times; nothing acknowledged is lost, no chart is half written."""

import os
import random
import signal
import time
from pathlib import Path

import msgspec
import pytest
from django.db import connections

from tests import kept
from tests.integration.test_upkeep import derived
from tests.world import phq9
from vwazen.clinical import facts as f
from vwazen.server.record import clock, imports, store, upkeep
from vwazen.server.record.actions import append, make_fact
from vwazen.server.record.models import Fact, Import

KILLS = 100


def killed(work: "object", after: float, acknowledged: Path) -> None:
    """Run `work(file)` in a process of its own and kill it with SIGKILL after so many seconds."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            with open(acknowledged, "ab", buffering=0) as file:
                work(file)  # type: ignore[operator]
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.django_db(transaction=True)
def test_push_killed_a_hundred_times(tmp_path: Path) -> None:
    world = kept.world()
    acknowledged = tmp_path / "acknowledged"
    people = list(world.people.values())
    dice = random.Random(7)

    def push(file: "object") -> None:
        while True:
            batch = [
                make_fact(
                    by=world.nia, person=dice.choice(people), site="bel-dlo",
                    body=f.Response(instrument="phq-9", version=1, answers=phq9(dice.randint(0, 24))),
                )
                for _ in range(5)
            ]  # fmt: skip
            receipts = append(batch)
            file.write(b"".join(one.fact.encode() + b"\n" for one in receipts if one.status == "new"))  # type: ignore[attr-defined]

    promised: set[str] = set()
    for turn in range(3 * KILLS):
        dice.seed(dice.random())
        killed(push, dice.uniform(0.01, 0.15) * (1 + turn // KILLS), acknowledged)
        promised = set(acknowledged.read_text().split())
        if turn >= KILLS - 1 and len(promised) > 20:  # on a busy machine little gets through: then more, and later
            break
    stored = set(Fact.objects.values_list("id", flat=True))
    assert len(promised) > 20, "too few pushes got through to prove anything"
    assert promised <= stored
    rows = derived()
    upkeep.rebuild()
    assert derived() == rows, "a chart was half written"


@pytest.mark.django_db(transaction=True)
def test_import_killed_and_run_again_is_the_same_as_once(tmp_path: Path) -> None:
    world = kept.organisation()
    lines = []
    for who in range(60):
        lines.append({"resourceType": "Patient", "id": f"p{who}", "name": [{"text": f"Test Person{who}"}],
                      "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}})  # fmt: skip
        for when in range(8):
            lines.append({
                "resourceType": "Observation", "id": f"o{who}-{when}", "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
                "subject": {"reference": f"Patient/p{who}"}, "effectiveDateTime": f"2025-0{when + 1}-03",
                "valueQuantity": {"value": (who + when) % 28},
            })  # fmt: skip
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    job = imports.start(by=world.kai, files=[file], site="bel-dlo", as_of=clock.today())
    dice = random.Random(11)
    for _ in range(30):
        killed(lambda _file: imports.run(Import.objects.get(pk=job.id)), dice.uniform(0.01, 0.2), tmp_path / "none")
    done = imports.run(job)
    assert done.state == Import.DONE
    kinds = dict(store.select("SELECT kind, count(*) FROM record_fact GROUP BY kind"))
    assert kinds == {"registration": 60, "response": 480, "owner": 60}
    rows = derived()
    upkeep.rebuild()
    assert derived() == rows
