"""One site's years: who came, what happened to them, and what the record holds of it."""

from vwazen.clinical import facts as f
from vwazen.demo.journey import Journey
from vwazen.demo.kit import Kit
from vwazen.demo.lives import Life, Made
from vwazen.demo.local import Local
from vwazen.demo.people import People
from vwazen.demo.pen import Pen
from vwazen.demo.programme import Place, Plan, stream
from vwazen.demo.scenes import Scenes


def make(kit: Kit, plan: Plan, place: Place) -> Made:
    """Live one site's years. The same plan and place give the same facts."""
    calendar = plan.calendar()
    rng = stream(plan.seed, "site", place.code)
    here = [one for one in plan.workers if one.site == place.code]
    above = [one for one in plan.workers if place.path.startswith(_path(plan, one.site)) and one.site != place.code]
    local = Local(place, kit.rates, calendar, rng, here, above)
    pen = Pen(calendar, rng, place.code, kit.version)
    people = People(kit, local, pen)
    lives = [_in_care(people, local, day) for day in sorted(_starts(local, place.ever))]
    lives += [_others(people, local) for _ in range(place.registered - place.ever)]
    made = Made(place=place, facts=pen.facts, received=pen.received, lives=lives, local=local)
    _duplicates(people, made)
    if place.code == plan.clinics[0].code:
        made.scenes = Scenes(people, made).stage()
    return made


def _path(plan: Plan, code: str) -> str:
    return next(one.path for one in plan.places if one.code == code)


def _starts(local: Local, many: int) -> list[int]:
    """The days on which so many people come into care, more of them lately, and as the place's troubles have it."""
    rng, calendar = local.rng, local.calendar
    days: list[int] = []
    top = 3.0
    while len(days) < many:
        day = calendar.first + int(rng.random() * (calendar.today - calendar.first))
        if rng.random() * top < local.coming(day):
            days.append(day)
    return days


def _in_care(people: People, local: Local, start: int) -> Life:
    """Somebody who came into care on that day, from the registration to today."""
    rng, rates, pen, kit = local.rng, people.rates, people.pen, people.kit
    condition = people.condition()
    sex, age = people.sex_and_age(condition)
    known = start - (0 if rng.random() < 0.6 else int(rng.random() * 700))
    registered = people.register(max(known, local.calendar.first - 300), sex, age)
    person = people.life(registered, sex, age, condition, start)
    journey = Journey(kit, local, pen, person, condition, start, kit.diagnoses(rng, condition, sex, age)).run()
    life = Life(registered=registered, person=person, journeys=[journey])
    if rng.random() < rates.second_episode and age >= 18:
        other = "anxiety" if condition == "depression" else "depression"
        begin = max(start, journey.closed or start) + 60 + int(rng.random() * 500)
        if begin < min(local.calendar.today, person.died, person.moved):
            life.journeys.append(Journey(kit, local, pen, person, other, begin, before=journey).run())
    if person.death_told:
        day = min(person.died + 2 + int(rng.random() * 20), local.calendar.today - 1)
        cause = ("illness", "illness", "accident", "not known")[int(rng.random() * 4)]
        at = local.calendar.at(day, 600)
        gone = person.died - day
        author = local.worker(rng, day, "chw")
        pen.say(person.id, at + gone * 1440, author, f.Death(cause=cause), typed=-gone * 1440, date_only=True)
    if rng.random() < 0.05:
        pen.say(person.id, local.calendar.at(start, 620), local.worker(rng, start, "nurse"),
                f.Allergy(substance=("penicillin", "sulfa medicine", "groundnuts")[int(rng.random() * 3)]))  # fmt: skip
    return life


def _others(people: People, local: Local) -> Life:
    """Somebody registered who never came into care here; some were asked PHQ-9 when they came for something else."""
    rng, rates = local.rng, people.rates
    sex, age = people.sex_and_age()
    day = local.calendar.first + int(rng.random() * (local.calendar.today - local.calendar.first))
    registered = people.register(day, sex, age)
    life = Life(registered=registered, person=None, journeys=[])
    if age >= 18 and rng.random() < 0.08:
        life.screened = rng.gauss(*rates.attender_theta)
        body = people.kit.screen(rng, life.screened)
        if not people.kit.positive(body):
            at = local.calendar.at(day, 500 + int(rng.random() * 400))
            people.pen.say(registered.person, at + 20, registered.author, body)
    return life


def _duplicates(people: People, made: Made) -> None:
    """Some are registered twice; some of these are found and merged, and now and then the merge was wrong."""
    rng, local = people.rng, made.local
    for life in made.lives:
        if rng.random() > people.rates.duplicate:
            continue
        day = life.registered.day + 30 + int(rng.random() * 900)
        if day >= local.calendar.today - 20:
            continue
        twin = people.again(life.registered, day)
        life.twin = twin.person
        found = day + 10 + int(rng.random() * 200)
        if rng.random() < 0.55 and found < local.calendar.today - 5:
            author = local.worker(rng, found, "care_manager", "nurse")
            at = local.calendar.at(found, 700)
            merge = people.pen.say(twin.person, at, author, f.Merge(into=life.registered.person))
            if rng.random() < 0.06:
                people.pen.say(twin.person, at + 3000, author, f.Retraction(reason="Two sisters, not one person."), retracts=merge)
