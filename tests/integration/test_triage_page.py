"""Triage: who came with a file waits for a person to decide; nobody is alarmed or enrolled by it."""

import datetime as dt
import re

import pytest
from django.test import Client

from tests.world import World, day, phq9
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import listing
from vwazen.server.record import clock, store
from vwazen.server.record.actions import append, hold, make_fact, make_id
from vwazen.server.record.clock import now
from vwazen.server.record.models import CaseloadRow, OpenItem, Person

PLAN = "collaborative-care:depression"


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def arrive(world: World, name: str, ago: int = 100, **more: object) -> str:
    """Someone as an import brings them: registered from a source, with one set of answers."""
    person = make_id()
    source = f.Source(system="clinic-tablets", id=name)
    site = str(more.pop("site", "bel-dlo"))
    who = f.Registration(name=name, born=str(more.pop("born", "")), place=str(more.pop("place", "")), source=source)
    bodies: list[f.AnyBody] = [who]
    if more:
        bodies.append(f.Response(**{"instrument": "phq-9", "version": 1, "mode": "imported", "source": source} | more))  # type: ignore[arg-type]
    append([make_fact(by=world.kai, person=person, site=site, body=body, occurred=day(ago)) for body in bodies])
    return person


def names(html: str) -> list[str]:
    return re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', html)


def page(world: World, who: str, query: str = "") -> str:
    response = as_worker(world, who).get(f"/triage{query}")
    assert response.status_code == 200
    return response.content.decode()


def owner(world: World, who: str = "kai") -> str:
    return str(world.workers[who].pk)


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_may_not_decide_is_refused(world: World, who: str) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(12))
    assert Client().get("/triage").status_code == 302
    client = as_worker(world, who)
    for response in (
        client.get("/triage"), client.get(f"/triage/{person}"), client.post("/triage", {"person": person}),
        client.post(f"/triage/{person}", {"form": "decide", "decision": "not_now", "reason": "x"}),
    ):  # fmt: skip
        assert response.status_code == 403
    assert AccessEntry.objects.filter(outcome="refused", worker_id=owner(world, who)).count() == 4
    assert OpenItem.objects.filter(kind="triage").count() == 1


def test_an_outsider_sees_nobody_and_no_count(world: World) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(12, ninth=1))
    html = page(world, "otto")
    assert names(html) == [] and "Nobody is waiting." in html
    assert re.findall(r"<b>(\d+)</b></a>", html.split("<main")[1]) == ["0", "0"]
    assert as_worker(world, "otto").get(f"/triage/{person}").status_code == 404
    as_worker(world, "otto").post("/triage", {"person": person, "condition": PLAN, "owner": owner(world, "otto")})
    assert not CaseloadRow.objects.filter(person=person).exists()


# the lists


def test_longest_waiting_first_with_what_the_file_says(world: World) -> None:
    arrive(world, "Premye Moun", ago=200, answers=phq9(12), place="Tè Rouj", born="1990")
    arrive(world, "Dezyem Moun", ago=90, answers=phq9(20), stated_total=29.0)
    arrive(world, "Twazyem Moun", ago=30, stated_total=18.0, total_only=True)
    arrive(world, "Katriyem Moun", ago=10)
    html = page(world, "kai")
    assert names(html) == ["Premye Moun", "Dezyem Moun", "Twazyem Moun", "Katriyem Moun"]
    assert "PHQ-9 12 on" in html and "· Tè Rouj" in html
    assert "The file says 29, our total is 20; both are kept." in html
    assert "A safety question is unknown: ask." in html
    assert "No mental-health score came with this person." in html
    assert "nobody yet" in html
    assert "Cid Danger" not in html, "who was registered here is not to triage"
    assert not CaseloadRow.objects.filter(name__endswith="Moun").exists(), "nobody is enrolled by a file"


def test_nobody_is_alarmed_by_a_file(world: World) -> None:
    person = arrive(world, "Ansyen Repons", ago=400, answers=phq9(21, ninth=3))
    assert care.chart_of(person).open_risks == ()
    html = page(world, "kai", "?tab=historical")
    assert names(html) == ["Ansyen Repons"]
    assert "A safety answer, the newest on" in html and "never reviewed here" in html
    assert 'class="banner now"' not in html


def test_answers_of_a_guarded_segment_stand_in_no_reason(world: World) -> None:
    arrive(world, "Gade Sekre", instrument="audit-c", answers={"1": 4.0, "2": 4.0, "3": 4.0})
    for who in ("nia", "psy"):
        html = page(world, who)
        assert "AUDIT" not in html and "No mental-health score came with this person." in html
    person = Person.objects.get(name="Gade Sekre").pk
    assert "AUDIT" not in as_worker(world, "nia").get(f"/triage/{person}").content.decode()
    assert "AUDIT-C" in as_worker(world, "psy").get(f"/triage/{person}").content.decode()


def test_maybe_the_same_person_leads_to_the_comparison(world: World) -> None:
    person = arrive(world, "Benn Kours", born="1985", answers=phq9(8))
    html = page(world, "kai")
    assert "maybe the same person" in html and "Same sound of name and birth year as Ben Course" in html
    assert f'href="/people/{person}/same?with={world.people["ben"]}"' in html
    assert "maybe the same person" not in page(world, "sue"), "who may not merge is not asked to"


def test_held_is_counted_as_far_as_it_may_be_seen(world: World) -> None:
    for segment in ("mental-health", "intimate-partner-violence"):
        hold(site="bel-dlo", code="x", reason="x", raw=segment, segment=segment, now=now())
    assert re.search(r">Held <b>2</b>", page(world, "psy"))
    assert re.search(r">Held <b>1</b>", page(world, "kai"))
    assert "Held <b>" not in page(world, "nia").split("<main")[1], "a nurse mends nothing"


def test_pages_follow_one_another_without_gap_or_double(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "A_PAGE", 3)
    for number in range(8):
        arrive(world, f"Moun {number}", ago=50 - number // 2)
    seen: list[str] = []
    query = ""
    for _ in range(5):
        html = page(world, "kai", query)
        seen += names(html)
        following = re.search(r'href="(\?tab=waiting&amp;after=[^"]+)"', html)
        if not following:
            break
        query = following.group(1).replace("&amp;", "&")
    assert sorted(seen) == [f"Moun {number}" for number in range(8)]
    assert len(names(page(world, "kai", "?tab=waiting&after=nonsense"))) == 3


def test_a_list_costs_the_same_for_many(world: World, django_assert_max_num_queries) -> None:
    for number in range(12):
        arrive(world, f"Moun Nimewo {number}", ago=40, answers=phq9(9), born="1985")
    client = as_worker(world, "kai")
    with django_assert_max_num_queries(17):  # 15 ours; who is closed to one, and messages
        client.get("/triage")


# deciding


def test_someone_is_enrolled_by_a_person_with_an_owner(world: World) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(17))
    client = as_worker(world, "nia")
    none = client.post(f"/triage/{person}", {"form": "enrol", "condition": PLAN, "owner": ""})
    assert none.status_code == 422 and "Choose who, among the people who work here now." in none.content.decode()
    away = client.post(f"/triage/{person}", {"form": "enrol", "condition": PLAN, "owner": owner(world, "otto")})
    assert "Outsider Otto has no post that cares for people of this site." in away.content.decode()
    odd = client.post(f"/triage/{person}", {"form": "enrol", "condition": "magic:all", "owner": owner(world)})
    assert odd.status_code == 422 and "Choose what they are enrolled for." in odd.content.decode()
    assert client.post(f"/triage/{person}", {"form": "nothing"}).status_code == 422
    assert not CaseloadRow.objects.filter(person=person).exists()
    html = client.post(
        f"/triage/{person}", {"form": "enrol", "condition": PLAN, "owner": owner(world)}, follow=True
    ).content.decode()
    assert "Enrolled. They stand on the caseload now." in html and names(html) == []
    assert CaseloadRow.objects.get(person=person).owner == owner(world)


def test_several_are_enrolled_together(world: World) -> None:
    people = [arrive(world, f"Moun {number}", answers=phq9(15)) for number in range(3)]
    care.enrol(
        by=world.nia, person=people[2], protocol="collaborative-care", condition="depression", owner=owner(world)
    )
    client = as_worker(world, "nia")
    sent = {"person": people, "condition": PLAN, "owner": owner(world)}
    assert "tick the people first" in client.post("/triage", sent | {"person": []}, follow=True).content.decode()
    assert "choose what for" in client.post("/triage", sent | {"owner": ""}, follow=True).content.decode()
    html = client.post("/triage", sent, follow=True).content.decode()
    assert "2 people are enrolled." in html
    assert "Not enrolled. Moun 2: Already enrolled for depression." in html
    assert CaseloadRow.objects.filter(person__in=people).count() == 3


@pytest.mark.parametrize(("decision", "stays"), [("not_now", 0), ("not_needed", 0), ("elsewhere", 0), ("again", 1)])
def test_a_decision_has_a_reason_and_ends_the_waiting(world: World, decision: str, stays: int) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(3))
    client = as_worker(world, "nia")
    for sent, says in (
        ({"decision": decision, "reason": " "}, "Say why"),
        ({"decision": "perhaps", "reason": "kept words"}, "Choose one of"),
        ({"decision": decision, "reason": "kept words", "until": "soon"}, "is not a date"),
    ):
        wrong = client.post(f"/triage/{person}", {"form": "decide", **sent})
        assert wrong.status_code == 422 and says in wrong.content.decode()
        if sent["reason"].strip():
            assert ">kept words</textarea>" in wrong.content.decode()
    client.post(f"/triage/{person}", {"form": "decide", "decision": decision, "reason": "followed by her church"})
    assert OpenItem.objects.filter(kind="triage", person=person).count() == stays
    html = client.get(f"/triage/{person}").content.decode()
    assert "followed by her church" in html and "Nurse Nia" in html


def test_only_a_conversation_closes_a_safety_answer_from_long_ago(world: World) -> None:
    person = arrive(world, "Ansyen Repons", ago=400, answers=phq9(21, ninth=3))
    client = as_worker(world, "nia")
    empty = client.post(f"/triage/{person}", {"form": "spoke", "outcome": "spoke", "note": ""})
    assert empty.status_code == 422 and "what you talked about" in empty.content.decode()
    client.post(f"/triage/{person}", {"form": "spoke", "outcome": "tried", "note": "no answer at the door"})
    assert OpenItem.objects.filter(kind="historical", person=person).count() == 1
    nobody = client.post(f"/triage/{person}", {"form": "pass", "owner": "", "note": "please"})
    assert nobody.status_code == 422 and "Say to whom." in nobody.content.decode()
    client.post(f"/triage/{person}", {"form": "pass", "owner": owner(world, "psy"), "note": "you know her"})
    item = OpenItem.objects.get(kind="historical", person=person)
    assert item.owner == owner(world, "psy")
    html = client.get(f"/triage/{person}").content.decode()
    assert "tried, not reached, by Nurse Nia: no answer at the door" in html and "Psychologist Psy" in html
    client.post(f"/triage/{person}", {"form": "spoke", "outcome": "spoke", "note": "She is well, and has a plan"})
    assert not OpenItem.objects.filter(kind="historical", person=person).exists()


def test_what_came_is_shown_with_what_is_unknown(world: World) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(20), stated_total=29.0)
    html = as_worker(world, "nia").get(f"/triage/{person}").content.decode()
    assert "the file says 29; both are kept" in html
    total = arrive(world, "Total Sèl", stated_total=18.0, total_only=True)
    html = as_worker(world, "nia").get(f"/triage/{total}").content.decode()
    assert "a total only" in html and "safety unknown: ask" in html


def test_who_came_and_is_in_care_stands_under_enrolled(world: World) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(17))
    store.insert("record_imported", ("import_id", "fact", "person", "source", "version"), [("i", "f", person, "s", "")])
    assert "Nobody from an import is in care yet." in page(world, "nia", "?tab=enrolled")
    care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="depression", owner=owner(world))
    html = page(world, "nia", "?tab=enrolled")
    assert names(html) == ["Vini Ansanm"] and "depression" in html and "Ben Course" not in html


# what was audited


def test_a_list_is_one_row_and_a_person_is_one_row(world: World) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(17))
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    page(world, "nia", "?tab=historical")
    as_worker(world, "nia").get(f"/triage/{person}")
    rows = AccessEntry.objects.exclude(pk__in=before).order_by("pk")
    assert [(row.action, row.purpose, row.route, row.note, row.person) for row in rows] == [
        ("read-list", "triage", "triage", "tab=historical", None),
        ("read-person", "triage", "triage-decide", "", person),
    ]


def test_who_is_put_off_until_a_day_stands_here_again_from_that_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = arrive(world, "Vini Ansanm", answers=phq9(12))
    client = as_worker(world, "nia")
    sent = {"form": "decide", "decision": "not_now", "reason": "after the harvest"}
    past = client.post(f"/triage/{person}", sent | {"until": day(0)})
    assert past.status_code == 422 and "This day has come already" in past.content.decode()
    client.post(f"/triage/{person}", sent | {"until": day(-30)})
    assert names(page(world, "nia")) == [] and "Waiting</a>" not in page(world, "nia")
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=29))
    assert names(page(world, "nia")) == []
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=30))
    assert names(page(world, "nia")) == ["Vini Ansanm"]
    assert "to look again on" in page(world, "nia")
    client.post(f"/triage/{person}", {"form": "decide", "decision": "not_needed", "reason": "is well"})
    assert names(page(world, "nia")) == []
