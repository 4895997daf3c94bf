"""The plan of a programme: its sites and workers, what happens to each place, and where the random numbers begin."""

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256
from math import exp
from random import Random
from typing import Literal

import msgspec

from vwazen.clinical.ids import new_id
from vwazen.content.load import Content
from vwazen.demo.names import Names
from vwazen.demo.neighbours import Disaster, House, Outside, disasters, house, outsiders
from vwazen.demo.pen import EPOCH, Calendar
from vwazen.demo.rates import Rates, rates, words

Size = Literal["clinic", "district", "nation"]
COUNTRY = "zz"
MONTH = 30
_BEFORE = 310  # days before the years shown on which the first holders of posts began: who comes was registered earlier


class Employee(msgspec.Struct, frozen=True, kw_only=True):
    """A worker with one post, on days `starts` to `ends` (the first day without it; None: still there)."""

    id: str
    username: str
    name: str
    role: str
    site: str
    starts: int
    ends: int | None = None
    phone: str = ""
    minutes: int | None = None
    supervisor: str = ""

    def works(self, day: int) -> bool:
        return self.starts <= day and (self.ends is None or day < self.ends)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A site. `registered` people belong to it, of whom `ever` came into care in the years shown.

    `quality` and `need` multiply what care gives and how many come. `mentors_from` is the day on which mentors began
    to visit; `catastrophe` and `pathway` say whether its district has the one or the other.
    """

    code: str
    name: str
    kind: str
    parent: str
    path: str
    registered: int = 0
    ever: int = 0
    quality: float = 1.0
    need: float = 1.0
    mentors_from: int | None = None
    catastrophe: bool = False
    pathway: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole programme. Days are ordinals; `now` is the instant at which its years end."""

    size: Size
    seed: int
    years: int
    now: dt.datetime
    places: tuple[Place, ...]
    workers: tuple[Employee, ...]
    by_site: dict[str, tuple[Employee, ...]]
    outsiders: tuple[Outside, ...]
    house: House
    disasters: tuple[Disaster, ...]

    def staff(self, code: str) -> tuple[Employee, ...]:
        """Everyone who works or has worked at this very site."""
        return self.by_site.get(code, ())

    def hospital(self, place: Place) -> Place | None:
        """The hospital of a place's district."""
        return next((one for one in self.places if one.kind == "hospital" and one.parent == place.parent), None)

    def above(self, place: Place) -> list[str]:
        """The codes of the sites above a place."""
        return place.path.split("/")[:-2]

    @property
    def clinics(self) -> tuple[Place, ...]:
        """The sites that people belong to, in the order in which they are made."""
        return tuple(one for one in self.places if one.registered)

    def calendar(self) -> Calendar:
        return Calendar(self.now, self.years)


def stream(seed: int, *about: object) -> Random:
    """Random numbers of their own for each place and purpose, so that the order of work does not matter."""
    text = "/".join(map(str, (seed, *about)))
    return Random(int.from_bytes(sha256(text.encode()).digest()[:16], "big"))  # noqa: S311  invented people, no secret


# One account of each role; the names are the ones that docs and tutorials use.
FIXED = (
    ("carla", "care_manager", "centre", "female"), ("nadia", "nurse", "centre", "female"),
    ("wilson", "chw", "centre", "male"), ("lena", "lay_counsellor", "centre", "female"),
    ("simon", "social_worker", "centre", "male"), ("fabio", "pharmacist", "centre", "male"),
    ("pascal", "psychiatrist", "district", "male"), ("petra", "psychologist", "district", "female"),
    ("paul", "physician", "district", "male"), ("sonia", "supervisor", "district", "female"),
    ("mario", "programme_manager", "country", "male"), ("mona", "me_officer", "country", "female"),
)  # fmt: skip


def flood_of(given: Rates, calendar: Calendar) -> tuple[int, int]:
    """The first day of the catastrophe, and the first day after it."""
    start, long, *_ = given.catastrophe
    return calendar.today - int(start * MONTH), calendar.today - int((start - long) * MONTH)


def workday(day: int) -> int:
    """That day, or the Monday after it where it is a Sunday: health centres are closed then."""
    return day + (day % 7 == 0)


def saturday(day: int) -> bool:
    """Whether health centres close at noon on that day."""
    return day % 7 == 6  # as `date.isoweekday` counts


def review_day(day: int) -> int:
    """That day or the Wednesday after it, on which the specialist reviews cases."""
    return day + (3 - day) % 7


def plan(know: Content, *, size: Size, seed: int, now: dt.datetime, years: int = 5) -> Plan:
    """Draw up a programme. The same arguments give the same plan."""
    given = rates(know)
    calendar = Calendar(now, years)
    names = Names(words(know))
    places = tuple(_places(given, names, size, seed, calendar))
    workers = tuple(_workers(given, names, places, seed, calendar, int(given.people_per_chw[size])))
    by_site: dict[str, list[Employee]] = {}
    for one in workers:
        by_site.setdefault(one.site, []).append(one)
    return Plan(
        size=size, seed=seed, years=years, now=now, places=places, workers=workers,
        by_site={code: tuple(staff) for code, staff in by_site.items()},
        outsiders=tuple(
            outsiders(names, stream(seed, "outsiders"), (one for one in places if one.registered), calendar)
        ),
        house=house(places, workers), disasters=tuple(disasters(places, workers, calendar, flood_of(given, calendar))),
    )  # fmt: skip


def _places(given: Rates, names: Names, size: Size, seed: int, calendar: Calendar) -> Iterator[Place]:
    rng = stream(seed, "places")
    centres, hospitals = int(given.facilities[size]), int(given.hospitals[size])
    districts = max(1, hospitals)
    yield Place(code=COUNTRY, name="Zubaland (an invented country)", kind="country", parent="", path=f"{COUNTRY}/")
    shares = [exp(rng.gauss(0, 0.25)) for _ in range(centres)]
    whole = sum(shares)
    registered, ever = given.registered[size], given.open_care[size] * given.ever_per_open
    first, last = given.roll_out
    waves = sorted(range(centres), key=lambda _: rng.random())
    done = 0
    for d in range(districts):
        district = "hill-district" if d == 0 else f"d{d + 1:02}"
        title = "Hill District" if d == 0 else f"{names.place(rng)} District"
        path = f"{COUNTRY}/{district}/"
        yield Place(code=district, name=title, kind="district", parent=COUNTRY, path=path)
        if hospitals:
            code = f"{district}-hospital" if d else "hill-hospital"
            yield Place(code=code, name=f"{title} Hospital", kind="hospital", parent=district, path=f"{path}{code}/")
        upto = round(centres * (d + 1) / districts)
        for n in range(done, upto):
            code = "spring-clinic" if n == 0 else f"{district}-c{n - done + 1:02}"
            title = "Spring Clinic" if n == 0 else f"{names.place(rng)} Health Centre"
            share = shares[n] / whole
            wave = waves[n] / max(1, centres - 1)
            back = int((first + (last - first) * wave) * MONTH) if wave < 0.85 or centres == 1 else None
            yield Place(
                code=code, name=title, kind="health_centre", parent=district, path=f"{path}{code}/",
                registered=max(20, round(registered * share)), ever=max(3, round(ever * share)),
                quality=exp(rng.gauss(0, given.site_quality_sd)) if n else 1.0,
                need=exp(rng.gauss(0, given.site_need_sd)) if n else 1.0,
                mentors_from=calendar.today - back if back is not None else None,
                catastrophe=d == 1 or (districts == 1 and n == centres - 1 > 0),
                pathway=d == 2 or (districts == 1 and n == centres - 2 > 0),
            )  # fmt: skip
        done = upto


def _workers(
    given: Rates, names: Names, places: tuple[Place, ...], seed: int, calendar: Calendar, per_chw: int
) -> Iterator[Employee]:
    by_kind: dict[str, list[Place]] = {}
    for place in places:
        by_kind.setdefault(place.kind, []).append(place)
    rng = stream(seed, "workers")
    hire = _Hire(given, names, rng, calendar)
    first = {
        "country": by_kind["country"][0],
        "district": by_kind["district"][0],
        "centre": by_kind["health_centre"][0],
    }
    sonia = ""
    fixed = []
    for username, role, where, sex in FIXED:
        one = hire.post(first[where].code, role, sex, username=username, leaves=False)
        fixed.append(one)
        sonia = one.id if username == "sonia" else sonia
    yield from (msgspec.structs.replace(one, supervisor=sonia) if one.site == first["centre"].code else one
                for one in fixed)  # fmt: skip
    for district in by_kind["district"][1:]:
        for role in ("psychiatrist", "supervisor", "psychologist", "physician"):
            yield hire.post(district.code, role, leaves=False)
    for n, centre in enumerate(by_kind["health_centre"]):
        walkers = max(2, round(centre.registered / per_chw))
        first_has = {"nurse": 1, "chw": 1}
        wanted = [("nurse", 3), ("chw", walkers)] if n == 0 else [("care_manager", 1), ("nurse", 3), ("chw", walkers)]
        if n == 0:
            wanted = [(role, many - first_has[role]) for role, many in wanted]
        for role, many in wanted:
            for _ in range(many):
                yield from hire.line(centre.code, role, sonia if n == 0 else "")
    for hospital in by_kind.get("hospital", ()):
        for _ in range(2):
            yield hire.post(hospital.code, "nurse", leaves=False)


class _Hire:
    """Fills posts; a post whose holder leaves is filled again after some weeks."""

    def __init__(self, given: Rates, names: Names, rng: Random, calendar: Calendar) -> None:
        self.given, self.names, self.rng, self.calendar = given, names, rng, calendar
        self.count = 0

    def post(self, site: str, role: str, sex: str = "", *, username: str = "", leaves: bool = True,
             starts: int | None = None, supervisor: str = "") -> Employee:  # fmt: skip
        rng, calendar = self.rng, self.calendar
        self.count += 1
        sex = sex or ("female" if rng.random() < 0.6 else "male")
        given = username.capitalize() or self.names.given(rng, sex)
        start = calendar.first - _BEFORE if starts is None else starts
        ends = None
        if leaves:
            stays = int(rng.expovariate(self.given.worker_leaves / MONTH)) + 60
            ends = start + stays if start + stays < calendar.today - 20 else None
        return Employee(
            id=new_id((calendar.first - EPOCH) * 86_400_000 + self.count, rng.randbytes(10)),
            username=username or f"{given.lower()}.{self.count}", name=f"{given} {self.names.family(rng)}", role=role,
            site=site, starts=start, ends=ends, phone=f"+000 555 {self.count // 10000:02}{self.count % 10000:04}",
            minutes=int(self.given.minutes_psychiatrist) if role == "psychiatrist" else None, supervisor=supervisor,
        )  # fmt: skip

    def line(self, site: str, role: str, supervisor: str) -> Iterator[Employee]:
        """The holders of one post, one after another."""
        starts: int | None = None
        while True:
            one = self.post(site, role, starts=starts, supervisor=supervisor)
            yield one
            if one.ends is None:
                return
            starts = one.ends + 15 + int(self.rng.random() * 60)
            if starts > self.calendar.today - 20:
                return
