"""A browser on every page: the content policy is broken nowhere, nothing is wider than a phone, no script fails."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, ConsoleMessage, Error

from tests.live import PASSWORD, Node, browser, sign_in
from tests.live import node as running
from tests.tries import NIGHTLY

PERSON = ("chart", "visit", "medicines", "diagnoses", "care-plan", "consent", "seen-by", "stays", "team-messages",
          "trace", "refer", "risk-new", "packet", "reach")  # fmt: skip


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def pages(person: str) -> list[str]:
    """Every address that takes nothing, and the main pages of one person."""
    found = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif "<" not in route:
                found.append("/" + route)
            elif one.name in PERSON:
                found.append("/" + route.replace("<str:person>", person))

    walk(get_resolver().url_patterns, "")
    return sorted({one for one in found if "sign-out" not in one and "<" not in one})


@pytest.mark.parametrize("who", ["nia", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("ada", "pia"))])
def test_no_page_breaks_the_content_policy_or_a_script(chromium: Browser, node: Node, who: str) -> None:
    people = dict(line.split()[:2] for line in (node.home / "people.txt").read_text().splitlines())
    page = chromium.new_context(viewport={"width": 360, "height": 800}).new_page()
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            said.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    sign_in(page, node.url, who, PASSWORD)
    opened = 0
    for address in pages(people["ben"])[:: 1 if NIGHTLY else 3]:  # by day every third
        try:
            answer = page.goto(f"{node.url}{address}")
        except Error:  # an answer without a page: an address to which only forms and machines send
            continue
        assert answer is not None
        assert answer.status < 500, address
        if answer.status == 200 and "text/html" in answer.headers.get("content-type", ""):
            opened += 1
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert said == []
    assert opened >= (8 if NIGHTLY else 5)
