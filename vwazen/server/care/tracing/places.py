"""Where villages and sites lie, as far as the places of this node's packs say; no person has coordinates."""

from functools import cache

import msgspec

from vwazen.clinical.tracing_route import Point, km
from vwazen.content.load import content
from vwazen.content.tracing import Places
from vwazen.server.organisation.models import Site
from vwazen.server.record import names


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """(country, name as it is looked up) -> where; site code -> where."""

    villages: dict[tuple[str, str], Point]
    sites: dict[str, Point]


@cache
def known() -> Known:
    """Every place of the installed packs. Two places of one name in a country are none: nothing is guessed."""
    villages: dict[tuple[str, str], Point] = {}
    sites: dict[str, Point] = {}
    twice: set[tuple[str, str]] = set()
    for country in content().all(Places):
        for one in country.places:
            point, name = (one.lat, one.lon), (country.id, names.plain(one.name))
            if one.site:
                sites[one.site] = point
            if villages.setdefault(name, point) != point:
                twice.add(name)
    return Known(villages={name: at for name, at in villages.items() if name not in twice}, sites=sites)


def village(place: str, path: str) -> Point | None:
    """Where a place of this name lies in the country of this site path; None where nobody has said."""
    return known().villages.get((path.split("/", 1)[0], names.plain(place))) if place.strip() else None


def site(code: str) -> Point | None:
    """Where a site stands; None where nobody has said."""
    return known().sites.get(code)


def how_far(place: str, path: str, code: str) -> float | None:
    """Kilometres in a straight line from the village to the site; None where one of them is not known."""
    home, there = village(place, path), site(code)
    return km(home, there) if home and there else None


def nearer(place: str, path: str, code: str) -> str:
    """The name of the site nearest to the village, if another than the person's own is clearly (a kilometre) nearer."""
    home, mine = village(place, path), how_far(place, path, code)
    if home is None or mine is None:
        return ""
    country = path.split("/", 1)[0] + "/"
    there = dict(Site.objects.filter(pk__in=known().sites, path__startswith=country).values_list("code", "name"))
    found = sorted((km(home, at), one) for one, at in known().sites.items() if one in there)
    return there[found[0][1]] if found and found[0][0] + 1 <= mine else ""
