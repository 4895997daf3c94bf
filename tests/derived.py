"""Every derived row as it stands, to be compared with what a rebuild makes."""

from collections.abc import Collection

from vwazen.server.record import store
from vwazen.server.record.refresh import PERSON, Derived


def rows(people: Collection[str] | None = None) -> dict[str, list[str]]:
    """Table -> its rows in a fixed order, and what is kept of the rows of each person; of these people, or of all.

    Without the numbers that a rebuild moves, and without what an alias was called before its merge, which says nothing.
    """
    found = {}
    for table, columns, _ in Derived().tables():
        at = list(columns).index("person")
        known = store.select(f"SELECT {', '.join(columns)} FROM {table}")
        found[table] = sorted(repr(row) for row in known if people is None or row[at] in people)
    known = store.select(f"SELECT id, {', '.join(PERSON)}, merged_into, written FROM record_person ORDER BY id")
    known = [(*one[:-1], None if one[-1] is None else bytes(one[-1])) for one in known]  # type: ignore[call-overload]
    here = [one for one in known if people is None or one[0] in people]
    found["people"] = [repr((one[0], *(one[1:] if not one[-2] else one[-2:]))) for one in here]
    return found
