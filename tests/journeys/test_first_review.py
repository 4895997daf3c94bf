"""The first loop, as a newcomer walks it: start, sign in, import, triage, review, advice done.

Everything is found by its visible label, as a person would find it. Nothing looks into the database.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import SHARED, Node, browser, follow, sign_in
from tests.live import node as running

AHRQ = SHARED / "ahrq-phq9-stu3"
CODES = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"]
QUESTION = "No score here since the old tablets. Begin again, or go on?"
ADVICE = "Ask the PHQ-9 this week, then decide."


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running(world=False) as one:
        yield one


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def page_of(chromium: Browser, node: Node, username: str) -> Page:
    """A signed-in page at 1280 px, with the password that the program printed."""
    found = re.search(rf"^\s+{username}\s+(\S+)\s", node.output(), re.MULTILINE)
    assert found, node.output()
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(10_000)
    sign_in(page, node.url, username, found[1])
    return page


def choose(page: Page, label: str, text: str) -> None:
    """Choose the option whose words begin with `text`."""
    box = page.get_by_label(label)
    words = [one for one in box.locator("option").all_inner_texts() if one.strip().startswith(text)]
    assert words, f"{label} offers {box.inner_text()}"
    box.select_option(label=words[0].strip())


def files(folder: Path) -> list[Path]:
    """The files to import: the shared PHQ-9 answers where they are, else two invented people."""
    if AHRQ.is_dir():
        return sorted(AHRQ.glob("*.json"))
    made = []
    for who in range(2):
        reference = {"reference": f"Patient/x{who}"}
        items = [{"linkId": f"/{code}", "answer": [{"valueInteger": 2}]} for code in CODES]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
            {"resource": {"resourceType": "Patient", "id": f"x{who}", "name": [{"text": f"Invented Person{who}"}]}},
            {"resource": {"resourceType": "QuestionnaireResponse", "id": f"r{who}", "status": "completed",
                          "subject": reference, "authored": "2020-05-04", "item": items}}]}  # fmt: skip
        file = folder / f"x{who}.json"
        file.write_bytes(msgspec.json.encode(bundle))
        made.append(file)
    return made


def test_from_a_file_to_advice_carried_out(node: Node, chromium: Browser, tmp_path: Path) -> None:
    carla = page_of(chromium, node, "carla")
    follow(carla, re.compile("^Import$"))
    carla.get_by_label("Files", exact=True).set_input_files(files(tmp_path))
    carla.get_by_label("Name of the system they come from").fill("old tablets")
    carla.get_by_label("The people in these files are invented too").check()
    carla.get_by_role("button", name="Import").click()
    expect(carla.get_by_text(re.compile(r"Taken in")).first).to_be_visible(timeout=30_000)
    if AHRQ.is_dir():
        expect(carla.get_by_text("14 people").first).to_be_visible()

    carla.get_by_role("link", name="Triage", exact=True).click()
    came = carla.locator("tr").filter(has_text=re.compile(r"No name \(|Invented Person"))
    waiting = came.count()
    assert waiting >= 2
    name = came.nth(0).locator(".name").inner_text()
    came.nth(0).get_by_role("checkbox").check()
    came.nth(1).get_by_role("checkbox").check()
    me = carla.get_by_role("link", name="care manager").inner_text().split(",")[0]
    choose(carla, "with the owner", me)
    carla.get_by_role("button", name="Enrol them").click()
    expect(came).to_have_count(waiting - 2)

    carla.get_by_role("link", name="Caseload", exact=True).click()
    carla.get_by_label("Name, as it sounds").fill(name)
    carla.get_by_role("button", name="Show").click()
    carla.locator(".rows .name").filter(has_text=name).first.click()
    carla.get_by_text("Ask the specialist", exact=True).last.click()
    carla.get_by_label(re.compile("question", re.IGNORECASE)).last.fill(QUESTION)
    carla.get_by_role("button", name=re.compile("^(Ask|Send)")).last.click()
    expect(carla.get_by_text(QUESTION).first).to_be_visible()
    address = carla.url

    pascal = page_of(chromium, node, "pascal")
    pascal.get_by_role("link", name="Review", exact=True).click()
    pascal.get_by_role("link", name=re.compile("(Begin|Go on) with case")).click()
    expect(pascal.get_by_role("heading", name="Trend")).to_be_visible()
    pascal.goto(address)
    pascal.get_by_role("link", name="Review page").click()
    expect(pascal.get_by_text(QUESTION)).to_be_visible()
    pascal.get_by_label("Assess again").check()
    pascal.get_by_label("What to do").fill(ADVICE)
    pascal.get_by_label("Teaching point").fill("An old score is history, not a baseline.")
    choose(pascal, "Who", me)
    pascal.get_by_role("button", name=re.compile("^Send")).click()

    carla.get_by_role("link", name="Review", exact=True).click()
    carla.get_by_role("link", name="Advice to carry out").click()
    task = carla.locator("li, tr, section").filter(has_text=ADVICE).last
    expect(task).to_be_visible()
    task.get_by_role("button", name=re.compile("^Done")).click()
    carla.goto(address)
    expect(carla.get_by_text(ADVICE).first).to_be_visible()
    expect(carla.get_by_text(re.compile("carried out|done", re.IGNORECASE)).first).to_be_visible()


def test_a_power_cut_in_the_middle_loses_nothing_acknowledged(node: Node, chromium: Browser) -> None:
    nadia = page_of(chromium, node, "nadia")
    follow(nadia, "Find person")
    nadia.goto(f"{node.url}/people/new")
    nadia.get_by_label("Name", exact=True).fill("Zolani Testfall")
    nadia.get_by_role("button", name="Register").click()
    expect(nadia.get_by_role("heading", name=re.compile("Zolani Testfall"))).to_be_visible()
    node.stop(hard=True)
    node.start()
    follow(nadia, "Find person")
    nadia.get_by_label("Name, as it sounds").fill("solani")
    nadia.get_by_role("button", name="Search").click()
    expect(nadia.get_by_text("Zolani Testfall").first).to_be_visible()
