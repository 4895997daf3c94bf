"""Advice as tasks: what a specialist asked for, of whom, by when, and what became of it."""

import datetime as dt
from typing import Any

import msgspec
from django import forms
from django.db.models import Q, QuerySet

from vwazen.server.care import actions, caselist
from vwazen.server.care import waiting as waits
from vwazen.server.care.listing import is_id, may_read, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem

A_PAGE = 50
WHOSE = {"mine": "Mine", "team": "My team's", "all": "Everyone's"}


class TaskForm(forms.Form):
    """What became of one piece of advice; `done` is the button that was pressed."""

    person = forms.CharField(widget=forms.HiddenInput, max_length=36)
    recommendation = forms.CharField(widget=forms.HiddenInput, max_length=36)
    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    done = forms.ChoiceField(
        choices=(("yes", "Done"), ("no", "Not done")), widget=forms.HiddenInput,
        error_messages={"required": "Choose done or not done."},
    )  # fmt: skip
    note = forms.CharField(
        label="Note, or what kept it from being done", required=False, max_length=4000,
        widget=forms.Textarea({"rows": 1}),
    )  # fmt: skip

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["auto_id"] = f"id_%s_{options.pop('number', 'sent')}"
        super().__init__(*arguments, **options)

    def saved(self, by: Worker) -> bool:
        """Whether it is on record now; else what is wrong stands beside its field."""
        if not self.is_valid():
            return False
        drawn = self.cleaned_data["fact_id"]  # with the page, so that sending it twice saves once
        values = self.cleaned_data | {
            "done": self.cleaned_data["done"] == "yes", "fact_id": drawn if is_id(drawn) else "",
        }  # fmt: skip
        return carry_out(self, lambda: actions.carry_out(by=by, **values)) is not None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of open advice. `text` is hidden from who may not read it, unless it was given to them to do."""

    item: OpenItem
    text: str
    owner: str
    late: bool
    form: TaskForm


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, earliest due first; `lost` where the cursor no longer stands for a place."""

    tasks: tuple[Task, ...]
    whose: str
    after: str
    lost: bool
    shown: str


def waiting(by: Worker, whose: str, after: str, today: dt.date, bound: TaskForm | None) -> Page:
    """The open advice of this worker, their team, or everywhere they may carry it out."""
    whose = whose if whose in WHOSE else "mine"
    items = _items(by, whose, today)
    start = items.filter(pk=after).first() if after else None
    if start is not None:
        items = items.filter(Q(day__gt=start.day) | Q(day=start.day, pk__gt=start.pk))
    found = list(items[: A_PAGE + 1])
    names = worker_names(item.owner for item in found)
    tasks = tuple(_task(by, item, names, today, bound, number) for number, item in enumerate(found[:A_PAGE], 1))
    more = len(found) > A_PAGE
    return Page(
        tasks=tasks, whose=whose, after=found[A_PAGE - 1].pk if more else "", lost=bool(after) and start is None,
        shown=f"{len(tasks)}{' and more' if more else ''}",
    )  # fmt: skip


def given_to(by: Worker, person: str) -> list[OpenItem]:
    """What this worker was asked to do for one person; its words are theirs to read."""
    return list(OpenItem.objects.filter(person=person, kind=OpenItem.ADVICE, owner=str(by.pk)).order_by("due", "pk"))


def _items(by: Worker, whose: str, today: dt.date) -> QuerySet[OpenItem]:
    """In scope, and always what was given to `by`, earliest due first: in the order of an index, since a country has
    tens of thousands."""
    here = waits.rows(policy.site_paths(by, "carry_out")) & reach.open_to(by)
    items = OpenItem.objects.filter(here, kind=OpenItem.ADVICE, rank=OpenItem.DATED)
    if whose == "mine":
        items = items.filter(owner=str(by.pk))
    elif whose == "team":
        items = items.filter(owner__in=caselist.team(by, today))
    return items.order_by("day", "pk")


def _task(
    by: Worker, item: OpenItem, names: dict[str, str], today: dt.date, bound: TaskForm | None, number: int
) -> Task:  # fmt: skip
    sent = bound if bound is not None and bound["recommendation"].value() == item.fact else None
    readable = may_read(by, item.path, item.person) or item.owner == str(by.pk)
    return Task(
        item=item, text=item.reason if readable else f"{item.plain}.", owner=names.get(item.owner, "nobody here now"),
        late=item.due is not None and item.due < today,
        form=sent or TaskForm(
            initial={"person": item.person, "recommendation": item.fact, "fact_id": make_id()}, number=number
        ),
    )  # fmt: skip


def owners_of(whose: str) -> list[dict[str, object]]:
    """The tabs of the page, as components/tabs.html takes them."""
    return [
        {"label": label, "url": f"?whose={code}", "count": None, "current": code == whose}
        for code, label in WHOSE.items()
    ]
