"""Stays told by a hospital's system: who may send, exactly once, matched and never guessed, heard at home at once."""

import datetime as dt
import random
import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import permutations

import hl7  # type: ignore[import-untyped]
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client, RequestFactory

from tests.adt import adt
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.exchange import hl7v2
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care.actions import chart_of
from vwazen.server.interop import adt as door
from vwazen.server.interop import mllp, senders
from vwazen.server.interop.models import AdtMessage, AdtSender
from vwazen.server.interop.views.adt import deliver
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock, held, mending
from vwazen.server.record.models import Fact, Held, Identifier, OpenItem, StayRow


def stamp(hours: float = 0) -> str:
    """A time of HL7 so many hours ago."""
    return f"{clock.now() - dt.timedelta(hours=hours):%Y%m%d%H%M%S}+0000"


@pytest.fixture
def hospital(world: World) -> World:
    cache.clear()
    world.sites["lopital"] = organisation.add_site(
        by=world.ada, code="lopital", name="Lopital Santral", kind="hospital", parent=world.sites["centre"]
    )
    say(world, "ben", "nia", f.Registration(name="Ben Course", gender="male", born="1985-03-21", place="Nan Mango"))
    return world


@pytest.fixture
def key(hospital: World) -> str:
    """The hospital's key; its number 4711 is Ben's, by somebody's word."""
    token = senders.add(by=hospital.ada, name="Lopital HIS", facility="HOSP", site="lopital", system="his")
    say(hospital, "ben", "nia", f.Identifier(system="his", number="4711"))
    return token


def post(key: str, text: str | bytes) -> tuple[int, str, str]:
    """Send one message: status, answer code, its words."""
    data = text if isinstance(text, bytes) else text.encode()
    answer = Client(enforce_csrf_checks=True).post(
        "/interop/adt", data, content_type="application/hl7-v2", headers={"Authorization": f"Bearer {key}"}
    )
    if answer.status_code != 200:
        return answer.status_code, "", answer.content.decode()
    found = hl7.parse(answer.content.decode())
    return 200, str(found["MSA"][0][1]), str(found["MSA"][0][3])


def stays(world: World) -> list[StayRow]:
    return list(StayRow.objects.filter(person=world.people["ben"]).order_by("since", "pk"))


@pytest.mark.parametrize("who", ["nia", "kai", "wim", "ola", "psy"])
def test_who_keeps_no_sites_lets_nobody_send(hospital: World, who: str) -> None:
    with pytest.raises(Refused):
        senders.add(by=hospital.workers[who], name="X", facility="HOSP", site="lopital")
    assert not AdtSender.objects.exists()


def test_without_the_key_nothing_is_taken_and_many_tries_shut_out_no_one_who_has_it(hospital: World, key: str) -> None:
    text = adt("A01", "C1", at=stamp())
    for wrong in ("", "x", key[:-1]):
        assert post(wrong, text)[0] == 401
    assert Client().get("/interop/adt").status_code == 405
    client = Client()
    client.force_login(hospital.ada)  # a session opens nothing here
    assert client.post("/interop/adt", text, content_type="text/plain").status_code == 401
    assert AccessEntry.objects.filter(action="adt-message", outcome="refused", note="wrong-key").count() == 4
    assert not AdtMessage.objects.exists()
    for _ in range(20):
        post("x", text)
    assert post("x", text)[0] == 429
    assert post(key, text)[:2] == (200, "AA")
    cache.clear()
    senders.end(by=hospital.ada, facility="HOSP")
    assert post(key, text)[0] == 401


def test_a_sender_speaks_for_itself_only(hospital: World, key: str) -> None:
    assert post(key, adt("A01", "C1", facility="OTHER"))[:2] == (200, "AR")
    assert not AdtMessage.objects.exists() and not Held.objects.exists()
    text = adt("A01", "C1").encode()
    assert b"MSA|AR" in door.receive(text, host="192.0.2.7")  # by MLLP, not from its own address
    assert b"MSA|AA" in door.receive(text, host="127.0.0.1")


def test_an_admission_is_on_the_list_at_home_at_once_and_once(hospital: World, key: str) -> None:
    text = adt("A01", "C1", at=stamp(1), reason="Not eating")
    begun = time.monotonic()
    assert post(key, text) == (200, "AA", "taken")
    client = Client()
    client.force_login(hospital.kai)
    assert "In Lopital Santral since" in client.get("/today").content.decode()
    assert time.monotonic() - begun < 60
    for again in (text, text.replace("|C1|", "|C2|"), text.replace("\r", "\n")):
        assert post(key, again)[1] == "AA"
    assert len(stays(hospital)) == 1
    assert OpenItem.objects.filter(person=hospital.people["ben"], kind="stay").count() == 1
    assert Fact.objects.filter(person=hospital.people["ben"], kind="stay").count() == 1
    assert not Held.objects.exists()
    assert all((one or 0) < 60 for one in AdtMessage.objects.values_list("seconds", flat=True))
    assert AccessEntry.objects.filter(
        action="adt-message", person=hospital.people["ben"], note__contains="taken"
    ).exists()


def story() -> list[str]:
    """A stay with a move, a leave, a discharge that was an error, and the true one."""
    return [
        adt("A01", "S1", at=stamp(90), admitted=stamp(91)), adt("A02", "S2", at=stamp(80), unit="W2"),
        adt("A21", "S3", at=stamp(70), unit="W2"), adt("A22", "S4", at=stamp(60), unit="W2"),
        adt("A03", "S5", at=stamp(50), discharged=stamp(51), unit="W2"), adt("A13", "S6", at=stamp(49), unit="W2"),
        adt("A03", "S7", at=stamp(2), discharged=stamp(3), went="01", unit="W2"),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_repeated_it_is_one_stay(hospital: World, key: str, seed: int) -> None:
    messages = story() * 2
    random.Random(seed).shuffle(messages)
    assert {post(key, one)[1] for one in messages} == {"AA"}
    (row,) = stays(hospital)
    assert (row.state, row.unit, row.destination, row.missing) == ("out", "W2 4", "home", "next,instructions,worker")
    assert row.until == (clock.now() - dt.timedelta(hours=3)).date()
    assert Fact.objects.filter(person=hospital.people["ben"], kind="stay").count() == 7
    kinds = set(OpenItem.objects.filter(person=row.person).values_list("kind", flat=True))
    assert {"discharge", "follow", "unreached"} <= kinds and "stay" not in kinds


def test_every_prefix_of_the_story_is_sound(hospital: World, key: str) -> None:
    expected = ["in", "in", "leave", "in", "out", "in", "out"]
    for text, state in zip(story(), expected, strict=True):
        post(key, text)
        assert [row.state for row in stays(hospital)] == [state]


def test_a_cancelled_admission_before_it_arrives_is_none(hospital: World, key: str) -> None:
    both = (adt("A11", "K2", at=stamp(1)), adt("A01", "K1", at=stamp(2)))
    for order in permutations(both):
        for one in order:
            post(key, one)
    assert [row.state for row in stays(hospital)] == ["unknown"]
    assert not OpenItem.objects.filter(person=hospital.people["ben"], kind="stay").exists()


def test_name_birth_and_sex_propose_and_a_person_confirms(hospital: World) -> None:
    key = senders.add(by=hospital.ada, name="Lopital HIS", facility="HOSP", site="lopital", system="his")
    ben = hospital.people["ben"]
    texts = [adt("A03", "P2", at=stamp(1)), adt("A01", "P1", at=stamp(30), reason="Private-word")]
    assert [post(key, one)[1] for one in texts] == ["AA", "AA"]
    assert not stays(hospital) and not Identifier.objects.filter(number="4711").exists()
    rows = list(Held.objects.filter(code="adt.match", person=ben))
    assert len(rows) == 2 and {row.site for row in rows} == {"bel-dlo"}
    for who in ("nia", "wim", "ada", "max", "otto"):
        client = Client()
        client.force_login(hospital.workers[who])
        assert client.get(f"/held/{rows[0].pk}").status_code in (403, 404)
    client = Client()
    client.force_login(hospital.kai)
    page = client.get(f"/held/{rows[0].pk}").content.decode()
    assert "Ben Course" in page and "whether it is they" in page
    assert client.post(f"/held/{rows[0].pk}", {"do": "mend"}).status_code == 422  # nobody was chosen
    assert not stays(hospital)
    assert client.post(f"/held/{rows[0].pk}", {"do": "mend", "person": ben}).status_code == 302
    (row,) = stays(hospital)  # the other one was taken with it
    assert row.state == "out"
    assert not Held.objects.filter(state="open").exists()
    assert post(key, adt("A08", "P3", at=stamp()))[2] == "taken"
    assert AccessEntry.objects.filter(action="mend-held", person=ben).count() == 1


def test_nobody_and_the_wrong_one_are_held_and_never_guessed(hospital: World, key: str) -> None:
    assert post(key, adt("A01", "N1", number="1", family="Nobody", given="Invented"))[1] == "AA"
    assert post(key, adt("A01", "N2", number="2", sex="F"))[1] == "AA"
    assert post(key, adt("A01", "N3", family="Otherwise", given="Somebody", born="19501112"))[1] == "AA"
    found = dict(Held.objects.values_list("code", "site"))
    assert Held.objects.count() == 3
    assert found == {"adt.nobody": "lopital", "adt.differs": "bel-dlo"}
    assert not StayRow.objects.exists()
    say(hospital, "dan", "nia", f.Identifier(system="his", number="4711"))
    assert post(key, adt("A01", "N4", at=stamp()))[1] == "AA"
    assert Held.objects.filter(code="adt.several").exists() and not StayRow.objects.exists()


def test_a_merge_is_proposed_and_then_both_numbers_lead_to_one(hospital: World, key: str) -> None:
    ben = hospital.people["ben"]
    assert post(key, adt("A40", "M1", number="4812", old="4711"))[1] == "AA"
    row = Held.objects.get(code="adt.merge")
    assert (row.person, row.site) == (ben, "bel-dlo")
    with pytest.raises(Invalid):
        mending.mend(by=hospital.kai, entry=row.pk, person=hospital.people["fay"][:5])
    mending.mend(by=hospital.kai, entry=row.pk, person=ben)
    assert post(key, adt("A01", "M2", number="4812", at=stamp()))[2] == "taken"
    assert len(stays(hospital)) == 1


def test_broken_messages_are_kept_and_the_whole_one_settles_them(hospital: World, key: str) -> None:
    whole = adt("A01", "B1", at=stamp(1), admitted=stamp(1))
    cut = whole[: whole.index("PV1")]
    assert post(key, cut)[1] == "AE"
    assert post(key, cut)[1] == "AE"  # the same again: the same answer, and one entry
    assert Held.objects.get().code == "adt.segment"
    assert "PID" in Held.objects.get().raw
    assert post(key, whole)[1] == "AA"
    assert Held.objects.get().state == "mended"
    assert len(stays(hospital)) == 1


def test_cut_off_at_every_part_nothing_is_lost_and_the_whole_one_counts_once(hospital: World, key: str) -> None:
    whole = adt("A01", "T1", at=stamp(1), admitted=stamp(1), reason="Fòs ba").encode()
    sender = AdtSender.objects.get()
    for end in range(0, len(whole), 7):
        answer = door.receive(whole[:end], sender=sender)
        assert b"\rMSA|A" in answer
        if b"MSA|AR" not in answer:  # told that it was kept: it is a fact or an entry
            known = AdtMessage.objects.order_by("-received").first()
            assert known is not None and (known.outcome == "taken" or Held.objects.filter(pk=known.held).exists())
    assert post(key, whole)[1] == "AA"
    assert StayRow.objects.filter(person=hospital.people["ben"], state="in").count() >= 1
    assert not Held.objects.filter(state="open", code__in=("adt.segment", "adt.date")).exists()


def test_a_body_shorter_than_it_says_is_not_taken(hospital: World, key: str) -> None:
    text = adt("A01", "L1").encode()
    request = RequestFactory().post(
        "/interop/adt", text, content_type="application/hl7-v2", headers={"Authorization": f"Bearer {key}"}
    )
    request._stream = BytesIO(text[:-9])  # a line that broke
    answer = deliver(request)
    assert answer.status_code == 400 and b"cut off" in answer.content
    assert not AdtMessage.objects.exists()


def test_test_messages_outpatients_and_other_events_are_no_stays(hospital: World, key: str) -> None:
    assert post(key, adt("A01", "O1", processing="T"))[1] == "AR"
    assert post(key, adt("A04", "O2", kind="O"))[1] == "AA"
    assert post(key, adt("A31", "O3"))[1] == "AR"
    assert not StayRow.objects.exists() and not Held.objects.exists()
    assert set(AdtMessage.objects.values_list("outcome", flat=True)) == {"not_read"}


def test_a_death_told_by_a_hospital_is_read_and_never_recorded_by_itself(hospital: World, key: str) -> None:
    post(key, adt("A01", "D1", at=stamp(30)))
    post(key, adt("A03", "D2", at=stamp(1), went="20"))
    assert chart_of(hospital.people["ben"]).died is None
    item = OpenItem.objects.get(person=hospital.people["ben"], kind="stay")
    assert "says that they died" in item.reason and "died" not in item.plain
    post(key, adt("A08", "D3", at=stamp(), dead="Y"))
    assert Held.objects.get().code == "adt.died"
    assert chart_of(hospital.people["ben"]).died is None


def test_prison_is_followed_for_a_fortnight(hospital: World) -> None:
    key = senders.add(by=hospital.ada, name="Prison", facility="JAIL", site="lopital", system="his", where="prison")
    say(hospital, "ben", "nia", f.Identifier(system="his", number="4711"))
    post(key, adt("A01", "J1", facility="JAIL", at=stamp(60), kind="N"))
    post(key, adt("A03", "J2", facility="JAIL", at=stamp(1), kind="N"))
    late = OpenItem.objects.get(person=hospital.people["ben"], kind="unreached")
    assert late.starts == clock.today() + dt.timedelta(days=3) or late.starts == clock.today() + dt.timedelta(days=2)
    assert "first two weeks" in late.reason and "prison" not in late.plain


def test_the_page_of_messages_names_nobody(hospital: World, key: str) -> None:
    post(key, adt("A01", "W1", at=stamp(1)))
    for who, status in (("ada", 200), ("kai", 200), ("nia", 403), ("ola", 403)):
        client = Client()
        client.force_login(hospital.workers[who])
        answer = client.get("/interop/messages")
        assert answer.status_code == status
        assert "Ben" not in answer.content.decode()
    client = Client()
    client.force_login(hospital.workers["ada"])
    page = client.get("/interop/messages").content.decode()
    assert "Lopital HIS" in page and "Taken" in page
    assert AccessEntry.objects.filter(route="adt-messages", outcome="allowed").count() >= 1


def test_a_table_of_the_ward_tells_the_same_once(hospital: World, key: str) -> None:
    hana = Worker(username="hana", name="Hospital Hana")
    hana.save()
    Post(worker=hana, role="nurse", site=hospital.sites["lopital"], starts=dt.date(2020, 1, 1)).save()
    yesterday, today = clock.today() - dt.timedelta(days=1), clock.today()
    text = (
        "Event;When;Number;Name;Born;Sex;Unit;Destination\n"
        f"admitted;{yesterday};4711;;;;Bed 4;\n"
        f"discharged;{today};4711;;;;;home\n"
        f"admitted;{today};;Ann Start;1985;female;;\n"
        f"flown;{today};4711;;;;;\n\n"
        "admitted;soon;4711;;;;;\n"
    )
    say(hospital, "ann", "nia", f.Registration(name="Ann Start", gender="female", born="1985"))
    for who in ("ola", "ada", "max"):
        client = Client()
        client.force_login(hospital.workers[who])
        assert client.post("/ward/file", {"file": BytesIO(text.encode())}).status_code == 403
    client = Client()
    client.force_login(hospital.nia)
    page = client.post("/ward/file", {"site": "lopital", "file": BytesIO(text.encode())}).content.decode()
    assert "no hospital where you work" in page and not StayRow.objects.exists()
    client.force_login(hana)
    for _ in range(2):
        page = client.post("/ward/file", {"site": "lopital", "file": BytesIO(text.encode())}).content.decode()
        assert "Line 5: “event” is none of" in page and "Line 7: A date is none" in page
    assert "Known already: 3" in page
    (row,) = stays(hospital)
    assert (row.state, row.unit, row.destination, row.facility) == ("out", "Bed 4", "home", "lopital")
    assert Held.objects.get().code == "adt.match"
    wrong = client.post("/ward/file", {"site": "lopital", "file": BytesIO(b"a,b\n1,2\n")})
    assert wrong.status_code == 422 and "must name the columns" in wrong.content.decode()
    assert AccessEntry.objects.filter(action="stay-table", outcome="allowed").count() == 3


# the listener


@pytest.fixture
def listener(transactional_db: None) -> Iterator[mllp.Listener]:
    from tests import kept

    world = kept.world()
    cache.clear()
    organisation.add_site(
        by=world.ada, code="lopital", name="Lopital Santral", kind="hospital", parent=world.sites["centre"]
    )
    senders.add(by=world.ada, name="Lopital HIS", facility="HOSP", site="lopital", system="his")
    say(world, "ben", "nia", f.Identifier(system="his", number="4711"))

    def take(data: bytes, host: str) -> bytes:
        try:
            return door.receive(data, host=host)
        finally:
            connections.close_all()

    with mllp.Listener("127.0.0.1", 0, take) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def talk(server: mllp.Listener, *parts: bytes, answers: int = 1) -> bytes:
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=20) as link:
        for part in parts:
            link.sendall(part)
            time.sleep(0.02)
        found = b""
        while found.count(hl7v2.END) < answers:
            data = link.recv(65536)
            if not data:
                break
            found += data
    return found


def test_the_listener_takes_messages_in_pieces_and_many_on_one_line(listener: mllp.Listener) -> None:
    one, two = (hl7v2.framed(adt(t, c, at=stamp(n)).encode()) for t, c, n in (("A01", "L1", 9), ("A03", "L2", 1)))
    found = talk(listener, b"\r\nnoise", one[:20], one[20:50], one[50:] + two[:9], two[9:], answers=2)
    assert found.count(b"MSA|AA|") == 2
    assert StayRow.objects.get().state == "out"


def test_half_a_message_is_not_taken_and_not_answered(listener: mllp.Listener) -> None:
    one = hl7v2.framed(adt("A01", "L1", at=stamp(1)).encode())
    with socket.create_connection(("127.0.0.1", listener.server_address[1]), timeout=5) as link:
        link.sendall(one[:-2])
    time.sleep(0.2)
    assert not AdtMessage.objects.exists()
    assert b"MSA|AA|L1" in talk(listener, one)
    assert AdtMessage.objects.count() == 1


def test_a_huge_message_is_refused_aloud_and_the_line_closed(listener: mllp.Listener) -> None:
    head = hl7v2.START + adt("A01", "H1").encode()
    found = talk(listener, head, b"x" * (4 * hl7v2.LONGEST + 1))
    assert b"MSA|AR|H1" in found
    assert not AdtMessage.objects.exists()
    long = hl7v2.framed(adt("A01", "H2", reason="x" * hl7v2.LONGEST).encode())
    assert b"MSA|AE|H2" in talk(listener, long)
    assert Held.objects.get().code == "adt.long"


def test_eight_at_once_with_the_same_message_give_one(listener: mllp.Listener) -> None:
    one = hl7v2.framed(adt("A01", "X1", at=stamp(1)).encode())
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(talk(listener, one))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(b"MSA|AA|X1" in answer for answer in found)
    assert Fact.objects.filter(kind="stay").count() == 1
    assert AdtMessage.objects.count() == 1


def test_who_mends_is_who_sees(hospital: World, key: str) -> None:
    post(key, adt("A01", "V1", number="9", family="Nobody", given="Invented"))
    row = Held.objects.get()
    assert not held.visible(hospital.kai).exists()  # it waits at the hospital's own site
    assert held.visible(Worker.objects.get(username="sue")).filter(pk=row.pk).exists() or row.site == "lopital"
