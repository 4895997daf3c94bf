"""Every refusal that reaches the edge leaves an entry, whichever page it came from."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from vwazen.server.audit.actions import log, refusal_code
from vwazen.server.audit.models import AccessEntry


class LogRefusals:
    """Logs a PermissionDenied raised by a page, unless an action has logged it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Log the refusal by route name; Django then shows its 403 page."""
        if isinstance(exception, PermissionDenied) and not getattr(exception, "logged", False):
            match = request.resolver_match
            log(
                by=request.user if request.user.is_authenticated else None,
                action="open-page",
                site=str(getattr(exception, "site", "")),
                route=(match.view_name or "") if match else "",
                outcome=AccessEntry.REFUSED,
                note=refusal_code(exception),
            )
