"""A one-time password opens one page: the one on which it is changed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

OPEN = frozenset({"change-password", "sign-out"})


class ChangePasswordFirst:
    """Sends a worker who signed in with a one-time password to the page for a password of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """None lets the page go ahead."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if request.user.is_authenticated and request.user.must_change_password and name not in OPEN:
            return redirect("change-password")
        return None
