"""An installed program finds what a clone has beside it. (That the wheel is built, installed and serves is tried by
hand for a release: it needs the network.)"""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from vwazen import home
from vwazen.content import check, load
from vwazen.home import ROOT

SPEC = importlib.util.spec_from_file_location("wheel_setup", ROOT / "setup.py")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What setup.py puts into a wheel, as the program sees it that was installed from one."""
    pytest.importorskip("setuptools")
    assert SPEC and SPEC.loader
    setup = importlib.util.module_from_spec(SPEC)
    SPEC.loader.exec_module(setup)
    setup.put_beside(tmp_path / "vwazen" / "beside")
    monkeypatch.delenv("VWAZEN_HOME", raising=False)
    monkeypatch.setattr(home, "ROOT", tmp_path)
    return tmp_path / "vwazen" / "beside"


def named() -> set[str]:
    """What the program says it reads beside itself."""
    return {name for file in (ROOT / "vwazen").rglob("*.py") for name in re.findall(r'beside\("([^"]+)"\)',
            file.read_text("utf-8"))}  # fmt: skip


def known(packs: tuple[Path, ...]) -> set[str]:
    return {one.id for one in load.content(packs).instruments}


def files(folder: Path) -> set[str]:
    found = folder.rglob("*") if folder.is_dir() else [folder]
    return {one.relative_to(folder.parent).as_posix() for one in found if one.is_file() and one.suffix != ".pyc"}


def test_whatever_a_node_reads_beside_the_program_is_in_the_wheel(installed: Path) -> None:
    assert {"packs", "examples/maps", "docs/how-to/import.md"} == named()
    for name in named():
        assert files(home.beside(name)) == files(ROOT / name) != set()
        assert home.beside(name).is_relative_to(installed)


def test_nothing_is_read_beside_the_program_by_another_way() -> None:
    """A path that is made of the clone's root is none in an installed program."""
    for file in (ROOT / "vwazen").rglob("*.py"):
        text = file.read_text("utf-8")
        assert file.name == "home.py" or not re.search(r"\bimport\b.*\bROOT\b|\bROOT /", text), file


def test_an_installed_program_knows_the_same_content_and_one_without_a_pack_the_rest(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = load.default_packs()
    assert [one.name for one in packs] == ["content", "noncommercial", "who-icd-11"]
    with monkeypatch.context() as clone:
        clone.setattr(home, "ROOT", ROOT)
        assert load.content(packs).version == load.content().version
        packs = load.default_packs()
    for one in (installed / "packs" / "noncommercial").rglob("*.*"):
        one.unlink()
    (installed / "packs" / "noncommercial" / "instruments").rmdir()
    (installed / "packs" / "noncommercial").rmdir()
    left = load.default_packs()
    assert [one.name for one in left] == ["content", "who-icd-11"]
    assert not check.check(left)
    assert known(packs) - known(left) == {"audit", "dast-10", "who-5"}


def test_each_pack_brings_its_terms_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    terms = {file for pattern in project["license-files"] for file in ROOT.glob(pattern)}
    assert all(pack / "LICENSE.md" in terms for pack in (ROOT / "packs").iterdir() if pack.is_dir())
    assert project["license"] != "Apache-2.0", "not all of it is"
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert all(f"packs/{pack.name}" in notice for pack in (ROOT / "packs").iterdir() if pack.is_dir())
