"""A question is heard in a recording of the language pack, without a network; the next one, which has none, is not."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from phone.build import SHELL
from tests.handset import ask_somebody, code_for, enrol, handset, take_away, unlock, until, wait_until_kept
from tests.journeys.test_phone_ask import VOICE
from tests.live import Node, browser
from tests.sounds import clip, pack, tone
from vwazen.content.clips import digest_of

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)
# What the page's own players tell of themselves: they are part of the page, so the window hears of it.
EARS = """globalThis.heard = [];
for (const kind of ['playing', 'ended', 'error'])
  addEventListener(kind, (one) => one.target instanceof HTMLAudioElement && heard.push(kind), true);"""
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    """A node with a pack beside the small world: tones instead of a voice, for one question and one text."""
    with tempfile.TemporaryDirectory() as home:
        one, alone = clip("phq-9", "1", "clips/one.wav"), digest_of("Are you alone together?")
        made = pack(
            Path(home) / "packs" / "voices", {"phq-9": {"1": one}}, {"ask.alone": {"file": "a.wav", "says": alone}}
        )
        here = made / "languages" / "en"
        (here / "clips").mkdir()
        (here / "clips" / "one.wav").write_bytes(tone(440))
        (here / "a.wav").write_bytes(tone(330))
        node = Node(Path(home), world=True)
        assert not node.run("content", "check").count("clips.yaml")
        yield node
        node.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def heard(page: Page, *kinds: str) -> None:
    """The page's player told of this, and of nothing else, since it was asked last."""
    until(page, "heard", list(kinds))
    page.evaluate("heard.splice(0)")


def listen(page: Page) -> None:
    page.get_by_role("button", name="Listen", exact=True).click()


def test_a_recording_is_heard_first_and_offline(server: Node, chromium: Browser) -> None:
    phone = handset(chromium)
    phone.add_init_script(EARS)
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    until(page, "caches.open('vwazen-clips').then((one) => one.keys()).then((all) => all.length)", 2)
    phone.set_offline(True)
    page.reload()
    unlock(page)
    ask_somebody(page, "Eve Bello", "Eve Below", "PHQ-9")

    listen(page)  # the text of the screen
    heard(page, "playing", "ended")
    page.get_by_label("No, others can hear").check()
    page.get_by_role("button", name="Ask all the same").click()
    expect(page.get_by_text("Not read aloud, since others can hear.")).to_be_visible()
    assert not page.get_by_role("button", name="Listen").count()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="We are alone now").click()
    page.get_by_role("button", name="Begin", exact=True).click()

    page.evaluate(VOICE)
    expect(page.get_by_text("Recording: An invented voice")).to_be_visible()
    listen(page)
    heard(page, "playing", "ended")
    listen(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Listen", exact=True)).to_be_visible()
    assert page.evaluate("said") == [], "the recording came first: the voice said nothing"

    page.get_by_label("Not at all").check()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("2 of 9"))
    listen(page)
    assert "Feeling down, depressed, or hopeless" in page.evaluate("said")[0], "no recording of this one: the voice"
    page.reload()
    unlock(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("2 of 9"))
    expect(page.get_by_text("This phone has no voice for English.")).to_be_visible()
    assert not page.get_by_role("button", name="Listen").count()
    page.get_by_role("button", name="Back").click()
    listen(page)
    heard(page, "playing", "ended")
    phone.close()


def test_recordings_go_with_the_last_worker_of_a_phone(server: Node, chromium: Browser) -> None:
    """They are of nobody, and lie there in the clear: whoever finds an emptied phone hears nothing of what it asked."""
    phone = handset(chromium)
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    count = "caches.open('vwazen-clips').then((one) => one.keys()).then((all) => all.length)"
    until(page, count, 2)
    page.get_by_role("link", name="Me").click()
    page.get_by_role("button", name="Lock now").click()
    page.get_by_role("link", name="Let another worker in on this phone").click()
    other = enrol(phone, server, code_for(chromium, server, "Nurse Nia"), pin="314159")
    page.close()
    take_away(chromium, server, "Nurse Nia")
    other.reload()
    other.get_by_role("button", name="Nurse").click()
    unlock(other, "314159")
    expect(other.get_by_text("This phone was taken away").first).to_be_visible()
    assert other.evaluate(count) == 2, "who stays goes on hearing them"
    take_away(chromium, server, "Walker Wim")
    other.reload()
    unlock(other)
    until(other, "caches.has('vwazen-clips')", False)
    phone.close()
