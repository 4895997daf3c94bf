"""Set pieces: what is too rare to wait for in one clinic, yet must be on its lists and in its record.

Each scene is added to somebody of the first site, by the workers there, and is named in the truth file. So at any
size every kind of fact, every amendment and every merge occurs, and alarms run whose clocks differ.
"""

from collections.abc import Callable

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo import alarms, clinic_life, house_scenes, referral_scenes, slips, talk_scenes
from vwazen.demo.lives import Life, Made, Scene
from vwazen.demo.neighbours import House
from vwazen.demo.people import People
from vwazen.demo.register import old_register

_GROUPS = (
    alarms.alarms, alarms.signs, slips.corrections, slips.identities, slips.endings, slips.newcomers, slips.notes,
    slips.refused, clinic_life.clinic_life,
    referral_scenes.referrals,
)  # fmt: skip
_CROSSING = (
    house_scenes.hospital, house_scenes.long_stays, house_scenes.house, house_scenes.day_hospital, talk_scenes.missed,
    talk_scenes.waiting, talk_scenes.messages, talk_scenes.consent,
)  # fmt: skip


class Scenes:
    """Stages everything at one site."""

    def __init__(self, people: People, made: Made, house: House) -> None:
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
        there = self.local.around.hospital
        if there is None:
            raise ValueError("The first site's district has no hospital to stage the scenes in; give the plan one")
        self.hospital, self.hospital_name, self.house = there.code, there.name, house
        self.psychologist = self.local.physicians[0].id

    def _workers(self, role: str) -> tuple[str, str]:
        here = [one for one in self.made.local.workers if one.role == role and one.ends is None]
        here.sort(key=lambda one: "." in one.username)
        return here[0].id, here[-1].id

    def named(self, *usernames: str) -> list[str]:
        """The ids of those with a sign-in, in that order."""
        local = self.local
        known = {one.username: one.id for one in (
            *local.workers, *local.specialists, *local.physicians, *local.supervisors
        )}  # fmt: skip
        return [known[one] for one in usernames]

    def on_ward(self, life: Life, ago: int, body: f.AnyBody) -> str:
        """A fact that a nurse of the hospital wrote there, so many minutes ago."""
        nurse = self.local.around.ward[0].id
        return self.pen.elsewhere(self.hospital).say(life.registered.person, self.now - ago, nurse, body)

    def stage(self) -> list[Scene]:
        """All of them, in a fixed order."""
        for group in _GROUPS:
            for scene in group(self):
                self.staged.append(scene)
        self.staged += old_register(self)
        for group in _CROSSING:  # after all others, whose random numbers these leave as they were
            self.staged += group(self)
        return self.staged

    def take(self, *conditions: str, many: int = 1, fit: Callable[[Life], bool] | None = None) -> list[Life]:
        """Open, living, not yet used people with one of these conditions, without an open risk; newest first."""
        found = self.some(*conditions, many=many, fit=fit)
        self.used |= {life.registered.person for life in found}
        if len(found) < many:
            raise ValueError(
                f"too few people in care with {', '.join(conditions)} to stage every scene; take a larger size"
            )
        return found

    def some(self, *conditions: str, many: int = 1, fit: Callable[[Life], bool] | None = None) -> list[Life]:
        """Whom `take` would take: at most so many, and nobody is taken yet."""
        found: list[Life] = []
        for life in reversed(self.made.lives):
            if not life.journeys or life.registered.person in self.used or (fit and not fit(life)):
                continue
            one = life.journeys[0]
            alive = life.person is not None and life.person.died > self.today and life.person.moved > self.today
            here = one.lost_from is None or one.day > one.lost_from  # back again
            followed = one.closed is None and here and not one.danger.open and one.contacts >= 3
            if alive and followed and one.condition in conditions:
                found.append(life)
                if len(found) == many:
                    break
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
        """Minutes from that hour so many days ago until now; at least a quarter of an hour.

        A Sunday's working hours lie on the Saturday before, in the afternoon, so that the order of days is kept.
        """
        day = self.today - days
        if day % 7 == 0 and hour < 16:
            day, hour = day - 1, hour + 4
        return max(15, self.now - self.local.calendar.at(day, hour * 60))

    def scene(self, name: str, people: list[str]) -> Scene:
        """A scene with people who have no life of their own here."""
        return Scene(name, tuple(people))

    def answers(self, total_of_each: float, ninth: int) -> f.Response:
        """PHQ-9 with its ninth item as given."""
        body = self.kit.screen(self.rng, total_of_each)
        return msgspec.structs.replace(body, answers=body.answers | {"9": float(ninth)}, private=True)
