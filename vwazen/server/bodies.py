"""What comes slowly is awaited apart from the work: a body that takes its time over a thin line, or never ends, holds a
thread that has nothing else to do, and not one of the few that answer everybody.

The server has no limit of time for a body, and a thread that waits for one cannot be interrupted. So one address may
keep so many waiting; from many addresses at once the node can still be made to stand still (SECURITY.md).
"""

import logging
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections

WORKING = 4  # requests that are answered at the same time
WAITING = 128  # requests that may be there at the same time
OF_ONE = 64  # whose body is awaited from one address: a district of phones behind one line
LARGE = 4_000_000  # bytes; what is larger, or does not say, is an import, and is read by who works on it
LARGE_AT_ONCE = 2  # of those who work, so many may be held by that
_PART, _IN_MEMORY = 65_536, 262_144

log = logging.getLogger(__name__)
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Patient:
    """A WSGI application before another: it reads the body, then lets one of `WORKING` threads answer."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._workers = ThreadPoolExecutor(WORKING, "answer")
        self._lock = threading.Lock()
        self._from: Counter[str] = Counter()
        self._large = threading.BoundedSemaphore(LARGE_AT_ONCE)

    def __call__(self, asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = asked.get("CONTENT_LENGTH") or ("0" if asked["REQUEST_METHOD"] in ("GET", "HEAD") else "unknown")
        if length == "0":
            return self._answer(asked, start_response)
        if not length.isdigit() or int(length) > LARGE:
            if not self._large.acquire(blocking=False):
                return _busy(start_response)
            try:
                return self._answer(asked, start_response)
            finally:
                self._large.release()
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            with self._awaited(_place(asked)) as may:
                if not may:
                    return _busy(start_response)
                for part in iter(lambda: asked["wsgi.input"].read(_PART), b""):
                    body.write(part)
            body.seek(0)
            return self._answer(asked | {"wsgi.input": body}, start_response)

    def _answer(self, asked: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._workers.submit(self._application, asked, start_response).result()
        return Streamed(answer) if getattr(answer, "streaming", False) else answer

    @contextmanager
    def _awaited(self, address: str) -> Iterator[bool]:
        """Whether one more body from there is awaited."""
        with self._lock:
            self._from[address] += 1
            may = self._from[address] <= OF_ONE
        try:
            yield may
        finally:
            with self._lock:
                self._from[address] -= 1
                if not self._from[address]:
                    del self._from[address]


class Streamed:
    """An answer that is made while it is sent, by a thread of those that wait: what it opened to the database is closed
    with it, or each of them would keep a connection."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Called by the server when everything is sent, or nobody listens any more."""
        try:
            self._answer.close()
        finally:
            connections.close_all()


def _place(asked: dict[str, Any]) -> str:
    """Who asks; behind a proxy, whom it says it asks for."""
    if settings.PROXIED:
        return str(asked.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return str(asked.get("REMOTE_ADDR", ""))


def _busy(start_response: Any) -> Iterable[bytes]:
    log.warning("Too many bodies are under way from one address, or too many large ones")
    start_response("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "20")])
    return [b"Too much is being sent here at once. Nothing is lost: try again in a minute.\n"]
