"""Where nodes speak with this one, and the page on which people see how each of them fares."""

from collections.abc import Callable
from functools import wraps

import msgspec
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vwazen.server.audit.actions import log, read_page
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import address_of, worker_of
from vwazen.server.sync.nodes.actions import above, below
from vwazen.server.sync.nodes.models import Above, Below
from vwazen.server.sync.nodes.wire import Ask, Enrol, Part, Problem, packed, unpacked

MOST_PACKED = 4_000_000  # bytes of one body as it arrives
WRONG, MINUTES = 60, 10  # wrong codes or keys from one place, and for how long it then waits: our defaults
_UNKNOWN = "This node is not known here any more. Ask who runs the node above."
_LATER = "Too many wrong keys from here. Wait ten minutes."


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
    raw = request.read(MOST_PACKED + 1)
    if len(raw) > MOST_PACKED:
        raise Invalid("This is too large to be taken at once.")
    return unpacked(raw)


def _wrong(request: HttpRequest) -> bool:
    """Count a wrong key; whether there were too many from this place. The first is logged by whoever refuses."""
    place = f"node-wrong:{address_of(request)}"
    cache.add(place, 0, MINUTES * 60)
    return int(cache.incr(place)) > WRONG


@_machine
def enrol(request: HttpRequest) -> HttpResponse:
    """A new node below shows its code and gets its key."""
    place = f"node-wrong:{address_of(request)}"
    if int(cache.get(place, 0)) > WRONG:
        return _said(Problem(says=_LATER), 429)
    try:
        return _said(below.enrol(code=msgspec.json.decode(_body(request), type=Enrol).code))
    except (Invalid, msgspec.MsgspecError) as problem:
        _wrong(request)
        says = str(problem) if isinstance(problem, Invalid) else "Type the code as the other node shows it."
        return _said(Problem(says=says), 401)


@_machine
def exchange(request: HttpRequest) -> HttpResponse:
    """A node below brings and takes. The key stands in `Authorization: Bearer …`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    node = below.known(token.strip()) if kind.casefold() == "bearer" else None
    if node is None:
        if _wrong(request):
            return _said(Problem(says=_LATER), 429)
        log(by=None, action="node-exchange", outcome="refused", note="wrong-key")
        return _said(Problem(says=_UNKNOWN), 401)
    return _said(below.exchange(node=node, ask=msgspec.json.decode(_body(request), type=Ask)))


class InviteForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="By which people know the machine: “Laptop of Savann”.")
    site = forms.ChoiceField(help_text="The node will hold the people of this site and of every site below it.")


@login_required
def nodes(request: HttpRequest) -> HttpResponse:
    """Which nodes belong to this one, when each was heard of, and how this one stands with the node above it."""
    by = worker_of(request)
    policy.require(by, below.RIGHT)
    paths = policy.site_paths(by, below.RIGHT)
    sites = list(Site.objects.filter(policy.within(paths)).order_by("path").values_list("code", "name"))
    form = InviteForm(request.POST if request.POST.get("do") == "invite" else None)
    form.fields["site"].choices = sites  # type: ignore[attr-defined]
    code = ""
    if request.method == "POST" and request.POST.get("do") == "end":
        below.end(by=by, node=request.POST.get("node", ""))
        messages.success(request, "The node is ended. What it holds stays on that machine until somebody wipes it.")
        return redirect("nodes")
    if request.method == "POST" and form.is_valid():
        code = carry_out(form, lambda: below.invite(by=by, **form.cleaned_data)) or ""
    if request.method == "GET":
        read_page(request=request)
    rows = Below.objects.filter(policy.within(paths)).order_by("ended", "name")
    up = Above.objects.first()
    context = {
        "rows": rows, "names": dict(sites), "form": form, "code": code, "above": up,
        "unsent": above.unsent(up) if up else 0, "address": request.build_absolute_uri("/").rstrip("/"),
    }  # fmt: skip
    return render(request, "sync/nodes.html", context, status=400 if form.errors else 200)
