"""A record opened in an emergency: nothing is told to who guesses, an hour, and a review by somebody else."""

import datetime as dt

import pytest
from django.http import Http404
from django.test import Client

from tests.world import World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.consent import actions as consent
from vwazen.server.care.consent import emergency
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, clock
from vwazen.server.record.models import OpenedInEmergency, Person

WHY = "Brought in unconscious by a neighbour; which medicines?"
BEN = {"name": "Ben Course", "born": "1985", "reason": WHY}


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def open_ben(world: World, who: str = "otto", **more: str) -> Person:
    return emergency.open_record(by=world.workers[who], **(BEN | more))


def seen(world: World, who: str, permission: str = "see_chart") -> access.View:
    return access.person(by=world.workers[who], person_id=world.people["ben"], purpose="care", permission=permission)


# who is refused, and what is not told


@pytest.mark.parametrize("who", ["wim", "ola", "ada", "max"])
def test_who_lacks_the_right_is_refused(world: World, who: str) -> None:
    assert as_worker(world, who).get("/open-in-emergency").status_code == 403
    with pytest.raises(Refused):
        open_ben(world, who)
    assert not OpenedInEmergency.objects.exists()


@pytest.mark.parametrize(
    "more", [{"name": "Ben Curse"}, {"name": "Ben"}, {"born": "1986"}, {"born": "1985", "name": "Nobody Atall"}]
)
def test_a_guess_opens_nothing_and_is_answered_as_if_there_were_nobody(world: World, more: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="Nobody on record is called exactly so") as guess:
        open_ben(world, **more)
    with pytest.raises(Invalid) as nobody:
        open_ben(world, name="Somebody Invented", born="1920")
    assert str(guess.value) == str(nobody.value)
    with pytest.raises(Http404):
        seen(world, "otto")
    failed = AccessEntry.objects.filter(action="emergency", outcome="failed")
    assert failed.count() == 2 and not failed.exclude(person=None).exists(), "the log names nobody who was not opened"


def test_after_five_wrong_tries_nobody_goes_on_guessing(world: World) -> None:
    for number in range(emergency.TRIES):
        with pytest.raises(Invalid, match="Nobody"):
            open_ben(world, name=f"Guess {number}")
    with pytest.raises(Invalid, match="tries in this hour"):
        open_ben(world)
    assert open_ben(world, "pia").pk == world.people["ben"], "and nobody else is kept from it"


def test_a_reason_is_needed(world: World) -> None:
    with pytest.raises(Invalid, match="what has happened"):
        open_ben(world, reason="urgent")
    sent = BEN | {"reason": ""}
    answered = as_worker(world, "otto").post("/open-in-emergency", sent)
    assert answered.status_code == 422 and "Ben Course" in answered.content.decode(), "what was typed is kept"


def test_two_of_one_name_and_birth_need_the_place(world: World) -> None:
    care.register(by=world.nia, site="bel-dlo", name="Ben Course", born="1985", place="Lòt Bò")
    with pytest.raises(Invalid, match="add the place"):
        open_ben(world)
    assert open_ben(world, place="nan mango").pk == world.people["ben"]


# what it opens


def test_it_opens_care_to_read_for_an_hour_and_nothing_closer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ben = world.people["ben"]
    care.write_note(by=world.psy, person=ben, text="Planted-therapy", segment="therapy-notes")
    client = as_worker(world, "otto")
    sent = client.post("/open-in-emergency", BEN)
    assert sent.status_code == 302 and sent["Location"] == f"/people/{ben}"
    html = client.get(f"/people/{ben}").content.decode()
    assert (
        "Ben Course" in html and "PHQ-9" in html and "Planted-therapy" not in html and "Opened in an emergency" in html
    )
    assert seen(world, "otto").segments == {"general", "mental-health"}
    for at in ("ask", "edit", "visit"):
        assert client.get(f"/people/{ben}/{at}").status_code == 404, "it is to read"
    with pytest.raises(Refused):
        access.require_person(by=world.otto, person_id=ben, permission="record_care")
    with pytest.raises(Http404):
        access.person(by=world.otto, person_id=world.people["dan"], purpose="care")
    later = clock.now() + dt.timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Http404):
        seen(world, "otto")


def test_it_opens_what_the_person_closed(world: World) -> None:
    consent.say(by=world.kai, person=world.people["ben"], segment="mental-health", granted=False)
    consent.say(by=world.kai, person=world.people["ben"], segment="general", granted=False, to=f"worker:{world.nia.pk}")
    with pytest.raises(Http404):
        seen(world, "nia")
    open_ben(world, "nia")
    assert seen(world, "nia").chart.series and not seen(world, "kai").chart.series


def test_the_same_form_twice_is_one_emergency(world: World) -> None:
    drawn = "01a201d8-5d77-76d3-8aac-b7aa42a2ac28"
    for _ in range(2):
        assert as_worker(world, "otto").post("/open-in-emergency", BEN | {"fact_id": drawn}).status_code == 302
    assert OpenedInEmergency.objects.count() == 1


# the review


def test_somebody_else_reviews_it_and_once(world: World) -> None:
    open_ben(world)
    seen(world, "otto")
    one = OpenedInEmergency.objects.get()
    for who in ("nia", "kai", "ola"):
        assert as_worker(world, who).get("/open-in-emergency/reviews").status_code == 403
    with pytest.raises(Refused):
        emergency.review(by=world.otto, pk=one.pk, outcome="justified")
    ada = as_worker(world, "ada")
    assert WHY in ada.get(f"/open-in-emergency/reviews/{one.pk}").content.decode()
    assert "Ben" not in ada.get(f"/open-in-emergency/reviews/{one.pk}").content.decode(), (
        "who keeps accounts sees no name"
    )
    assert ada.post(f"/open-in-emergency/reviews/{one.pk}", {"outcome": "not_justified"}).status_code == 422
    assert ada.post(f"/open-in-emergency/reviews/{one.pk}", {"outcome": "justified"}).status_code == 302
    with pytest.raises(Invalid, match="meanwhile"):
        emergency.review(by=world.max, pk=one.pk, outcome="not_justified", words="x")
    assert "Outsider Otto" in ada.get("/open-in-emergency/reviews").content.decode()


def test_elsewhere_nobody_reviews(world: World) -> None:
    open_ben(world)
    one = OpenedInEmergency.objects.get()
    OpenedInEmergency.objects.update(path="xx/")
    assert as_worker(world, "ada").get(f"/open-in-emergency/reviews/{one.pk}").status_code == 404
    assert emergency.to_review(world.ada).count() == 0


# what is left in the log, and what the person reads


def test_every_page_is_in_the_log_as_an_emergency_and_the_person_reads_who(world: World) -> None:
    open_ben(world)
    seen(world, "otto")
    entries = AccessEntry.objects.filter(worker_id=str(world.otto.pk), person=world.people["ben"]).order_by("pk")
    assert list(entries.values_list("action", "purpose", "outcome")) == [
        ("emergency", "emergency", "allowed"), ("read-person", "emergency", "allowed"),
    ]  # fmt: skip
    at = f"/people/{world.people['ben']}/seen-by"
    for who, status in (("otto", 200), ("wim", 200), ("ola", 403), ("ada", 403)):
        assert as_worker(world, who).get(at).status_code == status, who
    html = as_worker(world, "nia").get(at).content.decode()
    assert "Outsider Otto" in html and "in an emergency" in html and WHY in html
    assert "nurse" in html and "mental-health" not in html and "read-person" not in html


def test_who_was_not_let_in_is_on_the_list_too(world: World) -> None:
    with pytest.raises(Http404):
        seen(world, "otto")
    html = as_worker(world, "nia").get(f"/people/{world.people['ben']}/seen-by").content.decode()
    assert "was not let in" in html
