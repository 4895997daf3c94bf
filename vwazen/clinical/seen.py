"""Which facts of a person somebody may see: what is hidden is left out before the chart is folded.

Two things hide a fact: a segment that the viewer's posts do not give, and one that the person closed to them. Two
things show one all the same, both for danger. Who may act on a risk sees what makes it up whatever their segments are.
And of answers or a concern that they may not see they learn that there is a danger, and nothing of what was said.
"""

from collections.abc import Iterable, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.referrals import bare
from vwazen.clinical.safety import positive_items
from vwazen.content.load import Content

MEDICINES = (f.Prescription, f.Dispense, f.MedicineStopped, f.Intake)
RISK_KINDS = (f.Concern, f.Assessment, f.SafetyPlan, f.Call, f.Acknowledged, f.RiskClosed)


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one viewer may see of one person.

    `given` are the segments of their posts, `closed` those that the person's word keeps from them; `risk`: they may
    act on a risk. `open_risks`: every id by which facts name a risk that is open now; needed only where `closed` is.
    """

    given: frozenset[str]
    risk: bool
    closed: frozenset[str] = frozenset()
    open_risks: frozenset[str] = frozenset()

    @property
    def segments(self) -> frozenset[str]:
        return self.given - self.closed


def open_risks(one: Chart) -> frozenset[str]:
    """Every id by which a fact may name a risk that is open."""
    return frozenset(
        id for risk in one.open_risks
        for id in (risk.id, *risk.ids, risk.trigger.id, risk.response.id if risk.response else "") if id
    )  # fmt: skip


def shown(facts: Sequence[Fact], sight: Sight, know: Content) -> list[Fact]:
    """What may be seen of these facts, in their order."""
    amended = {fact.amends for fact in facts}
    found = []
    for fact in facts:
        if visible(fact, sight, know):
            found.append(_bare(fact, sight))
        elif isinstance(fact.body, f.Referral | f.ReferralStep) and "general" in sight.segments:
            found.append(msgspec.structs.replace(fact, body=bare(fact.body)))  # nobody is lost for its reason's sake
        elif (
            sight.risk and fact.id not in amended and _opens_risk(fact.body, know)
            and (segment_of(fact.body, know) not in sight.closed or _of_open_risk(fact, sight))
        ):  # fmt: skip
            found.append(msgspec.structs.replace(fact, body=f.Concern(trigger="answer")))
    return found


def visible(fact: Fact, sight: Sight, know: Content) -> bool:
    """Whether this fact is seen, perhaps without its words (`shown` takes these away)."""
    body = fact.body
    if isinstance(body, f.Retraction):
        return True
    segment = segment_of(body, know)
    if isinstance(body, f.Consent):  # a no must be seen by whoever could take the yes, or nobody could ever ask again
        return segment in sight.given
    if segment in sight.segments:  # a medicine that was opened to more people is closed with all other care
        return segment != "general" or "mental-health" not in sight.closed or not isinstance(body, MEDICINES)
    if not sight.risk:
        return False
    if segment not in sight.closed:
        return isinstance(body, RISK_KINDS)
    if isinstance(body, f.Sign | f.RiskClosed):  # a closing that is hidden would open the risk again
        return True
    return isinstance(body, RISK_KINDS) and _of_open_risk(fact, sight)


def _of_open_risk(fact: Fact, sight: Sight) -> bool:
    return not sight.open_risks.isdisjoint((fact.id, fact.amends or fact.id, getattr(fact.body, "risk", fact.id)))


_WORDS: dict[type[f.Body], str] = {f.Concern: "text", f.Sign: "note", f.RiskClosed: "reason"}


def _bare(fact: Fact, sight: Sight) -> Fact:
    """A concern, a sign or a closing in a segment that the person closed: that it is there, without a word of why."""
    body = fact.body
    words = _WORDS.get(type(body))
    if words and f.segment(body) in sight.closed:
        return msgspec.structs.replace(fact, body=msgspec.structs.replace(body, **{words: ""}))
    return fact


def _opens_risk(body: f.AnyBody, know: Content) -> bool:
    return isinstance(body, f.Response) and not body.source and bool(positive_items(know, body))


def segment_of(body: f.AnyBody, know: Content) -> str:
    """The segment of a body; of answers that of their instrument. One that is not installed counts as most guarded."""
    if not isinstance(body, f.Response):
        return f.segment(body)
    try:
        return know.instrument(body.instrument).segment
    except LookupError:
        return "therapy-notes"


def in_force(facts: Iterable[Fact]) -> bool:
    """Whether anybody ever said no to who may know: without that, nothing more need be looked at."""
    return any(isinstance(fact.body, f.Consent) and not fact.body.granted for fact in facts)
