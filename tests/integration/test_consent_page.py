"""Who may know: a no and a yes, in force at once on every page, list, count and file."""

import datetime as dt

import pytest
from django.http import Http404
from django.test import Client

from tests.world import World
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.consent import actions as consent
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import access, clock, reach, store
from vwazen.server.record.models import CaseloadRow, Denied, EpisodeRow, OpenItem, Person, Quality, Segment, Shared

SAY = {"do": "say", "granted": "no", "segment": "mental-health", "to": "everybody", "how": "aloud", "speaker": "self"}


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def seen(world: World, who: str, person: str = "ben") -> access.View:
    return access.person(by=world.workers[who], person_id=world.people[person], purpose="care",
                         permission=("see_chart", "see_caseload"))  # fmt: skip


def no(world: World, to: str = "", segment: str = "mental-health", by: str = "nia", who: str = "ben",
       **more: str) -> f.Fact:  # fmt: skip
    return consent.say(by=world.workers[by], person=world.people[who], segment=segment, granted=False, to=to, **more)


def yes(world: World, to: str = "", segment: str = "mental-health", by: str = "psy", who: str = "ben",
        **more: str) -> f.Fact:  # fmt: skip
    return consent.say(by=world.workers[by], person=world.people[who], segment=segment, granted=True, to=to, **more)


def text(world: World, who: str, at: str) -> str:
    answered = as_worker(world, who).get(at)
    assert answered.status_code == 200, (at, answered.status_code)
    return answered.content.decode()


def search(world: World, who: str) -> str:
    client = as_worker(world, who)
    client.post("/people", {"name": "Ben Course", "born": "", "place": ""})
    return client.get("/people").content.decode()


# who is refused


def test_who_may_not_write_is_refused(world: World) -> None:
    at = f"/people/{world.people['ben']}/consent"
    for who, status in (("ola", 403), ("max", 403), ("ada", 403), ("otto", 404)):
        assert as_worker(world, who).post(at, SAY).status_code == status, who
        assert as_worker(world, who).get(at).status_code == status, who
    assert Client().get(at)["Location"].startswith("/sign-in/")
    with pytest.raises(Refused):
        no(world, by="otto")
    assert care.chart_of(world.people["ben"]).permits.words == ()


def test_a_worker_to_whom_they_said_no_does_not_open_it_to_themselves(world: World) -> None:
    said = no(world, "role:nurse", by="kai")
    for to in ("role:nurse", f"worker:{world.nia.pk}"):
        with pytest.raises(Invalid, match="said no to you"):
            yes(world, to, by="nia")
    with pytest.raises(Invalid, match="not withdrawn"):
        care.withdraw(by=world.nia, person=world.people["ben"], fact=said.id, reason="x")
    assert not seen(world, "nia").may_see("mental-health")
    yes(world, "role:nurse", by="kai")
    assert seen(world, "nia").may_see("mental-health")


def test_a_yes_is_taken_by_who_may_see_that_part_and_a_no_by_anybody(world: World) -> None:
    with pytest.raises(Invalid, match="colleague"):
        yes(world, "role:physician", segment="hiv", by="nia")
    no(world, "role:physician", segment="hiv", by="nia")


def test_a_childs_yes_comes_from_who_may_give_it_and_their_no_from_them(world: World) -> None:
    born = str(clock.today().year - 12)
    child = care.register(by=world.nia, site="bel-dlo", name="Kid Invented", born=born, place="x")
    world.people["kid"] = child
    with pytest.raises(Invalid, match=r"They are 1[12]\. Below 18"):
        yes(world, who="kid", by="nia")
    with pytest.raises(Invalid, match="name of whoever"):
        yes(world, who="kid", by="nia", speaker="guardian")
    consent.say(
        by=world.nia, person=child, segment="mental-health", granted=True, speaker="guardian", who="Mother Invented"
    )
    no(world, who="kid")
    assert not seen(world, "nia", "kid").may_see("mental-health")


@pytest.mark.parametrize(
    ("more", "field"),
    [({"to": "role:king"}, "to"), ({"to": "site:nowhere"}, "to"), ({"to": "worker:x"}, "to"),
     ({"segment": "x"}, "segment"), ({"until": "soon"}, "until"), ({"until": "2020-01-01"}, "until"),
     ({"how": "shouted"}, "how"), ({"speaker": "x"}, "speaker"), ({"segment": "general"}, "to")],
)  # fmt: skip
def test_what_does_not_fit_is_said(world: World, more: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        consent.say(
            **{"by": world.nia, "person": world.people["ben"], "segment": "mental-health", "granted": False} | more
        )
    assert wrong.value.field == field


# the page of one person


def test_a_no_to_a_role_takes_the_part_off_their_pages_at_once(world: World) -> None:
    assert seen(world, "nia").chart.series
    no(world, "role:nurse", by="kai")
    view = seen(world, "nia")
    assert not view.may_see("mental-health") and not view.chart.series and view.chart.open_episodes
    assert seen(world, "kai").chart.series
    html = text(world, "nia", f"/people/{world.people['ben']}")
    assert "PHQ-9" not in html and "PHQ-9" in text(world, "kai", f"/people/{world.people['ben']}")
    yes(world, "role:nurse", by="kai")
    assert seen(world, "nia").chart.series, "and back at once"


def test_a_part_closed_to_everybody_but_one(world: World) -> None:
    no(world)
    assert not any(seen(world, who).chart.series for who in ("nia", "kai", "psy", "pia", "sue"))
    yes(world, f"worker:{world.psy.pk}")
    assert seen(world, "psy").chart.series and not seen(world, "kai").chart.series


def test_who_is_not_to_know_of_the_person_finds_nobody(world: World) -> None:
    ben = world.people["ben"]
    no(world, f"worker:{world.wim.pk}", segment="general")
    with pytest.raises(Http404) as hidden:
        seen(world, "wim")
    with pytest.raises(Http404) as nobody:
        access.person(by=world.wim, person_id="nobody", purpose="care", permission="see_caseload")
    assert str(hidden.value) == str(nobody.value)
    with pytest.raises(Refused):
        access.require_person(by=world.wim, person_id=ben, permission="record_care")
    assert seen(world, "nia").person.pk == ben


def test_a_danger_stays_and_says_nothing_of_why(world: World) -> None:
    risk = seen(world, "nia", "cid").chart.open_risks
    assert risk and "several days" in risk[0].why
    no(world, who="cid")
    (bare,) = seen(world, "nia", "cid").chart.open_risks
    assert "several days" not in bare.why and not seen(world, "nia", "cid").chart.series
    item = OpenItem.objects.get(person=world.people["cid"], kind=OpenItem.RISK)
    assert item.reason == item.plain and "several days" not in item.reason
    places = Segment.objects.filter(person=world.people["cid"])
    assert all(one.reason == one.plain for one in places) and any(one.tier == 2 for one in places)


# lists, counts, files


def test_what_is_closed_to_everybody_is_in_no_row(world: World) -> None:
    ben = world.people["ben"]
    before = CaseloadRow.objects.get(person=ben)
    assert before.last_score == 16 and EpisodeRow.objects.get(person=ben).last_score is not None
    no(world)
    after = CaseloadRow.objects.get(person=ben)
    assert (after.last_score, after.first_score, after.course, after.owner) == (None, None, [], before.owner)
    assert EpisodeRow.objects.get(person=ben).last_score is None
    assert (
        not Quality.objects.filter(person=ben, segment="mental-health")
        .exclude(what__in=("diagnosis", "consent"))
        .exists()
    )
    assert "16" not in Segment.objects.filter(person=ben).values_list("reason", flat=True)[0]


def test_a_no_waits_for_whoever_follows_the_person(world: World) -> None:
    ben, kai = world.people["ben"], str(world.kai.pk)
    said = no(world)
    item = OpenItem.objects.get(person=ben, kind=OpenItem.CONSENT)
    assert item.owner == kai and item.fact == said.id
    assert "decide together" in text(world, "kai", "/today?whose=mine")
    consent.settle(by=world.kai, person=ben, fact=said.id, outcome="She comes on Fridays, to me only.")
    assert not OpenItem.objects.filter(person=ben, kind=OpenItem.CONSENT).exists()


def test_a_no_to_their_own_worker_stands_on_the_list_of_those_without(world: World) -> None:
    no(world, f"worker:{world.kai.pk}")
    assert OpenItem.objects.get(person=world.people["ben"], kind=OpenItem.CONSENT).owner == ""
    assert "their own worker know less" in text(world, "nia", "/today?whose=mine")
    assert "decide together" in text(world, "nia", "/today?whose=sites")


LISTS = ("/caseload?whose=sites", "/today?whose=sites", "/diary?whose=sites", "/risk",
         "/quality?kind=missing&site=bel-dlo", "/unassigned", "/triage", "/review", "/stuck", "/handover")  # fmt: skip


@pytest.mark.parametrize("at", LISTS)
def test_who_is_not_to_know_of_them_is_on_no_list(world: World, at: str) -> None:
    for name, who in (("Ben Course", "ben"), ("Cid Danger", "cid")):
        got = as_worker(world, "nia").get(at)
        there = name in got.content.decode()
        no(world, f"worker:{world.nia.pk}", segment="general", by="kai", who=who)
        after = as_worker(world, "nia").get(at).content.decode()
        assert name not in after, (at, name)
        assert (
            name in as_worker(world, "kai").get(at).content.decode() or not there or at in ("/unassigned", "/handover")
        )


def test_a_no_to_a_role_takes_scores_off_their_lists(world: World) -> None:
    shown = text(world, "nia", "/caseload?whose=sites")
    assert "PHQ-9 16" in shown or "16" in shown
    no(world, "role:nurse", by="kai")
    row = Segment.objects.filter(person=world.people["ben"], starts__lte=clock.today(), ends__gt=clock.today()).get()
    shown = text(world, "nia", "/caseload?whose=sites")
    assert row.reason not in shown and row.reason in text(world, "kai", "/caseload?whose=sites").replace("&#x27;", "'")


def test_figures_leave_out_who_is_closed_to_the_reader(world: World) -> None:
    assert reach.open_to(world.nia, "mental-health").children == []
    no(world, "role:nurse", by="kai")
    nia = Worker.objects.get(pk=world.nia.pk)
    left = EpisodeRow.objects.filter(reach.open_to(nia, "mental-health")).values_list("person", flat=True)
    assert world.people["ben"] not in left and world.people["dan"] in left
    words, values = reach.open_sql(nia, "person", "mental-health")
    rows = store.select(f"SELECT person FROM record_episode WHERE 1 = 1{words}", values)
    assert {str(one) for (one,) in rows} == set(left)


# sharing


def test_a_yes_to_a_site_elsewhere_lets_them_read_what_it_names_and_no_more(world: World) -> None:
    ben = world.people["ben"]
    care.write_note(by=world.psy, person=ben, text="Therapy planted", segment="therapy-notes")
    with pytest.raises(Http404):
        seen(world, "otto")
    yes(world, "site:savann", segment="general")
    view = seen(world, "otto")
    assert view.segments == {"general"} and view.path == world.sites["savann"].path and not view.chart.series
    yes(world, "site:savann", segment="mental-health")
    assert seen(world, "otto").chart.series and seen(world, "otto").segments == {"general", "mental-health"}
    yes(world, "site:savann", segment="therapy-notes")
    assert "therapy-notes" not in seen(world, "otto").segments, "cut to what their own post gives"
    no(world, "site:savann", segment="mental-health")
    assert not seen(world, "otto").chart.series
    no(world, "site:savann", segment="general")
    no(world, "site:savann", segment="therapy-notes")
    with pytest.raises(Http404):
        seen(world, "otto")
    assert not Shared.objects.exists()


def test_a_share_ends_with_its_last_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    yes(world, "site:savann", segment="general", until=(clock.today() + dt.timedelta(3)).isoformat())
    assert seen(world, "otto").person.pk == world.people["ben"]
    later = clock.now() + dt.timedelta(5)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(clock, "today", later.date)
    with pytest.raises(Http404):
        seen(world, "otto")


def test_who_is_shared_is_found_by_name_where_they_are_shared(world: World) -> None:
    ben = f'href="/people/{world.people["ben"]}"'
    assert ben not in search(world, "otto")
    yes(world, "site:savann", segment="general")
    assert ben in search(world, "otto")
    no(world, "site:savann", segment="general")
    assert ben not in search(world, "otto")


def test_who_is_not_to_know_of_them_finds_nobody_by_name(world: World) -> None:
    ben = f'href="/people/{world.people["ben"]}"'
    assert ben in search(world, "nia")
    no(world, f"worker:{world.nia.pk}", segment="general", by="kai")
    assert ben not in search(world, "nia") and ben in search(world, "kai")


def test_whoever_is_at_home_asks_the_database_no_more(world: World, django_assert_num_queries: object) -> None:
    row = Person.objects.get(pk=world.people["ben"])
    nia = Worker.objects.get(pk=world.nia.pk)
    reach.place(nia, row, ("see_chart",))
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert reach.place(nia, row, ("see_chart",)) == reach.Place(row.path)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert reach.paths(row) == reach.paths(row) == (row.path,)


# what was audited


def test_every_word_is_one_line_in_the_log_without_what_was_typed(world: World) -> None:
    no(world, "role:nurse", by="kai")
    no(world, "her aunt Rose")
    notes = list(AccessEntry.objects.filter(action="consent").values_list("worker_name", "note").order_by("id"))
    assert notes == [
        ("Keeper Kai", "segment=mental-health granted=no to=role:nurse"),
        ("Nurse Nia", "segment=mental-health granted=no to=other"),
    ]


def test_the_page_takes_back_with_one_tap_and_prints(world: World) -> None:
    ben = world.people["ben"]
    kai = as_worker(world, "kai")
    assert kai.post(f"/people/{ben}/consent", SAY | {"to": "role:nurse"}).status_code == 302
    (word,) = care.chart_of(ben).permits.words
    html = text(world, "kai", f"/people/{ben}/consent")
    assert "Everyone who works as nurse" in html and "Signed" in html
    assert kai.post(f"/people/{ben}/consent", {"do": "back", "fact": word.fact.id}).status_code == 302
    assert seen(world, "nia").may_see("mental-health")
    assert [one.granted for one in care.chart_of(ben).permits.words] == [False, True]
    assert Denied.objects.count() == 0
    bad = kai.post(f"/people/{ben}/consent", SAY | {"to": "other", "other": ""})
    assert bad.status_code == 422 and "Write who" in bad.content.decode()
