"""Pictures of every screen of the phone at 360 px, in English, French and Arabic, into shots/ (which git ignores).

`./dev shots phone` takes them, `./dev shots phone-ask` those whose names begin so. No label is read, so that one walk
goes in every language: to a question alone on its screen the last answer is given, which is the worst one, and so PHQ-9
leads into the steps of danger.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.handset import PIN, code_for, enrol, handset, wait_until_kept, with_counsellor
from tests.live import Node

LANGUAGES = ("en", "fr", "ar")
MAIN = ".p-foot .btn.main, .btn.main.wide-btn"
# name of the picture, address, the option of the first choice that is taken at once or None, how far it goes on
SCREENS = (
    ("today", "today", None, 0),
    ("find", "find", None, 0),
    ("person", "person/{ben}", None, 0),
    ("person-met", "person/{ben}", 0, 0),
    ("person-not-there", "person/{ben}", 1, 0),
    ("person-moved", "person/{ben}", 3, 0),
    ("person-died", "person/{ben}", 4, 0),
    ("refer", "refer/{ben}", None, 1),
    ("message-whom", "message", None, 0),
    ("message", "message/{ben}", None, 0),
    ("session", "session/{ben}", None, 4),
    ("group", "group", None, 0),
    ("choose", "ask/{eve}", None, 0),
    ("unsent", "unsent", None, 0),
    ("me", "me", None, 0),
    ("ask", "ask/{eve}/phq-9", 0, 19),
)


class Walk:
    """One phone, a language after the other."""

    def __init__(self, page: Page, folder: Path, wanted: list[str]) -> None:
        self.page, self.folder, self.wanted = page, folder, wanted
        self.bad = 0
        self.language = ""

    def take(self, name: str) -> None:
        """A picture, whole; what runs over the edge is said."""
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=self.folder / f"phone-{name}-{self.language}.png", full_page=True)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > 360:
            self.bad += 1
            print(f"phone-{name} in {self.language} is {wide} px wide")

    def speak(self, code: str) -> None:
        """Choose the language where a worker does."""
        self.go("me")
        self.page.locator("select").first.select_option(code)
        self.language = code

    def go(self, address: str) -> None:
        """To a screen by its address."""
        self.page.goto(self.page.url.split("#")[0] + "#/" + address)
        self.page.wait_for_timeout(300)

    def on(self, name: str, screens: int) -> None:
        """Answer what is asked and go on, a picture of each screen, until none is left."""
        for number in range(1, screens + 1):
            groups = [one for one in self.page.locator("fieldset:has(input[type=radio])").all() if one.is_visible()]
            for group in groups:
                if not group.locator(":checked").count():
                    group.locator("input[type=radio]").nth(-1 if len(groups) == 1 else 0).click()
            paper = self.page.locator(".panel textarea")
            if paper.count() and not paper.first.input_value():
                paper.first.fill("Zanmi mwen")
            further = self.page.locator(MAIN)
            if not further.count() or not further.last.is_enabled():
                return
            before = self.page.inner_text("body")
            further.last.click()
            self.page.wait_for_timeout(300)
            if self.page.locator(".panel .error, .error + .panel").count():  # a call that waits to be made
                self.take(f"{name}-{number:02}-refused")
                self.page.locator(".panel button.btn").first.click()
                further.last.click()
                self.page.wait_for_timeout(300)
            if self.page.inner_text("body") == before:
                return
            self.take(f"{name}-{number:02}")

    def everywhere(self, people: dict[str, str]) -> None:
        """Every screen of `SCREENS` that is wanted."""
        for name, address, first, screens in SCREENS:
            if self.wanted and not any(f"phone-{name}".startswith(one) for one in self.wanted):
                continue
            self.go(address.format(**people))
            if first is not None:
                self.page.locator("input[type=radio]").nth(first).click()
            self.take(name)
            self.on(name, screens)
        medicine = self.page.locator('a[href*="#/medicine/"]')
        self.go(f"person/{people['ben']}")
        self.page.locator("input[type=radio]").first.check()
        if (not self.wanted or "phone-medicine" in self.wanted) and medicine.count():
            medicine.first.click()
            self.take("medicine")


def take(chromium: Browser, server: Node, folder: Path, wanted: list[str]) -> int:
    """Every picture that is wanted of a counsellor's phone; the number of screens that do not fit."""
    with_counsellor(server)
    people = dict(line.split() for line in (server.home / "people.txt").read_text().splitlines())
    context = handset(chromium)
    page = enrol(context, server, code_for(chromium, server, "Counsellor Lou"))
    wait_until_kept(page)
    context.set_offline(True)
    walk = Walk(page, folder, [one for one in wanted if one != "phone"])
    for code in LANGUAGES:
        walk.speak(code)
        walk.everywhere(people)
    page.reload()
    page.locator("input").first.wait_for()
    walk.take("lock")
    page.locator("input").first.fill(PIN[:-1] + "0")
    page.keyboard.press("Enter")
    walk.take("lock-wrong")
    context.close()
    return walk.bad
