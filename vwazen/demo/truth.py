"""What was planted: one JSON line for each site, person and journey. No estimator shares code with this module."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.journey import NEVER, Journey
from vwazen.demo.lives import Life, Made
from vwazen.demo.local import RAIN, Local
from vwazen.demo.programme import MONTH, Plan, stream
from vwazen.demo.rates import Rates

_encode = msgspec.json.Encoder(order="deterministic").encode


def programme(plan: Plan, rates: Rates) -> bytes:
    """The whole programme's truth: what it was made from, and every effect that was planted."""
    return _encode(
        {
            "size": plan.size, "seed": plan.seed, "years": plan.years, "now": plan.now.isoformat(),
            "sites": len(plan.places), "workers": len(plan.workers), "parameters": msgspec.to_builtins(rates),
        }
    )  # fmt: skip


def lines(plan: Plan, made: Made) -> Iterator[bytes]:
    """The truth of one site: the site, its scenes, everyone in care or asked, and who is ill and was never found."""
    text = made.local.calendar.text
    yield _encode(_site(made, text)) + b"\n"
    for scene in made.scenes:
        yield _encode({"scene": scene.name, "people": scene.people}) + b"\n"
    rng = stream(plan.seed, "truth", made.place.code)
    for life in made.lives:
        if life.journeys or life.twin or life.screened is not None:
            onset = rng.lognormvariate(0, 1) * made.local.rates.delay_months * 30
            yield _encode(_person(life, text, onset, _first_contact(made.local.rates, rng.random()))) + b"\n"
        elif life.illness:
            yield _encode({"missed": life.registered.person, "illness": life.illness}) + b"\n"
    for person, illness in made.directory.ill:
        yield _encode({"missed": person, "illness": illness}) + b"\n"


def _site(made: Made, text: Mapping[int, str]) -> dict[str, object]:
    place, local = made.place, made.local
    bodies: Counter[type[f.Body]] = Counter(type(fact.body) for fact in made.facts)
    kinds = Counter({name: bodies[body] for name, body in f.KINDS.items() if body in bodies})
    kinds["registration"] += len(made.directory.facts)
    written = {fact.person for fact in made.facts if type(fact.body) is f.Registration}
    outcomes = Counter(one.outcome or "open" for life in made.lives for one in life.journeys)
    return {
        "site": place.code, "path": place.path, "registered": len(made.lives) + len(made.directory.people),
        "registrations": len(written) + len(made.directory.people),
        "ever_in_care": place.ever, "quality": round(place.quality, 4), "need": round(place.need, 4),
        "mentors_from": text[place.mentors_from] if place.mentors_from is not None else None,
        "fidelity": [round(local.fidelity(day), 4) for day in range(local.calendar.first, local.calendar.today, 90)],
        "catastrophe": [text[day] for day in local.flood] if place.catastrophe else None,
        "first_help": len(made.helped),
        "pathway_from": text[local.pathway_from] if place.pathway else None, **_circumstances(local, text),
        "episodes": sum(outcomes.values()), "outcomes": dict(sorted(outcomes.items())),
        "facts": dict(sorted(kinds.items())),
    }  # fmt: skip


def _circumstances(local: Local, text: Mapping[int, str]) -> dict[str, object]:
    """What the place went through: who worked there, which shelf was empty, in which months mentors came, the rains."""

    def starts(months: Iterable[int]) -> list[str]:
        days = (local.calendar.first + month * MONTH for month in sorted(months))
        return [text[day] for day in days if day < local.calendar.today]

    since = local.place.mentors_from
    visited = () if since is None else (m for m, held in enumerate(local.visited) if held and m >= local.month(since))
    return {
        "staff": [
            {"worker": one.id, "role": one.role, "from": text[one.starts],
             "until": text[one.ends] if one.ends is not None else None}
            for one in local.workers
        ],
        "out_of_stock_30_days_from": {name: starts(months) for name, months in sorted(local.empty.items())},
        "mentored_30_days_from": starts(visited), "rain_months": RAIN,
    }  # fmt: skip


def _first_contact(rates: Rates, u: float) -> str:
    for name, share in rates.first_contact.items():
        u -= share
        if u < 0:
            return name
    return "other"


def _person(life: Life, text: Mapping[int, str], onset: float, healer: str) -> dict[str, object]:
    found: dict[str, object] = {"person": life.registered.person}
    if life.twin:
        found |= {"twin": life.twin, "twin_merged": life.merged}
    if life.screened is not None:
        found |= {"screened_theta": round(life.screened, 4), "missed_illness": life.illness or None}
    person = life.person
    if person is not None:
        begun = life.journeys[0].start - int(onset)
        found |= {
            "onset": text.get(begun, "earlier"), "first_contact": healer, "minutes_away": round(person.minutes_away),
            "adherent": person.adherent, "died": text[person.died] if person.died != NEVER else None,
            "death_recorded": person.death_told,
            "death_reviewed": text[life.reviewed] if life.reviewed else None,
            "moved": text[person.moved] if person.moved != NEVER else None,
            "also": list(life.journeys[0].diagnoses[1:]), "hiv": person.hiv,
            "births": [text[day] for day in person.births],
            "births_known": sorted(text[day] for day in person.births_told if day > 0),
            "journeys": [_journey(one, text) for one in life.journeys],
        }  # fmt: skip
    return found


def _journey(one: Journey, text: Mapping[int, str]) -> dict[str, object]:
    left = one.local.left.get(one.care.owner)
    return {
        "condition": one.condition, "site": one.local.place.code, "entered": text[one.start],
        "entry_theta": round(one.entry, 4), "theta": round(one.illness.theta, 4), "ill": one.illness.ill,
        "as_of": text[one.illness.day], "history": [[text[day], what] for day, what in one.illness.history],
        "contacts": one.contacts, "second_contact": text[one.second] if one.second is not None else None,
        "stays": [[text[begun], text[ended] if ended is not None else None] for begun, ended in one.stays],
        "met_after_a_stay": [text[day] for day in one.followed], "traced": dict(sorted(one.traced.items())),
        "referrals": [[text[day], to, state] for day, to, state in one.referrals],
        "steps": [[text[day], step] for day, step in one.care.steps], "harms": [text[day] for day in one.harms],
        "lost_from": text[one.lost_from] if one.lost_from is not None else None,
        "reviews": [text[day] for day in one.care.reviews], "owner": one.care.owner,
        "owner_left": text[left] if left is not None else None, "diagnosis": one.diagnoses[0],
        "closed": text[one.closed] if one.closed is not None else None, "outcome": one.outcome,
    }  # fmt: skip
