"""What could not be taken: the list, and one entry to be mended or dismissed. What someone may not see is absent."""

import datetime as dt
from urllib.parse import urlencode

import msgspec
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.exchange.files import size_in_words
from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock, held, mending
from vwazen.server.record.came import OTHER, WHY, Waiting, held_by_reason, of_family, why
from vwazen.server.record.forms import DismissForm, MendForm
from vwazen.server.record.models import Held, Import, Person

A_PAGE = 50
LONG = 20_000  # characters shown before somebody asks for all
STATES = {"open": "Waiting", "mended": "Mended", "dismissed": "Dismissed"}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Entries by why they wait, those about safety first."""
    worker = worker_of(request)
    policy.require(worker, "mend_held")
    state = request.GET.get("state", Held.OPEN)
    state = state if state in STATES else Held.OPEN
    job, family = request.GET.get("import", ""), request.GET.get("why", "")
    seen = held.visible(worker)
    here = seen.filter(import_id=job) if job else seen
    reasons = held_by_reason(Q(pk__in=here.filter(state=state).values("pk")))
    rows = here.filter(state=state)
    if family:
        rows = rows.filter(of_family("" if family == "other" else family))
    ordered = rows.order_by("-safety", "code", "received", "id")
    shown = list(_after(ordered, request.GET.get("after", ""))[: A_PAGE + 1])
    kept = {name: value for name, value in (("import", job), ("why", family), ("state", state)) if value}
    paths = policy.site_paths(worker, "mend_held")
    log(by=worker, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="import", route="held")
    request.nav_counts = {"held": held.waiting(worker)}  # type: ignore[attr-defined]
    values = {
        "rows": _rows(worker, shown[:A_PAGE]), "state": state, "states": STATES, "job": job, "why": family,
        "tabs": _tabs(reasons, family, kept), "imports": _imports(seen, job),
        "next_url": "?" + urlencode(kept | {"after": _cursor(shown[A_PAGE - 1])}) if len(shown) > A_PAGE else "",
    }  # fmt: skip
    return render(request, "record/held.html", values)


def _tabs(reasons: tuple[Waiting, ...], family: str, kept: dict[str, str]) -> list[dict[str, object]]:
    many = sum(one.held for one in reasons)
    tabs: list[dict[str, object]] = [
        {"label": "All", "url": "?" + urlencode(kept | {"why": ""}), "count": many, "current": not family}
    ]
    for one in reasons:
        key = one.why or "other"
        url = "?" + urlencode(kept | {"why": key})
        tabs.append({"label": one.words, "url": url, "count": one.held, "current": family == key})
    return tabs


def _cursor(row: Held) -> str:
    return f"{int(row.safety)} {row.code} {row.received.isoformat()} {row.id}"


def _after(rows: QuerySet[Held], cursor: str) -> QuerySet[Held]:
    """Only what comes after the entry "safety code instant id" in the list; all of it where the cursor is not one."""
    parts = cursor.split(" ")
    at = clock.instant_of(parts[2]) if len(parts) == 4 else None
    if at is None:
        return rows
    safety, code, key = parts[0] == "1", parts[1], parts[3]
    same = Q(code__gt=code) | Q(code=code) & (Q(received__gt=at) | Q(received=at, id__gt=key))
    return rows.filter(Q(safety=safety) & same | (Q(safety=False) if safety else Q(pk__in=[])))


def _rows(worker: Worker, shown: list[Held]) -> list[dict[str, object]]:
    names = _names(worker, {one.person for one in shown if one.person})
    titles = dict(Import.objects.filter(pk__in={one.import_id for one in shown}).values_list("pk", "title"))
    deciders = _workers({one.decided_by for one in shown if one.decided_by})
    return [
        {"row": one, "words": WHY.get(why(one.code), OTHER), "person": names.get(one.person, ""),
         "title": titles.get(one.import_id, ""), "by": deciders.get(one.decided_by, ""), "day": _day(one)}
        for one in shown
    ]  # fmt: skip


def _day(row: Held) -> dt.date | None:
    try:
        return dt.date.fromisoformat(row.occurred[:10])
    except ValueError:
        return None


def _names(worker: Worker, people: set[str]) -> dict[str, str]:
    """Names of those who are registered where this worker mends."""
    paths = policy.site_paths(worker, "mend_held")
    rows = Person.objects.filter(policy.within(paths), pk__in=people, registered=True)
    return dict(rows.values_list("pk", "name"))


def _workers(ids: set[str]) -> dict[str, str]:
    return {str(pk): name for pk, name in Worker.objects.filter(pk__in=ids).values_list("pk", "name")}


def _imports(seen: QuerySet[Held], job: str) -> list[Import]:
    """Imports to choose from: those that hold something this worker may see, the newest first."""
    ids = seen.exclude(import_id="").values("import_id")
    found = list(Import.objects.filter(pk__in=ids).order_by("-created")[:50])
    if job and all(one.pk != job for one in found):
        found += list(Import.objects.filter(pk=job, pk__in=ids))
    return found


# one entry


@login_required
def entry(request: HttpRequest, entry: str) -> HttpResponse:
    """Why it waits, how it came, and what can be corrected."""
    worker = worker_of(request)
    row = held.entry(by=worker, entry=entry, route="held-entry")
    if row is None:
        raise Http404("There is no such entry where you work.")
    text, cut = _shown(row, whole="all" in request.GET)
    form = dismissal = None
    if row.state == Held.OPEN:
        people = _people(request, row, worker)
        posted = request.POST if request.method == "POST" and request.POST.get("do") != "dismiss" else None
        form = MendForm(posted, row=row, text=text, people=people) if held.readable(row) and not cut else None
        dismissal = DismissForm(request.POST if request.POST.get("do") == "dismiss" else None)
        if request.method == "POST":
            answer = _decide(request, worker, row, form, dismissal)
            if answer is not None:
                return answer
    elif request.method == "POST":
        messages.warning(request, "Somebody has decided this entry already. What they decided stands here.")
        return redirect("held-entry", row.pk)
    request.nav_counts = {"held": held.waiting(worker)}  # type: ignore[attr-defined]
    wrong = (form is not None and form.errors) or (dismissal is not None and dismissal.errors)
    values = _values(worker, row, text, cut) | {"form": form, "dismissal": dismissal}
    return render(request, "record/held_entry.html", values, status=422 if wrong else 200)


def _decide(
    request: HttpRequest, worker: Worker, row: Held, form: MendForm | None, dismissal: DismissForm
) -> HttpResponse | None:
    """Carry out what was posted; None where the page is shown again, to search on or to correct."""
    if request.POST.get("do") == "dismiss":
        if not dismissal.is_valid():
            return None
        try:
            held.dismiss(by=worker, entry=row.pk, reason=dismissal.cleaned_data["reason"])
        except Invalid as problem:
            dismissal.add_error("reason", str(problem))
            return None
        messages.success(request, "Dismissed. It is kept, with your reason.")
        return redirect("held-entry", row.pk)
    if form is None or request.POST.get("do") == "find" or not form.is_valid():
        return None
    given = form.correction()
    taken = carry_out(form, lambda: mending.mend(by=worker, entry=row.pk, **given))
    if taken is None:
        return None
    messages.success(request, "Taken in. It stands on the chart now.")
    return redirect("held-entry", row.pk)


def _people(request: HttpRequest, row: Held, worker: Worker) -> list[Person]:
    """Whom the entry may be about: who is likely by its reference, and whoever was searched for."""
    if not held.asks_person(row):
        return []
    found = held.proposed(row, worker)
    wanted = request.POST.get("find", "").strip()
    if wanted:
        found += [one for one in held.search(wanted, worker) if one not in found]
    chosen = request.POST.get("person", "")
    if chosen.isprintable() and chosen and all(one.pk != chosen for one in found):
        found += held.registered([chosen], worker)
    if found:
        log(by=worker, action="read-list", site=row.path, purpose="import", route="held-entry", note="candidates")
    return found


def _shown(row: Held, *, whole: bool) -> tuple[str, bool]:
    """The entry laid out to be read, and whether it was cut for length."""
    text = _laid_out(row.raw)
    return (text, False) if whole or len(text) <= LONG else (text[:LONG], True)


def _size(length: int) -> str:
    return f"{length} bytes" if length < 1000 else size_in_words(length)


def _laid_out(raw: str) -> str:
    try:
        return msgspec.json.format(raw, indent=2)
    except msgspec.MsgspecError:
        return raw


def _values(worker: Worker, row: Held, text: str, cut: bool) -> dict[str, object]:
    job = held.job_of(row)
    name = _names(worker, {row.person}).get(row.person, "") if row.person else ""
    waiting = held.visible(worker).filter(state=Held.OPEN).order_by("-safety", "code", "received", "id")
    following = _after(waiting, _cursor(row)).first()
    return {
        "row": row, "job": job, "day": _day(row), "words": WHY.get(why(row.code), OTHER), "text": text, "cut": cut,
        "size": _size(len(row.raw.encode())), "person": name, "readable": held.readable(row),
        "may_import": bool(job and policy.can(worker, "import_data", job.path)),
        "may_see_chart": policy.can(worker, "see_chart", row.path),
        "decider": _workers({row.decided_by}).get(row.decided_by, "") if row.decided_by else "",
        **_corrected(worker, row),
        "next_url": reverse("held-entry", args=[following.pk]) if following else "",
    }  # fmt: skip


def _corrected(worker: Worker, row: Held) -> dict[str, object]:
    """What somebody corrected, in words, and the text as they left it."""
    if not row.mended:
        return {}
    was = held.correction(row)
    name = _names(worker, {was.person}).get(was.person, "somebody who is not where you work") if was.person else ""
    told = {
        "About": name,
        "Day": was.occurred,
        "Total": "" if was.total is None else f"{was.total:g}",
        "Answers": ", ".join(f"{item}: {value:g}" for item, value in was.answers.items()),
    }
    pairs = [(label, value) for label, value in told.items() if value]
    return {"corrected": pairs, "corrected_text": _laid_out(was.raw)}
