"""Set pieces: what is too rare to wait for in one clinic, yet must be on its lists and in its record.

Each scene is added to somebody of the first site, by the workers there, and is named in the truth file. So at any
size every kind of fact, every amendment and every merge occurs, and alarms run whose clocks differ.
"""

from collections.abc import Callable, Iterator

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Made, Scene
from vwazen.demo.people import People
from vwazen.demo.register import old_register

DAY = 1440


class Scenes:
    """Stages everything at one site."""

    def __init__(self, people: People, made: Made) -> None:
        self.people, self.made, self.pen, self.rng = people, made, people.pen, people.rng
        self.local, self.kit = made.local, people.kit
        self.now = self.local.calendar.now
        self.today = self.local.calendar.today
        self.used: set[str] = set()
        self.staged: list[Scene] = []
        self.nurse, self.second = self._workers("nurse")
        self.keeper = self._workers("care_manager")[0]
        self.walker = self._workers("chw")[0]
        self.counsellor = self._workers("social_worker")[0]
        self.specialist = self.local.specialists[0].id
        self.psychologist = self.local.physicians[0].id

    def _workers(self, role: str) -> tuple[str, str]:
        here = [one for one in self.made.local.workers if one.role == role and one.ends is None]
        here.sort(key=lambda one: "." in one.username)
        return here[0].id, here[-1].id

    def stage(self) -> list[Scene]:
        """All of them, in a fixed order."""
        for group in (_alarms, _signs, _corrections, _identities, _endings, _newcomers, _notes, _refused):
            for scene in group(self):
                self.staged.append(scene)
        self.staged += old_register(self)
        return self.staged

    def take(self, *conditions: str, many: int = 1, fit: Callable[[Life], bool] | None = None) -> list[Life]:
        """Open, living, not yet used people with one of these conditions, without an open risk; newest first."""
        found = []
        for life in reversed(self.made.lives):
            if not life.journeys or life.registered.person in self.used or (fit and not fit(life)):
                continue
            one = life.journeys[0]
            alive = life.person is not None and life.person.died > self.today and life.person.moved > self.today
            if alive and one.condition in conditions and one.closed is None and not one.danger.open and not one.lost_from:
                found.append(life)
                if len(found) == many:
                    break
        self.used |= {life.registered.person for life in found}
        if len(found) < many:
            raise ValueError(f"too few people in care with {', '.join(conditions)} to stage every scene; take a larger size")
        return found

    def others(self, many: int, adults: bool = False) -> list[Life]:
        """Registered people who never came into care."""
        found = []
        for life in reversed(self.made.lives):
            if life.journeys or life.twin or life.registered.person in self.used:
                continue
            born = life.registered.body.born[:4]
            if life.registered.day < self.today - 60 and (not adults or (born and 1950 < int(born) < 2000)):
                found.append(life)
            if len(found) == many:
                break
        self.used |= {life.registered.person for life in found}
        return found

    def say(self, life: Life, ago: int, author: str, body: f.AnyBody, **more: object) -> str:
        """A fact about somebody, so many minutes ago."""
        return self.pen.say(life.registered.person, self.now - ago, author, body, **more)  # type: ignore[arg-type]

    def hours(self, days: int, hour: int = 10) -> int:
        """Minutes from that hour so many days ago until now; at least a quarter of an hour."""
        return max(15, self.now - self.local.calendar.at(self.today - days, hour * 60))

    def scene(self, name: str, people: list[str]) -> Scene:
        """A scene with people who have no life of their own here."""
        return Scene(name, tuple(people))

    def answers(self, total_of_each: float, ninth: int) -> f.Response:
        """PHQ-9 with its ninth item as given."""
        body = self.kit.screen(self.rng, total_of_each)
        return msgspec.structs.replace(body, answers=body.answers | {"9": float(ninth)}, private=True)


Staged = Iterator[Scene]


def _scene(name: str, *lives: Life) -> Scene:
    return Scene(name, tuple(life.registered.person for life in lives))


def _alarms(at: Scenes) -> Staged:
    """Open risks with different clocks: minutes, last evening, days, overdue."""
    lives = at.take("depression", "anxiety", many=7)
    fresh, evening, told, act, overdue, quiet, yesterday = lives
    risk = at.say(fresh, 24, at.nurse, at.answers(2.4, 3))
    at.say(fresh, 14, at.nurse, f.Assessment(risk=risk, private="yes", intent="yes", plan="yes", means="yes", recent_act="no",
           poisoning="no", staying="the nurse, in room 2", done=("stayed", "means removed")))  # fmt: skip
    at.say(fresh, 12, at.nurse, f.Call(risk=risk, called=at.nurse))
    yield _scene("alarm nobody has taken on yet", fresh)

    risk = at.say(evening, 17 * 60, at.keeper, at.answers(2.1, 2))
    body = f.Assessment(risk=risk, private="yes", intent="yes", plan="no", means="no", recent_act="no", staying="her sister")
    at.say(evening, 17 * 60 - 12, at.keeper, body)
    at.say(evening, 17 * 60 - 13, at.keeper, f.Call(risk=risk, called=at.nurse))
    at.say(evening, 17 * 60 - 19, at.nurse, f.Acknowledged(risk=risk))
    at.say(evening, 17 * 60 - 40, at.nurse, f.ViolenceCheck(risk=risk, afraid_at_home="no", family_may_be_called="yes"))
    plan = f.SafetyPlan(signs="lies awake", helps="sits with the sister", people="the sister", call="the nurse on call",
                        means="tablets kept by the mother", copy_given=True, risk=risk)  # fmt: skip
    first = at.say(evening, 17 * 60 - 50, at.nurse, plan)
    for author, means in ((at.keeper, "tablets kept by the sister"), (at.walker, "pesticide taken to the neighbour")):
        rival = msgspec.structs.replace(plan, means=means)
        at.say(evening, 15 * 60 - (author == at.walker) * 50, author, rival, amends=first)
    yield _scene("alarm taken on, and two people amended the safety plan unknown to each other", evening)

    at.say(told, 150, at.walker, f.Concern(trigger="told", text=at.kit.pick(at.rng, "told")), device="phone", late=40)
    yield _scene("somebody told the CHW; nobody has asked yet", told)

    ago = at.hours(16)
    risk = at.say(act, ago, at.nurse, f.Concern(trigger="worker", text="Bandaged wrist; says it was the sickle."))
    day = at.local.calendar.text[at.today - 18]
    at.say(act, ago - 20, at.nurse, f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="yes", recent_act_on=day))
    at.say(act, ago - 22, at.nurse, f.Call(risk=risk, called=at.keeper))
    at.say(act, ago - 31, at.keeper, f.Acknowledged(risk=risk))
    for back in (14, 8, 2):
        seen = f.Encounter(mode="home", minutes=20, risk=risk, next=at.local.calendar.text[at.today - back + 7])
        at.say(act, at.hours(back), at.walker, seen)
    yield _scene("an act within ninety days, followed", act)

    risk = at.say(overdue, at.hours(9), at.nurse, at.answers(1.8, 1))
    at.say(overdue, at.hours(9) - 20, at.nurse, f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="no"))
    yield _scene("the first safety contact is overdue", overdue)

    risk = at.say(quiet, at.hours(4), at.second, at.answers(1.5, 1))
    at.say(quiet, at.hours(4) - 15, at.second, f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="no"))
    seen = f.Encounter(mode="phone", minutes=10, risk=risk, next=at.local.calendar.text[at.today + 4])
    at.say(quiet, at.hours(2), at.second, seen)
    yield _scene("a risk followed as planned", quiet)

    at.say(yesterday, at.hours(1, 16), at.keeper, at.answers(1.6, 1))
    yield _scene("a positive answer of yesterday that nobody has asked about", yesterday)

    (poisoned,) = at.take("self-harm", "depression", "bipolar")
    risk = at.say(poisoned, at.hours(1, 19), at.walker, f.Concern(trigger="told", text=at.kit.pick(at.rng, "told")))
    at.say(poisoned, at.hours(1, 19) - 10, at.walker, f.Assessment(risk=risk, poisoning="yes", done=("taken to hospital",)))
    at.say(poisoned, at.hours(1, 19) - 12, at.walker, f.Call(risk=risk, called=at.nurse))
    at.say(poisoned, at.hours(1, 19) - 15, at.nurse, f.Acknowledged(risk=risk))
    at.say(poisoned, at.hours(1, 20) - 25, at.nurse, f.Hospital(event="emergency", note="District hospital, by motorcycle."))
    yield _scene("something swallowed", poisoned)


def _signs(at: Scenes) -> Staged:
    """Each danger sign once, of late."""
    found = {
        "status_epilepticus": ("epilepsy", 2), "toxicity": ("bipolar", 4), "mania": ("bipolar", 10),
        "acute_psychosis": ("psychosis", 5), "postpartum_red_flag": ("depression", 3),
    }  # fmt: skip
    for sign, (condition, days) in found.items():
        def fit(life: Life, sign: str = sign) -> bool:
            person = life.person
            return sign != "postpartum_red_flag" or (person is not None and person.sex == "female" and person.age < 40)

        (life,) = at.take(condition, fit=fit)
        at.say(life, at.hours(days, 11), at.nurse, f.Sign(sign=sign, present=True))  # type: ignore[arg-type]
        if sign == "status_epilepticus":
            at.say(life, at.hours(days, 13), at.nurse, f.Hospital(event="admitted", note="District hospital."))
        yield _scene(f"danger sign: {sign}", life)


def _corrections(at: Scenes) -> Staged:
    """Amendments: one, a chain, rivals; retractions, and a retraction of a retraction; answers that contradict."""
    chain, rivals, undone, twice, answered = at.take("depression", "anxiety", "epilepsy", many=5)
    body = chain.registered.body
    second = at.say(chain, at.hours(20), at.nurse, msgspec.structs.replace(body, phone="+000 555 0199"), amends=chain.registered.person)
    third = msgspec.structs.replace(body, phone="+000 555 0199", place=at.people.villages[0], chosen_name="Mama Zo")
    at.say(chain, at.hours(6), at.walker, third, amends=second)
    yield _scene("a registration amended twice, one amendment upon the other", chain)

    visit = f.Encounter(mode="clinic", minutes=20, next=at.local.calendar.text[at.today + 20])
    first = at.say(rivals, at.hours(8), at.nurse, visit)
    for author, minutes in ((at.nurse, 30), (at.keeper, 25)):
        at.say(rivals, at.hours(8), author, msgspec.structs.replace(visit, minutes=minutes), amends=first, typed=2 * DAY)
    yield _scene("two rival amendments of one visit", rivals)

    note = at.say(undone, at.hours(12), at.nurse, f.Note(text="Sleeps four hours; the goats were stolen."))
    gone = at.say(undone, at.hours(11), at.nurse, f.Retraction(reason="Thought it was about somebody else."), retracts=note)
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


def _identities(at: Scenes) -> Staged:
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
    name = at.kit.names.person(at.rng, "female")
    other = msgspec.structs.replace(conflict.registered.body, name=name)
    at.say(conflict, at.hours(15), at.walker, other, device="phone-a")
    yield _scene("one registration told two ways", conflict)


def _endings(at: Scenes) -> Staged:
    """A death told in error, a closing taken back, consent withdrawn, a person handed to another worker, orphans."""
    alive, back, refuses, handed = at.take("depression", "epilepsy", "psychosis", many=4)
    death = at.say(alive, at.hours(9), at.walker, f.Death(cause="not known"))
    at.say(alive, at.hours(6), at.nurse, f.Retraction(reason="It was the uncle of the same name who died."), retracts=death)
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


def _newcomers(at: Scenes) -> Staged:
    """Enrolled three weeks ago with a high score, and no specialist has heard of them."""
    new = at.others(2, adults=True)
    for life in new:
        form = at.kit.screen(at.rng, 1.9)
        form = msgspec.structs.replace(form, answers=dict.fromkeys(form.answers, 2.0) | {"8": 1.0, "9": 0.0})
        at.say(life, at.hours(20) + 6, at.nurse, form)
        at.say(life, at.hours(20), at.nurse, f.Diagnosis(text="Depression"))
        body = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=at.keeper)
        at.say(life, at.hours(20), at.nurse, body)
        at.say(life, at.hours(20), at.nurse, f.Encounter(mode="clinic", minutes=50, next=at.local.calendar.text[at.today - 5]))
    yield _scene("three weeks in care with 17 points, never reviewed", *new)


def _notes(at: Scenes) -> Staged:
    """A note filed under the wrong person and put right; notes that only some may read; a question about each."""
    wrong, right, therapy = at.take("depression", "anxiety", many=3)
    text = "Came with her husband. The baby sleeps; she does not. Agreed on a nap when the mother-in-law is there."
    note = at.say(wrong, at.hours(4, 9), at.nurse, f.Note(text=text))
    at.say(wrong, at.hours(3, 15), at.nurse, f.Retraction(reason="Filed under the wrong person."), retracts=note)
    at.say(right, at.hours(3, 15), at.nurse, f.Note(text=text))
    yield _scene("a note filed under the wrong person, and put right", wrong, right)
    at.say(therapy, at.hours(8), at.psychologist, f.Note(text="Spoke of the year of the flood for the first time.", segment="therapy-notes"))
    at.say(therapy, at.hours(8) - 20, at.psychologist, f.Note(text="Takes HIV treatment at the district hospital.", segment="hiv"))
    yield _scene("notes that few may read", therapy)
    many = at.take("depression", "epilepsy", "psychosis", "bipolar", many=3)
    for days, life in zip((1, 6, 13), many, strict=True):
        at.say(life, at.hours(days), at.nurse, f.Question(text=at.kit.pick(at.rng, "asked")))
    yield _scene("questions that wait", *many)


def _refused(at: Scenes) -> Staged:
    """What the record's door will not take and keeps for a person: a date to come, an id with other words."""
    (life,) = at.take("epilepsy", "psychosis")
    told = at.say(life, at.hours(3), at.walker, f.Encounter(mode="home", minutes=40), device="phone-d")
    fact = next(one for one in reversed(at.made.facts) if one.id == told)
    ahead = at.local.calendar.local(at.now + 9 * DAY)
    tomorrow = msgspec.structs.replace(fact, id=at.pen.id(at.now - 50), occurred=ahead, recorded=at.local.calendar.stamp(at.now - 50))
    other = msgspec.structs.replace(fact, body=f.Encounter(mode="phone", minutes=5))
    at.made.refused += [tomorrow, other]
    yield _scene("a phone whose clock is nine days ahead, and an id that came with other words", life)
