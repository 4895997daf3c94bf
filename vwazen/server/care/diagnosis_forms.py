"""The forms of the diagnoses page: to record or change a diagnosis, with a search for its code; and for allergies."""

from typing import Any

from django import forms

from vwazen.clinical.facts import Fact
from vwazen.content.clinic import CodeList, codes
from vwazen.content.load import content
from vwazen.server.care import diagnoses, words
from vwazen.server.care.chart_forms import _choice, _pairs
from vwazen.server.care.medicine_forms import segments
from vwazen.server.care.once import Once
from vwazen.server.record.access import View

WITHOUT = ("", "In these words, without a code")


class DiagnosisForm(Once):
    page = "diagnoses"
    slug, title, button = "diagnosis", "Record a diagnosis", "Save the diagnosis"
    permission, done = "enrol", "The diagnosis is on record."
    about = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    text = forms.CharField(
        label="Diagnosis in words, or a code to look for", max_length=300, required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    code = forms.CharField(label="Which of these", required=False, max_length=60, widget=forms.HiddenInput)
    local = forms.CharField(
        label="Name used here", max_length=300, required=False,
        help_text="Beside a code: how it is called here, if it is called otherwise.",
    )  # fmt: skip
    certainty = _choice("How sure", _pairs(words.CERTAINTIES), radio=True)
    status = _choice("How it stands", _pairs(words.STATUSES), radio=True)
    since = forms.CharField(label="Since when", max_length=10, required=False, help_text="2019, 2019-03 or 2019-03-21.")
    segment = _choice("Who may read it", ())

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and view.may_see("mental-health")

    def prepare(self) -> None:
        field: Any = self.fields["segment"]
        field.choices = [("", "As its code asks, else mental-health care"), *segments(self.view)]
        field.required = False
        self.fields["status"].initial = "active"
        self.before = None
        about = self.data.get("diagnosis-about") or self.initial.get("about", "")
        for problem in self.view.chart.diagnoses:
            if problem.id == about:
                self.before = problem
                del self.fields["segment"]  # it carries over
                self.fields["text"].label = "In other words or by another code, if it changed"
                self.fields["certainty"].initial = problem.diagnosis.certainty
                self.fields["status"].initial = problem.diagnosis.status
        if typed := self.data.get("diagnosis-text") or self.initial.get("text", ""):
            self.look_for(typed)

    def look_for(self, typed: str) -> None:
        """Offer the codes that fit what was typed."""
        found = codes(content(), typed)
        self.found = len(found)
        if found:
            choices = [WITHOUT, *((f"{one.id}:{code}", f"{code} {title} ({one.title})") for one, code, title in found)]
            self.fields["code"].widget = forms.RadioSelect(choices=choices)
            self.fields["code"].initial = ""

    def act(self) -> Fact:
        values = self.values("local")
        if values["code"]:
            values["text"] = self.cleaned_data["local"]
        return diagnoses.record_diagnosis(**values)


class AllergyForm(Once):
    page = "diagnoses"
    slug, title, button = "allergy", "Record an allergy, or that none is known", "Save"
    done = "It is on record."
    substance = forms.CharField(label="To what", max_length=200, required=False)
    reaction = forms.CharField(label="What happened", max_length=200, required=False)
    none_known = forms.BooleanField(label="Asked: none is known", required=False)

    def act(self) -> Fact:
        return diagnoses.record_allergy(**self.values())


FORMS: dict[str, type[Once]] = {form.slug: form for form in (DiagnosisForm, AllergyForm)}


def credits() -> list[str]:
    """Whose codes are offered here, in the words that their licences ask for."""
    return [one.credit for one in content().all(CodeList) if one.credit]
