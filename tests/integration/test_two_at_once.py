"""Two workers at the same moment, about the same person: nothing is lost, nothing is done twice, both see both.

Where an action looks at the chart and then writes, both are held between the two, so that the worst order is the one
that is tested; an action that rightly lets only one in at a time makes the other wait, and goes on after a moment.
"""

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests import kept
from tests import world as worlds
from tests.world import World, day, phq9
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care import decisions, episodes, handover, medicines, plan, safety, visit
from vwazen.server.care.dayhospital import actions as dayhospital
from vwazen.server.care.homes import actions as homes
from vwazen.server.care.visit import Visit
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import facts_of
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import CaseloadRow, OpenItem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return kept.world()


def at_once(
    monkeypatch: pytest.MonkeyPatch, where: tuple[object, str] | None, *works: Callable[[], object]
) -> list[Any]:
    """What each returned, or the refusal it met; `where` names the function before which they wait for each other."""
    gate = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def wait() -> None:
        with suppress(threading.BrokenBarrierError):  # the other was rightly kept out
            gate.wait(timeout=1)

    if where is not None:
        real = getattr(*where)

        def held(*arguments: Any, **named: Any) -> Any:
            wait()
            return real(*arguments, **named)

        monkeypatch.setattr(*where, held)

    def run(number: int) -> None:
        try:
            if where is None:
                wait()
            found[number] = works[number]()
        except Exception as problem:  # looked at by the test
            found[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    broken = [one for one in found if isinstance(one, Exception) and not isinstance(one, Invalid)]
    assert broken == [], broken
    return found


def refusals(found: list[Any]) -> list[str]:
    return [str(one) for one in found if isinstance(one, Invalid)]


def page(world: World, who: str, address: str) -> str:
    client = Client()
    client.force_login(world.workers[who])
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def kinds(person: str, kind: type) -> list[f.Fact]:
    return [one for one in care.chart_of(person).live if isinstance(one.body, kind)]


def test_one_line_of_the_plan_changed_by_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    first = plan.write_line(by=world.nia, person=ben, part="goal", text="Sell at the market.", own_words=True)

    def change(by: Worker, text: str) -> Callable[[], f.Fact]:
        return lambda: plan.write_line(by=by, person=ben, part="goal", text=text, amends=first.id)

    found = at_once(
        monkeypatch, (plan, "record"), change(world.nia, "On Mondays."), change(world.kai, "With his aunt.")
    )
    assert not refusals(found)
    for who in ("nia", "kai", "pia"):
        seen = page(world, who, f"/people/{ben}/care-plan")
        assert "On Mondays." in seen and "With his aunt." in seen and "Nurse Nia" in seen and "Keeper Kai" in seen


def test_two_choose_between_the_same_versions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both chose, each the other one: what is left must still be readable, never an empty line."""
    ben = world.people["ben"]
    first = plan.write_line(by=world.nia, person=ben, part="goal", text="First.")
    one, two = (
        plan.write_line(by=by, person=ben, part="goal", text=text, amends=first.id)
        for by, text in ((world.nia, "One."), (world.kai, "Two."))
    )
    both = (one.id, two.id)
    at_once(
        monkeypatch, (plan, "record_together"),
        lambda: plan.keep_one(by=world.nia, person=ben, fact=one.id, seen=both),
        lambda: plan.keep_one(by=world.kai, person=ben, fact=two.id, seen=both),
    )  # fmt: skip
    (line,) = care.chart_of(ben).plan_lines
    assert [fact.body.text for fact in line.standing] in (["One."], ["Two."])  # type: ignore[union-attr]


def test_two_visits_on_one_day_are_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]

    def went(by: Worker, note: str) -> Callable[[], object]:
        typed = Visit(mode="home", minutes=20, next_date=day(-14), note=note)
        return lambda: visit.record_visit(by=by, person=ben, visit=typed)

    found = at_once(monkeypatch, (visit, "record_together"), went(world.nia, "Slept."), went(world.kai, "Ate."))
    assert not refusals(found)
    assert len(kinds(ben, f.Encounter)) == 2
    seen = page(world, "kai", f"/people/{ben}?all=1")
    assert "Slept." in seen and "Ate." in seen
    assert str(CaseloadRow.objects.get(person=ben).next_date) == day(-14)


def test_one_form_sent_twice_at_once_is_one_visit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben, drawn = world.people["ben"], make_id()
    typed = Visit(mode="home", minutes=20, next_date=day(-14), note="Once.", done=("psychoeducation",),
                  asked=(visit.Asked(instrument="phq-9", answers=phq9(12, 1)),))  # fmt: skip
    send = lambda: visit.record_visit(by=world.nia, person=ben, visit=typed, fact_id=drawn)  # noqa: E731
    found = at_once(monkeypatch, (visit, "record_together"), send, send, send)
    assert not refusals(found)
    assert len(kinds(ben, f.Encounter)) == len(kinds(ben, f.Note)) == 1
    assert len(care.chart_of(ben).open_risks) == 1
    assert OpenItem.objects.filter(person=ben, kind=OpenItem.RISK).count() == 1


def test_two_who_hand_out_are_both_on_record_and_both_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    tablets = worlds.say(world, "ben", "nia", f.Prescription(name="Fluoxetine", strength="20 mg", amount=1, times=1))

    def give(by: Worker, days: int) -> Callable[[], object]:
        line = {"prescription": tablets.id, "given": "all", "days": days}
        return lambda: medicines.dispense(by=by, person=ben, lines=[line])

    found = at_once(monkeypatch, (medicines, "record_together"), give(world.nia, 28), give(world.pia, 31))
    assert not refusals(found)
    assert len(kinds(ben, f.Dispense)) == 2
    seen = page(world, "nia", f"/people/{ben}/medicines")
    assert "What happened: 2" in seen and "for 28 days" in seen and "for 31 days" in seen


def test_handed_over_while_the_other_saves_a_visit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben, (kai, nia) = world.people["ben"], (str(world.kai.pk), str(world.nia.pk))
    typed = Visit(mode="clinic", minutes=20, next_date=day(-7))
    found = at_once(
        monkeypatch, None,
        lambda: handover.hand_over(by=world.sue, giver=kai, taker=nia),
        lambda: visit.record_visit(by=world.kai, person=ben, visit=typed),
    )  # fmt: skip
    assert not refusals(found)
    row = CaseloadRow.objects.get(person=ben)
    assert (row.owner, str(row.next_date)) == (nia, day(-7))
    assert not CaseloadRow.objects.filter(owner=kai).exists()
    assert not OpenItem.objects.filter(owner=kai).exists()


def test_two_pass_the_same_people_on_to_different_workers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    kai, nia, psy = (str(world.workers[one].pk) for one in ("kai", "nia", "psy"))
    at_once(
        monkeypatch, (handover, "append"),
        lambda: handover.hand_over(by=world.sue, giver=kai, taker=nia),
        lambda: handover.hand_over(by=world.nia, giver=kai, taker=psy),
    )  # fmt: skip
    for row in CaseloadRow.objects.exclude(episode=""):
        assert row.owner in (nia, psy)
        items = OpenItem.objects.filter(person=row.person).exclude(owner="").values_list("owner", flat=True)
        assert set(items) <= {row.owner}, "one person lies with one worker"


def test_closed_while_another_writes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    (episode,) = care.chart_of(ben).open_episodes
    typed = Visit(mode="clinic", minutes=20, next_date=day(-7), note="She moves in May.")
    found = at_once(
        monkeypatch, None,
        lambda: care.close_episode(by=world.kai, person=ben, episode=episode.id, outcome="completed"),
        lambda: visit.record_visit(by=world.nia, person=ben, visit=typed),
    )  # fmt: skip
    assert not refusals(found)
    assert not care.chart_of(ben).open_episodes
    assert not CaseloadRow.objects.filter(person=ben).exclude(episode="").exists()
    assert "She moves in May." in page(world, "kai", f"/people/{ben}?all=1")


def test_closed_while_another_hears_of_a_danger(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes first: the danger stays on the board, with its clock."""
    ben = world.people["ben"]
    (episode,) = care.chart_of(ben).open_episodes
    at_once(
        monkeypatch, (care, "record"),
        lambda: care.close_episode(by=world.kai, person=ben, episode=episode.id, outcome="completed"),
        lambda: care.answer(by=world.nia, person=ben, instrument="phq-9", answers=phq9(15, ninth=2)),
    )  # fmt: skip
    assert len(care.chart_of(ben).open_risks) == 1
    item = OpenItem.objects.get(person=ben, kind=OpenItem.RISK)
    assert item.since is not None and item.rank <= OpenItem.RISKS
    assert "Ben Course" in page(world, "nia", "/risk")
    assert "Ben Course" in page(world, "nia", "/today?whose=sites")


def test_one_proposal_decided_by_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    (episode,) = care.chart_of(ben).open_episodes

    def decide(by: Worker, choice: str) -> Callable[[], f.Fact]:
        return lambda: decisions.decide(by=by, person=ben, episode=episode.id, proposal="no-response", choice=choice,
                                        reason="Which medicine?", fact_id=make_id())  # fmt: skip

    found = at_once(
        monkeypatch, (decisions, "record_together"), decide(world.nia, "accepted"), decide(world.kai, "accepted")
    )
    assert len(refusals(found)) == 1 and "somebody has decided" in refusals(found)[0]
    assert len(care.chart_of(ben).decisions) == 1
    assert OpenItem.objects.filter(person=ben, kind=OpenItem.QUESTION).count() == 1


def test_two_enrol_the_same_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = world.people["ann"]

    def enrol(by: Worker) -> Callable[[], f.Fact]:
        return lambda: care.enrol(by=by, person=ann, protocol="collaborative-care", condition="depression",
                                  owner=str(by.pk))  # fmt: skip

    found = at_once(monkeypatch, (care, "record"), enrol(world.nia), enrol(world.kai))
    assert len(refusals(found)) == 1
    assert len(care.chart_of(ann).open_episodes) == 1


def test_two_take_the_same_person_up_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dan = world.people["dan"]
    (episode,) = care.chart_of(dan).open_episodes
    care.close_episode(by=world.kai, person=dan, episode=episode.id, outcome="completed")

    def again(by: Worker) -> Callable[[], f.Fact]:
        return lambda: episodes.reopen(by=by, person=dan, episode=episode.id, owner=str(by.pk), reason="Sleeps badly.")

    found = at_once(monkeypatch, (episodes, "record_together"), again(world.nia), again(world.kai))
    assert len(refusals(found)) == 1
    assert len(care.chart_of(dan).open_episodes) == 1


def test_a_risk_closed_by_two_is_closed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cid = world.people["cid"]
    (risk,) = care.chart_of(cid).open_risks
    safety.assess(by=world.nia, person=cid, risk=risk.id, answers={"intent": "no", "plan": "no"})

    def close(by: Worker) -> Callable[[], object]:
        return lambda: safety.close(by=by, person=cid, risk=risk.id, reason="Spoke with her: no intent, no plan.")

    at_once(monkeypatch, None, close(world.nia), close(world.kai))
    assert not care.chart_of(cid).open_risks
    assert not OpenItem.objects.filter(person=cid, kind=OpenItem.RISK).exists()


def test_whose_sign_in_ended_between_form_and_save_loses_nothing_on_record(world: World) -> None:
    """Nothing is saved without a sign-in; the same form sent after signing in again is saved, once."""
    ben, client = world.people["ben"], Client()
    client.force_login(world.nia)
    form = client.get(f"/people/{ben}/visit").context["form_id"]
    sent = {"form": form, "mode": "clinic", "outcome": "seen", "minutes": "20", "note": "Typed before."}
    before = len(facts_of(ben))
    client.logout()
    answer = client.post(f"/people/{ben}/visit", sent)
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")
    assert len(facts_of(ben)) == before
    client.force_login(world.nia)
    for _ in range(2):
        assert client.post(f"/people/{ben}/visit", sent).status_code == 302
    assert len(kinds(ben, f.Encounter)) == 1 and len(kinds(ben, f.Note)) == 1


def test_whose_account_is_closed_between_form_and_save_saves_nothing(world: World) -> None:
    ben, client = world.people["ben"], Client()
    client.force_login(world.wim)
    client.get(f"/people/{ben}/visit")
    organisation.deactivate_worker(by=world.max, worker=world.wim)
    before = len(facts_of(ben))
    assert client.post(f"/people/{ben}/visit", {"mode": "home", "outcome": "seen"}).status_code == 302
    assert len(facts_of(ben)) == before


def test_the_last_bed_of_a_home_is_taken_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    home = organisation.add_home(by=world.max, site=world.sites["bel-dlo"], code="kay-lape", name="Kay Lapè", beds=1)

    def move_in(by: Worker, who: str) -> Callable[[], f.Fact]:
        return lambda: homes.move_in(
            by=by, person=world.people[who], home="kay-lape", agrees="yes", owner=str(world.kai.pk)
        )

    found = at_once(monkeypatch, (homes, "record"), move_in(world.nia, "ben"), move_in(world.kai, "dan"))
    assert refusals(found) == [
        "Kay Lapè has 1 bed, and 1 is taken. Choose another home, or wait until somebody has moved out."
    ]
    assert homes.residents(home) == 1


def test_one_day_marked_by_two_is_one_entry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    stay = dayhospital.join(by=world.nia, person=ben, site="bel-dlo", occurred=day(7)).id
    weekday = next(day(ago) for ago in range(7) if dt.date.fromisoformat(day(ago)).weekday() < 5)

    def mark(by: Worker, state: str) -> Callable[[], f.Fact]:
        return lambda: dayhospital.mark(by=by, person=ben, stay=stay, state=state, day=weekday)

    at_once(monkeypatch, (dayhospital, "record"), mark(world.nia, "here"), mark(world.kai, "absent"))
    days = [one for one in kinds(ben, f.Stay) if one.body.event in ("attended", "absent")]
    assert len(days) == 1  # the second word amends the first
