"""Make the derived rows of a node again while people go on working; its facts, written out and taken in."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import chain

import msgspec
from django.conf import settings

from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, remaking, standing, store
from vwazen.server.record.actions import append
from vwazen.server.record.models import Fact
from vwazen.server.record.refresh import refresh

CHUNK = 50
SYNTHETIC = "synthetic"  # the file that marks a node of invented people; a copy of it stays marked
MARKED = b'{"synthetic":true}\n'  # the first line of their facts, written out
Progress = Callable[[int, int], None]


def rebuild(*, as_of: dt.date | None = None, progress: Progress | None = None) -> dict[str, int]:
    """Throw the derived rows away and make them again, as they stand on `as_of` (today by default).

    With an earlier `as_of` only facts received by the end of that day count: what the lists said then.
    """
    today = as_of or clock.today()
    until = None
    if as_of and as_of < clock.today():
        until = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time(), dt.UTC)
    ids = [str(row[0]) for row in store.select("SELECT DISTINCT person FROM record_fact ORDER BY person")]
    done = 0
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        with store.writing():
            store.lock_people(part)
            standing.forget(part)
            refresh(part, today, until)
        done += len(part)
        if progress:
            progress(done, len(ids))
    if as_of is None:
        remaking.made()
    return {"people": done, "facts": Fact.objects.count()}


def synthetic() -> bool:
    """Whether the people on this node are invented."""
    return (home() / SYNTHETIC).exists()


def export_facts() -> Iterator[bytes]:
    """Every fact as one line of JSON, in the order of the log: what another node can take in whole.

    Where the people are invented, the first line says so.
    """
    if synthetic():
        yield MARKED
    for batch in store.select("SELECT facts FROM record_batch ORDER BY id"):
        ids = batch[0] if isinstance(batch[0], list) else msgspec.json.decode(str(batch[0]))
        stored = store.known_facts(ids)
        yield from (stored[one] + b"\n" for one in ids)


def take_facts(lines: Iterator[bytes]) -> dict[str, int]:
    """Append facts written by `export_facts`; what is known already is passed over.

    Invented and real people are never put together: facts are refused where the node holds the others.
    """
    counts = {"new": 0, "again": 0, "held": 0}
    part: list[f.Fact] = []
    first = next(lines, b"")
    _same_people(invented=first == MARKED)
    for line in lines if first in (MARKED, b"") else chain([first], lines):
        part.append(f.decode(line))
        if len(part) == CHUNK * 4:
            _count(counts, part)
            part = []
    _count(counts, part)
    return counts


def _same_people(*, invented: bool) -> None:
    if invented == synthetic():
        return
    if not invented:
        raise Invalid(
            "The people on this node are invented (it is a demo), and this file does not say that its people are. "
            "Take it on a node of its own: name another folder with VWAZEN_HOME."
        )
    if Fact.objects.exists():
        raise Invalid(
            "The people in this file are invented (it was written by a demo), and this node holds people of its own. "
            "Nothing was taken. Take it on an empty node: name another folder with VWAZEN_HOME."
        )
    mark = {"size": "clinic", "seed": 0, "years": 0, "now": clock.now().isoformat(), "done": True}
    (home() / SYNTHETIC).write_text(json.dumps(mark) + "\n")
    settings.SYNTHETIC = True


def _count(counts: dict[str, int], part: list[f.Fact]) -> None:
    for receipt in append(part) if part else ():
        counts[receipt.status] += 1
