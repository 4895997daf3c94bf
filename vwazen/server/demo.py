"""Writes the invented programme into an empty node: organisation, facts and rows, through the same fold as the door.

With bulk restore the only writer beside `record.actions`. It refuses a record that holds people, marks the node as
synthetic before the first row, and goes on where it was stopped: a site is written in one transaction.
"""

import datetime as dt
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import msgspec
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, connections

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.demo import truth
from vwazen.demo.kit import Kit
from vwazen.demo.programme import COUNTRY, FIXED, Employee, Plan, Size, plan
from vwazen.demo.site import make
from vwazen.home import home
from vwazen.server import demo_child, demo_site
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.workers import new_password
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Emergency, Home, OnCall, Outsider, Site, Stub, Worker
from vwazen.server.record import bulk, remaking, store
from vwazen.server.record.actions import append
from vwazen.server.record.models import Person
from vwazen.server.record.refresh import DERIVED

MARK = "synthetic"
TRUTH = "demo-truth"
FIRST = f"{COUNTRY}/hill-district/spring-clinic/"
_PROCESSES = 3 if (os.cpu_count() or 1) > 2 else 2  # on two cores a third takes a tenth more CPU, and longer
_ALONE: AbstractContextManager[object] = nullcontext()
Progress = Callable[[int, int], None]
Show = Callable[[str], Progress]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The file that says that everybody here is invented, and what is being written.

    `indexes` says which indexes the load goes without and how to make them again (`bulk.indexes`), until it is done.
    """

    size: Size
    seed: int
    years: int
    now: dt.datetime
    done: bool = False
    indexes: str = ""


class SignIn(msgspec.Struct, frozen=True):
    """A name and its one-time password."""

    username: str
    password: str
    role: str


def mark() -> Mark | None:
    """What this node was made for; None where its people are real."""
    try:
        return msgspec.json.decode((home() / MARK).read_bytes(), type=Mark)
    except FileNotFoundError:
        return None


def recognise() -> None:
    """Mark a node whose database holds a demo and whose data folder does not say so: another folder was named."""
    if mark() is None and Site.objects.filter(path=FIRST).exists():
        now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        _set_mark(Mark(size="clinic", seed=0, years=0, now=now, done=True))


def _set_mark(one: Mark) -> Mark:
    waiting = home() / f".{MARK}"
    waiting.write_bytes(msgspec.json.encode(one) + b"\n")
    waiting.replace(home() / MARK)
    settings.SYNTHETIC = True
    return one


def begin(*, size: Size, seed: int, now: dt.datetime, years: int = 5) -> Mark:
    """Mark the node, or take up what was begun. Raises Invalid where people are on record who are not this demo's."""
    before = mark()
    if before is None:
        if Person.objects.exists() or Site.objects.exclude(code=COUNTRY).exists():
            raise Invalid(
                "This node has people or sites of its own, so no demo is written into it. Start one on an empty node: "
                "name another folder with VWAZEN_HOME (and another database, if DATABASE_URL is set)."
            )
        return _set_mark(Mark(size=size, seed=seed, years=years, now=now.replace(second=0, microsecond=0)))
    if before.done:
        raise Invalid(
            f"This node holds a demo already ({before.size}, seed {before.seed}). For another one, start with an "
            "empty folder: name it with VWAZEN_HOME."
        )
    if (before.size, before.seed, before.years) != (size, seed, years):
        raise Invalid(
            f"A demo was begun here and not finished: size {before.size}, seed {before.seed}, {before.years} years. "
            "Give the same again to finish it, or start with an empty folder."
        )
    return before


def write(
    *, size: Size, seed: int, now: dt.datetime, years: int = 5, show: Show | None = None,
    signed: Callable[[list[SignIn]], None] | None = None,
) -> dict[str, object]:  # fmt: skip
    """Write a demo, or finish one that was stopped; what was written.

    `show` gives what counts up under a name, for people and then for indexes.
    `signed` gets the sign-ins as soon as they are made, before the long work, so that a stop does not lose them.
    """
    marked = begin(size=size, seed=seed, now=now, years=years)
    programme, kit = _programme(marked)
    sign_ins = _organisation(programme)
    if signed and sign_ins:
        signed(sign_ins)
    folder = home() / TRUTH
    folder.mkdir(exist_ok=True)
    (folder / "programme.json").write_bytes(truth.programme(programme, kit.rates) + b"\n")
    there = demo_site.written()
    left = [one for number, one in enumerate(programme.clinics) if number not in there]
    if size != "clinic" and not marked.indexes:  # written down before they go, so that a stop between loses none
        marked = _set_mark(msgspec.structs.replace(marked, indexes=bulk.indexes()))
    if marked.indexes and left:
        bulk.drop_indexes(marked.indexes)
    with bulk.hurrying() if marked.indexes else _ALONE:
        everybody = sum(one.registered for one in programme.clinics)
        people = _write_sites(marked, [one.code for one in left], everybody, show("people") if show else None)
        if marked.indexes:
            with bulk.settling(bulk.LOG):
                bulk.make_indexes(marked.indexes, show("indexes") if show else None)
    bulk.settle(DERIVED if marked.indexes else bulk.TABLES)
    refused = folder / "refused.jsonl"
    if refused.exists():
        append([f.decode(line) for line in refused.read_bytes().splitlines()], received=marked.now)
    remaking.made()
    _set_mark(msgspec.structs.replace(marked, done=True, indexes=""))
    if there:  # only what was written after the stop was counted; to count them all takes a nation a quarter minute
        people = Person.objects.filter(registered=True).count()
    return {"demo": size, "seed": seed, "people": people, "sites": len(programme.places)}


@lru_cache(maxsize=1)
def _programme(marked: Mark) -> tuple[Plan, Kit]:
    know = content()
    return plan(know, size=marked.size, seed=marked.seed, now=marked.now, years=marked.years), Kit(know)


def _write_sites(marked: Mark, codes: list[str], total: int, progress: Progress | None) -> int:
    """Write these sites: one by this process, several by processes with a connection of their own.

    `total`: people of the whole programme. Gives the number of people who are registered at these sites.
    """
    sizes = {one.code: one.registered for one in _programme(marked)[0].clinics}
    done = total - sum(sizes[code] for code in codes)
    if len(codes) < 2:
        return sum(site(marked, code) for code in codes)
    connections.close_all()
    several = multiprocessing.get_context("spawn")
    # On SQLite the processes take turns. If one only waited for the other's transaction, it would begin in the moment
    # in which that ends, and the log beside the database, begun anew between two writers, would grow without end.
    turn = several.Lock() if connection.vendor == "sqlite" else _ALONE
    with ProcessPoolExecutor(_PROCESSES, mp_context=several, initializer=demo_child.start, initargs=(turn,)) as pool:
        raw = msgspec.json.encode(marked)
        waiting = {pool.submit(demo_child.site, raw, code): code for code in codes}
        people = 0
        for one in as_completed(waiting):
            people += one.result()
            done += sizes[waiting[one]]
            if progress:
                progress(done, total)
    return people


def site(marked: Mark, code: str, turn: AbstractContextManager[object] = _ALONE) -> int:
    """Live one site's years and write what is left of them: rows in one transaction, then the truth beside them.

    Gives the number of people who are registered there.
    """
    programme, kit = _programme(marked)
    number, place = next((n, one) for n, one in enumerate(programme.clinics) if one.code == code)
    made = make(kit, programme, place)
    folder = home() / TRUTH
    waiting = folder / f".{code}.jsonl"
    with waiting.open("wb") as file:
        file.writelines(truth.lines(programme, made))
    if made.refused:
        (folder / "refused.jsonl").write_bytes(b"".join(f.encode(one) + b"\n" for one in made.refused))
    rows = demo_site.tables(made, number=number, today=programme.now.date())
    with turn, store.writing():
        for one in rows:
            bulk.load(*one)
        Stub.objects.bulk_create(
            Stub(number=one.number, outsider_id=one.outsider, made=one.made, used=one.used or None, fact=one.fact)
            for one in made.local.around.papers
        )  # fmt: skip
    waiting.replace(folder / f"{code}.jsonl")
    for journey in [one for life in made.lives for one in life.journeys]:
        vars(journey).clear()  # it and its care know each other, and with them all facts would wait for a sweep
    return demo_site.registered(rows)


# The organisation


def _organisation(programme: Plan) -> list[SignIn]:
    """Sites, workers, posts and the roster. A password is made for one account of each role; others cannot sign in."""
    names = [one[0] for one in FIXED]
    if set(names) <= set(Worker.objects.filter(username__in=names).values_list("username", flat=True)):
        return []
    with store.writing():
        codes = set(Site.objects.values_list("code", flat=True))
        Site.objects.bulk_create(
            Site(code=one.code, name=one.name, kind=one.kind, parent_id=one.parent or None, path=one.path)
            for one in programme.places if one.code not in codes
        )  # fmt: skip
        Site.objects.filter(code=COUNTRY).update(name=programme.places[0].name)
        made = [SignIn(one.username, new_password(), one.role) for one in programme.workers if one.username in names]
        with ThreadPoolExecutor(2) as threads:  # each takes a fifth of a second and 100 MB, so that guessing is slow
            kept = threads.map(make_password, [one.password for one in made])
            _workers(programme, dict(zip((one.username for one in made), kept, strict=True)))
        OnCall.objects.bulk_create(_on_call(programme), batch_size=2000)
        _neighbours(programme)
    policy.changed()
    return sorted(made, key=lambda one: names.index(one.username))


def _workers(programme: Plan, passwords: Mapping[str, str]) -> None:
    """Accounts and posts, through the bulk load: a nation has a hundred thousand. "!" opens no account."""
    same = {"language": "en", "must_change_password": False, "failed_sign_ins": 0, "session_epoch": 0}
    bulk.load(
        "worker", ("id", "username", "name", "phone", "supervisor_id", "is_active", "minutes_per_week", "password"),
        [(bulk.key(one.id), one.username, one.name, one.phone, bulk.key(one.supervisor) if one.supervisor else None,
          one.ends is None, one.minutes, passwords.get(one.username, "!"))
         for one in sorted(programme.workers, key=lambda one: bool(one.supervisor))], same,
    )  # fmt: skip
    text = programme.calendar().text
    bulk.load(
        "post", ("worker_id", "role", "site_id", "starts", "ends"),
        [(bulk.key(one.id), one.role, one.site, text[one.starts], None if one.ends is None else text[one.ends])
         for one in programme.workers],
    )  # fmt: skip


def _neighbours(programme: Plan) -> None:
    """Who stands around the programme: people outside who send somebody, the protected home, past catastrophes."""
    Outsider.objects.bulk_create(
        (Outsider(id=one.id, name=one.name, kind=one.kind, phone=one.phone, place=one.place, site_id=one.site,
                  code=one.code, opted_in=one.opted_in)
         for one in programme.outsiders), batch_size=2000,
    )  # fmt: skip
    house = programme.house
    Home(code=house.code, name=house.name, site_id=house.site, beds=house.beds, coordinator_id=house.coordinator).save()
    Emergency.objects.bulk_create(
        Emergency(name=one.name, site_id=one.site, starts=dt.date.fromordinal(one.starts),
                  ended=dt.date.fromordinal(one.ended), declared_by_id=one.declared_by)
        for one in programme.disasters
    )  # fmt: skip


def _on_call(programme: Plan) -> Iterator[OnCall]:
    """A month of turns at every place that people belong to."""
    begins = dt.datetime.combine(programme.now.date() - dt.timedelta(days=1), dt.time(), dt.UTC)
    for place in programme.clinics:
        there = [
            one for one in programme.staff(place.code) if one.ends is None and one.role in ("nurse", "care_manager")
        ]
        for order, one in enumerate(sorted(there, key=_fixed_first)[:2], start=1):
            yield OnCall(
                site_id=place.code, worker_id=one.id, starts=begins, ends=begins + dt.timedelta(days=31), order=order,
                phone=one.phone,
            )  # fmt: skip


def _fixed_first(one: Employee) -> tuple[bool, bool]:
    return "." in one.username, one.role != "nurse"
