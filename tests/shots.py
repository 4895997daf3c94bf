"""Pictures of the main pages, as each role sees them, at 360 and 1280 px, into shots/ (which git ignores).

Run by `./dev shots`, or `./dev shots caseload chart` for some of them, `phone` for those of the phone. A node of its
own is started with the small named world of tests/world.py in it.
"""

import sys
from pathlib import Path

from phone.build import SHELL
from tests import phone_shots
from tests.live import CHROMIUM, NO_BROWSER, PASSWORD, SHARED, Node, browser, node, sign_in

WIDTHS = {"phone": (360, 740), "desk": (1280, 800)}
FOLDER = Path(__file__).resolve().parent.parent / "shots"

# name of the picture, who looks, how to get there: an address, then the visible names of links or buttons to press
PAGES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("caseload", "kai", "/caseload", ()),
    ("caseload-chw", "wim", "/caseload", ()),
    ("chart", "kai", "/caseload", ("Ben Course",)),
    ("chart-chw", "wim", "/caseload", ("Ben Course",)),
    ("chart-danger", "kai", "/caseload", ("Cid Danger",)),
    ("review", "pia", "/review", ()),
    ("packet", "pia", "/review", ("Ben Course",)),
    ("find", "nia", "/people", ()),
    ("register", "nia", "/people/new", ()),
    ("screen", "nia", "/people/{ben}/ask", ()),
    ("ask", "nia", "/people/{ben}/ask/phq-9", ()),
    ("risk", "nia", "/risk", ("Cid Danger",)),
    ("risk-board", "nia", "/risk", ()),
    ("triage", "kai", "/triage", ()),
    ("import", "kai", "/import", ()),
    ("held", "kai", "/held", ()),
    ("outcomes", "nia", "/outcomes", ()),
    ("sites", "ada", "/sites/", ()),
    ("workers", "ada", "/workers/", ()),
    ("roster", "sue", "/roster/", ()),
    ("access-log", "ada", "/access-log/", ()),
    ("help", "kai", "/help/", ()),
)


def take(one: Node, wanted: list[str]) -> int:
    """Every picture that is wanted; the number of pages that did not answer well."""
    FOLDER.mkdir(exist_ok=True)
    people = dict(line.split() for line in (one.home / "people.txt").read_text().splitlines())
    bad = 0
    with browser() as chromium:
        for width, (wide, high) in WIDTHS.items():
            for who in sorted({page[1] for page in PAGES}):
                page = chromium.new_context(viewport={"width": wide, "height": high}).new_page()
                sign_in(page, one.url, who, PASSWORD)
                for name, by, address, steps in PAGES:
                    if by != who or (wanted and name not in wanted):
                        continue
                    reply = page.goto(one.url + address.format(**people))
                    for step in steps:
                        page.get_by_role("link", name=step).first.click()
                        page.wait_for_load_state()
                    page.screenshot(path=FOLDER / f"{name}-{width}.png", full_page=True)
                    overflow = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
                    status = reply.status if reply else 0
                    if status != 200 or overflow:
                        bad += 1
                        print(f"{name} at {wide}: answered {status}{', scrolls sideways' if overflow else ''}")
    return bad


def main(wanted: list[str]) -> int:
    """Start a node with the world and, where the shared data lie beside the project, an import; take the pictures."""
    if not CHROMIUM:
        print(NO_BROWSER)
        return 1
    with node(world=True) as one:
        if SHARED.is_dir():
            one.run("import", "fhir", str(SHARED / "ahrq-phq9-stu3"), "--site", "bel-dlo", "--by", "kai")
        phone = [one for one in wanted if one.startswith("phone")]
        bad = take(one, wanted) if phone != wanted or not wanted else 0
        if (phone or not wanted) and (SHELL / "index.html").exists():
            with browser() as chromium:
                bad += phone_shots.take(chromium, one, FOLDER, phone)
    print(f"pictures are in {FOLDER.name}/")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
