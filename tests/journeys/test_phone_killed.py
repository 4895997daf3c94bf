"""The phone's own process ends by SIGKILL, as under a system that is short of memory: in the middle of saving, in the
middle of speaking with the server, or anywhere. Then it is opened again with its PIN and goes on.

Chromium is a process of its own with a folder that stays; the visits are saved through the screens. What the screen
called saved is at the clinic in the end, once and whole. (What a power cut does to a disk is not seen here.)
"""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, Request, expect, sync_playwright

from phone.build import SHELL
from tests.handset import SCREEN, code_for, enrol, unlock, wait_until_kept
from tests.live import CHROMIUM, Node, node
from tests.tries import NIGHTLY

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)
FLAGS = ("--headless", "--no-sandbox", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--remote-debugging-port=0")  # fmt: skip
KILLS = 30 if NIGHTLY else 3
WHEN = ("saving", "syncing", "anywhere")
# How long after its beginning what is to be cut off is cut off, at the most, in seconds.
MOST = {"saving": 0.08, "syncing": 0.05, "anywhere": 3.0}
SPEAK = "dispatchEvent(new Event('online'))"  # as when the network comes back


class Phone:
    """Chromium as one process group, and its folder, which outlives it."""

    def __init__(self, play: Playwright, folder: Path) -> None:
        self.play, self.folder = play, folder
        self.asking = 0  # requests to the server without an answer yet
        self.on()

    def on(self) -> None:
        told = self.folder / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self.folder}", "about:blank"], start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(600):
            if told.exists() and (said := told.read_text().splitlines()):
                break
            time.sleep(0.05)
        self.browser = self.play.chromium.connect_over_cdp(f"http://127.0.0.1:{said[0]}")
        self.context: BrowserContext = self.browser.contexts[0]
        self.context.set_default_timeout(20_000)
        self.asking = 0

    def watched(self, page: Page) -> Page:
        """It is counted what this page asks the server, and what is answered."""
        page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
        page.on("request", lambda one: self._asks(one, 1))
        for end in ("requestfinished", "requestfailed"):
            page.on(end, lambda one: self._asks(one, -1))
        return page

    def _asks(self, one: Request, more: int) -> None:
        if one.url.endswith("/sync/"):
            self.asking += more

    def kill(self) -> None:
        """At once, and all of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def off(self) -> None:
        self.kill()
        self.process.wait()
        with contextlib.suppress(Error):
            self.browser.close()


class Life:
    """From one start of the phone to its end: visits are saved one after the other until it is killed."""

    def __init__(self, phone: Phone, page: Page, about: str, when: str, draw: random.Random) -> None:
        self.phone, self.page, self.about, self.when, self.draw = phone, page, about, when, draw
        self.pressed: list[str] = []
        self.saved: list[str] = []
        self.cut: Counter[str] = Counter()
        self.armed = False

    def arm(self) -> None:
        """From now on it may end at any moment."""
        if not self.armed:
            self.armed = True
            threading.Timer(self.draw.uniform(0, MOST[self.when]), self.die).start()

    def asks(self, one: Request) -> None:
        """The page asks something of the server."""
        if one.url.endswith("/sync/") and self.saved:
            self.arm()

    def die(self) -> None:
        self.cut["saving"] = len(self.pressed) > len(self.saved)
        self.cut["syncing"] = self.phone.asking > 0
        self.phone.kill()

    def live(self, name: str, visits: int) -> None:
        if self.when == "anywhere":
            self.arm()
        if self.when == "syncing":
            self.page.on("request", self.asks)
        with contextlib.suppress(Error, AssertionError):  # the page is gone
            for n in range(1000):
                self.visit(f"{name} {n}", last=n + 1 >= visits)

    def visit(self, note: str, *, last: bool) -> None:
        page = self.page
        page.goto(self.about)
        page.get_by_label("Yes, we met").check()
        page.get_by_label("What the clinic should know").fill(note)
        page.get_by_label("No day agreed").check()
        self.pressed.append(note)
        if last and self.when == "saving":
            self.arm()
        page.get_by_role("button", name="Save the visit").click()
        expect(page.get_by_role("heading", level=1, name=re.compile("^Today(,|$)"))).to_be_visible()
        self.saved.append(note)
        page.evaluate(SPEAK)


def at_the_clinic(server: Node) -> tuple[Counter[str], list[list[str]]]:
    """Notes, how often each; and of each visit the kinds of its entries."""
    with contextlib.closing(sqlite3.connect(f"file:{server.home / 'vwazen.sqlite3'}?mode=ro", uri=True)) as db:
        found = [json.loads(data) for (data,) in db.execute("select data from record_fact")]
    visits: dict[str, list[str]] = {}
    found = [one for one in found if one.get("device", "server") != "server"]  # said on the phone
    for one in found:
        visits.setdefault(one.get("encounter") or one["id"], []).append(one["body"]["kind"])
    notes = Counter(one["body"]["text"] for one in found if one["body"]["kind"] == "note")
    return notes, [sorted(kinds) for kinds in visits.values()]


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    with node() as one:
        yield one


def test_what_the_screen_called_saved_outlives_the_process_of_the_phone(server: Node, tmp_path: Path) -> None:
    draw = random.Random(9)
    people = dict(line.split() for line in (server.home / "people.txt").read_text().splitlines())
    pressed: set[str] = set()
    saved: set[str] = set()
    cut: Counter[str] = Counter()
    with sync_playwright() as play:
        phone = Phone(play, tmp_path / "phone")
        try:
            page = phone.watched(enrol(phone.context, server, code_for(phone.browser, server, "Walker Wim")))
            wait_until_kept(page)
            expect(page.get_by_role("link", name="Cid Danger")).to_be_visible(timeout=30_000)  # the first pull is done
            for at in range(4 * KILLS):
                if at >= KILLS and cut["saving"] and cut["syncing"]:
                    break
                life = Life(phone, page, f"{server.url}/phone/#/person/{people['ben']}", WHEN[at % len(WHEN)], draw)
                life.live(f"Life {at}, visit", visits=draw.randint(1, 3))
                phone.off()
                pressed |= set(life.pressed)
                saved |= set(life.saved)
                cut += life.cut
                phone.on()
                page = phone.watched(phone.context.new_page())
                page.goto(f"{server.url}/phone/")
                unlock(page)
            page.goto(f"{server.url}/phone/#/unsent")
            expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible(timeout=60_000)
        finally:
            phone.off()
    notes, visits = at_the_clinic(server)
    print(f"{at} kills, {len(saved)} saved, cut off while {dict(cut)}")
    assert saved - notes.keys() == set(), "what the screen called saved is at the clinic"
    assert notes.keys() <= pressed and set(notes.values()) == {1}, "once, and nothing that nobody saved"
    assert len({tuple(kinds) for kinds in visits}) == 1 and len(visits) == len(notes), "no visit is half there"
    assert cut["saving"] and cut["syncing"], "it was cut off while it saved, and while it spoke"
