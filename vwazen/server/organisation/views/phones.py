"""Phones: those of the workers whom one supervises or manages, letting one in, taking one away."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import segno
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import read_page
from vwazen.server.lan import is_loopback
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.actions.common import filed_at
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.find import supervisor_of
from vwazen.server.organisation.models import Device, EnrolmentCode, Worker
from vwazen.server.organisation.views.common import login_required, press, worker_of

AGAIN = 5  # seconds after which the page of a code looks whether the phone is in
LATE = 3 * 3600  # seconds of a clock that is wrong enough to say so
_SHOWN = 200


@login_required
def phones(request: HttpRequest) -> HttpResponse:
    """The phones of everybody whom this worker supervises, and who of them has none."""
    by = worker_of(request)
    _require_any(by)
    mine = by.supervises.filter(is_active=True).order_by("name", "pk")
    rows = list(mine.prefetch_related(Prefetch("devices", Device.objects.order_by("-enrolled"), "phones"))[:_SHOWN])
    read_page(request=request)
    now = timezone.now()
    people = [{"worker": one, "phones": _lines(getattr(one, "phones", ()), now)} for one in rows]
    return render(request, "organisation/phones.html", {"people": people})


@login_required
def of_worker(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One worker's phones: since when, by whom, when they last spoke, what waits on them."""
    by = worker_of(request)
    who = _found(by, pk)
    read_page(request=request, site=filed_at(who), note=f"worker={who.pk}")
    every = who.devices.select_related("enrolled_by", "revoked_by")
    context = {"worker": who, "phones": _lines(every, timezone.now()), "chief": supervisor_of(who),
               "manages": policy.can(by, "manage_workers")}  # fmt: skip
    return render(request, "organisation/worker_phones.html", context)


@require_POST
@login_required
def make_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new code, shown on the page that this leads to."""
    by = worker_of(request)
    who = _found(by, pk)
    made = press(request, lambda: devices.make_code(by=by, worker=who))
    return redirect("phone-code", pk=pk, code=made.pk) if made else redirect("worker-phones", pk=pk)


@login_required
def code(request: HttpRequest, pk: UUID, code: UUID) -> HttpResponse:
    """The code to scan, for who made it and as long as it counts. The page asks again by itself until the phone is in.

    Nobody else is shown it: who holds a code and its ten minutes is the worker, as far as a phone can tell.
    """
    by = worker_of(request)
    who = _found(by, pk)
    row = EnrolmentCode.objects.filter(pk=code, worker=who, made_by=by).select_related("device").first()
    if row is None:
        raise Http404("There is no such code. Make a new one on the page of the worker's phones.")
    now = timezone.now()
    address = request.build_absolute_uri(reverse("phone"))
    open_ = row.open(now)
    context = {
        "worker": who, "row": row, "open": open_, "address": address, "again": AGAIN,
        "picture": _picture(f"{address}#/enrol/{row.code}") if open_ else "",
        "minutes": max(1, -int(-(row.expires - now).total_seconds() // 60)) if open_ else 0,
        "here": _on_this_machine(request),
    }  # fmt: skip
    return render(request, "organisation/phone_code.html", context)


@require_POST
@login_required
def revoke(request: HttpRequest, pk: UUID, device: UUID) -> HttpResponse:
    """Take a phone away."""
    by = worker_of(request)
    who = _found(by, pk)
    row = who.devices.filter(pk=device).first()
    if row is None:
        raise Http404("This worker has no such phone.")
    press(
        request, lambda: devices.revoke(by=by, device=row, reason=request.POST.get("reason", "")),
        "The phone is taken away. When it next speaks it hands over what was not sent, and forgets everything.",
    )  # fmt: skip
    return redirect("worker-phones", pk=pk)


def _require_any(by: Worker) -> None:
    """Raise `Refused` for whoever supervises and manages nobody, before anything is looked up."""
    if not (policy.can(by, "manage_workers") or (policy.posts(by) and devices.supervises(by))):
        raise Refused("You supervise nobody here, so there are no phones to look after.", permission="manage_workers")


def _found(by: Worker, pk: UUID) -> Worker:
    _require_any(by)
    worker = Worker.objects.select_related("supervisor").filter(pk=pk).first()
    if worker is None:
        raise Http404("There is no such worker.")
    devices.require_phones(by, worker)
    return worker


def _lines(rows: Iterable[Device], now: datetime) -> list[dict[str, object]]:
    """Those that the worker has, then those that were taken away."""
    ordered = sorted(rows, key=lambda one: one.revoked is not None)
    return [{"phone": one, "skew": _skew(one.skew_seconds), "here": one.revoked is None} for one in ordered]


def _skew(seconds: int | None) -> str:
    """A clock that is wrong enough to matter, in words."""
    if seconds is None or abs(seconds) < LATE:
        return ""
    hours = round(abs(seconds) / 3600)
    many = f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
    return f"its clock is {many} {'ahead' if seconds > 0 else 'behind'}"


def _picture(text: str) -> SafeString:
    """On white in every theme, since readers need the contrast."""
    drawn = segno.make(text, error="m").svg_inline(
        scale=5, dark="#000", light="#fff", svgclass=None, lineclass=None, title="Code to scan with the phone"
    )
    return mark_safe(drawn)  # noqa: S308  made here, from this node's address and plain letters


def _on_this_machine(request: HttpRequest) -> bool:
    """Whether the page was opened at an address that means this machine only, so that no phone finds it."""
    return is_loopback(urlsplit(f"//{request.get_host()}").hostname or "")
