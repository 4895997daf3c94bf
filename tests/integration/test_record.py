"""The record's own door: append, receipts, access, rows."""

import datetime as dt

import pytest
from django.db import transaction
from django.http import Http404

from tests.derived import rows
from tests.world import World, answer, day, phq9
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, actions, store, upkeep
from vwazen.server.record.actions import append, append_each, make_fact, record, record_together
from vwazen.server.record.models import CaseloadRow, Held, OpenItem, Person, Segment
from vwazen.server.record.refresh import refresh


def test_outsider_gets_the_same_answer_for_a_person_and_for_nobody(world: World) -> None:
    with pytest.raises(Http404) as hidden:
        access.person(by=world.otto, person_id=world.people["ben"], purpose="care")
    with pytest.raises(Http404) as nobody:
        access.person(by=world.otto, person_id="00000000-0000-0000-0000-000000000000", purpose="care")
    assert str(hidden.value) == str(nobody.value)
    with pytest.raises(Refused):
        access.person(by=world.ada, person_id=world.people["ben"], purpose="care")
    refused = AccessEntry.objects.filter(action="read-person", outcome="refused", worker_id=str(world.otto.pk))
    assert refused.count() == 2


def test_a_chart_read_is_one_row_in_the_log(world: World) -> None:
    view = access.person(by=world.kai, person_id=world.people["ben"], purpose="care")
    (episode,) = view.chart.episodes
    assert (episode.state, episode.fall) == ("unchanged", 2)
    assert AccessEntry.objects.filter(action="read-person", person=world.people["ben"], outcome="allowed").count() == 1


def test_same_bytes_again_other_bytes_held(world: World) -> None:
    fact = make_fact(by=world.nia, person=world.people["ann"], site="bel-dlo", body=f.Encounter(mode="clinic"))
    assert [r.status for r in append([fact])] == ["new"]
    assert [r.status for r in append([fact])] == ["again"]
    other = f.Fact(
        **{name: getattr(fact, name) for name in fact.__struct_fields__} | {"body": f.Encounter(mode="home")}
    )
    (receipt,) = append([other])
    assert receipt.status == "held" and "says something else" in receipt.reason
    assert Held.objects.get().code == "same-id-other-bytes"
    assert store.known_facts([fact.id])[fact.id] == f.encode(fact)


def test_the_future_is_held(world: World) -> None:
    with pytest.raises(Invalid, match="future"):
        answer(world, "ann", 9, -9)
    assert Held.objects.get().code == "future"


def test_rows_and_reasons(world: World) -> None:
    reasons = {row.person: row for row in Segment.objects.all() if str(row.starts) <= day(0) < str(row.ends)}
    assert reasons[world.people["cid"]].tier == 2
    assert "several days" in reasons[world.people["cid"]].reason
    assert "several days" not in reasons[world.people["cid"]].plain
    assert reasons[world.people["ben"]].tier == 5
    assert world.people["fay"] not in reasons and world.people["ann"] not in reasons
    dan = CaseloadRow.objects.get(person=world.people["dan"])
    assert (dan.state, dan.last_score) == ("remission", 3)
    assert CaseloadRow.objects.get(person=world.people["eve"]).state == "below_baseline"


def test_partial_answers_have_no_total(world: World) -> None:
    answers = {key: value for key, value in phq9(12).items() if key not in ("3", "4", "9")}
    _, scored = care.answer(by=world.nia, person=world.people["ben"], instrument="phq-9", answers=answers)
    assert scored.total is None and scored.why_not == "not scored, 3 unanswered" and scored.safety == "unknown"
    assert CaseloadRow.objects.get(person=world.people["ben"]).unscored == "not scored, 3 unanswered"


def test_merge_and_its_undoing(world: World) -> None:
    other = care.register(by=world.nia, site="bel-dlo", name="Ben Kours", born="1985")
    world.people["twin"] = other
    answer(world, "twin", 21, 1)
    merge = care.merge(by=world.nia, person=other, into=world.people["ben"])
    assert Person.objects.get(pk=other).merged_into == world.people["ben"]
    view = access.person(by=world.kai, person_id=other, purpose="care")
    assert view.person.pk == world.people["ben"] and view.chart.episodes[0].last.total == 21
    care.withdraw(by=world.nia, person=world.people["ben"], fact=merge.id, reason="two sisters")
    assert Person.objects.get(pk=other).merged_into == ""
    assert CaseloadRow.objects.get(person=world.people["ben"]).last_score == 16


def test_a_death_takes_everything_off_the_lists(world: World) -> None:
    care.died(by=world.nia, person=world.people["cid"], on=day(0))
    assert not OpenItem.objects.filter(person=world.people["cid"]).exists()
    assert not Segment.objects.filter(person=world.people["cid"]).exists()


def test_one_fact_that_breaks_a_chart_holds_up_no_other_of_the_same_machine(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held, to be looked at first, and taken once the fault is mended; what came before and after it is taken."""
    ann, ben = world.people["ann"], world.people["ben"]
    said = [
        make_fact(by=world.wim, person=person, site="bel-dlo", body=f.Note(text=text))
        for person, text in ((ben, "before"), (ann, "breaks"), (ann, "after"))
    ]

    def breaks(people: set[str], today: dt.date, held: dict[str, store.Known]) -> None:
        if any(one.id == said[1].id for those in store.facts_of(sorted(people)).values() for one in those):
            raise ValueError("a chart that cannot be folded")
        refresh(people, today, held=held)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "refresh", breaks)
        assert [one.status for one in append_each(said, code="test.broken")] == ["new", "held", "new"]
        assert [one.status for one in append_each([said[1]], code="test.broken")] == ["held"]
    held = Held.objects.get(code="test.broken")
    assert (held.person, held.safety, f.decode(held.raw.encode())) == (ann, True, said[1])
    assert store.known_facts([one.id for one in said]).keys() == {said[0].id, said[2].id}
    assert [one.status for one in append_each(said, code="test.broken")] == ["again", "new", "again"]


def test_who_is_sent_again_is_held_and_not_folded_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty whose phone sends all once more with one new entry, one chart is made."""
    said = [make_fact(by=world.wim, person=world.people[who], site="bel-dlo", body=f.Note(text=who))
            for who in ("ann", "ben", "cid")]  # fmt: skip
    append(said[:2])
    read: list[str] = []
    real = store.stored_facts_of

    def noted(people: list[str], until: dt.datetime | None = None) -> dict[str, bytes]:
        read.extend(people)
        return real(people, until)

    monkeypatch.setattr(store, "stored_facts_of", noted)
    assert [one.status for one in append(said)] == ["again", "again", "new"]
    assert read == [world.people["cid"]]


REFERRED = f.Referral(to="hospital", to_site="savann", urgency="now", reason="x")
AT_HOME = f.Stay(where="protected_home", event="admitted", facility="bel-dlo")
OF_ONES_OWN: dict[str, f.AnyBody] = {
    "referral": REFERRED, "stay": f.Stay(where="hospital", event="admitted", facility="savann"), "home": AT_HOME,
    "message": f.TeamMessage(text="x", to=("w1", "w2"), urgent=True), "concern": f.Concern(trigger="told", text="x"),
    "episode": f.Episode(protocol="collaborative-care", protocol_version=1, condition="anxiety", owner="w1"),
    "first help": f.Findings(form="first-aid", version=1, answers={"event": "flood", "again": "yes"}),
    "question": f.Question(text="x"), "plan": f.PlanItem(part="action", text="x", due=day(0), owner="w1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_ONES_OWN)
def test_what_amends_a_fact_of_somebody_else_gives_both_their_rows_in_any_order(world: World, kind: str) -> None:
    """Nobody knows whose it is before it has come: nothing is held by the order, and no two people share a row."""
    body = OF_ONES_OWN[kind]
    told = make_fact(by=world.wim, person=world.people["ben"], site="bel-dlo", body=body)
    wrong = make_fact(by=world.wim, person=world.people["ann"], site="bel-dlo", body=body, amends=told.id)
    beside = make_fact(by=world.wim, person=world.people["ann"], site="bel-dlo", body=f.Note(text="x"))
    found = []
    for order in ([[wrong], [told], [beside]], [[told], [wrong], [beside]], [[wrong, told, beside]]):
        with transaction.atomic():
            receipts = [one for part in order for one in append_each(part, code="test.broken")]
            assert [one.status for one in receipts] == ["new"] * 3 and not Held.objects.exists()
            found.append(rows())
            upkeep.rebuild()
            assert rows() == found[-1]
            transaction.set_rollback(True)
    assert found[0] == found[1] == found[2]
    people = {"ann": 0, "ben": 0}
    with transaction.atomic():
        before = {who: rows({world.people[who]}) for who in people}
        append([wrong, told])
        for who in people:
            now = rows({world.people[who]})
            people[who] = sum(len(now[one]) - len(before[who][one]) for one in now if one != "record_quality")
        transaction.set_rollback(True)
    assert people["ann"] >= 1 and people["ben"] >= 1, "each has what they were said to have"


def test_a_page_says_at_once_that_what_it_amends_is_about_somebody_else(world: World) -> None:
    note = care.write_note(by=world.nia, person=world.people["ben"], text="x")
    for save in (lambda: record(by=world.nia, person=world.people["ann"], site="bel-dlo", body=f.Note(text="y"),
                                amends=note.id),
                 lambda: record_together([make_fact(by=world.nia, person=world.people["ann"], site="bel-dlo",
                                                    body=f.Note(text="y"), amends=note.id)])):  # fmt: skip
        with pytest.raises(Invalid, match="about another person"):
            save()
    assert not Held.objects.exists()
