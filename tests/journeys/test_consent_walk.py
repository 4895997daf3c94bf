"""A woman closes her record to nurses, an emergency opens it, somebody reviews that, and she reads who looked."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, Node, browser, sign_in, sound
from tests.live import node as running

WHY = "Found unconscious at the market; which medicines does he take?"


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def page_of(chromium: Browser, node: Node, username: str, width: int = 1280, height: int = 800) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    sign_in(page, node.url, username, PASSWORD)
    return page


def fits(page: Page) -> None:
    """It is sound wide and narrow."""
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        sound(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_what_she_closes_an_emergency_opens_and_she_reads_who_looked(chromium: Browser, node: Node) -> None:
    people = dict(line.split()[:2] for line in (node.home / "people.txt").read_text().splitlines())
    ben = f"{node.url}/people/{people['ben']}"
    kai, nia, ada = (page_of(chromium, node, who) for who in ("kai", "nia", "ada"))

    kai.goto(ben)
    kai.get_by_role("link", name="Who may know, and who looked").click()
    kai.get_by_label("No: these are not to know").check()
    kai.get_by_label("About which part").select_option(label="Mental-health care")
    kai.get_by_label("Who", exact=True).select_option(label="Every nurse")
    fits(kai)
    kai.get_by_role("button", name="Save what they said").click()
    expect(kai.get_by_text("holds from now on")).to_be_visible()
    expect(kai.get_by_text("Decide together how care goes on")).to_be_visible()
    fits(kai)

    nia.goto(ben)
    expect(nia.get_by_role("heading", name="Ben Course")).to_be_visible()
    expect(nia.get_by_text("PHQ-9")).to_have_count(0)

    nia.goto(f"{node.url}/open-in-emergency")
    nia.get_by_label("Their whole name").fill("Ben Course")
    nia.get_by_label("Born").fill("1985")
    nia.get_by_label("What has happened").fill(WHY)
    fits(nia)
    nia.get_by_role("button", name="Open it").click()
    expect(nia.get_by_text("Opened in an emergency")).to_be_visible()
    expect(nia.get_by_text("PHQ-9").first).to_be_visible()

    ada.goto(f"{node.url}/open-in-emergency/reviews")
    fits(ada)
    ada.get_by_role("link", name=re.compile(r"\d\d:\d\d")).first.click()
    expect(ada.get_by_text(WHY)).to_be_visible()
    fits(ada)
    ada.get_by_label("Yes, it was needed").check()
    ada.get_by_role("button", name="Save the review").click()
    expect(ada.get_by_text("Your review is on record.")).to_be_visible()

    kai.goto(f"{ben}/seen-by")
    expect(kai.get_by_text(WHY)).to_be_visible()
    fits(kai)
    kai.goto(f"{ben}/erase")
    fits(kai)
    kai.get_by_label("The person asks for it").check()
    kai.get_by_label("I have spoken with them").check()
    kai.get_by_role("button", name="Ask for it").click()
    ada.goto(f"{node.url}/erasures")
    fits(ada)
    expect(ada.get_by_text("Ben Course")).to_have_count(0)

    kai.goto(f"{ben}/consent")
    kai.get_by_role("button", name=re.compile("They open it again")).click()
    nia.goto(f"{node.url}/caseload")
    expect(nia.get_by_text("PHQ-9 was 16").first).to_be_visible()
