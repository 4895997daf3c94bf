"""What the tests that print reference pages share: tables, and the comparison with the committed page."""

import os
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def heading(title: str, by: str, change: str) -> str:
    """The first lines of a printed page: who prints it from what, and its title."""
    return f"<!-- Printed by tests/spec/{by} from {change}. Change that, not this page. -->\n\n# {title}\n"


def cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table of Markdown, ended by an empty line."""
    names = list(head)
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def compare(name: str, made: str) -> None:
    """Fail where the committed page differs; `VWAZEN_WRITE_DOCS=1` writes it anew."""
    file = REFERENCE / name
    made = made.rstrip() + "\n"
    if os.environ.get("VWAZEN_WRITE_DOCS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(made, "utf-8")
    assert file.exists(), f"docs/reference/{name} is missing. Run with VWAZEN_WRITE_DOCS=1 and read what it says."
    assert file.read_text("utf-8") == made, (
        f"docs/reference/{name} is not current. Run with VWAZEN_WRITE_DOCS=1 and read what changed."
    )
