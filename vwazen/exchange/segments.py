"""How closely an input that nobody has read must be kept: as closely as the most sensitive code in it."""

import re
from collections.abc import Iterable

from vwazen.clinical.facts import Segment
from vwazen.content.load import Content

# The most closely kept first. A held input shows in one segment only, the first of these that fits it.
CLOSEST: tuple[Segment, ...] = (
    "intimate-partner-violence",
    "hiv",
    "substance-use",
    "therapy-notes",
    "mental-health",
)
_LOINC = re.compile(rb"(?<![\d-])\d{3,7}-\d(?![\d-])")
LONGEST_CODE = 10


def codes_in(data: bytes) -> frozenset[str]:
    """Everything in the bytes that looks like a LOINC code."""
    return frozenset(code.decode() for code in _LOINC.findall(data))


def closest(segments: Iterable[str | None]) -> Segment:
    """The most closely kept of some segments; never lower than mental-health."""
    found = set(segments)
    return next((segment for segment in CLOSEST if segment in found), "mental-health")


def segment_of(codes: Iterable[str], content: Content) -> Segment:
    """The segment of an input in which these codes stand."""
    return closest(content.segment_of_code(code) for code in codes)
