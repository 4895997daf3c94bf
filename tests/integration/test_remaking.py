"""After an upgrade or a change of content, lists are made again while people work, and every page says so."""

import pytest
from django.test import Client

from tests.world import World, answer
from vwazen.server.record import remaking, store, upkeep
from vwazen.server.record.models import CaseloadRow, OpenItem, Person, RowsMade, Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(world: World) -> World:
    """A node whose lists an older version wrote, without some rows."""
    answer(world, "ben", 12, 3)
    remaking.made()
    Segment.objects.all().delete()
    OpenItem.objects.all().delete()
    RowsMade.objects.update(shape=remaking.SHAPE - 1)
    return world


def rows() -> list[object]:
    return [
        *CaseloadRow.objects.order_by("pk").values_list("pk", "last_score", "owner"),
        *Segment.objects.order_by("row", "starts").values_list("row", "starts", "tier", "reason"),
        *OpenItem.objects.order_by("pk").values_list("pk", "owner", "due", "reason"),
    ]


def test_all_is_made_again_as_a_rebuild_makes_it_and_pages_say_how_far(old: World) -> None:
    client = Client()
    assert remaking.check()
    assert "being made again" not in client.get("/sign-in").content.decode()  # nobody signed in: nothing to say
    client.force_login(old.kai)
    assert "being made again after a change" in client.get("/today").content.decode()
    seen = [remaking.progress.share if remaking.progress else -1]
    while remaking.step():
        seen.append(remaking.progress.share if remaking.progress else -1)
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] <= 99
    assert "being made again" not in client.get("/today").content.decode()
    found = rows()
    upkeep.rebuild()
    assert found == rows() and Segment.objects.exists() and OpenItem.objects.exists()
    assert not remaking.check()


def test_after_a_stop_it_goes_on_where_it_was(old: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remaking, "_AT_ONCE", 2)
    remaking.check()
    assert remaking.step()
    at = RowsMade.objects.get()

    def cut(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(remaking, "refresh", cut)
        with pytest.raises(RuntimeError):
            remaking.step()
    remaking.progress = None
    assert remaking.check()
    again = RowsMade.objects.get()
    assert (again.stage, again.upto, again.done) == (at.stage, at.upto, 2)


def test_other_content_makes_lists_again_and_the_same_does_not(world: World) -> None:
    remaking.made()
    assert not remaking.check()
    RowsMade.objects.update(content="another")
    assert remaking.check() and RowsMade.objects.get().done == 0
    while remaking.step():
        pass
    assert not remaking.check()


def test_an_empty_node_has_nothing_to_make_again() -> None:
    assert not Person.objects.exists() and not store.select("SELECT 1 FROM record_fact")
    assert not remaking.check()
    assert not remaking.step()
