"""Where a gateway delivers a text that somebody wrote, and the list of those that a person must read."""

from typing import Any

import msgspec
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log
from vwazen.server.interop import inbound
from vwazen.server.interop.models import Incoming
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.views.common import address_of, worker_of
from vwazen.server.record import reach
from vwazen.server.record.models import Person

MOST_BYTES = 20_000
WRONG_KEYS, MINUTES = 20, 10  # wrong keys from one place, and for how long it then waits: our defaults
A_PAGE = 50


@csrf_exempt
@require_POST
def deliver(request: HttpRequest) -> HttpResponse:
    """Take one text: `from`, `text` and, where the gateway has one, `id`; as JSON or as a form.

    The key stands in the header `Authorization: Bearer …`. The answer says only that it was taken.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    key = inbound.key_of(token.strip()) if kind.casefold() == "bearer" else None
    if key is None:
        return _unknown(request)
    sent = _sent(request)
    if sent is None or not sent.get("from", "").strip() or not sent.get("text", "").strip():
        return _said(400, "Send from, text and, where there is one, id, as JSON or as a form.")
    try:
        inbound.receive(key=key, address=sent["from"], text=sent["text"], name=sent.get("id", "")[:120])
    except inbound.TooManyError:
        return _said(429, "More texts than people write. Send the rest later.")
    return _said(200, "taken")


def _unknown(request: HttpRequest) -> HttpResponse:
    """A wrong key, logged; of many from one place only the first. A right key is taken whatever came before it."""
    place = f"inbound-wrong:{address_of(request)}"
    cache.add(place, 0, MINUTES * 60)
    if cache.incr(place) > WRONG_KEYS:
        return _said(429, "Too many wrong keys from here. Wait ten minutes.")
    log(by=None, action="text-received", purpose="operations", outcome="refused", note="wrong-key")
    return _said(401, "This key is not known here. Make one with: vwazen outbox key")


def _said(status: int, words: str) -> JsonResponse:
    return JsonResponse({"ok": status == 200, "said": words}, status=status)


def _sent(request: HttpRequest) -> dict[str, str] | None:
    """What was delivered, as texts; None where it cannot be read."""
    try:
        if len(request.body) > MOST_BYTES:
            return None
    except RequestDataTooBig:
        return None
    if request.content_type != "application/json":
        return {name: str(request.POST.get(name, "")) for name in ("from", "text", "id")}
    try:
        found: dict[str, Any] = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None
    return {name: str(found.get(name) or "") for name in ("from", "text", "id")}


@login_required
def texts(request: HttpRequest) -> HttpResponse:
    """Texts that nobody has dealt with yet, the oldest first; and, with `?done=1`, those that somebody has."""
    by = worker_of(request)
    policy.require(by, "triage")
    error, typed = "", {}
    if request.method == "POST":
        typed = {"text": request.POST.get("text", ""), "note": request.POST.get("note", "")}
        try:
            inbound.settle(by=by, **typed)
        except Invalid as problem:
            error = str(problem)
        else:
            messages.success(request, "Dealt with. It stays on the list of those that were.")
            return redirect(reverse("texts"))
    paths = policy.site_paths(by, "triage")
    done = request.GET.get("done") == "1"
    wanted = Incoming.DONE if done else Incoming.OPEN
    here = Incoming.objects.filter(policy.within(paths), reach.open_to(by), state=wanted)
    rows = list(here.order_by("-received" if done else "received", "pk")[:A_PAGE])
    log(by=by, action="read-list", site=paths[0], purpose="care", route="texts", note=f"rows={len(rows)}")
    closed = reach.unreadable(by, "general")
    known = {row.person for row in rows if row.person and row.person not in closed}
    people = {one.pk: one for one in Person.objects.filter(pk__in=known)}
    context = {
        "rows": [{"text": row, "who": people.get(row.person), "typed": typed if typed.get("text") == row.pk else {}}
                 for row in rows],
        "tabs": [{"label": "To read", "url": "?", "count": None, "current": not done},
                 {"label": "Dealt with", "url": "?done=1", "count": None, "current": done}],
        "done": done, "error": error, "most": A_PAGE,
    }  # fmt: skip
    return render(request, "interop/texts.html", context, status=422 if error else 200)
