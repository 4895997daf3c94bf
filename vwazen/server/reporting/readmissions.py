"""How many people were in hospital again after 7, 30 and 90 days, by place; sums that tell of a few are hidden.

Counted are ends of a stay in hospital within a year, all of them 90 days ago or longer, so that every window is over
and all of them have the same people in them. A transfer is no end, and whoever died in hospital is not counted.
"""

import datetime as dt
from collections.abc import Mapping

import msgspec

from vwazen.evidence import disclosure
from vwazen.evidence.disclosure import Vector, below
from vwazen.evidence.outcomes import Share
from vwazen.server.record import store
from vwazen.server.reporting.scope import Scope

WINDOWS = (7, 30, 90)  # days
YEAR = 365
MOST = 100  # people listed
_ALL = "all"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One place: how many ended a stay there, and how many were in again by each of `WINDOWS`; None is not shown."""

    path: str
    shares: tuple[Share, ...] | None


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The place itself and the places directly below; `first` and `last` are the days between which stays ended."""

    whole: Line
    lines: tuple[Line, ...]
    first: dt.date
    last: dt.date


def readmissions(scope: Scope, top: Scope, today: dt.date, limit: int) -> Again:
    """The figures of a place. `top` is the highest place its reader sees: from there it is decided what is hidden."""
    last = today - dt.timedelta(days=WINDOWS[-1])
    first = last - dt.timedelta(days=YEAR - 1)
    found = _counted(scope if scope.whole else top, first, last)
    here = scope.site.path
    names = sorted({below(here, path) for path in found if path.startswith(here)})
    if scope.whole:
        shown = disclosure.Shown(open=True, values=frozenset(), places=frozenset())
    else:
        leaves = {(path, _ALL): vector for path, vector in found.items()}
        shown = disclosure.shown(leaves, top=top.site.path, place=here, limit=limit)
    return Again(
        whole=Line(path=here, shares=_shares(found, here) if shown.open and not shown.values else None),
        lines=tuple(
            Line(
                path=name,
                shares=_shares(found, name, here) if shown.open and not shown.values and name not in shown.places
                else None,
            )
            for name in names
        ),
        first=first, last=last,
    )  # fmt: skip


def _shares(found: Mapping[str, Vector], name: str, here: str = "") -> tuple[Share, ...]:
    """The shares of everyone below this place; of a place that stands among its own children, of those there alone."""
    whole = name != here
    mine = [vector for path, vector in found.items() if (path.startswith(name) if whole else path == name)]
    parts = disclosure.add(mine, len(WINDOWS) + 1)
    return tuple(Share(many=sum(parts[: n + 1]), of=sum(parts)) for n in range(len(WINDOWS)))


def _counted(scope: Scope, first: dt.date, last: dt.date) -> dict[str, Vector]:
    """Path of a site -> how many were in again by day 7, from 8 to 30, from 31 to 90, and not by then. One query."""
    closed, more = scope.closed
    rows = store.select(
        "SELECT path, CASE WHEN again <= %s THEN 0 WHEN again <= %s THEN 1 WHEN again <= %s THEN 2 ELSE 3 END, "  # noqa: S608
        "count(*) FROM record_stay_course WHERE discharged IS NOT NULL AND discharged >= %s AND discharged <= %s "
        f"AND path LIKE %s{closed} GROUP BY 1, 2",
        [*WINDOWS, first, last, f"{scope.site.path}%", *more],
    )
    found: dict[str, list[int]] = {}
    for path, part, many in rows:
        found.setdefault(str(path), [0] * (len(WINDOWS) + 1))[int(str(part))] += int(str(many))
    return {path: tuple(counts) for path, counts in found.items()}


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who was in hospital again: when the first stay ended, and after how many days."""

    person: str
    name: str
    discharged: dt.date
    again: int


def behind(scope: Scope, asked: Again) -> list[Back]:
    """Whoever was in again within 90 days, the last first; for a reader who may open these charts only."""
    closed, more = scope.closed
    rows = store.select(
        "SELECT c.person, p.name, c.discharged, c.again FROM record_stay_course c "  # noqa: S608
        "JOIN record_person p ON p.id = c.person "
        "WHERE c.discharged IS NOT NULL AND c.discharged >= %s AND c.discharged <= %s AND c.path LIKE %s "
        f"AND c.again <= %s{closed} ORDER BY c.discharged DESC, c.id LIMIT {MOST}",
        [asked.first, asked.last, f"{scope.site.path}%", WINDOWS[-1], *more],
    )
    return [
        Back(person=str(person), name=str(name), discharged=_day(day), again=int(str(again)))
        for person, name, day, again in rows
    ]


def _day(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
