"""The ward: who is in now, who is on leave, who went lately; and taking somebody in by their exact particulars."""

import datetime as dt
from collections.abc import Mapping

import msgspec
from django.db.models import Q

from vwazen.clinical.facts import Fact
from vwazen.server.audit.actions import attempt, log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care.stays import actions
from vwazen.server.care.stays.words import STATES
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.matching import exactly
from vwazen.server.record.models import StayRow
from vwazen.server.record.stay_rows import LACKS

LATELY = 7  # days
MOST = 300


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the ward. `lacks`: what their discharge does not say yet."""

    person: str
    name: str
    state: str
    unit: str
    since: dt.date
    until: dt.date | None
    back: dt.date | None
    late: bool
    lacks: str
    home: str


class Ward(msgspec.Struct, frozen=True, kw_only=True):
    """One hospital's page; `sites` are all those of this worker. `more`: there are more than the page shows."""

    site: Site | None
    sites: tuple[Site, ...]
    rows: tuple[Lying, ...]
    gone: tuple[Lying, ...]
    more: bool = False

    @property
    def path(self) -> str:
        return self.site.path if self.site else ""


def ward(by: Worker, code: str = "") -> Ward:
    """The page of the site with this code; of the first one where `by` records care, where none is named."""
    paths = policy.site_paths(by, actions.RIGHT)
    sites = tuple(Site.objects.filter(policy.within(paths), kind=Site.Kind.HOSPITAL).order_by("name")[:MOST])
    site = next((one for one in sites if one.code == code), sites[0] if sites else None)
    if site is None:
        return Ward(site=None, sites=(), rows=(), gone=())
    today = clock.today()
    here = Q(at_path__startswith=site.path) & reach.open_to(by)
    found = list(StayRow.objects.filter(here, state__in=("in", "leave")).order_by("since", "pk")[: MOST + 1])
    since = today - dt.timedelta(days=LATELY)
    gone = list(StayRow.objects.filter(here, state="out", until__gte=since).order_by("-until", "pk")[:MOST])
    homes = dict(Site.objects.filter(path__in={row.path for row in (*found, *gone)}).values_list("path", "name"))
    return Ward(
        site=site, sites=sites, rows=tuple(_lying(row, homes, today) for row in found[:MOST]),
        gone=tuple(_lying(row, homes, today) for row in gone), more=len(found) > MOST,
    )  # fmt: skip


def _lying(row: StayRow, homes: Mapping[str, str], today: dt.date) -> Lying:
    return Lying(
        person=row.person, name=row.name, state=STATES[row.state], unit=row.unit, since=row.since, until=row.until,
        back=row.back, late=bool(row.back and row.back < today),
        lacks=", ".join(LACKS[one] for one in row.missing.split(",") if one), home=homes.get(row.path, ""),
    )  # fmt: skip


def admit_by_name(*, by: Worker, site: Site, sent: Mapping[str, str]) -> Fact:
    """Admit the one person of this name, birth and sex, wherever they are followed. Raises Invalid.

    Whether nobody or several are so called is told in the same words, and every try is logged.
    """
    policy.require(by, actions.RIGHT, site)
    same = exactly(sent.get("name", ""), sent.get("born", ""), sent.get("gender", ""))
    found = same[0] if len(same) == 1 else None
    if found is None or reach.is_denied(by, found):
        log(by=by, action="admit-by-name", site=site.path, purpose="care", outcome=AccessEntry.REFUSED, note="nobody")
        raise Invalid(
            "No one person on record has exactly this name, birth and sex. Ask again how it is spelt and when they "
            "were born; if they are new to the programme, register them here.", field="name",
        )  # fmt: skip
    with attempt(by=by, action="admit-by-name", person=found.pk, site=site.path, purpose="care"):
        return actions.admit_found(
            by=by, person=found.pk, where=sent.get("where", "hospital"), facility=site.code, unit=sent.get("unit", ""),
            reason=sent.get("reason", ""), fact_id=sent.get("fact_id", ""),
        )  # fmt: skip
