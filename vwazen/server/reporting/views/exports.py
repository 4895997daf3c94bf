"""Files to take away: each is made by a POST and leaves an entry in the access log before its first line."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.reporting import files, sheet
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.asking import read
from vwazen.server.reporting.files import Format
from vwazen.server.reporting.views.outcomes import counted


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
        raise Invalid("These figures cannot be made into a file. Open the outcomes page and choose place and window.")
    rules, today = scopes.definitions(), clock.today()
    found = counted(by, scope, wanted)
    made = sheet.Writer(scope, wanted, rules, found).sheet()
    lines = sheet.rows(scope, wanted, rules, made, today, files.origin())
    kind = form_of(request.POST.get("format", ""))
    log(
        by=by, action="export", site=scope.site.path, purpose="outcomes", route="outcomes-export",
        note=f"rows={len(lines)} format={kind} shown={'all' if scope.whole else 'sums'}",
    )  # fmt: skip
    return files.answer(f"outcomes-{scope.site.code}-{today}", kind, sheet.HEAD, lines)
