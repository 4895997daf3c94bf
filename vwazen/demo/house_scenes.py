"""Scenes away from home: a ward, a prison, a long stay's way home, a protected home, a day hospital."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene
from vwazen.demo.pen import OFFSET
from vwazen.demo.programme import saturday, workday

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes

_RIGHTS = ("complain", "key", "leave", "money", "privacy", "treatment", "visitors")
_AREAS = ("washing", "cooking", "house", "medicines", "money", "going_out", "people", "work")
_ANY = ("psychosis", "bipolar", "epilepsy", "depression", "anxiety")
_DAYS = 28  # of attendance that are staged


def _scene(name: str, *lives: Life) -> Scene:
    return Scene(name, tuple(life.registered.person for life in lives))


def hospital(at: "Scenes") -> Iterator[Scene]:
    """In, on leave and not back, home and reached, home and not reached, home without a plan, back from a prison."""

    def away(life: Life) -> bool:
        return all(one.day < at.today - 12 for one in life.journeys)

    lying, leave, reached, unreached, lacking, jailed = at.take(*_ANY, many=6, fit=away)
    text = at.local.calendar.text
    common: dict[str, Any] = {"where": "hospital", "facility": at.hospital, "place": at.hospital_name}

    def admitted(life: Life, days: int, reason: str, bed: str) -> str:
        body = f.Stay(**common, event="admitted", reason=reason, unit=bed)
        return at.on_ward(life, at.hours(days, 15), body)

    admitted(lying, 2, "Ran from the house at night", "A, bed 4")
    yield _scene("in hospital, and the team at home has not read it yet", lying)

    first = admitted(leave, 11, "Did not eat or drink for days", "B, bed 2")
    at.say(leave, at.hours(10, 9), at.nurse, f.Noted(fact=first, outcome="Rang the ward and told the family."))
    at.on_ward(leave, at.hours(4, 11), f.Stay(**common, event="leave", stay=first, next=text[at.today - 1]))
    yield _scene("on leave, and not back on the day agreed", leave)

    for life, days in ((reached, 9), (unreached, 4)):
        first = admitted(life, days + 2, "Could not be kept safe at home", "A, bed 7")
        at.say(life, at.hours(days + 1, 9), at.nurse, f.Noted(fact=first, outcome="Rang the ward."))
        ago = at.hours(days, 11)
        plan = f.Stay(
            **common, event="discharged", stay=first, destination="home", worker=at.nurse, carer="the mother",
            instructions="Tablets at night, never stop alone. Bring back at once with no sleep for two nights.",
            next=text[workday(at.today + 2)], medicines_checked=True,
        )  # fmt: skip
        at.on_ward(life, ago, plan)
        at.on_ward(life, ago - 1, f.Appointment(next=text[workday(at.today + 2)], reason="after the stay"))
        prescribed = life.journeys[0].care.prescribed
        told = f.MedicineReconciled(
            stay=first, prescription=prescribed, decision="change" if life is unreached else "continue",
            name=life.journeys[0].illness.medicine or "tablets from elsewhere", words="In the evening only.",
        )  # fmt: skip
        at.on_ward(life, ago - 2, told)
    for days, mode in ((8, "phone"), (3, "home")):
        met = f.Encounter(mode=mode, minutes=20, next=text[workday(at.today + 2)])  # type: ignore[arg-type]
        at.say(reached, at.hours(days, 11), at.nurse, met)
    yield _scene("home from hospital, and reached within two and seven days", reached)
    yield _scene("home from hospital, and nobody has reached them", unreached)

    first = admitted(lacking, 5, "Fits one after another", "B, bed 9")
    at.say(lacking, at.hours(4, 9), at.nurse, f.Noted(fact=first, outcome="The CHW goes there tomorrow."))
    at.on_ward(lacking, at.hours(1, 10), f.Stay(**common, event="discharged", stay=first, destination="home"))
    yield _scene("sent home without a date, a worker or a word", lacking)

    held: dict[str, Any] = {"where": "prison", "place": "the district prison"}
    first = at.say(jailed, at.hours(11, 10), at.keeper, f.Stay(**held, event="admitted", reason="A quarrel over land"))
    at.say(jailed, at.hours(10, 10), at.nurse, f.Noted(fact=first, outcome="The family takes the tablets there."))
    out = f.Stay(**held, event="released", stay=first, destination="home", worker=at.nurse,
                 next=text[workday(at.today + 1)], instructions="Goes on with the tablets.")  # fmt: skip
    at.say(jailed, at.hours(5, 9), at.keeper, out)
    met = f.Encounter(mode="home", minutes=30, next=text[workday(at.today + 1)])
    at.say(jailed, at.hours(4, 10), at.walker, met, device="phone")
    yield _scene("released from prison, and met on the next day", jailed)


def long_stays(at: "Scenes") -> Iterator[Scene]:
    """Two people who were in hospital for most of a year: one on the way home, one home and followed."""
    way, home = _settled(at, 2)
    text = at.local.calendar.text
    common: dict[str, Any] = {"where": "hospital", "facility": at.hospital, "place": at.hospital_name}
    for life, since in ((way, 240), (home, 330)):
        first = at.on_ward(life, at.hours(since), f.Stay(**common, event="admitted", unit="C, bed 1"))
        at.say(life, at.hours(since - 1), at.nurse, f.Noted(fact=first, outcome="Nobody at home yet; the ward asks."))
        steps = (("assessed", 50), ("family_found", 31), ("trial_leave", 9))
        if life is home:
            out = f.Stay(
                **common, event="discharged", stay=first, destination="home", worker=at.counsellor, carer="an aunt",
                instructions="Sleeps at the aunt's. Tablets at night.", next=text[at.today - 57],
                medicines_checked=True,
            )  # fmt: skip
            at.on_ward(life, at.hours(60), out)
            for days in (58, 54):
                at.say(life, at.hours(days), at.counsellor, f.Encounter(mode="home", minutes=45))
            steps = (("assessed", 110), ("family_found", 90), ("home", 60))
        for stage, days in steps:
            body = f.Reintegration(
                stay=first, stage=stage, owner=at.counsellor, next=text[at.today + (5 if life is way else 30)],  # type: ignore[arg-type]
                note="The brother has a room; the roof is mended first." if stage == "family_found" else "",
            )  # fmt: skip
            at.say(life, at.hours(days, 14) if days != 60 else at.hours(59, 9), at.counsellor, body)
    yield _scene("a long stay, on the way home", way)
    yield _scene("home after a long stay, and followed", home)


def _settled(at: "Scenes", many: int) -> list[Life]:
    """Adults who were registered long ago and never came into care."""
    found = []
    for life in reversed(at.made.lives):
        born = life.registered.body.born[:4]
        free = not (life.journeys or life.twin or life.registered.person in at.used)
        if free and life.registered.day < at.today - 400 and born and 1950 < int(born) < 2000:
            found.append(life)
        if len(found) == many:
            break
    at.used |= {life.registered.person for life in found}
    return found


def house(at: "Scenes") -> Iterator[Scene]:
    """A protected home of six beds: four live there, and one has moved out."""
    # Moved in so many days ago; last looked at with them, and the next time, in days from today.
    told = ((400, -30, 120), (190, -100, -9), (88, -70, 25), (20, None, None), (300, -200, None))
    lives = at.take("psychosis", "bipolar", "epilepsy", "depression", many=len(told))
    text, code = at.local.calendar.text, at.house
    for life, (since, last, following) in zip(lives, told, strict=True):
        common: dict[str, Any] = {"where": "protected_home", "facility": at.made.place.code, "unit": code.code,
                                  "place": code.name}  # fmt: skip
        body = f.Stay(**common, event="admitted", worker=at.counsellor, reason="Cannot live alone yet; agreed to come.")
        first = at.say(life, at.hours(since), at.counsellor, body)
        if last is not None:
            at.say(life, at.hours(-last), at.counsellor, _review(at, first, text[at.today + (following or -20)]))
        if life is lives[-1]:
            out = f.Stay(
                **common, event="discharged", stay=first, destination="home", worker=at.counsellor,
                instructions="Lives with the brother; tablets from the clinic.", next=text[workday(at.today - 25)],
            )  # fmt: skip
            at.say(life, at.hours(40), at.counsellor, out)
    yield _scene("live in the protected home", *lives[:-1])
    yield _scene("moved out of the protected home", lives[-1])


def _review(at: "Scenes", stay: str, following: str) -> f.ResidentReview:
    many = 4 + int(at.rng.random() * 4)
    how: tuple[Literal["alone", "with_help", "not_yet"], ...] = ("alone", "with_help", "alone", "not_yet")
    return f.ResidentReview(
        stay=stay, next=following, owner=at.counsellor, agrees="yes", rights=_RIGHTS[:many], visitors="yes",
        own_key="yes" if many > 5 else "no", own_money="no" if many > 6 else "yes",
        alone={area: how[int(at.rng.random() * 4)] for area in _AREAS[: many + 1]},
        wishes="Wishes to work at the market again.",
    )  # fmt: skip


def day_hospital(at: "Scenes") -> Iterator[Scene]:
    """Eight people come on weekdays; some mornings somebody does not, and is called, or is still to be."""
    lives = at.take("depression", "anxiety", "psychosis", "bipolar", "alcohol", many=8)
    for number, life in enumerate(lives):
        since = 9 + number * 7
        common: dict[str, Any] = {"where": "day_hospital", "facility": at.made.place.code, "place": at.made.place.name}
        body = f.Stay(**common, event="admitted", reason="Needs company and a task in the day")
        first = at.say(life, at.hours(since, 9), at.psychologist, body)
        for ago in range(min(since - 1, _DAYS), -1 if _later_than_ten(at) else 0, -1):
            _morning(at, life, common | {"stay": first}, ago, waits=number == 1)
        if number == len(lives) - 1:
            over = f.Stay(
                **common, event="discharged", stay=first, destination="home", worker=at.counsellor,
                instructions="to visits: less help is enough", reason="Works at the market four days a week.",
                next=at.local.calendar.text[workday(at.today + 6)],
            )  # fmt: skip
            at.say(life, at.hours(0, 9), at.counsellor, over)
    yield _scene("come to the day hospital", *lives)


def _later_than_ten(at: "Scenes") -> bool:
    """Whether the list of this morning has been kept by now, at the place's own time."""
    return (at.now + OFFSET) % 1440 >= 600


def _morning(at: "Scenes", life: Life, common: dict[str, Any], ago: int, *, waits: bool) -> None:
    """One weekday: here, late or absent; whoever was absent is called. `waits`: absent of late, and not called yet."""
    day = at.today - ago
    if day % 7 == 0 or saturday(day):
        return
    u, marked = at.rng.random(), at.hours(ago, 9)
    if waits and ago < 3:
        at.say(life, marked, at.counsellor, f.Stay(**common, event="absent"))
        return
    if u > 0.15:
        reason = "late" if u < 0.22 else ""
        at.say(life, marked, at.counsellor, f.Stay(**common, event="attended", reason=reason))
        return
    why = ("money", "ill", "", "work")[int(u * 400) % 4]
    at.say(life, marked, at.counsellor, f.Stay(**common, event="absent", reason=why))
    if ago > 3 or u < 0.07:
        reached: tuple[Literal["person", "family", "nobody"], ...] = ("person", "family", "nobody")
        who = reached[int(u * 1000) % 3]
        call = f.AbsenceCall(
            stay=common["stay"], day=at.local.calendar.text[day], reached=who,
            outcome="" if who == "nobody" else "Comes tomorrow.",
        )  # fmt: skip
        at.say(life, max(15, marked - 90), at.walker, call)
