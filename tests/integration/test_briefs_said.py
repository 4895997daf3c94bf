"""What the server says in a brief, a phone in a complete language says in that language: every list, task, medicine,
month, referral and proposal of the synthetic clinic and of the named world, and all of the record.

What was typed comes through as it is. It is known what was typed: the free texts of the facts, and the names of people,
workers, sites and instruments. Whatever else stays in English has no pair, or not a whole one.
"""

import re
import typing
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_django.fixtures import Settings

from phone.build import MISSING, node
from tests.phones import enrol
from tests.spec.test_decide_same import Phone
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.content import said
from vwazen.content.languages import ENGLISH, Language
from vwazen.content.load import content
from vwazen.server import starter
from vwazen.server.care.waiting import RIGHTS
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.models import CaseloadRow, OpenItem, Person
from vwazen.server.sync import wire
from vwazen.server.sync.briefs import full
from vwazen.server.sync.me import me_of

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.skipif(not node(), reason=MISSING)]

WALKERS = ("chw", "lay_counsellor", "nurse")
Told = tuple[str, str, str]  # field of the brief, group of pairs, text


def sentences(brief: wire.Brief) -> Iterator[Told]:
    """Every text of a brief that a screen shows and that the server wrote, with the group that the screen names."""
    yield from (("lists", "clinic", one.reason) for one in brief.lists)
    yield from (("risks", "why", one.why) for one in brief.risks)
    yield from (("medicines", "dose", one.words) for one in brief.medicines if one.words)
    yield from (("allergies", "clinic", one) for one in brief.allergies)
    yield from (("referrals", "clinic", one.sentence) for one in brief.referrals)
    yield from ((f"tasks {one.kind}", "clinic", one.text) for one in brief.tasks)
    yield from (("conflicts", "conflict", one) for one in brief.conflicts)
    for _, text, who in brief.recent:
        yield "recent", "entry", text
        yield "who", "who", who


def marked(groups: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """A language that says nothing but what came through to the letter, in brackets."""

    def only(english: str) -> str:
        if re.fullmatch(r"\{\w+\}", english):
            return english
        holes = re.findall(r"\{(\w+)\}", english)
        return "¤" + "".join(f"[{{{one}}}]" for one in holes)

    return {name: {english: only(english) for english in pairs} for name, pairs in groups.items()}


@cache
def _coded(kind: type) -> frozenset[str]:
    """Fields of a fact's body that hold a code: what is written of them is the server's own word."""
    hints = typing.get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if typing.get_origin(hint) is typing.Literal)


def typed() -> set[str]:
    """Everything that somebody typed, and every name."""
    found: set[str] = set()

    def add(value: object) -> None:
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            for each in value.values():
                add(each)
        elif isinstance(value, list | tuple | frozenset):
            for each in value:
                add(each)

    for (raw,) in store.select("SELECT data FROM record_fact"):
        body: Any = f.decode(bytes(raw) if isinstance(raw, memoryview) else raw).body  # type: ignore[arg-type]
        kind: Any = type(body)
        for name in body.__struct_fields__:
            if name not in _coded(kind):
                add(msgspec.to_builtins(getattr(body, name)))
    found |= {name for table in (Worker, Site) for name in table.objects.values_list("name", flat=True)}
    found |= set(Site.objects.values_list("code", flat=True))
    know = content()
    for one in know.instruments:
        found |= {
            one.id,
            one.name,
            *(label for text in one.texts.values() for all_ in text.answers.values() for label in all_.values()),
        }
    return {plain(one) for one in found if one.strip(" .")}


def plain(text: str) -> str:
    return text.strip(" .").casefold()


def left(told: str, known: set[str]) -> str:
    """What of a marked sentence nobody typed: letters that stayed English."""
    rest = plain(re.sub(r"<[\d-]+>|¤", " ", told))
    parts = [plain(part) for part in re.split(r"[\[\]]", rest)]
    return " ".join(part for part in parts if re.search(r"[a-z]", part) and not _covered(part, known))


def _covered(part: str, known: set[str]) -> bool:
    """Typed as a whole, with a number before its unit or without, or several that the server put a comma between."""
    if part in known or re.sub(r"^[\d.]+ ", "", part) in known:
        return True
    ends = [found.end() for found in re.finditer(r"[,;:.]? ", part)]
    return any(plain(part[:end].rstrip(" ,;:.")) in known and _covered(plain(part[end:]), known) for end in ends)


def check(briefs: Iterable[tuple[str, wire.Brief]], months: Iterable[str] = ()) -> Counter[str]:
    """Holds every sentence of these briefs, each with the role that reads it, against what was typed; counts fields."""
    known = typed()
    told: dict[bool, set[Told]] = {True: set(), False: {("month", "clinic", line) for line in months}}
    for role, brief in briefs:
        told[role != "chw"].update(sentences(brief))
    met: Counter[str] = Counter()
    english: dict[str, list[str]] = {}
    for reads, those in told.items():
        rows = sorted(those)
        for code in (one.code for one in content().all(Language) if one.status == "complete" and one.code != ENGLISH):
            groups = marked(
                said.for_roles(next(x.said for x in content().all(Language) if x.code == code), reads=reads)
            )
            with Phone() as phone:
                phone.ask("tell", [[groups]])
                for (field, _, text), one in zip(rows, phone.ask("said", [[t, g] for _, g, t in rows]), strict=True):
                    met[field] += 1
                    if rest := left(one, known):
                        english.setdefault(field, []).append(
                            f"{code}, {'care' if reads else 'chw'}: {text!r}: {rest!r}"
                        )
    shares = {field: 1 - len(english.get(field, ())) / many for field, many in met.items()}
    print({field: f"{share:.4f} of {met[field]}" for field, share in shares.items()})
    assert not english, "\n".join(line for lines in english.values() for line in lines)
    return met


def test_the_synthetic_clinic_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("VWAZEN_HOME", str(tmp_path))
    settings.SYNTHETIC = False
    starter.found(example=True)
    known = {person for table in (CaseloadRow, OpenItem) for person in table.objects.values_list("person", flat=True)}
    rows = list(Person.objects.filter(registered=True, merged_into="", pk__in=known))
    posts = Post.objects.filter(role__in=WALKERS, worker__is_active=True).select_related("worker").order_by("pk")
    first = {post.role: post.worker for post in reversed(posts)}
    owned = dict.fromkeys(OpenItem.objects.filter(kind__in=RIGHTS).values_list("owner", "person"))
    briefs = []
    for post in posts:
        # One of each role sees everybody; what waits for the others by name is theirs alone.
        every = first[post.role] == post.worker
        mine = [row for row in rows if every or (str(post.worker_id), row.pk) in owned]
        for start in range(0, len(mine), 200):
            found = full(post.worker, mine[start : start + 200], clock.today()).values()
            briefs += [(post.role, brief) for brief in found]
    met = check(briefs, [line for worker in first.values() for line in me_of(worker, None).month])
    assert len(briefs) > 900 and met["lists"] > 300 and met["recent"] > 1000 and met["medicines"] and met["conflicts"]
    kinds = {"advice", "contact", "refill", "trace", "historical", "plan", "stay", "follow", "unreached", "medicine"}
    assert {f"tasks {kind}" for kind in kinds} <= set(met)
    for role in WALKERS:  # the cards of each role have pictures, though not all: of some nobody said the hours
        cards = [one for by, brief in briefs if by == role for one in brief.medicines]
        assert 0.5 * len(cards) < sum(bool(one.times) for one in cards) < len(cards), role


def test_the_named_world_is_said(world: World) -> None:
    say(
        world, "ben", "nia", f.Prescription(name="Fluoxetine", strength="20 mg", amount=1.0, times=1.0, days=28), ago=30
    )
    say(world, "ben", "nia", f.Prescription(name="Sertraline", dose="half a tablet", times=3.0, days=1), ago=2)
    for name, unit, hours in (
        ("A", "tablet", (1, 0.5, 0, 2)),
        ("B", "ml", (0, 2.5, 5, 0)),
        ("C", "drop", (1, 0, 0, 9)),
    ):
        say(world, "ben", "nia", f.Prescription(name=name, unit=unit, hours=hours, segment="general"), ago=2)  # type: ignore[arg-type]
    say(world, "ben", "nia", f.Intake(taken="most", missed_days=1, prescription=""), ago=1)
    say(world, "dan", "nia", f.Allergy(none_known=True), ago=9)
    say(world, "cid", "nia", f.Sign(sign="mania", present=True, note="Sings all night"), ago=12)
    say(world, "eve", "nia", f.Measurement(what="lithium_level", value=1.4, unit="mmol/L", attention=True), ago=1)
    rows = list(Person.objects.filter(registered=True))
    briefs = [
        (role, brief)
        for role, worker in (("chw", world.wim), ("nurse", world.nia))
        for brief in full(worker, rows, clock.today()).values()
    ]
    met = check(briefs)
    assert met["lists"] and met["recent"] and met["medicines"] and met["risks"] and met["allergies"]


def test_the_month_is_said(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    for name in ("Invented One", "Invented Two"):
        phone.register(name)
    phone.save(phone.fact(world.people["ben"], f.Encounter(mode="home", outcome="seen")))
    phone.save(phone.fact(world.people["ben"], f.Concern(trigger="worker", text="Gave the hens away")))
    phone.sync()
    assert len(phone.me["month"]) == 3
    check([], phone.me["month"])
