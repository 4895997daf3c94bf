"""The father who misses a date: the next day he stands on his neighbour's list, and a neighbour stands at his door."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator

import pytest
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
kai = Worker.objects.get(username="kai")
for who, ago in (("ben", 1), ("dan", 5)):
    body = f.Encounter(mode="clinic", next=day(ago))
    append([make_fact(by=kai, person=people[who], site="bel-dlo", body=body, occurred=day(20))])
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running() as one:
        subprocess.run([sys.executable, "-c", PREPARE], env=one.environment, cwd=ROOT, check=True)
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def as_worker(chromium: Browser, node: Node, who: str, *, phone: bool = False) -> Page:
    size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 800}
    page = chromium.new_context(viewport=size).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(10_000)
    sign_in(page, node.url, who, PASSWORD)
    return page


def test_a_missed_date_is_a_visit_the_next_day_and_the_nurse_reads_what_was_found(
    node: Node, chromium: Browser
) -> None:
    wim = as_worker(chromium, node, "wim", phone=True)
    wim.goto(f"{node.url}/home-visits")
    stop = wim.locator(".stop", has_text="Ben Course")
    expect(stop).to_contain_text("nobody has looked for them yet")
    stop.get_by_role("link", name="Found").click()
    for group, answer in (
        ("What kept them away?", "Money"), ("Is there any danger", "No"), ("What is offered", "A transport voucher"),
    ):  # fmt: skip
        wim.get_by_role("group", name=group).locator("label.pick", has_text=answer).first.click()
    coming = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=6)).isoformat()
    wim.get_by_role("button", name="Save", exact=True).click()
    expect(wim.get_by_text("agree the next date with them").first).to_be_visible()
    expect(wim.get_by_role("radio", name="Money", exact=True)).to_be_checked()
    wim.get_by_label("Next date").fill(coming)
    wim.get_by_role("button", name="Save", exact=True).click()
    expect(wim).to_have_url(f"{node.url}/home-visits")
    expect(wim.get_by_text("On record.")).to_be_visible()
    expect(wim.locator(".stop", has_text="Ben Course")).to_have_count(0)

    nia = as_worker(chromium, node, "nia")
    nia.goto(f"{node.url}/caseload?name=ben+course")
    nia.get_by_role("link", name="Ben Course", exact=True).first.click()
    said = nia.locator("#traced")
    expect(said).to_contain_text("by Walker Wim")
    for word in ("found", "money", "a transport voucher"):
        expect(said).to_contain_text(word)


def test_three_times_not_found_goes_back_to_whoever_follows_them(node: Node, chromium: Browser) -> None:
    wim = as_worker(chromium, node, "wim", phone=True)
    for _ in range(3):
        wim.goto(f"{node.url}/home-visits")
        wim.locator(".stop", has_text="Dan Remit").get_by_role("button", name="Not found").click()
        expect(wim.get_by_text("On record: Dan Remit was not found.")).to_be_visible()
    expect(wim.locator(".stop", has_text="Dan Remit")).to_have_count(0)
    kai = as_worker(chromium, node, "kai")
    kai.goto(f"{node.url}/tracing?whose=mine")
    row = kai.locator(".row", has_text="Dan Remit")
    expect(row).to_contain_text("Tried 3 times")
    row.get_by_role("link", name="What came of it").click()
    expect(kai.get_by_role("heading", name="This waits for a decision by Keeper Kai")).to_be_visible()
    kai.get_by_label("A new date").fill((dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat())
    kai.get_by_label("Why, and with whom").fill("His aunt promised to bring him.")
    kai.get_by_role("button", name="Save the new date").click()
    expect(kai.get_by_text("Dan Remit has a new date.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_has_a_barrier_and_none_is_wider_than_the_screen(node: Node, chromium: Browser, width: int) -> None:
    page = as_worker(chromium, node, "kai")
    page.set_viewport_size({"width": width, "height": 800})
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    for at in ("/tracing?whose=sites", "/home-visits", f"/people/{people['eve']}/trace"):
        page.goto(node.url + at)
        sound(page)
