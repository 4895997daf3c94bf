"""Erasure of one person's record: every fact and every row that came of it, so that the seals still hold.

In the place of each erased fact its id stays, and of every other fact that was committed in one batch with it a
digest, so that a later change to those is still found. These marks come to a sum in the access log, which is sealed
itself. What left this node before (backups, prints, messages, exports) is beyond it: the page says so.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

from django.apps import apps
from django.db import connection, models

from vwazen.clinical import facts as f
from vwazen.server.audit.actions import log
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, fact_table, store
from vwazen.server.record.models import Batch, Erased, Erasure, NotSame, Person
from vwazen.server.record.refresh import DERIVED, clusters

_STAY = ("audit_accessentry", "record_erasure", "record_fact", "record_person")
Forget = Callable[[Sequence[str], Sequence[f.Fact]], None]
_others: list[Forget] = []


def also(forget: Forget) -> Forget:
    """Register what else must go with a person: called with all their ids and facts, inside the transaction."""
    if forget not in _others:
        _others.append(forget)
    return forget


def erase(*, by: Worker, erasure: Erasure) -> int:
    """Erase the record that was asked for; how many facts went. Call `scrub` afterwards, outside any transaction."""
    with store.writing():
        ids = sorted(clusters([erasure.person]) or {erasure.person})
        store.lock_people(ids)
        facts = [fact for those in store.facts_of(ids).values() for fact in those]
        _tombstones(by, facts, erasure)
        _delete_facts(ids)
        for forget in _others:
            forget(ids, facts)
        _delete_rows(ids)
        now = clock.now()
        Erasure.objects.filter(pk=erasure.pk).update(
            state=Erasure.DONE, decided=now, decided_by=str(by.pk), decided_by_name=by.name, facts=len(facts)
        )
    return len(facts)


def _tombstones(by: Worker, facts: Sequence[f.Fact], erasure: Erasure) -> None:
    """A mark in the place of each of these facts, and the digests of those committed with them and not erased.

    An erased fact leaves no digest: whoever guesses what it said could compare. Its batch has one over all of it.
    """
    gone = {fact.id for fact in facts}
    marked = Erased.objects.filter(pk__in=gone)
    known, touched = set(marked.values_list("pk", flat=True)), {erasure.pk, *marked.values_list("erasure", flat=True)}
    marked.update(gone=True, digest="")
    for batch, ids in _batches(gone - known):
        stored = store.known_facts(ids)
        rows = [
            (one, batch, "" if one in gone else hashlib.sha256(stored[one]).hexdigest(), one in gone, erasure.pk)
            for one in ids
            if one in stored
        ]
        store.insert("record_erased", ("fact", "batch", "digest", "gone", "erasure"), rows, ignore=True)
    for one in Erasure.objects.filter(pk__in=touched):
        many = len(facts) if one.pk == erasure.pk else 0
        log(by=by, action="erasure", person=one.person, site=one.path, purpose="erasure",
            note=f"erasure={one.pk} facts={many} sum={sum_of(one.pk)}")  # fmt: skip


def sum_of(erasure: str) -> str:
    """What the marks left by one erasure come to; the access log holds it."""
    total = hashlib.sha256()
    for fact, digest in Erased.objects.filter(erasure=erasure).order_by("pk").values_list("pk", "digest"):
        total.update(f"{fact}:{digest}".encode())
    return total.hexdigest()[:32]


def _batches(wanted: set[str]) -> Iterator[tuple[int, list[str]]]:
    """The batches that hold any of these facts, with all their ids. Batches have the instant of their facts."""
    left, ids = set(wanted), sorted(wanted)
    instants: set[object] = set()
    for start in range(0, len(ids), 400):
        part = ids[start : start + 400]
        rows = store.select(f"SELECT received FROM record_fact WHERE id IN ({store.marks(part)})", part)  # noqa: S608
        instants |= {row[0] for row in rows}
    near = Batch.objects.filter(committed__in=[one for one in map(store.instant, instants) if one])
    for query in (near, Batch.objects.all()):  # what a restore committed has another instant: look everywhere
        if not left:
            return
        for number, those in query.order_by("id").values_list("id", "facts").iterator():
            if not left.isdisjoint(those):
                left -= set(those)
                yield number, list(those)


def _delete_facts(ids: Sequence[str]) -> None:
    """The only place that takes facts out of the log: its guard is away for these statements of one transaction."""
    vendor = connection.vendor
    for statement in fact_table.DROP_GUARD[vendor]:
        store.execute(statement)
    store.execute(f"DELETE FROM record_fact WHERE person IN ({store.marks(ids)})", ids)  # noqa: S608
    for statement in fact_table.GUARD[vendor]:
        store.execute(statement)


def _delete_rows(ids: Sequence[str]) -> None:
    """Every row of every table that names one of these people, but for the access log and the erasure itself."""
    for model in apps.get_models():
        names = {field.column for field in model._meta.local_fields if field.column}
        if "person" in names and model._meta.db_table not in _STAY and model._meta.managed:
            model._base_manager.filter(person__in=ids).delete()
    NotSame.objects.filter(models.Q(one__in=ids) | models.Q(other__in=ids)).delete()
    Person.objects.filter(pk__in=ids).delete()


def is_erased(ids: Sequence[str]) -> set[str]:
    """Which of these facts were erased: whoever sends one again is told that it is known, and nothing is kept."""
    if not ids:
        return set()
    asked = f"SELECT fact FROM record_erased WHERE gone AND fact IN ({store.marks(ids)})"  # noqa: S608
    return {str(one) for (one,) in store.select(asked, ids, ready=len(ids) == 1)}


def scrub() -> str:
    """Overwrite what the database's file still holds of deleted rows; what could not be done, in a sentence."""
    if connection.in_atomic_block:
        return "Inside a transaction nothing can be overwritten: run `vwazen scrub`."
    if connection.vendor == "sqlite":
        store.execute("VACUUM")
        store.select("PRAGMA wal_checkpoint(TRUNCATE)")
        return ""
    for table in ("record_fact", "record_person", "record_held", *DERIVED):
        store.execute(f"VACUUM FULL {table}")
    return "PostgreSQL's write-ahead log and its replicas hold the old bytes until they are written over or taken away."


def digest_of(batch: int, facts: Sequence[str], stored: dict[str, bytes], committed: str) -> str | None:
    """The digest of a batch from which something was erased: as committed, if what stays is as it was; None where it
    is not, or where nothing of this batch was erased."""
    marks = {row[0]: (row[1], row[2]) for row in Erased.objects.filter(batch=batch).values_list("pk", "digest", "gone")}
    if not marks:
        return None
    for one in facts:
        digest, gone = marks.get(one, ("", False))
        here = hashlib.sha256(stored[one]).hexdigest() if one in stored else ""
        if gone != (not here) or (here and here != digest):
            return None
    return committed
