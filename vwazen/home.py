"""Where this node keeps its data: VWAZEN_HOME, by default `var/` of the clone; and where the program's files lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def beside(name: str) -> Path:
    """A file or folder that a clone has beside the program, and a wheel inside it (setup.py); it may have been taken
    away."""
    return (ROOT if _clone() else ROOT / "vwazen" / "beside") / name


def _clone() -> bool:
    return (ROOT / "pyproject.toml").is_file()


def home() -> Path:
    """The data folder of this node, made if it is missing.

    Raises `RuntimeError` where an installed package was not told it: beside the program it would go with the next one.
    """
    given = os.environ.get("VWAZEN_HOME")
    if not given and not _clone():
        raise RuntimeError("Say where this node keeps its records: set VWAZEN_HOME to a folder that is backed up.")
    folder = Path(given or ROOT / "var")
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)  # people's records: nobody else on this machine may look in
    return folder
