"""Back up a node while people go on working, check such a copy, and put one back.

A copy is named `unfinished` until it was looked through, and `backup.json` is written last: what was interrupted is no
backup and looks like none. What is looked for is damage: pages that cannot be read or do not fit together, and facts
that are missing. Whether each fact is what was written the seals say, once it is restored (`vwazen seal --verify`).
"""

import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, connections

from vwazen.home import home
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock
from vwazen.server.record.models import Fact, Person
from vwazen.server.record.upkeep import SYNTHETIC, Progress, synthetic

PAGES = 4096  # of the database, copied at a time: 16 MB
MB = 1_000_000
_QUICK, _FULL = "quick_check", "integrity_check"
# What SQLite says of a database that is damaged, or on a disk that is damaged or full, once nobody else has it open.
_DAMAGED = (
    sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC,
)  # fmt: skip

Show = Callable[[str], Progress]  # what is counted -> shows how far it is


def silent(_: str) -> Progress:
    """Nobody watches."""
    return lambda done, total: None


def backup(target: Path, show: Show = silent, *, check: bool = True) -> dict[str, object]:
    """A consistent copy of this node's database in `target` (a new folder), made while writes go on.

    Without `check` nobody has looked through it, and it says so: `verify` does that later, or on another machine.
    """
    if target.exists() and any(target.iterdir()):
        raise Invalid(f"{target.name} is not empty. Name a new folder for each backup.")
    new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    os.chmod(target, 0o700)
    place = target / _name()
    try:
        with _unfinished(place) as file:
            if connection.vendor == "sqlite":
                _copied(file, show)
                if check:
                    _sound(file, _QUICK, show)
                facts = _facts(file)
            else:
                facts = Fact.objects.count()
                _postgres("pg_dump", "--format=custom", "--file", str(file), database=True, said=show("tables copied"))
                _readable(file, "--list")
    except BaseException:
        if new:
            target.rmdir()
        raise
    if synthetic():
        shutil.copy(home() / SYNTHETIC, target / SYNTHETIC)
    manifest = {
        "made": clock.stamp(), "database": connection.vendor, "facts": facts, "bytes": place.stat().st_size,
        "synthetic": synthetic(), "checked": check,
    }  # fmt: skip
    with (target / "backup.json").open("w") as last:
        json.dump(manifest, last)
        last.flush()
        os.fsync(last.fileno())
    return manifest


def verify(source: Path, show: Show = silent) -> dict[str, object]:
    """Look through the whole of a backup, the content of its indexes too. Takes longer than to make it."""
    manifest, file = _manifest(source)
    if file.stat().st_size != manifest["bytes"]:
        raise Invalid(f"{file.name} holds {file.stat().st_size} bytes, and it was written with {manifest['bytes']}.")
    if connection.vendor == "sqlite":
        _sound(file, _FULL, show)
        _all_there(_facts(file), manifest)
    else:
        _readable(file, "--file", os.devnull)
    return {**manifest, "damage": "none"}


def restore(source: Path, show: Show = silent) -> dict[str, object]:
    """Put a backup in the place of this node's database. Stop the server first.

    On SQLite that is asked for, nothing is moved before the backup was copied and checked here, and the old database is
    kept aside. On PostgreSQL what was there is gone, all at once or not at all.
    """
    manifest, file = _manifest(source)
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"])).resolve()  # of a link only the end is put aside
        connections.close_all()
        _alone_with(place)
        with _unfinished(place) as copy:
            _room(place.parent, file.stat().st_size)
            with file.open("rb") as old, copy.open("wb") as new:
                _poured(old, new, file.stat().st_size, show("MB copied"))
            _sound(copy, _QUICK, show)
            _all_there(_facts(copy), manifest)
            _alone_with(place)
            _mark(source)
            _put_aside(place)
    else:
        _postgres("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname",
                  str(connection.settings_dict["NAME"]), str(file), said=show("tables restored"))  # fmt: skip
        _mark(source)
    if not (source / SYNTHETIC).exists():
        (home() / SYNTHETIC).unlink(missing_ok=True)
    found = Fact.objects.count()
    _all_there(found, manifest)
    people = Person.objects.filter(registered=True).count()
    return {"facts": found, "people": people, "made": manifest["made"], "synthetic": synthetic()}


def _name() -> str:
    return "vwazen.sqlite3" if connection.vendor == "sqlite" else "vwazen.dump"


def _manifest(source: Path) -> tuple[dict[str, object], Path]:
    """What a backup says of itself, and its file."""
    try:
        manifest: dict[str, object] = json.loads((source / "backup.json").read_text())
    except (OSError, ValueError):
        raise Invalid("This folder holds no backup: backup.json is missing or damaged.") from None
    if manifest["database"] != connection.vendor:
        raise Invalid(f"This backup is of {manifest['database']}, and this node uses {connection.vendor}.")
    file = source / _name()
    if not file.is_file():
        raise Invalid(f"This folder holds no backup: {file.name} is missing.")
    return manifest, file


def _all_there(facts: int, manifest: dict[str, object]) -> None:
    if facts < int(str(manifest["facts"])):
        raise Invalid(f"The copy holds {facts} facts, and backup.json says {manifest['facts']}. Take another backup.")


@contextmanager
def _unfinished(place: Path) -> Iterator[Path]:
    """A file beside `place` to write into, which gets that name when all went well and is deleted when it did not."""
    file = place.with_name(f"unfinished-{place.name}")

    def sweep() -> None:
        for left in place.parent.glob(f"{file.name}*"):  # with what SQLite writes beside it
            left.unlink(missing_ok=True)

    sweep()  # what a machine that died left
    try:
        file.touch(0o600, exist_ok=False)  # people's records: for nobody but this account, whatever it makes otherwise
        yield file
        file.replace(place)
        _kept(place.parent)
    finally:
        sweep()


def _kept(folder: Path) -> None:
    """Leave on the disk which names stand in a folder."""
    with suppress(OSError):  # some systems open no folder
        one = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(one)
        finally:
            os.close(one)


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Invalid(f"The copy takes {needed // MB} MB, and only {free // MB} are free there. Make room first.")


def _alone_with(place: Path) -> None:
    """Raises Invalid where a server has the database open: it would go on writing into the one that is put aside."""
    if not place.exists():
        return
    with closing(sqlite3.connect(place, timeout=1)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")  # for one alone; it is set again when a node opens it
        except sqlite3.DatabaseError as problem:
            if problem.sqlite_errorcode in _DAMAGED or problem.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT:
                return  # that is what a backup is for
            raise Invalid("This node is running. Stop it first (Ctrl-C where it runs), then restore again.") from None


def _put_aside(place: Path) -> None:
    """Give the database a second name, and what lies beside it another one: the backup takes the first name in one
    step, so that a machine that dies meanwhile never has none, and begins no new one."""
    aside = place.with_suffix(f".before-restore-{clock.now():%Y%m%d%H%M%S}")
    while aside.exists():  # of another restore within this second
        aside = aside.with_name(f"{aside.name}+")
    for tail in ("-wal", "-shm", "-journal"):  # of a damaged one: SQLite would write them into what is put here
        if (old := Path(f"{place}{tail}")).exists():
            old.replace(f"{aside}{tail}")
    if place.exists():
        try:
            os.link(place, aside)
        except OSError:  # a disk without second names, as some sticks are
            place.replace(aside)


def _mark(source: Path) -> None:
    """The mark of invented people goes with them. It is put here before they are (on PostgreSQL just afterwards) and
    taken off after others are in their place: where the machine dies between, every page says invented and no message
    goes out, to be seen at once.
    """
    if (source / SYNTHETIC).exists():
        waiting = home() / f".{SYNTHETIC}"
        shutil.copy(source / SYNTHETIC, waiting)
        waiting.replace(home() / SYNTHETIC)


def _poured(old: BinaryIO, new: BinaryIO, size: int, progress: Progress) -> None:
    """Copy a file, and leave it on the disk."""
    while part := old.read(16 * MB):
        new.write(part)
        progress(new.tell() // MB, size // MB)
    new.flush()
    os.fsync(new.fileno())


# SQLite


def _copied(file: Path, show: Show) -> None:
    """This node's database as it stands now. One transaction reads all of it: otherwise SQLite would begin anew each
    time somebody writes, and never come to the end of a large one that is in use."""
    progress, place = show("MB copied"), Path(str(settings.DATABASES["default"]["NAME"]))
    _room(file.parent, place.stat().st_size)
    with (
        closing(sqlite3.connect(f"{place.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        page = int(source.execute("PRAGMA page_size").fetchone()[0])
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(
            copy, pages=PAGES,
            progress=lambda _, left, total: progress((total - left) * page // MB, total * page // MB),
        )  # fmt: skip


def _sound(file: Path, check: str, show: Show) -> None:
    """Look through a database for damage; raises Invalid.

    By `quick_check` every page is read and every row has its shape; by `integrity_check` each row is also looked up in
    each index. Both read pages in the order of the tables, one by one: of a file that is larger than the memory, on a
    slow disk, that takes many times as long as to copy it. In a thread, since SQLite listens to nobody meanwhile.
    """
    found: list[str] = []
    progress, began = show("seconds of checking"), time.monotonic()
    database = sqlite3.connect(file, check_same_thread=False)

    def look() -> None:
        try:
            found.extend(str(words) for (words,) in database.execute(f"PRAGMA {check}"))
        except sqlite3.Error as problem:
            found.append(str(problem))
        finally:
            database.close()

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        while looking.is_alive():
            looking.join(1)
            progress(int(time.monotonic() - began), 0)
    except BaseException:
        with suppress(sqlite3.ProgrammingError):  # it has just ended
            database.interrupt()
        looking.join(1)
        raise
    progress(*[max(1, int(time.monotonic() - began))] * 2)
    if found != ["ok"]:
        raise Invalid(f"The copy is damaged ({found[0]}). Check the disk and try again.")


def _facts(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM record_fact").fetchone()[0])


# PostgreSQL


def _readable(file: Path, *how: str) -> None:
    _postgres("pg_restore", *how, str(file), at=False)


def _postgres(
    program: str, *arguments: str, database: bool = False, at: bool = True, said: Progress | None = None
) -> None:
    """Run one of PostgreSQL's own programs; `said` is told of each table that it begins."""
    if shutil.which(program) is None:
        raise Invalid(f"{program} is not installed. Install PostgreSQL's client programs and try again.")
    node = connection.settings_dict
    command = [program, *arguments]
    if at:
        command += ["--verbose", "--host", str(node["HOST"] or "127.0.0.1"), "--username", str(node["USER"])]
        command += ["--port", str(node["PORT"])] if node["PORT"] else []
    command += [str(node["NAME"])] if database else []
    tables, done, words = len(connection.introspection.table_names()), 0, "no reason"
    environment = {**os.environ, "PGPASSWORD": str(node["PASSWORD"]), "LC_ALL": "C"}
    with subprocess.Popen(  # noqa: S603  our own arguments, no shell
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            for line in process.stderr or ():
                words = line.strip() or words
                if said and ("dumping contents of table" in line or "processing data for table" in line):
                    done += 1
                    said(done, max(done, tables))
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise Invalid(f"{program} failed: {words}")
