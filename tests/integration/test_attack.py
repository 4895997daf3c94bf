"""What could make a danger reach nobody, and what nobody should be able to send: forged, broken and hostile input."""

import datetime as dt
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from tests.live import PASSWORD
from tests.tries import NIGHTLY
from tests.world import World, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock, store
from vwazen.server.record.access import facts_of
from vwazen.server.record.actions import append, make_fact
from vwazen.server.record.models import CaseloadRow, Held, OpenItem, Person
from vwazen.server.record.refresh import refresh


@pytest.fixture(autouse=True)
def _no_old_alarms() -> None:
    cache.clear()


def as_worker(world: World, who: str, *, breaks: bool = True) -> Client:
    client = Client(raise_request_exception=breaks)
    client.force_login(world.workers[who])
    return client


def risks(person: str) -> list[OpenItem]:
    return list(OpenItem.objects.filter(person=person, kind=OpenItem.RISK))


def answers(ninth: int) -> dict[str, str]:
    """What the page of the PHQ-9 sends."""
    return {f"q-{item}": str(int(value)) for item, value in phq9(12, ninth).items()} | {"mode": "in_person"}


# a danger reaches somebody


def test_a_positive_answer_of_someone_recorded_as_dead_is_heard(world: World) -> None:
    fay = world.people["fay"]
    sent = as_worker(world, "wim").post(f"/people/{fay}/ask/phq-9", answers(3))
    assert sent.status_code == 302 and f"/people/{fay}/risk/" in sent["Location"]
    assert "Fay Gone" in as_worker(world, "nia").get("/risk").content.decode()
    assert "Fay Gone" in as_worker(world, "kai").get("/caseload").content.decode()
    (risk,) = risks(fay)
    assert "one of the two is wrong" in risk.reason and "one of the two is wrong" in risk.plain
    page = as_worker(world, "nia").get(sent["Location"])
    assert page.status_code == 200 and "Anything swallowed" in page.content.decode()
    assert [one.what for one in care.chart_of(fay).conflicts] == ["death"]
    found = care.chart_of(fay).open_risks[0]
    safety.assess(by=world.nia, person=fay, risk=found.id, answers={"intent": "no", "plan": "no"})
    safety.close(by=world.nia, person=fay, risk=found.id, reason="Spoke with her: the death was her neighbour's.")
    assert not risks(fay) and not CaseloadRow.objects.filter(person=fay).exists()


def test_a_worry_about_someone_recorded_as_dead_is_heard_even_on_that_day(world: World) -> None:
    ann = world.people["ann"]
    care.died(by=world.nia, person=ann, on=day(0))
    safety.raise_concern(by=world.wim, person=ann, text="I met her at the well and she spoke of dying")
    assert len(risks(ann)) == 1


def test_a_death_ends_a_risk_that_nobody_spoke_of_afterwards(world: World) -> None:
    cid = world.people["cid"]
    care.died(by=world.nia, person=cid, on=day(0))
    assert not risks(cid) and not care.chart_of(cid).open_risks
    assert not CaseloadRow.objects.filter(person=cid).exists()


def test_an_open_risk_merged_into_someone_dead_stays_open(world: World) -> None:
    cid, fay = world.people["cid"], world.people["fay"]
    compared = as_worker(world, "nia").get(f"/people/{cid}/same?with={fay}").content.decode()
    assert ">Died<" in compared
    care.merge(by=world.nia, person=cid, into=fay)
    assert len(risks(fay)) == 1


def test_a_merged_person_keeps_the_risk_and_its_steps(world: World) -> None:
    cid, ann, client = world.people["cid"], world.people["ann"], as_worker(world, "nia")
    risk = care.chart_of(cid).open_risks[0].id
    care.merge(by=world.nia, person=cid, into=ann)
    assert len(risks(ann)) == 1 and not risks(cid)
    for person in (cid, ann):
        assert client.get(f"/people/{person}/risk/{risk}").status_code == 200
    assert client.post(f"/people/{cid}/risk/{risk}/do/ask", {"intent": "yes"}).status_code == 302
    assert risks(ann)[0].urgent_since is not None
    assert "waits for someone" in as_worker(world, "wim").get("/people").content.decode()
    assert client.post(f"/people/{ann}/risk/{risk}/do/acknowledge", {"who": "me"}).status_code == 302
    assert risks(ann)[0].acknowledged


def test_whoever_is_merged_later_takes_no_danger_of_who_was_merged_before_off_the_board(world: World) -> None:
    cid, ben, ann = (world.people[one] for one in ("cid", "ben", "ann"))
    care.merge(by=world.nia, person=cid, into=ann)
    care.merge(by=world.nia, person=ben, into=ann)
    assert len(risks(ann)) == 1, "the chart of one person has the facts of all"
    for one in (cid, ben, ann):  # one after the other, as lists are made anew, and from nothing
        Person.objects.filter(pk=one).update(merged_into="")
    for one in (cid, ben, ann):
        with store.writing():
            refresh([one], clock.today())
        assert len(risks(ann)) == 1, one


def test_the_only_registration_cannot_be_withdrawn(world: World) -> None:
    cid = world.people["cid"]
    registered = care.chart_of(cid).registered
    assert registered
    sent = {"withdraw-fact": registered.id, "withdraw-reason": "typed by mistake"}
    answer = as_worker(world, "wim").post(f"/people/{cid}/do/withdraw", sent)
    assert answer.status_code == 422 and "only registration" in answer.content.decode()
    assert len(risks(cid)) == 1
    mended = care.correct_registration(by=world.nia, person=cid, name="Cid Other")
    care.withdraw(by=world.nia, person=cid, fact=mended.id, reason="It was right before.")
    assert Person.objects.get(pk=cid).name == "Cid Danger"


def test_the_risk_of_someone_not_enrolled_is_listed_where_they_are(world: World) -> None:
    ann = world.people["ann"]
    sent = as_worker(world, "wim").post(f"/people/{ann}/ask/phq-9", answers(1))
    assert "/risk/" in sent["Location"]
    for who in ("wim", "nia", "kai", "sue", "pia"):
        assert "Ann Start" in as_worker(world, who).get("/risk").content.decode(), who
        assert "Ann Start" in as_worker(world, who).get("/caseload").content.decode(), who
    for address in ("/risk", "/caseload", "/people"):
        assert "Ann Start" not in as_worker(world, "otto").get(address).content.decode()
    as_worker(world, "wim").post(sent["Location"] + "/do/ask", {"plan": "yes"})
    assert "Ann Start waits for someone" in as_worker(world, "nia").get("/people").content.decode()
    assert "waits for someone" not in as_worker(world, "otto").get("/people").content.decode()


def test_answers_withdrawn_after_a_conversation_leave_the_risk_open(world: World) -> None:
    cid = world.people["cid"]
    risk = care.chart_of(cid).open_risks[0]
    safety.assess(by=world.nia, person=cid, risk=risk.id, answers={"intent": "yes"})
    care.withdraw(by=world.nia, person=cid, fact=risk.trigger.id, reason="These were another person's.")
    (left,) = risks(cid)
    client = as_worker(world, "nia")
    for one in (risk.id, left.fact):
        assert client.get(f"/people/{cid}/risk/{one}").status_code == 200
    assert client.get(f"/people/{cid}/risk/{left.fact}/do/clock").status_code == 200
    assert "Cid Danger" in client.get("/risk").content.decode()


def test_a_second_positive_answer_is_a_risk_of_its_own(world: World) -> None:
    cid = world.people["cid"]
    first = care.chart_of(cid).open_risks[0]
    care.answer(by=world.wim, person=cid, instrument="phq-9", answers=phq9(12, ninth=2))
    safety.assess(by=world.nia, person=cid, risk=first.id, answers={"intent": "no", "plan": "no"})
    safety.close(by=world.nia, person=cid, risk=first.id, reason="Spoke with her, no intent, no plan.")
    (second,) = care.chart_of(cid).open_risks
    assert second.id != first.id and second.unassessed
    with pytest.raises(Invalid, match="A risk is open"):
        care.close_episode(by=world.kai, person=cid, outcome="moved",
                           episode=care.chart_of(cid).open_episodes[0].id)  # fmt: skip
    with pytest.raises(Invalid, match="have not been asked"):
        safety.close(by=world.nia, person=cid, risk=second.id, reason="the same conversation as before")


# forged


def test_a_registration_cannot_take_over_someone_elsewhere(world: World) -> None:
    ida = str(uuid4())  # of an import: the person's number is not that of the registration
    append([make_fact(by=world.nia, person=ida, site="bel-dlo", body=f.Registration(name="Imported Ida"))])
    before = len(facts_of(ida))
    for taken in (ida, world.people["cid"]):
        sent = {"name": "Forged", "site": "savann", "form": taken, "new": "1"}
        assert as_worker(world, "otto").post("/people/new", sent).status_code == 422
    assert Person.objects.get(pk=ida).path == world.sites["bel-dlo"].path and len(facts_of(ida)) == before
    assert as_worker(world, "otto").get(f"/people/{ida}").status_code == 404


def test_advice_is_carried_out_on_the_record_that_it_stands_on(world: World) -> None:
    cid, ben = world.people["cid"], world.people["ben"]
    advice = care.recommend(by=world.pia, person=cid, choice="continue", text="go on", owner=str(world.kai.pk),
                            due=day(0), episode=care.chart_of(cid).open_episodes[0].id)  # fmt: skip
    client = as_worker(world, "kai")
    for person, named in ((ben, advice.id), (cid, str(uuid4()))):
        sent = {"person": person, "recommendation": named, "done": "yes"}
        assert client.post("/review/tasks", sent).status_code == 422
    assert OpenItem.objects.filter(person=cid, kind=OpenItem.ADVICE).count() == 1
    assert "carried_out" not in {fact.kind for fact in facts_of(ben)}


def test_ids_of_somebody_else_in_an_address_or_a_form_do_nothing(world: World) -> None:
    cid, ben = world.people["cid"], world.people["ben"]
    risk, episode = care.chart_of(cid).open_risks[0].id, care.chart_of(cid).open_episodes[0].id
    before = {one: len(facts_of(one)) for one in (cid, ben)}
    client = as_worker(world, "pia")
    assert client.get(f"/people/{ben}/risk/{risk}").status_code == 404
    assert client.post(f"/people/{ben}/risk/{risk}/do/close", {"reason": "long enough a reason"}).status_code == 404
    assert client.get(f"/people/{ben}/answers/{care.chart_of(cid).series['phq-9'].points[-1].fact.id}"
                      ).status_code == 404  # fmt: skip
    for slug, sent in {
        "close": {"close-episode": episode, "close-outcome": "moved"},
        "step": {"step-episode": episode, "step-step": "2", "step-reason": "x"},
        "withdraw": {"withdraw-fact": risk, "withdraw-reason": "x"},
    }.items():
        assert client.post(f"/people/{ben}/do/{slug}", sent).status_code in (302, 422), slug
    advice = f"advice-{risk}"
    for sent in ({"risk": risk}, {advice: "done"}, {f"plan-{risk}": "done"}, {f"noted-{risk}": "x"},
                 {f"given-{risk}": "all", f"days-{risk}": "3"}, {"form": risk}):  # fmt: skip
        assert client.post(f"/people/{ben}/visit", {"mode": "home", "outcome": "seen", **sent}).status_code == 422, sent
    recorded = {one: len(facts_of(one)) for one in (cid, ben)}
    assert recorded[cid] == before[cid]
    assert all(getattr(fact.body, "risk", "") != risk and fact.retracts != risk for fact in facts_of(ben))
    assert all(getattr(fact.body, "episode", "") != episode for fact in facts_of(ben))


# broken and hostile

HOSTILE = ("\0", "a\0b", "x" * 1_000_000, "😀" * 300, "\u202e<script>alert(1)</script>{{ 7 }}' OR 1=1 --", "²",
           "9" * 30, "٣", "1e309", "-1", "2026-02-30", "0001-01-01", "9999-12-31")  # fmt: skip
# Of these the databases make the same, so SQLite alone is asked.
SAME = {"a\0b", "😀" * 300, "\u202e<script>alert(1)</script>{{ 7 }}' OR 1=1 --", "²", "٣", "-1", "2026-02-30"}
SENT = {
    "/people/{p}/risk/{r}/do/stay": ("staying",), "/people/{p}/risk/{r}/do/ask": ("words", "recent_act_on", "intent"),
    "/people/{p}/risk/{r}/do/safe": ("words",), "/people/{p}/risk/{r}/do/call": ("called",),
    "/people/{p}/risk/{r}/do/acknowledge": ("who",), "/people/{p}/risk/{r}/do/contact": ("mode", "next_date"),
    "/people/{p}/risk/{r}/do/close": ("reason",), "/people/{p}/risk/{r}/do/violence": ("afraid_at_home",),
    "/people/{p}/risk": ("text", "form"), "/people/{p}/plan": ("signs", "call"), "/people": ("name", "born", "place"),
    "/people/new": ("name", "born", "place", "phone", "chosen_name", "language", "form", "site"),
    "/people/{p}/edit": ("name", "born", "phone"), "/people/{p}/same": ("other", "keep"),
    "/people/{p}/ask/phq-9": ("q-9", "occurred", "form", "mode", "language", "total"),
    "/people/{p}/visit": ("minutes_other", "occurred", "next", "next_other", "note", "worry", "form", "with", "done",
                          "present", "add", "risk", "side_which", "note_segment", "given-x", "plan-x", "noted-x"),
    "/people/{p}/visit/tried": ("outcome", "form", "back"),
    "/people/{p}/visit?with=epilepsy-intake": ("f-epilepsy-intake-onset", "f-epilepsy-intake-last_fit",
                                               "f-epilepsy-intake-types", "f-epilepsy-intake-seen"),
    "/people/{p}/do/treatment": ("treatment-name", "treatment-days", "treatment-note"),
    "/people/{p}/do/note": ("note-text", "note-segment"), "/people/{p}/do/owner": ("owner-owner",),
    "/people/{p}/do/death": ("death-on", "death-cause"), "/people/{p}/do/withdraw": ("withdraw-fact",),
    "/triage/{p}": ("reason", "until", "owner", "decision"), "/review/tasks": ("person", "recommendation", "note"),
    "/held/{h}": ("find", "reason", "person", "occurred", "text"),
}  # fmt: skip
USUAL = {"name": "Zed", "site": "bel-dlo", "new": "1", "text": "w", "mode": "in_person", "done": "no", "note": "n",
         "decision": "not_now", "reason": "r", "do": "find", "recent_act": "yes", "outcome": "seen",
         "with": "epilepsy-intake", "treatment-name": "t", "treatment-form": "social",
         "treatment-event": "started", "note-text": "n", "withdraw-reason": "r"}  # fmt: skip


@pytest.mark.parametrize(
    "hostile", [pytest.param(text, marks=pytest.mark.once if text in SAME else ()) for text in HOSTILE],
    ids=lambda text: ascii(text[:12]),
)  # fmt: skip
def test_hostile_input_breaks_no_page(world: World, hostile: str) -> None:
    cid = world.people["cid"]
    say(world, "cid", "pia", f.Question(text="?"))
    append([make_fact(by=world.nia, person=world.people["ben"], site="bel-dlo", body=f.Owner(owner="x"),
                      occurred=(clock.now() + dt.timedelta(days=9)).isoformat())])  # fmt: skip
    known = {"p": cid, "r": care.chart_of(cid).open_risks[0].id, "h": Held.objects.get().pk}
    client = as_worker(world, "psy", breaks=False)
    half = HOSTILE.index(hostile) % 2  # by day into every second field, the others with the next text
    for address, fields in SENT.items():
        for field in fields if NIGHTLY else fields[half::2]:
            status = client.post(address.format(**known), {**USUAL, field: hostile}).status_code
            assert status < 500, (address, field)
    for address in ("/people", "/risk", "/caseload", "/held", f"/people/{cid}?all=1", f"/people/{cid}/plan"):
        seen = client.get(address)
        assert seen.status_code == 200, address
        assert b"<script>alert" not in seen.content, address
    for fact in facts_of(cid):
        assert "\0" not in f.encode(fact).decode() and "\\u0000" not in f.encode(fact).decode()


CURSORS = ("%00", "9" * 30, "%C2%B2", "0001-01-01", "9999-12-31T23:59:59%2B00:00~x", "0001-01-01T00:00:00%2B14:00~x",
           "1%20x%200001-01-01T00:00:00%2B14:00%20x", "0001-01-01T00:00:00%2B14:00%205")  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS)
def test_no_address_breaks_a_page(world: World, cursor: str) -> None:
    cid = world.people["cid"]
    lists = {
        "kai": ("/caseload?after=", "/risk?after=", "/held?after=", "/held?import=", "/held?why=", "/import?before=",
                "/triage?after=", "/triage?tab=enrolled&after=", "/review/tasks?after=", f"/people/{cid}?fact=",
                f"/people/{cid}/same?with=", "/people/", "/held/", "/import/", "/triage/", f"/people/{cid}/risk/",
                f"/people/{cid}/answers/", f"/people/{cid}/ask/phq-9?language=", "/roster/bel-dlo/?week="),
        "max": ("/access-log/?before=", "/access-log/?after=", "/access-log/?person=", "/workers/?q=",
                "/roster/bel-dlo/?week="),
    }  # fmt: skip
    for who, addresses in lists.items():
        client = as_worker(world, who, breaks=False)
        for address in addresses:
            assert client.get(address + cursor).status_code < 500, address


# sessions


def test_a_closed_account_is_out_at_once(world: World) -> None:
    client = as_worker(world, "wim")
    assert client.get("/people").status_code == 200
    organisation.deactivate_worker(by=world.max, worker=world.wim)
    before = len(facts_of(world.people["cid"]))
    for answer in (client.get("/people"), client.post(f"/people/{world.people['cid']}/risk", {"text": "x"})):
        assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")
    assert len(facts_of(world.people["cid"])) == before


def test_a_session_planted_before_signing_in_is_not_the_one_after(world: World) -> None:
    client = Client()
    session = client.session
    session["planted"] = "1"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    answer = client.post("/sign-in/", {"username": "nia", "password": PASSWORD})
    assert answer.status_code == 302 and client.cookies["sessionid"].value != planted
    other = Client()
    other.cookies["sessionid"] = planted
    assert other.get("/people").status_code == 302


def test_a_form_without_its_token_saves_nothing_and_says_so(world: World) -> None:
    cid = world.people["cid"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.nia)
    before = len(facts_of(cid))
    answer = client.post(f"/people/{cid}/risk", {"text": "worried", "csrfmiddlewaretoken": "x" * 64})
    assert answer.status_code == 403 and len(facts_of(cid)) == before
    assert "Traceback" not in answer.content.decode()


def test_an_answer_that_nobody_has_asked_about_cannot_be_withdrawn(world: World) -> None:
    cid = world.people["cid"]
    (risk,) = care.chart_of(cid).open_risks
    with pytest.raises(Invalid, match="Speak with the person first"):
        care.withdraw(by=world.wim, person=cid, fact=risk.trigger.id, reason="typed by mistake")
    assert [one.id for one in care.chart_of(cid).open_risks] == [risk.id]
    told = safety.assess(by=world.nia, person=cid, risk=risk.id, answers={"intent": "yes", "plan": "no"})
    with pytest.raises(Invalid, match="answer the call"):
        care.withdraw(by=world.nia, person=cid, fact=told.id, reason="typed by mistake")
    safety.acknowledge(by=world.kai, person=cid, risk=risk.id)
    care.withdraw(by=world.nia, person=cid, fact=risk.trigger.id, reason="These were another person's.")
    assert care.chart_of(cid).open_risks, "only a person ends a risk"
