"""Whose figures a worker may see, and whether each of them or only sums too large to tell of anybody.

Someone who may open the charts of a place sees every figure of it and the people behind it. Anyone else sees sums with
small ones hidden (`vwazen.evidence.disclosure`), of whole places only: a figure narrowed twice could be subtracted.
"""

import msgspec
from django.db.models import Q

from vwazen.content.indicators import Outcomes
from vwazen.content.load import content
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import reach

PERMISSION = "see_outcomes"
MANY_SITES = 100


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """One place as one worker may see it. `top`: the highest place above it that they see; `whole`: nothing is hidden.

    `without` are conditions whose segment they may not see: nobody with one is counted. `sites` holds the paths of all
    sites of the place, or None where the place is the whole node. `closed` leaves out whoever said no to them, as a
    condition over a column `person` and its values.
    """

    site: Site
    top: str
    whole: bool
    without: tuple[str, ...]
    sites: tuple[str, ...] | None
    closed: tuple[str, tuple[object, ...]] = ("", ())


def definitions() -> Outcomes:
    return content().get(Outcomes, "outcomes")


def tops(by: Worker) -> tuple[str, ...]:
    """The highest places whose outcomes `by` may see. Raises Refused where there is none."""
    policy.require(by, PERMISSION)
    return policy.site_paths(by, PERMISSION)


def scope(by: Worker, code: str = "") -> Scope | None:
    """The place with this code, or the first of the highest ones; None for one whose outcomes `by` may not see."""
    highest = tops(by)
    found = Site.objects.filter(code=code) if code else Site.objects.filter(path=highest[0])
    site = found.first()
    if site is None or not site.path.startswith(highest):
        return None
    return _scope(by, site, next(path for path in highest if site.path.startswith(path)))


def _scope(by: Worker, site: Site, top: str) -> Scope:
    seen = policy.segments(by, site)
    words, values = reach.open_sql(by, "person", "mental-health")
    return Scope(
        site=site, top=top, whole=opens(by, site.path),
        without=tuple(sorted(one for one, segment in definitions().segments.items() if segment not in seen)),
        sites=_sites(site.path), closed=(words, tuple(values)),
    )  # fmt: skip


def above(by: Worker, one: Scope) -> Scope:
    """The highest place above this one that `by` sees: what a hidden figure here could be worked out from."""
    top = Site.objects.get(path=one.top)
    return _scope(by, top, one.top)


def opens(by: Worker, path: str) -> bool:
    """Whether `by` may see the people behind a figure of this place: their charts, and what the scores say."""
    return policy.can(by, "see_chart", path) and "mental-health" in policy.segments(by, path)


def many_sites(one: Scope) -> bool:
    """Whether counting here takes so long that the page says so."""
    return (len(one.sites) if one.sites is not None else Site.objects.count()) > MANY_SITES


def _sites(path: str) -> tuple[str, ...] | None:
    if path.count("/") == 1 and not Site.objects.exclude(path__startswith=path).exists():
        return None
    return tuple(Site.objects.filter(path__startswith=path).values_list("path", flat=True))


def choices(by: Worker, chosen: Scope) -> list[Site]:
    """The places to go to from here: those above that `by` sees, this one, and those directly below."""
    highest = tops(by)
    up = [path for path in upwards(chosen.site.path) if path.startswith(highest)]
    return list(Site.objects.filter(Q(path__in=[*up, *highest]) | Q(parent=chosen.site)))
