"""The day: one list of whoever needs this worker, what is put off, and putting something off."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from vwazen.server.audit.actions import log
from vwazen.server.care import actions, held_dangers, putting_off, unowned, waiting
from vwazen.server.care import today as day
from vwazen.server.care.emergency.views import banner
from vwazen.server.care.listing import is_id, tell_apart, worker_names
from vwazen.server.care.views.triage import held_here
from vwazen.server.care.waiting import WHOSE, Scope
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import worker_of
from vwazen.server.record import access, clock, store
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem, Person
from vwazen.server.record.open_items import LONGEST, NEVER_PUT_OFF

# The pages of the day: url name, what it is called, and the rights of which one opens it.
PAGES = (
    ("today", "Today", waiting.OPENS), ("diary", "Diary", ("see_caseload",)),
    ("put-off-list", "Put off", waiting.OPENS), ("unassigned", "No owner or no date", ("enrol",)),
    ("tracing", "Missed visits", ("see_caseload",)), ("home-visits", "Home visits", ("see_caseload",)),
    ("handovers", "Handover", ("enrol",)),
    ("register-grid", "Paper register", ("record_care",)),
)  # fmt: skip


def require_any(by: Worker, rights: tuple[str, ...]) -> None:
    """Raise `Refused` unless `by` has one of these rights somewhere."""
    if not any(policy.can(by, right) for right in rights):
        policy.require(by, rights[0])


def day_tabs(by: Worker, current: str, counts: dict[str, str] | None = None) -> list[dict[str, object]]:
    """The pages of the day that this worker may open, as components/tabs.html takes them."""
    return [
        {"label": label, "url": reverse(name), "count": (counts or {}).get(name), "current": name == current}
        for name, label, rights in PAGES
        if any(policy.can(by, right) for right in rights)
    ]


def whose_of(request: HttpRequest, by: Worker) -> str:
    """Which tab: the one asked for, else what is one's own, if anything is, else everything at one's sites."""
    asked = request.GET.get("whose", "")
    if asked in WHOSE:
        return asked
    return "mine" if OpenItem.objects.filter(owner=str(by.pk)).exists() else "sites"


def whose_tabs(whose: str, total: str | None = None) -> list[dict[str, object]]:
    """Mine, my team's, my sites'; the number beside the one that is open."""
    return [
        {"label": label, "url": f"?whose={code}", "count": total if code == whose else None, "current": code == whose}
        for code, label in WHOSE.items()
    ]


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Whoever needs somebody now, then what is late, due today and due in the coming week."""
    by = worker_of(request)
    require_any(by, waiting.OPENS)
    now, whose = clock.today(), whose_of(request, by)
    scope = waiting.scope_of(by, whose, now)
    after = day.resume(request.GET["after"], now) if request.GET.get("after") else None
    if request.GET.get("after") and after is None:
        messages.warning(request, "The list has changed since. It begins again at the top, so that nobody is missed.")
    page = day.page(by, scope, now, after)
    counts = waiting.counted(_counts(by, scope, now))
    if day.FIRST_LOOKED / day.KEYS_EACH <= _number(counts["total"]) <= waiting.COUNTED:  # keys may have been left
        counts |= waiting.counted({"total": day.total(scope, now)})
    log(
        by=by, action="read-list", site=scope.tiers.paths[0] if scope.tiers.paths else "", purpose="care",
        route="today", note=f"rows={len(page.lines)} whose={whose}",
    )  # fmt: skip
    besides = _besides(by, counts)
    context = {
        "emergencies": banner(by), "dangers": held_dangers.waiting(by),
        "groups": _grouped(page), "pages": day_tabs(by, "today", counts), "tabs": whose_tabs(whose, counts["total"]),
        "whose": whose, "next_url": f"?whose={whose}&after={page.after}" if page.after else "", "besides": besides,
        "lost": _number(counts.get("unassigned", "0")), "lost_words": counts.get("unassigned"),
        "now": clock.now(), "after": after is not None, "may_put_off": policy.can(by, "record_care"),
    }  # fmt: skip
    return render(request, "care/today.html", context)


def _number(words: str) -> int:
    """The number in what `waiting.counted` says; of "1,000+" one more than it can be otherwise."""
    return int(words.replace(",", "").rstrip("+")) + words.endswith("+")


def _grouped(page: day.Page) -> list[dict[str, Any]]:
    """The lines under their headings; each with an id drawn for a try that met nobody."""
    groups: list[dict[str, Any]] = []
    for line in page.lines:
        if not groups or groups[-1]["title"] != line.group:
            groups.append({"title": line.group, "lines": []})
        meets = any(reason.kind == OpenItem.CONTACT for reason in line.reasons)
        groups[-1]["lines"].append({"line": line, "tried": make_id() if meets else ""})
    return groups


def _counts(by: Worker, scope: Scope, today_: Any) -> dict[str, tuple[str, list[object]]]:
    """A SELECT for each number of the page."""
    parts = {"total": day.total(scope, today_, day.FIRST_LOOKED), "put-off-list": _put_off(scope, today_)}
    asks = ("review",) if policy.can(by, "review") else ("ask_question",)
    for name, rights, kind, more in (
        ("triage", ("triage",), OpenItem.TRIAGE, ""), ("questions", asks, OpenItem.QUESTION, ""),
        ("historical", ("triage",), OpenItem.HISTORICAL, " AND i.owner = ''"),
        ("referrals", ("record_care",), OpenItem.REFERRAL, " AND i.owner = ''"),
        ("consent", ("see_caseload",), OpenItem.CONSENT, " AND i.owner = ''"),
    ):  # fmt: skip
        if paths := waiting.paths_of(by, rights):
            here, values = waiting.inside(waiting.Where(paths, by=by), "i.path")
            parts[name] = (
                f"SELECT i.id FROM record_open_item i WHERE i.kind = %s AND {here} AND i.starts <= %s{more}",  # noqa: S608
                [kind, *values, today_],
            )
    if paths := policy.site_paths(by, "record_care"):
        here, values = waiting.inside(waiting.Where(paths), "path")
        parts["outsiders"] = f"SELECT id FROM record_announced WHERE state = 'open' AND {here}", values  # noqa: S608
    if paths := policy.site_paths(by, "enrol"):
        parts["unassigned"] = unowned.people(waiting.where(paths, look=True, by=by), today_)
    return parts


def _put_off(scope: Scope, today_: Any) -> tuple[str, list[object]]:
    """A SELECT of what is put off beyond today."""
    parts: list[str] = []
    values: list[object] = []
    for kinds, place in scope.kinds:
        here, more = waiting.inside(place, "i.path")
        kind = store.by_itself("i.kind")  # few things are put off, and an index holds just these
        parts.append(f"({kind} IN ({store.marks(kinds)}) AND {here})")
        values += [*kinds, *more]
    condition = f"({' OR '.join(parts) or '1 = 0'}) AND i.starts > %s AND NOT (i.snooze = '')"
    values.append(today_)
    if scope.owners is not None:
        condition = f"i.owner IN ({store.marks(scope.owners)}) AND {condition}"
        values = [*scope.owners, *values]
    return f"SELECT i.id FROM record_open_item i WHERE {condition}", values  # noqa: S608


def _besides(by: Worker, counts: dict[str, str]) -> list[tuple[str, str, str]]:
    """Lists of their own that wait for this worker: how many, what, and where."""
    review = policy.can(by, "review")
    found = [
        (counts.get("questions", "0"), "questions to you: the case review" if review else
         "questions wait for the specialist", reverse("review")),
        (counts.get("referrals", "0"), "referred to us: somebody must say yes or no", reverse("referrals")),
        (counts.get("outsiders", "0"), "announced by somebody outside, and not here yet", reverse("outsiders")),
        (counts.get("consent", "0"), "asked that their own worker know less: somebody must take over",
         reverse("today") + "?whose=sites"),
        (counts.get("triage", "0"), "people came with an import and wait for a decision", reverse("triage")),
        (counts.get("historical", "0"), "safety answers from long ago have no owner",
         reverse("triage") + "?tab=historical"),
    ]  # fmt: skip
    kept = held_here(by)
    if kept is not None:
        found.append((str(kept[1]), "held entries wait to be mended", kept[0]))
    if policy.can(by, "see_caseload") is False and "dispense" in policy.scopes().permissions:
        found.append(("", "Every refill that is due", reverse("refills")))
    return [one for one in found if one[0] != "0"]


class PutOffForm(forms.Form):
    """Until when, and why."""

    until = forms.DateField(
        label="Until", widget=forms.DateInput({"type": "date"}),
        help_text=f"It stands on the lists again from this day on; {LONGEST} days from now at the most.",
    )  # fmt: skip
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea({"rows": 2}))
    form = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    whose = forms.CharField(widget=forms.HiddenInput, required=False, max_length=8)


@login_required
def put_off(request: HttpRequest, item: str) -> HttpResponse:
    """Put one thing off until a day. It stays on the list of what is put off, with who did so and why."""
    by, now = worker_of(request), clock.today()
    row = OpenItem.objects.filter(pk=item).first()
    view = access.person(
        by=by, person_id=row.person if row else "", purpose="care", permission="record_care", route="put-off"
    )
    if row is None or row.kind in NEVER_PUT_OFF or row.starts > now:
        messages.warning(request, "This cannot be put off: it is a risk, or is put off or done already.")
        return redirect("today")
    form = PutOffForm(
        request.POST or None, initial={"form": make_id(), "whose": request.GET.get("whose", "")}
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        drawn = values["form"] if is_id(values["form"]) else ""
        said = carry_out(form, lambda: putting_off.put_off(
            by=by, item=item, until=values["until"].isoformat(), reason=values["reason"], fact_id=drawn,
        ))  # fmt: skip
        if said is not None:
            messages.success(request, f"Put off: {view.chart.name}. It comes back by itself on that day.")
            whose = values["whose"] if values["whose"] in WHOSE else ""
            return redirect(reverse("today") + (f"?whose={whose}" if whose else ""))
    context = {
        "form": form, "reason": waiting.reason_of(by, row, now), "name": row.name, "apart": tell_apart(view.person),
        "pages": day_tabs(by, "today"),
    }  # fmt: skip
    request.nav_current = "today"  # type: ignore[attr-defined]
    return render(request, "care/put_off.html", context, status=422 if form.errors else 200)


@login_required
def put_off_list(request: HttpRequest) -> HttpResponse:
    """What is put off, by whom, until when and why; taken back with one button."""
    by, now = worker_of(request), clock.today()
    require_any(by, waiting.OPENS)
    request.nav_current = "today"  # type: ignore[attr-defined]
    if request.method == "POST":
        return _take_back(request, by)
    whose = whose_of(request, by)
    scope = waiting.scope_of(by, whose, now)
    statement, values = _put_off(scope, now)
    found = OpenItem.objects.filter(snooze__gt="", starts__gt=now)
    asked = request.GET.get("after", "")
    here = bool(asked) and bool(store.select(f"{statement} AND i.id = %s", [*values, asked]))
    after = found.filter(pk=asked).first() if here else None  # one elsewhere is no place in this list
    condition, more = "", []
    if after is not None:
        condition, more = " AND (i.starts, i.id) > (%s, %s)", [after.starts, after.pk]
    ids = [row[0] for row in store.select(
        f"{statement}{condition} ORDER BY i.starts, i.id LIMIT {day.A_PAGE + 1}", [*values, *more]
    )]  # fmt: skip
    items = list(found.filter(pk__in=ids).order_by("starts", "pk"))
    names = worker_names([one.put_off_by for one in items] + [one.owner for one in items])
    people = Person.objects.in_bulk([one.person for one in items])
    rows = [
        {"item": one, "reason": waiting.reason_of(by, one, now), "by": names.get(one.put_off_by, "someone who left"),
         "owner": names.get(one.owner, "nobody"), "apart": tell_apart(people[one.person])}
        for one in items[: day.A_PAGE] if one.person in people
    ]  # fmt: skip
    paths = scope.tiers.paths
    log(by=by, action="read-list", site=paths[0] if paths else "", purpose="care", route="put-off-list",
        note=f"rows={len(rows)} whose={whose}")  # fmt: skip
    following = f"?whose={whose}&after={items[day.A_PAGE - 1].pk}" if len(items) > day.A_PAGE else ""
    context = {
        "rows": rows, "pages": day_tabs(by, "put-off-list"), "tabs": whose_tabs(whose), "next_url": following,
        "may_take_back": policy.can(by, "record_care"),
    }  # fmt: skip
    return render(request, "care/put_off_list.html", context)


def _take_back(request: HttpRequest, by: Worker) -> HttpResponse:
    item = OpenItem.objects.filter(Q(pk=request.POST.get("item", "")), snooze__gt="").first()
    view = access.person(
        by=by, person_id=item.person if item else "", purpose="care", permission="record_care", route="put-off-list"
    )
    if item is not None:
        try:
            actions.withdraw(by=by, person=view.person.pk, fact=item.snooze, reason="No longer put off.")
        except Invalid as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, f"{view.chart.name} stands on the list again.")
    return redirect("put-off-list")
