"""Messages of the team that somebody has not read yet, as rows: one for each worker who was named."""

import datetime as dt
from collections.abc import Sequence

from vwazen.clinical.chart import Chart
from vwazen.clinical.ids import derived_id
from vwazen.server.record.models import OpenItem


def items(one: Chart, path: str, today: dt.date) -> list[Sequence[object]]:
    """In the order of `open_items.OPEN`. No row holds a word of a message, nor who sent it.

    An urgent one that nobody has taken on stands first; how long it waits is counted by whoever reads the row.
    """
    if one.merged_into:
        return []
    found: list[Sequence[object]] = []
    for note in one.messages:
        first = min(note.at.date(), today)
        words = "An urgent message waits to be read" if note.urgent_since else "A message waits to be read"
        rank = OpenItem.NOW if note.urgent_since else OpenItem.DATED
        found += [
            (f"{OpenItem.MESSAGE}:{derived_id(one.person, note.id, who)}", OpenItem.MESSAGE, one.person, note.id,
             one.name[:200], path, who, note.at, first, None, "", note.urgent_since, note.urgent_since is None, words,
             words, "", "", rank, first)
            for who in note.waits
        ]  # fmt: skip
    return found
