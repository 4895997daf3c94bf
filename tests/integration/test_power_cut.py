"""A machine that dies while a backup is made or put back, and who else may read what is written then."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests import kept
from vwazen.home import home
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, copies
from vwazen.server.record.models import Fact
from vwazen.server.record.upkeep import SYNTHETIC

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        bool(os.environ.get("DATABASE_URL")), reason="PostgreSQL's own programs write and read its file"
    ),
]


def node() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def rows(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM record_fact").fetchone()[0])


def aside() -> list[Path]:
    return sorted(node().parent.glob(f"{node().stem}.before-restore-*"))


@pytest.fixture(autouse=True)
def cleared() -> Any:
    """What restores put aside goes with each test."""
    for one in aside():
        one.unlink(missing_ok=True)
    yield
    for one in aside():
        one.unlink(missing_ok=True)


def test_at_no_moment_of_a_restore_is_there_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that starts without one makes a new one, and everybody would be gone."""
    kept.world()
    made = copies.backup(tmp_path / "copy")
    seen: list[str] = []
    steps = {one: getattr(os, one) for one in ("link", "replace", "unlink", "rename", "fsync")}
    for name, step in steps.items():

        def watched(*arguments: Any, name: str = name, step: Any = step, **options: Any) -> Any:
            assert rows(node()) == made["facts"]
            found = step(*arguments, **options)
            assert rows(node()) == made["facts"]
            seen.append(name)
            return found

        monkeypatch.setattr(os, name, watched)
    copies.restore(tmp_path / "copy")
    assert {"link", "replace", "fsync"} <= set(seen)
    assert len(aside()) == 1 and rows(aside()[0]) == made["facts"], "the old one is kept"


def test_two_restores_within_a_second_keep_both_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.world()
    copies.backup(tmp_path / "copy")
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    for _ in range(3):
        copies.restore(tmp_path / "copy")
    assert len(aside()) == 3


def test_what_a_machine_that_died_left_is_swept_and_never_mixed_with_what_is_put_back(tmp_path: Path) -> None:
    kept.world()
    made = copies.backup(tmp_path / "copy")
    connections.close_all()
    for tail in ("", "-wal", "-journal"):
        node().with_name(f"unfinished-{node().name}{tail}").write_bytes(b"half")
    node().write_bytes(b"no database, the disk lost it" * 300)
    for tail in ("-wal", "-shm", "-journal"):
        Path(f"{node()}{tail}").write_bytes(b"of the damaged one")
    copies.restore(tmp_path / "copy")
    connections.close_all()
    assert rows(node()) == made["facts"]
    assert not list(node().parent.glob(f"unfinished-{node().name}*"))
    assert aside(), "the damaged one is kept"
    for tail in ("-wal", "-journal"):
        left = Path(f"{node()}{tail}")
        assert not left.exists() or left.read_bytes() != b"of the damaged one"


def test_nobody_else_of_the_machine_reads_a_backup_or_what_was_put_back(tmp_path: Path) -> None:
    """Whatever the account lets others read of what it makes."""
    kept.world()
    before = os.umask(0o002)
    try:
        (tmp_path / "copy").mkdir()
        copies.backup(tmp_path / "copy")
        copies.restore(tmp_path / "copy")
        connections.close_all()
    finally:
        os.umask(before)
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / "vwazen.sqlite3").stat().st_mode & 0o777 == 0o600
    assert node().stat().st_mode & 0o777 == 0o600


def test_a_database_that_lies_elsewhere_is_put_back_there(tmp_path: Path) -> None:
    """On another disk, with a link to it in the data folder: the folder's own disk may be too small for it."""
    kept.world()
    copies.backup(tmp_path / "copy")
    connections.close_all()
    there = tmp_path / "large" / "db.sqlite3"
    there.parent.mkdir()
    os.replace(node(), there)
    node().symlink_to(there)
    try:
        copies.restore(tmp_path / "copy")
        connections.close_all()
        assert node().is_symlink() and Fact.objects.exists()
        assert len(list(there.parent.glob("db.before-restore-*"))) == 1
    finally:
        connections.close_all()
        if node().is_symlink():
            node().unlink()
            os.replace(there, node())


@pytest.mark.parametrize("invented", [True, False])
def test_between_two_records_every_page_says_invented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invented: bool
) -> None:
    """The machine dies as the backup gets the database's name: seen at once, and no message goes to a real number."""
    kept.world()
    mark = home() / SYNTHETIC
    was = mark.read_bytes() if mark.exists() else None
    try:
        mark.write_text("{}")
        if not invented:
            mark.unlink()
        copies.backup(tmp_path / "copy")
        mark.unlink(missing_ok=True) if invented else mark.write_text("{}")
        step = Path.replace

        def dies(one: Path, to: Any) -> Any:
            if one.name.startswith("unfinished-"):
                assert mark.exists()
            return step(one, to)

        monkeypatch.setattr(Path, "replace", dies)
        assert copies.restore(tmp_path / "copy")["synthetic"] is invented is mark.exists()
    finally:
        mark.unlink(missing_ok=True)
        if was is not None:
            mark.write_bytes(was)


def test_where_the_mark_cannot_be_written_the_database_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk without second names, too: the next start would begin a new, empty one."""
    kept.world()
    copies.backup(tmp_path / "copy")
    (tmp_path / "copy" / SYNTHETIC).write_text("{}")

    def fails(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "link", fails)
    monkeypatch.setattr(shutil, "copy", fails)
    with pytest.raises(OSError, match="No space"):
        copies.restore(tmp_path / "copy")
    assert Fact.objects.exists() and not list(node().parent.glob("*before-restore*"))


def test_a_disk_that_fails_is_not_called_a_running_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.world()
    copies.backup(tmp_path / "copy")
    runs = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
    fails = (sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT_VTAB)
    for code, stands in ((code, code in runs) for code in (*runs, *fails)):
        problem = sqlite3.OperationalError("said by SQLite")
        problem.sqlite_errorcode = code

        class Broken:
            def execute(self, _: str, problem: sqlite3.OperationalError = problem) -> None:
                raise problem

            def close(self) -> None: ...

        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *_, **__: Broken())
            if stands:
                with pytest.raises(Invalid, match="Stop it first"):
                    copies._alone_with(node())
            else:
                copies._alone_with(node())
