"""What the pages ask. Rules stand in the actions; a form only reads values and shows where one does not fit."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db.models import QuerySet

from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.find import holders, listed, open_posts_at, sites_of, workers_at
from vwazen.server.organisation.models import Post, Role, Site, Worker

T = TypeVar("T")
LONGEST_PASSWORD = 200
LANGUAGES = (("en", "English"), ("fr", "Français"), ("ht", "Kreyòl ayisyen"), ("es", "Español"))


def carry_out(form: forms.Form, action: Callable[[], T]) -> T | None:
    """Run an action; what does not fit is written beside its field, and None is returned."""
    try:
        return action()
    except Invalid as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return None


def password_field(label: str, complete: str, help_text: str = "") -> forms.CharField:
    """A password as typed: spaces belong to it."""
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": complete}),
    )


class SignInForm(forms.Form):
    username = forms.CharField(
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = password_field("Password", "current-password")


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Six digits from your phone, or one of your recovery codes.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


class ConfirmForm(CodeForm):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["code"].help_text = "The six digits on the phone now."


class PasswordForm(forms.Form):
    old = password_field("Present password", "current-password")
    new = password_field("New password", "new-password", "At least 10 characters. Several words are easy to remember.")
    again = password_field("New password, again", "new-password")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", "The two new passwords differ. Type them again.")
        return values


class OwnPasswordForm(forms.Form):
    password = password_field("Your password", "current-password")


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(
        label="Minutes a week for case review",
        required=False,
        min_value=0,
        help_text="The agenda is cut to fit. Empty means not declared.",
    )

    def __init__(self, *arguments: Any, reviews: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not reviews:
            self.fields["minutes"].label = "Minutes a week for people in care"
            self.fields["minutes"].help_text = "The diary marks days that hold more. Empty means not declared."


class PhoneForm(forms.Form):
    phone = forms.CharField(label="Phone", max_length=40, required=False, help_text="Rung when an alarm is open.")


if TYPE_CHECKING:
    WorkerChoice = forms.ModelChoiceField[Worker]
else:
    WorkerChoice = forms.ModelChoiceField


class WorkerField(WorkerChoice):
    """One of some workers: out of a list, or by the username where they are too many for one."""

    def offer(self, found: QuerySet[Worker], posts: QuerySet[Post]) -> None:
        """Let it be one of `found`, who hold these posts."""
        self.queryset = found
        if not listed(posts):
            self.to_field_name = "username"
            self.widget = forms.TextInput({"autocapitalize": "none", "autocomplete": "off"})
            self.help_text = "By username: there are too many to list here."
            self.error_messages = self.error_messages | {
                "invalid_choice": "Nobody who can be chosen here has this username. Look it up among the workers."
            }

    def to_python(self, value: Any) -> Worker | None:
        """The worker chosen or named."""
        if self.to_field_name and isinstance(value, str):
            value = value.replace("\0", "").strip().lower()
        return super().to_python(value)


class DetailsForm(PhoneForm):
    supervisor = WorkerField(label="Supervisor", queryset=Worker.objects.none(), required=False, empty_label="nobody")

    def __init__(self, *arguments: Any, by: Worker, worker: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        paths = policy.site_paths(by, "manage_workers")
        # Not by whom one supervises: each would stand there as often as they supervise somebody.
        now = Worker.objects.filter(pk__in=Worker.objects.filter(pk=worker.pk).values("supervisor"))
        known = (workers_at(paths) | now).exclude(pk=worker.pk)
        self.fields["supervisor"].offer(known, open_posts_at(paths))  # type: ignore[attr-defined]


class SiteForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)
    code = forms.CharField(
        label="Code", max_length=50, help_text="Short and for ever: lower-case letters, digits, hyphens."
    )
    kind = forms.ChoiceField(label="Kind", choices=Site.Kind.choices)


class RenameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200)


if TYPE_CHECKING:
    SiteChoice = forms.ModelChoiceField[Site]
else:
    SiteChoice = forms.ModelChoiceField


class SiteField(SiteChoice):
    """A site, indented by its place in the tree, since two sites may have one name."""

    def label_from_instance(self, obj: Site) -> str:
        """The name after one dash for each site above."""
        return "– " * obj.depth + obj.name


class PostForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)
    site = SiteField(label="Site", queryset=Site.objects.none(), empty_label=None)
    starts = forms.DateField(
        label="From", required=False, help_text="Empty means today.", widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["site"].queryset = sites_of(by, "manage_workers")  # type: ignore[attr-defined]


class WorkerForm(PostForm):
    name = forms.CharField(label="Name", max_length=200)
    username = forms.CharField(
        label="Username", max_length=60, help_text="For signing in: lower-case letters, digits, dots, hyphens."
    )
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    language = forms.ChoiceField(label="Language", choices=LANGUAGES)
    supervisor = WorkerField(label="Supervisor", queryset=Worker.objects.none(), required=False, empty_label="nobody")

    field_order = ("name", "username", "role", "site", "starts", "phone", "language", "supervisor")

    def __init__(self, *arguments: Any, by: Worker, **options: Any) -> None:
        super().__init__(*arguments, by=by, **options)
        paths = policy.site_paths(by, "manage_workers")
        self.fields["supervisor"].offer(workers_at(paths), open_posts_at(paths))  # type: ignore[attr-defined]


class OnCallForm(forms.Form):
    worker = forms.ModelChoiceField(label="Who", queryset=Worker.objects.none(), empty_label=None)
    starts = forms.DateTimeField(label="From", widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"))
    ends = forms.DateTimeField(label="Until", widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"))
    order = forms.IntegerField(label="Called as number", min_value=1, max_value=20, initial=1)
    phone = forms.CharField(
        label="Phone", max_length=40, required=False, help_text="Empty means the number on the account."
    )

    def __init__(self, *arguments: Any, site: Site, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["worker"].queryset = holders(site, "act_on_risk")  # type: ignore[attr-defined]
