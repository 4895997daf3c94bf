"""The listener itself, killed in the middle: sent again it is once, and nothing that was answered is lost."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adt import adt
from tests.live import BUILD, ROOT
from vwazen.exchange import hl7v2

pytestmark = pytest.mark.once  # its listener writes to SQLite, whatever the other tests use
WORLD = f"""{BUILD}
from vwazen.clinical import facts as f
from vwazen.server.interop import senders
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record.actions import append, make_fact
ada = Worker.objects.get(username="ada")
organisation.add_site(by=ada, code="lopital", name="Lopital", kind="hospital", parent=Site.objects.get(code="centre"))
senders.add(by=ada, name="HIS", facility="HOSP", site="lopital", system="his")
append([make_fact(by=ada, person=people["ben"], site="bel-dlo", body=f.Identifier(system="his", number="4711"))])
"""


class Listening:
    """A listener in a process of its own, on its own data."""

    def __init__(self, home: Path) -> None:
        self.environment = {**os.environ, "VWAZEN_HOME": str(home), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
        self.home = home
        subprocess.run([sys.executable, "-c", WORLD], env=self.environment, cwd=ROOT, check=True)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vwazen", "mllp", "--port", "0"], env=self.environment, cwd=ROOT,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = self.process.stdout.readline() if self.process.stdout else ""
        found = re.search(r":(\d+) ", line)
        assert found, line
        self.port = int(found.group(1))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def link(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def count(self, statement: str) -> int:
        with sqlite3.connect(self.home / "vwazen.sqlite3", timeout=20) as rows:
            return int(rows.execute(statement).fetchone()[0])


@pytest.fixture(scope="module")
def listening() -> Iterator[Listening]:
    folder = Path(tempfile.mkdtemp(prefix="vwazen-adt-"))
    one = Listening(folder)
    yield one
    one.kill()
    shutil.rmtree(folder, ignore_errors=True)


def answer(link: socket.socket) -> bytes:
    found = b""
    while hl7v2.END not in found:
        data = link.recv(65536)
        if not data:
            return b""
        found += data
    return found


def send(listening: Listening, data: bytes) -> bytes:
    with listening.link() as link:
        link.sendall(hl7v2.framed(data))
        return answer(link)


def facts(listening: Listening) -> int:
    return listening.count("SELECT count(*) FROM record_fact WHERE kind = 'stay'")


@pytest.mark.parametrize("cut", [1, 60, -2])
def test_killed_in_mid_message_it_is_taken_when_sent_again(listening: Listening, cut: int) -> None:
    before = facts(listening)
    data = hl7v2.framed(adt("A08", f"cut{cut}", unit=f"X{cut}").encode())
    with listening.link() as link:
        link.sendall(data[:cut])
        time.sleep(0.1)
        listening.kill()
    assert facts(listening) == before
    listening.start()
    for _ in range(2):
        assert b"MSA|AA|" in send(listening, data[1:-2])
    assert facts(listening) == before + 1


def test_killed_while_it_answers_nothing_answered_is_lost_and_nothing_is_twice(listening: Listening) -> None:
    before = facts(listening)
    messages = [adt("A08", f"k{n}", unit=f"K{n}").encode() for n in range(12)]
    answered: set[int] = set()
    for n, data in enumerate(messages):
        with listening.link() as link:
            link.sendall(hl7v2.framed(data))
            if n % 4 == 3:
                time.sleep(0.004 * n)  # somewhere in the middle of it
                listening.kill()
            try:
                if b"MSA|AA|" in answer(link):
                    answered.add(n)
            except OSError:
                pass
        if n % 4 == 3:
            listening.start()
    assert facts(listening) >= before + len(answered)
    for data in messages:
        assert b"MSA|AA|" in send(listening, data)
    assert facts(listening) == before + len(messages)
    assert listening.count("SELECT count(*) FROM record_held") == 0
