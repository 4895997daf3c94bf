"""Rebuild, seal, back up, restore."""

import datetime as dt
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests import kept
from tests.world import World, answer, day, say
from vwazen.clinical import facts as f
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import copies, fact_table, seal, store, upkeep
from vwazen.server.record.models import Batch, CaseloadRow, Fact, NameKey, OpenItem, Person, Seal, Segment

DERIVED = (CaseloadRow, Segment, OpenItem, NameKey, Person)


def derived() -> dict[str, list[tuple[object, ...]]]:
    """Every derived row, without the counters that a rebuild moves."""
    found = {}
    for model in DERIVED:
        names = [f.column for f in model._meta.fields if f.column not in (None, "rev") and not (f.primary_key and f.column == "id" and model in (Segment, NameKey))]  # fmt: skip # noqa: E501
        found[model.__name__] = sorted(map(repr, model.objects.values_list(*names)))
    return found


def test_rebuild_gives_the_same_rows(world: World) -> None:
    before = derived()
    for table in ("record_caseload", "record_segment", "record_open_item", "record_name_key"):
        store.execute(f"DELETE FROM {table}")
    assert upkeep.rebuild()["people"] == Person.objects.count()
    assert derived() == before
    upkeep.rebuild()
    assert derived() == before


def test_rebuild_as_of_a_day_knows_only_what_had_arrived(world: World) -> None:
    upkeep.rebuild(as_of=dt.date.fromisoformat(day(1)))
    assert not CaseloadRow.objects.exists(), "everything in this world arrived today"
    upkeep.rebuild()
    assert CaseloadRow.objects.count() == 4


def test_a_fact_is_never_edited_or_deleted(world: World) -> None:
    for statement in ("UPDATE record_fact SET kind = 'note'", "DELETE FROM record_fact"):
        with pytest.raises(IntegrityError, match="never"), transaction.atomic():
            store.execute(statement)


def test_the_seal_holds_until_someone_changes_the_past(world: World) -> None:
    first = seal.seal()
    assert first is not None and seal.verify() == []
    answer(world, "ben", 9, 0)
    second = seal.seal()
    assert second is not None and second.chain != first.chain
    assert seal.seal() is None
    assert seal.verify() == []
    for statement in fact_table.DROP_GUARD[connection.vendor]:
        store.execute(statement)
    victim = Fact.objects.filter(kind="response").first()
    assert victim is not None
    changed = bytes(victim.data).replace(b'"9":0.0', b'"9":3.0')
    store.execute("UPDATE record_fact SET data = %s WHERE id = %s", [changed, victim.id])
    (fault,) = seal.verify()
    assert fault.seal == first.id and "changed" in fault.what
    for statement in fact_table.GUARD[connection.vendor]:
        store.execute(statement)


def test_much_is_sealed_a_part_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "AT_ONCE", 2)
    for minutes in range(5):
        say(world, "ben", "nia", f.Encounter(mode="home", minutes=minutes))
    last = seal.seal()
    assert last is not None and last.last_batch == Batch.objects.latest("id").id
    under = [Batch.objects.filter(id__range=(one.first_batch, one.last_batch)).count() for one in Seal.objects.all()]
    assert max(under) <= 2 and sum(under) == Batch.objects.count() > 5
    assert seal.verify() == [] and seal.seal() is None


def test_who_seals_at_the_same_moment_leaves_one_chain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real, others = seal._digest, []

    def digest(*ends: int) -> str:
        if not others:
            others.append(None)
            others[0] = seal.seal()
            answer(world, "ben", 9, 0)
        return real(*ends)

    monkeypatch.setattr(seal, "_digest", digest)
    assert seal.seal() is None, "the other one sealed all that was there at the beginning"
    assert others[0] is not None and Seal.objects.count() == 1
    assert seal.seal() is not None and seal.verify() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_a_seal_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    world = kept.world()
    real, written = seal._digest, []

    def write() -> None:
        written.append(say(world, "ann", "nia", f.Encounter(mode="home")).id)
        connections.close_all()

    def digest(*ends: int) -> str:
        other = threading.Thread(target=write)
        other.start()
        other.join(20)
        assert written, "a write waited for the seal"
        return real(*ends)

    monkeypatch.setattr(seal, "_digest", digest)
    assert seal.seal() is not None
    monkeypatch.setattr(seal, "_digest", real)
    assert seal.verify() == [] and seal.seal() is not None and seal.verify() == []


def test_a_seal_rewritten_breaks_the_chain(world: World) -> None:
    seal.seal()
    answer(world, "ben", 9, 0)
    seal.seal()
    store.execute("UPDATE record_seal SET digest = %s WHERE id = 1", ["0" * 64])
    assert {fault.seal for fault in seal.verify()} >= {1}
    assert Seal.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_backup_while_writes_go_on_and_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes after each part that was copied; the copy must not begin anew each time."""
    world = kept.world()
    monkeypatch.setattr(copies, "PAGES", 16)
    parts: list[int] = []
    told: list[str] = []

    def write(done: int, total: int) -> None:
        if told[-1] == "seconds of checking":
            return
        assert 0 <= done <= total
        parts.append(done)
        if len(parts) < 40:
            say(world, "ann", "nia", f.Encounter(mode="home"))

    facts_before = Fact.objects.count()
    made = copies.backup(tmp_path / "copy", lambda label: told.append(label) or write)  # type: ignore[func-returns-value]
    assert int(str(made["facts"])) >= facts_before and Fact.objects.count() > facts_before
    assert copies.verify(tmp_path / "copy")["damage"] == "none"
    if connection.vendor == "postgresql":
        assert told == ["tables copied"] and max(parts) > 10
        return  # pg_restore into the very database under test would cut the test's own connection
    ((pages,),) = store.select("PRAGMA page_count")
    assert told == ["MB copied", "seconds of checking"] and len(parts) <= int(str(pages)) // 16 + 2, "copied once"
    assert sorted(one.name for one in (tmp_path / "copy").iterdir()) == ["backup.json", "vwazen.sqlite3"]
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as server:
        server.execute("SELECT count(*) FROM record_fact").fetchone()
        with pytest.raises(Invalid, match="Stop it first"):
            copies.restore(tmp_path / "copy")
    restored = copies.restore(tmp_path / "copy")
    assert restored["facts"] == made["facts"] == facts_before, "as it stood when the copy began"
    before = derived()
    upkeep.rebuild()
    assert derived() == before
    assert seal.verify() == []


def stopped(at: str) -> copies.Show:
    """Ctrl-C while this is counted."""

    def show(label: str) -> upkeep.Progress:
        def stop(done: int, total: int) -> None:
            if label == at:
                raise KeyboardInterrupt

        return stop

    return show


def test_what_was_stopped_is_no_backup_and_looks_like_none(world: World, tmp_path: Path) -> None:
    place = tmp_path / "copy"
    for at in ("MB copied", "seconds of checking") if connection.vendor == "sqlite" else ("tables copied",):
        with pytest.raises(KeyboardInterrupt):
            copies.backup(place, stopped(at))
        assert not place.exists()
    place.mkdir()
    with pytest.raises(KeyboardInterrupt):
        copies.backup(place, stopped(at))
    assert list(place.iterdir()) == []
    with pytest.raises(Invalid, match="no backup"):
        copies.restore(place)
    assert copies.backup(place, stopped("seconds of checking"), check=False)["checked"] is False
    assert copies.verify(place)["damage"] == "none"


@pytest.mark.django_db(transaction=True)
def test_a_damaged_backup_is_found_and_never_put_in_the_place_of_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.world()
    folder = tmp_path / "copy"
    copies.backup(folder)
    (file,) = [one for one in folder.iterdir() if one.name != "backup.json"]
    whole = file.read_bytes()
    half = len(whole) // 2 // 4096 * 4096
    if connection.vendor == "sqlite":  # a table's first page: inside of one, only seals tell letters from other letters
        with sqlite3.connect(file) as copy:
            found = copy.execute("SELECT rootpage FROM sqlite_master WHERE name = 'record_person'")
            half = (found.fetchone()[0] - 1) * 4096
    file.write_bytes(whole[:half])
    with pytest.raises(Invalid, match="it was written with"):
        copies.verify(folder)
    file.write_bytes(whole[:half] + b"\xff" * 8192 + whole[half + 8192 :])
    with pytest.raises(Invalid, match=r"damaged|failed"):
        copies.verify(folder)
    if connection.vendor == "sqlite":
        node = Path(str(connection.settings_dict["NAME"]))

        def beside() -> set[str]:
            """What lies beside the node's database; SQLite's own two files come and go."""
            own = {f"{node.name}-wal", f"{node.name}-shm"}
            return {one.name for one in node.parent.glob(f"*{node.stem}*")} - own

        here = beside()
        with pytest.raises(Invalid, match="damaged"):
            copies.restore(folder)
        file.write_bytes(whole)
        with pytest.raises(KeyboardInterrupt):
            copies.restore(folder, stopped("MB copied"))
        monkeypatch.setattr(copies.shutil, "disk_usage", lambda _: Usage(0, 0, 1000))
        with pytest.raises(Invalid, match="Make room"):
            copies.restore(folder)
        assert beside() == here and Fact.objects.exists(), "nothing here was touched"
    file.unlink()
    with pytest.raises(Invalid, match="is missing"):
        copies.restore(folder)


class Usage(NamedTuple):
    """As `shutil.disk_usage` says it."""

    total: int
    used: int
    free: int


def test_backup_refuses_a_folder_that_holds_something(world: World, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    with pytest.raises(Invalid, match="not empty"):
        copies.backup(tmp_path)
    with pytest.raises(Invalid, match="no backup"):
        copies.restore(tmp_path)


def test_facts_out_and_in_again_are_the_same(world: World) -> None:
    lines = list(upkeep.export_facts())
    assert len(lines) == Fact.objects.count()
    assert upkeep.take_facts(iter(lines)) == {"new": 0, "again": len(lines), "held": 0}
