"""Content that a clinic works from: lists of medicines, what is measured, and codes of diagnoses."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from vwazen.content.model import Entry, Part, Segment, Sources

if TYPE_CHECKING:
    from vwazen.content.load import Content

Route = Literal["oral", "injection", "other"]


class Check(Part, frozen=True, kw_only=True):
    """Something to measure in whoever takes a medicine. `every_days` None: no interval was found in a source."""

    what: str  # an id of `measurements.yaml`
    source: Sources
    every_days: int | None = None
    note: str = ""


class Caution(Part, frozen=True, kw_only=True):
    """What a source says about a medicine, in our own words."""

    text: str
    source: Sources


class Product(Part, frozen=True, kw_only=True):
    """One way in which a medicine is supplied. No dose: that is for whoever prescribes."""

    form: str
    strength: str
    route: Route = "oral"
    long_acting: bool = False
    source: Sources = ()


class Medicine(Part, frozen=True, kw_only=True):
    """One medicine of a list. `pregnancy` None: not checked, which is no permission.

    `also`: other names by which it is written down. `segment`: who may see that somebody takes it.
    """

    id: str
    name: str
    source: Sources
    also: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    segment: Segment = "mental-health"
    route: Route = "oral"
    long_acting: bool = False
    measure: tuple[Check, ...] = ()
    pregnancy: Caution | None = None


class Medicines(Entry, frozen=True, kw_only=True, eq=False):
    """`medicines/*.yaml`: a list of medicines. `covers` says what the list knows, and what it does not."""

    title: str
    covers: str
    medicines: tuple[Medicine, ...]


class Measure(Part, frozen=True, kw_only=True):
    """Something that can be measured. `low` and `high` catch slips of the pen; they are no clinical threshold.

    A measure without units is recorded in words.
    """

    id: str
    title: str
    units: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    segment: Segment = "mental-health"
    note: str = ""


class Measurements(Entry, frozen=True, kw_only=True, eq=False):
    """`measurements.yaml`: what can be measured; `basis` says where the typing ranges come from."""

    basis: str
    measures: tuple[Measure, ...]


class CodeList(Entry, frozen=True, kw_only=True, eq=False):
    """`codes/*.yaml`: codes of diagnoses with their names, as their owner wrote them.

    The codes stand in the file itself, or in `file`: a CSV beside it with the columns code and title.
    """

    title: str
    system: str
    credit: str = ""
    file: str = ""
    codes: dict[str, str] = {}
    segments: dict[str, Segment] = {}  # beginning of a code -> who may see it, where that is not mental-health care

    def segment(self, code: str) -> Segment:
        """The segment that a code asks for; the longest beginning decides."""
        fits = [beginning for beginning in self.segments if code.startswith(beginning)]
        return self.segments[max(fits, key=len)] if fits else "mental-health"


@lru_cache(maxsize=4)
def medicines(know: "Content") -> Mapping[str, Medicine]:
    """id -> medicine, over all installed lists; later lists win."""
    return {one.id: one for listed in know.all(Medicines) for one in listed.medicines}


@lru_cache(maxsize=4)
def measures(know: "Content") -> Mapping[str, Measure]:
    """id -> what can be measured, in the order of the lists."""
    return {one.id: one for listed in know.all(Measurements) for one in listed.measures}


def medicine_named(know: "Content", name: str) -> Medicine | None:
    """The medicine that is written by this name, whatever its capitals; None where no list holds it."""
    wanted = " ".join(name.casefold().split())
    for one in medicines(know).values():
        if wanted in (other.casefold() for other in (one.name, *one.also)):
            return one
    return None


def codes(know: "Content", wanted: str, most: int = 20) -> list[tuple[CodeList, str, str]]:
    """(list, code, title) for what somebody typed: a code, or words that all stand in the title; the shortest first."""
    text = wanted.strip().casefold()
    parts = text.split()
    found = []
    for one in know.all(CodeList):
        for code, title in one.codes.items():
            lower = title.casefold()
            if parts and (code.casefold().startswith(text) or all(part in lower for part in parts)):
                begins = lower.startswith(text) or code.casefold() == text
                found.append(((not begins, len(title), one.id, code), (one, code, title)))
    found.sort(key=lambda pair: pair[0])
    return [row for _, row in found[:most]]
