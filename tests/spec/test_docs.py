"""The words of the project, tested: links lead somewhere, commands can be given, examples are sound, controls exist."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.lints import tracked
from tests.spec.pages import ROOT
from tests.spec.test_commands_reference import commands as every_command
from tests.spec.test_commands_reference import dev_commands
from vwazen.cli import parser
from vwazen.clinical.vectors import check_content
from vwazen.content.languages import Language
from vwazen.content.load import content

PAGES = sorted(tracked("*.md"))
HAZARDS = ROOT / "docs" / "explanation" / "hazards.md"
DECISIONS = ROOT / "docs" / "adr"
FENCE = re.compile(r"^(```+)(\w*)[^\n]*\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]*(?:\([^()\s]*\))?)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that headings get: lower case, letters, digits, - and _ only, spaces as hyphens."""
    found: set[str] = set()
    for title in re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        again = next(n for n in range(1000) if (f"{slug}-{n}" if n else slug) not in found)
        found.add(f"{slug}-{again}" if again else slug)
    return found


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page))):
        where, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", where):
            continue
        file = (page.parent / unquote(where)).resolve() if where else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert not broken, f"{name(page)}: {broken} lead nowhere."


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_page_can_be_read_from_the_index(page: Path) -> None:
    if not name(page).startswith("docs/") or name(page) in ("docs/index.md",):
        return
    linked = {
        (one.parent / target.partition("#")[0]).resolve()
        for one in PAGES
        for target in LINK.findall(prose(one))
        if target and not re.match(r"[a-z]+:", target)
    }
    assert page in linked, f"No page links to {name(page)}. Add it to docs/index.md."


def commands(page: Path) -> Iterator[str]:
    """Every `vwazen …` and `./dev …` that the page tells a reader to give."""
    text = page.read_text("utf-8")
    for _, language, block in FENCE.findall(text):
        if language in ("sh", "bash", "console"):
            yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())
    yield from re.findall(r"`([^`\n]+)`", prose(page))


def ours(line: str) -> list[str] | None:
    """The words of a command of ours; None for anything else. Settings before it, comments and prompts are left out."""
    line = re.sub(r"^(\$ )?(?:[A-Z_]+=(?:'[^']*'|\S*) )*", "", line)
    if not re.match(r"(vwazen|\./dev|(\.venv/bin/)?python -m vwazen) \S", line):
        return None
    words = shlex.split(line.replace("…", "..."), comments=True)
    return ["vwazen", *words[3:]] if "python" in words[0] else words


def named() -> set[str]:
    """The names of all commands and groups of commands: a page may speak of `vwazen import` without its arguments."""
    known = {one for one, _ in every_command(parser())}
    return known | {" ".join(one.split()[:2]) for one in known}


NAMED = named()


def all_commands() -> list[tuple[str, str]]:
    return [(name(page), line) for page in PAGES for line in dict.fromkeys(commands(page)) if ours(line)]


@pytest.mark.parametrize(("page", "line"), all_commands())
def test_every_command_can_be_given(page: str, line: str) -> None:
    words = ours(line) or []
    known = {command.strip("`").split()[1] for command, _ in dev_commands()}
    program, *rest = words
    if program == "./dev":
        assert rest[0] in known, f"{page}: {line}: ./dev has no {rest[0]!r}; it has {sorted(known)}."
        if rest[0] != "up":
            return
    elif rest == ["..."]:
        return
    if "..." in rest:
        pytest.fail(f"{page}: {line}: write the command out.")
    if " ".join(["vwazen", *rest]) in NAMED:
        return
    try:
        parser().parse_args(rest)
    except SystemExit:
        pytest.fail(f"{page}: `{line}` is no command of vwazen.")


def test_the_search_for_commands_finds_them() -> None:
    assert ours("vwazen seal --verify") == ["vwazen", "seal", "--verify"]
    assert ours("A_B='x y' .venv/bin/python -m vwazen backup x  # a comment") == ["vwazen", "backup", "x"]
    assert ours("vwazen") is None
    assert len(all_commands()) > 10


def block(page: Path, file: str) -> str:
    """The block of code that begins with `# file`."""
    for _, _, text in FENCE.findall(page.read_text("utf-8")):
        first, _, rest = text.partition("\n")
        if first.strip() == f"# {file}":
            return str(rest)
    raise AssertionError(f"{name(page)} has no block for {file}.")


def test_the_example_instrument_is_sound(tmp_path: Path) -> None:
    how_to = ROOT / "docs" / "how-to" / "add-an-instrument.md"
    for file in ("our-clinic/pack.yaml", "our-clinic/sources.yaml", "our-clinic/instruments/rest-3.yaml"):
        place = tmp_path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(block(how_to, file), "utf-8")
    packs = [ROOT / "vwazen" / "content", tmp_path / "our-clinic"]
    assert [str(one) for one in check_content(packs)] == []
    assert content(packs).instrument("rest-3").name == "Rest-3"


def test_the_example_language_is_sound(tmp_path: Path) -> None:
    how_to = ROOT / "docs" / "how-to" / "add-a-language.md"
    pack = block(ROOT / "docs" / "how-to" / "add-an-instrument.md", "our-clinic/pack.yaml")
    for file in ("our-clinic/languages/sw/language.yaml", "our-clinic/languages/sw/next.yaml", "our-clinic/pack.yaml"):
        place = tmp_path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(pack if place.name == "pack.yaml" else block(how_to, file), "utf-8")
    packs = [ROOT / "vwazen" / "content", tmp_path / "our-clinic"]
    assert [str(one) for one in check_content(packs) if one.file.is_relative_to(tmp_path)] == []
    assert {one.code: one.name for one in content(packs).all(Language)}["sw"] == "Kiswahili"


def hazards() -> list[list[str]]:
    """The rows of the hazard log, as cells."""
    lines = [line for line in HAZARDS.read_text("utf-8").splitlines() if re.match(r"\| H\d+ \|", line)]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_hazards_are_numbered_once_and_whole() -> None:
    rows = hazards()
    assert [row[0] for row in rows] == [f"H{n}" for n in range(1, len(rows) + 1)]
    assert [row[0] for row in rows if len(row) != 6 or not all(row)] == []


@pytest.mark.parametrize("row", hazards(), ids=lambda row: row[0])
def test_every_control_of_a_hazard_is_shown_by_a_test_that_exists(row: list[str]) -> None:
    shown = re.findall(r"`([^`]+)`", row[4])
    assert shown, f"{row[0]} names no test: {row[4]}"
    for one in shown:
        file, _, function = one.partition("::")
        assert (ROOT / "tests" / file).is_file(), f"{row[0]}: there is no tests/{file}."
        if function:
            assert f"def {function}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{row[0]}: no {one}."


def test_decisions_are_numbered_in_a_row_and_say_the_four_things() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [file.name[:4] for file in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text("utf-8")
        wanted = ("\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n")
        assert all(part in text for part in wanted), f"{file.name}: status, context, decision, consequences."
        assert text.count("\n") <= 60, f"{file.name} is longer than a page."


def test_the_pages_on_layers_say_what_is_enforced() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (apps,) = (one["layers"] for one in contracts if one.get("containers") == ["vwazen.server"])
    assert f"    {' > '.join(apps)}\n" in (DECISIONS / "0003-web-beneath-the-apps.md").read_text("utf-8")
    said = re.search(r"`(config >[^`]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert said
    order = [layer.split(" | ")[0] for layer in apps]
    places = [order.index(one) for one in said[1].split(" > ")]
    assert places == sorted(places)


def test_the_changelog_begins_with_what_is_not_released_and_explains_its_flags() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE)[0] == "Unreleased"
    for flag in ("**Clinical change**", "**Migration**", "**Results may differ**"):
        assert text.index(flag) < text.index("## Unreleased")


def test_the_readme_says_how_far_to_trust_it() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert "No clinician has reviewed any of this yet, and it is not a medical device" in text
    assert "./dev up" in text
    assert "./dev test" in text
    shipped = content([ROOT / "vwazen" / "content", ROOT / "packs" / "noncommercial"]).instruments
    assert f"{len(shipped)} [instruments]" in text
