"""Two workers and one urgent message, in two browsers by visible labels; a hand-off timed; a reminder agreed to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, Node, browser, sign_in, sound
from tests.live import node as running


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def ben(node: Node) -> str:
    lines = (node.home / "people.txt").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("ben "))


def page_of(chromium: Browser, node: Node, username: str, width: int) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": 800}).new_page()
    sign_in(page, node.url, username, PASSWORD)
    return page


def test_an_urgent_message_is_written_seen_in_red_read_and_acknowledged(
    chromium: Browser, node: Node, ben: str
) -> None:  # fmt: skip
    nia, kai = page_of(chromium, node, "nia", 1280), page_of(chromium, node, "kai", 360)
    nia.goto(f"{node.url}/people/{ben}")
    nia.get_by_role("link", name="Write to the team").click()
    nia.get_by_label("Keeper Kai").check()
    nia.get_by_label("Message", exact=True).fill("Please look in on him today.")
    nia.get_by_label("Urgent: somebody must answer within minutes").check()
    sound(nia)
    nia.get_by_role("button", name="Send the message").click()
    expect(nia.get_by_text("not yet read by Keeper Kai")).to_be_visible()
    kai.goto(f"{node.url}/messages")
    expect(kai.get_by_text("An urgent message about Ben Course waits for an answer")).to_be_visible()
    expect(kai.get_by_text("Please look in")).to_have_count(0)
    sound(kai)
    kai.get_by_role("link", name="Read it").first.click()
    expect(kai.get_by_text("Please look in on him today.")).to_be_visible()
    sound(kai)
    kai.get_by_role("button", name="I have read it and take it on").click()
    expect(kai.get_by_text("Keeper Kai read it")).to_be_visible()
    nia.reload()
    expect(nia.get_by_text("Keeper Kai read it")).to_be_visible()


def test_a_hand_off_takes_two_taps(chromium: Browser, node: Node, ben: str) -> None:
    kai = page_of(chromium, node, "kai", 360)
    kai.goto(f"{node.url}/people/{ben}")
    kai.get_by_role("button", name="Handed over in person").click()
    expect(kai.get_by_text("Handed over in person since")).to_be_visible()
    kai.get_by_role("button", name="It is over").click()
    kai.goto(f"{node.url}/messages")
    expect(kai.get_by_text("1 of them timed")).to_be_visible()


def test_what_goes_out_is_read_aloud_and_ended_with_one_button(chromium: Browser, node: Node, ben: str) -> None:
    nia = page_of(chromium, node, "nia", 360)
    nia.goto(f"{node.url}/people/{ben}")
    nia.get_by_role("link", name="Ask and agree").click()
    nia.get_by_label("Number or mail address").fill("+509 3700 0001")
    nia.get_by_label("Yes, others do").check()
    sound(nia)
    nia.get_by_role("button", name="Save what they agreed to").click()
    expect(nia.get_by_text("Please come on")).to_be_visible()
    sound(nia)
    nia.get_by_role("button", name="End messages to +50937000001").click()
    expect(nia.get_by_text("No reminders are agreed")).to_be_visible()


@pytest.mark.parametrize(("who", "at"), [("ada", "/outbox"), ("nia", "/texts")])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_the_machine_are_sound(chromium: Browser, node: Node, who: str, at: str, width: int) -> None:
    page = page_of(chromium, node, who, width)
    page.goto(f"{node.url}{at}")
    sound(page)
