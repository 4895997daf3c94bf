"""Two phones and a clinic over a random history: whatever is lost or repeated on the way, they end with what the pages
show, nobody else, and every word that was said."""

import os
import random
from contextlib import suppress
from typing import Any

import pytest
from django.http import Http404

from tests.phones import LostError, Phone, enrol
from tests.world import World, answer, day, phq9, say, seen
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care.episodes import transfer
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import access, clock
from vwazen.server.record.models import CaseloadRow, Fact, Held, OpenItem, Person
from vwazen.server.sync import briefs, scope
from vwazen.server.sync import pull as pulling

pytestmark = pytest.mark.django_db
SEEDS = range(40) if os.environ.get("VWAZEN_NIGHTLY") else range(3)
STEPS = 40


class History:
    """What happens, one step after the other, by one seed."""

    def __init__(self, world: World, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.world, self.draw, self.patch = world, random.Random(seed), patch
        self.phones = [enrol(world.wim, world.sue), enrol(world.nia, world.sue)]
        self.phones[0].version = 1 if seed % 4 == 3 else 2
        self.said: set[str] = set()
        self.people = dict(world.people)

    def step(self) -> None:
        self.draw.choice(
            [self.sync] * 5 + [self.lose] * 3 + [self.visit] * 4 + [self.meet] * 3 + [self.ask] * 3
            + [self.register] * 2 + [self.clinic] * 3
            + [self.content, self.move, self.close, self.post, self.merge, self.again]
        )()  # fmt: skip

    def sync(self) -> None:
        self.draw.choice(self.phones).sync()

    def lose(self) -> None:
        with pytest.raises(LostError):
            self.draw.choice(self.phones).once(lose=True, batch=self.draw.choice((1, 3, 50)))

    def _of(self, phone: Phone) -> str:
        """Somebody on the phone, or known before."""
        return self.draw.choice(sorted({*phone.briefs, *self.people.values()}))

    def _save(self, phone: Phone, *facts: f.Fact) -> None:
        self.said |= {fact.id for fact in facts}
        phone.save(*facts)

    def meet(self) -> None:
        phone = self.draw.choice(self.phones)
        self._save(phone, phone.fact(self._of(phone), f.Encounter(mode="home", next=day(-self.draw.randrange(1, 60)))))

    def visit(self) -> None:
        """Some of whom it has the newest are visited: what that changed comes back, unless it is lost."""
        phone = self.draw.choice(self.phones)
        phone.sync()
        known = sorted(one for one, brief in phone.briefs.items() if brief.get("care"))
        for person in self.draw.sample(known, min(len(known), self.draw.choice((1, 2, 3)))):
            answers = phq9(self.draw.randrange(4, 24), self.draw.choice((0, 0, 1)))
            body = f.Response(instrument="phq-9", version=1, answers=answers)
            self._save(phone, phone.fact(person, f.Encounter(mode="home", next=day(-7))), phone.fact(person, body))
        with suppress(LostError):
            phone.once(lose=self.draw.random() < 0.2)

    def ask(self) -> None:
        phone = self.draw.choice(self.phones)
        answers = phq9(self.draw.randrange(4, 24), self.draw.choice((0, 0, 1)))
        self._save(phone, phone.fact(self._of(phone), f.Response(instrument="phq-9", version=1, answers=answers)))

    def register(self) -> None:
        phone = self.draw.choice(self.phones)
        person = phone.register(f"Newly Met {len(self.people)}")
        self.said.add(person)
        self.people[person] = person

    def clinic(self) -> None:
        who = self.draw.choice(("ben", "cid", "dan", "eve"))
        acts = (
            lambda: answer(self.world, who, self.draw.randrange(0, 24), 0),
            lambda: seen(self.world, who, "nia"),
            lambda: say(self.world, who, "kai", f.Note(text="x", segment="therapy-notes")),
        )
        with suppress(Refused):  # they have moved, or closed their record to the nurse
            self.draw.choice(acts)()

    def content(self) -> None:
        """New content, by which briefs are other ones."""
        self.patch.setattr(scope, "SHAPE", str(self.draw.random()))
        self.patch.setattr(briefs, "NEWEST", self.draw.choice((4, 12)))

    def move(self) -> None:
        person = self.world.people[self.draw.choice(("ben", "dan"))]
        here = Person.objects.get(pk=person).site == "bel-dlo"
        to, owner = ("savann", "otto") if here else ("bel-dlo", "kai")
        with suppress(Invalid):  # merged into somebody else by now
            transfer(by=self.world.pia, person=person, site=to, owner=str(self.world.workers[owner].pk), agreed=True)

    def close(self) -> None:
        to = self.draw.choice(("role:chw", "role:nurse", f"worker:{self.world.nia.pk}"))
        segment = self.draw.choice(("general", "mental-health"))
        say(self.world, "eve", "kai", f.Consent(segment=segment, granted=self.draw.random() < 0.4, to=to))  # type: ignore[arg-type]

    def post(self) -> None:
        post = Post.objects.get(worker=self.world.wim)
        post.ends = None if post.ends else clock.today()
        post.save()
        policy.changed()

    def merge(self) -> None:
        new = list(Person.objects.filter(name__startswith="Newly", registered=True, site="bel-dlo"))
        if len(new) > 1:
            one, other = self.draw.sample(new, 2)
            care.merge(by=self.world.kai, person=one.pk, into=other.pk)

    def again(self) -> None:
        """A phone that lost what it held, or a server that did."""
        phone = self.draw.choice(self.phones)
        phone.turn = self.draw.choice((0, phone.turn + 50))
        if phone.turn == 0:
            phone.briefs = {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_phone_ends_with_what_the_pages_show(world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "AT_ONCE", 3)
    monkeypatch.setattr(pulling, "MOST_BYTES", 2_000)
    history = History(world, seed, monkeypatch)
    for _ in range(STEPS):
        history.step()
        for phone in history.phones:
            told_of = {one for one in phone.briefs if not may_know(phone, one)}
            if told_of:  # it may hold them until its next contact, and no longer
                phone.sync()
                assert told_of.isdisjoint(phone.briefs)
    for phone in history.phones:
        phone.sync()
    for phone in history.phones:
        phone.sync()  # what the other phone brought
        assert phone.briefs.keys() == expected(phone), seed
        for person, brief in phone.briefs.items():
            compare(phone, person, brief)
        assert phone.briefs == whole(world, phone), "what it made of changes is what a new phone is sent whole"
        assert phone.once()["briefs"] == [] and not phone.unsent
    known = set(Fact.objects.values_list("id", flat=True))
    held = "".join(Held.objects.values_list("raw", flat=True))
    assert all(one in known or one in held for one in history.said), "every word is on record or waits for somebody"
    for phone in history.phones:
        assert phone.taken <= known


def whole(world: World, phone: Phone) -> dict[str, dict[str, Any]]:
    """What a phone of the same worker is sent that has nothing, and takes no changes."""
    if not policy.posts(worker_of(phone)):
        return {}
    new = enrol(worker_of(phone), world.sue)
    new.version = 1
    new.sync()
    return new.briefs


def worker_of(phone: Phone) -> Worker:
    return Worker.objects.get(pk=phone.worker.pk)


def may_know(phone: Phone, person: str) -> bool:
    by = worker_of(phone)
    try:
        if not policy.posts(by):
            return False
        access.person(by=by, person_id=person, purpose="care", permission=("see_chart", "see_caseload"))
    except Http404:
        return False
    return True


def expected(phone: Phone) -> set[str]:
    """Whom a page of the clinic would show this worker: registered at their site, or waited for, and not closed."""
    if not policy.posts(worker_of(phone)):
        return set()
    here = set(Person.objects.filter(site="bel-dlo", registered=True).values_list("pk", flat=True))
    here |= set(CaseloadRow.objects.filter(path__startswith="ht/centre/bel-dlo/").values_list("person", flat=True))
    return {one for one in here if may_know(phone, one)}


def compare(phone: Phone, person: str, brief: dict[str, object]) -> None:
    """The brief against the chart as its page reads it."""
    view = access.person(
        by=worker_of(phone), person_id=person, purpose="care", permission=("see_chart", "see_caseload")
    )
    chart = view.chart
    assert brief["name"] == chart.name
    waits = CaseloadRow.objects.filter(person=person).exists()
    assert bool(brief.get("care")) == waits or OpenItem.objects.filter(person=person).exists(), (person, brief)
    if not brief.get("care"):
        return
    risks = brief.get("risks", [])
    assert isinstance(risks, list)
    assert {one["id"] for one in risks} == {one.id for one in chart.open_risks}
    assert brief.get("next", "") == (chart.next_date.isoformat() if chart.next_date else "")
    episodes = brief.get("episodes", [])
    assert isinstance(episodes, list)
    reads = view.may_see("mental-health")
    points = {
        (point[0], point[1]) for one in episodes for point in one["points"]
    }  # fmt: skip
    shown = {
        (point.day.isoformat(), point.total) for one in chart.open_episodes if reads and one.instrument in chart.series
        for point in chart.series[one.instrument].points[-12:]
    }  # fmt: skip
    assert points == shown
