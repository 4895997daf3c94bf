"""Pages of stays away from home: the ward, and the stays of one person."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care import charted
from vwazen.server.care.entries import entry_of
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.care.once import Once, offered, sent
from vwazen.server.care.stays import ward as wards
from vwazen.server.care.stays.forms import FORMS
from vwazen.server.care.stays.words import DESTINATIONS, STATES, WHERE
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id
from vwazen.server.record.stay_rows import LACKS, at

OPENS = ("see_chart", "see_caseload", "record_care")


@login_required
def stays(request: HttpRequest, person: str) -> HttpResponse:
    """Every stay of one person with what was said of it, and the forms that go on from it."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=OPENS, route="stays")
    if request.method != "POST":
        return _page(request, by, view, request.GET.get("do", ""))
    return sent(request, by, view, FORMS, partial(_page, request, by, view))


def _page(request: HttpRequest, by: Worker, view: View, opened: str, bound: Once | None = None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart = view.chart
    names = worker_names({*charted.authors(chart), *(one.worker for one in chart.stays)})
    every = [_shown(one, names, chart.reconciled) for one in reversed(chart.stays)]
    context = {
        "view": view, "person": view.person.pk, "chart": chart, "apart": tell_apart(view.person), "stays": every,
        "reads": view.may_see("mental-health"), "today": clock.today(),
        "forms": offered(by, view, FORMS, opened, bound),
    }  # fmt: skip
    return render(request, "care/stays/person.html", context, status=422 if bound is not None else 200)


def _shown(one: Any, names: dict[str, str], reconciled: Any) -> dict[str, Any]:
    """One stay as the page shows it."""
    title = at(one)
    return {
        "one": one, "title": f"{title[:1].upper()}{title[1:]}", "kind": WHERE[one.where], "state": STATES[one.state],
        "why": ", ".join(part for part in (one.unit if one.where != "protected_home" else "", one.reason) if part)
        .rstrip("."),
        "to": DESTINATIONS.get(one.destination, ""), "worker": names.get(one.worker, ""),
        "missing": [LACKS[name] for name in one.missing], "owed": one.contacts.next if one.contacts else None,
        "events": [entry_of(fact, names) for fact in reversed(one.events)],
        "medicines": [entry_of(fact, names) for fact in reconciled if fact.body.stay in one.ids],
        "read": getattr(one.read.body, "outcome", "") if one.read else "",
    }  # fmt: skip


@login_required
def ward(request: HttpRequest) -> HttpResponse:
    """Who is in now, at the hospitals where one works, and who was discharged in the last week."""
    by = worker_of(request)
    policy.require(by, "record_care")
    found = wards.ward(by, request.GET.get("site", ""))
    log(by=by, action="read-list", site=found.path, purpose="care", route="ward",
        note=f"rows={len(found.rows)}")  # fmt: skip
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    context = {
        "ward": found, "today": clock.today(), "tabs": tabs(by, "ward"), "messages_page": policy.can(by, "mend_held"),
    }  # fmt: skip
    return render(request, "care/stays/ward.html", context)


@login_required
def admit(request: HttpRequest) -> HttpResponse:
    """Take somebody in whose record is kept elsewhere: the name, birth and sex must be exactly theirs.

    Nobody is listed: who does not know a person's full name and birth learns nothing here.
    """
    by = worker_of(request)
    policy.require(by, "record_care")
    found = wards.ward(by, request.POST.get("site", request.GET.get("site", "")))
    problem: Invalid | None = None
    if request.method == "POST" and found.site:
        try:
            fact = wards.admit_by_name(by=by, site=found.site, sent=request.POST)
        except Invalid as wrong:
            problem = wrong
        else:
            messages.success(request, "Admitted. Whoever follows them at home is told.")
            return redirect("stays", person=fact.person)
    context = {
        "ward": found, "problem": problem, "typed": request.POST, "drawn": make_id(), "today": clock.today(),
        "genders": (("female", "Female"), ("male", "Male"), ("other", "Other")),
        "kinds": {key: WHERE[key] for key in ("hospital", "emergency", "day_hospital")},
    }  # fmt: skip
    return render(request, "care/stays/admit.html", context, status=422 if problem else 200)
