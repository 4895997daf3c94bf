"""The thread of the server that sends what waits in the outbox. A gateway that hangs delays nothing but messages."""

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections

EVERY_SECONDS = 15
# What the thread does each time: `sending` puts itself here, since the outbox wakes it and must not know it.
rounds: list[Callable[[], object]] = []
_wake = threading.Event()
_thread: threading.Thread | None = None
_lock = threading.Lock()
log = logging.getLogger("vwazen.outbox")


def wake() -> None:
    """Say that a message waits. Only a server has the thread; a command leaves its messages to it."""
    _wake.set()


def start() -> None:
    """Start the thread, once a process."""
    global _thread  # noqa: PLW0603  one thread a process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="vwazen-outbox", daemon=True)
            _thread.start()


def _work() -> None:
    while True:
        try:
            close_old_connections()
            for one in rounds:
                one()
        except Exception as error:  # the thread must outlive whatever a gateway answers
            log.error("sending failed: %s", type(error).__name__)
        finally:
            close_old_connections()
        _wake.wait(EVERY_SECONDS)
        _wake.clear()
