"""Headers that every page carries."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

# No inline script or style anywhere: colours and sizes are classes, so style="" does nothing and is a mistake
CONTENT_SECURITY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'"
)
METHODS = ("GET", "HEAD", "POST")
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"


def on_paper(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """`?paper=1` on any page asks for it as it may be printed: see `record.access.for_paper`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.GET.get("paper") == "1" and request.user.is_authenticated:
            request.user.on_paper = True
        return get_response(request)

    return middleware


def page_security(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Only our own files run, no other site may frame a page, and no page stays in a cache.

    Every page that a view answers is kept out of caches, signed in or not: a shared laptop's Back button must not
    show the last worker's people. Static files are served before this and keep their own caching.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            # No database column can hold it, and PostgreSQL breaks off where it is looked for.
            raise Http404("This address holds a character that no address of ours has. Begin again at the first page.")
        # A page that asks "is it a POST?" would take any other word for a reading.
        response = get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware
