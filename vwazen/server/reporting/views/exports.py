"""Files to take away: each is made by a POST and leaves an entry in the access log before its first line."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.reporting import files, kept, register, sheet
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.asking import read
from vwazen.server.reporting.files import Format
from vwazen.server.reporting.views.outcomes import PARTLY


def form_of(text: str) -> Format:
    """Which kind of file; CSV unless XLSX is asked for."""
    return "xlsx" if text == "xlsx" else "csv"


@require_POST
@login_required
def outcomes(request: HttpRequest) -> HttpResponseBase:
    """The figures of the outcomes page as a file, with what may not be shown left out of it too."""
    by = worker_of(request)
    policy.require(by, scopes.PERMISSION)
    form, scope, wanted = read(by, request.POST)
    if form.errors:
        messages.error(request, "No file was made: place or window does not fit. Choose them here, then ask again.")
        return redirect("outcomes")
    rules, today = scopes.definitions(), clock.today()
    found = kept.anew(by, scope, wanted)
    made = sheet.Writer(scope, wanted, rules, found).sheet()
    origin = f"{files.origin()} {PARTLY}" if scope.without else files.origin()
    lines = sheet.rows(scope, wanted, rules, made, today, origin)
    kind = form_of(request.POST.get("format", ""))
    log(
        by=by, action="export", site=scope.site.path, purpose="outcomes", route="outcomes-export",
        note=f"rows={len(lines)} format={kind} shown={'all' if scope.whole else 'sums'}",
    )  # fmt: skip
    return files.answer(f"outcomes-{scope.site.code}-{today}", kind, sheet.HEAD, lines)


class RegisterForm(forms.Form):
    """Which people, and as what kind of file."""

    site = forms.ModelChoiceField(
        label="Place", queryset=Site.objects.none(), to_field_name="code", empty_label=None,
        error_messages={"invalid_choice": "You may not open charts at this place. Choose one of the list."},
    )  # fmt: skip
    format = forms.ChoiceField(label="File", choices=(("csv", "CSV, for any program"), ("xlsx", "XLSX, a workbook")))

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["site"].queryset = _places(by)  # type: ignore[attr-defined]


def _places(by: Worker) -> QuerySet[Site]:
    """Where `by` may open charts and read what scores say."""
    here = [site.pk for site in sites_of(by, "see_chart") if scopes.opens(by, site.path)]
    return Site.objects.filter(pk__in=here)


@login_required
def register_of(request: HttpRequest) -> HttpResponseBase:
    """The register of people in care: the page says what is in it; a POST makes the file and logs it."""
    by = worker_of(request)
    policy.require(by, "see_chart")
    form = RegisterForm(request.POST or None, by=by)
    if request.method == "POST" and form.is_valid():
        site, kind = form.cleaned_data["site"], form_of(form.cleaned_data["format"])
        rows = register.people(by, site)
        if kind == "xlsx" and len(rows) > register.XLSX_MOST:
            form.add_error("format", f"{len(rows):,} people are too many for a workbook. Take CSV, or a smaller place.")
        else:
            log(
                by=by, action="export", site=site.path, purpose="register", route="register-export",
                note=f"rows={len(rows)} format={kind}",
            )  # fmt: skip
            columns = register.head(register.scales(by, site))
            name = f"register-{site.code}-{clock.today()}"
            return files.answer(name, kind, columns, register.lines(by, site, rows))
    values = {"form": form, "counts": policy.can(by, "see_outcomes")}
    return render(request, "reporting/register.html", values, status=422 if form.errors else 200)
