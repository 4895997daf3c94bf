"""Every address of the server, asked by everyone: no page breaks, none opens without its right, none tells too much.

The addresses come from the server itself, so a page that is added without a line in `RIGHTS` fails here.
"""

import re
from collections.abc import Iterator
from functools import cache
from uuid import uuid4

import msgspec
import pytest
from django.core.cache import cache as django_cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import kept
from tests.tries import NIGHTLY
from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Emergency, Home, OnCall, Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.actions import hold, make_id
from vwazen.server.record.models import Held, Import

# Route name -> who may open it: any of these rights; () anyone who signed in; None anyone at all.
RIGHTS: dict[str, tuple[str, ...] | None] = {
    "sign-in": None, "sign-in-code": None, "help": None,
    "components": (), "sign-out": (), "account": (), "change-password": (), "second-factor": (), "home": (),
    "sites": ("manage_sites",), "site": ("manage_sites",),
    "workers": ("manage_workers",), "worker-add": ("manage_workers",), "worker": ("manage_workers",),
    "post-end": ("manage_workers",), "worker-unlock": ("manage_workers",), "worker-password": ("manage_workers",),
    "worker-second-factor": ("manage_workers",), "worker-details": ("manage_workers",),
    "worker-minutes": ("manage_workers",), "worker-deactivate": ("manage_workers",),
    "roster": ("act_on_risk", "manage_roster"), "roster-week": ("act_on_risk", "manage_roster"),
    "on-call-end": ("manage_roster",),
    "access-log": ("see_access_log",),
    "today": ("see_caseload", "carry_out"), "put-off-list": ("see_caseload", "carry_out"), "put-off": ("record_care",),
    "tracing": ("see_caseload", "see_outcomes"), "home-visits": ("see_caseload",), "trace": ("record_care",),
    "trace-tap": ("record_care",), "trace-date": ("enrol",),
    "quality": ("see_caseload", "see_outcomes"), "register-grid": ("record_care",), "register-print": ("record_care",),
    "emergencies": ("register_person", "see_caseload", "declare_emergency"), "first-help": ("register_person",),
    "emergency-area": ("register_person", "see_caseload", "declare_emergency"), "end-emergency": ("declare_emergency",),
    "diary": ("see_caseload",), "unassigned": ("enrol",), "handovers": ("enrol",), "handover": ("enrol",),
    "caseload": ("see_caseload",), "find-person": ("find_person",), "register-person": ("register_person",),
    "chart": ("see_chart", "see_caseload"), "chart-act": ("see_chart", "see_caseload"),
    "visit": ("record_care",), "visit-tried": ("record_care",),
    "correct-person": ("register_person",), "same-person": ("register_person",),
    "screen": ("ask",), "ask": ("ask",), "answers": ("see_chart",), "packet": ("review", "see_chart"),
    "risk-new": ("act_on_risk",), "risk": ("act_on_risk",), "risk-act": ("act_on_risk",),
    "care-plan": ("see_chart", "see_caseload"), "decide": ("record_care",), "stuck": ("see_caseload",),
    "consent": ("see_chart", "see_caseload"), "seen-by": ("see_chart", "see_caseload"), "erase-ask": ("record_care",),
    "open-in-emergency": ("open_in_emergency",), "emergency-reviews": ("review_emergency",),
    "emergency-review": ("review_emergency",), "erasures": ("erase_record",), "erasure": ("erase_record",),
    "referrals": ("record_care",), "refer": ("record_care",), "referral": ("record_care",),
    "referral-letter": ("record_care",), "outsiders": ("record_care",), "outsider": ("record_care",),
    "stubs": ("record_care",), "arrival": ("record_care",),
    "move-person": ("enrol",), "death-review": ("enrol",), "deaths": ("enrol",),
    "safety-plan": ("act_on_risk",), "risk-board": ("act_on_risk",),
    "review": ("review", "ask_question"), "tasks": ("carry_out",),
    "triage": ("triage",), "triage-decide": ("triage",),
    "medicines": ("see_chart",), "medicine-new": ("prescribe",), "refills": ("dispense",),
    "diagnoses": ("see_chart", "see_caseload"),
    "sync": None, "sync-enrol": None, "sync-content": None, "sync-clip": None,
    "phone": None, "phone-file": None, "phone-trust": None, "phone-authority": None,
    "phones": ("manage_workers", "manage_roster"),
    "worker-phones": ("manage_workers", "manage_roster"), "phone-enrol": ("manage_workers", "manage_roster"),
    "phone-code": ("manage_workers", "manage_roster"), "phone-revoke": ("manage_workers", "manage_roster"),
    "node-exchange": None, "node-enrol": None, "nodes": ("manage_sites",),
    "adt": None, "adt-messages": ("mend_held", "manage_sites"),
    "ward": ("record_care",), "ward-file": ("record_care",), "ward-admit": ("record_care",),
    "stays": ("see_chart", "see_caseload", "record_care"),
    "day-hospital": ("see_chart",), "day-member": ("see_chart",), "residence": ("see_chart",),
    "homes": ("see_chart", "manage_sites"), "protected-home": ("see_chart", "manage_sites"),
    "protected-home-new": ("manage_sites",), "protected-home-edit": ("manage_sites",),
    "reintegration": ("see_chart",), "way-home": ("see_chart", "see_caseload"), "high-users": ("see_chart",),
    "readmissions": ("see_outcomes",),
    "import": ("import_data",), "import-how-to": ("import_data",), "import-map": ("import_data",),
    "import-job": ("import_data",), "import-undo": ("import_data",),
    "held": ("mend_held",), "held-entry": ("mend_held",),
    "outcomes": ("see_outcomes",), "outcomes-people": ("see_chart",), "outcomes-export": ("see_outcomes",),
    "register-export": ("see_chart",),
    "outbox": ("keep_outbox",), "texts": ("triage",), "inbound": None,
    "messages": ("record_care",), "team-messages": ("record_care",), "talk": ("record_care",),
    "reach": ("record_care",),
}  # fmt: skip
SENT_ONLY = {"sign-out", "post-end", "worker-unlock", "worker-password", "worker-second-factor", "worker-details",
             "worker-minutes", "worker-deactivate", "on-call-end", "import-undo", "outcomes-export",
             "end-emergency", "phone-enrol", "phone-revoke"}  # fmt: skip
NO_FILE = {"phone-file", "phone-authority"}  # an address of no file, or of one that this node does not have
ABOUT_PERSON = tuple(name for name in RIGHTS if name in {
    "chart", "correct-person", "same-person", "screen", "ask", "answers", "packet", "risk-new", "risk", "safety-plan",
    "triage-decide", "medicines", "medicine-new", "diagnoses", "care-plan", "decide", "move-person", "death-review",
    "trace", "trace-tap", "trace-date",
    "stays", "consent", "seen-by", "erase-ask", "day-member", "residence", "way-home",
})  # fmt: skip
MORE = (("lay", "lay_counsellor"), ("soc", "social_worker"), ("phy", "physician"), ("pha", "pharmacist"))
IN_SCOPE = ("ada", "max", "sue", "pia", "nia", "kai", "wim", "psy", "ola", "lay", "soc", "phy", "pha")
JUNK = {
    "name": "<script>{{ 7|add:7 }}'; DROP TABLE record_fact;--", "text": "\u202ex", "born": "0000-99-99",
    "minutes": "-9", "occurred": "31/02/2026", "due": "never", "person": "nobody", "fact": "x", "risk": "x",
    "do": "dismiss", "form": "x", "item-9": "99", "9": "99", "site": "nowhere", "owner": "x", "worker": "x",
    "contact-minutes": "-1", "contact-occurred": "x", "keep": "x", "other": "x", "decision": "x", "outcome": "x",
}  # fmt: skip
PLANTED = ("Planted-note", "Planted-therapy", "Planted-dose", "Planted-diagnosis", "Planted-question",
           "Planted-advice", "Planted-goal", "Planted-decision", "Planted-lesson", "Planted-referral",
           "Planted-message")  # fmt: skip


class Route(msgspec.Struct, frozen=True):
    name: str
    params: tuple[str, ...]


def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[Route]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from walk(one.url_patterns)
        else:
            yield Route(one.name or "", tuple(one.pattern.converters))


@cache
def routes() -> tuple[Route, ...]:
    return tuple(walk(get_resolver().url_patterns))


@pytest.fixture
def full(db: None) -> World:
    """The world with all thirteen roles, and with something clinical of every kind on record."""
    django_cache.clear()
    return kept.put(_full)


def _full() -> World:
    world = kept.world()
    for short, role in MORE:
        one = Worker(username=short, name=f"Worker {short.title()}")
        one.save()
        Post(worker=one, role=role, site=world.sites["bel-dlo"], starts=clock.today().replace(year=2020)).save()
        world.workers[short] = one
    policy.changed()
    cid, kai = world.people["cid"], str(world.kai.pk)
    chart = care.chart_of(cid)
    episode, risk = chart.open_episodes[0].id, chart.open_risks[0].id
    care.write_note(by=world.nia, person=cid, text=PLANTED[0])
    care.write_note(by=world.psy, person=cid, text=PLANTED[1], segment="therapy-notes")
    say(world, "cid", "nia", f.Treatment(name="Planted-dose", form="medicine", event="started"))
    say(world, "cid", "pia", f.Prescription(name="Planted-dose", strength="Planted-dose"))
    say(world, "cid", "nia", f.Measurement(what="other", text="Planted-dose", attention=True))
    say(world, "cid", "pia", f.Diagnosis(text=PLANTED[3]))
    care.ask_question(by=world.nia, person=cid, text=PLANTED[4])
    say(world, "cid", "nia", f.Referral(to="healer", to_name="Invented healer", reason="Planted-referral"))
    say(world, "cid", "nia", f.PlanItem(part="goal", text="Planted-goal"))
    say(world, "cid", "nia", f.TeamMessage(text="Planted-message", to=(kai, str(world.wim.pk)), urgent=True))
    say(world, "cid", "nia", f.ResidentReview(stay="none", next=day(-9), owner=kai, wishes="Planted-goal"))
    say(world, "cid", "nia", f.Decision(episode=episode, proposal="gap", choice="deferred", reason="Planted-decision"))
    say(world, "cid", "nia", f.DeathReview(cause="x", suicide="no", lessons="Planted-lesson"))
    care.recommend(by=world.pia, person=cid, episode=episode, choice="continue", text=PLANTED[5], owner=kai, due=day(0))
    safety.check_violence(by=world.psy, person=cid, risk=risk, afraid_at_home="yes", family_may_be_called="no")
    safety.assess(by=world.nia, person=cid, risk=risk, answers={"intent": "yes"})
    care.answer(by=world.psy, person=cid, instrument="cage", answers={str(item): 1.0 for item in range(1, 5)})
    hold(site="bel-dlo", code="item.unknown", reason="Planted-held", raw='{"planted": "hark"}', person=cid,
         segment="intimate-partner-violence", now=clock.now(), occurred=day(3))  # fmt: skip
    return world


def values(world: World) -> dict[str, str]:
    """Something that exists for every part of an address."""
    chart = care.chart_of(world.people["cid"])
    slot = OnCall(site=world.sites["bel-dlo"], worker=world.nia, starts=clock.now(), order=1, phone="1",
                  ends=clock.now().replace(year=2100))  # fmt: skip
    slot.save()
    Home.objects.get_or_create(code="bel-dlo", site=world.sites["bel-dlo"], name="Kay", beds=3)
    job = Import.objects.create(
        id=make_id(), created=clock.now(), by=str(world.kai.pk), site="bel-dlo", path=world.sites["bel-dlo"].path,
        as_of=clock.today(), title="t", state=Import.UNDONE, file="gone", by_name="Keeper Kai",
    )  # fmt: skip
    return {
        "person": world.people["cid"], "risk": chart.open_risks[0].id, "action": "close", "instrument": "phq-9",
        "fact": chart.series["phq-9"].points[-1].fact.id, "code": "bel-dlo", "job": job.pk,
        "entry": Held.objects.get().pk, "name": "wide.yaml", "post": str(world.wim.posts.get().pk),
        "referral": chart.referrals[0].id,
        "episode": chart.open_episodes[0].id, "proposal": "no-response", "item": f"contact:{world.people['cid']}",
    }  # fmt: skip


def address(route: Route, known: dict[str, str], world: World) -> str:
    mine = dict(known)
    if "pk" in route.params:
        flood, _ = Emergency.objects.get_or_create(
            name="Invented flood", site=world.sites["bel-dlo"], starts=clock.today(), declared_by=world.sue
        )
        mine["pk"] = str(flood.pk) if "emergenc" in route.name or route.name == "first-help" else mine.get("pk", "")
    if "pk" in route.params and not mine["pk"]:
        mine["pk"] = str(OnCall.objects.get().pk) if route.name == "on-call-end" else str(world.wim.pk)
    if route.name in ("phone-code", "phone-revoke"):
        mine |= {"code": str(world.wim.pk), "device": str(world.wim.pk)}
    return reverse(route.name, kwargs={one: mine[one] for one in route.params})


def as_worker(world: World, who: str) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(world.workers[who])
    return client


def test_every_route_has_its_right_written_here() -> None:
    assert sorted(one.name for one in routes()) == sorted(RIGHTS)


def test_nobody_sees_a_page_without_signing_in(full: World) -> None:
    known = values(full)
    for route in routes():
        at, client = address(route, known, full), Client()
        for answer in (client.get(at), client.post(at, JUNK)):
            if RIGHTS[route.name] is None:
                # 401: a machine's own door, which asks for its key and not for a worker
                known_codes = (200, 302, 401, 405, 422, *((404,) if route.name in NO_FILE else ()))
                assert answer.status_code in known_codes, (route.name, answer.status_code)
            elif answer.status_code == 405:
                assert route.name in SENT_ONLY
            else:
                assert answer.status_code == 302, (route.name, answer.status_code)
                assert answer["Location"].startswith("/sign-in/?next="), (route.name, answer["Location"])


@pytest.mark.parametrize(
    "who", [pytest.param(who, marks=() if who in ("nia", "pia", "sue") else pytest.mark.once) for who in IN_SCOPE]
)
def test_who_lacks_the_right_is_refused_and_nothing_breaks(full: World, who: str) -> None:
    known, client = values(full), as_worker(full, who)
    # By day each is asked a third, another one for the next: the policy matrix asks everybody everything as well.
    for route in routes() if NIGHTLY else routes()[IN_SCOPE.index(who) % 3 :: 3]:
        if route.name == "sign-out":
            continue
        at, rights = address(route, known, full), RIGHTS[route.name]
        may = not rights or any(policy.can(full.workers[who], one) for one in rights)
        got = client.get(at).status_code
        assert got in ((200, 302, 401, 403, 404, 405) if may else (403, 405, 302)), (who, at, got)
        if not may and got == 302:  # a form's own address leads to the page it stands on, which refuses
            assert client.get(at, follow=True).status_code == 403, (who, at)
        if route.name in ("change-password", "second-factor", "worker-deactivate"):
            continue
        answer = client.post(at, JUNK)
        sent = answer.status_code
        if not may and sent == 302:  # not even looked at: it leads back to the page, which refuses
            sent = client.get(answer["Location"]).status_code
        assert sent in ((200, 302, 400, 401, 403, 404, 405, 422) if may else (403,)), (who, at, sent)


def test_a_person_elsewhere_is_answered_like_one_who_does_not_exist(full: World) -> None:
    known = values(full)
    nowhere = known | {"person": str(uuid4()), "risk": str(uuid4()), "fact": str(uuid4())}
    full_rights = Post(worker=full.otto, role="psychiatrist", site=full.sites["savann"], starts=clock.today())
    full_rights.save()
    policy.changed()
    client = as_worker(full, "otto")
    for route in routes():
        if "person" not in route.params:
            continue
        here, there = address(route, known, full), address(route, nowhere, full)
        for method in (client.get, client.post):
            one, other = method(here, JUNK), method(there, JUNK)
            said, unsaid = one.content.decode(), other.content.decode()
            for id_ in (*known.values(), *nowhere.values()):
                said, unsaid = said.replace(id_, "ID"), unsaid.replace(id_, "ID")
            assert one.status_code == other.status_code, here
            assert one.status_code in (302, 404), here
            assert _still(said) == _still(unsaid), here
            assert "Cid Danger" not in said


def _still(html: str) -> str:
    """A page without what differs each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)


@pytest.mark.once
@pytest.mark.parametrize("who", ["wim", "ada", "max", "ola", "otto"])
def test_no_clinical_word_reaches_who_may_not_read_it(full: World, who: str) -> None:
    known, client = values(full), as_worker(full, who)
    totals = [f"{point.total:g}" for point in care.chart_of(full.people["ben"]).series["phq-9"].points if point.total]
    assert totals
    for route in routes():
        if route.name in ("sign-out", "components", "help"):
            continue
        for about in ("cid", "ben", "dan") if "person" in route.params else ("cid",):
            at = address(route, known | {"person": full.people[about]}, full)
            html = client.get(at, follow=True).content.decode()
            for word in (*PLANTED, "Planted-held", "moderate", "Afraid of someone at home: <b>"):
                assert word not in html, (who, at, word)
            # whoever asks knows the instrument by its name
            if route.name not in ("screen", "ask", "visit", "visit-tried", "register-grid", "register-print"):
                assert "PHQ-9" not in html, (who, at)
                assert "CAGE" not in html, (who, at)
    for more in ("?all=1", "?mend=1", "?do=withdraw&fact=" + known["fact"], "?do=step&because=x"):
        html = client.get(f"/people/{full.people['cid']}{more}").content.decode()
        assert not any(word in html for word in (*PLANTED, "PHQ-9", "CAGE", "moderate")), (who, more)


def test_the_check_for_violence_is_seen_by_its_segment_alone(full: World) -> None:
    known = values(full)
    at = reverse("risk", args=[known["person"], known["risk"]])
    seen = {
        who for who in IN_SCOPE if "Afraid of someone at home: <b>" in as_worker(full, who).get(at).content.decode()
    }
    told = {who for who in IN_SCOPE if "intimate-partner-violence"
            in policy.segments(full.workers[who], full.sites["bel-dlo"].path)}  # fmt: skip
    assert told == {"psy", "pia", "soc"}
    assert seen == told
    for who in IN_SCOPE:
        chart = as_worker(full, who).get(reverse("chart", args=[known["person"]]) + "?all=1").content.decode()
        assert ("Asked alone about violence at home" in chart) == (who in told), who
        drinks = "substance-use" in policy.segments(full.workers[who], full.sites["bel-dlo"].path)
        assert ("CAGE" in chart) == drinks, who


def test_held_answers_about_violence_are_counted_and_shown_to_their_segment_alone(full: World) -> None:
    entry = Held.objects.get()
    for who in IN_SCOPE:
        client, worker = as_worker(full, who), full.workers[who]
        if not policy.can(worker, "mend_held"):
            continue
        sees = "intimate-partner-violence" in policy.segments(worker, full.sites["bel-dlo"].path)
        listed = client.get("/held").content.decode()
        assert (entry.pk in listed) == sees, who
        direct = client.get(f"/held/{entry.pk}")
        assert direct.status_code == (200 if sees else 404), who
        if not sees:
            missing = client.get(f"/held/{'0' * 64}")
            assert _still(missing.content.decode()).replace("0" * 64, "ID") == _still(
                direct.content.decode()).replace(entry.pk, "ID")  # fmt: skip
            assert client.post(f"/held/{entry.pk}", {"do": "dismiss", "reason": "hide it"}).status_code == 404
            assert client.get(f"/held?import={entry.import_id}&why=other").status_code == 200
    assert Held.objects.get().state == Held.OPEN
