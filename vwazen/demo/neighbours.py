"""Who stands around the programme: people outside who send somebody, their papers, a protected home, a catastrophe."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING

import msgspec

from vwazen.clinical.ids import new_id
from vwazen.demo.names import Names
from vwazen.demo.pen import EPOCH, Calendar

if TYPE_CHECKING:
    from vwazen.demo.programme import Employee, Place

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"  # as `organisation.models.CHECK_LETTERS`; a test holds the two together
PAPERS = 40  # numbers kept for each place, so that places can be made in any order
_STEP, _CODE = 104_729, 5  # a prime, so that no two codes are alike
_KINDS = ("healer", "teacher", "church", "police")


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside the programme who sends people to a site of it."""

    id: str
    name: str
    kind: str
    phone: str
    place: str
    site: str
    code: str
    opted_in: bool


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered paper; `used` and `fact` are empty until somebody came with it. Days are ISO dates."""

    number: int
    outsider: str
    made: str
    used: str = ""
    fact: str = ""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """A protected home at a site."""

    code: str
    name: str
    site: str
    beds: int
    coordinator: str


class Disaster(msgspec.Struct, frozen=True, kw_only=True):
    """A catastrophe that is over, in the area of a site. Days are ordinals."""

    name: str
    site: str
    starts: int
    ended: int
    declared_by: str


def outsiders(names: Names, rng: Random, places: Iterable["Place"], calendar: Calendar) -> Iterator[Outside]:
    """Two at each place that people belong to; four at the first."""
    count = 0
    for n, place in enumerate(places):
        for kind in _KINDS[: 4 if n == 0 else 2]:
            count += 1
            sex = "female" if rng.random() < 0.4 else "male"
            phone = f"+000 555 9{count:05}" if rng.random() < 0.8 else ""
            yield Outside(
                id=new_id((calendar.first - EPOCH) * 86_400_000 + 900_000 + count, rng.randbytes(10)),
                name=names.person(rng, sex), kind=kind, phone=phone, place=names.place(rng), site=place.code,
                code=_code(count), opted_in=bool(phone) and rng.random() < 0.7,
            )  # fmt: skip


def _code(count: int) -> str:
    left, found = count * _STEP % len(LETTERS) ** _CODE, ""
    for _ in range(_CODE):
        left, digit = divmod(left, len(LETTERS))
        found += LETTERS[digit]
    return found


def text_of(number: int) -> str:
    """A paper's number with its letter."""
    return f"{number:05d}{LETTERS[number % len(LETTERS)]}"


def house(places: Sequence["Place"], workers: Iterable["Employee"]) -> House:
    """The one protected home, beside the first place that people belong to."""
    first = next(one for one in places if one.registered)
    keeper = next(one.id for one in workers if one.username == "simon")
    return House(code="sunrise-house", name="Sunrise House", site=first.code, beds=6, coordinator=keeper)


def disasters(
    places: Sequence["Place"], workers: Sequence["Employee"], calendar: Calendar, flood: tuple[int, int]
) -> Iterator[Disaster]:
    """The flood, in the area of the district where all of it was under water, else of its places; at a programme
    without one, a smaller thing at its first place."""
    clinics = [one for one in places if one.registered]
    hit = [one for one in clinics if one.catastrophe]
    sites = []
    for parent in dict.fromkeys(one.parent for one in hit):
        inside = [one for one in clinics if one.parent == parent]
        sites += [parent] if all(one.catastrophe for one in inside) else [one.code for one in inside if one.catastrophe]
    month = dt.date.fromordinal(flood[0])
    yield from (
        Disaster(
            name=f"Flood of {month:%B %Y}", site=site, starts=flood[0], ended=flood[1],
            declared_by=_chief(site, places, workers),
        ) for site in sites
    )  # fmt: skip
    if not hit:
        day = calendar.today - 380
        yield Disaster(
            name=f"Fire at the market, {dt.date.fromordinal(day):%B %Y}", site=clinics[0].code, starts=day,
            ended=day + 24, declared_by=_chief(clinics[0].code, places, workers),
        )  # fmt: skip


def _chief(site: str, places: Sequence["Place"], workers: Sequence["Employee"]) -> str:
    """The supervisor at a site or at the one above it."""
    parent = next(one.parent for one in places if one.code == site)
    return next(one.id for one in workers if one.role == "supervisor" and one.site in (site, parent))
