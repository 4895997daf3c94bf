import pytest

from tests.live import CHROMIUM, NO_BROWSER


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these are skipped, and say what to install."""
    for item in items:
        if "journeys" in item.nodeid:
            item.add_marker("browser")
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
