"""The day's list: who is refused, who stands on it and in which order, putting off, and who has no owner or no date."""

import datetime as dt
import re

import pytest
from django.test import Client

from tests.world import World, day, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import putting_off, safety, waiting
from vwazen.server.care import today as days
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def page(world: World, who: str, query: str = "") -> str:
    answer = as_worker(world.workers[who]).get(f"/today{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown(html: str) -> list[str]:
    return re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', html)


def come(world: World, who: str, ahead: int, ago: int = 10) -> None:
    """Seen so many days ago, with the next date so many days ahead."""
    seen(world, who, "kai", next_date=day(-ahead), ago=ago)


@pytest.fixture
def ordered(world: World) -> World:
    """Cid in danger; Ben 4 days late, Dan today, Eve in 3 days."""
    come(world, "ben", -4)
    come(world, "dan", 0)
    come(world, "eve", 3)
    return world


def test_who_is_not_signed_in_is_sent_to_sign_in() -> None:
    assert Client().get("/today").status_code == 302


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_cares_for_nobody_is_refused_and_it_is_logged(world: World, who: str) -> None:
    client = as_worker(world.workers[who])
    for at in ("/today", "/today/put-off", "/diary", "/unassigned", "/handover"):
        assert client.get(at).status_code == 403, at
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.outcome, entry.worker_id) == ("refused", str(world.workers[who].pk))


def test_an_outsider_sees_nobody_and_no_count(ordered: World) -> None:
    html = page(ordered, "otto", "?whose=sites")
    assert shown(html) == []
    assert "Nothing waits at your sites today" in html
    assert "no owner or no next date" not in html


def test_most_urgent_first_then_late_then_today_then_the_week(ordered: World) -> None:
    html = page(ordered, "kai")
    assert shown(html) == ["Cid Danger", "Ben Course", "Dan Remit", "Eve Below"]
    groups = re.findall(r'<h2 class="group">([^<]*)</h2>', html)
    assert groups == ["Open risks", "Late, or waiting", "Today", "The next seven days"]
    assert "4 days late" in html
    assert "due today" in html
    assert "in 3 days" in html
    assert "Safety steps" in html


def test_what_is_due_later_stands_in_the_diary_and_not_here(ordered: World) -> None:
    come(ordered, "eve", 12, ago=1)
    assert "Eve Below" not in page(ordered, "kai")
    late = as_worker(ordered.kai).get(f"/diary?day={day(-12)}").content.decode()
    assert "Eve Below" in late


def test_one_line_a_person_with_everything_that_waits(ordered: World) -> None:
    ben = ordered.people["ben"]
    say(ordered, "ben", "pia", f.Measurement(what="weight", value=48, unit="kg", attention=True))
    episode = care.chart_of(ben).open_episodes[0].id
    care.recommend(by=ordered.pia, person=ben, episode=episode, choice="change", text="Plan more walks.",
                   owner=str(ordered.kai.pk), due=day(1))  # fmt: skip
    html = page(ordered, "kai")
    assert shown(html).count("Ben Course") == 1
    assert "Plan more walks." in html
    assert "48 kg" in html


def test_without_mental_health_the_plain_words_but_what_was_given_to_one_is_readable(ordered: World) -> None:
    ben = ordered.people["ben"]
    say(ordered, "ben", "pia", f.Measurement(what="weight", value=48, unit="kg", attention=True))
    episode = care.chart_of(ben).open_episodes[0].id
    care.recommend(by=ordered.pia, person=ben, episode=episode, choice="see", text="Bring him to the clinic.",
                   owner=str(ordered.wim.pk), due=day(0))  # fmt: skip
    html = page(ordered, "wim", "?whose=sites")
    assert "48 kg" not in html
    assert "A result waits." in html
    assert "several days" not in html
    assert "Bring him to the clinic." in html
    assert "Bring him to the clinic." in page(ordered, "wim", "?whose=mine")


def test_the_button_says_whom_to_ask_where_the_owner_cannot_do_it(ordered: World) -> None:
    say(ordered, "ben", "pia", f.Measurement(what="weight", value=48, unit="kg", attention=True), ago=30)
    say(ordered, "dan", "nia", f.Prescription(name="Fluoxetine"), ago=30)
    html = page(ordered, "kai")
    ben, dan = ordered.people["ben"], ordered.people["dan"]
    assert f'href="/people/{ben}/medicines">Ask Nurse Nia<' in html
    assert f'href="/people/{dan}/medicines">Ask Nurse Nia<' in html
    assert "look at it. Ask Nurse Nia or Psychiatrist Pia." in html
    own = page(ordered, "nia", "?whose=sites")
    assert "Ask Nurse Nia" not in own
    assert f'href="/people/{ben}/medicines">Look at it<' in own
    walker = page(ordered, "wim", "?whose=sites")  # who opens no medicines is led to a page that opens
    assert f'href="/people/{dan}">Ask Nurse Nia<' in walker
    assert as_worker(ordered.wim).get(f"/people/{dan}").status_code == 200
    Post.objects.filter(role__in=("nurse", "psychiatrist")).update(ends=clock.today())
    policy.changed()
    assert "Nobody at this site may do this: ask whoever keeps the posts." in page(ordered, "kai")


def test_advice_of_care_that_has_ended_says_so(ordered: World) -> None:
    episode = care.chart_of(ordered.people["ben"]).open_episodes[0].id
    care.recommend(by=ordered.pia, person=ordered.people["ben"], episode=episode, choice="change", text="Plan walks.",
                   owner=str(ordered.kai.pk), due=day(1))  # fmt: skip
    say(ordered, "ben", "nia", f.Close(episode=episode, outcome="completed"))
    assert "Plan walks. (That care ended on " in page(ordered, "kai")


@pytest.mark.parametrize(("ago", "words"), [(59, "59 days late"), (70, "2 months late"), (2000, "5 years late")])
def test_how_late_is_said_in_what_still_means_something(ordered: World, ago: int, words: str) -> None:
    say(ordered, "ben", "kai", f.PlanItem(part="action", text="Ask for work", who="Ben", due=day(ago)), ago + 1)
    assert words in page(ordered, "kai")


def test_the_tabs_are_mine_my_team_and_my_sites(ordered: World) -> None:
    assert shown(page(ordered, "nia", "?whose=mine")) == []
    assert len(shown(page(ordered, "nia", "?whose=team"))) == 4
    assert len(shown(page(ordered, "sue", "?whose=sites"))) == 4
    assert len(shown(page(ordered, "nia"))) == 4  # who owns nothing begins with the sites
    assert 'aria-current="true">Mine' in page(ordered, "kai")


def test_a_danger_sign_stands_here_though_nothing_is_due(world: World) -> None:
    come(world, "dan", 40)
    assert "Dan Remit" not in page(world, "kai")
    care.record_sign(by=world.nia, person=world.people["dan"], sign="mania", present=True)
    html = page(world, "kai")
    assert "Mania was reported" in html
    assert "This week, by how they are" in html


def test_pages_follow_each_other_without_gap_or_repeat(ordered: World, monkeypatch: pytest.MonkeyPatch) -> None:
    say(ordered, "ben", "pia", f.Measurement(what="weight", value=48, unit="kg", attention=True))
    today = clock.today()
    for whose in ("mine", "sites"):
        scope = waiting.scope_of(ordered.kai, whose, today)
        whole = [line.person for line in days.page(ordered.kai, scope, today).lines]
        assert len(whole) == 4
        for read in (1, 2, 3, 100):
            monkeypatch.setattr(days, "READ", read)
            found: list[str] = []
            after, rounds = None, 0
            while True:
                part = days.page(ordered.kai, scope, today, after, 1)
                found += [line.person for line in part.lines]
                rounds += 1
                assert rounds < 20
                if not part.after:
                    break
                after = days.resume(part.after, today)
                assert after is not None
            assert found == whole, (whose, read)
        monkeypatch.undo()


def test_the_number_of_people_is_right_though_few_keys_are_looked_at_first(
    ordered: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = r'aria-current="true">My sites <b>([^<]*)</b>'
    assert re.findall(every, page(ordered, "kai", "?whose=sites")) == ["4"]
    counts: list[list[str]] = []
    counted = waiting.counted

    def noted(parts: dict[str, tuple[str, list[object]]]) -> dict[str, str]:
        counts.append(sorted(parts))
        return counted(parts)

    monkeypatch.setattr(waiting, "counted", noted)
    for first, most, told, times in ((1, 1000, "4", 2), (30, 1000, "4", 1), (1, 3, "3+", 2), (20, 3, "3+", 1)):
        monkeypatch.setattr(days, "FIRST_LOOKED", first)
        monkeypatch.setattr(waiting, "COUNTED", most)
        counts.clear()
        assert re.findall(every, page(ordered, "kai", "?whose=sites")) == [told]
        assert len(counts) == times and counts[1:] == [["total"]] * (times - 1)


def test_a_cursor_of_something_done_begins_at_the_top(ordered: World) -> None:
    today = clock.today()
    scope = waiting.scope_of(ordered.kai, "mine", today)
    cursor = days.page(ordered.kai, scope, today, None, 1).after
    assert "begins again" not in page(ordered, "kai", f"?after={cursor}")
    assert "begins again at the top" in page(ordered, "kai", "?after=contact:nobody~0")


def test_one_entry_for_the_page_and_few_queries(ordered: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(ordered.kai)
    client.get("/today")
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        assert client.get("/today").status_code == 200
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route, entry.outcome) == ("read-list", "today", "allowed")


def test_the_dead_and_the_closed_are_absent(ordered: World) -> None:
    care.died(by=ordered.nia, person=ordered.people["ben"], on=day(0))
    episode = care.chart_of(ordered.people["dan"]).open_episodes[0].id
    care.close_episode(by=ordered.nia, person=ordered.people["dan"], episode=episode, outcome="completed")
    assert shown(page(ordered, "kai")) == ["Cid Danger", "Eve Below"]


def contact(world: World, who: str) -> OpenItem:
    return OpenItem.objects.get(person=world.people[who], kind=OpenItem.CONTACT)


def test_putting_off_needs_the_right_a_reason_and_a_day_within_ninety(ordered: World) -> None:
    item = contact(ordered, "ben").pk
    with pytest.raises(Refused):
        putting_off.put_off(by=ordered.otto, item=item, until=day(-3), reason="elsewhere")
    with pytest.raises(Refused):
        putting_off.put_off(by=ordered.kai, item="contact:nobody", until=day(-3), reason="who")
    for until, reason in ((day(0), "late"), (day(-91), "too long"), (day(-3), " "), ("soon", "no date")):
        with pytest.raises(Invalid):
            putting_off.put_off(by=ordered.kai, item=item, until=until, reason=reason)
    assert "Ben Course" in page(ordered, "kai")


def test_put_off_comes_back_by_itself_and_can_be_taken_back(ordered: World) -> None:
    item, client = contact(ordered, "ben").pk, as_worker(ordered.kai)
    form = {"until": day(-3), "reason": "the road is closed", "form": make_id(), "whose": "mine"}
    assert client.get(f"/today/put-off/{item}").status_code == 200
    for _ in range(2):  # sent twice, it is one
        assert client.post(f"/today/put-off/{item}", form).status_code in (302, 422)
    facts = [one for one in care.chart_of(ordered.people["ben"]).live if isinstance(one.body, f.Snooze)]
    assert len(facts) == 1
    assert "Ben Course" not in page(ordered, "kai")
    html = client.get("/today/put-off").content.decode()
    assert "the road is closed" in html
    assert "Keeper Kai" in html
    row = contact(ordered, "ben")
    assert row.starts == clock.today() + dt.timedelta(days=3)
    assert row.put_off_by == str(ordered.kai.pk)
    assert client.post("/today/put-off", {"item": item}).status_code == 302
    assert "Ben Course" in page(ordered, "kai")
    assert "Nothing is put off" in client.get("/today/put-off").content.decode()


def test_nobody_elsewhere_takes_back_or_learns_who_waits(ordered: World) -> None:
    item = contact(ordered, "ben").pk
    putting_off.put_off(by=ordered.kai, item=item, until=day(-3), reason="the road is closed")
    other = as_worker(ordered.otto)
    assert other.post("/today/put-off", {"item": item}).status_code == 404
    assert other.get(f"/today/put-off/{item}").status_code == 404
    assert other.get("/today/put-off/contact:nobody").status_code == 404
    assert "Ben Course" not in other.get("/today/put-off?whose=sites").content.decode()


def test_a_risk_is_never_put_off_and_stands_first_though_the_contact_is(ordered: World) -> None:
    risk = OpenItem.objects.get(person=ordered.people["cid"], kind=OpenItem.RISK)
    with pytest.raises(Invalid, match="never put off"):
        putting_off.put_off(by=ordered.kai, item=risk.pk, until=day(-3), reason="later")
    say(ordered, "cid", "kai", f.Snooze(item=risk.pk, until=day(-30), reason="sent by a phone"))
    putting_off.put_off(by=ordered.kai, item=contact(ordered, "cid").pk, until=day(-30), reason="far away")
    html = page(ordered, "kai")
    assert shown(html)[0] == "Cid Danger"
    assert f"/today/put-off/{risk.pk}" not in html
    safety.raise_concern(by=ordered.nia, person=ordered.people["eve"], text="said goodbye to everyone")
    assert set(shown(page(ordered, "kai"))[:2]) == {"Cid Danger", "Eve Below"}


def test_what_was_put_off_before_the_visit_does_not_hide_the_next_date(ordered: World) -> None:
    putting_off.put_off(by=ordered.kai, item=contact(ordered, "ben").pk, until=day(-30), reason="away for work")
    assert "Ben Course" not in page(ordered, "kai")
    seen(ordered, "ben", "kai", next_date=day(-2))
    assert "Ben Course" in page(ordered, "kai")


def test_nothing_is_put_off_for_longer_than_the_longest_whoever_says_so(ordered: World) -> None:
    item = contact(ordered, "ben").pk
    say(ordered, "ben", "kai", f.Snooze(item=item, until=day(-300), reason="sent by a phone"))
    assert contact(ordered, "ben").starts == clock.today() + dt.timedelta(days=90)


def test_the_unassigned_page_begins_with_everyone_without_a_date_and_ends_empty(world: World) -> None:
    client = as_worker(world.kai)
    html = client.get("/unassigned").content.decode()
    assert set(shown(html)) == {"Ben Course", "Cid Danger", "Dan Remit", "Eve Below"}
    assert "have no owner or no next date" in page(world, "kai")
    for who in ("ben", "cid", "dan", "eve"):
        row = world.people[who] + ":" + care.chart_of(world.people[who]).open_episodes[0].id
        sent = client.post("/unassigned", {"row": row, "next_date": day(-5), "form": make_id()})
        assert sent.status_code == 302
    assert "Nobody is lost" in client.get("/unassigned").content.decode()
    assert "no owner or no next date.</b>" not in page(world, "kai")
    assert care.chart_of(world.people["ben"]).next_date == clock.today() + dt.timedelta(days=5)


def test_an_owner_who_left_or_works_elsewhere_is_no_owner(ordered: World) -> None:
    come(ordered, "cid", 2)
    client = as_worker(ordered.nia)
    assert "Nobody is lost" in client.get("/unassigned").content.decode()
    post = ordered.kai.posts.get()
    Post.objects.filter(pk=post.pk).update(ends=clock.today())
    policy.changed()
    html = client.get("/unassigned").content.decode()
    assert len(shown(html)) == 4
    assert "has no post here any more" in html
    row = ordered.people["ben"] + ":" + care.chart_of(ordered.people["ben"]).open_episodes[0].id
    refused = client.post("/unassigned", {"row": row, "owner": str(ordered.kai.pk)})
    assert refused.status_code == 422
    assert client.post("/unassigned", {"row": row, "owner": str(ordered.nia.pk)}).status_code == 302
    assert len(shown(client.get("/unassigned").content.decode())) == 3
    assert as_worker(ordered.otto).post("/unassigned", {"row": row, "owner": str(ordered.otto.pk)}).status_code == 403
    assert "Nobody is lost" in as_worker(ordered.otto).get("/unassigned").content.decode()


def test_somebody_elsewhere_or_not_in_care_gets_no_date(world: World) -> None:
    with pytest.raises(Refused):
        putting_off.set_next_date(by=world.otto, person=world.people["ben"], next_date=day(-3))
    with pytest.raises(Invalid, match="not in care"):
        putting_off.set_next_date(by=world.nia, person=world.people["ann"], next_date=day(-3))
    for wrong in (day(1), day(-900), "soon"):
        with pytest.raises(Invalid):
            putting_off.set_next_date(by=world.nia, person=world.people["ben"], next_date=wrong)
