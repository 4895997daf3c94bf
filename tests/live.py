"""A real node for tests in the browser: the program itself, served on loopback, with the small named world in it."""

import atexit
import datetime as dt
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
# The password of everyone in tests/world.py, which this module may not import: it needs Django.
PASSWORD = "quiet-river-stone"
SHARED = ROOT.parent / "shared" / "data"
BUILD = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from tests import world
from vwazen.home import home
people = world.build().people
(home() / "people.txt").write_text("".join(f"{name} {pk}\\n" for name, pk in people.items()))
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
NO_BROWSER = "no Chromium on this machine: install the package chromium to run the browser tests"


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def with_world(build: str, _day: dt.date) -> Path:
    """A data folder with the small named world in it, built once a day in this process and copied for each node."""
    folder = Path(tempfile.mkdtemp(prefix="vwazen-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {**os.environ, "VWAZEN_HOME": str(folder), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", build], env=environment, cwd=ROOT, check=True)
    return folder


class Node:
    """A running node: its address, its data folder, and what it printed when it started."""

    def __init__(self, home: Path, *, world: bool) -> None:
        self.home = home
        self.environment = {**os.environ, "VWAZEN_HOME": str(home), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
        if world:
            shutil.copytree(with_world(BUILD, dt.datetime.now(dt.UTC).date()), home, dirs_exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start the program and wait until it answers."""
        self.log = open(self.home / "output.txt", "a+b")  # noqa: SIM115  lives as long as the process
        command = [sys.executable, "-m", "vwazen", "up", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.url}/sign-in", timeout=5).close()
                return
            except (urllib.error.URLError, OSError) as error:
                if isinstance(error, urllib.error.HTTPError):
                    raise
                if self.process.poll() is not None:
                    raise RuntimeError(self.output()) from None
                time.sleep(0.1)
        raise RuntimeError("the node did not answer in a minute:\n" + self.output())

    def run(self, *command: str) -> str:
        """Run a `vwazen` command on this node; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "vwazen", *command],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def output(self) -> str:
        """What the program printed so far."""
        return (self.home / "output.txt").read_text()

    def stop(self, *, hard: bool = False) -> None:
        """Stop the program and the server process under it; `hard` as a power cut would."""
        kind = 9 if hard else 15
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, kind)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.log.close()


@contextmanager
def node(*, world: bool = True) -> Iterator[Node]:
    """A node that runs inside the block."""
    with tempfile.TemporaryDirectory() as home:
        one = Node(Path(home), world=world)
        try:
            yield one
        finally:
            one.stop()


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        one = play.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield one
        one.close()


def sound(page: Page) -> None:
    """The page stands there; it is not wider than the window, and nobody is shut out of it as far as axe can tell."""
    page.wait_for_load_state()
    results = Axe().run(page)
    assert results.violations_count == 0, (page.url, results.generate_report())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page.url, page.viewport_size)


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow a link of the navigation by its words, behind More if it stands there."""
    link = page.get_by_role("link", name=name)
    if not link.count():
        page.get_by_text(re.compile("^More")).first.click()
    link.first.click()


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Sign in as a person would, by the visible labels."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("Username").or_(page.get_by_label("Your name here")).first.fill(username)
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
