"""What a phone may record: kind of fact -> the right that is needed for it where the person is. What is not named here
is not recorded on a phone; a fact of another kind is held for a person to look at.

The rights are those that the pages of the server ask for the same words.
"""

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact

RIGHT: dict[str, str] = {
    "registration": "register_person",
    "response": "ask",
    "encounter": "record_care", "trace": "record_care", "death": "record_care", "treatment": "record_care",
    "findings": "record_care", "intake": "record_care", "measurement": "record_care", "pregnancy": "record_care",
    "allergy": "record_care", "note": "record_care", "plan_item": "record_care", "related_person": "record_care",
    "hospital": "record_care", "referral": "record_care", "contact_preference": "record_care", "snooze": "record_care",
    "retraction": "record_care", "appointment": "record_care", "message": "record_care",
    "message_read": "record_care",
    "dispense": "dispense",
    "question": "ask_question", "carried_out": "carry_out",
    "concern": "act_on_risk", "assessment": "act_on_risk", "violence_check": "act_on_risk",
    "safety_plan": "act_on_risk", "call": "act_on_risk", "acknowledged": "act_on_risk", "risk_closed": "act_on_risk",
    "sign": "act_on_risk",
}  # fmt: skip

# Said by whoever sees the segment only, as on the pages where they are written.
OF_OWN_SEGMENT = (f.Findings, f.Note, f.PlanItem, f.Referral, f.RelatedPerson, f.TeamMessage, f.MessageRead)
# One may mend what a colleague said of these; of anything else only what one said oneself.
SHARED = (f.Registration, f.PlanItem, f.RelatedPerson, f.ContactPreference)


def unread_danger(kind: str) -> bool:
    """Whether what cannot be read is looked at first, by its kind: answers and risks may hold a danger."""
    return kind in ("response", "concern", "assessment", "violence_check", "sign")


def untold(fact: Fact) -> bool:
    """Whether it says that it came from another system, which a phone is not."""
    return getattr(fact.body, "source", None) is not None
