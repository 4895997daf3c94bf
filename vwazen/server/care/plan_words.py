"""The headings of the crisis plan in the languages that there are words for, since the person takes it home.

Drafts of this project except in English; the packs of languages replace them.
"""

from typing import NamedTuple

from vwazen.server.care.questionnaire import language_name

HEADINGS = {
    "en": {
        "title": "My plan", "signs": "When it gets hard, I notice", "helps": "What helps me",
        "people": "People I can be with", "call": "Whom I can call", "means": "What I keep out of reach",
        "circle": "They may be called for me",
    },
    "fr": {
        "title": "Mon plan", "signs": "Quand cela devient dur, je remarque", "helps": "Ce qui m’aide",
        "people": "Les personnes avec qui je peux être", "call": "Qui je peux appeler",
        "means": "Ce que je garde hors de portée", "circle": "On peut les appeler pour moi",
    },
    "ht": {
        "title": "Plan mwen", "signs": "Lè sa vin difisil, men sa m remake", "helps": "Sa ki ede m",
        "people": "Moun mwen ka rete avèk yo", "call": "Moun mwen ka rele", "means": "Sa mwen kenbe lwen mwen",
        "circle": "Yo ka rele moun sa yo pou mwen",
    },
    "es": {
        "title": "Mi plan", "signs": "Cuando se pone difícil, noto", "helps": "Lo que me ayuda",
        "people": "Personas con quienes puedo estar", "call": "A quién puedo llamar",
        "means": "Lo que mantengo lejos de mí", "circle": "Se les puede llamar por mí",
    },
}  # fmt: skip


class Spoken(NamedTuple):
    """Headings, their language, and what to say about them beside the page."""

    headings: dict[str, str]
    language: str
    remark: str


def spoken(language: str) -> Spoken:
    """The headings in the person's language, else in English with the reason."""
    if language in HEADINGS and language != "en":
        remark = (
            f"The headings are in {language_name(language)}: a draft, not yet checked by a speaker. What you write "
            "stands as you write it; write it in their language."
        )
        return Spoken(HEADINGS[language], language, remark)
    if language in ("", "en"):
        unknown = "Their language is not recorded; the page is in English." if not language else ""
        return Spoken(HEADINGS["en"], "en", unknown)
    remark = f"There are no words in {language_name(language)} yet; the headings are in English. Read them aloud."
    return Spoken(HEADINGS["en"], "en", remark)
