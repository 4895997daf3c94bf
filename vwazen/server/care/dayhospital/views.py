"""The pages of the day hospital: its morning, and one member."""

import datetime as dt
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical.homes import Day, days_at
from vwazen.server.audit.actions import log
from vwazen.server.care import planned
from vwazen.server.care.dayhospital import actions, lists
from vwazen.server.care.dayhospital.forms import FORMS, MarkForm, open_stay
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.care.listing import is_id, opens_chart, tell_apart, worker_names
from vwazen.server.care.once import Once, offered, sent
from vwazen.server.care.words import REACHED
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View

SHOWN = 28  # days of attendance on a member's page


@login_required
def morning(request: HttpRequest) -> HttpResponse:
    """Who belongs to the day hospital, who came on a day, and whom to call because they did not."""
    by = worker_of(request)
    policy.require(by, lists.PERMISSION)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    sites, asked = lists.places(by), request.POST if request.method == "POST" else request.GET
    site = next((one for one in sites if one.pk == asked.get("site")), _own(by, sites))
    day = _day(asked.get("day", ""))
    if request.method == "POST":
        return _saved(request, by, site, day)
    found = lists.members(by, site, day) if site else []
    log(
        by=by, action="read-list", site=site.path if site else "", purpose="care", route="day-hospital",
        note=f"rows={len(found)}",
    )  # fmt: skip
    return render(request, "care/dayhospital/morning.html", _morning(by, sites, site, day, found))


def _morning(
    by: Worker, sites: list[Site], site: Site | None, day: dt.date, found: list[lists.Member]
) -> dict[str, Any]:  # fmt: skip
    today = clock.today()
    here = f"?{urlencode({'site': site.pk})}" if site else "?"
    return {
        "tabs": tabs(by, "day-hospital"), "site": site, "sites": sites, "day": day, "today": today,
        "members": found, "calls": [one for one in found if one.call],
        "called": [(one, REACHED.get(one.reached, "")) for one in found if one.reached],
        "call_from": lists.call_from(day), "calling": clock.now() >= lists.call_from(day), "why": actions.WHY,
        "reached": REACHED, "may": bool(site) and policy.can(by, "record_care", site),
        "closed": day.weekday() >= actions.WEEKEND,
        "open": (today - day).days <= actions.LONGEST_AGO and day.weekday() < actions.WEEKEND,
        "before_url": f"{here}&day={lists.day_before(day)}", "today_url": here if day != today else "",
        "counts": {state: sum(one.state == state for one in found) for state in actions.STATES},
    }  # fmt: skip


def _own(by: Worker, sites: list[Site]) -> Site | None:
    """The day hospital at which `by` holds a post, else the first."""
    held = {post.site_id for post in policy.posts(by)}
    return next((one for one in sites if one.pk in held), sites[0] if sites else None)


def _day(text: str) -> dt.date:
    """The day that was asked for; today for one that is none, or still to come."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return clock.today()
    return min(day, clock.today())


def _saved(request: HttpRequest, by: Worker, site: Site | None, day: dt.date) -> HttpResponse:
    """One tap, and back to the line it was made in."""
    form = MarkForm(request.POST)
    back = f"{reverse('day-hospital')}?{urlencode({'site': site.pk if site else '', 'day': day.isoformat()})}"
    if not form.is_valid():
        policy.require(by, "record_care")
        messages.warning(request, "Nothing was saved. Choose here, late or absent beside a name.")
        return redirect(back)
    values = form.values()
    try:
        actions.mark(by=by, day=day.isoformat(), **values)
    except Invalid as problem:
        messages.warning(request, str(problem))
    stay = values["stay"]
    return redirect(f"{back}#s-{stay}" if is_id(stay) else back)


@login_required
def member(request: HttpRequest, person: str) -> HttpResponse:
    """One person and the day hospital: take in, days, calls, the end."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="see_chart", route="day-member")
    if request.method != "POST":
        return _member(request, by, view, request.GET.get("do", ""))
    return sent(request, by, view, FORMS, partial(_member, request, by, view))


def _member(
    request: HttpRequest, by: Worker, view: View, opened: str, bound: Once | None = None
) -> HttpResponse:  # fmt: skip
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart, today = view.chart, clock.today()
    one = open_stay(view)
    days = days_at(chart.stays, chart.absence_calls, today - dt.timedelta(days=SHOWN))
    names = worker_names(
        {day.marked.author for day in days if day.marked} | {day.call[0].author for day in days if day.call}
    )
    circle = planned.circle(chart, {}) if view.may_see("general") else []
    asked = request.GET.get("day", "")
    context = {
        "view": view, "person": view.person, "chart": chart, "apart": tell_apart(view.person), "stay": one,
        "may_see_chart": opens_chart(by, view.path), "reads": view.may_see("mental-health"),
        "days": [_day_words(day, names) for day in reversed(days)],
        "marked": sum(bool(day.state) for day in days), "missed": sum(day.state == "absent" for day in days),
        "circle": [someone for someone in circle if someone.phone],
        "forms": offered(by, view, FORMS, opened, bound, {"day": asked} if asked else None),
        "shown": SHOWN,
        "goals": [body for _, body in chart.shared_plan if body.part == "goal" and body.status == "open"],
        "programme": [body for _, body in chart.shared_plan if body.part == "action" and body.status == "open"],
        "past": [stay for stay in chart.stays if stay.where == "day_hospital" and stay.until],
    }  # fmt: skip
    return render(request, "care/dayhospital/member.html", context, status=422 if bound is not None else 200)


def _day_words(day: Day, names: dict[str, str]) -> dict[str, Any]:
    """One day as a line: what it was and who said so; who was called, by whom, and what came of it."""
    call = day.call
    return {
        "day": day.day, "state": day.state, "why": day.why if day.state == "absent" else "",
        "by": names.get(day.marked.author, "someone") if day.marked else "",
        "reached": REACHED[call[1].reached] if call else "", "caller": names.get(call[0].author, "") if call else "",
        "outcome": call[1].outcome if call else "",
    }  # fmt: skip
