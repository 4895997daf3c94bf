"""Referrals: both sides' lists, one referral with what can be said about it, and the letters that go with a person."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.clinical.referrals import said_in
from vwazen.server.audit.actions import log
from vwazen.server.care import charted
from vwazen.server.care.listing import drawn_id, is_id, opens_chart, tell_apart
from vwazen.server.care.referrals import actions, door, pages
from vwazen.server.care.referrals.door import OURS, RIGHT, THEIRS, Slip
from vwazen.server.care.referrals.forms import STEPS, ReferForm, StepForm
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock, reach
from vwazen.server.record.actions import make_id
from vwazen.server.record.referral_rows import TO, URGENCIES

NEXT = {"sent": "accepted", "accepted": "arrived", "arrived": "seen", "seen": "closed"}  # what stands first and open
PRINTED = ("general", "mental-health")  # what a letter may say: nothing of a closer segment goes through hands


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """What is referred to us and from us: open, overdue, refused and closed; each refusal stands on both lists."""
    by, today = worker_of(request), clock.today()
    policy.require(by, RIGHT)
    side = request.GET.get("side", "")
    side = side if side in pages.SIDES else THEIRS
    which = request.GET.get("list", "")
    which = which if which in pages.LISTS else "open"
    rows, after = pages.page(by, side, which, request.GET.get("after", ""), today)
    counts = pages.counts(by, side, today)
    paths = policy.site_paths(by, RIGHT)
    log(
        by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="care", route="referrals",
        note=f"rows={len(rows)} side={side} list={which}",
    )  # fmt: skip
    values = {
        "announced": pages.announced(by), "rows": rows, "side": side, "which": which, "today": today,
        "sides": [
            {"label": label, "url": f"?side={code}&list={which}", "count": None, "current": code == side}
            for code, label in pages.SIDES.items()
        ],
        "lists": [
            {"label": label, "url": f"?side={side}&list={code}", "count": counts.get(code), "current": code == which}
            for code, label in pages.LISTS.items()
        ],
        "next_url": f"?side={side}&list={which}&after={after}" if after else "",
    }  # fmt: skip
    return render(request, "care/referrals/index.html", values)


@login_required
def refer(request: HttpRequest, person: str) -> HttpResponse:
    """Refer somebody; with `?instead_of=` in place of a referral that was refused or came to nothing."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission=RIGHT, route="refer")
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    if view.chart.died is not None:
        messages.info(request, "This person has died.")
        return redirect("chart", person=view.person.pk)
    asked = request.GET.get("instead_of", "")
    earlier = next((one for one in view.chart.referrals if one.id == asked), None)
    initial = {"fact_id": make_id(), "instead_of": earlier.id if earlier else ""}
    if earlier is not None:
        mine = earlier.body.segment if view.may_see(earlier.body.segment) else ""
        initial |= {"reason": earlier.body.reason, "plain": earlier.body.plain, "urgency": earlier.body.urgency}
        initial |= {"segment": mine} if mine else {}
    form = ReferForm(drawn_id(request), view=view, initial=initial)
    if request.method == "POST":
        fact = form.saved(by)
        if fact is not None:
            messages.success(request, "Referred. You have them until somebody there says yes.")
            return redirect("referral", person=view.person.pk, referral=fact.id)
    values = {
        "person": view.person, "chart": view.chart, "form": form, "earlier": earlier,
        "apart": tell_apart(view.person), "may_see_chart": opens_chart(by, view.path),
        "risks": view.chart.open_risks if policy.can(by, "act_on_risk", view.path) else (),
    }  # fmt: skip
    return render(request, "care/referrals/refer.html", values, status=422 if form.errors else 200)


@login_required
def referral(request: HttpRequest, person: str, referral: str) -> HttpResponse:
    """One referral: where it stands, all that was said of it, and what this side can say now."""
    by = worker_of(request)
    slip = door.slip(by=by, person_id=person, referral=referral, route="referral")
    forms = [kind for kind in STEPS if actions.may(slip, kind.became)]
    forms.sort(key=lambda kind: kind.became != NEXT.get(slip.referred.state))
    bound = None
    if request.method == "POST":
        kind = next((kind for kind in STEPS if kind.became == request.POST.get("do", "")), None)
        if kind is None or kind not in forms:
            messages.warning(request, "This can no longer be said of this referral. The page shows what can.")
            return redirect("referral", person=slip.person.pk, referral=slip.referred.id)
        bound = kind(_sent(request, kind), slip=slip, by=by)
        if bound.saved() is not None:
            messages.success(request, f"Saved: {kind.title[:1].lower()}{kind.title[1:]}.")
            return redirect("referral", person=slip.person.pk, referral=slip.referred.id)
    drawn = [
        bound if bound is not None and bound.became == kind.became
        else kind(slip=slip, by=by, initial={"fact_id": make_id()})
        for kind in forms
    ]  # fmt: skip
    return render(
        request, "care/referrals/one.html", _shown(request, by, slip, drawn, bound), status=422 if bound else 200
    )


def _sent(request: HttpRequest, kind: type[StepForm]) -> Any:
    sent, name = request.POST.copy(), f"{kind.became}-fact_id"
    if not is_id(sent.get(name, "")):
        sent[name] = ""
    return sent


def _shown(
    request: HttpRequest, by: Worker, slip: Slip, forms: Sequence[StepForm], bound: StepForm | None
) -> dict[str, Any]:  # fmt: skip
    request.nav_current = "referrals"  # type: ignore[attr-defined]
    today, one = clock.today(), slip.referred
    names = pages.names_of(one)
    sites = dict(Site.objects.filter(path__in=[slip.row.path, slip.row.to_path]).values_list("path", "name"))
    charts = reach.place(by, slip.person, ("see_chart", "see_caseload")) is not None
    onward = next((other for other in slip.chart.referrals if other.id == one.onward), None)
    earlier = next((other for other in slip.chart.referrals if other.onward == one.id), None)
    return {
        "slip": slip, "one": one, "person": slip.person, "may_see_chart": charts,
        "apart": tell_apart(slip.person), "intro": charted.introduced(slip.chart, today) if one.open else "",
        "stands": pages.stands_in_words(slip, names, today), "late": one.overdue(today),
        "history": pages.history(one, names),
        "author": names.get(one.fact.author, "someone who left"), "sender": names.get(one.sender, "someone who left"),
        "from_name": sites.get(slip.row.path, "a site elsewhere"),
        "to_name": sites.get(slip.row.to_path, "") or one.body.to_name or TO[one.body.to],
        "urgency": URGENCIES[one.body.urgency], "forms": forms, "bound": bound, "first": NEXT.get(one.state, ""),
        "ours": OURS in slip.sides,
        "theirs": THEIRS in slip.sides, "onward": onward, "earlier": earlier,
        "may_refer": OURS in slip.sides and one.open and policy.can(by, RIGHT, slip.row.place)
        and one.state in ("sent", "accepted", "declined"),
        "letter": reverse("referral-letter", args=[slip.person.pk, one.id]),
    }  # fmt: skip


@login_required
def letter(request: HttpRequest, person: str, referral: str) -> HttpResponse:
    """The letter that goes with the person, or (`?back=1`) the one that comes back. Its outside names no illness and
    no kind of clinic, and nothing of a closer segment stands in it."""
    by = worker_of(request)
    slip = door.slip(by=by, person_id=person, referral=referral, route="referral-letter")
    values = _shown(request, by, slip, [], None)
    told = [body for _, body in said_in(slip.referred) if body.back]
    values |= {
        "back": request.GET.get("back") == "1", "today": clock.today(), "answers": told,
        "reason": slip.referred.body.reason if slip.referred.body.segment in PRINTED else "",
        "number": slip.referred.body.stub or slip.referred.id[-8:].upper(),
        "words_back": [body.back for body in told if body.segment in PRINTED],
        "phone": Worker.objects.filter(pk=slip.referred.sender).values_list("phone", flat=True).first()
        if is_id(slip.referred.sender) else "",
    }  # fmt: skip
    return render(request, "care/referrals/letter.html", values)
