"""The frame of all pages: who sees which navigation, the headers, the error pages, the components."""

import datetime as dt
import gc
import mimetypes
import re
import shutil
from itertools import product
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import include, path
from django.utils.safestring import SafeString

from tests.tries import NIGHTLY
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.web import context, warm
from vwazen.server.web.examples import ExampleForm
from vwazen.server.web.help import EXPLANATIONS, KEYS
from vwazen.server.web.middleware import CONTENT_SECURITY
from vwazen.server.web.widgets import Renderer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("You may not do this: see a list. Ask whoever manages workers.")


def _break(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret of a person")


def _doubt(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("odd")


def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("base.html", {}, request))


# every page of the navigation exists here, whichever of them the rest of the product has by now
urlpatterns = [
    path("", _plain, name="home"),
    *[path(f"{name}/", _plain, name=name) for name, _, _ in context.PAGES],
    *[path(f"{name}/", _plain, name=name) for name in ("sign-in", "sign-out", "account")],
    path("triage/one/", _plain, name="one"),
    path("refuse/", _refuse),
    path("break/", _break),
    path("doubt/", _doubt),
    path("", include("vwazen.server.web.urls")),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def site() -> Site:
    site = Site(code="ht", name="Ayiti (invented)", kind="country", path="ht/")
    site.save()
    return site


def worker(role: str, site: Site) -> Worker:
    one = Worker(username=role.replace("_", "-"), name="Egzanp Travayè")
    one.set_unusable_password()
    one.save()
    Post(worker=one, role=role, site=site, starts=dt.date(2020, 1, 1)).save()
    return one


def signed_in(role: str, site: Site) -> Client:
    client = Client()
    client.force_login(worker(role, site))
    return client


def labels(page: str) -> list[str]:
    nav = re.search(r'<nav class="nav".*?</nav>', page, re.DOTALL)
    found = re.findall(r"<a [^>]*>([^<]+)", nav.group()) if nav else []
    return [label.strip() for label in found if label != "Help"]


# who sees what


def test_who_is_not_signed_in_sees_no_navigation_and_no_components() -> None:
    page = Client().get("/help/").content.decode()
    assert labels(page) == []
    assert "Sign out" not in page
    assert Client().get("/help/components/").status_code == 302


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("chw", ["Today", "Caseload", "Open risks", "Messages", "Review", "Find person", "Referrals", "Missed visits",
                 "Data quality", "Roster"]),
        ("administrator", ["Sites", "Nodes", "Workers", "Roster", "Phones", "Outbox", "Access log", "Emergencies",
                           "Opened records", "Erasures"]),
        ("care_manager", ["Today", "Caseload", "Open risks", "Messages", "Review", "Triage", "Find person", "Referrals",
                          "Stays", "Held", "Import", "Outcomes", "Missed visits", "Data quality", "Roster",
                          "Texts received"]),
        ("psychiatrist", ["Today", "Caseload", "Open risks", "Messages", "Review", "Triage", "Find person", "Referrals",
                          "Stays", "Refills", "Held", "Outcomes", "Missed visits", "Data quality", "Roster",
                          "Texts received"]),
    ],
)  # fmt: skip
def test_navigation_shows_what_the_role_may_open(site: Site, role: str, sees: list[str]) -> None:
    page = signed_in(role, site).get("/").content.decode()
    assert labels(page) == sees
    assert "Egzanp Travayè" in page
    assert '<button class="link">Sign out</button>' in page


def test_an_ended_post_takes_its_navigation_with_it(site: Site) -> None:
    client = signed_in("nurse", site)
    Post.objects.update(ends=dt.date(2020, 1, 2))
    assert labels(client.get("/").content.decode()) == []


def test_the_page_one_is_on_is_marked_and_so_is_its_section(site: Site) -> None:
    client = signed_in("nurse", site)
    for address in ("/triage/", "/triage/one/"):
        assert '<a href="/triage/" aria-current="page">Triage' in client.get(address).content.decode()
    assert client.get("/").content.decode().count("aria-current") == 0


@pytest.mark.urls("vwazen.server.web.urls")
def test_a_page_that_this_node_does_not_have_is_not_offered(site: Site) -> None:
    request = RequestFactory().get("/")
    request.user = worker("administrator", site)
    assert context.navigation(request) == []
    assert "Sign out" not in render_to_string("base.html", {}, request)


def test_counts_and_the_banner_come_from_the_view(site: Site) -> None:
    request = RequestFactory().get("/")
    request.user = worker("nurse", site)
    request.nav_counts = {"triage": 14, "caseload": 0}  # type: ignore[attr-defined]
    banner = context.NowBanner(text="Nobody is on call.", action="Open", url="/roster/", phone="+509 00 00 0009")
    page = render_to_string("base.html", {"now_banner": banner, "synthetic": True}, request)
    assert re.search(r">Triage <b>14</b></a>", page)
    assert re.search(r">Caseload <b>0</b></a>", page)
    assert re.search(r">Find person</a>", page), "a count that nobody gave is not zero"
    assert 'href="tel:+50900000009"' in page
    assert "Synthetic" in page


def test_a_request_without_a_session_still_has_a_page() -> None:
    bare = RequestFactory().get("/")
    assert context.page(bare) == {}
    bare.user = AnonymousUser()
    assert context.navigation(bare) == []
    assert context.role_titles(bare) == ""


# headers


def test_pages_carry_their_protection_and_stay_out_of_caches(site: Site) -> None:
    for response in (Client().get("/help/"), signed_in("nurse", site).get("/"), Client().get("/nowhere/")):
        assert response["Content-Security-Policy"] == CONTENT_SECURITY
        assert "unsafe-inline" not in CONTENT_SECURITY
        assert response["Cache-Control"] == "no-store"
        assert "camera=()" in response["Permissions-Policy"]


def test_no_page_has_inline_style_or_script(site: Site) -> None:
    client = signed_in("nurse", site)
    for address in ("/help/", "/help/components/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", page), address


def test_no_page_or_style_sheet_asks_another_machine() -> None:
    texts = [finders.find(f"web/{name}") for name in ("base.css", "tokens.css", "app.js")]
    for text in [Path(str(t)).read_text() for t in texts] + [Client().get("/help/").content.decode()]:
        assert not re.search(r"(src|href)=[\"']?(https?:)?//|url\(|@import", text)


# error pages


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/nowhere/", 404, "There is nothing at this address"),
        ("/refuse/", 403, "Ask whoever manages workers."),
        ("/doubt/", 400, "in a way it cannot answer"),
        ("/break/", 500, "If someone is at risk now, do not wait for this page"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_errors_say_what_happened_and_what_to_do(site: Site, address: str, status: int, says: str) -> None:
    client = signed_in("nurse", site)
    client.raise_request_exception = False
    response = client.get(address)
    assert response.status_code == status
    assert says in response.content.decode()
    assert "secret" not in response.content.decode()


def test_a_form_from_an_old_page_is_refused_with_what_to_do(site: Site) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(worker("nurse", site))
    response = client.post("/triage/")
    assert response.status_code == 403
    assert "please send it again" in response.content.decode()


# components


def show(text: str, **values: object) -> str:
    return Template("{% load vwazen %}" + text).render(Context(values))


def test_a_tier_has_a_number_and_a_word_and_an_unknown_one_is_an_error() -> None:
    assert show("{% tier 2 %}") == '<span class="tier t2"><b>2</b> Today</span>'
    assert show("{% tier 9 'Late' %}") == '<span class="tier t8"><b>9</b> Late</span>'
    assert show("{% tier 0 %}") == '<span class="tier t0">On track</span>'
    with pytest.raises(ValueError, match="no tier"):
        show("{% tier 10 %}")


def test_a_score_never_stands_alone_and_unknown_is_said_in_words() -> None:
    assert show('{% chip "PHQ-9" 16 change=-2 %}') == '<span class="chip">PHQ-9 <b>16</b> <bdi>−2</bdi></span>'
    assert "<b>0</b> <bdi>same</bdi>" in show('{% chip "PHQ-9" 0 change=0 %}')
    unknown = show('{% chip "PHQ-9" None why="not scored, 2 unanswered" %}')
    assert unknown == '<span class="chip unknown">PHQ-9 not scored, 2 unanswered</span>'
    assert "&lt;script&gt;" in show("{% chip name 3 %}", name="<script>")


def test_days_carry_the_year_when_it_is_not_this_one() -> None:
    today = dt.datetime.now(dt.UTC).date()
    assert show("{{ d|date }}", d=today.replace(month=1, day=3)) == "3 Jan"
    assert show("{{ d|date }}", d=dt.date(2019, 11, 17)) == "17 Nov 2019"
    assert show("{{ d|date:'Y' }}", d=dt.date(2019, 11, 17)) == "2019"
    assert show("{{ d|date }}", d=None) == "not recorded"
    said = show("{{ d|ago:today }}", d=dt.date(2026, 11, 17), today=dt.date(2026, 11, 19))
    assert said == '<time datetime="2026-11-17">17 Nov, 2 days ago</time>'


def test_signed_numbers_hold_together_in_right_to_left_text() -> None:
    assert show("{{ 5|signed }} {{ n|signed }} {{ none|signed }}", n=-2, none=None) == "<bdi>+5</bdi> <bdi>−2</bdi> "


def test_help_stands_in_place_and_an_unknown_topic_is_an_error() -> None:
    shown = show('{% help "order" %}')
    assert "<summary>How is the list ordered?</summary><p>By tier" in shown
    with pytest.raises((ValueError, TemplateSyntaxError), match="No explanation"):
        show('{% help "nothing" %}')


def test_the_help_page_explains_everything_and_every_key() -> None:
    page = Client().get("/help/").content.decode()
    for topic in EXPLANATIONS:
        assert f'id="{topic}"' in page
    for _, does, _ in KEYS:
        assert does in page


def test_each_field_is_joined_to_its_label_hint_and_error() -> None:
    page = render_to_string("components/form.html", {"form": ExampleForm.wrong()})
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    named = [i for ref in re.findall(r'(?:aria-describedby|for)="([^"]+)"', page) for i in ref.split()]
    assert set(named) <= ids
    assert "id_visit_error" in named
    assert "id_name_helptext" in named
    assert "id_place_error" in named, "a group of choices is joined to its error too"
    assert page.count('class="error"') == 2


def test_an_empty_detail_is_said_to_be_not_recorded() -> None:
    page = render_to_string("components/kv.html", {"pairs": [("Allergies", None), ("Seizures", 0)]})
    assert "<dd>not recorded</dd>" in page
    assert "<dd>0</dd>" in page


# in a browser


def _page_set(site: Site) -> dict[str, str]:
    client = signed_in("care_manager", site)
    return {address: client.get(address).content.decode() for address in ("/help/", "/help/components/", "/nowhere/")}


class Browser:
    """Chromium over pages rendered beforehand: no server, no socket, the product's own headers."""

    def __init__(self, pages: dict[str, str]) -> None:
        self.pages = pages
        self.complaints: list[str] = []

    def __enter__(self) -> "Browser":
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        args = ["--no-sandbox", "--disable-background-networking"]
        self._chromium = self._playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        return self

    def __exit__(self, *_: object) -> None:
        self._chromium.close()
        self._playwright.stop()

    def open(self, address: str, *, width: int = 1280, scheme: str = "light"):
        page = self._chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self._answer)
        page.goto(f"http://testserver{address}")
        return page

    def _answer(self, route) -> None:
        where = "/" + route.request.url.split("/", 3)[3].split("#")[0]
        if where.startswith("/static/"):
            file = Path(str(finders.find(where.removeprefix("/static/"))))
            route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])
        else:
            headers = {"Content-Security-Policy": CONTENT_SECURITY}
            route.fulfill(body=self.pages[where], content_type="text/html; charset=utf-8", headers=headers)


_BY_DAY = ((360, "dark"), (1280, "light"))
browser = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: pages are not opened in a browser")


@browser
@pytest.mark.browser
def test_pages_have_no_accessibility_fault_and_fit_every_width(site: Site) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with Browser(_page_set(site)) as chromium:
        for address in chromium.pages:
            # widths and colours break different things: by day two of the four together
            for width, scheme in (
                product((360, 1280), ("light", "dark")) if NIGHTLY else ((360, "dark"), (1280, "light"))
            ):
                page = chromium.open(address, width=width, scheme=scheme)
                results = Axe().run(page)
                assert results.violations_count == 0, results.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
                page.close()
        # the 404 page is answered as 200 here, so Chromium has nothing else to complain of
        assert chromium.complaints == []


@browser
@pytest.mark.browser
def test_labels_of_charts_keep_apart_as_drawn(site: Site) -> None:
    overlap = """() => [...document.querySelectorAll('.chart svg')].filter(s => s.clientWidth).flatMap(svg => {
        const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
        return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([b, q]) =>
            p.x < q.x + q.width && q.x < p.x + p.width && p.y + 3 < q.y + q.height - 3 && q.y + 3 < p.y + p.height - 3
        ).map(([b]) => a + ' | ' + b)); })"""
    with Browser(_page_set(site)) as chromium:
        for width in (360, 1280):
            assert chromium.open("/help/components/", width=width).evaluate(overlap) == []


FORM = """{% extends "base.html" %}{% block main %}
<section class="banner now" data-when-alert="#ask" hidden>Ask now</section>
<form id="ask" data-ask data-guard method="post" action="/saved/">
{% for i in "123" %}<fieldset class="q"><legend>Question {{ i }}</legend><div class="choices four">
{% for v in "0123" %}<label class="pick{% if i == "3" and v != "0" %} alert{% endif %}"><input type="radio"
name="q{{ i }}" value="{{ v }}"><span>{{ v }}</span></label>{% endfor %}</div></fieldset>{% endfor %}
<button class="btn main">Save</button></form>
<label>Search <input type="search"></label>
<p><span id="clock" data-clock="2026-01-01T00:05:00+00:00" data-now="2026-01-01T00:03:10+00:00" data-minutes="{n} min"
data-seconds="{n} s" data-past="now">?</span></p>{% endblock %}""".replace("{n}", "{% templatetag openbrace %}n}")


@browser
@pytest.mark.browser
def test_an_instrument_is_answered_by_digits(site: Site) -> None:
    form = Template(FORM).render(Context({}))
    with Browser({"/": form}) as chromium:
        page = chromium.open("/")
        state = "() => [...document.querySelectorAll('input:checked')].map(i => i.name + '=' + i.value).join(' ')"
        page.keyboard.press("2")
        page.keyboard.press("0")
        assert page.evaluate(state) == "q1=2 q2=0"
        assert page.locator(".banner.now").is_hidden()
        page.keyboard.press("7")
        assert page.evaluate(state) == "q1=2 q2=0", "a digit that is no answer does nothing"
        page.keyboard.press("1")
        assert page.evaluate(state) == "q1=2 q2=0 q3=1"
        assert page.locator(".banner.now").is_visible(), "the safety answer shows its banner at once"
        assert page.evaluate("document.activeElement.textContent") == "Save"
        page.locator("input[name=q3]").nth(1).focus()
        page.keyboard.press("Delete")
        assert page.evaluate(state) == "q1=2 q2=0", "cleared is unanswered, not 0"
        assert page.locator(".banner.now").is_hidden()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("3")
        assert page.evaluate(state) == "q1=2 q2=3"
        assert page.locator("#clock").inner_text() == "2 min"
        assert chromium.complaints == []


@browser
@pytest.mark.browser
def test_unsaved_answers_are_not_left_without_a_warning_nor_kept_in_the_browser(site: Site) -> None:
    form = Template(FORM).render(Context({}))
    with Browser({"/": form, "/help/": "elsewhere"}) as chromium:
        page = chromium.open("/")
        page.keyboard.press("2")
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        page.goto("http://testserver/help/")
        assert asked == ["beforeunload"]


@browser
@pytest.mark.browser
def test_a_form_is_sent_once(site: Site) -> None:
    form = Template(FORM).render(Context({}))
    with Browser({"/": form}) as chromium:
        page = chromium.open("/")
        page.evaluate("window.sent = 0; document.addEventListener('submit', e => {"
                      "if (!e.defaultPrevented) window.sent += 1; e.preventDefault(); })")  # fmt: skip
        page.evaluate("const b = document.querySelector('#ask .btn'); b.click(); b.click();")
        assert page.evaluate("window.sent") == 1


@browser
@pytest.mark.browser
def test_progress_is_fetched_until_it_is_done(site: Site) -> None:
    holder = (
        '{% extends "base.html" %}{% block main %}<div data-poll="/step/" data-every="20">0 of 2</div>{% endblock %}'
    )
    asked: list[str] = []

    def step(route) -> None:
        asked.append(route.request.headers["x-fragment"])
        route.fulfill(body=f"{len(asked)} of 2" + ("<i data-done></i>" if len(asked) == 2 else ""))

    with Browser({"/": Template(holder).render(Context({}))}) as chromium:
        page = chromium.open("/")
        page.route("**/step/", step)
        page.get_by_text("2 of 2").wait_for()
        page.wait_for_timeout(200)
        assert len(asked) == 2, "it asks no more once it is done"


@browser
@pytest.mark.browser
def test_keys_move_through_a_list_and_can_be_turned_off(site: Site) -> None:
    with Browser(_page_set(site)) as chromium:
        page = chromium.open("/help/components/")
        focused = "document.activeElement.textContent"
        page.keyboard.press("j")
        assert page.evaluate(focused) == "Egzanp Saint-Fleur"
        page.keyboard.press("ArrowDown")
        assert page.evaluate(focused).startswith("Egzanp Marie-Thérèse")
        page.keyboard.press("k")
        assert page.evaluate(focused) == "Egzanp Saint-Fleur"
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        assert page.get_by_text("next row").is_visible()
        assert page.get_by_text("answer the question and move on").is_hidden(), "only the keys this page has"
        page.get_by_role("button", name="Turn single keys off").click()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        assert page.evaluate(focused) != "Egzanp Marie-Thérèse Josaphat Saint-Victor-Délice"
        page.keyboard.press("?")
        assert page.locator("#keys").is_hidden()


def test_choices_are_written_as_djangos_own_templates_write_them() -> None:
    widget = forms.Select({"class": "wide", "required": True, "disabled": False, "data-x": 'a"b'})
    many = forms.SelectMultiple()
    fruit = ("Fruit & more", [("a<b", "Apple & <co>"), (2, SafeString("<b>Two</b>"))])
    groups = [fruit, ("", "choose"), (None, "none"), (2.5, 7), ("é", "É")]
    for one, value in product((widget, many), ("", 2, "a<b", "é", ["a<b", 2])):
        one.choices = groups
        told = one.get_context('so "named"', value, {"id": "id_x"})
        django = DjangoTemplates().render(one.template_name, told)
        assert Renderer().render(one.template_name, told) == django.replace("\n\n", "\n")
        assert django.count("<option") == 6 and "&lt;co&gt;" in django
    assert isinstance(get_default_renderer(), Renderer)
    assert (
        Renderer()
        .render("django/forms/widgets/text.html", forms.TextInput().get_context("n", "v", {}))
        .startswith("<in")
    )


def test_before_its_first_page_a_server_leaves_what_stays_out_of_sweeps() -> None:
    try:
        warm.ready()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
