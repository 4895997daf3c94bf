"""Every list, chart and search, pushes, refolding and backup on a demo: the district, or the nation.

    python -m bench.nation                  on the demo of this node; on an empty node a district is written first
    python -m bench.nation --people 5000    refold so many people of those in care, and scale (0: all)
    python -m bench.nation --only push      only lines with this word

Limits (design, "How big"): any list, chart and search page p95 100 ms at the server; a push 1.5 ms of CPU and 1.5 ms
for each touched chart of 200 facts; everybody in care folded again in 10 minutes. CPU is that of this process, and of
the database process that serves it if that runs here. It writes: answers are pushed into one busy site.
"""

import argparse
import datetime as dt
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from django.db import connection, transaction

from bench import beside, beside_head, cpu, node

VENDOR = node(empty=False)

from django.test import Client  # noqa: E402  models load after Django

from vwazen.clinical import facts as f  # noqa: E402
from vwazen.home import home  # noqa: E402
from vwazen.server import demo, starter  # noqa: E402
from vwazen.server.organisation.models import Post, Site, Worker  # noqa: E402
from vwazen.server.record import clock, copies, names, standing, store, upkeep  # noqa: E402
from vwazen.server.record.actions import append, make_fact  # noqa: E402
from vwazen.server.record.models import Person  # noqa: E402
from vwazen.server.record.refresh import refresh  # noqa: E402
from vwazen.server.reporting import kept  # noqa: E402
from vwazen.server.reporting.models import KeptFigures  # noqa: E402
from vwazen.server.web import warm  # noqa: E402

PAGE, RUNS = 100.0, 40
WRITERS, ROUNDS, VISITS = 8, 15, 20
BUSY = "spring-clinic"
NATIONAL, SUMS, MANAGER = "bench.national", "bench.sums", "bench.manager"


def synthetic() -> None:
    """Stop unless everybody on this node is invented; write a district where there is nobody."""
    marked = demo.mark()
    if marked is None and not connection.introspection.table_names():
        node()
        starter.invent(size="district", seed=1)
    elif marked is None or not marked.done:
        raise SystemExit("This node holds no finished demo. Benchmarks write, so they run on invented people only.")


def national(username: str = NATIONAL, roles: Sequence[str] = ("care_manager", "psychiatrist")) -> Worker:
    """Somebody with posts for the whole country; usually who sees everybody."""
    worker, new = Worker.objects.get_or_create(
        username=username, defaults={"name": "Bench", "password": "!", "minutes_per_week": 60}
    )
    if new:
        country = Site.objects.get(parent=None)
        for role in roles:
            Post(worker=worker, role=role, site=country, starts=dt.date(2020, 1, 1)).save()
    return worker


def reviewing(now: bool) -> None:
    """Whether the national worker is a psychiatrist today: the clinics of a demo have none for the whole country."""
    ends = None if now else clock.today()
    Post.objects.filter(worker__username=NATIONAL, role="psychiatrist").update(ends=ends)


def signed_in(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker, "django.contrib.auth.backends.ModelBackend")
    return client


def charts() -> dict[str, str]:
    """What kind of chart -> a person who has one: the longest of the busy site, and one in the middle."""
    rows = store.select(
        "SELECT person, count(*) FROM record_fact WHERE person IN "
        "(SELECT person FROM record_caseload WHERE site = %s AND episode <> '') GROUP BY person ORDER BY 2, 1", [BUSY]
    )  # fmt: skip
    return {f"of {many} facts": str(person) for person, many in (rows[-1], rows[len(rows) // 2])}


Bare = tuple[str, list[object]]
_WAITING = "SELECT id FROM record_open_item WHERE path LIKE %s ORDER BY due LIMIT 51"
_EPISODES = "SELECT count(*) FROM record_episode WHERE path LIKE %s"
_STAYS = "SELECT count(*) FROM record_stay WHERE path LIKE %s AND until IS NULL"
_FAULTS = "SELECT count(*) FROM record_quality WHERE path LIKE %s"
_OPENED = "SELECT id, reason FROM record_open_item WHERE kind = %s AND path LIKE %s ORDER BY since, id LIMIT 51"
_ASKED = "SELECT p.id, p.name FROM record_name_key k JOIN record_person p ON p.id = k.person WHERE k.key = %s LIMIT 200"
_NEWEST = "SELECT id FROM record_episode WHERE NOT (id = '') ORDER BY started DESC, id LIMIT 51"
_AWAY = "SELECT reason, count(day) FROM record_last_trace WHERE day <= %s GROUP BY reason"
_WORKERS = "SELECT id FROM worker WHERE NOT (username = '') ORDER BY is_active DESC, name, username LIMIT 51"
_HELD = "SELECT id, reason FROM record_held WHERE state = 'open' ORDER BY safety DESC, code, received, id LIMIT 51"


def _listed(where: str, value: str) -> Bare:
    statement = f"SELECT row, reason FROM record_segment WHERE {where} AND starts <= %s AND ends > %s"
    return f"{statement} ORDER BY rank, waiting_since, row LIMIT 51", [value, clock.today(), clock.today()]


def pages() -> Iterator[tuple[str, Callable[[], object], Bare]]:
    """What, the request, and the bare statement that finds the same rows."""
    workers = {one: Worker.objects.get(username=one) for one in ("carla", "pascal", "sonia")}
    everywhere = {"all": national(), "sums": national(SUMS, ("me_officer",))}
    everywhere["manager"] = national(MANAGER, ("programme_manager",))
    clients = {name: signed_in(one) for name, one in {**workers, **everywhere}.items()}
    mine = str(workers["carla"].pk)
    site = Site.objects.get(code=BUSY).path
    district = Site.objects.get(code=BUSY).parent.path  # type: ignore[union-attr]
    paths = {"clinic": ("carla", site), "district": ("sonia", district), "nation": ("all", "")}
    one = Person.objects.filter(path=site, registered=True).exclude(name="").order_by("pk")[77].name

    def get(who: str, address: str) -> Callable[[], object]:
        return partial(ask, clients[who], address)

    yield "caseload, mine", get("carla", "/caseload?owner=me"), _listed("owner = %s", mine)
    for where, (who, path) in paths.items():
        yield f"caseload, {where}", get(who, "/caseload?owner="), _listed("path LIKE %s", f"{path}%")
    reviewing(False)
    yield "review agenda, clinic", get("carla", "/review"), _listed("path LIKE %s", f"{site}%")
    reviewing(True)
    yield "  with a specialist of the country too", get("carla", "/review"), _listed("path LIKE %s", f"{site}%")
    yield "review agenda, district", get("pascal", "/review"), _listed("path LIKE %s", f"{district}%")
    yield "review agenda, nation", get("all", "/review"), _listed("path LIKE %s", "%")
    yield "tasks, mine", get("carla", "/review/tasks"), (_OPENED, ["advice", f"{site}%"])
    yield "tasks, nation", get("all", "/review/tasks"), (_OPENED, ["advice", "%"])
    for where, (who, path) in paths.items():
        yield f"triage, {where}", get(who, "/triage"), (_OPENED, ["triage", f"{path}%"])
        yield f"risk board, {where}", get(who, "/risk"), (_OPENED, ["risk", f"{path}%"])
    for where, (who, path) in paths.items():
        below = f"{path}%"
        yield f"today, {where}", get(who, "/today?whose=sites"), (_WAITING, [below])
        yield f"no owner or date, {where}", get(who, "/unassigned"), _listed("path LIKE %s", below)
        yield f"diary, {where}", get(who, "/diary"), (_WAITING, [below])
        yield f"outcomes, {where}", get(who, "/outcomes"), (_EPISODES, [below])
        yield f"data quality, {where}", get(who, "/quality"), (_FAULTS, [below])
        yield f"maybe double, {where}", get(who, "/quality?kind=double"), (_FAULTS, [below])
        yield f"referrals, {where}", get(who, "/referrals"), (_OPENED, ["referral", below])
        yield f"missed visits, {where}", get(who, "/tracing"), (_OPENED, ["trace", below])
        yield f"home visits, {where}", get(who, "/home-visits"), (_WAITING, [below])
        yield f"ward, {where}", get(who, "/ward"), (_STAYS, [below])
        yield f"messages, {where}", get(who, "/messages"), (_OPENED, ["message", below])
    # Of a country the page shows what was counted before; nobody waits for the count itself.
    yield "figures of the nation counted", partial(anew, clients["all"]), (_EPISODES, ["%"])
    yield "the same, sums only", partial(anew, clients["sums"]), (_EPISODES, ["%"])
    for what, person in charts().items():
        facts: Bare = ("SELECT data FROM record_fact WHERE person = %s", [person])
        yield f"chart {what}", get("carla", f"/people/{person}"), facts
        yield f"review packet {what}", get("pascal", f"/people/{person}/review"), facts
        yield f"visit {what}", get("carla", f"/people/{person}/visit"), facts
    for where in ("clinic", "nation"):
        who, _ = paths[where]
        for what, name in (("both names", one), ("a family name", one.split()[-1])):
            find = partial(looked_for, clients[who], name)
            yield f"search, {where}, {what}", find, (_ASKED, [next(iter(names.keys(name)))])
    yield "held entries, nation", get("all", "/held"), (_HELD, [])
    for group in ("enrolled", "missing", "status:died", "status:completed"):
        yield f"people behind a figure, nation, {group}", get("all", f"/outcomes/people?group={group}"), (_NEWEST, [])
    for what, asked in (("", ""), (", a name", "?q=ab")):
        yield f"workers, nation{what}", get("manager", f"/workers/{asked}"), (_WORKERS, [])
    yield "worker to add, nation", get("manager", "/workers/add/"), (_WORKERS, [])
    for where, who in (("clinic", "carla"), ("nation", "all"), ("nation, sums only", "sums")):
        yield f"why people stay away, {where}", get(who, "/tracing?figures=1"), (_AWAY, [clock.today()])


def ask(client: Client, address: str) -> None:
    """One page, or a stop."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address.partition('?')[0]} answered {answer.status_code}.")


def anew(client: Client) -> None:
    """The outcomes of a country, of which nothing was counted before, and the count that the page waits for."""
    KeptFigures.objects.all().delete()
    ask(client, "/outcomes")
    if thread := kept._thread:
        thread.join()


def looked_for(client: Client, name: str) -> None:
    """A search is posted, since no address holds a name; the page behind it lists who was found."""
    answer = client.post("/people", {"name": name}, follow=True)
    if answer.status_code != 200 or name.rsplit(maxsplit=1)[-1] not in answer.content.decode():
        raise SystemExit("The search found nobody of that name.")


def visit(by: Worker, person: str, dice: random.Random) -> f.Fact:
    """A PHQ-9 of today."""
    answers = {str(item): float(dice.randint(0, 3)) for item in range(1, 9)} | {"9": 0.0}
    return make_fact(by=by, person=person, site=BUSY, body=f.Response(instrument="phq-9", version=1, answers=answers))


def pushes(only: str) -> None:
    """One visit, twenty, eight writers at once; beside a bare insert of the same rows."""
    dice, by = random.Random(5), Worker.objects.get(username="carla")
    rows = store.select("SELECT DISTINCT person FROM record_caseload WHERE site = %s ORDER BY person", [BUSY])
    people = [str(person) for (person,) in rows]
    mean = statistics.mean(len(one) for one in store.facts_of(people).values())

    def push(many: int) -> None:
        append([visit(by, person, dice) for person in dice.sample(people, many)])

    def bare(many: int) -> None:
        facts = [visit(by, person, dice) for person in dice.sample(people, many)]
        with transaction.atomic():
            columns = ("person", "id", "kind", "at", "data")
            store.insert("bare", columns, [(o.person, o.id, o.kind, f.instant(o.occurred), f.encode(o)) for o in facts])

    store.execute("DROP TABLE IF EXISTS bare")
    blob = "bytea" if VENDOR == "postgresql" else "blob"
    store.execute(f"CREATE TABLE bare (person text, id text primary key, kind text, at text, data {blob})")
    for many in (1, VISITS):
        if only in f"push of {many}":
            limit = f"{1.5 + 1.5 * many:g} ms CPU"
            beside(f"push of {many}, charts of {mean:.0f} facts", partial(push, many), 60, limit, partial(bare, many))
    store.execute("DROP TABLE bare")
    if only in "push, writers":
        crowd(people, by)


def crowd(people: Sequence[str], by: Worker) -> None:
    """Eight writers push into the same site, often about the same people."""
    took: list[float] = []
    faults: list[str] = []

    def one(number: int) -> None:
        dice = random.Random(number)
        try:
            for _ in range(ROUNDS):
                facts = [visit(by, person, dice) for person in dice.sample(people, VISITS)]
                began = time.perf_counter()
                kept = append(facts)
                took.append((time.perf_counter() - began) * 1000)
                faults.extend(receipt.reason for receipt in kept if receipt.status != "new")
        except Exception as problem:  # counted and printed: none is expected
            faults.append(repr(problem))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(WRITERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    took.sort()
    print(
        f"push, {WRITERS} writers, {VISITS} visits each time: {len(took) * VISITS / seconds:.0f} visits a second; "
        f"median {statistics.median(took):.0f} ms, p95 {took[int(len(took) * 0.95)]:.0f} ms; "
        f"faults: {faults[:3] or 'none'}", flush=True,
    )  # fmt: skip


def refolded(people: int) -> None:
    """Everybody in care folded again and placed on the lists, as after a change of content, and by `vwazen rebuild`,
    which forgets every row first; then of the directory."""
    everyone = [str(row[0]) for row in store.select("SELECT DISTINCT person FROM record_caseload ORDER BY person")]
    left = "SELECT id FROM record_person WHERE registered AND id NOT IN (SELECT person FROM record_caseload) LIMIT 2000"
    others = [str(row[0]) for row in store.select(left)]
    for what, ids in (("in care", everyone), ("in care, rebuilt", everyone), ("only registered", others)):
        sample = sorted(random.Random(6).sample(ids, min(people or len(ids), len(ids))))
        wall, spent = time.perf_counter(), cpu()
        for start in range(0, len(sample), upkeep.CHUNK):
            part = sample[start : start + upkeep.CHUNK]
            with store.writing():
                store.lock_people(part)
                if "rebuilt" in what:
                    standing.forget(part)
                refresh(part, clock.today())
        wall, spent = time.perf_counter() - wall, cpu() - spent
        each = f"{wall * 1000 / len(sample):.2f} ms each, CPU {spent * 1000 / len(sample):.2f}"
        print(f"refold, {what}: {len(sample):,} people, {each}", flush=True)
        if ids is everyone:
            times = len(everyone) / len(sample)
            print(f"  all {len(everyone):,}: {wall * times:.0f} s, CPU {spent * times:.0f} s (limit 600 s)", flush=True)


def backed_up() -> None:
    """A copy while people could go on working, what of that is the check, and the full one on demand."""
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        began: dict[str, float] = {}

        def noted(what: str) -> upkeep.Progress:
            began[what] = time.perf_counter()
            return lambda done, total: None

        place, wall, spent = Path(folder) / "copy", time.perf_counter(), cpu()
        done = copies.backup(place, noted)
        ended = time.perf_counter()
        check = ended - began.get("seconds of checking", ended)
        print(f"backup: {ended - wall:.0f} s, of it the check {check:.0f}; CPU {cpu() - spent:.0f} s, "
              f"{int(str(done['bytes'])) / 1e9:.2f} GB", flush=True)  # fmt: skip
        wall, spent = time.perf_counter(), cpu()
        copies.verify(place)
        print(f"backup --verify: {time.perf_counter() - wall:.0f} s, CPU {cpu() - spent:.0f} s", flush=True)


def main() -> None:
    """Print the table."""
    said = argparse.ArgumentParser()
    said.add_argument("--people", type=int, default=3000)
    said.add_argument("--only", default="")
    options = said.parse_args()
    synthetic()
    marked = demo.mark()
    size = marked.size if marked else ""
    registered = Person.objects.filter(registered=True).count()
    open_now = store.select("SELECT count(*) FROM record_caseload WHERE episode <> ''")[0][0]
    print(f"\n{size}, {VENDOR}: {registered:,} people, {open_now:,} open episodes")
    beside_head()
    warm.ready()  # as a server does
    for what, request, bare in pages():
        if options.only in what:
            beside(what, request, RUNS, f"p95 {PAGE:.0f} ms", partial(store.select, *bare))
    if options.only in "push of 20, push, writers":
        pushes(options.only)
    if options.only in "refold, rebuilt":
        refolded(options.people)
    if options.only in "backup --verify":
        if shutil.disk_usage(home()).free > 40e9 or size != "nation":
            backed_up()
        else:
            print("backup: left out, since the disk has no room for a copy")
    connection.close()


if __name__ == "__main__":
    main()
