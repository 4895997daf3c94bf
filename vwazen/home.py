"""Where this node keeps its data: VWAZEN_HOME, by default `var/` beside the program."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The data folder of this node, made if it is missing."""
    folder = Path(os.environ.get("VWAZEN_HOME") or ROOT / "var")
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)  # people's records: nobody else on this machine may look in
    return folder
