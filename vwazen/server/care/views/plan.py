"""The shared plan: goals, problems, who does what, help, signs, and the people around someone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical import facts as f
from vwazen.server.care import charted, plan, planned
from vwazen.server.care.listing import carers, is_id, opens_chart, worker_names
from vwazen.server.care.planned import LineForm, PlanForm, RelatedForm
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id

OPENS = ("see_chart", "see_caseload")


@login_required
def care_plan(request: HttpRequest, person: str) -> HttpResponse:
    """The plan; `?add=goal` opens a form for a new line, `?change=ID` one for a line, `?someone=ID` for the circle."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=OPENS, route="care-plan")
    if request.method == "POST":
        policy.require(by, "record_care", view.path)
        return _save(request, by, view)
    return _page(request, by, view, _asked_for(request, by, view))


def _asked_for(request: HttpRequest, by: Worker, view: View) -> PlanForm | None:
    """The form that a link opened, empty or with the version it changes."""
    if not policy.can(by, "record_care", view.path) or view.chart.died:
        return None
    asked = {name: request.GET.get(name, "") for name in ("add", "change", "someone")}
    drawn = {"fact_id": make_id()}
    if asked["add"] in plan.PARTS:
        return _line_form(by, view, asked["add"], initial=drawn | {
            "part": asked["add"], "own_words": asked["add"] == "goal"})  # fmt: skip
    held = {fact.id: body for fact, body in view.chart.shared_plan}
    body = held.get(asked["change"]) or planned.standing(view.chart.plan_lines, asked["change"])
    if isinstance(body, f.PlanItem):
        opens = planned.opened(LineForm, body, asked["change"])
        return _line_form(by, view, body.part, initial=opens | drawn)
    if asked["someone"]:
        someone = planned.standing(view.chart.circle_lines, asked["someone"])
        return RelatedForm(by=by, view=view, initial=drawn | planned.opened(RelatedForm, someone, asked["someone"]))
    return None


def _line_form(by: Worker, view: View, part: str, **options: Any) -> LineForm:
    return LineForm(by=by, view=view, staff=carers([view.path]), part=part, **options)


def _save(request: HttpRequest, by: Worker, view: View) -> HttpResponse:
    sent, person = request.POST.copy(), view.person.pk
    back = reverse("care-plan", args=[person])
    if not is_id(sent.get("fact_id", "")):
        sent["fact_id"] = ""
    do = sent.get("do", "")
    if do in ("keep", "both"):
        keep = plan.keep_one if do == "keep" else plan.keep_both
        try:
            keep(by=by, person=person, fact=sent.get("fact", ""), seen=sent.getlist("seen"))
        except Invalid as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, "Chosen. The other stays on record." if do == "keep" else "Both stand now.")
        return redirect(back)
    if do not in ("line", "someone") or (do == "line" and sent.get("part") not in plan.PARTS):
        messages.warning(request, "Nothing was saved: this page has no such form. Open it again.")
        return redirect(back)
    part = sent.get("part", "")
    form: PlanForm = RelatedForm(sent, by=by, view=view) if do == "someone" else _line_form(by, view, part, data=sent)
    if form.saved() is None:
        return _page(request, by, view, form)
    if _overtaken(view, sent.get("amends", "")):
        messages.warning(
            request, "Saved. Somebody else changed this meanwhile: nothing is lost, both versions stand. Choose below."
        )
    else:
        messages.success(request, "Saved.")
    return redirect(f"{back}#part-{part if do == 'line' else 'circle'}")


def _overtaken(view: View, amends: str) -> bool:
    """Whether the version that the form was opened with did not stand any more when it was saved."""
    if not amends:
        return False
    lines = (*view.chart.plan_lines, *view.chart.circle_lines)
    return all(amends != fact.id for line in lines for fact in line.standing)


def _page(request: HttpRequest, by: Worker, view: View, form: PlanForm | None) -> HttpResponse:
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart, today = view.chart, clock.today()
    names = worker_names(planned.people_named(chart) | {fact.author for fact, _ in chart.plan})
    shown = planned.lines(chart, names, today)
    part = form["part"].value() if isinstance(form, LineForm) else ""
    context = {
        "view": view, "person": view.person, "chart": chart, "today": today,
        "may_see_chart": opens_chart(by, view.path), "reads": view.may_see("mental-health"),
        "may_write": policy.can(by, "record_care", view.path) and chart.died is None,
        "may_act": policy.can(by, "act_on_risk", view.path),
        "sections": [
            {
                "part": one, "title": planned.TITLES[one], "hint": planned.HINTS[one], "add": planned.ADD[one],
                "lines": [line for line in shown if line.part == one and line.open],
                "form": form if part == one else None,
            }
            for one in plan.PARTS
        ],
        "finished": [line for line in shown if not line.open],
        "circle": planned.circle(chart, names), "form": form,
        "someone": form if isinstance(form, RelatedForm) else None,
        "tried": charted.tried(chart, today) if view.may_see("mental-health") else [],
        "crisis": [(planned.written(fact, names), body.copy_given) for fact, body in chart.plan],
    }  # fmt: skip
    bad = form is not None and form.is_bound
    return render(request, "care/care_plan.html", context, status=422 if bad else 200)
