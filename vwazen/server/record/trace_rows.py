"""What came of looking for people, as a row that counts read."""

from collections.abc import Callable, Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.tracing import last_trace

TRACE = ("person", "path", "day", "reason", "found")


def rows(person: str, one: Chart, path_of: Callable[[str], str]) -> list[Sequence[object]]:
    """The newest standing report; nothing of somebody whom nobody had to look for."""
    last = last_trace(one)
    if last is None or not isinstance(last.body, f.Trace):
        return []
    return [(person, path_of(last.site), last.day, last.body.reason, last.body.found)]
