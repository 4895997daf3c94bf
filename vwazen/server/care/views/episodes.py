"""Care over years: moved to another site, and what is learnt from deaths."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care import charted, deaths, episodes
from vwazen.server.care.listing import carers, drawn_id, opens_chart, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id


class MoveForm(forms.Form):
    """Where to, and who takes over there; who that may be is known once the site is chosen."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    site = forms.ChoiceField(
        label="To which site", error_messages={"required": "Choose a site.", "invalid_choice": "Choose one of these."}
    )
    owner = forms.ChoiceField(
        label="Who follows them there", error_messages={
            "required": "Choose who takes over there.", "invalid_choice": "Choose who takes over there."}
    )  # fmt: skip
    agreed = forms.BooleanField(
        label="I have spoken with them, and they have said yes", required=False,
        help_text="Sent is not received. From now on this person stands on their list, and on yours no more.",
    )  # fmt: skip
    note = forms.CharField(
        label="Why", max_length=400, required=False, help_text="Read by everyone who may open this record."
    )

    def __init__(self, *arguments: Any, view: View, **options: Any) -> None:
        super().__init__(*arguments, **options)
        sites = {one.code: one for one in Site.objects.exclude(code=view.person.site).order_by("path")}
        named = [(one.code, "\u2003" * one.depth + one.name) for one in sites.values()]
        self.fields["site"].choices = [("", "choose"), *named]  # type: ignore[attr-defined]
        chosen = sites.get(str(self["site"].value() or ""))
        self.chosen = chosen
        if chosen is None:
            for name in ("owner", "agreed", "note"):
                del self.fields[name]
        else:
            self.fields["owner"].choices = [("", "choose"), *carers([chosen.path])]  # type: ignore[attr-defined]

    def saved(self, by: Worker, person: str) -> bool:
        """Whether the person is moved; else what is wrong stands beside its field."""
        if not self.is_valid() or self.chosen is None:
            return False
        return carry_out(self, lambda: episodes.transfer(by=by, person=person, **self.cleaned_data)) is not None


@login_required
def move(request: HttpRequest, person: str) -> HttpResponse:
    """Move someone in care to another site, with an owner there: nobody is lost between the two."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="enrol", route="move-person")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    if not view.chart.open_episodes:
        messages.info(request, "This person is not in care now; there is nothing to move.")
        return redirect("chart", person=view.person.pk)
    initial = {"fact_id": make_id(), "site": request.GET.get("site", "")}
    form = MoveForm(drawn_id(request), view=view, initial=initial)
    if request.method == "POST" and form.saved(by, view.person.pk):
        where = form.chosen.name if form.chosen else ""
        messages.success(request, f"Moved. {view.chart.name} is followed at {where} from now on.")
        stays = form.chosen is not None and opens_chart(by, form.chosen.path)
        return redirect("chart", person=view.person.pk) if stays else redirect("caseload")
    values = {"person": view.person, "chart": view.chart, "form": form, "may_see_chart": opens_chart(by, view.path)}
    return render(request, "care/move.html", values, status=422 if form.errors else 200)


@login_required
def deaths_list(request: HttpRequest) -> HttpResponse:
    """Deaths that nobody has reviewed yet."""
    by = worker_of(request)
    policy.require(by, "enrol")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    found, more = deaths.unreviewed(by, request.GET.get("after", ""))
    log(by=by, action="read-list", purpose="review-death", route="deaths", note=f"rows={len(found)}")
    values = {
        "rows": [{"one": one, "apart": tell_apart(one)} for one in found],
        "next_url": "?" + urlencode({"after": found[-1].person}) if more else "",
    }
    return render(request, "care/deaths.html", values)


class DeathForm(forms.Form):
    """What is learnt from one death."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    cause = forms.CharField(
        label="What is known of the cause", max_length=300, error_messages={"required": "“Not known” is an answer."}
    )
    suicide = forms.ChoiceField(
        label="Was it suicide?", widget=forms.RadioSelect,
        choices=(("yes", "Yes"), ("possible", "Possible"), ("no", "No"), ("not_known", "Not known")),
        error_messages={"required": "Choose one; “not known” is an answer."},
    )  # fmt: skip
    told_by = forms.CharField(label="Who told", max_length=300, required=False)
    care = forms.CharField(
        label="How it came: the weeks before, and what care there was", max_length=10_000, required=False,
        widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip
    lessons = forms.CharField(
        label="What is learnt, and what will be done otherwise", max_length=10_000,
        widget=forms.Textarea({"rows": 4}), help_text="About the care and its conditions, not about a culprit.",
        error_messages={"required": "Write what is learnt, or why nothing could have been done otherwise."},
    )  # fmt: skip


@login_required
def review_death(request: HttpRequest, person: str) -> HttpResponse:
    """The review of one death: what was on record, and what is learnt."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="review-death", permission="enrol", route="death-review")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart = view.chart
    if chart.died is None:
        messages.info(request, "No death is on record. Where someone has died, record it on the chart first.")
        return redirect("chart", person=view.person.pk)
    if not view.may_see("mental-health"):
        raise Refused("Such a review is about the care that was given.", permission="enrol", site=view.path)
    before = chart.death_review
    known = {name: getattr(before.body, name, "") for name in DeathForm.base_fields} if before else {}
    form = DeathForm(drawn_id(request), initial=known | {"fact_id": make_id()})
    if request.method == "POST" and form.is_valid():
        saved = carry_out(
            form, lambda: episodes.review_death(by=by, person=view.person.pk, **form.cleaned_data)
        )  # fmt: skip
        if saved is not None:
            messages.success(request, "The review is on record.")
            return redirect("deaths")
    names = worker_names([before.author] if before else [])
    values = {
        "person": view.person, "chart": chart, "form": form, "apart": tell_apart(view.person),
        "may_see_chart": opens_chart(by, view.path), "safety": charted.safety_pairs(view),
        "before": before, "before_by": names.get(before.author, "someone") if before else "",
    }  # fmt: skip
    return render(request, "care/death_review.html", values, status=422 if form.errors else 200)
