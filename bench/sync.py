"""What a phone costs: bytes on the wire, CPU of the server, and a thousand phones at once against one server.

    python -m bench.sync [--first 1000] [--daily 5000] [--at-once 50] [--people 30]

The first part is a demo clinic and one phone of it. A visit is what its screen saves: a contact with the next date, and
PHQ-9 asked in it. Bodies are compressed as a phone compresses them; whole HTTP is what Chromium's own headers and the
server's add, read off the socket, without TLS. Figures of CPU are of the server's side alone.

The second part is a closed loop: so many phones speak at the same time, each as soon as one before it has ended. Five
phones a site; a first sync fetches the content and everybody there, a daily one brings four visits and fetches whom
others visited. Afterwards each fact that a phone sent must stand in the log.
"""

import argparse
import datetime as dt
import gzip
import http.client
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
PER_SITE, VISITS, TRIES, YEARS = 5, 4, 12, 5
PLAIN = 300  # a phone sends what is shorter as it is
# What Chromium on Android sends with a fetch of the same origin.
CHROMIUM = {
    "Connection": "keep-alive", "sec-ch-ua-platform": '"Android"', "sec-ch-ua-mobile": "?1", "Accept": "*/*",
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile "
    "Safari/537.36", "sec-ch-ua": '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"',
    "Cache-Control": "no-cache", "Pragma": "no-cache", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty", "Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "fr-FR,fr;q=0.9",
}  # fmt: skip


def new_id() -> str:
    """A UUID of version 7, as a phone draws it."""
    at = int(time.time() * 1000)
    return str(uuid.UUID(int=(at << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)))


def stamp() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Phone:
    """What a phone holds and says, without Django, so that a process of its own can be a thousand of them."""

    def __init__(self, given: Json) -> None:
        self.device, self.token, self.worker, self.site = (given[k] for k in ("device", "token", "worker", "site"))
        self.turn, self.content, self.me = 0, "", ""
        self.people: set[str] = set()
        self.sent = self.got = 0

    def visit(self, person: str) -> list[Json]:
        """A contact and the questionnaire asked in it."""
        said = {"author": self.worker, "content": self.content, "device": self.device, "person": person,
                "site": self.site}  # fmt: skip
        now, contact = stamp(), new_id()
        next_day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14 + random.randint(0, 14))).isoformat()
        answers = {str(item): random.randint(0, 2) for item in range(1, 9)} | {"9": 0}
        return [
            said | {"id": contact, "occurred": now, "recorded": now,
                    "body": {"kind": "encounter", "mode": "home", "next": next_day}},
            said | {"id": new_id(), "occurred": now, "recorded": now, "encounter": contact,
                    "body": {"kind": "response", "instrument": "phq-9", "version": 1, "answers": answers}},
        ]  # fmt: skip

    def ask(self, facts: list[Json]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of one request."""
        body = json.dumps(
            {"v": 1, "now": stamp(), "turn": self.turn, "content": self.content, "me": self.me, "facts": facts,
             "unsent": len(facts)}, separators=(",", ":"), ensure_ascii=False,
        ).encode()  # fmt: skip
        headers = {"Authorization": f"Bearer {self.device}.{self.token}", "Content-Type": "application/json"}
        if len(body) > PLAIN:
            body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
        self.sent += len(body)
        return body, headers

    def take(self, data: bytes, encoding: str | None) -> Json:
        """Store an answer."""
        self.got += len(data)
        said: Json = json.loads(gzip.decompress(data) if encoding == "gzip" else data)
        self.people -= set(said["drop"])
        self.people |= {one["person"] for one in said["briefs"]}
        self.turn, self.content, self.me = said["turn"], said["content"], said["me_digest"]
        return said


# The closed loop: a process of its own, without Django ----------------------------------------------------------------


def generate(work: Path, at_once: int) -> None:
    """Be all these phones against a server; what became of it as JSON."""
    given = json.loads(work.read_text())
    phones = [Phone(one) for one in given["phones"]]
    address = urlsplit(given["url"]).netloc
    found = {name: _round(address, phones, given[name], at_once, name) for name in ("first", "daily")}
    work.with_suffix(".out").write_text(json.dumps(found))


def _round(address: str, phones: list[Phone], many: int, at_once: int, kind: str) -> Json:
    took: list[float] = []
    told: Json = {"completed": 0, "again": 0, "unanswered": 0, "facts": [], "sent": 0, "got": 0}
    lock, turns = threading.Lock(), iter(range(many))
    free = {id(one): threading.Lock() for one in phones}

    def one_after_another() -> None:
        while True:
            with lock:
                at = next(turns, None)
            if at is None:
                return
            phone = phones[at % len(phones)]
            with free[id(phone)]:
                _speak(address, phone, kind, took, told, lock)

    began, spent, server = time.perf_counter(), time.process_time(), given_cpu()
    threads = [threading.Thread(target=one_after_another) for _ in range(at_once)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return told | {
        "took": took, "wall": time.perf_counter() - began, "generator": time.process_time() - spent,
        "server": given_cpu() - server,
    }  # fmt: skip


def given_cpu() -> float:
    """Seconds of CPU of the server and its children, by the operating system's book."""
    return group_cpu(int(os.environ["BENCH_SERVER"]))


def group_cpu(group: int) -> float:
    total = 0
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            cells = one.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(cells[2]) == group:
            total += sum(int(cell) for cell in cells[11:13])
    return total / os.sysconf("SC_CLK_TCK")


def _speak(address: str, phone: Phone, kind: str, took: list[float], told: Json, lock: threading.Lock) -> None:
    """One sync from its beginning to its end, tried again as a phone does."""
    facts: list[Json] = []
    if kind == "daily":
        chosen = random.sample(sorted(phone.people), min(VISITS, len(phone.people)))
        facts = [fact for person in chosen for fact in phone.visit(person)]
    waiting = {fact["id"]: fact for fact in facts}
    began, again, done = time.perf_counter(), 0, False
    before = phone.sent, phone.got
    for attempt in range(TRIES):
        line = http.client.HTTPConnection(address, timeout=120)
        try:
            more = True
            while more or waiting:
                body, headers = phone.ask(list(waiting.values()))
                line.request("POST", "/sync/", body, CHROMIUM | headers)
                answer = line.getresponse()
                data = answer.read()
                if answer.status != 200:
                    raise OSError(answer.status)
                said = phone.take(data, answer.headers["Content-Encoding"])
                for id_, status, _ in said["receipts"]:
                    if status in ("new", "again"):
                        waiting.pop(id_, None)
                more = bool(said["more"])
            if kind == "first":
                line.request("GET", "/sync/content", headers=CHROMIUM | {
                    "Authorization": f"Bearer {phone.device}.{phone.token}"})  # fmt: skip
                answer = line.getresponse()
                phone.got += len(answer.read())
                if answer.status != 200:
                    raise OSError(answer.status)
            done = True
        except (OSError, http.client.HTTPException):
            again += 1
            time.sleep(min(5, 0.2 * 2**attempt) * random.random())
        finally:
            line.close()
        if done:
            break
    with lock:
        told["completed"] += done
        told["again"] += again
        told["unanswered"] += len(waiting)
        told["facts"] += [fact["id"] for fact in facts]
        told["sent"] += phone.sent - before[0]
        told["got"] += phone.got - before[1]
        took.append(time.perf_counter() - began)


# With Django: the demo, one phone, and what is served -----------------------------------------------------------------


def main(arguments: argparse.Namespace) -> None:
    from bench import node

    vendor = node()
    if vendor != "sqlite":
        raise SystemExit("The server of the loop is started on the same folder: run this on SQLite.")
    from django.conf import settings

    from vwazen.server import demo
    from vwazen.server.organisation.models import Site, Worker
    from vwazen.server.record import clock

    demo.write(size="clinic", seed=1, now=clock.now(), years=YEARS)
    chw = Worker.objects.get(username="wilson")
    centre = chw.posts.get(ends__isnull=True).site
    if chw.supervisor is None:
        chw.supervisor = Worker.objects.exclude(pk=chw.pk).first()
    settings.PHONE_FULL, settings.PHONE_THIN = 150, 0
    one_phone(chw, str(centre.pk))
    if arguments.first:
        loop(Site.objects.get(pk=centre.parent_id), chw, arguments)


def letting(worker: Any, site: str) -> Json:
    """A phone that was let in, without a code."""
    from vwazen.server.organisation.models import Device
    from vwazen.server.record import clock

    token = secrets.token_urlsafe(32)
    made = Device.objects.create(
        worker=worker, name="bench", digest=Device.digest_of(token), enrolled=clock.now(), enrolled_by=worker.supervisor
    )
    return {"device": str(made.pk), "token": token, "worker": str(worker.pk), "site": site}


def exchange(phone: Phone, facts: list[Json]) -> tuple[Json, float]:
    """One request through the whole of Django in this process; the answer, and its CPU in milliseconds."""
    from django.test import Client

    body, headers = phone.ask(facts)
    client = Client()
    began = time.process_time()
    answer: Any = client.post(
        "/sync/", body, content_type="application/json", headers=headers | {"Accept-Encoding": "gzip"}
    )
    spent = (time.process_time() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"The server answered {answer.status_code}.")
    return phone.take(answer.content, answer.headers.get("Content-Encoding")), spent


def whole(phone: Phone) -> float:
    """Fetch everything that the phone lacks; CPU in milliseconds."""
    spent = 0.0
    while True:
        said, took = exchange(phone, [])
        spent += took
        if not said["more"]:
            return spent


def one_phone(chw: Any, site: str) -> None:
    """Bytes and CPU of one phone of the demo clinic."""
    from django.conf import settings

    from bench import head, line
    from vwazen.content.load import content
    from vwazen.content.phone import phone_bundle
    from vwazen.server.organisation import policy
    from vwazen.server.record import store

    def fresh() -> Phone:
        return Phone(letting(chw, site))

    def moved(phone: Phone, work: Callable[[], object]) -> tuple[int, int]:
        before = phone.sent, phone.got
        work()
        return phone.sent - before[0], phone.got - before[1]

    whole(fresh())
    phone = fresh()
    facts = [len(those) for those in store.facts_of(sorted(_full(phone))).values()]
    print(f"\nOne phone of the demo clinic: {len(phone.people)} people with care, {statistics.median(facts):.0f} facts "
          f"each in the middle, {max(facts)} at the most, over {YEARS} years")  # fmt: skip
    head("bytes of bodies, both ways; compressed as a phone and the server do")
    pulled = [fresh() for _ in range(3)]
    spent = [whole(one) for one in pulled]
    line("first pull of 150 people", [one.got for one in pulled], "100,000", "without the content")
    bundle = gzip.compress(phone_bundle(content(), policy.roles(chw)), 6)
    line("content of a community health worker, once", [len(bundle)], "none set")
    nothing = [sum(moved(phone, lambda: exchange(phone, []))) for _ in range(5)]
    line("nothing new", nothing, "250")
    ten, sent, back = [], [], []
    for _ in range(5):
        up, down = moved(phone, lambda: exchange(phone, _visits(phone, 10)))
        ten.append(up + down)
        sent.append(up)
        back.append(down)
        exchange(phone, [])
    line("10 visits of two facts, sent and answered", ten, "2,000", "ten briefs come back")
    line("  sent", sent, "")
    line("  answered", back, "")
    twenty, only = [], []
    for _ in range(5):
        many = _visits(phone, 20)
        up, _ = moved(phone, lambda those=many: exchange(phone, those))  # type: ignore[misc]
        twenty.append(up / 20)
        exchange(phone, [])
        body, _ = phone.ask([fact for fact in _visits(phone, 20) if fact["body"]["kind"] == "response"])
        only.append(len(body) / 20)
    line("a visit of two facts in a batch of 20, sent", twenty, "200")
    line("  a questionnaire alone, one fact", only, "200")
    head("CPU of the server, ms")
    line("first pull of 150 people", spent, "2,000")
    line("nothing new", [exchange(phone, [])[1] for _ in range(30)], "none set")
    visits = []
    for _ in range(8):
        visits.append(exchange(phone, _visits(phone, 20))[1])
        exchange(phone, [])
    line("20 visits sent, and 20 briefs back", visits[1:], "31.5 for the push alone")
    settings.PHONE_THIN = 2000
    larger = fresh()
    cost = whole(larger)
    line(f"first pull of {len(larger.people)}: 150, the others to be found", [cost], "none set", f"{larger.got} bytes")
    settings.PHONE_THIN = 0


def _full(phone: Phone) -> set[str]:
    whole(phone)
    return phone.people


def _visits(phone: Phone, many: int) -> list[Json]:
    chosen = random.sample(sorted(phone.people), many)
    return [fact for person in chosen for fact in phone.visit(person)]


# The closed loop: what it needs, and what came of it


def loop(district: Any, chief: Any, arguments: argparse.Namespace) -> None:
    """Serve this folder by the program itself, be a thousand phones, look whether everything is there."""
    from django.db import connection

    from bench import head, line
    from tests.live import free_port
    from vwazen.home import home
    from vwazen.server.record import store

    began = time.perf_counter()
    phones = list(_phones(district, chief, arguments.first, arguments.people))
    print(f"\n{len(phones)} phones at {len(phones) // PER_SITE} sites of {arguments.people} people with 12 facts: made "
          f"in {time.perf_counter() - began:.0f} s")  # fmt: skip
    connection.close()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "vwazen", "up", "--port", str(port)], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _answers(url)
        _heads(url, phones[0])
        work = home() / "bench-loop.json"
        work.write_text(json.dumps(
            {"url": url, "phones": phones, "first": arguments.first, "daily": arguments.daily}))  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "bench.sync", "--generate", str(work), "--at-once", str(arguments.at_once)],
            env={**os.environ, "BENCH_SERVER": str(server.pid)}, check=True,
        )  # fmt: skip
        found = json.loads(work.with_suffix(".out").read_text())
    finally:
        os.killpg(server.pid, 15)
        server.wait()
    head(f"closed loop, {arguments.at_once} at once against one server process, SQLite; wall ms of a whole sync")
    lost = 0
    for name, what in (("first", arguments.first), ("daily", arguments.daily)):
        one = found[name]
        line(f"{what:,} {name} syncs", [took * 1000 for took in one["took"]], "none set", _both_ways(one, what))
        in_log = {id_ for start in range(0, len(one["facts"]), 400)
                  for id_ in store.known_facts(one["facts"][start : start + 400])}  # fmt: skip
        gone = len(set(one["facts"]) - in_log)
        lost += gone
        print(
            f"  completed {one['completed']:,} of {what:,}; asked again {one['again']}; facts sent "
            f"{len(one['facts']):,}, lost {gone} (limit 0), without a receipt {one['unanswered']} (limit 0)\n"
            f"  {what / one['wall']:.1f} a second; CPU of the server {one['server'] / what * 1000:.1f} ms each, of the "
            f"phones' process {one['generator'] / what * 1000:.1f} ms each"
        )
    if lost:
        raise SystemExit("Facts were lost.")


def _both_ways(one: Json, many: int) -> str:
    return f"{one['sent'] / many:.0f} bytes sent, {one['got'] / many:.0f} fetched"


def _phones(district: Any, chief: Any, many: int, people: int) -> Iterator[Json]:
    """Sites with their workers and people, made through the record's door; a phone for each worker."""
    from tests import world as worlds
    from vwazen.clinical import facts as f
    from vwazen.server.organisation import policy
    from vwazen.server.organisation.models import Post, Site, Worker
    from vwazen.server.record.actions import append, make_fact

    for at in range(max(1, many // PER_SITE)):
        site = Site(code=f"bench-{at}", name=f"Invented Site {at}", kind="health_centre", parent=district,
                    path=f"{district.path}bench-{at}/")  # fmt: skip
        site.save()
        workers = Worker.objects.bulk_create(
            Worker(username=f"bench-{at}-{n}", name=f"Invented Walker {at} {n}", password="!", supervisor=chief)  # noqa: S106
            for n in range(PER_SITE)
        )
        for one in workers:
            Post(worker=one, role="chw", site=site, starts=dt.date(2020, 1, 1)).save()
        policy.changed()
        facts: list[f.Fact] = []
        for number in range(people):
            person = new_id()

            def say(body: f.AnyBody, ago: int, who: str = person, by: Worker = workers[0]) -> f.Fact:
                return make_fact(by=by, person=who, site=site.code, body=body, occurred=worlds.day(ago))

            facts.append(say(f.Registration(name=f"Invented Person{number} of {at}", born="1980"), 400))
            facts.append(say(f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression",
                                       owner=str(workers[number % PER_SITE].pk)), 390))  # fmt: skip
            for turn in range(5):
                facts.append(say(f.Encounter(mode="home", next=worlds.day(300 - turn * 70)), 370 - turn * 70))
                facts.append(say(f.Response(instrument="phq-9", version=1, answers=worlds.phq9(
                    random.randint(4, 20))), 370 - turn * 70))  # fmt: skip
        for start in range(0, len(facts), 360):
            append(facts[start : start + 360])
        for one in workers:
            yield letting(one, site.code)


def _answers(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The server does not answer.")


def _heads(url: str, given: Json) -> None:
    """What the headers of both sides add, read off a real connection."""
    import socket

    from bench import head, line

    phone = Phone(given)
    where = urlsplit(url)

    def raw(facts: list[Json]) -> tuple[int, int]:
        body, more = phone.ask(facts)
        names = {"Host": "clinic.example.org", "Content-Length": str(len(body)), "Origin": "https://clinic.example.org",
                 "Referer": "https://clinic.example.org/phone/"}  # fmt: skip
        names["Host"] = where.netloc
        top = "".join(f"{name}: {value}\r\n" for name, value in (names | CHROMIUM | more).items())
        sent = f"POST /sync/ HTTP/1.1\r\n{top}\r\n".encode() + body
        with socket.create_connection((where.hostname or "", where.port or 0)) as line_:
            line_.sendall(sent)
            got = b""
            while b"\r\n\r\n" not in got:
                got += line_.recv(65536)
            said, _, rest = got.partition(b"\r\n\r\n")
            fields = {name.strip().lower(): value.strip() for name, _, value in
                      (row.partition(":") for row in said.decode().split("\r\n")[1:])}  # fmt: skip
            while len(rest) < int(fields["content-length"]):
                rest += line_.recv(65536)
        phone.take(rest, fields.get("content-encoding"))
        return len(sent), len(said) + 4 + len(rest)

    head("whole HTTP/1.1 with headers, without TLS, bytes: sent and answered")
    raw([])
    raw([])
    for what, many, limit in (("nothing new", 0, "250"), ("10 visits", 10, "2,000")):
        for _ in range(2):
            up, down = raw(_visits(phone, many) if many else [])
        line(what, [up + down], limit, f"sent {up}, answered {down}")
        raw([])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--daily", type=int, default=5000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--generate", type=Path)
    options = parser.parse_args()
    if options.generate:
        generate(options.generate, options.at_once)
    else:
        main(options)
