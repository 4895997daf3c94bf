"""A referral by visible labels: refused by the hospital, seen by the nurse, sent elsewhere, and followed to its end."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import PASSWORD, ROOT, Node, browser, sign_in, sound
from tests.live import node as running

HOSPITALS = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
import datetime as dt
from vwazen.server.organisation import actions
from vwazen.server.organisation.models import Post, Site, Worker
ada, centre = Worker.objects.get(username="ada"), Site.objects.get(pk="centre")
for code, name, who in (("lopital", "Lopital Invante", "doc"), ("klinik", "Klinik Invante", "dok")):
    site = actions.add_site(by=ada, code=code, name=name, kind="hospital", parent=centre)
    one = Worker(username=who, name=f"Doctor {who.title()}", password=ada.password)
    one.save()
    Post(worker=one, role="physician", site=site, starts=dt.date(2020, 1, 1)).save()
"""


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=True) as one:
        subprocess.run([sys.executable, "-c", HOSPITALS], env=one.environment, cwd=ROOT, check=True)
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def page_of(chromium: Browser, node: Node, username: str, width: int = 1280, height: int = 900) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": height}).new_page()
    sign_in(page, node.url, username, PASSWORD)
    return page


def send(page: Page, to: str, reason: str = "") -> None:
    page.get_by_label("To a site of this programme").select_option(label=to)
    page.get_by_label("Within a week").check()
    if reason:
        page.get_by_label("What you ask of them, and what they must know").fill(reason)
    page.get_by_role("button", name="Refer", exact=True).click()
    expect(page.get_by_text("You have them until somebody there says yes.")).to_be_visible()


def test_refused_seen_sent_elsewhere_accepted_arrived_seen_and_closed(chromium: Browser, node: Node) -> None:
    people = dict(line.split() for line in (node.home / "people.txt").read_text().splitlines())
    nia, doc, dok = (page_of(chromium, node, who, *size) for who, size in (
        ("nia", (1280, 900)), ("doc", (360, 740)), ("dok", (1280, 900))))  # fmt: skip
    nia.goto(f"{node.url}/people/{people['ben']}")
    nia.locator("#referrals").get_by_role("link", name="Refer", exact=True).click()
    sound(nia)
    send(nia, "Lopital Invante, hospital", "Please see him: 16 after nine weeks.")

    doc.goto(f"{node.url}/today")
    doc.get_by_role("link", name=re.compile("referred to us")).click()
    sound(doc)
    doc.get_by_role("link", name="Ben Course").click()
    expect(doc.get_by_text("16 after nine weeks")).to_be_visible()
    sound(doc)
    doc.get_by_text("No: we cannot").click()
    doc.get_by_label("No room").check()
    doc.get_by_label("What is needed instead").fill("Ask the other hospital.")
    doc.get_by_role("button", name="Refuse, with this reason").click()
    expect(doc.get_by_text("Saved: no: we cannot.")).to_be_visible()

    nia.goto(f"{node.url}/today?whose=mine")
    nia.get_by_text("was refused (no room)").first.wait_for()
    nia.get_by_role("link", name=re.compile("Open the referral")).first.click()
    expect(nia.get_by_text("Ask the other hospital.")).to_be_visible()
    sound(nia)
    nia.get_by_role("link", name="Refer elsewhere").click()
    expect(nia.get_by_label("What you ask of them, and what they must know")).to_have_value(re.compile("nine weeks"))
    send(nia, "Klinik Invante, hospital")

    dok.goto(f"{node.url}/referrals")
    dok.get_by_role("link", name="Ben Course").click()
    dok.get_by_label("What the sender should know").fill("Ask for Dok at the second door.")
    dok.get_by_role("button", name="Accept and take over").click()
    expect(dok.get_by_text("Doctor Dok takes them over")).to_be_visible()
    for did in ("They are here", "They were seen"):
        dok.get_by_role("button", name=did).click()
        expect(dok.get_by_text(f"Saved: {did[:1].lower()}{did[1:]}.")).to_be_visible()
    dok.get_by_label("Word back to the sender").fill("Treatment changed. See him on Friday.")
    dok.get_by_role("button", name="Close the referral").click()
    expect(dok.get_by_text("Closed on")).to_be_visible()

    nia.goto(f"{node.url}/referrals?side=from&list=over")
    sound(nia)
    nia.get_by_role("link", name="Ben Course").first.click()
    expect(nia.get_by_text("See him on Friday.")).to_be_visible()
    nia.get_by_role("link", name="Letter").click()
    sound(nia)
    nia.get_by_role("link", name="The letter back").click()
    expect(nia.locator(".letter-inside")).to_contain_text("See him on Friday.")
    doc.goto(f"{node.url}/referrals?list=over")
    expect(doc.get_by_text("referred elsewhere")).to_be_visible()


def test_a_healer_sends_somebody_with_a_paper(chromium: Browser, node: Node) -> None:
    wim = page_of(chromium, node, "wim", 360, 740)
    wim.goto(f"{node.url}/referrals")
    wim.get_by_role("link", name="Sent from outside").click()
    wim.get_by_text("Add somebody who sends people").click()
    wim.get_by_label("Name", exact=True).fill("Invented Healer")
    wim.get_by_label("What they are").select_option(label="Traditional healer")
    wim.get_by_role("button", name="Add", exact=True).click()
    sound(wim)
    wim.get_by_role("button", name=re.compile("Make 8 new papers")).click()
    number = wim.locator(".stub-number").first.inner_text().removeprefix("No. ")
    sound(wim)
    wim.goto(f"{node.url}/referrals/outside")
    sound(wim)
    wim.get_by_role("link", name="Somebody has come").click()
    wim.get_by_label("Number on the paper, or the code").fill(number)
    wim.get_by_role("button", name="Look").click()
    expect(wim.get_by_text("Sent by Invented Healer")).to_be_visible()
    wim.get_by_label("Name", exact=True).fill("Somebody Unheard")
    sound(wim)
    wim.get_by_role("button", name="Go on").click()
    expect(wim.get_by_text("they are here").first).to_be_visible()
    sound(wim)
