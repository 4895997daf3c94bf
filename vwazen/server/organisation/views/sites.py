"""The tree of sites."""

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from vwazen.server.audit.actions import read_page
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import add_site, rename_site
from vwazen.server.organisation.find import sites_of, upwards
from vwazen.server.organisation.forms import RenameForm, SiteForm, carry_out
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import login_required, worker_of

# A larger tree is shown a level at a time.
WHOLE_TREE = 300


@login_required
def sites(request: HttpRequest) -> HttpResponse:
    """Every site this worker manages; of a large tree the topmost."""
    worker = worker_of(request)
    policy.require(worker, "manage_sites")
    every = sites_of(worker, "manage_sites")
    whole = every.count() <= WHOLE_TREE
    shown = every if whole else every.filter(path__in=policy.site_paths(worker, "manage_sites"))
    read_page(request=request)
    return render(request, "organisation/sites.html", {"sites": _with_counts(shown), "whole": whole})


@login_required
def site(request: HttpRequest, code: str) -> HttpResponse:
    """One site: rename it, add a site below it."""
    worker = worker_of(request)
    policy.require(worker, "manage_sites")  # before looking, so that asking tells nothing
    here = Site.objects.filter(code=code).first()
    if here is None:
        raise Http404("There is no site with this code.")
    policy.require(worker, "manage_sites", here)
    renaming = request.POST.get("do") == "rename"
    name = RenameForm(request.POST if renaming else None, initial={"name": here.name}, prefix="name")
    below = SiteForm(request.POST if request.method == "POST" and not renaming else None)
    if renaming and name.is_valid():
        if carry_out(name, lambda: rename_site(by=worker, site=here, name=name.cleaned_data["name"])):
            messages.success(request, "The name is changed.")
            return redirect("site", code=code)
    elif request.method == "POST" and below.is_valid():
        made = carry_out(below, lambda: add_site(by=worker, parent=here, **below.cleaned_data))
        if made is not None:
            messages.success(request, f"{made.name} is added below {here.name}.")
            return redirect("site", code=code)
    if request.method == "GET":
        read_page(request=request, site=here.path)
    above = Site.objects.filter(path__in=upwards(here.path)[1:]).filter(
        policy.within(policy.site_paths(worker, "manage_sites"))
    )
    context = {
        "site": here,
        "above": above,
        "children": _with_counts(Site.objects.filter(parent=here)),
        "rename": name,
        "add": below,
    }
    return render(request, "organisation/site.html", context, status=422 if name.errors or below.errors else 200)


def _with_counts(found: QuerySet[Site]) -> QuerySet[Site]:
    """Sites with how many workers hold a post there today."""
    today = timezone.localdate()
    held = Q(posts__worker__is_active=True, posts__starts__lte=today) & (
        Q(posts__ends__isnull=True) | Q(posts__ends__gt=today)
    )
    counted = found.annotate(workers=Count("posts__worker", filter=held, distinct=True))
    return counted.order_by("path")
