"""One small named world, built through the actions themselves. Everyone in it is invented.

ht                          Administrator Ada (administrator)   Manager Max (programme_manager)
└─ centre                   Supervisor Sue (supervisor)         Psychiatrist Pia (psychiatrist, 60 min a week)
   ├─ bel-dlo               Nurse Nia (nurse)   Keeper Kai (care_manager)   Walker Wim (chw)
   │                        Psychologist Psy    Officer Ola (me_officer)
   └─ savann                Outsider Otto (nurse): works elsewhere, sees nobody of Bèl Dlo

At Bèl Dlo: Ann Start, just registered · Ben Course, enrolled, 18 -> 17 -> 14 -> 16 · Cid Danger, a positive
safety answer today · Dan Remit, 15 -> 3 · Eve Below, started at 7 · Fay Gone, died.
"""

import datetime as dt
from functools import cache

import msgspec
from django.contrib.auth.hashers import make_password

from tests.live import PASSWORD
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care.visit import Visit, record_visit
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import append, make_fact


@cache
def _hashed() -> str:
    """Argon2 is slow on purpose; once a run is enough."""
    return make_password(PASSWORD)


class World(msgspec.Struct):
    """Sites by code, workers and persons by first name."""

    sites: dict[str, Site]
    workers: dict[str, Worker]
    people: dict[str, str]

    def __getattr__(self, name: str) -> Worker:
        if name not in self.workers:
            raise AttributeError(name)
        return self.workers[name]


def day(ago: int) -> str:
    """The date so many days before today."""
    return (clock.today() - dt.timedelta(days=ago)).isoformat()


def phq9(total: int, ninth: int = 0) -> dict[str, float]:
    """Answers with this total, the ninth item given."""
    answers = {str(item): 0.0 for item in range(1, 9)}
    left = total - ninth
    for item in list(answers):
        answers[item] = float(min(3, left))
        left -= min(3, left)
    return answers | {"9": float(ninth)}


_SITES = (
    ("ht", "Ayiti (invented)", "country", None),
    ("centre", "Santral", "district", "ht"),
    ("bel-dlo", "Bèl Dlo", "health_centre", "centre"),
    ("savann", "Savann Wòch", "health_centre", "centre"),
)
_WORKERS = (
    ("max", "Manager Max", "programme_manager", "ht"),
    ("sue", "Supervisor Sue", "supervisor", "centre"),
    ("pia", "Psychiatrist Pia", "psychiatrist", "centre"),
    ("nia", "Nurse Nia", "nurse", "bel-dlo"),
    ("kai", "Keeper Kai", "care_manager", "bel-dlo"),
    ("wim", "Walker Wim", "chw", "bel-dlo"),
    ("psy", "Psychologist Psy", "psychologist", "bel-dlo"),
    ("ola", "Officer Ola", "me_officer", "bel-dlo"),
    ("otto", "Outsider Otto", "nurse", "savann"),
)


def build_organisation() -> World:
    """Sites and workers; every password is `PASSWORD`."""
    ada = Worker(username="ada", name="Administrator Ada")
    ada.password = _hashed()
    ada.save()
    sites: dict[str, Site] = {}
    root = Site(code="ht", name=_SITES[0][1], kind="country", path="ht/")
    root.save()
    sites["ht"] = root
    Post(worker=ada, role="administrator", site=root, starts=dt.date(2020, 1, 1)).save()
    for code, name, kind, parent in _SITES[1:]:
        sites[code] = organisation.add_site(by=ada, code=code, name=name, kind=kind, parent=sites[parent or "ht"])
    workers = {"ada": ada}
    for username, name, role, site in _WORKERS:
        one = Worker(username=username, name=name, minutes_per_week=60 if role == "psychiatrist" else None)
        one.password = _hashed()
        one.save()
        Post(worker=one, role=role, site=sites[site], starts=dt.date(2020, 1, 1)).save()
        workers[username] = one
    return World(sites, workers, {})


def build() -> World:
    """The whole world of the docstring."""
    world = build_organisation()
    nia, kai = world.workers["nia"], str(world.workers["kai"].pk)
    names = {"ann": "Ann Start", "ben": "Ben Course", "cid": "Cid Danger", "dan": "Dan Remit", "eve": "Eve Below",
             "fay": "Fay Gone"}  # fmt: skip
    for short, name in names.items():
        world.people[short] = care.register(by=nia, site="bel-dlo", name=name, born="1985", place="Nan Mango")
    for short in ("ben", "cid", "dan", "eve"):
        care.enrol(by=nia, person=world.people[short], protocol="collaborative-care", condition="depression",
                   owner=kai, occurred=day(65))  # fmt: skip
    for short, scores in {
        "ben": ((65, 18), (51, 17), (37, 14), (2, 16)), "dan": ((65, 15), (30, 8), (2, 3)), "eve": ((65, 7), (2, 4)),
        "cid": ((65, 17),),
    }.items():  # fmt: skip
        for ago, total in scores:
            answer(world, short, total, ago)
    care.answer(by=nia, person=world.people["cid"], instrument="phq-9", answers=phq9(15, ninth=1))
    care.died(by=nia, person=world.people["fay"], on=day(3), cause="illness")
    return world


def answer(world: World, who: str, total: int, ago: int, ninth: int = 0) -> None:
    """A PHQ-9 given by the nurse so many days ago."""
    care.answer(by=world.workers["nia"], person=world.people[who], instrument="phq-9",
                answers=phq9(total, ninth), occurred=day(ago))  # fmt: skip


def seen(world: World, who: str, by: str, *, next_date: str = "", ago: int = 0) -> None:
    """A visit at the clinic so many days ago, with the next date that was agreed."""
    visit = Visit(mode="clinic", next_date=next_date, occurred=day(ago) if ago else "")
    record_visit(by=world.workers[by], person=world.people[who], visit=visit)


def say(world: World, who: str, by: str, body: f.AnyBody, ago: int = 0) -> f.Fact:
    """A fact straight through the record's door, for what no action covers."""
    fact = make_fact(by=world.workers[by], person=world.people[who], site="bel-dlo", body=body,
                     occurred=day(ago) if ago else "")  # fmt: skip
    append([fact])
    return fact
