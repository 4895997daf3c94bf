"""One thread of the server that carries out imports, makes lists again after an upgrade and seals what was committed.

A thread and no queue: on SQLite one process writes anyway, a job's state lives in the database, and a job that a
power cut stopped is run again when the server starts.
"""

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections

from vwazen.server.organisation.actions.sign_in import forget_sessions
from vwazen.server.record import imports, remaking, seal, straying

EVERY_SECONDS = 30
_wake = threading.Event()
_thread: threading.Thread | None = None
_lock = threading.Lock()
log = logging.getLogger("vwazen.background")
jobs: list[Callable[[], None]] = []  # done each time, after the rest; apps above put theirs here


def wake() -> None:
    """Say that a job waits. Starts the thread where the server has none yet."""
    start()
    _wake.set()


def start() -> None:
    """Start the thread, once a process."""
    global _thread  # noqa: PLW0603  one thread a process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="vwazen-background", daemon=True)
            _thread.start()


def _work() -> None:
    while True:
        try:
            close_old_connections()
            for job in imports.resume():
                imports.run(job)
            left = remaking.check()
            while left and not _wake.is_set():
                left = remaking.step()
            straying.now_and_then()
            forget_sessions()
            seal.seal()
            for work in jobs:
                work()
        except Exception as error:  # the thread must outlive whatever a file holds
            log.error("background work failed: %s", type(error).__name__)
        finally:
            close_old_connections()
        _wake.wait(EVERY_SECONDS)
        _wake.clear()
