"""One site's years: who came, what happened to them, and what the record holds of it."""

from vwazen.clinical import facts as f
from vwazen.demo import referring
from vwazen.demo.births import births
from vwazen.demo.directory import directory
from vwazen.demo.flood import first_help
from vwazen.demo.journey import Journey
from vwazen.demo.kit import Kit
from vwazen.demo.lives import Life, Made
from vwazen.demo.local import Around, Local
from vwazen.demo.mess import duplicates, wrong_people
from vwazen.demo.pen import Calendar, Pen
from vwazen.demo.people import People
from vwazen.demo.programme import Place, Plan, saturday, stream, workday
from vwazen.demo.scenes import Scenes

_STAGE = 40  # registered people kept at hand for scenes


def local_of(kit: Kit, plan: Plan, place: Place, calendar: Calendar) -> Local:
    """A site's own circumstances, the same for whoever asks: another site's people may move there."""
    above = [one for site in plan.above(place) for one in plan.staff(site)]
    hospital = plan.hospital(place)
    around = Around(
        stream(plan.seed, "around", place.code), hospital, plan.staff(hospital.code) if hospital else (),
        [one for one in plan.outsiders if one.site == place.code], plan.clinics.index(place),
    )  # fmt: skip
    rng = stream(plan.seed, "local", place.code)
    return Local(place, kit.rates, calendar, rng, plan.staff(place.code), above, around)


def make(kit: Kit, plan: Plan, place: Place) -> Made:
    """Live one site's years. The same plan and place give the same facts."""
    calendar = plan.calendar()
    rng = stream(plan.seed, "site", place.code)
    local = local_of(kit, plan, place, calendar)
    pen = Pen(calendar, rng, place.code, kit.version, plan.clinics.index(place))
    people = People(kit, local, pen)
    first = place.code == plan.clinics[0].code
    lives = [_in_care(people, local, day) for day in sorted(_starts(people, local, place.ever))]
    others = place.registered - place.ever
    screened, twice = (round(others * share) for share in (kit.rates.screened[plan.size], kit.rates.duplicate))
    lives += [_screened(people, local) for _ in range(screened)]
    plain = [_registered(people, local) for _ in range(twice + _STAGE * first)]
    lives += plain
    made = Made(
        place=place, pen=pen, lives=lives, local=local,
        directory=directory(people, local, others - screened - len(plain)),
    )  # fmt: skip
    _transfers(kit, plan, made)
    duplicates(people, made, plain[:twice])
    wrong_people(people, made)
    if first:
        made.scenes = Scenes(people, made, plan.house).stage()
    for disaster in plan.disasters:
        if disaster.site in (place.code, place.parent):
            first_help(people, made, disaster)
    return made


def _starts(people: People, local: Local, many: int) -> list[int]:
    """The days on which so many people come into care, as the years, the season and the place's troubles have it."""
    rng, calendar = people.rng, local.calendar
    days: list[int] = []
    while len(days) < many:
        day = calendar.first + int(rng.random() * (calendar.today - calendar.first))
        if rng.random() * 3 < local.coming(day) and (not saturday(day) or rng.random() < 0.3):
            days.append(day)
    return days


def _in_care(people: People, local: Local, start: int) -> Life:
    """Somebody who came into care on that day, from the registration to today."""
    rng, rates, pen, kit = people.rng, people.rates, people.pen, people.kit
    condition = people.condition()
    sex, age = people.sex_and_age(condition)
    known = start - (0 if rng.random() < 0.6 else int(rng.random() * 700))
    registered = people.register(workday(max(known, local.calendar.first - 300)), sex, age, care=True)
    person = people.life(registered, sex, age, condition, start)
    diagnoses = kit.diagnoses(rng, condition, sex, age)
    today = local.calendar.today
    person.births = births(rng, rates, sex=sex, age=age, start=start, today=today, diagnosis=diagnoses[0])
    person.hiv = age >= 15 and rng.random() < rates.comorbid["hiv"]
    journey = Journey(kit, local, pen, person, condition, start, diagnoses).run()
    referring.came(journey, registered.day)
    life = Life(registered=registered, person=person, journeys=[journey])
    if rng.random() < rates.second_episode and age >= 18:
        other = "anxiety" if condition == "depression" else "depression"
        begin = workday(max(start, journey.closed or start) + 60 + int(rng.random() * 500))
        if begin < journey.until:
            life.journeys.append(Journey(kit, local, pen, person, other, begin, before=journey).run())
    if person.death_told:
        _death(people, local, life)
    if rng.random() < 0.05:
        substance = ("penicillin", "sulfa medicine", "groundnuts")[int(rng.random() * 3)]
        pen.say(
            person.id, local.calendar.at(start, 620), local.worker(rng, start, "nurse"), f.Allergy(substance=substance)
        )
    if person.hiv:
        note = f.Note(text="Takes HIV treatment; last visit to that clinic as planned.", segment="hiv")
        pen.say(person.id, local.calendar.at(start, 640), local.worker(rng, start, "nurse"), note)
    return life


def _death(people: People, local: Local, life: Life) -> None:
    """The record hears of a death some days later, mostly from the CHW."""
    rng, person = people.rng, life.person
    if person is None:
        return
    day = workday(min(person.died + 2 + int(rng.random() * 20), local.calendar.today - 1))
    cause = ("illness", "illness", "accident", "not known")[int(rng.random() * 4)]
    at, later = local.calendar.at(person.died, 600), (day - person.died) * 1440
    author = local.worker(rng, day, "chw")
    last = life.journeys[-1]
    if last.closed is None and last.planned < day and last.aside.rng.random() < people.rates.death_found:
        told = f.Trace(missed=local.calendar.text[last.planned], mode="home", found="died")
        last.aside.say(person.id, local.calendar.at(day, 660), author, told)
        last.traced["died"] += 1
    people.pen.say(person.id, at, author, f.Death(cause=cause), typed=max(0, later), date_only=True)
    _death_reviewed(people, local, life, day, cause)


def _death_reviewed(people: People, local: Local, life: Life, day: int, cause: str) -> None:
    """What the team learns from it, at a meeting some weeks after they heard; of the newest nobody has spoken yet."""
    journey = life.journeys[0]
    rng, kit, who = journey.aside.rng, people.kit, journey.who
    met = workday(day + 12 + int(rng.random() * 50))
    if rng.random() > people.rates.death_reviewed or met >= local.calendar.today:
        return
    harmed = any(one > life.journeys[-1].until - 120 for one in journey.harms)
    review = f.DeathReview(
        cause=kit.pick(rng, f"died_of_{cause.replace(' ', '_')}", who), told_by=kit.pick(rng, "told_by", who),
        suicide="not_known" if cause == "not known" else "possible" if harmed and cause == "accident" else "no",
        care=kit.pick(rng, "care_before_death", who), lessons=kit.pick(rng, "learnt", who),
    )  # fmt: skip
    by = local.worker(rng, met, "care_manager", "nurse")
    journey.aside.say(journey.person.id, local.calendar.at(met, 600 + int(rng.random() * 200)), by, review)
    life.reviewed = met


def _registered(people: People, local: Local) -> Life:
    """Somebody who was registered on some day of these years."""
    rng, calendar = people.rng, local.calendar
    sex, age = people.sex_and_age()
    day = workday(calendar.first + int(rng.random() * (calendar.today - calendar.first)))
    return Life(registered=people.register(day, sex, age), person=None, journeys=[], illness=people.illness(sex, age))


def _screened(people: People, local: Local) -> Life:
    """An adult who came for something else and was asked PHQ-9; whoever is above the line was seen, and declined or
    had no disorder. A positive safety answer was asked about and closed."""
    rng, rates, pen, kit = people.rng, people.rates, people.pen, people.kit
    sex, age = people.sex_and_age()
    while age < 18:
        sex, age = people.sex_and_age()
    calendar = local.calendar
    day = workday(calendar.first + int(rng.random() * (calendar.today - calendar.first - 40)))
    life = Life(
        registered=people.register(day, sex, age), person=None, journeys=[], screened=rng.gauss(*rates.attender_theta)
    )
    ill = people.illness(sex, age)
    if (life.screened or 0.0) > rates.attender_ill_theta:
        life.illness = "depression"
    elif ill != "depression":
        life.illness = ill
    person, author, at = life.registered.person, life.registered.author, calendar.at(day, 500 + int(rng.random() * 400))
    body = kit.screen(rng, life.screened or 0.0, life.registered.body.language)
    response = pen.say(person, at, author, body)
    detected = rng.random() < local.detection(day)
    if sum(body.answers.values()) >= 10 and detected:
        text = "Screened above the line; talked with the nurse. " + kit.pick(rng, "declined")
        pen.say(person, at + 20, author, f.Note(text=text))
    if kit.positive(body):
        told = f.Assessment(risk=response, private="yes", intent="no", plan="no", recent_act="no", done=("listened",))
        pen.say(person, at + 10, author, told)
        seen = calendar.at(workday(day + 2), 540)
        pen.say(person, seen, author, f.Encounter(mode="phone", minutes=10, risk=response))
        pen.say(person, seen + 5, author, f.RiskClosed(risk=response, reason=kit.pick(rng, "closed_soon")))
    return life


def _transfers(kit: Kit, plan: Plan, made: Made) -> None:
    """Some who move go on with care at the next centre of the district: one id, facts of two sites."""
    rng = made.pen.rng
    near = [one for one in plan.clinics if one.parent == made.place.parent and one.code != made.place.code]
    if not near:
        return
    place = near[int(rng.random() * len(near))]
    there = local_of(kit, plan, place, plan.calendar())
    for life in made.lives:
        last = life.journeys[-1] if life.journeys else None
        if last is None or last.outcome != "moved" or life.person is None or rng.random() > kit.rates.transferred:
            continue
        start = workday((last.closed or 0) + 10 + int(rng.random() * 60))
        if start < min(there.calendar.today, life.person.died):
            life.person.moved = last.person.moved = 10**9
            pen = made.pen.elsewhere(place.code)
            journey = Journey(kit, there, pen, life.person, last.condition, start, last.diagnoses, last)
            life.journeys.append(journey.run())
