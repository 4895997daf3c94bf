"""Who was in hospital again, by place."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vwazen.evidence.outcomes import Share
from vwazen.server.audit.actions import log
from vwazen.server.care.homes.tabs import tabs
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.reporting import readmissions as figures
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.sheet import Figure
from vwazen.server.reporting.views.outcomes import GUARDED
from vwazen.server.reporting.words import percent, span


@login_required
def readmissions(request: HttpRequest) -> HttpResponse:
    """Readmissions after 7, 30 and 90 days of one place and the places below it, with their denominators."""
    by = worker_of(request)
    scope = scopes.scope(by, request.GET.get("site", "")[:50]) or scopes.scope(by)
    if scope is None:
        raise LookupError("a worker with the right has a place")
    rules = scopes.definitions()
    found = figures.readmissions(scope, scopes.above(by, scope), clock.today(), rules.small_cell)
    people = figures.behind(scope, found) if scope.whole else []
    log(
        by=by, action="read-figures", site=scope.site.path, purpose="outcomes", route="readmissions",
        note=f"rows={len(people)} shown={'all' if scope.whole else 'sums'}",
    )  # fmt: skip
    sites = {site.path: site for site in Site.objects.filter(path__in=[one.path for one in found.lines])}
    context = {
        "tabs": tabs(by, "readmissions"), "scope": scope, "found": found, "windows": figures.WINDOWS,
        "sites": scopes.choices(by, scope), "people": people, "most": figures.MOST,
        "guard_text": GUARDED.format(limit=rules.small_cell),
        "whole": _cells(found.whole.shares),
        "lines": [
            (sites[one.path].name if one.path in sites else one.path,
             sites[one.path].code if one.path in sites and one.path != scope.site.path else "", _cells(one.shares))
            for one in found.lines
        ],
    }  # fmt: skip
    return render(request, "reporting/readmissions.html", context)


def _cells(shares: tuple[Share, ...] | None) -> list[Figure]:
    """The cells of one place: how many stays ended, then a share for each window; none where they are not shown."""
    if shares is None:
        return []
    ended = Figure(label="stays that ended", value=f"{shares[0].of:,}")
    return [ended, *(_cell(share, days) for share, days in zip(shares, figures.WINDOWS, strict=True))]


def _cell(share: Share, days: int) -> Figure:
    return Figure(
        label=f"again by day {days}", value=f"{share.many:,}", note=f"of {share.of:,}",
        share=percent(share.value) if share.of else "", interval=span(share.interval),
    )  # fmt: skip
