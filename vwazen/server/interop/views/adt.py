"""Where a hospital's system posts an ADT message, and the page on which people see that messages arrive."""

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vwazen.exchange import hl7v2, stay_table
from vwazen.server.audit.actions import log
from vwazen.server.interop import adt, senders
from vwazen.server.interop.models import AdtMessage, AdtSender
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site
from vwazen.server.organisation.views.common import address_of, worker_of

WRONG_KEYS, MINUTES = 20, 10  # wrong keys from one place, and for how long it then waits: our defaults
MOST_BYTES = 12 * hl7v2.LONGEST  # a batch
A_PAGE = 100
MOST_TABLE = 500_000  # bytes
OUTCOMES = {
    "taken": "Taken", "again": "Known already", "held": "Kept for a person", "not_read": "Nothing to do",
    "refused": "Refused", "": "Cut off",
}  # fmt: skip
HL7 = "application/hl7-v2; charset=utf-8"


@csrf_exempt  # no cookie opens it: whoever sends shows a key that no browser adds by itself
@require_POST
def deliver(request: HttpRequest) -> HttpResponse:
    """Take one message or a batch in the body; answered as HL7. The key stands in `Authorization: Bearer …`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    sender = senders.of_key(token.strip()) if kind.casefold() == "bearer" else None
    if sender is None:
        return _unknown(request)
    size = int(request.headers.get("Content-Length") or 0)
    if size > MOST_BYTES:
        return _said(413, f"At most {MOST_BYTES} bytes are taken at once.")
    body = request.read(MOST_BYTES + 1)
    if len(body) != size:
        return _said(400, "The message was cut off, and nothing of it was taken. Send it again.")
    return HttpResponse(adt.receive(body, sender=sender), content_type=HL7)


def _unknown(request: HttpRequest) -> HttpResponse:
    """A wrong key, logged; of many from one place only the first. A right key is taken whatever came before it."""
    place = f"adt-wrong:{address_of(request)}"
    cache.add(place, 0, MINUTES * 60)
    if cache.incr(place) > WRONG_KEYS:
        return _said(429, "Too many wrong keys from here. Wait ten minutes.")
    log(by=None, action="adt-message", purpose="interop", outcome="refused", note="wrong-key")
    return _said(401, "This key is not known here. Make one with: vwazen adt sender")


def _said(status: int, words: str) -> HttpResponse:
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


@login_required
def messages(request: HttpRequest) -> HttpResponse:
    """The last messages of hospitals' systems: when, which event, what became of it, how fast. Nobody is named."""
    by = worker_of(request)
    rights = [one for one in ("mend_held", senders.RIGHT) if policy.can(by, one)]
    if not rights:
        policy.require(by, "mend_held")
    paths = sorted({path for one in rights for path in policy.site_paths(by, one)})
    rows = list(AdtMessage.objects.filter(policy.within(paths)).order_by("-received", "pk")[:A_PAGE])
    known = list(AdtSender.objects.filter(policy.within(paths), ended=None).order_by("name")[:A_PAGE])
    names = dict(AdtSender.objects.filter(pk__in={one.sender for one in rows}).values_list("pk", "name"))
    sites = dict(Site.objects.filter(code__in={one.site for one in known}).values_list("code", "name"))
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="interop", route="adt-messages",
        note=f"rows={len(rows)}")  # fmt: skip
    context = {
        "rows": [{"row": one, "sender": names.get(one.sender, ""), "became": OUTCOMES[one.outcome]} for one in rows],
        "senders": [{"sender": one, "site": sites.get(one.site, one.site)} for one in known],
        "mends": "mend_held" in rights, "most": A_PAGE,
    }  # fmt: skip
    return render(request, "interop/adt.html", context)


@login_required
def table(request: HttpRequest) -> HttpResponse:
    """Send a table of stays of a ward; what became of each row is counted, and what is wrong is said by line."""
    by = worker_of(request)
    policy.require(by, "record_care")
    paths = policy.site_paths(by, "record_care")
    sites = list(Site.objects.filter(policy.within(paths), kind=Site.Kind.HOSPITAL).order_by("name")[:A_PAGE])
    code = request.POST.get("site", request.GET.get("site", ""))
    site = next((one for one in sites if one.code == code), sites[0] if sites else None)
    problem, found = "", None
    if request.method == "POST" and site is not None:
        file = request.FILES.get("file")
        try:
            if file is None or (file.size or 0) > MOST_TABLE:
                raise Invalid(f"Choose one CSV file of at most {MOST_TABLE // 1000} kB.", field="file")
            found = adt.receive_table(file.read(), by=by, site=site)
        except Invalid as wrong:
            problem = str(wrong)
    request.nav_current = "day-hospital"  # type: ignore[attr-defined]
    context = {
        "site": site, "sites": sites, "problem": problem, "most": stay_table.MOST,
        "events": ", ".join(stay_table.EVENTS),
        "counts": [(OUTCOMES[name], many) for name, many in sorted(found.counts.items())] if found else None,
        "wrong": found.wrong if found else [],
    }  # fmt: skip
    return render(request, "interop/table.html", context, status=422 if problem else 200)
