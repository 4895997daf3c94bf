"""What is asked about people outside the programme, their papers, and whoever comes with one."""

from typing import Any

from django import forms

from vwazen.server.care.words import first_up
from vwazen.server.organisation.actions import outsiders
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.forms import SiteField, carry_out
from vwazen.server.organisation.models import Outsider, Site, Worker
from vwazen.server.record.referral_rows import URGENCIES

RIGHT = outsiders.RIGHT


class OutsiderForm(forms.Form):
    """Who sends people, and whether they want to hear that somebody has come."""

    site = SiteField(label="Sends to", queryset=Site.objects.none(), empty_label=None)
    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Write what they are called."})
    kind = forms.ChoiceField(label="What they are", choices=Outsider.Kind.choices)
    place = forms.CharField(label="Place", max_length=120, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False, help_text="With its country code.")
    opted_in = forms.BooleanField(
        label="They want a text when somebody they sent has come", required=False,
        help_text="It says that the person has come, and never who, or what for.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["site"].queryset = sites_of(by, RIGHT)  # type: ignore[attr-defined]

    def added(self, by: Worker) -> Outsider | None:
        """The new one, or None with what is wrong beside its field."""
        return carry_out(self, lambda: outsiders.add_outsider(by=by, **self.cleaned_data)) if self.is_valid() else None


class ChangeForm(OutsiderForm):
    """The same, of somebody known; the site stays."""

    active = forms.BooleanField(label="Their papers and their code count", required=False)

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, by=by, **options)
        del self.fields["site"]

    def changed_by(self, by: Worker, outsider: Outsider) -> bool:
        """Whether it is saved."""
        if not self.is_valid():
            return False
        act = outsiders.change_outsider
        return carry_out(self, lambda: act(by=by, outsider=outsider, **self.cleaned_data)) is not None


class NumberForm(forms.Form):
    """The number of a paper, or a code."""

    number = forms.CharField(
        label="Number on the paper, or the code", max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        help_text="With its letter: 00042U. Whoever comes without one is received all the same.",
        error_messages={"required": "Write the number with its letter, or the code."},
    )  # fmt: skip


class ArrivalForm(forms.Form):
    """Who has come, as far as they tell. Looked for first; registered if they are nobody's double."""

    number = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    announced = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    fact_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    form = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    name = forms.CharField(
        label="Name", max_length=200, help_text="Any name to call them by.",
        error_messages={"required": "Write a name to call them by, even a nickname."},
    )  # fmt: skip
    born = forms.CharField(label="Birth year or age", max_length=10, required=False)
    place = forms.CharField(label="Place", max_length=120, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    urgency = forms.ChoiceField(
        label="How soon must somebody see them", widget=forms.RadioSelect,
        choices=[(code, first_up(label)) for code, label in URGENCIES.items()], initial="today",
        error_messages={"required": "Say how soon."},
    )  # fmt: skip
    words = forms.CharField(
        label="What they say, or what the paper says", required=False, max_length=4000,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
