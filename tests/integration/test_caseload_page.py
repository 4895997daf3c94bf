"""The caseload page: who is refused, who is on it, in which order, and what of it whom is shown."""

import re

import pytest
from django.test import Client

from tests.world import World, answer, day, seen
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import caselist
from vwazen.server.care.caselist import Filters
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def page(world: World, who: str, query: str = "") -> str:
    answer = as_worker(world.workers[who]).get(f"/caseload{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(html: str) -> list[str]:
    return re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', html)


def test_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    assert Client().get("/caseload").status_code == 302


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_has_no_caseload_is_refused_and_it_is_logged(world: World, who: str) -> None:
    assert as_worker(world.workers[who]).get("/caseload").status_code == 403
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.outcome, entry.route, entry.worker_id) == ("refused", "caseload", str(world.workers[who].pk))


def test_an_outsider_sees_nobody_and_no_count(world: World) -> None:
    html = page(world, "otto")
    assert shown(html) == []
    assert "Nobody is in care here yet" in html
    assert re.findall(r"All <b>([^<]*)</b>", html) == ["0"]


def test_most_urgent_first_each_with_the_reason(world: World) -> None:
    html = page(world, "kai")
    assert shown(html)[:2] == ["Cid Danger", "Ben Course"]
    assert "several days" in html
    assert "4 people, most urgent first" in html
    assert "Today <b>1</b>" in html


def test_registered_dead_and_closed_people_are_absent(world: World) -> None:
    view = care.chart_of(world.people["eve"])
    care.close_episode(by=world.nia, person=world.people["eve"], episode=view.open_episodes[0].id, outcome="completed")
    assert sorted(shown(page(world, "kai"))) == ["Ben Course", "Cid Danger", "Dan Remit"]


def test_without_mental_health_no_score_and_the_plain_reason(world: World) -> None:
    html = page(world, "wim")
    assert shown(html)[0] == "Cid Danger"
    assert "several days" not in html
    assert "PHQ-9" not in html
    assert "A safety conversation is open" in html


def test_the_rows_of_somebody_in_two_programmes_are_told_apart(world: World) -> None:
    assert "for depression" not in page(world, "kai")
    care.enrol(by=world.nia, person=world.people["cid"], protocol="collaborative-care", condition="anxiety",
               owner=str(world.kai.pk), occurred=day(3))  # fmt: skip
    html = page(world, "kai")
    assert shown(html)[:2] == ["Cid Danger"] * 2 and html.count("several days") == 2, "the same person and reason"
    assert html.count(">for depression<br>") == html.count(">for anxiety<br>") == 1
    plain = page(world, "wim")
    assert shown(plain)[:2] == ["Cid Danger"] * 2 and "anxiety" not in plain and "depression" not in plain
    assert plain.count(">care 1 of 2<br>") == plain.count(">care 2 of 2<br>") == 1


def test_a_supervisor_above_sees_the_whole_district(world: World) -> None:
    other = care.register(by=world.otto, site="savann", name="Gil Away")
    care.enrol(
        by=world.otto, person=other, protocol="collaborative-care", condition="anxiety", owner=str(world.otto.pk)
    )
    assert "Gil Away" in shown(page(world, "sue"))
    assert "Gil Away" not in shown(page(world, "kai"))
    assert shown(page(world, "sue", "?site=savann")) == ["Gil Away"]
    assert as_worker(world.kai).get("/caseload?site=savann").status_code == 422


def test_narrowed_by_name_owner_step_and_tier(world: World) -> None:
    assert shown(page(world, "kai", "?name=bèn kours")) == ["Ben Course"]
    assert shown(page(world, "kai", "?name=nobody-like-this")) == []
    assert len(shown(page(world, "kai", "?owner=me"))) == 4
    assert shown(page(world, "nia", "?owner=me")) == []
    assert len(shown(page(world, "nia", "?owner=team"))) == 4
    assert shown(page(world, "nia", "?owner=nobody")) == []
    episode = care.chart_of(world.people["ben"]).open_episodes[0].id
    care.move_step(by=world.nia, person=world.people["ben"], episode=episode, step=2, reason="agreed")
    assert shown(page(world, "kai", "?step=2")) == ["Ben Course"]
    assert shown(page(world, "kai", "?tab=today")) == ["Cid Danger"]
    assert shown(page(world, "kai", "?tab=today&step=2")) == []


def test_a_late_date_is_said(world: World) -> None:
    seen(world, "dan", "nia", next_date=day(2), ago=20)
    assert re.search(r'class="late">[^<]*, late', page(world, "kai"))


def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    today = clock.today()
    filters = Filters(paths=("ht/",))
    whole = [place.row for place in caselist.page(filters, today, None)]
    found: list[str] = []
    after = None
    while part := caselist.page(filters, today, after, 1)[:1]:
        found.append(part[0].row)
        after = caselist.resume(caselist.cursor(part[0]), today)
        assert after is not None
    assert found == whole
    assert len(whole) == 4
    by_site = Filters(paths=("ht/",), sites=("ht/centre/bel-dlo/",))
    assert [place.row for place in caselist.page(by_site, today, None)] == whole


def test_a_cursor_of_someone_who_moved_begins_at_the_top(world: World) -> None:
    today = clock.today()
    places = caselist.page(Filters(paths=("ht/",)), today, None)
    ben = next(place for place in places if place.person == world.people["ben"])
    cursor = caselist.cursor(ben)
    assert ben.rank != 0
    assert str(ben.waiting_since) not in cursor
    answer(world, "ben", 24, 0)
    assert caselist.resume(cursor, today) is None
    assert "begins again at the top" in page(world, "kai", f"?after={cursor}")


def test_one_entry_for_the_page_without_names_and_few_queries(
    world: World, django_assert_max_num_queries: object
) -> None:
    client = as_worker(world.kai)
    client.get("/caseload")
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(11):  # type: ignore[operator]  # session, account, posts, red banner, 7 ours
        assert client.get("/caseload?name=ben").status_code == 200
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route, entry.outcome) == ("read-list", "caseload", "allowed")
    assert "ben" not in entry.note


@pytest.mark.parametrize(
    ("who", "leads"),
    [
        ("kai", "/today"),
        ("pia", "/today"),
        ("wim", "/today"),
        ("max", "/outcomes"),
        ("ola", "/outcomes"),
        ("ada", "/sites/"),
    ],
)
def test_home_leads_to_the_first_page_of_the_role(world: World, who: str, leads: str) -> None:
    assert as_worker(world.workers[who]).get("/").headers["location"] == leads


def test_home_of_who_has_no_post_says_so(world: World) -> None:
    Post.objects.filter(worker=world.ola).update(ends=clock.today())
    policy.changed()
    assert "Your posts open no page here" in as_worker(world.ola).get("/").content.decode()
