"""FHIR (R4 and STU3; bundles, NDJSON, single resources, folders and archives of them) read into our values.

Everything is gone through twice: first for the persons, the questionnaires and the observations that
belong to others, then for the answers. So a person may come after their answers, in another file.
"""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from vwazen.clinical.facts import Source
from vwazen.content.load import Content
from vwazen.exchange.fhir_context import Context, keys_of, referred, remember
from vwazen.exchange.fhir_observation import parts_of, read_observation, waits
from vwazen.exchange.fhir_person import identifiers, person
from vwazen.exchange.fhir_resource import Resource, hold, parse
from vwazen.exchange.fhir_response import read_response
from vwazen.exchange.files import Files, Text, TooLong, entries, problem, size_in_words
from vwazen.exchange.incoming import (
    Anything,
    HeldIn,
    Known,
    Limits,
    NotTakenError,
    PersonIn,
    Progress,
    Repeated,
    ResponseIn,
    SkippedIn,
    cut,
)
from vwazen.exchange.index import Index
from vwazen.exchange.segments import codes_in, segment_of
from vwazen.exchange.strict import Json
from vwazen.exchange.tree import each, loinc_codes, one, words

DEEPEST = 3  # bundles in bundles
FOREIGN = "Observation that is no answer"
NO_RESOURCE = "entry without a resource"
NEXT_PAGE = "next page"


class _Head(msgspec.Struct):
    kind: str = msgspec.field(default="", name="resourceType")


_head = msgspec.json.Decoder(_Head)


class Found(NamedTuple):
    """One resource as it came. `kind` is its resourceType; `fault`: why it cannot be looked into."""

    where: str
    full_url: str
    data: bytes
    kind: str
    fault: NotTakenError | None = None


def read_fhir(
    paths: Path | Sequence[Path],
    content: Content,
    *,
    as_of: dt.date,
    system: str | None = None,
    known: Known | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Iterator[Anything]:
    """Everything in some files or folders, persons first. Memory stays bounded whatever their size.

    system: the name of where they come from, within which ids are unique. as_of: the day of the
    import; whatever is dated later is held. known: whether the server knows a person who is not in
    the files. Never raises for what a file holds.
    """
    limits = limits or Limits()
    index = Index()
    try:
        context = Context(content, as_of, system or "fhir", index, known, limits, {})
        files = Files([paths] if isinstance(paths, Path) else list(paths), limits, progress)
        yield from _Reading(context, files).everything()
    finally:
        index.close()


class _Reading:
    """One going through the files, with what it counts."""

    def __init__(self, context: Context, files: Files) -> None:
        self.context = context
        self.files = files
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.repeated: Counter[tuple[str, str]] = Counter()

    def everything(self) -> Iterator[Anything]:
        for part in self.files.parts():
            if isinstance(part, Text):
                for found in self._resources(part.where, "", part.data, 0):
                    yield from self._collect(found)
            elif not isinstance(part, TooLong):
                yield part
        for part in self.files.parts():
            if isinstance(part, Text):
                for found in self._resources(part.where, "", part.data, 0):
                    yield from self._once(self._read(found), found)
            elif isinstance(part, TooLong):
                yield self._too_long(part)
        for waiting in self.context.index.unused():
            found = Found(waiting.place, "", waiting.data, "Observation")
            yield from self._once(self._left(found), found)
        for (where, kind), count in sorted(self.skipped.items()):
            yield SkippedIn(kind=kind, count=count, where=where)
        for (where, kind), count in sorted(self.repeated.items()):
            if count:
                yield Repeated(kind=kind, count=count, where=where)

    def _resources(self, where: str, full_url: str, data: bytes, depth: int) -> Iterator[Found]:
        """The resources in a text: itself, or what a bundle holds."""
        try:
            kind = _head.decode(data).kind
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            kind = ""
        if kind != "Bundle":
            yield Found(where, full_url, data, kind)
            return
        try:
            if depth == DEEPEST:
                raise NotTakenError("input.nested")
            inside, partial = entries(where, data)
        except NotTakenError as fault:
            yield Found(where, full_url, data, kind, fault)
            return
        if partial:
            yield Found(where, full_url, b"", NEXT_PAGE)
        for entry in inside:
            if entry.data:
                yield from self._resources(entry.where, entry.full_url, entry.data, depth + 1)
            else:
                yield Found(entry.where, entry.full_url, b"", NO_RESOURCE)

    # the first time

    def _collect(self, found: Found) -> Iterator[Anything]:
        """Persons are handed on; questionnaires and waiting observations are remembered."""
        if found.kind == NEXT_PAGE:
            yield problem("file.partial", found.where, read=True)
        elif found.kind == "Patient":
            yield from self._once(self._person(found), found)
        elif len(found.data) > self.context.limits.line:
            return
        try:
            if found.kind == "Questionnaire":
                remember(self.context, parse(found.data), found.full_url)
            elif found.kind == "Observation" and self._may_wait(found.data):
                body = parse(found.data)
                for keys in referred(body, "hasMember").values():
                    self.context.index.want(keys)
                self._wait(found, body)
        except NotTakenError:
            return  # it is told why when the answers are read

    def _wait(self, found: Found, body: Json) -> bool:
        """Whether an observation waits for others to be known; if so, it is kept until then."""
        waiting = waits(body, found.full_url, self.context)
        if waiting and not self.context.index.wait(*waiting, found.where, found.data):
            self.repeated[_file(found.where), found.kind] += 1
        return waiting is not None

    def _may_wait(self, data: bytes) -> bool:
        """Whether it is worth looking closer if an observation belongs to another."""
        if b'"derivedFrom"' in data or b'"hasMember"' in data:
            return True
        by_loinc = self.context.content.by_loinc
        return any(kind == "item" for code in codes_in(data) for kind, _, _ in by_loinc(code))

    def _person(self, found: Found) -> Iterator[PersonIn | HeldIn]:
        resource = self._resource(found)
        if isinstance(resource, HeldIn):
            yield resource
            return
        try:
            keys = [*keys_of("Patient", resource.body, found.full_url), *identifiers(resource.body)]
            if not keys:
                raise NotTakenError("person.id")
            source = resource.source if words(resource.body.get("id")) else _named(resource.source, keys[0])
            made, faults = person(resource.body, source, self.context.as_of)
        except NotTakenError as fault:
            yield hold(self.context, resource, fault)
            return
        self.context.index.name(keys, source.id)
        yield made
        whose = Source(system=source.system, id=source.id)
        for left_out in faults:
            yield hold(self.context, resource, left_out, person=whose, part=left_out.code)

    # the second time

    def _read(self, found: Found) -> Iterator[PersonIn | ResponseIn | HeldIn]:
        """The answers in one resource. What this version does not read is counted."""
        if found.kind in ("Patient", NEXT_PAGE):
            return
        if found.kind not in ("", "Bundle", "QuestionnaireResponse", "Observation"):
            self._skip(found.kind, found)
            return
        resource = self._resource(found)
        if isinstance(resource, HeldIn):
            yield resource
        elif found.kind == "QuestionnaireResponse":
            yield from read_response(self.context, resource)
        else:
            yield from self._observation(found, resource)

    def _observation(
        self, found: Found, resource: Resource, *, left: bool = False
    ) -> Iterator[PersonIn | ResponseIn | HeldIn]:
        try:
            if not left and (self.context.index.part(found.where) or self._wait(found, resource.body)):
                return  # it waits for the panel or response that it belongs to
            if self._foreign(resource.body) and not parts_of(self.context, resource.body):
                self._skip(FOREIGN, found)
                return
        except NotTakenError as fault:
            yield hold(self.context, resource, fault)
            return
        yield from read_observation(self.context, resource)

    def _left(self, found: Found) -> Iterator[PersonIn | ResponseIn | HeldIn]:
        """A waiting observation that nothing took in: a panel, a total that stands for itself, one answer alone."""
        resource = self._resource(found)
        if isinstance(resource, HeldIn):
            yield resource
        else:
            yield from self._observation(found, resource, left=True)

    def _foreign(self, observation: Json) -> bool:
        """Whether an Observation has nothing to do with instruments: a weight, a blood count.

        A category alone proves nothing (many systems file scores under "laboratory"), but a code that
        is known to be sensitive, a unit of scores or the category "survey" each mean that it may be one.
        """
        content = self.context.content
        parts = [observation, *each(observation, "component")]
        codes = [code for part in parts for code in loinc_codes(one(part, "code"))]
        if any(content.by_loinc(code) or content.segment_of_code(code) for code in codes):
            return False
        survey = any(
            words(coding.get("code")) == "survey"
            for category in each(observation, "category")
            for coding in each(category, "coding")
        )
        scores = any(words(one(part, "valueQuantity").get(field)) == "{score}" for part in parts for field in UNIT)
        return not survey and not scores

    # what each resource goes through

    def _resource(self, found: Found) -> Resource | HeldIn:
        """A resource parsed, or held."""
        whole = hashlib.sha256(found.data).hexdigest()
        unnamed = Source(system=self.context.system, id=f"sha256:{whole}")
        if len(found.data) > self.context.limits.line:
            return self._too_long(TooLong(found.where, len(found.data), whole, found.data, codes_in(found.data)))
        try:
            if found.fault:
                raise found.fault
            body = parse(found.data)
            version = words(one(body, "meta").get("versionId"))
        except NotTakenError as fault:
            held = hold(self.context, Resource(found.where, found.data, {}, unnamed), fault)
            sound = fault.code not in ("input.syntax", "input.encoding")
            raw = held.raw if sound else cut(found.data[: self.context.limits.raw], len(found.data), whole)
            return msgspec.structs.replace(held, raw=raw)
        keys = keys_of(found.kind, body, found.full_url)
        id = keys[0] if words(body.get("id")) else f"{found.kind}/{(keys or [unnamed.id])[0].removeprefix('urn:uuid:')}"
        return Resource(
            found.where,
            found.data,
            body,
            Source(system=self.context.system, id=id, version=version),
            found.full_url,
        )

    def _too_long(self, long: TooLong) -> HeldIn:
        limits = self.context.limits
        fault = NotTakenError("input.long", size=size_in_words(long.size), limit=size_in_words(limits.line))
        return HeldIn(
            source=Source(system=self.context.system, id=f"sha256:{long.sha256}"),
            code=fault.code,
            reason=fault.reason,
            segment=segment_of(long.codes, self.context.content),
            raw=cut(long.start[: limits.raw], long.size, long.sha256),
            where=long.where,
        )

    def _skip(self, kind: str, found: Found) -> None:
        self.skipped[_file(found.where), kind] += 1

    def _once(self, values: Iterable[PersonIn | ResponseIn | HeldIn], found: Found) -> Iterator[Anything]:
        """What says the same under the same id and version is counted; what says something else is held."""
        for value in values:
            key = f"{type(value).__name__} {value.source.id} {value.source.version}"
            plain = msgspec.structs.replace(value, where="") if isinstance(value, HeldIn) else value
            same = self.context.index.seen(key, plain)
            if same:
                self.repeated[_file(found.where), found.kind or "unreadable"] += 1
            elif same is None or isinstance(value, HeldIn):
                yield value
            else:
                resource = Resource(found.where, found.data, {}, value.source)
                whose = value.person if isinstance(value, ResponseIn) else None
                yield hold(self.context, resource, NotTakenError("source.conflict"), person=whose)


UNIT = ("unit", "code")


def _named(source: Source, key: str) -> Source:
    """A person without an id is called by the first name that others may use."""
    return Source(system=source.system, id=key if key.startswith("identifier:") else source.id, version=source.version)


def _file(where: str) -> str:
    """The file in which a place lies."""
    return re.sub(r"(:\d+)?( entry \d+)*$", "", where)
