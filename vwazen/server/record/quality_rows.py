"""Faults of one person's record as rows: what the page of data quality counts and lists."""

import datetime as dt
from collections.abc import Sequence

from vwazen.clinical.chart import Chart
from vwazen.clinical.quality import faults
from vwazen.content.load import Content

QUALITY = ("person", "path", "site", "kind", "what", "segment", "fact", "who", "since", "days")


def rows(person: str, one: Chart, path: str, know: Content, today: dt.date) -> list[Sequence[object]]:
    """The rows of one person, in the order of `QUALITY`."""
    return [
        (person, path, one.site, fault.kind, fault.what[:60], fault.segment, fault.fact, fault.who[:36], fault.since,
         fault.days if fault.days < 9999 else 9999)
        for fault in faults(one, know, today)
    ]  # fmt: skip
