"""What the pages of referrals ask. Rules stand in the actions; a form reads values and keeps what was typed."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.db.models import Q

from vwazen.clinical.facts import SEGMENTS, Fact
from vwazen.server.care import words
from vwazen.server.care.listing import carers
from vwazen.server.care.referrals import actions
from vwazen.server.care.referrals.door import OURS, THEIRS, Slip
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import referral_rows as said
from vwazen.server.record.access import View

NEAR = 120  # sites offered by name; any other is written
Choices = list[tuple[str, str]]


def near_sites(path: str) -> list[Site]:
    """Sites that a person is likely to be referred to: those above, beside and below, and hospitals beyond."""
    above = upwards(path)
    district = above[1] if len(above) > 1 else above[0]
    region = above[2] if len(above) > 2 else district
    near = Q(path__in=above) | Q(path__startswith=district) | Q(path__startswith=region, kind=Site.Kind.HOSPITAL)
    return list(Site.objects.filter(near).exclude(path=path).order_by("path")[:NEAR])


class ReferForm(forms.Form):
    """Where to, how soon, and what is asked."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    instead_of = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    to_site = forms.ChoiceField(
        label="To a site of this programme", required=False, error_messages={"invalid_choice": "Choose one of these."}
    )
    other_site = forms.CharField(
        label="Or another site of this programme", required=False, max_length=200,
        help_text="Its whole name, or its code.",
    )  # fmt: skip
    to = forms.ChoiceField(
        label="Or a service outside it", required=False,
        choices=[("", "none"), *((code, words.first_up(label)) for code, label in said.TO.items())],
    )  # fmt: skip
    to_name = forms.CharField(
        label="Its name, and who is there", required=False, max_length=200,
        help_text="They answer by telephone or paper, and you write it down here.",
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label="How soon", widget=forms.RadioSelect,
        choices=[(code, words.first_up(label)) for code, label in said.URGENCIES.items()],
        error_messages={"required": "Say how soon."},
    )  # fmt: skip
    reason = forms.CharField(
        label="What you ask of them, and what they must know", max_length=10_000,
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Write what you ask of them, and what they must know to help."},
    )  # fmt: skip
    segment = forms.ChoiceField(label="Who may read that")
    plain = forms.CharField(
        label="In one line for everyone else", required=False, max_length=300,
        help_text="Read by all who may open this record: what to do, and no illness.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, view: View, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.view = view
        near = [(one.code, f"{one.name}, {one.get_kind_display().lower()}") for one in near_sites(view.path)]
        self.fields["to_site"].choices = [("", "choose"), *near]  # type: ignore[attr-defined]
        mine: Choices = [(one, words.first_up(words.SEGMENTS[one])) for one in SEGMENTS if view.may_see(one)]
        self.fields["segment"].choices = mine  # type: ignore[attr-defined]
        if view.may_see("mental-health"):
            self.fields["segment"].initial = "mental-health"

    def saved(self, by: Worker) -> Fact | None:
        """The referral, where it is on record now; else what is wrong stands beside its field."""
        if not self.is_valid():
            return None
        values = dict(self.cleaned_data)
        other = values.pop("other_site").strip()
        return carry_out(self, lambda: self._send(by, values, other))

    def _send(self, by: Worker, values: dict[str, Any], other: str) -> Fact:
        if other and not values["to_site"]:
            found = list(Site.objects.filter(Q(code=other.lower()) | Q(name__iexact=other))[:2])
            if len(found) != 1:
                why = "No site has this name or code." if not found else "Several sites have this name."
                raise Invalid(f"{why} Write its code, or choose a service outside.", field="other_site")
            values["to_site"] = found[0].code
        return actions.refer(by=by, person=self.view.person.pk, **values)


class StepForm(forms.Form):
    """One word about a referral. `became` is its name, `button` what it is called."""

    became: ClassVar[str]
    title: str = ""
    button: ClassVar[str]
    act: ClassVar[Callable[..., Fact]]

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)

    def __init__(self, *arguments: Any, slip: Slip, by: Worker, **options: Any) -> None:
        options["prefix"] = self.became
        super().__init__(*arguments, **options)
        self.slip, self.by = slip, by
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the referral."""

    def saved(self) -> Fact | None:
        """What is on record now; else what is wrong stands beside its field."""
        if not self.is_valid():
            return None
        act = type(self).act
        return carry_out(
            self,
            lambda: act(by=self.by, person=self.slip.person.pk, referral=self.slip.referred.id, **self.cleaned_data),
        )


def _words(label: str, *, rows: int = 2, required: bool = False, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=4000, required=required, help_text=help_text, widget=forms.Textarea({"rows": rows})
    )


class AcceptForm(StepForm):
    became, title, button = "accepted", "Yes: somebody takes them on", "Accept and take over"
    act = staticmethod(actions.accept)

    worker = forms.ChoiceField(label="Who takes them over")
    name = forms.CharField(
        label="Who there said yes, by name", max_length=200, required=False,
        help_text="A yes without a name is nobody's.",
    )  # fmt: skip
    expected = forms.DateField(
        label="Expected on", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-11-21."},
    )  # fmt: skip
    words = _words("What the sender should know", help_text="Where to come to, whom to ask for, what to bring.")

    def prepare(self) -> None:
        if self.slip.referred.inside:
            del self.fields["name"]
            self.fields["worker"].choices = carers([self.slip.row.to_path])  # type: ignore[attr-defined]
            self.fields["worker"].initial = str(self.by.pk)
        else:
            del self.fields["worker"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "expected" in values:
            values["expected"] = values["expected"].isoformat() if values["expected"] else ""
        return values


class DeclineForm(StepForm):
    became, title, button = "declined", "No: we cannot", "Refuse, with this reason"
    act = staticmethod(actions.decline)

    why = forms.ChoiceField(
        label="Why", widget=forms.RadioSelect,
        choices=[(code, words.first_up(label)) for code, label in said.WHY.items() if code],
        error_messages={"required": "Say why. Both sides see it."},
    )  # fmt: skip
    words = _words("What is needed instead", help_text="The sender has the person again from this moment.")
    told = forms.BooleanField(label="The person, or their family, knows", required=False)


class ArrivedForm(StepForm):
    became, title, button = "arrived", "They are here", "They are here"
    act = staticmethod(actions.arrived)


class SeenForm(StepForm):
    became, title, button = "seen", "They were seen", "They were seen"
    act = staticmethod(actions.seen)


class CloseForm(StepForm):
    became, title, button = "closed", "Close it, with a word back", "Close the referral"
    act = staticmethod(actions.close)

    back = _words(
        "Word back to the sender", rows=4,
        help_text="What was found, what was begun, what they must do now and by when, and who to ask.",
    )  # fmt: skip
    words = _words("What became of it, as far as we know")
    told = forms.BooleanField(label="The person, or their family, knows", required=False)

    def prepare(self) -> None:
        if OURS not in self.slip.sides:
            del self.fields["words"]
            self.fields["back"].required = True
        if THEIRS not in self.slip.sides and self.slip.referred.inside:
            del self.fields["back"]
            self.fields["words"].required = True
            self.title = "Close it: what became of it"


class WithdrawForm(StepForm):
    became, title, button = "withdrawn", "Take it back", "Take the referral back"
    act = staticmethod(actions.withdraw)

    words = _words("Why", required=True, help_text="The other side reads it.")


STEPS = (AcceptForm, ArrivedForm, SeenForm, CloseForm, DeclineForm, WithdrawForm)
