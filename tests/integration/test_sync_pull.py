"""What a phone is sent: whom its worker may see, as they may see them, and nobody else; and what it must drop."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from django.test import override_settings

from tests.phones import LostError, Phone, enrol, read
from tests.world import World, answer, day, phq9, say, seen
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import medicines
from vwazen.server.care.episodes import transfer
from vwazen.server.care.referrals import actions as referrals
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import end_on_call, set_on_call
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.sync import pull as pulling
from vwazen.server.sync.models import Holding, PhoneState
from vwazen.server.sync.scope import rules_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def walker(world: World) -> Phone:
    one = enrol(world.wim, world.sue)
    one.sync()
    return one


def names(phone: Phone) -> set[str]:
    return {brief["name"] for brief in phone.briefs.values()}


def text(phone: Phone) -> str:
    return msgspec.json.encode(phone.briefs).decode()


# who sees nothing


def test_who_may_see_nobody_holds_nobody(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    phone.sync()
    assert phone.briefs == {} and phone.me["permissions"] == [] and phone.me["site"] == ""


def test_nobody_of_another_site_is_on_a_phone(world: World, walker: Phone) -> None:
    care.register(by=world.otto, site="savann", name="Far Away")
    theirs = enrol(world.otto, world.sue)
    theirs.sync()
    walker.sync()
    assert names(theirs) == {"Far Away"} and "Far Away" not in names(walker)
    assert names(walker) == {"Ann Start", "Ben Course", "Cid Danger", "Dan Remit", "Eve Below", "Fay Gone"}


def test_no_clinical_word_reaches_a_walkers_phone(world: World) -> None:
    cid = world.people["cid"]
    care.write_note(by=world.nia, person=cid, text="Planted-note")
    care.write_note(by=world.psy, person=cid, text="Planted-therapy", segment="therapy-notes")
    for body in (f.Prescription(name="Planted-medicine"), f.Diagnosis(text="Planted-diagnosis"),
                 f.PlanItem(part="goal", text="Planted-goal"), f.PlanItem(part="relapse_sign", text="Planted-sign"),
                 f.Referral(to="healer", to_name="Healer", reason="Planted-referral"),
                 f.Question(text="Planted-question"), f.ViolenceCheck(risk="x", afraid_at_home="yes"),
                 f.TeamMessage(text="Planted-message", to=("x",))):  # fmt: skip
        say(world, "cid", "nia", body)
    walker, nurse, psychologist = (enrol(world.workers[who], world.sue) for who in ("wim", "nia", "psy"))
    for phone in (walker, nurse, psychologist):
        phone.sync()
    for word in ("Planted-note", "Planted-therapy", "Planted-medicine", "Planted-diagnosis", "Planted-goal",
                 "Planted-sign", "Planted-referral", "Planted-question", "Planted-message", "PHQ-9", "depression",
                 "moderate"):  # fmt: skip
        assert word not in text(walker), word
    assert "Planted-medicine" in text(nurse) and "Planted-therapy" not in text(nurse)
    assert "Planted-therapy" in text(psychologist)
    brief = walker.briefs[cid]
    assert brief["risks"] and brief["care"] and brief["episodes"][0]["condition"] == ""
    assert brief["asked"] == [["phq-9", day(0), (clock.today() + dt.timedelta(days=28)).isoformat()]]
    assert nurse.briefs[cid]["episodes"][0]["points"][-1] == [day(0), 15.0, ""]


def test_a_medicine_opened_to_walkers_is_a_card_on_their_phone_until_mental_health_care_is_closed(world: World) -> None:
    ben = world.people["ben"]
    kept = medicines.prescribe(by=world.nia, person=ben, name="Planted-kept", hours=(1, None, None, None), unit="drop")
    opened = medicines.prescribe(
        by=world.nia, person=ben, name="Fluoxetine", strength="20 mg", hours=(1, 0, None, 0.5), unit="tablet",
        segment="general",
    )  # fmt: skip
    medicines.dispense(by=world.nia, person=ben, lines=[{"prescription": opened.id, "given": "all", "days": 30}])
    walker = enrol(world.wim, world.sue)
    walker.sync()
    (card,) = walker.briefs[ben]["medicines"]
    until = (clock.today() + dt.timedelta(days=30)).isoformat()
    assert card == {
        "id": opened.id, "name": "Fluoxetine", "strength": "20 mg", "times": [1.0, 0.0, 0.0, 0.5], "unit": "tablet",
        "words": "1 in the morning, 0.5 at night", "since": day(0), "until": until, "by": world.nia.name, "daily": True,
        "segment": "general",
    }  # fmt: skip
    assert kept.id not in text(walker) and "Planted-kept" not in text(walker)
    walker.save(walker.fact(ben, f.Intake(taken="most", prescription=opened.id, showed="yes", segment="general")))
    walker.sync()
    assert not walker.held
    one = next(one for one in care.chart_of(ben).current_medicines if one.fact.id == opened.id)
    assert [fact.author for fact in one.intakes] == [str(world.wim.pk)]
    say(world, "ben", "kai", f.Consent(segment="mental-health", granted=False, to="role:chw"))
    walker.sync()
    assert ben in walker.briefs and not walker.briefs[ben].get("medicines") and "Fluoxetine" not in text(walker)
    nurse = enrol(world.nia, world.sue)
    nurse.sync()
    assert len(nurse.briefs[ben]["medicines"]) == 2


def test_a_medicine_opened_to_walkers_is_on_the_phones_alone_that_hold_the_care_of_the_person(world: World) -> None:
    """Every walker of the site who sees the person in care has the card, followed or not; who could only find them, or
    works elsewhere, has nothing of it, nor has a phone from which the person has gone."""
    ben = world.people["ben"]
    near, far = (
        organisation.add_worker(by=world.ada, username=name, name=name, role="chw", site=world.sites[site])[0]
        for name, site in (("near.walker", "bel-dlo"), ("far.walker", "savann"))
    )
    phones = {one: enrol(one, world.ada) for one in (world.wim, near, far)}
    medicines.prescribe(by=world.nia, person=ben, name="Planted-opened", segment="general")
    with override_settings(PHONE_FULL=0):
        phones[near].sync()
    assert not phones[near].briefs[ben].get("care") and "Planted-opened" not in text(phones[near])
    for phone in phones.values():
        phone.sync()
    assert {one.name for one, phone in phones.items() if "Planted-opened" in text(phone)} == {world.wim.name, near.name}
    assert ben not in phones[far].briefs and not phones[near].briefs[ben].get("given")
    say(world, "ben", "kai", f.Consent(segment="general", granted=False, to=f"worker:{near.pk}"))
    transfer(by=world.pia, person=ben, site="savann", owner=str(world.otto.pk), agreed=True)
    for phone in phones.values():
        phone.sync()
    assert {one.name for one, phone in phones.items() if "Planted-opened" in text(phone)} == {far.name}


def test_what_nobody_said_of_a_medicine_is_not_on_its_card(world: World) -> None:
    ben = world.people["ben"]
    for body in (f.Prescription(name="A", amount=1, times=2), f.Prescription(name="B", route="injection"),
                 f.Prescription(name="C", every_days=28), f.Prescription(name="D")):  # fmt: skip
        say(world, "ben", "nia", body)
    nurse = enrol(world.nia, world.sue)
    nurse.sync()
    cards = {one["name"]: one for one in nurse.briefs[ben]["medicines"]}
    assert {name: (one["times"], one["unit"], one["daily"], one["words"]) for name, one in cards.items()} == {
        "A": ([], "", True, "1 each time, twice a day"), "B": ([], "injection", False, ""),
        "C": ([], "injection", False, "every 28 days"), "D": ([], "", False, ""),
    }  # fmt: skip


def test_others_than_those_in_care_are_only_to_be_found(walker: Phone, world: World) -> None:
    ann = walker.briefs[world.people["ann"]]
    assert set(ann) == {"person", "name", "born", "place", "site", "keys"} and ann["keys"] == ["an", "strt"]
    assert walker.briefs[world.people["fay"]]["died"] == day(3)


# what leaves the scope


def test_who_moved_to_another_site_is_dropped_until_the_phone_says_so(world: World, walker: Phone) -> None:
    ben = world.people["ben"]
    transfer(by=world.pia, person=ben, site="savann", owner=str(world.otto.pk), agreed=True)
    for _ in range(2):
        with pytest.raises(LostError):
            walker.once(lose=True)
    assert walker.once()["drop"] == [ben] and ben not in walker.briefs
    assert walker.once()["drop"] == [] and not Holding.objects.filter(person=ben).exists()
    transfer(by=world.pia, person=ben, site="bel-dlo", owner=str(world.nia.pk), agreed=True)
    walker.sync()
    assert walker.briefs[ben]["name"] == "Ben Course"


def test_who_said_no_to_the_role_is_dropped_at_once(world: World, walker: Phone) -> None:
    ben = world.people["ben"]
    say(world, "ben", "kai", f.Consent(segment="general", granted=False, to="role:chw"))
    assert walker.once()["drop"] == [ben]
    say(world, "ben", "kai", f.Consent(segment="general", granted=True, to="role:chw"))
    walker.sync()
    assert ben in walker.briefs


def test_a_no_that_ends_on_a_day_ends_on_the_phone_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    nurse = enrol(world.nia, world.sue)
    until = (clock.today() + dt.timedelta(days=2)).isoformat()
    say(world, "ben", "kai", f.Consent(segment="mental-health", granted=False, to="role:nurse", until=until))
    nurse.sync()
    ben = world.people["ben"]
    assert nurse.briefs[ben]["episodes"][0]["points"] == []
    rev = nurse.once()
    assert rev["briefs"] == []
    later = clock.now() + dt.timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    nurse.sync()
    assert len(nurse.briefs[ben]["episodes"][0]["points"]) == 4


def test_a_post_that_ends_or_changes_changes_what_the_phone_holds(world: World, walker: Phone) -> None:
    Post(worker=world.wim, role="lay_counsellor", site=world.sites["bel-dlo"], starts=clock.today()).save()
    policy.changed()
    walker.sync()
    assert len(walker.briefs[world.people["ben"]]["episodes"][0]["points"]) == 4
    assert "see_chart" in walker.me["permissions"]
    Post.objects.filter(worker=world.wim, role="lay_counsellor").update(ends=clock.today())
    policy.changed()
    walker.sync()
    assert walker.briefs[world.people["ben"]]["episodes"][0]["points"] == []
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    walker.sync()
    assert walker.briefs == {} and walker.me["site"] == ""


def test_someone_shared_from_elsewhere_comes_with_what_is_shared_and_goes_with_it(world: World) -> None:
    far = care.register(by=world.otto, site="savann", name="Far Away", born="1990")
    care.enrol(
        by=world.otto, person=far, protocol="collaborative-care", condition="depression", owner=str(world.otto.pk)
    )
    sent = referrals.refer(
        by=world.otto, person=far, to="health_centre", to_site="bel-dlo", urgency="week", reason="Help"
    )
    nurse = enrol(world.nia, world.sue)
    nurse.sync()
    assert nurse.briefs[far]["care"] and "referral" in {task["kind"] for task in nurse.briefs[far]["tasks"]}
    referrals.withdraw(by=world.otto, person=far, referral=sent.id, words="They went home")
    nurse.sync()
    assert far not in nurse.briefs


def test_two_registrations_made_one_leave_one_brief_with_the_other_as_alias(world: World, walker: Phone) -> None:
    ann, ben = world.people["ann"], world.people["ben"]
    care.merge(by=world.nia, person=ann, into=ben)
    walker.sync()
    assert ann not in walker.briefs and walker.briefs[ben]["aliases"] == [ann]


# the difference


def test_what_is_held_is_not_sent_again_and_what_changed_is(world: World, walker: Phone) -> None:
    assert walker.once()["briefs"] == []
    turn = walker.turn
    seen(world, "ben", "nia", next_date=day(-7))
    said = walker.once()
    assert [one["name"] for one in said["briefs"]] == ["Ben Course"] and said["briefs"][0]["next"] == day(-7)
    assert walker.turn > turn and walker.once()["briefs"] == []


def test_what_a_worker_may_not_see_changes_nothing_on_their_phone(world: World, walker: Phone) -> None:
    turn = walker.turn
    care.write_note(by=world.psy, person=world.people["ben"], text="Planted-therapy", segment="therapy-notes")
    said = walker.once()
    assert said["briefs"] == [] and walker.turn == turn, "that something was written is not told either"
    row = Holding.objects.get(person=world.people["ben"])
    assert row.turn <= turn


def test_an_answer_that_was_lost_is_sent_again(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    for _ in range(3):
        with pytest.raises(LostError):
            phone.once(lose=True)
    assert len(phone.once()["briefs"]) == 6
    seen(world, "ben", "nia")
    with pytest.raises(LostError):
        phone.once(lose=True)
    answer(world, "dan", 9, 0)
    said = phone.once()
    assert "Ben Course" in {one["name"] for one in said["briefs"]}
    phone.turn = 0
    assert len(phone.once()["briefs"]) == 6, "a phone that lost all is sent all"


def test_a_server_brought_back_from_an_old_copy_begins_anew(world: World, walker: Phone) -> None:
    before = dict(walker.briefs)
    left = world.people["ann"]
    walker.turn = 57  # told by a server that has forgotten it
    walker.briefs["0000-gone"] = {"person": "0000-gone", "name": "Of a time that is lost"}
    with pytest.raises(LostError):
        walker.once(lose=True)
    with pytest.raises(LostError):
        walker.once(lose=True)
    said = walker.once()
    assert said["reset"] and walker.turn > 57 and set(walker.briefs) == set(before) and left in walker.briefs
    assert "reset" not in walker.once()


def test_two_answers_to_one_phone_at_once_lose_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = enrol(world.wim, world.sue)
    real, state = rules_of, {"raced": False}

    def raced(*arguments: Any) -> str:
        if not state["raced"]:
            state["raced"] = True
            pulling.pull(device_of(phone), 0)
        return real(*arguments)

    monkeypatch.setattr(pulling, "rules_of", raced)
    said = phone.once()
    assert said["more"] and said["briefs"] == [] and phone.turn == 0
    phone.sync()
    assert len(phone.briefs) == 6


def device_of(phone: Phone) -> Any:
    return phone.worker.devices.get(pk=phone.device)


def test_new_content_is_told_and_compared_without_sending_what_is_the_same(
    world: World, walker: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = set(Holding.objects.values_list("rules", flat=True))
    monkeypatch.setattr("vwazen.server.sync.scope.SHAPE", "another")
    turn = walker.turn
    assert walker.once()["briefs"] == [] and walker.turn == turn
    assert set(Holding.objects.values_list("rules", flat=True)).isdisjoint(rules)


def test_a_large_scope_comes_in_parts_each_of_which_counts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "AT_ONCE", 2)
    monkeypatch.setattr(pulling, "MOST_BYTES", 1)
    phone = enrol(world.wim, world.sue)
    rounds = []
    while True:
        said = phone.once()
        rounds.append(len(said["briefs"]))
        if not said["more"]:
            break
    assert rounds == [2, 2, 2] and len(phone.briefs) == 6


def test_a_part_that_was_lost_does_not_count_as_had_when_a_later_one_arrives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = enrol(world.wim, world.sue)
    with pytest.raises(LostError):
        phone.once(lose=True)
    monkeypatch.setattr(pulling, "AT_ONCE", 2)
    monkeypatch.setattr(pulling, "MOST_BYTES", 1)
    phone.sync()
    assert len(phone.briefs) == 6, "the second time it came in parts"
    phone.turn, phone.briefs = 0, {}
    phone.sync()
    assert len(phone.briefs) == 6, "a phone that lost all gets all, part by part"


def test_a_phone_holds_no_more_than_its_budget_the_workers_own_first(world: World) -> None:
    say(world, "eve", "nia", f.Owner(owner=str(world.wim.pk)))
    with override_settings(PHONE_FULL=2, PHONE_THIN=1):
        phone = enrol(world.wim, world.sue)
        said = phone.once()
        full = [one["name"] for one in said["briefs"] if one.get("care")]
        assert len(full) == 2 and len(said["briefs"]) == 3 and said["beyond"] == [2, 3]
        assert "Cid Danger" in full, "who is in danger, before others of the same worker's site"
    phone.sync()
    assert len(phone.briefs) == 6


# tasks, thanks, me


def test_tasks_are_those_that_wait_for_this_worker(world: World) -> None:
    ben = world.people["ben"]
    episode = care.chart_of(ben).open_episodes[0].id
    care.recommend(by=world.pia, person=ben, episode=episode, choice="see", text="Visit at home",
                   owner=str(world.wim.pk), due=day(-5))  # fmt: skip
    walker, nurse = enrol(world.wim, world.sue), enrol(world.nia, world.sue)
    walker.sync()
    nurse.sync()
    tasks = {task["kind"]: task for task in walker.briefs[ben]["tasks"]}
    assert tasks["advice"] | {"id": ""} == {"id": "", "kind": "advice", "due": day(-5), "text": "Visit at home.",
                                            "by": "Psychiatrist Pia", "starts": day(0)}  # fmt: skip
    assert "advice" not in {task["kind"] for task in nurse.briefs[ben].get("tasks", ())}


def test_a_phone_knows_who_falls_to_its_worker(world: World, walker: Phone) -> None:
    """Who follows somebody, or wrote about them lately; what is to be done is told apart, with its day."""
    ben, dan = world.people["ben"], world.people["dan"]
    walker.sync()
    before = {person for person, brief in walker.briefs.items() if brief.get("given")}
    assert not {ben, dan} & before
    care.recommend(by=world.pia, person=ben, episode=care.chart_of(ben).open_episodes[0].id, choice="see",
                   text="Visit at home", owner=str(world.wim.pk), due=day(-5))  # fmt: skip
    walker.save(walker.fact(dan, f.Encounter(mode="home")))
    walker.sync()
    walker.sync()
    assert {person for person, brief in walker.briefs.items() if brief.get("given")} == before | {dan}
    assert "advice" in {task["kind"] for task in walker.briefs[ben]["tasks"]}


def test_whoever_sent_somebody_hears_that_they_were_seen(world: World, walker: Phone) -> None:
    ben = world.people["ben"]
    walker.save(walker.fact(ben, f.Referral(to="hospital", to_site="savann", segment="general", reason="Look at them")))
    walker.sync()
    assert walker.briefs[ben]["referrals"][0]["state"] == "sent" and not walker.held
    sent = care.chart_of(ben).referrals[0].id
    referrals.accept(by=world.otto, person=ben, referral=sent)
    referrals.arrived(by=world.otto, person=ben, referral=sent)
    referrals.seen(by=world.otto, person=ben, referral=sent)
    walker.sync()
    thanks = [task for task in walker.briefs[ben]["tasks"] if task["kind"] == "thanks"]
    assert len(thanks) == 1 and "was seen at Savann Wòch. Thank you" in thanks[0]["text"]
    assert thanks[0]["by"] == "Outsider Otto"
    assert "1 person referred this month, 1 seen" in walker.me["month"]


def test_numbers_to_call_are_on_the_phone_and_change_with_the_roster(world: World, walker: Phone) -> None:
    assert walker.me["supervisor"]["name"] == "Supervisor Sue" and walker.me["on_call"] == []
    now = clock.now()
    here = set_on_call(by=world.sue, site=world.sites["bel-dlo"], worker=world.nia, starts=now, order=1, phone="111",
                       ends=now + dt.timedelta(days=2))  # fmt: skip
    set_on_call(by=world.sue, site=world.sites["centre"], worker=world.pia, starts=now, order=1, phone="222",
                ends=now + dt.timedelta(days=2))  # fmt: skip
    set_on_call(by=world.sue, site=world.sites["savann"], worker=world.otto, starts=now, order=1, phone="333",
                ends=now + dt.timedelta(days=2))  # fmt: skip
    walker.sync()
    assert [(one["phone"], one["order"]) for one in sorted(walker.me["on_call"], key=lambda one: one["order"])] == [
        ("111", 1), ("222", 101)]  # fmt: skip
    assert walker.me["on_call"][0]["worker"] == str(world.nia.pk)
    assert "me" not in walker.once()
    end_on_call(by=world.sue, slot=here)
    walker.sync()
    assert [one["phone"] for one in walker.me["on_call"] if clock.instant_of(one["ends"]) > clock.now()] == ["222"]  # type: ignore[operator]


def test_me_names_where_people_are_referred_and_what_the_worker_did(world: World, walker: Phone) -> None:
    assert walker.me["sites"] == [["bel-dlo", "Bèl Dlo"]] and walker.me["role"] == "chw"
    assert ["savann", "Savann Wòch", "health_centre"] in walker.me["refer"]
    walker.save(walker.fact(world.people["ben"], f.Encounter(mode="home")))
    walker.register("Gil New")
    walker.sync()
    assert "1 visit or try to meet somebody this month" in walker.me["month"]
    assert PhoneState.objects.get().counts[clock.today().strftime("%Y-%m")] == {"encounter": 1, "registration": 1}


# content and log


def test_content_is_that_of_the_roles_and_sent_once(world: World, walker: Phone) -> None:
    heads = {"Authorization": f"Bearer {walker.device}.{walker.token}", "Accept-Encoding": "gzip"}
    first: Any = walker.client.get("/sync/content", headers=heads)
    bundle = read(first)
    assert first["ETag"] == f'"{walker.content}"' and bundle["version"] == walker.content
    assert "phq-9" in {one["id"] for one in bundle["instruments"]}
    again: Any = walker.client.get("/sync/content", headers=heads | {"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert walker.client.post("/sync/content", headers=heads).status_code == 405


def test_a_sync_is_written_down_once_with_counts(world: World) -> None:
    phone = enrol(world.wim, world.sue)
    before = AccessEntry.objects.count()
    phone.sync()
    entries = list(AccessEntry.objects.order_by("pk"))[before:]
    assert [(one.action, one.person, one.route) for one in entries] == [("sync", None, "sync")]
    assert "briefs=6 drop=0" in entries[0].note and entries[0].site == world.sites["bel-dlo"].path


def test_a_brief_is_what_the_clinics_page_says(world: World) -> None:
    """The words of a list and the open risks of each brief are those that the pages read, for each role."""
    say(world, "ben", "nia", f.RelatedPerson(name="Aunt", relation="family"))
    care.answer(by=world.nia, person=world.people["dan"], instrument="phq-9", answers=phq9(12, ninth=1))
    for who in ("wim", "nia", "psy", "kai"):
        phone = enrol(world.workers[who], world.sue)
        phone.sync()
        by = Worker.objects.get(pk=world.workers[who].pk)
        for short in ("ben", "cid", "dan", "eve"):
            one = phone.client
            one.force_login(by)
            page = one.get(f"/people/{world.people[short]}").content.decode()
            brief = phone.briefs[world.people[short]]
            assert brief["name"] in page
            for risk in brief.get("risks", ()):
                assert risk["id"] in page, (who, short)
