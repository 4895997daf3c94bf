"""First help after something terrible: rows that lists count, and what waits when someone wishes to be seen again."""

import json
from collections.abc import Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart

FORM = "first-aid"
FIRST_HELP = ("id", "person", "path", "event", "day", "needs")


def rows(one: Chart, path: str) -> list[Sequence[object]]:
    """One row a contact, in the order of `FIRST_HELP`."""
    if one.merged_into:
        return []
    return [
        (fact.id, one.person, path, str(body.answers.get("event", ""))[:120], fact.day, json.dumps(_needs(body)))
        for fact, body in one.findings.get(FORM, ())
    ]


def _needs(body: f.Findings) -> list[str]:
    needs = body.answers.get("needs", ())
    return sorted(map(str, needs)) if isinstance(needs, tuple | list) else []


def wish(one: Chart) -> f.Fact | None:
    """The newest first help after which someone who is in no care wished to be seen again."""
    told = [fact for fact, body in one.findings.get(FORM, ()) if body.answers.get("again") == "yes"]
    return max(told, key=lambda fact: (f.instant(fact.occurred), fact.id), default=None) if not one.episodes else None


def words(fact: f.Fact, said: str) -> str:
    """Why they stand among those to decide about. `said`: the day in words."""
    body = fact.body
    event = str(body.answers.get("event", "")) if isinstance(body, f.Findings) else ""
    return f"First help on {said}{f' after {event}' if event else ''}: wishes to be seen again."
