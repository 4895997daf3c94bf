"""Small imports for the tests of the record: FHIR lines written to a file, brought in by the care manager."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.live import SHARED
from tests.unit.exchange_build import observation, patient, response
from tests.world import World
from vwazen.clinical.facts import Source
from vwazen.server.record import clock, imports
from vwazen.server.record.intake import person_id
from vwazen.server.record.models import Import

Resource = dict[str, Any]
__all__ = [
    "HIGH", "LOW", "answers", "bring", "data", "observation", "patient", "person_of", "response", "table",
    "write",
]  # fmt: skip


LOW, HIGH = (1,) * 8 + (0,), (2,) * 8 + (1,)  # 8, and 17 with a positive safety answer


def data(name: str) -> Path:
    """A folder or file of the shared test inputs; the test is skipped where they are not."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"no {name} beside this checkout")
    return path


def person_of(id: str, system: str = "tablets") -> str:
    """The id here of a person of another system."""
    return person_id(Source(system=system, id=f"Patient/{id}"))


def write(folder: Path, *resources: Resource, name: str = "lines.ndjson") -> Path:
    """The resources, one a line."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("".join(json.dumps(one) + "\n" for one in resources))
    return file


def answers(ago: int, scores: tuple[int, ...] = (1,) * 9, *, id: str = "R1", who: str = "P1", **more: Any) -> Resource:
    """A PHQ-9 of so many days ago."""
    when = (clock.today() - dt.timedelta(days=ago)).isoformat()
    return response(scores, id=id, subject={"reference": f"Patient/{who}"}, authored=when, **more)


def bring(world: World, *files: Path, by: str = "kai", site: str = "bel-dlo", **more: Any) -> Import:
    """Start an import of these files and carry it out."""
    settings = {"as_of": clock.today(), "system": "tablets"} | more
    job = imports.start(by=world.workers[by], files=list(files), site=site, **settings)
    return imports.run(job)


def table(folder: Path, rows: str, table_map: str, name: str = "rows") -> tuple[Path, Path]:
    """A CSV and its map."""
    folder.mkdir(parents=True, exist_ok=True)
    file, map_file = folder / f"{name}.csv", folder / f"{name}.yaml"
    file.write_text(rows)
    map_file.write_text(table_map)
    return file, map_file
