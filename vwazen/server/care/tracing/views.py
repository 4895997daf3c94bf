"""Who did not come and is looked for, what came of a try, and the day's list of home visits."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care import caselist, context, putting_off, waiting
from vwazen.server.care.listing import is_id, opens_chart, tell_apart, worker_names
from vwazen.server.care.tracing import lists, page, picture, reasons, round
from vwazen.server.care.tracing.actions import Saved, Try, missed, report, rules
from vwazen.server.care.views.today import day_tabs, require_any
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.find import listed, posts_at
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem

LISTS = ("tracing", "home-visits", "today")  # where a report that was opened on a list leads back to
TAPS = {"not_found": "was not found", "refused": "does not want to come now", "moved": "is said to have moved away"}
READS = ("see_caseload", "see_outcomes")


@login_required
def missed_visits(request: HttpRequest) -> HttpResponse:
    """Who missed a planned contact, by how late looking for them is; and what kept people away, in figures."""
    by, today = worker_of(request), clock.today()
    require_any(by, READS)
    request.nav_current = "today"  # type: ignore[attr-defined]
    sees = policy.can(by, "see_caseload")
    whose, asked = _whose(request, by), request.GET.get("worker", "")
    scope = lists.scope_of(by, _owners(by, whose, asked, today)) if sees else None
    order = "place" if request.GET.get("order") == "place" and scope is not None and scope.few else ""
    figures = not sees or request.GET.get("figures") == "1"
    shown = lists.Page(lines=(), after="")
    many: list[tuple[str, int]] = []
    if scope is not None:
        shown = lists.by_place(scope, today) if order else lists.page(scope, today, request.GET.get("after", ""))
        many = lists.workers(scope, today) if whose == "sites" and not asked and scope.few else []
    names = worker_names([one for one, _ in many] + [asked])
    paths = scope.place.paths if scope else policy.site_paths(by, "see_outcomes")
    log(by=by, action="read-list", site=paths[0] if paths else "", purpose="care", route="tracing",
        note=f"rows={len(shown.lines)} {'worker' if asked else f'whose={whose}'}")  # fmt: skip
    base = f"worker={asked}" if asked else f"whose={whose}"
    context_ = {
        "lines": shown.lines, "sees": sees, "pages": day_tabs(by, "tracing"), "order": order, "base": base,
        "worker": names.get(asked, ""), "rules": rules(),
        "counts": reasons.counts(by, today) if figures else None, "few": scope is not None and scope.few,
        "tabs": [
            {"label": label, "url": f"?whose={code}", "count": None, "current": code == whose and not asked}
            for code, label in waiting.WHOSE.items()
        ],
        "workers": [(one, names.get(one, "someone who left") if one else "nobody", number) for one, number in many],
        "next_url": f"?{base}&after={shown.after}" if shown.after and not order else "",
        "cut": bool(shown.after and order), "may": policy.can(by, "record_care"),
    }  # fmt: skip
    return render(request, "care/tracing/list.html", context_)


def _whose(request: HttpRequest, by: Worker) -> str:
    """Which tab: the one asked for, else one's own where one looks for anybody, else one's sites."""
    asked = request.GET.get("whose", "")
    if asked in waiting.WHOSE:
        return asked
    mine = OpenItem.objects.filter(
        owner=str(by.pk), rank=OpenItem.DATED, kind=OpenItem.TRACE, starts__lte=clock.today()
    )
    return "mine" if mine.exists() else "sites"


def _owners(by: Worker, whose: str, asked: str, today: dt.date) -> tuple[str, ...] | None:
    if asked:
        if not is_id(asked):
            raise Http404("There is no such worker.")
        return (asked,)
    if whose == "mine":
        return (str(by.pk),)
    return caselist.team(by, today) if whose == "team" else None


def _open(request: HttpRequest, person: str) -> tuple[Worker, View]:
    by = worker_of(request)
    route = request.resolver_match.url_name or "" if request.resolver_match else ""
    return by, access.person(by=by, person_id=person, purpose="care", permission="record_care", route=route)


@login_required
def trace(request: HttpRequest, person: str) -> HttpResponse:
    """Say what came of looking for someone; all of it is saved, or nothing."""
    by, view = _open(request, person)
    if view.chart.died is not None:
        messages.warning(request, "A death is on record. Nobody is looked for any more.")
        return _back(request, by, view)
    if request.method != "POST":
        return _page(request, by, view, _linked(request), {})
    drawn = request.POST.get("form", "")
    try:
        saved = report(
            by=by, person=view.person.pk, tried=page.read(request.POST), fact_id=drawn if is_id(drawn) else ""
        )  # fmt: skip
    except Invalid as problem:
        return _page(
            request, by, view, request.POST, {_FIELDS.get(problem.field, problem.field or "all"): str(problem)}
        )
    return _after(request, by, view, saved)


_FIELDS = {"fact_id": "form"}
_LINKED = ("found", "reason")  # what a link to the page may fill in


def _linked(request: HttpRequest) -> QueryDict:
    found = QueryDict(mutable=True)
    for name in _LINKED:
        found[name] = request.GET.get(name, "")
    return found


def _page(request: HttpRequest, by: Worker, view: View, sent: QueryDict, errors: Mapping[str, str]) -> HttpResponse:
    request.nav_current = "today"  # type: ignore[attr-defined]
    drawn, miss, now = sent.get("form") or "", missed(view.chart), view.chart
    values: dict[str, Any] = {
        "person": view.person, "apart": tell_apart(view.person), "may_see_chart": opens_chart(by, view.path),
        "risks": now.open_risks, "may_act": by.can("act_on_risk", view.path), "miss": miss, "errors": errors,
        "page": page.show(view, miss, sent, home="chw" in policy.roles(by)), "today": clock.today(),
        "form_id": drawn if is_id(drawn) and "form" not in errors else make_id(), "back": _asked_back(request),
        "new": {name: sent.get(name, "") for name in ("new_date", "why")}, "date_id": make_id(),
        "only": next(iter(errors.values())) if len(errors) == 1 else "", "coming": miss and miss.starts > clock.today(),
        "enrols": by.can("enrol", view.path), "owner": worker_names([now.owner]).get(now.owner, ""),
    }  # fmt: skip
    return render(request, "care/tracing/try.html", values, status=422 if errors else 200)


def _after(request: HttpRequest, by: Worker, view: View, saved: Saved) -> HttpResponse:
    """Danger first: to the safety steps; else back to where the next person is."""
    context.changed()
    messages.success(request, f"On record. {_follows(view, saved)}".strip())
    if saved.risk and by.can("act_on_risk", view.path):
        return redirect("risk", person=view.person.pk, risk=saved.risk)
    return _back(request, by, view)


def _follows(view: View, saved: Saved) -> str:
    """What stands on whose list now."""
    found, owner = getattr(saved.trace.body, "found", ""), view.chart.owner
    name = worker_names([owner]).get(owner, "whoever follows them")
    if found == "died":
        return f"Nothing is certain yet: {name} is asked to speak with the family."
    if found in ("moved", "refused"):
        return f"{name} decides what follows."
    return "" if found == "found" else f"{view.chart.name} stays on the list until somebody has found them."


def _asked_back(request: HttpRequest) -> str:
    wanted = request.POST.get("back", "") or request.GET.get("back", "")
    return wanted if wanted in LISTS else ""


def _back(request: HttpRequest, by: Worker, view: View) -> HttpResponse:
    if wanted := _asked_back(request):
        return redirect(wanted)
    return redirect("chart", person=view.person.pk) if opens_chart(by, view.path) else redirect("home")


@login_required
def tap(request: HttpRequest, person: str) -> HttpResponse:
    """Record a home visit that met nobody, or a refusal, in one tap; back to the list it was pressed on."""
    by, view = _open(request, person)
    if request.method != "POST":
        return redirect("trace", person=view.person.pk)
    found, drawn = request.POST.get("found", ""), request.POST.get("form", "")
    if found not in TAPS:
        raise Http404("There is no such outcome. Open the page and choose one there.")
    try:
        report(by=by, person=view.person.pk, tried=Try(mode="home", found=found), fact_id=drawn if is_id(drawn) else "")
    except Invalid as problem:
        messages.error(request, str(problem))
    else:
        context.changed()
        messages.success(request, f"On record: {view.chart.name} {TAPS[found]}.")
    return _back(request, by, view)


@login_required
def new_date(request: HttpRequest, person: str) -> HttpResponse:
    """Whoever follows the person decides: a new date, with the reason. It is on record, and the search ends there."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="enrol", route="trace-date")
    if request.method != "POST":
        return redirect("trace", person=view.person.pk)
    drawn = request.POST.get("form", "")
    try:
        if not request.POST.get("why", "").strip():
            raise Invalid("Say why there is a new date: with whom it was agreed, and how.", field="why")
        putting_off.set_next_date(
            by=by, person=view.person.pk, next_date=request.POST.get("new_date", ""),
            reason=request.POST.get("why", ""), fact_id=drawn if is_id(drawn) else "",
        )  # fmt: skip
    except Invalid as problem:
        field = {"next_date": "new_date", "fact_id": "form"}.get(problem.field, problem.field or "all")
        return _page(request, by, view, request.POST, {field: str(problem)})
    context.changed()
    messages.success(request, f"{view.chart.name} has a new date.")
    return _back(request, by, view)


@login_required
def home_visits(request: HttpRequest) -> HttpResponse:
    """Whom a worker goes to see on a day, in walking order, on one page that can be printed."""
    by, today = worker_of(request), clock.today()
    policy.require(by, "see_caseload")
    request.nav_current = "today"  # type: ignore[attr-defined]
    worker, day = _walker(request, by), _day(request, today)
    found = round.read(by, worker, day, today)
    paths = policy.site_paths(by, "see_caseload")
    log(by=by, action="read-list", site=paths[0] if paths else "", purpose="care", route="home-visits",
        note=f"rows={found.many} {'own' if worker == by else 'worker'}")  # fmt: skip
    values = {
        "round": found, "picture": picture.draw(found), "worker": worker, "own": worker == by, "day": day,
        "pages": day_tabs(by, "home-visits"), "walks": round.walks(worker, day), "today": today,
        "others": _others(by, today), "may": policy.can(by, "record_care"), "chosen": str(worker.pk),
        "two": rules().go_as_two,
    }  # fmt: skip
    return render(request, "care/tracing/home_visits.html", values)


def _walker(request: HttpRequest, by: Worker) -> Worker:
    """Whose list: one's own, or that of somebody who works where `by` sees people in care."""
    asked = request.GET.get("worker", "")
    if not asked or asked == str(by.pk):
        return by
    found = Worker.objects.filter(pk=asked, is_active=True).first() if is_id(asked) else None
    if found is None or not any(policy.can(by, "see_caseload", post.site) for post in policy.posts(found)):
        raise Http404("There is no such worker where you work.")
    return found


def _others(by: Worker, today: dt.date) -> list[tuple[str, str]]:
    """Who else goes from house to house where `by` sees people in care; of a whole country nobody is listed."""
    posts = posts_at(policy.site_paths(by, "see_caseload")).filter(
        Q(ends__isnull=True) | Q(ends__gt=today), role=round.WALKS, starts__lte=today
    )
    if not listed(posts):
        return []
    found = Worker.objects.filter(is_active=True, pk__in=posts.values("worker")).exclude(pk=by.pk)
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")[:100]]


def _day(request: HttpRequest, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return day if today <= day <= today + dt.timedelta(days=31) else today
