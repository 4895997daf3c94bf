"""The phone in Chromium: how large its shell is, how long a screen takes, what sealing costs.

    python -m bench.phone

Limits (design, "How big"): the shell 60 kB compressed (and all that is kept 80: ADR 0014), a screen 100 ms on a
processor slowed down six times, which is about a phone of five years ago. A screen is timed in the page, from the tap
until the frame after it is painted, with everything stored and sealed as on a phone, and no network. Wall time: another
program on the same cores is in it, so the load is told. What is below the edge of a screen is drawn right after that
frame; of Today it is timed as well.

The browser slows down the page's own thread and no other. Ciphers and the key made of the PIN run on others, so that
those figures are of this machine's processor; on a phone they take about as much longer as it is slower. Everything is
tapped: where a mouse was, the browser asks at each frame what lies under it.
"""

import functools
import http.server
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench import head, line
from bench.crowd import Json, Phone
from bench.sync import YEARS, exchange, letting  # sets Django up
from phone.build import MISSING, PHONE, ROOT, SHELL
from phone.build import node as node_js
from tests.handset import enrol, handset
from tests.live import CHROMIUM, NO_BROWSER, Node, browser
from vwazen.home import home
from vwazen.server import demo
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.device_models import code_of
from vwazen.server.organisation.find import supervisor_of
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock

SLOWED = 6
SCREEN, SHELL_LIMIT, KEPT_LIMIT = "100", "60,000", "80,000"
ROUNDS = 21  # one to warm up; of twenty the 95th percentile is not the slowest
PERSON = 'main a[href^="#/person/"]'
# A tap, and how long until what it leads to stands there and its frame was painted.
TIMED = """globalThis.until = async (act, seen) => {
  const began = performance.now();
  act();
  do await new Promise(requestAnimationFrame);
  while (!seen() && performance.now() - began < 5000);
  if (!seen()) throw new Error(`It did not come: ${location.hash} ${document.body.innerText.slice(0, 300)}`);
  await new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  });
  return performance.now() - began;
};
globalThis.title = () => document.querySelector('h1')?.textContent ?? '';"""
TO_TODAY = """(tap) => until(() => tap.click(), () => location.hash.startsWith('#/today') &&
  document.querySelector('main a[href^="#/person/"]'))"""
TO_PERSON = """(tap) => until(() => tap.click(), () => location.hash.startsWith('#/person/') &&
  document.querySelector('main fieldset'))"""
TO_FIND = """(tap) => until(() => tap.click(), () => document.querySelector('#find-name'))"""
LETTER = """(field, text) => until(() => {
  field.value = text; field.dispatchEvent(new InputEvent('input', { bubbles: true })); }, () => true)"""
FOUND = """async (field, text) => await until(() => {
  field.value = text; field.dispatchEvent(new InputEvent('input', { bubbles: true })); },
  () => document.querySelector('main a[href^="#/person/"]')) - 120"""
TO_NEXT = "(tap) => { const was = title(); return until(() => tap.click(), () => title() !== was); }"
TO_SAVED = TO_TODAY
TO_ALL = """(tap, many) => until(() => tap.click(), () => location.hash.startsWith('#/today') &&
  document.querySelectorAll('main a[href^="#/person/"]').length >= many)"""


def main() -> None:
    """Everything, or what can be done here."""
    if not (SHELL / "index.html").exists():
        print("The phone is not built: ./dev up builds it.")
        return
    shell()
    if not CHROMIUM:
        print(NO_BROWSER)
        return
    demo.write(size="clinic", seed=1, now=clock.now(), years=YEARS)
    chw = Worker.objects.get(username="wilson")
    os.environ.update(DJANGO_ALLOW_ASYNC_UNSAFE="1")  # Playwright waits in this thread, and nothing else does
    with browser() as chromium:
        sealing(chromium, chw)
        for full, thin, what in ((150, 0, "150"), (150, 1850, "2,000")):
            with served(full, thin) as node:
                screens(chromium, node, chw, what)


def shell() -> None:
    """Bytes of what a phone loads, as the server sends it to a browser that reads brotli; beside it gzip."""
    page, worker = (SHELL / "index.html").read_text(), (SHELL / "sw.js").read_text()
    files = [one for one in SHELL.rglob("*") if one.with_name(one.name + ".br").exists()]
    first = [one for one in files if one.suffix != ".webmanifest" and (one.name in page or one.name == "index.html")]
    # What the service worker keeps, and itself: with these the phone opens without a network.
    kept = [one for one in files if one in first or one.name in worker or one.name == "sw.js"]
    aside = [one for one in files if one not in kept]

    def weight(end: str, those: list[Path]) -> int:
        return sum(one.with_name(one.name + end).stat().st_size for one in those)

    head("the shell, bytes as it is sent: brotli")
    for what, those, limit in (
        ("HTML, its scripts and its styles: the first screen", first, SHELL_LIMIT),
        ("all that is kept: screens, English, the worker", kept, KEPT_LIMIT),
    ):
        line(what, [weight(".br", those)], limit, f"gzip {weight('.gz', those)}, as it is {weight('', those)}")
    if node_js():
        line("  of it the words of English, by themselves", [_packed(_english())], "none set")
    for one in aside:
        line(f"  lock and enrolment in {one.name[:2]}, once", [weight(".br", [one])], "none set")


def _english() -> bytes:
    """The words of English that the shell has: phrases stand there as they are."""
    files = sorted((ROOT / "vwazen" / "content" / "languages" / "en").glob("*.yaml"))
    words = [yaml.safe_load(one.read_text("utf-8")).get("words", {}) for one in files if one.name != "phrase.yaml"]
    return "\n".join(f"{key}={text}" for part in words for key, text in part.items()).encode()


def _packed(data: bytes) -> int:
    """Its bytes with brotli, by Node: Python's own library has none."""
    script = "process.stdout.write(String(zlib.brotliCompressSync(fs.readFileSync(0)).length))"
    return int(subprocess.run([node_js(), "-e", script], input=data, capture_output=True, check=True).stdout)


@contextmanager
def served(full: int, thin: int) -> Iterator[Node]:
    """The demo served by the program itself, to phones that hold so many."""
    asked = {"VWAZEN_PHONE_FULL": str(full), "VWAZEN_PHONE_THIN": str(thin)}
    os.environ.update(asked)
    one = Node(home(), world=False)
    try:
        yield one
    finally:
        one.stop()
        for name in asked:
            os.environ.pop(name)


def screens(chromium: Browser, node: Node, chw: Worker, what: str) -> None:
    """How long each screen takes on a phone with so many people."""
    chief = supervisor_of(chw)
    assert chief is not None
    context = handset(chromium)
    context.set_default_timeout(30_000)
    context.add_init_script(TIMED)
    page = enrol(context, node, code_of(devices.make_code(by=chief, worker=chw).pk), finger=True)
    page.locator(PERSON).first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)  # the content comes, and other screens are fetched
    context.set_offline(True)
    head(f"{what} people on the phone, not slowed: CPU of the page's own thread, ms, until the frame was seen")
    for name, spent in _spent(context, page).items():
        line(name, spent[1:], "none set")
    _slow(context, page)
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()}"
    head(
        f"{what} people on the phone, processor slowed {SLOWED} times, load {load}: ms from the tap until it is painted"
    )
    today, person, opened, letter, found, whole = [], [], [], [], [], []
    page.goto(re.sub("#.*", "#/today", page.url))
    page.locator(PERSON).first.wait_for()
    page.wait_for_timeout(2000)  # what is below the edge of the screen is drawn after it
    many = page.locator(PERSON).count()
    names = [one.split()[0] for one in page.locator(PERSON).all_inner_texts() if one.split()]
    for at in range(ROUNDS):
        opened.append(page.locator('nav a[href="#/find"]').evaluate(TO_FIND))
        page.wait_for_timeout(200)
        field = page.locator("#find-name")
        for name in names[at : at + 2]:
            field.fill("")
            expect(page.locator(PERSON)).to_have_count(0, timeout=10_000)
            letter.append(field.evaluate(LETTER, name[0]))
            field.fill("")
            expect(page.locator(PERSON)).to_have_count(0, timeout=10_000)
            found.append(field.evaluate(FOUND, name))
        field.fill("")
        today.append(page.locator('nav a[href="#/today"]').evaluate(TO_TODAY))
        page.wait_for_timeout(200)
        person.append(page.locator(PERSON).nth(at).evaluate(TO_PERSON))
        page.wait_for_timeout(200)
        page.goto(re.sub("#.*", "#/find", page.url))
        page.wait_for_timeout(200)
        whole.append(page.locator('nav a[href="#/today"]').evaluate(TO_ALL, many))
    line("Today", today[1:], SCREEN)
    line(f"  all of its {many} rows", whole[1:], "none set")
    line("Find, opened", opened[1:], SCREEN)
    line("Find: a letter", letter[2:], SCREEN)
    line("Find: who sounds alike, after the pause of 120 ms", found[2:], SCREEN)
    line("a person", person[1:], SCREEN)
    asked, saved = _care(page)
    line("an answer kept, and the next question", asked[2:], SCREEN)
    line("a visit saved, and Today again", saved[1:], SCREEN)
    context.close()


def _care(page: Page) -> tuple[list[float], list[float]]:
    """Questions asked of some people, and visits to some."""
    page.goto(re.sub("#.*", "#/today", page.url))
    rows = page.locator(PERSON)
    rows.first.wait_for()
    ids = list(dict.fromkeys(rows.evaluate_all("(all) => all.map((one) => one.getAttribute('href').slice(9))")))
    asked: list[float] = []
    for one in ids[:3]:
        page.goto(re.sub("#.*", f"#/ask/{one}/phq-9", page.url))
        page.get_by_label("Yes, we are alone").or_(page.get_by_label(re.compile("^Yes"))).first.tap()
        page.get_by_role("button", name="Begin").tap()
        for _ in range(8):
            page.get_by_label("Not at all").tap()
            page.wait_for_timeout(150)  # no thumb is faster from one place to the other
            asked.append(page.get_by_role("button", name="Next", exact=True).evaluate(TO_NEXT))
            page.wait_for_timeout(100)
    saved: list[float] = []
    for one in ids[3 : 3 + ROUNDS]:
        page.goto(re.sub("#.*", f"#/person/{one}", page.url))
        page.get_by_label("Not there").tap()
        page.get_by_label("Not known yet").tap()
        page.wait_for_timeout(200)
        saved.append(page.get_by_role("button", name="Save the visit").evaluate(TO_SAVED))
        page.wait_for_timeout(300)
    return asked, saved


def _spent(context: BrowserContext, page: Page) -> dict[str, list[float]]:
    """What the page's own thread does, whoever else wants the processor: six times as much is a slow phone's."""
    metrics = context.new_cdp_session(page)
    metrics.send("Performance.enable", {"timeDomain": "threadTicks"})

    def so_far() -> float:
        found = metrics.send("Performance.getMetrics")["metrics"]
        return next(float(one["value"]) for one in found if one["name"] == "TaskDuration") * 1000

    spent: dict[str, list[float]] = {"Today": [], "a person": []}
    for at in range(ROUNDS):
        page.goto(re.sub("#.*", "#/find", page.url))
        for name, tap, script in (("Today", page.locator('nav a[href="#/today"]'), TO_TODAY),
                                  ("a person", page.locator(PERSON).nth(at), TO_PERSON)):  # fmt: skip
            page.wait_for_timeout(300)
            before = so_far()
            tap.evaluate(script)
            spent[name].append(so_far() - before)
    metrics.detach()
    return spent


def _slow(context: BrowserContext, page: Page) -> None:
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})


def sealing(chromium: Browser, chw: Worker) -> None:
    """The store alone with the demo's own briefs: sealed, and with ciphers that do nothing."""
    rolldown = PHONE / "node_modules" / ".bin" / "rolldown"
    if not node_js() or not rolldown.exists():
        print(MISSING)
        return
    phone = Phone(letting(chw, str(chw.posts.get(ends__isnull=True).site_id)))
    briefs: list[Json] = []
    me: Json = {}
    while True:
        said, _ = exchange(phone, [])
        briefs += said.get("briefs", ())
        me = said.get("me", me)
        if not said.get("more"):
            break
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        subprocess.run(
            [node_js(), str(rolldown.resolve()), str(PHONE / "test" / "bench.ts"), "-o", str(where / "bench.js")],
            cwd=PHONE, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (where / "index.html").write_text('<!doctype html><script type="module" src="bench.js"></script>')
        with _files(where) as url:
            for many in (150, 2000):
                both = [_operations(chromium, url, me, briefs[:many], sealed=sealed) for sealed in (True, False)]
                head(f"the store with {min(many, len(briefs))} people, page slowed {SLOWED} times: ms sealed")
                for name, what in (
                    ("all", "all briefs stored, once"), ("open", "the list opened"), ("brief", "a brief read"),
                    ("draft", "an answer kept"), ("save", "two facts saved"), ("ten", "ten new briefs stored"),
                ):  # fmt: skip
                    clear = sorted(both[1][name])[len(both[1][name]) // 2]
                    line(what, both[0][name], "none set", f"plain {clear:.2f}")
                line("the PIN tried, 600,000 rounds (not slowed)", both[0]["unlock"], "none set")


def _operations(chromium: Browser, url: str, me: Json, briefs: list[Json], *, sealed: bool) -> dict[str, list[float]]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("typeof run === 'function'")
    _slow(context, page)
    found: dict[str, list[float]] = page.evaluate(
        "([me, briefs, sealed]) => run(me, briefs, sealed, 20)", [me, briefs, sealed]
    )
    context.close()
    return found


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def _files(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
