"""Deaths of people who were in care or in danger, that nobody has reviewed yet. Names and days, nothing else."""

import datetime as dt

import msgspec

from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach, store

A_PAGE = 50


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who died, with what tells two people of one name apart."""

    person: str
    name: str
    born: str
    place: str
    path: str
    died: dt.date


_OF = "SELECT 1 FROM record_fact f WHERE f.person = p.id AND f.kind"
_ALIAS = (
    "SELECT 1 FROM record_person a JOIN record_fact f ON f.person = a.id "
    "WHERE a.merged_into = p.id AND NOT (a.merged_into = '') AND f.kind"
)


def unreviewed(by: Worker, after: str) -> tuple[list[Dead], bool]:
    """The deaths without a review where `by` may take people into care, the newest first; and whether there are more.

    Only of people who had an episode of care or a danger told of: others died outside of what this programme did.
    """
    paths = policy.site_paths(by, "enrol")
    if not paths:
        return [], False
    where = " OR ".join(["p.path LIKE %s"] * len(paths))
    values: list[object] = [f"{path}%" for path in paths]
    known, closed = reach.open_sql(by, "p.id")
    more = ""
    last = f"SELECT p.died, p.id FROM record_person p WHERE ({where}) AND p.died IS NOT NULL AND p.id = %s"  # noqa: S608
    if after and (
        row := store.select(last, [*values, after])
    ):  # here alone: a page must not tell of who died elsewhere
        more = "AND (p.died < %s OR (p.died = %s AND p.id > %s)) "
        values += [row[0][0], row[0][0], row[0][1]]
    kinds = "IN ('episode', 'concern')"
    rows = store.select(
        "SELECT p.id, p.name, p.born, p.place, p.path, p.died FROM record_person p "  # noqa: S608
        f"WHERE p.died IS NOT NULL AND p.merged_into = '' AND ({where}) {more}"
        f"AND (EXISTS ({_OF} {kinds}) OR EXISTS ({_ALIAS} {kinds})) "
        f"{known} AND NOT EXISTS ({_OF} = 'death_review') AND NOT EXISTS ({_ALIAS} = 'death_review') "
        f"ORDER BY p.died DESC, p.id LIMIT {A_PAGE + 1}",
        [*values, *closed],
    )
    return [_dead(row) for row in rows[:A_PAGE]], len(rows) > A_PAGE


def _dead(row: tuple[object, ...]) -> Dead:
    died = row[5] if isinstance(row[5], dt.date) else dt.date.fromisoformat(str(row[5]))
    return Dead(person=str(row[0]), name=str(row[1]), born=str(row[2]), place=str(row[3]), path=str(row[4]), died=died)
