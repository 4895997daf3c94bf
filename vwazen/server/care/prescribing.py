"""The form by which a medicine is prescribed or changed: first which, then how, beside what can be compared."""

from typing import Any

import msgspec
from django import forms

from vwazen.clinical import allergies
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.kinds import HOURS
from vwazen.clinical.monitoring import listed
from vwazen.content.clinic import Medicine as Listed
from vwazen.content.clinic import Medicines, measures, medicine_named, medicines
from vwazen.content.load import content
from vwazen.server.care import medicines as actions
from vwazen.server.care import words
from vwazen.server.care.chart_forms import _choice, _date, _text
from vwazen.server.care.medicine_forms import ASKED, number, segments
from vwazen.server.care.once import Once

OPENED = "Mental-health care, and community health workers who help with it at home"


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a prescription: what is known, what was compared, and plainly what was not.

    `same` are allergies of the same name; `measure` what a list asks to be measured, in words.
    """

    listed: Listed | None
    allergies: str
    same: tuple[f.Allergy, ...]
    pregnancy: str
    source: str
    asks: bool
    recorded: str
    measure: tuple[str, ...]
    covers: tuple[str, ...]


def beside(chart: Chart, name: str) -> Beside:
    """What can be said about this medicine for this person, from the installed lists and the record."""
    know = content()
    known = medicine_named(know, name)
    names = [name, *((known.name, *known.also) if known else ())]
    last = chart.pregnancy_told
    asked = {"yes": "pregnant when asked", "no": "not pregnant when asked"}
    titles, warns = measures(know), known.pregnancy if known else None
    return Beside(
        listed=known, allergies=allergies.known(chart), same=tuple(b for _, b in allergies.same_names(chart, names)),
        pregnancy=warns.text if warns else "",
        source="; ".join(know.sources.get(key, key) for key in (warns.source if warns else ())),
        asks=actions.asks_pregnancy(chart, f.Prescription(name=name, medicine=known.id if known else "")),
        recorded=f"{asked[last[1].pregnant]}, {say(last[0].day)}" if last else "",
        measure=tuple(
            f"{titles[one.what].title if one.what in titles else one.what}"
            + (f", every {one.every_days} days" if one.every_days else ", no interval found in a source")
            + (f" ({one.note})" if one.note else "")
            for one in (known.measure if known else ())
        ),
        covers=tuple(f"{one.title}: {one.covers}" for one in know.all(Medicines)),
    )  # fmt: skip


def names() -> list[str]:
    """Every name of the installed lists, for the field's suggestions."""
    return sorted({name for one in medicines(content()).values() for name in (one.name, *one.also)}, key=str.casefold)


class NameForm(forms.Form):
    """Which medicine; of a list or typed by hand."""

    name = forms.CharField(
        label="Which medicine", max_length=200, widget=forms.TextInput({"list": "names", "autocomplete": "off"}),
        help_text="Begin to type: what is on the installed lists is offered. Anything else can be written too.",
        error_messages={"required": "Name the medicine."},
    )  # fmt: skip


class PrescribeForm(Once):
    slug, title, button = "prescribe", "Prescribe a medicine", "Prescribe"
    permission, done = "prescribe", "Prescribed. It waits to be handed out."
    name = forms.CharField(widget=forms.HiddenInput, max_length=200)
    replaces = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    strength = forms.CharField(
        label="Strength, as on the package", max_length=100, required=False,
        widget=forms.TextInput({"list": "strengths"}),
    )  # fmt: skip
    route = _choice("How it gets into the body", (("oral", "By mouth"), ("injection", "Injection"), ("other", "Other")))
    unit = _choice("Counted in", [("", "not said"), *words.UNITS.items()])
    morning = number("How many in the morning", most=10_000, help_text="Where one is filled in, an empty one is none.")
    noon = number("How many at noon", most=10_000)
    evening = number("How many in the evening", most=10_000)
    night = number("How many at night", most=10_000)
    amount = number("Or: how many each time", most=10_000)
    times = number("How many times a day", most=48)
    every_days = number("Or: injected every so many days", whole=True, least=1, most=366)
    days = number("For how many days; empty where it goes on", whole=True, least=1, most=1000)
    dose = forms.CharField(label="In words for the person", max_length=200, required=False)
    diagnosis = _choice("For what", ())
    none_known = forms.BooleanField(label="Asked now: no allergy known", required=False)
    pregnant = _choice("Pregnant, or may be", ASKED, radio=True)
    breastfeeding = _choice("Breastfeeding", ASKED, radio=True)
    contraception = _choice("Contraception used", ASKED, radio=True)
    despite = _text("Why this one all the same", required=False)
    note = _text("Note", required=False)
    segment = _choice("Who may read it", (), help_text="Before you open it to more people, ask the person.")
    occurred = _date("From", help_text="Empty means today.")

    def prepare(self) -> None:
        chart = self.view.chart
        self.medicine = str(self.data.get("prescribe-name") or self.initial.get("name", ""))
        self.beside = beside(chart, self.medicine)
        problems = [(one.id, one.diagnosis.text) for one in chart.diagnoses if one.counts]
        self._choose("diagnosis", [("", "not said"), *problems], "")
        self.fields["diagnosis"].required = self.fields["unit"].required = False
        if not self.beside.asks:
            for name in ("pregnant", "breastfeeding", "contraception"):
                del self.fields[name]
        else:
            self.fields["breastfeeding"].initial = self.fields["contraception"].initial = "not_asked"
        if self.beside.allergies != "not_asked":
            del self.fields["none_known"]
        if self.beside.listed:
            self.fields["route"].initial = self.beside.listed.route
            if self.beside.listed.long_acting:
                for name in ("times", *HOURS):
                    del self.fields[name]
            elif not any(one.long_acting for one in self.beside.listed.products):
                del self.fields["every_days"]
        self._choose_readers(str(self.initial.get("replaces") or self.data.get("prescribe-replaces") or ""))

    def _choose_readers(self, replaces: str) -> None:
        """Who reads a medicine carries over to what replaces it; one of mental-health care is opened, and closed."""
        chart, known = self.view.chart, self.beside.listed
        before = next((one for one in chart.current_medicines if replaces in one.ids), None)
        usual = before.prescription.segment if before else known.segment if known else "mental-health"
        opened = [("general", OPENED)] if usual == "mental-health" or (before and usual in actions.OPENS) else []
        wide = "mental-health" if opened else usual
        kept = [pair for pair in segments(self.view) if not replaces or pair[0] == wide]
        self._choose("segment", [*kept, *opened], usual)
        self.fields["segment"].required = not replaces
        if replaces and not opened:
            del self.fields["segment"]

    def _choose(self, name: str, choices: list[tuple[str, str]], chosen: str) -> None:
        field: Any = self.fields[name]
        field.choices, field.initial = choices, chosen

    @property
    def lines(self) -> list[list[forms.BoundField]]:
        """The fields in the order of the page; how much, how often and how long stand beside each other."""
        kept = {"strength", "route", "unit"}, {*HOURS}, {"amount", "times", "every_days", "days"}
        beside = [[one for one in self.visible_fields() if one.name in names] for names in kept]
        asked = [one for one in self.visible_fields() if not any(one.name in names for names in kept)]
        return [*beside, *([one] for one in asked if one.name != "despite" or self.warned)]

    @property
    def strengths(self) -> list[str]:
        """What the list offers, for the field's suggestions."""
        products = self.beside.listed.products if self.beside.listed else ()
        return [f"{one.strength} {one.form}" for one in products]

    @property
    def warned(self) -> bool:
        """Whether a reason to prescribe all the same is asked for."""
        return bool(self.beside.same or self.errors.get("despite") or self.data.get("prescribe-despite"))

    def act(self) -> f.Fact:
        values = self.values("pregnant", "breastfeeding", "contraception", *HOURS)
        values["hours"] = tuple(self.cleaned_data.get(name) for name in HOURS)
        asked = None
        if self.beside.asks:
            asked = actions.Asked(
                pregnant=self.cleaned_data["pregnant"], breastfeeding=self.cleaned_data["breastfeeding"],
                contraception=self.cleaned_data["contraception"],
            )  # fmt: skip
        return actions.prescribe(**values, asked=asked)


def initial_of(one: Medicine) -> dict[str, Any]:
    """What a change begins with: the prescription in force."""
    body = one.prescription
    kept = ("name", "strength", "route", "unit", "amount", "times", "every_days", "days", "dose", "diagnosis")
    said = {name: getattr(body, name) for name in kept} | dict(zip(HOURS, body.hours, strict=False))
    whole = {name: int(value) for name, value in said.items() if isinstance(value, float) and value.is_integer()}
    return said | whole | {"replaces": one.fact.id}


def checked_words(body: f.Prescription) -> list[str]:
    """What was compared when it was prescribed, and always what never is."""
    if body.told:
        return ["nothing checked: taken from elsewhere"]
    said = [words.CHECKED[one] for one in body.checked if one in words.CHECKED] or ["allergies not compared"]
    known = listed(content(), body.medicine, body.name)
    if not any(one.startswith("pregnancy") for one in body.checked) and not (known and known.pregnancy):
        said.append("pregnancy not checked: no list has it")
    return [*said, "interactions and doses not checked"]
