"""What was planted: one JSON line for each site, person and journey. No estimator shares code with this module."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from vwazen.demo.journey import Journey
from vwazen.demo.lives import Life, Made

_encode = msgspec.json.Encoder(order="deterministic").encode


def lines(made: Made) -> Iterator[bytes]:
    """The truth of one site: first the site, then everyone who has more to them than a registration."""
    text = made.local.calendar.text
    place = made.place
    site = {
        "site": place.code, "registered": len(made.lives), "ever_in_care": place.ever, "quality": round(place.quality, 4),
        "mentors_from": text[place.mentors_from] if place.mentors_from else None,
        "roll_out_effect": made.local.rates.roll_out_effect, "catastrophe": place.catastrophe, "pathway": place.pathway,
        "facts": dict(sorted(Counter(fact.kind for fact in made.facts).items())),
    }  # fmt: skip
    yield _encode(site) + b"\n"
    for scene in made.scenes:
        yield _encode({"scene": scene.name, "people": scene.people}) + b"\n"
    for life in made.lives:
        if life.person is not None or life.twin or life.screened is not None:
            yield _encode(_person(life, text)) + b"\n"


def _person(life: Life, text: dict[int, str]) -> dict[str, object]:
    found: dict[str, object] = {"person": life.registered.person}
    if life.twin:
        found["twin"] = life.twin
    if life.screened is not None:
        found["screened_theta"] = round(life.screened, 4)
    if life.person is not None:
        person = life.person
        today = max((one.today for one in life.journeys), default=0)
        found |= {
            "minutes_away": round(person.minutes_away), "adherent": person.adherent,
            "died": text[person.died] if person.died < today else None,
            "death_recorded": person.death_told, "journeys": [_journey(one, text) for one in life.journeys],
        }  # fmt: skip
    return found


def _journey(one: Journey, text: dict[int, str]) -> dict[str, object]:
    return {
        "condition": one.condition, "entered": text[one.start], "contacts": one.contacts,
        "theta": round(one.illness.theta, 4), "ill": one.illness.ill,
        "history": [[text[day], what] for day, what in one.illness.history if day in text],
        "lost_from": text[one.lost_from] if one.lost_from is not None else None,
        "closed": text[one.closed] if one.closed is not None else None, "outcome": one.outcome, "step": one.care.step,
    }  # fmt: skip
