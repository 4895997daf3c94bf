"""Pages about people outside the programme: who they are, their papers, and whoever comes with one."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.server.audit.actions import log
from vwazen.server.care import actions as care
from vwazen.server.care.likeness import Who, find
from vwazen.server.care.listing import drawn_id, is_id, may_read, tell_apart
from vwazen.server.care.referrals import outside
from vwazen.server.care.referrals.outside import Sent
from vwazen.server.care.referrals.outside_forms import ArrivalForm, ChangeForm, NumberForm, OutsiderForm
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.outsiders import AT_ONCE, RIGHT, make_stubs
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Outsider, Stub, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import Announced

A_PAGE = 200
SHEET = 8  # papers on one sheet
ALIKE = 8


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Who sends people, and whom they announced by a text and who has not come."""
    by = worker_of(request)
    policy.require(by, RIGHT)
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    if request.POST.get("do") == "end":
        return _end(request, by)
    form = OutsiderForm(request.POST if request.method == "POST" else None, by=by)
    if request.method == "POST":
        added = form.added(by)
        if added is not None:
            messages.success(request, f"Added. {added.name} has the code {added.code}.")
            return redirect("outsider", pk=added.pk)
    paths = policy.site_paths(by, RIGHT)
    known = Outsider.objects.filter(policy.within(paths, "site__path")).select_related("site")[:A_PAGE]
    waiting = list(Announced.objects.filter(policy.within(paths), state=Announced.OPEN).order_by("due", "pk")[:A_PAGE])
    names = {str(pk): name for pk, name in Outsider.objects.filter(
        pk__in=[one.outsider for one in waiting]).values_list("pk", "name")}  # fmt: skip
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="care", route="outsiders",
        note=f"rows={len(known)} waiting={len(waiting)}")  # fmt: skip
    values = {
        "known": known, "form": form, "today": clock.today(), "adding": request.method == "POST",
        "waiting": [
            {"one": one, "name": names.get(one.outsider, "somebody"), "late": one.due < clock.today(),
             "words": one.words if may_read(by, one.path) else "", "url": reverse("arrival") + "?" + urlencode(
                 {"text": one.pk})}
            for one in waiting
        ],
    }  # fmt: skip
    return render(request, "care/referrals/outside.html", values, status=422 if form.errors else 200)


def _end(request: HttpRequest, by: Worker) -> HttpResponse:
    try:
        outside.end_announced(
            by=by, announced=request.POST.get("announced", ""), decision=request.POST.get("decision", "")
        )
    except Invalid as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, "Written down. It is on the list no more.")
    return redirect("outsiders")


def _outsider(by: Worker, pk: UUID) -> Outsider:
    policy.require(by, RIGHT)
    row = Outsider.objects.select_related("site").filter(pk=pk).first()
    if row is None or not policy.can(by, RIGHT, row.site):
        raise Http404("Nobody with this number sends people to where you work. Open the list.")
    return row


@login_required
def outsider(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of them: who they are, whether they want to hear, and how many whom they sent have come."""
    by = worker_of(request)
    row = _outsider(by, pk)
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    kept = {name: getattr(row, name) for name in ("name", "kind", "place", "phone", "opted_in", "active")}
    form = ChangeForm(request.POST if request.method == "POST" else None, by=by, initial=kept)
    if request.method == "POST" and form.changed_by(by, row):
        messages.success(request, "Saved.")
        return redirect("outsider", pk=row.pk)
    stubs = row.stubs.all()
    values = {
        "row": row, "form": form, "made": stubs.count(), "used": stubs.filter(used__isnull=False).count(),
        "announced": Announced.objects.filter(outsider=str(row.pk)).count(), "sheet": SHEET,
    }  # fmt: skip
    return render(request, "care/referrals/outsider.html", values, status=422 if form.errors else 200)


@login_required
def stubs(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A sheet of numbered papers to print; sending the form makes new ones."""
    by = worker_of(request)
    row = _outsider(by, pk)
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            made = make_stubs(by=by, outsider=row, many=SHEET)
        except Invalid as problem:
            messages.warning(request, str(problem))
            return redirect("outsider", pk=row.pk)
        return redirect(f"{reverse('stubs', args=[row.pk])}?from={made[0].number}")
    first = request.GET.get("from", "")
    unused = Stub.objects.filter(outsider=row, used__isnull=True)
    if first.isdecimal() and len(first) < 10:
        unused = unused.filter(number__gte=int(first))
    return render(request, "care/referrals/stubs.html", {"row": row, "stubs": unused[:AT_ONCE]})


@login_required
def arrival(request: HttpRequest) -> HttpResponse:
    """Somebody comes with a paper or a code: who sent them, whether we know them, and then they are here."""
    by = worker_of(request)
    policy.require(by, RIGHT)
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    number = NumberForm({"number": asked["number"]} if asked.get("number") else None)
    try:
        sent, told = _sent(by, asked.get("number", ""), asked.get("announced", "") or asked.get("text", ""))
    except Invalid as problem:
        number.is_valid()
        number.add_error("number", str(problem))
        return render(request, "care/referrals/arrival.html", {"number": number}, status=422)
    if sent is None:
        return render(request, "care/referrals/arrival.html", {"number": number})
    begun = request.method == "POST" and "name" in request.POST
    if not begun:
        initial = {"number": asked.get("number", ""), "announced": told.pk if told else "", "urgency": "today"}
        form = ArrivalForm(initial=initial | {"fact_id": make_id(), "form": make_id()})
        return render(request, "care/referrals/arrival.html", _values(by, sent, told, form))
    form = ArrivalForm(drawn_id(request))
    if not form.is_valid():
        return render(request, "care/referrals/arrival.html", _values(by, sent, told, form), status=422)
    return _received(request, by, sent, told, form)


def _sent(by: Worker, number: str, text: str) -> tuple[Sent | None, Announced | None]:
    """Who sent somebody, by number, code or text; nothing where nothing was typed."""
    told = Announced.objects.filter(pk=text, state=Announced.OPEN).first() if text else None
    if told is not None and policy.can(by, RIGHT, told.path):
        sender = Outsider.objects.select_related("site").filter(pk=told.outsider).first()
        return (Sent(outsider=sender), told) if sender else (None, None)
    if not number.strip():
        return None, None
    sent = outside.known(number)
    if sent.stub is not None and sent.stub.fact:
        raise Invalid("Somebody has come with this paper before. Look at the number again.", field="number")
    return sent, None


def _values(by: Worker, sent: Sent, told: Announced | None, form: ArrivalForm) -> dict[str, Any]:
    return {
        "sent": sent, "told": told, "form": form, "words": told.words if told and may_read(by, told.path) else "",
        "may_register": policy.can(by, "register_person"), "may_find": policy.can(by, "find_person"),
    }  # fmt: skip


def _received(
    request: HttpRequest, by: Worker, sent: Sent, told: Announced | None, form: ArrivalForm
) -> HttpResponse:  # fmt: skip
    """They are offered who sounds like them; the person chosen, or newly registered, is here by referral."""
    said = form.cleaned_data
    chosen = request.POST.get("person", "")
    if not chosen and "new" not in request.POST:
        paths = policy.site_paths(by, "find_person")
        try:
            who = Who(name=said["name"], born=care.birth(said["born"])[:4], place=said["place"])
        except Invalid as problem:
            form.add_error("born", str(problem))
            return render(request, "care/referrals/arrival.html", _values(by, sent, told, form), status=422)
        alike = find(paths, who)[:ALIKE] if paths else []
        log(by=by, action="read-list", site="", purpose="register", route="arrival", note=f"alike={len(alike)}")
        if alike or not policy.can(by, "register_person"):
            values = _values(by, sent, told, form)
            values["alike"] = [{"person": one, "apart": tell_apart(one)} for one in alike]
            values["looked"] = True
            return render(request, "care/referrals/arrival.html", values)
    drawn = said["form"] if is_id(said["form"]) else ""

    def act() -> str:
        person = chosen or care.register(
            by=by, site=_site(by, sent), name=said["name"], born=said["born"], place=said["place"], phone=said["phone"],
            person=drawn,
        )  # fmt: skip
        return outside.arrive(
            by=by, person=person, outsider=str(sent.outsider.pk), number=said["number"] if sent.stub else "",
            announced=told.pk if told else "", words=said["words"], urgency=said["urgency"], fact_id=said["fact_id"],
        ).person  # fmt: skip

    person = carry_out(form, act)
    if person is None:
        return render(request, "care/referrals/arrival.html", _values(by, sent, told, form), status=422)
    messages.success(request, "Written down: they are here. Say so when somebody has seen them.")
    newest = care.chart_of(person).referrals[-1]
    return redirect("referral", person=person, referral=said["fact_id"] or newest.id)


def _site(by: Worker, sent: Sent) -> str:
    """Where somebody new is registered: where they were sent, else the first of one's own sites that registers."""
    if policy.can(by, "register_person", sent.outsider.site):
        return sent.outsider.site.code
    paths = policy.site_paths(by, "register_person")
    if not paths:
        policy.require(by, "register_person")
    return paths[0].rstrip("/").rpartition("/")[2]
