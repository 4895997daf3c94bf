"""The kinds of fact of a referral: what is asked of whom, and each step until it is closed.

They stand beside those of `vwazen.clinical.facts`, which names them all.
"""

from typing import ClassVar, Literal

from vwazen.clinical.body import Own

Destination = Literal["community", "health_centre", "district", "hospital", "social", "school", "healer", "other"]
Urgency = Literal["now", "today", "week", "routine"]
Became = Literal["accepted", "declined", "arrived", "seen", "closed", "withdrawn"]
WhyNot = Literal["", "full", "wrong_place", "too_unstable", "far", "cost", "other"]


class Referral(Own, frozen=True, kw_only=True, tag="referral"):
    """Somebody is asked to take a person on. `reason` is read by those who see its segment, `plain` by everyone.

    `to_site` is the code of a site of this programme; empty for a service outside it, which `to_name` names. `risks`
    are the open risks handed over. `instead_of` is the referral that this one takes up again, after a refusal or
    because nothing came of it. `referrer` is the id of somebody outside (a healer, a teacher) who sent the person:
    such a referral points into the programme. `stub` is the number of the paper they gave.
    """

    FHIR: ClassVar[str] = "ServiceRequest"
    to: Destination
    to_site: str = ""
    to_name: str = ""
    urgency: Urgency = "routine"
    reason: str = ""
    plain: str = ""
    risks: tuple[str, ...] = ()
    instead_of: str = ""
    stub: str = ""
    referrer: str = ""


class ReferralStep(Own, frozen=True, kw_only=True, tag="referral_step"):
    """What became of a referral. It is never closed by anything but a person's word.

    accepted: `worker` (an id) takes the person over, or, outside the programme, `name`; `expected` is the date agreed.
    declined: `why`, and what to do instead in `words`. closed: `back` is what the sender must know, and `words` how it
    ended. `told`: the person, or their family, knows.
    """

    FHIR: ClassVar[str] = "Task"
    referral: str
    became: Became
    worker: str = ""
    name: str = ""
    why: WhyNot = ""
    words: str = ""
    back: str = ""
    expected: str = ""
    told: bool = False
