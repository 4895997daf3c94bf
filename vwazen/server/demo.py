"""Writes the invented programme into an empty node: organisation, facts and rows, through the same fold as the door.

With bulk restore the only writer beside `record.actions`. It refuses a record that holds people, marks the node as
synthetic before the first row, and goes on where it was stopped: a site is written in one transaction.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from django.conf import settings

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.demo import truth
from vwazen.demo.kit import Kit
from vwazen.demo.programme import COUNTRY, FIXED, Employee, Plan, Size, plan
from vwazen.demo.lives import Made
from vwazen.demo.site import make
from vwazen.home import home
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.workers import new_password
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import OnCall, Post, Site, Worker
from vwazen.server.record import store
from vwazen.server.record.actions import append
from vwazen.server.record.models import Person
from vwazen.server.record.refresh import PERSON, derive, fold_all, merges_of, person_row

MARK = "synthetic"
TRUTH = "demo-truth"
_BATCH = 500
Progress = Callable[[int, int], None]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The file that says that everybody here is invented, and what was being written."""

    size: Size
    seed: int
    years: int
    now: dt.datetime
    done: bool = False


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


def _set_mark(one: Mark) -> None:
    (home() / MARK).write_bytes(msgspec.json.encode(one) + b"\n")
    settings.SYNTHETIC = True


def begin(*, size: Size, seed: int, now: dt.datetime, years: int = 5) -> Mark:
    """Mark the node, or take up what was begun. Raises Invalid where people are on record who are not this demo's."""
    before = mark()
    if before is None:
        if Person.objects.exists() or Site.objects.exclude(code=COUNTRY).exists():
            raise Invalid(
                "This node has people or sites of its own, so no demo is written into it. Start one on an empty node: "
                "name another folder with VWAZEN_HOME (and another database, if DATABASE_URL is set)."
            )
        wanted = Mark(size=size, seed=seed, years=years, now=now.replace(second=0, microsecond=0))
        _set_mark(wanted)
        return wanted
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
    *, size: Size, seed: int, now: dt.datetime, years: int = 5, progress: Progress | None = None,
    signed: Callable[[list[SignIn]], None] | None = None,
) -> dict[str, object]:  # fmt: skip
    """Write a demo, or finish one that was stopped; what was written.

    `signed` gets the sign-ins as soon as they are made, before the long work, so that a stop does not lose them.
    """
    marked = begin(size=size, seed=seed, now=now, years=years)
    know = content()
    programme = plan(know, size=marked.size, seed=marked.seed, now=marked.now, years=marked.years)
    sign_ins = _organisation(programme)
    if signed and sign_ins:
        signed(sign_ins)
    kit = Kit(know)
    done = 0
    total = sum(one.registered for one in programme.clinics)
    for place in programme.clinics:
        if not Person.objects.filter(path=place.path).exists():
            made = make(kit, programme, place)
            _write_site(programme, made)
        done += place.registered
        if progress:
            progress(done, total)
    _set_mark(msgspec.structs.replace(marked, done=True))
    counts = {"people": Person.objects.filter(registered=True).count(), "sites": len(programme.places)}
    return {"demo": size, "seed": seed, **counts}


# The organisation


def _organisation(programme: Plan) -> list[SignIn]:
    """Sites, workers, posts and the roster. A password is made for one account of each role; others cannot sign in."""
    names = {one[0] for one in FIXED}
    known = set(Worker.objects.values_list("username", flat=True))
    if names <= known:
        return []
    with store.writing():
        codes = set(Site.objects.values_list("code", flat=True))
        Site.objects.bulk_create(
            Site(code=one.code, name=one.name, kind=one.kind, parent_id=one.parent or None, path=one.path)
            for one in programme.places if one.code not in codes
        )  # fmt: skip
        workers, made = [], []
        today = programme.now.date()
        for one in sorted(programme.workers, key=lambda one: bool(one.supervisor)):
            worker = Worker(
                id=one.id, username=one.username, name=one.name, phone=one.phone, supervisor_id=one.supervisor or None,
                is_active=one.ends is None, minutes_per_week=one.minutes, password="!",  # noqa: S106  opens nothing
            )  # fmt: skip
            if one.username in names:
                secret = new_password()
                worker.set_password(secret)
                made.append(SignIn(one.username, secret, one.role))
            workers.append(worker)
        Worker.objects.bulk_create(workers, batch_size=2000)
        Post.objects.bulk_create(
            (Post(worker_id=one.id, role=one.role, site_id=one.site, starts=dt.date.fromordinal(one.starts),
                  ends=dt.date.fromordinal(one.ends) if one.ends is not None else None)
             for one in programme.workers), batch_size=2000,
        )  # fmt: skip
        OnCall.objects.bulk_create(_on_call(programme, today), batch_size=2000)
    policy.changed()
    order = [one[0] for one in FIXED]
    return sorted(made, key=lambda one: order.index(one.username))


def _on_call(programme: Plan, today: dt.date) -> Iterator[OnCall]:
    """A month of turns at every place that people belong to."""
    begins = dt.datetime.combine(today - dt.timedelta(days=1), dt.time(), dt.UTC)
    by_site: dict[str, list[Employee]] = {}
    for one in programme.workers:
        if one.ends is None and one.role in ("nurse", "care_manager"):
            by_site.setdefault(one.site, []).append(one)
    for place in programme.clinics:
        for order, one in enumerate(sorted(by_site.get(place.code, ()), key=_fixed_first)[:2], start=1):
            yield OnCall(
                site_id=place.code, worker_id=one.id, starts=begins, ends=begins + dt.timedelta(days=31), order=order,
                phone=one.phone,
            )  # fmt: skip


def _fixed_first(one: Employee) -> tuple[bool, bool]:
    return "." in one.username, one.role != "nurse"


# A site


def _write_site(programme: Plan, made: Made) -> None:
    """One site's facts, directory and lists in one transaction; then its truth beside it."""
    folder = home() / TRUTH
    folder.mkdir(exist_ok=True)
    waiting = folder / f".{made.place.code}.jsonl"
    with waiting.open("wb") as file:
        for line in truth.lines(made):
            file.write(line)
    with store.writing():
        _facts(made)
        _rows(made, programme.now.date())
        append(made.refused, received=programme.now)
    waiting.rename(folder / f"{made.place.code}.jsonl")


def _facts(made: Made) -> None:
    encoded = [f.encode(one) for one in made.facts]
    at = [dt.datetime.fromtimestamp(one * 60, dt.UTC) for one in made.received]
    rows = [
        (fact.person, fact.id, fact.kind, f.instant(fact.occurred), received, data)
        for fact, received, data in zip(made.facts, at, encoded, strict=True)
    ]
    order = sorted(range(len(rows)), key=lambda n: (made.received[n], made.facts[n].id))
    batches = []
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        digest = hashlib.sha256(b"".join(encoded[n] for n in part)).hexdigest()
        batches.append((at[part[-1]], json.dumps([made.facts[n].id for n in part]), digest))
    rows.sort(key=lambda row: row[:2])
    store.insert("record_fact", ("person", "id", "kind", "at", "received", "data"), rows)
    store.insert("record_batch", ("committed", "facts", "digest"), batches)


def _rows(made: Made, today: dt.date) -> None:
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    charts, aliases = fold_all(facts, merges_of(facts, today), today)
    people: list[Sequence[object]] = [(one, 1, *person_row(chart), "") for one, chart in charts.items()]
    people += [(one, 1, False, *[""] * 7, None, root) for one, root in aliases.items()]
    store.insert("record_person", ("id", "rev", *PERSON, "merged_into"), people)
    for table, columns, rows in derive(charts, today).tables():
        store.insert(table, columns, rows)


def truth_folder() -> Path:
    """Where the planted truth of this node's demo lies."""
    return home() / TRUTH

