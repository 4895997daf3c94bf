"""Paper: a register sheet to print, and the grid in which a fortnight of it is typed in."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from vwazen.server.audit.actions import log
from vwazen.server.care import context, register_cells
from vwazen.server.care import register_rows as lines
from vwazen.server.care.listing import age, carers, opens_chart, tell_apart
from vwazen.server.care.register_grid import save_rows
from vwazen.server.care.register_rows import Kept, Row, Sheet
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import clock, reach
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import CaseloadRow, Person

ROWS = 15
MOST_ROWS = 60
LINES = (12, 18, 24, 36)
MODES = {"clinic": "at the clinic", "home": "at home, in the community", "ward": "on a ward"}
EXPECTED = 100  # people printed beforehand at the most


@login_required
def typed(request: HttpRequest) -> HttpResponse:
    """The grid: what can be saved is saved, and the rest comes back with what is wrong at the cell."""
    by = worker_of(request)
    policy.require(by, "record_care")
    request.nav_current = "today"  # type: ignore[attr-defined]
    sent = request.POST if request.method == "POST" else request.GET
    sheet = _sheet(by, sent)
    if sheet is None:
        return render(request, "care/register_grid.html", {"sites": list(sites_of(by, "record_care")), "sheet": None})
    policy.require(by, "record_care", sheet.site)
    kept: list[Kept] = []
    rows = _rows(request.POST, sheet) if request.method == "POST" else []
    if rows and "more" not in request.POST:
        kept = save_rows(by, sheet, rows)
        context.changed()
        offered = sum(len(row.choices) for row in rows)
        if kept or offered:
            log(by=by, action="read-list", site=sheet.site.path, purpose="care", route="register-grid",
                note=f"saved={len(kept)} offered={offered}")  # fmt: skip
    done = {one.row for one in kept}
    left = [row for row in rows if row.id not in done and not row.empty]
    wanted = ROWS if "more" not in request.POST else min(MOST_ROWS, len(rows) + ROWS)
    left += [Row(id=make_id(), typed={}) for _ in range(wanted - len(left))]
    wrong = any(row.errors for row in left)
    values = _page(by, sheet, left) | {
        "kept": _kept(by, sheet, kept), "wrong": sum(bool(row.errors) for row in left),
        "danger": [at for at, row in enumerate(left, 1) if row.danger],
    }  # fmt: skip
    return render(request, "care/register_grid.html", values, status=422 if wrong else 200)


def _sheet(by: Worker, sent: QueryDict) -> Sheet | None:
    """The sheet asked for; None where one works at several sites and has not said at which."""
    sites = sites_of(by, "record_care")
    site = sites.filter(code=sent.get("site", "")).first()
    if site is None:
        few = list(sites[:2])
        if len(few) != 1:
            return None
        site = few[0]
    known = lines.protocols()
    protocol = next((one for one in known if one.id == sent.get("protocol")), None) or _usual(site)
    mode = sent.get("mode", "")
    return Sheet(site=site, protocol=protocol, mode=mode if mode in MODES else "clinic",
                 seen_by=sent.get("seen_by", "") or str(by.pk))  # fmt: skip


def _usual(site: Site) -> Any:
    """The protocol that follows most of who is in care here, so that the sheet fits without a choice."""
    known = lines.protocols()
    open_ = CaseloadRow.objects.filter(path=site.path).exclude(episode="").values_list("condition", flat=True)
    found = list(open_[:500])
    return max(known, key=lambda one: sum(one.followed(condition) is not None for condition in found), default=known[0])


def _rows(sent: QueryDict, sheet: Sheet) -> list[Row]:
    """The rows as typed, in their order; an id that is none is drawn anew."""
    rows = []
    for index, sent_id in enumerate(sent.getlist("row")[:MOST_ROWS]):
        names = [*lines.FIELDS, *(f"score-{one.id}" for one in sheet.instruments)]
        cells = {name: " ".join(sent.get(f"{index}-{name}", "").split())[:300] for name in names}
        rows.append(Row(
            id=lines.drawn(sent_id) or make_id(), typed=cells, pick=sent.get(f"{index}-pick", ""),
            pick_for=sent.get(f"{index}-for", ""), again=bool(sent.get(f"{index}-again")),
        ))  # fmt: skip
    return rows


def _columns(sheet: Sheet) -> list[dict[str, Any]]:
    """The columns, as on the paper: name, heading, what stands in it."""
    scores = [(f"score-{one.id}", one.name, "score") for one in sheet.instruments]
    found = [
        ("date", "Day", "day"), ("number", "Number", "number"), ("name", "Name", "name"),
        ("age", "Age or birth", "age"), ("sex", "Sex", "sex"), ("place", "Place", "place"),
        ("why", "Why they came", "why"), *scores, ("medicine", "Medicine, days given", "medicine"),
        ("done", "What was done", "done"), ("next", "Next day", "day"),
    ]  # fmt: skip
    return [{"name": name, "label": label, "look": look} for name, label, look in found]


def _page(by: Worker, sheet: Sheet, rows: list[Row]) -> dict[str, Any]:
    staff = carers([sheet.site.path])
    columns = _columns(sheet)
    shown = [
        {
            "row": row, "index": index,
            "cells": [
                column | {"value": row.typed.get(column["name"], ""), "error": row.errors.get(column["name"], "")}
                for column in columns
            ],
            "seen_by": row.typed.get("seen_by", ""), "seen_error": row.errors.get("seen_by", ""),
            "all": row.errors.get("all", ""),
            "choices": [
                {"id": one.person.pk, "name": one.person.name, "apart": tell_apart(one.person), "why": one.why,
                 "number": lines.number_of(one.person.pk), "chosen": row.pick == one.person.pk}
                for one in row.choices
            ],
            "new": row.pick == lines.NEW, "asks": bool(row.errors) and (bool(row.choices) or row.ask_new),
        }
        for index, row in enumerate(rows)
    ]  # fmt: skip
    return {
        "sheet": sheet, "rows": shown, "columns": columns, "staff": staff, "modes": MODES, "today": clock.today(),
        "sites": list(sites_of(by, "record_care")), "protocols": lines.protocols(),
        "legend": _legend(by, sheet), "ditto": register_cells.DITTO[0], "full": len(rows) >= MOST_ROWS,
        "may_dispense": policy.can(by, "dispense", sheet.site),
    }  # fmt: skip


def _legend(by: Worker, sheet: Sheet) -> list[tuple[str, str]]:
    """Code and title of whatever may be written under what was done."""
    known = lines.on_paper(policy.segments(by, sheet.site.path))
    codes = register_cells.codes(known.values())
    return sorted((codes[id], one.title) for id, one in known.items())


def _kept(by: Worker, sheet: Sheet, kept: list[Kept]) -> list[dict[str, Any]]:
    opens = opens_chart(by, sheet.site.path)
    act, enrol = policy.can(by, "act_on_risk", sheet.site), policy.can(by, "enrol", sheet.site)
    triage = policy.can(by, "triage", sheet.site)
    return [
        {"kept": one, "opens": opens, "act": act, "enrol": enrol and opens, "triage": triage} for one in kept
    ]  # fmt: skip


@login_required
def printed(request: HttpRequest) -> HttpResponse:
    """An empty sheet with the columns of the site's protocol; whoever is expected may stand on it already."""
    by = worker_of(request)
    policy.require(by, "record_care")
    request.nav_current = "today"  # type: ignore[attr-defined]
    sheet = _sheet(by, request.GET)
    sites = list(sites_of(by, "record_care"))
    if sheet is None:
        return render(request, "care/register_print.html", {"sites": sites, "sheet": None})
    asked = request.GET.get("lines", "")
    many = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in LINES else LINES[1]
    expected = _expected(by, sheet) if "expected" in request.GET else []
    if expected:
        log(by=by, action="read-list", site=sheet.site.path, purpose="care", route="register-print",
            note=f"rows={len(expected)}")  # fmt: skip
    columns = _columns(sheet)
    values = {
        "sheet": sheet, "columns": columns, "expected": expected, "blank": range(max(0, many - len(expected))),
        "lines": many, "all_lines": LINES, "sites": sites, "protocols": lines.protocols(), "legend": _legend(by, sheet),
        "with_expected": "expected" in request.GET, "may_expect": policy.can(by, "see_caseload", sheet.site),
        "today": clock.today(), "after": columns[6:], "items": _items(sheet),
    }  # fmt: skip
    return render(request, "care/register_print.html", values)


def _items(sheet: Sheet) -> list[tuple[str, int]]:
    """The scores that are written as one figure an item, and how many that are."""
    return [
        (one.name, sum(not item.optional for item in one.items)) for one in sheet.instruments if one.form != "count"
    ]  # fmt: skip


def _expected(by: Worker, sheet: Sheet) -> list[dict[str, str]]:
    """Who has a next date from today for a fortnight: as the sheet names them, without why they are in care."""
    if not policy.can(by, "see_caseload", sheet.site):
        return []
    today = clock.today()
    rows = CaseloadRow.objects.filter(
        reach.within(by, [sheet.site.path]), next_date__gte=today, next_date__lt=today + dt.timedelta(days=14)
    ).exclude(episode="")  # fmt: skip
    days: dict[str, dt.date | None] = {}
    for person, day in rows.order_by("next_date", "name", "person").values_list("person", "next_date")[:EXPECTED]:
        days.setdefault(person, day)
    people = Person.objects.in_bulk(list(days))
    return [
        {"number": lines.number_of(one.pk), "name": one.name, "age": age(one.born), "place": one.place,
         "sex": {"female": "f", "male": "m", "other": "o"}.get(one.gender, "")}
        for one in (people[pk] for pk in days if pk in people)
    ]  # fmt: skip
