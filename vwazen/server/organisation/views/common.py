"""What the pages share."""

from collections.abc import Callable
from typing import TypeVar

import django_otp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest

from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import SecondFactor, Worker

__all__ = ["address_of", "keep_second_factor", "login_required", "press", "worker_of"]
T = TypeVar("T")

# Marks a session as signed in with the second step as well.
keep_second_factor: Callable[[HttpRequest, SecondFactor], None] = django_otp.login


def worker_of(request: HttpRequest) -> Worker:
    """Who is signed in. For pages behind `login_required`."""
    if not isinstance(request.user, Worker):
        raise TypeError("This page was reached without signing in. Put login_required on its view.")
    return request.user


def press(request: HttpRequest, act: Callable[[], T], done: str = "") -> T | None:
    """Carry out what a button stands for and say `done`; what it gave. Where it does not fit, say why: None."""
    try:
        made = act()
    except Invalid as problem:
        messages.warning(request, str(problem))
        return None
    if done:
        messages.success(request, done)
    return made


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind a proxy that ends TLS what the proxy says, and "" where it says nothing."""
    if settings.PROXIED:
        return str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
