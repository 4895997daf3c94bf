"""The demo in the record: written beside the door, yet the same as through it; never where people are real."""

import datetime as dt
import json
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from tests.derived import rows
from tests.world import World
from vwazen.clinical import facts as f
from vwazen.demo.programme import FIXED
from vwazen.server import demo, starter
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Post, Role, Site, Worker
from vwazen.server.record import bulk, clock, fact_table, seal, store, upkeep
from vwazen.server.record.actions import append
from vwazen.server.record.models import CaseloadRow, Fact, Held, OpenItem, Person
from vwazen.server.record.refresh import PERSON

ENROLLED = {f"old register: {fate}" for fate in ("enrolled", "spoke", "tried", "handed over")}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    monkeypatch.setenv("VWAZEN_HOME", str(tmp_path))
    settings.SYNTHETIC = False
    return tmp_path


def digests() -> dict[str, bytes | None]:
    """person -> what tells which of their rows differ; of nobody who is merged into somebody."""
    rows = store.select("SELECT id, written FROM record_person WHERE merged_into = ''")
    return {str(one): None if written is None else bytes(written) for one, written in rows}  # type: ignore[call-overload]


def directory() -> list[tuple[object, ...]]:
    """Who is known, without the digests."""
    return store.select(f"SELECT id, {', '.join(PERSON)} FROM record_person WHERE merged_into = '' ORDER BY id")


def counts_are_true(truth: list[dict[str, Any]]) -> None:
    """Registered, ever in care, in care now, ends of care by outcome, deaths: the database beside the truth file."""
    site, people = truth[0], [one for one in truth if "person" in one]
    scenes = {one["scene"]: one["people"] for one in truth if "scene" in one}
    rows = store.select("SELECT data FROM record_fact WHERE kind IN ('episode', 'close', 'retraction')")
    facts = [f.decode(bytes(row[0]) if isinstance(row[0], memoryview) else row[0]) for row in rows]
    gone = {one.retracts for one in facts}
    ((many,),) = store.select("SELECT count(DISTINCT person) FROM record_fact WHERE kind = 'registration'")
    assert many == site["registrations"]
    merged = sum(one.get("twin_merged", False) for one in people)
    merged += len(scenes["a duplicate merged"][1:]) + len(scenes["merges in a chain"][1:])
    merged += len(scenes["two phones merged two registrations into each other"][1:])
    assert Person.objects.filter(registered=True, merged_into="").count() == site["registrations"] - merged
    staged = {one for name, who in scenes.items() for one in who
              if name in ENROLLED or name == "three weeks in care with 17 points, never reviewed"}  # fmt: skip
    entered = {one["person"] for one in people if one.get("journeys")}
    assert len(entered) == site["ever_in_care"]
    assert {one.person for one in facts if isinstance(one.body, f.Episode)} == entered | staged
    ended = Counter(one.body.outcome for one in facts if isinstance(one.body, f.Close) and one.id not in gone)
    assert ended + Counter({"open": site["outcomes"]["open"]}) == Counter(site["outcomes"])
    told = sum(one.get("death_recorded", False) for one in people)
    assert Person.objects.exclude(died=None).count() == told
    still = sum(
        not one["outcome"] and not line["death_recorded"] for line in people for one in line.get("journeys", ())
    )
    assert CaseloadRow.objects.exclude(episode="").count() == still + len(staged)


@pytest.mark.django_db
def test_a_new_node_becomes_the_clinic(own_home: Path, settings: Settings) -> None:
    made = starter.found(example=True)
    assert {one.role for one in made} == set(Role.values) and len(made) == 13
    for one in made:
        worker = Worker.objects.get(username=one.username)
        assert worker.check_password(one.password) and Post.objects.filter(worker=worker, role=one.role).exists()
    kept = own_home / starter.FILE
    assert kept.stat().st_mode & 0o077 == 0 and len(kept.read_text().splitlines()) == 13
    assert settings.SYNTHETIC and demo.mark().done  # type: ignore[union-attr]
    assert starter.found(example=True) == []
    assert not Worker.objects.exclude(username__in=[one.username for one in made]).exclude(password="!").exists()
    for row in (*Worker.objects.all(), *Post.objects.all()):  # which came past the models
        row.full_clean()
    assert {one.site_id for one in Post.objects.exclude(ends=None)} == {"spring-clinic"}
    assert Worker.objects.filter(supervisor__username="sonia").count() > 5

    assert Person.objects.filter(registered=True).count() > 4900
    assert {row.kind for row in OpenItem.objects.all()} == {
        "triage", "historical", "risk", "question", "advice", "contact", "refill", "result", "plan", "referral",
        "referred", "trace", "stay", "leave", "discharge", "follow", "unreached", "medicine", "home", "way_home",
        "absent", "message", "consent",
    }  # fmt: skip
    assert sorted(Held.objects.values_list("code", flat=True)) == ["future", "same-id-other-bytes"]

    truth = [json.loads(line) for line in (own_home / demo.TRUTH / "spring-clinic.jsonl").read_text().splitlines()]
    counts = truth[0]["facts"]
    stored = dict(store.select("SELECT kind, count(*) FROM record_fact GROUP BY kind"))
    assert stored == counts
    staged = {one for line in truth if "scene" in line for one in line["people"]}
    entered = sum(len(line["journeys"]) for line in truth if "journeys" in line)
    by_scene = {line["scene"]: len(line["people"]) for line in truth if "scene" in line}
    enrolled = sum(by_scene[one] for one in ENROLLED)
    enrolled += by_scene["three weeks in care with 17 points, never reviewed"]
    assert counts["episode"] == entered + enrolled
    closed = [line["person"] for line in truth if "journeys" in line
              if all(one["closed"] for one in line["journeys"]) and line["person"] not in staged]  # fmt: skip
    assert len(closed) > 100 and not CaseloadRow.objects.filter(person__in=closed).exclude(episode="").exists()

    counts_are_true(truth)

    somebody, stood = CaseloadRow.objects.order_by("person")[0], digests()
    listed = min(one for one, written in stood.items() if written is None)  # registered, and nothing else
    for one in (somebody.person, listed):
        stamp = clock.stamp()
        append([f.Fact(id=f"first-push-{one[:8]}", person=one, occurred=stamp, recorded=stamp, author="x",
                       site=somebody.site, body=f.Note(text="x"))])  # fmt: skip
    assert digests()[somebody.person] == stood[somebody.person], "a note is on no list"
    before, stood, people = rows(), digests(), directory()
    upkeep.rebuild()
    after = rows()
    assert directory() == people
    unknown = {one for one, written in stood.items() if written is None}
    assert len(unknown) < len(stood) and somebody.person not in unknown and listed not in unknown
    assert {one: written for one, written in digests().items() if one not in unknown} == {
        one: written for one, written in stood.items() if one not in unknown
    }
    del before["people"], after["people"]  # what is kept of their rows is among it
    assert after == before
    seal.seal()
    assert seal.verify() == []
    assert sum(one != upkeep.MARKED for one in upkeep.export_facts()) == Fact.objects.count()


@pytest.mark.django_db
def test_a_record_that_holds_people_stays_as_it_is(world: World, own_home: Path) -> None:
    facts = Fact.objects.count()
    with pytest.raises(Invalid, match="people or sites of its own"):
        starter.invent(size="clinic", seed=1)
    assert Fact.objects.count() == facts and not (own_home / demo.MARK).exists()


@pytest.mark.django_db
def test_a_node_with_sites_of_its_own_stays_as_it_is(own_home: Path) -> None:
    Site(code="ht", name="Ayiti (invented)", kind="country", path="ht/").save()
    with pytest.raises(Invalid, match="people or sites of its own"):
        starter.invent(size="clinic", seed=1)
    assert not (own_home / demo.MARK).exists()


@pytest.mark.django_db
def test_what_was_stopped_is_finished_and_nothing_is_lost(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = demo.make

    def cut(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(demo, "make", cut)
    with pytest.raises(RuntimeError):
        starter.found(example=True)
    assert (own_home / starter.FILE).read_text().count("\n") == 13
    assert demo.mark() is not None and not demo.mark().done  # type: ignore[union-attr]
    with pytest.raises(Invalid, match="begun here and not finished"):
        starter.invent(size="clinic", seed=2)
    monkeypatch.setattr(demo, "make", real)
    assert starter.found(example=True) == []
    assert demo.mark().done and Person.objects.filter(registered=True).count() > 4900  # type: ignore[union-attr]
    with pytest.raises(Invalid, match="holds a demo already"):
        starter.invent(size="clinic", seed=1)


@pytest.mark.django_db
def test_indexes_are_made_one_by_one_and_after_a_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    some, real, made = bulk.indexes(), store.execute, []
    bulk.drop_indexes(some)
    assert json.loads(bulk.indexes()) == []

    def cut(statement: str, *more: Any) -> int:
        if "INDEX" in statement or "CONSTRAINT" in statement:
            if len(made) == 3:
                raise RuntimeError("the power went")
            made.append(statement)
        return real(statement, *more)

    monkeypatch.setattr(store, "execute", cut)
    with pytest.raises(RuntimeError):
        bulk.make_indexes(some)
    monkeypatch.setattr(store, "execute", real)
    assert len(json.loads(bulk.indexes())) == 3
    shown: list[tuple[int, int]] = []
    bulk.make_indexes(some, lambda done, total: shown.append((done, total)))
    left = len(json.loads(some)) - 3
    assert shown == [(done, left) for done in range(1, left + 1)]
    assert sorted(json.loads(bulk.indexes())) == sorted(json.loads(some))
    gone = {name for name, _, _ in json.loads(some)}
    assert {"name_key", "segment_order", "open_day"} <= gone
    if connection.vendor == "sqlite":  # those to which a site adds in one place stay
        assert not gone & {"record_fact_id", "person_path", "person_died", "segment_path"}


@pytest.mark.django_db
def test_facts_loaded_in_bulk_are_those_that_were_given() -> None:
    """Before and after the year from which PostgreSQL counts, long ones, and letters of more than one byte."""
    moments = ("1961-04-12 06:07:00", "1999-12-31 23:59:59", "2000-01-01 00:00:00", "2026-11-21 14:05:00.250000")
    rows = [(str(uuid4()), str(uuid4()), kind, at, moments[n % 3], f"{n}é\\\t\0{'x' * 100 * n}".encode())
            for n, (kind, at) in enumerate([("note", one) for one in moments] * 150)]  # fmt: skip
    bulk.load("record_fact", fact_table.COLUMNS, rows)
    read = {one.id: one for one in Fact.objects.all()}
    assert len(read) == len(rows)
    for person, id_, kind, at, received, data in rows:
        one = read[id_]
        assert (one.person, one.kind, bytes(one.data)) == (person, kind, data)
        assert [one.at, one.received] == [dt.datetime.fromisoformat(f"{text}+00:00") for text in (at, received)]


@pytest.mark.django_db
def test_tables_are_tidied_again_while_indexes_are_made_and_what_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with bulk.settling(bulk.LOG):
        pass
    if connection.vendor == "postgresql":
        asked = f"SELECT relname FROM pg_class WHERE reloptions IS NULL AND relname IN ({store.marks(bulk.LOG)})"
        assert {name for (name,) in store.select(asked, bulk.LOG)} == set(bulk.LOG)

    def cut(_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(bulk, "settle", cut)
    with pytest.raises(RuntimeError), bulk.settling(bulk.LOG):
        pass


def test_the_disk_takes_what_is_written_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, flushed, before = tmp_path / "base", threading.Event(), threading.active_count()
    base.write_bytes(b"rows")
    monkeypatch.setattr(bulk, "_FLUSHED_EVERY", 0.001)
    monkeypatch.setattr(os, "fsync", lambda _: flushed.set())
    with bulk._flushing(str(base)):
        assert flushed.wait(30)
    assert threading.active_count() == before


@pytest.mark.django_db
def test_what_indexes_there_were_is_written_down_before_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(_: str) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(bulk, "drop_indexes", cut)
    with pytest.raises(RuntimeError):
        starter.invent(size="district", seed=1)
    marked = demo.mark()
    assert marked is not None and marked.indexes == bulk.indexes()


@pytest.mark.once
@pytest.mark.django_db
def test_an_empty_node_gets_an_administrator_only(own_home: Path) -> None:
    (only,) = starter.found(example=False)
    assert "invented" not in Site.objects.get().name
    assert only.role == "administrator" and Worker.objects.count() == 1 and not Person.objects.exists()
    assert not (own_home / demo.MARK).exists()
    written, made = starter.invent(size="clinic", seed=3, now=dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC))
    assert written["people"] == Person.objects.filter(registered=True).count()  # which are not counted again
    assert {one.username for one in made} == {one[0] for one in FIXED}
    assert "invented" in Site.objects.get(code="zz").name
    assert f.KINDS.keys() == set(Fact.objects.values_list("kind", flat=True).distinct())


@pytest.mark.django_db
def test_a_demo_is_known_from_another_folder_too(own_home: Path, settings: Settings) -> None:
    for path, kind in (("zz/", "country"), ("zz/hill-district/", "district"),
                       ("zz/hill-district/spring-clinic/", "health_centre")):  # fmt: skip
        Site(code=path.split("/")[-2], name="Invented", kind=kind, path=path).save()
    demo.recognise()
    assert settings.SYNTHETIC and demo.mark() is not None
