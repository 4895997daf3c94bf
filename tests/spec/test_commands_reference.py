"""Prints docs/reference/commands.md: every command of `vwazen` from its own parser, and of `./dev` from its docstring.

`VWAZEN_WRITE_DOCS=1` writes the page anew.
"""

import argparse
import ast
from collections.abc import Iterator

from tests.spec.pages import ROOT, compare, heading, table
from vwazen.cli import parser

INTRO = """
What a node can be told to do, printed from the program itself. In a clone of the repository, `vwazen` stands for
`.venv/bin/python -m vwazen` (on Windows `.venv\\Scripts\\python -m vwazen`), once `./dev up` or `./dev test` has
made `.venv`. Which folder and which database a command works on is said by [settings](settings.md).

Every command takes `--json` and then prints its result as one JSON document. The exit code is 0 when all is well, 1
when something is not (the words say what, and what to do), and 2 for a command that makes no sense.
"""
DEV = """
## `./dev`: for who works on the program

Needs Python 3.11 and git only; what else it needs it installs into `.venv` by pinned versions with their hashes, and
says how long that took.
"""


def commands(one: argparse.ArgumentParser, name: str = "vwazen") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be run, with its full name, in the order in which the parser lists them."""
    groups = [action for action in one._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield name, one
    for group in groups:
        for word, inner in group.choices.items():
            yield from commands(inner, f"{name} {word}")


def options(one: argparse.ArgumentParser) -> Iterator[tuple[str, str, str]]:
    """What each argument is called, whether it must be given, and what it means; `--help` and `--json` are left out."""
    for action in one._actions:
        if {"--help", "--json"} & set(action.option_strings):
            continue
        word = (action.metavar or action.dest).upper() if isinstance(action.metavar, str | None) else action.dest
        many = "..." if action.nargs in ("+", "*") else ""
        if not action.option_strings:
            yield f"`{word}{many}`", "optional" if action.nargs in ("?", "*") else "needed", action.help or ""
            continue
        value = "" if action.nargs == 0 else f" {word}{many}"
        text = action.help or ""
        if action.choices:
            text += f" ({', '.join(map(str, action.choices))})"
        if action.default not in (None, "", False) and "default" not in text:
            text += f" ({action.default} by default)"
        yield f"`{', '.join(action.option_strings)}{value}`", "needed" if action.required else "", text.strip()


def page() -> str:
    parts = [heading("Commands", "test_commands_reference.py", "vwazen/cli.py and dev"), INTRO]
    for name, one in commands(parser()):
        text = one.description or ""
        parts.append(f"\n## `{name}`\n\n{text[:1].upper()}{text[1:].rstrip('.')}.\n")
        rows = list(options(one))
        if rows:
            parts.append("\n" + table(["Argument", "", "What it means"], rows))
    parts.append(DEV + "\n" + table(["Command", "What it does"], dev_commands()))
    return "".join(parts)


def dev_commands() -> list[tuple[str, str]]:
    """(command, what it does) for each line of the docstring of `dev`."""
    said = ast.get_docstring(ast.parse((ROOT / "dev").read_text("utf-8"))) or ""
    lines = [line for line in said.splitlines() if line.startswith("./dev ")]
    return [(f"`./dev {line.split()[1]}`", " ".join(line.split()[2:])) for line in lines]


def test_the_page_of_the_commands() -> None:
    compare("commands.md", page())


def test_every_command_has_a_sentence_and_json() -> None:
    for name, one in commands(parser()):
        assert one.description, f"{name} says nothing of itself"
        assert any("--json" in action.option_strings for action in one._actions), f"{name} has no --json"
