"""The pages of an emergency: which are on, who was not reached yet, first help and registration in a hurry."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log
from vwazen.server.care import findings
from vwazen.server.care.emergency import lists
from vwazen.server.care.emergency.actions import first_help
from vwazen.server.care.likeness import Who, alike
from vwazen.server.care.listing import A_PAGE, is_id, opens_chart, tell_apart
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Emergency, Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.first_help import FORM
from vwazen.server.record.models import Person

RIGHTS = ("register_person", "see_caseload", "declare_emergency")
_GENDERS = (("unknown", "not recorded"), ("female", "female"), ("male", "male"), ("other", "another"))
_MODES = (("home", "where they stay"), ("clinic", "at a clinic or post"), ("phone", "by phone"))


class DeclareForm(forms.Form):
    """Which emergency, where and since when."""

    name = forms.CharField(
        label="What happened", max_length=120, help_text="As everybody calls it: Flood of the lower river."
    )
    site = forms.ModelChoiceField(
        label="Where, with everything below it", queryset=Site.objects.none(), to_field_name="code",
        empty_label="choose the area",
        error_messages={"required": "Choose the area.", "invalid_choice": "You may not say this of that area."},
    )  # fmt: skip
    starts = forms.DateField(label="On which day", widget=forms.DateInput({"type": "date"}))

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["site"].queryset = sites_of(by, "declare_emergency")  # type: ignore[attr-defined]


class QuickForm(forms.Form):
    """Someone in a hurry. A name, or where and how they were found."""

    drawn = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    name = forms.CharField(label="Name, if they can say it", max_length=200, required=False)
    gender = forms.ChoiceField(label="Gender", choices=_GENDERS, required=False)
    born = forms.CharField(label="Age, or birth year", max_length=10, required=False)
    place = forms.CharField(label="Where they can be found, or were found", max_length=120, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    site = forms.ModelChoiceField(
        label="Site that follows them", queryset=Site.objects.none(), to_field_name="code",
        empty_label="choose the site", error_messages={"required": "Choose the site that follows them."},
    )  # fmt: skip
    mode = forms.ChoiceField(label="Help was given", choices=_MODES, required=False)
    note = forms.CharField(
        label="What was done", required=False, max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text="Everyone who may open this record reads it.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, by: Worker, emergency: Emergency, **options: Any) -> None:
        super().__init__(*arguments, **options)
        sites = sites_of(by, "register_person").filter(path__startswith=emergency.site.path)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        if sites.count() == 1:
            self.fields["site"].widget = forms.HiddenInput()
            self.fields["site"].initial = sites.first()


@login_required
def emergencies(request: HttpRequest) -> HttpResponse:
    """Which emergencies are on, and were. Whoever answers for an area says so here."""
    by = worker_of(request)
    _any_right(by)
    form = DeclareForm(request.POST or None, by=by)
    if request.method == "POST":
        policy.require(by, "declare_emergency")
        if form.is_valid():
            made = carry_out(form, lambda: organisation.declare_emergency(by=by, **form.cleaned_data))
            if made is not None:
                messages.success(request, f"{made.name} is on. Whoever works there finds it on their first page.")
                return redirect("emergency-area", made.pk)
    seen = [one for one in Emergency.objects.select_related("site") if _touches(by, one)]
    values = {
        "on": [one for one in seen if one.ended is None], "over": [one for one in seen if one.ended],
        "form": form if policy.can(by, "declare_emergency") else None, "opened": bool(form.errors),
        "posts": policy.can(by, "manage_workers"),
    }  # fmt: skip
    return render(request, "care/emergency/list.html", values, status=422 if form.errors else 200)


def _touches(by: Worker, one: Emergency) -> bool:
    return any(lists.area(by, one, right) for right in RIGHTS)


def _any_right(by: Worker) -> None:
    if not any(policy.can(by, right) for right in RIGHTS):
        policy.require(by, "see_caseload")


def _named(by: Worker, pk: int) -> Emergency:
    _any_right(by)
    found = Emergency.objects.select_related("site").filter(pk=pk).first()
    if found is None or not _touches(by, found):
        raise Http404("There is no such emergency where you work.")
    return found


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """It is over."""
    by = worker_of(request)
    one = organisation.end_emergency(by=by, emergency=_named(by, pk))
    messages.success(request, f"{one.name} is over. Its lists stay here to read.")
    return redirect("emergency-area", pk)


@login_required
def emergency(request: HttpRequest, pk: int) -> HttpResponse:
    """Who in care was not reached since, who was, and who had first help; counts only for whoever sees no caseload."""
    by = worker_of(request)
    one = _named(by, pk)
    values: dict[str, Any] = {
        "emergency": one, "may_end": one.ended is None and policy.can(by, "declare_emergency", one.site),
        "may_register": one.ended is None and bool(lists.area(by, one, "register_person")),
        "people": bool(lists.area(by, one, "see_caseload")), "days": lists.MEDICINE_DAYS, "today": clock.today(),
    }  # fmt: skip
    if values["people"]:
        _people(request, by, one, values)
    return render(request, "care/emergency/page.html", values)


def _people(request: HttpRequest, by: Worker, one: Emergency, values: dict[str, Any]) -> None:
    part = request.GET.get("part", "unreached")
    part = part if part in lists.PARTS else "unreached"
    counts = lists.count(by, one)
    start, size = _number(request.GET.get("from", "")), lists.PRINTED if "all" in request.GET else A_PAGE
    rows: list[Any]
    if part == "helped":
        found = list(lists.helped(by, one).order_by("-day", "pk")[start : start + size + 1])
        more, rows = len(found) > size, _helped(by, found[:size])
        form = findings.form_of(FORM)
        named = (
            {name: words for item in form.items if item.id == "needs" for name, words in form.choices(item).items()}
            if form
            else {}
        )
        values["needs"] = [(named.get(need, need), many) for need, many in lists.needs(by, one)]
    else:
        rows, more = lists.page(by, one, part == "reached", start, size)
    log(by=by, action="read-list", site=one.site.path, purpose="care", route="emergency-area",
        note=f"emergency={one.pk} part={part} rows={len(rows)}")  # fmt: skip
    values |= {
        "part": part, "rows": rows, "all": "all" in request.GET, "printed": lists.PRINTED,
        "next_url": f"?part={part}&from={start + size}" if more else "",
        "tabs": [
            {"label": words, "url": f"?part={name}", "count": counts[name], "current": name == part}
            for name, words in lists.PARTS.items()
        ],
    }  # fmt: skip


def _number(text: str) -> int:
    return min(int(text), 10**6) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _helped(by: Worker, found: list[Any]) -> list[dict[str, Any]]:
    """Each with whoever looks alike and was there before: registered twice, they are made one on a page of its own."""
    people = Person.objects.in_bulk({one.person for one in found})
    paths = policy.site_paths(by, "register_person")
    asked = [Who(id=one.pk, name=one.name, born=one.born, place=one.place) for one in people.values()]
    doubles = {asked[place].id: len(those) for place, those in alike(asked, paths).items()} if paths and asked else {}
    return [
        {"person": people[one.person], "day": one.day, "apart": tell_apart(people[one.person]),
         "chart": opens_chart(by, people[one.person].path), "doubles": doubles.get(one.person, 0)}
        for one in found if one.person in people
    ]  # fmt: skip


@login_required
def first(request: HttpRequest, pk: int) -> HttpResponse:
    """Register someone and write down first help, on one screen; then the next person."""
    by = worker_of(request)
    one = _named(by, pk)
    policy.require(by, "register_person")
    if not lists.area(by, one, "register_person"):
        policy.require(by, "register_person", one.site)
    form, shape = (
        QuickForm(request.POST or None, by=by, emergency=one, initial={"drawn": make_id(), "mode": "home"}),
        findings.form_of(FORM),
    )
    errors: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        answers, errors = findings.read(shape, request.POST, clock.today()) if shape else ({}, {})
        answers.pop("event", None)
        saved = None if errors else carry_out(form, lambda: _save(by, one, form, answers))
        if saved is not None:
            if saved.risk and policy.can(by, "act_on_risk"):
                messages.warning(
                    request, "Registered. A danger was told: do not leave them alone, and go through these steps."
                )
                return redirect("risk", person=saved.visit.person, risk=saved.risk)
            name = Person.objects.get(pk=saved.visit.person).name
            messages.success(
                request, f"{name} is registered with the help that was given. Here is room for the next person."
            )
            return redirect("first-help", pk)
    sent = request.POST.copy()
    if shape is not None and request.method != "POST":
        sent[findings.field(shape, "event")] = one.name
    values = {
        "emergency": one, "form": form, "shown": findings.show(shape, sent, errors) if shape else None,
        "event": findings.field(shape, "event") if shape else "",
    }  # fmt: skip
    return render(request, "care/emergency/first.html", values, status=422 if form.errors or errors else 200)


def _save(by: Worker, one: Emergency, form: QuickForm, answers: dict[str, Any]) -> Any:
    values = dict(form.cleaned_data)
    drawn = values.pop("drawn")
    values["gender"], values["mode"] = values["gender"] or "unknown", values["mode"] or "home"
    return first_help(by=by, emergency=one, person=drawn if is_id(drawn) else make_id(), answers=answers, **values)


def banner(by: Worker) -> list[dict[str, object]]:
    """Emergencies that are on where `by` works, for the first page of the day."""
    on = Emergency.objects.filter(ended__isnull=True).select_related("site")
    return [
        {"name": one.name, "since": one.starts, "url": reverse("emergency-area", args=[one.pk])}
        for one in on
        if _touches(by, one)
    ]
