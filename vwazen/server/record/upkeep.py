"""Rebuild, back up and restore a node, while people go on working."""

import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection, connections

from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, remaking, standing, store
from vwazen.server.record.actions import append
from vwazen.server.record.models import Fact, Person
from vwazen.server.record.refresh import refresh

CHUNK = 50
SYNTHETIC = "synthetic"  # the file that marks a node of invented people; a copy of it stays marked
MARKED = b'{"synthetic":true}\n'  # the first line of their facts, written out
Progress = Callable[[int, int], None]


def rebuild(*, as_of: dt.date | None = None, progress: Progress | None = None) -> dict[str, int]:
    """Throw the derived rows away and make them again, as they stand on `as_of` (today by default).

    With an earlier `as_of` only facts received by the end of that day count: what the lists said then.
    """
    today = as_of or clock.today()
    until = None
    if as_of and as_of < clock.today():
        until = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), dt.UTC)
    ids = [str(row[0]) for row in store.select("SELECT DISTINCT person FROM record_fact ORDER BY person")]
    done = 0
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        with store.writing():
            store.lock_people(part)
            standing.forget(part)
            refresh(part, today, until)
        done += len(part)
        if progress:
            progress(done, len(ids))
    if as_of is None:
        remaking.made()
    return {"people": done, "facts": Fact.objects.count()}


def synthetic() -> bool:
    """Whether the people on this node are invented."""
    return (home() / SYNTHETIC).exists()


def backup(target: Path) -> dict[str, object]:
    """A consistent copy of this node's database in `target` (a new folder), made while writes go on."""
    if target.exists() and any(target.iterdir()):
        raise Invalid(f"{target.name} is not empty. Name a new folder for each backup.")
    target.mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        file = target / "vwazen.sqlite3"
        source = sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True)
        copy = sqlite3.connect(file)
        with copy:
            source.backup(copy, pages=4096)
        check = copy.execute("PRAGMA integrity_check").fetchone()[0]
        facts = copy.execute("SELECT count(*) FROM record_fact").fetchone()[0]
        copy.close()
        source.close()
        if check != "ok":
            raise Invalid(f"The copy is damaged ({check}). Check the disk and try again.")
    else:
        file, facts = target / "vwazen.dump", Fact.objects.count()
        _postgres("pg_dump", "--format=custom", "--file", str(file))
    if synthetic():
        shutil.copy(home() / SYNTHETIC, target / SYNTHETIC)
    manifest = {
        "made": clock.stamp(), "database": connection.vendor, "facts": facts, "bytes": file.stat().st_size,
        "synthetic": synthetic(),
    }  # fmt: skip
    (target / "backup.json").write_text(json.dumps(manifest))
    os.chmod(target, 0o700)
    return manifest


def restore(source: Path) -> dict[str, object]:
    """Put a backup in the place of this node's database. Stop the server first; the old database is kept aside."""
    try:
        manifest: dict[str, object] = json.loads((source / "backup.json").read_text())
    except (OSError, ValueError):
        raise Invalid("This folder holds no backup: backup.json is missing or damaged.") from None
    if manifest["database"] != connection.vendor:
        raise Invalid(f"This backup is of {manifest['database']}, and this node uses {connection.vendor}.")
    if connection.vendor == "sqlite":
        connections.close_all()
        place = Path(str(settings.DATABASES["default"]["NAME"]))
        if place.exists():
            aside = place.with_suffix(f".before-restore-{clock.now():%Y%m%d%H%M%S}")
            for tail in ("", "-wal", "-shm"):
                if (old := Path(str(place) + tail)).exists():
                    shutil.move(old, str(aside) + tail)
        shutil.copy(source / "vwazen.sqlite3", place)
    else:
        _postgres("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname",
                  str(connection.settings_dict["NAME"]), str(source / "vwazen.dump"), database=False)  # fmt: skip
    (home() / SYNTHETIC).unlink(missing_ok=True)  # the mark goes with the people, and those here were put aside
    if (source / SYNTHETIC).exists():
        shutil.copy(source / SYNTHETIC, home() / SYNTHETIC)
    found = Fact.objects.count()
    if found < int(str(manifest["facts"])):
        raise Invalid(f"The restored record holds {found} facts, and the backup says {manifest['facts']}.")
    people = Person.objects.filter(registered=True).count()
    return {"facts": found, "people": people, "made": manifest["made"], "synthetic": synthetic()}


def _postgres(program: str, *arguments: str, database: bool = True) -> None:
    if shutil.which(program) is None:
        raise Invalid(f"{program} is not installed. Install PostgreSQL's client programs and try again.")
    at = connection.settings_dict
    command = [program, "--host", str(at["HOST"] or "127.0.0.1"), "--username", str(at["USER"]), *arguments]
    command += ["--port", str(at["PORT"])] if at["PORT"] else []
    command += [str(at["NAME"])] if database else []
    result = subprocess.run(  # noqa: S603  our own arguments, no shell
        command, env={**os.environ, "PGPASSWORD": str(at["PASSWORD"])}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise Invalid(f"{program} failed: {result.stderr.strip().splitlines()[-1] if result.stderr else 'no reason'}")


def export_facts() -> Iterator[bytes]:
    """Every fact as one line of JSON, in the order of the log: what another node can take in whole.

    Where the people are invented, the first line says so.
    """
    if synthetic():
        yield MARKED
    for batch in store.select("SELECT facts FROM record_batch ORDER BY id"):
        ids = batch[0] if isinstance(batch[0], list) else msgspec.json.decode(str(batch[0]))
        stored = store.known_facts(ids)
        yield from (stored[one] + b"\n" for one in ids)


def take_facts(lines: Iterator[bytes]) -> dict[str, int]:
    """Append facts written by `export_facts`; what is known already is passed over.

    Invented and real people are never put together: facts are refused where the node holds the others.
    """
    counts = {"new": 0, "again": 0, "held": 0}
    part: list[f.Fact] = []
    first = next(lines, b"")
    _same_people(invented=first == MARKED)
    for line in lines if first in (MARKED, b"") else chain([first], lines):
        part.append(f.decode(line))
        if len(part) == CHUNK * 4:
            _count(counts, part)
            part = []
    _count(counts, part)
    return counts


def _same_people(*, invented: bool) -> None:
    if invented == synthetic():
        return
    if not invented:
        raise Invalid(
            "The people on this node are invented (it is a demo), and this file does not say that its people are. "
            "Take it on a node of its own: name another folder with VWAZEN_HOME."
        )
    if Fact.objects.exists():
        raise Invalid(
            "The people in this file are invented (it was written by a demo), and this node holds people of its own. "
            "Nothing was taken. Take it on an empty node: name another folder with VWAZEN_HOME."
        )
    mark = {"size": "clinic", "seed": 0, "years": 0, "now": clock.now().isoformat(), "done": True}
    (home() / SYNTHETIC).write_text(json.dumps(mark) + "\n")
    settings.SYNTHETIC = True


def _count(counts: dict[str, int], part: list[f.Fact]) -> None:
    for receipt in append(part) if part else ():
        counts[receipt.status] += 1
