"""Scenes of clinic life: tablets changed, results, decisions, what was put off."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes


def clinic_life(at: "Scenes") -> Iterator[Scene]:
    """A dose raised, a medicine stopped, a result that waits and one that was looked at, a decision, and so on."""

    def scene(name: str, *lives: Life) -> Scene:
        return Scene(name, tuple(life.registered.person for life in lives))

    raised, stopped = at.take("epilepsy", "psychosis", many=2, fit=lambda one: bool(one.journeys[0].care.prescribed))
    for life, ago in ((raised, 25), (stopped, 12)):
        care = life.journeys[0].care
        if life is raised:
            before = at.kit.prescription(life.journeys[0].illness.medicine, care.readers)
            at.say(life, at.hours(ago), at.psychologist, _changed(before, care.prescribed))
        else:
            stop = f.MedicineStopped(
                prescription=care.prescribed, reason="side_effects", note="Stiff and restless.", segment=care.readers
            )
            at.say(life, at.hours(ago), at.nurse, stop)
    yield scene("a dose raised", raised)
    yield scene("a medicine stopped because of side effects", stopped)

    waits, seen = at.take("bipolar", "psychosis", "epilepsy", many=2)
    at.say(waits, at.hours(4), at.nurse, f.Measurement(what="weight", value=83, unit="kg", attention=True))
    sugar = f.Measurement(what="glucose", value=9.1, unit="mmol/L", attention=True)
    glucose = at.say(seen, at.hours(9), at.nurse, sugar)
    at.say(seen, at.hours(6), at.psychologist, f.Noted(fact=glucose, outcome="Sent to the chronic-care clinic."))
    yield scene("a result that waits, and one that was looked at", waits, seen)

    decided, later = at.take("depression", "anxiety", many=2)
    for life, choice, reason in (
        (decided, "overridden", "The score is the hunger of this month; sessions go on."),
        (later, "deferred", "Two sessions were missed because of the road."),
    ):
        decision = f.Decision(
            episode=life.journeys[0].care.episode, proposal="no-early-fall", choice=choice, reason=reason,  # type: ignore[arg-type]
            until=at.local.calendar.text[at.today + 21],
        )  # fmt: skip
        at.say(life, at.hours(7), at.keeper, decision)
    yield scene("the protocol overridden, and put off", decided, later)

    (away,) = at.take("depression", "anxiety", "epilepsy")
    snooze = f.Snooze(
        item=f"contact:{away.registered.person}", until=at.local.calendar.text[at.today + 10],
        reason="At her mother's until the harvest is in.",
    )  # fmt: skip
    at.say(away, at.hours(3), at.nurse, snooze)
    yield scene("a contact put off", away)

    looked, told = at.take("psychosis", "bipolar", "epilepsy", many=2)
    found = {"appearance": "neglected", "mood": ("low",), "insight": "partly"}
    at.say(looked, at.hours(11), at.nurse, f.Findings(form="mental-state", version=1, answers=found))  # type: ignore[arg-type]
    elsewhere = f.Prescription(name="a tea of leaves, from a healer", told=True, route="oral")
    at.say(told, at.hours(8), at.nurse, elsewhere)
    yield scene("a mental state written down, and a healer's medicine told", looked, told)


def _changed(body: f.Prescription, before: str) -> f.Prescription:
    return msgspec.structs.replace(body, replaces=before, note="Raised after the case review.")
