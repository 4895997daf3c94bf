"""Benchmarks: each prints our figure beside its limit in the design, or a peer measured in the same run.

Machines are noisy: figures are medians over many runs, in CPU time where the work is ours alone.
"""

import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import django
from django.core.management import call_command


def node(*, empty: bool = True) -> str:
    """Set Django up on an empty database, or on the one that is there as it is; the name of its kind."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
    if empty:
        call_command("migrate", verbosity=0, interactive=False)
    return str(django.db.connection.vendor)


def cpu_ms(work: Callable[[], object], runs: int) -> list[float]:
    """CPU milliseconds of this process for each run, the first one left out."""
    work()
    found = []
    for _ in range(runs):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1000)
    return found


def wall_ms(work: Callable[[], object], runs: int) -> list[float]:
    """Wall milliseconds for each run, the first one left out."""
    work()
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def line(what: str, figures: Sequence[float], limit: str, note: str = "") -> None:
    """One line: what, median and 95th centile, the limit."""
    print(f"{what:<52} {statistics.median(figures):>9.2f} {_high(figures):>9.2f}   {limit:<28} {note}", flush=True)


def head(title: str) -> None:
    """The heading of a table of lines."""
    print(f"\n{title}\n{'':<52} {'median':>9} {'p95':>9}   limit")


def cpu() -> float:
    """Seconds of CPU of this process, and of the database's process behind its connection where that runs here."""
    spent = time.process_time()
    if django.db.connection.vendor == "postgresql":
        django.db.connection.ensure_connection()
        taken = Path(f"/proc/{django.db.connection.connection.info.backend_pid}/schedstat")
        spent += int(taken.read_text().split()[0]) / 1e9 if taken.exists() else 0.0
    return spent


def database_cpu() -> float:
    """Seconds of CPU of a PostgreSQL server that runs here, all its processes together; 0 for any other."""
    if django.db.connection.vendor != "postgresql":
        return 0.0
    django.db.connection.ensure_connection()
    first = _stat(str(django.db.connection.connection.info.backend_pid))
    server = first[1] if first else ""
    ours = [one for one in map(_stat, (path.name for path in Path("/proc").glob("[0-9]*"))) if one]
    ticks = sum(sum(one[2][:2]) for one in ours if one[1] == server)
    ticks += sum(sum(one[2]) for one in ours if one[0] == server)  # with its children that ended
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: str) -> tuple[str, str, list[int]] | None:
    """A process, its parent, and its ticks: user, system, and those of its ended children; None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return pid, fields[1], [int(one) for one in fields[11:15]]


def beside(what: str, work: Callable[[], object], runs: int, limit: str, bare: Callable[[], object]) -> None:
    """One line: wall and CPU of the work, its limit, and the bare statement in the same run."""
    figures = [*_both(work, runs), *_both(bare, runs)]
    cells = [f"{statistics.median(one):>9.2f} {_high(one):>8.2f}" for one in figures[:2]]
    floor = " / ".join(f"{statistics.median(one):.2f}" for one in figures[2:])
    print(f"{what:<46} {cells[0]}  {cells[1]}   {limit:<14} {floor}", flush=True)


def beside_head() -> None:
    """The heading of a table of such lines."""
    print(f"{'':<46} {'wall ms':>9} {'p95':>8}  {'CPU ms':>9} {'p95':>8}   {'limit':<14} bare: wall / CPU")


def _both(work: Callable[[], object], runs: int) -> tuple[list[float], list[float]]:
    """Wall and CPU milliseconds of each run, the first one left out."""
    work()
    wall, spent = [], []
    for _ in range(runs):
        began, had = time.perf_counter(), cpu()
        work()
        spent.append((cpu() - had) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    return wall, spent


def _high(figures: Sequence[float]) -> float:
    """The 95th centile: the least figure that 95 in 100 do not exceed."""
    return sorted(figures)[math.ceil(len(figures) * 0.95) - 1]
