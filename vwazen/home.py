"""Where this node keeps its data: VWAZEN_HOME, by default `var/` of the clone."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The data folder of this node, made if it is missing.

    Raises `RuntimeError` where an installed package was not told it: beside the program it would go with the next one.
    """
    given = os.environ.get("VWAZEN_HOME")
    if not given and not (ROOT / "pyproject.toml").is_file():
        raise RuntimeError("Say where this node keeps its records: set VWAZEN_HOME to a folder that is backed up.")
    folder = Path(given or ROOT / "var")
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)  # people's records: nobody else on this machine may look in
    return folder
