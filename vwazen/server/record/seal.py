"""The sealer: gives committed batches their order and chains their digests with the access log's.

Each seal covers the batches and log entries since the one before, and holds sha256(previous chain + own digest). A
chain that never leaves the machine proves nothing against its owner: print a seal, or send it to the parent node.
"""

import hashlib
from collections.abc import Iterator

import msgspec
from django.db import connection

from vwazen.server.audit.models import AccessEntry
from vwazen.server.record import clock, store
from vwazen.server.record.erasing import digest_of, sum_of
from vwazen.server.record.models import Batch, Erasure, Seal

START = "0" * 64


class Fault(msgspec.Struct, frozen=True):
    """Where the chain does not hold."""

    seal: int
    what: str


def seal() -> Seal | None:
    """Seal what was committed since the last seal; None when there is nothing new."""
    with store.writing():
        if connection.vendor == "postgresql":
            # Waits for writers under way, so that no batch or entry with a lower number commits after the seal.
            store.execute("LOCK TABLE record_batch, audit_accessentry, record_seal IN SHARE ROW EXCLUSIVE MODE")
        last = Seal.objects.order_by("-id").first()
        last_batch = last.last_batch if last else 0
        newest = Batch.objects.order_by("-id").values_list("id", flat=True).first() or last_batch
        entry = AccessEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        last_entry = last.last_entry if last else 0
        if newest == last_batch and entry == last_entry:
            return None
        digest = _digest(last_batch, newest, last_entry, entry)
        one = Seal(
            id=(last.id if last else 0) + 1, sealed=clock.now(), first_batch=last_batch + 1, last_batch=newest,
            last_entry=entry, digest=digest, chain=_link(last.chain if last else START, digest),
        )  # fmt: skip
        columns = [field.column for field in one._meta.fields if field.column]
        store.insert("record_seal", columns, [[getattr(one, name) for name in columns]])
        return one


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


def verify() -> list[Fault]:
    """Every place where the stored facts or log entries no longer give the sealed chain."""
    faults: list[Fault] = []
    chain, batch, entry = START, 0, 0
    for one in Seal.objects.order_by("id").iterator():
        if one.first_batch != batch + 1 or one.digest != _digest(batch, one.last_batch, entry, one.last_entry):
            faults.append(Fault(one.id, "facts or log entries under this seal were changed, added or removed"))
        chain = _link(chain, one.digest)
        if one.chain != chain:
            faults.append(Fault(one.id, "the link to the seal before is broken"))
            chain = one.chain
        batch, entry = one.last_batch, one.last_entry
    return faults + list(_unlike())


def _unlike() -> Iterator[Fault]:
    """Erasures whose marks are not those that the access log wrote down last."""
    for one in Erasure.objects.filter(state=Erasure.DONE):
        notes = AccessEntry.objects.filter(action="erasure", person=one.person, note__startswith=f"erasure={one.pk} ")
        last = notes.order_by("-pk").values_list("note", flat=True).first() or ""
        if not last.endswith(f"sum={sum_of(one.pk)}"):
            yield Fault(0, "the marks left by an erasure were changed")
