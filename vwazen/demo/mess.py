"""Slips of the record that nobody meant: people registered twice, notes under the wrong name."""

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Made
from vwazen.demo.people import People
from vwazen.demo.programme import workday


def duplicates(people: People, made: Made, also: list[Life]) -> None:
    """A share of those in care, and all of `also`, are registered twice.

    Some of these are found and merged, and now and then the merge was wrong and is taken back.
    """
    rng, local = people.rng, made.local
    twice = [one for one in made.lives if one.journeys and rng.random() < people.rates.duplicate]
    for life in [*twice, *also]:
        day = workday(life.registered.day + 30 + int(rng.random() * 900))
        if day >= local.calendar.today - 20:
            day = max(life.registered.day, local.calendar.today - 21)
        twin = people.again(life.registered, day)
        life.twin = twin.person
        found = workday(day + 10 + int(rng.random() * 200))
        if rng.random() < people.rates.merged and found < local.calendar.today - 5:
            author = local.worker(rng, found, "care_manager", "nurse")
            at = local.calendar.at(found, 700)
            life.merged = True
            merge = people.pen.say(twin.person, at, author, f.Merge(into=life.registered.person))
            if rng.random() < 0.06:
                life.merged = False
                reason = "Two of one family, not one person."
                people.pen.say(twin.person, at + 3000, author, f.Retraction(reason=reason), retracts=merge)


def wrong_people(people: People, made: Made) -> None:
    """Some notes were filed under somebody else; for most it was seen, and put right with two facts at once."""
    rng, pen = people.rng, people.pen
    notes = [(n, fact) for n, fact in enumerate(pen.facts) if type(fact.body) is f.Note and fact.body.segment != "hiv"]
    cared = [one for one in made.lives if one.journeys and one.person is not None]
    for n, fact in notes:
        if rng.random() > people.rates.wrong_person or len(cared) < 2:
            continue
        at, body = pen.at[n] + 1440 * (1 + int(rng.random() * 4)), fact.body
        other = cared[int(rng.random() * len(cared))]
        right, day = other.registered.person, fact.day.toordinal()
        alive = other.person is not None and other.journeys[0].start <= day < other.person.died
        if right == fact.person or not alive or at > pen.calendar.now - 60 or not isinstance(body, f.Note):
            continue
        pen.say(fact.person, at, fact.author, f.Retraction(reason="Filed under the wrong person."), retracts=fact.id)
        pen.say(right, at, fact.author, body)
