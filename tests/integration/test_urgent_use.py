"""Emergency visits and readmissions: who is refused, that lists equal what is on record, and what may not be shown."""

import datetime as dt
from collections import Counter

import pytest
from django.test import Client

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.clinical.homes import HIGH_USE_DAYS, HIGH_USE_VISITS
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.urgent import lists
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import append, make_fact, record
from vwazen.server.record.models import StayCourse, StayRow
from vwazen.server.reporting import readmissions as figures
from vwazen.server.reporting import scope as scopes


def client(worker: Worker) -> Client:
    one = Client()
    one.force_login(worker)
    return one


def visit(world: World, who: str, ago: int, reason: str = "") -> None:
    say(world, who, "nia", f.Stay(where="emergency", event="admitted", place="Ijans", reason=reason), ago)
    stay = StayRow.objects.filter(person=world.people[who]).order_by("-since", "-id")[0]
    say(world, who, "nia", f.Stay(where="emergency", event="discharged", stay=stay.stay, destination="home"), ago)


@pytest.fixture
def often(world: World) -> World:
    for ago in (89, 40, 3):
        visit(world, "ben", ago, "seizure after the tablets ran out" if ago == 3 else "")
    for ago in (90, 30, 2):  # the first is a day too long ago
        visit(world, "dan", ago)
    for ago in (80, 60, 40, 20):
        visit(world, "eve", ago)
    return world


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_sees_no_chart_is_refused(often: World, who: str) -> None:
    assert client(often.workers[who]).get("/high-users").status_code == 403


def test_an_outsider_sees_nobody(often: World) -> None:
    html = client(often.otto).get("/high-users").content.decode()
    assert "Ben Course" not in html
    assert "Nobody came so often where you work" in html


def test_the_list_equals_a_count_of_the_visits_on_record(often: World) -> None:
    """R075. Counted once more, from the facts themselves and by nothing that the list uses."""
    first = clock.today() - dt.timedelta(days=HIGH_USE_DAYS - 1)
    counted: Counter[str] = Counter()
    for one in often.people.values():
        for fact in store.facts_of([one])[one]:
            body = fact.body
            if (
                isinstance(body, f.Stay)
                and body.where == "emergency"
                and body.event == "admitted"
                and fact.day >= first
            ):
                counted[one] += 1
    expected = {one: many for one, many in counted.items() if many >= HIGH_USE_VISITS}
    found, more = lists.often(often.nia, clock.today())
    assert {one.person: one.many for one in found} == expected
    assert [one.name for one in found] == ["Eve Below", "Ben Course"]
    assert not more


def test_reasons_the_plan_and_what_nobody_told(often: World) -> None:
    html = client(often.nia).get("/high-users").content.decode()
    assert "seizure after the tablets ran out" in html
    assert "no reason told" in html
    assert f"/people/{often.people['ben']}/care-plan" in html


def test_a_closed_record_is_not_on_the_list(often: World) -> None:
    no = f.Consent(segment="mental-health", granted=False, to=f"worker:{often.kai.pk}")
    record(by=often.nia, person=often.people["ben"], site="bel-dlo", body=no)
    assert "Ben Course" not in client(often.kai).get("/high-users").content.decode()


def test_the_list_is_logged_and_costs_few_queries(often: World, django_assert_max_num_queries: object) -> None:
    one = client(often.nia)
    one.get("/high-users")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        one.get("/high-users")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.note) == ("read-list", "high-users", "rows=2")
    assert one.get("/high-users?from=x").status_code == 200
    assert one.get("/high-users?from=50").status_code == 200


# In hospital again


def stay(world: World, who: str, ago: int, until: int | None, place: str = "Lopital", **more: str) -> None:
    first = say(world, who, "nia", f.Stay(where="hospital", event="admitted", place=place), ago)
    if until is not None:
        body = f.Stay(where="hospital", event="discharged", stay=first.id, **({"destination": "home"} | more))  # type: ignore[arg-type]
        say(world, who, "nia", body, until)


@pytest.fixture
def hospital(world: World) -> World:
    stay(world, "ben", 300, 290)
    stay(world, "ben", 285, 280)  # again after 5 days
    stay(world, "dan", 300, 290)
    stay(world, "dan", 270, 265)  # after 20 days
    stay(world, "eve", 300, 290, destination="facility")
    stay(world, "eve", 290, 280, "Lopital B")  # a transfer
    stay(world, "ann", 300, 290)
    stay(world, "ann", 150, 140)  # after 140 days
    stay(world, "cid", 100, 60)  # its window is not over
    return world


def shares(world: World, who: str, code: str) -> tuple[figures.Again, scopes.Scope]:
    scope = scopes.scope(world.workers[who], code)
    assert scope is not None
    limit = scopes.definitions().small_cell
    return figures.readmissions(scope, scopes.above(world.workers[who], scope), clock.today(), limit), scope


@pytest.mark.parametrize("who", ["ada", "wim"])
def test_who_sees_no_outcomes_is_refused(hospital: World, who: str) -> None:
    assert client(hospital.workers[who]).get("/readmissions").status_code == 403


def test_readmissions_with_their_denominators_and_without_transfers(hospital: World) -> None:
    """R076. Ends of stays: ben 2, dan 2, eve 1 (the transfer is none), ann 2; cid's is not 90 days ago."""
    found, scope = shares(hospital, "nia", "bel-dlo")
    assert scope.whole
    assert found.whole.shares is not None
    assert [(one.many, one.of) for one in found.whole.shares] == [(1, 7), (2, 7), (2, 7)]
    html = client(hospital.nia).get("/readmissions").content.decode()
    assert "Ben Course" in html
    assert "5 days" in html
    assert "Eve Below" not in html


def test_few_people_are_not_shown_to_who_sees_sums(hospital: World) -> None:
    found, scope = shares(hospital, "ola", "bel-dlo")
    assert not scope.whole
    assert found.whole.shares is None
    html = client(hospital.ola).get("/readmissions").content.decode()
    assert "not shown" in html
    assert "Ben Course" not in html


def test_sums_are_shown_where_no_cell_tells_of_a_few(hospital: World) -> None:
    """Everybody's window is counted in cells that exclude each other, so no difference of shown ones is a small one."""
    for number in range(40):
        person = care.register(by=hospital.nia, site="bel-dlo", name=f"Invented {number}")
        for ago, event in ((200, "admitted"), (190, "discharged")):
            body = f.Stay(where="hospital", event=event, destination="home" if event == "discharged" else "")  # type: ignore[arg-type]
            append([make_fact(by=hospital.nia, person=person, site="bel-dlo", body=body, occurred=day(ago))])
    found, _ = shares(hospital, "ola", "bel-dlo")
    assert found.whole.shares is None  # 1 and 1 person: still told of nobody
    StayCourse.objects.filter(again__isnull=False).update(again=None)
    found, _ = shares(hospital, "ola", "bel-dlo")
    assert found.whole.shares is not None
    assert (found.whole.shares[0].many, found.whole.shares[0].of) == (0, 47)


def test_the_figures_are_logged(hospital: World) -> None:
    client(hospital.nia).get("/readmissions?site=bel-dlo")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.note) == ("read-figures", "readmissions", "rows=2 shown=all")
