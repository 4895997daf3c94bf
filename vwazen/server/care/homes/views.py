"""The pages of protected homes: all of them, one with its residents, and the stay of one person."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.facts import Fact, ResidentReview
from vwazen.clinical.homes import ALONE, AREAS, FIRST_REVIEW_DAYS, RIGHTS, far, reviews_due
from vwazen.server.audit.actions import log, read_page
from vwazen.server.care.homes import lists
from vwazen.server.care.homes.forms import RESIDENCE, HomeForm, lives_in
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.care.listing import caring, opens_chart, tell_apart, worker_names
from vwazen.server.care.once import Once, offered, sent
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Home, Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View

OPENS = ("see_chart", "manage_sites")
ASKED = {"yes": "yes", "no": "no", "not_asked": "not asked"}


def _require(by: Worker) -> None:
    if not any(policy.can(by, one) for one in OPENS):
        policy.require(by, OPENS[0])


@login_required
def homes(request: HttpRequest) -> HttpResponse:
    """Every home where this worker works: beds, who lives there as a number, reviews that are overdue."""
    by = worker_of(request)
    _require(by)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    found = lists.homes(by, clock.today())
    log(by=by, action="read-list", purpose="care", route="homes", note=f"rows={len(found)}")
    context = {"tabs": tabs(by, "homes"), "homes": found, "may_manage": policy.can(by, "manage_sites")}
    return render(request, "care/homes/homes.html", context)


@login_required
def home(request: HttpRequest, code: str) -> HttpResponse:
    """One home: who lives there, which reviews are due, how full it was."""
    by = worker_of(request)
    _require(by)
    one, today = Home.objects.select_related("site", "coordinator").filter(pk=code).first(), clock.today()
    if one is None or not (lists.sees(by, one) or policy.can(by, "manage_sites", one.site)):
        raise Http404("There is no home with this code where you work.")
    if not lists.sees(by, one):
        return redirect("protected-home-edit", code=code)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    found, hidden = lists.residents(by, one, today)
    log(
        by=by, action="read-list", site=one.site.path, purpose="care", route="protected-home",
        note=f"rows={len(found)}",
    )  # fmt: skip
    months = lists.occupancy(one, today)
    many = len(found) + hidden
    context = {
        "tabs": tabs(by, "homes"), "home": one, "residents": found, "hidden": hidden, "many": many,
        "free": max(0, one.beds - many), "over": max(0, many - one.beds), "months": months, "today": today,
        "may_manage": policy.can(by, "manage_sites", one.site), "first_review": FIRST_REVIEW_DAYS,
    }  # fmt: skip
    return render(request, "care/homes/home.html", context)


@login_required
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new home, or name, beds and coordinator of one."""
    by = worker_of(request)
    policy.require(by, "manage_sites")
    one = Home.objects.select_related("site").filter(pk=code).first() if code else None
    if code and one is None:
        raise Http404("There is no home with this code.")
    if one is not None:
        policy.require(by, "manage_sites", one.site)
    sites = [(one.site_id, one.site.name)] if one else lists.where_to_add(by)
    paths = [one.site.path] if one else [site.path for site in Site.objects.filter(pk__in=[pk for pk, _ in sites])]
    initial = {"name": one.name, "beds": one.beds, "coordinator": one.coordinator} if one else None
    form = HomeForm(request.POST or None, sites=sites, staff=caring(paths), home=one, initial=initial)
    if request.method == "POST" and form.is_valid() and (saved := carry_out(form, lambda: _keep(by, form, one))):
        messages.success(request, f"{saved.name} is saved.")
        return redirect("homes")
    if request.method == "GET":
        read_page(request=request, site=one.site.path if one else "")
    context = {"home": one, "form": form}
    return render(request, "care/homes/edit.html", context, status=422 if form.errors else 200)


def _keep(by: Worker, form: HomeForm, one: Home | None) -> Home:
    values = form.cleaned_data
    shared = {"name": values["name"], "beds": values["beds"], "coordinator": values["coordinator"]}
    if one is not None:
        return organisation.change_home(by=by, home=one, **shared)
    return organisation.add_home(by=by, site=Site.objects.get(pk=values["site"]), code=values["code"], **shared)


@login_required
def residence(request: HttpRequest, person: str) -> HttpResponse:
    """One person and protected homes: moving in, reviews and what they say over time, moving out."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="see_chart", route="residence")
    if request.method != "POST":
        return _residence(request, by, view, request.GET.get("do", ""))
    return sent(request, by, view, RESIDENCE, partial(_residence, request, by, view))


def _residence(request: HttpRequest, by: Worker, view: View, opened: str, bound: Once | None = None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart, today = view.chart, clock.today()
    one = lives_in(view)
    reviews = [pair for pair in chart.resident_reviews if one and pair[1].stay in one.ids]
    due = next(
        (each.due for each in reviews_due(chart.stays, chart.resident_reviews) if one and each.stay == one), None
    )
    names = worker_names({fact.author for fact, _ in reviews} | {chart.home_owner})
    context = {
        "view": view, "person": view.person, "chart": chart, "apart": tell_apart(view.person), "stay": one,
        "may_see_chart": opens_chart(by, view.path), "due": due,
        "forms": offered(by, view, RESIDENCE, opened, bound),
        "late": due is not None and due < today, "owner": names.get(chart.home_owner, ""),
        "reviews": [_review_words(fact, body, names) for fact, body in reversed(reviews)],
        "areas": [(label, [(fact.day, ALONE.get(body.alone.get(area, ""), "")) for fact, body in reviews])
                  for area, label in AREAS.items() if any(area in body.alone for _, body in reviews)],
        "days": [fact.day for fact, _ in reviews], "path_home": _plan(chart.shared_plan),
        "past": [stay for stay in chart.stays if stay.where == "protected_home" and stay.until],
    }  # fmt: skip
    return render(request, "care/homes/residence.html", context, status=422 if bound is not None else 200)


def _review_words(fact: Fact, body: ResidentReview, names: dict[str, str]) -> dict[str, Any]:
    """One review as it is read: nothing that was not asked looks like a no."""
    return {
        "day": fact.day, "who": names.get(fact.author, "someone"), "next": body.next,
        "rights": [RIGHTS.get(one, one) for one in body.rights], "far": far(dict(body.alone)),
        "answers": [
            ("Agrees to live here", ASKED[body.agrees]), ("May have visitors", ASKED[body.visitors]),
            ("Has a key", ASKED[body.own_key]), ("Holds their own money", ASKED[body.own_money]),
        ],
        "wishes": body.wishes, "note": body.note,
    }  # fmt: skip


def _plan(lines: Any) -> list[Any]:
    """The open lines of the plan that lead to a life of their own: goals, help, and what is to be done."""
    return [body for _, body in lines if body.status == "open" and body.part in ("goal", "action", "support")]
