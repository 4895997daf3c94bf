"""The outbox for whoever keeps the machine going: what did not go out and why, without a name, a number or a word."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.server.audit.actions import log
from vwazen.server.interop import gateways, outbox
from vwazen.server.interop.models import Outgoing
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import clock, reach

A_PAGE = 50
STATES = {
    Outgoing.FAILED: "Failed", Outgoing.WAITING: "Waiting", Outgoing.SENDING: "Being sent", Outgoing.SENT: "Sent",
    Outgoing.CANCELLED: "Cancelled",
}  # fmt: skip
ABOUT = {"reminder": "a reminder of a date", "missed": "a nudge after a date", "referral": "word about a referral"}
CHANNELS = {"sms": "text message", "voice": "recorded call", "mail": "mail"}
_WHY = {
    "timeout": "the gateway did not answer in time; it may have sent it all the same",
    "no-connection": "the gateway could not be reached", "no-answer": "the gateway broke off",
    "no-name": "the gateway answered without accepting it", "interrupted": "this node stopped while it was being sent",
    "too-late": "its day came before it could be sent", outbox.NOT_WANTED: "not needed any more",
    outbox.STOPPED: "somebody wrote STOP from that phone", outbox.BY_HAND: "cancelled by hand",
}  # fmt: skip


@login_required
def read(request: HttpRequest) -> HttpResponse:
    """What failed, first; each with the reason, and two buttons."""
    by = worker_of(request)
    policy.require(by, "keep_outbox")
    if request.method == "POST":
        return _act(request)
    paths = policy.site_paths(by, "keep_outbox")
    here = Outgoing.objects.filter(policy.within(paths), reach.open_to(by))
    counts = dict(here.values_list("state").annotate(many=Count("pk")))
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else Outgoing.FAILED
    start = (
        int(request.GET["after"]) if request.GET.get("after", "").isdecimal() and len(request.GET["after"]) < 8 else 0
    )
    rows = list(here.filter(state=state).order_by("-created", "pk")[start : start + A_PAGE + 1])
    names = dict(Site.objects.filter(path__in={one.path for one in rows}).values_list("path", "name"))
    log(by=by, action="read-list", site=paths[0], purpose="operations", route="outbox", note=f"rows={len(rows)}")
    ways, fault = _ways()
    context = {
        "rows": [_row(one, names) for one in rows[:A_PAGE]], "state": state, "fault": fault,
        "tabs": [
            {"label": label, "url": f"?state={code}", "count": counts.get(code, 0), "current": code == state}
            for code, label in STATES.items()
        ],
        "missing": [CHANNELS[one] for one in Outgoing.CHANNELS if one not in ways], "waits": counts.get("waiting", 0),
        "next_url": f"?state={state}&after={start + A_PAGE}" if len(rows) > A_PAGE else "", "now": clock.now(),
        "file": gateways.FILE, "synthetic_node": settings.SYNTHETIC,
    }  # fmt: skip
    return render(request, "interop/outbox.html", context)


def _act(request: HttpRequest) -> HttpResponse:
    act = {"again": outbox.again, "cancel": outbox.cancel}.get(request.POST.get("do", ""))
    try:
        if act is None:
            raise Invalid("Choose what to do with a message of the list.")
        act(by=worker_of(request), message=request.POST.get("message", ""))
        messages.success(request, "It is tried again now." if act is outbox.again else "Cancelled. It will not go out.")
    except Invalid as problem:
        messages.warning(request, str(problem))
    return redirect(reverse("outbox"))


def _ways() -> tuple[frozenset[str], str]:
    """The channels that have a way out, and what is wrong with the file that names them."""
    try:
        return frozenset(gateways.ways(Path(settings.HOME), synthetic=settings.SYNTHETIC)), ""
    except Invalid as problem:
        return frozenset(), str(problem)


def _row(one: Outgoing, names: dict[str, str]) -> dict[str, Any]:
    code = one.error
    why = _WHY.get(code) or (f"the other side said {code.replace('-', ' ')}" if code else "")
    return {
        "message": one, "about": ABOUT.get(one.about, one.about.replace("-", " ")), "why": why,
        "channel": CHANNELS.get(one.channel, one.channel), "site": names.get(one.path, "—"),
        "short": one.pk[-6:], "failed": one.state == Outgoing.FAILED,
        "may_end": one.state in (Outgoing.FAILED, Outgoing.WAITING),
    }  # fmt: skip
