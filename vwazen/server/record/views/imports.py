"""Bringing files in, what came of each import, and taking one back."""

from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import TooManyFilesSent
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from vwazen.content.load import content
from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.table_map import instrument_of, read_map
from vwazen.home import beside
from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import background, came, clock, held, imports, prose
from vwazen.server.record.forms import FhirForm, ImportForm, TableForm, saved_maps
from vwazen.server.record.models import Held, Import, Person
from vwazen.server.record.uploads import Uploads

A_PAGE = 20
NAMED = 50  # people who keep what came, by name
WAYS = (("fhir", "From another record system"), ("table", "From a spreadsheet"))
HOW_TO = beside("docs/how-to/import.md")


@csrf_exempt  # `_index` checks it, once it is settled where the body of the request goes
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Choose files, or a spreadsheet and its map; and what was imported before."""
    policy.require(worker_of(request), "import_data")
    uploads = Uploads(request)
    if request.method == "POST":
        request.upload_handlers = [uploads]
        try:
            request.POST.get("from")
        except TooManyFilesSent:
            many = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            return _page(request, None, refusal=f"These are more than {many} files. Put them into one zip.")
    response: HttpResponse = _index(request, uploads)
    return response


@csrf_protect
def _index(request: HttpRequest, uploads: Uploads) -> HttpResponse:
    if request.method != "POST":
        return _page(request, None)
    worker = worker_of(request)
    form: ImportForm = _way(request)(request.POST, request.FILES, by=worker)
    form.full_clean()
    if uploads.refusal:
        form.errors["upload"] = form.error_class([uploads.refusal])
    if form.is_valid():
        job = carry_out(form, lambda: _start(worker, form))
        if job is not None:
            background.wake()
            return redirect("import-job", job.id)
    return _page(request, form)


def _way(request: HttpRequest) -> type[FhirForm | TableForm]:
    said = request.POST.get("from") or request.GET.get("from")
    return TableForm if said == "table" else FhirForm


def _start(worker: Worker, form: ImportForm) -> Import:
    values = form.cleaned_data
    map_file, map_name = _map(values)
    return imports.start(
        by=worker, files=[Path(one.temporary_file_path()) for one in values["upload"]],
        names=[one.name for one in values["upload"]], site=values["site"].code, as_of=values["as_of"],
        map_file=map_file, map_name=map_name, system=values.get("system", ""), title=values["title"], keep=True,
        invented=values.get("invented", False),
    )  # fmt: skip


def _map(values: dict[str, object]) -> tuple[Path | None, str]:
    """The map given or chosen, read once now: a slip in it is better told before the file is."""
    given, saved = values.get("map_file"), str(values.get("saved_map") or "")
    if not given and not saved:
        return None, ""
    file = Path(given.temporary_file_path()) if given else saved_maps()[saved]  # type: ignore[attr-defined]
    try:
        instrument_of(read_map(file), content())
    except NotTakenError as fault:
        raise Invalid(fault.reason, field="map_file" if given else "saved_map") from None
    return file, str(given.name if given else file.name)  # type: ignore[attr-defined]


def _page(request: HttpRequest, form: ImportForm | None, refusal: str = "") -> HttpResponse:
    worker = worker_of(request)
    paths = policy.site_paths(worker, "import_data")
    form = form or _way(request)(by=worker)
    table = isinstance(form, TableForm)
    rows = Import.objects.filter(policy.within(paths)).order_by("-created", "-id")
    systems = sorted(set(rows.exclude(system="").order_by("-created").values_list("system", flat=True)[:200]))
    shown = list(_older(rows, request.GET.get("before", ""))[: A_PAGE + 1])
    more = ""
    if len(shown) > A_PAGE:
        last = shown[A_PAGE - 1]
        before = f"{last.created.isoformat()} {last.id}"
        more = "?" + urlencode({"from": "table" if table else "fhir", "before": before})
    log(by=worker, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="import", route="import")
    values = {
        "form": form, "refusal": refusal, "table": table, "systems": systems, "maps": saved_maps() if table else {},
        "how_to": HOW_TO.is_file(), "next_url": more, "rows": _rows(worker, shown[:A_PAGE]),
        "sites": len(form.fields["site"].queryset),  # type: ignore[attr-defined]
        "tabs": [{"label": label, "url": f"?from={way}", "count": None, "current": (way == "table") == table}
                 for way, label in WAYS],
    }  # fmt: skip
    _counts(request, worker)
    return render(request, "record/import.html", values, status=422 if form.errors or refusal else 200)


def _older(rows: QuerySet[Import], cursor: str) -> QuerySet[Import]:
    """Only what comes after the import "instant id" in the list; all of it where the cursor is not one."""
    instant, _, name = cursor.partition(" ")
    at = clock.instant_of(instant)
    if at is None:
        return rows
    return rows.filter(Q(created__lt=at) | Q(created=at, id__lt=name))


def _rows(worker: Worker, shown: list[Import]) -> list[dict[str, object]]:
    """Past imports with what came of them, as far as this worker may know."""
    waiting = dict(
        held.visible(worker).filter(import_id__in=[one.id for one in shown], state=Held.OPEN)
        .values_list("import_id").annotate(many=Count("pk"))
    )  # fmt: skip
    names = dict(Site.objects.filter(code__in={one.site for one in shown}).values_list("code", "name"))
    return [
        {"job": one, "site": names.get(one.site, one.site), "answers": came.given(one, worker),
         "waiting": waiting.get(one.id, 0), "undo": undoable(one)}
        for one in shown
    ]  # fmt: skip


def _counts(request: HttpRequest, worker: Worker) -> None:
    if policy.can(worker, "mend_held"):
        request.nav_counts = {"held": held.waiting(worker)}  # type: ignore[attr-defined]


def undoable(job: Import) -> bool:
    """Whether an import has ended and brought something that was new, or holds something."""
    return job.state in (Import.DONE, Import.FAILED) and bool(job.counts.get("new_facts") or job.counts.get("held"))


@login_required
def job(request: HttpRequest, job: str) -> HttpResponse:
    """How far an import is, and what came of it. With X-Fragment, only that part of the page."""
    worker = worker_of(request)
    row = _job(worker, job)
    fragment = request.headers.get("X-Fragment") == "1"
    site = Site.objects.filter(code=row.site).first()
    values = {
        "job": row, "site": site.name if site else row.site, "came": came.came(row, worker), "undo": undoable(row),
        "running": row.state in (Import.WAITING, Import.RUNNING), "percent": int(row.share * 100),
        "problems": row.problem.splitlines(), "owner": row.by_name,
        "may_mend": policy.can(worker, "mend_held", row.path), "may_triage": policy.can(worker, "triage", row.path),
    }  # fmt: skip
    if fragment:
        return render(request, "record/import_came.html", values)
    log(by=worker, action="read-import", site=row.path, purpose="import", route="import-job", note=f"import={row.id}")
    _counts(request, worker)
    return render(request, "record/import_job.html", values)


def _job(worker: Worker, job: str) -> Import:
    policy.require(worker, "import_data")
    row = Import.objects.filter(pk=job).first()
    if row is None or not policy.can(worker, "import_data", row.path):
        raise Http404("There is no such import where you work.")
    return row


@login_required
def undo(request: HttpRequest, job: str) -> HttpResponse:
    """Say what taking an import back does, and do it."""
    worker = worker_of(request)
    row = _job(worker, job)
    if request.method == "POST":
        try:
            imports.undo(by=worker, job=row.id)
        except Invalid as problem:
            messages.error(request, str(problem))
        return redirect("import-job", row.id)  # which says what became of it
    people = imports.brought(row.id)
    worked, unasked = imports.keeping(by=worker, job=row, people=people)
    kept, first = worked | unasked, [*sorted(unasked), *sorted(worked - unasked)][:NAMED]
    paths = policy.site_paths(worker, "import_data")
    names = Person.objects.filter(policy.within(paths), pk__in=first, registered=True).order_by("name")
    log(by=worker, action="read-list", site=row.path, purpose="import", route="import-undo", note=f"import={row.id}")
    values = {
        "job": row, "may": undoable(row), "gone": len(people) - len(kept), "kept": len(worked), "unasked": len(unasked),
        "names": [(one, one.pk in unasked) for one in names],
        "waiting": held.visible(worker).filter(import_id=row.id, state=Held.OPEN).exclude(person__in=kept).count(),
        "may_see_chart": policy.can(worker, "see_chart", row.path),
        "may_act": policy.can(worker, "act_on_risk", row.path),
    }  # fmt: skip
    return render(request, "record/import_undo.html", values)


@login_required
def map_text(request: HttpRequest, name: str) -> HttpResponse:
    """One saved map, to read or to copy from."""
    policy.require(worker_of(request), "import_data")
    file = saved_maps().get(name)
    if file is None:
        raise Http404("There is no such map.")
    return render(request, "record/import_text.html", {"title": f"The map {name}", "text": file.read_text("utf-8")})


@login_required
def how_to(request: HttpRequest) -> HttpResponse:
    """How to import, as it stands in the documentation."""
    policy.require(worker_of(request), "import_data")
    if not HOW_TO.is_file():
        raise Http404("This node was set up without its documentation.")
    text = HOW_TO.read_text("utf-8").partition("\n")[2]  # without its own heading
    return render(request, "record/import_text.html", {"title": "How to import", "html": prose.html(text)})
