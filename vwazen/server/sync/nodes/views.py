"""Where nodes speak with this one, and the page on which people see how each of them fares."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log, read_page
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import SiteField, carry_out
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import address_of, press, worker_of
from vwazen.server.sync import machines
from vwazen.server.sync.nodes.actions import above, below
from vwazen.server.sync.nodes.models import Above, Below
from vwazen.server.sync.nodes.wire import MOST_BYTES, Ask, Enrol, Part, Problem, packed

MOST_PACKED = 4_000_000  # bytes of one body as it arrives
_UNKNOWN = "This node is not known here any more. Ask who runs the node above."
_LATER = "Too many wrong keys came from here. Wait a quarter of an hour."
_TOO_LARGE = "This is too large to be taken at once. Bring both nodes to the same version of Vwazen."


def _said(message: Part, status: int = 200) -> HttpResponse:
    return HttpResponse(
        packed(message), status=status, content_type="application/json",
        headers={"Content-Encoding": "gzip", "Cache-Control": "no-store"},
    )  # fmt: skip


def _machine(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view for another program: compressed JSON both ways, and every fault a sentence that says what to do."""

    @csrf_exempt  # no cookie opens it: whoever asks shows a key that no browser adds by itself
    @require_POST
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Invalid as problem:
            return _said(Problem(says=str(problem)), 409)
        except msgspec.MsgspecError:
            return _said(Problem(says="This cannot be read. Bring both nodes to the same version of Vwazen."), 400)

    return answer


def _body(request: HttpRequest) -> bytes:
    try:
        return machines.body(request, sent=MOST_PACKED, read=MOST_BYTES)
    except machines.TooLargeError:
        raise Invalid(_TOO_LARGE) from None


@_machine
def enrol(request: HttpRequest) -> HttpResponse:
    """A new node below shows its code and gets its key."""
    try:
        asked = machines.decoded(_body(request), Enrol)
        return _said(below.enrol(code=asked.code, address=address_of(request)))
    except msgspec.MsgspecError:
        return _said(Problem(says="The machine did not say a code. Type the one that this node shows."), 401)
    except Invalid as problem:
        return _said(Problem(says=str(problem)), 401)


@_machine
def exchange(request: HttpRequest) -> HttpResponse:
    """A node below brings and takes. The key stands in `Authorization: Bearer …`."""
    node = below.known(*machines.named(request))
    if node is None:
        if machines.too_many(request):
            return _said(Problem(says=_LATER), 429)
        log(by=None, action="node-exchange", outcome="refused", note="wrong-key")
        return _said(Problem(says=_UNKNOWN), 401)
    return _said(below.exchange(node=node, ask=machines.decoded(_body(request), Ask)))


class InviteForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="By which people know the machine: “Laptop of Savann”.")
    site = SiteField(
        queryset=Site.objects.none(), empty_label="choose",
        help_text="The node will hold the people of this site and of every site below it.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, paths: tuple[str, ...], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["site"].queryset = Site.objects.filter(policy.within(paths)).order_by("path")  # type: ignore[attr-defined]


@login_required
def nodes(request: HttpRequest) -> HttpResponse:
    """Which nodes belong to this one, when each was heard of, and how this one stands with the node above it."""
    by = worker_of(request)
    policy.require(by, below.RIGHT)
    paths = policy.site_paths(by, below.RIGHT)
    form = InviteForm(request.POST if request.POST.get("do") == "invite" else None, paths=paths)
    code = ""
    if request.method == "POST" and request.POST.get("do") == "end":
        done = "The node is ended. What it holds stays on that machine until somebody wipes it."
        press(request, lambda: below.end(by=by, node=request.POST.get("node", "")), done)
        return redirect("nodes")
    if form.is_valid():
        name, site = form.cleaned_data["name"], form.cleaned_data["site"].pk
        code = carry_out(form, lambda: below.invite(by=by, name=name, site=site)) or ""
    if request.method == "GET":
        read_page(request=request)
    rows = Below.objects.filter(policy.within(paths)).order_by("ended", "name")
    names = dict(Site.objects.filter(pk__in=rows.values("site")).values_list("pk", "name"))
    up = Above.objects.first()
    context = {
        "rows": [(row, names.get(row.site, row.site)) for row in rows], "code": code, "above": up,
        "form": InviteForm(paths=paths) if code else form, "unsent": above.unsent(up) if up else 0,
        "address": request.build_absolute_uri("/").rstrip("/"), "secure": request.is_secure(),
    }  # fmt: skip
    return render(request, "sync/nodes.html", context, status=400 if form.errors else 200)
