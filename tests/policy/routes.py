"""Every address of the server, found by walking its own routes, so that none can be left out."""

from collections.abc import Iterator, Mapping
from functools import cache

import msgspec
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# Parts that are called the same and mean something else: address -> part -> what stands there.
_OTHERS: dict[str, dict[str, str]] = {
    "on-call-end": {"pk": "turn"}, "outsider": {"pk": "outsider"}, "stubs": {"pk": "outsider"},
    "erasure": {"pk": "erasure"}, "emergency-review": {"pk": "opened"}, "emergency-area": {"pk": "area"},
    "end-emergency": {"pk": "area"}, "first-help": {"pk": "area"}, "protected-home": {"code": "home"},
    "protected-home-edit": {"code": "home"}, "phone-code": {"code": "device"},
}  # fmt: skip


class Route(msgspec.Struct, frozen=True):
    """A named address and the names of its parts."""

    name: str
    params: tuple[str, ...]

    def address(self, known: Mapping[str, str]) -> str:
        """The address with these parts."""
        mine = dict(known) | {part: known[one] for part, one in _OTHERS.get(self.name, {}).items()}
        if self.name == "chart-act" and mine["action"] == "ask":
            mine["action"] = "question"  # a form that whoever opens a chart may send
        return reverse(self.name, kwargs={one: mine[one] for one in self.params})


def _walk(patterns: list[URLPattern | URLResolver]) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns)
        else:
            yield Route(one.name or "", tuple(one.pattern.converters))


@cache
def routes() -> dict[str, Route]:
    """All of them, by name."""
    return {one.name: one for one in _walk(get_resolver().url_patterns)}
