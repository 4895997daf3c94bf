"""Whom a phone holds: everybody in care or waited for whom its worker may see, and others only to be found again.

The worker's own people come first, then by how urgent they are; what goes beyond the budget of a phone is counted and
told, and can be found at the clinic.
"""

import datetime as dt
import hashlib

import msgspec
from django.conf import settings

from vwazen.content.load import content
from vwazen.server.care import waiting
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import supervisor_of
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import reach, store
from vwazen.server.record.models import Shared

SHAPE = "2"  # raised when a brief is built otherwise, so that every phone compares all it holds
FEW = 20  # sites below one's own whose registered people are held too
RECENT = 30  # days for which the dead are still found
SEES = ("see_caseload", "see_chart")
_LAST = 99


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Person -> rev, in the order in which they are sent: `full` with a brief of their care, `thin` to be found.

    `beyond`: how many more are in care, and how many are registered here and not on the phone at all.
    """

    full: dict[str, int]
    thin: dict[str, int]
    beyond: tuple[int, int]


def scope_of(by: Worker, today: dt.date, *, count: bool = True) -> Scope:
    """What the phone of `by` holds by today's rights. Without `count` nobody counts who is beyond: that takes long."""
    full, more = _in_care(by, today, settings.PHONE_FULL, count=count)
    revs = _revs(full)
    thin, others = _others(by, set(full), today, settings.PHONE_THIN, count=count)
    return Scope(full={one: revs[one] for one in full if one in revs}, thin=thin, beyond=(more, others))


def _in_care(by: Worker, today: dt.date, most: int, *, count: bool) -> tuple[list[str], int]:
    """People in a tier or with something open that `by` may see, theirs first; and how many are beyond `most`."""
    waits = waiting.scope_of(by, "sites", today)
    tiers, values = waiting.tiers_where(waits, today, _LAST)
    parts: list[str] = []
    more: list[object] = []
    for kinds, place in waits.kinds:
        here, at = waiting.inside(place, "i.path")
        parts.append(f"(i.kind IN ({store.marks(kinds)}) AND {here})")
        more += [*kinds, *at]
    items = f"({' OR '.join(parts) or '1 = 0'}) AND (i.kind <> 'historical' OR i.owner <> '')"
    me = str(by.pk)
    rows = (
        "SELECT s.person AS person, CASE WHEN s.owner = %s THEN 0 ELSE 1 END AS mine, s.rank AS urgency "  # noqa: S608
        f"FROM record_segment s WHERE {tiers} UNION ALL "
        "SELECT i.person, CASE WHEN i.owner = %s THEN 0 ELSE 1 END, i.rank "
        f"FROM record_open_item i WHERE {items}"
    )
    shared = _shared(by)
    if shared:
        rows += (
            " UNION ALL SELECT c.person, 1, 98 FROM record_caseload c "  # noqa: S608
            f"WHERE c.person IN ({store.marks(shared)})"
        )
    known = [me, *values, me, *more, *shared]
    found = store.select(
        f"SELECT person FROM ({rows}) x GROUP BY person ORDER BY min(mine), min(urgency), person LIMIT {most + 1}",  # noqa: S608
        known,
    )
    if len(found) <= most or not count:
        return [str(person) for (person,) in found[:most]], 0
    every = store.select(f"SELECT count(DISTINCT person) FROM ({rows}) x", known)  # noqa: S608
    return [str(person) for (person,) in found[:most]], int(str(every[0][0])) - most


def _shared(by: Worker) -> list[str]:
    """People from elsewhere who are shared with a site where `by` sees people."""
    rights = [one for one in SEES if policy.can(by, one)]
    closed = reach.denied(by, "general") if reach.hidden(by) else frozenset()
    return sorted({one for right in rights for one in reach.shared_with(by, right)} - closed)[: settings.PHONE_FULL]


def _revs(people: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(people), 400):
        part = people[start : start + 400]
        rows = store.select(f"SELECT id, rev FROM record_person WHERE id IN ({store.marks(part)})", part)  # noqa: S608
        found |= {str(one): int(str(rev)) for one, rev in rows}
    return found


def _others(by: Worker, full: set[str], today: dt.date, most: int, *, count: bool) -> tuple[dict[str, int], int]:
    """Registered people of the worker's own sites, the newest first; and how many are beyond `most`, if asked."""
    paths = _own_paths(by)
    if not paths or most <= 0:
        return {}, 0
    known, values = reach.open_sql(by, "p.id")
    here = (
        f"FROM record_person p WHERE p.path IN ({store.marks(paths)}) AND p.registered = %s "
        f"AND (p.died IS NULL OR p.died >= %s){known}"
    )
    values = [*paths, True, today - dt.timedelta(days=RECENT), *values]
    rows = store.select(f"SELECT p.id, p.rev {here} ORDER BY p.id DESC LIMIT {most + len(full) + 1}", values)
    found = [(str(one), int(str(rev))) for one, rev in rows if one not in full]
    beyond = 0
    if count and len(found) > most:
        beyond = max(0, int(str(store.select(f"SELECT count(*) {here}", values)[0][0])) - len(full) - most)
    return dict(found[:most]), beyond


def _own_paths(by: Worker) -> tuple[str, ...]:
    """The sites of the worker's posts in which they find people, and those below where they are few."""
    paths = policy.site_paths(by, "find_person")
    if not paths:
        return ()
    below = tuple(Site.objects.filter(policy.within(paths)).order_by("path").values_list("path", flat=True)[: FEW + 1])
    return below if len(below) <= FEW else paths


def rules_of(by: Worker, today: dt.date) -> str:
    """A digest of everything besides a person's facts that a brief follows from: the posts of the worker and of their
    supervisor, the content, who closed what to them or shared it until which day. The week stands in it, so that
    whatever was forgotten here is compared once a week."""
    chief = supervisor_of(by)
    who = [
        (str(one.pk), sorted((post.role, post.site.path) for post in policy.posts(one))) for one in (by, chief) if one
    ]
    meant = list(reach.viewer(by).recipients)
    noes = sorted(
        store.select(
            f"SELECT person, segment, recipient FROM record_denied WHERE recipient IN ({store.marks(meant)}) "  # noqa: S608
            "AND until >= %s",
            [*meant, today],
        )
    )
    paths = sorted({path for right in SEES if policy.can(by, right) for path in policy.site_paths(by, right)})
    shares = sorted(
        Shared.objects.filter(policy.within(paths), until__gte=today).values_list("person", "path", "segments")
    )
    week = today.isocalendar()
    said = (SHAPE, content().version, (week.year, week.week), who, noes, shares)
    return hashlib.blake2b(repr(said).encode(), digest_size=7).hexdigest()
