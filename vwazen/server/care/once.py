"""A page of one person with several small forms, of which one at a time is sent: each is saved once, however often."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from vwazen.clinical.facts import Fact
from vwazen.server.care.chart_forms import ChartForm
from vwazen.server.care.listing import is_id
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id


class Once(ChartForm):
    """A form that can be sent twice without harm, and that leads back to the page it stands on."""

    page: ClassVar[str] = "medicines"
    drawn = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options["staff"] = options.get("staff") or list
        super().__init__(*arguments, **options)
        self.fields["drawn"].initial = make_id()

    def clean_drawn(self) -> str:
        """The id, or a new one where what came is none."""
        drawn: str = self.cleaned_data["drawn"]
        return drawn if is_id(drawn) else make_id()

    def values(self, *without: str) -> dict[str, Any]:
        """What was typed, with the drawn id and the day as the actions name them."""
        found = {name: value for name, value in self.cleaned_data.items() if name not in (*without, "drawn")}
        return {**self.who, **found, "fact_id": self.cleaned_data["drawn"]}

    def next_page(self, fact: Fact) -> str:
        return f"{reverse(self.page, args=[self.view.person.pk])}#main"

    def warnings(self) -> list[str]:
        """What has to be known once it is saved."""
        return []


def sent(
    request: HttpRequest, by: Worker, view: View, kinds: Mapping[str, type[Once]],
    again: Callable[[str, Once], HttpResponse],
) -> HttpResponse:  # fmt: skip
    """Save the form that `do` names and lead on; `again` draws the page with what does not fit. 404: no such form."""
    slug = request.POST.get("do", "")
    if slug not in kinds:
        raise Http404("This page has no such form.")
    policy.require(by, kinds[slug].permission, view.path)
    if not kinds[slug].offered(view):
        messages.warning(request, "This can no longer be done for this person. The page shows what can.")
        return redirect(kinds[slug].page, person=view.person.pk)
    form = kinds[slug](request.POST, by=by, view=view)
    fact = form.saved()
    if fact is None:
        return again(slug, form)
    messages.success(request, form.done)
    for words in form.warnings():
        messages.warning(request, words)
    return redirect(form.next_page(fact))


def offered(
    by: Worker, view: View, kinds: Mapping[str, type[Once]], opened: str, bound: Once | None = None,
    initial: Mapping[str, Any] | None = None,
) -> list[tuple[Once, bool]]:  # fmt: skip
    """The forms that make sense for this person and this worker, and which is open: `bound`, or one with `initial`."""
    return [
        (bound, True) if bound is not None and bound.slug == slug else
        (kind(by=by, view=view, initial=initial if slug == opened else None), slug == opened)
        for slug, kind in kinds.items()
        if kind.offered(view) and policy.can(by, kind.permission, view.path)
    ]  # fmt: skip
