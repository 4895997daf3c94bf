"""A phone in Python, as the wire sees it: what it holds, what waits on it, and how it asks."""

import datetime as dt
import gzip
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.test import Client

from vwazen.clinical import facts as f
from vwazen.clinical.facts import AnyBody, Fact
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import Held
from vwazen.server.sync.difference import applied, check, named

Json = dict[str, Any]


class LostError(Exception):
    """The answer did not arrive."""


class Phone:
    """One worker's phone. `unsent` and `held` are facts by id; `briefs` what it holds by person; `changed` how many of
    them it made of what changed, `lacks` whose it could not. `version` 1 is a phone that takes whole briefs only."""

    version = 2

    def __init__(self, worker: Worker, device: str, token: str, me: Json) -> None:
        self.worker, self.device, self.token, self.me = worker, device, token, me
        self.unsent: dict[str, Fact] = {}
        self.taken: set[str] = set()
        self.held: dict[str, str] = {}
        self.settled: dict[str, tuple[str, str]] = {}
        self.briefs: dict[str, Json] = {}
        self.turn, self.me_digest, self.content = 0, "", ""
        self.lacks: set[str] = set()
        self.changed = 0
        self.ahead = dt.timedelta()
        self.wiped = False
        self.client = Client(raise_request_exception=False)
        self.bytes_in = self.bytes_out = 0

    def fact(self, person: str, body: AnyBody, occurred: str = "", **more: str) -> Fact:
        """A fact said on this phone by its worker, here and now by its clock."""
        stamp = clock.stamp(clock.now() + self.ahead)
        values = {"site": self.me["site"], "author": str(self.worker.pk), "device": self.device, "id": make_id()}
        return Fact(person=person, body=body, occurred=occurred or stamp, recorded=stamp, **(values | more))

    def save(self, *facts: Fact) -> None:
        """Keep them until they are sent."""
        self.unsent |= {fact.id: fact for fact in facts}

    def register(self, name: str, **more: str) -> str:
        """Somebody met for the first time; their id."""
        person = make_id()
        self.save(self.fact(person, f.Registration(name=name, **more), id=person))  # type: ignore[arg-type]
        return person

    def ask(self, path: str, body: bytes, token: str | None = None) -> HttpResponse:
        """One request as a phone makes it."""
        packed = gzip.compress(body)
        self.bytes_out += len(packed)
        said = f"{self.device}.{self.token}" if token is None else token
        answer: Any = self.client.post(
            path, packed, content_type="application/json", headers={
                "Authorization": f"Bearer {said}", "Content-Encoding": "gzip", "Accept-Encoding": "gzip"},
        )  # fmt: skip
        self.bytes_in += len(answer.content)
        return answer  # type: ignore[no-any-return]

    def _written(self, fact: Fact) -> Json:
        """A fact as it goes over the wire: ids in few letters and its sender in one, from version 2 on."""
        said: Json = msgspec.json.decode(f.encode(fact))
        for name in ("id", "person", "encounter", "amends", "retracts"):
            with suppress(ValueError):
                if self.version > 1 and str(UUID(said.get(name, ""))) == said[name]:
                    said[name] = f"~{urlsafe_b64encode(UUID(said[name]).bytes).decode()[:22]}"
        for name, sender in (("author", str(self.worker.pk)), ("device", str(self.device))):
            if self.version > 1 and said.get(name) == sender:
                said[name] = "~"
        return said

    def request(self, facts: list[Fact]) -> bytes:
        """What is sent with these facts."""
        body = {
            "v": self.version, "now": clock.stamp(clock.now() + self.ahead), "turn": self.turn, "content": self.content,
            "me": self.me_digest, "unsent": len(self.unsent), "facts": [self._written(one) for one in facts],
        } | ({"whole": sorted(self.lacks)} if self.lacks else {})  # fmt: skip
        return msgspec.json.encode(body)

    def once(self, *, lose: bool = False, batch: int = 50) -> Json:
        """One request and its answer. `lose`: the answer never arrives."""
        sent = list(self.unsent.values())[:batch]
        asked = self.request(sent)
        answer = self.ask("/sync/", asked)
        if lose:
            raise LostError
        said = read(answer)
        if answer.status_code == 401:
            if said["wipe"] and set(said.get("kept", ())) >= set(self.unsent):
                self.briefs, self.unsent, self.wiped = {}, {}, True
            return said
        assert answer.status_code == 200, said
        assert said.get("to", "") == (msgspec.json.decode(asked)["now"] if self.version > 1 else "")
        said["receipts"] = [[id_ or fact.id, *rest] for fact, (id_, *rest) in zip(sent, said["receipts"], strict=True)]
        self._store(said, sent)
        return said

    def _make(self, said: Json, sent: list[Fact]) -> Json:
        """The whole briefs that come of what changed; nothing where they are not what the server has."""
        told = {sent[at].person: change for at, change in said.get("changed", ())}
        made: Json = {
            person: applied(
                self.briefs.get(person), msgspec.json.decode(named(msgspec.json.encode(change), person))
            )
            for person, change in told.items()
        }  # fmt: skip
        if made and check(list(made.values())) != said["check"]:
            self.lacks |= told.keys()
            return {}
        self.changed += len(made)
        return made

    def _store(self, said: Json, sent: list[Fact]) -> None:
        for id_, status, reason in said["receipts"]:
            fact = self.unsent.pop(id_, None)
            if fact is None:
                continue
            if status == "held":
                self.held[id_] = reason
            else:
                self.taken.add(id_)
        for id_, what, words in said["settled"]:
            self.settled[id_] = (what, words)
            self.held.pop(id_, None)
        if said.get("reset"):
            self.briefs, self.lacks = {}, set()
        came = {brief["person"]: brief for brief in said["briefs"]}
        self.lacks -= {*came, *said["drop"]}
        came |= self._make(said, sent)
        for person in said["drop"]:
            self.briefs.pop(person, None)
        self.briefs |= came
        self.turn, self.content = said["turn"], said.get("content", self.content)
        self.me_digest = said.get("me_digest", self.me_digest)
        self.me = said.get("me", self.me)
        if "month" in said:
            self.me = self.me | {"month": said["month"]}

    def sync(self) -> None:
        """Ask until nothing is left to send or to fetch."""
        for _ in range(200):
            said = self.once()
            if self.wiped or (not said.get("more") and not self.unsent and not self.lacks):
                return
        raise AssertionError("It does not end.")


def read(answer: HttpResponse) -> Json:
    """The answer as JSON, unpacked."""
    data = answer.content
    if answer.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    found: Json = msgspec.json.decode(data)
    empty: Json = {"receipts": [], "settled": [], "briefs": [], "drop": [], "more": False} if "turn" in found else {}
    return empty | found


def enrol(worker: Worker, by: Worker, name: str = "Invented phone") -> Phone:
    """Let a phone in, as a supervisor and a phone do."""
    made = devices.make_code(by=by, worker=worker)
    client = Client()
    body = msgspec.json.encode({"code": made.code, "name": name})
    answer: Any = client.post("/sync/enrol", body, content_type="application/json")
    said = read(answer)
    assert answer.status_code == 200, said
    return Phone(worker, said["device"], said["token"], said["me"])


def held(phone: Phone) -> list[tuple[str, bool]]:
    """Code and whether it is about safety, of what is held of this phone."""
    return sorted(Held.objects.filter(import_id=phone.device).values_list("code", "safety"))
