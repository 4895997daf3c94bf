"""What can be recorded from a person's chart: one small form for each, and the action it ends in.

Rules stand in the actions; a form reads values, says where one does not fit, and keeps what was typed.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import EpisodeView
from vwazen.clinical.episodes import ended, relapses
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.rules import Protocol
from vwazen.server.care import actions, diagnoses, episodes, safety, words
from vwazen.server.care.listing import is_id
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import View
from vwazen.server.record.actions import make_id

Choices = list[tuple[str, str]]


def _pairs(labels: dict[str, str]) -> Choices:
    return [(code, words.first_up(label)) for code, label in labels.items()]


def _text(label: str, *, rows: int = 2, required: bool = True, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea({"rows": rows})
    return forms.CharField(label=label, max_length=4000, required=required, help_text=help_text, widget=widget)


def _date(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-11-21."},
    )  # fmt: skip


def _choice(
    label: str, choices: Iterable[tuple[str, str]], *, radio: bool = False, help_text: str = ""
) -> forms.ChoiceField:  # fmt: skip
    return forms.ChoiceField(
        label=label, choices=list(choices), widget=forms.RadioSelect if radio else forms.Select, help_text=help_text,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )  # fmt: skip


class ChartForm(forms.Form):
    """A form of the chart. `slug` is its address, `permission` who may fill it in, `done` what is said afterwards."""

    slug: ClassVar[str]
    title: ClassVar[str]
    button: ClassVar[str]
    permission: ClassVar[str] = "record_care"
    done: ClassVar[str] = "Saved."
    says: ClassVar[str] = ""
    warn: ClassVar[bool] = False

    def __init__(self, *arguments: Any, by: Worker, view: View, staff: Callable[[], Choices], **options: Any) -> None:
        options["prefix"] = self.slug
        super().__init__(*arguments, **options)
        self.by, self.view, self.staff = by, view, staff
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the person."""

    @classmethod
    def offered(cls, view: View) -> bool:
        """Whether the form makes sense for this person at all."""
        return view.chart.died is None

    def act(self) -> Fact:
        """Do it. Raises what the action raises."""
        raise NotImplementedError

    def next_page(self, fact: Fact) -> str:
        """Where to go afterwards: the top of the chart, where it says that it is saved."""
        return f"{reverse('chart', args=[self.view.person.pk])}#main"

    def saved(self) -> Fact | None:
        """The fact, or None with what is wrong beside its field."""
        return carry_out(self, self.act) if self.is_valid() else None

    def clean_occurred(self) -> str:
        """ "" for today, which is now; else the day, which must have come."""
        day: dt.date | None = self.cleaned_data["occurred"]
        if day is None or day == clock.today():
            return ""
        if day > clock.today():
            raise forms.ValidationError("This day has not come yet. Give today or an earlier day.")
        return day.isoformat()

    @property
    def who(self) -> dict[str, Any]:
        """What every action asks first."""
        return {"by": self.by, "person": self.view.person.pk}


class TreatmentForm(ChartForm):
    slug, title, button = "treatment", "Record a treatment", "Save the treatment"
    done = "The treatment is on record."
    name = forms.CharField(label="Which", max_length=200, help_text="The same name each time, so that it adds up.")
    says = "Talking, skills, help in daily life. Medicines have a page of their own."
    form = _choice("Kind", [pair for pair in _pairs(words.FORMS) if pair[0] != "medicine"])
    event = _choice("What happened", [pair for pair in _pairs(words.EVENTS) if pair[0] not in ("given", "gap")])
    occurred = _date("When", help_text="Empty means today.")
    note = _text("What it did, or why not", required=False)

    def prepare(self) -> None:
        used = dict.fromkeys(body.name for _, body in self.view.chart.treatments if body.form != "medicine")
        if used:
            self.fields["name"].help_text = f"The same name each time, so that it adds up. So far: {', '.join(used)}."

    def act(self) -> Fact:
        return actions.record_treatment(**self.who, **self.cleaned_data)


class SignForm(ChartForm):
    slug, title, button = "sign", "Report a danger sign", "Save the danger sign"
    permission, done, warn = "act_on_risk", "The danger sign is on record, and the list follows it.", True
    sign = _choice("Which", _pairs(words.SIGNS))
    present = _choice("Is it there now?", (("yes", "Yes, it is there"), ("no", "No, it is gone")), radio=True)
    note = _text("What was seen", required=False)

    def act(self) -> Fact:
        values = self.cleaned_data
        return actions.record_sign(
            **self.who, sign=values["sign"], present=values["present"] == "yes", note=values["note"]
        )


class ConcernForm(ChartForm):
    slug, title, button = "concern", "I am worried about this person", "Open the safety steps"
    permission, done, warn = "act_on_risk", "The safety steps are open.", True
    says = "Opens the safety steps at once. Nothing is sent to anyone outside the team."
    text = _text("What worries you")
    told = forms.BooleanField(label="Somebody else told me", required=False)

    def act(self) -> Fact:
        return safety.raise_concern(**self.who, **self.cleaned_data)

    def next_page(self, fact: Fact) -> str:
        return reverse("risk", args=[self.view.person.pk, fact.id])


class QuestionForm(ChartForm):
    slug, title, button = "question", "Ask the specialist", "Send the question"
    permission, done = "ask_question", "The question is on the list of the next case review."
    text = _text("Your question", rows=3, help_text="As you would ask it in the corridor.")

    def act(self) -> Fact:
        return actions.ask_question(**self.who, **self.cleaned_data)


class NoteForm(ChartForm):
    slug, title, button = "note", "Write a note", "Save the note"
    done = "The note is on record."
    text = _text("Note", rows=4)
    segment = _choice("Who may read it", ())

    def prepare(self) -> None:
        mine = [one for one in f.SEGMENTS if one in self.view.segments]
        mine.sort(key=lambda one: one != "mental-health")
        self.fields["segment"].choices = [(one, words.first_up(words.SEGMENTS[one])) for one in mine]  # type: ignore[attr-defined]

    def act(self) -> Fact:
        return actions.write_note(**self.who, **self.cleaned_data)


class HospitalForm(ChartForm):
    slug, title, button = "hospital", "Record a hospital stay", "Save the hospital stay"
    done = "The hospital stay is on record, and the list follows it."
    event = _choice("What happened", _pairs(words.HOSPITAL))
    occurred = _date("When", help_text="Empty means today.")
    note = _text("Note", required=False)

    def act(self) -> Fact:
        return diagnoses.record_hospital(**self.who, **self.cleaned_data)


class EnrolForm(ChartForm):
    slug, title, button = "enrol", "Enrol", "Enrol"
    permission, done = "enrol", "Enrolled: from now on on the caseload."
    condition = _choice("By which protocol, for what", ())
    owner = _choice("Who follows this person", ())
    occurred = _date("From", help_text="Empty means today.")

    def prepare(self) -> None:
        taken = {one.condition for one in self.view.chart.open_episodes}
        choices = [
            (f"{plan.id}:{one.condition}", f"{plan.title}: {one.condition}")
            for plan in content().all(Protocol)
            for one in plan.conditions
            if one.condition not in taken
        ]
        self.fields["condition"].choices = choices  # type: ignore[attr-defined]
        self.fields["owner"].choices = self.staff()  # type: ignore[attr-defined]
        self.fields["owner"].initial = self.view.chart.owner or str(self.by.pk)

    def act(self) -> Fact:
        protocol, _, condition = self.cleaned_data["condition"].partition(":")
        return actions.enrol(
            **self.who, protocol=protocol, condition=condition, owner=self.cleaned_data["owner"],
            occurred=self.cleaned_data["occurred"],
        )  # fmt: skip


class ReopenForm(ChartForm):
    slug, title, button = "reopen", "Take care up again", "Take care up again"
    permission, done = "enrol", "In care again, on the caseload. The earlier episode stays and is named."
    says = "After a relapse, or because somebody is worried. Their years of illness stay together."
    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    episode = _choice("For", ())
    owner = _choice("Who follows this person", ())
    step = forms.TypedChoiceField(label="In which step", coerce=int, required=False)
    reason = _text("What has come back, or why now")

    @classmethod
    def offered(cls, view: View) -> bool:
        return bool(ended(view.chart)) and view.may_see("mental-health")

    def prepare(self) -> None:
        earlier = ended(self.view.chart)
        back = {one.episode.id: one for one in relapses(self.view.chart, content())}
        choices = [
            (one.id, f"{one.condition}, ended {say(one.closed)} in step {one.step}")
            for one in sorted(earlier, key=lambda one: one.id not in back)
        ]
        self.fields["episode"].choices = choices  # type: ignore[attr-defined]
        self.fields["owner"].choices = self.staff()  # type: ignore[attr-defined]
        self.fields["owner"].initial = self.view.chart.owner or str(self.by.pk)
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            ("", "the step in which it had ended"),
            *((n, f"step {n}") for n in (1, 2, 3)),
        ]
        self.fields["fact_id"].initial = make_id()
        self.fields["reason"].initial = " ".join(
            f"{content().instrument(one.episode.instrument).name} {one.point.words} on {say(one.point.day)}."
            for one in back.values()
        )

    def act(self) -> Fact:
        values = dict(self.cleaned_data)
        drawn = values.pop("fact_id")
        values["step"] = values["step"] or 0
        return episodes.reopen(**self.who, **values, fact_id=drawn if is_id(drawn) else "")


class EpisodeForm(ChartForm):
    """A form about one open episode; which one is asked only where there are several."""

    episode = _choice("For", ())

    @classmethod
    def offered(cls, view: View) -> bool:
        return bool(view.chart.open_episodes)

    def prepare(self) -> None:
        choices = [(one.id, f"{one.condition}, since {say(one.started)}") for one in self.episodes]
        self.fields["episode"].choices = choices  # type: ignore[attr-defined]
        self.fields["episode"].initial = choices[0][0]
        if len(choices) == 1:
            self.fields["episode"].widget = forms.HiddenInput()

    @property
    def episodes(self) -> tuple[EpisodeView, ...]:
        return self.view.chart.open_episodes


class StepForm(EpisodeForm):
    slug, title, button = "step", "Move to another step", "Move"
    done = "Moved. The step before stays on record."

    @classmethod
    def offered(cls, view: View) -> bool:
        """Whoever decides on a step has to read the scores."""
        return super().offered(view) and view.may_see("mental-health")

    step = forms.TypedChoiceField(label="To", coerce=int, error_messages={"required": "Choose one."})
    reason = _text("Why")

    def prepare(self) -> None:
        super().prepare()
        try:
            plan = content().get(Protocol, self.episodes[0].protocol, self.episodes[0].protocol_version)
        except LookupError:
            return
        now = self.episodes[0].step
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            (one.step, f"Step {one.step}: {one.title}{' (now)' if one.step == now else ''}") for one in plan.steps
        ]
        self.fields["step"].initial = min(now + 1, plan.steps[-1].step)

    def act(self) -> Fact:
        return actions.move_step(**self.who, **self.cleaned_data)


class CloseForm(EpisodeForm):
    slug, title, button = "close", "End this episode of care", "End care"
    permission, done, warn = "enrol", "Care has ended. The person can be enrolled again at any time.", True
    outcome = _choice("How it ended", [pair for pair in _pairs(words.CLOSES) if pair[0] != "died"])
    note = _text("Note", required=False)

    def act(self) -> Fact:
        return actions.close_episode(**self.who, **self.cleaned_data)


class OwnerForm(ChartForm):
    slug, title, button = "owner", "Hand over to somebody else", "Hand over"
    permission, done = "enrol", "Handed over."
    owner = _choice("Who follows this person from now on", ())

    def prepare(self) -> None:
        self.fields["owner"].choices = self.staff()  # type: ignore[attr-defined]
        self.fields["owner"].initial = self.view.chart.owner

    def act(self) -> Fact:
        return actions.set_owner(**self.who, **self.cleaned_data)


class DeathForm(ChartForm):
    slug, title, button = "death", "Record a death", "Record the death"
    done, warn = "The death is on record. The person is on no list from now on.", True
    on = _date("On which day", required=True)
    cause = forms.CharField(label="Of what, if known", max_length=200, required=False)

    def clean_on(self) -> str:
        day: dt.date = self.cleaned_data["on"]
        if day > clock.today():
            raise forms.ValidationError("This day has not come yet. Give today or an earlier day.")
        return day.isoformat()

    def act(self) -> Fact:
        return actions.died(**self.who, **self.cleaned_data)


class WithdrawForm(ChartForm):
    slug, title, button = "withdraw", "Withdraw an entry", "Withdraw it"
    done, warn = "The entry no longer counts. It stays on record beside your reason.", True
    fact = forms.CharField(widget=forms.HiddenInput, max_length=36)
    reason = _text("Why it should not count", help_text="Wrong person, wrong date, typed by mistake.")

    @classmethod
    def offered(cls, view: View) -> bool:
        return True

    def act(self) -> Fact:
        if not any(one.id == self.cleaned_data["fact"] for one in self.view.chart.live):
            raise Invalid("This entry is not on the record that you see, or does not count already.")
        return actions.withdraw(**self.who, **self.cleaned_data)


FORMS: dict[str, type[ChartForm]] = {
    form.slug: form
    for form in (
        TreatmentForm, SignForm, ConcernForm, QuestionForm, NoteForm, HospitalForm,
        EnrolForm, ReopenForm, StepForm, OwnerForm, CloseForm, DeathForm, WithdrawForm,
    )
}  # fmt: skip
