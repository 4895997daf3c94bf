"""After a catastrophe: people registered in a hurry, the first help they had, and who of them was known already."""

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Made
from vwazen.demo.neighbours import Disaster
from vwazen.demo.people import People, Registered
from vwazen.demo.programme import workday

_LEAST = 8
_NEEDS = ("shelter", "food", "family", "medicine", "injury", "information", "safety")
_LINKED = ("family", "shelter", "clinic", "aid", "elders")


def first_help(people: People, made: Made, disaster: Disaster) -> None:
    """Some are new to the programme; a third are known already, are registered a second time, and mostly found."""
    rng, calendar, local = people.rng, made.local.calendar, made.local
    staged = {one for scene in made.scenes for one in scene.people}
    known = [one for one in made.lives if not (one.journeys or one.twin or one.registered.person in staged)]
    known = [one for one in known if one.registered.day < disaster.starts and not one.illness]
    for number in range(max(_LEAST, round(people.rates.first_help * made.place.registered))):
        day = workday(disaster.starts + 1 + int(rng.random() * max(1, min(disaster.ended - disaster.starts, 28) - 8)))
        if number % 3 == 0 and known:
            life = known.pop(int(rng.random() * len(known)))
            person = people.again(life.registered, day)
            life.twin = person.person
            found = workday(day + 20 + int(rng.random() * 60))
            if rng.random() < 0.8:
                life.merged = True
                author, at = local.worker(rng, found, "care_manager", "nurse"), calendar.at(found, 690)
                people.pen.say(person.person, at, author, f.Merge(into=life.registered.person))
        else:
            person = people.register(day, *people.sex_and_age())
            made.lives.append(Life(registered=person, person=None, journeys=[]))
        _helped(people, made, person, disaster.name)
        made.helped.append(person.person)


def _helped(people: People, made: Made, one: Registered, event: str) -> None:
    """What was seen, heard and done in a quarter of an hour."""
    rng, calendar = people.rng, made.local.calendar
    again = rng.random() < 0.2
    answers = {
        "event": event, "alone": "yes" if rng.random() < 0.08 else "no", "danger": "no",
        "needs": tuple(sorted(rng.sample(_NEEDS, 1 + int(rng.random() * 3)))),
        "upset": "yes" if rng.random() < 0.15 else "no",
        "linked": tuple(rng.sample(_LINKED, 1 + int(rng.random() * 2))),
        "again": "yes" if again else "no",
    }  # fmt: skip
    at = calendar.at(one.day, 985 + int(rng.random() * 60))
    people.pen.say(one.person, at, one.author, f.Encounter(mode="home", minutes=15), device="phone")
    body = f.Findings(form="first-aid", version=1, answers=answers, segment="general")  # type: ignore[arg-type]
    people.pen.say(one.person, at + 2, one.author, body, device="phone")
    if again:
        day = workday(one.day + 14)
        decided = f.Triage(decision="not_needed", reason="Asked again; sleeps, and the house has a roof.")
        author = made.local.worker(rng, day, "nurse", "care_manager")
        people.pen.say(one.person, calendar.at(day, 600), author, decided)
