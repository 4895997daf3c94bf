"""Where a node keeps its records: never where the next installation would take them away."""

from pathlib import Path

import pytest

from vwazen import home


def test_an_installed_package_wants_to_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "ROOT", tmp_path)
    monkeypatch.delenv("VWAZEN_HOME", raising=False)
    with pytest.raises(RuntimeError, match="set VWAZEN_HOME"):
        home.home()
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("VWAZEN_HOME", str(tmp_path / "ours"))
    assert home.home() == tmp_path / "ours" and home.home().is_dir()


def test_a_clone_keeps_them_beside_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(home, "ROOT", tmp_path)
    monkeypatch.delenv("VWAZEN_HOME", raising=False)
    assert home.home() == tmp_path / "var"
