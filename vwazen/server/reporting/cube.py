"""Episodes counted in the database: one pass over the episode rows, alike ones added up, nothing read by person."""

import datetime as dt
from collections.abc import Sequence

import msgspec
from django.db import connection

from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.evidence.episode import JUDGED, UNFOLLOWED
from vwazen.evidence.outcomes import Cell
from vwazen.server.record import store

A_FEW_SITES = 400  # as many are named in a statement; for more the whole table is read and others are left out

# What figures can be narrowed or broken down by -> the expression, in which nothing is typed by anybody
_COLUMNS = {
    "site": "path", "step": "CAST(step AS text)", "worker": "owner", "condition": "condition", "sex": "gender",
    "month": "SUBSTR(CAST(started AS text), 1, 7)", "none": "''",
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which episodes are counted: of these sites (None: all), without these conditions, narrowed by `only`.

    `only` maps what is narrowed by to the wanted value. `since` and `until` are days of enrolment, both included.
    """

    place: str
    sites: tuple[str, ...] | None
    without: tuple[str, ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    closed: tuple[str, tuple[object, ...]] = ("", ())


def column(name: str, rules: Outcomes) -> str:
    """The expression of what is counted by. Ages come from the content as numbers, never from a request."""
    if name != "age":
        return _COLUMNS[name]
    arms = []
    for group in rules.ages:
        ends = [f"age {sign} {int(end)}" for sign, end in ((">=", group.low), ("<=", group.high)) if end is not None]
        arms.append(f"WHEN {' AND '.join(['age IS NOT NULL', *ends])} THEN '{_word(group.id)}'")
    return f"CASE {' '.join(arms)} ELSE '' END"


def _word(text: str) -> str:
    if not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"{text!r} may hold letters, digits and hyphens only; it is part of a statement")
    return text


def where(asked: Asked, rules: Outcomes) -> tuple[str, list[object]]:
    """The condition of a statement over `record_episode e`, and its values."""
    parts: list[str] = ["1 = 1"]
    values: list[object] = []
    if asked.sites is not None and len(asked.sites) <= A_FEW_SITES:
        parts.append(f"path IN ({store.marks(asked.sites)})" if asked.sites else "1 = 0")
        values += asked.sites
    elif asked.sites is not None:
        parts.append("path LIKE %s")
        values.append(f"{asked.place}%")
    if asked.without:
        parts.append(f"condition NOT IN ({store.marks(asked.without)})")
        values += asked.without
    for name, value in asked.only:
        parts.append(f"{column(name, rules)} = %s")
        values.append(value)
    for sign, day in ((">=", asked.since), ("<=", asked.until)):
        if day is not None:
            parts.append(f"started {sign} %s")
            values.append(day)
    words, more = asked.closed
    return " AND ".join(parts) + words, [*values, *more]


def over(rules: Outcomes, as_of: dt.date) -> list[dt.date]:
    """For each window the last day of enrolment whose window is over by the end of `as_of`."""
    closes = {one.id: one.closes for one in rules.windows}
    return [as_of - dt.timedelta(days=closes[id]) for id in WINDOWS]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """So many enrolments at one site, alike in how care stands and in whether they can be judged.

    `contacts` met in them; `away`: in care, not met for long.
    """

    path: str
    base: str
    outcome: str
    many: int
    contacts: int
    away: int


def status(asked: Asked, rules: Outcomes, as_of: dt.date) -> list[Status]:
    """All enrolments asked for, added up by site, by how care stands and by what they can be judged by."""
    condition, values = where(asked, rules)
    statement = (
        "SELECT path, base, outcome, COUNT(*), SUM(contacts), "  # noqa: S608
        "SUM(CASE WHEN closed IS NULL AND COALESCE(last_seen, started) <= %s THEN 1 ELSE 0 END) "
        f"FROM record_episode WHERE {condition} GROUP BY 1, 2, 3"
    )
    long_ago = as_of - dt.timedelta(days=rules.out_of_touch_days)
    return [
        Status(
            path=str(path), base=str(base), outcome=str(outcome or "open"), many=_int(many), contacts=_int(contacts),
            away=_int(away),
        )
        for path, base, outcome, many, contacts, away in store.select(statement, [long_ago, *values])
    ]  # fmt: skip


def fates(
    asked: Asked, by: Sequence[str], windows: Sequence[int], rules: Outcomes, as_of: dt.date
) -> list[list[Cell]]:  # fmt: skip
    """For each of these windows who is due and can be judged, added up by the named keys and by fate.

    Several windows of a few sites are read at once. To tell the rows of a country apart by all of them takes longer
    than to read them again.
    """
    if len(windows) > 1 and (asked.sites is None or len(asked.sites) > A_FEW_SITES):
        return [cells for one in windows for cells in fates(asked, by, [one], rules, as_of)]
    last = [over(rules, as_of)[one] for one in windows]
    ends = last if len(windows) > 1 else []
    keys = [column(name, rules) for name in by]
    fate = [f"CASE WHEN started <= %s THEN at{WINDOWS[one]} END" if ends else f"at{WINDOWS[one]}" for one in windows]
    condition, values = where(asked, rules)
    statement = (
        f"SELECT {', '.join([*keys, *fate])}, COUNT(*) FROM record_episode "  # noqa: S608
        f"WHERE base = '{JUDGED}' AND started <= %s AND {condition} "
        f"GROUP BY {', '.join(str(n + 1) for n in range(len(keys) + len(fate)))}"
    )
    found: list[list[Cell]] = [[] for _ in windows]
    for row in store.select(statement, [*ends, max(last), *values]):
        key, many = tuple(str(one or "") for one in row[: len(keys)]), _int(row[-1])
        for cells, one in zip(found, row[len(keys) : -1], strict=True):
            if one is not None:  # due
                cells.append(Cell(key=key, fate=str(one), many=many))
    return found


def people_in_care(asked: Asked, rules: Outcomes) -> int:
    """How many people have an open episode among those asked for, each once."""
    condition, values = where(asked, rules)
    statement = f"SELECT COUNT(DISTINCT person) FROM record_episode WHERE closed IS NULL AND {condition}"  # noqa: S608
    return _int(store.select(statement, values)[0][0])


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One window's counts of what has no line of response: daily life and seizures.

    `limited`: began with at least some difficulty in daily life; `easier`: of these, at least one level less.
    `epilepsy`: due with an illness whose seizures are counted; `counted` in the window; `free`: none counted.
    """

    limited: int
    asked: int
    easier: int
    epilepsy: int
    counted: int
    free: int


def known(asked: Asked, rules: Outcomes, as_of: dt.date) -> dict[str, list[Known]]:
    """By site path, for each window, who is due: getting on with daily life, and freedom from seizures."""
    parts: list[str] = []
    values: list[object] = []
    illness = store.marks(rules.seizure_conditions)
    for window, last in zip(WINDOWS, over(rules, as_of), strict=True):
        for test in (
            "daily0 >= 1",
            f"daily0 >= 1 AND daily{window} IS NOT NULL",
            f"daily0 >= 1 AND daily{window} < daily0",
        ):
            parts.append(f"SUM(CASE WHEN started <= %s AND base <> '{UNFOLLOWED}' AND {test} THEN 1 ELSE 0 END)")
            values.append(last)
        for test in ("1 = 1", f"seizures{window} IS NOT NULL", f"seizures{window} = 0"):
            parts.append(f"SUM(CASE WHEN started <= %s AND condition IN ({illness}) AND {test} THEN 1 ELSE 0 END)")
            values += [last, *rules.seizure_conditions]
    condition, more = where(asked, rules)
    statement = (
        f"SELECT path, {', '.join(parts)} FROM record_episode "  # noqa: S608
        f"WHERE (daily0 >= 1 OR condition IN ({illness})) AND {condition} GROUP BY path"
    )
    found = {}
    for path, *sums in store.select(statement, [*values, *rules.seizure_conditions, *more]):
        row = [_int(one) for one in sums]
        parts_of = (row[n : n + 6] for n in range(0, len(row), 6))
        found[str(path)] = [Known(**dict(zip(Known.__struct_fields__, part, strict=True))) for part in parts_of]
    return found


def seen_again(asked: Asked, rules: Outcomes, as_of: dt.date) -> list[tuple[str, int, int]]:
    """For each month of enrolment that is old enough: how many were enrolled, and how many seen again in time."""
    condition, values = where(asked, rules)
    days = int(rules.seen_again_days)
    later = f"julianday(seen_again) - julianday(started) <= {days}"
    if connection.vendor == "postgresql":
        later = f"seen_again - started <= {days}"
    month = _COLUMNS["month"]
    statement = (
        f"SELECT {month}, COUNT(*), SUM(CASE WHEN seen_again IS NOT NULL AND {later} THEN 1 ELSE 0 END) "  # noqa: S608
        f"FROM record_episode WHERE started <= %s AND {condition} GROUP BY 1 ORDER BY 1"
    )
    last = as_of - dt.timedelta(days=rules.seen_again_days)
    return [(str(row[0]), _int(row[1]), _int(row[2])) for row in store.select(statement, [last, *values])]


def _int(value: object) -> int:
    return int(str(value or 0))
