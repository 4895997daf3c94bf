"""What `./dev test`, `check`, `bench` and `shots` run, inside the virtual environment."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.postgres import postgres

ROOT = Path(__file__).resolve().parent.parent
PURE = ["tests/unit", "tests/spec", "tests/generative"]
SERVER = ["tests/integration"]
BROWSER = ["tests/journeys"]
# On two cores; whatever takes longer names its slowest tests at the end.
SECONDS = {"SQLite": 420, "PostgreSQL": 180}
# Kept from run to run and beside no source: each of the many processes that tests start would compile everything.
COMPILED = {"PYTHONPYCACHEPREFIX": str(ROOT / ".venv" / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}


def run(*command: str, **extra: str) -> int:
    """Run a command of the environment; its exit code."""
    environment = {**os.environ, **COMPILED, **extra}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def python(*arguments: str, **extra: str) -> int:
    return run(sys.executable, "-m", *arguments, **extra)


def check(_: list[str]) -> int:
    """Format, lints, types, import directions, content, and the lints of the design."""
    with tempfile.TemporaryDirectory() as home:
        steps = {
            "format": lambda: python("ruff", "format", "--check", "-q", "."),
            "lint": lambda: python("ruff", "check", "-q", "."),
            "types": lambda: python("mypy", VWAZEN_HOME=home),
            "imports": lambda: run(str(Path(sys.executable).parent / "lint-imports"), "--no-logo"),
            "content": lambda: python("vwazen", "content", "check", VWAZEN_HOME=home),
            "phone": lambda: python("phone.build", "check"),
            "design": lambda: python("tests.lints"),
            "migrations": lambda: python("django", "makemigrations", "--check", "--dry-run", VWAZEN_HOME=home,
                                         DJANGO_SETTINGS_MODULE="vwazen.server.config.settings"),
        }  # fmt: skip

        def timed(name: str) -> int:
            began = time.monotonic()
            code = steps[name]()
            print(f"check {name}: {'ok' if not code else 'FAILED'} ({time.monotonic() - began:.0f} s)", flush=True)
            return code

        with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
            codes = list(side_by_side.map(timed, steps))
    return 1 if any(codes) else 0


def test(arguments: list[str]) -> int:
    """Everything once: pure and server tests on SQLite, server tests on PostgreSQL, then the browser."""
    if arguments:
        with tempfile.TemporaryDirectory() as home:
            return python("pytest", *arguments, VWAZEN_HOME=home)
    marks = ["-m", "not nightly"]
    # One more than there are cores: whoever waits for a browser, a server or a lock leaves its core to another.
    workers = ["-n", str(min(os.cpu_count() or 1, 4) + 1), "--dist", "worksteal"]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        codes = [python("pytest", *workers, *marks, *PURE, *SERVER, *BROWSER, VWAZEN_HOME=home, DATABASE_URL="",
                        VWAZEN_TEST_SECONDS=str(SECONDS["SQLite"]))]  # fmt: skip
        print(f"tests on SQLite and in the browser: {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        with postgres(lasting=False) as url:
            pages_aside = ["-m", "not nightly and not once"]
            codes.append(python("pytest", *workers, *pages_aside, *SERVER, VWAZEN_HOME=home, DATABASE_URL=url,
                                VWAZEN_TEST_SECONDS=str(SECONDS["PostgreSQL"])))  # fmt: skip
        print(f"server tests on PostgreSQL: {time.monotonic() - began:.0f} s", flush=True)
    return 1 if any(codes) else 0


def bench(arguments: list[str]) -> int:
    """Every benchmark, or those named; each prints our figure beside its limit."""
    files = sorted((ROOT / "bench").glob("*.py"))
    wanted = [one for one in files if one.stem != "__init__" and (not arguments or one.stem in arguments)]
    codes = []
    for one in wanted:
        with tempfile.TemporaryDirectory() as home:
            codes.append(python(f"bench.{one.stem}", VWAZEN_HOME=home))
    return 1 if any(codes) else 0


def shots(arguments: list[str]) -> int:
    """Pictures of the main pages at 360 and 1280 px into shots/."""
    return python("tests.shots", *arguments)


VERBS = {"check": check, "test": test, "bench": bench, "shots": shots}

if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    sys.exit(VERBS[verb](rest))
