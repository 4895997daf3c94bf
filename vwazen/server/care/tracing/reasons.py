"""What kept people away, and what looking for them came to: counts of people over some weeks.

Who may open the charts of a place sees every figure; anyone else sees none that tells of a few people.
"""

import datetime as dt
from collections.abc import Mapping

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.indicators import Outcomes
from vwazen.content.load import content
from vwazen.evidence import disclosure
from vwazen.server.care.tracing import words
from vwazen.server.care.tracing.actions import rules
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.refresh import path_of


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
    newest = [(path, body) for path, body in _newest(since, paths) if path.startswith(paths)] if paths else []
    limit = content().get(Outcomes, "outcomes").small_cell
    return Counts(
        since=since, whole=bool(charts), limit=limit,
        total=_hidden(len(newest), limit) if not charts else len(newest),
        reasons=_table([(path, body.reason) for path, body in newest], words.REASONS, paths, limit, whole=bool(charts)),
        outcomes=_table([(path, body.found) for path, body in newest], words.FOUND, paths, limit, whole=bool(charts)),
    )  # fmt: skip


def _hidden(many: int, limit: int) -> int | None:
    return None if 0 < many < limit else many


def _newest(since: dt.date, paths: tuple[str, ...]) -> list[tuple[str, f.Trace]]:
    """(site path, report): the newest standing one of each person who was looked for at these paths, wherever that one
    is from. The kind is written out for its index."""
    received = dt.datetime.combine(since, dt.time(), dt.UTC)
    rows = store.select(
        "SELECT data FROM record_fact WHERE kind = 'trace' AND received >= %s ORDER BY received", [received]
    )
    told = [f.decode(bytes(data)) for (data,) in rows]  # type: ignore[call-overload]
    here = {one.person for one in told if path_of(one.site).startswith(paths)}
    told = [one for one in told if one.person in here]
    gone = _withdrawn(sorted({one.person for one in told})) | {one.amends for one in told if one.amends}
    last: dict[str, Fact] = {}
    for one in sorted((one for one in told if one.id not in gone), key=lambda one: (f.instant(one.occurred), one.id)):
        last[one.person] = one
    return [
        (path_of(one.site), one.body) for one in last.values() if isinstance(one.body, f.Trace) and one.day >= since
    ]


def _withdrawn(people: list[str]) -> set[str]:
    """The facts of these people that somebody took back."""
    found: set[str] = set()
    for start in range(0, len(people), 400):
        part = people[start : start + 400]
        rows = store.select(
            f"SELECT data FROM record_fact WHERE kind = 'retraction' AND person IN ({store.marks(part)})",  # noqa: S608
            part,
        )
        found |= {f.decode(bytes(data)).retracts for (data,) in rows}  # type: ignore[call-overload]
    return found


def _table(
    told: list[tuple[str, str]], labels: Mapping[str, str], paths: tuple[str, ...], limit: int, *, whole: bool
) -> tuple[Row, ...]:  # fmt: skip
    many = {code: sum(one == code for _, one in told) for code in labels}
    hidden: set[str] = set()
    if not whole:
        for top in paths:
            leaves: dict[tuple[str, str], tuple[int, ...]] = {}
            for path, code in told:
                if path.startswith(top):
                    leaves[path, code] = (leaves.get((path, code), (0,))[0] + 1,)
            shown = disclosure.shown(leaves, top=top, place=top, limit=limit)
            hidden |= set(labels) if not shown.open else shown.values
    return tuple(
        Row(label=label[:1].upper() + label[1:], many=None if code in hidden else many[code])
        for code, label in labels.items()
        if many[code] or code in hidden
    )
