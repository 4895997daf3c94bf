"""Form fields as HTML: Django's own, but lists of choices without a template for each choice.

A chart has some ten of them with three hundred choices, and to draw those by templates took longer than all the rest
of the page.
"""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape as escaped

SELECT = "django/forms/widgets/select.html"


class Renderer(DjangoTemplates):
    """What Django's templates give, letter by letter, without their empty lines."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == SELECT:
            return select(context["widget"])
        return super().render(template_name, context, request)


def select(widget: Mapping[str, Any]) -> str:
    """A list of choices, of what `Select.get_context` gives."""
    parts = [f'<select name="{escaped(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, choices, _ in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{escaped(group)}">')
        for one in choices:
            said = f'value="{escaped(str(one["value"]))}"{_attributes(one["attrs"])}>{escaped(one["label"])}'
            parts.append(f"\n  <option {said}</option>")
        if group:
            parts.append("\n  </optgroup>")
    return "".join([*parts, "\n</select>"])


def _attributes(those: Mapping[str, object]) -> str:
    """` name="value"` for each, the name alone where it is True, nothing where it is False."""
    return "".join(
        f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(str(value))}"'
        for name, value in those.items()
        if value is not False
    )
