"""How long a demo takes to write: the clinic and the district here; the nation when asked for.

    python -m bench.demo            clinic and district, on the database of DATABASE_URL or SQLite
    python -m bench.demo nation     the nation: PostgreSQL, 40 GB of disk

Limits (design, "How big"): clinic 10 s, district 1 minute, nation 10 minutes and 4 GiB. Wall time, on a machine that
does nothing else; CPU time and the memory of the largest process stand beside it.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

LIMITS = {"clinic": 10, "district": 60, "nation": 600}


def run(size: str) -> bool:
    """Write one demo with the program itself, as a stranger would; whether it kept its limit."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "vwazen", "demo", "--size", size, "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        done = subprocess.run(
            command, env={**os.environ, "VWAZEN_HOME": home}, stdout=subprocess.PIPE, text=True, check=False
        )
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(f"{size:<10} failed: {done.stdout.strip()}")
        return False
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    word = "within" if took <= LIMITS[size] else "ABOVE"
    print(
        f"{size:<10} {took:>7.1f} s {cpu:>7.1f} s CPU  {after.ru_maxrss / 1024:>6.0f} MiB   {word} {LIMITS[size]} s",
        flush=True,
    )
    return took <= LIMITS[size]


def main() -> None:
    print("Writing a demo\n              wall         CPU       memory   limit")
    for size in sys.argv[1:] or ["clinic", "district"]:
        run(size)
        if os.environ.get("DATABASE_URL"):
            break  # one database holds one demo


if __name__ == "__main__":
    main()
