"""What a phone brings: who may write what of whom; what may not is held with its reason, and nothing is lost."""

import datetime as dt
import gzip
from typing import Any

import msgspec
import pytest
from django.db import OperationalError
from django.test import Client

from tests.phones import LostError, Phone, enrol, held, read
from tests.world import World, day, phq9
from vwazen.clinical import facts as f
from vwazen.clinical.facts import KINDS
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.episodes import transfer
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.devices import revoke
from vwazen.server.organisation.models import Device, Post, Worker
from vwazen.server.record import clock, mending
from vwazen.server.record.actions import append, make_id
from vwazen.server.record.held import correction, dismiss, fact_in
from vwazen.server.record.models import Fact, Held
from vwazen.server.sync import mended, views
from vwazen.server.sync import push as pushing
from vwazen.server.sync.kinds import RIGHT

pytestmark = pytest.mark.django_db


# who may write


def test_whoever_lacks_the_right_writes_nothing_and_nothing_is_lost(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    bodies: list[f.AnyBody] = [
        f.Prescription(name="x"), f.Diagnosis(text="x"), f.Recommendation(
            episode="", choice="see", text="x", owner=str(world.kai.pk), due="2026-12-01"),
        f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner=str(world.wim.pk)),
        f.Owner(owner=str(world.wim.pk)), f.Merge(into=world.people["ann"]), f.Consent(segment="general", granted=True),
        f.Close(episode="x", outcome="lost"), f.MedicineStopped(prescription="x", reason="other"),
        f.DeathReview(cause="x", suicide="no"), f.Dispense(prescription="x", given="all"),
    ]  # fmt: skip
    before = Fact.objects.count()
    phone.save(*(phone.fact(ben, body) for body in bodies))
    phone.sync()
    assert Fact.objects.count() == before and not phone.unsent and len(phone.held) == len(bodies)
    assert {code for code, _ in held(phone)} == {"phone.kind", "phone.right"}
    assert Held.objects.get(code="phone.right").person == ben, "handing out needs a right that a walker lacks"


@pytest.mark.parametrize("who", ["ola", "max", "pia", "otto"])
def test_each_right_is_asked_at_the_place_and_for_the_person(world: World, who: str) -> None:
    """Somebody who works elsewhere, or has no right over people, sends everything that a phone may record."""
    worker = world.workers[who]
    Post(worker=worker, role="pharmacist", site=world.sites["savann"], starts=dt.date(2020, 1, 1)).save()
    worker.supervisor = world.sue
    worker.save()
    policy.changed()
    phone = enrol(worker, world.sue)
    phone.me = phone.me | {"site": "bel-dlo"}
    ben = world.people["ben"]
    bodies: list[f.AnyBody] = [f.Encounter(mode="home"), f.Concern(trigger="worker", text="x"), f.Question(text="x"),
              f.Response(instrument="phq-9", version=1, answers=phq9(9)), f.Registration(name="Not Ben")]  # fmt: skip
    before = Fact.objects.count()
    phone.save(*(phone.fact(ben, body) for body in bodies))
    phone.register("New Person")
    phone.sync()
    may = {"pia": 4}.get(who, 0)  # the psychiatrist works above Bèl Dlo, and registers nobody anew here
    assert Fact.objects.count() - before in (may, may + 2), held(phone)
    assert len(phone.taken) + len(phone.held) == 6
    if who != "pia":
        assert {code for code, _ in held(phone)} <= {"phone.site", "phone.right"}


def test_a_person_out_of_scope_or_unknown_is_not_written_about(world: World, phone: Phone) -> None:
    far = care.register(by=world.otto, site="savann", name="Far Away")
    nobody = "0192f000-0000-7000-8000-000000000000"
    phone.save(
        phone.fact(far, f.Encounter(mode="home")), phone.fact(nobody, f.Encounter(mode="home")),
        phone.fact(far, f.Registration(name="Stolen Name")), phone.fact(far, f.Concern(trigger="worker", text="x")),
        phone.fact(world.people["ben"], f.Encounter(mode="home"), site="savann"),
        phone.fact(world.people["ben"], f.Encounter(mode="home"), site="nowhere"),
    )  # fmt: skip
    before = Fact.objects.count()
    phone.sync()
    assert Fact.objects.count() == before
    assert held(phone) == [
        ("phone.nobody", False), ("phone.person", False), ("phone.person", False), ("phone.person", True),
        ("phone.site", False), ("phone.site", False),
    ]  # fmt: skip
    assert care.chart_of(far).name == "Far Away"


def test_facts_in_the_name_of_others_or_of_other_systems_are_held(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    source = f.Source(system="elsewhere", id="1")
    phone.save(
        phone.fact(ben, f.Encounter(mode="home"), author=str(world.nia.pk)),
        phone.fact(ben, f.Encounter(mode="home"), device="server"),
        phone.fact(ben, f.Encounter(mode="home"), device=""),
        phone.fact(ben, f.Response(instrument="phq-9", version=1, answers=phq9(3), source=source)),
    )
    phone.sync()
    assert [code for code, _ in held(phone)] == ["phone.author", "phone.device", "phone.device", "phone.source"]


def test_what_others_said_is_not_taken_back_from_a_phone(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    theirs = Fact.objects.filter(person=ben, kind="response").first()
    registered = Fact.objects.get(person=ben, kind="registration")
    own = phone.fact(ben, f.Encounter(mode="home"))
    phone.save(own)
    phone.sync()
    assert theirs is not None
    phone.save(
        phone.fact(ben, f.Retraction(reason="x"), retracts=theirs.id),
        phone.fact(ben, f.Retraction(reason="not today"), retracts=own.id),
        phone.fact(ben, f.Registration(name="Ben Course", place="Moved here"), amends=registered.id),
    )
    phone.sync()
    assert held(phone) == [("phone.mends", False)]
    chart = care.chart_of(ben)
    assert chart.registration is not None and chart.registration.place == "Moved here"
    assert all(fact.id != own.id for fact in chart.live)


def test_a_segment_that_is_not_the_workers_is_not_written(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    phone.save(
        phone.fact(ben, f.Note(text="x", segment="therapy-notes")),
        phone.fact(ben, f.Note(text="x", segment="general")),
        phone.fact(ben, f.Referral(to="hospital", to_name="x", segment="hiv")),
    )
    phone.sync()
    assert [code for code, _ in held(phone)] == ["phone.segment", "phone.segment"]
    assert set(Held.objects.values_list("segment", flat=True)) == {"therapy-notes", "hiv"}


def test_an_instrument_is_given_by_who_may_give_it(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    phone.save(
        phone.fact(ben, f.Response(instrument="cage", version=1, answers={"1": 1.0})),
        phone.fact(ben, f.Response(instrument="phq-9", version=99, answers={"9": 2.0})),
        phone.fact(ben, f.Response(instrument="no-such", version=1, answers={"1": 1.0})),
    )
    phone.sync()
    assert held(phone) == [("phone.gives", False), ("phone.instrument", True), ("phone.instrument", True)]


def test_every_kind_has_its_right_or_is_refused(world: World) -> None:
    known = policy.scopes().permissions
    assert set(RIGHT) <= set(KINDS) and set(RIGHT.values()) <= set(known)
    assert not {"merge", "prescription", "diagnosis", "consent", "episode", "close", "recommendation"} & set(RIGHT)


# what is taken


def test_somebody_met_for_the_first_time_is_registered_and_cared_for_in_one_go(world: World, phone: Phone) -> None:
    person = phone.register("Gil New", born="1990")
    visit = phone.fact(person, f.Encounter(mode="home", next="2027-01-04"))
    phone.unsent = {visit.id: visit} | phone.unsent  # the visit before the registration: any order
    phone.save(phone.fact(person, f.Response(instrument="phq-9", version=1, answers=phq9(15, ninth=2), private=True)))
    phone.sync()
    assert len(phone.taken) == 3 and not phone.held
    chart = care.chart_of(person)
    assert chart.name == "Gil New" and chart.open_risks and chart.next_date == dt.date(2027, 1, 4)


def test_sending_again_is_known_whatever_happened_since(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    phone.save(phone.fact(ben, f.Encounter(mode="home")), phone.fact(ben, f.Prescription(name="x")))
    kept = dict(phone.unsent)
    with pytest.raises(LostError):
        phone.once(lose=True)
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    before = Fact.objects.count()
    said = phone.once()
    assert [status for _, status, _ in said["receipts"]] == ["again", "held"]
    phone.save(*kept.values())
    phone.once()
    assert Fact.objects.count() == before and Held.objects.count() == 1


def test_the_same_id_with_other_words_is_held_beside(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    first = phone.fact(ben, f.Encounter(mode="home"))
    phone.save(first)
    phone.sync()
    phone.save(msgspec.structs.replace(first, body=f.Encounter(mode="clinic")))
    phone.sync()
    assert [code for code, _ in held(phone)] == ["same-id-other-bytes"]


def test_a_clock_far_ahead_holds_what_it_dates_in_the_future(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    phone.ahead = dt.timedelta(days=3)
    phone.save(phone.fact(ben, f.Encounter(mode="home")))
    phone.ahead = dt.timedelta(minutes=2)
    phone.save(phone.fact(ben, f.Encounter(mode="clinic")))
    phone.sync()
    assert [code for code, _ in held(phone)] == ["future"] and len(phone.taken) == 1


def test_what_a_phone_dates_again_counts_by_its_right_moment(world: World, phone: Phone) -> None:
    """Its clock began anew when the battery was empty: the phone amends what it dated so, once it knows the time."""
    ann, now = world.people["ann"], clock.stamp()
    visit = phone.fact(ann, f.Encounter(mode="home"), occurred="2020-01-01T08:00:00-05:00")
    told = phone.fact(ann, f.Concern(trigger="told", text="Danger"), occurred="2020-01-01T08:01:00-05:00")
    called = phone.fact(ann, f.Call(risk=told.id, called=str(world.nia.pk), name="Nurse Nia"))
    phone.save(visit, told, called)
    phone.sync()
    assert phone.briefs[ann]["last"] == "2020-01-01"
    phone.save(*(msgspec.structs.replace(one, id=make_id(), amends=one.id, occurred=now) for one in (visit, told)))
    phone.sync()
    assert phone.briefs[ann]["last"] == clock.today().isoformat() and not phone.held
    (risk,) = phone.briefs[ann]["risks"]
    assert (risk["id"], risk["opened"][:4]) == (told.id, now[:4])
    assert [call.id for call in care.chart_of(ann).open_risks[0].calls] == [called.id]


def test_a_person_who_left_the_scope_unknown_to_the_phone_is_still_written_about(world: World, phone: Phone) -> None:
    """The phone could not know; what was done there counts, and a danger stands on the board of where they went."""
    ben = world.people["ben"]
    phone.save(phone.fact(ben, f.Response(instrument="phq-9", version=1, answers=phq9(20, ninth=3), private=True)))
    move(world, ben)
    phone.sync()
    assert not phone.held and care.chart_of(ben).open_risks
    assert ben not in phone.briefs
    phone.save(phone.fact(ben, f.Encounter(mode="home")))
    phone.sync()
    assert [code for code, _ in held(phone)] == ["phone.person"], "once it was told, it knows"


def move(world: World, person: str) -> None:
    """The person is now followed at Savann Wòch."""
    transfer(by=world.pia, person=person, site="savann", owner=str(world.otto.pk), agreed=True)


# what cannot be read


def test_what_cannot_be_read_is_held_and_keeps_no_other_from_being_taken(world: World, phone: Phone) -> None:
    good = phone.fact(world.people["ben"], f.Encounter(mode="home"))
    broken = [b'{"id": "a1", "body": {"kind": "response", "answers": {"9": 3}}}', b"[]", b'"x"', b"5", b"null",
              b'{"id": "a2", "site": "bel-dlo", "body": {"kind": "encounter", "mode": "flying"}}',
              b'{"id": "a3", "body": 7, "site": {}}',
              f.encode(msgspec.structs.replace(good, id="x" * 40)),
              f.encode(msgspec.structs.replace(good, person="\0"))]  # fmt: skip
    head = b'{"v": 1, "now": "", "turn": 0, "facts": ['
    answer = phone.ask("/sync/", head + b",".join([*broken, f.encode(good)]) + b"]}")
    said = read(answer)["receipts"]
    assert [status for _, status, _ in said] == ["held"] * len(broken) + ["new"]
    assert [id_ for id_, _, _ in said[:1]] == ["a1"] and said[5][0] == "a2"
    kept = Held.objects.filter(code="phone.unreadable")
    assert kept.count() == len(broken) and kept.filter(safety=True).count() == len(broken) - 3
    assert {one.path for one in kept} == {world.sites["bel-dlo"].path}
    assert {one.segment for one in kept} == {"therapy-notes"}, "who may see it must be able to see anything"


def test_a_fact_that_breaks_the_server_is_held_and_the_others_are_taken(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = phone.fact(world.people["ben"], f.Concern(trigger="worker", text="boom"))
    real = append

    def breaks(facts: Any, **more: Any) -> Any:
        if bad.id in {fact.id for fact in facts}:
            raise RuntimeError("a fault of ours")
        return real(facts, **more)

    monkeypatch.setattr(pushing, "append", breaks)
    phone.save(*(phone.fact(world.people["ben"], f.Encounter(mode="home")) for _ in range(3)), bad)
    phone.sync()
    assert held(phone) == [("phone.broken", True)] and len(phone.taken) == 3


def test_a_database_that_is_away_holds_nothing_and_the_phone_asks_again(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("database is locked")

    phone.save(phone.fact(world.people["ben"], f.Encounter(mode="home")))
    with monkeypatch.context() as patched:
        patched.setattr(pushing, "append", away)
        answer = phone.ask("/sync/", phone.request(list(phone.unsent.values())))
        assert answer.status_code == 503 and "again" in read(answer)["says"]
    assert not Held.objects.exists()
    phone.sync()
    assert len(phone.taken) == 1


# limits


def test_what_is_too_large_is_refused_before_it_is_unpacked(world: World, phone: Phone) -> None:
    bomb = gzip.compress(b" " * (views.MOST_READ + 10) + phone.request([]))
    assert len(bomb) < 100_000
    heads = {"Authorization": f"Bearer {phone.device}.{phone.token}"}
    for body, packed in ((bomb, "gzip"), (b"x" * (views.MOST_SENT + 1), "")):
        answer: Any = Client().post(
            "/sync/", body, content_type="application/json", headers=heads | {"Content-Encoding": packed}
        )
        assert answer.status_code == 413 and "at a time" in read(answer)["says"]
    many = [phone.fact(world.people["ben"], f.Encounter(mode="home")) for _ in range(views.MOST_FACTS + 1)]
    assert phone.ask("/sync/", phone.request(many)).status_code == 413
    for body, packed in ((b"\x1f\x8b broken", "gzip"), (gzip.compress(phone.request([]))[:-9], "gzip"), (b"{", ""),
                         (b"", ""), (b"[1]", ""), (b'{"v": "x"}', ""), (b"\xff\xfe", "")):  # fmt: skip
        answer = Client().post(
            "/sync/", body, content_type="application/json", headers=heads | {"Content-Encoding": packed}
        )
        assert answer.status_code == 400 and "Nothing was lost" in read(answer)["says"], body
    assert Client().put("/sync/", b"").status_code == 405
    assert Client().get("/sync/").status_code == 405


def test_a_long_batch_is_taken_in_its_order_a_few_at_a_time(world: World, phone: Phone) -> None:
    facts = [phone.fact(world.people["ben"], f.Encounter(mode="home", minutes=one)) for one in range(120)]
    facts[60] = phone.fact(world.people["ben"], f.Prescription(name="x"))
    phone.version = 1  # from then on receipts are by place and name nothing
    answer = phone.ask("/sync/", phone.request(facts))
    said = read(answer)["receipts"]
    assert [one[0] for one in said] == [fact.id for fact in facts]
    assert [one[1] for one in said].count("new") == 119 and said[60][1] == "held"


# what became of what was held


def test_the_phone_hears_what_somebody_decided_until_it_has_stored_it(world: World, phone: Phone) -> None:
    ben = world.people["ben"]
    kept, gone = phone.fact(ben, f.Encounter(mode="home")), phone.fact(ben, f.Prescription(name="x"))
    phone.save(msgspec.structs.replace(kept, device="another"), gone)
    phone.sync()
    rows = {row.code: row for row in Held.objects.all()}
    mending.mend(by=world.psy, entry=rows["phone.device"].pk)
    dismiss(by=world.psy, entry=rows["phone.kind"].pk, reason="Prescribed by the physician")
    with pytest.raises(LostError):
        phone.once(lose=True)
    said = phone.once()
    assert {one[0] for one in said["settled"]} == {kept.id, gone.id}
    assert phone.settled[kept.id][0] == "mended" and "Prescribed by the physician" in phone.settled[gone.id][1]
    assert phone.once()["settled"] == [] and not phone.held


def test_what_is_mended_on_the_phone_waits_for_nobody_at_the_clinic(world: World, phone: Phone) -> None:
    """It goes again under its id, or as an amendment that names it; by nothing else are the two known to be one."""
    ben = world.people["ben"]
    soon = (clock.now() + dt.timedelta(days=3)).isoformat()
    met, note, other = (
        phone.fact(ben, body, soon)
        for body in (f.Encounter(mode="home"), f.Encounter(mode="phone"), f.Encounter(mode="clinic"))
    )
    phone.save(met, note, other)
    phone.sync()
    assert held(phone) == [("future", False)] * 3
    today = clock.today().isoformat()
    again = msgspec.structs.replace(met, occurred=today)
    renewed = phone.fact(ben, f.Encounter(mode="phone", minutes=5), amends=note.id)
    alike = phone.fact(ben, f.Encounter(mode="clinic"))
    phone.save(again, renewed, alike)
    before = AccessEntry.objects.filter(action="mend-held").count()
    with pytest.raises(LostError):
        phone.once(lose=True)
    phone.sync()
    rows = {msgspec.json.decode(row.raw.encode())["id"]: row for row in Held.objects.all()}
    assert {id_: row.state for id_, row in rows.items()} == {met.id: "mended", note.id: "mended", other.id: "open"}
    assert rows[met.id].decided_by == str(world.wim.pk) and rows[met.id].decision.endswith(f"taken as fact {met.id}")
    assert correction(rows[met.id]).occurred == today and renewed.id in correction(rows[note.id]).raw
    entries = AccessEntry.objects.filter(action="mend-held", worker_id=str(world.wim.pk), person=ben)
    assert entries.count() == 2 and AccessEntry.objects.filter(action="mend-held").count() == before + 2
    assert Fact.objects.filter(pk__in=(met.id, renewed.id, alike.id)).count() == 3 and not phone.unsent
    client = Client()
    client.force_login(world.kai)
    assert "As it was corrected" in client.get(f"/held/{rows[met.id].pk}").content.decode()


def test_old_words_that_come_late_hold_nothing_once_they_were_mended(world: World, phone: Phone) -> None:
    ann = world.people["ann"]
    wrong = phone.fact(ann, f.Concern(trigger="told", text="Danger"), occurred=day(-40))
    phone.save(wrong)
    phone.sync()
    assert held(phone) == [("future", True)]
    phone.save(msgspec.structs.replace(wrong, occurred=clock.stamp()))
    phone.sync()
    phone.save(wrong)
    assert [status for _, status, _ in phone.once()["receipts"]] == ["again"]
    assert [row.state for row in Held.objects.all()] == [Held.MENDED] and len(care.chart_of(ann).open_risks) == 1
    phone.save(msgspec.structs.replace(wrong, occurred=day(3)))
    assert [status for _, status, _ in phone.once()["receipts"]] == ["held"], "other words are no copy"


def test_of_all_that_is_held_of_a_phone_only_what_may_be_meant_is_read(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone whose clock is wrong can have hundreds held. What could not be read when it came is looked into too."""
    ben, soon = world.people["ben"], (clock.now() + dt.timedelta(days=3)).isoformat()
    some = [phone.fact(ben, f.Encounter(mode="home"), soon) for _ in range(9)]
    phone.save(*some)
    phone.sync()
    spaced = phone.fact(ben, f.Encounter(mode="home"), soon)
    Held.objects.filter(raw__contains=some[8].id).update(raw=" " + f.encode(spaced).decode())
    seen: list[str] = []

    def read_one(row: Held) -> f.Fact | None:
        seen.append(str(row.pk))
        return fact_in(row)

    monkeypatch.setattr(mended, "fact_in", read_one)
    renewed = phone.fact(ben, f.Encounter(mode="phone"), amends=some[2].id)
    assert set(mended.waiting([phone.device], [some[3], renewed, spaced])) == {some[2].id, some[3].id, spaced.id}
    assert len(seen) == 3


def test_a_danger_that_a_mended_entry_does_not_tell_any_more_waits_for_a_person(world: World, phone: Phone) -> None:
    ben, dan = world.people["ben"], world.people["dan"]
    soon = (clock.now() + dt.timedelta(days=3)).isoformat()
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    tells, hides = (
        phone.fact(ben, f.Response(instrument="phq-9", version=1, answers=phq9(15, ninth=2), private=True))
        for _ in range(2)
    )
    moved = phone.fact(ben, f.Encounter(mode="home"), soon)
    phone.save(tells, hides, moved)
    phone.sync()
    assert Held.objects.filter(safety=True).count() == 2
    Post.objects.filter(worker=world.wim).update(ends=None)
    policy.changed()
    phone.save(
        msgspec.structs.replace(tells, occurred=clock.today().isoformat()),
        msgspec.structs.replace(hides, body=f.Response(instrument="phq-9", version=1, answers=phq9(3), private=True)),
        msgspec.structs.replace(moved, person=dan, occurred=clock.today().isoformat()),
    )
    phone.sync()
    left = Held.objects.filter(state=Held.OPEN)
    assert {msgspec.json.decode(row.raw.encode())["id"] for row in left} == {hides.id, moved.id}


def test_what_somebody_decided_at_the_clinic_first_stays_as_they_decided(world: World, phone: Phone) -> None:
    fact = phone.fact(world.people["ben"], f.Encounter(mode="home"), (clock.now() + dt.timedelta(days=3)).isoformat())
    phone.save(fact)
    phone.sync()
    row = Held.objects.get()
    dismiss(by=world.psy, entry=row.pk, reason="It was a slip")
    phone.save(msgspec.structs.replace(fact, occurred=clock.today().isoformat()))
    phone.once()
    row.refresh_from_db()
    assert row.state == Held.DISMISSED and row.decided_by == str(world.psy.pk)


def test_what_is_held_stands_on_the_list_of_those_who_mend(world: World, phone: Phone) -> None:
    phone.save(phone.fact(world.people["ben"], f.Prescription(name="Planted-medicine")))
    phone.sync()
    client = Client()
    client.force_login(world.kai)
    page = client.get("/held").content.decode()
    row = Held.objects.get()
    assert row.pk in page
    entry = client.get(f"/held/{row.pk}").content.decode()
    assert "not recorded on a phone" in entry and "it came from a device" in entry
    client.force_login(world.wim)
    assert client.get("/held").status_code == 403
    assert AccessEntry.objects.filter(action="sync", note__contains="held=1").count() == 1
    assert Worker.objects.get(pk=world.wim.pk).is_active


def test_what_is_sent_again_and_held_for_another_reason_now_waits_once(world: World, phone: Phone) -> None:
    """The answer was lost; since then the phone was taken away as well."""
    fact = phone.fact(world.people["ben"], f.Concern(trigger="worker", text="x"))
    phone.save(fact)
    Post.objects.filter(worker=world.wim).update(ends=clock.today())
    policy.changed()
    with pytest.raises(LostError):
        phone.once(lose=True)
    assert held(phone) == [("phone.site", True)]
    device = Device.objects.get(pk=phone.device)
    revoke(by=world.max, device=device, reason="lost")
    phone.sync()
    assert phone.wiped and held(phone) == [("phone.site", True)]
