"""The chart page: who opens it, what each role sees, every form with its refusals, and what was audited."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, answer, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import diagnoses
from vwazen.server.organisation.models import Worker
from vwazen.server.record.models import CaseloadRow, OpenItem, Person


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def get(world: World, who: str, person: str, query: str = "") -> str:
    answer = as_worker(world.workers[who]).get(f"/people/{world.people[person]}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(world: World, who: str, person: str, slug: str, /, **values: str) -> HttpResponse:
    data = {f"{slug}-{name}": value for name, value in values.items()}
    return as_worker(world.workers[who]).post(f"/people/{world.people[person]}/do/{slug}", data)


def episode_of(world: World, who: str) -> str:
    return care.chart_of(world.people[who]).open_episodes[0].id


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_roles_without_a_chart_are_refused(world: World, who: str) -> None:
    assert as_worker(world.workers[who]).get(f"/people/{world.people['ben']}").status_code == 403


def test_out_of_scope_and_nobody_look_the_same(world: World) -> None:
    client = as_worker(world.otto)
    assert client.get(f"/people/{world.people['ben']}").status_code == 404
    assert client.get("/people/00000000-0000-0000-0000-000000000000").status_code == 404
    assert client.post(f"/people/{world.people['ben']}/do/note", {}).status_code == 404
    assert AccessEntry.objects.filter(worker_id=str(world.otto.pk), outcome="refused").count() == 3


@pytest.mark.parametrize(("who", "form"), [("wim", "enrol"), ("wim", "close"), ("wim", "owner")])
def test_a_form_beyond_the_role_is_neither_offered_nor_taken(world: World, who: str, form: str) -> None:
    assert f"do-{form}" not in get(world, who, "ben")
    assert post(world, who, "ben", form, owner=str(world.kai.pk)).status_code == 403


# what is shown


def test_the_chart_says_who_why_and_what_next(world: World) -> None:
    html = get(world, "kai", "ben")
    words = text(html)
    for said in ("Ben Course", "about", "Nan Mango", "Followed by Keeper Kai", "5 Review", "target 9",
                 "The protocol proposes a consultation", "Nurse Nia, in person", "16 moderately severe"):  # fmt: skip
        assert said in words, said
    assert '<svg class="wide"' in html
    assert '<svg class="narrow"' in html


def test_without_mental_health_names_dates_and_danger_but_no_score(world: World) -> None:
    words = text(get(world, "wim", "cid"))
    assert "Cid Danger" in words
    assert "Go on with the safety steps" in words
    assert "Report a danger sign" in words
    for hidden in ("PHQ-9", "depression", "Depression", "several days", "moderately", "Move to another step"):
        assert hidden not in words, hidden


def test_a_chw_reads_the_advice_that_was_given_to_them(world: World) -> None:
    care.recommend(
        by=world.pia, person=world.people["ben"], episode=episode_of(world, "ben"), choice="continue",
        text="Visit him at home twice.", owner=str(world.wim.pk), due=day(-7),
    )  # fmt: skip
    assert "Visit him at home twice." in get(world, "wim", "ben")
    assert "Visit him at home twice." in as_worker(world.wim).get("/review/tasks").content.decode()


def test_an_open_risk_stands_first(world: World) -> None:
    html = get(world, "nia", "cid")
    assert html.index("banner now") < html.index("PHQ-9, depression")


def test_conflicts_show_both_values_with_their_sources_and_a_way_out(world: World) -> None:
    source = f.Source(system="invented register", id="1")
    for total in (12, 21):
        say(world, "eve", "nia", f.Response(instrument="phq-9", version=1, answers=phq9(total), source=source), 20)
    html = get(world, "kai", "eve")
    assert text(html).count("from invented register, imported by Nurse Nia") >= 2
    assert "12 or 21" in html
    facts = re.findall(r"fact=([0-9a-f-]{36})#do-withdraw", html)
    assert len(facts) == 2
    answer = post(world, "kai", "eve", "withdraw", fact=facts[0], reason="typed twice")
    assert answer.status_code == 302
    assert "12 or 21" not in get(world, "kai", "eve")


def test_a_stated_total_that_differs_is_kept_beside_ours(world: World) -> None:
    source = f.Source(system="invented register", id="1")
    body = f.Response(instrument="phq-9", version=1, answers=phq9(14), stated_total=28, source=source)
    say(world, "dan", "nia", body, 20)
    assert "the source says 28; both are kept" in get(world, "kai", "dan")


def test_an_old_safety_answer_of_an_import_is_said_once(world: World) -> None:
    source = f.Source(system="invented register", id="1")
    say(world, "ann", "nia", f.Response(instrument="phq-9", version=1, answers=phq9(18, 2), source=source), 400)
    assert "A safety answer from long ago, never reviewed here." in text(get(world, "kai", "ann"))
    assert "long ago" not in text(get(world, "wim", "ann"))


def test_merged_registrations_are_named_and_can_be_parted(world: World) -> None:
    twin = care.register(by=world.nia, site="bel-dlo", name="Ben Kours")
    care.merge(by=world.nia, person=twin, into=world.people["ben"])
    world.people["twin"] = twin
    html = get(world, "kai", "twin")
    assert "Also registered as <b>Ben Kours</b>" in html
    fact = re.findall(r"fact=([0-9a-f-]{36})#do-withdraw\">undo", html)[0]
    assert "Two registrations were said to be one person" in get(world, "kai", "ben", f"?do=withdraw&fact={fact}")
    assert post(world, "kai", "ben", "withdraw", fact=fact, reason="two brothers").status_code == 302
    assert Person.objects.get(pk=twin).merged_into == ""


def test_the_dead_have_a_record_and_no_forms_but_one(world: World) -> None:
    html = get(world, "kai", "fay")
    assert "Died on" in html
    assert "do-note" not in html
    assert "Record a visit" not in html
    assert post(world, "kai", "fay", "note", text="x", segment="mental-health").status_code == 302
    assert care.chart_of(world.people["fay"]).notes == ()


def test_a_script_in_a_name_is_text(world: World) -> None:
    world.people["x"] = care.register(by=world.nia, site="bel-dlo", name="<script>alert(1)</script>")
    assert "<script>alert" not in get(world, "kai", "x")


# the forms


def test_enrol_visit_treatment_step_owner_close(world: World) -> None:
    ann = world.people["ann"]
    owner = str(world.kai.pk)
    assert post(world, "nia", "ann", "enrol", condition="collaborative-care:depression", owner=owner).status_code == 302
    visit = {"mode": "home", "outcome": "seen", "next": day(-7), "note": "Calm today."}
    assert as_worker(world.nia).post(f"/people/{ann}/visit", visit).status_code == 302
    sent = {"name": "Problem management", "form": "psychological", "event": "session"}
    assert post(world, "nia", "ann", "treatment", **sent).status_code == 302
    episode = episode_of(world, "ann")
    assert post(world, "nia", "ann", "step", episode=episode, step="2", reason="agreed").status_code == 302
    assert post(world, "nia", "ann", "owner", owner=str(world.nia.pk)).status_code == 302
    row = CaseloadRow.objects.get(person=ann)
    assert (row.step, row.owner, row.next_date.isoformat()) == (2, str(world.nia.pk), day(-7))
    chart = care.chart_of(ann)
    assert [body.event for _, body in chart.treatments] == ["session"]
    assert [note.body.text for note in chart.notes] == ["Calm today."]  # type: ignore[union-attr]
    assert post(world, "nia", "ann", "close", episode=episode, outcome="completed").status_code == 302
    assert not CaseloadRow.objects.filter(person=ann).exists()


def test_question_note_sign_death(world: World) -> None:
    assert post(world, "kai", "ben", "question", text="Raise the dose?").status_code == 302
    assert OpenItem.objects.get(kind="question").reason == "Raise the dose?"
    assert post(world, "kai", "ben", "note", text="Sleeps badly.", segment="mental-health").status_code == 302
    assert post(world, "kai", "ben", "note", text="x", segment="therapy-notes").status_code == 422
    assert post(world, "wim", "ben", "sign", sign="mania", present="yes").status_code == 302
    assert "mania" in care.chart_of(world.people["ben"]).signs
    assert post(world, "nia", "ben", "death", on=day(0)).status_code == 302
    assert not CaseloadRow.objects.filter(person=world.people["ben"]).exists()


def test_allergy_diagnosis_hospital(world: World) -> None:
    diagnoses.record_allergy(by=world.wim, person=world.people["ben"], substance="penicillin", reaction="rash")
    diagnoses.record_diagnosis(by=world.nia, person=world.people["ben"], text="Depressive episode")
    assert post(world, "nia", "ben", "hospital", event="discharged", occurred=day(1)).status_code == 302
    words = text(get(world, "kai", "ben"))
    for said in ("penicillin", "Depressive episode", "4 This week", "Left hospital"):
        assert said in words, said


def test_a_concern_opens_the_safety_steps_and_leads_there(world: World) -> None:
    answer = post(world, "wim", "ben", "concern", text="He gave his goats away.")
    (risk,) = care.chart_of(world.people["ben"]).open_risks
    assert answer.headers["location"] == f"/people/{world.people['ben']}/risk/{risk.id}"


def test_what_does_not_fit_stands_beside_its_field_and_nothing_typed_is_lost(world: World) -> None:
    answer = post(world, "kai", "ben", "hospital", event="discharged", occurred=day(-3), note="Long note kept.")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "This day has not come yet" in html
    assert "Long note kept." in html
    assert re.search(r'id="do-hospital" open', html)
    answer = post(world, "kai", "ben", "step", episode=episode_of(world, "ben"), step="2", reason=" ")
    assert answer.status_code == 422
    answer = post(world, "kai", "ben", "close", episode="nobody", outcome="completed")
    assert answer.status_code == 422


def test_an_episode_is_not_closed_while_a_risk_is_open(world: World) -> None:
    answer = post(world, "nia", "cid", "close", episode=episode_of(world, "cid"), outcome="completed")
    assert answer.status_code == 422
    assert "A risk is open" in answer.content.decode()


def test_only_entries_that_one_sees_can_be_withdrawn(world: World) -> None:
    hidden = care.answer(by=world.kai, person=world.people["ben"], instrument="audit-c",
                         answers={"1": 1.0, "2": 1.0, "3": 1.0})[0]  # fmt: skip
    assert "AUDIT-C" in get(world, "kai", "ben")
    assert "AUDIT-C" not in get(world, "nia", "ben")
    assert post(world, "nia", "ben", "withdraw", fact=hidden.id, reason="why not").status_code == 422
    assert hidden.id in {fact.id for fact in care.chart_of(world.people["ben"]).live}


def test_what_was_withdrawn_is_listed_with_who_and_why_for_who_may_see_it(world: World) -> None:
    ben = world.people["ben"]
    note = care.write_note(by=world.nia, person=ben, text="Invented, of another person")
    secret = care.write_note(by=world.psy, person=ben, text="Invented secret", segment="therapy-notes")
    assert "Withdrawn:" not in get(world, "nia", "ben")
    care.withdraw(by=world.nia, person=ben, fact=note.id, reason="wrong person")
    care.withdraw(by=world.psy, person=ben, fact=secret.id, reason="reason of the secret")
    html = get(world, "nia", "ben")
    assert "Withdrawn: 1 that does not count" in html and "<details" in html
    assert "Invented, of another person</s>" in html and "Wrong person" in html
    assert re.search(r"Withdrawn [^<]* by Nurse Nia[^<]*: Wrong person", html)
    assert "secret" not in html
    both = get(world, "psy", "ben")
    assert "Withdrawn: 2 that do not count" in both and "Reason of the secret" in both
    assert "Withdrawn" not in get(world, "wim", "ben"), "who may not see notes sees none that was withdrawn"


def test_many_entries_are_shown_in_part_and_whole(world: World) -> None:
    for ago in range(100, 130):
        answer(world, "dan", 12, ago)
    html = get(world, "kai", "dan")
    assert "older of PHQ-9" in html
    assert "All " in html
    assert "older of PHQ-9" not in get(world, "kai", "dan", "?all=1")


# what was audited


def test_one_entry_a_page_and_no_value_in_it(world: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(world.kai)
    client.get(f"/people/{world.people['ben']}")
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get(f"/people/{world.people['ben']}")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.person, entry.route, entry.note) == ("read-person", world.people["ben"], "chart", "")
