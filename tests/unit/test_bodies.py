"""Slow bodies: so many from one address, two large ones, and whoever else asks is answered meanwhile."""

import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from vwazen.server import bodies
from vwazen.server.bodies import Patient


class Slow(io.RawIOBase):
    """A body of which nothing comes until the test is over."""

    def __init__(self, end: threading.Event) -> None:
        self.end, self.begun = end, threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.begun.set()
        assert self.end.wait(20)
        return b""


@pytest.fixture
def end() -> Iterator[threading.Event]:
    one = threading.Event()
    before = set(threading.enumerate())
    yield one
    one.set()
    for thread in set(threading.enumerate()) - before:
        if not thread.name.startswith("answer"):  # those wait for more
            thread.join(20)


def answers(asked: dict[str, Any], start_response: Any) -> list[bytes]:
    """What was sent, as a view reads it."""
    body = asked["wsgi.input"].read() if asked.get("CONTENT_LENGTH") else b"nothing"
    start_response("200 OK", [])
    return [threading.current_thread().name.split("_")[0].encode(), body]


def ask(
    server: Patient, body: Any = None, length: int = 0, address: str = "10.0.0.1", **more: str
) -> tuple[str, bytes]:
    said: list[str] = []
    asked = {"REMOTE_ADDR": address, "REQUEST_METHOD": "POST" if body else "GET", "wsgi.input": body, **more}
    if length:
        asked["CONTENT_LENGTH"] = str(length)
    answer = b" ".join(server(asked, lambda status, heads: said.append(status)))
    return said[0], answer


def slowly(server: Patient, end: threading.Event, many: int, length: int) -> None:
    """So many begin to send."""
    for body in [Slow(end) for _ in range(many)]:
        threading.Thread(target=ask, args=(server, body, length), daemon=True).start()
        assert body.begun.wait(10)


def test_more_than_a_clinic_of_slow_ones_from_one_address_are_sent_away(end: threading.Event) -> None:
    server = Patient(answers)
    slowly(server, end, bodies.OF_ONE, 10)
    status, words = ask(server, io.BytesIO(b"0123456789"), 10)
    assert status.startswith("503") and b"Nothing is lost" in words


def test_everybody_else_is_answered_meanwhile(end: threading.Event) -> None:
    server = Patient(answers)
    slowly(server, end, bodies.OF_ONE, 10)
    assert ask(server) == ("200 OK", b"answer nothing"), "who sends nothing is never held up, even from there"
    assert ask(server, io.BytesIO(b"0123456789"), 10, "10.0.0.2") == ("200 OK", b"answer 0123456789")
    end.set()
    for _ in range(500):
        if ask(server, io.BytesIO(b"0123456789"), 10)[0] == "200 OK":
            break
        time.sleep(0.01)
    else:
        pytest.fail("once they have ended, the address is heard again")


def test_large_ones_hold_two_of_those_who_answer_and_no_more(end: threading.Event) -> None:
    server = Patient(answers)
    slowly(server, end, bodies.LARGE_AT_ONCE, bodies.LARGE + 1)
    assert ask(server, io.BytesIO(b"x"), bodies.LARGE + 1)[0].startswith("503")
    assert ask(server, io.BytesIO(b"x"))[0].startswith("503"), "nor one of unknown length, as in HTTP/2"
    assert ask(server, io.BytesIO(b""), CONTENT_LENGTH="0")[0] == "200 OK"
    assert ask(server, io.BytesIO(b"xy"), 2)[0] == "200 OK"


def test_whoever_is_answered_counts_no_more_among_those_who_send(end: threading.Event) -> None:
    begun = threading.Semaphore(0)

    def works(asked: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.release()
        end.wait(20)
        return answers(asked, start_response)

    server = Patient(works)
    for _ in range(bodies.OF_ONE + 10):  # all sent at once, and wait for those who answer
        threading.Thread(target=ask, args=(server, io.BytesIO(b"x"), 1), daemon=True).start()
    assert begun.acquire(timeout=10)
    until = time.monotonic() + 10
    while server._from and time.monotonic() < until:
        time.sleep(0.01)
    assert not server._from, "nobody is awaited any more"
    end.set()
    assert ask(server, io.BytesIO(b"x"), 1)[0] == "200 OK"


def test_behind_a_proxy_whom_it_asks_for_counts(end: threading.Event, settings: Any) -> None:
    settings.PROXIED = True
    server = Patient(answers)
    slowly(server, end, bodies.OF_ONE, 10)  # nobody is named: one place
    body = io.BytesIO(b"0123456789")
    assert ask(server, body, 10)[0].startswith("503")
    assert ask(server, body, 10, HTTP_X_FORWARDED_FOR="10.9.9.9, 10.0.0.7") == ("200 OK", b"answer 0123456789")


def test_a_body_of_many_parts_arrives_whole() -> None:
    body = bytes(range(256)) * 8_000
    assert ask(Patient(answers), io.BytesIO(body), len(body)) == ("200 OK", b"answer " + body)


def test_an_answer_made_while_it_is_sent_leaves_no_connection_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rows:
        streaming = True
        ended = False

        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            yield b"b"

        def close(self) -> None:
            self.ended = True

    rows, closed = Rows(), []
    monkeypatch.setattr(bodies.connections, "close_all", lambda: closed.append(rows.ended))
    answer = Patient(lambda asked, start_response: rows)({"REQUEST_METHOD": "GET"}, None)
    assert b"".join(answer) == b"ab" and not closed
    answer.close()  # type: ignore[attr-defined]
    assert closed == [True]
