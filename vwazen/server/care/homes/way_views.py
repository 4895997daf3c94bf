"""The way home from long stays in hospital: the list by stage, and one person's steps."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.homes import FOLLOWED_DAYS, LONG_STAY_DAYS, STAGES
from vwazen.server.audit.actions import log
from vwazen.server.care.homes import lists, way
from vwazen.server.care.homes.forms import StepForm
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.care.listing import opens_chart, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View


@login_required
def reintegration(request: HttpRequest) -> HttpResponse:
    """Everyone whose way home is open, by stage; those without a next step first."""
    by = worker_of(request)
    policy.require(by, lists.PERMISSION)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    today, stage = clock.today(), request.GET.get("stage", "")
    stage = stage if stage in ("none", *STAGES) else ""
    found, more = lists.ways(by, today, stage, request.GET.get("from", ""))
    many = lists.stages(by, today)
    log(
        by=by, action="read-list", purpose="care", route="reintegration",
        note=f"rows={len(found)} stage={stage or 'all'}",
    )  # fmt: skip
    choices = [("", "All", sum(many.values())), ("none", "No step yet", many.get("", 0))]
    choices += [(code, label.capitalize(), many.get(code, 0)) for code, label in STAGES.items()]
    context = {
        "tabs": tabs(by, "reintegration"), "rows": found, "stages": STAGES, "days": LONG_STAY_DAYS,
        "narrow": [
            {"label": label, "url": f"?{urlencode({'stage': code})}", "count": count, "current": code == stage}
            for code, label, count in choices
        ],
        "next_url": f"?{urlencode({'stage': stage, 'from': more})}" if more else "", "stage": stage,
    }  # fmt: skip
    return render(request, "care/homes/reintegration.html", context)


@login_required
def way_home(request: HttpRequest, person: str) -> HttpResponse:
    """One person's way home: each step with its date, and the next one. A community worker sees no more than this."""
    by = worker_of(request)
    view = access.person(
        by=by, person_id=person, purpose="care", permission=("see_chart", "see_caseload"), route="way-home"
    )
    if request.method != "POST":
        return _page(request, by, view)
    policy.require(by, StepForm.permission, view.path)
    if not StepForm.offered(view):
        messages.warning(request, "No way home is open for this person. The page shows what was done.")
        return redirect("way-home", person=view.person.pk)
    form = StepForm(request.POST, by=by, view=view)
    if form.saved() is None:
        return _page(request, by, view, form)
    messages.success(request, form.done)
    return redirect("way-home", person=view.person.pk)


def _page(request: HttpRequest, by: Worker, view: View, bound: StepForm | None = None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart = view.chart
    names = worker_names({fact.author for fact, _ in chart.way_home} | {body.owner for _, body in chart.way_home})
    form = bound
    if form is None and policy.can(by, "record_care", view.path) and StepForm.offered(view):
        form = StepForm(by=by, view=view)
    try:
        stay = way.of(chart).stay if view.may_see("mental-health") else None
    except Invalid:
        stay = None
    context = {
        "view": view, "person": view.person, "chart": chart, "apart": tell_apart(view.person), "stay": stay,
        "may_see_chart": opens_chart(by, view.path), "form": form, "today": clock.today(),
        "days": LONG_STAY_DAYS, "followed": FOLLOWED_DAYS,
        "steps": [
            (STAGES[body.stage], fact.day, names.get(fact.author, "someone"), body.note, body.next,
             names.get(body.owner, ""))
            for fact, body in reversed(chart.way_home)
        ],
    }  # fmt: skip
    return render(request, "care/homes/way_home.html", context, status=422 if bound is not None else 200)
