"""Where this node keeps its data: VWAZEN_HOME, by default `var/` beside the program."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The data folder of this node, made if it is missing."""
    folder = Path(os.environ.get("VWAZEN_HOME") or ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
