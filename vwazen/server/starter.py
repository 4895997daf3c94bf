"""The first sign-ins of a new node: an administrator, and an account of each role of the invented programme."""

import datetime as dt
import os
from collections.abc import Callable

from vwazen.demo.programme import COUNTRY, Size
from vwazen.home import home
from vwazen.server import demo
from vwazen.server.demo import SignIn
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock

FILE = "first-sign-ins.txt"
SEED = 1

__all__ = ["FILE", "SignIn", "found", "invent"]


def found(*, example: bool, say: Callable[[str], None] = lambda _: None) -> list[SignIn]:
    """Make the first administrator, and the demo clinic unless unwanted; [] on a node that has workers.

    A demo that was stopped half-way is finished first. `say` gets a line before anything that takes long.
    """
    demo.recognise()
    mark = demo.mark()
    if mark is not None and not mark.done:
        say(f"Finishing the {mark.size} of invented people that was begun here.")
        return invent(size=mark.size, seed=mark.seed, years=mark.years)[1]
    if Worker.objects.exists():
        return []
    if example:
        say("Writing a clinic of invented people: some ten seconds.")
        return invent(size="clinic", seed=SEED)[1]
    made: list[SignIn] = []
    _administrator(made)
    return made


def invent(
    *, size: Size, seed: int, years: int = 5, now: dt.datetime | None = None,
    show: demo.Show | None = None,
) -> tuple[dict[str, object], list[SignIn]]:  # fmt: skip
    """Write a demo into an empty node, with an administrator if there is none; what was written, and the sign-ins."""
    demo.begin(size=size, seed=seed, now=now or clock.now(), years=years)
    made: list[SignIn] = []
    if not Worker.objects.exists():
        _administrator(made)

    def signed(more: list[SignIn]) -> None:
        made.extend(more)
        _keep(made)

    written = demo.write(size=size, seed=seed, now=now or clock.now(), years=years, show=show, signed=signed)
    return written, made


def _administrator(made: list[SignIn]) -> None:
    _, password = organisation.found(
        username="admin", name="Administrator", site_code=COUNTRY, site_name="Our country", site_kind="country"
    )  # fmt: skip
    made.append(SignIn("admin", password, "administrator"))
    _keep(made)


def _keep(made: list[SignIn]) -> None:
    """In a file that only the owner of the node reads."""
    lines = [f"{one.username:<12} {one.password:<16} {one.role}\n" for one in made]
    with os.fdopen(os.open(home() / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(lines)
