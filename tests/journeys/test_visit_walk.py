"""A visit as a nurse records it, found by the words on the screen; every click, choice and typed field is counted.

How it is counted: pressing a link, a button or a choice is one action, and so is typing into a field. Choosing an
answer of a questionnaire is an action like any other. Signing in is not part of a visit. A screen is a page that is
read.
"""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, ROOT, Node, browser, sign_in, sound
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
say("ann", f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=str(nia.pk)), 40)
say("ann", f.Encounter(mode="clinic", next=day(0)), 28)
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
        words = re.compile("^" + re.escape(name).replace(":", " ?:"))
        there = self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words)).first
        self.actions += 1
        if not leaves:
            there.click()
            return
        with self.page.expect_navigation():
            there.click()
        self.screens += 1

    def choose(self, group: str, words: str) -> None:
        """Choose an answer by the words of its question."""
        there = self.page.get_by_role("group", name=re.compile(re.escape(group)))
        there.locator("label.pick").filter(has_text=re.compile(rf"^{words}")).first.click()
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
    nia.choose("Next visit", ".*in 4 weeks")
    nia.press("Save the visit", leaves=True)
    expect(nia.page.get_by_text("The visit is on record.")).to_be_visible()
    print(f"routine follow-up with a refill: {nia.actions} actions, {nia.screens} screens")
    assert nia.actions <= 12
    assert nia.screens <= 2
    said = nia.page.locator("#record-of").inner_text().lower()
    for words in ("20 min", "problem management", "explained the illness", "for 28 days", "most of it"):
        assert words in said, words


def test_a_due_questionnaire_is_answered_by_digits_on_the_same_screen(node: Node, chromium: Browser) -> None:
    """Ann was never measured in this care. The ten answers come on top of twelve actions, and on the same screen."""
    nia = Walker(chromium, node, "nia")
    nia.go("/caseload?name=ann+start")
    nia.press("Record a visit: Ann Start", leaves=True)
    nia.page.get_by_role("group", name=re.compile("Little interest")).get_by_role("radio").first.focus()
    for digit in "11111111":
        nia.key(digit)
    nia.choose("Is this place private?", "Yes")
    nia.page.get_by_role("group", name=re.compile("Thoughts that you")).get_by_role("radio").first.focus()
    nia.key("0")
    nia.key("1")
    answered = nia.actions - 1
    nia.choose("What was done", "Listened")
    nia.choose("Minutes", "30")
    nia.choose("Next visit", ".*in a week")
    nia.press("Save the visit", leaves=True)
    said = nia.page.locator("main").inner_text()
    assert "8 of 27" in said
    assert "The visit is on record." in said
    print(f"with PHQ-9: {nia.actions} actions ({answered} of them answers), {nia.screens} screens")
    assert nia.actions - answered <= 12
    assert nia.screens <= 2


def test_nobody_at_home_is_one_tap(node: Node, chromium: Browser) -> None:
    nia = Walker(chromium, node, "nia")
    nia.go("/caseload?name=dan+remit")
    nia.press("Not found: Dan Remit")
    expect(nia.page.get_by_text("On record: Dan Remit was not found.")).to_be_visible()
    assert nia.actions == 1


def test_an_answer_of_danger_warns_at_once_and_leads_to_the_safety_steps(node: Node, chromium: Browser) -> None:
    nia = Walker(chromium, node, "nia")
    nia.go("/caseload?name=dan+remit")
    nia.press("Dan Remit")
    nia.press("Record a visit")
    nia.page.get_by_label("Note", exact=False).first.fill("Came alone, cried.")
    nia.page.get_by_text("Add a form to this visit").click()
    nia.press("Mental state today")
    expect(nia.page.get_by_label("Note", exact=False).first).to_have_value("Came alone, cried.")
    warning = nia.page.get_by_text("This answer needs a conversation now")
    expect(warning).to_be_hidden()
    nia.choose("Thoughts of ending their life, now", "Yes")
    expect(warning).to_be_visible()
    nia.press("Save and start the risk steps")
    expect(nia.page).to_have_url(re.compile("/risk/"))
    expect(nia.page.get_by_text("Thoughts of ending their life, now: Yes.").first).to_be_visible()


def test_a_lost_connection_keeps_everything_that_was_typed(node: Node, chromium: Browser) -> None:
    nia = Walker(chromium, node, "nia")
    nia.go("/caseload?name=cid+danger")
    nia.press("Cid Danger")
    nia.press("Record a visit")
    note = nia.page.locator("#note")
    note.fill("A long note that nobody wants to write twice.")
    nia.page.context.set_offline(True)
    nia.press("Save the visit")
    expect(nia.page.get_by_text("this node does not answer")).to_be_visible()
    expect(note).to_have_value("A long note that nobody wants to write twice.")
    nia.page.context.set_offline(False)
    nia.press("Save the visit")
    expect(nia.page.get_by_text("The visit is on record.")).to_be_visible()
    expect(nia.page.get_by_text("A long note that nobody wants to write twice.")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(node: Node, chromium: Browser, width: int) -> None:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    page = chromium.new_context(viewport={"width": width, "height": 800}).new_page()
    sign_in(page, node.url, "nia", PASSWORD)
    for who, query in (("ben", ""), ("ann", "?with=mental-state&with=home&with=epilepsy-intake"), ("cid", "")):
        page.goto(f"{node.url}/people/{people[who]}/visit{query}")
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        sound(page)
    page.goto(f"{node.url}/caseload")
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_the_page_holds_at_both_widths_and_without_script(
    node: Node, chromium: Browser, width: int, height: int
) -> None:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    page = chromium.new_context(viewport={"width": width, "height": height}, java_script_enabled=False).new_page()
    page.set_default_timeout(10_000)
    sign_in(page, node.url, "nia", PASSWORD)
    page.goto(f"{node.url}/people/{people['eve']}/visit")
    page.get_by_text("Add a form to this visit").click()
    page.get_by_role("button", name="Home and daily life").click()
    page.get_by_label("With whom").fill("Her aunt")
    page.get_by_role("button", name="Save the visit").click()
    expect(page.get_by_text("The visit is on record.")).to_be_visible()
    page.goto(f"{node.url}/people/{people['eve']}/visit?with=mental-state&with=epilepsy-intake")
    assert page.locator("body").bounding_box()["width"] <= width  # type: ignore[index]
