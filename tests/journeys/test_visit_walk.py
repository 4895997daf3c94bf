"""A visit as a nurse records it, found by the words on the screen; every click, choice and typed field is counted.

How it is counted: pressing a link, a button or a choice is one action, and so is typing into a field. Choosing an answer
of a questionnaire is an action like any other. Signing in is not part of a visit. A screen is a page that is read.
"""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, ROOT, Node, browser, sign_in
from tests.live import node as running

PREPARE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from tests.world import day
from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.models import Worker
from vwazen.server.record.actions import append, make_fact
people = dict(line.split() for line in (home() / "people.txt").read_text().splitlines())
nia = Worker.objects.get(username="nia")

def say(who, body, ago, **more):
    fact = make_fact(by=nia, person=people[who], site="bel-dlo", body=body, occurred=day(ago), **more)
    append([fact])
    return fact.id

for who in ("ben", "dan"):
    tablets = say(who, f.Prescription(name="Fluoxetine", strength="20 mg", amount=1, times=1), 30)
    say(who, f.Dispense(prescription=tablets, given="all", days=28), 28)
    say(who, f.Encounter(mode="clinic", minutes=20, next=day(0)), 28)
say("eve", f.Encounter(mode="clinic", next=day(0)), 28)
"""


class Walker:
    """A nurse with a browser, whose actions and screens are counted."""

    def __init__(self, chromium: Browser, node: Node, who: str) -> None:
        self.page: Page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        self.page.set_default_timeout(10_000)
        sign_in(self.page, node.url, who, PASSWORD)
        self.node, self.actions, self.screens = node, 0, 0

    def go(self, path: str) -> None:
        """Begin somewhere; it is not counted."""
        self.page.goto(self.node.url + path)

    def press(self, name: str, *, leaves: bool = False) -> None:
        """Press a link or a button by its words; `leaves` where it opens another screen."""
        words = re.compile(rf"^{re.escape(name)}")
        self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words)).first.click()
        self.actions += 1
        if leaves:
            self.page.wait_for_load_state()
            self.screens += 1

    def choose(self, group: str, words: str) -> None:
        """Choose an answer by the words of its question."""
        there = self.page.get_by_role("group", name=re.compile(re.escape(group)))
        there.locator("label.pick").filter(has_text=re.compile(rf"^{re.escape(words)}")).first.click()
        self.actions += 1

    def key(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.actions += 1


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running() as one:
        subprocess.run([sys.executable, "-c", PREPARE], env=one.environment, cwd=ROOT, check=True)
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def test_a_routine_follow_up_takes_at_most_twelve_actions_on_two_screens(node: Node, chromium: Browser) -> None:
    nia = Walker(chromium, node, "nia")
    nia.go("/caseload?name=ben+course")
    nia.press("Record a visit: Ben Course", leaves=True)
    nia.choose("Given today", "All of it")
    nia.choose("How medicines were taken", "Most")
    nia.choose("Side effects", "No")
    nia.choose("What was done", "Explained the illness")
    nia.choose("What was done", "Problem management")
    nia.choose("Minutes", "20")
    nia.page.get_by_role("group", name="Next visit").get_by_text("in 4 weeks").click()
    nia.actions += 1
    nia.press("Save the visit", leaves=True)
    expect(nia.page.get_by_text("The visit is on record.")).to_be_visible()
    print(f"routine follow-up with a refill: {nia.actions} actions, {nia.screens} screens")
    assert nia.actions <= 12
    assert nia.screens <= 2
    said = nia.page.locator("#record-of").inner_text()
    for words in ("20 min", "Problem management", "Explained the illness", "for 28 days", "Most of it"):
        assert words in said, words
