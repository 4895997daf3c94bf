"""Processes that are told what happens in a generated history, a line of JSON at a time: nodes and phones."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests import live

DATABASE = "vwazen.sqlite3"
_OF_DJANGO = ("django_migrations", "django_content_type", "auth_permission")


class GoneError(Exception):
    """The node was killed."""


class Told:
    """A process that is told what to do, a line of JSON at a time."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=live.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def __call__(self, do: str, **more: object) -> Any:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError("the process ended; what it said stands above") from None
        return self.heard()

    def heard(self) -> Any:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, "the process ended; what it said stands above"
        found = json.loads(said)
        if "gone" in found:
            raise GoneError
        if "fault" in found:
            raise AssertionError(found["fault"])
        return found.get("ok")

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Host:
    """A node: its folder, and its process while it runs."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, live.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.kills = 0
        self.told: Told | None = None

    def start(self) -> None:
        self.told = Told(
            [sys.executable, "-m", "tests.node_host", str(self.port)], VWAZEN_HOME=str(self.home), DATABASE_URL="",
            PYTHONPATH=str(live.ROOT), VWAZEN_PHONE_ASKS="1000000",  # weeks go by in a minute
        )  # fmt: skip
        self.told.heard()

    def __call__(self, do: str, **more: object) -> Any:
        """Tell it; None where it refuses, or was killed as it did it. Then it has started again."""
        assert self.told is not None
        try:
            return self.told(do, **more)
        except GoneError:
            self.kills += 1
            self.told.heard()  # it is up again
            return None

    def alive(self) -> None:
        """Nothing waits to kill it any more; where something has, it has started again."""
        if self("die", after=0) is None and self.told is not None:  # it was dead before it was told
            self.told.heard()

    def end(self) -> None:
        if self.told is not None:
            self.told.end()
            self.told = None


def emptied(of: Path, to: Path) -> None:
    """A database with the tables of another and nothing in them: what migrations would take seconds to make."""
    with closing(sqlite3.connect(to)) as database:
        database.execute("ATTACH ? AS other", [str(of)])
        made = "SELECT sql FROM other.sqlite_master WHERE sql <> '' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        for (statement,) in database.execute(f"{made} ORDER BY type = 'trigger', type = 'index'").fetchall():
            database.execute(statement)
        for name in _OF_DJANGO:
            database.execute(f"INSERT INTO {name} SELECT * FROM other.{name}")
        database.commit()
