"""A phone: let in, locked, killed, without a network, full, taken away. It knows only the labels that are seen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from phone.build import SHELL
from tests.handset import PIN, code_for, enrol, handset, take_away, unlock, wait_until_kept
from tests.live import PASSWORD, Node, browser, node, sign_in

pytestmark = pytest.mark.skipif(
    not (SHELL / "index.html").exists(), reason="the phone is not built: ./dev up builds it"
)
EVERYTHING = """async () => {
  const db = await new Promise((done) => { const r = indexedDB.open('vwazen'); r.onsuccess = () => done(r.result); });
  const out = [];
  for (const name of db.objectStoreNames) {
    const rows = await new Promise((done) => {
      const r = db.transaction(name).objectStore(name).getAll(); r.onsuccess = () => done(r.result); });
    for (const row of rows) out.push(name + ' ' + JSON.stringify(row, (_, v) =>
      v instanceof ArrayBuffer ? new TextDecoder('latin1').decode(v) : ArrayBuffer.isView(v) ? '' : v));
  }
  db.close();
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) out.push('cache ' + request.url);
  return out.concat(Object.entries(localStorage).flat(), Object.entries(sessionStorage).flat());
}"""


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
    yield context
    context.close()


def let_in(phone: BrowserContext, server: Node, chromium: Browser) -> Page:
    page = enrol(phone, server, code_for(chromium, server, "Walker Wim"))
    wait_until_kept(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible(timeout=20_000)
    return page


def register(page: Page, name: str) -> None:
    """Register somebody, searching first."""
    page.get_by_role("link", name="New").click()
    page.get_by_label(re.compile("^Name")).first.fill(name)
    for _ in range(6):
        page.locator(".p-foot .btn.main").last.click()
        page.wait_for_timeout(300)
        if "#/person/" in page.url:
            return


def unsent(page: Page) -> str:
    page.goto(re.sub("#.*", "", page.url) + "#/unsent")
    return page.get_by_role("heading", level=1).inner_text()


def test_a_code_lets_one_phone_in_once_and_nothing_on_it_is_in_the_clear(
    phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    wrong = phone.new_page()
    wrong.goto(f"{server.url}/phone/#/enrol")
    wrong.get_by_label("Code", exact=True).fill("ZZZZZ-ZZZZZ")
    wrong.get_by_role("button", name="Let me in").click()
    expect(wrong.get_by_text("A PIN has six figures.")).to_be_visible()
    wrong.get_by_label("New PIN").fill("123456")
    wrong.get_by_role("button", name="Let me in").click()
    expect(wrong.get_by_text("easy to guess")).to_be_visible()
    wrong.get_by_label("New PIN").fill(PIN)
    wrong.get_by_label("The same PIN again").fill(PIN)
    wrong.get_by_role("button", name="Let me in").click()
    expect(wrong.locator(".error")).to_be_visible()
    code = code_for(chromium, server, "Walker Wim")
    page = enrol(phone, server, code)
    expect(page.get_by_text("Cid Danger")).to_be_visible(timeout=20_000)
    kept = page.evaluate(EVERYTHING)
    assert len(kept) > 10
    for word in (
        "Danger",
        "Cid Da",
        "phq-9",
        "safety",
        "Supervisor",
        "encounter",
        PIN,
    ):  # long enough for no chance hit
        assert not any(word in one for one in kept), word
    assert not any("/sync" in one for one in kept if one.startswith("cache")), "people never lie in the shell's cache"
    other = handset(chromium)
    late = other.new_page()
    late.goto(f"{server.url}/phone/#/enrol/{code}")
    for label in ("New PIN", "The same PIN again"):
        late.get_by_label(label).fill(PIN)
    late.get_by_role("button", name="Let me in").click()
    expect(late.locator(".error")).to_be_visible()
    other.close()


def test_without_a_network_it_opens_is_locked_and_keeps_what_was_said_until_it_is_sent_once(
    phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    page = let_in(phone, server, chromium)
    faults = phone.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    # The browser has nothing against its being installed but that a test's window keeps nothing.
    assert [one["errorId"] for one in faults] == ["in-incognito"]
    address = page.url
    phone.set_offline(True)
    page.reload()
    expect(page.get_by_label("PIN")).to_be_visible()
    lock = page.inner_text("body")
    assert "Walker" in lock
    assert not re.search("Danger|Wim|Bèl|mental|health|visit|person", lock), "the lock tells nothing"
    assert page.title() == "Vwazen"
    page.get_by_label("PIN").fill("999000")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("9 more tries")).to_be_visible(timeout=20_000)
    unlock(page)
    expect(page.get_by_text("Cid Danger")).to_be_visible()
    register(page, "Zanmi Envante")
    expect(page.get_by_role("link", name="1 not yet sent")).to_be_visible()
    page.close()
    page = phone.new_page()
    page.goto(address)
    unlock(page)
    assert unsent(page) == "1 not yet sent"
    expect(page.get_by_text("New person, Zanmi Envante")).to_be_visible()
    expect(page.get_by_text("no answer since")).to_be_visible()
    server.stop(hard=True)
    phone.set_offline(False)
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_text(re.compile("tried [1-9]"))).to_be_visible()
    assert unsent(page) == "1 not yet sent"
    server.start()
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible(timeout=30_000)
    desk = chromium.new_context().new_page()
    sign_in(desk, server.url, "nia", PASSWORD)
    desk.goto(f"{server.url}/people")
    desk.get_by_label(re.compile("^Name")).first.fill("Zanmi Envante")
    desk.get_by_role("button", name="Search").click()
    assert desk.get_by_role("link", name="Zanmi Envante", exact=True).count() == 1
    desk.context.close()


def test_who_is_let_in_in_french_reads_french_at_once(server: Node, chromium: Browser) -> None:
    context = handset(chromium, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{server.url}/phone/#/enrol/{code_for(chromium, server, 'Walker Wim')}")
    expect(page.get_by_label("Nouveau code")).to_be_visible()
    for field in page.locator("input[type=password], input[inputmode=numeric]").all():
        field.fill(PIN)
    page.locator("button[type=submit], .btn.main").last.click()
    page.get_by_role("button", name="Commencer").click(timeout=20_000)
    expect(page.get_by_role("heading", name=re.compile("^Aujourd"))).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Un contact était prévu le").first).to_be_visible()
    wait_until_kept(page)
    context.set_offline(True)
    page.reload()
    # The lock speaks the worker's language without a network; of one that nobody here speaks it has no words then.
    expect(page.get_by_role("button", name="Ouvrir")).to_be_visible()
    page.locator("select").select_option("es")
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    context.set_offline(False)
    page.locator("select").select_option("es")
    expect(page.get_by_role("button", name="Abrir")).to_be_visible()
    context.close()


def test_a_full_phone_says_so_loudly_and_the_form_stays(phone: BrowserContext, server: Node, chromium: Browser) -> None:
    page = let_in(phone, server, chromium)
    phone.set_offline(True)
    page.evaluate(
        """() => { const put = IDBObjectStore.prototype.put;
        globalThis.heal = () => (IDBObjectStore.prototype.put = put);
        IDBObjectStore.prototype.put = function (...a) { if (a[0]?.kind === 'fact' || a[0]?.kind === 'draft')
          throw new DOMException('full', 'QuotaExceededError'); return put.apply(this, a); }; }"""
    )
    register(page, "Zanmi Plen")
    expect(page.get_by_role("alert").filter(has_text="the phone is full")).to_be_visible()
    page.evaluate("void heal()")
    page.locator(".p-foot .btn.main").last.click()
    expect(page.get_by_role("heading", name="Zanmi Plen")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="the phone is full")).to_have_count(0)
    assert unsent(page) == "1 not yet sent"


def test_a_phone_that_is_taken_away_gives_what_it_has_to_the_clinic_and_forgets_everybody(
    phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    page = let_in(phone, server, chromium)
    phone.set_offline(True)
    register(page, "Zanmi Kite")
    take_away(chromium, server, "Walker Wim")
    phone.set_offline(False)
    expect(page.get_by_text("was given to the clinic")).to_be_visible(timeout=20_000)
    kept = [one for one in page.evaluate(EVERYTHING) if not one.startswith(("cache", "device"))]
    assert kept == []
    nurse = chromium.new_context().new_page()
    sign_in(nurse, server.url, "kai", PASSWORD)
    nurse.goto(f"{server.url}/held")
    expect(nurse.get_by_text("taken away from this worker").first).to_be_visible()
    nurse.context.close()


def test_two_workers_of_one_phone_see_only_their_own(phone: BrowserContext, server: Node, chromium: Browser) -> None:
    page = let_in(phone, server, chromium)
    page.get_by_role("link", name="Me").click()
    page.get_by_role("button", name="Lock now").click()
    page.get_by_role("link", name="Let another worker in on this phone").click()
    second = enrol(phone, server, code_for(chromium, server, "Outsider Otto"), pin="314159")
    expect(second.get_by_text("Cid Danger")).to_have_count(0)
    second.reload()
    second.get_by_role("button", name="Outsider").click()
    second.get_by_label("PIN").fill(PIN)
    second.get_by_role("button", name="Open").click()
    expect(second.get_by_text("9 more tries")).to_be_visible(timeout=20_000)
    second.get_by_role("button", name="Somebody else").click()
    second.get_by_role("button", name="Walker").click()
    unlock(second)
    expect(second.get_by_text("Cid Danger")).to_be_visible()


def test_after_ten_wrong_tries_only_a_new_code_opens_it_and_what_was_not_sent_goes_on(
    phone: BrowserContext, server: Node, chromium: Browser
) -> None:
    page = let_in(phone, server, chromium)
    phone.set_offline(True)
    register(page, "Zanmi Fèmen")
    page.clock.install()
    page.reload()
    for n in range(10):
        page.get_by_label("PIN").fill("999000")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_text("more tr" if n < 9 else "Locked after too many")).to_be_visible(timeout=20_000)
        page.clock.fast_forward(900_000)
        page.reload()
    expect(page.get_by_label("PIN")).to_have_count(0)
    phone.set_offline(False)
    code = code_for(chromium, server, "Walker Wim")
    page.goto(f"{server.url}/phone/#/enrol/{code}")
    for label in ("New PIN", "The same PIN again"):
        page.get_by_label(label).fill("314159")
    page.get_by_role("button", name="Let me in").click()
    page.get_by_label("PIN or sentence of before").fill(PIN)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Begin").click(timeout=20_000)
    unsent(page)
    expect(page.get_by_role("heading", name="Everything is sent")).to_be_visible(timeout=30_000)


def _lacking_arabic(route: Route) -> None:
    """Content in which Arabic lacks a sentence, as a draft may."""
    answer = route.fetch()
    content = answer.json()
    del content["languages"]["ar"]["words"]["me.unread"]
    route.fulfill(response=answer, json=content)


def test_each_screen_of_the_frame_is_for_everyone(
    phone: BrowserContext, server: Node, chromium: Browser, tmp_path: Path
) -> None:
    page = phone.new_page()
    axe = Axe()

    def look(name: str) -> None:
        page.wait_for_timeout(200)
        found = axe.run(page)
        assert not found.violations_count, f"{name}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{name} is {wide} px wide"
        small = page.evaluate(
            """() => [...document.querySelectorAll('a, button, .pick, select, summary')].filter((one) => {
              const at = one.getBoundingClientRect();
              return at.width && at.height < 44 && !one.closest('p:not(:has(.btn))') && !one.classList.contains('name');
            }).map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert not small, f"{name}: too small for a thumb: {small}"
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.wait_for_timeout(100)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"{name} at 200 % is {wide} px wide"
        page.evaluate("document.documentElement.style.fontSize = ''")

    page.goto(f"{server.url}/phone/#/enrol")
    look("enrol")
    page.close()
    phone.route("**/sync/content", _lacking_arabic)
    page = let_in(phone, server, chromium)
    phone.set_offline(True)
    register(page, "Zanmi Gade")
    for place in ("unsent", "me"):
        page.goto(f"{server.url}/phone/#/{place}")
        look(place)
    expect(page.get_by_text("No speaker of this language")).to_have_count(0)
    for code, says in (("fr", "Personne qui parle cette langue n’a encore"), ("ar", "No speaker of this language")):
        page.locator("select").select_option(code)
        expect(page.get_by_text(says)).to_be_visible()
        look(f"me, {code}")
    # English that stands for what Arabic lacks keeps its stop at its own end.
    english = page.get_by_text("No speaker of this language").inner_text()
    assert english.startswith("\u2068") and english.endswith("\u2069"), english
    page.locator("select").select_option("en")
    page.reload()
    look("lock")
