"""Bringing answers in from elsewhere: `start` a job, `run` it, `undo` it.

Twice is once: a job that was cut off is simply run again. Nobody is alarmed or enrolled by a file: people arrive to
be triaged, and a safety answer older than the policy's limit becomes one historical item of its person. What cannot
be taken is held with its reason; `vwazen.server.record.mending` lets a person mend it.
"""

import datetime as dt
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec
from django.conf import settings
from django.db.models import Q

from vwazen.content.load import content
from vwazen.exchange import incoming as x
from vwazen.exchange.fhir import read_fhir
from vwazen.exchange.table import read_table
from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import UNDONE, append, make_id, site_named
from vwazen.server.record.intake import Tally, known_at, take
from vwazen.server.record.models import Held, Import, Imported, OpenItem
from vwazen.server.record.refresh import clusters
from vwazen.server.record.undoing import unasked, unsaid, worked_on

CHUNK = 100
STALE = dt.timedelta(minutes=2)
BEAT = 1.0  # seconds between two signs of life while a file is read and nothing comes of it


def start(
    *, by: Worker, files: Sequence[Path], site: str, as_of: dt.date, map_file: Path | None = None, system: str = "",
    title: str = "", keep: bool = False, names: Sequence[str] = (), map_name: str = "", invented: bool = False,
) -> Import:  # fmt: skip
    """Register a job over `files` (with `map_file`: tables). `keep` copies the files into this node's folder.

    `names` and `map_name` are what the files were called where they came from. The map is always copied: mending
    reads with it. On a demo, `invented` says that these people are invented too; the access log keeps who said so.
    """
    where = site_named(site)
    with attempt(by=by, action="import", site=where.path, purpose="import") as entry:
        policy.require(by, "import_data", where)
        if settings.SYNTHETIC:
            if not invented:
                raise Invalid(
                    "The people on this node are invented (it is a demo), and real people must not be brought in. "
                    "Import on a node of its own, or say that the people in these files are invented too (--invented).",
                    field="invented",
                )
            entry.note = "people=invented"
        if not files:
            raise Invalid("Choose at least one file.", field="files")
        if as_of > clock.today():
            raise Invalid("The as-of date lies in the future. Give the day on which the file was made.", field="as_of")
        job = make_id()
        folder = Path(settings.IMPORTS_FOLDER) / job
        called = [*names] or [one.name for one in files]
        if keep:
            files = [_kept(one, folder, name) for one, name in zip(files, called, strict=True)]
        if map_file:
            map_file = _kept(map_file, folder, f"map {map_name or map_file.name}")
        row = Import(
            id=job, title=title.strip()[:200] or ", ".join(called)[:200],
            file="\n".join(str(one.resolve()) for one in files), map_file=str(map_file.resolve()) if map_file else "",
            system=system.strip()[:120], site=where.code, path=where.path, as_of=as_of, by=str(by.pk), by_name=by.name,
            created=clock.now(),
        )  # fmt: skip
        columns = [field.column for field in row._meta.fields if field.column]
        store.insert("record_import", columns, [[_plain(getattr(row, one)) for one in columns]])
    return row


def _kept(file: Path, folder: Path, name: str) -> Path:
    """The file in the job's own folder, under a name of its own there. It may hold anything about anyone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    suffix = Path(name).suffix[:12]
    stem = re.sub(r"[^\w.() -]", "_", Path(name).name.removesuffix(suffix))[:80].strip() or "file"
    target = folder / f"{stem}{suffix}"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{stem} ({number}){suffix}"
    if file.is_dir():
        return Path(shutil.copytree(file, target))
    try:
        os.link(file, target)  # no second copy of what may be large
    except OSError:
        shutil.copy(file, target)
    return target


def _plain(value: object) -> object:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


def _update(job: str, **values: object) -> None:
    names = ", ".join(f"{name} = %s" for name in values)
    store.execute(f"UPDATE record_import SET {names} WHERE id = %s", [*map(_plain, values.values()), job])  # noqa: S608


def run(job: Import) -> Import:
    """Carry a job out, chunk by chunk, each chunk durable; safe to run again after a power cut."""
    _update(job.id, state=Import.RUNNING, beat=clock.now(), problem="")
    tally = Tally()
    reading = _Reading(job.id)
    try:
        stream = _stream(job, reading)
        while chunk := list(islice(stream, CHUNK)):
            with store.writing():
                take(job, chunk, tally)
                _update(job.id, share=reading.share, beat=clock.now(), counts=dict(tally.counts))
    except Exception as error:
        _update(job.id, state=Import.FAILED, finished=clock.now(), problem=f"Stopped: {type(error).__name__}.")
        _clear(job)
        raise
    tally.counts["held"] = Held.objects.filter(import_id=job.id).count()
    tally.counts["historical_people"] = _historical(tally.people)
    failed = tally.problems and not tally.counts["people"] and not tally.counts["responses"]
    _update(
        job.id, state=Import.FAILED if failed else Import.DONE, share=1.0, finished=clock.now(),
        counts=dict(tally.counts), problem="\n".join(tally.problems),
    )  # fmt: skip
    _clear(job)
    return Import.objects.get(pk=job.id)


class _Reading:
    """How far a job has read, and a sign of life while it reads."""

    def __init__(self, job: str) -> None:
        self.job, self.share, self.told = job, 0.0, time.monotonic()

    def progress(self, before: float, part: float) -> x.Progress:
        """For one of several files: `before` is the share of those read, `part` its own."""

        def told(done: int, total: int) -> None:
            self.share = min(0.99, before + part * (done / total if total else 0.0))
            if time.monotonic() - self.told > BEAT:
                self.told = time.monotonic()
                _update(self.job, share=self.share, beat=clock.now())

        return told


def _stream(job: Import, reading: _Reading) -> Iterator[x.Anything]:
    know = content()
    paths = [Path(name) for name in job.file.split("\n")]
    if not job.map_file:
        yield from read_fhir(
            paths, know, as_of=job.as_of, system=job.system or None,
            known=lambda source: known_at(job.path, source), progress=reading.progress(0.0, 1.0),
        )  # fmt: skip
        return
    for number, path in enumerate(paths):
        progress = reading.progress(number / len(paths), 1 / len(paths))
        yield from read_table(path, Path(job.map_file), know, as_of=job.as_of, progress=progress)


def _clear(job: Import) -> None:
    """Take this node's copies of the files away once a job has ended; the map stays, to mend with."""
    folder = Path(settings.IMPORTS_FOLDER) / job.id
    for name in job.file.split("\n"):
        if Path(name).parent == folder.resolve():
            shutil.rmtree(name, ignore_errors=True) if Path(name).is_dir() else Path(name).unlink(missing_ok=True)
    with suppress(OSError):  # a map stays, or there was no folder
        folder.rmdir()


def _historical(people: set[str]) -> int:
    """How many of these people have a safety answer from long ago that nobody here has reviewed."""
    items = OpenItem.objects.filter(kind=OpenItem.HISTORICAL)
    return sum(items.filter(person__in=some).count() for some in _chunks(sorted(people), 400))


def undo(*, by: Worker, job: str) -> dict[str, int]:
    """Take an import back: its facts stop counting.

    People on whom work has begun since keep theirs, and so does whoever's open risk would be out of sight without it
    and whom nobody has asked. Returns {'undone': people, 'kept': people}, and 'unasked', where there are any: how many
    of the kept are kept for their risk.
    """
    row = Import.objects.filter(pk=job).first()
    if row is None:
        raise Invalid("There is no such import.")
    with attempt(by=by, action="undo-import", site=row.path, purpose="import"):
        policy.require(by, "import_data", row.path)
        if row.state not in (Import.DONE, Import.FAILED):
            raise Invalid("Only an import that has ended can be undone, and only once. Wait until it is done.")
    kept: set[str] = set()
    danger: set[str] = set()
    people = brought(job)
    for some in _chunks(people, 50):
        with store.writing():
            store.lock_people({*some, *clusters(some)})
            worked, unsafe = _staying(row, some, by)
            kept |= worked | unsafe
            danger |= unsafe
            append(unsaid(row, [one for one in some if one not in kept], by))
    with store.writing():
        result = {"undone": len(people) - len(kept), "kept": len(kept)} | ({"unasked": len(danger)} if danger else {})
        counts = row.counts | {f"{name}_people": value for name, value in result.items()}
        _update(job, state=Import.UNDONE, counts=counts)
        _let_go(row, kept, by)
    return result


def brought(job: str) -> list[str]:
    """Everyone of whom this import brought something that was new."""
    return sorted(set(Imported.objects.filter(import_id=job).values_list("person", flat=True)))


def keeping(*, by: Worker, job: Import, people: list[str]) -> tuple[set[str], set[str]]:
    """Those of these persons who would keep what came: since work has begun for them; since a risk waits unasked."""
    found = [_staying(job, some, by) for some in _chunks(people, 50)]
    return {one for worked, _ in found for one in worked}, {one for _, unsafe in found for one in unsafe}


def _staying(job: Import, some: list[str], by: Worker) -> tuple[set[str], set[str]]:
    worked = worked_on(some)
    return worked, unasked(job, [one for one in some if one not in worked], by)


def _let_go(job: Import, kept: set[str], by: Worker) -> None:
    """What an undone import held waits no more, unless it is about somebody who keeps what came with it."""
    rows = Held.objects.filter(Q(state=Held.OPEN) | Q(state=Held.MENDED) & ~Q(mended=""), import_id=job.id)
    ids = [pk for pk, person in rows.values_list("pk", "person") if person not in kept]
    for some in _chunks(ids, 400):
        store.execute(
            "UPDATE record_held SET state = %s, decision = %s, decided = %s, decided_by = %s "  # noqa: S608
            f"WHERE id IN ({store.marks(some)})",
            [Held.DISMISSED, UNDONE, clock.now(), str(by.pk), *some],
        )


def _chunks(values: list[str], size: int) -> Iterable[list[str]]:
    return (values[i : i + size] for i in range(0, len(values), size))


def resume() -> list[Import]:
    """Jobs that wait, or that a power cut left running: to be run now."""
    edge = clock.now() - STALE
    waiting = list(Import.objects.filter(state=Import.WAITING).order_by("created"))
    return waiting + list(Import.objects.filter(state=Import.RUNNING, beat__lt=edge).order_by("created"))
