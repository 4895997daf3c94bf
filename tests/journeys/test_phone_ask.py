"""Somebody new, asked for the first time, far from any network, who tells of a danger: nothing waits, nothing is lost.

The walk knows only the words on the screen. The phone dies twice on the way.
"""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from phone.build import SHELL
from tests.handset import VOICE, ask_somebody, code_for, enrol, handset, unlock, until, wait_until_kept
from tests.live import PASSWORD, Node, browser, node, sign_in

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)
NOBODY = "Zanmi Danje"
# A tel: link would leave the browser; that it was pressed is what counts.
NO_DIALLING = "addEventListener('click', (e) => e.target.closest?.('a[href^=tel]') && e.preventDefault(), true)"
FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  globalThis.refused = 0;
  globalThis.heal = () => { IDBObjectStore.prototype.put = put; };
  IDBObjectStore.prototype.put = function () { refused++; throw new DOMException('full', 'QuotaExceededError'); };
}"""
SMALL = """() => [...document.querySelectorAll('a, button, .pick, select, summary')].filter((one) => {
  const at = one.getBoundingClientRect();
  return at.width && at.height < 47.5 && !one.classList.contains('name') && !one.closest('.steps :is(h1, h2)');
}).map((one) => one.outerHTML.slice(0, 120))"""
_axe = Axe()
expect.set_options(timeout=20_000)  # a phone's key is made from its PIN slowly, on purpose


@pytest.fixture(scope="module")
def server() -> Iterator[Node]:
    with node() as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def phone(server: Node, chromium: Browser) -> Iterator[BrowserContext]:
    context = handset(chromium)
    context.add_init_script(NO_DIALLING)
    yield context
    context.close()


@pytest.fixture
def desk(server: Node, chromium: Browser) -> Iterator[Page]:
    """The supervisor at the clinic's computer."""
    context = chromium.new_context()
    page = context.new_page()
    sign_in(page, server.url, "sue", PASSWORD)
    yield page
    context.close()


def put_on_call(desk: Page, server: Node, worker: str, phone: str, order: int) -> None:
    """A turn on the roster from this morning on."""
    desk.goto(f"{server.url}/roster/bel-dlo/")
    now = dt.datetime.now(dt.UTC)
    desk.get_by_label("Who").select_option(label=worker)
    desk.get_by_label("From").fill((now - dt.timedelta(days=1)).strftime("%Y-%m-%dT00:00"))
    desk.get_by_label("Until").fill((now + dt.timedelta(days=2)).strftime("%Y-%m-%dT00:00"))
    desk.get_by_label("Called as number").fill(str(order))
    desk.get_by_label("Phone").fill(phone)
    desk.get_by_role("button", name="Put on call").click()


def look(page: Page, name: str) -> None:
    """For everyone: axe finds nothing, nothing is wider than the phone, targets fit a thumb, large text and from right
    to left as well."""
    page.wait_for_timeout(200)
    found = _axe.run(page)
    assert not found.violations_count, f"{name}: {found.generate_report()}"
    small = page.evaluate(SMALL)
    assert not small, f"{name}: too small for a thumb: {small}"
    for style in ("fontSize = '200%'", "direction = 'rtl'"):
        page.evaluate(f"document.documentElement.style.{style}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{name}, {style}: {wide} px wide"
        page.evaluate("document.documentElement.removeAttribute('style')")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def died(page: Page) -> None:
    """The phone dies and is opened again where it was."""
    page.reload()
    unlock(page)


def register(page: Page) -> None:
    """Search, and only then register."""
    page.get_by_role("link", name="Find").click()
    look(page, "find")
    assert not page.get_by_role("button", name="Register somebody new").count(), "nobody is registered unsearched"
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Zami Danj")
    expect(page.get_by_text("Others may be known at the clinic")).to_be_visible()
    press(page, "Register somebody new")
    page.get_by_label(re.compile("^Name")).fill(NOBODY)
    page.get_by_label(re.compile("^Birth year or age")).fill("34")
    page.get_by_label(re.compile("^Place")).fill("Nan Mango")
    look(page, "register")
    press(page, "Next")
    expect(page.get_by_role("heading", name="Is it one of these people?")).to_be_visible()
    expect(page.get_by_role("link", name="Dan Remit")).to_be_visible()
    look(page, "alike")
    press(page, "None of these")
    page.get_by_label("Woman or girl").check()
    look(page, "more")
    press(page, "Register")
    expect(page.get_by_role("heading", name=NOBODY)).to_be_visible()


def ask(page: Page) -> None:
    """Every question up to the one about danger; the phone dies in between."""
    page.get_by_label("Yes, we met").check()
    page.get_by_role("link", name=re.compile("^Ask other questions")).click()
    expect(page.get_by_role("heading", name=f"What to ask {NOBODY}?")).to_be_visible()
    assert not re.search("[Dd]epress|[Ss]uicid", page.inner_text("body")), "no word of illness on a list"
    look(page, "choose")
    page.get_by_role("link", name="PHQ-9").click()
    press(page, "Begin")
    expect(page.get_by_text("Answer this first")).to_be_visible()
    page.get_by_label("No, others can hear").check()
    expect(page.get_by_text("Find a place where nobody can hear")).to_be_visible()
    look(page, "gate")
    press(page, "We are alone now")
    press(page, "Begin")
    press(page, "Next")
    expect(page.get_by_text("Choose an answer, or press No answer.")).to_be_visible()
    for n in range(1, 9):
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"{n} of 9"))
        if n == 4:
            look(page, "question")
            died(page)
            expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("4 of 9"))
        page.get_by_label("Several days").check()
        press(page, "Next")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("9 of 9"))
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Several days")).to_be_checked()
    press(page, "Next")
    page.get_by_label("Several days").check()
    press(page, "Next")


def steps(page: Page) -> None:
    """Straight to the steps, which nobody leaves without a word."""
    expect(page.get_by_role("heading", name=f"Stay with {NOBODY}")).to_be_visible()
    look(page, "stay")
    page.go_back()
    expect(page.get_by_role("heading", name="Before you leave")).to_be_visible()
    press(page, "Leave")
    expect(page.get_by_text("Choose what is true before you leave.")).to_be_visible()
    look(page, "leave")
    press(page, "Go back to the steps")
    press(page, "Next")
    expect(page.get_by_text("Say who stays with them.")).to_be_visible()
    page.get_by_label("I stay").check()
    page.get_by_role("group", name="Anything swallowed").get_by_label("No", exact=True).check()
    press(page, "Next")
    expect(page.get_by_role("link", name="Call Nurse Nia")).to_be_visible()
    look(page, "call")
    page.get_by_role("link", name="Call Nurse Nia").click()
    expect(page.get_by_text(re.compile(r"Called at \d\d:\d\d. Did a person answer\?"))).to_be_visible()
    died(page)
    expect(page.get_by_text(re.compile(r"Called at \d\d:\d\d. Did a person answer\?"))).to_be_visible()
    press(page, "Next")
    expect(page.get_by_text("Say whether a person answered.")).to_be_visible()
    page.get_by_label("No, call Psychologist Psy next").check()
    press(page, "Next")
    page.get_by_role("link", name="Call Psychologist Psy").click()
    page.get_by_label("Yes, we spoke").check()
    press(page, "Next")
    expect(page.get_by_text("Thoughts of ending their life, now?")).to_be_visible()
    look(page, "ask")
    for question in ("Thoughts of ending", "A plan"):
        page.get_by_role("group", name=question).get_by_label("No", exact=True).check()
    press(page, "Next")
    page.get_by_label("What could be used is put away").check()
    look(page, "safe")
    press(page, "Next")
    page.get_by_label("What helps me").fill("Walking with my sister")
    page.get_by_label("They have it on paper").check()
    look(page, "plan")
    press(page, "Next")
    page.get_by_label("I come").check()
    page.get_by_label(re.compile("^Tomorrow")).check()
    look(page, "next")
    press(page, "Next")
    expect(page.get_by_role("heading", name="The steps are done")).to_be_visible()
    look(page, "done")


def test_a_danger_told_offline_is_acted_on_kept_and_stands_on_the_board(
    phone: BrowserContext, desk: Page, server: Node, chromium: Browser
) -> None:
    put_on_call(desk, server, "Nurse Nia", "+509 0000 0004", 1)
    put_on_call(desk, server, "Psychologist Psy", "+509 0000 0005", 2)
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible(timeout=20_000)
    look(page, "today")
    phone.set_offline(True)
    register(page)
    ask(page)
    steps(page)
    press(page, "To the questions")
    press(page, "No answer")
    look(page, "summary")
    press(page, "Save")
    expect(page.get_by_text("Scores are read at the health centre.")).to_be_visible()
    look(page, "result")
    page.goto(re.sub("#.*", "#/today", page.url))
    waiting = page.get_by_role("link", name=re.compile("not yet sent"))
    expect(waiting).to_be_visible()
    look(page, "today, with what waits")
    phone.set_offline(False)
    expect(waiting).to_have_count(0, timeout=30_000)

    desk.goto(f"{server.url}/risk")
    row = desk.get_by_role("listitem").filter(has_text=NOBODY)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Taken on.")
    row.get_by_role("link", name=NOBODY).click()
    told = desk.inner_text("main")
    for words in ("Answered “several days” to the safety question of PHQ-9", "Walker Wim", "Psychologist Psy",
                  "They have a copy in hand", "What could be used is put away"):  # fmt: skip
        assert words in told, words
    desk.goto(f"{server.url}/held/")
    assert NOBODY not in desk.inner_text("main"), "all of it was taken"


def test_who_cannot_stay_says_so_and_today_does_not_forget(
    phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible()
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Benn Cours")
    page.get_by_role("link", name="Ben Course").click()
    page.get_by_role("link", name="Something worries me").first.click()
    press(page, "Start the steps")
    expect(page.get_by_text("Say in a few words what worries you.")).to_be_visible()
    look(page, "worry")
    page.get_by_label(re.compile("^In a few words")).fill("Gave away the goats")
    press(page, "Start the steps")
    expect(page.get_by_role("heading", name="Stay with Ben Course")).to_be_visible()
    press(page, "I cannot stay")
    page.get_by_label("Somebody stays with them").check()
    press(page, "Leave")
    expect(page.get_by_text("Write who stays with them.")).to_be_visible()
    page.get_by_label("Who stays with them?").fill("His brother")
    press(page, "Leave")
    expect(page.get_by_text("Ben Course may be in danger")).to_be_visible()
    died(page)
    page.get_by_role("link", name="Go on with the steps").click()
    expect(page.get_by_text("With them: His brother")).to_be_visible()


def test_an_answer_pressed_by_mistake_is_asked_again_and_a_person_still_looks_at_it(
    phone: BrowserContext, desk: Page, server: Node, chromium: Browser
) -> None:
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible()
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Mimoz")
    expect(page.get_by_text("Nobody on this phone sounds like this.")).to_be_visible()
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Eve Bello")
    page.get_by_role("link", name="Eve Below").click()
    page.get_by_label("Yes, we met").check()
    page.get_by_role("link", name=re.compile("^Ask other questions")).click()
    page.get_by_role("link", name="ASQ").click()
    page.get_by_label("No, others can hear").check()
    press(page, "Ask all the same")
    expect(page.get_by_text("Not read aloud, since others can hear.")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    press(page, "We are alone now")
    press(page, "Begin")
    expect(page.get_by_text("This phone has no voice for English.")).to_be_visible()
    page.evaluate(VOICE)
    page.get_by_role("button", name="Back").click()
    press(page, "Begin")
    press(page, "Listen")
    assert page.evaluate("said")[0].startswith("In the past few weeks, have you wished you were dead?")
    page.get_by_label("Yes", exact=True).check()
    press(page, "Next")
    expect(page.get_by_role("heading", name="Stay with Eve Below")).to_be_visible()
    page.goto(re.sub("#.*", "#/find", page.url))
    expect(page.get_by_role("heading", name="Before you leave")).to_be_visible()
    page.get_by_label("I pressed the wrong answer").check()
    press(page, "Leave")
    for n in range(1, 5):
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"{n} of "))
        page.get_by_label("No", exact=True).check()
        press(page, "Next")
    press(page, "Save")
    expect(page.get_by_text("Scores are read at the health centre.")).to_be_visible()
    page.goto(re.sub("#.*", "#/today", page.url))
    expect(page.get_by_text("Eve Below may be in danger")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("not yet sent"))).to_have_count(0, timeout=30_000)
    desk.goto(f"{server.url}/risk")
    row = desk.get_by_role("listitem").filter(has_text="Eve Below")
    expect(row).to_have_count(1)
    row.get_by_role("link", name="Eve Below").click()
    expect(desk.get_by_text("The worker says that the answer was pressed by mistake.")).to_be_visible()


def test_a_full_phone_keeps_nobody_from_the_steps(
    phone: BrowserContext, desk: Page, server: Node, chromium: Browser
) -> None:
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible()
    ask_somebody(page, "Dan Remi", "Dan Remit", "ASQ")
    page.get_by_label("Yes", exact=True).check()
    press(page, "Begin")
    page.evaluate(FULL)
    page.get_by_label("Yes", exact=True).check()
    press(page, "Next")
    expect(page.get_by_role("heading", name="Stay with Dan Remit")).to_be_visible()
    page.get_by_label("I stay").check()
    press(page, "Next")
    expect(page.get_by_text(re.compile("Not saved"))).to_be_visible()
    page.get_by_role("button", name="Call now").click()
    expect(page.get_by_text(re.compile("number kept on this phone|No number is kept"))).to_be_visible()
    page.evaluate("heal()")
    page.get_by_role("button", name=re.compile("^Stay with")).click()
    press(page, "Next")
    expect(page.get_by_text("With them: Walker Wim")).to_be_visible()
    page.get_by_role("link", name=re.compile("not yet sent")).wait_for(state="detached", timeout=30_000)
    desk.goto(f"{server.url}/risk")
    desk.get_by_role("link", name="Dan Remit").click()
    expect(desk.get_by_text("to the safety question of ASQ")).to_be_visible()


def test_answers_that_could_not_be_saved_stay_until_they_are_and_then_stand_at_the_clinic_once(
    phone: BrowserContext, desk: Page, server: Node, chromium: Browser
) -> None:
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible()
    ask_somebody(page, "Ben Cours", "Ben Course", "GAD-2")
    if page.get_by_label("Yes", exact=True).count():
        page.get_by_label("Yes", exact=True).check()
    press(page, "Begin")
    page.get_by_label("Not at all").check()
    press(page, "Next")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("2 of 2"))
    page.evaluate(FULL)
    page.get_by_label("Not at all").check()
    press(page, "Next")
    expect(page.get_by_text(re.compile("^Not saved")).first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("2 of 2"))  # nobody goes on from it
    expect(page.get_by_label("Not at all")).to_be_checked()
    page.evaluate("heal()")
    press(page, "Next")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.evaluate(FULL)
    for _ in range(2):
        before = page.evaluate("refused")
        press(page, "Save")
        until(page, f"refused > {before}")  # the words of the first time stand there still
        page.wait_for_timeout(500)  # it makes room, and is refused once more
        expect(page.get_by_text(re.compile("^Not saved")).first).to_be_visible()
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.evaluate("heal()")
    press(page, "Save")
    expect(page.get_by_text("Scores are read at the health centre.")).to_be_visible()
    page.goto(re.sub("#.*", "#/today", page.url))
    expect(page.get_by_text("Go on with the questions")).to_have_count(0)
    page.get_by_role("link", name=re.compile("not yet sent")).wait_for(state="detached", timeout=30_000)
    desk.goto(f"{server.url}/people")
    desk.get_by_role("main").get_by_label(re.compile("^Name")).fill("Ben Course")
    desk.get_by_role("main").get_by_role("button", name="Search").click()
    desk.get_by_role("link", name=re.compile("^Ben Course")).first.click()
    assert desk.locator("#record-of").inner_text().count("GAD-2") == 1


def test_a_day_of_another_year_says_its_year_and_a_field_takes_no_more_than_the_clinic(
    server: Node, phone: BrowserContext, chromium: Browser
) -> None:
    """ "Due since 23 Dec" could be five years ago; a registration with more than the clinic takes would come back."""
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    year = dt.datetime.now(dt.UTC).year + 1
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Ben Course")
    page.get_by_role("link", name="Ben Course").first.click()
    page.get_by_label("Yes, we met").check()
    page.get_by_label("Their home").check()
    page.get_by_label("Another day").check()
    page.get_by_label("Which day").fill(f"{year}-01-15")
    press(page, "Save the visit")
    page.get_by_role("link", name="Find").click()
    page.get_by_role("link", name="Ben Course").first.click()
    expect(page.get_by_text(re.compile(f"15 January {year}"))).to_be_visible()
    page.get_by_role("link", name="Today", exact=True).click()
    page.get_by_role("link", name="Find").click()
    page.get_by_label(re.compile("^Name, as it sounds")).fill("Zami Danj")
    press(page, "Register somebody new")
    assert page.get_by_label(re.compile("^Name")).get_attribute("maxlength") == "200"
    assert page.get_by_label(re.compile("^Place")).get_attribute("maxlength") == "300"
