"""What a phone tells of somebody whose registration is held or comes later: a danger stands on the board at once."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.phones import Phone, enrol, held
from tests.world import World, phq9
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import held_dangers
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Device, Post
from vwazen.server.record import clock, mending
from vwazen.server.record.actions import append
from vwazen.server.record.held import asks_person, dismiss
from vwazen.server.record.models import Batch, Fact, Held, OpenItem
from vwazen.server.record.upkeep import take_facts
from vwazen.server.sync import mended
from vwazen.server.sync import push as pushing
from vwazen.server.sync.nodes.actions import above, below
from vwazen.server.sync.nodes.models import Above, Below, Passed
from vwazen.server.sync.nodes.wire import Answer, Ask

pytestmark = pytest.mark.django_db


def test_a_registration_that_is_held_takes_what_hangs_on_it_with_it(world: World, phone: Phone) -> None:
    person = phone.register("Gil New")
    first = phone.unsent[person]
    phone.unsent[person] = msgspec.structs.replace(first, site="savann")
    phone.save(phone.fact(person, f.Concern(trigger="told", text="Danger")))
    phone.sync()
    assert held(phone) == [("phone.nobody", True), ("phone.site", False)]
    assert not Fact.objects.filter(person=person).exists()


def test_a_danger_does_not_wait_until_the_words_of_a_registration_are_mended(world: World, phone: Phone) -> None:
    """Told in a later message than the registration, as in the same one, it stands on the board at once."""
    person = phone.register("Gil New")
    first = phone.unsent[person]
    phone.unsent[person] = msgspec.structs.replace(first, body=f.Registration(name="Gil New", phone="5" * 301))
    phone.sync()
    assert held(phone) == [("unsound", False)]
    phone.save(phone.fact(person, f.Concern(trigger="told", text="Danger")))
    phone.sync()
    assert care.chart_of(person).open_risks
    assert OpenItem.objects.get(person=person, kind="risk").name == "Not registered"
    row = Held.objects.get()
    with pytest.raises(Invalid, match="longer than 300"):
        mending.mend(by=world.kai, entry=row.pk)
    mending.mend(by=world.kai, entry=row.pk, raw=row.raw.replace("5" * 301, "555"))
    assert OpenItem.objects.get(person=person, kind="risk").name == "Gil New"


def test_a_held_registration_can_be_taken_and_takes_with_it_what_hung_on_it(world: World, phone: Phone) -> None:
    """Whom it registers is known by nothing else, so nobody could be chosen. What was said of the danger finds it."""
    person = phone.register("Gil New")
    phone.unsent[person] = msgspec.structs.replace(phone.unsent[person], site="savann")
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    phone.save(told, phone.fact(person, f.Call(risk=told.id, called=str(world.nia.pk), name="Nurse Nia")))
    phone.sync()
    assert held(phone) == [("phone.nobody", False), ("phone.nobody", True), ("phone.site", False)]
    mending.mend(by=world.pia, entry=Held.objects.get(code="phone.site").pk)
    chart = care.chart_of(person)
    (risk,) = chart.open_risks
    assert chart.name == "Gil New" and (risk.id, risk.trigger.kind, len(risk.calls)) == (told.id, "concern", 1)
    assert not Held.objects.filter(state=Held.OPEN).exists()
    assert len(phone.once()["settled"]) == 3 and not phone.held


def test_a_registration_that_comes_later_brings_what_waited_for_nothing_else(world: World, phone: Phone) -> None:
    """Their registration was lost on the way, or comes from the worker's other phone. What else is wrong waits on."""
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    called = phone.fact(person, f.Call(risk=told.id, called=str(world.nia.pk), name="Nurse Nia"))
    wrong = phone.fact(person, f.Encounter(mode="home", next="1.1.27"))
    phone.save(called, wrong, told)
    phone.sync()
    assert held(phone) == [("phone.nobody", False)] * 2 + [("phone.nobody", True)]
    before = Held.objects.get(raw__contains=wrong.id)
    phone.save(registration)
    said = phone.once()
    assert {one[0] for one in said["settled"]} >= {told.id, called.id} and wrong.id not in phone.settled
    assert wrong.id in phone.held and told.id not in phone.held
    (risk,) = care.chart_of(person).open_risks
    assert (risk.id, len(risk.calls)) == (told.id, 1)
    assert Fact.objects.filter(pk__in=(told.id, called.id)).count() == 2
    row = Held.objects.get(raw__contains=wrong.id)
    assert (row.pk, row.code, row.state) == (before.pk, "phone.nobody", Held.OPEN), "once, as it was"
    taken = Held.objects.filter(state=Held.MENDED)
    assert {one.decided_by for one in taken} == {str(world.wim.pk)}
    assert AccessEntry.objects.filter(action="mend-held", worker_id=str(world.wim.pk), person=person).count() == 2
    phone.save(registration)
    phone.once()
    assert Fact.objects.filter(person=person).count() == 3


def test_what_comes_again_with_another_day_waits_once_and_the_phone_hears_of_it_when_it_does_not(
    world: World, phone: Phone
) -> None:
    """The phone's clock was wrong, and it mends the day of what came back, under its id."""
    person = phone.register("Gil New")
    del phone.unsent[person]
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    phone.save(told)
    phone.sync()
    again = msgspec.structs.replace(told, occurred=told.recorded[:10])
    assert again != told
    phone.save(again)
    assert phone.once()["settled"] == [] and told.id in phone.held, "it waits on"
    assert held(phone) == [("phone.nobody", True)] * 2
    (row,) = Held.objects.filter(state=Held.OPEN)
    assert again.occurred in row.raw and row.safety
    dismiss(by=world.kai, entry=row.pk, reason="Told twice.")
    ((which, how, words),) = phone.once()["settled"]
    assert (which, how) == (told.id, "dismissed") and "Told twice." in words
    assert phone.once()["settled"] == []


def test_an_old_phone_hears_on_record_only_once_what_another_one_sent_again_is(world: World, phone: Phone) -> None:
    """Both are told of it by what became of it last, wherever it was sent again with another day."""
    other = enrol(world.wim, world.sue)
    other.sync()
    people = [phone.register(name) for name in ("Gil New", "Gia New")]
    told = [phone.fact(one, f.Concern(trigger="told", text="Danger")) for one in people]
    registrations = [phone.unsent.pop(one) for one in people]
    phone.save(*told)
    phone.sync()
    other.save(*(msgspec.structs.replace(one, occurred=one.recorded[:10]) for one in told))
    other.sync()
    assert sorted(Held.objects.values_list("import_id", "state", "safety")) == sorted(
        [(phone.device, Held.MENDED, True)] * 2 + [(other.device, Held.OPEN, True)] * 2
    )
    assert phone.once()["settled"] == [] and set(phone.held) == {one.id for one in told}
    dismiss(by=world.kai, entry=Held.objects.get(state=Held.OPEN, person=people[0]).pk, reason="Told twice.")
    other.save(registrations[1])
    for one in (other, phone):
        assert sorted(one.once()["settled"]) == sorted([
            [told[0].id, "dismissed", "Somebody looked at it and decided that it does not count: Told twice."],
            [told[1].id, "mended", "It is on the record now."],
        ])  # fmt: skip
        assert one.once()["settled"] == [] and not one.held
    assert care.chart_of(people[1]).open_risks


@pytest.mark.parametrize("taken", [True, False])
def test_every_phone_that_sent_the_very_same_entry_hears_what_became_of_it(
    world: World, phone: Phone, taken: bool
) -> None:
    """It waits once. Of what the phone sent that was let in anew, under another name, it hears as well."""
    other, stranger = enrol(world.wim, world.sue), enrol(world.nia, world.sue)
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    for one in (phone, other):
        one.save(told)
        one.sync()
    stranger.sync()
    (row,) = Held.objects.all()
    assert row.import_id == phone.device and other.once()["settled"] == [] and told.id in other.held
    anew = enrol(world.wim, world.sue)
    anew.held = dict(phone.held)
    if taken:
        other.save(registration)
    else:
        dismiss(by=world.kai, entry=row.pk, reason="Told twice.")
    for one in (other, anew, phone):
        said = one.once()
        assert [(fact, how) for fact, how, _ in said["settled"]] == [(told.id, "mended" if taken else "dismissed")]
        assert one.once()["settled"] == [] and not one.held
    assert stranger.once()["settled"] == []


@pytest.mark.parametrize("heard", [True, False])
def test_what_was_decided_before_it_was_sent_once_more_is_told_to_who_sent_it(
    world: World, phone: Phone, heard: bool
) -> None:
    told = phone.fact(phone.register("Gil New"), f.Concern(trigger="told", text="Danger"))
    phone.unsent.clear()
    phone.save(told)
    phone.sync()
    dismiss(by=world.kai, entry=Held.objects.get().pk, reason="Told twice.")
    phone.once()
    other = enrol(world.wim, world.sue)
    if heard:  # and passed over, since it did not wait there then
        other.sync()
        other.settled.clear()
    other.save(told)
    other.sync()
    assert told.id not in other.held and other.settled[told.id][0] == "dismissed"
    assert other.once()["settled"] == []


def test_a_phone_that_was_taken_away_ends_the_waiting_of_nothing(world: World, phone: Phone) -> None:
    """Whoever has it now sends a danger once more with another day: the first waits on for its registration."""
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    phone.save(told)
    phone.sync()
    devices.revoke(by=world.sue, device=Device.objects.get(pk=phone.device), reason="stolen")
    phone.save(msgspec.structs.replace(told, occurred=told.recorded[:10]))
    phone.once()
    assert sorted(Held.objects.values_list("code", "state", "safety")) == [
        ("phone.nobody", Held.OPEN, True), ("phone.revoked", Held.OPEN, True),
    ]  # fmt: skip
    assert not AccessEntry.objects.filter(action="mend-held").exists()
    new = enrol(world.wim, world.sue)
    new.held = dict(phone.held)
    new.save(registration)
    new.sync()
    false = Held.objects.get(state=Held.OPEN)
    assert care.chart_of(person).open_risks and false.code == "phone.revoked"
    assert new.settled[told.id][0] == "mended" and told.id not in new.held, "what the thief sent keeps no news away"
    dismiss(by=world.kai, entry=false.pk, reason="Not theirs.")
    assert {how for _, how, _ in new.once()["settled"]} <= {"mended"}


def test_what_waited_is_taken_by_the_rights_that_each_who_told_it_has_now(world: World, phone: Phone) -> None:
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    other, colleague, elsewhere = (enrol(one, world.sue) for one in (world.wim, world.nia, world.otto))
    for one in (other, colleague, elsewhere):
        one.sync()
        one.save(one.fact(person, f.Concern(trigger="told", text="Danger")))
        one.sync()
    asked = phone.fact(person, f.Response(instrument="phq-9", version=1, answers=phq9(15, ninth=2), private=True))
    phone.save(asked)
    phone.sync()
    assert Held.objects.filter(code="phone.nobody", safety=True).count() == 4
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    phone.save(registration)
    phone.sync()
    assert Held.objects.filter(code="phone.nobody", state=Held.OPEN).count() == 4, "nor may they register anybody"
    Post.objects.filter(worker=world.wim).update(ends=None)
    policy.changed()
    phone.save(registration)
    phone.sync()
    assert {row.import_id for row in Held.objects.filter(state=Held.OPEN)} == {elsewhere.device}
    assert len(care.chart_of(person).open_risks) == 3
    taken = Held.objects.filter(state=Held.MENDED).values_list("import_id", "decided_by")
    assert set(taken) == {(one.device, str(one.worker.pk)) for one in (phone, other, colleague)}


Way = Callable[[World, f.Fact], set[int]]


def from_below(world: World, fact: f.Fact) -> set[int]:
    """A node of the clinic brings it; the batches that count as from there."""
    answer = below.enrol(code=below.invite(by=world.ada, name="Laptop (invented)", site="bel-dlo"))
    ask = Ask(synthetic=False, after=0, upto=1, facts=(msgspec.Raw(f.encode(fact)),))
    below.exchange(node=Below.objects.get(pk=answer.node), ask=ask)
    return set(Passed.objects.filter(node=answer.node).values_list("batch", flat=True))


def from_above(world: World, fact: f.Fact) -> set[int]:
    row = Above.objects.first() or Above.objects.create(address="https://above.example", node="n", token="t")
    above.keep(row, Answer(taken=0, got="", facts=(msgspec.Raw(f.encode(fact)),)))
    return set(Passed.objects.filter(node="").values_list("batch", flat=True))


def from_a_file(world: World, fact: f.Fact) -> set[int]:
    take_facts(iter([f.encode(fact) + b"\n"]))
    return set()


@pytest.mark.parametrize("way", [from_below, from_above, from_a_file])
def test_a_registration_that_comes_by_another_way_brings_what_waited_as_one_of_a_phone_does(
    world: World, phone: Phone, way: Way
) -> None:
    """The server was lost and stands as of yesterday; the laptop, or a file, brings whom the phones know already."""
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    told = phone.fact(person, f.Concern(trigger="told", text="Danger"))
    phone.save(phone.fact(person, f.Encounter(mode="home", next="1.1.27")), told)
    phone.sync()
    assert held(phone) == [("phone.nobody", False), ("phone.nobody", True)]
    board = held_dangers.waiting(world.nia)
    assert board is not None and board.many == "1"
    passed = way(world, registration)
    (risk,) = care.chart_of(person).open_risks
    assert risk.id == told.id and OpenItem.objects.get(person=person, kind="risk").name == "Gil New"
    assert held_dangers.waiting(world.nia) is None
    assert [row.safety for row in Held.objects.filter(state=Held.OPEN)] == [False], "what else is wrong waits on"
    batches = {ids[0]: number for number, ids in Batch.objects.values_list("pk", "facts")}
    assert batches[told.id] not in passed, "it goes to the other node, which does not have it"
    assert not passed or passed == {batches[registration.id]}
    way(world, registration)
    assert Fact.objects.filter(person=person).count() == 2
    logged = AccessEntry.objects.filter(action="mend-held", person=person)
    assert [one.worker_id for one in logged] == [str(world.wim.pk)]
    assert [one[0] for one in phone.once()["settled"]] == [told.id]


def test_what_waited_and_breaks_the_server_waits_on_and_the_rest_is_taken(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = phone.register("Gil New")
    registration = phone.unsent.pop(person)
    bad, good = (phone.fact(person, f.Concern(trigger="told", text=text)) for text in ("breaks", "Danger"))
    phone.save(bad, good)
    phone.sync()

    def fragile(facts: list[f.Fact], **more: Any) -> list[Any]:
        if bad in facts:
            raise ZeroDivisionError
        return append(facts, **more)

    monkeypatch.setattr(mended, "append", fragile)
    phone.save(registration)
    phone.sync()
    assert [row.state for row in Held.objects.filter(raw__contains=bad.id)] == [Held.OPEN]
    assert [one.id for one in care.chart_of(person).open_risks] == [good.id]


def test_a_push_without_a_registration_looks_for_nothing_that_waited(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "take_what_waited", lambda *_: pytest.fail("nothing to look for"))
    phone.save(phone.fact(world.people["ben"], f.Encounter(mode="home")))
    phone.sync()
    assert len(phone.taken) == 1


def test_whoever_registered_them_meanwhile_says_whom_a_phone_told_of(world: World, phone: Phone) -> None:
    """Their registration may never arrive: the phone may be lost."""
    nobody = "0192f000-0000-7000-8000-000000000000"
    phone.save(phone.fact(nobody, f.Concern(trigger="told", text="Danger")))
    phone.sync()
    row = Held.objects.get()
    with pytest.raises(Invalid, match="Choose the person"):
        mending.mend(by=world.kai, entry=row.pk)
    assert asks_person(row)
    somebody = care.register(by=world.kai, site="bel-dlo", name="Gil New")
    mending.mend(by=world.kai, entry=row.pk, person=somebody)
    assert care.chart_of(somebody).open_risks
