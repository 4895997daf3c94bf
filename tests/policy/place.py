"""A place with all thirteen roles and a person in every state that matters, built once for many questions.

    ht ─ centre ─ bel-dlo   one worker for each role, named by it, with this one post
                └ savann    Otto (psychiatrist) and people whom nobody of Bèl Dlo may know

At Bèl Dlo: here · dead · child (nine years old) · merged (its number leads to `kept`) · revoked (who has said that no
nurse may know of them). At Savann: away. `none` is nobody's number. Each of them but `none` has an open risk, answers,
an episode of care and a medicine, so that every address about them could be a page.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args
from uuid import uuid4

import msgspec
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.world import World, build_organisation, day, phq9
from vwazen.clinical import facts as f
from vwazen.content.model import Role
from vwazen.server.care import actions as care
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Device, Home, OnCall, Outsider, Post, Site, Worker
from vwazen.server.organisation.models import Emergency as Area
from vwazen.server.record import clock
from vwazen.server.record.actions import append, hold, make_fact, make_id
from vwazen.server.record.models import Erasure, Held, Import, OpenedInEmergency

ROLES: tuple[str, ...] = get_args(Role)
STATES = ("here", "dead", "child", "merged", "revoked", "away", "none")
REVOKED = "nurse"  # the role to which `revoked` is closed


class Place(msgspec.Struct):
    """`things`: state -> what stands in an address about somebody in this state, by the name of its part."""

    sites: dict[str, Site]
    workers: dict[str, Worker]
    things: dict[str, dict[str, str]]
    sessions: dict[str, str]

    def client(self, who: str) -> Client:
        """A browser in which `who` is signed in, as new: nothing of an earlier question is left in it."""
        client = Client(raise_request_exception=False)
        if who:
            client.cookies["sessionid"] = self.sessions[who]
        return client

    def ask(self, who: str, method: str, address: str, sent: dict[str, Any] | None = None) -> HttpResponse:
        """The answer to one question; whatever it changed is taken back. `said`: what the next page would say."""
        mark = transaction.savepoint()
        try:
            client = self.client(who)
            answer: Any = client.get(address) if method == "GET" else client.post(address, sent or {})
            answer.said = client.session.get("_messages", "") if who and answer.status_code == 302 else ""
        finally:
            transaction.savepoint_rollback(mark)
            policy.changed()
        return answer  # type: ignore[no-any-return]


@contextmanager
def place() -> Iterator[Place]:
    """The place, gone again at the end. The caller has let the database be used."""
    cache.clear()
    policy.changed()
    with transaction.atomic():
        yield _built()
        transaction.set_rollback(True)
    policy.changed()
    cache.clear()


def _worker(name: str, role: str, site: Site) -> Worker:
    one = Worker(username=name, name=f"Worker {name}", minutes_per_week=600 if role == "psychiatrist" else None)
    one.set_unusable_password()
    one.save()
    Post(worker=one, role=role, site=site, starts=dt.date(2020, 1, 1)).save()
    return one


def _built() -> Place:
    world: World = build_organisation()
    workers = {role: _worker(role.replace("_", "-"), role, world.sites["bel-dlo"]) for role in ROLES}
    workers["elsewhere"] = _worker("elsewhere", "psychiatrist", world.sites["savann"])
    workers["above"] = world.ada
    policy.changed()
    psy, otto = workers["psychiatrist"], workers["elsewhere"]
    things = {
        "here": _person(psy, "bel-dlo", "Here Someone"), "dead": _person(psy, "bel-dlo", "Dead Someone"),
        "child": _person(psy, "bel-dlo", "Child Someone", born=str(clock.today().year - 9)),
        "kept": _person(psy, "bel-dlo", "Kept Someone"), "revoked": _person(psy, "bel-dlo", "Revoked Someone"),
        "away": _person(otto, "savann", "Away Someone"),
    }  # fmt: skip
    gone = care.register(by=psy, site="bel-dlo", name="Merged Someone", born="1985")
    care.merge(by=psy, person=gone, into=things["kept"]["person"])
    things["merged"] = things["kept"] | {"person": gone}
    care.died(by=psy, person=things["dead"]["person"], on=day(1), cause="illness")
    append([make_fact(by=psy, person=things["revoked"]["person"], site="bel-dlo",
                      body=f.Consent(segment="general", granted=False, to=f"role:{REVOKED}"))])  # fmt: skip
    things["none"] = {name: str(uuid4()) for name in things["here"]}
    for state in STATES:
        at, by = ("savann", otto) if state == "away" else ("bel-dlo", psy)
        things[state] |= _other(world.sites[at], by, things[state]["person"], exists=state != "none")
    sessions = {}
    for name, worker in workers.items():
        client = Client()
        client.force_login(worker)
        sessions[name] = client.cookies["sessionid"].value
    return Place(world.sites, workers, things, sessions)


def _person(by: Worker, site: str, name: str, born: str = "1985") -> dict[str, str]:
    """Someone in care, with a danger, answers, and something of every segment; what stands in their addresses."""
    person = care.register(by=by, site=site, name=name, born=born, place="Nan Mango")
    care.enrol(by=by, person=person, protocol="collaborative-care", condition="depression", owner=str(by.pk),
               occurred=day(65))  # fmt: skip
    care.answer(by=by, person=person, instrument="phq-9", answers=phq9(17), occurred=day(65))
    care.answer(by=by, person=person, instrument="phq-9", answers=phq9(16, ninth=1))
    append([make_fact(by=by, person=person, site=site, body=body) for body in _SAID])
    found = care.chart_of(person)
    return {
        "person": person, "referral": found.referrals[0].id, "risk": found.open_risks[0].id,
        "fact": found.series["phq-9"].points[-1].fact.id, "episode": found.open_episodes[0].id,
        "item": f"contact:{person}",
    }  # fmt: skip


_SAID: tuple[f.AnyBody, ...] = (
    f.Prescription(name="Planted-medicine", strength="10 mg"), f.Diagnosis(text="Planted-diagnosis"),
    f.PlanItem(part="goal", text="Planted-goal"), f.Note(text="Planted-note"),
    f.Note(text="Planted-therapy", segment="therapy-notes"),
    f.Referral(to="healer", to_name="Planted-healer", reason="Planted-referral"),
)  # fmt: skip


def _other(site: Site, by: Worker, person: str, *, exists: bool) -> dict[str, str]:
    """What else stands in addresses: an import, an entry held, a turn on call, a worker and a post at the same site."""
    if not exists:
        return {"job": make_id(), "entry": "0" * 64, "pk": str(uuid4()), "turn": "999999", "post": "999999",
                "code": "no-such-site", "proposal": "no-response", "instrument": "phq-9", "name": "none.yaml",
                "action": "ask", "home": "no-such-home", "outsider": str(uuid4()), "erasure": make_id(),
                "opened": make_id(), "area": "999999", "device": str(uuid4())}  # fmt: skip
    made = Import.objects.create(
        id=make_id(), created=clock.now(), by=str(by.pk), site=site.code, path=site.path, as_of=clock.today(),
        title="t", state=Import.UNDONE, file="gone", by_name=by.name,
    )  # fmt: skip
    hold(site=site.code, code="item.unknown", reason="Planted-held", raw=f'{{"of": "{made.id}"}}', person=person,
         segment="mental-health", now=clock.now(), occurred=day(3))  # fmt: skip
    colleague = _worker(f"colleague-{make_id()[-12:]}", "chw", site)
    turn = OnCall(site=site, worker=colleague, starts=clock.now(), order=OnCall.objects.count() + 1, phone="1",
                  ends=clock.now().replace(year=2100))  # fmt: skip
    turn.save()
    device = Device(worker=colleague, digest=make_id(), enrolled=clock.now(), enrolled_by=by)
    device.save()
    more = _crossing(site, by, person) | {"device": str(device.pk)}
    entry = Held.objects.filter(path=site.path).order_by("-received", "-id").first()
    return {
        "job": str(made.pk), "entry": str(entry.pk if entry else ""), "pk": str(colleague.pk), "turn": str(turn.pk),
        "post": str(colleague.posts.get().pk), "code": site.code, "proposal": "no-response", "instrument": "phq-9",
        "name": "first-review", "action": "ask", **more,
    }  # fmt: skip


def _crossing(site: Site, by: Worker, person: str) -> dict[str, str]:
    """Who sends people from outside, a home, an emergency in the area, a record opened in one, one to be erased."""
    at, now = clock.today(), clock.now()
    outsider = Outsider(site=site, code=make_id()[-8:], name="Planted-healer", kind="healer")
    outsider.save()
    home = Home(code=f"home-{make_id()[-12:]}", name="Planted-home", site=site, beds=3)
    home.save()
    area = Area(name="Planted-flood", site=site, starts=at, declared_by=by)
    area.save()
    opened = OpenedInEmergency.objects.create(
        id=make_id(), person=person, path=site.path, worker=make_id(), worker_name="x", reason="Planted-reason",
        starts=now - dt.timedelta(hours=9), ends=now - dt.timedelta(hours=8),
    )  # fmt: skip
    erasure = Erasure.objects.create(
        id=make_id(), person=person, path=site.path, ground="asked", asked_by=make_id(), asked_by_name="x", asked=now
    )
    return {"outsider": str(outsider.pk), "home": home.pk, "area": str(area.pk), "opened": opened.pk,
            "erasure": erasure.pk}  # fmt: skip
