"""Each way in which derived rows could go out of date unknown to whoever writes only what differs.

`record.standing` leaves a row alone where its digest is the one kept. So whatever changes rows, or what follows from
facts, beside a push must let the next look see it. What stands in the end is what a rebuild makes.
"""

import datetime as dt
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests import kept
from tests.derived import rows
from tests.integration.import_build import answers, bring, patient, person_of, write
from tests.world import World, answer, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care.consent import actions as consent
from vwazen.server.organisation import actions as organisation
from vwazen.server.record import clock, copies, erasing, imports, remaking, standing, store, straying, upkeep
from vwazen.server.record.actions import append, make_fact, make_id
from vwazen.server.record.models import (
    Denied,
    EpisodeRow,
    Erasure,
    LastTrace,
    OpenItem,
    Person,
    RowsMade,
    Segment,
)
from vwazen.server.record.refresh import Derived, nowhere

FULL = f.Stay(where="hospital", event="admitted", facility="bel-dlo")


@pytest.fixture
def full(world: World) -> World:
    """With a row in nearly every table."""
    say(world, "ben", "nia", FULL, ago=3)
    say(world, "ben", "nia", f.Referral(to="hospital", to_site="savann", urgency="week", reason="x"), ago=3)
    say(world, "ben", "nia", f.TeamMessage(text="x", to=(str(world.kai.pk), str(world.wim.pk))))
    say(world, "ben", "nia", f.ContactPreference(channel="sms", address="+50937000001", shared="no"))
    say(world, "ben", "nia", f.Encounter(mode="hand_off", minutes=5))
    say(world, "ben", "nia", f.Findings(form="first-aid", version=1, answers={"event": "flood", "again": "yes"}))
    say(world, "ben", "nia", f.Identifier(system="hospital", number="7"))
    say(world, "ben", "nia", f.Trace(mode="home", found="found"))
    consent.say(by=world.nia, person=world.people["ben"], segment="general", granted=False, to="role:chw")
    return world


def as_a_rebuild_makes_them(people: set[str] | None = None) -> None:
    found = rows(people)
    upkeep.rebuild()
    assert rows(people) == found


def on(monkeypatch: pytest.MonkeyPatch, later: int) -> None:
    """So many days later."""
    then = clock.now() + dt.timedelta(days=later)
    monkeypatch.setattr(clock, "now", lambda: then)
    monkeypatch.setattr(clock, "today", then.date)


def spoilt() -> None:
    """Rows changed beside the program: their digests say that they stand."""
    OpenItem.objects.update(reason="of an older version")
    Segment.objects.all().delete()
    store.execute("DELETE FROM record_stay")


# content, and a newer version


def test_other_content_replaces_rows_whose_digests_stand(full: World) -> None:
    remaking.made()
    right = rows()
    spoilt()
    answer(full, "ben", 15, 1)
    assert not Segment.objects.filter(person=full.people["dan"]).exists(), "nobody looks at rows that are said to stand"
    RowsMade.objects.update(content="another")
    assert remaking.check()
    while remaking.step():
        pass
    assert rows({full.people["dan"]}) == {
        table: [row for row in those if full.people["dan"] in row] for table, those in right.items()
    }
    as_a_rebuild_makes_them()


@pytest.mark.parametrize("table", ["record_name_key", "record_open_item", "record_stay"])
def test_a_column_that_a_newer_version_adds_is_filled_by_the_next_push(full: World, table: str) -> None:
    """Until the rows are made again: the digests of a version without it say nothing."""
    tables = Derived().tables()
    columns = next(columns for name, columns, _ in tables if name == table)
    added = [one for one in columns if one not in ("id", "person", "key")][-1]
    older = tuple((name, tuple(one for one in some if (name, one) != (table, added))) for name, some, _ in tables)
    newer = tuple((name, tuple(some)) for name, some, _ in tables)
    right = rows({full.people["ben"]})
    for one in Person.objects.exclude(written=b"").exclude(written=None):
        written = bytes(one.written or b"")
        assert written.startswith(standing._mark(newer))
        store.execute(
            "UPDATE record_person SET written = %s WHERE id = %s", [standing._mark(older) + written[4:], one.pk]
        )
    spoilt()
    say(full, "ben", "nia", f.Note(text="nothing that any row holds"))
    assert rows({full.people["ben"]}) == right
    as_a_rebuild_makes_them({full.people["ben"]})


def test_rows_of_many_are_compared_with_those_of_few_only_where_each_has_an_id(full: World) -> None:
    """A phone that brings the first entry of many and another one of somebody."""
    models = {one._meta.db_table: one for one in apps.get_models()}
    for table, _, _ in Derived().tables():
        assert table in standing._UNNUMBERED or "id" in {one.column for one in models[table]._meta.local_fields}, table

    def tried(person: str) -> f.Fact:
        return make_fact(by=full.wim, person=person, site="bel-dlo", body=f.Trace(mode="home", found="moved"))

    people = [make_id() for _ in range(standing._MANY + 3)]
    append([tried(people[0])])
    append([tried(one) for one in people])
    assert LastTrace.objects.filter(person__in=people).count() == len(people)
    as_a_rebuild_makes_them()


# sites


def test_another_name_of_a_site_changes_no_row(full: World) -> None:
    before = rows()
    organisation.rename_site(by=full.ada, site=full.sites["bel-dlo"], name="Another")
    answer(full, "ben", 15, 1)
    as_a_rebuild_makes_them()
    assert {table: len(those) for table, those in rows().items() if table != "record_quality"} == {
        table: len(those) for table, those in before.items() if table != "record_quality"
    }


def test_who_was_followed_at_a_site_not_known_yet_stands_there_once_it_is(full: World) -> None:
    """Facts of another node may come before its sites; whoever works there must find their people."""
    new = "01890000-0000-7000-8000-000000000001"
    body = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w1")
    append([
        make_fact(by=full.nia, person=new, site="far", body=f.Registration(name="Far Away")),
        make_fact(by=full.nia, person=new, site="far", body=body),
    ])  # fmt: skip
    say(full, "dan", "nia", f.Referral(to="hospital", to_site="far", urgency="week", reason="x"))
    ann = full.people["ann"]
    append([make_fact(by=full.nia, person=ann, site="far", body=f.Trace(mode="home", found="not_found"))])
    assert Person.objects.get(pk=new).path == LastTrace.objects.get(person=ann).path == nowhere("far")
    assert straying.settle() == 0
    site = organisation.add_site(by=full.ada, code="far", name="Far", kind="health_centre", parent=full.sites["centre"])
    assert straying.settle() == 3
    assert Person.objects.get(pk=new).path == EpisodeRow.objects.get(person=new).path == site.path
    assert LastTrace.objects.get(person=ann).path == site.path
    assert straying.settle() == 0
    as_a_rebuild_makes_them()


# what the calendar changes


@pytest.mark.parametrize(("segment", "to"), [("mental-health", ""), ("general", "role:chw"), ("general", "")])
def test_a_no_until_a_day_is_over_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch, segment: str, to: str
) -> None:
    ben = world.people["ben"]
    until = (clock.today() + dt.timedelta(days=3)).isoformat()
    say(world, "ben", "nia", f.Consent(segment=segment, granted=False, to=to, until=until))  # type: ignore[arg-type]
    closed = rows({ben})
    assert OpenItem.objects.filter(person=ben, kind=OpenItem.CONSENT).exists()
    on(monkeypatch, 3)
    assert straying.settle() == 0 and rows({ben}) == closed, "it holds until the end of its day"
    on(monkeypatch, 1)
    assert straying.settle() == 1
    assert not Denied.objects.filter(person=ben).exists()
    assert not OpenItem.objects.filter(person=ben, kind=OpenItem.CONSENT).exists()
    (reason,) = set(Segment.objects.filter(person=ben).values_list("reason", flat=True)[:1])
    assert "16" in reason or "down" in reason
    as_a_rebuild_makes_them({ben})
    assert straying.settle() == 0


# one person and two


def test_two_who_become_one_and_are_parted_again(full: World) -> None:
    """The rows of both change hands, with their digests; each push afterwards finds what stands."""
    ben, dan = full.people["ben"], full.people["dan"]
    before = rows({ben, dan})
    merge = care.merge(by=full.nia, person=dan, into=ben)
    assert Person.objects.get(pk=dan).merged_into == ben
    as_a_rebuild_makes_them()
    say(full, "dan", "nia", f.Response(instrument="phq-9", version=1, answers=phq9(9)), ago=1)
    as_a_rebuild_makes_them()
    care.withdraw(by=full.nia, person=ben, fact=merge.id, reason="two brothers")
    as_a_rebuild_makes_them()
    say(full, "dan", "nia", f.Note(text="x"))
    as_a_rebuild_makes_them()
    now = rows({ben, dan})
    assert now["record_stay"] == before["record_stay"] and now["record_referral"] == before["record_referral"]


def test_who_was_erased_and_comes_again_begins_with_nothing(full: World) -> None:
    ben = full.people["ben"]
    erasure = Erasure(id="e" * 36, person=ben, path="ht/centre/bel-dlo/", ground="asked", asked_by="x",
                      asked_by_name="X", asked=clock.now())  # fmt: skip
    erasure.save()
    erasing.erase(by=full.nia, erasure=erasure)
    gone = rows({ben})
    assert not any(gone.values()), "not even a digest"
    as_a_rebuild_makes_them()
    say(full, "ben", "nia", f.Registration(name="Ben Course", born="1985"))
    say(full, "ben", "nia", FULL, ago=3)
    as_a_rebuild_makes_them()
    assert rows({ben})["record_stay"]


# rows and digests put back together


def test_an_undone_import_leaves_the_rows_that_are_left(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient(), answers(5), answers(40, id="R2")))
    as_a_rebuild_makes_them()
    imports.undo(by=world.kai, job=job.id)
    as_a_rebuild_makes_them()
    bring(world, write(tmp_path / "again", patient(), answers(5), answers(40, id="R2")))
    as_a_rebuild_makes_them()
    assert rows({person_of("P1")})["record_open_item"]


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_restored_backup_brings_the_digests_of_its_rows(tmp_path: Path) -> None:
    """On PostgreSQL `pg_restore` would cut the test's own connection; it puts back whole tables too."""
    if connection.vendor == "postgresql":
        return
    world = kept.world()
    ben = world.people["ben"]
    copies.backup(tmp_path / "copy")
    then = rows()
    answer(world, "ben", 3, 0)
    say(world, "ben", "nia", FULL)
    assert rows() != then
    copies.restore(tmp_path / "copy")
    assert rows() == then
    say(world, "ben", "nia", f.Note(text="x"))
    assert rows({ben}) == {table: [row for row in those if ben in row] for table, those in then.items()}
    say(world, "ben", "nia", FULL)
    as_a_rebuild_makes_them()


def test_a_push_that_fails_half_way_leaves_rows_and_digests_as_they_were(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows()

    def cut(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(store, "write_people", cut)
        with pytest.raises(RuntimeError), transaction.atomic():
            answer(full, "ben", 3, 0)
    assert rows() == before
    answer(full, "ben", 3, 0)
    as_a_rebuild_makes_them()
