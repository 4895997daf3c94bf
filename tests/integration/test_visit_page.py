"""The visit page: who opens it, what is due on it, that all of it is saved or nothing, danger, and what was audited."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, answer, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.content.forms import Form, FormItem
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import plan
from vwazen.server.organisation.models import Worker
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import Batch, CaseloadRow, Held, OpenItem


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def get(world: World, who: str, person: str, query: str = "") -> str:
    answer = as_worker(world.workers[who]).get(f"/people/{world.people[person]}/visit{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(world: World, who: str, person: str, /, **values: object) -> HttpResponse:
    data = {"mode": "clinic", "outcome": "seen", "form": make_id(), **values}
    sent = {name.replace("__", "-"): value for name, value in data.items()}
    return as_worker(world.workers[who]).post(f"/people/{world.people[person]}/visit", sent)


def items(total: int, ninth: int = 0) -> dict[str, str]:
    return {f"q-phq-9-{item}": f"{value:g}" for item, value in phq9(total, ninth).items()}


def kinds(world: World, person: str) -> list[str]:
    return [one.kind for one in care.chart_of(world.people[person]).live]


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_who_does_not_record_care_is_refused(world: World, who: str) -> None:
    client = as_worker(world.workers[who])
    for at in (f"/people/{world.people['ben']}/visit", f"/people/{world.people['ben']}/visit/tried"):
        assert client.get(at).status_code == 403
        assert client.post(at, {"mode": "clinic", "outcome": "seen"}).status_code == 403
    assert care.chart_of(world.people["ben"]).encounters == ()


def test_out_of_scope_and_nobody_look_the_same(world: World) -> None:
    client = as_worker(world.otto)
    for person in (world.people["ben"], "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/people/{person}/visit").status_code == 404
        assert client.post(f"/people/{person}/visit/tried", {"outcome": "missed"}).status_code == 404
    assert AccessEntry.objects.filter(worker_id=str(world.otto.pk), outcome="refused").count() == 4


def test_a_part_beyond_the_role_is_neither_offered_nor_taken(world: World) -> None:
    tablets = prescribed(world, "ben")
    for who in ("kai", "wim"):
        assert f"given-{tablets}" not in get(world, who, "ben")
        assert post(world, who, "ben", **{f"given-{tablets}": "all", f"days-{tablets}": "28"}).status_code == 403
    assert "hands it out" in get(world, "kai", "ben")
    for who, form in (("nia", "substance-use"), ("wim", "mental-state"), ("kai", "violence"), ("kai", "hiv-tb")):
        html = get(world, who, "ben", f"?with={form}")
        assert f"form-{form}" not in html, (who, form)
        assert f'value="{form}"' not in html, (who, form)
        assert post(world, who, "ben", **{"with": form, f"f-{form}-remarks": "x"}).status_code == 302
    assert post(world, "nia", "ben", done="hiv_counselling").status_code == 422
    assert post(world, "wim", "ben", note="x", note_segment="mental-health").status_code == 422
    assert post(world, "nia", "ben", note="x", note_segment="therapy-notes").status_code == 422
    chart = care.chart_of(world.people["ben"])
    assert chart.findings == {}
    assert chart.notes == ()
    assert all(not one.dispensed for one in chart.medicines)


# what is due


def prescribed(world: World, who: str, **more: object) -> str:
    body = f.Prescription(name="Fluoxetine", strength="20 mg", **more)  # type: ignore[arg-type]
    return say(world, who, "nia", body, 30).id


def test_only_what_is_due_today_is_asked(world: World) -> None:
    assert "PHQ-9 is due" not in get(world, "nia", "ben")  # asked two days ago
    html = get(world, "nia", "ann")
    assert "is due" not in html
    assert "Medicines" not in html
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk), occurred=day(40))  # fmt: skip
    assert "No score in this care yet" in get(world, "nia", "ann")
    answer(world, "ann", 14, 27)
    assert "PHQ-9 is due" not in get(world, "nia", "ann")
    assert "PHQ-9 is due" not in get(world, "wim", "ann")  # asked, though he may not read the answers
    tablets = prescribed(world, "ann")
    assert "nothing given yet" in get(world, "nia", "ann")
    say(world, "ann", "nia", f.Dispense(prescription=tablets, given="all", days=60), 3)
    assert f"given-{tablets}" not in get(world, "nia", "ann")


def test_what_was_given_for_an_unknown_time_or_not_at_all_is_asked(world: World) -> None:
    tablets = prescribed(world, "ben")
    say(world, "ben", "nia", f.Dispense(prescription=tablets, given="none", why="out_of_stock"), 9)
    assert "nothing given yet" in get(world, "nia", "ben")
    say(world, "ben", "nia", f.Dispense(prescription=tablets, given="all"), 8)
    assert "for how long is not known. Ask what is left." in get(world, "nia", "ben")
    assert f"given-{tablets}" in get(world, "nia", "ben")


def test_a_result_that_waits_for_others_is_said_with_whom_to_ask(world: World) -> None:
    say(world, "ben", "kai", f.Measurement(what="weight", value=48, unit="kg", attention=True), 1)
    html = get(world, "kai", "ben")
    assert "waits for somebody who prescribes to say what comes of it. Ask Nurse Nia or Psychiatrist Pia." in html
    assert "waits for somebody who prescribes" not in get(world, "nia", "ben")


def test_who_hands_out_at_a_visit_what_was_handed_out_that_day_is_warned(world: World) -> None:
    tablets = prescribed(world, "ben")
    say(world, "ben", "nia", f.Dispense(prescription=tablets, given="all", days=5))
    sent = {"mode": "clinic", "outcome": "seen", "form": make_id(), f"given-{tablets}": "all", f"days-{tablets}": "5"}
    html = as_worker(world.nia).post(f"/people/{world.people['ben']}/visit", sent, follow=True).content.decode()
    assert "Fluoxetine: Handed out 2 times on one day" in html


def test_a_score_is_due_again_after_the_interval_of_the_step(world: World) -> None:
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk), occurred=day(40))  # fmt: skip
    answer(world, "ann", 14, 28)
    html = get(world, "nia", "ann")
    assert "PHQ-9 is due" in html
    assert "the protocol asks every 28 days" in html


def test_results_advice_and_lines_of_the_plan_are_answered_or_left(world: World) -> None:
    ben, now = world.people["ben"], care.chart_of(world.people["ben"])
    high = say(world, "ben", "kai", f.Measurement(what="glucose", value=17, unit="mmol/l", attention=True), 1)
    line = say(world, "ben", "kai", f.PlanItem(part="action", text="Ask for work", who="Ben", due=day(1)), 9)
    later = say(world, "ben", "kai", f.PlanItem(part="action", text="Not yet", who="Ben", due=day(-9)), 9)
    advice = care.recommend(by=world.pia, person=ben, episode=now.open_episodes[0].id, choice="continue",
                            text="Two more sessions.", owner=str(world.kai.pk), due=day(0))  # fmt: skip
    html = get(world, "nia", "ben")
    for words in ("Ask for work", "Two more sessions.", "what comes of it"):
        assert words in html, words
    assert later.id not in html
    left = {f"advice-{advice.id}": "later", f"plan-{line.id}": "later", f"noted-{high.id}": ""}
    assert post(world, "nia", "ben", **left).status_code == 302
    chart = care.chart_of(ben)
    assert chart.results and chart.advice[0].done is None
    wrong = post(world, "nia", "ben", **{f"advice-{advice.id}": "not"})
    assert wrong.status_code == 422
    assert "what kept it from being done" in wrong.content.decode()
    done = {f"advice-{advice.id}": "done", f"note-advice-{advice.id}": "both held",
            f"plan-{line.id}": "done", f"noted-{high.id}": "Sent to the clinic for sugar."}  # fmt: skip
    assert post(world, "nia", "ben", **done).status_code == 302
    chart = care.chart_of(ben)
    assert chart.results == ()
    assert chart.advice[0].done is not None
    assert {item.text: item.status for _, item in chart.shared_plan} == {"Ask for work": "done", "Not yet": "open"}
    visit = chart.encounters[-1][0].id
    assert {one.kind for one in chart.live if one.encounter == visit} == {"carried_out", "plan_item", "noted"}


def test_a_line_of_the_plan_changed_meanwhile_is_lost_for_neither(world: World) -> None:
    first = f.PlanItem(part="action", text="Ask the chief about work", who="Ben", due=day(1))
    line = say(world, "ben", "kai", first, 9)
    html = get(world, "nia", "ben")
    assert line.id in html
    plan.write_line(by=world.kai, person=world.people["ben"], part="action", text="Ask the chief and the priest",
                    who="Ben", due=day(-9), amends=line.id)  # fmt: skip
    assert post(world, "nia", "ben", **{f"plan-{line.id}": "done"}).status_code == 302
    said = {(item.text, item.status) for _, item in care.chart_of(world.people["ben"]).shared_plan}
    assert said == {("Ask the chief and the priest", "open"), ("Ask the chief about work", "done")}


# saved as a whole


def test_one_visit_holds_everything_and_is_one_batch(world: World) -> None:
    tablets = prescribed(world, "dan")
    say(world, "dan", "nia", f.Dispense(prescription=tablets, given="all", days=30), 30)
    before = Batch.objects.count()
    sent = {f"given-{tablets}": "all", f"days-{tablets}": "28", "taken": "most", "side": "no",
            "done": ["listened", "psychoeducation", "problem_management"], "minutes": "20", "present": ["family"],
            "note": "Walked here with her sister.", "note_segment": "mental-health", "next": day(-28),
            "with": ["home"], "f-home-food": "no", "f-home-with_whom": "Her sister"}  # fmt: skip
    assert post(world, "nia", "dan", **sent).status_code == 302
    assert Batch.objects.count() == before + 1
    chart = care.chart_of(world.people["dan"])
    visit, body = chart.encounters[-1]
    assert (body.minutes, body.next, body.done, body.present) == (20, day(-28), ("listened",), ("family",))
    parts = {one.kind: one.body for one in chart.live if one.encounter == visit.id}
    assert set(parts) == {"dispense", "intake", "treatment", "findings", "note"}
    assert chart.findings["home"][-1][1].answers == {"food": "no", "with_whom": "Her sister"}
    assert chart.findings["done"][-1][1].answers == {"done": ("psychoeducation",)}
    assert [(one.name, one.event) for _, one in chart.treatments] == [("Problem management", "session")]
    assert chart.current_medicines[0].lasts_until.isoformat() == day(-28)  # type: ignore[union-attr]
    assert parts["intake"].asked and parts["intake"].side_effects == ()  # type: ignore[union-attr]
    assert CaseloadRow.objects.get(person=world.people["dan"]).next_date.isoformat() == day(-28)  # type: ignore[union-attr]
    timeline = as_worker(world.kai).get(f"/people/{world.people['dan']}").content.decode()
    for words in ("Listened and asked how it goes", "Explained the illness", "Enough to eat this week", "with family"):
        assert words in timeline, words


def test_one_visit_is_for_every_programme_and_sets_one_next_date(world: World) -> None:
    care.enrol(by=world.nia, person=world.people["dan"], protocol="collaborative-care", condition="anxiety",
               owner=str(world.kai.pk))  # fmt: skip
    assert "GAD-7 is due" in get(world, "nia", "dan")
    assert post(world, "nia", "dan", next=day(-14)).status_code == 302
    rows = CaseloadRow.objects.filter(person=world.people["dan"])
    assert {(one.condition, one.next_date.isoformat()) for one in rows if one.next_date} == {
        ("depression", day(-14)), ("anxiety", day(-14)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"next": "other"}, "Write the day, or choose one above."),
        ({"next": "other", "next_other": day(5)}, "lies before the visit"),
        ({"minutes_other": "-5"}, "Write whole minutes"),
        ({"minutes_other": "99999999999999"}, "Write whole minutes"),
        ({"occurred": day(-2)}, "has not come yet"),
        ({"occurred": "31/02/2026"}, "is not a date"),
        ({"mode": "telepathy"}, "Choose where it was"),
        ({"outcome": "x"}, "Choose what happened"),
        ({"done": "witchcraft"}, "not on the list any more"),
        ({"present": "ghost"}, "is not one of them"),
        ({"risk": "nobody"}, "not open any more"),
        ({"q-gad-7-1": "9"}, ""),
        ({"f-home-food": "perhaps", "with": "home"}, "Choose one of these."),
        ({"f-since-last-hospital_left": "2026", "with": "since-last"}, "Write the day, as 2026-11-21"),
        ({"side": "yes"}, "Write which"),
        ({"side_which": "dry mouth"}, "Say yes above"),
        ({"outcome": "missed", "f-home-food": "no", "with": "home"}, "was not met"),
        ({"mode": "curbside", "f-home-food": "no", "with": "home"}, "was not met"),
    ],
)
def test_one_thing_that_does_not_fit_and_nothing_is_saved(world: World, wrong: dict[str, str], words: str) -> None:
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="anxiety",
               owner=str(world.kai.pk))  # fmt: skip
    prescribed(world, "ann")
    before = kinds(world, "ann")
    answer = post(world, "nia", "ann", note="Long note kept.", worry="He gave his goats away.", **wrong)
    html = answer.content.decode()
    assert answer.status_code == 422, html
    assert words in html
    assert "Long note kept." in html
    assert "Nothing is saved yet" in html
    assert kinds(world, "ann") == before
    assert not Held.objects.exists()


def test_the_same_form_twice_is_one_visit(world: World) -> None:
    drawn, tablets = make_id(), prescribed(world, "ben")
    high = say(world, "ben", "kai", f.Measurement(what="glucose", value=17, unit="mmol/l", attention=True), 1)
    sent = {"form": drawn, f"given-{tablets}": "all", f"days-{tablets}": "28", "minutes": "20", "note": "Once.",
            f"noted-{high.id}": "Seen.", "worry": "He gave his goats away."}  # fmt: skip
    first, second = post(world, "nia", "ben", **sent), post(world, "nia", "ben", **sent)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["location"] == second.headers["location"]
    chart = care.chart_of(world.people["ben"])
    assert [fact.id for fact, _ in chart.encounters] == [drawn]
    assert len(chart.notes) == len(chart.open_risks) == len(chart.medicines[0].dispensed) == 1
    other = post(world, "nia", "ben", **{**sent, "note": "Something else."})
    assert other.status_code == 422
    assert "saved already" in other.content.decode()
    assert drawn not in other.content.decode()  # the next sending is a visit of its own
    assert len(care.chart_of(world.people["ben"]).notes) == 1


def test_a_form_is_added_without_saving_or_losing_anything(world: World) -> None:
    before = kinds(world, "ben")
    answer = post(world, "nia", "ben", note="Half a note", add="epilepsy-intake", minutes="30", mode="home")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "form-epilepsy-intake" in html
    assert "Half a note" in html
    assert re.search(r'name="minutes" value="30" checked', html)
    assert re.search(r'name="mode" value="home" checked', html)
    assert kinds(world, "ben") == before


def test_asked_and_none_differs_from_not_asked(world: World) -> None:
    sent = {"with": "epilepsy-intake", "f-epilepsy-intake-triggers": "-none", "f-epilepsy-intake-types": ["drop"],
            "f-epilepsy-intake-onset": "7", "f-epilepsy-intake-last_fit": "2026-03"}  # fmt: skip
    assert post(world, "nia", "ben", **sent).status_code == 302
    (body,) = (one for _, one in care.chart_of(world.people["ben"]).findings["epilepsy-intake"])
    assert body.answers == {"triggers": (), "types": ("drop",), "onset": 7.0, "last_fit": "2026-03"}
    html = as_worker(world.nia).get(f"/people/{world.people['ben']}").content.decode()
    assert "Asked: none of these" in html
    assert "7 years" in html
    both = post(world, "nia", "ben", **{**sent, "f-epilepsy-intake-triggers": ["-none", "fever"]})
    assert both.status_code == 422
    form = {"with": "epilepsy-intake", "f-epilepsy-intake-onset": "150"}
    assert "from 0 to 120" in post(world, "nia", "ben", **form).content.decode()
    empty = len(care.chart_of(world.people["ben"]).findings["epilepsy-intake"])
    assert post(world, "nia", "ben", **{"with": "epilepsy-intake"}).status_code == 302
    assert len(care.chart_of(world.people["ben"]).findings["epilepsy-intake"]) == empty  # nothing asked, nothing kept


def test_a_discharge_told_in_a_form_is_one_for_the_list(world: World) -> None:
    sent = {"with": "since-last", "f-since-last-hospital": "yes", "f-since-last-hospital_left": day(4)}
    assert post(world, "nia", "dan", **sent).status_code == 302
    (stay,) = care.chart_of(world.people["dan"]).hospital
    assert (stay.day.isoformat(), stay.body.event) == (day(4), "discharged")  # type: ignore[union-attr]
    assert post(world, "nia", "eve", **{"with": "since-last", "f-since-last-hospital": "no"}).status_code == 302
    assert care.chart_of(world.people["eve"]).hospital == ()


def test_what_was_done_in_a_guarded_segment_stays_there(world: World) -> None:
    assert post(world, "psy", "ben", done=["substance_counselling", "listened"]).status_code == 302
    chart = f"/people/{world.people['ben']}?all=1"
    assert "alcohol or drugs" in as_worker(world.psy).get(chart).content.decode()
    for who in ("nia", "wim"):
        html = as_worker(world.workers[who]).get(chart).content.decode()
        assert "alcohol or drugs" not in html, who
        assert "Listened and asked" in html, who


# not met


def test_a_talk_in_passing_is_no_contact_with_the_person(world: World) -> None:
    care_before = care.chart_of(world.people["ben"]).last_contact
    assert post(world, "nia", "ben", mode="curbside", note="Spoke with Pia in the corridor.").status_code == 302
    chart = care.chart_of(world.people["ben"])
    assert chart.last_contact == care_before
    assert "Talked about in passing, without them" in as_worker(world.kai).get(
        f"/people/{world.people['ben']}").content.decode()  # fmt: skip


@pytest.mark.parametrize(("outcome", "mode"), [("missed", "clinic"), ("not_found", "home"), ("refused", "clinic")])
def test_a_try_is_one_tap_from_the_list(world: World, outcome: str, mode: str) -> None:
    assert post(world, "nia", "ben", occurred=day(20), next=day(1)).status_code == 302
    client = as_worker(world.nia)
    html = client.get("/caseload").content.decode()
    (form,) = re.findall(rf'action="/people/{world.people["ben"]}/visit/tried".*?</form>', html, re.DOTALL)
    drawn = re.findall(r'name="form" value="([^"]+)"', form)[0]
    sent = {"form": drawn, "back": "caseload", "outcome": outcome}
    for _ in range(2):
        answer = client.post(f"/people/{world.people['ben']}/visit/tried", sent)
        assert (answer.status_code, answer.headers["location"]) == (302, "/caseload")
    chart = care.chart_of(world.people["ben"])
    fact, body = chart.encounters[-1]
    assert (fact.id, body.outcome, body.mode) == (drawn, outcome, mode)
    assert len(chart.encounters) == 2
    assert chart.next_date is not None and chart.next_date.isoformat() == day(1)  # still late: nothing was agreed anew
    assert "Agree a new date next" in client.get("/caseload").content.decode()
    assert client.post(f"/people/{world.people['ben']}/visit/tried", {"outcome": "seen"}).status_code == 404


def test_the_dead_are_not_visited(world: World) -> None:
    assert as_worker(world.nia).get(f"/people/{world.people['fay']}/visit").status_code == 302
    assert post(world, "nia", "fay").status_code == 302
    assert care.chart_of(world.people["fay"]).encounters == ()


# danger


def test_danger_in_a_due_questionnaire_leads_to_the_safety_steps(world: World) -> None:
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk))  # fmt: skip
    answer = post(world, "nia", "ann", **items(15, ninth=2), minutes="20")
    (risk,) = care.chart_of(world.people["ann"]).open_risks
    assert answer.headers["location"] == f"/people/{world.people['ann']}/risk/{risk.id}"
    assert isinstance(risk.trigger.body, f.Response)
    assert OpenItem.objects.filter(person=world.people["ann"], kind=OpenItem.RISK).exists()


def test_a_score_without_danger_leads_to_the_answers(world: World) -> None:
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk))  # fmt: skip
    answer = post(world, "nia", "ann", **items(12), private="yes", mode="phone")
    (point,) = care.chart_of(world.people["ann"]).series["phq-9"].points
    assert answer.headers["location"] == f"/people/{world.people['ann']}/answers/{point.fact.id}"
    assert point.total == 12
    assert (point.fact.body.mode, point.fact.body.private) == ("phone", True)  # type: ignore[union-attr]


DANGERS = [(form, item, answer) for form in content().all(Form) for item in form.items for answer in item.danger]


@pytest.mark.parametrize(("form", "item", "answer"), DANGERS, ids=lambda one: getattr(one, "id", one))
def test_every_yes_to_a_question_of_danger_opens_the_safety_steps(
    world: World, form: Form, item: FormItem, answer: str
) -> None:
    before = Batch.objects.count()
    sent = {"with": form.id, f"f-{form.id}-{item.id}": answer}
    html = as_worker(world.psy).get(f"/people/{world.people['ann']}/visit?with={form.id}").content.decode()
    assert re.search(rf'pick alert"><input type="radio" name="f-{form.id}-{item.id}" value="{answer}"', html)
    got = post(world, "psy", "ann", **sent)
    (risk,) = care.chart_of(world.people["ann"]).open_risks
    assert got.headers["location"] == f"/people/{world.people['ann']}/risk/{risk.id}"
    assert Batch.objects.count() == before + 1  # the answer and the concern together, or neither
    assert OpenItem.objects.filter(person=world.people["ann"], kind=OpenItem.RISK).exists()
    for who in ("nia", "wim"):
        page = as_worker(world.workers[who]).get(f"/people/{world.people['ann']}/risk/{risk.id}")
        assert page.status_code == 200
        guarded = form.segment not in ("general", "mental-health")
        assert (item.text in page.content.decode()) != guarded, who
    no = {"with": form.id, f"f-{form.id}-{item.id}": "no"}
    assert post(world, "psy", "dan", **no).status_code == 302
    assert care.chart_of(world.people["dan"]).open_risks == ()


@pytest.mark.parametrize(("ago", "opens"), [(3, True), (90, True), (91, False)])
def test_a_recent_attempt_told_as_history_opens_the_safety_steps(world: World, ago: int, opens: bool) -> None:
    sent = {"with": "suicide-history", "f-suicide-history-attempt_before": "yes",
            "f-suicide-history-last_attempt": day(ago)}  # fmt: skip
    assert post(world, "nia", "ann", **sent).status_code == 302
    assert bool(care.chart_of(world.people["ann"]).open_risks) == opens


def test_history_alone_opens_nothing(world: World) -> None:
    sent = {"with": "suicide-history", "f-suicide-history-thoughts_before": "yes",
            "f-suicide-history-last_attempt": "2019", "f-suicide-history-thoughts_now": "no"}  # fmt: skip
    assert post(world, "nia", "ann", **sent).status_code == 302
    assert care.chart_of(world.people["ann"]).open_risks == ()


def test_a_worry_is_heard_even_where_nobody_was_met(world: World) -> None:
    answer = post(world, "wim", "ben", outcome="not_found", mode="home", worry="The neighbours have not seen him.")
    (risk,) = care.chart_of(world.people["ben"]).open_risks
    assert answer.headers["location"] == f"/people/{world.people['ben']}/risk/{risk.id}"


def test_a_visit_can_be_the_safety_contact(world: World) -> None:
    (risk,) = care.chart_of(world.people["cid"]).open_risks
    assert "Was it a safety contact?" in get(world, "nia", "cid")
    assert post(world, "nia", "cid", risk=risk.id, mode="phone").status_code == 302
    assert len(care.chart_of(world.people["cid"]).open_risks[0].contacts) == 1
    assert post(world, "nia", "cid", risk=risk.id, outcome="missed").status_code == 302
    assert len(care.chart_of(world.people["cid"]).open_risks[0].contacts) == 1


# what was audited


def test_each_page_leaves_one_line_without_a_value(world: World, django_assert_max_num_queries: object) -> None:
    client, at = as_worker(world.nia), f"/people/{world.people['ben']}/visit"
    client.get(at)
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(18):  # type: ignore[operator]
        client.get(at)
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.person, entry.route, entry.note) == ("read-person", world.people["ben"], "visit", "")
    client.post(f"{at}/tried", {"outcome": "missed", "form": make_id()})
    entry = AccessEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.route, entry.note) == ("read-person", "visit-tried", "")
    author = care.chart_of(world.people["ben"]).encounters[-1][0].author
    assert author == str(world.nia.pk)
