"""A process that writes sites of a demo. Imports nothing of Django before it is set up."""

import gc
import importlib
import os

import django
import msgspec


def start() -> None:
    """Set Django up in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
    gc.freeze()
    gc.disable()  # a site is a few hundred thousand small objects that all live until it is written


def site(mark: bytes, code: str) -> None:
    """Write one site of the programme that `mark` (JSON) describes."""
    demo = importlib.import_module("vwazen.server.demo")
    demo.site(msgspec.json.decode(mark, type=demo.Mark), code)
    gc.collect()
