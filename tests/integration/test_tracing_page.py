"""Missed visits: who may see them, who looks for whom, what a try leads to, what follows, and what was logged."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import World, day, say, seen
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.content.tracing import Place
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import putting_off
from vwazen.server.care.tracing import places, reasons
from vwazen.server.care.tracing.actions import Try, report, rules
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import find, policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock, names, straying
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem


@pytest.fixture
def missing(world: World) -> World:
    """Ben missed the date of yesterday, Dan's is today, Eve's lies ahead; they were seen two weeks ago."""
    for who, ago in (("ben", 1), ("dan", 0), ("eve", -3)):
        seen(world, who, "kai", next_date=day(ago), ago=14)
    return world


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node whose packs say where two villages and the clinic lie: Nan Mango is about 40 km away."""
    some = (
        Place(name="Bèl Dlo", lat=19.0, lon=-72.0, site="bel-dlo"),
        Place(name="Nan Mango", lat=19.36, lon=-72.0), Place(name="Savann Wòch", lat=19.3, lon=-72.0, site="savann"),
    )  # fmt: skip
    found = places.Known(
        villages={("ht", names.plain(one.name)): (one.lat, one.lon) for one in some},
        sites={one.site: (one.lat, one.lon) for one in some if one.site},
    )
    monkeypatch.setattr(places, "known", lambda: found)


def client_of(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def page(worker: Worker, at: str) -> str:
    answer = client_of(worker).get(at)
    assert answer.status_code == 200, at
    return answer.content.decode()


def item(world: World, who: str) -> OpenItem:
    return OpenItem.objects.get(kind=OpenItem.TRACE, person=world.people[who])


def chart(world: World, who: str) -> Chart:
    return care.chart_of(world.people[who])


# who is refused


@pytest.mark.parametrize("who", ["ada"])
def test_who_has_neither_people_nor_figures_is_refused(missing: World, who: str) -> None:
    client = client_of(missing.workers[who])
    assert client.get("/tracing").status_code == 403
    assert client.get("/home-visits").status_code == 403
    assert client.get(f"/people/{missing.people['ben']}/trace").status_code == 403
    assert client.post(f"/people/{missing.people['ben']}/trace/tap", {"found": "moved"}).status_code == 403
    assert chart(missing, "ben").live[-1].kind != "trace"


def test_an_outsider_sees_nobody_and_may_say_nothing(missing: World) -> None:
    assert "Ben Course" not in page(missing.otto, "/tracing?whose=sites")
    assert "Ben Course" not in page(missing.otto, f"/tracing?worker={missing.wim.pk}")
    at = f"/people/{missing.people['ben']}/trace"
    assert client_of(missing.otto).get(at).status_code == 404
    assert client_of(missing.otto).get(f"/home-visits?worker={missing.wim.pk}").status_code == 404
    with pytest.raises(Refused):
        report(by=missing.otto, person=missing.people["ben"], tried=Try(mode="home", found="not_found"))


def test_who_sees_only_figures_sees_no_name(missing: World) -> None:
    html = page(missing.ola, "/tracing")
    assert "Ben Course" not in html
    assert "What kept people away" in html
    assert client_of(missing.ola).get("/home-visits").status_code == 403


# who looks for whom


def test_the_day_after_the_date_the_nearest_worker_has_them_and_nobody_before(missing: World) -> None:
    ben = item(missing, "ben")
    assert ben.owner == str(missing.wim.pk)  # the one community health worker at the site; Keeper Kai follows Ben
    assert (ben.starts, ben.due) == (clock.today(), dt.date.fromisoformat(day(1)) + dt.timedelta(days=7))
    assert item(missing, "dan").starts == clock.today() + dt.timedelta(days=1)
    html = page(missing.wim, "/tracing?whose=mine")
    assert "Ben Course" in html
    assert "nobody has looked for them yet" in html
    assert "Dan Remit" not in html
    assert "Eve Below" not in html
    assert "Ben Course" in page(missing.wim, "/today?whose=mine")
    assert "Ben Course" in page(missing.kai, "/today?whose=mine"), "whoever follows him has the late contact"


def test_the_worker_of_the_village_comes_before_the_worker_of_the_clinic(missing: World) -> None:
    post = organisation.add_site(
        by=missing.ada, code="nan-mango", name="Nan Mango", kind="community_post", parent=missing.sites["bel-dlo"]
    )
    vil = Worker(username="vil", name="Villager Vil")
    vil.save()
    Post(worker=vil, role="chw", site=post, starts=dt.date(2020, 1, 1)).save()
    policy.changed()
    seen(missing, "ben", "kai", next_date=day(1), ago=13)
    assert item(missing, "ben").owner == str(missing.wim.pk), "a worker of the village alone cannot open their record"
    Post(worker=vil, role="chw", site=missing.sites["bel-dlo"], starts=dt.date(2020, 1, 1)).save()
    seen(missing, "ben", "kai", next_date=day(1), ago=12)
    assert item(missing, "ben").owner == str(vil.pk)


def test_where_nobody_is_near_it_stays_with_whoever_follows_them(missing: World) -> None:
    missing.wim.posts.update(ends=clock.today())
    policy.changed()
    seen(missing, "ben", "kai", next_date=day(1), ago=13)
    assert item(missing, "ben").owner == str(missing.kai.pk)


def test_when_a_worker_leaves_somebody_else_looks_and_nobody_waits_for_an_entry(missing: World) -> None:
    assert straying.settle() == 0
    missing.wim.posts.update(ends=clock.today())
    assert straying.settle() == 3
    assert item(missing, "ben").owner == str(missing.kai.pk)
    assert straying.settle() == 0


def test_the_health_worker_reads_the_task_and_no_more(missing: World) -> None:
    for at in ("/tracing?whose=mine", "/home-visits", f"/people/{missing.people['ben']}/trace"):
        html = page(missing.wim, at)
        for word in ("depression", "PHQ", "16", "moderate"):
            assert word not in html.replace(day(-16), "").replace("nbsp", "") or word == "16", (at, word)


# what came of it


def send(world: World, who: str, by: str, **fields: str) -> Any:
    sent = {"form": make_id(), "mode": "home", "found": "found", "reason": "not_said", "offer": "none"} | fields
    return client_of(world.workers[by]).post(f"/people/{world.people[who]}/trace", sent)


def test_found_with_money_as_reason_a_voucher_and_a_date(missing: World) -> None:
    answer = send(missing, "ben", "wim", reason="money", offer="voucher", next_date=day(-6), back="tracing")
    assert answer.status_code == 302
    assert answer["Location"] == "/tracing"
    now = chart(missing, "ben")
    assert now.next_date == dt.date.fromisoformat(day(-6))
    assert now.last_contact == clock.today()
    kinds = [fact.kind for fact in now.live[-2:]]
    assert sorted(kinds) == ["encounter", "trace"]
    assert item(missing, "ben").starts == now.next_date + dt.timedelta(days=1)
    assert "Ben Course" not in page(missing.wim, "/tracing?whose=sites")
    html = page(missing.nia, f"/people/{missing.people['ben']}")
    assert "Home visit on" in html
    assert "by Walker Wim" in html
    assert "money" in html
    assert "a transport voucher" in html
    assert "Home visit on" in page(missing.nia, f"/people/{missing.people['ben']}/visit")


def test_whoever_was_found_needs_a_date_and_what_was_typed_is_kept(missing: World) -> None:
    answer = send(missing, "ben", "wim", reason="stigma", offer="home", note="Invented words.")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "agree the next date" in html
    assert 'value="Invented words."' in html
    assert 'value="stigma" checked' in html
    assert 'value="home" checked' in html
    assert item(missing, "ben").starts == clock.today()
    for wrong, field in (({"next_date": day(1)}, "next_date"), ({"found": "x"}, "found"), ({"mode": ""}, "mode"),
                         ({"next_date": "soon"}, "next_date"), ({"found": "died", "next_date": day(-3)}, "next_date"),
                         ({"danger_text": "Invented."}, "danger")):  # fmt: skip
        with pytest.raises(Invalid) as problem:
            report(by=missing.wim, person=missing.people["ben"],
                   tried=Try(**({"mode": "home", "found": "found", "next_date": day(-3)} | wrong)))  # fmt: skip
        assert problem.value.field == field


def test_sent_twice_it_is_saved_once_and_other_words_under_its_number_are_refused(missing: World) -> None:
    form = make_id()
    for _ in range(2):
        assert send(missing, "ben", "wim", form=form, next_date=day(-6), danger="yes").status_code == 302
    facts = [one.kind for one in chart(missing, "ben").live]
    assert (facts.count("trace"), facts.count("concern")) == (1, 1)
    assert send(missing, "ben", "wim", form=form, next_date=day(-7)).status_code == 422


def test_a_danger_opens_the_safety_steps_before_anything_else(missing: World) -> None:
    answer = send(missing, "dan", "wim", found="not_found", danger="yes", danger_text="Invented words.")
    risk = chart(missing, "dan").open_risks[0]
    assert answer["Location"] == f"/people/{missing.people['dan']}/risk/{risk.id}"
    assert OpenItem.objects.filter(kind=OpenItem.RISK, person=missing.people["dan"]).exists()
    found = send(missing, "ben", "wim", danger="yes")  # no date is asked of someone in danger
    assert found.status_code == 302


def test_a_death_that_was_told_is_recorded_by_nobody_and_goes_to_whoever_follows_them(missing: World) -> None:
    assert send(missing, "ben", "wim", found="died", mode="neighbour").status_code == 302
    assert chart(missing, "ben").died is None
    ben = item(missing, "ben")
    assert ben.owner == str(missing.kai.pk)
    html = page(missing.kai, f"/people/{missing.people['ben']}/trace")
    assert "once it is certain" in html
    assert "?do=death" in html
    assert "?do=death" not in page(missing.wim, f"/people/{missing.people['ben']}/trace")
    care.died(by=missing.nia, person=missing.people["ben"], on=day(2))
    assert not OpenItem.objects.filter(kind=OpenItem.TRACE, person=missing.people["ben"]).exists()
    assert client_of(missing.wim).get(f"/people/{missing.people['ben']}/trace").status_code == 302


def test_a_move_that_was_told_is_a_proposal(missing: World) -> None:
    send(missing, "ben", "wim", found="moved")
    assert item(missing, "ben").owner == str(missing.kai.pk)
    assert f"/people/{missing.people['ben']}/move" in page(missing.nia, f"/people/{missing.people['ben']}/trace")
    assert chart(missing, "ben").site == "bel-dlo"


def test_after_three_tries_it_goes_back_with_what_was_tried_and_a_new_date_ends_it(missing: World) -> None:
    at = f"/people/{missing.people['ben']}/trace"
    for number in range(rules().tries):
        assert item(missing, "ben").owner == str(missing.wim.pk), number
        client_of(missing.wim).post(at + "/tap", {"found": "not_found", "form": make_id(), "back": "home-visits"})
    ben = item(missing, "ben")
    assert ben.owner == str(missing.kai.pk)
    assert f"Tried {rules().tries} times" in ben.reason
    html = page(missing.kai, at)
    assert html.count("Looked for at home: not found") == rules().tries
    refused = client_of(missing.wim).post(at + "/date", {"new_date": day(-5), "why": "Invented."})
    assert refused.status_code == 403, "a health worker reports, whoever follows them decides"
    empty = client_of(missing.kai).post(at + "/date", {"new_date": day(-5), "why": ""})
    assert empty.status_code == 422
    assert "Say why" in empty.content.decode()
    assert client_of(missing.kai).post(at + "/date", {"new_date": day(-5), "why": "Invented."}).status_code == 302
    assert item(missing, "ben").starts > clock.today()
    assert chart(missing, "ben").next_date == dt.date.fromisoformat(day(-5))


def test_an_end_of_care_ends_the_search_and_nothing_else_does(missing: World) -> None:
    ben = missing.people["ben"]
    putting_off.put_off(by=missing.kai, item=f"trace:{ben}", until=day(-10), reason="Invented.")
    assert item(missing, "ben").starts == dt.date.fromisoformat(day(-10)), "put off, with its reason, and back that day"
    for episode in chart(missing, "ben").open_episodes:
        care.close_episode(by=missing.nia, person=ben, episode=episode.id, outcome="lost", note="Invented.")
    assert not OpenItem.objects.filter(kind=OpenItem.TRACE, person=ben).exists()


def test_an_unknown_tap_and_a_plain_link_change_nothing(missing: World) -> None:
    at = f"/people/{missing.people['ben']}/trace/tap"
    assert client_of(missing.wim).get(at).status_code == 302
    assert client_of(missing.wim).post(at, {"found": "died"}).status_code == 404, "a death is never one tap"
    assert chart(missing, "ben").live[-1].kind != "trace"


# offers, the way, and figures


def test_forty_kilometres_away_home_and_phone_are_offered_first(missing: World, mapped: None) -> None:
    html = page(missing.wim, f"/people/{missing.people['ben']}/trace")
    assert "about 40 km from the clinic" in html
    assert "What fits best stands first: they live about 40 km away" in html
    assert html.index('name="offer" value="home"') < html.index('name="offer" value="clinic"')
    assert "A nearer site: Savann Wòch" in html


def test_whoever_has_no_address_is_looked_for_all_the_same(missing: World) -> None:
    care.correct_registration(by=missing.nia, person=missing.people["ben"], place="")
    assert item(missing, "ben").owner == str(missing.wim.pk)
    assert "Place not recorded" in page(missing.wim, "/home-visits")
    assert "Place not recorded" in page(missing.wim, "/tracing?whose=mine&order=place")
    assert "a place that is not recorded" in page(missing.wim, f"/people/{missing.people['ben']}/trace")


def test_whose_way_it_is_can_be_chosen_where_those_who_walk_are_a_districts(
    missing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = f'<option value="{missing.wim.pk}">'
    assert chosen in page(missing.nia, "/home-visits") and chosen not in page(missing.otto, "/home-visits")
    monkeypatch.setattr(find, "LISTED", 0)
    assert "Whose way" not in page(missing.nia, "/home-visits")
    assert "Ben Course" in page(missing.nia, f"/home-visits?worker={missing.wim.pk}"), "and is there all the same"


def test_the_way_without_coordinates_says_so(missing: World) -> None:
    html = page(missing.wim, "/home-visits")
    assert "where the places lie is not known here" in html
    assert "Ben Course" in html
    assert "Nan Mango" in html
    assert "Walking order" not in html


def test_the_way_with_coordinates_is_drawn_and_its_buttons_are_counted(missing: World, mapped: None) -> None:
    html = page(missing.wim, "/home-visits")
    assert "in walking order: about 40" in html
    assert "<polyline" in html
    tomorrow = page(missing.wim, f"/home-visits?day={day(-1)}")
    assert "Dan Remit" in tomorrow
    assert "Dan Remit" not in html
    assert page(missing.nia, f"/home-visits?worker={missing.wim.pk}").count("Ben Course") >= 1


def test_a_danger_stands_before_the_door_in_plain_words(missing: World) -> None:
    say(missing, "ben", "nia", f.Sign(sign="acute_psychosis", present=True))
    html = page(missing.wim, "/home-visits")
    assert "Before you knock." in html
    assert "Go as two" in html
    assert "psychosis" not in html
    assert "Before you knock." in page(missing.nia, f"/home-visits?worker={missing.wim.pk}")


def printed(html: str) -> str:
    """The page as it comes out of the printer: without what is `no-print`."""
    main = html[html.index("<main") : html.index("</main>")].replace("print-only", "")
    while (left := re.sub(r"<(\w+)[^>]*\bno-print\b[^>]*>(?:(?!<\1\b).)*?</\1>", "", main, flags=re.DOTALL)) != main:
        main = left
    return main


def test_the_printed_sheet_speaks_of_no_danger(missing: World) -> None:
    """It is carried where others can read it: that somebody is to be seen, by when, and how to go there safely."""
    say(missing, "ben", "nia", f.Sign(sign="acute_psychosis", present=True))
    for who in ("dan", "eve"):
        say(missing, who, "nia", f.Concern(trigger="told", text="Invented words."))
    risks = OpenItem.objects.filter(kind=OpenItem.RISK)
    risks.update(owner=str(missing.wim.pk), urgent_since=clock.now(), acknowledged=False)
    eve = OpenItem.objects.filter(kind=OpenItem.RISK, person=missing.people["eve"])
    eve.update(acknowledged=True, due=clock.today(), day=clock.today())
    for by, at in ((missing.wim, "/home-visits"), (missing.nia, f"/home-visits?worker={missing.wim.pk}")):
        html = page(by, at)
        assert "A safety conversation is open (" in html and "A danger sign was reported" in html
        paper = printed(html)
        assert "Ben Course" in paper and "Dan Remit" in paper and "Go as two" in paper
        assert "Contact due (now)." in paper and "Contact due (due today)." in paper
        for word in ("safety", "danger sign", "conversation", "answered", "Needs help", "Call the person"):
            assert word.lower() not in paper.lower().replace("danger: call", ""), word


def test_figures_count_each_person_once_and_small_ones_are_hidden_from_who_sees_no_chart(missing: World) -> None:
    wim, today = missing.wim, clock.today()
    for who in ("ben", "dan", "eve"):
        report(by=wim, person=missing.people[who], tried=Try(mode="home", found="not_found"))
        report(by=wim, person=missing.people[who],
               tried=Try(mode="home", found="found", reason="money", next_date=day(-9)))  # fmt: skip
    full = reasons.counts(missing.nia, today)
    assert (full.total, [(one.label, one.many) for one in full.reasons]) == (3, [("Money", 3)])
    assert [(one.label, one.many) for one in full.outcomes] == [("Found", 3)]
    few = reasons.counts(missing.ola, today)
    assert few.total is None
    assert all(one.many is None for one in (*few.reasons, *few.outcomes))
    html = page(missing.ola, "/tracing")
    assert "would tell of single people" in html
    assert reasons.counts(missing.otto, today).total == 0
    assert "Count what people said" in page(missing.nia, "/tracing")
    assert "3 people were looked for" in page(missing.nia, "/tracing?figures=1")


def test_a_report_taken_back_counts_no_more(missing: World) -> None:
    saved = report(by=missing.wim, person=missing.people["ben"], tried=Try(mode="home", found="moved"))
    assert reasons.counts(missing.nia, clock.today()).total == 1
    care.withdraw(by=missing.wim, person=missing.people["ben"], fact=saved.trace.id, reason="Invented.")
    assert reasons.counts(missing.nia, clock.today()).total == 0
    assert item(missing, "ben").owner == str(missing.wim.pk)


def test_a_page_costs_the_same_for_many(missing: World) -> None:
    client = client_of(missing.nia)
    client.get("/tracing?whose=sites")
    with CaptureQueriesContext(connection) as one:
        client.get("/tracing?whose=sites")
    seen(missing, "cid", "kai", next_date=day(2), ago=20)
    seen(missing, "eve", "kai", next_date=day(2), ago=10)
    with CaptureQueriesContext(connection) as more:
        client.get("/tracing?whose=sites")
    assert len(more) == len(one)


# what was audited


def test_pages_are_logged_once_and_reports_are_facts(missing: World) -> None:
    before = AccessEntry.objects.count()
    page(missing.wim, "/tracing?whose=mine")
    page(missing.wim, "/home-visits")
    page(missing.wim, f"/people/{missing.people['ben']}/trace")
    entries = list(AccessEntry.objects.order_by("pk"))[before:]
    assert [(one.action, one.route) for one in entries] == [
        ("read-list", "tracing"), ("read-list", "home-visits"), ("read-person", "trace"),
    ]  # fmt: skip
    assert "Ben" not in json.dumps([one.note for one in entries])
    saved = report(by=missing.wim, person=missing.people["ben"], tried=Try(mode="phone", found="refused"))
    assert saved.trace.author == str(missing.wim.pk)
