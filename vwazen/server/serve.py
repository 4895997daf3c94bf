"""Serving a node: granian over WSGI, a few threads that answer in one process, on loopback unless told otherwise.

With `lan` it listens to the clinic's own network, over https by an authority of its own: see `lan`.
"""

import datetime as dt
import socket
from collections.abc import Callable
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from vwazen.home import home
from vwazen.server import bodies, starter
from vwazen.server import lan as local
from vwazen.server.organisation.errors import Invalid


def up(
    *, host: str, port: int, starter_programme: bool, say: Callable[[str], None], lan: bool = False
) -> dict[str, object]:
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
    certificate, key = _certified(host, port, say) if lan else (None, None)
    if not lan:
        say(f"Vwazen is at http://{host}:{port}/  (stop with Ctrl-C)")
    Granian(
        "vwazen.server.config.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=bodies.WAITING,
        log_level=LogLevels.error,  # it warns of many threads, and most of these only wait
        ssl_cert=certificate, ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,  # phones of five years ago
    ).serve()  # fmt: skip
    return {"stopped": True}


def _certified(host: str, port: int, say: Callable[[str], None]) -> tuple[Path, Path]:
    """A certificate for this machine's addresses, and how others reach it."""
    heard = [one for one in local.addresses() if ":" in host or ":" not in one]  # 0.0.0.0 hears nothing of IPv6
    near = [*heard, *local.names()]
    files = local.prepare(home(), local.hosts(), dt.datetime.now(dt.UTC))
    say("Vwazen is in this network at  (stop with Ctrl-C)")
    for one in near or ["localhost"]:
        say(f"  https://{f'[{one}]' if ':' in one else one}:{port}/")
    say("A phone trusts this machine once it has been told to, at /phone/trust there. Its fingerprint must be")
    say(f"  {local.fingerprint(home())}")
    if not near:
        say("This machine is in no network now, so no phone reaches it. Join the clinic's, and start again.")
    return files


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
