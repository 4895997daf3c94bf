"""One line of a list of people, ready to show: the tier and its reason, the step, the course, the dates, the owner."""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from vwazen.server.care.caselist import Place, rows_of
from vwazen.server.care.listing import may_read, tell_apart, worker_names
from vwazen.server.care.pictures import Scale, scale
from vwazen.server.organisation.models import Worker
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import CaseloadRow, Person

NOBODY = "nobody"


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The course of a row as its spark and chip show it. `last` None: `why` says why there is no number."""

    scale: Scale
    course: tuple[float | None, ...]
    last: float | None
    change: float | None
    first: bool
    why: str
    target: float | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one tier. `score` is None where there is no instrument or it may not be seen.

    `tried` is an id for a try at the visit that is due, drawn for whoever may record one; "" where none is due.
    `which` tells the rows of somebody apart who stands on the list more than once; else "".
    """

    place: Place
    name: str
    apart: str
    reason: str
    step: int | None
    weeks: int | None
    score: Score | None
    seen: dt.date | None
    next: dt.date | None
    late: bool
    owner: str
    reads: bool
    tried: str = ""
    which: str = ""


def lines(by: Worker, places: Iterable[Place], today: dt.date) -> list[Line]:
    """A line for each place, in the same order; two queries, and one more where somebody has no row of a caseload."""
    places = list(places)
    rows: dict[str, CaseloadRow | Person] = dict(rows_of(places))
    absent = [place.person for place in places if place.row not in rows]
    if absent:
        rows |= {one.pk: one for one in Person.objects.filter(pk__in=absent)}
    owners = worker_names(place.owner for place in places)
    theirs: dict[str, list[str]] = {}
    for place in places:
        theirs.setdefault(place.person, []).append(place.row)
    return [_line(by, place, rows[place.row], owners, today, theirs[place.person]) for place in places
            if place.row in rows]  # fmt: skip


def _line(
    by: Worker, place: Place, row: CaseloadRow | Person, owners: Mapping[str, str], today: dt.date, theirs: list[str]
) -> Line:
    read = may_read(by, place.path, place.person)
    if isinstance(row, Person):
        row = CaseloadRow(name=row.name, born=row.born, place=row.place)
    return Line(
        place=place, name=row.name, apart=tell_apart(row), reason=place.reason if read else place.plain,
        step=row.step, weeks=(today - row.started).days // 7 if row.started else None,
        score=score_of(row) if read else None, seen=row.last_contact, next=row.next_date,
        late=row.next_date is not None and row.next_date < today,
        owner=owners.get(place.owner, "someone who left") if place.owner else NOBODY, reads=read,
        tried=make_id() if row.next_date and row.next_date <= today and by.can("record_care", place.path) else "",
        which=_which(row, place, theirs, read=read) if len(theirs) > 1 else "",
    )  # fmt: skip


def _which(row: CaseloadRow, place: Place, theirs: list[str], *, read: bool) -> str:
    """What a row is followed for; for who may not know that, which of several it is."""
    if read and row.condition:
        return f"for {row.condition.replace('-', ' ')}"
    return f"care {theirs.index(place.row) + 1} of {len(theirs)}"


def score_of(row: CaseloadRow) -> Score | None:
    """The course of a row, for who may read it; None where its illness is followed by no instrument."""
    drawn = scale(row.instrument) if row.instrument else None
    if drawn is None:
        return None
    course = tuple(value for _, value in row.course)
    counted = sum(value is not None for value in course)
    first, last = row.first_score, row.last_score
    counts = row.state not in ("below_baseline", "no_baseline") and drawn.kind == "line"
    return Score(
        scale=drawn, course=course, last=None if row.unscored else last,
        change=last - first if last is not None and first is not None else None, first=counted == 1,
        why="not scored" if row.unscored else "no score yet",
        target=first * (1 - drawn.response) if counts and first is not None and drawn.response is not None else None,
    )  # fmt: skip
