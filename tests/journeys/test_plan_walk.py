"""One plan, two authors at once, in two browsers by visible labels; the crisis plan on one page; a proposal decided."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, Node, browser, sign_in, sound
from tests.live import node as running

CONSULT = re.compile("Decide about a consultation")
LONG = "Walk to the river before the others wake, then sweep the yard, then drink something warm. "


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def people(node: Node) -> dict[str, str]:
    lines = (node.home / "people.txt").read_text().splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


def page_of(chromium: Browser, node: Node, username: str, width: int = 1280, height: int = 800) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    sign_in(page, node.url, username, PASSWORD)
    return page


def test_two_change_one_goal_at_once_and_both_are_there(
    chromium: Browser, node: Node, people: dict[str, str]
) -> None:  # fmt: skip
    kai, nia = page_of(chromium, node, "kai"), page_of(chromium, node, "nia", 360, 740)
    kai.goto(f"{node.url}/people/{people['ben']}")
    kai.get_by_role("link", name="Begin the plan").click()
    kai.get_by_role("link", name="Write a goal").click()
    kai.get_by_label("What", exact=True).fill("Sell at the market.")
    kai.get_by_role("button", name="Save").click()
    expect(kai.get_by_text("“Sell at the market.”")).to_be_visible()
    for page in (kai, nia):  # both open the form before either saves
        page.goto(f"{node.url}/people/{people['ben']}/care-plan")
        page.get_by_role("link", name=re.compile("^change, done or dropped")).click()
    for page, said in ((kai, "Sell on Mondays."), (nia, "Sell with his aunt.")):
        page.get_by_label("What", exact=True).fill(said)
        page.get_by_role("button", name="Save").click()
    expect(nia.get_by_text("Somebody else changed this meanwhile")).to_be_visible()
    for page in (kai, nia):
        page.goto(f"{node.url}/people/{people['ben']}/care-plan")
        expect(page.get_by_text("2 versions were written at the same time.")).to_be_visible()
        for said in ("“Sell on Mondays.”", "“Sell with his aunt.”"):
            expect(page.get_by_text(said)).to_be_visible()
        sound(page)
    nia.get_by_role("button", name="Keep both, as separate lines").click()
    expect(nia.get_by_text("versions were written")).to_have_count(0)
    for said in ("“Sell on Mondays.”", "“Sell with his aunt.”"):
        expect(nia.get_by_text(said)).to_be_visible()


def test_the_crisis_plan_prints_on_one_page_in_large_type(
    chromium: Browser, node: Node, people: dict[str, str]
) -> None:  # fmt: skip
    page = page_of(chromium, node, "nia")
    page.goto(f"{node.url}/people/{people['ben']}/care-plan")
    page.get_by_role("link", name="Make the crisis plan").click()
    for label in ("When it gets hard, I notice", "What helps me", "People I can be with", "Whom I can call",
                  "What I keep out of reach"):  # fmt: skip
        page.get_by_label(label).fill(LONG * 2)
    page.get_by_label("They have a copy in their hand").check()
    page.get_by_role("button", name="Save the plan").click()
    page.emulate_media(media="print")
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.plan-sheet li')).fontSize)")
    assert size >= 18, "large type is 14 points or more"
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
    assert "Ben Course" not in page.inner_text("body")


def test_a_proposal_is_decided_from_the_chart_and_the_pages_are_sound(
    chromium: Browser, node: Node, people: dict[str, str]
) -> None:  # fmt: skip
    page = page_of(chromium, node, "kai", 360, 740)
    page.goto(f"{node.url}/people/{people['ben']}")
    page.get_by_role("link", name=CONSULT).click()
    sound(page)
    page.get_by_label("Put it off").check()
    page.get_by_label("Why").fill("Harvest until the end of the month.")
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_role("link", name=CONSULT)).to_have_count(0)
    expect(page.get_by_text("A consultation: put off.")).to_be_visible()
    ben, fay = (f"{node.url}/people/{people[name]}" for name in ("ben", "fay"))
    addresses = (
        f"{ben}/care-plan?add=action", f"{ben}/care-plan?someone=new", f"{ben}/move?site=savann", f"{fay}/death",
        f"{node.url}/stuck", f"{node.url}/deaths",
    )  # fmt: skip
    for address in addresses:
        page.goto(address)
        sound(page)
