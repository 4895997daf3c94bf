"""Derived rows made again while people work, after an upgrade or a change of content.

Lists read rows that an older version wrote, or that were decided by other content, until the same facts are folded
again. So a node remembers what its rows were made with; where that differs, the server's background thread goes
through the people a few at a time, those on lists first, and every page says that lists may be incomplete.
"""

import msgspec
from django.http import HttpRequest

from vwazen.content.load import content
from vwazen.server.record import clock, standing, store
from vwazen.server.record.models import Fact, RowsMade
from vwazen.server.record.refresh import refresh

SHAPE = 3  # to be raised with every change of what follows from the same facts and content
_ORDER = (("record_caseload", "person"), ("record_open_item", "person"), ("record_person", "id"))
_AT_ONCE = 10  # people a transaction, so that nobody's save waits


class Progress(msgspec.Struct, frozen=True):
    """So many people of so many have been gone through."""

    done: int
    people: int

    @property
    def share(self) -> int:
        """Percent, and never 100 before the end."""
        return min(99, 100 * self.done // max(1, self.people))


progress: Progress | None = None  # of this process, for its pages; None where nothing is to be made again


def check() -> bool:
    """Whether rows are to be made again; begins anew where code or content has changed since the last beginning."""
    global progress  # noqa: PLW0603  one server process, one thread that makes rows
    row = RowsMade.objects.first()
    if row is None or (row.shape, row.content) != (SHAPE, content().version):
        empty = not Fact.objects.exists()
        with store.writing():
            RowsMade.objects.all().delete()
            row = RowsMade.objects.create(
                shape=SHAPE, content=content().version, stage=len(_ORDER) if empty else 0, upto="", done=0,
                people=0 if empty else sum(_count(table, column) for table, column in _ORDER),
            )  # fmt: skip
    progress = None if row.stage >= len(_ORDER) else Progress(row.done, row.people)
    return progress is not None


def step() -> bool:
    """Make the rows of the next few people again; whether more are left. What was done is kept if the power goes."""
    global progress  # noqa: PLW0603
    row = RowsMade.objects.first()
    if row is None or row.stage >= len(_ORDER):
        progress = None
        return False
    table, column = _ORDER[row.stage]
    people = [
        str(one) for (one,) in store.select(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} > %s ORDER BY {column} LIMIT {_AT_ONCE}",  # noqa: S608
            [row.upto],
        )
    ]  # fmt: skip
    with store.writing():
        if people:
            store.lock_people(people)
            standing.forget(people)
            refresh(people, clock.today())
            row.upto, row.done = people[-1], row.done + len(people)
        else:
            row.stage, row.upto = row.stage + 1, ""
        row.save()
    progress = None if row.stage >= len(_ORDER) else Progress(row.done, row.people)
    return progress is not None


def made() -> None:
    """Say that all rows are as this version and this content make them."""
    global progress  # noqa: PLW0603
    with store.writing():
        RowsMade.objects.all().delete()
        RowsMade.objects.create(shape=SHAPE, content=content().version, stage=len(_ORDER), upto="", done=0, people=0)
    progress = None


def page(_: HttpRequest) -> dict[str, Progress | None]:
    """For the frame of every page: `remaking`, None where lists are whole."""
    return {"remaking": progress}


def _count(table: str, column: str) -> int:
    return int(str(store.select(f"SELECT count(DISTINCT {column}) FROM {table}")[0][0]))  # noqa: S608
