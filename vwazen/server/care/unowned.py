"""Whoever is in care and has nobody, or no next date: the page that must be empty.

Someone has nobody where no owner is named, where the owner's account is closed, or where the owner holds no post any
more that cares for people of their site.
"""

import datetime as dt
from collections.abc import Collection

import msgspec
from django.db import connection

from vwazen.server.care import waiting
from vwazen.server.care.waiting import Where
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.models import CaseloadRow

A_PAGE = 50
FEW = 2000  # people gathered to be sorted


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """One open episode without an owner who is there, or without a next date, or without either."""

    row: CaseloadRow
    owned: bool

    @property
    def dated(self) -> bool:
        return self.row.next_date is not None


def _gone() -> str:
    """A condition over pairs p (owner, path): no active worker of this id may care for people there today."""
    # Of what a fact names as its owner, not everything is an id; and the worker is looked up by their key.
    id_ = "CASE WHEN p.owner ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p.owner::uuid END"
    same = f"w.id = {id_}" if connection.vendor == "postgresql" else "w.id = REPLACE(p.owner, '-', '')"
    return (
        "NOT EXISTS (SELECT 1 FROM worker w JOIN post t ON t.worker_id = w.id JOIN site s ON s.code = t.site_id "  # noqa: S608
        f"WHERE {same} AND w.is_active AND t.role IN ({store.marks(_caring())}) AND t.starts <= %s "
        "AND (t.ends IS NULL OR t.ends > %s) AND p.path LIKE s.path || '%%')"
    )


def _caring() -> list[str]:
    return [id for id, role in policy.scopes().roles.items() if "record_care" in role.permissions]


def _pairs(place: Where) -> tuple[str, list[object]]:
    """Common table expressions that give pairs (path, owner) of these places, each once, and their values.

    Each is looked up as the next one in the index, since to read all of a country for a few thousand costs twice as
    much; and one after the other, so that whoever wants a few of those who are gone does not wait for all pairs.
    """
    condition, values = waiting.at(place, "q.path")
    following = "(SELECT MIN(c.{0}) FROM record_caseload c WHERE {1})"
    every = (
        "SELECT MIN(path) FROM record_caseload UNION ALL "  # noqa: S608
        f"SELECT {following.format('path', 'c.path > q.path')} FROM places q WHERE q.path IS NOT NULL"
    )
    if place.sites:
        every, condition, values = f"VALUES {', '.join(['(%s)'] * len(place.sites))}", "1 = 1", list(place.sites)
    return (
        f"WITH RECURSIVE places(path) AS ({every}), "  # noqa: S608
        f"pairs(path, owner) AS (SELECT q.path, {following.format('owner', 'c.path = q.path')} FROM places q "
        f"WHERE q.path IS NOT NULL AND {condition} UNION ALL "
        f"SELECT p.path, {following.format('owner', 'c.path = p.path AND c.owner > p.owner')} FROM pairs p "
        "WHERE p.owner IS NOT NULL)"
    ), values


def _lost(what: str, place: Where, today: dt.date) -> tuple[str, list[object]]:
    """A SELECT from the row c of each who stands there: first who has no date, then whose owner is gone; no order."""
    pairs, values = _pairs(place)
    here, more = waiting.inside(place, "c.path")
    kept = f"FROM record_caseload c WHERE {here} AND c.episode <> ''"
    # PostgreSQL would ask of each person's owner instead of each pair's.
    first = "MATERIALIZED" if connection.vendor == "postgresql" else ""
    statement = (
        f"{pairs}, gone AS {first} (SELECT p.path, p.owner FROM pairs p WHERE p.owner IS NOT NULL AND {_gone()}) "  # noqa: S608
        f"SELECT {what} {kept} AND c.next_date IS NULL UNION ALL "
        f"SELECT {what} FROM gone p CROSS JOIN record_caseload c "
        f"WHERE c.path = p.path AND c.owner = p.owner AND {here} AND c.episode <> '' AND c.next_date IS NOT NULL"
    )
    return statement, [*values, *_caring(), today, today, *more, *more]


def people(place: Where, today: dt.date) -> tuple[str, list[object]]:
    """A SELECT of one row for each who stands there, to be counted; read from an index alone."""
    return _lost("c.person", place, today)


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


def page(by: Worker, today: dt.date, after: str) -> tuple[list[Lost], str]:
    """One page where `by` may mend it, in the order of the rows, and the cursor of the next one."""
    place = waiting.where(policy.site_paths(by, "enrol"), look=True, by=by)
    ids = _ids(place, today, after)
    rows = CaseloadRow.objects.in_bulk(ids[:A_PAGE])
    gone = _owners_gone({(row.owner, row.path) for row in rows.values()}, today)
    found = [
        Lost(row=rows[one], owned=(rows[one].owner, rows[one].path) not in gone) for one in ids[:A_PAGE] if one in rows
    ]
    return found, ids[A_PAGE - 1] if len(ids) > A_PAGE else ""


def _ids(place: Where, today: dt.date, after: str) -> list[str]:
    """The next rows and one more. A few are gathered and sorted; where there are many, the next of them are near."""
    # The id put together (`row_id`): the indexes hold its parts, so that no row is read from the table for it.
    statement, values = _lost("c.person || ':' || c.episode", place, today)
    few = [str(row[0]) for row in store.select(f"{statement} LIMIT {FEW + 1}", values)]
    if len(few) <= FEW:
        return sorted(one for one in few if one > after)[: A_PAGE + 1]
    here, values = waiting.inside(place, "p.path")
    rows = store.select(
        f"SELECT p.id FROM record_caseload p WHERE {here} AND p.id > %s AND p.episode <> '' "  # noqa: S608
        f"AND (p.next_date IS NULL OR {_gone()}) ORDER BY p.id LIMIT {A_PAGE + 1}",
        [*values, after, *_caring(), today, today],
    )
    return [str(row[0]) for row in rows]


def _owners_gone(pairs: Collection[tuple[str, str]], today: dt.date) -> set[tuple[str, str]]:
    """Those of these pairs (owner, path) whose owner is not there any more, or was never named."""
    if not pairs:
        return set()
    rows = store.select(
        f"WITH p(owner, path) AS (VALUES {', '.join(['(%s, %s)'] * len(pairs))}) "  # noqa: S608
        f"SELECT p.owner, p.path FROM p WHERE {_gone()}",
        [*(part for pair in pairs for part in pair), *_caring(), today, today],
    )
    return {(str(owner), str(path)) for owner, path in rows}
