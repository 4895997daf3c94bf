"""What the server refuses is said on a phone in every complete language: read out of the code that refuses.

Why an entry came back (`held`), why a phone is not known, and why a code was not taken, which stands there before the
content has come.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_content_load import BASE, ROOT
from vwazen.content.languages import ENGLISH, Language
from vwazen.content.load import content
from vwazen.content.said import shapes

SERVER = ROOT / "vwazen" / "server"
COMPLETE = [one for one in content([BASE]).all(Language) if one.status == "complete" and one.code != ENGLISH]
ONLY_LOGGED = "log"


def phrase_key(text: str) -> str:
    """As `phone/decide/phrase.ts` makes it."""
    return "phrase." + re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-")


def code_of(file: Path, function: str = "") -> ast.AST:
    """The code of a file, or of one function of it."""
    tree = ast.parse(file.read_text("utf-8"))
    if not function:
        return tree
    (found,) = (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == function)
    return found


def sentences(file: Path, function: str = "", *, named: bool = False) -> Iterator[str]:
    """Every whole sentence in the code of a file, or of one function of it, a hole as {}. `named`: only those that have
    a name there."""
    tree = code_of(file, function)
    if named and isinstance(tree, ast.Module):
        tree.body = [one for one in tree.body if isinstance(one, ast.Assign)]
    skipped = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).partition(".")[0] == ONLY_LOGGED:
            skipped |= {id(one) for one in ast.walk(call)}
    for one in ast.walk(tree):
        if isinstance(one, ast.JoinedStr):
            skipped |= {id(part) for part in one.values}
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            text = one.value
        else:
            continue
        if id(one) not in skipped and re.fullmatch(r"[“A-Z].* .*\.", text, re.DOTALL):
            yield text


def refused(file: Path, function: str, status: int) -> Iterator[str]:
    """What a function of the file answers with this status."""
    for call in ast.walk(code_of(file, function)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "_refused":
            code, text = call.args
            if ast.literal_eval(code) == status and isinstance(text, ast.Constant):
                yield str(text.value)


def held() -> set[str]:
    """Whatever an entry that is held may come back with, and what a phone is told that is not known any more."""
    push, door = SERVER / "sync" / "push.py", SERVER / "record" / "actions.py"
    found = {*sentences(push), *sentences(door, named=True), *sentences(ROOT / "vwazen" / "clinical" / "validate.py")}
    return found | set(refused(SERVER / "sync" / "views.py", "_stranger", 401))


def letting_in() -> set[str]:
    """Why a code is not taken."""
    views = SERVER / "sync" / "views.py"
    devices = SERVER / "organisation" / "actions" / "devices.py"
    bad = re.search(r'^_BAD_CODE = "(.+)"$', devices.read_text("utf-8"), re.MULTILINE)
    assert bad
    return {bad[1], *sentences(devices, "enrol"), *(
        text for status in (401, 413) for text in refused(views, "enrol", status)
    )}  # fmt: skip


def test_the_code_that_refuses_is_read() -> None:
    assert len(held()) > 50 and len(letting_in()) == 4
    assert "“{}” is longer than {} characters. Write it shorter." in held()
    assert "Nobody with this number is registered here: their registration has not arrived." in held()


@pytest.mark.parametrize("language", COMPLETE, ids=lambda one: one.code)
def test_every_refusal_is_said(language: Language) -> None:
    known = {re.sub(r"\{\w+\}", "{}", text) for text in shapes(language.said)["held"]}
    assert sorted(text for text in held() if text not in known) == []
    assert sorted(text for text in letting_in() if phrase_key(text) not in language.words) == []
