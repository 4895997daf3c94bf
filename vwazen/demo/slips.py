"""Scenes of a record as people keep it: corrections, merges, things taken back, and what the door refuses."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes

DAY = 1440
Staged = Iterator[Scene]


def _scene(name: str, *lives: Life) -> Scene:
    return Scene(name, tuple(life.registered.person for life in lives))


def _question(at: "Scenes", life: Life) -> f.Question:
    one = life.journeys[0]
    return f.Question(text=at.kit.asked(at.rng, one.condition, one.who))


def corrections(at: "Scenes") -> Staged:
    """Amendments: one, a chain, rivals; retractions, and a retraction of a retraction; answers that contradict."""
    chain, rivals, undone, twice, answered = at.take("depression", "anxiety", "epilepsy", many=5)
    body = chain.registered.body
    second = at.say(
        chain,
        at.hours(20),
        at.nurse,
        msgspec.structs.replace(body, phone="+000 555 0199"),
        amends=chain.registered.person,
    )
    third = msgspec.structs.replace(body, phone="+000 555 0199", place=at.people.villages[0], chosen_name="Zozo")
    at.say(chain, at.hours(6), at.walker, third, amends=second)
    yield _scene("a registration amended twice, one amendment upon the other", chain)

    visit = f.Encounter(mode="clinic", minutes=20, next=at.local.calendar.text[at.today + 20])
    first = at.say(rivals, at.hours(8), at.nurse, visit)
    for author, minutes in ((at.nurse, 30), (at.keeper, 25)):
        at.say(
            rivals, at.hours(8), author, msgspec.structs.replace(visit, minutes=minutes), amends=first, typed=2 * DAY
        )
    yield _scene("two rival amendments of one visit", rivals)

    note = at.say(undone, at.hours(12), at.nurse, f.Note(text="Sleeps four hours; the goats were stolen."))
    gone = at.say(
        undone, at.hours(11), at.nurse, f.Retraction(reason="Thought it was about somebody else."), retracts=note
    )
    at.say(undone, at.hours(10), at.nurse, f.Retraction(reason="It was right after all."), retracts=gone)
    yield _scene("a withdrawal withdrawn", undone)

    form = at.kit.screen(at.rng, 1.4)
    form = msgspec.structs.replace(form, answers=form.answers | {"9": 0.0})
    other = msgspec.structs.replace(form, answers=form.answers | {"2": (form.answers["2"] + 2) % 4, "4": 3.0})
    at.say(twice, at.hours(3), at.nurse, form, device="phone-a", date_only=True)
    at.say(twice, at.hours(3), at.keeper, other, device="phone-b", late=2 * DAY, date_only=True)
    yield _scene("two answers of one day that contradict each other", twice)

    first = at.say(answered, at.hours(5), at.nurse, form)
    for author, item in ((at.nurse, "1"), (at.keeper, "3")):
        right = msgspec.structs.replace(form, answers=form.answers | {item: 3.0})
        at.say(answered, at.hours(5), author, right, amends=first, typed=DAY + (author == at.keeper) * 90)
    yield _scene("two rival amendments of one form", answered)

    (clock,) = at.take("epilepsy", "psychosis")
    at.say(clock, at.hours(30), at.walker, f.Encounter(mode="home", minutes=45), device="phone-c", off=-400 * DAY)
    yield _scene("a phone whose clock stood more than a year back", clock)


def identities(at: "Scenes") -> Staged:
    """Merges: plain, in a chain, undone, and two phones that merged each into the other; a name told two ways."""
    one, chain, undone, circle, conflict = at.others(5)
    day = at.today - 40

    def twin(life: Life) -> Life:
        again = at.people.again(life.registered, max(life.registered.day, day))
        return Life(registered=again, person=None, journeys=[])

    copy = twin(one)
    at.say(copy, at.hours(30), at.keeper, f.Merge(into=one.registered.person))
    yield _scene("a duplicate merged", one, copy)
    first, second = twin(chain), twin(chain)
    at.say(first, at.hours(25), at.keeper, f.Merge(into=second.registered.person))
    at.say(second, at.hours(24), at.keeper, f.Merge(into=chain.registered.person))
    yield _scene("merges in a chain", chain, first, second)
    copy = twin(undone)
    merge = at.say(copy, at.hours(28), at.keeper, f.Merge(into=undone.registered.person))
    at.say(copy, at.hours(22), at.nurse, f.Retraction(reason="Two cousins of one name."), retracts=merge)
    yield _scene("a merge undone", undone, copy)
    copy = twin(circle)
    at.say(copy, at.hours(18), at.walker, f.Merge(into=circle.registered.person), device="phone-a")
    at.say(circle, at.hours(18) - 5, at.nurse, f.Merge(into=copy.registered.person), device="phone-b")
    yield _scene("two phones merged two registrations into each other", circle, copy)
    name = at.kit.names.person(at.rng, conflict.registered.body.gender)
    other = msgspec.structs.replace(conflict.registered.body, name=name)
    at.say(conflict, at.hours(15), at.walker, other, device="phone-a")
    yield _scene("one registration told two ways", conflict)


def endings(at: "Scenes") -> Staged:
    """A death told in error, a closing taken back, consent withdrawn, a person handed to another worker, orphans."""
    alive, back, refuses, handed = at.take("depression", "epilepsy", "psychosis", many=4)
    death = at.say(alive, at.hours(9), at.walker, f.Death(cause="not known"))
    at.say(alive, at.hours(6), at.nurse, f.Retraction(reason="It was a cousin who died."), retracts=death)
    yield _scene("a death told in error", alive)
    episode = back.journeys[0].care.episode
    close = at.say(back, at.hours(13), at.keeper, f.Close(episode=episode, outcome="lost"))
    at.say(back, at.hours(7), at.keeper, f.Retraction(reason="Came back from the plantation."), retracts=close)
    yield _scene("a closing taken back", back)
    at.say(refuses, at.hours(60), at.nurse, f.Consent(segment="hiv", granted=True, to="the HIV clinic"))
    at.say(refuses, at.hours(14), at.nurse, f.Consent(segment="hiv", granted=False, to="the HIV clinic"))
    yield _scene("consent withdrawn", refuses)
    at.say(handed, at.hours(5), at.keeper, f.Owner(owner=at.counsellor))
    yield _scene("handed to another worker", handed)
    passed, called = at.take("depression", "epilepsy", "psychosis", many=2)
    owner = passed.journeys[0].care.owner
    at.say(passed, at.hours(6), at.keeper, f.PassedOn(giver=owner, taker=at.second if owner != at.second else at.nurse))
    yield _scene("passed on when a worker's list was handed over", passed)
    moved = f.Appointment(next=at.local.calendar.text[workday(at.today + 9)], reason="The family asked by telephone.")
    at.say(called, at.hours(2), at.nurse, moved)
    yield _scene("a date moved by telephone", called)


def newcomers(at: "Scenes") -> Staged:
    """Enrolled three weeks ago with a high score, and no specialist has heard of them."""
    new = at.others(2, adults=True)
    for life in new:
        form = at.kit.screen(at.rng, 1.9)
        form = msgspec.structs.replace(form, answers=dict.fromkeys(form.answers, 2.0) | {"8": 1.0, "9": 0.0})
        at.say(life, at.hours(20) + 6, at.nurse, form)
        at.say(life, at.hours(20), at.nurse, f.Diagnosis(text="Depression"))
        body = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=at.keeper)
        at.say(life, at.hours(20), at.nurse, body)
        at.say(
            life,
            at.hours(20),
            at.nurse,
            f.Encounter(mode="clinic", minutes=50, next=at.local.calendar.text[at.today - 5]),
        )
    yield _scene("three weeks in care with 17 points, never reviewed", *new)


def notes(at: "Scenes") -> Staged:
    """A note filed under the wrong person and put right; notes that only some may read; a question about each."""
    (right,) = at.take("depression", "anxiety", fit=lambda one: "bearing" in one.journeys[0].who)
    wrong, therapy = at.take("depression", "anxiety", many=2)
    text = "Came with her husband. The baby sleeps; she does not. Agreed on a nap when the mother-in-law is there."
    note = at.say(wrong, at.hours(4, 9), at.nurse, f.Note(text=text))
    at.say(wrong, at.hours(3, 15), at.nurse, f.Retraction(reason="Filed under the wrong person."), retracts=note)
    at.say(right, at.hours(3, 15), at.nurse, f.Note(text=text))
    yield _scene("a note filed under the wrong person, and put right", wrong, right)
    at.say(
        therapy,
        at.hours(8),
        at.psychologist,
        f.Note(text="Spoke of the year of the flood for the first time.", segment="therapy-notes"),
    )
    at.say(
        therapy,
        at.hours(8) - 20,
        at.psychologist,
        f.Note(text="Takes HIV treatment at the district hospital.", segment="hiv"),
    )
    yield _scene("notes that few may read", therapy)
    many = at.take("depression", "epilepsy", "psychosis", "bipolar", many=3)
    for days, life in zip((1, 6, 13), many, strict=True):
        at.say(life, at.hours(days), at.nurse, _question(at, life))
    yield _scene("questions that wait", *many)


def refused(at: "Scenes") -> Staged:
    """What the record's door will not take and keeps for a person: a date to come, an id with other words."""
    (life,) = at.take("epilepsy", "psychosis")
    told = at.say(life, at.hours(3), at.walker, f.Encounter(mode="home", minutes=40), device="phone-d")
    fact = next(one for one in reversed(at.made.facts) if one.id == told)
    ahead = at.local.calendar.local(at.now + 9 * DAY)
    tomorrow = msgspec.structs.replace(
        fact, id=at.pen.id(at.now - 50), occurred=ahead, recorded=at.local.calendar.stamp(at.now - 50)
    )
    other = msgspec.structs.replace(fact, body=f.Encounter(mode="phone", minutes=5))
    at.made.refused += [tomorrow, other]
    yield _scene("a phone whose clock is nine days ahead, and an id that came with other words", life)
