"""A burst of a thousand ADT messages: how long, what CPU each, and how soon the alert stands on the lists at home.

    python -m bench.adt [1000]

Limit: the alert within a minute of the arrival of a message (requirement R114), also of the last one of the burst.
The burst comes over MLLP, on four connections, into one listener of this process; each message is answered after it is
durable. 250 people with 40 facts each; each has an admission, a move, a discharge, and the admission once more.
"""

import socket
import statistics
import sys
import threading
import time

from bench import cpu, node

VENDOR = node()

from django.db import connections  # noqa: E402  models load after Django

from tests import world as worlds  # noqa: E402
from tests.adt import adt  # noqa: E402
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.exchange import hl7v2  # noqa: E402
from vwazen.server.interop import adt as door  # noqa: E402
from vwazen.server.interop import mllp, senders  # noqa: E402
from vwazen.server.interop.models import AdtMessage  # noqa: E402
from vwazen.server.organisation import actions as organisation  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402
from vwazen.server.record.models import Fact, OpenItem  # noqa: E402

MANY = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
LINES = 4
LIMIT_S = 60


def people(world: worlds.World, many: int) -> None:
    """People in care whom the hospital knows by a number."""
    nia = world.nia
    for start in range(0, many, 50):
        facts = []
        for n in range(start, min(start + 50, many)):
            person = make_id()
            bodies: list[f.AnyBody] = [
                f.Registration(name=f"Invented Person {n}", born="1985"), f.Identifier(system="his", number=str(n)),
                f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression",
                          owner=str(world.kai.pk)),
            ]  # fmt: skip
            bodies += [f.Encounter(mode="clinic") for _ in range(37)]
            facts += [make_fact(by=nia, person=person, site="bel-dlo", body=body) for body in bodies]
        append(facts)


def burst(many: int) -> list[bytes]:
    """Messages of that many quarters of people, as a hospital sends them in an hour."""
    found = []
    for n in range(many // 4):
        stays = [("A01", ""), ("A02", ""), ("A03", "01"), ("A01", "")]
        for step, (trigger, went) in enumerate(stays):
            at = f"202611{20 + step % 3:02}1{n % 10}{n % 60:02}00+0000"
            text = adt(trigger, f"{n}-{step}", number=str(n), family=f"Person {n}", given="Invented", visit=f"V{n}",
                       at=at, went=went, unit=f"W{step}")  # fmt: skip
            found.append(text.encode())
    return found


def send(port: int, messages: list[bytes], waits: list[float], codes: list[bytes]) -> None:
    """One connection: each message, and its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as link:
        for data in messages:
            began, answer = time.perf_counter(), b""
            link.sendall(hl7v2.framed(data))
            while hl7v2.END not in answer:
                answer += link.recv(65536)
            waits.append(time.perf_counter() - began)
            codes.append(answer[answer.find(b"MSA|") + 4 :][:2])


def take(data: bytes, host: str) -> bytes:
    """As the listener does."""
    try:
        return door.receive(data, host=host)
    finally:
        connections.close_all() if VENDOR == "postgresql" else None


def main() -> None:
    """Build, send, and print what came of it."""
    world = worlds.build_organisation()
    organisation.add_site(by=world.ada, code="lopital", name="Lopital", kind="hospital", parent=world.sites["centre"])
    senders.add(by=world.ada, name="HIS", facility="HOSP", site="lopital", system="his")
    people(world, MANY // 4)
    messages = burst(MANY)
    parts = [messages[n::LINES] for n in range(LINES)]
    waits: list[float] = []
    codes: list[bytes] = []
    with mllp.Listener("127.0.0.1", 0, take) as server:
        port = int(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        spent, began = cpu(), time.perf_counter()
        threads = [threading.Thread(target=send, args=(port, part, waits, codes)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall, used = time.perf_counter() - began, cpu() - spent
        server.shutdown()
    slowest = max(one or 0.0 for one in AdtMessage.objects.values_list("seconds", flat=True))
    many, middle = len(messages), statistics.median(waits) * 1000
    print(f"{VENDOR}: {many} messages over {LINES} connections in {wall:.1f} s, {many / wall:.0f} a second")
    print(f"CPU {used / many * 1000:.1f} ms a message, the sender's included")
    print(f"answered in {middle:.0f} ms (median), the slowest in {max(waits):.2f} s")
    print(f"from arrival to the lists: slowest {slowest:.2f} s; limit {LIMIT_S} s, and the whole burst {wall:.1f} s")
    outcomes = {code: codes.count(code) for code in set(codes)}
    stays, alerts = Fact.objects.filter(kind="stay").count(), OpenItem.objects.filter(kind="follow").count()
    print(f"answers {outcomes}; facts of stays {stays}; people with a contact owed {alerts}")
    if wall > LIMIT_S or slowest > LIMIT_S:
        raise SystemExit("over the limit")


main()
