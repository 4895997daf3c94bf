"""A crowd of phones, without a database: what one holds and says, and many of them in a closed loop.

    python -m bench.crowd WORK AT_ONCE SERVER

`bench.sync` starts it as a process of its own, so that its CPU is not the server's. WORK is a file that says which
phones there are, SERVER the process group whose CPU is told.
"""

import base64
import datetime as dt
import gzip
import http.client
import json
import os
import random
import secrets
import threading
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
VISITS, TRIES = 4, 12
PLAIN = 300  # a phone sends what is shorter as it is
# What Chromium on Android sends with a fetch of the same origin.
CHROMIUM = {
    "Connection": "keep-alive", "sec-ch-ua-platform": '"Android"', "sec-ch-ua-mobile": "?1", "Accept": "*/*",
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile "
    "Safari/537.36", "sec-ch-ua": '"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"',
    "Cache-Control": "no-cache", "Pragma": "no-cache", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty", "Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "fr-FR,fr;q=0.9",
}  # fmt: skip


def new_id(ago: float = 0) -> str:
    """A UUID of version 7, as a phone draws it, or drew it so many seconds ago."""
    at = int((time.time() - ago) * 1000)
    return str(uuid.UUID(int=(at << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)))


def stamp(ago: float = 0) -> str:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lived(ago: float = 0) -> str:
    """The same moment as the person lived it, where it is five hours behind."""
    at = dt.datetime.now(dt.timezone(dt.timedelta(hours=-5))) - dt.timedelta(seconds=ago)
    return at.isoformat(timespec="seconds")


def shortened(fact: Json) -> Json:
    """As a phone sends its ids, its worker and itself, and when it recorded it."""
    ids = {name: fact[name] for name in ("id", "person", "encounter") if name in fact}
    names = ("id", "encounter", "person", "occurred", "recorded", "author", "body", "site", "content", "device")
    since = dt.datetime.fromisoformat(fact["recorded"]) - dt.datetime.fromisoformat(fact["occurred"])
    return {name: fact[name] for name in names if name in fact} | {
        name: "~" + base64.urlsafe_b64encode(uuid.UUID(one).bytes).decode()[:22] for name, one in ids.items()
    } | {"recorded": f"~{since // dt.timedelta(milliseconds=1)}", "author": "~", "device": "~"}  # fmt: skip


class Phone:
    """What a phone holds and says, without Django, so that a process of its own can be a thousand of them."""

    def __init__(self, given: Json) -> None:
        self.device, self.token, self.worker, self.site = (given[k] for k in ("device", "token", "worker", "site"))
        self.turn, self.content, self.me = 0, "", ""
        self.people: set[str] = set()
        self.sent = self.got = 0

    def visit(self, person: str, ago: float = 0) -> list[Json]:
        """A contact and the questionnaire asked in it, so many seconds ago."""
        said = {"author": self.worker, "content": self.content, "device": self.device, "person": person,
                "site": self.site}  # fmt: skip
        begun, now, contact = lived(ago), stamp(ago), new_id(ago)
        next_day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14 + random.randint(0, 14))).isoformat()
        answers = {str(item): random.randint(0, 2) for item in range(1, 9)} | {"9": 0}
        return [
            said | {"id": contact, "occurred": begun, "recorded": now,
                    "body": {"kind": "encounter", "mode": "home", "next": next_day}},
            said | {"id": new_id(ago), "occurred": begun, "recorded": now, "encounter": contact,
                    "body": {"kind": "response", "instrument": "phq-9", "version": 1, "answers": answers}},
        ]  # fmt: skip

    def ask(self, facts: list[Json]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of one request."""
        body = json.dumps(
            {"v": 2, "now": stamp(), "turn": self.turn, "content": self.content, "me": self.me,
             "facts": [shortened(one) for one in facts],
             "unsent": len(facts)}, separators=(",", ":"), ensure_ascii=False,
        ).encode()  # fmt: skip
        headers = {"Authorization": f"Bearer {self.device}.{self.token}", "Content-Type": "application/json"}
        if len(body) > PLAIN:
            body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
        self.sent += len(body)
        return body, headers

    def take(self, data: bytes, encoding: str | None) -> Json:
        """Store an answer."""
        self.got += len(data)
        said: Json = json.loads(gzip.decompress(data) if encoding == "gzip" else data)
        self.people -= set(said.get("drop", ()))
        self.people |= {one["person"] for one in said.get("briefs", ())}
        self.turn = said["turn"]
        self.content, self.me = said.get("content", self.content), said.get("me_digest", self.me)
        return said


# The closed loop


def generate(work: Path, at_once: int, server: int) -> None:
    """Be all these phones against a server; what became of it as JSON."""
    given = json.loads(work.read_text())
    phones = [Phone(one) for one in given["phones"]]
    address = urlsplit(given["url"]).netloc
    found = {name: _round(address, phones, given[name], at_once, name, server) for name in ("first", "daily")}
    work.with_suffix(".out").write_text(json.dumps(found))


def _round(address: str, phones: list[Phone], many: int, at_once: int, kind: str, group: int) -> Json:
    took: list[float] = []
    told: Json = {"completed": 0, "again": 0, "unanswered": 0, "facts": [], "sent": 0, "got": 0}
    lock, turns = threading.Lock(), iter(range(many))
    free = {id(one): threading.Lock() for one in phones}

    def one_after_another() -> None:
        while True:
            with lock:
                at = next(turns, None)
            if at is None:
                return
            phone = phones[at % len(phones)]
            with free[id(phone)]:
                _speak(address, phone, kind, took, told, lock)

    began, spent, server = time.perf_counter(), time.process_time(), group_cpu(group)
    threads = [threading.Thread(target=one_after_another) for _ in range(at_once)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return told | {
        "took": took, "wall": time.perf_counter() - began, "generator": time.process_time() - spent,
        "server": group_cpu(group) - server,
    }  # fmt: skip


def group_cpu(group: int) -> float:
    """Seconds of CPU of a group of processes, by the operating system's book."""
    total = 0
    for one in Path("/proc").glob("[0-9]*/stat"):
        try:
            cells = one.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(cells[2]) == group:
            total += sum(int(cell) for cell in cells[11:13])
    return total / os.sysconf("SC_CLK_TCK")


def _speak(address: str, phone: Phone, kind: str, took: list[float], told: Json, lock: threading.Lock) -> None:
    """One sync from its beginning to its end, tried again as a phone does."""
    facts: list[Json] = []
    if kind == "daily":
        chosen = random.sample(sorted(phone.people), min(VISITS, len(phone.people)))
        facts = [fact for person in chosen for fact in phone.visit(person)]
    waiting = {fact["id"]: fact for fact in facts}
    began, again, done = time.perf_counter(), 0, False
    before = phone.sent, phone.got
    for attempt in range(TRIES):
        line = http.client.HTTPConnection(address, timeout=120)
        try:
            more = True
            while more or waiting:
                sent = list(waiting)
                body, headers = phone.ask(list(waiting.values()))
                line.request("POST", "/sync/", body, CHROMIUM | headers)
                answer = line.getresponse()
                data = answer.read()
                if answer.status != 200:
                    raise OSError(answer.status)
                said = phone.take(data, answer.headers["Content-Encoding"])
                for id_, (_, status, _) in zip(sent, said.get("receipts", ()), strict=True):
                    if status in ("new", "again"):
                        waiting.pop(id_, None)
                more = bool(said.get("more"))
            if kind == "first":
                line.request("GET", "/sync/content", headers=CHROMIUM | {
                    "Authorization": f"Bearer {phone.device}.{phone.token}"})  # fmt: skip
                answer = line.getresponse()
                phone.got += len(answer.read())
                if answer.status != 200:
                    raise OSError(answer.status)
            done = True
        except (OSError, http.client.HTTPException):
            again += 1
            time.sleep(min(5, 0.2 * 2**attempt) * random.random())
        finally:
            line.close()
        if done:
            break
    with lock:
        told["completed"] += done
        told["again"] += again
        told["unanswered"] += len(waiting)
        told["facts"] += [fact["id"] for fact in facts]
        told["sent"] += phone.sent - before[0]
        told["got"] += phone.got - before[1]
        took.append(time.perf_counter() - began)
