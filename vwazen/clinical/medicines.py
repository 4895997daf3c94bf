"""What a person takes, until when it lasts, and what it did: from prescriptions, dispensing and what was told."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Medicine
from vwazen.clinical.live import Entry, Live

# Days that what is left may last after a change, however little is taken: a date stays in the calendar.
_MOST = 3650


def fold_medicines(alive: Live) -> tuple[Medicine, ...]:
    """Every medicine, those in force first, each in the order begun."""
    given = {entry.id: entry for entry in alive.of(f.Prescription)}
    heirs: dict[str, list[str]] = {}
    for one, entry in given.items():
        before = alive.root.get(entry.body.replaces, entry.body.replaces)
        if before in given and before != one:
            heirs.setdefault(before, []).append(one)
    above = {heir: one for one, those in heirs.items() for heir in those}
    stops = _by_prescription(alive, alive.of(f.MedicineStopped))
    handed = _by_prescription(alive, alive.of(f.Dispense))
    told = _by_prescription(alive, alive.of(f.Intake))
    lines = [_line(one, above) for one in given if one not in heirs]
    covered = {one for line in lines for one in line}
    for one in given:
        if one not in covered:  # of a circle, which only a fault makes
            lines.append(_line(one, above))
            covered.update(lines[-1])
    found = [_medicine(line, given, stops, handed, told, heirs) for line in lines]
    return tuple(sorted(found, key=lambda one: (not one.current, one.since, one.id)))


def _line(last: str, above: Mapping[str, str]) -> list[str]:
    """A prescription and those that it replaced, the first one first."""
    line = [last]
    while (before := above.get(line[-1])) is not None and before not in line:
        line.append(before)
    return line[::-1]


Told: TypeAlias = Entry[f.MedicineStopped] | Entry[f.Dispense] | Entry[f.Intake]


def _by_prescription(alive: Live, entries: Sequence[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for entry in entries:
        named = entry.body.prescription
        found.setdefault(alive.root.get(named, named), []).append(entry)
    return found


def _same_form(line: list[Entry[f.Prescription]]) -> list[Entry[f.Prescription]]:
    """The end of the line that is given in one way: tablets left over put off no injection, nor the other way round."""
    injected = line[-1].body.every_days is not None
    kept = next((at for at in range(len(line), 0, -1) if (line[at - 1].body.every_days is not None) != injected), 0)
    return line[kept:]


def _medicine(
    line: list[str], given: Mapping[str, Entry[f.Prescription]], stops: Mapping[str, list[Told]],
    handed: Mapping[str, list[Told]], told: Mapping[str, list[Told]], heirs: Mapping[str, list[str]],
) -> Medicine:  # fmt: skip
    last, first = given[line[-1]], given[line[0]]
    dispensed = sorted((one for name in line for one in handed.get(name, ())), key=lambda one: (one.at, one.fact.id))
    intakes = sorted((one for name in line for one in told.get(name, ())), key=lambda one: (one.at, one.fact.id))
    stop = min(stops.get(last.id, ()), key=lambda one: (one.at, one.fact.id), default=None)
    now = _same_form([given[name] for name in line])
    counted = [one for entry in now for one in handed.get(entry.id, ())]
    until = _lasts_until(counted, now)
    over = last.body.days is not None and until is not None and until >= last.day + dt.timedelta(days=last.body.days)
    due = None if stop or over or last.body.told else _refill_due(counted, last, until)
    return Medicine(
        id=first.id, ids=tuple(line), fact=last.fact, prescription=last.body, since=first.day,
        before=tuple(given[name].fact for name in line[:-1]), dispensed=tuple(one.fact for one in dispensed),
        intakes=tuple(one.fact for one in intakes), lasts_until=until, refill_due=due,
        ended=stop.fact if stop else None, ended_on=stop.day if stop else None,
        unsure=any(len(heirs.get(name, ())) > 1 for name in line) or any(stops.get(name) for name in line[:-1]),
    )  # fmt: skip


def _lasts_until(dispensed: Sequence[Told], line: Sequence[Entry[f.Prescription]]) -> dt.date | None:
    """The day on which the supply ends, each part counted from its day or from the end of what was left.

    Where a change says that more or less of the same tablets is taken, what is left ends sooner or later.
    """
    now = line[-1].body
    until: dt.date | None = None
    start: dt.date | None = None
    changes = [
        (entry, _slower(before.body, entry.body),
         entry.body.every_days if entry.body.every_days != before.body.every_days else None)
        for before, entry in pairwise(line)
    ]  # fmt: skip
    given = [(one, None, None) for one in dispensed]
    for entry, slower, every in sorted([*given, *changes], key=lambda one: _when(one[0])):
        body = entry.body
        if isinstance(body, f.Prescription):
            if every is not None and until is not None and start is not None:
                until = start + dt.timedelta(days=every)  # the new interval counts from the last injection
            elif slower is not None and until is not None and until > entry.day:
                until = entry.day + dt.timedelta(days=int(min((until - entry.day).days * slower, _MOST)))
            continue
        if not isinstance(body, f.Dispense) or body.given == "none":
            continue
        days = body.days if body.days is not None else now.every_days
        if days is None:
            until = None  # unknown, until something is handed out of which it is known how long it lasts at least
            continue
        injected = now.every_days is not None
        start = entry.day if until is None or injected else max(until, entry.day)
        until = start + dt.timedelta(days=days)
    return until


def _when(entry: Told | Entry[f.Prescription]) -> tuple[dt.datetime, str]:
    return entry.at, entry.fact.id


def _slower(before: f.Prescription, after: f.Prescription) -> float | None:
    """How many times as long the same tablets last after a change; None where that cannot be told."""
    if (before.strength, before.unit or after.unit) != (after.strength, after.unit or before.unit):
        return None
    one, other = before.daily, after.daily
    return one / other if one and other else None


def _refill_due(
    dispensed: Sequence[Told], last: Entry[f.Prescription], until: dt.date | None
) -> dt.date | None:  # fmt: skip
    if until is not None:
        return until
    received = any(isinstance(one.body, f.Dispense) and one.body.given != "none" for one in dispensed)
    return None if received else last.day
