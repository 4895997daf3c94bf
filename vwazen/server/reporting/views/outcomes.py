"""Outcomes: what became of people in care, and the people behind each figure."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.reporting import kept
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.asking import query, read
from vwazen.server.reporting.people import behind
from vwazen.server.reporting.sheet import Writer, narrowed
from vwazen.server.reporting.words import DIMENSIONS

GUARDED = (
    "A count below {limit}, but for 0, is not shown, nor one that would give it back. Whoever may open the charts of a "
    "place sees every figure of it."
)

SECONDS = 3  # in which a country is counted

PARTLY = (
    "People in care for alcohol or other drugs, or for what else your post may not see, are in no figure here, sums "
    "included."
)


@login_required
def outcomes(request: HttpRequest) -> HttpResponse:
    """Figures of one place, on two bases, with their intervals; logged as read by place, window and breakdown.

    Where they are being counted the page says so, and opens itself again.
    """
    by = worker_of(request)
    policy.require(by, scopes.PERMISSION)
    form, scope, wanted = read(by, request.GET)
    rules = scopes.definitions()
    counted = kept.counted(by, scope, wanted)
    if counted is None:
        status = 422 if form.errors else 200
        waits = render(request, "reporting/counting.html", {"form": form, "scope": scope}, status=status)
        waits["Refresh"] = str(SECONDS)
        return waits
    found = counted.figures
    log(
        by=by, action="read-figures", site=scope.site.path, purpose="outcomes", route="outcomes",
        note=f"window={wanted.window} by={wanted.by} shown={'all' if scope.whole else 'sums'}",
    )  # fmt: skip
    context = {
        "form": form, "scope": scope, "wanted": wanted, "rules": rules, "found": found, "as_of": counted.day,
        "counted": counted, "today": clock.today(),
        "sheet": Writer(scope, wanted, rules, found).sheet(), "narrowed": narrowed(scope, wanted, rules),
        "asked": query(scope, wanted), "window": rules.windows[wanted.place], "by_words": DIMENSIONS[wanted.by].lower(),
        "guard_text": GUARDED.format(limit=rules.small_cell),
        "partly_text": PARTLY,
    }  # fmt: skip
    return render(request, "reporting/outcomes.html", context, status=422 if form.errors else 200)


@login_required
def people(request: HttpRequest) -> HttpResponse:
    """The people behind one figure, for whoever may open their charts; one entry in the log for the list."""
    by = worker_of(request)
    policy.require(by, scopes.PERMISSION)
    policy.require(by, "see_chart")
    _, scope, wanted = read(by, request.GET)
    if not scope.whole:
        raise Refused(
            "You see sums of this place, not the people in them: their charts are for those who care for them there.",
            permission="see_chart", site=scope.site.path,
        )  # fmt: skip
    group = request.GET.get("group", "enrolled")[:40]
    rules = scopes.definitions()
    page = behind(by, scope, wanted, group, rules, clock.today(), request.GET.get("after", "")[:100])
    log(
        by=by, action="read-list", site=scope.site.path, purpose="outcomes", route="outcomes-people",
        note=f"rows={len(page.rows)} group={group.replace('_', '-')} window={wanted.window}",
    )  # fmt: skip
    here = query(scope, wanted)
    context = {
        "page": page, "scope": scope, "wanted": wanted, "rules": rules, "narrowed": narrowed(scope, wanted, rules),
        "back": "?" + urlencode(here), "window": rules.windows[wanted.place],
        "next_url": "?" + urlencode({**here, "group": group, "after": page.after}) if page.after else "",
    }  # fmt: skip
    return render(request, "reporting/people.html", context)
