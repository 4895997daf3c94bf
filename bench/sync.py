"""What a phone costs: bytes on the wire, CPU of the server, and a thousand phones at once against one server.

    python -m bench.sync [--first 1000] [--daily 5000] [--at-once 50] [--people 30] [--no-pouch]

The first part is a demo clinic and one phone of it. A visit is what its screen saves: a contact with the next date, and
PHQ-9 asked in it. Bodies are compressed as a phone compresses them; whole HTTP is what Chromium's own headers and the
server's add, read off the socket, without TLS. Figures of CPU are of the server's side alone.

The second part lets PouchDB do the same with the very same facts: see `bench.pouch`.

The third part is a closed loop: so many phones speak at the same time, each as soon as one before it has ended. Five
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
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from bench import database_cpu, head, line, node, pouch
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
    """Print the tables."""
    demo.write(size="clinic", seed=1, now=clock.now(), years=YEARS)
    chw = Worker.objects.get(username="wilson")
    centre = chw.posts.get(ends__isnull=True).site
    if chw.supervisor is None:
        chw.supervisor = Worker.objects.exclude(pk=chw.pk)[0]
    settings.PHONE_FULL, settings.PHONE_THIN = 150, 0
    cpu = one_phone(chw, str(centre.pk))
    phone = Phone(letting(chw, str(centre.pk)))
    ours, briefs = on_the_wire(phone, cpu)
    if arguments.pouch:
        facts = [
            json.loads(f.encode(fact)) for those in store.facts_of(sorted(phone.people)).values() for fact in those
        ]
        pouch.beside(ours, facts=facts, briefs=briefs, visits=lambda many: _visits(phone, many))
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


def one_phone(chw: Worker, site: str) -> dict[str, float]:
    """Bytes and CPU of one phone of the demo clinic; the CPU of what PouchDB does, too, in milliseconds."""

    whole(Phone(letting(chw, site)))
    phone = Phone(letting(chw, site))
    facts = [len(those) for those in store.facts_of(sorted(_full(phone))).values()]
    print(f"\nOne phone of the demo clinic: {len(phone.people)} people with care, {statistics.median(facts):.0f} facts "
          f"each in the middle, {max(facts)} at the most, over {YEARS} years")  # fmt: skip
    head("bytes of bodies, both ways; compressed as a phone and the server do")
    pulled = [Phone(letting(chw, site)) for _ in range(3)]
    spent = [whole(one) for one in pulled]
    line("first pull of 150 people", [one.got for one in pulled], "100,000", "without the content")
    bundle = gzip.compress(phone_bundle(content(), policy.roles(chw)), 6)
    line("content of a community health worker, once", [len(bundle)], "none set")
    _bytes(phone)
    head("CPU of the server, ms")
    line("first pull of 150 people", spent, "2,000")
    idle = [exchange(phone, [])[1] for _ in range(30)]
    line("nothing new", idle, "none set")
    figures = {"first": spent, "nothing": idle}
    for name, many in (("ten", 10), ("twenty", 20)):
        took = []
        for _ in range(8):
            took.append(exchange(phone, _visits(phone, many))[1])
            exchange(phone, [])
        figures[name] = took[1:]
        line(f"{many} visits sent, and {many} briefs back", took[1:], f"{many * 1.5 + 1.5} for the push alone")
    settings.PHONE_THIN = 2000
    larger = Phone(letting(chw, site))
    cost = whole(larger)
    line(f"first pull of {len(larger.people)}: 150, the others to be found", [cost], "none set", f"{larger.got} bytes")
    settings.PHONE_THIN = 0
    return {name: statistics.median(some) for name, some in figures.items()}


def _bytes(phone: Phone) -> None:
    def moved(facts: list[Json]) -> tuple[int, int]:
        before = phone.sent, phone.got
        exchange(phone, facts)
        return phone.sent - before[0], phone.got - before[1]

    line("nothing new", [sum(moved([])) for _ in range(5)], "250")
    ten, sent, back = [], [], []
    for _ in range(5):
        up, down = moved(_visits(phone, 10))
        ten.append(up + down)
        sent.append(up)
        back.append(down)
        exchange(phone, [])
    line("10 visits of two facts, sent and answered", ten, "2,000", "what they changed in ten briefs comes back")
    line("  sent", sent, "")
    line("  answered", back, "")
    day = []
    for _ in range(5):
        day.append(sum(moved(_visits(phone, 10, apart=2400))))
        exchange(phone, [])
    line("  the same, made some 40 minutes apart", day, "2,000")
    twenty, only = [], []
    for _ in range(5):
        twenty.append(moved(_visits(phone, 20))[0] / 20)
        exchange(phone, [])
        body, _ = phone.ask([fact for fact in _visits(phone, 20) if fact["body"]["kind"] == "response"])
        only.append(len(body) / 20)
    line("a visit of two facts in a batch of 20, sent", twenty, "200")
    line("  a questionnaire alone, one fact", only, "200")


def on_the_wire(phone: Phone, cpu: dict[str, float]) -> tuple[dict[str, pouch.Wire], list[Json]]:
    """Everything that goes over a line between this new phone and the program itself, with the headers of Chromium and
    without TLS; and the briefs that the phone then holds."""
    briefs: list[Json] = []
    small = {"VWAZEN_PHONE_FULL": "150", "VWAZEN_PHONE_THIN": "0"}
    with served(**small) as (url, _), pouch.Counted(urlsplit(url).port or 0) as link:
        wire = http.client.HTTPConnection("127.0.0.1", link.port, timeout=120)
        origin = {"Origin": "https://clinic.example.org", "Referer": "https://clinic.example.org/phone/"}

        def ask(facts: list[Json]) -> bool:
            body, headers = phone.ask(facts)
            wire.request("POST", "/sync/", body, CHROMIUM | origin | headers)
            answer = wire.getresponse()
            data = answer.read()
            if answer.status != 200:
                raise SystemExit(f"The server answered {answer.status}.")
            said = phone.take(data, answer.headers["Content-Encoding"])
            briefs.extend(said.get("briefs", ()))
            return bool(said.get("more"))

        def took(name: str, visits: int) -> pouch.Wire:
            found = []
            for _ in range(pouch.TIMES):
                facts = _visits(phone, visits) if visits else []
                link.taken()
                ask(facts)
                found.append(link.taken(cpu[name]))
                ask([])
            return pouch.median(found)

        while ask([]):
            pass
        found = {"first": link.taken(cpu["first"])}
        held, briefs = briefs, []
        ask([])
        found |= {name: took(name, many) for name, many in (("nothing", 0), ("ten", 10), ("twenty", 20))}
        wire.close()
    return found, held


def _full(phone: Phone) -> set[str]:
    whole(phone)
    return phone.people


def _visits(phone: Phone, many: int, apart: int = 0) -> list[Json]:
    """Of people on the phone, all at this moment or about so many seconds apart."""
    chosen = random.sample(sorted(phone.people), many)
    ago = [n * apart * random.uniform(0.9, 1.1) for n in reversed(range(many))]
    return [fact for person, when in zip(chosen, ago, strict=True) for fact in phone.visit(person, when)]


# The closed loop: what it needs, and what came of it


def loop(district: Site, chief: Worker, arguments: argparse.Namespace) -> None:
    """Serve this folder by the program itself, be a thousand phones, look whether everything is there."""
    began = time.perf_counter()
    phones = list(_phones(district, chief, arguments.first, arguments.people))
    print(f"\n{len(phones)} phones at {len(phones) // PER_SITE} sites of {arguments.people} people with 12 facts: made "
          f"in {time.perf_counter() - began:.0f} s")  # fmt: skip
    with served() as (url, server):
        spent = database_cpu()
        work = home() / "bench-loop.json"
        work.write_text(json.dumps(
            {"url": url, "phones": phones, "first": arguments.first, "daily": arguments.daily}))  # fmt: skip
        subprocess.run(
            [sys.executable, "-m", "bench.crowd", str(work), str(arguments.at_once), str(server)], check=True
        )
        found = json.loads(work.with_suffix(".out").read_text())
        spent = database_cpu() - spent
    head(f"closed loop, {arguments.at_once} at once against one server process, {VENDOR}; wall ms of a whole sync")
    if VENDOR == "postgresql":
        each = spent / (arguments.first + arguments.daily) * 1000
        print(f"  CPU of the database, and not in what follows: {spent:.0f} s, {each:.1f} ms a sync")
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


@contextmanager
def served(**environment: str) -> Iterator[tuple[str, int]]:
    """The program itself on this folder: its address, and the process group that it is."""
    connection.close()
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "vwazen", "up", "--port", str(port)], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **environment},
    )  # fmt: skip
    try:
        _answers(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def _answers(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The server does not answer.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--daily", type=int, default=5000)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--no-pouch", dest="pouch", action="store_false")
    main(parser.parse_args())
