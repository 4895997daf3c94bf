"""A month of a clinic on one node, by the words on the screen: six people take turns, and the days go by.

The node's clock is moved between days by a file that it reads; everything else is the program as it is. At the end
nobody is without owner or date, no open risk is without a clock, the figures have changed by exactly what was done,
and every page that told of people stands in the log once for each time it was opened.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

from tests.live import PASSWORD, ROOT, Node, browser, sign_in

CLOCK = """
import datetime as dt, pathlib
from django.utils import timezone
real, file = timezone.now, pathlib.Path(__file__).with_name("days")
timezone.now = lambda: real() + dt.timedelta(days=int(file.read_text()))
"""
PREPARE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
import datetime as dt
from django.contrib.auth.hashers import make_password
from tests.live import PASSWORD
from tests.world import day
from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record.actions import append, make_fact
people = dict(line.split() for line in (home() / "people.txt").read_text().splitlines())
phil = Worker(username="phil", name="Physician Phil")
phil.password = make_password(PASSWORD)
phil.save()
Post(worker=phil, role="physician", site=Site.objects.get(code="bel-dlo"), starts=dt.date(2020, 1, 1)).save()
nia = Worker.objects.get(username="nia")

def say(who, body, ago):
    fact = make_fact(by=nia, person=people[who], site="bel-dlo", body=body, occurred=day(ago))
    append([fact])
    return fact.id

tablets = say("ben", f.Prescription(name="Fluoxetine", strength="20 mg", amount=1, times=1), 60)
say("ben", f.Dispense(prescription=tablets, given="all", days=28), 0)
say("ben", f.Diagnosis(text="Depression"), 60)
say("ben", f.PlanItem(part="action", text="Ask his aunt to come along.", owner=str(nia.pk), due=day(-27)), 2)
say("dan", f.Measurement(what="weight", value=48.0, unit="kg", attention=True), 1)
"""
LOG = """
import os, django, json
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from vwazen.server.audit.models import AccessEntry
from vwazen.server.record.models import OpenItem
told = [[one.worker_name, one.route, one.outcome] for one in AccessEntry.objects.exclude(route="")]
risks = [[str(one.due)] for one in OpenItem.objects.filter(kind=OpenItem.RISK)]
print(json.dumps({"log": told, "risks": risks}))
"""
# Pages that tell of people: address -> the route under which the log has it.
TELLING = {
    r"/today": "today", r"/caseload": "caseload", r"/unassigned": "unassigned", r"/handover/[^/]+": "handover",
    r"/outcomes": "outcomes", r"/outcomes/people": "outcomes-people", r"/risk": "risk-board",
    r"/people/[^/]+/visit": "visit", r"/people/[^/]+/medicines": "medicines", r"/people/[^/]+/review": "packet",
    r"/people/[^/]+/medicines/new": "medicine-new", r"/people/[^/]+/care-plan": "care-plan",
    r"/people/[^/]+/diagnoses": "diagnoses", r"/people/[0-9a-f-]{36}": "chart", r"/refills": "refills",
    r"/people/[^/]+/answers/[^/]+": "answers",
}  # fmt: skip
NAMES = {"nia": "Nurse Nia", "kai": "Keeper Kai", "psy": "Psychologist Psy", "phil": "Physician Phil",
         "pia": "Psychiatrist Pia", "sue": "Supervisor Sue"}  # fmt: skip


class Clinic:
    """The node, its day, and what each worker's browser was shown."""

    def __init__(self, node: Node, chromium: Browser, folder: Path) -> None:
        self.node, self.chromium, self.folder = node, chromium, folder
        self.day, self.shown, self.pages = 0, Counter[tuple[str, str]](), list[Page]()

    def on(self, day: int) -> None:
        """So many days after the first; everyone has gone home in between."""
        assert day >= self.day
        for page in self.pages:
            page.context.close()
        self.pages, self.day = [], day
        (self.folder / "days").write_text(str(day))

    def date(self, ahead: int = 0) -> str:
        return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=self.day + ahead)).isoformat()

    def sits(self, who: str) -> Page:
        """A worker signs in; what their browser is shown of people is counted."""
        page = self.chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(8_000)
        page.on("response", lambda answer: self.count(who, answer))
        sign_in(page, self.node.url, who, PASSWORD)
        self.pages.append(page)
        return page

    def count(self, who: str, answer: Response) -> None:
        """Each time a page was shown, and each form that was sent from a person's page: one entry in the log each."""
        sent = answer.request.method == "POST" and "/people/" in answer.url
        if not sent and (not answer.request.is_navigation_request() or answer.request.method != "GET"):
            return
        if answer.status not in (200, 302, 422) or (answer.status == 302 and not sent):
            return
        path = answer.url.removeprefix(self.node.url).partition("?")[0].partition("#")[0]
        for address, route in TELLING.items():
            if re.fullmatch(address, path):
                self.shown[NAMES[who], route] += 1

    def ask(self, script: str) -> dict[str, list[list[str]]]:
        done = subprocess.run([sys.executable, "-c", script], env=self.node.environment, cwd=ROOT, check=True,
                              capture_output=True, text=True)  # fmt: skip
        found: dict[str, list[list[str]]] = json.loads(done.stdout)
        return found


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as moved, browser() as chromium:
        folder = Path(moved)
        (folder / "days").write_text("0")
        (folder / "sitecustomize.py").write_text(CLOCK)

        class Dated(Node):
            def start(self) -> None:
                self.environment["PYTHONPATH"] = os.pathsep.join((moved, str(ROOT)))
                subprocess.run([sys.executable, "-c", PREPARE], env=self.environment, cwd=ROOT, check=True)
                super().start()

        node = Dated(Path(home), world=True)
        try:
            yield Clinic(node, chromium, folder)
        finally:
            node.stop()


def press(page: Page | Locator, name: str) -> None:
    """Press a link or a button whose words begin so."""
    words = re.compile("^" + re.escape(name).replace(":", " ?:"))
    there = page.get_by_role("link", name=words).or_(page.get_by_role("button", name=words))
    if name in ("Outcomes", "Data quality", "Refills", "Roster") and not there.count():
        page.get_by_text(re.compile("^More")).first.click()
    there.first.click()


def pick(page: Page, group: str, words: str) -> None:
    """Choose an answer by the words of its question."""
    there = page.get_by_role("group", name=re.compile(re.escape(group))).first
    there.locator("label.pick").filter(has_text=re.compile(rf"^{words}")).first.click()


def choose(page: Page, label: str, text: str) -> None:
    """Choose the option whose words begin with `text`."""
    box = page.get_by_label(label).first
    box.select_option(
        label=next(one for one in box.locator("option").all_inner_texts() if one.strip().startswith(text))
    )


def chart(page: Page, name: str) -> None:
    """Open somebody's chart by looking for them."""
    press(page, "Find person")
    page.get_by_label("Name, as it sounds").fill(name)
    press(page, "Search")
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def figures(page: Page) -> dict[str, int]:
    """The head of the outcomes page."""
    press(page, "Outcomes")
    found = {}
    for one in page.locator("section[aria-label='At a glance'] dl > div").all():
        label = one.locator("dt").inner_text()
        found[label] = int(re.sub(r"\D", "", (one.locator("b").inner_text().split() or ["0"])[0]) or 0)
    return found


def test_a_month_of_clinic_life(clinic: Clinic) -> None:
    sue = clinic.sits("sue")
    before = figures(sue)

    kai = clinic.sits("kai")
    enrols_somebody_new(kai)
    empties_the_page_of_the_lost(clinic, kai)
    nia = clinic.sits("nia")
    asks_about_the_danger(nia)

    clinic.on(1)
    psy = clinic.sits("psy")
    decides_on_the_proposal(psy)
    confirms_the_diagnosis(psy)

    clinic.on(2)
    advises(clinic.sits("pia"))
    nia = clinic.sits("nia")
    keeps_the_safety_contact(clinic, nia)
    carries_out_the_advice(nia)
    looks_at_the_result(nia)

    clinic.on(7)
    nia = clinic.sits("nia")
    press(nia, "Today")
    missed(nia, "Dan Remit")
    puts_off(clinic, clinic.sits("kai"))

    clinic.on(28)
    nia = clinic.sits("nia")
    sees_ben(nia)
    changes_the_medicine(clinic.sits("phil"))
    hands_over_three(clinic.sits("kai"))

    clinic.on(30)
    sue = clinic.sits("sue")
    after = figures(sue)
    press(sue, f"{after['In care now']}")
    for name in ("Ben Course", "Cid Danger", "Dan Remit", "Eve Below", "Nova Testfall"):
        expect(sue.get_by_text(name).first).to_be_visible()
    press(sue, "Data quality")
    expect(sue.get_by_role("heading", name="Data quality")).to_be_visible()

    done = {one: after[one] - before[one] for one in after}
    # Ben and Cid were met; of Dan and Eve nobody has a contact in the 95 days since they were enrolled.
    assert done == {"Enrolled": 1, "In care now": 1, "Contacts": 2, "Lost": 0, "Out of touch": 2, "Died": 0}
    sue.goto(f"{clinic.node.url}/unassigned")
    expect(sue.get_by_text("Nobody is lost")).to_be_visible()
    press(sue, "Open risks")
    expect(sue.get_by_text("Cid Danger").first).to_be_visible()
    clinic.on(30)
    kept = clinic.ask(LOG)
    assert kept["risks"] and all(due != ["None"] for due in kept["risks"])
    logged = Counter((name, route) for name, route, outcome in kept["log"] if outcome == "allowed")
    told = {one: logged[one] for one in clinic.shown}
    assert told == dict(clinic.shown)


def enrols_somebody_new(kai: Page) -> None:
    press(kai, "Find person")
    kai.get_by_label("Name, as it sounds").fill("Nova Testfall")
    press(kai, "Search")
    press(kai, "Register them")
    kai.get_by_label("Name", exact=True).fill("Nova Testfall")
    press(kai, "Register")
    press(kai, "Enrol")
    form = kai.locator("#do-enrol")
    choose(kai, "Who follows this person", "Keeper Kai")
    form.get_by_role("button", name="Enrol").click()
    expect(kai.get_by_text("Enrolled: from now on")).to_be_visible()


def empties_the_page_of_the_lost(clinic: Clinic, kai: Page) -> None:
    press(kai, "Today")
    press(kai, "Give them one")
    when = {"Ben Course": 28, "Dan Remit": 7, "Cid Danger": 30, "Eve Below": 31, "Nova Testfall": 32}
    for left in range(len(when), 0, -1):
        expect(kai.locator("li.lost")).to_have_count(left)
        if not kai.get_by_label("or another day").count():
            press(kai.locator("li.lost").first, "Give")
        row = kai.locator("li.lost").filter(has=kai.get_by_label("or another day"))
        name = next(one for one in when if one in row.inner_text())
        row.get_by_label("or another day").fill(clinic.date(when[name]))
        press(row, "Save")
    expect(kai.get_by_text("Nobody is lost")).to_be_visible()


def asks_about_the_danger(nia: Page) -> None:
    press(nia, "Open risks")
    nia.get_by_role("link", name=re.compile("Cid Danger|Go on")).first.click()
    pick(nia, "Thoughts of ending their life, now", "No")
    pick(nia, "A plan", "No")
    nia.locator("#ask").get_by_role("button", name="Save and go on").click()
    expect(nia.locator("#ask")).to_contain_text("asked")


def decides_on_the_proposal(psy: Page) -> None:
    chart(psy, "Ben Course")
    press(psy, "Decide")
    psy.get_by_label(re.compile("^(Move up a step|Ask the specialist)")).check()
    psy.get_by_label("Why").fill("Eight weeks, and no change that counts.")
    press(psy, "Save the decision")
    expect(psy.get_by_text("Decided. It stands on the chart")).to_be_visible()
    psy.get_by_text("Ask the specialist", exact=True).last.click()
    psy.get_by_label("Your question").fill("Six weeks of talking. A medicine?")
    press(psy, "Send the question")
    expect(psy.get_by_text("The question is on the list")).to_be_visible()


def confirms_the_diagnosis(psy: Page) -> None:
    psy.locator("section").filter(has=psy.get_by_role("heading", name="Diagnoses")).get_by_role("link").first.click()
    press(psy, "Confirm, change or refute")
    psy.get_by_role("group", name="How sure").get_by_role("radio", name="Confirmed").check()
    press(psy, "Save the diagnosis")
    expect(psy.get_by_text("Confirmed").first).to_be_visible()


def advises(pia: Page) -> None:
    chart(pia, "Ben Course")
    press(pia, "Review page")
    expect(pia.get_by_text("A medicine?").first).to_be_visible()
    pia.get_by_label("Change treatment").check()
    pia.get_by_label("What to do").fill("Tell him about raising the dose, and ask what he wants.")
    choose(pia, "Who", "Nurse Nia")
    press(pia, "Send")
    expect(pia.get_by_text(re.compile("is a task of")).first).to_be_visible()


def keeps_the_safety_contact(clinic: Clinic, nia: Page) -> None:
    press(nia, "Open risks")
    nia.get_by_role("link", name=re.compile("Cid Danger|Go on")).first.click()
    nia.get_by_text("Record a contact since the first conversation").click()
    nia.get_by_label("Next one on").fill(clinic.date(29))
    press(nia, "Record it")
    expect(nia.get_by_text("Spoke with them").first).to_be_visible()


def carries_out_the_advice(nia: Page) -> None:
    press(nia, "Review")
    press(nia, "Advice to carry out")
    task = nia.locator("li").filter(has_text="raising the dose").last
    task.get_by_role("textbox").first.fill("He agrees.")
    press(task, "Done")
    expect(nia.get_by_text("raising the dose")).to_have_count(0)


def looks_at_the_result(nia: Page) -> None:
    press(nia, "Today")
    press(nia, "My sites")
    nia.locator("li.row").filter(has_text="Dan Remit").get_by_role(
        "link", name=re.compile("result|Look at it")
    ).first.click()
    press(nia, "Say what comes of them")
    nia.get_by_label("What comes of it").fill("Weigh again in two weeks.")
    press(nia, "Save what comes of it")
    expect(nia.get_by_text("The result waits no longer.")).to_be_visible()


def missed(nia: Page, name: str) -> None:
    press(nia, "My sites")
    line = nia.locator("li.row").filter(has_text=name)
    line.get_by_text("Nobody met").click()
    press(line, "Did not come")
    expect(nia.get_by_text(f"On record: {name} did not come.")).to_be_visible()


def puts_off(clinic: Clinic, kai: Page) -> None:
    press(kai, "Today")
    line = kai.locator("li.row").filter(has_text="Dan Remit")
    press(line, "Put off")
    kai.get_by_label(re.compile("Until|until")).first.fill(clinic.date(14))
    kai.get_by_label(re.compile("Why|why|reason")).first.fill("He is at his mother's until then.")
    press(kai, "Put it off")
    expect(kai.get_by_role("heading", name="Today")).to_be_visible()


def sees_ben(nia: Page) -> None:
    press(nia, "Today")
    press(nia, "My sites")
    line = nia.locator("li.row").filter(has_text="Ben Course")
    line.get_by_text("Nobody met").click()
    press(line, "Record a visit")
    nia.get_by_role("group", name=re.compile("Little interest")).get_by_role("radio").first.focus()
    for digit in "11110000":
        nia.keyboard.press(digit)
    pick(nia, "Is this place private?", "Yes")
    nia.get_by_role("group", name=re.compile("Thoughts that you")).get_by_role("radio").first.focus()
    for digit in "01":
        nia.keyboard.press(digit)
    pick(nia, "Given today", "All of it")
    pick(nia, "How medicines were taken", "All")
    pick(nia, "Side effects", "No")
    pick(nia, "What became of it", "Done")
    pick(nia, "What was done", "Listened")
    pick(nia, "Minutes", "30")
    pick(nia, "Next visit", ".*in 4 weeks")
    press(nia, "Save the visit")
    expect(nia.get_by_text("The visit is on record.")).to_be_visible()
    expect(nia.get_by_text("4 of 27").first).to_be_visible()


def changes_the_medicine(phil: Page) -> None:
    chart(phil, "Ben Course")
    phil.locator("section").filter(has=phil.get_by_role("heading", name="Medicines")).get_by_role("link").first.click()
    press(phil, "Change Fluoxetine")
    phil.get_by_label("Strength, as on the package").fill("40 mg")
    phil.get_by_role("button", name="Change", exact=True).click()
    expect(phil.get_by_role("heading", name="Fluoxetine 40 mg")).to_be_visible()


def hands_over_three(kai: Page) -> None:
    press(kai, "Today")
    press(kai, "Handover")
    press(kai, "Their people of Keeper Kai")
    for name in ("Dan Remit", "Eve Below", "Nova Testfall"):
        kai.get_by_label(f"Pass on {name}").check()
    choose(kai, "Pass on to", "Nurse Nia")
    press(kai, "Pass on the ticked")
    expect(kai.get_by_label("Pass on Eve Below")).to_have_count(0)
