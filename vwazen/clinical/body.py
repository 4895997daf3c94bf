"""What every kind of fact is made of."""

from typing import ClassVar, Literal

import msgspec

Answer = Literal["yes", "no", "not_asked"]
Segment = Literal["general", "mental-health", "substance-use", "hiv", "intimate-partner-violence", "therapy-notes"]
SEGMENTS: tuple[Segment, ...] = (
    "general", "mental-health", "substance-use", "hiv", "intimate-partner-violence", "therapy-notes",
)  # fmt: skip


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where an imported fact came from: the other system's name, its id and its version there."""

    system: str
    id: str
    version: str = ""


class Body(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    forbid_unknown_fields=True,
    gc=False,
):
    """What happened. The tag `kind` names the struct on the wire.

    `gc=False` here and on what a fold makes by the hundred: none of it can refer to itself, and Python spent a fifth of
    a fold on looking whether it does.
    """

    FHIR: ClassVar[str] = ""
    SEGMENT: ClassVar[Segment] = "mental-health"


class Own(Body, frozen=True, kw_only=True):
    """A body whose segment is decided one by one: an HIV medicine is seen by fewer than an antidepressant."""

    segment: Segment = "mental-health"
