"""What the pages about consent ask."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from vwazen.clinical import facts as f
from vwazen.server.care.consent import actions
from vwazen.server.care.consent.words import HOW, PARTS
from vwazen.server.care.listing import is_id
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Role, Site, Worker

EVERYBODY = "everybody"
Choices = Sequence[tuple[str, str]]


class SayForm(forms.Form):
    """A yes or a no."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    granted = forms.ChoiceField(
        label="What did they say?", widget=forms.RadioSelect,
        choices=(("no", "No: these are not to know"), ("yes", "Yes: these may know")),
        error_messages={"required": "Choose yes or no."},
    )  # fmt: skip
    segment = forms.ChoiceField(label="About which part", choices=[(one, PARTS[one]) for one in f.SEGMENTS])
    to = forms.ChoiceField(label="Who", error_messages={"required": "Choose who."})
    other = forms.CharField(
        label="Somebody else", max_length=200, required=False,
        help_text="The code of another site, or words (“her aunt”). Words close or open no account here.",
    )  # fmt: skip
    until = forms.DateField(
        label="Until", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text="Empty: until they say otherwise.", error_messages={"invalid": "Write the day as 2026-11-21."},
    )  # fmt: skip
    how = forms.ChoiceField(label="How it was given", choices=list(HOW.items()))
    speaker = forms.ChoiceField(label="Who said it")
    who = forms.CharField(label="Name of who spoke for the person", max_length=200, required=False)
    purpose = forms.CharField(label="What for", max_length=200, required=False)

    def __init__(self, *arguments: Any, staff: Callable[[], Choices], home: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        seeing = {id for id, role in policy.scopes().roles.items() if role.segments}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", "choose"),
            (EVERYBODY, "Everybody on the team"),
            (f"site:{home}", "Everyone who works at this site"),
            *((f"role:{role.value}", f"Every {role.label.lower()}") for role in Role if role.value in seeing),
            *((f"worker:{pk}", name) for pk, name in staff()),
            ("family", "The family"),
            ("other", "Somebody else, below"),
        ]
        known = actions.rules().speakers
        self.fields["speaker"].choices = [(one, words[:1].upper() + words[1:]) for one, words in known.items()]  # type: ignore[attr-defined]

    def saved(self, by: Worker, person: str) -> bool:
        if not self.is_valid():
            return False
        values = self.cleaned_data
        other = values.pop("other").strip()
        if values["to"] == EVERYBODY:
            values["to"] = ""
        if values["to"] == "other":
            if not other:
                self.add_error("other", "Write who.")
                return False
            values["to"] = f"site:{other.lower()}" if is_code(other) else other
        values["granted"] = values["granted"] == "yes"
        values["until"] = values["until"].isoformat() if values["until"] else ""
        values["fact_id"] = values["fact_id"] if is_id(values["fact_id"]) else ""
        return carry_out(self, lambda: actions.say(by=by, person=person, **values)) is not None


def is_code(text: str) -> bool:
    """Whether this names one of our sites."""
    return Site.objects.filter(code=text.strip().lower()).exists()


class SettleForm(forms.Form):
    """What comes of a no."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    fact = forms.CharField(widget=forms.HiddenInput, max_length=36)
    outcome = forms.CharField(
        label="What you decided with them", max_length=2000, widget=forms.Textarea({"rows": 2}),
        help_text="Everyone who may open this record reads it.",
        error_messages={"required": "Write what you decided with them."},
    )  # fmt: skip

    def saved(self, by: Worker, person: str) -> bool:
        if not self.is_valid():
            return False
        values = self.cleaned_data
        values["fact_id"] = values["fact_id"] if is_id(values["fact_id"]) else ""
        return carry_out(self, lambda: actions.settle(by=by, person=person, **values)) is not None
