"""The shared plan: who may open and write it, what two who write at once keep, consent of the circle, the audit."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import plan, safety
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def at(world: World, who: str = "ben") -> str:
    return f"/people/{world.people[who]}/care-plan"


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def get(world: World, who: str, query: str = "", person: str = "ben") -> str:
    answer = as_worker(world.workers[who]).get(at(world, person) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(world: World, who: str, **values: str | list[str]) -> HttpResponse:
    return as_worker(world.workers[who]).post(at(world), values)


def goal(world: World, said: str = "Sell at the market three days a week.") -> f.Fact:
    return plan.write_line(by=world.kai, person=world.people["ben"], part="goal", text=said, own_words=True)


def texts(world: World) -> list[str]:
    return sorted(body.text for _, body in care.chart_of(world.people["ben"]).shared_plan)


# who is refused


@pytest.mark.parametrize("who", ["ada", "max", "ola"])
def test_roles_without_a_person_are_refused(world: World, who: str) -> None:
    assert as_worker(world.workers[who]).get(at(world)).status_code == 403
    assert post(world, who, do="line", part="goal", text="x").status_code == 403


def test_elsewhere_and_nobody_look_the_same(world: World) -> None:
    client = as_worker(world.otto)
    assert client.get(at(world)).status_code == 404
    assert client.post(at(world), {"do": "line", "part": "goal", "text": "x"}).status_code == 404
    assert AccessEntry.objects.filter(worker_id=str(world.otto.pk), outcome="refused").count() == 2


# what is written and shown


def test_a_goal_in_their_words_an_action_with_name_and_day_and_help(world: World) -> None:
    sent = {"do": "line", "fact_id": make_id()}
    answer = post(world, "kai", **sent, part="goal", text="Sleep the night through.", own_words="on",
                  segment="mental-health")  # fmt: skip
    assert answer.status_code == 302
    answer = post(world, "kai", do="line", part="action", text="Walk to the river with him.", owner=str(world.wim.pk),
                  due=day(-6), segment="general")  # fmt: skip
    assert answer.status_code == 302
    answer = post(world, "nia", do="line", part="support", support="school", text="Two children.", ends=day(-90),
                  segment="general")  # fmt: skip
    assert answer.status_code == 302
    words = text(get(world, "kai"))
    for said in ("“Sleep the night through.”", "Walker Wim, by", "School fees: Two children.", "until", "Keeper Kai,"):
        assert said in words, said
    item = OpenItem.objects.get(kind=OpenItem.PLAN)
    assert (item.owner, item.due.isoformat() if item.due else "") == (str(world.wim.pk), day(-6))


def test_a_community_health_worker_reads_and_writes_what_is_for_all_and_no_more(world: World) -> None:
    goal(world)
    plan.write_line(by=world.kai, person=world.people["ben"], part="action", text="Bring the seeds.", who="his sister",
                    due=day(-3), segment="general")  # fmt: skip
    words = text(get(world, "wim"))
    assert "Bring the seeds." in words
    assert "market" not in words
    assert "Treatments" not in words
    assert post(world, "wim", do="line", part="problem", text="The roof leaks.").status_code == 302
    assert "The roof leaks." in text(get(world, "nia"))


def test_what_has_a_doer_and_a_day_is_asked_for_and_kept_when_it_does_not_fit(world: World) -> None:
    answer = post(world, "kai", do="line", part="action", text="Typed and kept.", segment="general")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Typed and kept." in html
    assert "This field is required" in html or "Say by when" in html
    answer = post(world, "kai", do="line", part="action", text="Typed.", due=day(-2), segment="general")
    assert "Say who does it" in answer.content.decode()
    answer = post(world, "kai", do="line", part="action", text="Typed.", due=day(-2), segment="mental-health",
                  owner=str(world.wim.pk))  # fmt: skip
    assert "Walker Wim may not read such lines" in answer.content.decode()
    answer = post(world, "kai", do="line", part="goal", text="x", segment="intimate-partner-violence")
    assert answer.status_code == 422
    assert texts(world) == []


def test_sent_twice_is_one_line(world: World) -> None:
    sent = {"do": "line", "part": "goal", "text": "Sleep.", "segment": "mental-health", "fact_id": make_id()}
    for _ in range(2):
        assert as_worker(world.kai).post(at(world), sent).status_code == 302
    assert texts(world) == ["Sleep."]


def test_done_needs_what_became_of_it_and_leaves_the_lists(world: World) -> None:
    line = plan.write_line(by=world.kai, person=world.people["ben"], part="action", text="Ask the pastor.",
                           owner=str(world.kai.pk), due=day(-1))  # fmt: skip
    change = get(world, "kai", f"?change={line.id}")
    assert f'value="{line.id}"' in change
    assert "Ask the pastor." in change
    sent = {"do": "line", "part": "action", "text": "Ask the pastor.", "owner": str(world.kai.pk), "due": day(-1),
            "amends": line.id, "status": "done"}  # fmt: skip
    assert post(world, "kai", **sent).status_code == 422
    assert post(world, "kai", **sent, became="He lends the hall on Fridays.").status_code == 302
    assert not OpenItem.objects.filter(kind=OpenItem.PLAN).exists()
    assert "He lends the hall on Fridays." in text(get(world, "kai"))


def test_what_was_passed_on_names_whoever_has_it_to_do_now(world: World) -> None:
    ben, kai, nia = world.people["ben"], str(world.kai.pk), str(world.nia.pk)
    one = plan.write_line(by=world.kai, person=ben, part="action", text="Visit.", owner=kai, due=day(-2))
    say(world, "ben", "kai", f.PassedOn(giver=kai, taker=nia))
    assert "Nurse Nia, by" in text(get(world, "kai"))
    assert f'value="{nia}" selected' in get(world, "kai", f"?change={one.id}")


# two at once


def test_two_who_change_one_line_at_once_lose_nothing_and_see_both(world: World) -> None:
    first = goal(world)
    for who, said in (("kai", "Sell on Mondays."), ("nia", "Sell with her aunt.")):
        answer = post(world, who, do="line", part="goal", text=said, amends=first.id, status="open")
        assert answer.status_code == 302
    assert texts(world) == ["Sell on Mondays.", "Sell with her aunt."]
    html = get(world, "nia")
    words = text(html)
    for said in ("2 versions were written at the same time", "Sell on Mondays.", "Sell with her aunt.", "Keeper Kai,",
                 "Nurse Nia,"):  # fmt: skip
        assert said in words, said
    assert html.count('value="keep"') == 2
    assert html.count('value="both"') == 1


def test_the_second_is_told_that_somebody_was_faster(world: World) -> None:
    first = goal(world)
    post(world, "kai", do="line", part="goal", text="Faster.", amends=first.id, status="open")
    client = as_worker(world.nia)
    sent = {"do": "line", "part": "goal", "text": "Later.", "amends": first.id, "status": "open"}
    answer = client.post(at(world), sent, follow=True)
    assert "Somebody else changed this meanwhile: nothing is lost" in text(answer.content.decode())


def rivals(world: World) -> list[str]:
    first = goal(world)
    two = [
        plan.write_line(by=world.workers[who], person=world.people["ben"], part="goal", text=said, amends=first.id)
        for who, said in (("kai", "One."), ("nia", "Two."))
    ]
    return [one.id for one in two]


def test_one_is_chosen_and_the_other_stays_on_record(world: World) -> None:
    kept, other = rivals(world)
    assert post(world, "wim", do="keep", fact=kept, seen=[kept, other]).status_code == 302  # may not see it
    assert texts(world) == ["One.", "Two."]
    assert post(world, "nia", do="keep", fact=kept, seen=[kept, other]).status_code == 302
    assert texts(world) == ["One."]
    assert "Withdrawn: 1" in text(as_worker(world.kai).get(f"/people/{world.people['ben']}").content.decode())
    answer = as_worker(world.kai).post(at(world), {"do": "keep", "fact": kept, "seen": [kept, other]}, follow=True)
    assert "somebody has chosen already" in text(answer.content.decode())


def test_choosing_takes_what_led_to_the_other_with_it(world: World) -> None:
    kept, other = rivals(world)
    third = plan.write_line(by=world.nia, person=world.people["ben"], part="goal", text="Two, longer.", amends=other)
    plan.keep_one(by=world.kai, person=world.people["ben"], fact=kept, seen=[kept, third.id])
    assert texts(world) == ["One."]


def test_both_are_kept_as_lines_of_their_own(world: World) -> None:
    kept, other = rivals(world)
    assert post(world, "kai", do="both", fact=kept, seen=[kept, other]).status_code == 302
    assert texts(world) == ["One.", "Two."]
    assert "versions were written" not in text(get(world, "kai"))


def test_a_version_that_was_not_read_is_not_lost_by_a_choice(world: World) -> None:
    kept, other = rivals(world)
    first = care.chart_of(world.people["ben"]).plan_lines[0].id
    plan.write_line(by=world.psy, person=world.people["ben"], part="goal", text="Three.", amends=first)
    with pytest.raises(Invalid, match="another version meanwhile"):
        plan.keep_one(by=world.kai, person=world.people["ben"], fact=kept, seen=[kept, other])
    assert texts(world) == ["One.", "Three.", "Two."]


def test_a_line_that_was_withdrawn_is_not_changed_into_thin_air(world: World) -> None:
    first = goal(world)
    care.withdraw(by=world.kai, person=world.people["ben"], fact=first.id, reason="wrong person")
    answer = post(world, "nia", do="line", part="goal", text="Typed long.", amends=first.id, status="open")
    assert answer.status_code == 422
    assert "withdrawn meanwhile" in answer.content.decode()
    assert "Typed long." in answer.content.decode()


# the circle


def test_consent_decides_who_may_be_called_and_one_no_is_no(world: World) -> None:
    ben = world.people["ben"]
    sister = plan.write_related(by=world.nia, person=ben, name="Rosemarie Invented", relation="sister",
                                phone="555-0101", emergency=True, may_be_told="yes")  # fmt: skip
    plan.write_related(by=world.nia, person=ben, name="Uncle Invented", phone="555-0202", may_be_told="no")
    plan.write_related(by=world.nia, person=ben, name="Friend Invented", phone="555-0303")
    words = text(get(world, "wim"))
    assert "555-0101" in words
    assert "555-0202" not in words
    assert "Must not be told or called" in words
    assert "Consent not asked yet" in words
    sheet = text(as_worker(world.nia).get(f"/people/{ben}/plan").content.decode())
    assert "Rosemarie Invented, sister 555-0101" in sheet
    assert "Uncle Invented" not in sheet
    assert "Friend Invented" not in sheet
    for who, told in (("kai", "yes"), ("nia", "no")):
        plan.write_related(by=world.workers[who], person=ben, name="Rosemarie Invented", phone="555-0101",
                           may_be_told=told, amends=sister.id)  # fmt: skip
    assert "555-0101" not in text(get(world, "kai"))
    assert "Rosemarie" not in text(as_worker(world.nia).get(f"/people/{ben}/plan").content.decode())


def test_the_form_of_the_circle_saves_and_changes(world: World) -> None:
    get(world, "wim", "?someone=new")
    assert post(world, "wim", do="someone", name="Solange Invented", may_be_told="yes").status_code == 302
    fact = care.chart_of(world.people["ben"]).circle[0][0]
    assert "Solange Invented" in get(world, "kai", f"?someone={fact.id}")
    sent = {"do": "someone", "name": "Solange Invented", "may_be_told": "no", "amends": fact.id}
    assert post(world, "kai", **sent).status_code == 302
    assert [body.may_be_told for _, body in care.chart_of(world.people["ben"]).circle] == ["no"]


# in a crisis, and what stands in no plan


def test_the_crisis_plan_prints_in_the_persons_language_and_says_where_it_cannot(world: World) -> None:
    ben = world.people["ben"]
    care.correct_registration(by=world.nia, person=ben, language="ht")
    safety.plan(by=world.nia, person=ben, helps="Chante")
    sheet = as_worker(world.nia).get(f"/people/{ben}/plan").content.decode()
    assert 'lang="ht"' in sheet
    assert "Plan mwen" in sheet
    assert "Sa ki ede m" in sheet
    assert "not yet checked by a speaker" in sheet
    care.correct_registration(by=world.nia, person=ben, language="rw")
    sheet = as_worker(world.nia).get(f"/people/{ben}/plan").content.decode()
    assert "My plan" in sheet
    assert "no words in Kinyarwanda yet" in text(sheet)


def test_violence_stands_in_no_plan(world: World) -> None:
    cid = world.people["cid"]
    risk = care.chart_of(cid).open_risks[0].id
    safety.check_violence(by=world.psy, person=cid, risk=risk, afraid_at_home="yes", family_may_be_called="no")
    for who in ("nia", "psy", "pia"):
        html = get(world, who, person="cid") + as_worker(world.workers[who]).get(f"/people/{cid}/plan").content.decode()
        assert "violence" not in html.lower()
        assert "afraid" not in html.lower()


def test_the_dead_have_a_plan_to_read_and_nothing_to_write(world: World) -> None:
    html = get(world, "kai", person="fay")
    assert "?add=goal" not in html
    with pytest.raises(Invalid, match="died"):
        plan.write_line(by=world.kai, person=world.people["fay"], part="goal", text="x")


# what was audited


def test_one_entry_a_page_and_bounded_queries(world: World, django_assert_max_num_queries: object) -> None:
    for number in range(12):
        goal(world, f"Goal {number}.")
    client = as_worker(world.kai)
    client.get(at(world))
    before = AccessEntry.objects.count()
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        client.get(at(world))
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.person, entry.route) == ("read-person", world.people["ben"], "care-plan")
    assert entry.note == ""
