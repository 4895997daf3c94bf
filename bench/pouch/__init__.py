"""PouchDB with express-pouchdb doing what our phone does, in the same run: what it costs on the wire, and its server.

One fact is one document, as programmes that replicate do it. Both sides hold everything in memory, and `db.sync` is
called as it comes. Node and its parts are for this benchmark alone: `npm ci` in this folder. Where they cannot be had
nothing is measured, and a sentence says so.
"""

import contextlib
import gzip
import json
import os
import socket
import statistics
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from bench.crowd import Json
from phone import build
from tests.live import free_port

HERE = Path(__file__).resolve().parent
TIMES = 5
_AT_ONCE = 500  # documents that the server is filled with in one request


class Wire(msgspec.Struct, kw_only=True):
    """What one sync took: bytes of bodies as they came, of the same bodies where each is compressed by gzip if that
    helps, and of everything on the wire; how many requests; milliseconds of CPU of the server."""

    bodies: float
    packed: float
    whole: float
    requests: float
    cpu: float


def beside(
    ours: Mapping[str, Wire], *, facts: Sequence[Json], briefs: Sequence[Json], visits: Callable[[int], list[Json]]
) -> None:
    """Print ours beside PouchDB's. `facts`: everything known of the people of the phone; `briefs`: what our phone holds
    instead; `visits`: the facts of so many new visits."""
    if wrong := _parts():
        print(f"\nPouchDB was not measured beside ours: {wrong}.", flush=True)
        return
    with _running("server.cjs", str(port := free_port())) as server, _running("phone.cjs") as phone:
        server.hear()
        _fill(port, "facts", facts)
        _fill(port, "briefs", briefs)
        with Counted(port) as link:
            theirs = _measure(_Peer(server, phone, link), len(facts), len(briefs), visits)
    _table(ours, theirs, len(facts))


def _measure(peer: "_Peer", facts: int, briefs: int, visits: Callable[[int], list[Json]]) -> dict[str, Wire]:
    for _ in range(2):  # the second time it is compiled
        peer.open("facts")
        first = peer.sync(got=facts)
    peer.sync()
    found = {"first": first, "nothing": median([peer.sync() for _ in range(TIMES)])}
    for name, many in (("ten", 10), ("twenty", 20)):
        took = []
        for _ in range(TIMES):
            docs = [_document(one) for one in visits(many)]
            peer.phone.ask({"do": "put", "docs": docs})
            took.append(peer.sync(sent=len(docs)))
            peer.sync()
        found[name] = median(took)
    peer.open("briefs")
    found["briefs"] = peer.sync(got=briefs)
    return found


def _table(ours: Mapping[str, Wire], theirs: Mapping[str, Wire], facts: int) -> None:
    print(
        f"\nbeside PouchDB with express-pouchdb, in memory; {facts:,} facts, one document each. Bytes both ways; "
        f"“gzip”: where each body were compressed\n{'':<40} {'ours':>9} {'HTTP':>9} {'asks':>5} {'CPU ms':>7}   "
        f"{'PouchDB':>10} {'gzip':>10} {'HTTP':>10} {'asks':>5} {'CPU ms':>8}"
    )
    for name, what, part in (
        ("nothing", "nothing new", 1), ("ten", "10 visits of two facts", 1), ("twenty", "20 visits, one of them", 20),
        ("first", "first pull of everybody", 1), ("briefs", "  the same with our briefs as documents", 1),
    ):  # fmt: skip
        mine, one = ours.get(name), theirs[name]
        left = _cells(mine, part, ("bodies", "whole", "requests", "cpu"), (9, 9, 5, 7)) if mine else " " * 33
        right = _cells(one, part, ("bodies", "packed", "whole", "requests", "cpu"), (10, 10, 10, 5, 8))
        print(f"{what:<40} {left}   {right}", flush=True)


def _cells(one: Wire, part: int, names: Sequence[str], widths: Sequence[int]) -> str:
    values = [getattr(one, name) / (1 if name == "requests" else part) for name in names]
    return " ".join(
        f"{value:>{width},.{1 if name == 'cpu' else 0}f}"
        for name, value, width in zip(names, values, widths, strict=True)
    )


def median(some: Sequence[Wire]) -> Wire:
    return Wire(**{name: statistics.median(getattr(one, name) for one in some) for name in Wire.__struct_fields__})


# Node


def _parts() -> str:
    """Bring the parts to the lock; what is wrong, or ""."""
    if not build.node() or not build.npm():
        return "there is no Node with npm here"
    command = [build.node(), build.npm(), "ci", "--ignore-scripts", "--loglevel=error"]
    path = f"{Path(build.node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if subprocess.run(command, cwd=HERE, env={**os.environ, "PATH": path}, check=False).returncode:
        return "npm could not install its parts (is there a network?)"
    return ""


class _Program:
    """A program of Node that is told and answers in lines of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, what: Json) -> Json:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self) -> Json:
        said: IO[str] | None = self.process.stdout
        assert said is not None
        found: Json = json.loads(said.readline() or '{"fault": "it ended"}')
        if found.get("fault") or found.get("faults"):
            raise SystemExit(f"PouchDB: {found}")
        return found


@contextlib.contextmanager
def _running(*command: str) -> Iterator[_Program]:
    process = subprocess.Popen(
        [build.node(), *command], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, env={**os.environ, "NODE_ENV": "production"},
    )  # fmt: skip
    try:
        yield _Program(process)
    finally:
        process.kill()
        process.wait()


class _Peer:
    """A phone and the server, with the counted link between them."""

    def __init__(self, server: _Program, phone: _Program, link: "Counted") -> None:
        self.server, self.phone, self.link = server, phone, link

    def open(self, database: str) -> None:
        self.phone.ask({"do": "open", "url": f"http://127.0.0.1:{self.link.port}/{database}"})

    def sync(self, *, sent: int = 0, got: int = 0) -> Wire:
        """One `db.sync`; what it took."""
        before = self.server.ask({})["cpu"]
        said = self.phone.ask({"do": "sync"})
        spent = self.server.ask({})["cpu"] - before
        if (sent and said["sent"] != sent) or (got and said["got"] != got):
            raise SystemExit(f"PouchDB: not everything went over: {said}")
        return self.link.taken(spent / 1000)


def _document(fact: Json) -> Json:
    return {"_id": fact["id"], **{name: value for name, value in fact.items() if name != "id"}}


def _fill(port: int, database: str, rows: Sequence[Json]) -> None:
    """Make a database on the server, and put a document for each row into it."""
    url = f"http://127.0.0.1:{port}/{database}"
    urllib.request.urlopen(urllib.request.Request(url, method="PUT")).close()
    docs = [_document(one) if "id" in one else {"_id": one["person"], **one} for one in rows]
    for start in range(0, len(docs), _AT_ONCE):
        body = json.dumps({"docs": docs[start : start + _AT_ONCE]}).encode()
        asked = urllib.request.Request(f"{url}/_bulk_docs", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(asked).close()


# The link


class Counted:
    """A door before the server that keeps what goes through it, each way, until it is counted."""

    def __init__(self, port: int) -> None:
        self._to, self._lines = port, list[tuple[bytearray, bytearray]]()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])

    def __enter__(self) -> "Counted":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()

    def taken(self, cpu: float = 0) -> Wire:
        """What went through since the last time; `cpu` is told."""
        found = Wire(bodies=0, packed=0, whole=0, requests=0, cpu=cpu)
        for up, down in self._lines:
            for way in (up, down):
                found.whole += len(way)
                for body, packed in _messages(bytes(way)):
                    found.requests += way is up
                    found.bodies += len(body)
                    found.packed += len(body) if packed else min(len(body), len(gzip.compress(body, 6, mtime=0)))
                way.clear()
        return found

    def _serve(self) -> None:
        while True:
            try:
                phone, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            kept = bytearray(), bytearray()
            self._lines.append(kept)
            for ends in ((phone, server, kept[0]), (server, phone, kept[1])):
                threading.Thread(target=_carry, args=ends, daemon=True).start()


def _carry(one: socket.socket, other: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            kept += data
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def _messages(stream: bytes) -> Iterator[tuple[bytes, bool]]:
    """The body of each HTTP message of one way of one connection, and whether it came compressed."""
    at = 0
    while at < len(stream):
        end = stream.index(b"\r\n\r\n", at)
        rows = (row.partition(":") for row in stream[at:end].decode("latin-1").split("\r\n")[1:])
        fields = {name.strip().lower(): value.strip() for name, _, value in rows}
        at, body = end + 4, bytearray()
        if fields.get("transfer-encoding", "").lower() == "chunked":
            many = -1
            while many:
                end = stream.index(b"\r\n", at)
                many = int(stream[at:end].partition(b";")[0], 16)
                body += stream[end + 2 : end + 2 + many]
                at = end + 2 + many + 2
        else:
            many = int(fields.get("content-length", 0))
            body += stream[at : at + many]
            at += many
        yield bytes(body), "content-encoding" in fields
