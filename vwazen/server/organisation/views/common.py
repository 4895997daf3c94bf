"""What the pages share."""

from collections.abc import Callable

import django_otp
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from vwazen.server.organisation.models import Worker

__all__ = ["keep_second_factor", "login_required", "worker_of"]

# Marks a session as signed in with the second step as well.
keep_second_factor: Callable[[HttpRequest, TOTPDevice], None] = django_otp.login


def worker_of(request: HttpRequest) -> Worker:
    """Who is signed in. For pages behind `login_required`."""
    if not isinstance(request.user, Worker):
        raise TypeError("This page was reached without signing in. Put login_required on its view.")
    return request.user
