"""The forms of the pages of messages. Rules stand in the actions; each draws an id: sent twice, it is saved once."""

from typing import Any

from django import forms

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.server.care import words
from vwazen.server.care.chart_forms import _choice, _pairs, _text
from vwazen.server.care.messages import actions
from vwazen.server.care.once import Once
from vwazen.server.organisation.forms import LANGUAGES

HOURS = [("", "the usual hours"), *((str(hour), f"{hour:02}:00") for hour in range(24))]
SHARED = (
    ("no", "No, nobody else reads or answers it"), ("yes", "Yes, others do"),
    ("not_asked", "I could not ask this alone"),
)  # fmt: skip


class MessageForm(Once):
    page = "team-messages"
    slug, title, button = "write", "Write to the team", "Send the message"
    done = "Sent. It waits for each of them until they say that they read it."
    to = forms.MultipleChoiceField(
        label="To", widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one worker."}
    )
    text = _text(
        "Message", rows=3, help_text="Whoever may not read the chart learns nothing from it but that it waits."
    )
    urgent = forms.BooleanField(
        label="Urgent: somebody must answer within minutes", required=False,
        help_text="After ten minutes without an answer, whoever is on call sees it too. For a danger, open the safety "
        "steps instead: they call people.",
    )  # fmt: skip
    segment = _choice("Who may read it", ())
    reply_to = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)

    def prepare(self) -> None:
        mine = [one for one in f.SEGMENTS if one in self.view.segments]
        mine.sort(key=lambda one: one != "mental-health")
        fields: dict[str, Any] = self.fields
        fields["segment"].choices = [(one, words.first_up(words.SEGMENTS[one])) for one in mine]
        fields["to"].choices = [pair for pair in self.staff() if pair[0] != str(self.by.pk)]
        owner = self.view.chart.owner
        if not self.initial.get("to") and owner != str(self.by.pk):
            fields["to"].initial = [owner]

    def act(self) -> Fact:
        return actions.send(**self.values())


class ContactForm(Once):
    page = "reach"
    slug, title, button = "agree", "They agree to be reminded", "Save what they agreed to"
    done = "On record. A reminder goes out the day before each agreed date."
    channel = _choice("How", _pairs({one: words.CHANNELS[one] for one in actions.CHANNELS}), radio=True)
    address = forms.CharField(label="Number or mail address", max_length=200)
    shared = _choice("Does anybody else read or answer that phone?", SHARED, radio=True)
    language = _choice("In which language", LANGUAGES)
    quiet_from = forms.TypedChoiceField(
        label="Nothing from", choices=HOURS, coerce=int, empty_value=None, required=False
    )
    quiet_until = forms.TypedChoiceField(label="until", choices=HOURS, coerce=int, empty_value=None, required=False)
    agreed = _choice("How they agreed", _pairs({one: words.AGREED[one] for one in ("aloud", "paper", "screen")}))

    def prepare(self) -> None:
        who = self.view.chart.registration
        fields: dict[str, Any] = self.fields
        fields["channel"].initial = "sms"
        fields["address"].initial = who.phone if who else ""
        spoken = who.language if who else ""
        fields["language"].initial = spoken if spoken in dict(LANGUAGES) else "en"

    def act(self) -> Fact:
        return actions.agree(**self.values())
