"""What somebody told about violence by a partner: read by few on the screen, and on no paper that a house could hold.

A mark is planted in every kind of entry that can be of that segment. Every page, print and file of the server is asked
for as every role: the mark comes to roles with the segment alone, and never where a page prints.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.integration.test_every_route import RIGHTS, SENT_ONLY, address, as_worker, full, routes, values
from tests.tries import NIGHTLY
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server import web
from vwazen.server.care import actions as care
from vwazen.server.organisation import policy

pytestmark = pytest.mark.once

__all__ = ["full"]
MARK = "Plantedviolence"
IPV = "intimate-partner-violence"
ROLES = ("sue", "pia", "nia", "kai", "wim", "psy", "lay", "soc", "phy", "pha", "max", "ola", "ada")
# Of those with the segment and of those without it whoever has most pages; each night every role.
ASKED = ROLES if NIGHTLY else ("pia", "nia")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Besides the pages: what the pages link to, with a parameter.
MORE = ("?all=1", "?mend=1", "?do=note", "?print=1", "?expected=1&site=bel-dlo")


class OnPaper(HTMLParser):
    """The text of a page that a printer would put on paper."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[str] = []
        self.text: list[str] = []
        self.whole_page = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        self.whole_page = self.whole_page or (tag == "body" and "not-on-paper" in classes)
        off = "no-print" in classes or tag in ("script", "dialog") or (tag == "main" and self.whole_page)
        if tag not in VOID and (self.hidden or off):
            self.hidden.append(tag)
        if not self.hidden:
            self.text += [value or "" for name, value in attrs if name in ("value", "title", "alt", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def on_paper(html: str) -> str:
    parser = OnPaper()
    parser.feed(html)
    return " ".join(parser.text)


@pytest.fixture
def told(full: World) -> World:
    """Entries of every kind that can be about violence, on the record of somebody in care with an open risk."""
    episode = care.chart_of(full.people["cid"]).open_episodes[0].id
    for body in (
        f.Note(text=MARK, segment=IPV), f.PlanItem(part="goal", text=MARK, segment=IPV),
        f.PlanItem(part="action", text=MARK, segment=IPV, due="2026-11-01", owner=str(full.psy.pk)),
        f.Measurement(what="other", text=MARK, attention=True, segment=IPV),
        f.Prescription(name=MARK, strength=MARK, segment=IPV),
        f.Intake(taken="all", note=MARK, segment=IPV),
        f.Consent(segment=IPV, granted=True, to=MARK, purpose=MARK, who=MARK),
        f.Findings(form="violence", version=1, answers={"what_happened": MARK}, segment=IPV),
        f.Referral(to="social", to_name=MARK, urgency="week", reason=MARK, segment=IPV),
    ):  # fmt: skip
        say(full, "cid", "psy", body)
    assert episode
    return full


def pages(told: World) -> Iterator[tuple[str, str]]:
    known = values(told)
    for route in routes():
        if route.name in SENT_ONLY or route.name in ("sign-out",):
            continue
        at = address(route, known, told)
        yield route.name, at
        if RIGHTS[route.name] and "person" in route.params:
            yield from ((route.name, at + more) for more in MORE)


@pytest.mark.parametrize("who", ASKED)
def test_it_comes_to_those_with_the_segment_alone_and_on_no_paper(told: World, who: str) -> None:
    client, may = as_worker(told, who), IPV in policy.segments(told.workers[who], "ht/centre/bel-dlo/")
    seen, printed = set(), list[str]()
    for name, at in pages(told):
        answered = client.get(at)
        body = b"".join(answered.streaming_content) if answered.streaming else answered.content  # type: ignore[attr-defined]
        if MARK.encode() not in body:
            continue
        seen.add(name)
        assert may, f"{who} reads it at {at}"
        assert "text/html" in answered.headers["Content-Type"], f"{at} is a file, and a file travels"
        printed += [at] if MARK in on_paper(body.decode()) else []
    assert not printed, "these print it: " + " ".join(sorted({one.rpartition("?")[0] or one for one in printed}))
    assert ("chart" in seen) == may


def test_to_print_a_page_it_is_opened_without(told: World) -> None:
    client = as_worker(told, "psy")
    for name, at in pages(told):
        if "?" not in at and told.people["cid"] in at:
            answered = client.get(f"{at}?paper=1")
            assert MARK.encode() not in answered.content, name
            assert b'class="not-on-paper"' not in answered.content, name
    assert b'href="?paper=1"' in client.get(f"/people/{told.people['cid']}").content
    css = (Path(web.__file__).parent / "static/web/pages.css").read_text()
    assert ".not-on-paper main > :not(.paper-only) { display: none !important; }" in css


def test_a_file_of_many_holds_none_of_it(told: World) -> None:
    client = as_worker(told, "pia")
    for at in (reverse("register-export") + "?site=bel-dlo&format=csv", reverse("outcomes") + "?site=bel-dlo"):
        answered = client.get(at)
        body = b"".join(answered.streaming_content) if answered.streaming else answered.content  # type: ignore[attr-defined]
        assert MARK.encode() not in body


def test_nobody_who_is_not_signed_in(told: World) -> None:
    for _, at in pages(told):
        assert MARK.encode() not in Client().get(at).content


LEGAL = "Plantedlegal"


def test_the_name_in_the_papers_stands_on_the_registration_alone(world: World) -> None:
    """Search finds somebody by both names and shows the chosen one; so does every page but two about who they are."""
    person = care.register(by=world.nia, site="bel-dlo", name=f"Jan {LEGAL}", chosen_name="Rose Invented", born="1980",
                           place="Nan Mango")  # fmt: skip
    care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk))  # fmt: skip
    client = as_worker(world, "kai")
    for asked in (f"Jan {LEGAL}", "Rose Invented"):
        client.post("/people", {"name": asked, "born": "", "place": ""})
        html = client.get("/people").content.decode()
        assert f'href="/people/{person}"' in html and ">Rose Invented<" in html
    client.post("/people", {"clear": "1"})
    about = [route for route in routes() if route.params == ("person",) and route.name not in SENT_ONLY]
    assert len(about) > 15
    for route in about:
        html = client.get(reverse(route.name, args=[person]), follow=True).content.decode()
        allowed = route.name in ("correct-person", "same-person")
        assert allowed or LEGAL not in html, route.name
    for at in (
        "/today?whose=sites",
        "/caseload",
        "/diary",
        "/quality",
        "/triage",
        "/unassigned",
        "/register/print?expected=1",
    ):
        assert LEGAL not in client.get(at).content.decode(), at
    assert LEGAL in client.get(reverse("correct-person", args=[person])).content.decode()
