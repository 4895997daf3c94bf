"""The page that opens a record in an emergency, and the one on which somebody else looks at the reason."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care.consent import emergency as actions
from vwazen.server.care.consent.actions import rules
from vwazen.server.care.consent.seen_by import page_words
from vwazen.server.care.listing import drawn_id
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenedInEmergency


class OpenForm(forms.Form):
    """Whom, and why."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    name = forms.CharField(label="Their whole name", max_length=200, error_messages={"required": "Write the name."})
    born = forms.CharField(
        label="Born", max_length=10, help_text="1985-03-21, or a year, or an age.",
        error_messages={"required": "Write the birth, or the age."},
    )  # fmt: skip
    place = forms.CharField(label="Place, if two are called so", max_length=120, required=False)
    reason = forms.CharField(
        label="What has happened, and why must you know now?", max_length=2000, widget=forms.Textarea({"rows": 3}),
        help_text="Read by whoever reviews it, and by the person if they ask. No diagnosis.",
        error_messages={"required": "Write why."},
    )  # fmt: skip


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label="Was it right to open it?", widget=forms.RadioSelect, error_messages={"required": "Choose one."},
        choices=((OpenedInEmergency.JUSTIFIED, "Yes, it was needed"), (OpenedInEmergency.NOT_JUSTIFIED, "No")),
    )  # fmt: skip
    words = forms.CharField(
        label="What comes of it", required=False, max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text="Needed where it was not right: who speaks with them, and who tells the person.",
    )  # fmt: skip


@login_required
def emergency(request: HttpRequest) -> HttpResponse:
    """Open a record that is closed to one, or elsewhere: by exact name and birth, with a reason."""
    by = worker_of(request)
    policy.require(by, "open_in_emergency")
    request.nav_current = "find-person"  # type: ignore[attr-defined]
    form = OpenForm(drawn_id(request), initial={"fact_id": make_id()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        drawn = values.pop("fact_id")
        row = carry_out(form, lambda: actions.open_record(by=by, drawn=drawn, **values))
        if row is not None:
            minutes = rules().emergency_minutes
            messages.warning(request, f"Open for {minutes} minutes. Every page is written down, and somebody asks why.")
            return redirect("chart", person=row.pk)
    values = {"form": form, "rules": rules()}
    return render(request, "care/consent/emergency.html", values, status=422 if form.errors else 200)


@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """What was opened in emergencies at the viewer's sites and waits for a review."""
    by = worker_of(request)
    policy.require(by, "review_emergency")
    waiting = list(actions.to_review(by)[:100])
    log(by=by, action="read-list", site=policy.site_paths(by, "review_emergency")[0], purpose="audit",
        route="emergency-reviews", note=f"rows={len(waiting)}")  # fmt: skip
    values = {"waiting": [{"one": one, "late": actions.late(one)} for one in waiting], "done": actions.reviewed(by)}
    return render(request, "care/consent/emergency_reviews.html", values)


@login_required
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """One of them: who, why, what was opened; and the word of the reviewer."""
    by = worker_of(request)
    policy.require(by, "review_emergency")
    one = OpenedInEmergency.objects.filter(pk=pk).first()
    if one is None or not policy.can(by, "review_emergency", one.path):
        raise Http404("There is no such emergency at your sites.")
    log(by=by, action="open-page", person=one.person, site=one.path, purpose="audit", route="emergency-review")
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: actions.review(by=by, pk=one.pk, **form.cleaned_data))
        if done is not None:
            messages.success(request, "Your review is on record.")
            return redirect("emergency-reviews")
    values = {
        "one": one, "form": form, "late": actions.late(one), "own": one.worker == str(by.pk),
        "pages": [(entry.at, page_words(entry)) for entry in actions.opened(one)],
    }  # fmt: skip
    return render(request, "care/consent/emergency_review.html", values, status=422 if form.errors else 200)
