"""The thread of the node below that speaks with the node above: often while that answers, seldom while it does not."""

import logging
import random
import threading

from django.db import close_old_connections

from vwazen.server.organisation.errors import Invalid
from vwazen.server.sync.nodes.actions import above
from vwazen.server.sync.nodes.models import Above
from vwazen.server.sync.nodes.wire import Unreachable

EVERY, LONGEST = 30.0, 900.0  # seconds
_thread: threading.Thread | None = None
_lock = threading.Lock()
_wake = threading.Event()
log = logging.getLogger("vwazen.nodes")


def start() -> None:
    """Start the thread, once a process. Where this node belongs to no other it looks now and then whether it does."""
    global _thread  # noqa: PLW0603  one thread a process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="vwazen-nodes", daemon=True)
            _thread.start()


def wake() -> None:
    """Try now."""
    _wake.set()


def pause(failed: int) -> float:
    """Seconds until the next try after so many failures in a row; by chance, so that many nodes do not come at once."""
    return min(LONGEST, EVERY * float(2 ** min(failed, 6))) * random.uniform(0.7, 1.0)  # noqa: S311  no secret


def _work() -> None:
    failed = 0
    while True:
        try:
            close_old_connections()
            if Above.objects.exists():
                above.talk()
            failed = 0
        except Unreachable:
            failed += 1
        except Invalid:
            failed += 1
            log.error("the node above refused; the page of nodes says why")
        except Exception as error:  # the thread must outlive whatever the other side sends
            failed += 1
            log.error("speaking with the node above failed: %s", type(error).__name__)
        finally:
            close_old_connections()
        _wake.wait(pause(failed))
        _wake.clear()
