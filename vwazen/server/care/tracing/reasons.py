"""What kept people away, and what looking for them came to: counts of people over some weeks.

Who may open the charts of a place sees every figure; anyone else sees none that tells of a few people.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec
from django.db.models import Count, Q

from vwazen.content.indicators import Outcomes
from vwazen.content.load import content
from vwazen.evidence import disclosure
from vwazen.server.care.tracing import words
from vwazen.server.care.tracing.actions import rules
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach
from vwazen.server.record.models import LastTrace

_Told = tuple[str, str, str, int]  # site path, reason, what was found, people


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One reason or outcome; `many` None: too few people to be shown."""

    label: str
    many: int | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """People looked for since a day, each by the newest report about them. `total` None: too few to be shown."""

    since: dt.date
    total: int | None
    reasons: tuple[Row, ...]
    outcomes: tuple[Row, ...]
    whole: bool
    limit: int


def counts(by: Worker, today: dt.date) -> Counts:
    """Over everywhere `by` may see charts; else over everywhere they see figures or lists, small ones hidden."""
    since = today - dt.timedelta(days=rules().counted_days)
    charts = policy.site_paths(by, "see_chart")
    paths = charts or policy.site_paths(by, "see_outcomes") or policy.site_paths(by, "see_caseload")
    told = _told(since, by, paths, whole=bool(charts))
    total = sum(number for *_, number in told)
    limit = content().get(Outcomes, "outcomes").small_cell
    return Counts(
        since=since, whole=bool(charts), limit=limit,
        total=total if charts else _hidden(total, limit),
        reasons=_table([(path, why, number) for path, why, _, number in told], words.REASONS, paths, limit,
                       whole=bool(charts)),
        outcomes=_table([(path, found, number) for path, _, found, number in told], words.FOUND, paths, limit,
                        whole=bool(charts)),
    )  # fmt: skip


def _hidden(many: int, limit: int) -> int | None:
    return None if 0 < many < limit else many


def _told(since: dt.date, by: Worker, paths: tuple[str, ...], *, whole: bool) -> list[_Told]:
    """What the newest reports come to at these sites; of whom is closed to somebody who reads charts, nothing."""
    rows = LastTrace.objects.filter(policy.within(paths), reach.open_to(by) if whole else Q(), day__gte=since)
    return list(rows.values_list("path", "reason", "found").annotate(many=Count("day")))


def _table(
    told: Iterable[tuple[str, str, int]], labels: Mapping[str, str], paths: tuple[str, ...], limit: int, *, whole: bool
) -> tuple[Row, ...]:  # fmt: skip
    """`told`: (site path, code, people)."""
    leaves: Counter[tuple[str, str]] = Counter()
    for path, code, number in told:
        leaves[path, code] += number
    many: Counter[str] = Counter()
    for (_, code), number in leaves.items():
        many[code] += number
    hidden: set[str] = set()
    for top in () if whole else paths:
        below = {place: (number,) for place, number in leaves.items() if place[0].startswith(top)}
        shown = disclosure.shown(below, top=top, place=top, limit=limit)
        hidden |= set(labels) if not shown.open else shown.values
    return tuple(
        Row(label=label[:1].upper() + label[1:], many=None if code in hidden else many[code])
        for code, label in labels.items()
        if many[code] or code in hidden
    )
