"""What stays are called: the same words on a form, on the chart and in the record."""

import datetime as dt

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.server.record.stay_rows import AT

WHERE = {
    "hospital": "Hospital", "emergency": "Emergency room", "prison": "Prison", "day_hospital": "Day hospital",
    "protected_home": "Protected home", "other": "Another place",
}  # fmt: skip
EVENTS = {
    "admitted": "Came to", "transferred": "Moved within", "leave": "Went on leave from", "returned": "Came back to",
    "left_without": "Left without being discharged:", "discharged": "Discharged from", "released": "Released from",
    "attended": "Attended", "absent": "Did not come to", "updated": "More about the stay at",
    "cancelled": "Taken back, about",
}  # fmt: skip
CANCELS = {
    "admitted": "coming there", "transferred": "the move", "leave": "the leave", "returned": "coming back",
    "discharged": "the discharge", "": "",
}  # fmt: skip
DESTINATIONS = {
    "home": "Home", "facility": "Another hospital or facility", "protected_home": "A protected home",
    "prison": "Prison", "unknown": "Nobody knows", "died": "Died",
}  # fmt: skip
STATES = {"in": "There now", "leave": "On leave", "out": "Left", "unknown": "Unclear"}
DECISIONS = {
    "continue": "Go on as before", "change": "Change", "stop": "Stop", "new": "New from there", "unknown": "Not known",
}  # fmt: skip

Sentence = tuple[str, str]


def stay(body: f.Stay) -> Sentence:
    """An event of a stay as a line of the chart."""
    place = body.place or AT[body.where]
    title = f"{EVENTS[body.event]} {place}"
    if body.event == "cancelled":
        title = f"{EVENTS[body.event]} {place}: {CANCELS[body.cancels]}"
    # of a home the unit is its code, and its name is said already
    said = [body.unit if body.where != "protected_home" else "", body.reason]
    if body.destination:
        said.append(f"to: {DESTINATIONS[body.destination].lower()}")
    if body.carer:
        said.append(f"taken home by {body.carer}")
    if body.next:
        said.append(f"{'back' if body.event == 'leave' else 'next'} {say(dt.date.fromisoformat(body.next))}")
    if body.instructions:
        said.append(f"at home: {body.instructions}")
    return title, ", ".join(part for part in said if part)


def reconciled(body: f.MedicineReconciled) -> Sentence:
    """What was decided about a medicine at a discharge."""
    return f"{body.name or 'A medicine'} at discharge: {DECISIONS[body.decision].lower()}", body.words


def identifier(body: f.Identifier) -> Sentence:
    """A number of another system. The number itself is no reading matter."""
    return "Known to another system", body.system
