"""One person's chart: who, what presses, the course, the scores with their sources, the record, and what to do."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.care import actions, caselist, charted, findings, medicine_lists, planned, scores, target
from vwazen.server.care.chart_forms import FORMS, ChartForm, Choices
from vwazen.server.care.entries import entries, entry_of, withdrawn_of
from vwazen.server.care.listing import carers, worker_names
from vwazen.server.care.messages import pages as messages_of
from vwazen.server.care.referrals import pages as referral_pages
from vwazen.server.care.tasks import given_to
from vwazen.server.care.tracing import page as traced
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View

# Either opens the page; what it shows is decided by the segments.
OPENS = ("see_chart", "see_caseload")
RIGHTS = ("ask", "review", "ask_question", "record_care", "act_on_risk", "triage", "register_person", "carry_out",
          "enrol", "see_chart", "see_caseload")  # fmt: skip
ENTRIES = 20
DECISIONS = 6


@login_required
def chart(request: HttpRequest, person: str) -> HttpResponse:
    """The chart; `?do=note` opens a form, `?all=1` shows everything there is."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=OPENS, route="chart")
    return _page(request, by, view, request.GET.get("do", ""))


@login_required
def act(request: HttpRequest, person: str, action: str) -> HttpResponse:
    """Save one form of the chart; what does not fit comes back beside its field, with everything that was typed."""
    if action not in FORMS:
        raise Http404("The chart has no such form.")
    if request.method != "POST":
        return redirect(charted.form_url(person, action))
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=OPENS, route="chart-act")
    policy.require(by, FORMS[action].permission, view.path)
    if not FORMS[action].offered(view):
        messages.warning(request, "This can no longer be done for this person. The chart shows what can.")
        return redirect("chart", person=view.person.pk)
    form = FORMS[action](request.POST, by=by, view=view, staff=_staff(view))
    fact = form.saved()
    if fact is None:
        return _page(request, by, view, action, form)
    messages.success(request, form.done)
    return redirect(form.next_page(fact))


def _staff(view: View) -> Callable[[], Choices]:
    """Who may follow this person, asked for only by a form that needs it."""
    return cache(lambda: carers([view.path]))


def _forms(request: HttpRequest, by: Worker, view: View, opened: str, bound: ChartForm | None) -> list[dict[str, Any]]:
    """The forms this worker may fill in, the one to show open marked."""
    staff = _staff(view)
    found = []
    for slug, kind in FORMS.items():
        if not kind.offered(view) or not policy.can(by, kind.permission, view.path):
            continue
        if slug == "withdraw" and opened != slug:
            continue  # it needs an entry to name
        form = bound if bound and bound.slug == slug else kind(
            by=by, view=view, staff=staff, initial=_initial(request, slug) if opened == slug else None
        )  # fmt: skip
        found.append({"form": form, "open": opened == slug})
    return found


def _initial(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What a link filled in: the entry to withdraw."""
    return {"fact": request.GET.get("fact", "")} if slug == "withdraw" else {}


def _page(request: HttpRequest, by: Worker, view: View, opened: str, bound: ChartForm | None = None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    today, record = clock.today(), view.chart
    gone = view.withdrawn
    named = charted.authors(record) | planned.people_named(record)
    names = worker_names(named | {one.author for pair in gone for one in pair})
    may = {right: policy.can(by, right, view.path) for right in RIGHTS}
    may["seizures"] = actions.gives(by, view.path, "seizures")
    reads = view.may_see("mental-health")
    everything = request.GET.get("all") == "1"
    site = Site.objects.filter(pk=view.person.site).first()
    forms = _forms(request, by, view, opened, bound)
    withdrawn = next((one for one in record.live if opened == "withdraw" and one.id == _named(request, bound)), None)
    context = {
        "view": view, "chart": record, "person": view.person.pk, "today": today, "may": may, "reads": reads,
        "intro": charted.introduced(record, today), "site": site,
        "owner": names.get(record.owner, "someone who left") if record.owner else "",
        "places": [(one, one.reason if reads else one.plain) for one in caselist.places_of(view.person.pk, today)],
        "suggestions": charted.suggestions(by, view, may, today), "pictures": charted.drawn(view, today),
        "tables": scores.tables(record, names, everything=everything),
        "timeline": entries(record, names, reads=reads, most=None if everything else ENTRIES),
        "entries": len(record.live),
        "everything": everything, "mend": request.GET.get("mend") == "1" and may["record_care"],
        "tried": charted.tried(msgspec.structs.replace(record, medicines=()), today),
        "safety": charted.safety_pairs(view),
        "plans": [(body, names.get(fact.author, "someone"), fact.day) for fact, body in record.plan],
        "advice": charted.advised(record, names), "contradictions": charted.contradictions(record, names),
        "registrations": charted.registrations(record, names), "forms": forms,
        "offered": {one["form"].slug for one in forms}, "questions": _questions(view, names),
        "todo": [] if reads else given_to(by, view.person.pk),
        "entry": entry_of(withdrawn, names, reads=reads) if withdrawn else None,
        "future": [entry_of(fact, names) for fact in record.future],
        "withdrawn": [withdrawn_of(fact, by_whom, names, reads=reads) for fact, by_whom in gone],
    }  # fmt: skip
    context["medicines"] = medicine_lists.on_chart(record, names, today) if reads else {}
    context["shared"] = planned.panel(record, names, today)
    context["decided"] = target.decided(record, names, today)[:DECISIONS]
    context["past"] = charted.past(view)
    context["talk"] = messages_of.panel(by, view)
    context["referred"] = referral_pages.on_chart(record.referrals, today)
    context["traced"] = traced.last_words(view)
    context["findings"] = findings.latest(record, names)
    return render(request, "care/chart.html", context, status=422 if bound else 200)


def _named(request: HttpRequest, bound: ChartForm | None) -> str:
    """The entry that the withdrawal names, from the link or from the form that came back."""
    return str(bound["fact"].value() or "") if bound else request.GET.get("fact", "")


def _questions(view: View, names: dict[str, str]) -> list[dict[str, object]]:
    """Questions that nobody has answered yet."""
    answered = {one.recommendation.question for one in view.chart.advice}
    return [
        {"text": body.text, "who": names.get(fact.author, "someone"), "day": fact.day}
        for fact, body in view.chart.questions
        if fact.id not in answered
    ]
