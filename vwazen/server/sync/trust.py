"""How a phone comes to trust this node where it is its own authority: `vwazen up --lan`."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from vwazen.home import home
from vwazen.server import lan


@require_GET
def trust(request: HttpRequest) -> HttpResponse:
    """The fingerprint of this node's authority, its certificate, and what to tap on a phone; all of it public."""
    context = {"fingerprint": lan.fingerprint(home()), "secure": request.is_secure()}
    return render(request, "sync/trust.html", context)


@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """The certificate of the authority, as phones install it."""
    found = lan.authority(home())
    if found is None:
        raise Http404("This node is no authority of its own: its certificate comes from elsewhere, or it has none.")
    answer = HttpResponse(found, content_type="application/x-x509-ca-cert")
    answer["Content-Disposition"] = 'attachment; filename="vwazen-authority.crt"'
    return answer
