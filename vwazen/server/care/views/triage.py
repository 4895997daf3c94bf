"""People who came with an import: who waits, which safety answers from long ago nobody spoke about, and what to decide.

Nobody is alarmed and nobody is enrolled by a file: a person decides, one by one or for several at once.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from vwazen.clinical.chart import Chart
from vwazen.content.load import content
from vwazen.content.rules import Protocol
from vwazen.server.audit.actions import log
from vwazen.server.care import actions as care
from vwazen.server.care import context
from vwazen.server.care.likeness import Alike, Who, alike
from vwazen.server.care.listing import A_PAGE, carers, is_id, opens_chart, page_after, reason, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock, reach
from vwazen.server.record.access import View
from vwazen.server.record.models import CaseloadRow, Held, Imported, OpenItem, Person

DECISIONS = (
    ("not_now", "Not now", "They are not enrolled. With a day below they stand here again from that day on."),
    ("again", "Look again later", "They stay on this list until someone decides."),
    ("not_needed", "Not needed", "What the file says does not call for care here."),
    ("elsewhere", "In care elsewhere", "Someone else follows them."),
)


def conditions() -> list[tuple[str, str]]:
    """What someone can be enrolled for: "protocol:condition" and its words."""
    return [
        (f"{plan.id}:{one.condition}", f"{one.condition[:1].upper()}{one.condition[1:]} ({plan.title})")
        for plan in content().all(Protocol)
        for one in plan.conditions
    ]


@login_required
def triage(request: HttpRequest) -> HttpResponse:
    """The lists, the longest waiting first; several people can be enrolled together with one owner."""
    by = worker_of(request)
    policy.require(by, "triage")
    if request.method == "POST":
        return _enrol_several(request, by)
    paths = policy.site_paths(by, "triage")
    tab = request.GET.get("tab", "waiting")
    values: dict[str, object] = {
        "tab": tab,
        "tabs": _tabs(by, paths, tab),
        "may_enrol": policy.can(by, "enrol"),
        "may_import": policy.can(by, "import_data"),
    }
    cursor = request.GET.get("after", "")
    if tab == "enrolled":
        values |= _enrolled(by, paths, cursor)
    else:
        kind = OpenItem.HISTORICAL if tab == "historical" else OpenItem.TRIAGE
        today = clock.today()  # who was put off until a day stands here again from that day on
        waiting = OpenItem.objects.filter(reach.within(by, paths), kind=kind, starts__lte=today)
        items, following = page_after(waiting, cursor)
        more = "?" + urlencode({"tab": tab, "after": following}) if following else ""
        values |= {"rows": _rows(by, items, paths), "next_url": more}
        if kind == OpenItem.TRIAGE:
            values |= {"owners": carers([item.path for item in items]), "conditions": conditions()}
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="triage", route="triage",
        note=f"tab={tab}" if tab in ("waiting", "historical", "enrolled") else "")  # fmt: skip
    return render(request, "care/triage.html", values)


def _tabs(by: Worker, paths: tuple[str, ...], tab: str) -> list[dict[str, object]]:
    here = OpenItem.objects.filter(reach.within(by, paths), starts__lte=clock.today())
    tabs: list[dict[str, object]] = [
        {"label": "Waiting", "url": "?tab=waiting", "count": here.filter(kind=OpenItem.TRIAGE).count(),
         "current": tab not in ("historical", "enrolled")},
        {"label": "Historical safety", "url": "?tab=historical",
         "count": here.filter(kind=OpenItem.HISTORICAL).count(), "current": tab == "historical"},
    ]  # fmt: skip
    held = held_here(by)
    if held is not None:
        tabs.append({"label": "Held", "url": held[0], "count": held[1], "current": False})
    tabs.append({"label": "Enrolled", "url": "?tab=enrolled", "count": None, "current": tab == "enrolled"})
    return tabs


def held_here(by: Worker) -> tuple[str, int] | None:
    """Where held entries are and how many of them this worker may see; None for who may not mend them."""
    try:
        address = reverse("held")
    except NoReverseMatch:
        return None
    if not policy.can(by, "mend_held"):
        return None
    seen = Q(pk__in=[])
    for path in policy.site_paths(by, "mend_held"):
        seen |= Q(path__startswith=path, segment__in=policy.segments(by, path))
    return address, Held.objects.filter(seen, state=Held.OPEN).count()


def _rows(by: Worker, items: list[OpenItem], paths: tuple[str, ...]) -> list[dict[str, object]]:
    """A page of open items, with who they are about; five queries however long the page is."""
    people = {one.pk: one for one in Person.objects.filter(pk__in={item.person for item in items})}
    names = worker_names(item.owner for item in items)
    who = [people.get(item.person) for item in items]
    doubles = _doubles(by, who)
    return [
        {
            "item": item,
            "apart": tell_apart(one) if one else "",
            "says": reason(by, item),
            "owner": names.get(item.owner, ""),
            "late": item.due is not None and item.due < clock.today(),
            "double": doubles[place][0] if place in doubles else None,
        }
        for place, (item, one) in enumerate(zip(items, who, strict=True))
    ]


def _doubles(by: Worker, people: Iterable[Person | None]) -> dict[int, list[Alike]]:
    if not policy.can(by, "register_person"):
        return {}
    asked = [Who(id=one.pk, name=one.name, born=one.born, place=one.place) if one else Who(name="") for one in people]
    return alike(asked, policy.site_paths(by, "register_person"), by)


def _enrolled(by: Worker, paths: tuple[str, ...], cursor: str) -> dict[str, object]:
    """Those who came with an import and are in care now, the newest first."""
    came = Imported.objects.values("person")
    here = reach.within(by, paths)
    rows: QuerySet[CaseloadRow] = CaseloadRow.objects.filter(here, person__in=came).exclude(episode="")
    started, _, last = cursor.partition("~")
    if last:
        rows = rows.filter(Q(started__lt=started) | Q(started=started, pk__gt=last)) if _is_day(started) else rows
    found = list(rows.order_by("-started", "pk")[: A_PAGE + 1])
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    names = worker_names(row.owner for row in found)
    following = f"?tab=enrolled&after={found[-1].started}~{found[-1].pk}" if more else ""
    listed = [{"row": row, "apart": tell_apart(row), "owner": names.get(row.owner, "")} for row in found]
    return {"enrolled": listed, "next_url": following, "may_see_chart": opens_chart(by)}


def _is_day(text: str) -> bool:
    try:
        care.day_of(text, "after")
    except Invalid:
        return False
    return True


def _enrol_several(request: HttpRequest, by: Worker) -> HttpResponse:
    """Enrol everyone who was ticked, for one condition and with one owner; say for whom it did not work and why."""
    chosen = [one for one in request.POST.getlist("person") if is_id(one)][:A_PAGE]
    plan, _, condition = request.POST.get("condition", "").partition(":")
    owner = request.POST.get("owner", "")
    back = redirect(f"{reverse('triage')}?tab=waiting")
    if not chosen:
        messages.warning(request, "Nobody was enrolled: tick the people first.")
        return back
    if (f"{plan}:{condition}" not in dict(conditions())) or not owner:
        messages.warning(request, "Nobody was enrolled: choose what for, and who owns them from now on.")
        return back
    done, reasons = 0, []
    names = dict(Person.objects.filter(pk__in=chosen).values_list("pk", "name"))
    for person in chosen:
        try:
            care.enrol(by=by, person=person, protocol=plan, condition=condition, owner=owner)
            done += 1
        except Invalid as problem:
            reasons.append(f"{names.get(person, 'Someone')}: {problem}")
        except Refused as problem:
            reasons.append(str(problem))
    if done:
        messages.success(request, f"{done} {'person is' if done == 1 else 'people are'} enrolled.")
    for words in dict.fromkeys(reasons):
        messages.warning(request, f"Not enrolled. {words}")
    return back


@login_required
def decide(request: HttpRequest, person: str) -> HttpResponse:
    """One person: what the file says, and the decision."""
    by = worker_of(request)
    view = access.person(by=by, person_id=person, purpose="triage", permission="triage", route="triage-decide")
    errors: dict[str, str] = {}
    if request.method == "POST":
        done, errors = _decide(request, by, view)
        if done is not None:
            return done
    return render(
        request, "care/triage_decide.html", _decision(request, by, view, errors), status=422 if errors else 200
    )


def _decide(request: HttpRequest, by: Worker, view: View) -> tuple[HttpResponse | None, dict[str, str]]:
    """Carry out what the form says; what does not fit, by form and field ("enrol.owner")."""
    sent, person = request.POST, view.person.pk
    form = sent.get("form", "")
    try:
        if form == "enrol":
            plan, _, condition = sent.get("condition", "").partition(":")
            if f"{plan}:{condition}" not in dict(conditions()):
                raise Invalid("Choose what they are enrolled for.", field="condition")
            care.enrol(by=by, person=person, protocol=plan, condition=condition, owner=sent.get("owner", ""))
            said = "Enrolled. They stand on the caseload now."
        elif form == "decide":
            care.decide_triage(by=by, person=person, decision=sent.get("decision", ""), reason=sent.get("reason", ""),
                               until=sent.get("until", ""))  # fmt: skip
            said = "Decided."
        elif form in ("spoke", "pass"):
            outcome = "handed_over" if form == "pass" else sent.get("outcome", "")
            care.review_historical(by=by, person=person, outcome=outcome, note=sent.get("note", ""),
                                   owner=sent.get("owner", ""))  # fmt: skip
            said = "Recorded: the conversation was held." if outcome == "spoke" else "Recorded. It stays open."
        else:
            raise Invalid("Choose what to do.", field="")
    except Invalid as problem:
        return None, {f"{form}.{problem.field or 'all'}": str(problem)}
    context.changed()
    messages.success(request, said)
    tab = "historical" if form in ("spoke", "pass") else "waiting"
    return redirect(f"{reverse('triage')}?tab={tab}"), {}


def _decision(request: HttpRequest, by: Worker, view: View, errors: dict[str, str]) -> dict[str, object]:
    chart, who = view.chart, view.person
    past = chart.historical
    authors = worker_names(
        {past.owner if past else "", chart.owner, chart.triage.author if chart.triage else ""}
        | {fact.author for fact in (past.tries if past else ())}
    )
    doubles = _doubles(by, [who]).get(0, [])
    return {
        "person": who,
        "apart": tell_apart(who),
        "may_see_chart": opens_chart(by, view.path),
        "may_act": by.can("act_on_risk", view.path),
        "may_enrol": by.can("enrol", view.path),
        "risks": chart.open_risks,
        "chart": chart,
        "series": _series(chart),
        "historical": past,
        "historical_owner": authors.get(past.owner or chart.owner, "") if past else "",
        "tries": [(fact, authors.get(fact.author, "")) for fact in (past.tries if past else ())],
        "decided": chart.triage,
        "decided_by": authors.get(chart.triage.author, "") if chart.triage else "",
        "in_care": chart.open_episodes,
        "doubles": [{"person": one.person, "apart": tell_apart(one.person), "why": one.why} for one in doubles],
        "owners": carers([view.path]),
        "conditions": conditions(),
        "decisions": [
            {"value": value, "label": f"{label}. {why}", "checked": request.POST.get("decision") == value}
            for value, label, why in DECISIONS
        ],
        "typed": request.POST,
        "errors": errors,
        "today": clock.today(),
    }


def _series(chart: Chart) -> list[dict[str, object]]:
    """What came, instrument by instrument, newest first; two numbers of one day are shown as such."""
    found = []
    for name, series in chart.series.items():
        try:
            title = content().instrument(name).name
        except LookupError:
            title = name
        found.append({"title": title, "points": list(reversed(series.points))[:6], "many": len(series.points)})
    return sorted(found, key=lambda one: str(one["title"]))
