"""Serving a node: granian over WSGI, several blocking threads in one process, on loopback unless told otherwise."""

import socket
from collections.abc import Callable

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from vwazen.home import home
from vwazen.server import starter
from vwazen.server.organisation.errors import Invalid

THREADS = 4


def up(*, host: str, port: int, starter_programme: bool, say: Callable[[str], None]) -> dict[str, object]:
    """Make sure somebody can sign in, say how, and serve until stopped."""
    _free(host, port)
    sign_ins = starter.found(example=starter_programme, say=say)
    if sign_ins:
        say("A new node. Sign in with:")
        for one in sign_ins:
            say(f"  {one.username:<12} {one.password}   {one.role}")
        say(f"These are also in {_shown()}, readable by you only. Change them under Account.")
    else:
        say(f"Sign-ins of the example programme, if you have not changed them: {_shown()}")
    say(f"Vwazen is at http://{host}:{port}/  (stop with Ctrl-C)")
    Granian(
        "vwazen.server.config.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, log_level=LogLevels.warning,
    ).serve()  # fmt: skip
    return {"stopped": True}


def _shown() -> str:
    path = home() / starter.FILE
    try:
        return str(path.relative_to(path.cwd()))
    except ValueError:
        return str(path)


def _free(host: str, port: int) -> None:
    """Say plainly that a port is taken, before anything else happens."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Invalid(
                f"Port {port} is taken: Vwazen may be running already. Or choose another: --port 8001"
            ) from None
