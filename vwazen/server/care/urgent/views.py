"""The page of those who come to the emergency room often."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vwazen.clinical.homes import HIGH_USE_DAYS, HIGH_USE_VISITS
from vwazen.server.audit.actions import log
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.care.listing import A_PAGE
from vwazen.server.care.urgent import lists
from vwazen.server.organisation import policy
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock


@login_required
def high_users(request: HttpRequest) -> HttpResponse:
    """Who had many emergency visits in a short time, with the reasons told, and the way to the plan."""
    by = worker_of(request)
    policy.require(by, lists.PERMISSION)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    found, more = lists.often(by, clock.today(), start)
    log(by=by, action="read-list", purpose="care", route="high-users", note=f"rows={len(found)}")
    context = {
        "tabs": tabs(by, "high-users"), "rows": found, "visits": HIGH_USE_VISITS, "days": HIGH_USE_DAYS,
        "next_url": f"?from={start + A_PAGE}" if more else "", "first": not start,
    }  # fmt: skip
    return render(request, "care/urgent/high_users.html", context)
