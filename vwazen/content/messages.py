"""What may be sent to somebody's phone: the texts, the words that none may hold, and how STOP is written.

A message is read by whoever holds the phone. It says when and where to come, or to call, and never what for.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from vwazen.content.clinic import CodeList, Medicines
from vwazen.content.model import Entry, Part
from vwazen.content.rules import Protocol

if TYPE_CHECKING:
    from vwazen.content.load import Content

Hour = Annotated[int, Meta(ge=0, le=23)]
PLACES = ("date", "site")
NAME = 30  # characters of a site's name that fit
LONGEST = 160  # characters of one text message of plain letters
LANGUAGES = ("en", "fr", "ht", "es")
_PLACE = re.compile(r"\{([^{}]*)\}")


class Message(Entry, frozen=True, kw_only=True, eq=False):
    """`messages/*.yaml`: one message in every language. `texts` for a phone of their own, `shared` for any other.

    `{date}` and `{site}` are filled in; `shared` knows the date only. `drafts` names the languages that nobody who
    speaks them has read yet.
    """

    title: str
    use: Literal["reminder", "missed", "other"]
    texts: dict[str, str]
    shared: dict[str, str]
    drafts: tuple[str, ...] = ()


class Language(Part, frozen=True, kw_only=True):
    """Months as they stand in a date, words that end messages, and beginnings of words that no message may hold."""

    months: tuple[str, ...]
    stop: tuple[str, ...]
    never: tuple[str, ...]


class Wording(Entry, frozen=True, kw_only=True, eq=False):
    """`wording.yaml`: by language. `quiet_from` to `quiet_until`: local hours in which nobody is written to."""

    basis: str
    quiet_from: Hour
    quiet_until: Hour
    languages: dict[str, Language]


def plain(text: str) -> str:
    """The text in small letters without accents, its words with one space between them."""
    bare = "".join(one for one in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(one))
    return " ".join(re.findall(r"[^\W_]+", bare))


def told_too_much(know: "Content", text: str) -> str:
    """The first word of the text that tells what somebody has, takes or is asked, or what kind of place this is."""
    words = plain(text).split()
    stems, phrases, longest = _forbidden(know)
    for start, word in enumerate(words):
        if word.startswith(stems):
            return word
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            if (phrase := " ".join(words[start:end])) in phrases:
                return phrase
    return ""


@lru_cache(maxsize=4)
def _forbidden(know: "Content") -> tuple[tuple[str, ...], frozenset[str], int]:
    """Beginnings of words, whole phrases, and how many words the longest has: from every installed list."""
    never = {plain(one) for listed in know.all(Wording) for lang in listed.languages.values() for one in lang.never}
    stems = {one for one in never if len(one) > 3 and " " not in one}
    names = {known for listed in know.all(Medicines) for one in listed.medicines for known in (one.name, *one.also)}
    names |= {name for one in know.instruments for name in (one.id, one.name, one.title)}
    names |= {one.condition for plan in know.all(Protocol) for one in plan.conditions}
    names |= {title for listed in know.all(CodeList) for title in listed.codes.values()}
    phrases = {plain(one) for one in names} | (never - stems)
    phrases -= {""}
    return tuple(sorted(stems)), frozenset(phrases), max((len(one.split()) for one in phrases), default=1)


def is_stop(know: "Content", text: str) -> bool:
    """Whether a text that came in asks that messages end: nothing but such words, or STOP before a few others."""
    said = plain(text)
    stops = {plain(one) for listed in know.all(Wording) for lang in listed.languages.values() for one in lang.stop}
    return said in stops or (said.startswith("stop ") and len(said.split()) <= 4)


def written(know: "Content", message: str, language: str, *, shared: bool, day: dt.date, site: str) -> str:
    """The message as it goes out, in English where there is no text in that language.

    Whose phone others read, or whose site's name tells what kind of place it is, gets the wording that names none.
    """
    entry = know.get(Message, message)
    lang = language if language in entry.texts and language in entry.shared else "en"
    months = know.get(Wording, "wording").languages[lang].months
    bare = shared or bool(told_too_much(know, site)) or len(site) > NAME
    text = (entry.shared if bare else entry.texts)[lang]
    return text.replace("{date}", f"{day.day} {months[day.month - 1]}").replace("{site}", site)


def faults_of(message: Message) -> Iterator[tuple[str, str, str]]:
    """(place, what is wrong, how to mend it) in the texts as they are written; `told_too_much` says the rest."""
    for kind, texts, places in (("texts", message.texts, PLACES), ("shared", message.shared, ("date",))):
        for code in LANGUAGES:
            if code not in texts:
                yield f"$.{kind}", f"There is no text in {code}.", "Write it, and name it among the drafts."
        for code, text in texts.items():
            at = f"$.{kind}.{code}"
            for place in _PLACE.findall(text):
                if place not in places:
                    yield at, f"{{{place}}} is filled in nowhere.", f"Only these are: {', '.join(places)}."
            if len(_PLACE.sub("x" * 16, text)) > LONGEST:
                yield at, f"This is longer than {LONGEST} characters.", "Two texts cost twice: shorten it."
