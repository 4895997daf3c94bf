"""Who is rung: the roster of the site, the nearest above it, the supervisor, the country's help lines."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import kept
from tests.world import World
from vwazen.clinical.on_call import who_now
from vwazen.content.load import content
from vwazen.content.people import Numbers
from vwazen.server.organisation import actions, roster
from vwazen.server.organisation.models import OnCall, Site, Worker


@pytest.fixture
def small(db: None) -> World:
    world = kept.organisation()
    Worker.objects.filter(username="sue").update(phone="555 99")
    return world


def put(small: World, who: str, site: str, *, order: int = 1, hours: tuple[float, float] = (-1, 8)) -> OnCall:
    now = timezone.now()
    return actions.set_on_call(
        by=small.ada,
        site=small.sites[site],
        worker=small.workers[who],
        starts=now + timedelta(hours=hours[0]),
        ends=now + timedelta(hours=hours[1]),
        order=order,
        phone=f"555 {order}",
    )


def names(small: World, site: str) -> list[str]:
    return [turn.name for turn in roster.chain(small.sites[site], timezone.now()).people]


def test_nobody_on_call_is_said_and_nothing_is_invented(small: World) -> None:
    actions.end_post(by=small.ada, post=small.sue.posts.get())
    chain = roster.chain(small.sites["bel-dlo"], timezone.now())
    assert chain.empty
    assert chain.supervisor is None
    assert chain.numbers is not None
    assert chain.numbers.lines == ()
    assert "none recorded" in chain.numbers.basis
    assert who_now(chain, timezone.now(), timezone.now()).nobody


def test_in_order_then_the_supervisor_of_the_first(small: World) -> None:
    put(small, "kai", "bel-dlo", order=2)
    put(small, "nia", "bel-dlo")
    Worker.objects.filter(username="nia").update(supervisor=small.psy.pk)
    chain = roster.chain(small.sites["bel-dlo"], timezone.now())
    assert [(turn.name, turn.phone) for turn in chain.people] == [("Nurse Nia", "555 1"), ("Keeper Kai", "555 2")]
    assert chain.supervisor is not None
    assert (chain.supervisor.name, chain.supervisor.phone) == ("Psychologist Psy", "")
    assert chain.site == "Bèl Dlo"


def test_many_sites_cost_as_many_statements_as_one_and_say_the_same(small: World) -> None:
    put(small, "nia", "bel-dlo")
    put(small, "kai", "bel-dlo", order=2)
    put(small, "otto", "savann")
    Worker.objects.filter(username__in=("nia", "otto")).update(supervisor=small.psy.pk)  # who may act in Bèl Dlo alone
    sites, now, costs = list(Site.objects.order_by("path")), timezone.now(), []
    found = []
    for some in (sites[-2:-1], sites[-2:], sites):
        with CaptureQueriesContext(connection) as asked:
            found = roster.chains(some, now)
        costs.append(len(asked))
    assert len(sites) == 4 and max(costs) <= 5 and costs[1] == costs[2]
    assert found == [roster.chain(site, now) for site in sites]
    chiefs = {site.pk: one.supervisor.name for site, one in zip(sites, found, strict=True) if one.supervisor}
    assert chiefs == {"bel-dlo": "Psychologist Psy", "savann": "Supervisor Sue", "centre": "Supervisor Sue"}
    Worker.objects.filter(username="psy").update(is_active=False)
    assert [one.supervisor and one.supervisor.name for one in roster.chains([small.sites["bel-dlo"]], now)] == [
        "Supervisor Sue"
    ]


def test_without_a_supervisor_of_their_own_the_nearest_post_of_one(small: World) -> None:
    put(small, "nia", "bel-dlo")
    chain = roster.chain(small.sites["bel-dlo"], timezone.now())
    assert chain.supervisor is not None
    assert (chain.supervisor.name, chain.supervisor.phone) == ("Supervisor Sue", "555 99")
    actions.add_worker(by=small.ada, username="near", name="Near Ned", role="supervisor", site=small.sites["bel-dlo"])
    nearer = roster.chain(small.sites["bel-dlo"], timezone.now()).supervisor
    assert nearer is not None
    assert nearer.name == "Near Ned"


def test_an_empty_roster_looks_up_the_tree_and_takes_the_nearest(small: World) -> None:
    put(small, "pia", "centre")
    assert names(small, "bel-dlo") == ["Psychiatrist Pia"]
    assert names(small, "savann") == ["Psychiatrist Pia"]
    assert names(small, "ht") == []
    put(small, "nia", "bel-dlo")
    assert names(small, "bel-dlo") == ["Nurse Nia"]
    assert names(small, "savann") == ["Psychiatrist Pia"]


def test_past_coming_ended_and_deactivated_are_not_called(small: World) -> None:
    put(small, "nia", "bel-dlo", hours=(1, 2))
    slot = put(small, "kai", "bel-dlo", hours=(-1, 0.5))
    put(small, "psy", "bel-dlo", order=2)
    assert names(small, "bel-dlo") == ["Keeper Kai", "Psychologist Psy"]
    actions.end_on_call(by=small.ada, slot=slot)
    Worker.objects.filter(username="psy").update(is_active=False)
    assert names(small, "bel-dlo") == []


def test_a_site_pack_adds_the_numbers_of_its_country(tmp_path: Path) -> None:
    from vwazen.content.load import default_packs

    pack = tmp_path / "mine"
    (pack / "numbers").mkdir(parents=True)
    (pack / "pack.yaml").write_text("id: mine\ntitle: Invented\nlicences: [Apache-2.0]\n")
    (pack / "numbers" / "ht.yaml").write_text(
        "id: ht\ntitle: Invented\nversion: 2\nlicence: Apache-2.0\nsource: [vwazen]\n"
        "reviewed: not yet reviewed by a clinician\nbasis: invented for a test\n"
        "lines:\n- {name: Invented line, number: '000', hours: always, source: none, rung: never}\n"
    )
    lines = content((*default_packs(), pack)).get(Numbers, "ht").lines
    assert [line.number for line in lines] == ["000"]


def test_a_week_has_no_hole_and_no_overlap_and_shows_nobody(small: World) -> None:
    monday = date(2026, 11, 16)

    def at(day: int, hour: int) -> datetime:
        return timezone.make_aware(datetime.combine(monday + timedelta(days=day), time(hour)))

    def slot(who: str, begin: datetime, end: datetime, order: int = 1) -> OnCall:
        return OnCall(site=small.sites["ht"], worker=small.workers[who], starts=begin, ends=end, order=order, phone="1")

    week = roster.days(
        [
            slot("nia", at(-1, 20), at(0, 8)),
            slot("kai", at(0, 18), at(1, 8), order=2),
            slot("nia", at(0, 20), at(1, 6)),
            slot("psy", at(2, 9), at(2, 9)),
        ],
        monday,
        7,
    )
    shown = [
        [(f"{part.starts:%H}-{part.ends:%H}", [turn.worker.username for turn in part.turns]) for part in parts]
        for _, parts in week
    ]
    assert shown[0] == [("00-08", ["nia"]), ("08-18", []), ("18-20", ["kai"]), ("20-00", ["nia", "kai"])]
    assert shown[1] == [("00-06", ["nia", "kai"]), ("06-08", ["kai"]), ("08-00", [])]
    assert shown[2:] == [[("00-00", [])]] * 5
    for _, parts in week:
        assert all(one.ends == other.starts for one, other in pairwise(parts))
