"""Treat to target: deciding on proposals, who is stuck, care taken up again, moved, and deaths reviewed."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, answer, day, say
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import proposals
from vwazen.clinical.episodes import illness_words
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import decisions, episodes, plan
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import CaseloadRow, OpenItem, Person


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def read(world: World, who: str, path: str) -> str:
    got = as_worker(world.workers[who]).get(path)
    assert got.status_code == 200, (who, path, got.status_code)
    return text(got.content.decode())


def episode_of(world: World, who: str) -> str:
    return care.chart_of(world.people[who]).open_episodes[0].id


def proposed(world: World, who: str) -> list[str]:
    chart = care.chart_of(world.people[who])
    return [one.proposal.id for one in proposals(chart, chart.open_episodes[0], content(), clock.today())]


def decide_page(world: World, who: str, proposal: str) -> str:
    return f"/people/{world.people[who]}/decide/{episode_of(world, who)}/{proposal}"


def treated(world: World) -> None:
    for ago in (60, 50, 40):
        care.record_treatment(
            by=world.kai, person=world.people["ben"], name="Problem management", form="psychological", event="session",
            occurred=day(ago),
        )  # fmt: skip


def send(world: World, who: str, path: str, **values: str) -> HttpResponse:
    return as_worker(world.workers[who]).post(path, values)


# who is refused a decision


@pytest.mark.parametrize("who", ["ada", "max", "ola", "wim"])
def test_who_may_not_read_scores_decides_on_no_proposal(world: World, who: str) -> None:
    path = decide_page(world, "ben", "no-response")
    assert as_worker(world.workers[who]).get(path).status_code == 403
    assert send(world, who, path, choice="accepted", reason="x").status_code == 403
    assert care.chart_of(world.people["ben"]).decisions == ()


def test_elsewhere_and_nobody_look_the_same(world: World) -> None:
    assert as_worker(world.otto).get(decide_page(world, "ben", "no-response")).status_code == 404
    with pytest.raises(Refused):
        decisions.decide(by=world.otto, person=world.people["ben"], episode=episode_of(world, "ben"),
                         proposal="no-response", choice="accepted", reason="x")  # fmt: skip


# deciding


def test_a_step_is_accepted_with_its_reason_and_taken_in_the_same_batch(world: World) -> None:
    treated(world)
    path = decide_page(world, "ben", "step-up")
    words = read(world, "kai", path)
    for said in ("Eight weeks in step 1 with treatment received", "to step 2", "Put it off", "Decide otherwise",
                 "Not yet reviewed by a clinician"):  # fmt: skip
        assert said in words, said
    assert send(world, "kai", path, choice="accepted", reason=" ").status_code == 422
    drawn = make_id()
    for _ in range(2):  # sent twice is once
        got = send(world, "kai", path, choice="accepted", reason="He agrees to a medicine.", fact_id=drawn)
        assert got.status_code == 302
    chart = care.chart_of(world.people["ben"])
    assert chart.open_episodes[0].step == 2
    assert [body.choice for _, body in chart.decisions] == ["accepted"]
    assert sum(isinstance(fact.body, f.Step) for fact in chart.live) == 1
    assert "He agrees to a medicine." in read(world, "kai", f"/people/{world.people['ben']}")


def test_a_consultation_accepted_becomes_a_question(world: World) -> None:
    path = decide_page(world, "ben", "no-response")
    assert send(world, "kai", path, choice="accepted", reason="Which medicine?").status_code == 302
    (item,) = OpenItem.objects.filter(kind=OpenItem.QUESTION)
    assert item.reason.endswith("Which medicine?")


def test_put_off_it_is_not_proposed_until_its_day_and_then_again(world: World) -> None:
    assert "no-response" in proposed(world, "ben")
    until = (clock.today() + dt.timedelta(days=10)).isoformat()
    path = decide_page(world, "ben", "no-response")
    assert send(world, "kai", path, choice="deferred", reason="Harvest.", until=until).status_code == 302
    assert "no-response" not in proposed(world, "ben")
    chart = care.chart_of(world.people["ben"])
    later = proposals(chart, chart.open_episodes[0], content(), clock.today() + dt.timedelta(days=10))
    assert "no-response" in [one.proposal.id for one in later]
    words = read(world, "kai", f"/people/{world.people['ben']}")
    assert "A consultation: put off. Harvest." in words
    assert "not proposed again before" in words
    assert "Harvest." in read(world, "pia", f"/people/{world.people['ben']}/review")
    got = as_worker(world.nia).get(path, follow=True)
    assert "This is not proposed now" in text(got.content.decode())


@pytest.mark.parametrize("until", [day(0), day(3), day(-91), "never"])
def test_a_day_that_cannot_be_is_said_beside_its_field(world: World, until: str) -> None:
    path = decide_page(world, "ben", "no-response")
    got = send(world, "kai", path, choice="overridden", reason="Typed and kept.", until=until)
    assert got.status_code == 422
    assert "Typed and kept." in got.content.decode()


def test_a_proposal_moves_nobody_before_a_person_has_decided(world: World) -> None:
    treated(world)
    read(world, "kai", decide_page(world, "ben", "step-up"))
    assert care.chart_of(world.people["ben"]).open_episodes[0].step == 1
    send(world, "kai", decide_page(world, "ben", "step-up"), choice="overridden", reason="He is moving house.")
    assert care.chart_of(world.people["ben"]).open_episodes[0].step == 1


# stuck


def test_who_is_stuck_and_since_when_and_by_whom(world: World) -> None:
    words = read(world, "kai", "/stuck")
    assert "Ben Course" in words
    assert "Cid Danger" in words  # one score is no response
    assert "Dan Remit" not in words  # in remission
    assert "Eve Below" not in words  # began too low for a response to mean anything
    assert "Step 1 since" in words
    assert "9 weeks" in words
    assert "Step 1 : 2" in words
    assert "Keeper Kai : 2" in words
    assert "Dan Remit" in read(world, "kai", "/stuck?tab=all")
    assert "Nobody here fits" in read(world, "kai", "/stuck?step=3")
    assert "Nobody here fits" in read(world, "nia", "/stuck?owner=me")
    assert "Ben Course" in read(world, "kai", "/stuck?owner=me")


def test_a_chw_sees_steps_and_days_and_no_word_of_scores(world: World) -> None:
    words = read(world, "wim", "/stuck")
    for name in ("Ben Course", "Dan Remit", "Eve Below"):
        assert name in words
    for hidden in ("PHQ-9", "response", "remission", "Without response", "no change"):
        assert hidden not in words, hidden
    assert words == read(world, "wim", "/stuck?tab=without")


def test_the_order_for_a_chw_tells_nothing_but_days(world: World) -> None:
    care.move_step(by=world.kai, person=world.people["ben"], episode=episode_of(world, "ben"), step=2, reason="x")
    words = read(world, "wim", "/stuck")
    assert words.index("Eve Below") < words.index("Ben Course")


def test_stuck_is_refused_and_logged(world: World) -> None:
    for who in ("ada", "max", "ola"):
        assert as_worker(world.workers[who]).get("/stuck").status_code == 403
    assert "Ben Course" not in read(world, "otto", "/stuck")
    before = AccessEntry.objects.count()
    read(world, "kai", "/stuck?after=nonsense")
    entry = AccessEntry.objects.order_by("-id")[0]
    assert AccessEntry.objects.count() == before + 1
    assert (entry.action, entry.route, entry.note) == ("read-list", "stuck", "rows=2 of=without-response")


def test_pages_follow_each_other_without_a_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vwazen.server.care.target.A_PAGE", 1)
    client, path, names = as_worker(world.kai), "/stuck?tab=all", []
    for _ in range(6):
        html = client.get(path).content.decode()
        names += re.findall(r'class="name" href="[^"]+">([^<]+)<', html)
        found = re.search(r'href="(\?[^"]+)" rel="next"', html)
        if not found:
            break
        path = "/stuck" + found[1].replace("&amp;", "&")
    assert sorted(names) == ["Ben Course", "Cid Danger", "Dan Remit", "Eve Below"]


# care taken up again


def close(world: World, who: str, ago: int, outcome: str = "completed") -> str:
    one = episode_of(world, who)
    say(world, who, "nia", f.Close(episode=one, outcome=outcome), ago)  # type: ignore[arg-type]
    return one


def test_a_new_score_after_care_ended_stands_on_a_list_until_somebody_decides(world: World) -> None:
    dan = world.people["dan"]
    close(world, "dan", 40)
    answer(world, "dan", 14, 1)
    (item,) = OpenItem.objects.filter(person=dan)
    assert item.kind == OpenItem.TRIAGE
    assert "PHQ-9 14" in item.reason
    assert item.plain == "To decide"
    assert "Dan Remit" in read(world, "nia", "/triage")
    words = read(world, "nia", f"/people/{dan}")
    assert "from 10 the protocol speaks of a relapse" in words
    care.decide_triage(by=world.nia, person=dan, decision="not_now", reason="Grief, seen next week.", until=day(-7))
    assert OpenItem.objects.get(person=dan).starts == dt.date.fromisoformat(day(-7))
    care.decide_triage(by=world.nia, person=dan, decision="not_needed", reason="Grief.")
    assert not OpenItem.objects.filter(person=dan).exists()
    assert "speaks of a relapse" not in read(world, "nia", f"/people/{dan}")


def test_care_is_taken_up_again_in_one_action_and_the_years_stay_together(world: World) -> None:
    dan = world.people["dan"]
    first = close(world, "dan", 40)
    answer(world, "dan", 14, 1)
    html = as_worker(world.nia).get(f"/people/{dan}?do=reopen").content.decode()
    assert "PHQ-9 14 on" in html
    drawn = make_id()
    sent = {"reopen-episode": first, "reopen-owner": str(world.kai.pk), "reopen-step": "2", "reopen-fact_id": drawn,
            "reopen-reason": "Sleeps badly again."}  # fmt: skip
    for _ in range(2):
        got = as_worker(world.nia).post(f"/people/{dan}/do/reopen", sent)
        assert got.status_code == 302
    chart = care.chart_of(dan)
    (again,) = chart.open_episodes
    assert (again.follows, again.step, again.owner, len(chart.episodes)) == (first, 2, str(world.kai.pk), 2)
    assert again.first == 14  # a new episode has its own baseline
    assert illness_words(chart, again) == f"second episode since {dt.date.fromisoformat(day(65)).year}"
    assert not OpenItem.objects.filter(person=dan, kind=OpenItem.TRIAGE).exists()
    assert CaseloadRow.objects.filter(person=dan).count() == 1
    words = read(world, "nia", f"/people/{dan}")
    assert "second episode since" in words
    assert "Sleeps badly again." in words


def test_a_workers_word_is_enough_and_needs_its_reason(world: World) -> None:
    one = close(world, "dan", 40)
    with pytest.raises(Invalid, match="come back"):
        episodes.reopen(by=world.nia, person=world.people["dan"], episode=one, owner=str(world.kai.pk), reason=" ")
    episodes.reopen(
        by=world.nia, person=world.people["dan"], episode=one, owner=str(world.kai.pk), reason="His wife came."
    )
    with pytest.raises(Invalid, match="open already"):
        episodes.reopen(by=world.nia, person=world.people["dan"], episode=one, owner=str(world.kai.pk), reason="Again.")
    with pytest.raises(Refused):
        episodes.reopen(by=world.wim, person=world.people["dan"], episode=one, owner=str(world.kai.pk), reason="x")


def test_enrolling_again_names_the_earlier_episode_too(world: World) -> None:
    one = close(world, "dan", 40)
    care.enrol(by=world.nia, person=world.people["dan"], protocol="collaborative-care", condition="depression",
               owner=str(world.kai.pk))  # fmt: skip
    assert care.chart_of(world.people["dan"]).open_episodes[0].follows == one


# moved


def test_moved_to_another_site_with_an_owner_there_nobody_is_lost_between(world: World) -> None:
    ben, otto = world.people["ben"], str(world.otto.pk)
    path = f"/people/{ben}/move"
    plan.write_line(by=world.kai, person=ben, part="goal", text="Sell at the market.")
    assert "Savann Wòch" in read(world, "nia", path)
    got = send(world, "nia", path, site="savann", owner=otto)
    assert got.status_code == 422
    assert "Sent is not received" in got.content.decode()
    got = send(world, "nia", path, site="savann", owner=str(world.kai.pk), agreed="on")
    assert got.status_code == 422  # the owner works there
    drawn = make_id()
    got = as_worker(world.nia).post(
        path, {"site": "savann", "owner": otto, "agreed": "on", "fact_id": drawn}, follow=True
    )
    assert "Moved. Ben Course is followed at Savann Wòch from now on." in text(got.content.decode())
    row = CaseloadRow.objects.get(person=ben)
    assert (row.site, row.owner, row.step) == ("savann", otto, 1)
    chart = care.chart_of(ben)
    old, new = chart.episodes
    assert (old.outcome, new.follows, new.closed) == ("transferred", old.id, None)
    assert new.first == 18  # the course goes on: a move is no new beginning
    assert new.step_since == old.step_since
    assert illness_words(chart, new) == ""
    assert "Ben Course" in read(world, "otto", "/caseload")
    assert "Sell at the market." in read(world, "otto", f"/people/{ben}/care-plan")
    assert as_worker(world.nia).get(f"/people/{ben}").status_code == 404
    assert "Ben Course" in read(world, "otto", "/stuck")


def test_sent_twice_a_move_is_one(world: World) -> None:
    drawn = make_id()
    for _ in range(2):
        episodes.transfer(by=world.pia, person=world.people["ben"], site="savann", owner=str(world.otto.pk),
                          agreed=True, fact_id=drawn)  # fmt: skip
    assert len(care.chart_of(world.people["ben"]).episodes) == 2


def test_an_open_risk_goes_with_the_person_and_what_was_given_to_do_too(world: World) -> None:
    cid = world.people["cid"]
    care.recommend(by=world.pia, person=cid, episode=episode_of(world, "cid"), choice="continue", text="Visit.",
                   owner=str(world.kai.pk), due=day(-7))  # fmt: skip
    assert "A risk is open" in read(world, "nia", f"/people/{cid}/move")
    episodes.transfer(by=world.nia, person=cid, site="savann", owner=str(world.otto.pk), agreed=True)
    for kind in (OpenItem.RISK, OpenItem.ADVICE, OpenItem.CONTACT):
        item = OpenItem.objects.get(person=cid, kind=kind)
        assert (item.owner, item.path) == (str(world.otto.pk), world.sites["savann"].path), kind


def test_closed_as_transferred_elsewhere_names_who_takes_over(world: World) -> None:
    one = episode_of(world, "ben")
    with pytest.raises(Invalid, match="who takes over"):
        care.close_episode(by=world.nia, person=world.people["ben"], episode=one, outcome="transferred")
    care.close_episode(by=world.nia, person=world.people["ben"], episode=one, outcome="transferred",
                       note="Dr Invented, hospital of Santral.")  # fmt: skip
    assert not CaseloadRow.objects.filter(person=world.people["ben"]).exists()


@pytest.mark.parametrize("who", ["ada", "ola", "wim"])
def test_who_may_not_enrol_moves_nobody(world: World, who: str) -> None:
    path = f"/people/{world.people['ben']}/move"
    assert as_worker(world.workers[who]).get(path).status_code == 403
    assert send(world, who, path, site="savann", owner=str(world.otto.pk), agreed="on").status_code == 403


# deaths


def test_a_death_stands_on_its_list_until_reviewed_and_on_no_other(world: World) -> None:
    ben = world.people["ben"]
    plan.write_line(by=world.kai, person=ben, part="action", text="Visit.", owner=str(world.kai.pk), due=day(-1))
    care.died(by=world.nia, person=ben, on=day(1), cause="not known")
    words = read(world, "nia", "/deaths")
    assert "Ben Course" in words
    assert "Fay Gone" not in words  # never in care here
    for path in ("/caseload", "/stuck?tab=all", "/review", "/triage", "/review/tasks"):
        assert "Ben Course" not in read(world, "kai", path), path
    assert not OpenItem.objects.filter(person=ben).exists()
    assert "Review this death" in read(world, "nia", f"/people/{ben}")
    path = f"/people/{ben}/death"
    assert "Died on" in read(world, "nia", path)
    got = send(world, "nia", path, cause="Fever", suicide="no", care="Kept at home.")
    assert got.status_code == 422
    assert "Kept at home." in got.content.decode()
    got = send(world, "nia", path, cause="Fever", suicide="no", care="Late.", lessons="Ask about fever at each visit.")
    assert got.status_code == 302
    assert "Ben Course" not in read(world, "nia", "/deaths")
    assert "Ask about fever at each visit." in read(world, "kai", f"/people/{ben}")


def test_a_review_is_mended_by_saving_it_again_and_not_withdrawn(world: World) -> None:
    ben = world.people["ben"]
    care.died(by=world.nia, person=ben, on=day(1))
    first = episodes.review_death(by=world.nia, person=ben, cause="a", suicide="possible", lessons="First.")
    assert "First." in as_worker(world.kai).get(f"/people/{ben}/death").content.decode()
    episodes.review_death(by=world.kai, person=ben, cause="b", suicide="yes", lessons="Second.")
    review = care.chart_of(ben).death_review
    assert review is not None and isinstance(review.body, f.DeathReview)
    assert (review.body.lessons, review.amends) == ("Second.", first.id)
    with pytest.raises(Invalid, match="mended, not withdrawn"):
        care.withdraw(by=world.kai, person=ben, fact=review.id, reason="x")


def test_no_review_without_a_death_and_not_by_everyone(world: World) -> None:
    with pytest.raises(Invalid, match="No death"):
        episodes.review_death(by=world.nia, person=world.people["ben"], cause="x", suicide="no", lessons="x")
    assert as_worker(world.nia).get(f"/people/{world.people['ben']}/death").status_code == 302
    for who in ("ada", "ola", "wim"):
        assert as_worker(world.workers[who]).get("/deaths").status_code == 403
        assert as_worker(world.workers[who]).get(f"/people/{world.people['fay']}/death").status_code == 403
    assert as_worker(world.otto).get(f"/people/{world.people['fay']}/death").status_code == 404


def test_a_merged_registrations_review_counts(world: World) -> None:
    twin = care.register(by=world.nia, site="bel-dlo", name="Ben Kours")
    ben = world.people["ben"]
    care.merge(by=world.nia, person=ben, into=twin)
    care.died(by=world.nia, person=twin, on=day(1))
    assert "Ben Kours" in read(world, "nia", "/deaths")
    world.people["twin"] = ben
    say(world, "twin", "nia", f.DeathReview(cause="x", suicide="no", lessons="x"))
    assert "Ben Kours" not in read(world, "nia", "/deaths")
    assert Person.objects.get(pk=ben).merged_into == twin


def test_lists_cost_few_queries(world: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(world.kai)
    for path, most in (("/stuck", 14), ("/deaths", 9)):
        client.get(path)
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            client.get(path)
