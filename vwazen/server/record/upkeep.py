"""Rebuild, back up and restore a node, while people go on working."""

import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection, connections

from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, store
from vwazen.server.record.actions import append
from vwazen.server.record.models import Fact, Person
from vwazen.server.record.refresh import refresh

CHUNK = 50
SYNTHETIC = "synthetic"  # the file that marks a node of invented people; a copy of it stays marked
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
            refresh(part, today, until)
        done += len(part)
        if progress:
            progress(done, len(ids))
    return {"people": done, "facts": Fact.objects.count()}


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
    if (home() / SYNTHETIC).exists():
        shutil.copy(home() / SYNTHETIC, target / SYNTHETIC)
    manifest = {"made": clock.stamp(), "database": connection.vendor, "facts": facts, "bytes": file.stat().st_size}
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
    if (source / SYNTHETIC).exists():
        shutil.copy(source / SYNTHETIC, home() / SYNTHETIC)
    found = Fact.objects.count()
    if found < int(str(manifest["facts"])):
        raise Invalid(f"The restored record holds {found} facts, and the backup says {manifest['facts']}.")
    return {"facts": found, "people": Person.objects.filter(registered=True).count(), "made": manifest["made"]}


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
    """Every fact as one line of JSON, in the order of the log: what another node can take in whole."""
    for batch in store.select("SELECT facts FROM record_batch ORDER BY id"):
        ids = batch[0] if isinstance(batch[0], list) else msgspec.json.decode(str(batch[0]))
        stored = store.known_facts(ids)
        yield from (stored[one] + b"\n" for one in ids)


def take_facts(lines: Iterator[bytes]) -> dict[str, int]:
    """Append facts written by `export_facts`; what is known already is passed over."""
    counts = {"new": 0, "again": 0, "held": 0}
    part: list[f.Fact] = []
    for line in lines:
        part.append(f.decode(line))
        if len(part) == CHUNK * 4:
            _count(counts, part)
            part = []
    _count(counts, part)
    return counts


def _count(counts: dict[str, int], part: list[f.Fact]) -> None:
    for receipt in append(part) if part else ():
        counts[receipt.status] += 1
