"""A process that writes sites of a demo. Imports nothing of Django before it is set up."""

import gc
import importlib
import os
from contextlib import AbstractContextManager

import django
import msgspec

_TURN: list[AbstractContextManager[object]] = []


def start(turn: AbstractContextManager[object]) -> None:
    """Set Django up in this process, which writes when it has its turn."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
    importlib.import_module("vwazen.server.record.bulk").hurry()
    _TURN.append(turn)
    gc.freeze()
    gc.disable()  # a site is a few hundred thousand small objects that all live until it is written


def site(mark: bytes, code: str) -> None:
    """Write one site of the programme that `mark` (JSON) describes."""
    demo = importlib.import_module("vwazen.server.demo")
    demo.site(msgspec.json.decode(mark, type=demo.Mark), code, _TURN[0])
    gc.collect()
