"""A new version of the phone's program: taken whole, and only where nothing is being written."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from phone.build import SHELL
from tests.handset import handset, until
from tests.live import browser

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)


class Quiet(SimpleHTTPRequestHandler):
    """Files as the node serves them: asked for each time, and no line for each."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(ConnectionError):  # the browser does not wait for the rest of a version that is broken
            super().handle()


class Place:
    """A copy of the shell that a server of its own gives out."""

    def __init__(self, folder: Path) -> None:
        self.shell = folder / "phone"
        self.words = "Let this phone in"
        shutil.copytree(SHELL, self.shell)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/phone/"

    def publish(self, words: str, *, broken: bool = False) -> None:
        """Another version: the program says other words under another name. `broken`: the file does not arrive."""
        (old,) = (one for one in self.shell.glob("assets/index-*.js") if one.name in self.page())
        new = old.with_name(f"index-{words[:6].encode().hex()}.js")
        changed = 0
        for file in (self.shell / "index.html", self.shell / "sw.js", *self.shell.glob("assets/*.js")):
            text = file.read_text("utf-8")
            changed += self.words in text
            file.write_text(text.replace(old.name, new.name).replace(self.words, words), "utf-8")
        assert changed, "the program says these words nowhere"
        self.words = words
        worker = self.shell / "sw.js"
        name = words[:6].encode().hex()
        worker.write_text(re.sub(r'"version":"\w+"', f'"version":"{name}"', worker.read_text("utf-8")), "utf-8")
        old.rename(new.with_suffix(".late") if broken else new)

    def page(self) -> str:
        return (self.shell / "index.html").read_text("utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def heading(page: Page) -> str:
    page.get_by_role("heading", level=1).wait_for()
    return page.get_by_role("heading", level=1).inner_text()


WAITS = "navigator.serviceWorker.getRegistration().then((one) => Boolean(one.waiting))"


def taken(page: Page, words: str) -> None:
    """The page starts anew by itself with the version that says these words."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words, timeout=30_000)


def caches(page: Page) -> list[str]:
    found: list[str] = page.evaluate("caches.keys()")
    return found


def test_half_a_new_shell_is_never_taken(chromium: Browser, place: Place) -> None:
    phone = handset(chromium)
    page = phone.new_page()
    page.goto(place.url)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    assert heading(page) == "Let this phone in"
    first = caches(page)
    assert len(first) == 1

    place.publish("Broken version", broken=True)
    page.reload()
    page.wait_for_timeout(1500)
    page.reload()
    assert heading(page) == "Let this phone in", "half a version is none"
    phone.set_offline(True)
    page.reload()
    assert heading(page) == "Let this phone in", "and the old one still opens without a network"
    assert [one for one in caches(page) if one in first] == first
    phone.set_offline(False)
    phone.close()


def test_a_new_shell_is_taken_whole_and_only_where_nothing_is_written(chromium: Browser, place: Place) -> None:
    phone = handset(chromium)
    page = phone.new_page()
    page.goto(place.url)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    place.publish("Second version")
    other = phone.new_page()
    other.goto(place.url)
    until(other, WAITS)
    other.wait_for_timeout(1500)
    assert heading(page) == heading(other) == "Let this phone in", "in one of two windows something may be written"
    other.close()
    taken(page, "Second version")  # a page of the very first visit, before there was any worker
    page.get_by_label("Code").fill("ABC")
    place.publish("Third version")
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => 1)")
    until(page, WAITS)
    page.wait_for_timeout(1500)
    assert (heading(page), page.get_by_label("Code").input_value()) == ("Second version", "ABC"), "somebody is writing"
    page.get_by_label("Code").fill("")
    taken(page, "Third version")
    phone.set_offline(True)
    page.reload()
    assert heading(page) == "Third version"
    assert len(caches(page)) == 1, "the old versions are gone"
    phone.close()
