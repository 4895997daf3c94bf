from pathlib import Path

import pytest

from tests.phones import Phone, enrol
from tests.world import World


@pytest.fixture
def own_folder(tmp_path: Path, settings: object) -> Path:
    """What a test brings in lies in a folder of its own."""
    settings.IMPORTS_FOLDER = tmp_path / "imports"  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def phone(world: World) -> Phone:
    """Walker Wim's, with everything on it."""
    one = enrol(world.wim, world.sue)
    one.sync()
    return one
