"""Who stands behind a figure: the episodes it counts, newest first, for whoever may open their charts."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from django.http import Http404

from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.content.load import content
from vwazen.evidence.episode import JUDGED, MISSING, REMISSION, RESPONSE, UNFOLLOWED
from vwazen.server.care.listing import A_PAGE, tell_apart, worker_names
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.models import EpisodeRow, Person
from vwazen.server.reporting import cube
from vwazen.server.reporting.figures import Wanted, asked
from vwazen.server.reporting.scope import Scope, opens
from vwazen.server.reporting.words import BASES, FATES, GROUPS, STATUS

_ALL = "NOT (id = '')"  # as the index of days says it


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a figure's people. `elsewhere`: some of it are followed where this worker may not look."""

    words: str
    rows: list[dict[str, object]]
    after: str
    elsewhere: bool


def condition(group: str, wanted: Wanted, rules: Outcomes, as_of: dt.date) -> tuple[str, list[object], str]:
    """The statement's part for a group, its values, and the group in words. Raises Http404 for a group there is not."""
    kind, _, value = group.partition(":")
    over = cube.over(rules, as_of)[wanted.place]
    title = rules.windows[wanted.place].title
    due = f"base = '{JUDGED}' AND started <= %s"
    at = f"at{WINDOWS[wanted.place]}"
    plain: dict[str, tuple[str, list[object]]] = {
        "enrolled": ("1 = 1", []), "open": ("closed IS NULL", []),
        "away": ("closed IS NULL AND COALESCE(last_seen, started) <= %s",
                 [as_of - dt.timedelta(days=rules.out_of_touch_days)]),
    }  # fmt: skip
    if group in plain:
        return *plain[group], GROUPS[group]
    if kind == "status" and value in STATUS:
        return ("closed IS NULL", [], STATUS[value]) if value == "open" else ("outcome = %s", [value], STATUS[value])
    if kind == "base" and value in BASES:
        return "base = %s", [value], BASES[value]
    if kind == "fate" and value in FATES:
        return f"{due} AND {at} = %s", [over, value], f"{title}: {FATES[value]}"
    lists = {"scored": ("NOT IN", MISSING), "missing": ("IN", MISSING), "responded": ("IN", (REMISSION, RESPONSE))}
    if group in lists:
        sign, fates = lists[group]
        return f"{due} AND {at} {sign} ({store.marks(fates)})", [over, *fates], f"{title}: {GROUPS[group]}"
    number = WINDOWS[wanted.place]
    life: dict[str, tuple[str, list[object]]] = {
        "due": (due, [over]),
        "easier": (
            f"base <> '{UNFOLLOWED}' AND started <= %s AND daily0 >= 1 AND daily{number} < daily0", [over],
        ),
        "free": (
            f"started <= %s AND condition IN ({store.marks(rules.seizure_conditions)}) AND seizures{number} = 0",
            [over, *rules.seizure_conditions],
        ),
    }  # fmt: skip
    if group in life:
        return *life[group], f"{title}: {GROUPS[group]}"
    raise Http404("There is no such figure. Open the people of a figure from the outcomes page.")


def behind(
    by: Worker, scope: Scope, wanted: Wanted, group: str, rules: Outcomes, as_of: dt.date, after: str
) -> Behind:  # fmt: skip
    """One page of the people behind a figure, after the row named `after` ("day~id")."""
    where, values = cube.where(asked(scope, wanted), rules)
    more, also, words = condition(group, wanted, rules, as_of)
    where, values = f"{where} AND {more}", [*values, *also]
    day, _, last = after.partition("~")
    try:
        begin = dt.date.fromisoformat(day)
    except ValueError:
        begin = None
    if begin is not None:
        where += " AND started <= %s AND (started < %s OR id > %s)"
        values += [begin, begin, last]
    few = scope.sites is not None and len(scope.sites) <= cube.A_FEW_SITES
    ordered = not few and "worker" not in dict(wanted.only)
    ids = _newest(where, values, ordered=ordered)
    found = EpisodeRow.objects.in_bulk(ids[:A_PAGE])
    people = Person.objects.in_bulk({one.person for one in found.values()})
    names = worker_names(one.owner for one in found.values())
    rows: list[dict[str, object]] = []
    for id in ids[:A_PAGE]:
        person = people.get(found[id].person)
        if person is not None and opens(by, person.path):
            rows.append(_row(found[id], person, names, wanted))
    last_row = found[ids[A_PAGE - 1]] if len(ids) > A_PAGE else None
    return Behind(
        words=words, rows=rows, elsewhere=len(rows) < min(len(ids), A_PAGE),
        after=f"{last_row.started.isoformat()}~{last_row.pk}" if last_row else "",
    )  # fmt: skip


def _newest(where: str, values: Sequence[object], *, ordered: bool) -> list[str]:
    """Ids of the first page and one more, newest first.

    Those of a few sites, or of one worker, are gathered and sorted. Those of a country (`ordered`) are looked for in
    the index of days, which holds what is asked of nearly every figure.
    """
    through = f" AND {_ALL}" if ordered else ""
    statement = f"SELECT id FROM record_episode WHERE {where}{through} ORDER BY started DESC, id LIMIT {A_PAGE + 1}"  # noqa: S608
    return [str(id) for (id,) in store.select(statement, values)]


def _row(row: EpisodeRow, person: Person, names: dict[str, str], wanted: Wanted) -> dict[str, object]:
    window = WINDOWS[wanted.place]
    scales = {one.id: one.name for one in content().instruments}
    return {
        "row": row, "person": person, "apart": tell_apart(person), "owner": names.get(row.owner, "nobody"),
        "state": STATUS.get(row.outcome or "open", row.outcome), "then": getattr(row, f"score{window}"),
        "fate": FATES.get(getattr(row, f"at{window}"), ""), "instrument": scales.get(row.instrument, ""),
    }  # fmt: skip
