"""Find or register someone: search first, by how a name sounds. Probable doubles are offered, never merged unasked.

A search travels in the session and not in the address, so that no name stands in a log or a browser's history.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.chart import Chart
from vwazen.server.audit.actions import log
from vwazen.server.care import actions as care
from vwazen.server.care.likeness import Alike, Who, alike, apart
from vwazen.server.care.likeness import find as search
from vwazen.server.care.listing import is_id, opens_chart, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.forms import LANGUAGES, carry_out
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, reach
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import Person

_SEARCH = "find-person"
_GENDERS = (("unknown", "not recorded"), ("female", "female"), ("male", "male"), ("other", "another"))


class SearchForm(forms.Form):
    """What is known of someone who may be registered already."""

    name = forms.CharField(
        label="Name, as it sounds", max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"required": "Write a name, or a part of it."},
    )  # fmt: skip
    born = forms.CharField(label="Age or birth year", max_length=10, required=False)
    place = forms.CharField(label="Place", max_length=120, required=False)


class PersonForm(forms.Form):
    """Who someone is. Only a name to call them by is needed."""

    name = forms.CharField(
        label="Name", max_length=200, help_text="Any name to call them by. No address or identity paper is needed."
    )
    chosen_name = forms.CharField(
        label="Name they choose to go by", max_length=200, required=False,
        help_text="Shown everywhere instead of the name above.",
    )  # fmt: skip
    born = forms.CharField(
        label="Birth date, birth year or age", max_length=10, required=False, help_text="1985-03-21, 1985 or 41."
    )
    gender = forms.ChoiceField(label="Gender", choices=_GENDERS, required=False)
    place = forms.CharField(label="Place", max_length=120, required=False, help_text="Where they can be found.")
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    language = forms.ChoiceField(label="Language", choices=(("", "not recorded"), *LANGUAGES), required=False)

    def clean_gender(self) -> str:
        return str(self.cleaned_data["gender"] or "unknown")


class RegisterForm(PersonForm):
    """A new registration, at one of the worker's sites."""

    site = forms.ModelChoiceField(
        label="Site", queryset=Site.objects.none(), to_field_name="code", empty_label="choose where they are followed",
        error_messages={"required": "Choose the site at which they are followed."},
    )  # fmt: skip
    form = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        sites = sites_of(by, "register_person")
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        if sites.count() == 1:
            self.fields["site"].widget = forms.HiddenInput()
            self.fields["site"].initial = sites.first()


@login_required
def find(request: HttpRequest) -> HttpResponse:
    """Search first; what was looked for last is shown again until something else is."""
    by = worker_of(request)
    policy.require(by, "find_person")
    if request.method == "POST":
        form = SearchForm(request.POST)
        if "clear" in request.POST:
            request.session.pop(_SEARCH, None)
            return redirect("find-person")
        if form.is_valid():
            request.session[_SEARCH] = form.cleaned_data
            return redirect("find-person")
        return render(request, "care/people.html", {"form": form}, status=422)
    asked: dict[str, str] | None = request.session.get(_SEARCH)
    values: dict[str, object] = {
        "form": SearchForm(initial=asked),
        "asked": asked,
        "may_register": policy.can(by, "register_person"),
        "may_act": policy.can(by, "act_on_risk"),
        "may_open": policy.can(by, "open_in_emergency"),
    }
    if asked:
        paths = policy.site_paths(by, "find_person")
        found = search(paths, Who(name=asked["name"], born=_year(asked["born"]), place=asked["place"]), by)
        log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="find-person",
            route="find-person", note=f"found={len(found)}")  # fmt: skip
        values["found"] = [_shown(by, one) for one in found]
    return render(request, "care/people.html", values)


def _year(born: str) -> str:
    """A birth year from what was typed as age, year or date; "" where it is none of these."""
    try:
        return care.birth(born)[:4]
    except Invalid:
        return ""


def _shown(by: Worker, one: Person) -> dict[str, object]:
    return {
        "person": one,
        "apart": tell_apart(one),
        "chart": reach.place(by, one, ("see_chart", "see_caseload")) is not None,
        "ask": reach.place(by, one, ("ask",)) is not None,
    }


@login_required
def register(request: HttpRequest) -> HttpResponse:
    """Register someone. Who may be registered already is offered before anything is saved."""
    by = worker_of(request)
    policy.require(by, "register_person")
    begun = request.method == "POST" and "name" in request.POST
    if not begun:
        asked = request.session.get(_SEARCH) or {}
        wished = {key: asked.get(key, "") for key in ("name", "born", "place")} | {"form": make_id()}
        return render(request, "care/people_new.html", {"form": RegisterForm(by=by, initial=wished)})
    form = RegisterForm(request.POST, by=by)
    if form.is_valid():
        values = dict(form.cleaned_data)
        drawn = values.pop("form")
        values["site"] = values["site"].code
        doubles = [] if "new" in request.POST else _doubles(by, form)
        if doubles:
            log(by=by, action="read-list", site="", purpose="register", route="register-person",
                note=f"alike={len(doubles)}")  # fmt: skip
            listed = [{**_shown(by, one.person), "why": one.why} for one in doubles]
            return render(request, "care/people_new.html", {"form": form, "doubles": listed})
        person = carry_out(form, lambda: care.register(by=by, person=drawn if is_id(drawn) else "", **values))
        if person is not None:
            request.session.pop(_SEARCH, None)
            messages.success(request, "Registered.")
            return redirect("chart" if opens_chart(by) else "screen", person=person)
    return render(request, "care/people_new.html", {"form": form}, status=422)


def _doubles(by: Worker, form: RegisterForm) -> Sequence[Alike]:
    """Who may be this person already, within what `by` may search; by either of the two names."""
    values = form.cleaned_data
    try:
        born = care.birth(values["born"])
    except Invalid:
        return ()  # the action says so beside the field
    both = [
        Who(name=name, born=born, place=values["place"]) for name in (values["name"], values["chosen_name"]) if name
    ]
    found = alike(both, policy.site_paths(by, "find_person"), by)
    known = {one.person.pk: one for place in sorted(found) for one in found[place]}
    drawn = values["form"]
    return [one for one in known.values() if one.person.pk != drawn][:10]


@login_required
def correct(request: HttpRequest, person: str) -> HttpResponse:
    """Mend who someone is. What was registered before stays in the history."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="register", permission="register_person",
                         route="correct-person")  # fmt: skip
    current = view.chart.registration
    kept = {name: getattr(current, name) for name in PersonForm.base_fields} if current else {}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=kept)
    if request.method == "POST" and form.is_valid():
        done = carry_out(form, lambda: care.correct_registration(by=by, person=view.person.pk, **form.cleaned_data))
        if done is not None:
            messages.success(request, "Saved. What was registered before stays in the history.")
            return redirect("chart" if opens_chart(by, view.path) else "screen", person=view.person.pk)
    values = {"form": form, "person": view.person, "apart": tell_apart(view.person),
              "may_see_chart": opens_chart(by, view.path)}  # fmt: skip
    return render(request, "care/people_edit.html", values, status=422 if form.errors else 200)


@login_required
def same(request: HttpRequest, person: str) -> HttpResponse:
    """Compare two registrations side by side; a person says whether they are one. It can be undone."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="register", permission="register_person",
                         route="same-person")  # fmt: skip
    who = view.person
    paths = policy.site_paths(by, "register_person")
    others = alike([Who(id=who.pk, name=who.name, born=who.born, place=who.place)], paths, by).get(0, [])
    other_id = request.POST.get("other") or request.GET.get("with", "")
    values: dict[str, object] = {
        "person": who,
        "apart": tell_apart(who),
        "may_see_chart": opens_chart(by, view.path),
        "others": [{**_shown(by, one.person), "why": one.why} for one in others],
        "kept_apart": [_shown(by, one) for one in _kept_apart(by, who.pk, paths)],
    }
    if is_id(other_id):
        other = access.person(by=by, person_id=other_id, purpose="register", permission="register_person",
                              route="same-person")  # fmt: skip
        if other.person.pk == who.pk:
            messages.info(request, "These two registrations are one person already.")
            return redirect("chart" if opens_chart(by, view.path) else "screen", person=who.pk)
        if request.method == "POST" and request.POST.get("answer") == "two":
            return _two(request, by, view, other)
        if request.method == "POST":
            return _merge(request, by, view, other)
        values["pair"] = _pair(view, other)
        values["other"] = other.person
    return render(request, "care/people_same.html", values)


def _kept_apart(by: Worker, person: str, paths: Sequence[str]) -> Sequence[Person]:
    """Who was compared with this person before and is somebody else, within what may be registered."""
    ids = [other for one, other in apart([person]) if one == person]
    known = Person.objects.filter(reach.within(by, paths, person="pk"), pk__in=ids, registered=True)
    return list(known.order_by("name", "pk")[:50])


def _two(request: HttpRequest, by: Worker, view: View, other: View) -> HttpResponse:
    try:
        care.not_same(by=by, person=view.person.pk, other=other.person.pk)
    except (Invalid, Refused) as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(
            request, "Kept apart: they are not offered as one person again. You can still compare them here."
        )
    return redirect("same-person", person=view.person.pk)


def _merge(request: HttpRequest, by: Worker, view: View, other: View) -> HttpResponse:
    keep = request.POST.get("keep", "")
    if keep not in (view.person.pk, other.person.pk):
        messages.warning(request, "Nothing was changed. Choose whose name and place to keep.")
        return redirect(f"{request.path}?with={other.person.pk}")
    gone = other.person.pk if keep == view.person.pk else view.person.pk
    try:
        care.merge(by=by, person=gone, into=keep)
    except (Invalid, Refused) as problem:
        messages.warning(request, str(problem))
        return redirect(f"{request.path}?with={other.person.pk}")
    messages.success(request, "The two registrations are one person now. To undo it, open the chart.")
    return redirect("chart" if opens_chart(by, view.path) else "screen", person=keep)


def _pair(one: View, other: View) -> list[dict[str, object]]:
    """The two registrations line by line. Only what tells people apart: no score, no illness."""
    names = worker_names([view.chart.registered.author for view in (one, other) if view.chart.registered])
    lines = []
    for label, read in _LINES:
        mine, theirs = read(one.chart), read(other.chart)
        lines.append(
            {"label": label, "mine": mine, "theirs": theirs, "differs": bool(mine and theirs and mine != theirs)}
        )
    by = [names.get(view.chart.registered.author, "") if view.chart.registered else "" for view in (one, other)]
    lines.append({"label": "Registered by", "mine": by[0], "theirs": by[1], "differs": False})
    sites = dict(Site.objects.filter(code__in=[one.chart.site, other.chart.site]).values_list("code", "name"))
    at = [sites.get(view.chart.site, view.chart.site) for view in (one, other)]
    lines.append({"label": "Followed at", "mine": at[0], "theirs": at[1], "differs": at[0] != at[1]})
    return lines


def _registered(field: str) -> Any:
    return lambda chart: getattr(chart.registration, field) if chart.registration else ""


def _care(chart: Chart) -> str:
    return "in care" if chart.open_episodes else "not enrolled"


_LINES = (
    ("Registered name", _registered("name")),
    ("Name they go by", _registered("chosen_name")),
    ("Born", _registered("born")),
    ("Gender", lambda chart: "" if not chart.registration or chart.registration.gender == "unknown"
     else chart.registration.gender),
    ("Place", _registered("place")),
    ("Phone", _registered("phone")),
    ("Language", _registered("language")),
    ("Registered on", lambda chart: chart.registered.day if chart.registered else ""),
    ("Last contact", lambda chart: chart.last_contact or ""),
    ("Care", _care),
    ("Died", lambda chart: chart.died or ""),
)  # fmt: skip
