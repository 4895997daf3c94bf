"""A worker asks their supervisor one question from a phone: who is refused, who reads it, how the answer comes back."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.phones import Json, Phone, enrol, held
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.messages import actions as messages
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Post
from vwazen.server.record import clock

pytestmark = pytest.mark.django_db
ASKED = "Planted-words: may he come with his brother?"


def question(phone: Phone, person: str, segment: str = "general") -> f.Fact:
    """As the phone writes it."""
    to = phone.me["supervisor"]["worker"]
    fact = phone.fact(person, f.TeamMessage(text=ASKED, to=(to,), segment=segment))  # type: ignore[arg-type]
    phone.save(fact)
    return fact


def waits(phone: Phone, person: str) -> list[tuple[str, str]]:
    """Id and sender of the messages that stand on Today."""
    return [(one["id"], one["by"]) for one in phone.briefs[person].get("tasks", ()) if one["kind"] == "message"]


def told(phone: Phone, person: str) -> list[Json]:
    found: list[Json] = phone.briefs[person].get("messages", [])
    return found


def seen_by(world: World, who: str, url: str) -> str:
    client = Client()
    client.force_login(world.workers[who])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(url).content.decode()))


# who is refused


def test_nobody_asks_without_a_post_or_of_what_they_may_not_read(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    elsewhere = enrol(world.otto, world.sue)
    elsewhere.sync()
    question(elsewhere, ben)
    elsewhere.sync()
    assert held(elsewhere) == [("phone.person", False)]
    question(phone, ben, "mental-health")
    phone.save(phone.fact(ben, f.MessageRead(message=ben)))
    phone.sync()
    assert held(phone) == [("phone.segment", False)] * 2
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    question(phone, ben)
    phone.sync()
    assert ("phone.site", False) in held(phone) and not care.chart_of(ben).messages


def test_whom_the_supervisor_may_not_know_of_is_not_asked_about_in_writing(world: World) -> None:
    assert enrol(world.wim, world.sue).me["supervisor"]["reads"] == "general"
    assert enrol(world.psy, world.sue).me["supervisor"]["reads"] == "mental-health"
    world.wim.supervisor = world.otto
    world.wim.save()
    assert enrol(world.wim, world.ada).me["supervisor"]["reads"] == ""


def test_of_each_person_is_asked_what_the_supervisor_may_know_of_them(world: World, phone: Phone) -> None:
    """Also of those at another site of the worker, of whom is only registered, and after another word of theirs."""
    ben, ann = world.people["ben"], world.people["ann"]
    organisation.add_post(by=world.ada, worker=world.wim, role="chw", site=world.sites["savann"])
    other = enrol(world.otto, world.sue)
    far = other.register("Far Invented")
    other.sync()
    phone.sync()
    asks = {one: phone.briefs[one].get("asks") for one in (ben, ann, far)}
    assert phone.me["supervisor"]["reads"] == "general" and asks == {ben: None, ann: None, far: None}
    organisation.set_supervisor(by=world.ada, worker=world.wim, supervisor=world.nia)  # at Bèl Dlo alone
    phone.sync()
    assert {one: phone.briefs[one].get("asks") for one in asks} == {ben: None, ann: None, far: ""}
    say(world, "ben", "kai", f.Consent(segment="general", granted=False, to=f"worker:{world.nia.pk}"))
    phone.sync()
    assert phone.briefs[ben]["asks"] == "" and phone.briefs[ann].get("asks") is None
    with pytest.raises(Invalid, match="may not read this"):
        messages.send(by=world.wim, person=ben, text=ASKED, to=[str(world.nia.pk)], segment="general")
    organisation.set_supervisor(by=world.ada, worker=world.wim, supervisor=world.otto)  # at the other site alone
    phone.sync()
    assert phone.me["supervisor"]["reads"] == "general", "at the first site where anything can be asked"
    assert {one: phone.briefs[one].get("asks") for one in asks} == {ben: "", ann: "", far: None}


def test_what_the_person_closed_to_the_supervisor_is_not_asked_where_more_people_read(world: World) -> None:
    world.nia.supervisor = world.sue
    world.nia.save()
    nurse = enrol(world.nia, world.ada)
    say(world, "ben", "kai", f.Consent(segment="mental-health", granted=False, to=f"worker:{world.sue.pk}"))
    nurse.sync()
    assert nurse.me["supervisor"]["reads"] == "mental-health" and nurse.briefs[world.people["ben"]]["asks"] == ""


def test_who_may_not_know_of_the_person_is_not_told_that_a_message_names_them(world: World, phone: Phone) -> None:
    phone.save(phone.fact(world.people["ben"], f.TeamMessage(text=ASKED, to=(str(world.otto.pk),), segment="general")))
    phone.sync()
    assert len(care.chart_of(world.people["ben"]).messages) == 1
    for url in ("/messages", "/today"):
        assert "Ben Course" not in seen_by(world, "otto", url) and "Planted" not in seen_by(world, "otto", url)
    theirs = enrol(world.otto, world.sue)
    theirs.sync()
    assert world.people["ben"] not in theirs.briefs


def test_nobody_says_from_a_phone_that_they_read_what_they_may_not(world: World, phone: Phone) -> None:
    """An urgent message that somebody has read calls nobody any more."""
    urgent = say(world, "ben", "nia", f.TeamMessage(text="Urgent", to=(str(world.psy.pk),), urgent=True))
    phone.save(phone.fact(world.people["ben"], f.MessageRead(message=urgent.id, segment="general")))
    phone.sync()
    (note,) = care.chart_of(world.people["ben"]).messages
    assert held(phone) == [("phone.segment", False)] and note.urgent_since is not None


@pytest.mark.parametrize("closed", [True, False])
def test_nobody_says_from_a_phone_that_they_read_what_the_person_closed_to_them(world: World, closed: bool) -> None:
    nurse = enrol(world.nia, world.ada)
    urgent = say(world, "ben", "kai", f.TeamMessage(text="Urgent", to=(str(world.psy.pk),), urgent=True))
    if closed:
        say(world, "ben", "kai", f.Consent(segment="mental-health", granted=False, to=f"worker:{world.nia.pk}"))
    nurse.save(nurse.fact(world.people["ben"], f.MessageRead(message=urgent.id, segment="general")))
    nurse.sync()
    (note,) = care.chart_of(world.people["ben"]).messages
    assert held(nurse) == ([("phone.segment", False)] if closed else [])
    assert (note.urgent_since is not None) == closed


# there and back


def test_a_question_reaches_the_supervisor_and_the_answer_stands_on_today_until_read(
    world: World, phone: Phone
) -> None:
    ben = world.people["ben"]
    asked = question(phone, ben)
    world.sue.supervisor = world.pia
    world.sue.save()
    colleague, chief = enrol(world.nia, world.sue), enrol(world.sue, world.ada)
    phone.sync()
    assert [(one["id"], one.get("waits", False)) for one in told(phone, ben)] == [(asked.id, False)]
    for one in (colleague, chief):
        one.sync()
    assert told(colleague, ben) == [], "nobody asked her, though she may read it on the chart"
    assert waits(chief, ben) == [(f"message:{asked.id}", "Walker Wim")] and told(chief, ben)[0]["text"] == ASKED
    assert "Ben Course" in seen_by(world, "sue", "/messages")
    page = reverse("team-messages", args=[ben])
    assert ASKED in seen_by(world, "sue", page)
    client = Client()
    client.force_login(world.sue)
    form = client.get(f"{page}?to={world.wim.pk}&reply_to={asked.id}").content.decode()
    assert re.search(r'<option value="general" selected', form), "whoever asked may read the answer"
    answer = messages.send(by=world.sue, person=ben, text="Yes.", to=[str(world.wim.pk)], segment="general",
                           reply_to=asked.id)  # fmt: skip
    phone.sync()
    assert waits(phone, ben) == [(f"message:{answer.id}", "Supervisor Sue")]
    assert [(one["text"], one.get("waits", False), one.get("reply_to", "")) for one in told(phone, ben)] == [
        (ASKED, False, ""), ("Yes.", True, asked.id),
    ]  # fmt: skip
    phone.save(phone.fact(ben, f.MessageRead(message=answer.id, segment="general")))
    phone.sync()
    assert waits(phone, ben) == [] and not told(phone, ben)[1].get("waits")
    assert "Walker Wim read it" in seen_by(world, "sue", page)
    chief.sync()
    chief.save(
        chief.fact(ben, f.TeamMessage(text="Ring me.", to=(str(world.wim.pk),), reply_to=asked.id, segment="general")),
        chief.fact(ben, f.MessageRead(message=asked.id, segment="general")),
    )
    chief.sync()
    assert waits(chief, ben) == [] and held(chief) == []
    phone.sync()
    assert [one["text"] for one in told(phone, ben)] == [ASKED, "Yes.", "Ring me."]
    assert told(phone, ben)[0]["read"] == ["Supervisor Sue"]
    logged = AccessEntry.objects.filter(action="sync", worker_id=str(world.wim.pk), note__contains="new=1")
    assert logged.count() == 2


def test_what_waits_is_on_the_phone_however_much_was_written_since(world: World, phone: Phone) -> None:
    body = f.TeamMessage(text="first", to=(str(world.wim.pk),), segment="general")
    first = say(world, "ben", "sue", body)
    for _ in range(6):
        question(phone, world.people["ben"])
    say(world, "ben", "nia", f.TeamMessage(text="Not for him", to=(str(world.wim.pk),)))
    phone.sync()
    found = told(phone, world.people["ben"])
    assert found[0]["id"] == first.id and len(found) == 5
    assert "Not for him" not in str(phone.briefs), "it is of a circle to which he does not belong"
    assert len(waits(phone, world.people["ben"])) == 2, "that it waits he is told"


def test_what_is_written_to_whom_a_person_is_shared_with_waits_for_them(world: World) -> None:
    say(world, "ben", "kai", f.Consent(segment="general", granted=True, to="site:savann"))
    say(world, "ben", "nia", f.TeamMessage(text=ASKED, to=(str(world.otto.pk),), segment="general"))
    page = seen_by(world, "otto", "/messages")
    assert "Ben Course" in page and "Messages 1" in page
