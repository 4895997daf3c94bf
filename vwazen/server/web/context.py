"""What every page's frame needs: who is here, where they may go, and what kind of node this is.

A view may put these names into its own context, where they win over what stands here:

    synthetic      True where the people shown are invented; the mark then stands on every page and print
    now_banner     a `NowBanner`: someone must act now; it stands above every page until it is dealt with

and may set `request.nav_counts`, a dict of a page's url name to the number beside it (or to what asks for it), counting
only what this worker may see, and `request.nav_current`, the url name of the entry to mark where the address does not
say it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from vwazen.server.organisation import policy

# url name, what it is called, and the rights of which one opens it
PAGES = (
    ("today", "Today", ("see_caseload", "carry_out")),
    ("caseload", "Caseload", ("see_caseload",)),
    ("risk-board", "Open risks", ("act_on_risk",)),
    ("messages", "Messages", ("record_care",)),
    ("review", "Review", ("review", "ask_question")),
    ("triage", "Triage", ("triage",)),
    ("find-person", "Find person", ("find_person",)),
    ("referrals", "Referrals", ("record_care",)),
    ("day-hospital", "Stays", ("see_chart",)),
    ("refills", "Refills", ("dispense",)),
    ("held", "Held", ("mend_held",)),
    ("import", "Import", ("import_data",)),
    ("outcomes", "Outcomes", ("see_outcomes",)),
    ("tracing", "Missed visits", ("see_caseload", "see_outcomes")),
    ("quality", "Data quality", ("see_caseload", "see_outcomes")),
    ("sites", "Sites", ("manage_sites",)),
    ("nodes", "Nodes", ("manage_sites",)),
    ("workers", "Workers", ("manage_workers",)),
    ("roster", "Roster", ("manage_roster", "act_on_risk")),
    ("phones", "Phones", ("manage_roster",)),
    ("texts", "Texts received", ("triage",)),
    ("outbox", "Outbox", ("keep_outbox",)),
    ("access-log", "Access log", ("see_access_log",)),
    ("emergencies", "Emergencies", ("declare_emergency",)),
    ("emergency-reviews", "Opened records", ("review_emergency",)),
    ("erasures", "Erasures", ("erase_record",)),
)


SHOWN = 8  # entries of the navigation before "More"


class NavItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the navigation; `count` None shows no number, since unknown is not zero."""

    label: str
    url: str
    count: int | None
    current: bool


class NowBanner(msgspec.Struct, frozen=True, kw_only=True):
    """Someone must act now: one sentence, and the one thing to do. `phone` is shown as a link to call."""

    text: str
    action: str = ""
    url: str = ""
    phone: str = ""


def address(name: str) -> str:
    """The path of a page, or nothing where this node has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def navigation(request: HttpRequest) -> list[NavItem]:
    """The pages this worker may open, in a fixed order; nothing for who is not signed in."""
    if not request.user.is_authenticated:
        return []
    counts: Mapping[str, int | Callable[[], int]] = getattr(request, "nav_counts", {})
    marked = getattr(request, "nav_current", "")
    items = []
    for name, label, permissions in PAGES:
        url = address(name)
        if url and any(policy.can(request.user, permission) for permission in permissions):
            here = name == marked if marked else request.path == url or request.path.startswith(url.rstrip("/") + "/")
            many = counts.get(name)
            items.append(NavItem(label=label, url=url, count=many() if callable(many) else many, current=here))
    return items


def split(items: list[NavItem]) -> dict[str, Any]:
    """What stands in the navigation at once, and what behind More; one entry alone is not put behind it."""
    first = len(items) if len(items) <= SHOWN + 1 else SHOWN
    return {
        "shown": items[:first],
        "more": items[first:],
        "here": next((one for one in items[first:] if one.current), None),
    }


def role_titles(request: HttpRequest) -> str:
    """What the worker is here, as people say it: "care manager"."""
    if not request.user.is_authenticated:
        return ""
    titles = sorted({str(post.get_role_display()) for post in policy.posts(request.user)})
    return ", ".join(title[:1].lower() + title[1:] for title in titles)


def page(request: HttpRequest) -> dict[str, Any]:
    """The frame's values. Navigation is a function, so that a fragment or a redirect does not pay for it."""
    if not getattr(request, "user", None):  # an error before the session was read
        return {}
    return {
        "navigation": lambda: split(navigation(request)),
        "role_titles": lambda: role_titles(request),
        "synthetic": getattr(settings, "SYNTHETIC", False),
        "not_on_paper": lambda: getattr(request.user, "sees_apart", False),
    }
