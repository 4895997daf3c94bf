"""The inbox, the messages about one person, a talk timed by two taps, and where a person may be reached."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from vwazen.clinical.facts import ContactPreference
from vwazen.content.load import content
from vwazen.content.messages import Message
from vwazen.server.audit.actions import log
from vwazen.server.care import context
from vwazen.server.care.listing import carers, drawn_id, is_id, opens_chart, tell_apart
from vwazen.server.care.messages import actions, pages
from vwazen.server.care.messages.forms import ContactForm, MessageForm
from vwazen.server.interop import outbox, reminders
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.organisation.views.common import login_required, worker_of
from vwazen.server.record import access, clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id

OPENS = "record_care"


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages that wait for this worker; fetched again as a fragment while the page stays open."""
    by = worker_of(request)
    policy.require(by, OPENS)
    found = pages.inbox(by)
    if request.headers.get("X-Fragment"):
        return render(request, "care/messages/waiting.html", found)
    log(by=by, action="read-list", purpose="care", route="messages", note=f"rows={len(found['rows'])}")
    more = {"talks": pages.talks(by), "days": pages.DAYS, "now_banner": context.banner(by)}
    return render(request, "care/messages/inbox.html", found | more)


def _open(request: HttpRequest, person: str, route: str) -> tuple[Worker, View]:
    by = worker_of(request)
    return by, access.person(by=by, person_id=person, purpose="care", permission=OPENS, route=route)


@login_required
def about(request: HttpRequest, person: str) -> HttpResponse:
    """Messages about one person: read them, say so, write one."""
    by, view = _open(request, person, "team-messages")
    request.nav_current = "messages"  # type: ignore[attr-defined]
    initial: dict[str, Any] = {"to": [request.GET.get("to", "")]} if is_id(request.GET.get("to", "")) else {}
    initial["reply_to"] = request.GET.get("reply_to", "") if is_id(request.GET.get("reply_to", "")) else ""
    answered = next((one for one in view.chart.messages if one.id == initial["reply_to"]), None)
    if answered is not None:  # whoever asked may read the answer
        initial["segment"] = answered.message.segment
    staff = carers([view.path])
    form = MessageForm(by=by, view=view, staff=lambda: staff, initial=initial)
    if request.method == "POST" and request.POST.get("do") == "read":
        try:
            actions.read(by=by, person=view.person.pk, message=request.POST.get("message", ""))
            messages.success(request, "Read. Whoever sent it sees when.")
        except Invalid as problem:
            messages.warning(request, str(problem))
        return redirect("team-messages", person=view.person.pk)
    if request.method == "POST":
        form = MessageForm(request.POST, by=by, view=view, staff=lambda: staff)
        fact = form.saved()
        if fact is not None:
            messages.success(request, form.done)
            return redirect("team-messages", person=view.person.pk)
    hidden = pages.hidden(by, view)
    besides = view.person.pk
    values = _frame(by, view) | {
        "now_banner": context.banner(by, besides=besides) or context.message_banner(by, besides=besides),
        "form": form, "notes": pages.told(by, view, view.chart.messages), "hidden": hidden,
        "senders": pages.authors_of(hidden), "opened": form.is_bound or "to" in request.GET,
    }  # fmt: skip
    return render(request, "care/messages/person.html", values, status=422 if form.is_bound else 200)


def _frame(by: Worker, view: View) -> dict[str, Any]:
    return {
        "person": view.person, "apart": tell_apart(view.person), "view": view, "chart": view.chart,
        "may_see_chart": opens_chart(by, view.path), "running": pages.talk_now(view, by), "drawn": make_id(),
        "alive": view.chart.died is None, "staff": [one for one in carers([view.path]) if one[0] != str(by.pk)],
    }  # fmt: skip


@login_required
def talk(request: HttpRequest, person: str) -> HttpResponse:
    """One tap begins a hand-off or a talk in passing, another ends it."""
    by, view = _open(request, person, "talk")
    if request.method == "POST":
        sent = drawn_id(request) or request.POST
        try:
            if sent.get("do") == "end":
                actions.end_talk(by=by, person=view.person.pk, talk=sent.get("talk", ""), minutes=_minutes(sent))
                messages.success(request, "Timed, and on record.")
            else:
                actions.begin_talk(by=by, person=view.person.pk, mode=sent.get("mode", ""),
                                   worker=sent.get("worker", ""), fact_id=sent.get("fact_id", ""))  # fmt: skip
                messages.success(request, "On record from now. Tap “It is over” at its end to time it.")
        except Invalid as problem:
            messages.warning(request, str(problem))
    return redirect("team-messages", person=view.person.pk)


def _minutes(sent: Any) -> int | None:
    text = str(sent.get("minutes", "")).strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 4:
        raise Invalid("Write the minutes as a number.", field="minutes")
    return int(text)


@login_required
def reached(request: HttpRequest, person: str) -> HttpResponse:
    """Where the person agreed to be reminded, the very words that would go out, and the end of it."""
    by, view = _open(request, person, "reach")
    request.nav_current = "caseload"  # type: ignore[attr-defined]
    form = ContactForm(by=by, view=view)
    if request.method == "POST" and request.POST.get("do") == "end":
        sent = drawn_id(request) or request.POST
        try:
            actions.end_messages(
                by=by, person=view.person.pk, address=sent.get("address", ""), fact_id=sent.get("fact_id", "")
            )
            messages.success(request, "Ended at once, also what was waiting to go out.")
        except Invalid as problem:
            messages.warning(request, str(problem))
        return redirect("reach", person=view.person.pk)
    if request.method == "POST":
        form = ContactForm(request.POST, by=by, view=view)
        if form.saved() is not None:
            messages.success(request, form.done)
            return redirect("reach", person=view.person.pk)
    usual = outbox.default_quiet()
    values = _frame(by, view) | {
        "form": form, "standing": _standing(view), "usual": f"{usual[0]:02}:00 to {usual[1]:02}:00",
        "drafts": sorted({lang for one in content().all(Message) for lang in one.drafts}),
    }  # fmt: skip
    return render(request, "care/messages/reach.html", values, status=422 if form.is_bound else 200)


def _standing(view: View) -> list[dict[str, Any]]:
    """Each address with the words that go there."""
    site = Site.objects.filter(pk=view.person.site).values_list("name", flat=True).first() or ""
    day = view.chart.next_date or clock.today()
    lines = pages.reached(view.chart.contacts)

    def said(body: ContactPreference) -> list[tuple[str, str]]:
        return [
            ("the day before", reminders.text_of(view.chart, reminders.REMINDER, body, day, site)),
            ("after a date that passed", reminders.text_of(view.chart, reminders.MISSED, body, day, site)),
        ]

    return [
        {"line": line, "address": body.address, "says": said(body), "drawn": make_id(), "day": fact.day,
         "stopped": outbox.stopped(body.address)}
        for line, (fact, body) in zip(lines, view.chart.contacts, strict=True)
    ]  # fmt: skip
