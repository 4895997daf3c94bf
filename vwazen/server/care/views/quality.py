"""The page of data quality: how many faults there are by site, each with who can mend it and where."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from vwazen.server.audit.actions import log
from vwazen.server.care import quality as care_quality
from vwazen.server.care.listing import is_id, opens_chart, tell_apart
from vwazen.server.care.quality import HELD_WHAT, KINDS, LATE, OWNER, USUAL
from vwazen.server.care.views.today import require_any
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock, held
from vwazen.server.record.models import Held, Person, Quality


@login_required
def quality(request: HttpRequest) -> HttpResponse:
    """Faults by site and kind; with `kind`, the list of one kind, where it is mended."""
    by, today = worker_of(request), clock.today()
    require_any(by, care_quality.OPENS)
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in LATE else USUAL
    sites = care_quality.places(by)
    few = list(sites[:2])
    site = sites.filter(code=request.GET.get("site", "")).first() or (few[0] if len(few) == 1 else None)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    kept = {"site": site.code} if site else {}
    if days != USUAL:
        kept["days"] = str(days)
    values: dict[str, Any] = {"days": days, "all_days": LATE, "site": site, "kind": kind, "kept": urlencode(kept)}
    values["tabs"] = [{"label": "By site", "url": f"?{urlencode(kept | {'site': ''})}", "count": None,
                       "current": not kind}]  # fmt: skip
    values["tabs"] += [
        {"label": words, "url": f"?{urlencode(kept | {'kind': one})}", "count": None, "current": one == kind}
        for one, words in KINDS.items()
    ]
    shown = 0
    if kind == Quality.LATE:
        values |= _late(request, by, site, today, days, kept)
    elif kind == "double":
        shown = _doubles(request, by, site, values, kept)
    elif kind:
        shown = _list(request, by, kind, site, today, values, kept)
    else:
        values |= _sites(request, by, today, days, kept)
    if kind in ("", Quality.IMPOSSIBLE):
        values["mends_held"] = care_quality.who_mends(site, "mend_held")
    path = site.path if site else next(iter(policy.site_paths(by, "see_caseload")), "")
    log(by=by, action="read-list", site=path, purpose="quality", route="quality", note=f"kind={kind[:14]} rows={shown}")
    return render(request, "care/quality.html", values)


def _start(request: HttpRequest) -> int:
    sent = request.GET.get("from", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 6 else 0


def _late(
    request: HttpRequest, by: Worker, site: Site | None, today: dt.date, days: int, kept: dict[str, str]
) -> dict[str, Any]:  # fmt: skip
    start = _start(request)
    found, more = care_quality.late(by, site, today, days, start)
    rows = [(one, f"?{urlencode(kept | {'kind': Quality.LATE, 'site': one.code})}") for one in found]
    following = f"?{urlencode(kept | {'kind': Quality.LATE, 'from': start + len(found)})}" if more else ""
    return {"late": rows, "leads": policy.can(by, "see_outcomes"), "next_url": following}


def _sites(request: HttpRequest, by: Worker, today: dt.date, days: int, kept: dict[str, str]) -> dict[str, Any]:
    found, last = care_quality.by_site(by, today, days, request.GET.get("from", ""))
    rows = [
        {
            "site": one.site,
            "cells": [
                {"many": one.many[kind], "label": words, "look": kind == "double",
                 "url": "?" + urlencode(kept | {"site": one.site.code, "kind": kind})}
                for kind, words in KINDS.items()
            ],
        }
        for one in found
    ]  # fmt: skip
    following = f"?{urlencode(kept | {'from': last})}" if last else ""
    return {"rows": rows, "kinds": KINDS, "next_url": following}


def _list(
    request: HttpRequest, by: Worker, kind: str, site: Site | None, today: dt.date, values: dict[str, Any],
    kept: dict[str, str],
) -> int:  # fmt: skip
    """The people of one fault, and beside it the other faults of its kind."""
    whats = care_quality.whats(by, kind, site, today, 0)
    asked = request.GET.get("what", "")
    chosen = asked if any(what == asked for what, _ in whats) else next((what for what, _ in whats), "")
    values["whats"] = [
        {"label": care_quality.say(what), "count": many, "current": what == chosen,
         "url": "?" + urlencode(kept | {"kind": kind, "what": what})}
        for what, many in whats
    ] + _elsewhere(by, kind, site, today)  # fmt: skip
    if not chosen:
        return 0
    found, following = care_quality.page(by, kind, chosen, site, today, request.GET.get("after", "")[:120])
    people = Person.objects.in_bulk([one.person for one in found])
    how = care_quality.mend(kind, chosen)
    values["rows"] = [
        {"person": people[one.person], "apart": tell_apart(people[one.person]), "since": one.since,
         "opens": opens_chart(by, one.path),
         "url": how.url(one.person, chosen) if how.may(by, one.path, chosen) else ""}
        for one in found if one.person in people
    ]  # fmt: skip
    values |= {
        "what": care_quality.say(chosen), "how": how, "who": care_quality.who_mends(site, how.permission),
        "named": policy.can(by, "see_caseload"),
        "next_url": f"?{urlencode(kept | {'kind': kind, 'what': chosen, 'after': following})}" if following else "",
    }  # fmt: skip
    return len(values["rows"])


def _elsewhere(by: Worker, kind: str, site: Site | None, today: dt.date) -> list[dict[str, Any]]:
    """Faults that have a page of their own: what could not be taken in, and who has no owner or no next date."""
    if kind == Quality.IMPOSSIBLE and policy.can(by, "mend_held"):
        rows = held.visible(by).filter(state=Held.OPEN)
        many = (rows.filter(path__startswith=site.path) if site else rows).count()
        return [{"label": care_quality.say(HELD_WHAT), "count": many, "url": reverse("held"), "current": False}]
    if kind == Quality.MISSING and policy.can(by, "enrol"):
        lost = care_quality.lost_at(by, site, today)
        return [{"label": care_quality.say(OWNER), "count": lost, "url": reverse("unassigned"), "current": False}]
    return []


def _doubles(
    request: HttpRequest, by: Worker, site: Site | None, values: dict[str, Any], kept: dict[str, str]
) -> int:  # fmt: skip
    after = request.GET.get("after", "")
    pairs, following = care_quality.doubles(by, site, after if is_id(after) else "")
    values["pairs"] = [
        {"one": pair.one, "one_apart": tell_apart(pair.one), "other": pair.other.person, "why": pair.other.why,
         "other_apart": tell_apart(pair.other.person), "opens": opens_chart(by, pair.one.path),
         "url": f"{reverse('same-person', args=[pair.one.pk])}?with={pair.other.person.pk}"}
        for pair in pairs
    ]  # fmt: skip
    values["next_url"] = f"?{urlencode(kept | {'kind': 'double', 'after': following})}" if following else ""
    values["who"] = care_quality.who_mends(site, "register_person")
    return len(pairs)
