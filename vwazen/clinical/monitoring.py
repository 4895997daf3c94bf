"""What the medicines of one person ask to be measured, and when: only what an installed list says, with its source."""

import datetime as dt

import msgspec

from vwazen.clinical.chart import Chart
from vwazen.content.clinic import Medicine as Listed
from vwazen.content.clinic import medicine_named, medicines
from vwazen.content.load import Content
from vwazen.content.model import Sources


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to measure. `due` None: no source gives an interval; `last` None: it was never measured.

    `medicines` are the names of those that ask for it, `since` the day on which the first of them began.
    """

    what: str
    medicines: tuple[str, ...]
    since: dt.date
    last: dt.date | None
    due: dt.date | None
    notes: tuple[str, ...]
    source: Sources


def listed(know: Content, medicine: str, name: str) -> Listed | None:
    """The entry of an installed list that a prescription means: by its id, else by its name."""
    return medicines(know).get(medicine) or medicine_named(know, name)


def monitoring(one: Chart, know: Content) -> tuple[Due, ...]:
    """What is to be measured in this person, what is due first at the top.

    Never measured is due from the day on which the medicine began. Of two medicines that ask for the same, the shorter
    interval counts.
    """
    asked: dict[str, list[tuple[str, dt.date, int | None, str, Sources]]] = {}
    for medicine in one.current_medicines:
        known = listed(know, medicine.prescription.medicine, medicine.prescription.name)
        for check in known.measure if known else ():
            row = (medicine.prescription.name, medicine.since, check.every_days, check.note, check.source)
            asked.setdefault(check.what, []).append(row)
    found = []
    for what, rows in asked.items():
        done = one.measured.get(what, ())
        last = done[-1][0].day if done else None
        since = min(row[1] for row in rows)
        every = min((row[2] for row in rows if row[2] is not None), default=None)
        due = None if every is None else last + dt.timedelta(days=every) if last else since
        found.append(
            Due(what=what, medicines=tuple(dict.fromkeys(row[0] for row in rows)), since=since, last=last, due=due,
                notes=tuple(dict.fromkeys(row[3] for row in rows if row[3])),
                source=tuple(dict.fromkeys(key for row in rows for key in row[4])))
        )  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.due is None, row.due or row.since, row.what)))
