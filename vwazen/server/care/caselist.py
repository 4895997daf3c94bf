"""The caseload as a list: who stands in which tier today, in order, fifty at a time.

Reads only the derived rows. One statement finds a page by walking an index that is in the order of the list, so that
it costs the same at 300 people and at 141,000; another counts each tab, up to a limit beyond which "more" is said.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.text import slugify

from vwazen.content.load import content
from vwazen.content.rules import Tiers
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import names, reach, store
from vwazen.server.record.models import CaseloadRow

A_PAGE = 50
COUNTED = 1000  # a tab with more says so; nobody reads a thousand names
COUNTED_JOINED = 200  # the same where a filter needs the wider row
FEW_SITES = 20  # as many sites are looked up one by one; for more, the whole list is walked and others are left out
ON_TRACK = 99
PERMISSION = "see_caseload"


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """Tiers that share a word."""

    slug: str
    word: str
    ranks: tuple[int, ...]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What the list is narrowed to. `people` None is everyone; `owners` None is every owner.

    `sites` names every site path below `paths` where they are a few (see `few`), else it is None.
    """

    paths: tuple[str, ...]
    sites: tuple[str, ...] | None = None
    people: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None
    step: int | None = None
    ranks: tuple[int, ...] | None = None
    other: bool = False  # only conditions that PHQ-9 does not measure
    by: Worker | None = None  # who asks: of whom they are not to know at all is left out


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one row stands today, and why."""

    row: str
    person: str
    path: str
    owner: str
    tier: int
    rank: int
    waiting_since: dt.date
    word: str
    reason: str
    plain: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A row's place in the order of the list, without its words."""

    row: str
    person: str
    path: str
    rank: int
    waiting_since: dt.date


def tabs() -> tuple[Tab, ...]:
    """The words of the tiers in force, most urgent first, and the last one for everyone else."""
    rules = content().get(Tiers, "default")
    by_word: dict[str, list[int]] = {}
    for tier in rules.tiers:
        by_word.setdefault(tier.word, []).append(tier.tier)
    by_word[rules.otherwise] = [ON_TRACK]
    return tuple(Tab(slug=slugify(word), word=word, ranks=tuple(ranks)) for word, ranks in by_word.items())


def page(filters: Filters, today: dt.date, after: Place | None, size: int = A_PAGE) -> list[Place]:
    """The first `size` + 1 places after `after`, in the order of the list; the extra one says that it goes on."""
    where, values = _where(filters, today)
    if after is not None:
        where += " AND (s.rank, s.waiting_since, s.row) > (%s, %s, %s)"
        values += [after.rank, after.waiting_since, after.row]
    join = " JOIN record_caseload r ON r.id = s.row" if filters.step is not None else ""
    statement = (
        "SELECT s.row, s.person, s.path, s.owner, s.tier, s.rank, s.waiting_since, s.word, s.reason, s.plain "  # noqa: S608
        f"FROM record_segment s{join} WHERE {where} ORDER BY s.rank, s.waiting_since, s.row LIMIT {size + 1}"
    )
    return [_place(row) for row in store.select(statement, values)]


def order(filters: Filters, today: dt.date, size: int) -> list[Standing]:
    """The first `size` rows in the order of the list, with nothing but their place: read from an index alone.

    Of a few sites SQLite gathers and sorts theirs: in the order of a country's list it would pass by all others.
    """
    where, values = _where(filters, today)
    rank = "s.rank" if filters.sites is None else store.by_itself("s.rank")
    statement = (
        "SELECT s.row, s.path, s.rank, s.waiting_since FROM record_segment s "  # noqa: S608
        f"WHERE {where} ORDER BY {rank}, s.waiting_since, s.row LIMIT {size}"
    )
    return [
        # A row's id begins with its person's.
        Standing(row=str(row), person=str(row)[:36], path=str(path), rank=int(str(rank)), waiting_since=day_of(since))
        for row, path, rank, since in store.select(statement, values)
    ]


def places_in(rows: Sequence[str], today: dt.date) -> dict[str, Place]:
    """Row -> where it stands today, for these rows."""
    if not rows:
        return {}
    statement = (
        "SELECT row, person, path, owner, tier, rank, waiting_since, word, reason, plain FROM record_segment "  # noqa: S608
        f"WHERE person IN ({store.marks(rows)}) AND row IN ({store.marks(rows)}) AND starts <= %s AND ends > %s"
    )
    people = [row[:36] for row in rows]
    found = [_place(row) for row in store.select(statement, [*people, *rows, today, today])]
    return {place.row: place for place in found}


def counts(filters: Filters, today: dt.date) -> dict[str, tuple[int, bool]]:
    """Tab -> how many, and whether there are more than that."""
    most = COUNTED if filters.step is None else COUNTED_JOINED
    join = " JOIN record_caseload r ON r.id = s.row" if filters.step is not None else ""
    parts: list[str] = []
    values: list[object] = []
    for number, tab in enumerate(tabs()):
        where, more = _where(msgspec.structs.replace(filters, ranks=tab.ranks), today)
        parts.append(
            f"SELECT {number}, count(*) FROM (SELECT 1 FROM record_segment s{join} "  # noqa: S608
            f"WHERE {where} LIMIT {most + 1}) t{number}"
        )
        values += more
    found = {str(number): int(str(many)) for number, many in store.select(" UNION ALL ".join(parts), values)}
    numbers = {tab.slug: found[str(number)] for number, tab in enumerate(tabs())}
    return {slug: (min(number, most), number > most) for slug, number in numbers.items()}


def _where(filters: Filters, today: dt.date) -> tuple[str, list[object]]:
    """The condition of a statement over record_segment s (and record_caseload r for the step), and its values."""
    parts: list[str] = ["s.starts <= %s", "s.ends > %s"]
    values: list[object] = [today, today]

    def one_of(column: str, wanted: Sequence[object]) -> None:
        parts.append(f"{column} IN ({store.marks(wanted)})" if wanted else "1 = 0")
        values.extend(wanted)

    if filters.sites is not None or not filters.paths:
        one_of("s.path", filters.sites or ())
    else:
        parts.append("(" + " OR ".join(["s.path LIKE %s"] * len(filters.paths)) + ")")
        values += [f"{path}%" for path in filters.paths]
    if filters.people is not None:
        one_of("s.person", filters.people)
    if filters.by is not None:
        known, more = reach.open_sql(filters.by, "s.person")
        parts[-1] += known
        values += more
    if filters.owners is not None:
        one_of("s.owner", filters.owners)
    if filters.ranks is not None:
        one_of("s.rank", filters.ranks)
    if filters.other:
        parts.append("s.other = %s")
        values.append(True)
    if filters.step is not None:
        parts.append("r.step = %s")
        values.append(filters.step)
    return " AND ".join(parts), values


def few(sites: Iterable[Site]) -> tuple[str, ...] | None:
    """The paths of these sites, for `Filters.sites`; None where there are more than a few."""
    found = tuple(site.path for site in sites)
    return found if len(found) <= FEW_SITES else None


def _place(row: tuple[object, ...]) -> Place:
    return Place(
        row=str(row[0]), person=str(row[1]), path=str(row[2]), owner=str(row[3]), tier=int(str(row[4])),
        rank=int(str(row[5])), waiting_since=day_of(row[6]), word=str(row[7]), reason=str(row[8]), plain=str(row[9]),
    )  # fmt: skip


def day_of(value: object) -> dt.date:
    """A date as either database gives it."""
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def places_of(person: str, today: dt.date) -> list[Place]:
    """Where every row of one person stands today."""
    rows = store.select(
        "SELECT row, person, path, owner, tier, rank, waiting_since, word, reason, plain FROM record_segment "
        "WHERE person = %s AND starts <= %s AND ends > %s ORDER BY rank, waiting_since, row",
        [person, today, today],
    )
    return [_place(row) for row in rows]


def places_where(condition: str, values: Sequence[object]) -> list[Place]:
    """Places by a condition of ours over record_segment s."""
    statement = (
        "SELECT s.row, s.person, s.path, s.owner, s.tier, s.rank, s.waiting_since, s.word, s.reason, s.plain "  # noqa: S608
        f"FROM record_segment s WHERE {condition} ORDER BY s.rank, s.waiting_since, s.row"
    )
    return [_place(row) for row in store.select(statement, values)]


def rows_of(places: Iterable[Place]) -> dict[str, CaseloadRow]:
    """Row id -> what a line of the list shows."""
    return {row.pk: row for row in CaseloadRow.objects.filter(pk__in=[place.row for place in places])}


def cursor(place: Place) -> str:
    """Where a page ends: the row's id, and a seal over its place, so that no address says how urgent anyone is."""
    return f"{place.row}~{_seal(place)}"


def resume(text: str, today: dt.date) -> Place | None:
    """The place a cursor names, if that row still stands there; None where it has moved or is gone."""
    row, _, seal = text.partition("~")
    for place in places_of(row[:36], today):
        if place.row == row and constant_time_compare(seal, _seal(place)):
            return place
    return None


def _seal(place: Place) -> str:
    return salted_hmac("caseload", f"{place.row} {place.rank} {place.waiting_since}").hexdigest()[:16]


def team(by: Worker, today: dt.date) -> tuple[str, ...]:
    """Whoever holds a post at the very sites where `by` holds one, and whom `by` supervises; `by` first."""
    here = [post.site_id for post in policy.posts(by, today)]
    held = Q(starts__lte=today) & (Q(ends__isnull=True) | Q(ends__gt=today))
    posts = Post.objects.filter(held, site__in=here)
    found = Worker.objects.filter(Q(supervisor=by) | Q(pk__in=posts.values("worker"))).values_list("pk", flat=True)
    return (str(by.pk), *sorted({str(pk) for pk in found} - {str(by.pk)}))


def sounding_like(name: str) -> tuple[str, ...] | None:
    """People whose name sounds like this one, at most 200; None for no name."""
    if not names.plain(name):
        return None
    return tuple(names.candidates(name))
