"""The forms of protected homes and of the way home. Rules stand in the actions."""

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet

from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import ALONE, AREAS, FIRST_REVIEW_DAYS, RIGHTS, STAGES
from vwazen.clinical.stay_view import StayView
from vwazen.server.care.chart_forms import _choice, _date, _pairs, _text
from vwazen.server.care.homes import actions, lists, way
from vwazen.server.care.listing import carers
from vwazen.server.care.medicine_forms import ASKED, CHOOSE
from vwazen.server.care.once import Once
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.forms import WorkerField
from vwazen.server.organisation.models import Home, Post, Worker
from vwazen.server.record.access import View


def lives_in(view: View) -> StayView | None:
    """The stay in a protected home that lasts, as far as this viewer may know of it."""
    found = [one for one in view.chart.stays if one.where == "protected_home" and one.state in ("in", "leave")]
    return found[-1] if found else None


class _Dated(Once):
    """A form with the day of what comes next, and whoever does it."""

    def clean_next_date(self) -> str:
        """The day as facts write it; "" where none was given."""
        day: dt.date | None = self.cleaned_data["next_date"]
        return day.isoformat() if day else ""

    def staff_in(self, name: str, chosen: str = "") -> None:
        """Fill in the workers who may care for this person."""
        self.fields[name].choices = [CHOOSE, *carers([self.view.path])]  # type: ignore[attr-defined]
        self.fields[name].initial = chosen or self.view.chart.owner


class MoveInForm(Once):
    slug, title, button = "move-in", "Move into a protected home", "They move in"
    permission, page, done = "enrol", "residence", "They live there from today on."
    says = f"Only where a bed is free. The stay is looked at again after {FIRST_REVIEW_DAYS} days: our default."
    home = _choice("Which home", ())
    agrees = _choice("Do they agree?", (("yes", "Yes, asked in private"), ("no", "No")), radio=True)
    owner = _choice("Who answers for the stay", ())
    reason = forms.CharField(label="What for", max_length=300, required=False)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and lives_in(view) is None

    def prepare(self) -> None:
        self.fields["home"].choices = [CHOOSE, *lists.choices(self.by)]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [CHOOSE, *carers([self.view.path])]  # type: ignore[attr-defined]

    def act(self) -> Fact:
        return actions.move_in(**self.values())


class ReviewForm(_Dated):
    slug, title, button = "review", "Review the stay with them", "Save the review"
    page, done = "residence", "The review is on record."
    says = "Sit down with them. What was not asked stays “not asked”, which is not “no”."
    stay = forms.CharField(widget=forms.HiddenInput, max_length=36)
    agrees = _choice("Do they agree to live here?", ASKED, radio=True)
    rights = forms.MultipleChoiceField(
        label="Which rights you explained to them", required=False, choices=_pairs(RIGHTS),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    visitors = _choice("They may have visitors", ASKED, radio=True)
    own_key = _choice("They have a key of their own", ASKED, radio=True)
    own_money = _choice("They hold their own money", ASKED, radio=True)
    wishes = _text("What they wish, in their words", required=False)
    note = _text("What you saw", required=False)
    owner = _choice("Who looks at it again", ())
    next_date = _date("By when", required=True)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and lives_in(view) is not None

    def prepare(self) -> None:
        one = lives_in(self.view)
        self.fields["stay"].initial = one.id if one else ""
        for name in ("agrees", "visitors", "own_key", "own_money"):
            self.fields[name].initial = "not_asked"
        for area, label in AREAS.items():
            self.fields[f"alone_{area}"] = forms.ChoiceField(
                label=f"Daily life: {label}", required=False, choices=[("", "Not asked"), *_pairs(ALONE)]
            )
        self.order_fields([
            "drawn", "stay", "agrees", "rights", "visitors", "own_key", "own_money",
            *(f"alone_{area}" for area in AREAS), "wishes", "note", "owner", "next_date",
        ])  # fmt: skip
        self.staff_in("owner", self.view.chart.home_owner)

    def act(self) -> Fact:
        areas = [f"alone_{area}" for area in AREAS]
        alone = {area: self.cleaned_data[f"alone_{area}"] for area in AREAS if self.cleaned_data[f"alone_{area}"]}
        return actions.review(**self.values(*areas), alone=alone)


class MoveOutForm(_Dated):
    slug, title, button = "move-out", "They move out", "Save the move"
    permission, page, done = "enrol", "residence", "They have moved out, and somebody follows them."
    stay = forms.CharField(widget=forms.HiddenInput, max_length=36)
    destination = _choice("Where to", [CHOOSE, *_pairs(actions.OUT)])
    instructions = _text("What was agreed for the time after")
    worker = _choice("Who follows them there", ())
    next_date = _date("When they are seen next", required=True)

    @classmethod
    def offered(cls, view: View) -> bool:
        return super().offered(view) and lives_in(view) is not None

    def prepare(self) -> None:
        one = lives_in(self.view)
        self.fields["stay"].initial = one.id if one else ""
        self.staff_in("worker")

    def act(self) -> Fact:
        return actions.move_out(**self.values())


RESIDENCE: dict[str, type[Once]] = {one.slug: one for one in (ReviewForm, MoveInForm, MoveOutForm)}


class StepForm(_Dated):
    slug, title, button = "step", "Take the next step", "Save the step"
    page, done = "way-home", "The step is on record, and somebody takes the next one."
    stage = _choice("Where it stands now", [CHOOSE, *_pairs(STAGES)])
    note = _text(
        "What was found, and who agreed", required=False, help_text="Read by everyone who may open this record."
    )
    owner = forms.ChoiceField(label="Who takes the next step", required=False)
    next_date = _date("By when", help_text="Empty only when they were followed at home long enough.")

    @classmethod
    def offered(cls, view: View) -> bool:
        if not super().offered(view):
            return False
        try:
            way.of(way.whole(view))
        except Invalid:
            return False
        return True

    def prepare(self) -> None:
        steps = self.view.chart.way_home
        self.staff_in("owner", steps[-1][1].owner if steps else "")
        self.fields["stage"].initial = steps[-1][1].stage if steps else "assessed"

    def act(self) -> Fact:
        return way.take_step(**self.values())


class HomeForm(forms.Form):
    """A home: new, or changed."""

    code = forms.SlugField(label="Code", max_length=50, help_text="Short, and for ever: kay-lapè is kay-lape.")
    name = forms.CharField(label="Name", max_length=200)
    beds = forms.IntegerField(label="Beds", min_value=0, max_value=500, help_text="None, for a home that was given up.")
    site = forms.ChoiceField(label="Site")
    coordinator = WorkerField(
        label="Who coordinates it", queryset=Worker.objects.none(), required=False, empty_label="nobody yet"
    )

    def __init__(self, *arguments: Any, sites: list[tuple[str, str]], staff: QuerySet[Post],
                 home: Home | None = None, **options: Any) -> None:  # fmt: skip
        super().__init__(*arguments, **options)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]
        found = Worker.objects.filter(is_active=True, pk__in=staff.values("worker"))
        self.fields["coordinator"].offer(found, staff)  # type: ignore[attr-defined]
        if home is not None:
            del self.fields["code"], self.fields["site"]
