"""Recordings of what a phone reads aloud: which file says which text, who speaks, and whether it still says it.

`languages/<code>/clips.yaml` beside the words of a language, in any pack. A recording counts only for the very words
that were spoken: it carries a digest of them, and is left out where the wording has become another one. What is not
recorded is read by the phone's own voice. No recording is shipped.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from vwazen.content.languages import Fault, holes
from vwazen.content.model import Instrument, Item, Licence, Part, Sources

FILE = "clips.yaml"
MOST = 200_000
"""Bytes of one recording: forty seconds of speech as MP3 at 40 kbit/s, half a minute on a slow line."""
TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav"}
"""What the browser of an Android phone plays, by the ending of the file."""


class Clip(Part, frozen=True, kw_only=True):
    """One recording. What it does not say of itself is said at the head of its file."""

    file: str  # beside clips.yaml, or in a folder there
    says: str = ""  # `digest_of` the words that are spoken
    speaker: str = ""
    licence: Licence | Literal[""] = ""
    source: Sources = ()
    reviewed: str = ""
    folder: str = ""  # where clips.yaml lies; set on reading

    @property
    def path(self) -> Path:
        return Path(self.folder) / self.file


class Clips(Part, frozen=True, kw_only=True):
    """The recordings of one language in one pack. `speaker`: as they want to be named, and they know what it is for.
    `reviewed`: who listened to them against the text, or that nobody did yet."""

    code: str = ""  # the name of the folder
    speaker: str = ""
    licence: Licence | Literal[""] = ""
    source: Sources = ()
    reviewed: str = ""
    note: str = ""
    instruments: dict[str, dict[str, Clip]] = {}  # instrument -> item
    screens: dict[str, Clip] = {}  # key of a screen's words

    @property
    def sources(self) -> list[str]:
        """All that is cited anywhere in it."""
        every = [*self.screens.values(), *(one for of in self.instruments.values() for one in of.values())]
        return sorted({*self.source, *(key for one in every for key in one.source)})


class Sound(msgspec.Struct, frozen=True):
    """A recording as it is given to a phone: its id is the digest of its bytes."""

    id: str
    bytes: int
    speaker: str
    path: Path


def placed(file: Path, entry: Clips) -> Clips:
    """The entry as it was read from this file: its language, and each clip whole."""

    def whole(one: Clip) -> Clip:
        return msgspec.structs.replace(
            one, folder=str(file.parent), speaker=one.speaker or entry.speaker, licence=one.licence or entry.licence,
            source=one.source or entry.source, reviewed=one.reviewed or entry.reviewed,
        )  # fmt: skip

    return msgspec.structs.replace(
        entry,
        code=file.parent.name,
        instruments={id: {item: whole(one) for item, one in of.items()} for id, of in entry.instruments.items()},
        screens={key: whole(one) for key, one in entry.screens.items()},
    )


def together(before: Clips | None, after: Clips) -> Clips:
    """The recordings of two packs; where both have one, the later counts."""
    if before is None:
        return after
    ids = sorted({*before.instruments, *after.instruments})
    instruments = {id: {**before.instruments.get(id, {}), **after.instruments.get(id, {})} for id in ids}
    return msgspec.structs.replace(after, instruments=instruments, screens={**before.screens, **after.screens})


def spoken(instrument: Instrument, item: Item, code: str) -> str:
    """What is read aloud of an item in one language, all of it in that language; "" where it has no wording in it.

    The phone says the same (`spoken` in `phone/screens/ask_flow.ts`).
    """
    text = instrument.texts.get(code)
    if text is None or not text.items.get(item.id):
        return ""
    options = instrument.answer_lists[item.answers].options if item.answers in instrument.answer_lists else ()
    labels = [text.answers.get(item.answers or "", {}).get(one.value, "") for one in options]
    return ". ".join(part for part in (text.stem, text.items[item.id], *labels) if part)


def aloud(instrument: Instrument) -> bool:
    """Whether it may be read to the person at all: a rating is the worker's own and is not asked."""
    return instrument.form != "rating"


def digest_of(words: str) -> str:
    """What `says` holds: twelve hexadecimal digits of the words that are spoken."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def sound_of(clip: Clip) -> Sound | None:
    """The recording with its digest; None where its file is not there or too large."""
    try:
        if not _inside(clip.file) or clip.path.suffix not in TYPES or not 0 < clip.path.stat().st_size <= MOST:
            return None
        data = clip.path.read_bytes()
    except OSError:
        return None
    return Sound(hashlib.sha256(data).hexdigest(), len(data), clip.speaker, clip.path)


def sound_data(sound: Sound) -> bytes | None:
    """Its bytes; None where another file lies there by now."""
    try:
        data = sound.path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sound.id else None


def _inside(name: str) -> bool:
    return "\\" not in name and all(part not in ("", ".", "..") for part in name.split("/"))


def faults(
    entry: Clips, licences: Sequence[str], instruments: Sequence[Instrument], words: Mapping[str, str]
) -> Iterator[Fault]:
    """Every fault of one file: place, message and mend. `licences` are those that its pack allows, `instruments` every
    installed version with its wording, `words` the screens' own words in this language."""
    for id, of in entry.instruments.items():
        versions = [one for one in instruments if one.id == id]
        place = f"$.instruments.{id}"
        if not versions:
            yield place, f"There is no instrument {id}.", "Correct the id, or install its pack."
            continue
        if not all(aloud(one) for one in versions):
            yield place, f"{versions[-1].name} is the worker's own rating and is not read aloud.", "Take it out."
            continue
        if forbidden := {one.licence for one in versions} - set(licences):
            message = f"The wording of {versions[-1].name} is under {', '.join(sorted(forbidden))}."
            yield place, message, "A recording holds the wording: put it into a pack that has this licence."
        for item, clip in of.items():
            here = f"{place}.{item}"
            yield from _of_clip(here, clip, licences)
            found = [(one, mine) for one in versions for mine in one.items if mine.id == item]
            if not found:
                yield here, f"{versions[-1].name} has no item {item}.", "Use the instrument's ids."
                continue
            yield from _says(here, clip, [spoken(one, mine, entry.code) for one, mine in found], entry.code)
    for key, clip in entry.screens.items():
        here = f"$.screens.{key}"
        yield from _of_clip(here, clip, licences)
        if key not in words:
            yield here, f"{entry.code} has no words of its own for {key}.", "Correct the key, or translate it first."
        elif holes(words[key]):
            yield here, f"{key} is filled in while it is shown, so no recording can say it.", "Take it out."
        else:
            yield from _says(here, clip, [words[key]], entry.code)


def _of_clip(here: str, clip: Clip, licences: Sequence[str]) -> Iterator[Fault]:
    for name in ("speaker", "licence", "source", "reviewed"):
        if not getattr(clip, name):
            yield here, f"Nothing says the {name} of this recording.", "Write it here or at the head of the file."
    if clip.licence and clip.licence not in licences:
        mend = "Move the file to a pack that allows it, or correct the licence."
        yield here, f"The licence {clip.licence} is not among those of the pack.", mend
    if not _inside(clip.file):
        yield here, f"{clip.file} does not lie beside {FILE}.", "Put it there, or into a folder there."
    elif clip.path.suffix not in TYPES:
        yield here, f"Not every phone plays {clip.file}.", f"Save it as one of {', '.join(TYPES)}."
    elif not clip.path.is_file() or not clip.path.stat().st_size:
        yield here, f"The file {clip.file} is not there, or is empty.", f"Put it beside {FILE}."
    elif clip.path.stat().st_size > MOST:
        message = f"{clip.file} has {clip.path.stat().st_size:,} bytes, more than {MOST:,}."
        yield here, message, "Save it as speech, one channel, 24 to 40 kbit/s."


def _says(here: str, clip: Clip, wordings: Sequence[str], code: str) -> Iterator[Fault]:
    """Whether what was recorded is what some version says now."""
    wanted = {digest_of(one): one for one in wordings if one}
    if not wanted:
        yield here, f"There is no wording in {code}, so there is nothing to record.", "Add the wording first."
    elif clip.says not in wanted:
        said, words = list(wanted.items())[-1]
        what = "is of another wording" if clip.says else "does not say of which wording it is"
        mend = f"Listen to it. If it says “{words}”, write says: {said!r}; if not, record it again."
        yield here, f"The recording {clip.file} {what}.", mend
