"""A phone that brings something is sent what that changed in a brief it has, and the whole one wherever that is not
sure; what it makes of a change is the whole brief."""

from typing import Any

import msgspec
import pytest

from tests.phones import Json, LostError, Phone, enrol, read
from tests.world import World, day, phq9, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post
from vwazen.server.record import clock, store
from vwazen.server.sync import briefs as making
from vwazen.server.sync import scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(world: World) -> Phone:
    """Nurse Nia's, with everybody on it."""
    one = enrol(world.nia, world.sue)
    one.sync()
    return one


def visit(phone: Phone, person: str, score: int = 9) -> None:
    """What the screen of a visit saves."""
    met = phone.fact(person, f.Encounter(mode="home", next=day(-14)))
    phone.save(met, phone.fact(person, f.Response(instrument="phq-9", version=1, answers=phq9(score))))


def whole(world: World, phone: Phone) -> dict[str, Json]:
    """What a phone of the same worker is sent that has nothing yet."""
    other = enrol(phone.worker, world.sue)
    other.version = 1
    other.sync()
    assert other.changed == 0
    return other.briefs


def test_what_a_visit_changed_is_sent_and_not_the_brief(world: World, phone: Phone) -> None:
    ben, dan = world.people["ben"], world.people["dan"]
    for person in (ben, dan):
        visit(phone, person)
    said = phone.once()
    assert said["briefs"] == [] and [at for at, _ in said["changed"]] in ([0, 2], [2, 0]) and phone.changed == 2
    assert {status for _, status, _ in said["receipts"]} == {"new"} and not phone.unsent
    kept = [fact for fact in store.facts_of([ben])[ben] if fact.device == str(phone.device)]
    assert [fact.author for fact in kept] == [str(world.nia.pk)] * 2
    assert not any(person.encode() in msgspec.json.encode(said["changed"]) for person in (ben, dan))
    for _, told in said["changed"]:
        assert {"next", "last", "recent"} <= told.keys() and not {"name", "keys", "site", "person"} & told.keys()
    assert phone.briefs == whole(world, phone) and phone.briefs[ben]["next"] == day(-14)
    assert phone.once().keys() <= {"v", "now", "to", "turn", "receipts", "settled", "briefs", "drop", "more"}
    assert AccessEntry.objects.filter(action="sync", note__contains="new=4 held=0 briefs=2 drop=0").count() == 1


def test_a_phone_of_the_first_version_is_sent_whole_briefs_and_everything_by_name(world: World, phone: Phone) -> None:
    phone.version = 1
    visit(phone, world.people["ben"])
    sent = list(phone.unsent)
    answer = phone.ask("/sync/", phone.request(list(phone.unsent.values())))
    said = read(answer)
    assert [id_ for id_, _, _ in said["receipts"]] == sent and "to" not in said and "changed" not in said
    assert [one["person"] for one in said["briefs"]] == [world.people["ben"]]
    assert said["content"] == phone.content and said["me_digest"]


def test_a_lost_answer_and_a_repeated_request_bring_the_whole(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    visit(phone, ben)
    with pytest.raises(LostError):
        phone.once(lose=True)
    said = phone.once()
    assert {status for _, status, _ in said["receipts"]} == {"again"}
    assert [one["person"] for one in said["briefs"]] == [ben] and "changed" not in said
    assert phone.briefs == whole(world, phone)
    visit(phone, ben, 4)
    first = phone.request(list(phone.unsent.values()))
    read(phone.ask("/sync/", first))
    again = read(phone.ask("/sync/", first))
    assert "changed" not in again and [one["person"] for one in again["briefs"]] == [ben]
    phone.sync()
    assert phone.briefs == whole(world, phone)


def test_what_the_clinic_wrote_meanwhile_brings_the_whole(world: World, phone: Phone) -> None:
    seen(world, "ben", "kai", next_date=day(-3))
    visit(phone, world.people["ben"])
    said = phone.once()
    assert len(said["briefs"]) == 1 and "changed" not in said
    assert phone.briefs == whole(world, phone)


def test_new_content_brings_the_whole_where_the_brief_is_another(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "SHAPE", "another")
    monkeypatch.setattr(making, "NEWEST", 2)
    visit(phone, world.people["ben"])
    said = phone.once()
    assert world.people["ben"] in {one["person"] for one in said["briefs"]} and "changed" not in said
    phone.sync()
    assert phone.briefs == whole(world, phone)
    visit(phone, world.people["ben"], 3)
    phone.once()
    assert phone.changed == 1 and phone.briefs == whole(world, phone), "then it is known what the phone has"


def test_other_rights_bring_the_whole_and_nothing_that_may_not_be_known(world: World, phone: Phone) -> None:
    visit(phone, world.people["ben"])
    Post.objects.filter(worker=world.nia).update(role="chw")
    policy.changed()
    said = phone.once()
    assert "changed" not in said
    phone.sync()
    assert phone.briefs == whole(world, phone)
    assert "PHQ-9" not in msgspec.json.encode(phone.briefs).decode()


def test_a_phone_whose_brief_is_not_what_it_should_be_asks_for_the_whole(world: World, phone: Phone) -> None:
    ben, dan = world.people["ben"], world.people["dan"]
    phone.briefs[ben] = phone.briefs[ben] | {"name": "Somebody Else"}
    visit(phone, ben)
    visit(phone, dan)
    said = phone.once()
    assert len(said["changed"]) == 2 and phone.changed == 0 and phone.lacks == {ben, dan}
    with pytest.raises(LostError):
        phone.once(lose=True)
    said = phone.once()
    assert {one["person"] for one in said["briefs"]} == {ben, dan} and not phone.lacks
    assert phone.briefs == whole(world, phone)
    assert phone.once()["briefs"] == []


def test_somebody_asked_for_whole_who_may_not_be_known_any_more_is_dropped(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    phone.lacks = {ben, world.people["cid"], "nobody", "\0"}
    Post.objects.filter(worker=world.nia).update(ends=clock.today())
    policy.changed()
    said = phone.once()
    assert said["briefs"] == [] and ben in said["drop"] and phone.briefs == {}


def test_a_request_with_odd_facts_and_times_is_answered(world: World, phone: Phone) -> None:
    good = phone.fact(world.people["ben"], f.Encounter(mode="home"))
    names = (b"5", b'"\\u0000"', b'"\\ud800"', b'"' + b"x" * 999 + b'"')
    odd = [b"[]", *(b'{"person": ' + name + b"}" for name in names)]
    for now in (b"", b"\\ud800", b"x" * 999):
        body = b'{"v": 2, "now": "%s", "turn": %d, "whole": ["x"], "facts": [' % (now, phone.turn)
        answer: Any = phone.ask("/sync/", body + b",".join([*odd, f.encode(good)]) + b"]}")
        assert answer.status_code in (200, 400), now
        if answer.status_code == 200:
            said = read(answer)["receipts"]
            assert [status for _, status, _ in said[:-1]] == ["held"] * len(odd) and len(said) == len(odd) + 1


def test_ten_visits_fit_into_few_bytes(world: World, phone: Phone) -> None:
    """Not the limit, which `bench.sync` measures with the demo clinic: that it does not grow back unseen."""
    people = [one for one, brief in phone.briefs.items() if brief.get("care")]
    for person in people:
        visit(phone, person)
    phone.sync()
    for person in people:
        visit(phone, person, 12)
    before = phone.bytes_in
    phone.once()
    assert phone.bytes_in - before < 250 + 100 * len(people), (phone.bytes_in - before, len(people))
