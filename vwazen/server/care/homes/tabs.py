"""The lists of people who live or spend their days elsewhere, as tabs."""

from django.urls import NoReverseMatch, reverse

from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker

# url name, what it is called, and the rights of which one opens it
PAGES = (
    ("ward", "Ward", ("record_care",)), ("day-hospital", "Day hospital", ("see_chart",)),
    ("homes", "Protected homes", ("see_chart", "manage_sites")), ("reintegration", "Way home", ("see_chart",)),
    ("high-users", "Often at emergency", ("see_chart",)), ("readmissions", "Readmissions", ("see_outcomes",)),
)  # fmt: skip


def tabs(by: Worker, current: str) -> list[dict[str, object]]:
    """Those of the pages that this worker may open and this node has, as components/tabs.html takes them."""
    found: list[dict[str, object]] = []
    for name, label, rights in PAGES:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        if any(policy.can(by, right) for right in rights):
            found.append({"label": label, "url": url, "count": None, "current": name == current})
    return found
