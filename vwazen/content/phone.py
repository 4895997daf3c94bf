"""What a phone holds of the content: what its worker's roles may give and read, without sources and test vectors.

One JSON document, the same bytes for the same content and roles; `version` in it is a digest of the rest. The phone's
side of it is `Bundle` in `phone/types.ts`. A role is a person's word for what they do, so a bundle is as open as the
role: it holds no value of any person.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from vwazen.content.clips import FILE as CLIPS
from vwazen.content.clips import Clip, Clips, Sound, aloud, digest_of, sound_of, spoken
from vwazen.content.languages import ENGLISH, Language
from vwazen.content.load import BASE, Content, read
from vwazen.content.manuals import Manual
from vwazen.content.model import Instrument
from vwazen.content.people import Clock, Numbers, Role, Scopes
from vwazen.content.rules import Protocol, SafetyPolicy
from vwazen.content.said import for_phone

_NOT_SHOWN = {
    "basis", "bands_note", "bands_source", "licence", "loinc", "measures", "none_found", "note", "notes", "population",
    "sensitivity", "source", "specificity", "terms", "validity", "vectors",
}  # fmt: skip


def phone_bundle(know: Content, roles: Iterable[str]) -> bytes:
    """The content for somebody who holds these roles, as UTF-8 JSON in one fixed order. Unknown roles add nothing."""
    return _made(know, tuple(sorted(set(roles))))[0]


def phone_version(know: Content, roles: Iterable[str]) -> str:
    """The `version` that stands in their bundle: twelve hexadecimal digits."""
    return _made(know, tuple(sorted(set(roles))))[1]


def phone_sounds(know: Content, roles: Iterable[str]) -> dict[str, Sound]:
    """The recordings that their bundle names, by id: what they may fetch."""
    return _made(know, tuple(sorted(set(roles))))[2]


@lru_cache(maxsize=64)
def _made(know: Content, names: tuple[str, ...]) -> tuple[bytes, str, dict[str, Sound]]:
    scopes = know.all(Scopes)[-1].roles
    roles = {name: scopes[name] for name in names if name in scopes}
    segments = sorted({segment for role in roles.values() for segment in role.segments})
    reads_scores = any("see_chart" in one.permissions and "mental-health" in one.segments for one in roles.values())
    writes_care = any("record_care" in one.permissions for one in roles.values())
    sounds: dict[str, Sound] = {}
    languages = know.all(Language)
    english, said = for_phone({one.code: one.said for one in languages}, reads=reads_scores)
    body: dict[str, object] = {
        "instruments": [_recorded(know, one, sounds) for one in know.versions(Instrument) if may_give(roles, one)],
        "languages": {one.code: _words(know, one, sounds, said.get(one.code)) for one in languages},
        "manuals": [lean(one) for one in know.all(Manual) if one.segment in segments] if writes_care else [],
        "numbers": [lean(one) for one in know.all(Numbers)],
        "protocols": [lean(one) for one in know.versions(Protocol)] if reads_scores else [],
        "safety": {**lean(know.all(SafetyPolicy)[-1]), "on_call": lean(know.all(Clock)[-1])},
        "said": english,
        "scores": sorted(_scores(roles)),
        "segments": segments,
    }
    if sounds:
        body["clips"] = [{"id": one.id, "bytes": one.bytes, "by": one.speaker} for one in sounds.values()]
    encode = msgspec.json.Encoder(order="sorted").encode
    version = hashlib.sha256(encode(body)).hexdigest()[:12]
    return encode({**body, "version": version}), version, sounds


def may_give(roles: dict[str, Role], one: Instrument) -> bool:
    """Whether one of these roles may ask this instrument; the same line as a page of the server draws."""
    return any(
        name in one.administered_by
        and "ask" in role.permissions
        and (one.segment in role.segments or one.segment == "mental-health")
        for name, role in roles.items()
    )


def _scores(roles: dict[str, Role]) -> set[str]:
    """Segments whose scores these roles read where they give the questions: they open charts and see the segment."""
    return {segment for role in roles.values() if "see_chart" in role.permissions for segment in role.segments}


def lean(entry: Any) -> Any:
    """A struct as plain values, defaults left out, without what only a reader of the files needs (sources, codes)."""
    if isinstance(entry, msgspec.Struct):
        return {
            field.encode_name: lean(value)
            for field in msgspec.structs.fields(entry)
            if field.name not in _NOT_SHOWN and (value := getattr(entry, field.name)) != _default(field)
        }
    if isinstance(entry, dict):
        return {str(key): lean(value) for key, value in entry.items()}
    if isinstance(entry, list | tuple):
        return [lean(one) for one in entry]
    return entry


def _default(field: msgspec.structs.FieldInfo) -> object:
    made = field.default_factory
    return made() if callable(made) else field.default


def _recorded(know: Content, one: Instrument, sounds: dict[str, Sound]) -> Any:
    """An instrument for the phone, with the recordings of the very words that it has."""
    plain = lean(one)
    for clips in know.all(Clips) if aloud(one) else ():
        of = clips.instruments.get(one.id, {})
        said = {item.id: spoken(one, item, clips.code) for item in one.items if item.id in of}
        if found := _sounds({item: (of[item], words) for item, words in said.items()}, sounds):
            plain["texts"][clips.code]["clips"] = found
    return plain


def _sounds(wanted: dict[str, tuple[Clip, str]], sounds: dict[str, Sound]) -> dict[str, str]:
    """Ids of the recordings that say these words; each is added to `sounds`."""
    found: dict[str, str] = {}
    for key, (clip, words) in wanted.items():
        if words and clip.says == digest_of(words) and (sound := sound_of(clip)):
            found[key] = sounds.setdefault(sound.id, sound).id
    return found


def _words(
    know: Content, one: Language, sounds: dict[str, Sound], sentences: dict[str, list[str]] | None
) -> dict[str, object]:  # fmt: skip
    """A language for the phone. Of English only what a pack says otherwise: the shell has our English built in."""
    built = _built_in() if one.code == ENGLISH else {}
    words = {key: text for key, text in one.words.items() if built.get(key) != text}
    plain: dict[str, object] = {"name": one.name, "dir": one.dir, "status": one.status or "draft", "words": words}
    if one.code != ENGLISH and not one.read_by_speaker:
        plain["unread"] = True
    if sentences:
        plain["said"] = sentences
    for clips in know.all(Clips):
        if clips.code == one.code:
            said = {key: (clip, one.words.get(key, "")) for key, clip in clips.screens.items()}
            if found := _sounds(said, sounds):
                plain["clips"] = found
    return plain


@lru_cache(maxsize=1)
def _built_in() -> dict[str, str]:
    files = sorted((BASE / "languages" / ENGLISH).glob("*.yaml"))
    parts = [read(file, Language) for file in files if file.name != CLIPS]
    return {key: text for part in parts for key, text in part.words.items()}
