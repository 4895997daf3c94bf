"""Erasure: asked for on the person's page, carried out by somebody else from a list of ids."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care.consent import erasure as actions
from vwazen.server.care.consent.actions import kept_until, rules
from vwazen.server.care.listing import opens_chart
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.models import Erasure


class AskForm(forms.Form):
    ground = forms.ChoiceField(
        label="Why", widget=forms.RadioSelect, error_messages={"required": "Choose why."},
        help_text="Only what the person wants, or the law: a record that is gone helps nobody in a crisis.",
    )  # fmt: skip
    sure = forms.BooleanField(
        label="I have spoken with them about what is lost", error_messages={"required": "Speak with them first."}
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        known = rules().grounds
        self.fields["ground"].choices = [(one, words[:1].upper() + words[1:]) for one, words in known.items()]  # type: ignore[attr-defined]


@login_required
def ask(request: HttpRequest, person: str) -> HttpResponse:
    """Ask that a record be erased: what goes, what stays, and who carries it out."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="erasure", permission="record_care", route="erase-ask")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        one = carry_out(form, lambda: actions.ask(by=by, person=view.person.pk, ground=form.cleaned_data["ground"]))
        if one is not None:
            messages.success(request, "Asked. The record is erased when somebody else carries it out.")
            return redirect("consent", person=view.person.pk)
    values = {
        "person": view.person, "chart": view.chart, "form": form, "may_see_chart": opens_chart(by, view.path),
        "kept_until": kept_until(view.chart, clock.today()), "rules": rules(),
    }  # fmt: skip
    return render(request, "care/consent/erase.html", values, status=422 if form.errors else 200)


@login_required
def erasures(request: HttpRequest) -> HttpResponse:
    """What waits to be erased at the viewer's sites. Ids, no names: who keeps accounts sees nobody's care."""
    by = worker_of(request)
    policy.require(by, "erase_record")
    found = list(actions.waiting(by)[:100])
    here = policy.within(policy.site_paths(by, "erase_record"))
    log(by=by, action="read-list", site=policy.site_paths(by, "erase_record")[0], purpose="erasure", route="erasures",
        note=f"rows={len(found)}")  # fmt: skip
    done = Erasure.objects.filter(here).exclude(state=Erasure.ASKED).order_by("-decided", "-pk")[:20]
    values = {"waiting": found, "done": done, "me": str(by.pk), "grounds": rules().grounds}
    return render(request, "care/consent/erasures.html", values)


@login_required
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """Carry one out or refuse it; sent only."""
    by = worker_of(request)
    policy.require(by, "erase_record")
    if not Erasure.objects.filter(policy.within(policy.site_paths(by, "erase_record")), pk=pk).exists():
        raise Http404("There is nothing like this at your sites.")
    if request.method != "POST" or request.POST.get("do") not in ("erase", "refuse"):
        return redirect("erasures")
    if request.POST["do"] == "erase" and request.POST.get("typed", "").strip().lower() != pk[-8:]:
        messages.error(request, "Type the eight characters that stand beside it, so that no other is erased.")
        return redirect("erasures")
    try:
        one = actions.decide(by=by, pk=pk, carry_out=request.POST["do"] == "erase")
    except Invalid as problem:
        messages.error(request, str(problem))
        return redirect("erasures")
    messages.success(
        request, f"Erased: {one.facts} entries. Backups, prints and messages made before still hold what they hold."
        if one.state == Erasure.DONE else "Refused. The record stays.",
    )  # fmt: skip
    return redirect("erasures")
