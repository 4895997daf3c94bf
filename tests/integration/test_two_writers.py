"""Several people write about one person at once: no row goes stale, nobody hears that the database is locked."""

import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, connections

from tests import kept
from tests.integration.test_upkeep import derived
from tests.world import World, phq9
from vwazen.clinical import facts as f
from vwazen.server.record import erasing, store, upkeep
from vwazen.server.record import refresh as refreshing
from vwazen.server.record.actions import append, make_fact
from vwazen.server.record.models import CaseloadRow, Fact, OpenItem, Person

WRITERS, EACH = 6, 15


@pytest.mark.django_db(transaction=True)
def test_eight_writers_on_few_people() -> None:
    world = kept.world()
    people = [world.people["ben"], world.people["dan"]]
    before = Fact.objects.count()
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(EACH):
                order = people if (number + turn) % 2 else people[::-1]
                append([visit(world, one, (number * 7 + turn) % 25) for one in order])
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Fact.objects.count() == before + 2 * WRITERS * EACH
    rows = derived()
    upkeep.rebuild()
    assert derived() == rows, "a row was left stale"


@pytest.mark.django_db(transaction=True)
def test_one_fact_sent_by_two_at_once_is_on_record_once() -> None:
    world = kept.world()
    fact = visit(world, world.people["ben"], 12)
    found: list[str] = []
    gate = threading.Barrier(4)

    def send() -> None:
        gate.wait()
        try:
            found.append(append([fact])[0].status)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["again", "again", "again", "new"]
    assert CaseloadRow.objects.get(person=world.people["ben"]).last_score == 12


def test_rev_rises_with_every_fact(world: World) -> None:
    rev = Person.objects.get(pk=world.people["ben"]).rev
    append([visit(world, world.people["ben"], 8)])
    assert Person.objects.get(pk=world.people["ben"]).rev > rev


def visit(world: World, person: str, total: int) -> f.Fact:
    """A PHQ-9 now."""
    body = f.Response(instrument="phq-9", version=1, answers=phq9(total))
    return make_fact(by=world.nia, person=person, site="bel-dlo", body=body)


@pytest.mark.skipif(not os.environ.get("DATABASE_URL"), reason="on SQLite one writes at a time")
@pytest.mark.django_db(transaction=True)
def test_two_dangers_are_told_while_somebody_merges_those_whom_they_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both writers looked before the merge who belongs together, and waited for it: neither may write the rows of the
    one chart without what the other told."""
    world = kept.world()
    ben, ann = world.people["ben"], world.people["ann"]
    gate, faults, write = threading.Barrier(2), [], refreshing._write

    def held(*arguments: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            gate.wait(timeout=1.5)
        write(*arguments)

    def tell(person: str) -> None:
        try:
            body = f.Concern(trigger="told", text="Danger")
            append([make_fact(by=world.nia, person=person, site="bel-dlo", body=body)])
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tell, args=(one,)) for one in (ben, ann)]
    with store.writing():
        append([make_fact(by=world.kai, person=ben, site="bel-dlo", body=f.Merge(into=ann))])
        monkeypatch.setattr(refreshing, "_write", held)
        for one in threads:
            one.start()
        time.sleep(0.7)
    for one in threads:
        one.join()
    assert faults == []
    rows = derived()
    assert OpenItem.objects.filter(person=ann, kind="risk").count() == 2
    monkeypatch.setattr(refreshing, "_write", write)
    upkeep.rebuild()
    assert derived() == rows, "a row was left stale"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere nobody writes between the look and the lock")
def test_who_is_erased_before_they_are_held_is_not_known_by_what_was_read_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = world.people["ann"], world.people["ben"]
    append([make_fact(by=world.wim, person=ben, site="bel-dlo", body=f.Merge(into=ann))])
    real, looks = store.known_people, []

    def erased(people: Iterable[str]) -> dict[str, store.Known]:
        found = real(people)
        if not looks:
            erasing._delete_facts([ann, ben])
            erasing._delete_rows([ann, ben])
        looks.append(people)
        return found

    monkeypatch.setattr(store, "known_people", erased)
    append([make_fact(by=world.wim, person=ann, site="bel-dlo", body=f.Note(text="late"))])
    assert not Person.objects.filter(pk=ben).exists()
    rows = derived()
    upkeep.rebuild()
    assert derived() == rows
