"""Who may send ADT messages here: made, listed and ended by whoever keeps the sites."""

import secrets
from typing import get_args
from zoneinfo import ZoneInfo

from django.conf import settings

from vwazen.clinical.stay_kinds import Where
from vwazen.server.audit.actions import attempt
from vwazen.server.interop.models import AdtSender
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import make_id, site_named

RIGHT = "manage_sites"
LOOPBACK = "127.0.0.1 ::1"
WHERE = ("", *get_args(Where))


def add(
    *, by: Worker, name: str, facility: str, site: str, system: str = "", where: str = "", zone: str = "",
    charset: str = "", hosts: str = LOOPBACK,
) -> str:  # fmt: skip
    """Let a hospital's system send; its key for HTTP, shown this once. One before of the same facility ends."""
    at = site_named(site)
    policy.require(by, RIGHT, at)
    name, facility = name.strip()[:80], facility.strip()[:120]
    if not name or not facility:
        raise Invalid("Give a name, and what the system calls itself in MSH-4.", field="facility")
    if where not in WHERE:
        raise Invalid(f"A stay is one of: {', '.join(WHERE[1:])}; empty goes by the class of the visit.", field="where")
    zone = zone or settings.TIME_ZONE
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError):
        raise Invalid("There is no such time zone. Write it as America/Port-au-Prince.", field="zone") from None
    try:
        "".encode(charset or "utf-8")
    except LookupError:
        raise Invalid("There is no such character set. Write it as latin-1 or utf-8.", field="charset") from None
    token, now = secrets.token_urlsafe(32), clock.now()
    with store.writing(), attempt(by=by, action="adt-sender", site=at.path, purpose="interop"):
        store.execute("UPDATE interop_adt_sender SET ended = %s WHERE facility = %s AND ended IS NULL", [now, facility])
        store.insert(
            "interop_adt_sender",
            ("id", "name", "facility", "system", "site", "path", "kind", "zone", "charset", "hosts", "digest",
             "created"),
            [(make_id(), name, facility, (system or f"adt:{facility}")[:120], at.code, at.path, where, zone, charset,
              hosts[:200], AdtSender.digest_of(token), now)],
        )  # fmt: skip
    return token


def end(*, by: Worker, facility: str) -> None:
    """Take nothing more from a facility's system."""
    row = AdtSender.objects.filter(facility=facility, ended=None).first()
    if row is None:
        raise Invalid("No system of this facility sends here. The page of hospitals' messages lists those that do.")
    policy.require(by, RIGHT, row.path)
    with store.writing(), attempt(by=by, action="adt-sender-end", site=row.path, purpose="interop"):
        store.execute("UPDATE interop_adt_sender SET ended = %s WHERE id = %s", [clock.now(), row.pk])


def of_key(token: str) -> AdtSender | None:
    """The sender whose key this is, if it is in force."""
    return AdtSender.objects.filter(digest=AdtSender.digest_of(token), ended=None).first() if token else None


def for_files(site: Site) -> AdtSender:
    """In whose name a site's own table of stays is read: the numbers are those of the site's system, if it has one."""
    facility = f"FILE {site.code}"
    known = AdtSender.objects.filter(facility=facility, ended=None).first()
    if known is not None:
        return known
    other = AdtSender.objects.filter(site=site.code, ended=None).order_by("created").first()
    system = other.system if other else f"adt:{site.code}"
    with store.writing():
        store.insert(
            "interop_adt_sender",
            ("id", "name", "facility", "system", "site", "path", "kind", "zone", "charset", "hosts", "digest",
             "created"),
            [(make_id(), f"Tables of {site.name}"[:80], facility, system, site.code, site.path, "", settings.TIME_ZONE,
              "", "", AdtSender.digest_of(secrets.token_urlsafe(32)), clock.now())], ignore=True,
        )  # fmt: skip
    return AdtSender.objects.get(facility=facility, ended=None)
