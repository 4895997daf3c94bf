"""Erasure: two people, the country's years, no trace in any table or in the database's file, and seals that hold."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import Http404
from django.test import Client

from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.consent import actions as consent
from vwazen.server.care.consent import erasure
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, clock, fact_table, seal, store
from vwazen.server.record.actions import AGAIN, append, hold
from vwazen.server.record.models import Erased, Erasure, Fact, Held, OpenedInEmergency, OpenItem, Person

PLANTS = ("Zilda Plantedname", "Plantedchosen", "Planted-note", "Plantedplace", "+50900000077", "Planted-reason")


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


@pytest.fixture
def planted(world: World) -> World:
    """Somebody with something of theirs in every table that holds words, and entries in one batch with another's."""
    zil = care.register(by=world.nia, site="bel-dlo", name=PLANTS[0], chosen_name=PLANTS[1], born="1990",
                        place=PLANTS[3], phone=PLANTS[4])  # fmt: skip
    world.people["zil"] = zil
    care.enrol(by=world.nia, person=zil, protocol="collaborative-care", condition="depression", owner=str(world.kai.pk))
    care.write_note(by=world.psy, person=zil, text=PLANTS[2], segment="therapy-notes")
    care.ask_question(by=world.nia, person=zil, text=PLANTS[2])
    say(world, "zil", "nia", f.RelatedPerson(name=PLANTS[2]))
    hold(site="bel-dlo", code="item.unknown", reason=PLANTS[2], raw=f'{{"x": "{PLANTS[2]}"}}', person=zil,
         segment="mental-health", now=clock.now(), occurred="2026-01-01")  # fmt: skip
    OpenedInEmergency(id="e" * 36, person=zil, path="ht/", worker="x", worker_name="X", reason=PLANTS[5],
                      starts=clock.now(), ends=clock.now()).save()  # fmt: skip
    together = [
        f.Fact(id=f"together-{who}", person=world.people[who], occurred="2026-05-01", recorded="2026-05-01T12:00:00Z",
               author=str(world.nia.pk), site="bel-dlo", body=f.Note(text=f"{PLANTS[2]} {who}"))
        for who in ("zil", "ben")
    ]  # fmt: skip
    append(together)
    return world


def asked(world: World, by: str = "kai", ground: str = "asked") -> Erasure:
    return erasure.ask(by=world.workers[by], person=world.people["zil"], ground=ground)


def text_of_all_tables() -> str:
    words = []
    for table in connection.introspection.table_names():
        for row in store.select(f"SELECT * FROM {table}"):
            words += [bytes(one).decode("utf-8", "ignore") if isinstance(one, bytes | memoryview) else str(one)
                      for one in row]  # fmt: skip
    return "\n".join(words)


def file_of_the_database() -> bytes:
    """What lies on the disk: SQLite's file, and the log beside it."""
    name = Path(str(connection.settings_dict["NAME"]))
    return b"".join(one.read_bytes() for one in (name, name.with_name(f"{name.name}-wal")) if one.exists())


# who is refused


def test_who_may_not_ask_or_carry_out_is_refused(planted: World) -> None:
    at = f"/people/{planted.people['zil']}/erase"
    for who, status in (("ola", 403), ("ada", 403), ("otto", 404)):
        assert as_worker(planted, who).get(at).status_code == status, who
    one = asked(planted)
    for who in ("nia", "kai", "pia", "ola"):
        assert as_worker(planted, who).get("/erasures").status_code == 403
        assert as_worker(planted, who).post(f"/erasures/{one.pk}", {"do": "erase"}).status_code == 403
    with pytest.raises(Invalid, match="already"):
        asked(planted, "nia")
    assert Fact.objects.filter(person=planted.people["zil"]).exists()


def test_never_by_whoever_asked(planted: World) -> None:
    one = asked(planted)
    Erasure.objects.update(asked_by=str(planted.ada.pk))
    with pytest.raises(Refused, match="somebody else"):
        erasure.decide(by=planted.ada, pk=one.pk, carry_out=True)


def test_nobody_in_danger_is_erased(planted: World) -> None:
    with pytest.raises(Invalid, match="safety conversation"):
        erasure.ask(by=planted.kai, person=planted.people["cid"], ground="asked")
    one = asked(planted)
    say(planted, "zil", "nia", f.Concern(trigger="worker"))
    with pytest.raises(Invalid, match="opened since"):
        erasure.decide(by=planted.ada, pk=one.pk, carry_out=True)


def test_the_years_of_the_country_hold_but_for_what_the_person_wants(planted: World) -> None:
    with pytest.raises(Invalid, match="is kept until the end of"):
        asked(planted, ground="kept")
    until = consent.kept_until(care.chart_of(planted.people["zil"]), clock.today())
    assert until == dt.date(clock.today().year + consent.rules().keep_years, 12, 31)
    child = care.register(by=planted.nia, site="bel-dlo", name="Kid", born=str(clock.today().year - 5), place="x")
    assert consent.kept_until(care.chart_of(child), clock.today()).year == clock.today().year - 5 + 28
    assert asked(planted).state == Erasure.ASKED


def test_the_number_is_typed(planted: World) -> None:
    one = asked(planted)
    html = as_worker(planted, "ada").get("/erasures").content.decode()
    assert one.pk[-8:] in html and "Planted" not in html, "who keeps accounts sees no name"
    for typed in ("", "12345678"):
        as_worker(planted, "ada").post(f"/erasures/{one.pk}", {"do": "erase", "typed": typed})
    assert Erasure.objects.get().state == Erasure.ASKED
    as_worker(planted, "ada").post(f"/erasures/{one.pk}", {"do": "refuse"})
    assert Erasure.objects.get().state == Erasure.REFUSED
    assert Fact.objects.filter(person=planted.people["zil"]).exists()


# what is left


def test_nothing_is_left_in_any_table(planted: World) -> None:
    assert all(plant in text_of_all_tables() for plant in PLANTS), "each of them was there"
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    left = text_of_all_tables().replace(f"{PLANTS[2]} ben", "")
    assert [plant for plant in PLANTS if plant in left] == []
    zil = planted.people["zil"]
    assert not Person.objects.filter(pk=zil).exists() and not Held.objects.filter(person=zil).exists()
    assert not OpenItem.objects.filter(person=zil).exists()
    with pytest.raises(Http404):
        access.person(by=planted.nia, person_id=zil, purpose="care")
    assert Fact.objects.filter(person=planted.people["ben"]).exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_in_the_file_of_the_database(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("transactional_db")
    planted: World = request.getfixturevalue("planted")
    if connection.vendor != "sqlite":
        erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
        return
    assert all(plant.encode() in file_of_the_database() for plant in PLANTS)
    say(planted, "zil", "nia", f.Note(text="Planted-note and now more so that rows move"))
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    raw = file_of_the_database().replace(f"{PLANTS[2]} ben".encode(), b"")
    assert [plant for plant in PLANTS if plant.encode() in raw] == []


def test_no_search_for_their_name_stays_in_a_session(planted: World) -> None:
    nia = as_worker(planted, "nia")
    nia.post("/people", {"name": PLANTS[0], "born": "", "place": ""})
    assert nia.session["find-person"]["name"] == PLANTS[0]
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    assert "find-person" not in nia.session and nia.get("/today").status_code == 200, "and nobody is signed out"


def test_the_seals_hold_and_every_later_change_is_still_found(planted: World) -> None:
    assert seal.seal() is not None and seal.verify() == []
    one = asked(planted)
    erasure.decide(by=planted.ada, pk=one.pk, carry_out=True)
    assert seal.verify() == [] and seal.seal() is not None and seal.verify() == []
    assert Erased.objects.filter(gone=False, fact="together-ben").exists(), "what was committed with it is marked too"
    assert set(Erased.objects.filter(gone=True).values_list("digest", flat=True)) == {""}, "no digest to compare with"
    vendor = connection.vendor
    for statement in fact_table.DROP_GUARD[vendor]:
        store.execute(statement)
    stored = store.known_facts(["together-ben"])["together-ben"]
    store.execute("UPDATE record_fact SET data = %s WHERE id = %s", [stored.replace(b"ben", b"bon"), "together-ben"])
    assert len(seal.verify()) >= 1, "a fact beside an erased one was changed"
    store.execute("UPDATE record_fact SET data = %s WHERE id = %s", [stored, "together-ben"])
    assert seal.verify() == []
    Erased.objects.filter(fact="together-ben").update(digest="0" * 64)
    assert any("marks" in fault.what for fault in seal.verify())


def test_a_second_erasure_of_what_was_marked_keeps_the_chain(planted: World) -> None:
    seal.seal()
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    second = erasure.ask(by=planted.kai, person=planted.people["ben"], ground="asked")
    erasure.decide(by=planted.max, pk=second.pk, carry_out=True)
    seal.seal()
    assert seal.verify() == []
    assert not Erased.objects.filter(fact="together-ben", gone=False).exists()


def test_a_late_phone_brings_nothing_back(planted: World) -> None:
    facts = [one for those in store.facts_of([planted.people["zil"]]).values() for one in those]
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    assert {one.status for one in append(facts)} == {AGAIN}
    assert not Fact.objects.filter(person=planted.people["zil"]).exists() and not Held.objects.exists()


def test_who_was_merged_goes_with_them(planted: World) -> None:
    cache.clear()
    other = care.register(by=planted.nia, site="bel-dlo", name=PLANTS[0], born="1990", place=PLANTS[3])
    care.merge(by=planted.nia, person=other, into=planted.people["zil"])
    erasure.decide(by=planted.ada, pk=asked(planted).pk, carry_out=True)
    assert not Fact.objects.filter(person=other).exists() and not Person.objects.filter(pk=other).exists()


# what is in the log


def test_the_log_says_who_and_how_much_and_holds_no_name(planted: World) -> None:
    zil = planted.people["zil"]
    one = asked(planted)
    done = erasure.decide(by=planted.ada, pk=one.pk, carry_out=True)
    entries = AccessEntry.objects.filter(person=zil, action__startswith="erasure").order_by("pk")
    assert list(entries.values_list("action", "worker_name")) == [
        ("erasure-asked", "Keeper Kai"), ("erasure", "Administrator Ada"),
    ]  # fmt: skip
    assert f"facts={done.facts}" in entries[1].note and done.facts > 5
