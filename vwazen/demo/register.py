"""An old paper register brought in three weeks ago: people to triage, old safety answers, and what became of them."""

from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.pen import DAY

if TYPE_CHECKING:
    from vwazen.demo.lives import Scene
    from vwazen.demo.scenes import Scenes

SYSTEM = "old-register"
_FATES = ("waiting", "not_now", "elsewhere", "not_needed", "again", "enrolled", "spoke", "tried", "handed_over")


def old_register(at: "Scenes") -> "list[Scene]":
    """Bring the register in. A share of the site's people (`imported`), twice over each fate at the least."""
    many = max(2 * len(_FATES), round(at.people.rates.imported * at.made.place.ever))
    fates: dict[str, list[str]] = {}
    for number in range(many):
        fate = _FATES[number] if number < len(_FATES) else _FATES[number % 3] if number % 2 else "waiting"
        fates.setdefault(fate, []).append(_one(at, number, fate))
    return [at.scene(f"old register: {fate.replace('_', ' ')}", people) for fate, people in fates.items()]


def _one(at: "Scenes", number: int, fate: str) -> str:
    """One line of the register: who, and two or three old scores; then what was decided."""
    rng, calendar = at.rng, at.local.calendar
    came = at.today - 21 + number % 4
    source = f.Source(system=SYSTEM, id=f"{SYSTEM}/{1000 + number}", version="1")
    sex, age = at.people.sex_and_age("depression")
    registered = at.people.register(came, sex, age, source)
    person = registered.person
    positive = fate in ("spoke", "tried", "handed_over") or number % 5 == 0
    days = sorted(came - 40 - int(rng.random() * 500) for _ in range(2 + number % 2))
    for n, day in enumerate(days):
        body = at.kit.screen(rng, rng.gauss(1.5, 0.5))
        body = msgspec.structs.replace(
            body, mode="imported", answers=body.answers | {"9": float(positive and n == len(days) - 1)},
            source=msgspec.structs.replace(source, id=f"{SYSTEM}/{1000 + number}/{n}"),
        )  # fmt: skip
        if number % 6 == 2:
            body = msgspec.structs.replace(body, answers={}, stated_total=sum(body.answers.values()), total_only=True)
        elif number % 6 == 4:
            body = msgspec.structs.replace(body, stated_total=sum(body.answers.values()) + 2)
        late = (came - day) * DAY
        at.pen.say(person, calendar.at(day, 720), registered.author, body, date_only=True, late=late)
    later = at.hours(10 - number % 5)
    if fate in ("not_now", "elsewhere", "not_needed", "again"):
        words = {"not_now": "Away for the harvest.", "elsewhere": "In care at the district hospital.",
                 "not_needed": "Well, and says so.", "again": "Was not at home; look again."}  # fmt: skip
        until = calendar.text[at.today + 20] if fate == "not_now" else ""
        at.pen.say(person, at.now - later, at.keeper, f.Triage(decision=fate, reason=words[fate], until=until))  # type: ignore[arg-type]
    if fate == "enrolled" or fate in ("spoke", "tried", "handed_over"):
        episode = f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=at.keeper)
        at.pen.say(person, at.now - at.hours(15), at.keeper, episode)
    if fate in ("spoke", "tried", "handed_over"):
        review = f.SafetyReview(outcome=fate, note="Reached by phone." if fate == "spoke" else "",  # type: ignore[arg-type]
                                owner=at.nurse if fate == "handed_over" else "")  # fmt: skip
        at.pen.say(person, at.now - later, at.keeper, review)
    return person
