"""Finds faults in packs before anybody meets them: each with file, line and how to mend it.

Whether an instrument's own test vectors come out is checked one layer up, where scoring lives:
`vwazen.clinical.vectors.check_content` does both and is what `vwazen content check` calls.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vwazen.content.check_clinic import faults as clinic_faults
from vwazen.content.check_instrument import Fault, faults
from vwazen.content.check_rules import faults as rule_faults
from vwazen.content.clinic import Measurements
from vwazen.content.clips import Clips
from vwazen.content.clips import faults as clip_faults
from vwazen.content.forms import Interventions
from vwazen.content.languages import ENGLISH, Language, Placed, joined
from vwazen.content.languages import faults as language_faults
from vwazen.content.load import KINDS, Content, ContentError, Kind, default_packs, files, line_of, read
from vwazen.content.loinc import fault_in
from vwazen.content.manuals import Manual
from vwazen.content.manuals import faults as manual_faults
from vwazen.content.messages import Message, faults_of, told_too_much
from vwazen.content.model import Entry, Instrument, InstrumentTexts, Pack, SegmentList, SourceList
from vwazen.content.rules import Protocol, Tiers
from vwazen.content.said import shapes
from vwazen.content.shown import has, sentences

TEXT_ONLY = {"texts", "credit", "terms", "licence", "source", "reviewed", "notes", "wording", "title", "vectors"}
"""What a later pack may change in an instrument without a new version: words, never the way it is scored."""


class Problem(msgspec.Struct, frozen=True):
    """One fault: the file, the line (from 1), what is wrong, how to mend it."""

    file: Path
    line: int
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} {self.mend}"


class Found(msgspec.Struct, frozen=True):
    """An entry with where it came from."""

    pack: Path
    file: Path
    kind: Kind
    entry: msgspec.Struct


def check(packs: Sequence[Path] | None = None) -> list[Problem]:
    """Every fault in these packs (the installed ones when None), in the order of packs and files."""
    problems: list[Problem] = []
    found: list[Found] = []
    for pack in packs if packs is not None else default_packs():
        problems += _read_pack(pack, found)
    known = {key for one in found if isinstance(one.entry, SourceList) for key in one.entry.sources}
    measures = {row.id for one in found if isinstance(one.entry, Measurements) for row in one.entry.measures}
    instruments = {one.entry.id for one in found if isinstance(one.entry, Instrument)}
    sessions = {
        row.title for one in found if isinstance(one.entry, Interventions) for group in one.entry.groups
        for row in group.interventions if row.session
    }  # fmt: skip
    for one in found:
        if isinstance(one.entry, Manual):
            problems += [_problem(one.file, fault) for fault in manual_faults(one.entry, sessions)]
        problems += [_problem(one.file, fault) for fault in _faults(one, known)]
        problems += [_problem(one.file, fault) for fault in rule_faults(one.entry, instruments)]
        problems += [_problem(one.file, fault) for fault in clinic_faults(one.entry, measures)]
    spoken = [Placed(one.pack, one.file, one.entry) for one in found if isinstance(one.entry, Language)]
    problems += [_problem(file, fault) for file, fault in language_faults(spoken)]
    return problems + _unsaid(found) + _clips(found, known) + _messages(found) + _collisions(found)


def _languages(found: Sequence[Found]) -> dict[str, Language]:
    """Every language by its code, joined from all its files."""
    whole: dict[str, Language] = {}
    for one in found:
        if isinstance(one.entry, Language):
            whole[one.entry.code] = joined(whole.get(one.entry.code), one.entry)
    return whole


def _unsaid(found: Sequence[Found]) -> list[Problem]:
    """Sentences of the content that a language called complete does not say: a phone would show English.

    To lists and protocols it is held wherever they stand; to forms, manuals and what is done in the packs that have it.
    """
    known = {
        one.code: shapes(one.said) for one in _languages(found).values()
        if one.status == "complete" and one.code != ENGLISH
    }  # fmt: skip
    has_it = {(one.pack, one.entry.code) for one in found if isinstance(one.entry, Language)}
    problems = []
    for one in found:
        anywhere = isinstance(one.entry, Tiers | Protocol)
        codes = [code for code in known if anywhere or (one.pack, code) in has_it]
        for sentence in sentences(one.entry) if codes else ():
            for code in codes:
                if not has(known[code], sentence):
                    message = f"{code} is called complete and does not say “{sentence.text}”."
                    mend = (
                        f"Write the pair under {sentence.group} in said.yaml of that language, with its holes as there."
                    )
                    problems.append(_problem(one.file, (sentence.place, message, mend)))
    return problems


def _clips(found: Sequence[Found], known: set[str]) -> list[Problem]:
    """Recordings that are not of the words of now, that are not there, or that may not be."""
    spoken = _languages(found)
    problems = []
    for one in found:
        if isinstance(one.entry, Clips):
            head: Pack = read(one.pack / "pack.yaml", Pack)
            words = spoken.get(one.entry.code, Language()).words
            said = [*clip_faults(one.entry, head.licences, _worded(found, one.entry.code), words)]
            said += _cited({"source": one.entry.sources}, "$", known)
            problems += [_problem(one.file, fault) for fault in said]
    return problems


def _worded(found: Sequence[Found], code: str) -> list[Instrument]:
    """Every instrument with its wording in a language, under the licence of that wording."""
    made = {(one.entry.id, one.entry.version): one.entry for one in found if isinstance(one.entry, Instrument)}
    for one in found:
        if isinstance(one.entry, InstrumentTexts) and code in one.entry.texts:
            key = (one.entry.instrument, one.entry.instrument_version)
            if key in made:
                texts = {**made[key].texts, code: one.entry.texts[code]}
                made[key] = msgspec.structs.replace(made[key], texts=texts, licence=one.entry.licence)
    return list(made.values())


def _messages(found: Sequence[Found]) -> list[Problem]:
    """Messages to a phone that are not whole, or that tell what somebody has or takes or what kind of place this is."""
    entries: dict[str, dict[tuple[str, int], msgspec.Struct]] = {kind.name: {} for kind in KINDS}
    for one in found:
        entries[one.kind.name][one.kind.key(one.entry)] = one.entry
    problems = []
    for one in found:
        if not isinstance(one.entry, Message):
            continue
        problems += [_problem(one.file, fault) for fault in faults_of(one.entry)]
        for kind, texts in (("texts", one.entry.texts), ("shared", one.entry.shared)):
            for code, text in texts.items():
                if word := told_too_much(Content(entries), text):
                    mend = "Say only when and where to come, or to call."
                    fault = (f"$.{kind}.{code}", f"“{word}” tells whoever holds the phone too much.", mend)
                    problems.append(_problem(one.file, fault))
    return problems


def _read_pack(pack: Path, found: list[Found]) -> list[Problem]:
    """The faults that show on reading; entries that can be read are added to `found`."""
    problems: list[Problem] = []
    about = pack / "pack.yaml"
    if not about.is_file():
        return [Problem(pack, 1, "This folder has no pack.yaml.", "Write id, title and licences into pack.yaml.")]
    try:
        head: Pack = read(about, Pack)
    except ContentError as error:
        return [Problem(error.file, error.line, error.message, error.mend)]
    if not set(head.licences) <= {"Apache-2.0", "free-with-credit", "us-government-work", "public-domain"} and not (
        (pack / "LICENSE.md").is_file()
    ):
        mend = "Say in LICENSE.md who may use what."
        problems.append(Problem(about, line_of(about, "$.licences"), "The pack has restricted licences.", mend))
    read_files = {about}
    for kind, file in files(pack):
        read_files.add(file)
        try:
            entry: msgspec.Struct = read(file, kind.struct)
        except ContentError as error:
            problems.append(Problem(error.file, error.line, error.message, error.mend))
            continue
        found.append(Found(pack, file, kind, entry))
        licence = getattr(entry, "licence", None)
        if isinstance(entry, Entry) and licence not in head.licences:
            mend = "Move the file to a pack that allows it, or correct the licence."
            message = f"The licence {licence} is not among those of the pack {head.id}."
            problems.append(Problem(file, line_of(file, "$.licence"), message, mend))
    for stray in sorted(pack.rglob("*.y*ml")):
        if stray not in read_files:
            mend = "Move it into a folder that is read (see KINDS in vwazen/content/load.py), or remove it."
            problems.append(Problem(stray, 1, "Nothing reads this file.", mend))
    return problems


def _faults(one: Found, known: set[str]) -> Iterator[Fault]:
    if not isinstance(one.entry, Entry):
        return  # a kind with its own rules checks itself
    yield from _signed(one.entry)
    yield from _cited(msgspec.to_builtins(one.entry, str_keys=True), "$", known)
    if isinstance(one.entry, Instrument):
        stem = one.file.stem
        if stem not in (one.entry.id, f"{one.entry.id}-v{one.entry.version}"):
            yield "$.id", f"The file is called {stem} and its id is {one.entry.id}.", "Give both one name."
        yield from faults(one.entry)
    if isinstance(one.entry, SegmentList):
        for i, row in enumerate(one.entry.segments):
            for code in row.codes:
                if wrong := fault_in(code):
                    yield f"$.segments[{i}].codes", wrong, "Compare the code with its source."


def _signed(entry: Entry) -> Iterator[Fault]:
    if entry.version < 1:
        yield "$.version", "Versions begin with 1.", "Write 1 or more."
    if not entry.source:
        yield "$.source", "There is no source.", "Name at least one key of sources.yaml."
    if not entry.reviewed.strip():
        yield "$.reviewed", "Nothing says who reviewed it.", 'Write a name, or "not yet reviewed by a clinician".'


def _cited(data: Any, path: str, known: set[str]) -> Iterator[Fault]:
    """Every list called `source`, however deep, holds keys that some pack explains."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "source" and isinstance(value, list | tuple):
                for cited in value:
                    if cited not in known:
                        yield f"{path}.source", f"The source {cited} is not explained.", "Add it to sources.yaml."
            else:
                yield from _cited(value, f"{path}.{key}", known)
    elif isinstance(data, list | tuple):
        for i, value in enumerate(data):
            yield from _cited(value, f"{path}[{i}]", known)


def _collisions(found: list[Found]) -> list[Problem]:
    problems: list[Problem] = []
    seen: dict[tuple[str, str, int], Found] = {}
    totals: dict[str, str] = {}
    for one in found:
        if isinstance(one.entry, Language | Clips):
            continue  # joined from many files, within a pack and across packs
        key = (one.kind.name, *one.kind.key(one.entry))
        before = seen.get(key)
        if before is not None and before.pack == one.pack:
            problems.append(
                _problem(
                    one.file, ("$.version", f"{before.file.name} has the same id and version.", "Raise the version.")
                )
            )
        elif before is not None and (changed := _rescored(before.entry, one.entry)):
            message = f"It replaces version {key[2]} of an earlier pack and changes {', '.join(changed)}."
            mend = "Raise the version: old answers are scored by the version they were asked in."
            problems.append(_problem(one.file, ("$.version", message, mend)))
        seen[key] = one
        if isinstance(one.entry, Instrument) and one.entry.loinc.total:
            other = totals.setdefault(one.entry.loinc.total, one.entry.id)
            if other != one.entry.id:
                message = f"{other} has the same LOINC code for its total."
                problems.append(_problem(one.file, ("$.loinc.total", message, "Compare both codes with LOINC.")))
    for one in found:
        if isinstance(one.entry, InstrumentTexts):
            target = ("instruments", one.entry.instrument, one.entry.instrument_version)
            base = seen.get(target)
            if base is None or not isinstance(base.entry, Instrument):
                message = f"No pack holds {target[1]} version {target[2]}."
                problems.append(_problem(one.file, ("$.instrument", message, "Correct the id or the version.")))
                continue
            items = {item.id for item in base.entry.items}
            for language, text in one.entry.texts.items():
                for id in sorted(set(text.items) - items):
                    path = f"$.texts.{language}.items"
                    problems.append(_problem(one.file, (path, f"There is no item {id}.", "Use the instrument's ids.")))
    return problems


def _rescored(before: msgspec.Struct, after: msgspec.Struct) -> list[str]:
    if not isinstance(before, Instrument) or not isinstance(after, Instrument):
        return []
    fields = [name for name in Instrument.__struct_fields__ if name not in TEXT_ONLY]
    return [name for name in fields if getattr(before, name) != getattr(after, name)]


def _problem(file: Path, fault: Fault) -> Problem:
    path, message, mend = fault
    return Problem(file, line_of(file, path), message, mend)
