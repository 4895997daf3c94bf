"""A morning at the day hospital: one tap a person, and a call to who did not come.

Walked on the last weekday before today, so that it can be walked on a Sunday too; the call list of a day that is over
is that of ten o'clock.
"""

import re
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
from vwazen.server.care.dayhospital import actions
from vwazen.server.care.homes import actions as homes
from vwazen.server.care import actions as care
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record.actions import append, make_fact
people = dict(line.split() for line in (home() / "people.txt").read_text().splitlines())
nia, kai, max_ = (Worker.objects.get(username=one) for one in ("nia", "kai", "max"))
care.correct_registration(by=nia, person=people["dan"], phone="0000 0001")
for who in ("ben", "dan", "eve"):
    actions.join(by=nia, person=people[who], site="bel-dlo", reason="company", occurred=day(20))
organisation.add_home(by=max_, site=Site.objects.get(pk="bel-dlo"), code="kay-lape", name="Kay Lapè", beds=1,
                      coordinator=kai)
homes.move_in(by=nia, person=people["ann"], home="kay-lape", agrees="yes", owner=str(kai.pk))
def say(who, body, ago):
    fact = make_fact(by=nia, person=people[who], site="bel-dlo", body=body, occurred=day(ago))
    append([fact])
    return fact.id
say("eve", f.Stay(where="hospital", event="admitted", place="Lopital Santral"), 200)
for ago in (3, 30, 60):
    visit = say("dan", f.Stay(where="emergency", event="admitted", place="Ijans", reason="no tablets left"), ago)
    say("dan", f.Stay(where="emergency", event="discharged", stay=visit, destination="home"), ago)
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


def at(node: Node, chromium: Browser, who: str, width: int = 1280) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": 800}).new_page()
    page.set_default_timeout(15_000)
    sign_in(page, node.url, who, PASSWORD)
    return page


def tap(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(rf"^{words}")).click()


def test_a_morning_is_one_tap_a_person_and_a_call(node: Node, chromium: Browser) -> None:
    nia = at(node, chromium, "nia")
    nia.goto(node.url + "/today")
    nia.get_by_role("navigation", name="Main").locator("summary").click()
    nia.get_by_role("link", name="Stays", exact=True).click()
    nia.get_by_role("link", name="The day before").click()
    expect(nia.get_by_role("heading", name="To call: 3")).to_be_visible()
    tap(nia, "Here ?: Ben Course")
    tap(nia, "Late ?: Eve Below")
    expect(nia.get_by_text("1 here, 1 late, 0 absent, of 3")).to_be_visible()
    tap(nia, "Absent ?: Dan Remit")
    expect(nia.get_by_role("heading", name="To call: 1")).to_be_visible()
    expect(nia.get_by_role("link", name="0000 0001")).to_have_attribute("href", "tel:00000001")
    nia.get_by_role("link", name=re.compile("Write down the call")).click()
    nia.get_by_label("Who was reached").select_option("family")
    nia.get_by_role("button", name="Save the call").click()
    expect(nia.get_by_text("Write in a few words what was said")).to_be_visible()  # and what was chosen is kept
    expect(nia.get_by_label("Who was reached")).to_have_value("family")
    nia.get_by_label("What was said, and what comes of it").fill("Has a fever; back on Wednesday")
    nia.get_by_role("button", name="Save the call").click()
    expect(nia.get_by_text("The call is on record.")).to_be_visible()
    expect(nia.get_by_text("Has a fever; back on Wednesday")).to_be_visible()
    nia.goto(node.url + "/day-hospital")
    nia.get_by_role("link", name="The day before").click()
    expect(nia.get_by_text("Nobody is left to call.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_fit_and_can_be_used_by_everyone(node: Node, chromium: Browser, width: int) -> None:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    nia = at(node, chromium, "nia", width)
    for address in (
        "/day-hospital", f"/people/{people['ben']}/day-hospital", "/homes", "/homes/kay-lape",
        f"/people/{people['ann']}/home", "/reintegration", f"/people/{people['eve']}/way-home", "/high-users",
        "/readmissions", "/ward",
    ):  # fmt: skip
        assert nia.goto(node.url + address).ok, address  # type: ignore[union-attr]
        if address == "/day-hospital":
            nia.get_by_role("link", name="The day before").click()
        sound(nia)
