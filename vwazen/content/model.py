"""What an entry of the content may hold. Unknown keys are refused, so a typing error is found.

Defaults are left out of the compiled bundle: whoever reads it (the phone) uses the defaults written here.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Segment = Literal["general", "mental-health", "substance-use", "hiv", "intimate-partner-violence", "therapy-notes"]
Role = Literal[
    "chw",
    "lay_counsellor",
    "nurse",
    "psychologist",
    "social_worker",
    "care_manager",
    "physician",
    "psychiatrist",
    "pharmacist",
    "supervisor",
    "programme_manager",
    "me_officer",
    "administrator",
]
Licence = Literal[
    "Apache-2.0",  # our own words and numbers only; the owner's wording is not in the file
    "free-with-credit",  # the owner lets anybody reproduce it; the credit line stays
    "us-government-work",
    "public-domain",
    "non-commercial",
    "CC-BY-NC-SA-3.0-IGO",
    "CC-BY-ND-3.0-IGO",  # word for word, with credit
]
Sex = Literal["female", "male"]
Sources = tuple[str, ...]
"""Keys of `sources.yaml`. The key `vwazen` marks a rule of our own, which nobody has reviewed unless it says so."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of an entry."""


class Entry(Part, frozen=True, kw_only=True, eq=False, weakref=True):
    """What every entry of every kind carries. Compared by identity: the loader makes each only once."""

    id: str
    version: int
    licence: Licence
    source: Sources
    reviewed: str  # by whom, or "not yet reviewed by a clinician"


class Pack(Part, frozen=True, kw_only=True):
    """`pack.yaml`: a folder of content that can be added or taken away as a whole."""

    id: str
    title: str
    licences: tuple[Licence, ...]  # what the entries of this pack may be under
    note: str = ""


class SourceList(Entry, frozen=True, kw_only=True, eq=False):
    """`sources.yaml`: where facts come from, by key."""

    sources: dict[str, str]


class CodeSegment(Part, frozen=True, kw_only=True):
    """LOINC codes that must stay hidden even where no installed instrument reads them."""

    segment: Segment
    what: str
    codes: tuple[str, ...]
    source: Sources


class SegmentList(Entry, frozen=True, kw_only=True, eq=False):
    """`segments.yaml`: which consent segment a code belongs to."""

    segments: tuple[CodeSegment, ...]


class Figure(Part, frozen=True, kw_only=True):
    """One published number with its source, or what was searched in vain."""

    value: float | None = None
    source: Sources = ()
    note: str = ""
    none_found: str = ""


class Recall(Part, frozen=True, kw_only=True):
    """The stretch of time that the questions are about; `days` is None for a lifetime or "now"."""

    text: str
    days: int | None = None
    source: Sources = ()


class Ages(Part, frozen=True, kw_only=True):
    """Whole years, both ends included; None is open."""

    low: int | None = None
    high: int | None = None
    source: Sources = ()
    note: str = ""


class Panel(Part, frozen=True, kw_only=True):
    """LOINC codes of the whole; None where none was found."""

    panel: str | None = None
    total: str | None = None
    source: Sources = ()
    note: str = ""


class Option(Part, frozen=True, kw_only=True):
    """One possible answer. `unscored`: a real answer that carries no score ("not assessed")."""

    value: int
    loinc: str | None = None
    unscored: bool = False


class AnswerList(Part, frozen=True, kw_only=True):
    """The answers an item takes. `ordinal_differs`: scores that LOINC attaches to these answers are not the scale's."""

    options: tuple[Option, ...]
    loinc: str | None = None
    ordinal_differs: bool = False


class Whole(Part, frozen=True, kw_only=True):
    """An item answered by a whole number instead of a choice."""

    low: int = 0
    high: int | None = None


class AskedIf(Part, frozen=True, kw_only=True):
    """The item is asked only when one of these items is answered at or above `at_least`."""

    any_of: tuple[str, ...]
    at_least: int


class Item(Part, frozen=True, kw_only=True):
    """One question. `topic` is in our own words; the wording itself lies in `texts`."""

    id: str
    answers: str | None = None  # a key of `answer_lists`
    whole: Whole | None = None
    loinc: str | None = None
    reversed: bool = False
    scored: bool = True
    optional: bool = False
    asked_if: AskedIf | None = None
    if_unanswered: int | None = None
    topic: str = ""


class Text(Part, frozen=True, kw_only=True):
    """The wording in one language. standard: the owner's own; validated: a study names it; draft: neither."""

    status: Literal["standard", "validated", "draft"]
    source: Sources
    stem: str = ""
    instructions: str = ""
    items: dict[str, str] = {}
    answers: dict[str, dict[int, str]] = {}  # answer list -> value -> label
    note: str = ""


class Score(Part, frozen=True, kw_only=True):
    """How answers become a number.

    sum: the scored items, reversed ones turned round, times `multiply`. rating: the one answer. grid: two answers,
    (first - 1) x options of the second + second. screen: no number; any of `screen` is positive, `acute` more so.
    rate: first item x `per_days` / second item. typed: only a total that was worked out elsewhere.
    """

    method: Literal["sum", "rating", "grid", "screen", "rate", "typed"]
    multiply: int = 1
    screen: tuple[str, ...] = ()
    acute: str | None = None
    per_days: int = 30
    note: str = ""


class Range(Part, frozen=True, kw_only=True):
    """Totals that can occur: `low`, `low + step`, … `high`; `high` is None where there is no end."""

    low: int
    high: int | None
    step: int = 1
    source: Sources = ()


class Missing(Part, frozen=True, kw_only=True):
    """complete: no total unless all is answered. mean, zero: up to `at_most` blanks take that value."""

    rule: Literal["complete", "mean", "zero"]
    at_most: int = 0
    decide_when_certain: bool = False  # a cut-off that the answered items settle alone is reported without a total
    source: Sources = ()
    note: str = ""
    none_found: str = ""


class Band(Part, frozen=True, kw_only=True):
    """Whole totals from `low` to `high`, both included. A fraction belongs to the band it has reached."""

    low: int
    high: int
    name: str


class Cutoff(Part, frozen=True, kw_only=True):
    """A line in the total, for whom it was found, and how well it did. `used`: the one this programme goes by."""

    id: str
    means: str
    source: Sources
    at_least: float | None = None
    at_most: float | None = None
    used: bool = False
    sex: Sex | None = None
    ages: Ages | None = None
    population: str = ""
    sensitivity: float | None = None  # per cent
    specificity: float | None = None  # per cent
    note: str = ""


class Subscale(Part, frozen=True, kw_only=True):
    """A sum of some of the items; `at_least` is its own cut-off."""

    id: str
    name: str
    items: tuple[str, ...]
    source: Sources
    at_least: float | None = None
    note: str = ""


class CountOf(Part, frozen=True, kw_only=True):
    """`how_many` (or more, up to `no_more_than`) of `items` answered at or above `at_least`.

    `at_least_for` gives single items a line of their own.
    """

    items: tuple[str, ...]
    at_least: int
    how_many: int
    no_more_than: int | None = None
    at_least_for: dict[str, int] = {}


class Criterion(Part, frozen=True, kw_only=True):
    """A pattern in the answers, beside the total: all of its counts must hold."""

    id: str
    name: str
    all_of: tuple[CountOf, ...]
    source: Sources
    note: str = ""


class SafetyItem(Part, frozen=True, kw_only=True):
    """An answer at or above `at_least` means: speak with the person now."""

    item: str
    at_least: int
    about: str
    source: Sources
    note: str = ""


class Remark(Part, frozen=True, kw_only=True):
    """Said beside a total whose points all come from one item."""

    only_item: str
    text: str
    source: Sources


class Change(Part, frozen=True, kw_only=True):
    """What a difference between two totals means. meaningful, reliable, deterioration: points; response: the share
    of the first total by which it fell; remission: below this total (for a scale where high is worse)."""

    meaningful: Figure
    reliable: Figure
    response: Figure
    remission: Figure
    deterioration: Figure


class Vector(Part, frozen=True, kw_only=True):
    """Answers and what must come of them; what is not written is not tested.

    `answers`: one sign an item, in order: a number, Y, N, or _ for unanswered. Trailing optional items may be left
    out. `typed` is a total without items. `invalid` names the items refused ("total" for a typed total).
    """

    source: Sources
    answers: str | None = None
    typed: float | None = None
    safety_positive: bool | None = None
    sex: Sex | None = None
    age: int | None = None
    total: float | UnsetType | None = UNSET
    band: str | UnsetType | None = UNSET
    safety: Literal["positive", "negative", "unknown", "none"] | UnsetType = UNSET
    positive: bool | UnsetType | None = UNSET
    outcome: str | UnsetType | None = UNSET
    cutoffs: dict[str, bool | None] | UnsetType = UNSET
    criteria: dict[str, bool | None] | UnsetType = UNSET
    subscales: dict[str, float | None] | UnsetType = UNSET
    invalid: tuple[str, ...] = ()
    remarks: int | UnsetType = UNSET
    note: str = ""


class Instrument(Entry, frozen=True, kw_only=True, eq=False):
    """A questionnaire, rating or count that is asked the same way every time."""

    name: str  # short: PHQ-9
    title: str
    measures: str
    direction: Literal["high-is-worse", "high-is-better", "none"]
    segment: Segment
    terms: str  # what may be done with the wording, and who says so
    credit: str = ""  # to be shown wherever the wording is
    form: Literal["items", "total", "rating", "count"]
    wording: Literal["verbatim", "numbered", "none"]
    recall: Recall
    ages: Ages
    administered_by: tuple[Role, ...]
    aloud_in_company: bool
    loinc: Panel = Panel()
    answer_lists: dict[str, AnswerList] = {}
    items: tuple[Item, ...] = ()
    texts: dict[str, Text] = {}  # by language
    score: Score
    range: Range | None = None
    missing: Missing
    bands: tuple[Band, ...] = ()
    bands_source: Sources = ()
    bands_note: str = ""
    cutoffs: tuple[Cutoff, ...] = ()
    subscales: tuple[Subscale, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    safety: tuple[SafetyItem, ...] = ()
    remarks: tuple[Remark, ...] = ()
    change: Change
    validity: Figure  # days for which a total may stand for the present
    notes: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()


class InstrumentTexts(Entry, frozen=True, kw_only=True, eq=False):
    """`texts/*.yaml`: wording for an instrument of an earlier pack, by a site or country that may use it."""

    instrument: str
    instrument_version: int
    texts: dict[str, Text]
    credit: str = ""
