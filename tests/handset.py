"""A phone in Chromium for tests in the browser: let in by a supervisor's code, by the visible labels only."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.live import PASSWORD, ROOT, sign_in

if TYPE_CHECKING:
    from tests.live import Node

PIN = "271828"
SCREEN = {"width": 360, "height": 740}
# A voice that lies on the phone, and what it was given to say: the test's Chromium has none.
VOICE = """() => {
  globalThis.said = [];
  const put = (name, value) => Object.defineProperty(speechSynthesis, name, { value });
  put('getVoices', () => [{ lang: 'en-GB', localService: true, name: 'test' }]);
  put('speak', (one) => said.push(one.text));
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
}"""
# Lou sees people at home: Ben has tablets, a first session and a day that has come, Eve a liquid and no day yet.
COUNSELLOR = """
import datetime as dt, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from tests.world import day
from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record.actions import append, make_fact
people = dict(line.split() for line in (home() / "people.txt").read_text().splitlines())
nia = Worker.objects.get(username="nia")
lou = Worker(username="lou", name="Counsellor Lou", password=nia.password)
lou.save()
Post(worker=lou, role="lay_counsellor", site=Site.objects.get(code="bel-dlo"), starts=dt.date(2020, 1, 1)).save()

def say(who, body, ago, **more):
    fact = make_fact(by=nia, person=people[who], site="bel-dlo", body=body, occurred=day(ago), **more)
    append([fact])
    return fact.id

tablets = say("ben", f.Prescription(name="Fluoxetine", strength="20 mg", hours=(1, 0, 0, 0.5), unit="tablet"), 30)
say("ben", f.Dispense(prescription=tablets, given="all", days=40), 30)
say("ben", f.Treatment(name="Problem management", form="psychological", event="session"), 7)
say("ben", f.PlanItem(part="relapse_sign", text="Stays in bed after sunrise"), 7)
say("ben", f.Encounter(mode="home", next=day(0)), 7)
say("eve", f.Encounter(mode="home", next=day(3)), 20)
say("eve", f.Prescription(name="Risperidone", strength="0.5 mg", hours=(0.3, 0, 0, 2.5), unit="ml"), 20)
"""


def with_counsellor(node: Node) -> None:
    """A counsellor, and people whom to visit, into the small named world of a node."""
    subprocess.run([sys.executable, "-c", COUNSELLOR], env=node.environment, cwd=ROOT, check=True)


@contextmanager
def phones_of(browser: Browser, node: Node, worker: str, by: str) -> Iterator[Page]:
    """The page of a worker's phones, as whoever manages workers opens it."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, node.url, by, PASSWORD)
    page.goto(f"{node.url}/workers/")
    page.get_by_role("link", name=re.compile(worker)).first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("[Pp]hones")).first.click()
    yield page
    context.close()


def code_for(browser: Browser, node: Node, worker: str, by: str = "max") -> str:
    """The code that is shown for a worker's phone to whoever manages workers."""
    with phones_of(browser, node, worker, by) as page:
        page.get_by_role("button", name="Enrol a phone").click()
        found = re.search(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", page.inner_text("main"))
        assert found, page.inner_text("main")
        return found[0]


def take_away(browser: Browser, node: Node, worker: str, by: str = "max") -> None:
    """The phone of a worker is taken away by whoever manages workers; it hears of it at its next contact."""
    with phones_of(browser, node, worker, by) as page:
        page.get_by_text("Take this phone away").first.click()
        page.get_by_label(re.compile("Why|Reason", re.IGNORECASE)).first.fill("It was stolen")
        page.get_by_role("button", name=re.compile("Take")).first.click()


def handset(browser: Browser, **more: object) -> BrowserContext:
    """A phone: its own storage, 360 by 740, touch."""
    return browser.new_context(viewport=SCREEN, has_touch=True, is_mobile=True, device_scale_factor=2, **more)  # type: ignore[arg-type]


def enrol(context: BrowserContext, node: Node, code: str, pin: str = PIN, *, finger: bool = False) -> Page:
    """Let the phone in with a code, up to its first list. `finger`: so that no mouse is left over the page."""
    press = Locator.tap if finger else Locator.click
    page = context.new_page()
    page.goto(f"{node.url}/phone/#/enrol/{code}")
    page.get_by_label("New PIN").fill(pin)
    page.get_by_label("The same PIN again").fill(pin)
    press(page.get_by_role("button", name="Let me in"))
    expect(page.get_by_role("heading", name=re.compile("^Welcome"))).to_be_visible(timeout=20_000)
    press(page.get_by_role("button", name="Begin"))
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
