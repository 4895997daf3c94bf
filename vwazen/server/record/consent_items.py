"""A no to who may know waits for a human: whoever follows the person decides with them how care goes on."""

import datetime as dt
from collections.abc import Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.consent import Word
from vwazen.server.record.models import OpenItem


def items(one: Chart, path: str, carer: str, today: dt.date) -> list[Sequence[object]]:
    """One row for each no in force that nobody has spoken about since, in the order of `open_items.OPEN`.

    It has no owner where the no may be to the very worker who follows the person: it then stands on the list of those
    without, and whoever keeps that list finds another.
    """
    if one.merged_into or one.died:
        return []
    return [_item(one, no, path, carer, today) for no in waiting(one, today)]


def waiting(one: Chart, today: dt.date) -> tuple[Word, ...]:
    """The noes in force to somebody with an account here, of which nobody has said yet what comes of them."""
    noes = [no for no in one.permits.denials(today) if no.known]
    spoken = {entry.body.fact for entry in one.live if isinstance(entry.body, f.Noted)} if noes else set()
    return tuple(no for no in noes if no.fact.id not in spoken)


def _item(one: Chart, no: Word, path: str, carer: str, today: dt.date) -> Sequence[object]:
    to_carer = no.segment == "general" or no.to == f"worker:{carer}"
    since = f.instant(no.fact.occurred)
    first = min(since.date(), today)
    words = f"On {say(no.fact.day)} asked that others know less: decide together how care goes on"
    return (
        f"{OpenItem.CONSENT}:{no.fact.id}"[:60], OpenItem.CONSENT, one.person, no.fact.id, one.name[:200], path,
        "" if to_carer else carer, since, first, None, "", None, False, words, words, "", "", OpenItem.DATED, first,
    )  # fmt: skip
