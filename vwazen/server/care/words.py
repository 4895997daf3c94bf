"""What codes are called on a page: the same words on a form and in the record."""

from collections.abc import Mapping

from vwazen.clinical import kinds
from vwazen.clinical.facts import Body, Measurement, Prescription, Response
from vwazen.content.clinic import measures
from vwazen.content.load import content
from vwazen.content.model import Instrument

MODES = {
    "clinic": "at the clinic", "home": "at home", "phone": "by phone", "hand_off": "handed over in person",
    "curbside": "in passing, without them", "ward": "on a ward",
}  # fmt: skip
OUTCOMES = {"seen": "seen", "missed": "did not come", "refused": "did not want to", "not_found": "not found"}
MET = {
    "seen": "yes, we met", "missed": "they did not come", "not_found": "not found", "refused": "did not want to",
}  # fmt: skip
PRESENT = {
    "family": "family", "friend": "a friend or neighbour", "chw": "a community health worker", "nurse": "a nurse",
    "counsellor": "a counsellor", "doctor": "a doctor", "specialist": "a specialist", "interpreter": "an interpreter",
    "other": "somebody else",
}  # fmt: skip
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
DECIDED = {"accepted": "accepted", "deferred": "put off", "overridden": "decided otherwise"}
STATES = {
    "no_baseline": "no score yet", "not_scored": "not scored", "unchanged": "no change that counts",
    "partial": "partial response", "response": "response",
    "remission": "in remission", "worse": "worse", "relapse": "relapse after remission",
    "below_baseline": "began too low for response to mean anything",
}  # fmt: skip
PLAN_PARTS = {
    "goal": "goal", "problem": "what is hard", "action": "who does what", "support": "help in daily life",
    "relapse_sign": "sign that it is coming back", "relapse_step": "what to do then",
}  # fmt: skip
SUICIDE = {
    "yes": "by suicide", "possible": "suicide is possible", "no": "not by suicide",
    "not_known": "not known whether by suicide",
}  # fmt: skip
HOSPITAL = {"admitted": "went into hospital", "discharged": "left hospital", "emergency": "was at the emergency room"}
CERTAINTIES = {"provisional": "provisional", "confirmed": "confirmed", "refuted": "not so after all"}
STATUSES = {"active": "active", "remission": "in remission", "resolved": "over"}
STOPS = {
    "completed": "the course is complete", "no_effect": "it did not help", "side_effects": "side effects",
    "own_wish": "the person's own wish", "out_of_stock": "there is none to be had", "pregnancy": "a pregnancy",
    "interaction": "another medicine", "allergy": "an allergy", "error": "it was prescribed in error",
    "other": "something else",
}  # fmt: skip
GIVEN = {"all": "all of it", "part": "a part", "none": "none"}
UNITS = {"tablet": "tablets or capsules", "ml": "mL", "drop": "drops"}
HOURS = ("in the morning", "at noon", "in the evening", "at night")
WHY_NOT = {
    "out_of_stock": "there was none in stock", "person_declined": "the person did not want it",
    "not_safe_today": "it was not safe today", "other": "something else",
}  # fmt: skip
TAKEN = {
    "all": "all of it", "most": "most of it", "some": "some of it", "none": "none of it", "not_asked": "not asked",
}  # fmt: skip
SHOWED = {"yes": "showed right how to take it", "no": "could not show yet how to take it; gone through again"}
CHECKED = {
    "allergy-names": "compared with the names of allergies on record, not with classes of medicines",
    "allergy-asked": "asked: no allergy known", "pregnancy-asked": "asked about a pregnancy",
    "pregnancy-not-asked": "pregnancy not asked",
}  # fmt: skip
REACHED = {
    "person": "spoke with them", "family": "spoke with their family", "nobody": "nobody answered",
    "no_number": "there is no number",
}  # fmt: skip
CHANNELS = {"sms": "text message", "voice": "a recorded call", "mail": "mail"}
AGREED = {
    "aloud": "as they said", "paper": "signed on paper", "screen": "they tapped it themselves",
    "reply": "written from that phone",
}  # fmt: skip
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


def measured(body: Body) -> str:
    """A measurement in words: "Weight 61 kg"."""
    if not isinstance(body, Measurement):
        return ""
    known = measures(content()).get(body.what)
    title = known.title if known else first_up(body.what.replace("_", " "))
    value = f"{body.value:g} {body.unit}".strip() if body.value is not None else body.text
    return f"{title} {value}"


def many(n: float, one: str, several: str = "") -> str:
    """A count and its noun: "1 day", "2 days", "0.5 days"."""
    return f"{n:g} {one if n == 1 else several or f'{one}s'}"


def regimen(body: Prescription) -> str:
    """How much of a medicine and how often, as far as it was written; the hours of the day say how often."""
    said = [body.dose] if body.dose else []
    if body.hours:
        said += [f"{_much(n, body.unit)} {at}" for n, at in zip(body.hours, HOURS, strict=False) if n]
    elif body.amount is not None:
        said.append(f"{_much(body.amount, body.unit)} each time")
    if body.times is not None and not body.hours:
        said.append({1.0: "once a day", 2.0: "twice a day"}.get(body.times, f"{body.times:g} times a day"))
    if body.every_days is not None:
        said.append("every day" if body.every_days == 1 else f"every {body.every_days} days")
    if body.days is not None:
        said.append(f"for {many(body.days, 'day')}")
    return ", ".join(said)


def at_hours(body: Prescription) -> list[tuple[str, str, str]]:
    """Each hour of the day with its label and how much, none too; empty where nobody said the hours."""
    much = [f"{n:g} mL" if body.unit == "ml" and n else halves(n) for n in body.hours]
    return [(name, first_up(name), said) for name, said in zip(kinds.HOURS, much, strict=False)]


def halves(n: float) -> str:
    """A number of tablets as people write it: "½", "1½", "2"; "0.3" where no sign is for it."""
    sign = {0.0: "", 0.25: "¼", 0.5: "½", 0.75: "¾"}.get(n % 1)
    return f"{n:g}" if sign is None else f"{n // 1:g}{sign}" if n >= 1 or not sign else sign


def _much(n: float, unit: str) -> str:
    """Tablets are not named: the strength beside it says of what."""
    return f"{n:g} mL" if unit == "ml" else many(n, "drop") if unit == "drop" else f"{n:g}"
