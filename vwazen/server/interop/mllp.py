"""The MLLP listener: hospitals' systems connect, send ADT messages between 0x0B and 0x1C 0x0D, and are answered.

MLLP has no keys and no encryption: it listens on loopback unless told otherwise, a sender's messages are taken from
its own addresses only, and between houses it belongs into a tunnel. A message that is cut off was not taken: it is not
answered, and whoever sent it sends it again.
"""

import logging
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from vwazen.exchange import hl7v2
from vwazen.server.interop import adt
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id

HALF = 30.0  # seconds that the rest of a message may take
IDLE = 600.0  # seconds without any message after which a connection is closed
CONNECTIONS = 40
notes = logging.getLogger("vwazen.mllp")


class _Connection(socketserver.BaseRequestHandler):
    """One sender's connection: message after message, each answered before the next is read."""

    server: "Listener"

    def handle(self) -> None:
        if not self.server.places.acquire(blocking=False):
            notes.warning("refused: %s connections are open", CONNECTIONS)
            return
        try:
            self._serve()
        except OSError:
            pass  # the other side is gone; what was not answered it sends again
        finally:
            self.server.places.release()

    def _serve(self) -> None:
        link: socket.socket = self.request
        host = str(self.client_address[0])
        buffer = bytearray()
        begun = time.monotonic()
        while True:
            half = hl7v2.START in buffer
            link.settimeout(max(0.1, begun + HALF - time.monotonic()) if half else IDLE)
            try:
                data = link.recv(65_536)
            except TimeoutError:
                return
            if not data:
                return
            if not half:
                begun = time.monotonic()
                if hl7v2.START not in data:
                    continue  # noise between messages
            buffer += data
            for message in hl7v2.unframed(buffer):
                begun = time.monotonic()
                link.sendall(hl7v2.framed(self.server.take(message, host)))
            if len(buffer) > self.server.longest:
                link.sendall(hl7v2.framed(_too_long(bytes(buffer))))
                return


def _too_long(data: bytes) -> bytes:
    about = hl7v2.head(data[data.find(hl7v2.START) + 1 :][:2000])
    return hl7v2.ack(about, "AR", clock.now(), make_id()[-20:], "longer than is taken here")


class Listener(socketserver.ThreadingTCPServer):
    """Listens until it is shut down. `take` is what is done with a message: bytes and the sender's address to bytes."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, take: Callable[[bytes, str], bytes] = adt.received_in_thread) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Connection)
        self.take, self.longest = take, 4 * hl7v2.LONGEST
        self.places = threading.BoundedSemaphore(CONNECTIONS)


def listen(host: str, port: int, say: Callable[[str], None]) -> dict[str, object]:
    """Listen until stopped."""
    with Listener(host, port) as listener:
        say(f"Listening for HL7 v2 at {host}:{listener.server_address[1]} (stop with Ctrl-C)")
        with suppress(KeyboardInterrupt):
            listener.serve_forever(poll_interval=0.5)
    return {"stopped": True}
