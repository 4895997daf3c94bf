"""How long a demo takes to write: the clinic and the district here; the nation when asked for.

    python -m bench.demo            clinic and district, on the database of DATABASE_URL or SQLite
    python -m bench.demo nation     the nation: 40 GB of disk

Limits (design, "How big"): clinic 10 s, district 1 minute, nation 10 minutes and 4 GiB. Wall time, on a machine that
does nothing else; CPU time and the memory of the largest process stand beside it, and when the counts that a terminal
shows began and ended. Before the first people lie the organisation and one site; after the last index, whatever else.
"""

import os
import pty
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

LIMITS = {"clinic": 10, "district": 60, "nation": 600}


def run(size: str) -> bool:
    """Write one demo with the program itself, as a stranger would; whether it kept its limit."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "vwazen", "demo", "--size", size]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        shown, terminal = pty.openpty()  # it counts up only where somebody looks
        began = time.perf_counter()
        done = subprocess.Popen(
            command, env={**os.environ, "VWAZEN_HOME": home}, stdout=subprocess.DEVNULL, stderr=terminal
        )
        os.close(terminal)
        parts, said = _parts(shown, began)
        done.wait()
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(f"{size:<10} failed: {said.strip()}")
        return False
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    word = "within" if took <= LIMITS[size] else "ABOVE"
    print(
        f"{size:<10} {took:>7.1f} s {cpu:>7.1f} s CPU  {after.ru_maxrss / 1024:>6.0f} MiB   {word} {LIMITS[size]} s",
        *(f"  {name} from {begun:.1f} to {ended:.1f} s" for name, (begun, ended) in parts.items()),
        flush=True,
    )
    return took <= LIMITS[size]


def _parts(shown: int, began: float) -> tuple[dict[str, tuple[float, float]], str]:
    """When each count was shown first and last, in seconds; and all that was said, for where it failed."""
    parts: dict[str, tuple[float, float]] = {}
    said = ""
    with suppress(OSError), os.fdopen(shown, "rb", buffering=0) as file:  # a terminal that nobody holds is an error
        while more := file.read(4096).decode(errors="replace"):
            said += more
            now = time.perf_counter() - began
            for name in ("people", "indexes"):
                if f"{name}: " in more:
                    parts[name] = parts.get(name, (now, now))[0], now
    return parts, said


def main() -> None:
    print("Writing a demo\n              wall         CPU       memory   limit")
    for size in sys.argv[1:] or ["clinic", "district"]:
        run(size)
        if os.environ.get("DATABASE_URL"):
            break  # one database holds one demo


if __name__ == "__main__":
    main()
