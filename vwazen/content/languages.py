"""The words of the phone's screens, one folder a language.

`languages/<code>/language.yaml` says what the language is called and how far it has come; every other file of the
folder holds `words:` of one screen, key and text, or `said:`, what the clinic's own sentences are (`said.py`). All
files of a folder are joined into one `Language`; a later pack adds keys, or says a few of them in its own words.
English is what the screens are written in; what a draft lacks is shown in English.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from vwazen.content import said as sentences
from vwazen.content.model import Part, Sources

ENGLISH = "en"
PLURALS = ("zero", "one", "two", "few", "many", "other")
"""Endings of keys that go by a number; which of them a language uses is CLDR's rule, read by the phone's browser."""

_HOLE = re.compile(r"\{([^{}]*)\}")
_KEY = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9_-]*)+")
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_RIGHT_TO_LEFT = ("ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi")

Fault = tuple[str, str, str]


class Language(Part, frozen=True, kw_only=True):
    """A language, or the part of it that one file holds. `name` is what its speakers call it.

    complete: it has every key of English. draft: what is missing is shown in English, and the screen says that it is a
    draft. `reviewed`: who went over the words, or that nobody did yet. `read_by_speaker`: a speaker of the language
    other than who wrote them did; as long as none has, the phone says so. English is what the others are held against.
    """

    code: str = ""  # the name of the folder
    name: str = ""
    dir: Literal["ltr", "rtl"] = "ltr"
    status: Literal["complete", "draft", ""] = ""
    licence: Literal["Apache-2.0", ""] = ""
    reviewed: str = ""
    read_by_speaker: bool = False
    source: Sources = ()
    note: str = ""
    words: dict[str, str] = {}
    said: dict[str, dict[str, str]] = {}


class Placed(msgspec.Struct, frozen=True):
    """One file of a language and the pack it came with."""

    pack: Path
    file: Path
    part: Language


def joined(before: Language | None, after: Language) -> Language:
    """Both as one; what `after` says counts, what it leaves open stays as it was. Keys in order."""
    if before is None:
        return msgspec.structs.replace(after, words=dict(sorted(after.words.items())))
    head = {
        name: value
        for name in Language.__struct_fields__
        if name not in ("words", "said") and (value := getattr(after, name)) != (() if name == "source" else "")
    }
    if not after.name:  # a file of words, which has the defaults of both
        head.pop("dir")
        head.pop("read_by_speaker")
    words = dict(sorted({**before.words, **after.words}.items()))
    said = {name: {**before.said.get(name, {}), **after.said.get(name, {})} for name in {**before.said, **after.said}}
    return msgspec.structs.replace(before, **head, words=words, said=said)


def holes(text: str) -> frozenset[str]:
    """The names of what is filled in: 'Today, {n} visits' has {n}."""
    return frozenset(_HOLE.findall(text))


def stem(key: str) -> tuple[str, str]:
    """The key without its plural ending, and the ending: 'today.visits_one' -> ('today.visits', 'one')."""
    base, _, ending = key.rpartition("_")
    return (base, ending) if base and ending in PLURALS else (key, "")


def faults(placed: Sequence[Placed]) -> Iterator[tuple[Path, Fault]]:
    """Every fault in the languages of some packs: file, and place, message and mend."""
    whole: dict[str, Language] = {}
    heads: dict[str, Path] = {}
    for one in placed:
        whole[one.part.code] = joined(whole.get(one.part.code), one.part)
        if one.part.name or one.part.code not in heads:
            heads[one.part.code] = one.file
    english = whole.get(ENGLISH, Language()).words
    yield from _twice(placed)
    for one in placed:
        for fault in _file_faults(one.part, english, whole[one.part.code].said):
            yield one.file, fault
    for code, language in whole.items():
        for fault in _whole_faults(language, english):
            yield heads[code], fault


def _twice(placed: Sequence[Placed]) -> Iterator[tuple[Path, Fault]]:
    """A key in two files of one pack: nobody could say which of them counts."""
    seen: dict[tuple[Path, str, str], Path] = {}
    for one in placed:
        for key in one.part.words:
            other = seen.setdefault((one.pack, one.part.code, key), one.file)
            if other != one.file:
                message = f"The key {key} stands in {other.name} as well."
                yield one.file, (f"$.words.{key}", message, "Keep one of the two.")


def _file_faults(part: Language, english: dict[str, str], groups: sentences.Said) -> Iterator[Fault]:
    for key, text in part.words.items():
        place = f"$.words.{key}"
        if not _KEY.fullmatch(key):
            yield place, f"{key!r} is no key.", "Write screen.name in small letters, for example today.title."
            continue
        if not text.strip():
            yield place, f"{key} has no text.", "Write one, or take the key out: English is shown then."
        if part.code != ENGLISH:
            yield from _against(key, text, english)
    yield from sentences.faults(part.said, groups)


def _against(key: str, text: str, english: dict[str, str]) -> Iterator[Fault]:
    """One translated text against English: the same key, the same holes."""
    base, ending = stem(key)
    model = english.get(key, english.get(f"{base}_other") if ending else None)
    place = f"$.words.{key}"
    if model is None:
        yield place, f"English has no key {key}.", "Correct its spelling, or take it out."
        return
    have, wanted = holes(text), holes(model)
    if ending in ("zero", "one", "two"):  # "one visit" may say its number as a word
        have, wanted = have | {"n"}, wanted | {"n"}
    if have != wanted:
        shown = ", ".join(f"{{{one}}}" for one in sorted(wanted)) or "none"
        yield place, f"The holes of {key} differ from English, which has {shown}.", "Use the same names in braces."


def _whole_faults(language: Language, english: dict[str, str]) -> Iterator[Fault]:
    code = language.code
    if not _CODE.fullmatch(code):
        yield "$", f"The folder {code!r} is not called by a language code.", "Call it for example fr, ht or pt-br."
    mend = "Write it into language.yaml of the folder."
    for name in ("name", "status", "licence", "reviewed", "source"):
        if not getattr(language, name):
            yield "$", f"The language {code} does not say its {name}.", mend
    if code.partition("-")[0] in _RIGHT_TO_LEFT and language.dir != "rtl":
        yield "$.dir", f"{code} is written from right to left.", "Write dir: rtl."
    for key, text in english.items():
        base, ending = stem(key)
        if code == ENGLISH and ending and "n" in holes(text) and f"{base}_other" not in english:
            yield "$", f"English has {key} and no {base}_other.", "A text that goes by a number needs both."
        elif language.status == "complete" and key not in language.words:
            say = "Translate it, or say status: draft; a draft shows English there."
            yield "$", f"{code} is called complete and lacks {key}: “{text}”.", say
