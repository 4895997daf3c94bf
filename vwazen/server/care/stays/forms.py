"""The forms of the page of stays. Rules stand in the actions; each form draws an id: sent twice, it is saved once."""

from typing import Any

from django import forms

from vwazen.clinical.caseload import say
from vwazen.clinical.facts import Fact
from vwazen.clinical.stay_view import StayView
from vwazen.server.care.chart_forms import _choice, _date, _text
from vwazen.server.care.entries import sentence
from vwazen.server.care.listing import carers
from vwazen.server.care.medicine_forms import CHOOSE, titled
from vwazen.server.care.once import Once
from vwazen.server.care.stays import actions
from vwazen.server.care.stays.actions import GOES_TO, Decided
from vwazen.server.care.stays.words import DECISIONS, DESTINATIONS, WHERE
from vwazen.server.organisation.models import Site
from vwazen.server.record.access import View
from vwazen.server.record.models import Person
from vwazen.server.record.stay_rows import at

MOVES = {
    "leave": "On leave", "returned": "Back from leave", "transferred": "Moved to another ward or bed",
    "left_without": "Left without being discharged",
}  # fmt: skip
NEW = 2  # lines for medicines that the ward began


def here(view: View) -> list[StayView]:
    """The stays that last."""
    return [one for one in view.chart.stays if one.state in ("in", "leave")]


def called(one: StayView) -> str:
    """A stay as it is called in a list."""
    return f"{at(one)[:1].upper()}{at(one)[1:]}, since {say(one.since)}"


OWN_PAGES = ("day_hospital", "protected_home")


class AdmitForm(Once):
    page = "stays"
    slug, title, button = "admit", "Say that they came to a hospital, a prison or another place", "Save the admission"
    done = "It is on record, and whoever follows them at home is told."
    # Day hospitals and protected homes have pages of their own, which know members and beds.
    where = _choice("What kind of place", [CHOOSE, *(one for one in WHERE.items() if one[0] not in OWN_PAGES)])
    facility = _choice("Which of ours", ())
    place = forms.CharField(label="Or its name", max_length=200, required=False)
    unit = forms.CharField(label="Ward and bed, if known", max_length=80, required=False)
    reason = forms.CharField(label="Why, in a few words", max_length=300, required=False)
    occurred = _date("When", help_text="Empty means today.")

    def prepare(self) -> None:
        known = Site.objects.filter(kind=Site.Kind.HOSPITAL).order_by("name").values_list("code", "name")[:200]
        field: Any = self.fields["facility"]
        field.required, field.choices = False, [("", "None of these"), *known]

    def act(self) -> Fact:
        return actions.admit(**self.values())


class OfStay(Once):
    """A form about one stay that lasts."""

    page = "stays"
    stay = _choice("Which stay", ())

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and bool(cls.which(view))

    @classmethod
    def which(cls, view: View) -> list[StayView]:
        return here(view)

    def prepare(self) -> None:
        every = [(one.id, called(one)) for one in self.which(self.view)]
        field: Any = self.fields["stay"]
        field.choices, field.initial = every, every[-1][0]
        if len(every) == 1:
            field.widget = forms.HiddenInput()


class MovedForm(OfStay):
    slug, title, button = "moved", "Record leave, a return or a move", "Save"
    done = "It is on record."
    event = _choice("What happened", [CHOOSE, *MOVES.items()])
    next_date = _date("Expected back", help_text="Of a leave: until when it lasts.")
    unit = forms.CharField(label="Ward and bed, if they moved", max_length=80, required=False)
    reason = forms.CharField(label="Note", max_length=300, required=False)
    occurred = _date("When", help_text="Empty means today.")

    def clean_next_date(self) -> str:
        day = self.cleaned_data["next_date"]
        return day.isoformat() if day else ""

    def act(self) -> Fact:
        return actions.moved(**self.values())


class DischargeForm(OfStay):
    slug, title, button = "discharge", "Discharge", "Discharge"
    done = "The discharge is on record. The team at home has the first contact due within 48 hours."
    says = "Whoever takes over reads this today. Nothing of it may be missing."
    destination = _choice("Where they go", [CHOOSE, *((one, DESTINATIONS[one]) for one in GOES_TO)])
    carer = forms.CharField(
        label="Who takes them home", max_length=200, required=False, help_text="A name, and how they are related."
    )
    next_date = _date(
        "Expected next on", required=True, help_text="The appointment after the stay. A missed one is followed at once."
    )
    worker = _choice("Who takes over at home", ())
    instructions = _text(
        "What to do at home", rows=4,
        help_text="Medicines, signs of danger, whom to call: in words that whoever takes them home can be read aloud.",
    )  # fmt: skip
    occurred = _date("When they leave", help_text="Empty means today.")

    @classmethod
    def which(cls, view: View) -> list[StayView]:
        return [one for one in view.chart.stays if one.state in ("in", "leave") or one.missing]

    def prepare(self) -> None:
        super().prepare()
        home = Person.objects.values_list("path", flat=True).get(pk=self.view.person.pk)
        worker: Any = self.fields["worker"]
        worker.choices = [CHOOSE, *carers([home])]
        self.lines = [(one.fact.id, titled(one)) for one in self.view.chart.current_medicines]
        for n, (_, name) in enumerate(self.lines):
            self.fields[f"decision{n}"] = _choice(name, [CHOOSE, *((k, v) for k, v in DECISIONS.items() if k != "new")])
            self.fields[f"words{n}"] = forms.CharField(label=f"{name}: how and why", max_length=300, required=False)
        for n in range(NEW):
            label = "A medicine begun there" if n == 0 else "Another one"
            self.fields[f"new{n}"] = forms.CharField(label=label, max_length=200, required=False)
            self.fields[f"how{n}"] = forms.CharField(label=f"{label}: how and why", max_length=300, required=False)

    def clean_next_date(self) -> str:
        day = self.cleaned_data["next_date"]
        return day.isoformat() if day else ""

    def act(self) -> Fact:
        value = self.cleaned_data
        decided = [
            Decided(prescription=one, decision=value.get(f"decision{n}", ""), words=value.get(f"words{n}", ""))
            for n, (one, _) in enumerate(self.lines)
        ]
        new = [Decided(name=value[f"new{n}"], words=value[f"how{n}"]) for n in range(NEW) if value[f"new{n}"].strip()]
        plain = ("stay", "destination", "next_date", "instructions", "worker", "carer", "occurred")
        return actions.discharge(
            **self.who, **{name: value[name] for name in plain}, medicines=[*decided, *new], fact_id=value["drawn"]
        )


class HeardForm(Once):
    page = "stays"
    slug, title, button = "heard", "Say what you do about the news", "Save"
    done = "It is on record, and off the lists."
    fact = _choice("About", ())
    outcome = _text("What you do", help_text="Who speaks with the ward, and when.")

    @classmethod
    def offered(cls, view: View) -> bool:
        at_home = view.path == view.person.path  # a ward that has them for a while does not answer for home
        return super().offered(view) and at_home and bool(actions.news(view.chart))

    def prepare(self) -> None:
        every = [(one.id, ": ".join(sentence(one.body))[:120].rstrip(": ")) for one in actions.news(self.view.chart)]
        field: Any = self.fields["fact"]
        field.choices, field.initial = every, every[-1][0] if every else ""
        if len(every) == 1:
            field.widget = forms.HiddenInput()

    def act(self) -> Fact:
        return actions.heard(**self.values())


FORMS: dict[str, type[Once]] = {form.slug: form for form in (HeardForm, DischargeForm, MovedForm, AdmitForm)}
