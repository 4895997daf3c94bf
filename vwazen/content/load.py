"""Reads packs of YAML into one `Content`.

A pack is a folder with `pack.yaml`. Later packs win: the base, then every folder of `packs/` beside the program, then
every folder of `$VWAZEN_HOME/packs/`, each by name. A new kind of entry is one line in `KINDS`.
"""

import csv
import hashlib
import os
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import yaml

from vwazen.content.clinic import CodeList, Measurements, Medicines
from vwazen.content.clips import FILE as CLIPS
from vwazen.content.clips import Clips, placed, together
from vwazen.content.consent_rules import ConsentRules
from vwazen.content.demo_model import DemoModel
from vwazen.content.forms import Form, Interventions
from vwazen.content.indicators import Outcomes
from vwazen.content.languages import Language, joined
from vwazen.content.manuals import Manual
from vwazen.content.messages import Message, Wording
from vwazen.content.model import Instrument, InstrumentTexts, Pack, SegmentList, SourceList
from vwazen.content.people import Clock, Numbers, Scopes
from vwazen.content.rules import Protocol, SafetyPolicy, Tiers
from vwazen.content.tracing import Places, Tracing
from vwazen.home import beside

BASE = Path(__file__).resolve().parent

E = TypeVar("E", bound=msgspec.Struct)
LoincKind = Literal["panel", "total", "item"]


def _id_and_version(entry: Any) -> tuple[str, int]:
    return entry.id, entry.version


class Kind(msgspec.Struct, frozen=True):
    """A kind of entry, where it lies in a pack, and what tells one entry from another."""

    name: str
    struct: type[msgspec.Struct]
    pattern: str
    key: Callable[[Any], tuple[str, int]] = _id_and_version
    unless: str = ""  # the name of a file that fits the pattern and is of another kind


KINDS = (
    Kind("instruments", Instrument, "instruments/*.yaml"),
    Kind("texts", InstrumentTexts, "texts/*.yaml"),
    Kind("sources", SourceList, "sources.yaml"),
    Kind("segments", SegmentList, "segments.yaml"),
    Kind("protocols", Protocol, "protocols/*.yaml"),
    Kind("tiers", Tiers, "tiers/*.yaml"),
    Kind("safety", SafetyPolicy, "safety/safety.yaml"),
    Kind("on_call", Clock, "safety/on_call.yaml"),
    Kind("scopes", Scopes, "scopes/roles.yaml"),
    Kind("numbers", Numbers, "numbers/*.yaml"),
    Kind("medicines", Medicines, "medicines/*.yaml"),
    Kind("measurements", Measurements, "measurements.yaml"),
    Kind("codes", CodeList, "codes/*.yaml"),
    Kind("demo", DemoModel, "demo/*.yaml"),
    Kind("indicators", Outcomes, "indicators/*.yaml"),
    Kind("forms", Form, "forms/*.yaml"),
    Kind("interventions", Interventions, "interventions.yaml"),
    Kind("messages", Message, "messages/*.yaml"),
    Kind("wording", Wording, "wording.yaml"),
    Kind("tracing", Tracing, "safety/tracing.yaml"),
    Kind("consent", ConsentRules, "consent/default.yaml"),
    Kind("places", Places, "places/*.yaml"),
    Kind("manuals", Manual, "manuals/*.yaml"),
    Kind("languages", Language, "languages/*/*.yaml", lambda one: (one.code, 1), unless=CLIPS),
    Kind("clips", Clips, f"languages/*/{CLIPS}", lambda one: (one.code, 1)),
)


class ContentError(ValueError):
    """A content file that cannot be read: where, what is wrong, and how to mend it."""

    def __init__(self, file: Path, line: int, message: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {message} {mend}")
        self.file, self.line, self.message, self.mend = file, line, message, mend


class UnknownEntryError(KeyError):
    """Asked for an instrument, protocol … that no installed pack holds."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its message in quotes


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without surprises: a key written twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"The key {key.value!r} is written twice.", key.start_mark
                )
            seen.add(key.value)
        made: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return made


def line_of(file: Path, path: str) -> int:
    """The line (from 1) of a place such as `$.items[2].loinc`, or of the nearest thing around it."""
    node = yaml.compose(file.read_text("utf-8"), _Loader)
    line = 1
    steps = path.replace("[", ".[").split(".")[1:]
    for place, step in enumerate(steps):
        if isinstance(node, yaml.SequenceNode) and step.startswith("[") and step[1:-1].isdigit():
            index = int(step[1:-1])
            if index >= len(node.value):
                break
            node = node.value[index]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            wanted = step.strip("[]\"'")
            for key, value in node.value:
                if key.value in (wanted, ".".join(steps[place:])):  # a key may hold points itself: today.title
                    node, line = value, key.start_mark.line + 1
                    break
            else:
                break
        else:
            break
    return line


def read(file: Path, struct: type[msgspec.Struct]) -> Any:
    """One file as its struct, or a `ContentError` that names line and mend."""
    try:
        data = yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506 - a safe loader
    except UnicodeDecodeError as error:
        raise ContentError(file, 1, f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(
            file, mark.line + 1 if mark else 1, error.problem or "This is not YAML.", "Mend the YAML at this line."
        ) from None
    try:
        entry = msgspec.convert(data, struct)
        if isinstance(entry, Language):
            return msgspec.structs.replace(entry, code=file.parent.name)
        if isinstance(entry, Clips):
            return placed(file, entry)
        return _with_codes(file, entry) if isinstance(entry, CodeList) else entry
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        mend = "Write it as vwazen/content/model.py says."
        if "unknown field" in message:
            mend = "Correct the spelling of the key, or take it out."
        elif "missing required" in message:
            mend = "Add the key; where nothing was found, say so with `none_found`."
        raise ContentError(file, line_of(file, path.rstrip("`") or "$"), message + ".", mend) from None


def _with_codes(file: Path, entry: CodeList) -> CodeList:
    """The list with the rows of the CSV that it names, under its own header: code,title."""
    if not entry.file:
        return entry
    table = file.parent / Path(entry.file).name
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
            found = {row["code"].strip(): row["title"].strip() for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, AttributeError, TypeError) as error:
        mend = "Put a CSV in UTF-8 with the columns code and title beside it."
        what = f"{table.name} cannot be read ({type(error).__name__})."
        raise ContentError(file, line_of(file, "$.file"), what, mend) from None
    return msgspec.structs.replace(entry, codes={**found, **entry.codes})


def default_packs() -> tuple[Path, ...]:
    """Base, the packs beside the program, the packs of this node's data folder."""
    folders = [beside("packs")]
    if os.environ.get("VWAZEN_HOME"):
        folders.append(Path(os.environ["VWAZEN_HOME"]) / "packs")
    found = [pack for folder in folders if folder.is_dir() for pack in sorted(folder.iterdir()) if pack.is_dir()]
    return (BASE, *(pack.resolve() for pack in found))


def files(pack: Path) -> list[tuple[Kind, Path]]:
    """Every content file of a pack with its kind, in a fixed order."""
    return [(kind, file) for kind in KINDS for file in sorted(pack.glob(kind.pattern)) if file.name != kind.unless]


class Content:
    """Every released version of every entry that the installed packs hold. Read only; make it with `content()`."""

    def __init__(self, entries: dict[str, dict[tuple[str, int], msgspec.Struct]]) -> None:
        self._entries = entries
        self._latest: dict[str, dict[str, msgspec.Struct]] = {
            kind: {id: entry for (id, _), entry in sorted(of_kind.items(), key=lambda pair: pair[0])}
            for kind, of_kind in entries.items()
        }
        self._bundle, self.version = _compile(entries)
        self._loinc = _loinc_index(self.instruments)
        self._segments = {
            code: row.segment for list in self.all(SegmentList) for row in list.segments for code in row.codes
        }

    def get(self, kind: type[E], id: str, version: int | None = None) -> E:
        """One entry, the latest version when none is named. Raises `UnknownEntryError`."""
        name = _name_of(kind)
        entry = self._latest[name].get(id) if version is None else self._entries[name].get((id, version))
        if entry is None:
            versions = sorted(v for i, v in self._entries[name] if i == id)
            have = f"installed versions of it: {versions}" if versions else f"installed: {sorted(self._latest[name])}"
            wanted = id if version is None else f"{id} version {version}"
            raise UnknownEntryError(f"No {wanted} among the {name}; {have}. Install the pack that holds it.")
        return entry  # type: ignore[return-value]

    def all(self, kind: type[E]) -> tuple[E, ...]:
        """The latest version of each entry of a kind, by id."""
        return tuple(self._latest[_name_of(kind)].values())  # type: ignore[arg-type]

    def versions(self, kind: type[E]) -> tuple[E, ...]:
        """Every version of each entry of a kind, by id and version."""
        return tuple(self._entries[_name_of(kind)].values())  # type: ignore[arg-type]

    def instrument(self, id: str, version: int | None = None) -> Instrument:
        """An instrument, the latest version when none is named. Raises `UnknownEntryError`."""
        return self.get(Instrument, id, version)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The latest version of each instrument, by id."""
        return self.all(Instrument)

    def by_loinc(self, code: str) -> list[tuple[LoincKind, Instrument, str | None]]:
        """Every instrument (latest version) that uses a code: as its panel, its total, or one of its items.

        The last of the three is the item's id. PHQ-2 and PHQ-9 share items, so there may be several.
        """
        return list(self._loinc.get(code, ()))

    def segment_of_code(self, code: str) -> str | None:
        """The consent segment of a LOINC code, also of instruments that are not installed; None if nobody knows it."""
        if code in self._segments:
            return self._segments[code]
        found = self._loinc.get(code)
        return found[0][1].segment if found else None

    @property
    def sources(self) -> dict[str, str]:
        """Key -> where it was read."""
        return {key: place for list in self.all(SourceList) for key, place in list.sources.items()}

    def bundle(self) -> bytes:
        """All of it as one JSON document: {format, version, entries: {kind: [entry, …]}}; the same bytes every time."""
        return self._bundle


def content(packs: Sequence[Path] | None = None) -> Content:
    """The content of these packs, later ones winning; of the installed packs when None. Read once per process."""
    return _load(tuple(packs)) if packs is not None else _installed()


@lru_cache(maxsize=1)
def _installed() -> Content:
    """Looked for on disk once a process: a pack that is added counts from the next start on."""
    return _load(default_packs())


@lru_cache(maxsize=8)
def _load(packs: tuple[Path, ...]) -> Content:
    entries: dict[str, dict[tuple[str, int], msgspec.Struct]] = {kind.name: {} for kind in KINDS}
    for pack in packs:
        read(pack / "pack.yaml", Pack)
        for kind, file in files(pack):
            entry = read(file, kind.struct)
            key = kind.key(entry)
            if isinstance(entry, Language):
                before = entries[kind.name].get(key)
                entry = joined(before if isinstance(before, Language) else None, entry)
            elif isinstance(entry, Clips):
                before = entries[kind.name].get(key)
                entry = together(before if isinstance(before, Clips) else None, entry)
            entries[kind.name][key] = entry
    for manual in entries["manuals"].values():
        if isinstance(manual, Manual):  # its sessions are recorded on a form made from it
            entries["forms"].setdefault(_id_and_version(manual), manual.form)
    for texts in entries["texts"].values():
        if isinstance(texts, InstrumentTexts):
            _add_texts(entries["instruments"], texts)
    return Content({kind: dict(sorted(of_kind.items())) for kind, of_kind in entries.items()})


def _add_texts(instruments: dict[tuple[str, int], msgspec.Struct], extra: InstrumentTexts) -> None:
    key = (extra.instrument, extra.instrument_version)
    found = instruments.get(key)
    if not isinstance(found, Instrument):
        raise UnknownEntryError(
            f"The texts {extra.id} are for {key[0]} version {key[1]}, which no pack holds. Install it or remove them."
        )
    credit = "; ".join(part for part in (found.credit, extra.credit) if part)
    instruments[key] = msgspec.structs.replace(found, texts={**found.texts, **extra.texts}, credit=credit)


def _name_of(struct: type[msgspec.Struct]) -> str:
    for kind in KINDS:
        if kind.struct is struct:
            return kind.name
    raise UnknownEntryError(f"{struct.__name__} is not a kind of content. Add it to KINDS in vwazen/content/load.py.")


def _compile(entries: dict[str, dict[tuple[str, int], msgspec.Struct]]) -> tuple[bytes, str]:
    """Bundle and version. Test vectors stay out: they are for tests, and would change the version without cause.

    The words of screens do not count in the version either, which facts name and lists are remade for: no fact is
    read and no score made by them. A phone compares its own bundle (`phone.py`). Recordings stay out altogether: they
    are files, and where they lie is this machine's affair.
    """
    body = {
        kind: [
            msgspec.structs.replace(entry, vectors=()) if isinstance(entry, Instrument) else entry
            for entry in of_kind.values()
        ]
        for kind, of_kind in entries.items()
        if kind != "clips"
    }
    plain = msgspec.to_builtins(body, str_keys=True)
    encode: Callable[[object], bytes] = msgspec.json.Encoder(order="sorted").encode
    knowledge = {kind: rows for kind, rows in plain.items() if kind != "languages"}
    version = hashlib.sha256(encode(knowledge)).hexdigest()[:12]
    return encode({"format": 1, "version": version, "entries": plain}), version


def _loinc_index(instruments: Sequence[Instrument]) -> dict[str, list[tuple[LoincKind, Instrument, str | None]]]:
    index: dict[str, list[tuple[LoincKind, Instrument, str | None]]] = {}
    for instrument in instruments:
        if instrument.loinc.panel:
            index.setdefault(instrument.loinc.panel, []).append(("panel", instrument, None))
        if instrument.loinc.total:
            index.setdefault(instrument.loinc.total, []).append(("total", instrument, None))
        for item in instrument.items:
            if item.loinc:
                index.setdefault(item.loinc, []).append(("item", instrument, item.id))
    return index
