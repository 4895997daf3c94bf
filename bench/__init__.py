"""Benchmarks: each prints our figure beside its limit in the design, or a peer measured in the same run.

Machines are noisy: figures are medians over many runs, in CPU time where the work is ours alone.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence

import django
from django.core.management import call_command


def node() -> str:
    """Set Django up on an empty database; the name of its kind."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
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
    ordered = sorted(figures)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    middle = statistics.median(ordered)
    print(f"{what:<52} {middle:>9.2f} {high:>9.2f}   {limit:<28} {note}", flush=True)


def head(title: str) -> None:
    """The heading of a table of lines."""
    print(f"\n{title}\n{'':<52} {'median':>9} {'p95':>9}   limit")
