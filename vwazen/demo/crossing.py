"""What happens between services while somebody is in care: looking for who did not come, messages, talks in passing.

All of it is drawn from the site's own numbers for this (`Local.around`), so that the course of care stays as it is
without it. What waits for today is left as it stands on that day: unanswered, overdue, owed.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.care import Touch
    from vwazen.demo.journey import Journey

_FAR = 120  # minutes of way from which a home visit, a nearer place or the fare is offered (assumed)


def picked(journey: "Journey", name: str) -> str:
    """Words that fit the person."""
    return journey.kit.pick(journey.aside.rng, name, journey.who)


def drawn(u: float, shares: Mapping[str, float]) -> str:
    """One of these by their shares, which add up to one; `u` lies below 1."""
    for name, share in shares.items():
        u -= share
        if u < 0:
            return name
    return next(iter(shares))


def at_home(journey: "Journey", day: int) -> str:
    """A worker of the team at home on that day."""
    return journey.local.worker(journey.aside.rng, day, "nurse", "care_manager")


def on_ward(journey: "Journey") -> str:
    """A nurse of the hospital; somebody of the team where the district has none."""
    among = journey.local.around.ward
    return among[int(journey.aside.rng.random() * len(among))].id if among else at_home(journey, journey.day)


def said(journey: "Journey", touch: "Touch", minute: int, body: f.AnyBody) -> str:
    """A fact of this contact that is drawn aside."""
    return journey.aside.say(
        journey.person.id, touch.at + minute, touch.author, body, late=touch.late, device=touch.device, off=touch.off
    )


def looked_for(journey: "Journey", touch: "Touch", outcome: str, again: str) -> None:
    """What came of looking for somebody after a missed visit: the report, and the contact where they were met."""
    rng, found = journey.aside.rng, {"seen": "found"}.get(outcome, outcome)
    if touch.off > 0:  # a clock that is ahead would put the day of the try behind the next date
        touch = msgspec.structs.replace(touch, off=0)
    reason, offer, follows = "not_said", "none", ""
    if found == "found":
        reason, follows = drawn(rng.random(), journey.rates.missed_because), again
        far = journey.person.minutes_away > _FAR
        offer = ("home", "nearer_site", "voucher")[int(rng.random() * 3)] if far else "clinic"
    elif found == "refused":
        reason = ("stigma", "better", "side_effects", "not_said")[int(rng.random() * 4)]
    else:
        follows = journey.local.calendar.text[workday(touch.day + 2)]
    body = f.Trace(
        missed=journey.local.calendar.text[journey.missed_on], mode=touch.mode, found=found, reason=reason,  # type: ignore[arg-type]
        offer=offer, next=follows, note=picked(journey, "found_note") if rng.random() < 0.15 else "",  # type: ignore[arg-type]
    )  # fmt: skip
    journey.care.write(touch, 0, body)
    if found == "found":
        met = f.Encounter(mode=touch.mode, next=again)  # type: ignore[arg-type]
        said(journey, touch, 1, met)
    journey.traced[found] += 1


def tried(journey: "Journey") -> None:
    """Who has been away is looked for again, every few weeks, until somebody tires of it."""
    person, chance, day = journey.person, journey.aside.rng, max(journey.planned, journey.missed_on)
    heard, share = person.died if person.death_told else journey.today, journey.rates.sought_once
    while chance.random() < share:
        day = workday(day + 7 + int(chance.random() * 25))
        if day >= min(heard, journey.today):
            return
        u, share = chance.random(), journey.rates.sought_last
        found = "moved" if person.moved < day and u < 0.5 else "refused" if u < 0.15 and day < person.died else ""
        _looked(journey, day, found or "not_found", 0 if found else workday(day + 14))
        if found:  # now whoever follows them decides
            return


def looked_for_last(journey: "Journey", day: int, outcome: str) -> str:
    """Somebody goes there once more before the episode is ended; what they came back with."""
    found = {"lost": "not_found"}.get(outcome, outcome)
    _looked(journey, day, found)
    return found


def _looked(journey: "Journey", day: int, found: str, again: int = 0) -> None:
    """A walk or a call that met nobody who could agree on a date."""
    u, text = journey.aside.rng.random(), journey.local.calendar.text
    mode = "neighbour" if found == "moved" else "home" if u < 0.7 or found == "refused" else "phone"
    told = f.Trace(missed=text[journey.planned], mode=mode, found=found, next=text[again] if again else "")  # type: ignore[arg-type]
    walker = journey.local.walker(journey.person.village, day)
    journey.aside.say(journey.person.id, journey.local.calendar.at(day, 540 + int(u * 160)), walker, told)
    journey.traced[found] += 1


def talked(journey: "Journey", touch: "Touch") -> None:
    """A message inside the team, a hand-off, a talk in passing; whether the person agrees to be written to."""
    chance, rates = journey.aside.rng, journey.rates
    if journey.contacts == 3 and journey.person.phone and chance.random() < rates.agrees_to_messages:
        shared = chance.random() < rates.phone_shared
        said(journey, touch, 15, f.ContactPreference(
            channel="sms" if chance.random() < 0.8 else "voice", address=journey.person.phone,
            shared="yes" if shared else "no", language=journey.person.language,
        ))  # fmt: skip
    u = chance.random()
    if u < rates.written_to:
        _message(journey, touch)
    elif u < rates.written_to + rates.in_passing and touch.mode == "clinic":
        warm, specialists = chance.random() < 0.5, journey.local.specialists or journey.local.physicians
        worker = at_home(journey, touch.day)
        if specialists and not warm:
            worker = specialists[int(chance.random() * len(specialists))].id
        body = f.Encounter(
            mode="hand_off" if warm else "curbside", worker=worker, minutes=2 + int(chance.random() * 12),
            next=journey.local.calendar.text[journey.planned] if warm else "",
        )  # fmt: skip
        said(journey, touch, 17, body)


def _message(journey: "Journey", touch: "Touch") -> None:
    """A few words to a colleague, mostly read on the next day."""
    chance, owner = journey.aside.rng, journey.care.owner
    readers = [
        one.id for one in journey.local.at_work(touch.day, "nurse", "care_manager") if one.id != touch.author
    ]  # fmt: skip
    if not readers:
        return
    reader = owner if owner in readers else readers[int(chance.random() * len(readers))]
    first = said(journey, touch, 16, f.TeamMessage(text=picked(journey, "team_message"), to=(reader,)))
    read = workday(touch.day + 1)
    if read < journey.until - 1 or (read < journey.until and chance.random() < 0.5):
        at = journey.local.calendar.at(read, 490 + int(chance.random() * 60))
        by = journey.local.stand_in(chance, reader, read)
        journey.aside.say(journey.person.id, at, by, f.MessageRead(message=first))
