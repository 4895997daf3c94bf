"""The walk that the phone was made for: somebody new is met and asked, tells of a danger, is helped and referred, and
the phone is cut off for a week. It comes back while the server dies twice in the middle of what it sends.

Everything then stands at the clinic once, and nothing of it can be read in what the browser left on the phone. The
walk knows only the words on the screen. The server's clock goes on by the same week; see `LATER`.
"""

import contextlib
import datetime as dt
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Playwright, expect, sync_playwright

from phone.build import SHELL
from tests.handset import PIN, SCREEN, code_for, enrol, unlock, wait_until_kept
from tests.live import CHROMIUM, PASSWORD, ROOT, Node, node, sign_in

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)
# A name that would be a script on any page which believed it.
NAME = "Zanmi Lwen <img src=x onerror=hacked=1>"
SHORT = "Zanmi Lwen"
PLACE, BORN, NUMBER = "Nan Kafou Envante", "1990", "+509 5550 1234"
PLAN, REASON, NOTE = "Chita bo lanme a", "Tanpri wè li byen vit", "Frè li rete avè l"
PLANTED = (SHORT, PLACE, NUMBER, PLAN, REASON, NOTE, "Cid Danger", "Ben Course", "Nan Mango", PIN)
CONTROL = "Kontwol Envante"
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
NO_DIALLING = "addEventListener('click', (e) => e.target.closest?.('a[href^=tel]') && e.preventDefault(), true)"
# Read by Python as it starts: the server's clock stands so many days later than that of the machine.
LATER = """import datetime as dt
from django.utils import timezone
timezone.now = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days={days})
"""
LEFT = """async () => {
  const caches_ = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) caches_.push(new URL(request.url).pathname);
  return { caches: caches_, local: { ...localStorage }, session: { ...sessionStorage }, title: document.title,
    cookies: document.cookie, notes: Notification.permission };
}"""
IN_CLEAR = """(words) => new Promise((done) => {
  const r = indexedDB.open('control'); r.onupgradeneeded = () => r.result.createObjectStore('kept');
  r.onsuccess = () => { const t = r.result.transaction('kept', 'readwrite', { durability: 'strict' });
    t.objectStore('kept').put(words, 1); t.oncomplete = () => { r.result.close(); done(1); }; };
})"""


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    with node() as one:
        yield one


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    with sync_playwright() as one:
        yield one


@pytest.fixture(scope="module")
def chromium(play: Playwright) -> Iterator[Browser]:
    one = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield one
    one.close()


def switch_on(play: Playwright, folder: Path, said: list[str]) -> BrowserContext:
    """The phone with what lies in its folder. `said`: what a script in a name would say."""
    one = play.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        args=FLAGS,
        viewport={"width": SCREEN["width"], "height": SCREEN["height"]},
        has_touch=True,
        is_mobile=True,
    )

    def heard(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    one.on("dialog", heard)
    one.add_init_script(NO_DIALLING)
    one.set_default_timeout(20_000)
    return one


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()


def pick(page: Page, group: str, words: str) -> None:
    """Choose an answer by the words of its question."""
    there = page.get_by_role("group", name=re.compile(group))
    there.locator("label.pick").filter(has_text=re.compile(rf"^{words}")).first.click()


def register(page: Page) -> None:
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill(SHORT)
    press(page, "Register somebody new")
    page.get_by_label(re.compile("^Name")).fill(NAME)
    page.get_by_label(re.compile("^Birth year or age")).fill(BORN)
    page.get_by_label(re.compile("^Place")).fill(PLACE)
    press(page, "Next")
    page.get_by_role("button", name=re.compile("^(None of these|Next)$")).click()
    page.get_by_label("Woman or girl").check()
    page.get_by_label(re.compile("^Phone")).fill(NUMBER)
    press(page, "Register")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()


def ask(page: Page) -> None:
    """PHQ-9 up to the answer that tells of a danger."""
    page.get_by_label("Yes, we met").check()
    page.get_by_role("link", name=re.compile("^Ask other questions")).click()
    page.get_by_role("link", name="PHQ-9").click()
    page.get_by_label("Yes", exact=True).check()
    press(page, "Begin")
    for n in range(1, 10):
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"{n} of 9"))
        page.get_by_label("More than half the days").check()
        press(page, "Next")


def steps(page: Page) -> None:
    """The steps of a danger to their end."""
    expect(page.get_by_role("heading", name=f"Stay with {NAME}")).to_be_visible()
    page.get_by_label("I stay").check()
    page.get_by_role("group", name="Anything swallowed").get_by_label("No", exact=True).check()
    press(page, "Next")
    page.get_by_role("link", name="Call Nurse Nia").click()
    page.get_by_label("Yes, we spoke").check()
    press(page, "Next")
    for question in ("Thoughts of ending", "A plan"):
        page.get_by_role("group", name=question).get_by_label("No", exact=True).check()
    press(page, "Next")
    page.get_by_label("What could be used is put away").check()
    press(page, "Next")
    page.get_by_label("What helps me").fill(PLAN)
    press(page, "Next")
    page.get_by_label("I come").check()
    page.get_by_label(re.compile("^Tomorrow")).check()
    press(page, "Next")
    expect(page.get_by_role("heading", name="The steps are done")).to_be_visible()
    press(page, "To the questions")
    press(page, "No answer")
    press(page, "Save")
    expect(page.get_by_text("Scores are read at the health centre.")).to_be_visible()
    press(page, f"To {NAME}")
    pick(page, "Where", "Their home")
    save_visit(page)


def save_visit(page: Page) -> None:
    pick(page, "Next visit", r"\w+day \d")
    press(page, "Save the visit")
    expect(page.get_by_role("heading", level=1, name=re.compile("^Today(,|$)"))).to_be_visible()


def open_person(page: Page) -> None:
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill(SHORT)
    page.get_by_role("link", name=NAME).first.click()
    expect(page.get_by_role("heading", name=NAME, exact=True)).to_be_visible()


def refer(page: Page) -> None:
    open_person(page)
    page.get_by_role("link", name="Refer to another service").click()
    pick(page, "danger now", "No")
    pick(page, "To whom", "Savann")
    pick(page, "How soon", "Within a week")
    page.get_by_label("What you ask of them").fill(REASON)
    press(page, "Save the referral")
    expect(page.get_by_role("heading", name=NAME, exact=True)).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()


def visit(page: Page, note: str) -> None:
    """Seen again, days later."""
    open_person(page)
    pick(page, "Did you meet", "Yes")
    pick(page, "Where", "Their home")
    page.get_by_label("What the clinic should know").fill(note)
    save_visit(page)


def facts(server: Node) -> list[tuple[str, str]]:
    """Id and kind of all that is on record about whom the phone registered; none while the server starts."""
    with contextlib.closing(sqlite3.connect(f"file:{server.home / 'vwazen.sqlite3'}?mode=ro", uri=True)) as db:
        found = db.execute(
            "select id, kind from record_fact where person in (select id from record_person where name like ?)",
            (f"{SHORT}%",),
        )  # fmt: skip
        return [(str(id_), str(kind)) for id_, kind in found]


class Killer(threading.Thread):
    """Kills the server as a power cut would, as soon as it writes."""

    def __init__(self, server: Node) -> None:
        super().__init__(daemon=True)
        self.server, self.done = server, threading.Event()
        self.before = self._written()
        self.start()

    def _written(self) -> tuple[int, int]:
        wal = self.server.home / "vwazen.sqlite3-wal"
        return (wal.stat().st_size, wal.stat().st_mtime_ns) if wal.exists() else (0, 0)

    def run(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self._written() == self.before:
            time.sleep(0.001)
        self.server.stop(hard=True)
        self.done.set()


def readable(folder: Path, words: str) -> list[str]:
    """In which files these words stand: as they are, or with two bytes a letter."""
    sought = [words.encode(), words.encode("utf-16-le"), words.encode("latin-1", errors="replace")]
    return [
        one.relative_to(folder).as_posix() for one in folder.rglob("*")
        if one.is_file() and any(each in one.read_bytes() for each in sought)
    ]  # fmt: skip


def test_a_week_away_and_everything_is_at_the_clinic_once_and_nothing_can_be_read_on_the_phone(
    server: Node, chromium: Browser, play: Playwright, tmp_path: Path
) -> None:
    folder = tmp_path / "phone"
    said: list[str] = []
    phone = switch_on(play, folder, said)
    tokens: set[str] = set()
    phone.on("request", lambda one: tokens.add(one.headers.get("authorization", "")))
    phone.clock.install(time=dt.datetime.now(dt.UTC))
    put_on_call(chromium, server)
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible(timeout=30_000)
    phone.set_offline(True)
    register(page)
    ask(page)
    steps(page)
    refer(page)
    page.clock.fast_forward(3 * 86_400_000)
    unlock(page)
    visit(page, NOTE)
    address = f"{server.url}/phone/"
    phone.close()  # the battery is empty for the rest of the week

    server.stop(hard=True)
    assert not facts(server), "the clinic knows nothing of it yet"
    later(server, days=7)
    server.start()
    phone = switch_on(play, folder, said)
    phone.set_offline(True)
    phone.clock.install(time=dt.datetime.now(dt.UTC) + dt.timedelta(days=7))
    page = phone.new_page()
    page.goto(address)
    unlock(page)
    row = page.get_by_role("listitem").filter(has_text=NAME)
    expect(row).to_contain_text("The steps for their safety are open.")  # though the clinic's lists know nothing of it
    waiting = page.get_by_role("link", name=re.compile("not yet sent"))
    expect(waiting).to_be_visible()
    many = int(re.findall(r"\d+", waiting.inner_text())[0])
    send_while_the_server_dies(server, phone, page)
    kinds = [kind for _, kind in facts(server)]
    assert len(kinds) == many, "each once, none lost, none twice"
    for once in ("registration", "response", "safety_plan", "referral"):
        assert kinds.count(once) == 1, once

    left = page.evaluate(LEFT)
    assert left["title"] == "Vwazen" and not left["session"] and not left["cookies"] and left["notes"] != "granted"
    assert all(one.startswith("/phone/") for one in left["caches"])
    assert page.evaluate("typeof hacked") == "undefined" and not said
    page.evaluate(IN_CLEAR, CONTROL)
    phone.close()
    assert readable(folder, CONTROL), "what lies there in the clear would be found"
    for words in (*PLANTED, *(one.removeprefix("Bearer ") for one in tokens if one)):
        assert not readable(folder, words), words
    visited(folder, server)
    seen_at_the_clinic(chromium, server)


def send_while_the_server_dies(server: Node, phone: BrowserContext, page: Page) -> None:
    """The network is back; twice the server dies while it writes what came."""
    address = re.sub("#.*", "", page.url)
    for _ in range(2):
        killer = Killer(server)
        phone.set_offline(False)
        page.clock.fast_forward(120_000)
        assert killer.done.wait(90)
        phone.set_offline(True)
        server.start()
    phone.set_offline(False)
    page.clock.fast_forward(120_000)
    page.goto(f"{address}#/unsent")
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible(timeout=90_000)


def later(server: Node, days: int) -> None:
    """From its next start on the server lives so many days later."""
    folder = server.home / "later"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LATER.format(days=days))
    server.environment["PYTHONPATH"] = f"{folder}:{ROOT}"


def put_on_call(chromium: Browser, server: Node) -> None:
    context = chromium.new_context()
    desk = context.new_page()
    sign_in(desk, server.url, "sue", PASSWORD)
    desk.goto(f"{server.url}/roster/bel-dlo/")
    now = dt.datetime.now(dt.UTC)
    desk.get_by_label("Who").select_option(label="Nurse Nia")
    desk.get_by_label("From").fill((now - dt.timedelta(days=1)).strftime("%Y-%m-%dT00:00"))
    desk.get_by_label("Until").fill((now + dt.timedelta(days=2)).strftime("%Y-%m-%dT00:00"))
    desk.get_by_label("Called as number").fill("1")
    desk.get_by_label("Phone").fill("+509 0000 0004")
    desk.get_by_role("button", name="Put on call").click()
    context.close()


def visited(folder: Path, server: Node) -> None:
    """Addresses and titles in the browser's history tell screens and ids, no more."""
    found = folder / "Default" / "History"
    if not found.exists():
        return
    with contextlib.closing(sqlite3.connect(found)) as db:
        for url, title in db.execute("select url, title from urls"):
            place = url.removeprefix(f"{server.url}/phone/")
            assert re.fullmatch(
                r"(about:blank)?|(index.html)?(#/[a-z]+(/[0-9a-fA-F-]{36}|/[A-Z0-9-]{11}|/[a-z0-9-]+)*)?", place
            )
            assert title in ("", "Vwazen", "about:blank") or title in url, title


def seen_at_the_clinic(chromium: Browser, server: Node) -> None:
    context = chromium.new_context()
    desk = context.new_page()
    sign_in(desk, server.url, "nia", PASSWORD)
    desk.goto(f"{server.url}/risk")
    row = desk.get_by_role("listitem").filter(has_text=SHORT)
    expect(row).to_have_count(1)
    row.get_by_role("link", name=re.compile(SHORT)).click()
    told = desk.inner_text("main")
    assert "Answered “more than half the days” to the safety question of PHQ-9" in told
    desk.goto(re.sub("/risk/.*", "/plan", desk.url))
    assert desk.inner_text("main").count(PLAN) == 1, "the plan, once"
    desk.goto(f"{server.url}/today")
    expect(desk.get_by_text(SHORT).first).to_be_visible()
    desk.goto(f"{server.url}/people")
    desk.get_by_role("main").get_by_label(re.compile("^Name")).fill(SHORT)
    desk.get_by_role("main").get_by_role("button", name="Search").click()
    found = desk.get_by_role("row").filter(has_text=SHORT)
    expect(found).to_have_count(1)
    found.get_by_role("link", name=re.compile(f"^{SHORT}")).first.click()
    chart = " ".join(desk.locator("#record-of").inner_text().split())
    assert chart.count(NOTE) == 1 and chart.count(REASON) >= 1
    assert desk.evaluate("typeof hacked") == "undefined"
    desk.goto(f"{server.url}/held/")
    assert SHORT not in desk.inner_text("main"), "all of it was taken"
    context.close()
    context = chromium.new_context()
    desk = context.new_page()
    sign_in(desk, server.url, "otto", PASSWORD)
    desk.goto(f"{server.url}/referrals")
    expect(desk.get_by_role("main").get_by_text(SHORT)).to_have_count(1)
    assert desk.evaluate("typeof hacked") == "undefined"
    context.close()
