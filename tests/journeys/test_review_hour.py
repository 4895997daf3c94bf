"""Ten cases in an hour: a specialist works the agenda to its end, and every press of a button or key is counted."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, ROOT, Node, browser, sign_in, sound
from tests.live import node as running

CASES = 10
# One press for the choice, one to reach the text (typed as one thing), one for "Send, next".
PRESSES_A_CASE = 3
PEOPLE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from tests.world import day, phq9
from vwazen.server.care import actions as care, medicines
from vwazen.server.organisation.models import Worker
nia, kai = (Worker.objects.get(username=name) for name in ("nia", "kai"))
for number in range(8):
    person = care.register(by=nia, site="bel-dlo", name=f"Invented Case{number}", born="1980")
    care.enrol(by=nia, person=person, protocol="collaborative-care", condition="depression", owner=str(kai.pk),
               occurred=day(90 - number))
    for ago, total in ((80, 22), (50, 21), (20, 20)):
        care.answer(by=nia, person=person, instrument="phq-9", answers=phq9(total), occurred=day(ago))
    for ago, event in ((70, "session"), (60, "session"), (50, "missed"), (40, "session")):
        care.record_treatment(by=kai, person=person, name="Problem management", form="psychological", event=event,
                              note="Goes to market again; sleep unchanged", occurred=day(ago))
    for name in ("Fluoxetine", "Amitriptyline"):
        pill = medicines.prescribe(by=nia, person=person, name=name, strength="20 mg", occurred=day(30))
        medicines.dispense(by=nia, person=person, occurred=day(30),
                           lines=[{"prescription": pill.id, "given": "all", "days": 30}])
    care.ask_question(by=kai, person=person, text="She sleeps four hours and says the tablets do nothing, but she "
                      "missed twelve days. Raise the dose now, or give 20 mg four more weeks?")
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        subprocess.run([sys.executable, "-c", PEOPLE], env=one.environment, cwd=ROOT, check=True)
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def page_of(chromium: Browser, node: Node, username: str, width: int = 1280, height: int = 800) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    sign_in(page, node.url, username, PASSWORD)
    return page


def test_ten_cases_in_few_presses_each_on_one_screen(node: Node, chromium: Browser) -> None:
    page = page_of(chromium, node, "pia")
    page.goto(f"{node.url}/review")
    sound(page)
    expect(page.get_by_text(re.compile(rf"{CASES} cases in 60 of 60"))).to_be_visible()
    page.get_by_role("link", name="Begin with case 1").click()
    for number in range(1, CASES + 1):
        expect(page.get_by_text(re.compile(f"^{number} of {CASES}$"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollHeight") <= 800, number
        if number in (1, 2, CASES):
            sound(page)
        presses = 0
        page.get_by_label("Change treatment").check()
        presses += 1
        page.get_by_label("What to do").click()
        presses += 1
        page.keyboard.insert_text("Give 20 mg four full weeks from the day it is in stock.")
        page.get_by_role("button", name="Send, next").click()
        presses += 1
        assert presses <= PRESSES_A_CASE
    expect(page.get_by_text("The agenda is done")).to_be_visible()
    expect(page.get_by_text("10 of 60 minutes left")).to_be_visible()


def test_the_same_case_without_a_mouse(node: Node, chromium: Browser) -> None:
    page = page_of(chromium, node, "pia")
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    page.goto(f"{node.url}/people/{people['dan']}/review")
    page.get_by_label("Continue as now").focus()
    keys = ["Space", "Tab"]
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.insert_text("Measure again in two weeks.")
    for key in ("Tab", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
        keys.append(key)
    expect(page.get_by_text(re.compile("Advice for Dan Remit is a task of Keeper Kai"))).to_be_visible()
    assert len(keys) <= 7


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_pages_hold_at_both_widths_and_for_everyone(node: Node, chromium: Browser, width: int, height: int) -> None:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    for who, addresses in {
        "kai": ("/caseload", f"/people/{people['ben']}", f"/people/{people['cid']}/visit", "/review",
                "/review/tasks", f"/people/{people['ben']}/review"),
        "wim": ("/caseload", f"/people/{people['cid']}", "/review"),
    }.items():  # fmt: skip
        page = page_of(chromium, node, who, width, height)
        for address in addresses:
            page.goto(node.url + address)
            sound(page)
