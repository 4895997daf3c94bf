"""The program itself, as it is served: phones on a line over which nothing comes any more, and everybody else."""

import socket
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live import Node

pytestmark = pytest.mark.once
HEAD = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n{{"
MANY = 80


@pytest.fixture
def server() -> Iterator[Node]:
    with tempfile.TemporaryDirectory() as home:
        one = Node(Path(home), world=False)
        yield one
        one.stop()


def test_bodies_that_never_end_hold_up_nobody(server: Node) -> None:
    with ExitStack() as open_:
        lines = [open_.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(MANY)]
        for at, line in enumerate(lines):
            line.sendall(HEAD.format("/sync/" if at % 2 else "/sync/enrol").encode())
        for line in lines:
            line.settimeout(0.05)
        told = 0
        for _ in range(3):
            assert urllib.request.urlopen(f"{server.url}/sign-in", timeout=10).status == 200
        for line in lines:
            try:
                told += line.recv(100).startswith(b"HTTP/1.1 503")
            except TimeoutError:
                continue
        assert told, "of so many from one address some are sent away at once"
    assert "Internal Server Error" not in server.output()
