"""The caseload: one list, most urgent first, each with the reason; and where a worker begins the day."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import msgspec
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.server.audit.actions import log
from vwazen.server.care import caselist
from vwazen.server.care.caselist import Filters, Tab
from vwazen.server.care.lines import lines
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import clock, names
from vwazen.server.web.context import PAGES, address

STEPS = 3
SITES = 300  # a larger tree is offered a level at a time

OWNERS = (("", "Everyone"), ("me", "Me"), ("team", "My team"), ("nobody", "Nobody yet"))


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation that this worker may use: the day's list for whoever cares for people."""
    by = worker_of(request)
    for name, _, permissions in PAGES:
        if any(policy.can(by, permission) for permission in permissions) and address(name):
            return redirect(name)
    return render(request, "care/home.html")


class FilterForm(forms.Form):
    name = forms.CharField(
        label="Name, as it sounds", max_length=200, required=False,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
    site = forms.ChoiceField(
        label="Site", required=False,
        error_messages={"invalid_choice": "This is not a site where you see the caseload. Choose one of the list."},
    )  # fmt: skip
    owner = forms.ChoiceField(label="Owner", required=False, choices=OWNERS)
    step = forms.ChoiceField(
        label="Step", required=False, choices=[("", "All steps"), *((str(n), f"Step {n}") for n in range(1, STEPS + 1))]
    )

    def __init__(self, *arguments: Any, sites: list[Site], **options: Any) -> None:
        super().__init__(*arguments, **options)
        top = min((site.depth for site in sites), default=0)
        choices = [(site.code, "\u2003" * (site.depth - top) + site.name) for site in sites]
        self.fields["site"].choices = [("", "All my sites"), *choices]  # type: ignore[attr-defined]


def _sites(by: Worker, chosen: str) -> tuple[list[Site], bool]:
    """The sites to choose from, and whether they are all: else the topmost, their children and those of `chosen`."""
    mine = policy.site_paths(by, caselist.PERMISSION)
    every = Site.objects.filter(policy.within(mine))
    found = list(every[: SITES + 1])
    if len(found) <= SITES:
        return found, True
    near = Q(path__in=mine) | Q(parent__path__in=mine) | Q(code=chosen) | Q(parent=chosen)
    return list(every.filter(near)[:SITES]), False


def _filters(by: Worker, values: dict[str, str], sites: list[Site], whole: bool, today: dt.date) -> Filters:
    """What was asked for, inside what this worker may see."""
    paths = policy.site_paths(by, caselist.PERMISSION)
    if values["site"]:
        paths = tuple(site.path for site in sites if site.code == values["site"])
    inside = [site for site in sites if site.path.startswith(paths)]
    owners: tuple[str, ...] | None = {"me": (str(by.pk),), "nobody": ("",)}.get(values["owner"])
    if values["owner"] == "team":
        owners = caselist.team(by, today)
    return Filters(
        paths=paths, sites=caselist.few(inside) if whole else None, owners=owners,
        people=caselist.sounding_like(values["name"]), step=int(values["step"]) if values["step"] else None, by=by,
    )  # fmt: skip


@login_required
def caseload(request: HttpRequest) -> HttpResponse:
    """Everyone in care where this worker works, by tier; narrowed by name, site, owner, step and tier."""
    by = worker_of(request)
    policy.require(by, caselist.PERMISSION)
    today = clock.today()
    sites, whole = _sites(by, request.GET.get("site", ""))
    form = FilterForm(request.GET or None, sites=sites)
    values = dict.fromkeys(form.fields, "")
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
    filters = _filters(by, values, sites, whole, today)
    tabs = caselist.tabs()
    tab = next((one for one in tabs if one.slug == request.GET.get("tab")), None)
    after = caselist.resume(request.GET["after"], today) if request.GET.get("after") else None
    if request.GET.get("after") and after is None:
        messages.warning(request, "The list has changed since. It begins again at the top, so that nobody is missed.")
    found = caselist.page(msgspec.structs.replace(filters, ranks=tab.ranks if tab else None), today, after)
    numbers = caselist.counts(filters, today)
    page = found[: caselist.A_PAGE]
    log(
        by=by, action="read-list", site=filters.paths[0] if filters.paths else "", purpose="care", route="caseload",
        note=f"rows={len(page)} tab={tab.slug if tab else 'all'} owner={values['owner'] or 'everyone'}",
    )  # fmt: skip
    kept = {name: value for name, value in values.items() if value} | ({"tab": tab.slug} if tab else {})
    many = filters.people is not None and len(filters.people) >= names.CANDIDATES
    total, more = _total(numbers, tab)
    context = {
        "form": form, "lines": lines(by, page, today), "tabs": _tabs(tabs, tab, numbers, kept),
        "total": total, "more": more, "narrowed": any(values.values()), "after": after is not None,
        "first_url": "?" + urlencode(kept) if after else "", "many_names": many, "now": clock.now(),
        "may_enrol": policy.can(by, "enrol"),
        "next_url": "?" + urlencode({**kept, "after": caselist.cursor(page[-1])})
        if len(found) > caselist.A_PAGE
        else "",
    }  # fmt: skip
    return render(request, "care/caseload.html", context, status=422 if form.errors else 200)


def _total(numbers: dict[str, tuple[int, bool]], tab: Tab | None) -> tuple[int, bool]:
    """How many the list holds, and whether there are more than that."""
    chosen = [numbers[tab.slug]] if tab else list(numbers.values())
    return sum(many for many, _ in chosen), any(more for _, more in chosen)


def _short(many: int, more: bool) -> str:
    return f"{many:,}+" if more else f"{many:,}"


def _tabs(
    tabs: tuple[Tab, ...], chosen: Tab | None, numbers: dict[str, tuple[int, bool]], kept: dict[str, str]
) -> list[dict[str, object]]:
    """The tabs with their counts, as components/tabs.html takes them."""
    rest = {name: value for name, value in kept.items() if name != "tab"}
    return [
        {
            "label": tab.word if tab else "All",
            "url": "?" + urlencode({**rest, "tab": tab.slug} if tab else rest),
            "count": _short(*_total(numbers, tab)),
            "current": tab == chosen,
        }
        for tab in (None, *tabs)
    ]
