"""Living with help: reviews in a protected home, the way home from a long stay, calls to who did not come.

The numbers of days are our default, not yet reviewed by a clinician; pages say so beside them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.live import Entry, Live
from vwazen.clinical.owners import Passing, holder
from vwazen.clinical.stay_view import StayView

B = TypeVar("B", f.ResidentReview, f.Reintegration, f.AbsenceCall)

FIRST_REVIEW_DAYS = 14  # after moving in, until the first review of a stay in a protected home
LONGEST_REVIEW_DAYS = 183  # until the next one, at the most
LONG_STAY_DAYS = 180  # in hospital: longer is a long stay, whose way home somebody leads
HIGH_USE_VISITS, HIGH_USE_DAYS = 3, 90  # so many emergency visits in so many days are asked about
FOLLOWED_DAYS = 90  # after coming home, for which somebody follows, at the least

STAGES: dict[str, str] = {
    "assessed": "assessed", "family_found": "family found", "place_found": "place found",
    "trial_leave": "on trial leave", "home": "home", "followed": "followed at home",
}  # fmt: skip
RIGHTS: dict[str, str] = {
    "leave": "to leave when they wish", "visitors": "to have visitors", "money": "to hold their own money",
    "key": "to a key of their own", "privacy": "to a place of their own, and to post and telephone unread",
    "complain": "to complain, and to whom", "treatment": "to refuse a treatment",
}  # fmt: skip
AREAS: dict[str, str] = {
    "washing": "washing and dressing", "cooking": "cooking", "house": "keeping the house", "medicines": "medicines",
    "money": "money and shopping", "going_out": "going out and finding the way", "people": "being among people",
    "work": "work or learning",
}  # fmt: skip
ALONE: dict[str, str] = {"alone": "alone", "with_help": "with help", "not_yet": "not yet"}


def home_owner(alive: Live, moved: tuple[Passing, ...]) -> str:
    """Who answers for the newest stay in a protected home: whoever was named at moving in or at the last review."""
    said: list[Entry[f.Stay] | Entry[f.ResidentReview]] = [
        *(e for e in alive.of(f.Stay) if e.body.where == "protected_home" and e.body.event == "admitted"),
        *alive.of(f.ResidentReview),
    ]  # fmt: skip
    for entry in sorted(said, key=lambda one: (one.at, one.fact.id), reverse=True):
        first = entry.body.worker if isinstance(entry.body, f.Stay) else entry.body.owner
        if first:
            return holder(first, entry.at, moved)
    return ""


def resident_reviews(alive: Live) -> tuple[tuple[Fact, f.ResidentReview], ...]:
    """Every review, oldest first, each naming its stay by the first fact of it."""
    return tuple((e.fact, _rooted(alive, e.body)) for e in alive.of(f.ResidentReview))


def way_home(alive: Live, moved: tuple[Passing, ...]) -> tuple[tuple[Fact, f.Reintegration], ...]:
    """Every step of a way home, oldest first, with whoever takes the next one now."""
    return tuple(
        (e.fact, msgspec.structs.replace(_rooted(alive, e.body), owner=holder(e.body.owner, e.at, moved)))
        for e in alive.of(f.Reintegration)
    )


def absence_calls(alive: Live) -> tuple[tuple[Fact, f.AbsenceCall], ...]:
    """Every call about a day on which somebody did not come, oldest first."""
    return tuple((e.fact, _rooted(alive, e.body)) for e in alive.of(f.AbsenceCall))


def _rooted(alive: Live, body: B) -> B:
    return msgspec.structs.replace(body, stay=alive.root.get(body.stay, body.stay))


def far(alone: Mapping[str, str]) -> tuple[int, int] | None:
    """In how many areas somebody does without help, and of how many that were asked; None where none was.

    A count of areas in our own words, and no scale: nothing is known of what a change in it means.
    """
    return (sum(value == "alone" for value in alone.values()), len(alone)) if alone else None


def named(stay: StayView) -> str:
    """What later facts call a stay: its beginning, since the least of its ids may be of any word about it."""
    return (stay.admitted or stay.events[0]).id


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A stay in a protected home and when it is to be looked at again. `last` is the newest review, if there is one."""

    stay: StayView
    last: tuple[Fact, f.ResidentReview] | None
    due: dt.date


def reviews_due(stays: Sequence[StayView], reviews: Sequence[tuple[Fact, f.ResidentReview]]) -> list[Review]:
    """Every stay in a protected home that lasts, with its next review."""
    found = []
    for stay in stays:
        if stay.where == "protected_home" and stay.state in ("in", "leave"):
            said = [one for one in reviews if one[1].stay in stay.ids]
            last = said[-1] if said else None
            agreed = dt.date.fromisoformat(last[1].next) if last else None
            due = agreed or stay.since + dt.timedelta(days=FIRST_REVIEW_DAYS)
            found.append(Review(stay=stay, last=last, due=due))
    return found


class WayHome(msgspec.Struct, frozen=True, kw_only=True):
    """A long stay in hospital and the steps of the way home, oldest first.

    `since` is the day on which it became a long one, which may still come; `owner` takes the next step by `next`
    (None: nobody said a date). `named`: a worker was named for the time at home.
    """

    stay: StayView
    steps: tuple[tuple[Fact, f.Reintegration], ...]
    since: dt.date
    owner: str
    next: dt.date | None
    named: bool

    @property
    def stage(self) -> str:
        return self.steps[-1][1].stage if self.steps else ""

    @property
    def open(self) -> bool:
        """Whether a next step is owed: until somebody was followed at home and no date is left."""
        return self.stage != "followed" or self.next is not None


def ways_home(
    stays: Sequence[StayView], steps: Sequence[tuple[Fact, f.Reintegration]], today: dt.date
) -> list[WayHome]:  # fmt: skip
    """Every stay in hospital that lasts (it may become a long one), and each long one that ended and is not followed.

    An end longer ago than `FOLLOWED_DAYS` is history where nobody ever began the way home. A stay that a transfer
    went on with counts from its beginning elsewhere.
    """
    by_id = {one.id: one for one in stays}
    went_on = {one.follows for one in stays if one.follows}
    found = []
    for stay in stays:
        if stay.where != "hospital" or stay.id in went_on or stay.destination == "died":
            continue
        began, ids = _began(stay, by_id)
        mine = tuple(one for one in steps if one[1].stay in ids)
        since = began + dt.timedelta(days=LONG_STAY_DAYS)
        lasts = stay.state in ("in", "leave")
        recent = stay.until is not None and since <= stay.until and (today - stay.until).days <= FOLLOWED_DAYS
        if not (lasts or mine or recent):
            continue
        last = mine[-1][1] if mine else None
        way = WayHome(
            stay=stay, steps=mine, since=since, owner=last.owner if last else "",
            next=dt.date.fromisoformat(last.next) if last and last.next else None,
            named=any(body.stage in ("home", "followed") for _, body in mine),
        )  # fmt: skip
        if way.open:
            found.append(way)
    return found


def _began(stay: StayView, by_id: Mapping[str, StayView]) -> tuple[dt.date, set[str]]:
    """When somebody first came in, over transfers; and the ids by which steps may name it."""
    began, ids, seen = stay.since, set(stay.ids), {stay.id}
    while stay.follows in by_id and stay.follows not in seen:
        stay = by_id[stay.follows]
        seen.add(stay.id)
        began, ids = min(began, stay.since), ids | set(stay.ids)
    return began, ids


def readmissions(stays: Sequence[StayView]) -> list[tuple[StayView, int | None]]:
    """Every end of a stay in hospital after which somebody could come again, and after how many days they did (None:
    not since). A transfer is no end, and nobody comes again after dying; neither does who left nobody knows when.
    """
    hospital = [one for one in stays if one.where == "hospital"]
    went_on = {one.follows for one in hospital if one.follows}
    found: list[tuple[StayView, int | None]] = []
    for stay in hospital:
        if stay.until is None or stay.state != "out" or stay.destination == "died" or stay.id in went_on:
            continue
        after = [(other.since - stay.until).days for other in hospital if _later(other, stay)]
        found.append((stay, min(after, default=None)))
    return found


def _later(other: StayView, stay: StayView) -> bool:
    """Whether this is a new stay after that one ended."""
    if stay.until is None or other.id == stay.id or other.admitted is None or other.follows:
        return False
    return other.since >= stay.until and f.instant(other.events[0].occurred) > f.instant(stay.events[0].occurred)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One day of somebody at the day hospital. `state` is here, late, absent, or "" where only a call is on record."""

    stay: StayView
    day: dt.date
    state: Literal["", "here", "late", "absent"]
    marked: Fact | None
    call: tuple[Fact, f.AbsenceCall] | None

    @property
    def why(self) -> str:
        return self.marked.body.reason if self.marked and isinstance(self.marked.body, f.Stay) else ""


LATE = "late"  # the reason of somebody who attended, but late


def days_at(
    stays: Sequence[StayView], calls: Sequence[tuple[Fact, f.AbsenceCall]], since: dt.date
) -> list[Day]:  # fmt: skip
    """Every day on record at the day hospital from `since` on, oldest first; of one day the newest word counts."""
    found = []
    for stay in stays:
        if stay.where != "day_hospital":
            continue
        marked = {one.day: one for one in stay.events if getattr(one.body, "event", "") in ("attended", "absent")}
        called = {dt.date.fromisoformat(one[1].day): one for one in calls if one[1].stay in stay.ids}
        for day in sorted({*marked, *called}):
            if day >= since:
                mark = marked.get(day)
                found.append(Day(stay=stay, day=day, state=_mark(mark), marked=mark, call=called.get(day)))
    return found


def _mark(fact: Fact | None) -> Literal["", "here", "late", "absent"]:
    if fact is None or not isinstance(fact.body, f.Stay):
        return ""
    if fact.body.event == "absent":
        return "absent"
    return "late" if fact.body.reason == LATE else "here"
