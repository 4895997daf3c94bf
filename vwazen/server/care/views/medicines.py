"""Medicines of one person: what is in force and until when it lasts, prescribing; and the refills that are due."""

from functools import partial

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical import allergies
from vwazen.clinical.monitoring import monitoring
from vwazen.clinical.seizures import diary
from vwazen.content.load import content
from vwazen.server.audit.actions import log
from vwazen.server.care import charted, medicine_forms, medicine_lists, prescribing, waiting
from vwazen.server.care.listing import A_PAGE, reason, tell_apart, worker_names
from vwazen.server.care.medicine_forms import FORMS, DispenseForm
from vwazen.server.care.once import Once, offered, sent
from vwazen.server.care.prescribing import NameForm, PrescribeForm
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access, clock, reach
from vwazen.server.record.access import View
from vwazen.server.record.models import OpenItem, Person


@login_required
def medicines(request: HttpRequest, person: str) -> HttpResponse:
    """Everything about medicines and what is measured for them; `?do=stop` opens a form."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="see_chart", route="medicines")
    if request.method != "POST":
        return _page(request, by, view, request.GET.get("do", ""))
    return sent(request, by, view, FORMS, partial(_page, request, by, view))


def _page(request: HttpRequest, by: Worker, view: View, opened: str, bound: Once | None = None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart, today = view.chart, clock.today()
    found = offered(by, view, FORMS, opened, bound, {"prescription": request.GET.get("of", "")})
    names = worker_names(charted.authors(chart))
    rows = [medicine_lists.row(one, chart, names, today) for one in chart.medicines]
    dispense = next((form for form, _ in found if isinstance(form, DispenseForm)), None)
    words_of = {one.medicine.id: one for one in rows}
    context = {
        "view": view, "person": view.person.pk, "chart": chart, "apart": tell_apart(view.person), "today": today,
        "current": [one for one in rows if one.medicine.current],
        "past": [one for one in rows if not one.medicine.current],
        "older": _older(view), "allergies": allergies.known(chart),
        "may": {right: policy.can(by, right, view.path) for right in ("prescribe", "dispense", "record_care")},
        "dispense": dispense, "forms": [pair for pair in found if pair[0] is not dispense],
        "dues": [medicine_lists.due_words(one, today) for one in monitoring(chart, content())],
        "measured": medicine_lists.measured(chart, names), "diary": medicine_lists.diary_words(diary(chart)),
        "sources": medicine_lists.sources(chart),
        "handing": [each | {"words": words_of[each["medicine"].id]} for each in dispense.rows] if dispense else [],
        "pregnancy": chart.pregnancy[-1] if chart.pregnancy else None, "names": prescribing.names(),
        "pregnant": medicine_lists.pregnancy(chart, names, today),
        "over": bool(chart.episodes) and not chart.open_episodes,
        "prescribers": waiting.who_may(view.path, "prescribe") if chart.results else "",
    }  # fmt: skip
    return render(request, "care/medicines.html", context, status=422 if bound else 200)


def _older(view: View) -> list[charted.Tried]:
    """Medicines that were written down as "so many days given" and no more, by name."""
    alone = msgspec.structs.replace(view.chart, medicines=())
    return charted.tried(alone, clock.today(), "medicine")


@login_required
def new(request: HttpRequest, person: str) -> HttpResponse:
    """Prescribe: first which medicine, then how; `?replaces=` begins with a prescription that is in force."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="prescribe", route="medicine-new")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    if view.chart.died is not None:
        messages.warning(request, "This person has died. Nothing can be prescribed.")
        return redirect("chart", person=view.person.pk)
    first, form = NameForm(), None
    status = 200
    if request.method == "POST" and "prescribe-name" in request.POST:
        form = PrescribeForm(request.POST, by=by, view=view)
        fact = form.saved()
        if fact is not None:
            messages.success(request, form.done)
            return redirect(form.next_page(fact))
        status = 422
    elif request.method == "POST":
        first = NameForm(request.POST)
        status = 200 if first.is_valid() else 422
        if first.is_valid():
            form = PrescribeForm(by=by, view=view, initial={"name": first.cleaned_data["name"]})
    elif replaces := request.GET.get("replaces", ""):
        before = next((one for one in view.chart.current_medicines if replaces in (one.id, *one.ids)), None)
        if before is None:
            raise Http404("This medicine is not in force any more. The person's medicines show what is.")
        form = PrescribeForm(by=by, view=view, initial=prescribing.initial_of(before))
    context = {
        "view": view, "person": view.person.pk, "chart": view.chart, "apart": tell_apart(view.person), "first": first,
        "form": form, "names": prescribing.names(), "current": view.chart.current_medicines,
        "title": medicine_forms.titled,
    }  # fmt: skip
    return render(request, "care/medicine_new.html", context, status=status)


WITHIN = {"week": ("Due within 7 days", 7), "late": ("Late", -1), "all": ("All that are given here", 1000)}


@login_required
def refills(request: HttpRequest) -> HttpResponse:
    """Whose medicine runs out, soonest first, at the sites where this worker hands out."""
    by = worker_of(request)
    policy.require(by, "dispense")
    today = clock.today()
    shown = request.GET.get("show", "week")
    shown = shown if shown in WITHIN else "week"
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() and len(request.GET["from"]) < 6 else 0
    paths = policy.site_paths(by, "dispense")
    items = OpenItem.objects.filter(
        reach.within(by, paths), kind=OpenItem.REFILL, due__lte=today + medicine_lists.days(WITHIN[shown][1]),
        starts__lte=today,
    ).order_by("due", "name", "pk")[start : start + A_PAGE + 1]  # fmt: skip
    found = list(items)
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    log(
        by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="care", route="refills",
        note=f"rows={len(found)} show={shown}",
    )  # fmt: skip
    people = Person.objects.in_bulk({one.person for one in found})
    names = worker_names(one.owner for one in found)
    rows = [
        {"item": one, "apart": tell_apart(people[one.person]) if one.person in people else "", "says": reason(by, one),
         "owner": names.get(one.owner, ""), "late": one.due is not None and one.due < today,
         "opens": policy.can(by, "see_chart", one.path)}
        for one in found
    ]  # fmt: skip
    tabs = [
        {"label": label, "url": f"{reverse('refills')}?show={code}", "count": None, "current": code == shown}
        for code, (label, _) in WITHIN.items()
    ]
    context = {"rows": rows, "tabs": tabs, "shown": shown, "next": start + A_PAGE if more else None, "today": today}
    return render(request, "care/refills.html", context)
