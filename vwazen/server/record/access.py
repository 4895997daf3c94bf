"""The one door for reading a person: who asks, for what, and which segments they may see; and one log row a page.

What someone may not see is absent: the facts are left out before the chart is folded, so no count, score or
trajectory can carry them. Someone who may act on a risk sees that risk's facts whatever their segments are, and of
answers they may not see only that there was a danger.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec
from django.http import Http404

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.fold import chart
from vwazen.clinical.identity import root_of
from vwazen.clinical.live import withdrawn
from vwazen.clinical.seen import Sight, open_risks, segment_of, shown, visible
from vwazen.clinical.seen import in_force as said_no
from vwazen.content.consent_rules import ConsentRules
from vwazen.content.load import Content, content
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach, store
from vwazen.server.record.models import CaseloadRow, OpenedInEmergency, OpenItem, Person
from vwazen.server.record.refresh import clusters

__all__ = ["View", "facts_of", "many", "person", "require_person", "segment_of"]

_AT_ONCE = 200


class View(msgspec.Struct, frozen=True):
    """A person as one worker may see them. `withdrawn`: entries of theirs that do not count, each with who said so.

    `path` is the place by which they reach the person: what they may do here is asked at it. `given` are the segments
    that their posts give there, `segments` those that are left after the person's own word. `emergency`: until when
    they see more than both.
    """

    person: Person
    chart: Chart
    segments: frozenset[str]
    path: str
    withdrawn: tuple[tuple[f.Fact, f.Fact], ...] = ()
    given: frozenset[str] = frozenset()
    emergency: dt.datetime | None = None

    def may_see(self, segment: str) -> bool:
        return segment in self.segments


def person(
    *, by: Worker, person_id: str, purpose: str, permission: str | tuple[str, ...] = "see_chart", route: str = ""
) -> View:
    """The person's chart as `by` may see it, logged. An alias leads to the person it was merged into.

    Where several permissions are named, any one of them opens the page; what it shows is decided by the segments.

    Raises Http404 for a person who does not exist, and the very same for one outside the worker's scope, so that
    asking tells nothing. Raises Refused where the worker lacks the right everywhere.
    """
    any_of = (permission,) if isinstance(permission, str) else permission
    if not any(policy.can(by, one) for one in any_of):
        policy.require(by, any_of[0])
    row = _row(person_id)
    at = reach.place(
        by, row or Person(pk=person_id), any_of
    )  # of nobody too: the same work, so that time tells nothing
    until = _emergency(by, person_id if row is None else row.pk, any_of) if at is None else None
    sight = None
    if row is not None and (at is not None or until is not None):
        whole = facts_of(row.pk)
        sight = _sight(by, at, whole, row.pk) if at is not None else None
        if sight is not None and sight.closed:
            until = _emergency(by, row.pk, any_of)
        if until is not None:
            at, sight, purpose = at or reach.Place(row.path), _opened(sight), "emergency"
    if row is None or at is None or sight is None or not _known(row) or "general" in sight.closed:
        log(
            by=by, action="read-person", person=person_id if row else None, site=row.path if row else "",
            purpose=purpose, route=route, outcome=AccessEntry.REFUSED, note="out-of-scope",
        )  # fmt: skip
        raise Http404("Nobody with this number is on record where you work. Search by name, or register them.")
    log(by=by, action="read-person", person=row.pk, site=at.path, purpose=purpose, route=route)
    know = content()
    sight = for_paper(by, sight, whole, know)
    gone = withdrawn(fact for fact in whole if visible(fact, sight, know))
    one = chart(shown(whole, sight, know), know, clock.today(), person=row.pk)
    return View(row, one, sight.segments, at.path, gone, sight.given, until)


APART = "intimate-partner-violence"


def for_paper(by: Worker, sight: Sight, whole: Sequence[f.Fact], know: Content) -> Sight:
    """What was told about violence stands on no paper: it is left out of a page that was asked for to be printed, and
    any other page on which it stands is marked, so that its frame prints nothing (see `web.context`)."""
    if by.on_paper:
        return msgspec.structs.replace(sight, given=sight.given - {APART})
    if APART in sight.segments and any(segment_of(fact.body, know) == APART for fact in whole):
        by.sees_apart = True
    return sight


_IN_EMERGENCY = frozenset(("see_chart", "see_caseload"))


def _emergency(by: Worker, person: str, any_of: Sequence[str]) -> dt.datetime | None:
    """Until when `by` may read this person because of an emergency; it opens pages to read and no others."""
    if _IN_EMERGENCY.isdisjoint(any_of):
        return None
    now = clock.now()
    open_ones = OpenedInEmergency.objects.filter(worker=str(by.pk), person=person, starts__lte=now, ends__gt=now)
    return open_ones.order_by("-ends").values_list("ends", flat=True).first()


def _opened(sight: Sight | None) -> Sight:
    """What an emergency shows: besides what is theirs the segments that content names, whatever was said."""
    more = frozenset(content().get(ConsentRules, "consent").emergency_segments)
    if sight is None:
        return Sight(given=more, risk=True)
    return msgspec.structs.replace(sight, given=sight.given | more, closed=sight.closed - more, risk=True)


def many(
    *, by: Worker, rows: Sequence[Person], permission: tuple[str, ...] = ("see_chart",), elsewhere: bool = False
) -> Iterator[View]:
    """The charts of these people as `by` may see them, for a file of many or a phone: whoever calls this logs it, once.

    Nobody outside the worker's right to see charts (any of `permission`) is given; with `elsewhere` those too who are
    followed at another site and shared with theirs. Facts are read a few hundred people at a time.
    """
    know, today = content(), clock.today()
    for start in range(0, len(rows), _AT_ONCE):
        part = [(row, at) for row in rows[start : start + _AT_ONCE] if (at := _at(by, row, permission, elsewhere))]
        roots = clusters(row.pk for row, _ in part)
        into = {one: root_of(one, {a: b for a, b in roots.items() if b}) for one in roots}
        facts: dict[str, list[f.Fact]] = {}
        for one, theirs in store.facts_of(sorted(roots)).items():
            facts.setdefault(into[one], []).extend(theirs)
        for row, at in part:
            whole = facts.get(row.pk, [])
            sight = _sight(by, at, whole, row.pk)
            if "general" not in sight.closed:
                yield View(row, chart(shown(whole, sight, know), know, today, person=row.pk), sight.segments, at.path)


def _at(by: Worker, row: Person, permission: tuple[str, ...], elsewhere: bool) -> reach.Place | None:
    """By which place `by` reaches this person; without `elsewhere` only where they are followed."""
    if elsewhere:
        return reach.place(by, row, permission)
    return reach.Place(row.path) if any(policy.can(by, one, row.path) for one in permission) else None


def _row(person_id: str) -> Person | None:
    """The directory row of a person; of an alias that of whom they were merged into."""
    row = Person.objects.filter(pk=person_id).first()
    if row is not None and row.merged_into:
        row = Person.objects.filter(pk=row.merged_into).first()
    return row


def _sight(by: Worker, at: reach.Place, whole: Sequence[f.Fact], person: str) -> Sight:
    """What `by` may see of this person at that place, by posts and by the person's own word, read from the facts."""
    sight = Sight(given=reach.given(by, at), risk=policy.can(by, "act_on_risk", at.path))
    if not said_no(whole):
        return sight
    today = clock.today()
    one = chart(whole, content(), today, person=person)
    closed = one.permits.closed_to(reach.viewer(by), today)
    return msgspec.structs.replace(sight, closed=closed, open_risks=open_risks(one)) if closed else sight


def _known(row: Person) -> bool:
    """Whether someone is registered, or stands on a list all the same: an open risk needs no name to be acted on."""
    return row.registered or (
        CaseloadRow.objects.filter(person=row.pk).exists() or OpenItem.objects.filter(person=row.pk).exists()
    )


def facts_of(person_id: str) -> list[f.Fact]:
    """Every fact of a person and of whoever is merged into them. For the door and the actions only."""
    together = store.facts_of(sorted(clusters([person_id]) or {person_id}))
    return [fact for facts in together.values() for fact in facts]


def require_person(*, by: Worker, person_id: str, permission: str) -> Person:
    """The directory row of someone whom `by` may do this to; refused in the same way whether they exist or not.

    Its `path` is the place by which `by` reaches them: at home, or where they are shared. The row is not for saving.
    """
    row = Person.objects.filter(pk=person_id).first()
    at = reach.place(by, row or Person(pk=person_id), (permission,))
    if row is None or at is None or not _known(row) or (reach.hidden(by) and reach.is_denied(by, row)):
        raise Refused(
            "You may not do this for this person. If they moved to your site, ask who followed them to hand over.",
            permission=permission, site=row.path if row else "",
        )  # fmt: skip
    row.path = at.path
    return row
