"""docs/reference/settings.md has a section for each environment variable that the code reads, and for no other."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.lints import tracked
from tests.spec.pages import REFERENCE, ROOT

READ = re.compile(r"""(?:environ(?:\.get|\.setdefault|\.pop)?|getenv)\s*[\[(]\s*["']([A-Z][A-Z0-9_]*)["']""")
OF_THE_SYSTEM = {"PATH", "HOME", "LC_ALL", "TMPDIR"}


def sources() -> Iterator[Path]:
    yield ROOT / "dev"
    yield from (file for file in tracked("*.py") if file != Path(__file__).resolve())


def variables() -> set[str]:
    """Every environment variable that some file of ours reads."""
    return {name for file in sources() for name in READ.findall(file.read_text("utf-8"))} - OF_THE_SYSTEM


def sections() -> dict[str, str]:
    """Heading -> what stands under it, for headings that name a variable."""
    text = (REFERENCE / "settings.md").read_text("utf-8")
    parts = re.split(r"^#{2,3} `([A-Z0-9_]+)`$", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_search_finds_what_is_there() -> None:
    assert {"VWAZEN_HOME", "DATABASE_URL"} <= variables()
    assert READ.findall("os.environ['A'] + os.environ.get(\"B_2\") + os.getenv('C')") == ["A", "B_2", "C"]


def test_every_setting_has_a_section() -> None:
    missing = sorted(variables() - sections().keys())
    assert not missing, f"{missing}: the code reads these and docs/reference/settings.md does not explain them."


def test_no_section_explains_what_nothing_reads() -> None:
    left = sorted(sections().keys() - variables())
    assert not left, f"{left}: docs/reference/settings.md explains these and no code reads them."


def test_every_section_says_what_happens_without_it() -> None:
    for name, body in sections().items():
        assert re.search(r"(?i)default|unset|without it|where it is not", body), f"{name}: say what happens without it."
