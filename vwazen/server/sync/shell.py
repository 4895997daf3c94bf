"""The app itself: the files that `./dev up` builds from `phone/`, served under /phone/."""

import mimetypes
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

FOLDER = Path(__file__).resolve().parent / "shell"
# No inline script or style, nothing from elsewhere; the worker that keeps the app offline is a file of ours too.
SECURITY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; frame-ancestors 'none'; "
    "form-action 'none'; base-uri 'none'; object-src 'none'"
)
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".json": "application/json"}
_HASHED = "assets"
# The build lays them beside each file; the first that the browser reads is sent.
_PACKED = {"br": ".br", "gzip": ".gz"}
_YEAR = 31_536_000


def shell(request: HttpRequest, name: str = "") -> HttpResponse:
    """One file of the app. Anyone may have it: it holds nothing of anybody."""
    file = _file(name or "index.html")
    if file is None and name:
        raise Http404("The app has no such file. Open /phone/ again.")
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(("GET", "HEAD"))
    if file is None:
        return render(request, "sync/not_built.html")
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") or file.suffix in _TYPES else kind
    if settings.SYNTHETIC and file.name == "index.html":  # said also before anybody has unlocked anything
        answer = HttpResponse(file.read_bytes().replace(b"<html ", b"<html data-synthetic ", 1), content_type=kind)
    else:
        answer = _packed(file, request.headers.get("Accept-Encoding", ""), kind)
    # What has its digest in its name never changes; the page and the worker are asked for each time.
    hashed = name.startswith(f"{_HASHED}/")
    answer["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if hashed else "no-cache"
    answer["Content-Security-Policy"] = SECURITY
    return answer


def _packed(file: Path, accepted: str, kind: str) -> HttpResponse:
    """The file in the fewest bytes that the browser says it reads; as it is where the build packed nothing."""
    reads = {one.strip() for one in accepted.lower().split(",")}  # one that is refused ("br;q=0") is not among them
    for coding, end in _PACKED.items():
        packed = file.with_name(file.name + end)
        if coding in reads and packed.is_file():
            answer = HttpResponse(packed.read_bytes(), content_type=kind)
            answer["Content-Encoding"] = coding
            break
    else:
        answer = HttpResponse(file.read_bytes(), content_type=kind)
    answer["Vary"] = "Accept-Encoding"
    return answer


def _file(name: str) -> Path | None:
    """The file of this name in the built app; None for anything that is not one of them."""
    if (
        name.endswith(tuple(_PACKED.values()))
        or "\\" in name
        or any(part in ("", ".", "..") for part in name.split("/"))
    ):
        return None
    file = FOLDER / name
    return file if file.is_file() and FOLDER in file.resolve().parents else None
