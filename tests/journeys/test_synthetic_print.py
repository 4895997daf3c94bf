"""What is printed from a demo says so, also the sheet that a person takes home."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.live import Node, browser, sign_in
from tests.live import node as running


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=False) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def printed(page: Page) -> str:
    """The words that stand on the paper."""
    page.emulate_media(media="print")
    words = page.inner_text("body")
    page.emulate_media(media="screen")
    return words


def test_every_printed_sheet_says_synthetic(node: Node, chromium: Browser) -> None:
    found = re.search(r"^\s+nadia\s+(\S+)\s", node.output(), re.MULTILINE)
    assert found, node.output()
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    sign_in(page, node.url, "nadia", found[1])
    assert "Synthetic" in printed(page)
    page.get_by_role("link", name="Open risks", exact=True).click()
    assert "Synthetic" in printed(page)
    page.goto(node.url + "caseload" if node.url.endswith("/") else node.url + "/caseload")
    page.locator('main a[href^="/people/"]').first.click()
    page.wait_for_load_state()
    assert "Synthetic" in printed(page)
    chart = page.url
    page.goto(chart.rstrip("/") + "/plan")
    assert page.locator(".safety-plan").count() == 1
    sheet = printed(page)
    assert "Synthetic" in sheet and "Sign out" not in sheet and "Nadia" not in sheet.split("\n")[0], sheet[:300]
