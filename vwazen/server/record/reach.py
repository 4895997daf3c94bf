"""Who else than a post says may know of a person, and who may not: read from two derived tables.

A share (an open referral, a yes to a site elsewhere) lets workers at that site know what it names, cut to their own
segments, until it ends. A denial (a no to a role, a site or a worker) takes away what a post gives. Both are rows of
`record_shared` and `record_denied`, written in the transaction of the word itself, so that they begin and end at once
on every page, list, count and file. The pages of one person go by the facts, which are exact; lists go by the rows.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import msgspec
from django.db.models import Q

from vwazen.clinical.chart import Chart
from vwazen.clinical.consent import Viewer, shares
from vwazen.clinical.referrals import shares as referral_shares
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, stay_rows, store
from vwazen.server.record.models import FOREVER, Denied, Person, Shared

SHARED = ("person", "path", "segments", "until", "fact")
DENIED = ("person", "recipient", "segment", "until")
MENTAL_HEALTH = "mental-health"


class Place(msgspec.Struct, frozen=True):
    """A path by which somebody may be reached, and the segments that are open by it (None: whatever the post gives)."""

    path: str
    segments: frozenset[str] | None = None


def viewer(by: Worker) -> Viewer:
    """The worker as words of consent name them."""
    held = policy.posts(by)
    return Viewer(
        worker=str(by.pk), roles=frozenset(post.role for post in held),
        sites=frozenset(code for post in held for code in post.site.path.split("/") if code),
    )  # fmt: skip


def places(row: Person) -> tuple[Place, ...]:
    """Where this person is known today: at home, and where they are shared. One query, once for each row object."""
    known: tuple[Place, ...] | None = row.__dict__.get("_reach")
    if known is None:
        found = Shared.objects.filter(person=row.pk, until__gte=clock.today()).values_list("path", "segments")
        known = (Place(row.path), *(Place(path, frozenset(some.split(","))) for path, some in found))
        row.__dict__["_reach"] = known
    return known


def paths(row: Person) -> tuple[str, ...]:
    """The site paths at which this person is known today, their own first."""
    return tuple(dict.fromkeys(one.path for one in places(row)))


def place(by: Worker, row: Person, permissions: Iterable[str]) -> Place | None:
    """By which place `by` reaches this person with one of these rights: their own first; None where by none.

    Of several shares at one path the segments add up. Who reaches somebody at home asks the database nothing.
    """
    rights = tuple(permissions)
    if any(policy.can(by, one, row.path) for one in rights):
        return Place(row.path)
    open_to: dict[str, frozenset[str]] = {}
    for one in places(row)[1:]:
        if any(policy.can(by, right, one.path) for right in rights):
            open_to[one.path] = open_to.get(one.path, frozenset()) | (one.segments or frozenset())
    for path, segments in open_to.items():
        return Place(path, segments)
    return None


def given(by: Worker, at: Place) -> frozenset[str]:
    """The segments that posts give `by` at this place, as far as they are open there: before any no."""
    mine = policy.segments(by, at.path)
    return mine if at.segments is None else mine & at.segments


def shared_with(by: Worker, permission: str) -> tuple[str, ...]:
    """Ids of the people from elsewhere who are shared with a site where `by` has this right."""
    here = policy.within(policy.site_paths(by, permission))
    return tuple(dict.fromkeys(Shared.objects.filter(here, until__gte=clock.today()).values_list("person", flat=True)))


def denied(by: Worker, segment: str) -> frozenset[str]:
    """Whose record is closed to `by` in this segment by the person's own word.

    Everybody's names are closed with `general`: such a person is on no list of theirs.
    """
    meant = _recipients(by, segment)
    rows = store.select(
        f"SELECT DISTINCT person FROM record_denied WHERE recipient IN ({store.marks(meant)}) "  # noqa: S608
        "AND segment IN (%s, %s) AND until >= %s",
        [*meant, "general", segment, clock.today()],
    )
    return frozenset(str(person) for (person,) in rows)


def is_denied(by: Worker, row: Person, segment: str = "general") -> bool:
    return Denied.objects.filter(_closed(by, segment), person=row.pk).exists()


def hidden(by: Worker, segment: str = "general") -> bool:
    """Whether any record at all is closed to `by` in this segment: asked once for each worker object and change."""
    known: tuple[int, frozenset[tuple[str, bool]]] | None = by.__dict__.get("_reach_hidden")
    if known is None or known[0] != _changes:
        meant = viewer(by).recipients
        rows = store.select(
            f"SELECT DISTINCT recipient, segment FROM record_denied WHERE recipient IN ({store.marks(meant)}) "  # noqa: S608
            "AND until >= %s",
            [*meant, clock.today()],
        )
        known = (_changes, frozenset((str(segment), bool(to)) for to, segment in rows))
        by.__dict__["_reach_hidden"] = known
    # Names and tasks are closed to whom a no names, never to everybody.
    return ("general", True) in known[1] or (
        segment != "general" and not known[1].isdisjoint(((segment, True), (segment, False)))
    )


def reads(by: Worker, row: Person, segment: str) -> bool:
    """Whether `by` may read this segment at the place by which `row` was reached (`access.require_person`)."""
    here = (given(by, one) for one in places(row) if one.path == row.path)
    return any(segment in some for some in here) and not is_denied(by, row, segment)


def closed(by: Worker, segment: str = "general", field: str = "person") -> Q:
    """A filter for rows about people who are closed to `by`; it matches nothing, and costs nothing, where nobody is."""
    if not hidden(by, segment):
        return Q(pk__in=[])
    return Q(**{f"{field}__in": Denied.objects.filter(_closed(by, segment)).values("person")})


def open_to(by: Worker, segment: str = "general", field: str = "person") -> Q:
    """A filter that leaves out whoever is closed to `by`; it costs nothing where nobody is."""
    return ~closed(by, segment, field) if hidden(by, segment) else Q()


def within(by: Worker, paths: Iterable[str], field: str = "path", person: str = "person") -> Q:
    """A filter for rows about people at these paths of whom `by` may know at all; `person` names their column."""
    return policy.within(paths, field) & open_to(by, field=person)


def unreadable(by: Worker, segment: str = MENTAL_HEALTH) -> frozenset[str]:
    """Whose reasons and scores `by` may not read by the person's own word; asked once for a worker object."""
    if not hidden(by, segment):
        return frozenset()
    known: dict[tuple[int, str], frozenset[str]] = by.__dict__.setdefault("_reach_closed", {})
    key = (_changes, segment)
    if key not in known:
        known[key] = denied(by, segment)
    return known[key]


def open_sql(by: Worker, column: str, segment: str = "general") -> tuple[str, list[object]]:
    """The same as a condition over a column that holds persons' ids, with its values; ("", []) where nobody is."""
    if not hidden(by, segment):
        return "", []
    meant = _recipients(by, segment)
    marks = store.marks(meant)
    words = (
        f" AND {column} NOT IN (SELECT person FROM record_denied WHERE recipient IN ({marks}) "  # noqa: S608
        "AND segment IN (%s, %s) AND until >= %s)"
    )
    return words, [*meant, "general", segment, clock.today()]


_changes = 0


def changed() -> None:
    """To be called wherever a denial is written: no worker object answers from before it."""
    global _changes  # noqa: PLW0603  one counter a process, as in policy
    _changes += 1


def _recipients(by: Worker, segment: str) -> list[str]:
    """Whom a no must name for `by` to be meant. What is closed to everybody is in no row of a list to begin with,
    and names and tasks cannot be closed to everybody: somebody must be able to help."""
    meant = list(viewer(by).recipients)
    return meant if segment != "general" else meant[1:]


def _closed(by: Worker, segment: str) -> Q:
    own = Q(recipient__in=_recipients(by, segment), segment=segment)
    if segment != "general":  # who may not know of the person may not know of any part
        own |= Q(recipient__in=_recipients(by, "general"), segment="general")
    return own & Q(until__gte=clock.today())


def shared_rows(
    person: str, one: Chart, home: str, today: dt.date, path_of: Callable[[str], str]
) -> list[Sequence[object]]:
    """The rows of `record_shared` that follow from a chart. A share with the person's own site, or one above it, says
    nothing new."""
    found: list[Sequence[object]] = []
    for share in (*shares(one.permits, today), *referral_shares(one), *stay_rows.shares(one)):
        path = path_of(share.site)
        if not home.startswith(path):
            found.append((person, path, ",".join(share.segments), share.until or FOREVER, share.fact[:36]))
    return found


def denied_rows(person: str, one: Chart, today: dt.date) -> list[Sequence[object]]:
    """The rows of `record_denied` that follow from a chart."""
    noes: dict[tuple[str, str], dt.date] = {}
    for no in one.permits.denials(today):
        if no.known and no.closes:
            key = no.to[:60], no.segment
            noes[key] = max(noes.get(key, dt.date.min), no.until or FOREVER)
    return [(person, to, segment, until) for (to, segment), until in sorted(noes.items())]
