"""The forms of the medicines page. Rules stand in the actions; each form draws an id: sent twice, it is saved once."""

from typing import Any, ClassVar

from django import forms

from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Medicine
from vwazen.clinical.facts import Fact
from vwazen.content.clinic import measures
from vwazen.content.load import content
from vwazen.server.care import measuring, medicine_lists, medicines, words
from vwazen.server.care.chart_forms import _choice, _date, _pairs, _text
from vwazen.server.care.once import Once
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import clock
from vwazen.server.record.access import View

CHOOSE = ("", "choose")
NOT_TODAY = ("", "Not today")
ASKED = (("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked"))


def number(label: str, *, whole: bool = False, most: float, least: float = 0, help_text: str = "") -> forms.Field:
    """A number that may be left empty."""
    if whole:
        return forms.IntegerField(
            label=label, required=False, min_value=int(least), max_value=int(most), help_text=help_text
        )
    return forms.FloatField(label=label, required=False, min_value=least, max_value=most, help_text=help_text)


def titled(one: Medicine) -> str:
    """The medicine as it is called in a list: name and strength."""
    return f"{one.prescription.name} {one.prescription.strength}".strip()


class OfMedicine(Once):
    """A form about one of the medicines in force."""

    prescription = _choice("Which", ())

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and bool(view.chart.current_medicines)

    def prepare(self) -> None:
        every = [(one.fact.id, titled(one)) for one in self.view.chart.current_medicines]
        self.fields["prescription"].choices = every  # type: ignore[attr-defined]
        self.fields["prescription"].initial = every[0][0] if len(every) == 1 else None


class StopForm(OfMedicine):
    slug, title, button = "stop", "Stop a medicine", "Stop it"
    permission, done, warn = "prescribe", "Stopped. What was given stays on record.", True
    reason = _choice("Why", [CHOOSE, *_pairs(words.STOPS)])
    occurred = _date("Since when", help_text="Empty means today.")
    note = _text("Note", required=False)

    def act(self) -> Fact:
        return medicines.stop(**self.values())


class IntakeForm(OfMedicine):
    slug, title, button = "intake", "Ask how it is taken and what it does besides", "Save the answer"
    done = "The answer is on record."
    taken = _choice("Taken since the last visit", _pairs(words.TAKEN), radio=True)
    missed_days = number("Days missed", whole=True, most=1000)
    side_effects = forms.CharField(
        label="Side effects told", max_length=600, required=False, help_text="One after another, with commas."
    )
    asked = forms.BooleanField(
        label="Asked about side effects", required=False, help_text="Tick it also when none was told."
    )
    note = _text("Note", required=False)

    def prepare(self) -> None:
        super().prepare()
        field: Any = self.fields["prescription"]
        field.choices = [("", "All of them"), *field.choices]
        field.required, field.initial = False, ""

    def act(self) -> Fact:
        values = self.values()
        values["side_effects"] = [one for one in values["side_effects"].split(",") if one.strip()]
        return medicines.record_intake(**values)


class ToldForm(Once):
    slug, title, button = "told", "Write down a medicine taken from elsewhere", "Save the medicine"
    done = "It is on record as told. Nobody here refills it."
    says = "From another clinic, a shop or a healer, by the person's own word."
    name = forms.CharField(
        label="Name", max_length=200, widget=forms.TextInput({"list": "names", "autocomplete": "off"})
    )
    strength = forms.CharField(label="Strength, if known", max_length=100, required=False)
    dose = forms.CharField(label="How it is taken", max_length=200, required=False)
    note = _text("Note", required=False)
    segment = _choice("Who may read it", ())

    def prepare(self) -> None:
        self.fields["segment"].choices = [("", "As the list of medicines says"), *segments(self.view)]  # type: ignore[attr-defined]
        self.fields["segment"].required = False

    def act(self) -> Fact:
        return medicines.told_of(**self.values())


def segments(view: View) -> list[tuple[str, str]]:
    """The segments that this worker may write in, mental-health care first."""
    mine = sorted(view.segments - {"general"}, key=lambda one: (one != "mental-health", one))
    return [(one, words.first_up(words.SEGMENTS[one])) for one in mine]


class MeasureForm(Once):
    slug, title, button = "measure", "Record a measurement or a seizure", "Save the measurement"
    done = "The measurement is on record."
    what = _choice("What", ())
    value = number("Value", least=-1e6, most=1e6)
    unit = forms.CharField(label="Unit, if not the usual", max_length=30, required=False)
    text = forms.CharField(label="Or the result in words", max_length=400, required=False)
    occurred = _date("When", help_text="Empty means today.")
    attention = forms.BooleanField(label="Somebody must look at it", required=False)
    odd = forms.BooleanField(label="The number is unusual and meant", required=False)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and view.may_see("mental-health")

    def prepare(self) -> None:
        mine = [one for one in measures(content()).values() if one.segment in self.view.segments]
        every = [(one.id, f"{one.title}{' (' + ' or '.join(one.units) + ')' if one.units else ''}") for one in mine]
        self.fields["what"].choices = [CHOOSE, *every]  # type: ignore[attr-defined]

    def act(self) -> Fact:
        return measuring.measure(**self.values())


class NotedForm(Once):
    slug, title, button = "noted", "Say what comes of a result", "Save what comes of it"
    permission, done = "prescribe", "On record. The result waits no longer."
    fact = _choice("Which result", ())
    outcome = _text("What comes of it")

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and bool(view.chart.results)

    def prepare(self) -> None:
        every = [(one.id, f"{words.measured(one.body)}, {say(one.day)}") for one in self.view.chart.results]
        self.fields["fact"].choices = every  # type: ignore[attr-defined]
        self.fields["fact"].initial = every[0][0] if every else None

    def act(self) -> Fact:
        return measuring.note_result(**self.values())


class PregnancyForm(Once):
    slug, title, button = "pregnancy", "Ask about a pregnancy", "Save the answer"
    done = "The answer is on record."
    pregnant = _choice("Pregnant", ASKED, radio=True)
    due = _date("Child expected on")
    breastfeeding = _choice("Breastfeeding", ASKED, radio=True)
    contraception = _choice("Contraception used", ASKED, radio=True)
    method = forms.CharField(label="Which", max_length=200, required=False)

    @classmethod
    def offered(cls, view: View) -> bool:
        who = view.chart.registration
        return super().offered(view) and view.may_see("mental-health") and not (who and who.gender == "male")

    def act(self) -> Fact:
        values = self.cleaned_data
        asked = medicines.Asked(
            pregnant=values["pregnant"], breastfeeding=values["breastfeeding"], contraception=values["contraception"],
            method=values["method"], due=values["due"].isoformat() if values["due"] else "",
        )  # fmt: skip
        return measuring.record_pregnancy(**self.who, asked=asked, fact_id=values["drawn"])


class DispenseForm(Once):
    """One row for each medicine in force that is given here; a row left at "not today" says nothing."""

    slug, title, button = "dispense", "Hand out medicines", "Save what was handed out"
    permission, done = "dispense", "On record: what was handed out, and until when it lasts."
    occurred = _date("When", help_text="Empty means today.")
    FIELDS: ClassVar = ("given", "quantity", "days", "why", "note")

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and bool(given_here(view))

    def prepare(self) -> None:
        self.medicines = given_here(self.view)
        for index, one in enumerate(self.medicines):
            injected = one.prescription.every_days is not None
            whole = "Injected" if injected else "All of it"
            given = (NOT_TODAY, ("all", whole), ("part", "A part"), ("none", "None"))
            why = (("", "no reason needed"), *_pairs(words.WHY_NOT))
            usual = one.prescription.days or one.prescription.every_days
            self.fields |= {
                f"given_{index}": forms.ChoiceField(
                    label="Handed out", choices=given, required=False, widget=forms.RadioSelect, initial=""
                ),
                f"quantity_{index}": number("How many", most=100_000),
                f"days_{index}": number("Lasts for days", whole=True, most=1000, least=1),
                f"why_{index}": forms.ChoiceField(label="Why not all", choices=why, required=False),
                f"note_{index}": forms.CharField(label="Note", max_length=400, required=False),
            }
            self.fields[f"days_{index}"].initial = usual

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each medicine with its fields, for the page."""
        return [
            {"medicine": one, "title": titled(one), "given": self[f"given_{index}"],
             "more": [self[f"{name}_{index}"] for name in self.FIELDS if name != "given"]}
            for index, one in enumerate(self.medicines)
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.lines = []
        for index, one in enumerate(self.medicines):
            line = {name: values.get(f"{name}_{index}") for name in self.FIELDS}
            if not line["given"]:
                continue
            line["prescription"] = one.fact.id
            try:
                medicines.dispense_body(self.view.chart, **line)  # type: ignore[arg-type]
            except Invalid as problem:
                self.add_error(f"{problem.field}_{index}" if problem.field in self.FIELDS else None, str(problem))
            self.lines.append(line)
        if not self.lines and not self.errors:
            raise forms.ValidationError("Say for at least one medicine what was handed out.")
        return values

    def act(self) -> Fact:
        values = self.cleaned_data
        return medicines.dispense(
            **self.who, lines=self.lines, occurred=values["occurred"], fact_id=values["drawn"]
        )[0]  # fmt: skip

    def warnings(self) -> list[str]:
        given = [str(line["prescription"]) for line in self.lines]
        return medicine_lists.warnings(self.view.person.pk, given, clock.today())


def given_here(view: View) -> tuple[Medicine, ...]:
    """Medicines in force that are handed out here: not those taken from elsewhere."""
    return tuple(one for one in view.chart.current_medicines if not one.prescription.told)


FORMS: dict[str, type[Once]] = {
    form.slug: form
    for form in (DispenseForm, IntakeForm, MeasureForm, NotedForm, PregnancyForm, ToldForm, StopForm)
}  # fmt: skip
