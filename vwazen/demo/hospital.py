"""Days in hospital: asked for, told to the team at home, ended with a plan, and followed. Drawn as in `crossing`."""

from typing import TYPE_CHECKING, Any

from vwazen.clinical import facts as f
from vwazen.demo.crossing import at_home, on_ward, picked, said
from vwazen.demo.pen import Pen
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.care import Touch
    from vwazen.demo.journey import Journey

SYSTEM = "hospital-register"  # by whose numbers the hospital knows people
_CARERS = ("the mother", "the sister", "a brother", "a neighbour", "an aunt")


def stay(journey: "Journey", touch: "Touch") -> None:
    """Days in the hospital: asked for, told to the team at home, ended with a plan, and followed.

    They end before the next planned visit, since whoever lies in hospital does not come to it.
    """
    around, calendar, rng = journey.local.around, journey.local.calendar, journey.rng
    code, name = (around.hospital.code, around.hospital.name) if around.hospital else ("", "the district hospital")
    begun, chance = journey.pen.elsewhere(code or journey.pen.site), journey.aside.rng
    nurse, at = on_ward(journey), touch.at + 90
    referred = _sent_to_ward(journey, touch, nurse) if chance.random() < 0.7 else ""
    common: dict[str, Any] = {"where": "hospital", "facility": code, "place": name}
    first = begun.say(
        journey.person.id, at, nurse,
        f.Stay(**common, event="admitted", unit=_bed(chance.random()), reason=picked(journey, "ward_reason")),
    )  # fmt: skip
    over = touch.day + 6 + int(rng.random() * 18)
    limit = min(journey.today, journey.person.died)
    out = max(touch.day + 1, min(over, journey.planned - 1))
    pen, left = begun, journey.minute(out) if over < limit else 0
    if not left:
        pen, left = journey.aside.elsewhere(begun.site), calendar.at(out, 600)
    _heard(journey, first, touch.day + 1, min(out + 1, limit))
    if chance.random() < journey.rates.numbered and not journey.person.numbered:
        journey.person.numbered = True
        number = f.Identifier(system=SYSTEM, number=f"H-{int(chance.random() * 10**6):06}")
        journey.aside.elsewhere(begun.site).say(journey.person.id, at + 4, nurse, number)
    if out >= limit:
        if journey.person.died <= out and journey.person.died < journey.today:
            end = f.Stay(**common, event="discharged", stay=first, destination="died")
            pen.say(journey.person.id, max(at + 1, calendar.at(journey.person.died, 560)), nurse, end)
        journey.stays.append((touch.day, None))
        return
    journey.stays.append((touch.day, out))
    _discharged(journey, pen, common, first, left, out)
    if referred:
        word = f.ReferralStep(referral=referred, became="closed", back=picked(journey, "referral_back"))
        journey.aside.elsewhere(begun.site).say(journey.person.id, left + 6, nurse, word)


def _bed(u: float) -> str:
    return f"{'AB'[int(u * 2)]}, bed {1 + int(u * 97) % 12}"


def _sent_to_ward(journey: "Journey", touch: "Touch", nurse: str) -> str:
    """The referral that goes with somebody to the ward, and its first steps."""
    around, person = journey.local.around, journey.person.id
    if around.hospital is None:
        return ""
    body = f.Referral(
        to="hospital", to_site=around.hospital.code, urgency="now", reason=picked(journey, "ward_reason") + "."
    )
    first, there = said(journey, touch, 20, body), journey.aside.elsewhere(around.hospital.code)
    for minute, became in ((40, "accepted"), (85, "arrived"), (88, "seen")):
        step = f.ReferralStep(referral=first, became=became, worker=nurse)  # type: ignore[arg-type]
        there.say(person, touch.at + minute, nurse, step)
    return first


def _heard(journey: "Journey", fact: str, day: int, until: int) -> None:
    """The team at home reads of it, mostly on the next day, else within a fortnight."""
    if journey.aside.rng.random() > 0.92:
        day = workday(day + 3 + int(journey.aside.rng.random() * 9))
        until = journey.until
    if day < until:
        outcome = picked(journey, "ward_heard")
        journey.aside.say(journey.person.id, journey.local.calendar.at(day, 505), at_home(journey, day),
                          f.Noted(fact=fact, outcome=outcome))  # fmt: skip


def _discharged(journey: "Journey", pen: Pen, common: dict[str, Any], first: str, left: int, out: int) -> None:
    """The end with its plan, the medicines gone through, a date, and the contacts that are owed after it."""
    chance, person = journey.aside.rng, journey.person.id
    nurse, there = on_ward(journey), journey.aside.elsewhere(pen.site)
    text = journey.local.calendar.text[max(out + 1, min(journey.planned, workday(out + 5)))]
    whole = out < journey.today - 20 or chance.random() < 0.8  # what was lacking has been asked for by then
    body = f.Stay(
        **common, event="discharged", stay=first, destination="home",
        instructions=picked(journey, "discharge_words") if whole else "", worker=journey.care.owner if whole else "",
        next=text if whole else "", carer=_CARERS[int(chance.random() * len(_CARERS))] if "old" not in journey.who
        else "the daughter",
        medicines_checked=whole if journey.care.prescribed else None,
    )  # fmt: skip
    pen.say(person, left, nurse, body)
    if whole:
        there.say(person, left + 1, nurse, f.Appointment(next=text, reason="after the stay"))
        if journey.care.prescribed:
            _gone_through(journey, there, nurse, first, left, out)
    _after_stay(journey, out)


def _gone_through(journey: "Journey", there: Pen, nurse: str, first: str, left: int, out: int) -> None:
    """The medicine on record: goes on, or is changed; then somebody at home looks at the list."""
    goes_on = journey.aside.rng.random() < 0.85
    body = f.MedicineReconciled(
        stay=first, prescription=journey.care.prescribed, name=journey.illness.medicine,
        decision="continue" if goes_on else "change", words="" if goes_on else "In the evening only.",
    )  # fmt: skip
    told, day = there.say(journey.person.id, left + 2, nurse, body), workday(out + 2)
    if not goes_on and day < min(journey.until, journey.today - 6):
        noted = f.Noted(fact=told, outcome="Changed on the list and on the box, together with the family.")
        journey.aside.say(journey.person.id, journey.local.calendar.at(day, 540), at_home(journey, day), noted)


def _after_stay(journey: "Journey", out: int) -> None:
    """The contacts within two and seven days, of which some are held."""
    chance, calendar = journey.aside.rng, journey.local.calendar
    for days, share in zip((2, 6), journey.rates.after_stay, strict=True):
        day = workday(out + days - 1)
        if day >= min(journey.planned, journey.until) or chance.random() > share:
            continue
        body = f.Encounter(mode="phone" if chance.random() < 0.5 else "home", next=calendar.text[journey.planned])
        at = calendar.at(day, 520 + int(chance.random() * 300))
        journey.aside.say(journey.person.id, at, at_home(journey, day), body)
        journey.followed.append(day)


def emergency(journey: "Journey", day: int, at: int) -> None:
    """A night at the emergency room, and home on the next day."""
    around, calendar = journey.local.around, journey.local.calendar
    code, name = (around.hospital.code, around.hospital.name) if around.hospital else ("", "the district hospital")
    there = journey.pen.elsewhere(code or journey.pen.site)
    common: dict[str, Any] = {"where": "emergency", "facility": code, "place": name}
    body = f.Stay(**common, event="admitted", reason="Hurt by their own hand")
    first = there.say(journey.person.id, at, on_ward(journey), body)
    limit = min(journey.today, journey.person.died)
    if day + 1 < limit:
        end = f.Stay(**common, event="discharged", stay=first, destination="home")
        journey.aside.elsewhere(there.site).say(journey.person.id, calendar.at(day + 1, 545), on_ward(journey), end)
        _heard(journey, first, day + 1, limit)
    journey.stays.append((day, min(day + 1, limit)))
