"""Reading one referral: either side sees it, also after a refusal, and nothing else of the person by it.

The sending side is where it was written and where the person is followed; the receiving side is the site it points at.
What a side may read of the reason is its own segments; for the receiving side that ends with the refusal or the
closing, as everything ends that a referral shares. The chart itself opens through `record.access`, as ever.
"""

import msgspec
from django.http import Http404

from vwazen.clinical.chart import Chart, Risk
from vwazen.clinical.fold import chart
from vwazen.clinical.referral_chart import Referred
from vwazen.clinical.seen import Sight, shown
from vwazen.content.load import content
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.access import facts_of
from vwazen.server.record.models import Person, ReferralRow
from vwazen.server.record.rows import row_id

RIGHT = "record_care"
OURS, THEIRS = "from", "to"


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A referral as one worker sees it. `sides`: on which sides they stand; `path`: by which place they see it."""

    person: Person
    row: ReferralRow
    referred: Referred
    chart: Chart
    sides: frozenset[str]
    path: str
    reads: bool
    risks: tuple[Risk, ...]


def sides_of(by: Worker, row: ReferralRow) -> dict[str, str]:
    """Side -> the path by which `by` stands on it."""
    found = {}
    for side, paths in ((OURS, (row.path, row.place)), (THEIRS, (row.to_path,))):
        here = next((path for path in paths if path and policy.can(by, RIGHT, path)), "")
        if here:
            found[side] = here
    return found


def slip(*, by: Worker, person_id: str, referral: str, route: str) -> Slip:
    """The referral, logged. Http404 for one that is not there, and the same for one that is none of their business."""
    policy.require(by, RIGHT)
    known = _known(person_id, referral)
    sides = sides_of(by, known[1]) if known else {}
    if known is None or not sides or (reach.hidden(by) and reach.is_denied(by, known[0])):
        log(
            by=by, action="read-person", person=known[0].pk if known else None, site=known[0].path if known else "",
            purpose="care", route=route, outcome=AccessEntry.REFUSED, note="out-of-scope",
        )  # fmt: skip
        raise Http404("No such referral is on record where you work. Open the list of referrals.")
    person, row = known
    path = sides.get(THEIRS) or sides[OURS]
    log(by=by, action="read-person", person=person.pk, site=path, purpose="care", route=route)
    return _slip(by, person, row, sides, path)


def require_side(*, by: Worker, person: str, referral: str, side: str = "", any_side: bool = False) -> Slip:
    """The referral for an action of one side (by default of the one that answers). Raises Refused, in the same way
    whether it exists or not."""
    known = _known(person, referral)
    sides = sides_of(by, known[1]) if known else {}
    wanted = {OURS, THEIRS} if any_side else {side or (answering(known[1]) if known else "")}
    if known is None or not wanted & set(sides) or (reach.hidden(by) and reach.is_denied(by, known[0])):
        raise Refused(
            "You may not do this for this referral. The other side answers it, or it is not of your sites.",
            permission=RIGHT, site=known[1].path if known else "",
        )  # fmt: skip
    return _slip(by, *known, sides, next(sides[one] for one in (THEIRS, OURS) if one in wanted & set(sides)))


def answering(row: ReferralRow) -> str:
    """Who answers: the receiving side; of a service outside the programme the sender, who hears of it."""
    return THEIRS if row.to_site else OURS


def _known(person_id: str, referral: str) -> tuple[Person, ReferralRow] | None:
    person = Person.objects.filter(pk=person_id).first()
    if person is not None and person.merged_into:
        person = Person.objects.filter(pk=person.merged_into).first()
    # Asked for in any case: how long an answer takes must not tell that there is such a person.
    row = ReferralRow.objects.filter(pk=row_id(person.pk if person else person_id, referral), referral=referral).first()
    return (person, row) if person is not None and row is not None else None


def _slip(by: Worker, person: Person, row: ReferralRow, sides: dict[str, str], path: str) -> Slip:
    whole, know, today = facts_of(person.pk), content(), clock.today()
    full = next(one for one in chart(whole, know, today, person=person.pk).referrals if one.id == row.referral)
    needed = frozenset(("general", full.body.segment))
    ended = set(sides) == {THEIRS} and (not full.open or full.state == "declined")
    given = frozenset(("general",)) if ended else frozenset(
        one for place in sides.values() for one in policy.segments(by, place)
    )  # fmt: skip
    closed = frozenset(one for one in needed if reach.hidden(by, one) and reach.is_denied(by, person, one))
    acts = policy.can(by, "act_on_risk", path)
    sight = Sight(given=given & needed, risk=acts, closed=closed)
    seen = chart(shown(whole, sight, know), know, today, person=person.pk)
    referred = next((one for one in seen.referrals if one.id == row.referral), full)
    handed = set(referred.body.risks)
    risks = tuple(
        one for one in seen.open_risks
        if acts and referred.open and (OURS in sides or referred.state != "declined") and handed & {one.id, *one.ids}
    )  # fmt: skip
    return Slip(
        person=person, row=row, referred=referred, chart=seen, sides=frozenset(sides), path=path,
        reads=full.body.segment in sight.segments, risks=risks,
    )  # fmt: skip
