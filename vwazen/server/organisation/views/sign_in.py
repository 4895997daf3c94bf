"""Sign in, the second step, sign out."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from vwazen.server.organisation.actions import sign_in as actions
from vwazen.server.organisation.forms import CodeForm, SignInForm
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import address_of, keep_second_factor, login_required, worker_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "sign-in-pending"
TIME_FOR_CODE = timedelta(minutes=10)
WRONG = (
    "This username and password do not fit together. Check both and try again. After five wrong tries an account "
    "closes for a minute, then longer; whoever manages workers at your site can open it or give a new password. After "
    "very many, nobody can sign in from the same place for a quarter of an hour."
)
WRONG_CODE = "This code does not fit or was used already. Wait for the next one, or use a recovery code."


def _next(request: HttpRequest) -> str:
    """Where to go after signing in; another site's address is not followed."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else resolve_url("home")


def _begin(request: HttpRequest, worker: Worker) -> None:
    """Sign in under a new session id. It ends at its hour, however much is done in it."""
    login(request, worker, backend=BACKEND)
    request.session.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def sign_in(request: HttpRequest) -> HttpResponse:
    """The first step: name and password."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        worker = actions.by_password(**form.cleaned_data, address=address_of(request))
        if worker is not None and actions.second_factor(worker) is None:
            _begin(request, worker)
            return redirect(_next(request))
        if worker is not None:
            # A new session id now, so that one planted before cannot be waited for.
            request.session.cycle_key()
            deadline = timezone.now() + TIME_FOR_CODE
            request.session[PENDING] = [str(worker.pk), worker.get_session_auth_hash(), deadline.isoformat()]
            request.session["next"] = _next(request)
            return redirect("sign-in-code")
        form.add_error(None, WRONG)
        status = 422
    return render(
        request, "organisation/sign_in.html", {"form": form, "next": request.GET.get("next", "")}, status=status
    )


def _pending(request: HttpRequest) -> Worker | None:
    """Who gave the right password a moment ago, and still has time for the code."""
    waiting = request.session.get(PENDING)
    if not waiting:
        return None
    pk, session_hash, deadline = waiting
    until = parse_datetime(deadline)
    worker = Worker.objects.filter(pk=UUID(pk), is_active=True).first()
    if worker is None or until is None or until < timezone.now() or worker.get_session_auth_hash() != session_hash:
        request.session.flush()
        return None
    return worker


def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code from the phone, or a recovery code."""
    worker = _pending(request)
    if worker is None:
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        device = actions.by_code(worker=worker, code=form.cleaned_data["code"], address=address_of(request))
        if device is not None:
            goal = request.session.pop("next", "") or resolve_url("home")
            del request.session[PENDING]
            _begin(request, worker)
            keep_second_factor(request, device)
            return redirect(goal)
        form.add_error("code", WRONG_CODE)
        status = 422
    return render(request, "organisation/sign_in_code.html", {"form": form}, status=status)


@require_POST
@login_required
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session; a link cannot do it, only the button."""
    actions.signed_out(by=worker_of(request))
    logout(request)
    return redirect("sign-in")
