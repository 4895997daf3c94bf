"""What the pages ask: which place, which window, broken down by what, narrowed to what."""

from typing import Any

from django import forms
from django.http import QueryDict

from vwazen.server.organisation.models import Worker
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.figures import Wanted
from vwazen.server.reporting.scope import Scope
from vwazen.server.reporting.words import DIMENSIONS

NARROW = ("step", "worker", "condition", "sex", "age")


class AskForm(forms.Form):
    """A plain GET form. Whoever sees sums only is not asked to narrow them: two such figures could be subtracted. Nor
    do they see them by worker: most of those are small, and to find out which of thousands to hide takes hours."""

    site = forms.ChoiceField(
        label="Place", required=False,
        error_messages={"invalid_choice": "You do not see the outcomes of this place. Choose one of the list."},
    )  # fmt: skip
    window = forms.ChoiceField(label="Window", required=False)
    by = forms.ChoiceField(label="Broken down by", required=False, choices=tuple(DIMENSIONS.items()))
    since = forms.DateField(label="Enrolled from", required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="to", required=False, widget=forms.DateInput({"type": "date"}))
    step = forms.CharField(required=False, max_length=4, widget=forms.HiddenInput)
    worker = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    condition = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    sex = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)
    age = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, by: Worker, chosen: Scope, **options: Any) -> None:
        super().__init__(*arguments, **options)
        sites = scopes.choices(by, chosen)
        least = min((site.depth for site in sites), default=0)
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            (site.code, "\u2003" * (site.depth - least) + site.name) for site in sites
        ]
        windows = scopes.definitions().windows
        self.fields["window"].choices = [(one.id, one.title) for one in windows]  # type: ignore[attr-defined]
        if not chosen.whole:
            for name in ("since", "until", *NARROW):
                del self.fields[name]
            self.fields["by"].choices = [one for one in DIMENSIONS.items() if one[0] != "worker"]  # type: ignore[attr-defined]


def read(by: Worker, asked: QueryDict) -> tuple[AskForm, Scope, Wanted]:
    """The form, the place and what is wanted; where something does not fit, what there is without it."""
    chosen = scopes.scope(by, asked.get("site", "")[:50])
    fits = chosen is not None
    chosen = chosen or scopes.scope(by)
    if chosen is None:
        raise LookupError("a worker with the right has a place")
    values = asked.copy()
    if fits:
        values["site"] = chosen.site.code
    for name, usual in (("window", "3"), ("by", "site")):
        if not values.get(name):
            values[name] = usual
    form = AskForm(values, by=by, chosen=chosen)
    good = form.cleaned_data if form.is_valid() else {}
    only = tuple((name, good[name]) for name in NARROW if good.get(name))
    wanted = Wanted(
        window=good.get("window") or "3", by=good.get("by") or "site", only=only, since=good.get("since"),
        until=good.get("until"),
    )  # fmt: skip
    return form, chosen, wanted


def query(scope: Scope, wanted: Wanted, **more: str) -> dict[str, str]:
    """The address's parts that lead here again; an empty part is left out."""
    parts = {"site": scope.site.code, "window": wanted.window, "by": wanted.by, **dict(wanted.only)}
    for name, day in (("since", wanted.since), ("until", wanted.until)):
        if day is not None:
            parts[name] = day.isoformat()
    return {name: value for name, value in {**parts, **more}.items() if value}
