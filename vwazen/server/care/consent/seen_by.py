"""Who looked at a record, for the person whose it is: from the access log, in words that need no explaining."""

import datetime as dt

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from vwazen.server.audit.models import AccessEntry
from vwazen.server.care.listing import opens_chart
from vwazen.server.organisation.models import Post
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access
from vwazen.server.record.models import OpenedInEmergency
from vwazen.server.record.refresh import clusters

MOST = 500
# The name of a page -> what it shows, as one says it to the person. What is not here is "a page of your record".
_PAGES = {
    "chart": "your whole page", "chart-act": "your whole page", "visit": "the page of a visit",
    "visit-tried": "a try to reach you", "screen": "the questions to ask", "ask": "the questions to ask",
    "answers": "answers you gave", "packet": "what is prepared for the specialist", "medicines": "your medicines",
    "medicine-new": "your medicines", "diagnoses": "what was found", "care-plan": "your plan", "decide": "your plan",
    "safety-plan": "your crisis plan", "risk": "the safety steps", "risk-new": "the safety steps",
    "risk-act": "the safety steps", "consent": "who may know", "seen-by": "this list", "triage-decide": "your arrival",
    "correct-person": "your name and address", "same-person": "your name and address",
    "move-person": "where you are followed", "erase-ask": "who may know",
    "emergency-review": "why your record was opened in an emergency",
}  # fmt: skip
_ACTIONS = {
    "emergency": "opened your record in an emergency",
    "emergency-review": "looked at why it was opened in an emergency",
    "consent": "wrote down what you said about who may know", "erasure": "erasure of your record",
}  # fmt: skip


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look, or several of one person at one page on one day."""

    day: dt.date
    at: dt.datetime
    name: str
    role: str
    what: str
    times: int
    refused: bool
    emergency: bool
    reason: str


def page_words(entry: AccessEntry) -> str:
    """What an entry of the log opened, in plain words."""
    if entry.action in _ACTIONS:
        return _ACTIONS[entry.action]
    return _PAGES.get(entry.route, "a page of your record")


@login_required
def seen_by(request: HttpRequest, person: str) -> HttpResponse:
    """The list, to read with the person and to print for them. Lists on which a name stood are not in it."""
    by = worker_of(request)
    view = access.person(
        by=by, person_id=person, purpose="seen-by", permission=("see_chart", "see_caseload"), route="seen-by"
    )
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    found, more = looks(view.person.pk)
    values = {
        "person": view.person, "chart": view.chart, "looks": found, "more": more, "today": timezone.localdate(),
        "may_see_chart": opens_chart(by, view.path),
    }  # fmt: skip
    return render(request, "care/consent/seen_by.html", values)


def looks(person: str) -> tuple[list[Look], bool]:
    """Who looked, the newest first, and whether there is more than is shown. An alias is the same person."""
    ids = sorted(clusters([person]) or {person})
    entries = list(AccessEntry.objects.filter(person__in=ids).order_by("-at", "-pk")[: MOST + 1])
    roles = _roles({one.worker_id for one in entries})
    why = {one.pk: one.reason for one in OpenedInEmergency.objects.filter(person__in=ids)}
    found: dict[tuple[object, ...], Look] = {}
    for one in entries[:MOST]:
        at = timezone.localtime(one.at)
        role, refused = _role(roles.get(one.worker_id, []), at.date()), one.outcome != AccessEntry.ALLOWED
        what, urgent = page_words(one), one.purpose == "emergency"
        key = (at.date(), one.worker_id, what, refused, urgent)
        before = found.get(key)
        reason = why.get(one.note.removeprefix("emergency="), "") if one.action == "emergency" else ""
        if before is None or reason:
            found[(*key, one.pk) if reason else key] = Look(
                day=at.date(), at=at, name=one.worker_name or "the program itself", role=role, what=what, times=1,
                refused=refused, emergency=urgent, reason=reason,
            )  # fmt: skip
        else:
            found[key] = msgspec.structs.replace(before, times=before.times + 1)
    return list(found.values()), len(entries) > MOST


def _roles(workers: set[str]) -> dict[str, list[Post]]:
    """Worker id -> the posts they ever held."""
    found: dict[str, list[Post]] = {}
    for post in Post.objects.filter(worker_id__in=[one for one in workers if one]):
        found.setdefault(str(post.worker_id), []).append(post)
    return found


def _role(posts: list[Post], day: dt.date) -> str:
    """What somebody worked as on that day."""
    return ", ".join(dict.fromkeys(post.get_role_display().lower() for post in posts if post.held(day)))
