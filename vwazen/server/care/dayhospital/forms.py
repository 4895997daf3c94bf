"""The forms of the day hospital. Rules stand in the actions."""

import datetime as dt
from typing import Any

from django import forms

from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import days_at
from vwazen.clinical.stay_view import StayView
from vwazen.server.care import words
from vwazen.server.care.chart_forms import _choice, _date, _pairs, _text
from vwazen.server.care.dayhospital import actions
from vwazen.server.care.listing import carers
from vwazen.server.care.medicine_forms import CHOOSE
from vwazen.server.care.once import Once
from vwazen.server.organisation.find import sites_of
from vwazen.server.record import clock
from vwazen.server.record.access import View


def open_stay(view: View) -> StayView | None:
    """The time at a day hospital that lasts, as far as this viewer may know of it."""
    return next((one for one in view.chart.stays if one.where == "day_hospital" and one.state in ("in", "leave")), None)


class JoinForm(Once):
    slug, title, button = "join", "Take into the day hospital", "Take them in"
    permission, page, done = "enrol", "day-member", "They belong to the day hospital from today on."
    says = "Weekdays with a programme, evenings and nights at home. The goals stand in the plan that all of you share."
    site = _choice("Of which site", ())
    reason = forms.CharField(label="What for", max_length=300, help_text="In a few words; goals go into the plan.")

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and open_stay(view) is None

    def prepare(self) -> None:
        sites = list(sites_of(self.by, "enrol")[:300])
        self.fields["site"].choices = [CHOOSE, *((one.pk, one.name) for one in sites)]  # type: ignore[attr-defined]
        self.fields["site"].initial = self.view.person.site

    def act(self) -> Fact:
        return actions.join(**self.values())


class CallForm(Once):
    """A call about a day missed; `stay` and `day` come with the form, so that it is about the day it was opened for."""

    slug, title, button = "call", "Write down a call", "Save the call"
    page, done = "day-member", "The call is on record."
    stay = forms.CharField(widget=forms.HiddenInput, max_length=36)
    day = _choice("About which day", ())
    reached = _choice("Who was reached", [CHOOSE, *_pairs(words.REACHED)])
    outcome = _text("What was said, and what comes of it", required=False)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and bool(missed(view))

    def prepare(self) -> None:
        known = missed(self.view, self.data.get(self.add_prefix("day")) or self.initial.get("day", ""))
        self.fields["day"].choices = [(day, label) for day, label, _, _ in known]  # type: ignore[attr-defined]
        if self.initial.get("day") not in {day for day, *_ in known}:
            self.initial.pop("day", None)
        if known:
            self.fields["stay"].initial = known[0][2]
            self.fields["day"].initial = next((day for day, _, _, waits in known if waits), known[0][0])

    def act(self) -> Fact:
        return actions.call(**self.values())


def missed(view: View, asked: str = "") -> list[tuple[str, str, str, bool]]:
    """The days that a call may be about, newest first: (ISO date, its words, stay, whether it waits for a call); of
    today in any case, and of the day that was asked for."""
    one = open_stay(view)
    if one is None:
        return []
    today = clock.today()
    days = {day: False for day in (today, _date_of(asked)) if day and day.weekday() < actions.WEEKEND}
    for day in days_at((one,), view.chart.absence_calls, one.since):
        if day.state == "absent":
            days[day.day] = day.call is None
    oldest = max(one.since, today - dt.timedelta(days=actions.LONGEST_AGO))
    return [(day.isoformat(), f"{day:%A} {day.day} {day:%b}", one.id, waits)
            for day, waits in sorted(days.items(), reverse=True) if oldest <= day <= today]  # fmt: skip


def _date_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


class FinishForm(Once):
    slug, title, button = "finish", "End the day hospital, or take a step", "Save the end"
    permission, page, done = (
        "enrol",
        "day-member",
        "Their time at the day hospital has ended, and somebody follows them.",
    )
    stay = forms.CharField(widget=forms.HiddenInput, max_length=36)
    after = _choice("Where from here", [CHOOSE, *_pairs(actions.AFTER)])
    reason = _text("Why")
    worker = _choice("Who follows them from now on", ())
    next_date = _date("When they are seen next", required=True)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and open_stay(view) is not None

    def prepare(self) -> None:
        one = open_stay(self.view)
        self.fields["stay"].initial = one.id if one else ""
        self.fields["worker"].choices = [CHOOSE, *carers([self.view.path])]  # type: ignore[attr-defined]
        self.fields["worker"].initial = self.view.chart.owner

    def clean_next_date(self) -> str:
        """The day as facts write it."""
        return self.cleaned_data["next_date"].isoformat()  # type: ignore[no-any-return]

    def act(self) -> Fact:
        return actions.finish(**self.values())


FORMS: dict[str, type[Once]] = {one.slug: one for one in (JoinForm, CallForm, FinishForm)}


class MarkForm(forms.Form):
    """One tap: here, late or absent, on the page of the morning."""

    person = forms.CharField(max_length=36)
    stay = forms.CharField(max_length=36)
    state = forms.ChoiceField(choices=list(actions.STATES.items()))
    why = forms.ChoiceField(choices=list(actions.WHY.items()), required=False)

    def values(self) -> dict[str, Any]:
        """As the action takes it; an absence for which nobody knows why stays without a reason."""
        why = self.cleaned_data["why"]
        return {**self.cleaned_data, "why": actions.WHY[why] if why else ""}
