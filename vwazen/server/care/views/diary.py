"""The diary of the coming weeks, and the people in care who have no owner or no next date."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.server.audit.actions import log
from vwazen.server.care import actions, caselist, diary, putting_off, unowned, waiting
from vwazen.server.care.listing import carers, is_id, opens_chart, tell_apart, worker_names
from vwazen.server.care.referrals import pages as referral_pages
from vwazen.server.care.views.today import day_tabs, whose_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import CaseloadRow

AHEAD = 20  # working days offered as a next date, each with how full it is


def _owners(request: HttpRequest, by: Worker, whose: str, today: dt.date) -> list[Worker] | None:
    """Whose dates: one worker who was asked for, one's own, one's team's; None for everyone's."""
    asked = request.GET.get("worker", "")
    if asked:
        found = Worker.objects.filter(pk=asked).first() if is_id(asked) else None
        if found is None:
            raise Http404("There is no such worker.")
        return [found]
    if whose == "mine":
        return [by]
    return list(Worker.objects.filter(pk__in=caselist.team(by, today))) if whose == "team" else None


def _holds(owners: list[Worker] | None) -> int | None:
    """How many a day holds: the sum, where each of them has declared minutes."""
    each = [diary.of_worker(one) for one in owners or ()]
    return sum(one for one in each if one is not None) if each and None not in each else None


@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Four weeks by day, with how many come; `?day=` shows who."""
    by, today = worker_of(request), clock.today()
    policy.require(by, "see_caseload")
    whose = whose_of(request, by)
    owners = _owners(request, by, whose, today)
    ids = None if owners is None else [str(one.pk) for one in owners]
    place = waiting.where(policy.site_paths(by, "see_caseload"), look=owners is None, by=by)
    found = diary.read(place, ids, _holds(owners), today)
    asked = f"worker={request.GET['worker']}" if request.GET.get("worker") else f"whose={whose}"
    chosen = _day(request.GET.get("day", ""))
    rows, following = _people(place, ids, chosen, request.GET.get("after", "")) if chosen else ([], "")
    log(
        by=by, action="read-list", site=place.paths[0] if place.paths else "", purpose="care", route="diary",
        note=f"rows={len(rows)} {'worker' if request.GET.get('worker') else f'whose={whose}'}",
    )  # fmt: skip
    tabs = [
        {"label": label, "url": f"?whose={code}", "count": None,
         "current": code == whose and not request.GET.get("worker")}
        for code, label in waiting.WHOSE.items()
    ]  # fmt: skip
    context = {
        "diary": found, "pages": day_tabs(by, "diary"), "tabs": tabs, "today": today, "chosen": chosen, "rows": rows,
        "asked": asked, "worker": owners[0] if owners and request.GET.get("worker") else None,
        "next_url": f"?{asked}&day={chosen}&after={following}" if following else "", "minutes": diary.FOLLOW_UP,
        "unassigned": policy.can(by, "enrol"),
    }  # fmt: skip
    request.nav_current = "today"  # type: ignore[attr-defined]
    return render(request, "care/diary.html", context)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _people(place: waiting.Where, ids: list[str] | None, day: dt.date, after: str) -> tuple[list[Any], str]:
    found = diary.people_on(place, ids, day, after)
    rows = CaseloadRow.objects.in_bulk([row for row, _ in found[: diary.A_PAGE]])
    names = worker_names(row.owner for row in rows.values())
    listed = [{"row": rows[row], "apart": tell_apart(rows[row]), "owner": names.get(rows[row].owner, "nobody")}
              for row, _ in found[: diary.A_PAGE] if row in rows]  # fmt: skip
    return listed, found[diary.A_PAGE - 1][0] if len(found) > diary.A_PAGE else ""


@login_required
def unassigned(request: HttpRequest) -> HttpResponse:
    """The page that must be empty: in care, and without an owner who is there, or without a next date."""
    by, today = worker_of(request), clock.today()
    policy.require(by, "enrol")
    request.nav_current = "today"  # type: ignore[attr-defined]
    problem: Invalid | None = None
    if request.method == "POST":
        try:
            return _mended(request, by)
        except Invalid as found:
            problem = found
    lost, following = unowned.page(by, today, request.GET.get("after", ""))
    names = worker_names(one.row.owner for one in lost)
    opened = request.POST.get("row") or request.GET.get("row") or (lost[0].row.pk if lost else "")
    rows = [
        {"lost": one, "row": one.row, "apart": tell_apart(one.row), "owner": names.get(one.row.owner, ""),
         "chart": opens_chart(by, one.row.path), "form": _form(by, one, today) if one.row.pk == opened else None}
        for one in lost
    ]  # fmt: skip
    paths = policy.site_paths(by, "enrol")
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="care", route="unassigned",
        note=f"rows={len(rows)}")  # fmt: skip
    context = {
        "rows": rows, "pages": day_tabs(by, "unassigned"), "next_url": f"?after={following}" if following else "",
        "problem": problem, "typed": request.POST, "unanswered": referral_pages.unanswered(by, today),
    }  # fmt: skip
    return render(request, "care/unassigned.html", context, status=422 if problem else 200)


def _form(by: Worker, lost: unowned.Lost, today: dt.date) -> dict[str, Any]:
    """What the form of one line offers: who may own the person, and the coming working days with how full they are."""
    staff = carers([lost.row.path])
    owner = lost.row.owner if lost.owned else str(by.pk)
    worker = Worker.objects.filter(pk=owner).first() if is_id(owner) else None
    last = today + dt.timedelta(days=AHEAD * 2)
    many, holds = diary.loads([owner], today, last), diary.of_worker(worker) if worker else None
    days = [day for day in (today + dt.timedelta(days=n) for n in range(AHEAD * 2)) if day.weekday() < 5][:AHEAD]
    return {
        "staff": staff, "owner": owner, "may_date": policy.can(by, "record_care", lost.row.path), "form": make_id(),
        "days": [diary.Day(day=day, many=many.get(day, 0), capacity=holds) for day in days],
    }  # fmt: skip


def _mended(request: HttpRequest, by: Worker) -> HttpResponse:
    """Give somebody an owner, a next date, or both; nothing is saved where one of them does not fit."""
    sent = request.POST
    row = CaseloadRow.objects.filter(pk=sent.get("row", "")).first()
    if row is None or not policy.can(by, "enrol", row.path):
        raise Refused("This person is not in care where you may change that. Look at the list again.")
    owner, date = sent.get("owner", ""), sent.get("other_date") or sent.get("next_date", "")
    if not owner and not date:
        raise Invalid("Nothing was chosen. Choose who follows this person, or the next date.", field="owner")
    if owner:
        actions.worker_named(owner, row.path)
    if date:
        drawn = sent.get("form", "")
        putting_off.set_next_date(
            by=by, person=row.person, next_date=date, fact_id=drawn if is_id(drawn) else ""
        )  # fmt: skip
    if owner and owner != row.owner:
        actions.set_owner(by=by, person=row.person, owner=owner)
    messages.success(request, f"{row.name} has {'an owner' if owner else 'a next date'} now.")
    return redirect(reverse("unassigned"))
