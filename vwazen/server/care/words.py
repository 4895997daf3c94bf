"""What codes are called on a page: the same words on a form and in the record."""

from collections.abc import Mapping

from vwazen.clinical.facts import Response
from vwazen.content.model import Instrument

MODES = {
    "clinic": "at the clinic", "home": "at home", "phone": "by phone", "hand_off": "handed over in person",
    "curbside": "in passing", "ward": "on a ward",
}  # fmt: skip
OUTCOMES = {"seen": "seen", "missed": "did not come", "refused": "did not want to", "not_found": "not found"}
FORMS = {"psychological": "talking or skills", "medicine": "a medicine", "social": "help in daily life"}
EVENTS = {
    "session": "a session was held", "missed": "a session was missed", "given": "tablets were given",
    "gap": "there was none to give, or it was not taken", "started": "it was started", "stopped": "it was stopped",
}  # fmt: skip
SIGNS = {
    "acute_psychosis": "acute psychosis", "mania": "mania", "postpartum_red_flag": "a red flag after childbirth",
    "status_epilepticus": "a seizure that does not stop", "toxicity": "poisoning by a medicine",
}  # fmt: skip
CHOICES = {
    "continue": "Continue as now", "change": "Change treatment", "step_up": "Step up",
    "see": "I will see the person", "reassess": "Assess again",
}  # fmt: skip
CLOSES = {
    "completed": "completed", "transferred": "transferred to another service", "moved": "moved away",
    "refused": "does not want care now", "lost": "lost to follow-up", "not_indicated": "not needed after all",
    "died": "died",
}  # fmt: skip
TRIAGE = {
    "not_now": "not now", "not_needed": "not needed", "elsewhere": "followed elsewhere", "again": "look again",
}  # fmt: skip
ASKED = {
    "in_person": "in person", "phone": "by phone", "self": "filled in alone", "paper": "from paper",
    "imported": "imported",
}  # fmt: skip
SEGMENTS = {
    "general": "everyone who may open this record", "mental-health": "mental-health care",
    "substance-use": "care about alcohol and drugs", "hiv": "HIV care",
    "intimate-partner-violence": "care after violence", "therapy-notes": "therapists",
}  # fmt: skip
PROPOSES = {
    "continue": "going on as now", "check": "finding out first", "consult": "a consultation",
    "change": "a change of treatment", "step_up": "a step up", "confirm_remission": "a second measurement",
    "step_down": "a step down",
}  # fmt: skip
HOSPITAL = {"admitted": "went into hospital", "discharged": "left hospital", "emergency": "was at the emergency room"}
CERTAINTIES = {"provisional": "provisional", "confirmed": "confirmed", "refuted": "not so after all"}
GENDERS = {"female": "she", "male": "he"}


def first_up(text: str) -> str:
    """The text with a capital letter at its start."""
    return text[:1].upper() + text[1:]


def answer_words(instrument: Instrument, item: str, value: float) -> str:
    """What an answer is called: the owner's label in English, else the number."""
    found = next((one for one in instrument.items if one.id == item), None)
    text = instrument.texts.get("en")
    labels: Mapping[int, str] = text.answers.get(found.answers or "", {}) if found and text else {}
    return labels.get(int(value), "") if value == int(value) and int(value) in labels else f"{value:g}"


def safety_words(instrument: Instrument | None, body: Response) -> str:
    """The safety answer beside a score; "" for an instrument that asks none."""
    if instrument is None or not instrument.safety:
        return ""
    if body.total_only:
        return "unknown: ask"
    said = []
    for rule in instrument.safety:
        if rule.item in body.answers:
            words = answer_words(instrument, rule.item, body.answers[rule.item])
            said.append(f"“{words[:1].lower()}{words[1:]}”")
        else:
            said.append("unanswered: ask")
    return "; ".join(dict.fromkeys(said))
