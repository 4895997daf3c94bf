"""A stolen phone, and a broken one: whatever is sent, the server answers, nothing out of scope is told or written, and
what was tried is on record."""

import gzip
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client

from bench.crowd import Phone as Lean
from tests.phones import Json, Phone, read
from tests.tries import NIGHTLY
from tests.world import World
from vwazen.clinical import facts as f
from vwazen.clinical.facts import KINDS
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.organisation.actions import devices
from vwazen.server.record import store
from vwazen.server.record.models import Fact, Held, Person
from vwazen.server.sync import views, wire
from vwazen.server.sync.kinds import RIGHT
from vwazen.server.sync.nodes.actions import below
from vwazen.server.sync.nodes.models import Below
from vwazen.server.sync.nodes.wire import Ask, packed, unpacked

pytestmark = pytest.mark.django_db
DEEP = 20_000
# What a field may not be, or may be and should not hurt.
NASTY: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63 - 1, 2**63, 10**400, -(10**30), 1e308, 0.5, "", " ", "x" * 400, "y" * 70_000, "\0",
    "a\0b", "a/b", "../../x", "?#%2f", "<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE record_fact; --",
    "\u202e\u0007\n\r", "٣", "²", "2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-11-22T10:00:00+99:99", [], [[]], ["\0"], [1, "x", None], {}, {"\0": "\0"}, {"kind": "note"}, {"a": {"b": []}},
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_wrong_keys_yet(settings: Any) -> None:
    cache.clear()
    settings.PHONE_ASKS = 1_000_000  # tried in one minute what a thief would try in days


@pytest.fixture
def far(world: World) -> str:
    """Somebody at a site where Wim does not work."""
    return care.register(by=world.otto, site="savann", name="Zebulon Farawayname")


def sent(phone: Phone, body: bytes, **headers: str) -> Any:
    """One request with exactly these bytes."""
    heads = {"Authorization": f"Bearer {phone.device}.{phone.token}"} | headers
    return phone.client.post("/sync/", body, content_type="application/json", headers=heads)  # type: ignore[arg-type]


def exchange(phone: Phone, facts: list[Any], **more: Any) -> Any:
    """One request with these facts, whatever they are."""
    body = {"v": 1, "now": "2026-11-22T10:00:00Z", "turn": phone.turn, "facts": facts} | more
    return sent(phone, gzip.compress(json.dumps(body).encode()), **{"Content-Encoding": "gzip"})


def pages_stand(world: World) -> None:
    """Every list on which something of a phone stands opens for those who work with it."""
    of_one = ("", "/risk", "/visit", "/plan", "/care-plan", "/medicines", "/review", "/ask", "/refer", "/trace")
    charts = [f"/people/{world.people[one]}{page}" for one in ("ann", "ben", "cid") for page in of_one]
    lists = ["/", "/people", "/people?q=nasty", "/caseload", "/risk", "/today", "/today/put-off", "/diary", "/quality",
             "/unassigned", "/triage", "/review", "/review/tasks", "/refills", "/referrals", "/deaths"]  # fmt: skip
    for who, pages in (("nia", [*lists, *charts]), ("kai", ["/held", *lists]), ("psy", ["/held", *lists, *charts]),
                       ("wim", lists)):  # fmt: skip
        client = Client()
        client.force_login(world.workers[who])
        for page in pages:
            assert client.get(page).status_code in (200, 302, 403), (who, page)
        if who != "kai":
            continue
        for pk in Held.objects.values_list("pk", flat=True)[:200]:
            assert client.get(f"/held/{pk}").status_code in (200, 403, 404), Held.objects.get(pk=pk).raw[:300]


# broken phones


def requests(phone: Phone) -> Iterator[bytes]:
    """Bodies of which none is a request, and requests of which one field is wrong."""
    yield from (b"", b"\0", b"\xff\xfe\x00", b"{", b"[]", b'"x"', b"5", b"NaN", b"null", b"{}", b"[" * DEEP)
    yield b"[" * DEEP + b"]" * DEEP
    yield b'{"v":1,"now":"","x":' + b"[" * DEEP + b"]" * DEEP + b"}"
    yield b'{"v":1,"now":"","facts":[' + b"[" * DEEP + b"]" * DEEP + b"]}"
    yield b'{"v":1,"now":"","facts":[' + b'{"body":' * DEEP + b"1" + b"}" * DEEP + b"]}"
    yield b'{"v":1,"now":"","turn":' + b"9" * 5_000 + b"}"
    yield b'{"v":1,"now":"","facts":[' + b"0," * 300_000 + b"0]}"
    yield b'{"v":1,"now":"\\ud800","facts":["\\ud800"]}'
    whole = {"v": 1, "now": "2026-11-22T10:00:00Z", "turn": phone.turn, "facts": []}
    for name in wire.SyncRequest.__struct_fields__:
        for value in NASTY:
            yield json.dumps(whole | {name: value}).encode()


def test_nothing_that_a_broken_phone_says_breaks_the_server(world: World, phone: Phone) -> None:
    before = Fact.objects.count(), Person.objects.count()
    for body in requests(phone):
        answer = sent(phone, gzip.compress(body, 1), **{"Content-Encoding": "gzip"})
        assert answer.status_code in (200, 400, 413), (answer.status_code, body[:200])
        said = read(answer)
        assert "turn" in said or "Nothing was lost" in said["says"] or "at a time" in said["says"]
    assert (Fact.objects.count(), Person.objects.count()) == before
    phone.turn = 0
    phone.sync()
    assert world.people["ben"] in phone.briefs, "it goes on as if nothing had been"
    assert phone.turn < 2**53, "a number that a phone can count with"


def test_what_unpacks_to_more_than_is_read_is_never_unpacked(world: World, phone: Phone) -> None:
    bombs = [gzip.compress(b"\0" * 60_000_000, 9), gzip.compress(gzip.compress(b" " * 20_000_000)),
             gzip.compress(b"{}") * 20_000, b"x" * (views.MOST_SENT + 1)]  # fmt: skip
    for bomb in bombs:
        for packing in ("gzip", "GZIP", "gzip, gzip", "deflate", "br", ""):
            answer = sent(phone, bomb, **{"Content-Encoding": packing})
            assert answer.status_code in (400, 413), packing
    answer = Client().post("/sync/enrol", bombs[0], content_type="x", headers={"Content-Encoding": "gzip"})
    assert answer.status_code in (401, 413)


@pytest.mark.parametrize("path", ["/sync/enrol", "/sync/node/enrol", "/sync/node/"])
def test_doors_for_strangers_stand_whatever_comes(world: World, path: str) -> None:
    client = Client(raise_request_exception=False)
    bodies = [b"", b"{", b"[" * DEEP, b'{"code":' + b"[" * DEEP, *(
        json.dumps(body).encode() for value in NASTY for body in (
            {"code": value}, {"code": "x", "name": value}, {"v": value, "code": "x"}, value))]  # fmt: skip
    for body in bodies:
        for data in (body, gzip.compress(body)):
            answer = client.post(path, data, content_type="application/json", headers={"Content-Encoding": "gzip"})
            assert answer.status_code in (400, 401, 409, 413, 429), (answer.status_code, body[:200])


def test_a_phone_may_be_called_anything(world: World) -> None:
    for value in NASTY:
        code = devices.make_code(by=world.sue, worker=world.wim).code
        answer: Any = Client(raise_request_exception=False).post(
            "/sync/enrol", json.dumps({"code": code, "name": value}), content_type="application/json"
        )
        assert answer.status_code == (200 if isinstance(value, str) else 401), value
    client = Client()
    client.force_login(world.sue)
    assert client.get(f"/workers/{world.wim.pk}/phones/").status_code == 200


def bodies_of(kind: str) -> Iterator[Json]:
    """What a body of this kind may look like, each time with one field that is none."""
    struct = KINDS[kind]
    plain: Json = {"kind": kind}
    for field in msgspec.structs.fields(struct):
        if field.required:
            plain[field.name] = "x"
    yield plain
    for field in msgspec.structs.fields(struct):
        for value in NASTY:
            yield plain | {field.name: value}


def entries(world: World, phone: Phone, chosen: random.Random) -> list[Json]:
    """Facts of one's own people and of others, of every kind, each with something wrong."""
    people = [world.people[one] for one in ("ben", "cid", "ann")]

    def fact(**more: Any) -> Json:
        made = json.loads(f.encode(phone.fact(chosen.choice(people), f.Encounter(mode="home"))))
        return made | more  # type: ignore[no-any-return]

    found = [fact(**{name: value}) for name in f.Fact.__struct_fields__ for value in NASTY]
    found += [fact(body=body) for kind in KINDS for body in bodies_of(kind)]
    for value in NASTY:
        if isinstance(value, str) and 0 < len(value) <= 36:  # somebody new, and a danger, under an id that is none
            found.append(fact(person=value, body={"kind": "registration", "name": "Nasty Newcomer"}))
            found.append(fact(id=value, body={"kind": "concern", "trigger": "worker", "text": "x"}))
            found.append(fact(id="_" + value, body={"kind": "referral", "to": "hospital", "to_name": "x"}))
    return found


def test_every_entry_however_wrong_gets_a_receipt_and_no_page_breaks(world: World, phone: Phone, far: str) -> None:
    chosen = random.Random(6)
    many = entries(world, phone, chosen)
    many = many if NIGHTLY else chosen.sample(many, 100) + [one for one in many if "Nasty" in str(one)]
    before = Fact.objects.filter(person=far).count()
    for start in range(0, len(many), 100):
        part = many[start : start + 100]
        answer = exchange(phone, part)
        if answer.status_code == 413:  # seventy thousand characters, a few times
            for one in part:
                assert exchange(phone, [one]).status_code == 200, str(one)[:300]
            continue
        assert answer.status_code == 200, [str(one)[:200] for one in part if exchange(phone, [one]).status_code != 200]
        said = read(answer)["receipts"]
        assert len(said) == len(part) and {status for _, status, _ in said} <= {"new", "again", "held"}
    assert Fact.objects.filter(person=far).count() == before
    stored = [f.decode(bytes(data)) for data in Fact.objects.values_list("data", flat=True)]
    assert {one.kind for one in stored if one.device == phone.device} <= set(RIGHT)
    assert not Held.objects.filter(code="phone.broken").exists(), Held.objects.filter(code="phone.broken")[0].raw[:400]
    pages_stand(world)


# stolen phones


def test_nothing_about_people_elsewhere_is_told_to_who_holds_the_token(world: World, phone: Phone, far: str) -> None:
    registered = Fact.objects.get(person=far, kind="registration").id
    nia, otto = str(world.nia.pk), str(world.otto.pk)
    ben = world.people["ben"]
    tries = [
        phone.fact(far, f.Encounter(mode="home")),
        phone.fact(far, f.Encounter(mode="home"), site="savann"),
        phone.fact(far, f.Registration(name="Stolen")),
        phone.fact(far, f.Registration(name="Stolen"), amends=registered),
        phone.fact(ben, f.Retraction(reason="x"), retracts=registered),
        phone.fact(far, f.Retraction(reason="x"), retracts=registered, id=registered),
        phone.fact(ben, f.Encounter(mode="home"), id=registered),
        phone.fact(ben, f.Encounter(mode="home"), author=otto),
        phone.fact(ben, f.Encounter(mode="home"), author=nia, device="server"),
        phone.fact(ben, f.Merge(into=far)), phone.fact(far, f.Merge(into=ben)),
        phone.fact(ben, f.Owner(owner=str(world.wim.pk))), phone.fact(far, f.Owner(owner=str(world.wim.pk))),
        phone.fact(ben, f.Consent(segment="mental-health", granted=True)),
        phone.fact(ben, f.Encounter(mode="home")),
    ]  # fmt: skip
    theirs = list(Fact.objects.filter(person=far).values_list("id", flat=True))
    answers = [exchange(phone, [json.loads(f.encode(one))]) for one in tries]
    answers += [exchange(phone, [], turn=turn) for turn in (0, -1, 10**6)]
    answers.append(phone.client.get("/sync/content", headers={"Authorization": f"Bearer {phone.device}.{phone.token}"}))
    for answer in answers:
        assert answer.status_code == 200
        data = answer.content
        text = (gzip.decompress(data) if answer.headers.get("Content-Encoding") == "gzip" else data).decode()
        assert "Farawayname" not in text and nia not in json.dumps(read(answer).get("briefs", []))
    assert list(Fact.objects.filter(person=far).values_list("id", flat=True)) == theirs
    assert care.chart_of(far).name == "Zebulon Farawayname" and care.chart_of(ben).name == "Ben Course"
    states = [read(answer)["receipts"][0][1] for answer in answers[: len(tries)]]
    one = phone.fact(ben, f.Registration(name="Ben Course", place="by the well"), amends=registered)
    exchange(phone, [json.loads(f.encode(one))])
    assert care.chart_of(far).name == "Zebulon Farawayname" and care.chart_of(ben).name == "Ben Course"
    assert states == ["held"] * (len(tries) - 1) + ["new"], states
    client = Client()
    client.force_login(world.kai)  # she mends what is held at Bèl Dlo, and knows nobody at Savann Wòch
    page = client.get("/held").content.decode()
    for pk in Held.objects.values_list("pk", flat=True):
        page += client.get(f"/held/{pk}").content.decode()
    assert "Farawayname" not in page
    assert AccessEntry.objects.filter(action="sync", worker_id=str(world.wim.pk)).count() >= len(tries)


def test_a_key_opens_only_the_door_it_was_made_for(world: World, phone: Phone) -> None:
    made = below.enrol(code=below.invite(by=world.ada, name="Laptop (invented)", site="bel-dlo"))
    node, token = f"{made.node}.{made.token}", f"{phone.device}.{phone.token}"
    ask = packed(Ask(synthetic=False, after=0, upto=0))
    wrong = [node, f"{phone.device}.{made.token}", f"{made.node}.{phone.token}", phone.token, f".{phone.token}", ".",
             "", f"{phone.device}.", f"{phone.device}.{phone.token}x", f"{phone.device.upper()}.{phone.token[:-1]}",
             f"{{{phone.device}}}.x", f"{phone.device}.{phone.token}" * 40, "é.ü", "\u0660" * 36 + ".x"]  # fmt: skip
    client = Client(raise_request_exception=False)
    for key in wrong:
        for scheme in ("Bearer ", "Basic ", "", "Bearer\t"):
            heads = {"Authorization": scheme + key}
            answer: Any = client.post("/sync/", phone.request([]), content_type="application/json", headers=heads)
            assert answer.status_code in (401, 429), (key, answer.status_code)
            assert client.get("/sync/content", headers=heads).status_code in (401, 429)
    for key in (token, f"{made.node}.{phone.token}", f"{phone.device}.{made.token}", made.token, "é.ü", ""):
        heads = {"Authorization": f"Bearer {key}", "Content-Encoding": "gzip"}
        answer = client.post("/sync/node/", ask, content_type="application/json", headers=heads)
        assert answer.status_code in (401, 429), key
    assert AccessEntry.objects.filter(action="sync", outcome=AccessEntry.FAILED, note="wrong-token").exists()
    heads = {"Authorization": f"Bearer {node}", "Content-Encoding": "gzip"}
    assert client.post("/sync/node/", ask, content_type="application/json", headers=heads).status_code == 200
    assert sent(phone, phone.request([])).status_code == 200, "a right key is taken whatever came before"


def test_the_same_entries_again_and_again_are_kept_once(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    facts = [phone.fact(ben, f.Encounter(mode="home", minutes=one)) for one in range(20)]
    facts += [phone.fact(ben, f.Prescription(name="x")) for _ in range(20)]
    before = Fact.objects.count()
    for turn in range(4):
        said = read(exchange(phone, [json.loads(f.encode(one)) for one in facts * 5], turn=phone.turn))["receipts"]
        assert len(said) == 200
        states = [status for _, status, _ in said]
        assert states.count("held") == 100 and states.count("new") == (20 if turn == 0 else 0)
    assert Fact.objects.count() == before + 20 and Held.objects.count() == 20


def test_what_is_held_twice_at_the_same_moment_is_held_once(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone that hears nothing sends again while the first request still runs."""
    fact = json.loads(f.encode(phone.fact(world.people["ben"], f.Prescription(name="x"))))
    real, others = store.select, [fact]

    def between(statement: str, values: Any = (), **more: Any) -> Any:
        found = real(statement, values, **more)
        if "FROM record_held WHERE id" in statement and others:
            assert exchange(phone, [others.pop()]).status_code == 200
        return found

    monkeypatch.setattr(store, "select", between)
    answer = exchange(phone, [fact])
    assert answer.status_code == 200 and read(answer)["receipts"][0][1] == "held"
    assert Held.objects.count() == 1 and not others


def test_a_danger_that_could_not_be_taken_is_looked_at_first_whatever_is_wrong_with_it(
    world: World, phone: Phone
) -> None:
    ben = world.people["ben"]
    told = f.Concern(trigger="told", text="She spoke of dying")
    asked = f.Response(instrument="phq-9", version=1, answers={str(one): 0 for one in range(1, 9)} | {"9": 3})
    wrong = [{"occurred": "2099-01-01"}, {"occurred": "no day"}, {"amends": "x" * 50}, {"id": "a/b"}]
    wrong += [{"id": "c/d"}, {"encounter": "\0"}]
    facts = [
        json.loads(f.encode(phone.fact(ben, body, **more))) for more, body in zip(wrong, (told, asked) * 3, strict=True)
    ]
    facts.append(json.loads(f.encode(phone.fact(ben, f.Encounter(mode="home"), occurred="2099-01-01"))))
    assert exchange(phone, facts).status_code == 200
    held = {
        json.loads(row.raw)["occurred"] + row.code + json.loads(row.raw)["id"]: row.safety for row in Held.objects.all()
    }
    assert len(held) == 7 and list(held.values()).count(False) == 1, held


def test_a_node_that_speaks_nonsense_breaks_nothing(world: World) -> None:
    made = below.enrol(code=below.invite(by=world.ada, name="Laptop (invented)", site="bel-dlo"))
    client = Client(raise_request_exception=False)
    before = Fact.objects.count()

    def post(body: bytes) -> Any:
        heads = {"Authorization": f"Bearer {made.node}.{made.token}", "Content-Encoding": "gzip"}
        return client.post("/sync/node/", gzip.compress(body), content_type="application/json", headers=heads)  # type: ignore[arg-type]

    whole = {"v": 1, "synthetic": False, "after": 0, "upto": 0}
    bodies = [b"[" * DEEP, json.dumps(whole).encode()[:-1] + b',"facts":[' + b"[" * DEEP + b"]" * DEEP + b"]}"]
    bodies += [json.dumps(whole | {name: value}).encode() for name in Ask.__struct_fields__ for value in NASTY]
    bodies += [
        json.dumps(whole | {"got": got}).encode()
        for got in ("p:²:x", "b:²:0:0", "b:1:²:x", f"p:{10**40}:x", f"b:{10**40}:0:0", "p:0:\0", "b:0:0:\0", "::::")
    ]
    bodies += [json.dumps(whole | {"seal": {"number": one, "chain": "\0"}}).encode() for one in (-1, 2**70, 1)]
    for body in bodies:
        answer = post(body)
        assert answer.status_code in (200, 400, 409), (answer.status_code, body[:200])
        unpacked(answer.content)
    assert Fact.objects.count() == before
    assert Below.objects.get(pk=made.node).taken < 2**63


# what a phone costs


def test_a_visit_and_silence_keep_to_their_limits_on_the_wire(world: World, phone: Phone) -> None:
    """The limits of the design, in bytes of compressed bodies: a visit in a batch of 20, 200; nothing new, 250."""
    lean = Lean({"device": phone.device, "token": phone.token, "worker": str(world.wim.pk), "site": "bel-dlo"})

    def ask(facts: list[Json]) -> tuple[int, int, Json]:
        body, heads = lean.ask(facts)
        answer: Any = Client().post(
            "/sync/", body, content_type="application/json", headers=heads | {"Accept-Encoding": "gzip"}
        )
        assert answer.status_code == 200
        return len(body), len(answer.content), lean.take(answer.content, answer.headers.get("Content-Encoding"))

    ask([])
    sent_, got, said = ask([])
    assert not said.get("briefs") and sent_ + got <= 250, (sent_, got)
    people = sorted(lean.people)
    visits = [fact for at in range(20) for fact in lean.visit(people[at % len(people)])]
    sent_, _, said = ask(visits)
    assert {status for _, status, _ in said["receipts"]} == {"new"}
    assert sent_ / 20 <= 200, sent_ / 20


def test_wrong_tries_are_on_record(world: World, phone: Phone) -> None:
    """Who looks through the log later must see what a stolen phone was used for, also where nothing came of it."""
    before = AccessEntry.objects.count()
    assert sent(phone, b"{").status_code == 400
    assert sent(phone, b"x" * (views.MOST_SENT + 1)).status_code == 413
    rows = list(AccessEntry.objects.order_by("pk")[before:])
    assert [(one.action, one.outcome, one.note.split()[-1]) for one in rows] == [
        ("sync", AccessEntry.FAILED, "unreadable"), ("sync", AccessEntry.FAILED, "too-large"),
    ]  # fmt: skip
    assert {one.worker_id for one in rows} == {str(world.wim.pk)}
    assert all(phone.device in one.note for one in rows)
