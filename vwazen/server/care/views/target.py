"""Treat to target: decide on a proposal, see who is stuck in a step."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.caseload import proposals
from vwazen.content.load import content
from vwazen.server.audit.actions import log
from vwazen.server.care import caselist, charted, target, words
from vwazen.server.care.listing import drawn_id, is_id, may_read, opens_chart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.actions import make_id

OWNERS = {"me": "Mine", "team": "My team's", "nobody": "Nobody's", "": "Everyone's"}


@login_required
def decide(request: HttpRequest, person: str, episode: str, proposal: str) -> HttpResponse:
    """One proposal of the protocol: accept it, put it off, or decide otherwise, with a reason."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="care", permission="record_care", route="decide")
    if not view.may_see("mental-health"):
        raise Refused("Whoever decides on a proposal has to read the scores.", permission="record_care", site=view.path)
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    chart, today = view.chart, clock.today()
    found = next((one for one in chart.open_episodes if episode in (one.id, *one.ids)), None)
    every = proposals(chart, found, content(), today) if found else ()
    proposed = next((one for one in every if one.proposal.id == proposal), None)
    if found is None or proposed is None:
        messages.info(request, "This is not proposed now: somebody has decided, or the record says otherwise.")
        return redirect("chart", person=view.person.pk)
    form = target.DecideForm(
        drawn_id(request), proposed=proposed, episode=found, initial={"fact_id": make_id()}
    )  # fmt: skip
    if request.method == "POST" and form.saved(by, view.person.pk) is not None:
        messages.success(request, "Decided. It stands on the chart with your reason.")
        return redirect("chart", person=view.person.pk)
    names = worker_names(fact.author for fact, _ in chart.decisions)
    values = {
        "person": view.person, "chart": chart, "episode": found, "proposed": proposed, "form": form,
        "what": words.PROPOSES[proposed.proposal.propose], "may_see_chart": opens_chart(by, view.path),
        "course": words.first_up(found.words), "tried": charted.tried(chart, today),
        "decided": target.decided(chart, names, today)[:5], "today": today,
    }  # fmt: skip
    return render(request, "care/decide.html", values, status=422 if form.errors else 200)


@login_required
def stuck(request: HttpRequest) -> HttpResponse:
    """Who is stuck in a step and since when: over eight weeks without response first, or everyone by time in step."""
    by = worker_of(request)
    policy.require(by, "see_caseload")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    today, sent = clock.today(), request.GET
    reads = any(may_read(by, path) for path in policy.site_paths(by, "see_caseload"))
    whole = sent.get("tab") == "all" or not reads
    rows = target.in_steps(by, whole=whole)
    if not whole:
        rows = target.without_response(rows, today)
    every = rows
    kept = {"tab": "all"} if whole and reads else {}
    step, owner = sent.get("step", ""), sent.get("owner", "")
    if step.isascii() and step.isdigit() and len(step) < 3:
        rows, kept = rows.filter(step=int(step)), kept | {"step": step}
    if owner in ("me", "team", "nobody") or is_id(owner):
        own = {"me": (str(by.pk),), "nobody": ("",), "team": caselist.team(by, today)}.get(owner, (owner,))
        rows, kept = rows.filter(owner__in=own), kept | {"owner": owner}
    found, more = target.page(rows, sent.get("after", ""))
    first, narrowed = not sent.get("after"), "step" in kept or "owner" in kept
    note = f"rows={len(found)} of={'everyone' if whole else 'without-response'}"
    log(by=by, action="read-list", purpose="care", route="stuck", note=note)
    values = {
        "rows": target.shown(by, found, today), "reads": reads, "whole": whole, "weeks": target.WEEKS,
        "narrowed": narrowed, "first": first, **(target.groups(every) if first and not (whole or narrowed) else {}),
        "tabs": [
            {"label": "Without response", "url": "?", "count": None, "current": not whole},
            {"label": "Everyone, longest in their step first", "url": "?tab=all", "count": None, "current": whole},
        ] if reads else [],
        "whose": [
            {"label": label, "url": "?" + urlencode({**kept, "owner": code} if code else _without(kept, "owner")),
             "count": None, "current": kept.get("owner", "") == code}
            for code, label in OWNERS.items()
        ],
        "next_url": "?" + urlencode({**kept, "after": found[-1].pk}) if more else "",
    }  # fmt: skip
    return render(request, "care/stuck.html", values)


def _without(kept: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in kept.items() if key != name}
