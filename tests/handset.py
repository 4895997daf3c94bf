"""A phone in Chromium for tests in the browser: let in by a supervisor's code, by the visible labels only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.live import PASSWORD, sign_in

if TYPE_CHECKING:
    from tests.live import Node

PIN = "271828"
SCREEN = {"width": 360, "height": 740}


def code_for(browser: Browser, node: Node, worker: str, by: str = "max") -> str:
    """The code that is shown for a worker's phone to whoever manages workers."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, node.url, by, PASSWORD)
    page.goto(f"{node.url}/workers/")
    page.get_by_role("link", name=re.compile(worker)).first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("[Pp]hones")).first.click()
    page.get_by_role("button", name="Enrol a phone").click()
    found = re.search(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", page.inner_text("main"))
    assert found, page.inner_text("main")
    context.close()
    return found[0]


def handset(browser: Browser, **more: object) -> BrowserContext:
    """A phone: its own storage, 360 by 740, touch."""
    return browser.new_context(viewport=SCREEN, has_touch=True, is_mobile=True, device_scale_factor=2, **more)  # type: ignore[arg-type]


def enrol(context: BrowserContext, node: Node, code: str, pin: str = PIN) -> Page:
    """Let the phone in with a code, up to its first list."""
    page = context.new_page()
    page.goto(f"{node.url}/phone/#/enrol/{code}")
    page.get_by_label("New PIN").fill(pin)
    page.get_by_label("The same PIN again").fill(pin)
    page.get_by_role("button", name="Let me in").click()
    expect(page.get_by_role("heading", name=re.compile("^Welcome"))).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name=re.compile("^Today"))).to_be_visible(timeout=20_000)
    return page


def unlock(page: Page, pin: str = PIN) -> None:
    """Open the lock with the PIN."""
    page.get_by_label("PIN").fill(pin)
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("^Open"))).to_have_count(0, timeout=30_000)


def wait_until_kept(page: Page) -> None:
    """Until the service worker has the whole shell, so that the phone opens without a network."""
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def until(page: Page, script: str, wanted: object = True) -> None:
    """Until the script comes to this. Asked from outside: a page of ours forbids a script that waits in it, and one
    that promises would count as true at once."""
    for _ in range(150):
        found = page.evaluate(script)
        if found == wanted:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{script} is {found}, not {wanted}")


def ask_somebody(page: Page, sound: str, name: str, instrument: str) -> None:
    """Somebody is found by the sound of their name, was met, and is to be asked."""
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill(sound)
    page.get_by_role("link", name=name).click()
    page.get_by_label("Yes, we met").check()
    page.get_by_role("link", name=re.compile("^Ask other questions")).click()
    page.get_by_role("link", name=instrument).click()
