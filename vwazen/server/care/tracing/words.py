"""What the codes of a try at finding somebody are called."""

import datetime as dt

from vwazen.clinical.caseload import say
from vwazen.clinical.tracing_kinds import Trace

MODES = {
    "home": "at home", "phone": "by phone", "neighbour": "through a neighbour or the family", "other": "in another way",
}  # fmt: skip
FOUND = {
    "found": "found", "not_found": "not found", "refused": "found, does not want to come now",
    "moved": "told that they moved away", "died": "told that they may have died",
}  # fmt: skip
REASONS = {
    "money": "money", "distance": "the distance", "stigma": "what people might say", "better": "feels better",
    "side_effects": "side effects", "work": "work or school", "carer": "caring for somebody", "weather": "the weather",
    "other": "something else", "not_said": "not said",
}  # fmt: skip
OFFERS = {
    "home": "a visit at home", "phone": "a call", "nearer_site": "a nearer site", "voucher": "a transport voucher",
    "clinic": "the clinic, on another day", "none": "nothing yet",
}  # fmt: skip


def sentence(body: Trace) -> tuple[str, str]:
    """A try as a line of the record: a few words in bold, and the rest."""
    said = [f"missed {day(body.missed)}"] if body.missed else []
    if body.reason != "not_said":
        said.append(f"kept away by: {REASONS[body.reason]}")
    if body.offer != "none":
        said.append(f"offered {OFFERS[body.offer]}")
    if body.next:
        said.append(f"{'next date' if body.found == 'found' else 'to be tried again'} {day(body.next)}")
    return f"Looked for {MODES[body.mode]}: {FOUND[body.found]}", "; ".join(
        [*said, *([body.note] if body.note else [])]
    )


def day(text: str) -> str:
    """An ISO date as people say it."""
    return say(dt.date.fromisoformat(text))
