"""Sending what is due: a few at a time, each channel by itself, resting while a gateway is down."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from django.conf import settings

from vwazen.server.interop import gateways, outbox, worker
from vwazen.server.interop.gateways import RejectedError, UnreachableError, Way
from vwazen.server.interop.outbox import Due
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, store

TOGETHER = 4  # connections to one gateway; also the most that a power cut can leave in doubt
DOWN_AFTER = 8  # tries in a row that reached nobody: then one message asks after each rest, and the others wait
REST, LONGEST_REST = 30.0, 600.0  # seconds


class Rest(msgspec.Struct):
    """How a channel fares: tries in a row that reached nobody, and until when it rests (monotonic seconds)."""

    missed: int = 0
    until: float = 0.0

    @property
    def down(self) -> bool:
        return self.missed >= DOWN_AFTER

    def note(self, reached: bool, now: float) -> None:
        """After each round of tries."""
        if reached:
            self.missed, self.until = 0, 0.0
            return
        self.missed += 1
        if self.down:
            self.until = now + min(REST * 2 ** (self.missed - DOWN_AFTER), LONGEST_REST)


_rests: dict[str, Rest] = {}


def once(
    ways: Mapping[str, Way] | None = None, *, ticks: Callable[[], float] = time.monotonic
) -> dict[str, int]:  # fmt: skip
    """Send everything that is due over every way there is; how many went, will be tried again, and failed."""
    counts = {"sent": 0, "again": 0, "failed": 0}
    if ways is None:
        try:
            ways = gateways.ways(Path(settings.HOME), synthetic=settings.SYNTHETIC)
        except Invalid as problem:
            worker.log.error("%s", problem)
            ways = {}
    outbox.sweep(clock.now())
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="vwazen-send") as pool:
        for channel, way in ways.items():
            rest = _rests.setdefault(channel, Rest())
            while rest.until <= ticks():
                due = outbox.claim(channel, clock.now(), 1 if rest.down else TOGETHER)
                if not due:
                    break
                results = list(pool.map(lambda one, way=way: _tried(one, way), due))
                with store.writing():
                    for one, result in zip(due, results, strict=True):
                        counts[_settle(one, result)] += 1
                for result in results:
                    rest.note(not isinstance(result, UnreachableError), ticks())
    return counts


def _tried(one: Due, way: Way) -> str | RejectedError:
    """What the other side calls it, or what went wrong."""
    try:
        return way(one)
    except RejectedError as problem:
        return problem
    except Exception as problem:  # a fault of ours in one message must not hold up the others
        return UnreachableError(type(problem).__name__)


def _settle(one: Due, result: str | RejectedError) -> str:
    now = clock.now()
    if isinstance(result, str):
        outbox.went(one, result, now)
        return "sent"
    final = not isinstance(result, UnreachableError)
    outbox.missed(one, result.code, now, final=final)
    return "failed" if final or one.tries >= outbox.MOST_TRIES else "again"


worker.rounds.append(once)
