"""A node for generated histories: the program's own pages and actions in a process of its own that is told, line by
line of JSON, what happens there, whose clock goes as it is told, and that can be told at which statement to die.

    python -m tests.node_host PORT    with VWAZEN_HOME
"""

import datetime as dt
import hashlib
import json
import logging
import os
import re
import signal
import sys
import threading
import traceback
import wsgiref.simple_server as plain
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.utils import timezone

Json = dict[str, Any]
LATER = dt.timedelta()  # by how much this node's clock is ahead of the machine's
LEFT = 0  # statements until it dies; 0: it does not
timezone.now = lambda: dt.datetime.now(dt.UTC) + LATER  # before anything asks what time it is

os.environ["DJANGO_SETTINGS_MODULE"] = "vwazen.server.config.settings"
django.setup()

from django.core.signals import got_request_exception  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402  models load after Django
from django.db import close_old_connections  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.http import Http404  # noqa: E402
from django.test import Client  # noqa: E402

from tests.world import phq9  # noqa: E402
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.content import load  # noqa: E402
from vwazen.home import home  # noqa: E402
from vwazen.server.care import actions as care  # noqa: E402
from vwazen.server.care import plan  # noqa: E402
from vwazen.server.care.episodes import transfer  # noqa: E402
from vwazen.server.care.visit import Visit, record_visit  # noqa: E402
from vwazen.server.organisation import policy  # noqa: E402
from vwazen.server.organisation.actions import devices, set_supervisor  # noqa: E402
from vwazen.server.organisation.errors import Invalid, Refused  # noqa: E402
from vwazen.server.organisation.models import Device, Post, Worker  # noqa: E402
from vwazen.server.record import access, clock, installed, remaking, seal, store  # noqa: E402
from vwazen.server.record.access import View  # noqa: E402
from vwazen.server.record.actions import record  # noqa: E402
from vwazen.server.record.models import Held, OpenItem, Person  # noqa: E402
from vwazen.server.sync import briefs, wire  # noqa: E402
from vwazen.server.sync.nodes import wire as node_wire  # noqa: E402
from vwazen.server.sync.nodes.actions import above, below  # noqa: E402
from vwazen.server.sync.nodes.models import Above  # noqa: E402
from vwazen.server.sync.scope import SEES, scope_of  # noqa: E402

POST = node_wire.post


def _count(_: object) -> None:
    global LEFT  # noqa: PLW0603  one process, one end
    if LEFT:
        LEFT -= 1
        if not LEFT:
            os.kill(os.getpid(), signal.SIGKILL)


def _fault(**_: object) -> None:
    """A page that fails fails the test, and says why."""
    traceback.print_exc()


got_request_exception.connect(_fault, weak=False)
connection_created.connect(lambda connection, **_: connection.connection.set_trace_callback(_count), weak=False)


# what happens here


def later(seconds: float) -> None:
    global LATER  # noqa: PLW0603
    LATER = dt.timedelta(seconds=seconds)
    _clock().write_text(str(seconds))


def _clock() -> Path:
    return home() / "later"


def die(after: int) -> bool:
    """At the so-many-th statement from now; 0: it lives."""
    global LEFT  # noqa: PLW0603
    LEFT = after
    return True


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def invite() -> str:
    return below.invite(by=_worker("ada"), name="Laptop (invented)", site="bel-dlo")


def join(address: str, code: str) -> None:
    above.join(address=address, code=code)
    above.talk()


def talk(fates: list[str]) -> str:
    """Bring and take. Each question meets the next fate: it never arrives, its answer is lost, it arrives twice."""

    def post(*a: Any, **b: Any) -> bytes:
        fate = fates.pop(0) if fates else "ok"
        if fate == "before":
            raise node_wire.Unreachable("cut")
        found = POST(*a, **b)
        if fate == "after":
            raise node_wire.Unreachable("cut")
        return POST(*a, **b) if fate == "twice" else found

    vars(above)["post"] = post
    try:
        above.talk()
    except node_wire.Unreachable:
        return "away"
    finally:
        vars(above)["post"] = POST
    return "done"


def unsent() -> int:
    return above.unsent(Above.objects.get())


def supervise(worker: str, by: str) -> None:
    set_supervisor(by=_worker("max"), worker=_worker(worker), supervisor=_worker(by))


def letting(worker: str) -> str:
    who = Worker.objects.select_related("supervisor").get(username=worker)
    assert who.supervisor is not None
    return devices.make_code(by=who.supervisor, worker=who).code


def revoke(device: str) -> None:
    one = Device.objects.select_related("worker__supervisor").get(pk=device)
    assert one.worker.supervisor is not None
    devices.revoke(by=one.worker.supervisor, device=one, reason="lost")


def visit(by: str, person: str, days: int) -> None:
    record_visit(by=_worker(by), person=person, visit=Visit(mode="clinic", next_date=_in(days)))


def ask(by: str, person: str, total: int, ninth: int) -> None:
    care.answer(by=_worker(by), person=person, instrument="phq-9", answers=phq9(total, ninth))


def register(by: str, site: str, name: str) -> str:
    return care.register(by=_worker(by), site=site, name=name, born="1990")


def line(by: str, person: str, text: str) -> str:
    """Say the newest version of a line of the plan anew, as the page does; the first word on it where there is none."""
    lines = care.chart_of(person).plan_lines
    before = lines[0].standing[-1].id if lines else ""
    return plan.write_line(by=_worker(by), person=person, part="relapse_sign", text=text, segment="general",
                           amends=before).id  # fmt: skip


def move(person: str) -> None:
    here = Person.objects.get(pk=person).site == "bel-dlo"
    to, owner = ("savann", "otto") if here else ("bel-dlo", "kai")
    transfer(by=_worker("pia"), person=person, site=to, owner=str(_worker(owner).pk), agreed=True)


def close(person: str, to: str, granted: bool) -> None:
    no = f.Consent(segment="general", granted=granted, to=to)
    record(by=_worker("kai"), person=person, site="bel-dlo", body=no)


def post(worker: str, *, open_: bool = False) -> None:
    """End the post of a worker today, or open it again."""
    row = Post.objects.get(worker=_worker(worker))
    row.ends = None if row.ends or open_ else clock.today()
    row.save()
    policy.changed()


def merge(person: str, into: str) -> None:
    care.merge(by=_worker("kai"), person=person, into=into)


# what stands here


def facts() -> dict[str, list[str]]:
    """Fact -> person and digest."""
    rows = store.select("SELECT id, person, data FROM record_fact")
    return {str(one): [str(who), hashlib.sha256(bytes(data)).hexdigest()] for one, who, data in rows}  # type: ignore[call-overload]


def people() -> dict[str, list[str]]:
    """Person -> path and whom they were merged into."""
    return {row.pk: [row.path, row.merged_into] for row in Person.objects.all()}


def items(path: str) -> list[list[str]]:
    """What stands on lists."""
    rows = OpenItem.objects.filter(path__startswith=path).values_list("person", "kind", "due", "reason")
    return sorted([str(value) for value in row] for row in rows)


def held() -> list[list[str]]:
    """Fact, code and state of what waits for somebody."""
    return [[json.loads(row.raw)["id"], row.code, row.state] for row in Held.objects.all()]


def whole(device: str) -> dict[str, Json]:
    """Person -> the brief that this phone must hold now, made anew."""
    by, today = Worker.objects.get(devices__pk=device), clock.today()
    scope = scope_of(by, today)
    rows = Person.objects.in_bulk([*scope.full, *scope.thin])
    made = briefs.full(by, [rows[one] for one in scope.full], today)
    made |= briefs.thin(by, [rows[one] for one in scope.thin])
    return {person: json.loads(wire.encode(brief)) for person, brief in made.items()}


def hidden(device: str, persons: list[str]) -> list[str]:
    """Of these, whom the pages would not show to the phone's worker."""
    by = Worker.objects.get(devices__pk=device)
    found = []
    for one in persons:
        try:
            view: View | None = access.person(by=by, person_id=one, purpose="care", permission=SEES)
        except (Http404, Refused):
            view = None
        if view is None or not policy.posts(by):
            found.append(one)
    return found


def versions(person: str) -> dict[str, list[str]]:
    """Line of the plan -> the versions that stand."""
    return {one.id: sorted(fact.id for fact in one.standing) for one in care.chart_of(person).plan_lines}


def rivals(person: str) -> list[str]:
    """How often the page of the plan says that versions were written at the same time, in its words."""
    client = Client()
    client.force_login(_worker("kai"))
    page = client.get(f"/people/{person}/care-plan").content.decode()
    return re.findall(r"(\d+) versions were written at the same time", page)


def sound() -> bool:
    """Whether every seal holds."""
    seal.seal()
    return not seal.verify()


def _worker(username: str) -> Worker:
    return Worker.objects.get(username=username)


def _in(days: int) -> str:
    return (clock.today() + dt.timedelta(days=days)).isoformat()


TOLD: dict[str, Callable[..., object]] = {
    one.__name__: one for one in (
        later, die, kill, invite, join, talk, unsent, supervise, letting, revoke, visit, ask, register, line, move,
        close, post, merge, facts, people, items, held, whole, hidden, versions, rivals, sound,
    )
}  # fmt: skip


class _Quiet(plain.WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: what is said here is an answer."""


def main(port: int) -> None:
    """Live, and when killed live again. What takes long (reading the program and its content) is done once."""
    logging.disable(logging.CRITICAL)
    packs: set[Path] = set()
    while True:
        if packs != (packs := set((home() / "packs").glob("*"))):
            load._installed.cache_clear()
        load.content()
        child = os.fork()
        if not child:
            _live(port)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            return
        print(json.dumps({"gone": True}), flush=True)


def _live(port: int) -> None:
    later(float(_clock().read_text()) if _clock().exists() else 0)
    installed.check()
    remaking.check()
    while remaking.step():
        pass
    server = plain.make_server("127.0.0.1", port, get_wsgi_application(), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"ok": "up"}), flush=True)
    while said := sys.stdin.readline():
        told = json.loads(said)
        close_old_connections()
        try:
            answer = {"ok": TOLD[told.pop("do")](**told)}
        except (Invalid, Refused, Http404) as problem:
            answer = {"refused": str(problem)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
