"""The access log, newest first. Whoever reads it leaves an entry of their own."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from vwazen.server.audit.actions import read_page
from vwazen.server.audit.models import AccessEntry

A_PAGE = 50
ABOUT_WORKER = re.compile(r"worker=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


class FilterForm(forms.Form):
    worker = forms.CharField(label="Username", max_length=60, required=False)
    person = forms.UUIDField(
        label="Person's id",
        required=False,
        error_messages={"invalid": "This is not a person's id. Copy it from the address of the person's chart."},
    )
    action = forms.SlugField(label="Action", max_length=60, required=False)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[("", "all"), ("allowed", "allowed"), ("refused", "refused"), ("failed", "failed")],
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_worker(self) -> str:
        """The id of the worker with this username; an unknown one is said."""
        username: str = self.cleaned_data["worker"].strip().lower()
        if not username:
            return ""
        worker = get_user_model().objects.filter(username=username).first()
        if worker is None:
            raise forms.ValidationError("No worker has this username. Look it up under Workers.")
        return str(worker.pk)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _in_scope(paths: tuple[str, ...]) -> Q:
    """Entries at these sites and below; those about no site only for who sees a whole country."""
    scope = Q(pk__in=[])
    for path in paths:
        scope |= Q(site__startswith=path)
        if path.count("/") == 1:
            scope |= Q(site="")
    return scope


def _matching(values: dict[str, Any], paths: tuple[str, ...]) -> QuerySet[AccessEntry]:
    found = AccessEntry.objects.filter(_in_scope(paths))
    if values.get("worker"):
        found = found.filter(worker_id=values["worker"])
    if values.get("person"):
        found = found.filter(person=str(values["person"]))
    for name in ("action", "outcome"):
        if values.get(name):
            found = found.filter(**{name: values[name]})
    if values.get("since"):
        found = found.filter(at__gte=_midnight(values["since"]))
    if values.get("until"):
        found = found.filter(at__lt=_midnight(values["until"] + timedelta(days=1)))
    return found.order_by("-at", "-id")


def _before(found: QuerySet[AccessEntry], cursor: str) -> QuerySet[AccessEntry]:
    """Only what comes after the entry "instant id" in the list; all of it where the cursor is not one."""
    instant, _, number = cursor.partition(" ")
    try:
        at = parse_datetime(instant)
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at) or at.year < 2000 or not number.isdecimal() or len(number) > 18:
        return found
    return found.filter(Q(at__lt=at) | Q(at=at, id__lt=int(number)))


def _name_workers(rows: list[AccessEntry]) -> list[tuple[AccessEntry, str]]:
    """Each entry with the name of the worker whom its note is about, where it is about one."""
    about = {entry.pk: found[1] for entry in rows if (found := ABOUT_WORKER.match(entry.note))}
    workers = get_user_model().objects.in_bulk(set(about.values()))
    names = {str(pk): worker.name for pk, worker in workers.items()}
    return [(entry, names.get(about.get(entry.pk, ""), "")) for entry in rows]


def access_log(request: HttpRequest) -> HttpResponse:
    """Filtered by worker, person, action, outcome and day; a page ends at an entry, not at a number."""
    worker = request.user
    if not worker.is_authenticated:
        return redirect_to_login(request.get_full_path())
    worker.require("see_access_log")
    form = FilterForm(request.GET or None)
    valid = not form.is_bound or form.is_valid()
    values: dict[str, Any] = form.cleaned_data if form.is_bound and valid else {}
    person: UUID | None = values.get("person")
    read_page(
        request=request,
        person=person,
        site=worker.site_paths("see_access_log")[0],
        note=f"worker={values['worker']}" if values.get("worker") else "",
    )
    rows: list[AccessEntry] = []
    if valid:
        found = _matching(values, worker.site_paths("see_access_log"))
        rows = list(_before(found, request.GET.get("before", ""))[: A_PAGE + 1])
    more = ""
    if len(rows) > A_PAGE:
        last = rows[A_PAGE - 1]
        kept = {name: value for name, value in request.GET.items() if name != "before" and value}
        more = "?" + urlencode({**kept, "before": f"{last.at.isoformat()} {last.pk}"})
    return render(
        request,
        "audit/access_log.html",
        {"form": form, "entries": _name_workers(rows[:A_PAGE]), "next_url": more, "valid": valid},
        status=200 if valid else 422,
    )
