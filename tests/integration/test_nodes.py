"""A clinic's laptop and a country's server: who is refused, and that both end with the same, whatever breaks."""

import gzip
import json
import random
import re
import socket
import sqlite3
import ssl
import sys
import urllib.error
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import run
from threading import Thread

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests import live
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server import lan
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.episodes import transfer
from vwazen.server.organisation.actions.addresses import MOST
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.actions import append, make_fact, make_id
from vwazen.server.record.erasing import erase
from vwazen.server.record.models import Erasure, Fact, Held, Person
from vwazen.server.sync.nodes import link, wire
from vwazen.server.sync.nodes.actions import above, below
from vwazen.server.sync.nodes.models import Below
from vwazen.server.sync.nodes.wire import (
    Answer,
    Ask,
    Enrol,
    Problem,
    Sealed,
    Unreachable,
    checked,
    packed,
    post,
    unpacked,
)

pytestmark = pytest.mark.django_db


def invited(world: World, site: str = "bel-dlo") -> tuple[Below, str]:
    """A node that has joined, and its key."""
    answer = below.enrol(code=below.invite(by=world.ada, name="Laptop (invented)", site=site))
    return Below.objects.get(pk=answer.node), f"{answer.node}.{answer.token}"


def sent(client: Client, message: msgspec.Struct, token: str = "", at: str = "/sync/node/") -> tuple[int, bytes]:
    heads = GZIP | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = client.post(at, packed(message), content_type="application/json", headers=heads)  # type: ignore[arg-type]
    return answer.status_code, unpacked(answer.content)


EMPTY = Ask(synthetic=False, after=0, upto=0)
GZIP = {"Content-Encoding": "gzip"}


# who is refused


def test_only_who_manages_sites_there_invites_and_ends(world: World) -> None:
    for who in ("sue", "pia", "nia", "kai", "wim", "ola", "otto"):
        with pytest.raises(Refused):
            below.invite(by=getattr(world, who), name="x", site="bel-dlo")
    node, _ = invited(world)
    with pytest.raises(Refused):
        below.end(by=world.nia, node=node.pk)
    for who in ("nia", "sue"):
        client = Client()
        client.force_login(getattr(world, who))
        assert client.get("/nodes").status_code == 403
    assert Client().get("/nodes").status_code == 302


def test_a_wrong_an_old_a_used_and_an_ended_key_are_refused_and_logged(world: World) -> None:
    client = Client()
    status, body = sent(client, EMPTY)
    assert status == 401 and "not known" in msgspec.json.decode(body, type=Problem).says
    node, token = invited(world)
    assert sent(client, EMPTY, token[:-1] + ("0" if token[-1] != "0" else "1"))[0] == 401
    assert sent(client, EMPTY, f"{make_id()}.{token.partition('.')[2]}")[0] == 401
    assert sent(client, EMPTY, token)[0] == 200
    below.end(by=world.ada, node=node.pk)
    assert sent(client, EMPTY, token)[0] == 401
    code = below.invite(by=world.ada, name="Another", site="bel-dlo")
    assert sent(client, Enrol(code=code), at="/sync/node/enrol")[0] == 200
    assert sent(client, Enrol(code=code), at="/sync/node/enrol")[0] == 401  # once
    late = below.invite(by=world.ada, name="Late", site="bel-dlo")
    Below.objects.filter(name="Late").update(code_ends=timezone.now())
    assert sent(client, Enrol(code=late), at="/sync/node/enrol")[0] == 401
    refused = AccessEntry.objects.filter(outcome="refused")
    assert refused.filter(action="node-exchange").exists() and refused.filter(action="node-enrol").exists()


def test_what_cannot_be_read_is_answered_with_a_sentence(world: World) -> None:
    _, token = invited(world)
    heads = GZIP | {"Authorization": f"Bearer {token}"}
    for body in (b"", b"nonsense", gzip.compress(b"{}"), gzip.compress(b'{"v":1}')[:-4]):
        answer = Client().post("/sync/node/", body, content_type="application/json", headers=heads)
        assert answer.status_code in (400, 409)
        assert msgspec.json.decode(unpacked(answer.content), type=Problem).says.endswith(".")
    bomb = gzip.compress(b"0" * 50_000_000)
    assert Client().post("/sync/node/", bomb, content_type="application/json", headers=heads).status_code == 409


def test_many_wrong_codes_and_keys_from_one_place_are_no_longer_looked_at_or_logged(world: World) -> None:
    cache.clear()
    _, token = invited(world)
    client, right = Client(), below.invite(by=world.ada, name="Another", site="bel-dlo")
    for _ in range(MOST):
        assert sent(client, Enrol(code="wrong"), at="/sync/node/enrol")[0] == 401
    status, body = sent(client, Enrol(code=right), at="/sync/node/enrol")
    assert status == 401 and "quarter of an hour" in msgspec.json.decode(body, type=Problem).says
    for _ in range(MOST):
        assert sent(client, EMPTY, f"{make_id()}.wrong")[0] == 401
    logged = AccessEntry.objects.filter(action="node-exchange", outcome="refused").count()
    assert sent(client, EMPTY, f"{make_id()}.wrong")[0] == 429
    assert AccessEntry.objects.filter(action="node-exchange", outcome="refused").count() == logged
    assert sent(client, EMPTY, token)[0] == 200, "a right key is taken whatever came before it"
    cache.clear()


ELSEWHERE = (
    "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "http://localhost.evil.example",
    "http://localhost@evil.example", "http://localhost:8000@evil.example/", "http://[::1].evil.example",
    "http://127.0.0.1\\.evil.example", "http://127.0.0.1%2eevil.example", "http://10.0.0.4", "http://0.0.0.0",
    "http://2130706433", "http://evil.example#http://127.0.0.1", "https://key@vwazen.example", "https://",
    "https://vwazen.example:port", "https://vwazen.example?to=there", "https://vwazen.example\u202e", "//localhost",
    "ftp://localhost", "file:///etc/hosts", "localhost:8000", "",
)  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_key_goes_over_https_or_stays_on_this_machine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("vwazen.server.sync.nodes.wire._opener")  # nothing is even begun
    with pytest.raises(Invalid):
        post(address, EMPTY, token="n.secret")
    with pytest.raises(Invalid):
        above.join(address=address, code="x")


@pytest.mark.parametrize(
    "address", ["https://vwazen.example", "https://10.0.0.4:8000/there", "http://127.0.0.1:8000", "http://127.8.9.1",
                "http://[::1]:8000", "http://LOCALHOST:8000"],
)  # fmt: skip
def test_these_are_addresses_of_nodes(address: str) -> None:
    assert checked(f" {address} ") == address


def test_who_sends_a_node_elsewhere_gets_no_key_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    class Away(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.headers.get("Authorization", "")))
            self.send_response(int(self.path.strip("/")))
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/there")
            self.end_headers()

        do_GET = do_POST  # noqa: N815  as the library calls it

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Away)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nor does what is not encrypted go by way of a proxy
    try:
        for code in (301, 302, 303, 307, 308):
            with pytest.raises(Unreachable, match=str(code)):
                post(f"http://127.0.0.1:{server.server_port}/{code}", EMPTY, token="n.secret")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == [(f"/{code}", "Bearer n.secret") for code in (301, 302, 303, 307, 308)]


HEAD = b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize("said", [b"", b"HTTP/1", b"nonsense\r\n\r\n", HEAD, HEAD + packed(EMPTY)[:-5]])
def test_an_answer_that_breaks_off_is_no_answer(said: bytes) -> None:
    class Dying(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(said)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Dying)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(Unreachable):
            post(f"http://127.0.0.1:{server.server_port}/", EMPTY)
    finally:
        server.shutdown()
        server.server_close()


def test_invented_and_real_people_are_never_put_together(world: World) -> None:
    node, _ = invited(world)
    with pytest.raises(Invalid, match="invented"):
        below.exchange(node=node, ask=msgspec.structs.replace(EMPTY, synthetic=True))


def test_what_is_about_people_of_other_sites_is_held_for_a_person(world: World) -> None:
    """Also where it speaks of a danger: it is not lost, and stands where dangers stand."""
    elsewhere = care.register(by=world.otto, site="savann", name="Away Someone")
    node, _ = invited(world)
    worried = make_fact(by=world.wim, person=elsewhere, site="bel-dlo", body=f.Concern(trigger="worker"))
    other = make_fact(by=world.otto, person=make_id(), site="savann", body=f.Registration(name="Not theirs"))
    ask = Ask(synthetic=False, after=0, upto=1, facts=tuple(msgspec.Raw(f.encode(one)) for one in (worried, other)))
    below.exchange(node=node, ask=ask)
    held = Held.objects.filter(code="node.foreign")
    assert held.count() == 2 and held.get(person=elsewhere).safety
    assert not Fact.objects.filter(pk__in=[worried.id, other.id]).exists()


# whatever breaks, both end with the same


class Child:
    """A node below, with sets in the place of a database: what it has, and how far it says it is."""

    def __init__(self, node: Below) -> None:
        self.node, self.facts, self.batches = node, dict[str, bytes](), list[tuple[list[str], bool]]()
        self.sent, self.got, self.seals = 0, "", 0

    def say(self, facts: list[f.Fact], *, theirs: bool = False) -> None:
        fresh = [one.id for one in facts if one.id not in self.facts]
        self.facts |= {one.id: f.encode(one) for one in facts}
        if fresh:
            self.batches.append((fresh, theirs))

    def talk(self, *, lost: str = "") -> bool:
        """One question; `lost` on the way there ("ask") or back ("answer"). Whether there is more to say."""
        self.seals += 1
        upto = min(self.sent + 3, len(self.batches))
        ours = [one for ids, theirs in self.batches[self.sent : upto] if not theirs for one in ids]
        ask = Ask(
            synthetic=False, after=self.sent, upto=upto, facts=tuple(msgspec.Raw(self.facts[one]) for one in ours),
            seal=Sealed(number=self.seals, chain="c" * 64), got=self.got,
        )  # fmt: skip
        if lost == "ask":
            return True
        answer = below.exchange(node=Below.objects.get(pk=self.node.pk), ask=ask)
        again = msgspec.json.decode(msgspec.json.encode(answer), type=Answer)
        if lost == "answer":
            return True
        self.say([f.decode(one) for one in again.facts], theirs=True)
        self.sent, self.got = again.taken, again.got
        return again.more or self.sent < len(self.batches)

    def finish(self) -> None:
        for _ in range(200):
            if not self.talk():
                return
        raise AssertionError("they never come to an end")


def everything(people: set[str]) -> dict[str, bytes]:
    return {fact.id: f.encode(fact) for facts in store.facts_of(sorted(people)).values() for fact in facts}


@pytest.mark.parametrize("seed", range(6))
def test_they_converge_whatever_is_lost_and_whoever_comes_and_goes(world: World, seed: int) -> None:
    chance = random.Random(seed)
    node, _ = invited(world)
    child = Child(node)
    here = list(Person.objects.filter(path="ht/centre/bel-dlo/").values_list("pk", flat=True))
    away = [care.register(by=world.otto, site="savann", name=f"Away {n} Someone") for n in range(3)]
    never = care.register(by=world.otto, site="savann", name="Never Someone")
    news: list[str] = []

    def noted(by: Worker, person: str, site: str) -> f.Fact:
        body = chance.choice((f.Encounter(mode="home"), f.Note(text="x"), f.Concern(trigger="told", text="x")))
        return make_fact(by=by, person=person, site=site, body=body)

    def at_parent() -> None:
        append([noted(world.nia, chance.choice(here), "bel-dlo") for _ in range(chance.randint(1, 3))])

    def elsewhere() -> None:
        append([noted(world.otto, chance.choice([*away, never]), "savann")])

    def at_child() -> None:
        child.say([noted(world.wim, chance.choice([*here, *news]), "bel-dlo")])

    def new_at_child() -> None:
        person = make_id()
        news.append(person)
        child.say([make_fact(by=world.wim, person=person, site="bel-dlo", body=f.Registration(name="New Someone"))])

    def comes() -> None:
        """Somebody moves here: they are taken into care at this site."""
        person = chance.choice(away)
        append([make_fact(by=world.nia, person=person, site="bel-dlo", body=f.Registration(name="Came Someone"))])

    def talks() -> None:
        child.talk(lost=chance.choice(("", "", "ask", "answer")))

    def restored() -> None:
        """The node above forgets how far the child was: a backup was put back there."""
        Below.objects.filter(pk=node.pk).update(taken=0)

    acts: list[Callable[[], None]] = [at_parent, elsewhere, at_child, new_at_child, comes, talks, talks, restored]
    for _ in range(40):
        chance.choice(acts)()
    child.finish()
    inside = set(Person.objects.filter(path__startswith=node.path).values_list("pk", flat=True)) | set(here) | set(news)
    assert {one: child.facts.get(one) for one in everything(inside)} == everything(inside)
    assert set(child.facts) == set(everything(inside))  # and nothing of anybody else
    assert not Held.objects.exists()
    told = len(child.batches)
    child.talk()
    assert len(child.batches) == told  # nothing comes twice


def test_who_leaves_is_told_once_and_nothing_after_that_goes_down(world: World) -> None:
    person = world.people["ben"]
    node, _ = invited(world)
    child = Child(node)
    child.finish()
    left = transfer(by=world.pia, person=person, site="savann", owner=str(world.otto.pk), agreed=True)
    assert not Person.objects.get(pk=person).path.startswith(node.path)
    child.talk(lost="answer")
    child.finish()
    assert left.id in child.facts
    later = make_fact(by=world.otto, person=person, site="savann", body=f.Note(text="Not for them"))
    append([later])
    child.finish()
    assert later.id not in child.facts


def test_who_leaves_amid_other_news_is_told_of_up_to_the_word_that_says_so(world: World) -> None:
    """All of it between two contacts: rows say only that they are elsewhere now."""
    person = world.people["ben"]
    node, _ = invited(world)
    child = Child(node)
    child.finish()
    before = say(world, "ben", "nia", f.Encounter(mode="home"))
    left = transfer(by=world.pia, person=person, site="savann", owner=str(world.otto.pk), agreed=True)
    after = make_fact(by=world.otto, person=person, site="savann", body=f.Note(text="Not for them"))
    append([after])
    child.talk(lost="answer")
    child.finish()
    assert before.id in child.facts and left.id in child.facts and after.id not in child.facts
    transfer(by=world.pia, person=person, site="bel-dlo", owner=str(world.kai.pk), agreed=True)
    child.finish()
    assert {one for one, _ in everything({person}).items()} <= set(child.facts), "who comes back comes whole"


def test_a_backup_put_back_below_makes_it_bring_everything_again(world: World) -> None:
    node, _ = invited(world)
    child = Child(node)
    for n in range(5):
        child.say(
            [make_fact(by=world.wim, person=make_id(), site="bel-dlo", body=f.Registration(name=f"N{n} Someone"))]
        )
        child.talk()
    child.finish()
    old = Child(node)  # as of long ago: its batches are numbered anew
    new = make_fact(by=world.wim, person=make_id(), site="bel-dlo", body=f.Registration(name="After Someone"))
    old.say([new])
    old.finish()
    assert Fact.objects.filter(pk=new.id).exists()
    assert AccessEntry.objects.filter(action="node-restored").exists()


def test_a_backup_put_back_above_makes_all_go_down_again(world: World) -> None:
    node, _ = invited(world)
    child = Child(node)
    child.finish()
    child.facts.clear()
    child.batches.clear()
    child.sent, child.got = 0, re.sub(r":[0-9a-f]{12}$", ":000000000000", child.got)  # a past that is no more
    child.finish()
    here = set(Person.objects.filter(path__startswith=node.path).values_list("pk", flat=True))
    assert set(everything(here)) <= set(child.facts)


def test_a_record_that_is_erased_above_is_told_to_the_nodes_that_hold_it_and_to_no_other(world: World) -> None:
    node, _ = invited(world)
    other, _ = invited(world, "savann")
    child = Child(node)
    child.finish()
    Child(other).finish()
    person = world.people["dan"]
    row = Erasure.objects.create(id=make_id(), person=person, path=node.path, ground="asked", asked=timezone.now(),
                                 asked_by=str(world.ada.pk), asked_by_name="Ada")  # fmt: skip
    erase(by=world.ada, erasure=row)
    told = below.exchange(node=Below.objects.get(pk=node.pk), ask=EMPTY).gone
    assert [(one.person, one.erasure) for one in told] == [(person, row.pk)]
    assert not below.exchange(node=Below.objects.get(pk=other.pk), ask=EMPTY).gone
    known = msgspec.structs.replace(EMPTY, erased=told[0].number)
    assert not below.exchange(node=Below.objects.get(pk=node.pk), ask=known).gone


def test_the_page_shows_how_each_stands_and_the_code_once(world: World) -> None:
    client = Client()
    client.force_login(world.ada)
    assert "No node belongs to this one" in client.get("/nodes").content.decode()
    answer = client.post("/nodes", {"do": "invite", "name": "Laptop (invented)", "site": "bel-dlo"}).content.decode()
    code = re.search(r"vwazen node join \S+ ([a-z0-9-]+)", re.sub(r"<[^>]+>", "", answer))
    assert code and code[1] not in client.get("/nodes").content.decode()
    assert client.post("/nodes", {"do": "invite", "name": "", "site": "bel-dlo"}).status_code == 400
    assert client.post("/nodes", {"do": "invite", "name": "x", "site": "nowhere"}).status_code == 400
    child = Child(Below.objects.get(pk=below.enrol(code=code[1]).node))
    child.finish()
    assert "1: cccccccccccc" in (page := client.get("/nodes").content.decode()) or "cccccccccccc" in page
    client.post("/nodes", {"do": "end", "node": child.node.pk})
    assert "ended" in client.get("/nodes").content.decode()
    again = client.post("/nodes", {"do": "end", "node": child.node.pk}, follow=True).content.decode()
    assert "ended before" in again and "The node is ended" not in again
    assert "Bèl Dlo" in again, "people are of a site with a name"
    assert AccessEntry.objects.filter(action="node-end", worker_id=world.ada.pk).exists()


def test_what_the_node_above_says_of_workers_is_taken_and_nothing_is_deleted(world: World) -> None:
    node, _ = invited(world)
    said = below.organisation_of(node)
    assert {one.username for one in said.workers if one.password} == {"nia", "kai", "wim", "psy", "ola"}
    assert {one.username for one in said.workers if not one.password} <= {"sue", "pia", "ada", "max"}
    before = Worker.objects.count()
    above.take_organisation(said)
    assert Worker.objects.count() == before


def test_tries_grow_further_apart() -> None:
    assert link.pause(0) <= link.EVERY
    assert link.pause(4) > link.EVERY and link.pause(50) <= link.LONGEST


# two real nodes

RECORD = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from tests.world import phq9
from vwazen.server.care import actions as care
from vwazen.server.organisation.models import Worker
by = Worker.objects.get(username=sys.argv[1])
name, total, ninth = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
person = care.register(by=by, site="bel-dlo", name=name, born="1990")
care.answer(by=by, person=person, instrument="phq-9", answers=phq9(total, ninth=ninth))
print(person)
"""

ERASE = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, erasing
from vwazen.server.record.models import Erasure
by = Worker.objects.get(username="ada")
row = Erasure.objects.create(id="e1", person=sys.argv[1], path="ht/centre/bel-dlo/", ground="asked",
                             asked_by=str(by.pk), asked_by_name="x", asked=clock.now())
erasing.erase(by=by, erasure=row)
erasing.scrub()
"""


def recorded(at: live.Node, who: str, name: str, total: int, ninth: int = 0) -> str:
    done = run([sys.executable, "-c", RECORD, who, name, str(total), str(ninth)], env=at.environment, cwd=live.ROOT,
               capture_output=True, text=True, check=True)  # fmt: skip
    return done.stdout.strip()


def rows(at: live.Node, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(at.home / "vwazen.sqlite3") as database:
        return sorted(database.execute(statement).fetchall())


FACTS = "SELECT id, data FROM record_fact WHERE person IN (SELECT id FROM record_person WHERE path LIKE '%bel-dlo/')"
ITEMS = "SELECT person, kind, reason, due FROM record_open_item WHERE path LIKE '%bel-dlo/'"


def test_the_certificate_is_taken_as_phones_fetch_it_and_why_nobody_answers_is_said(tmp_path: Path) -> None:
    """`/phone/trust` gives DER; before, it was read as text and refused with words about a codec."""
    lan.prepare(tmp_path, ["127.0.0.1"], timezone.now())
    der = lan.authority(tmp_path)
    text = wire.certificate(der or b"")
    assert "BEGIN CERTIFICATE" in text and wire.certificate(text.encode()) == text
    for wrong in (b"", b"code: k46e", b"-----BEGIN CERTIFICATE-----\nx\n", b"\x30\x82\x00"):
        with pytest.raises(Invalid, match="holds no certificate"):
            wire.certificate(wrong)
    with pytest.raises(Unreachable, match="nothing answers at this address and port"):
        wire.post("https://127.0.0.1:1", Ask(synthetic=True, after=0, upto=0))
    said = [wire._why(one) for one in (
        urllib.error.URLError(ssl.SSLCertVerificationError(1, "x")), urllib.error.URLError(ssl.SSLError(1, "x")),
        urllib.error.URLError(socket.gaierror(1, "x")), TimeoutError(), ValueError("x"))]  # fmt: skip
    assert "--authority" in said[0] and "HTTPS" in said[1] and "name" in said[2] and "in time" in said[3]
    assert said[4] == "ValueError"


@pytest.mark.once
def test_a_laptop_and_a_server_with_a_broken_link(tmp_path: Path) -> None:
    """The laptop works while the server is gone, and the other way round; either is killed; both end with the same."""
    with live.node() as server:
        made = server.run("node", "invite", "Laptop (invented)", "--site", "bel-dlo", "--by", "ada", "--json")
        code = json.loads(made)["code"]
        laptop = live.Node.__new__(live.Node)
        laptop.home = tmp_path
        laptop.environment = {**server.environment, "VWAZEN_HOME": str(tmp_path)}
        laptop.run("node", "join", server.url, code)
        assert rows(laptop, FACTS) == rows(server, FACTS) and rows(laptop, FACTS)
        assert rows(laptop, ITEMS) == rows(server, ITEMS)
        server.stop(hard=True)
        danger = recorded(laptop, "wim", "Cut Off Someone", 17, ninth=2)
        with pytest.raises(RuntimeError, match="could not be reached"):
            laptop.run("node", "sync")
        assert json.loads(_status(laptop))["not_yet_sent"] >= 2
        server.start()
        other = recorded(server, "nia", "Meanwhile Someone", 9)
        laptop.run("node", "sync")
        laptop.run("node", "sync")
        for one in (danger, other):
            assert any(one in str(row) for row in rows(laptop, "SELECT person FROM record_fact"))
            assert any(one in str(row) for row in rows(server, "SELECT person FROM record_fact"))
        assert rows(laptop, FACTS) == rows(server, FACTS)
        assert rows(laptop, ITEMS) == rows(server, ITEMS)
        assert any(danger == row[0] for row in rows(server, ITEMS))  # the danger told offline stands on its lists
        assert json.loads(_status(laptop))["not_yet_sent"] == 0
        run([sys.executable, "-c", ERASE, other], env=server.environment, cwd=live.ROOT, check=True)
        laptop.run("node", "sync")
        for where in (laptop, server):
            assert not any(other in str(row) for row in rows(where, "SELECT person FROM record_fact"))
        assert b"Meanwhile Someone" not in (laptop.home / "vwazen.sqlite3").read_bytes()
        assert "checked, all hold" in laptop.run("seal", "--verify") and "all hold" in server.run("seal", "--verify")


def _status(at: live.Node) -> str:
    done = run([sys.executable, "-m", "vwazen", "node", "status", "--json"], env=at.environment, cwd=live.ROOT,
               capture_output=True, text=True, check=False)  # fmt: skip
    return done.stdout
