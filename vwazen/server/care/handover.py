"""When a worker leaves: the packet of their people, and passing them on. Nobody is left behind.

What lies with a worker is whoever they own, and whatever of other people's care was given to them to do: advice, lines
of the plan. One fact a person passes all of it on (`PassedOn`).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.server.care import caselist, waiting
from vwazen.server.care.actions import worker_named
from vwazen.server.care.listing import may_read, tell_apart, worker_names
from vwazen.server.care.waiting import Where
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import HELD, append, make_fact
from vwazen.server.record.models import FOREVER, CaseloadRow, OpenItem, Person

A_PAGE = 100
TOGETHER = 50  # people passed on in one transaction, so that nobody else waits long; the rest follow at once
# Questions and contacts follow the person; triage has no owner to pass on.
HELD_KINDS = (
    OpenItem.RISK, OpenItem.ADVICE, OpenItem.PLAN, OpenItem.HISTORICAL, OpenItem.RESULT, OpenItem.REFILL,
    OpenItem.REFERRAL, OpenItem.REFERRED, OpenItem.MESSAGE,
    OpenItem.HOME, OpenItem.WAY_HOME,
)  # fmt: skip


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """One person in a paragraph, for whoever follows them next. `mine`: owned, and not only something to do for."""

    person: str
    name: str
    apart: str
    words: tuple[str, ...]
    danger: tuple[str, ...]
    tasks: tuple[str, ...]
    mine: bool


def holding(worker: str, place: Where | None = None) -> tuple[str, list[object]]:
    """A SELECT of the people with whom anything lies with this worker (at these places), and its values."""
    rows, items = "owner = %s AND episode <> ''", f"owner = %s AND kind IN ({store.marks(HELD_KINDS)})"
    first: list[object] = [worker]
    second: list[object] = [worker, *HELD_KINDS]
    if place is not None:
        condition, values = waiting.inside(place, "path")
        rows, first = f"{rows} AND {condition}", [*first, *values]
        items, second = f"{items} AND {condition}", [*second, *values]
    return (
        f"SELECT person FROM record_caseload WHERE {rows} UNION SELECT person FROM record_open_item WHERE {items}",  # noqa: S608
        [*first, *second],
    )


def people_of(worker: str, place: Where, after: str = "", most: int = A_PAGE + 1) -> list[str]:
    """Their ids after one, in order."""
    statement, values = holding(worker, place)
    rows = store.select(
        f"SELECT person FROM ({statement}) b WHERE person > %s ORDER BY person LIMIT {most}",  # noqa: S608
        [*values, after],
    )
    return [str(row[0]) for row in rows]


def givers(by: Worker) -> list[tuple[Worker, int, dt.date | None]]:
    """Who at `by`'s sites has people, how many, and when their last post there ends, if it does."""
    place = waiting.where(policy.site_paths(by, "enrol"), look=True, by=by)
    condition, values = waiting.inside(place, "path")
    rows = store.select(
        f"SELECT owner, {place.people} FROM record_caseload WHERE {condition} AND episode <> '' "  # noqa: S608
        "AND owner <> '' GROUP BY owner ORDER BY 2 DESC, 1 LIMIT 300",
        values,
    )
    many = {str(owner): int(str(count)) for owner, count in rows}
    known = {str(one.pk): one for one in Worker.objects.filter(pk__in=worker_names(many))}
    ends: dict[str, dt.date] = {}
    for post in Post.objects.filter(worker__in=known.values()):
        one = str(post.worker_id)
        ends[one] = max(post.ends or FOREVER, ends.get(one, dt.date.min))
    return [
        (known[one], count, ends[one] if ends.get(one, FOREVER) < FOREVER else None)
        for one, count in many.items()
        if one in known
    ]


def packet(by: Worker, worker: Worker, people: Sequence[str], today: dt.date) -> list[Brief]:
    """A paragraph for each of these people, from the lists alone; five queries."""
    rows: dict[str, list[CaseloadRow]] = {}
    for row in CaseloadRow.objects.filter(person__in=people).order_by("started"):
        rows.setdefault(row.person, []).append(row)
    places: dict[str, caselist.Place] = {}
    if people:
        for place in caselist.places_where(
            f"s.person IN ({store.marks(people)}) AND s.starts <= %s AND s.ends > %s", [*people, today, today]
        ):
            places.setdefault(place.person, place)
    items: dict[str, list[OpenItem]] = {}
    for item in OpenItem.objects.filter(person__in=people).order_by("rank", "day", "id"):
        items.setdefault(item.person, []).append(item)
    known = Person.objects.in_bulk(people)
    return [
        _brief(by, worker, known[one], rows.get(one, []), places.get(one), items.get(one, []), today)
        for one in people
        if one in known
    ]


def _brief(
    by: Worker, worker: Worker, one: Person, rows: list[CaseloadRow], place: caselist.Place | None,
    items: list[OpenItem], today: dt.date,
) -> Brief:  # fmt: skip
    reads = may_read(by, one.path, one.pk)
    mine = [row for row in rows if row.owner == str(worker.pk) and row.episode]
    words = [sentence for row in mine for sentence in _in_care(row, reads=reads)]
    if place:
        words.append(place.reason if reads else place.plain)
    next_date = next((row.next_date for row in mine if row.next_date), None)
    if mine:
        words.append(f"Next date {say(next_date)}." if next_date else "No next date is agreed.")
    risks = policy.can(by, "act_on_risk", one.path)
    reasons = {item.pk: waiting.reason_of(by, item, today) for item in items}
    return Brief(
        person=one.pk, name=one.name, apart=tell_apart(one), words=tuple(words), mine=bool(mine),
        danger=tuple(_told(reasons[item.pk]) for item in items if item.kind == OpenItem.RISK and risks),
        tasks=tuple(
            _told(reasons[item.pk]) for item in items
            if item.kind in HELD_KINDS and item.kind != OpenItem.RISK and item.owner == str(worker.pk)
        ),
    )  # fmt: skip


def _told(reason: waiting.Reason) -> str:
    return f"{reason.text} ({reason.clock})"


def _in_care(row: CaseloadRow, *, reads: bool) -> list[str]:
    """Why someone is in care, the step and the last score; for who may not read that, since when alone."""
    if row.started is None:
        return []
    if not reads:
        return [f"In care since {say(row.started)}."]
    found = [f"In care for {row.condition.replace('-', ' ')} since {say(row.started)}"
             + (f", step {row.step} since {say(row.step_since)}." if row.step else ".")]  # fmt: skip
    if row.unscored:
        found.append(f"{row.instrument.upper()} {row.unscored}.")
    elif row.last_score is not None and row.last_day:
        first = f", first {row.first_score:g}" if row.first_score is not None else ""
        found.append(f"{row.instrument.upper()} {row.last_score:g} on {say(row.last_day)}{first}.")
    elif row.instrument:
        found.append(f"No {row.instrument.upper()} yet.")
    return found


def hand_over(*, by: Worker, giver: str, taker: str, people: Iterable[str] | None = None) -> int:
    """Pass what lies with `giver` on to `taker`: for these people, or for everyone where `by` may. How many it were.

    Each person moves whole: owner, advice, lines of the plan. Raises Invalid with nobody moved where the taker may not
    care for one of them. A crash in the middle leaves the rest with the giver; done again, it goes on.
    """
    policy.require(by, "enrol")
    if giver == taker:
        raise Invalid("Choose somebody else: these people are with this worker already.", field="taker")
    place = waiting.where(policy.site_paths(by, "enrol"), look=True)
    wanted = None if people is None else set(people)
    chosen = [one for one in people_of(giver, place, most=100_000) if wanted is None or one in wanted]
    if not chosen:
        raise Invalid("Nobody was chosen, or they are with somebody else by now. Look at the list again.")
    rows = Person.objects.in_bulk(chosen)
    found = _places(by, giver, rows)
    for path in set(found.values()):
        worker_named(taker, path, field="taker")
    body = f.PassedOn(giver=giver, taker=taker)
    for start in range(0, len(chosen), TOGETHER):
        part = chosen[start : start + TOGETHER]
        receipts = append([make_fact(by=by, person=one, site=_code(found[one]), body=body) for one in part])
        held = next((one.reason for one in receipts if one.status == HELD), "")
        if held:
            raise Invalid(held)
    return len(chosen)


def _places(by: Worker, giver: str, rows: Mapping[str, Person]) -> dict[str, str]:
    """Person -> the path at which they lie with the giver: at home, or, of whom another site referred to us, here."""
    ours = tuple(policy.site_paths(by, "enrol"))
    found = {one: row.path for one, row in rows.items() if row.path.startswith(ours)}
    for item in OpenItem.objects.filter(owner=giver, person__in=[one for one in rows if one not in found]):
        if item.path.startswith(ours):
            found.setdefault(item.person, item.path)
    return {one: found.get(one, row.path) for one, row in rows.items()}


def _code(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def still_holds(worker: Worker, without: Post | None = None) -> list[str]:
    """What a worker would leave behind: by closing the account, or by the end of one post (`without`). Sentences.

    The end of a post leaves only those behind for whom no other post of theirs is left that cares for people there.
    """
    if without is None:
        place = None
    else:
        left = [post for post in policy.posts(worker, clock.today()) if post.pk != without.pk and _cares(post.role)]
        if not _cares(without.role) or any(without.site.path.startswith(post.site.path) for post in left):
            return []
        place = Where((without.site.path,))
    statement, values = holding(str(worker.pk), place)
    rows = store.select(
        f"SELECT p.site, count(*) FROM ({statement}) b JOIN record_person p ON p.id = b.person GROUP BY p.site",  # noqa: S608
        values,
    )
    names = dict(Site.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "name"))
    many: Mapping[str, int] = {str(site): int(str(count)) for site, count in rows}
    return [
        f"{count} {'person' if count == 1 else 'people'} at {names.get(site, site)} "
        f"{'is' if count == 1 else 'are'} in their hands."
        for site, count in sorted(many.items())
    ]


def _cares(role: str) -> bool:
    return "record_care" in policy.scopes().roles[role].permissions
