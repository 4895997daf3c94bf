"""Day hospital, protected homes and the way home from a long stay, as rows: what lists read, and what waits."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.homes import (
    LONG_STAY_DAYS,
    STAGES,
    Day,
    Review,
    WayHome,
    days_at,
    far,
    readmissions,
    reviews_due,
    ways_home,
)
from vwazen.clinical.stay_view import StayView
from vwazen.server.record.models import OpenItem
from vwazen.server.record.rows import row_id

ATTENDANCE = ("stay", "person", "path", "facility", "day", "state", "why", "by", "reached", "caller", "outcome")
COURSE = (
    "id", "stay", "person", "path", "reviewed", "next_review", "agrees", "rights", "alone", "asked", "stage",
    "stage_since", "owner", "next", "open", "discharged", "again", "reason",
)  # fmt: skip
DAYS = 70  # days of attendance that lists hold; the record has all of them


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits, as `open_items` takes it. `starts`: not before that day, which may still come."""

    kind: str
    fact: f.Fact
    owner: str
    since: dt.datetime
    due: dt.date | None
    reason: str
    plain: str
    starts: dt.date | None = None


def attendance(one: Chart, path: str, today: dt.date) -> list[Sequence[object]]:
    """The days at the day hospital, in the order of `ATTENDANCE`."""
    since = today - dt.timedelta(days=DAYS)
    return [_day(one, path, day) for day in days_at(one.stays, one.absence_calls, since)]


def _day(one: Chart, path: str, day: Day) -> Sequence[object]:
    call, said = day.call if day.call else (None, None)
    marked = day.marked
    return (
        day.stay.id, one.person, path, day.stay.facility[:50], day.day, day.state, day.why[:300],
        marked.author[:36] if marked else "", said.reached if said else "", call.author[:36] if call else "",
        said.outcome[:300] if said else "",
    )  # fmt: skip


def course(one: Chart, path: str, today: dt.date) -> list[Sequence[object]]:
    """What follows from each stay, in the order of `COURSE`; nothing for a stay of which there is nothing to say."""
    if one.merged_into:
        return []
    said: dict[str, dict[str, object]] = {}
    for review in reviews_due(one.stays, one.resident_reviews):
        said.setdefault(review.stay.id, {}).update(_reviewed(review, one.home_owner))
    for way in ways_home(one.stays, one.way_home, today):
        since = way.steps[-1][0].day if way.steps else way.since
        said.setdefault(way.stay.id, {}).update(
            stage=way.stage, stage_since=since, owner=way.owner[:36], next=way.next, open=not one.died
        )
    for stay, again in readmissions(one.stays):
        said.setdefault(stay.id, {}).update(discharged=stay.until, again=again)
    for stay in one.stays:
        if stay.emergency:
            said.setdefault(stay.id, {})["reason"] = _reason(stay)
    return [
        (row_id(one.person, stay), stay[:36], one.person, path, *({**_NOTHING, **found}[name] for name in COURSE[4:]))
        for stay, found in said.items()
    ]


_NOTHING: dict[str, object] = dict.fromkeys(COURSE) | {
    "agrees": "", "stage": "", "owner": "", "open": False, "reason": "",
}  # fmt: skip


def _reviewed(review: Review, owner: str) -> dict[str, object]:
    fact, body = review.last if review.last else (None, None)
    many = far(dict(body.alone)) if body else None
    return {
        "reviewed": fact.day if fact else None, "next_review": review.due, "agrees": body.agrees if body else "",
        "rights": len(body.rights) if body else None, "alone": many[0] if many else None,
        "asked": many[1] if many else None, "owner": owner[:36],
    }  # fmt: skip


def _reason(stay: StayView) -> str:
    """Why they were there, where those who read mental-health care may know it."""
    closer = any(f.segment(fact.body) not in ("general", "mental-health") for fact in stay.events)
    return "" if closer else stay.reason[:300]


def items(one: Chart, carer: str, today: dt.date) -> Iterator[Waits]:
    """What a human must still do: call who did not come, look at a stay again, take the next step of the way home."""
    yield from _absent(one, today)
    for review in reviews_due(one.stays, one.resident_reviews):
        last = review.last[0] if review.last else review.stay.events[0]
        words = f"last on {say(review.last[0].day)}" if review.last else "never reviewed yet"
        yield Waits(
            kind=OpenItem.HOME, fact=review.stay.events[0], owner=one.home_owner or carer,
            since=f.instant(last.occurred), due=review.due,
            reason=f"The stay in the protected home is to be reviewed, {words}.", plain="A review is due",
        )  # fmt: skip
    for way in ways_home(one.stays, one.way_home, today):
        yield _way(way, carer)


def _absent(one: Chart, today: dt.date) -> Iterator[Waits]:
    """The last day missed, unless somebody called about it or they came since; with whoever saw that they did not."""
    newest: dict[str, Day] = {}
    for day in days_at(one.stays, one.absence_calls, today - dt.timedelta(days=DAYS)):
        if day.state and day.stay.state in ("in", "leave"):
            newest[day.stay.id] = day
    for day in newest.values():
        if day.state == "absent" and day.call is None and day.marked is not None:
            yield Waits(
                kind=OpenItem.ABSENT, fact=day.marked, owner=day.marked.author, due=day.day,
                since=f.instant(day.marked.occurred),
                reason=f"Did not come to the day hospital on {say(day.day)}: call.",
                plain=f"Did not come on {say(day.day)}: call",
            )  # fmt: skip


def _way(way: WayHome, carer: str) -> Waits:
    stay, starts, due = way.stay, None, way.next
    fact = way.steps[-1][0] if way.steps else stay.events[0]
    since = f.instant(fact.occurred)
    if way.steps:
        reason = f"Way home from a long stay, {STAGES[way.stage]} since {say(fact.day)}: take the next step."
        if stay.until and not way.named:
            reason = f"Left hospital on {say(stay.until)} after a long stay: name who follows them at home."
    elif stay.until:
        reason = f"Left hospital on {say(stay.until)} after a long stay: name who follows them at home."
        due = stay.until
    else:
        starts = due = way.since
        reason = f"In hospital for {LONG_STAY_DAYS} days on {say(way.since)}: begin the way home."
    return Waits(
        kind=OpenItem.WAY_HOME, fact=fact, owner=way.owner or carer, since=since, due=due, reason=reason,
        plain="A next step is due", starts=starts,
    )  # fmt: skip
