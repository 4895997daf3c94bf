"""Diagnoses of one person with their course, and allergies."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.care import charted, diagnosis_forms
from vwazen.server.care.diagnosis_forms import FORMS, DiagnosisForm
from vwazen.server.care.entries import entry_of
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.care.medicine_forms import Once
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access
from vwazen.server.record.access import View

OPENS = ("see_chart", "see_caseload")


@login_required
def diagnoses(request: HttpRequest, person: str) -> HttpResponse:
    """What is diagnosed, how sure, since when; `?do=diagnosis&of=…` opens the form for one of them.

    What is looked for among the codes is sent in the body, since an address stays in histories and logs.
    """
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=OPENS, route="diagnoses")
    if request.method != "POST":
        return _page(request, by, view, request.GET.get("do", ""))
    slug = request.POST.get("do", "")
    if slug not in FORMS:
        raise Http404("This page has no such form.")
    policy.require(by, FORMS[slug].permission, view.path)
    if not FORMS[slug].offered(view):
        messages.warning(request, "This can no longer be done for this person. The page shows what can.")
        return redirect("diagnoses", person=view.person.pk)
    if "find" in request.POST:
        prefix = f"{slug}-"
        typed = {name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)}
        return _page(request, by, view, slug, FORMS[slug](by=by, view=view, initial=typed), 200)
    form = FORMS[slug](request.POST, by=by, view=view)
    fact = form.saved()
    if fact is None:
        return _page(request, by, view, slug, form, 422)
    messages.success(request, form.done)
    return redirect(form.next_page(fact))


def _page(
    request: HttpRequest, by: Worker, view: View, opened: str, shown: Once | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart = view.chart
    found: list[tuple[Once, bool]] = []
    for slug, kind in FORMS.items():
        if kind.offered(view) and policy.can(by, kind.permission, view.path):
            initial: dict[str, Any] = {"about": request.GET.get("of", "")} if opened == slug else {}
            form = shown if shown and shown.slug == slug else kind(by=by, view=view, initial=initial)
            found.append((form, opened == slug))
    names = worker_names(charted.authors(chart))
    problems = [
        {"one": one, "who": names.get(one.fact.author, "someone"),
         "before": [entry_of(fact, names) for fact in reversed(one.before)]}
        for one in sorted(chart.diagnoses, key=lambda one: not one.counts)
    ]  # fmt: skip
    context = {
        "view": view, "person": view.person.pk, "chart": chart, "apart": tell_apart(view.person),
        "reads": view.may_see("mental-health"), "problems": problems, "forms": found,
        "changes": any(isinstance(form, DiagnosisForm) for form, _ in found), "credits": diagnosis_forms.credits(),
        "searched": "find" in request.POST,
    }  # fmt: skip
    return render(request, "care/diagnoses.html", context, status=status)
