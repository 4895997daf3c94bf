from pathlib import Path

import pytest


@pytest.fixture
def own_folder(tmp_path: Path, settings: object) -> Path:
    """What a test brings in lies in a folder of its own."""
    settings.IMPORTS_FOLDER = tmp_path / "imports"  # type: ignore[attr-defined]
    return tmp_path
