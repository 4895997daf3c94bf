"""docs/tutorials/first-review.md, walked as a newcomer would: by the words on the screen, from an empty node."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.live import CHROMIUM, NO_BROWSER, ROOT, Node, browser, node, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason=NO_BROWSER)]
TUTORIAL = ROOT / "docs" / "tutorials" / "first-review.md"
FILE = ROOT / "examples" / "first-review.csv"


class Reader:
    """Someone with a browser who remembers every word that stood on the screen."""

    def __init__(self, chromium: Browser, one: Node, who: str, seen: list[str]) -> None:
        found = re.search(rf"^\s*{who}\s+(\S+)", one.output(), re.MULTILINE)
        assert found, f"the first start did not print how to sign in as {who}"
        self.seen = seen
        self.page: Page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        self.page.set_default_timeout(10_000)
        sign_in(self.page, one.url, who, found[1])
        self.look()

    def look(self) -> str:
        """What the page says, menus of choices and closed parts included."""
        self.page.wait_for_load_state()
        said = " ".join((self.page.locator("body").text_content() or "").split())
        self.seen.append(said)
        return said

    def press(self, name: str, *, within: str = "", exact: bool = True) -> str:
        """Follow a link or press a button by its words, whatever count stands behind them.

        `within` narrows to the row or form that says this; without `exact` the words may be a part.
        """
        place = self.page.locator("tr, li, form, details").filter(has_text=within).last if within else self.page
        words = re.compile(rf"^{re.escape(name)}( \d+\+?)?$" if exact else re.escape(name))
        place.get_by_role("link", name=words).or_(place.get_by_role("button", name=words)).first.click()
        return self.look()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label).first.fill(value)


@pytest.fixture(scope="module")
def newcomer() -> Iterator[tuple[Node, Browser]]:
    with node(world=False) as one, browser() as chromium:
        yield one, chromium


def test_the_tutorial_can_be_followed_to_its_end(newcomer: tuple[Node, Browser]) -> None:
    one, chromium = newcomer
    seen: list[str] = []
    carla = Reader(chromium, one, "carla", seen)
    import_the_forms(carla)
    mend_and_decide(carla)
    ask_and_send_the_question(carla)
    pascal = Reader(chromium, one, "pascal", seen)
    review(pascal)
    carry_out(carla)
    pascal.page.goto(f"{one.url}/caseload?name=marisol+egzanp")
    pascal.press("Marisol Egzanp")
    again = pascal.press("Review page")
    assert "First session held." in again
    assert "Begin problem solving this week" in again
    words = " ".join(seen)
    labels = re.findall(r"\*\*([^*]+)\*\*", TUTORIAL.read_text("utf-8"))
    names = {"Carla", "Pascal"}
    missing = [one for one in dict.fromkeys(labels) if " ".join(one.split()) not in words and one not in names]
    assert missing == [], "the tutorial says these stand on the screen"


def import_the_forms(carla: Reader) -> None:
    carla.page.get_by_text(re.compile("^More")).first.click()
    carla.press("Import")
    carla.press("From a spreadsheet")
    carla.page.get_by_label("Spreadsheet").set_input_files(FILE)
    carla.page.get_by_label("Map, one of these").select_option("first-review")
    carla.page.get_by_label("The people in these files are invented too").check()
    carla.page.get_by_role("button", name="Import", exact=True).click()
    carla.page.get_by_text(re.compile("Taken in")).first.wait_for(timeout=60_000)
    said = carla.look()
    assert "6 people and 8 responses are new" in said
    assert "1 entry waits to be mended" in said
    assert "1 stated total disagrees" in said
    assert "Nobody was paged" in said


def mend_and_decide(carla: Reader) -> None:
    carla.page.get_by_text(re.compile("^More")).first.click()
    carla.press("Held")
    carla.press("Mend", within="Fabyola Egzanp", exact=False)
    carla.fill("q4", "1")
    assert "Taken in" in carla.press("Take it in")
    carla.press("Triage")
    carla.press("Historical safety", exact=False)
    carla.press("Tilou Egzanp")
    carla.page.get_by_label("We spoke about it").check()
    carla.fill("What you talked about", "He is well, and knows whom to call.")
    carla.press("Record it")
    waiting = carla.press("Triage")
    assert "not scored, 3 unanswered" in waiting
    carla.press("Marisol Egzanp")
    owner = carla.page.get_by_label("Owner from now on")
    owner.select_option(label=next(one for one in owner.locator("option").all_inner_texts() if one.startswith("Carla")))
    assert "stand on the caseload now" in carla.press("Enrol")


def ask_and_send_the_question(carla: Reader) -> None:
    carla.press("Find person")
    carla.fill("Name, as it sounds", "marisol egzan")
    carla.press("Search")
    carla.press("Marisol Egzanp")
    carla.press("Ask a questionnaire")
    carla.page.get_by_role("link", name="PHQ-9", exact=True).first.click()
    carla.look()
    first = carla.page.get_by_role("group", name=re.compile("Little interest")).get_by_role("radio").first
    first.focus()
    for digit in "33322323":
        carla.page.keyboard.press(digit)
    carla.page.get_by_label("Yes", exact=True).check()
    carla.page.get_by_role("group", name=re.compile("Thoughts that you")).get_by_role("radio").first.focus()
    for digit in "02":
        carla.page.keyboard.press(digit)
    carla.press("Save answers")
    carla.page.wait_for_url("**/answers/**")  # sent once the node has answered
    result = carla.look()
    assert "21 of 27, severe band" in result
    assert "no proof of safety" in result
    carla.press("To the chart")
    carla.press("Decide about", exact=False)
    carla.page.get_by_label("Ask the specialist").check()
    carla.fill("Why", "Begin now, or will you see her first?")
    assert "Decided." in carla.press("Save the decision")


def review(pascal: Reader) -> None:
    pascal.press("Review")
    pascal.press("with case", exact=False)
    pascal.page.get_by_label("Continue as now").check()
    pascal.fill("What to do", "Go on, and measure again in four weeks.")
    pascal.page.get_by_label("Who", exact=True).select_option(index=1)
    assert "is a task of" in pascal.press("Send, next")
    pascal.press("Agenda")
    listed = pascal.page.get_by_role("link", name="Marisol Egzanp")
    if not listed.count():
        pascal.press("Caseload")
        pascal.fill("Name, as it sounds", "marisol")
        pascal.press("Show")
    pascal.press("Marisol Egzanp")
    if pascal.page.get_by_role("link", name="Review page").count():
        pascal.press("Review page")
    pascal.page.get_by_label("Change treatment").check()
    pascal.fill("What to do", "Begin problem solving this week.")
    who = pascal.page.get_by_label("Who", exact=True)
    who.select_option(label=next(one for one in who.locator("option").all_inner_texts() if one.startswith("Carla")))
    said = pascal.press("Send", exact=False)
    assert "Marisol Egzanp is a task of Carla" in said


def carry_out(carla: Reader) -> None:
    carla.press("Review")
    carla.press("Advice to carry out")
    task = carla.page.get_by_role("listitem").filter(has_text="Marisol Egzanp").last
    if task.locator("details:not([open]) > summary").count():
        task.locator("summary").click()
    task.get_by_label(re.compile("Note")).fill("First session held.")
    task.get_by_role("button", name=re.compile("^Done")).click()
    assert "on record" in carla.look()
