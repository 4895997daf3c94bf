"""What consent is called on a page and on paper."""

import datetime as dt
from collections.abc import Mapping

from vwazen.clinical.chart import Chart
from vwazen.server.organisation.models import Role

PARTS = {
    "general": "Names, visits and tasks", "mental-health": "Mental-health care", "substance-use": "Alcohol and drugs",
    "hiv": "HIV", "intimate-partner-violence": "Violence by a partner", "therapy-notes": "Notes of therapy",
}  # fmt: skip
HOW = {"aloud": "aloud", "paper": "on paper, signed", "screen": "on this screen"}


def recipient(to: str, names: Mapping[str, str] | None = None, sites: Mapping[str, str] | None = None) -> str:
    """Who is meant by a recipient of consent, in words; a worker or site that is not named here stays unnamed."""
    kind, _, which = to.partition(":")
    if not to:
        return "everybody on the team"
    if kind == "role":
        return f"everyone who works as {Role(which).label.lower()}" if which in Role.values else "a role"
    if kind == "site":
        return f"everyone who works at {(sites or {}).get(which, which)}"
    if kind == "worker":
        return (names or {}).get(which, "one worker")
    return "the family" if to == "family" else to


def aged(chart: Chart, today: dt.date) -> int | None:
    """How old the person is at most, as far as the birth is known: of a year alone, as if born on its first day."""
    born = chart.registration.born if chart.registration else ""
    if not born[:4].isdigit():
        return None
    month, day = int(born[5:7] or 1), int(born[8:10] or 1)
    return today.year - int(born[:4]) - ((today.month, today.day) < (month, day))
