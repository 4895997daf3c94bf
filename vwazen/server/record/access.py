"""The one door for reading a person: who asks, for what, and which segments they may see; and one log row a page.

What someone may not see is absent: the facts are left out before the chart is folded, so no count, score or
trajectory can carry them. Someone who may act on a risk sees that risk's facts whatever their segments are, and of
answers they may not see only that there was a danger.
"""

from collections.abc import Iterator, Sequence

import msgspec
from django.http import Http404

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.fold import chart
from vwazen.clinical.identity import root_of
from vwazen.clinical.live import withdrawn
from vwazen.clinical.safety import positive_items
from vwazen.content.load import Content, content
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.models import CaseloadRow, OpenItem, Person
from vwazen.server.record.refresh import clusters

_AT_ONCE = 200
RISK_KINDS = (f.Concern, f.Assessment, f.SafetyPlan, f.Call, f.Acknowledged, f.RiskClosed)


class View(msgspec.Struct, frozen=True):
    """A person as one worker may see them. `withdrawn`: entries of theirs that do not count, each with who said so."""

    person: Person
    chart: Chart
    segments: frozenset[str]
    path: str
    withdrawn: tuple[tuple[f.Fact, f.Fact], ...] = ()

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
    row = Person.objects.filter(pk=person_id).first()
    if row is not None and row.merged_into:
        row = Person.objects.filter(pk=row.merged_into).first()
    if row is None or not _known(row) or not any(policy.can(by, one, row.path) for one in any_of):
        log(
            by=by, action="read-person", person=person_id if row else None, site=row.path if row else "",
            purpose=purpose, route=route, outcome=AccessEntry.REFUSED, note="out-of-scope",
        )  # fmt: skip
        raise Http404("Nobody with this number is on record where you work. Search by name, or register them.")
    log(by=by, action="read-person", person=row.pk, site=row.path, purpose=purpose, route=route)
    segments = policy.segments(by, row.path)
    risk = policy.can(by, "act_on_risk", row.path)
    whole, know = facts_of(row.pk), content()
    facts = _shown(whole, segments, risk, know)
    gone = withdrawn(fact for fact in whole if _visible(fact, segments, risk, know))
    return View(row, chart(facts, know, clock.today(), person=row.pk), segments, row.path, gone)


def many(*, by: Worker, rows: Sequence[Person]) -> Iterator[View]:
    """The charts of these people as `by` may see them, for a file of many: whoever calls this logs the file, once.

    Nobody outside the worker's right to see charts is given. Facts are read a few hundred people at a time.
    """
    know, today = content(), clock.today()
    for start in range(0, len(rows), _AT_ONCE):
        part = [row for row in rows[start : start + _AT_ONCE] if policy.can(by, "see_chart", row.path)]
        roots = clusters(row.pk for row in part)
        into = {one: root_of(one, {a: b for a, b in roots.items() if b}) for one in roots}
        facts: dict[str, list[f.Fact]] = {}
        for one, theirs in store.facts_of(sorted(roots)).items():
            facts.setdefault(into[one], []).extend(theirs)
        for row in part:
            segments = policy.segments(by, row.path)
            shown = _shown(facts.get(row.pk, []), segments, policy.can(by, "act_on_risk", row.path), know)
            yield View(row, chart(shown, know, today, person=row.pk), segments, row.path)


def _known(row: Person) -> bool:
    """Whether someone is registered, or stands on a list all the same: an open risk needs no name to be acted on."""
    return row.registered or (
        CaseloadRow.objects.filter(person=row.pk).exists() or OpenItem.objects.filter(person=row.pk).exists()
    )


def facts_of(person_id: str) -> list[f.Fact]:
    """Every fact of a person and of whoever is merged into them. For the door and the actions only."""
    together = store.facts_of(sorted(clusters([person_id]) or {person_id}))
    return [fact for facts in together.values() for fact in facts]


def _shown(facts: list[f.Fact], segments: frozenset[str], risk: bool, know: Content) -> list[f.Fact]:
    """What may be seen. A danger that hidden answers opened is seen as a concern, by whoever may act on it."""
    amended = {fact.amends for fact in facts}
    found = []
    for fact in facts:
        if _visible(fact, segments, risk, know):
            found.append(fact)
        elif risk and fact.id not in amended and _opens_risk(fact.body, know):
            found.append(msgspec.structs.replace(fact, body=f.Concern(trigger="answer")))
    return found


def _opens_risk(body: f.AnyBody, know: Content) -> bool:
    return isinstance(body, f.Response) and not body.source and bool(positive_items(know, body))


def _visible(fact: f.Fact, segments: frozenset[str], risk: bool, know: Content) -> bool:
    body = fact.body
    if risk and isinstance(body, RISK_KINDS):
        return True
    if isinstance(body, f.Response):
        return segment_of(body, know) in segments
    return isinstance(body, f.Retraction) or f.segment(body) in segments


def segment_of(body: f.Response, know: Content) -> str:
    """The segment of an instrument; one that is not installed counts as the most guarded of its kind."""
    try:
        return know.instrument(body.instrument).segment
    except LookupError:
        return "therapy-notes"


def require_person(*, by: Worker, person_id: str, permission: str) -> Person:
    """The directory row of someone whom `by` may do this to; refused in the same way whether they exist or not."""
    row = Person.objects.filter(pk=person_id).first()
    if row is None or not _known(row) or not policy.can(by, permission, row.path):
        raise Refused(
            "You may not do this for this person. If they moved to your site, ask who followed them to hand over.",
            permission=permission, site=row.path if row else "",
        )  # fmt: skip
    return row
