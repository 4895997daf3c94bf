"""Attacks that any web program must stand: forged forms, odd methods, planted markup, files made to harm.

What is about people, roles and secrecy is in `test_policy_matrix.py` and `test_secrecy.py`; signing in has its own
file. `docs/explanation/asvs.md` names the tests of all of them as evidence.
"""

import csv
import io
import logging
import re
import time
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from tests.policy.place import place
from tests.policy.routes import routes
from tests.policy.table import ANYONE, MACHINE, NEVER, TABLE, has
from tests.world import PASSWORD, World, day, say
from vwazen.clinical import facts as f
from vwazen.home import ROOT
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.actions import sign_in
from vwazen.server.record import clock, imports
from vwazen.server.record.forms import saved_maps
from vwazen.server.record.models import Import

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# Addresses to which another program sends, with a key of its own instead of a session: no form, so no token of one.
MACHINES = {name for name, rule in TABLE.items() if rule.sends == MACHINE}


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def as_worker(world: World, who: str, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(world.workers[who])
    return client


# forged


@pytest.mark.usefixtures("quiet")
def test_no_form_is_taken_without_its_token() -> None:
    with place() as here:
        for name, route in routes().items():
            if name in MACHINES:
                continue
            rights = TABLE[name].sends or TABLE[name].reads
            role = next((one for one in ("psychiatrist", "care_manager", "administrator") if has(one, rights)), "nurse")
            client = here.client(role)
            client.handler.enforce_csrf_checks = True
            answer = client.post(route.address(here.things["here"]), {"csrfmiddlewaretoken": "x" * 64})
            assert answer.status_code == 403, name
            if client.session.get("_auth_user_id"):
                assert b"Nothing was saved" in answer.content or b"old" in answer.content, name


def test_a_form_with_its_token_but_from_another_site_is_refused(world: World) -> None:
    client = as_worker(world, "nia", enforce_csrf_checks=True)
    page = client.get(f"/people/{world.people['cid']}/risk").content.decode()
    found = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)
    assert found
    sent = {"text": "worried", "csrfmiddlewaretoken": found[1]}
    at = f"/people/{world.people['cid']}/risk"
    for heads in ({"HTTP_ORIGIN": "https://elsewhere.example"}, {"HTTP_ORIGIN": "null"}):
        assert client.post(at, sent, **heads).status_code == 403
    assert client.post(at, sent).status_code == 302


# headers, methods, hosts


def test_every_answer_carries_its_protection(world: World) -> None:
    client = as_worker(world, "nia", raise_request_exception=False)
    cid = world.people["cid"]
    for at, status in (("/today", 200), (f"/people/{cid}", 200), ("/sites/", 403), ("/nothing", 404),
                       ("/sign-out/", 405), (f"/people/{cid}/visit/tried", 302)):  # fmt: skip
        answer = client.get(at)
        assert answer.status_code == status, at
        policy = answer["Content-Security-Policy"]
        assert "'unsafe" not in policy and "*" not in policy and "http:" not in policy
        for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
                     "object-src 'none'"):  # fmt: skip
            assert part in policy
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Server" not in answer and "X-Powered-By" not in answer
        if answer.content:
            assert answer["Content-Type"].endswith("charset=utf-8")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_no_other_method_is_answered(world: World, method: str) -> None:
    client = as_worker(world, "nia")
    for at in ("/today", f"/people/{world.people['cid']}", "/sign-in/"):
        answer = client.generic(method, at)
        assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD, POST"
        assert not answer.content
        assert answer["Cache-Control"] == "no-store"


def test_a_host_that_is_not_ours_is_refused(world: World) -> None:
    client = as_worker(world, "nia", raise_request_exception=False)
    for host in ("elsewhere.example", "127.0.0.1.elsewhere.example", "localhost@elsewhere.example", ""):
        answer = client.get("/today", HTTP_HOST=host)
        assert answer.status_code == 400, host
        assert "elsewhere" not in answer.content.decode()
    assert client.get("/today", HTTP_X_FORWARDED_HOST="elsewhere.example").status_code == 200
    assert "elsewhere" not in client.get("/today", HTTP_X_FORWARDED_HOST="elsewhere.example").content.decode()


def test_cookies_are_for_this_server_alone_and_hold_no_name(world: World) -> None:
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"username": "nia", "password": PASSWORD})
    client.post(f"/people/{world.people['cid']}/do/note", {"note-text": "Planted", "note-segment": "general"})
    client.post(f"/people/{world.people['ben']}/visit/tried", {"outcome": "missed"})
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    for cookie in client.cookies.values():
        assert cookie["httponly"] and cookie["samesite"] == "Strict" and not cookie["domain"]
        assert "Ben" not in cookie.value
    assert "Ben Course" in client.get("/today").content.decode()


def test_with_https_cookies_travel_by_it_alone() -> None:
    text = (ROOT / "vwazen" / "server" / "config" / "settings.py").read_text("utf-8")
    for words in ("SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS", '"__Host-sessionid", "__Host-csrftoken"',
                  "SECURE_SSL_REDIRECT = HTTPS", "SECURE_HSTS_SECONDS = 31_536_000 if PROXIED"):  # fmt: skip
        assert words in text
    assert django_settings.DEBUG is False


# sessions


def test_a_session_ends_at_its_hour_whatever_is_done_in_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "nia", "password": PASSWORD})
    ends = client.session.get_expiry_date()
    assert ends - timezone.now() <= timezone.timedelta(hours=12)
    client.post("/people", {"name": "Ben"})  # which is kept in the session
    assert abs((client.session.get_expiry_date() - ends).total_seconds()) < 2
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/today").status_code == 302
    sign_in.forget_sessions()
    assert not Session.objects.exists(), "what was searched for goes with the session"


@pytest.mark.usefixtures("quiet")
def test_half_a_sign_in_opens_no_page() -> None:
    """The right password of somebody with a second step, and no code: every address leads back."""
    with place() as here:
        nurse = here.workers["nurse"]
        nurse.set_password(PASSWORD)
        nurse.save()
        device = sign_in.begin_second_factor(by=nurse)
        device.confirmed = True
        device.save()
        client = Client()
        sent = client.post("/sign-in/", {"username": "nurse", "password": PASSWORD, "next": "/today"})
        assert sent["Location"] == "/sign-in/code/"
        for name, route in routes().items():
            if TABLE[name].reads in (ANYONE, NEVER, MACHINE):
                continue
            answer = client.get(route.address(here.things["here"]))
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next="), name


@pytest.mark.parametrize("goal", ["https://elsewhere.example/", "//elsewhere.example", r"/\elsewhere.example",
                                  "/\t/elsewhere.example", "javascript:alert(1)", "https:elsewhere.example",
                                  "http:///elsewhere.example", "\u2028//elsewhere.example"])  # fmt: skip
def test_no_address_of_another_site_is_followed(world: World, goal: str) -> None:
    sent = Client().post("/sign-in/", {"username": "nia", "password": PASSWORD, "next": goal})
    assert sent["Location"] == "/"
    signed = as_worker(world, "nia")
    assert signed.get("/sign-in/", {"next": goal})["Location"] == "/"
    back = signed.post(f"/people/{world.people['cid']}/visit/tried", {"outcome": "missed", "back": goal})
    assert "elsewhere" not in back["Location"]


# paths


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/%2e%2e/config/settings.py",
                                  "/static//etc/passwd", "/static/web/..%2f..%2f..%2fconfig%2fsettings.py",
                                  "/static/web/", "/static/", "/media/x", "/secret-key", "/.git/config",
                                  "/import/map/..%2f..%2fsecret-key", "/import/map/%2e%2e", "/vwazen.sqlite3",
                                  "/import/..%2f..%2fsecret-key"])  # fmt: skip
def test_no_address_leads_to_a_file_of_the_machine(world: World, path: str) -> None:
    answer = as_worker(world, "kai", raise_request_exception=False).get(path)
    assert answer.status_code in (301, 302, 404)
    if answer.status_code != 404:
        assert answer["Location"].startswith("/import")


# files


def _upload(client: Client, folder: Path, name: str, data: bytes) -> Any:
    file = SimpleUploadedFile(name, data, content_type="application/json")
    return client.post("/import", {"from": "fhir", "site": "bel-dlo", "as_of": day(0), "title": name, "upload": file})


@pytest.mark.parametrize("name", ["../../evil.json", "..\\..\\evil.json", "/etc/evil.json",
                                  "a\r\nSet-Cookie: x=1.json",
                                  '"><script>alert(1)</script>.json', "=cmd|'/c calc'!A1.json",
                                  "x" * 300 + ".json"])  # fmt: skip
def test_the_name_of_a_file_is_only_words(world: World, own_folder: Path, name: str) -> None:
    client = as_worker(world, "kai", raise_request_exception=False)
    before = {one for one in own_folder.parent.rglob("*") if own_folder not in one.parents}
    sent = _upload(client, own_folder, name, b'{"resourceType": "Bundle", "type": "collection", "entry": []}')
    assert sent.status_code in (302, 422)
    after = {one for one in own_folder.parent.rglob("*") if own_folder not in one.parents}
    assert after == before, "nothing was written beside the folder of imports"
    assert all(".." not in one.name and "evil" not in one.name for one in own_folder.rglob("*") if one.is_file())
    for at in ("/import", *(f"/import/{one.pk}" for one in Import.objects.all())):
        page = client.get(at)
        assert page.status_code == 200
        assert b"<script>alert" not in page.content and "Set-Cookie" not in page


def _workbook(sheet: str, strings: str = "") -> bytes:
    """A workbook with these parts, made by hand: no writer makes what an attacker does."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.'
        'main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet,
    }  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


_SHEET = ('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
          '<c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>')  # fmt: skip
_LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
HARMFUL = {
    "a file of this machine": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + _SHEET.format("&e;"),
    "a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LAUGHS}]>' + _SHEET.format("&l9;"),
    "an address elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + _SHEET.format("x"),
}


@pytest.mark.parametrize("what", HARMFUL)
def test_a_workbook_made_to_harm_is_read_as_nothing(
    world: World, own_folder: Path, what: str
) -> None:  # fmt: skip
    own_folder.mkdir(parents=True, exist_ok=True)
    told = {}
    for name, sheet in {"harm": HARMFUL[what], "sound": _SHEET.format("person")}.items():
        file = own_folder / f"{name}.xlsx"
        file.write_bytes(_workbook(sheet))
        job = imports.start(by=world.kai, files=[file], site="bel-dlo", as_of=clock.today(),
                            map_file=saved_maps()["first-review"], map_name="first-review")  # fmt: skip
        began = time.monotonic()
        imports.run(job)
        assert time.monotonic() - began < 10
        told[name] = str(Import.objects.filter(pk=job.pk).values())
    assert "It has: person" in told["sound"], "a workbook made by hand like these is read"
    assert "root:" not in told["harm"] and "haha" not in told["harm"]
    assert "is no workbook" in told["harm"] or "It has: x" in told["harm"]


SENT = {"pickle": b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93",
        "yaml": b"!!python/object/apply:os.system ['true']", "svg": b"<svg onload=alert(1)></svg>",
        "exe": b"MZ\x90\x00", "gzip": b"\x1f\x8b\x08\x00"}  # fmt: skip


@pytest.mark.parametrize("what", SENT)
def test_what_is_sent_as_a_file_is_never_run(world: World, own_folder: Path, what: str) -> None:
    client = as_worker(world, "kai", raise_request_exception=False)
    assert _upload(client, own_folder, "x.json", SENT[what]).status_code in (302, 422)
    for one in Import.objects.all():
        assert b"<svg onload" not in client.get(f"/import/{one.pk}").content


def test_only_safe_readers_of_yaml_and_no_reader_of_objects() -> None:
    """What could run a file is called nowhere in the program."""
    for path in sorted((ROOT / "vwazen").rglob("*.py")):
        text = path.read_text("utf-8")
        for word in ("pickle", "yaml.full_load", "yaml.unsafe", "marshal.", "shelve", "eval(", "exec(", "os.system(",
                     "shell=True"):  # fmt: skip
            assert not re.search(rf"(?<![\w.]){re.escape(word)}", text), (path, word)
        for loader in re.findall(r"yaml\.load\([^\n]*?(\w+)\)", text):
            base = re.search(rf"class {loader}\((.*)\):", text)
            assert base and base[1] in ('getattr(yaml, "CSafeLoader", yaml.SafeLoader)', "yaml.BaseLoader"), path


# words that are planted in everything


TAG, ATTRIBUTE, FORMULA = "<xss-tag>", "\"' xss-attribute='1", "=HYPERLINK(1)"
HOSTILE = f"{TAG}{ATTRIBUTE} {{{{7|add:7}}}}{{% now 'Y' %}}"


class Finder(HTMLParser):
    """What of a page is markup, as a browser reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("xss") or any(name.startswith("xss") for name, _ in attrs):
            self.wrong.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.wrong.append(f"{tag} {name}")

    handle_startendtag = handle_starttag


def plant(world: World) -> None:
    """Hostile words in every place where somebody may write: names, places, notes, plans, sites, workers, imports."""
    nia, kai, cid = world.nia, world.kai, world.people["cid"]
    for who in ("cid", "ben", "ann"):
        care.correct_registration(by=nia, person=world.people[who], name=HOSTILE + who, place=HOSTILE,
                                  phone=HOSTILE[:40], chosen_name=FORMULA + HOSTILE)  # fmt: skip
    chart = care.chart_of(cid)
    episode, risk = chart.open_episodes[0].id, chart.open_risks[0].id
    for body in (
        f.Note(text=HOSTILE), f.Treatment(name=HOSTILE, form="social", event="started", note=HOSTILE),
        f.Prescription(name=HOSTILE, strength=HOSTILE), f.Diagnosis(text=HOSTILE), f.Allergy(substance=HOSTILE),
        f.Measurement(what="other", text=HOSTILE, attention=True), f.PlanItem(part="goal", text=HOSTILE),
        f.RelatedPerson(name=HOSTILE, relation=HOSTILE), f.Question(text=HOSTILE),
        f.Referral(to="healer", to_name=HOSTILE, reason=HOSTILE), f.TeamMessage(text=HOSTILE, to=(str(kai.pk),)),
        f.Decision(episode=episode, proposal="gap", choice="deferred", reason=HOSTILE),
    ):  # fmt: skip
        say(world, "cid", "nia", body)
    safety.assess(by=nia, person=cid, risk=risk, answers={"intent": "yes"}, staying=HOSTILE, words=HOSTILE)
    safety.plan(
        by=nia, person=cid, risk=risk, signs=HOSTILE, helps=HOSTILE, people=HOSTILE, call=HOSTILE, means=HOSTILE
    )
    care.recommend(
        by=world.pia, person=cid, episode=episode, choice="continue", text=HOSTILE, owner=str(kai.pk), due=day(0)
    )
    say(world, "fay", "nia", f.DeathReview(cause=HOSTILE, suicide="no", lessons=HOSTILE))
    organisation.rename_site(by=world.ada, site=world.sites["bel-dlo"], name=HOSTILE)
    for one in (nia, kai):
        type(one).objects.filter(pk=one.pk).update(name=HOSTILE + one.username, phone=HOSTILE[:30])
    Import.objects.create(
        id="0" * 36, created=clock.now(), by=str(kai.pk), site="bel-dlo", title=HOSTILE, file="x", by_name=HOSTILE,
        path=world.sites["bel-dlo"].path, as_of=clock.today(), state=Import.UNDONE,
    )  # fmt: skip


def test_words_planted_everywhere_are_words_on_every_page(world: World) -> None:
    plant(world)
    chart = care.chart_of(world.people["cid"])
    known = {
        "person": world.people["cid"], "risk": chart.open_risks[0].id, "action": "ask", "instrument": "phq-9",
        "fact": chart.series["phq-9"].points[-1].fact.id, "code": "bel-dlo", "job": "0" * 36, "pk": str(world.wim.pk),
        "episode": chart.open_episodes[0].id, "proposal": "no-response", "item": f"contact:{world.people['ben']}",
        "entry": "0" * 64, "name": "first-review", "post": "1", "turn": "1", "referral": chart.referrals[0].id,
        "home": "planted", "area": "1", "outsider": str(world.wim.pk), "opened": "0", "erasure": "0",
        "device": str(world.wim.pk),
    }  # fmt: skip
    seen = 0
    for who in ("pia", "kai", "ada", "wim"):
        client = as_worker(world, who, raise_request_exception=False)
        pages = [route.address(known) for name, route in sorted(routes().items())
                 if set(route.params) <= set(known) and name not in ("sign-out", *MACHINES)]  # fmt: skip
        pages += [f"/people/{known['person']}?all=1&mend=1", "/today?whose=sites", "/review/tasks?whose=sites",
                  "/quality?kind=double", "/quality?kind=missing", "/register/print?expected=1", "/diary?whose=sites",
                  f"/people/{known['person']}/care-plan?someone=x", "/outcomes/people?group=enrolled"]  # fmt: skip
        for at in pages:
            answer = client.get(at)
            assert answer.status_code < 500, (who, at)
            if not answer.get("Content-Type", "").startswith("text/html"):
                continue
            html, finder = answer.content.decode(), Finder()
            finder.feed(html)
            assert not finder.wrong, (who, at, finder.wrong)
            assert "<xss" not in html, (who, at)
            assert not re.search(r"xss-attribute='1\s*(14|20\d\d)", html), "a template inside a word was carried out"
            seen += html.count("&lt;xss-tag&gt;")
    assert seen > 100, "the words were planted where they are shown"


def test_no_exported_cell_is_a_formula_and_no_line_of_the_log_is_broken(world: World, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    plant(world)
    client = as_worker(world, "kai")
    for form in ("csv", "xlsx"):
        for at in ("/exports/register", "/outcomes/export"):
            answer = client.post(at, {"format": form, "form": form, "site": "bel-dlo"})
            data = b"".join(answer) if answer.streaming else answer.content
            assert answer.status_code == 200, at
            assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer["Content-Disposition"]), "no word of a person"
            if form == "csv" or data[:2] != b"PK":
                cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
            else:
                book = load_workbook(io.BytesIO(data))
                every = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
                assert all(cell.data_type != "f" for cell in every)
                cells = [str(cell.value) for cell in every if cell.value is not None and cell.data_type == "s"]
            assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-[^\d.]", cell)], at
    for entry in AccessEntry.objects.all():
        assert "\n" not in entry.note and "xss" not in entry.note + entry.action + entry.purpose + entry.route
    assert "xss" not in caplog.text


# size


def test_too_much_is_refused_before_it_is_read(world: World) -> None:
    client = as_worker(world, "nia", raise_request_exception=False)
    at = f"/people/{world.people['cid']}/do/note"
    assert client.post(at, {"note-text": "x" * 5_000_000, "note-segment": "general"}).status_code == 400
    assert client.post(at, {f"f{at}": "x" for at in range(2000)}).status_code == 400
    many = client.post("/sign-in/", {"username": "u" * 100_000, "password": "p" * 100_000})
    assert many.status_code in (302, 422)
    assert client.get("/people?" + "a=1&" * 3000).status_code in (200, 400)


def test_a_page_that_breaks_says_nothing_of_the_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ValueError("secret-of-a-person SELECT * FROM record_fact")

    monkeypatch.setattr("vwazen.server.record.access.person", broken)
    answer = as_worker(world, "nia", raise_request_exception=False).get(f"/people/{world.people['cid']}")
    text = answer.content.decode()
    assert answer.status_code == 500
    for word in ("secret-of-a-person", "record_fact", "Traceback", "ValueError", "django", "vwazen/server", "Python"):
        assert word not in text
