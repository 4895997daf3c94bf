"""Medicines in a browser without scripts, by visible labels: prescribe, hand out, refills, a code looked for."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, Node, browser, sign_in, sound
from tests.live import node as running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def page_of(chromium: Browser, node: Node, width: int, *, scripts: bool = False) -> Page:
    context = chromium.new_context(viewport={"width": width, "height": 740}, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, node.url, "nia", PASSWORD)
    return page


def person(node: Node, name: str) -> str:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    return f"{node.url}/people/{people[name]}"


def test_prescribed_handed_out_and_off_the_list_without_a_script(node: Node, chromium: Browser) -> None:
    page = page_of(chromium, node, 360)
    page.goto(f"{person(node, 'dan')}/medicines")
    page.get_by_role("link", name="Prescribe a medicine").click()
    page.get_by_label("Which medicine").fill("carbamazepine")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("not checked").first).to_be_visible()
    page.get_by_label("Strength").fill("200 mg")
    page.get_by_label("How many each time").fill("1")
    page.get_by_label("How many times a day").fill("2")
    page.get_by_role("group", name="Pregnant").get_by_role("radio", name="No", exact=True).check()
    page.get_by_label("Asked now: no allergy known").check()
    page.get_by_role("button", name="Prescribe", exact=True).click()
    expect(page.get_by_text("Not handed out yet")).to_be_visible()
    page.goto(f"{node.url}/refills")
    expect(page.get_by_text("Dan Remit")).to_be_visible()
    page.get_by_role("link", name="Dan Remit").click()
    page.get_by_role("radio", name="All of it").check()
    page.get_by_label("Lasts for days").fill("30")
    page.get_by_role("button", name="Save what was handed out").click()
    expect(page.get_by_text(re.compile("Lasts until"))).to_be_visible()
    page.goto(f"{node.url}/refills")
    expect(page.get_by_text("Dan Remit")).to_have_count(0)


def test_a_diagnosis_is_found_by_its_words_without_a_script(node: Node, chromium: Browser) -> None:
    page = page_of(chromium, node, 1280)
    page.goto(f"{person(node, 'eve')}/diagnoses?do=diagnosis#do-diagnosis")
    page.get_by_label("Diagnosis in words").fill("generalised anxiety")
    page.get_by_role("button", name="Look for codes").click()
    page.get_by_role("radio", name="6B00 Generalised anxiety disorder").check()
    page.get_by_role("group", name="How sure").get_by_role("radio", name="Confirmed").check()
    page.get_by_role("button", name="Save the diagnosis").click()
    expect(page.get_by_role("heading", name=re.compile("^Generalised anxiety disorder"))).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_overflows_and_axe_finds_nothing(node: Node, chromium: Browser, width: int) -> None:
    page = page_of(chromium, node, width, scripts=True)
    for at in (f"{person(node, 'dan')}/medicines?do=stop", f"{person(node, 'dan')}/medicines/new",
               f"{person(node, 'dan')}/diagnoses?do=allergy", f"{node.url}/refills?show=all"):  # fmt: skip
        page.goto(at)
        sound(page)
