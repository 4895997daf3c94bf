"""What the import and held pages ask. Rules stand in the actions; a form reads values and shows what does not fit."""

from pathlib import Path
from typing import Any

import msgspec
from django import forms
from django.conf import settings

from vwazen.content.model import Instrument
from vwazen.exchange import fit
from vwazen.exchange.files import size_in_words
from vwazen.home import beside, home
from vwazen.server.organisation.find import sites_of
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, held
from vwazen.server.record.models import Held, Person


class ManyFiles(forms.ClearableFileInput):
    """A file box that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploaded files. An empty one is for the reader to speak of."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given or [None]]


def saved_maps() -> dict[str, Path]:
    """Maps that come with the program or lie in this node's `maps` folder: name -> file."""
    folders = (beside("examples/maps"), home() / "maps")
    return {file.stem: file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))}


def _files(label: str, accept: str) -> FilesField:
    limit = size_in_words(settings.IMPORT_LIMIT)
    return FilesField(
        label=label, allow_empty_file=True, max_length=200, widget=ManyFiles(attrs={"accept": accept}),
        help_text=f"One or several, {limit} together at most.",
        error_messages={"required": "Choose at least one file.", "missing": "Choose at least one file."},
    )  # fmt: skip


class ImportForm(forms.Form):
    """What both ways of importing ask."""

    site = forms.ModelChoiceField(label="Site", queryset=Site.objects.none(), empty_label=None)
    as_of = forms.DateField(
        label="As of",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day the file was made. What is dated later is held; what worries but is long past is history.",
    )
    title = forms.CharField(
        label="What to call this import", max_length=200, required=False, help_text="No names of people."
    )

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if settings.SYNTHETIC:
            self.fields["invented"] = forms.BooleanField(
                label="The people in these files are invented too",
                help_text="This node is a demo, and all on it are synthetic. Real people must not be brought in.",
                error_messages={"required": "Tick this, or import on a node of its own: real people must not be here."},
            )
        sites = sites_of(by, "import_data")
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        first = sites.first()
        self.initial = {"site": first.pk if first else None, "as_of": clock.today(), **self.initial}


class FhirForm(ImportForm):
    """Files of another record system."""

    upload = _files("Files", ".json,.ndjson,.jsonl,.zip,application/json,application/zip")
    system = forms.CharField(
        label="Name of the system they come from",
        max_length=120,
        widget=forms.TextInput(attrs={"list": "systems", "autocomplete": "off"}),
        help_text="The same name each time: then the same person and the same answers are known again.",
    )

    field_order = ("upload", "system", "site", "as_of", "title")


class TableForm(ImportForm):
    """A spreadsheet with the map that says what its columns mean."""

    upload = _files("Spreadsheet", ".csv,.tsv,.txt,.xlsx,.xlsm,text/csv")
    saved_map = forms.ChoiceField(label="Map, one of these", required=False)
    map_file = forms.FileField(
        label="or a map of your own", required=False, max_length=200, allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
    )  # fmt: skip

    field_order = ("upload", "saved_map", "map_file", "site", "as_of", "title")

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, by=by, **options)
        self.fields["saved_map"].choices = [("", "none of these"), *((name, name) for name in saved_maps())]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values.get("saved_map") and not values.get("map_file"):
            self.add_error("saved_map", "Choose a map here, or give one of your own below.")
        if values.get("saved_map") and values.get("map_file"):
            self.add_error("saved_map", "Two maps were given. Choose “none of these” here, or empty the box below.")
        return values


CELL, ANSWER = "cell-", "answer-"
MOST_CELLS = 60  # a wider row is corrected as text


class DismissForm(forms.Form):
    """Why an entry will not be taken."""

    reason = forms.CharField(
        label="Why it will not be taken", max_length=500, help_text="It is kept, beside your reason and your name."
    )


class MendForm(forms.Form):
    """One held entry with whatever of it can be corrected; empty fields leave it as it came.

    `text` is the entry as it is shown in its box; `people` may be chosen from.
    """

    def __init__(self, *arguments: Any, row: Held, text: str, people: list[Person], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.text = text
        self.cells = held.cells_in(row)
        if self.cells and len(self.cells) > MOST_CELLS:
            self.cells = None
        if held.asks_person(row):
            self._person(people)
        if held.dated(row):
            self.fields["occurred"] = forms.DateField(
                label="The right day", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )
        total = held.total_of(row)
        if total:
            self._total(*total)
        for number, (name, value) in enumerate((self.cells or {}).items()):
            self.fields[f"{CELL}{number}"] = forms.CharField(label=name, required=False, initial=value, strip=False)
        if not self.cells:
            rows = min(24, text.count("\n") + 2)
            self.fields["raw"] = forms.CharField(
                label="The entry, to be corrected", required=False, initial=text, strip=False,
                widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "code"}),
            )  # fmt: skip
        if row.mended:
            self._before(held.correction(row))

    def _before(self, was: held.Correction) -> None:
        """Start from what somebody corrected before the import was undone."""
        self.initial.update({"person": was.person, "occurred": was.occurred, "total": was.total})
        self.initial.update({f"{ANSWER}{item}": f"{value:g}" for item, value in was.answers.items()})
        if was.raw and not self.cells:
            self.initial["raw"] = was.raw
        elif was.raw:
            cells = msgspec.json.decode(was.raw, type=dict[str, str])
            self.initial.update({f"{CELL}{n}": cells.get(name, "") for n, name in enumerate(self.cells or {})})

    def _person(self, people: list[Person]) -> None:
        self.fields["find"] = forms.CharField(
            label="Whom it is about: search by name", max_length=100, required=False,
            widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
            help_text="Names are found as they sound.",
        )  # fmt: skip
        if people:
            choices = [(one.pk, " · ".join(part for part in (one.name, one.born, one.place) if part)) for one in people]
            self.fields["person"] = forms.CharField(
                label="It is about", required=False, widget=forms.RadioSelect(choices=choices)
            )

    def _total(self, instrument: Instrument, stated: float | None) -> None:
        says = "Its source gives no number." if stated is None else f"Its source says {stated:g}."
        self.fields["total"] = forms.FloatField(
            label=f"The right total of {instrument.name}", required=False, help_text=says,
            widget=forms.NumberInput(attrs={"step": "any", "class": "short"}),
        )  # fmt: skip
        text = instrument.texts.get("en")
        for item in instrument.items:
            offered = fit.answer_list(instrument, item)
            if offered is None:
                continue
            labels = text.answers.get(item.answers or "", {}) if text else {}
            choices = [("", "not answered")] + [
                (str(one.value), f"{one.value}  {labels.get(one.value, '')}".strip()) for one in offered.options
            ]
            words = (text.items.get(item.id) if text else "") or item.topic
            self.fields[f"{ANSWER}{item.id}"] = forms.ChoiceField(
                label=f"{item.id}. {words}".rstrip(". "), required=False, choices=choices
            )

    def correction(self) -> dict[str, Any]:
        """What `mending.mend` is told: only what was changed."""
        values = self.cleaned_data
        told: dict[str, Any] = {"person": values.get("person", "")}
        if values.get("occurred"):
            told["occurred"] = values["occurred"].isoformat()
        if values.get("total") is not None:
            told["total"] = values["total"]
        told["answers"] = {
            name.removeprefix(ANSWER): float(value)
            for name, value in values.items() if name.startswith(ANSWER) and value
        }  # fmt: skip
        if self.cells:
            cells = {name: values[f"{CELL}{number}"] for number, name in enumerate(self.cells)}
            told["raw"] = "" if cells == self.cells else msgspec.json.encode(cells).decode()
        else:
            raw = values.get("raw", "").replace("\r\n", "\n")
            told["raw"] = "" if raw.strip() == self.text.strip() else raw
        return told

    @property
    def text_first(self) -> bool:
        """Whether the text is the only thing to be corrected."""
        return not ({"find", "total", "occurred"} & self.fields.keys())

    @property
    def searched(self) -> bool:
        """Whether a name was given to search for."""
        return bool(self.is_bound and self.data.get("find", "").strip())

    @property
    def answers_given(self) -> bool:
        """Whether some answers were typed."""
        return any(field.value() for field in self.answer_fields)

    def of(self, start: str) -> list[forms.BoundField]:
        """The fields whose names begin so."""
        return [self[name] for name in self.fields if name.startswith(start)]

    @property
    def cell_fields(self) -> list[forms.BoundField]:
        return self.of(CELL)

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        return self.of(ANSWER)
