import pytest

from tests import world as worlds


@pytest.fixture
def world(db: None) -> worlds.World:
    """The small named world of tests/world.py, new for each test."""
    return worlds.build()
