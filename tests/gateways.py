"""Gateways on loopback that behave as the worst ones do."""

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Gateway:
    """What arrived, and how the next ones are answered: a status, "hang", "cut", "twice", "odd" or "redirect"."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.mode: str = "200"
        self.slow = 0.0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(gateway.slow)
            mode = gateway.mode
            if mode == "hang":
                time.sleep(3)
                return
            if mode in ("200", "cut", "twice", "odd"):
                gateway.got.append(json.loads(body) if body.startswith(b"{") else {"raw": body.decode()})
                gateway.keys.append(self.headers.get("Idempotency-Key", ""))
                gateway.headers.append(dict(self.headers))
                gateway.paths.append(self.path)
            if mode == "cut":
                return
            answer = {"twice": b'{"id": "m1"}{"id": "m1"}', "odd": b"<html>hello"}.get(mode, b'{"id": "m1"}')
            self.send_response(302 if mode == "redirect" else int(mode) if mode.isdecimal() else 200)
            if mode == "redirect":
                self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway that stands until the end of the block."""
    one = Gateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(one))
    server.daemon_threads = True
    one.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """A mail server that takes everything: its port, and the mails as they came."""
    got: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go\r\n")
                    mail = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        mail += part
                    got.append(mail.decode())
                if word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                self.wfile.write(b"550 no such box\r\n" if b"nobody@" in line else b"250 ok\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_address[1], got
    finally:
        server.shutdown()
        server.server_close()


def written(home: Path, text: str) -> None:
    """The node's gateways."""
    file = home / "gateways.yaml"
    file.write_text(text)
    file.chmod(0o600)


def over(one: Gateway, more: str = "") -> str:
    """A `gateways.yaml` that sends texts there."""
    return f'sms:\n  url: {one.url}\n  send: {{to: "{{to}}", text: "{{text}}", ref: "{{id}}"}}\n  id: id\n{more}'
