"""A lay counsellor's day without a network: a visit with tablets and a session, a group, a referral; then it is sent.

It knows only the labels that are seen. What was done stands on the clinic's pages afterwards, once.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from phone.build import SHELL
from tests.handset import VOICE, code_for, enrol, handset, unlock, wait_until_kept, with_counsellor
from tests.live import PASSWORD, Node, browser, sign_in
from tests.live import node as running

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    with running() as one:
        with_counsellor(one)
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def phone(server: Node, chromium: Browser) -> Iterator[BrowserContext]:
    context = handset(chromium)
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def page(phone: BrowserContext, server: Node, chromium: Browser) -> Page:
    found = enrol(phone, server, code_for(chromium, server, "Counsellor Lou"))
    wait_until_kept(found)
    expect(found.get_by_text("Ben Course")).to_be_visible(timeout=20_000)
    phone.set_offline(True)
    return found


def pick(page: Page, group: str, words: str) -> None:
    """Choose an answer by the words of its question."""
    there = page.get_by_role("group", name=re.compile(group))
    there.locator("label.pick").filter(has_text=re.compile(rf"^{words}")).first.click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).last.click()


def whole(page: Page, what: str) -> None:
    """Nothing that axe knows is wrong, and nothing runs over the edge, also with letters twice as large."""
    assert [one["id"] for one in Axe().run(page).response["violations"]] == [], what
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, what
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{what} at 200 %"
    page.evaluate("document.documentElement.style.fontSize = ''")


def open_person(page: Page, name: str) -> None:
    page.get_by_role("link", name="Find").click()
    page.get_by_label("Name").first.fill(name)
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def desk(chromium: Browser, server: Node, who: str, path: str, part: str = "main") -> str:
    """What a page of the clinic says to somebody, in one line."""
    found = chromium.new_context().new_page()
    sign_in(found, server.url, who, PASSWORD)
    found.goto(server.url + path)
    text = found.locator(part).inner_text()
    found.context.close()
    return " ".join(text.split())


def id_of(server: Node, who: str) -> str:
    people = dict(line.split() for line in (server.home / "people.txt").read_text().splitlines())
    return people[who]


def _looks_at_the_medicine(page: Page) -> None:
    """The card in pictures, read aloud, and shown back."""
    page.evaluate(VOICE)
    page.get_by_role("link", name="Look at the medicine").click()
    expect(page.locator(".card-row")).to_have_text(["Morninghow many: 1", "Noonhow many: 0", "Nighthow many: ½"])
    assert page.locator(".card-row .pill").count() == 2, "a whole tablet and a half one"
    expect(page.get_by_text("1 in the morning, 0.5 at night")).to_be_visible()
    press(page, "Listen")
    assert page.evaluate("said") == ["Morning: 1. Noon: 0. Night: ½."], "and not what for, or of what"
    expect(page.get_by_text("Every day.")).to_be_visible()
    pick(page, "Show me", "Showed it right")
    page.get_by_label("How many are left").fill("11")
    pick(page, "taken", "Most")
    pick(page, "unpleasant", "No")
    whole(page, "medicine")
    press(page, "Save")


def _visit_with_tablets_and_session(page: Page, phone: BrowserContext) -> None:
    open_person(page, "Ben Course")
    whole(page, "person")
    pick(page, "Did you meet", "Yes")
    pick(page, "Where", "Their home")
    page.get_by_text("Look for danger signs").click()
    pick(page, "Seen or told", "I looked")
    pick(page, "coming back", "Stays in bed")
    page.get_by_label("What the clinic should know").fill("His sister moved in.")
    whole(page, "visit")

    _looks_at_the_medicine(page)

    page.get_by_role("link", name="Session 2").click()
    expect(page.get_by_role("heading", name="Session 2: One problem, step by step")).to_be_visible()
    press(page, "Next")
    page.get_by_role("group", name=re.compile("How have you felt")).locator("label.pick").nth(4).click()
    page.get_by_label("The problem they chose").fill("The landlord")
    press(page, "Next")
    expect(page.get_by_text("When did you breathe slowly?")).to_be_visible()
    whole(page, "step of a session")
    address = page.url
    page.close()  # the battery is empty in the middle of a step
    page = phone.new_page()
    page.goto(re.sub("#.*", "", address))
    unlock(page)
    page.get_by_role("link", name="Go on with the session: Ben Course").click()
    expect(page.get_by_text("When did you breathe slowly?")).to_be_visible()
    while page.get_by_role("button", name="Next").count():
        if page.get_by_role("group", name=re.compile("^To practise")).count():
            pick(page, "^To practise", "The first step")
            page.get_by_label("In your words").fill("Speak with him on Thursday")
            page.locator("label.pick").filter(has_text=re.compile(r"^\w+day \d")).first.click()
            whole(page, "what to practise")
        press(page, "Next")
    for line in page.get_by_role("group").all()[:4]:
        line.locator("label.pick").first.click()
    whole(page, "the list after a session")
    press(page, "Save the session")

    expect(page.get_by_role("heading", name="Ben Course")).to_be_visible()
    expect(page.get_by_label("What the clinic should know")).to_have_value("His sister moved in.")
    press(page, "Save the visit")
    expect(page.get_by_role("heading", name=re.compile("^Today"))).to_be_visible()
    open_person(page, "Ben Course")
    for said in ("Visit", "Session", "Tablets looked at", "Note", "Message to the clinic"):
        expect(page.get_by_role("listitem").filter(has_text=re.compile(f"{said}.*not sent yet")).first).to_be_visible()
    page.close()


def _ask_the_supervisor(page: Page, server: Node) -> None:
    page.goto(f"{server.url}/phone/#/today")
    page.get_by_role("link", name="Ask Supervisor Sue").click()
    page.get_by_label("Name").first.fill("Dan Remit")
    page.get_by_role("link", name="Dan Remit").click()
    expect(page.get_by_role("link", name="the steps for their safety")).to_be_visible()
    press(page, "Send")
    expect(page.get_by_text("Write what you want to say")).to_be_visible()
    page.get_by_label("Ask Supervisor Sue").fill("May his sister come with him?")
    whole(page, "question")
    press(page, "Send")
    page.get_by_role("link", name="Ask Supervisor Sue").click()
    expect(page.get_by_text("not sent yet")).to_be_visible()


def _try_referral_and_group(phone: BrowserContext, server: Node) -> None:
    page = phone.new_page()
    page.goto(f"{server.url}/phone/")
    unlock(page)
    open_person(page, "Eve Below")
    pick(page, "Did you meet", "Not today")
    page.evaluate("scrollTo(0, 0)")
    press(page, "Save the visit")
    expect(page.get_by_text("Choose the day")).to_be_in_viewport()  # below the edge nobody would know why not
    expect(page.get_by_role("group", name="When do you try again").get_by_role("radio").first).to_be_focused()
    pick(page, "Did you meet", "Not there")
    pick(page, "Where", "Their home")
    press(page, "Save the visit")
    expect(page.get_by_text("Choose the day")).to_have_count(0)
    open_person(page, "Dan Remit")
    page.get_by_role("link", name="Refer to another service").click()
    press(page, "Save")
    expect(page.get_by_text("A danger does not wait for a referral")).to_be_visible()
    whole(page, "referral")
    pick(page, "danger now", "No")
    pick(page, "To whom", "Savann")
    pick(page, "How soon", "Within a week")
    page.get_by_label("What you ask of them").fill("He moved there; please see him.")
    press(page, "Save")
    expect(page.get_by_role("heading", name="Dan Remit", exact=True)).to_be_visible()
    page.get_by_role("link", name="Refer to another service").click()
    expect(page.get_by_text("written here, not sent yet")).to_be_visible()

    _ask_the_supervisor(page, server)
    page.goto(f"{server.url}/phone/#/today")
    page.get_by_role("link", name="Hold a group").click()
    page.get_by_label("What the group is called").fill("Tuesday circle")
    for name in ("Ann Start", "Dan Remit", "Eve Below", "Cid Danger"):
        page.get_by_label("Add people").fill(name[:3])
        press(page, f"Add {name}")
    pick(page, "Who came", "Cid Danger")  # who was added came; pressed again, they did not
    page.get_by_label("To practise until next time").fill("Slow breathing")
    page.get_by_text("What was done").click()
    pick(page, "Breathed slowly together", "Done")
    pick(page, "Next meeting", r"\w+day \d")
    whole(page, "group")
    press(page, "Save for everybody")
    expect(page.get_by_role("heading", name=re.compile("^Today"))).to_be_visible()
    page.goto(f"{server.url}/phone/#/group")
    expect(page.get_by_role("button", name="Tuesday circle, 4 people")).to_be_visible()
    page.close()


def _danger_sign_goes_to_the_steps(phone: BrowserContext, server: Node) -> None:
    page = phone.new_page()
    page.goto(f"{server.url}/phone/")
    unlock(page)
    open_person(page, "Ann Start")
    pick(page, "Did you meet", "Yes")
    page.get_by_text("Look for danger signs").click()
    pick(page, "Seen or told", "A seizure that does not stop")
    page.get_by_label("What did you see?").fill("Two within an hour")
    press(page, "Get help now")
    expect(page.get_by_role("heading", name="Stay with Ann Start")).to_be_visible()
    page.close()  # and the phone dies before anything else is pressed
    page = phone.new_page()
    page.goto(f"{server.url}/phone/")
    unlock(page)
    expect(page.get_by_text("Ann Start may be in danger")).to_be_visible()
    page.close()


def _all_of_it_stands_on_the_clinics_pages_once(phone: BrowserContext, server: Node, chromium: Browser) -> None:
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(f"{server.url}/phone/")
    unlock(page)
    expect(page.get_by_role("link", name=re.compile("not yet sent"))).to_have_count(0, timeout=30_000)
    page.goto(f"{server.url}/phone/#/unsent")
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible(timeout=30_000)
    page.close()

    ben = desk(chromium, server, "nia", f"/people/{id_of(server, 'ben')}", "#record-of")
    for once in (
        "2. One problem, step by step", "Looked for danger signs, none seen", "His sister moved in.", "The landlord",
        "11 left when counted, showed right how to take it", "Stays in bed after sunrise. Counsellor",
    ):  # fmt: skip
        assert ben.count(once) == 1, once
    eve = desk(chromium, server, "nia", f"/people/{id_of(server, 'eve')}", "#record-of")
    assert eve.count("Looked for at home: not found") == 1
    assert eve.count("with the group Tuesday circle") == 1
    cid = desk(chromium, server, "nia", f"/people/{id_of(server, 'cid')}", "#record-of")
    assert cid.count("A session was missed") == 1
    ann = desk(chromium, server, "nia", f"/people/{id_of(server, 'ann')}", "#record-of")
    assert ann.count("Danger sign seen: a seizure that does not stop. Two within an hour") == 1
    assert ann.count("A worker was worried") == 1
    assert "Ann Start" in desk(chromium, server, "sue", "/risk")
    assert "Dan Remit" in desk(chromium, server, "otto", "/referrals")
    assert "Dan Remit" in desk(chromium, server, "sue", "/messages")
    assert "11 left when counted" in desk(chromium, server, "nia", f"/people/{id_of(server, 'ben')}/medicines")


def test_a_day_without_network_survives_the_death_of_the_phone_and_stands_on_the_clinics_pages_once(
    page: Page, phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    """One day on one phone, in its order."""
    _visit_with_tablets_and_session(page, phone)
    _try_referral_and_group(phone, server)
    _danger_sign_goes_to_the_steps(phone, server)
    _all_of_it_stands_on_the_clinics_pages_once(phone, server, chromium)


def test_numbers_are_written_as_the_language_does_and_typed_in_either_way(server: Node, chromium: Browser) -> None:
    context = handset(chromium)
    page = enrol(context, server, code_for(chromium, server, "Counsellor Lou"))
    wait_until_kept(page)
    shown = {"fr": ("0,3 mL", "2,5 mL au coucher"), "ar": ("0.3 mL", "2.5 mL at night")}
    for code, (morning, words) in shown.items():
        page.goto(f"{server.url}/phone/#/me")
        page.locator("select").select_option(code)
        page.goto(f"{server.url}/phone/#/person/{id_of(server, 'eve')}")
        expect(page.get_by_text("0,5 mg" if code == "fr" else "0.5 mg").first).to_be_visible()
        page.locator('a[href*="#/medicine/"]').click()
        expect(page.locator(".card-row").first).to_contain_text(morning)
        expect(page.locator("main")).to_contain_text(words)
        whole(page, f"medicine, {code}")
    page.locator("#left").fill("1,000")
    page.locator(".p-foot .btn.main").click()
    expect(page.locator(".error")).to_have_count(1)
    page.locator("#left").fill("7,5")
    context.set_offline(True)
    # Away while it saves: it is saved, and nobody is pulled back to the person.
    page.evaluate("document.querySelector('.p-foot .btn.main').click(); location.hash = '#/unsent'")
    expect(page.locator("main")).to_contain_text("Eve Below")
    expect(page).to_have_url(f"{server.url}/phone/#/unsent")
    context.set_offline(False)
    expect(page.get_by_role("heading", name="كل شيء أُرسل")).to_be_visible(timeout=30_000)
    eve = desk(chromium, server, "nia", f"/people/{id_of(server, 'eve')}/medicines")
    assert "7.5 left when counted" in eve
    context.close()
