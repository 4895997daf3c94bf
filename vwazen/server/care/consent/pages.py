"""Who may know: what stands, said when and by whom; one tap takes it back; a sheet to sign."""

from functools import cache
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.consent import Word
from vwazen.server.care.consent import actions
from vwazen.server.care.consent.forms import SayForm, SettleForm
from vwazen.server.care.consent.words import HOW, PARTS, aged, recipient
from vwazen.server.care.listing import carers, drawn_id, opens_chart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id
from vwazen.server.record.consent_items import waiting

OPENS = ("see_chart", "see_caseload")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One word that stands, for a page."""

    word: Word
    part: str
    to: str
    said: str
    closes: bool
    form: str


@login_required
def consent(request: HttpRequest, person: str) -> HttpResponse:
    """Everything the person said about who may know, of the parts that the viewer's work is about."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="consent", permission=OPENS, route="consent")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    form, settle = _forms(request, view)
    if request.method == "POST":
        policy.require(by, "record_care", view.path)
        if _saved(request, by, view, form, settle):
            return redirect("consent", person=view.person.pk)
    return render(request, "care/consent/consent.html", _values(by, view, form, settle), status=_status(form, settle))


def _status(*forms: Any) -> int:
    return 422 if any(form.is_bound and form.errors for form in forms) else 200


def _forms(request: HttpRequest, view: View) -> tuple[SayForm, SettleForm]:
    do = request.POST.get("do", "say")
    sent = drawn_id(request)
    say = SayForm(
        sent if do == "say" else None, staff=cache(lambda: carers([view.path])), home=view.person.site,
        initial={"fact_id": make_id(), "segment": "mental-health"},
    )  # fmt: skip
    return say, SettleForm(sent if do == "settle" else None)


def _saved(request: HttpRequest, by: Worker, view: View, form: SayForm, settle: SettleForm) -> bool:
    """Whether what was sent is on record now; else what is wrong stands beside its field, or in a message."""
    do, person = request.POST.get("do", "say"), view.person.pk
    if do == "say" and form.saved(by, person):
        messages.success(request, "What they said is on record, and holds from now on.")
        return True
    if do == "settle" and settle.saved(by, person):
        messages.success(request, "What you decided is on record.")
        return True
    if do == "back":
        drawn = drawn_id(request)
        try:
            actions.retake(by=by, person=person, fact=request.POST.get("fact", ""), how="aloud",
                           fact_id=drawn.get("fact_id", "") if drawn else "")  # fmt: skip
            messages.success(request, "Taken back, and in force at once.")
        except Invalid as problem:
            messages.error(request, str(problem))
        return True
    return False


def _values(by: Worker, view: View, form: SayForm, settle: SettleForm) -> dict[str, Any]:
    chart, today = view.chart, clock.today()
    standing = _standing(view)
    ids = {to for kind, _, to in (one.to.partition(":") for one in chart.permits.words) if kind == "worker"}
    names = worker_names(ids | {one.fact.author for one in chart.permits.words})
    codes = [one.to[5:] for one in chart.permits.words if one.to.startswith("site:")]
    sites = dict(Site.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    lines = [_line(one, names, sites) for one in standing]
    asked = [] if chart.died else list(waiting(chart, today))
    return {
        "view": view, "person": view.person, "chart": chart, "today": today, "form": form, "settle": settle,
        "noes": [one for one in lines if one.closes], "yeses": [one for one in lines if not one.closes],
        "waiting": [
            {"line": _line(one, names, sites), "form": settle if settle["fact"].value() == one.fact.id else SettleForm(
                initial={"fact": one.fact.id, "fact_id": make_id()}, auto_id=f"id_%s_{number}")}
            for number, one in enumerate(asked, 1)
        ],
        "past": [_line(one, names, sites) for one in reversed(chart.permits.words) if one not in standing],
        "may_write": policy.can(by, "record_care", view.path), "may_see_chart": opens_chart(by, view.path),
        "age": aged(chart, today), "by": by, "kept_until": actions.kept_until(chart, today),
    }  # fmt: skip


def _standing(view: View) -> list[Word]:
    """The words that hold: of one part and recipient the last one, unless its day is over."""
    newest: dict[tuple[str, str], Word] = {}
    today = clock.today()
    for one in view.chart.permits.words:
        before = newest.get((one.segment, one.to))
        same = before is not None and before.at == one.at and not before.granted  # of two at once the no stands
        if one.holds(today) and not same:
            newest[one.segment, one.to] = one
    return list(newest.values())


def _line(one: Word, names: dict[str, str], sites: dict[str, str]) -> Line:
    body: Any = one.fact.body
    known = actions.rules().speakers
    speaker = f"{known.get(body.by, 'the person')} {body.who}".strip() if body.by != "self" else "the person"
    how = f", {HOW[body.how]}" if body.how else ""
    to = recipient(one.to, names, sites)
    return Line(
        word=one, part=PARTS[one.segment], to=to[:1].upper() + to[1:],
        said=f"said by {speaker}{how}, to {names.get(one.fact.author, 'somebody who left')}",
        closes=not one.granted, form=make_id(),
    )  # fmt: skip
