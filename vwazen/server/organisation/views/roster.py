"""Who is on call where: an overview of now, and a week of one site."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import read_page
from vwazen.server.organisation import policy, roster
from vwazen.server.organisation.actions import end_on_call, set_on_call
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.forms import OnCallForm, carry_out
from vwazen.server.organisation.models import OnCall, Site, Worker
from vwazen.server.organisation.views.common import login_required, press, worker_of

A_WEEK = 7
AT_MOST = 200


def _paths(by: Worker) -> tuple[str, ...]:
    """Where this worker may read the roster: whoever may act on a risk must know whom to ring."""
    paths = {*policy.site_paths(by, "act_on_risk"), *policy.site_paths(by, "manage_roster")}
    return tuple(sorted(paths))


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Each site that has a roster this week, and the topmost of this worker's, with who is on call now."""
    by = worker_of(request)
    paths = _paths(by)
    if not paths:
        policy.require(by, "act_on_risk")
    now = timezone.now()
    used = OnCall.objects.standing().filter(ends__gt=now, starts__lt=now + timedelta(days=A_WEEK)).values("site")
    within = Site.objects.filter(policy.within(paths))
    shown = (within.filter(pk__in=used) | within.filter(path__in=paths)).distinct()
    read_page(request=request)
    found = list(shown[: AT_MOST + 1])
    chains = roster.chains(found[:AT_MOST], now)
    rows = [{"site": site, "chain": chain} for site, chain in zip(found, chains, strict=False)]
    return render(request, "organisation/rosters.html", {"rows": rows, "more": len(found) > AT_MOST, "now": now})


def _site(by: Worker, code: str) -> Site:
    paths = _paths(by)
    if not paths:
        policy.require(by, "act_on_risk")
    site = Site.objects.filter(code=code).first()
    if site is None:
        raise Http404("There is no site with this code.")
    if not any(site.path.startswith(path) for path in paths):
        policy.require(by, "act_on_risk", site)
    return site


def _monday(text: str) -> date:
    """The Monday of the week that holds the day written as 2026-11-17; of this week where it is not a day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = timezone.localdate()
    if not date(1971, 1, 1) <= day <= date(9000, 1, 1):
        day = timezone.localdate()
    return day - timedelta(days=day.weekday())


@login_required
def week(request: HttpRequest, code: str) -> HttpResponse:
    """A week of one site's roster, its gaps, and a form to put somebody on call."""
    by = worker_of(request)
    site = _site(by, code)
    manages = policy.can(by, "manage_roster", site)
    monday = _monday(request.GET.get("week", ""))
    form = OnCallForm(request.POST or None, site=site)
    if request.method == "POST":
        policy.require(by, "manage_roster", site)
        if form.is_valid():
            slot = carry_out(form, lambda: set_on_call(by=by, site=site, **form.cleaned_data))
            if slot is not None:
                messages.success(request, f"{slot.worker.name} is on call, as number {slot.order}.")
                return redirect("roster-week", code=code)
    else:
        read_page(request=request, site=site.path)
    after = monday + timedelta(days=A_WEEK)
    slots = OnCall.objects.filter(
        site=site, starts__date__lt=after, ends__date__gte=monday, worker__is_active=True
    ).select_related("worker")
    coming = OnCall.objects.standing().filter(site=site, ends__gt=timezone.now()).select_related("worker")[:AT_MOST]
    now = timezone.now()
    above = OnCall.objects.filter(site__path__in=upwards(site.path)[1:], starts__lte=now, ends__gt=now)
    context = {
        "site": site,
        "days": roster.days(slots, monday, A_WEEK),
        "monday": monday,
        "earlier": monday - timedelta(days=A_WEEK),
        "later": after,
        "coming": coming,
        "chain": roster.chain(site, now),
        "covered_above": above.exists(),
        "form": form if manages else None,
        "today": timezone.localdate(),
    }
    return render(request, "organisation/roster.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """End a turn now, or take a coming one off."""
    by = worker_of(request)
    policy.require(by, "manage_roster")
    slot = OnCall.objects.filter(pk=pk, site=code).select_related("site", "worker").first()
    if slot is None:
        raise Http404("There is no such turn on this site's roster.")
    press(request, lambda: end_on_call(by=by, slot=slot), f"{slot.worker.name} is off this turn.")
    return redirect("roster-week", code=code)
