"""The first sign-ins of a new node: an administrator, and an example clinic whose places and workers are invented."""

import datetime as dt
import os

import msgspec

from vwazen.home import home
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock

FILE = "first-sign-ins.txt"
_SITES = (
    ("zz", "Example country (invented)", "country", ""),
    ("hill-district", "Hill District (invented)", "district", "zz"),
    ("spring-clinic", "Spring Clinic (invented)", "health_centre", "hill-district"),
)
_WORKERS = (
    ("carla", "Carla Example", "care_manager", "spring-clinic"),
    ("pascal", "Pascal Example", "psychiatrist", "hill-district"),
    ("nadia", "Nadia Example", "nurse", "spring-clinic"),
    ("wilson", "Wilson Example", "chw", "spring-clinic"),
    ("sonia", "Sonia Example", "supervisor", "hill-district"),
    ("mario", "Mario Example", "programme_manager", "zz"),
)


class SignIn(msgspec.Struct, frozen=True):
    """A name and its one-time password."""

    username: str
    password: str
    role: str


def found(*, example: bool) -> list[SignIn]:
    """Make the first administrator, and the example clinic unless unwanted; [] on a node that has workers."""
    if Worker.objects.exists():
        return []
    code, name, kind, _ = _SITES[0]
    admin, password = organisation.found(
        username="admin", name="Administrator", site_code=code, site_name=name, site_kind=kind
    )
    made = [SignIn("admin", password, "administrator")]
    if example:
        made += _example(admin)
    lines = [f"{one.username:<12} {one.password:<16} {one.role}\n" for one in made]
    with os.fdopen(os.open(home() / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(lines)
    return made


def _example(admin: Worker) -> list[SignIn]:
    sites = {_SITES[0][0]: Site.objects.get(code=_SITES[0][0])}
    for code, name, kind, parent in _SITES[1:]:
        sites[code] = organisation.add_site(by=admin, code=code, name=name, kind=kind, parent=sites[parent])
    made: list[SignIn] = []
    workers: dict[str, Worker] = {}
    for username, name, role, site in _WORKERS:
        phone = f"+000 555 01{len(made):02}"
        one, password = organisation.add_worker(
            by=admin, username=username, name=name, role=role, site=sites[site], phone=phone
        )
        workers[username] = one
        made.append(SignIn(username, password, role))
    organisation.set_minutes(by=admin, worker=workers["pascal"], minutes=60)
    start = clock.now()
    for order, username in enumerate(("nadia", "carla"), start=1):
        organisation.set_on_call(
            by=workers["sonia"], site=sites["spring-clinic"], worker=workers[username], starts=start,
            ends=start + dt.timedelta(days=30), order=order,
        )  # fmt: skip
    # Nobody real works here: a newcomer should not have to invent seven passwords to look around.
    Worker.objects.filter(pk__in=[one.pk for one in workers.values()]).update(must_change_password=False)
    return made
