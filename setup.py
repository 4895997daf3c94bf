"""What a wheel holds beside what lies in vwazen/: what a node reads elsewhere in the clone. See also pyproject.toml.

A pack that is taken away before the wheel is built is not in it, and nothing is left of the build before.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BESIDE = ("packs", "examples/maps", "docs/how-to/import.md")


def put_beside(folder: Path) -> None:
    """Copies of these into the folder in which an installed program looks for them (`vwazen.home.beside`)."""
    for one in BESIDE:
        to = folder / one
        to.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / one).is_dir():
            shutil.copytree(ROOT / one, to, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        else:
            shutil.copy(ROOT / one, to)


class Build(build_py):
    """The package, made anew, and what belongs beside it."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
            put_beside(Path(self.build_lib, "vwazen", "beside"))
        super().run()


if __name__ == "__main__":
    setup(cmdclass={"build_py": Build})
