"""Whoever is in care and has nobody, or no next date: the page that must be empty.

Someone has nobody where no owner is named, where the owner's account is closed, or where the owner holds no post any
more that cares for people of their site.
"""

import datetime as dt

import msgspec
from django.db import connection

from vwazen.server.care import waiting
from vwazen.server.care.waiting import Where
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.models import CaseloadRow

A_PAGE = 50


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """One open episode without an owner who is there, or without a next date, or without either."""

    row: CaseloadRow
    owned: bool

    @property
    def dated(self) -> bool:
        return self.row.next_date is not None


def _gone() -> str:
    """A condition over pairs p (owner, path): no active worker of this id may care for people there today."""
    same = "w.id = REPLACE(p.owner, '-', '')" if connection.vendor == "sqlite" else "w.id::text = p.owner"
    return (
        "NOT EXISTS (SELECT 1 FROM worker w JOIN post t ON t.worker_id = w.id JOIN site s ON s.code = t.site_id "  # noqa: S608
        f"WHERE {same} AND w.is_active AND t.role IN ({store.marks(_caring())}) AND t.starts <= %s "
        "AND (t.ends IS NULL OR t.ends > %s) AND p.path LIKE s.path || '%%')"
    )


def _caring() -> list[str]:
    return [id for id, role in policy.scopes().roles.items() if "record_care" in role.permissions]


def owners_gone(place: Where, today: dt.date) -> list[tuple[str, str]]:
    """(owner, path) of episodes at these places whose owner is not there any more, or was never named."""
    condition, values = waiting.inside(place, "path")
    rows = store.select(
        f"SELECT p.owner, p.path FROM (SELECT DISTINCT owner, path FROM record_caseload WHERE {condition} "  # noqa: S608
        f"AND episode <> '') p WHERE {_gone()}",
        [*values, *_caring(), today, today],
    )
    return [(str(owner), str(path)) for owner, path in rows]


def select(place: Where, today: dt.date, after: str = "") -> tuple[str, list[object], frozenset[tuple[str, str]]]:
    """A SELECT of the row ids after one, its values, and the pairs of owner and path that are gone."""
    condition, values, pairs = _where(place, today)
    statement = f"SELECT id FROM record_caseload WHERE {condition} AND id > %s"  # noqa: S608
    return statement, [*values, after], pairs


def people(place: Where, today: dt.date) -> tuple[str, list[object]]:
    """A SELECT of one row for each who stands there, to be counted; read from an index alone."""
    condition, values, _ = _where(place, today)
    return f"SELECT person FROM record_caseload WHERE {condition}", values  # noqa: S608


def by_path(place: Where, today: dt.date) -> dict[str, int]:
    """Site path -> how many stand there; read from an index alone, once."""
    condition, values = waiting.inside(place, "path")
    rows = store.select(
        f"SELECT p.path, p.many, p.dated, CASE WHEN {_gone()} THEN 1 ELSE 0 END FROM "  # noqa: S608
        "(SELECT owner, path, COUNT(*) AS many, COUNT(next_date) AS dated FROM record_caseload "
        f"WHERE {condition} AND episode <> '' GROUP BY owner, path) p",
        [*_caring(), today, today, *values],
    )
    found: dict[str, int] = {}
    for path, many, dated, gone in rows:
        if lost := int(str(many)) - (0 if gone else int(str(dated))):
            found[str(path)] = found.get(str(path), 0) + lost
    return found


def _where(place: Where, today: dt.date) -> tuple[str, list[object], frozenset[tuple[str, str]]]:
    pairs = owners_gone(place, today)
    condition, values = waiting.inside(place, "path")
    parts, more = ["next_date IS NULL"], []
    if pairs:
        parts.append(f"(owner, path) IN (VALUES {', '.join(['(%s, %s)'] * len(pairs))})")
        more = [part for pair in pairs for part in pair]
    return f"{condition} AND episode <> '' AND ({' OR '.join(parts)})", [*values, *more], frozenset(pairs)


def page(by: Worker, today: dt.date, after: str) -> tuple[list[Lost], str]:
    """One page where `by` may mend it, in the order of the rows, and the cursor of the next one."""
    paths = policy.site_paths(by, "enrol")
    statement, values, pairs = select(waiting.where(paths, look=True, by=by), today, after)
    ids = [str(row[0]) for row in store.select(f"{statement} ORDER BY id LIMIT {A_PAGE + 1}", values)]
    rows = CaseloadRow.objects.in_bulk(ids[:A_PAGE])
    found = [
        Lost(row=rows[one], owned=(rows[one].owner, rows[one].path) not in pairs) for one in ids[:A_PAGE] if one in rows
    ]
    return found, ids[A_PAGE - 1] if len(ids) > A_PAGE else ""
