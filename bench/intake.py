"""An import from file to fresh rows: FHIR NDJSON of invented people, beside the bare reading of the file as JSON."""

import json
import random
import tempfile
import time
from pathlib import Path

import msgspec

from bench import node

VENDOR = node()

from tests import world as worlds  # noqa: E402  models load after Django
from vwazen.server.record import clock, imports  # noqa: E402

PEOPLE, EACH = 1_000, 5
ITEMS = ("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8")


def write(path: Path, dice: random.Random) -> None:
    """People and their PHQ-9 responses, item by item."""
    with path.open("wb") as file:
        for who in range(PEOPLE):
            lines: list[dict[str, object]] = [
                {"resourceType": "Patient", "id": f"p{who}", "name": [{"text": f"Invented Person{who}"}]}
            ]
            for turn in range(EACH):
                items = [{"linkId": f"/{code}", "answer": [{"valueInteger": dice.randint(0, 2)}]} for code in ITEMS]
                lines.append({"resourceType": "QuestionnaireResponse", "id": f"r{who}-{turn}", "status": "completed",
                              "subject": {"reference": f"Patient/p{who}"}, "authored": f"2024-0{turn + 1}-03",
                              "item": items})  # fmt: skip
            file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))


def main() -> None:
    """Print the table."""
    world = worlds.build_organisation()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.ndjson"
        write(path, random.Random(5))
        began = time.process_time()
        for line in path.read_text().splitlines():
            json.loads(line)
        bare = time.process_time() - began
        print(f"\nimport, {VENDOR}: {PEOPLE:,} people, {PEOPLE * EACH:,} responses, {path.stat().st_size / 1e6:.1f} MB")
        for turn in ("first time", "again"):
            job = imports.start(by=world.kai, files=[path], site="bel-dlo", as_of=clock.today())
            cpu, wall = time.process_time(), time.perf_counter()
            done = imports.run(job)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            new = done.counts.get("new_facts", 0)
            print(f"{turn:<12} {done.state}: {cpu:6.1f} s CPU, {wall:6.1f} s wall, "
                  f"{cpu * 1000 / (PEOPLE * EACH):5.2f} ms CPU a response; new facts {new:,}"
                  f"   (no limit in the design; bare JSON reading {bare:.2f} s)")  # fmt: skip


if __name__ == "__main__":
    main()
