"""What is done with a referral. Actions, as in `care.actions`: keyword-only, `by` first, each checks who may.

refer(by=nurse, person=p, to_site="hospital", urgency="week", reason="…")
accept(by=doctor, person=p, referral=r, worker=doctor)
"""

from collections.abc import Mapping

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.referral_chart import State
from vwazen.server.care.actions import chart_of, day_of, worker_named
from vwazen.server.care.referrals.door import OURS, THEIRS, Slip, answering, require_side
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.find import holders
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import one_at_a_time, record, site_named
from vwazen.server.record.referral_rows import TO, URGENCIES, WHY

OUTSIDE = tuple(TO)
KIND: Mapping[str, str] = {
    "country": "district", "region": "district", "district": "district", "hospital": "hospital",
    "health_centre": "health_centre", "community_post": "community", "school": "school", "social_service": "social",
}  # fmt: skip
# In which states each word still means something. Who comes all the same is always received.
_WHEN: Mapping[str, tuple[State, ...]] = {
    "accepted": ("sent", "accepted", "declined"), "declined": ("sent", "accepted", "arrived"),
    "arrived": ("sent", "accepted", "declined", "withdrawn", "closed", "sent_on"),
    "seen": ("sent", "accepted", "declined", "arrived"),
    "closed": ("sent", "accepted", "declined", "arrived", "seen"), "withdrawn": ("sent", "accepted", "declined"),
}  # fmt: skip


@one_at_a_time
def refer(
    *, by: Worker, person: str, urgency: str, reason: str, to: str = "", to_site: str = "", to_name: str = "",
    plain: str = "", segment: str = "mental-health", instead_of: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """Ask a site of the programme, or a service outside it (`to` and `to_name`), to take a person on.

    Open risks are handed over with it and stay open here. Nothing changes for the person's care until somebody there
    says yes; the sender has it until then.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    if (stored := said(fact_id)) is not None:
        return stored
    chart, here = chart_of(row.pk), code_of(row.path)
    if chart.died:
        raise Invalid("This person has died.")
    to, to_site, to_name = _destination(to, to_site, to_name, {row.site, here})
    if urgency not in URGENCIES:
        raise Invalid("Say how soon.", field="urgency")
    if not reason.strip():
        raise Invalid("Write what you ask of them, and what they must know to help.", field="reason")
    if segment not in f.SEGMENTS or segment not in policy.segments(by, row.path):
        raise Invalid("Choose who may read the reason, among what you may read yourself.", field="segment")
    for one in chart.referrals:
        same = one.body.to_site == to_site and one.body.to_name.casefold() == to_name.casefold()
        if one.open and same and one.state != "declined" and one.id != instead_of:
            raise Invalid("They are referred there already, and it is open. Open that one, or take it back first.")
    if instead_of and all(one.id != instead_of for one in chart.referrals):
        raise Invalid("The earlier referral is not on this person's record. Begin anew from their chart.")
    body = f.Referral(
        to=to, to_site=to_site, to_name=to_name, urgency=urgency, reason=reason.strip(), plain=plain.strip(),  # type: ignore[arg-type]
        segment=segment, risks=tuple(one.id for one in chart.open_risks), instead_of=instead_of,
    )  # fmt: skip
    return record(by=by, person=row.pk, site=here, body=body, fact_id=fact_id)


def _destination(to: str, to_site: str, to_name: str, here: set[str]) -> tuple[str, str, str]:
    if to_site:
        there = site_named(to_site)
        if there.code in here:
            raise Invalid("They are followed at this site already. Hand over to a colleague instead.", field="to_site")
        if not holders(there, "record_care").exists():
            raise Invalid(
                f"Nobody works at {there.name} who could say yes. Choose another, or write it as a service outside and "
                "ring them.", field="to_site",
            )  # fmt: skip
        return KIND[there.kind], there.code, ""
    if to not in OUTSIDE:
        raise Invalid("Choose a site, or say what kind of service it is.", field="to")
    if not to_name.strip():
        raise Invalid("Write the name of the service, or of the person there.", field="to_name")
    return to, "", to_name.strip()


@one_at_a_time
def accept(
    *, by: Worker, person: str, referral: str, worker: str = "", name: str = "", expected: str = "", words: str = "",
    told: bool = False, fact_id: str = "",
) -> Fact:  # fmt: skip
    """Say yes: a named worker takes the person on from now. Of a service outside, the sender writes who said so."""
    slip = require_side(by=by, person=person, referral=referral)
    if slip.referred.inside:
        worker, name = worker or str(by.pk), ""
        worker_named(worker, slip.row.to_path, field="worker")
    elif not name.strip():
        raise Invalid("Write who there said yes, by name. A yes without a name is nobody's.", field="name")
    else:
        worker = ""
    expected = day_of(expected, "expected") if expected else ""
    if expected and expected < clock.today().isoformat():
        raise Invalid("This day has passed. Give today or a later one, or leave it empty.", field="expected")
    return _say(
        by,
        slip,
        "accepted",
        fact_id,
        worker=worker,
        name=name.strip(),
        expected=expected,
        words=words.strip(),
        told=told,
    )


@one_at_a_time
def decline(
    *, by: Worker, person: str, referral: str, why: str, words: str = "", told: bool = False, fact_id: str = ""
) -> Fact:  # fmt: skip
    """Say no, with the reason. It goes back to the sender, who has the person again from this moment."""
    slip = require_side(by=by, person=person, referral=referral)
    if not why or why not in WHY:
        raise Invalid("Say why. Both sides see it, and so does whoever counts refusals.", field="why")
    if why in ("other", "wrong_place", "too_unstable") and not words.strip():
        raise Invalid("Write in a few words what is needed instead: the sender must find it.", field="words")
    return _say(by, slip, "declined", fact_id, why=why, words=words.strip(), told=told)


@one_at_a_time
def arrived(*, by: Worker, person: str, referral: str, words: str = "", fact_id: str = "") -> Fact:
    """The person is there. Where nobody had said yes, whoever writes this has them from now on."""
    slip = require_side(by=by, person=person, referral=referral)
    return _say(by, slip, "arrived", fact_id, words=words.strip(), worker=_holding(by, slip))


@one_at_a_time
def seen(*, by: Worker, person: str, referral: str, words: str = "", fact_id: str = "") -> Fact:
    """Somebody there has seen the person."""
    slip = require_side(by=by, person=person, referral=referral)
    return _say(by, slip, "seen", fact_id, words=words.strip(), worker=_holding(by, slip))


@one_at_a_time
def close(
    *, by: Worker, person: str, referral: str, back: str = "", words: str = "", told: bool = False, fact_id: str = ""
) -> Fact:  # fmt: skip
    """End it. The receiving side writes back what the sender must know; the sender writes what became of it."""
    slip = require_side(by=by, person=person, referral=referral, any_side=True)
    if not back.strip() and (not words.strip() or OURS not in slip.sides):
        raise Invalid(
            "Write back what was found, what was begun and what they must do now. A referral without a word back is "
            "half a referral.", field="back",
        )  # fmt: skip
    return _say(by, slip, "closed", fact_id, back=back.strip(), words=words.strip(), told=told)


@one_at_a_time
def withdraw(*, by: Worker, person: str, referral: str, words: str, fact_id: str = "") -> Fact:
    """Take it back before the person has come. The other side sees that, and why."""
    slip = require_side(by=by, person=person, referral=referral, side=OURS)
    if not words.strip():
        raise Invalid("Say why. The other side reads it.", field="words")
    return _say(by, slip, "withdrawn", fact_id, words=words.strip())


def may(slip: Slip, became: str) -> bool:
    """Whether this word still means something, and is for a side on which the worker stands."""
    if slip.referred.state not in _WHEN[became]:
        return False
    if became == "closed":
        return True
    side = OURS if became == "withdrawn" else answering(slip.row)
    return side in slip.sides


def _holding(by: Worker, slip: Slip) -> str:
    """Who has the person now that they have come: whoever said yes, else whoever writes it."""
    return slip.referred.taker or (str(by.pk) if slip.referred.inside else "")


def _say(by: Worker, slip: Slip, became: str, fact_id: str, **said_too: object) -> Fact:
    if (stored := said(fact_id)) is not None:
        return stored
    if slip.referred.state not in _WHEN[became]:
        raise Invalid("Somebody has said more about this referral since. Look at it again.")
    side = answering(slip.row) if answering(slip.row) in slip.sides and became != "withdrawn" else OURS
    site = slip.row.to_site if side == THEIRS and slip.row.to_site else code_of(slip.row.path)
    segment = slip.referred.body.segment if slip.reads else "general"
    body = f.ReferralStep(referral=slip.referred.id, became=became, segment=segment, **said_too)  # type: ignore[arg-type]
    return record(by=by, person=slip.person.pk, site=site, body=body, fact_id=fact_id)


def code_of(path: str) -> str:
    """The code of the site at a path."""
    return path.rstrip("/").rpartition("/")[2]


def said(fact_id: str) -> Fact | None:
    """What the form with this id recorded, where it was sent before."""
    stored = store.known_facts([fact_id]).get(fact_id) if fact_id else None
    return f.decode(stored) if stored else None
