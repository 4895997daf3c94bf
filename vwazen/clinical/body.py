"""What every kind of fact is made of."""

from typing import ClassVar, Literal

import msgspec

Answer = Literal["yes", "no", "not_asked"]
Segment = Literal["general", "mental-health", "substance-use", "hiv", "intimate-partner-violence", "therapy-notes"]
SEGMENTS: tuple[Segment, ...] = (
    "general", "mental-health", "substance-use", "hiv", "intimate-partner-violence", "therapy-notes",
)  # fmt: skip


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an imported fact came from: the other system's name, its id and its version there."""

    system: str
    id: str
    version: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", forbid_unknown_fields=True):
    """What happened. The tag `kind` names the struct on the wire."""

    FHIR: ClassVar[str] = ""
    SEGMENT: ClassVar[Segment] = "mental-health"


class Own(Body, frozen=True, kw_only=True):
    """A body whose segment is decided one by one: an HIV medicine is seen by fewer than an antidepressant."""

    segment: Segment = "mental-health"
