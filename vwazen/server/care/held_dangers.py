"""Held entries that may tell of a danger, for whoever acts on risks where they wait.

Whoever could look at an entry may be away, and an entry on no chart is on nobody's list: so all who act on risks at its
site see how many wait and whom to ask. They see a number only, whatever part of the record an entry belongs to.
"""

import msgspec

from vwazen.server.care.waiting import COUNTED, Where, asking, holders, inside
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach, store


class Dangers(msgspec.Struct, frozen=True, kw_only=True):
    """How many wait, in words; whether `by` may open any; how many they may not, and whom to ask for those."""

    many: str
    opens: bool
    others: int
    ask: str


def waiting(by: Worker) -> Dangers | None:
    """What waits at the sites where `by` acts on risks; None where nothing does. One query, and one more for names."""
    here, values = inside(Where(policy.site_paths(by, "act_on_risk"), by=by), "h.path")
    rows = store.select(
        f"SELECT h.path, h.segment, h.person FROM record_held h WHERE h.state = 'open' AND h.safety = %s AND {here} "  # noqa: S608
        f"LIMIT {COUNTED + 1}",
        [True, *values],
    )
    if not rows:
        return None
    closed = reach.unreadable(by)
    places = [(str(path), str(segment)) for path, segment, _ in rows]
    mine = {one for one in set(places) if policy.can(by, "mend_held", one[0]) and one[1] in policy.segments(by, one[0])}
    others = [
        one for one, (_, segment, person) in zip(places, rows, strict=True)
        if one not in mine or (segment == reach.MENTAL_HEALTH and person in closed)
    ]  # fmt: skip
    many = f"{COUNTED:,}+" if len(rows) > COUNTED else f"{len(rows):,}"
    return Dangers(many=many, opens=len(others) < len(rows), others=len(others), ask=_ask(by, others) if others else "")


def _ask(by: Worker, places: list[tuple[str, str]]) -> str:
    """Who else may open entries at these paths, of these segments, in a sentence."""
    mends = {
        segment: [id for id, role in policy.scopes().roles.items()
                  if "mend_held" in role.permissions and segment in role.segments]
        for _, segment in places
    }  # fmt: skip
    found = holders({path for path, _ in places}, mends)
    names = tuple(dict.fromkeys(name for place in dict.fromkeys(places) for name in found[place] if name != by.name))
    nobody = sum(not found[place] for place in places)
    if not nobody or not names:
        return asking(names)
    return f"{asking(names)} For {nobody:,} of them nobody holds a post that opens it: ask whoever keeps the posts."
