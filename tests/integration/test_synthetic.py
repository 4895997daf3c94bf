"""On a node of invented people everything says so, and invented people never come among real ones, nor the reverse."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from tests.integration.import_build import answers, bring, patient, write
from tests.integration.test_every_route import IN_SCOPE, SENT_ONLY, address, as_worker, routes, values
from tests.integration.test_every_route import full as full  # noqa: PLC0414  a fixture
from tests.integration.test_import_page import form, sent
from tests.world import World
from vwazen.server import commands, demo, starter
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import background, copies, upkeep
from vwazen.server.record.models import Fact, Import

SAYS = '<span class="synth">Synthetic</span>'
MARK = {"size": "clinic", "seed": 1, "years": 5, "now": "2026-11-21T14:00:00Z", "done": True}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("VWAZEN_HOME", str(home))
    settings.IMPORTS_FOLDER = tmp_path / "imports"
    monkeypatch.setattr(background, "wake", lambda: None)
    settings.SYNTHETIC = False
    return home


@pytest.fixture
def invented(own_home: Path, settings: Settings) -> Path:
    """The node as a demo leaves it: marked."""
    (own_home / demo.MARK).write_text(json.dumps(MARK))
    settings.SYNTHETIC = True
    return own_home


# pages


@pytest.mark.once
def test_every_page_says_synthetic(full: World, invented: Path) -> None:
    """Each address, opened by the first of all roles who may; refusals and what is not there say it too."""
    known, left = values(full) | {"name": "first-review"}, [one for one in routes() if one.name not in SENT_ONLY]
    refused = set()
    assert SAYS in Client().get("/sign-in/").content.decode()
    for who in IN_SCOPE:
        client = as_worker(full, who)
        for route in list(left):
            answer = client.get(address(route, known, full))
            html = answer.content.decode()
            if answer.status_code in (200, 403, 404, 422):
                says = "<html data-synthetic" if route.name == "phone" and "<script" in html else SAYS
                assert says in html, (who, route.name, answer.status_code)
            if answer.status_code == 200:
                left.remove(route)
            refused.add(answer.status_code)
    assert {403, 404} & refused
    # what is left led on to another page, or asks for something that is not on record here; most were opened
    assert len(left) < len(routes()) / 4, left


@pytest.mark.once
def test_a_node_of_real_people_never_says_it(full: World) -> None:
    known = values(full)
    for route in routes():
        if route.name not in SENT_ONLY | {"components", "help"}:
            html = as_worker(full, "kai").get(address(route, known, full), follow=True).content.decode()
            assert "synthetic" not in html.casefold(), route.name


# files


@pytest.mark.django_db(transaction=True)
def test_a_backup_says_it_and_the_mark_goes_with_the_people(invented: Path, tmp_path: Path) -> None:
    assert copies.backup(tmp_path / "copy")["synthetic"] is True
    assert json.loads((tmp_path / "copy" / "backup.json").read_text())["synthetic"] is True
    if connection.vendor == "postgresql":
        return  # pg_restore into the very database under test would cut the test's own connection
    (invented / demo.MARK).unlink()
    assert copies.backup(tmp_path / "real")["synthetic"] is False
    assert copies.restore(tmp_path / "copy")["synthetic"] is True
    assert demo.mark() is not None
    assert copies.restore(tmp_path / "real")["synthetic"] is False
    assert demo.mark() is None


class Named:
    """The one option of these commands."""

    def __init__(self, file: Path) -> None:
        self.to = self.source = str(file)


def test_facts_written_out_say_it_and_never_come_among_real_people(
    world: World, invented: Path, tmp_path: Path
) -> None:
    many = Fact.objects.count()
    said = commands.facts_out(Named(tmp_path / "facts.jsonl"))  # type: ignore[arg-type]
    assert (said["facts"], said["synthetic"]) == (many, True)
    with (tmp_path / "facts.jsonl").open("rb") as file:
        assert next(file) == upkeep.MARKED and sum(1 for _ in file) == many
    assert commands.facts_in(Named(tmp_path / "facts.jsonl"))["again"] == many  # type: ignore[arg-type]
    (invented / demo.MARK).unlink()
    with pytest.raises(Invalid, match="written by a demo"):
        commands.facts_in(Named(tmp_path / "facts.jsonl"))  # type: ignore[arg-type]
    real = tmp_path / "real.jsonl"
    assert commands.facts_out(Named(real))["synthetic"] is False  # type: ignore[arg-type]
    assert commands.facts_in(Named(real))["again"] == many  # type: ignore[arg-type]
    (invented / demo.MARK).write_text(json.dumps(MARK))
    with pytest.raises(Invalid, match="does not say that its people are"):
        commands.facts_in(Named(real))  # type: ignore[arg-type]
    assert Fact.objects.count() == many


@pytest.mark.django_db
def test_an_empty_node_takes_invented_facts_and_is_marked(own_home: Path, settings: Settings) -> None:
    assert upkeep.take_facts(iter([upkeep.MARKED])) == {"new": 0, "again": 0, "held": 0}
    assert settings.SYNTHETIC and demo.mark() is not None
    with pytest.raises(Invalid, match="holds a demo already"):
        starter.invent(size="clinic", seed=1)


# what is brought in


def test_real_people_are_not_brought_in_without_a_word(world: World, invented: Path, tmp_path: Path) -> None:
    client = Client()
    client.force_login(world.kai)
    page = client.get("/import").content.decode()
    assert "The people in these files are invented too" in page and "Real people must not be brought in" in page
    answer = client.post("/import", form(sent(tmp_path, patient())))
    assert answer.status_code == 422 and "import on a node of its own" in answer.content.decode()
    assert not Import.objects.exists()
    with pytest.raises(Invalid, match="--invented"):
        bring(world, write(tmp_path, patient()))
    assert not Import.objects.exists()
    assert client.post("/import", form(sent(tmp_path, answers(60)), invented="on")).status_code == 302
    job = Import.objects.get()
    html = client.get(f"/import/{job.id}").content.decode()
    assert "If anybody here is real, undo this import now" in html and SAYS in html
    entry = AccessEntry.objects.filter(action="import", worker_id=str(world.kai.pk)).latest("id")
    assert entry.note == "people=invented"


def test_elsewhere_nobody_is_asked(world: World, tmp_path: Path) -> None:
    client = Client()
    client.force_login(world.kai)
    assert "invented" not in client.get("/import").content.decode()
    assert client.post("/import", form(sent(tmp_path, patient()))).status_code == 302
    assert "real, undo" not in client.get(f"/import/{Import.objects.get().id}").content.decode()
    assert AccessEntry.objects.filter(action="import").latest("id").note == ""
