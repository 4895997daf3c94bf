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
import json
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from bench import head, line, node
from bench.crowd import CHROMIUM, Json, Phone, new_id

VENDOR = node()

from django.conf import settings  # noqa: E402  after Django is set up
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from tests import world as worlds  # noqa: E402
from tests.live import free_port  # noqa: E402
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.content.load import content  # noqa: E402
from vwazen.content.phone import phone_bundle  # noqa: E402
from vwazen.home import home  # noqa: E402
from vwazen.server import demo  # noqa: E402
from vwazen.server.organisation import policy  # noqa: E402
from vwazen.server.organisation.models import Device, Post, Site, Worker  # noqa: E402
from vwazen.server.record import clock, store  # noqa: E402
from vwazen.server.record.actions import append, make_fact  # noqa: E402

PER_SITE, YEARS = 5, 5


def main(arguments: argparse.Namespace) -> None:

    if VENDOR != "sqlite":
        raise SystemExit("The server of the loop is started on the same folder: run this on SQLite.")

    demo.write(size="clinic", seed=1, now=clock.now(), years=YEARS)
    chw = Worker.objects.get(username="wilson")
    centre = chw.posts.get(ends__isnull=True).site
    if chw.supervisor is None:
        chw.supervisor = Worker.objects.exclude(pk=chw.pk)[0]
    settings.PHONE_FULL, settings.PHONE_THIN = 150, 0
    one_phone(chw, str(centre.pk))
    if arguments.first:
        loop(Site.objects.get(pk=centre.parent_id), chw, arguments)


def letting(worker: Worker, site: str) -> Json:
    """A phone that was let in, without a code."""
    token = secrets.token_urlsafe(32)
    assert worker.supervisor is not None
    made = Device.objects.create(
        worker=worker, name="bench", digest=Device.digest_of(token), enrolled=clock.now(), enrolled_by=worker.supervisor
    )
    return {"device": str(made.pk), "token": token, "worker": str(worker.pk), "site": site}


def exchange(phone: Phone, facts: list[Json]) -> tuple[Json, float]:
    """One request through the whole of Django in this process; the answer, and its CPU in milliseconds."""
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
        if not said.get("more"):
            return spent


def one_phone(chw: Worker, site: str) -> None:
    """Bytes and CPU of one phone of the demo clinic."""

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


def loop(district: Site, chief: Worker, arguments: argparse.Namespace) -> None:
    """Serve this folder by the program itself, be a thousand phones, look whether everything is there."""
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
            [sys.executable, "-m", "bench.crowd", str(work), str(arguments.at_once), str(server.pid)],
            check=True,
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


def _phones(district: Site, chief: Worker, many: int, people: int) -> Iterator[Json]:
    """Sites with their workers and people, made through the record's door; a phone for each worker."""
    for at in range(max(1, many // PER_SITE)):
        site = Site(code=f"bench-{at}", name=f"Invented Site {at}", kind="health_centre", parent=district,
                    path=f"{district.path}bench-{at}/")  # fmt: skip
        site.save()
        workers = Worker.objects.bulk_create(
            Worker(username=f"bench-{at}-{n}", name=f"Invented Walker {at} {n}", password="!", supervisor=chief)
            for n in range(PER_SITE)
        )
        for one in workers:
            Post(worker=one, role="chw", site=site, starts=dt.date(2020, 1, 1)).save()
        policy.changed()
        facts = [fact for number in range(people) for fact in _person(site, workers[0], workers[number % PER_SITE])]
        for start in range(0, len(facts), 360):
            append(facts[start : start + 360])
        for one in workers:
            yield letting(one, site.code)


def _person(site: Site, by: Worker, owner: Worker) -> Iterator[f.Fact]:
    """Somebody in care for a year: twelve facts."""
    person = new_id()
    said: list[tuple[int, f.AnyBody]] = [
        (400, f.Registration(name=f"Invented {person[-6:]}", born="1980")),
        (390, f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression",
                        owner=str(owner.pk))),
    ]  # fmt: skip
    for ago in range(370, 20, -70):
        said.append((ago, f.Encounter(mode="home", next=worlds.day(ago - 70))))
        said.append((ago, f.Response(instrument="phq-9", version=1, answers=worlds.phq9(random.randint(4, 20)))))
    for ago, body in said:
        yield make_fact(by=by, person=person, site=site.code, body=body, occurred=worlds.day(ago))


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
    phone = Phone(given)
    where = urlsplit(url)

    def raw(facts: list[Json]) -> tuple[int, int]:
        body, more = phone.ask(facts)
        names = {"Host": where.netloc, "Content-Length": str(len(body)), "Origin": "https://clinic.example.org",
                 "Referer": "https://clinic.example.org/phone/"}  # fmt: skip
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
    main(parser.parse_args())
