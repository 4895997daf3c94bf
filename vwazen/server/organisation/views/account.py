"""One's own account: what one's posts allow, password, second step, minutes for review."""

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe

from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import set_minutes, set_phone
from vwazen.server.organisation.actions import sign_in as actions
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import (
    ConfirmForm,
    MinutesForm,
    OwnPasswordForm,
    PasswordForm,
    PhoneForm,
    carry_out,
)
from vwazen.server.organisation.models import RecoveryCode, SecondFactor, Worker
from vwazen.server.organisation.views.common import keep_second_factor, login_required, worker_of


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """What this worker is and may do here, and what can be changed."""
    worker = worker_of(request)
    telephoning = request.POST.get("do") == "phone"
    phone = PhoneForm(request.POST if telephoning else None, initial={"phone": worker.phone})
    counting = request.method == "POST" and not telephoning
    reviews = policy.can(worker, "review")
    form = MinutesForm(
        request.POST if counting else None, initial={"minutes": worker.minutes_per_week}, reviews=reviews
    )
    if telephoning and phone.is_valid():
        number = phone.cleaned_data["phone"]
        if carry_out(phone, lambda: set_phone(by=worker, worker=worker, phone=number)) is not None:
            messages.success(request, "Your phone number is saved.")
            return redirect("account")
    if counting and form.is_valid():
        minutes = form.cleaned_data["minutes"]
        if carry_out(form, lambda: set_minutes(by=worker, worker=worker, minutes=minutes)) is not None:
            messages.success(request, "The minutes are saved.")
            return redirect("account")
    scopes = policy.scopes()
    posts = [
        {
            "post": post,
            "may": [scopes.permissions[permission] for permission in scopes.roles[post.role].permissions],
            "sees": [scopes.segments[segment] for segment in scopes.roles[post.role].segments],
        }
        for post in policy.posts(worker)
    ]
    context = {
        "posts": posts,
        "reviewed": scopes.reviewed,
        "phone": phone,
        "minutes": form if reviews or policy.can(worker, "record_care") else None,
        "second_factor": actions.second_factor(worker),
        "supervises": worker.supervises.filter(is_active=True).exists(),
        "codes_left": RecoveryCode.objects.filter(worker=worker, used__isnull=True).count(),
    }
    return render(request, "organisation/account.html", context)


def _still_signed_in(request: HttpRequest, worker: Worker) -> None:
    """Keep this session where an action ended the worker's others."""
    fresh = Worker.objects.get(pk=worker.pk)
    update_session_auth_hash(request, fresh)
    device = actions.second_factor(fresh)
    if device is not None:
        keep_second_factor(request, device)


@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password of one's own; required after a one-time password."""
    worker = worker_of(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if carry_out(form, lambda: actions.change_password(by=worker, old=values["old"], new=values["new"])):
            _still_signed_in(request, worker)
            messages.success(request, "Your password is changed. Every other session of yours has ended.")
            return redirect("account")
    return render(
        request,
        "organisation/change_password.html",
        {"form": form, "first": worker.must_change_password},
        status=422 if form.errors else 200,
    )


def _picture(device: SecondFactor) -> SafeString:
    """The device's key as a QR code; on white in every theme, since readers need the contrast."""
    drawn = segno.make(device.config_url).svg_inline(
        scale=5, dark="#000", light="#fff", svgclass=None, lineclass=None, title="Code to scan with your phone"
    )
    return mark_safe(drawn)  # noqa: S308  made here, from a key and a username of plain letters


@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Turn the second step on (scan, confirm, keep the recovery codes) or off."""
    worker = worker_of(request)
    on = actions.second_factor(worker)
    if on is not None:
        return _turn_off(request, worker)
    device = SecondFactor.objects.filter(user=worker, confirmed=False).first()
    if device is not None and not device.readable:
        device = None  # begun on another node: begin again
    form = ConfirmForm(request.POST if request.POST.get("code") is not None else None)
    if request.method == "POST" and request.POST.get("begin"):
        try:
            actions.begin_second_factor(by=worker)
        except Invalid as problem:
            messages.error(request, str(problem))
        return redirect("second-factor")
    if request.method == "POST" and device is not None and form.is_valid():
        code = form.cleaned_data["code"]
        codes = carry_out(form, lambda: actions.confirm_second_factor(by=worker, code=code))
        if codes:
            _still_signed_in(request, worker)
            return render(request, "organisation/recovery_codes.html", {"codes": codes})
    context = {"device": device, "form": form}
    if device is not None:
        context |= {"picture": _picture(device), "key": _in_fours(device)}
    return render(request, "organisation/second_factor.html", context, status=422 if form.errors else 200)


def _in_fours(device: SecondFactor) -> str:
    """The key in groups of four letters, for typing by hand."""
    key = device.config_url.partition("secret=")[2].partition("&")[0]
    return " ".join(key[place : place + 4] for place in range(0, len(key), 4))


def _turn_off(request: HttpRequest, worker: Worker) -> HttpResponse:
    form = OwnPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["password"]

        def remove() -> bool:
            actions.remove_second_factor(by=worker, worker=worker, password=given)
            return True

        if carry_out(form, remove):
            _still_signed_in(request, worker)
            messages.success(request, "The second step is off. Every other session of yours has ended.")
            return redirect("account")
    return render(request, "organisation/second_factor_off.html", {"form": form}, status=422 if form.errors else 200)
