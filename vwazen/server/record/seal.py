"""The sealer: gives committed batches their order and chains their digests with the access log's.

Each seal covers the batches and log entries since the one before, and holds sha256(previous chain + own digest). A
chain that never leaves the machine proves nothing against its owner: print a seal, or send it to the parent node.
"""

import hashlib
from collections.abc import Callable, Iterator

import msgspec
from django.db import connection

from vwazen.server.audit.models import AccessEntry
from vwazen.server.record import clock, store
from vwazen.server.record.erasing import digest_of, sum_of
from vwazen.server.record.models import Batch, Erasure, Seal

START = "0" * 64
AT_ONCE = 500  # batches under one seal; an import's or a demo's have 500 facts each
ENTRIES_AT_ONCE = 50_000  # of the access log


class Fault(msgspec.Struct, frozen=True):
    """Where the chain does not hold."""

    seal: int
    what: str


def seal() -> Seal | None:
    """Seal what was committed since the last seal, a part at a time; the last seal made, None when nothing is new.

    Nobody waits while a digest is made: what is committed does not change. A demo or a restored country has tens of
    thousands of batches, and whoever signed in had to wait until all were read.
    """
    with store.writing():
        _wait("record_batch, audit_accessentry, record_seal")
        batches, entries = _newest(Batch), _newest(AccessEntry)
    made: Seal | None = None
    while True:
        last = Seal.objects.order_by("-id").first()
        begun = (last.last_batch, last.last_entry) if last else (0, 0)
        ends = _end(Batch, begun[0], batches, AT_ONCE), _end(AccessEntry, begun[1], entries, ENTRIES_AT_ONCE)
        if ends == begun:
            return made
        digest = _digest(begun[0], ends[0], begun[1], ends[1])
        one = Seal(
            id=(last.id if last else 0) + 1, sealed=clock.now(), first_batch=begun[0] + 1, last_batch=ends[0],
            last_entry=ends[1], digest=digest, chain=_link(last.chain if last else START, digest),
        )  # fmt: skip
        with store.writing():
            _wait("record_seal")
            if _newest(Seal) != one.id - 1:
                continue  # another process sealed meanwhile: on from there
            columns = [field.column for field in one._meta.fields if field.column]
            store.insert("record_seal", columns, [[getattr(one, name) for name in columns]])
            made = one


def _wait(tables: str) -> None:
    """For writers under way, so that nothing with a lower number commits afterwards; on SQLite there are none."""
    if connection.vendor == "postgresql":
        store.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def _newest(kind: type[Batch | AccessEntry | Seal]) -> int:
    return kind.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _end(kind: type[Batch | AccessEntry], after: int, to: int, most: int) -> int:
    """The number with which so many after one end, or the last one there is."""
    numbers = kind.objects.filter(pk__gt=after, pk__lte=to).order_by("pk").values_list("pk", flat=True)
    return next(iter(numbers[most - 1 : most]), None) or max(after, to)


def _link(before: str, digest: str) -> str:
    return hashlib.sha256(f"{before}{digest}".encode()).hexdigest()


def _digest(after_batch: int, to_batch: int, after_entry: int, to_entry: int) -> str:
    """sha256 over the bytes of the batches' facts and of the log entries, in order."""
    total = hashlib.sha256()
    for batch in Batch.objects.filter(id__gt=after_batch, id__lte=to_batch).order_by("id").iterator():
        stored = store.known_facts(batch.facts)
        own = hashlib.sha256()
        for fact in batch.facts:
            own.update(stored.get(fact, b"missing"))
        whole = len(stored) == len(batch.facts)
        erased = None if whole else digest_of(batch.id, batch.facts, stored, batch.digest)
        total.update(f"{batch.id}:{erased or own.hexdigest()}".encode())
    entries = AccessEntry.objects.filter(id__gt=after_entry, id__lte=to_entry).order_by("id")
    for row in entries.values_list(
        "id", "at", "worker_id", "action", "person", "site", "purpose", "route", "outcome", "note"
    ).iterator():
        total.update(msgspec.json.encode(row))
    return total.hexdigest()


def verify(progress: Callable[[int, int], None] = lambda done, total: None) -> list[Fault]:
    """Every place where the stored facts or log entries no longer give the sealed chain."""
    faults: list[Fault] = []
    chain, batch, entry, many = START, 0, 0, Seal.objects.count()
    for one in Seal.objects.order_by("id").iterator():
        if one.first_batch != batch + 1 or one.digest != _digest(batch, one.last_batch, entry, one.last_entry):
            faults.append(Fault(one.id, "facts or log entries under this seal were changed, added or removed"))
        chain = _link(chain, one.digest)
        if one.chain != chain:
            faults.append(Fault(one.id, "the link to the seal before is broken"))
            chain = one.chain
        batch, entry = one.last_batch, one.last_entry
        progress(one.id, max(one.id, many))
    return faults + list(_unlike())


def _unlike() -> Iterator[Fault]:
    """Erasures whose marks are not those that the access log wrote down last."""
    for one in Erasure.objects.filter(state=Erasure.DONE):
        notes = AccessEntry.objects.filter(action="erasure", person=one.person, note__startswith=f"erasure={one.pk} ")
        last = notes.order_by("-pk").values_list("note", flat=True).first() or ""
        if not last.endswith(f"sum={sum_of(one.pk)}"):
            yield Fault(0, "the marks left by an erasure were changed")
