"""The day hospital: who is refused, one tap a person, who is called at ten, steps up and down, what is logged."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from tests.world import World, day
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import plan, waiting
from vwazen.server.care.dayhospital import actions, lists
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id, record
from vwazen.server.record.models import Attendance, OpenItem, StayRow

MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The clock stands on a Monday morning at eight; a test moves it by putting another instant in."""
    at = [dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    return at


@pytest.fixture
def members(clocked: list[dt.datetime], world: World) -> World:
    for who in ("ben", "dan", "eve"):
        actions.join(by=world.nia, person=world.people[who], site="bel-dlo", reason="company", occurred=day(10))
    return world


def client(worker: Worker) -> Client:
    one = Client()
    one.force_login(worker)
    return one


def page(worker: Worker, query: str = "") -> str:
    answer = client(worker).get(f"/day-hospital{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def stay_of(world: World, who: str) -> str:
    return StayRow.objects.get(person=world.people[who], kind="day_hospital").stay


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_sees_no_mental_health_care_is_refused(members: World, who: str) -> None:
    one = client(members.workers[who])
    assert one.get("/day-hospital").status_code == 403
    assert one.get(f"/people/{members.people['ben']}/day-hospital").status_code == 403
    stay = stay_of(members, "ben")
    with pytest.raises(Refused):
        actions.mark(by=members.workers[who], person=members.people["ben"], stay=stay, state="here")
    with pytest.raises(Refused):
        actions.join(by=members.workers[who], person=members.people["ann"], site="bel-dlo")
    assert not Attendance.objects.exists()


def test_an_outsider_sees_nobody_and_can_do_nothing(members: World) -> None:
    html = page(members.otto, "?site=bel-dlo")
    assert "Ben Course" not in html
    assert "Nobody belongs to a day hospital where you work" in html
    assert client(members.otto).get(f"/people/{members.people['ben']}/day-hospital").status_code == 404
    with pytest.raises(Refused):
        actions.mark(by=members.otto, person=members.people["ben"], stay=stay_of(members, "ben"), state="here")


def test_one_tap_each_and_another_tap_mends_the_first(members: World) -> None:
    one, ben = client(members.nia), members.people["ben"]
    send = {"site": "bel-dlo", "day": str(MONDAY), "person": ben, "stay": stay_of(members, "ben")}
    before = len(care.chart_of(ben).live)
    assert one.post("/day-hospital", send | {"state": "here"}).status_code == 302
    one.post("/day-hospital", send | {"state": "here"})
    assert len(care.chart_of(ben).live) == before + 1
    one.post("/day-hospital", send | {"state": "absent", "why": "money"})
    assert len(care.chart_of(ben).live) == before + 1
    row = Attendance.objects.get(person=ben)
    assert (row.state, row.why, row.day) == ("absent", "no money for the way", MONDAY)
    assert care.chart_of(ben).stays[-1].state == "in"  # whoever is absent still belongs to it
    one.post("/day-hospital", send | {"state": "late"})
    assert Attendance.objects.get(person=ben).state == "late"
    html = page(members.nia)
    assert "0 here, 1 late, 0 absent, of 3" in html


def test_absent_by_ten_is_the_call_list(members: World, clocked: list[dt.datetime]) -> None:
    actions.mark(by=members.nia, person=members.people["ben"], stay=stay_of(members, "ben"), state="here")
    actions.mark(by=members.nia, person=members.people["dan"], stay=stay_of(members, "dan"), state="absent", why="ill")
    found = {one.name: one.call for one in lists.members(members.nia, members.sites["bel-dlo"], MONDAY)}
    assert found == {"Ben Course": False, "Dan Remit": True, "Eve Below": False}  # before ten nobody is late yet
    clocked[0] = dt.datetime(2026, 11, 23, 9, 59, tzinfo=dt.UTC)
    assert "To call: 1" in page(members.nia)
    clocked[0] = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
    assert "To call: 2" in page(members.nia)
    actions.mark(by=members.nia, person=members.people["eve"], stay=stay_of(members, "eve"), state="late")
    actions.call(
        by=members.nia, person=members.people["dan"], stay=stay_of(members, "dan"), day=str(MONDAY), reached="family",
        outcome="Has a cold; comes on Wednesday",
    )  # fmt: skip
    html = page(members.nia)
    assert "Nobody is left to call" in html
    assert "Called: 1" in html
    assert "comes on Wednesday" in html


def test_the_hour_is_that_of_this_node(members: World, clocked: list[dt.datetime], settings: object) -> None:
    settings.DAY_HOSPITAL_CALL = "08:30"  # type: ignore[attr-defined]
    with timezone.override("America/Port-au-Prince"):  # five hours behind
        clocked[0] = dt.datetime(2026, 11, 23, 13, 29, tzinfo=dt.UTC)
        assert not any(one.call for one in lists.members(members.nia, members.sites["bel-dlo"], MONDAY))
        clocked[0] = dt.datetime(2026, 11, 23, 13, 30, tzinfo=dt.UTC)
        assert all(one.call for one in lists.members(members.nia, members.sites["bel-dlo"], MONDAY))
    settings.DAY_HOSPITAL_CALL = "never"  # type: ignore[attr-defined]
    assert lists.call_from(MONDAY).hour == 10


def test_a_morning_in_the_east_is_of_its_own_day(members: World, clocked: list[dt.datetime]) -> None:
    with timezone.override("Asia/Tokyo"):
        clocked[0] = dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)  # eight in the morning of Tuesday there
        actions.mark(by=members.nia, person=members.people["ben"], stay=stay_of(members, "ben"), state="here")
    assert Attendance.objects.get().day == dt.date(2026, 11, 24)


def test_who_was_absent_waits_with_whoever_saw_it_until_somebody_called(members: World) -> None:
    dan, stay = members.people["dan"], stay_of(members, "dan")
    actions.mark(by=members.kai, person=dan, stay=stay, state="absent")
    item = OpenItem.objects.get(kind=OpenItem.ABSENT)
    assert (item.owner, item.due) == (str(members.kai.pk), MONDAY)
    assert "day hospital" not in item.plain
    assert waiting.action_of(item.kind, dan, item.fact)[1].startswith(f"/people/{dan}/day-hospital")
    html = client(members.kai).get("/today?whose=mine").content.decode()
    assert "Did not come to the day hospital" in html
    actions.call(by=members.kai, person=dan, stay=stay, day=str(MONDAY), reached="nobody")
    assert not OpenItem.objects.filter(kind=OpenItem.ABSENT).exists()


def test_a_call_says_what_was_said_and_typed_input_is_kept(members: World) -> None:
    one, dan = client(members.nia), members.people["dan"]
    send = {"do": "call", "call-stay": stay_of(members, "dan"), "call-day": str(MONDAY), "call-reached": "person",
            "call-outcome": "", "call-drawn": make_id()}  # fmt: skip
    answer = one.post(f"/people/{dan}/day-hospital", send)
    assert answer.status_code == 422
    assert "Write in a few words what was said" in answer.content.decode()
    send["call-outcome"] = "Overslept, comes at noon"
    assert one.post(f"/people/{dan}/day-hospital", send).status_code == 302
    assert one.post(f"/people/{dan}/day-hospital", send).status_code == 302  # sent twice, saved once
    assert len(care.chart_of(dan).absence_calls) == 1


def test_a_call_is_about_the_day_of_the_list_it_was_opened_from(members: World) -> None:
    friday, thursday = MONDAY - dt.timedelta(days=3), MONDAY - dt.timedelta(days=4)
    url, stay = f"/people/{members.people['dan']}/day-hospital?do=call", stay_of(members, "dan")

    def chosen(query: str) -> str:
        found = re.search(r'<option value="([^"]*)" selected', client(members.nia).get(url + query).content.decode())
        return found[1] if found else ""

    assert f"day={thursday}#do-call" in page(members.nia, f"?day={thursday}")
    assert chosen("") == chosen("&day=nonsense") == str(MONDAY)
    assert chosen(f"&day={thursday}") == str(thursday), "though nobody said whether they came"
    actions.mark(by=members.nia, person=members.people["dan"], stay=stay, day=str(friday), state="absent")
    assert chosen("") == str(friday), "which waits for a call"
    send = {
        "do": "call",
        "call-stay": stay,
        "call-day": str(thursday),
        "call-reached": "nobody",
        "call-drawn": make_id(),
    }
    client(members.nia).post(url, send)
    actions.call(by=members.nia, person=members.people["dan"], stay=stay, day=str(friday), reached="nobody")
    calls = care.chart_of(members.people["dan"]).absence_calls
    assert sorted(body.day for _, body in calls) == [str(thursday), str(friday)] and chosen("") == str(MONDAY)


def test_a_weekend_the_future_and_long_ago_are_refused(members: World) -> None:
    ben, stay = members.people["ben"], stay_of(members, "ben")
    for on in ("2026-11-22", "2026-11-24", "2026-10-01", "never"):
        with pytest.raises(Invalid):
            actions.mark(by=members.nia, person=ben, stay=stay, state="here", day=on)
    with pytest.raises(Invalid):
        actions.mark(by=members.nia, person=ben, stay="nothing", state="here")
    assert "Closed at weekends" in page(members.nia, "?day=2026-11-22")
    assert not Attendance.objects.exists()


def test_nobody_belongs_to_two_and_the_end_names_a_worker_and_a_day(members: World) -> None:
    ben, stay = members.people["ben"], stay_of(members, "ben")
    with pytest.raises(Invalid, match="already"):
        actions.join(by=members.nia, person=ben, site="bel-dlo")
    end = {"by": members.nia, "person": ben, "stay": stay, "after": "down", "reason": "Cooks and works again",
           "worker": str(members.kai.pk), "next_date": day(-7)}  # fmt: skip
    for name, wrong in (("worker", ""), ("next_date", day(1)), ("reason", " "), ("after", "away")):
        with pytest.raises(Invalid):
            actions.finish(**end | {name: wrong})  # type: ignore[arg-type]
    actions.finish(**end)  # type: ignore[arg-type]
    row = StayRow.objects.get(person=ben)
    assert (row.state, row.destination, row.worker) == ("out", "home", str(members.kai.pk))
    assert "Ben Course" not in page(members.nia)
    with pytest.raises(Invalid):
        actions.mark(by=members.nia, person=ben, stay=stay, state="here")


def test_goals_stand_in_the_one_plan(members: World) -> None:
    plan.write_line(by=members.nia, person=members.people["ben"], part="goal", text="Sell bread on Saturdays")
    html = client(members.nia).get(f"/people/{members.people['ben']}/day-hospital").content.decode()
    assert "Sell bread on Saturdays" in html


def test_no_address_and_no_number_and_followed_all_the_same(members: World) -> None:
    """R045: no address, no telephone; they stand on the list and on Today, and both say what is not known."""
    person = care.register(by=members.nia, site="bel-dlo", name="Nobody Knows Where")
    stay = actions.join(by=members.nia, person=person, site="bel-dlo", occurred=day(3)).id
    actions.mark(by=members.nia, person=person, stay=stay, state="absent", why="")
    html = page(members.nia)
    assert "no number on record" in html
    assert "place not recorded" in html
    assert "Nobody Knows Where" in client(members.nia).get("/today?whose=sites").content.decode()


def test_the_day_hospital_of_another_site_keeps_its_members_and_no_longer_than_they_belong(
    members: World, clocked: list[dt.datetime]
) -> None:
    """Taken in by their own nurse; from then on those who work there see and mark them, and nobody else there."""
    ann = members.people["ann"]
    stay = actions.join(by=members.nia, person=ann, site="savann", occurred=day(1)).id
    html = page(members.otto)
    assert "Ann Start" in html
    assert "Ben Course" not in html
    actions.mark(by=members.otto, person=ann, stay=stay, state="here")
    assert Attendance.objects.get(person=ann).facility == "savann"
    assert "Ann Start" not in page(members.nia, "?site=bel-dlo")  # on the list of where she goes
    clocked[0] += dt.timedelta(minutes=1)  # of what is said at one instant either could come first
    actions.finish(by=members.nia, person=ann, stay=stay, after="down", reason="Well", worker=str(members.kai.pk),
                   next_date=day(-7))  # fmt: skip
    with pytest.raises(Invalid):
        actions.mark(by=members.otto, person=ann, stay=stay, state="here")


def test_what_someone_closed_to_me_is_not_on_the_list(members: World) -> None:
    ben = members.people["ben"]
    record(
        by=members.nia, person=ben, site="bel-dlo",
        body=f.Consent(segment="mental-health", granted=False, to=f"worker:{members.kai.pk}"),
    )  # fmt: skip
    assert "Ben Course" not in page(members.kai)
    assert "Ben Course" in page(members.nia)


def test_a_page_is_one_entry_and_few_queries(members: World, django_assert_max_num_queries: object) -> None:
    one = client(members.nia)
    one.get("/day-hospital")
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        one.get("/day-hospital")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route, entry.note) == ("read-list", "day-hospital", "rows=3")
    one.get(f"/people/{members.people['ben']}/day-hospital")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.person) == ("read-person", "day-member", members.people["ben"])
