"""Risk: who may act, the steps in any order, the clock that a person stops, and that nothing closes by itself."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.test import Client

from tests.world import World, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.clinical.on_call import Chain, Turn
from vwazen.content.load import content
from vwazen.content.people import Clock
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import alarm, safety
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import access, clock
from vwazen.server.record.access import facts_of
from vwazen.server.record.models import OpenItem


@pytest.fixture(autouse=True)
def _no_old_alarms() -> None:
    cache.clear()


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def risk_of(world: World, who: str) -> str:
    return care.chart_of(world.people[who]).open_risks[0].id


def page(world: World, who: str, about: str = "cid") -> str:
    response = as_worker(world, who).get(f"/people/{world.people[about]}/risk/{risk_of(world, about)}")
    assert response.status_code == 200
    return response.content.decode()


def do(world: World, by: str, action: str, /, about: str = "cid", **sent: str):
    address = f"/people/{world.people[about]}/risk/{risk_of(world, about)}/do/{action}"
    return as_worker(world, by).post(address, sent)


def on_call(world: World, who: str, order: int = 1) -> None:
    now = clock.now()
    organisation.set_on_call(
        by=world.sue, site=world.sites["bel-dlo"], worker=world.workers[who], starts=now - dt.timedelta(hours=1),
        ends=now + dt.timedelta(hours=9), order=order, phone=f"+509 00 00 000{order}",
    )  # fmt: skip


def kinds(world: World, who: str) -> list[str]:
    return [fact.kind for fact in sorted(facts_of(world.people[who]), key=lambda one: one.recorded)]


# who is refused


@pytest.mark.parametrize("address", ["/risk", "/people/{cid}/risk", "/people/{cid}/risk/{risk}", "/people/{cid}/plan"])
def test_who_may_not_act_is_refused(world: World, address: str) -> None:
    address = address.format(cid=world.people["cid"], risk=risk_of(world, "cid"))
    assert Client().get(address).status_code == 302
    for who in ("ada", "max", "ola"):
        assert as_worker(world, who).get(address).status_code == 403
    assert AccessEntry.objects.filter(outcome="refused", worker_id=str(world.ola.pk)).count() == 1
    elsewhere = as_worker(world, "otto").get(address)
    assert elsewhere.status_code == (200 if address == "/risk" else 404)
    assert "Cid Danger" not in elsewhere.content.decode()


def test_nobody_else_may_write_in_a_risk(world: World) -> None:
    before = len(facts_of(world.people["cid"]))
    assert do(world, "ola", "stay", staying="here").status_code == 403
    assert do(world, "otto", "ask", intent="no").status_code == 404
    assert do(world, "otto", "clock").status_code == 404
    assert do(world, "nia", "snooze").status_code == 404, "there is no such thing"
    assert len(facts_of(world.people["cid"])) == before


# a concern


def test_a_concern_in_a_few_words_opens_the_steps_once(world: World) -> None:
    client, person = as_worker(world, "wim"), world.people["ann"]
    empty = client.post(f"/people/{person}/risk", {"text": " ", "trigger": "told"})
    assert empty.status_code == 422 and "Say in a few words" in empty.content.decode()
    assert re.search(r'value="told" checked', empty.content.decode())
    found = re.search(r'name="form" value="([^"]+)"', client.get(f"/people/{person}/risk").content.decode())
    assert found
    sent = {"text": "gave her goat away", "trigger": "worker", "form": found.group(1)}
    first, again = client.post(f"/people/{person}/risk", sent), client.post(f"/people/{person}/risk", sent)
    assert first["Location"] == again["Location"] == f"/people/{person}/risk/{found.group(1)}"
    assert kinds(world, "ann").count("concern") == 1
    html = client.get(first["Location"]).content.decode()
    assert "A worker was worried: “gave her goat away”" in html
    assert "9 questions" in html


# the steps


def test_nothing_is_chosen_beforehand_and_what_is_not_asked_stays_open(world: World) -> None:
    html = page(world, "nia")
    assert len(re.findall(r'name="(?:\w+)" value="not_asked" checked', html)) == 11
    assert not re.search(r'value="(yes|no)" checked', html)
    assert do(world, "nia", "ask", intent="no", means="not_asked", words="She said no").status_code == 302
    (risk,) = care.chart_of(world.people["cid"]).open_risks
    assert risk.answers == {"intent": "no"} and risk.unassessed
    html = page(world, "nia")
    assert "She said no" in html and "7 not asked yet" in html and "8 questions" in html


def test_steps_go_in_any_order(world: World) -> None:
    do(world, "nia", "safe", means_away="1", words="the knife, with her aunt until Friday")
    do(world, "nia", "body", poisoning="no")
    do(world, "nia", "stay", staying="Nurse Nia, small room")
    html = page(world, "nia")
    assert "What could be used is put away, or with someone else." in html
    assert "Nurse Nia, small room, says Nurse Nia." in html
    assert html.count('<li class="done"') == 3
    assert re.search(r'<li class="on" id="ask" aria-current="step">', html)


@pytest.mark.parametrize(
    ("action", "sent", "says"),
    [
        ("stay", {"staying": " "}, "Say who stays with them"),
        ("body", {}, "Choose yes or no once it was asked."),
        ("ask", {"intent": "not_asked"}, "Nothing was asked yet."),
        ("ask", {"recent_act": "yes", "recent_act_on": "2126-01-01", "words": "kept"}, "This day lies ahead."),
        ("ask", {"recent_act": "no", "recent_act_on": "2026-01-01"}, "A day is given"),
        ("ask", {"intent": "maybe"}, "Answer with yes, no or not asked."),
        ("safe", {}, "Tick what was done"),
        ("violence", {}, "Choose yes or no once it was asked."),
        ("call", {"called": "nobody"}, "Choose who was called."),
        ("acknowledge", {"who": ""}, "Say who has taken it on."),
        ("acknowledge", {"who": "me"}, "Nobody was called about this yet."),
        ("contact", {"mode": "telepathy", "outcome": "seen"}, "Choose how, and what happened."),
        ("contact", {"mode": "phone", "outcome": "seen", "next_date": "soon"}, "is not a date"),
        ("close", {"reason": "It is over, she is well again"}, "Intent and plan have not been asked."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_saved(
    world: World, action: str, sent: dict[str, str], says: str
) -> None:
    before = len(facts_of(world.people["cid"]))
    response = do(world, "nia", action, **sent)
    assert response.status_code == 422
    html = response.content.decode()
    assert says in html
    assert len(facts_of(world.people["cid"])) == before
    if sent.get("words"):
        assert ">kept</textarea>" in html
        assert re.search(r'name="recent_act" value="yes" checked', html)


def test_poisoning_goes_before_everything(world: World) -> None:
    do(world, "nia", "body", poisoning="yes")
    html = page(world, "nia")
    assert "Get medical help now; this goes before every other step." in html
    assert "Waiting for an answer" in html


# violence


def test_violence_is_seen_by_few_and_stands_in_no_plan(world: World) -> None:
    do(world, "nia", "violence", afraid_at_home="yes", family_may_be_called="no")
    assert "violence_check" in kinds(world, "cid")
    for who in ("nia", "kai", "wim"):
        html = page(world, who)
        assert "Ask the person, alone, before anybody at home is called." in html
        assert "Afraid of someone at home: <b>" not in html
    html = page(world, "psy")
    assert "Afraid of someone at home: <b>yes</b>. Family may be called: <b>no</b>." in html
    plan = as_worker(world, "psy").get(f"/people/{world.people['cid']}/plan").content.decode()
    assert "fraid" not in plan


# the clock


@pytest.mark.parametrize("question", f.URGENT)
def test_a_yes_starts_the_clock_and_only_a_person_stops_it(world: World, question: str) -> None:
    on_call(world, "pia")
    on_call(world, "kai", 2)
    assert "Waiting for an answer" not in page(world, "nia")
    do(world, "nia", "body" if question == "poisoning" else "ask", **{question: "yes"})
    html = page(world, "nia")
    assert "Waiting for an answer" in html and "until the next person is called" in html
    assert "<b>Call Psychiatrist Pia now</b>" in html and "Keeper Kai is next" in html
    assert 'href="tel:+50900000001"' in html
    assert OpenItem.objects.get(kind="risk", person=world.people["cid"]).acknowledged is False
    do(world, "nia", "call", called=str(world.pia.pk))
    html = page(world, "nia")
    assert re.search(r"called \d\d:\d\d, has not acknowledged", html), "called is not answered"
    assert "Waiting for an answer" in html
    do(world, "nia", "acknowledge", who=str(world.pia.pk))
    html = page(world, "kai")
    assert "<b>Psychiatrist Pia has taken it on</b>" in html and "says Nurse Nia" in html
    assert "Waiting for an answer" not in html


def test_the_person_on_call_can_be_called_before_anything_is_asked(world: World) -> None:
    on_call(world, "pia")
    assert "Call the person on call" in page(world, "wim")
    do(world, "wim", "call", called=str(world.pia.pk))
    assert "Waiting for an answer" in page(world, "wim")
    do(world, "pia", "acknowledge", who="me")
    assert "<b>Psychiatrist Pia has taken it on</b>" in page(world, "wim")


def test_an_empty_roster_says_so_and_shows_the_numbers_of_the_country(world: World) -> None:
    for post in world.sue.posts.all():
        organisation.end_post(by=world.max, post=post)
    do(world, "nia", "ask", plan="yes")
    html = page(world, "nia")
    assert "Nobody is on call." in html
    assert "No help line is recorded for this country either." in html
    assert "none recorded for Haiti" in html
    assert "Call the person on call" not in html


def test_a_danger_told_anew_starts_the_clock_again(world: World) -> None:
    risk = risk_of(world, "cid")
    first = f.Assessment(risk=risk, intent="yes")
    say(world, "cid", "nia", first, ago=9)
    say(world, "cid", "pia", f.Acknowledged(risk=risk, name="Psychiatrist Pia"), ago=8)
    assert care.chart_of(world.people["cid"]).open_risks[0].acknowledged is not None
    say(world, "cid", "nia", f.Assessment(risk=risk, intent="no"), ago=5)
    assert care.chart_of(world.people["cid"]).open_risks[0].acknowledged is not None
    say(world, "cid", "nia", f.Assessment(risk=risk, recent_act="yes"), ago=2)
    now = care.chart_of(world.people["cid"]).open_risks[0]
    assert now.acknowledged is None
    assert now.urgent_since is not None and now.urgent_since.date().isoformat() == day(2)


def test_what_was_told_already_does_not_call_again_on_the_day_it_was_taken_on(world: World) -> None:
    risk = risk_of(world, "cid")
    told = f.Assessment(risk=risk, intent="yes")
    for body in (told, f.Acknowledged(risk=risk), told):
        say(world, "cid", "nia", body)
    assert care.chart_of(world.people["cid"]).open_risks[0].acknowledged is not None
    say(world, "cid", "nia", f.Call(risk=risk, called="x", name="X"))
    assert care.chart_of(world.people["cid"]).open_risks[0].acknowledged is None, "a further call is a further alarm"


def test_the_page_names_each_turn_with_the_time_that_the_clock_goes_by() -> None:
    opened = dt.datetime(2026, 11, 17, 8, 0, tzinfo=dt.UTC)
    people = tuple(Turn(worker=name, name=name, phone="1") for name in "abc")
    chief = Turn(worker="s", name="s", phone="", supervisor=True)
    chain = Chain(people=people, supervisor=chief, clock=content().get(Clock, "on-call"))
    for minute in range(0, 60):
        now = opened + dt.timedelta(minutes=minute)
        state = alarm.state_of(chain, opened, now)
        begins = {turn.worker: at for turn, at in alarm._begins(chain, opened, now)}
        assert state is not None and state.turn is not None and state.next_change_at is not None
        assert begins[state.turn.worker] <= now < state.next_change_at
        assert len(begins) == 4


def test_the_open_page_asks_only_for_the_clock(world: World) -> None:
    on_call(world, "pia")
    do(world, "nia", "ask", intent="yes")
    logged = AccessEntry.objects.count()
    address = f"/people/{world.people['cid']}/risk/{risk_of(world, 'cid')}/do/clock"
    html = as_worker(world, "nia").get(address).content.decode()
    assert "Call Psychiatrist Pia now" in html and "Cid" not in html and "data-done" not in html
    assert AccessEntry.objects.count() == logged, "the clock reads nobody's record"
    do(world, "nia", "acknowledge", who="me")
    assert "data-done" in as_worker(world, "nia").get(address).content.decode()
    assert as_worker(world, "otto").get(address).status_code == 404
    assert as_worker(world, "ola").get(address).status_code == 403


# the banner and the board


def test_whoever_may_act_sees_on_every_page_that_nobody_has_answered(world: World) -> None:
    assert "waits for someone" not in as_worker(world, "kai").get("/people").content.decode()
    do(world, "nia", "ask", intent="yes")
    for who in ("kai", "wim", "pia", "sue"):
        html = as_worker(world, who).get("/people").content.decode()
        assert "Cid Danger waits for someone to take it on" in html
    for who in ("otto", "max", "ola"):
        assert "waits for someone" not in as_worker(world, who).get("/help/").content.decode()
    assert "waits for someone" not in page(world, "kai"), "the page about it does not repeat it"
    do(world, "kai", "acknowledge", who="me")
    assert "waits for someone" not in as_worker(world, "wim").get("/people").content.decode()


def test_the_board_shows_whom_nobody_answered_for_first(world: World) -> None:
    on_call(world, "pia")
    safety.raise_concern(by=world.nia, person=world.people["ben"], text="sold his tools")
    do(world, "nia", "ask", about="ben", intent="yes", plan="no")
    html = as_worker(world, "kai").get("/risk").content.decode()
    names = re.findall(r'<a class="name" href="[^"]*">([^<]*)</a>', html)
    assert names == ["Ben Course", "Cid Danger"]
    assert "<b>Nobody has answered yet:</b> call Psychiatrist Pia" in html
    assert "several days" in html
    plain = as_worker(world, "wim").get("/risk").content.decode()
    assert "several days" not in plain and "A safety conversation is open." in plain
    assert "No risk is open where you work." in as_worker(world, "otto").get("/risk").content.decode()


def test_the_board_costs_the_same_for_many(world: World, django_assert_max_num_queries) -> None:
    for short in ("ann", "ben", "dan", "eve"):
        safety.raise_concern(by=world.nia, person=world.people[short], text="worry")
    client = as_worker(world, "kai")
    with django_assert_max_num_queries(12):  # the frame asks once for messages that wait, the board for held dangers
        client.get("/risk")


# the plan


def test_a_plan_is_united_printed_without_illness_and_given_in_hand(world: World) -> None:
    client, person = as_worker(world, "nia"), world.people["cid"]
    empty = client.post(f"/people/{person}/plan", {})
    assert empty.status_code == 422 and "Write at least one part" in empty.content.decode()
    client.post(f"/people/{person}/plan", {"signs": "I stop eating", "people": "my sister"})
    other = as_worker(world, "psy")
    other.post(f"/people/{person}/plan", {"signs": "I stop eating", "helps": "singing", "copy_given": "1"})
    html = client.get(f"/people/{person}/plan").content.decode()
    sheet = re.search(r'aria-label="The plan as it prints".*?</section>', html, re.DOTALL)
    assert sheet
    assert sheet.group().count("I stop eating") == 1, "what two wrote in the same words is said once"
    assert "singing" in sheet.group() and "my sister" in sheet.group()
    printed = re.sub(r'<span class="meta no-print">.*?</span>', "", sheet.group())
    for word in ("Cid", "Nia", "PHQ", "risk", "clinic", "suicid", "depress", "Vwazen"):
        assert word not in printed
    assert "They have a copy in hand" in html
    assert "They have a copy in hand." in page(world, "nia")


# ending


def test_only_a_person_ends_a_risk_with_a_reason_after_asking(world: World) -> None:
    do(world, "nia", "ask", intent="no", plan="no")
    short = do(world, "nia", "close", reason="fine")
    assert short.status_code == 422 and "Say why this can end" in short.content.decode()
    risk = risk_of(world, "cid")
    done = do(world, "nia", "close", reason="Spoke with her and her aunt; a plan is in her hand")
    assert done.status_code == 302
    html = as_worker(world, "nia").get(f"/people/{world.people['cid']}/risk/{risk}").content.decode()
    assert "a plan is in her hand" in html and "by Nurse Nia" in html
    assert "<form" not in re.sub(r"<header.*?</header>|<dialog.*?</dialog>", "", html, flags=re.DOTALL)
    assert not OpenItem.objects.filter(kind="risk").exists()
    with pytest.raises(Invalid, match="not open"):
        safety.assess(by=world.nia, person=world.people["cid"], risk=risk, answers={"intent": "yes"})


def test_time_alone_ends_nothing(world: World) -> None:
    safety.raise_concern(by=world.nia, person=world.people["ann"], text="worry")
    later = access.chart(facts_of(world.people["ann"]), content(), clock.today() + dt.timedelta(days=3000))
    assert len(later.open_risks) == 1


def test_a_contact_moves_the_next_one(world: World) -> None:
    say(world, "cid", "nia", f.Assessment(risk=risk_of(world, "cid"), intent="no", plan="no"), ago=2)
    do(world, "nia", "contact", mode="phone", outcome="seen")
    (risk,) = care.chart_of(world.people["cid"]).open_risks
    assert risk.contact_due == clock.today() + dt.timedelta(days=7)
    do(world, "nia", "contact", mode="home", outcome="not_found")
    (risk,) = care.chart_of(world.people["cid"]).open_risks
    assert risk.contact_due == clock.today() + dt.timedelta(days=7), "a try is not a contact"


def test_no_label_and_no_snooze(world: World) -> None:
    do(world, "nia", "ask", intent="no", plan="no", means="no", recent_act="no")
    html = page(world, "nia")
    text = re.sub(r"<[^>]+>", " ", html).lower()
    for word in ("low risk", "medium", "high risk", "no risk", "snooze", "remind me"):
        assert word not in text


# what was audited


def test_a_step_leaves_a_fact_and_a_page_one_row(world: World) -> None:
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    do(world, "nia", "ask", intent="yes", words="a secret sentence")
    page(world, "kai")
    as_worker(world, "kai").get("/risk")
    rows = AccessEntry.objects.exclude(pk__in=before).order_by("pk")
    assert [(row.action, row.route) for row in rows] == [
        ("read-person", "risk-act"), ("read-person", "risk"), ("read-list", "risk-board"),
    ]  # fmt: skip
    assert all("secret" not in f"{row.note}{row.route}{row.purpose}" for row in rows)
    fact = facts_of(world.people["cid"])[-1]
    assert any(one.kind == "assessment" and one.author == str(world.nia.pk) for one in facts_of(world.people["cid"]))
    assert fact.person == world.people["cid"]


def test_imported_positive_answers_page_nobody(world: World) -> None:
    body = f.Response(
        instrument="phq-9", version=1, answers=phq9(20, ninth=3), mode="imported", source=f.Source(system="s", id="1")
    )
    say(world, "ann", "nia", body, ago=400)
    assert care.chart_of(world.people["ann"]).open_risks == ()
    assert "Ann Start waits" not in as_worker(world, "kai").get("/people").content.decode()
