"""Scenes of danger: alarms whose clocks differ, and each danger sign once."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes

DAY = 1440
Staged = Iterator[Scene]


def _scene(name: str, *lives: Life) -> Scene:
    return Scene(name, tuple(life.registered.person for life in lives))


def alarms(at: "Scenes") -> Staged:
    """Open risks with different clocks: minutes, last evening, days, overdue."""
    lives = at.take("depression", "anxiety", many=7)
    fresh, evening, told, act, overdue, quiet, yesterday = lives
    risk = at.say(fresh, 24, at.nurse, at.answers(2.4, 3))
    body = f.Assessment(
        risk=risk, private="yes", intent="yes", plan="yes", means="yes", recent_act="no", poisoning="no",
        staying="the nurse, in room 2", done=("stayed", "means removed"),
    )  # fmt: skip
    at.say(fresh, 14, at.nurse, body)
    at.say(fresh, 12, at.nurse, f.Call(risk=risk, called=at.nurse))
    yield _scene("alarm nobody has taken on yet", fresh)

    late = at.hours(1, 17)
    risk = at.say(evening, late, at.keeper, at.answers(2.1, 2))
    body = f.Assessment(
        risk=risk, private="yes", intent="yes", plan="no", means="no", recent_act="no", staying="the sister"
    )
    at.say(evening, late - 12, at.keeper, body)
    at.say(evening, late - 13, at.keeper, f.Call(risk=risk, called=at.nurse))
    at.say(evening, late - 19, at.nurse, f.Acknowledged(risk=risk))
    at.say(evening, late - 40, at.nurse, f.ViolenceCheck(risk=risk, afraid_at_home="no", family_may_be_called="yes"))
    plan = f.SafetyPlan(signs="lies awake", helps="sits with the sister", people="the sister", call="the nurse on call",
                        means="tablets kept by the mother", copy_given=True, risk=risk)  # fmt: skip
    first = at.say(evening, late - 50, at.nurse, plan)
    for author, means in ((at.keeper, "tablets kept by the sister"), (at.walker, "pesticide taken to the neighbour")):
        rival = msgspec.structs.replace(plan, means=means)
        at.say(evening, (late - 90) - (author == at.walker) * 50, author, rival, amends=first)
    yield _scene("alarm taken on, and two people amended the safety plan unknown to each other", evening)

    heard = at.kit.pick(at.rng, "told", told.journeys[0].who)
    at.say(told, 150, at.walker, f.Concern(trigger="told", text=heard), device="phone", late=40)
    yield _scene("somebody told the CHW; nobody has asked yet", told)

    ago = at.hours(16)
    risk = at.say(act, ago, at.nurse, f.Concern(trigger="worker", text="Bandaged wrist; says it was the sickle."))
    day = at.local.calendar.text[at.today - 18]
    at.say(
        act,
        ago - 20,
        at.nurse,
        f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="yes", recent_act_on=day),
    )
    at.say(act, ago - 22, at.nurse, f.Call(risk=risk, called=at.keeper))
    at.say(act, ago - 31, at.keeper, f.Acknowledged(risk=risk))
    for back in (14, 8, 2):
        seen = f.Encounter(mode="home", minutes=20, risk=risk, next=at.local.calendar.text[at.today - back + 7])
        at.say(act, at.hours(back), at.walker, seen)
    yield _scene("an act within ninety days, followed", act)

    risk = at.say(overdue, at.hours(9), at.nurse, at.answers(1.8, 1))
    at.say(
        overdue,
        at.hours(9) - 20,
        at.nurse,
        f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="no"),
    )
    yield _scene("the first safety contact is overdue", overdue)

    risk = at.say(quiet, at.hours(4), at.second, at.answers(1.5, 1))
    at.say(
        quiet,
        at.hours(4) - 15,
        at.second,
        f.Assessment(risk=risk, private="yes", intent="no", plan="no", recent_act="no"),
    )
    seen = f.Encounter(mode="phone", minutes=10, risk=risk, next=at.local.calendar.text[at.today + 4])
    at.say(quiet, at.hours(2), at.second, seen)
    yield _scene("a risk followed as planned", quiet)

    at.say(yesterday, at.hours(1, 16), at.keeper, at.answers(1.6, 1))
    yield _scene("a positive answer of yesterday that nobody has asked about", yesterday)

    (poisoned,) = at.take("self-harm", "depression", "bipolar")
    heard = at.kit.pick(at.rng, "told", poisoned.journeys[0].who)
    risk = at.say(poisoned, at.hours(1, 19), at.walker, f.Concern(trigger="told", text=heard))
    at.say(
        poisoned, at.hours(1, 19) - 10, at.walker, f.Assessment(risk=risk, poisoning="yes", done=("taken to hospital",))
    )
    at.say(poisoned, at.hours(1, 19) - 12, at.walker, f.Call(risk=risk, called=at.nurse))
    at.say(poisoned, at.hours(1, 19) - 15, at.nurse, f.Acknowledged(risk=risk))
    at.say(
        poisoned,
        at.hours(1, 20) - 25,
        at.nurse,
        f.Stay(
            where="emergency",
            event="admitted",
            facility=at.hospital,
            place=at.hospital_name,
            reason="Swallowed something; came by motorcycle",
        ),
    )
    yield _scene("something swallowed", poisoned)


def _mother(at: "Scenes") -> Callable[[Life], bool]:
    """Whether somebody had a child of late; where nobody in care did, whether she is a woman of that age."""

    def lately(life: Life) -> bool:
        return life.person is not None and any(at.today - 300 <= day < at.today - 10 for day in life.person.births)

    def might(life: Life) -> bool:
        return "bearing" in life.journeys[0].who

    return lately if at.some("depression", fit=lately) else might


def signs(at: "Scenes") -> Staged:
    """Each danger sign once, of late."""
    found = {
        "status_epilepticus": ("epilepsy", 2), "toxicity": ("bipolar", 4), "mania": ("bipolar", 10),
        "acute_psychosis": ("psychosis", 5), "postpartum_red_flag": ("depression", 3),
    }  # fmt: skip
    for sign, (condition, days) in found.items():
        (life,) = at.take(
            condition if at.some(condition) else "psychosis", fit=_mother(at) if sign == "postpartum_red_flag" else None
        )
        at.say(life, at.hours(days, 11), at.nurse, f.Sign(sign=sign, present=True))  # type: ignore[arg-type]
        if sign == "status_epilepticus":
            at.say(life, at.hours(days, 13), at.nurse, f.Hospital(event="admitted", note="District hospital."))
        yield _scene(f"danger sign: {sign}", life)
