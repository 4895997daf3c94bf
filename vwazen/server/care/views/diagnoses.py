"""Diagnoses of one person with their course, and allergies."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vwazen.server.care import charted, diagnosis_forms
from vwazen.server.care.diagnosis_forms import FORMS, DiagnosisForm
from vwazen.server.care.entries import entry_of
from vwazen.server.care.listing import tell_apart, worker_names
from vwazen.server.care.once import Once, offered, sent
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
        return _page(request, by, view, request.GET.get("do", ""), initial={"about": request.GET.get("of", "")})
    if "find" in request.POST:
        policy.require(by, DiagnosisForm.permission, view.path)
        prefix = f"{DiagnosisForm.slug}-"
        typed = {name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)}
        return _page(request, by, view, DiagnosisForm.slug, initial=typed)
    return sent(request, by, view, FORMS, partial(_page, request, by, view))


def _page(
    request: HttpRequest, by: Worker, view: View, opened: str, bound: Once | None = None,
    initial: Mapping[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart = view.chart
    found = offered(by, view, FORMS, opened, bound, initial)
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
    return render(request, "care/diagnoses.html", context, status=422 if bound is not None else 200)
