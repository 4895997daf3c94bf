"""A process that writes sites of a demo. Imports nothing of Django before it is set up."""

import gc
import importlib
import os
import threading
from contextlib import AbstractContextManager
from itertools import count
from multiprocessing import parent_process

import django
import msgspec

_TURN: list[AbstractContextManager[object]] = []
_SITES_A_SWEEP = 4
_written = count(1)


def _end_with_parent() -> None:
    """Leave when the process that hands out sites was killed: nobody would ever hand out another one.

    A site that is being written is one transaction, so it is there whole or not at all.
    """
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def start(turn: AbstractContextManager[object]) -> None:
    """Set Django up in this process, which writes when it has its turn."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
    importlib.import_module("vwazen.server.record.bulk").hurry()
    _TURN.append(turn)
    gc.freeze()
    gc.disable()  # a site is a few hundred thousand small objects that all live until it is written


def site(mark: bytes, code: str) -> int:
    """Write one site of the programme that `mark` (JSON) describes; how many people are registered there."""
    demo = importlib.import_module("vwazen.server.demo")
    registered: int = demo.site(msgspec.json.decode(mark, type=demo.Mark), code, _TURN[0])
    if next(_written) % _SITES_A_SWEEP == 0:
        gc.collect()
    return registered
