"""Protected homes: who is refused, no more residents than beds, reviews that fall due, rights, and what is logged."""

import datetime as dt

import pytest
from django.test import Client

from tests.world import World, day
from vwazen.clinical.homes import FIRST_REVIEW_DAYS
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import handover
from vwazen.server.care.homes import actions, lists
from vwazen.server.care.waiting import Where
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import find
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Home, Worker
from vwazen.server.record import clock, upkeep
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem, StayCourse, StayRow


@pytest.fixture
def home(world: World) -> Home:
    return organisation.add_home(
        by=world.max, site=world.sites["bel-dlo"], code="kay-lape", name="Kay Lapè", beds=2, coordinator=world.kai
    )


def client(worker: Worker) -> Client:
    one = Client()
    one.force_login(worker)
    return one


def move_in(world: World, who: str, **more: str) -> None:
    values = {"home": "kay-lape", "agrees": "yes", "owner": str(world.kai.pk)} | more
    actions.move_in(by=world.nia, person=world.people[who], **values)


def stay(world: World, who: str) -> str:
    return StayRow.objects.get(person=world.people[who], kind="protected_home", until=None).stay


def reviewed(world: World, who: str, **more: object) -> None:
    values = {"next_date": day(-60), "owner": str(world.kai.pk), "agrees": "yes"} | more
    actions.review(by=world.nia, person=world.people[who], stay=stay(world, who), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", ["ola", "wim", "pia", "nia", "kai", "sue"])
def test_only_who_manages_sites_adds_or_changes_a_home(world: World, home: Home, who: str) -> None:
    by = world.workers[who]
    with pytest.raises(Refused):
        organisation.add_home(by=by, site=world.sites["bel-dlo"], code="kay-de", name="Kay De", beds=3)
    with pytest.raises(Refused):
        organisation.change_home(by=by, home=home, name="Kay", beds=9, coordinator=None)
    for url in ("/homes/new", "/homes/kay-lape/edit"):
        assert client(by).get(url).status_code == 403
    assert Home.objects.get().beds == 2


@pytest.mark.parametrize("who", ["ola", "wim"])
def test_who_sees_no_chart_is_refused(world: World, home: Home, who: str) -> None:
    move_in(world, "ben")
    one = client(world.workers[who])
    for url in ("/homes", "/homes/kay-lape", f"/people/{world.people['ben']}/home", "/reintegration"):
        assert one.get(url).status_code == 403, url
    with pytest.raises(Refused):
        actions.move_in(by=world.workers[who], person=world.people["dan"], home="kay-lape", agrees="yes", owner="x")
    with pytest.raises(Refused):
        actions.review(by=world.workers[who], person=world.people["ben"], stay=stay(world, "ben"), next_date=day(-9),
                       owner=str(world.kai.pk))  # fmt: skip


def test_an_outsider_sees_neither_home_nor_resident(world: World, home: Home) -> None:
    move_in(world, "ben")
    one = client(world.otto)
    assert "Kay Lapè" not in one.get("/homes").content.decode()
    assert one.get("/homes/kay-lape").status_code == 404
    assert one.get(f"/people/{world.people['ben']}/home").status_code == 404
    with pytest.raises(Refused):
        actions.move_in(by=world.otto, person=world.people["dan"], home="kay-lape", agrees="yes", owner="x")


def test_who_manages_sites_sees_beds_and_nobody(world: World, home: Home) -> None:
    move_in(world, "ben")
    one = client(world.max)
    html = one.get("/homes").content.decode()
    assert "Kay Lapè" in html
    assert "not shown to your post" in html
    assert one.get("/homes/kay-lape").status_code == 302  # to the form, where nobody stands


def test_over_capacity_is_refused_in_words(world: World, home: Home) -> None:
    move_in(world, "ben")
    move_in(world, "dan")
    with pytest.raises(Invalid, match="has 2 beds, and 2 are taken"):
        move_in(world, "eve")
    assert lists.choices(world.nia) == [("kay-lape", "Kay Lapè: full")]
    assert actions.residents(home) == 2
    page = client(world.nia).get("/homes/kay-lape").content.decode()
    assert "2 of 2 beds taken" in page
    actions.move_out(by=world.nia, person=world.people["dan"], stay=stay(world, "dan"), destination="home",
                     instructions="Lives with his aunt", worker=str(world.kai.pk), next_date=day(-7))  # fmt: skip
    move_in(world, "eve")
    assert actions.residents(home) == 2


def test_the_coordinator_of_a_home_is_named_where_a_country_is_too_many_to_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    max_, new = client(world.max), {"code": "kay-nou", "name": "Kay Nou", "beds": "3", "site": "bel-dlo"}
    assert "Keeper Kai</option>" in max_.get("/homes/new").content.decode()
    monkeypatch.setattr(find, "LISTED", 0)
    assert "Keeper Kai</option>" not in max_.get("/homes/new").content.decode()
    for wrong in ("nobody", "ola", "otto"):  # who is not there, records no care, or does so elsewhere
        assert max_.post("/homes/new", new | {"coordinator": wrong}).status_code == 422, wrong
    assert max_.post("/homes/new", new | {"coordinator": "kai"}).status_code == 302
    assert Home.objects.get(pk="kay-nou").coordinator == world.kai
    assert 'name="coordinator" value="kai"' in max_.get("/homes/kay-nou/edit").content.decode()


def test_fewer_beds_send_nobody_away_and_the_page_says_so(world: World, home: Home) -> None:
    move_in(world, "ben")
    move_in(world, "dan")
    organisation.change_home(by=world.max, home=home, name="Kay Lapè", beds=1, coordinator=None)
    page = client(world.nia).get("/homes/kay-lape").content.decode()
    assert "1 more live here than there are beds" in page
    assert "1 too many" in client(world.nia).get("/homes").content.decode()
    with pytest.raises(Invalid, match="has 1 bed, and 2 are taken"):
        move_in(world, "eve")


def test_nobody_moves_in_without_having_agreed_or_into_two(world: World, home: Home) -> None:
    for wrong in ({"agrees": "no"}, {"agrees": "not_asked"}, {"owner": ""}, {"owner": str(world.wim.pk)},
                  {"home": "nowhere"}):  # fmt: skip
        with pytest.raises(Invalid):
            move_in(world, "ben", **wrong)
    assert not StayRow.objects.filter(kind="protected_home").exists()
    form = make_id()
    move_in(world, "ben", fact_id=form)
    move_in(world, "ben", fact_id=form)  # sent twice, lives there once
    with pytest.raises(Invalid, match="already"):
        move_in(world, "ben")
    with pytest.raises(Invalid):
        move_in(world, "fay")  # who has died
    assert actions.residents(home) == 1


def test_a_review_overdue_is_flagged_with_who_answers_for_it(
    world: World, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_in(world, "ben")
    item = OpenItem.objects.get(kind=OpenItem.HOME)
    first = clock.today() + dt.timedelta(days=FIRST_REVIEW_DAYS)
    assert (item.owner, item.due) == (str(world.kai.pk), first)
    assert "home" not in item.plain
    real = clock.now()
    monkeypatch.setattr(clock, "now", lambda: real + dt.timedelta(days=FIRST_REVIEW_DAYS + 1))
    html = client(world.nia).get("/homes/kay-lape").content.decode()
    assert "overdue since" in html
    assert "1 overdue" in client(world.nia).get("/homes").content.decode()
    today = client(world.kai).get("/today?whose=mine").content.decode()
    assert "protected home is to be reviewed" in today
    reviewed(world, "ben")
    assert OpenItem.objects.get(kind=OpenItem.HOME).due == dt.date.fromisoformat(day(-60))
    assert "overdue" not in client(world.nia).get("/homes/kay-lape").content.decode().replace("none overdue", "")


def test_a_review_says_rights_consent_and_daily_life(world: World, home: Home) -> None:
    move_in(world, "ben")
    reviewed(world, "ben", rights=["leave", "money"], own_key="yes", alone={"cooking": "with_help", "washing": "alone"})
    reviewed(world, "ben", rights=["visitors"], own_key="yes", alone={"cooking": "alone", "washing": "alone"},
             wishes="A room near the market")  # fmt: skip
    row = StayCourse.objects.get(person=world.people["ben"])
    assert (row.alone, row.asked, row.rights, row.agrees) == (2, 2, 1, "yes")
    html = client(world.nia).get(f"/people/{world.people['ben']}/home").content.decode()
    for words in ("to leave when they wish; to hold their own money", "With help", "A room near the market",
                  "Nurse Nia"):  # fmt: skip
        assert words.lower() in html.lower(), words
    assert "<dt>May have visitors</dt><dd>not asked</dd>" in html  # not asked is not no
    with pytest.raises(Invalid, match="against their will"):
        reviewed(world, "ben", agrees="no")
    with pytest.raises(Invalid):
        reviewed(world, "ben", next_date=day(0))
    with pytest.raises(Invalid):
        reviewed(world, "ben", next_date=day(-300))
    with pytest.raises(Invalid):
        reviewed(world, "ben", alone={"flying": "alone"})


def test_typed_input_is_kept_where_the_form_does_not_fit(world: World, home: Home) -> None:
    move_in(world, "ben")
    sent = {"do": "review", "review-stay": stay(world, "ben"), "review-agrees": "no", "review-visitors": "yes",
            "review-own_key": "yes", "review-own_money": "not_asked", "review-note": "Kept words",
            "review-owner": str(world.kai.pk), "review-next_date": day(-30), "review-rights": ["leave"]}  # fmt: skip
    answer = client(world.nia).post(f"/people/{world.people['ben']}/home", sent)
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Kept words" in html
    assert "against their will" in html
    sent["review-wishes"] = "Home to her sister"
    assert client(world.nia).post(f"/people/{world.people['ben']}/home", sent).status_code == 302


def test_a_handover_takes_the_stay_along(world: World, home: Home) -> None:
    move_in(world, "ann")
    assert world.people["ann"] in handover.people_of(str(world.kai.pk), Where(("ht/",)))
    handover.hand_over(by=world.nia, giver=str(world.kai.pk), taker=str(world.psy.pk), people=[world.people["ann"]])
    assert OpenItem.objects.get(kind=OpenItem.HOME).owner == str(world.psy.pk)


def test_the_rows_come_out_the_same_from_the_facts(world: World, home: Home) -> None:
    move_in(world, "ben")
    reviewed(world, "ben", alone={"cooking": "alone"})
    before = list(StayCourse.objects.values())
    upkeep.rebuild()
    assert list(StayCourse.objects.values()) == before


def test_occupancy_over_time(world: World, home: Home) -> None:
    move_in(world, "ben")
    assert [count for _, count in lists.occupancy(home, clock.today())][-2:] in ([0, 0], [0, 1])  # the first of a month
    StayRow.objects.update(since=clock.today() - dt.timedelta(days=70))
    assert sum(count for _, count in lists.occupancy(home, clock.today())) in (2, 3)


def test_what_was_done_and_read_is_logged(world: World, home: Home, django_assert_max_num_queries: object) -> None:
    move_in(world, "ben")
    actions_logged = list(AccessEntry.objects.filter(action="add-home").values_list("site", "note"))
    assert actions_logged == [("ht/centre/bel-dlo/", "home=kay-lape beds=2")]
    one = client(world.nia)
    one.get("/homes")
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        one.get("/homes/kay-lape")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route, entry.note) == ("read-list", "protected-home", "rows=1")
    one.get(f"/people/{world.people['ben']}/home")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.person) == ("read-person", "residence", world.people["ben"])
    assert care.chart_of(world.people["ben"]).stays[-1].unit == "kay-lape"


def test_the_page_of_stays_says_the_name_of_a_home_and_never_its_code(world: World, home: Home) -> None:
    move_in(world, "ben", reason="Cannot live alone yet; agreed to come.")
    html = client(world.nia).get(f"/people/{world.people['ben']}/stays").content.decode()
    assert "agreed to come." in html and "agreed to come.." not in html
    assert home.name in html and ", kay-lape" not in html and "Kay-lape" not in html
