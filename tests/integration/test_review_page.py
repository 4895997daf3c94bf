"""The case review: who is refused, whom there is time for, one packet, its advice as a task, and what came of it."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, answer, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import sitting
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import OpenItem, Segment


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def get(world: World, who: str, address: str) -> str:
    answer = as_worker(world.workers[who]).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def send(world: World, who: str, person: str, **values: str) -> HttpResponse:
    chart = care.chart_of(world.people[person])
    data = {
        "episode": chart.open_episodes[0].id if chart.open_episodes else "", "question": "", "choice": "continue",
        "text": "Four more weeks at this dose.", "teaching": "", "owner": str(world.kai.pk), "due": day(-7), **values,
    }  # fmt: skip
    return as_worker(world.workers[who]).post(f"/people/{world.people[person]}/review", data)


def crowd(world: World, many: int) -> None:
    """People with a PHQ-9 of 21, enrolled long ago."""
    for number in range(many):
        person = care.register(by=world.nia, site="bel-dlo", name=f"Crowd {number:02}")
        care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="depression",
                   owner=str(world.kai.pk), occurred=day(90 - number))  # fmt: skip
        world.people[f"c{number:02}"] = person
        answer(world, f"c{number:02}", 21, 80 - number)


def declare(worker: Worker, minutes: int | None) -> None:
    Worker.objects.filter(pk=worker.pk).update(minutes_per_week=minutes)


# who is refused


@pytest.mark.parametrize("address", ["/review", "/review/tasks"])
@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_roles_without_review_are_refused(world: World, who: str, address: str) -> None:
    assert as_worker(world.workers[who]).get(address).status_code == 403
    assert AccessEntry.objects.order_by("-id")[0].outcome == "refused"


def test_a_chw_opens_no_packet_and_nobody_outside_finds_one(world: World) -> None:
    address = f"/people/{world.people['ben']}/review"
    assert as_worker(world.wim).get(address).status_code == 403
    assert as_worker(world.otto).get(address).status_code == 404


def test_who_may_not_review_reads_the_packet_and_cannot_advise(world: World) -> None:
    html = get(world, "kai", f"/people/{world.people['ben']}/review")
    assert "Your recommendation" not in html
    assert send(world, "kai", "ben").status_code == 403
    assert care.chart_of(world.people["ben"]).advice == ()


# the agenda


def test_the_agenda_is_cut_by_the_declared_minutes_and_says_who_waits(world: World) -> None:
    crowd(world, 14)
    html = get(world, "pia", "/review")
    assert "<b>12 cases</b> in 60 of 60 minutes" in html
    assert "Beyond the declared minutes: 4 people" in html
    assert html.index("Cid Danger") < html.index("Crowd 00")
    ours = get(world, "kai", "/review")
    assert "Agenda of Psychiatrist Pia" in ours
    assert "Beyond the declared minutes: 4 people" in ours
    assert "Crowd" not in get(world, "otto", "/review")


def test_a_chw_sees_the_plain_reason(world: World) -> None:
    html = get(world, "wim", "/review")
    assert "On the list for the next case review." in html
    assert "PHQ-9" not in html
    assert f"/people/{world.people['ben']}/review" not in html


def test_without_declared_minutes_nothing_is_cut_and_it_says_so(world: World) -> None:
    declare(world.pia, None)
    html = get(world, "pia", "/review")
    assert "You have not declared your minutes" in html
    assert "Ben Course" in html


def test_places_are_kept_for_conditions_without_phq9(world: World) -> None:
    crowd(world, 14)
    for number in range(3):
        person = care.register(by=world.nia, site="bel-dlo", name=f"Anxious {number}")
        care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="anxiety",
                   owner=str(world.kai.pk), occurred=day(60))  # fmt: skip
        gad = {str(item): 2.0 for item in range(1, 8)}
        care.answer(by=world.nia, person=person, instrument="gad-7", answers=gad, occurred=day(60))
        care.answer(by=world.nia, person=person, instrument="gad-7", answers=gad, occurred=day(5))
    found = sitting.mine(world.pia, clock.today())
    assert (found.agenda.capacity, found.agenda.kept, sum(one.other for one in found.agenda.places)) == (12, 4, 3)


def test_a_question_brings_someone_on_track_and_someone_not_enrolled(world: World) -> None:
    care.ask_question(by=world.kai, person=world.people["dan"], text="May he stop?")
    care.ask_question(by=world.kai, person=world.people["ann"], text="Is this grief?")
    people = sitting.mine(world.pia, clock.today()).people
    assert set(people[-2:]) == {world.people["dan"], world.people["ann"]}
    html = get(world, "pia", "/review")
    assert "Ann Start" in html
    assert html.count("A question waits") >= 2
    assert send(world, "pia", "ann", question=OpenItem.objects.get(kind="question", person=world.people["ann"]).fact)
    assert world.people["ann"] not in sitting.mine(world.pia, clock.today()).people


def test_nobody_who_died_or_was_never_enrolled_is_on_it(world: World) -> None:
    people = sitting.mine(world.pia, clock.today()).people
    assert set(people) == {world.people["cid"], world.people["ben"]}


def test_an_empty_agenda_says_why(world: World) -> None:
    Worker.objects.filter(pk=world.pia.pk).update(minutes_per_week=60)
    for who in ("cid", "ben"):
        care.died(by=world.nia, person=world.people[who], on=day(0))
    assert "Nobody waits for a review" in get(world, "pia", "/review")


def test_of_very_many_agendas_a_page_shows_some_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    far = Worker.objects.create(username="far", name="Psychiatrist Far", minutes_per_week=30)
    Post(worker=far, role="psychiatrist", site=world.sites["bel-dlo"], starts=dt.date(2020, 1, 1)).save()
    whole = get(world, "nia", "/review")
    assert "Agenda of Psychiatrist Far" in whole and "Agenda of Psychiatrist Pia" in whole
    assert "More agendas" not in whole and "To the top" not in whole
    monkeypatch.setattr(sitting, "AGENDAS", 1)
    first, second = get(world, "nia", "/review"), get(world, "nia", "/review?from=1")
    assert "Agenda of Psychiatrist Far" in first and "Agenda of Psychiatrist Pia" not in first
    assert 'href="?from=1"' in first and "To the top" not in first
    assert "Agenda of Psychiatrist Pia" in second and "Agenda of Psychiatrist Far" not in second
    assert "More agendas" not in second and "To the top" in second
    assert as_worker(world.nia).get("/review?from=2").headers["Location"] == "/review"
    for nonsense in ("x", "-1", "９"):
        assert "Agenda of Psychiatrist Far" in get(world, "nia", f"/review?from={nonsense}")


# the packet


def test_the_packet_shows_trend_tried_question_and_the_form(world: World) -> None:
    pill = say(world, "ben", "nia", f.Prescription(name="Fluoxetine", strength="20 mg"), ago=30)
    say(world, "ben", "nia", f.Dispense(prescription=pill.id, given="all", days=14), ago=30)
    care.ask_question(by=world.kai, person=world.people["ben"], text="Raise the dose now?")
    html = get(world, "pia", f"/people/{world.people['ben']}/review")
    for said in ("Down 2 (11 %), within measurement error", "Fluoxetine 20 mg", "Raise the dose now?", "2 of 2",
                 "14 of 30 days", "Your recommendation", "60 of 60 min left", "target 9"):  # fmt: skip
        assert said in html, said


def test_advice_becomes_a_task_and_the_next_case_comes(world: World) -> None:
    crowd(world, 2)
    order = sitting.mine(world.pia, clock.today()).people
    names = {pk: name for name, pk in world.people.items()}
    answer = send(world, "pia", names[order[0]])
    assert answer.headers["location"] == f"/people/{order[1]}/review"
    item = OpenItem.objects.get(kind="advice")
    assert (item.owner, item.due.isoformat()) == (str(world.kai.pk), day(-7))
    after = sitting.mine(world.pia, clock.today())
    assert after.done == (order[0],)
    assert (after.left, after.position(order[1]), after.total) == (55, 2, len(order))


def test_skipping_a_case_leaves_it_on_the_agenda(world: World) -> None:
    crowd(world, 3)
    order = sitting.mine(world.pia, clock.today()).people
    names = {pk: name for name, pk in world.people.items()}
    assert send(world, "pia", names[order[1]]).headers["location"] == f"/people/{order[2]}/review"
    assert order[0] in sitting.mine(world.pia, clock.today()).people
    for person in order[2:]:
        send(world, "pia", names[person])
    assert send(world, "pia", names[order[0]]).headers["location"] == "/review"
    assert "The agenda is done" in get(world, "pia", "/review")


def test_whoever_becomes_worse_after_the_advice_comes_again(world: World) -> None:
    send(world, "pia", "ben")
    assert world.people["ben"] not in sitting.mine(world.pia, clock.today()).people
    care.ask_question(by=world.kai, person=world.people["ben"], text="It did not help. And now?")
    assert world.people["ben"] in sitting.mine(world.pia, clock.today()).people


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": ""}, "Write what to do"),
        ({"choice": ""}, "nothing is chosen for you"),
        ({"owner": ""}, "Choose who carries it out"),
        ({"owner": "someone"}, "Choose who carries it out"),
        ({"question": "nobody asked"}, "no longer open"),
    ],
)
def test_what_does_not_fit_is_said_and_the_rest_is_kept(world: World, wrong: dict[str, str], said: str) -> None:
    answer = send(world, "pia", "ben", **{"teaching": "A missed fortnight is not a failed medicine.", **wrong})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert said in html
    assert "A missed fortnight is not a failed medicine." in html
    assert care.chart_of(world.people["ben"]).advice == ()


def test_another_episode_of_another_person_is_refused(world: World) -> None:
    other = care.chart_of(world.people["dan"]).open_episodes[0].id
    assert send(world, "pia", "ben", episode=other).status_code == 422


# the task, and the next review


def test_done_or_not_and_what_the_score_did_come_back_to_the_next_review(world: World) -> None:
    say(world, "ben", "pia", f.Recommendation(
        episode=care.chart_of(world.people["ben"]).open_episodes[0].id, choice="change", text="Start fluoxetine.",
        owner=str(world.kai.pk), due=day(30)), 37)  # fmt: skip
    html = get(world, "kai", "/review/tasks")
    assert "Start fluoxetine." in html
    assert 'class="late"' in html
    assert "Start fluoxetine." not in get(world, "nia", "/review/tasks")
    assert "Start fluoxetine." in get(world, "nia", "/review/tasks?whose=team")
    advice = care.chart_of(world.people["ben"]).advice[0].fact.id
    client = as_worker(world.kai)
    sent = {"person": world.people["ben"], "recommendation": advice, "done": "no", "note": ""}
    answer = client.post("/review/tasks", sent)
    assert answer.status_code == 422
    assert "Say what kept it from being done" in answer.content.decode()
    assert client.post("/review/tasks", {**sent, "note": "No stock until Monday."}).status_code == 302
    assert "No advice waits for you" in get(world, "kai", "/review/tasks")
    html = get(world, "pia", f"/people/{world.people['ben']}/review")
    for said in ("Your advice", "not done", "No stock until Monday.", "14 then, 16 now"):
        assert said in html, said


def test_what_became_of_advice_is_saved_once_though_it_is_sent_twice(world: World) -> None:
    send(world, "pia", "ben")
    html = get(world, "kai", "/review/tasks")
    drawn = re.search(r'name="fact_id" value="([0-9a-f-]{36})"', html)
    assert drawn
    ben = world.people["ben"]
    advice = care.chart_of(ben).advice[0].fact.id
    sent = {"person": ben, "recommendation": advice, "done": "yes", "note": "Given.", "fact_id": drawn[1]}
    client = as_worker(world.kai)
    assert [client.post("/review/tasks", sent).status_code for _ in range(2)] == [302, 302]
    (fact,) = [one for one in care.chart_of(ben).live if one.kind == "carried_out"]
    assert fact.id == drawn[1]
    changed = client.post("/review/tasks", {**sent, "note": "Not given."})
    assert changed.status_code == 422 and "This form was saved already" in changed.content.decode()
    assert get(world, "kai", "/review/tasks") != html


def test_advice_elsewhere_is_not_carried_out_by_others(world: World) -> None:
    send(world, "pia", "ben")
    advice = care.chart_of(world.people["ben"]).advice[0].fact.id
    sent = {"person": world.people["ben"], "recommendation": advice, "done": "yes"}
    assert as_worker(world.otto).post("/review/tasks", sent).status_code == 403
    assert care.chart_of(world.people["ben"]).advice[0].done is None


# what was audited


def test_each_page_is_one_entry(world: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(world.pia)
    for address, route in (
        ("/review", "review"), ("/review/tasks", "tasks"), (f"/people/{world.people['ben']}/review", "packet"),
    ):  # fmt: skip
        before = AccessEntry.objects.count()
        with django_assert_max_num_queries(22):  # type: ignore[operator]
            client.get(address)
        entry = AccessEntry.objects.order_by("-id")[0]
        assert AccessEntry.objects.count() == before + 1
        assert (entry.route, entry.outcome) == (route, "allowed")
        assert not re.search("ben|phq", entry.note)


def test_answers_given_in_the_week_do_not_change_what_was_reviewed(world: World) -> None:
    send(world, "pia", "ben")
    care.answer(by=world.nia, person=world.people["ben"], instrument="phq-9", answers=phq9(10))
    assert world.people["ben"] not in sitting.mine(world.pia, clock.today()).people


def test_of_other_conditions_no_more_are_read_than_find_a_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(world, 9)
    declare(world.pia, 30)
    today = clock.today()
    first = list(sitting.mine(Worker.objects.get(pk=world.pia.pk), today).people[:4])
    for name in [name for name, person in world.people.items() if person in first]:
        assert send(world, "pia", name).status_code == 302
    Segment.objects.update(other=True)
    agendas, read = [], []
    order = sitting.caselist.order

    def counted(filters: object, day: object, size: int) -> object:
        found = order(filters, day, size)  # type: ignore[arg-type]
        if filters.other:  # type: ignore[attr-defined]
            read.append(len(found))
        return found

    monkeypatch.setattr(sitting.caselist, "order", counted)
    for looked in (1000, 0, -2, -3):  # the last ones see almost nobody but those who were advised on, and look again
        monkeypatch.setattr(sitting, "OTHERS", looked)
        agendas.append(sitting.mine(Worker.objects.get(pk=world.pia.pk), today).agenda)
    assert agendas[0].capacity == 2 and sum(case.other for case in agendas[0].places) == 2
    told = [(one.places, [case.person for case in one.overflow], one.kept) for one in agendas]
    assert told == told[:1] * 4
    assert read[0] > 6 and read[1:] == [4, 6, 2, 6, 1, 6], read
